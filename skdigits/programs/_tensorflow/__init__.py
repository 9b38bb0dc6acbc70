"""Programs for the TensorFlow backend."""

from keras.distribution import list_devices

from skdigits.programs._tensorflow._device import count_threads, find_device
from skdigits.programs._tensorflow._programs import ForwardProgram, TrainingProgram

__all__ = ["ForwardProgram", "TrainingProgram", "count_threads", "find_device", "list_devices"]

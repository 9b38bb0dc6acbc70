"""Programs for the TensorFlow backend."""

from skdigits.programs._tensorflow._device import count_threads, find_device, list_devices
from skdigits.programs._tensorflow._programs import ForwardProgram, TrainingProgram

__all__ = ["ForwardProgram", "TrainingProgram", "count_threads", "find_device", "list_devices"]

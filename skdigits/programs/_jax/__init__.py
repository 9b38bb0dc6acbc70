"""Programs for the JAX backend."""

from keras.distribution import list_devices

from skdigits.programs._jax._device import count_threads, find_device
from skdigits.programs._jax._forward import ForwardProgram
from skdigits.programs._jax._training import TrainingProgram

__all__ = ["ForwardProgram", "TrainingProgram", "count_threads", "find_device", "list_devices"]

"""Programs for the PyTorch backend."""

from skdigits.programs._torch._device import count_threads, find_device, list_devices
from skdigits.programs._torch._programs import ForwardProgram, TrainingProgram

__all__ = ["ForwardProgram", "TrainingProgram", "count_threads", "find_device", "list_devices"]

"""Programs for the PyTorch backend."""

from skdigits.programs._torch._programs import ForwardProgram, TrainingProgram, find_device

__all__ = ["ForwardProgram", "TrainingProgram", "find_device"]

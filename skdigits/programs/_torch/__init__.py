"""Programs for the PyTorch backend."""

from skdigits.programs._torch._programs import ForwardProgram, TrainingProgram

__all__ = ["ForwardProgram", "TrainingProgram"]

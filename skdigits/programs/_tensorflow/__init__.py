"""Programs for the TensorFlow backend."""

from skdigits.programs._tensorflow._programs import ForwardProgram, TrainingProgram

__all__ = ["ForwardProgram", "TrainingProgram"]

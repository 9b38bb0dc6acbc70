"""Programs in NumPy and SciPy, which need no framework."""

from skdigits.programs._numpy._forward import ForwardProgram
from skdigits.programs._numpy._training import TrainingProgram

__all__ = ["ForwardProgram", "TrainingProgram", "find_device"]


def find_device() -> None:
    """Return no device: NumPy computes on processors."""

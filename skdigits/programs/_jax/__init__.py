"""Programs for the JAX backend."""

from skdigits.programs._jax._forward import ForwardProgram
from skdigits.programs._jax._training import TrainingProgram

__all__ = ["ForwardProgram", "TrainingProgram"]

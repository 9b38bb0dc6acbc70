"""KerasDigitClassifier, and what is only its own."""

from skdigits._classifier._estimator import KerasDigitClassifier

__all__ = ["KerasDigitClassifier"]

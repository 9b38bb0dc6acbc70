"""KerasDigitClassifier, and the code that only it uses."""

from skdigits._classifier._estimator import KerasDigitClassifier

__all__ = ["KerasDigitClassifier"]

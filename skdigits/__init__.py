"""Neural networks for handwritten digits that feel native to scikit-learn."""

from skdigits._classifier import KerasDigitClassifier
from skdigits.preprocessing import PixelScaler

__version__ = "0.1.0.dev0"

__all__ = ["KerasDigitClassifier", "PixelScaler", "__version__"]

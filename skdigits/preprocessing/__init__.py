"""Transformers that bring images of digits into the form a network likes."""

from skdigits.preprocessing._digit_framer import DigitFramer
from skdigits.preprocessing._pixel_scaler import PixelScaler

__all__ = ["DigitFramer", "PixelScaler"]

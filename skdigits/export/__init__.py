"""Fitted classifiers in files that need neither Python nor Keras."""

from skdigits.export._html import to_html

__all__ = ["to_html"]

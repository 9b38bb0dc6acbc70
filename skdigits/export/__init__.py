"""Fitted classifiers in files that need neither Python nor Keras."""

from skdigits.export._html import to_html
from skdigits.export._onnx import to_onnx

__all__ = ["to_html", "to_onnx"]

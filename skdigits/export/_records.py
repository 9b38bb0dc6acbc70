"""A classifier as plain records: from the pixels of a picture, in [0, 1], to logits."""

from __future__ import annotations

import warnings
from base64 import b64encode
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler

from skdigits._classifier import KerasDigitClassifier
from skdigits.architectures.layers import BatchNormalization
from skdigits.export._pipelines import taken_apart
from skdigits.preprocessing import PixelScaler
from skdigits.programs._numpy._forward import Step, fold

# The grey levels of paper and of ink that a scaler was fitted for.
_RANGES: dict[type, Callable[[Any], tuple[float, float]]] = {
    PixelScaler: lambda scaler: scaler.pixel_range_,
    MinMaxScaler: lambda scaler: (scaler.data_min_.min(), scaler.data_max_.max()),
    MaxAbsScaler: lambda scaler: (0, scaler.max_abs_.max()),
}


def steps_of(classifier: Any) -> tuple[KerasDigitClassifier, list[Step]]:
    """List the layers between pixels and logits, each with its weights.

    Batch normalisation is folded into the weights; the scaling of pixels is the first layer.

    Raises
    ------
    ValueError
        If the classifier is anything but a network that NumPy computes, after scalers of pixels.
    """
    scalers, last, network = taken_apart(classifier, may_frame=True)
    if network.image_shape[2] > 1 or min(network.image_shape[:2]) == 1:
        raise ValueError(
            "Expected a network for images of shape (height, width, 1), got one for "
            f"{network.image_shape}."
        )
    for scaler in scalers:
        if getattr(scaler, "clip", False):
            raise ValueError(
                f"Expected scalers that clip no pixel by a range of its own, got {scaler!r}."
            )
    return last, [*_scaling(last, scalers), *fold(network, last.weights_)]


def _scaling(classifier: KerasDigitClassifier, scalers: list[Any]) -> list[Step]:
    if not scalers:
        return []
    black_and_white = np.repeat([[0.0], [1.0]], classifier.n_features_in_, axis=1)
    black, white = _RANGES[type(scalers[0])](scalers[0])
    rows = black + (white - black) * black_and_white
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "X does not have valid feature names")
        for scaler in scalers:
            rows = np.asarray(scaler.transform(rows))
    shift, factor = rows[0], rows[1] - rows[0]
    if (shift == 0).all() and (factor == 1).all():
        return []
    return [(BatchNormalization(), (factor, shift))]


def record(step: Step, bits: int) -> dict[str, Any]:
    """Describe a layer by plain values; kernels are rounded to numbers of some bits."""
    layer, weights = step
    packed = [_packed(weight, bits) for weight in weights]
    return {"kind": type(layer).__name__, **asdict(layer), "weights": packed}


def _packed(weight: NDArray[Any], bits: int) -> dict[str, Any]:
    """Round the weights of each neuron or filter relative to the largest; biases are exact."""
    if weight.ndim == 1:
        return {"shape": weight.shape, "values": _base64(weight.astype("<f4"))}
    rows = weight.reshape(-1, weight.shape[-1]).astype(np.float64)
    middle = 2 ** (bits - 1) - 1
    scales = np.maximum(np.abs(rows).max(axis=0), np.finfo(np.float32).tiny) / middle
    numbers = np.rint(rows / scales + middle).astype(">u4").reshape(-1, 1).view(np.uint8)
    values = np.packbits(np.unpackbits(numbers, axis=1)[:, -bits:])
    return {
        "shape": weight.shape,
        "bits": bits,
        "scales": _base64(scales.astype("<f4")),
        "values": _base64(values),
    }


def _base64(array: NDArray[Any]) -> str:
    return b64encode(array.tobytes()).decode()

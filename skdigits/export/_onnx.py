"""A classifier as an ONNX file."""

from __future__ import annotations

import json
import os
from typing import Any

import numpy as np
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler

import skdigits
from skdigits._extras import require_extras
from skdigits._files import replacing
from skdigits.architectures import Network, Weights
from skdigits.export._onnx_graph import APPEND, Graph, Shape, clip, scale
from skdigits.export._pipelines import taken_apart
from skdigits.preprocessing import PixelScaler
from skdigits.programs._numpy._forward import fold

# Old enough for most programs that run such files, and new enough for layer normalisation.
_OPSET, _IR_VERSION = 17, 8


def to_onnx(classifier: Any, file: str | os.PathLike[str]) -> None:
    """Write a fitted network, with the scaling of its pixels, as an ONNX file.

    Neither Python nor Keras is needed to run such a file: there are programs that do for servers,
    phones and browsers. It is written from the records of the layers, without Keras or a backend.
    Read more in the :ref:`User Guide <onnx>`.

    Parameters
    ----------
    classifier : KerasDigitClassifier, Pipeline or search
        A fitted classifier, alone or after scalers of pixels:
        :class:`~skdigits.preprocessing.PixelScaler`, :class:`~sklearn.preprocessing.MinMaxScaler`
        or :class:`~sklearn.preprocessing.MaxAbsScaler`. Of a search, the best estimator is written.
    file : str or path-like
        The file to write. Its input "images" has the shape `(n_images, *image_shape_)`, in float32
        and in the units of the pixels that the classifier is fitted to. Its output "probabilities"
        has the shape `(n_images, n_classes)`. The labels of its columns are in the metadata
        "classes", as JSON.

    Raises
    ------
    NotFittedError
        If the classifier is not fitted.
    ValueError
        If the classifier is another one, or its network has layers without records in
        :mod:`skdigits.architectures.layers`. Use
        :meth:`~skdigits.KerasDigitClassifier.to_keras` and the export of Keras for such a network.
    ImportError
        If onnx is not installed.

    See Also
    --------
    to_html : Write a page on which the network reads digits while they are drawn.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from skdigits.export import to_onnx
    >>> from skdigits.reading import load_reader
    >>> with TemporaryDirectory() as folder:
    ...     to_onnx(load_reader(), Path(folder) / "digits.onnx")
    """
    require_extras("skdigits.export.to_onnx", "onnx")
    scalers, last, network = taken_apart(classifier, may_frame=False)
    graph = Graph()
    images = "images"
    for scaler in scalers:
        images = _scaled(graph, images, scaler, network.image_shape)
    logits = _computed(graph, images, network, last.weights_)
    graph.compute("Softmax", logits, axis=-1)
    graph.name_last("probabilities")
    content = _model(graph, network, last.classes_.tolist())
    with replacing(file) as opened:
        opened.write(content)


def _scaled(graph: Graph, images: str, scaler: Any, shape: Shape) -> str:
    """Scale as the scaler does; only the error for pixels outside its range is left out."""
    low, high = getattr(scaler, "feature_range", (-1, 1))
    if isinstance(scaler, PixelScaler):
        black, white = scaler.pixel_range_
        factor = (high - low) / (white - black) if white > black else 1.0
        scaled = scale(graph, images, factor, low - factor * black)
        return clip(graph, scaled, low, high) if scaler.out_of_range == "clip" else scaled
    if isinstance(scaler, MinMaxScaler):
        factor, shift = scaler.scale_.reshape(shape), scaler.min_.reshape(shape)
    else:
        assert isinstance(scaler, MaxAbsScaler)
        factor, shift = 1 / scaler.scale_.reshape(shape), np.zeros(())
    scaled = scale(graph, images, factor, shift)
    return clip(graph, scaled, low, high) if scaler.clip else scaled


def _computed(graph: Graph, images: str, network: Network, weights: Weights) -> str:
    shape: Shape = network.image_shape
    outputs = images
    for layer, own in fold(network, weights):
        outputs = APPEND[type(layer)](graph, layer, outputs, shape, *own)
        shape = layer.output_shape(shape)
    return outputs


def _model(graph: Graph, network: Network, labels: list[Any]) -> bytes:
    from onnx import TensorProto, helper

    ends = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n_images", *shape])
        for name, shape in [
            ("images", network.image_shape),
            ("probabilities", (len(labels),)),
        ]
    ]
    model = helper.make_model(
        helper.make_graph(graph.nodes, "digits", ends[:1], ends[1:], graph.constants),
        opset_imports=[helper.make_opsetid("", _OPSET)],
        ir_version=_IR_VERSION,
        producer_name="skdigits",
        producer_version=skdigits.__version__,
    )
    helper.set_model_props(model, {"classes": json.dumps(labels)})
    content: bytes = model.SerializeToString(deterministic=True)
    return content

"""A trained Keras model as a fitted classifier."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skdigits._classifier._fitted_state import MANY_BATCHES, Continuation
from skdigits.programs._backend import require_backend
from skdigits.programs._cache import PROGRAMS
from skdigits.programs._contract import TrainingState
from skdigits.programs._import import Imported, check_model, import_model, probabilities_of
from skdigits.programs._keras_network import frozen
from skdigits.programs._logits import probabilities
from skdigits.training._samples import check_labels

_FROM_THE_MODEL = ("architecture", "dtype")
_N_IMAGES_CHECKED = 8
# Rounding errors of logits are small against these, and other networks differ by more.
_TOLERANCES = {"float32": 1e-3, "float64": 1e-3, "mixed_bfloat16": 0.1}


def classifier_from_keras(
    cls: type[Any], model: Any, classes: Any, parameters: Mapping[str, Any]
) -> Any:
    """Return a fitted classifier of the class that predicts what a trained model does."""
    require_backend()
    for name in _FROM_THE_MODEL:
        if name in parameters:
            raise TypeError(f"{name} is that of the model: leave out {name}={parameters[name]!r}.")
    classifier = cls().set_params(**parameters)
    classifier._validate_params()
    labels, order = _check_classes(classes, check_model(model))
    imported = import_model(model, classifier.image_shape, order)
    network = imported.network
    classifier.set_params(
        architecture=imported.architecture, dtype=network.dtype, image_shape=network.image_shape
    )
    _check_predicts_as(imported, model, order)
    vars(classifier).update(_fitted(imported, labels))
    return classifier


def _check_classes(classes: Any, n_outputs: int) -> tuple[NDArray[Any], NDArray[np.intp] | None]:
    """Return the labels in increasing order, and the order of the outputs if it differs."""
    if classes is None:
        return np.arange(n_outputs), None
    labels = check_labels(classes)
    increasing, order = np.unique(labels, return_index=True)
    if len(labels) != n_outputs or len(increasing) != n_outputs:
        raise ValueError(
            f"classes must be {n_outputs} different labels, one for each output of the model in "
            f"its order, got {len(labels)} labels, {len(increasing)} of them different: "
            f"{labels.tolist()}."
        )
    return increasing, None if (order == np.arange(n_outputs)).all() else order


def _fitted(imported: Imported, classes: NDArray[Any]) -> dict[str, Any]:
    """Return the attributes of a classifier that was trained elsewhere."""
    network, weights = imported.network, frozen(imported.weights)
    return {
        "classes_": classes,
        "n_features_in_": prod(network.image_shape),
        "architecture_": imported.architecture,
        "image_shape_": network.image_shape,
        "weights_": weights,
        "history_": {},
        "n_iter_": 0,
        "best_epoch_": 0,
        "_network_": network,
        "_continuation": Continuation(TrainingState(weights, n_batches=MANY_BATCHES)),
    }


def _check_predicts_as(imported: Imported, model: Any, order: NDArray[np.intp] | None) -> None:
    """Refuse a model whose layers do not tell what it computes."""
    _, network, weights = imported
    shape = (_N_IMAGES_CHECKED, prod(network.image_shape))
    # Models may take whole numbers.
    rows = np.random.RandomState(0).randint(0, 2, shape).astype(network.weight_dtype)
    expected = probabilities_of(model, rows.reshape(-1, *network.image_shape))
    rows = rows[: len(expected)]
    found = probabilities(PROGRAMS.predict(network, weights, rows))
    expected = expected if order is None else expected[:, order]
    difference = np.abs(found - expected).max()
    if not difference <= _TOLERANCES[network.dtype]:
        raise ValueError(
            f"model {model.name!r} computes something else than its layers do in turn, or other "
            f"numbers each time: the probabilities differ by up to {difference:.3g}. Use a "
            "function that builds it as architecture, and fit again."
        )

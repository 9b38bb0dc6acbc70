"""The attributes that a classifier gets from a training run, at its end or before."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from inspect import signature
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.metrics import check_scoring

from skdigits._classifier._fitted_state import Continuation
from skdigits.architectures import Architecture, BuildFunction
from skdigits.programs._keras_network import frozen
from skdigits.training._history import history
from skdigits.training._loop import Validation
from skdigits.training._observer import TrainingRun
from skdigits.training._samples import Samples


@dataclass(frozen=True)
class Outcome:
    """Computes the attributes of a classifier with these classes and this architecture."""

    classes: NDArray[Any]
    architecture: Architecture | BuildFunction

    def attributes(self, run: TrainingRun) -> dict[str, Any]:
        """Return the attributes of the classifier if training stops now."""
        state = run.state_without_optimizer
        return {
            "classes_": self.classes,
            "_network_": run.network,
            "architecture_": self.architecture,
            "image_shape_": run.network.image_shape,
            "weights_": frozen(state.weights),
            "history_": history(run.epochs),
            "n_iter_": len(run.epochs),
            "best_epoch_": run.best_epoch,
            "_continuation": Continuation(state),
        }

    def validation(
        self, classifier: BaseEstimator, samples: Samples, *, is_weighted: bool
    ) -> Validation:
        """Score weights as scikit-learn would score a classifier with these weights."""
        if classifier.scoring == "loss":
            return Validation(samples)
        scorer = check_scoring(classifier, classifier.scoring)
        trained, labels = copy.copy(classifier), self.classes[samples.targets]
        if samples.rows.dtype != np.uint8:
            trained.pixel_range = None  # The rows are scaled.
        is_given = is_weighted and _takes_sample_weight(scorer)
        metadata = {"sample_weight": samples.weights} if is_given else {}

        def score(run: TrainingRun) -> float:
            vars(trained).update(self.attributes(run))
            vars(trained).pop("feature_names_in_", None)  # Rows have none.
            return float(scorer(trained, samples.rows, labels, **metadata))

        return Validation(samples, score)


def _takes_sample_weight(scorer: Callable[..., float]) -> bool:
    """Return whether a scorer, or the metric of a scikit-learn scorer, has this parameter."""
    parameters = signature(getattr(scorer, "_score_func", scorer)).parameters.values()
    return any(p.name == "sample_weight" or p.kind is p.VAR_KEYWORD for p in parameters)

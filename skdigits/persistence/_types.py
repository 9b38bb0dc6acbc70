"""The types that a file may hold beside those that skops trusts by itself."""

from __future__ import annotations

from skdigits._classifier import KerasDigitClassifier
from skdigits.architectures import ARCHITECTURES
from skdigits.augmentation import Elastic, RandomAffine
from skdigits.preprocessing import PixelScaler

_OWN_TYPES = (KerasDigitClassifier, PixelScaler, *ARCHITECTURES.values(), Elastic, RandomAffine)

# What searches and ensembles hold of scikit-learn and skops does not list: parameters, dictionaries
# and pure functions.
_SCIKIT_LEARN_TYPES = (
    "sklearn.metrics._classification.accuracy_score",
    "sklearn.metrics._classification.balanced_accuracy_score",
    "sklearn.metrics._classification.brier_score_loss",
    "sklearn.metrics._classification.f1_score",
    "sklearn.metrics._classification.jaccard_score",
    "sklearn.metrics._classification.log_loss",
    "sklearn.metrics._classification.matthews_corrcoef",
    "sklearn.metrics._classification.precision_score",
    "sklearn.metrics._classification.recall_score",
    "sklearn.metrics._ranking.average_precision_score",
    "sklearn.metrics._ranking.roc_auc_score",
    "sklearn.metrics._ranking.top_k_accuracy_score",
    "sklearn.metrics._scorer._PassthroughScorer",
    "sklearn.metrics._scorer._Scorer",
    "sklearn.model_selection._split.KFold",
    "sklearn.model_selection._split.StratifiedKFold",
    "sklearn.utils._bunch.Bunch",
)


def _names(kind: type) -> list[str]:
    """Give the name of a type by its module, and by the public package that it may have been in."""
    public = [part for part in kind.__module__.split(".") if not part.startswith("_")]
    return sorted(
        {f"{kind.__module__}.{kind.__qualname__}", ".".join([*public, kind.__qualname__])}
    )


# Names, as `skops.io.load(file, trusted=TRUSTED_TYPES)` takes them.
TRUSTED_TYPES: tuple[str, ...] = (
    *(name for kind in _OWN_TYPES for name in _names(kind)),
    *_SCIKIT_LEARN_TYPES,
)

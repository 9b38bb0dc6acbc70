"""Types that a file may contain in addition to those that skops trusts by default."""

from __future__ import annotations

from importlib import import_module
from itertools import accumulate

from skdigits._classifier import KerasDigitClassifier
from skdigits.architectures import ARCHITECTURES, Sequential
from skdigits.augmentation import DISTORTIONS
from skdigits.preprocessing import DigitFramer, PixelScaler

_OWN_TYPES = (
    KerasDigitClassifier,
    DigitFramer,
    PixelScaler,
    *ARCHITECTURES.values(),
    Sequential,
    *DISTORTIONS,
)

# Types of packages above this one, by their names.
_OWN_TYPES_ABOVE = (
    "skdigits.reading.DigitStringRecognizer",
    "skdigits.reading._digit_string_recognizer.DigitStringRecognizer",
)

# Objects in scikit-learn's searches, ensembles, calibration and selection of pixels that skops does
# not list: parameters, dictionaries and pure functions.
_SCIKIT_LEARN_TYPES = (
    "sklearn.calibration._CalibratedClassifier",
    "sklearn.calibration._SigmoidCalibration",
    "sklearn.calibration._TemperatureScaling",
    "sklearn.feature_selection._mutual_info.mutual_info_classif",
    "sklearn.feature_selection._univariate_selection.chi2",
    "sklearn.feature_selection._univariate_selection.f_classif",
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
    "sklearn.metrics._scorer._CurveScorer",
    "sklearn.metrics._scorer._PassthroughScorer",
    "sklearn.metrics._scorer._Scorer",
    "sklearn.model_selection._search_successive_halving.HalvingGridSearchCV",
    "sklearn.model_selection._search_successive_halving.HalvingRandomSearchCV",
    "sklearn.model_selection._split.GroupKFold",
    "sklearn.model_selection._split.GroupShuffleSplit",
    "sklearn.model_selection._split.KFold",
    "sklearn.model_selection._split.LeaveOneGroupOut",
    "sklearn.model_selection._split.LeaveOneOut",
    "sklearn.model_selection._split.LeavePGroupsOut",
    "sklearn.model_selection._split.LeavePOut",
    "sklearn.model_selection._split.PredefinedSplit",
    "sklearn.model_selection._split.RepeatedKFold",
    "sklearn.model_selection._split.RepeatedStratifiedKFold",
    "sklearn.model_selection._split.ShuffleSplit",
    "sklearn.model_selection._split.StratifiedGroupKFold",
    "sklearn.model_selection._split.StratifiedKFold",
    "sklearn.model_selection._split.StratifiedShuffleSplit",
    "sklearn.model_selection._split.TimeSeriesSplit",
    "sklearn.model_selection._split._CVIterableWrapper",
    "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
    "sklearn.neural_network._stochastic_optimizers.SGDOptimizer",
    "sklearn.utils._bunch.Bunch",
    "sklearn.utils._metadata_requests.MetadataRequest",
    "sklearn.utils._metadata_requests.MethodMetadataRequest",
)


def _names(kind: type) -> list[str]:
    """List the names of a type in all modules that have it, for files of older versions."""
    modules = accumulate(kind.__module__.split("."), "{}.{}".format)
    name = kind.__qualname__
    return [f"{it}.{name}" for it in modules if getattr(import_module(it), name, None) is kind]


# Names, as `skops.io.load(file, trusted=TRUSTED_TYPES)` takes them.
TRUSTED_TYPES: tuple[str, ...] = (
    *(name for kind in _OWN_TYPES for name in _names(kind)),
    *_OWN_TYPES_ABOVE,
    *_SCIKIT_LEARN_TYPES,
)

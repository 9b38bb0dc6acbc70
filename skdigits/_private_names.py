"""Private names of scikit-learn, which may change with any release: all that the package imports.

`tests/test_private_names.py` tests what is relied on.
"""

from __future__ import annotations

from sklearn.base import _fit_context
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions, validate_params
from sklearn.utils._set_output import _get_output_config
from sklearn.utils.multiclass import _check_partial_fit_first_call
from sklearn.utils.validation import _check_n_features, _check_sample_weight

__all__ = [
    "HasMethods",
    "Interval",
    "StrOptions",
    "_check_n_features",
    "_check_partial_fit_first_call",
    "_check_sample_weight",
    "_fit_context",
    "_get_output_config",
    "validate_params",
]

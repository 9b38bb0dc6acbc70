"""Fitted estimators as files that hold data and no code.

A file has the format of :mod:`skops.io`, with an additional member that describes it. Reading a
file runs none of its content: it builds the types listed in `TRUSTED_TYPES` and those that skops
trusts by default, from arrays and plain values that are checked first.
"""

from skdigits.persistence._estimators import read_estimator, save_estimator
from skdigits.persistence._types import TRUSTED_TYPES

__all__ = ["TRUSTED_TYPES", "read_estimator", "save_estimator"]

"""Classifiers at the end of pipelines."""

from __future__ import annotations

from typing import Any

from sklearn.pipeline import Pipeline


def final_step(estimator: Any) -> Any:
    """Return the last step of a pipeline; any other estimator is returned unchanged."""
    return estimator[-1] if isinstance(estimator, Pipeline) else estimator

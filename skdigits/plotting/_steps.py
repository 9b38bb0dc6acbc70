"""Classifiers at the end of pipelines."""

from __future__ import annotations

from typing import Any

from sklearn.pipeline import Pipeline


def final_step(estimator: Any) -> Any:
    """Take the last step of a pipeline, and any other estimator as it is."""
    return estimator[-1] if isinstance(estimator, Pipeline) else estimator

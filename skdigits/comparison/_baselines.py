"""The classifiers to beat."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

from skdigits.preprocessing import PixelScaler


def baseline_classifiers(random_state: int | np.random.RandomState | None = None) -> dict[str, Any]:
    """Build the scikit-learn classifiers that a network should be compared with.

    Each is a :class:`~sklearn.pipeline.Pipeline` of a
    :class:`~skdigits.preprocessing.PixelScaler` and a classifier with scikit-learn's
    defaults, except for larger limits on the number of iterations, so that fits converge.

    Parameters
    ----------
    random_state : int, RandomState instance or None, default=None
        Determines the initial weights and the batches of the `MLPClassifier`; the others do not use
        random numbers. Pass an int for reproducible results.

    Returns
    -------
    classifiers : dict of str to Pipeline
        Unfitted pipelines by name: "logistic regression", "k-nearest neighbours", "RBF SVC"
        and "scikit-learn MLPClassifier". The first is the usual baseline.

    See Also
    --------
    compare_classifiers : Compare them with your classifiers on the same folds.

    Examples
    --------
    >>> from skdigits.comparison import baseline_classifiers
    >>> list(baseline_classifiers())
    ['logistic regression', 'k-nearest neighbours', 'RBF SVC', 'scikit-learn MLPClassifier']
    """
    classifiers = {
        "logistic regression": LogisticRegression(max_iter=1000),
        "k-nearest neighbours": KNeighborsClassifier(),
        "RBF SVC": SVC(),
        "scikit-learn MLPClassifier": MLPClassifier(max_iter=1000, random_state=random_state),
    }
    return {
        name: make_pipeline(PixelScaler(), classifier) for name, classifier in classifiers.items()
    }

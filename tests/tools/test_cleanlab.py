"""cleanlab: labels that are wrong are found, and left out of a fit."""

import pytest

pytest.importorskip("cleanlab")


def test_wrong_labels_are_found_and_left_out():
    import numpy as np
    from cleanlab.classification import CleanLearning
    from sklearn.datasets import load_digits

    from skdigits import KerasDigitClassifier

    X, y = load_digits(return_X_y=True)
    rng = np.random.default_rng(0)
    wrong = rng.choice(len(y), 90, replace=False)
    given = y.copy()
    given[wrong] = (y[wrong] + rng.integers(1, 10, len(wrong))) % 10

    classifier = KerasDigitClassifier("mlp", pixel_range=(0, 16), epochs=10, random_state=0)
    learning = CleanLearning(classifier, seed=0)
    issues = learning.find_label_issues(X, given)
    found = np.flatnonzero(issues["is_label_issue"])
    assert np.isin(wrong, found).mean() > 0.8
    assert np.isin(found, wrong).mean() > 0.7

    learning.fit(X, given, label_issues=issues)
    assert learning.score(X, y) > 0.95

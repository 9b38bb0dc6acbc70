"""scikit-activeml: the images are labelled that a network is least sure of."""

import pytest

pytest.importorskip("skactiveml")


def test_uncertainty_sampling_learns_from_few_labels():
    import numpy as np
    from skactiveml.classifier import SklearnClassifier
    from skactiveml.pool import UncertaintySampling
    from skactiveml.utils import MISSING_LABEL
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    from skdigits import KerasDigitClassifier

    X, X_test, truth, y_test = train_test_split(*load_digits(return_X_y=True), random_state=0)
    network = KerasDigitClassifier("mlp", pixel_range=(0, 16), epochs=20, random_state=0)
    classifier = SklearnClassifier(network, classes=range(10), random_state=0)
    strategy = UncertaintySampling(method="margin_sampling", random_state=0)

    y = np.full(len(X), MISSING_LABEL)
    y[:20] = truth[:20]
    before = classifier.fit(X, y).score(X_test, y_test)
    for _ in range(8):
        asked = strategy.query(X=X, y=y, clf=classifier, batch_size=10)
        y[asked] = truth[asked]
    after = classifier.fit(X, y).score(X_test, y_test)

    assert np.isfinite(y).sum() == 100
    assert after > before + 0.1


def test_digits_without_a_label_have_probability_0(digits):
    import numpy as np
    from skactiveml.classifier import SklearnClassifier
    from skactiveml.utils import MISSING_LABEL

    from skdigits import KerasDigitClassifier

    X, truth = digits
    y = np.where(truth < 3, truth, MISSING_LABEL)
    network = KerasDigitClassifier("mlp", pixel_range=(0, 16), epochs=3, random_state=0)
    probabilities = SklearnClassifier(network, classes=range(10)).fit(X, y).predict_proba(X)
    assert probabilities.shape == (len(X), 10)
    assert (probabilities[:, 3:] == 0).all()

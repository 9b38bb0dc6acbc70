"""MAPIE: sets of labels that contain the right one as often as asked."""

import pytest

pytest.importorskip("mapie")


def test_prediction_sets_cover_the_labels():
    import numpy as np
    from mapie.classification import SplitConformalClassifier
    from mapie.metrics.classification import classification_coverage_score
    from mapie.utils import train_conformalize_test_split
    from sklearn.datasets import load_digits

    from skdigits import KerasDigitClassifier

    X_train, X_conformalize, X_test, y_train, y_conformalize, y_test = (
        train_conformalize_test_split(
            *load_digits(return_X_y=True),
            train_size=0.4,
            conformalize_size=0.3,
            test_size=0.3,
            random_state=0,
        )
    )
    classifier = KerasDigitClassifier("mlp", pixel_range=(0, 16), epochs=3, random_state=0)
    classifier.fit(X_train, y_train)
    conformal = SplitConformalClassifier(classifier, confidence_level=0.95, prefit=True)
    conformal.conformalize(X_conformalize, y_conformalize)
    labels, sets = conformal.predict_set(X_test)

    # Three standard deviations of a share of so many images, in either of two samples.
    tolerance = 3 * np.sqrt(0.95 * 0.05 * (1 / len(X_conformalize) + 1 / len(X_test)))
    (coverage,) = classification_coverage_score(y_test, sets)
    assert abs(coverage - 0.95) < tolerance
    assert (labels == classifier.predict(X_test)).all()


def test_cross_conformal_prediction_fits_the_network_itself(digits):
    from mapie.classification import CrossConformalClassifier
    from mapie.metrics.classification import classification_coverage_score

    from skdigits import KerasDigitClassifier

    X, y = digits
    network = KerasDigitClassifier("mlp", pixel_range=(0, 16), epochs=3, random_state=0)
    conformal = CrossConformalClassifier(network, confidence_level=0.9, cv=3, random_state=0)
    conformal.fit_conformalize(X[:1000], y[:1000])
    _, sets = conformal.predict_set(X[1000:])
    assert classification_coverage_score(y[1000:], sets)[0] > 0.85

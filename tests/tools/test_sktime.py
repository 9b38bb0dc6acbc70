"""sktime: the rows of an image as time series, and transformers of series before a network."""

import pytest

pytest.importorskip("sktime")


def test_rows_of_an_image_are_series():
    import numpy as np
    from sklearn.datasets import load_digits
    from sktime.classification.compose import SklearnClassifierPipeline
    from sktime.transformations.exponent import ExponentTransformer

    from skdigits import KerasDigitClassifier

    X, y = load_digits(return_X_y=True)
    series = X.reshape(-1, 8, 8)
    network = KerasDigitClassifier("mlp", pixel_range=(0, 4), epochs=3, random_state=0)
    pipeline = SklearnClassifierPipeline(network, [ExponentTransformer(power=0.5)])
    pipeline.fit(series[:1000], y[:1000])
    assert pipeline.score(series[1000:], y[1000:]) > 0.85

    network.fit(np.sqrt(X[:1000]), y[:1000])
    np.testing.assert_array_equal(
        pipeline.predict_proba(series[1000:]), network.predict_proba(np.sqrt(X[1000:]))
    )

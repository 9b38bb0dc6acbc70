"""export/_pipelines: what a classifier is taken apart into."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from small_networks import small

from skdigits import KerasDigitClassifier, PixelScaler
from skdigits.export._pipelines import taken_apart
from skdigits.preprocessing import DigitFramer


def test_scalers_and_network_are_returned(X, y):
    pipeline = make_pipeline("passthrough", PixelScaler(), small()).fit(X, y)
    scalers, classifier, network = taken_apart(pipeline, may_frame=False)
    assert scalers == [pipeline[1]]
    assert classifier is pipeline[-1]
    assert network.image_shape == (8, 8, 1)


def test_the_range_of_the_classifier_is_the_last_scaler(X, y):
    classifier = small(pixel_range=(-1, 3)).fit(X, y)
    (scaler,), *_ = taken_apart(classifier, may_frame=False)
    assert_allclose(scaler.transform(np.full((1, 64), 2)), 0.75)


def test_a_framer_is_left_out_if_it_may_be_there():
    digit = np.zeros((40, 40))
    digit[5:35, 18:22] = 255
    pipeline = make_pipeline(DigitFramer(), small(pixel_range=(0, 255))).fit(
        [digit, 255 - digit], [0, 1]
    )
    assert len(taken_apart(pipeline, may_frame=True)[0]) == 1
    with pytest.raises(ValueError, match="DigitFramer cannot be part of the file"):
        taken_apart(pipeline, may_frame=False)


def test_others_are_refused(X, y):
    with pytest.raises(NotFittedError):
        taken_apart(small(), may_frame=True)
    with pytest.raises(ValueError, match="MaxAbsScaler or DigitFramer, got LogisticRegression"):
        taken_apart(LogisticRegression().fit(X, y), may_frame=True)


@pytest.mark.parametrize("other", ["abc", None, Pipeline([("a", "passthrough")])])
def test_what_is_no_classifier_is_refused(other):
    with pytest.raises(ValueError, match="Expected a KerasDigitClassifier"):
        taken_apart(other, may_frame=False)


def test_what_is_not_fitted_is_refused():
    with pytest.raises(NotFittedError):
        taken_apart(KerasDigitClassifier(), may_frame=False)

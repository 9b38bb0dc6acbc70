"""What scikit-learn asks of every classifier. PixelScaler's checks are in test_preprocessing.py."""

import os
from unittest import SkipTest

import numpy as np
import pytest
from sklearn.datasets import make_blobs
from sklearn.utils import estimator_checks, get_tags

from skdigits import KerasDigitClassifier
from skdigits.architectures import MLP, Softmax

NAME = "KerasDigitClassifier"


@estimator_checks.parametrize_with_checks([KerasDigitClassifier()])
def test_scikit_learn_checks(estimator, check):
    try:
        check(estimator)
    except SkipTest as skipped:
        # SciPy asks for a promise made in the environment before it is imported.
        if "SCIPY_ARRAY_API" in str(skipped) and os.environ.get("SCIPY_ARRAY_API") != "1":
            raise
        pytest.fail(f"No check is to be skipped: {skipped}")


def test_scikit_learn_has_many_checks_for_this_classifier():
    checks = [
        getattr(check, "func", check).__name__
        for _, check in estimator_checks.estimator_checks_generator(
            KerasDigitClassifier(), mark=None
        )
    ]
    assert len(checks) >= 60
    # These come only where the tags promise what they check.
    assert {
        "check_classifiers_train",
        "check_class_weight_classifiers",
        "check_estimators_partial_fit_n_features",
        "check_methods_subset_invariance",
        "check_sample_weight_equivalence_on_dense_data",
    } <= set(checks)


def test_tags_excuse_nothing():
    tags = get_tags(KerasDigitClassifier())
    assert tags.estimator_type == "classifier"
    assert tags.classifier_tags.multi_class
    assert not tags.classifier_tags.poor_score
    assert not tags.non_deterministic
    assert not tags.no_validation
    assert not tags._skip_test
    assert tags.requires_fit
    assert tags.input_tags.two_d_array
    assert tags.input_tags.three_d_array


@pytest.mark.filterwarnings("ignore:X (does not have valid|has) feature names:UserWarning")
@pytest.mark.parametrize(
    "check",
    [
        estimator_checks.check_dataframe_column_names_consistency,
        estimator_checks.check_param_validation,
    ],
)
def test_scikit_learn_checks_beyond_check_estimator(check):
    check(NAME, KerasDigitClassifier("softmax"))


@pytest.mark.parametrize("architecture", [Softmax(), MLP((16,))], ids=repr)
@pytest.mark.parametrize("seed", range(3))
def test_balanced_weights_help_where_classes_are_unequally_frequent(architecture, seed):
    """Trained on four to one of two overlapping classes, tested on one to one."""
    centers = [[-0.75, 0.0], [0.75, 0.0]]
    X, y = make_blobs([400, 100], centers=centers, random_state=seed)
    X_test, y_test = make_blobs([500, 500], centers=centers, random_state=100 + seed)
    classifier = KerasDigitClassifier(architecture, epochs=30)
    estimator_checks.check_class_weight_balanced_classifiers(
        NAME, classifier, X, y, X_test, y_test, np.array([1.0, 4.0])
    )

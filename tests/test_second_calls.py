"""_classifier/_second_calls: failed calls leave no trace, and generators are kept apart."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from skdigits._classifier._second_calls import own_generator, unchanged_on_failure


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_failure_restores_the_estimator(error):
    estimator = LogisticRegression(C=2.0)
    estimator.classes_ = np.arange(2)
    before = dict(vars(estimator))

    @unchanged_on_failure(estimator)
    def fit():
        estimator.C, estimator.coef_ = 3.0, np.ones(2)
        del estimator.classes_
        raise error

    with pytest.raises(error):
        fit()
    assert vars(estimator) == before


def test_a_late_restoration_leaves_to_scikit_learn_what_it_sets_during_a_fit():
    """An interrupt at the end of the block, whose remains Python closes later."""
    estimator = LogisticRegression()
    before = dict(vars(estimator))
    estimator._callback_fit_ctx, estimator._skl_callbacks_to_teardown = object(), []
    block = unchanged_on_failure(estimator)
    block.__enter__()
    estimator.coef_ = np.ones(2)
    del estimator._callback_fit_ctx, estimator._skl_callbacks_to_teardown
    block.gen.close()
    assert vars(estimator) == before


def test_a_success_is_kept():
    estimator = LogisticRegression()
    with unchanged_on_failure(estimator):
        estimator.coef_ = 1
    assert estimator.coef_ == 1


def test_a_number_gives_its_own_generator():
    assert own_generator(3).randint(10**6) == np.random.RandomState(3).randint(10**6)


def test_the_generator_of_the_caller_gives_a_seed_alone():
    generator = np.random.RandomState(0)
    kept = own_generator(generator)
    after = generator.get_state()[1].copy()
    kept.randint(10, size=1000)
    assert (generator.get_state()[1] == after).all()
    assert kept.randint(10**6) != own_generator(generator).randint(10**6)


def test_the_global_generator_is_not_kept():
    assert own_generator(None) is not np.random.mtrand._rand

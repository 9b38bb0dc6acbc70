"""Searches to start from: scikit-learn's own, over pipelines that work."""

import copy

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    ParameterGrid,
    RandomizedSearchCV,
    StratifiedKFold,
)
from sklearn.utils.validation import check_is_fitted

from skdigits import KerasDigitClassifier, PixelScaler, search
from skdigits.architectures import MLP, Architecture, Softmax
from skdigits.search import architecture_search

BUDGETS = {"small": (9, 18), "medium": (18, 27), "large": (27, 27)}
ARCHITECTURE, EPOCHS = "kerasdigitclassifier__architecture", "kerasdigitclassifier__epochs"


@pytest.fixture(scope="module")
def X(digits):
    return digits[0][:300]


@pytest.fixture(scope="module")
def y(digits):
    return digits[1][:300]


def quick(strategy, **options):
    """A search over networks that train in no time."""
    found = architecture_search("small", strategy=strategy, random_state=0, **options)
    space = found.param_distributions if strategy == "randomized" else found.param_grid
    space[ARCHITECTURE] = [Softmax(), MLP((16,)), MLP((64,))]
    return found


@pytest.mark.parametrize(
    ("strategy", "kind"),
    [("grid", GridSearchCV), ("randomized", RandomizedSearchCV), ("halving", HalvingGridSearchCV)],
)
def test_it_is_scikit_learns_search_over_a_pipeline(strategy, kind):
    found = architecture_search(strategy=strategy, n_jobs=2, verbose=3, scoring="neg_log_loss")
    assert type(found) is kind
    assert (found.n_jobs, found.verbose, found.scoring, found.cv) == (2, 3, "neg_log_loss", 3)
    assert [type(step) for _, step in found.estimator.steps] == [PixelScaler, KerasDigitClassifier]
    assert repr(clone(found).estimator) == repr(found.estimator)
    with pytest.raises(ValueError, match="not fitted"):
        check_is_fitted(found)


@pytest.mark.parametrize("budget", BUDGETS)
@pytest.mark.parametrize("strategy", ["grid", "halving"])
def test_candidates_are_as_many_as_documented_and_all_different(budget, strategy):
    candidates = list(ParameterGrid(architecture_search(budget, strategy=strategy).param_grid))
    assert len({repr(candidate) for candidate in candidates}) == len(candidates)
    assert len(candidates) == BUDGETS[budget][0]


@pytest.mark.parametrize("budget", BUDGETS)
@pytest.mark.parametrize("image_shape", [(8, 8, 1), (28, 28, 1)])
def test_every_candidate_builds_a_network_of_its_own(budget, image_shape):
    grid = architecture_search(budget, strategy="grid").param_grid
    assert all(isinstance(it, Architecture) for it in grid[ARCHITECTURE])
    sizes = [it(image_shape, 10).count_params() for it in grid[ARCHITECTURE]]
    assert len(set(sizes)) == len(sizes)


@pytest.mark.parametrize(
    ("budget", "fits", "epochs"),
    [
        ("small", [9, 3, 1], [2, 6, 18]),
        ("medium", [18, 6, 2], [3, 9, 27]),
        ("large", [27, 9, 3], [3, 9, 27]),
    ],
)
def test_halving_makes_the_documented_fits(budget, fits, epochs, monkeypatch, X, y):
    # A network's place is taken: how many candidates go on does not depend on their scores.
    monkeypatch.setattr(KerasDigitClassifier, "fit", fit_at_once)
    monkeypatch.setattr(KerasDigitClassifier, "predict", lambda self, X: np.zeros(len(X), int))
    found = architecture_search(budget).fit(X, y)
    assert found.n_candidates_ == fits
    assert found.n_resources_ == epochs
    grid_epochs = BUDGETS[budget][0] * BUDGETS[budget][1]
    assert 3 * sum(n * e for n, e in zip(fits, epochs, strict=True)) == grid_epochs


def fit_at_once(self, X, y):
    self.classes_, self.weights_ = np.unique(y), ()
    return self


@pytest.mark.parametrize("strategy", ["grid", "randomized", "halving"])
def test_search_finds_a_network_that_reads(strategy, X, y):
    found = quick(strategy).fit(X, y)
    assert found.best_score_ > 0.8
    assert found.predict(X).shape == y.shape
    final = found.best_estimator_[-1]
    assert final.n_iter_ == 18
    assert repr(final.architecture) == repr(found.best_params_[ARCHITECTURE])
    again = quick(strategy).fit(X, y)
    np.testing.assert_array_equal(
        again.cv_results_["mean_test_score"], found.cv_results_["mean_test_score"]
    )


def test_random_candidates_have_learning_rates_of_their_own(X, y):
    found = quick("randomized").fit(X, y)
    rates = found.cv_results_["param_kerasdigitclassifier__learning_rate"]
    assert len(set(rates)) == len(rates) == 3
    assert all(0.003 <= rate <= 0.03 for rate in rates)


@pytest.mark.parametrize("strategy", ["grid", "randomized", "halving"])
def test_epochs_can_be_given(strategy, X, y):
    found = quick(strategy, epochs=9, cv=StratifiedKFold(2)).fit(X, y)
    assert found.best_estimator_[-1].n_iter_ == 9
    assert found.n_splits_ == 2


def test_spaces_can_be_changed_and_stay_as_they_were():
    before = copy.deepcopy(search._BUDGETS)
    found = architecture_search("small")
    found.param_grid[ARCHITECTURE].pop()
    found.param_grid[ARCHITECTURE][0].set_params(hidden_layer_sizes=(3,))
    assert repr(search._BUDGETS) == repr(before)
    assert repr(architecture_search("small").param_grid) != repr(found.param_grid)


def test_a_seed_reaches_the_networks_and_the_draw():
    found = architecture_search("small", strategy="randomized", random_state=7)
    assert found.random_state == found.estimator[-1].random_state == 7


def test_images_may_come_as_images(X, y):
    rows, images = (
        quick("grid", epochs=2).fit(it, y).cv_results_["mean_test_score"]
        for it in (X, X.reshape(-1, 8, 8))
    )
    np.testing.assert_array_equal(rows, images)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"budget": "huge"}, "'budget' parameter of architecture_search must be a str among"),
        ({"strategy": "bayes"}, "'strategy' parameter"),
        ({"epochs": 0}, "'epochs' parameter"),
        ({"epochs": 10, "strategy": "halving"}, "epochs must be a multiple of 9 .* got 10"),
        ({"epochs": "auto"}, "'epochs' parameter"),
        ({"random_state": "now"}, "'random_state' parameter"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        architecture_search(**arguments)

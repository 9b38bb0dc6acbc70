"""recipes: each is a classifier that trains, under the name that the documentation gives."""

from typing import get_args

import numpy as np
import pytest
from sklearn.base import clone

from skdigits.commands._train import _LINES, _RECIPES
from skdigits.recipes import RECIPES, _Single, make_classifier
from skdigits.training import cache_info, clear_cache


def members(classifier):
    return [member for _, member in getattr(classifier, "estimators", [("itself", classifier)])]


@pytest.mark.parametrize("recipe", RECIPES)
def test_trains_on_images_of_mnists_size(recipe):
    generator = np.random.default_rng(0)
    X, y = generator.random((64, 784), dtype=np.float32), np.arange(64) % 10
    classifier = make_classifier(recipe, random_state=0)
    for member in members(classifier):
        member.set_params(epochs=1)
    assert clone(classifier).fit(X, y).predict_proba(X).shape == (64, 10)


@pytest.mark.parametrize("recipe", RECIPES)
def test_is_documented(recipe):
    assert f'"{recipe}"' in make_classifier.__doc__


@pytest.mark.parametrize(
    ("recipe", "n_parameters", "n_updates"),
    # As the tutorials count them, for 60,000 images.
    [("small-tutorial-cnn", 693_962, 5 * 1_875), ("tutorial-cnn", 2_380_938, 4 * 469)],
)
def test_tutorial_networks_are_those_of_the_tutorials(recipe, n_parameters, n_updates):
    classifier = make_classifier(recipe)
    assert classifier.architecture((28, 28, 1), 10).count_params() == n_parameters
    assert classifier.epochs * -(-60_000 // classifier.batch_size) == n_updates


def test_each_call_gives_a_classifier_of_its_own():
    make_classifier("strong").set_params(epochs=1)
    assert make_classifier("strong").epochs == 12


def test_members_of_an_ensemble_are_strong_networks_that_differ():
    ensemble = make_classifier("ensemble", random_state=0)
    seeds = [member.random_state for member in members(ensemble)]
    assert len(set(seeds)) == 3
    assert seeds == [member.random_state for member in members(clone(ensemble))]
    assert seeds == [
        member.random_state for member in members(make_classifier("ensemble", random_state=0))
    ]
    strong = repr(make_classifier("strong"))
    for member in members(ensemble):
        assert repr(member.set_params(random_state=None)) == strong


def test_members_of_an_ensemble_share_one_training_program():
    generator = np.random.default_rng(0)
    X, y = generator.random((32, 28 * 28), dtype=np.float32), np.arange(32) % 4
    ensemble = make_classifier("ensemble", random_state=0)
    for member in members(ensemble):
        member.set_params(epochs=1)
    clear_cache()
    before = cache_info().compilations
    members(ensemble)[0].fit(X, y)
    of_one = cache_info().compilations - before
    ensemble.fit(X, y)
    assert cache_info().compilations - before == of_one


def test_members_of_an_ensemble_without_random_state_have_none():
    ensemble = make_classifier("ensemble")
    assert [member.random_state for member in members(ensemble)] == [None] * 3


def test_unknown_name_is_told_beside_the_known_ones():
    with pytest.raises(ValueError, match=r"one of \['ensemble', 'few', .*got 'stronger'"):
        make_classifier("stronger")


def test_types_know_every_network():
    assert {*get_args(_Single), "ensemble"} == {*RECIPES}


def test_the_command_trains_every_network():
    assert {*_RECIPES, "ensemble"} == {*RECIPES, "default", _LINES}

"""recipes: each is a classifier that trains, under the name that the documentation gives."""

import numpy as np
import pytest
from sklearn.base import clone

from skdigits.commands._train import _LINES, _RECIPES
from skdigits.recipes import RECIPES, make_classifier


@pytest.mark.parametrize("recipe", RECIPES)
def test_trains_on_images_of_mnists_size(recipe):
    generator = np.random.default_rng(0)
    X, y = generator.random((64, 784), dtype=np.float32), np.arange(64) % 10
    classifier = make_classifier(recipe, random_state=0).set_params(epochs=1)
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


def test_unknown_name_is_told_beside_the_known_ones():
    with pytest.raises(ValueError, match=r"one of \['few', 'reader', 'robust', .*got 'stronger'"):
        make_classifier("stronger")


def test_the_command_trains_every_recipe():
    assert set(_RECIPES) == {*RECIPES, "default", _LINES}

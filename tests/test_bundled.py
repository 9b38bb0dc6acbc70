"""The reader that comes with the package."""

import json
import zipfile

import numpy as np
import pytest
from small_readers import framed, written

from skdigits import KerasDigitClassifier
from skdigits.datasets import fetch_mnist
from skdigits.handwriting import make_non_digits
from skdigits.reading import load_reader, load_recognizer
from skdigits.reading._bundled import FILE, RECOGNIZER_FILE


@pytest.fixture(scope="module")
def reader():
    return load_reader()


def test_is_a_classifier_of_grey_levels_of_at_most_a_megabyte(reader):
    assert isinstance(reader, KerasDigitClassifier)
    assert reader.pixel_range == (0, 255)
    assert list(reader.classes_) == list(range(10))
    assert FILE.stat().st_size <= 1_000_000


def test_is_what_its_recipe_says(reader):
    recipe = json.loads(FILE.with_suffix(".json").read_text())
    assert recipe["random_state"] == reader.random_state
    assert recipe["epochs"] == reader.epochs
    assert "--recipe reader --handwriting" in recipe["command"]


def test_recognizer_is_what_its_recipe_says():
    recipe = json.loads(RECOGNIZER_FILE.with_suffix(".json").read_text())
    recognizer = load_recognizer()
    assert recipe["random_state"] == recognizer.random_state
    assert recipe["epochs"] == recognizer.epochs
    assert f"{sum(weight.size for weight in recognizer.weights_):,} weights" in recipe["network"]
    assert "--recipe lines" in recipe["command"]
    assert RECOGNIZER_FILE.stat().st_size <= 1_000_000


def test_the_model_card_agrees_with_the_recipes(reader):
    card = FILE.with_suffix(".md").read_text(encoding="utf-8")
    recipes = [
        json.loads(file.with_suffix(".json").read_text()) for file in (FILE, RECOGNIZER_FILE)
    ]
    for recipe in recipes:
        assert f"`{recipe['command']}`" in card
    assert f"{reader.n_parameters_:,} parameters" in card
    assert f"{sum(weight.size for weight in load_recognizer().weights_):,} weights" in card
    (accuracy,) = recipes[0]["accuracy"].values()
    assert f"| MNIST's 10,000 test images | {accuracy:.2%} ".replace("%", " %") in card
    assert f"takes {recipes[0]['epochs']} epochs, and the recognizer {recipes[1]['epochs']}" in card


@pytest.mark.parametrize("file", [FILE, RECOGNIZER_FILE], ids=lambda file: file.name)
def test_any_version_of_scikit_learn_reads_it_without_a_warning(file):
    """scikit-learn writes its version beside its own objects alone, and warns of another one."""
    with zipfile.ZipFile(file) as archive:
        assert b"_sklearn_version" not in archive.read("schema.json")


def test_each_load_is_an_object_of_its_own(reader):
    assert load_reader() is not reader


def test_reads_digits_of_other_writers(reader):
    assert reader.score(framed(), written()[1]) > 0.9


@pytest.mark.mnist
def test_reads_mnist_and_is_unsure_of_what_is_no_digit(reader):
    X, y = fetch_mnist(subset="train", return_X_y=True, download_if_missing=False)
    X, y = X[:500], y[:500]
    probabilities = reader.predict_proba(X)
    assert (probabilities.argmax(axis=1) == y).mean() > 0.98
    others = make_non_digits(X, y, 300, random_state=1)
    assert np.median(reader.predict_proba(others).max(axis=1)) < 0.5
    assert np.median(probabilities.max(axis=1)) > 0.9

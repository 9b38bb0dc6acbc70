"""commands/_validation: which images are trained on, and which are not."""

import argparse

import numpy as np
import pytest
from sklearn.datasets import load_digits

from skdigits.commands import _data
from skdigits.commands._labelled_images import LabelledImages
from skdigits.commands._validation import add_validation_option, set_aside

images, labels = load_digits().images[:300], load_digits().target[:300]
unsplit = LabelledImages(images, labels)
published = LabelledImages(images, labels, n_train=200)


def parse(*arguments):
    command = argparse.ArgumentParser()
    add_validation_option(command)
    return command.parse_args(arguments).validation


def rows(*parts):
    return sorted(image.tobytes() for part in parts for image in part.images)


def test_published_split_is_the_default():
    training, validation, description = set_aside(published, None, 0)
    np.testing.assert_array_equal(training.images, images[:200])
    np.testing.assert_array_equal(validation.images, images[200:])
    assert description == "100 test images"


def test_a_tenth_of_each_class_is_set_aside_where_no_split_is_published():
    training, validation, description = set_aside(unsplit, None, 0)
    assert rows(training, validation) == rows(unsplit)
    assert np.bincount(validation.labels).tolist() == [3] * 10
    assert description == "30 images that were set aside"
    again = set_aside(unsplit, None, 0)
    np.testing.assert_array_equal(validation.images, again.validation.images)
    other = set_aside(unsplit, None, 1)
    assert rows(validation) != rows(other.validation)


def test_fraction_is_one_of_the_training_images():
    training, validation, _ = set_aside(published, 0.25, 0)
    assert (len(training.images), len(validation.images)) == (150, 50)
    assert rows(training, validation) == rows(published.split()[0])


def test_none_is_set_aside():
    training, validation, _ = set_aside(unsplit, 0.0, 0)
    assert rows(training) == rows(unsplit)
    assert len(validation.images) == 0


def test_other_images(tmp_path):
    np.savez(tmp_path / "other.npz", X=images[:20] + 1, y=labels[:20])
    name = str(tmp_path / "other.npz")
    training, validation, description = set_aside(published, name, 0)
    np.testing.assert_array_equal(training.images, images[:200])
    np.testing.assert_array_equal(validation.images, images[:20] + 1)
    assert description == f"the 20 images of {name}"


def test_images_of_another_size(tmp_path):
    np.savez(tmp_path / "other.npz", X=images[:20, :4], y=labels[:20])
    with pytest.raises(ValueError, match=r"of shape \(4, 8\), and --data of shape \(8, 8\)"):
        set_aside(unsplit, str(tmp_path / "other.npz"), 0)


def test_rows_of_as_many_pixels(tmp_path):
    np.savez(tmp_path / "other.npz", X=images[:20].reshape(20, 64), y=labels[:20])
    _, validation, _ = set_aside(unsplit, str(tmp_path / "other.npz"), 0)
    assert validation.rows.shape == (20, 64)


def test_mnist_of_another_size_is_refused_before_it_is_fetched(monkeypatch):
    monkeypatch.setitem(_data._LOADERS, "mnist", lambda: pytest.fail("fetched"))
    with pytest.raises(ValueError, match=r"mnist has images of shape \(28, 28\), and --data"):
        set_aside(unsplit, "mnist", 0)


def test_too_few_images_of_a_class_name_the_cure():
    few = LabelledImages(images[:12], labels[:12])
    with pytest.raises(ValueError, match=r"--validation 0\.1 cannot .* or 0 to train on all"):
        set_aside(few, None, 0)


def test_option():
    assert parse() is None
    assert parse("--validation", "0.2") == 0.2
    assert parse("--validation", "mnist") == "mnist"
    for wrong in ("1", "-0.1", "nan", "inf"):
        with pytest.raises(SystemExit, match="2"):
            parse(f"--validation={wrong}")

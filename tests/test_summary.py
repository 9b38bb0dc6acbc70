import numpy as np

from skdigits.plotting._summary import percent, summarise, summarise_predictions


def test_summary_of_digits(digits):
    X, y = digits
    counts = np.bincount(y)
    assert summarise(X.reshape(-1, 8, 8, 1), y) == (
        "1,797 images of 8x8 pixels, float64, grey levels 0 to 16; "
        f"10 classes of {counts.min()} to {counts.max()} images"
    )


def test_summary_of_even_classes_and_colors():
    images = np.full((4, 28, 20, 3), 255, dtype=np.uint8)
    assert summarise(images, np.array(["a", "b", "a", "b"])) == (
        "4 images of 28x20x3 pixels, uint8, grey levels 255 to 255; 2 classes of 2 images"
    )


def test_summary_in_the_singular():
    image = np.zeros((1, 8, 8, 1))
    assert summarise(image, np.array([3])) == "1 image of 8x8 pixels, float64, grey levels 0 to 0"


def test_summary_of_predictions():
    summary = summarise_predictions(np.array([1, 2, 3]), np.array([1, 2, 4]))
    assert summary == "2 of 3 read correctly (66.7 %)"
    assert summarise_predictions(None, np.array([1])) is None


def test_no_probability_is_rounded_to_certainty():
    probabilities = [0, 0.344, 0.99, 0.9901, 0.999999, 1]
    expected = ["0 %", "34 %", "99 %", ">99 %", ">99 %", "100 %"]
    assert list(map(percent, probabilities)) == expected

"""Pictures of lines of scikit-learn's digits, and a small recognizer that learns them at once."""

from functools import cache

import numpy as np
from small_readers import photo_of, text_of, written

from skdigits.reading import DigitStringRecognizer

LABELS = (0, 1, 4, 7)  # that a small network tells apart soon
PARAMETERS = {
    "filters": (8, 8, 8, 8, 12, 12, 16),
    "dropout": 0.0,
    "batch_size": 16,
    "learning_rate": 0.01,
    "random_state": 0,
}


def line_pictures(n_lines, seed=0):
    """Lines of one to four digits, that stand more or less close, and their texts."""
    random = np.random.default_rng(seed)
    labels = written()[1]
    known = [np.flatnonzero(labels == label)[:4] for label in LABELS]
    images, texts = [], []
    for _ in range(n_lines):
        drawn = random.integers(len(LABELS), size=random.integers(1, 5))
        row = [random.choice(known[i]) for i in drawn]
        gap, margin = random.integers(-4, 12), random.integers(4, 12)
        image = photo_of([row], gap=int(gap), margin=int(margin))
        # Below a row of digits is more paper than above it.
        images.append(image[: len(image) - random.integers(24)])
        texts.append(text_of([row]))
    return images, np.array(texts)


@cache
def small_recognizer():
    return DigitStringRecognizer(epochs=14, **PARAMETERS).fit(*line_pictures(320))

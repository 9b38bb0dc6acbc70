"""A quick classifier of 28x28 pixels, and photos of the digits that it knows."""

from functools import cache

import numpy as np
from PIL import Image
from sklearn.datasets import load_digits
from sklearn.neighbors import KNeighborsClassifier

from skdigits.preprocessing import DigitFramer
from skdigits.reading import DigitReader


@cache
def written():
    """300 digits of scikit-learn, enlarged to 56x56 pixels of ink from 0 to 255, and labels."""
    digits = load_digits()
    images = [
        np.asarray(Image.fromarray(np.uint8(15 * image)).resize((56, 56), Image.Resampling.BICUBIC))
        for image in digits.images[:300]
    ]
    return np.array(images), digits.target[:300]


@cache
def framed():
    """The same digits as rows of 28x28 pixels, as `DigitFramer` frames them."""
    rows = DigitFramer().transform(written()[0])
    rows.flags.writeable = False
    return rows


@cache
def small_classifier():
    return KNeighborsClassifier(1).fit(framed(), written()[1])


@cache
def unsure_classifier():
    """It finds all digits equally probable."""
    labels = written()[1]
    return KNeighborsClassifier(len(labels)).fit(framed(), labels)


def small_reader(**parameters):
    return DigitReader(small_classifier(), **parameters)


def photo_of(rows, *, gap=12, margin=30, paper=235, ink=30):
    """Lay rows of digits, given by their numbers, on grey paper."""
    images, _ = written()
    width = max(len(row) for row in rows) * (56 + gap) + max(0, -gap)
    page = np.zeros((len(rows) * 80, width), np.float32)
    for i, row in enumerate(rows):
        for j, number in enumerate(row):
            left = j * (56 + gap)
            place = page[i * 80 : i * 80 + 56, left : left + 56]
            np.maximum(place, images[number] / np.float32(255), out=place)
    page = np.pad(page, margin)
    return np.uint8(paper - (paper - ink) * page)


def text_of(rows):
    _, labels = written()
    return "\n".join("".join(str(labels[number]) for number in row) for row in rows)

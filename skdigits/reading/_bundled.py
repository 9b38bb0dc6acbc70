"""The classifier and the recognizer that come with the package."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from skdigits.persistence import read_estimator

FILE = Path(__file__).parent / "reader.skops"
RECOGNIZER_FILE = Path(__file__).parent / "lines.skops"


def load_reader() -> Any:
    """Load the classifier that comes with the package, trained to read handwriting.

    A :class:`~skdigits.KerasDigitClassifier`, trained on MNIST's training images, on the variants
    of them that :func:`~skdigits.handwriting.make_handwriting` draws, and, to be unsure of images
    that are not digits, on :func:`~skdigits.handwriting.make_non_digits`. It takes rows of 28x28
    pixels from 0 to 255, as :func:`~skdigits.datasets.fetch_mnist` and
    :class:`~skdigits.preprocessing.DigitFramer` return them. The :ref:`model card <reader_card>`
    describes its training and its accuracy.

    Returns
    -------
    classifier : KerasDigitClassifier
        The fitted classifier, a new object in each call.

    Examples
    --------
    >>> from skdigits.reading import load_reader
    >>> load_reader().classes_
    array([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    """
    return read_estimator(FILE)


def load_recognizer() -> Any:
    """Load the recognizer of lines that comes with the package.

    A :class:`DigitStringRecognizer`, trained on lines that :func:`~skdigits.handwriting.make_lines`
    writes with MNIST's training images. It reads digits, and "?" for letters and scribbles. The
    :ref:`model card <reader_card>` describes its training and its accuracy.

    Returns
    -------
    recognizer : DigitStringRecognizer
        The fitted recognizer, a new object in each call.

    Examples
    --------
    >>> from skdigits.reading import load_recognizer
    >>> "".join(load_recognizer().characters_)
    '0123456789?'
    """
    return read_estimator(RECOGNIZER_FILE)

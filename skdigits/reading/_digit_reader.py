"""DigitReader: photos to the digits on them, by a recognizer or a classifier."""

from __future__ import annotations

import warnings
from numbers import Real
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, is_classifier
from sklearn.utils.validation import check_is_fitted

from skdigits._skdigits_estimator import is_count
from skdigits._whole_numbers import is_whole
from skdigits.ink.frame import FRAME
from skdigits.ink.pictures import require_images
from skdigits.reading._bundled import load_reader, load_recognizer
from skdigits.reading._cells import BLANK, Cells
from skdigits.reading._confirmation import Opinion
from skdigits.reading._digit_string_recognizer import DigitStringRecognizer
from skdigits.reading._form import Form
from skdigits.reading._form_reading import FormReading
from skdigits.reading._judged_cells import judge_cells
from skdigits.reading._judged_lines import ByClassifier
from skdigits.reading._read_lines import difference
from skdigits.reading._reading import UNSURE, Reading
from skdigits.reading._recognized_lines import ByRecognizer
from skdigits.reading._rotation import N_QUARTERS

_DIGITS = frozenset("0123456789")
_METHODS = ("predict_proba", "decision_function")
_QUARTER = 360 // N_QUARTERS  # degrees
_ROTATIONS = ("auto", *range(0, 360, _QUARTER))


class DigitReader:
    """Find the digits on a photo or a scan, and read them.

    The photo is straightened, ink is separated from paper and ruled lines, and lines are found. A
    recognizer reads each line as a whole; a low and wide picture, such as a cropped field, goes to
    it directly. Unless the line is certain, a classifier gives a second opinion on each digit that
    stands apart. With a classifier and without a recognizer, a line is cut into more parts than it
    has digits, each run of neighbouring parts that may be a digit is classified, and the reading is
    the most probable chain of them. This is slower and less accurate. Read more in the
    :ref:`User Guide <reading>`.

    Parameters
    ----------
    classifier : estimator or None, default=None
        Fitted classifier of rows of 784 pixels from 0 (paper) to 255 (ink), as in MNIST, whose
        classes are digits; usually a pipeline that begins with a
        :class:`~skdigits.preprocessing.PixelScaler`. Its `predict_proba` is used, or else its
        `decision_function`. None is the classifier of :func:`load_reader`. It reads cells and gives
        the second opinion on lines; passed without a recognizer, it reads lines, too.
    recognizer : DigitStringRecognizer or None, default=None
        Fitted recognizer of lines. None is the recognizer of :func:`load_recognizer`, unless a
        classifier is passed.
    min_confidence : float, default=0.5
        A digit with a smaller probability reads as "?".
    rotation : {"auto", 0, 90, 180, 270}, default="auto"
        Degrees by which photos are turned clockwise, in addition to their EXIF orientation. "auto"
        turns a photo by its content: if it has three or more digits that are not legible upright
        but clearly legible after a turn. (0, 1, 8, and 6 and 9 look like digits either way.) Photos
        that are not clearly upright are read in all four orientations; 0, for photos that are known
        to be upright, saves this time.

    Raises
    ------
    NotFittedError
        If the classifier or the recognizer is not fitted.
    ValueError
        If the classifier is not fitted on digits of 28x28 pixels, or another parameter is invalid.

    See Also
    --------
    skdigits.preprocessing.DigitFramer : Frames pictures of one digit each.

    Notes
    -----
    Requires Pillow: ``pip install "skdigits[images]"``. Photos of more than 2,000
    pixels in length or width are scaled down; more than 50 million pixels are refused, except in
    JPEG files, which are scaled while they are decoded.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> from skdigits.preprocessing import DigitFramer, PixelScaler
    >>> from skdigits.reading import DigitReader
    >>> images, labels = load_digits(n_class=2, return_X_y=True)
    >>> images = images.reshape(-1, 8, 8) / 16
    >>> X = DigitFramer().fit_transform(images)
    >>> classifier = make_pipeline(PixelScaler((0, 255)), LogisticRegression()).fit(X, labels)
    >>> photo = 1 - np.pad(np.hstack(images[2:5]), 8).repeat(8, axis=0).repeat(8, axis=1)
    >>> DigitReader(classifier).read(photo).text
    '010'
    """

    def __init__(
        self,
        classifier: Any = None,
        *,
        recognizer: DigitStringRecognizer | None = None,
        min_confidence: float = 0.5,
        rotation: int | str = "auto",
    ) -> None:
        if not isinstance(min_confidence, Real) or not 0 <= min_confidence <= 1:
            raise ValueError(
                f"min_confidence must be a probability from 0 to 1, got {min_confidence!r}."
            )
        if rotation not in _ROTATIONS:
            allowed = ", ".join(map(repr, _ROTATIONS))
            raise ValueError(f"rotation must be one of {allowed}, got {rotation!r}.")
        require_images("DigitReader")
        if classifier is None and recognizer is None:
            recognizer = load_recognizer()
        self.classifier: Any = load_reader() if classifier is None else classifier
        self.recognizer: DigitStringRecognizer | None = recognizer
        self.min_confidence: float = min_confidence
        self.rotation: int | str = rotation
        self._labels: list[str] = _labels_of(self.classifier)
        self._lines: ByClassifier | ByRecognizer = ByClassifier(
            self.classifier, self._labels, min_confidence
        )
        if self.recognizer is not None:
            _check_reads_digits(self.recognizer)
            opinion = Opinion(self.classifier, self._labels)
            self._lines = ByRecognizer(self.recognizer, opinion, min_confidence)

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}({self.classifier!r}, recognizer={self.recognizer!r}, "
            f"min_confidence={self.min_confidence!r}, rotation={self.rotation!r})"
        )

    def read(self, photo: Any) -> Reading:
        """Read all digits, line by line.

        Parameters
        ----------
        photo : str, path-like, PIL.Image.Image or array-like
            File, image, or array of shape (height, width), (height, width, 3) or (height, width, 4)
            with grey levels from 0 to 255, or from 0 to 1.

        Returns
        -------
        reading : Reading
            The digits in reading order; none for a blank photo.

        Raises
        ------
        FileNotFoundError
            If there is no such file.
        ValueError
            If the photo cannot be read, is too large, or contains thousands of letters.
        """
        return self._lines.of_photo(photo, self._n_quarters()).text()

    def read_field(self, photo: Any, *, n_digits: int = 5) -> Reading:
        """Read a field whose number of digits is known, such as a zip code.

        Parameters
        ----------
        photo : str, path-like, PIL.Image.Image or array-like
            As in :meth:`read`: a picture of one line of digits, which may have a border.
        n_digits : int, default=5
            Number of digits of the field.

        Returns
        -------
        reading : Reading
            The `n_digits` digits that are the most probable together; fewer only if there is too
            little ink, and none if the field is blank. Its `n_digits_seen` is the number of digits
            that the ink looks like, if that is another one.

        Raises
        ------
        FileNotFoundError
            If there is no such file.
        ValueError
            If the photo cannot be read, is too large, or contains thousands of letters.

        Warns
        -----
        UserWarning
            If the ink looks like another number of digits, so that some are left out or made up.
        """
        if not (is_count(n_digits) and n_digits >= 1):
            raise ValueError(f"n_digits must be a whole number of at least 1, got {n_digits!r}.")
        reading = self._lines.of_photo(photo, self._n_quarters()).field(int(n_digits))
        message = difference(n_digits, reading)
        if message:
            warnings.warn(message, stacklevel=2)
        return reading

    def read_cells(self, photo: Any) -> Cells:
        """Read the digits in the cells of a grid: a table, a Sudoku or an answer sheet.

        The grid is found by its lines, even on a photo taken from the side and on slightly bent
        paper. Rows and columns may differ in size. A cell is blank or holds one digit, handwritten
        or printed.

        Parameters
        ----------
        photo : str, path-like, PIL.Image.Image or array-like
            As in :meth:`read`: a single, complete grid, with lines around its cells.

        Returns
        -------
        cells : Cells
            Arrays of the labels, their probabilities and the boxes of the cells.

        Raises
        ------
        FileNotFoundError
            If there is no such file.
        ValueError
            If the photo cannot be read, is too large, or shows no grid.
        """
        judged = judge_cells(photo, self.classifier, self._n_quarters())
        is_blank = judged.probabilities == 0
        best = np.where(is_blank, BLANK, np.array(self._labels)[judged.classes])
        is_sure = is_blank | (judged.probabilities >= self.min_confidence)
        return Cells(
            np.where(is_sure, best, UNSURE),
            best,
            judged.probabilities,
            judged.boxes,
            judged.view.photo,
            judged.view.scale,
            rotation=judged.n_quarters * _QUARTER,
        )

    def read_fields(self, photo: Any, form: Form) -> FormReading:
        """Read the fields of a form.

        If the form lies on a darker table, its corners are found, even on a photo taken from the
        side. Otherwise the whole picture is taken to be the form.

        Parameters
        ----------
        photo : str, path-like, PIL.Image.Image or array-like
            As in :meth:`read`: a photo or a scan of the form.
        form : Form
            The places of the fields, and their numbers of digits; :func:`read_form` reads them
            from a file.

        Returns
        -------
        fields : FormReading
            The text and the reading of each field, by its name.

        Raises
        ------
        FileNotFoundError
            If there is no such file.
        ValueError
            If the photo cannot be read or is too large, or `form` is not a form.

        Warns
        -----
        UserWarning
            If the ink of a field looks like another number of digits.
        """
        if not isinstance(form, Form):
            raise ValueError(f"form must be a Form, got {form!r}; read_form reads one from a file.")
        view, n_quarters, found = self._lines.of_form(photo, form, self._n_quarters())
        readings, texts = {}, {}
        for field, lines in zip(form.fields, found, strict=True):
            n_digits = field.n_places
            if n_digits is None:
                reading = lines.text()
            else:
                reading = lines.field(n_digits)
                message = difference(n_digits, reading)
                if message:
                    warnings.warn(f"field {field.name!r}: {message}", stacklevel=2)
            readings[field.name] = reading
            texts[field.name] = field.written(" ".join(reading.lines))
        return FormReading(texts, readings, view.photo, view.scale, rotation=n_quarters * _QUARTER)

    def _n_quarters(self) -> int | None:
        """Return the number of quarter turns asked for, or None for "auto"."""
        return None if self.rotation == "auto" else int(self.rotation) // _QUARTER


def _labels_of(classifier: Any) -> list[str]:
    """Check that a classifier is fitted on digits, and return the names of its classes."""
    is_suitable = isinstance(classifier, BaseEstimator) and is_classifier(classifier)
    if not is_suitable or not any(hasattr(classifier, method) for method in _METHODS):
        is_recognizer = isinstance(classifier, DigitStringRecognizer)
        raise ValueError(
            f"classifier must be a classifier with {' or '.join(_METHODS)}, got {classifier!r}."
            + " Pass a recognizer of lines as recognizer." * is_recognizer
        )
    check_is_fitted(classifier)
    n_features = getattr(classifier, "n_features_in_", FRAME * FRAME)
    if n_features != FRAME * FRAME:
        raise ValueError(
            f"classifier must be fitted on rows of {FRAME * FRAME} pixels, that is 28x28, got one "
            f"fitted on {n_features}. Fit it on images like those of fetch_mnist; those of "
            "load_digits have 64 pixels."
        )
    classes = np.asarray(classifier.classes_)
    if classes.dtype.kind == "f" and is_whole(classes):
        classes = classes.astype(int)
    labels = [str(label) for label in classes]
    if not set(labels) <= _DIGITS:
        raise ValueError(
            f"classifier must have digits from 0 to 9 as classes, got {classifier.classes_!r}."
        )
    return labels


def _check_reads_digits(recognizer: Any) -> None:
    if not isinstance(recognizer, DigitStringRecognizer):
        raise ValueError(
            f"recognizer must be a fitted DigitStringRecognizer, got {recognizer!r}. Pass a "
            "classifier of single digits as classifier."
        )
    check_is_fitted(recognizer)
    if not _DIGITS & set(recognizer.characters_.tolist()):
        raise ValueError(
            "recognizer must have digits from 0 to 9 among its characters, got "
            f"{recognizer.characters_.tolist()}."
        )

"""Pictures of single digits to images like those of MNIST."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import TransformerMixin, _fit_context
from sklearn.utils import Tags
from sklearn.utils._param_validation import StrOptions

from skdigits._skdigits_estimator import SkdigitsEstimator
from skdigits.ink.box import box_of
from skdigits.ink.contrast import contrast_with_paper, has_bright_ink
from skdigits.ink.frame import FRAME, Frame, frame_strokes
from skdigits.ink.pictures import GreyLevels, as_grey, enlarged, require_images
from skdigits.ink.pieces import boxes_of, label_pieces
from skdigits.ink.ruling import strokes_without_ruling
from skdigits.ink.straight_lines import LineShape
from skdigits.ink.strokes import Ink

# Of a larger picture, no stroke would look different in 28x28 pixels.
_SHORTEST_SIDE, _LONGEST_SIDE = 48, 320  # pixels
_N_CELLS = 24
# A piece is a part of the digit if it is this large beside the largest one, in area and in length.
_PART_AREA, _PART_LENGTH = 0.03, 0.15
# A 1 that fills a picture is so near to its middle, of its width, and so wide, of its height.
_CENTRAL, _SLIM = 0.3, 0.6
# Rests of lines, and of what is beyond them, lie so near to the border, of the longest side.
_BORDER = 0.12
# What is cut off by the edge of the picture is a part only if it is larger.
_PART_AREA_AT_EDGE = 0.25
# Of two pieces the nearer one to the middle is the digit: what a piece in the middle weighs, of
# which its distance is taken, 1 at the edge.
_AT_CORNER = 1.2


class DigitFramer(TransformerMixin, SkdigitsEstimator):
    """Frame pictures of single digits as MNIST frames its own.

    A network that was trained on MNIST reads a digit from a photo or a scan only if it looks like
    MNIST's: bright ink on black, 20 pixels large, its centre of mass in the middle of 28x28 pixels.
    Polarity, uneven light, the texture of the paper, ruled lines, squared paper and the borders of
    boxes are recognised in each picture. Read more in the :ref:`User Guide <reading>`.

    Parameters
    ----------
    blank : {"error", "zeros"}, default="error"
        What a picture without ink becomes.

        - "error" raises a `ValueError` that names the picture;
        - "zeros" makes it a row of zeros, which no digit is.

    See Also
    --------
    PixelScaler : Scales the rows for a network; comes after this in a pipeline.
    skdigits.reading.DigitReader : Finds the digits on a photo, and reads them.

    Notes
    -----
    Needs Pillow: ``pip install "skdigits[images]"``.

    The transformer is stateless: `fit` only checks the parameters. It takes pictures and not rows
    of pixels, since pixels alone do not say how high and wide a picture is.

    References
    ----------
    LeCun, Bottou, Bengio and Haffner (1998). Gradient-based learning applied to document
    recognition. Proceedings of the IEEE 86(11), section III.A.

    Examples
    --------
    >>> import numpy as np
    >>> from skdigits.preprocessing import DigitFramer
    >>> photo = np.full((120, 90), 180, np.uint8)
    >>> photo[30:100, 40:46] = 60
    >>> row = DigitFramer().fit_transform([photo])
    >>> row.shape, row.dtype
    ((1, 784), dtype('uint8'))
    >>> print(np.flatnonzero(row.reshape(28, 28).max(axis=1) > 128)[[0, -1]])
    [ 4 24]
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "blank": [StrOptions({"error", "zeros"})],
    }

    def __init__(self, *, blank: str = "error") -> None:
        self.blank = blank

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: object, y: object = None) -> Self:
        """Check the parameters; nothing is learned.

        Parameters
        ----------
        X : object
            Ignored.

        y : None
            Ignored.

        Returns
        -------
        self : object
            The framer.
        """
        require_images("DigitFramer")
        return self

    def transform(self, X: Iterable[Any]) -> NDArray[np.uint8]:
        """Frame each picture.

        Parameters
        ----------
        X : sequence of str, path-like, PIL.Image.Image or ndarray, or ndarray of shape \
                (n_samples, height, width) or (n_samples, height, width, n_channels)
            Pictures of one digit each, of any size. Grey levels go from 0 to 1 or from 0 to 255;
            colours are red, green, blue and, maybe, opacity.

        Returns
        -------
        frames : ndarray of shape (n_samples, 784)
            Images of 28x28 pixels, from 0 (paper) to 255 (ink).

        Raises
        ------
        ValueError
            Where a picture cannot be read, or holds no ink and `blank` is "error".
        """
        self._validate_params()
        require_images("DigitFramer")
        frames = [self._frame(i, picture) for i, picture in enumerate(_as_pictures(X))]
        return np.stack(frames).reshape(len(frames), FRAME * FRAME)

    def get_feature_names_out(self, input_features: object = None) -> NDArray[np.object_]:
        """Name the pixels of the frames, row by row.

        Parameters
        ----------
        input_features : None
            Ignored.

        Returns
        -------
        names : ndarray of shape (784,)
            "pixel0" to "pixel783".
        """
        return np.array([f"pixel{i}" for i in range(FRAME * FRAME)], dtype=object)

    def _frame(self, i: int, picture: Any) -> Frame:
        try:
            grey, _ = as_grey(picture, _LONGEST_SIDE)
            grey, _ = enlarged(grey, min(_SHORTEST_SIDE, int(16 * min(grey.shape))))
            strokes = _strokes_of_digit(grey)
        except ValueError as error:
            raise ValueError(f"X[{i}]: {error}") from error
        if strokes is not None:
            return frame_strokes(strokes)
        if self.blank == "error":
            raise ValueError(
                f"X[{i}] is blank: no ink was found on grey levels from {grey.min():.0f} to "
                f"{grey.max():.0f} of 0 to 255. DigitFramer(blank='zeros') makes it zeros."
            )
        return np.zeros((FRAME, FRAME), np.uint8)

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        tags.input_tags.two_d_array = False
        tags.input_tags.three_d_array = True
        tags.input_tags.string = True
        return tags


def _as_pictures(X: Any) -> Sequence[Any]:
    shape = getattr(X, "shape", None)
    if isinstance(X, str) or not isinstance(X, Iterable) or (shape and len(shape) not in (1, 3, 4)):
        what = f"an array of shape {shape}" if shape else repr(X)
        raise ValueError(
            "X must be a sequence of pictures or an array of shape (n_samples, height, width) or "
            f"(n_samples, height, width, n_channels), got {what}. Put a single picture into a "
            "list; give rows of pixels their shape, as in X.reshape(-1, 28, 28)."
        )
    pictures = list(X)
    if len(pictures) == 0:
        raise ValueError("X must hold at least one picture, got none.")
    return pictures


def _strokes_of_digit(grey: GreyLevels) -> Ink | None:
    """Give the ink of the one digit on a picture, or None where there is none."""
    height, width = grey.shape
    # Beside dark lines at the border, dark ink looks bright.
    inner = grey[height // 8 : -(height // 8), width // 8 : -(width // 8)]
    is_bright = has_bright_ink(grey) and has_bright_ink(inner)
    contrast = contrast_with_paper(255 - grey if is_bright else grey, _N_CELLS, _line_shapes)
    shapes = _line_shapes(width, height)
    strokes = _largest_pieces(strokes_without_ruling(contrast, *shapes))
    if strokes is not None:
        return strokes
    # An upright stroke from edge to edge is a line, unless it is all there is: a 1, cut to its ink.
    upright = _largest_pieces(strokes_without_ruling(contrast, shapes[0], _no_lines(shapes[1])))
    return upright if upright is not None and _is_central_stroke(upright) else None


def _is_central_stroke(strokes: Ink) -> bool:
    """Whether ink is a single upright stroke in the middle of the picture."""
    inked = strokes >= 0.5
    _, n_pieces = label_pieces(inked)
    box, width = box_of(inked), strokes.shape[1]
    is_central = abs(box.left + box.right - width) <= _CENTRAL * width
    return n_pieces == 1 and is_central and box.width <= _SLIM * box.height


def _no_lines(shape: LineShape) -> LineShape:
    return replace(shape, thickness=0)


def _line_shapes(width: int, height: int) -> tuple[LineShape, LineShape]:
    return _line_shape(width), _line_shape(height)


def _line_shape(side: int) -> LineShape:
    return LineShape(int(0.75 * side), max(5, side // 12), max(2, side // 10))


def _largest_pieces(strokes: Ink) -> Ink | None:
    """Leave out specks, rests of lines, and what reaches in from beyond the edge of the picture."""
    labels, n_pieces = label_pieces(strokes >= 0.5)
    if n_pieces == 0:
        return None
    areas = np.bincount(labels.ravel())[1:]
    left, top, right, bottom = np.array(boxes_of(labels)).T
    height, width = labels.shape
    lengths = np.maximum(right - left, bottom - top)
    at_edge = (left == 0) | (top == 0) | (right == width) | (bottom == height)
    zone = _BORDER * max(height, width)
    at_border = (right <= zone) | (bottom <= zone)
    at_border |= (left >= width - zone) | (top >= height - zone)
    off_middle = np.maximum(abs((left + right) / width - 1), abs((top + bottom) / height - 1))
    main = np.argmax(areas * np.where(at_edge, 0.5, 1) * (_AT_CORNER - off_middle))
    if at_border[main]:
        return None
    least_area = np.where(at_edge, _PART_AREA_AT_EDGE, _PART_AREA) * areas[main]
    is_part = (areas >= least_area) & (lengths >= _PART_LENGTH * lengths[main]) & ~at_border
    is_part[main] = True
    other = np.concatenate([[False], ~is_part])[labels]
    return np.where(other, 0, strokes).astype(np.float32)

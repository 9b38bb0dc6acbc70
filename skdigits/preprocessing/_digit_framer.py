"""Pictures of single digits to images like those of MNIST."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from numbers import Real
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import TransformerMixin, _fit_context
from sklearn.utils import Tags
from sklearn.utils._param_validation import Interval, StrOptions

from skdigits._skdigits_estimator import SkdigitsEstimator
from skdigits.ink.frame import FRAME, Frame, frame_strokes
from skdigits.ink.pictures import as_grey, enlarged, require_images
from skdigits.preprocessing._single_digit import POLARITIES, strokes_of_digit

# Of a larger picture, no stroke would look different in 28x28 pixels.
_SHORTEST_SIDE, _LONGEST_SIDE = 48, 320  # pixels


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
    polarity : {"auto", "dark", "bright"}, default="auto"
        What ink is beside the paper.

        - "auto" decides it for each picture;
        - "dark" and "bright" are for pictures that are known to be alike. A large blot, or a
          picture with little paper, may look like the other one.
    remove_lines : bool, default=True
        Whether straight lines that span most of the picture are taken for ruled or squared paper
        or for the borders of boxes, and erased from behind the digit. An upright stroke in the
        middle stays if it is all there is. False is for pictures without lines in which strokes
        reach from edge to edge.
    border_width : float, default=0.12
        Width of the border, as a share of the longest side of the picture, in [0, 0.5). Pieces of
        ink that lie in it wholly are rests of boxes or of other digits, and left out; a picture
        whose main piece is one of them is blank. 0 keeps all pieces.
    min_contrast : float or "auto", default="auto"
        How much darker than the paper around it the darkest parts of a stroke are, at least, as a
        share of the paper's brightness, in (0, 1]. The texture of the paper may ask for more.
        "auto" is 0.15, and 0.07 for a picture on which nothing is as dark as that.

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
        "polarity": [StrOptions(set(POLARITIES))],
        "remove_lines": ["boolean"],
        "border_width": [Interval(Real, 0, 0.5, closed="left")],
        "min_contrast": [StrOptions({"auto"}), Interval(Real, 0, 1, closed="right")],
    }

    def __init__(
        self,
        *,
        blank: str = "error",
        polarity: str = "auto",
        remove_lines: bool = True,
        border_width: float = 0.12,
        min_contrast: float | str = "auto",
    ) -> None:
        self.blank = blank
        self.polarity = polarity
        self.remove_lines = remove_lines
        self.border_width = border_width
        self.min_contrast = min_contrast

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
            strokes = strokes_of_digit(
                grey,
                polarity=self.polarity,
                remove_lines=self.remove_lines,
                border_width=self.border_width,
                min_contrast=self.min_contrast,
            )
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

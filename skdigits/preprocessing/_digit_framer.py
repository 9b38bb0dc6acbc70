"""DigitFramer: pictures of single digits to images like those of MNIST."""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Real
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import TransformerMixin
from sklearn.utils import Tags

from skdigits._private_names import Interval, StrOptions, _fit_context
from skdigits._skdigits_estimator import SkdigitsEstimator
from skdigits.ink.frame import FRAME, Frame, frame_strokes
from skdigits.ink.pictures import as_grey, checked_pictures, enlarged, placed, require_images
from skdigits.preprocessing._single_digit import POLARITIES, strokes_of_digit

# Larger pictures do not look different in 28x28 pixels.
_SHORTEST_SIDE, _LONGEST_SIDE = 48, 320  # pixels


class DigitFramer(TransformerMixin, SkdigitsEstimator):
    """Frame pictures of single digits as in MNIST.

    A classifier trained on MNIST reads a digit on a photo or a scan only if it is framed as in
    MNIST: bright ink on black, 20 pixels in size, its centre of mass in the middle of 28x28 pixels.
    In each picture, polarity, uneven light, the texture of the paper, ruled lines, squared paper
    and the borders of boxes are detected. Read more in the :ref:`User Guide <reading>`.

    Parameters
    ----------
    blank : {"error", "zeros"}, default="error"
        How a picture without ink is handled.

        - "error" raises a `ValueError` that names the picture;
        - "zeros" returns a row of zeros, which is not a digit.
    polarity : {"auto", "dark", "bright"}, default="auto"
        Whether ink is darker or brighter than the paper.

        - "auto" detects it in each picture;
        - "dark" and "bright" are for pictures whose polarity is known. It may be detected wrongly
          if there is a large blot or little paper.
    remove_lines : bool, default=True
        Whether to erase straight lines that span most of the picture, such as ruled or squared
        paper and the borders of boxes, from behind the digit. An upright stroke in the middle is
        kept if there is no other ink. False is for pictures without lines whose strokes reach from
        edge to edge.
    border_width : float, default=0.12
        Width of the border, as a fraction of the longest side of the picture, in [0, 0.5). Pieces
        of ink entirely within it are left out, as remains of boxes or of other digits; a picture
        whose main piece is one of them is blank. 0 keeps all pieces.
    min_contrast : float or "auto", default="auto"
        Smallest contrast of the darkest parts of a stroke with the paper around it, as a fraction
        of the brightness of the paper, in (0, 1]. Textured paper may require more. "auto" is 0.15,
        or 0.07 for a picture on which nothing is as dark as that.

    See Also
    --------
    PixelScaler : Scales the rows for a network, in the next step of a pipeline.
    skdigits.reading.DigitReader : Finds the digits on a photo, and reads them.

    Notes
    -----
    Requires Pillow: ``pip install "skdigits[images]"``.

    The transformer is stateless: `fit` only checks the parameters. It takes pictures rather than
    rows of pixels, because a row does not determine the height and the width of a picture.

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
        """Only validate the parameters.

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
            colours are red, green, blue and, optionally, opacity.

        Returns
        -------
        frames : ndarray of shape (n_samples, 784)
            Images of 28x28 pixels, from 0 (paper) to 255 (ink).

        Raises
        ------
        ValueError
            If a picture cannot be read, or has no ink and `blank` is "error".
        """
        self._validate_params()
        require_images("DigitFramer")
        frames = [self._frame(i, picture) for i, picture in enumerate(checked_pictures(X, "X"))]
        if not frames:
            raise ValueError("X must hold at least one picture, got none.")
        return np.stack(frames).reshape(len(frames), FRAME * FRAME)

    def get_feature_names_out(self, input_features: object = None) -> NDArray[np.object_]:
        """Return the names of the pixels of the frames, row by row.

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
        with placed("X", i):
            grey, _ = as_grey(picture, _LONGEST_SIDE)
            grey, _ = enlarged(grey, min(_SHORTEST_SIDE, int(16 * min(grey.shape))))
            strokes = strokes_of_digit(
                grey,
                polarity=self.polarity,
                remove_lines=self.remove_lines,
                border_width=self.border_width,
                min_contrast=self.min_contrast,
            )
        if strokes is not None:
            return frame_strokes(strokes)
        if self.blank == "error":
            raise ValueError(
                f"X[{i}] is blank: no ink was found on grey levels from {grey.min():.0f} to "
                f"{grey.max():.0f} of 0 to 255. DigitFramer(blank='zeros') returns zeros for it."
            )
        return np.zeros((FRAME, FRAME), np.uint8)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        tags.input_tags.two_d_array = False
        tags.input_tags.three_d_array = True
        tags.input_tags.string = True
        return tags

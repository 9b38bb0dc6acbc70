"""A photo with the digits read on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass, field
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from skdigits.ink.box import Box
from skdigits.plotting._style import COLORS, MISTAKE_COLOR, Display, make_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.image import AxesImage
    from matplotlib.patches import Patch
    from matplotlib.text import Text

_WIDTH = 8.0  # of the picture, in inches


@dataclass(eq=False, repr=False)
class ReadingDisplay(Display):
    """A photo with a box and a label for each digit that was read.

    Use :meth:`from_reading`, or :meth:`skdigits.reading.Reading.plot`, which does the same. All
    parameters are stored as attributes. Read more in the :ref:`User Guide <reading>`.

    Parameters
    ----------
    photo : ndarray of shape (height, width)
        Grey levels of the photo, from 0 to 255.
    digits : sequence of ReadDigit
        The digits read: the `label` of each digit and its `box` on the photo.
    scale : float, default=1.0
        Pixels of the boxes per pixel of `photo`.

    Attributes
    ----------
    im_ : matplotlib AxesImage
        The photo.
    boxes_ : list of matplotlib Rectangle
        The box of each digit, in another colour if the classifier is unsure.
    text_ : list of matplotlib Text
        The label of each digit.
    ax_ : matplotlib Axes
        Axes with the photo.
    figure_ : matplotlib Figure
        Figure that holds the axes.

    See Also
    --------
    skdigits.reading.DigitReader : Read the photo.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> import numpy as np
    >>> from skdigits.plotting import ReadingDisplay
    >>> from skdigits.reading import Box, ReadDigit, Reading
    >>> digits = [ReadDigit("4", 0.99, Box(5, 5, 20, 40), 0)]
    >>> reading = Reading(digits, photo=np.full((50, 60), 255, np.uint8))
    >>> display = ReadingDisplay.from_reading(reading)
    >>> display.text_[0].get_text()
    '4'
    >>> plt.close(display.figure_)
    """

    photo: NDArray[np.uint8]
    digits: Sequence[Any]
    _: KW_ONLY
    scale: float = 1.0
    im_: AxesImage = field(init=False)
    boxes_: list[Patch] = field(init=False)
    text_: list[Text] = field(init=False)

    def plot(self, *, ax: Axes | None = None) -> Self:
        """Draw the photo, with a box and a label for each digit.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Axes to draw on. None creates a figure.

        Returns
        -------
        display : ReadingDisplay
            The display, with the artists as attributes.

        Raises
        ------
        ImportError
            If Matplotlib is not installed.
        """
        self.ax_ = ax = make_axes(ax, size_of_picture(self.photo))
        from matplotlib.patches import Rectangle

        height, width = np.array(self.photo.shape) * self.scale
        self.im_ = ax.imshow(
            self.photo, cmap="gray", vmin=0, vmax=255, extent=(0, width, height, 0)
        )
        self.boxes_, self.text_ = [], []
        for digit in self.digits:
            box, color = Box(*digit.box), COLORS[0] if digit.label.isdigit() else MISTAKE_COLOR
            frame = Rectangle(box[:2], box.width, box.height, fill=False, edgecolor=color)
            self.boxes_.append(ax.add_patch(frame))
            style = {"facecolor": color, "edgecolor": "none", "pad": 1.5}
            word = ax.text(
                *box[:2], digit.label, color="white", fontweight="bold", va="bottom", bbox=style
            )
            self.text_.append(word)
        ax.set(xticks=[], yticks=[])
        return self

    @classmethod
    def from_reading(cls, reading: Any, *, ax: Axes | None = None) -> Self:
        """Draw a reading.

        Parameters
        ----------
        reading : Reading
            Result of :meth:`skdigits.reading.DigitReader.read`.
        ax : matplotlib Axes or None, default=None
            Axes to draw on. None creates a figure.

        Returns
        -------
        display : ReadingDisplay
            The display, drawn.
        """
        return cls(reading.photo, reading.digits, scale=reading.scale).plot(ax=ax)


def size_of_picture(photo: NDArray[np.uint8]) -> tuple[float, float]:
    """Compute the width and the height of the figure, in inches."""
    height, width = photo.shape
    return _WIDTH, max(2.0, min(12.0, _WIDTH * height / width))

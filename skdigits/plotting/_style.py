"""Matplotlib, imported when used, and the colours of all pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from skdigits._extras import require_extras

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

# Those of Okabe and Ito (2008) that the colour-blind tell apart, and that are legible on white as
# well as on black: blue, vermillion, green, purple, orange, sky blue.
COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
MISTAKE_COLOR = COLORS[1]
_GAMMA = 2.2
# Relative luminance by the contrast ratio of the Web Content Accessibility Guidelines.
_EQUALLY_FAR_FROM_BLACK_AND_WHITE = 0.18
MARKERS = ("o", "s", "^", "D", "v", "P")

# Left, right, bottom and top of a part of the axes.
Extent = tuple[float, float, float, float]


class Display:
    """Base class of the displays that draw on one pair of axes."""

    ax_: Axes

    @property
    def figure_(self) -> Figure | SubFigure:
        """Figure that holds the axes."""
        return self.ax_.figure


def import_pyplot() -> Any:
    """Import Matplotlib's pyplot; the error if it is missing names the command that installs it."""
    require_extras("skdigits.plotting", "plot")
    import matplotlib.pyplot as plt

    return plt


def make_axes(ax: Axes | None, figsize: tuple[float, float]) -> Axes:
    """Return the given axes, or create a figure of this size in inches."""
    plt = import_pyplot()
    if ax is not None:
        return ax
    own: Axes = plt.subplots(figsize=figsize, layout="constrained")[1]
    return own


def contrasting(color: tuple[float, float, float, float]) -> str:
    """Choose black or white, whichever is legible on a colour."""
    red, green, blue = (level**_GAMMA for level in color[:3])
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return "black" if luminance > _EQUALLY_FAR_FROM_BLACK_AND_WHITE else "white"


def draw_frame(ax: Axes, extent: Extent, *, linewidth: float, clip_on: bool = True) -> None:
    """Draw a conspicuous frame."""
    left, right, bottom, top = extent
    ax.plot(
        [left, right, right, left, left],
        [top, top, bottom, bottom, top],
        color=MISTAKE_COLOR,
        linewidth=linewidth,
        clip_on=clip_on,
    )

"""Images side by side on one pair of axes, each with a title above it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from skdigits._images import as_rows, resolve_image_shape
from skdigits.plotting._style import MISTAKE_COLOR, Extent, contrasting, draw_frame, make_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.image import AxesImage
    from matplotlib.text import Text

_POINTS_PER_INCH = 72
_FONT_SIZE = 9
# Of a letter, as a fraction of the font size: rather wide, so that titles keep apart.
_LETTER_WIDTH = 0.6
_GAP = 0.12


def as_images(X: Any, image_shape: tuple[int, ...] | str = "auto") -> NDArray[Any]:
    """View rows of pixels or images as images of shape (n_images, height, width, n_channels)."""
    rows, given = as_rows(X)
    rows = np.asarray(rows)
    if rows.ndim != 2:
        raise ValueError(
            "X must hold rows of pixels or images, of shape (n_samples, n_pixels), (n_samples, "
            f"height, width) or (n_samples, height, width, n_channels); got shape {rows.shape}."
        )
    if not len(rows):
        raise ValueError("X does not contain any images.")
    return rows.reshape(-1, *resolve_image_shape(image_shape, rows.shape[1], given))


@dataclass(frozen=True)
class TileStyle:
    """How tiles look; `side` and `right_margin` are in inches, for a new figure."""

    cmap: str
    pixel_range: tuple[float, float]
    side: float = 1.0
    n_columns: int | None = None
    right_margin: float = 0.1
    include_values: bool = False
    values_format: str = ".2g"


@dataclass(frozen=True)
class Tiles:
    """The artists: images and titles, tile by tile, and the values in the cells, if any."""

    ax: Axes
    images: list[AxesImage]
    titles: list[Text]
    values: list[list[Text]]


def draw_tiles(
    images: Sequence[NDArray[Any]],
    titles: Sequence[str],
    style: TileStyle,
    *,
    marked: Sequence[bool] = (),
    ax: Axes | None = None,
) -> Tiles:
    """Draw images row by row, in units of the width of a tile, and frame those that are marked."""
    height, width, _ = images[0].shape
    side = style.side
    grid = _Grid.fitting(titles, height / width, side, style.n_columns)
    if ax is None:
        ax = make_axes(None, grid.figure_size(style.right_margin))
    else:
        # On small axes titles take more of the room, and shrink where that is not enough.
        grid = _Grid.fitting(titles, height / width, min(side, grid.side_on(ax)), style.n_columns)
        side = grid.side_on(ax)
    font_size = _FONT_SIZE * min(side / grid.side, 1)
    tiles = Tiles(ax, [], [], [])
    for i, (image, title) in enumerate(zip(images, titles, strict=True)):
        extent = grid.extent(i)
        is_marked = bool(marked) and marked[i]
        tiles.images.append(_draw_image(ax, image, extent, style))
        tiles.titles.append(_draw_title(ax, title, extent, font_size, is_marked=is_marked))
        if is_marked:
            draw_frame(ax, extent, linewidth=2, clip_on=False)
        if style.include_values:
            tiles.values.append(_draw_values(tiles.images[-1], extent, style, side))
    grid.limit(ax)
    return tiles


@dataclass(frozen=True)
class _Grid:
    """Positions of tiles, in units of the width of a tile, starting at the top left.

    `side` is the width in inches at which titles have their full size.
    """

    side: float
    n_rows: int
    n_columns: int
    height: float
    x_step: float
    y_step: float

    @classmethod
    def fitting(
        cls, titles: Sequence[str], height: float, side: float, n_columns: int | None
    ) -> _Grid:
        """Leave room for the longest title."""
        n_images = len(titles)
        n_columns = min(n_columns or _choose_columns(n_images), n_images)
        font_size = _FONT_SIZE / _POINTS_PER_INCH / side
        text_width = max(map(len, titles)) * _LETTER_WIDTH * font_size
        text_height = 1.7 * font_size if any(titles) else 0
        return cls(
            side=side,
            n_rows=ceil(n_images / n_columns),
            n_columns=n_columns,
            height=height,
            x_step=max(1, text_width) + _GAP,
            y_step=height + text_height + _GAP,
        )

    @property
    def _size(self) -> tuple[float, float]:
        return self.n_columns * self.x_step, self.n_rows * self.y_step

    def figure_size(self, right_margin: float) -> tuple[float, float]:
        """Return width and height in inches, with room for one or two lines above."""
        width, height = self._size
        return width * self.side + right_margin + 0.1, height * self.side + 0.5

    def side_on(self, ax: Axes) -> float:
        """Estimate the side of a tile in inches on these axes."""
        box, (width, height) = ax.get_window_extent(), self._size
        return float(min(box.width / width, box.height / height) / ax.figure.dpi)

    def extent(self, i: int) -> Extent:
        row, column = divmod(i, self.n_columns)
        left, top = column * self.x_step, row * self.y_step
        return left, left + 1, top + self.height, top

    def limit(self, ax: Axes) -> None:
        """Show the tiles and nothing else."""
        (width, height), beside = self._size, (self.x_step - 1) / 2
        above = self.y_step - self.height - _GAP / 2
        ax.set(xlim=(-beside, width - beside), ylim=(height - above, -above), aspect="equal")
        ax.set_axis_off()


def _choose_columns(n_images: int) -> int:
    """Choose the number that fills the last row best, in a picture that is wider than high."""
    ideal = sqrt(1.6 * n_images)
    candidates = range(ceil(sqrt(n_images)), ceil(2 * sqrt(n_images)) + 1)
    return min(candidates, key=lambda n_columns: (-n_images % n_columns, abs(n_columns - ideal)))


def _draw_image(ax: Axes, image: NDArray[Any], extent: Extent, style: TileStyle) -> AxesImage:
    low, high = style.pixel_range
    if image.shape[2] == 1:
        return ax.imshow(image[:, :, 0], extent=extent, cmap=style.cmap, vmin=low, vmax=high)
    if image.shape[2] != 3:
        raise ValueError(f"Images must have 1 or 3 channels to be drawn, got {image.shape[2]}.")
    if style.include_values:
        raise ValueError("include_values=True needs grey images, got images of 3 channels.")
    return ax.imshow(np.clip((image - low) / ((high - low) or 1), 0, 1), extent=extent)


def _draw_title(ax: Axes, title: str, extent: Extent, font_size: float, *, is_marked: bool) -> Text:
    left, right, _, top = extent
    return ax.text(
        (left + right) / 2,
        top - 0.04,
        title,
        ha="center",
        va="bottom",
        fontsize=font_size,
        color=MISTAKE_COLOR if is_marked else None,
        fontweight="bold" if is_marked else None,
    )


def _draw_values(drawn: AxesImage, extent: Extent, style: TileStyle, side: float) -> list[Text]:
    """Write the value of each pixel into its cell, in a legible colour."""
    values = np.asarray(drawn.get_array())
    colors = drawn.to_rgba(values)
    left, _, bottom, top = extent
    height, width = values.shape
    texts = [[format(value, style.values_format) for value in row] for row in values]
    longest = max(len(text) for row in texts for text in row)
    cell = _POINTS_PER_INCH * side / width
    font_size = min(0.8 * cell / (max(longest, 2) * _LETTER_WIDTH), 0.5 * cell, 11)
    return [
        drawn.axes.text(
            left + (column + 0.5) / width,
            top + (row + 0.5) / height * (bottom - top),
            texts[row][column],
            ha="center",
            va="center",
            fontsize=font_size,
            color=contrasting(colors[row, column]),
        )
        for row in range(height)
        for column in range(width)
    ]

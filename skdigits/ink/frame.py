"""The strokes of one digit, framed as in MNIST."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from skdigits.ink.box import box_of
from skdigits.ink.strokes import stroke_thickness

FRAME = 28  # pixels: the side of an image
_DIGIT = 20  # pixels: the side of the box that the digit fills
# Places per pixel of the frame in each direction; the pixel is their mean.
_PLACES = 4
# Most strokes of MNIST, in pixels of the frame.
_THINNEST, _THICKEST = 2.2, 4.0
_MIDDLE = FRAME // 2  # centre of mass in MNIST

Frame = NDArray[np.uint8]  # (28, 28), ink bright


def frame_strokes(ink: NDArray[np.float32], thickness: float | None = None) -> Frame:
    """Frame the ink of one digit: in 20x20 pixels, with its centre of mass in the middle of 28x28.

    Parameters
    ----------
    ink : ndarray of shape (height, width)
        From 0 (paper) to 1 (ink), and 0.5 along the edges of strokes.
    thickness : float or None, default=None
        Width of the strokes in pixels of the frame. None keeps their own, limited to the range of
        MNIST.
    """
    strokes = _fill_box(ink)
    own_thickness = stroke_thickness(strokes >= 0.5) / _PLACES
    if thickness is None:
        thickness = min(max(own_thickness, _THINNEST), _THICKEST)
    if thickness != own_thickness:
        strokes = _grown(strokes, (thickness - own_thickness) * _PLACES / 2)
    return _center(strokes)


def _fill_box(ink: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scale the ink so that it fills the box, in places, with a margin for its growth."""
    from PIL import Image

    box = box_of(ink >= 0.5)
    scale = _DIGIT * _PLACES / max(box.height, box.width)
    size = max(1, round(box.width * scale)), max(1, round(box.height * scale))
    resized = Image.fromarray(ink).resize(size, Image.Resampling.BILINEAR, box=box)
    return np.pad(np.asarray(resized, dtype=np.float32), 3 * _PLACES)


def _grown(strokes: NDArray[np.float32], growth: float) -> NDArray[np.float32]:
    """Move the edges outwards, or inwards if the growth is negative."""
    inked = strokes >= 0.5
    if growth > 0:
        distance = 0.5 - ndimage.distance_transform_edt(~inked)
        distance[inked] = 1
    else:
        distance = ndimage.distance_transform_edt(inked) - 0.5
        # Keep the middle of a thin stroke.
        growth = max(growth, 0.5 - float(distance.max()))
    return np.asarray(np.clip(distance + growth + 0.5, 0, 1), dtype=np.float32)


def _center(strokes: NDArray[np.float32]) -> Frame:
    """Move the centre of mass to the middle, and average the places of each pixel."""
    side = FRAME * _PLACES
    height, width = strokes.shape
    total = strokes.sum()
    row = strokes.sum(axis=1) @ np.arange(height) / total
    column = strokes.sum(axis=0) @ np.arange(width) / total
    # The middle of a pixel lies between its places.
    middle = _MIDDLE * _PLACES + (_PLACES - 1) / 2
    top, left = round(middle - row) + height, round(middle - column) + width
    canvas = np.zeros((side + 2 * height, side + 2 * width), np.float32)
    canvas[top : top + height, left : left + width] = strokes
    canvas = canvas[height : height + side, width : width + side]
    pixels = canvas.reshape(FRAME, _PLACES, FRAME, _PLACES).mean(axis=(1, 3))
    return np.asarray(np.rint(255 * pixels), dtype=np.uint8)

"""Pictures of ink on paper: their grey levels, contrast, ruling and strokes, and framing.

No transformers and no classifiers: what preprocessing, handwriting and reading stand on.
"""

from skdigits.ink._box import Box, box_around, box_of
from skdigits.ink._contrast import contrast_with_paper, has_bright_ink
from skdigits.ink._frame import FRAME, Frame, frame_strokes
from skdigits.ink._picture_files import is_named_like_picture
from skdigits.ink._pictures import GreyLevels, as_grey, enlarged, require_images
from skdigits.ink._pieces import boxes_of, label_pieces
from skdigits.ink._ruling import LineShape, strokes_without_ruling
from skdigits.ink._sheet import shows_bright_sheet
from skdigits.ink._skew import straightened
from skdigits.ink._strokes import Ink, Mask, stroke_thickness

__all__ = [
    "FRAME",
    "Box",
    "Frame",
    "GreyLevels",
    "Ink",
    "LineShape",
    "Mask",
    "as_grey",
    "box_around",
    "box_of",
    "boxes_of",
    "contrast_with_paper",
    "enlarged",
    "frame_strokes",
    "has_bright_ink",
    "is_named_like_picture",
    "label_pieces",
    "require_images",
    "shows_bright_sheet",
    "straightened",
    "stroke_thickness",
    "strokes_without_ruling",
]

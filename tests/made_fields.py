"""Fields of digits on made paper: the ground truth that photos do not come with.

Digits of MNIST (or any others of 28x28 pixels) are written beside one another with random slant,
size, spacing and pen, on plain, lined or squared paper, and photographed with shadows, noise, blur
and JPEG. The same generator and the same digits give the same picture.
"""

from io import BytesIO

import numpy as np
from PIL import Image, ImageFilter

HEIGHT = 72  # pixels: about how high a digit is
PENS = [(20, 20, 25), (25, 35, 120), (15, 60, 170), (150, 25, 30), (70, 70, 75), (20, 90, 60)]
PAPERS = [(255, 255, 255), (250, 247, 238), (236, 231, 215), (238, 240, 245), (220, 205, 175)]


def make_field(digits, random, *, touching=0.2):
    """Photograph a field with the digits, given as an array of shape (n_digits, 28, 28)."""
    ink = write(digits, random, touching=touching)
    margin = random.integers(HEIGHT // 4, HEIGHT, 4)
    ink = np.pad(ink, (margin[:2], margin[2:]))
    return photograph(ink, random)


def make_page(lines, random, *, touching=0.2):
    """Photograph a page: one or more fields in a line, as a list of lists of arrays of digits."""
    rows = []
    for fields in lines:
        written = [write(digits, random, touching=touching) for digits in fields]
        height = max(len(ink) for ink in written)
        gap = int(random.integers(HEIGHT, 2 * HEIGHT))
        parts = [
            np.pad(ink, ((height - len(ink), 0), (0, gap if i < len(written) - 1 else 0)))
            for i, ink in enumerate(written)
        ]
        rows.append(np.concatenate(parts, axis=1))
    width = max(row.shape[1] for row in rows) + 3 * HEIGHT
    page = []
    for row in rows:
        left = int(random.integers(HEIGHT, 2 * HEIGHT))
        below = int(random.integers(HEIGHT // 4, HEIGHT // 2))
        page.append(np.pad(row, ((0, below), (left, width - row.shape[1] - left))))
    return photograph(np.pad(np.concatenate(page), ((HEIGHT, HEIGHT), (0, 0))), random)


def write(digits, random, *, touching=0.2):
    """Write digits beside one another, from 0 (paper) to 1 (ink)."""
    slant, height = random.normal(0, 0.12), HEIGHT * random.uniform(0.85, 1.15)
    spacing = random.uniform(0.05, 0.3)
    drawn = [_draw(digit, random, slant, height) for digit in digits]
    sheet_height = 2 * HEIGHT
    sheet = np.zeros((sheet_height, sum(ink.shape[1] for ink in drawn) + HEIGHT * len(drawn)))
    right = 0
    for i, ink in enumerate(drawn):
        top = sheet_height - len(ink) - HEIGHT // 4 + int(random.normal(0, 0.04 * HEIGHT))
        gap = spacing + random.uniform(-0.03, 0.08)
        left = right + max(2, int(gap * HEIGHT))
        if i and random.uniform() < touching:
            left = _where_it_touches(sheet, ink, top, right) - int(random.integers(0, 4))
        place = sheet[top : top + len(ink), left : left + ink.shape[1]]
        np.maximum(place, ink, out=place)
        right = left + ink.shape[1]
    rows = np.flatnonzero(sheet.max(axis=1) > 0.5)
    return sheet[rows[0] : rows[-1] + 1, :right]


def _draw(digit, random, slant, height):
    """Enlarge a digit to a height, slanted; cut to its ink."""
    image = Image.fromarray(np.ascontiguousarray(digit))
    scale = height * random.uniform(0.88, 1.12) / 20
    side = int(28 * scale)
    slant += random.normal(0, 0.05)
    shear = (28 / side, slant * 28 / side, -slant * 14, 0, 28 / side, 0)
    image = image.transform((side, side), Image.Transform.AFFINE, shear, Image.Resampling.BICUBIC)
    ink = np.clip((np.asarray(image) / 255 - 0.5) * 2.5 + 0.5, 0, 1)
    rows, columns = np.flatnonzero(ink.max(axis=1) > 0.5), np.flatnonzero(ink.max(axis=0) > 0.5)
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _where_it_touches(sheet, ink, top, right):
    """Slide a digit to the left until its ink meets that of the last one, by half at most."""
    for left in range(right, max(right - ink.shape[1] // 2, 0), -1):
        if (sheet[top : top + len(ink), left : left + ink.shape[1]] * ink).any():
            return left
    return right


def photograph(ink, random, *, printed=None, print_colour=(0, 0, 0), pen=None, steepest=4.0):
    """Lay ink on paper and take a picture, as an array of shape (height, width, 3).

    The paper is plain, lined or squared, or has on it what is `printed`, from 0 to 1.
    """
    height, width = ink.shape
    paper = np.full((height, width, 3), PAPERS[random.integers(len(PAPERS))], np.float64)
    paper *= 1 + random.normal(0, random.uniform(0, 0.012), (height, width, 1))
    lines = _ruling(height, width, random)
    colour = np.array([(150, 175, 215), (190, 190, 190), (215, 165, 165)][random.integers(3)])
    strength_of_lines = random.uniform(0.4, 1)
    if printed is not None:
        lines, colour = printed, print_colour
    paper += strength_of_lines * lines[:, :, np.newaxis] * (colour - paper)
    strength = random.uniform(0.75, 1) * ink
    own_pen = PENS[random.integers(len(PENS))]
    picture = paper + strength[:, :, np.newaxis] * (np.array(pen or own_pen) - paper)
    picture *= _light(height, width, random)[:, :, np.newaxis]
    picture += random.normal(0, random.uniform(0, 4), picture.shape)
    image = Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8))
    angle = random.uniform(-steepest, steepest)
    shade = tuple(int(level) for level in np.median(np.asarray(image), axis=(0, 1)))
    image = image.rotate(angle, Image.Resampling.BICUBIC, expand=True, fillcolor=shade)
    image = image.filter(ImageFilter.GaussianBlur(random.uniform(0, 1.5)))
    stream = BytesIO()
    image.save(stream, "JPEG", quality=int(random.integers(40, 95)))
    return np.asarray(Image.open(stream))


def _ruling(height, width, random):
    """Draw no lines, horizontal ones, or squares: from 0 (paper) to 1."""
    lines = np.zeros((height, width))
    kind = random.choice(["plain", "lined", "squared"])
    spacing, thickness = int(random.integers(34, 110)), int(random.integers(1, 4))
    for line in range(thickness):
        if kind != "plain":
            lines[random.integers(1) + line + spacing // 2 :: spacing] = 1
        if kind == "squared":
            lines[:, line + spacing // 3 :: spacing] = 1
    return lines


def _light(height, width, random):
    """Let the light fall off to one side, and maybe a soft shadow onto a part of the paper."""
    rows, columns = np.mgrid[-0.5 : 0.5 : height * 1j, -0.5 : 0.5 : width * 1j]
    direction = random.uniform(0, 2 * np.pi)
    along = rows * np.sin(direction) + columns * np.cos(direction)
    light = 0.85 + random.uniform(0, 0.35) * along
    if random.uniform() < 0.4:
        edge = (along - random.uniform(-0.3, 0.3)) / random.uniform(0.01, 0.1)
        light *= 1 - random.uniform(0.2, 0.5) / (1 + np.exp(-np.clip(edge, -50, 50)))
    return light

"""Synthetic forms: digits in boxes, on ledgers, on dotted lines, in grids, and sheets on tables.

The hand and the camera are those of `made_fields`; here is what is printed on the paper before
somebody writes on it. The same generator and the same digits give the same picture.
"""

import numpy as np
from made_fields import HEIGHT, make_page, photograph, write
from PIL import Image, ImageDraw, ImageFilter

PRINT = [(25, 25, 25), (60, 60, 65), (110, 110, 115), (40, 60, 130), (70, 110, 180), (170, 50, 50)]
PENCIL = (95, 95, 100)
TABLES = [(60, 40, 25), (110, 80, 55), (35, 35, 40), (90, 95, 100), (150, 120, 90), (45, 60, 50)]


def make_boxed_field(digits, random):
    """Photograph a field with a box per digit, in one row of boxes or apart from one another."""
    side = round(HEIGHT * random.uniform(1.25, 1.9))
    width = round(side * random.uniform(0.7, 1.1))
    gap = int(random.choice([0, 0, round(random.uniform(0.05, 0.3) * side)]))
    margin = round(random.uniform(0.1, 0.7) * HEIGHT)
    thickness = int(random.integers(1, 6))
    n_digits = len(digits)
    shape = (side + 2 * margin, n_digits * width + (n_digits - 1) * gap + 2 * margin)
    ink, printed = np.zeros(shape), np.zeros(shape)
    for i, digit in enumerate(digits):
        left = margin + i * (width + gap)
        rectangle(printed, left, margin, left + width, margin + side, thickness)
        place(ink, write(digit[np.newaxis], random), left, margin, width, side, random)
    return photograph(ink, random, printed=printed, print_colour=colour_of_print(random))


def make_ledger_field(digits, random):
    """Photograph a field on a ledger: lines through and under the digits, columns beside them."""
    ink = write(digits, random, touching=0.1)
    margin = random.integers(HEIGHT // 4, HEIGHT, 4)
    ink = np.pad(ink, (margin[:2], margin[2:]))
    height, width = ink.shape
    printed = np.zeros(ink.shape)
    thickness = int(random.integers(1, 5))
    baseline = height - margin[1] + round(random.normal(0.02, 0.08) * HEIGHT)
    spacing = round(HEIGHT * random.uniform(0.5, 1.4))
    bend = random.uniform(-0.06, 0.06) * HEIGHT
    for row in range(baseline - 6 * spacing, height + spacing, spacing):
        line(printed, row, thickness, bend)
    if random.uniform() < 0.5:
        spacing = round(HEIGHT * random.uniform(0.8, 2.5))
        first = int(random.integers(0, spacing))
        for column in range(first, width, spacing):
            printed[:, column : column + thickness] = 1
    return photograph(ink, random, printed=printed, print_colour=colour_of_print(random))


def make_dotted_field(digits, random):
    """Photograph a field written onto the dotted or dashed line of a form."""
    ink = write(digits, random, touching=0.1)
    margin = random.integers(HEIGHT // 4, HEIGHT, 4)
    ink = np.pad(ink, (margin[:2], margin[2:]))
    height, width = ink.shape
    dots = np.zeros(ink.shape)
    size = int(random.integers(2, 6))
    length = size if random.uniform() < 0.6 else round(size * random.uniform(2, 5))
    period = length + round(size * random.uniform(0.8, 2.5))
    row = height - margin[1] + round(random.normal(0.03, 0.06) * HEIGHT)
    for column in range(int(random.integers(0, period)), width, period):
        dots[row : row + size, column : column + length] = 1
    printed = (
        np.asarray(Image.fromarray(np.uint8(255 * dots)).filter(ImageFilter.GaussianBlur(0.6)))
        / 255
    )
    return photograph(ink, random, printed=printed, print_colour=colour_of_print(random))


def make_cell(digit, random, *, cut_in=None, pencil=False):
    """Photograph one cell of a form, with a digit or without (None).

    `cut_in` is how far the crop reaches beyond the lines, in sides of the cell: below zero it cuts
    into the cell, so that lines run along the edges of the picture or are outside of it.
    """
    side = round(HEIGHT * random.uniform(1.2, 1.9))
    width = round(side * random.uniform(0.75, 1.2))
    margin = side
    thickness = int(random.integers(1, 6))
    shape = (side + 2 * margin, width + 2 * margin)
    ink, printed = np.zeros(shape), np.zeros(shape)
    rectangle(printed, margin, margin, margin + width, margin + side, thickness)
    if random.uniform() < 0.6:  # Neighbours share their lines.
        printed[margin : margin + thickness] = 1
        printed[margin + side - thickness : margin + side] = 1
        printed[:, margin : margin + thickness] = 1
        printed[:, margin + width - thickness : margin + width] = 1
    if digit is not None:
        place(ink, write(digit[np.newaxis], random), margin, margin, width, side, random)
    if cut_in is None:
        cut_in = random.uniform(-0.04, 0.12)
    reach = [round(side * (cut_in + random.uniform(-0.03, 0.03))) for _ in range(4)]
    if digit is not None:  # The crop leaves the digit whole.
        rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
        inside = rows[0] - margin, margin + side - rows[-1] - 1
        inside += columns[0] - margin, margin + width - columns[-1] - 1
        reach = [max(by, -int(most)) for by, most in zip(reach, inside, strict=True)]
    top, bottom, left, right = reach
    photo = photograph(
        ink,
        random,
        printed=printed,
        print_colour=colour_of_print(random),
        pen=PENCIL if pencil else None,
        steepest=1.5,
    )
    # Turning made the photo a little larger, on all sides alike.
    down, aside = (np.array(photo.shape[:2]) - shape) // 2
    rows = slice(down + margin - top, down + margin + side + bottom)
    return photo[rows, aside + margin - left : aside + margin + width + right]


def make_grid(digits, random):
    """Photograph a grid from the side, given as a list of lists of digits or None for a blank."""
    n_rows, n_columns = len(digits), len(digits[0])
    side = round(HEIGHT * random.uniform(1.1, 1.6))
    thickness = int(random.integers(1, 5))
    margin = round(random.uniform(0.5, 1.5) * HEIGHT)
    shape = (n_rows * side + 2 * margin, n_columns * side + 2 * margin)
    ink, printed = np.zeros(shape), np.zeros(shape)
    every_third = random.uniform() < 0.6 and n_rows == n_columns == 9
    for row in range(n_rows + 1):
        width = thickness * (2 if every_third and row % 3 == 0 else 1)
        top = margin + row * side
        printed[top : top + width, margin : shape[1] - margin + width] = 1
    for column in range(n_columns + 1):
        width = thickness * (2 if every_third and column % 3 == 0 else 1)
        left = margin + column * side
        printed[margin : shape[0] - margin + width, left : left + width] = 1
    for row, cells in enumerate(digits):
        for column, digit in enumerate(cells):
            if digit is not None:
                written = write(digit[np.newaxis], random)
                written = shrunk(written, random.uniform(0.5, 0.75) * side / HEIGHT)
                left, top = margin + column * side, margin + row * side
                place(ink, written, left, top, side, side, random, spill=0.0)
    pen = PENCIL if random.uniform() < 0.5 else None
    photo = photograph(
        ink, random, printed=printed, print_colour=colour_of_print(random), pen=pen, steepest=0.0
    )
    return on_table(photo, random, table=0.03, slant=0.05)


def make_page_on_table(lines, random, *, slant=0.08, is_cluttered=False):
    """Photograph a sheet that lies on a table, from the side."""
    sheet = make_page(lines, random, touching=0.1)
    return on_table(sheet, random, table=0.25, slant=slant, is_cluttered=is_cluttered)


def on_table(sheet, random, *, table, slant, is_cluttered=False):
    """Lay a sheet on a table and look at it from the side: up to so much of it on each side.

    A cluttered table has things on it, of any brightness, a grain of wood, and a shadow across.
    """
    height, width = sheet.shape[:2]
    border = [round(side * random.uniform(0.3, 1) * table) for side in (height, width)]
    size = (width + 2 * border[1], height + 2 * border[0])
    colour = np.array(TABLES[random.integers(len(TABLES))])
    grain = ImageFilter.GaussianBlur(6)
    noise = Image.fromarray(random.integers(0, 255, size[::-1], np.uint8)).filter(grain)
    texture = (np.asarray(noise, np.float64) - 127) / 2
    background = np.clip(colour + texture[:, :, np.newaxis], 0, 255).astype(np.uint8)
    if is_cluttered:
        background = cluttered(background, random)
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64)
    moved = corners + np.array(border[::-1])
    moved += random.uniform(-slant, slant, (4, 2)) * min(height, width)
    moved = np.clip(moved, 1, np.array(size) - 2)
    coefficients = homography(moved, corners)
    picture = Image.fromarray(sheet).transform(
        size, Image.Transform.PERSPECTIVE, coefficients, Image.Resampling.BICUBIC
    )
    mask = Image.new("L", (width, height), 255).transform(
        size, Image.Transform.PERSPECTIVE, coefficients, Image.Resampling.BILINEAR
    )
    photo = np.asarray(Image.composite(picture, Image.fromarray(background), mask))
    return shaded(photo, random) if is_cluttered else photo


def cluttered(table, random):
    """Give a table a grain of wood, and lay some things on it."""
    height, width = table.shape[:2]
    waves = np.sin(np.arange(height) / random.uniform(4, 20) + random.normal(0, 0.3, height))
    grain = random.uniform(0, 12) * waves[:, np.newaxis, np.newaxis]
    image = Image.fromarray(np.clip(table + grain, 0, 255).astype(np.uint8))
    for _ in range(random.integers(1, 5)):
        x, y = random.uniform(0, 1, 2) * (width, height)
        across, down = random.uniform(0.02, 0.15, 2) * (width, height)
        draw = ImageDraw.Draw(image)
        shape = draw.ellipse if random.uniform() < 0.5 else draw.rectangle
        shape((x, y, x + across, y + down), fill=tuple(random.integers(0, 256, 3).tolist()))
    return np.asarray(image)


def shaded(photo, random):
    """Let something cast a shadow across the sheet and the table."""
    height, width = photo.shape[:2]
    rows, columns = np.mgrid[-0.5 : 0.5 : height * 1j, -0.5 : 0.5 : width * 1j]
    direction = random.uniform(0, 2 * np.pi)
    along = rows * np.sin(direction) + columns * np.cos(direction)
    edge = (along - random.uniform(-0.4, 0.4)) / random.uniform(0.01, 0.1)
    light = 1 - random.uniform(0, 0.35) / (1 + np.exp(-np.clip(edge, -50, 50)))
    return (photo * light[:, :, np.newaxis]).astype(np.uint8)


def homography(source, target):
    """Solve for the eight numbers that Pillow takes, from places in the result to the sheet."""
    rows, values = [], []
    for (x, y), (u, v) in zip(source, target, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y])
        values += [u, v]
    return np.linalg.solve(np.array(rows), np.array(values)).tolist()


def rectangle(sheet, left, top, right, bottom, thickness):
    """Print the outline of a box."""
    sheet[top : top + thickness, left:right] = 1
    sheet[bottom - thickness : bottom, left:right] = 1
    sheet[top:bottom, left : left + thickness] = 1
    sheet[top:bottom, right - thickness : right] = 1


def line(sheet, row, thickness, bend):
    """Print a line from side to side that bends by some pixels in the middle."""
    width = sheet.shape[1]
    along = np.linspace(-1, 1, width)
    middle = row + bend * (1 - along**2)
    rows = np.arange(len(sheet))[:, np.newaxis]
    np.maximum(sheet, np.clip(thickness / 2 + 0.5 - abs(rows - middle), 0, 1), out=sheet)


def place(ink, written, left, top, width, height, random, *, spill=0.06):
    """Write into a box, off its middle, and now and then a little over its lines."""
    most = (1 + spill) * np.array([height, width]) - 6
    scale = min(1.0, *(most / written.shape))
    written = shrunk(written, scale)
    free = np.array([height, width]) - written.shape
    offset = np.rint(free * (0.5 + random.uniform(-0.3, 0.3, 2))).astype(int)
    row, column = max(0, top + offset[0]), max(0, left + offset[1])
    part = ink[row : row + written.shape[0], column : column + written.shape[1]]
    np.maximum(part, written[: part.shape[0], : part.shape[1]], out=part)


def shrunk(written, scale):
    """Write smaller."""
    if scale >= 1:
        return written
    size = [max(2, round(side * scale)) for side in written.shape[::-1]]
    return np.asarray(
        Image.fromarray(written.astype(np.float32)).resize(size, Image.Resampling.BOX)
    )


def colour_of_print(random):
    """Choose a colour, in the middle as dark as that of a pen."""
    return PRINT[random.integers(len(PRINT))]

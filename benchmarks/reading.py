"""Accuracy of reading: scans, synthetic fields and pages, cheques, turned photos, and seconds.

The networks are those of the package, trained on MNIST's training images. Fields and pages are
composed of MNIST's test images by the generator of the tests; nothing is chosen by them.

    python benchmarks/reading.py fields pages speed
    python benchmarks/reading.py fields pages --cut
    python benchmarks/reading.py scans singles --files drawn_1000.npz pen_scans.npz
    python benchmarks/reading.py cheques --files cheque_fields_60.npz
    python benchmarks/reading.py hands --files pen_scans.npz

A file of scans holds x (n_samples, height, width) and y (n_samples,), and for hands writer
(n_samples,); one of cheques images (n, height, width), sizes (n, 2) and texts (n,).
"""

from __future__ import annotations

import argparse
import os
import pickle
import sys
import time
import warnings
from pathlib import Path
from tempfile import TemporaryDirectory

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

import matplotlib as mpl
import numpy as np
from made_fields import make_field, make_page, photograph, write
from made_forms import (
    make_boxed_field,
    make_cell,
    make_dotted_field,
    make_grid,
    make_ledger_field,
    make_page_on_table,
)
from pairs import print_table
from PIL import Image, ImageDraw, ImageFont

from skdigits.datasets import fetch_mnist
from skdigits.handwriting import make_lines, vary_lines
from skdigits.handwriting._drawings import framed, slanted
from skdigits.handwriting._styles import STYLES, draw_style
from skdigits.persistence import read_estimator
from skdigits.preprocessing import DigitFramer
from skdigits.reading import (
    DigitReader,
    DigitStringRecognizer,
    load_reader,
    load_recognizer,
)

# Those that look like a digit are left out.
LETTERS = "AEFHKMNPRTUVWXYadefhkmnprtuvwxy"
FONTS = [
    str(Path(mpl.get_data_path(), "fonts", "ttf", name))
    for name in ("DejaVuSans.ttf", "DejaVuSerif.ttf", "STIXGeneral.ttf")
]
ASKED = {"drawn_1000": "99.5 %", "pen_scans": "98.5 %"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", nargs="+", choices=SECTIONS)
    parser.add_argument("--files", nargs="+", default=[], metavar="FILE.npz", help="for scans")
    parser.add_argument("--n", type=int, default=200, help="how many fields (default: 200)")
    parser.add_argument(
        "--model", metavar="FILE", help="classifier or recognizer instead of the package's own"
    )
    parser.add_argument(
        "--cut", action="store_true", help="read lines by the classifier, without a recognizer"
    )
    parser.add_argument(
        "--tuning",
        action="store_true",
        help="compose fields from the last 10,000 training images instead of the test images",
    )
    arguments = parser.parse_args()
    model = read_estimator(arguments.model) if arguments.model else None
    is_recognizer = isinstance(model, DigitStringRecognizer)
    classifier = load_reader() if model is None or is_recognizer else model
    arguments.recognizer = model if is_recognizer else load_recognizer()
    if arguments.cut:
        arguments.recognizer = None
    for name in arguments.what:
        SECTIONS[name](classifier, arguments)
        print(flush=True)


def digits(arguments: argparse.Namespace) -> tuple[np.ndarray, np.ndarray]:
    subset = "train" if arguments.tuning else "test"
    X, y = fetch_mnist(subset=subset, return_X_y=True, download_if_missing=False)
    return X[-10_000:].reshape(-1, 28, 28), y[-10_000:]


def reader_of(classifier, arguments: argparse.Namespace, **parameters) -> DigitReader:
    return DigitReader(classifier, recognizer=arguments.recognizer, **parameters)


def scans(classifier, arguments: argparse.Namespace) -> None:
    if not arguments.files:
        sys.exit("scans: name the files by --files")
    rows = []
    for path in map(Path, arguments.files):
        with np.load(path) as file:
            x, y = file["x"], file["y"]
        frames = DigitFramer(blank="zeros").transform(x)
        is_right = (classifier.predict(frames) == y) & frames.any(axis=1)
        by_digit = [f"{100 * is_right[y == digit].mean():.1f}" for digit in range(10)]
        rows.append(
            [path.stem, f"{100 * is_right.mean():.2f}", ASKED.get(path.stem, ""), *by_digit]
        )
    print_table(["scans", "accuracy %", "asked", *map(str, range(10))], rows)


def singles(classifier, arguments: argparse.Namespace) -> None:
    """Read single digits through the recognizer of lines, and through the classifier."""
    rows = []
    X, y = digits(arguments)
    sets = [("MNIST", 255 - np.pad(X, [(0, 0), (4, 4), (4, 4)]).astype(np.uint8), y)]
    for path in map(Path, arguments.files):
        with np.load(path) as file:
            sets.append((path.stem, file["x"], file["y"]))
    for name, images, labels in sets:
        frames = DigitFramer(blank="zeros").transform(images)
        by_classifier = np.mean(classifier.predict(frames) == labels)
        texts = [
            it.text
            for it in arguments.recognizer.transcribe(
                list(images), n_characters=1, characters="0123456789"
            )
        ]
        by_recognizer = np.mean(np.array(texts) == labels.astype(str))
        rows.append([name, f"{100 * by_recognizer:.2f}", f"{100 * by_classifier:.2f}"])
    print_table(["single digits", "recognizer %", "classifier %"], rows)


def cheques(classifier, arguments: argparse.Namespace) -> None:
    """Read amounts on cheques, and let what users would install instead read them."""
    (path,) = arguments.files
    with np.load(path) as file:
        texts = file["texts"]
        photos = [
            photo[:height, :width]
            for photo, (height, width) in zip(file["images"], file["sizes"], strict=True)
        ]
    rows = []
    ways = {
        "DigitReader": arguments.recognizer,
        "DigitReader, cutting lines": None,
    }
    for name, recognizer in ways.items():
        reader = DigitReader(classifier, recognizer=recognizer, min_confidence=0.0)
        started = time.process_time()
        free = [reader.read(photo).text for photo in photos]
        seconds = time.process_time() - started
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # Of another number of digits.
            known = [
                reader.read_field(photo, n_digits=len(text)).text
                for photo, text in zip(photos, texts, strict=True)
            ]
        rows.append(cheque_row(name, free, texts, seconds, known))
    for name, make in RIVALS.items():
        try:
            read = make()
        except ImportError as error:
            rows.append([name, f"not installed: {error.name}", "", ""])
            continue
        started = time.process_time()
        free = [read(photo) for photo in photos]
        rows.append(cheque_row(name, free, texts, time.process_time() - started))
    print_table(
        [f"{len(texts)} amounts", "length not known %", "known %", "ms of a processor"], rows
    )


def cheque_row(name: str, free, texts, seconds: float, known=()) -> list[str]:
    shares = [f"{100 * np.mean(np.array(read) == texts):.1f}" if len(read) else "" for read in
              (free, known)]  # fmt: skip
    return [name, *shares, f"{1000 * seconds / len(texts):.1f}"]


def rapid_ocr():
    """Recognition alone, without detection; what is not a digit is left out."""
    from rapidocr_onnxruntime import RapidOCR

    engine = RapidOCR()

    def read(photo) -> str:
        found, _ = engine(np.stack([photo] * 3, axis=-1), use_det=False, use_cls=False)
        return "".join(filter(str.isdigit, found[0][0])) if found else ""

    return read


def tesseract():
    """Its digits mode, for pictures of one line; pictures are enlarged as its guide advises."""
    import pytesseract

    def read(photo) -> str:
        image = Image.fromarray(photo)
        large = image.resize((4 * image.width, 4 * image.height), Image.Resampling.BICUBIC)
        options = "--psm 7 -c tessedit_char_whitelist=0123456789"
        return "".join(pytesseract.image_to_string(large, config=options).split())

    return read


RIVALS = {"RapidOCR": rapid_ocr, "tesseract": tesseract}


def hands(classifier, arguments: argparse.Namespace) -> None:
    """Adapt the recognizer to each writer by 20 fields, and read the writer's other fields."""
    (path,) = arguments.files
    with np.load(path) as file:
        x, y, writers = file["x"], file["y"], file["writer"]
    X, labels = fetch_mnist(subset="train", return_X_y=True, download_if_missing=False)
    kept = make_lines(X, labels, 4_000, n_jobs=-1, random_state=0)
    test = digits(argparse.Namespace(tuning=False))
    others = make_lines(test[0].reshape(-1, 784), test[1], 1_000, random_state=1)
    before = arguments.recognizer
    rows = []
    for writer in np.unique(writers):
        random = np.random.default_rng(int(writer))
        its = random.permutation(np.flatnonzero(writers == writer))
        fields = [
            make_fields_of(x, y, half, n_fields, random)
            for half, n_fields in zip(np.array_split(its, 2), (20, arguments.n), strict=True)
        ]
        varied = vary_lines(*fields[0], 1_000, random_state=0)
        after = pickle.loads(pickle.dumps(before)).set_params(
            warm_start=True, epochs=2, learning_rate=5e-4, random_state=0
        )
        after.fit([*kept[0], *varied[0]], [*kept[1], *varied[1]])
        scores = [model.score(*lines) for lines in (fields[1], others) for model in (before, after)]
        rows.append([f"writer {writer}", *(f"{100 * (1 - score):.1f}" for score in scores)])
    print_table(
        [f"{arguments.n} fields of 5 digits", "wrong before %", "after", "synthetic lines before",
         "after"], rows
    )  # fmt: skip


def make_fields_of(x, y, places, n_fields: int, random) -> tuple[list[np.ndarray], list[str]]:
    """Put scans of single digits beside one another."""
    chosen = random.choice(places, (n_fields, 5))
    photos = []
    for field in chosen:
        tiles = []
        for i in field:
            between = (int(x[i].min()) + int(x[i].max())) / 2  # Some scans are faint.
            columns = np.flatnonzero((x[i] < between).any(axis=0))
            margin = int(random.integers(3, 14))
            tiles.append(x[i][:, max(0, columns[0] - margin) : columns[-1] + 1 + margin])
        photos.append(np.hstack(tiles))
    return photos, ["".join(map(str, y[field])) for field in chosen]


def mnist(classifier, arguments: argparse.Namespace) -> None:
    X, y = digits(arguments)
    plain = classifier.predict(X.reshape(-1, 784)) == y
    frames = DigitFramer(blank="zeros").transform(X)
    framed = (classifier.predict(frames) == y) & frames.any(axis=1)
    print_table(
        ["MNIST", "accuracy %"],
        [["as it is", f"{100 * plain.mean():.2f}"], ["framed", f"{100 * framed.mean():.2f}"]],
    )


def styles(classifier, arguments: argparse.Namespace) -> None:
    """Read digits in the styles that MNIST lacks, by other seeds than those of training."""
    rows = []
    for digit, its_styles in STYLES.items():
        for style, _ in its_styles:
            random = np.random.RandomState(100_000)
            drawings = [slanted(draw_style(style, random), random) for _ in range(5 * arguments.n)]
            frames = np.stack([framed(drawing, random) for drawing in drawings])
            labels, counts = np.unique(classifier.predict(frames), return_counts=True)
            read = dict(zip(labels.tolist(), (100 * counts / len(frames)).tolist(), strict=True))
            right = read.pop(digit, 0.0)
            others = sorted(read, key=lambda label: -read[label])[:3]
            rows.append(
                [
                    f"{digit}: {style.__name__.strip('_').replace('_', ' ')}",
                    f"{right:.1f}",
                    ", ".join(f"{label} ({read[label]:.1f})" for label in others),
                ]
            )
    print_table([f"{5 * arguments.n} digits each", "right %", "else read as (%)"], rows)


def fields(classifier, arguments: argparse.Namespace) -> None:
    X, y = digits(arguments)
    reader = reader_of(classifier, arguments, min_confidence=0.0)
    rows = []
    for touching in (0.0, 0.1, 0.2):
        n_known = n_unknown = 0
        for seed in range(arguments.n):
            random = np.random.default_rng(seed)
            chosen = random.integers(0, len(X), 5)
            photo = make_field(X[chosen], random, touching=touching)
            text = "".join(map(str, y[chosen]))
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)  # Of another number of digits.
                n_known += reader.read_field(photo, n_digits=5).text == text
            n_unknown += reader.read(photo).text == text
        rows.append(
            [
                f"{touching:.0%} of neighbours touch",
                f"{100 * n_known / arguments.n:.1f}",
                f"{100 * n_unknown / arguments.n:.1f}",
            ]
        )
    header = [f"{arguments.n} fields of 5 digits", "length known %", "unknown %"]
    print_table(header, [*rows, ["asked", "95", "90"]])


def confidence(classifier, arguments: argparse.Namespace) -> None:
    """Tell how many fields are accepted at a confidence, and how many of these are wrong."""
    X, y = digits(arguments)
    reader = reader_of(classifier, arguments, rotation=0)
    thresholds = (0.9, 0.95, 0.99)
    rows, all_confidences, all_right = [], [], []
    for make in (make_field, make_boxed_field, make_ledger_field, make_dotted_field):
        confidences, is_right = [], []
        for seed in range(arguments.n):
            random = np.random.default_rng(90_000 + seed)
            chosen = random.integers(0, len(X), 5)
            photo = make(X[chosen], random)
            text = "".join(map(str, y[chosen]))
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)  # Of another number of digits.
                readings = [reader.read_field(photo, n_digits=5), reader.read(photo)]
            confidences.append([reading.confidence for reading in readings])
            best = ["".join(digit.best for digit in reading.digits) for reading in readings]
            is_right.append(
                [b == text and len(r.lines) == 1 for b, r in zip(best, readings, strict=True)]
            )
        all_confidences += confidences
        all_right += is_right
        name = make.__name__.removeprefix("make_").replace("_", " ")
        rows += accepted(name, np.array(confidences), np.array(is_right), thresholds)
    rows += accepted("all", np.array(all_confidences), np.array(all_right), thresholds)
    header = [f"{what} {at}" for at in thresholds for what in ("accepted % at", "wrong of these %")]
    print_table([f"{arguments.n} fields of 5 digits each", "right %", *header], rows)


def accepted(name: str, confidences, is_right, thresholds) -> list[list[str]]:
    """Give a row for a known length and one for an unknown length."""
    rows = []
    for i, length in enumerate(("length known", "unknown")):
        row = [f"{name}, {length}", f"{100 * is_right[:, i].mean():.1f}"]
        for threshold in thresholds:
            is_sure = confidences[:, i] >= threshold
            n_wrong = np.count_nonzero(~is_right[is_sure, i])
            row.append(f"{100 * is_sure.mean():.1f}")
            row.append(f"{100 * n_wrong / max(1, np.count_nonzero(is_sure)):.2f}")
        rows.append(row)
    return rows


def forms(classifier, arguments: argparse.Namespace) -> None:
    """Read fields on forms: in boxes, on ledgers, on dotted lines."""
    X, y = digits(arguments)
    reader = reader_of(classifier, arguments, min_confidence=0.0, rotation=0)
    rows = []
    for make, asked in [
        (make_boxed_field, ("95", "92")),
        (make_ledger_field, ("92", "88")),
        (make_dotted_field, ("90", "85")),
    ]:
        n_known = n_unknown = 0
        for seed in range(arguments.n):
            random = np.random.default_rng(30_000 + seed)
            chosen = random.integers(0, len(X), 5)
            photo = make(X[chosen], random)
            text = "".join(map(str, y[chosen]))
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)  # Of another number of digits.
                n_known += reader.read_field(photo, n_digits=5).text == text
            n_unknown += reader.read(photo).text == text
        shares = [f"{100 * n / arguments.n:.1f}" for n in (n_known, n_unknown)]
        name = make.__name__.removeprefix("make_").replace("_", " ")
        rows.append([name, shares[0], asked[0], shares[1], asked[1]])
    header = [f"{arguments.n} fields of 5 digits", "length known %", "asked", "unknown %", "asked"]
    print_table(header, rows)


def cells(classifier, arguments: argparse.Namespace) -> None:
    """Read crops of one cell: by how far they reach beyond its lines, in pencil, and blank ones."""
    X, y = digits(arguments)
    rows = []
    for cut_in in (-0.15, -0.05, 0.0, 0.05, 0.1, 0.2):
        for pencil in (False, True):
            photos, labels = [], []
            for seed in range(arguments.n):
                random = np.random.default_rng(40_000 + seed)
                i = random.integers(0, len(X))
                photos.append(make_cell(X[i], random, cut_in=cut_in, pencil=pencil))
                labels.append(y[i])
            frames = DigitFramer(blank="zeros").transform(photos)
            share = np.mean(classifier.predict(frames) == labels)
            name = f"cells, crop reaches {cut_in:+.2f}{', pencil' if pencil else ''}"
            rows.append([name, f"{100 * share:.1f}", "95-98" if not pencil else "99"])
    photos = [make_cell(None, np.random.default_rng(50_000 + i)) for i in range(arguments.n)]
    frames = DigitFramer(blank="zeros").transform(photos)
    is_blank = ~frames.any(axis=1)
    is_sure = ~is_blank & (classifier.predict_proba(frames).max(axis=1) >= 0.5)
    rows.append(["blank cells that are sure digits", f"{100 * is_sure.mean():.1f}", "at most 2"])
    print_table([f"{arguments.n} cells each", "%", "asked"], rows)


def crops(classifier, arguments: argparse.Namespace) -> None:
    """Compare crops that are cut to the ink with those that have room around it."""
    X, y = digits(arguments)
    rows = []
    for name, margin in (("cut to the ink", 0), ("with room", 24)):
        photos, labels = [], []
        for seed in range(5 * arguments.n):
            random = np.random.default_rng(60_000 + seed)
            i = random.integers(0, len(X))
            ink = np.pad(write(X[i : i + 1], random), margin)
            photos.append(photograph(ink, random, printed=np.zeros(ink.shape), steepest=0.0))
            labels.append(y[i])
        frames = DigitFramer(blank="zeros").transform(photos)
        rows.append([name, f"{100 * np.mean(classifier.predict(frames) == labels):.2f}"])
    print_table([f"{5 * arguments.n} crops of one digit", "%"], rows)


def tables(classifier, arguments: argparse.Namespace) -> None:
    """Read sheets that lie on a table, photographed from the side."""
    X, y = digits(arguments)
    reader = reader_of(classifier, arguments, min_confidence=0.0, rotation=0)
    n_sheets = max(1, arguments.n // 5)
    rows = []
    for name, slant, is_cluttered in (
        ("on a plain table", 0.08, False),
        ("from far aside", 0.2, False),
        ("among other things, in shadows", 0.12, True),
    ):
        n_digits = n_right = n_read = 0
        for seed in range(n_sheets):
            random = np.random.default_rng(70_000 + seed)
            chosen = random.integers(0, len(X), (4, 1, 5))
            lines = ["".join(map(str, labels.ravel())) for labels in y[chosen]]
            photo = make_page_on_table(X[chosen], random, slant=slant, is_cluttered=is_cluttered)
            read = reader.read(photo).lines
            n_digits += chosen.size
            n_read += sum(map(len, read))
            n_right += sum(map(longest_common_subsequence, lines, aligned(lines, read)))
        rows.append([name, n_digits, f"{100 * n_right / n_digits:.1f}", f"{n_read / n_digits:.2f}"])
    print_table(
        [f"{n_sheets} sheets", "digits", "found and right %", "read per written digit"], rows
    )


def grids(classifier, arguments: argparse.Namespace) -> None:
    """Read half-filled grids, photographed from the side: all cells, digits, and blank ones."""
    X, y = digits(arguments)
    reader = reader_of(classifier, arguments, rotation=0)
    rows = []
    for shape in ((9, 9), (4, 6), (12, 5), (1, 10)):
        n_grids = max(1, arguments.n // 10)
        n_found = 0
        right, filled, sure = [], [], []
        for seed in range(n_grids):
            random = np.random.default_rng(80_000 + seed)
            chosen = random.integers(0, len(X), shape)
            is_filled = random.uniform(size=shape) < 0.5
            written = [
                [X[i] if is_written else None for i, is_written in zip(*row, strict=True)]
                for row in zip(chosen, is_filled, strict=True)
            ]
            texts = np.where(is_filled, y[chosen].astype(str), "")
            photo = make_grid(written, random)
            filled.append(is_filled.ravel())
            try:
                cells = reader.read_cells(photo)
            except ValueError:
                cells = None
            is_found = cells is not None and cells.shape == shape
            n_found += is_found
            right.append((cells.best == texts).ravel() if is_found else np.zeros(texts.size, bool))
            is_sure = (cells.labels != "?") & (cells.labels != "") if is_found else ~is_filled
            sure.append(is_sure.ravel())
        right, filled, sure = map(np.concatenate, (right, filled, sure))
        shares = [right.mean(), right[filled].mean(), right[~filled].mean(), sure[~filled].mean()]
        size = " x ".join(map(str, shape))
        rows.append([size, f"{n_found} of {n_grids}", *(f"{100 * share:.1f}" for share in shares)])
    header = ["grids", "found", "cells right %", "digits right %", "blank ones right %", "sure %"]
    print_table(header, [*rows, ["asked", "", "95", "", "", "at most 2"]])


def pages(classifier, arguments: argparse.Namespace) -> None:
    X, y = digits(arguments)
    reader = reader_of(classifier, arguments, min_confidence=0.0)
    rows = []
    for touching in (0.0, 0.1, 0.2):
        n_digits = n_right = 0
        for seed in range(max(1, arguments.n // 20)):
            random = np.random.default_rng(10_000 + seed)
            chosen = random.integers(0, len(X), (20, 2, 5))
            photo = make_page(X[chosen], random, touching=touching)
            lines = ["".join(map(str, labels.ravel())) for labels in y[chosen]]
            read = aligned(lines, reader.read(photo).lines)
            n_digits += chosen.size
            n_right += sum(map(longest_common_subsequence, lines, read))
        rows.append(
            [f"{touching:.0%} of neighbours touch", n_digits, f"{100 * n_right / n_digits:.2f}"]
        )
    header = ["pages of 20 lines", "digits", "found and right, in reading order %"]
    print_table(header, [*rows, ["asked", "", "98"]])


def aligned(lines: list[str], read: list[str]) -> list[str]:
    """Pair lines with those read: one after the other, where a surplus or missing one may be."""
    best = np.zeros((len(lines) + 1, len(read) + 1))
    for i, line in enumerate(lines, start=1):
        for j, text in enumerate(read, start=1):
            match = best[i - 1, j - 1] + longest_common_subsequence(line, text)
            best[i, j] = max(match, best[i - 1, j], best[i, j - 1])
    pairs = [""] * len(lines)
    i, j = len(lines), len(read)
    while i and j:
        if best[i, j] == best[i - 1, j]:
            i -= 1
        elif best[i, j] == best[i, j - 1]:
            j -= 1
        else:
            i, j = i - 1, j - 1
            pairs[i] = read[j]
    return pairs


def longest_common_subsequence(first: str, second: str) -> int:
    lengths = [0] * (len(second) + 1)
    for letter in first:
        before = 0
        for j, other in enumerate(second, start=1):
            before, lengths[j] = (
                lengths[j],
                before + 1 if letter == other else max(lengths[j], lengths[j - 1]),
            )
    return lengths[-1]


def turned(classifier, arguments: argparse.Namespace) -> None:
    """Count photos that are read upright, however they were turned."""
    X, _ = digits(arguments)
    reader = reader_of(classifier, arguments)
    n_photos = max(1, arguments.n // 5)
    rows = []
    for n_lines, n_digits in ((1, 3), (1, 5), (1, 10), (4, 5)):
        n_upright = np.zeros(4, int)
        for seed in range(n_photos):
            random = np.random.default_rng(20_000 + seed)
            chosen = random.integers(0, len(X), (n_lines, 1, n_digits))
            photo = make_page(X[chosen], random, touching=0.1)
            for i in range(4):
                n_upright[i] += reader.read(np.rot90(photo, i)).rotation == 90 * i
        shares = [f"{100 * share:.1f}" for share in n_upright / n_photos]
        rows.append([f"{n_lines} x {n_digits} digits", *shares])
    print_table([f"{n_photos} photos, read upright %", "0°", "90°", "180°", "270°"], rows)


def letters(classifier, arguments: argparse.Namespace) -> None:
    """Count printed letters that are read as digits: in fonts that the reader did not learn."""
    random = np.random.default_rng(0)
    reader = reader_of(classifier, arguments)
    n_letters = n_read = 0
    for _ in range(max(1, arguments.n // 20)):
        lines = ["".join(random.choice(list(LETTERS), 8)) for _ in range(6)]
        page = Image.new("L", (900, 720), 235)
        for i, line in enumerate(lines):
            font = ImageFont.truetype(FONTS[i % len(FONTS)], random.integers(48, 72))
            ImageDraw.Draw(page).text((60, 40 + 110 * i), " ".join(line), fill=40, font=font)
        n_letters += sum(map(len, lines))
        n_read += sum(digit.label != "?" for digit in reader.read(page).digits)
    print_table(
        ["printed letters", "read as digits %"],
        [[n_letters, f"{100 * n_read / n_letters:.1f}"]],
    )


def speed(classifier, arguments: argparse.Namespace) -> None:
    """Time a photo of 12 megapixels with 50 digits, from the file on."""
    X, _ = digits(arguments)
    random = np.random.default_rng(0)
    page = make_page(X[random.integers(0, len(X), (5, 2, 5))], random)
    reader = reader_of(classifier, arguments)
    seconds = []
    with TemporaryDirectory() as folder:
        photo = Path(folder, "photo.jpg")
        Image.fromarray(page).resize((4000, 3000)).save(photo, quality=90)
        for _ in range(6):
            started = time.perf_counter()
            n_digits = len(reader.read(photo).digits)
            seconds.append(time.perf_counter() - started)
    print_table(
        ["photo of 12 megapixels", "digits found", "seconds", "asked"],
        [
            ["first", n_digits, f"{seconds[0]:.2f}", ""],
            ["median of five more", n_digits, f"{np.median(seconds[1:]):.2f}", "2 s"],
        ],
    )


SECTIONS = {
    function.__name__: function
    for function in (
        scans,
        singles,
        cheques,
        hands,
        mnist,
        styles,
        fields,
        confidence,
        forms,
        cells,
        crops,
        tables,
        grids,
        pages,
        turned,
        letters,
        speed,
    )
}

if __name__ == "__main__":
    main()

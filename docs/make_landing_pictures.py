"""Draw the pictures of the documentation's first page: reading, learning and comparing.

    python docs/make_landing_pictures.py

It needs the extras cpu, images and plot, and takes about ten seconds. What is compared stands in
docs/figures, where a benchmark wrote it.
"""

import re
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from PIL import Image
from scipy import ndimage
from sklearn.datasets import load_digits
from sklearn.pipeline import make_pipeline

from skdigits import KerasDigitClassifier, PixelScaler
from skdigits.plotting import ReadingDisplay, TrainingCurveDisplay
from skdigits.reading import DigitReader

DOCS = Path(__file__).parent
SIZE = (4.8, 3.2)
STYLES = {"light": "default", "dark": "dark_background"}
# Rows of load_digits, line by line.
WRITTEN = [[115, 126, 173, 133, 117], [136, 151, 100, 183], [128, 141, 188, 140, 175]]


def main() -> None:
    draw_reading()
    classifier = make_pipeline(
        PixelScaler(), KerasDigitClassifier(epochs=15, early_stopping=True, random_state=0)
    ).fit(*load_digits(return_X_y=True))
    for name, style in STYLES.items():
        with plt.style.context([style, {"svg.hashsalt": "skdigits"}]):
            draw_learning(classifier, name)
            draw_comparison(name)


def save(figure: plt.Figure, name: str) -> None:
    # The same picture is the same file.
    metadata = {"Date": None} if name.endswith(".svg") else None
    figure.savefig(DOCS / "images" / name, dpi=150, transparent=True, metadata=metadata)
    plt.close(figure)


def draw_reading() -> None:
    Image.fromarray(photo()).save(DOCS / "images" / "photo.png", optimize=True)
    reading = DigitReader().read(photo())
    labels = load_digits().target
    assert reading.text.split() == ["".join(map(str, labels[line])) for line in WRITTEN]
    figure = plt.figure(figsize=SIZE)
    axes = figure.add_axes((0, 0, 1, 1))
    ReadingDisplay.from_reading(reading, ax=axes)
    axes.set(title="", aspect="auto")
    axes.set_axis_off()
    save(figure, "reading.png")


def photo() -> np.ndarray:
    """Return a picture of digits on squared paper, a little askew, in uneven light."""
    height, width = np.multiply(SIZE[::-1], 150).astype(int)
    ink = np.zeros((height, width))
    for line, rows in enumerate(WRITTEN):
        for place, row in enumerate(rows):
            top, left = 30 + 145 * line, 70 + (0, 50, 20)[line] + 114 * place
            tile = ink[top : top + 110, left : left + 110]
            np.maximum(tile, stroke(row), out=tile)
    ink = ndimage.rotate(ink, 1.5, reshape=False, order=1)
    paper = np.full((height, width), 242.0)
    paper[::40] = paper[:, ::40] = 205
    light = np.linspace(1, 0.78, width) * np.linspace(1, 0.9, height)[:, None]
    return np.uint8(light * (paper - ink * (paper - 50)))


def stroke(row: int) -> np.ndarray:
    """Return a digit of scikit-learn, enlarged from 8x8 pixels, as a felt pen would draw it."""
    image = np.pad(load_digits().images[row] / 16, 1)
    large = ndimage.gaussian_filter(ndimage.zoom(image, 11, order=3), 2)
    return 1 / (1 + np.exp(-18 * (large - 0.54)))


def draw_learning(classifier, name: str) -> None:
    figure, axes = plt.subplots(figsize=SIZE, layout="constrained")
    TrainingCurveDisplay.from_estimator(classifier, panels=["accuracy"], axes=[axes])
    save(figure, f"learning-{name}.svg")


def draw_comparison(name: str) -> None:
    """Draw the mistakes on MNIST of what docs/figures/accuracy.txt compares."""
    table = (DOCS / "figures" / "accuracy.txt").read_text()
    rows = {
        "logistic regression": r"LogisticRegression\(.*?\)",
        "tutorials' small network": r"small tutorial CNN, keras fit",
        "skdigits, one epoch": r"epochs=1, \d seeds",
        "skdigits, default": r"default, \d seeds",
        'skdigits, "strong"': r"strong, \d seeds",
    }
    accuracy = [float(re.search(rf"^{row} +([\d.]+)", table, re.M)[1]) for row in rows.values()]
    wrong = 100 - np.array(accuracy)
    figure, axes = plt.subplots(figsize=SIZE, layout="constrained")
    colours = ["#888888"] * 2 + ["#0072b2"] * 3
    bars = axes.barh(list(rows), wrong, color=colours)
    axes.bar_label(bars, [f"{it:.2f}" for it in wrong], padding=4)
    axes.invert_yaxis()
    axes.set(xlabel="wrong test images of MNIST (%)", xlim=(0, 1.15 * wrong.max()))
    axes.spines[["top", "right"]].set_visible(False)
    save(figure, f"comparison-{name}.svg")


if __name__ == "__main__":
    main()

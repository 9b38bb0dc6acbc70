"""Fit the confidence of readings: a logistic regression on the evidence for each line.

Fields are composed by the generator of the tests from digits of writers that the reader does not
know: every tenth of MNIST's training images is left out when it is trained. The first line writes
the images, and the last prints what belongs into `skdigits/reading/_confidence.py`.

    python benchmarks/confidence.py --split writers.npz
    skdigits train --data writers.npz --recipe reader --handwriting --output reader.skops
    skdigits train --data writers.npz --recipe lines --output lines.skops
    python benchmarks/confidence.py --data writers.npz --model reader.skops
    python benchmarks/confidence.py --data writers.npz --model reader.skops \
        --recognizer lines.skops
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

import numpy as np
from made_fields import make_field
from made_forms import make_boxed_field, make_dotted_field, make_ledger_field
from pairs import print_table
from sklearn.linear_model import LogisticRegression

from skdigits.datasets import fetch_mnist
from skdigits.persistence import read_estimator
from skdigits.reading import DigitReader, load_reader
from skdigits.reading._confidence import (
    Evidence,
    TextEvidence,
    evidence_of,
    evidence_of_text,
)
from skdigits.reading._judgement import chain_of_digits, chain_of_text, judge
from skdigits.reading._page import page_on
from skdigits.reading._view import sheet_of, view_of

WRITERS_PER_LEFT_OUT = 10
MAKERS = {
    "plain": make_field,
    "boxed": make_boxed_field,
    "ledger": make_ledger_field,
    "dotted": make_dotted_field,
}
THRESHOLDS = (0.9, 0.95, 0.99)
# What is less probable is not fitted: nobody accepts it.
LEAST_LOG_ODDS_OF_TEXT = -1.0


class Line(NamedTuple):
    """What speaks for a line, the labels read, and whether their number was known."""

    evidence: tuple[float, ...]
    labels: list[str]
    is_number_known: bool


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--split", metavar="FILE.npz", help="write MNIST without some writers")
    parser.add_argument("--data", metavar="FILE.npz", help="whose test images are composed")
    parser.add_argument("--n", type=int, default=400, help="fields of each kind (default: 400)")
    parser.add_argument("--model", metavar="FILE", help="instead of the package's own classifier")
    parser.add_argument("--recognizer", metavar="FILE", help="read by this, not by cutting")
    parser.add_argument("--evidence", metavar="FILE.npz", help="kept here, and taken from here")
    arguments = parser.parse_args()
    if arguments.split:
        split(Path(arguments.split))
        return
    file = Path(arguments.evidence) if arguments.evidence else None
    if file is not None and file.exists():
        with np.load(file) as kept:
            evidence, is_right, kinds = kept["evidence"], kept["is_right"], kept["kinds"]
    else:
        evidence, is_right, kinds = collected(arguments)
        if file is not None:
            np.savez(file, evidence=evidence, is_right=is_right, kinds=kinds)
    least = LEAST_LOG_ODDS_OF_TEXT if arguments.recognizer else -np.inf
    is_probable = evidence[:, 0] >= least
    fitted = LogisticRegression(C=np.inf).fit(evidence[is_probable], is_right[is_probable])
    weights = [round(float(weight), 3) for weight in fitted.coef_[0]]
    kind = TextEvidence if arguments.recognizer else Evidence
    print(f"intercept {fitted.intercept_[0]:.3f}, weights {weights} of {kind._fields}\n")
    confidences = fitted.predict_proba(evidence)[:, 1]
    rows = []
    for kind in [*np.unique(kinds), "all"]:
        of_kind = (kinds == kind) | (kind == "all")
        row = [kind, int(of_kind.sum()), f"{100 * is_right[of_kind].mean():.1f}"]
        row.append(f"{100 * confidences[of_kind].mean():.1f}")
        for threshold in THRESHOLDS:
            accepted = of_kind & (confidences >= threshold)
            wrong = 100 * np.mean(~is_right[accepted]) if accepted.any() else 0.0
            row += [f"{100 * accepted.sum() / of_kind.sum():.1f}", f"{wrong:.2f}"]
        rows.append(row)
    header = [f"{name} {threshold}" for threshold in THRESHOLDS for name in ("accepted", "wrong")]
    print_table(["lines", "n", "right %", "confidence %", *header], rows)


def split(file: Path) -> None:
    """Write MNIST's training images, those of some writers as test images."""
    X, y, writers = fetch_mnist(
        subset="train", return_X_y=True, writers=True, download_if_missing=False
    )
    left_out = np.isin(writers, np.unique(writers)[::WRITERS_PER_LEFT_OUT])
    images = X.reshape(-1, 28, 28)
    np.savez(
        file,
        x_train=images[~left_out], y_train=y[~left_out], x_test=images[left_out], y_test=y[left_out]
    )  # fmt: skip
    print(f"{left_out.sum():,} of {len(X):,} images are by writers left out")


def collected(arguments: argparse.Namespace) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Collect the evidence for lines, whether they were read right, and on which paper."""
    with np.load(arguments.data) as data:
        X, y = data["x_test"], data["y_test"].astype(str)
    classifier = read_estimator(arguments.model) if arguments.model else load_reader()
    lines_on: Callable[[Any, int], Iterator[Line]]
    if arguments.recognizer:
        recognizer = read_estimator(arguments.recognizer)
        reader = DigitReader(classifier, recognizer=recognizer, min_confidence=0.0)
        lines_on = partial(recognized_on, reader=reader)
    else:
        lines_on = partial(judged_on, classifier=classifier)
    evidence, is_right, kinds = [], [], []
    for kind, make in MAKERS.items():
        for seed in range(arguments.n):
            random = np.random.default_rng(80_000 + seed)
            chosen = random.integers(0, len(X), random.integers(3, 10))
            for line in lines_on(make(X[chosen], random), len(chosen)):
                evidence.append(line.evidence)
                is_right.append(np.array_equal(line.labels, y[chosen]))
                kinds.append(f"{kind}, {'number known' if line.is_number_known else 'unknown'}")
    return np.array(evidence), np.array(is_right), np.array(kinds)


def judged_on(photo: Any, n_digits: int, classifier: Any) -> Iterator[Line]:
    """Read by cutting lines into digits."""
    for judged in judge(page_on(sheet_of(view_of(photo))), classifier):
        for is_number_known in (True, False):
            chain = chain_of_digits(judged, n_digits) if is_number_known else chain_of_text(judged)
            if chain.candidates:
                labels = classifier.classes_[judged.classes[chain.candidates]].astype(str)
                yield Line(evidence_of(judged, chain), labels.tolist(), is_number_known)


def recognized_on(photo: Any, n_digits: int, reader: DigitReader) -> Iterator[Line]:
    """Read lines as a whole."""
    found = reader._lines.of_photo(photo, 0)
    for line in found.lines:
        for is_number_known in (True, False):
            transcript = line.transcript
            if is_number_known:
                transcript = line.of_length(n_digits, found.opinion)
            read = line.read(transcript, 0.0)
            if read.digits:
                labels = [digit.best for digit in read.digits]
                evidence = evidence_of_text(read.confidence, is_number_known=is_number_known)
                yield Line(evidence, labels, is_number_known)


if __name__ == "__main__":
    main()

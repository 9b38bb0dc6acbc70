"""Fit the confidence of readings: a logistic regression on the evidence for each line.

Fields are composed by the generator of the tests from the last 5,000 of MNIST's training images,
for a reader that was trained on the first 55,000. With `--writers`, only those are used whose
writers wrote none of the others. What it prints belongs into `skdigits/reading/_confidence.py`.

    python benchmarks/confidence.py --model reader.skops --writers
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

import numpy as np
from made_fields import make_field
from made_forms import make_boxed_field, make_dotted_field, make_ledger_field
from pairs import print_table
from sklearn.linear_model import LogisticRegression

from skdigits.datasets import fetch_mnist
from skdigits.persistence import read_estimator
from skdigits.reading import load_reader
from skdigits.reading._confidence import Evidence, evidence_of
from skdigits.reading._judgement import chain_of_digits, chain_of_text, judge
from skdigits.reading._page import page_on
from skdigits.reading._view import sheet_of, view_of

N_TRAINING = 55_000  # images that the reader learned from
MAKERS = {
    "plain": make_field,
    "boxed": make_boxed_field,
    "ledger": make_ledger_field,
    "dotted": make_dotted_field,
}
THRESHOLDS = (0.9, 0.95, 0.99)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--writers", action="store_true", help="use digits of other writers only")
    parser.add_argument("--n", type=int, default=400, help="fields of each kind (default: 400)")
    parser.add_argument("--model", metavar="FILE", help="instead of the package's own reader")
    parser.add_argument("--evidence", metavar="FILE.npz", help="kept here, and taken from here")
    arguments = parser.parse_args()
    file = Path(arguments.evidence) if arguments.evidence else None
    if file is not None and file.exists():
        with np.load(file) as kept:
            evidence, is_right, kinds = kept["evidence"], kept["is_right"], kept["kinds"]
    else:
        evidence, is_right, kinds = collected(arguments)
        if file is not None:
            np.savez(file, evidence=evidence, is_right=is_right, kinds=kinds)
    fitted = LogisticRegression(C=np.inf).fit(evidence, is_right)
    weights = [round(float(weight), 3) for weight in fitted.coef_[0]]
    print(f"intercept {fitted.intercept_[0]:.3f}, weights {weights} of {Evidence._fields}\n")
    confidences = fitted.predict_proba(evidence)[:, 1]
    rows = []
    for kind in [*np.unique(kinds), "all"]:
        of_kind = (kinds == kind) | (kind == "all")
        row = [kind, int(of_kind.sum()), f"{100 * is_right[of_kind].mean():.1f}"]
        for threshold in THRESHOLDS:
            accepted = of_kind & (confidences >= threshold)
            wrong = 100 * np.mean(~is_right[accepted]) if accepted.any() else 0.0
            row += [f"{100 * accepted.sum() / of_kind.sum():.1f}", f"{wrong:.2f}"]
        rows.append(row)
    header = [f"{name} {threshold}" for threshold in THRESHOLDS for name in ("accepted", "wrong")]
    print_table(["lines", "n", "right %", *header], rows)


def digits(arguments: argparse.Namespace) -> tuple[np.ndarray, np.ndarray]:
    """Give digits that the reader did not learn from, and of writers that it does not know."""
    X, y, *of_each = fetch_mnist(
        subset="train", return_X_y=True, writers=arguments.writers, download_if_missing=False
    )
    chosen = np.arange(len(X)) >= N_TRAINING
    for writers in of_each:
        chosen &= ~np.isin(writers, writers[:N_TRAINING])
    return X[chosen].reshape(-1, 28, 28), y[chosen]


def collected(arguments: argparse.Namespace) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Collect the evidence for lines, whether they were read right, and on which paper."""
    classifier = read_estimator(arguments.model) if arguments.model else load_reader()
    X, y = digits(arguments)
    evidence, is_right, kinds = [], [], []
    for kind, make in MAKERS.items():
        for seed in range(arguments.n):
            random = np.random.default_rng(80_000 + seed)
            chosen = random.integers(0, len(X), random.integers(3, 10))
            page = page_on(sheet_of(view_of(make(X[chosen], random))))
            for judged in judge(page, classifier):
                for how, chain in (
                    ("number known", chain_of_digits(judged, len(chosen))),
                    ("unknown", chain_of_text(judged)),
                ):
                    if chain.candidates:
                        read = classifier.classes_[judged.classes[chain.candidates]]
                        evidence.append(evidence_of(judged, chain))
                        is_right.append(np.array_equal(read, y[chosen]))
                        kinds.append(f"{kind}, {how}")
    return np.array(evidence), np.array(is_right), np.array(kinds)


if __name__ == "__main__":
    main()

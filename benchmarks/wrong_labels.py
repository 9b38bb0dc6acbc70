"""Wrong labels of MNIST's test images: how many are among the most suspicious ones.

Networks that were trained on the training images compute the probability of each test image's
label: the lower it is, the more suspicious is the label. This score, the self-confidence of
confident learning (Northcutt, Jiang and Chuang 2021), was chosen in advance, and the networks by
their log loss on training images of other writers. The wrong labels are those of 15 images for
which fewer than 3 of 5 human raters chose the label (cleanlab's label-errors,
mturk/mnist_mturk.json); their indices are read from a file of JSON.

    python benchmarks/wrong_labels.py
"""

import argparse
import json
import os
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
from figures import WRITING, written_to
from mnist import scaled_mnist
from pairs import print_table
from sklearn.base import clone
from sklearn.ensemble import VotingClassifier

from skdigits import KerasDigitClassifier
from skdigits.augmentation import RandomAffine

N_SUSPICIOUS = 50
N_MEMBERS = 3
WRONG_LABELS = Path(os.environ.get("SKDIGITS_DATA", "")) / "mnist_wrong_labels.json"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], parents=[WRITING])
    parser.add_argument("--seeds", type=int, default=3, help="how many (default: 3)")
    parser.add_argument(
        "--wrong", type=Path, default=WRONG_LABELS, metavar="FILE.json",
        help="indices_in_test_set (default: mnist_wrong_labels.json in SKDIGITS_DATA)",
    )  # fmt: skip
    arguments = parser.parse_args()
    wrong = json.loads(arguments.wrong.read_text())["indices_in_test_set"]
    with written_to(arguments.write):
        rows = [row(seed, wrong) for seed in range(arguments.seeds)]
        print_table(
            [f"vote of {N_MEMBERS}", "accuracy %", f"of {len(wrong)} wrong labels",
             "asked", "their ranks beyond"],
            rows,
        )  # fmt: skip


def row(seed: int, wrong: list[int]) -> list[object]:
    """Fit, and count the wrong labels among the most suspicious."""
    X, y = scaled_mnist("test")
    probabilities = vote(seed).fit(*scaled_mnist("train")).predict_proba(X)
    ranks = np.sort(ranks_of_suspicion(probabilities[np.arange(len(y)), y])[wrong])
    is_among = ranks <= N_SUSPICIOUS
    return [
        f"seed {seed}", f"{100 * np.mean(probabilities.argmax(axis=1) == y):.2f}",
        f"{is_among.sum()} among {N_SUSPICIOUS}", 13, " ".join(map(str, ranks[~is_among])),
    ]  # fmt: skip


def vote(seed: int) -> VotingClassifier:
    classifier = KerasDigitClassifier(
        epochs=8, augmentation=RandomAffine(0.15, zoom=0.1, shear=0.1, shift=0.07)
    )
    members = [
        (f"network {i}", clone(classifier).set_params(random_state=N_MEMBERS * seed + i))
        for i in range(N_MEMBERS)
    ]
    return VotingClassifier(members, voting="soft")


def ranks_of_suspicion(self_confidence: np.ndarray) -> np.ndarray:
    """Rank labels from 1, the most suspicious one, by their probability."""
    ranks = np.empty(len(self_confidence), dtype=int)
    ranks[np.argsort(self_confidence, kind="stable")] = np.arange(1, len(ranks) + 1)
    return ranks


if __name__ == "__main__":
    main()

"""Few labels of MNIST: accuracy on the test images, its mean over seeds and its spread.

Each seed draws other training images to be labelled, the same fraction of each digit, and trains a
vote of networks, whose members are also measured one by one. The recipe was chosen on training
images of other writers. "self-training" also gets the other training images, as unlabelled ones.

    python benchmarks/few_labels.py labelled
    python benchmarks/few_labels.py self-training
"""

import argparse
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
from figures import WRITING, written_to
from mnist import scaled_mnist
from pairs import print_table
from sklearn.base import BaseEstimator, clone
from sklearn.ensemble import VotingClassifier
from sklearn.model_selection import train_test_split
from sklearn.semi_supervised import SelfTrainingClassifier

from skdigits.recipes import make_classifier

NUMBERS_OF_LABELS = (100, 1_000, 10_000)
N_DISTORTED = 200_000  # images that a network sees in all, whatever the number of labels
N_MEMBERS = 3
N_LABELS_OF_SELF_TRAINING = 100
HEADER = ["on MNIST", "labels", "accuracy %", "sd"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], parents=[WRITING])
    parser.add_argument("what", choices=["labelled", "self-training"])
    parser.add_argument("--seeds", type=int, default=3, help="how many (default: 3)")
    parser.add_argument(
        "--labels", type=int, nargs="+", default=NUMBERS_OF_LABELS,
        choices=NUMBERS_OF_LABELS, metavar="N",
        help="numbers of labels, except for self-training (default: 100 1000 10000)",
    )  # fmt: skip
    arguments = parser.parse_args()
    with written_to(arguments.write):
        if arguments.what == "self-training":
            rows = [self_trained(arguments.seeds)]
        else:
            rows = [row for n in arguments.labels for row in labelled(n, arguments.seeds)]
        print_table(HEADER, rows)


def labelled(n: int, n_seeds: int) -> list[list[object]]:
    X, y = scaled_mnist("train")
    members, votes = [], []
    for seed in range(n_seeds):
        rows = draw(n, seed)
        vote = vote_of_few(n, seed).fit(X[rows], y[rows])
        members += map(accuracy, vote.estimators_)
        votes.append(accuracy(vote))
    return [
        row("recipe few", n, members),
        row(f"vote of {N_MEMBERS}", n, votes),
    ]


def self_trained(n_seeds: int) -> list[object]:
    X, y = scaled_mnist("train")
    accuracies = []
    for seed in range(n_seeds):
        rows = draw(N_LABELS_OF_SELF_TRAINING, seed)
        known = np.full_like(y, -1)
        known[rows] = y[rows]
        classifier = make_classifier("few", random_state=seed)
        fitted = SelfTrainingClassifier(classifier, threshold=0.8, max_iter=3).fit(X, known)
        accuracies.append(accuracy(fitted))
    return row("self-training", N_LABELS_OF_SELF_TRAINING, accuracies)


def draw(n: int, seed: int) -> np.ndarray:
    """Draw the rows of the images to be labelled."""
    _, y = scaled_mnist("train")
    rows, _ = train_test_split(np.arange(len(y)), train_size=n, stratify=y, random_state=seed)
    return rows


def vote_of_few(n: int, seed: int) -> VotingClassifier:
    seeds = range(N_MEMBERS * seed, N_MEMBERS * (seed + 1))
    few = make_classifier("few").set_params(epochs=N_DISTORTED // n)
    members = [(f"seed {i}", clone(few).set_params(random_state=i)) for i in seeds]
    return VotingClassifier(members, voting="soft")


def accuracy(classifier: BaseEstimator) -> float:
    return 100 * classifier.score(*scaled_mnist("test"))


def row(name: str, n: int, accuracies: list[float]) -> list[object]:
    spread = f"{np.std(accuracies, ddof=1):.2f}" if len(accuracies) > 1 else ""
    return [f"{name}, {len(accuracies)} fits", f"{n:,}", f"{np.mean(accuracies):.2f}", spread]


if __name__ == "__main__":
    main()

"""The ranking of the candidates of a search, also if it was interrupted."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, floor, isnan, log
from pathlib import Path
from statistics import mean, pstdev
from typing import Any, NamedTuple

from skdigits._table import format_table
from skdigits.commands._messages import tell

_EPOCHS = "epochs"


class Candidate(NamedTuple):
    """A candidate, its scores over the folds, and the epochs of its round if there are rounds."""

    description: str
    epochs: int | None
    score: float
    spread: float
    seconds: float | None = None


def rank_results(results: dict[str, Any]) -> list[Candidate]:
    """Rank the `cv_results_` of a fitted search."""
    columns = ("params", "mean_test_score", "std_test_score", "mean_fit_time")
    return _ranked(
        Candidate(_describe(parameters), _epochs_of(parameters), *map(float, figures))
        for parameters, *figures in zip(*(results[name] for name in columns), strict=True)
    )


def format_ranking(candidates: Sequence[Candidate], n_fits: int, n_folds: int) -> str:
    """Format the candidates as a table, and mark those that halving dropped before the last round.

    Each candidate is listed with its last round.
    """
    longest = candidates[0].epochs
    given_up = [it.epochs != longest for it in candidates]
    marks = ["*" if mark else " " * any(given_up) for mark in given_up]
    columns = {
        "rank": [str(rank) for rank in range(1, len(candidates) + 1)],
        "candidate": [it.description for it in candidates],
        "epochs": [str(it.epochs) for it in candidates if it.epochs is not None],
        "score": [f"{it.score:.4f}{mark}" for it, mark in zip(candidates, marks, strict=True)],
        "sd": [f"{it.spread:.4f}" for it in candidates],
        "fit s": [f"{it.seconds:.2f}" for it in candidates if it.seconds is not None],
    }
    known = {header: cells for header, cells in columns.items() if cells}
    rows = [tuple(known), *zip(*known.values(), strict=True)]
    times = ", mean times" if "fit s" in known else ""
    notes = [f"{n_fits} fits on {n_folds} folds: mean and standard deviation{times}."]
    if any(given_up):
        notes.append(
            "* after fewer epochs, when halving dropped it: cannot be compared with others."
        )
    return "\n".join([format_table(rows, n_left=2), "", *notes])


@dataclass
class LoggedScorer:
    """A scorer of pipelines that writes each score to a file, which all processes append to.

    It is called after each fit, and detects if the fit was interrupted: in this process by `check`,
    in other processes by missing epochs. If `n_fits` is given, it prints one line per fit.
    """

    scorer: Callable[..., float]
    names: Sequence[str]  # of the parameters that differ
    file: Path
    check: Callable[[], None]
    n_fits: int | None = None

    def __call__(self, estimator: Any, X: Any, y: Any) -> float:
        self.check()
        score = self.scorer(estimator, X, y)
        self.check()
        if estimator[-1].n_iter_ < estimator[-1].epochs:
            return score
        all_parameters = estimator.get_params()
        parameters = {name: all_parameters[name] for name in self.names}
        description, epochs = _describe(parameters), _epochs_of(parameters)
        line = json.dumps([description, epochs, float(score)])
        with self.file.open("ab") as file:
            file.write(f"{line}\n".encode())
            file.flush()
            n_bytes = file.tell()  # up to this line, whichever process writes the next
        if self.n_fits is not None:
            n_scored = self.file.read_bytes()[:n_bytes].count(b"\n")
            rounds = "" if epochs is None else f", {epochs} epoch{'s' * (epochs != 1)}"
            tell(f"[{n_scored}/{self.n_fits}] {description}{rounds}: {score:.4f}")
            if n_scored == self.n_fits:
                tell("fitting the best candidate to all training images ...")
        return score


def count_fits(search: Any, n_folds: int) -> int:
    """Compute the number of fits of a search, without the final fit to all images."""
    if not hasattr(search, "param_grid"):
        return int(search.n_iter) * n_folds
    from sklearn.model_selection import ParameterGrid

    n_candidates = len(ParameterGrid(search.param_grid))
    if not hasattr(search, "resource"):
        return n_candidates * n_folds
    n_rounds = 1 + min(
        floor(log(search.max_resources // search.min_resources, search.factor)),
        floor(log(n_candidates, search.factor)),
    )
    fits = 0
    for _ in range(n_rounds):
        fits += n_candidates * n_folds
        n_candidates = ceil(n_candidates / search.factor)
    return fits


def read_log(file: Path, n_folds: int) -> tuple[list[Candidate], int]:
    """Rank the candidates that were scored on all folds, and count the fits."""
    scores = defaultdict(list)
    lines = file.read_text().splitlines() if file.exists() else []
    for line in lines:
        description, epochs, score = json.loads(line)
        scores[description, epochs].append(score)
    finished = {key: values for key, values in scores.items() if len(values) == n_folds}
    candidates = _ranked(
        Candidate(*key, mean(values), pstdev(values)) for key, values in finished.items()
    )
    return candidates, len(lines)


def _ranked(candidates: Any) -> list[Candidate]:
    """Sort by epochs and score, the best first, and keep only the last round of each candidate."""

    def order(it: Candidate) -> tuple[int, bool, float]:
        return -(it.epochs or 0), isnan(it.score), -it.score

    last: dict[str, Candidate] = {}
    for candidate in sorted(candidates, key=order):
        last.setdefault(candidate.description, candidate)
    return list(last.values())


def _describe(parameters: dict[str, Any]) -> str:
    """Name a candidate by its parameters, as in ``LeNet5(), learning_rate=0.01``."""
    inner = {name.partition("__")[2]: value for name, value in parameters.items()}
    shown = {name: it for name, it in inner.items() if name not in ("architecture", _EPOCHS)}
    values = (
        f"{name}={value:.3g}" if isinstance(value, float) else f"{name}={value!r}"
        for name, value in shown.items()
    )
    return ", ".join([" ".join(repr(inner["architecture"]).split()), *values])


def _epochs_of(parameters: dict[str, Any]) -> int | None:
    """Return the epochs of a candidate, None if they are not among its parameters."""
    return next(
        (int(value) for name, value in parameters.items() if name.endswith(f"__{_EPOCHS}")), None
    )

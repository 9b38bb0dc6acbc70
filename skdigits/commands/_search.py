"""``skdigits search``: the best of many architectures."""

from __future__ import annotations

import argparse
import contextlib
import sys
from pathlib import Path
from typing import Any

import numpy as np

from skdigits.commands._arguments import at_least
from skdigits.commands._data import add_data_options, load_chosen_data
from skdigits.commands._output import check_can_save
from skdigits.commands._plot import add_plot_option, check_can_plot, save_figure

_BUDGETS = ("small", "medium", "large")
_STRATEGIES = ("halving", "grid", "randomized")


def add_parser(commands: Any) -> None:
    """Add the sub-command to the parser."""
    search = commands.add_parser(
        "search",
        help="search for the best architecture",
        description="Search for the architecture and the learning rate that read these images "
        "best, by cross-validation, and rank what was tried.",
    )
    search.set_defaults(run=run)
    add_data_options(search)
    search.add_argument(
        "--budget",
        choices=_BUDGETS,
        default="medium",
        help="how much is tried: seconds to minutes for a few thousand small images, minutes to "
        "hours for MNIST (default: %(default)s)",
    )
    search.add_argument(
        "--strategy",
        choices=_STRATEGIES,
        default="halving",
        help="how it is tried (default: %(default)s)",
    )
    search.add_argument(
        "--epochs",
        type=at_least(1),
        metavar="N",
        help="epochs that the best candidates are trained for (default: by budget)",
    )
    search.add_argument(
        "--cv", type=at_least(2), default=3, metavar="N", help="number of folds (default: 3)"
    )
    search.add_argument(
        "--scoring", metavar="NAME", help="a scorer of scikit-learn (default: accuracy)"
    )
    search.add_argument(
        "--n-jobs", type=int, metavar="N", help="fits that run at the same time (default: 1)"
    )
    search.add_argument(
        "--output", type=Path, metavar="FILE.skops", help="where to save the best pipeline"
    )
    add_plot_option(search, "the scores by architecture and learning rate")


def run(arguments: argparse.Namespace) -> None:
    """Search, print the ranking, and save the best pipeline."""
    from skdigits.search import architecture_search

    check_can_plot(arguments.plot)
    search = architecture_search(
        arguments.budget,
        strategy=arguments.strategy,
        epochs=arguments.epochs,
        scoring=arguments.scoring,
        cv=arguments.cv,
        n_jobs=arguments.n_jobs,
        verbose=1,
        random_state=arguments.random_state,
    )
    if arguments.output is not None:
        check_can_save(search.estimator, arguments.output)
    training, test = load_chosen_data(arguments).split()
    # Progress is no part of the table.
    with contextlib.redirect_stdout(sys.stderr):
        search.fit(training.images, training.labels)
        print(flush=True)
    print(format_ranking(search))
    if arguments.plot is not None:
        from skdigits.plotting import SearchDisplay

        save_figure(SearchDisplay.from_search(search).figure_, arguments.plot)
    if len(test.images):
        score = search.score(test.images, test.labels)
        n_images = f"{len(training.images):,}"
        print(
            f"The first, trained on all {n_images} images: {score:.4f} on the "
            f"{len(test.images):,} test images."
        )
    if arguments.output is not None:
        from skdigits.persistence import save_estimator

        save_estimator(search.best_estimator_, arguments.output)
        print(f"The first, trained on all {len(training.images):,} images: {arguments.output}")


def format_ranking(search: Any) -> str:
    """Show the candidates of a fitted search as a table, the best first.

    Under successive halving each candidate stands with its last round, the longest first.
    """
    from skdigits._table import format_table

    results = search.cv_results_
    rounds = results.get("iter", np.zeros(len(results["params"]), dtype=int))
    best_first = np.lexsort((-results["mean_test_score"], -rounds))
    last: dict[str, int] = {}
    for i in best_first:
        last.setdefault(_describe(results["params"][i], without="epochs"), i)
    rows = [("rank", "candidate", "score", "sd", "fit s")] + [
        (
            str(rank),
            _describe(results["params"][i]),
            f"{results['mean_test_score'][i]:.4f}",
            f"{results['std_test_score'][i]:.4f}",
            f"{results['mean_fit_time'][i]:.2f}",
        )
        for rank, i in enumerate(last.values(), start=1)
    ]
    n_fits = len(results["params"]) * search.n_splits_
    notes = f"{n_fits} fits on {search.n_splits_} folds: mean and standard deviation, mean times."
    return f"{format_table(rows, n_left=2)}\n\n{notes}"


def _describe(parameters: dict[str, Any], without: str | None = None) -> str:
    """Name a candidate by its parameters, as in ``LeNet5(), learning_rate=0.01``."""
    inner = {name.partition("__")[2]: value for name, value in parameters.items()}
    shown = {name: value for name, value in inner.items() if name not in ("architecture", without)}
    values = (
        f"{name}={value:.3g}" if isinstance(value, float) else f"{name}={value!r}"
        for name, value in shown.items()
    )
    return ", ".join([" ".join(repr(inner["architecture"]).split()), *values])

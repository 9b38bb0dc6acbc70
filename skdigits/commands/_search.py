"""``skdigits search``: search for the best architecture."""

from __future__ import annotations

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from skdigits._printable import printable
from skdigits.commands._arguments import (
    add_count_option,
    add_jobs_option,
    require_packages,
    scorer_name,
)
from skdigits.commands._data import add_data_options, check_data, load_chosen_data
from skdigits.commands._interrupts import uninterrupted
from skdigits.commands._labelled_images import LabelledImages
from skdigits.commands._output import add_output_option, check_can_save
from skdigits.commands._plot import add_plot_option, check_can_plot, save_figure
from skdigits.commands._progress import progress_of_search
from skdigits.commands._ranking import (
    LoggedScorer,
    count_fits,
    format_ranking,
    rank_results,
    read_log,
)

_BUDGETS = ("small", "medium", "large")
_STRATEGIES = ("halving", "grid", "randomized")


def add_parser(commands: Any) -> None:
    """Add the sub-command to the parser."""
    search = commands.add_parser(
        "search",
        help="search for the best architecture",
        description="Search for the best architecture and learning rate for these images, by "
        "cross-validation, and rank the candidates.",
    )
    search.set_defaults(run=run, refuse=search.error)
    add_data_options(search)
    search.add_argument(
        "--budget",
        choices=_BUDGETS,
        default="medium",
        help="size of the search: seconds to minutes for a few thousand small images, minutes to "
        "hours for MNIST (default: %(default)s)",
    )
    search.add_argument(
        "--strategy",
        choices=_STRATEGIES,
        default="halving",
        help="strategy of the search (default: %(default)s)",
    )
    what = "epochs that the best candidates are trained for (default: by budget)"
    add_count_option(search, "--epochs", what)
    add_count_option(search, "--cv", "number of folds (default: %(default)s)", low=2, default=3)
    search.add_argument(
        "--scoring",
        type=scorer_name,
        metavar="NAME",
        help="a scikit-learn scorer (default: accuracy)",
    )
    add_jobs_option(search, "fits")
    add_output_option(search, "the best pipeline")
    add_plot_option(search, "the scores by architecture and learning rate")


def run(arguments: argparse.Namespace) -> None:
    """Search, save the best pipeline, and rank the candidates that were finished."""
    from sklearn.metrics import check_scoring

    from skdigits.persistence import save_estimator
    from skdigits.programs._backend import require_backend
    from skdigits.search import architecture_search

    if arguments.strategy == "halving" and (arguments.epochs or 0) % 9:
        arguments.refuse(
            "argument --epochs: must be a multiple of 9 with --strategy halving, whose rounds "
            f"train for a ninth, a third and all of them, got {arguments.epochs}"
        )
    require_packages(arguments, "search")
    check_data(arguments.data)
    check_can_plot(arguments.plot, force=arguments.force)
    search = architecture_search(
        arguments.budget,
        strategy=arguments.strategy,
        epochs=arguments.epochs,
        scoring=arguments.scoring,
        cv=arguments.cv,
        n_jobs=arguments.n_jobs,
        random_state=arguments.random_state,
    )
    if arguments.output is not None:
        check_can_save(search.estimator, arguments.output, force=arguments.force)
    require_backend()
    scorer = check_scoring(search.estimator, arguments.scoring)
    training, test = load_chosen_data(arguments).split()
    training.check_folds(arguments.cv)
    _fit(search, scorer, training)
    saved = ""
    try:
        if arguments.output is not None:
            save_estimator(search.best_estimator_, arguments.output)
            n_images, name = f"{len(training.images):,}", printable(arguments.output)
            saved = f"The first, trained on all {n_images} images: {name}"
    finally:
        with uninterrupted(f"the search was finished. {saved}".rstrip()):
            _report(search, scorer, len(training.images), test, saved, arguments.plot)


def _report(
    search: Any, scorer: Any, n_images: int, test: LabelledImages, saved: str, plot: Path | None
) -> None:
    try:
        n_fits = len(search.cv_results_["params"]) * search.n_splits_
        print(format_ranking(rank_results(search.cv_results_), n_fits, search.n_splits_))
        if len(test.images):
            score = scorer(search.best_estimator_, test.images, test.labels)
            print(
                f"The first, trained on all {n_images:,} images: {score:.4f} on the "
                f"{len(test.images):,} test images."
            )
        if saved:
            print(saved)
    finally:
        if plot is not None:
            from skdigits.plotting import SearchDisplay

            save_figure(SearchDisplay.from_search(search).figure_, plot)


def _fit(search: Any, scorer: Any, training: LabelledImages) -> None:
    """Fit the search; after Ctrl-C rank the candidates that were scored on all folds."""
    from joblib import parallel_config

    from skdigits.commands._workers import Workers

    space = getattr(search, "param_grid", None) or search.param_distributions
    names = [*space, *([search.resource] if hasattr(search, "resource") else [])]
    with TemporaryDirectory() as folder:
        log = Path(folder) / "scores"
        try:
            with uninterrupted() as check, progress_of_search(search) as in_lines:
                n_fits = count_fits(search, search.cv) if in_lines else None
                logged = LoggedScorer(scorer, names, log, check, n_fits)
                search.set_params(scoring=logged, return_train_score=False)
                with parallel_config(Workers()):
                    search.fit(training.images, training.labels)
        except KeyboardInterrupt:
            finished, n_fits = read_log(log, search.cv)
            if finished:
                print(format_ranking(finished, n_fits, search.cv))
                print("interrupted: candidates that were not scored on all folds are missing.")
            raise KeyboardInterrupt(
                "no pipeline was trained on all images; nothing was saved"
            ) from None

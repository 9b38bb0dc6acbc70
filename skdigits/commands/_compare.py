"""``skdigits compare``: KerasDigitClassifier and scikit-learn's classifiers on the same folds."""

from __future__ import annotations

import argparse
import contextlib
import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from skdigits.commands._arguments import add_count_option, add_jobs_option, require_packages
from skdigits.commands._data import add_data_options, check_data, load_chosen_data
from skdigits.commands._interrupts import uninterrupted
from skdigits.commands._labelled_images import LabelledImages
from skdigits.commands._plot import add_plot_option, check_can_plot, save_figure
from skdigits.commands._progress import progress_of_folds

if TYPE_CHECKING:
    from skdigits.comparison import FoldScores
    from skdigits.comparison._measurement import Fold

# The word to type and the name in the table.
_CLASSIFIERS = {
    "logistic": "logistic regression",
    "knn": "k-nearest neighbours",
    "svc": "RBF SVC",
    "mlp": "scikit-learn MLPClassifier",
    "keras": "KerasDigitClassifier",
}
_SLOW_ON_MANY_IMAGES = ("knn", "svc")
_MANY_IMAGES = 20_000
_THREADS = "OMP_NUM_THREADS"


def add_parser(commands: Any) -> None:
    """Add the sub-command to the parser."""
    compare = commands.add_parser(
        "compare",
        help="compare KerasDigitClassifier with scikit-learn's classifiers",
        description="Compare KerasDigitClassifier with scikit-learn's classifiers on the same "
        "images: accuracy, significance, times and number of parameters.",
    )
    compare.set_defaults(run=run)
    add_data_options(compare)
    compare.add_argument(
        "--classifiers",
        nargs="+",
        choices=_CLASSIFIERS,
        metavar="NAME",
        help=f"classifiers to compare, the first is the baseline: {', '.join(_CLASSIFIERS)} "
        f"(default: all, but on more than {_MANY_IMAGES:,} images the fast ones)",
    )
    what = "number of folds (default: the published split if there is one, else 5)"
    add_count_option(compare, "--cv", what, low=2)
    what = "epochs that KerasDigitClassifier trains for (default: its own)"
    add_count_option(compare, "--epochs", what)
    add_jobs_option(compare, "folds")
    what = "threads that each fit and prediction may use (default: %(default)s)"
    add_count_option(compare, "--n-threads", what, default=1)
    add_plot_option(compare, "the accuracy against the fit time")


def run(arguments: argparse.Namespace) -> None:
    """Measure and print the table; after Ctrl-C only for the classifiers that were finished."""
    from skdigits.comparison._measurement import build_comparison, choose_folds

    require_packages(arguments, "compare")
    check_data(arguments.data)
    check_can_plot(arguments.plot, force=arguments.force)
    scores: dict[str, FoldScores] = {}
    with _granted_threads(arguments.n_threads):
        if "keras" in (arguments.classifiers or _CLASSIFIERS):
            from skdigits.programs._backend import require_backend

            require_backend()
        data = load_chosen_data(arguments)
        chosen = arguments.classifiers or _default_classifiers(len(data.images))
        classifiers = _build_classifiers(chosen, data.images.shape[1:], arguments)
        cv = _choose_cv(data, arguments.cv)
        if isinstance(cv, int):
            data.check_folds(cv)
        folds = choose_folds(cv, data.images, data.labels, None)
        try:
            _measure(classifiers, data, folds, arguments, scores)
        except KeyboardInterrupt:
            cut = ", ".join(name for name in classifiers if name not in scores)
            state = f"not finished: {cut}" if cut else "all classifiers were finished"
            if scores:
                print(build_comparison(scores, folds, arguments.n_jobs))
                print(f"interrupted: {state}")
            raise KeyboardInterrupt(state) from None
    comparison = build_comparison(scores, folds, arguments.n_jobs)
    try:
        print(comparison)
        left_out = [name for name in _CLASSIFIERS if name not in chosen]
        if left_out and not arguments.classifiers:
            names = " and ".join(_CLASSIFIERS[name] for name in left_out)
            print(f"Left out because they are slow on this many images: {names}.")
            print(f"To include them: --classifiers {' '.join(_CLASSIFIERS)}")
    finally:
        if arguments.plot is not None:
            from skdigits.plotting import ComparisonDisplay

            save_figure(ComparisonDisplay(comparison.scores).plot().figure_, arguments.plot)


def _measure(
    classifiers: dict[str, Any],
    data: LabelledImages,
    folds: list[Fold],
    arguments: argparse.Namespace,
    scores: dict[str, FoldScores],
) -> None:
    """Fill in the scores, classifier by classifier."""
    from skdigits.comparison._measurement import describe_scores, join_folds, measure_folds

    options = {"n_jobs": arguments.n_jobs, "n_threads": arguments.n_threads}
    with (
        uninterrupted() as check,
        progress_of_folds(len(classifiers), len(folds)) as progress,
    ):
        for name, classifier in classifiers.items():
            progress.begin(name)
            measured = []
            for fold in measure_folds(name, classifier, data.rows, data.labels, folds, **options):
                check()
                measured.append(fold)
                progress.end_fold()
            scores[name] = join_folds(measured)
            progress.end(describe_scores(scores[name]))


@contextlib.contextmanager
def _granted_threads(n_threads: int) -> Iterator[None]:
    """Set the number of threads of each fit, for TensorFlow before it starts."""
    import joblib

    from skdigits.commands._workers import Workers

    before = os.environ.get(_THREADS)
    os.environ[_THREADS] = str(n_threads)
    try:
        with joblib.parallel_config(Workers(), inner_max_num_threads=n_threads):
            yield
    finally:
        if before is None:
            del os.environ[_THREADS]
        else:
            os.environ[_THREADS] = before


def _default_classifiers(n_images: int) -> list[str]:
    slow = _SLOW_ON_MANY_IMAGES if n_images > _MANY_IMAGES else ()
    return [name for name in _CLASSIFIERS if name not in slow]


def _build_classifiers(
    chosen: Sequence[str], image_shape: tuple[int, ...], arguments: argparse.Namespace
) -> dict[str, Any]:
    """Build the chosen classifiers, for rows of pixels of images of a shape."""
    from skdigits.comparison import baseline_classifiers

    classifiers = baseline_classifiers(arguments.random_state)
    if "keras" in chosen:
        classifiers[_CLASSIFIERS["keras"]] = _build_network(
            image_shape, arguments.epochs, arguments.random_state
        )
    return {_CLASSIFIERS[name]: classifiers[_CLASSIFIERS[name]] for name in chosen}


def _build_network(image_shape: tuple[int, ...], epochs: int | None, random_state: int) -> Any:
    from sklearn.pipeline import make_pipeline

    from skdigits import KerasDigitClassifier
    from skdigits.preprocessing import PixelScaler

    network = KerasDigitClassifier(
        image_shape=image_shape if len(image_shape) > 1 else "auto", random_state=random_state
    )
    if epochs is not None:
        network.set_params(epochs=epochs)
    return make_pipeline(PixelScaler(), network)


def _choose_cv(data: LabelledImages, n_folds: int | None) -> int | list[tuple[range, range]]:
    """Return the requested number of folds, else the published split, else five folds."""
    if n_folds is not None or data.n_train is None:
        return n_folds or 5
    return [(range(data.n_train), range(data.n_train, len(data.images)))]

"""``skdigits compare``: KerasDigitClassifier and scikit-learn's classifiers on the same folds."""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from skdigits.commands._arguments import at_least
from skdigits.commands._data import LabelledImages, add_data_options, load_chosen_data
from skdigits.commands._plot import add_plot_option, check_can_plot, save_figure

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


def add_parser(commands: Any) -> None:
    """Add the sub-command to the parser."""
    compare = commands.add_parser(
        "compare",
        help="compare KerasDigitClassifier with scikit-learn's classifiers",
        description="Compare KerasDigitClassifier with scikit-learn's classifiers on the same "
        "images: accuracy, significance, seconds and number of parameters.",
    )
    compare.set_defaults(run=run)
    add_data_options(compare)
    compare.add_argument(
        "--classifiers",
        nargs="+",
        choices=_CLASSIFIERS,
        metavar="NAME",
        help=f"which to compare, the first being the baseline: {', '.join(_CLASSIFIERS)} "
        f"(default: all, but on more than {_MANY_IMAGES:,} images the fast ones)",
    )
    compare.add_argument(
        "--cv",
        type=at_least(2),
        metavar="N",
        help="number of folds (default: the published split where the data have one, else 5)",
    )
    compare.add_argument(
        "--epochs",
        type=at_least(1),
        metavar="N",
        help="epochs that KerasDigitClassifier trains for (default: its own)",
    )
    compare.add_argument(
        "--n-jobs",
        type=int,
        metavar="N",
        help="folds that run at the same time, -1 for one a processor (default: 1)",
    )
    add_plot_option(compare, "accuracy against the seconds of a fit")


def run(arguments: argparse.Namespace) -> None:
    from skdigits.comparison import compare_classifiers

    check_can_plot(arguments.plot)
    data = load_chosen_data(arguments)
    chosen = arguments.classifiers or _default_classifiers(len(data.images))
    with contextlib.redirect_stdout(sys.stderr):
        # Progress is no part of the answer: standard output is the table alone.
        comparison = compare_classifiers(
            _build_classifiers(chosen, data.images.shape[1:], arguments),
            data.images.reshape(len(data.images), -1),
            data.labels,
            cv=_choose_folds(data, arguments.cv),
            n_jobs=arguments.n_jobs,
            verbose=1,
        )
        print(flush=True)
    print(comparison)
    if arguments.plot is not None:
        from skdigits.plotting import ComparisonDisplay

        save_figure(ComparisonDisplay(comparison.scores).plot().figure_, arguments.plot)
    left_out = [name for name in _CLASSIFIERS if name not in chosen]
    if left_out and not arguments.classifiers:
        names = " and ".join(_CLASSIFIERS[name] for name in left_out)
        print(f"Left out, being slow on so many images: {names}.")
        print(f"To include them: --classifiers {' '.join(_CLASSIFIERS)}")


def _default_classifiers(n_images: int) -> list[str]:
    slow = _SLOW_ON_MANY_IMAGES if n_images > _MANY_IMAGES else ()
    return [name for name in _CLASSIFIERS if name not in slow]


def _build_classifiers(
    chosen: Sequence[str], image_shape: tuple[int, ...], arguments: argparse.Namespace
) -> dict[str, Any]:
    """Build the chosen classifiers, for images of a shape that come as rows of pixels."""
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


def _choose_folds(data: LabelledImages, n_folds: int | None) -> Any:
    """Choose the folds asked for, else the published split, else five folds."""
    if n_folds is not None or data.n_train is None:
        return n_folds or 5
    rows = np.arange(len(data.images))
    return [(rows[: data.n_train], rows[data.n_train :])]

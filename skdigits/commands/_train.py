"""``skdigits train``: fit a network and save it."""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING, Any

from skdigits._printable import printable
from skdigits.commands._arguments import add_count_option, require_packages
from skdigits.commands._data import add_data_options, load_chosen_data
from skdigits.commands._handwriting import N_PARTS, count_jobs, written_once_more
from skdigits.commands._interrupts import uninterrupted
from skdigits.commands._labelled_images import LabelledImages
from skdigits.commands._output import add_output_option, check_can_save
from skdigits.commands._plot import add_plot_option, check_can_plot, save_figure
from skdigits.commands._progress import progress_of
from skdigits.commands._train_lines import N_LINES, N_LINES_BESIDE_CORRECTIONS, run_lines
from skdigits.commands._validation import add_validation_option, set_aside

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_WEIGHT_OF_NON_DIGITS = 0.5
_LINES = "lines"
_RECIPES = (
    "default",
    "few",
    _LINES,
    "reader",
    "robust",
    "small-images",
    "small-tutorial-cnn",
    "strong",
    "tutorial-cnn",
)


def add_parser(commands: Any) -> None:
    """Add the sub-command to the parser."""
    train = commands.add_parser(
        "train",
        help="fit a network and save it",
        description="Fit a pipeline of PixelScaler and KerasDigitClassifier and save it in a file "
        "that runs no code when it is read. It is scored on images that are not used for training.",
    )
    train.set_defaults(run=run)
    add_data_options(train)
    add_output_option(train, "the pipeline", required=True)
    add_validation_option(train)
    train.add_argument(
        "--recipe",
        default="default",
        choices=_RECIPES,
        metavar="NAME",
        help=f"network and training parameters: {', '.join(_RECIPES)} (default: %(default)s); "
        f"{_LINES} fits a DigitStringRecognizer to lines composed of the digits",
    )
    train.add_argument(
        "--handwriting",
        action="store_true",
        help="also train on synthetic variants of the digits in other handwriting styles, and on "
        "objects that are not digits: for reading photos (28x28 pixels only)",
    )
    add_count_option(train, "--epochs", "epochs to train for (default: the recipe's)")
    add_count_option(
        train,
        "--n-lines",
        f"lines to write, for --recipe {_LINES} (default: {N_LINES:,}; with --corrections "
        f"{N_LINES_BESIDE_CORRECTIONS:,})",
    )
    train.add_argument(
        "--corrections",
        metavar="FILE.json",
        help=f"for --recipe {_LINES}: adapt a recognizer to pictures of lines whose texts you "
        "corrected; the file holds what `skdigits read --json` printed",
    )
    train.add_argument(
        "--model",
        metavar="FILE",
        help="recognizer to adapt by --corrections (default: the bundled one)",
    )
    add_plot_option(train, "the loss and the accuracy after each epoch")


def run(arguments: argparse.Namespace) -> None:
    """Fit and save the network; then score it."""
    if arguments.recipe == _LINES:
        run_lines(arguments)
        return
    for option in ("n_lines", "corrections", "model"):
        if getattr(arguments, option) is not None:
            raise ValueError(f"--{option.replace('_', '-')} goes with --recipe {_LINES} alone")
    _run_classifier(arguments)


def _run_classifier(arguments: argparse.Namespace) -> None:
    from sklearn.pipeline import make_pipeline

    from skdigits.persistence import save_estimator
    from skdigits.preprocessing import PixelScaler

    require_packages(arguments, "train")
    check_can_plot(arguments.plot, force=arguments.force)
    network = _build_network(arguments)
    classifier = make_pipeline(PixelScaler(), network)
    check_can_save(classifier, arguments.output, force=arguments.force)
    data = load_chosen_data(arguments)
    if arguments.handwriting and data.images[0].size != 28 * 28:
        raise ValueError(f"--handwriting needs images of 28x28 pixels, got {data.images.shape[1:]}")
    if data.images.ndim > 2:
        network.set_params(image_shape=data.images.shape[1:])
    parts = set_aside(data, arguments.validation, arguments.random_state)
    name = printable(arguments.output)
    with uninterrupted("the network was not trained to the end, and was not saved"):
        fitted = _fit(classifier, parts.training, arguments)
    save_estimator(classifier, arguments.output)
    size = f"{arguments.output.stat().st_size / 1000:,.0f} kB"
    with uninterrupted(f"the network was trained to the end, and saved: {name}"):
        try:
            print(fitted)
            if len(parts.validation.images):
                score = classifier.score(parts.validation.rows, parts.validation.labels)
                print(f"accuracy on {parts.description}: {score:.2%}")
            print(f"saved {name} ({size})")
        finally:
            if arguments.plot is not None:
                from skdigits.plotting import TrainingCurveDisplay

                save_figure(TrainingCurveDisplay.from_estimator(network).figure_, arguments.plot)


def _fit(classifier: Any, training: LabelledImages, arguments: argparse.Namespace) -> str:
    """Fit the pipeline, and return a line with the number of images and the time."""
    import numpy as np

    started = time.perf_counter()
    rows, labels = training.rows, training.labels
    weights = np.ones(len(rows))
    if arguments.handwriting:
        rows, labels, weights = _with_handwriting(rows, labels, arguments.random_state)
    scaler, network = classifier
    scaled = scaler.fit_transform(rows)
    with progress_of(network):
        network.fit(scaled, labels, sample_weight=weights)
    return f"fitted {len(rows):,} images in {time.perf_counter() - started:.0f} s"


def _build_network(arguments: argparse.Namespace) -> Any:
    from skdigits import KerasDigitClassifier
    from skdigits.recipes import make_classifier

    if arguments.recipe == "default":
        network = KerasDigitClassifier(random_state=arguments.random_state)
    else:
        network = make_classifier(arguments.recipe, random_state=arguments.random_state)
    if arguments.epochs is not None:
        network.set_params(epochs=arguments.epochs)
    return network


def _with_handwriting(
    rows: NDArray[Any], labels: NDArray[Any], random_state: int
) -> tuple[NDArray[Any], NDArray[Any], NDArray[np.float64]]:
    """Add synthetic digits, digits cut out of lines, and non-digits with random labels."""
    import numpy as np
    from joblib import Parallel, delayed

    from skdigits.commands._workers import Workers
    from skdigits.handwriting import make_non_digits
    from skdigits.reading import NO_DIGIT, make_segments

    n_rows = len(rows)
    rows, labels = written_once_more(rows, labels, random_state)
    sizes = map(len, np.array_split(range(n_rows), min(N_PARTS, n_rows)))
    segments = Parallel(count_jobs(n_rows), backend=Workers())(
        delayed(make_segments)(
            rows[i::N_PARTS], labels[i::N_PARTS], n, random_state=random_state + i
        )
        for i, n in enumerate(sizes)
    )
    n_others = max(1, 2 * n_rows // 5)
    others = make_non_digits(rows, labels, n_others, random_state=random_state)
    drawn = np.concatenate([*(X for X, _ in segments), others])
    drawn_labels = np.concatenate([*(y for _, y in segments), np.full(len(others), NO_DIGIT)])
    is_digit = drawn_labels != NO_DIGIT
    # Random labels make the network unsure of non-digits, but are noise otherwise: less weight.
    guesses = np.random.default_rng(random_state).choice(np.unique(labels), len(drawn))
    weights = np.where(is_digit, 1.0, _WEIGHT_OF_NON_DIGITS)
    return (
        np.concatenate([rows, drawn]),
        np.concatenate([labels, np.where(is_digit, drawn_labels, guesses)]),
        np.concatenate([np.ones(len(rows)), weights]),
    )

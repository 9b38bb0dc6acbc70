"""The command line: ``skdigits`` or ``python -m skdigits``.

A sub-command is one function, which takes the parsed arguments and prints its answer, and one
entry in the parser. What needs Keras or scikit-learn is imported where used: help comes at once.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import warnings
import zipfile
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TextIO

import numpy as np
from numpy.typing import NDArray

import skdigits

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

# Names of training images, training labels and, where the split is published, test images and
# labels; in any case.
_NPZ_LAYOUTS = (
    ("x_train", "y_train", "x_test", "y_test"),
    ("x", "y"),
    ("data", "target"),
    ("images", "labels"),
)


class _LabelledImages(NamedTuple):
    """Images and labels; the first `n_train` are for training where a split is published."""

    images: NDArray[Any]
    labels: NDArray[Any]
    n_train: int | None = None

    def __str__(self) -> str:
        shape = " x ".join(map(str, self.images.shape[1:]))
        n_classes = len(np.unique(self.labels))
        return f"{len(self.images):,} images of {shape} pixels, {n_classes} classes"

    def sample(self, n_rows: int, random_state: int) -> _LabelledImages:
        """Draw at most `n_rows` images, in their order, each on its side of the split."""
        shuffled = np.random.default_rng(random_state).permutation(len(self.images))
        rows = np.sort(shuffled[:n_rows])
        n_train = None if self.n_train is None else int(np.count_nonzero(rows < self.n_train))
        return _LabelledImages(self.images[rows], self.labels[rows], n_train)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    argv : sequence of str or None, default=None
        Arguments after the program's name; None takes those of the process.

    Returns
    -------
    status : int
        0 when all went well, 1 after an error, which is told in one line on standard error.
        Wrong usage raises `SystemExit` with status 2.

    Examples
    --------
    >>> from skdigits.__main__ import main
    >>> main(["compare", "--data", "missing.npz"])
    1
    """
    arguments = _build_parser().parse_args(argv)
    with warnings.catch_warnings():
        warnings.showwarning = _print_warning
        try:
            arguments.run(arguments)
        except (OSError, ValueError, ImportError) as error:
            _print_line("error", error, getattr(error, "__notes__", ()))
            return 1
        except KeyboardInterrupt:
            _print_line("error", "interrupted")
            return 1
    return 0


def _build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="skdigits", description=skdigits.__doc__)
    parser.add_argument("--version", action="version", version=f"%(prog)s {skdigits.__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    compare = commands.add_parser(
        "compare",
        help="compare KerasDigitClassifier with scikit-learn's classifiers",
        description="Compare KerasDigitClassifier with scikit-learn's classifiers on the same "
        "images: accuracy, significance, seconds and number of parameters.",
    )
    compare.set_defaults(run=_compare)
    _add_data_options(compare)
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
        type=_at_least(2),
        metavar="N",
        help="number of folds (default: the published split where the data have one, else 5)",
    )
    compare.add_argument(
        "--epochs",
        type=_at_least(1),
        metavar="N",
        help="epochs that KerasDigitClassifier trains for (default: its own)",
    )
    compare.add_argument(
        "--n-jobs",
        type=int,
        metavar="N",
        help="folds that run at the same time, -1 for one a processor (default: 1)",
    )
    return parser


def _add_data_options(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--data",
        default="digits",
        metavar="digits|mnist|FILE.npz",
        help="load_digits of scikit-learn, MNIST, or a file of arrays X and y, or x_train, "
        "y_train, x_test and y_test (default: %(default)s)",
    )
    command.add_argument(
        "--n-rows", type=_at_least(1), metavar="N", help="draw N images at random (default: all)"
    )
    command.add_argument(
        "--random-state",
        type=_at_least(0),
        default=0,
        metavar="SEED",
        help="seed of all that is random (default: %(default)s)",
    )


def _at_least(low: int) -> Callable[[str], int]:
    """Make a converter for argparse that refuses smaller numbers."""

    def integer(text: str) -> int:
        number = int(text)
        if number < low:
            raise argparse.ArgumentTypeError(f"must be at least {low}, got {number}")
        return number

    return integer


def _compare(arguments: argparse.Namespace) -> None:
    from skdigits.comparison import compare_classifiers

    data = _load_data(arguments.data)
    if arguments.n_rows is not None:
        data = data.sample(arguments.n_rows, arguments.random_state)
    chosen = arguments.classifiers or _default_classifiers(len(data.images))
    with contextlib.redirect_stdout(sys.stderr):
        # Progress is no part of the answer: standard output is the table alone.
        print(f"{arguments.data}: {data}", flush=True)
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


def _choose_folds(data: _LabelledImages, n_folds: int | None) -> Any:
    """Choose the folds asked for, else the published split, else five folds."""
    if n_folds is not None or data.n_train is None:
        return n_folds or 5
    rows = np.arange(len(data.images))
    return [(rows[: data.n_train], rows[data.n_train :])]


def _load_data(source: str) -> _LabelledImages:
    """Load the images that a word or a file stands for."""
    if source in _LOADERS:
        return _LOADERS[source]()
    if not Path(source).exists():
        words = ", ".join(_LOADERS)
        raise FileNotFoundError(f"no such file: {source} (--data takes {words} or FILE.npz)")
    return _read_npz(Path(source))


def _load_digits() -> _LabelledImages:
    from sklearn.datasets import load_digits

    digits = load_digits()
    return _LabelledImages(digits.images, digits.target)


def _fetch_mnist() -> _LabelledImages:
    from skdigits.datasets import fetch_mnist

    images, labels = fetch_mnist(subset="all", return_X_y=True)
    return _LabelledImages(images, labels, n_train=60_000)


_LOADERS = {"digits": _load_digits, "mnist": _fetch_mnist}


def _read_npz(path: Path) -> _LabelledImages:
    """Read images and labels from the arrays of a NumPy file."""
    if not zipfile.is_zipfile(path):
        raise ValueError(f"{path} is no .npz file, as numpy.savez writes them")
    try:
        with np.load(path, allow_pickle=False) as file:
            names = {name.lower(): name for name in file.files}
            layout = next((layout for layout in _NPZ_LAYOUTS if names.keys() >= set(layout)), None)
            if layout is None:
                raise ValueError(
                    f"{path} holds the arrays {', '.join(file.files) or '(none)'}; "
                    f"expected {' or '.join(map(', '.join, _NPZ_LAYOUTS))}"
                )
            arrays = [file[names[name]] for name in layout]
    except (zipfile.BadZipFile, zlib.error) as error:
        raise ValueError(f"{path} is damaged: {error}") from error
    images, labels = arrays[::2], arrays[1::2]
    for part_images, part_labels in zip(images, labels, strict=True):
        if part_images.ndim < 2 or part_labels.shape != part_images.shape[:1]:
            raise ValueError(
                f"{path}: images of shape {part_images.shape} and labels of shape "
                f"{part_labels.shape}; expected (n, pixels) or (n, height, width), and (n,)"
            )
    n_train = len(images[0]) if len(images) > 1 else None
    return _LabelledImages(np.concatenate(images), np.concatenate(labels), n_train)


def _print_line(kind: str, message: object, notes: Sequence[str] = ()) -> None:
    """Print a message of any length as one line on standard error."""
    text = " ".join(str(message).split())
    aside = f" ({'; '.join(notes)})" if notes else ""
    print(f"skdigits: {kind}: {text}{aside}", file=sys.stderr, flush=True)


def _print_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    _print_line("warning", message)


if __name__ == "__main__":
    sys.exit(main())

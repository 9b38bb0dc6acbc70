"""``skdigits info``: describe a saved estimator, without running any of it."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from skdigits._printable import printable
from skdigits.commands._arguments import existing_file, require_packages

_LONGEST_LINE = 300


def add_parser(commands: Any) -> None:
    """Add the sub-command to the parser."""
    info = commands.add_parser(
        "info",
        help="describe a saved estimator",
        description="Describe a file written by save_estimator: the estimator, its architecture, "
        "parameters, classes and training, the versions that wrote it, and its size. Neither Keras "
        "nor a backend is needed, and no code in the file is run.",
    )
    info.set_defaults(run=run)
    info.add_argument("file", type=Path, metavar="FILE", help="a file written by save_estimator")


def run(arguments: argparse.Namespace) -> None:
    from skdigits import KerasDigitClassifier
    from skdigits.persistence._contents import nested_estimators
    from skdigits.persistence._estimators import read_file

    require_packages(arguments, "info", "files")
    saved = read_file(existing_file(arguments.file))
    # An ensemble may refer to a classifier more than once, and a search holds some unfitted ones.
    fitted = {
        id(part): part
        for part in nested_estimators(saved.estimator)
        if isinstance(part, KerasDigitClassifier) and part.__sklearn_is_fitted__()
    }
    lines = [("estimator", _one_line(saved.estimator))]
    for classifier in fitted.values():
        lines += _describe_fitted(classifier)
    if not fitted:
        lines.append(("fitted", "no KerasDigitClassifier"))
    versions = saved.information.versions
    lines += [
        ("written by", ", ".join(f"{name} {versions[name]}" for name in versions)),
        ("format", str(saved.information.format)),
        ("size", f"{arguments.file.stat().st_size:,} bytes"),
    ]
    for name, text in lines:
        print(f"{name:12} {_shortened(printable(text))}")


def _describe_fitted(classifier: Any) -> Iterator[tuple[str, str]]:
    height, width, n_channels = classifier.image_shape_
    yield "architecture", _one_line(classifier.architecture_)
    yield "weights", f"{classifier.n_parameters_:,}, {classifier.weights_[0].dtype}"
    yield "images", f"{height} x {width} pixels, {n_channels} channel{'s' * (n_channels > 1)}"
    labels = classifier.classes_.tolist()
    yield "classes", f"{len(labels)}: {', '.join(map(repr, labels))}"
    yield "training", _describe_training(classifier)


def _describe_training(classifier: Any) -> str:
    figures = {name: column for name, column in classifier.history_.items() if column}
    last = [f"{name} {column[-1]:.4g}" for name, column in figures.items() if name != "seconds"]
    seconds = sum(figures.get("seconds", []))
    epochs = f"{classifier.n_iter_} epoch{'s' * (classifier.n_iter_ != 1)}"
    return ", ".join([f"{epochs} in {seconds:.1f} s", *last])


def _one_line(estimator: Any) -> str:
    return " ".join(repr(estimator).split())


def _shortened(text: str) -> str:
    return text[:_LONGEST_LINE] + "..." * (len(text) > _LONGEST_LINE)

"""The file that `--output` names."""

from __future__ import annotations

import argparse
import io
from pathlib import Path
from typing import Any

from skdigits.commands._targets import check_can_write, target_file

# Endings of other formats than that of skops.
_OTHER_FORMATS = (
    *(".pkl", ".pickle", ".joblib", ".keras", ".h5", ".hdf5", ".onnx", ".npz", ".csv"),
    *(".pdf", ".png", ".svg"),
)


def add_output_option(
    command: argparse.ArgumentParser, what: str, *, required: bool = False
) -> None:
    """Add `--output FILE`; `what` describes the object that is saved."""
    command.add_argument(
        "--output",
        type=_model_file,
        required=required,
        metavar="FILE.skops",
        help=f"file in which to save {what} as data that run no code when they are read; its "
        "name usually ends in .skops, and never like that of another format, such as .pkl",
    )


def check_can_save(estimator: Any, file: Path, *, force: bool) -> None:
    """Raise an error before the work if the estimator cannot be saved."""
    from skdigits.persistence import save_estimator

    check_can_write(file, "--output", force=force)
    save_estimator(estimator, io.BytesIO())


def _model_file(text: str) -> Path:
    file = target_file(text)
    if file.suffix.lower() in _OTHER_FORMATS:
        raise argparse.ArgumentTypeError(
            "estimators are saved as skops files, whose names do not end in "
            f"{file.suffix.lower()}: choose a name such as {file.with_suffix('.skops')}"
        )
    return file

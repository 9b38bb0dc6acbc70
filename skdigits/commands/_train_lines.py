"""``skdigits train --recipe lines``: train a network that reads lines, on synthetic ones."""

from __future__ import annotations

import argparse
import contextlib
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from skdigits._printable import printable
from skdigits.commands._arguments import require_packages
from skdigits.commands._data import load_chosen_data
from skdigits.commands._handwriting import count_jobs, written_once_more
from skdigits.commands._interrupts import start_workers, uninterrupted
from skdigits.commands._labelled_images import LabelledImages
from skdigits.commands._messages import StandardError, tell
from skdigits.commands._output import check_can_save
from skdigits.commands._validation import set_aside

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_N_LINES = 100_000
_EPOCHS = 6
_VALIDATION_SHARE = 100  # training lines per line of the score


def run_lines(arguments: argparse.Namespace) -> None:
    """Write lines, fit the recognizer and save it; then score it on lines of other digits."""
    from skdigits.persistence import save_estimator
    from skdigits.programs._backend import require_backend
    from skdigits.reading import DigitStringRecognizer

    for option in ("handwriting", "plot"):
        if getattr(arguments, option):
            raise ValueError(f"--{option} cannot be combined with --recipe lines")
    require_packages(arguments, "train", "images")
    output = arguments.output
    checkpoint = output.with_name(f"{output.name}.checkpoint")
    recognizer = DigitStringRecognizer(
        epochs=arguments.epochs or _EPOCHS, random_state=arguments.random_state
    )
    check_can_save(recognizer, output, force=arguments.force)
    require_backend()
    data = load_chosen_data(arguments)
    if data.images[0].size != 28 * 28:
        raise ValueError(
            f"--recipe lines needs images of 28x28 pixels, got {data.images.shape[1:]}"
        )
    parts = set_aside(data, arguments.validation, arguments.random_state)
    n_lines = arguments.n_lines or _N_LINES
    with uninterrupted(
        "the network was not trained to the end, and was not saved; the same command continues "
        f"from {printable(checkpoint)}, if that file exists"
    ):
        images, texts = _lines(parts.training, n_lines, arguments.random_state)
        fitted = _fit(recognizer, images, texts, checkpoint)
    save_estimator(recognizer, output)
    checkpoint.unlink(missing_ok=True)
    size = f"{output.stat().st_size / 1000:,.0f} kB"
    with uninterrupted(f"the network was trained to the end, and saved: {printable(output)}"):
        print(fitted)
        if len(parts.validation.images):
            n_others = max(1, n_lines // _VALIDATION_SHARE)
            others = _lines(parts.validation, n_others, arguments.random_state + 1)
            score = recognizer.score(*others)
            print(f"score on {n_others:,} lines of {parts.description}: {score:.2%}")
        print(f"saved {printable(output)} ({size})")


def _fit(
    recognizer: Any, images: list[NDArray[np.uint8]], texts: NDArray[np.str_], checkpoint: Path
) -> str:
    """Fit the recognizer, and return a line with the number of lines and the time."""
    started = time.perf_counter()
    if checkpoint.exists():
        tell(f"continuing from {printable(checkpoint)}")
    recognizer.set_params(verbose=1, checkpoint=checkpoint)
    with contextlib.redirect_stdout(StandardError()):
        recognizer.fit(images, texts)
    recognizer.set_params(verbose=0, checkpoint=None)
    return f"fitted {len(images):,} lines in {time.perf_counter() - started:.0f} s"


def _lines(
    digits: LabelledImages, n_lines: int, random_state: int
) -> tuple[list[NDArray[np.uint8]], NDArray[np.str_]]:
    """Write lines with the digits, and with variants of them in other handwriting styles."""
    from skdigits.handwriting import make_lines

    rows, labels = written_once_more(digits.rows, digits.labels, random_state)
    tell(f"writing {n_lines:,} lines ...")
    n_jobs = count_jobs(n_lines)
    start_workers(n_jobs)
    return make_lines(rows, labels, n_lines, n_jobs=n_jobs, random_state=random_state)

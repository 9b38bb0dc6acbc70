"""``skdigits train --recipe lines``: train a recognizer of lines on synthetic ones."""

from __future__ import annotations

import argparse
import contextlib
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from skdigits._printable import printable
from skdigits.commands._arguments import existing_file, require_packages
from skdigits.commands._corrections import Corrections, read_corrections
from skdigits.commands._data import load_chosen_data
from skdigits.commands._handwriting import count_jobs, written_once_more
from skdigits.commands._interrupts import uninterrupted
from skdigits.commands._labelled_images import LabelledImages
from skdigits.commands._messages import StandardError, tell
from skdigits.commands._output import check_can_save
from skdigits.commands._validation import set_aside

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

N_LINES = 300_000
_EPOCHS = 4
N_LINES_BESIDE_CORRECTIONS = 4_000
_EPOCHS_OF_CORRECTIONS, _RATE_OF_CORRECTIONS = 2, 5e-4
_SHARE_OF_CORRECTIONS = 4  # one varied correction per so many written lines
_DIGITS_PER_LINE = 4  # to write with
_VALIDATION_SHARE = 100  # training lines per line of the score


def run_lines(arguments: argparse.Namespace) -> None:
    """Write lines, fit the recognizer and save it; then score it on lines of other digits."""
    from skdigits.persistence import save_estimator
    from skdigits.programs._backend import require_backend

    for option in ("handwriting", "plot"):
        if getattr(arguments, option):
            raise ValueError(f"--{option} cannot be combined with --recipe lines")
    require_packages(arguments, "train", "images")
    output = arguments.output
    checkpoint = output.with_name(f"{output.name}.checkpoint")
    if arguments.corrections is None:
        corrections, recognizer = None, _new_recognizer(arguments)
    else:
        corrections = read_corrections(arguments.corrections)
        recognizer = _adaptable_recognizer(arguments)
    check_can_save(recognizer, output, force=arguments.force)
    require_backend()
    data = load_chosen_data(arguments)
    if data.images[0].size != 28 * 28:
        raise ValueError(
            f"--recipe lines needs images of 28x28 pixels, got {data.images.shape[1:]}"
        )
    parts = set_aside(data, arguments.validation, arguments.random_state)
    n_default = N_LINES if corrections is None else N_LINES_BESIDE_CORRECTIONS
    n_lines = arguments.n_lines or n_default
    with uninterrupted(
        "the network was not trained to the end, and was not saved; the same command continues "
        f"from {printable(checkpoint)}, if that file exists"
    ):
        images, texts = _lines(parts.training, n_lines, arguments.random_state)
        if corrections is not None:
            images, texts = _with_corrections(images, texts, corrections, arguments.random_state)
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


def _new_recognizer(arguments: argparse.Namespace) -> Any:
    from skdigits.reading import DigitStringRecognizer

    if arguments.model is not None:
        raise ValueError("--model goes with --corrections alone")
    return DigitStringRecognizer(
        epochs=arguments.epochs or _EPOCHS, random_state=arguments.random_state
    )


def _adaptable_recognizer(arguments: argparse.Namespace) -> Any:
    """Load the recognizer that learns from corrections."""
    from skdigits.persistence import read_estimator
    from skdigits.reading import DigitStringRecognizer, load_recognizer

    if arguments.model is None:
        recognizer = load_recognizer()
    else:
        recognizer = read_estimator(existing_file(arguments.model))
    if not isinstance(recognizer, DigitStringRecognizer):
        raise ValueError(
            f"--model must name a recognizer saved by `skdigits train --recipe lines`, but "
            f"{printable(arguments.model)} holds a {type(recognizer).__name__}"
        )
    recognizer.set_params(
        warm_start=True,
        epochs=arguments.epochs or _EPOCHS_OF_CORRECTIONS,
        learning_rate=_RATE_OF_CORRECTIONS,
        random_state=arguments.random_state,
    )
    return recognizer


def _with_corrections(
    images: list[NDArray[np.uint8]],
    texts: NDArray[np.str_],
    corrections: Corrections,
    random_state: int,
) -> tuple[list[NDArray[np.uint8]], NDArray[np.str_]]:
    """Add variations of the corrected lines. The others keep what was learned before."""
    import numpy as np

    from skdigits.handwriting import vary_lines

    n_varied = -(-len(images) // _SHARE_OF_CORRECTIONS)
    varied, theirs = vary_lines(
        corrections.pictures(), corrections.texts, n_varied, random_state=random_state
    )
    return [*images, *varied], np.concatenate([texts, theirs])


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
    recognizer.set_params(verbose=0, checkpoint=None, warm_start=False)
    return f"fitted {len(images):,} lines in {time.perf_counter() - started:.0f} s"


def _lines(
    digits: LabelledImages, n_lines: int, random_state: int
) -> tuple[list[NDArray[np.uint8]], NDArray[np.str_]]:
    """Write lines with the digits, and with variants of them in other handwriting styles."""
    from joblib import parallel_config

    from skdigits.commands._workers import Workers
    from skdigits.handwriting import make_lines

    some = digits.sample(_DIGITS_PER_LINE * n_lines, random_state)
    rows, labels = written_once_more(some.rows, some.labels, random_state)
    tell(f"writing {n_lines:,} lines ...")
    n_jobs = count_jobs(n_lines)
    with parallel_config(Workers()):
        return make_lines(rows, labels, n_lines, n_jobs=n_jobs, random_state=random_state)

"""The file that `--output` names."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any


def check_can_save(estimator: Any, file: Path) -> None:
    """Find out before the work, and not after it, that the estimator cannot be saved."""
    from skdigits.persistence import save_estimator

    if not file.parent.is_dir():
        raise FileNotFoundError(
            f"no such folder: {file.parent} (--output must be a file in a folder that exists)"
        )
    if file.is_dir():
        raise IsADirectoryError(f"--output must be a file, got the folder {file}")
    save_estimator(estimator, io.BytesIO())

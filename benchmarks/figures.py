"""What a benchmark prints, in a file that the documentation includes."""

from __future__ import annotations

import argparse
import io
import os
import platform
import re
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path

from joblib import cpu_count

import skdigits
from skdigits.programs._versions import installed_versions

WRITING = argparse.ArgumentParser(add_help=False)
WRITING.add_argument(
    "--write", type=Path, metavar="FILE", help="also write what is printed here, for the docs"
)

INSTRUCTION_SETS = ("avx2", "avx512f", "avx512_bf16", "amx_bf16", "asimd", "bf16")
SETTINGS = ("KERAS_BACKEND", "SKDIGITS_BACKEND", "OMP_NUM_THREADS")
PACKAGES = (
    "numpy", "scikit-learn", "keras", "tensorflow", "tensorflow-cpu", "jax", "torch", "skorch"
)  # fmt: skip


@contextmanager
def written_to(path: Path | None) -> Iterator[None]:
    """Write what is printed within, under the command and above a line on the machine."""
    if path is None:
        yield
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    settings = [f"{name}={os.environ[name]}" for name in SETTINGS if os.environ.get(name)]
    command = shlex.join([*settings, "python", *sys.argv])
    printed = _Printed(sys.stdout)
    with redirect_stdout(printed):
        yield
    path.write_text(f"$ {command}\n{printed.getvalue().rstrip()}\n\n{_machine()}\n", "utf-8")


class _Printed(io.StringIO):
    """Text that is shown as it comes."""

    def __init__(self, shown: io.TextIOBase) -> None:
        super().__init__()
        self.shown = shown

    def write(self, text: str) -> int:
        self.shown.write(text)
        return super().write(text)

    def flush(self) -> None:
        self.shown.flush()


def _machine() -> str:
    """Describe the processors by their number and vector instructions, and give the versions."""
    try:
        flags = set(re.findall(r"\w+", Path("/proc/cpuinfo").read_text()))
    except OSError:
        flags = set()
    sets = [name for name in INSTRUCTION_SETS if name in flags] or [platform.machine()]
    versions = [f"Python {platform.python_version()}", f"skdigits {skdigits.__version__}"]
    versions += map(" ".join, installed_versions(PACKAGES))
    n = cpu_count()
    return f"{n} processor{'s' * (n != 1)} with {', '.join(sets)}\n{', '.join(versions)}"

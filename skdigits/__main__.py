"""The command line: ``skdigits`` or ``python -m skdigits``.

Each sub-command is a module of `skdigits.commands`. Modules that need Keras or scikit-learn are
imported where they are used, so that help is shown immediately.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import io
import os
import sys
import warnings
from collections.abc import Sequence
from typing import NoReturn, TextIO

import skdigits
from skdigits._printable import printable
from skdigits.commands import _compare, _demo, _export, _info, _read, _search, _train
from skdigits.commands._messages import print_line

_COMMANDS = (_compare, _search, _train, _read, _demo, _export, _info)
_INTERRUPTED = 130  # As shells have it: 128 and the number of the signal.


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    argv : sequence of str or None, default=None
        Arguments after the program's name; None uses those of the process.

    Returns
    -------
    status : int
        0 on success; 1 after an error, which is reported in one line on standard error; 130
        after Ctrl-C. Wrong usage raises `SystemExit` with status 2.

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
            _flush_answer()
        except (OSError, ValueError, ImportError) as error:
            print_line("error", error, getattr(error, "__notes__", ()))
            status = 1
        except KeyboardInterrupt as interrupt:
            print_line("interrupted", str(interrupt) or "nothing was saved")
            status = _INTERRUPTED
        else:
            return 0
        # What was printed so far may still be there to be seen, or cannot be.
        with contextlib.suppress(OSError):
            _flush_answer()
        return status


def run() -> NoReturn:
    """Run the command line as a process, and end it."""
    if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.errors == "strict":
        # Tables and names of files may have characters that the encoding lacks.
        sys.stdout.reconfigure(errors="backslashreplace")
    status = main()
    # Python would search all objects of a backend for garbage, which takes a second.
    gc.freeze()
    sys.exit(status)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        super().error(printable(message))


def _build_parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="skdigits", description=skdigits.__doc__)
    parser.add_argument("--version", action="version", version=f"%(prog)s {skdigits.__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    for command in _COMMANDS:
        command.add_parser(commands)
    return parser


def _flush_answer() -> None:
    """Raise an error here, not when Python exits, if standard output cannot be written."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError as error:
        # Python would try again at its exit.
        with contextlib.suppress(OSError), open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), sys.stdout.fileno())
        raise OSError(f"standard output cannot be written: {error}") from error


def _print_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    print_line("warning", message)


if __name__ == "__main__":
    run()

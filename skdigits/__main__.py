"""The command line: ``skdigits`` or ``python -m skdigits``.

A sub-command is a module of `skdigits.commands`. What needs Keras or scikit-learn is imported
where used: help comes at once.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Sequence
from typing import TextIO

import skdigits
from skdigits.commands import _compare, _info, _read, _search, _train
from skdigits.commands._messages import print_line

_COMMANDS = (_compare, _search, _train, _read, _info)


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
            print_line("error", error, getattr(error, "__notes__", ()))
            return 1
        except KeyboardInterrupt:
            print_line("error", "interrupted")
            return 1
    return 0


def _build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="skdigits", description=skdigits.__doc__)
    parser.add_argument("--version", action="version", version=f"%(prog)s {skdigits.__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    for command in _COMMANDS:
        command.add_parser(commands)
    return parser


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
    sys.exit(main())

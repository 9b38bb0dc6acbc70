"""``skdigits export``: a saved classifier as a file that needs neither Python nor Keras."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from skdigits._printable import printable
from skdigits.commands._arguments import existing_file, require_packages
from skdigits.commands._targets import check_can_write, file_ending_in

_PAGES = (".html", ".htm")


def add_parser(commands: Any) -> None:
    """Add the sub-command to the parser."""
    export = commands.add_parser(
        "export",
        help="write a saved classifier as an ONNX file or a page",
        description="Write a saved classifier as a file that needs neither Python nor Keras: an "
        "ONNX file, which servers, phones and browsers run, or a page on which digits are drawn "
        "and read. The scaling of the pixels is part of the file.",
    )
    export.set_defaults(run=run)
    export.add_argument(
        "model",
        type=Path,
        metavar="MODEL",
        help="classifier saved by `skdigits train` or save_estimator",
    )
    export.add_argument(
        "output",
        type=file_ending_in(".onnx", *_PAGES),
        metavar="OUTPUT",
        help="file to write, whose ending is that of its format: .onnx or .html",
    )
    export.add_argument("--force", action="store_true", help="overwrite an existing file")


def run(arguments: argparse.Namespace) -> None:
    from skdigits.export import to_html, to_onnx
    from skdigits.persistence import read_estimator

    model, output = existing_file(arguments.model), arguments.output
    is_page = output.suffix.lower() in _PAGES
    require_packages(arguments, "export", *[] if is_page else ["onnx"])
    check_can_write(output, "OUTPUT", force=arguments.force)
    classifier = read_estimator(model)
    write = to_html if is_page else to_onnx
    try:
        write(classifier, output)
    except ValueError as error:
        raise ValueError(f"MODEL {printable(model)} cannot be exported: {error}") from error
    print(printable(output))

"""``skdigits demo``: a page on which one draws digits and sees them read."""

from __future__ import annotations

import argparse
import webbrowser
from pathlib import Path
from typing import Any

from skdigits._printable import printable
from skdigits.commands._arguments import existing_file, require_packages
from skdigits.commands._messages import tell
from skdigits.commands._targets import check_can_write, file_ending_in


def add_parser(commands: Any) -> None:
    """Add the sub-command to the parser."""
    demo = commands.add_parser(
        "demo",
        help="draw digits in the browser and see them read",
        description="Write a page on which a network reads digits while they are drawn, and open "
        "it in the browser. The page is a single file of at most 1 MB that needs no connection.",
    )
    demo.set_defaults(run=run)
    demo.add_argument(
        "--model",
        metavar="FILE",
        help="classifier saved by `skdigits train` (default: the bundled one)",
    )
    demo.add_argument(
        "--output",
        type=file_ending_in(".html", ".htm"),
        default="digits.html",
        metavar="FILE.html",
        help="file in which to save the page (default: %(default)s)",
    )
    demo.add_argument("--no-open", action="store_true", help="do not open the page")
    demo.add_argument("--force", action="store_true", help="overwrite an existing file")


def run(arguments: argparse.Namespace) -> None:
    from skdigits.export import to_html
    from skdigits.persistence import read_estimator
    from skdigits.reading import load_reader

    require_packages(arguments, "demo", "files")
    page: Path = arguments.output
    check_can_write(page, "--output", force=arguments.force)
    model = arguments.model
    to_html(load_reader() if model is None else read_estimator(existing_file(model)), page)
    print(printable(page))
    address = page.resolve().as_uri()
    if not arguments.no_open and not webbrowser.open(address):
        tell(f"no browser was found: open {address} in one")

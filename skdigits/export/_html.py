"""A classifier as a page on which digits are drawn and read."""

from __future__ import annotations

import hashlib
import json
import os
from base64 import b64encode
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from skdigits._files import replacing
from skdigits.architectures.layers import LeakyIntegrateAndFire
from skdigits.export._records import record, steps_of

_PAGE = Path(__file__).parent / "page"
# In the order in which they run: what is computed, and last what is shown.
_SCRIPTS = ("network.js", "frame.js", "digits.js", "picture.js", "maps.js", "view.js")
_MOST_BYTES = 1_000_000
# Of a weight. Spikes are all or nothing, and rounding may add one.
_MOST_BITS, _MOST_BITS_OF_SPIKES, _LEAST_BITS = 16, 24, 8


def to_html(classifier: Any, file: str | os.PathLike[str]) -> None:
    """Write a page on which a fitted network reads digits while they are drawn.

    The page is a single file that needs no connection: it contains the weights, and JavaScript that
    frames drawn digits as :class:`~skdigits.preprocessing.DigitFramer` does and computes the
    network. It shows the probabilities of the classes and what each layer makes of the digit. Read
    more in the :ref:`User Guide <demo>`.

    Parameters
    ----------
    classifier : KerasDigitClassifier, Pipeline or search
        A fitted classifier of grey images, alone or after scalers of pixels:
        :class:`~skdigits.preprocessing.PixelScaler`, :class:`~sklearn.preprocessing.MinMaxScaler`
        or :class:`~sklearn.preprocessing.MaxAbsScaler`. A classifier alone whose `pixel_range` is
        None gets pixels from 0 (paper) to 1 (ink). Of a search, the best estimator is written.
    file : str or path-like
        The file to write. It has at most 1 MB; weights are rounded to 16 bits (24 if there are
        spikes), or to as many of at least 8 as fit.

    Raises
    ------
    NotFittedError
        If the classifier is not fitted.
    ValueError
        If the classifier is another one, or has more weights than fit.

    See Also
    --------
    skdigits.reading.load_reader : The classifier of the command ``skdigits demo``.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from skdigits.export import to_html
    >>> from skdigits.reading import load_reader
    >>> with TemporaryDirectory() as folder:
    ...     page = Path(folder) / "digits.html"
    ...     to_html(load_reader(), page)
    ...     print(page.stat().st_size < 1_000_000)
    True
    """
    fitted, steps = steps_of(classifier)
    spikes = any(isinstance(layer, LeakyIntegrateAndFire) for layer, _ in steps)
    most = _MOST_BITS_OF_SPIKES if spikes else _MOST_BITS
    for bits in range(most, _LEAST_BITS - 1, -1):
        data = {
            "name": repr(fitted.architecture_),
            "bits": bits,
            "image_shape": fitted.image_shape_,
            "classes": [str(label) for label in fitted.classes_.tolist()],
            "layers": [record(step, bits) for step in steps],
        }
        page = _assemble(json.dumps(data, separators=(",", ":")).replace("<", r"\u003c"))
        if len(page) <= _MOST_BYTES:
            break
    else:
        raise ValueError(
            f"The network has {fitted.n_parameters_:,} weights, which do not fit a page of 1 MB in "
            f"{_LEAST_BITS} bits each: expected a smaller architecture."
        )
    with replacing(file) as opened:
        opened.write(page)


def _assemble(data: str) -> bytes:
    """Put the page together; it runs the scripts that it contains, and nothing else."""
    style = _part("page.css")
    scripts = [_part(name) for name in _SCRIPTS]
    policy = (
        f"default-src 'none'; style-src {_hash(style)}; script-src {' '.join(map(_hash, scripts))};"
        " base-uri 'none'; form-action 'none'"
    )
    page = Template(_part("page.html")).substitute(
        policy=escape(policy, quote=False),
        style=style,
        data=data,
        scripts="\n".join(f"<script>{script}</script>" for script in scripts),
    )
    return page.encode()


def _part(name: str) -> str:
    return (_PAGE / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

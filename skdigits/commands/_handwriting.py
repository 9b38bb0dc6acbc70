"""Digits written once more, in other hands, by all processors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from skdigits.commands._messages import tell

if TYPE_CHECKING:
    from numpy.typing import NDArray

N_PARTS = 16
_FEW_ROWS = 5_000


def count_jobs(n_rows: int) -> int:
    """Choose one process for few images: others take longer to start than those to draw."""
    return -1 if n_rows > _FEW_ROWS else 1


def written_once_more(
    rows: NDArray[Any], labels: NDArray[Any], random_state: int
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the images in random order, followed by each of them in another hand."""
    import numpy as np
    from joblib import Parallel, delayed

    from skdigits.commands._workers import Workers
    from skdigits.handwriting import make_handwriting

    tell("drawing handwriting ...")
    # The number of parts does not depend on the number of processors: the same is drawn everywhere.
    order = np.random.default_rng(random_state).permutation(len(rows))
    n_jobs = count_jobs(len(rows))
    written = Parallel(n_jobs, backend=Workers())(
        delayed(make_handwriting)(rows[part], labels[part], random_state=random_state + i)
        for i, part in enumerate(np.array_split(order, min(N_PARTS, len(rows))))
    )
    return np.concatenate([rows[order], *written]), np.tile(labels[order], 2)

"""One thread for products of matrices.

What a product rounds depends on the number of threads, and on a busy machine BLAS waits for its
threads longer than it computes on small matrices.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cache
from typing import Any

from threadpoolctl import ThreadpoolController


def one_blas_thread() -> AbstractContextManager[Any]:
    """Limit BLAS to one thread within a block.

    threadpoolctl gives OpenBLAS to one Python thread at a time: as long as another thread that has
    limited it lives, this has no effect.
    """
    limit: AbstractContextManager[Any] = _blas().limit(limits=1)
    return limit


@cache
def _blas() -> ThreadpoolController:
    return ThreadpoolController().select(user_api="blas")

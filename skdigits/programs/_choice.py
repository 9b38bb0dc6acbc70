"""The rule that decides which program computes.

It depends on the network, the amount of work, the installed packages and the setting. It does not
depend on what has been imported or computed before, so the same call gives the same bits in a fresh
process and in a busy one.
"""

from __future__ import annotations

from functools import lru_cache

from skdigits.architectures import Network
from skdigits.programs import _numpy
from skdigits.programs._backend import is_installed, require_backend
from skdigits.programs._contract import Backend, TrainingOptions
from skdigits.programs._keras_network import AnyNetwork
from skdigits.programs._numpy._forward import can_predict, count_products, is_dense
from skdigits.programs._numpy._training import can_train
from skdigits.programs._setting import get_backend

# Multiplications that take NumPy about half a second, less than the import of a backend.
MOST_PRODUCTS = 1 << 32


def choose_for_training(
    network: AnyNetwork, options: TrainingOptions, *, needs_model: bool
) -> Backend:
    """Choose the programs that train a network; `needs_model` asks for a live Keras model."""
    may_be_numpy = get_backend() in ("auto", "numpy") and not needs_model
    suits_numpy = may_be_numpy and isinstance(network, Network) and can_train(network, options)
    return _numpy if suits_numpy else require_backend()


def choose_for_prediction(network: AnyNetwork, n_rows: int) -> Backend:
    """Choose the programs that predict so many rows."""
    setting = get_backend()
    if setting not in ("auto", "numpy"):
        return require_backend()
    n_products = _count_products(network) if isinstance(network, Network) else None
    if n_products is None:
        return require_backend()
    is_small = n_rows * n_products <= MOST_PRODUCTS
    if is_small or setting == "numpy" or not is_installed():
        return _numpy
    return require_backend()


@lru_cache
def _count_products(network: Network) -> int | None:
    """Count the multiplications that speak for a backend, or return None if NumPy cannot predict.

    NumPy is as fast as any backend for dense networks. In mixed precision it computes in float32,
    so a backend does all of the work if there is one.
    """
    if not can_predict(network):
        return None
    if network.dtype == "mixed_bfloat16":
        return MOST_PRODUCTS + 1
    return 0 if is_dense(network) else count_products(network)

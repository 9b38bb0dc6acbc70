"""Which program computes: a rule of the network, the work, what is installed, and the setting.

It looks at nothing that was imported or computed before, so the same call gives the same bits in a
fresh process and in a busy one.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from skdigits.architectures import Network
from skdigits.programs import _numpy
from skdigits.programs._backend import is_installed, require_backend
from skdigits.programs._contract import TrainingOptions
from skdigits.programs._keras_network import AnyNetwork
from skdigits.programs._numpy._forward import can_predict, count_products, is_dense
from skdigits.programs._numpy._training import can_train
from skdigits.programs._setting import get_backend

# Multiplications that NumPy takes about half a second for: less than the import of a backend.
MOST_PRODUCTS = 1 << 32


def choose_for_training(network: AnyNetwork, options: TrainingOptions, *, needs_model: bool) -> Any:
    """Choose the programs that train a network; `needs_model` asks for a live Keras model."""
    setting = get_backend()
    if setting in ("auto", "numpy"):
        suits = isinstance(network, Network) and not needs_model and can_train(network, options)
        if suits:
            return _numpy
        if setting == "numpy":
            raise ValueError(
                "The backend is set to 'numpy', which trains networks of dense layers in float32 "
                "or float64, by Adam, AdamW, SGD or RMSprop, without augmentation and Keras "
                "callbacks: call skdigits.set_backend('auto') for others."
            )
    return require_backend(setting)


def choose_for_prediction(network: AnyNetwork, n_rows: int) -> Any:
    """Choose the programs that predict so many rows."""
    setting = get_backend()
    if setting in ("auto", "numpy"):
        suits, n_products = _describe(network) if isinstance(network, Network) else (False, 0)
        if suits and (setting == "numpy" or n_rows * n_products <= MOST_PRODUCTS):
            return _numpy
        if suits and not is_installed():
            return _numpy
        if setting == "numpy":
            raise ValueError(
                "The backend is set to 'numpy', which predicts with networks of the layers of "
                "skdigits.architectures.layers: call skdigits.set_backend('auto') for others."
            )
    return require_backend(setting, trains=False)


@lru_cache
def _describe(network: Network) -> tuple[bool, int]:
    """Tell whether NumPy predicts with a network, and the work that counts of a row.

    NumPy and a backend compute dense networks by the same products of matrices. In mixed precision
    they differ, so that the backend has all the work that it can do.
    """
    if not can_predict(network):
        return False, 0
    if network.dtype == "mixed_bfloat16":
        return True, MOST_PRODUCTS + 1
    return True, 0 if is_dense(network) else count_products(network)

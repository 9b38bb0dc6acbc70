"""The only code that changes Keras' global state, and the caller's generators, for a while."""

from __future__ import annotations

import random
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import numpy as np

from skdigits.architectures._precision import in_precision

# Held while the global generators are seeded. A build function may itself fit a classifier.
_building = threading.RLock()


@contextmanager
def seeded_globals(seed: int, dtype: str) -> Iterator[None]:
    """Seed the generators of initializers and set the precision; restore both afterwards."""
    import keras

    # Keras draws the seed of an unseeded layer from Python's global generator, and calls a new
    # recurrent layer once, whose dropout draws from PyTorch's.
    torch = sys.modules["torch"] if keras.config.backend() == "torch" else None
    with _building, torch.random.fork_rng(devices=[]) if torch else nullcontext():
        python_state, numpy_state = random.getstate(), np.random.get_state()  # noqa: NPY002
        policy = keras.config.dtype_policy()
        try:
            random.seed(seed)
            np.random.seed(seed)  # noqa: NPY002
            if torch:
                torch.default_generator.manual_seed(seed)
            keras.config.set_dtype_policy(dtype)
            with in_precision(dtype):
                yield
        finally:
            random.setstate(python_state)
            np.random.set_state(numpy_state)  # noqa: NPY002
            keras.config.set_dtype_policy(policy)

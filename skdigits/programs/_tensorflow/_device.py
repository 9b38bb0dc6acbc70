"""The devices and the threads that TensorFlow computes with."""

from __future__ import annotations

import os

import tensorflow as tf
from joblib import cpu_count


def find_device() -> None:
    """Return no device: a program takes that of each call."""


def count_threads() -> int:
    """Return the number of threads of an operation."""
    # 0 stands for one thread per processor.
    granted: int = tf.config.threading.get_intra_op_parallelism_threads()
    return granted or cpu_count()


def _limit_threads() -> None:
    """Limit the number of threads to OMP_NUM_THREADS, which joblib sets in its workers."""
    granted = os.environ.get("OMP_NUM_THREADS", "")
    if granted.isdigit():
        try:
            tf.config.threading.set_intra_op_parallelism_threads(int(granted))
            tf.config.threading.set_inter_op_parallelism_threads(int(granted))
        except RuntimeError:
            pass  # TensorFlow is running already: the user's own settings stand.


_limit_threads()

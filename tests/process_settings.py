"""What belongs to a whole process, and what no call may change for good."""

import random
import signal
import sys
import threading
import warnings

import joblib
import numpy as np
import sklearn
from threadpoolctl import threadpool_info


def n_threads_of_blas():
    return {one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"}


def read_settings():
    keras = sys.modules.get("keras")
    return {
        "threads of BLAS": sorted(
            (one["filepath"], one["num_threads"]) for one in threadpool_info()
        ),
        "threads of Python": threading.active_count(),
        "filters of warnings": list(warnings.filters),
        "errors of NumPy": np.geterr(),
        "generator of NumPy": joblib.hash(np.random.get_state()),  # noqa: NPY002
        "generator of Python": random.getstate(),
        "scikit-learn": sklearn.get_config(),
        "Keras": keras and (keras.config.floatx(), keras.config.dtype_policy().name),
        "handler of Ctrl-C": signal.getsignal(signal.SIGINT),
    }

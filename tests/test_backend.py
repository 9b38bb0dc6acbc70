"""programs/_backend: the backend keeps to what it is granted. Its errors: test_bad_input.py."""

import os
import subprocess
import sys

import pytest

PROGRAM = """
import numpy as np
from skdigits import KerasDigitClassifier
KerasDigitClassifier("lenet5", epochs=1).fit(np.eye(4, 64), [0, 0, 1, 1])
import tensorflow as tf
threading = tf.config.threading
print(threading.get_intra_op_parallelism_threads(), threading.get_inter_op_parallelism_threads())
"""


@pytest.mark.parametrize(("granted", "expected"), [("1", "1 1"), ("", "0 0")])
def test_threads_granted_are_the_threads_used(granted, expected):
    environment = {**os.environ, "OMP_NUM_THREADS": granted}
    command = [sys.executable, "-c", PROGRAM]
    output = subprocess.run(
        command, env=environment, check=True, capture_output=True, text=True
    ).stdout
    assert output.split("\n")[-2] == expected, "0 is TensorFlow's word for all processors"

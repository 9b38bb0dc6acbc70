"""export/_records: what a page is made of."""

from base64 import b64decode

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.pipeline import make_pipeline
from small_networks import small

from skdigits import PixelScaler
from skdigits.architectures.layers import BatchNormalization, Dense
from skdigits.export._records import record, steps_of


def unpacked(weight, bits):
    packed = np.unpackbits(np.frombuffer(b64decode(weight["values"]), np.uint8))
    n_numbers = int(np.prod(weight["shape"]))
    digits = packed[: n_numbers * bits].reshape(n_numbers, bits).astype(np.int64)
    numbers = digits @ (1 << np.arange(bits)[::-1]) - (2 ** (bits - 1) - 1)
    scales = np.frombuffer(b64decode(weight["scales"]), "<f4")
    return numbers.reshape(weight["shape"]) * scales


@pytest.mark.parametrize("bits", [8, 11, 16, 24])
def test_kernels_are_rounded_and_biases_are_not(bits):
    random = np.random.default_rng(0)
    kernel, bias = random.normal(size=(7, 5)).astype(np.float32), np.arange(5, dtype=np.float32)
    described = record((Dense(5, "relu"), (kernel, bias)), bits)
    assert (described["kind"], described["units"], described["activation"]) == ("Dense", 5, "relu")
    by_bits, exact = described["weights"]
    assert_allclose(
        unpacked(by_bits, bits), kernel, rtol=0, atol=abs(kernel).max() / 2 ** (bits - 1)
    )
    assert_array_equal(np.frombuffer(b64decode(exact["values"]), "<f4"), bias)


def test_scaling_is_the_first_layer(X, y):
    """Pixels of a page go from 0, paper, to 1, ink."""
    pipeline = make_pipeline(PixelScaler((0, 16), (-1, 1)), small()).fit(16 * X, y)
    (layer, (factor, shift)), *_ = steps_of(pipeline)[1]
    assert type(layer) is BatchNormalization
    assert_allclose((factor, shift), np.broadcast_to([[2.0], [-1.0]], (2, 64)))

"""Arrays reach TensorFlow whole, in one copy, at an address its kernels accept."""

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra import numpy as arrays
from numpy.testing import assert_array_equal

tf = pytest.importorskip("tensorflow")
from skdigits.programs._tensorflow._tensors import copy_to_tensor  # noqa: E402


@given(
    arrays.arrays(
        st.sampled_from([np.float32, np.float64, np.int32, np.uint8]),
        arrays.array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=9),
        elements=st.integers(0, 100),
    ),
    st.sampled_from([tf.float32, tf.float64, tf.int32]),
)
def test_values_shape_and_dtype_are_kept(array, dtype):
    tensor = copy_to_tensor(array, dtype)
    assert tensor.dtype == dtype
    assert_array_equal(tensor.numpy(), array.astype(dtype.as_numpy_dtype))


@pytest.mark.parametrize("offset", range(0, 64, 4))
def test_kernels_accept_it_whatever_the_address_of_the_array(offset):
    memory = np.arange(0, 400, dtype=np.uint8)
    array = memory[offset : offset + 160].view(np.float32)
    tensor = copy_to_tensor(array, tf.float32)
    # Slicing is one of the kernels that abort on memory that is not aligned.
    assert_array_equal(tensor[3:].numpy(), array[3:])


def test_views_and_read_only_arrays():
    array = np.arange(60, dtype=np.float32).reshape(6, 10)
    array.flags.writeable = False
    assert_array_equal(copy_to_tensor(array.T[::2], tf.float32).numpy(), array.T[::2])


def test_later_changes_of_the_array_do_not_show():
    array = np.zeros(1000, np.float32)
    tensor = copy_to_tensor(array, tf.float32)
    array[:] = 1
    assert not tensor.numpy().any()


@pytest.mark.parametrize("on_gpu", [False, True])
@pytest.mark.parametrize("n_rows", [3, 4, 9])
def test_rows_of_zeros_fill_up(n_rows, on_gpu, monkeypatch):
    if on_gpu:
        monkeypatch.setattr(tf.config, "list_logical_devices", lambda kind: ["a device"])
    array = np.arange(1, 7, dtype=np.float32).reshape(3, 2)
    filled = copy_to_tensor(array, tf.float32, n_rows).numpy()
    assert filled.shape == (n_rows, 2)
    assert_array_equal(filled[:3], array)
    assert not filled[3:].any()

"""programs/_torch/_programs: devices, and PyTorch's global generator."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from skdigits import KerasDigitClassifier
from skdigits._keras_backend import name_backend

torch = pytest.importorskip("torch")
if name_backend() != "torch":
    pytest.skip("needs Keras on PyTorch", allow_module_level=True)

import keras  # noqa: E402

from skdigits.architectures import MLP  # noqa: E402
from skdigits.programs._cache import ProgramCache  # noqa: E402
from skdigits.programs._setting import set_backend  # noqa: E402


def recurrent(image_shape, n_classes):
    inputs = keras.Input(image_shape)
    rows = keras.layers.Reshape(image_shape[:2])(inputs)
    read = keras.layers.LSTM(8, dropout=0.3)(rows)
    return keras.Model(inputs, keras.layers.Dense(n_classes)(read))


def test_recurrent_dropout_is_reproducible_and_leaves_the_global_generator_alone(X, y):
    fitted = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        state = torch.get_rng_state()
        classifier = KerasDigitClassifier(recurrent, epochs=2, random_state=0).fit(X, y)
        assert torch.equal(state, torch.get_rng_state())
        fitted.append(classifier.predict_proba(X))
    assert_array_equal(*fitted)


def test_a_program_is_used_on_its_own_device_only():
    network = MLP((4,)).network((8, 8, 1), 10)
    cache = ProgramCache()
    with set_backend("torch"):
        here = cache.forward(network, 1)
        with keras.device("meta"):
            elsewhere = cache.forward(network, 1)
            assert elsewhere is not here
            assert elsewhere is cache.forward(network, 1)
        assert cache.forward(network, 1) is here
    assert np.isfinite(here(network.draw_weights(np.random.RandomState(0)), np.ones((1, 64)))).all()

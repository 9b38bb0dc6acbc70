import hypothesis
import keras
import numpy as np
import pytest
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.model_selection import ParameterGrid

from skdigits import KerasDigitClassifier
from skdigits.architectures import (
    ARCHITECTURES,
    MLP,
    Architecture,
    ConvNet,
    DeepConvNet,
    LeNet5,
    Softmax,
    SpikingNet,
    resolve_architecture,
)

EVERY_PARAMETER = [
    Softmax(),
    MLP((7, 5), activation="tanh", normalization="batch", dropout=0.25),
    LeNet5(activation="relu", pooling="max", dropout=0.5),
    ConvNet(
        [4, (5, 6)],
        kernel_size=(3, 5),
        pool_size=3,
        padding="same",
        hidden_layer_sizes=(9,),
        activation="gelu",
        normalization="layer",
        pool_dropout=0.1,
        dropout=0.3,
    ),
    DeepConvNet([4, (5, 6)], kernel_size=(3, 5), padding=["valid"], activation="gelu", dropout=0.1),
    SpikingNet((3, 4), kernel_size=3, n_steps=3, decay=0.25),
]
SMALL = [
    Softmax(),
    MLP((6,)),
    LeNet5(),
    ConvNet((2, 3), hidden_layer_sizes=()),
    DeepConvNet((2, 3)),
    SpikingNet((2, 3), kernel_size=3, n_steps=2),
]

PLAIN = {"kernel_size": 3, "padding": "valid", "normalization": None}

by_name = pytest.mark.parametrize("architecture", EVERY_PARAMETER, ids=repr)
small_by_name = pytest.mark.parametrize("architecture", SMALL, ids=repr)


def layer_types(network):
    return [type(layer).__name__ for layer in network.layers]


def computation(network):
    """What the layers say of themselves, without the names that Keras numbers and their seeds."""
    return [
        (type(layer), {k: v for k, v in layer.get_config().items() if k not in ("name", "seed")})
        for layer in network.layers
    ]


def test_large_tutorial_network_has_its_published_number_of_parameters():
    large = ConvNet([(32, 64)], **PLAIN, pool_dropout=0.25, dropout=0.5)
    # 320 + 18,496 in the convolutions, 12*12*64 -> 256 -> 10 in the dense layers.
    assert large((28, 28, 1), 10).count_params() == 2_380_938


def test_small_tutorial_network_has_its_published_number_of_parameters():
    small = ConvNet([32], **PLAIN, hidden_layer_sizes=(128,))
    assert small((28, 28, 1), 10).count_params() == 693_962


@pytest.mark.parametrize(
    ("architecture", "n_parameters"),
    [
        (Softmax(), 784 * 10 + 10),
        (MLP(), 784 * 128 + 128 + 128 * 10 + 10),
        (MLP(()), 784 * 10 + 10),
        (LeNet5(), 61_706),
        (SpikingNet((16,), kernel_size=5), 25 * 16 + 4 * 16 + 14 * 14 * 16 * 10 + 10),
        (LeNet5(pooling="max", activation="relu", dropout=0.5), 61_706),
        (MLP((16,), normalization="layer"), 784 * 16 + 2 * 16 + 16 * 10 + 10),
        (MLP((16,), normalization="batch"), 784 * 16 + 4 * 16 + 16 * 10 + 10),
        (
            ConvNet([3], kernel_size=5, hidden_layer_sizes=(), normalization=None),
            5 * 5 * 3 + 3 + 12 * 12 * 3 * 10 + 10,
        ),
    ],
    ids=repr,
)
def test_parameters_of_mnist_networks(architecture, n_parameters):
    assert architecture((28, 28, 1), 10).count_params() == n_parameters


def test_names_are_the_architectures_with_their_defaults(digits):
    X, y = digits
    classes = [ConvNet, DeepConvNet, LeNet5, MLP, Softmax, SpikingNet]
    assert {cls.__name__.lower(): cls for cls in classes} == ARCHITECTURES
    for name in ("mlp", "softmax"):
        by_name = KerasDigitClassifier(name, epochs=1, random_state=0).fit(X[:32], y[:32])
        by_object = KerasDigitClassifier(ARCHITECTURES[name](), epochs=1, random_state=0)
        by_object.fit(X[:32], y[:32])
        assert repr(by_name.architecture_) == repr(by_object.architecture_)
        for one, other in zip(by_name.weights_, by_object.weights_, strict=True):
            assert_array_equal(one, other)


@by_name
def test_parameters_survive_clone_repr_and_set_params(architecture):
    parameters = architecture.get_params()
    assert clone(architecture).get_params() == parameters
    assert clone(architecture) is not architecture
    names = {type(a).__name__: type(a) for a in EVERY_PARAMETER}
    assert eval(repr(architecture), names).get_params() == parameters
    assert type(architecture)().set_params(**parameters).get_params() == parameters


@by_name
def test_every_parameter_counts(architecture):
    network = computation(architecture((28, 28, 1), 10))
    assert computation(clone(architecture)((28, 28, 1), 10)) == network
    for name, value in type(architecture)().get_params().items():
        changed = clone(architecture).set_params(**{name: value})
        assert computation(changed((28, 28, 1), 10)) != network


def test_unknown_parameter_is_refused():
    with pytest.raises(ValueError, match="Invalid parameter 'filters'"):
        MLP().set_params(filters=(8,))


def test_parameters_can_be_searched_through_the_classifier(digits):
    X, y = digits
    classifier = KerasDigitClassifier(ConvNet((2,), kernel_size=3), epochs=1, random_state=0)
    grid = ParameterGrid({"architecture__filters": [(2,), (3,)]})
    n_filters = []
    for parameters in grid:
        candidate = clone(classifier).set_params(**parameters).fit(X[:32], y[:32])
        n_filters.append(candidate.weights_[0].shape[-1])
    assert n_filters == [2, 3]
    assert classifier.architecture.filters == (2,)


@small_by_name
@pytest.mark.parametrize("image_shape", [(8, 8, 1), (28, 28, 1), (12, 9, 3), (2, 2, 1), (1, 1, 1)])
def test_images_of_any_size_become_logits(architecture, image_shape):
    network = architecture(image_shape, 7)
    logits = keras.ops.convert_to_numpy(network(np.zeros((2, *image_shape), np.float32)))
    assert logits.shape == (2, 7)
    assert network.layers[-1].name == "logits"
    assert network.layers[-1].activation is keras.activations.linear


@pytest.mark.parametrize(
    ("architecture", "types"),
    [
        (Softmax(), ["Flatten", "Dense"]),
        (MLP((4,)), ["Flatten", "Dense", "Activation", "Dense"]),
        (
            MLP((4,), normalization="batch", dropout=0.5),
            ["Flatten", "Dense", "BatchNormalization", "Activation", "Dropout", "Dense"],
        ),
        (
            ConvNet([(2, 3)], kernel_size=3, normalization="layer", pool_dropout=0.1, dropout=0.5),
            [
                *["Conv2D", "LayerNormalization", "Activation"],
                *["Conv2D", "MaxPooling2D", "LayerNormalization", "Activation"],
                *["Dropout", "Flatten"],
                *["Dense", "LayerNormalization", "Activation", "Dropout", "Dense"],
            ],
        ),
        (
            ConvNet([2], kernel_size=3, pool_size=1, hidden_layer_sizes=()),
            ["Conv2D", "BatchNormalization", "Activation", "Flatten", "Dense"],
        ),
    ],
    ids=repr,
)
def test_layers_come_in_order(architecture, types):
    assert layer_types(architecture((8, 8, 1), 10)) == types


def test_normalized_layers_have_no_bias_of_their_own():
    network = MLP((4,), normalization="batch")((8, 8, 1), 10)
    assert [layer.use_bias for layer in network.layers if "Dense" in type(layer).__name__] == [
        False,
        True,
    ]


def test_dropout_rates_are_as_asked_for():
    network = ConvNet([2, 2], pool_dropout=0.125, dropout=0.5)((8, 8, 1), 10)
    rates = [layer.rate for layer in network.layers if isinstance(layer, keras.layers.Dropout)]
    assert rates == [0.125, 0.125, 0.5]


def test_lenet5_has_the_layers_of_the_paper():
    network = LeNet5()((28, 28, 1), 10)
    shapes = [layer.output.shape[1:] for layer in network.layers]
    assert shapes[:5] == [(28, 28, 6), (14, 14, 6), (10, 10, 16), (5, 5, 16), (400,)]
    assert shapes[5:] == [(120,), (120,), (84,), (84,), (10,)]


def test_kernel_sizes_go_with_the_stages_and_the_last_one_on():
    network = ConvNet([2, (3, 4), 5], kernel_size=(5, 3))((28, 28, 1), 10)
    convolutions = [layer for layer in network.layers if isinstance(layer, keras.layers.Conv2D)]
    assert [c.kernel_size for c in convolutions] == [(5, 5), (3, 3), (3, 3), (3, 3)]
    assert [c.filters for c in convolutions] == [2, 3, 4, 5]


@pytest.mark.parametrize("image_shape", [(1, 30, 1), (30, 1, 1)])
@pytest.mark.parametrize("architecture", [LeNet5(), ConvNet()], ids=repr)
def test_convolutions_refuse_rows_that_are_no_images(architecture, image_shape):
    with pytest.raises(ValueError, match=r"rows of 30 pixels.*image_shape=.*'mlp'"):
        architecture(image_shape, 10)


@pytest.mark.parametrize("architecture", [Softmax(), MLP((4,))], ids=repr)
def test_dense_networks_take_rows_of_any_width(architecture):
    assert architecture((1, 30, 1), 3).output_shape == (None, 3)


@pytest.mark.parametrize(
    ("architecture", "message"),
    [
        (MLP((0,)), r"hidden_layer_sizes must .* got \(0,\)"),
        (MLP((8.5,)), r"hidden_layer_sizes must .* got \(8.5,\)"),
        (MLP(64), "'hidden_layer_sizes' parameter of MLP .* Got 64"),
        (MLP(activation=3), "'activation' parameter of MLP .* Got 3"),
        (MLP(activation="rellu"), "rellu"),
        (MLP(normalization="group"), "'normalization' parameter of MLP .* Got 'group'"),
        (MLP(dropout=1.0), "'dropout' parameter of MLP .* Got 1.0"),
        (LeNet5(pooling="sum"), "'pooling' parameter of LeNet5 .* Got 'sum'"),
        (LeNet5(dropout=-0.1), "'dropout' parameter of LeNet5 .* Got -0.1"),
        (ConvNet((8, -1)), r"filters must .* got -1"),
        (ConvNet([(8, "x")], kernel_size=3), r"filters must .* got \(8, 'x'\)"),
        (ConvNet(8), "'filters' parameter of ConvNet .* Got 8"),
        (ConvNet(kernel_size=0), "'kernel_size' parameter of ConvNet .* Got 0"),
        (ConvNet(kernel_size=(3, 0)), r"kernel_size must .* got \(3, 0\)"),
        (ConvNet(kernel_size=()), r"kernel_size must .* got \(\)"),
        (ConvNet(pool_size=0), "'pool_size' parameter of ConvNet .* Got 0"),
        (ConvNet(padding="full"), "'padding' parameter of ConvNet .* Got 'full'"),
        (ConvNet(padding=("same", "full")), r"padding must .* got \('same', 'full'\)"),
        (DeepConvNet(padding=()), r"padding must not be empty, got \(\)"),
        (ConvNet(hidden_layer_sizes=(-3,)), r"hidden_layer_sizes must .* got \(-3,\)"),
        (ConvNet(pool_dropout=2), "'pool_dropout' parameter of ConvNet .* Got 2"),
    ],
    ids=repr,
)
def test_bad_parameter_is_named_with_its_value(architecture, message):
    with pytest.raises(ValueError, match=message):
        architecture((8, 8, 1), 10)


@pytest.mark.parametrize(
    ("image_shape", "expected"),
    [
        ((28, 28, 1), ConvNet),
        ((8, 8, 1), ConvNet),
        ((8, 8, 3), ConvNet),
        ((7, 7, 1), MLP),
        ((28, 27, 1), MLP),
        ((1, 784, 1), MLP),
        ((1, 1, 1), MLP),
    ],
)
def test_auto_takes_convolutions_for_squares_of_at_least_8x8(image_shape, expected):
    chosen = resolve_architecture("auto", image_shape)
    assert type(chosen) is expected
    assert chosen.get_params() == expected().get_params()


def test_user_architecture_needs_only_its_layers(digits):
    class TwoLayers(Architecture):
        def __init__(self, n_neurons=3):
            self.n_neurons = n_neurons

        def layers(self, image_shape):
            return [keras.layers.Flatten(), keras.layers.Dense(self.n_neurons)]

    X, y = digits
    classifier = KerasDigitClassifier(TwoLayers(5), epochs=1, random_state=0).fit(X[:32], y[:32])
    assert [weight.shape for weight in classifier.weights_] == [(64, 5), (5,), (5, 10), (10,)]
    assert classifier.get_params()["architecture__n_neurons"] == 5


def test_sizes_may_be_integers_of_numpy():
    same = [
        (MLP((np.int64(16),)), MLP(np.array([16])), MLP((16,))),
        (
            ConvNet([np.array([4, 4])], kernel_size=np.int64(3)),
            ConvNet([[4, 4]], kernel_size=np.array([3])),
            ConvNet([(4, 4)], kernel_size=3),
        ),
    ]
    for architectures in same:
        counts = {network((8, 8, 1), 10).count_params() for network in architectures}
        assert len(counts) == 1


def test_padding_may_differ_from_stage_to_stage():
    network = DeepConvNet(((4,), (4, 4), (4, 4)), padding=("valid", "valid", "same"))
    model = network((28, 28, 1), 10)
    sides = [it.output.shape[1] for it in model.layers if isinstance(it, keras.layers.Conv2D)]
    assert sides == [24, 10, 8, 4, 4]


def test_networks_do_not_depend_on_the_image_data_format_of_keras():
    before = keras.config.image_data_format()
    keras.config.set_image_data_format("channels_first")
    try:
        shapes = [layer.output.shape for layer in ConvNet()((28, 28, 1), 10).layers]
    finally:
        keras.config.set_image_data_format(before)
    assert shapes == [layer.output.shape for layer in ConvNet()((28, 28, 1), 10).layers]


def _random_architecture(draw):
    """Any of the architectures, with small sizes."""
    sizes = st.lists(st.integers(1, 4), max_size=3)
    stages = st.lists(st.integers(1, 3) | st.lists(st.integers(1, 3), min_size=1, max_size=2))
    normalization = st.sampled_from([None, "batch", "layer"])
    kernel_size = st.integers(1, 4) | st.lists(st.integers(1, 4), min_size=1, max_size=2)
    known = st.sampled_from(["auto", "same", "valid"])
    padding = known | st.lists(known, min_size=1, max_size=2)
    return draw(
        st.one_of(
            st.just(Softmax()),
            st.just(LeNet5()),
            st.builds(lambda *a: MLP(a[0], normalization=a[1]), sizes, normalization),
            st.builds(
                lambda f, k, p, v, h, n: ConvNet(
                    f, kernel_size=k, pool_size=p, padding=v, hidden_layer_sizes=h, normalization=n
                ),
                stages.filter(lambda it: len(it) <= 3),
                kernel_size,
                st.integers(1, 3),
                padding,
                sizes,
                normalization,
            ),
            st.builds(
                lambda f, k, v: DeepConvNet(f, kernel_size=k, padding=v),
                stages.filter(lambda it: len(it) <= 3),
                kernel_size,
                padding,
            ),
            st.builds(
                lambda f, k: SpikingNet(f, kernel_size=k, n_steps=1),
                sizes.filter(bool),
                st.integers(1, 4),
            ),
        )
    )


@hypothesis.settings(max_examples=60)
@hypothesis.given(st.data())
def test_shapes_of_weights_are_those_that_keras_builds(data):
    architecture = _random_architecture(data.draw)
    image_shape = tuple(data.draw(st.tuples(*[st.integers(2, 11)] * 2, st.integers(1, 2))))
    n_classes = data.draw(st.integers(2, 4))
    built = [tuple(weight.shape) for weight in architecture(image_shape, n_classes).weights]
    described = architecture.network(image_shape, n_classes).weights
    assert [weight.shape for weight in described] == built


def test_shapes_of_weights_need_no_memory():
    weights = MLP((10**12, 10**12)).network((28, 28, 1), 10).weights
    assert weights[0].shape == (784, 10**12)


def test_architectures_of_ones_own_need_not_tell_shapes():
    class Own(Architecture):
        def layers(self, image_shape):
            return [keras.layers.DepthwiseConv2D(3)]

    assert Own().network((8, 8, 1), 10) is None


def test_stages_are_not_empty():
    with pytest.raises(ValueError, match="must not have an empty stage"):
        ConvNet([(2,), ()])((8, 8, 1), 10)


@pytest.mark.parametrize("kind", [MLP, LeNet5, ConvNet, DeepConvNet])
def test_activations_are_functions_of_a_tensor(kind):
    with pytest.raises(ValueError, match="activation='threshold' takes more than a tensor"):
        kind(activation="threshold")((8, 8, 1), 10)

"""Two networks compared without training: what counts as the same, and the first block that differs, in words."""

import keras
import pytest

from ccv.grading import assert_same_network, network_difference
from ccv.grading.mistakes.alike import same

L = keras.layers


def lenet(
    pool=L.AveragePooling2D,
    filters=(6, 16),
    kernels=(5, 5),
    activation="tanh",
    units=(120, 84),
    second="valid",
    end="softmax",
    shape=(32, 32, 1),
    strides=1,
    drop=None,
):
    x = inputs = keras.Input(shape)
    x = pool(2)(L.Conv2D(filters[0], kernels[0], activation=activation)(x))
    x = pool(2)(L.Conv2D(filters[1], kernels[1], strides=strides, padding=second, activation=activation)(x))
    x = L.Flatten()(x)
    for n in units:
        x = L.Dense(n, activation=activation)(x)
    x = L.Dropout(drop)(x) if drop else x
    return keras.Model(inputs, L.Dense(10, activation=end)(x))


def written_otherwise():
    """LeNet-5 as a Sequential of a nested model, with layers for activations and names of its own."""
    seeing = keras.Sequential(
        [
            keras.Input((32, 32, 1)),
            L.Conv2D(6, 5, name="first"),
            L.Activation("tanh"),
            L.AveragePooling2D(2, padding="same"),
            L.Conv2D(16, (5, 5), activation=keras.activations.tanh),
            L.AveragePooling2D((2, 2), strides=2),
        ]
    )
    deciding = [L.Flatten(), L.Dropout(0), L.Dense(120), L.Activation("tanh"), L.Dense(84, "tanh"), L.Flatten()]
    return keras.Sequential([keras.Input((32, 32, 1)), seeing, *deciding, L.Dense(10), L.Softmax()])


def residual(shortcut=True, merge=L.Add, projection=1, swap=False, functional_add=False, activation_after=True):
    inputs = keras.Input((8, 8, 4))
    x = L.BatchNormalization()(L.Conv2D(8, 3, padding="same", use_bias=False)(inputs))
    x = L.Conv2D(8, 3, padding="same")(L.ReLU()(x))
    if shortcut:
        other = L.Conv2D(8, projection, padding="same")(inputs)
        pair = [other, x] if swap else [x, other]
        x = pair[0] + pair[1] if functional_add else merge()(pair)
    if activation_after:
        x = L.Activation("relu")(x)
    return keras.Model(inputs, L.GlobalAveragePooling2D()(x))


def identity_block():
    inputs = keras.Input((8, 8, 4))
    return keras.Model(inputs, L.ReLU()(L.Add()([inputs, L.Conv2D(4, 3, padding="same")(inputs)])))


def crossing(cross):
    """Two pairs of equal convolutions in a row; the shortcut starts after the first, or after the second."""
    inputs = keras.Input((8, 8, 4))
    a = L.Conv2D(4, 3, padding="same")(inputs)
    b = L.Conv2D(4, 3, padding="same")(a)
    c = L.Conv2D(4, 3, padding="same")(b)
    return keras.Model(inputs, L.Add()([c, b if cross else a]))


def siamese(shared):
    one, two = keras.Input((4,)), keras.Input((4,))
    first = L.Dense(3)
    second = first if shared else L.Dense(3)
    return keras.Model([one, two], L.Subtract()([first(one), second(two)]))


SAME = {
    "itself": (lenet, lenet),
    "nested, sequential, layers for activations": (written_otherwise, lenet),
    "swapped summands": (lambda: residual(swap=True), residual),
    "the plus sign": (lambda: residual(functional_add=True), residual),
    "shared layers": (lambda: siamese(True), lambda: siamese(True)),
}


@pytest.mark.parametrize("case", SAME)
def test_what_counts_as_the_same(case):
    mine, wanted = (make() for make in SAME[case])
    assert network_difference(mine, wanted) is None
    assert network_difference(wanted, mine) is None


# The student's model, the reference, what the message must say, and what it must not.
DIFFERENT = {
    "max for average": (
        lambda: lenet(pool=L.MaxPooling2D),
        lenet,
        "layer 2, MaxPooling2D(2x2), stands where another kind of pooling layer is asked for (and 1 more difference",
        "Average",
    ),
    "kernel": (
        lambda: lenet(kernels=(5, 3)),
        lenet,
        "layer 3, Conv2D(16, 3x3), should have another kernel size; it learns (3x3x6 + 1) x 16 = 880 parameters, "
        "on 14x14x6 from layer 2, AveragePooling2D(2x2)",
        "5x5",
    ),
    "filters": (
        lambda: lenet(filters=(16, 6)),
        lenet,
        "layer 1, Conv2D(16, 5x5), should have another number of filters; it learns (5x5x1 + 1) x 16 = 416 parameters, "
        "on 32x32x1 from the input (and 1 more difference after it)",
        "156",
    ),
    "stride": (lambda: lenet(strides=2), lenet, "layer 3, Conv2D(16, 5x5, stride 2), should have another stride", None),
    "padding": (
        lambda: lenet(second="same"),
        lenet,
        "layer 3, Conv2D(16, 5x5, padding 'same'), should have another padding",
        "valid",
    ),
    "activation": (
        lambda: lenet(activation="relu"),
        lenet,
        "the activation 'relu' of layer 1, Conv2D(6, 5x5), is not the one that is asked for (and 3 more",
        "tanh",
    ),
    "no softmax": (
        lambda: lenet(end=None),
        lenet,
        "layer 8, Dense(10), has no activation, and one is asked",
        "softmax",
    ),
    "softmax too much": (lenet, lambda: lenet(end=None), "has the activation 'softmax', and none is asked for", None),
    "a layer missing": (
        lambda: lenet(units=(120,)),
        lenet,
        "a dense layer is missing",
        "84",
    ),
    "a layer too many": (
        lambda: lenet(units=(120, 99, 84)),
        lenet,
        "layer 7, Dense(99), is not asked for; it learns (120 + 1) x 99 = 11,979",
        None,
    ),
    "dropout": (lambda: lenet(drop=0.5), lenet, "layer 8, Dropout(0.5), is not asked for", None),
    "input": (lambda: lenet(shape=(28, 28, 1)), lenet, "it takes inputs of shape (28, 28, 1), which is not", "32"),
    "no shortcut": (
        lambda: residual(shortcut=False),
        residual,
        "a branch is missing that begins with a convolution: is it a",
        None,
    ),
    "concatenated": (
        lambda: residual(merge=L.Concatenate),
        residual,
        "Concatenate, stands where another kind of merge of branches is asked for",
        "Add",
    ),
    "no shortcut of the input itself": (
        lambda: keras.Sequential([keras.Input((8, 8, 4)), L.Conv2D(4, 3, padding="same"), L.ReLU()]),
        identity_block,
        "after layer 1, Conv2D(4, 3x3, padding 'same'), a merge of branches is missing: a shortcut should end here",
        None,
    ),
    "projection": (
        lambda: residual(projection=3),
        residual,
        "Conv2D(8, 3x3, padding 'same'), should have another kernel size; it learns "
        "(3x3x4 + 1) x 8 = 296 parameters, on 8x8x4 from the input",
        "1x1",
    ),
    "shortcut from elsewhere": (
        lambda: crossing(True),
        lambda: crossing(False),
        "Add, reads from layer 3, Conv2D(4, 3x3, padding 'same') and layer 2, Conv2D(4, 3x3, padding 'same'); one of",
        None,
    ),
    "not shared": (lambda: siamese(False), lambda: siamese(True), "has weights of its own", None),
    "unbuilt": (lambda: keras.Sequential([L.Dense(3)]), lenet, "it has no weights yet", None),
    "no model": (lambda: None, lenet, "it is no Keras model; is there a `return`?", None),
}


@pytest.mark.parametrize("case", DIFFERENT)
def test_the_first_difference_is_named(case):
    mine, wanted, says, hides = DIFFERENT[case]
    with pytest.raises(AssertionError) as error:
        assert_same_network(mine(), wanted(), "your network")
    message = str(error.value)
    assert message.startswith("your network: ") and says in message, message
    assert hides is None or hides not in message, message


def test_a_lab_may_reveal_what_its_text_says_anyway():
    said = network_difference(lenet(kernels=(5, 3)), lenet(), reveal=True)
    assert "another kernel size (kernel size 5x5)" in said
    assert "is asked for: AveragePooling2D(2x2)" in network_difference(lenet(pool=L.MaxPooling2D), lenet(), reveal=True)


def test_what_a_lab_leaves_out_is_not_compared():
    regular = keras.Sequential([keras.Input((4,)), L.Dense(2, kernel_regularizer="l2", use_bias=False)])
    plain = keras.Sequential([keras.Input((4,)), L.Dense(2)])
    assert "regulariser" in network_difference(regular, plain)
    assert network_difference(regular, plain, ignore=("regularizers", "use_bias")) is None
    assert network_difference(lenet(drop=0.3), lenet(), ignore=("Dropout",)) is None
    assert network_difference(lenet(activation="relu"), lenet(), ignore=("activation",)) is None


def test_a_missing_layer_in_a_deep_network_is_found_where_it_is():
    def vgg(repeats):
        x = inputs = keras.Input((32, 32, 3))
        for block, count in enumerate(repeats):
            for _ in range(count):
                x = L.Conv2D(4 * 2**block, 3, padding="same", activation="relu")(x)
            x = L.MaxPooling2D(2)(x)
        return keras.Model(inputs, x)

    said = network_difference(vgg((2, 2, 2, 3)), vgg((2, 2, 3, 3)))
    assert said.startswith("the network: after layer 8, Conv2D(16, 3x3, padding 'same'), a convolution is missing"), (
        said
    )


def test_models_nested_without_measure_are_refused_in_time():
    inner = keras.Sequential([keras.Input((2,)), L.Dense(2), L.Dense(2)])
    for _ in range(12):
        inputs = keras.Input((2,))
        inner = keras.Model(inputs, inner(inner(inputs)))
    assert "more than 2,000 layers" in network_difference(inner, lenet())


def branches(order, second=5):
    inputs = keras.Input((8, 8, 3))
    small, large = L.Conv2D(4, 3, padding="same")(inputs), L.Conv2D(6, second, padding="same")(inputs)
    return keras.Model(inputs, L.Concatenate()([(small, large)[i] for i in order]))


def test_branches_in_another_order_are_told_as_such():
    assert network_difference(branches((0, 1)), branches((0, 1))) is None
    assert "joins its branches in another order" in network_difference(branches((1, 0)), branches((0, 1)))
    assert "kernel size" in network_difference(branches((0, 1), second=7), branches((0, 1)))


def test_models_that_do_not_know_their_inputs_are_told_apart_by_their_layers():
    one, alike, other = (keras.Sequential(layers) for layers in ([L.Conv2D(3, 3)], [L.Conv2D(3, 3)], [L.Dense(3)]))
    assert same(one, alike) and not same(one, other)
    assert not same(one, branches((0, 1))) and not same(branches((0, 1)), one)
    assert same(branches((0, 1)), branches((0, 1))) and not same(branches((0, 1)), branches((1, 0)))


def headed(*end, dropout=0.5, activation="softmax"):
    """A small network with an end of its own."""
    maps = [keras.Input((8, 6, 3)), L.Conv2D(4, 3, padding="same", activation="relu")]
    return keras.Sequential([*maps, *end, L.Dropout(dropout), L.Dense(5, activation=activation)])


def zeros_first():
    return keras.Sequential(
        [
            *(keras.Input((8, 6, 3)), L.ZeroPadding2D(1), L.Conv2D(4, 3, activation="relu")),
            *(L.GlobalAveragePooling2D(), L.Dropout(0.5), L.Dense(5), L.Softmax(axis=1)),
        ]
    )


def convolved():
    end = [L.GlobalAveragePooling2D(keepdims=True), L.Dropout(0.5), L.Conv2D(5, 1, activation="softmax"), L.Flatten()]
    return keras.Sequential([keras.Input((8, 6, 3)), L.Conv2D(4, 3, padding="same", activation="relu"), *end])


OTHER_WAYS = {
    "pooled, and flat by itself": lambda: headed(L.GlobalAveragePooling2D(keepdims=True), L.Flatten()),
    "one pool over all": lambda: headed(L.AveragePooling2D((8, 6)), L.Flatten()),
    "in a row first": lambda: headed(L.Reshape((48, 4)), L.GlobalAveragePooling1D()),
    "zeros before a valid convolution": zeros_first,
    "a convolution for a dense layer": convolved,
}


@pytest.mark.parametrize("way", OTHER_WAYS)
def test_other_layers_that_compute_the_same_are_the_same(way):
    assert_same_network(OTHER_WAYS[way](), headed(L.GlobalAveragePooling2D()))


@pytest.mark.parametrize(
    "mine",
    [
        lambda: headed(L.GlobalMaxPooling2D()),
        lambda: headed(L.GlobalAveragePooling2D(keepdims=True), L.Flatten(), dropout=0.4),
        lambda: headed(L.GlobalAveragePooling2D(keepdims=True), L.Flatten(), activation="sigmoid"),
        lambda: headed(L.AveragePooling2D((8, 5)), L.Flatten()),
        lambda: headed(L.Dropout(0.5), L.GlobalAveragePooling2D(), dropout=0),
        lambda: keras.Sequential([*headed(L.GlobalAveragePooling2D(), dropout=0).layers, L.Dropout(0.5)]),
    ],
    ids=[
        "the maximum",
        "drops another share",
        "another activation",
        "a column left out",
        "drops places",
        "drops classes",
    ],
)
def test_what_computes_or_trains_otherwise_is_not(mine):
    with pytest.raises(AssertionError):
        assert_same_network(mine(), headed(L.GlobalAveragePooling2D()))


@pytest.mark.parametrize(
    ("size", "stride", "dilation", "alike"), [(2, 2, 1, True), (2, 3, 1, True), (3, 2, 1, False), (2, 1, 2, False)]
)
def test_stamps_that_do_not_overlap_have_no_padding(size, stride, dilation, alike):
    def grown(padding):
        options = {"strides": stride, "dilation_rate": dilation, "padding": padding}
        return headed(L.Conv2DTranspose(4, size, **options), L.GlobalAveragePooling2D())

    assert (network_difference(grown("same"), grown("valid")) is None) is alike


@pytest.mark.parametrize("axis", [3, -1])
def test_the_last_axis_has_two_numbers(axis):
    def joined(axis):
        image = keras.Input((8, 8, 2))
        x = L.Concatenate(axis=axis)([L.Conv2D(2, 3, padding="same")(image), image])
        return keras.Model(image, L.BatchNormalization(axis=axis)(x))

    assert network_difference(joined(axis), joined(-1)) is None
    assert network_difference(joined(2), joined(-1)) is not None

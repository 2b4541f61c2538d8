"""Models come over in one flat graph of Keras's own layers, however they were built, and compute the same."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from ccv.grading import network_difference
from ccv.grading.border import wire
from ccv.grading.networks import recognition
from ccv.grading.networks.portable import portable
from ccv.grading.networks.recognition import recognized

tf = pytest.importorskip("tensorflow")
SHAPE = (12, 12, 3)


def wanted():
    """Two convolutions with ReLU and pooling, a dense layer and softmax, as the course writes it."""
    return keras.Sequential(
        [
            keras.Input(SHAPE),
            layers.Conv2D(4, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(6, 3, padding="same", activation="relu"),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(5, activation="softmax"),
        ]
    )


def listed(relu="relu", softmax="softmax"):
    return [
        layers.Conv2D(4, 3, activation=relu),
        layers.MaxPooling2D(2),
        layers.Conv2D(6, 3, padding="same", activation=relu),
        layers.Flatten(),
        layers.Dropout(0.5),
        layers.Dense(5, activation=softmax),
    ]


def flat(*made):
    return keras.Sequential([keras.Input(SHAPE), *made])


def nested_sequential():
    parts = listed()
    return flat(keras.Sequential(parts[:2]), keras.Sequential([keras.Sequential(parts[2:4]), *parts[4:]]))


def blocks_of_one_name():
    parts = [keras.Sequential([part], name=None) for part in listed()]
    parts[0].layers[0].name = parts[2].layers[0].name = "conv"
    return flat(*parts)


def nested_functional():
    image = keras.Input(SHAPE)
    features = keras.Input(SHAPE)
    x = features
    parts = listed()
    for part in parts[:4]:
        x = part(x)
    body = keras.Model(features, x)
    return keras.Model(image, parts[5](parts[4](body(image))))


def functions_of_keras():
    x = image = keras.Input(SHAPE)
    parts = listed(None, None)
    x = keras.activations.relu(parts[0](x))
    x = ops.max_pool(x, 2, 2)
    x = ops.maximum(parts[2](x), 0)
    x = parts[4](ops.reshape(x, (-1, 5 * 5 * 6)))
    return keras.Model(image, ops.softmax(parts[5](x)))


def lambdas_as_layers():
    parts = listed(None, None)
    relu = [layers.Lambda(tf.nn.relu), layers.Lambda(lambda t: t * ops.cast(t > 0, "float32"))]
    softmax = layers.Lambda(lambda t: ops.exp(t) / ops.sum(ops.exp(t), -1, keepdims=True))
    return flat(parts[0], relu[0], parts[1], parts[2], relu[1], *parts[3:], softmax)


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.parts = listed()

    def call(self, x):
        for part in self.parts:
            x = part(x)
        return x


class HandsOnTraining(keras.Model):
    """Whose Sequential is told that it trains, and tells it to layers that do not ask."""

    def __init__(self):
        super().__init__()
        self.body = keras.Sequential(listed())

    def call(self, x, training=False):
        return self.body(x, training=training)


class WithTensorFlow(keras.Model):
    def __init__(self):
        super().__init__()
        self.first, _, self.second, _, self.drop, self.head = listed(None, None)

    @tf.function
    def call(self, x, training=False):
        x = tf.nn.max_pool2d(tf.nn.relu(self.first(x)), 2, 2, "VALID")
        x = tf.reshape(tf.maximum(self.second(x), 0.0), [tf.shape(x)[0], -1])
        return tf.nn.softmax(self.head(self.drop(x, training=training)))


class Block(layers.Layer):
    def __init__(self, filters, **options):
        super().__init__(**options)
        self.conv = layers.Conv2D(filters, 3, padding="same" if filters == 6 else "valid")

    def call(self, x):
        return tf.nn.relu(self.conv(x))


class Relu(layers.Layer):
    def call(self, x):
        return ops.where(x > 0, x, 0.0)


class FromWeights(layers.Layer):
    """A dense layer or a convolution from its weights up."""

    def __init__(self, units, side=None, padding="VALID", activation=None, **options):
        super().__init__(**options)
        self.units, self.side, self.padding, self.activate = units, side, padding, activation or (lambda x: x)

    def build(self, shape):
        self.bias = self.add_weight(shape=(self.units,), initializer="random_normal", name="bias")
        sides = (self.side, self.side) if self.side else ()
        self.kernel = self.add_weight(shape=(*sides, shape[-1], self.units), name="kernel")

    def call(self, x):
        move = (lambda x, k: tf.nn.conv2d(x, k, 1, self.padding)) if self.side else ops.matmul
        return self.activate(move(x, self.kernel) + self.bias)


class Convolution(layers.Conv2D):
    def __init__(self, filters, padding="valid"):
        super().__init__(filters, 3, padding=padding, activation="relu")


class Rectified(layers.Conv2D):
    def call(self, x):
        return ops.relu(super().call(x))


class Named(keras.Sequential):
    """Only a name of one's own."""


def built(model, once=True):
    if once:
        model(np.zeros((1, *SHAPE), "float32"))
    else:
        model.build((None, *SHAPE))
    return model


def compiled(model, loss):
    model.compile("adam", loss)
    return model


def own_relu(x):
    return (x + abs(x)) / 2


FORMS = {
    "nested Sequential": nested_sequential,
    "blocks whose layers have one name": blocks_of_one_name,
    "nested functional": nested_functional,
    "functions on tensors": functions_of_keras,
    "lambda layers": lambdas_as_layers,
    "a subclassed model, called": lambda: built(Subclassed()),
    "a subclassed model, built": lambda: built(Subclassed(), once=False),
    "a Sequential that is told of training": lambda: built(HandsOnTraining()),
    "a subclassed model inside": lambda: flat(Subclassed()),
    "TensorFlow's functions in a compiled call": lambda: built(WithTensorFlow()),
    "blocks as layers": lambda: flat(Block(4), layers.MaxPooling2D(2), Block(6), *listed()[3:]),
    "ReLU as a layer of one's own": lambda: flat(
        listed(None)[0], Relu(), listed()[1], listed(None)[2], Relu(), *listed()[3:]
    ),
    "a convolution of one's own": lambda: flat(Convolution(4), listed()[1], Convolution(6, "same"), *listed()[3:]),
    "layers from their weights up": lambda: flat(
        *(FromWeights(4, 3, activation=ops.relu), layers.MaxPooling2D(2), FromWeights(6, 3, "SAME"), layers.ReLU()),
        *(layers.Flatten(), layers.Dropout(0.5), FromWeights(5, activation=ops.softmax)),
    ),
    "a convolution that rectifies": lambda: flat(
        Rectified(4, 3), listed()[1], Rectified(6, 3, padding="same"), *listed()[3:]
    ),
    "a subclass of Sequential": lambda: Named([keras.Input(SHAPE), *listed()]),
    "tf.nn": lambda: flat(*listed(tf.nn.relu, tf.nn.softmax)),
    "keras.ops": lambda: flat(*listed(ops.relu, ops.softmax)),
    "a lambda": lambda: flat(*listed(lambda x: ops.maximum(x, 0), lambda x: tf.nn.softmax(x, -1))),
    "a function of one's own": lambda: flat(*listed(own_relu)),
    "Activation(tf.nn.relu)": lambda: flat(
        listed(None)[0],
        layers.Activation(tf.nn.relu),
        listed()[1],
        listed(None)[2],
        layers.Activation(own_relu),
        *listed()[3:],
    ),
    "layers as activations": lambda: flat(*listed(layers.ReLU())),
    "a loss of one's own": lambda: compiled(flat(*listed()), lambda true, made: ops.mean(made)),
    "beginnings of one's own": lambda: flat(
        layers.Conv2D(4, 3, activation="relu", kernel_initializer=lambda shape, dtype: ops.ones(shape) / 9),
        *listed()[1:],
    ),
}


def crossed(model, arguments=()):
    return wire.decode(wire.encode(portable(model, arguments)))


@pytest.mark.parametrize("form", FORMS)
def test_the_same_network_in_any_form_comes_as_one_flat_graph(form):
    keras.utils.set_random_seed(1)
    model = FORMS[form]()
    came = crossed(model)
    assert network_difference(came, wanted(), ignore=()) is None
    assert [layer.count_params() for layer in came.layers if layer.weights] == [112, 222, 755]
    assert not any(isinstance(layer, keras.Model) for layer in came.layers)
    images = np.random.default_rng(0).normal(size=(3, *SHAPE)).astype("float32")
    np.testing.assert_allclose(np.asarray(came(images)), np.asarray(model(images)), atol=1e-6)


def test_a_leaky_relu_of_keras_activations_is_handed_over():
    inputs = keras.Input(SHAPE)
    x = keras.activations.relu(layers.Conv2D(4, 3)(inputs), negative_slope=0.1)
    model = keras.Model(inputs, layers.Dense(5)(layers.Flatten()(x)))
    came, images = crossed(model), np.random.default_rng(0).normal(size=(3, *SHAPE)).astype("float32")
    np.testing.assert_allclose(np.asarray(came(images)), np.asarray(model(images)), atol=1e-5)


def bounded(activation):
    return [layers.Conv2D(4, 3), activation, layers.DepthwiseConv2D(3), activation, layers.Flatten(), layers.Dense(5)]


class Bounded(keras.Model):
    def __init__(self, activation):
        super().__init__()
        self.steps = bounded(activation)

    def call(self, x):
        for step in self.steps:
            x = step(x)
        return x


RELU6 = {
    "keras.activations": keras.activations.relu6,
    "keras.ops": ops.relu6,
    "a largest value": lambda x: keras.activations.relu(x, max_value=6.0),
    "tf.nn": lambda x: tf.nn.relu6(x),  # noqa: PLW0108 - looked up when it is called, as in a notebook
    "Lambda": lambda x: layers.Lambda(tf.nn.relu6)(x),  # noqa: PLW0108 - a layer for each place
    "Lambda of a lambda": lambda x: layers.Lambda(lambda t: tf.nn.relu6(t))(x),  # noqa: PLW0108 - as people write it
    "clip": lambda x: ops.clip(x, 0, 6),
    "minimum": lambda x: ops.minimum(ops.relu(x), 6.0),
}


@pytest.mark.parametrize(
    ("form", "functional"),
    [(form, functional) for form in RELU6 for functional in (True, False) if not (functional and form == "tf.nn")],
)
def test_a_relu_that_ends_at_6_does_so_where_no_number_was_seen_beyond(form, functional):
    keras.utils.set_random_seed(1)
    model = built(Bounded(RELU6[form]))
    if functional:
        x = inputs = keras.Input(SHAPE)
        for step in bounded(RELU6[form]):
            x = step(x)
        model = keras.Model(inputs, x)
    came = crossed(model)
    images = 1000 * np.random.default_rng(0).normal(size=(3, *SHAPE)).astype("float32")
    for net in (model, came):
        net.set_weights([20 * w for w in net.get_weights()])
    np.testing.assert_allclose(np.asarray(came(images)), np.asarray(model(images)), rtol=1e-4, atol=1e-3)


class Relu6(layers.Layer):
    def call(self, x):
        return ops.maximum(x, 0)


@pytest.mark.parametrize("own", ["a function", "a layer"])
def test_what_is_only_called_relu6_is_none(own):
    def relu6(x):
        return ops.maximum(x, 0)

    activation = layers.Lambda(relu6) if own == "a function" else Relu6()
    model = flat(layers.Conv2D(4, 3), activation, layers.Flatten(), layers.Dense(5))
    came, images = crossed(model), 100 * np.random.default_rng(0).normal(size=(3, *SHAPE)).astype("float32")
    np.testing.assert_allclose(np.asarray(came(images)), np.asarray(model(images)), rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("form", ["nested Sequential", "tf.nn", "a subclassed model, called"])
def test_the_students_own_model_stays_as_it_is(form):
    model = FORMS[form]()
    before = [w.copy() for w in model.get_weights()], [layer.name for layer in model.layers]
    activations = [getattr(layer, "activation", None) for layer in model.layers]
    portable(model)
    assert [layer.name for layer in model.layers] == before[1]
    assert [getattr(layer, "activation", None) for layer in model.layers] == activations
    assert all((a == b).all() for a, b in zip(model.get_weights(), before[0], strict=True))


def test_keras_is_as_it_was_after_a_model_was_watched():
    before = layers.Layer.__call__, ops.relu, tf.nn.relu
    portable(FORMS["TensorFlow's functions in a compiled call"]())
    assert (layers.Layer.__call__, ops.relu, tf.nn.relu) == before
    assert not tf.config.functions_run_eagerly()


def test_a_flat_model_of_kerass_own_is_handed_over_itself():
    model = wanted()
    assert portable(model) is model
    assert portable([model, {"a": (model, 1)}]) == [model, {"a": (model, 1)}]


def test_a_subclassed_model_that_was_never_called_is_called_on_the_size_it_was_asked_for():
    assert network_difference(crossed(Subclassed(), ((SHAPE, 5), {})), wanted()) is None
    unbuilt = keras.Sequential(listed())
    assert portable(unbuilt, ((SHAPE, 5), {})) is unbuilt, "a Sequential should begin with its input"


class Residual(keras.Model):
    """Branches, a shared layer, several outputs, and arithmetic between them."""

    def __init__(self):
        super().__init__()
        self.one, self.two = (layers.Conv2D(3, 3, padding="same", name="conv") for _ in range(2))
        self.norm, self.head = layers.BatchNormalization(), layers.Dense(2)

    def call(self, x):
        x = x / 255.0
        y = tf.nn.relu(self.norm(self.one(x)) + x)
        z = tf.concat([self.two(y), y, tf.nn.avg_pool2d(x, 3, 1, "SAME")], -1)
        return {"map": tf.nn.leaky_relu(z, 0.1), "class": self.head(tf.reduce_mean(z, [1, 2])), "twice": self.one(y)}


def test_branches_shared_layers_and_arithmetic_are_found():
    model = built(Residual())
    came = portable(model)
    kinds = {type(layer).__name__ for layer in came.layers}
    assert {"Rescaling", "Add", "Concatenate", "AveragePooling2D", "LeakyReLU", "GlobalAveragePooling2D"} <= kinds
    images = np.random.default_rng(2).normal(0, 99, (3, *SHAPE)).astype("float32")
    for key, value in model(images).items():
        np.testing.assert_allclose(np.asarray(came(images)[key]), np.asarray(value), atol=1e-4)
    assert len(came.weights) == len(model.weights)


def test_a_frozen_base_inside_stays_frozen():
    base = keras.Sequential([keras.Input(SHAPE), layers.Conv2D(2, 3), layers.BatchNormalization(), layers.ReLU()])
    base.trainable = False
    image = keras.Input(SHAPE)
    features = layers.GlobalAveragePooling2D()(base(image, training=False))
    came = crossed(keras.Model(image, layers.Dense(2)(features)))
    assert [layer.trainable for layer in came.layers if layer.weights] == [False, False, True]


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: flat(layers.Flatten(), layers.Dense(2, activation=lambda x: x**3)), "none of Keras's activations"),
        (lambda: flat(layers.Flatten(), layers.Dense(2), layers.Lambda(lambda x: x**3)), "no layer of Keras's"),
        (lambda: flat(layers.Flatten(), layers.Dense(2, activation=lambda x: x[:1])), "none of Keras's|cannot be"),
    ],
)
def test_what_is_none_of_kerass_is_told(make, said):
    with pytest.raises(wire.WireError, match=said):
        crossed(make())


def test_a_function_that_is_only_called_relu_is_none():
    def relu(x):
        return x - 1.5

    difference = network_difference(crossed(flat(*listed())), crossed(flat(*listed(tf.nn.elu))))
    assert difference and "elu" not in str(recognized(relu))
    with pytest.raises(wire.WireError, match="none of Keras's"):
        crossed(flat(*listed(lambda x: relu(x) ** 2)))


@pytest.mark.parametrize(
    ("function", "name"),
    [
        (tf.nn.relu, "relu"),
        (tf.nn.silu, "silu"),
        (tf.math.tanh, "tanh"),
        (lambda x: 1 / (1 + ops.exp(-x)), "sigmoid"),
        (lambda x: tf.nn.softmax(x, axis=-1), "softmax"),
        (lambda x: x, "linear"),
        (lambda x: ops.clip(x, 0, 6), "relu6"),
        (lambda x: x.numpy() * (x.numpy() > 0), "relu"),
        (lambda x: x.shape.of, None),
        (lambda x: x[0], None),
        (ops.sin, None),
    ],
)
def test_a_function_is_known_by_what_it_does(function, name):
    assert recognized(function) == name


def test_the_slope_of_a_leaky_relu_is_read_from_it():
    assert recognized(lambda x: ops.where(x > 0, x, 0.3 * x)).negative_slope == pytest.approx(0.3)


def test_an_activation_written_by_hand_is_recognised_in_a_few_hundred_trials(monkeypatch):
    """Each of its steps is watched, and few of them are layers: thousands of trials would take a minute."""
    trials = []
    result = recognition._result
    monkeypatch.setattr(recognition, "_result", lambda *given: trials.append(1) or result(*given))

    def softmax(x):
        raised = ops.exp(x - ops.max(x, axis=-1, keepdims=True))
        return raised / ops.sum(raised, axis=-1, keepdims=True)

    inputs = keras.Input((8, 8, 1))
    x = layers.Lambda(softmax)(layers.Conv2D(4, 3)(inputs))
    model = keras.Model(inputs, layers.Lambda(softmax)(layers.Dense(5)(layers.Flatten()(x))))
    kinds = [type(layer).__name__ for layer in portable(model).layers]
    assert kinds == ["InputLayer", "Conv2D", "Activation", "Flatten", "Dense", "Activation"]
    assert len(trials) < 500, len(trials)

"""Right answers to the exercises of lab 03_lenet in other styles: each earns everything."""


# %% conv_parameters: the weights of a Keras layer
def conv_parameters(kernel, channels, filters, bias=True):
    layer = keras.layers.Conv2D(filters, kernel, use_bias=bias)
    layer.build((None, None, None, channels))
    return layer.count_params()


# %% conv_parameters: NumPy's product
def conv_parameters(kernel, channels, filters, bias=True):
    return np.prod([kernel, kernel, channels, filters], dtype="int64") + bias * filters


# %% conv_parameters: a float that is whole
def conv_parameters(kernel, channels, filters, bias=True):
    return float((kernel**2 * channels + int(bias)) * filters)


# %% conv_parameters: an object that can be called
from dataclasses import dataclass


@dataclass
class Counter:
    sides: int = 2

    def __call__(self, kernel, channels, filters, bias=True):
        return filters * (kernel**self.sides * channels + int(bias))


conv_parameters = Counter()


# %% dense_parameters: math.prod
import math


def dense_parameters(input_shape, units, bias=True):
    return (math.prod(input_shape) + int(bias)) * units


# %% dense_parameters: reduce, a lambda
from functools import reduce

dense_parameters = lambda input_shape, units, bias=True: (
    units * (reduce(lambda a, b: a * b, input_shape) + (1 if bias else 0))
)


# %% dense_parameters: recursion, a NumPy scalar
def dense_parameters(input_shape, units, bias=True):
    def size(shape):
        return 1 if len(shape) == 0 else shape[0] * size(shape[1:])

    return np.int64(size(input_shape)) * units + np.int64(units if bias else 0)


# %% dense_parameters: walrus and a closure
def make():
    def count(input_shape, units, bias=True):
        total = 1
        shape = list(input_shape)
        while shape and (side := shape.pop()):
            total *= side
        return total * units + (units if bias else 0)

    return count


dense_parameters = make()


# %% million_pixel_weights: a power, a float
million_pixel_weights = 1e6 * 2**10

# %% million_pixel_weights: NumPy's product
million_pixel_weights = np.prod([1000, 1000, 1024], dtype="int64")

# %% million_pixel_weights: from the exercise before
million_pixel_weights = dense_parameters((1000, 1000), 1024, bias=False)


# %% fill_the_table: lists for tuples
def fill_the_table(input_shape, layers):
    shape, rows = list(input_shape), []
    for layer in layers:
        if layer[0] == "conv":
            _, filters, kernel = layer
            learnt = (kernel * kernel * shape[2] + 1) * filters
            shape = [shape[0] - kernel + 1, shape[1] - kernel + 1, filters]
        elif layer[0] == "pool":
            learnt, shape = 0, [shape[0] // layer[1], shape[1] // layer[1], shape[2]]
        else:
            learnt, shape = (int(np.prod(shape)) + 1) * layer[1], [layer[1]]
        rows.append([shape, learnt])
    return rows


# %% fill_the_table: a generator made to a tuple
def fill_the_table(input_shape, layers):
    def rows(shape):
        for kind, size, *rest in layers:
            if kind == "conv":
                parameters = conv_parameters(rest[0], shape[-1], size)
                shape = (*(n - rest[0] + 1 for n in shape[:2]), size)
            elif kind == "pool":
                parameters, shape = 0, (*(n // size for n in shape[:2]), shape[2])
            else:
                parameters, shape = dense_parameters(shape, size), (size,)
            yield shape, parameters

    return tuple(rows(input_shape))


# %% fill_the_table: recursion, NumPy's shapes
def fill_the_table(input_shape, layers):
    if not layers:
        return []
    (kind, size, *rest), shape = layers[0], np.array(input_shape)
    if kind == "conv":
        after, learnt = np.append(shape[:2] - rest[0] + 1, size), (rest[0] ** 2 * shape[2] + 1) * size
    elif kind == "pool":
        after, learnt = np.append(shape[:2] // size, shape[2]), 0
    else:
        after, learnt = np.array([size]), (shape.prod() + 1) * size
    return [(after, learnt), *fill_the_table(after, layers[1:])]


# %% fill_the_table: a generator with match and a named tuple
from typing import NamedTuple


class Row(NamedTuple):
    shape: tuple
    parameters: int


def fill_the_table(input_shape, layers):
    shape = tuple(input_shape)
    for layer in layers:
        match layer:
            case ("conv", filters, k):
                n = (k * k * shape[2] + 1) * filters
                shape = (shape[0] - k + 1, shape[1] - k + 1, filters)
            case ("pool", size):
                n = 0
                shape = (shape[0] // size, shape[1] // size, shape[2])
            case ("dense", units):
                n = (int(np.prod(shape)) + 1) * units
                shape = (units,)
        yield Row(shape, n)


# %% build_lenet5: features and head as models
def build_lenet5(input_shape=(32, 32, 1), classes=10):
    layers, pad = keras.layers, "valid" if input_shape[0] >= 32 else "same"
    features = keras.Sequential(
        [
            keras.Input(input_shape),
            layers.Conv2D(6, 5, padding=pad, activation="tanh"),
            layers.AveragePooling2D(2),
            layers.Conv2D(16, 5, activation="tanh"),
            layers.AveragePooling2D(2),
            layers.Flatten(),
        ]
    )
    head = keras.Sequential(
        [
            layers.Dense(120, activation="tanh"),
            layers.Dense(84, activation="tanh"),
            layers.Dense(classes, activation="softmax"),
        ]
    )
    image = keras.Input(input_shape)
    return keras.Model(image, head(features(image)))


# %% build_lenet5: activations as layers of their own
def build_lenet5(input_shape=(32, 32, 1), classes=10):
    net = keras.Sequential([keras.Input(input_shape)])
    for filters in (6, 16):
        net.add(
            keras.layers.Conv2D(filters, (5, 5), padding="same" if filters == 6 and input_shape[0] < 32 else "valid")
        )
        net.add(keras.layers.Activation("tanh"))
        net.add(keras.layers.AvgPool2D(2))
    net.add(keras.layers.Flatten())
    for units in (120, 84):
        net.add(keras.layers.Dense(units))
        net.add(keras.layers.Activation(keras.activations.tanh))
    net.add(keras.layers.Dense(classes))
    net.add(keras.layers.Softmax())
    return net


# %% build_lenet5: functions of TensorFlow, a list for a choice
import tensorflow as tf


def build_lenet5(input_shape=(32, 32, 1), classes=10):
    x = inputs = tf.keras.Input(shape=input_shape)
    x = tf.keras.layers.Conv2D(6, 5, padding=["same", "valid"][input_shape[0] >= 32], activation=tf.nn.tanh)(x)
    x = tf.keras.layers.AveragePooling2D(pool_size=2, strides=2)(x)
    x = tf.keras.layers.Conv2D(16, 5, activation=tf.nn.tanh)(x)
    x = tf.keras.layers.AveragePooling2D(pool_size=2, strides=2)(x)
    x = tf.keras.layers.Flatten()(x)
    x = tf.keras.layers.Dense(120, tf.nn.tanh)(x)
    x = tf.keras.layers.Dense(84, tf.nn.tanh)(x)
    return tf.keras.Model(inputs, tf.keras.layers.Dense(classes, tf.nn.softmax)(x))


# %% build_lenet5: a subclass of Model
class LeNet5(keras.Model):
    def __init__(self, padding, classes):
        super().__init__()
        L = keras.layers
        self.c1 = L.Conv2D(6, 5, padding=padding)
        self.s2, self.s4 = L.AveragePooling2D(2), L.AvgPool2D((2, 2), 2)
        self.c3 = L.Convolution2D(16, (5, 5), activation=keras.ops.tanh)
        self.f5 = L.Dense(120, keras.activations.tanh)
        self.f6 = L.Dense(84)
        self.out = L.Dense(classes)
        self.flat = L.Flatten()

    def call(self, x):
        x = self.s2(keras.ops.tanh(self.c1(x)))
        x = self.flat(self.s4(self.c3(x)))
        x = keras.ops.tanh(self.f6(self.f5(x)))
        return keras.ops.softmax(self.out(x))


def build_lenet5(input_shape=(32, 32, 1), classes=10):
    model = LeNet5("valid" if min(input_shape[:2]) >= 32 else "same", classes)
    model.build((None, *input_shape))
    return model


# %% generate_model: TensorFlow's functions as activations
import tensorflow as tf


def generate_model(input_shape=(28, 28, 1)):
    return keras.Sequential(
        [
            keras.Input(input_shape),
            keras.layers.Conv2D(32, 3, activation=tf.nn.relu),
            keras.layers.MaxPool2D(2, 2),
            keras.layers.Conv2D(64, 3, activation=tf.nn.relu),
            keras.layers.MaxPool2D(2, 2),
            keras.layers.Flatten(),
            keras.layers.Dense(1024, activation=tf.nn.relu),
            keras.layers.Dense(10, activation=tf.nn.softmax),
        ]
    )


# %% generate_model: a lambda as activation
def generate_model(input_shape=(28, 28, 1)):
    relu = lambda x: keras.ops.maximum(x, 0)
    x = inputs = keras.Input(input_shape)
    for filters in (32, 64):
        x = keras.layers.Conv2D(filters, 3, activation=relu)(x)
        x = keras.layers.MaxPooling2D()(x)
    x = keras.layers.Dense(1024, activation=relu)(keras.layers.Flatten()(x))
    return keras.Model(inputs, keras.layers.Dense(10, activation="softmax")(x))


# %% generate_model: a class of one's own
class FirstModel(keras.Model):
    def __init__(self):
        super().__init__()
        self.convolutions = [keras.layers.Conv2D(filters, 3, activation="relu") for filters in (32, 64)]
        self.pool, self.flatten = keras.layers.MaxPooling2D(2), keras.layers.Flatten()
        self.hidden = keras.layers.Dense(1024, activation="relu")
        self.classes = keras.layers.Dense(10, activation="softmax")

    def call(self, x):
        for convolution in self.convolutions:
            x = self.pool(convolution(x))
        return self.classes(self.hidden(self.flatten(x)))


def generate_model(input_shape=(28, 28, 1)):
    model = FirstModel()
    model(keras.Input(input_shape))
    return model


# %% generate_model: added one by one by tf.keras
import tensorflow as tf


def generate_model(input_shape=(28, 28, 1)):
    model = tf.keras.Sequential(name="ours")
    model.add(tf.keras.layers.InputLayer(shape=input_shape))
    for filters in (32, 64):
        model.add(tf.keras.layers.Conv2D(filters, 3))
        model.add(tf.keras.layers.Activation(tf.nn.relu))
        model.add(tf.keras.layers.MaxPool2D())
    model.add(tf.keras.layers.Reshape((-1,)))
    model.add(tf.keras.layers.Dense(1024, tf.nn.relu))
    model.add(tf.keras.layers.Dense(10))
    model.add(tf.keras.layers.Softmax())
    return model


# %% subsampling_parameters: a sum
def subsampling_parameters(maps):
    return sum(1 + 1 for _ in range(maps))


# %% subsampling_parameters: a NumPy scalar
def subsampling_parameters(maps):
    return np.sum(np.ones((maps, 2), dtype=int))


# %% subsampling_parameters: coefficients and biases apart
def subsampling_parameters(maps):
    coefficients = biases = float(maps)
    return coefficients + biases


# %% sparse_parameters: two loops
def sparse_parameters(table, kernel):
    count = 0
    for row in table:
        for connected in row:
            if connected:
                count += kernel**2
    return count + len(table[0])


# %% sparse_parameters: column by column
def sparse_parameters(table, kernel):
    return sum(kernel * kernel * np.count_nonzero(column) + 1 for column in np.transpose(table))


# %% sparse_parameters: a product with the table, float32
def sparse_parameters(table, kernel):
    below = np.ones(len(table), dtype="float32") @ np.asarray(table, dtype="float32")
    return np.sum(below * kernel**2 + 1)


# %% sparse_parameters: np.count_nonzero
def sparse_parameters(table, kernel):
    return sum(np.count_nonzero(column) * kernel**2 + 1 for column in np.transpose(table))


# %% multiply_adds: an array
def multiply_adds(input_shape, layers):
    counts, shape = np.zeros(len(layers), dtype="int64"), input_shape
    for i, (kind, size, *kernel) in enumerate(layers):
        if kind == "dense":
            counts[i], shape = np.prod(shape) * size, (size,)
        elif kind == "pool":
            shape = (shape[0] // size, shape[1] // size, shape[2])
        else:
            k, below = kernel[0], shape[2]
            shape = (shape[0] - k + 1, shape[1] - k + 1, size)
            counts[i] = np.prod(shape) * k * k * below
    return counts


# %% multiply_adds: from the table of the exercise before
def multiply_adds(input_shape, layers):
    counts = []
    for layer, (shape, learnt) in zip(layers, fill_the_table(input_shape, layers)):
        if layer[0] == "conv":
            counts.append((learnt - layer[1]) * shape[0] * shape[1])
        else:
            counts.append(learnt - layer[1] if layer[0] == "dense" else 0)
    return tuple(counts)


# %% multiply_adds: floats that are whole
def multiply_adds(input_shape, layers):
    height, width, *rest = [*map(float, input_shape)]
    inputs, channels, counts = height * width * rest[0], rest[0], []
    for kind, size, *kernel in layers:
        if kind == "conv":
            height, width = height - kernel[0] + 1, width - kernel[0] + 1
            counts.append(height * width * size * kernel[0] ** 2 * channels)
            channels = size
        elif kind == "pool":
            height, width = height // size, width // size
            counts.append(0.0)
        else:
            counts.append(inputs * size)
        inputs = size if kind == "dense" else height * width * channels
    return counts


# %% multiply_adds: a generator
def multiply_adds(input_shape, layers):
    h, w, c = input_shape if len(input_shape) == 3 else (1, 1, input_shape[0])
    for kind, n, *rest in layers:
        if kind == "pool":
            h, w = h // n, w // n
            yield 0
            continue
        if kind == "conv":
            (k,) = rest
            h, w = h - k + 1, w - k + 1
            yield h * w * n * k * k * c
            c = n
        else:
            yield h * w * c * n
            h, w, c = 1, 1, n


# %% receptive_field: from the last layer to the first
def receptive_field(layers):
    field = 1
    for kernel, stride in reversed(layers):
        field = (field - 1) * stride + kernel
    return field


# %% receptive_field: recursion
def receptive_field(layers):
    if len(layers) == 0:
        return 1
    (kernel, stride), *rest = layers
    return (receptive_field(rest) - 1) * stride + kernel


# %% receptive_field: cumulative products
def receptive_field(layers):
    kernels, strides = np.transpose(layers)
    jumps = np.cumprod([1, *strides[:-1]])
    return 1 + ((kernels - 1) * jumps).sum()


# %% receptive_field: a reduce
from functools import reduce


def receptive_field(layers):
    return reduce(lambda state, ks: (state[0] + (ks[0] - 1) * state[1], state[1] * ks[1]), layers, (1, 1))[0]


# %% train: the loss by its name, the softmax in a second model
def train(network, images, labels, epochs):
    probabilities = keras.Sequential([network, keras.layers.Softmax()])
    probabilities.compile("adam", "sparse_categorical_crossentropy")
    probabilities.fit(images, labels, batch_size=32, epochs=epochs, verbose=0)
    return network


# %% train: batch after batch
def train(network, images, labels, epochs):
    network.compile(keras.optimizers.Adam(), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    for _ in range(epochs):
        order = np.random.permutation(len(images))
        for start in range(0, len(images), 32):
            batch = order[start : start + 32]
            network.train_on_batch(images[batch], labels[batch])
    return network


# %% train: a loop with a gradient tape
import tensorflow as tf


def train(network, images, labels, epochs):
    optimizer = keras.optimizers.Adam()
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    batches = tf.data.Dataset.from_tensor_slices((images, labels)).shuffle(len(images)).batch(32)

    @tf.function
    def step(x, y):
        with tf.GradientTape() as tape:
            value = loss(y, network(x, training=True))
        optimizer.apply_gradients(zip(tape.gradient(value, network.trainable_variables), network.trainable_variables))

    for _ in range(epochs):
        for x, y in batches:
            step(x, y)
    return network


# %% train: tf.data and one-hot
import tensorflow as tf


def train(network, images, labels, epochs):
    data = tf.data.Dataset.from_tensor_slices((images, tf.one_hot(labels, 10)))
    data = data.shuffle(len(images), seed=1).batch(32).prefetch(2)
    network.compile(
        keras.optimizers.Adam(), keras.losses.CategoricalCrossentropy(from_logits=True), metrics=["accuracy"]
    )
    network.fit(data, epochs=epochs, verbose=0)
    return network


# %% confusion_matrix: a loop over pairs, lists
def confusion_matrix(truth, predicted, classes):
    counts = [[0] * classes for _ in range(classes)]
    for true, guess in zip(truth, predicted):
        counts[true][guess] += 1
    return counts


# %% confusion_matrix: numbers of pairs
def confusion_matrix(truth, predicted, classes):
    pairs = np.asarray(truth) * classes + np.asarray(predicted)
    return np.bincount(pairs, minlength=classes**2).reshape(classes, classes)


# %% confusion_matrix: a histogram, floats that are whole
def confusion_matrix(truth, predicted, classes):
    return np.histogram2d(truth, predicted, bins=classes, range=[(-0.5, classes - 0.5)] * 2)[0]


# %% confusion_matrix: one-hot labels multiplied, float32
def confusion_matrix(truth, predicted, classes):
    one = np.eye(classes, dtype="float32")
    return one[np.asarray(truth)].T @ one[np.asarray(predicted)]


# %% confusion_matrix: a comparison of arrays for each cell
def confusion_matrix(truth, predicted, classes):
    cells = [[np.sum((truth == row) & (predicted == column)) for column in range(classes)] for row in range(classes)]
    return np.array(cells)

"""Right answers to the exercises of lab 05_vgg in other styles: each earns everything."""


# %% stack_cost: a loop, lists
def stack_cost(kernels, channels):
    weights, field = 0, [1, 1]
    for height, width in kernels:
        weights += height * width * channels * channels
        field[0] += height - 1
        field[1] += width - 1
    return [weights, field, len(kernels)]


# %% stack_cost: arrays
def stack_cost(kernels, channels):
    kernels = np.asarray(kernels)
    return kernels.prod(axis=1).sum() * channels**2, 1 + (kernels - 1).sum(axis=0), np.int64(len(kernels))


# %% stack_cost: recursion, floats that are whole
def stack_cost(kernels, channels):
    if not kernels:
        return 0.0, (1.0, 1.0), 0
    (height, width), *rest = kernels
    weights, field, bends = stack_cost(rest, channels)
    return weights + float(height * width * channels**2), (field[0] + height - 1, field[1] + width - 1), bends + 1


# %% stack_cost: a named tuple, zip
from collections import namedtuple

Bill = namedtuple("Bill", "weights field relus")


def stack_cost(kernels, channels):
    heights, widths = zip(*kernels)
    weights = channels**2 * np.dot(heights, widths)
    return Bill(weights, (sum(heights) - len(heights) + 1, sum(widths) - len(widths) + 1), np.int16(len(kernels)))


# %% layers_to_see: counted
def layers_to_see(pixels, kernel):
    seen, layers = 1, 0
    while seen < pixels:
        seen += kernel - 1
        layers += 1
    return layers


# %% layers_to_see: math.ceil
import math


def layers_to_see(pixels, kernel):
    return math.ceil((pixels - 1) / (kernel - 1))


# %% layers_to_see: NumPy's ceil, a float that is whole
def layers_to_see(pixels, kernel):
    return np.ceil((pixels - 1) / (kernel - 1))


# %% layers_to_see: next of a count
from itertools import count


def layers_to_see(pixels, kernel):
    return next(n for n in count() if n * (kernel - 1) + 1 >= pixels)


# %% fields_and_jumps: an array of rows
def fields_and_jumps(layers):
    r = j = 1
    rows = []
    for k, s, d in layers:
        r += d * (k - 1) * j
        j *= s
        rows.append([r, j])
    return np.array(rows)


# %% fields_and_jumps: a generator, the kernel with its holes first
def fields_and_jumps(layers):
    def pairs(field=1, jump=1):
        for kernel, stride, dilation in layers:
            window = kernel + (kernel - 1) * (dilation - 1)
            field, jump = field + (window - 1) * jump, jump * stride
            yield field, jump

    return [*pairs()]


# %% fields_and_jumps: cumulative sums, zipped to a tuple
def fields_and_jumps(layers):
    kernels, strides, dilations = np.array(layers).T
    jumps = np.cumprod(strides)
    fields = 1 + np.cumsum((kernels - 1) * dilations * np.r_[1, jumps[:-1]])
    return tuple(zip(fields, jumps))


# %% fields_and_jumps: itertools.accumulate
from itertools import accumulate


def fields_and_jumps(layers):
    step = lambda state, layer: (state[0] + (layer[0] - 1) * layer[2] * state[1], state[1] * layer[1])
    return list(accumulate(layers, step, initial=(1, 1)))[1:]


# %% fields_and_jumps: from the last layer to the first, for each layer anew
def fields_and_jumps(layers):
    def one(stack):
        field, jump = 1, 1
        for kernel, stride, dilation in reversed(stack):
            field, jump = (field - 1) * stride + (kernel - 1) * dilation + 1, jump * stride
        return [float(field), float(jump)]

    return [one(layers[: n + 1]) for n in range(len(layers))]


# %% halvings: the number of binary digits
def halvings(side):
    return int(side).bit_length() - 1


# %% halvings: recursion
def halvings(side):
    return 0 if side < 2 else 1 + halvings(side // 2)


# %% halvings: NumPy's logarithm, a float that is whole
def halvings(side):
    return np.floor(np.log2(side))


# %% halvings: walrus
def halvings(side):
    n = -1
    while side and (n := n + 1) >= 0:
        side >>= 1
    return n


# %% vgg_table: an array
def vgg_table(blocks, side=224):
    lines, below = [[side * side * 3, 0, 0]], 3
    for kinds, filters in zip(blocks, (64, 128, 256, 512, 512)):
        for kind in kinds:
            if kind != "N":
                lines.append([side**2 * filters, int(kind) ** 2 * below * filters, filters])
                below = filters
            else:
                lines.append([side**2 * below, 0, 0])
        side = side // 2
        lines.append([side**2 * below, 0, 0])
    sizes = [side**2 * below, 4096, 4096, 1000]
    lines += [[after, before * after, after] for before, after in zip(sizes, sizes[1:])]
    return np.array(lines)


# %% vgg_table: a generator made to a tuple
def vgg_table(blocks, side=224):
    def lines(side, channels=3):
        yield side * side * channels, 0, 0
        for kinds, filters in zip(blocks, FILTERS):
            for kind in kinds:
                weights = 0 if kind == "N" else int(kind) ** 2 * channels * filters
                channels = channels if kind == "N" else filters
                yield side * side * channels, weights, 0 if kind == "N" else filters
            side //= 2
            yield side * side * channels, 0, 0
        inputs = side * side * channels
        for units in DENSE:
            yield units, inputs * units, units
            inputs = units

    return tuple(lines(side))


# %% vgg_table: shapes first, floats that are whole
def vgg_table(blocks, side=224):
    shapes = [("input", side, 3, 0)]
    for kinds, filters in zip(blocks, FILTERS):
        for kind in kinds:
            channels = shapes[-1][2] if kind == "N" else filters
            shapes.append((kind, side, channels, shapes[-1][2]))
        side //= 2
        shapes.append(("pool", side, filters, 0))
    lines = []
    for kind, width, channels, below in shapes:
        learns = kind in ("1", "3")
        weights = float(int(kind) ** 2 * below * channels) if learns else 0.0
        lines.append([float(width**2 * channels), weights, float(channels if learns else 0)])
    inputs = float(side**2 * 512)
    for units in (4096.0, 4096.0, 1000.0):
        lines.append([units, inputs * units, units])
        inputs = units
    return lines


# %% vgg_table: a generator of data classes' tuples
from dataclasses import astuple, dataclass


@dataclass
class Line:
    values: int
    weights: int = 0
    biases: int = 0


def vgg_table(blocks, side=224):
    def lines():
        size, c = side, 3
        yield Line(size**2 * c)
        for n, word in zip((64, 128, 256, 512, 512), blocks):
            for letter in word:
                if letter.isdigit():
                    yield Line(size**2 * n, int(letter) ** 2 * c * n, n)
                    c = n
                else:
                    yield Line(size**2 * c)
            size //= 2
            yield Line(size * size * c)
        before = size * size * c
        for units in (4096, 4096, 1000):
            yield Line(units, before * units, units)
            before = units

    return [astuple(line) for line in lines()]


# %% vgg16_megabytes: from the table
vgg16_megabytes = sum(values for values, _, _ in vgg_table(VGG["D"])) * 4 / 1e6

# %% vgg16_megabytes: float32
vgg16_megabytes = np.float32(60.950432)

# %% vgg16_megabytes: a whole number
vgg16_megabytes = 61

# %% lost_in_print: the number itself
lost_in_print = 5_309_696

# %% lost_in_print: a difference of two tables
lost_in_print = np.sum(np.array(vgg_table(VGG["E"]))[:, 1:]) - np.sum(np.array(vgg_table(VGG["D"]))[:, 1:])

# %% lost_in_print: a sum, a float that is whole
lost_in_print = float(sum(3 * 3 * filters * filters + filters for filters in (256, 512, 512)))


# %% build_vgg: blocks as Sequential models
def vgg_block(kinds, filters):
    block = keras.Sequential()
    for letter in kinds:
        if letter == "N":
            block.add(LocalResponseNormalization())
        else:
            block.add(layers.Conv2D(filters, int(letter), padding="same", activation="relu"))
    block.add(layers.MaxPooling2D(2))
    return block


def build_vgg(blocks, input_shape=(224, 224, 3), classes=1000, width=1.0):
    net = keras.Sequential([keras.Input(input_shape)])
    for kinds, filters in zip(blocks, [64, 128, 256, 512, 512]):
        net.add(vgg_block(kinds, max(1, round(filters * width))))
    net.add(layers.Flatten())
    for _ in range(2):
        net.add(layers.Dense(max(1, round(4096 * width)), activation="relu"))
        net.add(layers.Dropout(0.5))
    net.add(layers.Dense(classes, activation="softmax"))
    return net


# %% build_vgg: ReLU as a layer, softmax as a layer
def build_vgg(blocks, input_shape=(224, 224, 3), classes=1000, width=1.0):
    stack = [keras.Input(input_shape)]
    for kinds, filters in zip(blocks, FILTERS):
        for kind in kinds:
            if kind == "N":
                stack.append(LocalResponseNormalization())
                continue
            stack += [layers.Conv2D(scaled(filters, width), (int(kind),) * 2, padding="same"), layers.ReLU()]
        stack.append(layers.MaxPool2D((2, 2), strides=(2, 2)))
    stack.append(layers.Flatten())
    for _ in range(2):
        stack += [layers.Dense(scaled(4096, width)), layers.Activation("relu"), layers.Dropout(0.5)]
    return keras.Sequential([*stack, layers.Dense(classes), layers.Softmax()])


# %% build_vgg: TensorFlow's functions as activations, features and head apart
import tensorflow as tf


def build_vgg(blocks, input_shape=(224, 224, 3), classes=1000, width=1.0):
    x = image = tf.keras.Input(input_shape)
    for kinds, filters in zip(blocks, FILTERS):
        for kind in kinds:
            if kind == "N":
                x = LocalResponseNormalization()(x)
            else:
                x = layers.Conv2D(scaled(filters, width), int(kind), padding="same", activation=tf.nn.relu)(x)
        x = layers.MaxPooling2D()(x)
    features = keras.Model(image, x)
    head = keras.Sequential([layers.Flatten()])
    for _ in range(2):
        head.add(layers.Dense(scaled(4096, width), activation=keras.activations.relu))
        head.add(layers.Dropout(rate=0.5))
    head.add(layers.Dense(classes, activation=tf.nn.softmax))
    inputs = keras.Input(input_shape)
    return keras.Model(inputs, head(features(inputs)))


# %% build_vgg: a subclass of Model
class Vgg(keras.Model):
    def __init__(self, blocks, classes, width):
        super().__init__()
        self.body = []
        for word, filters in zip(blocks, FILTERS):
            for letter in word:
                if letter == "N":
                    self.body.append(LocalResponseNormalization())
                else:
                    self.body.append(
                        layers.Conv2D(scaled(filters, width), int(letter), padding="SAME", activation="relu")
                    )
            self.body.append(layers.MaxPool2D())
        self.head = keras.Sequential([layers.Flatten()])
        for _ in range(2):
            self.head.add(layers.Dense(scaled(4096, width), keras.ops.relu))
            self.head.add(layers.Dropout(0.5))
        self.head.add(layers.Dense(classes, "softmax"))

    def call(self, x, training=False):
        for layer in self.body:
            x = layer(x)
        return self.head(x, training=training)


def build_vgg(blocks, input_shape=(224, 224, 3), classes=1000, width=1.0):
    model = Vgg(blocks, classes, width)
    model(keras.Input(input_shape))
    return model


# %% head_costs: sizes side by side
def head_costs(maps, classes, hidden=(4096, 4096)):
    sizes = [int(np.prod(maps)), *hidden, classes]
    return [sum((a + 1) * b for a, b in zip(sizes, sizes[1:])), (maps[-1] + 1) * classes]


# %% head_costs: recursion
def head_costs(maps, classes, hidden=(4096, 4096)):
    def dense(inputs, units):
        return 0 if not units else (inputs + 1) * units[0] + dense(units[0], units[1:])

    return dense(maps[0] * maps[1] * maps[2], [*hidden, classes]), dense(maps[2], [classes])


# %% head_costs: an array of both
def head_costs(maps, classes, hidden=(4096, 4096)):
    sizes = np.array([np.prod(maps), *hidden, classes], dtype="int64")
    return np.array([sizes[:-1] @ sizes[1:] + sizes[1:].sum(), maps[2] * classes + classes])


# %% head_costs: pairwise
from itertools import pairwise


def head_costs(maps, classes, hidden=(4096, 4096)):
    cost = lambda *sizes: sum((a + 1) * b for a, b in pairwise(sizes))
    *space, c = maps
    return cost(np.prod(maps), *hidden, classes), cost(c, classes)


# %% start_deviations: float32
def start_deviations(kernel, channels, filters):
    fan_in, fan_out = kernel**2 * channels, kernel**2 * filters
    return np.float32(np.sqrt(2 / (fan_in + fan_out))), np.float32(np.sqrt(2 / fan_in))


# %% start_deviations: an array
def start_deviations(kernel, channels, filters):
    return np.sqrt(2 / (kernel**2 * np.array([channels + filters, channels])))


# %% start_deviations: math, a list
import math


def start_deviations(kernel, channels, filters):
    area = kernel * kernel
    return [math.sqrt(2 / area / (channels + filters)), math.sqrt(2 / (area * channels))]

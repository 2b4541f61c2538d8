"""Right answers to the exercises of lab 00_start in other styles: each earns everything."""

# %% first_answer: the number itself
first_answer = 3072

# %% first_answer: NumPy's product of the shape
first_answer = np.prod((32, 32, 3))

# %% first_answer: a float that is whole
first_answer = 3 * 32**2.0

# %% first_answer: asked of an array
first_answer = np.zeros((32, 32, 3)).size


# %% cell_histogram: bincount
def cell_histogram(strength, angle, bins=8):
    which = np.floor(np.mod(angle, np.pi) * bins / np.pi).astype(int) % bins
    return np.bincount(which.ravel(), weights=np.ravel(strength), minlength=bins)


# %% cell_histogram: NumPy's histogram
def cell_histogram(strength, angle, bins=8):
    return np.histogram(np.asarray(angle) % np.pi, bins=bins, range=(0, np.pi), weights=strength)[0]


# %% cell_histogram: loops over the pixels, a list
import math


def cell_histogram(strength, angle, bins=8):
    sums = [0.0] * bins
    for row, turns in zip(strength, angle):
        for amount, turn in zip(row, turns):
            halves = math.floor(turn / math.pi)
            sums[int((turn / math.pi - halves) * bins)] += float(amount)
    return sums


# %% cell_histogram: np.add.at, float32
def cell_histogram(strength, angle, bins=8):
    sums = np.zeros(bins)
    np.add.at(sums, (np.remainder(angle, np.pi) // (np.pi / bins)).astype(int), strength)
    return sums.astype("float32")


# %% cell_histogram: degrees, digitize
def cell_histogram(strength, angle, bins=8):
    turned = np.degrees(angle) % 180
    which = np.digitize(turned, np.linspace(0, 180, bins + 1)) - 1
    return tuple(np.where(which == one, strength, 0).sum() for one in range(bins))


# %% largest_side: the square root of whole numbers
import math


def largest_side(units, channels, megabytes):
    return math.isqrt(megabytes * 10**6 // (4 * units * channels))


# %% largest_side: counts upwards
def largest_side(units, channels, megabytes):
    side = 0
    while 4 * units * channels * (side + 1) ** 2 <= megabytes * 1_000_000:
        side += 1
    return side


# %% largest_side: NumPy, rounded down, a float
def largest_side(units, channels, megabytes):
    return np.floor(np.sqrt(megabytes * 1e6 / 4 / units / channels))


# %% largest_side: a table of sides
def largest_side(units, channels, megabytes):
    sides = np.arange(1, 200_000, dtype="int64")
    return np.count_nonzero(sides**2 * (4 * units * channels) <= megabytes * 10**6)


# %% weights_three_ways: counted by drawing
def weights_three_ways(side, kernel):
    places = len([(i, j) for i in range(side) for j in range(side) if i + kernel <= side and j + kernel <= side])
    return [places * side * side, places * kernel * kernel, kernel * kernel]


# %% weights_three_ways: an array
def weights_three_ways(side, kernel):
    places = np.int64(side + 1 - kernel) ** 2
    return np.array([places, places, 1]) * np.array([side**2, kernel**2, kernel**2])


# %% weights_three_ways: Keras counts
def weights_three_ways(side, kernel):
    layer = keras.layers.Conv2D(1, kernel, use_bias=False)
    height, width = layer.compute_output_shape((1, side, side, 1))[1:3]
    layer.build((1, side, side, 1))
    return height * width * side**2, height * width * layer.count_params(), layer.count_params()


# %% permute_pixels: np.take along an axis
def permute_pixels(images, order):
    flat = np.reshape(images, (images.shape[0], -1, images.shape[3]))
    return np.take(flat, order, axis=1).reshape(images.shape)


# %% permute_pixels: rows and columns by divmod
def permute_pixels(images, order):
    rows, columns = np.divmod(order, images.shape[2])
    return images[:, rows, columns].reshape(images.shape)


# %% permute_pixels: a loop over the pixels
def permute_pixels(images, order):
    count, height, width, channels = images.shape
    result = np.empty_like(images)
    for new, old in enumerate(order):
        result[:, new // width, new % width] = images[:, old // width, old % width]
    return result


# %% permute_pixels: one picture at a time, a list
def permute_pixels(images, order):
    height, width, channels = np.shape(images)[1:]
    return [np.asarray(image).reshape(-1, channels)[order].reshape(height, width, channels) for image in images]


# %% weights_for_shuffled: np.take
def weights_for_shuffled(kernel, order):
    return np.take(kernel, order, axis=0)


# %% weights_for_shuffled: a loop, a list
def weights_for_shuffled(kernel, order):
    return [list(kernel[old]) for old in order]


# %% weights_for_shuffled: a matrix of the permutation
def weights_for_shuffled(kernel, order):
    return np.eye(len(order), dtype=int)[order] @ kernel


# %% weights_for_shuffled: by places
def weights_for_shuffled(kernel, order):
    result = np.zeros(np.shape(kernel))
    for new in range(len(order)):
        result[new, :] = kernel[order[new], :]
    return result


# %% neuron: two loops, as the formula
def neuron(x, w, b, p, q, stride):
    total = b
    for i in range(len(w)):
        for j in range(len(w[0])):
            total += w[i][j] * x[i + stride * p][j + stride * q]
    return total if total > 0 else 0


# %% neuron: einsum and maximum
def neuron(x, w, b, p, q, stride):
    top, left = stride * p, stride * q
    patch = np.asarray(x)[top : top + w.shape[0], left : left + w.shape[1]]
    return np.maximum(np.einsum("ij,ij", w, patch) + b, 0)


# %% neuron: the whole map by windows, then one number of it
def neuron(x, w, b, p, q, stride):
    windows = np.lib.stride_tricks.sliding_window_view(x, w.shape)[::stride, ::stride]
    whole = np.tensordot(windows, w, axes=2) + b
    return float((whole * (whole > 0))[p, q])


# %% neuron: Keras's convolution
def neuron(x, w, b, p, q, stride):
    picture = np.asarray(x, "float32")[None, ..., None]
    maps = keras.ops.conv(picture, np.asarray(w, "float32")[..., None, None], strides=stride)
    return keras.ops.relu(maps + float(b))[0, p, q, 0]


# %% follows: the rolled maps, cut
def follows(maps, moved_maps, shift):
    expected = np.roll(maps, shift, axis=1)
    return np.max(np.abs(moved_maps - expected)[:, shift:, :])


# %% follows: a loop over the columns
def follows(maps, moved_maps, shift):
    width = maps.shape[1]
    return max(float(abs(moved_maps[:, c] - maps[:, c - shift]).max()) for c in range(shift, width))


# %% follows: by the two ends of the range
def follows(maps, moved_maps, shift):
    difference = moved_maps[:, shift:] - maps[:, : maps.shape[1] - shift]
    return max(difference.max(), -difference.min())


# %% two_paths: separate ReLUs, named layers
def two_paths(input_shape, classes):
    picture = keras.Input(shape=input_shape, name="picture")
    small = layers.ReLU()(layers.Conv2D(8, (3, 3), padding="same", name="small")(picture))
    large = layers.ReLU()(layers.Conv2D(8, (5, 5), padding="same", name="large")(picture))
    joined = layers.Concatenate(axis=-1)([small, large])
    scores = layers.Dense(classes)(layers.GlobalAveragePooling2D()(joined))
    return keras.Model(inputs=picture, outputs=layers.Softmax()(scores))


# %% two_paths: a loop and layers.concatenate
def two_paths(input_shape, classes):
    x = keras.Input(input_shape)
    y = layers.concatenate([layers.Conv2D(8, k, padding="same", activation="relu")(x) for k in (3, 5)])
    y = layers.GlobalAveragePooling2D()(y)
    return keras.Model(x, layers.Dense(classes, "softmax")(y))


# %% two_paths: subclassed
class TwoPaths(keras.Model):
    def __init__(self, classes):
        super().__init__()
        self.small = layers.Conv2D(8, 3, padding="same", activation="relu")
        self.large = layers.Conv2D(8, 5, padding="same", activation="relu")
        self.join, self.pool = layers.Concatenate(), layers.GlobalAveragePooling2D()
        self.classify = layers.Dense(classes, activation="softmax")

    def call(self, images):
        return self.classify(self.pool(self.join([self.small(images), self.large(images)])))


def two_paths(input_shape, classes):
    model = TwoPaths(classes)
    model(keras.Input(input_shape))
    return model


# %% two_paths: models within a Sequential
def two_paths(input_shape, classes):
    inputs = keras.Input(input_shape)
    maps = [layers.Conv2D(8, side, padding="same", activation="relu")(inputs) for side in (3, 5)]
    body = keras.Model(inputs, layers.Concatenate()(maps))
    head = [layers.GlobalAveragePooling2D(), layers.Dense(classes, activation="softmax")]
    return keras.Sequential([keras.Input(input_shape), body, *head])


# %% what_holds: with commas
what_holds = "a, d, f"

# %% what_holds: a list
what_holds = ["a", "d", "f"]

# %% what_holds: capital letters, another order
what_holds = "FDA"

# %% what_holds: a set
what_holds = {"a", "d", "f"}

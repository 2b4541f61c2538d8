"""Right answers to the exercises of lab 01_xo in other styles: each earns everything."""


# %% pixel_match: an array for a pair
def pixel_match(a, b):
    a, b = np.asarray(a), np.asarray(b)
    return np.array([(a == b).sum(), (a * b).sum() / np.sqrt((a**2).sum() * (b**2).sum())])


# %% pixel_match: two loops, no NumPy
def pixel_match(a, b):
    equal = dot = length_a = length_b = 0
    for row_a, row_b in zip(a, b):
        for p, q in zip(row_a, row_b):
            equal += p == q
            dot += p * q
            length_a += p**2
            length_b += q**2
    return equal, dot / (length_a**0.5 * length_b**0.5)


# %% pixel_match: float32, norms of the flat pictures
def pixel_match(a, b):
    a, b = np.ravel(a).astype("float32"), np.ravel(b).astype("float32")
    return [np.count_nonzero(a == b), a @ b / (np.linalg.norm(a) * np.linalg.norm(b))]


# %% pixel_match: TensorFlow
def pixel_match(a, b):
    import tensorflow as tf

    a, b = tf.cast(a, tf.float32), tf.cast(b, tf.float32)
    equal = tf.math.count_nonzero(a == b)
    return equal, tf.reduce_sum(a * b) / tf.sqrt(tf.reduce_sum(a**2) * tf.reduce_sum(b**2))


# %% slide_and_sum: a list of lists by nested comprehensions
def slide_and_sum(image, kernel):
    h, w = len(kernel), len(kernel[0])
    return [
        [
            sum(image[p + i][q + j] * kernel[i][j] for i in range(h) for j in range(w))
            for q in range(len(image[0]) - w + 1)
        ]
        for p in range(len(image) - h + 1)
    ]


# %% slide_and_sum: windows and einsum
from numpy.lib.stride_tricks import sliding_window_view


def slide_and_sum(image, kernel):
    return np.einsum("pqij,ij->pq", sliding_window_view(image, np.shape(kernel)), kernel)


# %% slide_and_sum: shifted pictures, float32
def slide_and_sum(image, kernel):
    rows, columns = np.array(image.shape) - kernel.shape + 1
    total = np.zeros((rows, columns), dtype="float32")
    for (i, j), weight in np.ndenumerate(kernel):
        total += weight * image[i : i + rows, j : j + columns]
    return total


# %% slide_and_sum: Keras's own convolution
def slide_and_sum(image, kernel):
    image = keras.ops.convert_to_tensor(image, "float32")[None, :, :, None]
    kernel = keras.ops.convert_to_tensor(kernel, "float32")[:, :, None, None]
    return keras.ops.conv(image, kernel, padding="valid")[0, :, :, 0]


# %% kernel_kind: the identity tried out on a picture
def kernel_kind(kernel):
    kernel = np.asarray(kernel, dtype=float)
    h, w = kernel.shape
    middle = kernel[h // 2, w // 2]
    others = np.delete(kernel.ravel(), kernel.size // 2)
    if abs(middle - 1) < 1e-9 and (abs(others) < 1e-9).all():
        return "identity"
    if (abs(kernel) < 1e-9).all():
        return "other"
    return "edges" if abs(kernel.sum()) < 1e-9 else "other"


# %% kernel_kind: plain Python, a sum without rounding
import math


def kernel_kind(kernel):
    numbers = [float(number) for row in kernel for number in row]
    if sum(map(bool, numbers)) == 1 and numbers[len(numbers) // 2] == 1:
        return "identity"
    return "edges" if any(numbers) and math.isclose(math.fsum(numbers), 0, abs_tol=1e-6) else "other"


# %% kernel_kind: a NumPy string
def kernel_kind(kernel):
    one = np.zeros(np.shape(kernel))
    one.flat[one.size // 2] = 1
    is_identity, is_silent = np.allclose(kernel, one), abs(np.mean(kernel)) < 1e-8 and np.ptp(kernel) > 0
    return np.select([is_identity, is_silent], np.array(["identity", "edges"]), "other")[()]


# %% xo_map: integers as long as possible, a loop
def xo_map(image, kernel):
    result = np.zeros((len(image) - 2, len(image[0]) - 2))
    for p in range(result.shape[0]):
        for q in range(result.shape[1]):
            s = int(np.sum(image[p : p + 3, q : q + 3] * kernel))
            hundredths = abs(s) * 100 // 9
            result[p, q] = (hundredths if s >= 0 else -hundredths) / 100
    return result


# %% xo_map: np.vectorize of a decimal that is cut
from decimal import ROUND_DOWN, Decimal


def xo_map(image, kernel):
    cut = np.vectorize(lambda s: float((Decimal(int(s)) / 9).quantize(Decimal("0.01"), rounding=ROUND_DOWN)))
    return cut(slide_and_sum(image, kernel))


# %% xo_map: float32, a list of lists
def xo_map(image, kernel):
    hundredths = np.fix(100 * np.asarray(slide_and_sum(image, kernel)) / 9)
    return (hundredths.astype("float32") / np.float32(100)).tolist()


# %% xo_map: the floor of what is positive, the ceiling of what is negative
def xo_map(image, kernel):
    hundredths = np.asarray(slide_and_sum(image, kernel)) * 100 / 9
    return np.where(hundredths < 0, np.ceil(hundredths), np.floor(hundredths)) / 100


# %% max_pool_same: a list of lists by comprehensions
def max_pool_same(x):
    rows, columns = len(x), len(x[0])
    return [
        [
            max(x[i][j] for i in range(p, min(p + 2, rows)) for j in range(q, min(q + 2, columns)))
            for q in range(0, columns, 2)
        ]
        for p in range(0, rows, 2)
    ]


# %% max_pool_same: filled with minus infinity, reshaped
def max_pool_same(x):
    x = np.pad(np.asarray(x, dtype=float), [(0, n % 2) for n in np.shape(x)], constant_values=-np.inf)
    return x.reshape(x.shape[0] // 2, 2, x.shape[1] // 2, 2).max(axis=(1, 3))


# %% max_pool_same: the edge repeated, four slices
def max_pool_same(x):
    x = np.pad(x, [(0, n % 2) for n in np.shape(x)], mode="edge")
    return np.maximum(np.maximum(x[::2, ::2], x[1::2, ::2]), np.maximum(x[::2, 1::2], x[1::2, 1::2]))


# %% max_pool_same: np.maximum.reduceat
def max_pool_same(x):
    x = np.asarray(x)
    rows = np.maximum.reduceat(x, np.arange(0, x.shape[0], 2), axis=0)
    return np.maximum.reduceat(rows, np.arange(0, x.shape[1], 2), axis=1)


# %% max_pool_same: Keras, a tensor
def max_pool_same(x):
    x = keras.ops.convert_to_tensor(np.asarray(x), dtype="float32")[None, :, :, None]
    return keras.ops.max_pool(x, 2, strides=2, padding="same")[0, :, :, 0]


# %% relu_map: a list of lists
def relu_map(x):
    return [[max(v, 0) for v in row] for row in x]


# %% relu_map: times the mask
def relu_map(x):
    return x * (x > 0)


# %% relu_map: a copy whose negative numbers are replaced
def relu_map(x):
    result = np.array(x)
    result[result < 0] = 0
    return result


# %% relu_map: half of the sum with the absolute value, float32
def relu_map(x):
    x = np.asarray(x, dtype="float32")
    return (x + abs(x)) / 2


# %% relu_map: TensorFlow
import tensorflow as tf


def relu_map(x):
    return tf.nn.relu(x)


# %% relu_map: np.vectorize of a function of one's own
@np.vectorize
def relu_map(value):
    return value if value > 0 else 0.0


# %% both_orders: an array of both maps
def both_orders(x):
    return np.array([max_pool_same(relu_map(x)), relu_map(max_pool_same(x))])


# %% both_orders: a list of lists of lists
def both_orders(x):
    def rectify(m):
        return [[max(0, value) for value in row] for row in m]

    def pool(m):
        return [
            [max(v for row in m[p : p + 2] for v in row[q : q + 2]) for q in range(0, len(m[0]), 2)]
            for p in range(0, len(m), 2)
        ]

    x = np.asarray(x).tolist()
    return [pool(rectify(x)), rectify(pool(x))]


# %% both_orders: ccv's own functions, which the exercise allows
def both_orders(x):
    pooled = convolution.max_pool2d(x, padding="same")
    return convolution.max_pool2d(convolution.relu(x), padding="same"), convolution.relu(pooled)


# %% both_orders: Keras layers
def both_orders(x):
    pool, relu = layers.MaxPooling2D(2, padding="same"), layers.ReLU()
    x = np.asarray(x, dtype="float32")[None, ..., None]
    return pool(relu(x))[0, ..., 0], relu(pool(x))[0, ..., 0]


# %% why_they_commute: chosen from a tuple
why_they_commute = ("linear", "monotone", "positive", "idempotent")[1]

# %% why_they_commute: in capitals, with a blank
why_they_commute = " Monotone"

# %% why_they_commute: a NumPy string
why_they_commute = np.str_("monotone")

# %% average_counterexample: an array of floats
average_counterexample = np.array([[1.0, -1.0], [0.5, -2.5]])

# %% average_counterexample: four numbers in a row, as the text asks
average_counterexample = [4, -4, 0, 0]

# %% average_counterexample: a tuple of tuples, of NumPy's own numbers
average_counterexample = ((np.float32(-3), 0), (0, np.int64(1)))

# %% average_counterexample: found by trying
average_counterexample = next(
    window
    for window in np.random.default_rng(0).normal(size=(100, 2, 2))
    if abs(max(window.mean(), 0) - np.maximum(window, 0).mean()) > 0.1
)


# %% feature_vector: an array
def feature_vector(image, filters):
    maps = [np.asarray(relu_map(xo_map(image, kernel))) for kernel in filters]
    return np.concatenate([np.ravel(max_pool_same(np.asarray(max_pool_same(m)))) for m in maps])


# %% feature_vector: a generator inside
def feature_vector(image, filters):
    def numbers():
        for kernel in filters:
            for row in max_pool_same(np.asarray(max_pool_same(np.asarray(relu_map(xo_map(image, kernel)))))):
                yield from row

    return tuple(numbers())


# %% feature_vector: pooled by recursion, rectified last, float32
def feature_vector(image, filters):
    def pooled(m, times):
        return m if times == 0 else pooled(np.asarray(max_pool_same(m)), times - 1)

    vectors = [np.ravel(relu_map(pooled(np.asarray(xo_map(image, kernel)), 2))) for kernel in filters]
    return np.hstack(vectors).astype("float32")


# %% votes: plain sums
VOTERS_OF_X = [0, 3, 4, 9, 10]
VOTERS_OF_O = [1, 2, 8, 11]


def votes(vector):
    return sum(vector[i] for i in VOTERS_OF_X) / 5, sum(vector[i] for i in VOTERS_OF_O) / 4


# %% votes: a matrix of weights
VOTERS_OF_X = [0, 3, 4, 9, 10]
VOTERS_OF_O = [1, 2, 8, 11]


def votes(vector):
    weights = np.zeros((2, 12))
    weights[0, VOTERS_OF_X] = 1 / 5
    weights[1, VOTERS_OF_O] = 1 / 4
    return weights @ vector


# %% votes: float32, a list
VOTERS_OF_X = [0, 3, 4, 9, 10]
VOTERS_OF_O = [1, 2, 8, 11]


def votes(vector):
    vector = np.array(vector, dtype="float32")
    return [np.take(vector, voters).mean() for voters in (VOTERS_OF_X, VOTERS_OF_O)]


# %% classify: the letters by name
def classify(image):
    return max(zip(votes(feature_vector(image, FILTERS)), "XO"))[1]


# %% classify: a NumPy string by argmax
def classify(image):
    return np.array(["X", "O"])[np.argmax(votes(feature_vector(image, [F1, F2, F3])))]


# %% classify: a small letter
def classify(image):
    x, o = votes(feature_vector(image, FILTERS))
    if o > x:
        return "o"
    return "x"

"""Right answers to lab 10 in other styles: each earns full points, in the notebook and in a file."""

# %% same_answer: a set
same_answer = {"j", "h", "e", "c", "a"}

# %% same_answer: an array, in another order
import numpy

same_answer = numpy.array(["e", "a", "j", "c", "h"])

# %% same_answer: a tuple, written as a word
same_answer = tuple("acehj")

# %% same_answer: chosen from the questions
same_answer = [letter for letter in QUESTIONS if letter not in "bdfgi"]


# %% flip_with_boxes: columns of a copy of the array
def flip_with_boxes(image, boxes):
    width = image.shape[1]
    flipped = boxes.copy()
    flipped[:, [0, 2]] = width - boxes[:, [2, 0]]
    return image[:, ::-1], flipped


# %% flip_with_boxes: a loop, and lists for both
def flip_with_boxes(image, boxes):
    width = len(image[0])
    rows = [row[::-1].tolist() for row in image]
    return rows, [[width - right, top, width - left, bottom] for left, top, right, bottom in boxes]


# %% flip_with_boxes: unpacked by columns, float32
def flip_with_boxes(image, boxes):
    left, top, right, bottom = boxes.astype("float32").T
    return [np.fliplr(image), np.stack([image.shape[1] - right, top, image.shape[1] - left, bottom], axis=-1)]


# %% flip_with_boxes: TensorFlow's mirror
import tensorflow as tf


def flip_with_boxes(image, boxes):
    x1, y1, x2, y2 = tf.unstack(tf.cast(boxes, tf.float32), axis=1)
    width = float(image.shape[1])
    return tf.image.flip_left_right(image), tf.stack([width - x2, y1, width - x1, y2], axis=1)


# %% flip_with_boxes: pixel by pixel, the boxes in place
def flip_with_boxes(image, boxes):
    height, width, channels = image.shape
    out = np.empty_like(image)
    for y in range(height):
        for x in range(width):
            out[y, width - 1 - x] = image[y, x]
    for box in boxes:
        box[0], box[2] = width - box[2], width - box[0]
    return out, boxes


# %% flip_with_boxes: a matrix takes the old edges to the new ones
def flip_with_boxes(image, boxes):
    turn = np.array([[0, 0, -1, 0], [0, 1, 0, 0], [-1, 0, 0, 0], [0, 0, 0, 1]])
    return np.flip(image, axis=1), boxes @ turn + np.array([image.shape[1], 0, image.shape[1], 0])


# %% crop_with_boxes: a loop, and tuples
def crop_with_boxes(image, boxes, left, top, height, width, least=0.1):
    found, kept = [], []
    for i, (x1, y1, x2, y2) in enumerate(boxes):
        a, b = max(x1, left), max(y1, top)
        c, d = min(x2, left + width), min(y2, top + height)
        if c <= a or d <= b:
            continue
        if (c - a) * (d - b) / ((x2 - x1) * (y2 - y1)) >= least:
            found.append((a - left, b - top, c - left, d - top))
            kept.append(i)
    return image[top : top + height, left : left + width], found, kept


# %% crop_with_boxes: minima and maxima of whole columns, a mask
def crop_with_boxes(image, boxes, left, top, height, width, least=0.1):
    corner = np.array([left, top])
    low = np.maximum(boxes[:, :2], corner)
    high = np.minimum(boxes[:, 2:], corner + [width, height])
    area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    sides = np.maximum(high - low, 0)
    keep = sides[:, 0] * sides[:, 1] >= least * area
    cut = np.concatenate([low - corner, high - corner], axis=1)[keep]
    return image[top:, left:][:height, :width], cut, np.where(keep)[0]


# %% crop_with_boxes: float32, the kept ones as an array of floats
def crop_with_boxes(image, boxes, left, top, height, width, least=0.1):
    b = boxes.astype("float32") - np.float32([left, top, left, top])
    c = b.clip(min=0)
    c[:, [0, 2]] = c[:, [0, 2]].clip(max=width)
    c[:, [1, 3]] = c[:, [1, 3]].clip(max=height)
    sides = [rows[:, 2:] - rows[:, :2] for rows in (c, b)]
    kept = np.argwhere(sides[0].prod(1) / sides[1].prod(1) >= least)[:, 0]
    return image[top : top + height, left : left + width].copy(), c[kept], kept.astype("float32")


# %% crop_with_boxes: in place, with helpers of one's own, a list for the tuple
def area(box):
    return (box[2] - box[0]) * (box[3] - box[1])


def cut(box, left, top, height, width):
    x1, y1, x2, y2 = box

    def inside(value, most):
        return min(max(value, 0), most)

    return [inside(x1 - left, width), inside(y1 - top, height), inside(x2 - left, width), inside(y2 - top, height)]


def crop_with_boxes(image, boxes, left, top, height, width, least=0.1):
    pairs = [(i, cut(box, left, top, height, width)) for i, box in enumerate(boxes)]
    kept = [(i, new) for i, new in pairs if area(new) >= least * area(boxes[i])]
    return [image[top : top + height, left : left + width], [new for _, new in kept], [i for i, _ in kept]]


# %% crop_with_boxes: a named tuple, a generator inside
from collections import namedtuple

Crop = namedtuple("Crop", "window boxes kept")


def crop_with_boxes(image, boxes, left, top, height, width, least=0.1):
    def parts():
        for n, (x0, y0, x1, y1) in enumerate(boxes):
            a, b = max(x0 - left, 0), max(y0 - top, 0)
            c, d = min(x1 - left, width), min(y1 - top, height)
            if (area := max(c - a, 0) * max(d - b, 0)) >= least * (x1 - x0) * (y1 - y0) and area:
                yield n, (a, b, c, d)

    found = dict(parts())
    return Crop(image[top:][:height, left:][:, :width], np.array([*found.values()], float).reshape(-1, 4), [*found])


# %% adjust: TensorFlow, by the kind of the numbers
import tensorflow as tf


def adjust(image, contrast, brightness):
    top = 255.0 if image.dtype == "uint8" else 1.0
    x = tf.cast(image, tf.float64)
    mean = tf.reduce_mean(x)
    y = tf.clip_by_value((x - mean) * contrast + mean + brightness * top, 0.0, top)
    return tf.cast(tf.round(y) if image.dtype == "uint8" else y, image.dtype)


# %% adjust: in shares of the range
def adjust(image, contrast, brightness):
    integers = np.issubdtype(image.dtype, np.integer)
    x = image / 255.0 if integers else image.astype(np.float64)
    y = np.minimum(np.maximum(x.mean() + contrast * (x - x.mean()) + brightness, 0), 1)
    return np.round(y * 255).astype(np.uint8) if integers else y.astype(image.dtype)


# %% adjust: a loop over the numbers, written into a copy
def adjust(image, contrast, brightness):
    top = 255 if image.dtype == np.uint8 else 1
    numbers = [float(v) for v in image.ravel()]
    mean = sum(numbers) / len(numbers)
    result = image.copy()
    for i, v in enumerate(numbers):
        new = min(max(mean + contrast * (v - mean) + brightness * top, 0), top)
        result.flat[i] = round(new) if top == 255 else new
    return result


# %% adjust: half up instead of half to even
def adjust(image, contrast, brightness):
    if image.dtype == np.uint8:
        x = image.astype(float)
        changed = x.mean() * (1 - contrast) + contrast * x + 255 * brightness
        return np.floor(changed.clip(0, 255) + 0.5).astype("uint8")
    mean = image.mean()
    return ((image - mean) * contrast + mean + brightness).clip(0, 1).astype(image.dtype)


# %% adjust: keras.ops
def adjust(image, contrast, brightness):
    dtype = keras.backend.standardize_dtype(image.dtype)
    top = 255.0 if dtype == "uint8" else 1.0
    x = keras.ops.cast(image, "float64")
    m = keras.ops.mean(x)
    x = keras.ops.clip((x - m) * contrast + m + brightness * top, 0.0, top)
    return keras.ops.convert_to_numpy(keras.ops.round(x) if top > 1 else x).astype(dtype)


# %% count_views: counted by a loop
def count_views(side, window, flips=True):
    views = 0
    for y in range(side):
        for x in range(side):
            if y + window <= side and x + window <= side:
                views += 2 if flips else 1
    return views


# %% count_views: a NumPy integer
def count_views(side, window, flips=True):
    places = np.arange(side - window + 1).size
    return np.int64(places) ** 2 * (1 + int(flips))


# %% count_views: a whole float
def count_views(side, window, flips=True):
    return float(len(range(window, side + 1)) ** 2) * [1, 2][flips]


# %% count_views: a tensor
import tensorflow as tf


def count_views(side, window, flips=True):
    n = tf.constant(side - window + 1)
    return n * n * (2 if flips else 1)


# %% count_views: a product of ranges
from itertools import product


def count_views(side, window, flips=True):
    places = range(side - window + 1)
    return sum(1 for _ in product(places, places, (False, True)[: 1 + flips]))


# %% ten_crops: a list of views, each beside its mirror
def ten_crops(image, window):
    height, width = image.shape[:2]
    views = []
    for y, x in [
        (0, 0),
        (0, width - window),
        ((height - window) // 2, (width - window) // 2),
        (height - window, 0),
        (height - window, width - window),
    ]:
        view = image[y : y + window, x : x + window]
        views += [view, view[:, ::-1]]
    return views


# %% ten_crops: mirrors the whole image first, as floats
def ten_crops(image, window):
    def five(picture):
        h, w = picture.shape[:2]
        y, x = (h - window) // 2, (w - window) // 2
        return [
            picture[:window, :window],
            picture[:window, -window:],
            picture[-window:, :window],
            picture[-window:, -window:],
            picture[y : y + window, x : x + window],
        ]

    views = np.array(five(image), dtype="float32")
    return np.concatenate([views, np.flip(views, axis=2)])


# %% ten_crops: into an array of zeros, as TensorFlow's tensor
import tensorflow as tf


def ten_crops(image, window):
    h, w, c = image.shape
    out = np.zeros((10, window, window, c), image.dtype)
    places = [(y, x) for y in (0, h - window) for x in (0, w - window)] + [((h - window) // 2, (w - window) // 2)]
    for i, (y, x) in enumerate(places):
        out[i] = image[y : y + window, x : x + window]
        out[i + 5] = np.fliplr(out[i])
    return tf.constant(out)


# %% ten_crops: a generator
def ten_crops(image, window):
    h, w = image.shape[:2]
    places = [(y, x) for y in (0, h - window) for x in (0, w - window)] + [((h - window) // 2, (w - window) // 2)]
    for flip in (False, True):
        for y, x in places:
            view = image[y : y + window, x : x + window]
            yield np.fliplr(view) if flip else view


# %% color_shift: a sum of vectors
def color_shift(eigenvalues, eigenvectors, draws):
    return sum(a * value * vector for a, value, vector in zip(draws, eigenvalues, eigenvectors.T))


# %% color_shift: three loops and a list
def color_shift(eigenvalues, eigenvectors, draws):
    shift = [0.0, 0.0, 0.0]
    for color in range(3):
        for i in range(3):
            shift[color] += draws[i] * eigenvalues[i] * eigenvectors[color][i]
    return shift


# %% color_shift: float32
def color_shift(eigenvalues, eigenvectors, draws):
    return eigenvectors.astype("float32").dot((eigenvalues * draws).astype("float32"))


# %% color_shift: einsum, by Keras
def color_shift(eigenvalues, eigenvectors, draws):
    return keras.ops.einsum("ci,i,i->c", eigenvectors, eigenvalues, draws)


# %% color_shift: a tuple
def color_shift(eigenvalues, eigenvectors, draws):
    return tuple((eigenvectors * (eigenvalues * draws)).sum(axis=1))


# %% mixup: a loop over the batch
def mixup(images, labels, partners, shares, classes):
    mixed, soft = np.zeros_like(images), np.zeros((len(images), classes))
    for i, (j, share) in enumerate(zip(partners, shares)):
        mixed[i] = share * images[i] + (1 - share) * images[j]
        soft[i, labels[i]] += share
        soft[i, labels[j]] += 1 - share
    return mixed, soft


# %% mixup: Keras, float32
def mixup(images, labels, partners, shares, classes):
    s = keras.ops.cast(shares, "float32")
    hot = keras.utils.to_categorical(labels, classes)
    x = keras.ops.cast(images, "float32")
    w = keras.ops.reshape(s, (-1, 1, 1, 1))
    soft = s[:, None] * hot + (1 - s[:, None]) * hot[partners]
    return w * x + (1 - w) * keras.ops.take(x, partners, axis=0), soft


# %% mixup: lists of comprehensions
def mixup(images, labels, partners, shares, classes):
    mixed = [s * a + (1 - s) * images[p] for a, p, s in zip(images, partners, shares)]
    soft = [
        [s * (labels[i] == k) + (1 - s) * (labels[partners[i]] == k) for k in range(classes)]
        for i, s in enumerate(shares)
    ]
    return [mixed, soft]


# %% mixup: a step towards the partner, in place on copies
import tensorflow as tf


def mixup(images, labels, partners, shares, classes):
    rest = (1 - shares).reshape(-1, 1)
    out = images.copy()
    out += rest[:, :, None, None] * (images[partners] - images)
    hot = tf.one_hot(labels, classes, dtype=tf.float64)
    return out, hot + rest * (tf.gather(hot, partners) - hot)


# %% cutmix: a mask
def cutmix(image, other, share, row, column):
    height, width = image.shape[:2]
    hy, hx = int(height * np.sqrt(1 - share)) // 2, int(width * np.sqrt(1 - share)) // 2
    y, x = np.mgrid[:height, :width]
    pasted = (y >= row - hy) & (y < row + hy) & (x >= column - hx) & (x < column + hx)
    return np.where(pasted[..., None], other, image), 1 - pasted.mean()


# %% cutmix: pixel by pixel, into a list of lists
import math


def cutmix(image, other, share, row, column):
    height, width = image.shape[:2]
    hy, hx = (int(side * math.sqrt(1 - share)) // 2 for side in (height, width))
    mixed, mine = image.tolist(), 0
    for y in range(height):
        for x in range(width):
            if row - hy <= y < row + hy and column - hx <= x < column + hx:
                mixed[y][x] = other[y, x].tolist()
            else:
                mine += 1
    return mixed, mine / (height * width)


# %% cutmix: clipped corners, in place, float32
def cutmix(image, other, share, row, column):
    height, width, _ = image.shape
    half = np.array([int(height * (1 - share) ** 0.5), int(width * (1 - share) ** 0.5)]) // 2
    y1, x1 = np.clip(np.array([row, column]) - half, 0, [height, width])
    y2, x2 = np.clip(np.array([row, column]) + half, 0, [height, width])
    image[y1:y2, x1:x2] = other[y1:y2, x1:x2]
    return [image, np.float32(1 - (y2 - y1) * (x2 - x1) / image[..., 0].size)]


# %% cutmix: TensorFlow
import tensorflow as tf


def cutmix(image, other, share, row, column):
    h, w = image.shape[0], image.shape[1]
    hy, hx = int(h * (1 - share) ** 0.5) // 2, int(w * (1 - share) ** 0.5) // 2
    rows = tf.logical_and(tf.range(h) >= row - hy, tf.range(h) < row + hy)
    columns = tf.logical_and(tf.range(w) >= column - hx, tf.range(w) < column + hx)
    inside = tf.logical_and(rows[:, None], columns[None])[..., None]
    return tf.where(inside, other, image), 1 - tf.reduce_mean(tf.cast(inside, tf.float32))


# %% augmented: a Sequential
def augmented(network, augmenters):
    return keras.Sequential([keras.Input(network.input_shape[1:]), *augmenters, network])


# %% augmented: added one by one, and built
def augmented(network, augmenters):
    model = keras.Sequential()
    for layer in augmenters:
        model.add(layer)
    model.add(network)
    model.build((None, *network.input_shape[1:]))
    return model


# %% augmented: a Sequential of augmenters inside a functional model
def augmented(network, augmenters):
    image = keras.Input(shape=network.input_shape[1:])
    return keras.Model(image, network(keras.Sequential(augmenters)(image)))


# %% augmented: a subclass
class Augmented(keras.Model):
    def __init__(self, network, augmenters):
        super().__init__()
        self.network, self.augmenters = network, augmenters

    def call(self, x, training=False):
        for augmenter in self.augmenters:
            x = augmenter(x, training=training)
        return self.network(x, training=training)


def augmented(network, augmenters):
    return Augmented(network, augmenters)


# %% augmented: a pipeline of Keras
def augmented(network, augmenters):
    inputs = keras.Input(network.input_shape[1:])
    return keras.Model(inputs, network(keras.layers.Pipeline(list(augmenters))(inputs)))


# %% augmented: reduce
from functools import reduce


def augmented(network, augmenters):
    image = keras.layers.Input(batch_shape=network.input_shape)
    return keras.Model(inputs=image, outputs=network(reduce(lambda x, layer: layer(x), augmenters, image)))


# %% answers_of: predict
def answers_of(model, images):
    return model.predict(images, verbose=0)


# %% answers_of: predict_on_batch
def answers_of(model, images):
    return model.predict_on_batch(images)


# %% answers_of: one image at a time, into a list
def answers_of(model, images):
    return [model(image[None], training=False)[0] for image in images]


# %% answers_of: a NumPy array, asked within a tf.function
import tensorflow as tf


def answers_of(model, images):
    @tf.function
    def ask(x):
        return model(x, training=False)

    return ask(tf.constant(images)).numpy()

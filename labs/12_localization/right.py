# %% [markdown]
# Right answers to lab 12 in other styles: each cell replaces the exercise's own, and earns full points.

# %% output_shape: a chain of ifs
def output_shape(task, classes, image, grid, objects):
    if task == "classification":
        return (classes,)
    if task == "localisation":
        return (5 + classes,)
    if task == "detection":
        rows, columns = grid
        return rows, columns, 5 + classes
    height, width = image
    return objects, height, width


# %% output_shape: match, and lists
def output_shape(task, classes, image, grid, objects):
    match task:
        case "classification":
            return [classes]
        case "localisation":
            return [classes + 5]
        case "detection":
            return [*grid, classes + 5]
        case "segmentation":
            return [objects, *image]


# %% output_shape: an array of whole numbers
def output_shape(task, classes, image, grid, objects):
    head = {"classification": [], "localisation": [], "detection": list(grid), "segmentation": [objects]}[task]
    tail = {"classification": [classes], "segmentation": list(image)}.get(task, [1 + 4 + classes])
    return np.array(head + tail)


# %% corners: a loop over the boxes
def corners(boxes, height, width):
    out = []
    for bx, by, bh, bw in boxes:
        out.append([(bx - bw / 2) * width, (by - bh / 2) * height, (bx + bw / 2) * width, (by + bh / 2) * height])
    return out


# %% corners: in float32
def corners(boxes, height, width):
    bx, by, bh, bw = np.asarray(boxes, "float32").T
    return np.stack(
        [(bx - bw / 2) * width, (by - bh / 2) * height, (bx + bw / 2) * width, (by + bh / 2) * height], axis=1
    )


# %% corners: one product with a matrix
def corners(boxes, height, width):
    to_edges = np.array([[1, 0, 1, 0], [0, 1, 0, 1], [0, -0.5, 0, 0.5], [-0.5, 0, 0.5, 0]])
    return boxes @ to_edges * [width, height, width, height]


# %% corners: Keras's own formats of boxes
import keras


def corners(boxes, height, width):
    return keras.utils.bounding_boxes.convert_format(
        boxes[:, [0, 1, 3, 2]] * [width, height, width, height], source="center_xywh", target="xyxy"
    )


# %% encode: joined lists
def encode(box, label, classes, height, width):
    if box is None:
        return [0] * (5 + classes)
    x_min, y_min, x_max, y_max = box
    one_hot = [int(number == label) for number in range(classes)]
    w, h = x_max - x_min, y_max - y_min
    return [1, (x_min + w / 2) / width, (y_min + h / 2) / height, h / height, w / width] + one_hot


# %% encode: parts first, in float32
def encode(box, label, classes, height, width):
    y = np.zeros(5 + classes, dtype=np.float32)
    if box:
        x0, y0, x1, y1 = np.array(box, "float32") / np.array([width, height, width, height], "float32")
        y[:5] = [1, (x0 + x1) / 2, (y0 + y1) / 2, y1 - y0, x1 - x0]
        y[5:] = np.eye(classes, dtype="float32")[label]
    return y


# %% encode: keras.utils.to_categorical
from keras.utils import to_categorical


def encode(box, label, classes, height, width):
    if box is None:
        return np.zeros(5 + classes)
    x = (box[0] + box[2]) / (2 * width)
    y = (box[1] + box[3]) / (2 * height)
    return np.concatenate(
        [[1, x, y, (box[3] - box[1]) / height, (box[2] - box[0]) / width], to_categorical(label, classes)]
    )


# %% localization_loss: a loop over the pictures
def localization_loss(y, guess):
    losses = []
    for truth, said in zip(y, guess):
        if truth[0]:
            losses.append(sum((a - b) ** 2 for a, b in zip(truth, said)))
        else:
            losses.append((truth[0] - said[0]) ** 2)
    return losses


# %% localization_loss: a weight for each number
def localization_loss(y, guess):
    weights = np.ones_like(y)
    weights[:, 1:] = y[:, :1]
    return (weights * (guess - y) ** 2).sum(-1)


# %% localization_loss: one branch for each kind, in float32
def localization_loss(y, guess):
    y, guess = y.astype("float32"), guess.astype("float32")
    loss = np.square(guess[:, 0] - y[:, 0])
    there = y[:, 0] > 0.5
    loss[there] += np.square(guess[there, 1:] - y[there, 1:]).sum(axis=1)
    return loss


# %% localization_loss: TensorFlow
import tensorflow as tf


def localization_loss(y, guess):
    squares = tf.math.squared_difference(tf.cast(y, tf.float32), tf.cast(guess, tf.float32))
    return tf.where(y[:, 0] == 1, tf.reduce_sum(squares, axis=1), squares[:, 0])


# %% iou: one pair after the other
def iou(a, b):
    out = []
    for (ax0, ay0, ax1, ay1), (bx0, by0, bx1, by1) in zip(a, b):
        wide, tall = min(ax1, bx1) - max(ax0, bx0), min(ay1, by1) - max(ay0, by0)
        inter = wide * tall if wide > 0 and tall > 0 else 0
        out.append(inter / ((ax1 - ax0) * (ay1 - ay0) + (bx1 - bx0) * (by1 - by0) - inter))
    return out


# %% iou: columns, and clip
def iou(a, b):
    w = np.clip(np.minimum(a[:, 2], b[:, 2]) - np.maximum(a[:, 0], b[:, 0]), 0, None)
    h = np.clip(np.minimum(a[:, 3], b[:, 3]) - np.maximum(a[:, 1], b[:, 1]), 0, None)
    area_a, area_b = ((c[:, 2] - c[:, 0]) * (c[:, 3] - c[:, 1]) for c in (a, b))
    return w * h / (area_a + area_b - w * h)


# %% iou: keras.ops in float32
from keras import ops


def iou(a, b):
    a, b = ops.convert_to_tensor(a, "float32"), ops.convert_to_tensor(b, "float32")
    sides = ops.relu(ops.minimum(a[:, 2:], b[:, 2:]) - ops.maximum(a[:, :2], b[:, :2]))
    inside = sides[:, 0] * sides[:, 1]
    both = ops.prod(a[:, 2:] - a[:, :2], axis=1) + ops.prod(b[:, 2:] - b[:, :2], axis=1)
    return inside / (both - inside)


# %% landmark_label: columns of the array
def landmark_label(points, present, height, width):
    if not present:
        return np.zeros(1 + 2 * len(points))
    return np.r_[1, (points / [width, height]).ravel()]


# %% landmark_label: a list that grows
def landmark_label(points, present, height, width):
    label = [1 if present else 0]
    for x, y in points:
        label.extend([x / width, y / height] if present else [0, 0])
    return label


# %% landmark_label: every second place, in float32
def landmark_label(points, present, height, width):
    label = np.zeros(2 * points.shape[0] + 1, "float32")
    if present:
        label[0] = 1.0
        label[1::2] = points[:, 0] / width
        label[2::2] = points[:, 1] / height
    return label


# %% count_windows: every window is counted
def count_windows(height, width, sizes, stride):
    count = 0
    for side in sizes:
        for top in range(0, height - side + 1, stride):
            for left in range(0, width - side + 1, stride):
                count += 1
    return count


# %% count_windows: the lengths of ranges
def count_windows(height, width, sizes, stride):
    return sum(len(range(0, height - s + 1, stride)) * len(range(0, width - s + 1, stride)) for s in sizes)


# %% count_windows: arrays, and a sum that is a float
def count_windows(height, width, sizes, stride):
    sizes = np.array(sizes)
    down = np.maximum(0, np.floor((height - sizes) / stride) + 1)
    right = np.maximum(0, np.floor((width - sizes) / stride) + 1)
    return (down * right).sum()


# %% count_windows: too large windows are passed over
def count_windows(height, width, sizes, stride):
    total = 0
    for side in sizes:
        if side > height or side > width:
            continue
        total += ((height - side) // stride + 1) * ((width - side) // stride + 1)
    return total


# %% scan: one crop at a time
def scan(classifier, image, side, stride):
    boxes, scores = [], []
    for top in range(0, image.shape[0] - side + 1, stride):
        for left in range(0, image.shape[1] - side + 1, stride):
            crop = image[top : top + side, left : left + side, :]
            boxes.append([left, top, left + side, top + side])
            scores.append(classifier(crop[np.newaxis])[0])
    return boxes, scores


# %% scan: NumPy's view of all windows
from numpy.lib.stride_tricks import sliding_window_view


def scan(classifier, image, side, stride):
    views = sliding_window_view(image, (side, side), axis=(0, 1))[::stride, ::stride]
    rows, columns = views.shape[:2]
    y, x = np.divmod(np.arange(rows * columns), columns)
    corner = np.stack([x, y], axis=1) * stride
    crops = views.transpose(0, 1, 3, 4, 2).reshape(-1, side, side, image.shape[2])
    return np.hstack([corner, corner + side]), classifier(crops)


# %% scan: a while loop, and float32
def scan(classifier, image, side, stride):
    boxes, crops = [], []
    y = 0
    while y + side <= len(image):
        x = 0
        while x + side <= len(image[0]):
            boxes.append((x, y, x + side, y + side))
            crops.append(image[y : y + side, x : x + side])
            x += stride
        y += stride
    return np.array(boxes, "float32"), np.array(classifier(np.array(crops, "float32")), "float32")


# %% times_seen: every window on an array of zeros
def times_seen(height, width, side, stride):
    counts = np.zeros((height, width))
    for top in range(0, height - side + 1, stride):
        for left in range(0, width - side + 1, stride):
            counts[top : top + side, left : left + side] += 1
    return counts


# %% times_seen: pixel by pixel, in nested lists
def times_seen(height, width, side, stride):
    def along(length):
        starts = range(0, length - side + 1, stride)
        return [sum(start <= pixel < start + side for start in starts) for pixel in range(length)]

    return [[down * across for across in along(width)] for down in along(height)]


# %% times_seen: each pixel's first and last window, in float32
def times_seen(height, width, side, stride):
    def along(length):
        pixels, most = np.arange(length), (length - side) // stride
        last = np.minimum(pixels // stride, most)
        first = np.maximum(-(-(pixels - side + 1) // stride), 0)
        return np.maximum(last - first + 1, 0).astype("float32")

    return along(height)[:, None] * along(width)[None, :]


# %% times_seen: a matrix of windows and pixels
def times_seen(height, width, side, stride):
    def covers(length):
        starts = np.arange(0, length - side + 1, stride)[:, None]
        pixels = np.arange(length)
        return ((pixels >= starts) & (pixels < starts + side)).astype(int)

    return np.einsum("ay,bx->yx", covers(height), covers(width))


# %% dense_to_kernel: a loop over the places
def dense_to_kernel(weights, shape):
    height, width, channels = shape
    kernel = np.zeros((height, width, channels, weights.shape[1]))
    row = 0
    for y in range(height):
        for x in range(width):
            for c in range(channels):
                kernel[y, x, c] = weights[row]
                row += 1
    return kernel


# %% dense_to_kernel: Keras reshapes
import keras


def dense_to_kernel(weights, shape):
    return keras.ops.reshape(weights, tuple(shape) + (weights.shape[1],))


# %% dense_to_kernel: unit by unit
def dense_to_kernel(weights, shape):
    return np.stack([unit.reshape(shape) for unit in weights.T], axis=-1)


# %% dense_to_kernel: nested lists in float32
def dense_to_kernel(weights, shape):
    h, w, c = shape
    rows = weights.astype("float32").tolist()
    return [[[rows[(y * w + x) * c + z] for z in range(c)] for x in range(w)] for y in range(h)]


# %% output_grid: a function for one side
def one_side(n, kernel, stride):
    return len(range(0, n - kernel + 1, stride))


def output_grid(height, width, stack):
    channels = 3
    for k, s, f in stack:
        height, width, channels = one_side(height, k, s), one_side(width, k, s), f or channels
    return [height, width, channels]


# %% output_grid: rounded down as a float, in an array
def output_grid(height, width, stack):
    size = np.array([height, width], dtype=float)
    for kernel, stride, _ in stack:
        size = np.floor((size - kernel) / stride) + 1
    channels = [3] + [filters for _, _, filters in stack if filters is not None]
    return np.append(size, channels[-1])


# %% output_grid: Keras says it
import keras


def output_grid(height, width, stack):
    x = keras.KerasTensor((1, height, width, 3))
    for kernel, stride, filters in stack:
        if filters is None:
            x = keras.layers.MaxPooling2D(kernel, stride)(x)
        else:
            x = keras.layers.Conv2D(filters, kernel, stride)(x)
    return x.shape[1:]


# %% output_grid: it calls itself
def output_grid(height, width, stack, channels=3):
    if not stack:
        return height, width, channels
    (kernel, stride, filters), *rest = stack
    return output_grid(
        1 + (height - kernel) // stride, 1 + (width - kernel) // stride, rest, channels if filters is None else filters
    )


# %% cost_ratio: every window is counted by hand
def cost_ratio(height, width, stack, window):
    stride = 1
    for _, s, _ in stack:
        stride *= s
    crops = ((height - window) // stride + 1) * ((width - window) // stride + 1)
    return crops * multiply_adds(window, window, stack) / multiply_adds(height, width, stack)


# %% cost_ratio: in float32
def cost_ratio(height, width, stack, window):
    grid = output_grid(height, width, stack)
    crop, once = (np.float32(multiply_adds(*size, stack)) for size in ((window, window), (height, width)))
    return np.float32(grid[0] * grid[1]) * crop / once


# %% cost_ratio: the exact fraction
from fractions import Fraction


def cost_ratio(height, width, stack, window):
    places = int(np.prod(output_grid(height, width, stack)[:2]))
    return float(Fraction(places * multiply_adds(window, window, stack), multiply_adds(height, width, stack)))

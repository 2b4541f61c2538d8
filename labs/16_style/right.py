# %% [markdown]
# Right answers to lab 16 in other styles: each cell replaces the exercise's own, and earns full points.

# %% gram: einsum
def gram(maps):
    return np.einsum("yxi,yxj->ij", maps, maps) / maps[..., 0].size


# %% gram: loops
def gram(maps):
    height, width, channels = maps.shape
    table = [[0.0] * channels for _ in range(channels)]
    for i in range(channels):
        for j in range(channels):
            table[i][j] = float(np.mean(maps[:, :, i] * maps[:, :, j]))
    return table


# %% gram: channels first, as in other programs
def gram(maps):
    flat = np.moveaxis(maps, -1, 0).reshape(maps.shape[-1], -1)
    return (flat @ flat.T) / flat.shape[1]


# %% gram: keras.ops in float32
from keras import ops


def gram(maps):
    rows = ops.reshape(ops.cast(maps, "float32"), (-1, maps.shape[-1]))
    return ops.matmul(ops.transpose(rows), rows) / rows.shape[0]


# %% gram: tensordot
def gram(maps):
    return np.tensordot(maps, maps, axes=([0, 1], [0, 1])) / np.prod(maps.shape[:2])


# %% same_gram: a word
same_gram = "acfhi"

# %% same_gram: a set
same_gram = {"i", "h", "f", "c", "a"}

# %% same_gram: what is left of all
same_gram = tuple(letter for letter in CHANGES if letter not in "bdegj")


# %% same_gram: capital letters in an array
same_gram = np.array(["A", "C", "F", "H", "I"])


# %% style_loss: a loop
def style_loss(grams, targets):
    total = 0.0
    for g, a in zip(grams, targets):
        total += ((g - a) ** 2).sum() / (a**2).sum()
    return total / len(targets)


# %% style_loss: norms
def style_loss(grams, targets):
    norm = np.linalg.norm
    return np.average([(norm(g - a) / norm(a)) ** 2 for g, a in zip(grams, targets)])


# %% style_loss: in keras.ops
from keras import ops


def style_loss(grams, targets):
    def one(g, a):
        g, a = ops.cast(g, "float32"), ops.cast(a, "float32")
        return ops.sum(ops.square(g - a)) / ops.sum(ops.square(a))

    return ops.mean(ops.stack([one(g, a) for g, a in zip(grams, targets)]))


# %% style_loss: dot products
def style_loss(grams, targets):
    parts = []
    for n in range(len(grams)):
        d, a = np.ravel(grams[n] - targets[n]), np.ravel(targets[n])
        parts.append(d @ d / (a @ a))
    return sum(parts) / len(parts)


# %% total_variation: np.diff
def total_variation(picture):
    return np.abs(np.diff(picture, axis=0)).mean() + np.abs(np.diff(picture, axis=1)).mean()


# %% total_variation: loops
def total_variation(picture):
    height, width, channels = picture.shape
    down = across = 0.0
    for y in range(height):
        for x in range(width):
            if y + 1 < height:
                down += sum(abs(float(v)) for v in picture[y + 1, x] - picture[y, x])
            if x + 1 < width:
                across += sum(abs(float(v)) for v in picture[y, x + 1] - picture[y, x])
    return down / ((height - 1) * width * channels) + across / (height * (width - 1) * channels)


# %% total_variation: in TensorFlow
import tensorflow as tf


def total_variation(picture):
    p = tf.cast(picture, tf.float32)
    return tf.reduce_mean(tf.abs(p[1:] - p[:-1])) + tf.reduce_mean(tf.abs(p[:, 1:] - p[:, :-1]))


# %% total_variation: both axes in a sum
def total_variation(picture):
    turned = [picture, np.swapaxes(picture, 0, 1)]
    return sum(np.mean(np.maximum(p[1:], p[:-1]) - np.minimum(p[1:], p[:-1])) for p in turned)


# %% gram_slope: by rows
def gram_slope(maps, target):
    rows = maps.reshape(-1, maps.shape[-1])
    return (4 * rows @ (rows.T @ rows / len(rows) - target) / len(rows)).reshape(maps.shape)


# %% gram_slope: einsum
def gram_slope(maps, target):
    return np.einsum("yxi,ij->yxj", maps, gram(maps) - target) * 4 / (maps.shape[0] * maps.shape[1])


# %% gram_slope: loops
def gram_slope(maps, target):
    height, width, channels = maps.shape
    apart, slope = np.asarray(gram(maps)) - target, np.zeros(maps.shape)
    for y in range(height):
        for x in range(width):
            for k in range(channels):
                slope[y, x, k] = 4 / (height * width) * sum(maps[y, x, j] * apart[j, k] for j in range(channels))
    return slope


# %% gram_slope: TensorFlow goes backwards
import tensorflow as tf


def gram_slope(maps, target):
    F = tf.Variable(tf.cast(maps, tf.float64))
    with tf.GradientTape() as tape:
        rows = tf.reshape(F, (-1, F.shape[-1]))
        G = tf.matmul(rows, rows, transpose_a=True) / rows.shape[0]
        E = tf.reduce_sum((G - tf.cast(target, tf.float64)) ** 2)
    return tape.gradient(E, F)


# %% paint: the last loss after the loop
def paint(value_and_slope, picture, steps, rate):
    losses, now = [], picture.copy()
    for _ in range(steps):
        value, slope = value_and_slope(now)
        losses.append(value)
        now -= rate * slope
        now = now.clip(0, 1)
    losses.append(value_and_slope(now)[0])
    return now, losses


# %% paint: minimum and maximum, losses as an array
def paint(value_and_slope, picture, steps, rate):
    losses = np.zeros(steps + 1)
    for n in range(steps + 1):
        losses[n], slope = value_and_slope(picture)
        if n < steps:
            picture = np.minimum(np.maximum(picture - rate * slope, 0), 1)
    return [picture, losses]


# %% paint: recursion
def paint(value_and_slope, picture, steps, rate):
    value, slope = value_and_slope(picture)
    if steps == 0:
        return picture, [value]
    painted, losses = paint(value_and_slope, np.clip(picture - rate * slope, 0.0, 1.0), steps - 1, rate)
    return painted, [value, *losses]


# %% paint: a tensor
import tensorflow as tf


def paint(value_and_slope, picture, steps, rate):
    now, losses = tf.convert_to_tensor(picture), []
    for _ in range(steps):
        value, slope = value_and_slope(now.numpy())
        losses.append(value)
        now = tf.clip_by_value(now - rate * slope, 0.0, 1.0)
    return now, losses + [value_and_slope(now.numpy())[0]]


# %% right_tool: capital letters
right_tool = dict(
    A="transfer",
    B="Detector",
    C="segmenter",
    D="embedding",
    E="landmarks",
    F="small convnet",
    G="style",
    H="no ConvNet",
)

# %% right_tool: from a line
right_tool = dict(
    zip(JOBS, "transfer,detector,segmenter,embedding,landmarks,small ConvNet,style,no ConvNet".split(","))
)

# %% right_tool: from the list of tools
tools = list(TOOLS)
right_tool = {letter: tools[n] for letter, n in zip("abcdefgh", (1, 2, 3, 4, 5, 0, 6, 7))}

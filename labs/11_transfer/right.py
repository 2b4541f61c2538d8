"""Right answers to lab 11 in other styles: each earns full points, in the notebook and in a file."""


# %% preprocess: float32, a table of functions
def preprocess(images, convention):
    x = np.asarray(images, "float32")
    return {
        "raw": lambda: x,
        "signed": lambda: x / 127.5 - 1,
        "caffe": lambda: np.flip(x, axis=-1) - np.float32(CAFFE_MEAN_BGR),
        "torch": lambda: (x / 255 - np.float32(TORCH_MEAN_RGB)) / np.float32(TORCH_DEVIATION_RGB),
    }[convention]()


# %% preprocess: channel by channel, with numbers of one's own
def preprocess(images, convention):
    r, g, b = np.moveaxis(np.array(images, dtype=np.float64), -1, 0)
    if convention == "raw":
        return np.stack([r, g, b], -1)
    if convention == "signed":
        return np.stack([c / 255 * 2 - 1 for c in (r, g, b)], -1)
    if convention == "caffe":
        return np.stack([b - 103.939, g - 116.779, r - 123.68], -1)
    means, deviations = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    return np.stack([(c / 255 - m) / d for c, m, d in zip((r, g, b), means, deviations)], -1)


# %% preprocess: TensorFlow
import tensorflow as tf


def preprocess(images, convention):
    x = tf.cast(images, tf.float32)
    if convention == "torch":
        return (x / 255 - TORCH_MEAN_RGB) / TORCH_DEVIATION_RGB
    if convention == "caffe":
        return tf.reverse(x, [-1]) - CAFFE_MEAN_BGR
    return x / 127.5 - 1 if convention == "signed" else x


# %% preprocess: in place on a copy, the raw pixels as they came
def preprocess(images, convention):
    if convention == "raw":
        return images
    x = images.astype(float)
    if convention == "caffe":
        x = x[..., [2, 1, 0]]
        x -= CAFFE_MEAN_BGR
        return x
    x /= 255
    x -= 0.5 if convention == "signed" else TORCH_MEAN_RGB
    x /= 0.5 if convention == "signed" else TORCH_DEVIATION_RGB
    return x


# %% nearest_centroid: loops and a dictionary
def nearest_centroid(features, labels, queries):
    groups = {}
    for feature, label in zip(features, labels):
        groups.setdefault(int(label), []).append(feature)
    means = {label: sum(rows) / len(rows) for label, rows in groups.items()}
    return [min(means, key=lambda k: ((query - means[k]) ** 2).sum()) for query in queries]


# %% nearest_centroid: SciPy's distances
from scipy.spatial.distance import cdist


def nearest_centroid(features, labels, queries):
    names, where = np.unique(labels, return_inverse=True)
    sums = np.zeros((len(names), features.shape[1]))
    np.add.at(sums, where, features)
    return names[cdist(queries, sums / np.bincount(where)[:, None]).argmin(1)].astype(float)


# %% nearest_centroid: squares multiplied out, with Keras
def nearest_centroid(features, labels, queries):
    names = sorted(set(labels.tolist()))
    member = np.array([[label == name for label in labels] for name in names], float)
    c = member @ features / member.sum(axis=1, keepdims=True)
    scores = queries @ c.T - (c**2).sum(axis=1) / 2
    return keras.ops.take(np.array(names), keras.ops.argmax(scores, axis=1))


# %% add_head: a Sequential
def add_head(base, classes, dropout=0.2):
    base.trainable = False
    return keras.Sequential(
        [
            keras.Input(base.input_shape[1:]),
            base,
            layers.GlobalAveragePooling2D(),
            layers.Dropout(dropout),
            layers.Dense(classes, activation="softmax"),
        ]
    )


# %% add_head: grown from the base's own output
def add_head(base, classes, dropout=0.2):
    for layer in base.layers:
        layer.trainable = False
    x = layers.GlobalAvgPool2D()(base.output)
    x = layers.Dropout(rate=dropout)(x)
    return keras.Model(base.inputs, layers.Dense(classes, "softmax")(x))


# %% add_head: a head that is a model, the softmax a layer
def add_head(base, classes, dropout=0.2):
    head = keras.Sequential(
        [
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dropout(dropout),
            keras.layers.Dense(classes),
            keras.layers.Softmax(),
        ]
    )
    base.trainable = False
    image = keras.Input(shape=base.input_shape[1:])
    return keras.Model(inputs=image, outputs=head(base(image, training=False)))


# %% add_head: a 1x1 convolution
def add_head(base, classes, dropout=0.2):
    base.trainable = False
    inputs = keras.Input(base.input_shape[1:])
    x = layers.GlobalAveragePooling2D(keepdims=True)(base(inputs, training=False))
    x = layers.Conv2D(classes, 1, activation="softmax")(layers.Dropout(dropout)(x))
    return keras.Model(inputs, layers.Flatten()(x))


# %% add_head: frozen at the end, TensorFlow's softmax
import tensorflow as tf


def add_head(base, classes, dropout=0.2):
    inputs = keras.Input(base.input_shape[1:])
    maps = base(inputs)
    features = keras.layers.GlobalAveragePooling2D()(maps)
    outputs = keras.layers.Dense(classes, activation=tf.nn.softmax)(keras.layers.Dropout(dropout)(features))
    model = keras.Model(inputs, outputs, name="with_head")
    model.layers[1].trainable = False
    return model


# %% add_head: a subclass
class WithHead(keras.Model):
    def __init__(self, base, classes, dropout):
        super().__init__()
        self.base = base
        self.base.trainable = False
        self.pool = layers.GlobalAveragePooling2D()
        self.drop = layers.Dropout(dropout)
        self.head = layers.Dense(classes, activation="softmax")

    def call(self, images, training=None):
        maps = self.base(images, training=False)
        return self.head(self.drop(self.pool(maps), training=training))


def add_head(base, classes, dropout=0.2):
    return WithHead(base, classes, dropout)


# %% add_head: the mean by keras.ops
from keras import ops


def add_head(base, classes, dropout=0.2):
    base.trainable = False
    inputs = keras.Input(base.input_shape[1:])
    x = ops.mean(base(inputs, training=False), axis=(1, 2))
    return keras.Model(inputs, layers.Dense(classes, activation="softmax")(layers.Dropout(dropout)(x)))


# %% count_parameters: two comprehensions
def count_parameters(layers, frozen=0):
    def learnt(kind, *n):
        return {"conv": lambda: n[0] ** 2 * n[1] * n[2], "bn": lambda: 2 * n[0], "dense": lambda: n[0] * n[1] + n[1]}[
            kind
        ]()

    trained = sum(learnt(*layer) for layer in layers[frozen:])
    everything = sum(learnt(*layer) for layer in layers) + sum(2 * layer[1] for layer in layers if layer[0] == "bn")
    return trained, everything - trained


# %% count_parameters: an array
def count_parameters(layers, frozen=0):
    counts = np.zeros(2, dtype=np.int64)
    for i, layer in enumerate(layers):
        if layer[0] == "bn":
            counts += [0, 2 * layer[1]]
            n = 2 * layer[1]
        else:
            n = layer[1] * layer[1] * layer[2] * layer[3] if layer[0] == "conv" else (layer[1] + 1) * layer[2]
        counts[int(i < frozen)] += n
    return counts


# %% count_parameters: match, and a list of NumPy's integers
def count_parameters(layers, frozen=0):
    totals = [np.int32(0), np.int32(0)]
    for number, layer in enumerate(layers):
        match layer:
            case ("conv", kernel, channels, filters):
                weights, statistics = kernel**2 * channels * filters, 0
            case ("bn", channels):
                weights = statistics = 2 * channels
            case ("dense", inputs, units):
                weights, statistics = inputs * units + units, 0
        totals[0 if number >= frozen else 1] += np.int32(weights)
        totals[1] += np.int32(statistics)
    return totals


# %% count_parameters: asks Keras
from keras import layers as kl


def count_parameters(layers, frozen=0):
    made = []
    for kind, *n in layers:
        layer = {
            "conv": lambda: kl.Conv2D(n[2], n[0], use_bias=False),
            "bn": kl.BatchNormalization,
            "dense": lambda: kl.Dense(n[1]),
        }[kind]()
        layer.build((None, 8, 8, n[1]) if kind == "conv" else (None, n[0]))
        layer.trainable = len(made) >= frozen
        made.append(layer)
    trained = sum(math.prod(w.shape) for layer in made for w in layer.trainable_weights)
    return trained, sum(math.prod(w.shape) for layer in made for w in layer.weights) - trained


# %% freeze_until: by the layer's number
def freeze_until(model, name):
    model.trainable = True
    line = [layer.name for layer in model.layers].index(name)
    for number, layer in enumerate(model.layers):
        frozen = number <= line or isinstance(layer, keras.layers.BatchNormalization)
        layer.trainable = not frozen
    return model


# %% freeze_until: slices, and the norms afterwards
def freeze_until(model, name):
    line = model.layers.index(model.get_layer(name)) + 1
    model.trainable = True
    for layer in model.layers[:line]:
        layer.trainable = False
    for layer in model.layers:
        if "BatchNormalization" in type(layer).__name__:
            layer.trainable = False
    return model


# %% freeze_until: all closed first, opened from above
def freeze_until(model, name):
    model.trainable = True
    for layer in model.layers:
        layer.trainable = False
    for layer in reversed(model.layers):
        if layer.name == name:
            break
        if not isinstance(layer, layers.BatchNormalization):
            layer.trainable = True
    return model


# %% freeze_until: what has no weights keeps its flag
def freeze_until(model, name):
    model.trainable = True
    seen = False
    for layer in model.layers:
        if layer.weights:
            layer.trainable = seen and not isinstance(layer, keras.layers.BatchNormalization)
        seen = seen or layer.name == name
    return model


# %% moved: a loop
def moved(before, after):
    names = []
    for name in before:
        if not np.array_equal(before[name], after[name]):
            names.append(name)
    return names


# %% moved: by the bytes, as a tuple
def moved(before, after):
    return tuple(name for name in before.keys() if before[name].tobytes() != after[name].tobytes())


# %% moved: Keras, an array of names
def moved(before, after):
    return np.array([k for k, v in before.items() if bool(keras.ops.any(keras.ops.not_equal(v, after[k])))], dtype=str)


# %% moved: the keys of a dictionary of differences
def moved(before, after):
    differences = {name: np.abs(after[name] - before[name]).max() for name in before}
    return {name: most for name, most in differences.items() if most > 0}.keys()


# %% learning_rates: float32
def learning_rates(stages, rate, decay):
    return np.float32(rate) * np.float32(decay) ** np.arange(stages, dtype="float32")[::-1]


# %% learning_rates: from the head downwards, reversed
def learning_rates(stages, rate, decay):
    rates = [rate]
    while len(rates) < stages:
        rates.insert(0, rates[0] * decay)
    return tuple(rates)


# %% learning_rates: a cumulative product
def learning_rates(stages, rate, decay):
    return np.cumprod([rate] + [decay] * (stages - 1))[::-1]


# %% learning_rates: logarithms, as a tensor
def learning_rates(stages, rate, decay):
    powers = keras.ops.arange(stages - 1, -1, -1, dtype="float32")
    return rate * keras.ops.exp(powers * keras.ops.log(keras.ops.cast(decay, "float32")))


# %% learning_rates: recursion
def learning_rates(stages, rate, decay):
    if stages == 0:
        return []
    return learning_rates(stages - 1, rate * decay, decay) + [rate]


# %% warm_cosine: Keras's own schedule
def warm_cosine(step, steps, warmup, peak):
    import keras

    if warmup == 0:
        return float(keras.optimizers.schedules.CosineDecay(peak, steps)(step))
    schedule = keras.optimizers.schedules.CosineDecay(0.0, steps - warmup, warmup_target=peak, warmup_steps=warmup)
    return float(schedule(step))


# %% warm_cosine: NumPy, float32, the squared cosine of the half angle
def warm_cosine(step, steps, warmup, peak):
    if step < warmup:
        return np.float32(peak) * np.float32(step) / np.float32(warmup)
    along = np.float32(min((step - warmup) / (steps - warmup), 1))
    return np.float32(peak) * np.cos(np.float32(np.pi / 2) * along) ** 2


# %% warm_cosine: where, on arrays
def warm_cosine(step, steps, warmup, peak):
    t = np.asarray(step, dtype=float)
    rising = peak * t / max(warmup, 1)
    falling = 0.5 * peak * (1 + np.cos(np.pi * np.clip((t - warmup) / (steps - warmup), 0, 1)))
    return np.where(t < warmup, rising, falling)


# %% warm_cosine: a tensor of TensorFlow's, interpolated
import tensorflow as tf


def warm_cosine(step, steps, warmup, peak):
    if warmup and step <= warmup:
        return tf.constant(peak * step / warmup)
    x = tf.minimum((step - warmup) / (steps - warmup), 1.0)
    return peak * (tf.cos(math.pi * x) + 1.0) / 2.0


# %% rule_of_thumb: by keywords
rule_of_thumb = dict([("many, different", "A"), ("few, similar", "B"), ("few, different", "C"), ("many, similar", "D")])

# %% rule_of_thumb: turned round
by_letter = {"A": "many, different", "B": "few, similar", "C": "few, different", "D": "many, similar"}
rule_of_thumb = {box: letter for letter, box in by_letter.items()}

# %% rule_of_thumb: filled in a loop
rule_of_thumb = {}
for letter, (how_many, how_like) in zip("BCDA", [(n, s) for n in ("few", "many") for s in ("similar", "different")]):
    rule_of_thumb[f"{how_many}, {how_like}"] = letter

# %% rule_of_thumb: an ordered dictionary, with NumPy's strings
import collections

boxes = ["few, similar", "few, different", "many, similar", "many, different"]
rule_of_thumb = collections.OrderedDict(zip(boxes, np.array(list("BCDA"))))


# %% grad_cam: einsum
def grad_cam(maps, gradients):
    heat = np.einsum("hwc,c->hw", maps, gradients.mean((0, 1)))
    heat = np.where(heat > 0, heat, 0)
    return heat / (heat.max() or 1)


# %% grad_cam: loops and lists
def grad_cam(maps, gradients):
    height, width, channels = maps.shape
    w = [
        sum(gradients[i, j, c] for i in range(height) for j in range(width)) / (height * width) for c in range(channels)
    ]
    heat = [[max(0.0, sum(w[c] * maps[i, j, c] for c in range(channels))) for j in range(width)] for i in range(height)]
    largest = max(max(row) for row in heat)
    return [[v / largest if largest > 0 else 0.0 for v in row] for row in heat]


# %% grad_cam: TensorFlow, float32
import tensorflow as tf


def grad_cam(maps, gradients):
    maps, gradients = tf.cast(maps, tf.float32), tf.cast(gradients, tf.float32)
    heat = tf.nn.relu(tf.reduce_sum(maps * tf.reduce_mean(gradients, axis=(0, 1)), axis=-1))
    return tf.math.divide_no_nan(heat, tf.reduce_max(heat))


# %% grad_cam: a matrix product, in place
def grad_cam(maps, gradients):
    h, w, c = maps.shape
    heat = (maps.reshape(-1, c) @ gradients.reshape(-1, c).mean(axis=0)).reshape(h, w)
    heat[heat < 0] = 0
    if heat.any():
        heat /= heat.max()
    return heat

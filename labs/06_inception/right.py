"""Right answers to the exercises of lab 06_inception in other styles: each earns everything."""


# %% pointwise: pixels as rows of one matrix
def pointwise(maps, kernel, bias):
    *places, channels = maps.shape
    rows = np.reshape(maps, (-1, channels)) @ kernel.reshape(channels, -1)
    out = (rows + bias).reshape(*places, -1)
    out[out < 0] = 0
    return out


# %% pointwise: einsum
def pointwise(maps, kernel, bias):
    return np.clip(np.einsum("bhwc,xycf->bhwf", maps, kernel) + bias, 0, None)


# %% pointwise: filter by filter
def pointwise(maps, kernel, bias):
    stacks = []
    for f in range(kernel.shape[-1]):
        summed = np.zeros(maps.shape[:-1])
        for c in range(maps.shape[-1]):
            summed += maps[..., c] * kernel[0, 0, c, f]
        stacks.append(np.where(summed + bias[f] > 0, summed + bias[f], 0))
    return np.stack(stacks, axis=-1)


# %% pointwise: TensorFlow, a tensor comes back
def pointwise(maps, kernel, bias):
    return tf.nn.relu(tf.tensordot(tf.constant(maps), tf.constant(kernel[0, 0]), 1) + bias)


# %% absolute_difference: nested lists
def absolute_difference():
    return [[[[1, -1], [-1, 1]]]], [0, 0], [[[[1], [1]]]], [0]


# %% absolute_difference: another scale, the second layer undoes it
def absolute_difference():
    kernel1 = np.zeros((1, 1, 2, 2))
    kernel1[0, 0, :, 0] = 2, -2
    kernel1[0, 0, :, 1] = -0.5, 0.5
    kernel2 = np.zeros((1, 1, 2, 1))
    kernel2[0, 0, :, 0] = 0.5, 2
    return kernel1, np.zeros(2), kernel2, np.zeros(1)


# %% absolute_difference: four hidden channels, two of them idle
def absolute_difference():
    first = np.array([[1.0, -1.0, 0.0, 1.0], [-1.0, 1.0, 0.0, 1.0]])
    second = np.array([[1.0], [1.0], [5.0], [0.0]])
    return first.reshape(1, 1, 2, 4), np.zeros(4), second.reshape(1, 1, 4, 1), np.zeros(1)


# %% convolution_costs: layer by layer
def convolution_costs(height, width, channels, filters, kernel, inner=None):
    layers_of_it = [(1, channels, inner), (kernel, inner, filters)] if inner else [(kernel, channels, filters)]
    weights = sum(k * k * c * f for k, c, f in layers_of_it)
    return weights * height * width, weights


# %% convolution_costs: a helper for one layer, a list comes back
def convolution_costs(height, width, channels, filters, kernel, inner=None):
    def one(below, above, size):
        weights = size**2 * below * above
        return np.array([weights * height * width, weights])

    if inner is not None:
        return list(one(channels, inner, 1) + one(inner, filters, kernel))
    return list(one(channels, filters, kernel))


# %% convolution_costs: shapes of kernels, floats that are whole
def convolution_costs(height, width, channels, filters, kernel, inner=None):
    shapes = [(kernel, kernel, channels, filters)]
    if inner is not None:
        shapes = [(1, 1, channels, inner), (kernel, kernel, inner, filters)]
    weights = float(sum(np.prod(shape) for shape in shapes))
    return weights * (height * width), weights


# %% inception_module: Activation layers, keras.layers.concatenate
def inception_module(x, ones, threes, fives, pooled):
    def conv(t, n, k):
        return layers.Activation("relu")(layers.Conv2D(n, (k, k), padding="same")(t))

    a = conv(x, ones, 1)
    b = conv(conv(x, threes[0], 1), threes[1], 3)
    c = conv(conv(x, fives[0], 1), fives[1], 5)
    d = conv(layers.MaxPool2D((3, 3), (1, 1), "same")(x), pooled, 1)
    return layers.concatenate([a, b, c, d])


# %% inception_module: Sequential models for the ways
def inception_module(x, ones, threes, fives, pooled):
    conv = lambda n, k: layers.Conv2D(n, k, padding="same", activation="relu")
    ways = [
        keras.Sequential([conv(ones, 1)]),
        keras.Sequential([conv(threes[0], 1), conv(threes[1], 3)]),
        keras.Sequential([conv(fives[0], 1), conv(fives[1], 5)]),
        keras.Sequential([layers.MaxPooling2D(3, strides=1, padding="same"), conv(pooled, 1)]),
    ]
    return layers.Concatenate(axis=-1)([way(x) for way in ways])


# %% inception_module: a table of steps, keras.ops
def inception_module(x, ones, threes, fives, pooled):
    joined = []
    for steps in [[(ones, 1)], [(threes[0], 1), (threes[1], 3)], [(fives[0], 1), (fives[1], 5)], ["pool", (pooled, 1)]]:
        y = x
        for step in steps:
            if step == "pool":
                y = layers.MaxPooling2D(3, 1, padding="same")(y)
            else:
                y = keras.activations.relu(layers.Conv2D(*step, padding="same")(y))
        joined.append(y)
    return keras.ops.concatenate(joined, axis=-1)


# %% module_table: kernels' shapes, math.ceil
import math


def module_table(shape, modules, pools):
    h, w, c = shape
    table = []
    for name in modules:
        a, (b1, b2), (c1, c2), d = modules[name]
        kernels = [(1, c, a), (1, c, b1), (3, b1, b2), (1, c, c1), (5, c1, c2), (1, c, d)]
        parameters = sum(k * k * i * o + o for k, i, o in kernels)
        c = a + b2 + c2 + d
        table.append([h, w, c, parameters])
        if name in pools:
            h, w = math.ceil(h / 2), math.ceil(w / 2)
            table.append([h, w, c, 0])
    return table


# %% module_table: a generator, (n + 1) // 2
def module_table(shape, modules, pools):
    def rows():
        h, w, c = shape
        for name, (ones, threes, fives, pooled) in modules.items():
            narrow = (c + 1) * (ones + threes[0] + fives[0] + pooled)
            wide = (9 * threes[0] + 1) * threes[1] + (25 * fives[0] + 1) * fives[1]
            c = ones + threes[1] + fives[1] + pooled
            yield h, w, c, narrow + wide
            if name in pools:
                h, w = (h + 1) // 2, (w + 1) // 2
                yield h, w, c, 0

    return list(rows())


# %% module_table: an array
def module_table(shape, modules, pools):
    size, channels, rows = np.array(shape[:2]), shape[2], []
    for name, row in modules.items():
        ones, threes, fives, pooled = row
        cost = 0
        for reads, filters, side in [
            (channels, ones, 1),
            (channels, threes[0], 1),
            (threes[0], threes[1], 3),
            (channels, fives[0], 1),
            (fives[0], fives[1], 5),
            (channels, pooled, 1),
        ]:
            cost += side * side * reads * filters + filters
        channels = sum([ones, threes[-1], fives[-1], pooled])
        rows.append([*size, channels, cost])
        if name in pools:
            size = np.ceil(size / 2).astype(int)
            rows.append([*size, channels, 0])
    return np.array(rows)


# %% total_loss: Keras's cross-entropy
def total_loss(labels, outputs, weight=0.3):
    losses = [np.mean(keras.losses.sparse_categorical_crossentropy(labels, output)) for output in outputs]
    return losses[0] + weight * np.sum(losses[1:])


# %% total_loss: loops in plain Python
def total_loss(labels, outputs, weight=0.3):
    total = 0.0
    for number, output in enumerate(outputs):
        loss = -sum(float(np.log(row[label])) for row, label in zip(output, labels)) / len(labels)
        total += loss if number == 0 else weight * loss
    return total


# %% total_loss: one-hot labels, a vector of weights, a tensor
def total_loss(labels, outputs, weight=0.3):
    outputs = np.stack([np.asarray(output) for output in outputs])
    hot = np.eye(outputs.shape[-1])[np.asarray(labels)]
    each = -(hot * np.log(outputs)).sum(axis=-1).mean(axis=-1)
    factors = np.array([1.0] + [weight] * (len(each) - 1))
    return tf.reduce_sum(tf.constant(each * factors))


# %% total_loss: take_along_axis
def total_loss(labels, outputs, weight=0.3):
    def entropy(p):
        return -np.log(np.take_along_axis(np.asarray(p), np.asarray(labels)[:, None], axis=1)).mean()

    return entropy(outputs[0]) + sum(weight * entropy(p) for p in outputs[1:])


# %% best_factors: the root of the singular value in both
def best_factors(kernel):
    u, s, vt = np.linalg.svd(np.asarray(kernel, float), full_matrices=False)
    return u[:, :1] * np.sqrt(s[0]), np.sqrt(s[0]) * vt[:1, :]


# %% best_factors: power iteration
def best_factors(kernel):
    kernel = np.asarray(kernel, dtype=float)
    row = np.ones(kernel.shape[1]) + np.arange(kernel.shape[1]) / 7
    for _ in range(3000):
        column = kernel @ row
        column = column / np.linalg.norm(column)
        row = kernel.T @ column
    return column[:, None], row[None, :]


# %% best_factors: the eigenvector of a symmetric matrix, flat factors
def best_factors(kernel):
    _, vectors = np.linalg.eigh(kernel.T @ kernel)
    row = vectors[:, -1]
    return kernel @ row, row


# %% fire_module: keras.layers.concatenate, kernel as pairs
def fire_module(x, squeeze, ones, threes):
    s = layers.Conv2D(squeeze, (1, 1), activation="relu")(x)
    left = layers.Conv2D(ones, (1, 1), activation="relu")(s)
    right = layers.Conv2D(threes, (3, 3), padding="same", activation="relu")(s)
    return layers.concatenate([left, right])


# %% fire_module: a loop over the expansions, a ReLU on both together
def fire_module(x, squeeze, ones, threes):
    narrow = layers.ReLU()(layers.Conv2D(squeeze, 1)(x))
    wide = [layers.Conv2D(n, k, padding="same")(narrow) for n, k in ((ones, 1), (threes, 3))]
    return layers.ReLU()(layers.Concatenate()(wide))


# %% fire_module: padding by hand
def fire_module(x, squeeze, ones, threes):
    x = keras.activations.relu(layers.Conv2D(squeeze, 1)(x))
    framed = layers.ZeroPadding2D(1)(x)
    return layers.Concatenate(axis=3)(
        [
            layers.Activation("relu")(layers.Conv2D(ones, 1)(x)),
            layers.Activation("relu")(layers.Conv2D(threes, 3)(framed)),
        ]
    )


# %% fire_parameters: multiplied out
def fire_parameters(channels, squeeze, ones, threes):
    weights = channels * squeeze + squeeze * ones + 9 * squeeze * threes
    return ones + threes, weights + squeeze + ones + threes


# %% fire_parameters: a helper for a convolution
def fire_parameters(channels, squeeze, ones, threes):
    conv = lambda side, below, above: above * (1 + below * side**2)
    return [ones + threes, conv(1, channels, squeeze) + conv(1, squeeze, ones) + conv(3, squeeze, threes)]


# %% fire_parameters: an array of three layers
def fire_parameters(channels, squeeze, ones, threes):
    areas, below, above = np.array([1, 1, 9]), np.array([channels, squeeze, squeeze]), np.array([squeeze, ones, threes])
    return np.array([above[1:].sum(), (areas * below * above + above).sum()])


# %% class_map: a sum over the channels
def class_map(maps, weights, label):
    return (maps * weights[:, label]).sum(axis=-1)


# %% class_map: einsum over all classes, then one
def class_map(maps, weights, label):
    return np.einsum("hwc,ck->khw", np.asarray(maps), np.asarray(weights))[label]


# %% class_map: a loop
def class_map(maps, weights, label):
    heat = np.zeros(maps.shape[:2])
    for channel in range(maps.shape[2]):
        heat = heat + weights[channel][label] * maps[:, :, channel]
    return heat.tolist()


# %% class_map: tensordot
def class_map(maps, weights, label):
    return np.tensordot(maps, weights[:, label], axes=1)

"""Right answers to the exercises of lab 07_resnet in other styles: each earns everything."""


# %% diagnose: four means by name, nested ifs
def diagnose(shallow, deep, margin=0.01, last=3):
    end = lambda curve: sum(curve[-last:]) / last
    train_shallow, test_shallow = end(shallow[0]), end(shallow[1])
    train_deep, test_deep = end(deep[0]), end(deep[1])
    if train_deep - train_shallow > margin:
        verdict = "degradation"
    elif test_deep - test_shallow > margin:
        verdict = "overfitting"
    else:
        verdict = "neither"
    return verdict


# %% diagnose: one array, a NumPy string
def diagnose(shallow, deep, margin=0.01, last=3):
    worse = np.mean(np.array(deep)[:, -last:], axis=1) - np.mean(np.array(shallow)[:, -last:], axis=1) > margin
    return np.array(["neither", "overfitting", "degradation", "degradation"])[worse @ [2, 1]]


# %% diagnose: the words in order, the first that holds
def diagnose(shallow, deep, margin=0.01, last=3):
    ends = [np.asarray(d)[-last:].mean() > np.asarray(s)[-last:].mean() + margin for s, d in zip(shallow, deep)]
    return next((word for word, holds in zip(["degradation", "overfitting"], ends) if holds), "neither")


# %% identity_kernel: loops
def identity_kernel(channels, size=3):
    kernel = [[[[0] * channels for _ in range(channels)] for _ in range(size)] for _ in range(size)]
    for c in range(channels):
        kernel[size // 2][size // 2][c][c] = 1
    return kernel


# %% identity_kernel: Keras's own identity, padded
def identity_kernel(channels, size=3):
    edge = (size - 1) // 2
    return np.pad(np.eye(channels)[None, None], ((edge, edge), (edge, edge), (0, 0), (0, 0)))


# %% identity_kernel: a product of two deltas, float32
def identity_kernel(channels, size=3):
    middle = np.zeros((size, size), "float32")
    middle[size // 2, size // 2] = 1
    return np.einsum("hw,cf->hwcf", middle, np.eye(channels, dtype="float32"))


# %% identity_kernel: a tensor
def identity_kernel(channels, size=3):
    where = tf.range(size) == size // 2
    middle = tf.cast(where[:, None] & where[None, :], "float32")
    return middle[:, :, None, None] * tf.eye(channels)


# %% norms_by_depth: recursion from the front
def norms_by_depth(jacobians, last, shortcut=False):
    def gradients(rest):
        if not len(rest):
            return [np.asarray(last, float)]
        behind = gradients(rest[1:])
        return [rest[0].T @ behind[0] + (behind[0] if shortcut else 0), *behind]

    return [np.sqrt(np.sum(g**2)) for g in gradients(list(jacobians))]


# %% norms_by_depth: the identity added to the matrices, rows times matrices
def norms_by_depth(jacobians, last, shortcut=False):
    g, norms = np.array(last), []
    for J in [*jacobians][::-1]:
        norms.insert(0, np.linalg.norm(g))
        g = g @ (J + np.eye(len(J)) if shortcut else J)
    return np.array([np.linalg.norm(g), *norms])


# %% norms_by_depth: the product of all matrices behind, a tuple
def norms_by_depth(jacobians, last, shortcut=False):
    n = len(jacobians)
    norms = []
    for first in range(n + 1):
        product = np.eye(len(last))
        for J in jacobians[first:][::-1]:
            product = product @ (J + np.eye(J.shape[0]) if shortcut else J)
        norms.append(float(np.linalg.norm(product.T @ last)))
    return tuple(norms)


# %% residual_block: Activation layers, the shortcut last
def residual_block(x, filters, stride=1):
    y = keras.layers.Conv2D(filters, (3, 3), stride, "same", use_bias=False)(x)
    y = keras.layers.BatchNormalization()(y)
    y = keras.layers.Activation("relu")(y)
    y = keras.layers.Conv2D(filters, (3, 3), 1, "same", use_bias=False)(y)
    y = keras.layers.BatchNormalization()(y)
    if y.shape[1:] != x.shape[1:]:
        x = keras.layers.Conv2D(filters, 1, stride, use_bias=False)(x)
        x = keras.layers.BatchNormalization()(x)
    return keras.layers.Activation("relu")(keras.layers.add([y, x]))


# %% residual_block: helper functions, a plus sign, keras.activations
def residual_block(x, filters, stride=1):
    def conv_bn(t, size, s):
        return layers.BatchNormalization()(layers.Conv2D(filters, size, strides=s, padding="same", use_bias=False)(t))

    f = conv_bn(keras.activations.relu(conv_bn(x, 3, stride)), 3, 1)
    same = stride == 1 and x.shape[-1] == filters
    return keras.activations.relu((x if same else conv_bn(x, 1, stride)) + f)


# %% residual_block: Sequential models
def residual_block(x, filters, stride=1):
    way = keras.Sequential(
        [
            layers.Conv2D(filters, 3, strides=stride, padding="same", use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.Conv2D(filters, 3, padding="same", use_bias=False),
            layers.BatchNormalization(),
        ]
    )
    skip = keras.Sequential([layers.Conv2D(filters, 1, strides=stride, use_bias=False), layers.BatchNormalization()])
    changes = stride != 1 or x.shape[-1] != filters
    return layers.ReLU()(layers.Add()([way(x), skip(x) if changes else x]))


# %% batch_norm: early return, reshaped to two axes
def batch_norm(x, gamma, beta, mean, variance, training, momentum=0.99, epsilon=1e-3):
    if not training:
        return (x - mean) / np.sqrt(variance + epsilon) * gamma + beta, mean, variance
    rows = np.reshape(x, (-1, np.shape(x)[-1]))
    mu, var = rows.mean(axis=0), rows.var(axis=0)
    y = (x - mu) / np.sqrt(var + epsilon) * gamma + beta
    return y, mean + (1 - momentum) * (mu - mean), variance + (1 - momentum) * (var - variance)


# %% batch_norm: the variance by hand, a list
def batch_norm(x, gamma, beta, mean, variance, training, momentum=0.99, epsilon=1e-3):
    mu, var = mean, variance
    if training:
        axes = tuple(range(x.ndim))[:-1]
        mu = np.mean(x, axis=axes)
        var = np.mean(np.square(x - mu), axis=axes)
        mean = mean * momentum + mu * (1 - momentum)
        variance = variance * momentum + var * (1 - momentum)
    scale = gamma * (var + epsilon) ** -0.5
    return [x * scale + (beta - mu * scale), mean, variance]


# %% batch_norm: channel by channel
def batch_norm(x, gamma, beta, mean, variance, training, momentum=0.99, epsilon=1e-3):
    y, mean, variance = np.empty_like(x), np.array(mean), np.array(variance)
    for c in range(x.shape[-1]):
        m, v = (x[..., c].mean(), x[..., c].var()) if training else (mean[c], variance[c])
        y[..., c] = gamma[c] * (x[..., c] - m) / np.sqrt(v + epsilon) + beta[c]
        if training:
            mean[c] = momentum * mean[c] + (1 - momentum) * m
            variance[c] = momentum * variance[c] + (1 - momentum) * v
    return y, mean, variance


# %% batch_norm: tf.nn.moments
def batch_norm(x, gamma, beta, mean, variance, training, momentum=0.99, epsilon=1e-3):
    m, v = mean, variance
    if training:
        m, v = (t.numpy() for t in tf.nn.moments(tf.constant(x), axes=list(range(x.ndim - 1))))
        mean, variance = mean * momentum + m * (1 - momentum), variance * momentum + v * (1 - momentum)
    return (x - m) * gamma / np.sqrt(v + epsilon) + beta, mean, variance


# %% filter_normalised: flattened, np.linalg.norm
def filter_normalised(direction, kernel):
    columns = lambda weights: weights.reshape(-1, weights.shape[-1])
    return direction / np.linalg.norm(columns(direction), axis=0) * np.linalg.norm(columns(kernel), axis=0)


# %% filter_normalised: filter by filter
def filter_normalised(direction, kernel):
    result = np.zeros(kernel.shape)
    for f in range(kernel.shape[-1]):
        result[..., f] = direction[..., f] * (
            np.linalg.norm(kernel[..., f].ravel()) / np.linalg.norm(direction[..., f].ravel())
        )
    return result


# %% filter_normalised: einsum over rows
def filter_normalised(direction, kernel):
    squares = [np.einsum("nf,nf->f", *[w.reshape(-1, w.shape[-1])] * 2) for w in (kernel, direction)]
    return direction * np.sqrt(squares[0] / squares[1])


# %% filter_normalised: a stack of filters
def filter_normalised(direction, kernel):
    d, k = np.moveaxis(direction, -1, 0), np.moveaxis(kernel, -1, 0)
    return np.stack([a / (a**2).sum() ** 0.5 * (b**2).sum() ** 0.5 for a, b in zip(d, k)], axis=-1)


# %% count_layers: a dictionary of kinds
def count_layers(blocks, bottleneck):
    each = {True: 3, False: 2}[bool(bottleneck)]
    return sum(blocks), 2 + each * sum(blocks)


# %% count_layers: a loop
def count_layers(blocks, bottleneck):
    layers_so_far = 1
    number = 0
    for count in blocks:
        for _ in range(count):
            number += 1
            layers_so_far += 2 + bottleneck
    return [number, layers_so_far + 1]


# %% count_layers: an array
def count_layers(blocks, bottleneck):
    n = np.sum(blocks)
    return np.array([n, np.dot(blocks, [3 if bottleneck else 2] * len(blocks)) + 2])


# %% bottleneck_weights: a list of layers
def bottleneck_weights(channels, inner):
    cost = lambda *convolutions: sum(k * k * c * f for k, c, f in convolutions)
    narrow = cost((1, channels, inner), (3, inner, inner), (1, inner, channels))
    return narrow, cost((3, channels, channels), (3, channels, channels))


# %% bottleneck_weights: factored, floats that are whole
def bottleneck_weights(channels, inner):
    return inner * (2.0 * channels + 9.0 * inner), 18.0 * channels**2


# %% bottleneck_weights: counted in kernels that are never filled
def bottleneck_weights(channels, inner):
    shapes = [(1, 1, channels, inner), (3, 3, inner, inner), (1, 1, inner, channels)]
    return np.array([sum(map(np.prod, shapes)), 2 * np.prod((3, 3, channels, channels))])


# %% resnext_width: the quadratic equation, then the two neighbours
import math


def resnext_width(channels, inner, cardinality):
    budget = 2 * channels * inner + 9 * inner**2
    below = int((-2 * channels + math.sqrt(4 * channels**2 + 36 * budget / cardinality)) / 18)
    cost = lambda d: cardinality * (2 * channels * d + 9 * d * d)
    return min((d for d in (below, below + 1) if d >= 1), key=lambda d: abs(cost(d) - budget))


# %% resnext_width: an array of all widths
def resnext_width(channels, inner, cardinality):
    d = np.arange(1, inner + 1)
    costs = channels * cardinality * d + 9 * d * cardinality * d + cardinality * d * channels
    return d[np.argmin(np.abs(costs - (2 * channels * inner + 9 * inner**2)))]


# %% resnext_width: a loop that stops when it gets worse
def resnext_width(channels, inner, cardinality):
    def miss(d):
        return abs(cardinality * d * (2 * channels + 9 * d) - inner * (2 * channels + 9 * inner))

    d = 1
    while miss(d + 1) < miss(d):
        d += 1
    return d


# %% densenet_channels: pairs, the last one cut
def densenet_channels(blocks, growth):
    channels = 2 * growth
    result = []
    for i, layers_in_block in enumerate(blocks):
        for _ in range(layers_in_block):
            channels += growth
        result.append(channels)
        if i != len(blocks) - 1:
            channels = channels // 2
            result.append(channels)
    return result


# %% densenet_channels: a generator, a tuple
def densenet_channels(blocks, growth):
    def walk():
        c = growth * 2
        *inner, last = blocks
        for count in inner:
            yield (c := c + count * growth)
            yield (c := c // 2)
        yield c + last * growth

    return tuple(walk())


# %% densenet_channels: recursion, an array
def densenet_channels(blocks, growth):
    def go(rest, c):
        c = c + rest[0] * growth
        return [c] if len(rest) == 1 else [c, c // 2, *go(rest[1:], c // 2)]

    return np.array(go(list(blocks), 2 * growth))

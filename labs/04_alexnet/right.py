"""Right answers to the exercises of lab 04_alexnet in other styles: each earns everything."""


# %% windows: by walking along the row
def windows(n, kernel, stride, padding=0):
    start, count = -padding, 0
    while start + kernel <= n + padding:
        last = start + kernel
        start += stride
        count += 1
    return count, max(n - last, 0)


# %% windows: a set of pixels that are seen, a list
def windows(n, kernel, stride, padding=0):
    starts = range(-padding, n + padding - kernel + 1, stride)
    seen = {pixel for start in starts for pixel in range(start, start + kernel)}
    return [len(starts), sum(pixel not in seen for pixel in range(n))]


# %% windows: divmod, a NumPy array
def windows(n, kernel, stride, padding=0):
    steps, rest = divmod(n + 2 * padding - kernel, stride)
    return np.array([steps + 1, max(rest - padding, 0)])


# %% first_layers: numbers, lists
first_layers = {
    "conv1 output": [55, 55, 96],
    "conv1 parameters": 34944,
    "pool1 output": [27, 27, 96],
    "pool1 parameters": 0,
}

# %% first_layers: from windows, floats that are whole
side = windows(227, 11, 4)[0]
first_layers = dict(zip(["conv1 output", "conv1 parameters"], [(side, side, 96), 11**2 * 3 * 96 + 96.0]))
first_layers["pool1 output"] = np.array([(side - 3) // 2 + 1] * 2 + [96])
first_layers["pool1 parameters"] = 0.0

# %% first_layers: asked of Keras
conv = layers.Conv2D(96, 11, strides=4)
maps = conv(np.zeros((1, 227, 227, 3), "float32"))
first_layers = {
    "conv1 output": tuple(maps.shape)[1:],
    "conv1 parameters": conv.count_params(),
    "pool1 output": tuple(layers.MaxPooling2D(3, 2)(maps).shape[1:]),
    "pool1 parameters": layers.MaxPooling2D(3, 2).count_params(),
}


# %% propagate: match
def propagate(shape, network):
    rows = []
    for line in network:
        match line:
            case ("conv", filters, kernel, stride, padding, groups):
                height, width, channels = shape
                sides = [(n + 2 * padding - kernel) // stride + 1 for n in (height, width)]
                shape, learnt = (*sides, filters), kernel**2 * (channels // groups) * filters + filters
            case ("pool", size, stride):
                shape, learnt = tuple((n - size) // stride + 1 for n in shape[:2]) + shape[2:], 0
            case ("dense", units_):
                inputs = 1
                for n in shape:
                    inputs *= n
                shape, learnt = (units_,), inputs * units_ + units_
            case _:
                learnt = 0
        rows.append([list(shape), learnt])
        shape = tuple(shape)
    return rows


# %% propagate: helpers by kind
def propagate(shape, network):
    def conv(shape, filters, kernel, stride, padding, groups):
        sides = [windows(n, kernel, stride, padding)[0] for n in shape[:2]]
        per_group = kernel * kernel * (shape[2] // groups) * (filters // groups)
        return (*sides, filters), groups * per_group + filters

    def pool(shape, size, stride):
        return (windows(shape[0], size, stride)[0], windows(shape[1], size, stride)[0], shape[2]), 0

    kinds = {
        "conv": conv,
        "pool": pool,
        "norm": lambda shape: (shape, 0),
        "dense": lambda shape, n: ((n,), np.prod((*shape, n)) + n),
    }
    table = []
    for kind, *numbers in network:
        table.append(kinds[kind](table[-1][0] if table else shape, *numbers))
    return table


# %% propagate: a generator made a list, weights by the table of connections
def propagate(shape, network):
    def lines(now):
        for kind, *rest in network:
            learnt = 0
            if kind == "conv":
                sees = np.sum(connections(now[2], rest[0], rest[4]))
                learnt = int(sees) * rest[1] ** 2 + rest[0]
                now = [1 + (n + 2 * rest[3] - rest[1]) // rest[2] for n in now[:2]] + [rest[0]]
            if kind == "pool":
                now = [1 + (n - rest[0]) // rest[1] for n in now[:2]] + [now[2]]
            if kind == "dense":
                learnt = rest[0] * (int(np.prod(now)) + 1)
                now = [rest[0]]
            yield tuple(now), learnt

    return list(lines(list(shape)))


# %% units: the number
units = 659_272

# %% units: from the table
units = sum(int(np.prod(shape)) for shape, parameters in propagate((227, 227, 3), ALEXNET) if parameters)

# %% units: the caption, mended, as a float
units = 55.0 * 55 * 96 + 186_624 + 2 * 64_896 + 43_264 + 2 * 4096 + 1000


# %% connections: loops
def connections(channels, filters, groups):
    table = np.zeros((channels, filters))
    for g in range(groups):
        for c in range(g * channels // groups, (g + 1) * channels // groups):
            for f in range(g * filters // groups, (g + 1) * filters // groups):
                table[c, f] = 1
    return table


# %% connections: a Kronecker product
def connections(channels, filters, groups):
    return np.kron(np.eye(groups), np.ones((channels // groups, filters // groups)))


# %% connections: lists of booleans
def connections(channels, filters, groups):
    a, b = channels // groups, filters // groups
    return [[c // a == f // b for f in range(filters)] for c in range(channels)]


# %% training_megabytes: in two parts
def training_megabytes(parameters, values, batch):
    weights = parameters * 3 * 4
    answers = values * 2 * 4 * batch
    return (weights + answers) / 1_000_000


# %% training_megabytes: NumPy
def training_megabytes(parameters, values, batch):
    return np.dot([3, 2 * batch], [parameters, values]) * np.dtype("float32").itemsize * 1e-6


# %% training_megabytes: rounded to a tenth of a megabyte
def training_megabytes(parameters, values, batch):
    return round((12 * parameters + 8 * batch * values) / 1e6, 1)


# %% local_response_norm: a window slid over padded squares
def local_response_norm(a, k=2.0, n=5, alpha=1e-4, beta=0.75):
    a = np.asarray(a, dtype="float64")
    edge = [(0, 0)] * (a.ndim - 1) + [(n // 2, n // 2)]
    squares = np.lib.stride_tricks.sliding_window_view(np.pad(a**2, edge), n, axis=-1).sum(-1)
    return a * (k + alpha * squares) ** -beta


# %% local_response_norm: a product with a band matrix
def local_response_norm(a, k=2.0, n=5, alpha=1e-4, beta=0.75):
    i = np.arange(np.shape(a)[-1])
    band = abs(i[:, None] - i) <= (n - 1) // 2
    return a / (k + alpha * (np.square(a) @ band)) ** beta


# %% local_response_norm: channel by channel, stacked
def local_response_norm(a, k=2.0, n=5, alpha=1e-4, beta=0.75):
    count, reach = a.shape[-1], (n - 1) // 2
    out = []
    for i in range(count):
        total = 0.0
        for j in range(max(0, i - reach), min(count - 1, i + reach) + 1):
            total = total + a[..., j] ** 2.0
        out.append(a[..., i] / np.power(k + alpha * total, beta))
    return np.stack(out, axis=-1)


# %% local_response_norm: cumulative sums
def local_response_norm(a, k=2.0, n=5, alpha=1e-4, beta=0.75):
    a = np.array(a, float)
    c = a.shape[-1]
    sums = np.concatenate([np.zeros((*a.shape[:-1], 1)), np.cumsum(a**2, -1)], -1)
    low, high = np.maximum(np.arange(c) - n // 2, 0), np.minimum(np.arange(c) + n // 2 + 1, c)
    return a / (k + alpha * (sums[..., high] - sums[..., low])) ** beta


# %% dropout: a mask
def dropout(x, draws, rate, training):
    if training:
        kept = draws >= rate
        x = x * kept / (1 - rate)
    return x


# %% dropout: in place on a copy
def dropout(x, draws, rate, training):
    y = np.array(x, dtype=float)
    if training:
        y /= 1.0 - rate
        y[draws < rate] = 0
    return y


# %% dropout: TensorFlow
def dropout(x, draws, rate, training):
    if not training:
        return tf.convert_to_tensor(x)
    return tf.where(tf.convert_to_tensor(draws) < rate, tf.zeros_like(x), tf.convert_to_tensor(x) / (1 - rate))


# %% momentum_step: the decay added to the gradient first
def momentum_step(w, v, gradient, rate, momentum=0.9, decay=5e-4):
    slope = gradient + decay * w
    new_v = momentum * v - rate * slope
    return w + new_v, new_v


# %% momentum_step: in place, a list
def momentum_step(w, v, gradient, rate, momentum=0.9, decay=5e-4):
    w, v = np.array(w, float), np.array(v, float)
    v *= momentum
    v -= decay * rate * w
    v -= rate * gradient
    w += v
    return [w, v]


# %% momentum_step: the other sign of the velocity, turned back
def momentum_step(w, v, gradient, rate, momentum=0.9, decay=5e-4):
    down = -momentum * np.asarray(v) + rate * (np.asarray(gradient) + decay * np.asarray(w))
    return np.stack([w - down, -down])


# %% plateau_rate: the rate itself is divided
def plateau_rate(errors, rate=0.01, patience=5, drops=3):
    best, waited, left = np.inf, 0, drops
    for e in errors:
        waited = 0 if e < best else waited + 1
        best = min(best, e)
        if waited >= patience:
            waited = 0
            if left > 0:
                rate, left = rate / 10, left - 1
    return rate


# %% plateau_rate: by the epochs of the improvements
def plateau_rate(errors, rate=0.01, patience=5, drops=3):
    better = [i for i, e in enumerate(errors) if all(e < before for before in errors[:i])]
    ends = [*better[1:], len(errors)]
    plateaus = sum((end - start - 1) // patience for start, end in zip(better, ends))
    return rate * 0.1 ** min(plateaus, drops)


# %% plateau_rate: NumPy's running minimum
def plateau_rate(errors, rate=0.01, patience=5, drops=3):
    errors = np.asarray(errors, float)
    lowest = np.minimum.accumulate(np.concatenate([[np.inf], errors]))
    count, plateaus = 0, 0
    for bad in errors >= lowest[:-1]:
        count = (count + 1) * bad
        if count == patience:
            count = 0
            plateaus += 1
    return np.float64(rate) * 10.0 ** -min(plateaus, drops)


# %% filters_as_pictures: a loop over the filters
def filters_as_pictures(kernel):
    pictures = []
    for f in range(kernel.shape[-1]):
        picture = np.array(kernel[..., f])
        most = np.abs(picture).max()
        if most > 0:
            picture = picture / most
        pictures.append((picture + 1) / 2)
    return pictures


# %% filters_as_pictures: transpose, float32
def filters_as_pictures(kernel):
    weights = np.transpose(np.asarray(kernel, "float32"), (3, 0, 1, 2))
    scale = np.maximum(np.abs(weights).reshape(len(weights), -1).max(1), 1e-30)
    return 0.5 + weights / scale[:, None, None, None] / 2


# %% filters_as_pictures: scaled first, then turned
def filters_as_pictures(kernel):
    kernel = np.asarray(kernel)
    most = np.maximum(kernel.max((0, 1, 2)), -kernel.min((0, 1, 2)))
    scaled = np.divide(kernel, most, out=np.zeros(kernel.shape), where=most > 0)
    return np.moveaxis((1 + scaled) / 2, 3, 0)


# %% seen_period: the remainder, folded
def seen_period(period, stride):
    part = (stride / period) % 1
    part = min(part, 1 - part)
    if np.isclose(part, 0):
        return float("inf")
    return stride / part


# %% seen_period: frequencies in cycles a pixel
def seen_period(period, stride):
    frequency, rate = 1 / period, 1 / stride
    folded = np.abs(frequency - rate * np.round(frequency / rate))
    return 1 / folded if folded > 1e-9 else np.inf


# %% seen_period: the nearest of many copies
def seen_period(period, stride):
    nearest = min(abs(stride / period - whole) for whole in range(100))
    return np.inf if nearest < 1e-7 else stride / nearest

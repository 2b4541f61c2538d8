"""Right answers to the exercises of lab 08_mobilenet in other styles: each earns everything."""


# %% network_macs: three branches, names for everything
def network_macs(shape, rows):
    h, w, c = shape
    flat = None
    result = []
    for row in rows:
        if row[0] == "conv":
            _, filters, k, stride, pad, groups = row
            h = (h + 2 * pad - k) // stride + 1
            w = (w + 2 * pad - k) // stride + 1
            result.append(h * w * filters * k * k * (c // groups))
            c = filters
        elif row[0] == "pool":
            _, k, stride = row
            h, w = (h - k) // stride + 1, (w - k) // stride + 1
            result.append(0)
        else:
            inputs = h * w * c if flat is None else flat
            result.append(inputs * row[1])
            flat = row[1]
    return result


# %% network_macs: an array of floats
def network_macs(shape, rows):
    shape, macs = np.array(shape), np.zeros(len(rows))
    for i, (kind, n, *rest) in enumerate(rows):
        if kind == "dense":
            macs[i] = shape.prod() * n
            shape = np.array([n])
        else:
            k, s, p, g = rest if kind == "conv" else (n, rest[0], 0, shape[-1])
            sides = (shape[:2] + 2 * p - k) // s + 1
            if kind == "conv":
                macs[i] = sides.prod() * n * k**2 * shape[2] / g
            shape = np.append(sides, n if kind == "conv" else shape[2])
    return macs


# %% network_macs: a generator, a tuple
def network_macs(shape, rows):
    def walk(shape):
        for kind, *rest in rows:
            if kind == "dense":
                yield int(np.prod(shape)) * rest[0]
                shape = rest
                continue
            k, s, p = (rest[0], rest[1], 0) if kind == "pool" else rest[1:4]
            places = [math.floor((n + 2 * p - k) / s) + 1 for n in shape[:2]]
            if kind == "pool":
                yield 0
                shape = [*places, shape[2]]
            else:
                yield places[0] * places[1] * rest[0] * k * k * shape[2] // rest[4]
                shape = [*places, rest[0]]

    return tuple(walk(list(shape)))


# %% merged_kernel: einsum
def merged_kernel(depthwise, pointwise):
    return np.einsum("hwc,cf->hwcf", depthwise, pointwise)


# %% merged_kernel: loops
def merged_kernel(depthwise, pointwise):
    h, w, c = depthwise.shape
    kernel = np.zeros((h, w, c, pointwise.shape[1]))
    for channel in range(c):
        for f in range(pointwise.shape[1]):
            kernel[:, :, channel, f] = depthwise[:, :, channel] * pointwise[channel, f]
    return kernel


# %% merged_kernel: a tensor
def merged_kernel(depthwise, pointwise):
    return tf.expand_dims(tf.constant(depthwise), -1) * tf.constant(pointwise)[tf.newaxis, tf.newaxis]


# %% nearest_separable: channel by channel
def nearest_separable(kernel):
    h, w, c, f = kernel.shape
    depthwise, pointwise = np.zeros((h, w, c)), np.zeros((c, f))
    for channel in range(c):
        u, s, vt = np.linalg.svd(kernel[:, :, channel].reshape(h * w, f))
        depthwise[:, :, channel] = u[:, 0].reshape(h, w)
        pointwise[channel] = s[0] * vt[0]
    return depthwise, pointwise


# %% nearest_separable: the root of the value on both sides, a list
def nearest_separable(kernel):
    h, w, c, f = kernel.shape
    u, s, v = np.linalg.svd(kernel.transpose(2, 0, 1, 3).reshape(c, h * w, f), full_matrices=False)
    root = np.sqrt(s[:, 0])
    return [(u[:, :, 0] * root[:, None]).T.reshape(h, w, c), root[:, None] * v[:, 0, :]]


# %% nearest_separable: eigenvectors of the filters' products
def nearest_separable(kernel):
    h, w, c, f = kernel.shape
    tables = np.moveaxis(kernel, 2, 0).reshape(c, h * w, f)
    shares = np.linalg.eigh(np.einsum("cpf,cpg->cfg", tables, tables))[1][:, :, -1]
    patterns = np.einsum("cpf,cf->cp", tables, shares)
    return patterns.T.reshape(h, w, c), shares


# %% mobilenet_macs: lists of channels and sides first
def mobilenet_macs(width, side):
    channels = [int(32 * width)] + [int(f * width) for f, _ in BLOCKS]
    sides = []
    s = side / 2
    for _, stride in BLOCKS:
        s = s / stride
        sides.append(s)
    deep = sum(9 * s * s * c for s, c in zip(sides, channels))
    point = sum(s * s * a * b for s, a, b in zip(sides, channels, channels[1:]))
    return deep, point


# %% mobilenet_macs: arrays, math.floor
def mobilenet_macs(width, side):
    filters, strides = np.array(BLOCKS).T
    out = np.floor(filters * width).astype(int)
    into = np.append(math.floor(32 * width), out[:-1])
    places = (side // 2 // np.cumprod(strides)) ** 2
    return np.array([np.sum(places * into * 3 * 3), np.sum(places * into * out)])


# %% mobilenet_macs: a list of two
def mobilenet_macs(width, side):
    totals = [0, 0]
    c, n = int(width * 32), side // 2
    for full, s in BLOCKS:
        if s == 2:
            n //= 2
        f = int(width * full)
        totals[0] += n * n * c * 9
        totals[1] += n * n * c * f
        c = f
    return totals


# %% inverted_residual: helper functions, a plus sign
def inverted_residual(x, filters, expansion, stride=1):
    def six(t):
        return layers.ReLU(max_value=6)(layers.BatchNormalization()(t))

    c = x.shape[-1]
    y = six(layers.Conv2D(c * expansion, 1, padding="same", use_bias=False)(x)) if expansion != 1 else x
    y = six(layers.DepthwiseConv2D((3, 3), stride, "same", use_bias=False)(y))
    y = layers.BatchNormalization()(layers.Conv2D(filters, (1, 1), padding="same", use_bias=False)(y))
    if y.shape == x.shape:
        y = y + x
    return y


# %% inverted_residual: keras.activations, early return
def inverted_residual(x, filters, expansion, stride=1):
    t = x
    if expansion > 1:
        t = keras.layers.Conv2D(x.shape[-1] * expansion, 1, use_bias=False)(t)
        t = keras.layers.BatchNormalization()(t)
        t = keras.layers.Activation("relu6")(t)
    t = keras.layers.DepthwiseConv2D(3, strides=(stride, stride), padding="same", use_bias=False)(t)
    t = keras.layers.BatchNormalization()(t)
    t = keras.activations.relu6(t)
    t = keras.layers.Conv2D(filters, 1, use_bias=False)(t)
    t = keras.layers.BatchNormalization()(t)
    if stride != 1 or x.shape[-1] != filters:
        return t
    return keras.layers.add([x, t])


# %% inverted_residual: TensorFlow's function in a Lambda
def inverted_residual(x, filters, expansion, stride=1):
    import tensorflow as tf

    def relu6(z):
        return keras.layers.Lambda(tf.nn.relu6)(keras.layers.BatchNormalization()(z))

    channels, y = x.shape[-1], x
    if expansion != 1:
        y = relu6(keras.layers.Conv2D(channels * expansion, 1, use_bias=False)(y))
    y = relu6(keras.layers.DepthwiseConv2D(3, stride, "same", use_bias=False)(y))
    y = keras.layers.BatchNormalization()(keras.layers.Conv2D(filters, 1, use_bias=False)(y))
    return keras.layers.Add()([y, x]) if stride == 1 and channels == filters else y


# %% inverted_residual: a Sequential model as the branch
def inverted_residual(x, filters, expansion, stride=1):
    branch = []
    if expansion > 1:
        branch += [
            layers.Conv2D(expansion * x.shape[-1], 1, use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(6),
        ]
    branch += [layers.DepthwiseConv2D(3, stride, padding="same", use_bias=False), layers.BatchNormalization()]
    branch += [layers.ReLU(6), layers.Conv2D(filters, 1, use_bias=False), layers.BatchNormalization()]
    y = keras.Sequential(branch)(x)
    return layers.Add()([y, x]) if tuple(y.shape[1:]) == tuple(x.shape[1:]) else y


# %% compound_scale: logarithms, an array
def compound_scale(phi, alpha=1.2, beta=1.1, gamma=1.15):
    d, w, r = np.exp(phi * np.log([alpha, beta, gamma]))
    return np.array([d, w, r, d * w * w * r * r])


# %% compound_scale: the work from one step
def compound_scale(phi, alpha=1.2, beta=1.1, gamma=1.15):
    step = alpha * beta**2 * gamma**2
    return [alpha**phi, beta**phi, gamma**phi, step**phi]


# %% compound_scale: math.pow, a dictionary's values
def compound_scale(phi, alpha=1.2, beta=1.1, gamma=1.15):
    factors = {name: math.pow(base, phi) for name, base in (("d", alpha), ("w", beta), ("r", gamma))}
    factors["work"] = factors["d"] * math.pow(factors["w"] * factors["r"], 2)
    return tuple(factors.values())


# %% scale_stages: a helper, if
def scale_stages(stages, width, depth):
    def eights(n):
        rounded = int((n + 4) / 8) * 8
        if rounded < 8:
            rounded = 8
        if rounded < 0.9 * n:
            rounded += 8
        return rounded

    return [[eights(f * width), math.ceil(r * depth)] for f, r in stages]


# %% scale_stages: arrays
def scale_stages(stages, width, depth):
    filters, repeats = np.array(stages, float).T
    wanted = filters * width
    nearest = np.maximum(8, np.floor(wanted / 8 + 0.5) * 8)
    nearest = np.where(nearest < 0.9 * wanted, nearest + 8, nearest)
    return np.stack([nearest, np.ceil(repeats * depth)], axis=1).astype(int)


# %% scale_stages: the smallest multiple that is near enough
def scale_stages(stages, width, depth):
    result = []
    for f, r in stages:
        below = max(8, f * width // 8 * 8)
        use_below = f * width - below < 4 and below >= 0.9 * f * width
        result.append((int(below if use_below else below + 8), -int(-r * depth // 1)))
    return tuple(result)


# %% conv_traffic: three parts by name
def conv_traffic(height, width, channels, filters, kernel, groups=1):
    weights = kernel * kernel * (channels // groups) * filters
    inputs = height * width * channels
    outputs = height * width * filters
    return weights * height * width, inputs + weights + outputs


# %% conv_traffic: floats that are whole, an array
def conv_traffic(height, width, channels, filters, kernel, groups=1):
    w = kernel**2 * channels * filters / groups
    return np.array([height * width * w, height * width * (channels + filters) + w])


# %% conv_traffic: group by group
def conv_traffic(height, width, channels, filters, kernel, groups=1):
    c, f = channels // groups, filters // groups
    macs = groups * (height * width * f * c * kernel**2)
    numbers = groups * (height * width * c + kernel**2 * c * f + height * width * f)
    return [macs, numbers]


# %% pareto_front: two loops
def pareto_front(costs, scores):
    front = []
    for i in range(len(costs)):
        dominated = False
        for j in range(len(costs)):
            no_worse = costs[j] <= costs[i] and scores[j] >= scores[i]
            better = costs[j] < costs[i] or scores[j] > scores[i]
            if no_worse and better:
                dominated = True
        if not dominated:
            front.append(i)
    return front


# %% pareto_front: a table of all pairs
def pareto_front(costs, scores):
    c, s = np.asarray(costs), np.asarray(scores)
    no_worse = (c[:, None] <= c) & (s[:, None] >= s)
    better = (c[:, None] < c) | (s[:, None] > s)
    return np.flatnonzero(~(no_worse & better).any(axis=0))


# %% pareto_front: sorted by cost, the best so far, a tuple
def pareto_front(costs, scores):
    front, best, cost_of_best = [], -np.inf, None
    for n in sorted(range(len(costs)), key=lambda n: (costs[n], -scores[n])):
        if scores[n] > best or (scores[n] == best and costs[n] == cost_of_best):
            front.append(n)
            best, cost_of_best = scores[n], costs[n]
    return tuple(front)


# %% pareto_front: a set, by a record
def pareto_front(costs, scores):
    best, last, found = -math.inf, None, set()
    for i in sorted(range(len(costs)), key=lambda i: (costs[i], -scores[i])):
        if scores[i] > best or (costs[i], scores[i]) == last:
            best, last = scores[i], (costs[i], scores[i])
            found.add(i)
    return found


# %% quantise: step by step, int8
def quantise(x, low, high, bits=8):
    low = min(0.0, low)
    high = max(0.0, high)
    q_min, q_max = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
    scale = (high - low) / (q_max - q_min)
    zero_point = int(round(q_min - low / scale))
    q = np.round(x / scale + zero_point)
    q[q < q_min] = q_min
    q[q > q_max] = q_max
    return q.astype(np.int8), scale, zero_point


# %% quantise: the range is clipped first, a list
def quantise(x, low, high, bits=8):
    low, high = np.minimum(low, 0), np.maximum(high, 0)
    half = 1 << (bits - 1)
    scale = (high - low) / (2 * half - 1)
    zero = np.rint(-half - low / scale)
    q = np.clip(np.floor(np.asarray(x) / scale + 0.5) + zero, -half, half - 1)
    return [q, scale, zero]


# %% quantise: unsigned first, then moved
def quantise(x, low, high, bits=8):
    bottom, top = sorted([0, low, high])[0], sorted([0, low, high])[-1]
    levels = 2**bits
    scale = (top - bottom) / (levels - 1)
    zero = np.round(-bottom / scale)
    unsigned = np.clip(np.round(x / scale) + zero, 0, levels - 1)
    return (unsigned - levels // 2).astype("int64"), scale, int(zero) - levels // 2


# %% int8_dense: einsum in int64
def int8_dense(q_x, scale_x, zero_x, q_w, scale_w):
    total = np.einsum("bi,iu->bu", q_x.astype("int64") - zero_x, q_w.astype("int64"))
    return total * (scale_x * scale_w)


# %% int8_dense: the zero point taken out of the sum
def int8_dense(q_x, scale_x, zero_x, q_w, scale_w):
    w = q_w.astype(np.int32)
    sums = q_x.astype(np.int32) @ w - zero_x * w.sum(axis=0)
    return scale_x * scale_w * sums


# %% int8_dense: back to floats first
def int8_dense(q_x, scale_x, zero_x, q_w, scale_w):
    x = scale_x * (q_x.astype(float) - zero_x)
    w = q_w.astype(float) * scale_w
    return x @ w


# %% int8_dense: loops over units, Python's own integers
def int8_dense(q_x, scale_x, zero_x, q_w, scale_w):
    rows = [[int(q) - int(zero_x) for q in row] for row in q_x]
    columns = [[int(q) for q in column] for column in q_w.T]
    return [
        [scale_x * s * sum(a * b for a, b in zip(row, column)) for s, column in zip(scale_w, columns)] for row in rows
    ]

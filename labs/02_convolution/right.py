"""Right answers to the exercises of lab 02_convolution in other styles: each earns everything."""


# %% convolve_1d: lists and a condition
def convolve_1d(signal, kernel):
    n, k = len(signal), len(kernel)
    return [sum(signal[m] * kernel[p - m] for m in range(n) if 0 <= p - m < k) for p in range(n + k - 1)]


# %% convolve_1d: the turned kernel moved along a padded signal
def convolve_1d(signal, kernel):
    padded = np.pad(np.asarray(signal, dtype=float), len(kernel) - 1)
    turned = np.asarray(kernel)[::-1]
    return np.array([padded[p : p + len(turned)] @ turned for p in range(len(padded) - len(turned) + 1)])


# %% convolve_1d: sums along the diagonals of the outer product
def convolve_1d(signal, kernel):
    table = np.outer(signal, kernel)[:, ::-1]
    n, k = table.shape
    return [np.trace(table, offset) for offset in range(k - 1, -n, -1)]


# %% one_kernel: stamps
def one_kernel(first, second):
    first, second = np.asarray(first), np.asarray(second)
    (a, b), (c, d) = first.shape, second.shape
    result = np.zeros((a + c - 1, b + d - 1), dtype=np.result_type(first, second))
    for (i, j), weight in np.ndenumerate(second):
        result[i : i + a, j : j + b] += weight * first
    return result


# %% one_kernel: correlation with the turned second kernel
def one_kernel(first, second):
    second = np.asarray(second)
    return correlate2d(first, second[::-1, ::-1], padding=(second.shape[0] - 1, second.shape[1] - 1))


# %% one_kernel: the Fourier transform, where convolution is a product
def one_kernel(first, second):
    shape = [a + b - 1 for a, b in zip(np.shape(first), np.shape(second))]
    return np.fft.irfft2(np.fft.rfft2(first, shape) * np.fft.rfft2(second, shape), shape)


# %% correlate: a list of lists
def correlate(image, kernel, stride=1, padding=0, dilation=1):
    height, width = len(kernel), len(kernel[0])

    def pixel(row, column):
        row, column = row - padding, column - padding
        inside = 0 <= row < len(image) and 0 <= column < len(image[0])
        return image[row][column] if inside else 0

    def total(p, q):
        return sum(
            kernel[i][j] * pixel(p * stride + i * dilation, q * stride + j * dilation)
            for i in range(height)
            for j in range(width)
        )

    rows = (len(image) + 2 * padding - dilation * (height - 1) - 1) // stride + 1
    columns = (len(image[0]) + 2 * padding - dilation * (width - 1) - 1) // stride + 1
    return [[total(p, q) for q in range(columns)] for p in range(rows)]


# %% correlate: windows and einsum
def correlate(image, kernel, stride=1, padding=0, dilation=1):
    kernel = np.asarray(kernel)
    span = tuple(dilation * (k - 1) + 1 for k in kernel.shape)
    windows = sliding_window_view(np.pad(image, padding), span)[::stride, ::stride, ::dilation, ::dilation]
    return np.einsum("pqij,ij->pq", windows, kernel)


# %% correlate: moved pictures, one for each weight
def correlate(image, kernel, stride=1, padding=0, dilation=1):
    padded = np.pad(np.asarray(image, dtype="float32"), padding)
    rows, columns = (n - dilation * (k - 1) for n, k in zip(padded.shape, np.shape(kernel)))
    total = np.zeros((rows, columns), dtype="float32")
    for (i, j), weight in np.ndenumerate(kernel):
        total += weight * padded[i * dilation : i * dilation + rows, j * dilation : j * dilation + columns]
    return total[::stride, ::stride]


# %% visits: asked of each pixel
def visits(n, kernel, stride=1, padding=0):
    places = (n + 2 * padding - kernel) // stride + 1
    return [
        sum(p * stride - padding <= pixel < p * stride - padding + kernel for p in range(places)) for pixel in range(n)
    ]


# %% visits: a convolution of the places with ones
def visits(n, kernel, stride=1, padding=0):
    starts = np.zeros(n + 2 * padding - kernel + 1, dtype=int)
    starts[::stride] = 1
    return np.convolve(starts, np.ones(kernel, dtype=int))[padding : padding + n]


# %% visits: a counter
def visits(n, kernel, stride=1, padding=0):
    from collections import Counter

    seen = Counter()
    start = -padding
    while start + kernel <= n + padding:
        seen.update(range(start, start + kernel))
        start += stride
    return tuple(float(seen[pixel]) for pixel in range(n))


# %% same_padding: the modulus, as TensorFlow's documentation has it
def same_padding(n, kernel, stride=1, dilation=1):
    reach = dilation * (kernel - 1) + 1
    zeros = max(reach - stride, 0) if n % stride == 0 else max(reach - n % stride, 0)
    return [zeros // 2, zeros - zeros // 2]


# %% same_padding: ceil
def same_padding(n, kernel, stride=1, dilation=1):
    wanted = int(np.ceil(n / stride))
    zeros = np.maximum((wanted - 1) * stride + dilation * (kernel - 1) + 1 - n, 0)
    return np.array([np.floor(zeros / 2), np.ceil(zeros / 2)])


# %% same_padding: more and more zeros until it fits
def same_padding(n, kernel, stride=1, dilation=1):
    wanted, before, after = -(-n // stride), 0, 0
    while (n + before + after - dilation * (kernel - 1) - 1) // stride + 1 < wanted:
        if before < after:
            before += 1
        else:
            after += 1
    return before, after


# %% volume_layer: loops over filters and channels
def volume_layer(image, kernels, biases):
    maps = []
    for f in range(kernels.shape[3]):
        channels = [correlate2d(image[:, :, c], kernels[:, :, c, f]) for c in range(image.shape[2])]
        maps.append(sum(channels) + biases[f])
    return np.stack(maps, axis=2)


# %% volume_layer: one matrix product (im2col)
def volume_layer(image, kernels, biases):
    height, width, channels, filters = kernels.shape
    rows, columns = image.shape[0] - height + 1, image.shape[1] - width + 1
    patches = np.array(
        [image[p : p + height, q : q + width].ravel() for p in range(rows) for q in range(columns)], dtype=float
    )
    return (patches @ kernels.reshape(-1, filters) + biases).reshape(rows, columns, filters)


# %% volume_layer: a sum of 1x1 convolutions
def volume_layer(image, kernels, biases):
    rows, columns = image.shape[0] - kernels.shape[0] + 1, image.shape[1] - kernels.shape[1] + 1
    total = np.zeros((rows, columns, kernels.shape[3])) + biases
    for i in range(kernels.shape[0]):
        for j in range(kernels.shape[1]):
            total = total + image[i : i + rows, j : j + columns] @ kernels[i, j]
    return total.tolist()


# %% unsharp_kernel: minus the blur, and the centre raised
def unsharp_kernel(blur, amount=1):
    kernel = -amount * np.array(blur, dtype=float)
    kernel[len(kernel) // 2, kernel.shape[1] // 2] += 1 + amount
    return kernel


# %% unsharp_kernel: a flat index
def unsharp_kernel(blur, amount=1):
    kernel = (np.asarray(blur) * -amount).ravel()
    kernel[kernel.size // 2] += 1 + amount
    return kernel.reshape(np.shape(blur))


# %% unsharp_kernel: lists
def unsharp_kernel(blur, amount=1):
    rows, columns = len(blur), len(blur[0])
    return [
        [(1 + amount) * (i == rows // 2 and j == columns // 2) - amount * float(blur[i][j]) for j in range(columns)]
        for i in range(rows)
    ]


# %% edge_kernel: written out
def edge_kernel(degrees, weights=(1, 2, 1)):
    import math

    a, b, c = weights
    x, y = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return [[-a * x - a * y, -b * y, a * x - c * y], [-b * x, 0, b * x], [-c * x + a * y, b * y, c * x + c * y]]


# %% edge_kernel: broadcasting
def edge_kernel(degrees, weights=(1, 2, 1)):
    difference, mean = np.array([-1, 0, 1]), np.array(weights)
    angle = degrees * np.pi / 180
    return mean[:, None] * difference * np.cos(angle) + difference[:, None] * mean * np.sin(angle)


# %% edge_kernel: a complex number
def edge_kernel(degrees, weights=(1, 2, 1)):
    right = np.outer(weights, (-1, 0, 1))
    both = right - 1j * right.T
    return (both * np.exp(1j * np.deg2rad(degrees))).real


# %% hysteresis: a stack of pixels to visit
def hysteresis(strength, low, high):
    kept = np.zeros(np.shape(strength), dtype=bool)
    waiting = [tuple(place) for place in np.argwhere(np.asarray(strength) >= high)]
    while waiting:
        row, column = waiting.pop()
        inside = 0 <= row < kept.shape[0] and 0 <= column < kept.shape[1]
        if not inside or kept[row, column] or strength[row][column] < low:
            continue
        kept[row, column] = True
        waiting += [(row + i, column + j) for i in (-1, 0, 1) for j in (-1, 0, 1)]
    return kept


# %% hysteresis: connected parts that hold a strong pixel
def hysteresis(strength, low, high):
    from scipy.ndimage import label

    parts, _ = label(strength >= low, structure=np.ones((3, 3)))
    good = np.unique(parts[strength >= high])
    return np.isin(parts, good[good > 0]).astype(int)


# %% hysteresis: a maximum of neighbours, until nothing changes
def hysteresis(strength, low, high):
    from scipy.ndimage import maximum_filter

    kept = strength >= high
    while True:
        grown = maximum_filter(kept, size=3, mode="constant") & (strength >= low)
        if (grown == kept).all():
            return kept.tolist()
        kept = grown


# %% gradient_step: patches and a matrix product
def gradient_step(kernel, image, target, rate):
    kernel = np.asarray(kernel, dtype=float)
    patches = sliding_window_view(image, kernel.shape).reshape(-1, kernel.size)
    error = patches @ kernel.ravel() - np.ravel(target)
    return kernel - rate * (2 * patches.T @ error / len(error)).reshape(kernel.shape)


# %% gradient_step: loops over the weights
def gradient_step(kernel, image, target, rate):
    error = correlate2d(image, kernel) - target
    rows, columns = error.shape
    new = np.array(kernel, dtype=float)
    for i, j in np.ndindex(*new.shape):
        new[i, j] -= rate * 2 * np.mean(error * image[i : i + rows, j : j + columns])
    return new


# %% gradient_step: measured by differences (exact for a quadratic loss)
def gradient_step(kernel, image, target, rate):
    kernel = np.asarray(kernel, dtype=float)

    def loss(weights):
        return np.mean((correlate2d(image, weights) - target) ** 2)

    slope = np.zeros_like(kernel)
    for place in np.ndindex(*kernel.shape):
        step = np.zeros_like(kernel)
        step[place] = 0.5
        slope[place] = loss(kernel + step) - loss(kernel - step)
    return kernel - rate * slope


# %% pool: NaN where nothing is
def pool(x, size, stride, kind, ceil=False):
    x = np.asarray(x, dtype=float)
    if ceil:
        more = [(0, -(n - size) % stride) for n in x.shape]
        x = np.pad(x, more, constant_values=np.nan)
    windows = sliding_window_view(x, (size, size))[::stride, ::stride]
    if kind == "max":
        return np.nanmax(windows, axis=(2, 3))
    if kind == "average":
        return np.nanmean(windows, axis=(2, 3))
    return np.sqrt(np.nansum(windows**2, axis=(2, 3)))


# %% pool: lists and max
def pool(x, size, stride, kind, ceil=False):
    import math

    round_to = math.ceil if ceil else math.floor
    rows, columns = (round_to((n - size) / stride) + 1 for n in np.shape(x))

    def one(p, q):
        cells = [float(c) for row in x[p * stride : p * stride + size] for c in row[q * stride : q * stride + size]]
        if kind == "max":
            return max(cells)
        return sum(cells) / len(cells) if kind == "average" else math.hypot(*cells)

    return [[one(p, q) for q in range(columns)] for p in range(rows)]


# %% pool: match and an array that is filled
def pool(x, size, stride, kind, ceil=False):
    x = np.asarray(x)
    starts = [range(0, n - size + (stride if ceil else 1), stride) for n in x.shape]
    out = np.empty([len(s) for s in starts])
    for p, top in enumerate(starts[0]):
        for q, left in enumerate(starts[1]):
            cells = x[top : top + size, left : left + size]
            if kind == "max":
                out[p, q] = cells.max()
            elif kind == "average":
                out[p, q] = cells.sum() / cells.size
            else:
                out[p, q] = np.linalg.norm(cells)
    return out


# %% transposed: zeros between the numbers, then an ordinary convolution
def transposed(x, kernel, stride=1):
    x, kernel = np.asarray(x), np.asarray(kernel)
    spread = np.zeros([(n - 1) * stride + 1 for n in x.shape], dtype=x.dtype)
    spread[::stride, ::stride] = x
    return convolve2d(spread, kernel, padding=(kernel.shape[0] - 1, kernel.shape[1] - 1))


# %% transposed: one weight at a time
def transposed(x, kernel, stride=1):
    (rows, columns), (height, width) = np.shape(x), np.shape(kernel)
    out = np.zeros(((rows - 1) * stride + height, (columns - 1) * stride + width))
    for i in range(height):
        for j in range(width):
            out[i : i + (rows - 1) * stride + 1 : stride, j : j + (columns - 1) * stride + 1 : stride] += (
                x * kernel[i, j]
            )
    return out


# %% transposed: four loops over lists
def transposed(x, kernel, stride=1):
    rows, columns, height, width = len(x), len(x[0]), len(kernel), len(kernel[0])
    out = [[0.0] * ((columns - 1) * stride + width) for _ in range((rows - 1) * stride + height)]
    for p in range(rows):
        for q in range(columns):
            for i in range(height):
                for j in range(width):
                    out[p * stride + i][q * stride + j] += float(x[p][q]) * float(kernel[i][j])
    return out


# %% has_checkerboard: the remainder itself
def has_checkerboard(kernel, stride):
    return bool(kernel % stride)


# %% has_checkerboard: counted
def has_checkerboard(kernel, stride):
    counts = np.zeros(60 * stride + kernel)
    for start in range(0, 60 * stride, stride):
        counts[start : start + kernel] += 1
    middle = counts[25 * stride : 35 * stride]
    return middle.min() != middle.max()


# %% has_checkerboard: whole tiles
def has_checkerboard(kernel, stride):
    if stride == 1:
        return 0
    return int(kernel // stride * stride < kernel)


# %% multiplications: step by step, a list
def multiplications(height, width, channels, filters, kernel):
    rows, columns = height - kernel + 1, width - kernel + 1
    depthwise = rows * columns * channels * kernel * kernel
    pointwise = rows * columns * channels * filters
    return [depthwise * filters, depthwise + pointwise]


# %% multiplications: by the ratio
def multiplications(height, width, channels, filters, kernel):
    standard = (height - kernel + 1) * (width - kernel + 1) * channels * filters * kernel**2
    return standard, round(standard * (1 / filters + 1 / kernel**2))


# %% multiplications: an array
def multiplications(height, width, channels, filters, kernel):
    places = np.prod(np.array([height, width]) - kernel + 1)
    return places * channels * np.array([filters * kernel**2, filters + kernel**2])

"""Wrong answers to lab 08: the classic mistakes about work, separable kernels, scaling, traffic, fronts and integers."""

import math

import numpy as np
from keras import layers

from ccv.grading import mutant

# ------------------------------------------------------------------------------------------------ multiply-adds


def _walk(shape, rows, conv=None, dense=None, out=None, pool=None, leave=None, shrink=None):
    """The right counts, with a wrong part put in by each mutant."""
    conv = conv or (lambda i, o, k, g: o[0] * o[1] * o[2] * k * k * i[2] // g)
    dense = dense or (lambda shape, units: math.prod(shape) * units)
    out = out or (lambda n, k, s, p: (n + 2 * p - k) // s + 1)
    pool = pool or (lambda i, o, k: 0)
    leave = leave or (lambda i, filters: filters)
    shrink = shrink or (lambda n, window, stride: out(n, window, stride, 0))
    counts = []
    for kind, size, *rest in rows:
        if kind == "dense":
            counts.append(dense(shape, size))
            shape = (size,)
        elif kind == "pool":
            after = (*(shrink(n, size, rest[0]) for n in shape[:2]), shape[2])
            counts.append(pool(shape, after, size))
            shape = after
        else:
            kernel, stride, padding, groups = rest
            after = (*(out(n, kernel, stride, padding) for n in shape[:2]), size)
            counts.append(conv(shape, after, kernel, groups))
            shape = (*after[:2], leave(shape, size))
    return counts


@mutant("network_macs", "these are weights: each of them is used at every place of the map, height times width")
def counts_weights(shape, rows):
    return _walk(shape, rows, conv=lambda i, o, k, g: o[2] * k * k * i[2] // g)


@mutant("network_macs", "the places are those of the map that comes out, not of the one that comes in")
def places_of_the_input(shape, rows):
    return _walk(shape, rows, conv=lambda i, o, k, g: i[0] * i[1] * o[2] * k * k * i[2] // g)


@mutant("network_macs", "height and width are multiplied, not added: every place needs its own sum")
def adds_the_sides(shape, rows):
    return _walk(shape, rows, conv=lambda i, o, k, g: (o[0] + o[1]) * o[2] * k * k * i[2] // g)


@mutant("network_macs", "these are FLOPs: a multiply-add is two of them, and the multiply-adds are asked for")
def counts_flops(shape, rows):
    return [2 * n for n in _walk(shape, rows)]


@mutant("network_macs", "biases are additions and no multiply-adds: leave them out")
def with_biases(shape, rows):
    conv = lambda i, o, k, g: o[0] * o[1] * o[2] * (k * k * i[2] // g + 1)  # noqa: E731
    return _walk(shape, rows, conv=conv, dense=lambda shape, units: (math.prod(shape) + 1) * units)


@mutant("network_macs", "the groups are ignored: in a group a filter reads only its part of the channels")
def ignores_groups(shape, rows):
    return _walk(shape, rows, conv=lambda i, o, k, g: o[0] * o[1] * o[2] * k * k * i[2])


@mutant("network_macs", "groups make the filters shorter, not fewer: divide by the groups once")
def groups_squared(shape, rows):
    return _walk(shape, rows, conv=lambda i, o, k, g: o[0] * o[1] * (o[2] // g) * k * k * i[2] // g)


@mutant("network_macs", "groups save work: the more groups, the fewer channels a filter reads")
def groups_multiply(shape, rows):
    return _walk(shape, rows, conv=lambda i, o, k, g: o[0] * o[1] * o[2] * k * k * i[2] * g)


@mutant("network_macs", "the kernel is k x k: square it")
def kernel_not_squared(shape, rows):
    return _walk(shape, rows, conv=lambda i, o, k, g: o[0] * o[1] * o[2] * k * i[2] // g)


@mutant("network_macs", "a filter reaches through all channels that come in: they are missing from the product")
def one_channel(shape, rows):
    return _walk(shape, rows, conv=lambda i, o, k, g: o[0] * o[1] * o[2] * k * k)


@mutant("network_macs", "the padding is on every side: it counts twice along each side")
def padding_once(shape, rows):
    return _walk(shape, rows, out=lambda n, k, s, p: (n + p - k) // s + 1)


@mutant(
    "network_macs",
    "a window that does not fit is none: a side gives (side - window) // stride + 1 places in a pooling, too",
)
def pooling_rounds_up(shape, rows):
    return _walk(shape, rows, shrink=lambda n, window, stride: -(-(n - window) // stride) + 1)


@mutant(
    "network_macs",
    "a window that does not fit is none: a side gives (side - window) // stride + 1 places in a pooling, too",
)
def pooling_divides(shape, rows):
    return _walk(shape, rows, shrink=lambda n, window, stride: n // stride)


@mutant("network_macs", "a pooling makes the maps smaller: what follows has fewer places")
def pooling_keeps_the_size(shape, rows):
    return _walk(shape, rows, shrink=lambda n, window, stride: n)


@mutant("network_macs", "the first window has no step before it: (side + 2 * padding - kernel) // stride + 1 places")
def steps_for_places(shape, rows):
    return _walk(
        shape,
        rows,
        out=lambda n, k, s, p: (n + 2 * p - k) // s,
        shrink=lambda n, window, stride: (n - window) // stride + 1,
    )


@mutant("network_macs", "the padding is ignored")
def ignores_padding(shape, rows):
    return _walk(shape, rows, out=lambda n, k, s, p: (n - k) // s + 1)


@mutant("network_macs", "the stride is ignored: with larger steps there are fewer places")
def ignores_stride(shape, rows):
    def out(n, k, s, p):
        return (n + 2 * p - k) // (s if p == 0 and k < 5 else 1) + 1  # poolings keep theirs, or nothing fits

    return _walk(shape, rows, out=out)


@mutant("network_macs", "pooling compares or averages and multiplies by no weight: it counts 0")
def counts_pooling(shape, rows):
    return _walk(shape, rows, pool=lambda i, o, k: math.prod(o) * k * k)


@mutant("network_macs", "a dense layer takes all numbers of the map, height times width times channels")
def dense_on_channels(shape, rows):
    return _walk(shape, rows, dense=lambda shape, units: shape[-1] * units)


@mutant("network_macs", "one number for each layer is asked for, not a running total")
def running_total(shape, rows):
    return np.cumsum(_walk(shape, rows)).tolist()


@mutant("network_macs", "behind a convolution there are as many channels as it has filters: carry them along")
def keeps_the_channels(shape, rows):
    return _walk(shape, rows, leave=lambda i, filters: i[2])


# -------------------------------------------------------------------------------------------------- separable kernels


@mutant("merged_kernel", "nothing is summed over the channels: the kernel has an axis for them")
def sums_the_channels(depthwise, pointwise):
    return np.einsum("hwc,cf->hwf", depthwise, pointwise)


@mutant("merged_kernel", "the two weights are multiplied, not added: the one comes after the other")
def adds_them(depthwise, pointwise):
    return depthwise[..., None] + pointwise


@mutant("merged_kernel", "the order of Keras is height, width, channels, filters: the filters come last")
def filters_before_channels(depthwise, pointwise):
    return np.einsum("hwc,cf->hwfc", depthwise, pointwise)


@mutant("merged_kernel", "the window is turned: networks lay a kernel on as it is")
def turned(depthwise, pointwise):
    return depthwise[::-1, ::-1, :, None] * pointwise


@mutant("merged_kernel", "every channel has a pattern of its own: this takes the mean of them")
def one_pattern_for_all(depthwise, pointwise):
    return depthwise.mean(axis=2)[..., None, None] * pointwise


@mutant("merged_kernel", "the pointwise weights are missing: every filter takes as much of each channel")
def without_pointwise(depthwise, pointwise):
    return np.repeat(depthwise[..., None], pointwise.shape[1], axis=3)


@mutant("merged_kernel", "the pointwise weights multiply the whole window, not its middle alone")
def in_the_middle_alone(depthwise, pointwise):
    kernel = np.zeros((*depthwise.shape, pointwise.shape[1]))
    middle = tuple(n // 2 for n in depthwise.shape[:2])
    kernel[middle] = depthwise[middle][:, None] * pointwise
    return kernel


@mutant("merged_kernel", "the weights may be of any size: nothing has to be normalised")
def normalised_kernel(depthwise, pointwise):
    kernel = depthwise[..., None] * pointwise
    return kernel / np.abs(kernel).sum()


def _decomposed(kernel):
    """The decomposition of each channel's table."""
    height, width, channels, filters = kernel.shape
    return np.linalg.svd(np.moveaxis(kernel, 2, 0).reshape(channels, height * width, filters), full_matrices=False)


def _window(patterns, kernel):
    """Patterns (channels, places) as a depthwise kernel."""
    height, width, channels, _ = kernel.shape
    return np.moveaxis(patterns.reshape(channels, height, width), 0, -1)


@mutant("nearest_separable", "the mean over the filters is a pattern, but not the nearest one: use the decomposition")
def means(kernel):
    depthwise = kernel.mean(axis=3)
    scale = np.sum(depthwise**2, axis=(0, 1))[:, None]
    return depthwise, np.einsum("hwc,hwcf->cf", depthwise, kernel) / scale


@mutant("nearest_separable", "the mean over the filters is a pattern, but not the nearest one: use the decomposition")
def means_of_both(kernel):
    return kernel.mean(axis=3), kernel.mean(axis=(0, 1))


@mutant("nearest_separable", "the singular value is missing: it says how large the first pattern is")
def without_the_value(kernel):
    u, _, v = _decomposed(kernel)
    return _window(u[:, :, 0], kernel), v[:, 0]


@mutant("nearest_separable", "the singular value stands in both: it belongs to one of them")
def value_twice(kernel):
    u, s, v = _decomposed(kernel)
    return _window(u[:, :, 0] * s[:, :1], kernel), v[:, 0] * s[:, :1]


@mutant("nearest_separable", "the root of the singular value belongs to both, or the value itself to one of them")
def root_of_the_value_once(kernel):
    u, s, v = _decomposed(kernel)
    return _window(u[:, :, 0] * np.sqrt(s[:, :1]), kernel), v[:, 0]


@mutant("nearest_separable", "the most important pattern comes first in the decomposition, not last")
def the_last_pattern(kernel):
    u, s, v = _decomposed(kernel)
    return _window(u[:, :, -1] * s[:, -1:], kernel), v[:, -1]


_ROWS = "the right part of the decomposition comes as rows: take its first row, not its first column"


@mutant("nearest_separable", _ROWS)
def column_of_the_right_part(kernel):
    height, width, channels, filters = kernel.shape
    tables = np.moveaxis(kernel, 2, 0).reshape(channels, height * width, filters)
    u, s, v = np.linalg.svd(tables, full_matrices=True)
    return _window(u[:, :, 0] * s[:, :1], kernel), v[:, :, 0]


@mutant("nearest_separable", _ROWS)
def column_of_the_small_right_part(kernel):
    u, s, v = _decomposed(kernel)
    return _window(u[:, :, 0] * s[:, :1], kernel), v[:, :, 0]


@mutant("nearest_separable", "reshaping mixes the axes: bring the channels to the front before you flatten the window")
def reshaped_only(kernel):
    height, width, channels, filters = kernel.shape
    u, s, v = np.linalg.svd(kernel.reshape(channels, height * width, filters), full_matrices=False)
    return _window(u[:, :, 0] * s[:, :1], kernel), v[:, 0]


@mutant("nearest_separable", "each channel has a pattern of its own: decompose the channels one by one")
def one_pattern(kernel):
    height, width, channels, filters = kernel.shape
    u, s, v = np.linalg.svd(kernel.reshape(height * width, channels * filters), full_matrices=False)
    depthwise = np.repeat((u[:, 0] * s[0]).reshape(height, width, 1), channels, axis=2)
    return depthwise, v[0].reshape(channels, filters)


@mutant("nearest_separable", "one filter alone says nothing about the others: the decomposition looks at all of them")
def the_first_filter(kernel):
    depthwise = kernel[..., 0]
    scale = np.sum(depthwise**2, axis=(0, 1))[:, None]
    return depthwise, np.einsum("hwc,hwcf->cf", depthwise, kernel) / scale


@mutant("nearest_separable", "the signs are lost: a filter may take a pattern with a minus")
def absolute(kernel):
    u, s, v = _decomposed(kernel)
    return _window(u[:, :, 0] * s[:, :1], kernel), np.abs(v[:, 0])


# -------------------------------------------------------------------------------------------------- the multipliers

_BLOCKS = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * 5, (1024, 2), (1024, 1)]


def _mobile(width, side, stem=2, places=None, thin=None, deep=None, point=None, follow=True, first=32):
    """The right counts, with a wrong part put in by each mutant."""
    thin = thin or (lambda filters: int(filters * width))
    places = places or (lambda before, after: (after**2, after**2))
    deep = deep or (lambda channels, filters: 9 * channels)
    point = point or (lambda channels, filters: channels * filters)
    side, channels = side // stem, thin(first)
    depthwise = pointwise = 0
    for wanted, stride in _BLOCKS:
        before, side, filters = side, side // stride, thin(wanted)
        here, there = places(before, side)
        depthwise += here * deep(channels, filters)
        pointwise += there * point(channels, filters)
        channels = filters if follow else channels
    return depthwise, pointwise


@mutant("mobilenet_macs", "the first convolution has a stride of 2: the blocks begin at half of the side")
def stem_without_stride(width, side):
    return _mobile(width, side, stem=1)


@mutant("mobilenet_macs", "the depthwise layer has the stride, so its own places are those of the smaller map")
def stride_after_depthwise(width, side):
    return _mobile(width, side, places=lambda before, after: (before**2, after**2))


@mutant("mobilenet_macs", "the depthwise layer has halved the map already when the pointwise one works on it")
def stride_after_the_block(width, side):
    return _mobile(width, side, places=lambda before, after: (before**2, before**2))


@mutant("mobilenet_macs", "height and width are multiplied: square the side")
def side_not_squared(width, side):
    return _mobile(width, side, places=lambda before, after: (after, after))


@mutant("mobilenet_macs", "these are weights: each of them is used at every place of the map")
def weights_of_the_layers(width, side):
    return _mobile(width, side, places=lambda before, after: (1, 1))


@mutant("mobilenet_macs", "a depthwise layer keeps the channels that come in: the filters belong to the pointwise one")
def depthwise_by_filters(width, side):
    return _mobile(width, side, deep=lambda channels, filters: 9 * filters)


@mutant("mobilenet_macs", "each channel has one flat filter: a depthwise layer does not go through all filters")
def depthwise_is_standard(width, side):
    return _mobile(width, side, deep=lambda channels, filters: 9 * channels * filters)


@mutant("mobilenet_macs", "each channel has one flat filter: a depthwise layer does not sum over the channels")
def depthwise_mixes_channels(width, side):
    return _mobile(width, side, deep=lambda channels, filters: 9 * channels**2)


@mutant("mobilenet_macs", "the kernel of the depthwise layers is 3x3: nine products for each place and channel")
def three_products(width, side):
    return _mobile(width, side, deep=lambda channels, filters: 3 * channels)


@mutant("mobilenet_macs", "what goes out of a block comes into the next one: carry the channels along")
def channels_stay(width, side):
    return _mobile(width, side, follow=False)


@mutant("mobilenet_macs", "the width multiplies what comes in as well as what goes out")
def width_outside_alone(width, side):
    side, channels, depthwise, pointwise = side // 2, 32, 0, 0
    for wanted, stride in _BLOCKS:
        side, filters = side // stride, int(wanted * width)
        depthwise += side**2 * 9 * channels
        pointwise += side**2 * channels * filters
        channels = wanted
    return depthwise, pointwise


@mutant("mobilenet_macs", "the first convolution's filters are multiplied by the width too")
def stem_stays_wide(width, side):
    side, channels, depthwise, pointwise = side // 2, 32, 0, 0
    for wanted, stride in _BLOCKS:
        side, filters = side // stride, int(wanted * width)
        depthwise += side**2 * 9 * channels
        pointwise += side**2 * channels * filters
        channels = filters
    return depthwise, pointwise


@mutant("mobilenet_macs", "channel counts are whole numbers: round them down before you multiply")
def fractions_of_channels(width, side):
    return tuple(round(n) for n in _mobile(width, side, thin=lambda filters: filters * width))


@mutant("mobilenet_macs", "channel counts are rounded down here, not up")
def rounds_up(width, side):
    return _mobile(width, side, thin=lambda filters: math.ceil(filters * width))


@mutant("mobilenet_macs", "channel counts are rounded down here, not to the nearest number")
def rounds_to_the_nearest(width, side):
    return _mobile(width, side, thin=lambda filters: round(filters * width))


@mutant(
    "mobilenet_macs",
    "the width belongs to each channel count, which is rounded down then: do not multiply the sums by it",
)
def multiplies_the_sums(width, side):
    depthwise, pointwise = _mobile(1, side)
    return int(depthwise * width), int(pointwise * width)


@mutant("mobilenet_macs", "the first convolution is neither depthwise nor pointwise: leave it out")
def with_the_first_convolution(width, side):
    depthwise, pointwise = _mobile(width, side)
    return depthwise, pointwise + (side // 2) ** 2 * 27 * int(32 * width)


@mutant(
    "mobilenet_macs", "the first block reads what the first convolution makes: that is not the picture's three channels"
)
def begins_with_the_picture(width, side):
    return _mobile(width, side, first=3 / width)


@mutant("mobilenet_macs", "the width is ignored")
def ignores_width(width, side):
    return _mobile(1, side)


# ------------------------------------------------------------------------------------------------------- the block


def _conv(x, filters, stride=1, bias=False, kernel=1):
    return layers.Conv2D(filters, kernel, strides=stride, padding="same", use_bias=bias)(x)


def _depthwise(x, stride=1, bias=False):
    return layers.DepthwiseConv2D(3, strides=stride, padding="same", use_bias=bias)(x)


def _norm(x):
    return layers.BatchNormalization()(x)


def _six(x):
    return layers.ReLU(6.0)(x)


def _same(x):
    return x


def _inverted(x, filters, expansion, stride, **wrong):
    """The right block, with a wrong part put in by each mutant."""
    act, norm, bias = wrong.get("act", _six), wrong.get("norm", _norm), wrong.get("bias", False)
    strides = wrong.get("strides", (1, stride, 1))
    wide = wrong.get("wide", expansion * x.shape[-1])
    y = x
    if expansion > 1 or wrong.get("always"):
        y = wrong.get("first", act)(norm(_conv(y, wide, strides[0], bias)))
    deep = wrong.get("deep", lambda y: _depthwise(y, strides[1], bias))
    y = wrong.get("second", act)(norm(deep(y)))
    y = wrong.get("third", _same)(norm(_conv(y, filters, strides[2], bias)))
    return wrong.get("end", _added)(x, y, stride)


def _added(x, y, stride):
    return layers.Add()([x, y]) if stride == 1 and x.shape[-1] == y.shape[-1] else y


@mutant("inverted_residual", "the projection has no activation: that is the linear bottleneck")
def relu_on_the_projection(x, filters, expansion, stride=1):
    return _inverted(x, filters, expansion, stride, third=_six)


@mutant("inverted_residual", "there is no activation after the sum: the narrow ends stay linear")
def relu_after_the_sum(x, filters, expansion, stride=1):
    return _six(_inverted(x, filters, expansion, stride))


@mutant("inverted_residual", "the activation is ReLU6: it is cut off at 6")
def plain_relu(x, filters, expansion, stride=1):
    return _inverted(x, filters, expansion, stride, act=layers.ReLU())


@mutant("inverted_residual", "the shortcut is missing: where the shape stays, x is added")
def no_shortcut(x, filters, expansion, stride=1):
    return _inverted(x, filters, expansion, stride, end=lambda x, y, stride: y)


@mutant("inverted_residual", "where the shape changes nothing is added: this block has no projection on the shortcut")
def projects_the_shortcut(x, filters, expansion, stride=1):
    def end(x, y, stride):
        changes = stride > 1 or x.shape[-1] != filters
        return layers.Add()([_norm(_conv(x, filters, stride)) if changes else x, y])

    return _inverted(x, filters, expansion, stride, end=end)


@mutant("inverted_residual", "the maps are added, not put side by side")
def appends(x, filters, expansion, stride=1):
    def end(x, y, stride):
        keeps = stride == 1 and x.shape[-1] == filters
        return _conv(layers.Concatenate()([x, y]), filters) if keeps else y

    return _inverted(x, filters, expansion, stride, end=end)


@mutant("inverted_residual", "the layer in the middle is depthwise: each channel is filtered by itself")
def standard_in_the_middle(x, filters, expansion, stride=1):
    wide = expansion * x.shape[-1]
    return _inverted(x, filters, expansion, stride, deep=lambda y: _conv(y, wide, stride, kernel=3))


@mutant("inverted_residual", "the wide part has the channels that come in, times the expansion")
def expansion_is_the_width(x, filters, expansion, stride=1):
    return _inverted(x, filters, expansion, stride, wide=expansion)


@mutant("inverted_residual", "the wide part goes by the channels that come in, not by the block's filters")
def expands_the_filters(x, filters, expansion, stride=1):
    return _inverted(x, filters, expansion, stride, wide=expansion * filters)


@mutant("inverted_residual", "that is ResNet's bottleneck: this block is wide in the middle")
def squeezes(x, filters, expansion, stride=1):
    return _inverted(x, filters, expansion, stride, wide=max(1, x.shape[-1] // expansion))


@mutant("inverted_residual", "the stride belongs to the depthwise layer, not to the expansion")
def stride_on_the_expansion(x, filters, expansion, stride=1):
    strides = (stride, 1, 1) if expansion > 1 else (1, stride, 1)
    return _inverted(x, filters, expansion, stride, strides=strides)


@mutant("inverted_residual", "the stride belongs to the depthwise layer, not to the expansion")
def stride_on_the_expansion_alone(x, filters, expansion, stride=1):
    return _inverted(x, filters, expansion, stride, strides=(stride, 1, 1))


@mutant("inverted_residual", "the stride belongs to the depthwise layer, not to the projection")
def stride_on_the_projection(x, filters, expansion, stride=1):
    return _inverted(x, filters, expansion, stride, strides=(1, 1, stride))


@mutant("inverted_residual", "the stride is ignored")
def ignores_stride_of_the_block(x, filters, expansion, stride=1):
    return _inverted(x, filters, expansion, 1)


@mutant("inverted_residual", "with an expansion of 1 the first convolution is left out")
def always_expands(x, filters, expansion, stride=1):
    return _inverted(x, filters, expansion, stride, always=True)


@mutant("inverted_residual", "the convolutions have biases: the normalisation behind them adds one of its own")
def with_biases_in_the_block(x, filters, expansion, stride=1):
    return _inverted(x, filters, expansion, stride, bias=True)


@mutant("inverted_residual", "the normalisations are missing")
def without_normalisation(x, filters, expansion, stride=1):
    return _inverted(x, filters, expansion, stride, norm=_same)


@mutant("inverted_residual", "the depthwise layer is followed by an activation, like the expansion")
def no_second_relu(x, filters, expansion, stride=1):
    return _inverted(x, filters, expansion, stride, second=_same)


@mutant("inverted_residual", "the expansion is followed by an activation, like the depthwise layer")
def no_first_relu(x, filters, expansion, stride=1):
    return _inverted(x, filters, expansion, stride, first=_same)


@mutant("inverted_residual", "the sum comes after the last normalisation, not before it")
def sum_before_the_normalisation(x, filters, expansion, stride=1):
    y = _six(_norm(_conv(x, expansion * x.shape[-1]))) if expansion > 1 else x
    y = _conv(_six(_norm(_depthwise(y, stride))), filters)
    return _norm(_added(x, y, stride))


# ------------------------------------------------------------------------------------------------- compound scaling


def _compound(phi, alpha, beta, gamma, power=lambda base, phi: base**phi, work=lambda d, w, r: d * w**2 * r**2):
    depth, width, resolution = (power(base, phi) for base in (alpha, beta, gamma))
    return depth, width, resolution, work(depth, width, resolution)


@mutant("compound_scale", "the steps are an exponent, not a factor")
def times_phi(phi, alpha=1.2, beta=1.1, gamma=1.15):
    return _compound(phi, alpha, beta, gamma, power=lambda base, phi: base * phi)


@mutant("compound_scale", "each step multiplies, it does not add")
def grows_evenly(phi, alpha=1.2, beta=1.1, gamma=1.15):
    return _compound(phi, alpha, beta, gamma, power=lambda base, phi: 1 + (base - 1) * phi)


@mutant("compound_scale", "the work grows with the square of the width and of the resolution")
def work_without_squares(phi, alpha=1.2, beta=1.1, gamma=1.15):
    return _compound(phi, alpha, beta, gamma, work=lambda d, w, r: d * w * r)


@mutant("compound_scale", "twice the depth is twice the work: only width and resolution are squared")
def depth_squared(phi, alpha=1.2, beta=1.1, gamma=1.15):
    return _compound(phi, alpha, beta, gamma, work=lambda d, w, r: (d * w * r) ** 2)


@mutant("compound_scale", "the resolution is the side of the image, and the work grows with its square")
def side_counts_once(phi, alpha=1.2, beta=1.1, gamma=1.15):
    return _compound(phi, alpha, beta, gamma, work=lambda d, w, r: d * w**2 * r)


@mutant("compound_scale", "the width multiplies the channels that come in and those that go out: it counts twice")
def width_counts_once(phi, alpha=1.2, beta=1.1, gamma=1.15):
    return _compound(phi, alpha, beta, gamma, work=lambda d, w, r: d * w * r**2)


@mutant("compound_scale", "the work is a product of all three, not a sum")
def work_is_a_sum(phi, alpha=1.2, beta=1.1, gamma=1.15):
    return _compound(phi, alpha, beta, gamma, work=lambda d, w, r: d + w**2 + r**2)


@mutant("compound_scale", "the work doubles only roughly, and only for the bases of the paper: compute it")
def exactly_doubled(phi, alpha=1.2, beta=1.1, gamma=1.15):
    return _compound(phi, alpha, beta, gamma, work=lambda d, w, r: 2.0**phi)


@mutant("compound_scale", "the work of one step is not that of all of them: use the factors that you have computed")
def work_of_one_step(phi, alpha=1.2, beta=1.1, gamma=1.15):
    return _compound(phi, alpha, beta, gamma, work=lambda d, w, r: alpha * beta**2 * gamma**2)


def _scaled(stages, width, depth, eights=None, repeat=math.ceil):
    """The right stages, with a wrong part put in by each mutant."""

    def right(wanted):
        nearest = max(8, int(wanted + 4) // 8 * 8)
        return nearest if nearest >= 0.9 * wanted else nearest + 8

    return [((eights or right)(filters * width), repeat(repeats * depth)) for filters, repeats in stages]


@mutant("scale_stages", "where the nearest multiple has less than nine tenths of what was asked for, take the next one")
def nearest_alone(stages, width, depth):
    return _scaled(stages, width, depth, lambda wanted: max(8, int(wanted + 4) // 8 * 8))


@mutant("scale_stages", "nine tenths of the filters after the width, not of those in the table")
def nine_tenths_of_the_table(stages, width, depth):
    scaled = []
    for filters, repeats in stages:
        nearest = max(8, int(filters * width + 4) // 8 * 8)
        scaled.append((nearest if nearest >= 0.9 * filters else nearest + 8, math.ceil(repeats * depth)))
    return scaled


@mutant("scale_stages", "the nearest multiple of 8 is asked for, not the one below")
def cut_to_eights(stages, width, depth):
    return _scaled(stages, width, depth, lambda wanted: max(8, int(wanted) // 8 * 8))


@mutant("scale_stages", "the nearest multiple of 8 is asked for, not the one above")
def up_to_eights(stages, width, depth):
    return _scaled(stages, width, depth, lambda wanted: math.ceil(wanted / 8) * 8)


@mutant("scale_stages", "filters come in multiples of 8")
def any_filters(stages, width, depth):
    return _scaled(stages, width, depth, int)


@mutant("scale_stages", "filters come in multiples of 8")
def any_filters_rounded(stages, width, depth):
    return _scaled(stages, width, depth, round)


@mutant("scale_stages", "filters come in multiples of 8")
def any_filters_rounded_up(stages, width, depth):
    return _scaled(stages, width, depth, math.ceil)


@mutant("scale_stages", "a half rounds up: `round` takes it to the even side")
def to_the_even_side(stages, width, depth):
    def eights(wanted):
        nearest = max(8, round(wanted / 8) * 8)
        return nearest if nearest >= 0.9 * wanted else nearest + 8

    return _scaled(stages, width, depth, eights)


@mutant("scale_stages", "there are at least 8 filters")
def may_be_none(stages, width, depth):
    return _scaled(stages, width, depth, lambda wanted: int(wanted + 4) // 8 * 8)


@mutant("scale_stages", "repeats are rounded up, not down")
def fewer_repeats(stages, width, depth):
    return _scaled(stages, width, depth, repeat=lambda n: max(1, int(n)))


@mutant("scale_stages", "repeats are rounded up, not to the nearest number")
def nearest_repeats(stages, width, depth):
    return _scaled(stages, width, depth, repeat=lambda n: max(1, round(n)))


@mutant("scale_stages", "the repeats are scaled too, by the depth")
def repeats_stay(stages, width, depth):
    return [
        (filters, repeats) for (filters, _), (_, repeats) in zip(_scaled(stages, width, depth), stages, strict=True)
    ]


@mutant("scale_stages", "the product of repeats and depth is rounded up, not the depth by itself")
def depth_rounded_up(stages, width, depth):
    return [
        (filters, repeats * math.ceil(depth))
        for (filters, _), (_, repeats) in zip(_scaled(stages, width, depth), stages, strict=True)
    ]


@mutant("scale_stages", "width and depth are exchanged: the width multiplies filters, the depth repeats")
def exchanged(stages, width, depth):
    return _scaled(stages, depth, width)


# ------------------------------------------------------------------------------------------------- work and traffic


def _traffic(height, width, channels, filters, kernel, groups, work=None, moved=None):
    places, weights = height * width, kernel**2 * channels // groups * filters
    parts = places * channels, weights, places * filters
    return (places * weights if work is None else work(places, weights)), (moved or (lambda i, w, o: i + w + o))(*parts)


@mutant("conv_traffic", "the weights are read once, not at every place")
def weights_everywhere(height, width, channels, filters, kernel, groups=1):
    moved = lambda i, w, o: i + w * height * width + o  # noqa: E731
    return _traffic(height, width, channels, filters, kernel, groups, moved=moved)


@mutant("conv_traffic", "the input is read once, not once for every weight of the window")
def input_for_every_weight(height, width, channels, filters, kernel, groups=1):
    moved = lambda i, w, o: i * kernel**2 + w + o  # noqa: E731
    return _traffic(height, width, channels, filters, kernel, groups, moved=moved)


@mutant("conv_traffic", "the output is written: it is part of the traffic")
def output_for_nothing(height, width, channels, filters, kernel, groups=1):
    return _traffic(height, width, channels, filters, kernel, groups, moved=lambda i, w, o: i + w)


@mutant("conv_traffic", "the weights have to be read too")
def weights_for_nothing(height, width, channels, filters, kernel, groups=1):
    return _traffic(height, width, channels, filters, kernel, groups, moved=lambda i, w, o: i + o)


@mutant("conv_traffic", "the input has to be read too")
def input_for_nothing(height, width, channels, filters, kernel, groups=1):
    return _traffic(height, width, channels, filters, kernel, groups, moved=lambda i, w, o: w + o)


@mutant("conv_traffic", "numbers are asked for, not bytes")
def in_bytes(height, width, channels, filters, kernel, groups=1):
    return _traffic(height, width, channels, filters, kernel, groups, moved=lambda i, w, o: 4 * (i + w + o))


@mutant("conv_traffic", "a group reads a part of the channels only: the groups are ignored")
def traffic_without_groups(height, width, channels, filters, kernel, groups=1):
    return _traffic(height, width, channels, filters, kernel, 1)


@mutant("conv_traffic", "with groups there are fewer weights as well, not only less work")
def weights_of_one_group(height, width, channels, filters, kernel, groups=1):
    moved = lambda i, w, o: i + w * groups + o  # noqa: E731
    return _traffic(height, width, channels, filters, kernel, groups, moved=moved)


@mutant("conv_traffic", "the maps are read and written whole, in however many groups")
def maps_of_one_group(height, width, channels, filters, kernel, groups=1):
    moved = lambda i, w, o: i // groups + w + o // groups  # noqa: E731
    return _traffic(height, width, channels, filters, kernel, groups, moved=moved)


@mutant("conv_traffic", "groups make the filters shorter, not fewer: divide by the groups once")
def filters_of_one_group(height, width, channels, filters, kernel, groups=1):
    places, weights = height * width, kernel**2 * channels // groups * filters // groups
    return places * weights, places * channels + weights + places * filters


@mutant("conv_traffic", "the input is read whole, in however many groups")
def input_of_one_group(height, width, channels, filters, kernel, groups=1):
    moved = lambda i, w, o: i // groups + w + o  # noqa: E731
    return _traffic(height, width, channels, filters, kernel, groups, moved=moved)


@mutant("conv_traffic", 'with padding "same" there are as many places as the map has pixels')
def without_padding(height, width, channels, filters, kernel, groups=1):
    places, weights = (height - kernel + 1) * (width - kernel + 1), kernel**2 * channels // groups * filters
    return places * weights, places * channels + weights + places * filters


@mutant("conv_traffic", "the work is done at every place: these are the weights")
def work_at_one_place(height, width, channels, filters, kernel, groups=1):
    return _traffic(height, width, channels, filters, kernel, groups, work=lambda places, weights: weights)


@mutant("conv_traffic", "multiply-adds are asked for: FLOPs are twice as many")
def work_in_flops(height, width, channels, filters, kernel, groups=1):
    return _traffic(height, width, channels, filters, kernel, groups, work=lambda places, weights: 2 * places * weights)


# ------------------------------------------------------------------------------------------------- the Pareto front


def _front(costs, scores, dominates):
    pairs = list(zip(costs, scores, strict=True))
    return [n for n, pair in enumerate(pairs) if not any(dominates(*other, *pair) for other in pairs)]


@mutant("pareto_front", "of two that cost the same the better one dominates: it need not be cheaper too")
def strictly_better_in_both(costs, scores):
    return _front(costs, scores, lambda c, s, mine, score: c < mine and s > score)


@mutant("pareto_front", "of two that score the same the cheaper one dominates")
def must_score_more(costs, scores):
    return _front(costs, scores, lambda c, s, mine, score: c <= mine and s > score)


@mutant("pareto_front", "of two that cost the same the better one dominates")
def must_cost_less(costs, scores):
    return _front(costs, scores, lambda c, s, mine, score: c < mine and s >= score)


@mutant("pareto_front", "twins do not dominate each other: this throws both of them away")
def twins_kill_each_other(costs, scores):
    pairs = list(zip(costs, scores, strict=True))
    others = lambda n: pairs[:n] + pairs[n + 1 :]  # noqa: E731
    return [n for n, (c, s) in enumerate(pairs) if not any(a <= c and b >= s for a, b in others(n))]


@mutant("pareto_front", "two that are equal in both are both on the front")
def one_of_the_twins(costs, scores):
    front = _front(costs, scores, lambda c, s, mine, score: c <= mine and s >= score and (c, s) != (mine, score))
    return [*{(costs[n], scores[n]): n for n in front}.values()]


@mutant("pareto_front", "a high score is good, a low cost too: one of the two is the wrong way round here")
def low_scores(costs, scores):
    return _front(costs, scores, lambda c, s, mine, score: c <= mine and s <= score and (c, s) != (mine, score))


@mutant("pareto_front", "a low cost is good: here a network dominates by being dearer")
def dear_is_good(costs, scores):
    return _front(costs, scores, lambda c, s, mine, score: c >= mine and s >= score and (c, s) != (mine, score))


@mutant("pareto_front", "the positions are asked for, not the pairs themselves")
def gives_pairs(costs, scores):
    front = _front(costs, scores, lambda c, s, mine, score: c <= mine and s >= score and (c, s) != (mine, score))
    return [(costs[n], scores[n]) for n in front]


@mutant("pareto_front", "the positions are asked for, not True or False for each network")
def gives_a_mask(costs, scores):
    front = _front(costs, scores, lambda c, s, mine, score: c <= mine and s >= score and (c, s) != (mine, score))
    return [n in front for n in range(len(costs))]


@mutant("pareto_front", "these are the networks that somebody dominates: the others make the front")
def the_dominated(costs, scores):
    front = _front(costs, scores, lambda c, s, mine, score: c <= mine and s >= score and (c, s) != (mine, score))
    return [n for n in range(len(costs)) if n not in front]


@mutant("pareto_front", "of those that cost the same the best has to be looked at first, and a twin of it stays, too")
def sorted_by_cost_alone(costs, scores):
    best, front = -math.inf, []
    for n in sorted(range(len(costs)), key=lambda n: costs[n]):
        if scores[n] > best:
            front, best = [*front, n], scores[n]
    return front


@mutant("pareto_front", "the front has the best for every budget, not only the best of all")
def the_best_alone(costs, scores):
    return [max(range(len(costs)), key=lambda n: (scores[n], -costs[n]))]


@mutant("pareto_front", "that is everybody: who is dominated is not on the front")
def everybody(costs, scores):
    return [*range(len(costs))]


@mutant("pareto_front", "the front has the best for every budget, not only the cheapest and the best of all")
def both_ends_alone(costs, scores):
    return sorted({int(np.argmin(costs)), int(np.argmax(scores))})


@mutant("pareto_front", "what comes later in the lists may be cheaper: sort by cost before you keep the best so far")
def in_the_order_of_the_lists(costs, scores):
    best, front = -math.inf, []
    for n, score in enumerate(scores):
        if score > best:
            front, best = [*front, n], score
    return front


# ------------------------------------------------------------------------------------------------------- eight bits


def _quantised(x, low, high, bits, **wrong):
    """The right numbers, with a wrong part put in by each mutant."""
    if wrong.get("stretch", True):
        low, high = min(low, 0), max(high, 0)
    scale = (high - low) / wrong.get("steps", 2**bits - 1)
    smallest = -(2 ** (bits - 1))
    zero = wrong.get("zero", lambda low, scale: round(smallest - low / scale))(low, scale)
    q = wrong.get("whole", np.rint)(np.asarray(x) / scale) + zero
    return wrong.get("clip", lambda q: np.clip(q, smallest, -smallest - 1))(q).astype(int), scale, zero


@mutant("quantise", "the range has to hold 0: stretch it down or up to it")
def without_zero(x, low, high, bits=8):
    return _quantised(x, low, high, bits, stretch=False)


@mutant("quantise", "what lies outside the range is cut off at its ends")
def without_clipping(x, low, high, bits=8):
    return _quantised(x, low, high, bits, clip=np.asarray)


@mutant("quantise", "the zero point is added first, and then what lies outside is cut off")
def clipped_too_early(x, low, high, bits=8):
    _, scale, zero = _quantised(x, low, high, bits)
    smallest = -(2 ** (bits - 1))
    return (np.clip(np.rint(np.asarray(x) / scale), smallest, -smallest - 1) + zero).astype(int), scale, zero


@mutant("quantise", "what lies outside wraps round in int8: clip before you change the type")
def wraps_round(x, low, high, bits=8):
    return _quantised(x, low, high, bits, clip=lambda q: (q + 2 ** (bits - 1)) % 2**bits - 2 ** (bits - 1))


@mutant("quantise", "between 256 integers there are 255 steps")
def as_many_steps_as_integers(x, low, high, bits=8):
    return _quantised(x, low, high, bits, steps=2**bits)


@mutant("quantise", "the number of bits is an argument, not always 8")
def always_eight_bits(x, low, high, bits=8):
    return _quantised(x, low, high, 8)


@mutant("quantise", "round to the nearest whole number: this cuts")
def cuts(x, low, high, bits=8):
    return _quantised(x, low, high, bits, whole=np.floor)


@mutant("quantise", "signed integers begin at -2^(bits - 1): these begin at 0")
def unsigned(x, low, high, bits=8):
    q, scale, zero = _quantised(x, low, high, bits)
    return q + 2 ** (bits - 1), scale, zero + 2 ** (bits - 1)


@mutant("quantise", "signed integers end at 2^(bits - 1) - 1 and begin at -2^(bits - 1): these are cut off at 0")
def clipped_as_if_unsigned(x, low, high, bits=8):
    return _quantised(x, low, high, bits, clip=lambda q: np.clip(q, 0, 2**bits - 1))


@mutant("quantise", "the smallest integer is -2^(bits - 1): there is one more below 0 than above it")
def clipped_evenly(x, low, high, bits=8):
    largest = 2 ** (bits - 1) - 1
    return _quantised(x, low, high, bits, clip=lambda q: np.clip(q, -largest, largest))


@mutant("quantise", "the zero point is the integer that stands for 0, not always 0 itself")
def zero_is_zero(x, low, high, bits=8):
    return _quantised(x, low, high, bits, zero=lambda low, scale: 0)


@mutant("quantise", "the zero point has the wrong sign: a range that begins further down has a higher one")
def zero_on_the_other_side(x, low, high, bits=8):
    return _quantised(x, low, high, bits, zero=lambda low, scale: round(-(2 ** (bits - 1)) + low / scale))


@mutant("quantise", "the zero point is a whole number")
def fraction_of_a_zero_point(x, low, high, bits=8):
    q, scale, _ = _quantised(x, low, high, bits)
    return q, scale, -(2 ** (bits - 1)) - min(low, 0) / scale + 1e-3


@mutant("quantise", "the range is given, from the calibration: do not take that of x")
def range_of_x(x, low, high, bits=8):
    return _quantised(x, np.min(x), np.max(x), bits)


@mutant("quantise", "the whole numbers are asked for, not what they stand for")
def gives_the_reals(x, low, high, bits=8):
    q, scale, zero = _quantised(x, low, high, bits)
    return scale * (q - zero), scale, zero


@mutant("quantise", "the range need not be the same on both sides of 0: that wastes integers")
def symmetrical(x, low, high, bits=8):
    largest = max(abs(low), abs(high))
    scale = largest / (2 ** (bits - 1) - 1)
    return np.clip(np.rint(np.asarray(x) / scale), -(2 ** (bits - 1)), 2 ** (bits - 1) - 1).astype(int), scale, 0


def _summed(q_x, zero_x, q_w, kind=np.int64):
    return (q_x.astype(kind) - zero_x) @ q_w.astype(kind)


@mutant("int8_dense", "eight bits are too few for the differences and the sums: they wrap round")
def overflows(q_x, scale_x, zero_x, q_w, scale_w):
    moved = (q_x.astype(np.int64) - zero_x).astype(np.int8)
    return scale_x * scale_w * (moved @ q_w)


@mutant("int8_dense", "a product of arrays of eight bits has eight bits, too, and wraps round: widen them first")
def product_of_eight_bits(q_x, scale_x, zero_x, q_w, scale_w):
    return scale_x * scale_w * ((q_x @ q_w) - int(zero_x) * q_w.astype(np.int64).sum(axis=0))


@mutant("int8_dense", "eight bits are too few for the differences: they wrap round, so widen before you subtract")
def widened_too_late(q_x, scale_x, zero_x, q_w, scale_w):
    moved = (q_x.astype(np.int64) - zero_x).astype(np.int8)
    return scale_x * scale_w * (moved.astype(np.int64) @ q_w.astype(np.int64))


@mutant("int8_dense", "a scale is the size of a step: multiply the sums by both, do not divide them")
def divides_by_the_scales(q_x, scale_x, zero_x, q_w, scale_w):
    return _summed(q_x, zero_x, q_w) / (scale_x * scale_w)


@mutant("int8_dense", "sixteen bits are enough for one product, but not for the sum of many")
def overflows_sixteen(q_x, scale_x, zero_x, q_w, scale_w):
    return scale_x * scale_w * _summed(q_x, zero_x, q_w, np.int16)


@mutant("int8_dense", "the zero point is ignored: it stands for 0 and has to be subtracted first")
def ignores_zero(q_x, scale_x, zero_x, q_w, scale_w):
    return scale_x * scale_w * _summed(q_x, 0, q_w)


@mutant("int8_dense", "the zero point is subtracted, not added")
def adds_zero(q_x, scale_x, zero_x, q_w, scale_w):
    return scale_x * scale_w * _summed(q_x, -zero_x, q_w)


@mutant("int8_dense", "the zero point belongs to each input, not to the sum")
def zero_from_the_sum(q_x, scale_x, zero_x, q_w, scale_w):
    return scale_x * scale_w * (_summed(q_x, 0, q_w) - zero_x)


@mutant("int8_dense", "the weights' zero point is 0: only the inputs are moved")
def moves_the_weights(q_x, scale_x, zero_x, q_w, scale_w):
    return scale_x * scale_w * ((q_x.astype(np.int64) - zero_x) @ (q_w.astype(np.int64) - zero_x))


@mutant("int8_dense", "each unit has a scale of its own: this takes the mean of them")
def one_scale(q_x, scale_x, zero_x, q_w, scale_w):
    return scale_x * np.mean(scale_w) * _summed(q_x, zero_x, q_w)


@mutant("int8_dense", "both scales are needed: that of the inputs is missing")
def without_the_scale_of_x(q_x, scale_x, zero_x, q_w, scale_w):
    return scale_w * _summed(q_x, zero_x, q_w)


@mutant("int8_dense", "both scales are needed: those of the weights are missing")
def without_the_scale_of_w(q_x, scale_x, zero_x, q_w, scale_w):
    return scale_x * _summed(q_x, zero_x, q_w)


@mutant("int8_dense", "the sums are whole numbers, but the result is not: do not round it")
def rounds_the_result(q_x, scale_x, zero_x, q_w, scale_w):
    return np.rint(scale_x * scale_w * _summed(q_x, zero_x, q_w))

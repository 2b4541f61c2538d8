"""Wrong answers to the exercises of lab 02_convolution: each loses points, and gives its mistake a name."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from ccv.grading import mutant

# Students may not call those of ccv.convolution, and a mutant is handed in like the work of a student.


def right_convolve_1d(signal, kernel):
    """The right convolution of two rows."""
    return np.convolve(signal, kernel)


def right_full(first, second):
    """The right full convolution of two maps."""
    first, second = np.asarray(first), np.asarray(second)
    out = np.zeros([a + b - 1 for a, b in zip(first.shape, second.shape, strict=True)], np.result_type(first, second))
    for (i, j), weight in np.ndenumerate(second):
        out[i : i + first.shape[0], j : j + first.shape[1]] += weight * first
    return out


def right_correlate(image, kernel, stride=1, padding=0, dilation=1):
    """The right map of sums."""
    kernel = np.asarray(kernel)
    span = tuple(dilation * (k - 1) + 1 for k in kernel.shape)
    windows = sliding_window_view(np.pad(image, padding), span)[::stride, ::stride, ::dilation, ::dilation]
    return np.einsum("pqij,ij->pq", windows, kernel)


def right_visits(n, kernel, stride=1, padding=0):
    """The right counts."""
    seen = np.zeros(n + 2 * padding, dtype=int)
    for start in range(0, len(seen) - kernel + 1, stride):
        seen[start : start + kernel] += 1
    return seen[padding : padding + n]


def right_layer(image, kernels, biases):
    """The right maps of a layer."""
    windows = sliding_window_view(image, kernels.shape[:2], axis=(0, 1))
    return np.einsum("pqcij,ijcf->pqf", windows, kernels) + biases


def center(shape):
    """A kernel of zeros with a 1 in the middle."""
    kernel = np.zeros(shape)
    kernel[shape[0] // 2, shape[1] // 2] = 1
    return kernel


def grown(strength, low, high, offsets, rounds=None, pad="constant"):
    """The strong pixels, and the weak ones beside those that are kept: in so many rounds, or until nothing changes."""
    weak, kept, before = strength >= low, strength >= high, None
    while rounds != 0 and (before is None or (before != kept).any()):
        before, framed = kept, np.pad(kept, 1, mode=pad)
        near = [framed[1 + i : 1 + i + kept.shape[0], 1 + j : 1 + j + kept.shape[1]] for i, j in offsets]
        kept = kept | (weak & np.any(near, axis=0))
        rounds = None if rounds is None else rounds - 1
    return kept


EIGHT = [(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1)]
FOUR = [(-1, 0), (1, 0), (0, -1), (0, 1)]


def pooled(x, size, stride, reduce, ceil=False, fill=None):
    """The reduced windows, those that stick out shortened, or filled up."""
    x = np.asarray(x, dtype=float)
    more = [-(n - size) % stride if ceil else 0 for n in x.shape]
    rows, columns = ((n + m - size) // stride + 1 for n, m in zip(x.shape, more, strict=True))
    if fill is not None:
        x = np.pad(x, [(0, m) for m in more], constant_values=fill)
    places = [(p * stride, q * stride) for p in range(rows) for q in range(columns)]
    return np.reshape([reduce(x[top : top + size, left : left + size]) for top, left in places], (rows, columns))


def length(cells):
    """The root of the sum of squares."""
    return np.sqrt(np.sum(np.square(cells)))


KINDS = {"max": np.max, "average": np.mean, "l2": length}


def stamped(x, kernel, stride, add=True):
    """The right transposed convolution, or one in which the last stamp wins."""
    x, kernel = np.asarray(x), np.asarray(kernel)
    shape = [(n - 1) * stride + k for n, k in zip(x.shape, kernel.shape, strict=True)]
    out = np.zeros(shape, dtype=np.result_type(x, kernel))
    for (p, q), number in np.ndenumerate(x):
        place = np.s_[p * stride : p * stride + kernel.shape[0], q * stride : q * stride + kernel.shape[1]]
        out[place] = out[place] * add + number * kernel
    return out


# ------------------------------------------------------------------------------------------------------- convolve_1d


@mutant("convolve_1d", "the kernel is not turned: that is the correlation; one index goes up and the other down")
def correlates_1d(signal, kernel):
    return right_convolve_1d(signal, np.asarray(kernel)[::-1])


@mutant(
    "convolve_1d", "only the places where the kernel lies wholly on the signal are there: those count where they touch"
)
def only_whole_places(signal, kernel):
    return np.convolve(signal, kernel, "valid")


@mutant("convolve_1d", "it is as long as the longer row: the places at both ends, where little overlaps, count too")
def keeps_the_length(signal, kernel):
    return np.convolve(signal, kernel, "same")


@mutant("convolve_1d", "the last place is missing: both rows touch in a cell there, too")
def stops_one_early(signal, kernel):
    return right_convolve_1d(signal, kernel)[:-1]


@mutant("convolve_1d", "the result is cut to whole numbers: make room for fractions")
def cuts_fractions(signal, kernel):
    return right_convolve_1d(signal, kernel).astype(int)


@mutant(
    "convolve_1d", "only the places where the kernel lies wholly on the signal are there: those count where they touch"
)
def only_whole_places_of_the_signal(signal, kernel):
    return right_convolve_1d(signal, kernel)[len(kernel) - 1 : len(signal)]


@mutant("convolve_1d", "the result is cut to whole numbers: make room for fractions")
def cuts_each_sum(signal, kernel):
    sums = np.zeros(len(signal) + len(kernel) - 1, dtype=int)
    for (i, j), product in np.ndenumerate(np.outer(signal, kernel)):
        sums[i + j] = int(sums[i + j] + product)
    return sums


@mutant("convolve_1d", "each product overwrites the one before: those that fall on one place are added")
def overwrites(signal, kernel):
    last = np.zeros(len(signal) + len(kernel) - 1)
    for (i, j), product in np.ndenumerate(np.outer(signal, kernel)):
        last[i + j] = product
    return last


@mutant("convolve_1d", "the signal begins again where it ends: outside of it there is nothing to add")
def goes_round(signal, kernel):
    around = np.tile(signal, 2 + 2 * len(kernel))
    return right_convolve_1d(around, kernel)[len(signal) * len(kernel) :][: len(signal) + len(kernel) - 1]


@mutant("convolve_1d", "it stops where the signal ends: the kernel still touches it a few places further on")
def stops_with_the_signal(signal, kernel):
    return right_convolve_1d(signal, kernel)[: len(signal)]


@mutant("convolve_1d", "as long as the signal: the rows touch at len(kernel) - 1 places more")
def as_long_as_the_signal(signal, kernel):
    begin = (len(kernel) - 1) // 2
    return np.convolve(signal, kernel)[begin : begin + len(signal)]


@mutant("convolve_1d", "fractions are cut off: weights need not be whole numbers")
def whole_products(signal, kernel):
    made = np.zeros(len(signal) + len(kernel) - 1, int)
    for i, a in enumerate(signal):
        for j, b in enumerate(kernel):
            made[i + j] += int(a * b)
    return made


# -------------------------------------------------------------------------------------------------------- one_kernel


@mutant("one_kernel", "the second kernel is turned: multiply out a small case, and look at the order of the weights")
def correlates_the_kernels(first, second):
    return right_full(first, np.asarray(second)[::-1, ::-1])


@mutant("one_kernel", "the first kernel is turned: multiply out a small case, and look at the order of the weights")
def turns_the_first(first, second):
    return right_full(np.asarray(first)[::-1, ::-1], second)


@mutant("one_kernel", "both kernels are turned, and so is the result: the picture is correlated, not convolved")
def turns_both(first, second):
    return right_full(first, second)[::-1, ::-1]


@mutant("one_kernel", "the kernels are added, and padded to one size: one after the other is no sum")
def adds_the_kernels(first, second):
    shape = [a + b - 1 for a, b in zip(first.shape, second.shape, strict=True)]
    return sum(np.pad(k, [(0, n - m) for n, m in zip(shape, k.shape, strict=True)]) for k in (first, second))


@mutant("one_kernel", "the padding is always 2: it depends on the sizes of the kernels")
def always_pads_two(first, second):
    return right_correlate(first, np.asarray(second)[::-1, ::-1], padding=2)


@mutant("one_kernel", "a frame of one is right for kernels of 2x2 alone: every place where the two touch counts")
def always_pads_one(first, second):
    return right_correlate(first, np.asarray(second)[::-1, ::-1], padding=1)


@mutant("one_kernel", "copies of one kernel lie side by side (np.kron): here they overlap, and are added")
def copies_side_by_side(first, second):
    return np.kron(first, second)


@mutant("one_kernel", "the kernels are added number by number: one after the other is no sum")
def adds_number_by_number(first, second):
    return first + second


@mutant(
    "one_kernel",
    "the kernels are multiplied as matrices (@): a window moves over the first, and its products are summed",
)
def multiplies_matrices(first, second):
    return first @ second


# --------------------------------------------------------------------------------------------------------- correlate


@mutant("correlate", "the kernel is turned by 180 degrees: here it stays as it stands")
def turns_the_kernel(image, kernel, stride=1, padding=0, dilation=1):
    return right_correlate(image, np.asarray(kernel)[::-1, ::-1], stride, padding, dilation)


@mutant("correlate", "the stride is used to the right only: it goes down by as much")
def strides_to_the_right(image, kernel, stride=1, padding=0, dilation=1):
    return right_correlate(image, kernel, 1, padding, dilation)[:, ::stride]


@mutant("correlate", "zeros lie on both sides of each row and column: one side is missing, or counted only once")
def pads_one_side(image, kernel, stride=1, padding=0, dilation=1):
    return right_correlate(np.pad(image, ((padding, 0), (padding, 0))), kernel, stride, 0, dilation)


@mutant("correlate", "the frame repeats the pixels at the border: it should hold zeros")
def repeats_the_border(image, kernel, stride=1, padding=0, dilation=1):
    return right_correlate(np.pad(image, padding, mode="edge"), kernel, stride, 0, dilation)


@mutant("correlate", "places at the border are missing: a dilated kernel spans d(k - 1) + 1 pixels, not d times k")
def spans_too_much(image, kernel, stride=1, padding=0, dilation=1):
    padded, kernel = np.pad(image, padding), np.asarray(kernel)
    full = right_correlate(padded, kernel, 1, 0, dilation)
    rows, columns = ((n - dilation * k) // stride + 1 for n, k in zip(padded.shape, kernel.shape, strict=True))
    return full[::stride, ::stride][: max(rows, 0), : max(columns, 0)]


@mutant(
    "correlate", "the dilation spreads the picture instead of the kernel: it takes pixels further apart, at every place"
)
def thins_the_picture(image, kernel, stride=1, padding=0, dilation=1):
    return right_correlate(np.pad(image, padding)[::dilation, ::dilation], kernel, stride)


@mutant("correlate", "zeros lie on both sides of each row and column: one side is missing, or counted only once")
def pads_the_other_side(image, kernel, stride=1, padding=0, dilation=1):
    return right_correlate(np.pad(image, ((0, padding), (0, padding))), kernel, stride, 0, dilation)


@mutant("correlate", "windows that stick out at the end are counted: where the kernel does not fit there is no place")
def lets_the_kernel_stick_out(image, kernel, stride=1, padding=0, dilation=1):
    padded = np.pad(image, padding)
    spans = [dilation * (k - 1) + 1 for k in np.shape(kernel)]
    more = [(0, -(n - span) % stride) for n, span in zip(padded.shape, spans, strict=True)]
    return right_correlate(np.pad(padded, more), kernel, stride, 0, dilation)


@mutant("correlate", "with a dilation of d the pixels are d apart: here d others lie between them")
def leaves_too_much_between(image, kernel, stride=1, padding=0, dilation=1):
    return right_correlate(image, kernel, stride, padding, dilation + (dilation > 1))


@mutant(
    "correlate", "the dilation makes the map smaller, and the weights still lie side by side: they are `dilation` apart"
)
def dilates_the_size_alone(image, kernel, stride=1, padding=0, dilation=1):
    places = right_correlate(image, kernel, stride, padding, dilation).shape
    return right_correlate(image, kernel, stride, padding)[: places[0], : places[1]]


@mutant("correlate", "the stride is taken down alone: it is one across, too")
def strides_down_alone(image, kernel, stride=1, padding=0, dilation=1):
    return right_correlate(image, kernel, 1, padding, dilation)[::stride]


@mutant("correlate", "a place is missing: where the kernel just touches the end, it still lies in the picture")
def stops_a_place_early(image, kernel, stride=1, padding=0, dilation=1):
    padded, kernel = np.pad(image, padding), np.asarray(kernel)
    down, right = (dilation * (k - 1) + 1 for k in kernel.shape)
    rows, columns = range(0, padded.shape[0] - down, stride), range(0, padded.shape[1] - right, stride)
    windows = [[padded[p : p + down : dilation, q : q + right : dilation] for q in columns] for p in rows]
    return np.array([[np.sum(window * kernel) for window in row] for row in windows])


# ------------------------------------------------------------------------------------------------------------ visits


@mutant("visits", "the padding is counted too: only the n pixels themselves are asked about")
def counts_the_padding(n, kernel, stride=1, padding=0):
    return right_visits(n + 2 * padding, kernel, stride, 0)


@mutant("visits", "the last place is missing")
def leaves_out_the_last(n, kernel, stride=1, padding=0):
    seen = np.zeros(n + 2 * padding, dtype=int)
    for start in range(0, len(seen) - kernel, stride):
        seen[start : start + kernel] += 1
    return seen[padding : padding + n]


@mutant(
    "visits", "a window that sticks out at the end is counted: a place where the kernel does not fit does not exist"
)
def lets_windows_stick_out(n, kernel, stride=1, padding=0):
    seen = np.zeros(n + 2 * padding, dtype=int)
    for start in range(0, len(seen), stride):
        seen[start : start + kernel] += 1
    return seen[padding : padding + n]


@mutant("visits", "the zeros are put in front only: there are as many at the other end")
def pads_in_front(n, kernel, stride=1, padding=0):
    return right_visits(n + padding, kernel, stride, 0)[padding:]


@mutant("visits", "without padding nothing is left: [padding:-padding] is empty where the padding is 0")
def cuts_all_off(n, kernel, stride=1, padding=0):
    return right_visits(n + 2 * padding, kernel, stride, 0)[padding:-padding] if padding else np.zeros(0, dtype=int)


@mutant("visits", "only the middle of each window is counted: a window visits all of its pixels")
def counts_the_middle(n, kernel, stride=1, padding=0):
    seen = np.zeros(n + 2 * padding, dtype=int)
    seen[kernel // 2 : len(seen) - kernel + 1 + kernel // 2 : stride] = 1
    return seen[padding : padding + n]


@mutant("visits", "not every pixel is seen by `kernel` places: near the ends fewer windows reach it")
def as_often_as_the_kernel_is_long(n, kernel, stride=1, padding=0):
    return np.full(n, kernel)


# ------------------------------------------------------------------------------------------------------ same_padding


def right_zeros(n, kernel, stride, dilation):
    """The right number of zeros, before and after together."""
    return max((-(-n // stride) - 1) * stride + dilation * (kernel - 1) + 1 - n, 0)


@mutant("same_padding", "(k - 1) / 2 on both sides is right for odd kernels and stride 1 only")
def halves_the_kernel(n, kernel, stride=1, dilation=1):
    return (kernel - 1) // 2, (kernel - 1) // 2


@mutant("same_padding", "(k - 1) / 2 on both sides is right for odd kernels and stride 1 only")
def halves_the_span(n, kernel, stride=1, dilation=1):
    return dilation * (kernel - 1) // 2, dilation * (kernel - 1) // 2


@mutant("same_padding", "the odd zero comes before: it belongs after")
def odd_one_before(n, kernel, stride=1, dilation=1):
    zeros = right_zeros(n, kernel, stride, dilation)
    return zeros - zeros // 2, zeros // 2


@mutant("same_padding", "the stride is left out: with it, the last window ends elsewhere")
def forgets_the_stride(n, kernel, stride=1, dilation=1):
    zeros = dilation * (kernel - 1)
    return zeros // 2, zeros - zeros // 2


@mutant("same_padding", "the dilation is left out: the kernel spans more pixels than it has weights")
def forgets_the_dilation(n, kernel, stride=1, dilation=1):
    zeros = max((-(-n // stride) - 1) * stride + kernel - n, 0)
    return zeros // 2, zeros - zeros // 2


@mutant(
    "same_padding", "the padding becomes negative where the stride is larger than the kernel: nothing is missing there"
)
def goes_below_zero(n, kernel, stride=1, dilation=1):
    zeros = (-(-n // stride) - 1) * stride + dilation * (kernel - 1) + 1 - n
    return zeros // 2, zeros - zeros // 2


@mutant("same_padding", "the number of places is rounded down: n / stride has to be rounded up")
def rounds_places_down(n, kernel, stride=1, dilation=1):
    zeros = max((n // stride - 1) * stride + dilation * (kernel - 1) + 1 - n, 0)
    return zeros // 2, zeros - zeros // 2


@mutant("same_padding", "the last window begins too late: between the places there is one step fewer than places")
def one_step_too_many(n, kernel, stride=1, dilation=1):
    zeros = max(-(-n // stride) * stride + dilation * (kernel - 1) + 1 - n, 0)
    return zeros // 2, zeros - zeros // 2


@mutant("same_padding", "with a stride there are n / stride places, rounded up, and not n of them")
def as_many_places_as_pixels(n, kernel, stride=1, dilation=1):
    zeros = max((n - 1) * stride + dilation * (kernel - 1) + 1 - n, 0)
    return zeros // 2, zeros - zeros // 2


@mutant("same_padding", "a dilated kernel spans d(k - 1) + 1 pixels, not d times k")
def spans_d_times_k(n, kernel, stride=1, dilation=1):
    zeros = max((-(-n // stride) - 1) * stride + dilation * kernel - n, 0)
    return zeros // 2, zeros - zeros // 2


@mutant("same_padding", "half of the zeros, rounded down, on either side: the odd one is lost")
def loses_the_odd_one(n, kernel, stride=1, dilation=1):
    half = right_zeros(n, kernel, stride, dilation) // 2
    return half, half


@mutant("same_padding", "all zeros come after: they are shared out, and only an odd one is left for there")
def all_after(n, kernel, stride=1, dilation=1):
    return 0, right_zeros(n, kernel, stride, dilation)


@mutant("same_padding", "all zeros are there twice: half of them belong before, half after")
def all_on_both_sides(n, kernel, stride=1, dilation=1):
    return (right_zeros(n, kernel, stride, dilation),) * 2


# ------------------------------------------------------------------------------------------------------ volume_layer


@mutant("volume_layer", "there is no bias: add each filter's own to its whole map")
def forgets_the_bias(image, kernels, biases):
    return right_layer(image, kernels, 0)


@mutant("volume_layer", "the bias is added once for each channel: it belongs to the sum, once")
def bias_for_each_channel(image, kernels, biases):
    return right_layer(image, kernels, np.asarray(biases) * image.shape[2])


@mutant("volume_layer", "negative numbers became zero: the activation is not asked for here")
def activates(image, kernels, biases):
    return np.maximum(right_layer(image, kernels, biases), 0)


@mutant("volume_layer", "only the first channel is looked at: a filter reaches through all of them")
def first_channel_alone(image, kernels, biases):
    return right_layer(image[..., :1], kernels[:, :, :1], biases)


@mutant("volume_layer", "there is a map for each channel: the channels are summed, and each filter makes a map")
def sums_the_filters(image, kernels, biases):
    channels = range(image.shape[-1])
    return np.stack([right_layer(image[..., [c]], kernels[:, :, [c]], biases).sum(axis=-1) for c in channels], axis=-1)


@mutant("volume_layer", "the channels are averaged: their maps are summed")
def averages_channels(image, kernels, biases):
    return right_layer(image, kernels, 0) / image.shape[2] + biases


@mutant("volume_layer", "the kernels are turned by 180 degrees: a layer leaves them as they stand")
def turns_the_kernels(image, kernels, biases):
    return right_layer(image, np.asarray(kernels)[::-1, ::-1], biases)


@mutant("volume_layer", "the kernels are turned along the channels, too: a layer leaves them as they stand")
def turns_the_channels(image, kernels, biases):
    return right_layer(image, np.asarray(kernels)[::-1, ::-1, ::-1], biases)


@mutant("volume_layer", "the filters are on the first axis of the result: they go last")
def filters_first(image, kernels, biases):
    return np.moveaxis(right_layer(image, kernels, biases), -1, 0)


@mutant("volume_layer", "all maps get the first bias: each filter has its own")
def first_bias_for_all(image, kernels, biases):
    return right_layer(image, kernels, np.asarray(biases)[0])


@mutant("volume_layer", "the picture is padded: without padding the maps are smaller")
def pads_the_picture(image, kernels, biases):
    kh, kw = np.shape(kernels)[:2]
    return right_layer(np.pad(image, ((kh // 2, (kh - 1) // 2), (kw // 2, (kw - 1) // 2), (0, 0))), kernels, biases)


@mutant("volume_layer", "each channel overwrites the one before: their maps are summed")
def keeps_the_last_channel(image, kernels, biases):
    return right_layer(image[..., -1:], kernels[:, :, -1:], biases)


@mutant("volume_layer", "the picture is padded: without padding the maps are smaller")
def pads_more_after(image, kernels, biases):
    frame = [((k - 1) // 2, k // 2) for k in kernels.shape[:2]]
    return right_layer(np.pad(image, [*frame, (0, 0)]), kernels, biases)


# ---------------------------------------------------------------------------------------------------- unsharp_kernel


@mutant("unsharp_kernel", "that is the detail alone, with a sum of zero: the picture itself has to be added to it")
def detail_alone(blur, amount=1):
    return amount * (center(np.shape(blur)) - blur)


@mutant("unsharp_kernel", "that is the blur alone, subtracted from nothing: the picture is missing")
def forgets_the_picture(blur, amount=1):
    return -amount * np.asarray(blur, dtype=float)


@mutant("unsharp_kernel", "the amount is left out")
def forgets_the_amount(blur, amount=1):
    return 2 * center(np.shape(blur)) - blur


@mutant("unsharp_kernel", "the sign is wrong, it blurs: what the blur took away is picture minus blurred")
def blurs_instead(blur, amount=1):
    return center(np.shape(blur)) + amount * (blur - center(np.shape(blur)))


@mutant(
    "unsharp_kernel",
    "only the blur is scaled by the amount: the difference between picture and blur is, so the sum stays 1",
)
def scales_the_blur_alone(blur, amount=1):
    return 2 * center(np.shape(blur)) - amount * np.asarray(blur)


@mutant("unsharp_kernel", "the kernel that gives back the picture has a single 1, in the middle, and zeros around it")
def ones_for_the_picture(blur, amount=1):
    return 1 + amount * (1 - np.asarray(blur, dtype=float))


@mutant("unsharp_kernel", "np.eye has ones all along the diagonal: the picture comes from a single 1, in the middle")
def ones_on_the_diagonal(blur, amount=1):
    return np.eye(*np.shape(blur)) + amount * (np.eye(*np.shape(blur)) - blur)


@mutant("unsharp_kernel", "the amount multiplies the picture, too: it is for the detail alone")
def scales_everything(blur, amount=1):
    return amount * (2 * center(np.shape(blur)) - blur)


@mutant("unsharp_kernel", "the middle of the blur is left out: its weight there has to be subtracted, too")
def replaces_the_middle(blur, amount=1):
    kernel, middle = -amount * np.asarray(blur, dtype=float), center(np.shape(blur))
    return np.where(middle == 1, 1 + amount, kernel)


@mutant("unsharp_kernel", "the middle is not always at [1, 1]: a blur may have other numbers of rows and columns")
def middle_of_three_by_three(blur, amount=1):
    picture = np.zeros(np.shape(blur))
    picture[1, 1] = 1
    return picture + amount * (picture - blur)


@mutant("unsharp_kernel", "the middle is not always on the diagonal: a blur may have other numbers of rows and columns")
def middle_on_the_diagonal(blur, amount=1):
    picture, row = np.zeros(np.shape(blur)), np.shape(blur)[0] // 2
    picture[row, min(row, np.shape(blur)[1] - 1)] = 1
    return picture + amount * (picture - blur)


# ------------------------------------------------------------------------------------------------------- edge_kernel


def mixed(degrees, weights, x=1, y=1):
    """The kernels across and down, mixed by cosine and sine with these signs."""
    across, angle = np.outer(weights, [-1, 0, 1]), np.deg2rad(degrees)
    return x * np.cos(angle) * across + y * np.sin(angle) * across.T


@mutant("edge_kernel", "the angle is taken for radians: NumPy's cosine wants degrees converted")
def takes_degrees_for_radians(degrees, weights=(1, 2, 1)):
    return mixed(np.rad2deg(degrees), weights)


@mutant("edge_kernel", "90 degrees looks upward: here rows count downward, and so does the angle")
def looks_upward(degrees, weights=(1, 2, 1)):
    return mixed(degrees, weights, y=-1)


@mutant("edge_kernel", "it is positive where it gets darker: -1 belongs to the side where it comes from")
def finds_darker(degrees, weights=(1, 2, 1)):
    return mixed(degrees, weights, x=-1, y=-1)


@mutant("edge_kernel", "0 degrees looks downward and 90 to the right: they are exchanged")
def exchanges_the_axes(degrees, weights=(1, 2, 1)):
    return mixed(90 - np.asarray(degrees), weights)


@mutant("edge_kernel", "the weights are ignored: they are those of the mean across the difference")
def always_sobel(degrees, weights=(1, 2, 1)):
    return mixed(degrees, (1, 2, 1))


@mutant("edge_kernel", "there are more directions than across and down: the others are mixtures of both kernels")
def across_or_down(degrees, weights=(1, 2, 1)):
    across = np.outer(weights, [-1, 0, 1])
    return across if degrees == 0 else np.outer([-1, 0, 1], weights)


@mutant(
    "edge_kernel", "cosine and sine lose their sign there: in the opposite direction a kernel has the opposite sign"
)
def same_in_all_quarters(degrees, weights=(1, 2, 1)):
    across, angle = np.outer(weights, [-1, 0, 1]), np.deg2rad(degrees)
    return np.abs(np.cos(angle)) * across + np.abs(np.sin(angle)) * across.T


@mutant(
    "edge_kernel", "both parts look across: the kernel that looks downward is the other one, turned over its diagonal"
)
def across_twice(degrees, weights=(1, 2, 1)):
    across, angle = np.outer(weights, [-1, 0, 1]), np.deg2rad(degrees)
    return (np.cos(angle) + np.sin(angle)) * across


# -------------------------------------------------------------------------------------------------------- hysteresis


@mutant(
    "hysteresis",
    "only the high threshold counts, or they are exchanged: weak pixels that hang on to strong ones belong",
)
def high_alone(strength, low, high):
    return strength >= high


@mutant(
    "hysteresis", "only the low threshold counts, or they are exchanged: weak pixels need a strong one to hang on to"
)
def low_alone(strength, low, high):
    return strength >= low


@mutant("hysteresis", "only the direct neighbours of strong pixels are added: go on until nothing changes")
def one_round(strength, low, high):
    return grown(strength, low, high, EIGHT, rounds=1)


@mutant("hysteresis", "diagonal neighbours do not count here: all eight do")
def four_neighbours(strength, low, high):
    return grown(strength, low, high, FOUR)


@mutant("hysteresis", "the thresholds are not reached by equal strengths: at least means that equal counts")
def equal_is_not_enough(strength, low, high):
    return grown(strength, np.nextafter(low, np.inf), np.nextafter(high, np.inf), EIGHT)


@mutant("hysteresis", "the thresholds are not reached by equal strengths: at least means that equal counts")
def equal_to_the_low_one_is_not_enough(strength, low, high):
    return grown(strength, np.nextafter(low, np.inf), high, EIGHT)


@mutant("hysteresis", "the border wraps around: np.roll brings in the other side of the picture")
def wraps_around(strength, low, high):
    return grown(strength, low, high, EIGHT, pad="wrap")


@mutant("hysteresis", "the edges grow over everything: what is below the low threshold is never one")
def grows_over_everything(strength, low, high):
    return np.full(np.shape(strength), bool((np.asarray(strength) >= high).any()))


@mutant(
    "hysteresis", "those are the pixels between the thresholds: the strong ones are edges, and weak ones beside them"
)
def between_the_thresholds(strength, low, high):
    return (strength >= low) & (strength < high)


@mutant("hysteresis", "one pass over the picture is not enough: go on until nothing changes")
def single_pass(strength, low, high):
    kept = np.array(strength >= high)
    for p, q in np.argwhere((strength >= low) & ~kept):
        kept[p, q] = kept[max(p - 1, 0) : p + 2, max(q - 1, 0) : q + 2].any()
    return kept


@mutant("hysteresis", "so many rounds are not always enough: go on until nothing changes")
def two_rounds(strength, low, high):
    return grown(strength, low, high, EIGHT, rounds=2)


@mutant("hysteresis", "so many rounds are not always enough: go on until nothing changes")
def a_hundred_rounds(strength, low, high):
    return grown(strength, low, high, EIGHT, rounds=100)


@mutant("hysteresis", "all neighbours of strong pixels are added: only those that reach the low threshold may be")
def adds_all_neighbours(strength, low, high):
    return grown(strength, -np.inf, high, EIGHT, rounds=1)


@mutant("hysteresis", "the pixels at the border are never added: they may be weak edges, too")
def leaves_the_border_out(strength, low, high):
    inside = np.pad(np.ones(np.maximum(np.subtract(np.shape(strength), 2), 0), bool), 1)
    inside = inside[: np.shape(strength)[0], : np.shape(strength)[1]]
    return grown(np.where(inside | (strength >= high), strength, -np.inf), low, high, EIGHT)


# ----------------------------------------------------------------------------------------------------- gradient_step


def slope_of(kernel, image, target):
    """The gradient of the mean squared error."""
    error = right_correlate(image, kernel) - target
    return 2 / error.size * right_correlate(image, error)


@mutant("gradient_step", "it goes uphill: subtract the gradient")
def goes_uphill(kernel, image, target, rate):
    return kernel + rate * slope_of(kernel, image, target)


@mutant("gradient_step", "the factor 2 of the square's derivative is missing")
def forgets_the_two(kernel, image, target, rate):
    return kernel - rate * slope_of(kernel, image, target) / 2


@mutant("gradient_step", "the errors are summed: the loss is their mean")
def sums_the_errors(kernel, image, target, rate):
    return kernel - rate * slope_of(kernel, image, target) * np.size(target)


@mutant("gradient_step", "it is divided by the pixels of the image: the mean is over the numbers of the target")
def divides_by_the_image(kernel, image, target, rate):
    return kernel - rate * slope_of(kernel, image, target) * np.size(target) / np.size(image)


@mutant("gradient_step", "that is the gradient, not the kernel after the step")
def gives_the_gradient(kernel, image, target, rate):
    return slope_of(kernel, image, target)


@mutant("gradient_step", "the gradient comes out turned: the picture is correlated with the error as it stands")
def turned_gradient(kernel, image, target, rate):
    return kernel - rate * slope_of(kernel, image, target)[::-1, ::-1]


@mutant("gradient_step", "the rate is ignored")
def forgets_the_rate(kernel, image, target, rate):
    return kernel - slope_of(kernel, image, target)


@mutant("gradient_step", "it is divided by the weights of the kernel: the mean is over the numbers of the target")
def divides_by_the_weights(kernel, image, target, rate):
    return kernel - rate * slope_of(kernel, image, target) * np.size(target) / np.size(kernel)


@mutant("gradient_step", "it is divided by the rows alone: the mean is over all numbers of the target")
def divides_by_the_rows(kernel, image, target, rate):
    return kernel - rate * slope_of(kernel, image, target) * np.shape(target)[1]


@mutant("gradient_step", "the error is turned: the picture is correlated with the error as it stands")
def turns_the_error(kernel, image, target, rate):
    error = right_correlate(image, kernel) - target
    return kernel - rate * 2 / error.size * right_correlate(image, error[::-1, ::-1])


@mutant("gradient_step", "the kernel is turned before it is laid on the picture: the map is a correlation")
def convolves_forward(kernel, image, target, rate):
    error = right_correlate(image, np.asarray(kernel)[::-1, ::-1]) - target
    return kernel - rate * 2 / error.size * right_correlate(image, error)


@mutant("gradient_step", "all weights take the same step: each has to look at the pixels that it lay on")
def same_step_for_all(kernel, image, target, rate):
    return kernel - rate * 2 * np.mean(right_correlate(image, kernel) - target)


@mutant("gradient_step", "one weight is changed before the next one's slope is computed: all step at the same time")
def one_weight_after_another(kernel, image, target, rate):
    kernel = np.array(kernel, dtype=float)
    for place in np.ndindex(kernel.shape):
        kernel[place] -= rate * slope_of(kernel, image, target)[place]
    return kernel


# -------------------------------------------------------------------------------------------------------------- pool


@mutant("pool", "windows that stick out are filled up with zeros: only the cells inside count")
def fills_up_with_zeros(x, size, stride, kind, ceil=False):
    return pooled(x, size, stride, KINDS[kind], ceil, fill=0)


@mutant("pool", "the means of windows that stick out are divided by size x size: divide by the cells that there are")
def divides_by_the_whole_window(x, size, stride, kind, ceil=False):
    kinds = KINDS | {"average": lambda cells: np.sum(cells) / size**2}
    return pooled(x, size, stride, kinds[kind], ceil)


@mutant("pool", "windows that stick out are left out: with ceil they count")
def never_sticks_out(x, size, stride, kind, ceil=False):
    return pooled(x, size, stride, KINDS[kind])


@mutant("pool", "the windows do not overlap: they begin a stride apart, which may be less than their size")
def steps_by_the_size(x, size, stride, kind, ceil=False):
    return pooled(x, size, size, KINDS[kind], ceil)


@mutant("pool", "l2 takes the root of the mean of squares: take that of their sum")
def root_of_the_mean(x, size, stride, kind, ceil=False):
    kinds = KINDS | {"l2": lambda cells: np.sqrt(np.mean(np.square(cells)))}
    return pooled(x, size, stride, kinds[kind], ceil)


@mutant("pool", "the root is missing in l2")
def forgets_the_root(x, size, stride, kind, ceil=False):
    kinds = KINDS | {"l2": lambda cells: np.sum(np.square(cells))}
    return pooled(x, size, stride, kinds[kind], ceil)


@mutant("pool", "the search for the largest begins at 0, and a zero beats every negative number")
def begins_at_zero(x, size, stride, kind, ceil=False):
    kinds = KINDS | {"max": lambda cells: max(0, cells.max())}
    return pooled(x, size, stride, kinds[kind], ceil)


@mutant("pool", "the largest number was asked for, not the one farthest from zero")
def farthest_from_zero(x, size, stride, kind, ceil=False):
    kinds = KINDS | {"max": lambda cells: np.abs(cells).max()}
    return pooled(x, size, stride, kinds[kind], ceil)


@mutant("pool", "with ceil every start inside the map counts here: a window is added only where cells are left over")
def every_start_inside(x, size, stride, kind, ceil=False):
    x = np.asarray(x, dtype=float)
    rows, columns = (range(0, n if ceil else n - size + 1, stride) for n in x.shape)
    return np.array([[KINDS[kind](x[p : p + size, q : q + size]) for q in columns] for p in rows])


@mutant("pool", "l2 takes the absolute values: it is their squares that are summed")
def root_of_the_absolute(x, size, stride, kind, ceil=False):
    kinds = KINDS | {"l2": lambda cells: np.sqrt(np.sum(np.abs(cells)))}
    return pooled(x, size, stride, kinds[kind], ceil)


@mutant("pool", "l2 takes the absolute values: it is the root of the sum of their squares")
def sums_the_absolute(x, size, stride, kind, ceil=False):
    kinds = KINDS | {"l2": lambda cells: np.sum(np.abs(cells))}
    return pooled(x, size, stride, kinds[kind], ceil)


@mutant("pool", "l2 gives the mean: it is a kind of its own, the root of the sum of squares")
def takes_l2_for_average(x, size, stride, kind, ceil=False):
    return pooled(x, size, stride, KINDS[kind] if kind == "max" else np.mean, ceil)


@mutant("pool", "that is the sum of each window: the mean was asked for")
def sums_for_means(x, size, stride, kind, ceil=False):
    kinds = KINDS | {"average": np.sum}
    return pooled(x, size, stride, kinds[kind], ceil)


# -------------------------------------------------------------------------------------------------------- transposed


@mutant("transposed", "where stamps overlap the last one wins: they are added")
def last_stamp_wins(x, kernel, stride=1):
    return stamped(x, kernel, stride, add=False)


@mutant("transposed", "the stamp is turned by 180 degrees: it is put down as it stands")
def turns_the_stamp(x, kernel, stride=1):
    return stamped(x, np.asarray(kernel)[::-1, ::-1], stride)


@mutant("transposed", "the stride is ignored: the next stamp lies that many pixels further on")
def ignores_the_stride(x, kernel, stride=1):
    return stamped(x, kernel, 1)


@mutant("transposed", "the border is cropped: everything that was stamped belongs to the result")
def crops_to_the_stride(x, kernel, stride=1):
    rows, columns = np.shape(x)
    return stamped(x, kernel, stride)[: rows * stride, : columns * stride]


@mutant("transposed", "those are the numbers with zeros between them: each has to be multiplied by the whole stamp")
def zeros_between(x, kernel, stride=1):
    lonely = np.zeros_like(kernel)
    lonely[0, 0] = 1
    return stamped(x, lonely, stride)


@mutant(
    "transposed", "that is an ordinary correlation with a frame of zeros: its stamps are turned, and it knows no stride"
)
def correlates_everywhere(x, kernel, stride=1):
    rows, columns = (k - 1 for k in np.shape(kernel))
    return right_correlate(np.pad(x, ((rows, rows), (columns, columns))), kernel)


@mutant("transposed", "where stamps overlap they are averaged: they are added")
def averages_the_overlap(x, kernel, stride=1):
    return stamped(x, kernel, stride) / np.maximum(stamped(np.ones_like(x), np.ones_like(kernel), stride), 1)


@mutant("transposed", "the stamps lie side by side (np.kron): it is the stride that says how far apart they are")
def stamps_side_by_side(x, kernel, stride=1):
    return np.kron(x, kernel)


@mutant("transposed", "the result is cut to whole numbers: make room for fractions")
def cuts_the_sums(x, kernel, stride=1):
    return stamped(x, kernel, stride).astype(int)


@mutant("transposed", "the result is cut to whole numbers: make room for fractions")
def cuts_each_stamp(x, kernel, stride=1):
    windows = np.multiply.outer(np.asarray(x), np.asarray(kernel)).astype(int)
    rows, columns = ((n - 1) * stride + k for n, k in zip(np.shape(x), np.shape(kernel), strict=True))
    out = np.zeros((rows, columns), dtype=int)
    for p, q in np.ndindex(*np.shape(x)):
        out[p * stride :, q * stride :][: np.shape(kernel)[0], : np.shape(kernel)[1]] += windows[p, q]
    return out


@mutant("transposed", "where stamps overlap the larger number wins: they are added")
def larger_stamp_wins(x, kernel, stride=1):
    (rows, columns), (height, width) = x.shape, kernel.shape
    made = np.zeros(((rows - 1) * stride + height, (columns - 1) * stride + width))
    for p, q in np.ndindex(rows, columns):
        here = made[p * stride : p * stride + height, q * stride : q * stride + width]
        here[:] = np.maximum(here, x[p, q] * kernel)
    return made


@mutant("transposed", "the map is as large as stride times the sides: the last stamp ends where the kernel does")
def as_large_as_stride_times_the_sides(x, kernel, stride=1):
    made = stamped(x, kernel, stride)
    more = [max(0, side * stride - n) for side, n in zip(x.shape, made.shape, strict=True)]
    return np.pad(made, ((0, more[0]), (0, more[1])))


@mutant("transposed", "the numbers are repeated: each is stamped once, a stride further on, with nothing between")
def repeats_the_numbers(x, kernel, stride=1):
    return stamped(np.repeat(np.repeat(x, stride, axis=0), stride, axis=1), kernel, 1)


# -------------------------------------------------------------------------------------------------- has_checkerboard


@mutant("has_checkerboard", "it is the other way round: an even tiling has none")
def the_other_way_round(kernel, stride):
    return kernel % stride == 0


@mutant("has_checkerboard", "overlap alone is no checkerboard: it may be even")
def any_overlap(kernel, stride):
    return kernel > stride


@mutant("has_checkerboard", "odd kernels are no rule: a kernel of 3 with a stride of 3 is even, one of 6 with 4 is not")
def odd_kernels(kernel, stride):
    return kernel % 2 == 1


@mutant("has_checkerboard", "equal size and stride are not the only even case: count a kernel of 4 with a stride of 2")
def unequal_sizes(kernel, stride):
    return kernel != stride


@mutant("has_checkerboard", "stamps that touch or overlap may do so evenly: count a kernel of 4 with a stride of 2")
def at_least_the_stride(kernel, stride):
    return kernel >= stride


@mutant("has_checkerboard", "gaps are not all that is uneven: count a kernel of 3 with a stride of 2")
def gaps_alone(kernel, stride):
    return kernel < stride


@mutant("has_checkerboard", "a stride alone makes none: count a kernel of 4 with a stride of 2")
def any_stride(kernel, stride):
    return stride > 1


@mutant("has_checkerboard", "a kernel smaller than the stride leaves gaps: that is uneven, too")
def gaps_are_even(kernel, stride):
    return kernel > stride and kernel % stride != 0


@mutant(
    "has_checkerboard", "a common divisor is not enough: count a kernel of 6 with a stride of 4, and one of 5 with 1"
)
def no_common_divisor(kernel, stride):
    return bool(np.gcd(kernel, stride) == 1)


# --------------------------------------------------------------------------------------------------- multiplications


def counted(places, channels, filters, kernel):
    """The multiplications of both ways, for so many places."""
    return places * kernel**2 * channels * filters, places * channels * (kernel**2 + filters)


@mutant("multiplications", "those are the weights: each is used at every place of the map")
def counts_weights(height, width, channels, filters, kernel):
    return counted(1, channels, filters, kernel)


@mutant("multiplications", "the places are the pixels of the image: without padding the map is smaller")
def places_of_the_image(height, width, channels, filters, kernel):
    return counted(height * width, channels, filters, kernel)


@mutant("multiplications", "the pointwise half is missing: the channels still have to be mixed")
def depthwise_alone(height, width, channels, filters, kernel):
    places = (height - kernel + 1) * (width - kernel + 1)
    return places * kernel**2 * channels * filters, places * kernel**2 * channels


@mutant("multiplications", "the depthwise half is missing")
def pointwise_alone(height, width, channels, filters, kernel):
    places = (height - kernel + 1) * (width - kernel + 1)
    return places * kernel**2 * channels * filters, places * channels * filters


@mutant("multiplications", "the pointwise half works on the map, which is smaller than the image")
def pointwise_on_the_image(height, width, channels, filters, kernel):
    places = (height - kernel + 1) * (width - kernel + 1)
    separable = places * kernel**2 * channels + height * width * channels * filters
    return places * kernel**2 * channels * filters, separable


@mutant("multiplications", "the biases are counted: they are added, not multiplied")
def counts_biases(height, width, channels, filters, kernel):
    places = (height - kernel + 1) * (width - kernel + 1)
    return places * (kernel**2 * channels + 1) * filters, places * channels * (kernel**2 + 1 + filters)


@mutant("multiplications", "the pointwise half goes through all channels: they are missing there")
def pointwise_of_one_channel(height, width, channels, filters, kernel):
    places = (height - kernel + 1) * (width - kernel + 1)
    return places * kernel**2 * channels * filters, places * (channels * kernel**2 + filters)


@mutant("multiplications", "a kernel of the depthwise half looks at its own channel alone, not at all of them")
def depthwise_through_all(height, width, channels, filters, kernel):
    places = (height - kernel + 1) * (width - kernel + 1)
    return places * kernel**2 * channels * filters, places * channels * (kernel**2 * channels + filters)


@mutant("multiplications", "the depthwise half has one kernel a channel: the filters come in the pointwise half only")
def depthwise_for_each_filter(height, width, channels, filters, kernel):
    standard = (height - kernel + 1) * (width - kernel + 1) * kernel**2 * channels * filters
    return standard, standard + standard // kernel**2


@mutant("multiplications", "the depthwise half has a kernel for each channel, not one for all")
def depthwise_once(height, width, channels, filters, kernel):
    places = (height - kernel + 1) * (width - kernel + 1)
    return places * kernel**2 * channels * filters, places * (kernel**2 + channels * filters)


@mutant("multiplications", "the two halves come one after the other: their multiplications are added, not multiplied")
def multiplies_the_halves(height, width, channels, filters, kernel):
    places = (height - kernel + 1) * (width - kernel + 1)
    return places * kernel**2 * channels * filters, places * kernel**2 * channels * places * channels * filters


@mutant("multiplications", "the depthwise half has as many places as the map, which is smaller than the image")
def depthwise_on_the_image(height, width, channels, filters, kernel):
    places = (height - kernel + 1) * (width - kernel + 1)
    separable = height * width * kernel**2 * channels + places * channels * filters
    return places * kernel**2 * channels * filters, separable

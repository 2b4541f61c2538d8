"""Wrong answers to the exercises of lab 01_xo: each loses points, and gives its mistake a name."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from ccv.data import xo
from ccv.grading import mutant

FALLS = np.array([[1, -1, -1], [-1, 1, -1], [-1, -1, 1]])
CROSSES = np.array([[1, -1, 1], [-1, 1, -1], [1, -1, 1]])
RISES = FALLS[:, ::-1]


# Students may not call those of ccv.convolution, and a mutant is handed in like the work of a student.


def correlate2d(image, kernel):
    """The right map of sums."""
    return np.einsum("pqij,ij->pq", sliding_window_view(image, np.shape(kernel)), kernel)


def convolve2d(image, kernel):
    """The map of the kernel turned by 180 degrees."""
    return correlate2d(image, np.asarray(kernel)[::-1, ::-1])


def truncate(sums, divisor):
    """The sums divided, cut to two decimals."""
    return np.trunc(np.asarray(sums) * 100 / divisor) / 100


def relu(x):
    """The positive numbers, else zero."""
    return np.maximum(x, 0)


def windows2x2(x, padding="same"):
    """The 2x2 windows with stride 2, (rows, columns, 4)."""
    x = np.asarray(x, dtype=float)
    if padding == "same":
        x = np.pad(x, ((0, x.shape[0] % 2), (0, x.shape[1] % 2)), constant_values=np.nan)
    x = x[: x.shape[0] // 2 * 2, : x.shape[1] // 2 * 2]
    return x.reshape(x.shape[0] // 2, 2, x.shape[1] // 2, 2).swapaxes(1, 2).reshape(x.shape[0] // 2, x.shape[1] // 2, 4)


def max_pool2d(x, padding="same"):
    """The largest of each window."""
    return np.nanmax(windows2x2(x, padding), axis=-1)


def average_pool2d(x):
    """The mean of each window, of the cells that there are."""
    return np.nanmean(windows2x2(x), axis=-1)


def pooled_maps(image, filters, to_map=lambda image, kernel: truncate(correlate2d(image, kernel), 9), pool=max_pool2d):
    """The right maps after two poolings, (filters, rows, columns)."""
    return np.stack([pool(pool(relu(to_map(image, kernel)))) for kernel in filters])


def right_votes(image):
    """The right votes of a picture."""
    vector = pooled_maps(image, [FALLS, CROSSES, RISES]).ravel()
    return vector[[0, 3, 4, 9, 10]].mean(), vector[[1, 2, 8, 11]].mean()


# ------------------------------------------------------------------------------------------------------- pixel_match


@mutant("pixel_match", "those are the cells that differ: count the equal ones")
def counts_the_different(a, b):
    return int(np.sum(a != b)), float(np.sum(a * b) / np.sqrt(np.sum(a**2) * np.sum(b**2)))


@mutant("pixel_match", "the means are subtracted (Pearson's correlation); here they are not")
def subtracts_the_means(a, b):
    return int(np.sum(a == b)), float(np.corrcoef(np.ravel(a), np.ravel(b))[0, 1])


@mutant("pixel_match", "the sum of products is not normalised: divide it by the square roots of both sums of squares")
def forgets_to_normalise(a, b):
    return int(np.sum(a == b)), float(np.sum(a * b))


@mutant("pixel_match", "dividing by the number of cells is right for -1 and +1 only: divide by the norms")
def divides_by_the_cells(a, b):
    return int(np.sum(a == b)), float(np.mean(a * b))


@mutant("pixel_match", "that is the share of equal cells, not the correlation: a cell that differs must count against")
def takes_the_share(a, b):
    return int(np.sum(a == b)), float(np.mean(a == b))


@mutant("pixel_match", "the square root is missing: divide by the roots of both sums of squares")
def forgets_the_root(a, b):
    return int(np.sum(a == b)), float(np.sum(a * b) / (np.sum(a**2) * np.sum(b**2)))


@mutant("pixel_match", "the two results are swapped: the count comes first")
def correlation_first(a, b):
    return float(np.sum(a * b) / np.sqrt(np.sum(a**2) * np.sum(b**2))), int(np.sum(a == b))


@mutant("pixel_match", "the count is divided by the number of cells: the number itself is asked for")
def gives_the_share(a, b):
    return float(np.mean(a == b)), float(np.sum(a * b) / np.sqrt(np.sum(a**2) * np.sum(b**2)))


@mutant("pixel_match", "only cells with ink in both pictures are counted: equal paper counts too")
def counts_ink_alone(a, b):
    return int(np.sum((a == 1) & (b == 1))), float(np.sum(a * b) / np.sqrt(np.sum(a**2) * np.sum(b**2)))


@mutant("pixel_match", "it is divided by the squares of the first picture alone: those of both belong there")
def norm_of_the_first(a, b):
    return int(np.sum(a == b)), float(np.sum(a * b) / np.sum(a**2))


@mutant("pixel_match", "the correlation has lost its sign: pictures that are negatives of each other have -1")
def drops_the_sign_of_it(a, b):
    return int(np.sum(a == b)), abs(float(np.sum(a * b) / np.sqrt(np.sum(a**2) * np.sum(b**2))))


@mutant("pixel_match", "the correlation is rounded: give all of its digits")
def rounds_the_correlation(a, b):
    return int(np.sum(a == b)), round(float(np.sum(a * b) / np.sqrt(np.sum(a**2) * np.sum(b**2))), 3)


@mutant("pixel_match", "the correlation is rounded: give all of its digits")
def rounds_to_two_digits(a, b):
    return int(np.sum(a == b)), round(float(np.sum(a * b) / np.sqrt(np.sum(a**2) * np.sum(b**2))), 2)


def _correlation(a, b):
    return float(np.sum(a * b) / np.sqrt(np.sum(a**2) * np.sum(b**2)))


@mutant("pixel_match", "the count is right for -1 and +1 only: equal numbers were asked for, not equal signs")
def counts_equal_signs(a, b):
    return int(np.sum(np.sign(a) == np.sign(b))), _correlation(a, b)


@mutant("pixel_match", "the count is right for -1 and +1 only: equal numbers were asked for, not equal signs")
def counts_positive_products(a, b):
    return int(np.sum(a * b > 0)), _correlation(a, b)


@mutant("pixel_match", "the count is right for -1 and +1 only: other numbers may be equal, too")
def counts_products_of_one(a, b):
    return int(np.sum(a * b == 1)), _correlation(a, b)


@mutant("pixel_match", "the sums are squared, not the numbers: square each number, then sum")
def squares_the_sums(a, b):
    with np.errstate(all="ignore"):
        return int(np.sum(a == b)), float(np.sum(a * b) / np.sqrt(np.sum(a) ** 2 * np.sum(b) ** 2))


@mutant("pixel_match", "only one of the two sums of squares has its root: both need one")
def root_of_the_first_alone(a, b):
    return int(np.sum(a == b)), float(np.sum(a * b) / (np.sqrt(np.sum(a**2)) * np.sum(b**2)))


@mutant("pixel_match", "only one of the two sums of squares has its root: both need one")
def root_of_the_second_alone(a, b):
    return int(np.sum(a == b)), float(np.sum(a * b) / (np.sum(a**2) * np.sqrt(np.sum(b**2))))


@mutant("pixel_match", "the pictures are multiplied as matrices (@); multiply cell by cell (*)")
def multiplies_pictures_as_matrices(a, b):
    return int(np.sum(a == b)), float(np.sum(a @ b.T) / np.sqrt(np.sum(a**2) * np.sum(b**2)))


# ----------------------------------------------------------------------------------------------------- slide_and_sum


@mutant("slide_and_sum", "one place is missing in each direction: a window of k fits in n cells n - k + 1 times")
def stops_one_early(image, kernel):
    return correlate2d(image, kernel)[:-1, :-1]


@mutant("slide_and_sum", "the picture is padded: without padding the map is smaller than the picture")
def pads(image, kernel):
    above, left = (kernel.shape[0] - 1) // 2, (kernel.shape[1] - 1) // 2
    return correlate2d(np.pad(image, ((above, kernel.shape[0] // 2), (left, kernel.shape[1] // 2))), kernel)


@mutant("slide_and_sum", "patch and kernel are multiplied as matrices (@); multiply cell by cell (*)")
def multiplies_matrices(image, kernel):
    h, w = kernel.shape
    rows, columns = image.shape[0] - h + 1, image.shape[1] - w + 1
    return np.array([[np.sum(image[p : p + h, q : q + w] @ kernel) for q in range(columns)] for p in range(rows)])


@mutant("slide_and_sum", "the picture is padded: without padding the map is smaller than the picture")
def pads_more_at_the_top(image, kernel):
    return correlate2d(np.pad(image, [(k // 2, (k - 1) // 2) for k in kernel.shape]), kernel)


@mutant("slide_and_sum", "rows and columns of the map are swapped")
def swaps_rows_and_columns(image, kernel):
    return correlate2d(image, kernel).T


@mutant("slide_and_sum", "the window moves by its own size; it should move by one cell")
def jumps(image, kernel):
    return correlate2d(image, kernel)[:: kernel.shape[0], :: kernel.shape[1]]


@mutant("slide_and_sum", "the kernel is turned by 180 degrees, as in mathematics: slide it as it stands")
def turns_the_kernel(image, kernel):
    return convolve2d(image, kernel)


@mutant("slide_and_sum", "the sums are cut to integers: make room for floats too")
def cuts_to_integers(image, kernel):
    return correlate2d(image, kernel).astype(int)


@mutant("slide_and_sum", "rows and columns of the kernel are swapped")
def transposes_the_kernel(image, kernel):
    return correlate2d(image, kernel.T)


@mutant("slide_and_sum", "that is the mean of each product: take the sum")
def takes_the_mean_of_the_patch(image, kernel):
    return correlate2d(image, kernel) / kernel.size


@mutant("slide_and_sum", "the cells of the patch are summed without the kernel's weights")
def forgets_the_kernel(image, kernel):
    return correlate2d(image, np.ones_like(kernel))


@mutant("slide_and_sum", "the kernel is upside down: slide it as it stands")
def turns_upside_down(image, kernel):
    return correlate2d(image, kernel[::-1])


@mutant("slide_and_sum", "the kernel is mirrored, left and right: slide it as it stands")
def mirrors_the_kernel(image, kernel):
    return correlate2d(image, kernel[:, ::-1])


@mutant("slide_and_sum", "the window moves by two cells: it should move by one")
def steps_by_two(image, kernel):
    return correlate2d(image, kernel)[::2, ::2]


@mutant("slide_and_sum", "negative sums have become zero: that is ReLU, which comes later")
def rectifies_at_once(image, kernel):
    return relu(correlate2d(image, kernel))


@mutant("slide_and_sum", "the largest product is taken: take the sum of all")
def takes_the_largest(image, kernel):
    return (sliding_window_view(image, kernel.shape) * kernel).max(axis=(2, 3))


@mutant("slide_and_sum", "patch and kernel are added: multiply them cell by cell")
def adds_the_kernel(image, kernel):
    return (sliding_window_view(image, kernel.shape) + kernel).sum(axis=(2, 3))


@mutant(
    "slide_and_sum", "a row and a column of zeros are left at the end: a window of k fits in n cells n - k + 1 times"
)
def leaves_zeros_at_the_end(image, kernel):
    whole = np.zeros(image.shape, dtype=np.result_type(image, kernel))
    sums = correlate2d(image, kernel)
    whole[: sums.shape[0], : sums.shape[1]] = sums
    return whole


@mutant("slide_and_sum", "patch and kernel are multiplied as matrices (@); multiply cell by cell (*)")
def multiplies_turned_matrices(image, kernel):
    return np.einsum("pqij,ik->pq", sliding_window_view(image, kernel.shape), kernel)


@mutant("slide_and_sum", "the kernel's height and width are exchanged where the map's size is counted")
def exchanges_the_sides(image, kernel):
    sums, (h, w) = correlate2d(image, kernel), kernel.shape
    sums = np.pad(sums, ((0, max(0, h - w)), (0, max(0, w - h))))
    return sums[: image.shape[0] - w + 1, : image.shape[1] - h + 1]


# ------------------------------------------------------------------------------------------------------- kernel_kind


@mutant("kernel_kind", "zeros with a 1 in the centre give back the picture: that is the identity, no edge detector")
def believes_the_notes(kernel):
    kernel = np.asarray(kernel, dtype=float)
    others = np.abs(kernel).sum() - abs(kernel[kernel.shape[0] // 2, kernel.shape[1] // 2])
    return "edges" if np.any(kernel) and (others == 0 or np.isclose(kernel.sum(), 0)) else "other"


@mutant(
    "kernel_kind", "a kernel with sum 1 keeps the brightness, but it may blur or sharpen: only the centre may be set"
)
def takes_sum_one_for_identity(kernel):
    total = np.sum(kernel)
    return "identity" if np.isclose(total, 1) else "edges" if np.any(kernel) and np.isclose(total, 0) else "other"


@mutant("kernel_kind", "negative weights do not make an edge detector: sharpening has them too; look at the sum")
def looks_for_negative_weights(kernel):
    kernel = np.asarray(kernel, dtype=float)
    only = np.zeros_like(kernel)
    only[kernel.shape[0] // 2, kernel.shape[1] // 2] = 1
    return "identity" if np.allclose(kernel, only) else "edges" if np.any(kernel < 0) else "other"


@mutant("kernel_kind", "the sum of floats is compared with == 0: 0.1 + 0.2 - 0.3 is not exactly zero, use np.isclose")
def compares_exactly(kernel):
    kernel = np.asarray(kernel, dtype=float)
    only = np.zeros_like(kernel)
    only[kernel.shape[0] // 2, kernel.shape[1] // 2] = 1
    return "identity" if np.array_equal(kernel, only) else "edges" if np.any(kernel) and kernel.sum() == 0 else "other"


@mutant("kernel_kind", "a kernel of zeros only is silent at edges too, so it detects none")
def takes_zeros_for_edges(kernel):
    kernel = np.asarray(kernel, dtype=float)
    only = np.zeros_like(kernel)
    only[kernel.shape[0] // 2, kernel.shape[1] // 2] = 1
    return "identity" if np.allclose(kernel, only) else "edges" if np.isclose(kernel.sum(), 0) else "other"


def _kind(kernel, is_identity, is_edges):
    return "identity" if is_identity else "edges" if is_edges and np.any(kernel) else "other"


def _is_silent(kernel):
    return np.isclose(np.sum(kernel), 0)


def _centre(kernel):
    return kernel[kernel.shape[0] // 2, kernel.shape[1] // 2]


@mutant("kernel_kind", "a 1 in the centre is not enough for the identity: all other weights must be zero")
def looks_at_the_centre_alone(kernel):
    return _kind(kernel, _centre(kernel) == 1, _is_silent(kernel))


@mutant("kernel_kind", "the centre is not always at [1, 1]: a kernel may have other numbers of rows and columns")
def centre_of_three_by_three(kernel):
    return _kind(kernel, kernel[1, 1] == 1 and np.count_nonzero(kernel) == 1, _is_silent(kernel))


@mutant("kernel_kind", "a single weight of 1 outside the centre moves the picture: the identity has it in the centre")
def takes_any_single_one(kernel):
    return _kind(kernel, np.count_nonzero(kernel) == 1 and np.sum(kernel) == 1, _is_silent(kernel))


@mutant("kernel_kind", "3 in the centre makes the picture brighter: the identity has a 1 there")
def takes_any_centre(kernel):
    return _kind(kernel, np.count_nonzero(kernel) == 1 and _centre(kernel) != 0, _is_silent(kernel))


@mutant("kernel_kind", "the sum of all weights decides, not of each row: the Laplacian's rows do not sum to zero")
def sums_each_row(kernel):
    alone = np.count_nonzero(kernel) == 1 and _centre(kernel) == 1
    return _kind(kernel, alone, np.allclose(np.sum(kernel, axis=1), 0))


@mutant("kernel_kind", "the sum of all weights decides, not of each column: Sobel's columns do not sum to zero")
def sums_each_column(kernel):
    alone = np.count_nonzero(kernel) == 1 and _centre(kernel) == 1
    return _kind(kernel, alone, np.allclose(np.sum(kernel, axis=0), 0))


@mutant("kernel_kind", "a 1 in the centre and a sum of 1 are not enough for the identity: all others must be zero")
def looks_at_centre_and_sum(kernel):
    return _kind(kernel, _centre(kernel) == 1 and np.isclose(np.sum(kernel), 1), _is_silent(kernel))


@mutant("kernel_kind", "a negative sum darkens flat areas: silent are only kernels whose sum is zero")
def takes_negative_sums(kernel):
    alone = np.count_nonzero(kernel) == 1 and _centre(kernel) == 1
    return _kind(kernel, alone, np.sum(kernel) < 1e-9)


@mutant("kernel_kind", "ones along the diagonal blur along it: the identity of pictures has a single 1, in the centre")
def takes_the_identity_matrix(kernel):
    square = np.shape(kernel)[0] == np.shape(kernel)[1]
    return _kind(kernel, square and np.allclose(kernel, np.eye(len(kernel))), _is_silent(kernel))


@mutant("kernel_kind", "edges and other are swapped: edges are silent on flat areas")
def swaps_edges_and_other(kernel):
    alone = np.count_nonzero(kernel) == 1 and _centre(kernel) == 1
    return "identity" if alone else "other" if np.any(kernel) and _is_silent(kernel) else "edges"


@mutant("kernel_kind", "a small sum is not zero: allow for the last digits of floats, not for more")
def allows_too_much(kernel):
    alone = np.count_nonzero(kernel) == 1 and _centre(kernel) == 1
    return _kind(kernel, alone, abs(np.sum(kernel)) < 0.1)


# ------------------------------------------------------------------------------------------------------------ xo_map


@mutant("xo_map", "the numbers are rounded to the nearest: cut the digits off, toward zero")
def rounds(image, kernel):
    return np.round(correlate2d(image, kernel) / 9, 2)


@mutant("xo_map", "np.floor goes downward: -5/9 becomes -0.56; cut toward zero")
def floors(image, kernel):
    return np.floor(correlate2d(image, kernel) * 100 / 9) / 100


@mutant("xo_map", "the digits after the second decimal are still there: cut them off")
def keeps_all_digits(image, kernel):
    return correlate2d(image, kernel) / 9


@mutant("xo_map", "the sums are not divided by the 9 cells")
def forgets_the_nine(image, kernel):
    return correlate2d(image, kernel).astype(float)


@mutant("xo_map", "it is cut before the decimals are there: only -1, 0 and 1 are left")
def cuts_too_early(image, kernel):
    return np.trunc(correlate2d(image, kernel) / 9)


@mutant("xo_map", "the kernel is turned by 180 degrees: with these three filters nobody sees it, with others one does")
def turns_the_filter(image, kernel):
    return truncate(convolve2d(image, kernel), 9)


@mutant("xo_map", "those are hundredths: after the cut, divide by 100")
def leaves_hundredths(image, kernel):
    return np.trunc(correlate2d(image, kernel) * 100 / 9)


@mutant("xo_map", "np.ceil goes upward: 5/9 becomes 0.56; cut toward zero")
def ceils(image, kernel):
    return np.ceil(correlate2d(image, kernel) * 100 / 9) / 100


@mutant("xo_map", "the sign is dropped: negative numbers stay negative")
def drops_the_minus(image, kernel):
    return truncate(abs(correlate2d(image, kernel)), 9)


@mutant("xo_map", "it is cut to one decimal: two are asked for")
def cuts_to_one_decimal(image, kernel):
    return np.trunc(correlate2d(image, kernel) * 10 / 9) / 10


@mutant("xo_map", "negative numbers have become zero: that is ReLU, which comes later")
def rectifies_the_map(image, kernel):
    return relu(truncate(correlate2d(image, kernel), 9))


@mutant("xo_map", "the sums are divided by the sum of the weights: divide by the number of cells, 9")
def divides_by_the_weights(image, kernel):
    return truncate(correlate2d(image, kernel), np.sum(kernel))


@mutant("xo_map", "the sums are divided by 3, the side of the filter: divide by its 9 cells")
def divides_by_the_side(image, kernel):
    return truncate(correlate2d(image, kernel), 3)


@mutant("xo_map", "rows and columns of the map are swapped")
def swaps_the_axes(image, kernel):
    return truncate(correlate2d(image, kernel), 9).T


# ----------------------------------------------------------------------------------------------------- max_pool_same


@mutant("max_pool_same", "the last, partial windows are left out ('valid'): with 'same' they count")
def leaves_out_the_last(x):
    return max_pool2d(x, "valid")


@mutant(
    "max_pool_same", "the search for the largest begins at -1, which beats what lies below: begin with the first cell"
)
def begins_at_minus_one(x):
    return np.maximum(max_pool2d(x, "same"), -1)


@mutant("max_pool_same", "that is the mean of each window: take the largest")
def takes_the_mean(x):
    return average_pool2d(x)


@mutant("max_pool_same", "the windows overlap: the stride is 2, not 1")
def steps_by_one(x):
    return sliding_window_view(np.pad(np.asarray(x, float), (0, 1), constant_values=-np.inf), (2, 2)).max(axis=(2, 3))


@mutant("max_pool_same", "the windows are 2x2: here a third row and a third column are looked at")
def windows_of_three(x):
    rows, columns = np.shape(x)
    starts = [[(p, q) for q in range(0, columns, 2)] for p in range(0, rows, 2)]
    return np.array([[np.asarray(x)[p : p + 3, q : q + 3].max() for p, q in row] for row in starts])


@mutant("max_pool_same", "the partial windows are at the top and left: 'same' has them at the bottom and right")
def pads_at_the_top(x):
    x = np.asarray(x, dtype=float)
    padded = np.pad(x, ((x.shape[0] % 2, 0), (x.shape[1] % 2, 0)), constant_values=-np.inf)
    return max_pool2d(padded)


@mutant("max_pool_same", "zeros fill the partial windows, and a zero beats every negative number: leave such cells out")
def fills_with_zeros(x):
    x = np.asarray(x)
    return max_pool2d(np.pad(x, ((0, x.shape[0] % 2), (0, x.shape[1] % 2))))


@mutant("max_pool_same", "a row and a column are added always: only where the number of rows or columns is odd")
def always_adds_a_row(x):
    return max_pool2d(np.pad(np.asarray(x, dtype=float), ((0, 1), (0, 1)), constant_values=-1e9))


@mutant("max_pool_same", "a row and a column are added always: only where the number of rows or columns is odd")
def always_adds_minus_infinity(x):
    return max_pool2d(np.pad(np.asarray(x, dtype=float), ((0, 1), (0, 1)), constant_values=-np.inf))


@mutant("max_pool_same", "that is the smallest of each window: take the largest")
def takes_the_smallest(x):
    return np.nanmin(windows2x2(x), axis=-1)


@mutant("max_pool_same", "that is the sum of each window: take the largest")
def takes_the_sum(x):
    return np.nansum(windows2x2(x), axis=-1)


@mutant("max_pool_same", "that is the upper left of each window: take the largest")
def takes_the_corner(x):
    return np.asarray(x)[::2, ::2]


@mutant("max_pool_same", "negative numbers have become zero: begin with the first number of the window, not with zero")
def begins_with_zero(x):
    return relu(max_pool2d(x))


@mutant("max_pool_same", "the numbers are cut to integers: make room for floats too")
def pools_into_integers(x):
    return max_pool2d(x).astype(int)


@mutant("max_pool_same", "the largest absolute value is taken: the largest number is asked for")
def takes_absolute_values(x):
    return max_pool2d(np.abs(x))


@mutant("max_pool_same", "rows and columns of the result are swapped")
def transposes_the_pooled(x):
    return max_pool2d(x).T


@mutant("max_pool_same", "only rows are pooled, or only columns: a window is two rows high and two columns wide")
def pools_rows_alone(x):
    return np.array([np.max(x[p : p + 2], axis=0) for p in range(0, len(x), 2)])


@mutant("max_pool_same", "only rows are pooled, or only columns: a window is two rows high and two columns wide")
def pools_columns_alone(x):
    return np.array([np.max(x[:, q : q + 2], axis=1) for q in range(0, np.shape(x)[1], 2)]).T


# ---------------------------------------------------------------------------------------------------------- relu_map


@mutant("relu_map", "the sign is dropped: a negative number should become zero, not positive")
def drops_the_sign(x):
    return np.abs(x)


@mutant("relu_map", "that is the mask (0 or 1): keep the positive numbers themselves")
def gives_the_mask(x):
    return (np.asarray(x) > 0).astype(float)


@mutant("relu_map", "the positive numbers are gone and the negative ones kept: it is the other way round")
def keeps_the_negative(x):
    return np.minimum(x, 0)


@mutant("relu_map", "numbers above 1 are cut too: ReLU has no upper end")
def clips_at_one(x):
    return np.clip(x, 0, 1)


@mutant("relu_map", "negative numbers are only made smaller (a leaky ReLU): they should become zero")
def leaks(x):
    return np.where(np.asarray(x) > 0, x, 0.01 * np.asarray(x))


@mutant("relu_map", "the negative numbers are kept, as positive ones: it is max(0, x), not max(0, -x)")
def rectifies_the_negative(x):
    return np.maximum(-np.asarray(x), 0)


@mutant("relu_map", "the numbers are cut to integers: keep the positive ones as they are")
def rectifies_to_integers(x):
    return np.maximum(x, 0).astype(int)


@mutant("relu_map", "the smallest number is subtracted from all: only negative numbers change")
def shifts_by_the_smallest(x):
    return x - np.min(x)


@mutant("relu_map", "nothing has changed: negative numbers should become zero")
def changes_nothing(x):
    return np.asarray(x)


@mutant("relu_map", "that is the sigmoid: ReLU keeps positive numbers as they are")
def takes_the_sigmoid(x):
    return 1 / (1 + np.exp(-np.asarray(x, dtype=float)))


@mutant("relu_map", "numbers between 0 and 1 are lost: every positive number stays")
def keeps_what_exceeds_one(x):
    return np.where(np.asarray(x) > 1, x, 0)


@mutant("relu_map", "the negative numbers are left out, and the shape with them: put zeros in their places")
def leaves_out_the_negative(x):
    return np.asarray(x)[np.asarray(x) > 0]


@mutant("relu_map", "that is one number for the whole map: each number is compared with zero by itself")
def takes_one_number(x):
    return max(0, np.max(x))


# ------------------------------------------------------------------------------- both_orders, why, average_counterexample


@mutant("both_orders", "the ReLU is missing in one of the two orders")
def pools_only(x):
    return max_pool2d(relu(x)), max_pool2d(x)


@mutant("both_orders", "average pooling is used: with the mean, the two orders differ")
def averages(x):
    return average_pool2d(relu(x)), relu(average_pool2d(x))


@mutant("both_orders", "the pooling is 'valid', which leaves out the last row and column: use 'same'")
def pools_valid(x):
    return max_pool2d(relu(x), "valid"), relu(max_pool2d(x, "valid"))


@mutant("both_orders", "the ReLU is missing in one of the two orders")
def pools_only_first(x):
    return max_pool2d(x), relu(max_pool2d(x))


@mutant("both_orders", "the ReLU is missing in both orders")
def forgets_both_relus(x):
    return max_pool2d(x), max_pool2d(x)


@mutant("both_orders", "the pooling is missing in one of the two orders")
def pools_the_second_alone(x):
    return relu(x), relu(max_pool2d(x))


@mutant("both_orders", "the pooling is missing in one of the two orders")
def pools_the_first_alone(x):
    return max_pool2d(relu(x)), relu(x)


@mutant("both_orders", "the smallest number of each window is taken: take the largest")
def pools_the_smallest(x):
    smallest = np.nanmin(windows2x2(x), axis=-1)
    return np.nanmin(windows2x2(relu(x)), axis=-1), relu(smallest)


@mutant("both_orders", "the sign is dropped: a negative number should become zero, not positive")
def takes_absolute_values_in_both(x):
    return max_pool2d(np.abs(x)), np.abs(max_pool2d(x))


@mutant("both_orders", "in one of the two orders it is pooled twice")
def pools_twice(x):
    pooled = max_pool2d(relu(x))
    return pooled, relu(max_pool2d(pooled))


@mutant("both_orders", "in one of the two orders it is pooled twice")
def pools_twice_first(x):
    pooled = relu(max_pool2d(x))
    return max_pool2d(pooled), pooled


says_linear = mutant(
    "why_they_commute", "neither ReLU nor the maximum is linear: relu(-1) + relu(1) is not relu(0)", value="linear"
)
says_positive = mutant(
    "why_they_commute",
    "that happens to hold for the maps of this X; a window of four negative numbers stays negative",
    value="positive",
)
says_idempotent = mutant(
    "why_they_commute", "true, but so is the absolute value, which does not commute with a maximum", value="idempotent"
)

without_negatives = mutant(
    "average_counterexample", "without a negative number ReLU has nothing to do", value=[[1, 2], [3, 4]]
)
without_positives = mutant(
    "average_counterexample", "without a positive number both are zero", value=[[-1, -2], [-3, -4]]
)
all_zero = mutant("average_counterexample", "of zeros, every mean and every ReLU is zero", value=[[0, 0], [0, 0]])


# ---------------------------------------------------------------------------------------------------- feature_vector


@mutant(
    "feature_vector", "the numbers are listed place by place, all filters of a place together: list them map by map"
)
def lists_place_by_place(image, filters):
    return pooled_maps(image, filters).transpose(1, 2, 0).ravel()


@mutant("feature_vector", "the maps are pooled once: pool twice, until 2x2 numbers of each are left")
def pools_once(image, filters):
    maps = [max_pool2d(relu(truncate(correlate2d(image, f), 9))) for f in filters]
    return np.concatenate([m.ravel() for m in maps])


@mutant("feature_vector", "the maps are listed column by column: list them row by row")
def lists_columns(image, filters):
    return pooled_maps(image, filters).transpose(0, 2, 1).ravel()


@mutant("feature_vector", "the numbers are rounded, not cut to two decimals: use the maps of `xo_map`")
def rounds_the_maps(image, filters):
    maps = [np.round(relu(correlate2d(image, f)) / 9, 2) for f in filters]
    pooled = [max_pool2d(max_pool2d(m)) for m in maps]
    return np.concatenate([m.ravel() for m in pooled])


@mutant("feature_vector", "a negative number is left: the ReLU is missing")
def forgets_relu(image, filters):
    maps = [truncate(correlate2d(image, f), 9) for f in filters]
    return np.concatenate([max_pool2d(max_pool2d(m)).ravel() for m in maps])


@mutant("feature_vector", "the numbers are not cut to two decimals: use the maps of `xo_map`")
def keeps_the_digits(image, filters):
    return pooled_maps(image, filters, lambda image, kernel: correlate2d(image, kernel) / 9).ravel()


@mutant("feature_vector", "the sums are not divided by the 9 cells")
def forgets_to_divide(image, filters):
    return pooled_maps(image, filters, correlate2d).ravel()


@mutant("feature_vector", "the mean of each window is taken: take the largest")
def pools_means(image, filters):
    return pooled_maps(image, filters, pool=average_pool2d).ravel()


@mutant("feature_vector", "the last rows and columns are left out: pool with 'same', so that 7 become 4 and then 2")
def pools_without_the_last(image, filters):
    return pooled_maps(image, filters, pool=lambda x: max_pool2d(x, "valid")).ravel()


@mutant("feature_vector", "each map gives one number: two poolings leave 2x2 of a 7x7 map")
def pools_globally(image, filters):
    return pooled_maps(image, filters).max(axis=(1, 2))


@mutant("feature_vector", "the maps are not pooled: pool twice, until 2x2 numbers of each are left")
def pools_never(image, filters):
    return pooled_maps(image, filters, pool=lambda x: x).ravel()


@mutant("feature_vector", "only the first filter is used: list the numbers of all of them")
def stops_after_the_first(image, filters):
    return pooled_maps(image, filters[:1]).ravel()


@mutant("feature_vector", "only the last filter's numbers are left: list those of all of them")
def keeps_the_last_alone(image, filters):
    return pooled_maps(image, filters[-1:]).ravel()


@mutant("feature_vector", "the sign of the maps is dropped: ReLU makes negative numbers zero, not positive")
def takes_absolute_maps(image, filters):
    return pooled_maps(image, filters, lambda image, kernel: abs(truncate(correlate2d(image, kernel), 9))).ravel()


@mutant("feature_vector", "the three maps are added to one: list the numbers map by map")
def adds_the_maps(image, filters):
    return pooled_maps(image, filters).sum(axis=0).ravel()


@mutant("feature_vector", "the three filters of the lab are used, whatever is handed over: use the argument `filters`")
def always_the_three_filters(image, filters):
    return pooled_maps(image, [FALLS, CROSSES, RISES]).ravel()


# ------------------------------------------------------------------------------------------------- votes and classify


@mutant("votes", "the entries are summed: take the mean, or the side with more voters wins")
def sums_the_entries(vector):
    v = np.asarray(vector, dtype=float)
    return v[[0, 3, 4, 9, 10]].sum(), v[[1, 2, 8, 11]].sum()


@mutant("votes", "the two votes are swapped: X first, then O")
def swaps_the_votes(vector):
    v = np.asarray(vector, dtype=float)
    return v[[1, 2, 8, 11]].mean(), v[[0, 3, 4, 9, 10]].mean()


@mutant("votes", "the entries are counted from 1: v0 is the first")
def counts_from_one(vector):
    v = np.roll(np.asarray(vector, dtype=float), 1)
    return v[[0, 3, 4, 9, 10]].mean(), v[[1, 2, 8, 11]].mean()


@mutant("votes", "entries 5, 6 and 7 vote for O here: they are large for neither letter, leave them out")
def lets_all_others_vote(vector):
    v = np.asarray(vector, dtype=float)
    return v[[0, 3, 4, 9, 10]].mean(), v[[1, 2, 5, 6, 7, 8, 11]].mean()


def _voters(vector):
    v = np.asarray(vector, dtype=float)
    return v[[0, 3, 4, 9, 10]], v[[1, 2, 8, 11]]


@mutant("votes", "the largest entry of each side is taken: take the mean")
def takes_the_largest_vote(vector):
    x, o = _voters(vector)
    return x.max(), o.max()


@mutant("votes", "the median of each side is taken: take the mean")
def takes_the_median(vector):
    x, o = _voters(vector)
    return np.median(x), np.median(o)


@mutant("votes", "the sums are divided by all twelve entries: divide each by the number of its own voters")
def divides_by_twelve(vector):
    x, o = _voters(vector)
    return x.sum() / 12, o.sum() / 12


@mutant("votes", "both sums are divided by 5: the O has four voters")
def divides_both_by_five(vector):
    x, o = _voters(vector)
    return x.mean(), o.sum() / 5


@mutant("votes", "both sums are divided by 4: the X has five voters")
def divides_both_by_four(vector):
    x, o = _voters(vector)
    return x.sum() / 4, o.mean()


@mutant("votes", "the votes are made to add up to 1: give the two means themselves")
def normalises_the_votes(vector):
    x, o = _voters(vector)
    return x.mean() / (x.mean() + o.mean()), o.mean() / (x.mean() + o.mean())


@mutant("votes", "the votes are rounded: give all of their digits")
def rounds_the_votes(vector):
    x, o = _voters(vector)
    return round(x.mean(), 2), round(o.mean(), 2)


@mutant("classify", "it is the smaller vote that decides here: take the larger")
def takes_the_smaller(image):
    vote_x, vote_o = right_votes(image)
    return "X" if vote_x < vote_o else "O"


@mutant("classify", "everything is an X")
def says_x(image):
    return "X"


@mutant("classify", "it demands a vote of 0.9 for an X; the larger of the two votes is enough")
def demands_too_much(image):
    return "X" if right_votes(image)[0] > 0.9 else "O"


@mutant("classify", "it calls X whatever votes more than 0.65 for X: compare the vote with that for O")
def looks_at_one_vote(image):
    return "X" if right_votes(image)[0] > 0.65 else "O"


@mutant("classify", "everything is an O")
def says_o(image):
    return "O"


@mutant("classify", "the sums of the votes are compared: X has five voters and O four, so compare the means")
def compares_the_sums(image):
    vote_x, vote_o = right_votes(image)
    return "X" if 5 * vote_x > 4 * vote_o else "O"


@mutant("classify", "it calls X whatever votes more than 0.5 for X: compare the vote with that for O")
def demands_a_half(image):
    return "X" if right_votes(image)[0] > 0.5 else "O"


@mutant("classify", "the pictures are compared cell by cell: the votes should decide")
def compares_cells(image):
    like_x = [[abs(i - j) == 0 or i + j == 8 for j in range(9)] for i in range(9)]
    drawn = 2 * np.array(like_x) - 1
    drawn[[0, 0, 8, 8], [0, 8, 0, 8]] = -1
    return "X" if np.sum(image == drawn) > 60 else "O"


@mutant("classify", "the picture is compared cell by cell with the X and the O: the votes should decide")
def takes_the_more_alike(image):
    return "X" if np.sum(image == xo.X) > np.sum(image == xo.O) else "O"


@mutant("classify", "the cell in the middle alone decides: the votes should")
def looks_at_the_middle(image):
    return "X" if image[4, 4] == 1 else "O"


@mutant("classify", "a single perfect crossing decides: the votes should")
def looks_for_a_crossing(image):
    return "X" if (correlate2d(image, CROSSES) == 9).any() else "O"

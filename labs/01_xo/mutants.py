"""Wrong answers to the exercises of lab 01_xo: each loses points, and gives its mistake a name."""

import numpy as np

from ccv.convolution import average_pool2d, convolve2d, correlate2d, max_pool2d, relu, truncate
from ccv.grading import mutant

FALLS = np.array([[1, -1, -1], [-1, 1, -1], [-1, -1, 1]])
CROSSES = np.array([[1, -1, 1], [-1, 1, -1], [1, -1, 1]])
RISES = FALLS[:, ::-1]


def pooled_maps(image, filters):
    """The right maps after two poolings, (filters, rows, columns)."""
    maps = np.stack([relu(truncate(correlate2d(image, f), 9)) for f in filters], axis=-1)[None]
    return max_pool2d(max_pool2d(maps, padding="same"), padding="same")[0].transpose(2, 0, 1)


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


# ----------------------------------------------------------------------------------------------------- slide_and_sum


@mutant("slide_and_sum", "one place is missing in each direction: a window of k fits in n cells n - k + 1 times")
def stops_one_early(image, kernel):
    return correlate2d(image, kernel)[:-1, :-1]


@mutant("slide_and_sum", "the picture is padded: without padding the map is smaller than the picture")
def pads(image, kernel):
    return correlate2d(image, kernel, padding="same")


@mutant("slide_and_sum", "patch and kernel are multiplied as matrices (@); multiply cell by cell (*)")
def multiplies_matrices(image, kernel):
    h, w = kernel.shape
    rows, columns = image.shape[0] - h + 1, image.shape[1] - w + 1
    return np.array([[np.sum(image[p : p + h, q : q + w] @ kernel) for q in range(columns)] for p in range(rows)])


@mutant("slide_and_sum", "rows and columns of the map are swapped")
def swaps_rows_and_columns(image, kernel):
    return correlate2d(image, kernel).T


@mutant("slide_and_sum", "the window moves by its own size; it should move by one cell")
def jumps(image, kernel):
    return correlate2d(image, kernel, stride=kernel.shape)


@mutant("slide_and_sum", "the kernel is turned by 180 degrees, as in mathematics: slide it as it stands")
def turns_the_kernel(image, kernel):
    return convolve2d(image, kernel)


@mutant("slide_and_sum", "the sums are cut to integers: make room for floats too")
def cuts_to_integers(image, kernel):
    return correlate2d(image, kernel).astype(int)


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


# ------------------------------------------------------------------------------------------------------------ xo_map


@mutant("xo_map", "the numbers are rounded to the nearest; the slides cut the digits off, toward zero")
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


# ---------------------------------------------------------------------------------------------- rounding_differences


def _cut_in_three_ways(sums):
    hundredths = np.asarray(sums) * 100 / 9
    return np.trunc(hundredths), np.round(hundredths), np.floor(hundredths)


@mutant("rounding_differences", "the two counts are swapped: rounding first, then floor")
def swaps_the_counts(sums):
    cut, rounded, floored = _cut_in_three_ways(sums)
    return int(np.sum(floored != cut)), int(np.sum(rounded != cut))


@mutant(
    "rounding_differences", "every sum that 9 does not divide is counted: compare the printed numbers, not s/9 itself"
)
def counts_every_remainder(sums):
    cut, _, _ = _cut_in_three_ways(sums)
    count = int(np.sum(np.asarray(sums) * 100 / 9 != cut))
    return count, count


@mutant("rounding_differences", "rounding is compared with the floor: compare both with truncation")
def compares_with_the_floor(sums):
    cut, rounded, floored = _cut_in_three_ways(sums)
    return int(np.sum(rounded != floored)), int(np.sum(floored != cut))


@mutant("rounding_differences", "those are the cells that agree: count the ones that differ")
def counts_the_agreeing(sums):
    cut, rounded, floored = _cut_in_three_ways(sums)
    return int(np.sum(rounded == cut)), int(np.sum(floored == cut))


@mutant("rounding_differences", "not every negative cell changes under floor: -9/9 is exactly -1.00")
def counts_every_negative(sums):
    cut, rounded, _ = _cut_in_three_ways(sums)
    return int(np.sum(rounded != cut)), int(np.sum(np.asarray(sums) < 0))


# ----------------------------------------------------------------------------------------------------- max_pool_same


@mutant("max_pool_same", "the last, partial windows are left out ('valid'): with 'same' they count")
def leaves_out_the_last(x):
    return max_pool2d(x, padding="valid")


@mutant("max_pool_same", "that is the mean of each window: take the largest")
def takes_the_mean(x):
    return average_pool2d(x, padding="same")


@mutant("max_pool_same", "the windows overlap: the stride is 2, not 1")
def steps_by_one(x):
    return max_pool2d(x, 2, stride=1, padding="same")


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
    return max_pool2d(np.pad(np.asarray(x, dtype=float), ((0, 1), (0, 1)), constant_values=-np.inf), padding="same")


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


# ------------------------------------------------------------------------------- both_orders, why, average_counterexample


@mutant("both_orders", "the ReLU is missing in one of the two orders")
def pools_only(x):
    return max_pool2d(relu(x), padding="same"), max_pool2d(x, padding="same")


@mutant("both_orders", "average pooling is used: with the mean, the two orders differ")
def averages(x):
    return average_pool2d(relu(x), padding="same"), relu(average_pool2d(x, padding="same"))


@mutant("both_orders", "the pooling is 'valid', which leaves out the last row and column: use 'same'")
def pools_valid(x):
    return max_pool2d(relu(x)), relu(max_pool2d(x))


says_linear = mutant(
    "why_they_commute", "neither ReLU nor the maximum is linear: relu(-1) + relu(1) is not relu(0)", value="linear"
)
says_positive = mutant(
    "why_they_commute",
    "that happens to hold on the slides' maps; a window of four negative numbers stays negative",
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
    maps = [max_pool2d(relu(truncate(correlate2d(image, f), 9)), padding="same") for f in filters]
    return np.concatenate([m.ravel() for m in maps])


@mutant("feature_vector", "the maps are listed column by column: list them row by row")
def lists_columns(image, filters):
    return pooled_maps(image, filters).transpose(0, 2, 1).ravel()


@mutant("feature_vector", "the numbers are rounded, not cut: use the slides' maps")
def rounds_the_maps(image, filters):
    maps = [np.round(relu(correlate2d(image, f)) / 9, 2) for f in filters]
    pooled = [max_pool2d(max_pool2d(m, padding="same"), padding="same") for m in maps]
    return np.concatenate([m.ravel() for m in pooled])


@mutant("feature_vector", "a negative number is left: the ReLU is missing")
def forgets_relu(image, filters):
    maps = [truncate(correlate2d(image, f), 9) for f in filters]
    return np.concatenate([max_pool2d(max_pool2d(m, padding="same"), padding="same").ravel() for m in maps])


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

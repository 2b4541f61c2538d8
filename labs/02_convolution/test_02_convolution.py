"""Checks of lab 02_convolution. Ids such as E-07 are those of the course's catalogue."""

import numpy as np
import pytest

from ccv.grading import as_array, as_items, assert_count, assert_same

MOVES_A_KERNEL = ("ccv.convolution.correlate2d", "ccv.convolution.convolve2d", "ccv.convolution.conv_layer")
MAY_NOT_CALL = {
    "convolve_1d": MOVES_A_KERNEL,
    "correlate": MOVES_A_KERNEL,
    "same_padding": ("ccv.convolution.sizes.pad_amounts",),
    "volume_layer": ("ccv.convolution.conv_layer",),
    "hysteresis": ("scipy.ndimage.binary_propagation",),
    "pool": ("ccv.convolution.max_pool2d", "ccv.convolution.average_pool2d"),
    "transposed": ("keras.ops.conv_transpose", "keras.layers", "tensorflow.nn.conv_transpose"),
}

IMAGE = np.array([[5, 2, 3, 4], [6, 7, 8, 5], [4, 5, 4, 5], [1, 0, 2, 3]])
KERNEL = np.array([[1, 0], [1, -1]])
THE_EXAMPLE = "the 4x4 image of the lab with its 2x2 kernel"


def lopsided(rng, shape):
    """A kernel of whole numbers that looks different however it is turned or flipped."""
    while True:
        kernel = rng.integers(-4, 5, shape)
        views = [kernel[::-1, ::-1], *([kernel[::-1], kernel[:, ::-1]] if min(shape) > 1 else [])]
        if kernel.all() and not any(np.array_equal(kernel, view) for view in views):
            return kernel


def compare(answer, reference, asked, compared=assert_same):
    """Each question (what, arguments) is answered as the reference does; all are put before the first is compared."""
    given = [answer(*arguments) for _, arguments in asked]
    for mine, (what, arguments) in zip(given, asked, strict=True):
        compared(mine, reference(*arguments), what)


# -------------------------------------------------------------------------------------------------- 1. one dimension


@pytest.mark.exercise("convolve_1d", points=1)
def test_convolve_1d_by_hand(answer):
    mine = [answer(np.array([1, 2, 3]), np.array([0, 1, 0.5])), answer(np.array([2, 1]), np.array([1, 0, 3, 1]))]
    assert_same(mine[0], [0, 1, 2.5, 4, 1.5], "the convolution of 1, 2, 3 with 0, 1, 0.5")
    assert_same(mine[1], [2, 1, 6, 5, 1], "the convolution of 2, 1 with the longer 1, 0, 3, 1")


@pytest.mark.exercise("convolve_1d", points=1)
def test_convolve_1d_of_any_rows(answer, reference, rng):
    asked = []
    for n, k in ((9, 3), (4, 6), (7, 1)):
        row = rng.integers(1, 9, n)
        kernel = rng.permutation(np.arange(k) * 3 - 4)
        asked.append((f"the convolution of {row.tolist()} with {kernel.tolist()}", (row, kernel)))
    asked.append(("the convolution of whole numbers with fractions", (rng.integers(1, 9, 5), rng.normal(size=3))))
    compare(answer, reference, asked)


# ------------------------------------------------------------------------------------------------ 2. turn the kernel


@pytest.mark.exercise("one_kernel", points=1)
def test_one_kernel_of_blurs(answer):
    bell = np.outer([1, 2, 1], [1, 2, 1])
    five = np.outer([1, 4, 6, 4, 1], [1, 4, 6, 4, 1])
    mine = [answer(bell, bell), answer(np.array([[1, -1]]), np.array([[1], [2]]))]
    assert_same(mine[0], five, "the one kernel for [[1, 2, 1], [2, 4, 2], [1, 2, 1]] twice")
    assert_same(mine[1], [[1, -1], [2, -2]], "the one kernel for [[1, -1]] and then [[1], [2]]")


@pytest.mark.exercise("one_kernel", points=1)
def test_one_kernel_of_any_kernels(answer, reference, rng):
    asked = []
    for first, second in (((3, 3), (3, 3)), ((2, 3), (4, 2)), ((1, 4), (3, 3))):
        pair = lopsided(rng, first), lopsided(rng, second)
        asked.append((f"the one kernel for random kernels of shape {first} and then {second}", pair))
    compare(answer, reference, asked)


# ------------------------------------------------------------------------------------- 3. steps, zeros and gaps


@pytest.mark.exercise("correlate", points=1)
def test_correlate_with_strides(answer, reference, rng):
    """E-07, E-10."""
    five = np.array([[0, 0, 1, 0, 1], [2, 1, 0, 1, 0], [0, 0, 1, 0, 1], [0, 1, 2, 1, 0], [2, 1, 0, 1, 0]])
    corners = np.array([[1, 0, 1], [0, 0, 0], [1, 0, 1]])
    image, kernel = rng.integers(-3, 6, (8, 11)), lopsided(rng, (2, 3))
    asked = [("the map of the 5x5 image of the lab", (five, corners))]
    asked += [(f"the map of {THE_EXAMPLE}, stride {s}", (IMAGE, KERNEL, s)) for s in (1, 2)]
    asked += [(f"the map of an 8x11 image and a 2x3 kernel, stride {s}", (image, kernel, s)) for s in (2, 3)]
    asked.append(
        ("the map of a 9x11 image and a 2x3 kernel, stride 2", (np.pad(image, ((1, 0), (0, 0)), "edge"), kernel, 2))
    )
    compare(answer, reference, asked)


@pytest.mark.exercise("correlate", points=1)
def test_correlate_with_padding(answer, reference, rng):
    """E-08."""
    image, kernel = rng.normal(size=(5, 7)), lopsided(rng, (3, 2))
    asked = [(f"the map of {THE_EXAMPLE}, stride 1, padding {p}", (IMAGE, KERNEL, 1, p)) for p in (1, 2)]
    asked += [(f"the map of {THE_EXAMPLE}, stride 2, padding {p}", (IMAGE, KERNEL, 2, p)) for p in (1, 2)]
    asked.append(("the map of a 5x7 image and a 3x2 kernel, stride 3, padding 2", (image, kernel, 3, 2)))
    compare(answer, reference, asked)


@pytest.mark.exercise("correlate", points=1)
def test_correlate_with_dilation(answer, reference, rng):
    image, kernel = rng.integers(-3, 6, (9, 12)), lopsided(rng, (3, 2))
    asked = [(f"the map of {THE_EXAMPLE}, stride 1, no padding, dilation 2", (IMAGE, KERNEL, 1, 0, 2))]
    for stride, padding, dilation in ((1, 0, 3), (2, 0, 2), (2, 1, 3)):
        knobs = f"stride {stride}, padding {padding}, dilation {dilation}"
        what = f"the map of a 9x12 image and a 3x2 kernel, {knobs}"
        asked.append((what, (image, kernel, stride, padding, dilation)))
    compare(answer, reference, asked)


# ------------------------------------------------------------------------------------------------- 4. and 5. padding


def spoken(n, kernel, *rest):
    """The arguments of a row, in words."""
    names = ("stride", "padding") if len(rest) == 2 else ("stride",)
    return ", ".join([f"{n} pixels, kernel {kernel}", *(f"{name} {r}" for name, r in zip(names, rest, strict=True))])


@pytest.mark.exercise("visits", points=1)
def test_visits_of_six_pixels(answer, reference):
    """E-14."""
    asked = [(f"the visits of {spoken(6, 3, 1, p)}", (6, 3, 1, p)) for p in (0, 1, 2)]
    compare(answer, reference, asked, assert_count)


@pytest.mark.exercise("visits", points=1)
def test_visits_with_strides(answer, reference, rng):
    rows = [(12, 3, 2, 0), (11, 3, 2, 1), (10, 2, 3, 0), (int(rng.integers(13, 20)), 5, 2, 2), (9, 4, 3, 1)]
    compare(answer, reference, [(f"the visits of {spoken(*row)}", row) for row in rows], assert_count)


def compare_pairs(answer, reference, rows):
    """The zeros before and after, for rows of arguments."""
    given = [answer(*row) for row in rows]
    for mine, row in zip(given, rows, strict=True):
        n, kernel, stride, dilation = (*row, 1, 1)[:4] if len(row) < 4 else row
        case = f"for {n} pixels, kernel {kernel}, stride {stride}, dilation {dilation}"
        before, after = as_items(mine, 2, "the zeros before and after")
        right = reference(*row)
        assert_count(before, right[0], f"the number of zeros before, {case},")
        assert_count(after, right[1], f"the number of zeros after, {case},")


@pytest.mark.exercise("same_padding", points=1)
def test_same_padding_with_stride_one(answer, reference, rng):
    """E-13."""
    n = int(rng.integers(10, 40))
    compare_pairs(answer, reference, [(n, kernel) for kernel in (3, 5, 7, 2, 4, 1)])


@pytest.mark.exercise("same_padding", points=1)
def test_same_padding_with_strides_and_dilation(answer, reference, rng):
    n = 2 * int(rng.integers(6, 20))
    rows = [(n, 3, 2), (n + 1, 3, 2), (n, 2, 2), (3 * n, 1, 3), (n, 7, 2), (3 * n + 1, 2, 3)]
    rows += [(n, 3, 1, 2), (n, 2, 1, 3), (n, 3, 2, 3)]
    compare_pairs(answer, reference, rows)


# --------------------------------------------------------------------------------------------------- 6. volumes

RED = [[0, 0, 0, 0], [0, 156, 155, 156], [0, 153, 154, 157], [0, 149, 151, 155]]
GREEN = [[0, 0, 0, 0], [0, 167, 166, 167], [0, 164, 165, 168], [0, 160, 162, 166]]
BLUE = [[0, 0, 0, 0], [0, 163, 162, 163], [0, 160, 161, 164], [0, 156, 158, 162]]
RGB_KERNEL = [[[-1, -1, 1], [0, 1, -1], [0, 1, 1]], [[1, 0, 0], [1, -1, -1], [1, 0, -1]]]
RGB_KERNEL += [[[0, 1, 1], [0, 1, 0], [1, -1, 1]]]


@pytest.mark.exercise("volume_layer", points=1)
def test_volume_layer_of_the_example(answer):
    """E-11: -25."""
    image, kernels = np.stack([RED, GREEN, BLUE], axis=-1), np.stack(RGB_KERNEL, axis=-1)[..., None]
    mine = answer(image, kernels, np.array([1]))
    assert_same(mine, [[[-25], [466]], [[295], [787]]], "the map of the upper left corner of the lab's colour picture")


@pytest.mark.exercise("volume_layer", points=1)
def test_volume_layer_of_any_volumes(answer, reference, rng):
    asked = []
    for height, width, channels, filters in ((6, 6, 3, 2), (5, 7, 2, 4), (4, 5, 1, 3)):
        image = rng.integers(-4, 5, (height, width, channels))
        kernels, biases = rng.integers(-4, 5, (2, 3, channels, filters)), rng.permutation(np.arange(filters) + 5)
        what = f"the maps of a {height}x{width}x{channels} image and {filters} filters of 2x3x{channels}"
        asked.append((what, (image, kernels, biases)))
    image, kernels, biases = asked[0][1]
    asked.append(("the maps of a 6x6x3 image that is half as bright", (image / 2, kernels, biases)))
    compare(answer, reference, asked)


# ------------------------------------------------------------------------------------------- 7. and 8. kernels for a job


@pytest.mark.exercise("unsharp_kernel", points=1)
def test_unsharp_kernel_of_the_gaussian(answer):
    """E-18."""
    five = np.outer([1, 4, 6, 4, 1], [1, 4, 6, 4, 1])
    wanted = -five / 256
    wanted[2, 2] = 476 / 256
    assert_same(answer(five / 256), wanted, "the unsharp kernel of the 5x5 Gaussian, with an amount of 1,")


@pytest.mark.exercise("unsharp_kernel", points=1)
def test_unsharp_kernel_of_any_blur(answer, reference, rng):
    asked = []
    for shape, amount in (((3, 3), 2), ((3, 5), 0.5), ((7, 3), 1), ((1, 5), 0)):
        blur = rng.random(shape)
        asked.append((f"the unsharp kernel of a random {shape} blur, amount {amount}", (blur / blur.sum(), amount)))
    compare(answer, reference, asked)


@pytest.mark.exercise("edge_kernel", points=1)
def test_edge_kernel_across_and_down(answer, reference):
    """E-16, E-17."""
    named = {"Sobel": (1, 2, 1), "Scharr": (3, 10, 3), "Prewitt": (1, 1, 1)}
    asked = [
        (f"{name}'s kernel for {degrees} degrees", (degrees, weights))
        for degrees in (0, 90)
        for name, weights in named.items()
    ]
    compare(answer, reference, asked)


@pytest.mark.exercise("edge_kernel", points=1)
def test_edge_kernel_in_between(answer, reference, rng):
    degrees = [45, 70, 180, 270, *rng.integers(91, 179, 2).tolist(), *rng.integers(181, 269, 2).tolist()]
    weights = tuple(int(w) for w in rng.permutation([2, 5, 9]))
    asked = [(f"Sobel's kernel for {d} degrees", (d,)) for d in degrees]
    asked.append((f"the kernel for 30 degrees with the weights {weights}", (30, weights)))
    compare(answer, reference, asked)


# ---------------------------------------------------------------------------------------------------------- 9. Canny


def as_mask(mine, shape, what):
    """A mask of True and False, or of ones and zeros."""
    mask = as_array(mine, what, shape)
    assert mask.dtype.kind == "b" or np.isin(mask, (0, 1)).all(), f"{what} should be True and False (or 1 and 0)"
    return mask.astype(int)


def compare_masks(answer, reference, asked):
    given = [answer(*arguments) for _, arguments in asked]
    for mine, (what, arguments) in zip(given, asked, strict=True):
        right = reference(*arguments)
        assert_same(as_mask(mine, right.shape, what), np.asarray(right).astype(int), what)


@pytest.mark.exercise("hysteresis", points=1)
def test_hysteresis_by_hand(answer, reference):
    row = np.array([[9, 3, 3, 1, 3, 0, 2, 8, 2]])
    corner = np.array([[0, 0, 8], [0, 5, 0], [5, 0, 0]])
    apart = np.array([[5, 0, 0, 0, 9], [5, 0, 0, 0, 0], [0, 0, 0, 0, 0], [0, 0, 5, 0, 5]])
    asked = [
        ("the edges of the row 9, 3, 3, 1, 3, 0, 2, 8, 2 with the thresholds 2 and 8", (row, 2, 8)),
        ("the edges of a falling diagonal 8, 5, 5 with the thresholds 4 and 7", (corner, 4, 7)),
        ("the edges of weak pixels that touch no strong one, thresholds 4 and 7,", (apart, 4, 7)),
    ]
    compare_masks(answer, reference, asked)


def snake(size):
    """A line of weak pixels that winds from row to row, with one strong pixel at its end."""
    strength = np.zeros((size, size))
    strength[::2] = 5
    for number, row in enumerate(range(1, size - 1, 2)):
        strength[row, -1 if number % 2 == 0 else 0] = 5
    strength[-1, 0 if (size - 1) // 2 % 2 else -1] = 9
    return strength


@pytest.mark.exercise("hysteresis", points=1)
def test_hysteresis_along_long_chains(answer, reference, rng):
    random = rng.random((24, 31))
    asked = [("the edges of a long winding line with one strong pixel", (snake(41), 4, 8))]
    asked += [(f"the edges of random strengths, thresholds {low} and {high},", (random, low, high))
              for low, high in ((0.6, 0.97), (0.4, 0.99), (0.8, 0.9))]  # fmt: skip
    compare_masks(answer, reference, asked)


# ------------------------------------------------------------------------------------------------------ 10. learning


@pytest.mark.exercise("gradient_step", points=1)
def test_gradient_step_once(answer, reference, rng):
    asked = []
    for shape, rate in (((3, 3), 0.1), ((2, 3), 0.5)):
        image, kernel = rng.normal(size=(7, 9)), rng.normal(size=shape)
        target = rng.normal(size=(8 - shape[0], 10 - shape[1]))
        what = f"the kernel after one step, for a 7x9 image, a {shape} kernel and a rate of {rate},"
        asked.append((what, (kernel, image, target, rate)))
    compare(answer, reference, asked)


@pytest.mark.exercise("gradient_step", points=1)
def test_gradient_step_again_and_again(answer, rng):
    """E-19: on white noise a few dozen steps find the kernel; a step of 1 would always lead away."""
    image, wanted = rng.normal(scale=2, size=(24, 24)), np.array([[1.0, 0, -1]] * 3)
    windows = np.lib.stride_tricks.sliding_window_view(image, (3, 3))
    target, kernel = np.einsum("pqij,ij->pq", windows, wanted), np.zeros((3, 3))
    for _ in range(30):
        kernel = as_array(answer(kernel, image, target, 0.05), "the kernel after a step", (3, 3))
        assert np.isfinite(kernel).all() and abs(kernel).max() < 1e6, (
            "the steps lead away: do they go downhill, and are they not too long?"
        )
    cosine = float((kernel * wanted).sum() / max(np.linalg.norm(kernel) * np.linalg.norm(wanted), 1e-9))
    assert cosine > 0.99, f"after 30 steps on random pixels the cosine with the kernel that was wanted is {cosine:.3f}"
    assert abs(kernel - wanted).max() < 0.1, "after 30 steps the kernel has the right direction but not the right size"


# ------------------------------------------------------------------------------------------------------- 11. pooling


@pytest.mark.exercise("pool", points=1)
def test_pool_kinds(answer, reference, rng):
    x = rng.normal(size=(6, 8)) - 1
    x[:2, :2] = -1 - np.abs(x[:2, :2])
    asked = [(f"a random 6x8 map, {kind} pooled 2x2 with stride 2,", (x, 2, 2, kind)) for kind in ("max", "average")]
    asked.append(("a random 6x8 map, l2 pooled 2x2 with stride 2,", (x, 2, 2, "l2")))
    compare(answer, reference, asked)


@pytest.mark.exercise("pool", points=1)
def test_pool_overlapping(answer, reference, rng):
    """E-79."""
    x, wide = rng.integers(-9, 9, (7, 11)), rng.integers(-9, 9, (8, 9))
    x[2:5, 4:7] = -rng.integers(1, 9, (3, 3))
    asked = [(f"a random 7x11 map, {kind} pooled 3x3 with stride 2,", (x, 3, 2, kind)) for kind in ("max", "average")]
    asked.append(("a random 8x9 map, l2 pooled 3x3 with stride 1,", (wide, 3, 1, "l2")))
    asked.append(("a random 8x9 map, max pooled 3x3 with stride 2,", (wide, 3, 2, "max")))
    compare(answer, reference, asked)


@pytest.mark.exercise("pool", points=1)
def test_pool_with_windows_that_stick_out(answer, reference, rng):
    x = -rng.integers(1, 9, (8, 11)).astype(float)
    asked = [
        (f"an 8x11 map of negative numbers, {kind} pooled {size}x{size} with stride {stride} and ceil,",
         (x, size, stride, kind, True))
        for kind in ("max", "average", "l2") for size, stride in ((3, 2), (3, 3), (2, 2))
    ]  # fmt: skip
    compare(answer, reference, asked)


# ------------------------------------------------------------------------------------------------- 12. larger again


@pytest.mark.exercise("transposed", points=1)
def test_transposed_by_hand(answer):
    """E-44, E-46."""
    stamp, ones = np.array([[1, 2], [3, 4]]), np.ones((2, 2), int)
    mine = [answer(stamp, stamp), answer(ones, ones), answer(stamp, ones, 2)]
    assert_same(mine[0], [[1, 4, 4], [6, 20, 16], [9, 24, 16]], "[[1, 2], [3, 4]] with itself as the kernel, stride 1,")
    assert_same(mine[1], [[1, 2, 1], [2, 4, 2], [1, 2, 1]], "ones with a kernel of ones, 2x2 and 2x2, stride 1,")
    blocks = [[1, 1, 2, 2], [1, 1, 2, 2], [3, 3, 4, 4], [3, 3, 4, 4]]
    assert_same(mine[2], blocks, "[[1, 2], [3, 4]] with a 2x2 kernel of ones, stride 2,")


@pytest.mark.exercise("transposed", points=2)
def test_transposed_of_any_size(answer, reference, rng):
    asked = []
    for stride, shape in ((2, (3, 3)), (3, (4, 5)), (1, (3, 2)), (3, (2, 2))):
        x, kernel = rng.integers(1, 9, (3, 4)), lopsided(rng, shape)
        asked.append((f"a 3x4 map with a {shape} kernel, stride {stride}", (x, kernel, stride)))
    asked.append(("a map of fractions", (rng.normal(size=(4, 2)), rng.normal(size=(3, 3)), 2)))
    compare(answer, reference, asked)


@pytest.mark.exercise("has_checkerboard", points=1)
def test_has_checkerboard(answer, reference, rng):
    """E-45."""
    pairs = [(2, 2), (3, 2), (4, 2), (5, 2), (3, 3), (4, 3), (6, 3), (5, 1), (2, 1), (6, 4), (9, 6), (2, 3), (1, 2)]
    pairs = [pairs[i] for i in rng.permutation(len(pairs))]
    given = [answer(*pair) for pair in pairs]
    for mine, (kernel, stride) in zip(given, pairs, strict=True):
        what = f"the answer for kernel {kernel} and stride {stride}"
        said = as_array(mine, what, ())
        assert said.dtype.kind == "b" or said in (0, 1), f"{what} should be True or False"
        if bool(said) != reference(kernel, stride):
            raise AssertionError(f"{what} is wrong: count the stamps on neighbouring pixels in the middle")


# ----------------------------------------------------------------------------------------------------- 13. the cost


@pytest.mark.exercise("multiplications", points=1)
def test_multiplications_of_the_example(answer):
    """E-42: 2160 and 672."""
    standard, separable = as_items(answer(6, 6, 3, 5, 3), 2, "the multiplications of both ways")
    assert_count(standard, 2160, "the multiplications of the standard way, 6x6x3, five filters of 3x3,")
    assert_count(separable, 672, "the multiplications of the separable way, 6x6x3, five filters of 3x3,")


@pytest.mark.exercise("multiplications", points=1)
def test_multiplications_of_any_layer(answer, reference, rng):
    """E-43."""
    rows = [
        (int(rng.integers(20, 30)), int(rng.integers(31, 40)), int(rng.integers(5, 9)), int(rng.integers(10, 40)), k)
        for k in (1, 3, 5)
    ]
    given = [answer(*row) for row in rows]
    for mine, (height, width, channels, filters, kernel) in zip(given, rows, strict=True):
        right = reference(height, width, channels, filters, kernel)
        case = f"{height}x{width}x{channels}, {filters} filters of {kernel}x{kernel},"
        standard, separable = as_items(mine, 2, "the multiplications of both ways")
        assert_count(standard, right[0], f"the multiplications of the standard way, {case}")
        assert_count(separable, right[1], f"the multiplications of the separable way, {case}")

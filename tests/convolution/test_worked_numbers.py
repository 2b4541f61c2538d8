"""The numbers of the slides, row by row of the catalogue (C-021 to C-062)."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from ccv.convolution import (
    KERNELS,
    average_pool2d,
    conv_layer,
    convolve2d,
    correlate2d,
    max_pool2d,
    output_size,
    pad2d,
    relu,
)

IMAGE4 = [[5, 2, 3, 4], [6, 7, 8, 5], [4, 5, 4, 5], [1, 0, 2, 3]]
KERNEL2 = [[1, 0], [1, -1]]
IMAGE5 = [[0, 0, 1, 0, 1], [2, 1, 0, 1, 0], [0, 0, 1, 0, 1], [0, 1, 2, 1, 0], [2, 1, 0, 1, 0]]
EDGE6 = np.array([[10, 10, 10, 0, 0, 0]] * 6)

PADDED1 = [[-5, 3, -1, -1, 4], [-6, 4, 1, 6, 9], [-4, 5, 8, 7, 10], [-1, 5, 3, 3, 8], [0, 1, 0, 2, 3]]

# id, operation, image, kernel, stride, padding, output
WORKED = [
    (
        "C-023",
        correlate2d,
        IMAGE5,
        [[1, 0, 1], [0, 0, 0], [1, 0, 1]],
        1,
        0,
        [[2, 0, 4], [4, 4, 2], [3, 2, 2]],
    ),
    ("C-024", correlate2d, IMAGE4, KERNEL2, 1, 0, [[4, 1, 6], [5, 8, 7], [5, 3, 3]]),
    ("C-025", correlate2d, IMAGE4, KERNEL2, 2, 0, [[4, 6], [5, 3]]),
    ("C-026 S=1", correlate2d, IMAGE4, KERNEL2, 1, 1, PADDED1),
    ("C-026 S=2", correlate2d, IMAGE4, KERNEL2, 2, 1, [[-5, -1, 4], [-4, 8, 10], [0, 0, 3]]),
    ("C-027 S=1", correlate2d, IMAGE4, KERNEL2, 1, 2, np.pad(PADDED1, 1)),
    ("C-027 S=2", correlate2d, IMAGE4, KERNEL2, 2, 2, np.pad([[4, 6], [5, 3]], 1)),
    ("C-028", convolve2d, IMAGE4, KERNEL2, 1, 0, [[4, 9, 6], [6, 5, 2], [1, 1, 4]]),
    (
        "C-029 S=1",
        correlate2d,
        IMAGE4,
        KERNEL2,
        1,
        "same",
        [[4, 1, 6, 9], [5, 8, 7, 10], [5, 3, 3, 8], [1, 0, 2, 3]],
    ),
    ("C-029 S=2", correlate2d, IMAGE4, KERNEL2, 2, "same", [[4, 6], [5, 3]]),
    ("C-031 bright to dark", correlate2d, EDGE6, KERNELS["vertical_edge"], 1, 0, [[0, 30, 30, 0]] * 4),
    ("C-031 dark to bright", correlate2d, 10 - EDGE6, KERNELS["vertical_edge"], 1, 0, [[0, -30, -30, 0]] * 4),
    (
        "C-031 rows",
        correlate2d,
        EDGE6.T,
        KERNELS["horizontal_edge"],
        1,
        0,
        np.transpose([[0, 30, 30, 0]] * 4),
    ),
    ("C-031 identity", correlate2d, EDGE6, KERNELS["identity"], 1, "same", EDGE6),
]


@pytest.mark.parametrize(
    ("operation", "image", "kernel", "stride", "padding", "expected"),
    [row[1:] for row in WORKED],
    ids=[row[0] for row in WORKED],
)
def test_worked_example(operation, image, kernel, stride, padding, expected):
    output = operation(image, kernel, stride=stride, padding=padding)
    assert_array_equal(output, expected)
    assert output.dtype == np.int64


def test_c021_convolution_is_correlation_with_the_kernel_rotated_and_is_associative():
    assert_array_equal(convolve2d(IMAGE4, KERNEL2), correlate2d(IMAGE4, np.rot90(KERNEL2, 2)))
    f, g = np.array(KERNEL2), np.array([[2, 1], [0, 3]])
    assert_array_equal(convolve2d(convolve2d(IMAGE5, f), g), convolve2d(IMAGE5, convolve2d(f, g, padding=1)))


def test_c022_one_dimension():
    expected = np.convolve([1, 2, 3], [0, 1, 0.5])
    assert_array_equal(expected, [0, 1, 2.5, 4, 1.5])
    assert_array_equal(convolve2d([[1, 2, 3]], [[0, 1, 0.5]], padding=(0, 2)), [expected])


@pytest.mark.parametrize(("padding", "size"), [(1, 6), (2, 8)], ids=["C-026", "C-027"])
def test_padded_matrix(padding, size):
    padded = pad2d(IMAGE4, padding)
    assert padded.shape == (size, size)
    assert_array_equal(padded[padding:-padding, padding:-padding], IMAGE4)
    assert padded.sum() == np.sum(IMAGE4)


def test_pad2d_takes_a_pair_and_keeps_the_dtype():
    padded = pad2d(np.ones((2, 2), np.uint8), (1, 0))
    assert padded.dtype == np.uint8
    assert_array_equal(padded, [[0, 0], [1, 1], [1, 1], [0, 0]])


SUMS = {
    "identity": 1,
    "edge_diagonal": 0,
    "edge_laplacian4": 0,
    "edge_laplacian8": 0,
    "sharpen": 1,
    "box_blur": 1,
    "gaussian3": 1,
    "gaussian5": 1,
    "unsharp": 1,
    "vertical_edge": 0,
    "horizontal_edge": 0,
    "sobel_x": 0,
    "sobel_y": 0,
    "scharr_x": 0,
    "scharr_y": 0,
    "prewitt_x": 0,
    "prewitt_y": 0,
    "roberts_x": 0,
    "roberts_y": 0,
}


@pytest.mark.parametrize("name", SUMS, ids=lambda name: f"C-030 {name}")
def test_kernel_sums(name):
    assert KERNELS[name].sum() == pytest.approx(SUMS[name], abs=1e-15)


def test_c030_gallery_is_complete_and_read_only():
    assert set(KERNELS) == set(SUMS)
    with pytest.raises(TypeError):
        KERNELS["identity"] = np.eye(3)  # type: ignore[index]
    for kernel in KERNELS.values():
        with pytest.raises(ValueError, match="read-only"):
            kernel[0, 0] = 7


# Kernels printed on the slides; gaussian5 and unsharp have a test of their own.
PRINTED = {
    "edge_diagonal": [[1, 0, -1], [0, 0, 0], [-1, 0, 1]],
    "edge_laplacian4": [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
    "edge_laplacian8": [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
    "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
    "box_blur": np.ones((3, 3)) / 9,
    "gaussian3": np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]]) / 16,
}


@pytest.mark.parametrize("name", PRINTED, ids=lambda name: f"C-030 {name}")
def test_printed_kernels(name):
    assert_array_equal(KERNELS[name], PRINTED[name])


def test_c030_unsharp_is_twice_the_identity_minus_the_blur():
    gaussian = np.array([[1, 4, 6, 4, 1], [4, 16, 24, 16, 4], [6, 24, 36, 24, 6], [4, 16, 24, 16, 4], [1, 4, 6, 4, 1]])
    identity = np.zeros((5, 5), int)
    identity[2, 2] = 1
    assert_array_equal(KERNELS["gaussian5"] * 256, gaussian)
    assert_array_equal(KERNELS["unsharp"], 2 * identity - KERNELS["gaussian5"])
    assert KERNELS["unsharp"][2, 2] * -256 == -476


@pytest.mark.parametrize(
    ("name", "answer"),
    [("sobel", -40), ("scharr", -160), ("prewitt", -30), ("roberts", -10)],
    ids=lambda value: f"C-032 {value}",
)
def test_gradient_kernels(name, answer):
    across, down = KERNELS[f"{name}_x"], KERNELS[f"{name}_y"]
    assert correlate2d(EDGE6, across).min() == answer
    assert set(np.unique(correlate2d(EDGE6, across))) == {0, answer}
    if name == "roberts":  # both look along a diagonal
        assert set(np.unique(correlate2d(EDGE6, down))) == {0, -answer}
    else:
        assert_array_equal(down, across.T)
        assert not correlate2d(EDGE6, down).any()


def test_c033_gradient_descent_recovers_the_kernel():
    image = np.random.default_rng(0).normal(size=(16, 16))
    target = correlate2d(image, KERNELS["vertical_edge"])
    kernel = np.zeros((3, 3))
    for _ in range(200):
        error = correlate2d(image, kernel) - target
        kernel -= 0.5 * correlate2d(image, error) / error.size  # the gradient is a correlation too
    np.testing.assert_allclose(kernel, KERNELS["vertical_edge"], atol=1e-3)


@pytest.mark.parametrize("stride", [2, 3, (1, 2), (3, 1)], ids=lambda stride: f"C-034 stride {stride}")
def test_stride_skips_places(stride):
    rows, columns = stride if isinstance(stride, tuple) else (stride, stride)
    image = np.arange(80).reshape(8, 10) % 7
    assert_array_equal(
        correlate2d(image, KERNELS["sobel_x"], stride=stride),
        correlate2d(image, KERNELS["sobel_x"])[::rows, ::columns],
    )


# visits at the corner, in the middle of an edge, and in the centre of a 6x6 image
@pytest.mark.parametrize(
    ("padding", "visits"),
    [(0, (1, 3, 9)), (1, (4, 6, 9)), (2, (9, 9, 9))],
    ids=["C-035 p=0", "C-035 p=1", "C-035 p=2"],
)
def test_visits(padding, visits):
    places = np.ones_like(correlate2d(np.ones((6, 6), int), np.ones((3, 3), int), padding=padding))
    padded_visits = correlate2d(places, np.ones((3, 3), int), padding=2)
    visited = padded_visits[padding : 6 + padding, padding : 6 + padding]
    assert (visited[0, 0], visited[0, 3], visited[3, 3]) == visits


# n, kernel, stride, padding, dilation, size
SIZES = [
    ("C-036 valid", 6, 3, 1, "valid", 1, 4),
    ("C-036 P=1", 6, 3, 1, 1, 1, 6),
    ("C-036 same 5", 6, 5, 1, 2, 1, 6),
    ("C-036 same 7", 6, 7, 1, 3, 1, 6),
    ("C-037 even kernel, same", 4, 2, 1, "same", 1, 4),
    ("C-037 even kernel, P=1", 4, 2, 1, 1, 1, 5),
    ("C-038 S=2 P=1 F=3", 224, 3, 2, 1, 1, 112),
    ("C-038 floor", 224, 11, 4, 0, 1, 54),
    ("C-038 AlexNet conv1", 227, 11, 4, 0, 1, 55),
    ("C-039 strided same", 7, 3, 2, "same", 1, 4),
    ("C-040 d=2", 7, 3, 1, 0, 2, 3),
    ("C-040 d=3", 7, 3, 1, 0, 3, 1),
    ("C-040 d=2 same", 7, 3, 1, "same", 2, 7),
    ("C-055 55 to 27", 55, 3, 2, 0, 1, 27),
    ("C-055 27 to 13", 27, 3, 2, 0, 1, 13),
    ("C-055 13 to 6", 13, 3, 2, 0, 1, 6),
    ("E-08 P=2", 4, 2, 1, 2, 1, 7),
]


@pytest.mark.parametrize(
    ("n", "kernel", "stride", "padding", "dilation", "size"),
    [row[1:] for row in SIZES],
    ids=[row[0] for row in SIZES],
)
def test_output_size(n, kernel, stride, padding, dilation, size):
    assert output_size(n, kernel, stride, padding, dilation) == size
    output = correlate2d(np.ones((n, n)), np.ones((kernel, kernel)), stride, padding, dilation)
    assert output.shape == (size, size)


@pytest.mark.parametrize(
    "arguments",
    [
        {"n": (6, 6)},
        {"kernel": (3, 3)},
        {"stride": (1, 1)},
        {"padding": (0, 0)},
        {"dilation": [1, 1]},
        {"n": (np.int64(6), 6)},
    ],
    ids=str,
)
def test_output_size_is_a_pair_as_soon_as_one_argument_is(arguments):
    size = output_size(**{"n": 6, "kernel": 3, **arguments})
    assert size == (4, 4)
    assert all(type(number) is int for number in size)


def test_output_size_of_numpy_integers_is_an_int():
    assert type(output_size(np.int64(6), np.uint8(3))) is int


def test_c040_a_dilated_kernel_is_a_kernel_with_holes():
    image = np.arange(49).reshape(7, 7) ** 2 % 11
    holes = np.zeros((5, 5), int)
    holes[::2, ::2] = KERNELS["sobel_x"]
    assert_array_equal(correlate2d(image, KERNELS["sobel_x"], dilation=2), correlate2d(image, holes))


@pytest.mark.parametrize(("filters", "shape"), [(2, (1, 4, 4, 2)), (1, (1, 4, 4, 1))], ids=lambda v: f"C-041 {v}")
def test_volumes(filters, shape):
    assert conv_layer(np.ones((1, 6, 6, 3)), np.ones((3, 3, 3, filters))).shape == shape


def padded_top_left(rows):
    return np.pad(rows, ((1, 0), (1, 0)))


RED = padded_top_left(
    [
        [156, 155, 156, 158, 158],
        [153, 154, 157, 159, 159],
        [149, 151, 155, 158, 159],
        [146, 146, 149, 153, 158],
        [145, 143, 143, 148, 158],
    ]
)
GREEN = padded_top_left(
    [
        [167, 166, 167, 169, 169],
        [164, 165, 168, 170, 170],
        [160, 162, 166, 169, 170],
        [156, 156, 159, 163, 168],
        [155, 153, 153, 158, 168],
    ]
)
BLUE = padded_top_left(
    [
        [163, 162, 163, 165, 165],
        [160, 161, 164, 166, 166],
        [156, 158, 162, 165, 166],
        [155, 155, 158, 162, 167],
        [154, 152, 152, 157, 167],
    ]
)
RGB_KERNELS = [
    [[-1, -1, 1], [0, 1, -1], [0, 1, 1]],
    [[1, 0, 0], [1, -1, -1], [1, 0, -1]],
    [[0, 1, 1], [0, 1, 0], [1, -1, 1]],
]


def test_c042_coloured_image():
    x = np.stack([RED, GREEN, BLUE], axis=-1)[np.newaxis]
    kernels = np.stack(RGB_KERNELS, axis=-1)[..., np.newaxis]
    first = [correlate2d(c, k)[0, 0] for c, k in zip([RED, GREEN, BLUE], RGB_KERNELS, strict=True)]
    assert first == [308, -498, 164]
    assert_array_equal(
        conv_layer(x, kernels, bias=[1])[0, ..., 0],
        [[-25, 466, 466, 475], [295, 787, 798, 812], [291, 776, 784, 800], [293, 771, 773, 782]],
    )


def test_c043_red_only_edge_filter():
    kernels = np.zeros((3, 3, 3, 1), int)
    kernels[:, :, 0, 0] = KERNELS["vertical_edge"]
    x = np.zeros((1, 6, 6, 3), int)
    x[0, :, :, 1] = x[0, :, :, 2] = EDGE6  # edges in green and blue
    assert not conv_layer(x, kernels).any()
    x[0, :, :, 0] = EDGE6
    assert_array_equal(conv_layer(x, kernels)[0, ..., 0], [[0, 30, 30, 0]] * 4)


def test_c044_one_layer_step_by_step():
    rng = np.random.default_rng(1)
    x, kernels = rng.integers(-9, 9, (2, 6, 5, 3)), rng.integers(-9, 9, (3, 2, 3, 4))
    bias = rng.integers(-9, 9, 4)
    layer = conv_layer(x, kernels, bias, activation=relu)
    for image, maps in zip(x, layer, strict=True):
        for filter_ in range(4):
            channels = [correlate2d(image[..., c], kernels[..., c, filter_]) for c in range(3)]
            assert_array_equal(maps[..., filter_], relu(sum(channels) + bias[filter_]))


@pytest.mark.parametrize(
    ("shape", "biases", "count"),
    [
        ((4, 4, 3, 1), 0, 48),
        ((4, 4, 3, 5), 0, 240),
        ((4, 4, 3, 5), 5, 245),
        ((3, 3, 3, 1), 1, 28),
        ((3, 3, 4, 6), 0, 216),
        ((3, 3, 4, 6), 6, 222),
    ],
    ids=["C-046 48", "C-046 240", "C-046 245", "C-046 28", "C-047 216", "C-047 222"],
)
def test_parameter_counts_are_the_sizes_of_what_the_layer_takes(shape, biases, count):
    kernels, bias = np.zeros(shape), np.zeros(biases)
    assert kernels.size + bias.size == count
    x = np.zeros((2, 8, 8, shape[2]))
    assert conv_layer(x, kernels, bias if biases else None).shape == (2, 9 - shape[0], 9 - shape[1], shape[3])


def test_c047_stacked_layers():
    first = conv_layer(np.ones((1, 9, 9, 4)), np.ones((3, 3, 4, 6)), np.zeros(6), activation=relu)
    second = conv_layer(first, np.ones((2, 2, 6, 8)), stride=2)
    assert (first.shape, second.shape) == ((1, 7, 7, 6), (1, 3, 3, 8))
    assert second[0, 0, 0, 0] == 3 * 3 * 4 * 2 * 2 * 6


def test_c050_relu():
    assert_array_equal(relu([-3, 0, 2]), [0, 0, 2])
    assert relu(np.array([-1.5, 2], np.float32)).dtype == np.float32
    assert_array_equal(relu([np.nan, -np.inf, np.inf]), [np.nan, 0, np.inf])


def test_c052_pooling_seven_to_four():
    x = np.arange(49).reshape(7, 7)
    assert max_pool2d(x).shape == (3, 3)
    assert max_pool2d(x, padding="same").shape == (4, 4)


def test_c053_average_pooling():
    x = np.arange(16).reshape(4, 4)
    assert_array_equal(average_pool2d(x), [[2.5, 4.5], [10.5, 12.5]])


def test_c054_pooling_works_on_each_map_by_itself():
    x = np.random.default_rng(2).normal(size=(2, 6, 6, 3))
    for pool in (max_pool2d, average_pool2d):
        maps = [pool(x[1, :, :, c], 3, 2) for c in range(3)]
        assert_array_equal(pool(x, 3, 2)[1], np.stack(maps, axis=-1))


def test_pooling_never_picks_or_counts_a_padded_cell():
    x = np.full((3, 3), -5)
    for padding in ("same", 1):
        assert (max_pool2d(x, padding=padding) == -5).all()
        assert (average_pool2d(x, padding=padding) == -5).all()
    assert max_pool2d(np.full((3, 3), -np.inf), padding="same").max() == -np.inf


@pytest.mark.parametrize(("kernel", "count"), [(1, 50), (3, 450)], ids=["C-061 1x1", "C-061 3x3"])
def test_pointwise_counts(kernel, count):
    assert np.zeros((kernel, kernel, 10, 5)).size == count


def test_c061_c062_a_1x1_convolution_is_a_dense_layer_on_the_channels():
    rng = np.random.default_rng(3)
    x, kernels = rng.normal(size=(2, 4, 4, 10)), rng.normal(size=(1, 1, 10, 5))
    np.testing.assert_allclose(conv_layer(x, kernels), x @ kernels[0, 0])
    assert (conv_layer(np.ones((1, 6, 6, 32), int), np.full((1, 1, 32, 1), 2)) == 64).all()

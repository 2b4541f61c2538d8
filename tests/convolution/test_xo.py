"""The X/O case study, to the last digit (catalogue 1.4)."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from ccv.convolution import correlate2d, max_pool2d, relu, truncate


def image(cells):
    x = np.full((9, 9), -1)
    x[tuple(np.transpose(cells))] = 1
    return x


X = image([(i, i) for i in range(1, 8)] + [(i, 8 - i) for i in range(1, 8)])
TRICKY_X = image(
    [(1, 6), (2, 1), (2, 5), (3, 2), (3, 3), (3, 5), (4, 4), (5, 3), (5, 5), (5, 6), (6, 3), (6, 7), (7, 2)]
)
O_TOP = [(1, 3), (1, 4), (1, 5), (2, 2), (2, 6), (3, 1), (3, 7), (4, 1)]
O = image([*O_TOP, *((8 - row, 8 - column) for row, column in O_TOP)])  # noqa: E741
FILTERS = [
    np.array([[1, -1, -1], [-1, 1, -1], [-1, -1, 1]]),
    np.array([[1, -1, 1], [-1, 1, -1], [1, -1, 1]]),
    np.array([[-1, -1, 1], [-1, 1, -1], [1, -1, -1]]),
]

SUMS1 = np.array(
    [
        [7, -1, 1, 3, 5, -1, 3],
        [-1, 9, -1, 3, -1, 1, -1],
        [1, -1, 9, -3, 1, -1, 5],
        [3, 3, -3, 5, -3, 3, 3],
        [5, -1, 1, -3, 9, -1, 1],
        [-1, 1, -1, 3, -1, 9, -1],
        [3, -1, 5, 3, 1, -1, 7],
    ]
)
SUMS2 = np.array(
    [
        [3, -5, 1, -1, 1, -5, 3],
        [-5, 5, -5, 3, -5, 5, -5],
        [1, -5, 5, -7, 5, -5, 1],
        [-1, 3, -7, 9, -7, 3, -1],
        [1, -5, 5, -7, 5, -5, 1],
        [-5, 5, -5, 3, -5, 5, -5],
        [3, -5, 1, -1, 1, -5, 3],
    ]
)
SUMS = [SUMS1, SUMS2, SUMS1[:, ::-1]]

MAP1 = [
    [0.77, -0.11, 0.11, 0.33, 0.55, -0.11, 0.33],
    [-0.11, 1.00, -0.11, 0.33, -0.11, 0.11, -0.11],
    [0.11, -0.11, 1.00, -0.33, 0.11, -0.11, 0.55],
    [0.33, 0.33, -0.33, 0.55, -0.33, 0.33, 0.33],
    [0.55, -0.11, 0.11, -0.33, 1.00, -0.11, 0.11],
    [-0.11, 0.11, -0.11, 0.33, -0.11, 1.00, -0.11],
    [0.33, -0.11, 0.55, 0.33, 0.11, -0.11, 0.77],
]
MAP2 = [
    [0.33, -0.55, 0.11, -0.11, 0.11, -0.55, 0.33],
    [-0.55, 0.55, -0.55, 0.33, -0.55, 0.55, -0.55],
    [0.11, -0.55, 0.55, -0.77, 0.55, -0.55, 0.11],
    [-0.11, 0.33, -0.77, 1.00, -0.77, 0.33, -0.11],
    [0.11, -0.55, 0.55, -0.77, 0.55, -0.55, 0.11],
    [-0.55, 0.55, -0.55, 0.33, -0.55, 0.55, -0.55],
    [0.33, -0.55, 0.11, -0.11, 0.11, -0.55, 0.33],
]
MAP3 = [
    [0.33, -0.11, 0.55, 0.33, 0.11, -0.11, 0.77],
    [-0.11, 0.11, -0.11, 0.33, -0.11, 1.00, -0.11],
    [0.55, -0.11, 0.11, -0.33, 1.00, -0.11, 0.11],
    [0.33, 0.33, -0.33, 0.55, -0.33, 0.33, 0.33],
    [0.11, -0.11, 1.00, -0.33, 0.11, -0.11, 0.55],
    [-0.11, 1.00, -0.11, 0.33, -0.11, 0.11, -0.11],
    [0.77, -0.11, 0.11, 0.33, 0.55, -0.11, 0.33],
]
MAPS = [MAP1, MAP2, MAP3]
POOLED = [
    [[1.00, 0.33, 0.55, 0.33], [0.33, 1.00, 0.33, 0.55], [0.55, 0.33, 1.00, 0.11], [0.33, 0.55, 0.11, 0.77]],
    [[0.55, 0.33, 0.55, 0.33], [0.33, 1.00, 0.55, 0.11], [0.55, 0.55, 0.55, 0.11], [0.33, 0.11, 0.11, 0.33]],
    [[0.33, 0.55, 1.00, 0.77], [0.55, 0.55, 1.00, 0.33], [1.00, 1.00, 0.11, 0.55], [0.77, 0.33, 0.55, 0.33]],
]
POOLED_TWICE = [[[1.00, 0.55], [0.55, 1.00]], [[1.00, 0.55], [0.55, 0.55]], [[0.55, 1.00], [1.00, 0.55]]]
STUDY = list(zip(FILTERS, SUMS, MAPS, POOLED, POOLED_TWICE, strict=True))


def feature_map(x, kernel):
    return truncate(correlate2d(x, kernel), divisor=9)


def votes(x):
    maps = [relu(feature_map(x, kernel)) for kernel in FILTERS]
    vector = np.concatenate([max_pool2d(max_pool2d(m, padding="same"), padding="same").ravel() for m in maps])
    return vector, vector[[0, 3, 4, 9, 10]].mean(), vector[[1, 2, 8, 11]].mean()


def test_the_image_has_thirteen_strokes():
    assert (X == 1).sum() == 13


def test_xo1_perfect_match():
    patch = X[0:3, 0:3] * FILTERS[0]
    assert patch.sum() == 7
    assert_array_equal(X[1:4, 1:4] * FILTERS[0], np.ones((3, 3)))
    centre = X[3:6, 3:6] * FILTERS[0]
    assert_array_equal(centre, [[1, 1, -1], [1, 1, 1], [-1, 1, 1]])
    assert truncate(centre.sum(), divisor=9) == 0.55


@pytest.mark.parametrize(("kernel", "sums", "map_", "pooled", "twice"), STUDY, ids=["F1", "F2", "F3"])
def test_xo2_to_xo6_sums_maps_and_pools(kernel, sums, map_, pooled, twice):
    assert_array_equal(correlate2d(X, kernel), sums)
    assert_array_equal(feature_map(X, kernel), map_)
    assert_array_equal(max_pool2d(map_, padding="same"), pooled)
    assert max_pool2d(map_, padding="valid").shape == (3, 3)
    assert_array_equal(max_pool2d(pooled, padding="same"), twice)


@pytest.mark.parametrize(("number", "cells"), [(0, 7), (1, 28), (2, 7)], ids=["map1", "map2", "map3"])
def test_xo4_rounding_disagrees(number, cells):
    rounded = np.round(SUMS[number] / 9, 2)
    assert (rounded != MAPS[number]).sum() == cells


def test_xo4_floor_disagrees_in_twenty_cells():
    assert (np.floor(SUMS1 * 100 / 9) / 100 != MAP1).sum() == 20


def test_xo7_relu():
    rectified = relu(MAP1)
    assert_array_equal(rectified, np.where(np.array(MAP1) > 0, MAP1, 0))
    assert_array_equal(rectified[:, 6], [0.33, 0, 0.55, 0.33, 0.11, 0, 0.77])
    assert_array_equal(rectified[0], [0.77, 0, 0.11, 0.33, 0.55, 0, 0.33])


@pytest.mark.parametrize("number", range(3))
def test_xo8_relu_and_max_pooling_commute(number):
    pooled = max_pool2d(MAPS[number], padding="same")
    assert_array_equal(relu(pooled), max_pool2d(relu(MAPS[number]), padding="same"))
    assert pooled.min() >= 0.11


@pytest.mark.parametrize(
    ("x", "vector", "x_vote", "o_vote"),
    [
        (X, [1, 0.55, 0.55, 1, 1, 0.55, 0.55, 0.55, 0.55, 1, 1, 0.55], 1.00, 0.55),
        (TRICKY_X, [0.77, 0.55, 0.55, 0.77, 1, 0.33, 0.33, 0.33, 0.55, 0.77, 0.77, 0.55], 0.816, 0.55),
        (O, [0.55, 1, 1, 0.55, 0.55, 0.55, 0.55, 0.55, 1, 0.55, 0.55, 1], 0.55, 1.00),
    ],
    ids=["X/O-9 X/O-10 X", "X/O-11 tricky X", "X/O-12 O"],
)
def test_votes(x, vector, x_vote, o_vote):
    found, found_x, found_o = votes(x)
    assert_array_equal(found, vector)
    assert found_x == pytest.approx(x_vote)
    assert found_o == pytest.approx(o_vote)


def test_xo11_computers_are_literal():
    assert (X == TRICKY_X).sum() == 65
    assert ((X == 1) & (TRICKY_X == 1)).sum() == 5
    assert np.corrcoef(X.ravel(), TRICKY_X.ravel())[0, 1] == pytest.approx(0.267, abs=1e-3)
    assert (X * TRICKY_X).mean() == pytest.approx(0.605, abs=1e-3)  # the catalogue's "normalised correlation"


@pytest.mark.parametrize(
    ("sums", "divisor", "decimals", "expected"),
    [
        (9, 9, 2, 1.0),
        (-9, 9, 2, -1.0),
        (7, -9, 2, -0.77),
        (-1, 900, 2, 0.0),
        (7, 9, 0, 0.0),
        (7, 9, 4, 0.7777),
        (0.29, 1, 2, 0.29),
        (-0.57, 1, 2, -0.57),
        (0.7 + 0.1, 1, 1, 0.8),
        (7 / 9, 1, 2, 0.77),
        (-7 / 9, 1, 2, -0.77),
        (0.999, 1, 2, 0.99),
        (1, 0.5, 2, 2.0),
        (np.float32(0.29), 1, 2, np.float32(0.29)),
        (np.float16(7 / 9), 1, 2, np.float16(0.77)),
        (np.int8(-128), 1, 2, -128.0),
        (np.nan, 1, 2, np.nan),
        (-np.inf, 1, 2, -np.inf),
    ],
)
def test_xo13_truncation(sums, divisor, decimals, expected):
    found = truncate(sums, divisor, decimals)
    assert_array_equal(found, expected)
    assert not (found == 0 and np.signbit(found))


def test_truncation_keeps_every_decimal_that_a_float_can_show():
    cents = np.arange(-100_000, 100_001)
    assert_array_equal(truncate(cents / 100), cents / 100)
    assert_array_equal(truncate(cents, divisor=100), cents / 100)


def test_truncation_keeps_shape_and_float_type():
    assert truncate(np.ones((2, 3), np.float32)).dtype == np.float32
    assert truncate(np.ones((2, 3), np.uint8), 3).shape == (2, 3)

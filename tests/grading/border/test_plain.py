"""What means numbers crosses the border as numbers, whatever the library; what has no values yet is told kindly."""

import collections
import dataclasses
import fractions
import itertools
import sys
import types
from decimal import Decimal

import numpy as np
import pytest
from PIL import Image

from ccv.grading.border import wire


def crossed(value):
    return wire.decode(wire.encode(value))


@pytest.mark.parametrize(
    "value",
    [
        (n for n in [1, 2, 3]),
        map(int, "123"),
        filter(None, [1, 2, 3]),
        reversed([3, 2, 1]),
        collections.deque([1, 2, 3]),
        collections.UserList([1, 2, 3]),
        {1: "a", 2: "b", 3: "c"}.keys(),
        {"a": 1, "b": 2, "c": 3}.values(),
        range(1, 4),
        memoryview(np.array([1, 2, 3])),
        np.array([1, 2, 3], dtype=object),
        np.ma.array([1, 2, 3]),
        np.array([1, 2, 3], dtype=np.longdouble),
    ],
)
def test_rows_of_any_kind_are_rows(value):
    assert np.asarray(crossed(value)).tolist() == [1, 2, 3]


@dataclasses.dataclass
class _Row:
    """Can be unpacked, as a tuple of one's own."""

    number: int
    share: float

    def __iter__(self):
        return iter(dataclasses.astuple(self))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (zip([1, 2], "ab", strict=True), [(1, "a"), (2, "b")]),
        (enumerate("ab"), [(0, "a"), (1, "b")]),
        (itertools.accumulate([1, 2, 3]), [1, 3, 6]),
        (fractions.Fraction(6, 2), 3),
        (fractions.Fraction(1, 4), 0.25),
        (Decimal("5"), 5),
        (Decimal("0.5"), 0.5),
        (Decimal("Infinity"), float("inf")),
        (np.longdouble(2), 2.0),
        (collections.Counter("aab"), {"a": 2, "b": 1}),
        (types.MappingProxyType({"a": 1}), {"a": 1}),
        (collections.UserDict(a=1), {"a": 1}),
        ([np.float32(0.5), (n for n in [1])], [0.5, [1]]),
        (np.array([(1, 0.5), (2, 1.5)], dtype=[("n", int), ("x", float)]), [(1, 0.5), (2, 1.5)]),
        (np.rec.fromrecords([(1, "a")], names="n, word"), [(1, "a")]),
        (_Row(1, 0.5), [1, 0.5]),
    ],
)
def test_numbers_and_containers_of_any_kind_come_by_value(value, expected):
    back = crossed(value)
    assert (back.tolist() if isinstance(back, np.ndarray) else back) == expected
    assert type(back) is not collections.Counter


@pytest.mark.filterwarnings("ignore:the matrix subclass")
def test_a_matrix_is_an_array():
    assert (type(crossed(np.matrix([[1, 2]]))), crossed(np.matrix([[1, 2]])).tolist()) == (np.ndarray, [[1, 2]])


def test_what_is_masked_is_no_number():
    assert np.isnan(crossed(np.ma.array([1, 2, 3], mask=[0, 1, 0]))).tolist() == [False, True, False]


def test_tables_of_pandas_are_arrays():
    import pandas

    assert crossed(pandas.Series([1, 2])).tolist() == [1, 2]
    assert crossed(pandas.DataFrame({"a": [1, 2], "b": [3.5, 4]})).tolist() == [[1, 3.5], [2, 4]]
    assert crossed(pandas.DataFrame({"a": ["x"], "b": [2]})) == [["x", 2]]


def test_a_picture_of_pillow_is_its_pixels():
    image = Image.fromarray(np.eye(2, dtype="uint8"))
    assert crossed(image).tolist() == [[1, 0], [0, 1]]


def test_tensors_of_tensorflow_are_their_values():
    tf = pytest.importorskip("tensorflow")
    for tensor in (tf.constant([1, 2]), tf.Variable([1, 2]), tf.ragged.constant([1, 2]), tf.TensorShape([1, 2])):
        assert np.asarray(crossed(tensor)).tolist() == [1, 2]
    assert crossed(tf.cast([1, 2], tf.bfloat16)).dtype == np.float32
    assert crossed(tf.ragged.constant([[1], [2, 3]])) == [[1], [2, 3]]
    assert crossed(tf.sparse.from_dense([[1, 0]])).tolist() == [[1, 0]]
    assert (crossed(tf.constant("X")), crossed(tf.constant(["X", "O"]))) == ("X", ["X", "O"])
    with pytest.raises(wire.WireError, match="gives no array"):
        tf.function(wire.encode).get_concrete_function(tf.TensorSpec([2]))


def test_tensors_of_keras_are_their_values_once_they_have_any():
    import keras

    assert crossed(keras.Variable([1.0, 2.0])).tolist() == [1, 2]
    assert crossed(keras.ops.convert_to_tensor([1, 2])).tolist() == [1, 2]
    with pytest.raises(wire.WireError, match="symbolic Keras tensor has no values"):
        wire.encode(keras.Input((3,)))


class _Tensor:
    """Behaves as one of PyTorch's that needs a gradient, in brain float, where PyTorch is not installed."""

    dtype = "torch.bfloat16"

    def __array__(self, dtype=None, copy=None):
        raise RuntimeError("Can't call numpy() on Tensor that requires grad.")

    def detach(self):
        return self

    def cpu(self):
        return self

    def float(self):
        return np.array([1, 2], "float32")


def test_a_tensor_of_pytorch_is_taken_from_its_graph(monkeypatch):
    monkeypatch.setattr(_Tensor, "__module__", "torch")
    assert crossed(_Tensor()).tolist() == [1, 2]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (itertools.count(), "more than 1,000,000 items"),
        (range(10**12), "more than 1,000,000 items"),
        (np.ndarray, "the class ndarray is no data"),
        (np.array([sys]), "'module' is no data"),
        (np.datetime64("2026-01-01"), "no plain data"),
    ],
)
def test_what_is_no_data_is_told(value, said):
    with pytest.raises(wire.WireError, match=said):
        wire.encode(value)

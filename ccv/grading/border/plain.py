"""What students return that is data in another dress: tensors, tables, queues, generators become arrays and lists.

This runs beside the student's code, so it may ask the student's objects; what it makes is checked again by `wire`.
"""

from __future__ import annotations

import io
import itertools
import sys
from collections import UserString
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from numbers import Complex, Integral, Rational, Real
from typing import Any

import numpy as np

from ccv.grading.border.frames import WireError

MOST_ITEMS = 10**6  # of a generator, which may never end, or a range


def as_plain(value: Any) -> Any:
    """Return a number, list, dictionary or array for a value of another type that means one; one level deep.

    Raises:
        WireError: it is no data, or has none yet.
    """
    _refuse_what_has_no_values(value)
    for kinds, make in _NUMBERS:
        if isinstance(value, kinds):
            return make(value)
    if _package(value) in _MAKERS:
        return _array(value, _MAKERS[_package(value)])
    if isinstance(value, np.ndarray) or hasattr(type(value), "__array__"):
        return _array(value, _from_numpy)
    if hasattr(type(value), "__array_interface__") or isinstance(value, memoryview):
        return _array(value, np.asarray)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, UserString):
        return str(value)
    if isinstance(value, Iterable) and not isinstance(value, io.IOBase):
        return materialized(iter(value))
    raise WireError(f"a value of type {type(value).__name__!r} is no data")


def settled(value: Any) -> Any:
    """Return the items of a generator, which can be read once only, and any other value as it is."""
    once = isinstance(value, Iterator) and not isinstance(value, io.IOBase)
    return materialized(value) if once else value


def materialized(items: Iterator) -> list:
    """The items of a generator, `zip`, `map` or the like.

    Raises:
        WireError: there are more than a million.
    """
    taken = list(itertools.islice(items, MOST_ITEMS + 1))
    if len(taken) > MOST_ITEMS:
        raise WireError(f"a {type(items).__name__} that gives more than {MOST_ITEMS:,} items; return an array")
    return taken


def _whole_or_not(value: Any) -> int | float:
    return int(value) if value == int(value) else float(value)


# The first that fits; NumPy's and Python's own numbers are known to `wire`.
_NUMBERS: tuple[tuple[Any, Callable[[Any], Any]], ...] = (
    (Integral, int),
    (Rational, _whole_or_not),
    (Decimal, lambda number: _whole_or_not(number) if number.is_finite() else float(number)),
    (Real, float),
    (Complex, complex),
)


def _package(value: Any) -> str:
    """The package that the class of a value comes from, which need not be loaded to ask."""
    return type(value).__module__.partition(".")[0]


def _refuse_what_has_no_values(value: Any) -> None:
    if isinstance(value, type):
        raise WireError(f"the class {value.__name__} is no data: make an object of it, or call it")
    if type(value).__name__ == "KerasTensor":
        raise WireError("a symbolic Keras tensor has no values yet: make a model of it, or call with arrays")


def _array(value: Any, make: Callable[[Any], Any]) -> Any:
    try:
        made = make(value)
    except WireError:
        raise
    except Exception as error:  # whatever a library says of a tensor that lives elsewhere, or not yet
        raise WireError(f"a value of type {type(value).__name__!r} gives no array: {error}") from None
    return _usual(made) if isinstance(made, np.ndarray) else made


def _usual(array: np.ndarray) -> Any:
    """A plain array; of Python objects and of records a list, of bfloat16 and its kin float32."""
    if isinstance(array, np.ma.MaskedArray):
        return np.ma.filled(array.astype(float), np.nan) if np.ma.is_masked(array) else np.asarray(array.data)
    if array.dtype.kind in "OT" or array.dtype.names:  # of records: tuples
        return array.tolist()
    if array.dtype.kind == "V" and np.can_cast(array.dtype, np.float32):
        return array.astype(np.float32)
    return np.asarray(array)


def _from_numpy(value: Any) -> Any:
    return value if isinstance(value, np.ndarray) else np.asarray(value)


def _from_torch(tensor: Any) -> Any:
    if not hasattr(tensor, "detach"):
        return list(tensor)  # torch.Size and the like
    tensor = tensor.detach().cpu()
    return np.asarray(tensor.float() if "bfloat16" in str(tensor.dtype) else tensor)


def _from_tensorflow(tensor: Any) -> Any:
    if hasattr(tensor, "to_list"):  # rows of different lengths
        return tensor.to_list()
    if hasattr(tensor, "as_list"):  # a shape
        return tensor.as_list()
    tensorflow = sys.modules["tensorflow"]
    if type(tensor).__name__ == "SparseTensor":
        tensor = tensorflow.sparse.to_dense(tensor)
    values = tensorflow.convert_to_tensor(tensor).numpy()
    return np.vectorize(bytes.decode, otypes=[object])(values).tolist() if tensor.dtype == "string" else values


_MAKERS: dict[str, Callable[[Any], Any]] = {
    "torch": _from_torch,
    "tensorflow": _from_tensorflow,
    "pandas": lambda table: table.to_numpy(),
    "polars": lambda table: table.to_numpy(),
    "scipy": lambda table: table.toarray(),
}

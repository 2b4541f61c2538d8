"""Data across the border between the student's process and the grader: JSON and npy, never pickle.

A message is parts of bytes (see `frames`): one JSON header, then one npy file per array. Both sides encode with the
same code, but only the decoder is trusted: it accepts exact built-in types and plain arrays and nothing else, so
an object with a clever `__eq__` cannot cross.
"""

from __future__ import annotations

import base64
import io
import json
import re
from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np

from ccv.grading.border.frames import MAX_MESSAGE_BYTES, Closed, TimedOut, WireError, receive, send
from ccv.grading.border.plain import as_plain

__all__ = ["MAX_MESSAGE_BYTES", "Closed", "TimedOut", "WireError", "decode", "encode", "is_keras_model"]
__all__ += ["receive", "send"]

MAX_HEADER_BYTES = 16 * 2**20  # JSON takes some twenty times its size once it is read
MAX_KEYS = 10_000  # of all sets and dictionaries together: keys that collide on purpose take quadratic time
MAX_DEPTH = 40
_PLAIN_KINDS = "biufcSU"  # bool, integers, floats, complex, bytes, text: no objects, no records
_NPY_1_0 = b"\x93NUMPY\x01\x00"
_NPY_HEADER = re.compile(
    rb"\{'descr': '([<>|][a-zA-Z][0-9]*)', 'fortran_order': (True|False), 'shape': \(([0-9, ]*)\),? ?\}[ ]*\n"
)


# ------------------------------------------------------------------------------------------------- values to parts


def encode(value: Any) -> list[bytes]:
    """Turn a value into message parts: JSON first, then one npy file per array.

    Raises:
        WireError: the value is no data (a function, a generator, an open file ...).

    >>> decode(encode({"map": np.eye(2), "size": (2, 2)}))["size"]
    (2, 2)
    """
    blobs: list[bytes] = []
    try:
        header = json.dumps(_pack(value, blobs, 0))
    except (ValueError, RecursionError) as error:
        raise WireError(f"the value cannot be sent: {error}") from None
    if len(header) > MAX_HEADER_BYTES:
        raise WireError(f"the result is larger than {MAX_HEADER_BYTES // 2**20} MB as text; return an array")
    return [header.encode(), *blobs]


def _pack(value: Any, blobs: list[bytes], depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise WireError(f"the value is nested more than {MAX_DEPTH} levels deep")
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str.__str__(value)  # of a member of an Enum of strings, `str` gives its name
    if isinstance(value, np.generic) and type(value.item()) in (bool, int, float, complex, str, bytes):
        return _pack(value.item(), blobs, depth)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value)
    if isinstance(value, complex):
        return {"complex": [value.real, value.imag]}
    if isinstance(value, bytes | bytearray):
        return {"bytes": base64.b64encode(value).decode("ascii")}
    for kind, tag in ((tuple, "tuple"), (list, "list"), (set, "set"), (frozenset, "set")):
        if isinstance(value, kind):
            return {tag: [_pack(item, blobs, depth + 1) for item in value]}
    if isinstance(value, dict):
        pairs = [[_pack(k, blobs, depth + 1), _pack(v, blobs, depth + 1)] for k, v in value.items()]
        return {"dict": pairs}
    if is_keras_model(value):
        return {"model": value.to_json(), "weights": [_pack_array(w, blobs) for w in value.get_weights()]}
    if type(value) is np.ndarray and value.dtype.kind in _PLAIN_KINDS:
        return _pack_array(value, blobs)
    plain = as_plain(value)
    return _pack_array(plain, blobs) if isinstance(plain, np.ndarray) else _pack(plain, blobs, depth + 1)


def _pack_array(array: np.ndarray, blobs: list[bytes]) -> dict[str, int]:
    if array.dtype.kind not in _PLAIN_KINDS:
        raise WireError(f"an array of dtype {array.dtype} is no plain data")
    if array.nbytes > MAX_MESSAGE_BYTES:
        raise WireError(f"the result is larger than {MAX_MESSAGE_BYTES // 2**20} MB")
    file = io.BytesIO()
    np.save(file, array, allow_pickle=False)
    blobs.append(file.getvalue())
    return {"array": len(blobs)}


def is_keras_model(value: Any) -> bool:
    """Whether a value is a Keras model; it asks the class, so that Keras need not be loaded."""
    return any(c.__name__ == "Model" and c.__module__.startswith("keras.") for c in type(value).__mro__)


# ------------------------------------------------------------------------------------------------- parts to values


def decode(parts: list[bytes]) -> Any:
    """Turn message parts back into a value of exact built-in types, plain arrays and Keras models.

    Raises:
        WireError: the message does not follow the format.
    """
    if not parts:
        raise WireError("an empty message")
    if len(parts[0]) > MAX_HEADER_BYTES:
        raise WireError(f"the result is larger than {MAX_HEADER_BYTES // 2**20} MB as text; return an array")
    try:
        return _Reader(parts).read(json.loads(parts[0].decode()), 0)
    except WireError:
        raise
    except Exception as error:  # whatever NumPy, json and Keras make of bytes that somebody forged
        raise WireError(f"a damaged message: {type(error).__name__}") from None


class _Reader:
    """One message while it is read; some things may be had from it only so often, whatever its header repeats."""

    def __init__(self, parts: list[bytes]):
        self._parts = parts
        self._unread = set(range(1, len(parts)))
        self._keys = MAX_KEYS
        self._allowance: Any = None  # of all its models together

    def read(self, item: Any, depth: int) -> Any:
        if depth > MAX_DEPTH + 1:
            raise WireError("a message nested too deep")
        if item is None or type(item) in (bool, int, float):
            return item
        if type(item) is str:
            item.encode()  # halves of characters, which no report could be written with, end here
            return item
        if type(item) is not dict or not item:
            raise _damaged()
        tag, body = next(iter(item.items()))
        if tag == "model":
            return self._model(body, [self._array(w["array"]) for w in _list(item["weights"])])
        if len(item) != 1:
            raise _damaged()
        if tag == "array":
            return self._array(body)
        if tag == "complex":
            return complex(*map(float, body))
        if tag == "bytes":
            return base64.b64decode(body.encode(), validate=True)
        if tag in ("set", "dict"):
            self._count_keys(len(_list(body)))
        if tag == "dict":
            return {self.read(k, depth + 1): self.read(v, depth + 1) for k, v in body}
        if tag not in _SEQUENCES:
            raise _damaged()
        return _SEQUENCES[tag]([self.read(one, depth + 1) for one in _list(body)])

    def _count_keys(self, count: int) -> None:
        self._keys -= count
        if self._keys < 0:
            raise WireError(f"sets and dictionaries of more than {MAX_KEYS:,} keys together; return an array")

    def _array(self, index: int) -> np.ndarray:
        if type(index) is not int or index not in self._unread:
            raise WireError("a message that names an array it does not carry, or one twice")
        self._unread.remove(index)
        return _unpack_array(self._parts[index])

    def _model(self, config: str, weights: list[np.ndarray]) -> Any:
        from ccv.grading.networks.rebuild import Allowance, rebuild_model

        self._allowance = self._allowance or Allowance()
        return rebuild_model(config, weights, self._allowance)


_SEQUENCES: dict[str, Callable[[list], Any]] = {"list": list, "tuple": tuple, "set": set}


def _list(body: Any) -> list:
    if type(body) is not list:
        raise _damaged()
    return body


def _damaged() -> WireError:
    return WireError("a damaged message")


def _unpack_array(part: bytes) -> np.ndarray:
    # NumPy's own reader takes every header that is Python, and longer for it than the rest of a short message.
    start = len(_NPY_1_0) + 2 + int.from_bytes(part[len(_NPY_1_0) :][:2], "little")
    header = _NPY_HEADER.fullmatch(part[len(_NPY_1_0) + 2 : start])
    if not part.startswith(_NPY_1_0) or header is None:
        raise WireError("an array in an unknown format")
    dtype, fortran_order = np.dtype(header[1].decode()), header[2] == b"True"
    shape = tuple(map(int, header[3].replace(b",", b" ").split()))
    # The header is the student's word; memory is only spent on bytes that are really there.
    data = part[start:]
    if dtype.kind not in _PLAIN_KINDS or prod(shape) * dtype.itemsize != len(data):
        raise WireError("an array whose header does not fit its data")
    if any(n > MAX_MESSAGE_BYTES for n in shape):
        raise WireError("an array with an axis that is too long")
    array = np.frombuffer(data, dtype) if data else np.empty(0, dtype)
    if dtype.kind == "b":
        array = np.frombuffer(data, np.uint8) != 0  # a bool that is neither 0 nor 1 equals nothing and everything
    if dtype.kind == "U":
        "".join(array.ravel().tolist()).encode()
    return array.reshape(shape, order="F" if fortran_order else "C").copy()

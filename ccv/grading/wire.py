"""Data across the border between the student's process and the grader: JSON and npy, never pickle.

A message is a frame of length-prefixed parts: one JSON header, then one npy file per array. Both sides encode with
the same code, but only the decoder is trusted: it accepts exact built-in types and plain arrays and nothing else, so
an object with a clever `__eq__` cannot cross.
"""

from __future__ import annotations

import base64
import io
import json
import socket
import struct
import time
from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np

MAX_MESSAGE_BYTES = 512 * 2**20
MAX_DEPTH = 40
_LENGTH = struct.Struct("!Q")
_PLAIN_KINDS = "biufcSU"  # bool, integers, floats, complex, bytes, text: no objects, no records


class WireError(Exception):
    """A value that cannot cross the border, or a message that does not follow the format."""


class Closed(WireError):
    """The other side has gone."""


class TimedOut(WireError):
    """The other side did not answer before the deadline."""


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
    return [header.encode("utf-8", "surrogatepass"), *blobs]


def _pack(value: Any, blobs: list[bytes], depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise WireError(f"the value is nested more than {MAX_DEPTH} levels deep")
    if value is None or isinstance(value, bool | str):
        return value if value is None or isinstance(value, bool) else str(value)
    if isinstance(value, np.generic) and value.dtype.kind in "biufcSU":
        return _pack(value.item(), blobs, depth)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value)
    if isinstance(value, complex):
        return {"complex": [value.real, value.imag]}
    if isinstance(value, bytes | bytearray):
        return {"bytes": base64.b64encode(value).decode("ascii")}
    for kind, tag in ((tuple, "tuple"), (list, "list"), (set, "set"), (frozenset, "set"), (range, "list")):
        if isinstance(value, kind):
            return {tag: [_pack(item, blobs, depth + 1) for item in value]}
    if isinstance(value, dict):
        pairs = [[_pack(k, blobs, depth + 1), _pack(v, blobs, depth + 1)] for k, v in value.items()]
        return {"dict": pairs}
    if is_keras_model(value):
        return {"model": value.to_json(), "weights": [_pack_array(w, blobs) for w in value.get_weights()]}
    if isinstance(value, np.ndarray):
        return _pack_array(value, blobs)
    if _is_tensor(value):
        return _pack_array(np.asarray(value), blobs)
    raise WireError(f"a value of type {type(value).__name__!r} is no data")


def _pack_array(array: Any, blobs: list[bytes]) -> dict[str, int]:
    array = np.asarray(array)
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


def _is_tensor(value: Any) -> bool:
    """Tensors and variables of any backend; their class names the package that they come from."""
    package = type(value).__module__.partition(".")[0]
    return package in {"tensorflow", "keras", "jax", "jaxlib", "torch"} and hasattr(value, "__array__")


# ------------------------------------------------------------------------------------------------- parts to values


def decode(parts: list[bytes]) -> Any:
    """Turn message parts back into a value of exact built-in types, plain arrays and Keras models.

    Raises:
        WireError: the message does not follow the format.
    """
    if not parts:
        raise WireError("an empty message")
    try:
        return _unpack(json.loads(parts[0].decode("utf-8", "surrogatepass")), parts, 0)
    except WireError:
        raise
    except (ValueError, TypeError, KeyError, IndexError, RecursionError, MemoryError, OverflowError) as error:
        raise WireError(f"a damaged message: {type(error).__name__}") from None


def _unpack(item: Any, parts: list[bytes], depth: int) -> Any:
    if depth > MAX_DEPTH + 1:
        raise WireError("a message nested too deep")
    if item is None or type(item) in (bool, int, float, str):
        return item
    if type(item) is not dict or not item:
        raise WireError("a damaged message")
    tag, body = next(iter(item.items()))
    if tag == "model":
        return _rebuild_model(body, [_unpack_array(w["array"], parts) for w in item["weights"]])
    if tag not in _UNPACK or len(item) != 1:
        raise WireError(f"a damaged message: {tag!r}")
    return _UNPACK[tag](body, parts, depth)


def _unpack_array(index: int, parts: list[bytes], _depth: int = 0) -> np.ndarray:
    if type(index) is not int or not 1 <= index < len(parts):
        raise WireError("a message that names an array it does not carry")
    file = io.BytesIO(parts[index])
    version = np.lib.format.read_magic(file)
    if version not in ((1, 0), (2, 0)):
        raise WireError("an array in an unknown format")
    read_header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, fortran_order, dtype = read_header(file)
    # The header is the student's word; memory is only spent on bytes that are really there.
    data = parts[index][file.tell() :]
    if dtype.kind not in _PLAIN_KINDS or any(n < 0 for n in shape) or prod(shape) * dtype.itemsize != len(data):
        raise WireError("an array whose header does not fit its data")
    array = np.frombuffer(data, dtype) if data else np.empty(0, dtype)
    return array.reshape(shape, order="F" if fortran_order else "C").copy()


def _sequence(kind: Callable) -> Callable:
    return lambda body, parts, depth: kind([_unpack(item, parts, depth + 1) for item in body])


def _unpack_dict(body: list, parts: list[bytes], depth: int) -> dict:
    return {_unpack(k, parts, depth + 1): _unpack(v, parts, depth + 1) for k, v in body}


_UNPACK: dict[str, Callable[[Any, list[bytes], int], Any]] = {
    "list": _sequence(list),
    "tuple": _sequence(tuple),
    "set": _sequence(set),
    "dict": _unpack_dict,
    "array": _unpack_array,
    "complex": lambda body, parts, depth: complex(*map(float, body)),
    "bytes": lambda body, parts, depth: base64.b64decode(body, validate=True),
}


def _rebuild_model(config: str, weights: list[np.ndarray]) -> Any:
    from ccv.grading.rebuild import rebuild_model

    return rebuild_model(config, weights)


# --------------------------------------------------------------------------------------------------------- frames


def send(connection: socket.socket, parts: list[bytes]) -> None:
    """Send one message: the number of parts, then each with its length in bytes."""
    connection.sendall(_LENGTH.pack(len(parts)))
    for part in parts:
        connection.sendall(_LENGTH.pack(len(part)))
        connection.sendall(part)


def receive(connection: socket.socket, timeout: float | None = None) -> list[bytes]:
    """Receive one message within `timeout` seconds.

    Raises:
        TimedOut: no whole message came in time.
        Closed: the other side went away first.
        WireError: the message is larger than `MAX_MESSAGE_BYTES`.
    """
    deadline = None if timeout is None else time.monotonic() + timeout
    count = _LENGTH.unpack(_read(connection, _LENGTH.size, deadline))[0]
    if count > 10_000:
        raise WireError("a message of too many parts")
    parts: list[bytes] = []
    total = 0
    for _ in range(count):
        size = _LENGTH.unpack(_read(connection, _LENGTH.size, deadline))[0]
        total += size
        if total > MAX_MESSAGE_BYTES:
            raise WireError(f"the result is larger than {MAX_MESSAGE_BYTES // 2**20} MB")
        parts.append(_read(connection, size, deadline))
    return parts


def _read(connection: socket.socket, size: int, deadline: float | None) -> bytes:
    data = bytearray()
    while len(data) < size:
        if deadline is not None:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimedOut("no answer in time")
            connection.settimeout(left)
        try:
            piece = connection.recv(min(size - len(data), 2**20))
        except TimeoutError:
            raise TimedOut("no answer in time") from None
        except OSError:
            raise Closed("the other side is gone") from None
        if not piece:
            raise Closed("the other side is gone")
        data += piece
    return bytes(data)

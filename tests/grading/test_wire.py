"""Data across the border: what may pass comes out equal and of exact types, and nothing else passes."""

import io
import json
import pickle
import socket

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from ccv.grading import wire

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary(max_size=20)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text() | st.integers(), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(deadline=None, max_examples=60)
@given(values)
def test_plain_values_come_back_equal_and_of_the_same_types(value):
    back = wire.decode(wire.encode(value))
    assert back == value
    assert type(back) is type(value)


@settings(deadline=None, max_examples=60)
@given(hnp.arrays(hnp.scalar_dtypes().filter(lambda d: d.kind in "biufc"), hnp.array_shapes(min_dims=0, min_side=0)))
def test_arrays_come_back_bit_for_bit(array):
    back = wire.decode(wire.encode(array))
    assert (back.dtype, back.shape) == (array.dtype, array.shape)
    assert back.tobytes() == np.ascontiguousarray(array).tobytes()


def test_numpy_scalars_and_subclasses_become_exact_types():
    class Liar(int):
        def __eq__(self, other):
            return True

        __hash__ = int.__hash__

    assert [type(v) for v in wire.decode(wire.encode([np.float64(1), np.int8(2), np.bool_(True), Liar(3)]))] == [
        float,
        int,
        bool,
        int,
    ]
    assert wire.decode(wire.encode(Liar(3))) != 55


@pytest.mark.parametrize("value", [lambda: 1, object(), iter([1]), np.array([object()]), io.StringIO(), type])
def test_what_is_no_data_is_refused(value):
    with pytest.raises(wire.WireError):
        wire.encode(value)


def test_endless_nesting_is_refused():
    loop = []
    loop.append(loop)
    with pytest.raises(wire.WireError, match="nested"):
        wire.encode(loop)


def npy(header: str, data: bytes = b"") -> bytes:
    text = header.encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + data


@pytest.mark.parametrize(
    "parts",
    [
        [],
        [b""],
        [b"\xff"],
        [b"[1, 2]"],
        [b'{"evil": 1}'],
        [b'{"array": 1}'],
        [b'{"array": 0}'],
        [b'{"array": true}', b""],
        [b'{"dict": [[{"list": []}, 1]]}'],
        [b'{"list": 5}'],
        [b'{"tuple": [], "list": []}'],
        [b"[" * 100_000],
        [b"1" * 5000],
        [b'{"array": 1}', pickle.dumps(np.eye(2))],
        [b'{"array": 1}', npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}", b"\x80\x04N.")],
        [b'{"array": 1}', npy("{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,)}", b"12345678")],
        [b'{"array": 1}', npy("{'descr': '<f8', 'fortran_order': False, 'shape': (-1,)}", b"12345678")],
        [b'{"array": 1}', npy("__import__('os').system('true')")],
        [b'{"model": "{}", "weights": []}'],
        [b'{"model": "not json", "weights": []}'],
    ],
)
def test_a_forged_message_is_an_error_and_nothing_else(parts):
    with pytest.raises(wire.WireError):
        wire.decode(parts)


def evil_model(class_name: str, module: str, config: dict | None = None, registered: str | None = None) -> list[bytes]:
    layer = {"class_name": class_name, "module": module, "config": config or {}, "registered_name": registered}
    model = {"class_name": "Sequential", "module": "keras", "config": {"layers": [layer]}, "registered_name": None}
    return [json.dumps({"model": json.dumps(model), "weights": []}).encode()]


@pytest.mark.parametrize(
    "parts",
    [
        evil_model("system", "os", {"command": "true"}),
        evil_model("Lambda", "keras.layers", {"function": {"class_name": "__lambda__", "config": {"value": "4wAAAA"}}}),
        evil_model("run", "subprocess"),
        evil_model("TFSMLayer", "keras.layers", {"filepath": "/"}),
        evil_model("Thing", "builtins", registered="student>Thing"),
        evil_model("Dense", "keras.layers", {"units": 10**12}),
    ],
)
def test_a_model_that_carries_code_or_a_bomb_is_refused(parts):
    with pytest.raises(wire.WireError):
        wire.decode(parts)


def test_a_message_over_the_limit_and_a_silent_partner():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        with pytest.raises(wire.TimedOut):
            wire.receive(ours, timeout=0.05)
        theirs.sendall((1).to_bytes(8, "big") + (wire.MAX_MESSAGE_BYTES + 1).to_bytes(8, "big"))
        with pytest.raises(wire.WireError, match="larger"):
            wire.receive(ours, timeout=1)
        theirs.close()
        with pytest.raises(wire.Closed):
            wire.receive(ours, timeout=1)

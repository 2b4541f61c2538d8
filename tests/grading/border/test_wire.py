"""Data across the border: what may pass comes out equal and of exact types, and nothing else passes."""

import contextlib
import enum
import io
import json
import pickle
import socket

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from ccv.grading.border import wire

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


@settings(deadline=None, derandomize=True, max_examples=60)
@given(values)
def test_plain_values_come_back_equal_and_of_the_same_types(value):
    back = wire.decode(wire.encode(value))
    assert back == value
    assert type(back) is type(value)


@settings(deadline=None, derandomize=True, max_examples=60)
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


@pytest.mark.parametrize("value", [lambda: 1, object(), np.array([object()]), io.StringIO(), type])
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
        [b'{"array": 1}', npy("{'descr': '<f8', 'fortran_order': False, 'shape': (0, 1000000000000)}")],
        [b'{"array": 1}', npy("{'descr': '<U1', 'fortran_order': False, 'shape': (1,)}", b"\xff\xff\xff\x7f")],
        [b'{"array": 1}', npy("{'descr': '<U1', 'fortran_order': False, 'shape': (1,)}", b"\x00\xd8\x00\x00")],
        [b'{"array": 1}', npy("{" * 300)],
        [b'"\\ud800"'],
        [b'{"list": {"a": 1}}'],
        [b'{"list": "text"}'],
        [b'{"bytes": 5}'],
        [b'{"set": ' + json.dumps([n * (2**61 - 1) for n in range(20_000)]).encode() + b"}"],
        [b'{"list": [' + b",".join([b'{"set": [' + b"1," * 998 + b"1]}"] * 11) + b"]}"],
        [b'{"list": [{"array": 1}, {"array": 1}]}', *wire.encode(np.eye(2))[1:]],
        [b'{"list": [' + b"1," * 2**23 + b"1]}"],
        [b'{"model": 5, "weights": []}'],
        [b'{"model": "{}", "weights": {}}'],
        [b'{"model": "{}", "weights": []}'],
        [b'{"model": "not json", "weights": []}'],
    ],
)
def test_a_forged_message_is_an_error_and_nothing_else(parts):
    with pytest.raises(wire.WireError):
        wire.decode(parts)


def test_a_bool_is_true_or_false_and_nothing_between():
    forged = [b'{"array": 1}', npy("{'descr': '|b1', 'fortran_order': False, 'shape': (2,)}", b"\x02\x00")]
    assert wire.decode(forged).tobytes() == b"\x01\x00"


def exact(value):
    if type(value) in (list, tuple, set):
        return all(map(exact, value))
    if type(value) is dict:
        return all(map(exact, value.items()))
    if type(value) is np.ndarray:
        return value.dtype.kind in "biufcSU"
    return value is None or type(value) in (bool, int, float, complex, str, bytes)


@settings(deadline=None, derandomize=True, max_examples=300)
@given(st.lists(st.binary(max_size=60), max_size=3))
def test_random_bytes_give_an_error_or_plain_data(parts):
    with contextlib.suppress(wire.WireError):
        assert exact(wire.decode(parts))


messages = st.recursive(scalars | st.just(np.eye(2)) | st.just(np.array(["ab"])), lambda v: st.lists(v, max_size=3))
edits = st.tuples(st.integers(0, 3), st.integers(0, 400), st.integers(0, 8), st.binary(max_size=8))


@settings(deadline=None, derandomize=True, max_examples=300)
@given(messages, st.lists(edits, min_size=1, max_size=4))
def test_a_damaged_message_gives_an_error_or_plain_data(value, changes):
    parts = wire.encode(value)
    for part, place, cut, inserted in changes:
        old = parts[part % len(parts)]
        start = place % (len(old) + 1)
        parts[part % len(parts)] = old[:start] + inserted + old[start + cut :]
    with contextlib.suppress(wire.WireError):
        assert exact(wire.decode(parts))


tags = st.sampled_from(["list", "tuple", "set", "dict", "array", "complex", "bytes", "model", "weights", "x"])
trees = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(tags, inner, max_size=2),
)


@settings(deadline=None, derandomize=True, max_examples=300)
@given(trees)
def test_any_json_gives_an_error_or_plain_data(tree):
    with contextlib.suppress(wire.WireError):
        assert exact(wire.decode([json.dumps(tree).encode(), *wire.encode(np.eye(2))[1:]]))


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
        evil_model("StringLookup", "keras.layers", {"vocabulary": "/etc/passwd"}),
        evil_model("get_file", "keras.utils", {"fname": "x", "origin": "http://localhost"}),
        evil_model("Dense", "keras.src.saving.serialization_lib"),
        evil_model("Dense", "kerasx.layers"),
        evil_model("Lambda", "keras.src.layers.core.lambda_layer"),
        evil_model("Dense", None),
        evil_model(["Dense"], "keras.layers"),
    ],
)
def test_a_model_that_carries_code_or_a_bomb_is_refused(parts):
    with pytest.raises(wire.WireError):
        wire.decode(parts)


@pytest.mark.parametrize("inputs", [2, 10**7])
def test_a_small_description_cannot_ask_for_large_memory(inputs):
    layers = [
        {"class_name": "InputLayer", "module": "keras.layers", "config": {"batch_shape": [None, inputs], "name": "i"}},
        {"class_name": "Dense", "module": "keras.layers", "config": {"units": 10**7, "name": "a"}},
        {"class_name": "Dense", "module": "keras.layers", "config": {"units": 10**7, "name": "b"}},
    ]
    model = {"class_name": "Sequential", "module": "keras", "config": {"name": "m", "layers": layers}}
    with pytest.raises(wire.WireError, match="weights do not fit"):
        wire.decode([json.dumps({"model": json.dumps(model), "weights": []}).encode()])


def layer(class_name, **config):
    return {"class_name": class_name, "module": "keras.layers", "config": config}


def described(*layers, shape=(8, 8, 3)):
    """A model as a student might forge it, without weights."""
    config = {"name": "m", "layers": [layer("InputLayer", batch_shape=[None, *shape]), *layers]}
    return {"class_name": "Sequential", "module": "keras", "config": config}


def sent(*models):
    """The message that carries models."""
    return [json.dumps({"list": [{"model": json.dumps(m), "weights": []} for m in models]}).encode()]


LARGER = layer("UpSampling2D", size=4)
TOIL = layer("AveragePooling2D", pool_size=15, strides=1, padding="same")
TINY = described(layer("Flatten"))


def test_what_an_exercise_may_need_is_let_through():
    assert wire.decode(sent(described(LARGER, LARGER)))[0].output_shape == (None, 128, 128, 3)
    assert wire.decode(sent(described(TINY, shape=(None, None, 3))))[0].output_shape[0] is None
    assert len(wire.decode(sent(*[TINY] * 8))) == 8


@pytest.mark.parametrize(
    ("models", "says"),
    [
        ([described(*[LARGER] * 6)], "too many for any exercise"),
        ([described(*[LARGER] * 3001)], "3,000 layers"),
        ([described(*[layer("Flatten")] * 200)], "10,000 calls"),  # which Keras would build 200 times
        ([described(*[LARGER] * 5, *[TOIL] * 16)], "100,000,000,000 multiplications"),
        ([described(LARGER, described(*[LARGER] * 4, TOIL, shape=(None, None, 3)), *[TOIL] * 15)], "multiplications"),
        ([described(*[LARGER] * 5, shape=(None, None, 3))], "too many for any exercise"),
        ([described(layer("TimeDistributed", layer=TINY), shape=(2, 8, 8, 3))], "cannot be rebuilt safely"),
        ([TINY] * 9, "8 models"),
        ([described(*[layer("Flatten")] * 40), described(*[layer("Flatten")] * 139)], "10,000 calls"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_model_that_would_toil_is_refused_before_it_does(models, says):
    with pytest.raises(wire.WireError, match=says):
        wire.decode(sent(*models))


def test_models_that_call_models_are_counted_call_by_call():
    import keras

    def twice(inner):
        model = keras.Input((4,))
        return keras.Model(model, inner(inner(model)))

    model = keras.layers.Activation("relu")
    for _ in range(5):
        model = twice(model)
    assert wire.decode(wire.encode(model)).output_shape == (None, 4)
    description = json.loads(model.to_json())
    for _ in range(20):  # by hand: Keras would take hours
        outer = json.loads(twice(keras.layers.Activation("relu", name="inner")).to_json())
        place = next(entry for entry in outer["config"]["layers"] if entry["class_name"] == "Activation")
        place |= {key: description[key] for key in ("module", "class_name", "registered_name")}
        place["config"] = description["config"] | {"name": "inner"}
        description = outer
    with pytest.raises(wire.WireError, match="10,000 calls"):
        wire.decode(sent(description))


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


def test_a_member_of_an_enum_of_strings_is_its_string():
    class Kind(str, enum.Enum):
        EDGE = "edge"

    assert wire.decode(wire.encode([Kind.EDGE])) == ["edge"]

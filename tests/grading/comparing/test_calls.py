"""Calls as code: what is short can be pasted and gives the same arguments, what is long is described."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from ccv.grading.comparing.calls import LONGEST_CALL, spell_call

RNG = np.random.default_rng(5)
PASTEABLE = [
    np.array([[1, -2], [3, 4]]),
    np.array([0.1, 1e-9, 1e9], "float32"),
    RNG.integers(0, 255, (2, 2, 3)).astype("uint8"),
    np.array([[True], [False]]),
    np.array(5),
    np.array(["X", "O"]),
    [(5, 1), (2, "b")],
    (3,),
    {"a": np.array([1.5]), 2: None},
    -0.5,
    "text",
]


@pytest.mark.parametrize("value", PASTEABLE, ids=str)
def test_a_short_call_gives_the_same_arguments_when_it_is_pasted(value):
    given_back = []
    code = spell_call("f", (value, 7), {"other": value})
    exec(code, {"np": np, "f": lambda *args, **kwargs: given_back.extend([*args, *kwargs.values()])})
    for came in (given_back[0], given_back[2]):
        assert type(came) is type(value)
        np.testing.assert_equal(came, value)
        assert not isinstance(value, np.ndarray) or came.dtype == value.dtype
    assert given_back[1] == 7


def test_long_numbers_are_rounded_before_an_array_is_only_described():
    image = RNG.normal(size=(5, 7))
    code = spell_call("f", (image,), {})
    assert len(code) <= LONGEST_CALL
    np.testing.assert_allclose(eval(code, {"np": np, "f": lambda x: x}), image, rtol=1e-3)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (np.zeros((32, 32, 1), "float32"), "f(<an array of shape (32, 32, 1), float32>)"),
        (np.zeros((0, 4)), "f(<an array of shape (0, 4), float64>)"),
        (np.array([np.nan]), "f(<an array of shape (1,), float64>)"),
    ],
)
def test_what_cannot_be_written_is_described(value, said):
    assert spell_call("f", (value,), {}) == said


@settings(deadline=None, derandomize=True, max_examples=60)
@given(st.lists(hnp.arrays(hnp.scalar_dtypes(), hnp.array_shapes(max_dims=3)) | st.text() | st.integers(), max_size=4))
def test_no_call_is_too_long(arguments):
    assert len(spell_call("f", tuple(arguments), {})) <= LONGEST_CALL

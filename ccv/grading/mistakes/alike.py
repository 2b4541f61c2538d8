"""Whether two answers are the same, whatever they are: how a wrong answer is held beside the known mistakes."""

from __future__ import annotations

from typing import Any

import numpy as np

from ccv.grading.border.wire import is_keras_model
from ccv.grading.comparing.arrays import as_array
from ccv.grading.comparing.compare import TOLERANCE, assert_same
from ccv.grading.comparing.difference import Different
from ccv.grading.networks.architecture import network_difference
from ccv.grading.networks.network import read_network

_FEWEST_DIGITS = 3
_FEW = 8  # things of their own in a tuple or list, each to its own precision; more are one row of numbers


def same(a: Any, b: Any, tolerance: float = TOLERANCE) -> bool:
    """Whether two answers are the same data: numbers and arrays within `tolerance`, models layer by layer."""
    if is_keras_model(a) or is_keras_model(b):
        return is_keras_model(a) and is_keras_model(b) and _same_network(a, b)
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k], tolerance) for k in a)
    if isinstance(a, list | tuple) and isinstance(b, list | tuple) and (len(a) <= _FEW or not _numeric(a)):
        return len(a) == len(b) and all(same(x, y, tolerance) for x, y in zip(a, b, strict=True))
    if isinstance(a, str) or isinstance(b, str) or a is None or b is None:
        return type(a) is type(b) and a == b
    try:
        assert_same(a, as_array(b, ""), tolerance=tolerance)
    except Different:
        return False
    return True


def is_rounded(value: Any, exact: Any) -> bool:
    """Whether a number is another one as somebody would write it down, with three digits or more.

    >>> is_rounded(58.13, 58.12686), is_rounded(58.12, 58.12686), is_rounded(58, 58.12686)
    (True, False, False)
    """
    if type(value) is not float or not isinstance(exact, int | float):
        return False
    digits, _, decimals = repr(value).lstrip("-0.").partition(".")
    return len(digits + decimals) >= _FEWEST_DIGITS and round(exact, len(repr(value).partition(".")[2])) == value


def form_of(value: Any) -> Any:
    """What a value is made of, whatever its numbers: containers, types and the dtypes of arrays."""
    if isinstance(value, np.ndarray):
        return value.dtype.str
    if isinstance(value, list | tuple):
        return type(value), [form_of(item) for item in value]
    if isinstance(value, dict):
        return {key: form_of(item) for key, item in value.items()}
    return type(value)


def _numeric(values: Any) -> bool:
    try:
        as_array(values, "")
    except Different:
        return False
    return True


def _same_network(a: Any, b: Any) -> bool:
    """Whether two models are the same network; of those that do not know their inputs yet, the layers count."""
    read = [_network_of(model) for model in (a, b)]
    if None in read:
        return read == [None, None] and [*map(type, a.layers)] == [*map(type, b.layers)]
    return network_difference(a, b) is None


def _network_of(model: Any) -> Any:
    """The blocks of a model, None where nobody can tell them."""
    try:
        return read_network(model)
    except AssertionError:
        return None

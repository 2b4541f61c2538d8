"""Errors of Python and NumPy: the pattern of a message, and what it says about the mistake; the first that fits."""

from __future__ import annotations

import re
from collections.abc import Callable

# A text, or what makes one of the message that was found and the line of code: an empty one where another row fits.
Saying = str | Callable[[re.Match, str], str]
Table = tuple[tuple[str, Saying], ...]


def _product(found: re.Match, _: str) -> str:
    return (
        f"a matrix product sums over an axis that both sides share, and here it is {found['left']} long on the left "
        f"and {found['right']} on the right: is one of them the wrong way round, or are numbers to be multiplied "
        "one by one, with `*`?"
    )


def _in_place(found: re.Match, code: str) -> str:
    return _written(found, code) if re.search(r"[-+*/]=", code) else ""  # `np.where` takes three arrays, too


def _written(found: re.Match, _: str) -> str:
    return (
        f"what is written has the shape {found['made']}, and the place for it {found['place']}: is one of them cut off "
        "at an edge, or are the axes in another order?"
    )


def _one_truth(_: re.Match, code: str) -> str:
    if chooser := re.search(r"(?<![\w.])(max|min)\(", code):  # Python's own, not np.max
        return f"Python's `{chooser[1]}` compares whole arrays: `np.{chooser[1]}imum` takes them number by number"
    return (
        "`if`, `and`, `or`, `not`, `max` and `min` want one truth value, and this is an array of many: `&`, `|`, `~`, "
        "`np.maximum` and `np.minimum` take them one by one"
    )


_A_NUMBER = "a single number stands where several things are needed: `(n,)` is a tuple, a loop goes over `range(n)`"
_NO_ARRAY = (
    "a list, a tuple or a text is no array: it cannot be calculated with, and has no axes; `np.asarray` makes an array "
    "of a list, and `a, b = ...` takes a tuple apart"
)
_NO_INDEX = "an index is a whole number: `/` gives a float, and so does an array of floats; `int` and `//` do not"
PYTHON: Table = (
    (
        r"values to unpack \(expected (\d+)",
        lambda m, _: f"the code counts on exactly {m[1]} things here: may there be fewer of them, or more?",
    ),
    (r"\(size (?P<right>\d+) is different from (?P<left>\d+)\)", _product),
    (r"not aligned: (?P<left>\d+) \(dim \d\) != (?P<right>\d+) \(dim \d\)", _product),
    (r"broadcast together with shapes (?P<place>\([^)]*\)) (?P<made>\([^)]*\)) (?P=place)", _in_place),
    (r"output operand with shape (?P<place>\([^)]*\)) doesn't match the broadcast shape (?P<made>\([^)]*\))", _written),
    (r"could not broadcast input array from shape (?P<made>\([^)]*\)) into shape (?P<place>\([^)]*\))", _written),
    (
        r"could not be broadcast together with shapes ([^)]*\) \([^)]*\))",
        lambda m, _: (
            "one by one, numbers meet only where the axes are equally long, or 1, counted from the last axis: of "
            f"{' and '.join(m[1].split(' '))} they are not"
        ),
    ),
    (
        r"'(?:numpy\.)?(?:int|float)\d*' object is not (?:iterable|subscriptable)|invalid index to scalar variable|"
        r"object of type '(?:numpy\.)?(?:int|float)\d*' has no len",
        _A_NUMBER,
    ),
    (
        "NoneType",
        "something is None here: an argument that may be None, what a function without a `return` gives, or the length "
        "of an axis that is not known",
    ),
    (
        r"index 255 is out of bounds",
        "in a mask 255 is no class, but says that nobody knows: leave those pixels out before you count",
    ),
    (
        r"index -\d+ is out of bounds",
        "an index below 0 counts from the end, and this one lies before the beginning: was this place to be left out?",
    ),
    (
        r"is out of bounds for axis \d with size (\d+)",
        lambda m, _: f"this axis has {m[1]} place{'s' * (m[1] != '1')}, counted from 0: does the code count on more?",
    ),
    (
        r"(?:list|tuple) index out of range",
        "the code asks for an item that is not there: does it count on more of them than there may be?",
    ),
    (
        r"boolean index did not match .* (?:of axis|dimension) is (\d+) but .*boolean (?:axis|dimension) is (\d+)",
        lambda m, _: (
            "True and False choose along an axis that has as many places as there are of them, and here it has "
            f"{m[1]} and they are {m[2]}: were they made along another axis?"
        ),
    ),
    (
        r"too many indices for array: array is (\d+)-dimensional, but (\d+) were indexed",
        lambda m, _: (
            f"a place along {m[2]} axes is asked for, and this array has {m[1]}: has one been lost on the way, by an "
            "index, a sum or a mean?"
        ),
    ),
    (
        r"axis -?\d+ is out of bounds for array of dimension (\d+)",
        lambda m, _: f"axes are counted from 0, and this array has {m[1]}: has one been lost on the way?",
    ),
    (
        r"(?:max|min)\(\) (?:arg|iterable argument) is (?:an )?empty|arg(?:max|min) of an empty sequence|"
        r"zero-size array to reduction operation",
        "there may be nothing to choose from: what is the answer then?",
    ),
    (r"need at least one array to", "there may be nothing to join: what is the answer then?"),
    (
        r"'(?:numpy\.)?float\d*' object cannot be interpreted as an integer",
        "a whole number is needed here: `/` gives a float even where nothing is left over, `//` does not",
    ),
    (
        r"indices must be integers or slices, not float|slice indices must be integers|are valid indices$|"
        r"arrays used as indices must be of integer",
        _NO_INDEX,
    ),
    (
        r"only integer scalar arrays can be converted to a scalar index",
        "an array stands where one whole number is needed, as a size, an index or an axis: `np.concatenate` and "
        "`np.stack` take the arrays in one list",
    ),
    (
        r"(?:0-dimensional|size-1|length-1) arrays can be converted to Python scalars",
        "one number is needed here, and this is an array of several: `math`, `float` and `int` take one at a time, "
        "NumPy's own functions all of them",
    ),
    (
        r"operand type\(s\) for .*'(?:list|tuple)'|can only concatenate (?:list|tuple)|can't multiply sequence by|"
        r"'(?:list|tuple)' object has no attribute '(?:shape|ndim|size|T|sum|mean|reshape|ravel)'|"
        r"(?:list|tuple) indices must be integers or slices, not tuple",
        _NO_ARRAY,
    ),
    (
        r"cannot reshape array of size (\d+) into shape (\([^)]*\))",
        lambda m, _: (
            f"{m[1]} number{'s' * (m[1] != '1')} cannot be laid out as {m[2].replace('newaxis', '-1')}: the lengths of "
            f"the axes, multiplied, have to be {m[1]}"
        ),
    ),
    ("truth value of an array", _one_truth),
    (
        r"along dimension (\d+), the array at index \d+ has size (\d+) and the array at index \d+ has size (\d+)",
        lambda m, _: (
            "arrays that are joined along one axis are equally long along all others, and along axis "
            f"{m[1]} these are {m[2]} and {m[3]} long: was another axis meant, or is one of them cut wrongly?"
        ),
    ),
    (
        r"same number of dimensions, but the array at index \d+ has (\d+) \S+ and the array at index \d+ has (\d+)",
        lambda m, _: f"arrays that are joined have equally many axes, and these have {m[1]} and {m[2]}",
    ),
    (
        r"all input arrays must have the same shape",
        "arrays that are stacked have one shape, and some of these are larger: is one of them cut off at an edge?",
    ),
    (
        r"(?:division|modulo) by zero",
        "what it is divided by is 0 here: what should the answer be then?",
    ),
    (
        r"Cannot cast ufunc '\w+' output from dtype\('float\d+'\) to dtype\('u?int\d+'\)",
        "an array of whole numbers has no room for fractions: make it one of floats first",
    ),
    (r"inhomogeneous shape", "these rows have different lengths, so they make no array"),
    (
        r"setting an array element with a sequence",
        "one place of an array holds one number, and here it gets several: is a sum missing, or an index?",
    ),
    (
        r"cannot convert float (?:NaN|infinity) to integer",
        "this number is not finite: has something been divided by 0, or taken from nothing?",
    ),
    (
        r"cannot access local variable '(\w+)'|local variable '(\w+)' referenced before",
        lambda m, _: f"`{m[1] or m[2]}` gets a value in some of the cases only, and this is not one of them",
    ),
)

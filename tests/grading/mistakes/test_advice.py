"""An error of the student's code is told in a line, with the sentence that says what such an error means."""

import numpy as np
import pytest

from ccv.grading import failures
from ccv.grading.border.replies import judge_reply, telling
from ccv.grading.explain import explain
from ccv.grading.mistakes.advice import advice, gist


def said_by(code, **names):
    with pytest.raises(Exception) as caught:  # whichever library it comes from
        exec(code, {"np": np, **names})
    return advice(str(caught.value))


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("a, b = ()", "the code counts on exactly 2 things here"),
        ("a, b = 1, 2, 3", "the code counts on exactly 2 things here"),
        ("np.ones((4, 2)) @ np.ones((3, 5))", "here it is 2 long on the left and 3 on the right"),
        ("np.dot(np.ones((4, 2)), np.ones(3))", "here it is 2 long on the left and 3 on the right"),
        ("np.ones((4, 2)) + np.ones(3)", "of (4,2) and (3,) they are not"),
        ("for n in 5: pass", "`(n,)` is a tuple, a loop goes over `range(n)`"),
        ("None + 1", "what a function without a `return` gives"),
        ("np.ones(1)[1]", "this axis has 1 place, counted from 0"),
        ("np.ones(1)[-2]", "an index below 0 counts from the end"),
        ("a, b = None", "an argument that may be None"),
        ("[][0]", "the code asks for an item that is not there"),
        ("max([])", "there may be nothing to choose from"),
        ("np.argmax([])", "there may be nothing to choose from"),
        ("np.zeros(0).min()", "there may be nothing to choose from"),
        ("np.stack([])", "there may be nothing to join"),
        ("range(4 / 2)", "`/` gives a float even where nothing is left over"),
        ("np.ones(3)[4 / 2]", "an index is a whole number"),
        ("a = [1, 2, 3]\na[4 / 2]", "an index is a whole number"),
        ("np.ones(3)[: 4 / 2]", "an index is a whole number"),
        ("np.concatenate(np.ones(2), np.ones(2))", "take the arrays in one list"),
        ("np.concatenate([np.ones((2, 2)), np.ones(2)])", "equally many axes, and these have 2 and 1"),
        ("np.ones((5, 2))[np.ones(2, bool)]", "here it has 5 and they are 2: were they made along another axis?"),
        ("np.ones(3)[0, 1]", "a place along 2 axes is asked for, and this array has 1"),
        ("np.ones(3).sum(axis=1)", "axes are counted from 0, and this array has 1"),
        ("len(np.float64(3))", "a single number stands where several things are needed"),
        ("np.float64(3)[0]", "a single number stands where several things are needed"),
        ("float(np.ones(3))", "`math`, `float` and `int` take one at a time"),
        ("[1, 2] - np.float64(1) * None", "something is None here"),
        ("[1, 2] - [1, 2]", "`np.asarray` makes an array of a list"),
        ("a = [[1, 2]]\na[0, 1]", "`np.asarray` makes an array of a list"),
        ("[1].shape", "`np.asarray` makes an array of a list"),
        ("(1, 2) * 0.5", "`a, b = ...` takes a tuple apart"),
        ("(1, 2) + 1", "`a, b = ...` takes a tuple apart"),
        ("np.ones(12).reshape(5, -1)", "12 numbers cannot be laid out as (5,-1)"),
        ("np.zeros((2, 3))[0] = np.ones(4)", "what is written has the shape (4,), and the place for it (3,)"),
        ("a = np.zeros((4, 4))\na[3:5, :2] += np.ones((2, 2))", "the shape (2,2), and the place for it (1,2)"),
        ("np.zeros(3)[0] = [1, 2]", "one place of an array holds one number"),
        ("int(np.nan)", "this number is not finite"),
        ("if np.ones(2) > 0: pass", "want one truth value"),
        ("np.ones(2)[255]", "in a mask 255 is no class"),
        ("np.concatenate([np.ones((4, 2)), np.ones((4, 3))])", "along axis 1 these are 2 and 3 long"),
        ("np.stack([np.ones(2), np.ones(3)])", "is one of them cut off at an edge?"),
        ("1 / 0", "what it is divided by is 0 here"),
        ("1 % 0", "what it is divided by is 0 here"),
        ("n = np.ones(2, int)\nn += 0.5", "make it one of floats first"),
        ("np.array([[1], [2, 3]])", "these rows have different lengths"),
        ("def f():\n if 0: x = 1\n return x\nf()", "`x` gets a value in some of the cases only"),
    ],
)
def test_python_and_numpy(code, says):
    assert says in said_by(code)


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("layers.Concatenate()([layers.MaxPooling2D()(x), x])", "the same height and width"),
        ("layers.Concatenate(axis=1)([x, layers.Conv2D(2, 1)(x)])", "join them along the channels, the last axis"),
        ("layers.Add()([x, layers.Conv2D(2, 1)(x)])", "the channels differ here: 4 and 2"),
        ("layers.Add()([x, layers.MaxPooling2D()(x)])", "height and width differ here"),
        ("layers.Conv2D(3, kernel_size=32)(x)", "a window of 32x32 does not fit on maps of 6x6"),
        ("layers.MaxPooling2D(7)(x)", "a window of 7x7 does not fit on maps of 6x6"),
        ("layers.Conv2D(3, 3)(keras.Input((None, 6, 6, 4)))", "adds that of the batch itself"),
        ("np.maximum(x, 0)", "these maps have no numbers yet"),
        (
            "net = keras.Sequential([keras.Input((3,)), layers.Dense(5)])\n"
            "net.compile('sgd', 'mse')\nnet.fit(np.ones((8, 3)), np.ones(8), verbose=0)",
            "for labels that are whole numbers there is a sparse cross-entropy",
        ),
    ],
)
def test_keras(code, says):
    import keras

    assert says in said_by(code, keras=keras, layers=keras.layers, x=keras.Input((6, 6, 4)))


def test_the_line_says_whether_three_shapes_are_one_place_and_what_is_written():
    message = "operands could not be broadcast together with shapes (2,3) (3,3) (2,3)"
    assert "what is written has the shape (3,3), and the place for it (2,3)" in advice(message, "a[2:5] += stamp")
    assert "of (2,3) and (3,3) they are not" in advice(message, "np.where(a, b, c)")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("max(1 - far, 0)", "Python's `max` compares whole arrays: `np.maximum` takes them number by number"),
        ("min(far, 1)", "Python's `min` compares whole arrays: `np.minimum` takes them number by number"),
        ("np.max(far) if far > 0 else 0", "this is an array of many: `&`, `|`, `~`"),
    ],
)
def test_the_line_says_who_asked_for_one_truth_value(line, says):
    with pytest.raises(ValueError, match="truth value") as caught:
        eval(line, {"np": np, "far": np.ones(3)})
    assert says in advice(str(caught.value), line)


def test_what_is_unknown_has_no_advice():
    assert advice("my own complaint") == ""
    assert gist("two\nlines of the student's own") == "two\nlines of the student's own"


def test_the_advice_stands_below_the_error():
    reply = {"status": "error", "type": "ValueError", "message": "not enough values to unpack (expected 2, got 0)"}
    with pytest.raises(failures.Failed) as caught:
        judge_reply("area", reply | {"line": 3, "text": ""})
    _, said, _ = explain(caught.value, "area", [])
    first, second = said.split("\n")
    assert first.endswith("(expected 2, got 0) (line 3)")
    assert second == "→ the code counts on exactly 2 things here: may there be fewer of them, or more?"


def test_none_among_the_arguments_says_more_than_the_error():
    with pytest.raises(failures.Failed) as caught, telling("area", (3, None), {}):
        raise failures.Failed("`area` raised ValueError", advice("cannot reshape array of size 1 into shape (4,)"))
    said = explain(caught.value, "area", [])[1]
    assert said.endswith("`area(3, None)`\n→ an argument is None in this call: has that case an answer of its own?")


@pytest.mark.parametrize("message", ["raised NameError: name 'sise'", "raised TypeError: takes 1 argument"])
def test_what_has_to_do_with_names_keeps_its_own_advice(message):
    with pytest.raises(failures.Failed) as caught, telling("area", (3, None), {}):
        raise failures.Failed(f"`area` {message}", "its own")
    assert caught.value.advice == "its own"

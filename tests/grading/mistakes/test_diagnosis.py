"""A mistake is named only where one known mistake explains all that was seen, and nothing else does."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from ccv.grading import check_live, grade
from ccv.grading.border import wire
from ccv.grading.mistakes.diagnosis import Diagnosis
from ccv.grading.mutants import Mutant


def call(*args, result):
    return SimpleNamespace(driver=None, arguments=wire.encode((args, {})), result=result)


def right(n):
    return n * n


TWICE = Mutant("x", "doubled, not squared", lambda n: 2 * n)
PLUS = Mutant("x", "two are added", lambda n: n + 2)
SHORT = Mutant("x", "rounded", lambda n: round(n * n, 6))


def test_a_mutant_must_explain_the_checks_before_too():
    answers = [call(3, result=9), call(2, result=4)]
    assert Diagnosis([TWICE], right).name([call(5, result=10)]) == TWICE.says
    assert Diagnosis([TWICE], right).name([call(5, result=10)], seen=answers) is None
    assert Diagnosis([TWICE], right).name([call(5, result=10)], seen=answers[1:]) == TWICE.says


def test_what_a_later_check_contradicts_is_not_said_of_an_earlier_one():
    first, second = [call(5, result=10)], [call(6, result=11)]
    assert Diagnosis([TWICE], right).name(first, seen=first + second) is None
    many = [call(n, result=2 * n) for n in (5, 6, 7)]  # however many there are
    assert Diagnosis([TWICE], right).name(many, seen=[*many, call(9, result=0)]) is None


def test_a_mistake_in_some_of_the_cases_is_named_where_all_others_are_right():
    known, some = [TWICE, PLUS], [call(n, result=2 * n) for n in (5, 7, 9)]
    rights = [call(n, result=n * n) for n in (4, 6, 8)]
    assert Diagnosis(known, right).name(some, seen=rights) == f"in some of the cases: {TWICE.says}"
    assert Diagnosis(known, right).name(some[:2], seen=rights) is None  # two numbers may be chance
    assert Diagnosis(known, right).name([*some, call(10, result=12)], seen=rights) is None


def test_a_mistake_in_most_of_the_cases_is_named_where_its_numbers_are_no_chance():
    wrong = [call(n, result=2 * n) for n in (5.3, 7.2, 9.6)]
    edge, nothing = call(10.5, result=99.5), [call(n, result=np.nan) for n in (11.5, 12.5)]
    said = f"in some of the cases: {TWICE.says}"
    assert Diagnosis([TWICE, PLUS], right).name([*wrong, edge]) == said
    assert Diagnosis([TWICE, PLUS], right).name([*wrong, *nothing]) == said  # divided by zero, beside the mistake
    assert Diagnosis([TWICE, PLUS], right).name([wrong[0], edge, call(8.5, result=3.5)]) is None
    assert Diagnosis([TWICE], right).name([*(call(n, result=2 * n) for n in (5, 7, 9)), call(10, result=99)]) is None


def test_two_mutants_that_fit_alike_name_nothing_unless_they_say_the_same():
    both = [call(2, result=4), call(2.0, result=4.0)]
    assert Diagnosis([TWICE, PLUS]).name(both) is None
    assert Diagnosis([TWICE, Mutant("x", TWICE.says, PLUS.answer)]).name(both) == TWICE.says
    assert Diagnosis([TWICE, PLUS]).name([*both, call(3, result=5)]) == PLUS.says


def test_of_two_that_fit_the_one_that_agrees_in_every_digit_is_named():
    near = Mutant("x", "a little more", lambda n: 2 * n + 1e-9)
    assert Diagnosis([near, TWICE]).name([call(7, result=14.0)]) == TWICE.says


def test_what_is_right_within_the_tolerance_has_no_mistake():
    rounded = float(np.float32(right(1.1)))
    assert Diagnosis([SHORT], right).name([call(1.1, result=rounded)]) is None
    assert Diagnosis([Mutant("x", "five", 5.0), Mutant("x", "six", 6)], 6.0).name([], value=6.000001) is None
    assert Diagnosis([Mutant("x", "five", 5.0)], 6.0).name([], value=5) == "five"


@pytest.mark.parametrize("result", [None, [4], "4", np.array([[4]]), {}, True, (4, 4)])
def test_what_has_another_form_is_no_known_mistake(result):
    assert Diagnosis([TWICE, PLUS], right).name([call(2, result=result)]) is None


@pytest.fixture
def lab(tmp_path):
    folder = tmp_path / "00_pairs"
    folder.mkdir()
    (folder / "00_pairs.py").write_text("def swap(a, b):\n    return b, a\n\n\ndef half(n):\n    return n / 2\n")
    (folder / "mutants.py").write_text(
        "from ccv.grading import mutant\n\n\n"
        "@mutant('swap', 'they stay as they are')\ndef stays(a, b):\n    return a, b\n\n\n"
        "@mutant('half', 'the rest is lost')\ndef whole(n):\n    return n // 2\n"
    )
    (folder / "test_00_pairs.py").write_text(
        "import pytest\n\n\n"
        "@pytest.mark.exercise('swap')\ndef test_alike(answer):\n    assert type(answer(4, 4)) is tuple, 'pair'\n\n\n"
        "@pytest.mark.exercise('swap')\ndef test_swap(answer):\n    assert answer(1, 2) == (2, 1)\n\n\n"
        "@pytest.mark.exercise('half')\ndef test_even(answer):\n    assert answer(4) == 2, 'half of 4'\n\n\n"
        "@pytest.mark.exercise('half')\ndef test_odd(answer):\n    assert answer(5) == 2.5\n"
    )
    return folder


def messages(lab, tmp_path, source):
    """What the file's sheet and the open notebook's say, which must be the same."""
    path = tmp_path / "handed_in.ipynb"
    path.write_text(json.dumps({"cells": [{"cell_type": "code", "source": source}]}))
    namespace = {}
    exec(source, namespace)
    file, live = (
        {e.name: e.message for e in s.exercises} for s in (grade(lab, path), check_live(lab, namespace, None))
    )
    return file, live


def test_the_failing_call_can_be_pasted_and_the_mistake_is_named(lab, tmp_path):
    for said in messages(lab, tmp_path, "def swap(a, b):\n    return a, b\n\ndef half(n):\n    return n // 2"):
        assert said["swap"] == "`swap(1, 2)` gives (1, 2), which is not right\n→ they stay as they are"
        assert said["half"] == "`half(5)` gives 2, which is not right\n→ the rest is lost"


def test_a_wrong_type_and_another_mistake_are_not_given_the_name_of_a_known_one(lab, tmp_path):
    source = "def swap(a, b):\n    return [b, a]\n\ndef half(n):\n    return n // 2 + (n == 4)"
    for said in messages(lab, tmp_path, source):
        assert said["swap"] == "pair\n`swap(1, 2)` gives [2, 1], which is not right"
        assert said["half"] == "half of 4\n`half(5)` gives 2, which is not right"


def test_all_checks_are_seen_before_a_mistake_is_named(lab, tmp_path):
    """Half of 4 less one may be many things; with half of 5 it is clear, and said once of both."""
    source = "def swap(a, b):\n    return b, a\n\ndef half(n):\n    return n / 2 - 1"
    for said in messages(lab, tmp_path, source):
        assert said["half"].count("\n→ every wrong number is 1 too small") == 1


def test_an_error_is_told_with_its_line_and_the_call(lab, tmp_path):
    source = "def swap(a, b):\n    c = a[0]\n    return b, c\n\ndef half(n):\n    return object()"
    file, _ = messages(lab, tmp_path, source)
    raised = "`swap` raised TypeError: 'int' object is not subscriptable (cell 1, line 2: `c = a[0]`)"
    assert file["swap"].startswith(raised)
    assert "The call: `swap(4, 4)`" in file["swap"]
    assert file["half"] == (
        "`half` gives an answer that cannot be judged: a value of type 'object' is no data\nThe call: `half(4)`"
    )


ENDS = """
# %%
import numpy as np
# %%
def ends(x):
    ### BEGIN SOLUTION
    return np.stack([x[:2], x[-2:]])
    ### END SOLUTION
"""
CHECKS_OF_ENDS = """
import numpy as np
import pytest

IN_ANY_ORDER = ("ends",)

@pytest.mark.exercise("ends")
def test_ends(answer, reference, rng):
    for n in (5, 8):
        x = rng.permutation(n)
        mine = sorted(np.asarray(answer(x)).tolist())
        assert mine == sorted(reference(x).tolist()), "the ends"
"""
MUTANTS_OF_ENDS = """
import numpy as np
from ccv.grading import mutant

@mutant("ends", "they are turned round")
def turned(x):
    return np.stack([x[:2], x[-2:]])[:, ::-1]
"""


def test_answers_in_any_order_have_the_names_of_their_mistakes_in_any_order(tmp_path):
    """Numbers in another order would be no mistake where any order is right."""
    folder = tmp_path / "00_ends"
    folder.mkdir()
    files = {"00_ends.py": ENDS, "test_00_ends.py": CHECKS_OF_ENDS, "mutants.py": MUTANTS_OF_ENDS}
    for name, text in files.items():
        (folder / name).write_text(text)
    namespace = {"ends": lambda x: np.stack([x[-2:][::-1], x[:2][::-1]])}
    assert check_live(folder, namespace, None).exercises[0].message == "the ends\n→ they are turned round"

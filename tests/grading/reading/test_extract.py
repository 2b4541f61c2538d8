"""Which statements an exercise needs, in which order, whatever state the notebook is in."""

import ast

import pytest

from ccv.grading.reading.extract import Definitions


def needed(name, *cells):
    return [ast.unparse(s.node) for s in Definitions(list(cells)).needed(name)]


def run(name, *cells):
    namespace = {}
    for statement in Definitions(list(cells)).needed(name):
        exec(compile(ast.Module([statement.node], []), "<cell>", "exec"), namespace)
    return namespace[name]


CELLS = (
    "import math",
    "SCALE = 3",
    "def helper(x):\n    return SCALE * x",
    "def answer(x):\n    return helper(math.floor(x))",
)


@pytest.mark.parametrize("cells", [CELLS, CELLS[::-1], CELLS + CELLS, (CELLS[3], *CELLS)], ids=str)
def test_order_and_duplicates_do_not_matter(cells):
    assert run("answer", *cells)(2.5) == 6


def test_nothing_else_is_run():
    cells = [*CELLS, "raise SystemExit", "history = train_for_hours()", "answer(1)", "print('plot')"]
    assert needed("answer", *cells) == needed("answer", *CELLS)


def test_a_local_name_does_not_pull_a_global_of_the_same_name():
    assert needed("f", "history = slow()", "def f():\n    history = 1\n    return history") == [
        "def f():\n    history = 1\n    return history"
    ]


def test_the_last_definition_wins_but_a_stub_left_standing_does_not():
    stub = 'def f():\n    """Doc."""\n    raise NotImplementedError("your answer")'
    assert run("f", "def f(): return 1", "def f(): return 2")() == 2
    assert run("f", "def f(): return 1", stub)() == 1
    assert run("v", "v = 5", "v = ...  # your answer") == 5


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["k = [0, 0]", "k[0] = 1"], [1, 0]),
        (["k[0] = 1", "k = [0, 0]"], [1, 0]),
        (["k = []", "for i in range(3):\n    k.append(i)"], [0, 1, 2]),
        (["k = 1", "k += 2"], 3),
        (["k += 2", "k = 1"], 3),
        (["for i in range(4):\n    k += i", "k = 1"], 7),
        (["k = 2", "k = k * k"], 4),
        (["k = [9]", "k.append(1)", "k = []", "k.append(2)"], [2]),
        (["a, k = 1, 2"], 2),
        (["try:\n    import nothing_there as k\nexcept ImportError:\n    k = 7"], 7),
        (["n = 3", "k = [i * n for i in range(n)]"], [0, 3, 6]),
        (["def twice(f):\n    return lambda x: f(f(x))", "@twice\ndef g(x):\n    return x + 1", "k = g(0)"], 2),
    ],
)
def test_values_that_are_built_in_steps(cells, expected):
    assert run("k", *cells) == expected


def test_training_does_not_belong_to_building():
    cells = ["model = make()", "model.add(1)", "model.fit(x)", "history = model.fit(x)"]
    assert needed("model", *cells) == ["model = make()", "model.add(1)"]


def test_mutual_recursion_and_classes():
    even = "def even(n):\n    return n == 0 or odd(n - 1)"
    odd = "def odd(n):\n    return n != 0 and even(n - 1)"
    assert run("even", odd, even)(10)
    assert run("B", "class A:\n    x = 1", "class B(A):\n    pass").x == 1


def test_star_imports_are_taken_when_a_name_is_missing():
    assert run("f", "from math import *", "def f():\n    return floor(2.5)")() == 2


@pytest.mark.parametrize(
    "cell",
    [
        "    def f(x):\n        return x + 1",
        ">>> def f(x):\n...     return x + 1\n...",
        "# copied\n>>> def f(x):\n...     return x + 1\n>>> f(1)",
        "In [3]: def f(x):\n   ...:     return x + 1\n   ...: \n\nIn [4]: f(1)",
        "def f(x):\r\n\tif x != '\t':\r\n\t\treturn x + 1",
        "y = 0\rdef f(x):\r    return x + 1",
        "/print 1\n,print a b\nnp.max*?\ndef f(x):\n    return x + 1",
        "files = !ls\nn = 1 + len(files)\ndef f(x):\n    return x + n",
        "class Box:\n    pass\ndef f(x):\n    return x + 1\ndel Box, f",
    ],
)
def test_what_a_notebook_takes_is_python(cell):
    definitions = Definitions([cell])
    assert not definitions.damage
    assert run("f", cell)(1) == 2


def test_a_case_that_is_registered_below_belongs_to_the_function():
    cells = [
        "import functools\n@functools.singledispatch\ndef f(x):\n    return 0",
        "@f.register(int)\ndef _(x):\n    return x",
        "@f.register\ndef g(x: str):\n    return len(x)",
    ]
    assert (run("f", *cells)(3), run("f", *cells)("word")) == (3, 4)


def test_magics_are_no_damage():
    cell = "%matplotlib inline\n!pip install x\nfiles = !ls\nnp?\ndef f():\n    return 1"
    definitions = Definitions([cell, "%%time\nx = 1", "%%bash\nrm -rf /", "%%html\n<b>"])
    assert not definitions.damage
    assert {"f", "x"} <= set(definitions.names)


def test_damage_costs_one_block_of_its_cell():
    definitions = Definitions(["def good():\n    return 1\n\ndef broken(:\n    pass\n\nvalue = 3", "other = 4"])
    assert {"good", "value", "other"} <= set(definitions.names)
    (damage,) = definitions.damage
    assert damage.names == {"broken"}
    assert (damage.cell, damage.line) == (1, 4)


@pytest.mark.parametrize(
    "monster", ["(" * 5000, "-" * 200_000 + "1", "x = " + "[" * 300 + "]" * 300, "\x00", "é = 1\n§"]
)
def test_monsters_are_damage_not_crashes(monster):
    assert run("fine", monster, "fine = 1") == 1


def test_a_chain_of_a_thousand_definitions():
    cells = ["x0 = 1", *(f"x{i} = x{i - 1} + 1" for i in range(1, 1500))]
    assert run("x1499", *cells[::-1]) == 1500


@pytest.mark.parametrize(
    "damaged",
    [
        "x" + " " * 10**6 + "y",
        "x = " + "a, " * 10**5,
        "x" + " ," * 10**5,
        "a:\n" * 30_000,
        "a\n" * 10**3 + "\n" * 10**5,
    ],
)
def test_long_lines_in_a_damaged_cell_take_no_longer_than_they_are(damaged):
    found = Definitions(["def broken(:\n" + damaged, "answer = 1"])
    assert found.names[-1:] == ["answer"]

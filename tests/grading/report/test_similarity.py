"""Copies are found through renaming, layout and order; people who solved the same exercises alone are not."""

import ast
import random
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from ccv.grading.batch.record import Record
from ccv.grading.mutants import load_mutants, mutant_source
from ccv.grading.reading.submission import read_cells
from ccv.grading.report import fingerprints
from ccv.grading.report.similarity import fingerprint, pairs

INDEPENDENT = Path(__file__).with_name("independent")
LAB = Path(__file__).parents[3] / "labs" / "01_xo"


@pytest.fixture(scope="module")
def blank():
    return read_cells(LAB / "01_xo.ipynb")


@pytest.fixture(scope="module")
def solved():
    return [re.sub(r"\n *### (BEGIN|END) SOLUTION", "", cell) for cell in read_cells(LAB / "01_xo.py")]


def record(student, prints=(), digest="", weights=None, points=1):
    sheet = {"points": points, "exercises": []}
    return Record(student, f"{student}.ipynb", digest, 0, "graded", "", sheet, list(prints), weights or {}, {}, 0.0)


class Rename(ast.NodeTransformer):
    """What a copier does: new names for all that functions bind, new texts, annotations, docstrings."""

    def __init__(self, tree):
        bound = [n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
        bound += [n.arg for n in ast.walk(tree) if isinstance(n, ast.arg)]
        self.names = {name: f"my_{i}" for i, name in enumerate(dict.fromkeys(bound))}

    def visit_Name(self, node):
        node.id = self.names.get(node.id, node.id)
        return node

    def visit_arg(self, node):
        node.arg = self.names.get(node.arg, node.arg)
        node.annotation = ast.Name("object", ast.Load())
        return node

    def visit_FunctionDef(self, node):
        self.generic_visit(node)
        body = node.body[1:] if ast.get_docstring(node) else node.body
        node.body = [ast.Expr(ast.Constant("All my own work.")), *body]
        node.returns = ast.Constant("object")
        return node


def disguise(cells, seed):
    statements = [node for cell in cells for node in ast.parse(cell).body]
    statements = [ast.fix_missing_locations(Rename(node).visit(node)) for node in statements]
    random.Random(seed).shuffle(statements)
    # One statement a cell, wrapped at odd places and with comments, as no formatter would write it.
    return ["# mine\n" + ast.unparse(node).replace(" = ", "   =  ").replace("(", "( ") for node in statements]


def test_renamed_reformatted_reordered_copy_has_the_same_fingerprints(solved, blank):
    mine, copy = fingerprint(solved, blank), fingerprint(disguise(solved, 1), blank)
    assert len(mine) > 60
    assert len(set(mine) & set(copy)) >= 0.9 * len(mine)
    assert len(copy) <= 1.2 * len(mine)


def test_a_class_with_a_ring_of_copies(solved, blank):
    chosen = {n: read_cells(INDEPENDENT / f"{n}.py") for n in ("first", "second", "third")}
    chosen |= {"solution": solved, "copy": disguise(solved, 1), "copy2": disguise(chosen["third"], 2)}
    found = pairs([record(n, fingerprint(cells, blank)) for n, cells in chosen.items()])
    assert {(p.first, p.second) for p in found} == {("copy", "solution"), ("copy2", "third")}
    assert all(p.containment > 0.9 and p.jaccard > 0.8 and p.shared > 60 for p in found)


def test_half_a_copy_is_found(solved, blank):
    theirs = read_cells(INDEPENDENT / "second.py")
    answers = [c for c in solved if c.lstrip().startswith("def ")]
    half = disguise(answers[:4], 3) + [c for c in theirs if "def feature" in c or "def votes" in c]
    found = pairs([record("a", fingerprint(solved, blank)), record("b", fingerprint(half, blank))])
    assert [(p.first, p.second) for p in found] == [("a", "b")]


def test_edited_copy_is_found(solved, blank):
    """A line put in here and there, and the other loop, as one who copies with care would do."""
    edited = [c.replace("    rows, columns =", "    print('rows')\n    rows, columns =") for c in disguise(solved, 4)]
    edited = [re.sub(r"(    return )", r"    done = True\n\1", c, count=1) for c in edited]
    found = pairs([record("a", fingerprint(solved, blank)), record("b", fingerprint(edited, blank))])
    assert len(found) == 1


def test_mutants_of_one_exercise_are_no_copies_of_each_other():
    mutants = load_mutants(LAB / "mutants.py")
    tree = ast.parse((LAB / "mutants.py").read_text())
    helpers = [ast.unparse(n) for n in tree.body if getattr(n, "name", None) not in mutants]  # of several mistakes
    records = [record(n, fingerprint([mutant_source(LAB / "mutants.py", n)], helpers)) for n in mutants]
    found = [p for p in pairs(records) if mutants[p.first].exercise != mutants[p.second].exercise]
    assert found == []


def test_handed_out_code_leaves_no_fingerprint(blank):
    assert fingerprint(blank, blank) == []
    assert fingerprint(disguise(blank, 5), blank) == []
    assert len(fingerprint(blank)) > 100


def test_short_values_leave_none():
    assert fingerprint(['why = "monotone"', "grid = [[4, -4], [0, 0]]"]) == []


def test_what_the_whole_class_writes_is_no_hint():
    common = range(100)
    records = [record(f"s{i}", [*common, *range(1000 * i + 1000, 1000 * i + 1020)]) for i in range(200)]
    assert pairs(records) == []
    alone = [*common, *range(1_000_000, 1_000_050)]
    found = pairs([*records, record("x", alone), record("y", alone)])
    assert [(p.first, p.second) for p in found] == [("x", "y")]


def test_threshold():
    records = [record("a", range(100)), record("b", range(70, 170))]
    assert pairs(records) == []
    assert [p.containment for p in pairs(records, threshold=0.25)] == [0.3]


def test_base_is_left_out():
    records = [record("a", range(100)), record("b", range(100))]
    assert len(pairs(records)) == 1
    assert pairs(records, base=range(95)) == []


def test_identical_files_come_first_and_say_so():
    records = [record("a", range(50)), record("b", range(50)), record("c", [1], "d" * 64), record("e", [1], "d" * 64)]
    found = pairs(records)
    assert [(p.first, p.second) for p in found] == [("c", "e"), ("a", "b")]
    assert found[0].reasons == ("the same file, byte for byte",)


def test_blank_notebooks_are_identical_by_nature():
    assert pairs([record("a", [], "d" * 64, points=0), record("b", [], "d" * 64, points=0)]) == []


def test_identical_weights_of_a_few_are_listed_and_of_many_are_not():
    few = [record(f"a{i}", weights={"train": "w"}) for i in range(3)] + [record("b", weights={"train": "v"})]
    assert [(p.first, p.second, p.reasons) for p in pairs(few)] == [
        ("a0", "a1", ("the same trained weights in train",)),
        ("a0", "a2", ("the same trained weights in train",)),
    ]
    assert pairs([record(f"a{i}", weights={"train": "w"}) for i in range(30)]) == []


def test_order_of_records_does_not_matter():
    records = [record(f"s{i}", range(i, i + 60), digest=str(i % 7)) for i in range(20)]
    assert pairs(records) == pairs(records[::-1])


HOSTILE = {
    "deep sum": "x = " + "1 + " * 60_000 + "1",
    "deep attribute": "a" + ".b" * 60_000,
    "deep calls": "f" + "()" * 60_000,
    "just under the limit of signs": "x = " + "1+" * 19_000 + "1",
    "deep brackets": "(" * 90_000 + ")" * 90_000,
    "many minuses": "x = " + "-" * 15_000 + "1",
    "long elif": "if a:\n pass\n" + "elif b:\n pass\n" * 9_000,
    "huge number": "x = 0x" + "f" * 90_000,
    "long integer": "x = " + "9" * 90_000,
    "null bytes": "x = '\0'",
    "surrogates": "x_\ud800 = '\udfff'; def f(a): return a.\ud800",
    "warnings": "x = '\\d' is 1",
    "spaces": " " * 99_000 + "=",
    "damaged blocks": "def f(:\n" * 10_000,
    "magics": "%%bash\nrm -rf /\n!ls\n%time x\ny = !ls",
    "bidi": "\u202e = 1",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_code_never_raises(name, recwarn):
    good = "def f(a, b):\n    return sum(x * y for x, y in zip(a, b)) / max(len(a), len(b)) + a[0] * b[-1]"
    found = fingerprint([HOSTILE[name], good])
    assert set(fingerprint([good])) <= set(found), "the honest cell beside it is still read"
    assert not recwarn.list


def test_two_megabytes_of_code_are_bounded():
    assert fingerprint(["x = [" + "1, " * 700_000 + "]"]) == []
    many = [f"def f{i}(a):\n    return [a[{i}] * {i}, a + {i}, max(a), len(a) - {i}]" for i in range(30_000)]
    assert 100 < len(fingerprint(many)) <= fingerprints._MAX_KEPT


def test_fingerprints_are_the_same_in_every_process(solved):
    program = textwrap.dedent(
        """
        import sys
        from ccv.grading.report.fingerprints import fingerprint
        print(sum(fingerprint([sys.stdin.read()])))
        """
    )
    code = "\n".join(solved)
    sums = {
        subprocess.run(
            [sys.executable, "-c", program], input=code, env={"PYTHONHASHSEED": seed}, capture_output=True, text=True,
            check=True, cwd=Path(__file__).parents[3],
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert sums == {f"{sum(fingerprint([code]))}\n"}


def test_ring_is_found_where_everybody_uses_one_of_four_answers():
    """Of ten exercises, each has four common answers: to share some is no hint, to share all is."""
    chance = random.Random(1)

    def prints(choice):
        return [1000 * exercise + 100 * answer + i for exercise, answer in enumerate(choice) for i in range(12)]

    honest = [[chance.randrange(4) for _ in range(10)] for _ in range(100)]
    records = [record(f"s{i:03}", prints(choice)) for i, choice in enumerate(honest)]
    ring = [record(f"ring{i}", prints(honest[0])) for i in range(3)]
    listed = {(p.first, p.second) for p in pairs([*records, *ring])}
    assert {("ring0", "ring1"), ("ring0", "ring2"), ("ring1", "ring2"), ("ring0", "s000")} <= listed
    assert len(listed) < 30, "of 5253 pairs"


def test_one_answer_of_the_whole_class_stays_a_short_list():
    records = [record(f"s{i}", range(400), digest="") for i in range(100)]
    assert len(pairs(records)) < 100

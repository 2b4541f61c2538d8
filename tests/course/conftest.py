import ast
from collections.abc import Iterable

import pytest

from ccv.course.catalog import find_lab
from ccv.grading.reading.extract import Definitions
from ccv.grading.reading.submission import read_cells


@pytest.fixture(scope="session")
def open_notebook():
    """Return `(cells, exercises) -> globals`: a notebook in which everything was run that the exercises need."""

    def run(cells: list[str], exercises: Iterable[str]) -> dict:
        definitions = Definitions(cells)
        needed = {s.position: s for exercise in exercises for s in definitions.needed(exercise)}
        namespace: dict = {"__name__": "__main__"}
        for position in sorted(needed):
            exec(compile(ast.Module([needed[position].node], []), "<notebook>", "exec"), namespace)
        return namespace

    return run


@pytest.fixture(scope="session")
def solved(open_notebook):
    """Return `(lab, *names) -> globals`: the solved lab on its small scale, as far as these names need it."""

    def run(name: str, *names: str) -> dict:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("CCV_SCALE", "quick")
            return open_notebook(read_cells(find_lab(name).source), names)

    return run

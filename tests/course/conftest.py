import ast

import pytest

from ccv.grading.extract import Definitions


@pytest.fixture
def open_notebook():
    """Return `(cells, exercises) -> globals`: a notebook in which everything was run that the exercises need."""

    def run(cells: list[str], exercises: list[str]) -> dict:
        definitions = Definitions(cells)
        needed = {s.position: s for exercise in exercises for s in definitions.needed(exercise)}
        namespace: dict = {"__name__": "__main__"}
        for position in sorted(needed):
            exec(compile(ast.Module([needed[position].node], []), "<notebook>", "exec"), namespace)
        return namespace

    return run

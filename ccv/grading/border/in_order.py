"""The student's side of a run of a notebook's cells in order, as far as the exercises that are asked for need it.

It is the second try, for answers that do not work with what their names need alone: whatever the cells do to each
other (a registry that is filled, a global that a call sets, a file that is written) has been done then.
"""

from __future__ import annotations

import time
from typing import Any

from ccv.grading.border.forbidden import Watch
from ccv.grading.border.kernel import Kernel, Step, draw_nothing, without_training

_LEAST_SECONDS = 0.1  # for a definition below a loop that never ends


class OrderedRun:
    """The cells of one notebook, run one by one.

    Args:
        script: `sources` (the lines of each cell), `steps` (see `kernel.Step`), the numbers of those in which models
            may train: `training`, of those that import: `imports`, and `counts`, the numbers of the cells in their
            `In [3]`.
    """

    def __init__(self, script: dict[str, Any]):
        draw_nothing()
        self.kernel = Kernel(script["sources"])
        self._steps = [Step.of(step) for step in script["steps"]]
        self._training, self._imports = frozenset(script["training"]), frozenset(script["imports"])
        self._counts = script["counts"]
        self._shown = Shown(self.kernel.namespace)
        self._sources = script["sources"]

    def run_cell(self, request: dict[str, Any]) -> dict[str, Any]:
        """Run the statements of one `cell` for at most `seconds` together.

        Those that give the name `watched` its value may not call the functions `may_not_call`.
        """
        watch, nobody = Watch(request["may_not_call"]).install(), Watch()
        deadline = time.monotonic() + request["seconds"]
        cell, value = request["cell"], None
        self._shown.begin(self._counts.get(cell, cell), self._sources[cell])
        for step in (s for s in self._steps if s.cell == cell):
            seconds = max(_LEAST_SECONDS, deadline - time.monotonic())
            with without_training(self._training, step.number):
                value = self.kernel.run(step, watch if request["watched"] in step.binds else nobody, seconds)
            if step.number in self._imports:
                self.kernel.do_without(step.binds)
        self._shown.end(value)
        watch.uninstall()
        called = watch.called
        return {"status": "forbidden", "function": called[0]} if called else {"status": "ok", "value": None}


class Shown:
    """What the cells showed, under the names that a notebook gives it: `_`, `__`, `___`, `_3`, `Out[3]`; and `In`."""

    def __init__(self, namespace: dict[str, Any]):
        self._namespace, self._sources, self._values = namespace, [""], dict[int, Any]()
        self._last = dict.fromkeys(("_", "__", "___"), "")
        namespace |= self._last | {"In": self._sources, "Out": self._values}

    def begin(self, count: int, source: str) -> None:
        """A cell with this number is about to run."""
        self._count, self._quiet = count, source.rstrip().endswith(";")
        self._sources += [""] * (count + 1 - len(self._sources))
        self._sources[count] = source

    def end(self, value: Any) -> None:
        """It was run, and its last line gave this value."""
        if value is None or self._quiet:
            return
        names = self._namespace
        self._values[self._count] = names[f"_{self._count}"] = value
        unchanged = all(names.get(name) is last for name, last in self._last.items())
        self._last = dict(zip(self._last, (value, *self._last.values()), strict=False))
        if unchanged:  # else they are names of the student's own, which a notebook leaves alone
            names |= self._last

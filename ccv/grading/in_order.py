"""The student's side of a run of a notebook's cells in order, as far as the exercises that are asked for need it.

It is the second try, for answers that do not work with what their names need alone: whatever the cells do to each
other (a registry that is filled, a global that a call sets, a file that is written) has been done then.
"""

from __future__ import annotations

import time
from typing import Any

from ccv.grading.forbidden import Watch
from ccv.grading.kernel import Kernel, Step, draw_nothing, without_training

_LEAST_SECONDS = 0.1  # for a definition below a loop that never ends


class OrderedRun:
    """The cells of one notebook, run one by one.

    Args:
        script: `sources` (the lines of each cell), `steps` (see `kernel.Step`), and the numbers of those in which
            models may train: `training`.
    """

    def __init__(self, script: dict[str, Any]):
        draw_nothing()
        self.kernel = Kernel(script["sources"])
        self._steps = [Step.of(step) for step in script["steps"]]
        self._training = frozenset(script["training"])

    def run_cell(self, request: dict[str, Any]) -> dict[str, Any]:
        """Run the statements of one `cell` for at most `seconds` together.

        Those that give the name `watched` its value may not call the functions `may_not_call`.
        """
        watch, nobody = Watch(request["may_not_call"]).install(), Watch()
        deadline = time.monotonic() + request["seconds"]
        for step in (s for s in self._steps if s.cell == request["cell"]):
            seconds = max(_LEAST_SECONDS, deadline - time.monotonic())
            with without_training(self._training, step.number):
                self.kernel.run(step, watch if request["watched"] in step.binds else nobody, seconds)
        watch.uninstall()
        called = watch.called
        return {"status": "forbidden", "function": called[0]} if called else {"status": "ok", "value": None}

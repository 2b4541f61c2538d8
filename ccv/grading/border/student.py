"""The student's definitions, alive in a worker process: what it is asked to do with them, and what it replies.

It is told which exercise to load, runs the definitions that the exercise needs, calls the student's function on the
arguments it is sent, and returns data.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ccv.grading.border.follow import stand_in
from ccv.grading.border.forbidden import Watch
from ccv.grading.border.in_order import OrderedRun
from ccv.grading.border.kernel import Kernel, Step
from ccv.grading.border.plain import settled
from ccv.grading.border.tracebacks import describe_error
from ccv.grading.border.wire import WireError, encode, is_keras_model
from ccv.grading.changed import as_given, changed_since
from ccv.grading.networks.portable import portable
from ccv.grading.reading.extract import Definitions
from ccv.grading.reading.scripts import script_of


class Student:
    """The student's definitions, alive in this process."""

    def __init__(self) -> None:
        self.answer: Any = None
        self._kernel: Kernel | None = None
        self._ordered: OrderedRun | None = None
        self._watch = Watch()
        self._notebook: dict[str, Any] = {}
        self._definitions: Definitions | None = None
        self.ask_back: Callable[[list[bytes]], list[bytes]] | None = None

    def reply(self, request: dict) -> dict:
        """Carry out one request and return the reply, whatever the student's code does."""
        reply = self._carried_out(request)
        called = self._watch.called  # however the call ended, and whatever became of its result
        return {"status": "forbidden", "function": called[0]} if called else reply

    def _carried_out(self, request: dict) -> dict:
        try:
            return _OPERATIONS[request["op"]](self, request)
        except WireError as error:
            return {"status": "nodata", "message": str(error)}
        except BaseException as error:  # SystemExit and KeyboardInterrupt are the student's too
            return self._kernel.explained(error) if self._kernel else describe_error(error)

    def plan(self, request: dict) -> dict:
        """Say what an exercise needs, as compiled statements for `load`; no student's code runs here.

        A process that only plans is sent the cells once, with its first request.
        """
        name, definitions = request["name"], self._read(request)
        plan = definitions.needed(name)
        if not plan:
            damage = next((d for d in definitions.damage if name in d.names), None)
            if damage is None:
                return {"status": "missing", "known": definitions.names[:1000]}
            return {"status": "damaged", "cell": damage.cell, "line": damage.line, "message": damage.message}
        value = script_of(plan, definitions.shown) | {
            "cell": definitions.stops(name)[0],
            "uses": sorted({n for s in plan for n in s.binds} - {name}),
            "split": definitions.own_cell_was_split(name),
        }
        return {"status": "ok", "kind": "data", "value": value}

    def script(self, request: dict) -> dict:
        """Give all statements of the code cells, compiled, for a run in order; no student's code runs here."""
        definitions, names = self._read(request), request["names"]
        statements = [s for s in definitions.statements if s.cell not in definitions.stray]
        value = script_of(statements, definitions.shown, definitions.future) | {
            "stops": {name: definitions.stops(name) for name in names},
            "imports": sorted(s.position for s in statements if s.is_import),
            "training": sorted({s.position for name in names for s in definitions.needed(name)}),
        }
        return {"status": "ok", "kind": "data", "value": value}

    def load(self, request: dict) -> dict:
        """Run the definitions that an exercise needs, each after what it needs itself."""
        name, plan = request["name"], request["plan"]
        self._watch = Watch(request.get("may_not_call", ())).install()
        self._kernel = Kernel(plan["sources"])
        self._kernel.stand_ins = {helped: stand_in(helped, self._ask_back) for helped in request["helped"]}
        for step in map(Step.of, plan["steps"]):
            self._kernel.run(step, self._watch)
        return self._taken(name)

    def begin(self, request: dict) -> dict:
        """Begin a run of all cells in order."""
        self._ordered = OrderedRun(request["script"])
        self._kernel = self._ordered.kernel
        return {"status": "ok", "value": None}

    def run_cell(self, request: dict) -> dict:
        """Run the next cell; see `OrderedRun.run_cell`."""
        assert self._ordered is not None
        return self._ordered.run_cell(request)

    def take(self, request: dict) -> dict:
        """Take the answer as it is after the cells that were run."""
        self._watch.uninstall()
        self._watch = Watch(request["may_not_call"]).install()
        return self._taken(request["name"])

    def call(self, request: dict) -> dict:
        """Call the student's function."""
        args, kwargs = request["arguments"]
        given = as_given(self.answer, args, kwargs)
        with self._watch:
            value = settled(self.answer(*args, **kwargs))
        return {"status": "ok", "value": portable(value, (args, kwargs)), "changed": changed_since(given)}

    def drive(self, request: dict) -> dict:
        """Run a driver of the check beside the student's answer, where the answer itself is no data."""
        driver = load_driver(request["source"], request["function"])
        args, kwargs = request["arguments"]
        with self._watch:
            value = settled(driver(self.answer, *args, **kwargs))
        return {"status": "ok", "value": portable(value, (args, kwargs))}

    def _ask_back(self, question: list[bytes]) -> list[bytes]:
        assert self.ask_back is not None
        return self.ask_back(question)

    def _read(self, request: dict) -> Definitions:
        self._notebook |= {key: request[key] for key in ("cells", "stray") if key in request}
        if self._definitions is None:
            self._definitions = Definitions(**self._notebook)
        return self._definitions

    def _taken(self, name: str) -> dict:
        assert self._kernel is not None
        if name not in self._kernel.namespace:
            return self._kernel.missing(name)
        self.answer = self._kernel.namespace[name]
        return self._what_it_is()

    def _what_it_is(self) -> dict:
        if self.answer is Ellipsis:
            return {"status": "blank"}
        if callable(self.answer) and not is_keras_model(self.answer):
            return {"status": "ok", "kind": "function"}
        try:
            self.answer = portable(settled(self.answer))
            encode(self.answer)
        except WireError:
            return {"status": "ok", "kind": "object"}
        return {"status": "ok", "kind": "data", "value": self.answer}


_OPERATIONS: dict[str, Callable[[Student, dict], dict]] = {
    "plan": Student.plan,
    "load": Student.load,
    "script": Student.script,
    "begin": Student.begin,
    "run_cell": Student.run_cell,
    "take": Student.take,
    "call": Student.call,
    "drive": Student.drive,
}


def load_driver(source: str, function: str) -> Callable:
    """Make the driver of a check from its source; it sees nothing but what it imports and is given."""
    namespace: dict[str, Any] = {}
    exec(compile(source, "<driver>", "exec"), namespace)
    return namespace[function]

"""What a check gets to hold: the student's function, value or object, wherever it lives.

A submission's answers live in a worker process; the answers of an open notebook live in its kernel. Either way the
check sees only data, and each call is remembered so that a wrong answer can be compared with the known mistakes.
"""

from __future__ import annotations

import copy
import functools
import inspect
import textwrap
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from ccv.grading import failures, sandbox, wire, worker
from ccv.grading.isolation import Layers

DEFAULT_TIMEOUT = 10.0
_LONGEST_TEXT = 500


@dataclass(frozen=True)
class Call:
    """One question that a check put to an answer, and what came back."""

    driver: Callable | None
    arguments: list[bytes]
    result: Any


class Answer(Protocol):
    """The student's answer to one exercise, as its check sees it."""

    name: str
    calls: list[Call]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the student's function with data and return data."""

    def drive(self, driver: Callable, *args: Any, **kwargs: Any) -> Any:
        """Run `driver(answer, *args, **kwargs)` beside the student's code and return its result, which is data."""


class Submission(Protocol):
    """Where answers come from."""

    def open(self, name: str, timeout: float) -> Any:
        """Return the answer called `name`: a value where it is data, else an `Answer`."""

    def close(self) -> None:
        """End what still runs."""


class NotebookSubmission:
    """Answers of a notebook or script, each loaded into a worker process of its own.

    Args:
        cells: the source of each code cell.
        seed: of the random numbers in the student's processes.
        memory_bytes: the memory that a process may have beyond the libraries'.
        timeout: the longest that any check may wait for an answer, in seconds; the checks' own limits count too.
        layers: the protections (see `ccv.grading.isolation.choose`); as a default the strongest that work here.
    """

    def __init__(
        self,
        cells: list[str],
        *,
        seed: int = 0,
        memory_bytes: int = sandbox.MEMORY_BYTES,
        timeout: float | None = None,
        layers: Layers | None = None,
    ):
        self._cells = cells
        self._start_worker = functools.partial(
            sandbox.start_worker, seed=seed, memory_bytes=memory_bytes, layers=layers
        )
        self._timeout = timeout
        self._reader: sandbox.Worker | None = None
        self._open: list[sandbox.Worker] = []

    def open(self, name: str, timeout: float = DEFAULT_TIMEOUT) -> Any:
        """Load one exercise; see `Submission.open`.

        Raises:
            failures.Unanswered: the name is missing, blank, raises while it loads or takes longer than `timeout` s.
            sandbox.NotStarted: no process could be started for it, which is not the student's fault.
        """
        timeout = timeout if self._timeout is None else min(timeout, self._timeout)
        self._end_open()
        plan = self._plan(name, timeout)
        keras = plan.get("heavy") is True
        answer = RemoteAnswer(name, self._start(keras), timeout)
        reply = answer.ask("load", name=name, plan=plan)
        if reply["kind"] == "data":
            return reply["value"]
        if not keras:
            answer.with_keras = lambda: self._again_with_keras(answer, plan)
        return answer

    def close(self) -> None:
        """End the workers."""
        self._end_open()
        self._end_reader()

    def _plan(self, name: str, timeout: float) -> dict[str, Any]:
        """What the exercise needs, from a process that reads the cells once and never runs any of their code."""
        kept = self._reader is not None
        if self._reader is None:
            self._reader = self._start_worker(keras=False)
        try:
            plan = RemoteAnswer(name, self._reader, timeout).ask("plan", name=name, cells=self._cells).get("value")
        except (failures.Crashed, failures.TooSlow, failures.NoData):
            self._end_reader()
            if kept:  # it may have been ended with its server, for what another exercise did there
                return self._plan(name, timeout)
            raise
        return plan if type(plan) is dict else {}

    def _start(self, keras: bool) -> sandbox.Worker:
        process = self._start_worker(keras=keras)
        self._open.append(process)
        return process

    def _again_with_keras(self, answer: RemoteAnswer, plan: dict[str, Any]) -> None:
        """Load an answer anew where Keras is loaded already: in a process of NumPy its import takes seconds."""
        self._end_open()
        answer.process = self._start(keras=True)
        answer.ask("load", name=answer.name, plan=plan)

    def _end_open(self) -> None:
        while self._open:
            self._open.pop().close()

    def _end_reader(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None


class RemoteAnswer:
    """An answer that lives in a worker process; `timeout` is for all questions of a check together."""

    def __init__(self, name: str, process: sandbox.Worker, timeout: float):
        self.name = name
        self.calls: list[Call] = []
        self.with_keras: Callable[[], None] | None = None
        self.process = process
        self._timeout = timeout
        self._waited = 0.0

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the student's function; see `Answer`."""
        arguments = wire.encode((args, kwargs))
        self._prepare([*args, *kwargs.values()])
        result = self.ask("call", arguments=(args, kwargs))["value"]
        self.calls.append(Call(None, arguments, result))
        return result

    def drive(self, driver: Callable, *args: Any, **kwargs: Any) -> Any:
        """Run a driver beside the student's code; see `Answer`."""
        arguments = wire.encode((args, kwargs))
        source, function = driver_source(driver), driver.__name__
        self._prepare([*args, *kwargs.values()], source)
        result = self.ask("drive", source=source, function=function, arguments=(args, kwargs))["value"]
        self.calls.append(Call(driver, arguments, result))
        return result

    def _prepare(self, arguments: list[Any], driver: str = "") -> None:
        """Before the first question that needs Keras, move to where it is loaded."""
        move, self.with_keras = self.with_keras, None
        if move and ("keras" in driver or any(map(wire.is_keras_model, arguments))):
            move()

    def ask(self, operation: str, **request: Any) -> dict:
        """Put a request to the worker and turn anything but an answer into a failure that says why."""
        began = time.monotonic()
        try:
            reply = self.process.ask(self._timeout - self._waited, op=operation, **request)
        except wire.TimedOut:
            self.process.close()
            raise failures.TooSlow(self.name, self._timeout) from None
        except sandbox.Gone:
            self.process.close()
            raise failures.Crashed(self.name) from None
        except wire.WireError as error:
            self.process.close()
            raise failures.NoData(f"`{self.name}` did not give a usable answer: {error}") from None
        # Only what was waited for the student counts, not what the check itself takes; loading has its own time.
        self._waited = 0.0 if operation == "load" else self._waited + time.monotonic() - began
        return judge_reply(self.name, reply, loading=operation == "load")


def judge_reply(name: str, reply: Any, *, loading: bool = False) -> dict:
    """Return a reply that carries an answer, or raise the failure that it reports.

    The reply is the student's process's word, so nothing in it is trusted beyond being data.
    """
    if type(reply) is not dict:
        raise _something_else(name)
    status, kind = _text(reply, "status"), _text(reply, "kind")
    if status == "ok" and loading and kind in {"function", "object"}:
        return {"status": "ok", "kind": kind}
    if status == "ok" and "value" in reply and (kind == "data" or not loading):
        return {"status": "ok", "kind": "data", "value": reply["value"]}
    if status == "blank":
        raise failures.Blank(name)
    if status == "missing":
        known = reply["known"][:1000] if type(reply.get("known")) is list else []
        raise failures.Missing(name, [k for k in known if type(k) is str and len(k) < 100])
    if status == "damaged":
        raise failures.Failed(
            f"the cell that should define `{name}` is no valid Python: {_text(reply, 'message')} "
            f"(cell {_number(reply, 'cell')}, line {_number(reply, 'line')})"
        )
    if status == "nodata":
        raise failures.NoData(f"`{name}` should give numbers, text or arrays, but {_text(reply, 'message')}")
    if status == "error":
        raise failures.Failed(_error_sentence(name, reply))
    raise _something_else(name)


def _something_else(name: str) -> failures.NoData:
    return failures.NoData(f"`{name}` did not give a usable answer: its process sent something else")


def _error_sentence(name: str, reply: dict) -> str:
    message = f": {_text(reply, 'message')}" if _text(reply, "message") else ""
    place = f" (cell {_number(reply, 'cell')}, line {_number(reply, 'line')}: `{_text(reply, 'text')}`)"
    return f"`{name}` raised {_text(reply, 'type')}{message}{place if 'cell' in reply else ''}"


def _text(reply: dict, key: str) -> str:
    value = reply.get(key)
    return value[:_LONGEST_TEXT] if type(value) is str else ""


def _number(reply: dict, key: str) -> int:
    value = reply.get(key)
    return value if type(value) is int and 0 <= value < 10**9 else 0


def driver_source(driver: Callable) -> str:
    """The source of a driver, which must be a plain top-level or nested `def`."""
    return textwrap.dedent(inspect.getsource(driver))


class LiveSubmission:
    """Answers of an open notebook: the live objects of its kernel, called on copies and answered as data."""

    def __init__(self, namespace: dict[str, Any]):
        self._namespace = namespace

    def open(self, name: str, timeout: float = DEFAULT_TIMEOUT) -> Any:
        """Return the live answer; see `Submission.open`. A loop without end is the kernel's stop button's to end."""
        if name not in self._namespace:
            known = [n for n in self._namespace if not n.startswith("_")]
            raise failures.Missing(name, known)
        value = self._namespace[name]
        if value is Ellipsis:
            raise failures.Blank(name)
        if callable(value) and not wire.is_keras_model(value):
            return LiveAnswer(name, value)
        try:
            return _as_data(value)
        except wire.WireError:
            return LiveAnswer(name, value)

    def close(self) -> None:
        """Nothing to end: the objects are the notebook's."""


class LiveAnswer:
    """An answer that lives in this process."""

    def __init__(self, name: str, value: Any):
        self.name = name
        self.calls: list[Call] = []
        self._value = value

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the student's function; see `Answer`."""
        return self._ask(None, self._value, args, kwargs)

    def drive(self, driver: Callable, *args: Any, **kwargs: Any) -> Any:
        """Run a driver on the student's object; see `Answer`."""
        clean = worker.load_driver(driver_source(driver), driver.__name__)
        return self._ask(driver, lambda *a, **k: clean(self._value, *a, **k), args, kwargs)

    def _ask(self, driver: Callable | None, function: Callable, args: tuple, kwargs: dict) -> Any:
        arguments = wire.encode((args, kwargs))
        args, kwargs = copy.deepcopy((args, kwargs))
        try:
            result = _as_data(function(*args, **kwargs))
        except wire.WireError as error:
            raise failures.NoData(f"`{self.name}` should give numbers, text or arrays, but {error}") from None
        except Exception as error:
            judge_reply(self.name, worker.describe_error(error))
            raise AssertionError("unreachable") from error
        self.calls.append(Call(driver, arguments, result))
        return result


def _as_data(value: Any) -> Any:
    """The exact types that a worker would have returned; a model of one's own kernel needs no rebuilding."""
    return value if wire.is_keras_model(value) else wire.decode(wire.encode(value))

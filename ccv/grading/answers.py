"""What a check gets to hold: the student's function, value or object, wherever it lives.

A submission's answers live in a worker process; the answers of an open notebook live in its kernel. Either way the
check sees only data, and each call is remembered so that a wrong answer can be compared with the known mistakes.
"""

from __future__ import annotations

import copy
import inspect
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from ccv.grading import failures, sandbox, wire, worker

DEFAULT_TIMEOUT = 10.0


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
    """Answers of a notebook or script, each loaded into a worker process of its own."""

    def __init__(self, cells: list[str]):
        self._cells = cells
        self._needs_keras: set[str] = set()
        self._open: list[sandbox.Worker] = []

    def open(self, name: str, timeout: float = DEFAULT_TIMEOUT) -> Any:
        """Load one exercise; see `Submission.open`.

        Raises:
            failures.Unanswered: the name is missing, blank, raises while it loads or takes longer than `timeout` s.
        """
        answer = RemoteAnswer(name, self._start(name), timeout)
        keras = name in self._needs_keras
        reply = answer.ask("load", name=name, cells=self._cells, preloaded=keras, may_restart=not keras)
        if reply["status"] == "heavy":
            self._needs_keras.add(name)
            return self.open(name, timeout)
        return reply["value"] if reply.get("kind") == "data" else answer

    def close(self) -> None:
        """End the workers."""
        while self._open:
            self._open.pop().close()

    def _start(self, name: str) -> sandbox.Worker:
        self.close()
        worker_process = sandbox.start_worker(keras=name in self._needs_keras)
        self._open.append(worker_process)
        return worker_process


class RemoteAnswer:
    """An answer that lives in a worker process."""

    def __init__(self, name: str, process: sandbox.Worker, timeout: float):
        self.name = name
        self.calls: list[Call] = []
        self._process = process
        self._timeout = timeout

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the student's function; see `Answer`."""
        arguments = wire.encode((args, kwargs))
        result = self.ask("call", arguments=(args, kwargs))["value"]
        self.calls.append(Call(None, arguments, result))
        return result

    def drive(self, driver: Callable, *args: Any, **kwargs: Any) -> Any:
        """Run a driver beside the student's code; see `Answer`."""
        arguments = wire.encode((args, kwargs))
        source, function = driver_source(driver), driver.__name__
        result = self.ask("drive", source=source, function=function, arguments=(args, kwargs))["value"]
        self.calls.append(Call(driver, arguments, result))
        return result

    def ask(self, operation: str, **request: Any) -> dict:
        """Put a request to the worker and turn anything but an answer into a failure that says why."""
        try:
            reply = self._process.ask(self._timeout, op=operation, **request)
        except wire.TimedOut:
            self._process.close()
            raise failures.TooSlow(self.name, self._timeout) from None
        except sandbox.Gone:
            self._process.close()
            raise failures.Crashed(self.name) from None
        except wire.WireError as error:
            self._process.close()
            raise failures.NoData(f"`{self.name}` did not give a usable answer: {error}") from None
        return judge_reply(self.name, reply)


def judge_reply(name: str, reply: Any) -> dict:
    """Return a reply that carries an answer, or raise the failure that it reports.

    The reply is the student's process's word, so nothing in it is trusted beyond being data.
    """
    status = reply.get("status") if type(reply) is dict else None
    if status == "heavy" or (status == "ok" and ("value" in reply or reply.get("kind") in {"function", "object"})):
        return reply
    if status == "blank":
        raise failures.Blank(name)
    if status == "missing":
        raise failures.Missing(name, [k for k in reply.get("known", []) if type(k) is str])
    if status == "damaged":
        raise failures.Failed(
            f"the cell that should define `{name}` is no valid Python: {reply.get('message')} "
            f"(cell {reply.get('cell')}, line {reply.get('line')})"
        )
    if status == "nodata":
        raise failures.NoData(f"`{name}` should give numbers, text or arrays, but {reply.get('message')}")
    if status == "error":
        raise failures.Failed(_error_sentence(name, reply))
    raise failures.NoData(f"`{name}` did not give a usable answer: its process sent something else")


def _error_sentence(name: str, reply: dict) -> str:
    message = f": {reply['message']}" if reply.get("message") else ""
    place = f" (cell {reply['cell']}, line {reply['line']}: `{reply.get('text')}`)" if "cell" in reply else ""
    return f"`{name}` raised {reply.get('type')}{message}{place}"


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

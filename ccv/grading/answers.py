"""What a check gets to hold: the student's function, value or object, wherever it lives.

A submission's answers live in a worker process; the answers of an open notebook live in its kernel. Either way the
check sees only data, and each call is remembered so that a wrong answer can be compared with the known mistakes.
"""

from __future__ import annotations

import inspect
import textwrap
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ccv.grading import failures
from ccv.grading.border import sandbox, wire
from ccv.grading.border.follow import Helper
from ccv.grading.border.replies import forbidden_function, judge_reply, telling, text_of
from ccv.grading.ways import Way

DEFAULT_TIMEOUT = 10.0


@dataclass(frozen=True)
class Call:
    """One question that a check put to an answer, and what came back."""

    driver: Callable | None
    arguments: list[bytes]
    result: Any


class Answer(ABC):
    """The student's answer to one exercise, as its check sees it, wherever it lives."""

    def __init__(self, name: str, may_not_call: Sequence[str] = ()):
        self.name = name
        self.calls: list[Call] = []
        self.changed: dict[str, None] = {}  # the parameters whose arguments it changes
        self._may_not_call = list(may_not_call)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the student's function with data and return data."""
        with telling(self.name, args, kwargs):
            return self._remembered(None, args, kwargs)

    def drive(self, driver: Callable, *args: Any, **kwargs: Any) -> Any:
        """Run `driver(answer, *args, **kwargs)` beside the student's code and return its result, which is data."""
        return self._remembered(driver, args, kwargs)

    def _remembered(self, driver: Callable | None, args: tuple, kwargs: dict[str, Any]) -> Any:
        arguments = wire.encode((args, kwargs))
        result = self._result(driver, args, kwargs)
        self.calls.append(Call(driver, arguments, result))
        return result

    @abstractmethod
    def _result(self, driver: Callable | None, args: tuple, kwargs: dict[str, Any]) -> Any:
        """What the answer itself (None), or a driver beside it, gives for these arguments, as data."""


class Submission(Protocol):
    """Where answers come from."""

    def open(
        self,
        name: str,
        timeout: float,
        may_not_call: Sequence[str] = (),
        *,
        way: Way = Way.NAMES,
        helped: Mapping[str, Callable] | None = None,
    ) -> Any:
        """Return the answer called `name`: a value where it is data, else an `Answer`.

        Args:
            name: of the exercise.
            timeout: seconds for all questions of a check together.
            may_not_call: dotted names of functions (see `ccv.grading.border.forbidden`).
            way: how the submission is read.
            helped: functions of the lab's own, by name, that take the place of the student's.
        """

    def uses(self, name: str) -> set[str]:
        """The names of the submission that an answer uses."""

    def close(self) -> None:
        """End what still runs."""


class RemoteAnswer(Answer):
    """An answer that lives in a worker process; `timeout` is for all questions of a check together."""

    def __init__(
        self,
        name: str,
        process: sandbox.Worker,
        timeout: float,
        may_not_call: Sequence[str] = (),
        helped: Mapping[str, Callable] | None = None,
    ):
        super().__init__(name, may_not_call)
        self.with_keras: Callable[[], None] | None = None
        self.process = process
        self._helper = Helper(helped) if helped else None
        self._timeout = timeout
        self._waited = 0.0

    def load(self, plan: dict[str, Any], seconds: float) -> dict:
        """Run the definitions that the answer needs, for at most so many seconds, and return what it is."""
        helped = sorted(self._helper.functions) if self._helper else []
        return self._ask("load", seconds, name=self.name, plan=plan, may_not_call=self._may_not_call, helped=helped)

    def take(self) -> dict:
        """Take the answer from a process in which the cells up to its own were run, and return what it is."""
        return self._ask("take", self._timeout, name=self.name, may_not_call=self._may_not_call)

    @property
    def processor_seconds(self) -> float | None:
        """What the student's process has worked so far; see `conversation.Worker.processor_seconds`."""
        return self.process.processor_seconds()

    def _result(self, driver: Callable | None, args: tuple, kwargs: dict[str, Any]) -> Any:
        source = driver_source(driver) if driver else ""
        self._prepare([*args, *kwargs.values()], source)
        more = {"source": source, "function": driver.__name__} if driver else {}
        reply = self.ask("drive" if driver else "call", arguments=(args, kwargs), **more)
        self.changed |= dict.fromkeys(reply["changed"])
        return reply["value"]

    def _prepare(self, arguments: list[Any], driver: str = "") -> None:
        """Before the first question that needs Keras, move to where it is loaded."""
        move, self.with_keras = self.with_keras, None
        if move and ("keras" in driver or any(map(wire.is_keras_model, arguments))):
            move()

    def ask(self, operation: str, **request: Any) -> dict:
        """Put a request to the worker and turn anything but an answer into a failure that says why."""
        began = time.monotonic()
        reply = self._ask(operation, self._timeout, self._waited, **request)
        # Only what was waited for the student counts, not what the check itself takes.
        self._waited += time.monotonic() - began
        return reply

    def _ask(self, operation: str, seconds: float, waited: float = 0.0, **request: Any) -> dict:
        try:
            helper = self._helper.answer if self._helper else None
            reply = self.process.ask(seconds - waited, helper=helper, op=operation, **request)
        except wire.TimedOut:
            self.process.close()
            raise failures.TooSlow(self.name, seconds) from None
        except sandbox.Gone:
            self.process.close()
            raise failures.Crashed(self.name) from None
        except wire.WireError as error:
            self.process.close()
            raise failures.NoData(f"`{self.name}` did not give a usable answer: {error}") from None
        if type(reply) is dict and text_of(reply, "status") == "forbidden":
            raise failures.Forbidden(self.name, forbidden_function(self._may_not_call, text_of(reply, "function")))
        return judge_reply(self.name, reply, loading=operation in {"load", "take"})


def driver_source(driver: Callable) -> str:
    """The source of a driver, which must be a plain top-level or nested `def`."""
    return textwrap.dedent(inspect.getsource(driver))

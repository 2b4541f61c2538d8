"""The answers of an open notebook: the live objects of its kernel, called on copies and answered as data."""

from __future__ import annotations

import copy
import functools
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ccv.grading import failures
from ccv.grading.answers import DEFAULT_TIMEOUT, Answer, driver_source
from ccv.grading.border import wire
from ccv.grading.border.follow import in_place_of, names_used
from ccv.grading.border.forbidden import Watch
from ccv.grading.border.kernel import StoppedStatement, stopped_after
from ccv.grading.border.plain import settled
from ccv.grading.border.replies import judge_reply, no_data
from ccv.grading.border.student import load_driver
from ccv.grading.border.tracebacks import describe_error
from ccv.grading.changed import as_given, changed_since
from ccv.grading.networks.portable import portable
from ccv.grading.ways import Way

_LEAST_SECONDS = 0.01
_PATIENCE = 3  # of a check's limit: a student's machine may be slower, and what is imported first takes its time


class LiveSubmission:
    """Answers of an open notebook: the live objects of its kernel, called on copies and answered as data."""

    def __init__(self, namespace: dict[str, Any]):
        self._namespace = namespace

    def open(
        self,
        name: str,
        timeout: float = DEFAULT_TIMEOUT,
        may_not_call: Sequence[str] = (),
        *,
        way: Way = Way.NAMES,
        helped: Mapping[str, Callable] | None = None,
    ) -> Any:
        """Return the live answer; see `Submission.open`.

        Where the system has no alarm (Windows), a loop without end is the kernel's stop button's to end.
        """
        if name not in self._namespace:
            known = [n for n in self._namespace if not n.startswith("_")]
            raise failures.Missing(name, known)
        value = self._namespace[name] = settled(self._namespace[name])  # every check is to find its items
        if value is Ellipsis:
            raise failures.Blank(name)
        if callable(value) and not wire.is_keras_model(value):
            return LiveAnswer(name, value, may_not_call, self._namespace, helped, timeout)
        try:
            return _as_data(value)
        except wire.WireError:
            return LiveAnswer(name, value, may_not_call, timeout=timeout)

    def uses(self, name: str) -> set[str]:
        """The names of the notebook that an answer uses."""
        return names_used(self._namespace.get(name), self._namespace) - {name}

    def close(self) -> None:
        """Nothing to end: the objects are the notebook's."""


class LiveAnswer(Answer):
    """An answer that lives in this process; `timeout` is for all questions of a check together."""

    def __init__(
        self,
        name: str,
        value: Any,
        may_not_call: Sequence[str] = (),
        namespace: dict[str, Any] | None = None,
        helped: Mapping[str, Callable] | None = None,
        timeout: float = DEFAULT_TIMEOUT,
    ):
        super().__init__(name, may_not_call)
        self._namespace, self._helped = namespace or {}, helped or {}
        self._timeout = self._left = _PATIENCE * timeout
        self._value = value

    def _result(self, driver: Callable | None, args: tuple, kwargs: dict[str, Any]) -> Any:
        function = self._value
        if driver:
            function = functools.partial(load_driver(driver_source(driver), driver.__name__), self._value)
        args, kwargs = copy.deepcopy((args, kwargs))
        given = {} if driver else as_given(function, args, kwargs)
        try:
            made = self._watched(function, args, kwargs)
            self.changed |= dict.fromkeys(changed_since(given))
            return _as_data(made, (args, kwargs))
        except failures.Unanswered:
            raise
        except wire.WireError as error:
            raise no_data(self.name, error) from None
        except Exception as error:
            judge_reply(self.name, describe_error(error))
            raise AssertionError("unreachable") from error

    def _watched(self, function: Callable, args: tuple, kwargs: dict) -> Any:
        watch = Watch(self._may_not_call).install()
        helped = {name: watch.unwatched(lab_function) for name, lab_function in self._helped.items()}
        began = time.monotonic()
        try:
            with watch, in_place_of(self._namespace, helped), stopped_after(max(self._left, _LEAST_SECONDS)):
                return settled(function(*args, **kwargs))
        except StoppedStatement:
            raise failures.TooSlow(self.name, self._timeout) from None
        finally:
            self._left -= time.monotonic() - began
            watch.uninstall()
            if watch.called:
                raise failures.Forbidden(self.name, watch.called[0])


def _as_data(value: Any, arguments: Any = ()) -> Any:
    """What a worker would have returned: exact types, and models rebuilt, so that no check touches the notebook's."""
    return wire.decode(wire.encode(portable(value, arguments)))

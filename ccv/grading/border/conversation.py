"""One worker as the trusted side sees it: a question goes over, one answer to it comes back, in time or not at all."""

from __future__ import annotations

import contextlib
import secrets
import socket
import time
from collections.abc import Callable
from typing import Any

from ccv.grading import failures
from ccv.grading.border import wire
from ccv.grading.border.worker import QUESTION, READY
from ccv.grading.clock import Clock

START_SECONDS = 120.0  # a cold import of TensorFlow on a slow disk
_LONGEST_REASON = 300


class Gone(Exception):
    """The worker ended without an answer."""


class NotStarted(RuntimeError):
    """No worker could be started: the grader's fault or the machine's, never the student's."""


class Worker:
    """One process that holds a student's definitions; `clock` has the time that is left to its submission."""

    clock = Clock(None)

    def __init__(self, connection: socket.socket, end: Callable[[], None]):
        self.measure: Callable[[], float | None] = lambda: None
        self._connection = connection
        self._end: Callable[[], None] | None = end

    def wait_until_ready(self) -> None:
        """Wait until the process is locked in.

        Raises:
            NotStarted: it ended before.
        """
        self._connection.settimeout(START_SECONDS)
        said = b"it ended"
        with contextlib.suppress(OSError):
            said = self._connection.recv(_LONGEST_REASON) or said
        if said == READY:
            return
        self.close()
        raise NotStarted(
            f"the process for an answer could not be isolated ({said.decode('utf-8', 'replace')}): "
            "see `ccv grade --list-protections`"
        )

    def ask(self, timeout: float, *, helper: Callable[[list[bytes]], list[bytes]] | None = None, **request: Any) -> Any:
        """Send a request and return the reply; `helper` answers what the process may ask in between.

        Raises:
            wire.TimedOut: no reply within `timeout` seconds; the worker must be closed.
            Gone: the process ended first.
            wire.WireError: the reply is damaged or too large, or was not given to this request.
            failures.OutOfTime: the time of the submission is over; the worker is closed.
        """
        try:
            return self._ask(min(timeout, self.clock.left()), helper, request)
        except wire.TimedOut:
            if self.clock.limit is None or self.clock.left() > 0:
                raise
            self.close()
            raise failures.OutOfTime(self.clock.limit) from None

    def _ask(self, timeout: float, helper: Callable[[list[bytes]], list[bytes]] | None, request: dict[str, Any]) -> Any:
        token = secrets.token_bytes(16)  # the student's code cannot know it before the request is there
        deadline = time.monotonic() + timeout
        parts = wire.encode(request)
        if timeout <= 0:
            raise wire.TimedOut("no time is left")
        try:
            self._refuse_unasked()
            self._connection.settimeout(timeout)
            wire.send(self._connection, [token, *parts])
            while True:
                answered, *reply = wire.receive(self._connection, deadline - time.monotonic()) or [b""]
                if answered != token:
                    raise wire.WireError("its process sent something else")
                if helper is None or reply[:1] != [QUESTION]:
                    return wire.decode(reply)
                wire.send(self._connection, [token, *helper(reply[1:])])
        except wire.Closed:
            raise Gone from None
        except TimeoutError:
            raise wire.TimedOut("no answer in time") from None
        except OSError:
            raise Gone from None

    @property
    def closed(self) -> bool:
        """Whether it was ended."""
        return self._end is None

    def processor_seconds(self) -> float | None:
        """What the process has worked so far, seen from outside; None where it ended or the system does not say it."""
        return self.measure() if self._end is not None else None

    def close(self) -> None:
        """End the process and everything that it started; a second time does nothing."""
        end, self._end = self._end, None
        if end is not None:
            self._connection.close()
            end()

    def _refuse_unasked(self) -> None:
        self._connection.settimeout(0)
        try:
            waiting = self._connection.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return
        if waiting:
            raise wire.WireError("its process sent something before it was asked")
        raise Gone

"""One worker as the trusted side sees it: a question goes over, one answer to it comes back, in time or not at all."""

from __future__ import annotations

import contextlib
import secrets
import socket
import time
from collections.abc import Callable
from typing import Any

from ccv.grading import wire
from ccv.grading.worker import READY

START_SECONDS = 120.0  # a cold import of TensorFlow on a slow disk
_LONGEST_REASON = 300


class Gone(Exception):
    """The worker ended without an answer."""


class NotStarted(RuntimeError):
    """No worker could be started: the grader's fault or the machine's, never the student's."""


class Worker:
    """One process that holds a student's definitions."""

    def __init__(self, connection: socket.socket, end: Callable[[], None]):
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

    def ask(self, timeout: float, **request: Any) -> Any:
        """Send a request and return the reply.

        Raises:
            wire.TimedOut: no reply within `timeout` seconds; the worker must be closed.
            Gone: the process ended first.
            wire.WireError: the reply is damaged or too large, or was not given to this request.
        """
        token = secrets.token_bytes(16)  # the student's code cannot know it before the request is there
        deadline = time.monotonic() + timeout
        parts = wire.encode(request)
        if timeout <= 0:
            raise wire.TimedOut("no time is left")
        try:
            self._refuse_unasked()
            self._connection.settimeout(timeout)
            wire.send(self._connection, [token, *parts])
            answered, *reply = wire.receive(self._connection, deadline - time.monotonic()) or [b""]
            if answered != token:
                raise wire.WireError("its process sent something else")
            return wire.decode(reply)
        except wire.Closed:
            raise Gone from None
        except TimeoutError:
            raise wire.TimedOut("no answer in time") from None
        except OSError:
            raise Gone from None

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

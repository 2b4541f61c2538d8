"""Messages on a connection: the number of their parts, then each part with its length."""

from __future__ import annotations

import socket
import struct
import time

MAX_MESSAGE_BYTES = 256 * 2**20
_LENGTH = struct.Struct("!Q")
_MOST_PARTS = 10_000
_SENT_AT_ONCE = 2**16  # bytes of parts that are joined: each `sendall` may wake the other side


class WireError(Exception):
    """A value that cannot cross the border, or a message that does not follow the format."""


class Closed(WireError):
    """The other side has gone."""


class TimedOut(WireError):
    """The other side did not answer before the deadline."""


def send(connection: socket.socket, parts: list[bytes]) -> None:
    """Send one message: the number of parts, then each with its length in bytes."""
    pieces = [_LENGTH.pack(len(parts)), *(piece for part in parts for piece in (_LENGTH.pack(len(part)), part))]
    if sum(map(len, pieces)) <= _SENT_AT_ONCE:
        pieces = [b"".join(pieces)]
    for piece in pieces:
        connection.sendall(piece)


def receive(connection: socket.socket, timeout: float | None = None) -> list[bytes]:
    """Receive one message within `timeout` seconds.

    Raises:
        TimedOut: no whole message came in time.
        Closed: the other side went away first.
        WireError: the message is larger than `MAX_MESSAGE_BYTES`.
    """
    deadline = None if timeout is None else time.monotonic() + timeout
    count = _LENGTH.unpack(_read(connection, _LENGTH.size, deadline))[0]
    if count > _MOST_PARTS:
        raise WireError("a message of too many parts")
    parts: list[bytes] = []
    total = 0
    for _ in range(count):
        size = _LENGTH.unpack(_read(connection, _LENGTH.size, deadline))[0]
        total += size
        if total > MAX_MESSAGE_BYTES:
            raise WireError(f"the result is larger than {MAX_MESSAGE_BYTES // 2**20} MB")
        parts.append(_read(connection, size, deadline))
    return parts


def _read(connection: socket.socket, size: int, deadline: float | None) -> bytes:
    data = bytearray()
    while len(data) < size:
        if deadline is not None:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimedOut("no answer in time")
            connection.settimeout(left)
        try:
            piece = connection.recv(min(size - len(data), 2**20))
        except TimeoutError:
            raise TimedOut("no answer in time") from None
        except OSError:
            raise Closed("the other side is gone") from None
        if not piece:
            raise Closed("the other side is gone")
        data += piece
    return bytes(data)

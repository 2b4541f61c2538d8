"""Where processes for a student's code begin: they lock themselves up before anything heavy is loaded."""

from __future__ import annotations

import json
import socket
import sys

from ccv.grading.isolation import probes


def main() -> None:
    """Become a fork server (`server FD`), a worker (`worker PORT TOKEN REQUEST`) or a probe (`probe NAME`)."""
    mode, *arguments = sys.argv[1:]
    if mode == "probe":
        raise SystemExit(0 if probes.attempt(arguments[0]) else 1)
    if mode == "server":
        _serve(socket.socket(fileno=int(arguments[0])))
        return
    from ccv.grading.border.worker import work

    port, token, request = arguments
    connection = socket.create_connection(("127.0.0.1", int(port)))
    connection.sendall(token.encode())
    work(connection, json.loads(request))


def _serve(control: socket.socket) -> None:
    from ccv.grading.isolation import limits, linux, namespaces

    with control.makefile("rb") as lines:  # not in the command, which its workers could read
        settings = json.loads(lines.readline())
    limits.inherit_no_memory_limit()
    linux.offer_to_memory_killer()
    if settings["view"] == "namespaces":
        namespaces.enter(settings["readable"], settings["hidden"])  # needs a process of one thread: before NumPy
    linux.gain_no_privileges()
    linux.drop_capabilities()
    linux.hide_memory()
    from ccv.grading.border.fork_server import run

    run(control, settings)

"""What the student's process replied: an answer, or a failure that says why there is none."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Sequence
from typing import Any

from ccv.grading import failures
from ccv.grading.comparing.calls import spell_call
from ccv.grading.mistakes.advice import advice, gist

_LONGEST_TEXT = 500


def judge_reply(name: str, reply: Any, *, loading: bool = False) -> dict:
    """Return a reply that carries an answer, or raise the failure that it reports.

    The reply is the student's process's word, so nothing in it is trusted beyond being data.
    """
    if type(reply) is not dict:
        raise _something_else(name)
    status, kind = text_of(reply, "status"), text_of(reply, "kind")
    if status == "ok" and loading and kind in {"function", "object"}:
        return {"status": "ok", "kind": kind}
    if status == "ok" and "value" in reply and (kind == "data" or not loading):
        changed = reply["changed"][:10] if type(reply.get("changed")) is list else []
        names = [name[:100] for name in changed if type(name) is str and name.isidentifier()]
        return {"status": "ok", "kind": "data", "value": reply["value"], "changed": names}
    if status == "blank":
        raise failures.Blank(name, text_of(reply, "by")[:100])
    if status == "missing":
        known = reply["known"][:1000] if type(reply.get("known")) is list else []
        raise failures.Missing(name, [k for k in known if type(k) is str and len(k) < 100])
    if status == "damaged":
        raise failures.Failed(
            f"the cell that should define `{name}` is no valid Python: {text_of(reply, 'message')} "
            f"(cell {_number(reply, 'cell')}, line {_number(reply, 'line')})"
        )
    if status == "nodata":
        raise no_data(name, text_of(reply, "message"))
    if status == "error":
        said = advice(text_of(reply, "message"), text_of(reply, "text"))
        raise failures.Failed(_error_sentence(name, reply), said)
    raise _something_else(name)


def forbidden_function(may_not_call: Sequence[str], function: str) -> str:
    """The function that the student's process says was called, if it is forbidden and no text of the student's."""
    below = any(function == name or function.startswith(f"{name}.") for name in may_not_call)
    return function if below and function.replace(".", "").isidentifier() else ", ".join(may_not_call[:1])


def no_data(name: str, why: object) -> failures.NoData:
    """What to raise for an answer that is not data."""
    return failures.NoData(f"`{name}` gives an answer that cannot be judged: {why}")


def _something_else(name: str) -> failures.NoData:
    return failures.NoData(f"`{name}` did not give a usable answer: its process sent something else")


def _error_sentence(name: str, reply: dict) -> str:
    message = f": {said}" if (said := gist(text_of(reply, "message"))) else ""
    cell = f"cell {_number(reply, 'cell')}, " if "cell" in reply else ""
    code = f": `{text}`" if (text := text_of(reply, "text")) else ""
    place = f" ({cell}line {_number(reply, 'line')}{code})" if "line" in reply else ""
    return f"`{name}` raised {text_of(reply, 'type')}{message}{place}"


# Errors that no value causes: names that are not there, and calls that do not fit a function.
_OF_NAMES = re.compile(r"raised (?:NameError|UnboundLocalError|ImportError|ModuleNotFoundError)|argument")


@contextlib.contextmanager
def telling(name: str, args: tuple, kwargs: dict[str, Any]) -> Iterator[None]:
    """Add the call, as code to paste, to the message of an answer that raised, took too long or gave no data.

    Of an error where an argument is None, that says more than what Python could not do with it; a name that is not
    known has nothing to do with it.
    """
    try:
        yield
    except (failures.Failed, failures.TooSlow, failures.Crashed, failures.NoData) as error:
        error.args = (f"{error}\nThe call: `{spell_call(name, args, kwargs)}`",)
        empty = any(value is None for value in (*args, *kwargs.values()))
        if empty and isinstance(error, failures.Failed) and not _OF_NAMES.search(str(error)):
            error.advice = "an argument is None in this call: has that case an answer of its own?"
        raise


def text_of(reply: dict, key: str) -> str:
    """A text of a reply, shortened; empty where there is none."""
    value = reply.get(key)
    return value[:_LONGEST_TEXT] if type(value) is str else ""


def _number(reply: dict, key: str) -> int:
    value = reply.get(key)
    return value if type(value) is int and 0 <= value < 10**9 else 0

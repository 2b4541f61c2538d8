"""What students' code says, made fit for a report: the same bytes on every run, and nothing that a terminal obeys."""

from __future__ import annotations

import re
import tempfile
import unicodedata
from pathlib import Path

LONGEST_MESSAGE = 800  # characters of one check's message
LONGEST_EXERCISE = 3000  # characters of all messages of an exercise
_ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]?|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|\x9b[0-?]*[ -/]*[@-~]?|\x1b.?"
)
_ADDRESS = re.compile(r"\b0x[0-9A-Fa-f]{8,16}\b")
# Where temporary files lie: random names, and on a teacher's machine the login as well.
_SCRATCH_ROOTS = {"/worker", "/tmp", "/var/tmp", "/dev/shm", "/var/folders", "/private/var/folders", "/private/tmp"}
_SPACES = re.compile(r"[ \t\f\v\xa0]+")


def clean(text: object, longest: int = LONGEST_MESSAGE) -> str:
    r"""Return text without escapes, control characters, lone surrogates, addresses and scratch paths, cut to length.

    >>> clean("<Net at 0x7f3a5c0012d0> \x1b[31mred\x1b[0m\x07 \ud800")
    '<Net at 0x…> red �'
    """
    try:
        said = str(text)
    except Exception:  # an object whose __str__ fails
        said = f"a {type(text).__name__}"
    # A message may be as large as memory; a few times what is kept is enough to look at.
    said = _ESCAPES.sub("", said[: 4 * longest])
    said = "".join(_printable(c) for c in said.replace("\r\n", "\n"))
    said = _ADDRESS.sub("0x…", _scratch_paths().sub("(scratch)", said))
    lines = [_SPACES.sub(" ", line).rstrip() for line in said.split("\n")]
    said = "\n".join(line for line in lines if line).strip()
    return said if len(said) <= longest else said[: longest - 1] + "…"


def encodable(text: str) -> str:
    """Replace what UTF-8 cannot hold, such as the bytes of a file name that is no text."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _printable(character: str) -> str:
    if character == "\n" or (character.isascii() and character.isprintable()):
        return character
    kind = unicodedata.category(character)
    if kind == "Cs":
        return "\ufffd"
    if kind == "Cc" or kind in ("Zl", "Zp"):
        return " " if character.isspace() else ""
    return "" if kind == "Cf" else character  # Cf: text that runs backwards, or that nobody sees


def _scratch_paths() -> re.Pattern:
    roots = _SCRATCH_ROOTS | {tempfile.gettempdir(), str(Path(tempfile.gettempdir()).resolve())}
    alternatives = "|".join(re.escape(root) for root in sorted(roots, key=lambda r: (-len(r), r)))
    return re.compile(rf"(?<![\w.])(?:{alternatives})[/\\][^\s'\"`,;:()<>]*")

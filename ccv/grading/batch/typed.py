"""Code in a text that was typed into a platform (Moodle's onlinetext.html, Canvas's text.html), or in a page."""

from __future__ import annotations

import ast
import re
import warnings
from html.parser import HTMLParser

from ccv.grading.batch.platforms import SUMMARY
from ccv.grading.reading.submission import UnreadableSubmission
from ccv.grading.reading.text import encodable

_MOST_BYTES = 20 * 2**20  # editors put pictures into the text
_MOST_LINES = 20_000
_BLOCKS = {"p", "div", "pre", "br", "hr", "li", "ul", "ol", "dl", "dt", "dd", "table", "tr", "td", "th"}
_BLOCKS |= {"h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "section", "article", "textarea"}
_VOID = {"br", "hr", "img", "input", "meta", "link", "wbr", "col", "area", "base", "embed", "source", "track"}
_UNSHOWN = {"script", "style", "head", "title", "template"}
_EXACT = re.compile(r"white-space:\s*(?:pre|break)")
_OUTPUT = re.compile(r"\b(?:jp-OutputArea|output_area|output_wrapper)\b")  # of a notebook saved as a page
_PLAIN_SPACE = re.compile(r"[ \t\r\n\f]+")
_STATEMENT = re.compile(
    r"(?:async\s+def|def|class)\s+\w+|import\s+\w|from\s+[\w.]+\s+import\b|@\w|%%?\w"
    r"|(?:if|for|while|with|try|else|elif|except|finally)\b.*:\s*(?:#.*)?$"
    r"|[\w.\[\]'\", ]+(?:[-+*/|&^%@]|//|\*\*)?=(?!=)"
)
_CONTINUES = re.compile(r"(?:else|elif|except|finally)\b|[)\]}]")
_FENCE = re.compile(r"\s*(?:```|~~~)\s*\w*\s*$")
# What word processors and editors make of code, and what it was.
_TYPOGRAPHY = str.maketrans(
    {"“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "‚": "'", "–": "-", "−": "-", "…": "..."}
)
_INVISIBLE = str.maketrans(dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u00ad"))
_WORDS_SHOWN = 80


def typed_cells(name: str, data: bytes) -> list[str]:
    """Return the code in a typed text as cells; the prose around it is passed over.

    Args:
        name: of the file; that of Blackboard's text is `platforms.SUMMARY`, every other is HTML.
        data: its bytes.

    Raises:
        UnreadableSubmission: it holds no code, or is too large; the message has its first words.
    """
    if len(data) > _MOST_BYTES:
        raise UnreadableSubmission(f"{name} is larger than {_MOST_BYTES // 2**20} MB: hand in the notebook as a file")
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    text = data.decode(encoding, errors="replace")
    lines = _blackboard(text) if name == SUMMARY else lines_of(text)
    lines = [encodable(line.translate(_INVISIBLE).rstrip()) for line in lines[:_MOST_LINES]]
    cells = _cells(_chunks(lines))
    if cells:
        return cells
    words = " ".join(" ".join(lines).split())
    said = f' ("{words[:_WORDS_SHOWN]}{"…" if len(words) > _WORDS_SHOWN else ""}")' if words else ""
    what = "typed text that holds no code" if words else "an empty text"
    raise UnreadableSubmission(f"there is only {what}{said}: hand in the notebook (.ipynb) as a file")


def lines_of(page: str) -> list[str]:
    r"""The lines of a page as a browser shows them, with every no-break space as a space.

    >>> lines_of("<p>def f(x):<br />\n&nbsp; &nbsp; return x &lt; 3</p>")
    ['def f(x):', '    return x < 3']
    """
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return reader.lines()


class _Reader(HTMLParser):
    """Collects lines; white space counts inside <pre> and its like, and is one space elsewhere."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._done: list[str] = []
        self._line: list[str] = []
        self._open: list[tuple[str, bool, bool]] = []  # tag, whether white space counts, whether it is shown

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS:
            self._end_line(always=tag == "br")
        if tag in _VOID:
            return
        said = {name: value or "" for name, value in attrs}
        _, exact, shown = self._open[-1] if self._open else ("", False, True)
        exact = exact or tag in {"pre", "textarea"} or bool(_EXACT.search(said.get("style", "")))
        shown = shown and tag not in _UNSHOWN and not _OUTPUT.search(said.get("class", ""))
        self._open.append((tag, exact, shown))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS:
            self._end_line(always=tag == "br")

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self._end_line()
        for place in range(len(self._open) - 1, max(-1, len(self._open) - 50), -1):
            if self._open[place][0] == tag:
                del self._open[place:]
                return

    def handle_data(self, data: str) -> None:
        _, exact, shown = self._open[-1] if self._open else ("", False, True)
        if not shown:
            return
        if not exact:
            self._line.append(_PLAIN_SPACE.sub(" ", data))
            return
        for number, line in enumerate(re.split(r"\r\n?|\n", data)):
            if number:
                self._end_line(always=True)
            # Marked, so that it outlives the trimming of what is no more than the source's own indentation.
            self._line.append(line.expandtabs(4).replace(" ", "\xa0"))

    def lines(self) -> list[str]:
        """All lines so far."""
        self._end_line()
        return self._done

    def _end_line(self, *, always: bool = False) -> None:
        line = _PLAIN_SPACE.sub(" ", "".join(self._line)).strip(" ").replace("\xa0", " ").rstrip()
        self._line = []
        if line or always:
            self._done.append(line)


def _blackboard(text: str) -> list[str]:
    """What stands in Blackboard's text between the heads that it writes itself."""
    match = re.search(r"^Submission Field:[ \t]*\r?\n(.*?)(?=^(?:Comments|Files):|\Z)", text, re.MULTILINE | re.DOTALL)
    body = match[1] if match else ""
    return lines_of(body) if re.search(r"<(?:p|br|div|pre)\b", body, re.IGNORECASE) else body.splitlines()


def _chunks(lines: list[str], *, brackets: bool = True) -> list[list[str]]:
    """Lines that belong together: a line without indentation, and those that go on with it.

    Open brackets go on until they are closed, where `brackets` says so.
    """
    chunks: list[list[str]] = []
    depth = 0
    for line in lines:
        if _FENCE.match(line):
            depth = 0
            chunks.append([])
            continue
        goes_on = depth > 0 or not line or line[0].isspace() or _CONTINUES.match(line) or _decorated(chunks)
        if not (chunks and goes_on):
            chunks.append([])
            depth = 0
        chunks[-1].append(line)
        starts_code = _STATEMENT.match(chunks[-1][0]) is not None
        depth = max(0, depth + _opened(line)) if starts_code and brackets else 0
    chunks = [c for c in chunks if any(c)]
    # A bracket that is never closed must not take everything below it along.
    broken = [brackets and _parsed(_mended("\n".join(c))) is None for c in chunks]
    return [part for c, b in zip(chunks, broken, strict=True) for part in (_chunks(c, brackets=False) if b else [c])]


def _decorated(chunks: list[list[str]]) -> bool:
    """Whether the chunk so far is decorators alone."""
    return bool(chunks and chunks[-1]) and all(line.startswith("@") for line in chunks[-1])


def _opened(line: str) -> int:
    bare = re.sub(r"\"[^\"]*\"|'[^']*'|#.*", "", line)
    return sum(bare.count(c) for c in "([{") - sum(bare.count(c) for c in ")]}")


def _cells(chunks: list[list[str]]) -> list[str]:
    """Cells of code: what parses is joined with its neighbours, what does not costs nothing but itself."""
    cells: list[str] = []
    joined = False
    for chunk in chunks:
        source = _mended("\n".join(chunk).strip("\n"))
        kind = _code_in(source)
        if kind is None:
            joined = False
            continue
        if joined and kind:
            cells[-1] += f"\n{source}"
        else:
            cells.append(source)
        joined = kind
    return cells if any(_tells(cell) for cell in cells) else []


def _mended(source: str) -> str:
    """The source as it is where it parses, else without a word processor's typography where that does."""
    plain = source.translate(_TYPOGRAPHY)
    return plain if _parsed(source) is None and _parsed(plain) is not None else source


def _code_in(source: str) -> bool | None:
    """True for Python, False for what looks like it and does not parse, None for prose."""
    if _STATEMENT.match(source):
        return _parsed(source) is not None
    tree = _parsed(source)
    # A word alone is Python too, and so are `thanks` and `2`.
    calls = tree is not None and any(isinstance(node, ast.Call | ast.Assign) for node in ast.walk(tree))
    return True if calls else None


def _tells(cell: str) -> bool:
    return any(_STATEMENT.match(line) for line in cell.split("\n"))


def _parsed(source: str) -> ast.Module | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(source)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None

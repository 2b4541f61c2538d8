"""Scripts that a program made of a notebook, as the notebook that they were: their cells and magics are put back.

Jupyter's "Save as Executable Script" writes `get_ipython().run_cell_magic('time', '', '...')`, with the cell as a text,
and Colab's "Download .py" comments the cell out. Only the standard library, and nothing of the script is run.
"""

from __future__ import annotations

import ast
import re

_CELL = re.compile(r"^# In\[[ \d]*\]:[ \t]*$", re.MULTILINE)  # above each cell, as Jupyter writes it
_CALL = re.compile(
    r"^([ \t]*)get_ipython\(\)\.(run_cell_magic|run_line_magic|magic|system)(\(.*\))[ \t]*$", re.MULTILINE
)
_COLAB = "# Commented out IPython magic to ensure Python compatibility."


def as_in_the_notebook(text: str) -> str:
    r"""Return a script with the marks of cells and the magics that stood in its notebook.

    >>> as_in_the_notebook("# In[3]:\n\nget_ipython().run_cell_magic('time', '', 'x = 1\\n')\n")
    '# %%\n\n%%time\nx = 1\n\n'
    >>> as_in_the_notebook(_COLAB + "\n# %%time\n# x = 1\n\ny = 2")
    '# %%\n%%time\nx = 1\n# %%\ny = 2'
    """
    if "get_ipython()" in text:
        text = _CELL.sub("# %%", _CALL.sub(_magic, text))
    return _uncommented(text) if _COLAB in text else text


def _magic(call: re.Match[str]) -> str:
    """A magic as it was typed; the call itself where it is none that Jupyter writes."""
    indent, kind, given = call.groups()
    try:
        found = ast.literal_eval(given)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return call[0]
    words = [*found] if isinstance(found, tuple) else [found]
    if not all(isinstance(word, str) for word in words):
        return call[0]
    if kind == "run_cell_magic" and len(words) == 3:
        return f"%%{words[0]} {words[1]}".rstrip() + f"\n{words[2]}"
    return indent + ("!" if kind == "system" else "%") + " ".join(words).rstrip()


def _uncommented(text: str) -> str:
    """Colab's comments undone: a whole cell, as far as its comment goes, or the magics in it."""
    lines: list[str] = []
    waiting = whole = False  # for the first line of a cell; within one that was commented out whole
    for line in text.split("\n"):
        if whole and not line.startswith("#"):
            whole = False
            lines.append("# %%")
            if not line:
                continue
        if line == _COLAB:
            waiting = True
            continue
        if waiting and line.startswith("# %%"):
            whole = True
            lines.append("# %%")
        waiting = False
        magic = line.startswith(("# %", "# !"))
        lines.append(line.removeprefix("#").removeprefix(" ") if whole or magic else line)
    return "\n".join(lines)

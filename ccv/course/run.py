"""Runs a solved lab headless and leaves its notebook, figures, metrics and score sheet in a folder."""

from __future__ import annotations

import base64
import json
import os
import platform
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat

from ccv.course.build import solved_notebook
from ccv.course.catalog import Lab
from ccv.grading import grade
from ccv.grading.sheet import Sheet
from ccv.tf_log import without_chatter
from ccv.versions import installed

_PACKAGES = ("ccv", "keras", "tensorflow", "jax", "torch", "numpy", "matplotlib")

Progress = Callable[[int, int, str], None]


class LabFailed(RuntimeError):
    """A cell of a lab raised an error."""


def run_lab(lab: Lab, out: Path, *, scale: str = "quick", seed: int = 0, progress: Progress | None = None) -> Sheet:
    """Execute a solved lab from end to end and return its score sheet.

    Writes to `out`: the executed notebook, `figures/*.png`, `metrics.json` (what the lab recorded, seconds,
    seed, versions) and `score.json`.

    Args:
        lab: which lab.
        out: a folder; made where it is missing, files of an earlier run are replaced.
        scale: `"quick"` or `"full"`.
        seed: seed of everything random.
        progress: called before each cell with its number, how many there are, and the heading above it.

    Raises:
        LabFailed: a cell raised an error; the notebook up to there is in `out`.
    """
    out.mkdir(parents=True, exist_ok=True)
    notebook = solved_notebook(lab)
    (out / "metrics.json").unlink(missing_ok=True)
    started = time.perf_counter()
    try:
        with _environment(out, scale, seed):
            _execute(notebook, out, progress or (lambda *_: None))
    finally:
        _drop_startup_chatter(notebook)
        nbformat.write(notebook, out / lab.notebook.name)
        _write_figures(notebook, out / "figures")
    _write_metrics(out / "metrics.json", seconds=time.perf_counter() - started, seed=seed, scale=scale)
    sheet = grade(lab.directory, out / lab.notebook.name, seed=seed)
    sheet.write(out / "score.json")
    return sheet


def _execute(notebook: nbformat.NotebookNode, out: Path, progress: Progress) -> None:
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError

    code = [i for i, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
    headings = _headings(notebook)

    def starting(cell: nbformat.NotebookNode, cell_index: int) -> None:
        progress(code.index(cell_index) + 1, len(code), headings[cell_index])

    client = NotebookClient(
        notebook,
        kernel_name="python3",
        resources={"metadata": {"path": str(out)}},
        on_cell_start=lambda cell, cell_index: starting(cell, cell_index) if cell.cell_type == "code" else None,
        store_widget_state=False,
    )
    try:
        # What TensorFlow's C++ writes past Python's stderr would tear the progress bar.
        client.execute(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    except CellExecutionError as error:
        failed = next(i for i in code if any(o.output_type == "error" for o in notebook.cells[i].get("outputs", [])))
        raise LabFailed(
            f"cell {code.index(failed) + 1} (under {headings[failed]!r}) raised {error.ename}: {error.evalue}; "
            f"the notebook up to there is in {out}"
        ) from None


def _drop_startup_chatter(notebook: nbformat.NotebookNode) -> None:
    """Take TensorFlow's log lines out of the outputs; it writes them whatever the log level."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.output_type == "stream" and output.name == "stderr":
                output.text = without_chatter(output.text)
        if cell.cell_type == "code":
            cell.outputs = [o for o in cell.outputs if o.output_type != "stream" or o.text.strip()]


def _headings(notebook: nbformat.NotebookNode) -> list[str]:
    """The heading above each cell."""
    headings, heading = [], "start"
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            found = re.findall(r"^#+ +(.+)$", cell.source, re.MULTILINE)
            heading = found[-1].strip() if found else heading
        headings.append(heading)
    return headings


@contextmanager
def _environment(out: Path, scale: str, seed: int) -> Iterator[None]:
    """The kernel inherits these; see `ccv.lab`."""
    names = {
        "CCV_OUT": str(out.resolve()),
        "CCV_SCALE": scale,
        "CCV_SEED": str(seed),
        "TF_CPP_MIN_LOG_LEVEL": os.environ.get("TF_CPP_MIN_LOG_LEVEL", "3"),
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }
    if os.environ.get("CCV_DATA"):  # the kernel works in `out`, so a relative path would point elsewhere
        names["CCV_DATA"] = str(Path(os.environ["CCV_DATA"]).resolve())
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(names)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _write_figures(notebook: nbformat.NotebookNode, folder: Path) -> None:
    """Write each figure as PNG, named by its place and the heading above it."""
    folder.mkdir(exist_ok=True)
    for old in folder.glob("[0-9][0-9]_*.png"):
        old.unlink()
    headings = _headings(notebook)
    pictures = [
        (headings[i], output.data["image/png"])
        for i, cell in enumerate(notebook.cells)
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {})
    ]
    for number, (heading, data) in enumerate(pictures, start=1):
        slug = re.sub(r"[^a-z0-9]+", "_", heading.lower()).strip("_")[:50]
        (folder / f"{number:02d}_{slug}.png").write_bytes(base64.b64decode(data))


def _write_metrics(path: Path, *, seconds: float, seed: int, scale: str) -> None:
    recorded = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    versions = {"python": platform.python_version()} | installed(_PACKAGES)
    run = {"seconds": round(seconds, 1), "seed": seed, "scale": scale, "versions": versions}
    path.write_text(json.dumps(recorded | run, indent=2) + "\n", encoding="utf-8")

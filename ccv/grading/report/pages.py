"""The pages: one for each student, and one of the class for the teacher."""

from __future__ import annotations

import re
import shlex
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from ccv.grading.batch.record import Header
from ccv.grading.report import looking
from ccv.grading.report import results as class_results
from ccv.grading.report._text import clean, one_line
from ccv.grading.report.pictures import histogram, picture
from ccv.grading.report.results import Exercise, Result
from ccv.grading.report.similarity import Pair

_PAIRS_SHOWN = 60
_CODE = re.compile(r"`([^`\n]{1,200})`")

# A word for each status, and what it means and what to do, for the student.
WORDS = {
    "passed": "right",
    "partial": "partly right",
    "failed": "not right yet",
    "blank": "still blank",
    "missing": "not found",
    "forbidden": "not your own work yet",
    "error": "stopped by an error",
    "damaged": "not readable as Python",
    "timeout": "stopped at the time limit",
    "crashed": "ended without an answer",
}
EXPLANATIONS = {
    "passed": "Every check of this exercise passed.",
    "partial": "Some checks pass and some do not yet: the idea works, and a case is left over. Start with the case "
    "that the message names.",
    "failed": "Your code runs and gives an answer, but the check expected another one. Try a small example that you "
    "can work out by hand, and compare each step.",
    "blank": "The placeholder that was handed out is still there. Replace it with your answer; a part of an answer may "
    "earn points too.",
    "missing": "No cell defines this name. Keep the names that the lab uses, spelled the same, and check that the cell "
    "was not deleted before you saved the notebook.",
    "error": "Python stopped with an error before there was an answer. Restart the kernel, run all cells from the top, "
    "and read the last line of the error first: it usually names the place.",
    "forbidden": "Your answer calls a function that does the exercise, which the exercise is there to have you write. "
    "Other functions of the package may be used: the message names the one that may not.",
    "damaged": "The cell is not valid Python, so it could not be run. Look for an open bracket, a missing colon or "
    "wrong indentation at the line that the message names.",
    "timeout": "Your code was still running at the time limit and was stopped. Often a loop never ends, or works much "
    "more than it needs to: try it on a tiny input and print how often it goes round.",
    "crashed": "The process that ran your code ended before it gave an answer. Look for a call of exit(), for very "
    "large arrays, and for a function that calls itself without end.",
}
_OTHERWISE = "This exercise earned no points yet; the message says why."


def feedback_page(header: Header, result: Result) -> str:
    """The page of one student. It shows what the sheet says and nothing of anybody else."""
    lab, file = f"labs/{one_line(header.lab)}", one_line(result.record.file).rsplit("/", 1)[-1]
    again = f"pytest {shlex.quote(lab)} --submission={shlex.quote(file)} --check-seed={result.record.seed}"
    to_do = [e for e in result.exercises if e.points < e.max_points or e.status != "passed"]
    greeting = _greeting(result)
    return _render(
        "feedback.html",
        header=header,
        result=result,
        to_do=to_do,
        greeting=greeting,
        again=again,
        counted_file=looking.counted_file(result),
        left_out=looking.left_out(result),
    )


def class_page(header: Header, results: list[Result], pairs: list[Pair], files: list[str]) -> str:
    """The page of the class: how it went, what was hard, and what the teacher should look at."""
    counted = class_results.counted(results)
    counts, edges = class_results.distribution(counted)
    label = "Histogram of the totals: " + ", ".join(
        f"{n} from {low:.3g} to {high:.3g}" for n, low, high in zip(counts, edges, edges[1:], strict=False) if n
    )
    return _render(
        "class.html",
        header=header,
        results=results,
        counted=counted,
        middle=class_results.middle(counted),
        bins=list(zip(counts, edges, edges[1:], strict=False)),
        histogram=histogram(counts, edges, label),
        difficulties=class_results.difficulties(header, counted),
        to_look_at=looking.to_look_at(results),
        absent=looking.absent(results),
        handed_in=[r for r in results if r.handed_in],
        graded=[r for r in results if r.record.status == "graded"],
        unread=[r for r in counted if not r.exercises],
        rostered=any(r.person or r.remark for r in results),
        shared_ids=looking.shared_ids(results),
        pairs=pairs[:_PAIRS_SHOWN],
        more_pairs=max(len(pairs) - _PAIRS_SHOWN, 0),
        pages={r.name: _link(r) for r in results},
        files=files,
    )


def _greeting(result: Result) -> str:
    """One encouraging sentence."""
    if not result.exercises:
        return ""
    if result.share >= 1:
        return "All points. Very well done."
    if result.share >= 0.75:
        return "Most of it is right. A few details are left, and they are named below."
    if result.share >= 0.4:
        return "You are well on your way. Below is what to look at next."
    if result.share > 0:
        return "You have made a start, and each exercise below tells you what to try next."
    if all(e.kind == "blank" for e in result.exercises):
        return "Nothing is filled in yet. Begin with the first exercise: it is meant to be short."
    return "No points yet, and that can change: the messages below tell you where each answer stands."


# ----------------------------------------------------------------------------------------------------------- Jinja


def _render(template: str, **values: Any) -> str:
    return _environment().get_template(template).render(**values)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("ccv.grading.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "line": one_line,
        "code": _code,
        "breakable": lambda name: escape(name).replace("_", Markup("_<wbr>")),
        "points": lambda value: f"{value:g}",
        "percent": lambda share: f"{100 * share:.0f} %",
        "width": lambda share: f"{100 * share:.1f}%",
        "word": lambda e: WORDS.get(e.status, one_line(e.status)),
        "explanation": lambda e: EXPLANATIONS.get(e.status, _OTHERWISE),
        "picture": _picture,
        "link": _link,
    }
    return environment


def _code(text: object) -> Markup:
    """Clean text with `names in backticks` set as code, and its lines kept."""
    parts = _CODE.split(clean(text))
    marked = (Markup("<code>{}</code>").format(p) if i % 2 else escape(p) for i, p in enumerate(parts))
    return Markup("").join(marked).replace("\n", Markup("<br>"))


def _picture(exercise: Exercise) -> Markup:
    return picture(exercise.picture, f"Picture of {exercise.name}")


def _link(result: Result) -> str:
    return f"feedback/{quote(result.page)}.html"

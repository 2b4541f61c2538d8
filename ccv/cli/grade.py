"""`ccv grade LAB PATH...`: one submission on the screen, or a class into a folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable

    from ccv.grading.batch.record import Header
    from ccv.grading.batch.run import Outcome
    from ccv.grading.report.results import Result

EPILOG = (
    "Examples:  [b]ccv grade 01_xo alice.ipynb[/b]   [b]ccv grade 01_xo moodle.zip --out grades --jobs 4[/b]   "
    "[b]ccv grade 01_xo moodle.zip --out grades --resume[/b]   "
    "[b]ccv grade 01_xo canvas.zip --roster students.csv --attempts best[/b]   "
    "[b]ccv grade 01_xo class/ --shard 2/8 --out part2[/b]   "
    "[b]ccv grade 01_xo --merge part* --out grades[/b]   [b]ccv grade --list-protections[/b]"
)
_HARDEST = 3  # exercises in the summary
_LOOK = 3  # exit code: some submission needs the teacher's eyes


def command(
    lab: Annotated[
        str | None,
        typer.Argument(metavar="LAB", help="name or number of a lab: 03_lenet, lenet, 3", show_default=False),
    ] = None,
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="PATH...",
            help="notebooks, scripts, folders, zips; names of Moodle, Canvas and nbgrader are understood",
            show_default=False,
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="folder for journal and reports (default: grades/LAB)")] = None,
    jobs: Annotated[int | None, typer.Option(min=1, help="graders at work at once (default: one a core)")] = None,
    timeout: Annotated[
        float | None,
        typer.Option(min=0.1, help="most seconds for a question to an answer (the checks have limits of their own)"),
    ] = None,
    limit: Annotated[float, typer.Option(min=1, help="most seconds for all exercises of a submission")] = 300,
    memory: Annotated[int, typer.Option(min=64, help="MB for a student's process")] = 2048,
    seed: Annotated[int, typer.Option(min=0, help="seed of the class; each student's own comes from it")] = 0,
    exercise: Annotated[list[str] | None, typer.Option(help="grade only this exercise (repeatable)")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="go on where a run was stopped")] = False,
    shard: Annotated[str | None, typer.Option(metavar="i/n", help="grade only part i of n of the class")] = None,
    merge: Annotated[bool, typer.Option("--merge", help="the PATHs are --out folders of shards: join them")] = False,
    list_protections: Annotated[
        bool, typer.Option("--list-protections", help="say what guards this machine, and stop")
    ] = False,
    attempts: Annotated[
        str, typer.Option(metavar="latest|best|first", help="which of several files of one student counts")
    ] = "latest",
    roster: Annotated[
        Path | None,
        typer.Option(metavar="students.csv", help="the class, as Canvas or Moodle exports it: who handed in nothing?"),
    ] = None,
    require_isolation: Annotated[
        bool, typer.Option("--require-isolation", help="refuse to grade where a guard is missing")
    ] = False,
    score_json: Annotated[Path | None, typer.Option(help="write the score sheet of the one file as JSON")] = None,
) -> None:
    """Grade submissions; their code runs in guarded processes of its own, with limits on time and memory."""
    console = Console()
    if list_protections:
        console.print(protections_table())
        return
    if lab is None or not paths:
        raise ValueError("say which lab and what to grade: ccv grade LAB PATH... (ccv grade --help shows examples)")
    from ccv.course.catalog import find_lab

    directory = find_lab(lab).directory
    files = [p.expanduser() for p in paths]
    if merge:
        if out is None:
            raise ValueError("say where the merged grades go: ccv grade LAB --merge DIR1 DIR2 --out DIR")
        from ccv.grading.batch import merge as merge_shards

        _show(merge_shards(directory, files, out.expanduser(), roster=roster and roster.expanduser()), console)
        return
    alone = len(files) == 1 and not files[0].is_dir() and files[0].suffix.lower() != ".zip"
    if alone and not (out or resume or shard or roster):
        _grade_one(directory, files[0], exercise, seed, timeout, memory, limit, require_isolation, score_json, console)
        return
    if score_json:
        raise ValueError("--score-json is for one file: scores of a class are in scores.json in --out")
    folder = (out or Path("grades") / directory.name).expanduser()
    options: dict[str, Any] = {"jobs": jobs, "timeout": timeout, "memory": memory, "seed": seed, "limit": limit}
    options |= {"exercises": exercise or None, "resume": resume, "shard": shard, "require_isolation": require_isolation}
    options |= {"attempts": attempts, "roster": roster and roster.expanduser()}
    _show(_grade_class(directory, files, folder, options, console), console)


def _grade_one(
    directory: Path,
    file: Path,
    exercises: list[str] | None,
    seed: int,
    timeout: float | None,
    memory: int,
    limit: float,
    require_isolation: bool,
    score_json: Path | None,
    console: Console,
) -> None:
    from ccv.grading.batch import grade_alone

    if require_isolation:
        from ccv.grading.batch.run import refuse_unguarded
        from ccv.grading.isolation import missing_for_isolation

        refuse_unguarded(missing_for_isolation())
    sheet = grade_alone(
        directory,
        file,
        exercises=exercises or None,
        seed=seed,
        memory_bytes=memory * 2**20,
        timeout=timeout,
        limit=limit,
    )
    console.print(sheet.table())
    for line in sheet.eyes:
        console.print(Text(f"Needs your eyes: {line}", style="yellow"))
    if score_json:
        sheet.write(score_json.expanduser())


def _grade_class(
    directory: Path, files: list[Path], folder: Path, options: dict[str, Any], console: Console
) -> Outcome:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from ccv.grading.batch import grade_class

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    try:
        with Progress(*columns, console=console, transient=True) as bar:
            task = bar.add_task(f"grading {directory.name}", total=None)
            return grade_class(directory, files, folder, progress=_advance(bar, task), **options)
    except KeyboardInterrupt:
        console.print(f"Stopped. What was graded is kept in {folder}: go on with --resume", soft_wrap=True)
        raise


def _advance(bar: Any, task: Any) -> Callable[[int, int], None]:
    return lambda done, total: bar.update(task, completed=done, total=total)


def _show(outcome: Outcome, console: Console) -> None:
    from ccv.grading.report.looking import to_look_at
    from ccv.grading.report.results import read_results

    results = read_results(outcome.header, outcome.records, outcome.roster, complete=outcome.complete)
    console.print(summary_table(outcome.header, results))
    for warning in outcome.warnings:
        console.print(Text(f"Warning: {warning}", style="yellow"))
    for result, why in to_look_at(results):
        name = f"{result.name} ({result.record.file})" if result.record.file else result.name
        console.print(Text(f"{name}: {why}", style="yellow"))
    console.print(Text(f"Scores, feedback pages and the class page are in {outcome.out}"), soft_wrap=True)
    if any(r.status == "failed" for r in outcome.records):
        raise typer.Exit(_LOOK)


def summary_table(header: Header, results: list[Result]) -> Table:
    """A short table of the class, with the figures of the class page."""
    from ccv.grading.report.looking import absent
    from ccv.grading.report.results import counted, difficulties, middle, statuses

    handed_in = [r for r in results if r.handed_in]
    title = f"{header.lab}: {len(handed_in)} submission{'' if len(handed_in) == 1 else 's'}"
    table = Table(title=title, title_justify="left", show_header=False)
    table.add_column("", style="bold", no_wrap=True)
    table.add_column("", overflow="fold")
    table.add_row("submissions", statuses(results) or "none")
    if missing := absent(results):
        table.add_row("nothing handed in", f"{len(missing)}: {', '.join(r.name for r in missing)}")
    if figures := middle(counted(results)):
        most = sum(header.exercises.values())
        table.add_row("points", f"mean {figures['mean']}, median {figures['median']}, of {most:g}")
    hardest = [d for d in difficulties(header, counted(results)) if d.kinds and d.share < 1][:_HARDEST]
    if hardest:
        table.add_row("hardest", ", ".join(f"{d.name} ({d.share:.0%})" for d in hardest))
    active = [p["name"] for p in header.protections if p["active"]]
    without = [p["name"] for p in header.protections if not p["active"]]
    table.add_row("protections", ", ".join(active) + (f" (without {', '.join(without)})" if without else ""))
    return table


def protections_table() -> Table:
    """What guards this machine from students' code, and how to get what is missing."""
    from ccv.grading.isolation import protections

    table = Table(title="protections on this machine", title_justify="left")
    for column in ("protection", "active", "guards", "how to get it"):
        table.add_column(column, overflow="fold")
    for one in protections():
        active = Text("yes", style="green") if one.active else Text("no", style="red")
        table.add_row(Text(one.name), active, Text(one.guards), Text("" if one.active else one.remedy))
    return table

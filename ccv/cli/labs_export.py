"""`ccv labs export`: the labs as a course of another tool."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

EPILOG = (
    "Examples:  [b]ccv labs export --nbgrader ~/course[/b]   [b]ccv labs export --nbgrader ~/course 01_xo 03_lenet[/b]"
)


def command(
    nbgrader: Annotated[Path, typer.Option(metavar="DIR", help="folder for a course of nbgrader; made if missing")],
    lab: Annotated[list[str] | None, typer.Argument(metavar="[LAB]...", help="only these labs: 03_lenet, 3")] = None,
    force: Annotated[
        bool, typer.Option(help="replace these labs in a course that is there; all else in it stays")
    ] = False,
) -> None:
    """Write the labs as a course that nbgrader accepts: its configuration and one source notebook a lab.

    nbgrader runs the student's code and the tests in one process, where points can be forged. For submissions that
    nobody vetted there is [b]ccv grade[/b], which needs no export.
    """
    from ccv.course.catalog import find_lab, labs
    from ccv.course.nbgrader import export

    console = Console()
    chosen = list(dict.fromkeys(find_lab(name) for name in lab)) if lab else labs()
    for path in export(chosen, nbgrader.expanduser(), force=force):
        console.print(f"{path}", highlight=False, soft_wrap=True)
    console.print(
        f"Next:  [b]cd {nbgrader}[/b]  and  [b]nbgrader generate_assignment {chosen[0].name}[/b]", soft_wrap=True
    )

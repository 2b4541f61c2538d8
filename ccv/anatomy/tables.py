"""The papers' configuration tables, printed from the data that builds the models."""

from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import Any

from ccv.anatomy.text import html_table, text_table
from ccv.names import check_name


@dataclass(frozen=True, eq=False, repr=False)
class Grid:
    """A table of configurations: a column for each, a row for each stage. It prints, and shows in a notebook."""

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def __str__(self) -> str:
        return "\n".join([self.title, *text_table(self.headings, list(self.rows), self.headings)])

    __repr__ = __str__

    def __rich__(self) -> Any:
        from rich.table import Table
        from rich.text import Text

        table = Table(title=Text(self.title, style="bold"), title_justify="left")
        for heading in self.headings:
            table.add_column(Text(heading))
        for row in self.rows:
            table.add_row(*map(Text, row))
        return table

    def _repr_html_(self) -> str:
        body = [tuple(escape(cell).replace("\n", "<br>") for cell in row) for row in self.rows]
        return f"<h4>{escape(self.title)}</h4>{html_table(self.headings, body, left=self.headings)}"


def table(name: str) -> Grid:
    """Return a paper's table of configurations, from the data that the builders are made of: "vgg", "resnet".

    Raises TypeError for what is no name and ValueError for an unknown one, with the nearest, or all.

    >>> print(str(table("resnet")).splitlines()[0])
    ResNet (He et al. 2015), table 1
    """
    return TABLES[check_name("table", name, TABLES)]()


def vgg() -> Grid:
    """Table 1 of Simonyan and Zisserman (2014)."""
    from ccv.models.vgg import configuration_table

    headings, *rows = configuration_table()
    return Grid("VGG (Simonyan, Zisserman 2014), table 1", headings, tuple(rows))


def resnet() -> Grid:
    """Table 1 of He, Zhang, Ren and Sun (2015)."""
    from ccv.models.resnet import BLOCKS, STAGES

    rows = [("conv1", *["7x7, 64, stride 2"] * len(BLOCKS)), ("", *["3x3 max pool, stride 2"] * len(BLOCKS))]
    for index, (stage, filters, _) in enumerate(STAGES):
        rows.append((stage, *(_blocks(name, blocks[index], filters) for name, blocks in BLOCKS.items())))
    rows.append(("", *["average pool, 1000-d fc, softmax"] * len(BLOCKS)))
    return Grid("ResNet (He et al. 2015), table 1", ("stage", *BLOCKS), tuple(rows))


def _blocks(name: str, count: int, filters: int) -> str:
    """Write the blocks of a stage; from 50 layers on they are bottlenecks."""
    depth = int(name.removeprefix("resnet"))
    convolutions = [(3, filters)] * 2 if depth < 50 else [(1, filters), (3, filters), (1, 4 * filters)]
    return "\n".join([*(f"{size}x{size}, {wide}" for size, wide in convolutions), f"x {count}"])


TABLES: dict[str, Callable[[], Grid]] = {"vgg": vgg, "resnet": resnet}

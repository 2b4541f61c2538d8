"""The anatomy of a network: its rows and totals, printed, in a notebook, as a DataFrame, as CSV, as a figure."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from itertools import compress
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras

from ccv.anatomy.rows import Row, Rows
from ccv.anatomy.shapes import input_shapes
from ccv.anatomy.text import HEADINGS, LEFT, WIDE, cells, html_table, megabytes, record, side_by_side, text_table
from ccv.graph import check_graph

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CONVENTION = (
    "A multiply-add is one multiplication with its addition; those of convolutions, dense and recurrent layers and"
    " attention are counted, and FLOPs = 2 x multiply-adds. Memory: the input and every output in float32, for a batch"
    " of one; activations, dropout, padding and reshaping work in place. 1 MB = 10^6 bytes, 1 MiB = 2^20 bytes."
)
CLASSIFIERS = {"softmax", "sigmoid"}


@dataclass(frozen=True, eq=False, repr=False)
class Anatomy:
    """What a network costs: `rows`, one for each call of a layer, and the totals over them.

    It prints (in colour with Rich), shows as a table in a notebook, and converts: `to_dataframe()`, `to_csv()`,
    `plot()`. `anatomy["conv1"]` is one row, by name or number.
    """

    name: str
    rows: tuple[Row, ...]
    outputs: tuple[int, ...]

    def __getitem__(self, key: str | int) -> Row:
        if isinstance(key, int):
            return self.rows[key]
        from ccv.names import check_name

        names = [row.name for row in self.rows]
        return self.rows[names.index(check_name("layer", key, names))]

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    @property
    def parameters(self) -> int:
        """All weights, those that do not train included: Keras's `count_params()`."""
        return sum(row.parameters for row in self.rows)

    @property
    def trainable(self) -> int:
        """The weights that train, as the layers are set now."""
        return sum(row.trainable for row in self.rows)

    @property
    def statistics(self) -> int:
        """Moving means and variances, which no gradient ever trains."""
        return sum(row.statistics for row in self.rows)

    @property
    def biases(self) -> int:
        """The biases of convolutions and dense layers: the slides' VGG table leaves them out."""
        return sum(row.biases for row in self.rows)

    @property
    def without_top(self) -> int | None:
        """Parameters, statistics aside, without the top; None where no top is recognised.

        The top is the head: what stands behind the last map, or a transformer's last list of places, from global
        pooling or Flatten on, but for a normalisation of what they give. Where that holds no weights but ends in a
        softmax or sigmoid (SqueezeNet, NiN), it is the last convolution before.
        """
        head = self._top()
        return (
            None if head is None else sum(r.parameters - r.statistics for i, r in enumerate(self.rows) if i not in head)
        )

    @property
    def macs(self) -> int:
        """Multiply-adds of all layers that have a rule, for one input."""
        return sum(row.macs or 0 for row in self.rows)

    @property
    def flops(self) -> int:
        """Floating-point operations: two to a multiply-add."""
        return 2 * self.macs

    @property
    def uncounted(self) -> tuple[str, ...]:
        """The layers whose multiply-adds have no rule, and are in no total."""
        return tuple(row.name for row in self.rows if row.macs is None)

    @property
    def unfollowed(self) -> tuple[str, ...]:
        """The layers of which it is not known what they see, nor what the layers behind them see."""
        lost = {index for index, row in enumerate(self.rows) if row.sees and not row.sees.counted}
        return tuple(self.rows[index].name for index in sorted(lost) if not lost & set(self.rows[index].after))

    @property
    def values(self) -> int:
        """How many numbers the input and all outputs are."""
        return sum(row.values for row in self.rows)

    @property
    def memory(self) -> int:
        """Bytes of all activations in float32, for a batch of one."""
        return sum(row.memory for row in self.rows)

    @property
    def units(self) -> int:
        """The neurons: outputs of convolutions and dense layers."""
        return sum(row.values for row in self.rows if row.role in {"convolution", "dense"})

    @property
    def depth(self) -> int:
        """Convolutions and dense layers on the longest path from an input to an output."""
        return max(self.rows[index].depth for index in self.outputs)

    @property
    def receptive_field(self) -> tuple[int, ...] | None:
        """What a number of the last map sees, in pixels (height, width): the largest field of any map.

        It counts the border of zeros as well, so it may exceed the image. None where a layer has no rule for it.
        """
        if self.unfollowed:
            return None
        fields = [row.sees.size for row in self.rows if row.sees and row.sees.spatial and row.role != "input"]
        return max(fields, key=prod, default=None)

    @property
    def head(self) -> tuple[Row, ...]:
        """The rows behind the last map: from global pooling or Flatten on."""
        return tuple(self.rows[index] for index in sorted(self._behind_the_maps()))

    def _top(self) -> set[int] | None:
        images = [row for row in self.rows if row.role == "input" and row.sees]
        if len(images) != 1 or sum(row.role == "input" for row in self.rows) != 1:
            return None
        head = self._behind_the_maps()
        head -= self._normalises_features(head)
        if head and any(self.rows[index].parameters for index in head):
            return head
        weighted = [index for index, row in enumerate(self.rows) if row.parameters and index not in head]
        last = {self.rows[index].activation for index in (*head, *weighted[-1:])}
        if not head or not weighted or not last & CLASSIFIERS or self.rows[weighted[-1]].role != "convolution":
            return None
        return head | {weighted[-1]}

    def _behind_the_maps(self) -> set[int]:
        """The rows from which no map is made any more."""
        flat = self._behind({index for index, row in enumerate(self.rows) if len(row.output) == 1})
        feeds_a_map = set()
        for index in range(len(self.rows) - 1, -1, -1):
            row = self.rows[index]
            tokens = len(row.output) == 2 and row.output[0] != 1 and index not in flat  # a transformer's list of places
            if (row.sees and row.sees.spatial) or tokens or index in feeds_a_map:
                feeds_a_map |= {index, *row.after}
        return set(range(len(self.rows))) - feeds_a_map

    def _normalises_features(self, head: set[int]) -> set[int]:
        """The rows of a head that normalise what comes out of the pooling (ConvNeXt), and so are none of its layers."""
        norms = {index for index in head if self.rows[index].role == "normalization"}
        weighted = {index for index in head - norms if self.rows[index].parameters}
        return norms - self._behind(weighted)

    def _behind(self, rows: set[int]) -> set[int]:
        """These rows and all that come after them."""
        found = set(rows)
        for index, row in enumerate(self.rows):
            if found.intersection(row.after):
                found.add(index)
        return found

    def totals(self) -> dict[str, str]:
        """The totals in words, by what they count."""
        split = [f"{self.trainable:,} trainable"]
        if self.statistics:
            split.append(f"{self.statistics:,} statistics")
        if frozen := self.parameters - self.trainable - self.statistics:
            split.append(f"{frozen:,} fixed")
        if self.biases:
            split.append(f"{self.biases:,} of all are biases")
        if (rest := self.without_top) is not None:
            split.append(f"{rest:,} without the top")
        found = {
            "parameters": f"{self.parameters:,} ({', '.join(split)})",
            "multiply-adds": f"{self.macs:,} ({self.flops:,} FLOPs)",
            "memory": f"{self.values:,} numbers = {megabytes(self.memory)} MB ({megabytes(self.memory, 2**20)} MiB)",
            "depth": f"{self.depth} layers with weights on the longest path",
        }
        if self.unfollowed:
            found["receptive field"] = (
                f"not counted behind {', '.join(self.unfollowed)}: there is no rule for what it reads"
            )
        elif self.receptive_field:
            gates = any("*" in cells(row)[HEADINGS.index("field")] for row in self.rows)
            also = "; * a gate brings the whole image as well" if gates else ""
            found["receptive field"] = f"{side_by_side(self.receptive_field)} pixels at the last map{also}"
        if self.uncounted:
            found["not counted"] = f"multiply-adds of {', '.join(self.uncounted)}: there is no rule for these layers"
        return found

    def __str__(self) -> str:
        lines = text_table(HEADINGS, [cells(row) for row in self.rows], LEFT)
        totals = [f"{name:<16}{text}" for name, text in self.totals().items()]
        return "\n".join([self.name, *lines, "", *totals, CONVENTION])

    __repr__ = __str__

    def __rich_console__(self, console: Any, options: Any) -> Iterator[Any]:
        from rich.table import Table
        from rich.text import Text

        shown = [WIDE.get(heading, 0) <= options.max_width for heading in HEADINGS]
        table = Table(title=Text(self.name, style="bold"), title_justify="left")
        for heading in compress(HEADINGS, shown):
            left = heading in LEFT
            table.add_column(heading, justify="left" if left else "right", no_wrap=not left, overflow="fold")
        for row in self.rows:
            table.add_row(*map(Text, compress(cells(row), shown)))
        grid = Table.grid(padding=(0, 2))
        grid.add_column(style="bold cyan", no_wrap=True)
        for name, text in self.totals().items():
            grid.add_row(name, Text(text))
        yield from (table, grid, Text(CONVENTION, style="dim"))

    def _repr_html_(self) -> str:
        body = [tuple(map(escape, cells(row))) for row in self.rows]
        totals = "".join(f"<li><b>{escape(name)}</b>: {escape(text)}</li>" for name, text in self.totals().items())
        table = html_table(HEADINGS, body, left=LEFT)
        return f"<h4>{escape(self.name)}</h4>{table}<ul>{totals}</ul><p><small>{escape(CONVENTION)}</small></p>"

    def records(self) -> list[dict[str, Any]]:
        """Return the rows as plain dictionaries, sizes of a window as text, for a table of another kind."""
        return [record(row) for row in self.rows]

    def to_dataframe(self) -> Any:
        """Return a pandas DataFrame with a line for each row. Raises ImportError where pandas is not installed."""
        try:
            import pandas as pd
        except ImportError as error:
            raise ImportError(
                "to_dataframe() needs pandas: pip install pandas; to_csv() and records() do not"
            ) from error
        return pd.DataFrame(self.records())

    def to_csv(self, path: str | Path | None = None) -> str:
        """Return the rows as CSV, and write them to `path` where there is one."""
        buffer = io.StringIO()
        writer = csv.DictWriter(buffer, fieldnames=list(record(self.rows[0])), lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.records())
        if path is not None:
            Path(path).expanduser().write_text(buffer.getvalue(), encoding="utf-8")
        return buffer.getvalue()

    def plot(self, *, title: str | None = None) -> "Figure":
        """Draw memory and parameters layer by layer: the one is at the front, the other at the back."""
        from ccv.plots.networks import network_costs

        rows = [row for row in self.rows if row.values or row.parameters]
        return network_costs(
            [row.name for row in rows],
            [row.memory for row in rows],
            [row.parameters for row in rows],
            title=self.name if title is None else title,
        )

    def draw(self, block: str | None = None, *, title: str | None = None) -> "Figure":
        """Draw the network, or the layers whose names begin with `block`, as "inception_3a".

        A network that is a chain is drawn as volumes, as high as their resolution and as thick as their channels; one
        with branches, and a block, as boxes and arrows. What repeats is counted ("3 x conv 3x3"). `figure.alt` says in
        words what the figure shows.

        Raises ValueError where no layer's name begins so, or too many do.

        >>> from ccv.models import lenet5
        >>> [text.get_text() for text in anatomy(lenet5()).draw().axes[0].texts[:3]]
        ['28 x 28 x 1', '28 x 28 x 6', 'conv 5x5']
        """
        from ccv.anatomy.drawing import draw_block, draw_network

        if block is None:
            return draw_network(self.rows, self.name if title is None else title)
        return draw_block(self.rows, block, f"{self.name}: {block}" if title is None else title)


def anatomy(model: keras.Model, input_shape: Any = None) -> Anatomy:
    """Return what a network costs, layer by layer: volume, memory, parameters, multiply-adds, receptive field.

    Args:
        model: any functional or Sequential Keras model, models inside models included. A shared layer has a row
            for each call: its parameters are counted once, its multiply-adds every time.
        input_shape: (height, width, channels), without the batch, where the model leaves a side open, or at
            another size; several inputs take a list of shapes, or a dict by the inputs' names.

    Raises:
        TypeError: it is no Keras model.
        ValueError: it is a subclassed model, its input size is open and none is given, or does not fit.

    Source: catalogue C-070, C-083, C-084. Multiply-adds are those of convolutions, dense and recurrent
    layers and attention; a layer without a rule says so in its row and in the totals.

    >>> from ccv.models import lenet5
    >>> lenet = anatomy(lenet5(input_shape=(32, 32, 1)))
    >>> lenet["c3"].arithmetic, lenet["c3"].macs, lenet["s4"].receptive_field, lenet.macs
    ('(5x5x6 + 1) x 16 = 2,416', 240000, (16, 16), 416520)
    """
    if isinstance(model, keras.Sequential) and not model.built and input_shape is not None:
        model = _with_input(model, input_shape)
    check_graph(model)
    made = Rows(model, input_shapes(model, input_shape))
    return Anatomy(model.name, tuple(made.rows), made.outputs)


def _with_input(model: keras.Sequential, input_shape: Any) -> keras.Sequential:
    """Copy a Sequential model that has no input yet, so that the one given stays as it is."""
    copies = [layer.__class__.from_config(layer.get_config()) for layer in model.layers]
    return keras.Sequential([keras.Input(tuple(input_shape)), *copies], name=model.name)

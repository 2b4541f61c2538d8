"""What a card holds: paper, input, variants, golden counts, accuracies, the slides' claims. No Keras here."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ccv.models.cards._files import WeightFile
from ccv.models.cards._pixels import IMAGENET_STATISTICS, KERAS_CAFFE, KERAS_RAW, KERAS_SIGNED, UNIT, Rescale

if TYPE_CHECKING:
    import keras

__all__ = [
    "IMAGENET_STATISTICS",
    "KERAS_CAFFE",
    "KERAS_RAW",
    "KERAS_SIGNED",
    "Card",
    "Claim",
    "Golden",
    "Paper",
    "Published",
    "Rescale",
]


@dataclass(frozen=True)
class Paper:
    """Where a network was published."""

    authors: str
    title: str
    venue: str
    year: int

    def __str__(self) -> str:
        return f"{self.authors}: {self.title}. {self.venue}, {self.year}"


@dataclass(frozen=True)
class Golden:
    """The verified numbers of one form of a network; `build(name, **options)` has them.

    `params` train, `stats` do not (moving statistics and other fixed weights), `notop` is `params` without
    the top, `macs` the multiply-adds of convolutions and dense layers at `at` pixels. `source` is A for
    arithmetic from the layer table, A+ where public files confirm it. None is not confirmed.
    """

    label: str
    params: int
    options: Mapping[str, Any] = field(default_factory=dict)
    stats: int = 0
    notop: int | None = None
    macs: int | None = None
    at: int | None = None
    source: str = "A"


@dataclass(frozen=True)
class Claim:
    """A sentence of the lectures, whether it holds, and what is right; `seed` is its row in the catalogue."""

    says: str
    holds: bool
    truth: str
    seed: str


@dataclass(frozen=True)
class Published:
    """An accuracy on ImageNet's validation set, in percent, as published; not measured here."""

    label: str
    top1: float | None
    top5: float | None
    source: str

    def __str__(self) -> str:
        parts = [f"top-{k} {value:g} %" for k, value in ((1, self.top1), (5, self.top5)) if value is not None]
        return f"{self.label}: {', '.join(parts)} ({self.source})"


@dataclass(frozen=True, eq=False, repr=False)
class Card:
    """All that is known of one builder. It prints as text, and in colour with Rich."""

    name: str
    title: str
    paper: Paper
    input_shape: tuple[int, int, int]
    golden: tuple[Golden, ...]
    variants: Mapping[str, str] = field(default_factory=dict)
    claims: tuple[Claim, ...] = ()
    notes: tuple[str, ...] = ()
    rescale: Rescale = UNIT
    published: tuple[Published, ...] = ()
    weights_from: str = "none are published; train it, or load a file of your own"
    files: tuple[WeightFile, ...] = ()  # the published ImageNet weights, a row for each form and size that has a file
    module: str = ""  # the file of the network in `ccv.models`, where it is not that of the cards

    def pixels(self, form: Mapping[str, Any]) -> Rescale:
        """What the network expects in a form (`{"variant": "torch"}`): that of its weights, else `rescale`."""
        form = {option: value for option, value in form.items() if option != "width"}
        return next((file.pixels for file in self.files if not file.misfits(form)), self.rescale)

    @property
    def year(self) -> int:
        """The year of the paper."""
        return self.paper.year

    @property
    def params(self) -> int:
        """The parameters of a plain call, fixed ones included: what `count_params()` says."""
        return self.golden[0].params + self.golden[0].stats

    @property
    def differs(self) -> str:
        """How each variant differs from the paper, a line each."""
        return "\n".join(f"{variant}: {text}" for variant, text in self.variants.items())

    @property
    def preprocessing(self) -> "keras.layers.Layer":
        """A new Keras layer: uint8 pixels `(batch, height, width, channels)` to what the builder expects."""
        return self.rescale.layer()

    def __str__(self) -> str:
        lines = [f"{self.name}: {self.title}"]
        lines += [f"  {label:<16}{text}" for label, text in self._rows()]
        return "\n".join(lines)

    __repr__ = __str__

    def __rich__(self) -> Any:
        from rich.panel import Panel
        from rich.table import Table
        from rich.text import Text

        grid = Table.grid(padding=(0, 2))
        grid.add_column(style="bold cyan", no_wrap=True)
        grid.add_column()
        for label, text in self._rows():
            grid.add_row(label, Text(text))
        return Panel(grid, title=f"[bold]{self.name}[/bold]  {self.title}", title_align="left", expand=False)

    def _rows(self) -> Iterator[tuple[str, str]]:
        yield "paper", str(self.paper)
        yield "input", f"{'x'.join(map(str, self.input_shape))}, {self.rescale}"
        for variant, text in self.variants.items():
            yield f"variant {variant}", text
        for golden in self.golden:
            yield "parameters", _counts(golden)
        for published in self.published:
            yield "accuracy", str(published)
        yield "weights", self.weights_from
        for form, pixels in self.pixels_by_form().items():
            yield "pixels", f"{form}: {pixels}"
        for claim in self.claims:
            verdict = "holds" if claim.holds else "does not hold"
            yield f"slides {claim.seed}", f'"{claim.says}" {verdict}: {claim.truth}'
        for note in self.notes:
            yield "note", note

    def pixels_by_form(self) -> dict[str, Rescale]:
        """The pixels of each form that has weights; empty where all forms have the same."""
        if len({file.pixels for file in self.files}) < 2:
            return {}
        forms = {}
        for file in self.files:
            options = {option: values for option, values in file.form.items() if option != "width"}
            texts = [f"{name}={' or '.join(map(repr, values))}" for name, values in options.items()]
            forms[", ".join(["torchvision's" if file.is_torch else "Keras's", *texts])] = file.pixels
        return forms


def _counts(golden: Golden) -> str:
    parts = [f"{golden.label}: {golden.params:,}"]
    if golden.stats:
        parts.append(f"{golden.stats:,} that do not train")
    if golden.notop is not None:
        parts.append(f"{golden.notop:,} without the top")
    if golden.macs is not None:
        parts.append(f"{golden.macs:,} multiply-adds at {golden.at} pixels")
    return "; ".join(parts)

"""What a card holds: paper, input, variants, golden counts, accuracies, the slides' claims. No Keras here."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras


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


@dataclass(frozen=True)
class Rescale:
    """Pixels from uint8 RGB: `pixel * scale + offset`, each a number or one per channel, after `bgr` reversed them."""

    scale: float | tuple[float, ...] = 1 / 255
    offset: float | tuple[float, ...] = 0.0
    bgr: bool = False

    @classmethod
    def standardized(cls, mean: tuple[float, ...], deviation: tuple[float, ...]) -> "Rescale":
        """Pixels in [0, 1], less a mean, over a standard deviation, per channel: what PyTorch's weights expect."""
        scale = tuple(1 / (255 * d) for d in deviation)
        return cls(scale, tuple(-m / d for m, d in zip(mean, deviation, strict=True)))

    def layer(self) -> "keras.layers.Layer":
        """A new Keras layer: uint8 pixels `(batch, height, width, channels)` in, floats of the same shape out."""
        import keras

        rescaling = keras.layers.Rescaling(self.scale, self.offset, name="preprocessing")
        if not self.bgr:
            return rescaling
        from ccv.layers import ReverseChannels

        return keras.Sequential([ReverseChannels(name="rgb_to_bgr"), rescaling], name="preprocessing")

    def __str__(self) -> str:
        if isinstance(self.scale, tuple):
            return "uint8 to [0, 1], less a mean, over a deviation, per channel"
        if isinstance(self.offset, tuple):
            return f"uint8 {'BGR' if self.bgr else 'RGB'}, less the mean of each channel"
        low, high = self.offset, 255 * self.scale + self.offset
        return f"uint8 to [{low:g}, {high:g}]"


KERAS_CAFFE = Rescale(1.0, (-103.939, -116.779, -123.68), bgr=True)
KERAS_SIGNED = Rescale(1 / 127.5, -1.0)
KERAS_RAW = Rescale(1.0, 0.0)
IMAGENET_STATISTICS = Rescale.standardized((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


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
    rescale: Rescale = Rescale()
    published: tuple[Published, ...] = ()
    weights_from: str = "none are published; train it, or load a file of your own"

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
        for claim in self.claims:
            verdict = "holds" if claim.holds else "does not hold"
            yield f"slides {claim.seed}", f'"{claim.says}" {verdict}: {claim.truth}'
        for note in self.notes:
            yield "note", note


def _counts(golden: Golden) -> str:
    parts = [f"{golden.label}: {golden.params:,}"]
    if golden.stats:
        parts.append(f"{golden.stats:,} that do not train")
    if golden.notop is not None:
        parts.append(f"{golden.notop:,} without the top")
    if golden.macs is not None:
        parts.append(f"{golden.macs:,} multiply-adds at {golden.at} pixels")
    return "; ".join(parts)

"""Which pixels of the input each place of a map sees, along one axis, exactly.

Behind upsampling neighbours no longer see equally much: of four copies of a number a convolution of 3 sees, around the
first and the last, another number as well, around the two in the middle this one alone. But the pattern repeats, some
pixels further each time. So one period is all there is to keep, and what a layer reads repeats in the same way.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import gcd, inf, lcm
from typing import NamedTuple

Span = tuple[float, float]  # the first and the last pixel; (inf, -inf) sees none


class Reads(NamedTuple):
    """The places of its input that a layer reads: for output i the `taps[i]`, `advance` further at each repetition.

    A convolution of 3 with stride 2 is `Reads(([0, 1, 2],), 2)`, doubling by repetition `Reads(([0], [0]), 1)`.
    """

    taps: tuple[Sequence[int], ...]
    advance: int


@dataclass(frozen=True)
class Axis:
    """What the places of a map see along an axis: place i the span `spans[i]`, `advance` pixels further each period.

    `places` says how many there are. With `everything` each of them sees the one span, as behind a recurrent layer.

    >>> pooled = Axis().through(Reads((range(4),), 4), 8)
    >>> doubled = pooled.through(Reads(([0], [0]), 1), 16)
    >>> doubled.size, doubled.jump, doubled.through(Reads((range(-1, 2),), 1), 16).size
    (4, 2.0, 8)
    """

    spans: tuple[Span, ...] = ((0, 0),)
    advance: float = 1
    places: int = 1
    everything: bool = False

    @property
    def size(self) -> int:
        """The pixels that a place sees, the largest number of any."""
        return max((int(last - first) + 1 for first, last in self.spans[: self.places] if last >= first), default=0)

    @property
    def jump(self) -> float:
        """The distance between the fields of two neighbours."""
        return self.advance / len(self.spans)

    @property
    def centre(self) -> float:
        """The middle of the first place's field, or, where those of a period differ, of the line through them."""
        middles = [(first + last) / 2 - i * self.jump for i, (first, last) in enumerate(self.spans) if last >= first]
        return sum(middles) / len(middles)

    def through(self, reads: Reads, places: int) -> "Axis":
        """Return what the `places` behind a layer see."""
        if self.everything:
            return replace(self, advance=self.advance * reads.advance / len(reads.taps), places=places)
        period = len(self.spans)
        turns = period // gcd(period, reads.advance)
        spans = (
            _union(self._at(tap + turn * reads.advance) for tap in taps) for turn in range(turns) for taps in reads.taps
        )
        return Axis(tuple(spans), self.advance * turns * reads.advance // period, places)

    def together(self, places: int = 1) -> "Axis":
        """Return `places` that see all that the places of this axis see together."""
        ends = [*range(min(self.places, len(self.spans))), *range(max(0, self.places - len(self.spans)), self.places)]
        span = _union(map(self._at, ends))
        return Axis((span,), self.jump, places, everything=True)

    def _at(self, place: int) -> Span:
        if self.everything:
            return self.spans[0]
        turn, phase = divmod(place, len(self.spans))
        first, last = self.spans[phase]
        return first + turn * self.advance, last + turn * self.advance


def merged(axes: Sequence[Axis]) -> Axis:
    """Return what a place sees that reads the same place of several maps.

    Maps of one size have one jump; where they have not, since one was resized by no whole number, each place is
    followed for itself.
    """
    first = axes[0]
    if any(axis.everything for axis in axes):
        span = _union(axis.together().spans[0] for axis in axes)
        return Axis((span,), first.jump, first.places, everything=True)
    alike = len({axis.jump for axis in axes}) == 1
    period = lcm(*(len(axis.spans) for axis in axes)) if alike else first.places
    spans = tuple(_union(axis._at(place) for axis in axes) for place in range(period))
    return Axis(spans, round(first.jump * period), first.places)


def side_by_side(axes: Sequence[Axis]) -> Axis:
    """Return what several vectors in one see: each its own, and together all of it."""
    if any(axis.everything for axis in axes):
        return merged(axes)
    spans = tuple(axis._at(place) for axis in axes for place in range(axis.places))
    return Axis(spans, 0, len(spans))


def _union(spans: Iterable[Span]) -> Span:
    firsts, lasts = zip((inf, -inf), *spans, strict=True)
    return min(firsts), max(lasts)

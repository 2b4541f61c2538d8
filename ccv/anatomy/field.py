"""The receptive field of one number of a map."""

from dataclasses import dataclass

from ccv.anatomy.spans import Axis
from ccv.models.geometry import Shape


@dataclass(frozen=True)
class Field:
    """The receptive field of one number, in pixels of the input, an entry for each axis (height, width).

    `size` is the side of the field; `jump` the distance between the fields of two neighbours, the effective
    stride; `centre` where the first field lies, counted from the middle of pixel 0. `whole` is true where every
    number sees the whole image: behind global pooling, a dense layer over all places, attention, or a gate such as
    squeeze and excitation. `spatial` is false where there are no places left, and the jump then means nothing.
    `counted` is false behind a layer that has no rule; the numbers are then those before it, and mean nothing.
    `channels` is how many the last map had.
    """

    axes: tuple[Axis, ...]
    whole: bool = False
    spatial: bool = True
    counted: bool = True
    channels: int | None = None

    @property
    def size(self) -> tuple[int, ...]:
        """The side of the field, the largest of any place."""
        return tuple(axis.size for axis in self.axes)

    @property
    def jump(self) -> tuple[float, ...]:
        """The distance between the fields of two neighbours."""
        return tuple(axis.jump for axis in self.axes)

    @property
    def centre(self) -> tuple[float, ...]:
        """The middle of the first field."""
        return tuple(axis.centre for axis in self.axes)

    @property
    def has_jump(self) -> bool:
        """Whether there are places, of which it is known how far apart their fields lie."""
        return self.spatial and self.counted

    @property
    def everything(self) -> bool:
        """Whether the size is that of all places together: unlike behind a gate, which leaves the size as it is."""
        return self.counted and all(axis.everything for axis in self.axes)


def first_field(shape: Shape) -> Field | None:
    """Return the field of the input: every pixel sees itself. None for an input without height or width."""
    if len(shape) < 2:
        return None
    return Field(tuple(Axis(places=side or 1) for side in shape[:-1]))

"""The size that images of many sizes are brought to: their proportions, and objects that can still be seen."""

from collections.abc import Sequence

import numpy as np

from ccv.data.facts import Facts
from ccv.data.stored.records import Annotation

LONG_SIDE = 256
STRIDE = 32
LEAST = 12  # pixels of the typical object's shorter side, below which no image is shrunk unless told so


def natural(
    found: Sequence[Facts],
    long_side: int = LONG_SIDE,
    stride: int = STRIDE,
    notes: Sequence[Annotation] = (),
) -> tuple[int, int]:
    """Return the size with the images' usual proportions, the median, and sides that divide by the stride.

    With `notes` it is larger where the typical object would be shrunk below `LEAST` pixels, but not than the images.
    """
    shapes = [facts.upright for facts in found]
    ratio = float(np.exp(np.median([np.log(width / height) for height, width in shapes]))) if shapes else 1.0
    most = max(long_side, np.median([max(shape) for shape in shapes])) if shapes else long_side
    while True:
        size = _sides(ratio, long_side, stride)
        if not notes or max(size) >= most or typical_object(notes, size) >= LEAST:
            return size
        long_side = max(size) + stride


def _sides(ratio: float, long_side: float, stride: int) -> tuple[int, int]:
    longer = max(1, round(long_side / stride)) * stride
    shorter = max(1, round(longer * min(ratio, 1 / ratio) / stride)) * stride
    return (shorter, longer) if ratio >= 1 else (longer, shorter)


def typical_object(notes: Sequence[Annotation], size: tuple[int, int]) -> float:
    """Return the median shorter side, in pixels, of the objects of images letterboxed to `size`; infinite for none."""
    scaled = [
        (note.boxes[:, 2:] - note.boxes[:, :2]).min(axis=1) * min(size[0] / note.height, size[1] / note.width)
        for note in notes
    ]
    sides = np.concatenate([np.empty(0), *scaled])
    return float(np.median(sides)) if len(sides) else np.inf

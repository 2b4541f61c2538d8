"""A perceptual hash: 63 bits of what an image looks like, alike for copies that are scaled, compressed or brighter.

The bits are the signs of the 8 x 8 lowest frequencies of a cosine transform but the mean (as pHash's, which compares
with the median). A mirrored or turned copy has the same bits, some of them inverted or exchanged.

Of photographs of blood cells it finds all copies that are compressed, scaled, mirrored, turned by right angles or by
2 degrees, or cut by 3 %; 9 in 10 cut by 5 %, 3 in 4 turned by 5 degrees, and none cut by a tenth. Among pictures that
look alike, as single cells, it finds nearer copies alone, and of small digits hardly more than the same pixels.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

SIDE, KEPT = 32, 8  # pixels of the thumbnail, frequencies of either direction
DULL = 2.0  # standard deviation of the thumbnail's grey levels, below which the signs are noise
NEAR = 11  # bits by which copies differ at most: of 364 photographs of blood cells no two others differ by so few
GAP = 4  # bits beyond the farthest copy in which there are no more pairs than copies, or those are none
COSINES = np.cos(np.pi / SIDE * (np.arange(SIDE) + 0.5) * np.arange(KEPT)[:, None])


def look_of(image: Any) -> str:
    """Return the hash of a Pillow image as 16 hexadecimal digits; "" for one that shows nothing."""
    from PIL import Image

    grey = image.convert("L").resize((SIDE, SIDE), Image.Resampling.BILINEAR, reducing_gap=2.0)
    pixels = np.asarray(grey, np.float64)
    if pixels.std() < DULL:
        return ""
    return np.packbits(COSINES @ pixels @ COSINES.T > 0).tobytes().hex()


def copies(looks: list[str], others: list[str]) -> Iterator[tuple[int, int]]:
    """Give (number, number) of each image that has a copy among the others, and of the nearest of those.

    A flip inverts the odd frequencies of its direction, a transposition exchanges both. Where there is no gap between
    copies and other pairs, as among small digits, which all look alike, only what is nearer than the rest is a copy.
    """
    here, there = ([number for number, look in enumerate(all_) if look] for all_ in (looks, others))
    if not here or not there:
        return
    signs = _signs([others[number] for number in there])
    turned = np.stack([way.reshape(len(there), -1) for way in _ways(signs)])  # (8, others, 64)
    nearest, pairs = [], np.zeros(NEAR + GAP + 1, int)
    for number in here:
        bits = (KEPT**2 - 1 - turned @ _signs([looks[number]]).reshape(-1)).min(axis=0).astype(int) // 2
        pairs += np.bincount(bits[bits < len(pairs)], minlength=len(pairs))
        nearest.append((bits.min(), number, there[bits.argmin()]))
    most = _most(pairs)
    yield from ((number, other) for bits, number, other in nearest if bits <= most)


def _most(pairs: np.ndarray) -> int:
    """Return by how many bits copies differ, given how many pairs differ by each number of bits."""
    wide = (bits for bits in range(NEAR, 0, -1) if pairs[: bits + 1].sum() >= pairs[bits + 1 : bits + 1 + GAP].sum())
    return next(wide, 0)


def _ways(signs: np.ndarray) -> Iterator[np.ndarray]:
    """Give the signs `(n, 8, 8)` of the images as they are, and mirrored and turned in every way."""
    odd = np.where(np.arange(KEPT) % 2, -1, 1).astype(np.float32)
    for way in (signs, signs.transpose(0, 2, 1)):
        for rows in (1, odd[:, None]):
            for columns in (1, odd[None]):
                yield way * rows * columns


def _signs(looks: list[str]) -> np.ndarray:
    """Return the signs as -1 and 1 `(n, 8, 8)`, but 0 for the mean."""
    bits = np.stack([np.unpackbits(np.frombuffer(bytes.fromhex(look), np.uint8)) for look in looks])
    signs = np.where(bits, 1, -1).astype(np.float32).reshape(-1, KEPT, KEPT)
    signs[:, 0, 0] = 0
    return signs

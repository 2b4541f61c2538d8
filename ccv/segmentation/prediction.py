"""What a network says of the pixels of image files: masks of the files' own sizes, as indices of a palette."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from ccv.data.plans import frame
from ccv.feeding.pictures import each_readable, framed_picture, picture
from ccv.segmentation import tiles
from ccv.segmentation.masks import UNKNOWN
from ccv.training.files import write_whole
from ccv.training.page import unmathed

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Ask = Callable[[np.ndarray], Any]  # images (batch, height, width, channels) -> (batch, height, width, classes)
DRAWN = 1024  # pixels of the longer side of a drawing


@dataclass(frozen=True)
class Said:
    """What a network says of one file: `mask` uint8 `(height, width)` of class numbers, of the file's own size.

    `image` is what is drawn below it, uint8 `(height, width, channels)`, and may be smaller.
    """

    path: Path
    mask: np.ndarray = field(repr=False)
    image: np.ndarray = field(repr=False)
    class_names: tuple[str, ...]

    missed = ""  # what a `Prediction` says where nothing was found: a background alone is an answer

    @property
    def shares(self) -> dict[str, float]:
        """The part of the pixels that each class has, but for class 0, the background; the largest first."""
        counts = np.bincount(self.mask.ravel(), minlength=len(self.class_names))[1:] / self.mask.size
        found = {self.class_names[label + 1]: float(counts[label]) for label in np.argsort(-counts, kind="stable")}
        return {name: share for name, share in found.items() if share}

    def draw(self) -> "Figure":
        """Show the image under its mask."""
        from PIL import Image

        from ccv import plots

        image = _at_most(self.image, DRAWN)
        small = Image.fromarray(self.mask).resize(image.shape[1::-1], Image.Resampling.NEAREST)
        return plots.masks([image], [np.asarray(small)], [unmathed(name) for name in self.class_names])

    def save(self, path: Path) -> None:
        """Write the mask as a PNG file whose pixels are class numbers, shown in the colours of the drawing."""
        from PIL import Image

        from ccv.plots.masks import mask_palette

        made = Image.fromarray(self.mask)
        made.putpalette(mask_palette())
        write_whole(path, lambda new: made.save(new, format="PNG"))


def predict_files(
    ask: Ask,
    size: tuple[int, int, int],
    class_names: Sequence[str],
    paths: Iterable[Path],
    *,
    unreadable: list[str] | None = None,
) -> list[Said]:
    """Let a network say the class of every pixel of image files, letterboxed to `size` as in training.

    `ask` takes a batch of images of `size` (height, width, channels), and its probabilities are brought back to the
    size of each file before the likeliest class is taken. Files that cannot be read raise FileNotFoundError or
    ValueError; where `unreadable` is given, what is wrong with them is added there as long as there are others.
    """

    def one(path: Path) -> tuple[np.ndarray, np.ndarray]:
        image, upright = framed_picture(path, size)
        (height, width), (top, left) = frame(upright, size[:2])
        inside = np.s_[top : top + height, left : left + width]
        made = np.asarray(keras.ops.convert_to_numpy(ask(image[None])))[0]
        if made.shape[:2] != size[:2]:
            raise ValueError(
                f"the network puts out {made.shape[1]}x{made.shape[0]} of {size[1]}x{size[0]} pixels: ask for --tiles"
            )
        return image[inside], _likeliest(made[inside], upright)

    return _said(one, class_names, paths, unreadable)


def predict_tiles(
    model: keras.Model, class_names: Sequence[str], paths: Iterable[Path], *, unreadable: list[str] | None = None
) -> list[Said]:
    """As `predict_files`, at the files' own sizes, tile by tile, as `predict` does."""

    def one(path: Path) -> tuple[np.ndarray, np.ndarray]:
        image = picture(path, (None, None, model.inputs[0].shape[-1]))
        return image, tiles.predict(model, image).argmax(-1).astype(np.uint8)

    return _said(one, class_names, paths, unreadable)


def _said(
    one: Callable[[Path], tuple[np.ndarray, np.ndarray]],
    class_names: Sequence[str],
    paths: Iterable[Path],
    unreadable: list[str] | None,
) -> list[Said]:
    found = each_readable(paths, one, unreadable)
    return [Said(path, mask, image, tuple(class_names)) for path, (image, mask) in found]


def _likeliest(probabilities: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Return the likeliest class of each pixel after resizing to (height, width), one class in memory at a time."""
    from PIL import Image

    if probabilities.shape[:2] == size:
        return probabilities.argmax(-1).astype(np.uint8)
    best, label = np.full(size, -1.0, np.float32), np.full(size, UNKNOWN, np.uint8)
    for number in range(probabilities.shape[-1]):
        one = Image.fromarray(np.ascontiguousarray(probabilities[..., number], np.float32))
        large = np.asarray(one.resize(size[::-1], Image.Resampling.BILINEAR))
        better = large > best
        best[better], label[better] = large[better], number
    return label


def _at_most(image: np.ndarray, side: int) -> np.ndarray:
    from ccv.data.files import resized

    longest = max(image.shape[:2])
    if longest <= side:
        return image
    height, width = (max(1, round(one * side / longest)) for one in image.shape[:2])
    return resized(image, (0, 0, *image.shape[:2]), (height, width))

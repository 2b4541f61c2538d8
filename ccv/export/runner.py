"""`Runner`: an exported file that answers, on whichever engine its format has; it needs no Keras."""

import os
from pathlib import Path
from typing import Any

import numpy as np

from ccv.export import notes
from ccv.export.engines import ENGINES
from ccv.export.formats import FORMATS, engine_of, exported_format


class Runner:
    """A file that `export` wrote, or another's with one input of images and one output.

        run = Runner("cells.tflite", threads=1)
        scores = run(images)  # (batch, classes), or of a detector (batch, count, 6)

    `notes` has what the file says of itself, `class_names` and `size` (height, width, channels) are from there; None
    and [] where somebody else wrote it.

    Raises FileNotFoundError, ValueError for a file that no engine takes, NotInstalled where its engine is missing.
    """

    def __init__(self, path: str | os.PathLike[str], *, threads: int | None = None) -> None:
        self.path = Path(path).expanduser()
        if not self.path.exists():
            raise FileNotFoundError(f"there is no file {self.path}")
        found = exported_format(self.path)
        if found is None:
            kinds = ", ".join(f"{form.suffix} ({form.title})" for form in FORMATS.values() if form.suffix)
            raise ValueError(f"{self.path} is no exported network: give one of {kinds}, or the folder of a SavedModel")
        engine_of(found)
        self.format = found
        try:
            self._run = ENGINES[found](self.path, threads)
            self.notes = notes.read(self.path, found)
        except Exception as problem:  # engines raise whatever they stumble over
            first = (str(problem).strip() or type(problem).__name__).split("\n")[0]
            raise ValueError(f"{self.path} is no network that {FORMATS[found].title} can read: {first}") from None

    @property
    def class_names(self) -> list[str]:
        """The names of the classes, in the order of the output."""
        return list(self.notes.class_names) if self.notes else []

    @property
    def size(self) -> tuple[int, int, int] | None:
        """Height, width and channels of the images."""
        return self.notes.size if self.notes else None

    def __call__(self, images: Any) -> np.ndarray:
        """Return the output, float32 `(batch, ...)`, for pixels from 0 to 255 `(batch, height, width, channels)`.

        Raises ValueError for images of another size than the file's.
        """
        pixels = np.ascontiguousarray(images, "float32")
        if self.size and (pixels.ndim != 4 or pixels.shape[1:] != self.size):
            wanted = ", ".join(map(str, self.size))
            raise ValueError(f"{self.path.name} takes images (batch, {wanted}), got the shape {pixels.shape}")
        if not len(pixels):
            raise ValueError("give at least one image")
        return self._run(pixels)

    def __repr__(self) -> str:
        said = "x".join(map(str, self.size)) if self.size else "images of a size that the file does not tell"
        return f"Runner({self.path.name}: {FORMATS[self.format].title}, {said}, {len(self.class_names)} classes)"

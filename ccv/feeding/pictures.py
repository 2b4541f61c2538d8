"""Single pictures, read as training reads them."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np

from ccv.data.facts import Facts, inspect, patient_pillow
from ccv.data.files import dataset
from ccv.data.plans import Plan, letterboxed, plan

Read = TypeVar("Read")


def picture(path: Path, shape: tuple[int | None, int | None, int]) -> np.ndarray:
    """Read one image file as training reads them: uint8 (height, width, channels), upright, cropped, resized.

    A height and width of None are the image's own. Raises FileNotFoundError, or ValueError that says what is wrong with
    the file.
    """
    facts = _looked_at(path)
    size = (shape[0] or facts.upright[0], shape[1] or facts.upright[1])
    return _read(path, plan(facts, size), size, shape[2])


def framed_picture(path: Path, shape: tuple[int, int, int]) -> tuple[np.ndarray, tuple[int, int]]:
    """Read one image file letterboxed, as training on masks reads them; also its own (height, width).

    Raises as `picture` does.
    """
    facts = _looked_at(path)
    return _read(path, letterboxed(facts, shape[:2]), shape[:2], shape[2]), facts.upright


def _looked_at(path: Path) -> Facts:
    if not path.is_file():
        raise FileNotFoundError(f"there is no image {path}")
    with patient_pillow():
        facts = inspect(str(path))
    if isinstance(facts, str):
        raise ValueError(f"{path}: {facts}")
    return facts


def _read(path: Path, how: Plan | str, size: tuple[int, int], channels: int) -> np.ndarray:
    if isinstance(how, str):
        raise ValueError(f"{path}: {how}")
    [(image, _)] = dataset([str(path)], np.zeros(1, np.int64), [how], size, channels)
    return np.asarray(image)


def pictures(
    paths: Sequence[Path], shape: tuple[int | None, int | None, int], unreadable: list[str] | None = None
) -> tuple[list[Path], list[np.ndarray]]:
    """Read several files with `picture`; return the paths of those that were read, and their images.

    Where `unreadable` is given, a file that cannot be read is passed over, and what is wrong with it is added there.
    Raises what `picture` does otherwise, and ValueError where no file can be read.
    """
    read = each_readable(paths, lambda path: picture(path, shape), unreadable)
    return [path for path, _ in read], [image for _, image in read]


def each_readable(
    paths: Iterable[Path], read: Callable[[Path], Read], unreadable: list[str] | None = None
) -> list[tuple[Path, Read]]:
    """Return each path with what `read` makes of its file; errors and `unreadable` as in `pictures`."""
    found = []
    for path in paths:
        try:
            found.append((path, read(path)))
        except (OSError, ValueError) as problem:
            if unreadable is None:
                raise
            unreadable.append(str(problem))
    if not found:
        raise ValueError(unreadable[0] if unreadable else "give at least one image")
    return found

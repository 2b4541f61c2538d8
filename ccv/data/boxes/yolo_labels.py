"""Find and read the label file of an image, as YOLO has them: a line an object, all numbers parts of the image."""

import math
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

from ccv.data.boxes.pairing import HOLDERS
from ccv.data.stored.records import Box

LABELS = re.compile(r"labels?|annotations?|txts?", re.IGNORECASE)
LEVELS = 4  # folders above an image in which its labels' folder may lie
MAX_BYTES = 10_000_000


def finder() -> Callable[[Path], Path | None]:
    """Return a function from an image to its label file, or None; it looks into each folder once."""

    @cache
    def inside(folder: Path) -> tuple[list[Path], frozenset[str]]:
        """The folders of labels in a folder, and the names of all that lies there."""
        try:
            entries = sorted(entry.name for entry in folder.iterdir())
        except OSError:
            return [], frozenset()
        return [folder / name for name in entries if LABELS.fullmatch(name)], frozenset(entries)

    def find(image: Path) -> Path | None:
        places = [image.parent]
        for above in list(image.parents)[:LEVELS]:
            way = image.parent.relative_to(above).parts
            ways = [way, way[1:]] if way and HOLDERS.fullmatch(way[0].lower()) else [way]
            places += [labels.joinpath(*one) for labels in inside(above)[0] for one in ways]
        return next((place / f"{image.stem}.txt" for place in places if f"{image.stem}.txt" in inside(place)[1]), None)

    return find


def boxes(path: Path, repairs: list[str], keypoints: bool = False) -> list[tuple[int, Box]]:
    """Return class number and box, parts of the width and height, of each line; what is none is told in `repairs`.

    A line is a class, then x and y of the centre, width and height, and perhaps a confidence; or the corners of a
    polygon, whose box is taken; with `keypoints` what follows the box are those.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise OSError(f"it has more than {MAX_BYTES // 1_000_000} MB")
        lines = path.read_text(encoding="utf-8-sig", errors="replace").splitlines()
    except OSError as problem:
        repairs.append(f"its labels cannot be read ({problem.strerror or problem}): taken as without objects")
        return []
    found = []
    for number, line in enumerate(lines, 1):
        words = line.split()
        if not words:
            continue
        label, box = _label(words[0]), _box(words[1:], keypoints)
        if label is None or box is None:
            repairs.append(f"line {number} {line.strip()[:40]!r} is no class and box in parts of the image: dropped")
        else:
            found.append((label, box))
    return found


def _label(word: str) -> int | None:
    try:
        value = float(word)
    except ValueError:
        return None
    return int(value) if value == abs(value) and value < 1e6 and value == int(value) else None


def _box(words: list[str], keypoints: bool) -> Box | None:
    try:
        numbers = [float(word) for word in words]
    except ValueError:
        return None
    if not all(math.isfinite(number) and -1 <= number <= 2 for number in numbers):  # pixels, or no numbers
        return None
    if len(numbers) in (4, 5) or (keypoints and len(numbers) > 5):
        x, y, width, height = numbers[:4]
        return x - width / 2, y - height / 2, x + width / 2, y + height / 2
    if len(numbers) < 6 or len(numbers) % 2:
        return None
    return min(numbers[::2]), min(numbers[1::2]), max(numbers[::2]), max(numbers[1::2])

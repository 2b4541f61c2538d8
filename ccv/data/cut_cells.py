"""Cuts the photographs that ccv carries out of BCCD: `python -m ccv.data.cut_cells --source .../BCCD`.

Writes `cells` (48x48, red cells, white cells and platelets of all three lists) and `blood` (thirty whole photographs of
the test list with their boxes), each as one JPEG of tiles and a table. Get BCCD from
https://github.com/Shenggan/BCCD_Dataset. The same Pillow gives the same bytes; another may round otherwise.
"""

import argparse
import csv
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

CHECKOUT = Path(__file__).parents[2]
PARTS = {"train": 270, "validation": 110, "test": 90}  # and how many cells of a class at most
NAMES = {"RBC": "red cell", "WBC": "white cell", "Platelets": "platelet"}
SIDE, COLUMNS = 48, 33
FRAME = 1.1  # the square around a box, as a part of its longer side
LEAST = 8  # pixels across: what is smaller is the rim of a cell that the photograph cuts
PHOTOGRAPHS, WHOLE = 30, (240, 320)
QUALITY = {"cells": 75, "blood": 90}


def main(arguments: Sequence[str] | None = None) -> None:
    """Cut both, and say how large they are."""
    from ccv.data.voc import read

    options = _options(arguments)
    annotated = read(options.source, class_names=list(NAMES))
    options.out.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    parts = {part: sorted((note for note, _ in annotated.parts[part]), key=_name) for part in PARTS}
    cells = [cell for part, most in PARTS.items() for cell in _cells(parts[part], part, most, rng)]
    _write(options.out, "cells", [crop for crop, _ in cells], [row for _, row in cells], columns=COLUMNS)
    chosen = [parts["test"][index] for index in np.linspace(0, len(parts["test"]) - 1, PHOTOGRAPHS).round().astype(int)]
    tables = [row for note in chosen for row in _rows(note)]
    _write(options.out, "blood", [_opened(note).resize(WHOLE[::-1]) for note in chosen], tables, columns=5)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    known = os.environ.get("CCV_DATA")
    source = Path(known) / "bccd" / "BCCD" if known else Path("BCCD")
    out = CHECKOUT / "data" if (CHECKOUT / "pyproject.toml").is_file() else Path("data")
    parser = argparse.ArgumentParser("python -m ccv.data.cut_cells", description=__doc__.split("\n\n")[0])
    parser.add_argument("--source", type=Path, default=source, help="BCCD's tree (default: %(default)s)")
    parser.add_argument("--out", type=Path, default=out, help="folder for the sheets (default: %(default)s)")
    return parser.parse_args(arguments)


def _cells(notes: Sequence[Any], part: str, most: int, rng: np.random.Generator) -> list[tuple[Any, dict[str, Any]]]:
    """Return up to `most` cells of each class, drawn at random from the photographs of a part."""
    cells = []
    for label, name in enumerate(NAMES):
        boxes = [(note, box) for note in notes for box in note.boxes[note.labels == label] if _is_whole(box)]
        for index in sorted(rng.permutation(len(boxes))[:most]):
            note, box = boxes[index]
            short = "val" if part == "validation" else part
            cells.append((_crop(note, box), {"picture": _name(note), "part": short, **_edges(box, 1, NAMES[name])}))
    return cells


def _is_whole(box: np.ndarray) -> bool:
    return min(box[2:] - box[:2]) >= LEAST


def _crop(note: Any, box: np.ndarray) -> Any:
    """Return the square around a box, moved into the photograph where it reaches past it, as 48x48."""
    from PIL import Image

    side = min(max(box[2:] - box[:2]) * FRAME, note.height, note.width)
    middle = np.clip((box[:2] + box[2:]) / 2, side / 2, np.array([note.width, note.height]) - side / 2)
    window = tuple(float(edge) for edge in (*(middle - side / 2), *(middle + side / 2)))
    kernel = Image.Resampling.BOX if side > SIDE else Image.Resampling.BILINEAR
    return _opened(note).resize((SIDE, SIDE), kernel, box=window)


def _rows(note: Any) -> list[dict[str, Any]]:
    """Return the boxes of a photograph as parts of its width and height."""
    scale = np.array([note.width, note.height] * 2)
    names = list(NAMES)
    boxes = zip(note.boxes / scale, note.labels, strict=True)
    return [{"picture": _name(note), **_edges(box, 5, names[k])} for box, k in boxes]


def _edges(box: np.ndarray, digits: int, label: str) -> dict[str, Any]:
    names = ("left", "top", "right", "bottom")
    return {"label": label, **{name: f"{edge:.{digits}f}" for name, edge in zip(names, box.tolist(), strict=True)}}


def _name(note: Any) -> str:
    return Path(note.path).stem


def _opened(note: Any) -> Any:
    from PIL import Image

    with Image.open(note.path) as image:
        return image.convert("RGB")


def _write(out: Path, name: str, tiles: Sequence[Any], rows: Sequence[dict[str, Any]], columns: int) -> None:
    """Write the tiles as one sheet; their sides are whole blocks of JPEG, so that no tile bleeds into the next."""
    from PIL import Image

    width, height = tiles[0].size
    sheet = Image.new("RGB", (columns * width, -(-len(tiles) // columns) * height), "grey")
    for index, tile in enumerate(tiles):
        sheet.paste(tile, (index % columns * width, index // columns * height))
    sheet.save(out / f"{name}.jpg", quality=QUALITY[name], optimize=True)
    with (out / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    print(f"{out / name}.jpg: {len(tiles)} tiles, {(out / f'{name}.jpg').stat().st_size:,} bytes; {len(rows)} rows")


if __name__ == "__main__":
    main()

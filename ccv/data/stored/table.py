"""Tables that say which labels an image has: CSV files with a column of 0 and 1 for each, or with all in one."""

import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ccv.data.boxes.pairing import HOLDERS, Listing
from ccv.data.photos.parts import part_of

YES, NO = {"1", "1.0", "true"}, {"0", "0.0", "false"}
FILE = re.compile(r"(?:file|image|img|photo|picture|path)s?(?:[ _-]?(?:name|file|path|id|index))?", re.IGNORECASE)
PART = re.compile(r"split|part|set|subset|partition", re.IGNORECASE)
TAGS = re.compile(r"(?:finding[ _-]?)?(?:labels?|tags?|class(?:es)?|categor(?:y|ies))(?:[ _-]?names?)?", re.IGNORECASE)
COUNTER = re.compile(r"|index|id|unnamed.*", re.IGNORECASE)  # what pandas writes in front of a table
BOXES = {"xmin", "x_min", "xmax", "x_max", "bbox", "x1"}
NO_ANSWERS = re.compile(r"submission", re.IGNORECASE)  # Kaggle's form to fill in
ENDING = re.compile(r"[ _-]?(?:labels?|classes|tags?|annotations?)$", re.IGNORECASE)
OF_LABELS = re.compile(r"class|label|tag", re.IGNORECASE)
FORM = "a CSV file that names an image in each row, with a column of 0 and 1 for each label, or all labels in one"
SEPARATORS = ("|", ";", ",")
SAMPLE = 200  # rows by which a column is known


@dataclass(frozen=True)
class Table:
    """One table: `rows` by column, which column names the `file` and maybe the `part`, and where the labels are.

    That is `columns`, one a label, or where it is empty the one column `tags`, in which `between` parts them.
    """

    path: Path
    rows: list[dict[str, str]]
    file: str
    part: str | None
    columns: tuple[str, ...] = ()
    tags: str = ""
    between: str = ""

    @property
    def own_part(self) -> str | None:
        """The part that the table's own name gives its images, as train.csv or val_labels.csv."""
        return part_of(ENDING.sub("", self.path.stem))

    def tags_of(self, row: dict[str, str]) -> list[str]:
        """Return the labels in the one column; of none it is empty."""
        return split_tags(row[self.tags], self.between)


class Images:
    """Image files by what a table may call them: a path below it or the root, a name, a name without suffix."""

    def __init__(self, files: Listing) -> None:
        self.root, self.paths = files.root, set(files.images)
        self.by_name: dict[str, list[Path]] = defaultdict(list)
        for path in files.images:
            self.by_name[path.name].append(path)
            self.by_name[path.stem].append(path)

    def find(self, said: str, near: Path) -> Path | None:
        """Return the image that a table in the folder `near` means, or None where there is none, or several."""
        said = said.replace("\\", "/")
        exact = next((place / said for place in (near, self.root) if place / said in self.paths), None)
        named = self.by_name.get(said.rsplit("/", 1)[-1], []) if said else []
        below = [path for path in named if path.is_relative_to(near)]
        return exact or next((found[0] for found in (below, named) if len(found) == 1), None)


def tables_in(files: Listing) -> list[Table]:
    """Return the tables of labels below a folder, all of one form: columns of 0 and 1 before columns of labels.

    Where the images lie in folders that could be classes, columns of 0 and 1 may be of anything, as of patients: then
    only those count whose table is called after labels or a part.
    """
    if not files.others.get(".csv"):
        return []
    images = Images(files)
    found = [table for path in files.others[".csv"] if (table := _table(path, images))]
    if len(_folders(files)) > 1:
        found = [table for table in found if table.tags or table.own_part or OF_LABELS.search(table.path.stem)]
    return [table for table in found if table.columns] or found


def table_at(path: Path, files: Listing) -> Table:
    """Return the table that a file is; ValueError where it is none."""
    table = _table(path, Images(files))
    if table is None:
        raise ValueError(
            f"{path} is no table of several labels: give {FORM}; for one label an image, a folder with one subfolder "
            "per class"
        )
    return table


def rows_of(path: Path) -> list[dict[str, str]]:
    """Read a CSV file, whose cells are parted by what is most frequent in its first line: comma, semicolon or tab."""
    text = path.read_text(encoding="utf-8-sig", errors="replace")
    separator = max(",;\t", key=text.partition("\n")[0].count)
    rows = csv.DictReader(io.StringIO(text), delimiter=separator, skipinitialspace=True)
    return [{name.strip(): (cell or "").strip() for name, cell in row.items() if name is not None} for row in rows]


def split_tags(cell: str, between: str) -> list[str]:
    """Return the labels in a cell.

    >>> split_tags("['cat', 'dog']", ","), split_tags("haze primary", " "), split_tags("", "|")
    (['cat', 'dog'], ['haze', 'primary'], [])
    """
    parts = cell.strip("[](){}").split(None if between == " " else between or None, -1 if between else 0)
    return [name for part in parts if (name := part.strip().strip("'\""))]


def _table(path: Path, images: Images) -> Table | None:
    """Return a file as a table of labels, or None where it is none."""
    rows = [] if NO_ANSWERS.search(path.stem) else rows_of(path)
    if not rows or BOXES & {name.lower() for name in rows[0]}:
        return None
    file = _file_column(rows, images, path.parent)
    if file is None:
        return None
    part = next((name for name in rows[0] if PART.fullmatch(name) and all(part_of(row[name]) for row in rows)), None)
    others = [name for name in rows[0] if name not in (file, part) and not COUNTER.fullmatch(name)]
    columns = tuple(name for name in others if _is_yes_or_no(row[name] for row in rows))
    if len(columns) > 1 or (columns and path.stem == "_classes"):
        return Table(path, rows, file, part, columns)
    tags = next((name for name in others if TAGS.fullmatch(name)), None)
    if tags is None:
        return None
    between = _separator([row[tags] for row in rows])
    by_image: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        by_image[row[file]] |= set(split_tags(row[tags], between))
    several = any(len(found) > 1 for found in by_image.values())
    return Table(path, rows, file, part, tags=tags, between=between) if several else None


def _file_column(rows: list[dict[str, str]], images: Images, near: Path) -> str | None:
    """Return the column that names image files: by what it names, else by its own name."""
    hits = {name: sum(images.find(row[name], near) is not None for row in rows[:SAMPLE]) for name in rows[0]}
    best = max(hits, key=lambda name: hits[name])
    return best if hits[best] else next((name for name in rows[0] if FILE.fullmatch(name)), None)


def _is_yes_or_no(cells: Iterable[str]) -> bool:
    """Whether a column is meant to hold 0 and 1: at least half of its cells do; another is told of where it is read."""
    known = [cell.lower() in YES | NO for cell in cells]
    return 2 * sum(known) >= len(known)


def _separator(cells: list[str]) -> str:
    """Return what parts the labels of a cell; a space only where fewer words than cells recur, as names do not."""
    for one in SEPARATORS:
        if any(one in cell for cell in cells):
            return one
    words = {word for cell in cells for word in cell.split()}
    return " " if any(" " in cell for cell in cells) and len(words) <= len(set(cells)) else ""


def _folders(files: Listing) -> set[str]:
    """The folders that images lie in, but for parts and for those that say what lies in them: maybe classes."""
    below = (path.relative_to(files.root).parts[:-1] for path in files.images)
    named = ([one for one in parts if not part_of(one) and not HOLDERS.fullmatch(one.lower())] for parts in below)
    return {parts[-1] for parts in named if parts}

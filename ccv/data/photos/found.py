"""What an annotated folder or file says, whichever layout it has, before any image is opened."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from ccv.data.photos.tree import Skipped
from ccv.data.stored.records import Sheet


@dataclass
class Found:
    """What a layout says, before any image is opened: `sheets` by a name of their own, and the part of each, if any.

    `names` are the classes in the layout's order, None where it has none; `trainval` says that training and validation
    are trained on together where no validation is asked for, as VOC's lists have it; `why` is how it was recognised.
    """

    root: Path
    sheets: dict[str, Sheet]
    given: dict[str, str | None]
    why: str
    names: list[str] | None = None
    trainval: bool = False
    skipped: list[Skipped] = field(default_factory=list)


def leave_out_beside(found: Found) -> None:
    """Where folders are parts, leave out what lies in none of them, such as predictions, and say from which folders."""
    if not any(found.given.values()):
        return
    beside = [name for name, part in found.given.items() if part is None]
    folders = Counter(str(Path(found.sheets.pop(name).image).parent) for name in beside)
    found.skipped += [
        Skipped(folder, f"{count} of its images lie in no part: others lie in train, valid or test")
        for folder, count in folders.items()
    ]

"""Which images a finished run may be judged by: none that it was trained on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ccv.data.parts import listing, present, take, together
from ccv.data.splits import Splits

Read = Callable[[Mapping[str, Any]], Splits]  # reads the data of an origin in the size and with the classes of the run

UNKNOWN = (
    "the run does not say which images it was trained on: if these are among them, the figures flatter; "
    "train it anew to have it remember"
)
CHOSE = "by which its best epoch was chosen: an untouched test part (--test) says more"


@dataclass(frozen=True)
class Chosen:
    """Images to judge a run by, and a sentence on which they are."""

    data: Any
    note: str


def own_part(split: Mapping[str, Any], read: Read) -> Chosen:
    """Return the run's own test part, or its validation part; `split` is that of run.json.

    Raises ValueError where the run held nothing out or its images are gone.
    """
    name = next((part for part in ("test", "validation") if part in split), None)
    if name is None:
        raise ValueError("this run held no images out: name some that it was not trained on with --data")
    about = split[name]
    parts = read(about)
    if "files" not in about:  # made anew from its name and seed
        part = present(parts)[name]
        return Chosen(part, _own(name, len(part), about))
    trained, wanted = _digests(split, "train"), _digests(split, name)
    everything = together(list(present(parts).values()))
    rows = [row for row, digest in enumerate(listing(everything).digests) if digest in wanted - trained]
    if not rows:
        raise ValueError(
            f"none of the {name} images of this run is in {about['data']} any more: name others with --data"
        )
    chose = len(wanted & _digests(split, "validation")) if name == "test" else 0
    missing = len(wanted - trained - set(listing(everything).digests))
    note = _own(name, len(rows), about, unseen=not chose)
    note += _more(chose, f"among those {CHOSE}")
    note += _more(len(wanted & trained), "trained on as well and left out")
    note += _more(missing, "not found any more")
    return Chosen(take(everything, rows), note)


def unseen(parts: Splits, split: Mapping[str, Any] | None) -> Chosen:
    """Return of any data what the run was not trained on: the test part's images, or where there is none all images.

    Raises ValueError where that is nothing.
    """
    found = present(parts)
    if split is None:
        data = next(found[name] for name in ("test", "validation", "train") if name in found)
        return Chosen(data, f"{_images(len(data))} of {parts.name}; {UNKNOWN}")
    data = found["test"] if "test" in found else together(list(found.values()))
    if listing(data) is None:
        return Chosen(data, f"{_images(len(data))} of {parts.name}, which the run has not seen")
    digests, trained = listing(data).digests, _digests(split, "train")
    rows = [row for row, digest in enumerate(digests) if digest not in trained]
    if not rows:
        raise ValueError(f"the run was trained on every image of {parts.name}: give others, or leave --data out")
    if len(rows) == len(digests):
        note = f"{_images(len(rows))} of {parts.name}, on none of which the run was trained"
    else:
        seen = len(digests) - len(rows)
        note = f"{len(rows)} of the {_images(len(digests))} of {parts.name}: on the other {seen} the run was trained"
    chose = sum(digests[row] in _digests(split, "validation") for row in rows)
    return Chosen(take(data, rows), f"{note}; {chose} of them are those {CHOSE}" if chose else note)


def is_own(data: str, split: Mapping[str, Any] | None) -> bool:
    """Whether a name is that of the drawn or stored set that a run was trained on, which has no files to compare."""
    about = (split or {}).get("train", {})
    return about.get("data") == data and "files" not in about


def _own(name: str, count: int, about: Mapping[str, Any], unseen: bool = True) -> str:
    how = f", {CHOSE}" if name == "validation" else ", which the run has not seen" * unseen
    return f"the run's own {name} part, {_images(count)} of {about['data']}{how}"


def _more(count: int, what: str) -> str:
    return f"; {count} {'was' if count == 1 else 'were'} {what}" if count else ""


def _digests(split: Mapping[str, Any], part: str) -> set[str]:
    return set(split.get(part, {}).get("files", {}).values())


def _images(count: int) -> str:
    return f"{count} image{'s' * (count != 1)}"

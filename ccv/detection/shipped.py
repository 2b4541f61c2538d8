"""The detectors that ccv carries itself, in `data/weights`: for each a file of weights and a JSON that tells of it."""

import json
from pathlib import Path
from typing import Any

from ccv.detection.building import detector
from ccv.detection.yolo import Detector
from ccv.names import check_name
from ccv.transfer import published

AGAIN = "make it again with: python -m ccv.detection.pretrain"


def pretrained(name: str) -> Detector:
    """Return a detector that was trained by ccv: "blood" finds the cells of blood in photographs of smears.

    What it was trained on, by which command, and how good it is, `about(name)` says.

    Raises ValueError for a name that there is not, OSError where its file is missing or damaged.
    """
    facts = about(name)
    weights = published.intact(published.folder() / facts["file"], facts["sha256"], AGAIN)
    shape = tuple(facts["input_shape"])
    return detector(
        facts["model"], facts["class_names"], facts["anchors"], input_shape=shape, weights=weights, **facts["options"]
    )


def about(name: str) -> dict[str, Any]:
    """Return what is known of a detector: model and options, the command, the seed, the curve, and its mAP by part."""
    known = {path.name.removeprefix("detector-").removesuffix(".json"): path for path in _descriptions()}
    path = known[check_name("detector of ccv's own", name, sorted(known))]
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise OSError(f"{path} cannot be read ({problem}): {AGAIN}") from None


def _descriptions() -> list[Path]:
    return sorted(published.folder().glob("detector-*.json"))

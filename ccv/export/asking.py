"""What an exported file says of image files and of photographs, as the network that it was made of says it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ccv.detection.letterbox import in_pixels, letterboxed
from ccv.detection.records import Detections, unpadded
from ccv.detection.yolo import SHOWN
from ccv.export.notes import Notes
from ccv.export.runner import Runner
from ccv.export.serving import FOUND
from ccv.feeding.pictures import pictures
from ccv.segmentation import predict_files
from ccv.training.prediction import said_of

TASKS = {
    "classify": "classifier",
    "detect": "detector",
    "segment": "network for masks",
    "other": "network of another kind",
}
COMMANDS = {"classify": "ccv predict", "detect": "ccv detect", "segment": "ccv predict"}


def predict(run: Runner, images: Sequence[Path], *, top: int = 5, unreadable: list[str] | None = None) -> list[Any]:
    """Let an exported network name image files, or their pixels.

    All is as in `ccv.training.prediction.predict`, of a network for masks as in `ccv.segmentation.predict_files`.
    """
    if run.notes is not None and run.notes.task == "segment":
        return predict_files(run, run.notes.size, run.class_names, images, unreadable=unreadable)
    notes = _notes_of(run, "classify")
    assert notes.kind is not None
    files, read = pictures(images, notes.size, unreadable)
    batch = np.stack(read)
    return said_of(files, batch, run(batch), notes.kind, notes.class_names, notes.thresholds, top)


class ExportedDetector:
    """An exported detector, which is asked as a `ccv.detection.Detector` is."""

    def __init__(self, path: Path, *, threads: int | None = None) -> None:
        self._run = Runner(path, threads=threads)
        self._notes = _notes_of(self._run, "detect")
        self.class_names = self._run.class_names

    @property
    def channels(self) -> int:
        """The channels of the images that it takes."""
        return self._notes.size[2]

    def detect(
        self, images: Any, score: float = SHOWN, iou: float | None = None, *, max_detections: int = FOUND
    ) -> Any:
        """Find objects in one image `(height, width, channels)`, or in several of any sizes; boxes are in its pixels.

        What is less sure than the score that the file was written with is not found, whatever `score` is, and boxes
        that overlap were sorted out by its own `iou`: to ask for another raises ValueError.
        """
        if iou is not None:
            raise ValueError("an exported detector has the overlap that it was written with: ccv export --iou")
        if not isinstance(images, list | tuple):
            return self.detect([images], score, max_detections=max_detections)[0]
        size = self._notes.size[:2]
        made = np.concatenate([self._run(letterboxed([image], size)) for image in images])
        rows = unpadded(Detections(made[..., :4], made[..., 4], made[..., 5].astype(int)))
        found = [in_pixels(one, image.shape[:2], size) for one, image in zip(rows, images, strict=True)]
        return [Detections(*(part[one.scores > score][:max_detections] for part in one)) for one in found]


def _notes_of(run: Runner, task: str) -> Notes:
    """What a file says of itself; ValueError where it says nothing, or is for another task."""
    if run.notes is None:
        raise ValueError(f"{run.path} does not say what it is for: write it with ccv export")
    if run.notes.task != task:
        other = COMMANDS.get(run.notes.task)
        hint = f": for that there is {other}" if other else ""
        raise ValueError(f"{run.path} is a {TASKS[run.notes.task]}, no {TASKS[task]}{hint}")
    return run.notes

"""`ccv evaluate CHECKPOINT [--data NAME_OR_FOLDER]`: how good a trained network is, as tables and a page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

if TYPE_CHECKING:
    import keras

    from ccv.data.splits import Splits

EPILOG = (
    "Examples:  [b]ccv evaluate runs/yolo_v2_tiny_shapes[/b]   "
    "[b]ccv evaluate runs/resnet18_photos --data ~/new_photos --out report[/b]   [b]ccv evaluate runs/unet_cells[/b]"
)


KINDS = {  # what a network is by the kind of its labels, and what it can be judged by
    "classification": ("a network for one class of a whole image", "images in classes"),
    "multilabel": ("a network for several labels of an image", "images with a table of them, as it was trained on"),
    "detection": ("a detector", "boxes as they lie (VOC, YOLO, COCO) or shapes"),
    "segmentation": ("a network for masks", "images/, masks/ and classes.json, or shapes"),
}


def command(
    checkpoint: Annotated[Path, typer.Argument(metavar="CHECKPOINT", help="a .keras file, or the folder of a run")],
    data: Annotated[
        str | None,
        typer.Option(
            metavar="NAME_OR_FOLDER",
            help="a data set, a folder, boxes as they lie (VOC, YOLO, COCO), of which what the run was trained on is "
            "left out (default: the run's own test part, or its validation part)",
        ),
    ] = None,
    images: Annotated[
        Path | None, typer.Option(metavar="DIR", help="with --data: the images of a COCO .json that lie elsewhere")
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="also write report.html and report.json")] = None,
    seed: Annotated[int, typer.Option(min=0, help="of the parts, where the run does not remember its own")] = 0,
) -> None:
    """Measure a network on images that it was not trained on: accuracy of a classifier, mAP of boxes, IoU of masks."""
    console = Console()
    with console.status("looking"):
        report = measured(checkpoint.expanduser(), data, seed, images)
    console.print(report, crop=False)
    if out:
        console.print(f"written: {report.save(out.expanduser())}", highlight=False, soft_wrap=True, markup=False)


def measured(checkpoint: Path, data: str | None, seed: int, images: Path | None = None) -> Any:
    """Return the report, which says what was judged.

    Raises ValueError in one sentence where the network does not fit it.
    """
    from ccv.detection import Detector, is_detector
    from ccv.segmentation import is_segmenter, measure
    from ccv.training import evaluate
    from ccv.training.prediction import class_names, thresholds

    model, chosen = unseen(checkpoint, data, seed, images)
    if is_detector(model):
        report: Any = Detector(model).evaluate(chosen.data)
    elif is_segmenter(model):
        report = measure(model, chosen.data, class_names=class_names(checkpoint))
    else:
        report = evaluate(model, chosen.data, class_names=class_names(checkpoint), thresholds=thresholds(checkpoint))
    return replace(report, notes=(chosen.note, *report.notes))


def unseen(checkpoint: Path, data: str | None, seed: int, images: Path | None = None) -> tuple[keras.Model, Any]:
    """Return a network and data that it was not trained on: the run's own part, or what is new in others.

    Raises ValueError in one sentence where there are none, or they do not fit.
    """
    from ccv.detection import Detector, is_detector
    from ccv.training import held_out
    from ccv.training.prediction import class_names, model_file, read_model
    from ccv.training.run import read_facts

    model = read_model(checkpoint)
    split = read_facts(model_file(checkpoint).parent).get("split")
    names = Detector(model).class_names if is_detector(model) else class_names(checkpoint)

    def read(origin: Mapping[str, Any]) -> Splits:
        return _read(model, names, origin)

    if data is None and not split:
        raise ValueError(f"{checkpoint} does not say what it was trained on: name images to judge it by with --data")
    if split and (data is None or held_out.is_own(data, split)):
        return model, held_out.own_part(split, read)
    elsewhere = {"image_folder": str(images)} if images else {}
    return model, held_out.unseen(read({"data": data, "seed": seed, **elsewhere}), split)


def _read(model: keras.Model, names: list[str] | None, origin: Mapping[str, Any]) -> Splits:
    """Read the data in the size that the network takes, its labels numbered as the network's classes."""
    from ccv.data import DATASETS, splits
    from ccv.data.parts import relabelled
    from ccv.training.prediction import image_shape

    height, width, channels = image_shape(model)
    data, kind = origin["data"], _kind(model)
    how = {key: value for key, value in origin.items() if key not in ("data", "images", "files", "class_names")}
    if "image_folder" in how:
        how["images"] = how.pop("image_folder")
    of_files = data not in DATASETS
    if kind == "segmentation" or (of_files and kind != "classification"):
        how["kind"] = kind  # a folder without boxes is told so, not that it has no classes
    if of_files and names and kind in ("multilabel", "segmentation"):  # no image need show a label here
        how["class_names"] = names
    parts = splits(data, size=(height, width), channels=channels, **how)
    if parts.kind != kind:
        what, wanted = KINDS[kind]
        raise ValueError(f"{model.name} is {what}, and {data} holds labels of another kind: give {wanted}")
    if kind == "classification":
        return relabelled(parts, names) if names else parts
    if names is None or parts.class_names == names:
        return parts
    return splits(data, size=(height, width), channels=channels, class_names=names, **how)  # a tree may lack a class


def _kind(model: keras.Model) -> str:
    from ccv.detection import is_detector
    from ccv.losses import answers_each
    from ccv.segmentation import is_segmenter

    if is_detector(model):
        return "detection"
    if is_segmenter(model):
        return "segmentation"
    return "multilabel" if answers_each(model) else "classification"

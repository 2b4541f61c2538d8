"""Pictures before and after augmentation."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from keras import tree

from ccv.augment.batch import to_pixels
from ccv.augment.layer import Pipeline
from ccv.augment.truth import is_truth
from ccv.graph import DynamicBackend
from ccv.plots.augmentation import before_and_after, shares

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw(
    dataset: Any,
    pipe: Pipeline,
    *,
    images: int = 4,
    variants: int = 3,
    class_names: Sequence[str] | None = None,
    title: str | None = None,
) -> "Figure":
    """Return a figure with a row for each of the first `images`: as it is, then `variants` of it.

    The examples are augmented as one batch, so that MixUp, CutMix and mosaics mix those that are shown; a variant is
    what the pipeline's next call gives. Boxes and the labels' names or shares are drawn.

    Raises:
        ValueError: no image, or images of several sizes; else as `pipeline` does.
    """
    batch = _first(dataset, images)
    if class_names is None:
        class_names = getattr(dataset, "class_names", None)
    after = [tree.map_structure(np.asarray, pipe(dict(batch))) for _ in range(variants)]
    shown = [batch, *after]
    count = len(batch["images"])
    names = [_title(example, i, class_names) for i in range(count) for example in shown] if "labels" in batch else None
    tables = None
    if "bounding_boxes" in batch:
        tables = [[_table(example, i, pipe.boxes or "") for example in shown] for i in range(count)]
    return before_and_after(
        batch["images"],
        [[example["images"][i] for example in after] for i in range(count)],
        names,
        boxes=None if tables is None else [row[0] for row in tables],
        boxes_after=None if tables is None else [row[1:] for row in tables],
        class_names=class_names,
        title=title or f"{pipe.recipe}: before, and {variants} times after",
    )


def _first(dataset: Any, count: int) -> dict[str, Any]:
    """Return the first `count` examples as one batch, a dict of arrays."""
    found: list[dict[str, Any]] = []
    for example in _examples(dataset):
        found.append(example)
        if len(found) == count:
            break
    if not found:
        raise ValueError("the data set is empty: pass at least one image")
    sizes = {example["images"].shape for example in found}
    if len(sizes) > 1:
        raise ValueError(f"the images have several sizes, such as {sorted(sizes)[:2]}: resize them first")
    return tree.map_structure(lambda *parts: np.stack(parts), *found)


def _examples(dataset: Any) -> Iterator[dict[str, Any]]:
    """Yield single examples as dicts, from a tf.data.Dataset of examples or batches, or from arrays."""
    if hasattr(dataset, "as_numpy_iterator"):
        parts: Any = dataset.as_numpy_iterator()
    else:
        parts = [dataset]
    for part in parts:
        example = _as_dict(part)
        if np.ndim(example["images"]) == 3:
            yield tree.map_structure(np.asarray, example)
            continue
        for i in range(len(example["images"])):
            yield tree.map_structure(lambda values, i=i: np.asarray(values)[i], example)


def _as_dict(part: Any) -> dict[str, Any]:
    if isinstance(part, dict):
        return {key: part[key] for key in ("images", "labels", "bounding_boxes") if key in part}
    if not isinstance(part, tuple):
        return {"images": part}
    images, labels = part[:2]
    if is_truth(images, labels):
        labels = {"boxes": labels[..., :4], "labels": labels[..., 4].astype(int)}
    return {"images": images, "bounding_boxes" if isinstance(labels, dict) else "labels": labels}


def _title(example: dict[str, Any], i: int, class_names: Sequence[str] | None) -> str:
    return shares(example["labels"][i], class_names)


def _table(example: dict[str, Any], i: int, form: str) -> np.ndarray:
    """Return rows of left, top, right, bottom and class, in pixels."""
    targets = example["bounding_boxes"]
    height, width = example["images"].shape[1:3]
    boxes = to_pixels(DynamicBackend(), np.asarray(targets["boxes"][i]), form, (height, width))
    return np.concatenate([np.asarray(boxes), targets["labels"][i][:, None]], axis=1)

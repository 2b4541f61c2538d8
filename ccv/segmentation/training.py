"""`fit` and `measure`: a network for masks is trained and judged alike from Python and by `ccv train`."""

from collections.abc import Iterator, Sequence
from typing import Any

import keras
import numpy as np

from ccv import training
from ccv.feeding.examples import Examples, known_empty
from ccv.feeding.reading import examples_of, held_out
from ccv.losses import ends_with_softmax
from ccv.segmentation.evaluation import Evaluation, Looked
from ccv.segmentation.losses import CrossEntropyDice
from ccv.segmentation.masks import UNKNOWN, as_mask
from ccv.segmentation.metrics import Tally
from ccv.training.arguments import check_images
from ccv.training.recipes import enough_epochs

SEEN = 12_000  # images in all epochs, where nothing else is asked for
WORST = 4  # images in a report


def is_segmenter(model: Any) -> bool:
    """Whether a network puts out the probabilities of classes for every pixel, as `segmenter` does."""
    outputs = getattr(model, "outputs", None) or []
    return len(outputs) == 1 and len(outputs[0].shape) == 4 and ends_with_softmax(model)


def fit(
    model: keras.Model,
    data: Any,
    *,
    epochs: int | None = None,
    recipe: Any = "segmentation",
    loss: Any = None,
    monitor: str | None = None,
    **options: Any,
) -> training.Run:
    """Train on pairs of image and mask with `ccv.training.fit`, whose options these are, and return its `Run`.

    Args:
        model: what `segmenter` gives, or another of its shapes; it is compiled anew.
        data: what `ccv.data.splits` returns of the kind "segmentation", or images `(count, height, width, channels)`
            and masks `(count, height, width)` of class numbers, 255 for pixels that nobody knows.
        epochs, recipe: how often all images are seen, and how; None is 10 times, or of few images 12,000 in all, each
            at most 100 times.
        loss: None is `CrossEntropyDice()`, by which rare classes count as common ones.
        monitor: what decides which epoch is best; None is the mean IoU on the images held out.
        options: of `ccv.training.fit`, such as `augment="basic"`, which moves the masks with the images.

    Raises ValueError for another network, or masks of other classes than it has.
    """
    _check(model, data)
    classes = int(model.outputs[0].shape[-1])
    iou = keras.metrics.MeanIoU(classes, ignore_class=UNKNOWN, sparse_y_pred=False, name="mean_iou")
    model.compile("adam", CrossEntropyDice() if loss is None else loss, metrics=[iou])
    unseen = options.get("validation")
    unseen = getattr(data, "validation", None) if unseen is None else unseen
    judged = unseen is not None and not (hasattr(unseen, "element_spec") and known_empty(unseen))
    monitor = monitor or ("val_mean_iou" if judged else "mean_iou")
    epochs = epochs or enough_epochs(examples_of(getattr(data, "train", data), "training data").count, SEEN)
    return training.fit(model, data, epochs=epochs, recipe=recipe, monitor=monitor, **options)


def measure(
    model: keras.Model, data: Any, *, class_names: Sequence[str] | None = None, batch_size: int = 32
) -> Evaluation:
    """Let a network say the class of every pixel of `data`, and return `evaluate`'s report, with the worst images.

    `data` are as in `fit`; of what `ccv.data.splits` returns it is the test part, or the validation part where it has
    none. `class_names` None takes the data's, else numbers. Raises ValueError as `fit` does.
    """
    _check(model, data)
    names = class_names or getattr(data, "class_names", None) or range(int(model.outputs[0].shape[-1]))
    examples = examples_of(held_out(data), "data")
    check_images(model, examples.image)
    tally, worst = Tally([str(name) for name in names]), []
    for image, said, there in _said(model, examples, batch_size):
        worst.append(Looked(image, said, there, tally.add(said, there)))
        worst = sorted(worst, key=lambda one: one.mean_iou)[:WORST]
    return tally.evaluation(worst)


def _said(
    model: keras.Model, examples: Examples, batch_size: int
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Give each image, what is said of it, and its mask."""
    for images, masks in examples.in_order(batch_size).as_numpy_iterator():
        said = keras.ops.convert_to_numpy(model.predict_on_batch(images)).argmax(-1).astype(np.uint8)
        yield from zip(images, said, masks, strict=True)


def _check(model: Any, data: Any) -> None:
    """Raise ValueError where a network is none for masks, or these are of other classes, as far as that is known."""
    if not is_segmenter(model):
        raise ValueError(
            f"{getattr(model, 'name', model)} gives no class to every pixel: make a network for masks with "
            "ccv.segmentation.segmenter"
        )
    classes = int(model.outputs[0].shape[-1])
    names = getattr(data, "class_names", None)
    if names is not None and len(names) != classes:
        raise ValueError(f"the data have {len(names)} classes, {', '.join(names)}, and {model.name} has {classes}")
    kind = getattr(data, "kind", "segmentation")
    if kind != "segmentation":
        raise ValueError(f"{data.name} has no masks, but labels of the kind {kind}: ask splits for kind='segmentation'")
    if isinstance(data, tuple | list) and len(data) == 2:
        for number, mask in enumerate(data[1]):
            as_mask(mask, f"masks[{number}]", classes)

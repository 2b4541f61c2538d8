"""Augmentation by name: `dataset.map(pipeline("basic"))`, or a layer inside a model.

| recipe | what it does to a training image |
|---|---|
| `alexnet` | flip, random crop, the colour shift of the paper (Krizhevsky et al. 2012, section 4.1) |
| `basic` | flip, small rotation, shift and zoom, brightness and contrast |
| `randaugment` | two operations of fourteen, drawn for each image (Cubuk et al. 2019) |
| `mixup` | weighted sums of two images and of their labels (Zhang et al. 2017) |
| `cutmix` | a rectangle of another image, labels by area (Yun et al. 2019) |
| `gridmask` | flip, then a grid of squares blanked out (Chen et al. 2020); KerasCV's pixels |
| `detection` | mosaic, flip, scale and crop, colour, MixUp, with the bounding boxes (YOLOv4, YOLOX) |

Images, labels, boxes and masks move together. Importing this loads neither Keras nor TensorFlow.

>>> list_recipes()
['alexnet', 'basic', 'cutmix', 'detection', 'gridmask', 'mixup', 'randaugment']
"""

import inspect
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ccv.names import check_name, check_options

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ccv.augment.layer import Pipeline

__all__ = ["list_recipes", "pipeline", "preview", "takes"]

RECIPES = ("alexnet", "basic", "cutmix", "detection", "gridmask", "mixup", "randaugment")


def list_recipes() -> list[str]:
    """Return the names that `pipeline` takes."""
    return list(RECIPES)


def takes(recipe: str, option: str) -> bool:
    """Say whether a recipe has an option: "classes", since it mixes labels, or "max_boxes", since it joins images.

    >>> takes("mixup", "classes"), takes("detection", "max_boxes"), takes("basic", "classes")
    (True, True, False)
    """
    return option in inspect.signature(_builders()[check_name("recipe", recipe, RECIPES)]).parameters


def pipeline(
    recipe: str,
    *,
    boxes: str | None = None,
    seed: int = 0,
    value_range: tuple[float, float] | None = None,
    **options: Any,
) -> "Pipeline":
    """Return a layer that augments: for `dataset.map`, inside a model, or called on arrays.

    It takes images `(batch, height, width, channels)` or one image, as `pipe(images)`, `pipe(images, labels)`,
    `pipe(images, {"boxes": ..., "labels": ...})`, `pipe({"images": ..., "labels": ..., "bounding_boxes": {...}})`, or
    `pipe(images, truth)` with `truth` `(batch, n, 5)`: four numbers of a box in the format `boxes`, and its class.
    Labels `(batch, height, width)` of integers, or "segmentation_masks" in the dict, are masks: they move with the
    images, each pixel with the nearest one's class, and 0 where nothing was. It returns the same form with the same
    dtype and range; what it is given stays as it is. Inside a model it works in training alone:
    `predict`, `evaluate` and `model(images)` leave images as they are.

    Args:
        recipe: a name of `list_recipes()`.
        boxes: the boxes' format as in `keras.utils.bounding_boxes`, such as "xyxy" (pixels) or "rel_xyxy". Boxes are
            `(batch, n, 4)` with classes `(batch, n)`; class -1 marks padding, which stays (box and class -1). A box
            of which a step leaves less than a tenth or a pixel becomes padding. A truth keeps its n rows, or has
            `max_boxes`, an option of "detection"; of more boxes than that the first are kept.
        seed: the k-th call of a new pipeline with this seed draws the same numbers on every run. Calls in parallel
            have no order: with `num_parallel_calls`, and to resume, use `pipe.over(dataset)` or `index=` (see there).
        value_range: the darkest and the brightest number; int8, int16 and uint16 need it. None: other integers are 0
            to 255; floats as their numbers tell: 0 to 1, 0 to 255 where any exceeds 2, or symmetric about 0 where any
            is negative, such as -1 to 1.
        options: of the recipe, such as `classes=10` for "mixup" and "cutmix" with integer labels, `size=224` for
            "alexnet", `flip=False` where a mirrored image means something else; see `ccv/augment/recipes.py`.

    Raises:
        ValueError: an unknown recipe or format, a number that makes no sense, boxes that a recipe cannot move.
        TypeError: an unknown option.
    """
    check_name("recipe", recipe, RECIPES)
    check_options(f"the recipe {recipe}", _builders()[recipe], options)
    from ccv.augment.layer import Pipeline

    return Pipeline(recipe, boxes=boxes, seed=seed, value_range=value_range, options=options)


def _builders() -> dict[str, Any]:
    import keras  # noqa: F401 - before our own modules, which it registers as soon as it is loaded

    from ccv.augment.recipes import BUILDERS

    return BUILDERS


def preview(
    dataset: Any,
    recipe: str,
    *,
    images: int = 4,
    variants: int = 3,
    class_names: Sequence[str] | None = None,
    title: str | None = None,
    **options: Any,
) -> "Figure":
    """Draw the first `images` of a data set, each in a row: as it is, then `variants` of it.

    `dataset` holds single examples or batches, as `pipeline` takes them, or is an array of images or a pair
    `(images, labels)`; further options go to `pipeline`, such as `boxes="xyxy"` and `seed=3`.

    Raises ValueError for no image or images of several sizes; else as `pipeline` does.
    """
    made = pipeline(recipe, **options)
    from ccv.augment.drawing import draw

    return draw(dataset, made, images=images, variants=variants, class_names=class_names, title=title)

"""The recipes: each name is a function of its options that returns the list of its steps, in order."""

import numbers
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ccv.augment.mixing import Mix, Mosaic
from ccv.augment.randaugment import RandAugment
from ccv.augment.steps import Crop, PrincipalColor, ScaleAndCrop, Step, keras_step
from ccv.checks import check_number, check_whole


def alexnet(*, size: int | tuple[int, int] | None = None, flip: bool = True, color: float = 0.1) -> list[Step]:
    """Flip, crop and colour shift of the paper, section 4.1.

    `size` is the window's, as the paper's 224 of 256 pixels, at rest the one in the middle. None keeps the images'
    size: a window of 7/8 of each side, enlarged to the whole. `color` is the deviation of the colour shift.
    """
    colors = PrincipalColor(_part("color", color))
    if size is None:
        return [ScaleAndCrop(8 / 7, 8 / 7, _switch("flip", flip)), colors]
    height, width = _pair("size", size, "(height, width)") if isinstance(size, tuple | list) else (size, size)
    return [*_flips(flip), Crop(check_whole("size", height), check_whole("size", width)), colors]


def basic(
    *, flip: bool = True, rotation: float = 0.02, shift: float = 0.1, zoom: float = 0.1, color: float = 0.1
) -> list[Step]:
    """Flip, then rotate by up to so many whole turns, shift and zoom by parts of the sides, brightness and contrast."""
    rotation, shift, zoom = _part("rotation", rotation), _part("shift", shift), _part("zoom", zoom)
    color = _part("color", color)
    return [
        *_flips(flip),
        keras_step("RandomRotation", rotation, fill_mode="constant"),
        keras_step("RandomTranslation", shift, shift, fill_mode="constant"),
        keras_step("RandomZoom", zoom, fill_mode="constant"),
        keras_step("RandomBrightness", color),
        keras_step("RandomContrast", (color, color)),  # one number alone would only ever raise it
    ]


def randaugment(*, operations: int = 2, strength: float = 0.3, flip: bool = True) -> list[Step]:
    """Flip, then `operations` of fourteen for each image, up to `strength` of the largest (the paper's M/30)."""
    return [*_flips(flip), RandAugment(check_whole("operations", operations), _part("strength", strength))]


def mixup(*, classes: int | None = None, alpha: float = 0.2) -> list[Step]:
    """Mix pairs of images by shares from Beta(alpha, alpha); `classes` is needed where labels are integers."""
    return [Mix(keras_step("MixUp", alpha=_alpha(alpha)).layer, classes=_classes(classes))]


def cutmix(*, classes: int | None = None, alpha: float = 1.0) -> list[Step]:
    """Put a rectangle of another image into each, its share from Beta(alpha, alpha); it never sticks out."""
    alpha = _alpha(alpha, most=1.0)  # Keras's draws from no other
    return [Mix(keras_step("CutMix", factor=(alpha, alpha)).layer, classes=_classes(classes))]


def gridmask(*, ratio: float = 0.5, flip: bool = True) -> list[Step]:
    """Flip, then blank squares of up to `ratio` of the grid's unit."""
    from ccv.augment._kerascv import GridMask

    return [*_flips(flip), GridMask(_part("ratio", ratio))]


def detection(
    *,
    mosaic: float = 0.5,
    mixup: float = 0.15,
    scale: tuple[float, float] = (0.6, 1.4),
    flip: bool = True,
    color: float = 0.1,
    max_boxes: int | None = None,
) -> list[Step]:
    """Mosaic and MixUp with these probabilities, flip, scale and crop, colour.

    A mosaic has four images' boxes and MixUp two images': n rows become 4 n, 2 n or 8 n; `max_boxes` keeps so many
    of them, padding last. With `mosaic=0, mixup=0` single examples need no batch.
    """
    mosaic, mixup, color = _part("mosaic", mosaic), _part("mixup", mixup), _part("color", color)
    low, high = (_positive("scale", factor) for factor in _pair("scale", scale, "(least, largest)"))
    if low > high:
        raise ValueError(f"scale={scale!r} must be (least, largest)")
    if max_boxes is not None:
        check_whole("max_boxes", max_boxes)
    mix = Mix(keras_step("MixUp", alpha=8.0).layer, probability=mixup, soft=False)
    return [
        *([Mosaic(mosaic)] if mosaic else []),
        ScaleAndCrop(low, high, _switch("flip", flip), fill=114.0),  # the grey of the YOLO family
        keras_step("RandomBrightness", color),
        keras_step("RandomContrast", (color, color)),
        keras_step("RandomSaturation", (0.5 - color / 2, 0.5 + color / 2), rgb_only=True),  # 0.5 changes nothing
        keras_step("RandomHue", color / 2, rgb_only=True),
        *([mix] if mixup else []),
    ]


BUILDERS: dict[str, Callable[..., list[Step]]] = {
    recipe.__name__: recipe for recipe in (alexnet, basic, cutmix, detection, gridmask, mixup, randaugment)
}


def _flips(flip: bool) -> list[Step]:
    return [keras_step("RandomFlip", "horizontal")] if _switch("flip", flip) else []


def _switch(name: str, value: Any) -> bool:
    if not isinstance(value, numbers.Integral | np.bool_) or value not in (0, 1):
        raise ValueError(f"{name}={value!r} must be True or False")
    return bool(value)


def _pair(name: str, value: Any, what: str) -> Sequence[Any]:
    if not isinstance(value, tuple | list) or len(value) != 2:
        raise ValueError(f"{name}={value!r} must be two numbers, {what}")
    return value


def _part(name: str, value: Any) -> float:
    return check_number(name, value, lambda share: 0 <= share <= 1, "from 0 to 1")


def _positive(name: str, value: Any) -> float:
    return check_number(name, value, lambda factor: factor > 0, "above 0")


def _alpha(value: Any, most: float = 1000.0) -> float:
    least = 0.05  # float32 holds too few of the gamma numbers of which Beta is made below
    return check_number("alpha", value, lambda alpha: least <= alpha <= most, f"from {least} to {most:g}")


def _classes(classes: int | None) -> int | None:
    return None if classes is None else check_whole("classes", classes, 2)

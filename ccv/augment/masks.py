"""Masks, a class number for every pixel, on their way into a pipeline."""

from typing import Any

import keras

MASKS = "segmentation_masks"  # Keras's name in a dict


def is_mask(images: Any, labels: Any) -> bool:
    """Whether labels have a number for each pixel: `(batch, height, width)` of images, `(height, width)` of one."""
    sides, given = (tuple(getattr(array, "shape", None) or ()) for array in (images, labels))
    return (
        len(sides) in (3, 4) and len(given) == len(sides) - 1 and given[-2:] == sides[-3:-1] and None not in given[-2:]
    )


def read_masks(ops: Any, images: Any, masks: Any, single: bool) -> Any:
    """Return masks as a tensor `(batch, height, width)`, None for none; ValueError where they do not fit the images."""
    if masks is None:
        return None
    masks = ops.convert_to_tensor(masks)
    if "float" in keras.backend.standardize_dtype(masks.dtype):
        raise ValueError("masks must hold whole class numbers: cast them to uint8 or int32")
    masks = masks[None] if single else masks
    wanted, given = tuple(images.shape[:3]), tuple(masks.shape)
    if len(given) != 3 or any(None not in pair and pair[0] != pair[1] for pair in zip(wanted, given, strict=True)):
        raise ValueError(
            f"masks of {given} do not fit images of {tuple(images.shape)}: (batch, height, width) as they are"
        )
    return masks

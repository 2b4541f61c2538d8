"""RandAugment with the operations drawn for each image, boxes included."""

import math
from dataclasses import replace
from typing import Any

from ccv.augment.batch import Batch
from ccv.augment.colors import Equalization, Posterization, Sharpness, Solarization
from ccv.augment.geometry import about_center, warp
from ccv.augment.randomness import Stream
from ccv.augment.steps import KerasStep, Step, keras_step

# The largest amounts, at strength 1 (the paper's M = 30).
ROTATION, SHEAR, SHIFT, COLOR = math.radians(30), 0.3, 0.45, 0.9
GEOMETRY = ("identity", "rotate", "shear_x", "shear_y", "shift_x", "shift_y")


class RandAugment(Step):
    """`operations` times, one of fourteen operations for each image: Cubuk et al. 2019, section 3, table 6.

    Keras's RandAugment draws one operation for the whole batch, computes all of them twice over, moves boxes in
    another order than pixels, and shears boxes wrongly where an image is not square. The amounts here are uniform
    up to `strength` times the largest, as in Keras; the paper's are always the largest.
    """

    def __init__(self, operations: int = 2, strength: float = 0.3) -> None:
        self.operations = operations
        self.strength = strength
        self.colors = _colors(strength)

    def __call__(self, batch: Batch, stream: Stream) -> Batch:
        """Return the batch, each image through operations of its own."""
        ops = stream.ops
        colors = [step for step in self.colors if not step.rgb_only or batch.images.shape[-1] == 3]
        for _ in range(self.operations):
            count = ops.shape(batch.images)[0]
            choice = ops.random.randint((count,), 0, len(GEOMETRY) + len(colors), dtype="int32", seed=stream)
            batch = self._move(batch, choice, stream)
            for number, step in enumerate(colors, start=len(GEOMETRY)):
                batch = replace(batch, images=_recolored(step, batch.images, choice == number, stream))
        return batch

    def _move(self, batch: Batch, choice: Any, stream: Stream) -> Batch:
        """Apply the operations that move pixels, all in one map; the others' map leaves an image as it is."""
        ops = stream.ops
        height, width = ops.shape(batch.images)[1:3]
        amount = stream.uniform(ops.shape(choice), -self.strength, self.strength)

        def drawn(name: str) -> Any:
            return ops.numpy.where(choice == GEOMETRY.index(name), amount, 0.0)

        angle = drawn("rotate") * ROTATION
        cos, sin = ops.numpy.cos(angle), ops.numpy.sin(angle)
        parts = (cos, -sin + drawn("shear_x") * SHEAR, sin + drawn("shear_y") * SHEAR, cos)
        shift_x = drawn("shift_x") * SHIFT * ops.cast(width, "float32")
        shift_y = drawn("shift_y") * SHIFT * ops.cast(height, "float32")
        matrix = about_center(ops, parts, shift_x, shift_y, height, width)
        return warp(ops, batch, matrix)


def _recolored(step: KerasStep, images: Any, chosen: Any, stream: Stream) -> Any:
    """Return images, those `chosen` through the layer; where none is chosen nothing is computed."""
    ops, layer = stream.ops, step.layer
    layer.backend.set_backend(ops.name)
    amounts = layer.get_random_transformation(images, training=True, seed=stream)

    def compute() -> Any:
        return ops.numpy.where(chosen[:, None, None, None], layer.transform_images(images, amounts), images)

    if ops.name == "jax":
        return compute()  # XLA computes both branches of a batch anyway, and compiles a branch anew for each eager call
    return ops.cond(ops.numpy.any(chosen), compute, lambda: images)


def _colors(strength: float) -> list[KerasStep]:
    amount = COLOR * strength
    bits = round(8 - 4 * strength)  # posterising keeps 4 bits of 8 at the strongest
    return [
        keras_step("AutoContrast"),
        KerasStep(Equalization()),
        KerasStep(Solarization(256 * (1 - amount))),
        KerasStep(Posterization(bits)),
        keras_step("RandomColorDegeneration", amount, rgb_only=True),
        keras_step("RandomContrast", (amount, amount)),  # one number alone would only ever raise it
        keras_step("RandomBrightness", amount),
        KerasStep(Sharpness(amount)),
    ]

"""What only KerasCV has. Its project is folded into KerasHub and releases no more, so this file alone imports it.

Of KerasCV's layers that Keras lacks, Mosaic and MixUp with boxes are ours (`mixing.py`), since no layer of KerasCV runs
inside a model on JAX or repeats its draws in `tf.data`. GridMask has KerasCV's pixels and our draws.
"""

from dataclasses import replace
from typing import Any

from ccv.augment.batch import Batch
from ccv.augment.randomness import Stream
from ccv.augment.steps import Step
from ccv.versions import NotInstalled, tensorflow_there


class GridMask(Step):
    """KerasCV's GridMask without its rotation, driven by the pipeline's random numbers: Chen et al. 2020.

    It is written in TensorFlow: in `dataset.map` it runs on every backend, in a model or on arrays on TensorFlow's.
    """

    compiles = False
    moves_masks = False

    def __init__(self, ratio: float = 0.5) -> None:
        if not tensorflow_there():
            raise NotInstalled("the recipe 'gridmask'", "TensorFlow", "tensorflow")
        try:
            import keras_cv
        except ImportError as error:
            raise NotInstalled("the recipe 'gridmask'", "KerasCV", "cv") from error
        self.layer = keras_cv.layers.GridMask(ratio_factor=(0, ratio), rotation_factor=0.0)
        self.ratio = ratio

    def __call__(self, batch: Batch, stream: Stream) -> Batch:
        """Return the batch with a grid of black squares, its own for each image."""
        ops = stream.ops
        if ops.name != "tensorflow":
            raise RuntimeError(f"'gridmask' runs on {ops.name} in dataset.map alone: map it over the data instead")

        def masked(pair: Any) -> Any:
            image, (ratio, *numbers) = pair[0], (pair[1][i] for i in range(4))
            self.layer._random_generator = _Drawn(numbers)
            mask = self.layer._compute_grid_mask(ops.shape(image), ratio=ratio * self.ratio)
            mask = ops.cast(mask, "float32")[..., None]
            return self.layer.augment_image(image, transformation=(mask, ops.numpy.zeros_like(image)))

        return replace(
            batch, images=ops.core.map(masked, (batch.images, stream.uniform((ops.shape(batch.images)[0], 4))))
        )


class _Drawn:
    """In the place of KerasCV's random generator, whose numbers no seed makes repeatable in `tf.data`."""

    def __init__(self, numbers: list[Any]) -> None:
        self.numbers = iter(numbers)

    def uniform(self, shape: Any, minval: Any = 0.0, maxval: Any = 1.0, dtype: Any = None) -> Any:
        """Return the next number, from `minval` to `maxval`."""
        return minval + next(self.numbers) * (maxval - minval)

"""The layer that runs a recipe: in `tf.data`, in a model and on arrays, on every backend."""

import functools
from dataclasses import replace
from typing import Any

import keras
from keras import tree

from ccv.augment import recipes
from ccv.augment.batch import FORMATS, Batch, read_boxes, write_boxes
from ccv.augment.checks import check_counts, check_labels, checked_images, checked_range
from ccv.augment.masks import MASKS, is_mask, read_masks
from ccv.augment.pixels import read_images, write_images
from ccv.augment.randomness import Stream, scrambled
from ccv.augment.truth import is_truth, read_truth, write_truth
from ccv.checks import check_whole

# Keras has no public name for "the functions of the backend at hand", which differs in tf.data on JAX and PyTorch.
from ccv.graph import DynamicBackend, in_tf_graph
from ccv.names import check_name

AUTOTUNE = -1  # tf.data's


@keras.saving.register_keras_serializable(package="ccv")
class Pipeline(keras.layers.Layer):
    """A recipe as a layer; see `ccv.augment.pipeline`, which makes it."""

    def __init__(
        self,
        recipe: str,
        *,
        boxes: str | None = None,
        seed: int = 0,
        value_range: tuple[float, float] | None = None,
        options: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        kwargs.setdefault("name", recipe)
        super().__init__(**{**kwargs, "dtype": "float32"}, autocast=False)
        self.recipe, self.options = recipe, dict(options or {})
        self.boxes = boxes if boxes is None else check_name("box format", boxes, FORMATS)
        self.value_range = checked_range(value_range)
        self.seed = check_whole("seed", seed, 0)
        self.steps = tuple(recipes.BUILDERS[check_name("recipe", recipe, recipes.BUILDERS)](**self.options))
        self._check_boxes()

        self.backend = DynamicBackend()
        self.generator = keras.random.SeedGenerator(scrambled(self.seed))
        self._generator_in_graph: Any = None
        self._convert_input_args = False  # uint8 in, uint8 out
        self._allow_non_tensor_positional_args = True
        on_jax = keras.backend.backend() == "jax"  # TensorFlow's XLA lacks the affine map
        self.supports_jit = on_jax and all(step.compiles for step in self.steps)
        self.built = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Augment; in a graph of TensorFlow with TensorFlow's functions, whatever Keras's backend is."""
        if len(args) > 2:
            raise TypeError("weights are not augmented: map over pairs, as in lambda x, y, w: (*pipe(x, y), w)")
        first = next(iter(tree.flatten((args, kwargs))), None)
        if isinstance(first, keras.KerasTensor) or not in_tf_graph():
            return super().__call__(*args, **kwargs)
        self.backend.set_backend("tensorflow")
        try:
            return super().__call__(*args, **kwargs)
        finally:
            self.backend.reset()

    def call(self, images: Any, labels: Any = None, *, index: Any = None, training: bool | None = None) -> Any:
        """Return `images`, or the pair with `labels`, or the dict that was given, augmented.

        `index` makes the draws depend on the seed and this number alone; the k-th call without it, from 0, draws as
        `index=k`. `training=None` is True on its own and in `dataset.map`, False inside a model that is not training.
        """
        try:
            return self._call(images, labels, index, training)
        except Exception as error:
            error._keras_call_info_injected = True  # type: ignore[attr-defined]  # or Keras prints every array beside it
            raise

    def _call(self, images: Any, labels: Any, index: Any, training: bool | None) -> Any:
        if isinstance(images, dict) and labels is not None:
            raise ValueError("labels come beside the images or in their dict, not both")
        if training is None:
            training = self._get_call_context().entry_layer is self
        if self.boxes is not None and is_truth(images, labels):
            targets = read_truth(self.backend, labels)
            images, targets = self._call(images, targets, index, training)
            limit = self.options.get("max_boxes") or labels.shape[-2]
            return images, write_truth(self.backend, targets, labels.dtype, limit)
        name = _name_of(images, labels)
        given = images if isinstance(images, dict) else {"images": images, **({} if labels is None else {name: labels})}
        augmented = self._augment(given, index, bool(training))
        if isinstance(images, dict):
            return augmented
        if labels is None:
            return augmented["images"]
        return augmented["images"], augmented[name]

    def over(self, dataset: Any, *, first: int = 0, parallel: int = AUTOTUNE) -> Any:
        """Return a `tf.data.Dataset` augmented on many cores, the same on every run.

        Element i draws with the index `first + i`, whatever the order of the work; so a run resumes at any element,
        and with `first=epoch * len(dataset)` every epoch draws anew. (`dataset.map(pipe)` counts calls instead: the
        same on every run without `num_parallel_calls`, and anew in each epoch.)
        """

        def augment(index: Any, *example: Any) -> Any:
            return self(*example, index=index)

        if not hasattr(dataset, "element_spec"):
            raise TypeError(f"over() takes a tf.data.Dataset, not {type(dataset).__name__}: call pipe(images) instead")
        numbered = dataset.enumerate(first)
        if isinstance(dataset.element_spec, tuple):
            return numbered.map(lambda index, example: augment(index, *example), num_parallel_calls=parallel)
        return numbered.map(augment, num_parallel_calls=parallel)

    def get_config(self) -> dict[str, Any]:
        """Return what makes this layer again."""
        own = {"recipe": self.recipe, "boxes": self.boxes, "seed": self.seed, "value_range": self.value_range}
        return {"name": self.name, "trainable": self.trainable, **own, "options": self.options}

    def _augment(self, given: dict[str, Any], index: Any, training: bool) -> dict[str, Any]:
        ops = self.backend
        if "images" not in given:
            raise ValueError(
                'the dict needs "images", and may have "labels", "bounding_boxes" and "segmentation_masks"'
            )
        images = checked_images(ops, given["images"], self.value_range)
        single = len(images.shape) == 3
        batch = self._read(ops, given, images[None] if single else images, single)
        self._check(batch, single)
        if not training:
            rested = functools.reduce(lambda result, step: step.at_rest(result, ops), self.steps, batch)
            return self._write(ops, given, batch, rested, None, single)
        stream = Stream(ops, self._key(ops, index))
        images, value_range = read_images(ops, batch.images, self.value_range)
        augmented = functools.reduce(
            lambda result, step: step(result, stream), self.steps, replace(batch, images=images)
        )
        return self._write(ops, given, batch, augmented, value_range, single)

    def _read(self, ops: Any, given: dict[str, Any], images: Any, single: bool) -> Batch:
        labels, boxes, classes = given.get("labels"), None, None
        if labels is not None:
            check_labels(labels)
            labels = ops.convert_to_tensor(labels)
            labels = labels[None] if single else labels
            check_counts(images, labels, "labels")
        if given.get("bounding_boxes") is not None:
            size = ops.shape(images)[1:3]
            boxes, classes = read_boxes(ops, given["bounding_boxes"], self.boxes, size, single)
            check_counts(images, boxes, "tables of boxes")
        masks = read_masks(ops, images, given.get(MASKS), single)
        return Batch(images, labels, boxes, classes, masks)

    def _write(
        self, ops: Any, given: dict[str, Any], before: Batch, after: Batch, value_range: Any, single: bool
    ) -> dict[str, Any]:
        out = dict(given)
        images = after.images
        if images.dtype != before.images.dtype or value_range is not None:  # not at rest
            images = write_images(ops, images, value_range, before.images.dtype)
        out["images"] = images[0] if single else images
        if before.labels is not None:
            out["labels"] = after.labels[0] if single else after.labels
        if before.masks is not None:
            out[MASKS] = after.masks[0] if single else after.masks
        if before.boxes is not None and after is not before:
            limit = self.options.get("max_boxes")
            out["bounding_boxes"] = write_boxes(ops, after, given["bounding_boxes"], self.boxes or "", limit, single)
        return out

    def _key(self, ops: Any, index: Any) -> Any:
        """Return `[seed, index]`, the key of this call's draws."""
        if index is not None:
            kind = ops.random_seed_dtype()
            seed = ops.convert_to_tensor([scrambled(self.seed)], dtype=kind)
            return ops.numpy.concatenate([seed, ops.numpy.reshape(ops.cast(index, kind), (1,))])
        if ops.name == keras.backend.backend():
            return self.generator.next()
        if self._generator_in_graph is None:
            self._generator_in_graph = keras.random.SeedGenerator(scrambled(self.seed), backend=ops)
        return self._generator_in_graph.next()

    def _check_boxes(self) -> None:
        if self.boxes is not None and not all(step.moves_boxes for step in self.steps):
            raise ValueError(f"{self.recipe!r} cannot say what is left of a box: take 'mixup' or 'detection' for boxes")
        if self.boxes is None and self.recipe == "detection":
            raise ValueError('the recipe "detection" moves boxes: say their format, as in boxes="xyxy"')

    def _check(self, batch: Batch, single: bool) -> None:
        """Refuse what a recipe cannot do with these data."""
        if batch.masks is not None and not all(step.moves_masks for step in self.steps):
            raise ValueError(f"{self.recipe!r} mixes or covers images and cannot say what a mask is then: take 'basic'")
        if single and any(step.mixes for step in self.steps):
            instead = " or switch mixing off with mosaic=0, mixup=0" if self.recipe == "detection" else ""
            raise ValueError(f"{self.recipe!r} mixes images of a batch: call dataset.batch(32) before .map(){instead}")
        if batch.labels is None and any(step.needs_labels for step in self.steps):
            raise ValueError(f"{self.recipe!r} mixes labels with the images: pass both, as in pipe(images, labels)")
        if batch.labels is not None and not all(step.takes_labels for step in self.steps):
            raise ValueError(f"{self.recipe!r} takes the boxes' labels, and none for a whole image: leave it out")


def _name_of(images: Any, labels: Any) -> str:
    """What the second of a pair is, as the dict has it."""
    if isinstance(labels, dict) and "boxes" in labels:
        return "bounding_boxes"
    return MASKS if is_mask(images, labels) else "labels"

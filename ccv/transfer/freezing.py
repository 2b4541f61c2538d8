"""What trains and what does not, by stage or layer, and the proof that the rest stood still."""

from collections.abc import Iterator
from types import TracebackType
from typing import Any

import keras
import numpy as np

from ccv.graph import layers_within, maker
from ccv.models.stages import stage_outputs
from ccv.transfer.graph import HEAD, all_layers, check_image_model, features_of, layers_to, tensor_at


def freeze(model: keras.Model, until: str | None = None) -> keras.Model:
    """Stop all from the pixels up to and including a stage (`"stage3"`) or layer from training; return the model.

    None freezes all but the head. What comes after keeps training, or not, as before. A frozen BatchNormalization runs
    in inference mode: its statistics stand still, whatever `training=` says. Compile again before `fit`: Keras would
    otherwise go on training what it knew (the model says so, being uncompiled where anything changed).

    Raises ValueError for a name that is neither stage nor layer, and TypeError for what is no model.
    """
    check_image_model(model)
    tensor = features_of(model) if until is None else tensor_at(model, until)
    return _set(model, {id(layer): False for layer in layers_to(model, tensor)}, batch_norm=True)


def unfreeze(model: keras.Model, since: str | None = None, *, batch_norm: bool = False) -> keras.Model:
    """Let a stage or layer and all that comes after it train; return the model.

    `since="stage3"` is what makes stage 3 from stage 2, and all above; "head" is the head alone; None everything.
    BatchNormalization stays frozen unless `batch_norm=True`, since the statistics of a few small batches would spoil
    what the backbone learnt. Compile again before `fit`. Raises as `freeze` does.
    """
    check_image_model(model)
    below = {id(layer) for layer in layers_below(model, since)}
    chosen = {id(layer): True for layer in all_layers(model) if id(layer) not in below}
    return _set(model, chosen, batch_norm)


def layers_below(model: keras.Model, since: str | None) -> list[Any]:
    """Return the layers that come before the part that begins with a stage, a layer or "head"; none for None."""
    if since is None:
        return []
    if since == HEAD:
        return layers_to(model, features_of(model))
    stages = stage_outputs(model)
    if not isinstance(since, str) or since not in stages:
        tensor = tensor_at(model, since)
        return [layer for layer in layers_to(model, tensor) if layer is not maker(tensor)]
    at = list(stages).index(since)
    return layers_to(model, list(stages.values())[at - 1]) if at else []


def _set(model: keras.Model, chosen: dict[int, bool], batch_norm: bool) -> keras.Model:
    before = flags(model)
    for layer in all_layers(model):
        if id(layer) not in chosen:
            continue
        layer.trainable = chosen[id(layer)]
        for inner in layers_within(layer):  # a model or block inside passes its flag on to BatchNormalization
            if isinstance(inner, keras.layers.BatchNormalization) and not batch_norm:
                inner.trainable = False
    if not model.trainable:
        _open_outer_flag(model)
    if flags(model) != before:
        model.compiled = False
    return model


def _open_outer_flag(model: keras.Model) -> None:
    """Set the model's own flag, without which nothing inside trains, and leave those of its layers."""
    kept = [(layer, layer.trainable) for layer in layers_within(model, include_self=False)]
    model.trainable = True
    for layer, flag in kept:
        layer.trainable = flag


def flags(model: keras.Model) -> list[bool]:
    """Return the `trainable` flag of the model and of each layer in it, however deep."""
    return [layer.trainable for layer in layers_within(model)]


class assert_frozen:  # noqa: N801 - reads as the assertion that it is
    """Prove that what is frozen stands still: neither a weight nor a statistic moves by a bit.

        with assert_frozen(model):
            model.fit(...)

    or `check = assert_frozen(model)` before and `check()` after. What is held still is every layer whose `trainable`
    is False; with `until="stage3"` every layer up to there, whatever its flag says. Raises AssertionError with the
    first that moved and how many did; ValueError where nothing is frozen.
    """

    def __init__(self, model: keras.Model, until: str | None = None) -> None:
        check_image_model(model)
        layers = layers_to(model, tensor_at(model, until)) if until else all_layers(model)
        inner = [leaf for layer in layers for leaf in layers_within(layer)]
        held = inner if until else [layer for layer in inner if not layer.trainable]
        self.before = [(owner, weight, _bits(weight)) for owner, weight in _own_weights(held)]
        if not self.before:
            raise ValueError(
                f"nothing of {model.name} is frozen: call freeze(model) first, or name a stage with until="
            )
        self.model = model

    def __call__(self) -> None:
        """Compare now."""
        moved = [(owner, weight, old) for owner, weight, old in self.before if _bits(weight).tobytes() != old.tobytes()]
        if not moved:
            return
        layer, weight, old = moved[0]
        by = np.abs(_bits(weight).astype(float) - old.astype(float)).max(initial=0)
        statistic = weight.name.startswith("moving_")
        hint = (
            "set trainable = False on every BatchNormalization: training=False does not hold its statistics"
            if statistic
            else "freeze it before compile, and compile again"
        )
        raise AssertionError(
            f"{layer.name}'s {weight.name} moved, by up to {by:.3g} ({len(moved)} of {len(self.before)} held arrays of "
            f"{self.model.name} moved): {hint}"
        )

    def __enter__(self) -> "assert_frozen":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self()


def _bits(weight: Any) -> np.ndarray:
    return np.array(keras.ops.convert_to_numpy(weight))


def _own_weights(layers: list[Any]) -> Iterator[tuple[Any, Any]]:
    seen: set[int] = set()
    for layer in layers:
        deeper = {id(w) for inner in layers_within(layer, include_self=False) for w in inner.weights}
        for weight in layer.weights:
            if id(weight) not in seen | deeper:
                seen.add(id(weight))
                yield layer, weight

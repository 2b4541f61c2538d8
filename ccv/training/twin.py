"""The model that does the work: the user's own, or a twin of it that lives on all devices."""

import contextlib
from collections.abc import Iterator

import keras

from ccv.devices import Strategy
from ccv.graph import compiled_with
from ccv.training.precision import precision
from ccv.training.seeds import seed_layers


@contextlib.contextmanager
def spread(model: keras.Model, strategy: Strategy, seed: int) -> Iterator[keras.Model]:
    """Give the model that trains; a twin's weights go back into `model` at the end, however it comes."""
    own = model.distribute_strategy if keras.backend.backend() == "tensorflow" else None
    if not strategy.spread or (own is not None and own.num_replicas_in_sync > 1):
        yield model
        return
    with strategy.scope():
        twin = keras.models.clone_model(model)
        twin.set_weights(strategy.agree(model.get_weights()))
        seed_layers(twin, seed)
        twin.compile_from_config(model.get_compile_config())
    try:
        with strategy.scope():
            yield twin
    finally:
        model.set_weights(twin.get_weights())


@contextlib.contextmanager
def shortened(model: keras.Model, policy: str) -> Iterator[None]:
    """Compute in the dtype policy inside."""
    with precision(model, policy):
        if policy == "mixed_float16":  # small gradients vanish without a scale
            scaled = keras.optimizers.LossScaleOptimizer(model.optimizer)
            model.compile(**{**compiled_with(model), "optimizer": scaled})
        yield

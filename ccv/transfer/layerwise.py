"""A learning rate for each variable: high at the head, lower the further below."""

import keras

from ccv.models.stages import stage_outputs
from ccv.transfer.graph import all_layers, features_of, layers_to


def layerwise_rates(model: keras.Model, decay: float) -> dict[str, float]:
    """Return what to multiply the rate of each variable by: 1 in the head, `decay` less with each stage below.

    `{"conv1_conv/kernel": 0.125, ...}` by `variable.path`, for `LayerwiseAdam(rates=...)`.
    """
    groups = stage_of_layer(model)
    names = list(dict.fromkeys(groups.values()))
    return {
        variable.path: decay ** (len(names) - 1 - names.index(groups[layer.name]))
        for layer in all_layers(model)
        for variable in layer.weights
    }


def stage_of_layer(model: keras.Model) -> dict[str, str]:
    """Return the stage that each layer is part of, "head" for what comes after the last, in order from below."""
    ends = {**stage_outputs(model), "": features_of(model)}
    groups: dict[str, str] = {}
    for stage, tensor in ends.items():
        for layer in layers_to(model, tensor):
            groups.setdefault(layer.name, stage or list(ends)[-2])
    return groups | {layer.name: "head" for layer in all_layers(model) if layer.name not in groups}

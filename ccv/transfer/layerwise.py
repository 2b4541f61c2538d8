"""A learning rate for each variable: high at the head, lower the further below."""

from collections.abc import Mapping
from typing import Any

import keras

from ccv.models.stages import stage_outputs
from ccv.transfer.graph import all_layers, features_of, layers_to


@keras.saving.register_keras_serializable("ccv")
class LayerwiseAdam(keras.optimizers.Adam):
    """Adam whose rate is multiplied by `rates[variable.path]` for each variable; 1 for one that is not named.

    Scaling the gradients instead would do nothing: Adam divides the scale away. Source: Howard, Ruder 2018,
    "Universal Language Model Fine-tuning", section 3.2 (discriminative fine-tuning).
    """

    def __init__(self, learning_rate: Any = 1e-3, rates: Mapping[str, float] | None = None, **kwargs: Any) -> None:
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.rates = dict(rates or {})
        self.multipliers: list[float] = []

    def build(self, variables: list[Any]) -> None:
        """Look up each variable's rate; TensorFlow's own variables, which `update_step` gets, have no path."""
        self.multipliers = [self.rates.get(variable.path, 1.0) for variable in variables]
        super().build(variables)

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Take one step of one variable."""
        super().update_step(gradient, variable, learning_rate * self.multipliers[self._get_variable_index(variable)])

    def get_config(self) -> dict[str, Any]:
        """Return what makes another like it."""
        return {**super().get_config(), "rates": self.rates}


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

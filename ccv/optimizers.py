"""Two optimizers that Keras lacks, registered for saving under the package name `ccv`."""

from collections.abc import Mapping
from typing import Any

import keras


@keras.saving.register_keras_serializable("ccv")
class PaperSGD(keras.optimizers.SGD):
    """SGD whose weight decay goes through the momentum, as in the papers of AlexNet, VGG and ResNet.

    v <- momentum v - rate (gradient + decay w), w <- w + v. Keras's own `weight_decay` leaves the momentum out, and
    so decays about ten times less at momentum 0.9. Source: Krizhevsky et al. 2012, section 5.
    """

    def __init__(self, learning_rate: Any = 0.01, decay: float = 5e-4, momentum: float = 0.9, **kwargs: Any) -> None:
        super().__init__(learning_rate=learning_rate, momentum=momentum, **kwargs)
        self.decay = decay

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Take one step of one variable."""
        decay = keras.ops.cast(self.decay, gradient.dtype)
        gradient = gradient + decay * keras.ops.cast(variable, gradient.dtype)
        super().update_step(gradient, variable, learning_rate)

    def get_config(self) -> dict[str, Any]:
        """Return what makes another like it."""
        return {**super().get_config(), "decay": self.decay}


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

"""Small layers without weights: channels reversed or appended, numbers cut."""

from typing import Any

import keras
from keras import ops

from ccv.checks import check_whole
from ccv.layers._register import register


@register
class ReverseChannels(keras.layers.Layer):
    """Reverse the channels: RGB to BGR, as weights trained in Caffe expect them.

    `(batch, height, width, channels)` in, the same shape out.
    """

    def call(self, inputs: Any) -> Any:
        """Return the inputs with the last axis reversed."""
        return ops.flip(inputs, axis=-1)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Keep the shape."""
        return input_shape


@register
class PadChannels(keras.layers.Layer):
    """Append maps of zeros until there are `channels` of them, as the parameter-free shortcut of ResNet does.

    `(batch, ..., c)` -> `(batch, ..., channels)`; the first c maps pass unchanged. Raises ValueError where the
    input has more maps than that. Source: He et al. 2015, section 3.3, option A.
    """

    def __init__(self, channels: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.channels = check_whole("channels", channels)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Check that there is room for the maps that come in."""
        if input_shape[-1] is None or input_shape[-1] > self.channels:
            raise ValueError(f"{self.name} pads to {self.channels} channels and gets {input_shape[-1]}")

    def call(self, inputs: Any) -> Any:
        """Return the inputs with zeros behind the last channel."""
        missing = self.channels - inputs.shape[-1]
        return ops.pad(inputs, [[0, 0]] * (len(inputs.shape) - 1) + [[0, missing]])

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Replace the number of channels."""
        return (*input_shape[:-1], self.channels)

    def get_config(self) -> dict[str, Any]:
        """Return what rebuilds the layer."""
        return super().get_config() | {"channels": self.channels}


@register
class Truncate(keras.layers.Layer):
    """Cut numbers to `decimals` places toward zero, as the X/O slides print them: 7/9 -> 0.77, -5/9 -> -0.55.

    Any shape in, the same shape out; no gradient passes. A value a thousandth of the last place short of the
    next one counts as having reached it: nine times 1/9 falls short of 1 in floats, and must not become 0.99.
    """

    def __init__(self, decimals: int = 2, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.decimals = decimals

    def call(self, inputs: Any) -> Any:
        """Return the inputs without the digits after `decimals`."""
        places = ops.floor(ops.abs(inputs) * 10.0**self.decimals + 1e-3)
        return ops.sign(inputs) * places / 10.0**self.decimals

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Keep the shape."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Return what rebuilds the layer."""
        return super().get_config() | {"decimals": self.decimals}

"""What pixels a network expects, and those that the published weights were trained on. No Keras here."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class Rescale:
    """Pixels from uint8 RGB: `pixel * scale + offset`, each a number or one per channel, after `bgr` reversed them."""

    scale: float | tuple[float, ...] = 1 / 255
    offset: float | tuple[float, ...] = 0.0
    bgr: bool = False

    @classmethod
    def standardized(cls, mean: tuple[float, ...], deviation: tuple[float, ...]) -> "Rescale":
        """Pixels in [0, 1], less a mean, over a standard deviation, per channel: what PyTorch's weights expect."""
        scale = tuple(1 / (255 * d) for d in deviation)
        return cls(scale, tuple(-m / d for m, d in zip(mean, deviation, strict=True)))

    def layer(self) -> "keras.layers.Layer":
        """A new Keras layer: uint8 pixels `(batch, height, width, channels)` in, floats of the same shape out."""
        import keras

        rescaling = keras.layers.Rescaling(self.scale, self.offset, name="preprocessing")
        if not self.bgr:
            return rescaling
        from ccv.layers import ReverseChannels

        return keras.Sequential([ReverseChannels(name="rgb_to_bgr"), rescaling], name="preprocessing")

    def __str__(self) -> str:
        if isinstance(self.scale, tuple):
            return "uint8 to [0, 1], less a mean, over a deviation, per channel"
        if isinstance(self.offset, tuple):
            return f"uint8 {'BGR' if self.bgr else 'RGB'}, less the mean of each channel"
        low, high = self.offset, 255 * self.scale + self.offset
        return f"uint8 to [{low:g}, {high:g}]"


UNIT = Rescale()
KERAS_CAFFE = Rescale(1.0, (-103.939, -116.779, -123.68), bgr=True)
KERAS_SIGNED = Rescale(1 / 127.5, -1.0)
KERAS_RAW = Rescale(1.0, 0.0)
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet's RGB pixels, in [0, 1]
IMAGENET_STATISTICS = Rescale.standardized(MEAN, DEVIATION)

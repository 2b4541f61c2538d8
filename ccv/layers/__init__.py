"""The few layers that Keras lacks, each registered for saving under the package name `ccv`.

Everything here is written in `keras.ops`, so it runs on TensorFlow, JAX and PyTorch alike. A saved model that uses one
of these loads in safe mode after `import ccv` (see `ccv.keras_hook`).
"""

from ccv.layers.channels import PadChannels, ReverseChannels, Truncate
from ccv.layers.classic import AdaptiveAveragePooling2D, LocalResponseNormalization
from ccv.layers.darknet import Reorg
from ccv.layers.lenet import EuclideanRBF, MapCriterion, Subsampling2D, TableConv2D, scaled_tanh
from ccv.layers.pairs import AbsoluteDifference
from ccv.layers.tokens import ClassToken, LayerScale, PositionEmbedding

__all__ = [
    "AbsoluteDifference",
    "AdaptiveAveragePooling2D",
    "ClassToken",
    "EuclideanRBF",
    "LayerScale",
    "LocalResponseNormalization",
    "MapCriterion",
    "PadChannels",
    "PositionEmbedding",
    "Reorg",
    "ReverseChannels",
    "Subsampling2D",
    "TableConv2D",
    "Truncate",
    "scaled_tanh",
]

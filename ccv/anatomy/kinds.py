"""What kind of operation a layer is, by the name of its class or of one that it derives from.

Names, since the operations of `keras.ops` in a graph have no public classes. What is in none of the tables has no rule.
"""

from typing import Any

from keras import layers

from ccv.models.geometry import Shape


def _names(text: str) -> set[str]:
    return set(text.split())


# Each number comes from the numbers at its own place.
POINTWISE = _names(
    """
    Activation ReLU LeakyReLU ELU PReLU Softmax Identity Dropout SpatialDropout1D SpatialDropout2D SpatialDropout3D
    GaussianDropout GaussianNoise AlphaDropout ActivityRegularization BatchNormalization Rescaling Normalization Masking
    Add Subtract Multiply Average Maximum Minimum Concatenate Dense LayerNormalization RMSNormalization
    UnitNormalization GroupNormalization LocalResponseNormalization PadChannels ReverseChannels Truncate
    AbsoluteDifference LayerScale ClassToken PositionEmbedding StochasticDepth CustomScaleLayer
    RandomFlip RandomRotation RandomZoom RandomTranslation RandomContrast RandomBrightness

    Relu Relu6 Sigmoid SparseSigmoid Softplus Softsign SoftShrink SparsePlus Silu Squareplus LogSigmoid LeakyRelu
    HardSigmoid HardSilu HardSwish Elu Selu Gelu Celu Glu TanhShrink HardTanh HardShrink Threshold LogSoftmax Sparsemax
    Normalize BatchNorm LayerNorm RMSNorm Cast SaturateCast StopGradient ConvertToTensor Rsqrt Erf Erfc Erfinv
    Absolute Arccos Arccosh Arcsin Arcsinh Arctan Arctan2 Arctanh BroadcastTo Cbrt Ceil Clip Copy Cos Cosh Divide
    DivideNoNan Equal Exp Exp2 Expm1 Floor FloorDivide Fmax Fmin Fmod Greater GreaterEqual Hypot Isclose Isfinite Isinf
    Isnan Less LessEqual Log Log10 Log1p Log2 Logaddexp LogicalAnd LogicalNot LogicalOr LogicalXor Mod NanToNum Negative
    NotEqual OnesLike Power Reciprocal Round Select Sign Sin Sinc Sinh Sqrt Square Tan Tanh TrueDivide Trunc Where
    ZerosLike
    """
)
# Statistics or sums along an axis, which may be that of the channels or those of the places.
ALONG_AN_AXIS = _names(
    """
    Softmax LogSoftmax Sparsemax Normalize LayerNorm RMSNorm LayerNormalization RMSNormalization UnitNormalization
    """
)
REDUCTIONS = _names("Mean Max Amax Min Amin Sum Prod Std Var Median Any All Logsumexp CountNonzero")
ATTENTION = {"MultiHeadAttention", "GroupedQueryAttention", "Attention", "AdditiveAttention"}
RECURRENT = {"RNN", "Bidirectional"}
SLICES = {"GetItem", "Slice"}
RESHAPING = _names("Flatten Reshape Permute RepeatVector Ravel Squeeze ExpandDims Transpose Swapaxes Moveaxis")
MOVING = {
    *(f"{kind}{axes}D" for kind in ("Conv", "SeparableConv", "MaxPooling", "AveragePooling") for axes in (1, 2, 3)),
    *("DepthwiseConv1D", "DepthwiseConv2D", "Subsampling2D", "TableConv2D", "MaxPool", "AveragePool"),
}
ADAPTIVE = {f"Adaptive{kind}Pooling{axes}D" for kind in ("Average", "Max") for axes in (1, 2, 3)}
ADAPTIVE |= {"AdaptiveAveragePool", "AdaptiveMaxPool"}


def is_kind(layer: Any, kinds: set[str]) -> bool:
    """Say whether a layer, or a class that it derives from, has one of these names."""
    return any(kind.__name__ in kinds for kind in type(layer).__mro__)


def unwrapped(layer: Any) -> Any:
    """Return the layer that does the work: what `SpectralNormalization` holds."""
    return unwrapped(layer.layer) if isinstance(layer, layers.SpectralNormalization) else layer


def axes_of(layer: Any, shape: Shape) -> set[int]:
    """Return the axes that a layer works along, counted with the batch as 0; all of them where it names none."""
    axis = getattr(layer, "axis", None)
    rank = len(shape) + 1
    if axis is None:
        return set(range(rank))
    return {a % rank for a in (axis if isinstance(axis, list | tuple) else [axis])}


def axes_of_places(layer: Any, shape: Shape) -> set[int]:
    """Return the axes of height and width, or however many there are, counted with the batch as 0."""
    first = getattr(layer, "data_format", None) == "channels_first"
    return set(range(2, len(shape) + 1) if first else range(1, len(shape)))


def keeps_places(given: Shape, made: Shape) -> bool:
    """Say whether height and width stay, whichever side the channels are on."""
    return len(given) == len(made) and (given[:-1] == made[:-1] or given[1:] == made[1:])

"""At sizes that are no multiple of 32 the networks are darknet's, by a NumPy reading of its C: everything rounds up."""

import keras
import numpy as np
import pytest

from ccv import models
from ccv.models.darknet_order import CFG_ORDER

# The cfg files up to the head: (kernel size, stride) of a convolution, "max", "max1" (stride 1), "add" to the last but
# two. YOLOv2's trunk is that of darknet19, YOLOv3's of darknet53, the tiny one's that of both tiny networks.
PAIR = [(1, 1), (3, 1)]
LAYERS = {
    "darknet19": [
        *[(3, 1), "max"] * 2,
        *[(3, 1), *PAIR, "max"] * 2,
        *[(3, 1), *PAIR, *PAIR, "max"],
        *[(3, 1), *PAIR, *PAIR],
    ],
    "darknet53": [(3, 1), *[step for blocks in (1, 2, 8, 8, 4) for step in [(3, 2), *[*PAIR, "add"] * blocks]]],
    "yolo_v1": [
        *[(7, 2), "max", (3, 1), "max"],
        *[*PAIR * 2, "max", *PAIR * 5, "max"],
        *[*PAIR * 2, (3, 1), (3, 2), (3, 1), (3, 1)],
    ],
    "yolo_v3_tiny": [*[(3, 1), "max"] * 5, (3, 1), "max1", (3, 1)],
}


def convolve(x, kernel, stride):
    """`(height, width, channels)`; `pad=1` of a cfg is a border of half the kernel: out = (w + 2 pad - k) / s + 1."""
    size = kernel.shape[0]
    border = ((size // 2,) * 2,) * 2
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(x, (*border, (0, 0))), (size, size), (0, 1))
    return np.einsum("hwcij,ijcf->hwf", windows[::stride, ::stride], kernel, optimize=True)


def max_pool(x, stride):
    """Of 2x2: padding = size - 1 in all, an offset of -padding / 2 = 0, and what lies outside counts as -FLT_MAX."""
    padded = np.pad(x, ((0, 1), (0, 1), (0, 0)), constant_values=-np.inf)
    rows, columns = ((side + 1 - 2) // stride + 1 for side in x.shape[:2])
    windows = np.lib.stride_tricks.sliding_window_view(padded, (2, 2), (0, 1))[::stride, ::stride]
    return windows[:rows, :columns].max((3, 4))


def darknet(name, model, x):
    """The maps of a network without its head."""
    order = iter(CFG_ORDER[f"{name}_notop"])
    outputs = [x]
    for layer in LAYERS[name]:
        x = outputs[-1]
        if layer == "add":
            x = x + outputs[-3]
        elif isinstance(layer, str):
            x = max_pool(x, 1 if layer == "max1" else 2)
        else:
            address = next(order)
            kernel, *bias = model.get_layer(address).get_weights()
            assert kernel.shape[0] == layer[0]
            x = convolve(x, kernel, layer[1])
            if bias:
                x = x + bias[0]
            else:
                gamma, beta, mean, variance = model.get_layer(f"{address}_bn").get_weights()
                x = (x - mean) / np.sqrt(variance + 1e-5) * gamma + beta
            x = np.where(x > 0, x, 0.1 * x)
        outputs.append(x)
    assert next(order, None) is None
    return outputs[-1]


@pytest.mark.parametrize("size", [(97, 211), pytest.param((64, 96), marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", LAYERS)
def test_the_maps_are_those_of_darknet(name, size):
    model = models.build(name, include_top=False, width=1 / 16, input_shape=(*size, 3))
    rng = np.random.default_rng(0)
    for weight in model.weights:
        scale = (2 / np.prod(weight.shape[:-1])) ** 0.5
        kernel = len(weight.shape) > 1
        weight.assign(rng.normal(0, scale, weight.shape) if kernel else rng.uniform(0.5, 1, weight.shape))
    x = rng.uniform(0, 1, (*size, 3)).astype("float32")
    expected = darknet(name, model, x)
    found = keras.ops.convert_to_numpy(model(x[None], training=False))[0]
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, atol=1e-4 * np.abs(expected).max())

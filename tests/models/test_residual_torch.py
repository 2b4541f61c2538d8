"""ResNet and ResNeXt against torchvision's state dict: by a reference in NumPy, and by torchvision where it is."""

import numpy as np
import pytest

from ccv.models import resnet, resnext
from ccv.models.torch_names import resnet as resnet_names
from ccv.models.torch_names import resnext as resnext_names

pytestmark = pytest.mark.slow  # large networks

# blocks, convolutions in a block, groups, channels of a group in the first stage
NETWORKS = {
    "resnet18": ((2, 2, 2, 2), 2, 1, 64),
    "resnet34": ((3, 4, 6, 3), 2, 1, 64),
    "resnet50": ((3, 4, 6, 3), 3, 1, 64),
    "resnet101": ((3, 4, 23, 3), 3, 1, 64),
    "resnet152": ((3, 8, 36, 3), 3, 1, 64),
    "resnext50_32x4d": ((3, 4, 6, 3), 3, 32, 4),
    "resnext101_32x8d": ((3, 4, 23, 3), 3, 32, 8),
}
SMALL = [
    ("resnet18", "resnet"),
    ("resnet50", "resnet"),
    ("resnext50_32x4d", "resnext"),
]

# In a process of its own: TensorFlow and PyTorch do not always bear each other.
TORCHVISION = """
import sys
import numpy as np, torch, torchvision
name, source, target = sys.argv[1:]
given = dict(np.load(source))
image = torch.tensor(given.pop("image").transpose(0, 3, 1, 2))
model = getattr(torchvision.models, name)(weights=None).eval()
model.load_state_dict({key: torch.tensor(value) for key, value in given.items()}, strict=False)
shapes = {key: tuple(value.shape) for key, value in model.state_dict().items() if value.ndim}
assert shapes == {key: value.shape for key, value in given.items()}
with torch.no_grad():
    np.save(target, model(image).numpy())
"""


def build(name, **options):
    if name.startswith("resnext"):
        return getattr(resnext, name)(**options)
    return getattr(resnet, name)(variant="torch", **options)


def torch_names(name):
    family = resnext_names if name.startswith("resnext") else resnet_names
    return family.torch_names(name)


def state_shapes(name, width=1, classes=1000):
    """Write down torchvision's keys and shapes (without `num_batches_tracked`, which counts steps)."""
    blocks, convolutions, groups, channels = NETWORKS[name]
    shapes = {}

    def norm(key, size):
        for part in ("weight", "bias", "running_mean", "running_var"):
            shapes[f"{key}.{part}"] = (size,)

    size = round(64 * width)
    shapes["conv1.weight"] = (size, 3, 7, 7)
    norm("bn1", size)
    for stage, count in enumerate(blocks):
        planes = round(64 * width) * 2**stage
        inner = groups * max(1, round(channels * width * 2**stage)) if groups > 1 else planes
        out = planes if convolutions == 2 else 4 * planes
        for block in range(count):
            key = f"layer{stage + 1}.{block}"
            if convolutions == 2:
                kernels = [(planes, size, 3, 3), (planes, planes, 3, 3)]
            else:
                kernels = [(inner, size, 1, 1), (inner, inner // groups, 3, 3), (out, inner, 1, 1)]
            for number, kernel in enumerate(kernels, 1):
                shapes[f"{key}.conv{number}.weight"] = kernel
                norm(f"{key}.bn{number}", kernel[0])
            if block == 0 and size != out:
                shapes[f"{key}.downsample.0.weight"] = (out, size, 1, 1)
                norm(f"{key}.downsample.1", out)
            size = out
    return shapes | {"fc.weight": (classes, size), "fc.bias": (classes,)}


def random_state(shapes, seed=0):
    generator = np.random.default_rng(seed)
    state = {}
    for key, shape in shapes.items():
        if len(shape) > 1:
            state[key] = generator.normal(0, np.sqrt(1.5 / np.prod(shape[1:])), shape)
        elif key.endswith(("running_var", "weight")):
            state[key] = generator.uniform(0.5, 1.2, shape)
        else:
            state[key] = generator.normal(0, 0.1, shape)
    return {key: value.astype("float32") for key, value in state.items()}


def load(model, state, names):
    """Put a state dict into a model; every key must be used."""
    unused = set(state)
    for layer in model.layers:
        if not layer.weights:
            continue
        parts = ["weight", "bias", "running_mean", "running_var"][: len(layer.weights)]
        keys = [f"{names[layer.name]}.{part}" for part in parts]
        unused -= set(keys)
        layer.set_weights([arranged(state[key]) for key in keys])
    assert not unused


def arranged(value):
    return value.transpose(2, 3, 1, 0) if value.ndim == 4 else value.T


# What torchvision computes, in NumPy; `(batch, channels, height, width)` as there ----------------------------------


def convolve(x, kernel, stride, padding, groups=1):
    x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    windows = np.lib.stride_tricks.sliding_window_view(x, kernel.shape[2:], axis=(2, 3))[:, :, ::stride, ::stride]
    parts = zip(np.split(windows, groups, 1), np.split(kernel, groups, 0), strict=True)
    return np.concatenate([np.einsum("nchwij,ocij->nohw", w, k, optimize=True) for w, k in parts], 1)


def normalize(x, state, key):
    weight, bias, mean, variance = (
        state[f"{key}.{part}"][:, None, None] for part in ("weight", "bias", "running_mean", "running_var")
    )
    return (x - mean) / np.sqrt(variance + 1e-5) * weight + bias


def relu(x):
    return np.maximum(x, 0)


def max_pool(x):
    x = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)), constant_values=-np.inf)
    return np.lib.stride_tricks.sliding_window_view(x, (3, 3), axis=(2, 3))[:, :, ::2, ::2].max((-1, -2))


def forward(x, state, name):
    blocks, convolutions, groups, _ = NETWORKS[name]
    x = max_pool(relu(normalize(convolve(x, state["conv1.weight"], 2, 3), state, "bn1")))
    for stage, count in enumerate(blocks, 1):
        for block in range(count):
            key = f"layer{stage}.{block}"
            x = residual(x, state, key, convolutions, groups, 2 if block == 0 and stage > 1 else 1)
    return x.mean((2, 3)) @ state["fc.weight"].T + state["fc.bias"]


def residual(x, state, key, convolutions, groups, stride):
    skip = x
    if f"{key}.downsample.0.weight" in state:
        skip = convolve(x, state[f"{key}.downsample.0.weight"], stride, 0)
        skip = normalize(skip, state, f"{key}.downsample.1")
    strided = 1 if convolutions == 2 else 2
    for number in range(1, convolutions + 1):
        kernel = state[f"{key}.conv{number}.weight"]
        wide = kernel.shape[2] == 3
        x = convolve(x, kernel, stride if number == strided else 1, int(wide), groups if wide else 1)
        x = normalize(x, state, f"{key}.bn{number}")
        x = x + skip if number == convolutions else x
        x = relu(x)
    return x


# ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NETWORKS)
def test_the_names_cover_the_state_dict(name):
    keys = {key.rsplit(".", 1)[0] for key in state_shapes(name)}
    names = torch_names(name)
    assert set(names.values()) == keys
    assert len(set(names.values())) == len(names)


@pytest.mark.parametrize(
    ("name", "params"), [("resnet18", 11_689_512), ("resnet50", 25_557_032), ("resnext50_32x4d", 25_028_904)]
)
def test_the_shapes_add_up_to_the_published_count(name, params):
    trained = [np.prod(shape) for key, shape in state_shapes(name).items() if "running" not in key]
    assert sum(trained) == params


@pytest.mark.parametrize(("name", "family"), SMALL)
@pytest.mark.parametrize("size", [(64, 48), (33, 75)])
def test_the_outputs_of_torchvision_in_numpy(name, family, size):
    state = random_state(state_shapes(name, 1 / 8, 10))
    model = build(name, width=1 / 8, input_shape=(*size, 3), classes=10, classifier_activation=None)
    load(model, state, torch_names(name))
    x = np.random.default_rng(1).normal(size=(2, *size, 3)).astype("float32")
    expected = forward(x.transpose(0, 3, 1, 2), state, name)
    ours = np.asarray(model(x, training=False))
    assert np.abs(ours - expected).max() <= 1e-5 * np.abs(expected).max()


def test_names_of_the_other_shortcuts():
    for shortcut in "ABC":
        names = resnet_names.torch_names("resnet34", shortcut=shortcut)
        model = resnet.resnet34(width=1 / 16, shortcut=shortcut)
        assert set(names) == {layer.name for layer in model.layers if layer.weights}

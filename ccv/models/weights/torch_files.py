"""State dicts of torchvision in `.pth` or `.safetensors` files, read by the name maps in `ccv.models.torch_names`."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np

from ccv.layers import LayerScale, PositionEmbedding
from ccv.models.cards import CARDS, Rescale
from ccv.models.origin import origin_of
from ccv.models.torch_names import densenet, vit
from ccv.models.weights import _attention
from ccv.models.weights._dense import to_keras
from ccv.models.weights.keras_files import finalize
from ccv.models.weights.own_names import named_weights, owned_weights
from ccv.models.weights.partial import Report, assign

State = dict[str, np.ndarray]

# The networks whose torchvision names are known: (file of names, network, options of its `torch_names`).
NETWORKS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("alexnet", "alexnet", {}),
    *(("vgg", name, {"batch_norm": bn}) for name in ("vgg11", "vgg13", "vgg16", "vgg19") for bn in (False, True)),
    ("googlenet", "googlenet", {}),
    ("googlenet", "googlenet", {"auxiliary": True}),
    ("inception_v3", "inception_v3", {}),
    ("inception_v3", "inception_v3", {"auxiliary": True}),
    ("inception_v4", "inception_v4", {}),  # timm's names: torchvision has no such network
    ("squeezenet", "squeezenet1_0", {}),
    ("squeezenet", "squeezenet1_1", {}),
    *(("resnet", f"resnet{depth}", {}) for depth in (18, 34, 50, 101, 152)),
    ("resnext", "resnext50_32x4d", {}),
    ("resnext", "resnext101_32x8d", {}),
    *(("densenet", f"densenet{depth}", {}) for depth in (121, 169, 201)),
    ("mobilenet", "mobilenet_v2", {}),
    ("mobilenet_v3", "mobilenet_v3_small", {}),
    ("mobilenet_v3", "mobilenet_v3_large", {}),
    *(("efficientnet", f"efficientnet_b{size}", {}) for size in range(8)),
    ("seresnet", "seresnet50", {}),  # timm's names
    ("convnext", "convnext_tiny", {}),
    ("vit", "vit_b_16", {}),
)

# Our name of a weight -> PyTorch's.
PARTS = {
    "kernel": "weight",
    "bias": "bias",
    "gamma": "weight",
    "beta": "bias",
    "moving_mean": "running_mean",
    "moving_variance": "running_var",
    "scale": "layer_scale",
    "token": "class_token",
    "positions": "pos_embedding",
}
UNCOUNTED = "num_batches_tracked"  # of a batch normalisation there: Keras has no such count


def read(model: keras.Model, path: Path) -> Rescale | None:
    """Read a state dict into `model`: torchvision's names, or ours (`block1_conv1.kernel`).

    Returns the pixels of torchvision's weights, None for our names, which do not tell. Raises ValueError where a
    layer's weights are missing or of another shape, where the file holds more, and for torchvision's in a network of
    Keras's form.
    """
    state = _read_state(path)
    ours = dict(named_weights(model))
    if set(state) >= set(ours):
        pairs, pixels = _pair_own(model, state), None
    else:
        network, pairs = _pair_torch(model, state)
        pixels = _pixels_of(network, model)
    for weight, array in pairs:
        weight.assign(array)
    finalize(model)
    return pixels


def read_partly(model: keras.Model, path: Path) -> tuple[Report, Rescale | None]:
    """Read what fits of a state dict into `model`, and return what that was, and the pixels as `read` does.

    Torchvision's names are those of the network that shares the most of them with both. Raises ValueError where nothing
    fits, and for torchvision's in a network of Keras's form.
    """
    state = _read_state(path)
    ours = dict(named_weights(model))
    if set(state) & set(ours):
        keys, pixels = {name: name for name in ours}, None
        arrays = {name: state[name] for name in ours if name in state}
    else:
        network, keys = _shared(model, state)
        pixels = _pixels_of(network, model) if keys else None
        layers = {name: layer for name, layer, _ in owned_weights(model)}
        arrays = {name: _as_keras(layers[name], ours[name], state[key]) for name, key in keys.items()}
    unused = {key for key in set(state) - set(keys.values()) if not key.endswith(UNCOUNTED)}
    report = assign(model.name, {name: (weight, arrays.get(name)) for name, weight in ours.items()}, unused)
    finalize(model)
    return report, pixels


def _shared(model: keras.Model, state: State) -> tuple[str, dict[str, str]]:
    """Return the network that shares the most weights with model and file, and our name of each -> torchvision's."""
    weights = [row for row in owned_weights(model) if row[2].name in PARTS]
    best: tuple[str, dict[str, str]] = "", {}
    for network, names, _, _ in networks():
        found = {
            ours: key_of(names[module], layer, weight)
            for ours, layer, weight in weights
            if (module := ours.partition(".")[0]) in names
        }
        keys = {ours: key for ours, key in found.items() if key in state}
        if len(keys) > len(best[1]):
            best = network, keys
    return best


def _pixels_of(network: str, model: keras.Model) -> Rescale:
    """Return what torchvision's (or timm's) weights of a network expect.

    Raises ValueError for Keras's form of it, which may have the same weights and yet pad or normalise otherwise.
    """
    _refuse_keras_form(model)
    return next((file.pixels for file in CARDS[network].files if file.is_torch), CARDS[network].rescale)


def _refuse_keras_form(model: keras.Model) -> None:
    origin = origin_of(model)
    if origin is None or origin.builder not in CARDS:
        return
    files = [file for file in CARDS[origin.builder].files if file.is_torch]
    if origin.form.get("variant") == "keras" and files and not any("keras" in f.form["variant"] for f in files):
        raise ValueError("the file is PyTorch's, for variant='torch', not variant='keras'")


# ------------------------------------------------------------------------------------------------------------ files


def _read_state(path: Path) -> State:
    """Read a file, and take from its names what training scripts put before them."""
    state = {vit.modern_name(densenet.modern_name(key)): value for key, value in _read_file(path).items()}
    for prefix in ("module.", "model."):  # as DataParallel and training scripts save them
        if state and all(key.startswith(prefix) for key in state):
            state = {key[len(prefix) :]: value for key, value in state.items()}
    return _attention.split(state)


def _read_file(path: Path) -> State:
    return _read_safetensors(path) if path.suffix == ".safetensors" else _read_pth(path)


def _read_safetensors(path: Path) -> State:
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        return load_file(path)
    except (SafetensorError, OSError, ValueError, KeyError, TypeError) as problem:
        raise ValueError(f"the file is damaged, or no safetensors file ({problem})") from None


def _read_pth(path: Path) -> State:
    try:
        import torch
    except ImportError:
        raise ValueError("reading .pth needs PyTorch: pip install torch, or convert the file to .safetensors") from None
    try:
        loaded = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as problem:  # pickle, zipfile and torch each raise their own
        reason = str(problem).strip().splitlines() or [type(problem).__name__]
        raise ValueError(f"the file is damaged, or holds more than weights ({reason[0][:120]})") from None
    if isinstance(loaded, Mapping) and isinstance(loaded.get("state_dict"), Mapping):
        loaded = loaded["state_dict"]
    if not isinstance(loaded, Mapping) or not all(isinstance(v, torch.Tensor) for v in loaded.values()):
        raise ValueError("the file holds no state dict: save model.state_dict()")
    return {key: value.detach().float().numpy() for key, value in loaded.items()}


# ------------------------------------------------------------------------------------------------------------ names


def _pair_own(model: keras.Model, state: State) -> list[tuple[Any, np.ndarray]]:
    pairs, used = [], set()
    for name, layer, weight in owned_weights(model):
        array = layer.fitted(state[name]) if isinstance(layer, PositionEmbedding) else state[name]
        used.add(name)
        pairs.append((weight, _fitting(name.rpartition(".")[0], weight, array)))
    _refuse_rest(set(state) - used)
    return pairs


def _pair_torch(model: keras.Model, state: State) -> tuple[str, list[tuple[Any, np.ndarray]]]:
    network, names, unread = _names_for(model, state)
    pairs, used = [], set()
    for layer, weight in [(owner, weight) for owner in model.layers for weight in owner.weights]:
        key = key_of(names[layer.name], layer, weight)
        if key not in state:
            raise ValueError(
                f"layer {layer.name} has a {weight.name} of shape {tuple(weight.shape)}, the file no {key}"
            )
        used.add(key)
        pairs.append((weight, _fitting(layer.name, weight, _as_keras(layer, weight, state[key]))))
    top = tuple(f"{theirs}." for ours, theirs in names.items() if ours not in {layer.name for layer in model.layers})
    rest = {k for k in set(state) - used if not k.startswith((*unread, *top)) and not k.endswith(UNCOUNTED)}
    _refuse_rest(rest)
    return network, pairs


class Network(NamedTuple):
    """A network of torchvision's: our layers -> its modules, what of a file stays unread, what is dense there alone."""

    name: str
    names: dict[str, str]
    unread: tuple[str, ...]
    dense: tuple[str, ...]


def networks() -> Iterator[Network]:
    """Yield each network whose torchvision names are known."""
    for family, name, options in NETWORKS:
        file = import_module(f"ccv.models.torch_names.{family}")
        unread, dense = getattr(file, "TORCH_UNREAD", ()), getattr(file, "TORCH_DENSE", ())
        yield Network(name, file.torch_names(name, **options), unread, dense)


def _names_for(model: keras.Model, state: State) -> tuple[str, dict[str, str], tuple[str, ...]]:
    """Find the network whose layers the model has, and whose modules the file has.

    A model without a top lacks some layers, so among those that fit the one with the fewest more is meant.
    """
    wanted = {layer.name for layer in model.layers if layer.weights}
    modules = {_module_of(key) for key in state}
    found: list[tuple[int, int, int, str, dict[str, str], tuple[str, ...]]] = []
    for network, names, unread, _ in networks():
        if wanted <= names.keys():
            absent = sum(names[layer] not in modules for layer in wanted)
            found.append((absent, len(names) - len(wanted), len(found), network, names, unread))
    if not found:
        _refuse_keras_form(model)
        raise ValueError("torchvision has no network with these layers; a file with our own layer names would do")
    return min(found)[3:]


def key_of(module: str, layer: keras.layers.Layer, weight: Any) -> str:
    """Return torchvision's name of a weight of a layer that has this module there; "" is the network itself."""
    parts = [module, PARTS[weight.name]]
    if isinstance(layer, keras.layers.MultiHeadAttention):
        parts.insert(1, _attention.module_of(layer, weight))
    return ".".join(filter(None, parts))


def _module_of(key: str) -> str:
    """The module of a key, that of the whole attention for its projections."""
    module = key.rpartition(".")[0]
    outer, _, last = module.rpartition(".")
    return outer if last in _attention.MODULES.values() else module


def _refuse_rest(rest: set[str]) -> None:
    if rest:
        raise ValueError(f"the file has {len(rest)} weights more, such as {min(rest)}: it belongs to another network")


# ----------------------------------------------------------------------------------------------------------- shapes


def _as_keras(layer: keras.layers.Layer, weight: Any, array: np.ndarray) -> np.ndarray:
    """Turn PyTorch's order of axes into Keras's."""
    if isinstance(layer, keras.layers.MultiHeadAttention):
        return _attention.to_keras(weight, array)
    if isinstance(layer, PositionEmbedding):
        return layer.fitted(array)
    if isinstance(layer, LayerScale):
        return array.reshape(-1)  # (channels, 1, 1) there
    if weight.name != "kernel":
        return array
    if isinstance(layer, keras.layers.DepthwiseConv2D):
        return array.transpose(2, 3, 0, 1)  # (in, 1, h, w) -> (h, w, in, 1)
    if array.ndim == 4:
        return array.transpose(2, 3, 1, 0)  # (out, in, h, w) -> (h, w, in, out)
    if len(weight.shape) == 4:
        return array.T[None, None]  # a dense layer there, a 1x1 convolution here: (out, in) -> (1, 1, in, out)
    return to_keras(layer, array)


def _fitting(layer: str, weight: Any, array: np.ndarray) -> np.ndarray:
    if tuple(weight.shape) != array.shape:
        raise ValueError(
            f"layer {layer} has a {weight.name} of shape {tuple(weight.shape)}, the file has {array.shape}"
        )
    return array

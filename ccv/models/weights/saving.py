"""Writes a model's weights to a safetensors file, under our names or torchvision's."""

import os
from pathlib import Path
from typing import Any

import keras
import numpy as np

from ccv.layers import LayerScale
from ccv.models.cards import CARDS
from ccv.models.origin import origin_of
from ccv.models.weights import _attention, torch_files
from ccv.models.weights._dense import to_torch
from ccv.models.weights.own_names import named_weights
from ccv.names import check_name


def save_weights(model: keras.Model, path: str | os.PathLike[str], names: str = "ccv") -> Path:
    """Write the weights of `model` to a `.safetensors` file, and return its path; `load_weights` reads it back.

    names: "ccv" for our own, `block1_conv1.kernel`, of any model; "torch" for the state dict of torchvision's same
        network, which its `load_state_dict` takes, with any number of classes.

    The file is whole or not there. Raises ValueError for another suffix, and with `names="torch"` for a network or a
    variant that torchvision has not.
    """
    path = Path(path)
    if path.suffix != ".safetensors":
        raise ValueError(f"path={os.fspath(path)!r} must end with .safetensors; model.save(...) writes .keras")
    check_name("names", names, ("ccv", "torch"))
    state = _torchs(model) if names == "torch" else _own(model)
    _write(path, state, {"format": "pt"} if names == "torch" else {"format": "ccv"})
    return path


def _own(model: keras.Model) -> torch_files.State:
    return {name: keras.ops.convert_to_numpy(weight) for name, weight in named_weights(model)}


def _torchs(model: keras.Model) -> torch_files.State:
    """Return a model's weights as the state dict of torchvision's same network, but for its counts of batches.

    Raises ValueError for a network that torchvision has not, or not in this form.
    """
    network, state = _network_of(model), {}
    for layer in model.layers:
        for weight in layer.weights:
            module, array = network.names[layer.name], _as_torch(layer, weight)
            dense = module in network.dense and array.ndim == 4
            state[torch_files.key_of(module, layer, weight)] = array[:, :, 0, 0] if dense else array
    return _attention.join(state)


def _network_of(model: keras.Model) -> torch_files.Network:
    """Return torchvision's network with the layers of a model: its builder's, and of several the least.

    Raises ValueError where there is none.
    """
    origin = origin_of(model)
    wanted = {layer.name for layer in model.layers if layer.weights}
    fitting = [network for network in torch_files.networks() if wanted <= network.names.keys()]
    if origin and origin.builder in CARDS:
        form = {option: value for option, value in origin.form.items() if option != "width"}
        misfits = [file.misfits(form) for file in CARDS[origin.builder].files if file.is_torch]
        if misfits and all(misfits):
            option = misfits[0][0]
            raise ValueError(f"torchvision has no {origin.builder} of {option}={form[option]!r}: save with names='ccv'")
        fitting = [network for network in fitting if network.name == origin.builder]
    if not fitting:
        raise ValueError(f"torchvision has no network with the layers of {model.name}: save with names='ccv'")
    return min(fitting, key=lambda network: len(network.names))


def _as_torch(layer: keras.layers.Layer, weight: Any) -> np.ndarray:
    """Turn Keras's order of axes into PyTorch's."""
    if isinstance(layer, keras.layers.MultiHeadAttention):
        return _attention.to_torch(layer, weight)
    array = keras.ops.convert_to_numpy(weight)
    if isinstance(layer, LayerScale):
        return array[:, None, None]
    if weight.name != "kernel":
        return array
    if isinstance(layer, keras.layers.DepthwiseConv2D):
        return array.transpose(2, 3, 0, 1)  # (h, w, in, 1) -> (in, 1, h, w)
    if array.ndim == 2:
        return to_torch(layer, array)
    return array.transpose(3, 2, 0, 1)  # (h, w, in, out) -> (out, in, h, w)


def _write(path: Path, state: torch_files.State, metadata: dict[str, str]) -> None:
    from safetensors.numpy import save

    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(save({name: np.ascontiguousarray(array) for name, array in state.items()}, metadata))
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)

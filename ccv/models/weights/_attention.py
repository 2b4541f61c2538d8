"""The weights of attention in PyTorch, where the projections of query, key and value are one matrix, and in Keras."""

import keras
import numpy as np

from ccv.models.weights.own_names import inside

State = dict[str, np.ndarray]
JOINED = ("query", "key", "value")
# Keras's name of a projection -> the module of PyTorch's state dict, once `split` has parted those of one matrix.
MODULES = {part: part for part in JOINED} | {"attention_output": "out_proj"}


def split(state: State) -> State:
    """Return a state dict in which `in_proj_weight` and `in_proj_bias` are parted into query, key and value."""
    parted: State = {}
    for key, array in state.items():
        module, joined, part = key.rpartition(".in_proj_")
        if joined:
            thirds = np.split(array, len(JOINED))
            parted |= {f"{module}.{name}.{part}": third for name, third in zip(JOINED, thirds, strict=True)}
        else:
            parted[key] = array
    return parted


def join(state: State) -> State:
    """Return a state dict with query, key and value in one: what `split` undoes."""
    joined: State = {}
    for key, array in state.items():
        module, _, part = key.rpartition(".")
        attention, _, name = module.rpartition(".")
        if name not in JOINED:
            joined[key] = array
        elif name == JOINED[0]:
            thirds = [state[f"{attention}.{one}.{part}"] for one in JOINED]
            joined[f"{attention}.in_proj_{part}"] = np.concatenate(thirds)
    return joined


def module_of(layer: keras.layers.MultiHeadAttention, weight: keras.Variable) -> str:
    """Return the module of PyTorch's attention that a weight of Keras's belongs to."""
    return MODULES[inside(layer, weight).partition(".")[0]]


def to_keras(weight: keras.Variable, array: np.ndarray) -> np.ndarray:
    """Turn PyTorch's `(outputs, inputs)` into Keras's axes, in which the heads have one of their own."""
    array = array.T  # of a bias that is itself
    return array.reshape(weight.shape) if array.size == np.prod(weight.shape) else array


def to_torch(layer: keras.layers.MultiHeadAttention, weight: keras.Variable) -> np.ndarray:
    """Turn a weight of Keras's into PyTorch's `(outputs, inputs)` or `(outputs,)`: what `to_keras` undoes."""
    array = keras.ops.convert_to_numpy(weight)
    if weight.name == "bias":
        return array.reshape(-1)
    if module_of(layer, weight) == MODULES["attention_output"]:
        return array.reshape(-1, array.shape[-1]).T
    return array.reshape(len(array), -1).T

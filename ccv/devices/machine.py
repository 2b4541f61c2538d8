"""The devices of this machine, and what gains on them."""

from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import keras


@dataclass(frozen=True)
class Machine:
    """What the backend computes on, and which settings are faster there.

    `precision` is a Keras dtype policy: bfloat16 on TPUs and GPUs from compute capability 8, float16 on those of 7
    (Colab's T4), float32 elsewhere, since a CPU emulates the others. `jit_compile` is whether XLA gains: on a CPU
    TensorFlow's compilation costs more than it saves, while JAX always compiles.
    """

    backend: str
    kind: str
    names: tuple[str, ...]
    precision: str
    jit_compile: bool

    @property
    def jit(self) -> str | bool:
        """What `model.compile(jit_compile=...)` should get: "auto" leaves out a model that XLA cannot compile."""
        return "auto" if self.jit_compile else False

    def __str__(self) -> str:
        several = f"{len(self.names)} x " if len(self.names) > 1 else ""
        device = f"{several}{self.names[0]}" if self.names else self.kind
        compiled = ", compiled by XLA" if self.jit_compile else ""
        return f"{self.kind} ({device}) on {self.backend}, {self.precision}{compiled}"


def describe() -> Machine:
    """Return what the backend of this process computes on: TPU before GPU before CPU."""
    backend = keras.backend.backend()
    kind, names, capability = LOOK.get(backend, _torch)()
    return Machine(backend, kind, tuple(names), _precision(kind, capability), backend == "jax" or kind != "CPU")


@contextmanager
def deterministic(wanted: bool = True) -> Any:
    """Have TensorFlow take the order of every sum from the program, not from its threads; slower.

    JAX is so on a CPU. TensorFlow's switch is global: it is put back where it was.
    """
    if not wanted or keras.backend.backend() != "tensorflow":
        yield
        return
    import tensorflow as tf
    from tensorflow.python.framework import config

    before = config.is_op_determinism_enabled()
    tf.config.experimental.enable_op_determinism()
    try:
        yield
    finally:
        if not before:
            config.disable_op_determinism()


def _precision(kind: str, capability: float) -> str:
    if kind == "TPU" or (kind == "GPU" and capability >= 8):
        return "mixed_bfloat16"
    return "mixed_float16" if kind == "GPU" and capability >= 7 else "float32"


def _tensorflow() -> tuple[str, list[str], float]:
    import tensorflow as tf

    tpus, gpus = (tf.config.list_logical_devices(kind) for kind in ("TPU", "GPU"))
    if tpus:
        return "TPU", [device.name for device in tpus], 0.0
    if not gpus:
        return "CPU", [device.name for device in tf.config.list_logical_devices("CPU")], 0.0
    details = [tf.config.experimental.get_device_details(gpu) for gpu in tf.config.list_physical_devices("GPU")]
    major, minor = min(one.get("compute_capability", (0, 0)) for one in details)
    return "GPU", [one.get("device_name", "GPU") for one in details], major + minor / 10


def _jax() -> tuple[str, list[str], float]:
    import jax

    devices = jax.devices()
    kind = {"tpu": "TPU", "cpu": "CPU"}.get(devices[0].platform, "GPU")
    capability = min(float(getattr(device, "compute_capability", 0) or 0) for device in devices)
    return kind, [device.device_kind for device in devices], capability


def _torch() -> tuple[str, list[str], float]:
    """Take the one device that Keras uses on PyTorch, in float32."""
    return "CPU", [keras.backend.backend()], 0.0


LOOK: dict[str, Callable[[], tuple[str, list[str], float]]] = {"tensorflow": _tensorflow, "jax": _jax}

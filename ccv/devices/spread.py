"""How training is spread over devices and processes."""

import contextlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np

PROCESSES = "KERAS_DISTRIBUTION_NUM_PROCESSES"
PROCESS = "KERAS_DISTRIBUTION_PROCESS_ID"
ON_JAX_ONLY = (
    "Keras 3 trains across processes on JAX only (its fit fails under TensorFlow's MultiWorkerMirroredStrategy): "
    "set KERAS_BACKEND=jax, or start one process"
)
_joined = False


@dataclass(frozen=True)
class Strategy:
    """Where variables live and who computes which part of a batch.

    `replicas` devices share each batch; this is process `process` of `processes`. Variables of a model that is to
    be spread are made inside `scope()`; `ccv.training.fit` copies one that was made outside.
    """

    name: str = "one device"
    replicas: int = 1
    process: int = 0
    processes: int = 1
    tensorflow: Any = field(default=None, repr=False)
    jax: Any = field(default=None, repr=False)

    @property
    def spread(self) -> bool:
        """Whether several devices take part."""
        return self.replicas > 1

    @property
    def even(self) -> bool:
        """Whether a batch must divide by the replicas: JAX cuts an array into equal parts, TensorFlow need not."""
        return self.jax is not None and self.spread

    @contextlib.contextmanager
    def scope(self) -> Any:
        """Make what is built inside live on all replicas."""
        with contextlib.ExitStack() as stack:
            if self.tensorflow is not None:
                stack.enter_context(self.tensorflow.scope())
            if self.jax is not None:
                stack.enter_context(self.jax.scope())
            yield

    def agree(self, arrays: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Return the arrays of process 0 on every process, so that all start from the same weights."""
        if self.processes == 1:
            return list(arrays)
        from jax.experimental import multihost_utils

        return [np.asarray(multihost_utils.broadcast_one_to_all(array)) for array in arrays]


def join() -> None:
    """Join the processes that Keras's environment variables name; does nothing where there is one alone.

    Raises RuntimeError on another backend than JAX, and where JAX has computed something already.
    """
    global _joined
    given = os.environ.get(PROCESSES, "1")
    if not given.isdecimal():
        raise RuntimeError(f"{PROCESSES}={given} must be a whole number, how many processes there are")
    if _joined or int(given) < 2:
        return
    if keras.backend.backend() != "jax":
        raise RuntimeError(f"{PROCESSES}={os.environ[PROCESSES]}: {ON_JAX_ONLY}")
    try:
        keras.distribution.initialize()
    except RuntimeError as problem:
        raise RuntimeError(
            f"the processes could not join ({_first_line(problem)}): import ccv.training before the first model is made"
        ) from None
    _joined = True


@contextlib.contextmanager
def alone() -> Any:
    """Make variables inside for this process only: one that saves must not wait for the others to do the same."""
    found = keras.distribution.distribution()
    if found is None:
        yield
        return
    keras.distribution.set_distribution(None)
    try:
        yield
    finally:
        keras.distribution.set_distribution(found)


def strategy(devices: Sequence[str] | None = None) -> Strategy:
    """Choose how to train here: all TPUs, else all GPUs, else the CPU; on JAX also across processes.

    A strategy or distribution that is in force already is kept. `devices` names them, as in `["CPU:0", "CPU:1"]`;
    None takes all of the best kind. Raises RuntimeError for several processes on TensorFlow, ValueError or TypeError
    for devices that there are not.
    """
    join()
    backend = keras.backend.backend()
    if backend == "tensorflow":
        return _on_tensorflow(devices)
    return _on_jax(devices) if backend == "jax" else Strategy()


def _on_tensorflow(devices: Sequence[str] | None) -> Strategy:
    import tensorflow as tf

    if _workers(os.environ.get("TF_CONFIG") or "{}") > 1:
        raise RuntimeError(f"TF_CONFIG names several workers: {ON_JAX_ONLY}")
    if tf.distribute.has_strategy():
        return _of_tensorflow("the strategy in force", tf.distribute.get_strategy())
    if devices is None and tf.config.list_logical_devices("TPU"):
        return _of_tensorflow("TPU", tf.distribute.TPUStrategy())
    gpus = [device.name for device in tf.config.list_logical_devices("GPU")]
    chosen = _checked(devices, [device.name for device in tf.config.list_logical_devices()]) or gpus
    if len(chosen) < 2:
        return Strategy()
    return _of_tensorflow("mirrored", tf.distribute.MirroredStrategy(chosen))


def _workers(config: str) -> int:
    """Return how many workers TF_CONFIG names."""
    try:
        return len(json.loads(config).get("cluster", {}).get("worker", []))
    except (ValueError, AttributeError):
        raise RuntimeError(f"TF_CONFIG={config!r:.60} is not the JSON object that it must be: unset it") from None


def _checked(devices: Sequence[str] | None, known: Sequence[str]) -> list[str]:
    """Return the names as given, [] for None; TensorFlow and Keras would make replicas on what is not there."""
    if devices is None:
        return []
    if (
        isinstance(devices, str)
        or not isinstance(devices, Sequence)
        or not all(isinstance(one, str) for one in devices)
    ):
        raise TypeError(f"devices={devices!r} must be a list of names, such as {list(known[:2])}")
    short = {one.lower().split("device:")[-1].lstrip("/") for one in known}
    missing = [one for one in devices if one.lower().split("device:")[-1].lstrip("/") not in short]
    if missing:
        raise ValueError(f"there is no device {missing[0]!r} here: choose from {', '.join(sorted(short))}")
    return list(devices)


def _of_tensorflow(name: str, found: Any) -> Strategy:
    return Strategy(name, found.num_replicas_in_sync, tensorflow=found)


def _on_jax(devices: Sequence[str] | None) -> Strategy:
    import jax

    everything = keras.distribution.list_devices()
    chosen = _checked(devices, everything) or everything
    if len(chosen) < 2:
        return Strategy()
    # Each process feeds its own part of every batch (ccv/feeding), so Keras must not part it again.
    found = keras.distribution.distribution() or keras.distribution.DataParallel(
        devices=chosen, auto_shard_dataset=False
    )
    replicas = found.device_mesh.devices.size
    return Strategy("data parallel", replicas, jax.process_index(), jax.process_count(), jax=found)


def _first_line(problem: Exception) -> str:
    return (str(problem).strip() or type(problem).__name__).split("\n")[0]

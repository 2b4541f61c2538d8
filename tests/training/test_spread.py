"""Training over several devices and processes gives what one device gives."""

import os
import socket
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from ccv import devices

PROGRAM = Path(__file__).parent / "spread_program.py"
needs_jax = pytest.mark.skipif(find_spec("jax") is None, reason="jax is not installed")


def start(file, images=320, *more, **environment):
    clean = {key: value for key, value in os.environ.items() if not key.startswith("KERAS_DISTRIBUTION")}
    clean.update({"JAX_PLATFORMS": "cpu", "TF_CPP_MIN_LOG_LEVEL": "3", **environment})
    command = [sys.executable, str(PROGRAM), str(file), str(images), *map(str, more)]
    return subprocess.Popen(command, env=clean, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def finish(*processes):
    for process in processes:
        try:
            output = process.communicate(timeout=300)[0]
        except subprocess.TimeoutExpired:
            process.kill()
            output = process.communicate()[0]
        assert process.returncode == 0, output[-3000:]


def numbers(file):
    with np.load(file) as found:
        return [found[name] for name in found.files if name != "replicas"]


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@pytest.mark.slow
@needs_jax
def test_two_processes_train_to_the_weights_of_one(tmp_path):
    finish(start(tmp_path / "one.npz", KERAS_BACKEND="jax"))
    together = {
        "KERAS_BACKEND": "jax",
        "KERAS_DISTRIBUTION_JOB_ADDRESSES": f"127.0.0.1:{free_port()}",
        "KERAS_DISTRIBUTION_NUM_PROCESSES": "2",
    }
    run = tmp_path / "run"
    finish(
        *(start(tmp_path / f"two{i}.npz", 320, run, KERAS_DISTRIBUTION_PROCESS_ID=str(i), **together) for i in range(2))
    )
    for i in range(2):
        assert np.load(tmp_path / f"two{i}.npz")["replicas"] == 2
        for left, right in zip(numbers(tmp_path / "one.npz"), numbers(tmp_path / f"two{i}.npz"), strict=True):
            np.testing.assert_allclose(left, right, atol=1e-5)
    assert (run / "best.keras").exists() and (run / "checkpoint.npz").exists()


@pytest.mark.slow
@needs_jax
def test_two_devices_of_one_process_and_a_tail_that_does_not_divide(tmp_path):
    """321 images make ten batches of 32 and one image over, which two devices cannot share: it is left out."""
    finish(start(tmp_path / "one.npz", 320, KERAS_BACKEND="jax"))
    flags = "--xla_force_host_platform_device_count=2"
    finish(start(tmp_path / "two.npz", 320, KERAS_BACKEND="jax", XLA_FLAGS=flags))
    finish(start(tmp_path / "odd.npz", 321, KERAS_BACKEND="jax", XLA_FLAGS=flags))
    assert np.load(tmp_path / "two.npz")["replicas"] == 2
    for left, right in zip(numbers(tmp_path / "one.npz"), numbers(tmp_path / "two.npz"), strict=True):
        np.testing.assert_allclose(left, right, atol=1e-5)


@pytest.mark.slow
def test_two_mirrored_devices_on_tensorflow(tmp_path):
    finish(start(tmp_path / "one.npz"))
    finish(start(tmp_path / "two.npz", 320, tmp_path / "run", "two-cpus"))
    assert np.load(tmp_path / "two.npz")["replicas"] == 2
    for left, right in zip(numbers(tmp_path / "one.npz"), numbers(tmp_path / "two.npz"), strict=True):
        np.testing.assert_allclose(left, right, atol=1e-5)


def test_several_processes_on_tensorflow_are_refused_with_the_way_out(monkeypatch):
    monkeypatch.setenv("KERAS_DISTRIBUTION_NUM_PROCESSES", "2")
    with pytest.raises(RuntimeError, match=r"on JAX only.*set KERAS_BACKEND=jax"):
        devices.join()
    monkeypatch.delenv("KERAS_DISTRIBUTION_NUM_PROCESSES")
    monkeypatch.setenv("TF_CONFIG", '{"cluster": {"worker": ["a:1", "b:1"]}, "task": {"type": "worker", "index": 0}}')
    with pytest.raises(RuntimeError, match=r"several workers.*set KERAS_BACKEND=jax"):
        devices.strategy()


def test_this_machine_is_described():
    machine = devices.describe()
    assert machine.kind in ("CPU", "GPU", "TPU") and machine.backend == "tensorflow"
    assert machine.kind in str(machine)
    if machine.kind == "CPU":
        assert machine.precision == "float32" and not machine.jit_compile
        assert devices.strategy().replicas == 1

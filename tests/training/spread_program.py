"""Trains a small network on the devices that the environment gives it, and writes its weights: for test_spread.py."""

import sys

import keras
import numpy as np

from ccv import data
from ccv.training import evaluate, fit

layers = keras.layers


def main(file, images):
    x, y = (array[:images] for array in data.arrays("digits"))
    keras.utils.set_random_seed(7)
    model = keras.Sequential(
        [
            layers.Input((8, 8, 1)),
            layers.Rescaling(1 / 255),
            layers.Conv2D(4, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(10, activation="softmax"),
        ]
    )
    out = sys.argv[3] if len(sys.argv) > 3 else None
    run = fit(model, (x, y), epochs=2, validation=(x, y), recipe="alexnet", batch_size=32, seed=3, out=out)
    if _replicas() == 1:
        assert abs(evaluate(model, (x, y)).accuracy - run.history["val_accuracy"][-1]) < 1e-6
    np.savez(file, *model.get_weights(), loss=np.array(run.history["loss"]), replicas=_replicas())


def _replicas():
    from ccv import devices

    return devices.strategy().replicas


if __name__ == "__main__":
    if len(sys.argv) > 4 and sys.argv[4] == "two-cpus":
        import tensorflow as tf

        cpu = tf.config.list_physical_devices("CPU")[0]
        tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
        from ccv.devices import spread

        found = spread.strategy
        spread.strategy = lambda: found(["CPU:0", "CPU:1"])
        import ccv.devices

        ccv.devices.strategy = spread.strategy
    main(sys.argv[1], int(sys.argv[2]))

"""Trains once undisturbed, and then again and again under `kill -9`: run by test_resume.py.

    python killed_program.py FOLDER KILLS SEED

This process computes nothing itself, so that what it forks starts at once with everything imported. It prints a line of
JSON for each killed run: the moment, and what differs from the undisturbed run.
"""

import json
import os
import random
import signal
import sys
import time
from pathlib import Path

import numpy as np

from ccv.training import checkpoint, fit, loop

sys.path.insert(0, str(Path(__file__).parent))

STEPS = 12  # of the whole run: two epochs of six


def wobble(images, labels, index):
    """An augmentation that draws by the index alone."""
    import tensorflow as tf

    noise = tf.random.stateless_normal(tf.shape(images), seed=tf.stack([tf.cast(index, tf.int32), 1]))
    return tf.cast(images, tf.float32) + noise, labels


def train(folder):
    from nets import digits, tiny

    loop.COST = 0  # checkpoints without a pause: many kills fall into the writing of one
    images, labels = digits(192)
    fit(
        tiny(),
        (images, labels),
        epochs=2,
        validation=digits(64, "test"),
        out=folder,
        recipe="sgd",
        augment=wobble,
        resume=True,
        checkpoint_every=0,
        deterministic=True,
    )


def forked(folder, steps=None):
    """Train in a child of this process, which writes a byte to the pipe `steps` after each step."""
    number = os.fork()
    if number == 0:
        code = 1
        try:
            if steps:
                report_steps(steps)
            train(folder)
            code = 0
        finally:
            os._exit(code)
    return number


def report_steps(pipe):
    original = loop.Watch.on_train_batch_end

    def step(self, batch, logs=None):
        original(self, batch, logs)
        os.write(pipe, b".")

    loop.Watch.on_train_batch_end = step


def finished(number):
    return os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])


def differences(found, wanted):
    left, right = checkpoint.read(found), checkpoint.read(wanted)
    names = [name for name in right.arrays if not np.array_equal(left.arrays[name], right.arrays[name])]
    if (found / "log.csv").read_bytes() != (wanted / "log.csv").read_bytes():
        names.append("log.csv")
    return names


def main(folder, kills, seed):
    assert finished(forked(folder / "undisturbed")) == 0
    rng = random.Random(seed)
    for number in range(kills):
        run = folder / f"killed{number}"
        listen, tell = os.pipe()
        child = forked(run, tell)
        os.close(tell)
        for _ in range(rng.randrange(1, STEPS + 1)):
            os.read(listen, 1)
        time.sleep(rng.choice([0.0, 0.03, 0.3]) * rng.random())  # into a step, a checkpoint, an epoch's end
        os.kill(child, signal.SIGKILL)
        os.close(listen)
        code = finished(child)
        kept = checkpoint.read(run)
        where = [kept.progress.epoch, kept.progress.step] if kept else None
        assert finished(forked(run)) == 0
        left = [str(path) for path in run.glob(".writing-*")]
        different = differences(run, folder / "undisturbed")
        print(json.dumps({"killed": code == -9, "at": where, "different": different, "left": left}), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))

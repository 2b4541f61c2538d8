"""A run that was killed and gone on with equals the undisturbed one, bit for bit."""

import itertools
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from nets import digits, same_weights, tiny

from ccv.training import checkpoint, fit, loop

PROGRAM = Path(__file__).parent / "killed_program.py"
needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="the program forks")


def killed(folder, kills, seed):
    command = [sys.executable, str(PROGRAM), str(folder), str(kills), str(seed)]
    quiet = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=500, check=False, env=quiet)
    assert done.returncode == 0, done.stderr[-3000:]
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert len(lines) == kills
    for line in lines:
        assert not line["different"] and not line["left"], line
    return lines


@pytest.mark.slow
@needs_fork
def test_a_run_that_is_killed_twice_ends_as_if_it_had_not_been(tmp_path):
    killed(tmp_path, kills=2, seed=1)


@needs_fork
@pytest.mark.slow
def test_ten_kills_at_random_moments(tmp_path):
    lines = killed(tmp_path, kills=10, seed=2)
    assert sum(line["killed"] for line in lines) >= 8, lines


class Stop(Exception):
    """Stands for a power cut."""


def stopped_after(steps, monkeypatch):
    original, count = loop.Watch.on_train_batch_end, [0]

    def step(self, batch, logs=None):
        original(self, batch, logs)
        count[0] += 1
        if count[0] == steps:
            raise Stop

    monkeypatch.setattr(loop.Watch, "on_train_batch_end", step)
    return lambda: monkeypatch.setattr(loop.Watch, "on_train_batch_end", original)


@pytest.mark.parametrize("recipe", ["adam", pytest.param("cosine", marks=pytest.mark.slow)])
def test_optimizers_and_schedules_go_on_exactly(tmp_path, monkeypatch, recipe):
    monkeypatch.setattr(loop, "COST", 0)
    how = {"epochs": 2, "validation": digits(64, "test"), "recipe": recipe, "deterministic": True}
    whole = tiny()
    expected = fit(whole, digits(320), **how)
    undo = stopped_after(13, monkeypatch)
    with pytest.raises(Stop):
        fit(tiny(), digits(320), out=tmp_path, checkpoint_every=0, **how)
    undo()
    assert checkpoint.read(tmp_path).progress.step == 3
    resumed = tiny(seed=5)  # what it starts from does not matter: the checkpoint has it all
    run = fit(resumed, digits(320), out=tmp_path, resume=True, **how)
    assert run.history == expected.history
    assert same_weights(whole, resumed)


@pytest.mark.slow
def test_more_epochs_go_on_from_the_last_and_none_give_back_the_end(tmp_path):
    how = {"validation": digits(64, "test"), "deterministic": True}
    whole = tiny()
    fit(whole, digits(320), epochs=3, **how)
    fit(tiny(), digits(320), epochs=2, out=tmp_path, **how)
    longer = tiny()
    run = fit(longer, digits(320), epochs=3, out=tmp_path, resume=True, **how)
    assert run.epochs == 3 and same_weights(whole, longer)
    again = tiny(seed=5)
    fit(again, digits(320), epochs=3, out=tmp_path, resume=True, **how)
    assert same_weights(whole, again)


def test_the_order_depends_on_seed_and_epoch_alone():
    from ccv.feeding.reading import examples_of

    examples = examples_of((np.zeros((10, 2, 2, 1)), np.arange(10)))

    def labels(*args, **options):
        return [y.tolist() for _, y in examples.epoch(*args, batch_size=4, **options).as_numpy_iterator()]

    assert labels(0, 1) == labels(0, 1)
    assert labels(0, 1) != labels(0, 2) and labels(0, 1) != labels(1, 1)
    assert labels(0, 1, skip=1) == labels(0, 1)[1:]
    assert sorted(itertools.chain(*labels(0, 1))) == list(range(10))


def test_a_dataset_is_shuffled_and_skipped_alike():
    import tensorflow as tf

    from ccv.feeding.reading import examples_of

    dataset = tf.data.Dataset.from_tensor_slices((np.zeros((10, 2, 2, 1)), np.arange(10)))
    examples = examples_of(dataset)

    def labels(*args, **options):
        return [y.tolist() for _, y in examples.epoch(*args, batch_size=4, **options).as_numpy_iterator()]

    assert labels(0, 1, skip=1) == labels(0, 1)[1:]
    assert labels(0, 1) != labels(0, 2)
    assert sorted(itertools.chain(*labels(0, 1))) == list(range(10))

"""What `fit` does, leaves behind, and refuses."""

import errno
import json
import os
import subprocess

import keras
import numpy as np
import pytest
from nets import digits, same_weights, tiny

from ccv import data
from ccv.losses import loss_for
from ccv.training import Diverged, checkpoint, evaluate, files, fit, list_recipes, loop


def test_a_run_learns_and_leaves_its_files(tmp_path):
    parts = data.splits("digits")
    model = tiny()
    run = fit(model, parts, epochs=4, out=tmp_path / "run", recipe="sgd", patience=3)
    assert run.best["val_accuracy"] > 0.7
    assert run.epochs == 4 and run.stopped is None
    names = {path.name for path in (tmp_path / "run").iterdir()}
    assert {"run.json", "log.csv", "curves.png", "best.keras", "last.keras", "checkpoint.npz"} <= names
    facts = json.loads((tmp_path / "run" / "run.json").read_text())
    assert facts["data"] == "digits" and facts["class_names"] == parts.class_names and facts["status"] == "done"
    assert facts["arguments"]["recipe"] == "sgd" and "keras" in facts["versions"] and facts["arguments"]["seed"] == 0
    lines = (tmp_path / "run" / "log.csv").read_text().splitlines()
    assert len(lines) == 5 and lines[0].startswith("epoch,") and lines[0].endswith("learning_rate")
    last = keras.saving.load_model(tmp_path / "run" / "last.keras")
    assert same_weights(last, model)
    assert evaluate(run.best_model(), parts).accuracy > 0.7


@pytest.mark.slow
def test_the_seed_decides_everything():
    runs = []
    for seed in (0, 0, 1):
        model = tiny()
        runs.append(fit(model, digits(160), epochs=1, seed=seed, deterministic=True).history)
    assert runs[0] == runs[1] != runs[2]


def test_pythons_and_numpys_generators_are_left_alone():
    model = tiny()
    np.random.seed(3)
    expected = np.random.random()
    np.random.seed(3)
    fit(model, digits(32), epochs=1)
    assert np.random.random() == expected


@pytest.mark.parametrize(
    ("activation", "units", "labels", "loss"),
    [
        ("softmax", 10, "integers", "sparse_categorical_crossentropy"),
        ("softmax", 10, "vectors", "categorical_crossentropy"),
        (None, 10, "integers", "sparse_categorical_crossentropy"),
        ("sigmoid", 1, "two", "binary_crossentropy"),
        (None, 1, "two", "binary_crossentropy"),
        ("sigmoid", 10, "vectors", "binary_crossentropy"),
    ],
)
def test_the_loss_fits_output_and_labels(activation, units, labels, loss):
    y = digits(64)[1]
    y = {"integers": y, "vectors": np.eye(10)[y], "two": y % 2}[labels]
    chosen, [accuracy] = loss_for(tiny(activation, units), y.shape[1] if y.ndim == 2 else None)
    assert chosen.name == loss and chosen._fn_kwargs["from_logits"] == (activation is None)
    likely = (np.eye(10)[y] if labels == "integers" else y.reshape(64, -1)) * 0.98 + 0.01  # nearly sure, and right
    scores = likely if activation else np.log(likely / (1 - likely) if units == 1 else likely)
    assert float(chosen(y.reshape(64, -1) if units == 1 else y, scores)) < 0.2
    accuracy.update_state(y.reshape(64, -1) if units == 1 else y, scores)
    assert float(accuracy.result()) == 1


def test_one_sigmoid_learns_a_yes_or_no():
    x, y = digits(320)
    run = fit(tiny("sigmoid", 1), (x, y % 2), epochs=2, recipe="sgd")
    assert run.history["accuracy"][-1] > 0.7


def test_a_rate_that_is_far_too_high_is_told():
    with pytest.raises(Diverged, match=r"learning rate of 1e[+]29"):
        fit(tiny(), digits(64), epochs=2, recipe="sgd", learning_rate=1e30)


def test_a_compiled_model_keeps_its_own():
    model = tiny()
    model.compile(
        optimizer=keras.optimizers.RMSprop(0.01), loss="sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    fit(model, digits(64), epochs=1)
    assert isinstance(model.optimizer, keras.optimizers.RMSprop)
    fit(model, digits(64), epochs=1, recipe="sgd")
    assert isinstance(model.optimizer, keras.optimizers.SGD) and model.loss == "sparse_categorical_crossentropy"


def test_a_model_keeps_its_own_loss_however_often_it_is_fitted():
    net = tiny()
    net.compile("sgd", keras.losses.SparseCategoricalCrossentropy(ignore_class=9))
    for recipe in ("sgd", "adam", None):
        fit(net, digits(20), epochs=1, recipe=recipe)
        assert net.loss.ignore_class == 9


def test_a_loss_that_fit_chose_follows_the_labels_of_the_next_fit():
    net, (images, labels) = tiny(), digits(20)
    fit(net, (images, labels), epochs=1)
    fit(net, (images, np.eye(10, dtype="float32")[labels]), epochs=1)
    assert isinstance(net.loss, keras.losses.CategoricalCrossentropy)


def test_mixing_makes_soft_labels_and_validation_follows():
    model = tiny()
    run = fit(model, digits(64), epochs=1, validation=digits(32, "test"), augment="mixup")
    assert model.loss.name == "categorical_crossentropy" and np.isfinite(run.history["val_loss"][0])


def test_mixed_precision_trains_in_short_numbers_and_leaves_long_ones(tmp_path):
    model, seen = tiny(), []
    call = model.layers[1].call
    model.layers[1].call = lambda x: seen.append(x.dtype.name) or call(x)
    run = fit(model, digits(64), epochs=1, mixed_precision=True, out=tmp_path)
    assert np.isfinite(run.history["loss"][0]) and "bfloat16" in seen
    saved = keras.saving.load_model(tmp_path / "last.keras", compile=False)
    assert {layer.dtype_policy.name for layer in saved.layers} == {"float32"}
    assert {layer.dtype_policy.name for layer in model.layers} == {"float32"}


def test_patience_stops(tmp_path):
    run = fit(
        tiny(), digits(64), epochs=9, validation=digits(64, "test"), learning_rate=1e-12, patience=2, out=tmp_path
    )
    assert run.epochs <= 5 and "no better val_loss" in run.stopped
    assert "no better" in json.loads((tmp_path / "run.json").read_text())["status"]


@pytest.mark.slow
@pytest.mark.parametrize("recipe", [name for name in list_recipes() if name not in ("adam", "sgd")])
def test_every_recipe_trains(recipe):
    run = fit(tiny(), digits(64), epochs=1, recipe=recipe, batch_size=32)
    assert np.isfinite(run.history["loss"][0])


def test_an_infinite_image_stops_the_run_with_the_last_good_weights(tmp_path):
    x, y = digits(320)
    x = x.astype("float32")
    fit(tiny(), (x, y), epochs=1, out=tmp_path)
    good = keras.saving.load_model(tmp_path / "last.keras")
    spoiled = x.copy()
    spoiled[200] = np.inf
    model = tiny()
    with pytest.raises(Diverged, match=r"epoch 2.*last good.*learning rate of 0.0001 instead of 0.001"):
        fit(model, (spoiled, y), epochs=3, out=tmp_path, resume=True)
    assert same_weights(model, good)
    assert checkpoint.read(tmp_path).progress.epoch == 1


X = np.zeros((4, 8, 8, 1), "uint8")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"data": (X, np.array([0, 1, 2, 12]))}, "label 12 is out of range: the model has 10 classes.*image 3"),
        ({"data": (X, np.array([0, 1, 2, -1]))}, "label -1 is out of range"),
        ({"data": (X, np.array([0, 1, 2, 12.0]))}, "label 12 is out of range.*image 3"),
        ({"data": (X, np.array([0, 1.5, 2, 2]))}, "label 1.5 is out of range.*image 1"),
        ({"data": (X, np.array([0, 1, np.nan, 2]))}, "label nan is out of range.*image 2"),
        ({"data": (X[:, :4], np.zeros(4, int))}, r"images are \(4, 8, 1\).*tiny takes \(8, 8, 1\)"),
        ({"data": (X, np.zeros((4, 7)))}, "has 7 numbers, the model 10 classes"),
        ({"data": (X[:0], np.zeros(0, int))}, "empty"),
        ({"recipe": "adm"}, "did you mean 'adam'"),
        ({"augment": "mixp"}, "did you mean 'mixup'"),
        ({"epochs": 0}, "epochs=0 must be an integer of at least 1"),
        ({"learning_rate": float("nan")}, "learning_rate"),
        ({"resume": True}, "resume=True needs out="),
        ({"monitor": "val_acuracy"}, "no metric 'val_acuracy'"),
    ],
)
def test_a_mistake_is_one_sentence(arguments, says):
    with pytest.raises(ValueError, match=says):
        fit(tiny(), **{"data": (X, np.zeros(4, int)), "epochs": 1, **arguments})


@pytest.mark.slow
@pytest.mark.parametrize("label, said", [(12, "12"), (12.0, "12"), (1.5, "1.5"), (float("nan"), "nan"), (-1.0, "-1")])
def test_a_label_of_a_dataset_is_named_when_it_is_read(label, said):
    import tensorflow as tf

    dataset = tf.data.Dataset.from_tensor_slices((X, np.array([0, 1, 2, label])))
    with pytest.raises(ValueError, match=rf"^label {said} is out of range: the model has 10 classes"):
        fit(tiny(), dataset, epochs=1)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["bool", "uint8", "int8", "float16"])
def test_class_numbers_may_have_any_type(kind):
    import tensorflow as tf

    labels = np.array([0, 1, 0, 1]).astype(kind)
    fit(tiny(), tf.data.Dataset.from_tensor_slices((X, labels)), epochs=1)
    fit(tiny(), (X, labels), epochs=1)


def test_a_dataset_of_batches_or_names_is_refused():
    import tensorflow as tf

    with pytest.raises(ValueError, match="must be a number or numbers, not string"):
        fit(tiny(), tf.data.Dataset.from_tensor_slices((X, ["a", "b", "c", "d"])), epochs=1)
    dataset = tf.data.Dataset.from_tensor_slices((X, np.zeros(4, int)))
    with pytest.raises(ValueError, match=r"batched already"):
        fit(tiny(), dataset.batch(2), epochs=1)
    column = dataset.map(lambda x, y: (x, y[None] + 12))
    with pytest.raises(ValueError, match=r"^label 12 is out of range"):
        fit(tiny(), (X, np.zeros(4, int)), validation=column, epochs=1)
    vectors = dataset.map(lambda x, y: (x, tf.one_hot(y, 10)))
    with pytest.raises(
        ValueError, match=r"^the labels for validation are vectors \(10,\), those for training integers"
    ):
        fit(tiny(), (X, np.zeros(4, int)), validation=vectors, epochs=1)


def test_a_folder_with_a_run_is_not_overwritten_and_another_run_not_gone_on_with(tmp_path):
    fit(tiny(), digits(64), epochs=1, out=tmp_path)
    before = (tmp_path / "checkpoint.npz").read_bytes()
    for arguments, says in (
        ({}, "holds a run already"),
        ({"resume": True, "batch_size": 16}, "made with batch_size=32, not 16"),
        ({"resume": True, "recipe": "sgd"}, "made with recipe='adam', not 'sgd'"),
    ):
        with pytest.raises(ValueError, match=says):
            fit(tiny(), digits(64), epochs=2, out=tmp_path, **arguments)
    with pytest.raises(ValueError, match=r"of another model: .*\(10,\)|of another model"):
        fit(tiny(classes=12), digits(64), epochs=2, out=tmp_path, resume=True)
    assert (tmp_path / "checkpoint.npz").read_bytes() == before
    fit(tiny(), digits(64), epochs=1, out=tmp_path, overwrite=True)


def test_a_damaged_checkpoint_is_said_to_be(tmp_path):
    fit(tiny(), digits(64), epochs=1, out=tmp_path)
    path = tmp_path / "checkpoint.npz"
    path.write_bytes(path.read_bytes()[:-3000])
    with pytest.raises(ValueError, match=r"is damaged.*remove it to begin anew"):
        fit(tiny(), digits(64), epochs=2, out=tmp_path, resume=True)


def test_a_full_disk_leaves_the_last_checkpoint(tmp_path, monkeypatch):
    fit(tiny(), digits(64), epochs=1, out=tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.name != "run.json"}

    def full(path):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files, "_force", full)
    with pytest.raises(OSError, match=r"the disk is full.*go on with resume=True"):
        fit(tiny(), digits(64), epochs=2, out=tmp_path, resume=True)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.name != "run.json"} == before
    monkeypatch.undo()
    assert fit(tiny(), digits(64), epochs=2, out=tmp_path, resume=True).epochs == 2


@pytest.mark.slow
def test_a_full_tmpfs(tmp_path):
    """A disk of 300 kB holds the first files and not the next."""
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(tmp_path)], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("mounting a tmpfs is not allowed here")
    try:
        with pytest.raises(OSError, match=r"the disk is full"):
            (tmp_path / "ballast").write_bytes(b"0" * 200_000)
            fit(tiny(), digits(64), epochs=2, out=tmp_path / "run")
        (tmp_path / "ballast").unlink()
        assert fit(tiny(), digits(64), epochs=2, out=tmp_path / "run", resume=True).epochs == 2
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)


def test_an_unwritable_folder_is_said_before_anything_is_computed(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OSError, match=r"cannot write to .*choose another out="):
        fit(tiny(), digits(64), epochs=1, out=tmp_path / "file" / "run")
    if os.geteuid() == 0:
        return
    (tmp_path / "locked").mkdir(mode=0o500)
    with pytest.raises(OSError, match=r"cannot write to"):
        fit(tiny(), digits(64), epochs=1, out=tmp_path / "locked")


def test_the_loop_monitors_what_it_is_told():
    plan = loop.Plan(5, None, 0.1, "val_accuracy", 2, 60, {})
    history = [{"val_accuracy": value} for value in (0.1, 0.5, 0.4, 0.5)]
    assert plan.best_epoch(history) == 2 and "val_accuracy for 2 epochs" in plan.reason_to_stop(history)

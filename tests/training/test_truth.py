"""Training on boxes: any labels of one shape go through `fit` with a loss of one's own."""

import json

import keras
import numpy as np
import pytest
from nets import same_weights
from PIL import Image

from ccv import data
from ccv.feeding.reading import examples_of
from ccv.training import checkpoint, fit, loop
from ccv.training.recipes import find_recipe

layers, ops = keras.layers, keras.ops


def counter(seed=0):
    """A network with a map for output, whose loss looks at the truth: how much of each cell is covered."""
    keras.utils.set_random_seed(seed)
    return keras.Sequential(
        [
            layers.Input((32, 32, 3)),
            layers.Rescaling(1 / 255),
            layers.Conv2D(8, 3, 4, padding="same", activation="relu"),
            layers.Conv2D(2, 3, padding="same"),  # Keras would take a last axis of one away
        ],
        name="counter",
    )


def coverage(truth, predicted):
    """Squared error to 1 where a cell's middle lies in a box of the truth `(batch, boxes, 5)`, and 0 elsewhere."""
    middle = (ops.arange(8, dtype="float32") + 0.5) / 8
    x, y = middle[None, None, None, :], middle[None, None, :, None]
    x_min, y_min, x_max, y_max = (truth[:, :, i, None, None] for i in range(4))
    inside = (x > x_min) & (x < x_max) & (y > y_min) & (y < y_max)
    target = ops.cast(ops.any(inside, axis=1), "float32")
    return ops.mean(ops.square(predicted[..., 0] - target), axis=(1, 2))


def compiled(seed=0):
    model = counter(seed)
    model.compile(loss=coverage)
    return model


@pytest.mark.slow
def test_boxes_train_and_a_stopped_run_goes_on_exactly(tmp_path, monkeypatch):
    monkeypatch.setattr(loop, "COST", 0)
    parts = data.splits("shapes", count=80, size=32)
    how = {"epochs": 2, "recipe": "detection", "augment": "detection", "deterministic": True}
    whole = compiled()
    run = fit(whole, parts, **how)
    assert run.history["val_loss"][-1] < 0.9 * float(ops.mean(coverage_of(parts.validation, compiled())))

    original = loop.Watch.on_train_batch_end

    def stop(self, batch, logs=None):
        original(self, batch, logs)
        if self.progress.epoch == 1 and batch == 1:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(loop.Watch, "on_train_batch_end", stop)
        fit(compiled(), parts, out=tmp_path, checkpoint_every=0, **how)
    assert checkpoint.read(tmp_path).progress.step == 2
    resumed = compiled(seed=5)
    assert fit(resumed, parts, out=tmp_path, resume=True, **how).history == run.history
    assert same_weights(whole, resumed)
    facts = json.loads((tmp_path / "run.json").read_text())
    assert facts["used"]["recipe"] == facts["used"]["augment"] == "detection" and facts["used"]["batch_size"] == 16


def coverage_of(dataset, model):
    images, truth = (np.stack(part) for part in zip(*dataset.as_numpy_iterator(), strict=True))
    return coverage(ops.convert_to_tensor(truth), model(images))


@pytest.mark.parametrize("kind", ["arrays", "a dataset", "files"])
def test_every_kind_of_examples_gives_image_and_truth_together(kind, tmp_path):
    """Shuffled or not, the rows that come with an image are its own: each image is as dark as its first box is wide."""
    count = 20
    truth = np.full((count, 3, 5), -1, "float32")
    truth[:, 0] = [[0, 0, (n + 1) / 32, 1, 0] for n in range(count)]
    images = np.broadcast_to(np.arange(count, dtype="uint8")[:, None, None, None], (count, 32, 32, 3))
    examples = examples_of(made(kind, images, truth, tmp_path))
    assert examples.label == (3, 5) and examples.count == count
    seen = []
    for batch, rows in examples.epoch(seed=1, epoch=0, batch_size=8).as_numpy_iterator():
        assert rows.shape[1:] == (3, 5)
        np.testing.assert_allclose(rows[:, 0, 2] * 32, batch[:, 5, 0, 0] + 1, atol=1e-4)
        seen += batch[:, 5, 0, 0].tolist()
    assert sorted(seen) == list(range(count)) != seen


def made(kind, images, truth, folder):
    if kind == "arrays":
        return images, truth
    if kind == "a dataset":
        import tensorflow as tf

        return tf.data.Dataset.from_tensor_slices((images, truth))
    (folder / "images").mkdir()
    rows = [{"id": 98 + n, "image_id": 0, "category_id": 1, "bbox": [0, 0, n, n]} for n in (2, 3)]
    for number, image in enumerate(images):
        Image.fromarray(image).save(folder / "images" / f"{number}.png")
        rows.insert(number, {"id": number, "image_id": number, "category_id": 1, "bbox": [0, 0, number + 1, 32]})
    content = {
        "images": [{"id": n, "file_name": f"{n}.png", "width": 32, "height": 32} for n in range(len(images))],
        "categories": [{"id": 1, "name": "bar"}],
        "annotations": rows,
    }
    (folder / "file.json").write_text(json.dumps(content))
    return data.coco(folder / "file.json", folder / "images", size=32, cache=False)


def test_what_cannot_be_trained_on_is_told():
    images, truth = data.arrays("shapes", count=8, size=32)
    with pytest.raises(ValueError, match=r"label of the training data is \(5, 5\), which is no class: compile counter"):
        fit(counter(), (images, truth), epochs=1)
    with pytest.raises(ValueError, match="'mixup' mixes the labels of whole images: take 'detection'"):
        fit(compiled(), (images, truth), epochs=1, augment="mixup")
    with pytest.raises(ValueError, match="'cutmix' cannot say what is left of a box"):
        fit(compiled(), (images, truth), epochs=1, augment="cutmix")
    import tensorflow as tf

    loose = tf.data.Dataset.from_generator(
        lambda: zip(images, truth, strict=True),
        output_signature=(tf.TensorSpec((32, 32, 3), tf.uint8), tf.TensorSpec((None, 5), tf.float32)),
    )
    with pytest.raises(ValueError, match="must all have one shape"):
        fit(compiled(), loose, epochs=1)


def test_a_vector_as_target_needs_no_classes():
    """Localisation: eight numbers out, eight as the label, squared error (C-092)."""
    model = keras.Sequential([layers.Input((8, 8, 1)), layers.Flatten(), layers.Dense(8)])
    model.compile(loss="mse")
    targets = np.random.default_rng(0).random((32, 8)).astype("float32")
    run = fit(model, (np.zeros((32, 8, 8, 1), "uint8"), targets), epochs=2, recipe="sgd")
    assert run.history["loss"][1] < run.history["loss"][0]


def test_the_recipe_for_detection():
    recipe = find_recipe("detection")
    assert (recipe.batch_size, recipe.learning_rate, recipe.warmup, recipe.cosine) == (16, 5e-3, 0.1, True)
    schedule = recipe.new_optimizer(None, 200)._learning_rate
    rates = [float(schedule(step)) for step in (0, 20, 110, 200)]
    assert rates[0] < 1e-4 and rates[1] == pytest.approx(5e-3) and rates[2] == pytest.approx(2.5e-3, rel=0.02)
    assert rates[3] == pytest.approx(0, abs=1e-6)

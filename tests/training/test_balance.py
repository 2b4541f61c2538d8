"""Classes of which one is a hundred times rarer than the other: told, weighed, drawn, and measured."""

import keras
import numpy as np
import pytest

from ccv.feeding.examples import balanced
from ccv.feeding.reading import examples_of
from ccv.training import evaluate, fit
from ccv.training.balance import class_weights, told
from ccv.training.evaluation import report

NAMES = ["well", "ill"]


def patients(count, rare, seed):
    """Noise of which the ill, `rare` in all, are a little brighter: that is to be seen, but not at first sight."""
    random = np.random.default_rng(seed)
    labels = (np.arange(count) < rare).astype(np.int64)
    images = random.normal(110, 60, (count, 4, 4, 1)) + 30 * labels[:, None, None, None]
    return images.clip(0, 255).astype(np.uint8), labels


def net(seed=0):
    keras.utils.set_random_seed(seed)
    layers = keras.layers
    return keras.Sequential(
        [layers.Input((4, 4, 1)), layers.Rescaling(1 / 127.5, -1), layers.Flatten(), layers.Dense(2, "softmax")]
    )


def recall(data, **how):
    model = net()
    fit(model, data, epochs=10, learning_rate=0.003, **how)
    return evaluate(model, patients(400, 200, 1), class_names=NAMES)


def test_at_one_to_a_hundred_the_user_is_told_before_and_after(caplog):
    data = patients(1010, 10, 0)
    found = recall(data)
    assert "1:100: without a word of '1' the accuracy would still be high" in caplog.text
    assert "--class-weight balanced" in caplog.text
    assert found.weakest.name == "ill" and found.weakest.recall < 0.5
    judged = evaluate(net_that_says_well(), data, class_names=NAMES)
    said = str(judged)
    assert judged.accuracy > 0.99 and judged.balanced_accuracy == pytest.approx(0.5)
    assert "balanced accuracy 50.0%" in said and "smallest recall 0.0% (ill)" in said
    assert "never predicted: ill" in said and "'ill' has 10 images and 'well' 1000, 1:100" in said


def net_that_says_well():
    model = net()
    model.layers[-1].set_weights([np.zeros((16, 2)), np.array([5.0, 0.0])])
    return model


@pytest.mark.slow
@pytest.mark.parametrize("how", [{"class_weight": "balanced"}, {"sample": "balanced"}, {"class_weight": {1: 100}}])
def test_balanced_classes_find_the_rare_one(how):
    found = recall(patients(1010, 10, 0), **how)
    assert found.weakest.recall > 0.6 and found.balanced_accuracy > 0.7


@pytest.mark.slow
def test_weights_and_draws_go_through_tf_data_and_soft_labels_alike(tmp_path):
    import tensorflow as tf

    images, labels = patients(303, 3, 0)
    plain, vectors = (images, labels), (images, np.eye(2, dtype=np.float32)[labels])
    dataset = tf.data.Dataset.from_tensor_slices(plain)
    losses = {}
    for how in ({"class_weight": "balanced"}, {"sample": "balanced"}):
        for name, data in (("plain", plain), ("vectors", vectors), ("dataset", dataset)):
            run = fit(net(), data, validation=data, epochs=1, batch_size=303, **how)
            losses[name, next(iter(how))] = (run.history["loss"][0], run.history["val_loss"][0])
    for key in ("class_weight", "sample"):
        # The order of a dataset is another than that of arrays; drawn alike it is read into arrays.
        assert losses["vectors", key] == pytest.approx(losses["plain", key], rel=1e-5)
        assert losses["dataset", key] == pytest.approx(losses["plain", key], rel=1e-5)


def test_the_loss_for_validation_counts_the_classes_alike():
    data = patients(202, 2, 0)
    run = fit(net(), data, validation=data, epochs=1, learning_rate=1e-12, class_weight="balanced")
    model = net()
    each = -np.log(model.predict(data[0], verbose=0)[np.arange(202), data[1]])
    expected = (each[data[1] == 0].mean() + each[data[1] == 1].mean()) / 2
    assert run.history["val_loss"][0] == pytest.approx(expected, rel=1e-4)


def test_the_weights_are_scikit_learns():
    from sklearn.utils.class_weight import compute_class_weight

    labels = np.repeat([0, 1, 2], [70, 20, 10])
    np.testing.assert_allclose(
        class_weights("balanced", labels, 3, ["a", "b", "c"]),
        compute_class_weight("balanced", classes=np.arange(3), y=labels),
        rtol=1e-6,
    )
    assert class_weights({"b": 3, 2: 0.5}, labels, 3, ["a", "b", "c"]).tolist() == [1, 3, 0.5]


def test_the_means_are_scikit_learns():
    from sklearn.metrics import balanced_accuracy_score, f1_score, recall_score

    random = np.random.default_rng(0)
    labels, scores = random.integers(0, 4, 200), random.random((200, 5))  # class 4 has no image, and is predicted
    found, predicted = report(labels, scores, list("abcde"), []), scores.argmax(axis=1)
    with pytest.warns(UserWarning, match="y_pred contains classes not in y_true"):
        assert found.balanced_accuracy == pytest.approx(balanced_accuracy_score(labels, predicted))
    assert found.macro_f1 == pytest.approx(f1_score(labels, predicted, average="macro"))
    assert found.weakest.recall == pytest.approx(recall_score(labels, predicted, average=None)[:4].min())
    assert found.facts()["smallest_recall"]["class"] == found.weakest.name


def test_an_epoch_shows_each_class_alike_and_the_next_other_images_of_the_frequent():
    labels = np.repeat([0, 1, 2], [90, 7, 3])
    first, second = (balanced(labels, seed=0, epoch=epoch) for epoch in (0, 1))
    assert np.bincount(labels[first]).min() >= 32 and len(first) == 100
    assert (first == balanced(labels, 0, 0)).all() and set(first) != set(second)
    assert {90, 91, 92, 93, 94, 95, 96, 97, 98, 99} <= set(first)


def test_files_are_drawn_by_their_labels_unread(tmp_path):
    from PIL import Image

    from ccv.data import folder

    for name, count in (("a", 12), ("b", 2)):
        (tmp_path / name).mkdir()
        for number in range(count):
            Image.new("L", (4, 4), number).save(tmp_path / name / f"{number}.png")
    examples = examples_of(folder(tmp_path, cache=False, validation=0.0))
    assert examples.labels is not None and sorted(examples.labels) == [0] * 12 + [1] * 2


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ({"class_weight": "balance"}, "must be 'balanced', or weights by class"),
        ({"class_weight": {"seven": 2}}, "class_weight names 'seven'"),
        ({"class_weight": {1: -2}}, "must be a number, 0 or above"),
        ({"sample": "even"}, "sample='even' must be 'balanced'"),
        ({"sample": "balanced", "class_weight": "balanced"}, "choose one of them"),
    ],
)
def test_a_mistake_is_one_sentence(how, says):
    with pytest.raises(ValueError, match=says):
        fit(net(), patients(8, 4, 0), epochs=1, **how)


def test_labels_of_several_classes_are_neither_balanced_nor_judged_by_one_answer():
    images, _ = patients(8, 4, 0)
    both = np.ones((8, 2), np.float32)
    with pytest.raises(ValueError, match="names several classes, or none"):
        fit(net(), (images, both), epochs=1, class_weight="balanced")
    with pytest.raises(ValueError, match="names several classes, or none"):
        evaluate(net(), (images, both))


def test_ten_to_one_is_no_news():
    assert told(np.array([100, 10]), NAMES) is None and told(np.array([0, 0]), NAMES) is None
    assert "'ill' has 1 image and 'well' 11, 1:11" in told(np.array([11, 1]), NAMES)

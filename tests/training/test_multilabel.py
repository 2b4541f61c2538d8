"""Several labels of an image, from the loss to the report: each is a yes or no of its own, none is the largest."""

import json

import keras
import numpy as np
import pytest

from ccv import data
from ccv.losses import LabelCrossentropy
from ccv.training import LabelReport, evaluate, fit
from ccv.training.label_report import label_report
from ccv.training.prediction import predict
from ccv.training.thresholds import average_precision, best_threshold

layers = keras.layers
NAMES = ["red", "green", "blue"]


def lights(count=96, seed=0, shares=(0.5, 0.5, 0.5)):
    """Images 4 x 4 in noise, of which each channel is bright or not, by itself: those are the labels."""
    random = np.random.default_rng(seed)
    labels = (random.random((count, 3)) < shares).astype(np.float32)
    images = random.normal(90, 30, (count, 4, 4, 3)) + 70 * labels[:, None, None, :]
    return images.clip(0, 255).astype(np.uint8), labels


def net(activation="sigmoid", seed=0):
    keras.utils.set_random_seed(seed)
    return keras.Sequential(
        [
            layers.Input((4, 4, 3)),
            layers.Rescaling(1 / 127.5, -1),
            layers.GlobalAveragePooling2D(),
            layers.Dense(3, activation),
        ],
        name="tiny",
    )


def dataset(images, labels):
    import tensorflow as tf

    return tf.data.Dataset.from_tensor_slices((images, labels))


class Own(keras.utils.PyDataset):
    def __init__(self, images, labels):
        super().__init__()
        self.images, self.labels = images, labels

    def __len__(self):
        return 2

    def __getitem__(self, number):
        half = len(self.images) // 2
        return self.images[number * half :][:half], self.labels[number * half :][:half]


def test_the_measures_are_scikit_learns():
    from sklearn.metrics import accuracy_score, average_precision_score, f1_score

    random = np.random.default_rng(0)
    truth, scores = random.integers(0, 2, (200, 5)), random.random((200, 5)).round(1)  # many are equal
    truth[:, 4] = 0
    for number in range(4):
        expected = average_precision_score(truth[:, number], scores[:, number])
        assert average_precision(truth[:, number], scores[:, number]) == pytest.approx(expected, abs=1e-12)
    assert np.isnan(average_precision(truth[:, 4], scores[:, 4]))
    said, thresholds = scores >= 0.3, np.full(5, 0.3)
    found = label_report(truth, scores, list("abcde"), thresholds, chosen=False)
    assert found.mean_average_precision == pytest.approx(average_precision_score(truth[:, :4], scores[:, :4]))
    assert found.micro_f1 == pytest.approx(f1_score(truth, said, average="micro"))
    assert found.macro_f1 == pytest.approx(f1_score(truth, said, average="macro"))
    assert found.exact_match == pytest.approx(accuracy_score(truth, said))
    assert found.chance == pytest.approx(truth[:, :4].mean())


@pytest.mark.slow
def test_no_threshold_has_a_better_f1_than_the_best():
    from sklearn.metrics import f1_score

    random = np.random.default_rng(1)
    for _ in range(20):
        truth, scores = random.integers(0, 2, 30), random.random(30).round(1)
        truth[0] = 1
        every = [f1_score(truth, scores >= least) for least in np.linspace(0, 1, 101)]
        assert f1_score(truth, scores >= best_threshold(truth, scores)) == pytest.approx(max(every))


@pytest.mark.slow
@pytest.mark.parametrize("make", [lambda *pair: pair, dataset, Own])
def test_every_kind_of_data_learns_labels_that_are_there_together(make):
    model = net()
    run = fit(model, make(*lights()), validation=lights(seed=1), epochs=20, learning_rate=0.2)
    found = evaluate(model, lights(seed=2), class_names=NAMES)
    assert isinstance(found, LabelReport) and found.mean_average_precision > 0.97 and found.macro_f1 > 0.85
    assert run.history["pr_auc"][-1] > 0.9 and set(run.thresholds) == {"0", "1", "2"}


@pytest.mark.slow
@pytest.mark.parametrize("activation", ["softmax", None])
@pytest.mark.parametrize("make", [lambda *pair: pair, dataset, Own])
def test_a_network_of_one_answer_refuses_several_labels_whatever_the_batch(activation, make):
    images, labels = lights(64)
    labels = np.eye(3, dtype=np.float32)[np.arange(64) % 3]
    labels[50] = (1, 1, 0)  # all other rows, and the whole first half, would pass for classes
    says = "a label names several classes, or none, and the network answers with one: end it with a sigmoid for each"
    with pytest.raises(ValueError, match=says):
        fit(net(activation), make(images, labels), epochs=1, batch_size=None if make is Own else 8)
    with pytest.raises(ValueError, match=says):
        fit(net(activation), (images[:8], labels[:8]), validation=make(images, labels), epochs=1)
    with pytest.raises(ValueError, match=says):
        evaluate(net(activation), make(images, labels))


def test_rows_that_sum_to_one_are_classes_only_where_one_is_the_larger_half():
    images, _ = lights(8)
    halves = np.tile(np.array([0.5, 0.5, 0], np.float32), (8, 1))
    with pytest.raises(ValueError, match="names several classes, or none"):
        evaluate(net("softmax"), (images, halves))
    smoothed = np.tile(np.array([0.9, 0.05, 0.05], np.float32), (8, 1))
    assert evaluate(net("softmax"), (images, smoothed)).classes[0].count == 8


def test_labels_that_all_sum_to_one_are_still_several_for_a_network_of_sigmoids():
    images, _ = lights(30)
    found = evaluate(net(), (images, np.eye(3, dtype=np.float32)[np.arange(30) % 3]))
    assert isinstance(found, LabelReport) and [row.count for row in found.labels] == [10, 10, 10]
    with pytest.raises(ValueError, match="sigmoids, each a yes or no: give labels of"):
        evaluate(net(), (images, np.arange(30) % 3))
    with pytest.raises(ValueError, match="sigmoids, each a yes or no"):
        fit(net(), (images, np.arange(30) % 3), epochs=1)


@pytest.mark.parametrize("make", [lambda *pair: pair, dataset, Own])
def test_a_label_that_is_neither_yes_nor_no_is_refused(make):
    images, labels = lights(32)
    labels[20, 1] = 2
    with pytest.raises(ValueError, match="a label has a number below 0 or above 1"):
        fit(net(), make(images, labels), epochs=1)
    with pytest.raises(ValueError, match="a label has a number below 0 or above 1"):
        evaluate(net(), make(images, labels))


@pytest.mark.slow
def test_thresholds_are_chosen_on_the_images_held_out_and_kept(tmp_path):
    parts = data.Splits(dataset(*lights()), dataset(*lights(seed=1)), dataset(*lights(seed=2)), NAMES, "lights")
    run = fit(net(), parts, epochs=2, learning_rate=0.05, out=tmp_path / "run")
    facts = json.loads((tmp_path / "run" / "run.json").read_text())
    assert (facts["task"], facts["thresholds"]) == ("multilabel", run.thresholds)
    images, labels = lights(seed=1)
    scores = run.best_model().predict(images, verbose=0)
    for number, name in enumerate(NAMES):
        assert run.thresholds[name] == pytest.approx(best_threshold(labels[:, number], scores[:, number]), abs=1e-6)
    judged = evaluate(run.best_model(), parts, thresholds=run.thresholds)
    assert [row.threshold for row in judged.labels] == list(run.thresholds.values())
    assert "thresholds chosen on the run's validation images" in str(judged)
    assert "thresholds of .5, none chosen" in str(evaluate(run.best_model(), parts))
    with pytest.raises(ValueError, match="there is no threshold for 'blue'"):
        evaluate(run.best_model(), parts, thresholds={"red": 0.5, "green": 0.5})
    assert fit(net(), lights(), epochs=1).thresholds is None


@pytest.mark.slow
def test_a_run_goes_on_and_ends_as_if_it_had_never_stopped(tmp_path):
    whole = fit(net(), lights(), validation=lights(seed=1), epochs=2, out=tmp_path / "whole", class_weight="balanced")
    for epochs in (1, 2):
        how = {"epochs": epochs, "out": tmp_path / "parts", "class_weight": "balanced", "resume": True}
        parts = fit(net(), lights(), validation=lights(seed=1), **how)
    assert parts.history == whole.history and parts.thresholds == whole.thresholds
    again = keras.saving.load_model(tmp_path / "parts" / "last.keras")  # with its loss
    assert isinstance(again.loss, LabelCrossentropy) and again.loss.weights.shape == (3, 2)


@pytest.mark.slow
def test_balanced_labels_count_their_yes_and_no_alike():
    images, labels = lights(400, shares=(0.05, 0.5, 0.5))
    model = net()
    run = fit(
        model, (images, labels), validation=(images, labels), epochs=1, learning_rate=1e-12, class_weight="balanced"
    )
    scores = model.predict(images, verbose=0).astype(np.float64)
    yes, no = -np.log(scores), -np.log(1 - scores)
    each = [(yes[:, k][labels[:, k] > 0].mean() + no[:, k][labels[:, k] == 0].mean()) / 2 for k in range(3)]
    assert run.history["val_loss"][0] == pytest.approx(np.mean(each), rel=1e-3)


@pytest.mark.slow
def test_a_rare_label_is_told_and_weights_have_it_said(caplog):
    images, labels = lights(600, shares=(0.03, 0.5, 0.5))
    held = lights(300, seed=1)
    plain, weighed = net(), net()
    fit(plain, (images, labels), epochs=3, learning_rate=0.02)
    assert f"of 600 images {int(labels[:, 0].sum())} show '0'" in caplog.text and "--class-weight" in caplog.text
    before = evaluate(plain, held, class_names=NAMES)
    assert before.labels[0].said == 0 and "never said: red" in str(before)
    for weights in ("balanced", {0: 30.0}):
        weighed = net()
        fit(weighed, (images, labels), epochs=3, learning_rate=0.02, class_weight=weights)
        assert evaluate(weighed, held).labels[0].recall > 0.5


def test_what_draws_or_weighs_images_by_one_class_is_refused():
    with pytest.raises(ValueError, match=r"^sample='balanced' draws images by their one class.*take class_weight"):
        fit(net(), lights(), epochs=1, sample="balanced")
    with pytest.raises(ValueError, match="class_weight names 'pink'"):
        fit(net(), lights(), epochs=1, class_weight={"pink": 2})


@pytest.mark.slow
@pytest.mark.parametrize("recipe", ["mixup", "cutmix"])
def test_mixed_images_have_the_labels_of_both_in_their_shares(recipe):
    from ccv.augment import pipeline

    images = np.zeros((16, 8, 8, 3), np.uint8)
    labels = np.zeros((16, 3), np.float32)
    images[8:], labels[:8], labels[8:] = 200, (1, 1, 0), (0, 1, 0)  # so that an image's brightness says its share
    mixed, soft = (keras.ops.convert_to_numpy(one) for one in pipeline(recipe, seed=0)(images, labels, index=0))
    np.testing.assert_allclose(soft[:, 0], 1 - mixed.astype(float).mean(axis=(1, 2, 3)) / 200, atol=0.02)
    assert (soft[:, 1] > 0.999).all() and (soft[:, 2] == 0).all() and len(np.unique(soft[:, 0].round(3))) > 2
    run = fit(net(), lights(), validation=lights(seed=1), epochs=10, learning_rate=0.2, augment=recipe)
    assert run.history["val_pr_auc"][-1] > 0.9


@pytest.mark.slow
def test_all_labels_above_their_thresholds_are_said_or_what_came_nearest(tmp_path):
    from PIL import Image

    parts = data.Splits(dataset(*lights()), dataset(*lights(seed=1)), None, NAMES, "lights")
    fit(net(), parts, epochs=4, learning_rate=0.2, batch_size=8, out=tmp_path / "run")
    for name, pixel in (("two", (200, 30, 200)), ("none", (60, 60, 60))):
        Image.new("RGB", (4, 4), pixel).save(tmp_path / f"{name}.png")
    two, none = predict(tmp_path / "run", [tmp_path / "two.png", tmp_path / "none.png"], top=1)
    assert sorted(two.classes) == ["blue", "red"] and two.probabilities[0] >= two.probabilities[1] and not two.missed
    assert none.classes == [] and none.missed.startswith("nothing above its threshold; the best was ")
    assert none.draw() is not None


def test_a_report_prints_shows_and_saves(tmp_path):
    found = evaluate(net(), lights(), class_names=["[red]", "$5", "<b>"])
    page = found.save(tmp_path)
    assert "&lt;b&gt;" in page.read_text() and "[red]" in str(found) and "guessing has" in str(found)
    facts = json.loads((tmp_path / "report.json").read_text())
    assert facts["mean_average_precision"] == found.mean_average_precision and len(facts["labels"]) == 3
    assert {path.name for path in tmp_path.glob("*.png")} == {"labels.png", "mistakes.png"}
    nothing = label_report(np.zeros((4, 2)), np.zeros((4, 2)), ["a", "b"], np.full(2, 0.5), chosen=True)
    assert np.isnan(nothing.mean_average_precision) and nothing.exact_match == 1 and nothing.figures() == {}
    assert json.dumps(nothing.facts(), allow_nan=False)


@pytest.mark.parametrize("thresholds", [None, {"a": 0.1, "b": 0.9, "c": 0.99}])
def test_a_mistake_is_what_is_wrong_by_the_threshold(thresholds):
    """A no at 53 % is none where 60 % says yes; and the misses and false alarms shown are those that are counted."""
    model, images = net(), lights()
    found = evaluate(model, images, class_names=["a", "b", "c"], thresholds=thresholds)
    least = [(thresholds or {}).get(name, 0.5) for name in "abc"]
    assert found.mistakes
    assert all((one.probability >= least[one.label]) != one.shown for one in found.mistakes)
    beyond = [abs(one.probability - least[one.label]) for one in found.mistakes]
    assert beyond == sorted(beyond, reverse=True)


def shapes(seed, random=None):
    """Scenes of one or two shapes and which there are; with `random`, the labels of other scenes."""
    parts = [data.splits("shapes", kind="multilabel", count=600, size=32, seed=seed, objects=(1, 2), extent=(0.3, 0.5))]
    train, held, test = ([np.stack(column) for column in zip(*one.as_numpy_iterator(), strict=True)]
                         for one in (parts[0].train, parts[0].validation, parts[0].test))  # fmt: skip
    if random is not None:
        train, held, test = ((images, random.permutation(labels)) for images, labels in (train, held, test))
    return tuple(train), tuple(held), tuple(test)


def judged(seed, random=None):
    train, held, test = shapes(seed, random)
    keras.utils.set_random_seed(seed)
    model = keras.Sequential([layers.Input((32, 32, 3)), layers.Rescaling(1 / 127.5, -1)])
    for filters in (16, 32, 64):
        model.add(layers.Conv2D(filters, 3, padding="same", activation="relu"))
        model.add(layers.MaxPooling2D())
    model.add(layers.GlobalMaxPooling2D())
    model.add(layers.Dense(3, activation="sigmoid"))
    fit(model, train, validation=held, epochs=25, learning_rate=3e-3, seed=seed)
    found = evaluate(model, test)
    return found.mean_average_precision - found.chance


@pytest.mark.slow
def test_a_small_network_learns_which_shapes_there_are_and_nothing_from_noise():
    learned = [judged(seed) for seed in range(3)]
    noise = [judged(seed, np.random.default_rng(seed)) for seed in range(3)]
    assert min(learned) > 0.3, learned
    assert max(np.abs(noise)) < 0.1, noise

import itertools
import warnings

import keras
import numpy as np
import pytest

from ccv.transfer import LayerwiseAdam, backbone, fine_tune, freeze, layerwise_rates, with_head


def weights(model):
    return {w.path: np.array(w) for layer in model.layers for w in layer.weights}


def moved(before, after):
    return {path.split("/")[0] for path in before if before[path].tobytes() != after[path].tobytes()}


def test_each_stage_trains_what_it_says_and_nothing_below(model, data):
    steps = [weights(model)]
    for since in ("head", "stage2", "stage1"):
        fine_tune(model, data, stages=since, epochs=1)
        steps.append(weights(model))
    changes = [moved(a, b) for a, b in itertools.pairwise(steps)]
    assert changes == [{"head"}, {"conv2", "head"}, {"conv1", "conv2", "head"}]


def test_several_stages_in_one_call(model, data):
    before = weights(model)
    done = fine_tune(model, data, stages=("head", "stage2"), epochs=(3, 2), learning_rate=(1e-2, 1e-3))
    assert moved(before, weights(model)) == {"conv2", "head"}
    assert [stage.epochs for stage in done.stages] == [3, 2]
    assert done.stages[1].rates == pytest.approx({"stage2": 5e-4, "head": 1e-3})
    assert done.stages[0].trained == 26 and done.stages[1].trained == 26 + 864
    assert len(done.history["loss"]) == 5
    assert "since stage2: 2 epochs" in str(done)
    fine_tune(model, data, stages="head", epochs=1)
    assert len(model.evaluate(*data, verbose=0)) == 2  # it is compiled, on whichever path the head was trained


def test_statistics_move_where_they_may(model, data):
    before = weights(model)
    fine_tune(model, data, stages="stage2", epochs=1, batch_norm=True)
    assert moved(before, weights(model)) == {"conv2", "bn2", "head"}


def test_the_cached_head_is_the_head_that_plain_training_gives(base, pixels, data):
    nets = [with_head(base, 2, preprocessing=pixels, dropout=0) for _ in range(2)]
    nets[1].get_layer("head").set_weights(nets[0].get_layer("head").get_weights())
    fine_tune(nets[0], data, stages="head", epochs=3)
    fine_tune(nets[1], data, stages="head", epochs=3, validation=data)  # validation needs the whole network
    np.testing.assert_allclose(*(net.predict_on_batch(data[0]) for net in nets), atol=1e-5)


def test_one_step_shows_the_rate_of_each_stage(model, data):
    rates = layerwise_rates(model, 0.1)
    before = weights(model)
    model.compile(LayerwiseAdam(1e-2, rates, epsilon=1e-12), "sparse_categorical_crossentropy")
    model.train_on_batch(*data)
    after = weights(model)
    for name, rate in (("head", 1e-2), ("conv2", 1e-3), ("conv1", 1e-4), ("conv0", 1e-5)):
        steps = np.abs(after[f"{name}/kernel"] - before[f"{name}/kernel"])
        assert np.median(steps) == pytest.approx(rate, rel=0.02), name  # Adam's first step is its rate


def test_the_optimizer_is_saved_with_its_rates(base, pixels, data, tmp_path):
    model = with_head(base, 2, preprocessing=pixels, dropout=0)
    model.compile(LayerwiseAdam(1e-2, layerwise_rates(model, 0.1)), "sparse_categorical_crossentropy")
    model.train_on_batch(*data)
    model.save(tmp_path / "m.keras")
    again = keras.models.load_model(tmp_path / "m.keras")
    assert again.optimizer.rates == layerwise_rates(model, 0.1)
    for net in (model, again):
        net.train_on_batch(*data)
    after = weights(again)
    assert all(np.allclose(value, after[path], atol=1e-6) for path, value in weights(model).items())


@pytest.mark.slow
def test_the_seed_alone_decides_the_order_of_the_images(base, pixels, data):
    head, results = with_head(base, 2, preprocessing=False).get_layer("head").get_weights(), []
    for other in range(2):
        keras.utils.set_random_seed(other)
        net = with_head(base, 2, preprocessing=pixels, dropout=0)
        net.get_layer("head").set_weights(head)
        fine_tune(net, data, stages=("head", "all"), epochs=1, seed=3)
        results.append(weights(net))
    assert all(np.allclose(value, results[1][path], atol=1e-6) for path, value in results[0].items())


def test_it_learns(model, data):
    done = fine_tune(model, data, stages=("head", "all"), epochs=(5, 15), learning_rate=3e-2, layerwise_decay=1)
    assert done.history["accuracy"][-1] > 0.9


def test_datasets_splits_and_vectors_as_labels(model, data):
    import tensorflow as tf

    dataset = tf.data.Dataset.from_tensor_slices(data)
    vectors = dataset.map(lambda image, label: (image, tf.one_hot(label, 2)))

    class Splits:
        train, validation = vectors, vectors.take(8)

    assert "val_loss" in fine_tune(model, Splits, stages="head", epochs=1).history
    fine_tune(model, dataset, stages="stage2", epochs=1)
    with pytest.raises(ValueError, match="never ends"):
        fine_tune(model, dataset.repeat(), epochs=1)
    with pytest.raises(ValueError, match=r"single images.*call \.unbatch"):
        fine_tune(model, dataset.batch(2), epochs=1)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"stages": ("head", "stage7")}, "no stage or layer called 'stage7'"),
        ({"stages": 1}, "stages=1 must name where training begins"),
        ({"epochs": (1, 2, 3)}, "one for each of the 2 stages"),
        ({"epochs": 0}, "must hold whole numbers above 0"),
        ({"epochs": 1.5}, "must hold whole numbers above 0"),
        ({"learning_rate": -1.0}, "must hold numbers above 0"),
        ({"warmup": 2}, "warmup=2 must be a number from 0 to 0.9"),
        ({"layerwise_decay": 0}, "layerwise_decay=0 must be"),
        ({"data": 3}, "data must be splits"),
        ({"data": (np.zeros((4, 16, 16, 3)), np.arange(4))}, "range from 0 to 3, the head has 2 classes"),
        ({"data": (np.zeros((4, 16, 16, 3)), np.arange(3))}, "labels as many"),
        ({"data": (np.zeros((2, 16, 16, 3)), ["cat", "dog"])}, r"labels must be class numbers .*not <U3"),
        ({"data": (np.zeros((2, 16, 16, 3)), [0, 0.5])}, "labels must be class numbers .*not 0.5"),
        ({"data": (np.zeros((2, 16, 16, 3)), [0, np.nan])}, "labels must be class numbers .*not nan"),
        ({"data": (np.zeros((2, 8, 16, 3)), [0, 1])}, r"takes images of \(16, 16, 3\), not of \(8, 16, 3\)"),
        ({"validation": (np.zeros((2, 16, 16, 3)), [0, 7])}, "range from 0 to 7, the head has 2"),
        ({"validation": (np.zeros((2, 8, 16, 3)), [0, 1])}, "takes images of"),
        ({"batch_size": 0}, "batch_size=0 must be an integer of at least 1"),
        ({"seed": -1}, "seed=-1 must be an integer"),
        ({"learning_rate": float("nan")}, "must hold numbers above 0"),
    ],
)
def test_errors_come_before_anything_is_changed(model, data, options, message):
    freeze(model, "stage0")
    flags = [layer.trainable for layer in model.layers]
    before = weights(model)
    options = {"stages": ("head", "all"), "epochs": 1} | options
    with pytest.raises((ValueError, TypeError), match=message):
        fine_tune(model, options.pop("data", data), **options)
    assert not moved(before, weights(model)) and flags == [layer.trainable for layer in model.layers]


def test_labels_of_a_dataset_are_checked_before_and_as_they_are_read(model, data):
    import tensorflow as tf

    dataset = tf.data.Dataset.from_tensor_slices(data)
    with pytest.raises(ValueError, match="a label must be a class number"):
        fine_tune(model, dataset.map(lambda image, label: (image, tf.strings.as_string(label))), epochs=1)
    with pytest.raises(ValueError, match="the labels have 3 classes, the head 2"):
        fine_tune(model, dataset.map(lambda image, label: (image, tf.one_hot(label, 3))), epochs=1)
    with pytest.raises(ValueError, match="label 5 is out of range: the model has 2 classes"):
        fine_tune(model, dataset.map(lambda image, label: (image, label * 5)), epochs=1)
    with pytest.raises(ValueError, match="label -1 is out of range"):
        fine_tune(model, data, validation=dataset.map(lambda image, label: (image, -label)), epochs=1)


@pytest.mark.slow
@pytest.mark.parametrize("layer", [keras.layers.RandomFlip(), keras.layers.GaussianNoise(0.1)])
def test_a_head_is_not_trained_on_features_kept_where_images_are_augmented(base, pixels, data, monkeypatch, layer):
    from ccv.transfer import fine_tuning as module

    monkeypatch.setattr(module, "train_head", lambda *args, **options: pytest.fail("the features were kept"))
    fine_tune(with_head(base, 2, preprocessing=keras.Sequential([layer, pixels])), data, stages="head", epochs=1)


def test_what_is_no_classifier_is_refused(base, data):
    with pytest.raises(ValueError, match=r"tiny must be a classifier with one output.*with_head"):
        fine_tune(base, data, epochs=1)


@pytest.mark.slow
def test_a_stage_without_weights_is_told():
    net = with_head(backbone("vgg16", width=1 / 16, input_shape=(32, 32, 3)), 2)
    images, labels = np.zeros((4, 32, 32, 3), np.uint8), np.array([0, 1, 0, 1])
    with pytest.warns(UserWarning, match="'stage5' opens nothing of vgg16 but its head"):
        fine_tune(net, (images, labels), stages=("head", "stage5"), epochs=1)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        fine_tune(net, (images, labels), stages=("head", "stage4"), epochs=1)


@pytest.mark.parametrize("scale", [1e-3, 1, 1e3])
def test_a_head_alone_does_as_well_as_logistic_regression_whatever_the_features_scale(scale):
    """Features that go together, of three classes; 20 epochs are 200 steps, the rate is the default."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    from ccv.transfer import features

    def data(seed):
        random = np.random.default_rng(seed)
        labels = random.integers(0, 3, 320)
        mixed = (random.normal(0, 1, (320, 3)) + 1.5 * np.eye(3)[labels]) @ mixing
        return (128 + 12 * mixed).clip(0, 255)[:, None, None, :].repeat(4, 1).repeat(4, 2), labels

    mixing = np.array([[1, 0.9, 0.8], [0.9, 1, 0.9], [0.8, 0.9, 1.0]])
    trained, judged = data(0), data(1)
    inputs = keras.Input((4, 4, 3))
    scaling = keras.layers.Conv2D(3, 1)
    base = keras.Model(inputs, scaling(inputs), name="plain")
    scaling.set_weights([scale / 64 * np.eye(3)[None, None], np.full(3, -2 * scale)])
    keras.utils.set_random_seed(0)
    model = with_head(base, 3, preprocessing=False)
    (x, y), (new, truth) = features(model, trained), features(model, judged)
    scaler = StandardScaler().fit(x)
    reference = LogisticRegression().fit(scaler.transform(x), y).score(scaler.transform(new), truth)
    fine_tune(model, trained, stages="head", epochs=20)
    found = (model.predict(judged[0], verbose=0).argmax(axis=1) == truth).mean()
    assert reference > 0.6 and found >= reference - 0.02

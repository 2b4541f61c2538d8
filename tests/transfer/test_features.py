import logging

import keras
import numpy as np
import pytest

from ccv.transfer import features, train_head


def test_features_are_the_pooled_maps(model, base, data, pixels):
    images, labels = data
    made, same = features(model, data)
    expected = base.predict_on_batch(images.astype("float32") / 255).mean(axis=(1, 2))
    np.testing.assert_allclose(made, expected, rtol=1e-4, atol=1e-6)
    assert made.dtype == np.float32 and (same == labels).all()
    np.testing.assert_allclose(features(base, data, preprocessing=pixels)[0], expected, rtol=1e-4, atol=1e-6)


def test_datasets_are_read_in_their_order(model, data):
    import tensorflow as tf

    dataset = tf.data.Dataset.from_tensor_slices(data)
    np.testing.assert_allclose(features(model, dataset, batch_size=10)[0], features(model, data)[0], atol=1e-6)


@pytest.fixture
def runs(monkeypatch):
    """How often the network was run."""
    from ccv.transfer import extraction as module

    count, real = [], module._extract
    monkeypatch.setattr(module, "_extract", lambda *args: count.append(1) or real(*args))
    return count


def test_the_cache_is_used_for_the_same_and_nothing_else(model, data, tmp_path, runs):
    first = features(model, data, cache=tmp_path)
    second = features(model, data, cache=tmp_path)
    assert len(runs) == 1 and (first[0] == second[0]).all() and (first[1] == second[1]).all()
    features(model, (data[0][::-1], data[1]), cache=tmp_path)
    assert len(runs) == 2
    kernel = model.get_layer("conv0").kernel
    kernel.assign(kernel * 1.001)
    assert not np.array_equal(features(model, data, cache=tmp_path)[0], first[0]) and len(runs) == 3
    assert len(list(tmp_path.iterdir())) == 3


def test_a_damaged_cache_is_made_again(model, data, tmp_path, runs, caplog):
    first, _ = features(model, data, cache=tmp_path)
    [path] = tmp_path.iterdir()
    path.write_bytes(path.read_bytes()[:100])
    with caplog.at_level(logging.WARNING):
        again, _ = features(model, data, cache=tmp_path)
    assert len(runs) == 2 and (again == first).all() and "damaged" in caplog.text
    features(model, data, cache=tmp_path)
    assert len(runs) == 2


def test_a_cache_that_cannot_be_written_costs_a_warning(model, data, tmp_path, monkeypatch, caplog):
    def full(file, **arrays):
        file.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with caplog.at_level(logging.WARNING):
        made, _ = features(model, data, cache=tmp_path)
    assert len(made) == 64 and "No space left" in caplog.text and not list(tmp_path.iterdir())
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError, match="is a file: give a folder"):
        features(model, data, cache=tmp_path / "file")


def test_the_head_trains_on_features_and_classifies_images(model, data):
    made, labels = features(model, data)
    before = np.array(model.get_layer("conv0").kernel)
    history = train_head(model, made, labels, epochs=30)
    assert history["loss"][-1] < history["loss"][0]
    assert (np.array(model.get_layer("conv0").kernel) == before).all()
    scores = model.predict_on_batch(data[0])
    accuracy = (scores.argmax(-1) == labels).mean()
    assert accuracy == pytest.approx(history["accuracy"][-1], abs=0.2)


def test_errors_say_what_to_do(model, base, data):
    with pytest.raises(ValueError, match="has no head of with_head"):
        train_head(base, np.zeros((2, 12)), [0, 1])
    with pytest.raises(ValueError, match="make them with features"):
        train_head(model, np.zeros((2, 13)), [0, 1])
    with pytest.raises(ValueError, match="range from 0 to 2, the head has 2 classes"):
        train_head(model, np.zeros((2, 12)), [0, 2])
    with pytest.raises(TypeError, match="data must be"):
        features(model, "digits")


def test_the_same_cell_run_again_finds_the_cache(data, tmp_path, runs):
    """Keras counts the names of layers up: `conv2d`, `conv2d_1`."""
    for slope in (0.1, 0.1, 0.2):
        inputs = keras.Input((16, 16, 3))
        x = keras.layers.Conv2D(4, 3, kernel_initializer=keras.initializers.HeNormal(3))(inputs)
        net = keras.Model(inputs, keras.layers.LeakyReLU(slope)(x))
        features(net, data, cache=tmp_path, preprocessing=keras.layers.Rescaling(1 / 255))
    assert len(runs) == 2 == len(list(tmp_path.iterdir()))


def test_labels_in_a_column_become_numbers(model, data):
    import tensorflow as tf

    column = data[0], data[1][:, None]  # as in keras.datasets.cifar10
    for given in (column, tf.data.Dataset.from_tensor_slices(column)):
        made, labels = features(model, given)
        assert labels.shape == (64,) and (labels == data[1]).all()
    assert "loss" in train_head(model, made, column[1], epochs=1)


def test_data_that_do_not_fit_are_refused(model, data):
    import tensorflow as tf

    class Splits:
        train = validation = data

    dataset = tf.data.Dataset.from_tensor_slices(data)
    with pytest.raises(ValueError, match="never ends"):
        features(model, dataset.repeat())
    with pytest.raises(ValueError, match=r"takes images of \(16, 16, 3\), not of \(16, 16, 1\)"):
        features(model, (data[0][..., :1], data[1]))
    with pytest.raises(ValueError, match="images must be numbers, not <U1"):
        features(model, (np.full((1, 16, 16, 3), "a"), [0]))
    with pytest.raises(ValueError, match=r"\(image, label\) pairs"):
        features(model, dataset.map(lambda image, label: (image, {"label": label})))
    with pytest.raises(TypeError, match=r"splits: pass one of them, such as data\.train"):
        features(model, Splits)
    with pytest.raises(ValueError, match="batch_size=0 must be"):
        features(model, data, batch_size=0)
    with pytest.raises(ValueError, match="epochs=0 must be"):
        train_head(model, np.zeros((2, 12)), [0, 1], epochs=0)

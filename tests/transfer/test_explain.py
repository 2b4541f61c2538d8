import keras
import numpy as np
import pytest

from ccv.transfer.explain import grad_cam, neighbours, occlusion


def hits(maps, corners):
    """The share of maps whose largest value lies in the square, or within the two pixels that a coarse map is off."""
    peaks = np.array([np.unravel_index(heat.argmax(), heat.shape) for heat in maps])
    away = peaks - corners
    return ((away >= -2) & (away <= 6)).all(axis=1).mean()


def test_grad_cam_points_at_the_object(trained, drawn):
    images, labels, corners = drawn(40, seed=9)
    assert (trained.predict_on_batch(images).argmax(-1) == labels).mean() > 0.9
    maps = grad_cam(trained, images, labels)
    assert maps.shape == (40, 16, 16) and maps.min() >= 0
    assert hits(maps, corners) > 0.8
    assert hits(grad_cam(trained, images, labels, at="relu1"), corners) > 0.8


def test_a_sure_class_still_has_a_map(trained, drawn):
    """The softmax of a sure class is flat; its logit is not."""
    images, _labels, corners = drawn(8, seed=9)
    head = trained.get_layer("head")
    before = head.get_weights()
    head.set_weights([before[0] * 100, before[1] * 100])
    maps = grad_cam(trained, images)
    head.set_weights(before)
    assert (maps.max(axis=(1, 2)) > 0.99).all() and hits(maps, corners) > 0.7


def test_grad_cam_is_its_equation(trained, drawn):
    """With global average pooling and one dense layer the weights are the dense layer's: class activation mapping."""
    images, _, _ = drawn(4, seed=9)
    net = keras.Model(trained.inputs, trained.get_layer("relu2").output)
    heat = np.maximum(net.predict_on_batch(images) @ np.array(trained.get_layer("head").kernel)[:, 1], 0)
    ours = grad_cam(trained, images, 1)
    large = np.array(keras.ops.image.resize(heat[..., None], (16, 16), interpolation="bilinear"))[..., 0]
    np.testing.assert_allclose(ours, large / np.maximum(large.max(axis=(1, 2), keepdims=True), 1e-12), atol=1e-4)


def test_occlusion_falls_where_the_object_is_hidden(trained, drawn):
    images, labels, corners = drawn(12, seed=9)
    maps = occlusion(trained, images, labels, size=6, stride=2)
    assert maps.shape == (12, 16, 16)
    inside = np.mean([m[t : t + 5, x : x + 5].mean() for m, (t, x) in zip(maps, corners, strict=True)])
    assert inside > 3 * np.abs(maps).mean()
    assert hits(maps, corners) > 0.7


def test_occlusion_covers_every_pixel(trained, drawn):
    images, _, _ = drawn(1)
    assert np.isfinite(occlusion(trained, images, 0, size=5, stride=4)).all()


def test_neighbours():
    rows = np.array([[1, 0], [0, 2], [3, 3], [-1, 0]])
    found = neighbours(rows, [[2, 0.1]], k=4)
    assert found.indices.tolist() == [[0, 2, 1, 3]]
    assert found.distances[0, 0] == pytest.approx(1 - 2 / np.hypot(2, 0.1), abs=1e-6)
    assert neighbours(rows, rows, 1).indices.ravel().tolist() == [0, 1, 2, 3]


def test_errors_say_what_to_do(trained, drawn):
    images, _, _ = drawn(2)
    with pytest.raises(ValueError, match=r"images must be \(batch, 16, 16, 3\), not \(16, 16, 3\)"):
        grad_cam(trained, images[0])
    with pytest.raises(ValueError, match="classes must be numbers from 0 to 1"):
        grad_cam(trained, images, 2)
    with pytest.raises(ValueError, match="did you mean 'relu"):
        grad_cam(trained, images, at="relu7")
    with pytest.raises(ValueError, match=r"gives \(12,\), no map"):
        grad_cam(trained, images, at="head_pool")
    with pytest.raises(ValueError, match="stride=9 must be an integer from 1 to 8"):
        occlusion(trained, images, size=8, stride=9)
    with pytest.raises(ValueError, match="k=9 must be an integer from 1 to 4"):
        neighbours(np.ones((4, 2)), np.ones((1, 2)), 9)
    with pytest.raises(ValueError, match="of as many channels"):
        neighbours(np.ones((4, 2)), np.ones((1, 3)))
    with pytest.raises(ValueError, match="must be a classifier"):
        grad_cam(keras.Model(trained.inputs, trained.get_layer("relu2").output), images)


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16", "float64"])
def test_maps_are_float32_in_any_precision(policy, drawn):
    images, _, _ = drawn(4)
    inputs = keras.Input((16, 16, 3))
    x = keras.layers.Conv2D(4, 3, activation="relu", dtype=policy)(keras.layers.Rescaling(1 / 255)(inputs))
    x = keras.layers.GlobalAveragePooling2D(dtype=policy)(x)
    model = keras.Model(inputs, keras.layers.Dense(2, kernel_initializer="zeros", dtype=policy)(x))
    for maps in (grad_cam(model, images, 1), occlusion(model, images, 1)):
        assert maps.dtype == np.float32 and (maps == 0).all()  # half's smallest number is above 1e-12: 0 / 0


def test_occlusion_holds_no_more_than_a_batch(trained, drawn, monkeypatch):
    images, _, _ = drawn(1)
    sizes, whole = [], trained.predict_on_batch
    monkeypatch.setattr(np, "repeat", lambda array, count, axis: sizes.append(count) or array.repeat(count, axis))
    maps = occlusion(trained, images, 0, size=4, stride=2, batch_size=5)
    assert max(sizes) == 5 and sum(sizes) == 49 and whole(images).shape == (1, 2)
    monkeypatch.undo()
    np.testing.assert_allclose(maps, occlusion(trained, images, 0, size=4, stride=2), atol=1e-5)
    with pytest.raises(ValueError, match="batch_size=0 must be"):
        occlusion(trained, images, batch_size=0)
    with pytest.raises(ValueError, match="images must be numbers, not <U1"):
        grad_cam(trained, np.full((1, 16, 16, 3), "a"))

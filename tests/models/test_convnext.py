"""ConvNeXt-T: table 9 of its paper, and Keras's twin; test_weights_torch.py holds its outputs beside torchvision's."""

from collections import Counter

import keras
import numpy as np
import pytest

from ccv.models import card, convnext_tiny, load_weights

STAGES = ((96, 3, 56), (192, 3, 28), (384, 9, 14), (768, 3, 7))
CENSUS = {
    "InputLayer": 1, "Normalization": 1, "Conv2D": 4, "DepthwiseConv2D": 18, "LayerNormalization": 18 + 4 + 1,
    "Dense": 36 + 1, "Activation": 18, "LayerScale": 18, "Add": 18, "GlobalAveragePooling2D": 1,
}  # fmt: skip


def count(weights):
    return sum(int(np.prod(weight.shape)) for weight in weights)


@pytest.mark.usefixtures("shapes_only")
@pytest.mark.parametrize("variant", ["keras", "torch"])
def test_golden_stages_and_census(variant):
    model, golden = convnext_tiny(variant=variant), {one.label: one for one in card("convnext_tiny").golden}[variant]
    blocks = sum(n * (49 * c + c + 2 * c + 4 * c * c + 4 * c + 4 * c * c + c + c) for c, n, _ in STAGES)
    halving = 48 * 96 + 3 * 96 + sum(2 * c + 4 * c * 2 * c + 2 * c for c in (96, 192, 384))
    assert count(model.weights) == count(model.trainable_weights) == golden.params == 28_589_128
    assert blocks + halving + 2 * 768 == golden.notop == golden.params - 769_000
    assert count(keras.applications.ConvNeXtTiny(weights=None).weights) == golden.params
    inside = {"Normalization": 1} if variant == "keras" else {}
    assert (
        Counter(type(layer).__name__ for layer in model.layers)
        == {kind: n for kind, n in CENSUS.items() if kind != "Normalization"} | inside
    )
    for number, (channels, blocks, side) in enumerate(STAGES, 1):
        last = model.get_layer(f"block{number}{'abcdefghi'[blocks - 1]}_add")
        assert last.output.shape == (None, side, side, channels)


def like_keras(model, seed=0):
    """Keras's network with weights that all matter."""
    rng = np.random.default_rng(seed)
    values = []
    for weight in model.weights:
        fan_in = np.prod(weight.shape[:-1]) if len(weight.shape) > 1 else 25
        values.append(rng.normal(0, fan_in**-0.5, weight.shape) + (weight.name == "gamma"))
    model.set_weights(values)
    return model


SHAPES = [((97, 75, 3), {}), ((64, 64, 1), {}), ((64, 96, 4), {})]
BARE = [((64, 64, 3), {"include_top": False, "pooling": pooling}) for pooling in (None, "avg", "max")]


@pytest.mark.slow
@pytest.mark.parametrize(("shape", "options"), SHAPES + BARE)
def test_the_outputs_are_those_of_keras(shape, options, tmp_path):
    """Through a file of Keras's form, whose stem and halvings are models within."""
    common = {"weights": None, "input_shape": shape, "classifier_activation": None} | options
    theirs = like_keras(keras.applications.ConvNeXtTiny(**common))
    theirs.save(tmp_path / "theirs.h5")
    ours = convnext_tiny(**common | {"weights": tmp_path / "theirs.h5"})
    x = np.random.default_rng(1).uniform(0, 255, (2, *shape)).astype("float32")
    expected, found = (np.asarray(one(x, training=False)) for one in (theirs, ours))
    assert found.shape == expected.shape
    largest = np.abs(expected).max()
    assert np.abs(expected[0] - expected[1]).max() > 0.1 * largest
    np.testing.assert_allclose(found, expected, atol=1e-5 * largest)


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".weights.h5", ".keras", ".h5"])
def test_every_file_of_keras_gives_the_same_weights(suffix, tmp_path):
    """Whole, or without the head where that has other classes, or where only one side has a head."""
    size = {"weights": None, "input_shape": (32, 32, 3)}
    theirs = like_keras(keras.applications.ConvNeXtTiny(**size))
    path = tmp_path / f"theirs{suffix}"
    (theirs.save_weights if suffix == ".weights.h5" else theirs.save)(path)
    x = np.random.default_rng(1).uniform(0, 255, (2, 32, 32, 3)).astype("float32")
    expected = np.asarray(keras.Model(theirs.input, theirs.layers[-2].output)(x, training=False))

    whole = convnext_tiny(**size | {"weights": path})
    np.testing.assert_allclose(whole(x, training=False), theirs(x, training=False), atol=1e-6)
    other = convnext_tiny(**size, classes=10)
    with pytest.raises(ValueError, match=r"layer predictions .* \(768, 10\), the file has \(768, 1000\)"):
        load_weights(other, path)
    report = load_weights(other, path, partial=True)
    assert (len(report.loaded), sorted(report.kept)) == (180, ["predictions.bias", "predictions.kernel"])
    found = keras.Model(other.input, other.layers[-2].output)(x, training=False)
    np.testing.assert_allclose(found, expected, atol=1e-5 * np.abs(expected).max())
    bare = convnext_tiny(**size, include_top=False, pooling="avg")
    with pytest.raises(ValueError, match="do not fit convnext_tiny"):
        load_weights(bare, path)
    if suffix != ".h5":  # that has the arrays of all layers in one row, and is read if it has as many
        load_weights(bare, path, partial=True)
        np.testing.assert_allclose(bare(x, training=False), expected, atol=1e-5 * np.abs(expected).max())


@pytest.mark.slow
def test_a_file_of_keras_s_form_and_another_width_is_one_sentence(tmp_path):
    keras.applications.ConvNeXtTiny(weights=None, input_shape=(32, 32, 3)).save(tmp_path / "theirs.h5")
    with pytest.raises(ValueError, match=r"layer stem_conv has weights of shape \(4, 4, 3, 12\), the file has \(4, 4"):
        convnext_tiny(width=1 / 8, weights=tmp_path / "theirs.h5")


def test_the_variants_differ_in_pixels_alone():
    small = {"width": 1 / 8, "input_shape": (32, 32, 3), "classes": 4}
    inside, outside = convnext_tiny(**small), convnext_tiny(**small, variant="torch")
    outside.set_weights(inside.get_weights())
    x = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3), dtype="uint8")
    pixels = card("convnext_tiny").pixels({"variant": "torch"}).layer()(x)
    np.testing.assert_allclose(outside(pixels), inside(x.astype("float32")), atol=1e-6)


@pytest.mark.usefixtures("shapes_only")
def test_stochastic_depth_is_asked_for():
    def rates(**options):
        return [layer.rate for layer in convnext_tiny(width=1 / 8, **options).layers if layer.name.endswith("_drop")]

    assert rates() == []
    assert rates(drop_connect=0.1) == pytest.approx([0.1 * n / 17 for n in range(1, 18)])


def test_the_least_image_and_an_open_size():
    assert convnext_tiny(input_shape=(32, 33, 3), width=1 / 8, include_top=False).output_shape == (None, 1, 1, 96)
    assert convnext_tiny(input_shape=(None, None, 3), width=1 / 8).output_shape == (None, 1000)
    with pytest.raises(ValueError, match="a stem of 4x4 and three halvings by 2x2 windows need at least 32 pixels"):
        convnext_tiny(input_shape=(32, 31, 3))

"""Networks from pixels to classes: by name, over any builder, with and without skips; saved, frozen, refused."""

import subprocess
import sys

import keras
import numpy as np
import pytest

from ccv import models, transfer
from ccv.segmentation import CrossEntropyDice, segmenter


def test_unet_is_the_papers_between_a_rescaling_and_its_softmax():
    made = segmenter("unet", 2, padding="valid", input_shape=(572, 572, 1), width=1 / 32, batch_norm=False)
    plain = models.unet(width=1 / 32, classes=2, dropout=0.0)
    assert made.output_shape == plain.output_shape == (None, 388, 388, 2)
    assert made.count_params() == plain.count_params()
    plain.set_weights(made.get_weights())
    image = np.random.default_rng(0).integers(0, 256, (1, 572, 572, 1)).astype("float32")
    np.testing.assert_allclose(*map(np.asarray, (made(image), plain(image / 255))), atol=1e-5)


@pytest.mark.parametrize("name", ["resnet20", "vgg11", "mobilenet_v2", "squeezenet1_1", "efficientnet_b0", "alexnet"])
def test_any_builder_gets_a_class_for_every_pixel(name):
    made = segmenter(name, 3, width=1 / 8, input_shape=(96, 128, 3), filters=4)
    assert made.output_shape == (None, 96, 128, 3)
    said = np.asarray(made(np.zeros((1, 96, 128, 3), "uint8")))
    np.testing.assert_allclose(said.sum(-1), 1, atol=1e-5)


OF_PHOTOGRAPHS = [one for one in models.list_models() if models.card(one).input_shape[-1] == 3]


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted({*OF_PHOTOGRAPHS} - {"multi_input"}))  # which has two more inputs
def test_every_builder_of_photographs(name):
    base = transfer.backbone(name, input_shape=(224, 224, 3))
    assert segmenter(base, 2, filters=2).output_shape == (None, 224, 224, 2)


def test_skips_join_every_finer_stage_and_can_be_left_out():
    joined, alone = (segmenter("vgg11", 3, width=1 / 8, filters=4, skips=skips) for skips in (True, False))
    count = lambda model: sum(isinstance(layer, keras.layers.Concatenate) for layer in model.layers)  # noqa: E731
    assert (count(joined), count(alone)) == (5, 0)


def test_the_backbone_keeps_its_weights_and_is_copied():
    base = transfer.backbone("resnet20", "ccv")
    made = segmenter(base, 3)
    before = {layer.name: layer.get_weights() for layer in base.layers if layer.weights}
    copied = {layer.name: layer for layer in made.layers}
    for name, weights in before.items():
        assert copied[name] is not base.get_layer(name)
        for old, new in zip(weights, copied[name].get_weights(), strict=True):
            np.testing.assert_array_equal(old, new)


def test_frozen_below_a_decoder_that_trains():
    made = segmenter("resnet20", 3, weights="ccv", filters=4)
    transfer.freeze(made, until=last_of_backbone(made))
    made.compile("sgd", CrossEntropyDice())
    still = transfer.assert_frozen(made)
    before = made.get_layer("predictions").get_weights()[0].copy()
    rng = np.random.default_rng(0)
    made.fit(rng.integers(0, 256, (4, 32, 32, 3)), rng.integers(0, 3, (4, 32, 32)), verbose=0)
    still()
    assert not np.array_equal(before, made.get_layer("predictions").get_weights()[0])


def last_of_backbone(model):
    return model.layers[[layer.name for layer in model.layers].index("decoder1_up") - 1].name


def test_it_saves_and_computes_the_same(tmp_path):
    made = segmenter("alexnet", 3, width=1 / 8, input_shape=(97, 101, 3), filters=4)
    made.save(tmp_path / "made.keras")
    again = keras.models.load_model(tmp_path / "made.keras")
    image = np.random.default_rng(0).integers(0, 256, (1, 97, 101, 3)).astype("float32")
    np.testing.assert_allclose(np.asarray(again(image)), np.asarray(made(image)), atol=1e-6)


@pytest.mark.slow
def test_a_trained_one_loads_after_import_ccv_alone(tmp_path):
    made = segmenter("alexnet", 3, width=1 / 8, input_shape=(97, 101, 3), filters=4)
    made.compile("adam", CrossEntropyDice(0.5))
    made.fit(np.zeros((2, 97, 101, 3)), np.zeros((2, 97, 101), int), verbose=0)
    made.save(tmp_path / "made.keras")
    code = f"import ccv, keras; print(keras.models.load_model({str(tmp_path / 'made.keras')!r}).loss.dice)"
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True, timeout=200)
    assert done.stdout.strip() == "0.5", done.stderr[-2000:]


BAD = {
    "one class": (("unet", 1), {}, "the background counts as one"),
    "a name": (("resnet2", 3), {}, "did you mean"),
    "unet's weights": (("unet", 3), {"weights": "ccv"}, "decoder over a backbone"),
    "valid": (("resnet20", 3), {"padding": "valid"}, "of 'unet' alone"),
    "up": (("resnet20", 3), {"up": "sideways"}, "no way up called"),
    "a shape": (("resnet20", 3), {"input_shape": (32, 32)}, "must be .height, width, channels."),
    "open and odd": (("alexnet", 3), {"width": 1 / 8}, "no halves of each other: give input_shape"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_does_not_fit_is_said(case):
    arguments, options, says = BAD[case]
    with pytest.raises(ValueError, match=says):
        segmenter(*arguments, **options)


def test_a_model_has_its_own_shape():
    with pytest.raises(TypeError, match="built already"):
        segmenter(models.resnet20(include_top=False), 3, width=0.5)

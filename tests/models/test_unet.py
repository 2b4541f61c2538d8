"""U-Net (catalogue C-108, E-78)."""

from collections import Counter

import keras
import numpy as np
import pytest

from ccv.models.unet import two_convolutions, unet

STAGES = {
    "down1_conv1": (570, 570, 64), "down1_conv2": (568, 568, 64), "down1_pool": (284, 284, 64),
    "down2_conv2": (280, 280, 128), "down2_pool": (140, 140, 128), "down3_conv2": (136, 136, 256),
    "down3_pool": (68, 68, 256), "down4_conv2": (64, 64, 512), "down4_pool": (32, 32, 512),
    "bottom_conv1": (30, 30, 1024), "bottom_conv2": (28, 28, 1024),
    "up4_upconv": (56, 56, 512), "up4_crop": (56, 56, 512), "up4_concat": (56, 56, 1024), "up4_conv2": (52, 52, 512),
    "up3_upconv": (104, 104, 256), "up3_concat": (104, 104, 512), "up3_conv2": (100, 100, 256),
    "up2_upconv": (200, 200, 128), "up2_concat": (200, 200, 256), "up2_conv2": (196, 196, 128),
    "up1_upconv": (392, 392, 64), "up1_concat": (392, 392, 128), "up1_conv1": (390, 390, 64),
    "up1_conv2": (388, 388, 64), "predictions": (388, 388, 2),
}  # fmt: skip
CENSUS = {
    "InputLayer": 1, "Conv2D": 19, "MaxPooling2D": 4, "Dropout": 2, "Conv2DTranspose": 4, "Cropping2D": 4,
    "Concatenate": 4,
}  # fmt: skip


@pytest.mark.usefixtures("shapes_only")
def test_stages_and_census():
    model = unet()
    for layer, output in STAGES.items():
        assert model.get_layer(layer).output.shape[1:] == output, layer
    assert Counter(type(layer).__name__ for layer in model.layers) == CENSUS
    same = Counter(type(layer).__name__ for layer in unet(padding="same", input_shape=(64, 64, 1)).layers)
    assert same == {kind: count for kind, count in CENSUS.items() if kind != "Cropping2D"}


def test_a_copied_level_is_cropped_in_its_middle():
    model = unet(width=1 / 16, input_shape=(188, 188, 1))
    crop = model.get_layer("up4_crop")
    x = np.random.default_rng(0).normal(size=(1, *crop.input.shape[1:])).astype("float32")
    np.testing.assert_array_equal(np.asarray(crop(x)), x[:, 4:-4, 4:-4])
    copied, upsampled = model.get_layer("up4_concat").input
    assert copied is crop.output
    assert upsampled is model.get_layer("up4_upconv").output


def test_tiles_agree_where_they_overlap():
    """The overlap-tile strategy: under 'valid' a pixel's answer does not depend on the tile it is in."""
    model = unet(width=1 / 32, input_shape=(None, None, 1), dropout=0.0)
    image = np.random.default_rng(0).normal(size=(1, 220, 204, 1)).astype("float32")
    whole = model.predict(image, verbose=0)
    assert whole.shape == (1, 36, 20, 2)
    tile = model.predict(image[:, 16:204, 16:204], verbose=0)
    np.testing.assert_allclose(tile, whole[:, 16:20, 16:20], atol=1e-5)


def test_same_gives_an_answer_for_every_pixel():
    model = unet(width=1 / 16, padding="same", input_shape=(None, None, 3), classes=5)
    out = model.predict(np.random.default_rng(0).normal(size=(2, 48, 32, 3)), verbose=0)
    assert out.shape == (2, 48, 32, 5)
    np.testing.assert_allclose(out.sum(-1), 1, rtol=1e-5)


def test_without_a_top():
    options = {"include_top": False, "width": 1 / 16, "input_shape": (188, 204, 4)}
    assert unet(**options).output_shape == (None, 4, 20, 4)
    for pooling in ("avg", "max"):
        assert unet(**options, pooling=pooling).output_shape == (None, 4)


def test_two_convolutions_by_their_shape():
    inputs = keras.Input((9, 8, 2))
    model = keras.Model(inputs, two_convolutions(3, "valid", name="block")(inputs))
    assert model.output_shape == (None, 5, 4, 3)
    assert model.count_params() == (9 * 2 + 1) * 3 + (9 * 3 + 1) * 3


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"input_shape": (256, 256, 1)}, "padding='valid' takes sides of 188, 204, 220 and so on by 16, not 256x256"),
        ({"input_shape": (572, 573, 1)}, "not 572x573"),
        ({"input_shape": (172, 188, 1)}, "18 'valid' convolutions and four halvings need at least 188 pixels"),
        ({"input_shape": (40, 32, 1), "padding": "same"}, "takes sides of 16, 32, 48 and so on by 16, not 40x32"),
        ({"input_shape": (8, 32, 1), "padding": "same"}, "four halvings need at least 16 pixels"),
        ({"padding": "vaild"}, "there is no padding called 'vaild': did you mean 'valid'?"),
    ],
)
def test_bad_input(options, message):
    with pytest.raises(ValueError) as raised:
        unet(**options)
    assert message in str(raised.value)


def test_the_least_size_is_the_least_size():
    assert unet(width=1 / 16, input_shape=(188, 188, 1)).output_shape == (None, 4, 4, 2)
    assert unet(width=1 / 16, input_shape=(16, 16, 1), padding="same").output_shape == (None, 16, 16, 2)
    side = 188 - 16
    for _ in range(4):
        side = (side - 4) // 2
    side -= 4
    for _ in range(4):
        side = 2 * side - 4
    assert side <= 0, "16 pixels less leave nothing"


def test_batch_normalisation_stands_before_each_relu_and_adds_four_numbers_a_channel():
    plain, normed = (
        unet(width=1 / 16, batch_norm=flag, padding="same", input_shape=(32, 32, 1)) for flag in (False, True)
    )
    kinds = [type(layer).__name__ for layer in normed.layers]
    assert kinds.count("BatchNormalization") == kinds.count("ReLU") == 18
    channels = sum(layer.filters for layer in plain.layers if "_conv" in layer.name)
    assert normed.count_params() == plain.count_params() + (4 - 1) * channels  # and no bias
    with pytest.raises(TypeError, match="must be True or False"):
        unet(batch_norm=1)

"""`transfer` and `texture`: they do what was asked, and refuse in one sentence what cannot be done."""

import keras
import numpy as np
import pytest
from keras import ops

from ccv.models import resnet18
from ccv.style import Extractor, extractor, gram_distance, gram_matrix, random_filters, texture, transfer
from ccv.style.objective import losses, objective, targets

RNG = np.random.default_rng(0)
CONTENT = RNG.integers(0, 256, (24, 32, 3), dtype=np.uint8)
STYLE = np.kron(RNG.integers(0, 256, (7, 7, 3)), np.ones((4, 4, 1))).astype(np.uint8)


@pytest.fixture(scope="module")
def look():
    return random_filters(filters=6, kernel_size=3, scales=2)


def test_the_loss_falls_and_the_picture_is_as_large_as_the_content(look):
    for optimizer in ("lbfgs", "adam"):
        made = transfer(CONTENT, STYLE, backbone=look, steps=12, optimizer=optimizer, verbose=False)
        assert made.picture.shape == CONTENT.shape
        assert made.picture.dtype == np.uint8
        assert len(made.history) == 13
        assert made.history[-1] < 0.5 * made.history[0]
        assert made.evaluations >= 13
        assert made.seconds > 0


def test_what_is_told_of_the_end_is_the_loss_of_the_picture(look):
    made = transfer(CONTENT, STYLE, backbone=look, steps=6, content_weight=0.2, variation_weight=0.1, verbose=False)
    told = made.losses["style"] + 0.2 * made.losses["content"] + 0.1 * made.losses["variation"]
    assert told == pytest.approx(made.history[-1], rel=1e-4)
    assert gram_distance(made.picture, STYLE, look) == pytest.approx(
        made.losses["style"], rel=0.05
    )  # bytes are rounded


def test_the_callback_sees_the_picture_grow(look):
    seen = []
    made = texture(STYLE, backbone=look, steps=5, callback=lambda *each: seen.append(each), verbose=False)
    assert [step for step, _, _ in seen] == [1, 2, 3, 4, 5]
    assert [loss for _, _, loss in seen] == made.history[1:]
    assert all(picture.shape == STYLE.shape and picture.dtype == np.uint8 for _, picture, _ in seen)
    np.testing.assert_array_equal(seen[-1][1], made.picture)


def test_the_progress_bar_is_there_unless_it_is_not_wanted(look, capsys):
    texture(STYLE, backbone=look, steps=2)
    assert "2/2" in capsys.readouterr().out
    texture(STYLE, backbone=look, steps=2, verbose=False)
    assert not capsys.readouterr().out


def test_the_same_seed_gives_the_same_picture_of_any_size(look):
    one, same, other = (
        texture(STYLE, size=(20, 36), backbone=look, steps=3, seed=seed, verbose=False).picture for seed in (1, 1, 2)
    )
    assert one.shape == (20, 36, 3)
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()


def test_floats_and_bytes_are_the_same_picture(look):
    bytes_, floats = (transfer(c, STYLE, backbone=look, steps=2, verbose=False) for c in (CONTENT, CONTENT / 255))
    assert np.abs(bytes_.picture.astype(int) - floats.picture).max() <= 1


def test_more_weight_on_the_content_keeps_more_of_it(look):
    kept = [
        transfer(CONTENT, STYLE, backbone=look, content_weight=weight, steps=10, verbose=False).losses["content"]
        for weight in (0.01, 1.0)
    ]
    assert kept[1] < kept[0]


def test_variation_makes_calm(look):
    restless, calm = (
        texture(STYLE, backbone=look, variation_weight=weight, steps=10, verbose=False).losses["variation"]
        for weight in (0, 1.0)
    )
    assert calm < restless


def test_the_gradient_of_the_whole_is_that_of_finite_differences(look):
    pictures = (CONTENT[None] / 255).astype("float32")
    aims = targets(look, STYLE / np.float32(255), STYLE[:24, :28] / np.float32(255))
    aims = aims[0], targets(look, np.float32(1) - pictures[0], pictures[0])[1]
    weights = np.array([1, 0.3, 0.1], "float32")
    value, slope = objective(look)(pictures, *aims, weights)
    parts = [float(part) for part in losses(look, pictures, *aims)]
    assert value == pytest.approx(np.dot(parts, weights), rel=1e-4)
    # Along random directions, so that a number in float32 has enough figures.
    for seed in range(6):
        way = np.random.default_rng(seed).choice([-1, 1], pictures.shape).astype("float32")
        step = 2e-4
        ahead, behind = (objective(look)(pictures + sign * step * way, *aims, weights)[0] for sign in (1, -1))
        assert (ahead - behind) / (2 * step) == pytest.approx((slope * way).sum(), rel=0.03, abs=0.01)


def test_the_gram_matrices_are_those_of_the_named_layers():
    net = keras.Sequential(
        [
            keras.Input((None, None, 3)),
            keras.layers.Conv2D(4, 3, padding="same", name="first"),
            keras.layers.Conv2D(5, 3, strides=2, padding="same", name="second"),
        ]
    )
    look = extractor(net, ["first"], "second", scales=1, colours=False, preprocessing=keras.layers.Rescaling(1 / 255))
    assert look.style == ("first",)
    seen = look.maps(CONTENT[None] / np.float32(255))
    by_hand = net.layers[0](CONTENT[None] / np.float32(255))
    np.testing.assert_allclose(seen["first"], by_hand, atol=1e-4)
    np.testing.assert_allclose(gram_matrix(seen["first"]), gram_matrix(by_hand), rtol=1e-4)
    assert seen["second"].shape == (1, 12, 16, 5)


def test_the_colours_are_means_and_how_they_vary_together():
    look = random_filters(filters=2, kernel_size=3, scales=1)
    gram = ops.convert_to_numpy(gram_matrix(look.maps(STYLE[None] / np.float32(255))["colours"]))[0]
    pixels = STYLE.reshape(-1, 3) / 64 - 2
    np.testing.assert_allclose(gram[:3, 3], pixels.mean(axis=0), atol=1e-4)
    np.testing.assert_allclose(gram[:3, :3], pixels.T @ pixels / len(pixels), atol=1e-4)


@pytest.mark.slow
def test_the_backbone_that_ships_and_a_builder_of_ones_own():
    made = transfer(CONTENT, STYLE, steps=2, verbose=False)
    assert made.history[-1] < made.history[0]
    look = extractor(
        resnet18(input_shape=(None, None, 3), include_top=False, width=1 / 8), ["stage2"], "stage3", scales=1
    )
    assert isinstance(look, Extractor)
    assert look.style == ("stage2", "colours", "colours at 1/4")


SMALL = {"backbone": random_filters(filters=2, kernel_size=3, scales=3), "steps": 1, "verbose": False}
GREY = CONTENT[..., 0]
WRONG = {
    "1 pixel": ({"style": STYLE[:1, :1]}, "style has 1 x 1 pixels: pass at least 8 x 8"),
    "grey": ({"content": GREY}, r"content must be one RGB picture .*\(24, 32\).*np.stack"),
    "four channels": ({"content": np.dstack([CONTENT, GREY])}, r"content .*\(24, 32, 4\).*picture\[\.\.\., :3\]"),
    "a batch": ({"style": STYLE[None]}, r"style must be one RGB picture"),
    "0 to 255 as floats": ({"style": STYLE.astype(float)}, "divide pixels up to 255 by 255"),
    "a gap": ({"content": np.full((24, 24, 3), np.nan)}, "without gaps"),
    "negative weight": ({"content_weight": -1}, "content_weight=-1 must be a number of at least 0"),
    "optimizer": ({"optimizer": "sgd"}, "no optimizer called 'sgd'"),
    "start": ({"start": "contents"}, "did you mean 'content'"),
    "steps": ({"steps": 0}, "steps=0 must be an integer of at least 1"),
    "learning rate": ({"learning_rate": 0}, "learning_rate=0 must be a number above 0"),
    "seed": ({"start": "noise", "seed": -1}, "seed=-1"),
    "no backbone": ({"backbone": "resnet21"}, "did you mean"),
    "no layer": ({"backbone": "resnet20", "layers": ["conv9"]}, "no stage or layer called 'conv9'"),
    "layers as a word": ({"backbone": "resnet20", "layers": "stage1"}, r"layers='stage1' must be a list"),
    "no layers": ({"backbone": "resnet20", "layers": []}, "layers is empty"),
    "no content layer": ({"backbone": "resnet20", "content_layer": "stage9"}, "no stage or layer called 'stage9'"),
    "layers beside an extractor": ({"layers": ["stage1"]}, "layers and content_layer belong to the extractor"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_done_is_said_in_a_sentence(case):
    options, sentence = WRONG[case]
    options = {"content": CONTENT, "style": STYLE} | SMALL | options
    with pytest.raises((ValueError, TypeError), match=sentence) as caught:
        transfer(options.pop("content"), options.pop("style"), **options)
    assert "\n" not in str(caught.value)


def test_a_picture_too_small_for_a_layer_is_told_by_its_name():
    with pytest.raises(ValueError, match=r"style has 8 x 8 pixels, too few for .*1 x 1 places"):
        texture(STYLE[:8, :8], steps=1, verbose=False)


def test_a_text_is_no_picture():
    with pytest.raises(TypeError, match="style must be a picture of numbers"):
        texture("flower.jpg", steps=1, verbose=False)


@pytest.mark.parametrize("size", [5, (4, 4), (20, 20, 3), "large"])
def test_a_size_that_is_none(size):
    with pytest.raises(ValueError, match="size="):
        texture(STYLE, size=size, steps=1, verbose=False)


def test_a_network_of_one_size_is_told_how_to_open_it():
    with pytest.raises(ValueError, match=r"build it with input_shape=\(None, None, 3\)"):
        extractor(resnet18(input_shape=(32, 32, 3), include_top=False))

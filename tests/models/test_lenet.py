"""LeNet-5: the table of the paper, layer by layer (catalogue 2.3, A-01, E-51)."""

import keras
import numpy as np
import pytest
from keras import ops

from ccv.models import lenet5
from ccv.models.lenet import CONNECTIONS, digit_prototypes

LARGE = (32, 32, 1)
# layer: output shape, parameters of the dense form, trainable parameters of 1998
TABLE = {
    "c1": ((28, 28, 6), 156, 156),
    "s2": ((14, 14, 6), 0, 12),
    "c3": ((10, 10, 16), 2_416, 1_516),
    "s4": ((5, 5, 16), 0, 32),
    "flatten": ((400,), 0, 0),
    "f5": ((120,), 48_120, 48_120),
    "f6": ((84,), 10_164, 10_164),
    "predictions": ((10,), 850, 0),
}


def trainable(layer):
    return sum(int(np.prod(weight.shape)) for weight in layer.trainable_weights)


@pytest.mark.parametrize("variant", ["paper", "modern", "1998"])
@pytest.mark.parametrize("shape", [(28, 28, 1), LARGE])
def test_every_row_of_the_table(variant, shape):
    model = lenet5(input_shape=shape, variant=variant)
    assert [layer.name for layer in model.layers] == ["input", *TABLE]
    for name, (output, dense, sparse) in TABLE.items():
        layer = model.get_layer(name)
        assert layer.output.shape[1:] == output
        assert trainable(layer) == (sparse if variant == "1998" else dense)
    total = sum(trainable(layer) for layer in model.layers)
    assert total == (60_000 if variant == "1998" else 61_706)


def test_the_kinds_of_layers():
    paper, modern = lenet5(), lenet5(variant="modern")
    assert isinstance(paper.get_layer("s2"), keras.layers.AveragePooling2D)
    assert isinstance(modern.get_layer("s4"), keras.layers.MaxPooling2D)
    for name in ("c1", "c3", "f5", "f6"):
        assert paper.get_layer(name).activation is keras.activations.tanh
        assert modern.get_layer(name).activation is keras.activations.relu
    assert paper.get_layer("predictions").activation is keras.activations.softmax
    old = lenet5(variant="1998")
    kinds = [type(layer).__name__ for layer in old.layers[1:]]
    assert kinds == [
        "Conv2D", "Subsampling2D", "TableConv2D", "Subsampling2D", "Flatten", "Dense", "Dense", "EuclideanRBF",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("shape", "asked", "taken"),
    [
        ((28, 28, 1), None, "same"),
        ((32, 32, 1), None, "valid"),
        ((64, 32, 3), None, "valid"),
        ((32, 28, 1), None, "same"),
        ((28, 28, 1), "valid", "valid"),
        ((32, 32, 1), "same", "same"),
    ],
)
def test_the_padding_of_c1_follows_the_image_unless_it_is_given(shape, asked, taken):
    assert lenet5(input_shape=shape, first_padding=asked).get_layer("c1").padding == taken


def test_28_pixels_without_padding_have_44426_parameters():
    """The slide's 28x28 with a 'valid' C1 gives 4x4 maps, and another network (catalogue 2.3)."""
    assert lenet5(first_padding="valid").count_params() == 44_426


def test_28_pixels_same_is_the_same_network_as_32_valid_on_the_padded_image():
    small, large = lenet5(), lenet5(input_shape=LARGE)
    large.set_weights(small.get_weights())
    x = np.random.default_rng(0).normal(size=(4, 28, 28, 1)).astype("float32")
    padded = np.pad(x, ((0, 0), (2, 2), (2, 2), (0, 0)))
    np.testing.assert_allclose(small.predict(x, verbose=0), large.predict(padded, verbose=0), atol=1e-6)


def test_the_connection_table():
    """Table I of the paper: six maps see three neighbours, nine see four, one sees all: 60 connections."""
    sizes = [len(sources) for sources in CONNECTIONS]
    assert sizes == [3] * 6 + [4] * 9 + [6]
    assert sum(sizes) == 60
    assert [sum(row in sources for sources in CONNECTIONS) for row in range(6)] == [10] * 6
    assert len(set(CONNECTIONS)) == 16
    contiguous = [tuple(sorted((start + k) % 6 for k in range(3))) for start in range(6)]
    assert list(CONNECTIONS[:6]) == contiguous


def test_prototypes_are_ten_different_drawings_and_seeded_codes_after():
    ten, more = digit_prototypes(10), digit_prototypes(26)
    assert ten.shape == (10, 84)
    assert set(np.unique(more)) == {-1, 1}
    np.testing.assert_array_equal(more[:10], ten)
    np.testing.assert_array_equal(more, digit_prototypes(26))
    np.testing.assert_array_equal(digit_prototypes(3), ten[:3])
    assert len(np.unique(more, axis=0)) == 26


def test_the_outputs_of_1998_are_negative_distances():
    logits = lenet5(variant="1998", classifier_activation=None)
    chances = lenet5(variant="1998")
    chances.set_weights(logits.get_weights())
    x = np.random.default_rng(0).normal(size=(5, 28, 28, 1)).astype("float32")
    distances = logits.predict(x, verbose=0)
    assert (distances < 0).all()
    np.testing.assert_array_equal(distances.argmax(1), chances.predict(x, verbose=0).argmax(1))


def test_1998_has_one_width():
    with pytest.raises(ValueError, match="connection table is for 6 and 16 maps"):
        lenet5(variant="1998", width=0.5)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"variant": "papr"}, "there is no variant called 'papr': did you mean 'paper'?"),
        ({"variant": "keras"}, "there is no variant called 'keras': choose from paper, modern, 1998"),
        ({"first_padding": "vaild"}, "there is no first_padding called 'vaild': did you mean 'valid'?"),
        ({"input_shape": (11, 12, 1)}, "two 5x5 convolutions (the first 'same') and two halvings need at least 12"),
        (
            {"input_shape": (15, 15, 1), "first_padding": "valid"},
            "(the first 'valid') and two halvings need at least 16",
        ),
    ],
)
def test_bad_options_of_its_own(options, message):
    with pytest.raises(ValueError) as raised:
        lenet5(**options)
    assert message in str(raised.value)


def test_valid_takes_16_pixels():
    assert lenet5(input_shape=(16, 16, 1), first_padding="valid").get_layer("s4").output.shape[1:3] == (1, 1)


@pytest.mark.slow
@pytest.mark.parametrize("variant", ["paper", "modern", "1998"])
def test_training_moves_every_weight_and_saves(variant, tmp_path):
    """A gradient reaches all that trains; the fixed prototypes stay."""
    model = lenet5(variant=variant)
    model.compile(keras.optimizers.SGD(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    generator = np.random.default_rng(0)
    x, y = generator.normal(size=(32, 28, 28, 1)).astype("float32"), generator.integers(0, 10, 32)
    before = [ops.convert_to_numpy(weight) for weight in model.trainable_weights]
    fixed = [ops.convert_to_numpy(weight) for weight in model.non_trainable_weights]
    model.fit(x, y, epochs=1, verbose=0)
    for weight, old in zip(model.trainable_weights, before, strict=True):
        assert np.isfinite(ops.convert_to_numpy(weight)).all()
        assert not np.array_equal(ops.convert_to_numpy(weight), old), weight.path
    for weight, old in zip(model.non_trainable_weights, fixed, strict=True):
        np.testing.assert_array_equal(ops.convert_to_numpy(weight), old)
    model.save(tmp_path / "trained.keras")
    loaded = keras.saving.load_model(tmp_path / "trained.keras", safe_mode=True)
    np.testing.assert_array_equal(loaded.predict(x, verbose=0), model.predict(x, verbose=0))


@pytest.mark.slow
def test_a_saved_1998_loads_in_a_process_that_imports_ccv_layers(tmp_path):
    import subprocess
    import sys

    path = tmp_path / "old.keras"
    lenet5(variant="1998").save(path)
    code = f"import ccv.layers, keras; print(keras.saving.load_model({str(path)!r}).count_params())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "60840"

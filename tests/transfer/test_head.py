import keras
import numpy as np
import pytest

from ccv import anatomy
from ccv.models import stage_outputs
from ccv.transfer import with_head


def test_the_graph_is_flat(model, base):
    assert not any(isinstance(layer, keras.Model) for layer in model.layers)
    names = [layer.name for layer in model.layers]
    assert [n for n in names if n in {layer.name for layer in base.layers}] == [layer.name for layer in base.layers[1:]]
    assert names[-3:] == ["head_pool", "head_dropout", "head"]
    assert list(stage_outputs(model)) == ["stage0", "stage1", "stage2"]
    keras.Model(model.inputs, model.get_layer("relu1").output)  # what a student's own Grad-CAM begins with
    assert "conv2" in str(anatomy.anatomy(model))


def test_it_computes_what_the_backbone_and_a_head_compute(model, base, data):
    images, _ = data
    pooled = base.predict_on_batch(images.astype("float32") / 255).mean(axis=(1, 2))
    kernel, bias = map(np.array, model.get_layer("head").weights)
    scores = np.exp(pooled @ kernel + bias)
    np.testing.assert_allclose(model.predict_on_batch(images), scores / scores.sum(1, keepdims=True), rtol=1e-4)


def test_bytes_and_floats_give_the_same(model, data):
    images, _ = data
    np.testing.assert_array_equal(model.predict_on_batch(images), model.predict_on_batch(images.astype("float32")))


def test_training_leaves_the_backbone_as_it_was(model, base, data):
    before = [np.array(w) for w in base.weights]
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(*data, verbose=0)
    assert all((old == np.array(w)).all() for old, w in zip(before, base.weights, strict=True))
    assert (np.array(model.get_layer("conv0").kernel) != np.array(base.get_layer("conv0").kernel)).any()


def test_it_saves_and_loads(model, data, tmp_path):
    model.save(tmp_path / "m.keras")
    again = keras.models.load_model(tmp_path / "m.keras")
    np.testing.assert_allclose(again.predict_on_batch(data[0]), model.predict_on_batch(data[0]), rtol=1e-5)


def test_preprocessing_of_several_layers_is_opened():
    inputs = keras.Input((32, 32, 3))
    vgg = keras.Model(inputs, keras.layers.Conv2D(2, 3)(inputs), name="vgg16")
    model = with_head(vgg, 2)
    assert [layer.name for layer in model.layers[:3]] == ["pixels", "rgb_to_bgr", "preprocessing"]
    again = with_head(vgg, 2, preprocessing=keras.Sequential([keras.layers.Rescaling(1 / 255), keras.layers.ReLU()]))
    assert not any(isinstance(layer, keras.Model) for layer in again.layers)


def test_a_layer_that_is_called_twice_stays_one(pixels):
    inputs = keras.Input((8, 8, 3))
    conv = keras.layers.Conv2D(3, 3, padding="same", name="twice")
    model = with_head(keras.Model(inputs, conv(keras.layers.ReLU()(conv(inputs)))), 2, preprocessing=pixels)
    assert [layer.name for layer in model.layers].count("twice") == 1
    assert model.count_params() == 84 + 8


def test_a_new_head_in_place_of_the_old(model, data):
    again = with_head(model, 7)  # which rescales for itself already
    assert again.output_shape == (None, 7) and [layer.name for layer in again.layers].count("rescaling") <= 1
    assert len(again.layers) == len(model.layers)


def test_a_layer_called_as_ours_gets_another_name(pixels):
    inputs = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(2, 3, name="head")(keras.layers.Lambda(lambda x: x * 2)(inputs))
    model = with_head(keras.Model(inputs, x, name="mine"), 2, preprocessing=pixels)
    assert {"mine_head", "head"} <= {layer.name for layer in model.layers}


def test_pooling(base, pixels):
    assert with_head(base, 2, preprocessing=pixels, pooling="flatten").get_layer("head").kernel.shape == (192, 2)
    assert with_head(base, 2, preprocessing=False, pooling="max", dropout=0).layers[-2].name == "head_pool"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"classes": 0}, "classes=0 must be an integer of at least 1"),
        ({"pooling": "mean"}, "pooling called 'mean'"),
        ({"dropout": 1.5}, "dropout=1.5 must be"),
        ({"preprocessing": 255}, "preprocessing=255 must be True, False or a Keras layer"),
        ({"classifier_activation": "softmin"}, "none that Keras knows"),
    ],
)
def test_errors_say_what_to_do(base, options, message):
    with pytest.raises((ValueError, TypeError), match=message):
        with_head(base, **({"classes": 2, "preprocessing": False} | options))


def test_models_without_one_image_are_refused():
    inputs = [keras.Input((4, 4, 3)), keras.Input((4, 4, 3))]
    pair = keras.Model(inputs, keras.layers.Concatenate()(inputs), name="pair")
    with pytest.raises(ValueError, match="pair must have one input, an image"):
        with_head(pair, 2)
    flat = keras.Input((4,))
    with pytest.raises(ValueError, match="must have one input"):
        with_head(keras.Model(flat, keras.layers.Dense(2)(flat)), 2)


@pytest.mark.parametrize("where", ["inside", "nested", "before"])
def test_what_a_normalization_learnt_is_copied(where):
    """Its mean is a value taken from its weights at build: the weights alone would be copied in vain."""
    pixels = np.random.default_rng(0).integers(0, 256, (6, 8, 8, 3)).astype("float32")
    learnt = keras.layers.Normalization()
    learnt.adapt(pixels)
    inputs = keras.Input((8, 8, 3))
    conv = keras.layers.Conv2D(4, 3)
    first = {"inside": learnt, "nested": keras.Sequential([inputs, learnt]), "before": lambda x: x}[where]
    base = keras.Model(inputs, conv(first(inputs)))
    model = with_head(base, 2, preprocessing=learnt if where == "before" else False)
    expected = np.array(conv(learnt(pixels))).mean(axis=(1, 2))
    pooled = keras.Model(model.inputs, model.get_layer("head_pool").output)
    np.testing.assert_allclose(pooled.predict_on_batch(pixels), expected, rtol=1e-4, atol=1e-4)


def test_names_that_several_models_inside_share_are_counted():
    def block(name):
        inner = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(3, 1, name="conv")], name="block")
        return keras.Sequential([keras.Input((8, 8, 3)), inner], name=name)

    inputs = keras.Input((8, 8, 3))
    nested = keras.Model(inputs, block("c")(block("b")(block("a")(inputs))))
    names = [layer.name for layer in with_head(nested, 2, preprocessing=False).layers]
    assert names[1:4] == ["conv", "block_conv", "block_conv_1"]


@keras.saving.register_keras_serializable("tests")
class Block(keras.layers.Layer):
    """A convolution and its normalization in one layer."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.conv, self.norm = keras.layers.Conv2D(4, 3), keras.layers.BatchNormalization()

    def call(self, x):
        return self.norm(self.conv(x))


def test_flags_inside_a_layer_are_copied():
    block, inputs = Block(name="block"), keras.Input((8, 8, 3))
    base = keras.Model(inputs, block(inputs))
    block.norm.trainable = False
    copy = with_head(base, 2, preprocessing=False).get_layer("block")
    assert copy.trainable and copy.conv.trainable and not copy.norm.trainable

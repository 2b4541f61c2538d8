import json

import keras
import numpy as np
import pytest

from ccv.models import card, resnet20, stage_outputs
from ccv.transfer import backbone, preprocessing_for, published, with_head


@pytest.fixture
def shapes_only():
    with keras.StatelessScope(initialize_variables=False):
        yield


def named(name, channels=3):
    inputs = keras.Input((8, 8, channels))
    return keras.Model(inputs, keras.layers.Conv2D(2, 3)(inputs), name=name)


BUILDERS = [
    "resnet18",
    "vgg16",
    "mobilenet_v2",
    "densenet121",
    "googlenet",
    "squeezenet1_1",
    "efficientnet_b0",
    "seresnet50",
    "convnext_tiny",
    "vit_b_16",
    "lenet5",
]


@pytest.mark.parametrize("name", BUILDERS)
def test_a_name_builds_the_network_up_to_its_last_maps(name, shapes_only):
    size = card(name).input_shape
    base = backbone(name, input_shape=size, width=1 / 8)
    assert len(base.outputs) == 1 and len(base.output_shape) == 4
    assert base.name == name


def test_a_model_with_a_top_is_cut_before_its_classifier_and_keeps_its_weights():
    whole = resnet20(width=1 / 8)
    base = backbone(whole)
    assert base.output_shape == (None, 8, 8, 8)
    assert base.get_layer("conv1_conv") is whole.get_layer("conv1_conv")


@pytest.mark.slow
@pytest.mark.parametrize("function", ["MobileNetV2", "ResNet50V2", "EfficientNetB0", "MobileNetV3Small"])
def test_keras_applications_are_backbones_and_their_pixels_are_known(function, shapes_only):
    whole = getattr(keras.applications, function)(weights=None, input_shape=(64, 64, 3), include_top=False)
    model = with_head(backbone(whole), 3)
    assert set(stage_outputs(whole)) <= set(stage_outputs(model))
    assert {layer.name for layer in whole.layers[1:]} <= {layer.name for layer in model.layers}


MODES = {
    "vgg16": "vgg16",
    "vgg19": "vgg19",
    "resnet50": "resnet",
    "resnet152": "resnet",
    "resnet50v2": "resnet_v2",
    "resnet101v2": "resnet_v2",
    "mobilenet_1.00_224": "mobilenet",
    "mobilenetv2_1.00_224": "mobilenet_v2",
    "xception": "xception",
    "inception_v3": "inception_v3",
    "inception_resnet_v2": "inception_resnet_v2",
    "densenet121": "densenet",
    "NASNet": "nasnet",
}


@pytest.mark.parametrize("name", MODES)
def test_pixels_are_those_of_keras_applications(name):
    images = np.random.default_rng(0).integers(0, 256, (2, 8, 8, 3), dtype=np.uint8)
    theirs = getattr(keras.applications, MODES[name]).preprocess_input(images.astype("float32"))
    ours = keras.ops.convert_to_numpy(preprocessing_for(named(name))(images))
    np.testing.assert_allclose(ours, theirs, atol=2e-5)


def test_a_network_that_rescales_for_itself_gets_no_second_time():
    inputs = keras.Input((8, 8, 3))
    x = keras.Sequential([keras.layers.Rescaling(1 / 255)])(inputs)
    assert preprocessing_for(keras.Model(inputs, keras.layers.Conv2D(2, 3)(x), name="resnet50")) is None


def test_unknown_pixels_are_asked_for():
    with pytest.raises(ValueError, match=r"'mine' expects is not known.*pass preprocessing="):
        with_head(named("mine"), 2)
    with pytest.raises(ValueError, match="takes 1 channel, its preprocessing is for 3"):
        with_head(named("vgg16", channels=1), 2)


def test_models_inside_are_opened():
    inner = resnet20(include_top=False, width=1 / 16)
    inputs = keras.Input((32, 32, 3))
    x = keras.layers.GlobalAveragePooling2D()(inner(inputs, training=False))
    nested = keras.Model(inputs, keras.layers.Dense(3)(x), name="nested")
    base = backbone(nested)
    assert {layer.name for layer in inner.layers[1:]} <= {layer.name for layer in base.layers}
    images = np.random.default_rng(0).random((2, 32, 32, 3), dtype=np.float32)
    np.testing.assert_allclose(base.predict_on_batch(images), inner.predict_on_batch(images), rtol=1e-5, atol=1e-5)


def test_errors_say_what_to_do():
    with pytest.raises(ValueError, match="did you mean 'resnet20'"):
        backbone("resnet-20")
    with pytest.raises(ValueError, match=r"no weights of its own for this.*resnet20"):
        backbone("vgg16", weights="ccv")
    with pytest.raises(TypeError, match="weights=3 must be 'ccv', 'imagenet'"):
        backbone("resnet20", weights=3)
    with pytest.raises(FileNotFoundError, match="no such file"):
        backbone("resnet20", weights="missing.weights.h5")
    with pytest.raises(TypeError, match="built already: width"):
        backbone(named("mine"), width=2)
    with pytest.raises(TypeError, match="a Keras model is needed"):
        backbone(3)


def test_our_own_weights_are_those_of_the_file():
    base = backbone("resnet20", weights="ccv")
    assert base.count_params() == resnet20(include_top=False).count_params()
    from safetensors.numpy import load_file

    state = load_file(published.file("resnet20"))
    np.testing.assert_array_equal(np.array(base.get_layer("conv1_conv").kernel), state["conv1_conv.kernel"])
    assert published.file("resnet20").stat().st_size < 2_000_000


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """Our weights in a folder that a test may damage."""
    entry = json.loads((published.folder() / "index.json").read_text())["resnet20"]
    (tmp_path / entry["file"]).write_bytes((published.folder() / entry["file"]).read_bytes())
    (tmp_path / "index.json").write_text(json.dumps({"resnet20": entry}))
    monkeypatch.setattr(published, "folder", lambda: tmp_path)
    return tmp_path / entry["file"]


def test_damaged_or_missing_weights_are_refused(elsewhere):
    elsewhere.write_bytes(elsewhere.read_bytes()[:-1])
    with pytest.raises(OSError, match=r"are damaged.*python -m ccv\.data\.pretrain"):
        backbone("resnet20", weights="ccv")
    elsewhere.unlink()
    with pytest.raises(OSError, match="cannot be read"):
        backbone("resnet20", weights="ccv")
    elsewhere.with_name("index.json").write_text("{")
    with pytest.raises(OSError, match="list of weights"):
        backbone("resnet20", weights="ccv")


# Pixels belong to the weights ----------------------------------------------------------------------------------------

FORMS = [
    ("vgg11", {}, "torch"),
    ("vgg13", {}, "torch"),
    ("vgg16", {}, "caffe"),
    ("vgg16", {"variant": "torch"}, "torch"),
    ("vgg16", {"batch_norm": True}, "torch"),
    ("resnet50", {}, "caffe"),
    ("resnet50", {"variant": "torch"}, "torch"),
    ("resnet18", {}, "torch"),
    ("densenet121", {"variant": "torch"}, "torch"),
    ("mobilenet_v2", {}, "tf"),
    ("mobilenet_v2", {"variant": "torch"}, "torch"),
    ("mobilenet_v3_small", {"include_preprocessing": False}, "tf"),
    ("googlenet", {"variant": "torch"}, "tf"),
    ("efficientnet_v2_b0", {"include_preprocessing": False}, "torch"),
    ("convnext_tiny", {"variant": "torch"}, "torch"),
    ("vit_b_16", {}, "torch"),
]


def pixels_of(model):
    """What a model's preprocessing makes of two images, beside the images."""
    images = np.random.default_rng(0).integers(0, 256, (2, 8, 8, 3), dtype=np.uint8)
    return images, keras.ops.convert_to_numpy(preprocessing_for(model)(images))


def expected(images, mode):
    """`preprocess_input` of Keras, which has torchvision's standardisation too."""
    from keras.src.applications.imagenet_utils import preprocess_input

    return preprocess_input(images.astype("float32"), data_format="channels_last", mode=mode)


@pytest.mark.parametrize(("name", "options", "mode"), FORMS)
def test_pixels_are_those_of_the_form(name, options, mode, shapes_only):
    images, pixels = pixels_of(backbone(name, input_shape=(64, 64, 3), width=1 / 8, **options))
    np.testing.assert_allclose(pixels, expected(images, mode), atol=2e-5)


def test_pixels_are_those_of_the_file(tmp_path):
    """The same network reads torchvision's state dict, whose pixels are known, and a file of its own, whose are not."""
    from safetensors.numpy import save_file

    from ccv.models import load_weights, vgg16
    from ccv.models.torch_names.vgg import torch_names

    small = {"width": 1 / 8, "include_top": False, "input_shape": (32, 32, 3)}
    model = vgg16(**small, variant="torch")
    theirs = torch_names("vgg16")
    state = {
        f"{theirs[layer.name]}.{'weight' if w.name == 'kernel' else 'bias'}": np.ascontiguousarray(np.array(w).T)
        for layer in model.layers
        for w in layer.weights
    }
    save_file(state, tmp_path / "torch.safetensors")
    model.save_weights(tmp_path / "mine.weights.h5")
    images, pixels = pixels_of(vgg16(**small, weights=tmp_path / "torch.safetensors"))
    np.testing.assert_allclose(pixels, expected(images, "torch"), atol=2e-5)
    model = load_weights(model, tmp_path / "mine.weights.h5")
    with pytest.raises(ValueError, match=r"is not known, since the file of its weights does not tell: pass preproc"):
        with_head(backbone(model), 2)
    with_head(backbone(model), 2, preprocessing=keras.layers.Rescaling(1 / 255))


def saved_and_loaded(model, folder):
    model.save(folder / "model.keras")
    return keras.saving.load_model(folder / "model.keras")


def cloned(model, folder):
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    return copy


@pytest.mark.parametrize("copy", [saved_and_loaded, cloned])
@pytest.mark.parametrize(("name", "options"), [("vgg16", {"variant": "torch"}), ("resnet20", {})])
def test_a_copy_asks_for_its_pixels_and_with_a_head_keeps_them(copy, name, options, tmp_path):
    """Keras keeps no word on the weights: they may be any file's; with a head the pixels are a layer, and stay."""
    base = backbone(name, width=1 / 16, input_shape=(32, 32, 3), **options)
    whole = with_head(base, 2)
    images = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3), dtype=np.uint8)
    pixels = keras.ops.convert_to_numpy(preprocessing_for(base)(images))
    again = copy(whole, tmp_path)
    kept = keras.Model(again.inputs, again.get_layer("preprocessing").output)
    np.testing.assert_allclose(kept.predict_on_batch(images), pixels, atol=2e-5)
    asked = rf"{name!r} expects is not known, since a copy.*, as card\({name!r}\)\.preprocessing of published weights"
    with pytest.raises(ValueError, match=asked):
        with_head(copy(base, tmp_path), 2)
    with_head(copy(base, tmp_path), 2, preprocessing=card(name).preprocessing)


def test_our_own_weights_know_their_pixels():
    images, pixels = pixels_of(backbone("resnet20", weights="ccv"))
    np.testing.assert_allclose(pixels, keras.ops.convert_to_numpy(card("resnet20").preprocessing(images)))


def test_without_preprocessing_a_head_leaves_the_pixels_to_be_known():
    base = backbone("mobilenet_v2", variant="torch", width=1 / 8, input_shape=(32, 32, 3))
    images, pixels = pixels_of(with_head(base, 2, preprocessing=False))
    np.testing.assert_allclose(pixels, expected(images, "torch"), atol=2e-5)

"""One signature for all builders: the order of keras.applications, an input tensor, a network in two files."""

import inspect
import subprocess
import sys
import textwrap
from pathlib import Path

import keras
import numpy as np
import pytest

from ccv import models

sys.path.insert(0, str(Path(__file__).parent))
import write_stub

# Our builders and Keras's functions of the same network; what Keras names otherwise, or does not have.
PEERS = {
    "vgg16": "VGG16",
    "vgg19": "VGG19",
    "resnet50": "ResNet50",
    "resnet101": "ResNet101",
    "resnet152": "ResNet152",
    "resnet50v2": "ResNet50V2",
    "inception_v3": "InceptionV3",
    "inception_resnet_v2": "InceptionResNetV2",
    "xception": "Xception",
    "densenet121": "DenseNet121",
    "densenet201": "DenseNet201",
    "efficientnet_b0": "EfficientNetB0",
    "efficientnet_b7": "EfficientNetB7",
    "mobilenet": "MobileNet",
    "mobilenet_v2": "MobileNetV2",
    "mobilenet_v3_small": "MobileNetV3Small",
    "mobilenet_v3_large": "MobileNetV3Large",
}
OURS = {"alpha": "width", "minimalistic": "variant", "dropout_rate": "dropout"}


@pytest.mark.parametrize(("name", "peer"), PEERS.items())
def test_positional_arguments_mean_what_they_mean_in_keras(name, peer):
    theirs = [OURS.get(p, p) for p in inspect.signature(getattr(keras.applications, peer)).parameters]
    ours = [p.name for p in inspect.signature(getattr(models, name)).parameters.values() if p.kind != p.KEYWORD_ONLY]
    assert ours == theirs[: len(ours)]
    assert {"include_top", "weights", "input_tensor", "input_shape", "classes"} <= set(ours)


def test_a_call_by_position():
    model = models.vgg16(False, None, None, (64, 64, 3), "avg", width=1 / 16)
    assert (model.input_shape, model.output_shape) == ((None, 64, 64, 3), (None, 32))
    assert models.mobilenet_v2((64, 64, 3), 0.25, False).output_shape == (None, 2, 2, 1280)


def test_an_input_tensor_begins_the_network():
    image = keras.Input((48, 48, 3), name="photo")
    scaled = keras.layers.Rescaling(1 / 255)(image)
    model = models.resnet18(input_tensor=scaled, width=1 / 8, classes=3)
    assert [layer.name for layer in model.layers[:1]] == ["photo"]
    plain = models.resnet18(input_shape=(48, 48, 3), width=1 / 8, classes=3)
    plain.set_weights(model.get_weights())
    pixels = np.random.default_rng(0).integers(0, 256, (2, 48, 48, 3)).astype("float32")
    np.testing.assert_allclose(model.predict(pixels, verbose=0), plain.predict(pixels / 255, verbose=0), atol=1e-6)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"input_tensor": np.zeros((1, 32, 32, 3))}, "must be a Keras tensor"),
        ({"input_tensor": (64, 64, 3)}, "the shape of the image is input_shape"),
    ],
)
def test_an_input_tensor_that_is_none(options, message):
    with pytest.raises(TypeError, match=message):
        models.resnet18(**options)


def test_an_input_tensor_too_small_is_refused():
    with pytest.raises(ValueError, match="is too small for vgg16"):
        models.vgg16(input_tensor=keras.Input((16, 16, 3)))
    with pytest.raises(ValueError, match="makes its own inputs"):
        models.siamese(input_tensor=keras.Input((105, 105, 1)), width=1 / 16)


def test_unknown_and_superfluous_arguments_name_the_builder():
    with pytest.raises(TypeError, match="there is no option of vgg16 called 'clases': did you mean 'classes'"):
        models.vgg16(clases=3)
    with pytest.raises(TypeError, match="vgg16: too many positional arguments"):
        models.vgg16(*([None] * 20))


def test_editors_see_every_builder():
    assert write_stub.STUB.read_text() == write_stub.stub(), "run python tests/models/write_stub.py"


def test_a_member_shows_its_family():
    assert "configuration D" in models.vgg16.__doc__
    assert "138,357,544" in models.vgg16.__doc__
    assert "vgg_block" in inspect.getsource(models.vgg16)
    assert models.vgg16.__module__ == "ccv.models.vgg"


@pytest.mark.slow
def test_a_new_network_is_two_files(tmp_path):
    """A card and a drawing, twenty lines: it is listed, built, checked, counted and documented as all others are."""
    (tmp_path / "cards").mkdir()
    (tmp_path / "cards" / "tinynet.py").write_text(
        textwrap.dedent(
            '''
            """The card of a network of this test."""
            from ccv.models.cards import Card, Golden, Paper

            CARDS = (
                Card(
                    name="tinynet",
                    title="TinyNet",
                    paper=Paper("N. Obody", "Tiny", "nowhere", 2026),
                    input_shape=(8, 8, 1),
                    golden=(Golden("plain", 50),),
                ),
            )
            '''
        )
    )
    (tmp_path / "tinynet.py").write_text(
        textwrap.dedent(
            '''
            """A network of this test."""
            from keras import layers

            from ccv.models.common import Needs, scaled
            from ccv.models._family import builder


            def _tinynet(x, *, top, width, kernel=3):
                """Build TinyNet."""
                x = layers.Conv2D(scaled(2, width), kernel, activation="relu", name="conv")(x)
                if top is None:
                    return x
                x = layers.GlobalAveragePooling2D(name="gap")(x)
                return layers.Dense(top.classes, activation=top.activation, name="predictions")(x)


            tinynet = builder(_tinynet, "tinynet", Needs(3, "a convolution of 3x3 pixels"), classes=10)
            '''
        )
    )
    program = textwrap.dedent(
        f"""
        import sys, importlib, importlib.util
        folder = {str(tmp_path)!r}
        spec = importlib.util.find_spec("ccv.models.cards")

        class Finder:
            def find_spec(self, name, path=None, target=None):
                if name == "ccv.models.cards":
                    sys.meta_path.remove(self)
                    found = importlib.util.find_spec(name)
                    found.submodule_search_locations.append(folder + "/cards")
                    return found

        sys.modules.pop("ccv.models.cards", None)
        for name in [name for name in sys.modules if name.startswith("ccv.models")]:
            del sys.modules[name]
        sys.meta_path.insert(0, Finder())
        import ccv.models as models
        models.__path__.append(folder)
        assert models.list_models("tiny*") == ["tinynet"], models.list_models()
        model = models.build("tinynet")
        assert model.count_params() == models.card("tinynet").params == 50
        assert model.output_shape == (None, 10)
        assert models.tinynet(include_top=False, pooling="max").output_shape == (None, 2)
        try:
            models.tinynet(input_shape=(2, 8, 1))
        except ValueError as problem:
            assert "too small for tinynet" in str(problem)
        assert "TinyNet" in models.tinynet.__doc__ and "include_top" in models.tinynet.__doc__
        print("good")
        """
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "good", done.stderr[-2000:]

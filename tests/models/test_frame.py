"""Names, cards and the checks that all builders share."""

import inspect
import pickle
import subprocess
import sys
import types
from dataclasses import FrozenInstanceError
from pathlib import Path

import keras
import numpy as np
import pytest

import ccv.models as models
from ccv.models._family import COMMON, ORDER
from ccv.models.cards import CARDS
from ccv.models.common import Needs, check_shape, scaled
from ccv.names import natural_key

NAMES = models.list_models()


def python(code):
    """Run code in a fresh interpreter and return what it prints."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_names_and_cards_answer_without_keras():
    code = (
        "import sys, ccv.models as m; m.list_models('le*'); str(m.card('lenet5')); m.card('xo_net').params;"
        "print(sorted({'keras', 'tensorflow', 'numpy'} & set(sys.modules)))"
    )
    assert python(code) == "[]"


@pytest.mark.slow
def test_a_builder_is_imported_by_name():
    assert python("from ccv.models import lenet5; print(lenet5.__module__)").endswith("ccv.models.lenet")


@pytest.mark.parametrize("path", sorted(Path(models.__path__[0]).glob("*.py")), ids=lambda path: path.name)
def test_models_import_no_tensorflow(path):
    """The same builders run on JAX and PyTorch."""
    lines = [line.strip() for line in path.read_text().splitlines()]
    assert not [line for line in lines if line.startswith(("import tensorflow", "from tensorflow"))]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("resnet??", ["resnet18", "resnet20", "resnet34", "resnet50", "resnet56"]),
        ("vgg16*", ["vgg16", "vgg16_1x1"]),
        ("le*", ["lenet5"]),
        ("LeNet5", ["lenet5"]),
        ("vgg99*", []),
    ],
)
def test_list_models(pattern, expected):
    assert models.list_models(pattern) == expected


def test_names_sort_naturally():
    names = ["resnet101", "resnet18", "resnet50v2", "resnet50", "squeezenet1_1", "squeezenet1_0", "vgg16_1x1"]
    expected = ["resnet18", "resnet50", "resnet50v2", "resnet101", "squeezenet1_0", "squeezenet1_1", "vgg16_1x1"]
    assert sorted(names, key=natural_key) == expected


def test_every_builder_has_a_card_an_import_and_the_signature():
    assert sorted(CARDS) == sorted(NAMES) == sorted(models.BUILDERS)
    assert set(NAMES) <= set(models.__all__)
    assert [name for name in models.__all__ if not hasattr(models, name)] == []
    for name in NAMES:
        parameters = inspect.signature(getattr(models, name)).parameters
        assert set(COMMON) <= set(parameters)
        assert name.startswith("mobilenet") or tuple(parameters)[: len(ORDER) + 1] == (*ORDER, "width")
        assert parameters["name"].default == name
        assert all(p.kind is not inspect.Parameter.VAR_KEYWORD for p in parameters.values())
        assert models.card(name).input_shape == parameters["input_shape"].default


def test_build_is_the_builder():
    model = models.build("lenet5", classes=3)
    assert (model.name, model.output_shape) == ("lenet5", (None, 3))


@pytest.mark.parametrize("function", [models.build, models.card])
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("lennet5", "there is no model called 'lennet5': did you mean 'lenet5'?"),
        ("LeNet-5", "there is no model called 'LeNet-5': did you mean 'lenet5'?"),
        ("zzz", "there is no model called 'zzz': choose from "),
        ("", "there is no model called '': choose from "),
    ],
)
def test_unknown_names_suggest_the_nearest(function, name, message):
    with pytest.raises(ValueError, match="there is no model") as raised:
        function(name)
    assert str(raised.value).startswith(message)


@pytest.mark.parametrize("name", [None, 5, ["lenet5"]])
def test_a_name_is_a_string(name):
    with pytest.raises(TypeError, match="the model must be a string"):
        models.build(name)


def test_unknown_options_suggest_the_nearest():
    with pytest.raises(TypeError, match="there is no option of lenet5 called 'clases': did you mean 'classes'"):
        models.build("lenet5", clases=3)


def test_an_unknown_attribute_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'vgg99'"):
        models.vgg99  # noqa: B018


def test_a_builder_wins_over_the_file_of_its_name(monkeypatch):
    """Importing `nin_cifar` binds the file nin.py into the package; `ccv.models.nin` must stay the builder."""
    monkeypatch.setattr(models, "nin", None, raising=False)
    monkeypatch.setitem(models.BUILDERS, "nin", "nin")
    file = types.ModuleType("ccv.models.nin")
    file.nin = lambda: "built"
    models.nin = file  # what the import system does
    assert models.nin() == "built"


# Cards ------------------------------------------------------------------------------------------------------


def test_a_card_reads_well_as_text_and_in_rich():
    from rich.console import Console

    card = models.card("lenet5")
    assert card.year == 1998
    assert card.params == 61_706
    assert set(card.variants) == {"paper", "modern", "1998"}
    assert "table I" in card.differs
    text = str(card)
    console = Console(width=200, record=True, file=open("/dev/null", "w"))  # noqa: SIM115, PTH123
    console.print(card)
    for piece in ("LeCun", "61,706", "60,000", "D-01", "416,520"):
        assert piece in text
        assert piece in console.export_text(clear=False)
    assert {claim.seed for claim in card.claims} >= {"D-01", "D-02", "D-03", "D-04"}
    with pytest.raises(FrozenInstanceError):
        card.name = "other"
    assert pickle.loads(pickle.dumps(card)).name == "lenet5"


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [("lenet5", -0.1, 1.175), ("xo_net", -1, 1), ("cnn_example", 0, 1), ("generate_model", 0, 1)],
)
def test_preprocessing_maps_bytes_to_what_the_builder_expects(name, low, high):
    layer = models.card(name).preprocessing
    x = np.array([0, 255], dtype="uint8").reshape(1, 1, 2, 1)
    out = np.asarray(layer(x)).ravel()
    np.testing.assert_allclose(out, [low, high], atol=1e-6)
    assert out.dtype == np.float32


# Files of weights ------------------------------------------------------------------------------------------


def test_weights_that_do_not_fit_say_so_and_change_nothing(tmp_path):
    path = tmp_path / "saved.weights.h5"
    models.lenet5(classes=4).save_weights(path)
    with pytest.raises(ValueError) as raised:
        models.lenet5(weights=path)
    message = "do not fit lenet5: layer predictions has weights of shape (84, 10), the file has (84, 4)"
    assert str(raised.value) == f"weights={str(path)!r} {message}"
    model = models.lenet5()
    before = model.get_weights()
    with pytest.raises(ValueError, match="do not fit lenet5"):
        models.load_weights(model, path)
    for left, right in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(left, right)


@pytest.mark.parametrize("suffix", [".weights.h5", ".keras"])
@pytest.mark.parametrize("content", [b"", b"not a file of weights"])
def test_a_damaged_file_is_one_sentence(suffix, content, tmp_path):
    path = tmp_path / f"damaged{suffix}"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="do not fit lenet5") as raised:
        models.lenet5(weights=path)
    assert "\n" not in str(raised.value)


BAD = [
    ({"include_top": "no"}, TypeError, "include_top='no' must be True or False"),
    ({"include_top": None}, TypeError, "include_top=None must be True or False"),
    ({"weights": 3}, TypeError, "weights=3 must be None, 'imagenet' or the path of a .weights.h5, .keras"),
    ({"weights": "w.txt"}, ValueError, "weights='w.txt' must end with .weights.h5, .keras"),
    ({"weights": "no.keras"}, FileNotFoundError, "weights='no.keras': there is no such file"),
    ({"input_shape": None}, ValueError, "input_shape=None must be (height, width, channels), without the batch"),
    ({"input_shape": 32}, ValueError, "input_shape=32 must be (height, width, channels)"),
    ({"input_shape": (32, 32)}, ValueError, "input_shape=(32, 32) must be (height, width, channels)"),
    ({"input_shape": (None, 32, 32, 1)}, ValueError, "must be (height, width, channels), without the batch"),
    ({"input_shape": (32, 32, 0)}, ValueError, "input_shape=(32, 32, 0) must hold integers above 0"),
    ({"input_shape": (32, 32, None)}, ValueError, "must hold integers above 0"),
    ({"input_shape": (32.0, 32, 1)}, ValueError, "must hold integers above 0"),
    ({"input_shape": (-32, 32, 1)}, ValueError, "must hold integers above 0"),
    ({"input_shape": "abc"}, ValueError, "must hold integers above 0"),
    ({"input_shape": (2, 32, 1)}, ValueError, "input_shape=(2, 32, 1) is too small for"),
    ({"classes": 0}, ValueError, "classes=0 must be an integer of at least 1"),
    ({"classes": 2.5}, ValueError, "classes=2.5 must be an integer of at least 1"),
    ({"classes": True}, ValueError, "classes=True must be an integer of at least 1"),
    ({"classes": "10"}, ValueError, "classes='10' must be an integer of at least 1"),
    ({"pooling": "mean"}, ValueError, "there is no pooling called 'mean'"),
    ({"pooling": "averge"}, ValueError, "there is no pooling called 'averge': did you mean 'avg'?"),
    ({"pooling": 2}, TypeError, "the pooling must be a string, one of avg, max, not 2"),
    ({"classifier_activation": "sotfmax"}, ValueError, "classifier_activation='sotfmax' is none that Keras knows"),
    ({"classifier_activation": 7}, ValueError, "classifier_activation=7 is none that Keras knows"),
    ({"name": ""}, ValueError, "name='' must be a string that is not empty and has no '/'"),
    ({"name": "a/b"}, ValueError, "name='a/b' must be a string"),
    ({"name": None}, ValueError, "name=None must be a string"),
    ({"width": 0}, ValueError, "width=0 must be a number above 0"),
    ({"width": -1}, ValueError, "width=-1 must be a number above 0"),
    ({"width": float("nan")}, ValueError, "width=nan must be a number above 0"),
    ({"width": float("inf")}, ValueError, "width=inf must be a number above 0"),
    ({"width": "1/8"}, ValueError, "width='1/8' must be a number above 0"),
    ({"width": True}, ValueError, "width=True must be a number above 0"),
]


@pytest.mark.parametrize(("options", "error", "message"), BAD, ids=[str(options) for options, *_ in BAD])
def test_bad_arguments_are_one_clear_sentence(options, error, message):
    with pytest.raises(error) as raised:
        models.build("lenet5", **options)
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("name", NAMES)
def test_every_builder_checks_every_common_argument(name):
    """One bad value of each: what the checks say of all others is the test above."""
    first = {next(iter(options)): (options, error, message) for options, error, message in reversed(BAD)}
    assert set(first) == {*COMMON, "width"} - {"input_tensor"}
    for options, error, message in first.values():
        with pytest.raises(error) as raised:
            models.build(name, **options)
        assert message in str(raised.value)


@pytest.mark.parametrize("name", NAMES)
def test_every_builder_names_the_size_that_is_too_small(name):
    with pytest.raises(ValueError, match="is too small for"):
        models.build(name, input_shape=(2, 32, 1))


def test_channels_first_is_refused():
    keras.config.set_image_data_format("channels_first")
    try:
        with pytest.raises(ValueError, match="channels_last"):
            models.lenet5()
    finally:
        keras.config.set_image_data_format("channels_last")


def test_the_least_size_is_named_with_its_reason():
    needs = Needs(32, "five halvings")
    with pytest.raises(ValueError) as raised:
        check_shape("vgg16", needs, (20, 20, 3))
    message = "input_shape=(20, 20, 3) is too small for vgg16: five halvings need at least 32 pixels"
    assert str(raised.value) == message
    assert check_shape("vgg16", needs, [np.int64(32), 32, 3]) == (32, 32, 3)


@pytest.mark.parametrize(
    ("name", "least"), [("lenet5", 12), ("cnn_example", 16), ("generate_model", 10), ("xo_net", 3)]
)
def test_the_least_size_is_the_least_size(name, least):
    weights = {"weights": None} if name == "xo_net" else {}
    assert models.build(name, input_shape=(least, least, 1), **weights).count_params() > 0
    with pytest.raises(ValueError, match=f"need at least {least} pixels"):
        models.build(name, input_shape=(least - 1, least, 1), **weights)


@pytest.mark.parametrize(("filters", "width", "expected"), [(64, 0.125, 8), (6, 0.01, 1), (6, 2, 12), (3, 0.5, 2)])
def test_scaled(filters, width, expected):
    assert scaled(filters, width) == expected

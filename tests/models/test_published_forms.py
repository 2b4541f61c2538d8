"""`weights="imagenet"` of every builder in every form: the file of exactly that form, or a refusal that names it."""

import inspect
import itertools
import re

import keras
import pytest
from keras.src.utils import file_utils

from ccv import models
from ccv.models._family import COMMON
from ccv.models.cards import CARDS
from ccv.models.weights import imagenet

# The values that each option is tried with; an option that is not here must change no function.
VALUES = {
    "width": (1, 1.0, 0.25, 0.35, 0.5, 0.75, 1.3, 1.4, 0.3, 2),
    "batch_norm": (False, True),
    "groups": (1, 2),
    "normalization": ("auto", "before", "after", None),
    "growth_rate": (32, 12),
    "auxiliary": (False, True),
    "shortcut": ("A", "B", "C"),
    "include_preprocessing": (True, False),
    "standardize": (None, True, False),
}
NEUTRAL = {"dropout", "drop_connect"}


def expected(name, variant=None, width=1, **options):
    """The start of the name of the file, as Keras and torchvision publish it; None where there is none."""
    if name == "mobilenet" and width in (0.25, 0.5, 0.75, 1):
        return f"mobilenet_{ {0.25: '2_5', 0.5: '5_0', 0.75: '7_5', 1: '1_0'}[width] }_224_tf"
    if name == "mobilenet_v2" and variant == "keras" and width in (0.35, 0.5, 0.75, 1, 1.3, 1.4):
        return f"mobilenet_v2_weights_tf_dim_ordering_tf_kernels_{float(width)}_224"
    if name.startswith(("mobilenet_v3", "efficientnet")) and variant == "torch":
        return f"{name}[-_]" if width == 1 else None
    if name.startswith("mobilenet_v3") and (width == 1 or (width == 0.75 and variant == "keras")):
        minimalistic = "_minimalistic" if variant == "minimalistic" else ""
        return f"weights_{name}{minimalistic}_224_{float(width)}_float"
    if width != 1:
        return None
    if name.startswith("efficientnet_v2"):
        return name.replace("_v2_", "v2-")
    if name in ("convnext_tiny", "vit_b_16"):
        return f"{name}(-|_)" if variant != "keras" else rf"{name}(_notop)?\.h5"
    if name.startswith("vgg"):
        if options["batch_norm"]:
            return f"{name}_bn-"
        return f"{name}_weights" if variant == "keras" and name in ("vgg16", "vgg19") else f"{name}-"
    if name == "alexnet":
        fits = variant != "paper" and options["groups"] == 1 and options["normalization"] in ("auto", None)
        return "alexnet-owt" if fits else None
    if name == "googlenet":
        return None if variant == "paper" else "googlenet-"
    if name == "inception_v3" and variant == "keras":
        return None if options["auxiliary"] else "inception_v3_weights"
    if options.get("shortcut", "B") != "B" or options.get("growth_rate", 32) != 32:
        return None
    if name in ("resnet18", "resnet34"):
        return f"{name}-"
    if name.startswith("efficientnet"):
        return None if options["standardize"] is False else name.replace("_", "")
    if name.startswith(("squeezenet", "resnext")):
        return f"{name}-"
    ending = {"torch": "(-|_google-)", "paper": None}.get(variant, "_weights")
    return ending and f"{name}{ending}"


class Fetched(Exception):
    """What would be fetched."""


@pytest.fixture(params=models.list_models())
def name(request):
    return request.param


def forms(name):
    """Yield every combination of the options that could change what fits."""
    parameters = inspect.signature(getattr(models, name)).parameters.values()
    options = [p.name for p in parameters if p.name not in NEUTRAL | set(COMMON)]
    defaults = {p.name: p.default for p in parameters}
    tables = VALUES | {"variant": (*models.card(name).variants, *([None] if defaults.get("variant") is None else []))}
    for values in itertools.product(*(tables.get(option, (defaults[option],)) for option in options)):
        yield dict(zip(options, values, strict=True))


def test_every_form_has_its_own_file_or_is_refused(name, monkeypatch):
    real = imagenet.check_fits

    def stop(builder, form, shape, include_top, classes, weights):
        real(builder, form, shape, include_top, classes, weights)
        raise Fetched(imagenet.choose_file(builder, form, shape, include_top), form)

    monkeypatch.setattr(imagenet, "check_fits", stop)
    for form in forms(name):
        for include_top in (True, False) if not form.get("auxiliary") else (True,):
            shape = {"input_shape": models.card(name).input_shape} if name != "multi_input" else {}
            wanted = expected(name, **form) if CARDS[name].files else None
            with pytest.raises((Fetched, ValueError)) as raised:
                models.build(name, weights="imagenet", include_top=include_top, **shape, **form)
            if wanted is None:
                assert raised.type is ValueError, (form, raised.value)
                assert re.search(r"has no ImageNet weights|weights='imagenet': they are for ", str(raised.value))
                continue
            assert raised.type is Fetched, (form, raised.value)
            file, asked = raised.value.args
            assert all(re.match(wanted, file_name) for file_name in file.names), (form, file.names)
            assert set(form) <= set(asked), "an option that the builder forgets to compare"
            assert set(form) == set(file.form), "an option that the file says nothing of"


# Keras's own choice --------------------------------------------------------------------------------------------------

TWINS = {
    "mobilenet": "MobileNet",
    "mobilenet_v2": "MobileNetV2",
    "mobilenet_v3_small": "MobileNetV3Small",
    "mobilenet_v3_large": "MobileNetV3Large",
    "vgg16": "VGG16",
    "vgg19": "VGG19",
    "inception_v3": "InceptionV3",
    "inception_resnet_v2": "InceptionResNetV2",
    "xception": "Xception",
    **{
        f"resnet{depth}{version}": f"ResNet{depth}{version.upper()}"
        for depth in (50, 101, 152)
        for version in ("", "v2")
    },
    **{f"densenet{depth}": f"DenseNet{depth}" for depth in (121, 169, 201)},
    **{f"efficientnet_b{size}": f"EfficientNetB{size}" for size in range(8)},
    **{f"efficientnet_v2_b{size}": f"EfficientNetV2B{size}" for size in range(4)},
    "convnext_tiny": "ConvNeXtTiny",
}
ROWS = [(name, file) for name in TWINS for file in CARDS[name].files if not file.is_torch]
QUICK = {"vgg16", "mobilenet", "mobilenet_v3_small"}


@pytest.mark.usefixtures("shapes_only")
@pytest.mark.parametrize("include_top", [True, False])
@pytest.mark.parametrize(
    ("name", "file"),
    [
        pytest.param(*row, marks=() if row[0] in QUICK and row[1].size in (None, 128) else pytest.mark.slow)
        for row in ROWS
    ],
    ids=lambda value: value if isinstance(value, str) else value.names[0],
)
def test_a_row_names_the_file_and_the_hash_that_keras_takes(name, file, include_top, monkeypatch):
    asked = {}

    def get_file(fname, origin=None, file_hash=None, **_):
        asked.update(url=origin, hash=file_hash)
        raise Fetched

    monkeypatch.setattr(file_utils, "get_file", get_file)
    (width,) = file.form["width"]
    options = {"alpha": float(width)} if name.startswith("mobilenet") else {}
    if name.startswith("mobilenet_v3"):
        options |= {"minimalistic": file.form["variant"] == ("minimalistic",)}
    shape = (file.size, file.size, 3) if file.size else models.card(name).input_shape
    with pytest.raises(Fetched):
        getattr(keras.applications, TWINS[name])(include_top=include_top, input_shape=shape, **options)
    url, digest = (file.url, file.hash) if include_top else (file.url_notop, file.hash_notop)
    assert asked["url"] == url
    assert asked["hash"] in (digest, None)  # Keras checks none of MobileNet's and MobileNetV2's

"""Builders of classic networks, by name: `from ccv.models import lenet5`, or `build("lenet5")`.

Nothing here imports Keras until a builder is used: `list_models("le*")` and `card("lenet5")` answer at once.

>>> list_models("le*")
['lenet5']
"""

import importlib
import sys
from collections.abc import Callable
from fnmatch import fnmatchcase
from types import ModuleType
from typing import TYPE_CHECKING, Any

from ccv.models.cards import Card, card
from ccv.names import check_name, check_options, natural_key

if TYPE_CHECKING:
    import keras

    from ccv.models.alexnet import alexnet
    from ccv.models.convert import fully_convolutional
    from ccv.models.darknet import darknet19, darknet53
    from ccv.models.densenet import densenet121, densenet169, densenet201, densenet264
    from ccv.models.efficientnet import (
        efficientnet_b0,
        efficientnet_b1,
        efficientnet_b2,
        efficientnet_b3,
        efficientnet_b4,
        efficientnet_b5,
        efficientnet_b6,
        efficientnet_b7,
    )
    from ccv.models.googlenet import googlenet
    from ccv.models.inception_resnet_v2 import inception_resnet_v2
    from ccv.models.inception_v3 import inception_v3
    from ccv.models.inception_v4 import inception_v4
    from ccv.models.lenet import lenet5
    from ccv.models.localizer import localizer
    from ccv.models.mobilenet import mobilenet
    from ccv.models.mobilenet_v2 import mobilenet_v2
    from ccv.models.mobilenet_v3 import mobilenet_v3_large, mobilenet_v3_small
    from ccv.models.multi_input import multi_input
    from ccv.models.nin import nin, nin_cifar
    from ccv.models.resnet import plainnet34, resnet18, resnet34, resnet50, resnet101, resnet152
    from ccv.models.resnet_cifar import plainnet20, plainnet56, resnet20, resnet56
    from ccv.models.resnet_v2 import resnet50v2, resnet101v2, resnet152v2
    from ccv.models.resnext import resnext50_32x4d, resnext101_32x8d
    from ccv.models.siamese import siamese
    from ccv.models.squeezenet import squeezenet1_0, squeezenet1_1, squeezenet24
    from ccv.models.stages import stage_outputs
    from ccv.models.toys import cnn_example, generate_model, xo_net
    from ccv.models.unet import unet
    from ccv.models.vgg import vgg11, vgg11_lrn, vgg13, vgg16, vgg16_1x1, vgg19
    from ccv.models.weights import load_weights
    from ccv.models.xception import xception
    from ccv.models.yolo import yolo_v3
    from ccv.models.yolo_tiny import yolo_v1_tiny, yolo_v2_tiny, yolo_v3_tiny
    from ccv.models.yolo_v1 import yolo_v1
    from ccv.models.yolo_v2 import yolo_v2
    from ccv.models.zfnet import zfnet

__all__ = [
    "Card",
    "alexnet",
    "build",
    "card",
    "cnn_example",
    "darknet19",
    "darknet53",
    "densenet121",
    "densenet169",
    "densenet201",
    "densenet264",
    "efficientnet_b0",
    "efficientnet_b1",
    "efficientnet_b2",
    "efficientnet_b3",
    "efficientnet_b4",
    "efficientnet_b5",
    "efficientnet_b6",
    "efficientnet_b7",
    "fully_convolutional",
    "generate_model",
    "googlenet",
    "inception_resnet_v2",
    "inception_v3",
    "inception_v4",
    "lenet5",
    "list_models",
    "load_weights",
    "localizer",
    "mobilenet",
    "mobilenet_v2",
    "mobilenet_v3_large",
    "mobilenet_v3_small",
    "multi_input",
    "nin",
    "nin_cifar",
    "plainnet20",
    "plainnet34",
    "plainnet56",
    "resnet18",
    "resnet20",
    "resnet34",
    "resnet50",
    "resnet50v2",
    "resnet56",
    "resnet101",
    "resnet101v2",
    "resnet152",
    "resnet152v2",
    "resnext50_32x4d",
    "resnext101_32x8d",
    "siamese",
    "squeezenet1_0",
    "squeezenet1_1",
    "squeezenet24",
    "stage_outputs",
    "unet",
    "vgg11",
    "vgg11_lrn",
    "vgg13",
    "vgg16",
    "vgg16_1x1",
    "vgg19",
    "xception",
    "xo_net",
    "yolo_v1",
    "yolo_v1_tiny",
    "yolo_v2",
    "yolo_v2_tiny",
    "yolo_v3",
    "yolo_v3_tiny",
    "zfnet",
]

# Each family is a file of builders. A new builder is named here, in the imports above and in `cards/`.
FAMILIES: dict[str, tuple[str, ...]] = {
    "alexnet": ("alexnet",),
    "darknet": ("darknet19", "darknet53"),
    "densenet": ("densenet121", "densenet169", "densenet201", "densenet264"),
    "efficientnet": (
        "efficientnet_b0",
        "efficientnet_b1",
        "efficientnet_b2",
        "efficientnet_b3",
        "efficientnet_b4",
        "efficientnet_b5",
        "efficientnet_b6",
        "efficientnet_b7",
    ),
    "googlenet": ("googlenet",),
    "inception_resnet_v2": ("inception_resnet_v2",),
    "inception_v3": ("inception_v3",),
    "inception_v4": ("inception_v4",),
    "lenet": ("lenet5",),
    "localizer": ("localizer",),
    "mobilenet": ("mobilenet",),
    "mobilenet_v2": ("mobilenet_v2",),
    "mobilenet_v3": ("mobilenet_v3_small", "mobilenet_v3_large"),
    "multi_input": ("multi_input",),
    "nin": ("nin", "nin_cifar"),
    "resnet": ("plainnet34", "resnet18", "resnet34", "resnet50", "resnet101", "resnet152"),
    "resnet_cifar": ("plainnet20", "plainnet56", "resnet20", "resnet56"),
    "resnet_v2": ("resnet50v2", "resnet101v2", "resnet152v2"),
    "resnext": ("resnext50_32x4d", "resnext101_32x8d"),
    "siamese": ("siamese",),
    "squeezenet": ("squeezenet1_0", "squeezenet1_1", "squeezenet24"),
    "toys": ("cnn_example", "generate_model", "xo_net"),
    "unet": ("unet",),
    "vgg": ("vgg11", "vgg11_lrn", "vgg13", "vgg16_1x1", "vgg16", "vgg19"),
    "xception": ("xception",),
    "yolo": ("yolo_v3",),
    "yolo_tiny": ("yolo_v1_tiny", "yolo_v2_tiny", "yolo_v3_tiny"),
    "yolo_v1": ("yolo_v1",),
    "yolo_v2": ("yolo_v2",),
    "zfnet": ("zfnet",),
}
BUILDERS = {name: family for family, names in FAMILIES.items() for name in names}
HELPERS = {"fully_convolutional": "convert", "load_weights": "weights", "stage_outputs": "stages"}


def list_models(pattern: str = "*") -> list[str]:
    """Return the names of the builders that match a shell pattern, resnet18 before resnet101.

    >>> list_models("x*"), list_models("vgg99")
    (['xception', 'xo_net'], [])
    """
    return sorted((name for name in BUILDERS if fnmatchcase(name, pattern.lower())), key=natural_key)


def build(name: str, /, **options: Any) -> "keras.Model":
    """Build the network `name`: `build("lenet5", classes=2)` is `lenet5(classes=2)`.

    Raises ValueError for an unknown name and TypeError for an unknown option, each naming the nearest that
    there is; the builder itself raises for a bad value.
    """
    builder = _builder(check_name("model", name, BUILDERS))
    check_options(name, builder, options)
    return builder(**options)


def _builder(name: str) -> Callable[..., "keras.Model"]:
    return getattr(importlib.import_module(f"{__name__}.{BUILDERS[name]}"), name)


def __getattr__(name: str) -> Any:
    if name in BUILDERS:
        found: Any = _builder(name)
    elif name in HELPERS:
        found = getattr(importlib.import_module(f"{__name__}.{HELPERS[name]}"), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


class _Models(ModuleType):
    """This module, in which a builder wins over the file of the same name, whichever is imported first.

    Python binds a submodule into its package: importing `nin_cifar` from `nin.py` would make `ccv.models.nin`
    the file.
    """

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, ModuleType) and BUILDERS.get(name) == name:
            value = getattr(value, name)
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Models

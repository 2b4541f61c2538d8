"""Builders of classic networks, by name: `from ccv.models import lenet5`, or `build("lenet5")`.

Nothing here imports Keras until a builder is used: `list_models("le*")` and `card("lenet5")` answer at once. The names
come from the cards; what editors and type checkers see of them is in `__init__.pyi`, written by a script.

>>> list_models("le*")
['lenet5']
"""

import importlib
import sys
from collections.abc import Callable
from fnmatch import fnmatchcase
from types import ModuleType
from typing import TYPE_CHECKING, Any

from ccv.models.cards import MODULES, Card, card
from ccv.names import check_name, check_options, natural_key

if TYPE_CHECKING:
    import keras

BUILDERS = dict(MODULES)  # the name of each network and the file that it is in
HELPERS = {
    "decode_predictions": "predictions",
    "feature_info": "stages",
    "fully_convolutional": "convert",
    "load_weights": "weights",
    "save_weights": "weights",
    "stage_outputs": "stages",
}

__all__ = ["Card", "build", "card", "list_models", *BUILDERS, *HELPERS]  # noqa: PLE0604


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

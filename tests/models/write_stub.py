"""Write `ccv/models/__init__.pyi`, which shows editors and type checkers every builder with its arguments.

python tests/models/write_stub.py
"""

import inspect
from pathlib import Path

from ccv import models
from ccv.models._family import COMMON

STUB = Path(models.__path__[0]) / "__init__.pyi"
HEAD = """\
# Written by tests/models/write_stub.py from the builders: do not edit.
from collections.abc import Callable
from typing import Any

import keras

from ccv.models.cards import Card as Card
from ccv.models.cards import card as card
from ccv.models.convert import fully_convolutional as fully_convolutional
from ccv.models.predictions import decode_predictions as decode_predictions
from ccv.models.stages import feature_info as feature_info
from ccv.models.stages import stage_outputs as stage_outputs
from ccv.models.weights import load_weights as load_weights
from ccv.models.weights import save_weights as save_weights

BUILDERS: dict[str, str]
HELPERS: dict[str, str]

def list_models(pattern: str = "*") -> list[str]: ...
def build(name: str, /, **options: Any) -> keras.Model: ...
def _builder(name: str) -> Callable[..., keras.Model]: ...
"""
# What the common arguments take; the options of a family say it themselves.
KINDS = {
    "include_top": "bool",
    "weights": "Any",
    "input_tensor": "Any",
    "input_shape": "tuple[int | None, int | None, int]",
    "pooling": "str | None",
    "classes": "int",
    "classifier_activation": "Any",
    "name": "str",
    "width": "float",
}


def kind(builder, name):
    """The type of an argument, as source."""
    if name in KINDS:
        return KINDS[name]
    annotation = inspect.signature(builder.__wrapped__).parameters[name].annotation
    return annotation.__name__ if isinstance(annotation, type) else str(annotation).replace("typing.", "")


def declaration(name):
    """The line of one builder."""
    builder = getattr(models, name)
    parts, star = [], False
    for parameter in inspect.signature(builder).parameters.values():
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY and not star:
            parts.append("*")
            star = True
        default = str(parameter.default) if parameter.name == "input_shape" else repr(parameter.default)
        parts.append(f"{parameter.name}: {kind(builder, parameter.name)} = {default.replace(chr(39), chr(34))}")
    return f"def {name}(\n    " + ",\n    ".join(parts) + ",\n) -> keras.Model: ...\n"


def stub():
    """The whole file."""
    return HEAD + "".join(declaration(name) for name in models.list_models())


if __name__ == "__main__":
    assert set(COMMON) <= set(KINDS)
    STUB.write_text(stub())

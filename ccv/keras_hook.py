"""What `import ccv` adds to `import keras`, whichever comes first; alone it loads nothing.

Before Keras: a backend that is there, since Keras takes TensorFlow where nobody chose, and Colab's TPU machines have
JAX alone. After it: our layers, augmentation and optimizers are registered, so that every model saved with them loads.
"""

import importlib
import os
import sys
from collections.abc import Iterable
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ccv.versions import NotInstalled, is_there

_BACKENDS = ("tensorflow", "jax", "torch")
_REGISTERED = (
    "ccv.layers",
    "ccv.optimizers",
    "ccv.augment.layer",
    "ccv.segmentation.fitting",
    "ccv.segmentation.losses",
)


def install() -> None:
    """See to it that both happen; a second time does nothing."""
    if "keras" in sys.modules:
        _register()
    elif not any(isinstance(finder, _Hook) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Hook())


class _Hook(MetaPathFinder):
    """Finds Keras as the others do, once, and puts its two steps around the loading."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """Return Keras's own spec, whose loader registers what is ours afterwards; None for any other module."""
        if name != "keras":
            return None
        _choose_backend()
        sys.meta_path.remove(self)
        spec = find_spec("keras")
        if spec is None or spec.loader is None:
            return None
        load = spec.loader.exec_module

        def load_and_register(module: Any) -> None:
            load(module)
            _register()

        spec.loader.exec_module = load_and_register  # type: ignore[method-assign]
        return spec


class _Later(MetaPathFinder):
    """Finds nothing, but takes the next import of anything as the time to register what could not be before."""

    def __init__(self, names: list[str]) -> None:
        self.names = names

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        """Register where no module of ours is half imported any more."""
        if not any(map(_is_halfway, [*sys.modules])):
            sys.meta_path.remove(self)
            _register(self.names)


def _register(names: Iterable[str] = _REGISTERED) -> None:
    """Import what is ours; what needs a module that is being imported itself, and so imports Keras, comes later."""
    waiting = []
    for name in names:
        try:
            importlib.import_module(name)
        except ImportError as problem:
            if not _is_halfway(problem.name or ""):
                raise
            waiting.append(name)
    if waiting:
        sys.meta_path.insert(0, _Later(waiting))


def _is_halfway(name: str) -> bool:
    spec = getattr(sys.modules.get(name), "__spec__", None)
    return name.startswith("ccv.") and getattr(spec, "_initializing", False)


def _choose_backend() -> None:
    """Set KERAS_BACKEND where nobody did and Keras's own choice, TensorFlow, is not installed.

    Raises NotInstalled where the backend that was chosen, or any at all, is missing.
    """
    chosen = os.environ.get("KERAS_BACKEND")
    if chosen in _BACKENDS and not is_there(chosen):
        raise NotInstalled(f"KERAS_BACKEND={chosen}", chosen, chosen)
    if chosen or is_there("tensorflow") or _has_settings():
        return
    there = next(filter(is_there, _BACKENDS), None)
    if there is None:
        raise NotInstalled("Keras", "TensorFlow, JAX or PyTorch", "tensorflow")
    os.environ["KERAS_BACKEND"] = there


def _has_settings() -> bool:
    """Whether Keras's own settings file may name a backend."""
    home = os.environ.get("KERAS_HOME", "~/.keras")
    return Path(os.path.expanduser(home), "keras.json").is_file()  # noqa: PTH111 - Path's raises where there is no home

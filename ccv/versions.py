"""Which packages are installed, in which versions."""

import sys
from collections.abc import Iterable
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

DISTRIBUTION = "classic-cv"  # `ccv` on the package index; its name there belongs to another project


def installed(packages: Iterable[str]) -> dict[str, str]:
    """Return the versions of those packages that are installed; `ccv` is this one.

    >>> list(installed(["numpy", "no-such-package"]))
    ['numpy']
    """
    found = {}
    for name in packages:
        with suppress(PackageNotFoundError):
            found[name] = version(DISTRIBUTION if name == "ccv" else name)
    return found


def is_there(module: str) -> bool:
    """Whether a module can be imported; it is not imported for it."""
    if module in sys.modules:
        return sys.modules[module] is not None
    with suppress(ImportError):
        return find_spec(module) is not None
    return False


def tensorflow_there() -> bool:
    """Whether there is TensorFlow, and so `tf.data`: Colab's TPU machines have none, and are fed NumPy."""
    return is_there("tensorflow")


class NotInstalled(ImportError):
    """A package is missing; the message says how to get it, by an extra where one has it."""

    def __init__(self, what: str, package: str, extra: str | None = None) -> None:
        asked = f"'{DISTRIBUTION}[{extra}]'" if extra else package
        super().__init__(f"{what} needs {package}: pip install {asked}")

"""What can be written and run here."""

import keras
import pytest

from ccv.export.formats import FORMATS, QUANTIZERS

SUFFIXES = {name: form.suffix for name, form in FORMATS.items()}


def can(name, quantize=None):
    """Skip where a package for a format is missing or a version is known not to write it."""
    for module in {*FORMATS[name].writers, FORMATS[name].engines[-1], *QUANTIZERS.get((name, quantize), ())}:
        pytest.importorskip(module, reason=f"{module} is not installed: pip install {module}")
    if name == "litert" and keras.__version__.startswith("3.12."):
        pytest.skip("Keras exports to LiteRT from 3.13 on")
    if keras.backend.backend() != "tensorflow":
        pytest.skip("Keras writes these formats with TensorFlow")

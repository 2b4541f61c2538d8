"""Classic computer vision: Keras builders, labs that run, and exercises that grade themselves.

`import ccv` is cheap: Keras and TensorFlow are loaded by what needs them (`from ccv.models import lenet5`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ccv import keras_hook

if TYPE_CHECKING:
    from ccv.course.session import check, hint, lab

__all__ = ["__version__", "check", "hint", "lab"]
__version__ = "0.2.0"

keras_hook.install()


def __getattr__(name: str) -> Any:
    if name not in {"check", "hint", "lab"}:
        raise AttributeError(f"module 'ccv' has no attribute {name!r}")
    from ccv.course import session

    return getattr(session, name)

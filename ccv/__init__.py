"""Classic computer vision: Keras builders, labs that run, and exercises that grade themselves.

`import ccv` is cheap: Keras and TensorFlow are loaded by what needs them (`from ccv.models import lenet5`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ccv.course.session import check, lab

__all__ = ["__version__", "check", "lab"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name not in {"check", "lab"}:
        raise AttributeError(f"module 'ccv' has no attribute {name!r}")
    from ccv.course import session

    return getattr(session, name)

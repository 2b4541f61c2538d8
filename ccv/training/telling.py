"""How a run ended, told: in run.json, and in a sentence where a label was out of range."""

import contextlib
from collections.abc import Iterator
from typing import Any

from ccv.devices.labels import bad_label, label_error
from ccv.training.loop import Diverged
from ccv.training.run import Folder


@contextlib.contextmanager
def told(folder: Folder | None, facts: dict[str, Any], classes: int | None) -> Iterator[dict[str, Any]]:
    """Keep run.json up to date, and say a label that is out of range in a sentence."""
    ended: dict[str, Any] = {"status": "running"}
    if folder:
        folder.describe(facts, **ended)
    try:
        yield ended
    except Diverged as problem:
        ended["status"] = str(problem)
        raise
    except Exception as problem:
        label = bad_label(problem)
        ended["status"] = "failed"
        if label is None or classes is None:
            raise
        raise ValueError(label_error(label, classes)) from None
    finally:
        if folder:
            with contextlib.suppress(OSError):  # what went wrong before is told, not this
                folder.describe(facts, **ended)

"""How a run ended, told: in run.json, and in a sentence where a label was out of range or a file was gone."""

import contextlib
import re
from collections.abc import Iterator
from typing import Any

from ccv.feeding.labels import label_problem
from ccv.training.loop import Diverged
from ccv.training.run import Folder

UNREAD = re.compile(r"^\S.*; (No such file or directory|Permission denied|Input/output error)$", re.MULTILINE)


@contextlib.contextmanager
def status(folder: Folder | None, facts: dict[str, Any], classes: int | None) -> Iterator[dict[str, Any]]:
    """Keep run.json up to date, and say a label out of range, or a file that is gone, in a sentence."""
    ended: dict[str, Any] = {"status": "running"}
    if folder:
        folder.describe(facts, **ended)
    try:
        yield ended
    except Diverged as problem:
        ended["status"] = str(problem)
        raise
    except KeyboardInterrupt:
        ended["status"] = "interrupted"
        raise
    except Exception as problem:
        wrong, lost = classes and label_problem(problem, classes), UNREAD.search(str(problem))
        ended["status"] = "failed"
        if lost:
            raise OSError(
                f"{lost[0]}: it could be read when the run began; mend it and go on with resume=True"
            ) from None
        if not wrong:
            raise
        raise ValueError(wrong) from None
    finally:
        if folder:
            with contextlib.suppress(OSError):  # what went wrong before is told, not this
                folder.describe(facts, **ended)

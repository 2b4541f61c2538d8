"""Why an answer earns nothing: each reason is an assertion that failed, with one sentence for the student."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from ccv.grading.clock import spoken


class Unanswered(AssertionError):
    """The check got no answer that it could judge."""

    status = "failed"


class Blank(Unanswered):
    """The handed-out stub is still there."""

    status = "blank"

    def __init__(self, name: str, stub: str = ""):
        if stub.isidentifier() and stub != name:
            super().__init__(f"`{name}` calls `{stub}`, which is still blank: write that one first")
        else:
            super().__init__(f"`{name}` is still blank: replace the stub with your answer")


class Missing(Unanswered):
    """No statement of the submission binds the name."""

    status = "missing"

    def __init__(self, name: str, known: Iterable[str] = ()):
        near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
        hint = f" (did you rename it? there is `{near[0]}`)" if near else ""
        super().__init__(f"there is no `{name}` in this submission{hint}")


class Failed(Unanswered):
    """The student's code raised an error; `advice` says what such an error means, where that is known."""

    status = "error"

    def __init__(self, message: str, advice: str = ""):
        super().__init__(message)
        self.advice = advice


class Forbidden(Unanswered):
    """The answer called a function that does the exercise."""

    status = "forbidden"

    def __init__(self, name: str, function: str):
        super().__init__(f"`{name}` calls `{function}`, which does the exercise: write it yourself")


class TooSlow(Unanswered):
    """The student's code was stopped at the time limit."""

    status = "timeout"

    def __init__(self, name: str, seconds: float):
        super().__init__(
            f"`{name}` was still running after {seconds:g} s and was stopped: is there a loop that never ends?"
        )


class OutOfTime(Unanswered):
    """The submission had no time left for this question."""

    status = "timeout"

    def __init__(self, limit: float):
        super().__init__(
            f"this submission had used up its {spoken(limit)} for all exercises together, so this one could not be "
            "asked to its end: which of the exercises takes so long?"
        )


class Crashed(Unanswered):
    """The student's process ended without an answer."""

    status = "crashed"

    def __init__(self, name: str, detail: str = "did it call exit(), or run out of memory?"):
        super().__init__(f"the process ended while it ran `{name}`: {detail}")


class NoData(Unanswered):
    """The answer cannot be judged because it is no data."""

    status = "failed"

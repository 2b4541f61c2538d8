"""Runs a student's statements as a notebook does, with what a notebook's code finds around it.

A statement that fails is passed over and remembered: what a later `NameError` is about is told by the error of the
statement that should have given the name its value.
"""

from __future__ import annotations

import contextlib
import inspect
import marshal
import signal
import sys
import threading
import types
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ccv.grading.border.forbidden import Watch
from ccv.grading.border.tracebacks import cell_filename, describe_error, remember_source

_TRAINING = ("fit", "evaluate", "predict", "train_on_batch")
_AGAIN_SECONDS = 0.5  # a student's `except:` may have caught the first


class StoppedStatement(BaseException):
    """A statement was passed over: it ran for too long, or trains a model that the exercise does not need."""


@dataclass(frozen=True)
class Step:
    """One statement to run: its cell, its code (or what is wrong with it), the names that it binds, its number."""

    cell: int
    code: bytes | dict
    binds: Sequence[str]
    number: int

    @classmethod
    def of(cls, step: Sequence[Any]) -> Step:
        """From the plain data that crosses the border."""
        return cls(*step)


class Kernel:
    """The names of a notebook while its statements are run one by one.

    Attributes:
        namespace: its globals.
        first_error: what the first failing statement said, as `describe_error` does.
    """

    def __init__(self, sources: dict[int, str]):
        module = types.ModuleType("__main__")
        sys.modules["__main__"] = module
        self.namespace: dict[str, Any] = module.__dict__
        shell = Shell(self.namespace)
        self.namespace |= {"display": quiet, "get_ipython": lambda: shell}
        vars(sys.modules["ccv"]).update(lab=Lab, check=quiet, hint=quiet)  # instead of those of an open notebook
        here = str(Path.cwd())  # where `%%writefile` writes
        sys.path[:] = [here, *(p for p in sys.path if p != here)]
        for cell, source in sources.items():
            remember_source(cell_filename(cell), source)
        self.stand_ins: dict[str, Any] = {}  # what takes the place of earlier exercises
        self.first_error: dict | None = None
        self._failed: dict[str, dict] = {}

    def run(self, step: Step, watch: Watch, seconds: float = 0.0) -> Any:
        """Run one statement for at most so long (0: without a limit), and remember how it failed.

        Returns:
            The value of an expression; None for all else.
        """
        if isinstance(step.code, dict):
            self._remember(step, step.code)
            return None
        value = None
        try:
            with watch, stopped_after(seconds):
                code = marshal.loads(step.code)
                value = eval(code, self.namespace)
                if code.co_flags & inspect.CO_COROUTINE:  # `await` at the top of a cell
                    value = _finish(value)
        except BaseException as error:  # SystemExit and KeyboardInterrupt are the student's too
            self._remember(step, self.explained(error))
        else:
            for name in step.binds:
                self._failed.pop(name, None)
        self.namespace |= self.stand_ins
        return value

    def do_without(self, names: Collection[str]) -> None:
        """Let something stand in for the names that an import did not give, since it is not installed here."""
        for name in names:
            self.namespace.setdefault(name, Absent())

    def explained(self, error: BaseException) -> dict:
        """Describe an error; that of the statement that failed, where a name is missing because of it."""
        name = error.name if isinstance(error, NameError) else None
        return self._failed.get(name or "") or describe_error(error)

    def missing(self, name: str) -> dict:
        """Say why a name has no value."""
        return self._failed.get(name) or self.first_error or {"status": "missing", "known": []}

    def _remember(self, step: Step, error: dict) -> None:
        self.first_error = self.first_error or error
        for name in step.binds:
            if name not in self.namespace:
                self._failed.setdefault(name, error)


def _finish(coroutine: Any) -> Any:
    """Run a coroutine to its end without an event loop, for which the process may not have what it takes."""
    try:
        while True:
            coroutine.send(None)
    except StopIteration as end:
        return end.value


@contextlib.contextmanager
def stopped_after(seconds: float) -> Iterator[None]:
    """Raise `StoppedStatement` in the main thread once so many seconds are over; where there is no alarm, never.

    What runs in C, such as `sum(itertools.count())`, is stopped when it returns.
    """
    in_main_thread = threading.current_thread() is threading.main_thread()
    if not seconds or not hasattr(signal, "setitimer") or not in_main_thread:
        yield
        return

    def stop(*_: object) -> None:
        raise StoppedStatement(f"stopped after {seconds:g} s: is there a loop that never ends?")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextlib.contextmanager
def without_training(numbers: Collection[int], number: int) -> Iterator[None]:
    """Let Keras's models train only in the statements of these numbers; elsewhere it costs minutes and no answer."""
    model = getattr(sys.modules.get("keras"), "Model", None)
    if model is None or number in numbers:
        yield
        return

    def refuse(*_: object, **__: object) -> None:
        raise StoppedStatement("the grader trains no model that the exercise does not need")

    own = {name: vars(model)[name] for name in _TRAINING if name in vars(model)}
    for name in _TRAINING:
        setattr(model, name, refuse)
    try:
        yield
    finally:
        for name in _TRAINING:
            delattr(model, name)
        for name, method in own.items():
            setattr(model, name, method)


class Quiet(types.ModuleType):
    """Stands in for plots, checks and the notebook itself: whatever is asked of it, nothing happens."""

    def __init__(self) -> None:
        super().__init__("quiet")
        self.__path__: list[str] = []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *_: object, **__: object) -> Any:
        """Do nothing."""
        return self

    def __getitem__(self, _: object) -> Any:
        return self


quiet = Quiet()


class Absent(Quiet):
    """Stands in for what is not installed here: a decorator gives its function back, a progress bar what it counts."""

    def __init__(self, given: Any = ()) -> None:
        super().__init__()
        self.given = given

    def __call__(self, *given: object, **_: object) -> Any:
        """Give back a function; for all else something that can be asked for whatever there is."""
        if not given:
            return self
        return given[0] if callable(given[0]) else Absent(given[0])

    def __iter__(self) -> Iterator[Any]:
        return iter(self.given)

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        """Let errors pass."""


class Shell(Quiet):
    """Stands in for the notebook's shell: only what gives names their values happens."""

    def __init__(self, namespace: dict[str, Any]):
        super().__init__()
        self.user_ns = namespace

    def push(self, names: dict[str, Any]) -> None:
        """Give names their values."""
        self.user_ns |= names

    def ex(self, code: str) -> None:
        """Run some Python."""
        exec(code, self.user_ns)

    run_cell = ex


def draw_nothing() -> None:
    """Let the course's plots cost nothing: they are for the eye."""
    sys.modules["ccv.plots"] = vars(sys.modules["ccv"])["plots"] = quiet


@dataclass(frozen=True)
class Lab:
    """What `ccv.lab(...)` gives where answers are graded: the quick lab with the seed that a notebook has."""

    name: str
    scale: str = "quick"
    seed: int = 0

    @property
    def quick(self) -> bool:
        """Whether the lab runs at its small scale."""
        return self.scale == "quick"

    def check(self, *_exercises: str) -> Any:
        """Check nothing: that is under way."""
        return quiet

    def record(self, **_metrics: object) -> None:
        """Keep nothing."""

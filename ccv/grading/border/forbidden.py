"""Functions that an answer may not call, since they do the exercise: the table `MAY_NOT_CALL` of a lab's checks.

    MAY_NOT_CALL = {"slide_and_sum": ("ccv.convolution.correlate2d", "ccv.plots")}

A dotted name forbids a function or a class, or all those of a module or package and of what lies below it. In the
student's process (in an open notebook: during the check) the code of such a function is replaced by one that looks
who calls it, so no alias, import path, partial or reference taken earlier leads around it. What the package calls on
behalf of an allowed function is allowed.

This is for students who reach for what is there. Code that sets out to undo it in its own process can; what such code
needs is shown to the teacher (see `ccv.grading.reading.evasions`).
"""

from __future__ import annotations

import contextlib
import functools
import importlib.abc
import importlib.machinery
import inspect
import sys
from collections.abc import Callable, Sequence
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import Any

from ccv.grading.border.callables import as_imported, forbidden_in, is_own_call

_TRIPWIRE = "the call goes here"


class ForbiddenCall(RuntimeError):
    """The answer called what it may not; a `try` around it does not help, since the call is remembered."""


class Watch:
    """Watches for calls of forbidden functions, whenever their modules are loaded.

    Args:
        names: dotted names, as in `MAY_NOT_CALL`.

    Use it as a context around code of the student's: only there a call counts. `called` has what was called.
    """

    def __init__(self, names: Sequence[str] = ()):
        self.called: list[str] = []
        self._names = tuple(names)
        self._roots = {name.partition(".")[0] for name in names}
        self._depth = 0
        self._restore: list[Callable[[], None]] = []
        self._seen: dict[int, Any] = {}
        self._caches: list[Any] = []
        self._finder = _Finder(self)

    def install(self) -> Watch:
        """Replace the functions that are loaded, and let those that are loaded later be replaced then."""
        if not self._names:
            return self
        for name in [*filter(self.concerns, sys.modules)]:  # to look at the others takes time in a forked process
            self.look_at(sys.modules[name])
        sys.meta_path.insert(0, self._finder)
        return self

    def uninstall(self) -> None:
        """Put everything back."""
        if self._finder in sys.meta_path:
            sys.meta_path.remove(self._finder)
        while self._restore:
            self._restore.pop()()
        self._seen.clear()

    def __enter__(self) -> Watch:
        for cache in self._caches:
            cache.cache_clear()  # what it knows already would come back without a call
        self._depth += 1
        return self

    def __exit__(self, *_: object) -> None:
        self._depth -= 1

    def unwatched(self, function: Callable) -> Callable:
        """The same function, in which calls do not count: it is the lab's own."""

        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            depth, self._depth = self._depth, 0
            try:
                return function(*args, **kwargs)
            finally:
                self._depth = depth

        return call

    def concerns(self, module: str) -> bool:
        """Whether a module may hold something forbidden."""
        return module.partition(".")[0] in self._roots

    def look_at(self, module: Any) -> None:
        """Replace what is forbidden of one module."""
        name = getattr(module, "__name__", None)
        if not isinstance(module, ModuleType) or type(name) is not str or not self.concerns(name):
            return
        for called, value in [*forbidden_in(module, self._names)]:
            self._replace(called, value)

    def _replace(self, called: str, value: Any) -> None:
        """Replace a class or function, and what its decorators wrap."""
        wrappers: list[CodeType] = []
        while value is not None and id(value) not in self._seen:
            self._seen[id(value)] = value
            if isinstance(value, type):
                return self._replace_class(called, value)
            if isinstance(value, FunctionType):
                wrappers.append(value.__code__)
                self._replace_function(called, value, tuple(wrappers[:-1]))
            elif hasattr(value, "cache_clear"):
                self._caches.append(value)
            value = getattr(value, "__wrapped__", None)

    def _replace_function(self, called: str, function: FunctionType, wrappers: tuple[CodeType, ...]) -> None:
        code, signature = function.__code__, vars(function).get("__signature__")
        twin = FunctionType(code, function.__globals__, function.__name__, function.__defaults__, function.__closure__)
        twin.__kwdefaults__ = function.__kwdefaults__

        def arrive(args: tuple, kwargs: dict) -> Any:
            caller = sys._getframe(2)
            if not any(caller.f_code is wrapper for wrapper in wrappers):
                self._refuse(called, function, caller)
            return twin(*args, **kwargs)

        def restore() -> None:
            function.__code__ = code
            function.__dict__.pop("__signature__", None)
            if signature is not None:
                function.__dict__["__signature__"] = signature

        function.__dict__["__signature__"] = inspect.signature(twin) if signature is None else signature
        function.__code__ = _code_that_calls(arrive, code)
        self._restore.append(restore)

    def _replace_class(self, called: str, kind: type) -> None:
        own, began = "__init__" in vars(kind), kind.__init__  # type: ignore[misc]

        @functools.wraps(began)
        def __init__(instance: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807
            own_code = sys._getframe(0).f_code
            caller = sys._getframe(1)
            while caller.f_code is own_code and caller.f_back:  # of a class made from this one
                caller = caller.f_back
            self._refuse(called, kind, caller)
            began(instance, *args, **kwargs)

        def restore() -> None:
            if own:
                kind.__init__ = began  # type: ignore[misc]
            else:
                del kind.__init__  # type: ignore[misc]

        with contextlib.suppress(ValueError, TypeError):  # Keras makes a layer's settings of it
            __init__.__signature__ = inspect.signature(began)  # type: ignore[attr-defined]
        kind.__init__ = __init__  # type: ignore[misc]
        self._restore.append(restore)

    def _refuse(self, called: str, function: Any, caller: FrameType) -> None:
        if self._depth and not is_own_call(function, caller):
            self.called.append(called := as_imported(called))
            raise ForbiddenCall(f"`{called}` does the exercise: write it yourself")


@functools.cache
def _template(free: int) -> CodeType:
    """Code with as many free variables as the code whose place it takes, which Python insists on."""
    names = ", ".join(f"v{i}" for i in range(free))
    source = (
        f"def around({names}):\n"
        "    def tripwire(*args, **kwargs):\n"
        f"        if 0: ({names})\n"
        f"        arrive = {_TRIPWIRE!r}\n"
        "        return arrive(args, kwargs)\n"
        "    return tripwire\n"
    )
    namespace: dict[str, Any] = {}
    exec(source, namespace)
    return namespace["around"](*[None] * free).__code__


def _code_that_calls(arrive: Callable, code: CodeType) -> CodeType:
    template = _template(len(code.co_freevars))
    constants = tuple(arrive if c == _TRIPWIRE else c for c in template.co_consts)
    return template.replace(
        co_consts=constants,
        co_name=code.co_name,
        co_filename=code.co_filename,
        co_firstlineno=code.co_firstlineno,
    )


class _Finder(importlib.abc.MetaPathFinder):
    """Looks at each module that is imported later, however it is imported."""

    def __init__(self, watch: Watch):
        self._watch = watch

    def find_spec(self, name: str, path: Any, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        if not self._watch.concerns(name):
            return None
        others = (f for f in sys.meta_path if f is not self and hasattr(f, "find_spec"))
        spec = next((s for f in others if (s := f.find_spec(name, path, target)) is not None), None)
        if spec is not None and spec.loader is not None:
            _look_after_loading(spec.loader, self._watch)
        return spec


def _look_after_loading(loader: Any, watch: Watch) -> None:
    execute = loader.exec_module

    def exec_module(module: ModuleType) -> None:
        execute(module)
        watch.look_at(module)

    with contextlib.suppress(AttributeError):  # a loader of C code, which none of our functions has
        loader.exec_module = exec_module  # of this one module's loader alone

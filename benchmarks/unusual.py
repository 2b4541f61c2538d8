"""Kinds of honest but unusual notebooks: each turns the right answer to any exercise into cells that answer it too.

`{right}` is the definition of the right function under the name `right_answer`, `{name}` the exercise. Cells are
parted by lines of `# %%`; the one with `# own` is the exercise's own, below which the notebook checks it.
"""

from __future__ import annotations

import re

WRAP = "def {name}(*args, **options):\n    return right_answer(*args, **options)"

KINDS = {
    # what a call, not a statement, does to a name or an object
    "a registry filled by a call": """{right}
OPS = {{}}
def register(key, function):
    OPS[key] = function
register("it", right_answer)
# %%
# own
def {name}(*args, **options):
    return OPS["it"](*args, **options)""",
    "a registry filled by a decorator": """{right}
TABLE = {{}}
def registered(function):
    TABLE[function.__name__] = function
    return function
# %%
@registered
def step_one(*args, **options):
    return right_answer(*args, **options)
# %%
# own
def {name}(*args, **options):
    return TABLE["step_one"](*args, **options)""",
    "a list filled by a function's append": """{right}
steps = []
add = steps.append
add(right_answer)
# %%
# own
def {name}(*args, **options):
    return steps[0](*args, **options)""",
    "a heap": """{right}
import heapq
H = [5, 7]
heapq.heappush(H, 0)
# %%
# own
def {name}(*args, **options):
    return right_answer(*args, **options) if H[0] == 0 else None""",
    "an array filled in place": """{right}
import numpy as np
K = np.zeros((3, 3))
np.fill_diagonal(K, 1)
# %%
# own
def {name}(*args, **options):
    return right_answer(*args, **options) if K[1, 1] == 1 else None""",
    "out=": """{right}
import numpy as np
ones = np.zeros(3)
np.add(ones, 1, out=ones)
# %%
# own
def {name}(*args, **options):
    return right_answer(*args, **options) if ones.sum() == 3 else None""",
    "a list shuffled and sorted": """{right}
import random
order = [3, 1, 2]
random.shuffle(order)
sorted_order = list.sort(order)
# %%
# own
def {name}(*args, **options):
    return right_answer(*args, **options) if order == [1, 2, 3] else None""",
    "a dictionary handed to a loader": """{right}
def load_config(config):
    config.update(on=True)
CONFIG = {{}}
load_config(CONFIG)
# %%
# own
def {name}(*args, **options):
    return right_answer(*args, **options) if CONFIG["on"] else None""",
    "setattr": """{right}
class Settings: pass
setattr(Settings, "function", staticmethod(right_answer))
# %%
# own
def {name}(*args, **options):
    return Settings.function(*args, **options)""",
    "a method patched in a loop": """{right}
class Bag: pass
for key in ("a", "b"):
    setattr(Bag, key, staticmethod(right_answer))
# %%
# own
def {name}(*args, **options):
    return Bag.b(*args, **options)""",
    "globals()": """{right}
globals()["function"] = right_answer
# %%
# own
def {name}(*args, **options):
    return function(*args, **options)""",
    "the answer itself through globals()": """{right}
# %%
# own
globals()["{name}"] = right_answer""",
    "the answer itself through exec": """{right}
# %%
# own
exec("{name} = right_answer")""",
    "the answer itself through a function with global": """{right}
# %%
# own
def define():
    global {name}
    {name} = right_answer
define()""",
    "vars() of a module": """{right}
import types
tools = types.ModuleType("tools")
vars(tools)["f"] = right_answer
# %%
# own
def {name}(*args, **options):
    return tools.f(*args, **options)""",
    "a setup with global": """{right}
def setup():
    global ready
    ready = True
setup()
# %%
# own
def {name}(*args, **options):
    return right_answer(*args, **options) if ready else None""",
    "two setups, one calls the other": """{right}
def inner():
    global depth
    depth = 2
def outer():
    inner()
outer()
# %%
# own
def {name}(*args, **options):
    return right_answer(*args, **options) if depth == 2 else None""",
    "a counter of calls": """{right}
# %%
calls = 0
# %%
# own
def {name}(*args, **options):
    global calls
    calls += 1
    return right_answer(*args, **options)""",
    "a cache in a global": """{right}
cache = {{}}
# %%
# own
def {name}(*args, **options):
    global cache
    if cache is None:
        cache = {{}}
    return right_answer(*args, **options)""",
    "a class fitted": """{right}
class Scaler:
    def fit(self, x):
        self.function = right_answer
        return self
scaler = Scaler()
scaler.fit([[1]])
# %%
# own
def {name}(*args, **options):
    return scaler.function(*args, **options)""",
    "a callable object": """{right}
class Answer:
    def __call__(self, *args, **options):
        return right_answer(*args, **options)
# %%
# own
{name} = Answer()""",
    "a bound method": """{right}
class Solver:
    def solve(self, *args, **options):
        return right_answer(*args, **options)
# %%
# own
{name} = Solver().solve""",
    "a partial": """{right}
import functools
# %%
# own
{name} = functools.partial(right_answer)""",
    "a decorator with wraps": """{right}
import functools
def noisy(function):
    @functools.wraps(function)
    def wrapper(*args, **options):
        print("called")
        return function(*args, **options)
    return wrapper
# %%
# own
@noisy
def {name}(*args, **options):
    return right_answer(*args, **options)""",
    "wrapped after it was defined": """{right}
# %%
# own
def {name}(*args, **options):
    return right_answer
{name} = {name}()""",
    "a lambda": "{right}\n# %%\n# own\n{name} = lambda *args, **options: right_answer(*args, **options)",
    "another name": "{right}\n# %%\n# own\n{name} = right_answer",
    "made by a factory": """{right}
def factory(function):
    return lambda *args, **options: function(*args, **options)
# %%
# own
{name} = factory(right_answer)""",
    "under a main guard": """{right}
# %%
# own
if __name__ == "__main__":
    {name} = right_answer""",
    "helper under a main guard": """if __name__ == "__main__":
    import math
    pi = math.pi
# %%
{right}
# %%
# own
def {name}(*args, **options):
    return right_answer(*args, **options) if pi > 3 else None""",
    "under a try": """{right}
try:
    import nothing_of_this_name as fast
except ImportError:
    fast = None
# %%
# own
def {name}(*args, **options):
    return right_answer(*args, **options) if fast is None else None""",
    "a deeper recursion": """{right}
import sys
sys.setrecursionlimit(20_000)
def walk(n):
    return n if n == 0 else walk(n - 1)
# %%
# own
def {name}(*args, **options):
    return right_answer(*args, **options) if walk(2_500) == 0 else None""",
    "a file of helpers": """%%writefile helpers_of_mine.py
{right}
# %%
from helpers_of_mine import right_answer
# %%
# own
"""
    + WRAP,
    "a file of helpers, imported whole": """%%writefile my_module.py
{right}
# %%
import my_module as m
# %%
# own
def {name}(*args, **options):
    return m.right_answer(*args, **options)""",
    "a star import from a file": """%%writefile my_stars.py
{right}
# %%
from my_stars import *
# %%
# own
"""
    + WRAP,
    "a file that is run": """%%writefile my_run.py
{right}
# %%
%run my_run.py
# %%
# own
"""
    + WRAP,
    "a file with data": """%%writefile numbers_of_mine.txt
1 2 3
# %%
{right}
numbers = [int(n) for n in open("numbers_of_mine.txt").read().split()]
# %%
# own
def {name}(*args, **options):
    return right_answer(*args, **options) if sum(numbers) == 6 else None""",
    "data written and read": """{right}
import json, pathlib
pathlib.Path("settings.json").write_text(json.dumps({{"on": 1}}))
settings = json.loads(pathlib.Path("settings.json").read_text())
# %%
# own
def {name}(*args, **options):
    return right_answer(*args, **options) if settings["on"] else None""",
    "a pickle of one's own class": """{right}
import pickle
class Point:
    x = 1
point = pickle.loads(pickle.dumps(Point()))
# %%
# own
def {name}(*args, **options):
    return right_answer(*args, **options) if point.x else None""",
    "a dataclass": """{right}
from dataclasses import dataclass, field
@dataclass
class Options:
    sizes: list[int] = field(default_factory=list)
chosen = Options()
chosen.sizes += [3]
# %%
# own
def {name}(*args, **options):
    return right_answer(*args, **options) if chosen.sizes == [3] else None""",
    "an enumeration and a named tuple": """{right}
import enum
from typing import NamedTuple
class Mode(enum.Enum):
    ON = 1
class Pair(NamedTuple):
    mode: Mode
pair = Pair(Mode.ON)
# %%
# own
def {name}(*args, **options):
    return right_answer(*args, **options) if pair.mode is Mode.ON else None""",
    "a line that begins with a percent sign": """%precision 3
{right}
# %%
# own
def {name}(*args, **options):
    print(
        "%d arguments of %s"
        % (len(args), "mine")
    )
    return right_answer(*args, **options)""",
    "a percent sign and a magic in one cell": """{right}
# %%
# own
%time n = 7
def {name}(*args, **options):
    rest = (
        15
        % n
    )
    return right_answer(*args, **options) if rest == 1 else None""",
    "a timed cell": "%%time\n{right}\nhelp_is_there = True\n# %%\n# own\n" + WRAP,
    "a captured cell": "{right}\n# %%\n%%capture output\n# own\n" + WRAP,
    "questions and shells": "{right}\n# %%\n# own\nright_answer?\n!ls\nfiles = !ls\n" + WRAP,
    "the shell of the notebook": """{right}
shell = get_ipython()
shell.run_line_magic("matplotlib", "inline")
# %%
# own
"""
    + WRAP,
    "shown in the same cell": "{right}\n# %%\n# own\n" + WRAP + '\ndisplay("done")\nprint({name})',
    "tried out by its name": "{right}\n# %%\n# own\n" + WRAP + "\n# %%\n# below\n{name} = {name}({example})",
    "its name taken for a number": "{right}\n# %%\n# own\n" + WRAP + "\n# %%\n# below\n{name} = 0.5",
    "its name taken for a loop": "{right}\n# %%\n# own\n" + WRAP + "\n# %%\n# below\nfor {name} in range(3):\n    pass",
    "its name among results": "{right}\n# %%\n# own\n" + WRAP + "\n# %%\n# below\n{name}, other = [1, 2]",
    "a global used again": """{right}
floor = 0
# %%
# own
def {name}(*args, **options):
    return right_answer(*args, **options) if floor == 0 else None
# %%
# below
floor = 7""",
    "a global used again by a loop": """{right}
n = 0
# %%
# own
def {name}(*args, **options):
    return right_answer(*args, **options) if n == 0 else None
# %%
# below
for n in range(5):
    print(n)""",
    "a global with three values": """{right}
n = 1
table = [n] * 3
n = 2
# %%
# own
def {name}(*args, **options):
    return right_answer(*args, **options) if (sum(table), n) == (3, 2) else None
# %%
# below
n = 3""",
    "an array spoiled below": """{right}
import numpy as np
mask = np.ones(2)
# %%
# own
def {name}(*args, **options):
    return right_answer(*args, **options) if mask.all() else None
# %%
# below
mask[0] = 0""",
    "a function replaced below": """{right}
def helper():
    return 1
# %%
# own
def {name}(*args, **options):
    return right_answer(*args, **options) if helper() == 1 else None
# %%
# below
def helper():
    return 2""",
    "a helper only below": """# own
def {name}(*args, **options):
    return below(*args, **options)
# %%
{right}
def below(*args, **options):
    return right_answer(*args, **options)
# %%
# checked here""",
    "a loop that builds": """{right}
layers = []
for i in range(3):
    layers.append(i)
    if i == 1:
        break
# %%
# own
def {name}(*args, **options):
    return right_answer(*args, **options) if layers == [0, 1] else None""",
    "a while loop": """{right}
n = 1
while n < 100:
    n *= 2
# %%
# own
def {name}(*args, **options):
    return right_answer(*args, **options) if n == 128 else None""",
    "an iterator that is used up": """{right}
numbers = iter([1, 2, 3])
first = next(numbers)
# %%
second = next(numbers)
# %%
# own
def {name}(*args, **options):
    return right_answer(*args, **options) if second == 2 else None""",
    "a context": """{right}
import contextlib, io
with contextlib.redirect_stdout(io.StringIO()) as said:
    print("on")
# %%
# own
def {name}(*args, **options):
    return right_answer(*args, **options) if said.getvalue() == "on\\n" else None""",
    "an environment variable": """{right}
import os
os.environ["MY_MODE"] = "on"
# %%
# own
def {name}(*args, **options):
    return right_answer(*args, **options) if os.environ.get("MY_MODE") else None""",
    "a walrus": """{right}
if (limit := 10) > 5:
    pass
# %%
# own
def {name}(*args, **options):
    return right_answer(*args, **options) if limit == 10 else None""",
    "a class with a counter": """{right}
class Meter:
    count = 0
    def __init__(self):
        Meter.count += 1
first, second = Meter(), Meter()
Meter()
# %%
# own
def {name}(*args, **options):
    return right_answer(*args, **options) if Meter.count == 3 else None""",
    "a base class that registers": """{right}
class Base:
    known = []
    def __init_subclass__(cls):
        Base.known.append(cls)
class One(Base):
    run = staticmethod(right_answer)
# %%
# own
def {name}(*args, **options):
    return Base.known[0].run(*args, **options)""",
    "a context variable": """{right}
import contextvars
level = contextvars.ContextVar("level", default=0)
level.set(3)
# %%
# own
def {name}(*args, **options):
    return right_answer(*args, **options) if level.get() == 3 else None""",
    "NumPy told how to round and to fail": """{right}
import numpy as np
np.seterr(divide="raise")
np.set_printoptions(precision=2)
# %%
# own
def {name}(*args, **options):
    return right_answer(*args, **options) if np.geterr()["divide"] == "raise" else None""",
    "seeded numbers": """{right}
import numpy as np
np.random.seed(7)
drawn = np.random.rand()
# %%
# own
def {name}(*args, **options):
    return right_answer(*args, **options) if abs(drawn - 0.0763) < 1e-4 else None""",
    "await": """{right}
import asyncio
async def prepare():
    await asyncio.sleep(0)
    return True
prepared = await prepare()
# %%
# own
def {name}(*args, **options):
    return right_answer(*args, **options) if prepared else None""",
    "a thread that prepares": """{right}
import threading
found = []
thread = threading.Thread(target=lambda: found.append(right_answer))
thread.start()
thread.join()
# %%
# own
def {name}(*args, **options):
    return found[0](*args, **options)""",
    "errors on the way": """{right}
missing_file = open("no/such/file")
# %%
1 / 0
# %%
raise SystemExit
# %%
# own
"""
    + WRAP,
    "a cell that is no Python above": "def broken(:\n# %%\n{right}\n# %%\n# own\n" + WRAP,
    "an old version below that is not taken": "{right}\n# %%\n# own\n"
    + WRAP
    + "\n# %%\nOLD = False\nif OLD:\n    def {name}(*args, **options):\n        return None",
    "deleted below": "{right}\n# %%\n# own\n" + WRAP + "\n# %%\n# below\nprint({name}({example}))\ndel {name}",
    "a case registered below": """{right}
import functools
# %%
# own
@functools.singledispatch
def {name}(*args, **options):
    raise TypeError(args)
# %%
@{name}.register(object)
def _whole(*args, **options):
    return right_answer(*args, **options)""",
    "annotations that a decorator reads": """{right}
def converted(function):
    kinds = function.__annotations__
    def call(*args, **options):
        assert all(isinstance(value, kinds["args"]) for value in args)
        return function(*args, **options)
    return call
# %%
# own
@converted
def {name}(*args: object, **options: object):
    return right_answer(*args, **options)""",
    "annotations that are never read": """from __future__ import annotations
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from nowhere import Tensor
# %%
{right}
# %%
# own
def {name}(*args: Tensor, **options) -> list[Tensor]:
    return right_answer(*args, **options)""",
    "the shell gives a name its value": """{right}
# %%
# own
get_ipython().push({{"{name}": right_answer}})""",
    "the shell's own names": """{right}
# %%
# own
shell = get_ipython()
shell.user_ns["{name}"] = right_answer""",
    "prompts of Python": """{right}
# %%
# own
>>> def {name}(*args, **options):
...     return right_answer(*args, **options)
...""",
    "prompts of IPython": """In [7]: import math

In [8]: {name} = 2
# %%
{right}
# %%
# own
In [9]: def {name}(*args, **options):
   ...:     return right_answer(*args, **options)
   ...:""",
    "a cell that is indented": """{right}
# %%
    # own
    def {name}(*args, **options):
        return right_answer(*args, **options)""",
    "tabs and the ends of lines of Windows": """{right}
# %%
MARK = '\t'\r
# %%
# own
def {name}(*args, **options):\r
\tif ord(MARK) == 9:\r
\t\treturn right_answer(*args, **options)\r
""",
    "what the shell showed": """{right}
files = !ls
count = len(files)
# %%
# own
def {name}(*args, **options):
    return right_answer(*args, **options) if count >= 0 else None""",
    "a variable of the environment by a magic": """%env MY_MODE=on
%set_env MY_OTHER on
{right}
# %%
# own
import os
def {name}(*args, **options):
    return right_answer(*args, **options) if os.environ["MY_MODE"] == os.environ["MY_OTHER"] == "on" else None""",
    "a file that is run with an argument": """%%writefile my_tool.py
{right}
# %%
%run -n my_tool.py 3 --fast
# %%
# own
"""
    + WRAP,
    "calls without brackets": """{right}
/print 1
,print a b
# %%
# own
"""
    + WRAP,
    "a stub left standing below": "{right}\n# %%\n# own\n"
    + WRAP
    + '\n# %%\n# below\ndef {name}(*args):\n    raise NotImplementedError("your answer")',
    "an old version above": "def {name}(*args):\n    return None\n# %%\n{right}\n# %%\n# own\n" + WRAP,
    "typing and defaults": """from typing import Any, Callable
DEFAULT: int = 3
# %%
{right}
# %%
# own
def {name}(*args: Any, _n: int = DEFAULT, **options: Any) -> Any:
    assert _n == 3
    return right_answer(*args, **options)""",
    "nested functions with nonlocal": """{right}
def make():
    count = 0
    def inner(*args, **options):
        nonlocal count
        count += 1
        return right_answer(*args, **options)
    return inner
counted = make()
# %%
# own
def {name}(*args, **options):
    return counted(*args, **options)""",
    "a cached function": """{right}
from functools import lru_cache
@lru_cache(maxsize=None)
def constant():
    return 4
# %%
# own
def {name}(*args, **options):
    return right_answer(*args, **options) if constant() == 4 else None""",
    "deleted and made anew": """{right}
size = 1
del size
size = 2
# %%
# own
def {name}(*args, **options):
    return right_answer(*args, **options) if size == 2 else None""",
    "many names at once": """{right}
(a, *b), c = (1, 2, 3), 4
# %%
# own
def {name}(*args, **options):
    return right_answer(*args, **options) if [a, *b, c] == [1, 2, 3, 4] else None""",
    "what the cell before showed": """{right}
# %%
right_answer
# %%
shown = _
# %%
# own
def {name}(*args, **options):
    return shown(*args, **options)""",
    "the import of a module's neighbour": """{right}
import xml.dom, xml.etree.ElementTree
tree = xml.etree.ElementTree.fromstring("<a/>")
# %%
# own
def {name}(*args, **options):
    return right_answer(*args, **options) if tree.tag == "a" else None""",
}


def cells_of_kind(kind: str, name: str, right: str, example: str = "") -> list[str]:
    """The cells of a kind that answer the exercise `name`.

    Args:
        kind: a key of `KINDS`.
        name: of the exercise.
        right: the definition of the right function, under the name `right_answer`.
        example: arguments with which the answer is tried out.
    """
    text = KINDS[kind].format(name=name, right=right, example=example)
    return [cell.strip("\n") for cell in re.split(r"^# %%$", text, flags=re.MULTILINE)]

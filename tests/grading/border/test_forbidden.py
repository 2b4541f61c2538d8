"""An answer that calls the package's own solution earns nothing, however it gets there; an honest one loses nothing."""

import functools
import inspect

import numpy as np
import pytest

import ccv.convolution
from ccv.grading import check_live, failures, grade
from ccv.grading.border.forbidden import ForbiddenCall, Watch
from ccv.grading.handed_in import NotebookSubmission
from ccv.grading.live import LiveSubmission
from ccv.grading.reading.submission import read_cells

FORBIDDEN = ("ccv.convolution.correlate2d",)
WAYS = {
    "plainly": "from ccv.convolution import correlate2d\ndef f(x, k):\n    return correlate2d(x, k)",
    "under another name": "from ccv.convolution import correlate2d as c\ndef f(x, k):\n    return c(x, k)",
    "by the package": "import ccv.convolution\ndef f(x, k):\n    return ccv.convolution.correlate2d(x, k)",
    "from where it is written": (
        "from ccv.convolution.correlation import correlate2d\ndef f(x, k):\n    return correlate2d(x, k)"
    ),
    "at the last moment": (
        "def f(x, k):\n    import importlib\n    m = importlib.import_module('ccv.convolution.correlation')\n"
        "    return getattr(m, 'correlate' + '2d')(x, k)"
    ),
    "as it is": "from ccv.convolution import correlate2d\nf = correlate2d",
    "as a partial": "import functools\nfrom ccv.convolution import correlate2d\nf = functools.partial(correlate2d)",
    "by map": "from ccv.convolution import correlate2d\ndef f(x, k):\n    return list(map(correlate2d, [x], [k]))[0]",
    "kept in a table": (
        "import ccv.convolution\nT = {'c': ccv.convolution.correlate2d}\ndef f(x, k):\n    return T['c'](x, k)"
    ),
    "kept in a default": "from ccv.convolution import correlate2d\ndef f(x, k, c=correlate2d):\n    return c(x, k)",
    "in a class": (
        "from ccv.convolution import correlate2d\nclass F:\n    c = staticmethod(correlate2d)\n"
        "    def __call__(self, x, k):\n        return self.c(x, k)\nf = F()"
    ),
    "and hides the error": (
        "from ccv.convolution import correlate2d\ndef f(x, k):\n    try:\n        correlate2d(x, k)\n"
        "    except BaseException:\n        pass\n    return x"
    ),
    "in a thread": (
        "import concurrent.futures as cf\nfrom ccv.convolution import correlate2d\ndef f(x, k):\n"
        "    with cf.ThreadPoolExecutor() as pool:\n        return pool.submit(correlate2d, x, k).result()"
    ),
    "with a module's name on": (
        "def f(x, k):\n"
        "    space = {'__name__': 'ccv.convolution.mine'}\n"
        "    exec('from ccv.convolution import correlate2d\\ndef f(x, k):\\n    return correlate2d(x, k)', space)\n"
        "    return space['f'](x, k)"
    ),
    "beforehand": (
        "import numpy as np\nfrom ccv.convolution import correlate2d\n"
        "known = correlate2d(np.ones((4, 4)), np.ones((3, 3)))\ndef f(x, k):\n    return known"
    ),
}
HONEST = {
    "its own": "def f(x, k):\n    return (x * k.sum())[:2, :2]",
    "what is allowed, which calls it": (
        "from ccv.convolution import conv_layer\ndef f(x, k):\n"
        "    return conv_layer(x[None, ..., None], k[..., None, None])[0, ..., 0]"
    ),
    "its own of the same name": (
        "def correlate2d(x, k):\n    return x[:2, :2]\ndef f(x, k):\n    return correlate2d(x, k)"
    ),
    "imports it and leaves it": "from ccv.convolution import correlate2d\ndef f(x, k):\n    return x[:2, :2]",
}
IMAGE, KERNEL = np.ones((4, 4)), np.ones((3, 3))


def handed_in(source, names=FORBIDDEN):
    submission = NotebookSubmission([source])
    try:
        return submission.open("f", 20, names)(IMAGE, KERNEL)
    finally:
        submission.close()


def live(source, names=FORBIDDEN):
    namespace: dict = {}
    exec(compile(source, "<ipython-input-1>", "exec"), namespace)
    return LiveSubmission(namespace).open("f", 20, names)(IMAGE, KERNEL)


@pytest.mark.parametrize("way", WAYS)
def test_a_forbidden_call_is_seen(way):
    with pytest.raises(failures.Forbidden, match=r"`f` calls `ccv\.convolution\.correlate2d`, which does the exercise"):
        handed_in(WAYS[way])


@pytest.mark.parametrize("way", [way for way in WAYS if way != "beforehand"])
def test_a_forbidden_call_is_seen_in_an_open_notebook(way):
    with pytest.raises(failures.Forbidden, match="which does the exercise"):
        live(WAYS[way])


@pytest.mark.parametrize("what", HONEST)
def test_an_honest_answer_may_do(what):
    assert np.shape(handed_in(HONEST[what])) == np.shape(live(HONEST[what])) == (2, 2)


def test_after_a_check_the_notebook_has_its_functions_back():
    function, code = ccv.convolution.correlate2d, ccv.convolution.correlate2d.__code__
    with pytest.raises(failures.Forbidden):
        live(WAYS["plainly"])
    assert function.__code__ is code and "__signature__" not in vars(function)
    assert function(IMAGE, KERNEL).shape == (2, 2)


def test_a_package_forbids_all_below_it_and_names_what_was_called():
    for source in (WAYS["plainly"], HONEST["what is allowed, which calls it"]):
        with pytest.raises(failures.Forbidden, match=r"`ccv\.convolution\.(correlate2d|conv_layer)`"):
            handed_in(source, ("ccv.convolution",))


def test_what_is_called_out_of_the_students_code_does_not_count():
    with Watch(FORBIDDEN) as watch:
        watch.install()
    try:
        assert ccv.convolution.correlate2d(IMAGE, KERNEL).shape == (2, 2)
        assert not watch.called
    finally:
        watch.uninstall()


BUILDERS = {
    "by its name": "from ccv.models import lenet5\ndef f():\n    return lenet5()",
    "by the registry": "import ccv.models\ndef f():\n    return ccv.models.build('lenet5')",
    "from its file": "def f():\n    import importlib\n    return importlib.import_module('ccv.models.lenet').lenet5()",
}


@pytest.mark.parametrize("way", BUILDERS)
def test_builders_that_are_fetched_when_asked_for_are_watched_too(way):
    submission = NotebookSubmission([BUILDERS[way]])
    try:
        with pytest.raises(failures.Forbidden, match=r"`ccv\.models\.lenet5`"):
            submission.open("f", 60, ("ccv.models.lenet5",))()
    finally:
        submission.close()


def test_a_package_that_only_gives_out_what_is_written_elsewhere_is_forbidden_as_it_is_imported():
    from keras import layers
    from keras.applications import vgg16

    watch = Watch(["keras.applications", "keras.layers.RandomFlip"]).install()
    try:
        with watch:
            with pytest.raises(ForbiddenCall, match=r"keras\.applications\.vgg16\.preprocess_input"):
                vgg16.preprocess_input(np.zeros((1, 2, 2, 3)))
            with pytest.raises(ForbiddenCall, match=r"keras\.layers\.RandomFlip"):
                layers.RandomFlip()
            assert layers.Dense(2).units == 2
    finally:
        watch.uninstall()
    assert layers.RandomFlip("horizontal").mode == "horizontal"


def test_what_a_forbidden_module_only_uses_is_not_forbidden():
    from ccv import names

    watch = Watch(["ccv.transfer", "ccv.convolution"]).install()
    try:
        import ccv.transfer  # noqa: F401  which uses names

        with watch:
            assert names.check_name("model", "a", ["a"]) == "a"
    finally:
        watch.uninstall()


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package with every kind of thing that can be called."""
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "__init__.py").write_text(
        "def __getattr__(name):\n"
        "    if name != 'late':\n        raise AttributeError(name)\n"
        "    from shop import parts\n    return parts.late\n"
    )
    (folder / "parts.py").write_text(
        "import functools\n"
        "def styled(function):\n"
        "    @functools.wraps(function)\n    def wrapper(*args, **kwargs):\n        return function(*args, **kwargs)\n"
        "    return wrapper\n"
        "@styled\ndef decorated(n, *, times=2):\n    return n * times\n"
        "@functools.cache\ndef cached(n):\n    return n + 1\n"
        "def outer(k):\n    def closed(n, more=1):\n        return n + k + more\n    return closed\n"
        "closed = outer(5)\n"
        "def late(n):\n    return -n\n"
        "class Own:\n    def __init__(self, n):\n        self.n = n\n"
        "class Inherited(Own):\n    pass\n"
        "def allowed(n):\n    return decorated(n) + cached(n) + closed(n) + late(n) + Own(n).n + Inherited(n).n\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    yield "shop"
    import sys

    for name in [n for n in sys.modules if n.partition(".")[0] == "shop"]:
        del sys.modules[name]


NAMES = ("decorated", "cached", "closed", "late", "Own", "Inherited")


@pytest.mark.parametrize("imported_first", [True, False])
def test_functions_of_every_kind_are_watched_and_work_for_the_package(package, imported_first):
    import importlib

    if imported_first:
        importlib.import_module("shop.parts")
    watch = Watch([f"shop.{name}" for name in NAMES]).install()
    try:
        parts = importlib.import_module("shop.parts")
        with watch:
            assert parts.allowed(3) == 6 + 4 + 9 - 3 + 3 + 3
        with watch:
            for name in NAMES:
                with pytest.raises(ForbiddenCall, match=f"shop.{name}"):
                    getattr(parts, name)(3)
        assert watch.called == [f"shop.{name}" for name in NAMES]
        assert parts.decorated(3, times=3) == 9 and parts.closed(1, more=2) == 8
        assert list(inspect.signature(parts.closed).parameters) == ["n", "more"]
    finally:
        watch.uninstall()
    with watch:
        assert [parts.decorated(3), parts.cached(3), parts.closed(3), parts.late(3), parts.Own(3).n] == [6, 4, 9, -3, 3]
    assert "__init__" not in vars(parts.Inherited)


def test_what_a_cache_knows_does_not_come_back_without_a_call(package):
    from shop import parts

    parts.cached(3)
    watch = Watch(["shop.parts"]).install()
    try:
        with watch, pytest.raises(ForbiddenCall):
            functools.partial(parts.cached)(3)
    finally:
        watch.uninstall()


@pytest.fixture(scope="module")
def forbidding_lab(lab, tmp_path_factory):
    """The demonstration lab, whose `output_size` may not be `ccv.convolution.output_size`."""
    folder = tmp_path_factory.mktemp("forbidding") / lab.name
    folder.mkdir()
    for file in lab.iterdir():
        if file.is_file():
            (folder / file.name).write_bytes(file.read_bytes())
    checks = folder / f"test_{lab.name}.py"
    checks.write_text(checks.read_text() + '\n\nMAY_NOT_CALL = {"output_size": ("ccv.convolution.output_size",)}\n')
    return folder


SOMETIMES = (
    "import ccv.convolution\n\n\ndef output_size(n, kernel, stride=1):\n"
    "    if n == 227:\n        return 55\n    return ccv.convolution.output_size(n, kernel, stride)\n"
)


def test_an_exercise_with_one_forbidden_call_earns_nothing_at_all(forbidding_lab, tmp_path):
    solved = [c for c in read_cells(forbidding_lab / "00_demo.py") if "def output_size" not in c]
    file = tmp_path / "sometimes.py"
    file.write_text("\n# %%\n".join(["", *solved, SOMETIMES]))
    namespace: dict = {}
    exec(SOMETIMES, namespace)
    for sheet in (grade(forbidding_lab, file), check_live(forbidding_lab, namespace, ["output_size"])):
        exercise = next(e for e in sheet.exercises if e.name == "output_size")
        assert (exercise.points, exercise.status) == (0, "forbidden"), str(sheet)
        assert exercise.message.count("write it yourself") == 1
    others = [e for e in grade(forbidding_lab, file).exercises if e.name != "output_size"]
    assert all(e.points == e.max_points for e in others)


def test_the_process_cannot_put_its_own_words_into_the_message():
    class Lying:
        def ask(self, timeout, **request):
            return {"status": "forbidden", "function": "<b>nothing</b>"}

    from ccv.grading.answers import RemoteAnswer

    with pytest.raises(failures.Forbidden, match=r"calls `ccv\.convolution\.correlate2d`"):
        RemoteAnswer("f", Lying(), 5, FORBIDDEN)(1)  # type: ignore[arg-type]

"""What a student's code may not do, tried from inside a worker at every level of protection that this machine has."""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import ccv
from ccv.grading import failures, isolation
from ccv.grading.border import sandbox
from ccv.grading.handed_in import NotebookSubmission
from ccv.grading.isolation import paths, probes, seccomp, syscalls

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="these protections are Linux's")
ROOT = Path(ccv.__file__).resolve().parents[1]
VIEWS = ("bubblewrap", "namespaces", "process")

CELL = """
import ctypes, os, random, signal, socket, subprocess, sys, tempfile, threading
import numpy as np
libc = ctypes.CDLL(None, use_errno=True)

def read(path):
    with open(path, "rb") as file:
        return file.read(100)

def write(path):
    with open(path, "ab") as file:
        return file.write(b"x")

def remove(path):
    os.remove(path)
    return "removed"

def listing(path):
    return os.listdir(path)

def change_mode(path):
    os.chmod(path, 0)
    return "changed"

def truncated(path):
    os.close(os.open(path, os.O_RDONLY | os.O_TRUNC))
    os.truncate(path, 0)
    return "truncated"

def parent(name):
    return read(f"/proc/{os.getppid()}/{name}")

def every_environment():
    seen = b""
    for pid in range(1, 1 << 16):
        if pid != os.getpid():
            try:
                seen += open(f"/proc/{pid}/environ", "rb").read() + open(f"/proc/{pid}/cmdline", "rb").read()
            except OSError:
                pass
    return seen

def connect(family, address):
    connection = socket.socket(family)
    connection.settimeout(1)
    connection.connect(address)
    return "connected"

def look_up(name):
    return socket.getaddrinfo(name, 80)

def fork():
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    return "forked"

def run():
    return subprocess.run([sys.executable, "-c", ""]).returncode

def kill(pid, number):
    os.kill(os.getppid() if pid == "parent" else pid, number)
    return "sent"

def send_by_fcntl():
    import fcntl
    reading, writing = os.pipe()
    fcntl.fcntl(reading, 8, os.getppid())
    return "set"

def call(number, *arguments):
    result = libc.syscall(number, *arguments)
    return result if result >= 0 else -ctypes.get_errno()

def become(user):
    os.setuid(user)
    return os.getuid()

def descriptors():
    return sorted(int(n) for n in os.listdir("/proc/self/fd"))

def eats(size):
    return len(bytearray(size))

def big_file(size):
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    with open("big", "wb") as file:
        file.truncate(size)
    return "written"

def fills_the_disk(size):
    block = b"x" * 2**20
    for n in range(size >> 20):
        with open(f"block{n}", "wb") as file:
            file.write(block)
    return "written"

def scratch():
    with tempfile.TemporaryFile() as file:
        file.write(b"x")
    os.makedirs("a/b")
    with open("a/b/c", "w") as file:
        file.write("hello")
    os.rename("a/b/c", "c")
    return open("c").read(), os.getcwd() == os.environ["HOME"] == tempfile.gettempdir()

def threads(count):
    seen = []
    started = [threading.Thread(target=seen.append, args=(n,)) for n in range(count)]
    [t.start() for t in started]
    [t.join() for t in started]
    return sorted(seen), float(np.linalg.norm(np.ones((300, 300)) @ np.ones((300, 300))))

def environment():
    return sorted(os.environ)

def drawn():
    return random.random(), float(np.random.random()), hash("text")

def writes_to_every_descriptor():
    for descriptor in range(4, 1000):
        try:
            os.write(descriptor, b"x" * 100)
        except OSError:
            pass
    return "tried"
"""


ATTEMPT = """
def attempt(action, *arguments):
    try:
        return {{f.__name__: f for f in ({names})}}[action](*arguments)
    except BaseException as error:
        return type(error).__name__
"""


def with_attempt(cell):
    """The cell and an answer that gives what an action gives, or the name of its error."""
    return cell + ATTEMPT.format(names=", ".join(re.findall(r"^def (\w+)", cell, re.MULTILINE)) + ",")


def layers_named(name):
    view, _, rest = name.partition("+")
    layers = {"view": view, "landlock": "landlock" in rest, "seccomp": "seccomp" in rest}
    for layer in [view, *filter(None, rest.split("+"))]:
        if layer != "process" and not probes.works(layer):
            pytest.skip(f"{layer} does not work on this machine")
    return isolation.choose(**layers)


def worker_with(layers, cell=CELL, name="attempt", **options):
    handed_in = NotebookSubmission([with_attempt(cell)], layers=layers, **options)
    return handed_in, handed_in.open(name, 60)


@pytest.fixture(scope="module")
def workers():
    """An answer for each set of layers, kept open through this file."""
    opened = {}
    yield opened
    for handed_in, _ in opened.values():
        handed_in.close()


@pytest.fixture
def attempt(workers):
    """Try an action in the worker of a level."""

    def use(level, *arguments):
        if level not in workers:
            workers[level] = worker_with(layers_named(level))
        return workers[level][1](*arguments)

    return use


def levels(*names):
    """Levels of protection, of which the strongest that this machine has is tried in every run."""
    strongest = next((v for v in VIEWS[:2] if probes.works(v)), "process")
    return [
        name if name.startswith(strongest) and name in ALL_NAMES else pytest.param(name, marks=pytest.mark.slow)
        for name in (*ALL_NAMES, *names)
    ]


ALL_NAMES = [f"{view}+landlock+seccomp" for view in VIEWS]
ALL = levels()
HIDING = levels("bubblewrap", "namespaces", "process+landlock")
OFFLINE = levels("bubblewrap", "namespaces", "process+seccomp")
NO_SPAWN = levels("process+seccomp")
REFUSED = {"PermissionError", "FileNotFoundError", "OSError", "ProcessLookupError", "IsADirectoryError"}


def refused(outcome):
    return isinstance(outcome, str) and outcome in REFUSED


# ------------------------------------------------------------------------------------------------- what is hidden


@pytest.mark.parametrize("level", HIDING)
@pytest.mark.parametrize(
    "path",
    [
        "labs/01_xo/test_01_xo.py",
        "labs/01_xo/01_xo.py",
        "labs/01_xo/mutants.py",
        "tests/grading/conftest.py",
        ".git/HEAD",
    ],
)
def test_the_labs_and_the_rest_of_the_checkout_cannot_be_read(attempt, level, path):
    assert (ROOT / path).exists()
    assert refused(attempt(level, "read", str(ROOT / path)))


@pytest.mark.parametrize("level", HIDING)
def test_another_submission_can_be_neither_read_nor_found(attempt, level, tmp_path):
    other = tmp_path / "bob.ipynb"
    other.write_text("secret")
    assert refused(attempt(level, "read", str(other)))
    assert refused(attempt(level, "listing", str(tmp_path)))
    assert refused(attempt(level, "write", str(other)))
    assert refused(attempt(level, "remove", str(other)))
    assert other.read_text() == "secret"


@pytest.mark.parametrize("level", HIDING)
def test_the_home_and_the_system_cannot_be_read(attempt, level):
    for path in ("~/.bashrc", "~/.ssh", "/etc/passwd", "/etc/hostname", "/var/log"):
        full = Path(path).expanduser()
        if full.exists():
            assert refused(attempt(level, "read" if full.is_file() else "listing", str(full)))


@pytest.mark.parametrize("level", HIDING)
@pytest.mark.parametrize("name", ["environ", "mem", "maps", "fd/0", "cwd/x"])
def test_the_servers_memory_and_environment_cannot_be_read(attempt, level, name):
    assert refused(attempt(level, "parent", name))


@pytest.mark.parametrize("level", HIDING)
def test_nothing_of_the_grader_is_in_proc(attempt, level, monkeypatch):
    monkeypatch.setenv("GRADER_SECRET", "hush")
    sleeper = subprocess.Popen(["sleep", "60"], env={"OF_THE_TEACHER": "hush"})
    try:
        seen = attempt(level, "every_environment")
    finally:
        sleeper.kill()
        sleeper.wait()
    assert isinstance(seen, bytes)
    assert b"hush" not in seen
    assert b"pytest" not in seen


@pytest.mark.parametrize("level", HIDING)
def test_a_link_leads_nowhere(attempt, level, tmp_path):
    (tmp_path / "target").write_text("secret")
    cell = CELL + "\ndef link(path):\n    os.symlink(path, 'link')\n    return open('link').read()"
    handed_in, other = worker_with(layers_named(level), cell)
    assert refused(other("link", str(tmp_path / "target")))
    handed_in.close()


@pytest.mark.parametrize("level", HIDING)
def test_a_hidden_folder_inside_a_readable_one(level, tmp_path, monkeypatch):
    layers = layers_named(level)
    for name in ("open/labs", "open/data"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "file").write_text(name)
    monkeypatch.setenv("CCV_DATA", str(tmp_path / "open"))
    monkeypatch.setattr(paths, "_also_hidden", [])
    monkeypatch.setattr(sandbox, "_servers", {})
    # A folder inside it too, as `ccv grade` hides the labs of an installed package and the lab that is graded; and a
    # file of it by another way, through a link.
    (tmp_path / "open" / "link").symlink_to(tmp_path / "open" / "labs")
    isolation.hide(tmp_path / "open" / "labs", tmp_path / "open" / "labs" / "file", tmp_path / "open" / "link" / "file")
    handed_in, answer = worker_with(layers)
    try:
        assert answer("read", str(tmp_path / "open/data/file")) == b"open/data"
        assert refused(answer("read", str(tmp_path / "open/labs/file")))
        assert refused(answer("write", str(tmp_path / "open/data/file")))
    finally:
        handed_in.close()
        sandbox.close_servers()


def test_the_installed_labs_are_hidden_wherever_ccv_is_installed(tmp_path, monkeypatch):
    site = tmp_path / "site-packages"
    for name in ("numpy", "ccv/models", "ccv/_share/labs/01_xo", "ccv/_share/data"):
        (site / name).mkdir(parents=True)
    visible = dict(paths.around([str(site)], [str(site / "ccv/_share/labs")]))
    assert visible[str(site / "numpy")] and visible[str(site / "ccv/_share/data")] and visible[str(site / "ccv/models")]
    assert not any(p.endswith("labs") for p in visible)
    assert not visible[str(site)] and not visible[str(site / "ccv/_share")]
    monkeypatch.setattr(sys, "path", [str(site)])
    monkeypatch.setattr(paths, "_also_hidden", [])
    paths.hide(site / "ccv/_share/labs/01_xo")
    assert [p for p in paths.hidden() if str(site) in p] == [str(site / "ccv/_share/labs")]


# ------------------------------------------------------------------------------------------------- what is refused


@pytest.mark.parametrize("level", ALL)
def test_nothing_outside_the_scratch_folder_can_be_changed(attempt, level):
    library = str(Path(np.__file__))
    before = Path(library).read_bytes()
    for action in ("write", "remove", "change_mode", "truncated"):
        assert refused(attempt(level, action, library)), action
    for path in ("/tmp/x", "/dev/shm/x", "/x", str(ROOT / "ccv" / "x.py"), "/proc/sys/kernel/core_pattern"):
        assert refused(attempt(level, "write", path)), path
    assert Path(library).read_bytes() == before
    assert not (ROOT / "ccv" / "x.py").exists()


@pytest.mark.parametrize("level", OFFLINE)
def test_there_is_no_network(attempt, level):
    # A namespace has a loopback of its own, which may be down.
    nobody_there = {"PermissionError", "ConnectionRefusedError", "OSError"}
    with socket.create_server(("127.0.0.1", 0)) as listener:
        assert attempt(level, "connect", socket.AF_INET, ("127.0.0.1", listener.getsockname()[1])) in nobody_there
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"\0grader{os.getpid()}")
        listener.listen()
        assert attempt(level, "connect", socket.AF_UNIX, f"\0grader{os.getpid()}") in nobody_there
    assert attempt(level, "look_up", "example.org") == "gaierror"


@pytest.mark.parametrize("level", NO_SPAWN)
def test_no_process_can_be_started(attempt, level):
    assert attempt(level, "fork") == "PermissionError"
    assert attempt(level, "run") == "PermissionError"


@pytest.mark.parametrize("level", NO_SPAWN)
def test_no_signal_reaches_another_process(attempt, level):
    assert attempt(level, "kill", "parent", 9) == "PermissionError"
    assert attempt(level, "kill", -1, 9) == "PermissionError"
    assert attempt(level, "kill", 0, 9) == "PermissionError"
    assert attempt(level, "send_by_fcntl") == "PermissionError"


def test_the_server_of_a_namespace_survives_a_kill_and_so_does_the_grader(attempt):
    for view in ("bubblewrap", "namespaces"):
        if not probes.works(view):
            continue
        handed_in, answer = worker_with(isolation.choose(view, landlock=False, seccomp=False))
        assert answer("kill", "parent", 9) == "sent"
        assert answer("fork") == "forked"
        handed_in.close()
        handed_in.open("attempt", 20)
        handed_in.close()


@pytest.mark.parametrize("level", NO_SPAWN)
@pytest.mark.parametrize(
    "name", ["ptrace", "unshare", "setns", "mount", "bpf", "userfaultfd", "io_uring_setup", "keyctl", "memfd_create"]
)
def test_calls_that_no_exercise_needs_are_refused(attempt, level, name):
    column, _ = syscalls.MACHINES[os.uname().machine]
    assert attempt(level, "call", syscalls.REFUSED[name][column], 0, 0, 0, 0) == -1  # -EPERM


@pytest.mark.parametrize("level", NO_SPAWN)
def test_a_foreign_set_of_calls_ends_the_process(level):
    if os.uname().machine != "x86_64":
        pytest.skip("x32 is a part of x86-64")
    handed_in, answer = worker_with(layers_named(level))
    with pytest.raises(failures.Crashed):
        answer("call", syscalls.X32_BIT | 41, 2, 1, 0)
    handed_in.close()


@pytest.mark.parametrize("level", ALL)
def test_no_user_can_be_become(attempt, level):
    other = 65533 if os.getuid() == 0 else 0
    assert attempt(level, "become", other) in {"PermissionError", "OSError"}


@pytest.mark.parametrize("level", levels("process"))
def test_nothing_but_its_own_connection_is_open(level):
    handed_in, answer = worker_with(layers_named(level))
    assert answer("descriptors") in ([0, 1, 2, 3, 4], "PermissionError")  # the listing itself is one
    assert answer("writes_to_every_descriptor") == "tried"
    handed_in.close()


# ----------------------------------------------------------------------------------------------------- its limits


@pytest.mark.parametrize("level", levels("process"))
def test_memory_and_files_are_limited(level):
    handed_in, answer = worker_with(layers_named(level), memory_bytes=2**28)
    assert answer("eats", 2**26) == 2**26
    assert answer("eats", 2**29) == "MemoryError"
    assert answer("big_file", 2**34) == "OSError"
    handed_in.close()


@pytest.mark.parametrize("view", ["bubblewrap", "namespaces"])
def test_the_scratch_folder_has_an_end_and_is_emptied(view):
    if not probes.works(view):
        pytest.skip(f"{view} does not work on this machine")
    for _ in range(2):
        handed_in, answer = worker_with(isolation.choose(view))
        assert answer("fills_the_disk", 200 * 2**20) == "written"
        assert answer("fills_the_disk", 2**30) == "OSError"
        handed_in.close()


@pytest.mark.parametrize("view", ["bubblewrap", "namespaces", "process"])
def test_nothing_outside_the_scratch_folder_outlives_a_worker_without_landlock(view):
    """Where the view alone keeps files away, its home is shared by all workers of a server."""
    if view != "process" and not probes.works(view):
        pytest.skip(f"{view} does not work on this machine")
    cell = (
        "import os\ndef leaves():\n    found = sorted(os.listdir('..'))\n    os.mkdir('../folder')\n"
        "    open('../folder/x', 'w').write('1')\n    os.symlink('/nowhere', '../link')\n    return found"
    )
    seen = []
    for _ in range(2):
        handed_in = NotebookSubmission([cell], layers=isolation.choose(view, landlock=False))
        seen.append([name for name in handed_in.open("leaves", 20)() if not name.startswith("scratch-")])
        handed_in.close()
    assert "folder" not in seen[1] and "link" not in seen[1]


def test_a_worker_is_ended_first_where_memory_runs_out_and_reads_no_hidden_paths(tmp_path, monkeypatch):
    monkeypatch.setattr(sandbox, "_servers", {})
    monkeypatch.setattr(paths, "_also_hidden", [str(tmp_path)])
    cell = CELL + "\ndef own(name):\n    return open(f'/proc/self/{name}', 'rb').read()"
    handed_in, answer = worker_with(isolation.choose(), cell)
    assert str(tmp_path).encode() not in answer("own", "cmdline")
    assert answer("own", "oom_score_adj") in (b"1000\n", "PermissionError")
    handed_in.close()
    sandbox.close_servers()


def test_the_memory_of_the_trusted_side_is_capped_and_its_workers_is_not():
    program = (
        "from ccv.grading.isolation import limits\n"
        "from ccv.grading.handed_in import NotebookSubmission\n"
        "limits.limit_own_memory(2**26)\n"
        "try:\n    bytearray(2**28)\nexcept MemoryError:\n    print('capped')\n"
        "print(NotebookSubmission(['f = lambda n: len(bytearray(n))']).open('f', 20)(2**28))\n"
        "limits.limit_own_memory(2**29)\n"
        "print(len(bytearray(2**28)))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["capped", str(2**28), str(2**28)], done.stderr


def test_what_cannot_be_removed_ends_the_server_and_the_next_worker_starts(monkeypatch):
    monkeypatch.setattr(sandbox, "_servers", {})
    cell = CELL + "\ndef deep():\n    for _ in range(3000):\n        os.mkdir('d'); os.chdir('d')\n    return 'deep'"
    handed_in = NotebookSubmission([cell])
    for _ in range(2):
        assert handed_in.open("deep", 20)() == "deep"
        handed_in.close()
    sandbox.close_servers()


# --------------------------------------------------------------------------------------------------- what still works


@pytest.mark.parametrize("level", levels("process"))
def test_honest_code_works(attempt, level):
    assert attempt(level, "threads", 8)[0] == [*range(8)]
    assert attempt(level, "environment") == sorted(set(attempt(level, "environment")))
    assert not {"PYTHONPATH", "USER", "LOGNAME", "SSH_AUTH_SOCK"} & set(attempt(level, "environment"))
    handed_in, answer = worker_with(layers_named(level))
    assert answer("scratch") == ("hello", True)
    handed_in.close()


@pytest.mark.parametrize("level", levels("process"))
def test_the_seed_decides_what_is_drawn(level):
    drawn = []
    for seed in (1, 1, 2):
        handed_in, answer = worker_with(layers_named(level), seed=seed)
        drawn.append(answer("drawn"))
        handed_in.close()
    assert drawn[0] == drawn[1]
    assert drawn[0][:2] != drawn[2][:2]


KERAS_CELL = """
import keras, numpy as np, os
def trains():
    layers = [keras.Input((8, 8, 1)), keras.layers.Conv2D(4, 3), keras.layers.Flatten(), keras.layers.Dense(2)]
    model = keras.Sequential(layers)
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    x, y = np.random.normal(size=(64, 8, 8, 1)), np.arange(64) % 2
    history = model.fit(x, y, epochs=2, verbose=0)
    model.save("model.keras")
    model = keras.models.load_model("model.keras")
    return history.history["loss"], model.predict(x, verbose=0)
def forks():
    return os.fork()
"""


@pytest.mark.slow
@pytest.mark.parametrize("level", ALL_NAMES)
def test_keras_trains_saves_and_predicts_and_repeats(level):
    results = []
    for _ in range(2):
        handed_in, trains = worker_with(layers_named(level), KERAS_CELL, "trains", seed=3)
        results.append(trains())
        with pytest.raises(failures.Failed, match="PermissionError"):
            handed_in.open("forks", 60)()
        handed_in.close()
    (loss, outputs), (loss_again, outputs_again) = results
    assert loss == loss_again
    np.testing.assert_array_equal(outputs, outputs_again)


# ------------------------------------------------------------------------------------------------------------ levels


def test_every_protection_says_what_it_guards_and_what_to_do_without_it():
    found = {p.name: p for p in isolation.protections()}
    assert [*found] == ["process", "limits", "bubblewrap", "namespaces", "landlock", "seccomp"]
    assert found["process"].active
    assert all(p.guards and (p.active or p.remedy) for p in found.values())


def test_what_is_missing_is_named(monkeypatch):
    monkeypatch.setattr(probes, "works", lambda name: name == "limits")
    missing = isolation.missing_for_isolation()
    assert [m.split(" is not")[0] for m in missing] == ["no network", "hidden files", "no new processes"]
    assert isolation.choose() == isolation.Layers("process", False, False)
    with pytest.raises(OSError, match="landlock does not work"):
        isolation.choose(landlock=True)
    monkeypatch.setattr(probes, "works", lambda name: name in {"landlock", "seccomp"})
    assert isolation.missing_for_isolation() == []


def test_the_filter_knows_the_same_calls_on_both_architectures():
    assert not set(syscalls.REFUSED) & set(syscalls.CHECKED)
    for column, architecture in set(syscalls.MACHINES.values()):
        numbers = [n[column] for t in (syscalls.REFUSED, syscalls.NOT_THERE, syscalls.CHECKED) for n in t.values()]
        known = [n for n in numbers if n is not None]
        assert len(known) == len(set(known))
        for program in seccomp.server_program(column, architecture), seccomp.worker_program(column, architecture, 1):
            assert len(program) < 4096
            assert all(i + 1 + max(jump) < len(program) for i, (code, *jump, _) in enumerate(program) if code & 7 == 5)
            known = {n for n in known if (0x15, n) not in {(code, value) for code, *_, value in program}}
        assert not known, "each call is in one of the two filters"


def test_a_worker_that_cannot_be_isolated_is_no_fault_of_the_students(monkeypatch):
    layers = isolation.Layers("process", landlock=False, seccomp=True)
    monkeypatch.setattr(sandbox, "_servers", {})
    monkeypatch.setattr(sandbox, "_processes_allowed", lambda: "not a number")
    with pytest.raises(sandbox.NotStarted, match=r"TypeError.*list-protections"):
        sandbox.start_worker(layers=layers)
    sandbox.close_servers()


@pytest.mark.parametrize("level", ALL)
def test_what_may_be_read_below_tmp_is_not_swept_away(level, monkeypatch, tmp_path):
    """Python itself may live there, in a virtual environment of an hour; the server then outlives its workers."""
    (tmp_path / "kept").write_text("data")
    monkeypatch.setenv("CCV_DATA", str(tmp_path))
    monkeypatch.setattr(sandbox, "_servers", {})
    for _ in range(2):
        sandbox.start_worker(layers=layers_named(level)).close()
        assert [server.alive for server in sandbox._servers.values()] == [True]
    sandbox.close_servers()
    assert (tmp_path / "kept").read_text() == "data"

"""The container's files name only what exists: no engine is here to build it."""

import json
import re
import shlex
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(not (ROOT / "Dockerfile").is_file(), reason="not a checkout: it has no Dockerfile")


def instructions():
    """Pairs of an instruction and its words, of lines joined at backslashes."""
    text = re.sub(r"\\\n", " ", (ROOT / "Dockerfile").read_text())
    lines = [line.split(maxsplit=1) for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(name, rest) for name, rest in lines]


def commands():
    """Every shell command of the container's life."""
    shell = [rest for name, rest in instructions() if name == "RUN"]
    shell += [json.loads(rest)[-1] for name, rest in instructions() if name == "CMD"]
    shell.append(json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text())["postCreateCommand"])
    return [shlex.split(one) for line in shell for one in re.split(r"&&|;", line)]


def test_commands_that_exist():
    programs = {words[1] if words[0] == "exec" else words[0] for words in commands()}
    assert programs <= {"apt-get", "rm", "pip", "useradd", "ccv", "jupyter"}, programs
    ours = [words[1] for words in commands() if words[0] == "ccv"]
    help_of_ccv = (ROOT / "ccv" / "cli" / "app.py").read_text()
    assert ours and all(f'"{name}"' in help_of_ccv or f"def {name}(" in help_of_ccv for name in ours)
    [requirements] = [words[words.index("-r") + 1] for words in commands() if "-r" in words and words[0] == "pip"]
    assert (ROOT / requirements).is_file()
    assert "jupyterlab==" in (ROOT / requirements).read_text()


def test_the_user_has_no_rights_and_bubblewrap_is_there():
    [user] = [rest for name, rest in instructions() if name == "USER"]
    [made] = [words for words in commands() if words[0] == "useradd"]
    assert user not in {"0", "root"} and user in (made[made.index("--uid") + 1], made[-1])
    assert any("bubblewrap" in words for words in commands() if words[0] == "apt-get")
    last = [name for name, _ in instructions()]
    assert last.index("USER") < last.index("CMD") and last.count("FROM") == 1


def test_the_devcontainer_uses_it():
    settings = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text())
    build = settings["build"]
    folder = ROOT / ".devcontainer"
    assert (folder / build["dockerfile"]).resolve() == ROOT / "Dockerfile"
    assert (folder / build["context"]).resolve() == ROOT
    assert [settings["remoteUser"]] == [words[-1] for words in commands() if words[0] == "useradd"]


def test_the_python_is_one_that_the_package_allows():
    [image] = [rest for name, rest in instructions() if name == "FROM"]
    minor = int(re.fullmatch(r"python:3\.(\d+)-slim", image)[1])
    low, high = re.search(r'requires-python = ">=3\.(\d+),<3\.(\d+)"', (ROOT / "pyproject.toml").read_text()).groups()
    assert int(low) <= minor < int(high)

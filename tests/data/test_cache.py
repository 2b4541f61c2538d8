"""What was found out about files is remembered: until they change, by many processes, and never at any price."""

import errno
import json
import logging
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import platformdirs
import pytest

from ccv import data
from ccv.data.photos import cache as _cache
from ccv.data.photos import scan


@pytest.fixture
def looked(monkeypatch):
    """The files that are opened for a check."""
    seen = []
    inspect = scan.inspect
    monkeypatch.setattr(scan, "inspect", lambda path: seen.append(path) or inspect(path))
    monkeypatch.setattr(_cache, "_warned", set())
    return seen


def test_files_are_checked_once(made, looked):
    root = made.tree(made.root)
    (root / "dog" / "bad.jpg").write_bytes(b"bad")
    first = data.folder(root, "all", size=8)
    assert len(looked) == 21
    again = data.folder(root, "all", size=16)
    assert len(looked) == 21
    assert again.skipped == first.skipped != []
    assert list(made.cache.rglob("*.json"))


def test_changed_new_and_lost_files(made, looked):
    root = made.tree(made.root)
    data.folder(root, size=8)
    looked.clear()
    changed = root / "cat" / "001.jpg"
    made.picture(99, height=30).save(changed)
    made.picture(98).save(root / "cat" / "new.jpg")
    (root / "dog" / "000.jpg").unlink()
    assert len(data.folder(root, "all", size=8)) == 20
    assert sorted(looked) == [str(changed), str(root / "cat" / "new.jpg")]


@pytest.mark.parametrize("cache", [False, "elsewhere"])
def test_no_cache_or_another(made, looked, cache):
    root = made.tree(made.root, count=2)
    place = made.cache.parent / cache if cache else cache
    for _ in range(2):
        data.folder(root, cache=place)
    assert len(looked) == (4 if cache else 8)
    assert not made.cache.exists()


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"version":1}', b'{"version":1,"files":[]}', b"\xff\x00",
     b'{"version":1,"files":{"/cat/000.jpg":7}}']
)  # fmt: skip
def test_a_damaged_cache_is_made_again(made, looked, content):
    root = made.tree(made.root, count=2)
    data.folder(root)
    (file,) = made.cache.rglob("*.json")
    good = file.read_bytes()
    file.write_bytes(content)
    assert len(data.folder(root, "all")) == 4
    assert json.loads(file.read_bytes()) == json.loads(good)


def test_a_full_disk_costs_the_cache_and_one_warning(made, looked, monkeypatch, caplog):
    root = made.tree(made.root, count=2)

    def full(*_, **__):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(_cache.json, "dump", full)
    for _ in range(3):
        assert len(data.folder(root, "all")) == 4
    assert caplog.text.count("going on without a cache") == 1
    assert "No space left on device" in caplog.text
    assert "set CCV_CACHE" in caplog.text
    assert not list(made.cache.rglob("*.*"))  # nor half a file


def test_a_cache_that_cannot_be_made(made, looked, caplog):
    root = made.tree(made.root, count=2)
    made.cache.write_text("a file where the folder should be")
    assert len(data.folder(root, "all")) == 4
    assert caplog.text.count("going on without a cache") == 1


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="mounting needs root on Linux")
def test_a_truly_full_disk(made, looked, caplog):
    root = made.tree(made.root, count=40)
    with tempfile.TemporaryDirectory() as place:
        mount = ["mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", place]
        mounted = subprocess.run(mount, capture_output=True, check=False)
        if mounted.returncode:
            pytest.skip("mounting is not possible here")
        try:
            assert len(data.folder(root, "all", cache=place)) == 80
            assert "No space left on device" in caplog.text
            assert not [file for file in Path(place).rglob("*") if file.is_file()]
        finally:
            subprocess.run(["umount", place], check=True)


def test_many_at_once_leave_a_whole_file(tmp_path, caplog):
    """Writers and readers beside one another: a reader sees one of the written contents, never a mixture."""
    path = tmp_path / "scans" / "one.json"
    contents = [{"writer": number, "rows": [number] * 5_000} for number in range(8)]

    def work(number):
        seen = []
        for _ in range(10):
            assert _cache.write(path, contents[number])
            seen.append(_cache.read(path))
        return all(content in contents for content in seen)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(8)))
    assert [file.name for file in path.parent.iterdir()] == ["one.json"]


def test_two_processes_at_once(made):
    root = made.tree(made.root, count=30)
    code = f"from ccv import data; from ccv.data import folders; print(len(folders.read({str(root)!r}).parts['train']))"
    runs = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    for run in runs:
        out, err = run.communicate(timeout=120)
        assert out.strip() == "48", err
    (file,) = [file for file in made.cache.rglob("*") if file.is_file()]
    assert len(json.loads(file.read_bytes())["files"]) == 60


def test_where_the_cache_is(monkeypatch, tmp_path):
    monkeypatch.setenv("CCV_CACHE", str(tmp_path))
    assert _cache.folder() == tmp_path
    monkeypatch.delenv("CCV_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert sys.platform != "linux" or _cache.folder() == tmp_path / "xdg" / "ccv"
    assert _cache.folder() == platformdirs.user_cache_path("ccv", appauthor=False)


def test_what_version_0_1_kept_elsewhere_is_still_read(monkeypatch, tmp_path):
    """Windows: LOCALAPPDATA/ccv then, LOCALAPPDATA/ccv/Cache now."""

    def as_on_windows(name, appauthor, opinion=True):
        return tmp_path / name / "Cache" if opinion else tmp_path / name

    monkeypatch.delenv("CCV_CACHE", raising=False)
    monkeypatch.setattr(platformdirs, "user_cache_path", as_on_windows)
    old, new = tmp_path / "ccv" / "scans" / "a.json", _cache.folder() / "scans" / "a.json"
    old.parent.mkdir(parents=True)
    old.write_text("1")
    assert _cache.read(new) == 1
    assert _cache.write(new, 2)
    assert _cache.read(new) == 2 and old.read_text() == "1"
    assert _cache.read(tmp_path / "elsewhere.json") is None


def test_what_is_checked_is_logged(made, looked, caplog):
    root = made.tree(made.root, count=2)
    with caplog.at_level(logging.INFO, logger="ccv.data"):
        data.folder(root)
    assert f"checking 4 images of {root}" in caplog.text

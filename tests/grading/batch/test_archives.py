"""Files that are hostile before any of their code runs: zips that climb, swell or hide, links, pipes, odd bytes."""

import io
import json
import os
import stat
import struct
import zipfile

import pytest

from ccv.grading.batch import reading
from ccv.grading.batch.reading import Location, read
from ccv.grading.batch.submissions import find_submissions
from ccv.grading.reading.submission import UnreadableSubmission

NOTEBOOK = json.dumps({"cells": [{"cell_type": "code", "source": "x = 1"}]})


def packed(**members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def found(path):
    return {s.student: s for s in find_submissions([path], "01_xo")[0]}


def everything_below(folder):
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*"))


def test_a_zip_is_read_in_memory_and_never_unpacked(tmp_path):
    (tmp_path / "class.zip").write_bytes(packed(**{"alice/x.ipynb": NOTEBOOK}))
    before = everything_below(tmp_path)
    candidate = found(tmp_path / "class.zip")["alice"].candidates[0]
    assert read(candidate.location).decode() == NOTEBOOK
    assert everything_below(tmp_path) == before


@pytest.mark.parametrize("name", ["../../evil.ipynb", "/etc/evil.ipynb", "a/../../evil.ipynb", "C:\\evil.ipynb"])
def test_a_name_that_climbs_out_is_reported(tmp_path, name):
    (tmp_path / "class.zip").write_bytes(packed(**{name: NOTEBOOK, "good/x.ipynb": NOTEBOOK}))
    students = found(tmp_path / "class.zip")
    (bad,) = (s for s in students if s != "good")
    assert not students[bad].candidates and "leads outside" in students[bad].problem
    assert students["good"].candidates


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path):
    (tmp_path / "alice.zip").write_bytes(packed(**{"01_xo.ipynb": b"0" * 50_000_000}))
    (candidate,) = found(tmp_path)["alice"].candidates
    with pytest.raises(UnreadableSubmission, match="zip bombs"):
        read(candidate.location)


def test_a_member_that_lies_about_its_size_is_refused(tmp_path):
    data = bytearray(packed(**{"x.ipynb": os.urandom(1000) + b"0" * 2_000_000}))
    true_size = struct.pack("<I", 2_001_000)
    assert data.count(true_size) == 2
    (tmp_path / "alice.zip").write_bytes(data.replace(true_size, struct.pack("<I", 100)))
    (candidate,) = found(tmp_path)["alice"].candidates
    with pytest.raises(UnreadableSubmission, match="damaged in the zip"):
        read(candidate.location)


def test_too_many_members_and_too_large_a_member(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "MAX_MEMBERS", 3)
    (tmp_path / "many.zip").write_bytes(packed(**{f"{i}.ipynb": NOTEBOOK for i in range(4)}))
    assert "4 files" in found(tmp_path)["many"].problem
    monkeypatch.setattr(reading, "MAX_FILE_BYTES", 1000)
    (tmp_path / "large.zip").write_bytes(packed(**{"x.ipynb": os.urandom(2000)}))
    (candidate,) = found(tmp_path)["large"].candidates
    with pytest.raises(UnreadableSubmission, match="limit"):
        read(candidate.location)


def test_zips_in_zips_are_read_one_level_deep(tmp_path):
    inner = packed(**{"01_xo.ipynb": NOTEBOOK})
    (tmp_path / "class.zip").write_bytes(
        packed(**{"alice/hw.zip": inner, "bob/hw.zip": packed(**{"deeper.zip": inner}), "carl.zip": inner})
    )
    students = found(tmp_path / "class.zip")
    assert read(students["alice"].candidates[0].location).decode() == NOTEBOOK
    assert students["alice"].candidates[0].file == "class.zip/alice/hw.zip/01_xo.ipynb"
    assert "zip in a zip in a zip" in students["bob"].problem
    assert students["carl"].candidates


def test_a_link_in_a_zip_is_reported(tmp_path):
    with zipfile.ZipFile(tmp_path / "class.zip", "w") as archive:
        link = zipfile.ZipInfo("alice/01_xo.ipynb")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("bob/01_xo.ipynb", NOTEBOOK)
    students = found(tmp_path / "class.zip")
    assert "symbolic link" in students["alice"].problem and not students["alice"].candidates
    assert students["bob"].candidates


@pytest.mark.skipif(os.name != "posix", reason="links need rights on Windows")
def test_links_on_disk_are_never_followed(tmp_path):
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "x.ipynb").write_text(NOTEBOOK)
    handed_in = tmp_path / "in"
    (handed_in / "alice").mkdir(parents=True)
    (handed_in / "alice" / "x.ipynb").symlink_to(secret / "x.ipynb")
    (handed_in / "bob").symlink_to(secret)
    (handed_in / "carl.zip").symlink_to(secret)
    (handed_in / "dora").mkdir()
    (handed_in / "dora" / "x.ipynb").write_text(NOTEBOOK)
    (handed_in / "dora" / "loop").symlink_to(handed_in)
    students = found(handed_in)
    for name in ("alice", "bob", "carl"):
        assert not students[name].candidates and "symbolic link" in students[name].problem
    assert students["dora"].candidates[0].file == "dora/x.ipynb"
    assert set(students) == {"alice", "bob", "carl", "dora"}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes need POSIX")
def test_a_pipe_or_a_link_in_a_files_place_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "alice.ipynb")
    (candidate,) = found(tmp_path)["alice"].candidates
    with pytest.raises(UnreadableSubmission, match="no ordinary file"):
        read(candidate.location)
    (tmp_path / "link.ipynb").symlink_to(tmp_path / "alice.ipynb")
    with pytest.raises(UnreadableSubmission, match="cannot be opened"):
        read(Location(str(tmp_path / "link.ipynb")))


@pytest.mark.parametrize("content", [b"", b"no zip at all", b"PK\x03\x04" + b"\xff" * 50])
def test_a_students_damaged_zip_costs_nobody_else(tmp_path, content):
    (tmp_path / "alice.zip").write_bytes(content)
    (tmp_path / "bob.ipynb").write_text(NOTEBOOK)
    students = found(tmp_path)
    assert "no zip" in students["alice"].problem
    assert students["bob"].candidates


def test_the_teachers_own_damaged_zip_is_one_sentence(tmp_path):
    (tmp_path / "class.zip").write_bytes(b"no zip at all")
    with pytest.raises(ValueError, match="no zip, or a damaged one"):
        find_submissions([tmp_path / "class.zip"], "01_xo")


def test_a_zip_with_a_password_is_reported(tmp_path):
    data = bytearray(packed(**{"x.ipynb": NOTEBOOK}))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + offset] |= 1
    (tmp_path / "alice.zip").write_bytes(data)
    with pytest.raises(UnreadableSubmission, match="password"):
        read(found(tmp_path)["alice"].candidates[0].location)


def test_names_in_an_old_encoding_and_two_members_of_one_name(tmp_path):
    with zipfile.ZipFile(tmp_path / "class.zip", "w") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("alice/x.ipynb", "old")
        archive.writestr("alice/x.ipynb", NOTEBOOK)
        archive.writestr("M_ller/x.ipynb", NOTEBOOK)
    data = (tmp_path / "class.zip").read_bytes().replace(b"M_ller", b"M\x81ller")
    (tmp_path / "class.zip").write_bytes(data)
    students = found(tmp_path / "class.zip")
    assert set(students) == {"alice", "Müller"}
    assert read(students["alice"].candidates[0].location).decode() == NOTEBOOK

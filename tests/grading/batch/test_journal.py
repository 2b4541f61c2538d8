"""The journal: what is on disk after a crash, and what a later run does with it."""

import json

import pytest

from ccv.grading.batch.journal import NAME, Journal, read_journal
from ccv.grading.batch.record import Header, Record, from_line, submission_seed, to_line

HEADER = Header("00_small", "abc", 0, "0.1", {"double": 2, "word": 1}, [], None)


def record(student, **changes):
    fields = {"digest": "", "seed": 1, "status": "graded", "message": "", "sheet": {"points": 1}, "fingerprints": []}
    return Record(student, f"{student}.py", **(fields | {"weights": {}, "platform": {}, "seconds": 0.1} | changes))


def test_what_was_written_is_read_back(tmp_path):
    odd = record("Zoë\n\u2028{}", message='line\nbreak "quoted" \udcff')
    with Journal(tmp_path, HEADER) as journal:
        journal.append(record("alice"))
        journal.append(odd)
    assert (tmp_path / NAME).read_bytes().count(b"\n") == 3
    assert read_journal(tmp_path / NAME) == (HEADER, [record("alice"), odd])


@pytest.mark.parametrize("kept", [1, 10, 60, -1])
def test_a_torn_last_line_is_repaired(tmp_path, kept):
    with Journal(tmp_path, HEADER) as journal:
        journal.append(record("alice"))
    whole = (tmp_path / NAME).read_bytes()
    (tmp_path / NAME).write_bytes(whole + to_line(record("bob")).encode()[:kept])
    assert [r.student for r in read_journal(tmp_path / NAME)[1]] == ["alice"]
    with Journal(tmp_path, HEADER, resume=True) as journal:
        assert [r.student for r in journal.records] == ["alice"]
        journal.append(record("carl"))
    assert [r.student for r in read_journal(tmp_path / NAME)[1]] == ["alice", "carl"]


@pytest.mark.parametrize("torn", [b"", b'{"lab": "00_'])
def test_a_journal_torn_in_its_header_is_begun_anew(tmp_path, torn):
    (tmp_path / NAME).write_bytes(torn)
    with Journal(tmp_path, HEADER, resume=True) as journal:
        journal.append(record("alice"))
    assert read_journal(tmp_path / NAME) == (HEADER, [record("alice")])


def test_a_used_folder_needs_resume(tmp_path):
    Journal(tmp_path, HEADER).close()
    with pytest.raises(FileExistsError, match="--resume or another --out"):
        Journal(tmp_path, HEADER)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"lab_digest": "x"}, "version of the lab"),
        ({"seed": 1}, "seed"),
        ({"exercises": {"word": 1}}, "choice of exercises"),
        ({"exercises": {"word": 1, "double": 2}}, "choice of exercises"),
        ({"lab": "02"}, "lab"),
        ({"shard": "1/2"}, "shard"),
    ],
)
def test_another_header_is_refused(tmp_path, change, word):
    Journal(tmp_path, HEADER).close()
    with pytest.raises(ValueError, match=f"another {word}"):
        Journal(tmp_path, Header(**(vars(HEADER) | change)), resume=True)
    Journal(tmp_path, Header(**(vars(HEADER) | {"ccv": "9", "protections": [{}]})), resume=True).close()


def test_two_runs_do_not_share_a_journal(tmp_path):
    with Journal(tmp_path, HEADER), pytest.raises(BlockingIOError, match="another run"):
        Journal(tmp_path, HEADER, resume=True)
    Journal(tmp_path, HEADER, resume=True).close()


@pytest.mark.parametrize("line", ["{}", "[]", "no json", '{"student": "eve", "points": 100}', "[" * 100_000])
def test_a_line_that_nobody_wrote_is_refused(tmp_path, line):
    with Journal(tmp_path, HEADER) as journal:
        journal.append(record("alice"))
    with (tmp_path / NAME).open("a") as file:
        file.write(line + "\n")
    with pytest.raises(ValueError, match=r"line 3 .* is damaged"):
        Journal(tmp_path, HEADER, resume=True)


def test_a_file_graded_again_counts_once(tmp_path):
    with Journal(tmp_path, HEADER) as journal:
        journal.append(record("alice", digest="old"))
        journal.append(record("alice", digest="new"))
    assert [r.digest for r in read_journal(tmp_path / NAME)[1]] == ["new"]


def test_where_there_is_no_journal(tmp_path):
    with pytest.raises(FileNotFoundError, match="no journal"):
        read_journal(tmp_path / NAME)


def test_lines_are_ascii_and_complete():
    line = to_line(record("é\x1b[0m"))
    assert line.isascii() and line.count("\n") == 1 and "\x1b" not in line
    assert from_line(Record, line) == record("é\x1b[0m")
    assert set(json.loads(line)) == set(vars(record("x")))


def test_seeds_differ_by_student_and_class():
    seeds = {submission_seed(s, name) for s in range(3) for name in ("alice", "bob", "\udcff")}
    assert len(seeds) == 9
    assert all(0 <= s < 2**31 for s in seeds)

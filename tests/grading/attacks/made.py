"""Hostile submissions that have to be made: archives, links, huge or broken files, and names that are attacks."""

from __future__ import annotations

import io
import json
import os
import stat
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Made:
    """A generator of a hostile submission in a folder; `earns` is whether the honest code in it keeps its points."""

    make: Callable[[Path, str], None]
    earns: bool
    slow: bool

    @property
    def name(self) -> str:
        """The name of the attack."""
        return self.make.__name__

    @property
    def says(self) -> str:
        """What it does, in one line."""
        return str(self.make.__doc__)


MADE: list[Made] = []


def made(*, earns: bool = False, slow: bool = False) -> Callable:
    """Add a generator `make(folder, honest_code)` to `MADE`."""

    def add(make: Callable[[Path, str], None]) -> Callable:
        MADE.append(Made(make, earns, slow))
        return make

    return add


def notebook(*cells: object, **extra: object) -> bytes:
    """The bytes of a notebook with these cells."""
    code = [{"cell_type": "code", "source": c, "metadata": {}, "outputs": []} for c in cells]
    return json.dumps({"cells": code, "metadata": {}, "nbformat": 4, "nbformat_minor": 5} | extra).encode()


# ------------------------------------------------------------------------------------------------------- archives


@made()
def zip_slip(folder: Path, honest: str) -> None:
    """A zip whose members climb out of the folder that they are unpacked in, with slashes of every kind."""
    with zipfile.ZipFile(folder / "slip.zip", "w") as archive:
        for name in ("../../canary/pwned.py", "/tmp/ccv-attack-pwned.py", "..\\..\\canary\\pwned.py", "C:\\pwned.py"):
            archive.writestr(name, "output_size = 1")


@made()
def zip_bomb(folder: Path, honest: str) -> None:
    """A zip of 1 MB that holds 1 GB of spaces."""
    with zipfile.ZipFile(folder / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("bomb/bomb.py", "w", force_zip64=True) as member:
            for _ in range(1024):
                member.write(b" " * 2**20)


@made()
def zip_that_understates(folder: Path, honest: str) -> None:
    """A zip whose directory says that a member has 10 bytes, and which unpacks to 300 MB."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("lies/lies.py", b"#" * (300 * 2**20))
    true_size, false_size = (300 * 2**20).to_bytes(4, "little"), (10).to_bytes(4, "little")
    (folder / "lies.zip").write_bytes(file.getvalue().replace(true_size, false_size))


@made()
def zip_in_zip(folder: Path, honest: str) -> None:
    """Zips within zips, thirty deep and four wide at each level by way of the same bytes."""
    data = b"output_size = 1"
    name = "nest.py"
    for _ in range(30):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for copy in range(4 if len(data) < 10**6 else 1):
                archive.writestr(f"{copy}-{name}"[-20:], data)
        data, name = file.getvalue(), "nest.zip"
    (folder / "nest.zip").write_bytes(data)


@made()
def zip_of_many(folder: Path, honest: str) -> None:
    """A zip of 70,000 empty members."""
    with zipfile.ZipFile(folder / "many.zip", "w") as archive:
        for number in range(70_000):
            archive.writestr(f"{number}/", b"")


@made()
def zip_with_links(folder: Path, honest: str) -> None:
    """A zip with symbolic links to the lab's solution and to the folder above, and a device."""
    with zipfile.ZipFile(folder / "links.zip", "w") as archive:
        for name, target, kind in (
            ("links/links.py", "@LAB@/00_target.py", stat.S_IFLNK),
            ("links/up", "../../..", stat.S_IFLNK),
            ("links/dev.py", "", stat.S_IFCHR),
        ):
            member = zipfile.ZipInfo(name)
            member.external_attr = (kind | 0o777) << 16
            member.create_system = 3
            archive.writestr(member, target.replace("@LAB@", os.environ.get("CCV_ATTACK_LAB", "/lab")))


@made()
def zip_damaged(folder: Path, honest: str) -> None:
    """A zip that is cut off, one with a wrong checksum, one that wants a password, and one that is none."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("damaged/damaged.py", "output_size = lambda n, kernel, stride=1: (n - kernel) // stride + 1")
    whole = file.getvalue()
    (folder / "cut.zip").write_bytes(whole[: len(whole) // 2])
    (folder / "sum.zip").write_bytes(whole.replace(b"kernel) //", b"kernel) /1"))
    flags = bytearray(whole)
    flags[6] |= 1
    flags[whole.rindex(b"PK\x01\x02") + 8] |= 1
    (folder / "password.zip").write_bytes(flags)
    (folder / "none.zip").write_bytes(b"PK\x03\x04" + os.urandom(100))


@made()
def zip_twice_the_same_name(folder: Path, honest: str) -> None:
    """A zip that holds one name twice: a blank for whoever looks, a theft for whoever unpacks."""
    import warnings

    with warnings.catch_warnings(), zipfile.ZipFile(folder / "twice.zip", "w") as archive:
        warnings.simplefilter("ignore")
        archive.writestr("twice/twice.py", "output_size = 1")
        archive.writestr("twice/twice.py", "output_size = 2")


# ---------------------------------------------------------------------------------------------- links and devices


@made()
def link_to_the_solution(folder: Path, honest: str) -> None:
    """A submission that is a symbolic link to the lab's solution."""
    (folder / "linked.py").symlink_to(Path(os.environ["CCV_ATTACK_LAB"]) / "00_target.py")


@made()
def link_to_another_submission(folder: Path, honest: str) -> None:
    """A symbolic link to another student's work, one to itself, and a folder that holds itself."""
    (folder / "copied.py").symlink_to(folder.parent / "canary" / "alice.py")
    (folder / "itself.py").symlink_to(folder / "itself.py")
    (folder / "around").symlink_to(folder)


@made()
def pipe_and_device(folder: Path, honest: str) -> None:
    """A named pipe that nobody writes to, a link to /dev/zero, and a folder called like a notebook."""
    os.mkfifo(folder / "pipe.ipynb")
    (folder / "zero.py").symlink_to("/dev/zero")
    (folder / "folder.ipynb").mkdir()


# ------------------------------------------------------------------------------------------- huge and broken files


@made(earns=True, slow=True)
def notebook_of_200_mb(folder: Path, honest: str) -> None:
    """An honest notebook with 200 MB of pictures in its outputs: graded, or refused with a kind word."""
    image = {"output_type": "display_data", "data": {"image/png": "A" * (199 * 2**20)}, "metadata": {}}
    cell = {"cell_type": "code", "source": honest, "outputs": [image], "metadata": {}}
    (folder / "large.ipynb").write_text(json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4}))


@made(slow=True)
def notebook_beyond_the_limit(folder: Path, honest: str) -> None:
    """A sparse file of 100 GB that calls itself a notebook."""
    with (folder / "sparse.ipynb").open("wb") as file:
        file.truncate(100 * 2**30)


@made(slow=True)
def notebook_of_empty_dicts(folder: Path, honest: str) -> None:
    """A notebook of 150 MB of empty lists and dicts, thirty times as large in memory."""
    (folder / "dicts.ipynb").write_bytes(b'{"cells": [' + b"[],{}," * (25 * 2**20) + b"{}]}")


@made(slow=True)
def script_of_cell_marks(folder: Path, honest: str) -> None:
    """A script of 150 MB of cell marks."""
    (folder / "marks.py").write_bytes(b"#%%\n" * (37 * 2**20))


@made()
def nested_json(folder: Path, honest: str) -> None:
    """A notebook of a million opening brackets, and one whose cell source is nested as deep."""
    (folder / "nested.ipynb").write_bytes(b"[" * 10**6)
    (folder / "source.ipynb").write_bytes(b'{"cells": [{"cell_type": "code", "source": ' + b"[" * 10**5)


@made()
def nested_code(folder: Path, honest: str) -> None:
    """Code so deeply nested that parsers give up, and a line of a million blanks for regular expressions."""
    deep = "output_size = " + "(" * 10**5 + ")" * 10**5
    minus = "weights = " + "-" * 10**5 + "1"
    chain = "letter = x" + ".a" * 10**5
    blank = "blur" + " " * 10**6 + "%"
    (folder / "deep.py").write_text("\n\n# %%\n".join([deep, minus, chain, blank]))


@made()
def json_of_the_wrong_kind(folder: Path, honest: str) -> None:
    """Notebooks whose cells, sources and worksheets are numbers, dicts and nothing."""
    kinds = [
        {"cells": 5},
        {"cells": {"a": 1}},
        {"worksheets": [{"cells": 5}]},
        {"worksheets": [{"cells": None}]},
        [],
        5,
    ]
    kinds += [{"cells": [None, 5, {"cell_type": "code", "source": {"a": 1}}]}, {"cells": None}, None, "cells"]
    for number, kind in enumerate(kinds):
        (folder / f"kind{number}.ipynb").write_text(json.dumps(kind))
    (folder / "digits.ipynb").write_text('{"cells": ' + "9" * 10**5 + "}")
    (folder / "empty.ipynb").touch()


@made(slow=True)
def two_slow_candidates(folder: Path, honest: str) -> None:
    """Two notebooks of one student, so that the grader reads both to choose; lines of blanks make that slow."""
    (folder / "nora").mkdir()
    for name in ("one.ipynb", "two.ipynb"):
        (folder / "nora" / name).write_bytes(notebook("def broken(:\nx" + " " * 10**6 + "y", "output_size = 1"))


@made(earns=True)
def invalid_utf8(folder: Path, honest: str) -> None:
    """Honest code among bytes that are no UTF-8, NULs and lone surrogates in comments and in other cells."""
    noise = b'# %%\nnoise = "\xff\xfe\xc3\x28"\n# %%\n# \xed\xa0\x80\n'
    (folder / "invalid.py").write_bytes(honest.encode() + b"\n\n" + noise)


@made(earns=True)
def surrogates_and_nul(folder: Path, honest: str) -> None:
    """A notebook with lone surrogates, NULs and escapes in other cells' code, names and metadata."""
    cells = [honest, "x = '\ud800'", "y = '\0'", "\x1b[2J", "\u202edef f(): pass", "о\u0443 = 1"]
    (folder / "odd.ipynb").write_bytes(notebook(*cells, metadata={"kernelspec": {"name": "\ud800\x1b[2J"}}))


@made(earns=True)
def duplicated_and_damaged_cells(folder: Path, honest: str) -> None:
    """Honest cells twice, with one cut off in the middle of a string: the duplicate that stops nbgrader's batch."""
    cell = {
        "cell_type": "code",
        "source": honest,
        "metadata": {"nbgrader": {"grade_id": "a", "locked": True}},
        "id": "a",
    }
    broken = {**cell, "source": "def broken(:\n    '''"}
    (folder / "twice.ipynb").write_text(json.dumps({"cells": [cell, broken, cell], "nbformat": 4, "metadata": {}}))


@made(earns=True)
def utf16(folder: Path, honest: str) -> None:
    """Honest work in UTF-16, as Windows writes it."""
    (folder / "utf16.ipynb").write_bytes(notebook(honest).decode().encode("utf-16"))


@made()
def utf16_and_binary(folder: Path, honest: str) -> None:
    """UTF-16 that ends in half a character, an executable called .py and a picture called .ipynb."""
    (folder / "utf16.ipynb").write_bytes(notebook(honest).decode().encode("utf-16")[: len(honest)] + b"\x00\xd8")
    (folder / "elf.py").write_bytes(b"\x7fELF" + bytes(range(256)) * 100)
    (folder / "picture.ipynb").write_bytes(b"\x89PNG\r\n" + bytes(range(256)) * 100)


# --------------------------------------------------------------------------------------------------------- names


@made(earns=True)
def names_that_are_attacks(folder: Path, honest: str) -> None:
    """Honest work under names with HTML, formulas, newlines, escapes, bidirectional marks and 250 characters."""
    names = ["<img src=x onerror=alert(1)>", "=cmd|' C calc'!A0", "+1-@SUM(A1)", 'line\nbreak,"quote"', "\x1b[31mred"]
    names += [
        "\u202eevil",
        "n" * 240,
        "con",
        "aux",
        "..",
        "...",
        "-rf",
        "$(touch pwned)",
        "'; drop table",
        "а",
        "a\u0301",
    ]
    for name in names:
        (folder / f"{name}.py").write_text(honest)


@made(earns=True)
def names_that_lie(folder: Path, honest: str) -> None:
    """Two students under one name: by case, by lookalike letters, by Unicode normal form, by Moodle's folder names."""
    for name in ("mia", "MIA", "m\u0456a", "zo\u00eb", "zoe\u0308", "scores", "journal", "index"):
        (folder / f"{name}.py").write_text(honest)
    for moodle in ("Mia Mu_1234567_assignsubmission_file", "Mia Mu_1234567_assignsubmission_file_"):
        (folder / moodle).mkdir()
        (folder / moodle / "00_target.py").write_text(honest)


@made()
def configuration_beside_it(folder: Path, honest: str) -> None:
    """A folder with conftest.py, pytest.ini, sitecustomize, .pth, a package called numpy and tests of its own."""
    shout = f"open({str(folder.parent / 'canary' / 'pwned')!r}, 'w').write('x')\n"
    for name in ("conftest.py", "sitecustomize.py", "usercustomize.py", "numpy.py", "pytest.py", "test_00_target.py"):
        (folder / name).write_text(shout)
    (folder / "pytest.ini").write_text("[pytest]\naddopts = -p sitecustomize --co\npython_files = *.py\n")
    (folder / "x.pth").write_text(f"import os; {shout}")
    (folder / "mine.py").write_text("output_size = 1")

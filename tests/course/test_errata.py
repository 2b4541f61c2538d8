"""What the slides get wrong: one data file, its page and the labs' sections."""

import re

import nbformat
import pytest
import yaml

from ccv.course import build, errata
from ccv.course.catalog import labs, labs_directory

DATA = yaml.safe_load((labs_directory() / "errata.yml").read_text(encoding="utf-8"))
ROWS = DATA["rows"]
PAGE = (labs_directory() / "ERRATA.md").read_text(encoding="utf-8")
COMING = {
    "06_inception",
    *("14_segmentation", "15_one_shot", "16_style"),
}
CODE = re.compile(r"\b[ACDESX]-\d{2,3}\b|\bX/O-\d")


def test_each_row_of_the_catalogue_is_there_once():
    ids = [i for row in ROWS for i in row["ids"]]
    catalogued = sorted(i for i in ids if re.fullmatch(r"[XD]-\d{2}", i))
    assert catalogued == [f"D-{n:02}" for n in range(1, 33)] + [f"X-{n:02}" for n in range(1, 79)]
    assert len(set(ids)) == len(ids)


def test_each_row_says_all_that_the_page_shows():
    for row in ROWS:
        assert set(row) == {"ids", "deck", "place", "says", "right", "labs"}, row["ids"]
        assert all(row.values()) and row["deck"] in DATA["decks"], row["ids"]


def test_each_lab_that_is_named_is_known_and_says_what_it_covers():
    known = {lab.name for lab in labs()}
    assert {name for row in ROWS for name in row["labs"]} <= known | COMING
    assert set(DATA["labs"]) <= known


def test_the_page_is_current_and_has_each_row():
    assert "ERRATA.md" not in build.stale_pages(), "run: ccv labs build"
    assert PAGE.count("\n| ") == len(ROWS) + 2 * len(DATA["decks"])


def test_the_page_shows_no_code_and_no_line_of_a_file():
    assert not CODE.findall(PAGE)
    assert not re.findall(r"\.txt|:\d+-\d+", PAGE)


def test_a_lab_that_does_not_exist_is_a_coming_one(tmp_path):
    (tmp_path / "errata.yml").write_text(
        "decks: {one: {title: One}}\nlabs: {}\n"
        "rows: [{ids: [X-01], deck: one, place: p, says: a|b, right: r, labs: [01_a, 02_b]},"
        "{ids: [X-02], deck: one, place: p, says: s, right: r, labs: [02_b]}]"
    )
    (tmp_path / "01_a").mkdir()
    assert errata.page(tmp_path).endswith("| p | a\\|b | r | [01_a](01_a/01_a.ipynb) |\n| p | s | r | a coming lab |\n")


@pytest.mark.parametrize("lab", [lab for lab in labs() if lab.name in DATA["labs"]], ids=lambda lab: lab.name)
def test_a_section_is_folded_and_has_the_rows_of_its_lab(lab):
    text = errata.section(lab)
    assert text.startswith("<details>\n<summary>") and text.endswith("\n</details>")
    assert text.count("\n| ") == 2 + sum(lab.name in row["labs"] for row in ROWS)
    assert not CODE.findall(text)
    assert nbformat.read(lab.notebook, as_version=4).cells[-1].source == text, "the lab ends with its section"

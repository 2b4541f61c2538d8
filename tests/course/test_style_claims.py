"""What lab 16 says of the whole course: its map, its table of pictures, its twenty questions."""

import re

import pytest

from ccv.course.catalog import labs
from ccv.course.source import holds_hints, read_source

LABS = {lab.name[:2]: lab for lab in labs()}
TEXT = "\n\n".join(c.source for c in read_source(LABS["16"]) if c.cell_type == "markdown" and not holds_hints(c))
CODE = "\n\n".join(c.source for c in read_source(LABS["16"]) if c.cell_type == "code")
ROWS = re.findall(r"^\| ([^|]+) \| (\d\d[^|]*|here) \|$", TEXT.split("### Where its pictures are")[1], re.MULTILINE)


def headings(lab):
    prose = "\n".join(cell.source for cell in read_source(lab) if cell.cell_type == "markdown")
    return [re.sub(r"^\d+\. ", "", heading) for heading in re.findall(r"^#+ (.+)$", prose, re.MULTILINE)]


def test_the_map_has_every_lab_once_and_in_order():
    signs = re.findall(r'\("(\d\d)", "[^"]+", "[^"]+"\)', CODE)
    assert signs == [f"{n:02}" for n in range(17)]
    assert set(LABS) <= set(signs)


def test_the_table_of_pictures_is_whole():
    """S-152, X-77: each figure that the course's material has lost has its row."""
    told = " ".join(what for what, _ in ROWS)
    lost = ["one dimension", "padding", "pooling", "winners of ImageNet", "landscape", "training curves"]
    lost += ["network in network", "YOLO's grid", "augmentation", "borrowed network", "volume", "masks"]
    lost += ["towers", "style"]
    assert [one for one in lost if one not in told] == []


@pytest.mark.parametrize("row", [row for row in ROWS if "*" in row[1]], ids=lambda row: row[0])
def test_each_picture_stands_where_the_table_says(row):
    parts = re.findall(r"(\d\d)?((?:[^*\d]|\d(?!\d))*)\*([^*]+)\*", row[1])
    lab = None
    for number, _, heading in parts:
        lab = LABS[number] if number else lab
        assert heading in headings(lab), (row, heading)


def test_there_are_twenty_questions_from_all_over_the_course():
    asked = TEXT.split("## 10. Twenty questions")[1].split("## What you have learnt")[0]
    folded = re.findall(r"<details><summary>(\d+)\. (.+?)</summary>\n\n(.+?)\n\n</details>", asked, re.DOTALL)
    assert [int(number) for number, _, _ in folded] == list(range(1, 21))
    named = {n for _, _, said in folded for place in re.findall(r"\(Labs? ([^)]+)\)", said) for n in place.split(", ")}
    assert named >= {f"{n:02}" for n in range(16)}

"""Every lab has the form that labs/WRITING.md describes, as far as it can be counted."""

import re
from itertools import pairwise

import pytest

from ccv.course.catalog import labs
from ccv.course.errata import PLACE
from ccv.course.source import BEGIN, holds_hints, is_folded, read_source

LONGEST_CELL = 25
ENDING = ["## What you have learnt", "## Do you still know?", "## Your own ", "## An open task", "## To read on", PLACE]
CODE_OF_THE_CATALOGUE = re.compile(r"\b[SCEXD]-\d{2,3}\b")
LABS = {lab.name: lab for lab in labs()}


@pytest.fixture(params=LABS)
def cells(request):
    """The cells that a student gets."""
    return [cell for cell in read_source(LABS[request.param]) if not holds_hints(cell)]


def prose(cells):
    return "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


def section(cells, heading):
    """The text below a heading of the ending."""
    below = prose(cells).split(f"\n{heading}", 1)[1]
    return re.split(r"^(?:## |<!--)", below, maxsplit=1, flags=re.MULTILINE)[0]


def read_by_students(cells):
    """Code that stands open, but for answers: their reference is no cell of the notebook."""
    return [c.source for c in cells if c.cell_type == "code" and not is_folded(c) and BEGIN not in c.source]


def test_it_opens_with_what_it_is_for(cells):
    opening = prose(cells).split("\n## ", 1)[0]
    for start in ("**You will be able to**", "**You should know**", "**Time**"):
        assert re.search(rf"^{re.escape(start)}", opening, re.MULTILINE), f"{start} begins no paragraph of the opening"


def test_it_ends_in_order(cells):
    places = [prose(cells).rfind(f"\n{heading}") for heading in ENDING]
    assert -1 not in places, f"{ENDING[places.index(-1)]} is missing"
    assert all(a < b for a, b in pairwise(places)), "the parts of the ending stand in another order"


def test_it_recalls_and_asks(cells):
    lines = re.findall(r"^- ", section(cells, "## What you have learnt"), re.MULTILINE)
    assert 5 <= len(lines) <= 8
    asked = section(cells, "## Do you still know?")
    folded = re.findall(r"<details><summary>(.+?)</summary>\n\n(.+?)\n\n</details>", asked, re.DOTALL)
    assert 6 <= len(folded) <= 8
    assert len(folded) == asked.count("<details>")


def test_it_links_to_what_to_read(cells):
    links = re.findall(r"\]\((https://[^)\s]+)\)", section(cells, "## To read on"))
    assert len(links) >= 3
    assert len(set(links)) == len(links)


def test_it_needs_no_slides_and_has_no_codes(cells):
    whole = "\n".join(cell.source for cell in cells if cell.source.strip() != PLACE)
    assert not re.findall(r".*\bslides?\b.*", whole, re.IGNORECASE)
    assert not CODE_OF_THE_CATALOGUE.findall(whole)


def test_its_cells_are_short(cells):
    long = [source for source in read_by_students(cells) if len(source.strip().splitlines()) > LONGEST_CELL]
    assert not long, f"{len(long)} cells have over {LONGEST_CELL} lines; the first is:\n{long[0]}"

"""Everything in the course's material is covered by one lab, under a heading that exists."""

import re
from pathlib import Path

from ccv.course import build, coverage, errata
from ccv.course.catalog import labs, labs_directory
from ccv.models import list_models

TESTS = Path(__file__).parents[1] / "models"

LISTED = coverage.checklist()
PLACES = coverage.places()
SECTIONS = [(deck, title, ids) for deck, rows in coverage.sections().items() for title, ids in rows]
OF_NO_DECK = {"S-122", "S-139", "S-152", *LISTED["groups"]}  # what the labs owe as a whole, and questions by the dozen


def test_the_checklist_is_whole():
    assert list(LISTED["items"]) == [f"S-{n:03}" for n in range(1, 158)]
    assert list(LISTED["questions"]) == [f"E-{n:02}" for n in range(1, 84)]


def test_each_network_has_a_lab_its_builders_and_their_tests():
    assert list(LISTED["systems"]) == [f"A-{n:02}" for n in range(1, 36)]
    known, elsewhere = set(list_models()), LISTED["elsewhere"]
    for about in LISTED["systems"].values():
        assert about["item"] in PLACES or about["item"] in elsewhere, about
        assert set(about["builders"]) <= known, about
        tests = (TESTS / about["tests"]).read_text(encoding="utf-8")
        assert any(name in tests for name in about["builders"]), about


def test_what_is_claimed_is_listed_and_claimed_once():
    assert set(PLACES) <= {*LISTED["items"], *LISTED["questions"]}
    assert not {one: where for one, where in PLACES.items() if len(where) > 1}


def test_nobody_claims_what_is_covered_elsewhere_or_by_its_questions():
    assert not set(PLACES) & {*LISTED["elsewhere"], *LISTED["groups"]}


def test_each_heading_exists():
    for lab in labs():
        assert set(coverage.claims(lab)) <= set(coverage.headings(lab)), lab.name


def test_each_deck_is_there_in_its_order():
    assert list(coverage.sections()) == list(errata.decks(labs_directory()))


def test_each_section_of_a_deck_holds_something_and_each_thing_once():
    for deck, title, ids in SECTIONS:
        assert ids and len(set(ids)) == len(ids), (deck, title)


def test_the_decks_hold_all_items_and_questions_and_no_others():
    held = {one for _, _, ids in SECTIONS for one in ids}
    assert held == {*LISTED["items"], *LISTED["questions"]} - OF_NO_DECK


def test_the_page_has_each_section_and_the_headings_that_cover_it():
    page = coverage.page().partition(errata.decks(labs_directory())["part1"])[2]
    rows = [row.split(" | ") for row in re.findall(r"^\| (?!section|---)(.+) \|$", page, re.MULTILINE)]
    for (_, title, ids), row in zip(SECTIONS, rows, strict=True):
        assert row[:2] == [title, ", ".join(ids)]
        assert set(re.findall(r"\[(\w+), ([^\]]+)\]", row[2])) == {place for i in ids for place in PLACES.get(i, [])}
        assert ("a coming lab" in row[2]) == any(i not in PLACES and i not in LISTED["elsewhere"] for i in ids)


def test_the_page_is_current():
    assert "COVERAGE.md" not in build.stale_pages(), "run: ccv labs build"
    page = (labs_directory() / "COVERAGE.md").read_text(encoding="utf-8")
    assert len(re.findall(r"^\| [SE]-\d{2,3} \|", page, re.MULTILINE)) == 157 + 83

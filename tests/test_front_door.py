"""The README and the pages behind it: one picture that says what it shows, no link into nothing, and short."""

import re
from pathlib import Path

import pytest
from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(ROOT.glob("docs/*.md")), *sorted(ROOT.glob("labs/*.md"))]
LINK = re.compile(r"(!?)\[([^\]]*)\]\((?!https?:)([^)#]+)[^)]*\)")
README = PAGES[0].read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.parent.name}/{page.name}")
def test_links_lead_somewhere(page):
    linked = [target for _, _, target in LINK.findall(page.read_text(encoding="utf-8"))]
    assert [target for target in linked if not (page.parent / target).exists()] == []


def test_every_page_is_reached_from_the_readme():
    linked = {(ROOT / target).resolve() for _, _, target in LINK.findall(README)}
    pages = {*ROOT.glob("docs/*.md"), *ROOT.glob("labs/*.md"), ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"}
    assert pages - linked == set()


def test_it_opens_with_a_moving_picture_that_is_small_and_described():
    image, text, target = LINK.search(README).groups()
    assert image == "!"
    assert len(text) > 100
    assert (ROOT / target).stat().st_size < 1_000_000
    with Image.open(ROOT / target) as picture:
        assert picture.n_frames > 10  # type: ignore[attr-defined]
        assert picture.width <= 900


def test_each_reader_has_a_few_lines():
    for reader in ("student", "teacher", "engineer"):
        section = README.split(f"## I am a{'n' * (reader == 'engineer')} {reader}\n")[1].split("\n## ")[0]
        lines = [line for line in section.splitlines() if line and not line.startswith(("|", "```"))]
        assert len(lines) <= 7
        assert f"](docs/{reader}s.md)" in section

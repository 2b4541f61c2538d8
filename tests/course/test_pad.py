"""The pad to draw on."""

import re

from ccv.course.pad import DrawingPad


def test_two_pads_on_a_page_are_apart_and_each_script_finds_its_own():
    pages = [DrawingPad()._repr_html_() for _ in range(2)]
    ids = [re.findall(r'<div id="([^"]+)">', page) for page in pages]
    assert ids[0] != ids[1]
    for (own,), page in zip(ids, pages, strict=True):
        assert f'document.getElementById("{own}")' in page
        assert "PAD" not in page


def test_without_a_browser_it_is_a_sentence():
    assert repr(DrawingPad()) == "a pad to draw on, where a notebook is open in a browser"

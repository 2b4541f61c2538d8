"""Figures: what a sheet may hold, drawn; what it may not, left out."""

import xml.etree.ElementTree as ET

import pytest

from ccv.grading.report.pictures import histogram, picture

NAN = float("nan")


def drawn(data):
    """The figure's caption and its SVG as a tree."""
    tree = ET.fromstring(str(picture(data, "Picture of blur")))
    return tree.find("figcaption").text, tree.find("svg")


def test_mask_marks_the_wrong_places_and_says_where():
    caption, svg = drawn({"kind": "mask", "wrong": ["0110", "0000", "0001"], "note": "Your map."})
    assert caption == "Your map. The marked squares lie in rows 0 to 2 and columns 1 to 3, counted from 0."
    wrong = svg.find("path[@class='wrong']").get("d")
    assert wrong.count("M") == 2, "two neighbours are one box"
    assert svg.get("role") == "img" and "Picture of blur" in svg.get("aria-label")


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (["00", "00"], "No square"),
        (["1"], "Every square"),
        (["000", "000", "111"], "in row 2 and columns 0 to 2"),
        (["1" * 64] * 63 + ["0" * 64], "in rows 0 to 62"),
        (["1", "011"], "in rows 0 to 1"),
    ],
)
def test_masks(rows, words):
    caption, _ = drawn({"kind": "mask", "wrong": rows, "note": "1 < 2"})
    assert words in caption and caption.startswith("1 < 2")


def test_mask_is_bounded():
    assert len(picture({"kind": "mask", "wrong": ["10" * 5000] * 5000, "note": ""}, "x")) < 80_000


@pytest.mark.parametrize(
    "values", [[0.1, 0.5, 0.9], [1], [NAN, 2, NAN], [1e300, -1e300], [0, 0, 0], [1] * 5000, [None, 1]]
)
@pytest.mark.parametrize("line", [None, 0.8, NAN])
def test_curves(values, line):
    caption, svg = drawn({"kind": "curve", "values": values, "line": line, "note": ""})
    assert f"{len(values)} points" in caption
    assert "nan" not in ET.tostring(svg, "unicode").replace("no number", "") and "inf" not in ET.tostring(
        svg, "unicode"
    )
    assert (svg.find("path[@class='line']") is not None) == (line == 0.8)
    assert len(ET.tostring(svg)) < 20_000


def test_gap_in_a_curve_is_a_gap():
    _, svg = drawn({"kind": "curve", "values": [1, 2, NAN, 4, 5], "line": None, "note": ""})
    assert svg.find("path[@class='curve']").get("d").count("M") == 2


@pytest.mark.parametrize(
    "data",
    [
        None,
        {},
        "mask",
        {"kind": "mask"},
        {"kind": "mask", "wrong": []},
        {"kind": "mask", "wrong": ["", ""]},
        {"kind": "mask", "wrong": [1, 2]},
        {"kind": "curve", "values": []},
        {"kind": "curve", "values": ["<b>"]},
        {"kind": "curve", "values": [NAN]},
        {"kind": "<script>", "values": [1]},
    ],
)
def test_what_cannot_be_drawn_is_left_out(data):
    assert picture(data, "x") == ""


def test_histogram_is_well_formed_and_counts():
    svg = ET.fromstring(str(histogram([0, 3, 1], [0, 1, 2, 3], "Totals <1>")))
    assert [t.text for t in svg.iter("text")] == ["3", "1", "0", "1", "2", "3"]
    assert len(svg.findall("rect")) == 2

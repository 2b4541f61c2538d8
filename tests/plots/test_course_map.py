"""The map of the course: stations in order, a track through all, and what it refuses."""

import numpy as np
import pytest

from ccv import plots
from ccv.plots.figure import smallest_text

LINES = {
    name: [(f"{row}{n}", f"Station {row}{n}", "an idea in a few words") for n in range(count)]
    for row, (name, count) in enumerate({"First": 3, "Second": 5, "Third": 1}.items())
}


def test_every_station_has_its_sign_its_name_and_its_idea_once():
    figure = plots.course_map(LINES, title="The course")
    texts = [" ".join(text.get_text().split()) for text in figure.axes[0].texts]
    for line in LINES.values():
        for sign, name, _ in line:
            assert texts.count(sign) == texts.count(name) == 1
    assert texts.count("an idea in a few words") == 9
    assert "3 lines with 9 stations" in figure.alt


def test_stations_stand_apart_and_lines_one_below_the_other():
    figure = plots.course_map(LINES)
    drawn = figure.axes[0].lines
    stops = np.array(
        [line.get_xydata()[0] for line in drawn if len(line.get_xydata()) == 1 and line.get_marker() != "None"]
    )
    apart = np.linalg.norm(stops[:, None] - stops, axis=-1) + 9 * np.eye(len(stops))
    assert apart.min() > 1
    shapes = {line.get_marker() for line in drawn} - {"None"}
    assert len(shapes) == 3


def test_no_two_texts_lie_on_each_other_and_all_can_be_read():
    figure = plots.course_map(LINES | {"Fourth": LINES["Second"]}, title="The course")
    figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in figure.axes[0].texts]
    for i, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[i + 1 :])
    assert smallest_text(figure) >= 8


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ({}, "lines must be 1 to 6, not 0"),
        ({"one": []}, "the line 'one' has 0 stations: give 1 to 6"),
        ({"one": [("0", "a", "b")] * 7}, "the line 'one' has 7 stations"),
        ({str(n): [("0", "a", "b")] for n in range(7)}, "lines must be 1 to 6, not 7"),
    ],
)
def test_what_it_refuses(lines, sentence):
    with pytest.raises(ValueError, match=sentence):
        plots.course_map(lines)

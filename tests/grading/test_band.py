"""Training exercises: the pass band, how it is measured, and that lab 03's catches each classic mistake."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ccv.grading import check_live, grade
from ccv.grading.band import Band, OutsideBand, compact, fingerprint, limits, measuring, pace
from ccv.grading.measure import bands, main, measure
from ccv.grading.mutants import load_mutants, mutant_source
from ccv.grading.reading.submission import read_cells

LENET = Path(__file__).parents[2] / "labs" / "03_lenet"

SOURCE = """
import numpy as np


def fit(x, y, steps):
    slope = 0.0
    for _ in range(steps):
        slope -= 0.1 * np.mean((slope * x - y) * x)
    return slope
"""
CHECKS = """
import numpy as np
import pytest


@pytest.mark.exercise("fit", points=2, timeout=60)
def test_fit(answer, band, rng):
    x = rng.normal(size=700)
    y = 3 * x + 0.1 * rng.normal(size=700)
    slope = answer(x[:200], y[:200], 30)
    share = 1 - np.var(y[200:] - slope * x[200:]) / np.var(y[200:])
    hint = band.mistakes["forgets"] if slope == 0 else ""
    band.check(share, metric="explained share", steps=30, curve=[0.0, share], weights=[np.array(slope)], hint=hint)


@pytest.mark.exercise("other")
def test_other(answer):
    raise RuntimeError("must not run while bands are measured")
"""
MUTANTS = """
from ccv.grading import mutant


@mutant("fit", "it never takes a step")
def forgets(x, y, steps):
    raise RuntimeError("a check with a band trains once, not once for each mutant")
"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    folder = tmp_path_factory.mktemp("labs") / "00_fit"
    folder.mkdir()
    (folder / "00_fit.py").write_text(SOURCE)
    (folder / "test_00_fit.py").write_text(CHECKS)
    (folder / "mutants.py").write_text(MUTANTS)
    main([str(folder), "--seeds", "10"])
    return folder


@pytest.mark.parametrize(
    ("values", "low", "high"),
    [
        ([0.90, 0.92, 0.94], 0.84, 1.0),
        ([0.9] * 5, 0.9, 0.9),
        ([0.5, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9], 0.5, 1.255),
    ],
)
def test_the_line_lies_four_deviations_below_and_never_above_the_worst(values, low, high):
    assert limits(values) == pytest.approx((low, high), abs=2e-3)
    assert limits(values)[0] <= min(values)


BAND = Band("fit", "accuracy", [1, 2], [0.9, 0.92], 30, 0.8, 1.0)


@pytest.mark.parametrize("value", [0.8, 0.9, 1.7])
def test_within_the_band_and_above_it_passes(value):
    BAND.check(value, metric="accuracy", steps=30)


@pytest.mark.parametrize("value", [0.7999, -1.0, float("nan"), float("-inf")])
def test_below_the_band_shows_the_students_own_curve(value):
    with pytest.raises(OutsideBand, match=r"after 30 steps of training, below the pass line of 0\.800\n→ why") as error:
        BAND.check(value, metric="accuracy", steps=30, curve=[0.1, value], hint="why")
    picture = error.value.picture
    assert (picture["kind"], picture["line"], picture["values"][0]) == ("curve", 0.8, 0.1)
    json.dumps(picture, allow_nan=False)


def test_a_band_of_another_budget_is_refused():
    for other in ({"metric": "accuracy", "steps": 31}, {"metric": "loss", "steps": 30}):
        with pytest.raises(RuntimeError, match="measure it"):
            BAND.check(0.9, **other)


def test_an_exercise_without_a_band_says_how_to_measure_one(tmp_path):
    with pytest.raises(LookupError, match=r"python -m ccv\.grading\.band"):
        Band.of(tmp_path, "fit")


def test_a_fingerprint_is_of_every_byte_and_shape():
    arrays = [np.zeros((2, 3)), np.ones(3, "float32")]
    others = [
        [np.zeros((3, 2)), arrays[1]],
        [arrays[0], np.ones(3)],
        [arrays[0], np.nextafter(arrays[1], 2)],
        arrays[::-1],
        arrays[:1],
    ]
    assert fingerprint(arrays) == fingerprint([a.copy() for a in arrays])
    assert len({fingerprint(a) for a in [arrays, *others]}) == 6


def test_the_reference_is_measured_through_the_checks(lab):
    text = (lab / "bands.json").read_text()
    found = json.loads(text)
    assert list(found) == ["fit"]
    assert found["fit"]["seeds"] == list(range(1, 11)) and len(set(found["fit"]["values"])) > 5
    assert (found["fit"]["steps"], found["fit"]["metric"]) == (30, "explained share")
    assert found["fit"]["low"] <= min(found["fit"]["values"])
    again = bands({seed: measure(lab, seed) for seed in found["fit"]["seeds"]})
    times = {key: found["fit"].pop(key) for key in ("seconds", "pace") if again["fit"].pop(key, None) is not None}
    assert compact(again) == compact(found)
    assert all(0 <= taken < 5 for taken in times.values()) and list(times) in ([], ["seconds", "pace"])
    assert compact(json.loads(text)) == text
    with measuring() as measured:
        assert measured == []


@pytest.mark.parametrize("arguments", [["nowhere"], [".", "--seeds", "9"], ["--help"]])
def test_the_command_says_what_it_needs(arguments, capsys):
    with pytest.raises(SystemExit) as end:
        main(arguments)
    said = "".join(capsys.readouterr())
    assert end.value.code == (0 if arguments == ["--help"] else 2)
    assert "python -m ccv.grading.band" in said


def test_a_training_exercise_on_the_sheet(lab, hand_in):
    good = grade(lab, hand_in(SOURCE), exercises=["fit"], seed=77).to_dict()
    assert good["points"] == 2, good["exercises"]
    assert list(good["weights"]) == ["fit"] and len(good["weights"]["fit"]) == 64
    assert good == grade(lab, hand_in(SOURCE), exercises=["fit"], seed=77).to_dict()
    bad = grade(lab, hand_in(SOURCE.replace("0.1 *", "0 *")), exercises=["fit"], seed=77).to_dict()
    assert bad["points"] == 0 and bad["weights"] != good["weights"]
    assert bad["exercises"][0]["message"].endswith("→ it never takes a step")
    assert bad["exercises"][0]["picture"]["kind"] == "curve"


# ------------------------------------------------------------------------------------------------------------ lab 03

TRAINING = [name for name, m in load_mutants(LENET / "mutants.py").items() if m.exercise == "train"]


def test_the_band_of_lenet_follows_its_rule():
    band = json.loads((LENET / "bands.json").read_text())["train"]
    assert len(set(band["seeds"])) >= 10 and len(band["values"]) == len(band["seeds"])
    assert [band["low"], band["high"]] == list(limits(band["values"]))


def test_the_open_notebook_trains_and_gets_its_points():
    import keras

    namespace = {"keras": keras}
    exec(next(c for c in read_cells(LENET / "03_lenet.py") if "def train(" in c), namespace)
    sheet = check_live(LENET, namespace, ["train"], seed=5)
    assert sheet.points == sheet.max_points == 2, str(sheet)


@pytest.mark.slow
@pytest.mark.parametrize("name", TRAINING)
def test_a_wrong_training_fails_with_every_seed(name, hand_in):
    path = LENET / "mutants.py"
    wrong = hand_in(*read_cells(LENET / "03_lenet.py"), mutant_source(path, name))
    for seed in range(101, 107):
        score = grade(LENET, wrong, exercises=["train"], seed=seed).exercises[0]
        assert score.points == 0, seed
        assert load_mutants(path)[name].says in score.message, (seed, score.message)


@pytest.mark.slow
def test_the_solution_passes_with_seeds_that_did_not_make_the_band():
    scores = [grade(LENET, LENET / "03_lenet.py", exercises=["train"], seed=s).points for s in range(201, 213)]
    assert scores == [2] * 12


TOILS = """
import time

import numpy as np


def fit(x, y, steps):
    began = time.process_time()
    while time.process_time() - began < 4:
        pass
    return np.mean(x * y) / np.mean(x * x)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says what another process has worked")
def test_who_works_far_longer_than_the_reference_is_told_to_the_teacher(lab, tmp_path):
    known = json.loads((lab / "bands.json").read_text())["fit"]
    assert known["pace"] > 0 and known["seconds"] < 1
    (tmp_path / "toils.py").write_text(TOILS)
    sheet = grade(lab, tmp_path / "toils.py", exercises=["fit"])
    assert sheet.points == sheet.max_points
    assert [line.partition(",")[0] for line in sheet.eyes] == ["`fit` worked for 4 s"]
    assert not grade(lab, lab / "00_fit.py", exercises=["fit"]).eyes


def test_where_the_time_is_not_known_nobody_is_suspected():
    assert BAND.judge_work(None) == BAND.judge_work(1e6) == ""
    assert "worked for 100 s" in replace(BAND, seconds=2.0, pace=pace()).judge_work(100.0)
    assert not replace(BAND, seconds=2.0, pace=pace()).judge_work(5.9)

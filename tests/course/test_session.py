"""An open lab, as a notebook sees it."""

import json

import pytest

import ccv
from ccv.course import session
from ccv.course.catalog import find_lab


@pytest.fixture(autouse=True)
def closed(monkeypatch):
    monkeypatch.setattr(session, "_opened", None)
    for name in ("CCV_SCALE", "CCV_SEED", "CCV_OUT"):
        monkeypatch.delenv(name, raising=False)


def test_defaults_and_the_environment(monkeypatch):
    lab = ccv.lab("xo")
    assert (lab.name, lab.quick, lab.seed) == ("01_xo", True, 0)
    monkeypatch.setenv("CCV_SCALE", "full")
    monkeypatch.setenv("CCV_SEED", "7")
    lab = ccv.lab("01_xo")
    assert (lab.quick, lab.seed) == (False, 7)


@pytest.mark.parametrize(("name", "value"), [("CCV_SCALE", "huge"), ("CCV_SEED", "-1"), ("CCV_SEED", "x")])
def test_a_wrong_environment_is_one_sentence(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(ValueError, match=name):
        ccv.lab("01_xo")


def test_figures_are_kept_where_the_run_says(monkeypatch, tmp_path):
    lab = ccv.lab("01_xo")
    lab.record(lost=1)
    monkeypatch.setenv("CCV_OUT", str(tmp_path))
    lab.record(test_accuracy=0.5)
    lab.record(epochs=3)
    assert json.loads((tmp_path / "metrics.json").read_text()) == {"test_accuracy": 0.5, "epochs": 3}


def test_check_without_a_lab_finds_the_exercise():
    exercise = next(iter(find_lab("01_xo").exercises))
    sheet = ccv.check(exercise)
    assert (sheet.lab, [e.status for e in sheet.exercises]) == ("01_xo", ["missing"])


def test_a_wrong_name_suggests_the_nearest():
    lab = ccv.lab("01_xo")
    with pytest.raises(ValueError, match="there is no exercise of 01_xo called 'zzz'"):
        lab.check("zzz")
    with pytest.raises(ValueError, match="no lab"):
        ccv.lab("nothing like it")
    session._opened = None
    with pytest.raises(ValueError, match="open a lab first"):
        ccv.check()

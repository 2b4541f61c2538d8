"""The detector that ccv carries: what is told of it, that it loads with no network, and that it finds blood cells."""

import shutil

import numpy as np
import pytest

from ccv.data import blood
from ccv.detection import about, pretrained
from ccv.transfer import published

MOST_BYTES = 1_000_000
MARGIN = 0.01  # another processor rounds otherwise, and another JPEG library a pixel


def test_all_is_told_of_it():
    told = about("blood")
    file = published.folder() / told["file"]
    assert file.stat().st_size == told["bytes"] < MOST_BYTES
    asked = f"--epochs {len(told['curve']['loss'])} --seed {told['seed']}"
    assert told["command"] == f"python -m ccv.detection.pretrain BCCD {asked}"
    assert told["photographs"] == {"train": 205, "validation": 87, "test": 72}
    losses = told["curve"]["val_loss"]
    assert len(losses) == len(told["curve"]["loss"]) and losses[told["best_epoch"] - 1] == min(losses)
    for scores in told["map50"].values():
        assert scores["mean"] == pytest.approx(np.mean([scores[name] for name in told["class_names"]]), abs=1e-3)


def test_it_is_the_network_that_is_told():
    told, made = about("blood"), pretrained("blood")
    assert made.model.count_params() == told["parameters"] and made.class_names == told["class_names"]
    np.testing.assert_allclose(np.reshape(made.anchors, (-1, 2)), told["anchors"])
    from safetensors.numpy import load_file

    state = load_file(published.folder() / told["file"])
    assert {array.dtype for array in state.values()} == {np.dtype("float16")}
    np.testing.assert_array_equal(made.network.get_layer("stage0_conv").get_weights()[0], state["stage0_conv.kernel"])


def test_it_finds_the_cells_in_photographs_that_no_step_has_seen():
    claimed = about("blood")["map50"]["thirty"]
    found = pretrained("blood").evaluate(blood.arrays("test"))
    assert found.map50 > claimed["mean"] - MARGIN
    assert {row.name for row in found.classes} == set(blood.CLASS_NAMES)


def test_a_name_that_is_none_is_told_which_there_are():
    with pytest.raises(ValueError, match="no detector of ccv's own called 'blod': did you mean 'blood'"):
        pretrained("blod")


def test_damaged_weights_are_refused(tmp_path, monkeypatch):
    for file in published.folder().glob("detector-blood.*"):
        shutil.copy(file, tmp_path)
    monkeypatch.setattr(published, "folder", lambda: tmp_path)
    weights = tmp_path / about("blood")["file"]
    weights.write_bytes(weights.read_bytes()[:-1])
    with pytest.raises(OSError, match=r"are damaged.*python -m ccv\.detection\.pretrain"):
        pretrained("blood")
    (tmp_path / "detector-blood.json").write_text("{")
    with pytest.raises(OSError, match="cannot be read"):
        about("blood")

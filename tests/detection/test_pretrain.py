"""The training of the detector that ccv carries: its options, and that what it writes is what it measured."""

import os
import shutil
from pathlib import Path

import pytest

from ccv.detection import about, pretrained
from ccv.detection.pretrain import main
from ccv.transfer import published

BCCD = Path(os.environ.get("CCV_DATA", "absent")) / "bccd" / "BCCD"
FEW = {"train": 8, "val": 2, "test": 2}


def test_options_that_cannot_be(tmp_path, capsys):
    with pytest.raises(SystemExit):
        main([str(tmp_path), "--epochs", "0"])
    assert "--epochs must be 1 or more" in capsys.readouterr().err


def few_photographs(root):
    """A tree with the first photographs of each list of BCCD."""
    for folder in ("Annotations", "JPEGImages", "ImageSets/Main"):
        (root / folder).mkdir(parents=True)
    for part, count in FEW.items():
        stems = (BCCD / "ImageSets" / "Main" / f"{part}.txt").read_text().split()[:count]
        (root / "ImageSets" / "Main" / f"{part}.txt").write_text("\n".join(stems))
        for stem in stems:
            shutil.copy(BCCD / "Annotations" / f"{stem}.xml", root / "Annotations")
            shutil.copy(BCCD / "JPEGImages" / f"{stem}.jpg", root / "JPEGImages")
    return root


@pytest.mark.skipif(not BCCD.is_dir(), reason="set CCV_DATA to a folder that has bccd/BCCD: photographs of blood")
@pytest.mark.slow
def test_it_trains_and_what_it_writes_loads(tmp_path, monkeypatch):
    asked = ["--out", str(tmp_path / "weights"), "--run", str(tmp_path / "run"), "--epochs", "1"]
    main([str(few_photographs(tmp_path / "few")), *asked])
    monkeypatch.setattr(published, "folder", lambda: tmp_path / "weights")
    told = about("blood")
    assert told["command"] == "python -m ccv.detection.pretrain few --epochs 1 --seed 0"
    assert told["photographs"] == {"train": 8, "validation": 2, "test": 2}
    assert (tmp_path / "weights" / told["file"]).stat().st_size == told["bytes"]
    made = pretrained("blood")
    assert made.model.count_params() == told["parameters"] and made.class_names == ["RBC", "WBC", "Platelets"]

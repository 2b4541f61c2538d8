import hashlib
import json
import os
import subprocess
import sys

import pytest

from ccv.data import pretrain
from ccv.data.glyphs import CLASS_NAMES as TARGET
from ccv.data.textures import CLASS_NAMES as SOURCE
from ccv.transfer import published


def test_the_index_tells_all_of_the_weights():
    entry = json.loads((published.folder() / "index.json").read_text())["resnet20"]
    content = (published.folder() / entry["file"]).read_bytes()
    assert hashlib.sha256(content).hexdigest() == entry["sha256"] and len(content) == entry["bytes"] < 2_000_000
    assert (
        entry["command"].startswith("python -m ccv.data.pretrain --model resnet20") and "--seed 0" in entry["command"]
    )
    rows = (published.folder() / f"{entry['file'].removesuffix('.safetensors')}.csv").read_text().splitlines()
    assert float(rows[-1].split(",")[5]) == entry["accuracy"] > 0.5


def test_nothing_of_the_target_is_among_the_classes():
    assert not {word for name in SOURCE for word in name.split()} & set(TARGET)
    assert len(SOURCE) == 120


def test_help_and_bad_options():
    command = [sys.executable, "-m", "ccv.data.pretrain"]
    told = subprocess.run([*command, "--help"], check=False, capture_output=True, text=True, timeout=60)
    assert told.returncode == 0 and "--epochs" in told.stdout and "Pre-trains" in told.stdout
    with pytest.raises(SystemExit):
        pretrain.main(["--images", "0"])


def test_a_folder_that_cannot_be_written_is_told_before_training(tmp_path, capsys):
    (tmp_path / "file").touch()
    with pytest.raises(SystemExit, match="cannot be written"):
        pretrain.main(["--out", str(tmp_path / "file")])


@pytest.mark.slow
def test_it_trains_and_what_it_writes_loads(tmp_path):
    command = [sys.executable, "-m", "ccv.data.pretrain", "--epochs", "1", "--images", "64", "--width", "0.25"]
    subprocess.run([*command, "--out", str(tmp_path)], check=True, timeout=300, capture_output=True, env=os.environ)
    code = (
        "import pathlib, sys; from ccv.transfer import backbone, published;"
        "published.folder = lambda: pathlib.Path(sys.argv[1]);"
        "assert backbone('resnet20', weights='ccv').output_shape[-1] == 16"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, timeout=300)

"""Small folders of images, and a cache of one's own."""

import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

sys.path.insert(0, str(Path(__file__).parent))  # voc_trees.py


def picture(seed=0, height=24, width=32, channels=3):
    """Smooth, so that JPEG keeps it nearly."""
    coarse = np.random.default_rng(seed).integers(0, 256, (4, 4, channels), dtype=np.uint8)
    image = Image.fromarray(coarse if channels > 1 else coarse[..., 0])
    return image.resize((width, height), Image.Resampling.BICUBIC)


def tree(root, classes=("cat", "dog"), count=10, suffix=".jpg", **options):
    """Save `count` pictures in each of the class folders; every one is another."""
    for label, name in enumerate(classes):
        (root / name).mkdir(parents=True, exist_ok=True)
        for index in range(count):
            picture(1000 * label + index, **options).save(root / name / f"{index:03d}{suffix}", quality=92)
    return root


@pytest.fixture
def made(tmp_path, monkeypatch):
    """The two makers, with an empty cache."""
    monkeypatch.setenv("CCV_CACHE", str(tmp_path / "cache"))
    return SimpleNamespace(picture=picture, tree=tree, root=tmp_path / "photos", cache=tmp_path / "cache")

"""Copies of one original, images of one patient: kept in one part, or told."""

import os
import shutil

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageOps

from ccv.data import splits
from ccv.data.groups import group_names, set_apart, tell_of_copies
from ccv.data.parts import listing, present
from ccv.data.photos.look import copies, look_of


def photograph(seed):
    """A smooth random scene, 64 x 48."""
    grey = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    return Image.fromarray(grey).resize((64, 48), Image.Resampling.BICUBIC)


COPIES = {
    "darker": lambda image: ImageEnhance.Brightness(image).enhance(0.8),
    "flat": lambda image: ImageEnhance.Contrast(image).enhance(0.7),
    "mirrored": ImageOps.mirror,
    "upside down": ImageOps.flip,
    "turned": lambda image: image.rotate(90, expand=True),
    "transposed": lambda image: image.transpose(Image.Transpose.TRANSPOSE),
    "small": lambda image: image.resize((32, 24)),
}
NEARLY = {
    "a little askew": lambda image: image.rotate(3, Image.Resampling.BILINEAR, fillcolor=(128, 128, 128)),
    "cut": lambda image: image.crop((1, 1, 62, 47)),
}


@pytest.mark.parametrize("way", COPIES)
def test_a_copy_is_known_and_other_photographs_are_not(way):
    originals = [look_of(photograph(seed)) for seed in range(60)]
    changed = [look_of(COPIES[way](photograph(seed))) for seed in range(60)]
    assert len(set(copies(changed, originals)) & {(n, n) for n in range(60)}) >= 57
    assert not list(copies(changed[:30], originals[30:]))


@pytest.mark.parametrize("way", NEARLY)
def test_most_copies_that_are_a_little_askew_or_cut_are_known(way):
    """These scenes are rougher than photographs, and so change more."""
    originals = [look_of(photograph(seed)) for seed in range(60)]
    changed = [look_of(NEARLY[way](photograph(seed))) for seed in range(60)]
    assert len(set(copies(changed, originals)) & {(n, n) for n in range(60)}) >= 42
    assert not list(copies(changed[:30], originals[30:]))


def test_pictures_that_all_look_alike_are_no_copies_and_the_same_one_is():
    """Handwritten digits: by a fixed number of bits most of them would have a copy."""
    from sklearn.datasets import load_digits

    digits = [look_of(Image.fromarray((image * 16).clip(0, 255).astype("uint8"))) for image in load_digits().images]
    assert len(dict(copies(digits[:200], digits[200:]))) <= 4
    assert set(copies(digits[:20], digits[10:200])) >= {(number, number - 10) for number in range(10, 20)}


def test_what_shows_nothing_is_no_copy_of_anything():
    assert look_of(Image.new("L", (40, 40), 200)) == ""
    assert not list(copies(["", look_of(photograph(0))], ["", ""])) and not list(copies([], []))


@pytest.fixture
def patients(tmp_path):
    """Two classes; each patient has four photographs that are alike, named as Roboflow names copies."""
    for label, name in enumerate(("ill", "well")):
        (tmp_path / name).mkdir()
        for patient in range(8):
            for copy, way in enumerate(("darker", "mirrored", "flat", "small")):
                image = COPIES[way](photograph(50 * label + patient)).resize((64, 48))
                image.save(tmp_path / name / f"p{label}{patient}_jpg.rf.{copy:032x}.png")
    return tmp_path


def patients_of(data):
    return {path.rsplit("/", 1)[1][:3] for path in listing(data).paths}


def test_copies_across_parts_are_told_and_a_group_keeps_them_together(patients, caplog):
    parts = splits(patients, cache=False)
    assert patients_of(parts.train) & patients_of(parts.validation)
    tell_of_copies(parts)
    assert "of the 12 images for validation have a copy among those for train" in caplog.text
    assert r"--group '([^/]*)\.rf\.[0-9a-f]+' keeps copies together" in caplog.text

    caplog.clear()
    for pattern in (r"(.*)\.rf\.[0-9a-f]+", r"p\d\d"):
        apart = set_apart(parts, group=pattern)
        assert not patients_of(apart.train) & patients_of(apart.validation)
        assert len(apart.train) + len(apart.validation) == 64 and len(apart.validation) in (12, 16)
        tell_of_copies(apart)
    assert not caplog.text


def test_where_the_folder_lies_neither_names_a_group_nor_moves_one(patients, tmp_path_factory, monkeypatch):
    elsewhere = tmp_path_factory.mktemp("p99_jpg.rf.0") / "copy"
    shutil.copytree(patients, elsewhere)
    (elsewhere / "ill" / "alone.png").write_bytes((elsewhere / "well" / f"p10_jpg.rf.{0:032x}.png").read_bytes())
    shutil.copy(elsewhere / "ill" / "alone.png", patients / "ill" / "alone.png")
    monkeypatch.chdir(elsewhere.parent)
    for pattern in (r"(.*)\.rf\.[0-9a-f]+", r"p\d\d"):
        held_out = []
        for root in (patients, elsewhere, elsewhere.name):
            parts = set_apart(splits(root, cache=False), group=pattern)
            held_out.append([os.path.relpath(path, root) for path in listing(parts.validation).paths])
        assert held_out[0] == held_out[1] == held_out[2]


def test_a_column_of_a_table_groups_as_well(patients):
    files = sorted(patients.glob("*/*.png"))
    rows = [f"{path.name},{path.name[:3]}" for path in files]
    (patients / "about.csv").write_text("\n".join(["file,patient", *rows]))
    apart = set_apart(splits(patients, cache=False), group="patient", seed=4)
    assert not patients_of(apart.train) & patients_of(apart.validation)
    assert patients_of(set_apart(splits(patients, cache=False), group="patient", seed=5).validation) != patients_of(
        apart.validation
    )


def test_groups_of_a_part_that_stays_are_left_out_of_training(patients, tmp_path_factory, caplog):
    other = tmp_path_factory.mktemp("test")
    for name in ("ill", "well"):
        (other / name).mkdir()
        for file in sorted((patients / name).glob("p?0_*")):
            (other / name / file.name).write_bytes(file.read_bytes())
    parts = splits(patients, cache=False)
    apart = set_apart(parts, test=str(other), group=r"p\d\d")
    assert len(apart.test) == 8 and patients_of(apart.test) == {"p00", "p10"}
    assert not patients_of(apart.test) & (patients_of(apart.train) | patients_of(apart.validation))
    assert "8 images to train on belong to groups that are held out" in caplog.text

    chosen_by = set_apart(parts, validation=str(other), test=str(other))
    tell_of_copies(chosen_by)
    assert "they chose the best epoch, and are no test of it" in caplog.text


def test_another_folder_for_the_test_may_lack_a_class_and_has_the_same_labels(patients, tmp_path_factory):
    other = tmp_path_factory.mktemp("test")
    for name in ("other", "well"):
        (other / name).mkdir()
        photograph(7).save(other / name / "a.png")
    with pytest.raises(ValueError, match=r"'ill' is known to the network alone|'other' is known to"):
        set_apart(splits(patients, cache=False), test=str(other))
    (patients / "other").mkdir()
    for seed in (300, 301):
        photograph(seed).save(patients / "other" / f"{seed}.png")
    apart = set_apart(splits(patients, cache=False), test=str(other))
    assert [int(label) for _, label in apart.test] == [1, 2] and apart.test.class_names == ["ill", "other", "well"]
    assert set(present(apart)) == {"train", "validation", "test"}


@pytest.mark.parametrize(
    ("pattern", "says"), [("(", "is no regular expression"), ("nowhere", "is found in no path"), ("patient", "no path")]
)
def test_a_pattern_that_groups_nothing_is_one_sentence(pattern, says, tmp_path):
    with pytest.raises(ValueError, match=says):
        group_names(["a.png", "b.png"], {"data": str(tmp_path)}, pattern)


def test_what_has_no_files_has_no_groups():
    with pytest.raises(ValueError, match="has no files to group"):
        set_apart(splits("digits"), group="x")

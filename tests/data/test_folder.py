"""Folders: which files are found, how odd ones are decoded, what is left out and why."""

import io
import logging
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from ccv import data
from ccv.data import facts


def first_images(dataset, count=99):
    return [image for image, _ in dataset.take(count).as_numpy_iterator()]


def only(made, save, **options):
    """Read one image that `save(path)` writes, among plain ones of the same size; path without suffix."""
    made.tree(made.root, count=2)
    (made.root / "odd").mkdir(exist_ok=True)
    save(made.root / "odd" / "file")
    dataset = data.folder(made.root, "all", class_names=["cat", "dog", "odd"], **options)
    images = [image for image, label in dataset.as_numpy_iterator() if label == 2]
    assert len(images) == 1
    return images[0]


def near(image, expected, within=3.0):
    expected = np.asarray(expected, np.float64).reshape(image.shape)
    assert np.abs(image - expected).mean() < within


def test_a_tree_is_a_dataset(made):
    import tensorflow as tf

    made.tree(made.root, ("b10", "b2", "A1"))
    dataset = data.folder(made.root, size=16)
    assert dataset.class_names == ["A1", "b2", "b10"]  # natural order
    assert dataset.element_spec == (tf.TensorSpec((16, 16, 3), tf.uint8), tf.TensorSpec((), tf.int64))
    assert (len(dataset), len(data.folder(made.root, "validation", size=16))) == (24, 6)
    assert len(data.folder(made.root, "all", size=16)) == 30
    labels = [label for _, label in dataset.as_numpy_iterator()]
    assert labels == [label for _, label in dataset.as_numpy_iterator()]
    assert labels != sorted(labels)  # classes are mixed, in the same order every time
    assert np.bincount(labels).tolist() == [8, 8, 8]
    assert dataset.skipped == []


def test_the_files_can_be_put_into_another_order(made):
    """So that shuffling moves paths, not decoded images."""
    dataset = data.folder(made.tree(made.root, count=4), "all", size=8)
    images = first_images(dataset)
    order = [5, 0, 7, 2]
    np.testing.assert_array_equal(first_images(dataset.reordered(order)), [images[index] for index in order])


def test_pixels_are_those_of_the_file(made):
    made.tree(made.root, count=3, suffix=".png")
    expected = {np.asarray(Image.open(path)).tobytes() for path in made.root.glob("*/*.png")}
    dataset = data.folder(made.root, "all")  # all of one size: none is asked for
    assert dataset.element_spec[0].shape == (24, 32, 3)
    assert {image.tobytes() for image in first_images(dataset)} == expected


@pytest.mark.parametrize("size", [16, (12, 20), (40, 30)])
def test_the_middle_is_cropped_and_resized(made, size):
    high, wide = size if isinstance(size, tuple) else (size, size)
    image = made.picture(5, height=48, width=90)
    got = only(made, lambda path: image.save(path.with_suffix(".png")), size=size)
    near(got, ImageOps.fit(image, (wide, high), Image.Resampling.BILINEAR), within=2)


def test_a_photograph_of_many_times_the_size_is_decoded_reduced_to_the_same_picture(made):
    image = made.picture(6, height=400, width=600)
    got = only(made, lambda path: image.save(path.with_suffix(".jpg"), quality=95), size=32)
    near(got, ImageOps.fit(image, (32, 32), Image.Resampling.BILINEAR), within=2)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp"])
def test_exif_turns_the_image(made, orientation, suffix):
    image = made.picture(7, height=60, width=40 if orientation > 4 else 90)
    exif = Image.Exif()
    exif[facts.ORIENTATION] = orientation
    got = only(
        made, lambda path: image.save(path.with_suffix(suffix), exif=exif, quality=95, subsampling=0), size=(20, 30)
    )
    stored = io.BytesIO()
    image.save(stored, "PNG", exif=exif)
    upright = ImageOps.exif_transpose(Image.open(stored))
    near(got, ImageOps.fit(upright, (30, 20), Image.Resampling.BILINEAR), within=4)


def test_alpha_is_laid_over_white(made):
    image = made.picture(8).convert("RGBA")
    alpha = np.zeros((24, 32), np.uint8)
    alpha[:, 16:], alpha[:8] = 255, 128
    image.putalpha(Image.fromarray(alpha))
    got = only(made, lambda path: image.save(path.with_suffix(".png")))
    colour, part = np.asarray(image)[..., :3].astype(float), alpha[..., None] / 255
    near(got, colour * part + 255 * (1 - part), within=1)
    assert (got[8:, :16] == 255).all()


def grey_alpha(made):
    image = made.picture(9, channels=1)
    return Image.merge("LA", (image, Image.new("L", image.size, 255))), image.convert("RGB")


ODD = {
    "grey": (lambda p: p(9, channels=1), ".jpg"),
    "grey png": (lambda p: p(9, channels=1), ".png"),
    "palette": (lambda p: p(9).quantize(64), ".png"),
    "palette gif": (lambda p: p(9).quantize(64), ".gif"),
    "black and white": (lambda p: p(9, channels=1).convert("1"), ".png"),
    "four greys": (lambda p: p(9, channels=1).quantize(4).convert("L"), ".bmp"),
    "bmp": (lambda p: p(9), ".bmp"),
    "webp": (lambda p: p(9), ".webp"),
    "tiff": (lambda p: p(9), ".tif"),
    "cmyk": (lambda p: p(9).convert("CMYK"), ".jpg"),
    "cmyk tiff": (lambda p: p(9).convert("CMYK"), ".TIFF"),
    "capital": (lambda p: p(9), ".JPEG"),
}


@pytest.mark.parametrize("kind", ODD)
@pytest.mark.parametrize("channels", [1, 3])
def test_odd_kinds_are_decoded(made, kind, channels):
    make, suffix = ODD[kind]
    image = make(made.picture)
    got = only(made, lambda path: image.save(path.with_suffix(suffix)), channels=channels)
    assert got.shape == (24, 32, channels)
    near(got, image.convert("RGB").convert("RGB" if channels == 3 else "L"), within=7)


def test_sixteen_bits_become_eight(made):
    ramp = np.linspace(0, 65_535, 24 * 32).astype(np.uint16).reshape(24, 32)
    got = only(made, lambda path: Image.fromarray(ramp).save(path.with_suffix(".png")))
    near(got[..., 0], ramp / 257, within=0.6)


def test_the_first_frame_of_an_animation(made):
    frames = [made.picture(seed).quantize(64) for seed in (1, 2, 3)]
    got = only(made, lambda path: frames[0].save(path.with_suffix(".gif"), save_all=True, append_images=frames[1:]))
    near(got, frames[0].convert("RGB"), within=3)


def test_a_png_that_calls_itself_jpeg(made):
    image = made.picture(4)
    got = only(made, lambda path: image.save(path.with_suffix(".jpg"), "PNG"))
    near(got, image, within=0.1)


def damaged(made):
    """Every way to be no good that the issue lists, beside a plain tree."""
    root = made.tree(made.root, count=6)
    whole = (root / "cat" / "000.jpg").read_bytes()
    png = io.BytesIO()
    made.picture(3).save(png, "PNG")
    flipped = bytearray(png.getvalue())
    flipped[len(flipped) // 2] ^= 255
    bad = {
        "empty.jpg": b"",
        "text.jpg": b"I am no image\n",
        "half.jpg": whole[: len(whole) // 2],
        "no_end.jpg": whole[:-2],
        "zeros.jpg": whole[: len(whole) // 2] + bytes(len(whole) // 2),
        "head.jpg": whole[:20],
        "half.png": png.getvalue()[: len(flipped) // 2],
        "flipped.png": bytes(flipped),
        "page.png": b"<html>404</html>",
    }
    for name, content in bad.items():
        (root / "dog" / name).write_bytes(content)
    Image.fromarray(np.zeros((24, 32), np.float32)).save(root / "dog" / "float.tif")
    return root, {*bad, "float.tif"}


def test_damaged_files_are_named_and_left_out_and_training_meets_none(made, caplog):
    root, bad = damaged(made)
    dataset = data.folder(root, "all", size=8)
    reasons = {Path(one.path).name: one.reason for one in dataset.skipped}
    assert set(reasons) == bad
    assert len(list(dataset.as_numpy_iterator())) == 12
    assert reasons["empty.jpg"] == "the file is empty"
    assert reasons["text.jpg"].startswith("it is no image (JPEG, PNG")
    assert "truncated" in reasons["no_end.jpg"]
    assert "floating-point" in reasons["float.tif"]
    assert "10 images left out" in caplog.text
    assert all(isinstance(one, data.Skipped) and "\n" not in one.reason for one in dataset.skipped)


def test_rubbish_in_any_file_never_reaches_tensorflow(made):
    """What the check lets through, the pipeline decodes."""
    root = made.tree(made.root, count=12)
    rng = np.random.default_rng(0)
    for index, path in enumerate(sorted(root.glob("*/*.jpg"))):
        content = bytearray(path.read_bytes())
        for place in rng.integers(0, len(content), 1 + index % 4):
            content[place] = rng.integers(256)
        path.write_bytes(bytes(content))
    made.tree(root, ("fox", "owl"), count=2)
    dataset = data.folder(root, "all", size=8)
    assert len(list(dataset.as_numpy_iterator())) + len(dataset.skipped) == 28


def png_header(width, height):
    """A PNG that only claims its size: nothing may be allocated for it."""
    import struct
    import zlib

    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def test_images_of_20_000_pixels_are_refused(made):
    root = made.tree(made.root, count=3)
    (root / "dog" / "huge.png").write_bytes(png_header(20_000, 20_000))
    dataset = data.folder(root, size=8)
    assert [one.reason for one in dataset.skipped] == [
        "it is too large: 20000 x 20000 pixels, of which at most 64 million are decoded"
    ]


def test_large_jpegs_are_decoded_reduced(made, monkeypatch):
    """With a limit of 20,000 pixels for 64 million, an image of 400 x 400 stands for one of 22,000 x 22,000."""
    monkeypatch.setattr(facts, "MAX_PIXELS", 20_000)
    image = made.picture(6, height=400, width=400)
    got = only(made, lambda path: image.save(path.with_suffix(".jpg"), quality=95), size=8)
    near(got, image.resize((8, 8), Image.Resampling.BILINEAR), within=4)


def test_large_progressive_jpegs_are_refused(made, monkeypatch):
    """Their coefficients are kept whole in memory, however small the result."""
    monkeypatch.setattr(facts, "MAX_PIXELS", 20_000)
    root = made.tree(made.root, count=3)
    made.picture(6, height=400, width=400).save(root / "dog" / "large.jpg", progressive=True)
    assert ["too large" in one.reason for one in data.folder(root, size=8).skipped] == [True]


@pytest.mark.slow
def test_a_true_jpeg_of_20_000_pixels(made):
    root = made.tree(made.root, count=3)
    Image.new("RGB", (20_000, 20_000), (200, 100, 50)).save(root / "dog" / "huge.jpg")
    dataset = data.folder(root, "all", size=64)
    assert dataset.skipped == []
    huge = first_images(dataset)
    assert min(np.abs(image.astype(int) - (200, 100, 50)).max() for image in huge) <= 3


def test_other_files_and_hidden_ones_are_passed_over(made, caplog):
    root = made.tree(made.root, count=3)
    (root / "notes.txt").write_text("x")
    (root / "dog" / "labels.csv").write_text("x")
    (root / "dog" / "._000.jpg").write_bytes(b"macOS's fork")
    (root / ".thumbs").mkdir()
    made.picture().save(root / ".thumbs" / "a.jpg")
    made.tree(root / "__MACOSX", count=1)
    made.tree(root / "dog" / "close" / "by", ("here",), count=1)
    made.picture(77).save(root / "loose.jpg")
    with caplog.at_level(logging.INFO, logger="ccv.data"):
        dataset = data.folder(root, "all")
    assert dataset.class_names == ["cat", "dog"]
    assert (len(dataset), dataset.skipped) == (7, [])
    assert "2 other files passed over" in caplog.text
    assert "1 images lie outside of the class folders" in caplog.text


def test_symbolic_links(made):
    root = made.tree(made.root, count=3)
    elsewhere = made.tree(root.parent / "elsewhere", ("fox",), count=2)
    try:
        (root / "fox").symlink_to(elsewhere / "fox", target_is_directory=True)
    except OSError:
        pytest.skip("no symbolic links here")
    (root / "dog" / "round").symlink_to(root, target_is_directory=True)
    (root / "dog" / "lost.jpg").symlink_to(root / "nowhere.jpg")
    dataset = data.folder(root, "all")
    assert dataset.class_names == ["cat", "dog", "fox"]
    assert len(dataset) == 8
    reasons = sorted(one.reason for one in dataset.skipped)
    assert reasons == ["a symbolic link that leads in a circle", "a symbolic link that leads nowhere"]


def test_empty_classes_are_left_out_with_a_warning(made, caplog):
    root = made.tree(made.root, count=3)
    (root / "ant").mkdir()
    (root / "bee").mkdir()
    (root / "bee" / "a.jpg").write_bytes(b"")
    dataset = data.folder(root)
    assert dataset.class_names == ["cat", "dog"]
    assert "no image to train on in 'ant', 'bee'" in caplog.text
    assert sorted({label for _, label in dataset.as_numpy_iterator()}) == [0, 1]


def test_bad_folders_get_one_sentence_each(made):
    root, file = made.root, made.root.parent / "file.zip"
    file.write_bytes(b"PK")
    made.tree(root / "one", ("cat",), count=2)
    made.tree(root / "wrapped" / "photos", count=2)
    made.tree(root / "flat", (".",), count=2)
    made.tree(root / "sizes", count=2)
    made.picture(1, height=99).save(root / "sizes" / "dog" / "other.jpg")
    (root / "empty").mkdir()
    (root / "texts" / "a").mkdir(parents=True)
    (root / "texts" / "a" / "b.txt").write_text("x")
    for name in "ab":
        (root / "broken" / name).mkdir(parents=True)
        (root / "broken" / name / "c.jpg").write_bytes(b"")
    cases = [
        (root / "missing", FileNotFoundError, "there is no folder"),
        (file, NotADirectoryError, "is a file: give a folder with one subfolder per class (unpack an archive first)"),
        (root / "empty", ValueError, "is empty: it must hold one folder of images per class"),
        (root / "texts", ValueError, "there is no image in"),
        (root / "broken", ValueError, "no image of"),
        (root / "flat", ValueError, "holds 2 images but no class folders"),
        (root / "one", ValueError, "has images of one class only ('cat')"),
        (root / "wrapped", ValueError, f"if its folders are the classes, give {root / 'wrapped' / 'photos'}"),
        (root / "sizes", ValueError, "2 different sizes (4 of 5 are 24 x 32): give size=224"),
    ]
    for path, error, message in cases:
        with pytest.raises(error) as raised:
            data.folder(path)
        assert message in str(raised.value)
        assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"split": "tset"}, ValueError, "there is no split called 'tset': did you mean 'test'?"),
        ({"split": "test"}, ValueError, "has no folder for the test: give test=0.2"),
        ({"size": 0}, ValueError, "size=0 must be a number of pixels"),
        ({"size": (1, 2, 3)}, ValueError, "must be a number of pixels, such as 224, or (height, width)"),
        ({"size": "32"}, ValueError, "must be a number of pixels"),
        ({"channels": 4}, ValueError, "channels=4 must be 3 (RGB) or 1 (grey)"),
        ({"validation": 1.0}, ValueError, "validation=1.0 must be the part of the images that is held out"),
        ({"validation": -0.1}, ValueError, "validation=-0.1 must be"),
        ({"validation": 0.5, "test": 0.5}, ValueError, "leave nothing to train on"),
        ({"seed": "x"}, ValueError, "seed='x' must be an integer"),
        ({"class_names": ["cat", "dgo"]}, ValueError, "no class folder called 'dgo': did you mean 'dog'?"),
        ({"class_names": ["cat", "cat"]}, ValueError, "names a class twice"),
    ],
)
def test_bad_options_get_one_sentence_each(made, options, error, message):
    made.tree(made.root, count=2)
    with pytest.raises(error) as raised:
        data.folder(made.root, **options)
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)

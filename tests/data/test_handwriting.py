"""Digits of one's own: photographs and drawings become what MNIST's digits are."""

import base64
import io
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from ccv.data.handwriting import clean_digit

LEAST = 0.95
SEVEN = [(60, 58), (96, 62), (136, 56), (116, 96), (100, 134), (92, 170)]


def drawn(strokes=SEVEN, ground=220, pen=40, size=(320, 240)):
    """A digit on even paper, uint8 (height, width)."""
    sheet = Image.new("L", size, ground)
    ImageDraw.Draw(sheet).line(strokes, fill=pen, width=9, joint="curve")
    return np.asarray(sheet)


def centre(image):
    """The centre of mass (row, column)."""
    mass = image[..., 0].astype(float)
    return np.array([np.average(np.arange(len(mass)), weights=mass.sum(axis=axis)) for axis in (1, 0)])


def likeness(a, b):
    """The correlation of two digits, blurred a little: a pen that lies half a pixel beside another is the same."""
    steps = [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1)]
    soft = [sum(np.roll(image.astype(float), step, axis=(0, 1)) for step in steps).ravel() for image in (a, b)]
    return np.corrcoef(*soft)[0, 1]


@pytest.mark.parametrize(("size", "inner"), [(28, 20), (32, 24), (20, 20)])
def test_the_longer_side_fills_the_box_and_the_mass_is_centred(size, inner):
    clean = clean_digit(drawn(), size=size, inner=inner)
    assert clean.shape == (size, size, 1) and clean.dtype == np.uint8 and clean.max() > 240 and clean.min() == 0
    rows, columns = np.nonzero(clean[..., 0])
    assert max(np.ptp(rows), np.ptp(columns)) + 1 == inner
    if inner < size:
        assert np.abs(centre(clean) - size // 2).max() <= 0.5


def test_place_paper_and_pen_do_not_matter():
    wanted = clean_digit(drawn())
    moved = drawn([(x + 120, y + 40) for x, y in SEVEN])
    assert np.array_equal(clean_digit(moved), wanted)
    assert likeness(clean_digit(drawn(ground=60, pen=230)), wanted) > LEAST  # chalk on a board
    assert likeness(clean_digit(drawn(ground=255, pen=160)), wanted) > LEAST  # a pale pencil


def test_another_digit_is_not_alike():
    assert likeness(clean_digit(drawn([(96, 58), (100, 170)])), clean_digit(drawn())) < LEAST - 0.2
    assert likeness(clean_digit(drawn()[::-1]), clean_digit(drawn())) < LEAST - 0.2


def test_uneven_light_and_noise_do_not_matter():
    wanted = clean_digit(drawn())
    light = np.linspace(1, 0.5, 320)[None, :] * np.linspace(0.8, 1, 240)[:, None]
    for seed in range(5):
        noise = np.random.default_rng(seed).normal(0, 5, light.shape)
        photo = np.clip(drawn() * light + noise, 0, 255).astype(np.uint8)
        assert likeness(clean_digit(photo), wanted) > LEAST


def test_whatever_holds_the_same_picture_gives_the_same_digit():
    grey, wanted = drawn(), clean_digit(drawn())
    color = np.repeat(grey[..., None], 3, axis=-1)
    see_through = np.dstack([np.zeros_like(color), 255 - grey])  # black ink, and no paper at all
    for same in (grey[..., None], color, grey / 255, (grey / 255).astype("float32"), grey.astype(int), grey.tolist()):
        assert likeness(clean_digit(same), wanted) > LEAST
    assert likeness(clean_digit(see_through), wanted) > LEAST


def test_a_large_photograph_gives_what_a_small_one_does():
    large = np.kron(drawn(), np.ones((8, 8), np.uint8))
    assert likeness(clean_digit(large), clean_digit(drawn())) > LEAST


def test_a_digit_in_the_corner_stays_inside():
    line = np.zeros((28, 28), np.uint8)
    line[:, 0] = 255
    line[27] = 255  # an L, whose mass is in its corner
    clean = clean_digit(line)
    assert [int(np.ptp(n)) + 1 for n in np.nonzero(clean[..., 0])] == [20, 20]


def test_a_photograph_is_turned_as_the_camera_was_held(tmp_path):
    upright = Image.fromarray(drawn())
    turned = upright.transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees to the right
    turned.save(tmp_path / "seven.jpg", exif=exif, quality=95)
    wanted = clean_digit(drawn())
    assert likeness(clean_digit(str(tmp_path / "seven.jpg")), wanted) > LEAST
    assert likeness(clean_digit(tmp_path / "seven.jpg"), wanted) > LEAST


def test_the_text_of_the_pad_is_read():
    buffer = io.BytesIO()
    Image.fromarray(drawn()).save(buffer, format="png")
    text = f" data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}\n"
    assert np.array_equal(clean_digit(text), clean_digit(drawn()))
    with pytest.raises(ValueError, match="the pad's text cannot be read as a picture: copy all of it"):
        clean_digit(text[:60])


@pytest.mark.parametrize("seed", range(5))
def test_paper_without_ink_is_refused(seed):
    paper = np.random.default_rng(seed).normal(200, 6, (240, 320)).clip(0, 255).astype(np.uint8)
    for blank in (paper, np.full((28, 28), 255), np.zeros((28, 28))):
        with pytest.raises(ValueError, match="shows no ink: write with a thicker pen"):
            clean_digit(blank)


def test_what_is_no_picture_is_refused(tmp_path):
    (tmp_path / "notes.jpg").write_text("no picture")
    with pytest.raises(ValueError, match="cannot be read as a picture: give a photograph"):
        clean_digit(tmp_path / "notes.jpg")
    with pytest.raises(FileNotFoundError, match="none"):
        clean_digit(tmp_path / "none.jpg")
    with pytest.raises(TypeError, match="picture must hold numbers"):
        clean_digit(None)
    for shape in ((28,), (3, 28, 28, 1), (28, 28, 2), (0, 28)):
        with pytest.raises(ValueError, match="picture must be"):
            clean_digit(np.zeros(shape))
    with pytest.raises(ValueError, match="inner=30 must be at most size=28"):
        clean_digit(drawn(), inner=30)


def test_the_digits_of_mnist_stay_as_they_are():
    file = Path(os.environ.get("CCV_DATA", ""), "mnist.npz")
    if not file.is_file():
        pytest.skip("set CCV_DATA to a folder that has mnist.npz: real digits")
    with np.load(file) as stored:
        images = stored["x_test"][:300, ..., None]
    clean = np.stack([clean_digit(image) for image in images])
    same = np.abs(clean.astype(float) - images).mean(axis=(1, 2, 3))
    assert np.median(same) < 2 and np.mean(same < 4) > 0.95

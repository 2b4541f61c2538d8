"""Files read by Pillow, where TensorFlow is not installed: the pixels of `tf.data` but for rounding."""

import numpy as np
import pytest
from PIL import Image

from ccv.data.facts import inspect
from ccv.data.files import Files, fit, to_channels
from ccv.data.pairs import Pairs, as_arrays
from ccv.data.photos import decode
from ccv.data.plans import letterboxed, plan

EXIF = 0x0112


def smooth(height, width):
    """A picture without noise, in which a wrong corner, flip or size shows."""
    y, x = np.mgrid[0:height, 0:width]
    return np.stack([255 * y / height, 255 * x / width, 127 * (1 + np.sin(x / 20))], axis=-1).astype(np.uint8)


def written(folder, kind, orientation):
    path = folder / f"picture.{kind}"
    made = Image.fromarray(smooth(120, 300))
    exif = made.getexif()
    exif[EXIF] = orientation
    made.save(path, exif=exif, quality=95)
    return str(path)


@pytest.mark.slow
@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["jpg", "png"])
@pytest.mark.parametrize("how", [plan, letterboxed])
@pytest.mark.parametrize("size", [(40, 64), (160, 160)])
def test_pillow_reads_what_tf_data_reads(tmp_path, kind, orientation, how, size):
    path = written(tmp_path, kind, orientation)
    planned = [how(inspect(path), size)]
    [(wanted, _)] = decode.dataset([path], np.zeros(1), planned, size, 3).as_numpy_iterator()
    found = Files([path], planned, size, 3)[0]
    assert found.shape == wanted.shape == (*size, 3) and found.dtype == np.uint8
    off = np.abs(found.astype(int) - wanted)
    assert off.mean() < 1.5 and np.quantile(off, 0.99) <= 8, (off.mean(), off.max())


def test_files_are_indexed_like_an_array(tmp_path):
    path = written(tmp_path, "png", 1)
    planned = plan(inspect(path), (20, 50))
    files = Files([path] * 3, [planned] * 3, (20, 50), 1)
    assert files.shape == (3, 20, 50, 1) and len(files) == 3
    assert files[np.array([2, 0])].shape == (2, 20, 50, 1) and files[-1].shape == (20, 50, 1)
    pairs = Pairs(files, np.array([4, 5, 6]), ["a", "b"])
    assert [label for _, label in pairs] == [4, 5, 6] and len(pairs) == 3
    images, labels = as_arrays(pairs)
    assert images.shape == (3, 20, 50, 1) and labels.tolist() == [4, 5, 6]
    assert len(pairs.concatenate(pairs)) == 6
    with pytest.raises(IndexError):
        pairs[3]


def test_a_file_that_is_gone_is_named(tmp_path):
    path = written(tmp_path, "png", 1)
    files = Files([path], [plan(inspect(path), (20, 50))], (20, 50), 3)
    (tmp_path / "picture.png").unlink()
    with pytest.raises(OSError, match=r"picture\.png; No such file"):
        files[0]


def test_arrays_are_cropped_resized_and_made_grey_or_rgb():
    image = smooth(40, 80)
    assert fit(image, (20, 20)).shape == (20, 20, 3)
    assert abs(int(fit(image, (20, 20))[10, 0, 1]) - 255 * 20 // 80) < 8  # cut in the middle
    assert to_channels(image[None], 1).shape == (1, 40, 80, 1)
    assert to_channels(image[None, ..., :1], 3).shape == (1, 40, 80, 3)

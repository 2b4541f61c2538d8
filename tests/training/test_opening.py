"""What lets a run into a folder: nobody else is there, and the run that is gone on with was of the same classes."""

import pytest
from nets import digits, tiny

from ccv import augment
from ccv.data import Splits
from ccv.training import fit
from ccv.training.opening import alone_in


def test_two_runs_in_one_folder_are_kept_apart(tmp_path):
    pytest.importorskip("fcntl", reason="files are locked by fcntl, which is POSIX")
    (tmp_path / ".writing-other.npz").write_bytes(b"half of a checkpoint")
    with alone_in(tmp_path, writes=True):
        with pytest.raises(ValueError, match="another run is writing to"):
            fit(tiny(), digits(64), epochs=1, out=tmp_path)
        assert [path.name for path in tmp_path.iterdir()] == [".writing-other.npz"]
    fit(tiny(), digits(64), epochs=1, out=tmp_path)


def splits(names):
    import tensorflow as tf

    pairs = tf.data.Dataset.from_tensor_slices(digits(64))
    return Splits(pairs, pairs.take(8), None, names, "digits")


@pytest.mark.slow
def test_a_run_goes_on_with_the_same_classes_only(tmp_path):
    names = [f"class {i}" for i in range(10)]
    fit(tiny(), splits(names), epochs=1, out=tmp_path)
    before = (tmp_path / "run.json").read_bytes()
    with pytest.raises(ValueError, match=r"was made with class_names=\['class 0', .*, not \['zebra'"):
        fit(tiny(), splits(["zebra", *names[1:]]), epochs=2, out=tmp_path, resume=True)
    assert (tmp_path / "run.json").read_bytes() == before
    assert fit(tiny(), splits(names), epochs=2, out=tmp_path, resume=True).epochs == 2


def test_a_run_goes_on_with_the_same_options_of_the_augmentation_only(tmp_path):
    fit(tiny(), digits(64), epochs=1, out=tmp_path, augment=augment.pipeline("mixup", classes=10))
    other = augment.pipeline("mixup", classes=10, alpha=0.9)
    with pytest.raises(ValueError, match=r"options of augment='classes=10', not 'alpha=0.9 classes=10'"):
        fit(tiny(), digits(64), epochs=2, out=tmp_path, resume=True, augment=other)


def test_an_empty_validation_part_is_none(tmp_path):
    whole = splits([str(i) for i in range(10)])
    run = fit(tiny(), Splits(whole.train, whole.train.take(0), None, whole.class_names, "digits"), epochs=1)
    assert run.monitor == "loss" and "val_loss" not in run.history


def test_what_a_run_left_is_not_replaced_where_its_checkpoint_was_removed(tmp_path):
    fit(tiny(), digits(64), epochs=1, out=tmp_path)
    (tmp_path / "checkpoint.npz").unlink()
    before = (tmp_path / "best.keras").read_bytes()
    with pytest.raises(ValueError, match="holds a run already"):
        fit(tiny(), digits(64), epochs=1, out=tmp_path)
    assert (tmp_path / "best.keras").read_bytes() == before
    fit(tiny(), digits(64), epochs=1, out=tmp_path, overwrite=True)


def test_a_file_that_goes_away_during_the_training_is_told(tmp_path, monkeypatch):
    from PIL import Image

    from ccv.data import splits as of_folder
    from ccv.training import loop

    images, labels = digits(40)
    for number, (image, label) in enumerate(zip(images, labels, strict=True)):
        (tmp_path / "data" / str(label)).mkdir(parents=True, exist_ok=True)
        Image.fromarray(image[..., 0]).save(tmp_path / "data" / str(label) / f"{number}.png")
    data = of_folder(tmp_path / "data", channels=1, cache=False)
    original = loop.Watch.on_epoch_begin

    def lose(self, epoch, logs=None):
        original(self, epoch, logs)
        if epoch == 1:
            (tmp_path / "data" / "0" / "0.png").unlink()

    monkeypatch.setattr(loop.Watch, "on_epoch_begin", lose)
    with pytest.raises(OSError, match=r"^/[^\n]*0\.png; No such file or directory: it could be read [^\n]*$"):
        fit(tiny(), data, epochs=3, out=tmp_path / "run", batch_size=2)
    assert (tmp_path / "run" / "checkpoint.npz").exists()

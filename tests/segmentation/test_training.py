"""A network for masks, trained and judged from Python as `ccv train` does it."""

import json

import numpy as np
import pytest

from ccv import data, segmentation
from ccv.data import shapes
from ccv.models import lenet5
from ccv.segmentation import fit, is_segmenter, measure, segmenter
from ccv.segmentation.evaluation import Looked
from ccv.segmentation.metrics import Tally
from ccv.training import loop
from ccv.training.seeds import seeded

CLASSES = len(shapes.MASK_NAMES)


def small(seed=0, classes=CLASSES):
    with seeded(seed):
        return segmenter("unet", classes, width=1 / 32, input_shape=(32, 32, 3))


@pytest.fixture(scope="module")
def scenes():
    return data.splits("shapes", kind="segmentation", count=32, size=32)


@pytest.fixture(scope="module")
def trained(scenes, tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "masks"
    return fit(small(), scenes, epochs=2, out=out)


def test_a_run_is_kept_as_a_classifiers_is(trained, scenes):
    assert trained.monitor == "val_mean_iou" and "val_mean_iou" in trained.history
    facts = json.loads((trained.folder / "run.json").read_text())
    assert (facts["task"], facts["class_names"]) == ("segmentation", list(shapes.MASK_NAMES))
    assert facts["used"]["recipe"] == "segmentation"
    assert facts["split"]["validation"] == {"data": "shapes", "seed": 0, "kind": "segmentation", "count": 32,
                                            "images": len(scenes.validation)}  # fmt: skip


class PowerCut(Exception):
    """Stands for one."""


@pytest.mark.slow
def test_a_run_that_stopped_goes_on_to_the_same_weights(scenes, tmp_path, monkeypatch):
    whole = fit(small(), scenes, epochs=2, augment="basic")
    own = loop.Watch.on_train_batch_end

    def step(self, batch, logs=None):
        own(self, batch, logs)
        if self.progress.epoch == 1:
            raise PowerCut

    with monkeypatch.context() as patched, pytest.raises(PowerCut):
        patched.setattr(loop.Watch, "on_train_batch_end", step)
        fit(small(), scenes, epochs=2, out=tmp_path, augment="basic")
    again = fit(small(seed=1), scenes, epochs=2, out=tmp_path, augment="basic", resume=True)
    assert list(again.history) == list(whole.history)
    for one, other in zip(whole.model.get_weights(), again.model.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


def test_the_report_is_evaluates_own_and_shows_the_worst(trained, scenes):
    found = measure(trained.model, scenes)
    images, masks = shapes.masks("test", count=32, size=32)
    said = trained.model.predict(images, verbose=0).argmax(-1)
    plain = segmentation.evaluate(said, masks, shapes.MASK_NAMES)
    assert str(found) == str(plain)
    assert [one.mean_iou for one in found.worst] == sorted(one.mean_iou for one in found.worst)
    alone = [segmentation.evaluate([a], [b], shapes.MASK_NAMES).mean_iou for a, b in zip(said, masks, strict=True)]
    assert found.worst[0].mean_iou == pytest.approx(min(alone))
    assert isinstance(found.worst[0], Looked) and set(found.figures()) == {"iou", "worst"}


def test_what_is_never_said_is_told():
    tally = Tally(["background", "cell"])
    tally.add(np.zeros((4, 4), int), np.eye(4, dtype=int))
    assert "never said: cell" in str(tally.evaluation())


def test_what_does_not_fit_is_one_sentence(scenes):
    images, masks = shapes.masks("test", count=4, size=32)
    with pytest.raises(ValueError, match="lenet5 gives no class to every pixel: make a network for masks with"):
        measure(lenet5(classes=4, input_shape=(32, 32, 3)), scenes)
    assert not is_segmenter(lenet5())
    model = small(classes=3)
    with pytest.raises(
        ValueError, match="the data have 4 classes, background, ellipse, rectangle, triangle, and unet_seg"
    ):
        fit(model, scenes, epochs=1)
    with pytest.raises(ValueError, match=r"masks\[\d\] holds the value 3, and there are 3 classes"):
        fit(model, (images, masks), epochs=1)
    with pytest.raises(ValueError, match="shapes has no masks, but labels of the kind detection"):
        fit(small(classes=3), data.splits("shapes", count=4, size=32), epochs=1)
    with pytest.raises(ValueError, match="'mixup' mixes or covers images and cannot say what a mask is then"):
        fit(small(), scenes, epochs=1, augment="mixup")
    with pytest.raises(ValueError, match=r"\(48, 48, 3\).* resize them"):
        measure(small(), data.splits("shapes", kind="segmentation", count=4, size=48))

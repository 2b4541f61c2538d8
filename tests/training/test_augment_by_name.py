"""An augmentation by its name and options, fitted to the labels by what its recipe declares."""

import keras  # noqa: F401 - before our own modules, which it registers
import pytest

from ccv.augment import recipes
from ccv.augment.mixing import Mix
from ccv.augment.steps import keras_step
from ccv.training.augmentation import augmentation, recorded

BOXES, ONE = (6, 5), ()


def test_a_name_with_options_is_the_pipeline_of_them():
    made = augmentation("basic flip=False zoom=1/4", 3, 10, ONE)
    assert (made.recipe, made.seed, made.options) == ("basic", 3, {"flip": False, "zoom": 0.25})
    assert augmentation("detection mosaic=0 mixup=0", 3, None, BOXES).options["max_boxes"] == 24
    assert augmentation("none", 0, 10, ONE) is augmentation("", 0, 10, ONE) is augmentation(None, 0, 10, ONE) is None


@pytest.mark.parametrize(
    ("text", "label", "message"),
    [
        ("basic flipp=False", ONE, "no option of the recipe basic called 'flipp': did you mean 'flip'"),
        ("basic flip", ONE, "'flip' must be KEY=VALUE"),
        ("basics", ONE, "no augmentation called 'basics': did you mean 'basic'"),
        ("basic zoom=much", ONE, "zoom='much' must be"),
        ("mixup", BOXES, "take 'detection', which mixes boxes"),
    ],
)
def test_what_a_recipe_does_not_take_is_one_sentence(text, label, message):
    with pytest.raises(ValueError, match=message):
        augmentation(text, 0, 10, label)


def test_a_recipe_of_tomorrow_gets_what_it_declares(monkeypatch):
    def blend(*, classes=None):
        return [Mix(keras_step("MixUp", alpha=0.2).layer, classes=classes)]

    monkeypatch.setitem(recipes.BUILDERS, "blend", blend)
    monkeypatch.setattr("ccv.augment.RECIPES", ("blend",))
    assert augmentation("blend", 0, 7, ONE).options == {"classes": 7}
    with pytest.raises(ValueError, match="'blend' mixes the labels of whole images"):
        augmentation("blend", 0, None, BOXES)


def test_a_run_records_what_was_asked_and_not_what_the_data_added():
    assert recorded("detection mosaic=0") == {"augment": "detection", "options of augment": "mosaic=0"}
    assert recorded("none") == recorded(None) == {"augment": None, "options of augment": None}
    assert recorded(augmentation("mixup alpha=0.9", 0, 10, ONE))["options of augment"] == "alpha=0.9 classes=10"

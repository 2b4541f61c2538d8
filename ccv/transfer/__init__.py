"""A network that somebody else trained, put to a task of your own: a new head, freezing, features, fine-tuning.

    base = backbone("resnet20", weights="ccv")      # or "imagenet", a file, or any Keras model
    model = with_head(base, classes=16)             # takes uint8 pixels
    freeze(model)                                   # all but the head
    fine_tune(model, data, stages=("head", "stage2"), epochs=(30, 30))

Stages are those of `ccv.models.stage_outputs`: `stage2` is the end of a quarter of the resolution.
`ccv.transfer.explain` asks a network what it looked at.
"""

from ccv.optimizers import LayerwiseAdam
from ccv.transfer.backbones import backbone, preprocessing_for
from ccv.transfer.extraction import features, train_head
from ccv.transfer.fine_tuning import FineTuned, fine_tune
from ccv.transfer.freezing import assert_frozen, freeze, unfreeze
from ccv.transfer.head import with_head
from ccv.transfer.layerwise import layerwise_rates

__all__ = [
    "FineTuned",
    "LayerwiseAdam",
    "assert_frozen",
    "backbone",
    "features",
    "fine_tune",
    "freeze",
    "layerwise_rates",
    "preprocessing_for",
    "train_head",
    "unfreeze",
    "with_head",
]

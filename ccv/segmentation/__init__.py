"""Segmentation: a class for every pixel, and which pixels belong to one thing.

    model = segmenter("unet", 4, width=1 / 8)        # or any builder: segmenter("resnet20", 4, weights="ccv")
    fit(model, data, epochs=8)                       # as `ccv train` does; data of ccv.data.splits, or images and masks
    print(measure(model, data))                      # IoU, Dice, boundary F on the part held out
    guess = predict(model, photo).argmax(-1)         # of any size, by overlapping tiles
    each = instances(guess)                          # connected components

| file | what it is about |
|---|---|
| `building`, `decoder` | U-Net by name, and a decoder with skip connections over the stages of any network |
| `losses` | Dice for masks of class numbers, alone and with the cross-entropy |
| `training`, `prediction` | a network trained and judged on pairs of image and mask, and asked about image files |
| `tiles` | images of any size, in pieces whose seams do not show |
| `metrics`, `boundary`, `evaluation` | pixel accuracy, IoU, Dice, boundary F |
| `things` | from classes to things: connected components, and masks inside boxes |

A mask is `(height, width)` of class numbers, 0 usually the background; 255 means "not known", in losses and metrics.
Importing this loads neither Keras nor TensorFlow.
"""

from typing import TYPE_CHECKING

from ccv.lazy import lazy_names

if TYPE_CHECKING:
    from ccv.segmentation.building import segmenter
    from ccv.segmentation.evaluation import Evaluation
    from ccv.segmentation.losses import CrossEntropyDice, dice_loss
    from ccv.segmentation.metrics import confusion, evaluate
    from ccv.segmentation.prediction import Said, predict_files, predict_tiles
    from ccv.segmentation.things import Instances, instances, masks_in_boxes
    from ccv.segmentation.tiles import predict
    from ccv.segmentation.training import fit, is_segmenter, measure

SEGMENTERS = ("unet",)  # builders that give a class to every pixel by themselves

__all__ = [
    "SEGMENTERS",
    "CrossEntropyDice",
    "Evaluation",
    "Instances",
    "Said",
    "confusion",
    "dice_loss",
    "evaluate",
    "fit",
    "instances",
    "is_segmenter",
    "masks_in_boxes",
    "measure",
    "predict",
    "predict_files",
    "predict_tiles",
    "segmenter",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "building": ["segmenter"],
        "evaluation": ["Evaluation"],
        "losses": ["CrossEntropyDice", "dice_loss"],
        "metrics": ["confusion", "evaluate"],
        "prediction": ["Said", "predict_files", "predict_tiles"],
        "things": ["Instances", "instances", "masks_in_boxes"],
        "tiles": ["predict"],
        "training": ["fit", "is_segmenter", "measure"],
    },
)

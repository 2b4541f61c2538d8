"""The cards of EfficientNetV2 B0 to B3."""

from ccv.models.cards._card import KERAS_RAW, Card, Golden, Paper, Published
from ccv.models.cards._files import efficientnet_v2_files

PAPER = Paper(
    "M. Tan, Q. V. Le",
    "EfficientNetV2: Smaller models and faster training",
    "ICML 2021, PMLR 139, 10096-10106",
    2021,
)
NOTES = (
    "A plain call takes raw pixels, 0 to 255, and standardises them itself, by numbers that are no weights.",
    "The sizes B0 to B3, like the first EfficientNet's, are of the authors' repository; the paper has S, M and L.",
)


def _card(number: int, side: int, golden: Golden, top1: float, top5: float) -> Card:
    """Make the card of one size; they differ in numbers alone."""
    return Card(
        name=f"efficientnet_v2_b{number}",
        title=f"EfficientNetV2-B{number}, early blocks fused to train faster",
        paper=PAPER,
        input_shape=(side, side, 3),
        golden=(golden,),
        published=(Published(f"V2-B{number}, keras", top1, top5, "keras.io"),),
        notes=NOTES,
        rescale=KERAS_RAW,
        weights_from=f"Keras's efficientnetv2-b{number}.h5, 3 channels",
        files=tuple(efficientnet_v2_files(f"b{number}", HASHES[number])),
    )


# Parameters, statistics, parameters without the top, multiply-adds at the size's own resolution; top-1, top-5.
ROWS = (
    (7_139_704, 60_608, 5_858_704, 718_086_176, 224, 78.7, 94.3),
    (8_141_052, 71_072, 6_860_052, 1_196_819_360, 240, 79.8, 95.0),
    (10_096_086, 82_288, 8_687_086, 1_697_542_832, 260, 80.5, 95.1),
    (14_358_406, 109_216, 12_821_406, 3_011_458_816, 300, 82.0, 95.8),
)

# Of Keras's files, with the top and without.
HASHES = (
    ("21ecbf6da12460d5c40bb2f29ceb2188", "893217f2bb855e2983157299931e43ff"),
    ("069f0534ff22adf035c89e2d9547a9dc", "0e80663031ca32d657f9caa404b6ec37"),
    ("424e49f28180edbde1e94797771950a7", "1dfe2e7a5d45b6632553a8961ea609eb"),
    ("1f1fc43bd98a6e4fd8fdfd551e02c7a0", "f6abf7b5849ac99a89b50dd3fd532856"),
)

CARDS = tuple(
    _card(number, at, Golden("keras", params, stats=stats, notop=notop, macs=macs, at=at, source="K"), top1, top5)
    for number, (params, stats, notop, macs, at, top1, top5) in enumerate(ROWS)
)

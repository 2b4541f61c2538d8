"""The cards of EfficientNet B0 to B7."""

from dataclasses import replace

from ccv.models.cards._card import KERAS_RAW, Card, Claim, Golden, Paper, Published
from ccv.models.cards._files import efficientnet_files

PAPER = Paper(
    "M. Tan, Q. V. Le",
    "EfficientNet: Rethinking model scaling for convolutional neural networks",
    "ICML 2019, PMLR 97, 6105-6114",
    2019,
)
VARIANTS = {
    "keras": "the paper's network, with rescaling and normalisation of raw pixels inside; its stochastic depth is 0.2",
    "torch": "torchvision's: symmetric padding, normalisation with epsilon 1e-5 (B5 to B7: 1e-3), no preprocessing "
    "inside: its pixels are less ImageNet's mean, over its deviation",
}
NOTES = (
    "A plain call takes raw pixels, 0 to 255. Three means, three variances and a count do not train: hence statistics "
    "that exceed those of the batch normalisation by 7. variant='torch' has none of it.",
    "Keras's published files hold deviations where the variances belong: load them from a path with standardize=True.",
)
EVERY = (
    Claim(
        "22 to 155 layers",
        False,
        "16 to 55 blocks, 82 to 274 convolutions and dense layers, squeeze and excitation included; 132 to 438 layers "
        "with weights, which is what Keras calls depth",
        seed="X-08",
    ),
    Claim(
        "5.3M to 66M params",
        True,
        "B0 has 5,288,548 (5,330,571 with statistics), B7 has 66,347,960 (66,658,687)",
        seed="A-26",
    ),
)


def _card(number: int, golden: Golden, top1: float, top5: float) -> Card:
    """Make the card of one size; they differ in numbers alone."""
    side = golden.at or 224
    torch = replace(golden, label="torch", options={"variant": "torch"}, stats=golden.stats - PREPROCESSING)
    keys = [f"IMAGENET1K_V{version}" for version, _ in enumerate(TORCH[number], 1)]
    return Card(
        name=f"efficientnet_b{number}",
        title=f"EfficientNet-B{number}, width, depth and resolution scaled together",
        paper=PAPER,
        input_shape=(side, side, 3),
        variants=VARIANTS,
        golden=(golden, torch),
        published=(
            Published(f"B{number}, keras", top1, top5, "keras.io"),
            *(Published(f"torch, {k}", *row[1:], "torchvision") for k, row in zip(keys, TORCH[number], strict=True)),
        ),
        claims=EVERY,
        notes=NOTES,
        rescale=KERAS_RAW,
        weights_from=f"Keras's efficientnetb{number}.h5, 3 channels; torchvision's "
        f'{" and ".join(name for name, *_ in TORCH[number])} fit variant="torch"',
        files=tuple(efficientnet_files(f"b{number}", *HASHES[number], *(name for name, *_ in TORCH[number]))),
    )


# Parameters, statistics, parameters without the top, multiply-adds at the size's own resolution; top-1, top-5.
ROWS = (
    (5_288_548, 42_023, 4_007_548, 385_814_752, 224, 77.1, 93.3),
    (7_794_184, 62_055, 6_513_184, 686_802_832, 240, 79.1, 94.4),
    (9_109_994, 67_575, 7_700_994, 993_561_872, 260, 80.1, 94.9),
    (12_233_232, 87_303, 10_696_232, 1_827_141_392, 300, 81.6, 95.7),
    (19_341_616, 125_207, 17_548_616, 4_393_771_024, 380, 82.9, 96.4),
    (30_389_784, 172_743, 28_340_784, 10_266_384_752, 456, 83.6, 96.7),
    (43_040_704, 224_439, 40_735_704, 19_067_593_536, 528, 84.0, 96.8),
    (66_347_960, 310_727, 63_786_960, 37_745_884_192, 600, 84.3, 97.0),
)

# Of Keras's files, with the top and without.
HASHES = (
    ("902e53a9f72be733fc0bcb005b3ebbac", "50bc09e76180e00e4465e1a485ddc09d"),
    ("1d254153d4ab51201f1646940f018540", "74c4e6b3e1f6a1eea24c589628592432"),
    ("b15cce36ff4dcbd00b6dd88e7857a6ad", "111f8e2ac8aa800a7a99e3239f7bfb39"),
    ("ffd1fdc53d0ce67064dc6a9c7960ede0", "af6d107764bb5b1abb91932881670226"),
    ("18c95ad55216b8f92d7e70b3a046e2fc", "ebc24e6d6c33eaebbd558eafbeedf1ba"),
    ("ace28f2a6363774853a83a0b21b9421a", "38879255a25d3c92d5e44e04ae6cec6f"),
    ("165f6e37dce68623721b423839de8be5", "9ecce42647a20130c1f39a5d4cb75743"),
    ("8c03f828fec3ef71311cd463b6759d99", "cbcfe4450ddf6f3ad90b1b398090fe4a"),
)

# Torchvision's files, version 1 and where there is one 2, with their top-1 and top-5.
TORCH = (
    (("efficientnet_b0_rwightman-7f5810bc", 77.692, 93.532),),
    (("efficientnet_b1_rwightman-bac287d4", 78.642, 94.186), ("efficientnet_b1-c27df63c", 79.838, 94.934)),
    (("efficientnet_b2_rwightman-c35c1473", 80.608, 95.310),),
    (("efficientnet_b3_rwightman-b3899882", 82.008, 96.054),),
    (("efficientnet_b4_rwightman-23ab8bcd", 83.384, 96.594),),
    (("efficientnet_b5_lukemelas-1a07897c", 83.444, 96.628),),
    (("efficientnet_b6_lukemelas-24a108a5", 84.008, 96.916),),
    (("efficientnet_b7_lukemelas-c5b4e57e", 84.122, 96.908),),
)
PREPROCESSING = 7  # three means, three variances and a count, which Keras's form has inside

CARDS = tuple(
    _card(number, Golden("keras", params, stats=stats, notop=notop, macs=macs, at=at, source="A+"), top1, top5)
    for number, (params, stats, notop, macs, at, top1, top5) in enumerate(ROWS)
)

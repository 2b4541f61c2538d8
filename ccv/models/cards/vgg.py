"""The cards of VGG, configurations A to E."""

from ccv.models.cards._card import IMAGENET_STATISTICS, KERAS_CAFFE, Card, Claim, Golden, Paper, Published
from ccv.models.cards._files import keras_file, vgg_files

PAPER = Paper(
    "K. Simonyan, A. Zisserman",
    "Very deep convolutional networks for large-scale image recognition",
    "ICLR 2015, arXiv:1409.1556",
    2014,
)
VARIANTS = {
    "keras": "the paper's network, and the function of keras.applications; flattens the maps of any image",
    "torch": "averages the last maps to 7x7, as torchvision does: the same at 224 pixels, and any size fits",
}
NO_WEIGHTS = "none are published; train it, or load a file of your own"
BATCH_NORM = (
    "The paper has no batch normalisation; batch_norm=True is torchvision's *_bn, between each convolution and ReLU."
)


def _golden(
    params: int, notop: int, macs: int, source: str, normalized: tuple[int, int] | None = None
) -> tuple[Golden, ...]:
    """The plain network and the one with batch normalisation: its parameters that train, and that do not."""
    plain = Golden("paper", params, notop=notop, macs=macs, at=224, source=source)
    if normalized is None:
        return (plain,)
    more, stats = normalized
    return (
        plain,
        Golden("batch_norm", params + more, {"batch_norm": True}, stats, notop + more, macs, 224, "T"),
    )


VGG11 = Card(
    name="vgg11",
    title="VGG-11, configuration A",
    paper=PAPER,
    input_shape=(224, 224, 3),
    variants=VARIANTS,
    golden=_golden(132_863_336, 9_220_480, 7_609_090_048, "T", (5_504, 5_504)),
    notes=(BATCH_NORM,),
    rescale=IMAGENET_STATISTICS,
    published=(Published("vgg11", 69.020, 88.628, "torchvision"),),
    weights_from="torchvision's vgg11 and vgg11_bn",
    files=vgg_files("vgg11-8a719046", "vgg11_bn-6002323d"),
)
VGG11_LRN = Card(
    name="vgg11_lrn",
    title="VGG-11 with local response normalisation, configuration A-LRN",
    paper=PAPER,
    input_shape=(224, 224, 3),
    variants=VARIANTS,
    golden=_golden(132_863_336, 9_220_480, 7_609_090_048, "T"),
    claims=(
        Claim(
            "configuration A-LRN has two convolutions in its first block",
            False,
            "one, and LRN after it, which has no parameters; it did not help, so B to E leave it out",
            "X-61",
        ),
    ),
    rescale=KERAS_CAFFE,
    weights_from=NO_WEIGHTS,
)
VGG13 = Card(
    name="vgg13",
    title="VGG-13, configuration B",
    paper=PAPER,
    input_shape=(224, 224, 3),
    variants=VARIANTS,
    golden=_golden(133_047_848, 9_404_992, 11_308_466_176, "T", (5_888, 5_888)),
    notes=(BATCH_NORM,),
    rescale=IMAGENET_STATISTICS,
    published=(Published("vgg13", 69.928, 89.246, "torchvision"),),
    weights_from="torchvision's vgg13 and vgg13_bn",
    files=vgg_files("vgg13-19584684", "vgg13_bn-abd245e5"),
)
VGG16_1X1 = Card(
    name="vgg16_1x1",
    title="VGG-16 with 1x1 convolutions, configuration C",
    paper=PAPER,
    input_shape=(224, 224, 3),
    variants=VARIANTS,
    golden=_golden(133_638_952, 9_996_096, 11_770_888_192, "A+"),
    notes=("C is better than B and worse than D: more non-linearity helps, and the context of 3x3 helps more.",),
    rescale=KERAS_CAFFE,
    weights_from=NO_WEIGHTS,
)
VGG16 = Card(
    name="vgg16",
    title="VGG-16, configuration D, second in ILSVRC 2014",
    paper=PAPER,
    input_shape=(224, 224, 3),
    variants=VARIANTS,
    golden=_golden(138_357_544, 14_714_688, 15_470_264_320, "T K", (8_448, 8_448)),
    claims=(
        Claim("138M parameters", True, "138,357,544, of which 13,416 are biases", "A-08"),
        Claim(
            "24M values, 96 MB for an image",
            False,
            "the slide's own rows add up to 15,237,608 values = 61 MB; 28.8M where each ReLU keeps a copy",
            "D-17",
        ),
        Claim("7.3 % top-5 error, and 92.30 % top-5 accuracy", False, "7.3 % error is 92.7 %", "D-14"),
        Claim("138M parameters and 19.6B operations", False, "15.5 G here; 19.6 G multiply-adds are VGG-19's", "D-15"),
        Claim("it uses batch normalisation", False, "no: that came in 2015", "D-16"),
        Claim("repeat steps 4 to 6 five more times", False, "five blocks of 2, 2, 3, 3 and 3 convolutions", "X-26"),
        Claim(
            "the list shows two convolutions and a dense layer to one neuron",
            False,
            "13, then 4096, 4096 and 1000",
            "X-25",
        ),
        Claim("528 MB of weights, depth 16", True, "527.8 MiB in float32", "A-28"),
    ),
    notes=(BATCH_NORM,),
    rescale=KERAS_CAFFE,
    published=(Published("vgg16", 71.3, 90.1, "keras.applications"),),
    weights_from="keras.applications' VGG16; torchvision's vgg16 and vgg16_bn",
    files=vgg_files(
        "vgg16-397923af",
        "vgg16_bn-6c64b313",
        keras_file(
            "vgg16",
            "vgg16",
            KERAS_CAFFE,
            ("64373286793e3c8b2b4e3219cbf3544b", "6d6bbae143d832006294945121d1f1fc"),
            variant="keras",
            batch_norm=False,
        ),
    ),
)
VGG19 = Card(
    name="vgg19",
    title="VGG-19, configuration E",
    paper=PAPER,
    input_shape=(224, 224, 3),
    variants=VARIANTS,
    golden=_golden(143_667_240, 20_024_384, 19_632_062_464, "T K", (11_008, 11_008)),
    claims=(
        Claim("20M parameters without the head, 71 %", True, "20,024,384", "A-09"),
        Claim(
            "19 layers",
            True,
            "16 convolutions and three dense layers have weights; the five poolings have none",
            "A-09",
        ),
        Claim(
            "blocks 3, 4 and 5 have three convolutions in column E",
            False,
            "four each; three would make E the same as D",
            "X-61",
        ),
    ),
    notes=(BATCH_NORM,),
    rescale=KERAS_CAFFE,
    published=(Published("vgg19", 71.3, 90.0, "keras.applications"),),
    weights_from="keras.applications' VGG19; torchvision's vgg19 and vgg19_bn",
    files=vgg_files(
        "vgg19-dcbb9e9d",
        "vgg19_bn-c79401a0",
        keras_file(
            "vgg19",
            "vgg19",
            KERAS_CAFFE,
            ("cbe5617147190e668d6c5d5026f83318", "253f8cb515780f3b799900260a226db6"),
            variant="keras",
            batch_norm=False,
        ),
    ),
)

CARDS = (VGG11, VGG11_LRN, VGG13, VGG16_1X1, VGG16, VGG19)

"""The cards of MobileNet, MobileNetV2 and MobileNetV3."""

from ccv.models.cards._card import KERAS_RAW, KERAS_SIGNED, Card, Claim, Golden, Paper, Published
from ccv.models.cards._files import mobilenet_files, mobilenet_v2_files, mobilenet_v3_files

FROM_KERAS = "Keras's files, 3 channels"

MOBILENET = Card(
    name="mobilenet",
    title="MobileNet, depthwise-separable convolutions for telephones",
    paper=Paper(
        "A. G. Howard, M. Zhu, B. Chen, D. Kalenichenko, W. Wang, T. Weyand, M. Andreetto, H. Adam",
        "MobileNets: Efficient convolutional neural networks for mobile vision applications",
        "arXiv:1704.04861",
        2017,
    ),
    input_shape=(224, 224, 3),
    variants={
        "keras": "the paper's layers with ReLU6 for ReLU, padding below and on the right alone, dropout 0.001, "
        "and a 1x1 convolution as the classifier",
    },
    golden=(
        Golden("keras", 4_231_976, stats=21_888, notop=3_206_976, macs=568_740_352, at=224, source="A+"),
        Golden("keras, width 0.5", 1_331_592, {"width": 0.5}, stats=10_944, notop=818_592, macs=149_497_088, at=224),
    ),
    published=(Published("keras, width 1", 70.4, 89.5, "keras.io; the paper says 70.6"),),
    claims=(
        Claim(
            "depthwise-separable convolutions reduce the computational cost significantly",
            True,
            "568,740,352 multiply-adds; with whole 3x3 convolutions in their place it would be 4,867 million",
            seed="A-25",
        ),
        Claim("on-device", True, "4,253,864 parameters with statistics, 28 layers with weights", seed="A-25"),
        Claim(
            "3 * 3 * 3 * 4 * 4 * 5 = 2160 parameters",
            False,
            "2,160 multiply-adds; the parameters are 3 * 3 * 3 * 5 = 135, and 27 + 15 = 42 when separated",
            seed="X-41",
        ),
        Claim(
            "6x6x3 to 4x4x5 separated",
            True,
            "432 depthwise and 240 pointwise multiply-adds: 672 of 2,160, that is 1/5 + 1/9",
            seed="C-078",
        ),
        Claim(
            "depthwise: a 3D filter of 3x3 for each channel, at the same cost per filter as before",
            False,
            "one 2-D 3x3 filter for each channel: F*F*C*H*W in all, for all of them together",
            seed="X-42",
        ),
    ),
    notes=(
        "The last depthwise convolution has stride 1; the paper's table 1 says 2, a misprint: its own sizes need 1.",
        "An odd side loses its last row at strides of 2, so the least image is 31 pixels.",
    ),
    rescale=KERAS_SIGNED,
    weights_from=f"{FROM_KERAS}, for widths 0.25, 0.5, 0.75 and 1 at 128, 160, 192 and 224 pixels",
    files=tuple(mobilenet_files()),
)

MOBILENET_V2 = Card(
    name="mobilenet_v2",
    module="mobilenet_v2",
    title="MobileNetV2, inverted residuals and linear bottlenecks",
    paper=Paper(
        "M. Sandler, A. Howard, M. Zhu, A. Zhmoginov, L.-C. Chen",
        "MobileNetV2: Inverted residuals and linear bottlenecks",
        "CVPR 2018, 4510-4520",
        2018,
    ),
    input_shape=(224, 224, 3),
    variants={
        "keras": "the paper's layers; more padding below and on the right before a stride, as TensorFlow does, "
        "normalisation with epsilon 1e-3, no dropout",
        "torch": "torchvision's: symmetric padding, epsilon 1e-5, dropout 0.2 before the classifier",
    },
    golden=(
        Golden("keras", 3_504_872, stats=34_112, notop=2_223_872, macs=300_774_272, at=224, source="A+"),
        Golden(
            "torch",
            3_504_872,
            {"variant": "torch"},
            stats=34_112,
            notop=2_223_872,
            macs=300_774_272,
            at=224,
            source="A+",
        ),
    ),
    published=(
        Published("keras, width 1", 71.3, 90.1, "keras.io; the paper says 72.0"),
        Published("torch, IMAGENET1K_V1", 71.878, 90.286, "torchvision"),
        Published("torch, IMAGENET1K_V2", 72.154, 90.822, "torchvision"),
    ),
    claims=(
        Claim(
            "MobileNet series: depthwise separable convolutions, for inference on the device",
            True,
            "300,774,272 multiply-adds, 53 % of MobileNet's, with fewer parameters and better accuracy",
            seed="A-25",
        ),
    ),
    notes=("The last 1280 channels do not shrink with the width.",),
    rescale=KERAS_SIGNED,
    weights_from=f"{FROM_KERAS} (widths 0.35, 0.5, 0.75, 1, 1.3 and 1.4); torchvision's "
    'mobilenet_v2-b0353104.pth and mobilenet_v2-7ebf99e0.pth fit variant="torch"',
    files=tuple(mobilenet_v2_files()),
)

V3_PAPER = Paper(
    "A. Howard, M. Sandler, G. Chu, L.-C. Chen, B. Chen, M. Tan, W. Wang, Y. Zhu, R. Pang, V. Vasudevan, Q. V. Le, "
    "H. Adam",
    "Searching for MobileNetV3",
    "ICCV 2019, 1314-1324",
    2019,
)
V3_VARIANTS = {
    "keras": "the paper's table, with pixels of 0 to 255 taken to [-1, 1] by the first layer, and more padding "
    "below and on the right before a stride",
    "minimalistic": "as keras, without 5x5 kernels, squeeze and excitation and hard swish",
    "torch": "torchvision's: the paper's table, symmetric padding, no rescaling inside: its pixels are less ImageNet's "
    "mean, over its deviation",
}
V3_NOTES = (
    "A plain call takes raw pixels, 0 to 255; with include_preprocessing=False scale them to [-1, 1] yourself. "
    "variant='torch' takes torchvision's pixels, whatever include_preprocessing says.",
    "The 16 channels of the stem stay at every width; the hidden units only grow.",
)
V3_FILES = f'{FROM_KERAS} (widths 0.75 and 1; minimalistic at width 1); torchvision\'s fit variant="torch"'

MOBILENET_V3_SMALL = Card(
    name="mobilenet_v3_small",
    module="mobilenet_v3",
    title="MobileNetV3-Small, sizes chosen by a search",
    paper=V3_PAPER,
    input_shape=(224, 224, 3),
    variants=V3_VARIANTS,
    golden=(
        Golden("keras", 2_542_856, stats=12_112, notop=927_008, macs=56_510_400, at=224, source="A+"),
        Golden(
            "torch",
            2_542_856,
            {"variant": "torch"},
            stats=12_112,
            notop=927_008,
            macs=56_510_400,
            at=224,
            source="A+",
        ),
        Golden(
            "minimalistic",
            2_044_736,
            {"variant": "minimalistic"},
            stats=12_112,
            notop=428_888,
            macs=52_288_448,
            at=224,
            source="A+",
        ),
    ),
    published=(
        Published("torch, IMAGENET1K_V1", 67.668, 87.402, "torchvision"),
        Published("keras", 68.1, None, "keras.io"),
    ),
    claims=(
        Claim(
            "MobileNet series: depthwise separable convolutions, for inference on the device",
            True,
            "56,510,400 multiply-adds, a tenth of MobileNet's",
            seed="A-25",
        ),
    ),
    notes=V3_NOTES,
    rescale=KERAS_RAW,
    weights_from=V3_FILES,
    files=tuple(
        mobilenet_v3_files(
            "small",
            ("8768d4c2e7dee89b9d02b2d03d65d862", "d3e8ec802a04aa4fc771ee12a9a9b836"),
            ("cb65d4e5be93758266aa0a7f2c6708b7", "ebdb5cc8e0b497cd13a7c275d475c819"),
            ("99cd97fb2fcdad2bf028eb838de69e37", "cde8136e733e811080d9fcd8a252f7e4"),
            ("mobilenet_v3_small-047dcff4",),
        )
    ),
)

MOBILENET_V3_LARGE = Card(
    name="mobilenet_v3_large",
    module="mobilenet_v3",
    title="MobileNetV3-Large, sizes chosen by a search",
    paper=V3_PAPER,
    input_shape=(224, 224, 3),
    variants=V3_VARIANTS,
    golden=(
        Golden("keras", 5_483_032, stats=24_400, notop=2_971_952, macs=216_589_760, at=224, source="A+"),
        Golden(
            "torch",
            5_483_032,
            {"variant": "torch"},
            stats=24_400,
            notop=2_971_952,
            macs=216_589_760,
            at=224,
            source="A+",
        ),
        Golden(
            "minimalistic",
            3_924_288,
            {"variant": "minimalistic"},
            stats=24_400,
            notop=1_413_208,
            macs=209_136_704,
            at=224,
            source="A+",
        ),
    ),
    published=(
        Published("torch, IMAGENET1K_V1", 74.042, 91.340, "torchvision"),
        Published("torch, IMAGENET1K_V2", 75.274, 92.566, "torchvision"),
        Published("keras", 75.6, None, "keras.io"),
    ),
    claims=(
        Claim(
            "MobileNet series: depthwise separable convolutions, for inference on the device",
            True,
            "216,589,760 multiply-adds, 38 % of MobileNet's, and 75.2 % against 70.6 % top-1 in the papers",
            seed="A-25",
        ),
    ),
    notes=V3_NOTES,
    rescale=KERAS_RAW,
    weights_from=V3_FILES,
    files=tuple(
        mobilenet_v3_files(
            "large",
            ("59e551e166be033d707958cf9e29a6a7", "07fb09a5933dd0c8eaafa16978110389"),
            ("765b44a33ad4005b3ac83185abf1d0eb", "40af19a13ebea4e2ee0c676887f69a2e"),
            ("675e7b876c45c57e9e63e6d90a36599c", "ec5221f64a2f6d1ef965a614bdae7973"),
            ("mobilenet_v3_large-8738ca79", "mobilenet_v3_large-5c1a4163"),
        )
    ),
)

CARDS = (MOBILENET, MOBILENET_V2, MOBILENET_V3_SMALL, MOBILENET_V3_LARGE)

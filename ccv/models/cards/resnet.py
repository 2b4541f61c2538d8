"""The cards of ResNet for ImageNet and of the plain network beside it."""

from ccv.models.cards._card import IMAGENET_STATISTICS, KERAS_CAFFE, Card, Claim, Golden, Paper, Published
from ccv.models.cards._files import resnet_files, torch_file

PAPER = Paper(
    "K. He, X. Zhang, S. Ren, J. Sun",
    "Deep residual learning for image recognition",
    "CVPR 2016 (arXiv 1512.03385), 770-778",
    2015,
)
SIZE = (224, 224, 3)

BASIC_VARIANTS = {
    "torch": "the paper's network, with projections where a block changes the shape (its option B), as torchvision",
    "paper": 'the same function; the nets of its table 2 pad the shortcut with zeros instead: shortcut="A"',
}
VARIANTS = {
    "keras": "the paper's, stride in the first 1x1 of a block, with a bias on each convolution and an epsilon of "
    "1.001e-5",
    "torch": "v1.5: stride in the 3x3 of a block, not in the first 1x1; no bias; 6 % more multiply-adds in ResNet-50",
    "paper": "v1: stride in the first 1x1, no bias on the convolutions",
}
BASIC_WEIGHTS = "torchvision's file (IMAGENET1K_V1) and timm's: variant=\"torch\"; Keras has none"
WEIGHTS = 'Keras\'s file: variant="keras"; torchvision\'s (IMAGENET1K_V1 and V2) and timm\'s: variant="torch"'

RESNET18 = Card(
    name="resnet18",
    title="ResNet-18, eight blocks of two 3x3 convolutions",
    paper=PAPER,
    input_shape=SIZE,
    variants=BASIC_VARIANTS,
    golden=(
        Golden("torch", 11_689_512, stats=9_600, notop=11_176_512, macs=1_814_073_344, at=224, source="T"),
        Golden(
            "paper",
            11_689_512,
            {"variant": "paper"},
            stats=9_600,
            notop=11_176_512,
            macs=1_814_073_344,
            at=224,
            source="T",
        ),
        Golden(
            "shortcuts padded with zeros",
            11_515_688,
            {"shortcut": "A"},
            stats=7_808,
            notop=11_002_688,
            macs=1_794_805_760,
            at=224,
        ),
    ),
    published=(Published("torch", 69.758, 89.078, "torchvision, IMAGENET1K_V1"),),
    claims=(
        Claim(
            "each residual block has two 3x3 conv layers",
            True,
            "here and in ResNet-34; from 50 layers on a block is 1x1, 3x3, 1x1",
            "D-24",
        ),
        Claim(
            "depths of 34, 50, 101 and 152 were tested",
            False,
            "five depths: 18 too (and 20 to 1202 layers on CIFAR)",
            "D-25",
        ),
    ),
    rescale=IMAGENET_STATISTICS,
    weights_from=BASIC_WEIGHTS,
    files=(torch_file("resnet18-f37072fd", variant=("torch", "paper"), shortcut="B"),),
)

RESNET34 = Card(
    name="resnet34",
    title="ResNet-34, sixteen blocks of two 3x3 convolutions",
    paper=PAPER,
    input_shape=SIZE,
    variants=BASIC_VARIANTS,
    golden=(
        Golden("torch", 21_797_672, stats=17_024, notop=21_284_672, macs=3_663_761_408, at=224, source="T"),
        Golden(
            "paper",
            21_797_672,
            {"variant": "paper"},
            stats=17_024,
            notop=21_284_672,
            macs=3_663_761_408,
            at=224,
            source="T",
        ),
        Golden(
            "shortcuts padded with zeros",
            21_623_848,
            {"shortcut": "A"},
            stats=15_232,
            notop=21_110_848,
            macs=3_644_493_824,
            at=224,
        ),
        Golden(
            "projections everywhere",
            22_716_840,
            {"shortcut": "C"},
            stats=22_784,
            notop=22_203_840,
            macs=3_830_747_136,
            at=224,
        ),
    ),
    published=(Published("torch", 73.314, 91.420, "torchvision, IMAGENET1K_V1"),),
    claims=(
        Claim(
            "the output of the first convolution is added to the output of the second",
            False,
            "the input of the block is added to what its last convolution gives, before the ReLU",
            "X-30",
        ),
        Claim(
            "if w, b > 0 the block is the identity",
            False,
            "if w, b -> 0: then a[l+2] = g(a[l]) = a[l], since a[l] came out of a ReLU",
            "X-72",
        ),
    ),
    rescale=IMAGENET_STATISTICS,
    weights_from=BASIC_WEIGHTS,
    files=(torch_file("resnet34-b627a593", variant=("torch", "paper"), shortcut="B"),),
)

RESNET50 = Card(
    name="resnet50",
    title="ResNet-50, sixteen bottlenecks",
    paper=PAPER,
    input_shape=SIZE,
    variants=VARIANTS,
    golden=(
        Golden("keras", 25_583_592, stats=53_120, notop=23_534_592, macs=3_857_973_248, at=224, source="K"),
        Golden(
            "torch (v1.5)",
            25_557_032,
            {"variant": "torch"},
            stats=53_120,
            notop=23_508_032,
            macs=4_089_184_256,
            at=224,
            source="T",
        ),
        Golden(
            "paper (v1)",
            25_557_032,
            {"variant": "paper"},
            stats=53_120,
            notop=23_508_032,
            macs=3_857_973_248,
            at=224,
        ),
    ),
    published=(
        Published("keras", 74.9, 92.1, "keras.io/api/applications"),
        Published("torch", 76.130, 92.862, "torchvision, IMAGENET1K_V1"),
    ),
    claims=(
        Claim("ResNet-50 has 34 residual blocks", False, "16: 3 + 4 + 6 + 3, of three convolutions each", "D-23"),
        Claim(
            "each residual block has two 3x3 conv layers",
            False,
            "in ResNet-18 and 34; here 1x1, 3x3, 1x1: 69,632 weights in a block on 256 channels for the "
            "1,179,648 of two 3x3",
            "D-24",
        ),
        Claim(
            "ResNet won ILSVRC in 2015 and 2016",
            False,
            "in 2015; in 2016 Trimps-Soushen won (2.99 % top-5 error)",
            "D-26",
        ),
        Claim("23M parameters without the head", True, "23,587,712 with the statistics (Keras)", "D-27"),
        Claim(
            "~25.6M trainable parameters",
            True,
            "25,557,032 without biases (25,583,592 in Keras); 25,636,712 counts 53,120 that do not train",
            "D-27",
        ),
        Claim(
            "gradients vanish because the weights get smaller as the patch shrinks",
            False,
            "a gradient is a product of as many Jacobians as there are layers",
            "X-33",
        ),
        Claim(
            "the residual is added to the input of the next layer; DenseNet and Inception use the block too",
            False,
            "it is added before the ReLU; DenseNet concatenates; of the Inceptions Inception-ResNet adds",
            "X-31",
        ),
    ),
    rescale=KERAS_CAFFE,
    weights_from=WEIGHTS,
    files=resnet_files(
        "resnet50",
        ("2cb95161c43110f7111970584f804107", "4d473c1dd8becc155b73f8504c6f6626"),
        "resnet50-0676ba61",
        "resnet50-11ad3fa6",
    ),
)

RESNET101 = Card(
    name="resnet101",
    title="ResNet-101, 33 bottlenecks",
    paper=PAPER,
    input_shape=SIZE,
    variants=VARIANTS,
    golden=(
        Golden("keras", 44_601_832, stats=105_344, notop=42_552_832, macs=7_570_194_432, at=224, source="K"),
        Golden(
            "torch (v1.5)",
            44_549_160,
            {"variant": "torch"},
            stats=105_344,
            notop=42_500_160,
            macs=7_801_405_440,
            at=224,
            source="T",
        ),
        Golden(
            "paper (v1)",
            44_549_160,
            {"variant": "paper"},
            stats=105_344,
            notop=42_500_160,
            macs=7_570_194_432,
            at=224,
        ),
    ),
    published=(
        Published("keras", 76.4, 92.8, "keras.io/api/applications"),
        Published("torch", 77.374, 93.546, "torchvision, IMAGENET1K_V1"),
    ),
    claims=(Claim("ResNet-101 has 101 residual blocks", False, "33: 3 + 4 + 23 + 3", "D-23"),),
    rescale=KERAS_CAFFE,
    weights_from=WEIGHTS,
    files=resnet_files(
        "resnet101",
        ("f1aeb4b969a6efcfb50fad2f0c20cfc5", "88cf7a10940856eca736dc7b7e228a21"),
        "resnet101-63fe2227",
        "resnet101-cd907fc2",
    ),
)

RESNET152 = Card(
    name="resnet152",
    title="ResNet-152, 50 bottlenecks",
    paper=PAPER,
    input_shape=SIZE,
    variants=VARIANTS,
    golden=(
        Golden("keras", 60_268_520, stats=151_424, notop=58_219_520, macs=11_282_415_616, at=224, source="K"),
        Golden(
            "torch (v1.5)",
            60_192_808,
            {"variant": "torch"},
            stats=151_424,
            notop=58_143_808,
            macs=11_513_626_624,
            at=224,
            source="T",
        ),
        Golden(
            "paper (v1)",
            60_192_808,
            {"variant": "paper"},
            stats=151_424,
            notop=58_143_808,
            macs=11_282_415_616,
            at=224,
        ),
    ),
    published=(
        Published("keras", 76.6, 93.1, "keras.io/api/applications"),
        Published("torch", 78.312, 94.046, "torchvision, IMAGENET1K_V1"),
        Published("paper, one model", None, 95.51, "the paper's table 4"),
    ),
    claims=(
        Claim(
            "won ILSVRC'15 with 3.57 % top-5 error",
            True,
            "with six networks together; one ResNet-152 has 4.49 % (95.51 % in the slides' table)",
            "A-22",
        ),
        Claim("60.3M parameters", True, "60,344,232 with the statistics, 60,192,808 without", "A-22"),
        Claim(
            "11B FLOP, 1.5B for AlexNet",
            False,
            "11B are multiply-adds, 1.5B is twice AlexNet's 0.72B: two units in one column",
            "D-31",
        ),
        Claim(
            "about 10 times the computation of AlexNet",
            False,
            "7.3 times by the slides' table, 15.9 times in multiply-adds",
            "D-32",
        ),
    ),
    rescale=KERAS_CAFFE,
    weights_from=WEIGHTS,
    files=resnet_files(
        "resnet152",
        ("100835be76be38e30d865e96f2aaae62", "ee4c566cf9a93f14d82f913c2dc6dd0c"),
        "resnet152-394f9c45",
        "resnet152-f82ba261",
    ),
)

PLAINNET34 = Card(
    name="plainnet34",
    title="34 plain layers: ResNet-34 without its shortcuts",
    paper=PAPER,
    input_shape=SIZE,
    golden=(Golden("plain", 21_623_848, stats=15_232, notop=21_110_848, macs=3_644_493_824, at=224),),
    claims=(
        Claim(
            "a deeper plain network is worse in training and testing: not overfitting",
            True,
            "the paper's table 2: 27.94 % error with 18 layers, 28.54 % with 34",
            "C-069",
        ),
    ),
    notes=('The parameters are those of resnet34(shortcut="A"), whose shortcuts have none.',),
    rescale=IMAGENET_STATISTICS,
)

CARDS = (RESNET18, RESNET34, RESNET50, RESNET101, RESNET152, PLAINNET34)

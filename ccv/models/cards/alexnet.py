"""The card of AlexNet."""

from ccv.models.cards._card import IMAGENET_STATISTICS, Card, Claim, Golden, Paper, Published
from ccv.models.cards._files import torch_file

ALEXNET = Card(
    name="alexnet",
    title="AlexNet, which won ILSVRC 2012 and began the deep years",
    paper=Paper(
        "A. Krizhevsky, I. Sutskever, G. E. Hinton",
        "ImageNet classification with deep convolutional neural networks",
        "NIPS",
        2012,
    ),
    input_shape=(227, 227, 3),
    variants={
        "paper": "the paper's five convolutions; one tower by default, as the slides have it, the paper's two "
        "with groups=2; LRN before pooling as in the paper, after it with normalization='after'",
        "torch": "torchvision's one tower of 64-192-384-256-256 ('one weird trick', 2014): a border of 2 around "
        "the image, no LRN, maps averaged to 6x6, dropout before fc6 and fc7 instead of after",
    },
    golden=(
        Golden("one tower", 62_378_344, notop=3_747_200, macs=1_135_256_096, at=227, source="A+"),
        Golden(
            "two towers, the paper",
            60_965_224,
            {"groups": 2},
            notop=2_334_080,
            macs=724_406_816,
            at=227,
            source="A+",
        ),
        Golden(
            "torch",
            61_100_840,
            {"variant": "torch", "input_shape": (224, 224, 3)},
            notop=2_469_696,
            macs=714_188_480,
            at=224,
            source="T",
        ),
    ),
    claims=(
        Claim(
            "60M parameters, or 62M",
            True,
            "60,965,224 with the paper's two groups, 62,378,344 without groups, which the slides' table shows",
            "D-05",
        ),
        Claim(
            "3.7M parameters without the head",
            True,
            "3,747,200 in one tower, all three dense layers being the head; 2,334,080 in two",
            "D-06",
        ),
        Claim(
            "the input is 224x224",
            False,
            "the paper says so, but (224 - 11) / 4 is no integer: 227 without a border gives its 55x55 maps",
            "D-07",
        ),
        Claim("ILSVRC'13", False, "it won in 2012", "D-08"),
        Claim(
            "84.70 % top-5",
            True,
            "of seven networks, pre-trained on more data; the 16.4 % error that ZFNet starts from is of five without",
            "D-09",
        ),
        Claim("LRN comes after pooling", False, "in Caffe and the slides; the paper puts it before", "D-10"),
        Claim(
            "ReLU comes after max pooling",
            False,
            "convolution, ReLU, pooling; for max pooling both orders give the same numbers",
            "D-11",
        ),
        Claim("650K units", True, "659,272: the outputs of the five convolutions and the three dense layers", "A-05"),
        Claim(
            "1.5B FLOP",
            True,
            "FLOPs at two per multiply-add: 0.724 G multiply-adds in two towers, 1.135 G in one",
            "D-31",
        ),
        Claim(
            "LRN divides by k * sum of squares + eps, after each convolution",
            False,
            "by (k + alpha * sum over five channels)^beta, after conv1 and conv2 only",
            "C-058",
        ),
        Claim("two convolutions and a dense layer to one neuron", False, "five, then 4096, 4096, 1000", "X-25"),
        Claim("the first use of ReLU", False, "it made ReLU popular; Nair and Hinton used it in 2010", "X-69"),
        Claim("ten times more channels than LeNet", False, "16 to 24 times: 96 for 6, 384 for 16", "X-60"),
        Claim("150k test images", False, "100,000 in 2012; 150,000 in 2010", "X-05"),
        Claim("pooling windows with a stride of 2 [the size is missing]", False, "3x3 windows, which overlap", "X-58"),
    ),
    notes=(
        "Trained with batches of 128, momentum 0.9, weight decay 5e-4, a rate of 0.01 divided by ten by hand, "
        "flips, crops and shifts of colour, for a week on two GTX 580 with 3 GB.",
        "The paper subtracts the mean image; its single network has an error of 18.2 % in top-5 on the validation set.",
    ),
    rescale=IMAGENET_STATISTICS,
    published=(
        Published("two towers (Caffe's reproduction)", 57.1, 80.2, "Caffe model zoo"),
        Published("torch", 56.522, 79.066, "torchvision"),
    ),
    weights_from="torchvision's alexnet-owt, for variant='torch'",
    files=tuple(
        torch_file("alexnet-owt-7be5be79", size=size, variant="torch", groups=1, normalization=("auto", None))
        for size in (227, 224)
    ),
)

CARDS = (ALEXNET,)

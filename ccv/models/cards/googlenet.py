"""The card of GoogLeNet."""

from ccv.models.cards._card import KERAS_SIGNED, Card, Claim, Golden, Paper, Published
from ccv.models.cards._files import torch_file

GOOGLENET = Card(
    name="googlenet",
    title="GoogLeNet, Inception v1: nine modules of four branches",
    paper=Paper(
        "C. Szegedy, W. Liu, Y. Jia, P. Sermanet, S. Reed, D. Anguelov, D. Erhan, V. Vanhoucke, A. Rabinovich",
        "Going deeper with convolutions",
        "CVPR 2015, arXiv:1409.4842",
        2014,
    ),
    input_shape=(224, 224, 3),
    variants={
        "paper": "table 1 to the letter: true 5x5, biases, local response normalisation, dropout 0.4; the two "
        "auxiliary heads with auxiliary=True",
        "torch": "torchvision's: batch normalisation in place of biases and of local response normalisation, a 3x3 "
        "where the paper has the 5x5 (a known slip, kept for its weights), pools that round up, the last of them "
        "2x2, dropout 0.2",
    },
    golden=(
        Golden("paper", 6_998_552, notop=5_973_552, macs=1_582_671_872, at=224, source="A+"),
        Golden("paper with both auxiliary heads", 13_378_280, {"auxiliary": True}, source="A+"),
        Golden(
            "torch",
            6_624_904,
            {"variant": "torch"},
            stats=14_560,
            notop=5_599_904,
            macs=1_498_376_192,
            at=224,
            source="T",
        ),
    ),
    published=(
        Published("paper", 68.7, 88.9, "Caffe's model zoo, bvlc_googlenet, one crop"),
        Published("torch", 69.778, 89.53, "torchvision"),
    ),
    claims=(
        Claim("nine modules, 22 layers, two auxiliary classifiers, dropout of 40 %", True, "as built", seed="A-12"),
        Claim(
            "6M, 6.4M or 6.6M parameters",
            False,
            "7.00M, 5.97M without the dense layer; 6.62M is torchvision's variant with 3x3 for 5x5",
            seed="D-18",
        ),
        Claim(
            "four modules, the last of them 14x14x1024",
            False,
            "nine; the table leaves out 4a to 4d, 5a and the pool after 4e, so 5b is 7x7x1024",
            seed="D-19",
        ),
        Claim(
            "max pooling between blocks 3 and 4 and between 7 and 8",
            False,
            "between the second and third module (3b, 4a) and the seventh and eighth (4e, 5a)",
            seed="D-20",
        ),
        Claim("GoogleLenet, with average pooling in its blocks", False, "GoogLeNet; max pooling", seed="X-06"),
        Claim("dropout inside the module", False, "only before the classifiers", seed="X-37"),
        Claim(
            "the table of the network", False, "sizes, four pools and five modules are missing or wrong", seed="X-38"
        ),
        Claim(
            "named after the human eye",
            False,
            'after "Network in network" and the line "we need to go deeper" of the film',
            seed="X-39",
        ),
        Claim(
            "the fourth path reduces the resolution",
            False,
            "its pooling has stride 1 and 'same' padding: all four keep height and width, or could not be joined",
            seed="X-62",
        ),
        Claim(
            "the earlier auxiliary output turned out useless",
            True,
            "but this is a finding of the Inception v3 paper (section 4), not of GoogLeNet's",
            seed="X-64",
        ),
        Claim("AlexNet trains like Inception", False, "1.58 to 0.72 G multiply-adds: 2.2 times", seed="X-74"),
    ),
    notes=(
        "The ensemble of seven networks that won ILSVRC 2014 had 6.67 % top-5 error with 144 crops; one network "
        "with one crop 10.07 %.",
        "torchvision's pretrained model has transform_input=True: it takes standardised pixels to [-1, 1] itself. "
        "Here feed [-1, 1] at once, which is the same.",
    ),
    rescale=KERAS_SIGNED,
    weights_from='torchvision\'s googlenet-1378be20.pth, for variant="torch" (its auxiliary heads are not trained)',
    files=(torch_file("googlenet-1378be20", KERAS_SIGNED, variant="torch", auxiliary=(False, True)),),
)

CARDS = (GOOGLENET,)

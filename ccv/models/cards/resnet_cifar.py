"""The cards of the residual and plain networks for CIFAR-10."""

from ccv.models.cards._card import Card, Claim, Golden, Rescale
from ccv.models.cards.resnet import PAPER

SIZE = (32, 32, 3)
# The mean and deviation of CIFAR-10's training pixels, per channel.
CIFAR = Rescale.standardized((0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616))
PIXELS = "The paper takes the mean of each pixel, and not the deviation, from the images."
DEGRADATION = (
    Claim(
        "the 56-layer plain network is worse than the 20-layer one in both training and testing",
        True,
        "figure 1 of the paper: it is harder to optimise; more layers could always copy their input",
        "C-069",
    ),
    Claim("the problem is not overfitting", True, "overfitting would lower the training error", "C-069"),
)

RESNET20 = Card(
    name="resnet20",
    title="ResNet-20 for CIFAR-10, shortcuts without parameters",
    paper=PAPER,
    input_shape=SIZE,
    golden=(
        Golden("shortcut A, the paper's", 269_722, stats=1_376, notop=269_072, macs=40_551_040, at=32, source="A+"),
        Golden("shortcut B", 272_474, {"shortcut": "B"}, stats=1_568, notop=271_824, macs=40_813_184, at=32),
        Golden("shortcut C", 283_962, {"shortcut": "C"}, stats=2_048, notop=283_312, macs=42_648_192, at=32),
    ),
    notes=("The paper has 0.27M parameters and 8.75 % test error on CIFAR-10.", PIXELS),
    rescale=CIFAR,
)

RESNET56 = Card(
    name="resnet56",
    title="ResNet-56 for CIFAR-10, shortcuts without parameters",
    paper=PAPER,
    input_shape=SIZE,
    golden=(
        Golden("shortcut A, the paper's", 853_018, stats=4_064, notop=852_368, macs=125_485_696, at=32, source="A+"),
        Golden("shortcut B", 855_770, {"shortcut": "B"}, stats=4_256, notop=855_120, macs=125_747_840, at=32),
    ),
    notes=("The paper has 0.85M parameters and 6.97 % test error on CIFAR-10.", PIXELS),
    rescale=CIFAR,
)

PLAINNET20 = Card(
    name="plainnet20",
    title="20 plain layers for CIFAR-10: ResNet-20 without its shortcuts",
    paper=PAPER,
    input_shape=SIZE,
    golden=(Golden("plain", 269_722, stats=1_376, notop=269_072, macs=40_551_040, at=32),),
    claims=DEGRADATION,
    notes=(PIXELS,),
    rescale=CIFAR,
)

PLAINNET56 = Card(
    name="plainnet56",
    title="56 plain layers for CIFAR-10: ResNet-56 without its shortcuts",
    paper=PAPER,
    input_shape=SIZE,
    golden=(Golden("plain", 853_018, stats=4_064, notop=852_368, macs=125_485_696, at=32),),
    claims=DEGRADATION,
    notes=(PIXELS,),
    rescale=CIFAR,
)

CARDS = (RESNET20, RESNET56, PLAINNET20, PLAINNET56)

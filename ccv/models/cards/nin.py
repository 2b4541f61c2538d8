"""The cards of Network in Network."""

from ccv.models.cards._card import Card, Claim, Golden, Paper, Rescale

PAPER = Paper("M. Lin, Q. Chen, S. Yan", "Network in network", "ICLR 2014, arXiv:1312.4400", 2013)

NIN = Card(
    name="nin",
    title="Network in Network for ImageNet",
    paper=PAPER,
    input_shape=(224, 224, 3),
    golden=(Golden("Caffe layout", 7_595_176, notop=6_570_176, macs=1_100_188_800, at=224),),
    claims=(
        Claim(
            "a 1x1 convolution behaves as a fully connected layer",
            True,
            "at each position, across the channels; positions do not mix",
            "X-76",
        ),
        Claim("an mlpconv is a convolution and two of 1x1", True, "here and in the CIFAR network", "A-11"),
    ),
    notes=("The paper describes its CIFAR networks; the ImageNet network is the authors' in Caffe's model zoo.",),
    # Caffe's zoo: BGR less the means of ImageNet, rounded.
    rescale=Rescale(1.0, (-104.0, -117.0, -123.0), bgr=True),
)
NIN_CIFAR = Card(
    name="nin_cifar",
    title="Network in Network for CIFAR-10",
    paper=PAPER,
    input_shape=(32, 32, 3),
    golden=(Golden("CIFAR-10", 966_986, notop=965_056, macs=222_486_528, at=32, source="A+"),),
    notes=(
        "The paper reports 10.41 % test error on CIFAR-10, 8.81 % with augmentation, after global contrast "
        "normalisation and whitening.",
    ),
)

CARDS = (NIN, NIN_CIFAR)

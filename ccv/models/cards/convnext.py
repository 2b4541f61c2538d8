"""The card of ConvNeXt-T."""

from ccv.models.cards._card import KERAS_RAW, Card, Golden, Paper, Published
from ccv.models.cards._files import KERAS, WeightFile, fits, torch_file

HASHES = (
    "8ae6e78ce2933352b1ef4008e6dd2f17bc40771563877d156bc6426c7cf503ff",
    "d547c096cabd03329d7be5562c5e14798aa39ed24b474157cef5e85ab9e49ef1",
)
FILE = f"{KERAS}convnext/convnext_tiny"

CONVNEXT_TINY = Card(
    name="convnext_tiny",
    title="ConvNeXt-T, a ResNet-50 rebuilt after the transformer",
    paper=Paper(
        "Z. Liu, H. Mao, C.-Y. Wu, C. Feichtenhofer, T. Darrell, S. Xie",
        "A ConvNet for the 2020s",
        "CVPR 2022 (arXiv 2201.03545), 11976-11986",
        2022,
    ),
    input_shape=(224, 224, 3),
    variants={
        "keras": "Keras's: the paper's network, which standardises raw RGB pixels itself",
        "torch": "torchvision's: its pixels are less ImageNet's mean, over its deviation",
    },
    golden=(
        Golden("keras", 28_589_128, notop=27_820_128, macs=4_455_531_264, at=224, source="K"),
        Golden("torch", 28_589_128, {"variant": "torch"}, notop=27_820_128, macs=4_455_531_264, at=224, source="T"),
    ),
    published=(
        Published("paper", 82.1, None, "the paper's table 1"),
        Published("keras", 81.3, None, "keras.io"),
        Published("torch", 82.520, 96.146, "torchvision, IMAGENET1K_V1"),
    ),
    notes=("Without the top the maps, or their pooled means, are normalised, as in Keras: 1,536 of those parameters.",),
    rescale=KERAS_RAW,
    weights_from='Keras\'s convnext_tiny.h5: variant="keras"; torchvision\'s IMAGENET1K_V1: variant="torch"',
    files=(
        WeightFile(f"{FILE}.h5", KERAS_RAW, fits(variant="keras"), f"{FILE}_notop.h5", *HASHES),
        torch_file("convnext_tiny-983f1562", variant="torch"),
    ),
)

CARDS = (CONVNEXT_TINY,)

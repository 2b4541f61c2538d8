"""YOLO v1 (Redmon, Divvala, Girshick, Farhadi 2015): one look at the image, one grid of boxes."""

from typing import Any

from keras import layers

from ccv.checks import check_whole
from ccv.models._family import builder
from ccv.models.common import Needs, Top, drop, scaled
from ccv.models.darknet import convolution, halving_pool

# Figure 3 of the paper, a block a line: (filters, kernel size, stride) of its convolutions; a pool ends each.
BLOCKS = (
    ((64, 7, 2),),
    ((192, 3, 1),),
    ((128, 1, 1), (256, 3, 1), (256, 1, 1), (512, 3, 1)),
    (*((256, 1, 1), (512, 3, 1)) * 4, (512, 1, 1), (1024, 3, 1)),
    (*((512, 1, 1), (1024, 3, 1)) * 2, (1024, 3, 1), (1024, 3, 2)),
    ((1024, 3, 1), (1024, 3, 1)),
)
POOLED = 4  # the first four blocks; the fifth halves with its last stride

NEEDS = Needs(64, "six halvings")


def _yolo_v1(x: Any, *, top: Top | None, width: float, dropout: float = 0.5, boxes: int = 2) -> Any:
    """Build YOLO v1: `(batch, 448, 448, 3)` -> `(batch, 7, 7, 5 boxes + classes)`; 271,703,550 parameters.

    | block | convolutions | 448x448x3 |
    |---|---|---|
    | block1 | 7x7, 64, stride 2; pool | 112x112x64 |
    | block2 | 3x3, 192; pool | 56x56x192 |
    | block3 | 1x1, 128; 3x3, 256; 1x1, 256; 3x3, 512; pool | 28x28x512 |
    | block4 | 4 x (1x1, 256; 3x3, 512); 1x1, 512; 3x3, 1024; pool | 14x14x1024 |
    | block5 | 2 x (1x1, 512; 3x3, 1024); 3x3, 1024; 3x3, 1024, stride 2 | 7x7x1024 |
    | block6 | 3x3, 1024; 3x3, 1024 | 7x7x1024 |
    | fc1, dropout | 4096 | 205,524,992 parameters |
    | fc2, predictions | 7 x 7 x 30 | 6,022,590 parameters |

    24 convolutions with biases and no batch normalisation, leaky ReLU of slope 0.1 everywhere but at the end.
    Each cell of the grid has the numbers of its `boxes` boxes, five each, then the classes. They come raw, as in
    the paper (`classifier_activation=None`); an activation such as "sigmoid" is applied to every number alike.
    The grid has a cell for 64 pixels, and one for what is left over: an image of 65 to 128 pixels gets one of 2x2.

    `width` multiplies every channel count but the head's. With `include_top=False` the network ends after block6, by
    `pooling` (None, "avg", "max"). Darknet has published no weights of the paper's network: yolov1.cfg is another (a
    locally connected layer, three boxes, 1,715 outputs). Source: Redmon et al. 2015, section 2.1 and figure 3.
    """
    check_whole("boxes", boxes)
    for block, convolutions in enumerate(BLOCKS, 1):
        for number, (filters, kernel_size, strides) in enumerate(convolutions, 1):
            place = f"block{block}_{number}_conv"
            x = convolution(scaled(filters, width), kernel_size, strides, batch_norm=False, name=place)(x)
        if block <= POOLED:
            x = halving_pool(f"block{block}_pool")(x)
    if top is None:
        return x
    grid = (*x.shape[1:3], 5 * boxes + top.classes)
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dense(scaled(4096, width), name="fc1")(x)
    x = layers.LeakyReLU(negative_slope=0.1, name="fc1_leaky")(x)
    x = drop(dropout, "fc1_dropout")(x)
    x = layers.Dense(grid[0] * grid[1] * grid[2], activation=top.activation, name="fc2")(x)
    return layers.Reshape(grid, name="predictions")(x)


yolo_v1 = builder(_yolo_v1, "yolo_v1", NEEDS, classes=20, classifier_activation=None)

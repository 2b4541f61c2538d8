"""The card of U-Net."""

from ccv.models.cards._card import Card, Claim, Golden, Paper

UNET = Card(
    name="unet",
    title="U-Net, a class for every pixel: down for what, up for where",
    paper=Paper(
        "O. Ronneberger, P. Fischer, T. Brox",
        "U-Net: convolutional networks for biomedical image segmentation",
        "MICCAI",
        2015,
    ),
    input_shape=(572, 572, 1),
    golden=(
        Golden("paper, 572 to 388", 31_030_658, notop=31_030_528, macs=150_428_424_448, at=572, source="A+"),
        Golden(
            "'same', 512 to 512",
            31_030_658,
            {"padding": "same", "input_shape": (512, 512, 1)},
            notop=31_030_528,
            macs=192_384_335_872,
            at=512,
        ),
    ),
    claims=(
        Claim(
            "upsampling by a transposed convolution leaves a checkerboard",
            False,
            "not here: a 2x2 kernel with stride 2 covers each output pixel once; overlap needs a kernel that the "
            "stride does not divide",
            "X-23",
        ),
    ),
    notes=(
        "The lectures name semantic segmentation and show nothing of it (catalogue C-108).",
        "The paper puts dropout at the end of the contracting path; as in its Caffe network, after level 4 and the "
        "bottom, with rate 0.5.",
        "The multiply-adds count a transposed convolution by its input positions, each times the whole kernel.",
    ),
)

CARDS = (UNET,)

"""Torchvision's names of Inception v3's layers."""

from collections.abc import Iterator

STEM = {
    "conv1": "Conv2d_1a_3x3",
    "conv2": "Conv2d_2a_3x3",
    "conv3": "Conv2d_2b_3x3",
    "conv4": "Conv2d_3b_1x1",
    "conv5": "Conv2d_4a_3x3",
}
# Of each module, the steps of our branches (branch, place, kernel) -> torchvision's layer.
A = {
    "branch1_1_1x1": "branch1x1",
    "branch2_1_1x1": "branch5x5_1",
    "branch2_2_5x5": "branch5x5_2",
    "branch3_1_1x1": "branch3x3dbl_1",
    "branch3_2_3x3": "branch3x3dbl_2",
    "branch3_3_3x3": "branch3x3dbl_3",
    "branch4_2_1x1": "branch_pool",
}
REDUCTION_A = {
    "branch1_1_3x3": "branch3x3",
    "branch2_1_1x1": "branch3x3dbl_1",
    "branch2_2_3x3": "branch3x3dbl_2",
    "branch2_3_3x3": "branch3x3dbl_3",
}
B = {
    "branch1_1_1x1": "branch1x1",
    "branch2_1_1x1": "branch7x7_1",
    "branch2_2_1x7": "branch7x7_2",
    "branch2_3_7x1": "branch7x7_3",
    "branch3_1_1x1": "branch7x7dbl_1",
    "branch3_2_7x1": "branch7x7dbl_2",
    "branch3_3_1x7": "branch7x7dbl_3",
    "branch3_4_7x1": "branch7x7dbl_4",
    "branch3_5_1x7": "branch7x7dbl_5",
    "branch4_2_1x1": "branch_pool",
}
REDUCTION_B = {
    "branch1_1_1x1": "branch3x3_1",
    "branch1_2_3x3": "branch3x3_2",
    "branch2_1_1x1": "branch7x7x3_1",
    "branch2_2_1x7": "branch7x7x3_2",
    "branch2_3_7x1": "branch7x7x3_3",
    "branch2_4_3x3": "branch7x7x3_4",
}
C = {
    "branch1_1_1x1": "branch1x1",
    "branch2_1_1x1": "branch3x3_1",
    "branch2_2_1x3": "branch3x3_2a",
    "branch2_2_3x1": "branch3x3_2b",
    "branch3_1_1x1": "branch3x3dbl_1",
    "branch3_2_3x3": "branch3x3dbl_2",
    "branch3_3_1x3": "branch3x3dbl_3a",
    "branch3_3_3x1": "branch3x3dbl_3b",
    "branch4_2_1x1": "branch_pool",
}
MIXED = (
    ("Mixed_5b", A),
    ("Mixed_5c", A),
    ("Mixed_5d", A),
    ("Mixed_6a", REDUCTION_A),
    ("Mixed_6b", B),
    ("Mixed_6c", B),
    ("Mixed_6d", B),
    ("Mixed_6e", B),
    ("Mixed_7a", REDUCTION_B),
    ("Mixed_7b", C),
    ("Mixed_7c", C),
)
HEAD = {"aux_conv1": "AuxLogits.conv0", "aux_conv2": "AuxLogits.conv1"}

# A model without the auxiliary head leaves these of a state dict unread.
TORCH_UNREAD = ("AuxLogits.",)


def torch_names(name: str = "inception_v3", *, auxiliary: bool = False) -> dict[str, str]:
    """Return our layer name -> torchvision's module, for each layer with weights of `variant="torch"`.

    >>> torch_names()["mixed4_branch3_2_7x1"]
    'Mixed_6b.branch7x7dbl_2.conv'
    """
    names: dict[str, str] = {}
    for ours, theirs in _units(auxiliary):
        names |= {ours: f"{theirs}.conv", f"{ours}_bn": f"{theirs}.bn"}
    return names | {"predictions": "fc"} | ({"aux_predictions": "AuxLogits.fc"} if auxiliary else {})


def _units(auxiliary: bool) -> Iterator[tuple[str, str]]:
    """Yield the names of each convolution with its batch normalisation."""
    yield from STEM.items()
    for number, (module, steps) in enumerate(MIXED):
        for ours, theirs in steps.items():
            yield f"mixed{number}_{ours}", f"{module}.{theirs}"
    if auxiliary:
        yield from HEAD.items()

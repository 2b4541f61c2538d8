"""Torchvision's names of GoogLeNet's layers."""

from collections.abc import Iterator

MODULES = ("3a", "3b", "4a", "4b", "4c", "4d", "4e", "5a", "5b")
STEM = {"conv1": "conv1", "conv2_reduce": "conv2", "conv2": "conv3"}
BRANCHES = {
    "1x1": "branch1",
    "3x3_reduce": "branch2.0",
    "3x3": "branch2.1",
    "5x5_reduce": "branch3.0",
    "5x5": "branch3.1",  # a 3x3 in truth
    "pool_proj": "branch4.1",
}
HEADS = ("aux1", "aux2")

# A model without auxiliary heads leaves these of a state dict unread.
TORCH_UNREAD = tuple(f"{head}." for head in HEADS)


def torch_names(name: str = "googlenet", *, auxiliary: bool = False) -> dict[str, str]:
    """Return our layer name -> torchvision's module, for each layer with weights of `variant="torch"`.

    >>> torch_names()["inception_3a_3x3_reduce_bn"]
    'inception3a.branch2.0.bn'
    """
    names: dict[str, str] = {}
    for ours, theirs in _units(auxiliary):
        names |= {ours: f"{theirs}.conv", f"{ours}_bn": f"{theirs}.bn"}
    for head in HEADS if auxiliary else ():
        names |= {f"{head}_fc1": f"{head}.fc1", f"{head}_predictions": f"{head}.fc2"}
    return names | {"predictions": "fc"}


def _units(auxiliary: bool) -> Iterator[tuple[str, str]]:
    """Yield the names of each convolution with its batch normalisation."""
    yield from STEM.items()
    for module in MODULES:
        for ours, theirs in BRANCHES.items():
            yield f"inception_{module}_{ours}", f"inception{module}.{theirs}"
    if auxiliary:
        yield from ((f"{head}_conv", f"{head}.conv") for head in HEADS)

"""Timm's names of Inception v4's layers; torchvision does not have the network."""

from collections.abc import Iterator

# Our address -> timm's place in `features`, and the steps of our branches -> its layer there ("" is the place itself).
PLAIN = {"": ""}
MIXED_3A = {"_branch2_1_3x3": ".conv"}
MIXED_4A = {
    "_branch1_1_1x1": ".branch0.0",
    "_branch1_2_3x3": ".branch0.1",
    "_branch2_1_1x1": ".branch1.0",
    "_branch2_2_1x7": ".branch1.1",
    "_branch2_3_7x1": ".branch1.2",
    "_branch2_4_3x3": ".branch1.3",
}
MIXED_5A = {"_branch1_1_3x3": ".conv"}
A = {
    "_branch1_1_1x1": ".branch0",
    "_branch2_1_1x1": ".branch1.0",
    "_branch2_2_3x3": ".branch1.1",
    "_branch3_1_1x1": ".branch2.0",
    "_branch3_2_3x3": ".branch2.1",
    "_branch3_3_3x3": ".branch2.2",
    "_branch4_2_1x1": ".branch3.1",
}
REDUCTION_A = {
    "_branch1_1_3x3": ".branch0",
    "_branch2_1_1x1": ".branch1.0",
    "_branch2_2_3x3": ".branch1.1",
    "_branch2_3_3x3": ".branch1.2",
}
B = {
    "_branch1_1_1x1": ".branch0",
    "_branch2_1_1x1": ".branch1.0",
    "_branch2_2_1x7": ".branch1.1",
    "_branch2_3_7x1": ".branch1.2",
    "_branch3_1_1x1": ".branch2.0",
    "_branch3_2_7x1": ".branch2.1",
    "_branch3_3_1x7": ".branch2.2",
    "_branch3_4_7x1": ".branch2.3",
    "_branch3_5_1x7": ".branch2.4",
    "_branch4_2_1x1": ".branch3.1",
}
REDUCTION_B = {
    "_branch1_1_1x1": ".branch0.0",
    "_branch1_2_3x3": ".branch0.1",
    "_branch2_1_1x1": ".branch1.0",
    "_branch2_2_1x7": ".branch1.1",
    "_branch2_3_7x1": ".branch1.2",
    "_branch2_4_3x3": ".branch1.3",
}
C = {
    "_branch1_1_1x1": ".branch0",
    "_branch2_1_1x1": ".branch1_0",
    "_branch2_2_1x3": ".branch1_1a",
    "_branch2_2_3x1": ".branch1_1b",
    "_branch3_1_1x1": ".branch2_0",
    "_branch3_2_3x1": ".branch2_1",
    "_branch3_3_1x3": ".branch2_2",
    "_branch3_4_1x3": ".branch2_3a",
    "_branch3_4_3x1": ".branch2_3b",
    "_branch4_2_1x1": ".branch3.1",
}
FEATURES = (
    *((f"conv{i}", PLAIN) for i in (1, 2, 3)),
    ("mixed_3a", MIXED_3A),
    ("mixed_4a", MIXED_4A),
    ("mixed_5a", MIXED_5A),
    *((f"inception_a{i}", A) for i in range(1, 5)),
    ("reduction_a", REDUCTION_A),
    *((f"inception_b{i}", B) for i in range(1, 8)),
    ("reduction_b", REDUCTION_B),
    *((f"inception_c{i}", C) for i in range(1, 4)),
)


def torch_names(name: str = "inception_v4") -> dict[str, str]:
    """Return our layer name -> timm's module, for each layer with weights (gamma included: `scale=True`).

    >>> torch_names()["inception_b1_branch3_2_7x1_bn"]
    'features.11.branch2.1.bn'
    """
    names: dict[str, str] = {}
    for ours, theirs in _units():
        names |= {ours: f"{theirs}.conv", f"{ours}_bn": f"{theirs}.bn"}
    return names | {"predictions": "last_linear"}


def _units() -> Iterator[tuple[str, str]]:
    """Yield the names of each convolution with its batch normalisation."""
    for place, (address, steps) in enumerate(FEATURES):
        for ours, theirs in steps.items():
            yield f"{address}{ours}", f"features.{place}{theirs}"

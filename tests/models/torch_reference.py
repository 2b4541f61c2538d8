"""State dicts with torchvision's keys and shapes and made-up numbers, the same on every machine.

`torchvision_shapes.json` lists keys and shapes of torchvision 0.28, of MobileNetV3 and later networks 0.29.
`torchvision_outputs.json` holds the logits that torchvision's own networks gave, in float32, for the weights of
`state(name)` and the input of `picture(size)`. Inception v4 and SE-ResNet, which torchvision has not, are those of timm
1.0.31. Where torch, torchvision and timm are installed, running this file writes both anew; names behind it, those
networks alone:

    python tests/models/torch_reference.py efficientnet_b0 mobilenet_v3_small
"""

import json
import sys
import zlib
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
SHAPES = {
    name: {key: tuple(map(int, shape.split("x"))) for key, shape in keys.items()}
    for name, keys in json.loads((HERE / "torchvision_shapes.json").read_text()).items()
}
SIZES = {"inception_v3": 299, "inception_v4": 107, "alexnet": 96, "vgg11": 64, "vgg11_bn": 64, "vit_b_16": 224}
KEPT = 12
# The variance of a kernel times its inputs, where 1.5 would not do: their gates halve what passes, so with less the
# signal would die and the test show nothing, and with more float32 alone would lose the fifth digit.
GAINS = {
    "mobilenet_v3_small": 2.5,
    "mobilenet_v3_large": 1.8,
    "efficientnet_b0": 2.5,
    "efficientnet_b1": 2.3,
    "efficientnet": 2.0,
}
UNCOUNTED = "num_batches_tracked"
# The networks whose outputs are recorded; of the others only the shapes.
RECORDED = {
    *("alexnet", "vgg11", "vgg11_bn", "googlenet", "inception_v3", "squeezenet1_0", "squeezenet1_1"),
    *("resnet18", "resnet34", "resnet50", "resnext50_32x4d", "densenet121", "mobilenet_v2", "inception_v4"),
    *("mobilenet_v3_small", "mobilenet_v3_large", "efficientnet_b0", "efficientnet_b1", "efficientnet_b5"),
    *("seresnet50", "convnext_tiny", "vit_b_16"),
}


def state(name):
    """Weights that keep activations in a sensible range, seeded by each key."""
    gain = next((gain for family, gain in GAINS.items() if name.startswith(family)), 1.5)
    return {key: _values(key, shape, gain) for key, shape in SHAPES[name].items()}


def picture(size):
    return np.random.default_rng(size).uniform(-1, 1, (1, size, size, 3)).astype("float32")


def _values(key, shape, gain):
    rng = np.random.default_rng(zlib.crc32(key.encode()))
    if key.endswith("running_var") or (len(shape) == 1 and key.endswith("weight")):
        return rng.uniform(0.8, 1.2, shape).astype("float32")
    if len(shape) == 1 or key.endswith(("class_token", "pos_embedding")):
        return rng.normal(0, 0.1 if len(shape) == 1 else 0.5, shape).astype("float32")
    if key.endswith("layer_scale"):
        return rng.uniform(0.2, 0.6, shape).astype("float32")
    return rng.normal(0, np.sqrt(gain / np.prod(shape[1:])), shape).astype("float32")


def main(names):
    import torch

    for name in names:
        SHAPES[name] = {k: tuple(v.shape) for k, v in make(name).state_dict().items() if not k.endswith(UNCOUNTED)}
    lines = [f'"{name}": {json.dumps(_texts(keys), separators=(",", ":"))}' for name, keys in SHAPES.items()]
    (HERE / "torchvision_shapes.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")

    outputs = json.loads((HERE / "torchvision_outputs.json").read_text())
    for name in names:
        if name not in RECORDED:
            continue
        model = make(name)
        weights = {key: torch.from_numpy(value) for key, value in state(name).items()}
        missing = model.load_state_dict(weights, strict=False)
        assert all(key.endswith(UNCOUNTED) for key in missing.missing_keys) and not missing.unexpected_keys
        size = SIZES.get(name, 96)
        with torch.no_grad():
            logits = model(torch.from_numpy(picture(size).transpose(0, 3, 1, 2))).numpy()[0]
        outputs[name] = {
            "size": size,
            "logits": [float(v) for v in logits[:KEPT]],
            "largest": float(np.abs(logits).max()),
        }
        print(name, outputs[name]["largest"])
    lines = [f'"{name}": {json.dumps(output)}' for name, output in outputs.items()]
    (HERE / "torchvision_outputs.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


def make(name):
    """Torchvision's network, or timm's."""
    from torchvision import models

    if hasattr(models, name):
        options = {"init_weights": False} if name in ("googlenet", "inception_v3") else {}
        return getattr(models, name)(**options).eval()
    import timm

    return timm.create_model(name).eval()


def _texts(keys):
    return {key: "x".join(map(str, shape)) for key, shape in keys.items()}


if __name__ == "__main__":
    main(sys.argv[1:] or SHAPES)

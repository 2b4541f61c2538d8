"""State dicts with torchvision's keys and shapes and made-up numbers, the same on every machine.

`torchvision_shapes.json` lists keys and shapes of torchvision 0.28. `torchvision_outputs.json` holds the logits that
torchvision's own networks gave, in float32, for the weights of `state(name)` and the input of `picture(size)`; running
this file where torch, torchvision and timm are installed writes it anew. Inception v4, which torchvision has not, is
that of timm 1.0.31.
"""

import json
import zlib
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
SHAPES = {
    name: {key: tuple(map(int, shape.split("x"))) for key, shape in keys.items()}
    for name, keys in json.loads((HERE / "torchvision_shapes.json").read_text()).items()
}
SIZES = {"inception_v3": 299, "inception_v4": 107, "alexnet": 96, "vgg11": 64, "vgg11_bn": 64}
KEPT = 12


def state(name):
    """Weights that keep activations in a sensible range, seeded by each key."""
    return {key: _values(key, shape) for key, shape in SHAPES[name].items()}


def picture(size):
    return np.random.default_rng(size).uniform(-1, 1, (1, size, size, 3)).astype("float32")


def _values(key, shape):
    rng = np.random.default_rng(zlib.crc32(key.encode()))
    if key.endswith("running_var") or (len(shape) == 1 and key.endswith("weight")):
        return rng.uniform(0.8, 1.2, shape).astype("float32")
    if len(shape) == 1:
        return rng.normal(0, 0.1, shape).astype("float32")
    return rng.normal(0, np.sqrt(1.5 / np.prod(shape[1:])), shape).astype("float32")


def main():
    import timm
    import torch
    from torchvision import models

    names = ["alexnet", "vgg11", "vgg11_bn", "googlenet", "inception_v3", "squeezenet1_0", "squeezenet1_1"]
    names += ["resnet18", "resnet34", "resnet50", "resnext50_32x4d", "densenet121", "mobilenet_v2", "inception_v4"]
    outputs = {}
    for name in names:
        options = {"init_weights": False} if name in ("googlenet", "inception_v3") else {}
        make = getattr(models, name, None)
        model = (make(**options) if make else timm.create_model(name)).eval()
        weights = {key: torch.from_numpy(value) for key, value in state(name).items()}
        missing = model.load_state_dict(weights, strict=False)
        assert all(key.endswith("num_batches_tracked") for key in missing.missing_keys) and not missing.unexpected_keys
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


if __name__ == "__main__":
    main()

"""Trains the small detector that ccv carries, on photographs of blood: `python -m ccv.detection.pretrain BCCD`.

BCCD is the folder of https://github.com/Shenggan/BCCD_Dataset, with Annotations, JPEGImages and the lists that divide
it: 205 photographs to train on, 87 that choose the best epoch, and 72 that are counted once, at the end. A quarter of
an hour on two busy CPU cores; a run that was stopped goes on. It leaves the weights (float16), and a JSON with their
SHA-256, the command, the curve, and the mean average precisions of these very weights.
"""

import argparse
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ccv.data import blood
from ccv.data.pretrain import FOLDER
from ccv.training.files import writable_folder, write_json, write_whole
from ccv.versions import installed

if TYPE_CHECKING:
    from ccv.data.splits import Splits
    from ccv.detection.yolo import Detector
    from ccv.training import Run

NAME, MODEL, SIZE = "blood", "yolo_v2_tiny", (192, 256)
OPTIONS: dict[str, Any] = {"width": 0.75, "stride": 16}
ANCHORS = 3
CURVE = ("loss", "val_loss")


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, save, and say how good what was saved is."""
    options = _options(arguments)
    writable_folder(options.out)
    from ccv.data import splits
    from ccv.detection.yolo import Detector

    # A share for validation asks for the list of that name, too: without it, training has both.
    parts = splits(options.data, size=SIZE, kind="detection", validation=0.2, class_names=blood.CLASS_NAMES)
    run = _train(parts, options)
    best = Detector(run.best_model())
    content = _halved(best)
    weights = options.out / f"detector-{NAME}.safetensors"

    def save(new: Path) -> None:
        new.write_bytes(content)

    write_whole(weights, save)
    told = _told(best, run, parts, options) | {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
    write_json(weights.with_suffix(".json"), {"file": weights.name, **told})
    print(f"{weights}: {len(content):,} bytes, mAP@.5 {told['map50']}")


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m ccv.detection.pretrain", description=__doc__.split("\n\n")[0])
    parser.add_argument("data", type=Path, help="the folder BCCD")
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder for what is written (default: %(default)s)")
    parser.add_argument("--run", type=Path, default=Path("runs", NAME), help="of the run itself (default: %(default)s)")
    parser.add_argument("--epochs", type=int, default=45, help="rounds of all photographs (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="of weights, order, augmentation (default: %(default)s)")
    options = parser.parse_args(arguments)
    if options.epochs < 1:
        parser.error("--epochs must be 1 or more")
    return options


def _train(parts: "Splits", options: argparse.Namespace) -> "Run":
    """Train from random weights, each photograph flipped, scaled, cropped and coloured anew."""
    import keras

    from ccv.detection.building import detector

    keras.utils.set_random_seed(options.seed)
    made = detector(MODEL, parts, "auto", boxes=ANCHORS, box_loss="ciou", **OPTIONS)
    return made.fit(parts, epochs=options.epochs, seed=options.seed, out=options.run, resume=True, verbose=True)


def _halved(detector: "Detector") -> bytes:
    """Round the weights to float16, in the detector as well, and return the content of their file."""
    import keras
    from safetensors.numpy import save

    from ccv.models.weights.own_names import named_weights

    state = {}
    for name, weight in named_weights(detector.network):
        state[name] = keras.ops.convert_to_numpy(weight).astype(np.float16)
        weight.assign(state[name])
    if not all(np.isfinite(array).all() for array in state.values()):
        raise SystemExit("the training diverged: nothing was saved")
    return save(state)


def _told(detector: "Detector", run: "Run", parts: "Splits", options: argparse.Namespace) -> dict[str, Any]:
    """Return what the JSON says: how to build it again, how it was made, and how good it is."""
    judged = {"validation": parts.validation, "test": parts.test, "thirty": blood.arrays()}
    command = f"python -m ccv.detection.pretrain {options.data.name} --epochs {options.epochs} --seed {options.seed}"
    return {
        "model": MODEL,
        "options": OPTIONS,
        "input_shape": [*SIZE, 3],
        "class_names": detector.class_names,
        "anchors": np.asarray(detector.anchors).reshape(-1, 2).round(6).tolist(),
        "parameters": detector.model.count_params(),
        "command": command,
        "seed": options.seed,
        "versions": installed(("ccv", "keras", "tensorflow", "jax", "numpy")),
        "photographs": {name: len(getattr(parts, name)) for name in ("train", "validation", "test")},
        "map50": {name: _scores(detector, data) for name, data in judged.items()},
        "best_epoch": run.best_epoch,
        "seconds": round(run.seconds),
        "curve": {name: [round(value, 4) for value in run.history[name]] for name in CURVE},
    }


def _scores(detector: "Detector", data: Any) -> dict[str, float]:
    """Return the average precision of each class at IoU .5, and their mean."""
    found = detector.evaluate(data)
    return {row.name: round(row.ap50, 4) for row in found.classes} | {"mean": round(found.map50, 4)}


if __name__ == "__main__":
    main()

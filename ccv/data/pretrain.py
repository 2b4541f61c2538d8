"""Pre-trains the small backbone that ccv carries, on drawn textures: `python -m ccv.data.pretrain`.

About 130,000 images, each drawn once and never seen again, so that nothing can be learnt by heart. Six minutes on two
quiet CPU cores. Writes the weights without the classifier (float16), `index.json` with their SHA-256 and what they
were made by, and the curve. The classes, 120 of a texture and a shape, hold no letter and no digit.
"""

import argparse
import csv
import hashlib
import json
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

TASK = "textures"
HELD_OUT = 2_400  # images of the "test" stream, which no step has seen
CHECKOUT = Path(__file__).parents[2]
FOLDER = CHECKOUT / "data" / "weights" if (CHECKOUT / "pyproject.toml").is_file() else Path("weights")


def main(arguments: Sequence[str] | None = None) -> None:
    """Pre-train, save, and say how well the saved network does."""
    options = _options(arguments)
    _check_writable(options.out)
    import keras

    from ccv.models import build, card

    keras.utils.set_random_seed(options.seed)
    features = build(options.model, include_top=False, pooling="avg", width=options.width)
    network = _classifier(features, card(options.model).preprocessing)
    steps = options.epochs * -(-options.images // options.batch_size)
    rate = keras.optimizers.schedules.CosineDecay(
        options.rate / 40, steps - steps // 10, warmup_target=options.rate, warmup_steps=steps // 10
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    network.compile(keras.optimizers.AdamW(rate, weight_decay=0.01), loss, metrics=["accuracy"])
    rows = list(_train(network, options))
    entry = _save(features, options, rows)
    print(f"{options.out / entry['file']}: {entry['bytes']:,} bytes, accuracy {entry['accuracy']:.3f}")


def _check_writable(folder: Path) -> None:
    """Stop before six minutes of training where its result could not be kept."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write(folder / "index.json.check", b"")
        (folder / "index.json.check").unlink()
    except OSError as problem:
        raise SystemExit(f"{folder} cannot be written ({problem.strerror or problem}): choose another --out") from None


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m ccv.data.pretrain", description=__doc__.split("\n\n")[0])
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder for the weights (default: %(default)s)")
    parser.add_argument("--model", default="resnet20", help="a builder of ccv.models (default: %(default)s)")
    parser.add_argument("--width", type=float, default=1.0, help="of its channels (default: %(default)s)")
    parser.add_argument("--epochs", type=int, default=16, help="rounds of new images (default: %(default)s)")
    parser.add_argument("--images", type=int, default=8_192, help="drawn for a round (default: %(default)s)")
    parser.add_argument("--batch-size", type=int, default=64, help="images a step (default: %(default)s)")
    parser.add_argument("--rate", type=float, default=4e-3, help="highest learning rate (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="of weights and images (default: %(default)s)")
    options = parser.parse_args(arguments)
    for name in ("epochs", "images", "batch_size"):
        if getattr(options, name) < 1:
            parser.error(f"--{name.replace('_', '-')} must be 1 or more")
    return options


def _classifier(features: Any, preprocessing: Any) -> Any:
    import keras

    from ccv.data.textures import CLASS_NAMES

    inputs = keras.Input(features.input_shape[1:], name="pixels")
    logits = keras.layers.Dense(len(CLASS_NAMES), name="logits")(features(preprocessing(inputs)))
    return keras.Model(inputs, logits, name=f"{features.name}_{TASK}")


def _train(network: Any, options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Train round by round on new images; yield a row of the curve for each."""
    import keras

    from ccv.data import textures

    size = network.input_shape[1]
    held_out = textures.arrays("test", count=HELD_OUT, size=size, seed=options.seed)
    began = time.monotonic()
    with _bar(options) as step:
        callback = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: step(logs))
        for epoch in range(options.epochs):
            images, labels = textures.arrays(count=options.images, size=size, seed=1000 * options.seed + epoch)
            fit = network.fit(images, labels, batch_size=options.batch_size, verbose=0, callbacks=[callback])
            loss, accuracy = network.evaluate(*held_out, batch_size=200, verbose=0)
            row = {
                "epoch": epoch + 1,
                "images": (epoch + 1) * options.images,
                "loss": round(fit.history["loss"][0], 4),
                "accuracy": round(fit.history["accuracy"][0], 4),
                "val_loss": round(loss, 4),
                "val_accuracy": round(accuracy, 4),
                "seconds": round(time.monotonic() - began, 1),
            }
            print(", ".join(f"{name} {value}" for name, value in row.items()), flush=True)
            yield row


@contextmanager
def _bar(options: argparse.Namespace) -> Iterator[Any]:
    """Give a function that moves Rich's bar by a step."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    steps = options.epochs * -(-options.images // options.batch_size)
    text = TextColumn("loss {task.fields[loss]:.3f}  accuracy {task.fields[accuracy]:.3f}")
    with Progress(TextColumn(TASK), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), text) as progress:
        task = progress.add_task("", total=steps, loss=float("nan"), accuracy=float("nan"))
        yield lambda logs: progress.update(task, advance=1, loss=logs["loss"], accuracy=logs["accuracy"])


def _save(features: Any, options: argparse.Namespace, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Write weights, curve and index, each whole or not at all; the index last, since it names the others."""
    import keras
    from safetensors.numpy import save

    from ccv.models.weights.own_names import named_weights

    state = {name: keras.ops.convert_to_numpy(w).astype(np.float16) for name, w in named_weights(features)}
    if not all(np.isfinite(array).all() for array in state.values()):
        raise SystemExit("the training diverged: nothing was saved; try a lower --rate")
    content = save(state)
    name = f"{options.model}-{TASK}"
    entry = {
        "file": f"{name}.safetensors",
        "sha256": hashlib.sha256(content).hexdigest(),
        "bytes": len(content),
        "options": {} if options.width == 1 else {"width": options.width},
        "task": TASK,
        "seed": options.seed,
        "accuracy": rows[-1]["val_accuracy"],
        "images": rows[-1]["images"],
        "command": "python -m ccv.data.pretrain"
        f" --model {options.model} --width {options.width:g} --epochs {options.epochs} --images {options.images}"
        f" --batch-size {options.batch_size} --rate {options.rate:g} --seed {options.seed}",
        "keras": f"{keras.__version__} on {keras.backend.backend()}",
    }
    index = options.out / "index.json"
    known = json.loads(index.read_text(encoding="utf-8")) if index.is_file() else {}
    _write(options.out / entry["file"], content)
    _write(options.out / f"{name}.csv", _csv(rows))
    _write(index, (json.dumps({**known, options.model: entry}, indent=2) + "\n").encode())
    return entry


def _csv(rows: list[dict[str, Any]]) -> bytes:
    import io

    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _write(path: Path, content: bytes) -> None:
    beside = path.with_name(f".writing-{os.getpid()}-{path.name}")
    beside.write_bytes(content)
    beside.replace(path)


if __name__ == "__main__":
    main()

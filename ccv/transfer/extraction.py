"""What a backbone makes of images, computed once and kept, so that a head trains in seconds."""

import hashlib
import json
import logging
import os
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import keras
import numpy as np

from ccv.checks import check_whole
from ccv.devices.machine import describe
from ccv.losses import loss_for
from ccv.transfer import batches
from ccv.transfer.graph import HEAD, check_image_model
from ccv.transfer.head import with_head
from ccv.transfer.scaling import forget_noise, scaled_head, whitening

log = logging.getLogger("ccv.transfer")


def features(
    model: keras.Model,
    data: Any,
    *,
    cache: str | os.PathLike[str] | None = None,
    preprocessing: bool | keras.layers.Layer | None = True,
    batch_size: int = 64,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the pooled features `(images, channels)`, float32, and the labels `(images,)` of labelled images.

    `model` is one of `with_head` (its own pooling and preprocessing count), or a backbone (average pooling). `data` is
    a `tf.data.Dataset` of single pairs, a `PyDataset` of batches, or `(images, labels)`. `cache` is a folder: what is
    there for the same network, weights and images is read instead of computed. A damaged file is made again, and a
    folder that cannot be written costs a warning, not the result. Raises ValueError or TypeError for data of another
    kind.
    """
    check_whole("batch_size", batch_size)
    network = extractor(model, preprocessing)
    data = batches.checked(data, network)
    if cache is None:
        return _extract(network, data, batch_size)
    folder = Path(cache)
    if folder.exists() and not folder.is_dir():
        raise NotADirectoryError(f"cache={os.fspath(cache)!r} is a file: give a folder")
    path = folder / f"features-{_digest(network, data, batch_size)[:24]}.npz"
    found = _read(path)
    if found is None:
        found = _extract(network, data, batch_size)
        _write(path, *found)
    return found


def extractor(model: keras.Model, preprocessing: bool | keras.layers.Layer | None = True) -> keras.Model:
    """Return the network from pixels to pooled features: the part of a `with_head` model below its head."""
    check_image_model(model)
    if not any(layer.name == f"{HEAD}_pool" for layer in model.layers):
        model = with_head(model, 1, preprocessing=preprocessing)
    return keras.Model(model.inputs, model.get_layer(f"{HEAD}_pool").output, name=f"{model.name}_features")


def train_head(
    model: keras.Model,
    features: np.ndarray,
    labels: np.ndarray,
    *,
    epochs: int = 100,
    learning_rate: Any = 1e-2,
    batch_size: int = 32,
    seed: int = 0,
) -> dict[str, list[float]]:
    """Train the head of a `with_head` model on features that were computed once; return the history.

    The head is the model's own: afterwards the model classifies images. While it trains, the features are
    whitened, so that one learning rate suits every backbone. Raises ValueError where the model has no such
    head, or features or labels do not fit it.
    """
    names = [layer.name for layer in check_image_model(model).layers]
    if f"{HEAD}_pool" not in names:
        raise ValueError(f"{model.name} has no head of with_head: model = with_head(backbone, classes)")
    check_whole("epochs", epochs)
    check_whole("batch_size", batch_size)
    given = model.get_layer(f"{HEAD}_pool").output
    features, labels = np.asarray(features, np.float32), batches.column(np.asarray(labels))
    if features.shape[1:] != tuple(given.shape[1:]) or len(features) != len(labels):
        raise ValueError(
            f"features must be (images, {given.shape[-1]}), labels as many, not {features.shape} and {labels.shape}: "
            "make them with features(model, data)"
        )
    batches.check_labels((features, labels), model)
    model.get_layer(HEAD).trainable = True
    optimizer, (loss, metrics) = (
        keras.optimizers.Adam(learning_rate),
        loss_for(model, batches.width((features, labels))),
    )
    mean, matrix = whitening(features)
    with scaled_head(model, mean, matrix) as head:
        head.compile(optimizer, loss, metrics=metrics, jit_compile=describe().jit)
        whitened = (features - mean) @ matrix
        forget_noise(model, head.evaluate(batches.Batches(whitened, labels, batch_size), verbose=0)[0])
        given = batches.Batches(whitened, labels, batch_size, seed)
        return head.fit(given, epochs=epochs, verbose=0, shuffle=False).history


def _extract(network: keras.Model, data: Any, batch_size: int) -> tuple[np.ndarray, np.ndarray]:
    pairs = [
        (network.predict_on_batch(np.asarray(pair[0])), np.asarray(pair[1])) for pair in batches.each(data, batch_size)
    ]
    if not pairs:
        raise ValueError("the dataset is empty: there is nothing to make features of")
    return np.concatenate([made for made, _ in pairs]).astype(np.float32), np.concatenate(
        [labels for _, labels in pairs]
    )


def _digest(network: keras.Model, data: Any, batch_size: int) -> str:
    """Name the network, its weights, and every image: reading costs little beside running the network."""
    numbers = {part.name: f"#{number}" for number, part in enumerate([network, *network.layers])}
    digest = hashlib.sha256(json.dumps(_unnamed(json.loads(network.to_json()), numbers)).encode())
    for weight in network.weights:
        digest.update(keras.ops.convert_to_numpy(weight).tobytes())
    for pair in batches.each(data, batch_size):
        for array in map(np.asarray, pair[:2]):
            digest.update(f"{array.shape}{array.dtype}".encode() + np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _unnamed(config: Any, numbers: dict[str, str]) -> Any:
    """Put numbers for the names of layers: Keras counts those up, so the same cell run again makes `rescaling_1`."""
    if isinstance(config, dict):
        pairs = {key: numbers.get(str(value), value) if key == "name" else value for key, value in config.items()}
        return {key: _unnamed(value, numbers) for key, value in pairs.items()}
    if isinstance(config, list):
        calls = len(config) == 3 and str(config[0]) in numbers  # a tensor's origin: [layer, call, output]
        return [numbers[config[0]], *config[1:]] if calls else [_unnamed(value, numbers) for value in config]
    return config


def _read(path: Path) -> tuple[np.ndarray, np.ndarray] | None:
    try:
        with np.load(path) as file:
            return file["features"], file["labels"]
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        log.warning("%s is damaged and is made again", path)
        return None


def _write(path: Path, made: np.ndarray, labels: np.ndarray) -> None:
    """Write beside `path`, then put it in place at once: another process finds a whole file or none."""
    temporary: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".writing-", delete=False) as file:
            temporary = Path(file.name)
            np.savez(file, features=made, labels=labels)
        temporary.replace(path)
    except OSError as problem:
        log.warning("going on without a cache: %s cannot be written (%s)", path.parent, problem.strerror or problem)
        if temporary:
            temporary.unlink(missing_ok=True)

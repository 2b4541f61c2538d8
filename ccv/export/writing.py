"""`export`: a network as a file for another engine, held beside Keras before it is kept."""

import os
import shutil
import tempfile
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from ccv.detection.heads import is_detector
from ccv.detection.yolo import Detector
from ccv.export import notes, onnx_operations
from ccv.export.formats import FORMATS, check_can_write, check_quantize, engine_of, format_of
from ccv.export.quantizing import converter_options, to_openvino
from ccv.export.runner import Runner
from ccv.export.serving import constants, served
from ccv.losses import class_count, output_kind
from ccv.models.layout import check_channels_last
from ccv.segmentation import is_segmenter

TOLERANCE = 1e-3  # of the largest output: engines round differently, and no more than that
TRIED = 4  # images that the file is asked about
JUDGED = 64  # images at once


@dataclass(frozen=True)
class Exported:
    """A file that was written. `difference` is the largest to Keras's output, in parts of the largest output.

    `same` is the share of the tried images, or of their pixels, with the same likeliest class, `accuracy` (before,
    after) the share of the calibration images that are right, where their labels were given.
    """

    path: Path
    format: str
    bytes: int
    difference: float
    same: float | None = None
    accuracy: tuple[float, float] | None = None

    def __str__(self) -> str:
        said = [f"{self.path}: {FORMATS[self.format].title}, {self.bytes / 1e6:.2f} MB"]
        said += [f"largest difference to Keras {self.difference:.1e}"]
        said += [] if self.same is None else [f"same class for {self.same:.1%}"]
        said += ["accuracy {:.1%}, before {:.1%}".format(*self.accuracy[::-1])] if self.accuracy else []
        return ", ".join(said)


def export(
    model: Any,
    path: str | os.PathLike[str],
    format: str | None = None,
    *,
    quantize: str | None = None,
    calibrate: Any = None,
    preprocessing: Any = "auto",
    class_names: Sequence[str] | None = None,
    thresholds: dict[str, float] | None = None,
    score: float = 0.05,
    iou: float = 0.45,
) -> Exported:
    """Write a network as a file for another engine, and return what was written.

    The file takes float32 pixels from 0 to 255, `(batch, height, width, channels)`, of the model's size; what comes
    out is the model's output, of a detector `(batch, 100, 6)`: corners as parts of the letterbox, score, class; of a
    network for masks the probabilities `(batch, height, width, classes)`.

    Args:
        model: a Keras model of images, or a `Detector`.
        path: where to; its suffix tells the format: .tflite, .onnx, .xml, or none for a SavedModel.
        format: "litert", "onnx", "openvino" or "saved_model".
        quantize: "float16" halves the file, "int8" makes it four times smaller and fast: of LiteRT and of OpenVINO.
        calibrate: for "int8", images as the network will see them, some hundred, uint8 or float from 0 to 255; or a
            pair of these and their labels, and the accuracy before and after is told.
        preprocessing: a layer from pixels to what the weights expect, False for none; see `ccv.export.serving.served`.
        class_names, thresholds: of the classes, kept in the file.
        score, iou: of a detector, as in `Detector.detect`.

    Raises:
        ValueError: the model has no fixed size, the format is unknown, or the file says something else than Keras; it
            is not kept then.
        NotInstalled: a package that writes the format is missing.
    """
    path = Path(path).expanduser()
    name = format_of(path, format)
    network = model.model if isinstance(model, Detector) else model
    size = _size(network)
    images, labels = _images(calibrate, size)
    _check(name, quantize, network, images, path)
    whole = served(network, preprocessing, score=score, iou=iou, level=quantize == "int8")
    with tempfile.TemporaryDirectory(prefix=".writing-", dir=path.parent) as folder:
        new = Path(folder) / path.name
        _write(whole, new, name, quantize, images)
        notes.write(new, name, _notes(network, size, class_names, thresholds, quantize))
        about = _beside_keras(whole, new, quantize, images, labels, network)
        _put(new, path)
    return Exported(path, name, sum(file.stat().st_size for file in _files(path)), *about)


def _size(model: Any) -> tuple[int, int, int]:
    """Height, width and channels of the images; ValueError where they are not fixed."""
    if not isinstance(model, keras.Model):
        raise TypeError(f"a Keras model or a Detector is needed, not {type(model).__name__}")
    shape = getattr(model, "input_shape", None) if model.built else None
    if isinstance(shape, tuple):
        check_channels_last(model)
    if not isinstance(shape, tuple) or len(shape) != 4:
        raise ValueError(f"{model.name} takes {shape or 'nothing yet'}, not images (batch, height, width, channels)")
    if len(model.outputs) != 1:
        raise ValueError(f"{model.name} has {len(model.outputs)} outputs, and a file holds one")
    if None in shape[1:]:
        raise ValueError(f"{model.name} takes images of any size: build it for the size that the file shall have")
    return shape[1:]


def _images(calibrate: Any, size: tuple[int, int, int]) -> tuple[np.ndarray | None, np.ndarray | None]:
    """The images, and their labels if there are any."""
    if calibrate is None:
        return None, None
    pair = calibrate if isinstance(calibrate, tuple) else (calibrate, None)
    images = np.asarray(pair[0], "float32")
    if images.shape[1:] != size or not len(images):
        raise ValueError(f"calibrate must hold images {('n', *size)}, got the shape {images.shape}".replace("'n'", "n"))
    labels = None if pair[1] is None else np.asarray(pair[1])
    if labels is not None and labels.shape != (len(images),):
        raise ValueError(f"calibrate must have a whole number for each image, got labels of shape {labels.shape}")
    return images, labels


def _check(name: str, quantize: str | None, model: keras.Model, images: Any, path: Path) -> None:
    check_quantize(name, quantize)
    if quantize == "int8" and is_detector(model):
        raise ValueError("a detector's boxes need more than the 256 steps of int8: take quantize='float16'")
    if quantize == "int8" and images is None:
        raise ValueError("int8 needs calibrate=: some hundred images as the network will see them")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"there is no folder {path.parent}")
    check_can_write(name, quantize)
    engine_of(name)


def _write(model: keras.Model, path: Path, name: str, quantize: str | None, images: np.ndarray | None) -> None:
    """Write a file by the first of its format's ways that can; ValueError, with the last one's reason, if none can."""
    reason = ""
    for way in FORMATS[name].ways:
        try:
            with warnings.catch_warnings(), constants(model):
                warnings.simplefilter("ignore")  # of the converters, about NumPy and about themselves
                _write_by(way, model, path, name, quantize, images)
            return
        except Exception as problem:  # converters raise whatever they stumble over
            reason = (str(problem).strip() or type(problem).__name__).split("\n")[0]
    said = f"{model.name} cannot be written for {FORMATS[name].title}: {reason}"
    raise ValueError(f"{said}; another format may hold it: {', '.join(other for other in FORMATS if other != name)}")


def _write_by(way: str, model: keras.Model, path: Path, name: str, quantize: str | None, images: Any) -> None:
    options = converter_options(quantize, images) if name == "litert" and quantize else {}
    if way == "onnx":
        onnx_operations.teach()
    # OpenVINO's own file is written from another, whose weights it maps: the two must not be one.
    written = path.with_name(f"source{FORMATS[way].suffix}") if name == "openvino" else path
    model.export(str(written), format=way, verbose=False, **options)
    if name == "openvino":
        to_openvino(written, path, quantize, images)


def _notes(model: keras.Model, size: Any, names: Any, thresholds: Any, quantize: str | None) -> notes.Notes:
    if is_detector(model):
        found = Detector(model).class_names
        return notes.Notes(model.name, "detect", size, None, found, None, quantize)
    if is_segmenter(model):
        return notes.Notes(model.name, "segment", size, None, _names(model, names), None, quantize)
    try:
        kind = output_kind(model)
    except ValueError:
        return notes.Notes(model.name, "other", size, quantize=quantize)
    return notes.Notes(model.name, "classify", size, kind, _names(model, names), thresholds, quantize)


def _names(model: keras.Model, names: Any) -> list[str]:
    count = class_count(model)
    found = [str(name) for name in names or range(count)]
    if len(found) != count:
        raise ValueError(f"{model.name} has {count} classes, class_names has {len(found)}")
    return found


def _beside_keras(
    model: keras.Model, path: Path, quantize: str | None, images: Any, labels: Any, network: keras.Model
) -> tuple[float, float | None, tuple[float, float] | None]:
    """Ask the file and Keras about the same images; ValueError where a file that rounds nothing says something else."""
    if images is None:
        shape = (TRIED, *model.input_shape[1:])
        images = np.random.default_rng(0).uniform(0, 255, shape).astype("float32")
    run = Runner(path)
    parts = np.array_split(images, -(-len(images) // JUDGED))
    mine, keras_said = (
        np.concatenate([np.asarray(ask(part)) for part in parts]) for ask in (run, model.predict_on_batch)
    )
    difference = float(np.max(np.abs(mine - keras_said)) / max(float(np.max(np.abs(keras_said))), 1e-6))
    if quantize is None and not difference <= TOLERANCE:
        raise ValueError(
            f"the file for {FORMATS[run.format].title} differs from Keras by {difference:.1e} of the largest output, "
            "and was not kept: please report the network"
        )
    if mine.ndim not in (2, 4) or mine.shape[-1] < 2:  # a class for each image, or for each pixel
        return difference, None, None
    classes = [said.argmax(axis=-1) for said in (keras_said, mine)]
    right = None if labels is None else tuple(float(np.mean(said == labels)) for said in classes)
    return difference, float(np.mean(classes[0] == classes[1])), right  # type: ignore[return-value]


def _put(new: Path, path: Path) -> None:
    """Put a file, the weights beside it or a folder in place."""
    if new.is_dir():
        if path.exists():
            shutil.rmtree(path)
        new.replace(path)
        return
    for file in _files(new)[::-1]:  # what names the weights comes last
        file.replace(path.with_suffix(file.suffix))


def _files(path: Path) -> list[Path]:
    """All files of an exported network."""
    if path.is_dir():
        return [file for file in path.rglob("*") if file.is_file()]
    return [path, *([path.with_suffix(".bin")] if path.suffix == ".xml" else [])]

"""What a trained network says of image files; needs nothing but the `.keras` file and the run.json beside it."""

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import keras
import numpy as np

import ccv.layers  # noqa: F401 - registers what a saved network may hold
from ccv.devices import feed
from ccv.training.losses import output_kind, probabilities
from ccv.training.report import unmathed
from ccv.training.run import read_facts

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Prediction:
    """The likeliest classes of one file, best first; `image` is what the network saw, (height, width, channels)."""

    path: Path
    classes: list[str]
    probabilities: list[float]
    image: np.ndarray = field(repr=False)

    def draw(self) -> "Figure":
        """Show the image under its likeliest classes."""
        from ccv.plots import image_grid

        lines = [f"{unmathed(name)} {share:.1%}" for name, share in zip(self.classes, self.probabilities, strict=True)]
        return image_grid([self.image], ["\n".join(lines)])


def predict(checkpoint: str | Path, images: Sequence[str | Path], *, top: int = 5) -> list[Prediction]:
    """Let a saved network classify image files, cropped and resized as in training.

    `checkpoint` is a `.keras` file, or the folder of a run, of which `best.keras` is taken. Class names come from the
    run.json beside it; without one, classes are numbers. Raises FileNotFoundError for a file that is not there, and
    ValueError for one that is no model or no image.
    """
    model, names = load(Path(checkpoint).expanduser())
    files = [Path(image).expanduser() for image in images]
    shape = image_shape(model)
    batch = np.stack([feed.picture(file, shape) for file in files])
    found = probabilities(np.asarray(model.predict_on_batch(batch)), output_kind(model))
    order = np.argsort(-found, axis=1, kind="stable")[:, :top]
    return [
        Prediction(file, [names[i] for i in best], [float(row[i]) for i in best], image)
        for file, best, row, image in zip(files, order, found, batch, strict=True)
    ]


def read_model(checkpoint: Path) -> keras.Model:
    """Load a network from a `.keras` file, or `best.keras` from the folder of a run."""
    path = model_file(checkpoint)
    if not path.exists():
        raise FileNotFoundError(f"there is no checkpoint {path}: give a .keras file, or the folder of a run")
    try:
        return keras.saving.load_model(path, compile=False)
    except Exception as problem:  # Keras's readers raise whatever they stumble over
        if path.suffix == ".keras" and not zipfile.is_zipfile(path):
            raise ValueError(
                f"{path} is no model that Keras can load: it is cut short, or another kind of file"
            ) from None
        first = (str(problem).strip() or type(problem).__name__).split("\n")[0]
        raise ValueError(f"{path} is no model that Keras can load: {first}") from None


def model_file(checkpoint: Path) -> Path:
    """Return the file itself, or `best.keras` of a folder."""
    return checkpoint / "best.keras" if checkpoint.is_dir() else checkpoint


def load(checkpoint: Path) -> tuple[keras.Model, list[str]]:
    """Load a saved classifier and the names of its classes."""
    path = model_file(checkpoint)
    model = read_model(checkpoint)
    if len(model.outputs) != 1 or not isinstance(model.output_shape, tuple) or len(model.output_shape) != 2:
        raise ValueError(f"{path} is no classifier, one score a class: for a detector take ccv detect")
    classes = max(2, int(model.outputs[0].shape[-1]))
    names = class_names(checkpoint) or [str(number) for number in range(classes)]
    if len(names) != classes:
        raise ValueError(
            f"{path} has {classes} classes, the run.json beside it names {len(names)}: they do not belong together"
        )
    return model, names


def class_names(checkpoint: Path) -> list[str] | None:
    """Return the classes that the run.json beside a checkpoint names, or None where none does."""
    names = read_facts(model_file(checkpoint).parent).get("class_names")
    return [str(name) for name in names] if names and isinstance(names, list) else None


def image_shape(model: keras.Model) -> tuple[int, int, int]:
    """Return the (height, width, channels) of the images that a model takes; ValueError where it takes none such."""
    shape = model.input_shape
    if not isinstance(shape, tuple) or len(shape) != 4 or shape[3] not in (1, 3):
        raise ValueError(f"{model.name} takes {shape}, not images (batch, height, width, 1 or 3 channels)")
    if not shape[1] or not shape[2]:
        raise ValueError(f"{model.name} takes images of any size: save it with a fixed one")
    return shape[1:]

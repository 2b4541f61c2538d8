"""What a trained network says of image files; needs nothing but the `.keras` file and the run.json beside it."""

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import keras
import numpy as np

import ccv.layers  # noqa: F401 - registers what a saved network may hold
from ccv.feeding.pictures import pictures
from ccv.losses import answers_each, output_kind, probabilities
from ccv.models.layout import check_channels_last
from ccv.training.page import unmathed
from ccv.training.run import read_facts
from ccv.training.thresholds import numbers_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Prediction:
    """The likeliest classes of one file, best first; `image` is what the network saw, (height, width, channels).

    Of a network that says yes or no to each label they are those that it says; where it says none, `missed` tells so.
    """

    path: Path
    classes: list[str]
    probabilities: list[float]
    image: np.ndarray = field(repr=False)
    missed: str = ""

    @property
    def shares(self) -> dict[str, float]:
        """The probability of each class that is said, the likeliest first."""
        return dict(zip(self.classes, self.probabilities, strict=True))

    def draw(self) -> "Figure":
        """Show the image under its likeliest classes."""
        from ccv.plots import image_grid

        lines = [f"{unmathed(name)} {share:.1%}" for name, share in self.shares.items()]
        lines += [unmathed(self.missed)] if self.missed else []
        return image_grid([self.image], ["\n".join(lines)])


def predict(
    checkpoint: str | Path,
    images: Sequence[str | Path],
    *,
    top: int = 5,
    unreadable: list[str] | None = None,
    model: keras.Model | None = None,
) -> list[Prediction]:
    """Let a saved network classify image files, cropped and resized as in training.

    `checkpoint` is a `.keras` file, or the folder of a run, of which `best.keras` is taken. Class names come from the
    run.json beside it; without one, classes are numbers. Of a network that says yes or no to each label all are given
    that reach the threshold of the run.json, whatever `top` is. Raises FileNotFoundError for a file that is not there,
    and ValueError for one that is no model or no image; where `unreadable` is given, such an image is passed over, and
    what is wrong with it is added there, as long as there are others. `model` is what the checkpoint holds, where it
    was read already.
    """
    model, names = load(Path(checkpoint).expanduser(), model)
    files, read = pictures([Path(image).expanduser() for image in images], image_shape(model), unreadable)
    batch = np.stack(read)
    made = np.asarray(model.predict_on_batch(batch))
    least = thresholds(checkpoint) if answers_each(model) else None
    return said_of(files, batch, made, output_kind(model), names, least, top)


def said_of(
    files: Sequence[Path],
    batch: np.ndarray,
    made: np.ndarray,
    kind: str,
    names: list[str],
    thresholds: dict[str, float] | None,
    top: int,
) -> list[Prediction]:
    """Put a classifier's output `(batch, units)` of a `kind` into words, for the images `batch` of these files.

    Of several sigmoids it says those that reach their `thresholds`, of other outputs the `top` likeliest classes.
    """
    if kind == "sigmoid" and made.shape[1] > 1:
        least = np.array(numbers_of(thresholds, names))
        return [_said(file, row, least, names, image) for file, row, image in zip(files, made, batch, strict=True)]
    found = probabilities(made, kind)
    order = np.argsort(-found, axis=1, kind="stable")[:, :top]
    return [
        Prediction(file, [names[i] for i in best], [float(row[i]) for i in best], image)
        for file, best, row, image in zip(files, order, found, batch, strict=True)
    ]


def _said(file: Path, scores: np.ndarray, least: np.ndarray, names: Sequence[str], image: np.ndarray) -> Prediction:
    """Say all labels whose score reaches its threshold, the likeliest first; or which came nearest."""
    order = np.argsort(-scores, kind="stable")
    said = [i for i in order if scores[i] >= least[i]]
    best = int(np.argmax(scores - least))
    missed = f"nothing above its threshold; the best was {names[best]} {scores[best]:.1%} of {least[best]:.1%}"
    return Prediction(file, [names[i] for i in said], [float(scores[i]) for i in said], image, "" if said else missed)


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


def load(checkpoint: Path, model: keras.Model | None = None) -> tuple[keras.Model, list[str]]:
    """Load a saved classifier, unless it was read already, and the names of its classes."""
    path = model_file(checkpoint)
    model = read_model(checkpoint) if model is None else model
    if len(model.outputs) != 1 or not isinstance(model.output_shape, tuple) or len(model.output_shape) != 2:
        raise ValueError(f"{path} is no classifier, one score a class: for a detector take ccv detect")
    return model, names_for(checkpoint, max(2, int(model.outputs[0].shape[-1])))


def names_for(checkpoint: Path, classes: int) -> list[str]:
    """Return the names of so many classes beside a checkpoint, else numbers; ValueError where they are not as many."""
    names = class_names(checkpoint) or [str(number) for number in range(classes)]
    if len(names) != classes:
        raise ValueError(
            f"{model_file(checkpoint)} has {classes} classes, the run.json beside it names {len(names)}: they do not "
            "belong together"
        )
    return names


def class_names(checkpoint: Path) -> list[str] | None:
    """Return the classes that the run.json beside a checkpoint names, or None where none does."""
    names = read_facts(model_file(checkpoint).parent).get("class_names")
    return [str(name) for name in names] if names and isinstance(names, list) else None


def thresholds(checkpoint: Path | str) -> dict[str, float] | None:
    """Return from which score on the run.json beside a checkpoint has each label said, or None where it does not."""
    found = read_facts(model_file(Path(checkpoint)).parent).get("thresholds")
    return {str(name): float(least) for name, least in found.items()} if isinstance(found, dict) else None


def image_shape(model: keras.Model) -> tuple[int, int, int]:
    """Return the (height, width, channels) of the images that a model takes; ValueError where it takes none such."""
    check_channels_last(model)
    shape = model.input_shape
    if not isinstance(shape, tuple) or len(shape) != 4 or shape[3] not in (1, 3):
        raise ValueError(f"{model.name} takes {shape}, not images (batch, height, width, 1 or 3 channels)")
    if not shape[1] or not shape[2]:
        raise ValueError(f"{model.name} takes images of any size: save it with a fixed one")
    return shape[1:]

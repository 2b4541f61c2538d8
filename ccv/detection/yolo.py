"""`Detector`: a YOLO network with everything around it, from pixels to boxes in pixels."""

from collections.abc import Callable, Iterator
from os import PathLike
from typing import Any

import keras
import numpy as np
from keras import ops

from ccv.detection import anchors as clusters
from ccv.detection.boxes import clip
from ccv.detection.decode import decode, detections
from ccv.detection.evaluation import Evaluation
from ccv.detection.heads import Slots, by_head, head_shapes, make_slots, output_layer
from ccv.detection.letterbox import in_pixels, letterboxed, out_of_letterbox
from ccv.detection.losses import LOSSES
from ccv.detection.metrics import evaluate
from ccv.detection.policy import training_for
from ccv.detection.records import Detections, Objects, unpadded
from ccv.devices.compiling import compiled
from ccv.feeding.reading import examples_of, held_out
from ccv.models.layout import check_images

SHOWN = 0.5  # the least score of a box worth showing. Source: darknet's detector.c, -thresh
EVALUATED = 0.005  # and of one worth counting. Source: detector.c, validate_detector
OVERLAP = 0.45  # NMS. Source: darknet's detector.c, nms
PIXELS = 2.0  # a corner so far out is not one of a cropped object, but in pixels


class Detector:
    """A network that finds objects. Make one with `detector`, or read one with `Detector.load`.

    `model` is a compiled Keras model, pixels 0 to 255 `(batch, height, width, channels)` in, raw predictions out. It
    saves and loads in safe mode, and its file alone makes the detector again.
    """

    def __init__(self, model: keras.Model) -> None:
        self.model = model
        self.output = output_layer(model)
        self._finders: dict[str, Callable[[Any], Detections]] = {}

    @classmethod
    def load(cls, path: str | PathLike[str]) -> "Detector":
        """Read a detector from the `.keras` file of `save`, or the `best.keras` that `fit(out=...)` leaves.

        Raises ValueError for a file that holds another model, or none.
        """
        return cls(keras.saving.load_model(path, safe_mode=True))

    def save(self, path: str | PathLike[str]) -> None:
        """Write the detector to a `.keras` file."""
        self.model.save(path)

    @property
    def network(self) -> keras.Model:
        """The YOLO network of `ccv.models` within, whose stages can be frozen or looked at."""
        return self.model.layers[-2]

    @property
    def grids(self) -> list[tuple[int, int]]:
        """The rows and columns of each head, coarse first."""
        return [shape[:2] for shape in head_shapes(self.network)]

    @property
    def class_names(self) -> list[str]:
        """The names of the classes, in the order of the labels."""
        return list(self.output.class_names)

    @property
    def channels(self) -> int:
        """The channels of the images that it takes."""
        return self.model.input_shape[-1]

    @property
    def anchors(self) -> np.ndarray | None:
        """The anchors `(heads, k, 2)`, parts of the image, coarse head first; None where there are none (yet)."""
        return self.output.anchors

    @property
    def slots(self) -> Slots | None:
        """Which cell and anchor each prediction belongs to; None for version 1.

        Raises ValueError as long as the anchors are not known.
        """
        if self.output.version == 1:
            return None
        if self.anchors is None:
            raise ValueError("the anchors are not known yet: call fit, which finds them in the data, or give anchors=")
        return make_slots(self.grids, self.anchors)

    def fit(
        self,
        data: Any,
        *,
        epochs: int | None = None,
        recipe: Any = "detection",
        batch_size: int | None = None,
        augment: Any = "auto",
        seed: int = 0,
        **options: Any,
    ) -> Any:
        """Train on pairs of image and truth with `ccv.training.fit`, whose options these are, and return its `Run`.

        Images are letterboxed to the detector's size, and a truth is `(boxes, 5)`: corners as parts of the image, then
        the class, padded with rows of -1. Anchors that were left to the data ("auto") are found first, by k-means.
        Epochs, batch size and augmentation that are left open are those of `ccv train`: photographs that `ccv.data` has
        read are seen 18,000 times in all, in batches of 8, flipped, scaled, cropped and coloured unless `augment` is
        None; other data 10 times each, as they are.

        Raises ValueError for data of other classes, or boxes that are not parts of the image.
        """
        from ccv import training

        self._check_classes(data)
        if self.output.version > 1 and self.anchors is None:
            self._find_anchors(data)
        chosen = training_for(data, epochs=epochs, batch_size=batch_size, augment=augment, seed=seed)
        return training.fit(self.model, data, recipe=recipe, **chosen, **options)

    def detect(
        self,
        images: Any,
        score: float = SHOWN,
        iou: float = OVERLAP,
        *,
        max_detections: int = 100,
        batch_size: int = 32,
        **options: Any,
    ) -> Any:
        """Find objects: `Detections` of one image, a list of them for several, in pixels of each image.

        Args:
            images: one `(height, width, channels)`, a batch, or a list of any sizes; uint8, or floats from 0 to 255.
                Each is letterboxed to the detector's size, and the boxes are brought back.
            score: the least objectness x class probability of what is returned.
            iou: the overlap up to which two boxes of one class are two objects.
            max_detections: of one image.
            batch_size: images at once.
            options: of `ccv.detection.suppression.nms`, such as `kind="gaussian"` and `by_class=False`.

        Raises:
            ValueError: an image has other axes or channels, or a number is out of its range.
        """
        one = not isinstance(images, list | tuple) and np.ndim(images) in (2, 3)
        listed = [images] if one else list(images)
        found: list[Detections] = []
        for start in range(0, len(listed), batch_size):
            part = [self._checked(image) for image in listed[start : start + batch_size]]
            size = tuple(self.model.input_shape[1:3])
            boxed = letterboxed(part, size)
            raw = self.model.predict_on_batch(boxed)
            padded = self._found(raw, score=score, iou=iou, max_detections=max_detections, **options)
            found += [
                in_pixels(each, image.shape[:2], size) for each, image in zip(unpadded(padded), part, strict=True)
            ]
        return found[0] if one else found

    def _found(self, raw: Any, **how: Any) -> Detections:
        """The detections of an output, by a function that is compiled once for all who ask alike."""
        asked = repr((None if self.anchors is None else self.anchors.tolist(), sorted(how.items())))
        if asked not in self._finders:
            self._finders[asked] = compiled(lambda raw: detections(*self.decode(raw), **how))
        return self._finders[asked](ops.convert_to_tensor(raw))

    def decode(self, raw: Any) -> tuple[Any, Any]:
        """Return corners `(batch, n, 4)`, parts of the letterbox, and scores `(batch, n, classes)`, of its output."""
        return decode(ops.convert_to_tensor(raw), self.output.version, self.slots, len(self.class_names))

    def evaluate(self, data: Any, *, batch_size: int = 32, score: float = EVALUATED) -> Evaluation:
        """Return the average precisions on pairs of image and truth, as `fit` takes them.

        Of what `ccv.data.splits` returns it takes the test part, else the validation part, else all there is. It counts
        every box of at least `score`. Of photographs that `ccv.data` has read, sizes are those of the file, and what is
        difficult or a crowd is treated as VOC and COCO do.

        Raises ValueError for data of other classes, or boxes that are not parts of the image.
        """
        self._check_classes(data)
        data = held_out(data)
        found: list[Detections] = []
        there: list[Objects] = []
        for images, truth in _batches(data, batch_size):
            found += self.detect(images, score, batch_size=batch_size)
            there += [Objects.from_truth(rows, *images.shape[1:3]) for rows in truth]
        if hasattr(data, "annotations"):
            size, notes = tuple(self.model.input_shape[1:3]), data.annotations
            found = [_of_file(one, note, size) for one, note in zip(found, notes, strict=True)]
            there = [Objects(note.boxes, note.labels, note.difficult, note.crowd, note.areas) for note in notes]
        return evaluate(found, there, self.class_names)

    def _find_anchors(self, data: Any) -> None:
        """Find the anchors in the training data, tell the last layer and the loss."""
        heads, k = len(self.grids), head_shapes(self.network)[0][-1] // (5 + len(self.class_names))
        truth = data[1] if isinstance(data, tuple | list) else getattr(data, "train", data)
        self.output.anchors = by_head(clusters.from_truth(truth, heads * k), heads)
        loss = self.model.loss.get_config() | {"anchors": self.output.anchors}
        self.model.compile(self.model.optimizer, LOSSES[self.output.version](**loss))

    def _check_classes(self, data: Any) -> None:
        """Raise ValueError where the data are of other classes or no truth, as far as that can be known unread."""
        names, own = getattr(data, "class_names", self.class_names), self.class_names
        numbered = own == [str(number) for number in range(len(own))]
        if len(names) != len(own) or (list(names) != own and not numbered):
            raise ValueError(
                f"the data's classes are {', '.join(names)}, the detector's {', '.join(own)}: read the data with "
                "class_names= of the detector, or make another detector"
            )
        pair = isinstance(data, tuple | list)
        truth = data[1] if pair else getattr(getattr(data, "train", data), "truth", None)
        if truth is not None:
            _check_truth(np.asarray(truth), len(own))

    def _checked(self, image: Any) -> np.ndarray:
        image = np.asarray(image)
        if image.ndim != 3 or image.shape[-1] != self.channels:
            check_images(image.shape)
            raise ValueError(
                f"an image must be (height, width, {self.channels}) for this detector, got the shape {image.shape}"
            )
        return image


def _check_truth(truth: np.ndarray, classes: int) -> None:
    """Raise ValueError for a truth `(..., boxes, 5)` that can teach nothing: other axes, classes or units."""
    if truth.ndim < 2 or truth.shape[-1] != 5:
        raise ValueError(
            "the truth must be (images, boxes, 5), x_min, y_min, x_max, y_max as parts of the image and the class, "
            f"got the shape {truth.shape}"
        )
    largest = np.max(truth[..., 4], initial=-1)
    if largest >= classes:
        raise ValueError(f"class {largest:.0f} is out of range: the detector has {classes}, numbered from 0")
    corners = truth[truth[..., 4] >= 0][:, :4]
    if not np.isfinite(corners).all():
        raise ValueError("a box of the truth has a corner that is no number: leave it out")
    farthest = np.abs(corners).max(initial=0)
    if farthest >= PIXELS:
        raise ValueError(
            f"a box of the truth reaches to {farthest:g}, but corners are parts of the image, from 0 to 1: divide "
            "pixels by its width and height"
        )


def _of_file(found: Detections, note: Any, size: tuple[int, int]) -> Detections:
    """Bring boxes from pixels of the letterbox to those of the file that lies in it."""
    height, width = size
    parts = found.boxes / (width, height, width, height)
    boxes = np.array(clip(out_of_letterbox(parts, (note.height, note.width), size)))
    return found._replace(boxes=boxes * (note.width, note.height, note.width, note.height))


def _batches(data: Any, size: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Give images and truth, so many at once."""
    return examples_of(data).in_order(size).as_numpy_iterator()

"""The drawn shapes as a builder of TFDS; importing this imports TFDS."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ccv.data.stored.stored import import_tfds

tfds: Any = import_tfds()


@dataclass
class ShapesConfig(tfds.core.BuilderConfig):
    """What is drawn, and by what: `ccv.data.shapes.arrays`."""

    draw: Callable[..., tuple[Any, Any]] | None = None
    class_names: Sequence[str] = ()
    count: int = 2_000
    size: int = 64
    seed: int = 0


class Shapes(tfds.core.GeneratorBasedBuilder):
    """Ellipses, rectangles and triangles in noise, with their boxes, in a train and a test split."""

    VERSION = tfds.core.Version("1.0.0")
    BUILDER_CONFIG_CLASS = ShapesConfig

    def _info(self) -> Any:
        size = self.builder_config.size
        objects = {
            "bbox": tfds.features.BBoxFeature(),
            "label": tfds.features.ClassLabel(names=list(self.builder_config.class_names)),
        }
        features = {
            "image": tfds.features.Image(shape=(size, size, 3), encoding_format="png"),
            "objects": tfds.features.Sequence(objects),
        }
        return self.dataset_info_from_configs(
            description="Ellipses, rectangles and triangles in noise, drawn by ccv.",
            features=tfds.features.FeaturesDict(features),
        )

    def _split_generators(self, dl_manager: Any) -> dict[str, Any]:
        return {part: self._generate_examples(part) for part in ("train", "test")}

    def _generate_examples(self, part: str) -> Iterator[tuple[int, dict[str, Any]]]:
        config = self.builder_config
        images, truth = config.draw(part, count=config.count, size=config.size, seed=config.seed)
        for index, (image, rows) in enumerate(zip(images, truth, strict=True)):
            objects = [
                {"bbox": tfds.features.BBox(ymin=top, xmin=left, ymax=bottom, xmax=right), "label": int(kind)}
                for left, top, right, bottom, kind in rows[rows[:, 4] >= 0].tolist()
            ]
            yield index, {"image": image, "objects": objects}

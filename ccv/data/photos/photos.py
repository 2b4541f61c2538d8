"""Data sets of photographs: in `$CCV_DATA` (TFDS's or a folder of images), else in TFDS's folder, or the network."""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ccv.data import folders
from ccv.data.pairs import as_arrays
from ccv.data.photos.options import check_size
from ccv.data.photos.tree import Skipped
from ccv.data.stored.stored import data_folder, first_line, impatient, import_tfds, prepared_by_tfds, reach

if TYPE_CHECKING:
    import tensorflow as tf

SPLITS = ("train", "test", "all")
TEST = 0.2  # the part held out, since these sets have one part only

log = logging.getLogger("ccv.data")


@dataclass(frozen=True)
class Photos:
    """A data set of photographs that TFDS has in one part, "train"."""

    name: str
    class_names: tuple[str, ...]  # in TFDS's order
    url: str
    megabytes: int

    def found(self) -> str | None:
        """Return the folder that it would be read from, or None where it would have to be fetched."""
        place = self._here()
        return str(place) if place else None

    def parts(
        self, size: Any, channels: int | None, validation: float, test: float | None, seed: int, download: bool = True
    ) -> tuple["tf.data.Dataset", "tf.data.Dataset", "tf.data.Dataset", list[Skipped]]:
        """Return train, validation and test datasets, and what was left out."""
        if size is None:
            raise ValueError(f"the photographs of {self.name} have many sizes: give size=224, say")
        test = TEST if test is None else test
        place = self._place(download)
        if not (place / "dataset_info.json").is_file():
            return self._of_folder(place, size, channels, validation, test, seed)
        made = [self._of_tfds(place, part, size, channels) for part in _ranges(place, validation, test)]
        return made[0], made[1], made[2], []

    def dataset(self, split: str, size: Any, download: bool) -> "tf.data.Dataset":
        """Return one split; the test part is the same as that of `parts`."""
        train, _, test, *_ = self.parts(check_size(size), 3, 0.0, None, 0, download)
        made = train.concatenate(test) if split == "all" else {"train": train, "test": test}[split]
        made.class_names = list(self.class_names)
        return made

    def arrays(self, split: str, size: Any, download: bool) -> tuple[np.ndarray, np.ndarray]:
        """Return one split as arrays."""
        return as_arrays(self.dataset(split, size, download))

    def _here(self) -> Path | None:
        """A prepared data set before a folder of images, `$CCV_DATA` before the rest."""
        ours = data_folder()
        prepared = prepared_by_tfds(self.name)
        images = ours / self.name if ours else None
        if images and images.is_dir() and not (prepared and prepared.is_relative_to(images)):
            return images
        return prepared

    def _place(self, download: bool) -> Path:
        place = self._here()
        if place:
            return place
        if not download:
            raise FileNotFoundError(self._advice("download=False"))
        log.warning("downloading %s (%d MB) through tensorflow_datasets", self.name, self.megabytes)
        try:
            with impatient():
                reach(self.url)  # TFDS's own downloader would wait for ever
                return self._download()
        except Exception as problem:  # TFDS and its downloader have many
            raise FileNotFoundError(self._advice(f"it could not be fetched: {first_line(problem)}")) from None

    def _download(self) -> Path:
        tfds = import_tfds()
        builder = tfds.builder(self.name)
        builder.download_and_prepare()
        return Path(builder.data_dir)

    def _of_folder(
        self, place: Path, size: Any, channels: int | None, validation: float, test: float, seed: int
    ) -> Any:
        """Read a folder of images; its classes may be in the plural or begin with a capital, but not be others."""
        root, found = _classes_below(place)
        by_name = {_plain(name): name for name in found}
        missing = [name for name in self.class_names if _plain(name) not in by_name]
        if missing:
            raise ValueError(f"{root} has no folder of {missing[0]}: {self.name} has {', '.join(self.class_names)}")
        names = [by_name[_plain(name)] for name in self.class_names]
        options: Any = {"size": size, "channels": channels, "validation": validation, "test": test, "seed": seed}
        files = folders.read(root, **options, class_names=names)
        train, held_out, kept = (files.dataset(part) for part in folders.PARTS)
        return train, held_out, kept, files.skipped

    def _of_tfds(self, place: Path, part: str, size: tuple[int, int], channels: int | None) -> "tf.data.Dataset":
        import tensorflow as tf

        from ccv.data.photos.decode import fit

        tfds = import_tfds()
        builder = tfds.builder_from_directory(place)
        names = builder.info.features["label"].names
        if tuple(names) != self.class_names:
            raise ValueError(
                f"{place} has the classes {', '.join(names)}: {self.name} has {', '.join(self.class_names)}"
            )
        raw = builder.as_dataset(
            split=part or "train[:1]",  # TFDS reads no empty range
            decoders={"image": tfds.decode.SkipDecoding()},
            read_config=tfds.ReadConfig(interleave_cycle_length=1),
        )

        def example(row: dict[str, Any]) -> tuple[Any, Any]:
            image = tf.io.decode_image(row["image"], channels=channels or 3, expand_animations=False)
            image.set_shape((None, None, channels or 3))
            return fit(image, size), row["label"]

        dataset = raw.map(example, tf.data.AUTOTUNE, deterministic=True)
        return dataset if part else dataset.take(0)

    def _advice(self, why: str) -> str:
        ours = data_folder()
        looked = f"CCV_DATA={ours} has no {self.name}" if ours else "CCV_DATA is not set"
        return (
            f"{self.name} is not on this machine ({looked}; {why}): set CCV_DATA to a folder and put the images into "
            f"its folder {self.name}, one folder for each of {', '.join(self.class_names)} (from {self.url}), or "
            "the folder of that name that TFDS has prepared"
        )


def _ranges(place: Path, validation: float, test: float) -> list[str]:
    """Return the parts as TFDS writes them ("" where empty), drawn already: it shuffles what it prepares."""
    count = import_tfds().builder_from_directory(place).info.splits["train"].num_examples
    first_test = count - round(count * test)
    first_validation = first_test - round(count * validation)
    bounds = ((0, first_validation), (first_validation, first_test), (first_test, count))
    return [f"train[{first}:{last}]" if first < last else "" for first, last in bounds]


def _classes_below(place: Path) -> tuple[Path, list[str]]:
    """Return the folder of the classes, which archives wrap in others: flower_photos, PetImages."""
    while True:
        inner = [entry.name for entry in place.iterdir() if entry.is_dir() and not entry.name.startswith((".", "__"))]
        if len(inner) != 1:
            return place, inner
        place = place / inner[0]


def _plain(name: str) -> str:
    return name.casefold().rstrip("s")

"""Batches to train on: several pictures of several identities, or pairs of pictures."""

from typing import Any

import keras
import numpy as np

from ccv.checks import check_whole
from ccv.embedding.identities import identity_column, pairs, several


class Drawn(keras.utils.PyDataset):
    """Batches that seed, epoch and number alone decide; each epoch draws others."""

    def __init__(self, images: Any, labels: Any, steps: int | None, batch: int, seed: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.images, self.labels = np.asarray(images), identity_column(labels)
        if len(self.images) != len(self.labels):
            raise ValueError(f"{len(self.images)} images and {len(self.labels)} labels: give one label an image")
        self.steps = check_whole("steps", max(len(self.labels) // batch, 1) if steps is None else steps)
        self.seed, self.epoch = check_whole("seed", seed, 0), 0

    def __len__(self) -> int:
        return self.steps

    def on_epoch_end(self) -> None:
        """Go on to the batches of the next epoch."""
        self.epoch += 1


class IdentityBatches(Drawn):
    """Batches of `identities` different ones with `pictures` of each: images and labels, as the losses want them.

    `steps` a epoch; None is as many as show about all images. An identity with fewer pictures shows some twice, drawn
    with equal chances. Raises ValueError for fewer than two identities, or where none has two pictures.
    """

    def __init__(
        self, images: Any, labels: Any, *, identities: int = 16, pictures: int = 5, steps: int | None = None,
        seed: int = 0, **kwargs: Any,
    ) -> None:  # fmt: skip
        check_whole("identities", identities, 2)
        check_whole("pictures", pictures, 2)
        super().__init__(images, labels, steps, identities * pictures, seed, **kwargs)
        self.groups = [np.flatnonzero(self.labels == name) for name in several(self.labels)]
        if max(map(len, self.groups)) < 2:
            raise ValueError("every identity has one picture only: to draw the same together, some need two")
        self.identities, self.pictures = min(identities, len(self.groups)), pictures

    def __getitem__(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        rng = np.random.default_rng([self.seed, self.epoch, number])
        chosen = rng.choice(len(self.groups), self.identities, replace=False)
        index = np.concatenate([self._of(self.groups[which], rng) for which in chosen])
        return self.images[index], self.labels[index]

    def _of(self, group: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        return rng.choice(group, self.pictures, replace=len(group) < self.pictures)


class PairBatches(Drawn):
    """Batches of `batch_size` pairs, half of them of one identity: `(left, right)` and 1 for the same, else 0.

    So Koch et al. 2015 train their twins, section 3.3. Raises ValueError for fewer than two identities, or where none
    has two pictures.
    """

    def __init__(
        self, images: Any, labels: Any, *, batch_size: int = 64, steps: int | None = None, seed: int = 0, **kwargs: Any
    ) -> None:
        check_whole("batch_size", batch_size, 2)
        super().__init__(images, labels, steps, batch_size, seed, **kwargs)
        self.batch_size = batch_size
        pairs(self.labels, 2)  # says what is missing before the training begins

    def __getitem__(self, number: int) -> tuple[tuple[np.ndarray, np.ndarray], np.ndarray]:
        index, is_same = pairs(self.labels, self.batch_size, [self.seed, self.epoch, number])
        return (self.images[index[:, 0]], self.images[index[:, 1]]), is_same.astype("float32")[:, None]

"""TensorBoard's event files, through TensorFlow's writer."""

from collections.abc import Callable, Mapping
from pathlib import Path

import tensorflow as tf


def writer(folder: Path) -> Callable[[int, Mapping[str, float]], None]:
    """Return `(epoch, metrics) -> None`; `val_` metrics go to a curve of their own beside training's."""
    parts = {part: tf.summary.create_file_writer(str(folder / part)) for part in ("training", "validation")}

    def write(epoch: int, metrics: Mapping[str, float]) -> None:
        for name, value in metrics.items():
            part = parts["validation" if name.startswith("val_") else "training"]
            with part.as_default():
                tf.summary.scalar(name.removeprefix("val_"), value, step=epoch)
        for part in parts.values():
            part.flush()

    return write

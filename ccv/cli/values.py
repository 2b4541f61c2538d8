"""Values of options as people type them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def parse_size(text: str | None) -> int | tuple[int, int] | None:
    """Read a side, or height x width; None stays None.

    >>> parse_size("224"), parse_size("192x256"), parse_size(None)
    (224, (192, 256), None)
    """
    if text is None:
        return None
    try:
        sides = [int(side) for side in text.lower().replace("×", "x").split("x")]
    except ValueError:
        sides = []
    if len(sides) not in (1, 2) or min(sides) < 1:
        raise ValueError(f"--size {text} must be pixels of a side, as 224, or height x width, as 192x256")
    return sides[0] if len(sides) == 1 else (sides[0], sides[1])


def parse_weights(text: str | None) -> Any:
    """Read "balanced", or a file of JSON that maps classes to their weights; None stays None."""
    if text in (None, "balanced"):
        return text
    path = Path(text).expanduser()
    if not path.is_file():
        raise ValueError(f'--class-weight {text} must be balanced, or a JSON file such as {{"rare": 20}}')
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as problem:
        raise ValueError(f"{path} is no JSON: {problem}") from None


def parse_shape(text: str) -> tuple[int, ...]:
    """Read an input's height x width x channels.

    >>> parse_shape("224x224x3")
    (224, 224, 3)
    """
    try:
        height, width, channels = map(int, text.lower().replace("×", "x").split("x"))
    except ValueError:
        raise ValueError(f"--input {text} must be height x width x channels, as 224x224x3") from None
    from ccv.models.layout import is_channels_first

    if is_channels_first((height, width, channels)):
        raise ValueError(f"--input {text} has the channels first: write {width}x{channels}x{height}")
    return height, width, channels

"""Look at an image file once: can it be decoded, by whom, how large is it, which way up is it?"""

import contextlib
import hashlib
import io
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ccv.data.photos.look import look_of

FORMATS = ("JPEG", "PNG", "BMP", "GIF", "WEBP", "TIFF")  # Pillow has many more; some start other programs
MAX_PIXELS = 64_000_000  # decoded at a time: 192 MB
MAX_BYTES = 512_000_000
ORIENTATION = 0x0112  # the EXIF tag
PNG = b"\x89PNG\r\n\x1a\n"
UNREADABLE = "it cannot be read: "


@dataclass(frozen=True)
class Facts:
    """What the pipeline must know of a file; height and width are as stored, before EXIF turns the image."""

    height: int
    width: int
    decoder: str  # "jpeg", "png" (both by TensorFlow) or "pillow", which turns the image itself
    orientation: int = 1  # EXIF's, from 1 to 8
    shrinkable: bool = False  # a baseline JPEG: can be decoded at a part of its size in little memory
    digest: str = ""  # of the file's bytes
    look: str = ""  # what it looks like, so that copies are known: see `_look.py`

    @property
    def upright(self) -> tuple[int, int]:
        """Height and width after EXIF has turned the image."""
        return (self.width, self.height) if self.orientation > 4 else (self.height, self.width)


def inspect(path: str) -> Facts | str:
    """Return the facts, or the reason why the file is no good.

    The whole file is decoded (a JPEG at an eighth of its size, which reads every bit of it all the same), so
    that no truncated or damaged one is left for the training to find.
    """
    try:
        data = Path(path).read_bytes() if Path(path).stat().st_size <= MAX_BYTES else None
    except OSError as problem:
        return f"{UNREADABLE}{problem.strerror or problem}"
    if data is None:
        return f"it has more than {MAX_BYTES // 1_000_000} MB"
    if not data:
        return "the file is empty"
    return _look(data)


def _look(data: bytes) -> Facts | str:
    from PIL import Image, UnidentifiedImageError

    try:
        if data.startswith(PNG):
            with Image.open(io.BytesIO(data), formats=("PNG",)) as image:
                image.verify()  # the check sums, which TensorFlow looks at and Pillow's decoder does not
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            return _facts(image, data)
    except UnidentifiedImageError:
        return f"it is no image ({', '.join(FORMATS)} are read)"
    except Exception as problem:  # Pillow's readers raise whatever they stumble over
        first_line = next(iter(str(problem).strip().splitlines()), type(problem).__name__)
        return f"it is damaged: {first_line}"


def _facts(image: Any, data: bytes) -> Facts | str:
    width, height = image.size
    jpeg = image.format in ("JPEG", "MPO")
    shrinkable = jpeg and not image.info.get("progressive")
    if width * height > MAX_PIXELS * (64 if shrinkable else 1):
        return too_large(height, width)
    mode = image.mode
    if mode == "F":
        return "its pixels are floating-point numbers, of which black and white are not known"
    if jpeg:
        image.draft(mode, (max(1, width // 8), max(1, height // 8)))
    image.load()
    orientation = _orientation(image)
    decoder = _decoder(image, mode, data, jpeg)
    if decoder == "pillow":
        if not fits(height, width):
            return too_large(height, width)
        if orientation > 4:
            height, width = width, height
        orientation, shrinkable = 1, False
    digest = hashlib.blake2b(data, digest_size=16).hexdigest()
    return Facts(height, width, decoder, orientation, shrinkable, digest, look_of(image))


def fits(height: int, width: int) -> bool:
    """Say whether so many pixels may be decoded at a time."""
    return height * width <= MAX_PIXELS


def too_large(height: int, width: int) -> str:
    """Say that an image would take too much memory."""
    return f"it is too large: {width} x {height} pixels, of which at most {MAX_PIXELS // 1_000_000} million are decoded"


def _decoder(image: Any, mode: str, data: bytes, jpeg: bool) -> str:
    """TensorFlow's where it means the same as Pillow's: no palette, alpha, CMYK or arithmetic coding."""
    if mode not in ("L", "RGB"):
        return "pillow"
    if jpeg:
        return "pillow" if b"\xff\xc9" in data or b"\xff\xca" in data else "jpeg"
    plain = image.format == "PNG" and "transparency" not in image.info and data[24] in (8, 16)
    return "png" if plain else "pillow"


def _orientation(image: Any) -> int:
    try:
        value = image.getexif().get(ORIENTATION, 1)
    except Exception:  # a damaged EXIF block spoils no picture
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def decode(data: bytes, channels: int) -> np.ndarray:
    """Decode by Pillow: uint8 `(height, width, channels)`, upright, alpha over white, first frame, 65,535 as 255."""
    from PIL import Image, ImageOps

    with Image.open(io.BytesIO(data), formats=FORMATS) as image:
        image.load()
        upright: Any = ImageOps.exif_transpose(image) if _orientation(image) != 1 else image
        if upright.mode.startswith("I"):
            deep = np.clip(np.asarray(upright).astype(np.int64), 0, 65_535)
            upright = Image.fromarray(((deep + 128) // 257).astype(np.uint8))
        if upright.has_transparency_data:
            layer = upright.convert("RGBA")
            upright = Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer)
        pixels = np.asarray(upright.convert("RGB" if channels == 3 else "L"))
    return pixels.reshape(*pixels.shape[:2], channels)


@contextlib.contextmanager
def patient_pillow() -> Iterator[None]:
    """Let Pillow open images of any size, which `inspect` judges, and keep its warnings about them to itself."""
    from PIL import Image

    limit = Image.MAX_IMAGE_PIXELS
    Image.MAX_IMAGE_PIXELS = None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        Image.MAX_IMAGE_PIXELS = limit

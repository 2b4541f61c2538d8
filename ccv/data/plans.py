"""How a file becomes an image of the size that is wanted: settled from its facts, before it is read again."""

from dataclasses import dataclass

from ccv.data.facts import Facts, fits, too_large

GREY = 128  # of a letterbox's frame
ENOUGH = 2  # a JPEG may be decoded reduced while it stays so many times larger than the image that is wanted


@dataclass(frozen=True)
class Plan:
    """How one file becomes an image of the size: all known before a file is opened."""

    decoder: str
    shrink: int  # 1, 2, 4 or 8: libjpeg decodes at this part of the sides
    window: tuple[int, int, int, int]  # top, left, height, width, as decoded
    target: tuple[int, int]  # height and width to resize to, before the image is turned
    orientation: int
    corner: tuple[int, int] = (0, 0)  # top and left of the upright image in its frame, of a letterboxed one
    digest: str = ""  # of the file's bytes, by which a run knows it again
    look: str = ""  # of its picture, by which copies are known

    @property
    def upright(self) -> tuple[int, int]:
        """Height and width after the image is turned: the size that is wanted, less the frame of a letterbox."""
        return self.target if self.orientation <= 4 else self.target[::-1]

    @property
    def whole(self) -> bool:
        """Whether the file, as decoded, already has the size."""
        return self.window == (0, 0, *self.target) and self.shrink == 1


def plan(facts: Facts, size: tuple[int, int]) -> Plan | str:
    """Return the plan, or the reason why the image is too large to be decoded.

    >>> plan(Facts(375, 500, "jpeg"), (224, 224)).window
    (0, 62, 375, 375)
    """
    target = size if facts.orientation <= 4 else size[::-1]
    shrink, height, width = _decoded(facts, target)
    if not fits(height, width):
        return too_large(facts.height, facts.width)
    window = centre(height, width, target)
    return Plan(facts.decoder, shrink, window, target, facts.orientation, digest=facts.digest, look=facts.look)


def letterboxed(facts: Facts, size: tuple[int, int]) -> Plan | str:
    """Return the plan that keeps the whole image and its shape, in the middle of a frame of `size`.

    The rounding is that of `ccv.detection.letterbox`, so that a network sees in training what it sees later.

    >>> made = letterboxed(Facts(480, 640, "jpeg"), (416, 416))
    >>> made.target, made.corner
    ((312, 416), (52, 0))
    """
    inner, corner = frame(facts.upright, size)
    target = inner[::-1] if facts.orientation > 4 else inner
    shrink, height, width = _decoded(facts, target)
    if not fits(height, width):
        return too_large(facts.height, facts.width)
    return Plan(
        facts.decoder, shrink, (0, 0, height, width), target, facts.orientation, corner, facts.digest, facts.look
    )


def frame(image: tuple[int, int], size: tuple[int, int]) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the (height, width) that an image gets in a frame of `size`, and its (top, left) there."""
    scale = min(size[0] / image[0], size[1] / image[1])
    height, width = max(round(image[0] * scale), 1), max(round(image[1] * scale), 1)
    return (height, width), ((size[0] - height) // 2, (size[1] - width) // 2)


def _decoded(facts: Facts, target: tuple[int, int]) -> tuple[int, int, int]:
    """Return the part at which a JPEG is decoded, and its height and width then."""
    room = min(facts.height / target[0], facts.width / target[1])
    shrink = max(n for n in (1, 2, 4, 8) if n == 1 or (facts.shrinkable and room / n >= ENOUGH))
    return shrink, -(-facts.height // shrink), -(-facts.width // shrink)


def centre(height: int, width: int, target: tuple[int, int]) -> tuple[int, int, int, int]:
    """Return the largest window in the middle that has the proportions of `target`: top, left, height, width."""
    wide, high = min(width, round(height * target[1] / target[0])), min(height, round(width * target[0] / target[1]))
    wide, high = max(1, wide), max(1, high)
    return (height - high) // 2, (width - wide) // 2, high, wide

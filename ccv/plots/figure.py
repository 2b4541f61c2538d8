"""A figure as a notebook, a page and a file have it: an image, and the text for those who cannot see it."""

import base64
import io
from html import escape
from typing import Any

from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image

from ccv.plots.words import from_labels

NARROW = 700  # pixels, the width of a page or of half a screen, at which every text must be readable


class LabFigure(Figure):
    """A Figure that shows itself in a notebook without pyplot, whose import would register the display.

    JupyterLab and nbconvert's own page drop a PNG's text for those who cannot see it, so that there is HTML too; files,
    LaTeX and Markdown take the PNG.
    """

    alt = ""

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> tuple[dict[str, Any], dict[str, Any]]:
        png, alt = as_png(self), alt_of(self)
        known = {"alt": alt, "smallest_text": round(smallest_text(self), 2)}
        return {"image/png": png, "text/html": as_html(png, alt)}, {"image/png": known}


def alt_of(figure: Figure) -> str:
    """Return the text for those who cannot see a figure; where nobody described it, what its own labels say."""
    text = getattr(figure, "alt", "") or from_labels(figure)
    return "".join(letter for letter in text if letter.isprintable())


def as_png(figure: Figure) -> bytes:
    """Return a figure as a file that holds its description, too."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", bbox_inches="tight", metadata={"Description": alt_of(figure)})
    return buffer.getvalue()


def as_html(png: bytes, alt: str) -> str:
    """Return an image for a page, with its text; as WebP, without loss, where that takes less room."""
    buffer = io.BytesIO()
    Image.open(io.BytesIO(png)).convert("RGB").save(buffer, format="webp", lossless=True, method=2)
    kind, data = min(("webp", buffer.getvalue()), ("png", png), key=lambda image: len(image[1]))
    source = f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
    return f'<img alt="{escape(alt)}" style="max-width: 100%" src="{source}">'


def smallest_text(figure: Figure) -> float:
    """Return how high the smallest font of a figure is, in pixels, where it is shown 700 pixels wide or less."""
    texts = [text for text in figure.findobj(Text) if isinstance(text, Text) and text.get_visible()]
    points = min((float(text.get_fontsize()) for text in texts if text.get_text().strip()), default=12.0)
    return points / 72 * min(figure.dpi, NARROW / figure.get_tightbbox().width)

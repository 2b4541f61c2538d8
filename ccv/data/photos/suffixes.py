"""Which files are images: by their suffix; and which only look like one, by suffix or first bytes, and are not read."""

import mimetypes
from pathlib import Path

SUFFIXES = (".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".bmp", ".gif", ".webp", ".tif", ".tiff")
# What cameras and phones write beside them. Python's own table of types knows some of these, and not on every system.
FOREIGN = {
    ".heic": "HEIC", ".heics": "HEIC", ".heif": "HEIF", ".hif": "HEIF", ".avif": "AVIF", ".avifs": "AVIF",
    ".jxl": "JPEG XL", ".jp2": "JPEG 2000", ".j2k": "JPEG 2000", ".jpx": "JPEG 2000", ".jxr": "JPEG XR",
    ".dng": "a raw photograph", ".cr2": "a raw photograph", ".cr3": "a raw photograph", ".nef": "a raw photograph",
    ".arw": "a raw photograph", ".orf": "a raw photograph", ".rw2": "a raw photograph", ".raf": "a raw photograph",
    ".psd": "Photoshop's format", ".svg": "SVG", ".tga": "TGA", ".exr": "OpenEXR", ".dcm": "DICOM",
    ".ppm": "PPM", ".pgm": "PGM", ".pbm": "PBM", ".pnm": "PNM", ".ico": "an icon",
}  # fmt: skip
SIGNATURES = {b"\xff\xd8\xff": "JPEG", b"\x89PNG\r\n\x1a\n": "PNG", b"GIF8": "GIF", b"II*\0": "TIFF", b"MM\0*": "TIFF"}
BRANDS = {b"heic": "HEIC", b"heix": "HEIC", b"mif1": "HEIF", b"msf1": "HEIF", b"avif": "AVIF", b"avis": "AVIF"}


def is_image(name: str) -> bool:
    """Say whether a file is read as an image, by its suffix."""
    return name.lower().endswith(SUFFIXES)


def why_unread(path: str) -> str | None:
    """Return why a file that looks like an image is not read, or None where it looks like none.

    >>> why_unread("IMG_0001.HEIC")
    'HEIC is not read: convert it to JPEG or PNG'
    """
    suffix = Path(path).suffix.lower()
    kind = mimetypes.guess_type(f"name{suffix}")[0]
    if suffix in FOREIGN or (kind or "").startswith("image/"):
        return f"{FOREIGN.get(suffix, suffix[1:].upper())} is not read: convert it to JPEG or PNG"
    if kind is not None:  # text, tables, archives
        return None
    found = _by_content(path)
    return f"it holds {found}, and its name ends in no suffix of images: rename it" if found else None


def _by_content(path: str) -> str | None:
    try:
        with Path(path).open("rb") as file:
            first = file.read(12)
    except OSError:
        return None
    if first[4:8] == b"ftyp":
        return BRANDS.get(first[8:])
    if first[:4] == b"RIFF" and first[8:] == b"WEBP":
        return "WEBP"
    return next((name for signature, name in SIGNATURES.items() if first.startswith(signature)), None)

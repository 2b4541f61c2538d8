"""What an exported file says of itself: names of classes and the rest, as JSON inside of the file.

LiteRT's way is a zip archive behind the network, which its engine does not read; ONNX and OpenVINO have a place for
what one likes, and a SavedModel has a folder `assets.extra`.
"""

import json
import zipfile
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from xml.etree import ElementTree

NAME = "ccv.json"


@dataclass(frozen=True)
class Notes:
    """What is in a file: `task` is "classify", "detect", "segment" or "other", `kind` what a classifier's output is.

    `size` is (height, width, channels) of its images, `thresholds` from which score on a label is said.
    """

    name: str
    task: str
    size: tuple[int, int, int]
    kind: str | None = None
    class_names: list[str] = field(default_factory=list)
    thresholds: dict[str, float] | None = None
    quantize: str | None = None


def write(path: Path, format: str, notes: Notes) -> None:
    """Put the notes into a file that was just written."""
    _WRITE[format](path, json.dumps(asdict(notes)))


def read(path: Path, format: str) -> Notes | None:
    """Return the notes of a file, or None where it has none: somebody else wrote it."""
    text = _READ[format](path)
    if not text:
        return None
    found = json.loads(text)
    return Notes(**{**found, "size": tuple(found["size"])})


def _write_zip(path: Path, text: str) -> None:
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(NAME, text)


def _read_zip(path: Path) -> str | None:
    if not zipfile.is_zipfile(path):
        return None
    with zipfile.ZipFile(path) as archive:
        return archive.read(NAME).decode() if NAME in archive.namelist() else None


def _write_onnx(path: Path, text: str) -> None:
    import onnx

    network = onnx.load(str(path))
    onnx.helper.set_model_props(network, {"ccv": text})
    onnx.save(network, str(path))


def _read_onnx(path: Path) -> str | None:
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return session.get_modelmeta().custom_metadata_map.get("ccv")


def _write_openvino(path: Path, text: str) -> None:
    whole = ElementTree.parse(path)
    root = whole.getroot()
    place = root.find("rt_info")
    place = ElementTree.SubElement(root, "rt_info") if place is None else place
    ElementTree.SubElement(place, "ccv", value=text)
    whole.write(path, encoding="utf-8", xml_declaration=True)


def _read_openvino(path: Path) -> str | None:
    found = ElementTree.parse(path).getroot().find("rt_info/ccv")
    return None if found is None else found.get("value")


def _write_beside(path: Path, text: str) -> None:
    folder = path / "assets.extra"
    folder.mkdir(exist_ok=True)
    (folder / NAME).write_text(text, encoding="utf-8")


def _read_beside(path: Path) -> str | None:
    file = path / "assets.extra" / NAME
    return file.read_text(encoding="utf-8") if file.exists() else None


_WRITE: dict[str, Callable[[Path, str], None]] = {
    "litert": _write_zip,
    "onnx": _write_onnx,
    "openvino": _write_openvino,
    "saved_model": _write_beside,
}
_READ: dict[str, Callable[[Path], str | None]] = {
    "litert": _read_zip,
    "onnx": _read_onnx,
    "openvino": _read_openvino,
    "saved_model": _read_beside,
}

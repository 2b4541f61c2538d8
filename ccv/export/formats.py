"""The formats that a network is exported to: how a file is called, what writes it, what runs it."""

from dataclasses import dataclass
from pathlib import Path

from ccv.names import check_name
from ccv.versions import NotInstalled, is_there


@dataclass(frozen=True)
class Format:
    """A kind of file. `ways` are what `Model.export` calls it, or what it is made from; `suffix` is "" for a folder.

    `writers` are the modules that write it, of which all are needed, and `engines` those that run it, of which the
    first that is installed is taken.
    """

    title: str
    ways: tuple[str, ...]
    suffix: str
    writers: tuple[str, ...]
    engines: tuple[str, ...]
    quantizes: tuple[str, ...] = ()


FORMATS = {
    "litert": Format(
        "LiteRT", ("litert",), ".tflite", ("tensorflow",), ("ai_edge_litert", "tensorflow"), ("int8", "float16")
    ),
    "onnx": Format("ONNX", ("onnx",), ".onnx", ("tf2onnx", "onnx"), ("onnxruntime",)),
    # By way of ONNX first: read from TensorFlow's graph, a network with gates keeps a transposition around each
    # convolution, and EfficientNet takes twice as long. But OpenVINO does not read ONNX's loops, as detectors have.
    "openvino": Format(
        "OpenVINO", ("onnx", "openvino"), ".xml", ("openvino", "tf2onnx", "onnx"), ("openvino",), ("int8", "float16")
    ),
    "saved_model": Format("SavedModel", ("tf_saved_model",), "", ("tensorflow",), ("tensorflow",)),
}
QUANTIZERS: dict[tuple[str, str | None], tuple[str, ...]] = {("openvino", "int8"): ("nncf",)}  # needed besides
PACKAGES: dict[str, tuple[str, str | None]] = {  # what pip calls a module, and the extra that has it
    "ai_edge_litert": ("ai-edge-litert", "export"),
    "tensorflow": ("tensorflow", "tensorflow"),
}


def check_format(name: str) -> str:
    """Return the name of a format; ValueError, with the nearest, for one that is not known."""
    return check_name("format", name, FORMATS)


def check_quantize(name: str, quantize: str | None) -> None:
    """Raise ValueError for fewer bits than a format can have."""
    if quantize is None or check_name("quantize", quantize, ("int8", "float16")) in FORMATS[name].quantizes:
        return
    able = " or ".join(form.title for form in FORMATS.values() if quantize in form.quantizes)
    raise ValueError(f"{quantize} is for {able}, not for {FORMATS[name].title}")


def format_of(path: Path, name: str | None = None) -> str:
    """Return the format of a path that is to be written: the one that is named, else that of its suffix.

    >>> format_of(Path("net.tflite")), format_of(Path("net.xml")), format_of(Path("served"))
    ('litert', 'openvino', 'saved_model')
    """
    by_suffix = {form.suffix: name for name, form in FORMATS.items()}
    if name is None:
        name = by_suffix.get(path.suffix.lower())
    if name is None:
        suffixes = ", ".join(f"{form.suffix} ({form.title})" for form in FORMATS.values() if form.suffix)
        raise ValueError(f"{path} is of no format that is known: end it with {suffixes}, or no suffix for a SavedModel")
    suffix = FORMATS[check_format(name)].suffix
    if suffix and path.suffix.lower() != suffix:
        raise ValueError(f"{path}: a file for {FORMATS[name].title} is called {path.stem}{suffix}")
    return name


def exported_format(path: Path) -> str | None:
    """Return the format of a file or folder, or None for what is none of them, such as a `.keras` file."""
    if path.is_dir():
        return "saved_model" if (path / "saved_model.pb").exists() else None
    return next((name for name, form in FORMATS.items() if form.suffix and form.suffix == path.suffix.lower()), None)


def check_can_write(name: str, quantize: str | None = None) -> None:
    """Raise NotInstalled for the first package that is missing to write a format."""
    for module in (*FORMATS[name].writers, *QUANTIZERS.get((name, quantize), ())):
        if not is_there(module):
            raise NotInstalled(f"to write {FORMATS[name].title}", *_package(module))


def engine_of(name: str) -> str:
    """Return the module that runs a format; NotInstalled where there is none."""
    engines = FORMATS[name].engines
    for module in engines:
        if is_there(module):
            return module
    raise NotInstalled(f"to run {FORMATS[name].title}", *_package(engines[0]))


def _package(module: str) -> tuple[str, str | None]:
    """What pip calls a module, and the extra of ours that has it."""
    return PACKAGES.get(module, (module, None))


def runnable() -> list[str]:
    """The formats that can be both written and run here."""
    return [n for n, f in FORMATS.items() if all(map(is_there, f.writers)) and any(map(is_there, f.engines))]

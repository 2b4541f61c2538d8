"""The published ImageNet weights: which file fits the network that is asked for, and how it is fetched.

`weights="imagenet"` is the first file that fits; torchvision's have names of their own, "IMAGENET1K_V1" and, where a
second recipe was published, "IMAGENET1K_V2". A file is fetched once, into Keras's cache (`~/.keras/models`), and its
hash is checked where one is known.
"""

import hashlib
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import keras

from ccv.models.cards import CARDS, WeightFile


def is_published(weights: Any) -> bool:
    """Whether `weights` names published weights: "imagenet", or torchvision's names of them."""
    return isinstance(weights, str) and (weights == "imagenet" or weights.startswith("IMAGENET1K"))


def check(builder: str, weights: str) -> None:
    """Raise ValueError where a builder has no published weights of this name."""
    files = CARDS[builder].files
    if not files:
        raise ValueError(f"{builder} has no ImageNet weights: use weights=None, or the path of a file")
    if not named(builder, weights):
        names = ["imagenet", *dict.fromkeys(file.preset for file in files if file.preset)]
        raise ValueError(f"{builder} has no weights={weights!r}: there is {' and '.join(map(repr, names))}")


def named(builder: str, weights: str) -> list[WeightFile]:
    """Return the builder's files of this name; all of them are "imagenet"."""
    return [file for file in CARDS[builder].files if weights in ("imagenet", file.preset)]


def check_fits(
    builder: str, form: Mapping[str, Any], shape: Any, include_top: bool, classes: int, weights: str = "imagenet"
) -> None:
    """Raise ValueError, before anything is built, where no published weights fit the network asked for."""
    choose_file(builder, form, shape, include_top, weights)
    if shape[2] != 3:
        raise ValueError(f"input_shape={shape} does not fit weights={weights!r}: they are for 3 channels (RGB)")
    if include_top and classes != 1000:
        raise ValueError(
            f"classes={classes} does not fit weights={weights!r} with include_top=True, which have 1000: use "
            "include_top=False and a head of your own"
        )


def choose_file(
    builder: str, form: Mapping[str, Any], shape: Any, include_top: bool, weights: str = "imagenet"
) -> WeightFile:
    """Return the file for a network of this form, trained on images of this size where there is one.

    Raises ValueError where there is none, naming the forms or, with the top, the sizes that have one.
    """
    files = [file for file in named(builder, weights) if not file.misfits(form)]
    if not files:
        option, values = _mismatch(named(builder, weights), form)
        raise ValueError(f"{option}={form[option]!r} does not fit weights={weights!r}: they are for {values}")
    by_size: dict[Any, WeightFile] = {}
    for file in files:
        by_size.setdefault((file.size, file.size) if file.size else CARDS[builder].input_shape[:2], file)
    size = tuple(shape[:2])
    if size in by_size or not include_top:
        return by_size.get(size, files[0])
    sizes = " or ".join(str((*size, 3)) for size in by_size)
    raise ValueError(
        f"input_shape={tuple(shape)} does not fit weights={weights!r} with include_top=True, which are for {sizes}: "
        "use include_top=False for another size"
    )


def published_as(name: str, builder: str, form: Mapping[str, Any]) -> WeightFile | None:
    """Return what is known of a file by its name, or None where the builder has no published file of that name.

    Raises ValueError where the file is for another form of the network.
    """
    files = [file for file in CARDS[builder].files if name in file.names]
    fitting = [file for file in files if not file.misfits(form)]
    if files and not fitting:
        option, values = _mismatch(files, form)
        raise ValueError(f"the file is for {values}, not {option}={form[option]!r}")
    return fitting[0] if fitting else None


def fetch(file: WeightFile, builder: str, include_top: bool) -> Path:
    """Return the path of published weights, fetched into Keras's cache where they are not there yet.

    Raises OSError, in one sentence, where there is no network, or the hash of what came is not that of the list.
    """
    without_top = file.url_notop is not None and not include_top
    url = (file.url_notop if without_top else file.url) or file.url
    digest = file.hash_notop if without_top else file.hash
    folder = cache()
    name = url.rsplit("/", 1)[1]
    try:
        # Keras would turn to the shared /tmp, without a word, where its home does not exist yet.
        folder.mkdir(parents=True, exist_ok=True)
        path = Path(keras.utils.get_file(name, url, file_hash=digest, cache_dir=folder.parent, cache_subdir="models"))
        _check_torch_hash(path)
    except Exception as problem:  # urllib and Keras each raise their own
        if digest and (folder / name).is_file():  # it came, and is another
            raise OSError(_other(folder / name, digest, builder, file)) from None
        reason = (str(problem).strip().splitlines() or [type(problem).__name__])[-1]
        raise OSError(
            f"the ImageNet weights of {builder} could not be fetched ({reason[:160]}): check the network, or put the "
            f"file of {url} into {folder}, or use weights=None"
        ) from None
    return path


def _other(path: Path, digest: str, builder: str, file: WeightFile) -> str:
    kind = "MD5" if len(digest) == 32 else "SHA-256"
    return (
        f"{path} is not the published file of {builder}, whose {kind} is {digest}, as {file.hash_from} has it: "
        "remove it and try again; if it comes like this again, and you trust it, pass its path as weights="
    )


def _mismatch(files: Sequence[WeightFile], form: Mapping[str, Any]) -> tuple[str, str]:
    """Return the first option that has to change, and in words the values of it for which the others may stay."""
    least = min(len(file.misfits(form)) for file in files)
    nearest = [file for file in files if len(file.misfits(form)) == least]
    option = nearest[0].misfits(form)[0]
    values = [value for file in nearest if file.misfits(form)[0] == option for value in file.form[option]]
    return option, " or ".join(f"{option}={value!r}" for value in dict.fromkeys(values))


def cache() -> Path:
    """Keras's own cache of models, which `KERAS_HOME` moves."""
    return Path(os.environ.get("KERAS_HOME", "~/.keras")).expanduser() / "models"


def _check_torch_hash(path: Path) -> None:
    """Compare a file with the start of its SHA-256, which torchvision writes into its name."""
    expected = re.search(r"-([0-9a-f]{8})\.pth$", path.name)
    if not expected:
        return
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if not digest.startswith(expected[1]):
        path.unlink()
        raise ValueError(f"{path.name} was damaged on its way and has been removed: try again")

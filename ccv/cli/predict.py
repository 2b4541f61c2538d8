"""`ccv predict CHECKPOINT IMAGE...`: the likeliest classes of image files or of their pixels, as a table and drawn."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from ccv.cli.drawn import as_png, table_of_images, tell_unreadable, write_drawings

if TYPE_CHECKING:
    from rich.table import Table

    from ccv.segmentation import Said

EPILOG = (
    "Examples:  [b]ccv predict runs/lenet5_digits five.png[/b]   "
    "[b]ccv predict runs/resnet18_photos/best.keras *.jpg --top 3 --out drawn[/b]   "
    "[b]ccv predict runs/unet_cells smear.png --out masks[/b]"
)


def command(
    checkpoint: Annotated[
        Path, typer.Argument(metavar="CHECKPOINT", help="a .keras file, the folder of a run, or an exported file")
    ],
    images: Annotated[list[Path], typer.Argument(metavar="IMAGE...", help="JPEG, PNG, BMP, GIF, WebP or TIFF files")],
    top: Annotated[
        int, typer.Option(min=1, help="how many classes of each image; of several labels all above their thresholds")
    ] = 5,
    tiles: Annotated[
        bool,
        typer.Option(
            "--tiles",
            help="masks: of an image as large as it is, in overlapping tiles (default: made as large as in training)",
        ),
    ] = False,
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="folder for the annotated images, and the masks in its folder masks")
    ] = Path("predictions"),
) -> None:
    """Let a trained network classify images, or every pixel of them: a table, and each image with what was found.

    Masks are PNG files of the images' sizes, class numbers in the colours of a palette, as ccv train reads them.
    """
    from ccv.training.files import writable_folder

    checkpoint = checkpoint.expanduser()
    console = Console()
    unreadable: list[str] = []
    with console.status("looking"):
        found = _asked(checkpoint, [path.expanduser() for path in images], top, tiles, unreadable)
    folder = writable_folder(out.expanduser())
    write_drawings(folder, [one.path for one in found], [one.draw() for one in found])
    masks = [one for one in found if hasattr(one, "mask")]
    if masks:
        _write_masks(folder, masks)
    console.print(_table(found, "share of the pixels" if masks else "probability"))
    for one in (one for one in found if one.missed):
        console.print(f"{one.path}: {one.missed}", highlight=False, soft_wrap=True, markup=False)
    told = f"annotated images are in {folder}" + (f", masks in {folder / 'masks'}" if masks else "")
    console.print(told, highlight=False, soft_wrap=True, markup=False)
    tell_unreadable(unreadable)


def _asked(checkpoint: Path, images: list[Path], top: int, tiles: bool, unreadable: list[str]) -> list[Any]:
    """Ask whatever network there is, by its kind: each `Prediction` or, of masks, `Said`, has shares and a drawing."""
    import ccv.detection.heads  # noqa: F401 - so that a detector can be read, and refused by its kind
    from ccv import segmentation
    from ccv.export.formats import exported_format
    from ccv.training import prediction

    if exported_format(checkpoint):
        from ccv.export import Runner, asking

        if tiles:
            raise ValueError(f"--tiles needs the network itself, its .keras file, and {checkpoint} is an exported one")
        return asking.predict(Runner(checkpoint), images, top=top, unreadable=unreadable)
    model = prediction.read_model(checkpoint)
    if not segmentation.is_segmenter(model):
        if tiles:
            raise ValueError(f"--tiles is for masks, and {model.name} gives no class to every pixel")
        return list(prediction.predict(checkpoint, images, top=top, unreadable=unreadable, model=model))
    names = prediction.names_for(checkpoint, model.outputs[0].shape[-1])
    if tiles or None in model.inputs[0].shape[1:3]:  # a network of any size has none to make the images of
        return segmentation.predict_tiles(model, names, images, unreadable=unreadable)
    size = prediction.image_shape(model)
    return segmentation.predict_files(model.predict_on_batch, size, names, images, unreadable=unreadable)


def _table(found: list[Any], heading: str) -> Table:
    table = table_of_images("class", heading, right=[heading])
    for one in found:
        rows = [(escape(name), f"{share:.1%}") for name, share in one.shares.items()] or [("nothing found", "")]
        for rank, row in enumerate(rows):
            table.add_row("" if rank else escape(str(one.path)), *row, end_section=rank + 1 == len(rows))
    return table


def _write_masks(folder: Path, found: list[Said]) -> None:
    """Write the masks and the names of their classes."""
    from ccv.training.files import writable_folder, write_json

    place = writable_folder(folder / "masks")
    for one, name in zip(found, as_png([one.path.stem for one in found]), strict=True):
        one.save(place / name)
    write_json(folder / "classes.json", list(found[0].class_names))

"""`ccv anchors DATA -k 9`: the anchors that fit the boxes of a data set."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

EPILOG = "Examples:  [b]ccv anchors shapes -k 2[/b]   [b]ccv anchors ~/VOCdevkit/VOC2007 -k 9 --plot anchors.png[/b]"


def command(
    data: Annotated[str, typer.Argument(metavar="DATA", help="boxes as they lie: VOC, YOLO, COCO; or shapes")],
    k: Annotated[int, typer.Option("-k", min=1, help="how many anchors")] = 9,
    size: Annotated[
        str | None, typer.Option(metavar="SIDE|HxW", help="the network's input (default: the data's)")
    ] = None,
    images: Annotated[
        Path | None, typer.Option(metavar="DIR", help="the images of a COCO .json that lie elsewhere")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="seed of k-means")] = 0,
    plot: Annotated[Path | None, typer.Option(help="draw the anchors among the boxes to this file")] = None,
    curve: Annotated[Path | None, typer.Option(help="draw the average IoU of 1 to 15 anchors to this file")] = None,
) -> None:
    """Find anchors by k-means with 1 - IoU, and say how well they fit."""
    import numpy as np

    from ccv import plots
    from ccv.cli.values import parse_size
    from ccv.data import splits
    from ccv.detection.anchors import average_iou, average_iou_by_k, box_sizes, kmeans, shape_iou

    console = Console()
    with console.status(f"looking at {data}"):
        reading: dict[str, Any] = {"images": images.expanduser()} if images else {}
        parts = splits(data, size=parse_size(size), seed=seed, kind="detection", **reading)
        sizes = box_sizes(parts.train)
        anchors = kmeans(sizes, k, seed)
        fitting = np.bincount(shape_iou(sizes, anchors).argmax(axis=1), minlength=k)
    height, width = parts.image[:2]
    table = Table(caption=f"pixels are those of {width} x {height} images, width first; parts are of their sides")
    for heading in ("anchor", "width", "height", "parts", "boxes"):
        table.add_column(heading, justify="right")
    for number, (anchor, count) in enumerate(zip(anchors, fitting, strict=True), 1):
        table.add_row(
            str(number),
            f"{anchor[0] * width:.1f}",
            f"{anchor[1] * height:.1f}",
            "{:.4f}, {:.4f}".format(*anchor),
            str(count),
        )
    console.print(table)
    console.print(f"average IoU {average_iou(sizes, anchors):.3f} over {len(sizes)} boxes", highlight=False)
    drawings = (
        (plot, lambda: plots.anchors(anchors, sizes)),
        (curve, lambda: plots.average_iou(average_iou_by_k(sizes), k)),
    )
    for path, draw in drawings:
        if path:
            draw().savefig(path.expanduser())
            console.print(f"written: {path}", highlight=False, soft_wrap=True)

"""Every figure of the labs: a function takes data and returns a matplotlib Figure.

A notebook shows the figure when it is a cell's last expression; `figure.savefig("name.png")` writes it to a file.
Nothing here calls pyplot, so no figure stays open and none is shown twice.
"""

from ccv.plots.augmentation import before_and_after
from ccv.plots.calibration import reliability
from ccv.plots.charts import bars, dots
from ccv.plots.detection import detection_progress, detections, suppression
from ccv.plots.detection_curves import average_iou, precision_recall
from ccv.plots.detection_targets import anchors, grid_cells, target_maps
from ccv.plots.explain import heat_maps, nearest_images
from ccv.plots.networks import network_costs
from ccv.plots.numerals import matrices, matrix
from ccv.plots.pictures import feature_maps, image_grid, kernels
from ccv.plots.results import confusion_matrix, learning_curves

__all__ = [
    "anchors",
    "average_iou",
    "bars",
    "before_and_after",
    "confusion_matrix",
    "detection_progress",
    "detections",
    "dots",
    "feature_maps",
    "grid_cells",
    "heat_maps",
    "image_grid",
    "kernels",
    "learning_curves",
    "matrices",
    "matrix",
    "nearest_images",
    "network_costs",
    "precision_recall",
    "reliability",
    "suppression",
    "target_maps",
]

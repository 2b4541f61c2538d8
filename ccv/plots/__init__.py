"""Every figure of the labs: a function takes data and returns a matplotlib Figure.

A notebook shows the figure when it is a cell's last expression; `figure.savefig("name.png")` writes it to a file.
Nothing here calls pyplot, so no figure stays open and none is shown twice.
"""

from ccv.plots.augmentation import before_and_after
from ccv.plots.calibration import reliability
from ccv.plots.charts import bars, dots
from ccv.plots.confusion import confusion_matrix
from ccv.plots.course_map import course_map
from ccv.plots.detection import detection_progress, detections, suppression
from ccv.plots.detection_anchors import anchors
from ccv.plots.detection_cells import cell_frames, grid_cells
from ccv.plots.detection_curves import average_iou, precision_recall
from ccv.plots.detection_frames import iou_frames, suppression_frames
from ccv.plots.detection_targets import target_maps
from ccv.plots.embedding import distances, embedding_map, roc
from ccv.plots.explain import heat_maps, nearest_images
from ccv.plots.filters import kernels
from ccv.plots.masks import masks
from ccv.plots.network_blocks import blocks
from ccv.plots.network_volumes import volumes
from ccv.plots.networks import network_costs
from ccv.plots.numerals import matrices, matrix
from ccv.plots.pictures import feature_maps, image_grid
from ccv.plots.results import learning_curves
from ccv.plots.window_frames import convolution_frames, pooling_frames

__all__ = [
    "anchors",
    "average_iou",
    "bars",
    "before_and_after",
    "blocks",
    "cell_frames",
    "confusion_matrix",
    "convolution_frames",
    "course_map",
    "detection_progress",
    "detections",
    "distances",
    "dots",
    "embedding_map",
    "feature_maps",
    "grid_cells",
    "heat_maps",
    "image_grid",
    "iou_frames",
    "kernels",
    "learning_curves",
    "masks",
    "matrices",
    "matrix",
    "nearest_images",
    "network_costs",
    "pooling_frames",
    "precision_recall",
    "reliability",
    "roc",
    "suppression",
    "suppression_frames",
    "target_maps",
    "volumes",
]

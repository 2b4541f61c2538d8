"""Every figure of the labs: a function takes data and returns a matplotlib Figure.

A notebook shows the figure when it is a cell's last expression; `figure.savefig("name.png")` writes it to a file.
Nothing here calls pyplot, so no figure stays open and none is shown twice.
"""

from ccv.plots.augmentation import before_and_after
from ccv.plots.calibration import reliability
from ccv.plots.explain import heat_maps, nearest_images
from ccv.plots.networks import network_costs
from ccv.plots.numerals import matrices, matrix
from ccv.plots.pictures import feature_maps, image_grid, kernels
from ccv.plots.results import confusion_matrix, learning_curves

__all__ = [
    "before_and_after",
    "confusion_matrix",
    "feature_maps",
    "heat_maps",
    "image_grid",
    "kernels",
    "learning_curves",
    "matrices",
    "matrix",
    "nearest_images",
    "network_costs",
    "reliability",
]

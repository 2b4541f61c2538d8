"""Convolution by hand in NumPy, as the slides do it, and the kernel gallery.

Images are 2-D maps `(height, width)`; layers take batches `(batch, height, width, channels)` as Keras does.
Sliding a kernel as it stands is cross-correlation, which deep-learning libraries call convolution:
`correlate2d` and `conv_layer` do that. `convolve2d` first turns the kernel by 180 degrees, as in mathematics.

Numbers keep their kind: integers are summed exactly and come back as int64, and floats decide the type of
what they meet (a float32 image with an integer kernel gives float32).
"""

from ccv.convolution.correlation import conv_layer, convolve2d, correlate2d
from ccv.convolution.kernels import KERNELS
from ccv.convolution.pointwise import relu, truncate
from ccv.convolution.pooling import average_pool2d, max_pool2d
from ccv.convolution.sizes import output_size
from ccv.convolution.windows import pad2d

__all__ = [
    "KERNELS",
    "average_pool2d",
    "conv_layer",
    "convolve2d",
    "correlate2d",
    "max_pool2d",
    "output_size",
    "pad2d",
    "relu",
    "truncate",
]

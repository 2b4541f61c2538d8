"""A network as one file for other engines: written, held beside Keras, and run.

    export(model, "cells.tflite")                             # or .onnx, .xml (OpenVINO), a folder (SavedModel)
    export(model, "cells.tflite", quantize="int8", calibrate=images)
    run = Runner("cells.tflite")                              # without Keras: only the engine of the file
    run(images)                                               # pixels in, what the model says out

The file takes pixels from 0 to 255; what the weights expect of them is done inside, and a detector's boxes are decoded
and suppressed there. Names of classes travel in the file. Importing this loads no engine.
"""

from typing import TYPE_CHECKING

from ccv.lazy import lazy_names

if TYPE_CHECKING:
    from ccv.export.folding import fold_batch_norm
    from ccv.export.runner import Runner
    from ccv.export.timing import timings
    from ccv.export.writing import Exported, export

__all__ = ["Exported", "Runner", "export", "fold_batch_norm", "timings"]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "folding": ["fold_batch_norm"],
        "runner": ["Runner"],
        "timing": ["timings"],
        "writing": ["Exported", "export"],
    },
)

"""A network as one file for other engines: written, held beside Keras, and run.

    export(model, "cells.tflite")                             # or .onnx, .xml (OpenVINO), a folder (SavedModel)
    export(model, "cells.tflite", quantize="int8", calibrate=images)
    run = Runner("cells.tflite")                              # without Keras: only the engine of the file
    run(images)                                               # pixels in, what the model says out

The file takes pixels from 0 to 255; what the weights expect of them is done inside, and a detector's boxes are decoded
and suppressed there. Names of classes travel in the file. Importing this loads no engine.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ccv.export.folding import fold_batch_norm
    from ccv.export.runner import Runner
    from ccv.export.timing import timings
    from ccv.export.writing import Exported, export

_PLACES = {
    "Exported": "writing",
    "Runner": "runner",
    "export": "writing",
    "fold_batch_norm": "folding",
    "timings": "timing",
}

__all__ = ["Exported", "Runner", "export", "fold_batch_norm", "timings"]


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_PLACES[name]}"), name)

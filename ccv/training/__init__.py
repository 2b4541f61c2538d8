"""Training that can be watched, repeated and gone on with: `fit`, `evaluate`, recipes by name.

`import ccv.training` joins the processes that Keras's environment variables name (see `ccv.devices`).
"""

from ccv import devices

devices.join()  # JAX must know the other processes before the first array is made

from ccv.devices import fused_batch_norm  # noqa: E402
from ccv.training.evaluation import evaluate  # noqa: E402
from ccv.training.fit import fit  # noqa: E402
from ccv.training.label_report import LabelReport  # noqa: E402
from ccv.training.loop import Diverged  # noqa: E402
from ccv.training.recipes import Recipe, list_recipes  # noqa: E402
from ccv.training.report import Report  # noqa: E402
from ccv.training.run import Run  # noqa: E402

__all__ = ["Diverged", "LabelReport", "Recipe", "Report", "Run", "evaluate", "fit", "fused_batch_norm", "list_recipes"]

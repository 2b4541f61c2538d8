"""What a network costs, and what changed from one to the next.

`anatomy(model)` has a row for each layer: output volume, memory, the parameter arithmetic spelled out,
multiply-adds, receptive field. `diff(a, b)` says what changed; `table("vgg")` prints a paper's configurations.
Knows Keras and NumPy only; Rich, pandas and matplotlib are loaded by what needs them.
"""

from ccv.anatomy.arithmetic import Cost
from ccv.anatomy.diff import Difference, diff
from ccv.anatomy.report import Anatomy, anatomy
from ccv.anatomy.rows import Row
from ccv.anatomy.sequences import cost
from ccv.anatomy.tables import Grid, table
from ccv.models.stages import stage_outputs

__all__ = ["Anatomy", "Cost", "Difference", "Grid", "Row", "anatomy", "cost", "diff", "stage_outputs", "table"]

"""What the converter to ONNX does not know of TensorFlow's operations, and ONNX can do."""

import functools
from typing import Any

import numpy as np


@functools.cache
def teach() -> None:
    """Tell tf2onnx, once, that erfc(x), by which TensorFlow computes GELU, is 1 - erf(x)."""
    from tf2onnx.handler import tf_op
    from tf2onnx.utils import make_name

    class Erfc:
        """The complement of the error function."""

        @classmethod
        def version_9(cls, graph: Any, node: Any, **_: Any) -> None:
            """Put the two operations in the place of the one."""
            shapes, dtypes, inputs, outputs = node.output_shapes, node.output_dtypes, [*node.input], [*node.output]
            graph.remove_node(node.name)
            one = graph.make_const(make_name("one"), np.ones((), "float32")).output[0]
            erf = graph.make_node("Erf", inputs).output[0]
            graph.make_node("Sub", [one, erf], outputs=outputs, shapes=shapes, dtypes=dtypes)

    tf_op("Erfc")(Erfc)

"""Going downhill on pixels: L-BFGS, which the papers used, and Adam."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

Loss = Callable[[np.ndarray], tuple[float, np.ndarray]]
Watch = Callable[[int, np.ndarray, float], Any]

OPTIMIZERS = ("lbfgs", "adam")
SCALE = 100.0  # SciPy's first step and its tests of convergence are made for losses of about this size


def minimise(
    loss: Loss, start: np.ndarray, optimizer: str, steps: int, learning_rate: float, watch: Watch
) -> np.ndarray:
    """Return the picture after so many steps, 0 to 1; `watch(step, picture, loss)` sees each.

    `loss` gives a number and its gradient for a picture; `learning_rate` is Adam's, in units of black to white.
    """
    if optimizer == "lbfgs":
        return _lbfgs(loss, start, steps, watch)
    return _adam(loss, start, steps, learning_rate, watch)


def _lbfgs(loss: Loss, start: np.ndarray, steps: int, watch: Watch) -> np.ndarray:
    from scipy.optimize import minimize
    from threadpoolctl import ThreadpoolController

    def scaled(flat: np.ndarray) -> tuple[float, np.ndarray]:
        value, slope = loss(flat.reshape(start.shape).astype("float32"))
        return SCALE * value, SCALE * slope.ravel().astype("float64")

    done = 0

    def after(intermediate_result: Any) -> None:  # SciPy goes by this name
        nonlocal done
        done += 1
        watch(done, intermediate_result.x.reshape(start.shape), float(intermediate_result.fun) / SCALE)

    # No test of convergence: a picture that hardly changes in one step still gains much in ten.
    limits = {"maxiter": steps, "maxfun": 2 * steps, "ftol": 0, "gtol": 0}
    bounds = [(0, 1)] * start.size
    flat = start.ravel().astype("float64")
    # Its vectors are long and its sums short: threads that wait for each other take three times as long as one.
    with ThreadpoolController().select(internal_api="openblas").limit(limits=1):
        found = minimize(scaled, flat, jac=True, method="L-BFGS-B", bounds=bounds, options=limits, callback=after)
    return found.x.reshape(start.shape).astype("float32")


def _adam(loss: Loss, start: np.ndarray, steps: int, learning_rate: float, watch: Watch) -> np.ndarray:
    picture = keras.Variable(start, dtype="float32")
    adam = keras.optimizers.Adam(learning_rate)
    adam.build([picture])
    value, slope = loss(start)
    for step in range(1, steps + 1):
        adam.apply([keras.ops.convert_to_tensor(slope)], [picture])
        picture.assign(keras.ops.clip(picture, 0.0, 1.0))
        now = keras.ops.convert_to_numpy(picture)
        value, slope = loss(now)
        watch(step, now, value)
    return now

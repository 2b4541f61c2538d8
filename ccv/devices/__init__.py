"""What this machine computes on, and how training is spread over it: `describe()` and `strategy()`.

| backend | one device | several devices | several processes or hosts |
|---|---|---|---|
| TensorFlow | as it is | `tf.distribute.MirroredStrategy`, `TPUStrategy` | none in Keras 3: use JAX |
| JAX | as it is | `keras.distribution.DataParallel` | the same, after `join()` |

Across processes, each is started with the variables that Keras reads, and runs the same program:

    KERAS_BACKEND=jax KERAS_DISTRIBUTION_JOB_ADDRESSES=10.0.0.1:1234 \\
    KERAS_DISTRIBUTION_NUM_PROCESSES=2 KERAS_DISTRIBUTION_PROCESS_ID=0 python train.py

JAX must learn of the others before it computes anything, so `import ccv.training` and `ccv train` call `join()`.
"""

from ccv.devices.machine import Machine, describe, deterministic
from ccv.devices.normalizing import fused_batch_norm
from ccv.devices.spread import Strategy, alone, join, strategy

__all__ = ["Machine", "Strategy", "alone", "describe", "deterministic", "fused_batch_norm", "join", "strategy"]

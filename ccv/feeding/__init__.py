"""What goes into a network: labelled images of any kind, in batches that their seed, epoch and number alone decide.

| the data | with TensorFlow | without, as on Colab's TPU machines |
|---|---|---|
| arrays, what `ccv.data` gives | `tf.data` (`tensors.py`) | NumPy (`arrays.py`) |
| `tf.data.Dataset` | `tf.data` (`tensors.py`) | |
| `keras.utils.PyDataset` | its own batches (`pydatasets.py`) | its own batches |

`reading.examples_of(data)` makes them alike; `ccv.versions` decides which way is taken.
"""

# %% [markdown]
# # The lab that the attacks attack
#
# Small exercises, one of each kind of answer.
# %%
import keras
import numpy as np


# %%
def output_size(n, kernel, stride=1):
    """Return how many places a kernel takes."""
    ### BEGIN SOLUTION
    return (n - kernel) // stride + 1
    ### END SOLUTION


# %%
def blur(image):
    """Return the image divided by nine."""
    ### BEGIN SOLUTION
    return np.asarray(image) / 9
    ### END SOLUTION


# %%
### BEGIN SOLUTION
weights = 28
### END SOLUTION


# %%
def letter(image):
    """Return "X" or "O": which of the two the image's sum speaks for."""
    ### BEGIN SOLUTION
    return "X" if np.sum(image) > 0 else "O"
    ### END SOLUTION


# %%
def tiny():
    """Return a model of two dense layers, with 3 and 2 units, on four inputs."""
    ### BEGIN SOLUTION
    return keras.Sequential([keras.Input((4,)), keras.layers.Dense(3), keras.layers.Dense(2)])
    ### END SOLUTION

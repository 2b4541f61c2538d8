import numpy as np

VOTERS_OF_X = [0, 3, 4, 9, 10]
VOTERS_OF_O = [1, 2, 8, 11]


# %%
def pixel_match(a, b):
    a = np.asarray(a, float)
    b = np.asarray(b, float)
    matches = (a == b).sum()
    top = (a * b).sum()
    bottom = np.sqrt((a * a).sum()) * np.sqrt((b * b).sum())
    return int(matches), float(top / bottom)


# %%
def slide_and_sum(image, kernel):
    windows = np.lib.stride_tricks.sliding_window_view(image, np.shape(kernel))
    return np.einsum("pqij,ij->pq", windows, kernel)


# %%
def kernel_kind(kernel):
    kernel = np.array(kernel)
    identity = np.zeros(kernel.shape)
    identity[tuple(n // 2 for n in kernel.shape)] = 1.0
    is_identity = np.abs(kernel - identity).max() < 1e-8
    sums_to_zero = np.isclose(kernel.sum(), 0, atol=1e-8)
    if is_identity:
        kind = "identity"
    elif sums_to_zero and not (kernel == 0).all():
        kind = "edges"
    else:
        kind = "other"
    return kind


# %%
def xo_map(image, kernel):
    return np.fix(100 * slide_and_sum(image, kernel) / 9) / 100


# %%
def max_pool_same(x):
    x = np.array(x, dtype=float)
    padded = np.pad(x, ((0, x.shape[0] % 2), (0, x.shape[1] % 2)), constant_values=-np.inf)
    blocks = padded.reshape(padded.shape[0] // 2, 2, padded.shape[1] // 2, 2)
    return blocks.max(axis=(1, 3))


# %%
def relu_map(x):
    x = np.array(x)
    return x * (x > 0)


# %%
def both_orders(x):
    return max_pool_same(relu_map(x)), relu_map(max_pool_same(x))


# %%
def feature_vector(image, filters):
    stages = (relu_map, max_pool_same, max_pool_same)
    out = np.empty(0)
    for f in filters:
        y = xo_map(image, f)
        for stage in stages:
            y = stage(y)
        out = np.concatenate([out, np.ravel(y)])
    return list(out)


# %%
def votes(vector):
    return float(np.mean(np.take(vector, VOTERS_OF_X))), float(np.mean(np.take(vector, VOTERS_OF_O)))

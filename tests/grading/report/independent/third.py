import math

import numpy as np

VOTERS_OF_X = [0, 3, 4, 9, 10]
VOTERS_OF_O = [1, 2, 8, 11]


# %%
def pixel_match(a, b):
    pairs = list(zip(np.ravel(a), np.ravel(b), strict=True))
    same = len([1 for p, q in pairs if p == q])
    dot = sum(p * q for p, q in pairs)
    length_a = sum(p**2 for p, _ in pairs) ** 0.5
    length_b = sum(q**2 for _, q in pairs) ** 0.5
    return same, float(dot / length_a / length_b)


# %%
def slide_and_sum(image, kernel):
    h, w = kernel.shape
    H, W = image.shape
    y = np.zeros((H - h + 1, W - w + 1))
    for i in range(h):
        for j in range(w):
            y = y + kernel[i, j] * image[i : i + H - h + 1, j : j + W - w + 1]
    return y


# %%
def kernel_kind(kernel):
    flat = [float(v) for row in kernel for v in row]
    middle = len(flat) // 2
    rest = flat[:middle] + flat[middle + 1 :]
    if all(math.isclose(v, 0, abs_tol=1e-9) for v in rest) and math.isclose(flat[middle], 1):
        return "identity"
    if math.isclose(sum(flat), 0, abs_tol=1e-9) and any(flat):
        return "edges"
    return "other"


# %%
def xo_map(image, kernel):
    def cut(s):
        return int(s * 100 / 9) / 100

    return np.vectorize(cut)(slide_and_sum(image, kernel))


# %%
def max_pool_same(x):
    h, w = x.shape
    return np.array([[np.max(x[r : r + 2, c : c + 2]) for c in range(0, w, 2)] for r in range(0, h, 2)])


# %%
def relu_map(x):
    y = np.copy(x)
    y[y < 0] = 0
    return y


# %%
def both_orders(x):
    def pool_first():
        return relu_map(max_pool_same(x))

    return max_pool_same(relu_map(x)), pool_first()


# %%
def feature_vector(image, filters):
    def one(kernel):
        return max_pool_same(max_pool_same(relu_map(xo_map(image, kernel)))).flatten()

    return np.hstack([one(kernel) for kernel in filters]).tolist()


# %%
def votes(vector):
    v = np.array(vector)
    return v[VOTERS_OF_X].mean().item(), v[VOTERS_OF_O].mean().item()

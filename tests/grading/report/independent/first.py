import numpy as np

VOTERS_OF_X = [0, 3, 4, 9, 10]
VOTERS_OF_O = [1, 2, 8, 11]


# %%
def pixel_match(a, b):
    x = np.array(a).flatten()
    y = np.array(b).flatten()
    equal = 0
    for i in range(len(x)):
        if x[i] == y[i]:
            equal += 1
    return equal, float(x.dot(y) / (np.linalg.norm(x) * np.linalg.norm(y)))


# %%
def slide_and_sum(image, kernel):
    kh, kw = len(kernel), len(kernel[0])
    result = []
    for r in range(len(image) - kh + 1):
        row = []
        for c in range(len(image[0]) - kw + 1):
            s = 0
            for i in range(kh):
                for j in range(kw):
                    s += image[r + i][c + j] * kernel[i][j]
            row.append(s)
        result.append(row)
    return np.array(result)


# %%
def kernel_kind(kernel):
    k = np.array(kernel, dtype=float)
    h, w = k.shape
    middle = k[h // 2, w // 2]
    if abs(middle - 1) < 1e-9 and np.count_nonzero(np.abs(k) > 1e-9) == 1:
        return "identity"
    if abs(k.sum()) < 1e-9 and np.abs(k).max() > 0:
        return "edges"
    return "other"


# %%
def xo_map(image, kernel):
    total = slide_and_sum(image, kernel)
    hundred = (np.abs(total) * 100) // 9
    return np.sign(total) * hundred / 100


# %%
def max_pool_same(x):
    h, w = len(x), len(x[0])
    out = []
    for i in range(0, h, 2):
        line = []
        for j in range(0, w, 2):
            best = x[i][j]
            for di in (0, 1):
                for dj in (0, 1):
                    if i + di < h and j + dj < w and x[i + di][j + dj] > best:
                        best = x[i + di][j + dj]
            line.append(best)
        out.append(line)
    return np.array(out)


# %%
def relu_map(x):
    return np.where(np.array(x) < 0, 0, x)


# %%
def both_orders(x):
    one = max_pool_same(relu_map(x))
    two = relu_map(max_pool_same(x))
    return one, two


# %%
def feature_vector(image, filters):
    numbers = []
    for f in filters:
        m = relu_map(xo_map(image, f))
        m = max_pool_same(m)
        m = max_pool_same(m)
        for row in m:
            for v in row:
                numbers.append(float(v))
    return numbers


# %%
def votes(vector):
    for_x = sum(vector[i] for i in VOTERS_OF_X) / len(VOTERS_OF_X)
    for_o = sum(vector[i] for i in VOTERS_OF_O) / len(VOTERS_OF_O)
    return for_x, for_o

# %% [markdown]
# Right answers to lab 15 in other styles: each cell replaces the exercise's own, and earns full points.


# %% same_score: a loop over pairs, a list
def same_score(left, right, weights, bias):
    scores = []
    for one, two in zip(left, right):
        total = bias
        for a, b, weight in zip(one, two, weights):
            total += weight * abs(a - b)
        scores.append(1 / (1 + np.exp(-total)))
    return scores


# %% same_score: tanh for the sigmoid, float32
def same_score(left, right, weights, bias):
    t = np.einsum("ns,s->n", np.abs(left - right), weights) + bias
    return ((1 + np.tanh(t / 2)) / 2).astype("float32")


# %% same_score: in Keras
def same_score(left, right, weights, bias):
    weighed = keras.ops.abs(keras.ops.subtract(left, right)) * weights
    return keras.ops.sigmoid(keras.ops.sum(weighed, axis=-1) + bias)


# %% contrastive: as the formula with y and 1 - y
def contrastive(distances, is_same, margin):
    y = np.asarray(is_same).astype(float)
    return np.mean(y * distances**2 + (1 - y) * np.clip(margin - distances, 0, None) ** 2)


# %% contrastive: a loop
def contrastive(distances, is_same, margin):
    total = 0.0
    for d, same in zip(distances, is_same):
        if same:
            total += d * d
        elif d < margin:
            total += (margin - d) ** 2
    return total / len(distances)


# %% contrastive: two groups, one mean, as an array
def contrastive(distances, is_same, margin):
    same = np.array(is_same) == 1
    pull, push = distances[same], margin - distances[~same]
    return np.array((np.square(pull).sum() + np.square(push[push > 0]).sum()) / distances.size, dtype="float32")


# %% triplet: norms, squared
def triplet(anchors, positives, negatives, margin):
    near = np.linalg.norm(anchors - positives, axis=-1) ** 2
    far = np.linalg.norm(anchors - negatives, axis=-1) ** 2
    return np.mean(np.clip(near - far + margin, 0, None))


# %% triplet: a loop in plain Python
def triplet(anchors, positives, negatives, margin):
    costs = []
    for a, p, n in zip(anchors.tolist(), positives.tolist(), negatives.tolist()):
        near = sum((x - y) ** 2 for x, y in zip(a, p))
        far = sum((x - y) ** 2 for x, y in zip(a, n))
        costs.append(max(0.0, near - far + margin))
    return sum(costs) / len(costs)


# %% triplet: in Keras
def triplet(anchors, positives, negatives, margin):
    near = keras.ops.sum(keras.ops.square(anchors - positives), axis=1)
    far = keras.ops.sum(keras.ops.square(anchors - negatives), axis=1)
    return keras.ops.mean(keras.ops.relu(near - far + margin))


# %% pick_negative: a sorted list
def pick_negative(positive, negatives):
    order = np.argsort(negatives, kind="stable")
    for index in order:
        if negatives[index] > positive:
            return index
    return order[-1]


# %% pick_negative: min with a key
def pick_negative(positive, negatives):
    beyond = [i for i in range(len(negatives)) if negatives[i] > positive]
    if not beyond:
        return max(range(len(negatives)), key=lambda i: negatives[i])
    return min(beyond, key=lambda i: negatives[i])


# %% pick_negative: masked arrays, a float
def pick_negative(positive, negatives):
    masked = np.ma.masked_less_equal(negatives, positive)
    return float(negatives.argmax() if masked.mask.all() else masked.argmin())


# %% nearest_class: a loop over the queries, a list
def nearest_class(support, queries):
    means = [shots.mean(axis=0) for shots in support]
    return [min(range(len(means)), key=lambda k: ((query - means[k]) ** 2).sum()) for query in queries]


# %% nearest_class: norms
def nearest_class(support, queries):
    table = np.linalg.norm(queries[:, np.newaxis, :] - np.mean(support, axis=1), axis=2)
    return np.argmin(table, axis=1)


# %% nearest_class: the binomial formula
def nearest_class(support, queries):
    means = support.mean(1)
    return ((means**2).sum(1) - 2 * queries @ means.T).argmin(1).astype("float32")


# %% error_rates: counted in a loop
def error_rates(distances, is_same, threshold):
    let_in = refused = same = others = 0
    for d, s in zip(distances, is_same):
        if s:
            same += 1
            refused += d > threshold
        else:
            others += 1
            let_in += d <= threshold
    return [let_in / others, refused / same]


# %% error_rates: sums of products
def error_rates(distances, is_same, threshold):
    y, accepted = np.asarray(is_same).astype(int), (distances <= threshold).astype(int)
    return np.array([np.sum(accepted * (1 - y)) / np.sum(1 - y), np.sum((1 - accepted) * y) / np.sum(y)])


# %% error_rates: two groups
def error_rates(distances, is_same, threshold):
    same, others = distances[is_same == 1], distances[is_same == 0]
    return float(np.count_nonzero(others <= threshold) / len(others)), 1 - float(np.mean(same <= threshold))


# %% equal_error: a loop upwards that keeps the best
def equal_error(distances, is_same):
    best = None
    for level in sorted(distances):
        far, frr = error_rates(distances, is_same, level)
        if best is None or abs(far - frr) < best[0] - 1e-12:
            best = abs(far - frr), (far + frr) / 2, level
    return best[1], best[2]


# %% equal_error: searchsorted, as an array
def equal_error(distances, is_same):
    levels = np.sort(distances)
    others, same = np.sort(distances[~is_same]), np.sort(distances[is_same])
    far = np.searchsorted(others, levels, side="right") / len(others)
    frr = 1 - np.searchsorted(same, levels, side="right") / len(same)
    k = np.argmin(np.round(np.abs(far - frr), 9))
    return np.array([(far[k] + frr[k]) / 2, levels[k]])


# %% equal_error: a table of all with all
def equal_error(distances, is_same):
    levels = np.unique(distances)
    accepted = distances[None] <= levels[:, None]
    rates = accepted[:, ~is_same].mean(axis=1), 1 - accepted[:, is_same].mean(axis=1)
    k = np.round(np.abs(rates[0] - rates[1]), 9).argmin()
    return [np.float32((rates[0][k] + rates[1][k]) / 2), levels[k]]


# %% who_is_it: a loop
def who_is_it(probe, gallery, names, threshold):
    best, smallest = None, float("inf")
    for vector, name in zip(gallery, names):
        distance = sum((a - b) ** 2 for a, b in zip(probe, vector)) ** 0.5
        if distance < smallest:
            best, smallest = name, distance
    return best if smallest <= threshold else None


# %% who_is_it: squares against the square of the threshold
def who_is_it(probe, gallery, names, threshold):
    squares = np.square(gallery - probe).sum(axis=-1)
    if squares.min() > threshold**2:
        return None
    return np.array(names)[squares.argmin()]


# %% who_is_it: a sorted list of pairs
def who_is_it(probe, gallery, names, threshold):
    ranked = sorted(zip(np.linalg.norm(gallery - probe, axis=1), range(len(names))))
    distance, number = ranked[0]
    if distance <= threshold:
        return str(names[number])


# %% false_alarm: a loop
def false_alarm(rate, people):
    quiet = 1.0
    for _ in range(people):
        quiet *= 1 - rate
    return 1 - quiet


# %% false_alarm: by logarithms
def false_alarm(rate, people):
    return -np.expm1(people * np.log1p(-rate))


# %% false_alarm: a product of an array
def false_alarm(rate, people):
    return np.array(1 - np.prod(np.full(people, 1 - rate)))

"""Right answers to the exercises of lab 09_compare in other styles: each earns everything."""


# %% top_k_error: how many classes are more likely
def top_k_error(probabilities, labels, k):
    own = probabilities[np.arange(len(labels)), labels]
    return np.mean((probabilities > own[:, None]).sum(axis=1) >= k)


# %% top_k_error: a loop, sorted downwards
def top_k_error(probabilities, labels, k):
    wrong = 0
    for row, label in zip(probabilities, labels):
        ranking = sorted(range(len(row)), key=lambda c: row[c], reverse=True)
        if label not in ranking[:k]:
            wrong += 1
    return wrong / len(labels)


# %% top_k_error: tf.math.top_k
def top_k_error(probabilities, labels, k):
    best = tf.math.top_k(probabilities, k).indices.numpy()
    return 1.0 - (best == np.asarray(labels)[:, None]).any(axis=1).mean()


# %% top_k_error: argpartition
def top_k_error(probabilities, labels, k):
    places = np.argpartition(-probabilities, k - 1, axis=1)[:, :k]
    return float((places != labels.reshape(-1, 1)).all(axis=1).mean())


# %% improvement: two dictionaries
def improvement(before, after):
    errors = []
    for number, what, unit in (before, after):
        percent = number * {"%": 1, "share": 100}[unit]
        errors.append({"error": percent, "accuracy": 100 - percent}[what])
    return errors[0] - errors[1], errors[0] / errors[1]


# %% improvement: shares inside, a list
def improvement(before, after):
    def share_wrong(claim):
        value = claim[0] / 100 if claim[2] == "%" else claim[0]
        return 1 - value if claim[1] == "accuracy" else value

    a, b = share_wrong(before), share_wrong(after)
    return [(a - b) * 100, a / b]


# %% improvement: an array, unpacked at once
def improvement(before, after):
    (x, what_x, unit_x), (y, what_y, unit_y) = before, after
    if unit_x == "share":
        x *= 100
    if unit_y == "share":
        y *= 100
    if what_x == "accuracy":
        x = 100 - x
    if what_y == "accuracy":
        y = 100 - y
    return np.array([x - y, x / y])


# %% footprint: bytes of a number first
def footprint(parameters, values, macs, bits=32):
    each = bits // 8 if bits >= 8 else bits / 8
    return parameters * each * 1e-6, parameters * each / 1024**2, values * each * 1e-6, macs * 2e-9


# %% footprint: named steps, a list
def footprint(parameters, values, macs, bits=32):
    weight_bytes = parameters * bits / 8
    activation_bytes = values * bits / 8
    flops = macs + macs
    return [weight_bytes / 10**6, weight_bytes / (1024 * 1024), activation_bytes / 10**6, flops / 10**9]


# %% footprint: an array of products
def footprint(parameters, values, macs, bits=32):
    numbers = np.array([parameters, parameters, values, macs], float)
    return numbers * [bits / 8e6, bits / 8 / 2**20, bits / 8e6, 2e-9]


# %% which_unit: ratios
def which_unit(published, macs, tolerance=0.1):
    ratio = published / macs
    if abs(ratio - 1) <= tolerance:
        return "multiply-adds"
    elif abs(ratio / 2 - 1) <= tolerance:
        return "FLOPs"
    else:
        return "neither"


# %% which_unit: a dictionary, the nearest
def which_unit(published, macs, tolerance=0.1):
    off = {"multiply-adds": abs(published / macs - 1), "FLOPs": abs(published / (2 * macs) - 1)}
    unit = min(off, key=off.get)
    return unit if off[unit] <= tolerance else "neither"


# %% which_unit: chained comparisons
def which_unit(published, macs, tolerance=0.1):
    low, high = 1 - tolerance, 1 + tolerance
    if low * macs <= published <= high * macs:
        answer = "multiply-adds"
    elif low * 2 * macs <= published <= high * 2 * macs:
        answer = "FLOPs"
    else:
        answer = "neither"
    return answer


# %% split_head: the place first, slices
def split_head(layers):
    def count(layer):
        if layer[0] == "conv":
            _, k, c, f = layer
            return k * k * c * f + f
        if layer[0] == "dense":
            return layer[1] * layer[2] + layer[2]
        return 0

    kinds = [layer[0] for layer in layers]
    place = min([kinds.index(kind) for kind in ("flatten", "average") if kind in kinds], default=len(layers))
    return sum(map(count, layers[:place])), sum(map(count, layers))


# %% split_head: match, a list
def split_head(layers):
    sums, where = [0, 0], 0
    for layer in layers:
        match tuple(layer):
            case ("conv", kernel, channels, filters):
                sums[where] += filters * (channels * kernel**2 + 1)
            case ("dense", inputs, units):
                sums[where] += units * (inputs + 1)
            case ("flatten",) | ("average",):
                where = 1
    return [sums[0], sums[0] + sums[1]]


# %% split_head: takewhile
from itertools import takewhile


def split_head(layers):
    def size(some):
        convs = sum((layer[1] ** 2 * layer[2] + 1) * layer[3] for layer in some if layer[0] == "conv")
        return convs + sum((layer[1] + 1) * layer[2] for layer in some if layer[0] == "dense")

    body = list(takewhile(lambda layer: layer[0] not in ("flatten", "average"), layers))
    return size(body), size(layers)


# %% what_changed: sets and list.count
def what_changed(before, after):
    changes = {}
    for word in set(before) | set(after):
        difference = list(after).count(word) - list(before).count(word)
        if difference != 0:
            changes[word] = difference
    return changes


# %% what_changed: Counter.subtract
def what_changed(before, after):
    count = Counter(after)
    count.subtract(before)
    return {word: n for word, n in count.items() if n}


# %% what_changed: a running dictionary
def what_changed(before, after):
    tally = {}
    for words_of, sign in ((before, -1), (after, 1)):
        for word in words_of:
            tally[word] = tally.get(word, 0) + sign
    return dict(filter(lambda item: item[1] != 0, tally.items()))


# %% what_changed: a Counter itself
def what_changed(before, after):
    old, new = Counter(before), Counter(after)
    return Counter({**(new - old), **{word: -n for word, n in (old - new).items()}})


# %% pareto: arrays
def pareto(costs, accuracies):
    c, a = np.asarray(costs), np.asarray(accuracies)
    no_worse = (c[None] <= c[:, None]) & (a[None] >= a[:, None])
    better = (c[None] < c[:, None]) | (a[None] > a[:, None])
    return np.flatnonzero(~(no_worse & better).any(axis=1))


# %% pareto: sorted, with a record
def pareto(costs, accuracies):
    order = sorted(range(len(costs)), key=lambda i: (costs[i], -accuracies[i]))
    kept, record, at = [], float("-inf"), None
    for i in order:
        if accuracies[i] > record:
            record, at = accuracies[i], costs[i]
            kept.append(i)
        elif accuracies[i] == record and costs[i] == at:
            kept.append(i)
    return sorted(kept)


# %% pareto: loops
def pareto(costs, accuracies):
    result = []
    for i in range(len(costs)):
        beaten = False
        for j in range(len(costs)):
            cheaper = costs[j] <= costs[i] and accuracies[j] > accuracies[i]
            better = costs[j] < costs[i] and accuracies[j] >= accuracies[i]
            if cheaper or better:
                beaten = True
                break
        if not beaten:
            result.append(i)
    return tuple(result)


# %% interval: the formula as it stands
def interval(right, images, z=1.96):
    p, n = right / images, images
    front = 1 / (1 + z**2 / n)
    root = z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return front * (p + z**2 / (2 * n) - root), front * (p + z**2 / (2 * n) + root)


# %% interval: in counts
def interval(right, images, z=1.96):
    wrong = images - right
    middle = (right + z * z / 2) / (images + z * z)
    half = z / (images + z * z) * (right * wrong / images + z * z / 4) ** 0.5
    return [middle - half, middle + half]


# %% interval: the roots of the quadratic
def interval(right, images, z=1.96):
    p = right / images
    a, b, c = 1 + z**2 / images, -(2 * p + z**2 / images), p**2
    root = max(b * b - 4 * a * c, 0) ** 0.5
    return np.array([(-b - root) / (2 * a), (-b + root) / (2 * a)])


# %% mcnemar: zip and loops
def mcnemar(first, second):
    b = c = 0
    for one, other in zip(first, second):
        if one and not other:
            b += 1
        if other and not one:
            c += 1
    n = b + c
    total = 0
    for i in range(min(b, c) + 1):
        total += comb(n, i)
    return b, c, min(1, 2 * total / 2**n)


# %% mcnemar: the binomial distribution of SciPy
from scipy.stats import binom


def mcnemar(first, second):
    one, other = np.array(first, dtype=int), np.array(second, dtype=int)
    b, c = np.count_nonzero(one > other), np.count_nonzero(one < other)
    return b, c, min(1.0, 2 * binom.cdf(min(b, c), b + c, 0.5))


# %% mcnemar: all outcomes that are at least as uneven
def mcnemar(first, second):
    difference = np.asarray(first, float) - np.asarray(second, float)
    b, c = (difference > 0).sum(), (difference < 0).sum()
    n = int(b + c)
    uneven = [i for i in range(n + 1) if abs(2 * i - n) >= abs(int(b) - int(c))]
    return [int(b), int(c), sum(comb(n, i) for i in uneven) * 0.5**n]


# %% mcnemar: arrays of booleans, turned round
from math import comb


def mcnemar(first, second):
    b, c = int(np.sum(first & ~second)), int(np.sum(~first & second))
    n = b + c
    return b, c, min(1, 2 * sum(comb(n, i) for i in range(min(b, c) + 1)) / 2**n)


# %% ensemble: reshaped
def ensemble(probabilities):
    networks, crops, images, classes = np.shape(probabilities)
    return np.argmax(np.reshape(probabilities, (networks * crops, images, classes)).sum(axis=0), axis=1)


# %% ensemble: loops
def ensemble(probabilities):
    answers = []
    for image in range(len(probabilities[0][0])):
        total = sum(np.array(crop[image]) for network in probabilities for crop in network)
        answers.append(int(np.argmax(total)))
    return answers


# %% ensemble: einsum in TensorFlow
def ensemble(probabilities):
    return tf.argmax(tf.einsum("ncik->ik", tf.constant(probabilities)), axis=-1)


# %% choose: early returns
def choose(networks, most_ms, most_mb, margin):
    within = []
    for network in networks:
        name, accuracy, ms, mb = network
        if ms <= most_ms and mb <= most_mb:
            within.append(network)
    if not within:
        return None
    best = max(network[1] for network in within)
    chosen = None
    for network in within:
        if best - network[1] <= margin and (chosen is None or network[3] < chosen[3]):
            chosen = network
    return chosen[0]


# %% choose: sorted by size, the first that is good enough
def choose(networks, most_ms, most_mb, margin):
    fits = sorted((n for n in networks if n[2] <= most_ms and n[3] <= most_mb), key=lambda n: n[3])
    best = max([n[1] for n in fits] + [0])
    return next((name for name, accuracy, *_ in fits if accuracy >= best - margin), None)


# %% choose: filters
def choose(networks, most_ms, most_mb, margin):
    rest = list(filter(lambda n: not (n[2] > most_ms or n[3] > most_mb), networks))
    if len(rest) == 0:
        return
    top = max(rest, key=lambda n: n[1])[1]
    rest = [(mb, name) for name, accuracy, _, mb in rest if accuracy + margin >= top]
    return min(rest)[1]

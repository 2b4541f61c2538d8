"""Wrong answers to lab 09: the classic mistakes about errors, units, heads, fronts, chance and choosing."""

from collections import Counter
from math import comb, erfc, sqrt

import numpy as np

from ccv.grading import mutant

# --------------------------------------------------------------------------------------------- errors and accuracies


def _right(probabilities, labels, k):
    best = np.argsort(probabilities, axis=1)[:, -k:]
    return np.array([label in some for label, some in zip(labels, best, strict=True)])


@mutant("top_k_error", "that is the share of images that are right: the error is the share of the others")
def share_that_is_right(probabilities, labels, k):
    return np.mean(_right(probabilities, labels, k))


@mutant("top_k_error", "sorting goes upwards: the most likely classes stand at the end")
def least_likely(probabilities, labels, k):
    return 1 - np.mean([label in some for label, some in zip(labels, np.argsort(probabilities, 1)[:, :k], strict=True)])


@mutant("top_k_error", "the classes of each image are sorted, not the images of each class: the other axis")
def sorts_the_images(probabilities, labels, k):
    best = np.argsort(probabilities, axis=0)[:, -k:]
    return 1 - np.mean([label in some for label, some in zip(labels, best, strict=True)])


@mutant(
    "top_k_error", "an image is right if *one* of its k guesses is the label: these are single guesses that are wrong"
)
def wrong_guesses(probabilities, labels, k):
    best = np.argsort(probabilities, axis=1)[:, -k:]
    return np.mean(best != np.asarray(labels)[:, None])


@mutant(
    "top_k_error", "the label counts as found in k-th place, too: what is as likely as the class there is not wrong"
)
def kth_place_is_out(probabilities, labels, k):
    probabilities = np.asarray(probabilities)
    kth = np.sort(probabilities, axis=1)[:, -k]
    return np.mean(probabilities[np.arange(len(labels)), labels] <= kth)


@mutant("top_k_error", "k is an argument: this is the error of the first guess alone")
def first_guess_only(probabilities, labels, k):
    return np.mean(np.argmax(probabilities, axis=1) != labels)


@mutant("top_k_error", "the label must be among the k most likely classes, and here it may be one place further down")
def one_too_many(probabilities, labels, k):
    return 1 - np.mean(_right(probabilities, labels, k + 1))


@mutant("top_k_error", "the class in k-th place alone is not asked for: the label may be in any of the first k places")
def kth_place_only(probabilities, labels, k):
    return np.mean(np.argsort(probabilities, axis=1)[:, -k] != labels)


@mutant("top_k_error", "that is how many images are wrong: a share is between 0 and 1")
def number_of_images(probabilities, labels, k):
    return int(np.sum(~_right(probabilities, labels, k)))


def _errors(*claims):
    percents = [number if unit == "%" else 100 * number for number, _, unit in claims]
    return [p if claim[1] == "error" else 100 - p for p, claim in zip(percents, claims, strict=True)]


@mutant("improvement", "the factor is one of errors: a factor of accuracies hides that half of the mistakes are gone")
def factor_of_accuracies(before, after):
    old, new = _errors(before, after)
    return old - new, (100 - new) / (100 - old)


@mutant("improvement", "an accuracy is no error: take it from 100 % first")
def accuracy_as_error(before, after):
    old, new = (number if unit == "%" else 100 * number for number, _, unit in (before, after))
    return old - new, old / new


@mutant("improvement", "a share of 1 is no per cent: bring both claims to per cent before you subtract")
def share_as_percent(before, after):
    old, new = (number if what == "error" else 100 - number for number, what, _ in (before, after))
    return old - new, old / new


@mutant("improvement", "an accuracy that is a share is taken from 1, not from 100: turn it into per cent first")
def percent_too_late(before, after):
    old, new = (
        (number if what == "error" else 100 - number) * (1 if unit == "%" else 100)
        for number, what, unit in (before, after)
    )
    return old - new, old / new


@mutant("improvement", "points are a difference in per cent, and this is one of shares")
def points_as_share(before, after):
    old, new = _errors(before, after)
    return (old - new) / 100, old / new


@mutant(
    "improvement", "that is the part of the mistakes that is gone: the factor says how many times smaller the error is"
)
def part_instead_of_the_factor(before, after):
    old, new = _errors(before, after)
    return old - new, (old - new) / old


@mutant("improvement", "points are the plain difference of the two errors, not the part of the mistakes that is gone")
def part_instead_of_points(before, after):
    old, new = _errors(before, after)
    return 100 * (old - new) / old, old / new


@mutant("improvement", "a claim may be worse than the one before: points below 0, and a factor below 1")
def always_an_improvement(before, after):
    low, high = sorted(_errors(before, after))
    return high - low, high / low


# -------------------------------------------------------------------------------------------------------------- units


@mutant("footprint", "the bits are an argument: a number need not have four bytes")
def always_four_bytes(parameters, values, macs, bits=32):
    return parameters * 4 / 1e6, parameters * 4 / 2**20, values * 4 / 1e6, 2 * macs / 1e9


@mutant("footprint", "bits are no bytes: eight of them make one")
def bits_as_bytes(parameters, values, macs, bits=32):
    return parameters * bits / 1e6, parameters * bits / 2**20, values * bits / 1e6, 2 * macs / 1e9


@mutant("footprint", "a number is no byte: how many bytes does each parameter take?")
def numbers_as_bytes(parameters, values, macs, bits=32):
    return parameters / 1e6, parameters / 2**20, values / 1e6, 2 * macs / 1e9


@mutant("footprint", "a multiply-add is two operations, a multiplication and an addition")
def macs_as_flops(parameters, values, macs, bits=32):
    return parameters * bits / 8e6, parameters * bits / 8 / 2**20, values * bits / 8e6, macs / 1e9


@mutant("footprint", "fewer bits make smaller numbers, not fewer operations")
def flops_shrink_with_bits(parameters, values, macs, bits=32):
    return parameters * bits / 8e6, parameters * bits / 8 / 2**20, values * bits / 8e6, 2 * macs / 1e9 * bits / 32


@mutant("footprint", "MB and MiB are not the same: the one is a power of ten, the other a power of two")
def one_kind_of_megabyte(parameters, values, macs, bits=32):
    return parameters * bits / 8e6, parameters * bits / 8e6, values * bits / 8e6, 2 * macs / 1e9


@mutant("footprint", "MB and MiB are not the same: a megabyte is a million bytes")
def everything_in_mebibytes(parameters, values, macs, bits=32):
    mib = parameters * bits / 8 / 2**20
    return mib, mib, values * bits / 8 / 2**20, 2 * macs / 1e9


@mutant("footprint", "a mebibyte is 1024 times 1024 bytes: here one of the two is 1000")
def half_a_mebibyte(parameters, values, macs, bits=32):
    return parameters * bits / 8e6, parameters * bits / 8 / 1_024_000, values * bits / 8e6, 2 * macs / 1e9


@mutant("footprint", "a billion is 10^9, not 2^30")
def binary_billions(parameters, values, macs, bits=32):
    return parameters * bits / 8e6, parameters * bits / 8 / 2**20, values * bits / 8e6, 2 * macs / 2**30


@mutant("footprint", "four bits are half a byte: `//` leaves nothing of it")
def whole_bytes(parameters, values, macs, bits=32):
    size = bits // 8
    return parameters * size / 1e6, parameters * size / 2**20, values * size / 1e6, 2 * macs / 1e9


@mutant("footprint", "activations have as many bits as weights")
def activations_stay_float32(parameters, values, macs, bits=32):
    return parameters * bits / 8e6, parameters * bits / 8 / 2**20, values * 4 / 1e6, 2 * macs / 1e9


def _unit(published, macs, near):
    return next((u for u, c in (("multiply-adds", macs), ("FLOPs", 2 * macs)) if near(published, c)), "neither")


@mutant("which_unit", "the published number may be smaller than the count, too: how far is it off, to either side?")
def only_too_large(published, macs, tolerance=0.1):
    return _unit(published, macs, lambda p, c: c <= p <= c * (1 + tolerance))


@mutant("which_unit", "a number that is below a count is not near it yet: how far is it off, to either side?")
def only_too_small(published, macs, tolerance=0.1):
    return _unit(published, macs, lambda p, c: p - c <= tolerance * c)


@mutant("which_unit", "the tolerance is a part of our count, not of the published number")
def part_of_the_published(published, macs, tolerance=0.1):
    return _unit(published, macs, lambda p, c: abs(p - c) <= tolerance * p)


@mutant("which_unit", "the tolerance is a part of the count in the same unit: for FLOPs that is twice as large")
def part_of_the_macs(published, macs, tolerance=0.1):
    return _unit(published, macs, lambda p, c: abs(p - c) <= tolerance * macs)


@mutant("which_unit", "which of the two is nearer is not enough: a number may be near to neither")
def the_nearer_one(published, macs, tolerance=0.1):
    return "multiply-adds" if abs(published - macs) <= abs(published - 2 * macs) else "FLOPs"


@mutant("which_unit", "the tolerance is a part of the count, not a number of operations")
def tolerance_as_it_is(published, macs, tolerance=0.1):
    return next((unit for unit, n in (("multiply-adds", macs), ("FLOPs", 2 * macs)) if abs(published - n) <= tolerance),
                "neither")  # fmt: skip


@mutant("which_unit", "the tolerance is a share of the count, no per cent: 0.1 is a tenth")
def tolerance_in_percent(published, macs, tolerance=0.1):
    return _unit(published, macs, lambda p, c: 100 * abs(p - c) <= tolerance * c)


@mutant("which_unit", "a published number may count multiply-adds as well: that is never the answer here")
def flops_or_neither(published, macs, tolerance=0.1):
    return "FLOPs" if abs(published - 2 * macs) <= tolerance * 2 * macs else "neither"


@mutant(
    "which_unit", "a published number may count FLOPs as well, twice the multiply-adds: that is never the answer here"
)
def macs_or_neither(published, macs, tolerance=0.1):
    return "multiply-adds" if abs(published - macs) <= tolerance * macs else "neither"


@mutant("which_unit", "FLOPs are twice the multiply-adds, not half of them")
def half_as_many(published, macs, tolerance=0.1):
    said = {"multiply-adds": macs, "FLOPs": macs / 2}
    return next((unit for unit, count in said.items() if abs(published - count) <= tolerance * count), "neither")


@mutant("which_unit", "the two units are exchanged: which of them is twice as many?")
def units_exchanged(published, macs, tolerance=0.1):
    said = _unit(published, macs, lambda p, c: abs(p - c) <= tolerance * c)
    return {"multiply-adds": "FLOPs", "FLOPs": "multiply-adds"}.get(said, said)


@mutant("which_unit", "a number that is off by exactly the tolerance is near enough: at most, not less than")
def less_than_the_tolerance(published, macs, tolerance=0.1):
    return _unit(published, macs, lambda p, c: abs(p - c) < tolerance * c)


@mutant("which_unit", "the tolerance is an argument, not always a tenth")
def always_a_tenth(published, macs, tolerance=0.1):
    return _unit(published, macs, lambda p, c: abs(p - c) <= 0.1 * c)


# --------------------------------------------------------------------------------------------------- heads and changes


def _count(kind, *sizes, area=lambda k: k * k, bias=1):
    if kind == "conv":
        kernel, channels, filters = sizes
        return (area(kernel) * channels + bias) * filters
    return (sizes[0] + bias) * sizes[1] if kind == "dense" else 0


def _split(layers, begins=lambda kind, sizes: kind in {"flatten", "average"}, **options):
    place = next((i for i, (kind, *sizes) in enumerate(layers) if begins(kind, sizes)), len(layers))
    numbers = [_count(*layer, **options) for layer in layers]
    return sum(numbers[:place]), sum(numbers)


@mutant("split_head", "each filter and each unit has a bias")
def without_biases(layers):
    return _split(layers, bias=0)


@mutant("split_head", "a kernel is square: a filter covers its side times its side")
def kernel_not_squared(layers):
    return _split(layers, area=lambda k: k)


@mutant("split_head", "the head is more than the last layer: it begins at the flatten or the average")
def last_layer_only(layers):
    numbers = [_count(*layer) for layer in layers]
    return sum(numbers[:-1]), sum(numbers)


@mutant(
    "split_head", "once in the head, always in the head: the dense layers behind a flatten or an average belong to it"
)
def head_left_at_once(layers):
    everything = sum(_count(*layer) for layer in layers)
    return everything, everything


@mutant("split_head", "a head may begin at a global average, too")
def flatten_only(layers):
    return _split(layers, begins=lambda kind, sizes: kind == "flatten")


@mutant("split_head", "a head may begin at a flatten, too")
def average_only(layers):
    return _split(layers, begins=lambda kind, sizes: kind == "average")


@mutant("split_head", "convolutions behind the average belong to the head as well")
def dense_layers_are_the_head(layers):
    numbers = [(layer[0], _count(*layer)) for layer in layers]
    return sum(n for kind, n in numbers if kind != "dense"), sum(n for _, n in numbers)


@mutant("split_head", "the second number is that of the whole network, not of the head alone")
def head_instead_of_all(layers):
    without, everything = _split(layers)
    return without, everything - without


@mutant("split_head", "the first number is that of the layers below the head, not of the head itself")
def head_alone(layers):
    without, everything = _split(layers)
    return everything - without, everything


@mutant("split_head", "there is one bias for each filter or unit, not one for each layer")
def one_bias_a_layer(layers):
    numbers = [_count(*layer, bias=0) + (layer[0] in {"conv", "dense"}) for layer in layers]
    place = next((i for i, layer in enumerate(layers) if layer[0] in {"flatten", "average"}), len(layers))
    return sum(numbers[:place]), sum(numbers)


@mutant("split_head", "each unit of a dense layer has a bias, too")
def dense_without_biases(layers):
    numbers = [_count(*layer, bias=layer[0] == "conv") for layer in layers]
    place = next((i for i, layer in enumerate(layers) if layer[0] in {"flatten", "average"}), len(layers))
    return sum(numbers[:place]), sum(numbers)


@mutant("split_head", "the head begins at the first flatten or average: a pooling between convolutions begins none")
def pooling_begins_the_head(layers):
    return _split(layers, begins=lambda kind, sizes: kind in {"pool", "flatten", "average"})


@mutant("what_changed", "words that are there less often, or gone, belong in the answer, with negative numbers")
def drops_the_negative(before, after):
    return dict(Counter(after) - Counter(before))


@mutant("what_changed", "a word that both have changes as well, where one has it more often")
def only_new_and_gone(before, after):
    old, new = Counter(before), Counter(after)
    return {word: new[word] - old[word] for word in old | new if not (new[word] and old[word])}


@mutant("what_changed", "words whose number did not change are left out")
def keeps_the_unchanged(before, after):
    old, new = Counter(before), Counter(after)
    return {word: new[word] - old[word] for word in old | new}


@mutant("what_changed", "more in the second network is positive: after less before")
def other_sign(before, after):
    old, new = Counter(before), Counter(after)
    return {word: old[word] - new[word] for word in old | new if old[word] != new[word]}


@mutant("what_changed", "a word that only the second network has is there 0 times in the first: it changed as well")
def known_words_only(before, after):
    old, new = Counter(before), Counter(after)
    return {word: new[word] - old[word] for word in old if old[word] != new[word]}


@mutant("what_changed", "a word that is gone changed as well: go over the words of both lists")
def words_of_after_only(before, after):
    old, new = Counter(before), Counter(after)
    return {word: new[word] - old[word] for word in new if old[word] != new[word]}


@mutant("what_changed", "count how often each word is there: whether it is there at all is not enough")
def there_or_not(before, after):
    return {word: 1 if word in after else -1 for word in set(before) ^ set(after)}


@mutant("what_changed", "count the words of each network: the n-th layer of one is not compared with that of the other")
def place_by_place(before, after):
    found = Counter()
    for old, new in zip(before, after):  # noqa: B905 - the longer one is cut off, as by who does so
        if old != new:
            found[old] -= 1
            found[new] += 1
    return dict(found)


@mutant("what_changed", "fewer is negative: the sign is lost here")
def without_sign(before, after):
    old, new = Counter(before), Counter(after)
    return {word: abs(new[word] - old[word]) for word in old | new if new[word] != old[word]}


@mutant("what_changed", "the change is asked for, not how often the word is there afterwards")
def number_afterwards(before, after):
    old, new = Counter(before), Counter(after)
    return {word: new[word] for word in old | new if old[word] != new[word]}


# --------------------------------------------------------------------------------------------------------- the front


def _front(costs, accuracies, dominates):
    nets = list(zip(costs, accuracies, strict=True))
    return [i for i, net in enumerate(nets) if not any(dominates(o, net) for j, o in enumerate(nets) if i != j)]


@mutant("pareto", "at equal cost the less accurate one is dominated, and at equal accuracy the dearer one")
def better_in_both(costs, accuracies):
    return _front(costs, accuracies, lambda o, net: o[0] < net[0] and o[1] > net[1])


@mutant("pareto", "two networks that are equal in both do not dominate each other: both stay")
def twins_are_gone(costs, accuracies):
    return _front(costs, accuracies, lambda o, net: o[0] <= net[0] and o[1] >= net[1])


@mutant("pareto", "two networks that are equal in both do not dominate each other: both stay, not only the first")
def first_twin_only(costs, accuracies):
    nets = list(zip(costs, accuracies, strict=True))
    found = _front(costs, accuracies, lambda o, net: o[0] <= net[0] and o[1] >= net[1] and o != net)
    return [i for i in found if nets[i] not in nets[:i]]


@mutant("pareto", "of those that cost the same the most accurate has to come first, and an equal one stays, too")
def sorted_by_cost_alone(costs, accuracies):
    found, best = [], -np.inf
    for i in sorted(range(len(costs)), key=lambda i: costs[i]):
        if accuracies[i] > best:
            found.append(i)
            best = accuracies[i]
    return sorted(found)


@mutant("pareto", "accuracy for each unit of cost is another question: who is dominated by none may have little of it")
def best_value(costs, accuracies):
    return [int(np.argmax(np.array(accuracies) / np.array(costs)))]


@mutant("pareto", "the front has the best for every price, not only the cheapest and the most accurate of all")
def both_ends_alone(costs, accuracies):
    return sorted({int(np.argmin(costs)), int(np.argmax(accuracies))})


@mutant("pareto", "the front has the best for every price, not only the most accurate of all")
def the_best_alone(costs, accuracies):
    return [int(np.argmax(accuracies))]


@mutant("pareto", "a cost is better when it is lower")
def dear_is_good(costs, accuracies):
    return _front(costs, accuracies, lambda o, net: o[0] >= net[0] and o[1] >= net[1] and o != net)


@mutant("pareto", "an accuracy is better when it is higher")
def low_accuracy_is_good(costs, accuracies):
    return _front(costs, accuracies, lambda o, net: o[0] <= net[0] and o[1] <= net[1] and o != net)


@mutant("pareto", "these are the dominated ones: asked are those that remain")
def the_others(costs, accuracies):
    kept = _front(costs, accuracies, lambda o, net: o[0] <= net[0] and o[1] >= net[1] and o != net)
    return [i for i in range(len(costs)) if i not in kept]


@mutant("pareto", "the answer goes by rising numbers, not by rising cost")
def by_cost(costs, accuracies):
    kept = _front(costs, accuracies, lambda o, net: o[0] <= net[0] and o[1] >= net[1] and o != net)
    return sorted(kept, key=lambda i: costs[i])


@mutant("pareto", "a network that is better in one of the two dominates only if it is no worse in the other")
def better_in_one(costs, accuracies):
    return _front(costs, accuracies, lambda o, net: o[0] < net[0] or o[1] > net[1])


@mutant("pareto", "compare each network with all others: the order in the list says nothing")
def looks_back_only(costs, accuracies):
    nets = list(zip(costs, accuracies, strict=True))
    return [
        i for i, net in enumerate(nets) if not any(o[0] <= net[0] and o[1] >= net[1] and o != net for o in nets[:i])
    ]


@mutant("pareto", "numbers of the networks are asked for, 0 for the first: these begin at 1")
def counts_from_one(costs, accuracies):
    return [i + 1 for i in _front(costs, accuracies, lambda o, net: o[0] <= net[0] and o[1] >= net[1] and o != net)]


# ------------------------------------------------------------------------------------------------------------- chance


def _wilson(right, n, z=1.96, scale=True, shift=True, second=lambda z, n: z**2 / (4 * n**2)):
    p = right / n
    middle = p + (z**2 / (2 * n) if shift else 0)
    half = z * sqrt(p * (1 - p) / n + second(z, n))
    whole = 1 + z**2 / n if scale else 1
    return (middle - half) / whole, (middle + half) / whole


@mutant("interval", "that is the textbook formula, which has no width when all images are right: look at Wilson's")
def textbook_formula(right, images, z=1.96):
    return _wilson(right, images, z, scale=False, shift=False, second=lambda z, n: 0)


@mutant("interval", "the fraction in front of the bracket is missing")
def not_scaled(right, images, z=1.96):
    return _wilson(right, images, z, scale=False)


@mutant("interval", "the fraction in front belongs to the root as well as to the middle")
def middle_scaled_only(right, images, z=1.96):
    low, high = _wilson(right, images, z)
    middle, half = (low + high) / 2, (high - low) / 2 * (1 + z**2 / images)
    return middle - half, middle + half


@mutant("interval", "in the root, the second term has the square of the number of images below")
def images_not_squared(right, images, z=1.96):
    return _wilson(right, images, z, second=lambda z, n: z**2 / (4 * n))


@mutant("interval", "the middle is moved towards a half: a term is missing in the bracket")
def middle_not_moved(right, images, z=1.96):
    return _wilson(right, images, z, shift=False)


@mutant("interval", "z is an argument: it is not always 1.96")
def always_95_percent(right, images, z=1.96):
    return _wilson(right, images)


@mutant("interval", "the two ends are asked for, the middle less and plus half the width, not the middle and the half")
def middle_and_half(right, images, z=1.96):
    low, high = _wilson(right, images, z)
    return (low + high) / 2, (high - low) / 2


@mutant("interval", "under the root the second term is missing, so that it has no width when all images are right")
def root_of_one_term(right, images, z=1.96):
    return _wilson(right, images, z, second=lambda z, n: 0)


@mutant("interval", "both terms stand under the root, the second one, too")
def root_ends_early(right, images, z=1.96):
    p, n = right / images, images
    half = z * sqrt(p * (1 - p) / n) + z**2 / (4 * n**2)
    return (p + z**2 / (2 * n) - half) / (1 + z**2 / n), (p + z**2 / (2 * n) + half) / (1 + z**2 / n)


@mutant("interval", "both terms stand under the root, the second one, too")
def second_term_outside(right, images, z=1.96):
    p, n = right / images, images
    half = z * (sqrt(p * (1 - p) / n) + z**2 / (4 * n**2))
    return (p + z**2 / (2 * n) - half) / (1 + z**2 / n), (p + z**2 / (2 * n) + half) / (1 + z**2 / n)


@mutant("interval", "the formula wants the share that is right, and not how many are")
def number_for_share(right, images, z=1.96):
    n, p = images, right
    half = z * sqrt(abs(p * (1 - p) / n + z**2 / (4 * n**2)))
    return (p + z**2 / (2 * n) - half) / (1 + z**2 / n), (p + z**2 / (2 * n) + half) / (1 + z**2 / n)


def _mcnemar(first, second, probability, exchanged=False):
    first, second = np.asarray(first, bool), np.asarray(second, bool)
    b, c = int(np.sum(first & ~second)), int(np.sum(second & ~first))
    p = probability(b, c, len(first))
    return (c, b, p) if exchanged else (b, c, p)


def _tail(k, n):
    return sum(comb(n, i) for i in range(k + 1)) / 2**n


@mutant("mcnemar", "both directions count: this is the probability of one side alone")
def one_sided(first, second):
    return _mcnemar(first, second, lambda b, c, n: min(1, _tail(min(b, c), b + c)))


@mutant("mcnemar", "a probability is at most 1")
def more_than_one(first, second):
    return _mcnemar(first, second, lambda b, c, n: 2 * _tail(min(b, c), b + c))


@mutant("mcnemar", "the sum includes its last term, the outcome that was seen")
def without_the_outcome(first, second):
    return _mcnemar(first, second, lambda b, c, n: min(1, 2 * _tail(min(b, c) - 1, b + c)))


@mutant("mcnemar", "only the outcome that was seen is in it: all that are at least as uneven belong to the sum")
def the_outcome_alone(first, second):
    return _mcnemar(first, second, lambda b, c, n: min(1, 2 * comb(b + c, b) / 2 ** (b + c)))


@mutant(
    "mcnemar", "that is 1, whatever happened: sum up to the rarer side only, and give each outcome its share of the 2^n"
)
def up_to_the_larger(first, second):
    return _mcnemar(first, second, lambda b, c, n: min(1.0, 2 * _tail(max(b, c), b + c)))


@mutant("mcnemar", "images that both had right, or both wrong, are no tosses: n is b + c")
def all_images_are_tosses(first, second):
    return _mcnemar(first, second, lambda b, c, n: min(1, 2 * _tail(min(b, c), n)))


@mutant("mcnemar", "images that both had right, or both wrong, are no tosses: n is b + c")
def images_that_one_had_right(first, second):
    either = int(np.sum(np.asarray(first, bool) | np.asarray(second, bool)))
    return _mcnemar(first, second, lambda b, c, n: min(1, 2 * _tail(min(b, c), either)))


@mutant("mcnemar", "the sum goes up to the rarer of the two sides, and b need not be it")
def b_is_the_rarer(first, second):
    return _mcnemar(first, second, lambda b, c, n: min(1, 2 * _tail(b, b + c)))


@mutant("mcnemar", "b and c are exchanged: b counts the images that only the first network had right")
def sides_exchanged(first, second):
    return _mcnemar(first, second, lambda b, c, n: min(1, 2 * _tail(min(b, c), b + c)), exchanged=True)


@mutant("mcnemar", "b and c are the images that *only* one of them had right, not all that it had right")
def all_that_are_right(first, second):
    b, c = int(np.sum(first)), int(np.sum(second))
    return b, c, min(1, 2 * _tail(min(b, c), b + c))


@mutant("mcnemar", "c counts the images that the second network alone had right, not those that both had wrong")
def both_wrong_for_c(first, second):
    first, second = np.asarray(first, bool), np.asarray(second, bool)
    b, c = int(np.sum(first & ~second)), int(np.sum(~first & ~second))
    return b, c, min(1, 2 * _tail(min(b, c), b + c))


_EXACT = "that is the approximation by chi-square: the exact sum is asked for"


def _chi_square(b, c, corrected):
    n = b + c
    return erfc(sqrt(max(abs(b - c) - corrected, 0) ** 2 / n / 2)) if n else 1.0


@mutant("mcnemar", _EXACT)
def chi_square(first, second):
    return _mcnemar(first, second, lambda b, c, n: _chi_square(b, c, 0))


@mutant("mcnemar", _EXACT)
def corrected_chi_square(first, second):
    return _mcnemar(first, second, lambda b, c, n: _chi_square(b, c, 1))


# ----------------------------------------------------------------------------------------------------- several heads


@mutant("ensemble", "that is a vote: average the probabilities first, and take the largest afterwards")
def majority_vote(probabilities):
    answers = np.argmax(probabilities, axis=-1).reshape(-1, np.shape(probabilities)[2])
    return np.array([np.bincount(column).argmax() for column in answers.T])


@mutant("ensemble", "class numbers are names: their mean says nothing")
def mean_of_names(probabilities):
    return np.rint(np.argmax(probabilities, axis=-1).mean(axis=(0, 1))).astype(int)


@mutant("ensemble", "the one that is surest does not decide alone: average over all of them")
def the_surest(probabilities):
    return np.max(probabilities, axis=(0, 1)).argmax(axis=-1)


@mutant("ensemble", "all crops count, not the first alone")
def first_crop(probabilities):
    return np.mean(np.asarray(probabilities)[:, 0], axis=0).argmax(axis=-1)


@mutant("ensemble", "all networks count, not the first alone")
def first_network(probabilities):
    return np.mean(np.asarray(probabilities)[0], axis=0).argmax(axis=-1)


@mutant("ensemble", "average the probabilities: multiplying them lets a single one that is near 0 forbid a class")
def product(probabilities):
    return np.sum(np.log(np.asarray(probabilities) + 1e-30), axis=(0, 1)).argmax(axis=-1)


@mutant("ensemble", "for each image the most likely class is asked for, not for each class the image: the other axis")
def image_of_each_class(probabilities):
    return np.mean(probabilities, axis=(0, 1)).argmax(axis=0)


@mutant("ensemble", "that is how likely the class is: its number is asked for, the place of the largest mean")
def probabilities_for_classes(probabilities):
    return np.mean(probabilities, axis=(0, 1)).max(axis=-1)


@mutant("ensemble", "the mean is asked for, not the median")
def median(probabilities):
    probabilities = np.asarray(probabilities)
    return np.median(probabilities.reshape(-1, *probabilities.shape[2:]), axis=0).argmax(axis=-1)


@mutant("ensemble", "the networks do not vote: average over networks and crops at once, then take the largest")
def networks_vote(probabilities):
    votes = np.mean(probabilities, axis=1).argmax(axis=-1)
    return np.array([np.bincount(of_image).argmax() for of_image in votes.T])


@mutant("ensemble", "the surest crop does not speak for a network: average over the crops as well")
def surest_crop(probabilities):
    return np.max(probabilities, axis=1).mean(axis=0).argmax(axis=-1)


@mutant("ensemble", "classes are asked for, one for each image, and not their mean probabilities")
def probabilities_themselves(probabilities):
    return np.mean(probabilities, axis=(0, 1))


@mutant("ensemble", "an image has one answer: average over the crops as well")
def networks_averaged_only(probabilities):
    return np.mean(probabilities, axis=0).argmax(axis=-1)


@mutant("ensemble", "an image has one answer: average over the networks as well")
def crops_averaged_only(probabilities):
    return np.mean(probabilities, axis=1).argmax(axis=-1)


# ------------------------------------------------------------------------------------------------------------ the choice


def _choose(networks, most_ms, most_mb, margin, price=lambda net: net[3]):
    allowed = [net for net in networks if net[2] <= most_ms and net[3] <= most_mb]
    best = max((net[1] for net in allowed), default=0)
    good = [net for net in allowed if net[1] >= best - margin]
    return min(good, key=price)[0] if good else None


@mutant("choose", "a difference within the margin is none: of those that are nearly as good, take the smallest")
def the_most_accurate(networks, most_ms, most_mb, margin):
    return _choose(networks, most_ms, most_mb, 0)


@mutant("choose", "the best is the best of those within the limits: one that you may not take sets no standard")
def best_of_all(networks, most_ms, most_mb, margin):
    best = max((net[1] for net in networks), default=0)
    good = [net for net in networks if net[2] <= most_ms and net[3] <= most_mb and net[1] >= best - margin]
    return min(good, key=lambda net: net[3])[0] if good else None


@mutant("choose", "of those that are good enough take the one with the fewest megabytes, not the fastest")
def the_fastest(networks, most_ms, most_mb, margin):
    return _choose(networks, most_ms, most_mb, margin, price=lambda net: net[2])


@mutant("choose", "accuracy comes before price: first find the best within the limits, then who is near it")
def the_smallest(networks, most_ms, most_mb, margin):
    return _choose(networks, most_ms, most_mb, 1)


@mutant("choose", "of those that are good enough take the one with the fewest megabytes, not the least accurate")
def the_least_accurate(networks, most_ms, most_mb, margin):
    return _choose(networks, most_ms, most_mb, margin, price=lambda net: net[1])


@mutant("choose", "of those that are good enough take the one with the fewest megabytes, not with the most")
def the_largest(networks, most_ms, most_mb, margin):
    return _choose(networks, most_ms, most_mb, margin, price=lambda net: -net[3])


@mutant("choose", "within the limits is not enough: who is the most accurate of these, and who is near it?")
def the_first_within_the_limits(networks, most_ms, most_mb, margin):
    return next((net[0] for net in networks if net[2] <= most_ms and net[3] <= most_mb), None)


@mutant("choose", "the margin is subtracted from the best accuracy: it is no part of it")
def margin_as_a_part(networks, most_ms, most_mb, margin):
    allowed = [net for net in networks if net[2] <= most_ms and net[3] <= most_mb]
    best = max((net[1] for net in allowed), default=0)
    return min((net for net in allowed if net[1] >= best * (1 - margin)), key=lambda net: net[3], default=[None])[0]


@mutant("choose", "a network exactly the margin below the best is near enough: at most, not less than")
def margin_is_out(networks, most_ms, most_mb, margin):
    allowed = [net for net in networks if net[2] <= most_ms and net[3] <= most_mb]
    best = max((net[1] for net in allowed), default=0)
    good = [net for net in allowed if net[1] > best - margin or net[1] == best]
    return min(good, key=lambda net: net[3], default=[None])[0]


@mutant("choose", "a network exactly at a limit is within it")
def limits_are_out(networks, most_ms, most_mb, margin):
    allowed = [net for net in networks if net[2] < most_ms and net[3] < most_mb]
    return _choose(allowed, np.inf, np.inf, margin)


@mutant("choose", "both limits hold: time and size")
def one_limit_is_enough(networks, most_ms, most_mb, margin):
    allowed = [net for net in networks if net[2] <= most_ms or net[3] <= most_mb]
    return _choose(allowed, np.inf, np.inf, margin)


@mutant("choose", "both limits hold: the size is not looked at")
def any_size(networks, most_ms, most_mb, margin):
    return _choose(networks, most_ms, np.inf, margin)


@mutant("choose", "both limits hold: the time is not looked at")
def any_time(networks, most_ms, most_mb, margin):
    return _choose(networks, np.inf, most_mb, margin)


@mutant("choose", "milliseconds and megabytes are exchanged")
def limits_exchanged(networks, most_ms, most_mb, margin):
    allowed = [net for net in networks if net[3] <= most_ms and net[2] <= most_mb]
    return _choose(allowed, np.inf, np.inf, margin)


@mutant("choose", "if nobody is within the limits there is nothing to take: say None")
def nobody_is_no_answer(networks, most_ms, most_mb, margin):
    name = _choose(networks, most_ms, most_mb, margin)
    return name or min(networks, key=lambda net: net[3], default=("",))[0]


@mutant("choose", "the limits are no wish: whoever breaks one is out, however accurate")
def without_limits(networks, most_ms, most_mb, margin):
    return _choose(networks, np.inf, np.inf, margin)

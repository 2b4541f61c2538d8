"""Wrong answers to lab 15: the classic mistakes about twins, margins, triplets, thresholds and galleries."""

import numpy as np

from ccv.grading import mutant

# ----------------------------------------------------------------------------------------------------------- twins


def _sigmoid(t):
    return 1 / (1 + np.exp(-np.asarray(t, dtype=float)))


@mutant("same_score", "differences cancel there: take off their sign before they are weighed")
def signed_differences(left, right, weights, bias):
    return _sigmoid((left - right) @ weights + bias)


@mutant("same_score", "the sign is taken off the sum: take it off each difference, before they are weighed")
def sign_off_the_sum(left, right, weights, bias):
    return _sigmoid(np.abs((left - right) @ weights) + bias)


@mutant("same_score", "those are squared differences: Koch's head weighs the absolute ones")
def squared_differences(left, right, weights, bias):
    return _sigmoid((left - right) ** 2 @ weights + bias)


@mutant("same_score", "the sigmoid is missing: a score is between 0 and 1")
def no_sigmoid(left, right, weights, bias):
    return np.abs(left - right) @ weights + bias


@mutant("same_score", "the bias is missing")
def no_bias(left, right, weights, bias):
    return _sigmoid(np.abs(left - right) @ weights)


@mutant("same_score", "the bias is added to every number: once for a pair is enough")
def bias_in_every_number(left, right, weights, bias):
    return _sigmoid((np.abs(left - right) * weights + bias).sum(axis=1))


@mutant("same_score", "the sigmoid is turned round: mind the minus in its exponent")
def sigmoid_turned_round(left, right, weights, bias):
    return _sigmoid(-(np.abs(left - right) @ weights + bias))


@mutant("same_score", "the differences are not weighed: each number has a weight of its own")
def unweighed(left, right, weights, bias):
    return _sigmoid(np.abs(left - right).sum(axis=1) + bias)


@mutant("same_score", "that is the mean over the numbers: the head adds them up")
def averaged(left, right, weights, bias):
    return _sigmoid((np.abs(left - right) * weights).mean(axis=1) + bias)


@mutant("same_score", "all pairs are mixed: add up along the numbers, so that a score stays for each pair")
def one_score_for_all(left, right, weights, bias):
    return _sigmoid((np.abs(left - right) * weights).sum() + bias)


@mutant("same_score", "a score stands for each pair and each number: add up the weighed differences first")
def never_added_up(left, right, weights, bias):
    return _sigmoid(np.abs(left - right) * weights + bias)


@mutant("same_score", "that is a yes or no: give the score itself")
def yes_or_no(left, right, weights, bias):
    return (_sigmoid(np.abs(left - right) @ weights + bias) > 0.5).astype(float)


# ---------------------------------------------------------------------------------------------------------- losses


def _contrastive(distances, is_same, same, other, total=np.mean):
    distances, is_same = np.asarray(distances, float), np.asarray(is_same, bool)
    return total(np.where(is_same, same(distances), other(distances)))


@mutant("contrastive", "same and different pairs are exchanged: the same are to be drawn together")
def kinds_exchanged(distances, is_same, margin):
    return _contrastive(distances, is_same, lambda d: np.maximum(margin - d, 0) ** 2, lambda d: d**2)


@mutant("contrastive", "different pairs beyond the margin pay for being far: cut at zero before squaring")
def not_cut(distances, is_same, margin):
    return _contrastive(distances, is_same, lambda d: d**2, lambda d: (margin - d) ** 2)


@mutant("contrastive", "what is missing to the margin is squared, too")
def margin_not_squared(distances, is_same, margin):
    return _contrastive(distances, is_same, lambda d: d**2, lambda d: np.maximum(margin - d, 0))


@mutant("contrastive", "the distance of a same pair is squared, too")
def distance_not_squared(distances, is_same, margin):
    return _contrastive(distances, is_same, lambda d: d, lambda d: np.maximum(margin - d, 0) ** 2)


@mutant("contrastive", "nothing is squared there: both parts are squares")
def nothing_squared(distances, is_same, margin):
    return _contrastive(distances, is_same, lambda d: d, lambda d: np.maximum(margin - d, 0))


@mutant("contrastive", "that is the sum: give the mean over all pairs")
def summed(distances, is_same, margin):
    return _contrastive(distances, is_same, lambda d: d**2, lambda d: np.maximum(margin - d, 0) ** 2, np.sum)


@mutant("contrastive", "the squares are subtracted there: take the square of what is missing to the margin")
def squares_subtracted(distances, is_same, margin):
    return _contrastive(distances, is_same, lambda d: d**2, lambda d: np.maximum(margin**2 - d**2, 0))


@mutant("contrastive", "what is beyond the margin is punished there: it is what is missing to it that costs")
def beyond_is_punished(distances, is_same, margin):
    return _contrastive(distances, is_same, lambda d: d**2, lambda d: np.maximum(d - margin, 0) ** 2)


@mutant("contrastive", "the different pairs are left out: they are to be pushed apart")
def same_alone(distances, is_same, margin):
    return _contrastive(distances, is_same, lambda d: d**2, np.zeros_like)


@mutant("contrastive", "the same pairs are left out: they are to be drawn together")
def others_alone(distances, is_same, margin):
    return _contrastive(distances, is_same, np.zeros_like, lambda d: np.maximum(margin - d, 0) ** 2)


@mutant("contrastive", "the two kinds are averaged apart and then added: here it is one mean over all pairs")
def averaged_apart(distances, is_same, margin):
    distances, is_same = np.asarray(distances, float), np.asarray(is_same, bool)
    parts = distances[is_same] ** 2, np.maximum(margin - distances[~is_same], 0) ** 2
    return sum(part.mean() for part in parts if part.size)


@mutant("contrastive", "that is a loss for each pair: give their mean")
def one_for_each_pair(distances, is_same, margin):
    return _contrastive(distances, is_same, lambda d: d**2, lambda d: np.maximum(margin - d, 0) ** 2, np.asarray)


@mutant("contrastive", "the margin is no 1 of your own: take the one that is given")
def margin_of_one(distances, is_same, margin):
    return _contrastive(distances, is_same, lambda d: d**2, lambda d: np.maximum(1 - d, 0) ** 2)


@mutant("contrastive", "that is half of it, as the paper writes it: the text has no half")
def halved(distances, is_same, margin):
    return _contrastive(distances, is_same, lambda d: d**2, lambda d: np.maximum(margin - d, 0) ** 2) / 2


@mutant("contrastive", "the margin is less the distance, then squared: not the margin less the square")
def margin_less_the_square(distances, is_same, margin):
    squares = np.square(distances)
    return np.where(is_same, squares, np.maximum(margin - squares, 0)).mean()


@mutant("contrastive", "each kind has its own mean there: take one mean over all pairs")
def mean_of_two_means(distances, is_same, margin):
    same = np.asarray(is_same, bool)
    costs = np.where(same, np.square(distances), np.square(np.maximum(margin - distances, 0)))
    return np.mean([costs[kind].mean() for kind in (same, ~same) if kind.any()])


def _squares(a, b):
    return ((np.asarray(a, float) - b) ** 2).sum(axis=1)


@mutant("triplet", "those are distances: the text asks for their squares")
def roots(anchors, positives, negatives, margin):
    near, far = np.sqrt(_squares(anchors, positives)), np.sqrt(_squares(anchors, negatives))
    return np.maximum(near - far + margin, 0).mean()


@mutant("triplet", "a good triplet pays for a bad one: cut each at zero before the mean")
def cut_after_the_mean(anchors, positives, negatives, margin):
    return max((_squares(anchors, positives) - _squares(anchors, negatives) + margin).mean(), 0)


@mutant("triplet", "good triplets are rewarded: nothing is below zero")
def never_cut(anchors, positives, negatives, margin):
    return (_squares(anchors, positives) - _squares(anchors, negatives) + margin).mean()


@mutant("triplet", "the margin is missing, and everything at one point would cost nothing")
def no_margin(anchors, positives, negatives, margin):
    return np.maximum(_squares(anchors, positives) - _squares(anchors, negatives), 0).mean()


@mutant("triplet", "positive and negative are exchanged: it is the positive that shall be nearer")
def positive_for_negative(anchors, positives, negatives, margin):
    return np.maximum(_squares(anchors, negatives) - _squares(anchors, positives) + margin, 0).mean()


@mutant("triplet", "the margin is subtracted: the negative shall be farther *by* the margin, so it adds to the cost")
def margin_subtracted(anchors, positives, negatives, margin):
    return np.maximum(_squares(anchors, positives) - _squares(anchors, negatives) - margin, 0).mean()


@mutant("triplet", "the negative is compared with the positive: both are compared with the anchor")
def negative_to_positive(anchors, positives, negatives, margin):
    return np.maximum(_squares(anchors, positives) - _squares(positives, negatives) + margin, 0).mean()


@mutant("triplet", "that is the sum: give the mean over the triplets")
def summed_triplets(anchors, positives, negatives, margin):
    return np.maximum(_squares(anchors, positives) - _squares(anchors, negatives) + margin, 0).sum()


@mutant("triplet", "the squares are averaged over the numbers: add them up")
def averaged_squares(anchors, positives, negatives, margin):
    size = np.shape(anchors)[1]
    return np.maximum((_squares(anchors, positives) - _squares(anchors, negatives)) / size + margin, 0).mean()


@mutant("triplet", "those are absolute differences: the text asks for the squared Euclidean distance")
def absolute_differences(anchors, positives, negatives, margin):
    near, far = (np.abs(anchors - each).sum(axis=1) for each in (positives, negatives))
    return np.maximum(near - far + margin, 0).mean()


@mutant("triplet", "the mean is taken over the triplets that cost something: it is over all")
def mean_of_the_active(anchors, positives, negatives, margin):
    costs = np.maximum(_squares(anchors, positives) - _squares(anchors, negatives) + margin, 0)
    return costs[costs > 0].mean() if (costs > 0).any() else 0.0


@mutant("triplet", "the margin is squared: the distances are squares, and it is added to these as it is")
def margin_squared(anchors, positives, negatives, margin):
    return np.maximum(_squares(anchors, positives) - _squares(anchors, negatives) + margin**2, 0).mean()


@mutant("triplet", "that is a loss for each triplet: give their mean")
def one_for_each_triplet(anchors, positives, negatives, margin):
    return np.maximum(_squares(anchors, positives) - _squares(anchors, negatives) + margin, 0)


@mutant("pick_negative", "that is the hardest negative, the nearest of all: it should lie farther than the positive")
def the_hardest(positive, negatives):
    return int(np.argmin(negatives))


@mutant("pick_negative", "that is the farthest, which teaches least: take the nearest beyond the positive")
def the_easiest(positive, negatives):
    return int(np.argmax(negatives))


@mutant("pick_negative", "that is the nearest to the positive on either side: only those that lie farther count")
def nearest_on_either_side(positive, negatives):
    return int(np.abs(np.asarray(negatives) - positive).argmin())


@mutant("pick_negative", "exactly as far as the positive is not farther")
def equal_is_beyond(positive, negatives):
    negatives = np.asarray(negatives)
    beyond = negatives >= positive
    return int(np.where(beyond, negatives, np.inf).argmin()) if beyond.any() else int(negatives.argmax())


@mutant("pick_negative", "where none lies beyond the positive, the farthest is asked for, not the nearest")
def nearest_where_none_is_beyond(positive, negatives):
    negatives = np.asarray(negatives)
    beyond = negatives > positive
    return int(np.where(beyond, negatives, np.inf).argmin()) if beyond.any() else int(negatives.argmin())


@mutant("pick_negative", "where none lies beyond the positive, the farthest is asked for, not the first")
def first_where_none_is_beyond(positive, negatives):
    return int(np.where(np.asarray(negatives) > positive, negatives, np.inf).argmin())


@mutant("pick_negative", "that is the index among those beyond the positive: give the one in the whole list")
def index_of_the_part(positive, negatives):
    negatives = np.asarray(negatives)
    beyond = negatives[negatives > positive]
    return int(beyond.argmin()) if len(beyond) else int(negatives.argmax())


@mutant("pick_negative", "that is the distance: give its index")
def distance_for_index(positive, negatives):
    negatives = np.asarray(negatives)
    beyond = negatives[negatives > positive]
    return float(beyond.min()) if len(beyond) else float(negatives.max())


@mutant("pick_negative", "of those beyond the positive the first is taken: take the nearest")
def first_beyond(positive, negatives):
    negatives = np.asarray(negatives)
    beyond = np.flatnonzero(negatives > positive)
    return int(beyond[0]) if len(beyond) else int(negatives.argmax())


@mutant("pick_negative", "of those beyond the positive the farthest is taken: take the nearest")
def farthest_of_the_nearer(positive, negatives):
    negatives = np.asarray(negatives)
    nearer = negatives < positive
    return int(np.where(nearer, negatives, -np.inf).argmax()) if nearer.any() else int(negatives.argmax())


@mutant("pick_negative", "an index counts from 0")
def counted_from_one(positive, negatives):
    negatives = np.asarray(negatives)
    beyond = negatives > positive
    return 1 + (int(np.where(beyond, negatives, np.inf).argmin()) if beyond.any() else int(negatives.argmax()))


@mutant("pick_negative", "where none lies beyond the positive there is still an answer: the farthest")
def none_where_none_is_beyond(positive, negatives):
    negatives = np.asarray(negatives)
    beyond = negatives > positive
    return int(np.where(beyond, negatives, np.inf).argmin()) if beyond.any() else None


@mutant("pick_negative", "where none lies beyond the positive there is still an answer: the farthest")
def minus_one_where_none(positive, negatives):
    beyond = np.where(negatives > positive, negatives, np.inf)
    return int(beyond.argmin()) if np.isfinite(beyond).any() else -1


@mutant("pick_negative", "of equal ones the first counts, not the last")
def last_of_equals_beyond(positive, negatives):
    beyond = np.where(negatives > positive, negatives, np.inf)
    if np.isinf(beyond).all():
        return int(negatives.argmax())
    return int(np.flatnonzero(beyond == beyond.min())[-1])


@mutant("pick_negative", "of equal ones the first counts, not the last")
def last_of_equals(positive, negatives):
    turned = negatives[::-1]
    beyond = np.where(turned > positive, turned, np.inf)
    place = beyond.argmin() if np.isfinite(beyond).any() else turned.argmax()
    return len(negatives) - 1 - int(place)


# -------------------------------------------------------------------------------------------------------- episodes


def _far(queries, places):
    return ((np.asarray(queries, float)[:, None] - np.asarray(places, float)[None]) ** 2).sum(axis=-1)


@mutant("nearest_class", "the first shot stands for its class: take the mean of all its shots")
def first_shot(support, queries):
    return _far(queries, np.asarray(support)[:, 0]).argmin(axis=1)


@mutant("nearest_class", "the nearest single shot decides there: the mean of the shots should")
def nearest_shot(support, queries):
    _, shots, size = np.shape(support)
    return _far(queries, np.reshape(support, (-1, size))).argmin(axis=1) // shots


@mutant("nearest_class", "that is the mean of the distances to the shots: take the distance to the mean of the shots")
def mean_of_the_distances(support, queries):
    ways, shots, size = np.shape(support)
    far = np.sqrt(_far(queries, np.reshape(support, (-1, size))))
    return far.reshape(len(queries), ways, shots).mean(axis=2).argmin(axis=1)


@mutant("nearest_class", "that is the farthest class: the smallest distance decides")
def farthest_class(support, queries):
    return _far(queries, np.mean(support, axis=1)).argmax(axis=1)


@mutant("nearest_class", "that is the nearest query of each class: give the nearest class of each query")
def nearest_query(support, queries):
    return _far(queries, np.mean(support, axis=1)).argmin(axis=0)


@mutant("nearest_class", "classes are counted from 0")
def classes_from_one(support, queries):
    return _far(queries, np.mean(support, axis=1)).argmin(axis=1) + 1


@mutant("nearest_class", "that is the product, not the distance: a long vector is near to everything there")
def largest_product(support, queries):
    return (np.asarray(queries) @ np.mean(support, axis=1).T).argmax(axis=1)


@mutant("nearest_class", "those are absolute differences added up: the straight distance was meant")
def absolute_distances(support, queries):
    return np.abs(queries[:, None] - support.mean(axis=1)).sum(axis=-1).argmin(axis=1)


@mutant("nearest_class", "those are the distances: give the number of the nearest class")
def the_distances(support, queries):
    return _far(queries, np.mean(support, axis=1))


@mutant("nearest_class", "those are the smallest distances: give the number of the class")
def smallest_distances(support, queries):
    return np.sqrt(_far(queries, np.mean(support, axis=1)).min(axis=1))


@mutant("nearest_class", "only the first query is answered: give a class for each")
def first_query_only(support, queries):
    return _far(queries, np.mean(support, axis=1)).argmin(axis=1)[:1]


@mutant("nearest_class", "the differences are added up with their signs: square them first")
def sums_of_differences(support, queries):
    means = np.mean(support, axis=1)
    return np.abs((np.asarray(queries)[:, None] - means[None]).sum(axis=-1)).argmin(axis=1)


@mutant("nearest_class", "the first number alone decides there: all numbers of a vector count")
def first_number(support, queries):
    return _far(np.asarray(queries)[:, :1], np.mean(support, axis=1)[:, :1]).argmin(axis=1)


# ------------------------------------------------------------------------------------------------------ thresholds


def _rates(distances, is_same, threshold, strict=False):
    distances, is_same = np.asarray(distances, float), np.asarray(is_same, bool)
    accepted = distances < threshold if strict else distances <= threshold
    return accepted, is_same


def _share(part):
    return part.mean() if part.size else np.nan  # NumPy's own answer, without its warning


@mutant("error_rates", "the two rates have changed places: false accepts first")
def rates_exchanged(distances, is_same, threshold):
    accepted, same = _rates(distances, is_same, threshold)
    return (~accepted[same]).mean(), accepted[~same].mean()


@mutant("error_rates", "the second is the rate of *true* accepts: give the same pairs that are refused")
def true_accepts(distances, is_same, threshold):
    accepted, same = _rates(distances, is_same, threshold)
    return accepted[~same].mean(), accepted[same].mean()


@mutant("error_rates", "both are shares of all pairs: each rate has the pairs of its own kind below the line")
def shares_of_all(distances, is_same, threshold):
    accepted, same = _rates(distances, is_same, threshold)
    return (accepted & ~same).mean(), (~accepted & same).mean()


@mutant("error_rates", "a distance exactly at the threshold is accepted")
def below_only(distances, is_same, threshold):
    accepted, same = _rates(distances, is_same, threshold, strict=True)
    return accepted[~same].mean(), (~accepted[same]).mean()


@mutant("error_rates", "those who are far are let in: accepted is who is near")
def far_is_accepted(distances, is_same, threshold):
    accepted, same = _rates(distances, is_same, threshold)
    return (~accepted[~same]).mean(), accepted[same].mean()


@mutant("error_rates", "those are numbers of pairs: divide each by the pairs of its kind")
def counts(distances, is_same, threshold):
    accepted, same = _rates(distances, is_same, threshold)
    return (accepted & ~same).sum(), (~accepted & same).sum()


@mutant(
    "error_rates",
    "those are shares of the accepted and of the refused: divide by all different pairs, and by all same ones",
)
def share_of_the_accepted(distances, is_same, threshold):
    accepted, same = _rates(distances, is_same, threshold)
    refused = ~accepted
    return (accepted & ~same).sum() / max(accepted.sum(), 1), (refused & same).sum() / max(refused.sum(), 1)


@mutant(
    "error_rates",
    "those are shares of the accepted and of the refused: divide by all different pairs, and by all same ones",
)
def shares_of_the_judged(distances, is_same, threshold):
    accepted, same = _rates(distances, is_same, threshold)
    return _share(~same[accepted]), _share(same[~accepted])


@mutant("error_rates", "the first is the share of those let in: asked for is the share of the different pairs")
def precision_for_false_accepts(distances, is_same, threshold):
    accepted, same = _rates(distances, is_same, threshold)
    return _share(~same[accepted]), (~accepted[same]).mean()


@mutant("error_rates", "same and different pairs are exchanged")
def same_for_others(distances, is_same, threshold):
    accepted, same = _rates(distances, is_same, threshold)
    return accepted[same].mean(), (~accepted[~same]).mean()


@mutant("error_rates", "the false accepts are divided by the same pairs, and the other way round")
def denominators_exchanged(distances, is_same, threshold):
    accepted, same = _rates(distances, is_same, threshold)
    return (accepted & ~same).sum() / same.sum(), (~accepted & same).sum() / (~same).sum()


@mutant("error_rates", "with 1 and 0 for True and False it goes wrong: turn `is_same` into True and False first")
def ones_as_indices(distances, is_same, threshold):
    distances = np.asarray(distances)
    return (distances[~is_same] <= threshold).mean(), (distances[is_same] > threshold).mean()


@mutant("error_rates", "one rate alone: give both")
def one_rate(distances, is_same, threshold):
    accepted, same = _rates(distances, is_same, threshold)
    return accepted[~same].mean()


def _table(distances, is_same):
    levels = np.unique(distances)
    rates = []
    for level in levels:
        accepted, same = _rates(distances, is_same, level)
        rates.append((accepted[~same].mean(), (~accepted[same]).mean()))
    return levels, np.array(rates)


def _best(rates):
    return int(np.abs(rates[:, 0] - rates[:, 1]).round(12).argmin())


@mutant("equal_error", "that is the smallest sum of both: look for the threshold where both are *equal*")
def smallest_sum(distances, is_same):
    levels, rates = _table(distances, is_same)
    best = int(rates.sum(axis=1).round(12).argmin())
    return rates[best].mean(), levels[best]


def _tied(distances, is_same, levels):
    """The best of the levels in their own order: of equally near ones the first of them."""
    found = []
    for level in levels:
        accepted, same = _rates(distances, is_same, level)
        found.append((accepted[~same].mean(), (~accepted[same]).mean()))
    best = _best(np.array(found))
    return np.mean(found[best]), levels[best]


@mutant("equal_error", "of thresholds that are equally near the smallest counts, not the largest")
def largest_of_the_equally_near(distances, is_same):
    return _tied(distances, is_same, np.unique(distances)[::-1])


@mutant(
    "equal_error", "of thresholds that are equally near the smallest counts, not the one that comes first: sort them"
)
def first_of_the_unsorted(distances, is_same):
    return _tied(distances, is_same, np.asarray(distances))


@mutant("equal_error", "that is the sum of both rates: give their mean")
def sum_of_rates(distances, is_same):
    levels, rates = _table(distances, is_same)
    return rates[_best(rates)].sum(), levels[_best(rates)]


@mutant("equal_error", "that is the false accept rate there: give the mean of both")
def false_accepts_alone(distances, is_same):
    levels, rates = _table(distances, is_same)
    return rates[_best(rates), 0], levels[_best(rates)]


@mutant("equal_error", "that is the false reject rate there: give the mean of both")
def false_rejects_alone(distances, is_same):
    levels, rates = _table(distances, is_same)
    return rates[_best(rates), 1], levels[_best(rates)]


@mutant("equal_error", "rate and threshold have changed places")
def threshold_first(distances, is_same):
    levels, rates = _table(distances, is_same)
    return levels[_best(rates)], rates[_best(rates)].mean()


@mutant("equal_error", "the difference is taken with its sign: the nearest to zero counts, not the lowest")
def signed_gap(distances, is_same):
    levels, rates = _table(distances, is_same)
    best = int((rates[:, 0] - rates[:, 1]).argmin())
    return rates[best].mean(), levels[best]


@mutant("equal_error", "that is the gap between the rates: give their mean there")
def the_gap(distances, is_same):
    levels, rates = _table(distances, is_same)
    return np.abs(rates[:, 0] - rates[:, 1]).min(), levels[_best(rates)]


@mutant("equal_error", "that is the number of the threshold: give the distance itself")
def number_of_the_threshold(distances, is_same):
    _, rates = _table(distances, is_same)
    return rates[_best(rates)].mean(), _best(rates)


@mutant("equal_error", "the widest gap is taken there: take the narrowest")
def widest_gap(distances, is_same):
    levels, rates = _table(distances, is_same)
    best = int(np.abs(rates[:, 0] - rates[:, 1]).argmax())
    return rates[best].mean(), levels[best]


@mutant("equal_error", "that is the threshold halfway between the two means: try every distance that occurs")
def halfway(distances, is_same):
    distances, same = np.asarray(distances, float), np.asarray(is_same, bool)
    level = (distances[same].mean() + distances[~same].mean()) / 2
    accepted = distances <= level
    return (accepted[~same].mean() + (~accepted[same]).mean()) / 2, level


@mutant("equal_error", "the rate alone: give the threshold, too")
def rate_alone(distances, is_same):
    _, rates = _table(distances, is_same)
    return rates[_best(rates)].mean()


def _at(distances, is_same, levels, chosen):
    same = np.asarray(is_same, bool)
    far = np.array([(distances[~same] <= level).mean() for level in levels])
    frr = np.array([(distances[same] > level).mean() for level in levels])
    best = chosen(far, frr)
    return far[best], frr[best], levels[best]


def _least_apart(far, frr):
    return np.abs(far - frr).round(12).argmin()


@mutant("equal_error", "of thresholds that are equally near the smallest counts, not the largest")
def largest_of_equals(distances, is_same):
    far, frr, level = _at(distances, is_same, np.unique(distances)[::-1], _least_apart)
    return (far + frr) / 2, level


@mutant("equal_error", "that is the smaller of the two rates there: give their mean")
def smaller_of_the_two(distances, is_same):
    far, frr, level = _at(distances, is_same, np.unique(distances), _least_apart)
    return min(far, frr), level


@mutant("equal_error", "that is where the rates have crossed: the threshold before may be nearer to equal")
def first_after_the_crossing(distances, is_same):
    far, frr, level = _at(distances, is_same, np.unique(distances), lambda far, frr: (far >= frr).argmax())
    return (far + frr) / 2, level


@mutant("equal_error", "thresholds between the distances are tried: take those that occur")
def between_the_distances(distances, is_same):
    levels = np.unique(distances)
    far, frr, level = _at(distances, is_same, (levels[1:] + levels[:-1]) / 2, _least_apart)
    return (far + frr) / 2, level


@mutant("equal_error", "thresholds of an even grid are tried: take the distances that occur")
def an_even_grid(distances, is_same):
    levels = np.linspace(distances.min(), distances.max(), 100)
    far, frr, level = _at(distances, is_same, levels, _least_apart)
    return (far + frr) / 2, level


# --------------------------------------------------------------------------------------------------------- gallery


def _nearest(probe, gallery):
    far = np.linalg.norm(np.asarray(gallery, float) - probe, axis=1)
    return int(far.argmin()), far


@mutant("who_is_it", "somebody is always named, like a softmax does: a stranger is None")
def always_somebody(probe, gallery, names, threshold):
    return names[_nearest(probe, gallery)[0]]


@mutant("who_is_it", "the first who is near enough is named: the nearest should be")
def first_near_enough(probe, gallery, names, threshold):
    near = np.flatnonzero(_nearest(probe, gallery)[1] <= threshold)
    return names[near[0]] if len(near) else None


@mutant("who_is_it", "the square of the distance is compared with the threshold: take the root first")
def squared_distance(probe, gallery, names, threshold):
    nearest, far = _nearest(probe, gallery)
    return names[nearest] if far[nearest] ** 2 <= threshold else None


@mutant("who_is_it", "exactly at the threshold is near enough")
def strictly_nearer(probe, gallery, names, threshold):
    nearest, far = _nearest(probe, gallery)
    return names[nearest] if far[nearest] < threshold else None


@mutant("who_is_it", "that is an index: give the name")
def index_for_name(probe, gallery, names, threshold):
    nearest, far = _nearest(probe, gallery)
    return nearest if far[nearest] <= threshold else None


@mutant("who_is_it", "the farthest is named: the nearest should be")
def the_farthest(probe, gallery, names, threshold):
    far = _nearest(probe, gallery)[1]
    return names[int(far.argmax())] if far.min() <= threshold else None


@mutant("who_is_it", "the threshold is turned round: who is near is somebody, who is far is nobody")
def threshold_turned_round(probe, gallery, names, threshold):
    nearest, far = _nearest(probe, gallery)
    return None if far[nearest] <= threshold else names[nearest]


@mutant("who_is_it", "for a stranger the answer is None itself, not a text")
def unknown_as_text(probe, gallery, names, threshold):
    nearest, far = _nearest(probe, gallery)
    return names[nearest] if far[nearest] <= threshold else "unknown"


@mutant("who_is_it", "those are absolute differences added up: Euclidean distance is asked for")
def city_blocks(probe, gallery, names, threshold):
    far = np.abs(np.asarray(gallery) - probe).sum(axis=1)
    return names[int(far.argmin())] if far.min() <= threshold else None


@mutant("who_is_it", "all who are near enough are named: give the nearest alone")
def everybody_near(probe, gallery, names, threshold):
    return [names[i] for i in np.flatnonzero(_nearest(probe, gallery)[1] <= threshold)]


@mutant("who_is_it", "of equally near ones the first counts, not the last")
def last_of_equally_near(probe, gallery, names, threshold):
    return _nearest_of(probe, gallery[::-1], names[::-1], threshold)


@mutant("who_is_it", "those who are near enough vote there: the nearest alone decides")
def those_near_enough_vote(probe, gallery, names, threshold):
    near = [name for name, d in zip(names, np.linalg.norm(gallery - probe, axis=1), strict=True) if d <= threshold]
    return max(near, key=near.count) if near else None


@mutant("who_is_it", "a person's vectors are averaged there: each of them is compared by itself")
def means_of_people(probe, gallery, names, threshold):
    people = [*dict.fromkeys(names)]
    means = [np.mean([v for v, name in zip(gallery, names, strict=True) if name == one], axis=0) for one in people]
    return _nearest_of(probe, np.array(means), people, threshold)


@mutant("who_is_it", "the farthest is named: the nearest should be")
def the_farthest_if_near(probe, gallery, names, threshold):
    distances = np.linalg.norm(gallery - probe, axis=1)
    return names[distances.argmax()] if distances.max() <= threshold else None


def _nearest_of(probe, gallery, names, threshold):
    distances = np.linalg.norm(gallery - probe, axis=1)
    return names[distances.argmin()] if distances.min() <= threshold else None


@mutant("false_alarm", "chances are added there: with many people that is more than certainty; multiply the quiet ones")
def chances_added(rate, people):
    return rate * people


@mutant("false_alarm", "the chances are added and cut at 1: multiply the quiet ones")
def chances_added_and_cut(rate, people):
    return min(rate * people, 1.0)


@mutant("false_alarm", "that is the chance that nobody alarms: take the rest to 1")
def nobody_alarms(rate, people):
    return (1 - rate) ** people


@mutant("false_alarm", "that is the chance that all alarm: one is enough")
def everybody_alarms(rate, people):
    return rate**people


@mutant("false_alarm", "a gallery makes it more, not less: the rate is of one comparison")
def rate_divided(rate, people):
    return rate / people


@mutant("false_alarm", "that is the rate of one comparison: there are as many as people")
def one_comparison(rate, people):
    return rate


@mutant("false_alarm", "that is the chance of exactly one alarm: several are an alarm, too")
def exactly_one(rate, people):
    return people * rate * (1 - rate) ** (people - 1)


@mutant("false_alarm", "the stranger is compared with all in the gallery, not with one less")
def one_less(rate, people):
    return 1 - (1 - rate) ** (people - 1)


@mutant("false_alarm", "that is the chance that not all alarm: some alarm is asked for")
def not_everybody(rate, people):
    return 1 - rate**people

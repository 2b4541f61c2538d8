"""Wrong answers to lab 16: the classic mistakes about Gram matrices, losses, their slope, and descent on pixels."""

import numpy as np

from ccv.grading import mutant


def _rows(maps):
    maps = np.asarray(maps, float)
    return maps.reshape(-1, maps.shape[-1])


# ------------------------------------------------------------------------------------------------------- Gram


@mutant("gram", "the sum is not divided by the number of positions, so a larger picture has a larger style")
def sum_not_mean(maps):
    return _rows(maps).T @ _rows(maps)


@mutant(
    "gram",
    "positions are compared with positions: the transposed table belongs in front, so that channels meet channels",
)
def places_by_places(maps):
    rows = _rows(maps)
    return rows @ rows.T / len(rows)


@mutant("gram", "all numbers are counted, channels too: divide by the number of positions alone")
def divides_by_all(maps):
    rows = _rows(maps)
    return rows.T @ rows / rows.size


@mutant(
    "gram",
    "it is divided by the number of channels: a mean over the positions has as many terms as there are positions",
)
def divides_by_channels(maps):
    rows = _rows(maps)
    return rows.T @ rows / rows.shape[1]


@mutant("gram", "the means are subtracted: that is a covariance, and how strongly a channel answers is lost")
def covariance(maps):
    rows = _rows(maps)
    rows = rows - rows.mean(axis=0)
    return rows.T @ rows / len(rows)


@mutant("gram", "each channel is scaled to length one: only angles are left, and no strengths")
def cosines(maps):
    rows = _rows(maps)
    rows = rows / np.linalg.norm(rows, axis=0)
    return rows.T @ rows


@mutant("gram", "the maps are read in a wrong order: put the positions into rows before you turn the table over")
def reshaped_to_channels(maps):
    maps = np.asarray(maps, float)
    table = maps.reshape(maps.shape[-1], -1)
    return table @ table.T / table.shape[1]


@mutant("gram", "only the diagonal is there: what goes with what stands beside it")
def diagonal(maps):
    rows = _rows(maps)
    return np.diag((rows**2).mean(axis=0))


@mutant("gram", "rows of the picture are summed apart: the two axes of positions must become one")
def only_one_row(maps):
    maps = np.asarray(maps, float)
    return maps[0].T @ maps[0] / maps.shape[1]


@mutant("gram", "a product of means is no mean of products: multiply at each position first")
def product_of_means(maps):
    means = _rows(maps).mean(axis=0)
    return np.outer(means, means)


@mutant("gram", "that is how alike two places are: how two channels go together was asked for")
def how_alike_two_places_are(maps):
    rows = _rows(maps)
    return rows @ rows.T / rows.shape[1]


@mutant("gram", "divided by one place less: it is the mean over all of them")
def one_place_less(maps):
    rows = _rows(maps)
    return rows.T @ rows / max(len(rows) - 1, 1)


@mutant("gram", "divided by twice the places and the channels: it is the mean over the places alone")
def twice_places_and_channels(maps):
    rows = _rows(maps)
    return rows.T @ rows / (2 * rows.size)


@mutant("gram", "each channel is centred and scaled: that is a correlation, and how strongly a channel answers is lost")
def correlation(maps):
    return np.atleast_2d(np.corrcoef(_rows(maps).T))


@mutant("gram", "one half of the table is filled: what goes with what is the same the other way round")
def upper_half(maps):
    return np.triu(_rows(maps).T @ _rows(maps)) / len(_rows(maps))


@mutant("gram", "one half of the table is filled: what goes with what is the same the other way round")
def lower_half(maps):
    return np.tril(_rows(maps).T @ _rows(maps)) / len(_rows(maps))


everything = mutant(
    "same_gram", "not everything leaves the table alone: try each with your `gram`", value=list("abcdefghij")
)
those_that_change_it = mutant(
    "same_gram", "those are the changes that do change the table: give the others", value=["b", "d", "e", "g", "j"]
)
only_moves = mutant(
    "same_gram",
    "minus times minus is plus, and what comes twice has the same mean: there is more than moving about",
    value=["a", "c", "h"],
)
channels_alone = mutant(
    "same_gram",
    "two channels that are shuffled apart no longer meet at the same places, and two that are exchanged take their row "
    "and column along",
    value=["a", "b", "c", "d", "f", "h", "i"],
)


def _same_gram_but(letter):
    """One letter wrong: too much in the list or missing in it."""
    return sorted({*"acfhi"} ^ {letter})


_NO_PLACES = "the mean over the positions does not care where they lie"
shuffled_alike = mutant("same_gram", _NO_PLACES, value=_same_gram_but("a"))
mirrored = mutant("same_gram", _NO_PLACES, value=_same_gram_but("c"))
turned = mutant("same_gram", _NO_PLACES, value=_same_gram_but("h"))
shuffled_apart = mutant(
    "same_gram", "channels that are shuffled apart no longer meet at the same places", value=_same_gram_but("b")
)
channels_exchanged = mutant(
    "same_gram",
    "two channels that change places take their row and column of the table along",
    value=_same_gram_but("d"),
)
doubled = mutant("same_gram", "numbers twice as large have products four times as large", value=_same_gram_but("e"))
laid_out_twice = mutant("same_gram", "what comes twice has the same mean as once", value=_same_gram_but("f"))
one_more = mutant("same_gram", "one more in every number is more in every mean of products", value=_same_gram_but("g"))
signs_turned = mutant("same_gram", "minus times minus is plus", value=_same_gram_but("i"))
left_half = mutant("same_gram", "the other half may hold something else", value=_same_gram_but("j"))

# ----------------------------------------------------------------------------------------------------- losses


def _layers(grams, targets, distance):
    return [distance(np.asarray(g, float), np.asarray(a, float)) for g, a in zip(grams, targets, strict=True)]


@mutant("style_loss", "nothing is divided by the target, so the layer with the largest numbers decides alone")
def bare_squares(grams, targets):
    return np.mean(_layers(grams, targets, lambda g, a: ((g - a) ** 2).sum()))


@mutant("style_loss", "that is the mean of squares: divide by the squares of the target instead")
def mean_squares(grams, targets):
    return np.mean(_layers(grams, targets, lambda g, a: ((g - a) ** 2).mean()))


@mutant("style_loss", "the layers are summed: take their mean")
def sum_of_layers(grams, targets):
    return np.sum(_layers(grams, targets, lambda g, a: ((g - a) ** 2).sum() / (a**2).sum()))


@mutant("style_loss", "it is divided by the picture's own matrix: the target is what it is measured by")
def by_the_picture(grams, targets):
    return np.mean(_layers(grams, targets, lambda g, a: ((g - a) ** 2).sum() / (g**2).sum()))


@mutant("style_loss", "a root is taken: the squares stay squares")
def with_a_root(grams, targets):
    return np.mean(_layers(grams, targets, lambda g, a: np.linalg.norm(g - a) / np.linalg.norm(a)))


@mutant("style_loss", "the sums of all layers are divided by each other: divide within each layer first")
def one_fraction(grams, targets):
    above = sum(_layers(grams, targets, lambda g, a: ((g - a) ** 2).sum()))
    return above / sum(_layers(grams, targets, lambda g, a: (a**2).sum()))


@mutant("style_loss", "absolute differences are not squared ones")
def absolute(grams, targets):
    return np.mean(_layers(grams, targets, lambda g, a: np.abs(g - a).sum() / np.abs(a).sum()))


@mutant("style_loss", "each entry is divided by its own target: divide the whole sum by the whole sum")
def entry_by_entry(grams, targets):
    return np.mean(_layers(grams, targets, lambda g, a: (((g - a) / a) ** 2).sum()))


@mutant("style_loss", "each entry is divided by its own target: divide the whole sum by the whole sum")
def mean_of_the_entries(grams, targets):
    return np.mean(_layers(grams, targets, lambda g, a: (((g - a) / a) ** 2).mean()))


@mutant("style_loss", "the squared difference of the sums is taken: subtract entry by entry, then square")
def difference_of_sums(grams, targets):
    return np.mean(_layers(grams, targets, lambda g, a: (g.sum() - a.sum()) ** 2 / (a**2).sum()))


@mutant("style_loss", "only the last layer counts: all of them belong to the mean")
def last_layer(grams, targets):
    return _layers(grams, targets, lambda g, a: ((g - a) ** 2).sum() / (a**2).sum())[-1]


@mutant("style_loss", "that is the mean of squares: divide by the squares of the target instead")
def mean_of_squares(grams, targets):
    return np.mean([((g - a) ** 2).mean() for g, a in zip(grams, targets, strict=True)])


@mutant("style_loss", "divided by the channels, four times their square: divide by the squares of the target")
def divided_by_channels(grams, targets):
    return np.mean([((g - a) ** 2).sum() / (4 * len(a) ** 2) for g, a in zip(grams, targets, strict=True)])


@mutant("style_loss", "only the first layer counts there: take the mean over all of them")
def first_layer_alone(grams, targets):
    return ((grams[0] - targets[0]) ** 2).sum() / (targets[0] ** 2).sum()


@mutant("style_loss", "only the first layer is added: does the `return` stand inside the loop?")
def returns_in_the_loop(grams, targets):
    return first_layer_alone(grams, targets) / len(grams)


@mutant("total_variation", "squares are taken: it is the absolute difference that is meant")
def squares(picture):
    return ((picture[1:] - picture[:-1]) ** 2).mean() + ((picture[:, 1:] - picture[:, :-1]) ** 2).mean()


@mutant("total_variation", "without absolute values up and down cancel")
def signed(picture):
    return (picture[1:] - picture[:-1]).mean() + (picture[:, 1:] - picture[:, :-1]).mean()


@mutant("total_variation", "the picture is rolled: its last row is no neighbour of its first")
def around_the_edge(picture):
    return sum(np.abs(picture - np.roll(picture, 1, axis)).mean() for axis in (0, 1))


@mutant("total_variation", "only vertical neighbours are compared: those side by side count too")
def only_down(picture):
    return np.abs(np.diff(picture, axis=0)).mean()


@mutant("total_variation", "only neighbours side by side are compared: those one above the other count too")
def only_across(picture):
    return np.abs(np.diff(picture, axis=1)).mean()


@mutant("total_variation", "the differences are summed: take the mean of each direction")
def summed(picture):
    return np.abs(np.diff(picture, axis=0)).sum() + np.abs(np.diff(picture, axis=1)).sum()


@mutant("total_variation", "divided by all pixels: each direction has its own number of neighbours")
def over_the_size(picture):
    return (np.abs(np.diff(picture, axis=0)).sum() + np.abs(np.diff(picture, axis=1)).sum()) / picture.size


@mutant("total_variation", "the mean of the two directions is taken: they are added")
def halved(picture):
    return (np.abs(np.diff(picture, axis=0)).mean() + np.abs(np.diff(picture, axis=1)).mean()) / 2


@mutant(
    "total_variation",
    "both directions are thrown together: each has a mean of its own, since their numbers of pairs differ",
)
def one_mean(picture):
    pairs = [np.abs(np.diff(picture, axis=axis)).ravel() for axis in (0, 1)]
    return 2 * np.concatenate(pairs).mean()


@mutant("total_variation", "diagonal neighbours are compared: down and across are two differences")
def diagonally(picture):
    return np.abs(picture[1:, 1:] - picture[:-1, :-1]).mean()


@mutant("total_variation", "neighbours across the channels are compared: columns are the second axis")
def across_channels(picture):
    return np.abs(np.diff(picture, axis=0)).mean() + np.abs(np.diff(picture, axis=2)).mean()


@mutant("total_variation", "divided by all pixels: each direction has its own number of neighbours")
def divided_by_all_pixels(picture):
    return sum(np.abs(np.diff(picture, axis=axis)).sum() for axis in (0, 1)) / np.size(picture)


@mutant("total_variation", "one mean is taken over both directions: take the mean of each, and add them")
def one_mean_for_both(picture):
    return np.concatenate([np.abs(np.diff(picture, axis=axis)).ravel() for axis in (0, 1)]).mean()


@mutant("total_variation", "that is the length of the slope: the two directions are taken apart, and added")
def length_of_the_slope(picture):
    down, across = picture[1:, 1:] - picture[:-1, 1:], picture[1:, 1:] - picture[1:, :-1]
    return np.hypot(down, across).mean()


@mutant("total_variation", "that is the length of the slope: the two directions are taken apart, and added")
def length_of_the_slope_forwards(picture):
    down, across = picture[1:, :-1] - picture[:-1, :-1], picture[:-1, 1:] - picture[:-1, :-1]
    return np.hypot(down, across).mean()


@mutant("total_variation", "the mean is taken first, so up and down cancel: first the absolute values, then their mean")
def mean_before_the_sizes(picture):
    return sum(abs(np.diff(picture, axis=axis).mean()) for axis in (0, 1))


# ------------------------------------------------------------------------------------------------ slope, descent


def _slope(maps, target, factor=4.0, sign=1.0):
    rows = _rows(maps)
    apart = rows.T @ rows / len(rows) - target
    return sign * factor / len(rows) * (np.asarray(maps) @ apart)


@mutant("gram_slope", "a factor of two is missing: each number of the maps stands in a row and in a column of G")
def factor_two(maps, target):
    return _slope(maps, target, factor=2.0)


@mutant("gram_slope", "the factor is not there: the square gives a two, and the two sides of the table another")
def no_factor(maps, target):
    return _slope(maps, target, factor=1.0)


@mutant("gram_slope", "it is not divided by the number of positions, of which G is a mean")
def not_divided(maps, target):
    return _slope(maps, target) * len(_rows(maps))


@mutant("gram_slope", "it points downhill: where G is too large, more of F makes it worse, and the slope is positive")
def downhill(maps, target):
    return _slope(maps, target, sign=-1.0)


@mutant("gram_slope", "G is taken as a sum here: it is a mean over the positions, as in section 1")
def gram_as_sum(maps, target):
    rows = _rows(maps)
    return 4 / len(rows) * (np.asarray(maps) @ (rows.T @ rows - target))


@mutant("gram_slope", "the target is missing: it is the difference of the two tables that drives the picture")
def without_target(maps, target):
    return _slope(maps, 0 * np.asarray(target))


@mutant("gram_slope", "the positions are flattened: give the gradient in the shape of the maps")
def flattened(maps, target):
    return _slope(maps, target).reshape(-1, np.shape(maps)[-1])


def _slope_from(maps, difference, factor):
    rows = _rows(maps)
    gram = rows.T @ rows / len(rows)
    return (factor * rows @ difference(gram)).reshape(np.shape(maps))


@mutant("gram_slope", "the difference is squared: the slope of a square has the difference itself")
def squared_difference(maps, target):
    return _slope_from(maps, lambda gram: (gram - target) ** 2, 4 / len(_rows(maps)))


@mutant("gram_slope", "it is divided by the places twice: G has its division already, and one is left for the slope")
def divided_twice(maps, target):
    return _slope_from(maps, lambda gram: gram - target, 4 / len(_rows(maps)) ** 2)


@mutant("gram_slope", "it is divided by the channels: G is a mean over the places")
def divided_by_channels_instead(maps, target):
    return _slope_from(maps, lambda gram: gram - target, 4 / np.shape(maps)[-1])


@mutant("gram_slope", "that is the slope by G: go on to the numbers of the maps")
def slope_by_the_table(maps, target):
    rows = _rows(maps)
    return 2 * (rows.T @ rows / len(rows) - target)


@mutant("gram_slope", "it is divided by the squares of the target: the style loss has that, and E has not")
def slope_of_the_style_loss(maps, target):
    return _slope(maps, target) / np.sum(np.square(target))


@mutant("gram_slope", "that is E itself: its gradient by the numbers of the maps was asked for")
def the_loss_itself(maps, target):
    rows = _rows(maps)
    return ((rows.T @ rows / len(rows) - target) ** 2).sum()


def _paint(value_and_slope, picture, steps, rate, low=0.0, high=1.0, sign=-1.0, every=True):
    value, slope = value_and_slope(picture)
    losses = [value]
    for _ in range(steps):
        picture = picture + sign * rate * slope
        picture = np.clip(picture, low, high) if every else picture
        value, slope = value_and_slope(picture)
        losses.append(value)
    return np.clip(picture, low, high), losses


@mutant("paint", "it goes uphill: subtract the slope")
def uphill(value_and_slope, picture, steps, rate):
    return _paint(value_and_slope, picture, steps, rate, sign=1.0)


@mutant("paint", "nothing is clipped: a pixel cannot be blacker than black")
def never_clips(value_and_slope, picture, steps, rate):
    return _paint(value_and_slope, picture, steps, rate, low=-np.inf, high=np.inf)


@mutant("paint", "it is clipped in the end only: clip after each step")
def clips_at_the_end(value_and_slope, picture, steps, rate):
    return _paint(value_and_slope, picture, steps, rate, every=False)


@mutant("paint", "it is clipped in the end only: clip after each step")
def clips_before_the_last_loss(value_and_slope, picture, steps, rate):
    picture, losses = _paint(value_and_slope, picture, steps, rate, every=False)
    return picture, [*losses[:-1], value_and_slope(picture)[0]]


@mutant("paint", "the slope is asked for once, at the start: ask again after each step")
def one_slope(value_and_slope, picture, steps, rate):
    value, slope = value_and_slope(picture)
    losses = [value]
    for _ in range(steps):
        picture = np.clip(picture - rate * slope, 0, 1)
        losses.append(value_and_slope(picture)[0])
    return picture, losses


@mutant("paint", "the last loss is missing: after the last step, ask once more")
def no_last_loss(value_and_slope, picture, steps, rate):
    picture, losses = _paint(value_and_slope, picture, steps, rate)
    return picture, losses[:-1]


@mutant("paint", "the first loss is missing: note it before the first step")
def no_first_loss(value_and_slope, picture, steps, rate):
    picture, losses = _paint(value_and_slope, picture, steps, rate)
    return picture, losses[1:]


@mutant("paint", "one step too many")
def one_step_more(value_and_slope, picture, steps, rate):
    return _paint(value_and_slope, picture, steps + 1, rate)


@mutant("paint", "one step too many: the last loss is noted, and then the picture takes another step")
def steps_after_the_last_loss(value_and_slope, picture, steps, rate):
    losses = []
    for _ in range(steps + 1):
        value, slope = value_and_slope(picture)
        losses.append(value)
        picture = np.clip(picture - rate * slope, 0, 1)
    return picture, losses


@mutant("paint", "the picture that came in is changed: make a new array, without -= and without out=")
def in_place(value_and_slope, picture, steps, rate):
    value, slope = value_and_slope(picture)
    losses = [value]
    for _ in range(steps):
        picture -= rate * slope
        np.clip(picture, 0, 1, out=picture)
        value, slope = value_and_slope(picture)
        losses.append(value)
    return picture, losses


@mutant("paint", "only the sign of the slope is used: how steep it is counts, too")
def signs_only(value_and_slope, picture, steps, rate):
    return _paint(lambda at: (value_and_slope(at)[0], np.sign(value_and_slope(at)[1])), picture, steps, rate)


def _painted(value_and_slope, picture, steps, step):
    losses = [value_and_slope(picture)[0]]
    for _ in range(steps):
        picture = step(picture, value_and_slope(picture)[1])
        losses.append(value_and_slope(picture)[0])
    return picture, losses


@mutant("paint", "the rate is left out: it multiplies the slope")
def without_the_rate(value_and_slope, picture, steps, rate):
    return _painted(value_and_slope, picture, steps, lambda p, slope: np.clip(p - slope, 0, 1))


@mutant(
    "paint", "the slope is clipped there: a slope may have any size and sign, and it is the picture that is clipped"
)
def clips_the_slope(value_and_slope, picture, steps, rate):
    return _painted(value_and_slope, picture, steps, lambda p, slope: p - rate * np.clip(slope, 0, 1))


@mutant("paint", "the slope is divided by its largest number: how steep it is counts, too")
def largest_slope_is_one(value_and_slope, picture, steps, rate):
    return _painted(
        value_and_slope, picture, steps, lambda p, slope: np.clip(p - rate * slope / np.abs(slope).max(), 0, 1)
    )


@mutant("paint", "it is clipped from -1 to 1: pixels go from 0 to 1")
def clipped_from_minus_one(value_and_slope, picture, steps, rate):
    return _painted(value_and_slope, picture, steps, lambda p, slope: np.clip(p - rate * slope, -1, 1))


@mutant("paint", "it is clipped at 255: pixels go from 0 to 1")
def clipped_at_255(value_and_slope, picture, steps, rate):
    return _painted(value_and_slope, picture, steps, lambda p, slope: np.clip(p - rate * slope, 0, 255))


@mutant("paint", "the losses are missing: give the picture and the losses")
def the_picture_alone(value_and_slope, picture, steps, rate):
    return _painted(value_and_slope, picture, steps, lambda p, slope: np.clip(p - rate * slope, 0, 1))[0]


@mutant("paint", "the picture comes first, then the losses")
def losses_first(value_and_slope, picture, steps, rate):
    return _painted(value_and_slope, picture, steps, lambda p, slope: np.clip(p - rate * slope, 0, 1))[::-1]


# ------------------------------------------------------------------------------------------------- the whole course

_RIGHT = {"a": "transfer", "b": "detector", "c": "segmenter", "d": "embedding", "e": "landmarks"}
_RIGHT |= {"f": "small ConvNet", "g": "style", "h": "no ConvNet"}

all_transfer = mutant(
    "right_tool",
    "a borrowed classifier is no answer to everything: look at the form of each answer",
    value=dict.fromkeys("abcdefgh", "transfer"),
)
people_as_classes = mutant(
    "right_tool",
    "new people come every day: a classifier would have to be trained again for each of them",
    value=_RIGHT | {"d": "transfer"},
)
boxes_for_areas = mutant(
    "right_tool",
    "an area is counted in pixels: boxes around patches of moss hold much roof",
    value=_RIGHT | {"c": "detector"},
)
nets_for_tables = mutant(
    "right_tool",
    "columns of a table have no neighbours: shuffle them, and nothing is lost",
    value=_RIGHT | {"h": "small ConvNet"},
)
from_nothing = mutant(
    "right_tool",
    "two hundred photographs are too few to train a network from nothing",
    value=_RIGHT | {"a": "small ConvNet"},
)
no_memory = mutant(
    "right_tool",
    "500 kB hold no borrowed network, and 60,000 digits teach a small one of your own",
    value=_RIGHT | {"f": "transfer"},
)
boxes_for_points = mutant(
    "right_tool", "a corner is a point: two coordinates, and no box around it", value=_RIGHT | {"e": "detector"}
)
pixels_for_things = mutant(
    "right_tool",
    "how many there are is asked: cells that touch are one patch to a segmenter",
    value=_RIGHT | {"b": "segmenter"},
)
pixels_for_points = mutant(
    "right_tool", "a corner is a point: two coordinates, and no name for every pixel", value=_RIGHT | {"e": "segmenter"}
)
too_little_memory = mutant(
    "right_tool",
    "500 kB hold a small ConvNet: LeNet has some 60,000 weights of four bytes each",
    value=_RIGHT | {"f": "no ConvNet"},
)
borrowed_for_tables = mutant(
    "right_tool",
    "columns of a table have no neighbours: shuffle them, and nothing is lost",
    value=_RIGHT | {"h": "transfer"},
)
distances_for_classes = mutant(
    "right_tool",
    "the five plants are known, with forty pictures of each: classes can be learnt, and no distances are needed",
    value=_RIGHT | {"a": "embedding"},
)
a_class_for_each_pass = mutant(
    "right_tool",
    "new people come every day: a classifier would have to be trained again for each of them",
    value=_RIGHT | {"d": "small ConvNet"},
)

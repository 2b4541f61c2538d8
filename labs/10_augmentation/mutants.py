"""Wrong answers to lab 10: the classic mistakes when images, boxes and labels are augmented."""

import keras
import numpy as np

from ccv.grading import mutant

# ----------------------------------------------------------------------------------------------- the same answer


everything = mutant(
    "same_answer",
    "no change is harmless for every task: ask what you yourself would answer afterwards",
    value=["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"],
)
all_mirrors = mutant(
    "same_answer",
    "the mirror is not harmless where left and right decide: letters, shoes, arrows",
    value=["a", "c", "d", "e", "f", "h", "i", "j"],
)
no_turns = mutant(
    "same_answer", "seen from above, or for a crack in a wall, there is no up and no down", value=["a", "c", "h"]
)


def _same_answer_but(letter):
    """One letter wrong: too much in the list or missing in it."""
    return sorted({*"acehj"} ^ {letter})


cats = mutant("same_answer", "a cat in the mirror is a cat", value=_same_answer_but("a"))
digits_turned = mutant("same_answer", "a 6 upside down is a 9", value=_same_answer_but("b"))
digits_moved = mutant(
    "same_answer", "a digit is the same wherever it stands, as long as all of it is there", value=_same_answer_but("c")
)
letters_mirrored = mutant("same_answer", "a b in the mirror is a d", value=_same_answer_but("d"))
forests = mutant("same_answer", "seen from above there is no up and no down", value=_same_answer_but("e"))
shoes = mutant("same_answer", "a left shoe in the mirror is a right one", value=_same_answer_but("f"))
any_hue = mutant("same_answer", "ripe tomatoes are told from green ones by their hue", value=_same_answer_but("g"))
signs = mutant("same_answer", "a road sign says the same in the shade", value=_same_answer_but("h"))
arrows = mutant("same_answer", "an arrow to the left points to the right in the mirror", value=_same_answer_but("i"))
cracks = mutant("same_answer", "a crack is one in either direction", value=_same_answer_but("j"))

# ------------------------------------------------------------------------------------------------- flip and crop


def _mirrored(image, boxes, columns):
    """The image mirrored, and the boxes with new left and right edges."""
    boxes = np.array(boxes, dtype=float)
    left, right = columns(boxes[:, 0], boxes[:, 2], image.shape[1])
    boxes[:, 0], boxes[:, 2] = left, right
    return image[:, ::-1], boxes


@mutant("flip_with_boxes", "the boxes did not move: they have to follow the pixels")
def boxes_stay(image, boxes):
    return image[:, ::-1], np.array(boxes, dtype=float)


@mutant("flip_with_boxes", "left and right change places: the new left edge comes from the old right one")
def left_beyond_right(image, boxes):
    return _mirrored(image, boxes, lambda left, right, width: (width - left, width - right))


@mutant("flip_with_boxes", "one pixel off: edges lie between pixels, so the box (0, width) stays (0, width)")
def off_by_one(image, boxes):
    return _mirrored(image, boxes, lambda left, right, width: (width - 1 - right, width - 1 - left))


@mutant("flip_with_boxes", "that is upside down: left to right reverses the columns, the second axis")
def upside_down(image, boxes):
    boxes = np.array(boxes, dtype=float)
    boxes[:, [1, 3]] = image.shape[0] - boxes[:, [3, 1]]
    return image[::-1], boxes


@mutant("flip_with_boxes", "left and right are measured along the width, not along the height")
def height_for_width(image, boxes):
    boxes = np.array(boxes, dtype=float)
    boxes[:, [0, 2]] = image.shape[0] - boxes[:, [2, 0]]
    return image[:, ::-1], boxes


@mutant("flip_with_boxes", "the image itself is not mirrored")
def image_stays(image, boxes):
    return image, _mirrored(image, boxes, lambda left, right, width: (width - right, width - left))[1]


@mutant("flip_with_boxes", "the new right edge comes from the old left one, which was overwritten: keep it first")
def overwrites_the_left(image, boxes):
    return _mirrored(image, boxes, lambda left, right, width: (width - right, width - (width - right)))


@mutant(
    "flip_with_boxes", "the boxes go left to right, and the image upside down: reverse its columns, the second axis"
)
def image_upside_down(image, boxes):
    return image[::-1], _mirrored(image, boxes, lambda left, right, width: (width - right, width - left))[1]


@mutant("flip_with_boxes", "that is turned by half a turn, the boxes too: reverse the columns alone")
def turned_with_boxes(image, boxes):
    height, width = image.shape[:2]
    return image[::-1, ::-1], np.array([width, height, width, height]) - np.array(boxes, dtype=float)[:, [2, 3, 0, 1]]


@mutant("flip_with_boxes", "the boxes are mirrored, and the image is turned by half a turn: reverse its columns alone")
def image_turned(image, boxes):
    return image[::-1, ::-1], _mirrored(image, boxes, lambda left, right, width: (width - right, width - left))[1]


@mutant("flip_with_boxes", "that reverses the channels, the last axis: the columns are the second")
def channels_reversed(image, boxes):
    return image[..., ::-1], _mirrored(image, boxes, lambda left, right, width: (width - right, width - left))[1]


@mutant("flip_with_boxes", "that reverses every axis, the rows and the channels too: the columns alone are to be")
def every_axis_reversed(image, boxes):
    return np.flip(image), _mirrored(image, boxes, lambda left, right, width: (width - right, width - left))[1]


@mutant("flip_with_boxes", "left and right have only changed places: measure both from the other border, width - ...")
def swaps_without_the_width(image, boxes):
    return _mirrored(image, boxes, lambda left, right, width: (right.copy(), left.copy()))


@mutant("flip_with_boxes", "a box is (left, top, right, bottom): left and right are its first and third number")
def rows_of_a_box_for_columns(image, boxes):
    boxes = np.array(boxes, dtype=float)
    boxes[:, [1, 3]] = image.shape[1] - boxes[:, [3, 1]]
    return image[:, ::-1], boxes


@mutant("flip_with_boxes", "a box is (left, top, right, bottom): its third number is an edge, not a width")
def boxes_with_widths(image, boxes):
    return _mirrored(image, boxes, lambda left, right, width: (width - left - right, right))


@mutant("flip_with_boxes", "one pixel off: edges lie between pixels, so the box (0, width) stays (0, width)")
def left_a_pixel_off(image, boxes):
    return _mirrored(image, boxes, lambda left, right, width: (width - 1 - right, width - left))


@mutant("flip_with_boxes", "one pixel off: edges lie between pixels, so the box (0, width) stays (0, width)")
def right_a_pixel_off(image, boxes):
    return _mirrored(image, boxes, lambda left, right, width: (width - right, width - left + 1))


@mutant("flip_with_boxes", "one pixel off: edges lie between pixels, so the box (0, width) stays (0, width)")
def both_a_pixel_further(image, boxes):
    return _mirrored(image, boxes, lambda left, right, width: (width - right + 1, width - left + 1))


def _cropped(image, boxes, window, keep, move=True, cut=True):
    """The window and its boxes; `keep` says of (area, area that shows, boxes before, window's area) which stay."""
    left, top, height, width = window
    boxes = np.array(boxes, dtype=float)
    moved = boxes - np.array([left, top, left, top])
    seen = np.clip(moved, 0, np.array([width, height, width, height]))
    area, shows = (np.prod(b[:, 2:] - b[:, :2], axis=1) for b in (boxes, seen))
    kept = np.flatnonzero(keep(area, shows, moved, height * width))
    corner = 0 if move else np.array([left, top, left, top])
    result = (seen if cut else moved)[kept] + corner
    return image[top : top + height, left : left + width], result, kept.tolist()


@mutant("crop_with_boxes", "the boxes are still measured from the corner of the old image")
def forgets_to_move(image, boxes, left, top, height, width, least=0.1):
    keep = lambda area, shows, moved, window: shows >= least * area  # noqa: E731
    return _cropped(image, boxes, (left, top, height, width), keep, move=False)


@mutant("crop_with_boxes", "a box reaches beyond the window: cut it at the edges")
def forgets_to_cut(image, boxes, left, top, height, width, least=0.1):
    keep = lambda area, shows, moved, window: shows >= least * area  # noqa: E731
    return _cropped(image, boxes, (left, top, height, width), keep, cut=False)


@mutant("crop_with_boxes", "boxes that hardly show have to be dropped, also those of which nothing shows")
def drops_nothing(image, boxes, left, top, height, width, least=0.1):
    keep = lambda area, shows, moved, window: shows >= 0  # noqa: E731
    return _cropped(image, boxes, (left, top, height, width), keep)


@mutant("crop_with_boxes", "a box of which only a splinter shows is still there: compare with its own area")
def keeps_splinters(image, boxes, left, top, height, width, least=0.1):
    keep = lambda area, shows, moved, window: shows > 0  # noqa: E731
    return _cropped(image, boxes, (left, top, height, width), keep)


@mutant("crop_with_boxes", "a box that is cut is still a box: only those that hardly show are dropped")
def drops_what_is_cut(image, boxes, left, top, height, width, least=0.1):
    keep = lambda area, shows, moved, window: shows == area  # noqa: E731
    return _cropped(image, boxes, (left, top, height, width), keep)


@mutant("crop_with_boxes", "the share is that of the box's own area, not of the window's")
def share_of_the_window(image, boxes, left, top, height, width, least=0.1):
    keep = lambda area, shows, moved, window: shows >= least * window  # noqa: E731
    return _cropped(image, boxes, (left, top, height, width), keep)


@mutant("crop_with_boxes", "the middle of a box does not decide: the share of its area that shows does")
def by_the_middle(image, boxes, left, top, height, width, least=0.1):
    def keep(area, shows, moved, window):
        middle = (moved[:, :2] + moved[:, 2:]) / 2
        return np.all((middle >= 0) & (middle <= [width, height]), axis=1)

    return _cropped(image, boxes, (left, top, height, width), keep)


@mutant("crop_with_boxes", "which boxes are kept is said by `least`, not always by a tenth")
def always_a_tenth(image, boxes, left, top, height, width, least=0.1):
    keep = lambda area, shows, moved, window: shows >= 0.1 * area  # noqa: E731
    return _cropped(image, boxes, (left, top, height, width), keep)


@mutant("crop_with_boxes", "left and right are cut at the width of the window, top and bottom at its height")
def cuts_at_the_wrong_side(image, boxes, left, top, height, width, least=0.1):
    keep = lambda area, shows, moved, window: shows >= least * area  # noqa: E731
    _, moved, kept = _cropped(image, boxes, (left, top, width, height), keep)
    return image[top : top + height, left : left + width], moved, kept


@mutant("crop_with_boxes", "rows come before columns in an array: image[top : ..., left : ...]")
def rows_for_columns(image, boxes, left, top, height, width, least=0.1):
    keep = lambda area, shows, moved, window: shows >= least * area  # noqa: E731
    _, moved, kept = _cropped(image, boxes, (left, top, height, width), keep)
    return image[left : left + height, top : top + width], moved, kept


def _enough(least):
    """The right boxes to keep, for `_cropped`."""
    return lambda area, shows, moved, window: shows >= least * area


@mutant("crop_with_boxes", "move the boxes first, then cut them: the window begins at its own (0, 0)")
def cuts_before_moving(image, boxes, left, top, height, width, least=0.1):
    boxes = np.array(boxes, dtype=float)
    moved = np.clip(boxes, 0, [width, height, width, height]) - [left, top, left, top]
    before, after = (np.prod(b[:, 2:] - b[:, :2], axis=1) for b in (boxes, moved))
    kept = np.flatnonzero(after >= least * before)
    return image[top : top + height, left : left + width], moved[kept], kept.tolist()


@mutant("crop_with_boxes", "a box of which just the share `least` shows is kept: only those with less are dropped")
def more_than_least(image, boxes, left, top, height, width, least=0.1):
    keep = lambda area, shows, moved, window: shows > least * area  # noqa: E731
    return _cropped(image, boxes, (left, top, height, width), keep)


@mutant("crop_with_boxes", "the indices of the kept boxes count from 0, as Python does")
def counts_from_one(image, boxes, left, top, height, width, least=0.1):
    window, moved, kept = _cropped(image, boxes, (left, top, height, width), _enough(least))
    return window, moved, [index + 1 for index in kept]


@mutant("crop_with_boxes", "a box begins before the window, at a negative place: cut it at 0 as well")
def leaves_what_is_negative(image, boxes, left, top, height, width, least=0.1):
    window, _, kept = _cropped(image, boxes, (left, top, height, width), _enough(least))
    moved = np.array(boxes, dtype=float)[kept] - [left, top, left, top]
    return window, np.minimum(moved, [width, height, width, height]), kept


@mutant("crop_with_boxes", "a box ends beyond the window: cut it at the window's width and height as well")
def leaves_what_is_beyond(image, boxes, left, top, height, width, least=0.1):
    window, _, kept = _cropped(image, boxes, (left, top, height, width), _enough(least))
    return window, np.maximum(np.array(boxes, dtype=float)[kept] - [left, top, left, top], 0), kept


@mutant(
    "crop_with_boxes", "of a box beyond a corner both sides are negative, and their product is no area: cut at 0 first"
)
def two_negative_sides(image, boxes, left, top, height, width, least=0.1):
    def keep(area, shows, moved, window):
        sides = np.minimum(moved[:, 2:], [width, height]) - np.maximum(moved[:, :2], 0)
        return np.prod(sides, axis=1) >= least * area

    return _cropped(image, boxes, (left, top, height, width), keep)


@mutant("crop_with_boxes", "the window's corner becomes (0, 0): subtract it, do not add it")
def moves_the_wrong_way(image, boxes, left, top, height, width, least=0.1):
    _, moved, kept = _cropped(image, boxes, (-left, -top, height, width), _enough(least))
    return image[top : top + height, left : left + width], moved, kept


@mutant("crop_with_boxes", "`left` belongs to the first and third number of a box, `top` to the second and fourth")
def top_for_left(image, boxes, left, top, height, width, least=0.1):
    _, moved, kept = _cropped(image, boxes, (top, left, height, width), _enough(least))
    return image[top : top + height, left : left + width], moved, kept


@mutant("crop_with_boxes", "one pixel too little: edges lie between pixels, so a box may reach to `width` and `height`")
def cuts_a_pixel_too_much(image, boxes, left, top, height, width, least=0.1):
    _, moved, kept = _cropped(image, boxes, (left, top, height - 1, width - 1), _enough(least))
    return image[top : top + height, left : left + width], moved, kept


@mutant(
    "crop_with_boxes", "of a box beyond a corner both sides are negative, and their product is no area: cut at 0 first"
)
def two_negative_sides_as_they_are(image, boxes, left, top, height, width, least=0.1):
    boxes = np.array(boxes, dtype=float)
    moved = boxes - [left, top, left, top]
    seen = np.hstack([np.maximum(moved[:, :2], 0), np.minimum(moved[:, 2:], [width, height])])
    area, shows = (np.prod(b[:, 2:] - b[:, :2], axis=1) for b in (boxes, seen))
    kept = np.flatnonzero(shows >= least * area)
    return image[top : top + height, left : left + width], seen[kept], kept.tolist()


@mutant(
    "crop_with_boxes",
    "a box ends beyond the window: cut it where the window ends, not at 0 alone or at the old image's end",
)
def cuts_at_zero_alone(image, boxes, left, top, height, width, least=0.1):
    _, moved, kept = _cropped(image, boxes, (left, top, 10**9, 10**9), _enough(least))
    return image[top : top + height, left : left + width], moved, kept


@mutant("crop_with_boxes", "rows come before columns in an array: image[top : ..., left : ...]")
def columns_before_rows(image, boxes, left, top, height, width, least=0.1):
    _, moved, kept = _cropped(image, boxes, (left, top, height, width), _enough(least))
    return image[left : left + width, top : top + height], moved, kept


# ---------------------------------------------------------------------------------------------------------- light


def _stretched(image, contrast, brightness, mean=None):
    top = 255 if image.dtype.kind == "u" else 1
    mean = image.mean(dtype=float) if mean is None else mean
    return mean + contrast * (image - mean) + brightness * top, top


def _rounded(numbers, dtype):
    return (np.rint(numbers) if dtype.kind == "u" else numbers).astype(dtype)


@mutant("adjust", "what is above 255 begins again at 0: clip before you go back to uint8")
def wraps_around(image, contrast, brightness):
    changed = _stretched(image, contrast, brightness)[0]
    return np.rint(changed).astype(int).astype(np.uint8) if image.dtype.kind == "u" else changed.astype(image.dtype)


@mutant("adjust", "`astype` cuts off the fraction, which makes an image darker: round first")
def cuts_off(image, contrast, brightness):
    changed, top = _stretched(image, contrast, brightness)
    return np.clip(changed, 0, top).astype(image.dtype)


@mutant("adjust", "the result should have the dtype that came in")
def returns_floats(image, contrast, brightness):
    changed, top = _stretched(image, contrast, brightness)
    return np.rint(np.clip(changed, 0, top)) if image.dtype.kind == "u" else np.clip(changed, 0, top)


@mutant("adjust", "contrast stretches about the mean: multiplied from zero, the image gets brighter as well")
def stretches_from_zero(image, contrast, brightness):
    changed, top = _stretched(image, contrast, brightness, mean=0)
    return _rounded(np.clip(changed, 0, top), image.dtype)


@mutant("adjust", "contrast stretches about the image's own mean, not about the middle of the range")
def stretches_about_the_middle(image, contrast, brightness):
    changed, top = _stretched(image, contrast, brightness, mean=255 / 2 if image.dtype.kind == "u" else 0.5)
    return _rounded(np.clip(changed, 0, top), image.dtype)


@mutant("adjust", "brightness is a share of the range: times 255 for uint8")
def brightness_in_levels(image, contrast, brightness):
    changed, top = _stretched(image, contrast, 0)
    return _rounded(np.clip(changed + brightness, 0, top), image.dtype)


@mutant("adjust", "first contrast, then brightness: what is added is not stretched")
def brightness_first(image, contrast, brightness):
    top = 255 if image.dtype.kind == "u" else 1
    mean = image.mean(dtype=float)
    changed = mean + contrast * (image + brightness * top - mean)
    return _rounded(np.clip(changed, 0, top), image.dtype)


@mutant("adjust", "the mean is one number over everything, not one for each channel")
def mean_of_each_channel(image, contrast, brightness):
    changed, top = _stretched(image, contrast, brightness, mean=image.mean(axis=(0, 1), dtype=float))
    return _rounded(np.clip(changed, 0, top), image.dtype)


@mutant("adjust", "clip once, at the end: what contrast pushes out of the range, brightness may bring back")
def clips_in_between(image, contrast, brightness):
    changed, top = _stretched(image, contrast, 0)
    return _rounded(np.clip(np.clip(changed, 0, top) + brightness * top, 0, top), image.dtype)


@mutant("adjust", "the range is that of the type, 255 or 1, and not up to the lightest pixel of this image")
def range_of_the_image(image, contrast, brightness):
    top = float(image.max())
    changed = _stretched(image, contrast, 0)[0] + brightness * top
    return _rounded(np.clip(changed, 0, top), image.dtype)


def _clipped(image, contrast, brightness, mean=None):
    """The right numbers, not yet rounded, and the top of their range."""
    changed, top = _stretched(image, contrast, brightness, mean)
    return np.clip(changed, 0, top), top


@mutant("adjust", "the mean is subtracted, and has to be added again after the stretching")
def mean_not_added(image, contrast, brightness):
    changed, top = _stretched(image, contrast, brightness)
    return _rounded(np.clip(changed - image.mean(dtype=float), 0, top), image.dtype)


@mutant("adjust", "the mean is added, and has to be subtracted before the stretching")
def mean_not_subtracted(image, contrast, brightness):
    changed, top = _stretched(image, contrast, brightness)
    return _rounded(np.clip(changed + contrast * image.mean(dtype=float), 0, top), image.dtype)


@mutant("adjust", "floats end at 1: they are clipped at 255 here")
def floats_up_to_255(image, contrast, brightness):
    return _rounded(np.clip(_stretched(image, contrast, brightness)[0], 0, 255), image.dtype)


@mutant("adjust", "floats have a range too: clip them, from 0 to 1")
def floats_not_clipped(image, contrast, brightness):
    changed = _stretched(image, contrast, brightness)[0]
    return _rounded(np.clip(changed, 0, 255), image.dtype) if image.dtype.kind == "u" else changed.astype(image.dtype)


@mutant("adjust", "integers only are rounded: between 0 and 1 nothing else would be left of floats")
def rounds_floats_too(image, contrast, brightness):
    return np.rint(_clipped(image, contrast, brightness)[0]).astype(image.dtype)


@mutant("adjust", "the range of floats is 1: brightness times 255 is for uint8")
def brightness_of_255(image, contrast, brightness):
    top = 255 if image.dtype.kind == "u" else 1
    return _rounded(np.clip(_stretched(image, contrast, 0)[0] + brightness * 255, 0, top), image.dtype)


@mutant("adjust", "the mean is cut to a whole number: compute in floats, and round at the end")
def whole_mean(image, contrast, brightness):
    return _rounded(_clipped(image, contrast, brightness, mean=int(image.mean()))[0], image.dtype)


@mutant("adjust", "uint8 has whole numbers: round, and give back the type that came in")
def neither_rounded_nor_cast(image, contrast, brightness):
    return _clipped(image, contrast, brightness)[0]


@mutant("adjust", "brightness is added, it is no factor: a black pixel gets lighter as well")
def brightness_as_a_factor(image, contrast, brightness):
    changed, top = _stretched(image, contrast, 0)
    return _rounded(np.clip(changed * (1 + brightness), 0, top), image.dtype)


@mutant("adjust", "what is above 255 begins again at 0: clip, then round, before you go back to uint8")
def casts_at_once(image, contrast, brightness):
    changed = _stretched(image, contrast, brightness)[0]
    return changed.astype(int).astype(np.uint8) if image.dtype.kind == "u" else changed.astype(image.dtype)


@mutant("adjust", "only the contrast changes: brightness times the range is added")
def contrast_alone(image, contrast, brightness):
    return _rounded(_clipped(image, contrast, 0)[0], image.dtype)


@mutant("adjust", "only the brightness changes: contrast stretches about the mean")
def brightness_alone(image, contrast, brightness):
    return _rounded(_clipped(image, 1, brightness)[0], image.dtype)


@mutant("adjust", "clip once, at the end: what contrast pushes out of the range, brightness may bring back")
def clips_and_rounds_in_between(image, contrast, brightness):
    changed, top = _clipped(image, contrast, 0)
    changed = np.rint(changed) if image.dtype.kind == "u" else changed
    return _rounded(np.clip(changed + brightness * top, 0, top), image.dtype)


@mutant("adjust", "the range is that of the type: the lightest pixel does not tell it, an image may be dark")
def range_by_the_lightest_pixel(image, contrast, brightness):
    top = 255 if image.max() > 1 else 1
    changed = np.clip(_stretched(image, contrast, 0)[0] + brightness * top, 0, top)
    return (np.rint(changed) if top == 255 else changed).astype(image.dtype)


@mutant("adjust", "contrast is a factor: with 1 the image keeps the contrast that it has")
def contrast_and_one_more(image, contrast, brightness):
    return _rounded(_clipped(image, 1 + contrast, brightness)[0], image.dtype)


# -------------------------------------------------------------------------------------------------------- AlexNet


@mutant("count_views", "windows may overlap: the next one begins a pixel further, not a window further")
def without_overlap(side, window, flips=True):
    return (side // window) ** 2 * (2 if flips else 1)


@mutant("count_views", "without `flips` there are no mirror images to count")
def always_mirrored(side, window, flips=True):
    return (side - window + 1) ** 2 * 2


@mutant("count_views", "with a room of 32 pixels there are 33 places: the paper's 2048 forgets the first")
def as_in_the_paper(side, window, flips=True):
    return (side - window) ** 2 * (2 if flips else 1)


@mutant("count_views", "each view has a mirror image: twice as many")
def forgets_the_mirror(side, window, flips=True):
    return (side - window + 1) ** 2


@mutant("count_views", "the window moves along both axes: the places multiply")
def along_one_axis(side, window, flips=True):
    return (side - window + 1) * (2 if flips else 1)


@mutant("count_views", "mirroring doubles the number of views, once: left to right, not upside down")
def mirrors_both_ways(side, window, flips=True):
    return (side - window + 1) ** 2 * (4 if flips else 1)


@mutant("count_views", "a window has to fit: it cannot begin at every pixel of the image")
def begins_at_every_pixel(side, window, flips=True):
    return side**2 * (2 if flips else 1)


@mutant("count_views", "one place too many along each axis: where the window of the whole side begins, there is one")
def one_place_too_many(side, window, flips=True):
    return (side - window + 2) ** 2 * (2 if flips else 1)


@mutant("count_views", "the places along the two axes multiply: they do not add up")
def adds_the_axes(side, window, flips=True):
    return 2 * (side - window + 1) * (2 if flips else 1)


@mutant("count_views", "every view has a mirror image: double, do not add two")
def adds_two(side, window, flips=True):
    return (side - window + 1) ** 2 + (2 if flips else 0)


@mutant("count_views", "every view has a mirror image: double, do not add one")
def adds_one(side, window, flips=True):
    return (side - window + 1) ** 2 + (1 if flips else 0)


def _views(image, window, middle=None, mirror=lambda crops: crops[:, :, ::-1]):
    room_y, room_x = image.shape[0] - window, image.shape[1] - window
    middle = middle or (room_y // 2, room_x // 2)
    places = [(0, 0), (0, room_x), (room_y, 0), (room_y, room_x), middle]
    crops = np.stack([image[y : y + window, x : x + window] for y, x in places])
    return np.concatenate([crops, mirror(crops)])


@mutant("ten_crops", "these are five: each of them and its mirror image make ten")
def five_crops(image, window):
    return _views(image, window)[:5]


@mutant("ten_crops", "the mirror is upside down: left to right reverses the columns")
def ten_upside_down(image, window):
    return _views(image, window, mirror=lambda crops: crops[:, ::-1])


@mutant("ten_crops", "each view comes twice, and none of them is mirrored")
def twice_the_same(image, window):
    return _views(image, window, mirror=lambda crops: crops)


@mutant("ten_crops", "these are turned by half a turn: a mirror reverses the columns alone")
def turned_by_half(image, window):
    return _views(image, window, mirror=lambda crops: crops[:, ::-1, ::-1])


@mutant("ten_crops", "half of the room is rounded down for the window in the middle")
def middle_rounded_up(image, window):
    return _views(image, window, (-(-(image.shape[0] - window) // 2), -(-(image.shape[1] - window) // 2)))


@mutant("ten_crops", "half of the room is above the window in the middle: half of side - window, not of the side alone")
def half_of_the_side_less_the_window(image, window):
    return _views(image, window, tuple(max(side // 2 - window, 0) for side in image.shape[:2]))


@mutant("ten_crops", "the window in the middle begins at half of the room, (side - window) // 2, not of the side")
def middle_begins_in_the_middle(image, window):
    middle = min(image.shape[0] // 2, image.shape[0] - window), min(image.shape[1] // 2, image.shape[1] - window)
    return _views(image, window, middle)


@mutant("ten_crops", "the corners are taken for a square image: height and width have room of their own")
def takes_it_for_square(image, window):
    side = min(image.shape[:2])
    return _views(image[:side, :side], window)


@mutant("ten_crops", "mirror each window, not the image before it is cut: where the room is odd, its middle moves")
def mirrors_the_image_first(image, window):
    return np.concatenate([_views(image, window)[:5], _views(image[:, ::-1], window)[:5]])


@mutant("ten_crops", "the windows at the right and at the bottom begin at side - window, a pixel further")
def short_of_the_corner(image, window):
    return _views(image[: max(image.shape[0] - 1, window), : max(image.shape[1] - 1, window)], window)


@mutant("ten_crops", "that reverses the channels, the last axis: left to right reverses the columns")
def ten_with_reversed_channels(image, window):
    return _views(image, window, mirror=lambda crops: crops[..., ::-1])


@mutant("ten_crops", "the windows in the corners are right, and the one in the middle lies elsewhere")
def middle_in_a_corner(image, window):
    return _views(image, window, (0, (image.shape[1] - window) // 2))


@mutant("ten_crops", "the windows at the right and at the bottom begin at side - window, a pixel further")
def corners_a_pixel_short(image, window):
    room_y, room_x = image.shape[0] - window, image.shape[1] - window
    short = image[: max(image.shape[0] - 1, window), : max(image.shape[1] - 1, window)]
    return _views(short, window, (min(room_y // 2, max(room_y - 1, 0)), min(room_x // 2, max(room_x - 1, 0))))


@mutant("ten_crops", "the window in the middle is missing: with it and its mirror image these eight would be ten")
def eight_crops(image, window):
    return _views(image, window)[[0, 1, 2, 3, 5, 6, 7, 8]]


# --------------------------------------------------------------------------------------------------------- mixing


@mutant("color_shift", "an eigenvector is a column of the matrix, not a row")
def takes_rows(eigenvalues, eigenvectors, draws):
    return np.asarray(eigenvectors).T @ (np.asarray(eigenvalues) * np.asarray(draws))


@mutant("color_shift", "the eigenvalues are missing: a step is as long as the cloud is wide in that direction")
def forgets_the_eigenvalues(eigenvalues, eigenvectors, draws):
    return np.asarray(eigenvectors) @ np.asarray(draws)


@mutant("color_shift", "eigenvalues and eigenvectors belong together: whoever sorts the ones sorts the others")
def sorts_the_eigenvalues(eigenvalues, eigenvectors, draws):
    return np.asarray(eigenvectors) @ (np.asarray(eigenvalues)[::-1] * np.asarray(draws))


@mutant("color_shift", "the draws have their deviation of 0.1 already: nothing is to be multiplied by it again")
def deviation_twice(eigenvalues, eigenvectors, draws):
    return np.asarray(eigenvectors) @ (0.1 * np.asarray(eigenvalues) * np.asarray(draws))


@mutant("color_shift", "the formula has the eigenvalues themselves, not their square roots")
def takes_roots(eigenvalues, eigenvectors, draws):
    return np.asarray(eigenvectors) @ (np.sqrt(eigenvalues) * np.asarray(draws))


@mutant("color_shift", "that changes red, green and blue each for itself: the eigenvectors are missing")
def channel_by_channel(eigenvalues, eigenvectors, draws):
    return np.asarray(eigenvalues) * np.asarray(draws)


@mutant("color_shift", "all three components add up, not only the first of them")
def first_component_only(eigenvalues, eigenvectors, draws):
    return np.asarray(eigenvectors)[:, 0] * eigenvalues[0] * draws[0]


@mutant("color_shift", "an eigenvalue stretches its own vector, before the three are added: not red, green and blue")
def eigenvalues_afterwards(eigenvalues, eigenvectors, draws):
    return np.asarray(eigenvectors) @ np.asarray(draws) * np.asarray(eigenvalues)


@mutant("color_shift", "add the vectors up, not the three numbers within each: sum over the columns")
def sums_each_vector(eigenvalues, eigenvectors, draws):
    return np.sum(np.asarray(eigenvectors) * (np.asarray(eigenvalues) * np.asarray(draws)), axis=0)


@mutant("color_shift", "the draws belong to the vectors in the order in which these come: sort nothing, or all three")
def turns_the_order(eigenvalues, eigenvectors, draws):
    return np.asarray(eigenvectors)[:, ::-1] @ (np.asarray(eigenvalues)[::-1] * np.asarray(draws))


@mutant("color_shift", "the eigenvalues are squared: once is meant")
def squares_the_eigenvalues(eigenvalues, eigenvectors, draws):
    return np.asarray(eigenvectors) @ (np.asarray(eigenvalues) ** 2 * np.asarray(draws))


@mutant("color_shift", "the draws are missing: without them every image would get the same light")
def without_draws(eigenvalues, eigenvectors, draws):
    return np.asarray(eigenvectors) @ np.asarray(eigenvalues)


@mutant("color_shift", "a draw belongs to an eigenvector: multiply before the three are added, not red, green and blue")
def draws_afterwards(eigenvalues, eigenvectors, draws):
    return np.asarray(eigenvectors) @ np.asarray(eigenvalues) * np.asarray(draws)


@mutant("color_shift", "red, green and blue need a number each: add the three vectors up")
def vectors_not_added(eigenvalues, eigenvectors, draws):
    return np.asarray(eigenvectors) * (np.asarray(eigenvalues) * np.asarray(draws))


# --------------------------------------------------------------------------------------------------------- mixing


def _mixed(images, soft, partners, shares, label_shares):
    pixels = np.asarray(shares, dtype=float)[:, None, None, None]
    weights = np.asarray(label_shares, dtype=float)[:, None]
    return pixels * images + (1 - pixels) * images[partners], weights * soft + (1 - weights) * soft[partners]


@mutant("mixup", "the shares are swapped: `shares` belongs to the image itself, the rest to its partner")
def swaps_the_shares(images, labels, partners, shares, classes):
    rest = 1 - np.asarray(shares)
    return _mixed(images, np.eye(classes)[labels], partners, rest, rest)


@mutant("mixup", "the shares of the labels are swapped: an image's label has the share that its pixels have")
def swaps_the_labels_shares(images, labels, partners, shares, classes):
    return _mixed(images, np.eye(classes)[labels], partners, shares, 1 - np.asarray(shares))


@mutant("mixup", "the labels are not mixed: they have to say what is in the image")
def labels_stay(images, labels, partners, shares, classes):
    return _mixed(images, np.eye(classes)[labels], partners, shares, np.ones(len(images)))


@mutant("mixup", "the larger share takes all: soft labels keep both")
def winner_takes_all(images, labels, partners, shares, classes):
    return _mixed(images, np.eye(classes)[labels], partners, shares, np.round(shares))


@mutant("mixup", "the label of the partner counts in full: soft labels sum to 1")
def both_in_full(images, labels, partners, shares, classes):
    soft = np.eye(classes)[labels]
    return _mixed(images, soft, partners, shares, shares)[0], np.maximum(soft, soft[partners])


@mutant("mixup", "every image has a share of its own, not that of the first")
def one_share_for_all(images, labels, partners, shares, classes):
    first = np.full(len(images), shares[0])
    return _mixed(images, np.eye(classes)[labels], partners, first, first)


@mutant("mixup", "the partner is image `partners[i]`, not the next one in the batch")
def mixes_with_the_next(images, labels, partners, shares, classes):
    return _mixed(images, np.eye(classes)[labels], np.roll(np.arange(len(images)), -1), shares, shares)


@mutant("mixup", "the image itself counts with its share, and not in full")
def adds_the_partner(images, labels, partners, shares, classes):
    mixed, soft = _mixed(images, np.eye(classes)[labels], partners, shares, shares)
    return mixed + (1 - np.asarray(shares))[:, None, None, None] * images, soft


@mutant("mixup", "every image has its share from `shares`, not always a half")
def half_and_half(images, labels, partners, shares, classes):
    halves = np.full(len(images), 0.5)
    return _mixed(images, np.eye(classes)[labels], partners, halves, halves)


def _mixed_in_turn(arrays, partners, shares):
    """As when the result is written over what the next ones need."""
    arrays = np.array(arrays, dtype=float)
    for i, (partner, share) in enumerate(zip(partners, shares, strict=True)):
        arrays[i] = share * arrays[i] + (1 - share) * arrays[partner]
    return arrays


@mutant("mixup", "a partner was mixed already when its turn came: write into new arrays")
def overwrites_the_partners(images, labels, partners, shares, classes):
    return _mixed_in_turn(images, partners, shares), _mixed_in_turn(np.eye(classes)[labels], partners, shares)


@mutant("mixup", "a partner's pixels were mixed already when its turn came: write into a new array")
def overwrites_the_images(images, labels, partners, shares, classes):
    soft = _mixed(images, np.eye(classes)[labels], partners, shares, shares)[1]
    return _mixed_in_turn(images, partners, shares), soft


def _written(labels, partners, shares, classes, own_last):
    """Soft labels where the second number takes the place of the first."""
    soft = np.zeros((len(labels), classes))
    for i, (partner, share) in enumerate(zip(partners, shares, strict=True)):
        both = [(labels[i], share), (labels[partner], 1 - share)]
        for label, part in both[::-1] if own_last else both:
            soft[i, label] = part
    return soft


@mutant(
    "mixup", "where both images are of one class, the two shares add up: the second takes the place of the first here"
)
def replaces_the_own_share(images, labels, partners, shares, classes):
    mixed = _mixed(images, np.eye(classes)[labels], partners, shares, shares)[0]
    return mixed, _written(labels, partners, shares, classes, own_last=False)


@mutant("mixup", "where both images are of one class, the two shares add up: only the image's own is left here")
def replaces_the_partners_share(images, labels, partners, shares, classes):
    mixed = _mixed(images, np.eye(classes)[labels], partners, shares, shares)[0]
    return mixed, _written(labels, partners, shares, classes, own_last=True)


@mutant("mixup", "the pixels are not mixed, only the labels")
def pixels_stay(images, labels, partners, shares, classes):
    return images, _mixed(images, np.eye(classes)[labels], partners, shares, shares)[1]


@mutant("mixup", "that is the partner's label alone: an image's own has its share")
def partners_label_only(images, labels, partners, shares, classes):
    return _mixed(images, np.eye(classes)[labels], partners, shares, np.zeros(len(images)))


@mutant("mixup", "labels are numbers of classes, and no class lies between two others: mix them one-hot")
def numbers_of_classes_mixed(images, labels, partners, shares, classes):
    soft = np.asarray(shares) * labels + (1 - np.asarray(shares)) * np.asarray(labels)[partners]
    return _mixed(images, np.eye(classes)[labels], partners, shares, shares)[0], soft


@mutant("mixup", "the partner is image `partners[i]`, not the one before in the batch")
def mixes_with_the_one_before(images, labels, partners, shares, classes):
    return _mixed(images, np.eye(classes)[labels], np.roll(np.arange(len(images)), 1), shares, shares)


@mutant("mixup", "the partner is image `partners[i]`, not the batch from its end")
def mixes_with_the_batch_from_its_end(images, labels, partners, shares, classes):
    return _mixed(images, np.eye(classes)[labels], np.arange(len(images))[::-1], shares, shares)


@mutant("mixup", "each image is mixed with itself: its partner is image `partners[i]`")
def mixes_with_itself(images, labels, partners, shares, classes):
    return _mixed(images, np.eye(classes)[labels], np.arange(len(images)), shares, shares)


@mutant("mixup", "`partners` are places in the batch: the label of a partner stands in `labels` at that place")
def partners_for_labels(images, labels, partners, shares, classes):
    mixed, weights = _mixed(images, np.eye(classes)[labels], partners, shares, shares)[0], np.asarray(shares)[:, None]
    one_hot = np.eye(max(classes, len(images)))[:, :classes]
    return mixed, weights * one_hot[labels] + (1 - weights) * one_hot[partners]


def _pasted(image, other, halves, row, column, label=lambda share, pasted: 1 - pasted):
    height, width = image.shape[:2]
    top, bottom = max(row - halves[0], 0), min(row + halves[0], height)
    left, right = max(column - halves[1], 0), min(column + halves[1], width)
    mixed = image.copy()
    mixed[top:bottom, left:right] = other[top:bottom, left:right]
    return mixed, label(None, (bottom - top) * (right - left) / (height * width))


def _halves(image, part):
    return int(image.shape[0] * part) // 2, int(image.shape[1] * part) // 2


@mutant("cutmix", "that is the share that was planned: count the pixels that were really pasted, after clipping")
def share_as_planned(image, other, share, row, column):
    return _pasted(image, other, _halves(image, np.sqrt(1 - share)), row, column)[0], share


@mutant("cutmix", "that is the share of the other image: what is pasted belongs to the other")
def share_of_the_other(image, other, share, row, column):
    return _pasted(image, other, _halves(image, np.sqrt(1 - share)), row, column, lambda share, pasted: pasted)


@mutant("cutmix", "an area of 1 - share needs sides of its square root")
def sides_without_the_root(image, other, share, row, column):
    return _pasted(image, other, _halves(image, 1 - share), row, column)


@mutant("cutmix", "`share` is what remains of the image: the rectangle has the area 1 - share")
def pastes_the_share(image, other, share, row, column):
    return _pasted(image, other, _halves(image, np.sqrt(share)), row, column)


@mutant("cutmix", "a negative index counts from the end: clip the rectangle at 0")
def negative_index(image, other, share, row, column):
    half_y, half_x = _halves(image, np.sqrt(1 - share))
    rows, columns = slice(row - half_y, row + half_y), slice(column - half_x, column + half_x)
    mixed = image.copy()
    mixed[rows, columns] = other[rows, columns]
    return mixed, 1 - mixed[rows, columns].size / mixed.size


@mutant("cutmix", "one row and one column too many: `row + half` itself is not pasted")
def includes_the_end(image, other, share, row, column):
    height, width = image.shape[:2]
    half_y, half_x = _halves(image, np.sqrt(1 - share))
    rows = slice(max(row - half_y, 0), min(row + half_y + 1, height))
    columns = slice(max(column - half_x, 0), min(column + half_x + 1, width))
    mixed = image.copy()
    mixed[rows, columns] = other[rows, columns]
    return mixed, 1 - (rows.stop - rows.start) * (columns.stop - columns.start) / (height * width)


@mutant("cutmix", "row and column are the rectangle's middle, not its corner")
def begins_at_the_place(image, other, share, row, column):
    half_y, half_x = _halves(image, np.sqrt(1 - share))
    return _pasted(image, other, (half_y, half_x), row + half_y, column + half_x)


@mutant("cutmix", "what sticks out of the image is not pasted: the rectangle is cut, and not pushed inside")
def pushes_inside(image, other, share, row, column):
    half_y, half_x = _halves(image, np.sqrt(1 - share))
    row = min(max(row, half_y), image.shape[0] - half_y)
    column = min(max(column, half_x), image.shape[1] - half_x)
    return _pasted(image, other, (half_y, half_x), row, column)


@mutant("cutmix", "the rectangle shows `other`, and is not blank")
def cuts_out(image, other, share, row, column):
    return _pasted(image, np.zeros_like(other), _halves(image, np.sqrt(1 - share)), row, column)


@mutant("cutmix", "the rectangle shows what `other` has at the same place, not its upper left corner")
def from_the_corner(image, other, share, row, column):
    half_y, half_x = _halves(image, np.sqrt(1 - share))
    return _pasted(
        image, np.roll(other, (max(row - half_y, 0), max(column - half_x, 0)), (0, 1)), (half_y, half_x), row, column
    )


@mutant("cutmix", "row and column are swapped: the row is the first axis")
def swaps_row_and_column(image, other, share, row, column):
    return _pasted(image, other, _halves(image, np.sqrt(1 - share)), column, row)


@mutant("cutmix", "the rectangle comes from the wrong image: it shows `other`, the rest shows `image`")
def the_other_way_round(image, other, share, row, column):
    return _pasted(other, image, _halves(image, np.sqrt(1 - share)), row, column)


@mutant("cutmix", "twice as high and as wide: from the middle it is *half* of each side in either direction")
def twice_as_large(image, other, share, row, column):
    part = np.sqrt(1 - share)
    return _pasted(image, other, (int(image.shape[0] * part), int(image.shape[1] * part)), row, column)


@mutant("cutmix", "the rectangle has the shape of the image, not of a square: its width comes from the image's width")
def pastes_a_square(image, other, share, row, column):
    half = _halves(image, np.sqrt(1 - share))[0]
    return _pasted(image, other, (half, half), row, column)


@mutant("cutmix", "height and width of the rectangle are swapped")
def swaps_the_sides(image, other, share, row, column):
    return _pasted(image, other, _halves(image, np.sqrt(1 - share))[::-1], row, column)


@mutant("cutmix", "`int` cuts off, `round` does not: the half height is int(height * sqrt(1 - share)) // 2")
def rounds_the_halves(image, other, share, row, column):
    part = np.sqrt(1 - share)
    return _pasted(image, other, (round(image.shape[0] * part / 2), round(image.shape[1] * part / 2)), row, column)


@mutant("cutmix", "the last row and the last column can be pasted too: a slice ends *before* height and width")
def stops_before_the_border(image, other, share, row, column):
    height, width = image.shape[:2]
    half_y, half_x = _halves(image, np.sqrt(1 - share))
    rows = slice(max(row - half_y, 0), min(row + half_y, height - 1))
    columns = slice(max(column - half_x, 0), min(column + half_x, width - 1))
    mixed = image.copy()
    mixed[rows, columns] = other[rows, columns]
    return mixed, 1 - (rows.stop - rows.start) * (columns.stop - columns.start) / (height * width)


@mutant("cutmix", "that divides pixels by numbers: an image of height x width pixels has three times as many numbers")
def counts_the_channels(image, other, share, row, column):
    label = lambda share, pasted: 1 - pasted / image.shape[2]  # noqa: E731
    return _pasted(image, other, _halves(image, np.sqrt(1 - share)), row, column, label)


@mutant("cutmix", "within the rectangle `other` shows alone: the two are not laid over each other, as in MixUp")
def lays_over_each_other(image, other, share, row, column):
    mixture = share * image + (1 - share) * other
    return _pasted(image.astype(float), mixture, _halves(image, np.sqrt(1 - share)), row, column)


@mutant("cutmix", "that is 1 - share, as planned: the label's share is that of `image`, by the pixels really pasted")
def planned_share_of_the_other(image, other, share, row, column):
    return _pasted(image, other, _halves(image, np.sqrt(1 - share)), row, column)[0], 1 - share


# -------------------------------------------------------------------------------------------------------- at rest


def _in_front(network, augmenters):
    inputs = x = keras.Input(network.input_shape[1:])
    for augmenter in augmenters:
        x = augmenter(x)
    return keras.Model(inputs, network(x))


@mutant("augmented", "the network is alone: the layers have to be called, one after the other")
def forgets_them(network, augmenters):
    return network


@mutant("augmented", "only the last layer works: each takes the output of the one before")
def last_one_only(network, augmenters):
    return _in_front(network, augmenters[-1:])


@mutant("augmented", "only the first layer works: the next one takes its output")
def first_one_only(network, augmenters):
    return _in_front(network, augmenters[:1])


@mutant("augmented", "the layers are in the wrong order: the first of the list comes first")
def backwards(network, augmenters):
    return _in_front(network, augmenters[::-1])


@mutant("augmented", "the network is missing: what the layers return goes through it")
def without_the_network(network, augmenters):
    inputs = x = keras.Input(network.input_shape[1:])
    for augmenter in augmenters:
        x = augmenter(x)
    return keras.Model(inputs, x)


@mutant("answers_of", "in a plain call Keras's random layers work as in training: say `training=False`")
def asks_plainly(model, images):
    return model(images)


@mutant("answers_of", "the answers to all images were asked for, (n, outputs), not to the first alone")
def first_image_only(model, images):
    return model(images, training=False)[0]


@mutant("answers_of", "the answers to all images were asked for, (n, outputs), not to the first alone")
def batch_of_the_first(model, images):
    return model(images[:1], training=False)


@mutant("answers_of", "the images go in as they are, without a division by 255")
def divides_the_images(model, images):
    return model(images / 255, training=False)


@mutant("answers_of", "return the answers as they are, (n, outputs): which one is the largest was not asked")
def largest_only(model, images):
    return np.asarray(model(images, training=False)).argmax(axis=1)


@mutant("answers_of", "return the answers as they are: a softmax was not asked")
def makes_shares(model, images):
    return keras.ops.softmax(model(images, training=False))


@mutant("answers_of", "only the largest value is left: all the outputs of each image were asked for")
def largest_value(model, images):
    return np.asarray(model(images, training=False)).max(axis=1)

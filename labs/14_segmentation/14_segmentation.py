# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
#   ccv:
#     minutes: 110
#     needs: "two CPU cores, no network"
#     about: "from boxes to pixels: IoU by hand, U-Net from 572 to 388, transposed convolutions and their checkerboard, Dice, skips, a borrowed encoder, things that touch; the nuclei of white cells in photographs, and what labels made by colour are worth"
# ---

# %% [markdown]
# # Segmentation: a class for every pixel
#
# A box says *there is a cell, about here*. It cannot say how large the cell's nucleus is, whether its outline is smooth
# or torn, or whether two cells touch or merely stand close. For that every single pixel needs an answer. A picture of
# 64x64 is then 4,096 questions at once, and a network that shrinks the picture step by step, as all classifiers do, has
# a problem: the deeper it knows *what* there is, the less it knows *where*. In 2015 three people in Freiburg, who had
# thirty pictures of cells to learn from and no more, folded such a network up again into the shape of a U, and handed
# the *where* across. Their network is the subject of this lab. You will take it apart, do its arithmetic by hand, train
# one from nothing in less than a minute, and in the end measure the nuclei of white blood cells in photographs that
# nobody has ever labelled pixel by pixel, which leads to an awkward question.

# %%
import ccv

lab = ccv.lab("14_segmentation")

# %%
import time

import keras
import numpy as np
from keras import layers
from matplotlib.patches import Rectangle
from scipy import ndimage
from scipy.cluster.vq import kmeans2

from ccv import models, plots, segmentation, transfer
from ccv.data import blood, shapes
from ccv.plots.masks import draw_mask

keras.utils.set_random_seed(lab.seed)
NAMES = shapes.MASK_NAMES


# %% jupyter={"source_hidden": true}
@plots.style.styled
def opening(image, mask, truth):
    """Five questions to one picture, from what is in it to which pixels are whose."""
    titles = "which kinds?", "where is one?", "where are all?", "which pixels?", "which of them\nbelong together?"
    figure = plots.style.new_figure(10, 2.9, "The ladder of tasks")
    panels = figure.subplots(1, 5)
    there = truth[truth[:, 4] >= 0]
    for step, (panel, name) in enumerate(zip(panels, titles, strict=True)):
        panel.imshow(image)
        panel.set(title=name, xticks=[], yticks=[])
        for x0, y0, x1, y1, label in (
            (there[: 1 if step == 1 else None] * [64, 64, 64, 64, 1]) if step in (1, 2) else []
        ):
            panel.add_patch(Rectangle((x0, y0), x1 - x0, y1 - y0, fill=False, edgecolor="white", linewidth=2))
            dark = {"facecolor": "black", "edgecolor": "none", "alpha": 0.7, "pad": 1}
            panel.text(x0 + 1, y0 + 1, int(label) + 1, color="white", va="top", fontsize=10, bbox=dark)
    kinds = sorted({NAMES[int(label) + 1] for label in there[:, 4]})
    panels[0].set_xlabel("\n".join(kinds), fontsize=10)
    draw_mask(panels[3], mask, 0.6)
    boxes = there[:, :4] * 64
    draw_mask(panels[4], segmentation.masks_in_boxes(mask, boxes, there[:, 4] + 1).numbers, 0.6)
    alt = (
        f"One picture of a computer's drawing five times: with the names of what is in it ({', '.join(kinds)}); with a box "
        "around one object; with a box around each; with a colour and number of the class on every pixel of an object; "
        "and with a colour and number of its own for every object."
    )
    return plots.style.described(figure, alt)


_many, _mask = shapes.scenes("test", count=60, seed=0), shapes.masks("test", count=60, seed=0)[1]
_lost = [
    (rows[:, 4] >= 0).sum() - len(segmentation.instances(m).labels) for rows, m in zip(_many.truth, _mask, strict=True)
]
_one = int(np.argmax(np.array(_lost) + [len(set(rows[:, 4].tolist())) / 10 for rows in _many.truth]))
opening(_many.images[_one], _mask[_one], _many.truth[_one])

# %% [markdown]
# **You will be able to** say what semantic and instance segmentation ask for; judge masks by IoU and Dice and say why
# accuracy flatters; compute every size in a U-Net, and why 572 pixels come out as 388; explain where checkerboards come
# from; train a U-Net and a decoder over somebody else's encoder; and say what a label is worth that nobody drew by hand.
#
# **You should know** what a convolution, a stride and a pooling do to the size of a map, and how a network is trained.
# Labs 11 (a borrowed network) and 13 (boxes, IoU) are good to have, and neither is needed.
#
# **Time**: under two hours. The notebook itself computes for a minute and a half or so on two processor cores.
#
# 1. **From boxes to pixels.** What a mask is, and what it does not know.
# 2. **Is that good?** Accuracy flatters; IoU by hand.
# 3. **Down and up again.** Encoder, decoder, and 572 that become 388.
# 4. **How does a map grow?** Transposed convolution, and a checkerboard.
# 5. **Train one.**
# 6. **Few pixels.** Dice.
# 7. **What the skips bring.**
# 8. **A borrowed encoder**: frozen, tuned, from scratch.
# 9. **One class, many things.** From semantic to instance.
# 10. **Photographs**: nuclei, a plain threshold, and labels by colour.
# 11. **In practice.**

# %% [markdown]
# ## 1. From boxes to pixels
#
# Every step of the ladder above asks for more, and each has a name:
#
# | the question | its name | the answer for one picture |
# |---|---|---|
# | which kinds are in it? | classification | a number for each class |
# | where is one? | localization | and four numbers |
# | where are all? | detection | a list of boxes with classes |
# | which pixels? | **semantic segmentation** | a class for every pixel |
# | which of them belong together? | **instance segmentation** | a mask for every thing |
#
# (Both at once, a class for every pixel and a number for every countable thing, is called *panoptic*.) We begin with
# pictures that the computer draws: 64x64 pixels with one to five ellipses, rectangles and triangles in noise. Since it
# drew them, it knows of each pixel whose it is.

# %%
count, unseen_count = (1_200, 300) if lab.quick else (6_000, 1_000)
drawn = shapes.scenes("test", count=unseen_count, seed=lab.seed)
images, masks = shapes.masks("train", count=count, seed=lab.seed)
unseen, truth = shapes.masks("test", count=unseen_count, seed=lab.seed)
print(f"{len(images):,} pictures {images.shape[1:]} to learn from, with masks {masks.shape[1:]}; {len(unseen)} unseen")
print("a few pixels of the first mask:\n", masks[0, 20:28:2, 10:40:2])
plots.masks(unseen[:4], truth[:4], NAMES, title="Four pictures, and the class of each pixel")

# %% [markdown]
# A **mask** is a picture of class numbers: 0 is the *background*, 1 an ellipse, 2 a rectangle, 3 a triangle. The computer
# has something better in its drawer: a mask of True and False for *each thing*. From these the class mask is painted.
#
# **Predict first**: from the list of things one can make the class mask. Can one go back?
#
# **Exercise.** Paint it. Where two things claim a pixel, the later one in the list lies on top.


# %%
def class_map(things, labels):
    """Return the mask (height, width) of `things` (n, height, width), True where a thing is, with classes `labels` (n,)
    that count from 0: the pixel of a thing of class k gets k + 1, the background 0. A label of -1 is padding: it is no
    thing, whatever its row holds. A later thing lies on top of an earlier one."""
    ### BEGIN SOLUTION
    mask = np.zeros(np.shape(things)[1:], int)
    for thing, label in zip(things, labels, strict=True):
        if label >= 0:
            mask[thing] = label + 1
    return mask
    ### END SOLUTION


# %% [markdown] hints="class_map"
# 1. Two things on a strip of four pixels: the first, of class 0, covers the first three, the second, of class 2, the
#    last two. Write down the four numbers.
# 2. Start with zeros everywhere, and go through the things in the order of the list. A mask of True and False can be
#    used as an index: it chooses the pixels that are written.
# 3. The background takes the number 0, so that every class moves up by one. A label of -1 must be skipped before it is
#    written: minus one plus one is the background, and it would wipe out what is there.
#
# The idea: Paint one thing after the other over a background of zeros, each with its class plus one, and leave out the rows
# that are padding.

# %%
ccv.check("class_map")

# %% [markdown]
# There is no way back. If two triangles touch, the mask shows one patch of threes, and nothing in it says that they were
# two. Section 9 counts how often that happens. First, a look at the balance:

# %%
shares = np.bincount(truth.ravel(), minlength=len(NAMES)) / truth.size
plots.bars(dict(zip(NAMES, shares, strict=True)), ylabel="share of all pixels", title="What the pixels are")

# %% [markdown]
# ## 2. Is that good?
#
# The obvious figure is the **pixel accuracy**, the share of pixels that are right. Here is a segmenter that needs no
# training at all: it answers *background*, always. **Bet** on its accuracy before you run the cell.

# %%
nothing = np.zeros_like(truth)
lazy = segmentation.evaluate(nothing, truth, NAMES)
print(f"'it is all background': pixel accuracy {lazy.pixel_accuracy:.3f}, mean IoU {lazy.mean_iou:.3f}")
lab.record(lazy_accuracy=lazy.pixel_accuracy, lazy_iou=lazy.mean_iou)

# %% [markdown]
# It has found nothing, and gets more than eight tenths of the pixels right. (The mean IoU comes in a moment. The
# background counts as a class like the others: it has 0.84, the other three have 0, and the mean is 0.21.) In a
# photograph where the thing to find is one pixel in a hundred, it would have 99 %. The figure that everybody uses
# instead is the one that you may know from boxes: the **intersection over union**, class by class. Call $A$ the pixels
# that *are* of a class and $B$ those that are *said* to be:
#
# $$\text{IoU} = \frac{|A \cap B|}{|A \cup B|} \qquad\qquad \text{Dice} = \frac{2\,|A \cap B|}{|A| + |B|}$$
#
# Take a class of 10 pixels of which 6 were found, and 2 more that were said to be of it. By hand: what is the IoU? And
# the Dice? (6 of 12, and 12 of 18. Dice is always the kinder of the two, $2\,\text{IoU}/(1 + \text{IoU})$, and orders
# masks of one class alike.)
#
# All of it can be read off one table, the **confusion matrix**: in row $i$ and column $j$ stands how many pixels of the
# true class $i$ were said to be of class $j$.
#
# **Exercise.** Count. By custom the number **255** in a true mask means "nobody knows": the people who draw outlines leave
# a rim of it where they are not sure. Such pixels count nowhere.


# %%
def confusion(truth, said, classes):
    """Return the table (classes, classes) of whole numbers: row i, column j counts the pixels of true class i that are
    said to be j, for two masks of equal shape; pixels whose truth is 255 are not counted."""
    ### BEGIN SOLUTION
    truth, said = np.ravel(truth).astype(int), np.ravel(said).astype(int)
    known = truth != 255
    pairs = truth[known] * classes + said[known]
    return np.bincount(pairs, minlength=classes * classes).reshape(classes, classes)
    ### END SOLUTION


# %% [markdown] hints="confusion"
# 1. Six pixels, two classes: the truth is 0 0 0 1 1 255, said is 0 0 1 1 0 0. Fill the four places of the table by
#    hand. How many pixels does it hold?
# 2. Two loops over the classes will do: how many pixels are of the one class in the truth and of the other in what is
#    said? Faster is one number for each pair of classes, and counting those.
# 3. Rows are the truth. Throw out the unknown pixels of *both* masks, by the truth, before you count. And a class that
#    never occurs still has its row and column, of zeros.
#
# The idea: Keep the pixels whose truth is known, and count for each pair of classes how often it occurs, the true class
# choosing the row.

# %%
ccv.check("confusion")

# %% [markdown]
# **Exercise.** And from the table the IoU of each class. In which places of it is $A \cap B$, and where is $A \cup B$?


# %%
def iou_by_class(table):
    """Return the IoU (classes,) of each class of a confusion matrix (classes, classes), a row for each true class; it is
    nan for a class that is neither there nor said to be."""
    ### BEGIN SOLUTION
    table = np.asarray(table, float)
    both = np.diag(table)
    either = table.sum(axis=0) + table.sum(axis=1) - both
    return np.divide(both, either, out=np.full(len(both), np.nan), where=either > 0)
    ### END SOLUTION


# %% [markdown] hints="iou_by_class"
# 1. Take the table with the rows (6, 2) and (1, 3). How many pixels are truly of class 1, how many are said to be, and how
#    many are both? So how many are the one or the other?
# 2. Both stands on the diagonal. What is truly of a class is the sum of its row, what is said to be is the sum of its
#    column.
# 3. Those two sums together count the pixels on the diagonal twice, so take them away once. Where nothing is left to
#    divide by, the answer is nan and not 0: a class that nobody has seen was not missed.
#
# The idea: Diagonal over (row sum plus column sum minus diagonal), and nan where that divisor is zero.

# %%
ccv.check("iou_by_class")

# %% [markdown]
# The mean over the classes is the **mean IoU**, the usual figure of a data set. (The sums run over all pictures
# together, so that a picture without any triangle harms nobody.) One thing it hardly notices: outlines. A mask that is a
# pixel too fat everywhere loses little of a large thing. For that there is the **boundary F**: of the outline that was
# drawn, how much lies within a pixel or two of the true one, and the reverse; F is the harmonic mean of these two shares.
# `segmentation.evaluate` has all three.
#
# ## 3. Down and up again
#
# What network can answer 4,096 questions at once? One could move a classifier over the picture, a window for each
# pixel; that was the state of the art in 2012, and took minutes a picture. In 2014 Long, Shelhamer and Darrell turned
# a classifier into a network of convolutions alone, which gives a coarse *map* of answers in one pass, and enlarged the
# map. It was right, and it was blurred: their network had shrunk the picture 32 times, and a pixel of its map stood
# for a square of 32x32.
#
# An **encoder** makes the picture small and knows ever more about ever larger parts of it. A **decoder** makes a
# picture of what was understood. That pattern is far older than segmentation (compression, translation, noise removal
# all use it). What U-Net adds are the **skip connections**: at each size on the way up, the decoder also gets the map
# that the encoder had at that size. Down for *what*, across for *where*.

# %%
with keras.StatelessScope(initialize_variables=False):  # shapes and counts alone: nobody fills 31 million weights
    paper = models.unet()
print(f"U-Net of the paper: {paper.input_shape[1:]} -> {paper.output_shape[1:]}, {paper.count_params():,} parameters")


# %% jupyter={"source_hidden": true}
def the_u(network):
    """The boxes of a U-Net, read from its layers: its way down, the crops across, and its way up."""
    size = {layer.name: " x ".join(map(str, layer.output.shape[1:])) for layer in network.layers}
    steps = [(f"picture\n{size[network.layers[0].name]}", "input", (), 0)]
    for level in range(4):
        what = "2 x conv 3x3" if level == 0 else "max pool 2x2\n2 x conv 3x3"
        steps.append((f"{what}\n{size[f'down{level + 1}_conv2']}", "convolution", (len(steps) - 1,), level))
    steps.append((f"max pool 2x2\n2 x conv 3x3\n{size['bottom_conv2']}", "convolution", (4,), 4))
    for level in range(4):
        steps.append((f"cropped to\n{size[f'up{level + 1}_crop']}", "pooling", (level + 1,), level))
    for level in (3, 2, 1, 0):
        what = "transposed 2x2\njoin the crop\n2 x conv 3x3"
        steps.append(
            (f"{what}\n{size[f'up{level + 1}_conv2']}", "block", (6 + level, len(steps) - 1 if level < 3 else 5), level)
        )
    return [*steps, (f"conv 1x1\n{size['predictions']}", "convolution", (len(steps) - 1,), 0)]


plots.blocks(the_u(paper), title="The U of the paper: height x width x channels")

# %% [markdown]
# Follow the sides: 568, 280, 136, 64, 28, and up again 52, 100, 196, 388. Strange sizes! 572 pixels go in and **388**
# come out. The reason is that the paper pads nowhere: a 3x3 convolution loses a pixel at each edge, so two of them take
# four pixels off the height and four off the width. The authors had pictures of tissue that go on beyond the frame, and
# did not want their network to see an edge of zeros that is none. So it only answers for pixels whose whole
# surroundings it has seen.
#
# - on each level going **down**: two convolutions, $-4$, then a pooling, halved. An odd side cannot be halved without
#   losing a row, and then the way up would not fit: such pictures are refused.
# - at the **bottom**: two convolutions, $-4$;
# - on each level going **up**: doubled, then two convolutions, $-4$.
#
# **Exercise.** Which side comes out? With four levels, 572 must give 388.


# %%
def output_side(side, levels=4):
    """Return the side of what U-Net without padding gives for a picture of `side` pixels, with `levels` poolings: None
    where a pooling would meet an odd side, or a side would fall below 1."""
    ### BEGIN SOLUTION
    for _ in range(levels):
        side -= 4
        if side < 2 or side % 2:
            return None
        side //= 2
    side -= 4
    for _ in range(levels):
        if side < 1:
            return None
        side = 2 * side - 4
    return side if side >= 1 else None
    ### END SOLUTION


# %% [markdown] hints="output_side"
# 1. Do it with one level and 20 pixels: two convolutions, a pooling, two convolutions at the bottom, doubled, two
#    convolutions. Then with 22, and with 18.
# 2. One loop down, the bottom, one loop up. Down: take four away, look whether the rest can be halved, halve. Up: double,
#    take four away.
# 3. Look at the side just before each pooling, after its two convolutions. The doubling cannot undo what the convolutions
#    took. And a side of zero or less is no picture: check it after every step, also at the bottom and at the very end.
#
# The idea: Follow the side through the network, four less for each pair of convolutions, halved and doubled in between,
# and stop with None as soon as it is odd before a pooling or too small.

# %%
ccv.check("output_side")

# %% [markdown]
# Which pictures may one feed it?

# %%
sides = [(side, output_side(side)) for side in range(180, 260)]
print("sides that fit:", [f"{side} -> {made}" for side, made in sides if made])

# %% [markdown]
# Every sixteenth side fits, and 184 pixels are always lost. (For a picture of *any* size, the paper mirrors its edges,
# and lays overlapping tiles: `segmentation.predict` does that for you.)
#
# There is a second consequence, the row of boxes in the middle of the drawing. On the way up a map of 56x56 meets one
# of 64x64 from the way down. The larger is **cropped** in the middle, and the two are laid behind each other along the
# channels.
#
# **Exercise.** Do it for one picture.


# %%
def crop_and_join(skip, x):
    """Return (height, width, channels of skip + channels of x): the middle of `skip` (taller, wider, channels), cut to
    the size of `x` (height, width, channels), with `x` behind it. What is cut off is the same at both ends of a side."""
    ### BEGIN SOLUTION
    skip, x = np.asarray(skip), np.asarray(x)
    height, width = x.shape[:2]
    top, left = (skip.shape[0] - height) // 2, (skip.shape[1] - width) // 2
    return np.concatenate([skip[top : top + height, left : left + width], x], axis=-1)
    ### END SOLUTION


# %% [markdown] hints="crop_and_join"
# 1. A skip of 64x64 and an x of 56x56: how many rows go away above, and how many below? Which row of the skip becomes the
#    first?
# 2. Cut a window out of the skip, as high and wide as x, then join two arrays of equal height and width.
# 3. Half of the difference is where the window begins; it ends a height of x later (not at minus half of it, which is the
#    whole array where nothing is cut). The channels are the last axis, and the skip comes first.
#
# The idea: A window of the size of x from the middle of the skip, concatenated with x along the last axis.

# %%
ccv.check("crop_and_join")

# %% [markdown]
# **Crop or "same"?** Nearly everybody pads today: with `padding="same"` the sides stay, nothing is cropped, what comes out
# is as large as what goes in, and near the edge the network answers on the strength of zeros that it has learnt to live
# with. The price is paid in the outermost pixels. We pad.
#
# ## 4. How does a map grow?
#
# A pooling throws away; something on the way up has to invent. Two ways are usual: repeat every number (**upsampling**)
# and let a convolution smooth it, or the **transposed convolution**. This one is often called "deconvolution", which it
# is not: it undoes nothing. It is a stamp. Every number of the small map stamps the kernel, multiplied by itself, into the
# large map; the stamps lie `stride` pixels apart, and where they overlap they are added up.
#
# (It has weights, a kernel for each pair of channels, and learns them like any other. The same numbers come out if one
# lays zeros between the pixels of the small map and then convolves; that is a way to compute it.)
#
# For a row: the numbers 1, 2 with the kernel (1, 1, 1) and a stride of 2 give 1, 1, **3**, 2, 2.
#
# And what is *transposed* in it? Write the stamping as a matrix: a column for each number of the small map, a row for
# each of the large one, and in each column a stamp. **Predict**: the same matrix laid on its side, from five numbers to
# two. Which layer is that?

# %%
stamping = np.array([[1, 0], [1, 0], [1, 1], [0, 1], [0, 1]])
small_row, large_row = np.array([[1], [2]]), np.array([[1], [1], [3], [2], [2]])
plots.matrices(
    {"stamps": stamping, "row": small_row, "larger": stamping @ small_row},
    ["@", "="],
    title="A transposed convolution: from two numbers to five",
)

# %%
plots.matrices(
    {"stamps, transposed": stamping.T, "row": large_row, "smaller": stamping.T @ large_row},
    ["@", "="],
    title="The convolution with stride 2: from five numbers to two",
)

# %% [markdown]
# Each row of the matrix on its side is a window of three that moves by two: the ordinary **convolution** with that kernel
# and stride. A layer that shrinks multiplies by a matrix, the layer that grows by the transposed one. It is *not* the
# inverse: there and back is 5, 7, and not the 1, 2 of the beginning.
#
# **Exercise.** In two dimensions, for one channel.


# %%
def transposed(x, kernel, stride):
    """Return the transposed convolution of a map x (height, width) with a square kernel (k, k): each number of x, times
    the kernel, is added into a map of ((height - 1) stride + k, (width - 1) stride + k), `stride` apart."""
    ### BEGIN SOLUTION
    x, kernel = np.asarray(x, float), np.asarray(kernel, float)
    (height, width), size = x.shape, len(kernel)
    made = np.zeros(((height - 1) * stride + size, (width - 1) * stride + size))
    for row in range(height):
        for column in range(width):
            top, left = row * stride, column * stride
            made[top : top + size, left : left + size] += x[row, column] * kernel
    return made
    ### END SOLUTION


# %% [markdown] hints="transposed"
# 1. Work out the row of the text by hand: write the stamp of the 1, then, two places later, the stamp of the 2, and add
#    where both have a number. How long is the result?
# 2. Begin with zeros of the final size. Go through all numbers of the small map; each one adds its kernel into a window
#    of the large map.
# 3. The window's corner is the place times the stride, and it is as large as the kernel. *Add* to what is there; writing
#    over it loses the overlap. The kernel is not turned around.
#
# The idea: For every number of the small map, add the number times the kernel to the window of the large map that begins
# at its row and column times the stride.

# %%
ccv.check("transposed")

# %% [markdown]
# Now stamp a map of nothing but ones with a kernel of nothing but ones. The result counts how many stamps reach each
# pixel. **Predict**: with a stride of 2, is it the same everywhere for a 3x3 kernel? For a 2x2 kernel? For 4x4?

# %%
stamps = {size: transposed(np.ones((6, 6)), np.ones((size, size)), 2) for size in (2, 3, 4)}
plots.matrices(
    {f"{size}x{size} kernel, stride 2": counted[:8, :8] for size, counted in stamps.items()},
    title="How many stamps reach a pixel (the upper left corner)",
)

# %% [markdown]
# Three does not divide by two: some pixels get one stamp, some two, some four. That is the famous **checkerboard**. The
# network *could* learn weights that make up for it, and begins without. Here are three untrained layers on a picture that
# is the same everywhere, 4 channels of ones: what comes out should be flat, too.


# %%
def flat_answer(grow, seed=0):
    """What a layer that doubles the size makes of a flat map, the edge cut off."""
    keras.utils.set_random_seed(seed)
    made = grow(np.ones((1, 12, 12, 4), "float32"))
    return keras.ops.convert_to_numpy(made)[0, 4:20, 4:20, 0]


ways = {
    "transposed, 3x3": layers.Conv2DTranspose(1, 3, strides=2, padding="same"),
    "transposed, 2x2": layers.Conv2DTranspose(1, 2, strides=2),
    "upsampling, then 3x3": keras.Sequential([layers.UpSampling2D(2), layers.Conv2D(1, 3, padding="same")]),
}

# %%
flat = {name: flat_answer(grow, lab.seed) for name, grow in ways.items()}
for name in list(ways)[:2]:
    ways[name].set_weights([np.full_like(w, 0.25 if w.ndim > 1 else 0) for w in ways[name].get_weights()])  # no bias
    flat[f"{name}, all weights alike"] = flat_answer(ways[name])
for name, made in flat.items():
    print(f"{name:34} from {made.min():6.2f} to {made.max():6.2f}")
plots.image_grid(
    [(made - made.mean()) / max(np.ptp(made), 1e-6) for made in flat.values()],
    list(flat),
    5,
    title="Layers that double the size, on a flat map (each in its own scale)",
)

# %% [markdown]
# Careful with the popular sentence "transposed convolutions make checkerboards": the 2x2 kernel with stride 2, which
# U-Net has, reaches every pixel with exactly **one** stamp. With random weights its four numbers differ, so it draws a
# pattern as well; with equal weights it is flat, and the 3x3 is not: 1, 2 and 4, the stamps that you have counted. So
# there are two kinds: a pattern that the *weights* make, and training can take away by making them alike, and one that
# the *overlap* makes even then. Upsampling first has neither.
#
# A third way is the one in which screens enlarge pictures, **bilinear** interpolation. It is a stamp, too, of 4x4,
# larger in the middle. Long and colleagues let their transposed convolutions *begin* with it:

# %%
bilinear = np.outer([1, 3, 3, 1], [1, 3, 3, 1]) / 16
print("flat stays flat:", np.unique(transposed(np.ones((6, 6)), bilinear, 2)[2:-2, 2:-2]))
print("0, 1, 4 become:", transposed(np.tile([0, 1, 4, 4], (4, 1)), bilinear, 2)[4, 2:-2])

# %% [markdown]
# ## 5. Train one
#
# **Exercise.** One step of the way up, in Keras, as we shall use it: a transposed 2x2 convolution with stride 2 doubles
# `x`; the `skip` goes *in front of* it (padding is "same", so nothing is cropped); then two 3x3 convolutions, "same",
# with ReLU. The transposed convolution and the other two have `filters` filters each; only the last two have a ReLU.


# %%
def up_step(x, skip, filters):
    """Apply a step of the decoder to Keras tensors: x (batch, height, width, c) and skip (batch, 2 height, 2 width, d) ->
    (batch, 2 height, 2 width, filters)."""
    ### BEGIN SOLUTION
    x = layers.Conv2DTranspose(filters, 2, strides=2)(x)
    x = layers.Concatenate()([skip, x])
    x = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
    return layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
    ### END SOLUTION


# %% [markdown] hints="up_step"
# 1. Write down the shape after each of the four layers, for an x of 8x8x32, a skip of 16x16x16 and 16 filters. Which
#    layer sees 32 channels, and which 16?
# 2. Four layers: one that doubles, one that joins along the channels, two convolutions. Keras has a layer for each.
# 3. The doubling has no activation. In the list for joining, the skip is first. Without "same" the convolutions would lose
#    pixels, and both have a ReLU.
#
# The idea: Double x by the transposed convolution, join skip and x along the channels, and apply two 3x3 convolutions
# with ReLU and padding.

# %%
ccv.check("up_step")

# %% [markdown]
# `segmentation.segmenter("unet", ...)` stacks four such steps on four steps down, at an eighth of the paper's width, and
# has a **batch normalisation** before each ReLU. The paper of 2015 had none yet. (Without it, this network sits for two or
# three epochs on "it is all background", as many people's first U-Net does.)
#
# The loss is the cross-entropy of each pixel, plus a term of section 6.
#
# **Bet**: what does it learn first, *where* the things are, or *which* they are?

# %%
EPOCHS, BATCH, WIDTH = (4, 16, 1 / 8) if lab.quick else (8, 16, 1 / 4)


def train(model, images, masks, epochs=EPOCHS, rate=5e-3, batch=BATCH, dice=1.0, **options):
    """Train a segmenter in place, the rate rising and falling; return the seconds that it took."""
    steps = epochs * -(-len(images) // batch)
    rising = max(steps // 10, 1)
    schedule = keras.optimizers.schedules.CosineDecay(
        rate / 10, steps - rising, warmup_target=rate, warmup_steps=rising
    )
    if model.compiled:  # trained before: what was traced serves again, and the optimizer begins anew
        for variable in model.optimizer.variables:
            variable.assign(keras.ops.zeros_like(variable))
    else:
        loss = segmentation.CrossEntropyDice(dice)
        model.compile(keras.optimizers.Adam(schedule), loss, jit_compile=False)  # XLA takes longer than it saves here
    started = time.perf_counter()
    model.fit(images, masks, batch_size=batch, epochs=epochs, verbose=0, **options)
    return time.perf_counter() - started


def said(model, images):
    """The class that the model says for each pixel."""
    return model.predict(images, batch_size=50, verbose=0).argmax(axis=-1)


# %%
keras.utils.set_random_seed(lab.seed)
unet = segmentation.segmenter("unet", len(NAMES), width=WIDTH)
moments, steps = {"before": said(unet, unseen[:50])}, len(images) // BATCH


def look(batch, logs):
    """Keep the masks of some unseen pictures a few times on the way."""
    number = int(unet.optimizer.iterations)
    if number in (steps // 2, steps, 2 * steps):
        moments[f"step {number}"] = said(unet, unseen[:50])


seconds = train(unet, images, masks, callbacks=[keras.callbacks.LambdaCallback(on_train_batch_end=look)])
moments["the end"] = said(unet, unseen[:50])
print(f"{unet.count_params():,} parameters, {EPOCHS * -(-count // BATCH)} steps in {seconds:.0f} seconds")
plots.masks(
    [unseen[0]] * len(moments),
    [then[0] for then in moments.values()],
    NAMES,
    titles=list(moments),
    title="One picture that it never saw",
    fill=0.75,
    outlines=False,
)

# %%
for name, then in moments.items():
    there, found = truth[:50] > 0, then > 0
    where = (there & found).sum() / (there | found).sum()
    which = (then == truth[:50])[there & found].mean()
    print(
        f"{name:9} where: things against background, IoU {where:.2f};  which: {which:.0%} of the found pixels have the right class"
    )

# %% [markdown]
# *Where* comes first. After half an epoch nearly everything that it finds is called a rectangle, the class with the most
# pixels, and so not quite half of them are right; after one epoch the things stand where they are, to an IoU above 0.9, and
# only then do they get their names. To tell a thing from the background a few pixels suffice. Which kind it is takes its
# whole outline, and that only the deep layers see.
#
# Look at the mask *before* as well: it has a grid, the pattern of section 4 that the four weights of an untrained stamp
# make. After half an epoch it is gone.

# %%
guess = said(unet, unseen)
first = segmentation.evaluate(guess, truth, NAMES)
print(first)
lab.record(unet_iou=first.mean_iou, unet_boundary=first.mean("boundary_f"), unet_seconds=seconds)

# %% [markdown]
# Compare with the lazy one of section 2. Then look at the worst, always: these are the four unseen pictures where most
# pixels are wrong, with what is there above, and what the network says below.

# %%
wrong = (guess != truth).mean(axis=(1, 2))
worst = np.argsort(-wrong)[:4]
plots.masks(
    unseen[[*worst, *worst]],
    [*truth[worst], *guess[worst]],
    NAMES,
    titles=[*["there"] * 4, *(f"said: {wrong[n]:.1%} wrong" for n in worst)],
    columns=4,
    title="The four worst of the unseen pictures",
)

# %% [markdown]
# Where are its mistakes? Make a picture of it: how far from an outline does a wrong pixel lie?


# %%
def depth(mask):
    """How many pixels each pixel lies from the nearest one of another class."""
    away = [ndimage.distance_transform_edt(mask == label) for label in np.unique(mask)]
    return np.max(away, axis=0)


depths = np.stack([depth(mask) for mask in truth])
rings = {"the outline itself": (0, 1), "2nd pixel": (1, 2), "3rd and 4th": (2, 4), "deeper": (4, 99)}
share = {name: float((guess != truth)[(depths > low) & (depths <= high)].mean()) for name, (low, high) in rings.items()}
plots.bars(
    share, ylabel="share of wrong pixels", labels=[f"{v:.2%}" for v in share.values()], title="Where it is wrong"
)

# %% [markdown]
# The inside is safe; it is the rim that costs. That is so for nearly every segmenter, and partly nobody's fault: at the
# outline a pixel *is* half this and half that.
#
# ## 6. Few pixels
#
# Cross-entropy is a mean over pixels, so it cares for classes by their pixels. Suppose one pixel in a hundred is a
# nucleus, and a network says of every pixel: nucleus with probability $p$. How bad does the loss find that? The answer
# of the cross-entropy for the useless "no, never" (small $p$) is a small number already. The **Dice loss** asks another
# question: of each class, how large is the overlap? With $y$ the true mask of 0 and 1 of a class and $p$ the predicted
# probabilities,
#
# $$1 - \frac{1}{\text{classes}} \sum_{\text{class}} \frac{2 \sum y\,p + s}{\sum y + \sum p + s}$$
#
# The counts of the Dice figure have become sums of probabilities, so that it has a slope everywhere and can be
# learnt from. The small number $s$, a pixel or so, keeps the ratio at 1 where a class is neither there nor said.
#
# **Exercise.** In NumPy, for one mask.


# %%
def dice_loss(truth, probabilities, smooth=1.0):
    """Return the Dice loss, a number: truth (height, width) of class numbers, probabilities (height, width, classes);
    `smooth` is the s above."""
    ### BEGIN SOLUTION
    probabilities = np.asarray(probabilities, float)
    hot = np.eye(probabilities.shape[-1])[np.asarray(truth)]
    both = (hot * probabilities).sum(axis=(0, 1))
    each = hot.sum(axis=(0, 1)) + probabilities.sum(axis=(0, 1))
    return 1 - np.mean((2 * both + smooth) / (each + smooth))
    ### END SOLUTION


# %% [markdown] hints="dice_loss"
# 1. Two pixels, two classes: the truth is 0 and 1, the probabilities (0.8, 0.2) and (0.4, 0.6). Write for class 0 the sum
#    of y times p, the sum of y and the sum of p; then the same for class 1.
# 2. Make the truth into a picture with a channel for each class, 1 where the pixel is of it. Then everything is a sum over
#    the two sides of the picture, class by class.
# 3. The smoothing number stands above *and* below the line, once each. The mean is taken over the ratios of the classes,
#    not of the sums, and the loss is one minus it.
#
# The idea: For each class twice the sum of truth times probability plus s, over the sum of both sums plus s; the loss is
# one minus the mean of these ratios.

# %%
ccv.check("dice_loss")

# %%
rare = np.zeros((40, 40), int)
rare[:4, :4] = 1  # one pixel in a hundred


def losses_of(p):
    """Cross-entropy and Dice loss where every pixel is said to be the rare class with probability p."""
    probabilities = np.full((40, 40, 2), [1 - p, p])
    own = np.take_along_axis(probabilities, rare[..., None], axis=-1)
    return -np.log(own).mean(), segmentation.dice_loss(rare[None], probabilities[None])


table = {f"p = {p}": [float(v) for v in losses_of(p)] for p in (0.001, 0.01, 0.1, 0.5)}
right = np.clip(np.eye(2)[rare], 1e-3, 1 - 1e-3)
table["right"] = [-float(np.log(0.999)), float(segmentation.dice_loss(rare[None], right[None]))]
plots.bars(table, ["cross-entropy", "Dice loss"], ylabel="loss", title="A class of one pixel in a hundred")

# %% [markdown]
# For the cross-entropy, "hardly ever" (p = 0.01) costs 0.06, where tossing a coin costs 0.69: it has nearly nothing left
# to complain about. Dice charges one half: the background is right, and the nucleus, one class of two, not at all. But its
# slope is small and noisy where nothing overlaps yet, which is why the two are commonly added, as we did.
# (Weights for the classes or a focal loss are other ways to the same end.)
#
# ## 7. What the skips bring
#
# How much is lost where there are none? One can say so without training anything. Take the *true* masks, make them
# coarse, one class for each square of 2x2, 4x4, 8x8 or 16x16 pixels (the commonest in it), and enlarge them again. No
# decoder that gets one class for each square can do better than that. **Bet**: the mean IoU at 16x16?


# %%
def coarse(mask, size):
    """The mask with one class for each square of size x size pixels, the commonest in it."""
    votes = np.eye(len(NAMES))[mask].reshape(64 // size, size, 64 // size, size, len(NAMES)).sum(axis=(1, 3))
    return votes.argmax(axis=-1).repeat(size, axis=0).repeat(size, axis=1)


blurred = {size: [coarse(mask, size) for mask in truth[:100]] for size in (1, 2, 4, 8, 16)}
limits = {size: segmentation.evaluate(made, truth[:100], NAMES) for size, made in blurred.items()}
for size, found in limits.items():
    print(
        f"one class for {size:2}x{size:<2} pixels: mean IoU {found.mean_iou:.3f}, boundary F {found.mean('boundary_f'):.3f}"
    )
lab.record(**{f"coarse_{size}": found.mean_iou for size, found in limits.items()})
plots.masks(
    [unseen[1]] * 5,
    [made[1] for made in blurred.values()],
    NAMES,
    titles=[f"{n}x{n}" for n in blurred],
    title="The true mask, with one class for each square",
)

# %% [markdown]
# The bottom of our U-Net is a map of 4x4 places for 64x64 pixels: the last of these. If it said no more than a class, the
# result would be a mosaic. In truth each place has 128 numbers, and a decoder *can* learn to unfold an outline from those.
# The skips spare it the trouble: the fine maps already have the outlines, and the deep ones only have to name them.
#
# Does a network without skips end worse, then, or does it only learn more slowly? These are two questions, and most
# pictures of blurred masks answer the second: the network was stopped too early. Below is the contest, the same network
# with and without, each trained until its loss stands still. That takes longer than everything else here, so it runs with
# `CCV_SCALE=full`; in the short version we claim nothing about it.

# %%
if lab.quick:
    print("skipped: run the lab with CCV_SCALE=full")
else:
    encoder = models.build("vgg11", include_top=False, width=1 / 8, batch_norm=True, input_shape=(64, 64, 3))
    for skips in (True, False):
        keras.utils.set_random_seed(lab.seed)
        made = segmentation.segmenter(encoder, len(NAMES), filters=8, skips=skips)
        stop = keras.callbacks.EarlyStopping("loss", min_delta=1e-3, patience=4)
        seconds = train(made, images, masks, epochs=60, callbacks=[stop])
        found = segmentation.evaluate(said(made, unseen), truth, NAMES)
        outlines = found.mean("boundary_f")
        print(f"skips: {skips!s:5} mean IoU {found.mean_iou:.3f}, boundary F {outlines:.3f}, {seconds:.0f} s")

# %% [markdown]
# ## 8. A borrowed encoder
#
# An encoder is a classifier without its end. So any network of the course can be one, and one that somebody has trained
# before you even more so. `segmentation.segmenter("resnet20", ...)` takes the maps of each size from a network
# (`stage_outputs`), and builds a decoder with skips over them. The ResNet that comes with ccv learnt to tell textures;
# it has never seen a mask.
#
# Three ways, with **few** pictures, and small ones of 32x32, since that is when borrowing should pay. *Frozen*: only
# the decoder learns. *Tuned*: all learn. *From scratch*: the same network from random weights. **Bet** on the order.

# %%
few, side = (320, 32) if lab.quick else (1_000, 64)
small, small_masks = shapes.masks("train", count=few, size=side, seed=lab.seed)
small_unseen, small_truth = shapes.masks("test", count=300, size=side, seed=lab.seed)


def over_resnet20(weights):
    """A decoder over resnet20, whose encoder has ccv's weights, or random ones."""
    keras.utils.set_random_seed(lab.seed)
    return segmentation.segmenter("resnet20", len(NAMES), weights=weights, filters=8)


def taught(made):
    """Train on the few pictures; return what is reached on the unseen ones, and the seconds."""
    seconds = train(made, small, small_masks, epochs=4, batch=8)
    return segmentation.evaluate(said(made, small_unseen), small_truth, NAMES).mean_iou, seconds


# %%
frozen, tuned = over_resnet20("ccv"), over_resnet20("ccv")
transfer.freeze(frozen, until="stage2")
reached = {"frozen": taught(frozen), "tuned": taught(tuned)}
tuned.set_weights(over_resnet20(None).get_weights())  # the same network, so that nothing is traced again
reached["from scratch"] = taught(tuned)
for name, (iou, seconds) in reached.items():
    print(f"{name:13} mean IoU {iou:.3f} on {len(small_unseen)} unseen pictures, {seconds:4.0f} s")
lab.record(**{f"borrowed_{name.replace(' ', '_')}": iou for name, (iou, _) in reached.items()})
heights = {name: iou for name, (iou, _) in reached.items()}
plots.bars(heights, ylabel="mean IoU", title=f"resnet20 as an encoder, {few} pictures, 4 epochs, one run each")

# %% [markdown]
# Frozen is far behind: the decoder has to make outlines of maps that were made to tell textures, and may not change
# them. Tuned is the best of the three here, and the same network from random weights lies between them. Four epochs and
# one run each: take the wide gap seriously and the narrow one as a hint, until you have seen it with other seeds. And mind
# what was borrowed, a network for *textures*. One that has seen a million photographs of things is another matter.
#
# ## 9. One class, many things
#
# Back to what a class map cannot say. How many cells are there, how large is each? The usual first idea: **connected
# components**. Pixels of one class that hang together are one thing.
#
# **Exercise.** Find them, in a mask of zeros and ones (without `ndimage.label`, which does just that). Two pixels hang
# together if they share a *side*; touching at a corner is not enough. Things are numbered from 1 in the order in which
# you meet them, reading the mask row by row.


# %%
def components(mask):
    """Return (height, width) of whole numbers: 0 where `mask` (height, width) is 0, and on each connected thing its
    number, 1, 2, 3 ..., in the order in which its first pixel is met row by row, from the left."""
    ### BEGIN SOLUTION
    mask = np.asarray(mask) != 0
    numbers, count = np.zeros(mask.shape, int), 0
    for start in np.argwhere(mask).tolist():
        if numbers[tuple(start)]:
            continue
        count += 1
        waiting = [tuple(start)]
        while waiting:
            row, column = waiting.pop()
            inside = 0 <= row < mask.shape[0] and 0 <= column < mask.shape[1]
            if inside and mask[row, column] and not numbers[row, column]:
                numbers[row, column] = count
                waiting += [(row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)]
    return numbers
    ### END SOLUTION


# %% [markdown] hints="components"
# 1. Draw the letter U into a grid of 4x5 and number it by hand as you read. Its two arms begin in the same row: are they
#    one thing or two, and when do you find out?
# 2. Go through the pixels row by row. At a pixel that is set and has no number yet, a new thing begins: give the number to
#    it and to everything that can be reached from it, before you go on.
# 3. Keep a list of places that wait to be looked at. Take one out; if it lies inside, is set and has no number, number it
#    and add its four neighbours. Mind the edges: a negative index would come back on the other side.
#
# The idea: For every pixel that is set and not numbered, flood its thing with the next number, from neighbour to
# neighbour.

# %%
ccv.check("components")

# %% [markdown]
# Now count, on the unseen pictures. A thing is *found* if a component of its class overlaps it with an IoU of at least
# 0.5. Three lists of components: from the masks that the network says; from the **true** masks, as if the network were
# perfect; and, as a way out, from the true masks *inside the true boxes*, as a detector would give them. **Bet**: how
# many things does the perfect network lose?


# %%
def which_found(found):
    """Which of all things are found, True or False for each; `found(n)` gives what was found in picture n."""
    hits = []
    for number, (own, rows) in enumerate(zip(drawn.masks, drawn.truth, strict=True)):
        each = found(number)
        parts = each.masks()
        for thing, label in zip(own[rows[:, 4] >= 0], rows[rows[:, 4] >= 0, 4], strict=True):
            both = (parts & thing).sum(axis=(1, 2))
            overlap = both / np.maximum((parts | thing).sum(axis=(1, 2)), 1)
            hits.append(bool(((overlap >= 0.5) & (each.labels == label + 1)).any()))
    return np.array(hits)


def in_boxes(n):
    """The true class map inside the true boxes of picture n."""
    rows = drawn.truth[n][drawn.truth[n, :, 4] >= 0]
    return segmentation.masks_in_boxes(truth[n], rows[:, :4] * 64, rows[:, 4] + 1)


def touching(n):
    """Which things of picture n hang together with another one of their class, in the true mask."""
    numbers = segmentation.instances(truth[n]).numbers
    parts = [set(numbers[thing]) for thing in drawn.masks[n][drawn.truth[n, :, 4] >= 0]]
    return [any(one & other for k, other in enumerate(parts) if k != i) for i, one in enumerate(parts)]


# %%
crowd = np.concatenate([touching(n) for n in range(len(unseen))])
hits = {
    "components of what\nthe network says": which_found(lambda n: segmentation.instances(guess[n], least=10)),
    "components of the\ntrue masks": which_found(lambda n: segmentation.instances(truth[n], least=10)),
    "true masks inside\ntrue boxes": which_found(in_boxes),
}
print(f"{len(crowd)} things, {crowd.mean():.1%} of them touch another one of their class")
for name, hit in hits.items():
    print(
        f"{name.replace(chr(10), ' '):36} {hit.mean():.1%} found; lost: {sum(~hit & crowd)} that touch, {sum(~hit & ~crowd)} others"
    )
lab.record(
    **{
        f"found_{k}": float(hit.mean())
        for k, hit in zip(("by_net", "by_truth", "in_boxes"), hits.values(), strict=True)
    }
)
lost = {name: (int(sum(~hit & crowd)), int(sum(~hit & ~crowd))) for name, hit in hits.items()}
plots.bars(lost, ["things that touch", "others"], ylabel="things that are lost", title="Who is lost, and why")

# %%
fewer = [
    (rows[:, 4] >= 0).sum() - segmentation.instances(m).numbers.max()
    for rows, m in zip(drawn.truth, truth, strict=True)
]
merged = int(np.argmax(fewer))
kinds = [segmentation.instances(truth[merged]).numbers, in_boxes(merged).numbers]
order = ["none", "first", "second", "third", "fourth", "fifth", "sixth", "seventh"]
names, numbers = ["by components", "inside boxes"], order[: int(np.max(kinds)) + 1]
plots.masks([unseen[merged]] * 2, kinds, numbers, titles=names, title="Numbers, not classes")

# %% [markdown]
# The perfect segmenter loses things: not a single pixel is wrong, and one thing in fifteen is gone, since it touches
# another of its class and the two have become one. Of the things that touch, the trained network loses about as many as
# the perfect one; a better network helps the *others* only. For these the question itself was too small.
# The boxes bring what is missing, where one thing ends and the next begins, and then hardly anything is lost. (True boxes,
# to be fair. A detector's are not.) Other ways out: a class of its own for the rims between things, as in the U-Net paper;
# or the distance to the nearest rim for every pixel, and a *watershed* from its peaks.
#
# ## 10. Photographs
#
# Thirty photographs of blood under a microscope come with ccv, with a *box* around each cell (BCCD, MIT licence). There
# are no masks. We want to measure the **nuclei** of the white cells, the large purple ones. Nobody will draw thirty
# outlines for us, so we do what is often done: **let a rule draw the labels**. Inside the box of a white cell there are
# three colours: the background or a red cell, the plasma of the white cell, and its nucleus. Sort the pixels of the box
# into three clusters of colour by k-means, and take the one with the least green.

# %%
SIZE = (96, 128)
photographs, cells = blood.arrays("test", size=SIZE)
WHITE = blood.CLASS_NAMES.index("WBC")


def window(row):
    """The pixels of a box, as an index of the picture."""
    left, top, right, bottom = (row[:4] * [SIZE[1], SIZE[0], SIZE[1], SIZE[0]]).round().astype(int)
    return np.s_[max(top, 0) : bottom, max(left, 0) : right]


def by_clusters(picture, row):
    """The nucleus in a box, True or False for each pixel of the picture: the least green of three clusters of colour."""
    mask, place = np.zeros(SIZE, bool), window(row)
    colors = picture[place].reshape(-1, 3).astype(float)
    centres, owner = kmeans2(colors, 3, minit="++", seed=0)
    mask[place] = (owner == centres[:, 1].argmin()).reshape(picture[place].shape[:2])
    return ndimage.binary_opening(mask)


# %%
def labelled(rule):
    """A mask for each photograph: 1 on what the rule draws in the boxes of white cells."""
    whites = [rows[rows[:, 4] == WHITE] for rows in cells]
    return np.stack(
        [np.any([rule(p, row) for row in rows], axis=0) for p, rows in zip(photographs, whites, strict=True)]
    ).astype(int)


nuclei = labelled(by_clusters)
CELL = ["background", "nucleus"]
plots.masks(photographs[:6], nuclei[:6], CELL, columns=3, fill=0, title="Labels that a rule has drawn")

# %% [markdown]
# That looks very good, better than many a hand would have done. Every third photograph is kept to judge by; the other
# twenty train a small U-Net, turned over both ways, so that there are eighty.
#
# First the rival: **a plain threshold**. A nucleus is purple, more blue than green. So say *nucleus* wherever blue exceeds
# green by more than some number, all over the photograph, with no box to help. The number is the one that fits the twenty
# best. It has one parameter; how many has the network?

# %%
kept = np.arange(len(photographs)) % 3 == 0
learn, learn_masks, judge, judge_masks = photographs[~kept], nuclei[~kept], photographs[kept], nuclei[kept]


def nucleus_iou(found, there=judge_masks):
    """The IoU of the class 'nucleus' over all photographs together."""
    return segmentation.evaluate(list(found), list(there), CELL).classes[1].iou


def purple(pictures, least):
    """1 where blue exceeds green by more than so much."""
    return (pictures[..., 2].astype(int) - pictures[..., 1] > least).astype(int)


levels = range(10, 120, 2)
best = max(levels, key=lambda level: nucleus_iou(purple(learn, level), learn_masks))
simple = nucleus_iou(purple(judge, best))
print(f"threshold: blue - green > {best}, IoU {simple:.3f} on {len(judge)} photographs")

# %%
keras.utils.set_random_seed(lab.seed)
turned = [(slice(None), rows, columns) for rows in (slice(None), np.s_[::-1]) for columns in (slice(None), np.s_[::-1])]
more, more_masks = (np.concatenate([part[turn] for turn in turned]) for part in (learn, learn_masks))
finder = segmentation.segmenter("unet", 2, width=1 / 16)
seconds = train(finder, more, more_masks, epochs=12 if lab.quick else 40, batch=4)
nets = said(finder, judge)
learnt = nucleus_iou(nets)
print(
    f"U-Net: {finder.count_params():,} parameters, {seconds:.0f} s; IoU {learnt:.3f}; the threshold's was {simple:.3f}"
)
lab.record(cells_unet=learnt, cells_threshold=simple, cells_seconds=seconds)
plots.masks(
    judge[:6],
    nets[:6] + 2 * judge_masks[:6] * (1 - nets[:6]) + 2 * nets[:6] * (1 - judge_masks[:6]),
    ["background", "both say nucleus", "only the rule", "only the network"],
    columns=3,
    title="Rule and network on photographs that it did not learn from",
)

# %% [markdown]
# Were you betting on the network? In the run with which this text was written, the threshold, with its one number, was a
# little ahead of it (0.89 against 0.87). It is no mystery. The labels were drawn by a rule of colour, and the threshold
# *is* a rule of colour; twenty photographs are few for a network, and they are all stained alike. A network pays where
# colour is not enough: under another lamp, with another stain, or where something else is purple, too. (Platelets are. Look
# for small patches far from the nucleus that only the network has marked.) Whatever you build: **try the plain thing
# first**, and print its figure beside yours.
#
# ### What are such labels worth?
#
# The figure above says how well the network agrees with a **rule**, and not with the truth, since there is none here.
# How good could the figure be, then? Ask a second rule, just as sensible: not three clusters of colour, but *Otsu's
# threshold* on green inside the box, the classic of 1979, which cuts where the two halves differ most. Where two honest
# rules disagree, no figure against one of them means anything.


# %%
def by_otsu(picture, row):
    """The nucleus in a box: green below the cut that makes the two halves differ most."""
    mask, place = np.zeros(SIZE, bool), window(row)
    green = picture[place][..., 1].astype(float)
    cuts = np.unique(green)[1:]
    low = np.array([(green < cut).mean() for cut in cuts])
    apart = np.array([green[green < cut].mean() - green[green >= cut].mean() for cut in cuts])
    mask[place] = green < cuts[(low * (1 - low) * apart**2).argmax()]
    return ndimage.binary_opening(mask)


other = labelled(by_otsu)[kept]
table = {
    "the two rules": nucleus_iou(other),
    "network and clusters": learnt,
    "network and Otsu": nucleus_iou(nets, other),
    "threshold and clusters": simple,
    "threshold and Otsu": nucleus_iou(purple(judge, best), other),
}
for name, iou in table.items():
    print(f"{name:23} agree with an IoU of {iou:.3f}")
lab.record(rules_agree=table["the two rules"])
plots.bars(table, ylabel="IoU", title="Who agrees with whom about the nuclei")

# %% [markdown]
# Two rules that nobody would call wrong agree to an IoU of no more than 0.73. They quarrel over the rim, over the pale
# plasma around the nucleus, and over one blurred cell as a whole. Beside that, the difference between 0.87 and 0.89 means
# nothing, and a network with 0.95 would not have found the nuclei better. It would have learnt the habits of k-means.
#
# So what is a label worth that a rule has drawn? It is good enough to *begin* with: to train a first network, to find
# the photographs where network and rule differ most, and to look at those. Sometimes the network is the one that is
# right. It is not good enough to *judge* with. For that somebody who knows nuclei has to draw them, better two people
# on the same photographs, and how well those two agree is the ceiling for every figure after.
#
# ## 11. In practice
#
# Where is this at work? Satellites (fields, floods, roofs), cars (where is road?), the operating theatre and the
# pathologist's bench, the background of every video call. With photographs and mask files of your own it is a few lines:
#
# ```python
# read = ccv.data.masks.read("my_photos", size=(192, 256))   # images/, masks/, classes.json; read.skipped says what did not fit
# model = segmentation.segmenter("resnet18", len(read.class_names), weights="imagenet")
# model.compile("adam", segmentation.CrossEntropyDice())
# model.fit(read.images, read.masks, epochs=30)
# mask = segmentation.predict(model, photograph).argmax(-1)  # of any size, tile by tile
# ```
#
# and augmentation moves the masks with the images: `ccv.augment.pipeline("basic")(images, masks)`.
#
# For *things*, the line goes on from lab 13: **Mask R-CNN** (2017) is a detector whose every box gets a small mask of its
# own, which is what "true masks inside true boxes" stood for above. And since 2023 *Segment Anything* draws the outline of
# whatever one points at, without knowing what it is; it makes the best tool to *label* with.
#
# ## What you have learnt
#
# - Semantic segmentation gives each pixel a class; instance segmentation tells things of one class apart as well.
# - Pixel accuracy flatters whoever says "background". IoU and Dice ask class by class, and boundary F looks at outlines.
# - An encoder learns what, the skips say where, the decoder puts both together. U-Net without padding: 572 in, 388 out.
# - A transposed convolution stamps. Where the stride does not divide the kernel, the stamps overlap unevenly.
# - Cross-entropy counts pixels, Dice counts overlap: the rarer the class, the more they differ.
# - A trained encoder can be borrowed; with few pictures, whether it is frozen or tuned makes a great difference.
# - Connected components merge what touches, however good the mask is.
# - A figure against labels that a rule drew measures agreement with the rule.
#
# ## Do you still know?
#
# Say the answer before you unfold it.
#
# <details><summary>A class has 100 true pixels. 80 are found, and 20 more are wrongly said to be of it. IoU and Dice?</summary>
#
# Both: 80. Either: 120. The IoU is two thirds. Dice: 160 of 200, that is 0.8.
#
# </details>
#
# <details><summary>A photograph has one pixel in a thousand of the class that matters. What is the pixel accuracy of a
# program that finds nothing, and its IoU of that class?</summary>
#
# 99.9 %, and 0.
#
# </details>
#
# <details><summary>Why does the paper's U-Net give 388 pixels for 572?</summary>
#
# It pads nowhere: each of the nine pairs of convolutions takes four pixels from a side, and those at the bottom count
# sixteenfold, since every doubling on the way up doubles what is missing. 184 are lost in all.
#
# </details>
#
# <details><summary>A transposed convolution with a 4x4 kernel and stride 2: checkerboard?</summary>
#
# Not by overlap: two divides four, so every pixel (but for the edge) gets four stamps. Untrained weights make a pattern
# all the same.
#
# </details>
#
# <details><summary>What does a skip connection carry that the deep maps do not have?</summary>
#
# Where exactly: maps at the fine resolution, from before the poolings.
#
# </details>
#
# <details><summary>Your masks are perfect, and you count too few cells. How can that be?</summary>
#
# Cells of one class that touch are one connected component. It takes boxes, outlines as a class of their own, or a
# network that gives each thing its own mask.
#
# </details>
#
# <details><summary>Why may a mask not be resized or rotated like a photograph, by mixing neighbouring pixels?</summary>
#
# Class numbers are names. The mean of background (0) and triangle (3) is no rectangle and a half. Take the nearest pixel's.
#
# </details>
#
# ## Your own photograph
#
# The little network has seen purple nuclei, and nothing else in the world. Give it a photograph of yours: of any size,
# since it is made of convolutions alone.

# %%
PHOTOGRAPH = None  # the path of a photograph of yours, such as "garden.jpg"
if PHOTOGRAPH is None:
    from ccv.data import photograph

    mine = photograph("flower")[::3, ::3]
else:
    mine = keras.utils.img_to_array(keras.utils.load_img(PHOTOGRAPH, target_size=(192, 256)), dtype="uint8")
answer = segmentation.predict(finder, mine).argmax(-1)
print(f"{mine.shape}: it calls {answer.mean():.1%} of the pixels a nucleus")
plots.masks(
    [mine, mine], [np.zeros_like(answer), answer], CELL, titles=["the photograph", "what it says"], title="A photograph"
)

# %% [markdown]
# Whatever it says there, it has no way of saying "I have never seen anything like that". Collect masks of your own (Label
# Studio, CVAT and napari draw them), put them into a folder as in section 11, and go on from there.
#
# ## An open task
#
# Nobody checks this one. On the ten photographs that were kept, **the line to beat** is the U-Net's IoU of section 10
# (measured there, one run; so train at least three with other seeds before you believe a gain). You have the same twenty
# photographs, and a minute: `ccv.augment`, the width, `segmentation.segmenter("resnet20", 2, weights="ccv")`, the loss.
# And when you have beaten it: is the network better now, or only closer to the rule?
#
# ## To read on
#
# - O. Ronneberger, P. Fischer, T. Brox: [U-Net](https://arxiv.org/abs/1505.04597), MICCAI 2015. Eight pages; figure 1 is
#   the U, figure 2 the tiles.
# - J. Long, E. Shelhamer, T. Darrell: [Fully convolutional networks](https://arxiv.org/abs/1411.4038), CVPR 2015.
# - A. Odena, V. Dumoulin, C. Olah: [Deconvolution and checkerboard artifacts](https://distill.pub/2016/deconv-checkerboard/),
#   Distill 2016. With pictures that move.
# - F. Milletari, N. Navab, S.-A. Ahmadi: [V-Net](https://arxiv.org/abs/1606.04797), 2016. Where the Dice loss comes from.
# - K. He, G. Gkioxari, P. Dollár, R. Girshick: [Mask R-CNN](https://arxiv.org/abs/1703.06870), ICCV 2017.
# - A. Kirillov et al.: [Segment anything](https://arxiv.org/abs/2304.02643), 2023.
# - [Semantic segmentation](https://d2l.ai/chapter_computer-vision/semantic-segmentation-and-dataset.html) in *Dive into deep
#   learning*.
# - [BCCD](https://github.com/Shenggan/BCCD_Dataset), the photographs of blood.

# %% [markdown]
# <!-- For those who have the slides -->

# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
#   ccv:
#     minutes: 130
#     needs: "two CPU cores, no network"
#     about: "networks for the pocket: separable convolutions, scaling, time against multiply-adds, a search, integers of eight bits"
# ---

# %% [markdown]
# # MobileNet: a network for the pocket
#
# Until 2015 networks grew, and the computers that ran them grew along. Then people wanted to have one in a telephone:
# no fan, one battery for the whole day, pictures that had better not leave the device, and an answer before the finger
# is lifted. In 2017 Andrew Howard and his colleagues at Google took the convolution itself apart and kept a ninth of
# its work. Since then a network is judged by what it costs as well as by what it knows, and what it costs is nearly
# always given as a number of multiplications. That number can be computed exactly, and it is not the time that anybody
# waits.
#
# In this lab you count the work of networks, take it apart, scale it up and down by rule, and then take a stopwatch
# and see what became of the savings. At the end a network of yours is a file that a telephone can run, in integers of
# eight bits.

# %%
import ccv

lab = ccv.lab("08_mobilenet")

# %%
import math
from time import perf_counter

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from ccv import data, models, plots
from ccv.anatomy import anatomy
from ccv.data.handwriting import clean_digit
from ccv.plots.style import BLUE, GREEN, ORANGE, described, new_figure, tidy

keras.utils.set_random_seed(lab.seed)

# %%
anatomy(models.mobilenet_v2()).draw("block_2", title="MobileNetV2's block: narrow, wide, narrow, and a way around it")

# %% [markdown]
# **You will be able to** count the multiply-adds of any convolutional network and say what they are not; take a
# convolution apart into a depthwise and a pointwise one, and find the nearest such pair for a kernel that is none;
# write MobileNetV2's block; scale a network in width, depth and resolution; say why a layer with an eighth of the work
# need not take an eighth of the time; and turn a network into integers of eight bits.
#
# **You should know** what a convolution, its channels and its weights are, what batch normalisation is for, and a
# little of Keras's functional style. The lab on ResNet explains the shortcut.
#
# **Time**: about two hours. The cells themselves run for about a minute and a half on two cores; nothing is downloaded.

# %% [markdown]
# ## 1. What does a network cost?
#
# Why on the telephone at all, when there are data centres? Because the answer comes at once and without a connection,
# because the picture stays where it was taken, and because nobody has to pay for a server. The price is a small budget.
# The **memory** has to hold the weights and the maps that are in use; a camera gives thirty pictures a second, so the
# **time** for each is 33 milliseconds; and the **battery** pays for every multiplication and for every number that is
# fetched.
#
# Time and energy grow with the work, memory with weights and maps. The unit of work is the **multiply-add**: a weight times
# an input, added to a sum.
# Three things about it are often mixed up.
#
# - A multiply-add is *two* floating-point operations. So **FLOPs** are twice the multiply-adds; but many papers write
#   FLOPs and mean multiply-adds. ResNet-50 has 3.9 billion of the one and 7.7 billion of the other, and you will find
#   both numbers under the same name.
# - FLOPs, with a small s, are a *count*: one image, forward, once. **FLOPS** are a *rate*, the operations that a
#   processor can do in a second. A network has FLOPs, a chip has FLOPS.
# - A count is not changed by how the numbers are stored. A network in integers of eight bits does as many operations;
#   each of them is cheaper.
#
# For a convolution the count is a product: places of the *output* map, height **times** width, times the weights of a
# filter, times the filters. Each place needs its own sum, but every one of them is made with the *same* filter; that is
# why the weights are few and the work is not. A convolution in $g$ groups cuts the channels into $g$ parts of equal
# size, and a filter reads only one part. Poolings, activations and additions of biases are so little beside it that one
# leaves them out; normalisations can be folded into the weights.
#
# **Exercise.** Walk through a network and count. A window of size $k$ with $p$ zeros on every side and stride $s$ gives
# $\lfloor (n + 2p - k) / s \rfloor + 1$ places along a side of $n$.


# %%
def network_macs(shape, rows):
    """Return a list with the multiply-adds of each layer, for one image of `shape` (height, width, channels).

    A row is ("conv", filters, kernel, stride, padding, groups), with a square kernel; ("pool", window, stride), without
    padding and without multiply-adds; or ("dense", units). A dense layer takes all numbers that come in.
    """
    ### BEGIN SOLUTION
    counts = []
    for kind, size, *rest in rows:
        if kind == "dense":
            counts.append(math.prod(shape) * size)
            shape = (size,)
            continue
        window, stride, padding, groups = rest if kind == "conv" else (size, *rest, 0, 1)
        height, width = ((side + 2 * padding - window) // stride + 1 for side in shape[:2])
        filters = size if kind == "conv" else shape[2]
        counts.append(height * width * window**2 * shape[2] // groups * filters if kind == "conv" else 0)
        shape = (height, width, filters)
    return counts
    ### END SOLUTION


# %% [markdown] hints="network_macs"
# 1. Take the first layer of LeNet-5 with a pencil: 32x32x1, six filters of 5x5. How many places has the map, and how
#    many products are summed at each place of each map?
# 2. Carry the shape along: each row needs the shape that comes in and leaves another one behind. A pooling changes it
#    and counts 0; a dense layer leaves as many numbers behind as it has units.
# 3. With groups a filter reads only its part of the channels that come *in*; the number of filters is the whole one.
#    And a dense layer behind a map multiplies every number of the map.
#
# The idea: Go through the rows with the shape in hand; for a convolution multiply the places of the new map, the squared
# kernel, the channels that one filter reads and the filters; for a dense layer, what comes in and what goes out.

# %%
ccv.check("network_macs")

# %% [markdown]
# Three networks from three decades. AlexNet comes twice: as it was in 2012, cut in two groups because one graphics card
# was too small for it, and in one part as it is usually drawn.


# %%
def alexnet_rows(groups):
    """AlexNet's layers, with its second, fourth and fifth convolution in so many groups."""
    rows = [("conv", 96, 11, 4, 0, 1), ("pool", 3, 2), ("conv", 256, 5, 1, 2, groups), ("pool", 3, 2)]
    rows += [("conv", 384, 3, 1, 1, 1), ("conv", 384, 3, 1, 1, groups), ("conv", 256, 3, 1, 1, groups)]
    return [*rows, ("pool", 3, 2), ("dense", 4096), ("dense", 4096), ("dense", 1000)]


lenet_rows = [("conv", 6, 5, 1, 0, 1), ("pool", 2, 2), ("conv", 16, 5, 1, 0, 1), ("pool", 2, 2)]
lenet_rows += [("dense", 120), ("dense", 84), ("dense", 10)]
vgg_rows = []
for filters, count in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
    vgg_rows += [("conv", filters, 3, 1, 1, 1)] * count + [("pool", 2, 2)]
vgg_rows += [("dense", 4096), ("dense", 4096), ("dense", 1000)]

counted = {
    "LeNet-5": sum(network_macs((32, 32, 1), lenet_rows)),
    "AlexNet, 2 groups": sum(network_macs((227, 227, 3), alexnet_rows(2))),
    "AlexNet": sum(network_macs((227, 227, 3), alexnet_rows(1))),
    "VGG-16": sum(network_macs((224, 224, 3), vgg_rows)),
    "MobileNet": anatomy(models.mobilenet()).macs,
}
plots.bars(counted, ylabel="multiply-adds", log=True, title="What one image costs (each line is a factor of ten)")

# %% [markdown]
# From LeNet-5 to VGG-16 the work has grown 37,000 times. MobileNet, for the same photographs as VGG-16 and about as
# often right as it, takes a twenty-seventh of VGG-16's work. How long is a billion multiply-adds? That depends on the
# rate. Let a large matrix product show what this computer can do when nothing is in its way:


# %%
def milliseconds(function, *arguments, runs=30):
    """The median time of a call, after a few that do not count."""
    spent = []
    for _ in range(runs + 5):
        start = perf_counter()
        np.asarray(function(*arguments))
        spent.append(1000 * (perf_counter() - start))
    return float(np.median(spent[5:]))


square = tf.random.normal((1024, 1024))
peak = 1024**3 / milliseconds(tf.function(tf.matmul), square, square) / 1e6
print(f"a product of 1024x1024 matrices: {peak:.0f} billion multiply-adds a second, that is {2 * peak:.0f} GFLOPS")
for name, macs in counted.items():
    print(f"{name:18} {macs:14,} multiply-adds, at this rate {macs / peak / 1e6:9.4f} ms")

# %% [markdown]
# That is the shortest time that the count allows. In section 6 networks are timed, and you see how near they come to it.
#
# ## 2. A convolution taken apart
#
# A filter of an ordinary convolution looks at two things at once: *which pixels* around a place, and *which channels*.
# A **depthwise-separable** convolution looks at them one after the other:
#
# - **depthwise**: each channel has one flat $k \times k$ filter of its own and stays by itself;
# - **pointwise**: a $1 \times 1$ convolution mixes the channels, once for each filter.
#
# On 6x6x3, with five filters of 3x3 and no padding, the ordinary convolution has 135 weights and multiplies 16 · 135 =
# 2,160 times. The depthwise one has 27 weights, and 16 · 27 = 432 multiply-adds for *all* channels together; the
# pointwise one has 15, and 16 · 15 = 240. So 672 are left, 31 %. For $C$ channels, $F$ filters and any number of places
#
# $$ \frac{\text{separable}}{\text{ordinary}} = \frac{k^2 C + C F}{k^2 C F} = \frac1F + \frac1{k^2} . $$
#
# With many filters of 3x3 a ninth is left. The formula does not contain the channels, nor the size of the picture.
# **Your bet**: what does the layer lose? Can a separable convolution do everything that an ordinary one can?
#
# **Exercise.** With nothing in between, depthwise and pointwise are together *one* ordinary convolution. Write down its
# kernel.


# %%
def merged_kernel(depthwise, pointwise):
    """Return the kernel (height, width, channels, filters) of the ordinary convolution that does what a depthwise one,
    (height, width, channels), followed by a pointwise one, (channels, filters), does."""
    ### BEGIN SOLUTION
    return np.asarray(depthwise)[..., None] * np.asarray(pointwise)
    ### END SOLUTION


# %% [markdown] hints="merged_kernel"
# 1. Take one pixel of the window, one channel and one filter. Which weight does the pixel meet first, which one after
#    that, and what stands before it in the end?
# 2. Nothing is summed here: four indices go in and four come out. The summing over pixels and channels is done by the
#    convolution that will use the kernel.
# 3. Broadcasting lines the axes up from the right: (height, width, channels, 1) and (channels, filters).
#
# The idea: Each weight of the large kernel is one depthwise weight times one pointwise weight of the same channel.

# %%
ccv.check("merged_kernel")

# %%
maps = keras.random.normal((1, 8, 8, 4), seed=1)
apart = layers.SeparableConv2D(6, 3, use_bias=False)
way_around = apart(maps)
kernel = merged_kernel(apart.depthwise_kernel.numpy()[..., 0], apart.pointwise_kernel.numpy()[0, 0])
difference = np.abs(way_around - tf.nn.conv2d(maps, kernel, 1, "VALID")).max()
print(f"{apart.count_params()} weights in two steps, {kernel.size} in one; largest difference: {difference:.1e}")

# %% [markdown]
# So separable kernels are a *part* of all kernels. Which part? Hold one channel fixed. What is left of the kernel is a
# table, a row for each of the $k^2$ pixels of the window, a column for each filter; and a separable kernel's table is a
# column times a row, a matrix of **rank 1**: all filters see the same pattern in this channel, only more or less of it.
# An ordinary kernel may have a different pattern for every filter.
#
# And which separable kernel comes nearest to a given one? The **singular value decomposition** of a table, $T = U S V$
# (`np.linalg.svd` returns the three; the rows of $V$ are what counts), has the answer. It writes $T$ as a sum of columns times rows, the most important first; and what one gets by keeping
# the first alone is the nearest table of rank 1 that there is, measured by the sum of squared differences.
#
# **Exercise.** Take a kernel apart as well as it can be done.


# %%
def nearest_separable(kernel):
    """Return (depthwise, pointwise), shaped (height, width, channels) and (channels, filters), whose `merged_kernel` is
    nearest to `kernel`, (height, width, channels, filters). A factor may stand in either of the two."""
    ### BEGIN SOLUTION
    height, width, channels, filters = kernel.shape
    tables = np.moveaxis(kernel, 2, 0).reshape(channels, height * width, filters)
    patterns, sizes, shares = np.linalg.svd(tables, full_matrices=False)
    depthwise = (patterns[:, :, 0] * sizes[:, :1]).reshape(channels, height, width)
    return np.moveaxis(depthwise, 0, -1), shares[:, 0]
    ### END SOLUTION


# %% [markdown] hints="nearest_separable"
# 1. For a kernel of (3, 3, 4, 6): how many tables are there, and how large is each? What does `np.linalg.svd` give for
#    one of them with `full_matrices=False`?
# 2. One channel at a time: flatten the window to rows, take the decomposition, keep the first column of the first part
#    and the first row of the last part. The one becomes a small picture again, the other a row of the pointwise kernel.
# 3. The first singular value belongs to exactly one of the two. And reshaping alone never exchanges axes: bring the
#    channel axis to the front before you flatten.
#
# The idea: For each channel the first singular vector on the left, times the first singular value, is the pattern; the
# first one on the right says how much of it every filter takes.

# %%
ccv.check("nearest_separable")

# %% [markdown]
# Do networks need more than rank 1? Ask one that has learnt. Its task is Greek letters, grey, 24x24 pixels, in many
# fonts; it has a first layer and five blocks, of which two halve the maps.

# %%
name, sizes, epochs = ("glyphs", {"size": 24, "count": 1600}, 8) if lab.quick else ("cifar10", {}, 20)
grey = {"channels": 1} if lab.quick else {}
(images, labels), (test_images, test_labels) = (data.arrays(name, part, **sizes, **grey) for part in ("train", "test"))
mean, deviation = images.mean(), images.std()
x_train, x_test = (((pixels - mean) / deviation).astype("float32") for pixels in (images, test_images))
classes = int(labels.max()) + 1
print(f"{len(x_train):,} images of {x_train.shape[1:]} to learn from, {len(x_test):,} held out, {classes} classes")
plots.image_grid(images[:16], columns=8, title="Sixteen of them")

# %% [markdown]
# A block is a function from maps to maps. Two of them for now, the same task in two ways; behind each convolution come
# a batch normalisation and a ReLU that is cut off at 6 (**ReLU6**: numbers from 0 to 6 fit well into few bits).


# %%
def normalised(x, convolution):
    """A convolution, batch normalisation and ReLU6."""
    return layers.ReLU(6.0)(layers.BatchNormalization(momentum=0.9)(convolution(x)))


def standard(x, filters, stride=1, kernel=3):
    """An ordinary convolution."""
    return normalised(x, layers.Conv2D(filters, kernel, stride, "same", use_bias=False))


def separable(x, filters, stride=1, kernel=3):
    """A depthwise-separable convolution, as MobileNet has it: normalisation and ReLU6 after both steps."""
    x = normalised(x, layers.DepthwiseConv2D(kernel, stride, "same", use_bias=False))
    return normalised(x, layers.Conv2D(filters, 1, use_bias=False))


def network(block, width=1.0, shape=x_train.shape[1:], classes=classes):
    """A small network of five blocks, all channel counts times `width`."""
    inputs = keras.Input(shape)
    x = standard(inputs, int(16 * width))
    for filters, stride in ((32, 1), (64, 2), (64, 1), (128, 2), (128, 1)):
        x = block(x, int(filters * width), stride)
    return keras.Model(inputs, layers.Dense(classes, activation="softmax")(layers.GlobalAveragePooling2D()(x)))


# %%
def train(model, x, y, epochs, rate=3e-3, batch=32):
    """Train with Adam and a rate that falls along a cosine."""
    steps = len(x) // batch
    optimizer = keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(rate, epochs * steps))
    optimizer.build(model.trainable_variables)

    @tf.function
    def step(some, right):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(right, model(some, training=True)))
        optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)

    order = np.random.default_rng(lab.seed)
    for _ in range(epochs):
        for some in order.permutation(len(x))[: steps * batch].reshape(steps, batch):
            step(tf.constant(x[some]), tf.constant(y[some]))
    return model


def accuracy(model, x, y):
    """The share of images that are right."""
    parts = np.array_split(x, -(-len(x) // 250))
    return float(np.mean(np.concatenate([np.argmax(model(part, training=False), axis=-1) for part in parts]) == y))


# %%
keras.utils.set_random_seed(lab.seed)
nets = {("standard", 0.5): train(network(standard, 0.5), x_train, labels, epochs)}
half = nets["standard", 0.5]
print(
    f"half as wide: {anatomy(half).macs:,} multiply-adds, {accuracy(half, x_test, test_labels):.1%} of the test right"
)

# %% [markdown]
# Now each of its five 3x3 kernels is cut down to the first $r$ patterns a channel, without any more training. With
# $r = 1$ that is your `nearest_separable`; with $r = 9$ nothing is lost. (Keras can build a layer for every $r$:
# `SeparableConv2D` has an argument `depth_multiplier`, the number of patterns a channel.)


# %%
def nearest_of_rank(kernel, rank):
    """The nearest kernel whose channels have `rank` patterns each: what is left over is taken apart again and again."""
    found = np.zeros_like(kernel)
    for _ in range(rank):
        found += merged_kernel(*nearest_separable(kernel - found))
    return found


kernels = [layer.kernel for layer in half.layers if isinstance(layer, layers.Conv2D) and layer.kernel.shape[2] > 1]
learnt, ranks = [kernel.numpy() for kernel in kernels], {}
for rank in range(1, 10):
    for kernel, weights in zip(kernels, learnt, strict=True):
        kernel.assign(nearest_of_rank(weights, rank))
    kept = [1 - np.sum((w - k.numpy()) ** 2) / np.sum(w**2) for k, w in zip(kernels, learnt, strict=True)]
    ranks[rank] = float(np.mean(kept)), accuracy(half, x_test, test_labels)
for kernel, weights in zip(kernels, learnt, strict=True):
    kernel.assign(weights)

# %% jupyter={"source_hidden": true}
figure = new_figure(9, 3.8, "How many patterns does a channel need?")
axes = tidy(
    figure.add_subplot(), xlabel="patterns that are kept of every channel's nine", ylabel="share", ylim=(0, 1.05)
)
for column, (label, color, marker) in enumerate(
    [("of the kernels' squares", ORANGE, "s"), ("of test images right", BLUE, "o")]
):
    axes.plot(list(ranks), [row[column] for row in ranks.values()], color=color, marker=marker, ms=6, label=label)
axes.axhline(1 / classes, color="0.5", ls=":")
axes.yaxis.set_major_formatter("{x:.0%}")
axes.legend(loc="lower right")
said = ", ".join(f"{rank}: {right:.0%}" for rank, (_, right) in ranks.items())
described(figure, f"Accuracy of a trained network when each channel keeps so many patterns: {said}.")

# %% [markdown]
# One curve says how much of the *kernels* is kept, the other one how much of what the network *knows*. Ordinary training
# has no reason to make all filters see the same pattern, so a trained network cannot simply be cut down to rank 1. A
# separable layer is not a cheaper copy of an ordinary one. It is another layer, which has to be trained as what it is;
# and then it is given more channels, since these are what it saves on.
#
# ## 3. MobileNet: thirteen of them
#
# MobileNet is as plain as a network can be: one ordinary 3x3 convolution with 32 filters and a stride of 2, thirteen
# separable convolutions, a global average, a classifier. Where a block halves the maps, the *depthwise* layer has the
# stride, and the pointwise one works on the small maps.

# %%
BLOCKS = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * 5, (1024, 2), (1024, 1)]
network_cost = anatomy(models.mobilenet())
kinds = {"first convolution": "conv1", "depthwise": "conv_dw", "pointwise": "conv_pw", "classifier": "conv_preds"}
for kind, prefix in kinds.items():
    rows = [row for row in network_cost if row.name.startswith(prefix)]
    macs, weights = (sum(getattr(row, what) or 0 for row in rows) for what in ("macs", "parameters"))
    print(f"{kind:18} {macs / network_cost.macs:6.1%} of {network_cost.macs / 1e6:.0f} M multiply-adds, "
          f"{weights / network_cost.parameters:6.1%} of {network_cost.parameters / 1e6:.2f} M parameters")  # fmt: skip

# %% [markdown]
# Nineteen of twenty multiply-adds are in the pointwise layers. These are plain matrix products, which every computer
# does well; the depthwise layers, the only ones that look at neighbours, have 3 %. And a quarter of the parameters is
# in the classifier, which stands for 1,000 kinds of things.
#
# One network is not enough: a telephone of 2017 was slower than one of 2020, and a doorbell is slower than both. So
# MobileNet comes with two knobs. The **width multiplier** $\alpha$ multiplies every channel count. The **resolution
# multiplier** $\rho$ multiplies the side of the image, and with it the sides of all maps.
#
# **Your bet**: how much of the work of all thirteen blocks is left at $\alpha = 1/2$? And at $\rho = 1/2$?
#
# **Exercise.** Count. The first convolution halves the image and has 32 filters (times $\alpha$); channel counts are
# rounded down; the sides are multiples of 32.


# %%
def mobilenet_macs(width, side):
    """Return (depthwise, pointwise): the multiply-adds of all depthwise and of all pointwise layers of MobileNet.

    width: the width multiplier; side: of the image. `BLOCKS` has the filters and the stride of each block.
    """
    ### BEGIN SOLUTION
    side, channels = side // 2, int(32 * width)
    depthwise = pointwise = 0
    for filters, stride in BLOCKS:
        side, thinned = side // stride, int(filters * width)
        depthwise += side**2 * 9 * channels
        pointwise += side**2 * channels * thinned
        channels = thinned
    return depthwise, pointwise
    ### END SOLUTION


# %% [markdown] hints="mobilenet_macs"
# 1. Do the first two blocks with a pencil, at full width and 224: how large are the maps that each layer *makes*, and
#    how many channels come in?
# 2. Two numbers are carried from block to block, the side of the maps and their channels, and two sums grow. The width
#    touches what comes in as well as what goes out.
# 3. A depthwise layer with a stride makes the small maps, so even its own work is counted on these. After the block,
#    what went out is what comes in.
#
# The idea: Halve the side once, then walk through the blocks: side by stride, filters by width, nine products for each
# channel and place, channels times filters for each place.

# %%
ccv.check("mobilenet_macs")

# %% [markdown]
# The paper has the accuracies on ImageNet of seven of these networks, each trained by its authors. Beside your counts:

# %%
PUBLISHED = {(1, 224): 70.6, (0.75, 224): 68.4, (0.5, 224): 63.7, (0.25, 224): 50.6}
PUBLISHED |= {(1, 192): 69.1, (1, 160): 67.2, (1, 128): 64.4}
whole = sum(mobilenet_macs(1, 224))
for (width, side), right in PUBLISHED.items():
    blocks = sum(mobilenet_macs(width, side))
    print(
        f"width {width:4}, {side}x{side}: {blocks / 1e6:5.0f} M in the blocks, {blocks / whole:4.0%}, {right} % right"
    )

# %% jupyter={"source_hidden": true}
figure = new_figure(9, 4, "Two knobs: MobileNet on ImageNet, as published")
axes = tidy(figure.add_subplot(), xlabel="million multiply-adds in the thirteen blocks", ylabel="right, in percent")
knobs = {
    "narrower, at 224x224": ([(w, 224) for w in (1, 0.75, 0.5, 0.25)], BLUE, "o", "-", "width {0}", (-8, 8)),
    "smaller images, full width": ([(1, s) for s in (224, 192, 160, 128)], ORANGE, "s", "--", "{1}x{1}", (8, -14)),
}
for label, (points, color, marker, dash, text, away) in knobs.items():
    costs = [sum(mobilenet_macs(*point)) / 1e6 for point in points]
    axes.plot(costs, [PUBLISHED[point] for point in points], dash, color=color, marker=marker, ms=8, label=label)
    for point, cost in list(zip(points, costs, strict=True))[1:]:
        axes.annotate(text.format(*point), (cost, PUBLISHED[point]), away, textcoords="offset points",
                      ha="left" if away[0] > 0 else "right", fontsize=11)  # fmt: skip
axes.set(xscale="log", ylim=(48, 74))
axes.set_xticks([50, 100, 200, 500], ["50", "100", "200", "500"])
axes.minorticks_off()
axes.legend(loc="lower right")
described(figure, "Accuracy against multiply-adds: both knobs cost a little accuracy at first; at equal work the narrower "
          "network is about half a point ahead.")  # fmt: skip

# %% [markdown]
# At half the width 26 % of the work is left: in a pointwise layer half as many channels come in and half as many go out,
# while a depthwise layer is only halved. Of the resolution the work is the square, exactly: at 128x128 it is $(128 /
# 224)^2 = 33\,\%$. In the picture the narrower network is ahead, at equal work, by about half a point. Only the width
# saves weights, and only the resolution can be changed afterwards, since the same weights work on an image of any size.
#
# ## 4. Wide inside, narrow outside
#
# MobileNetV2 (Sandler and colleagues, 2018) has 300 million multiply-adds where MobileNet has 569, and is more often
# right. Its block turns ResNet's bottleneck inside out. That one is wide, narrow, wide, and its shortcut joins the wide
# ends. The **inverted residual** is narrow, wide, narrow:
#
# 1. a 1x1 convolution that *expands* to $t$ times as many channels, normalisation, ReLU6;
# 2. a 3x3 depthwise convolution, normalisation, ReLU6;
# 3. a 1x1 convolution that *projects* down to the filters of the block, normalisation, and **no** activation: the
#    **linear bottleneck**.
#
# Why wide in the middle? The depthwise layer is the only one that looks at neighbours, and it is cheap, so give it much
# to look at. Why narrow at the ends? What waits in memory for the addition is narrow then. And why no ReLU at the narrow
# end? Because a ReLU throws away half of the line, and where there are few channels nobody has a copy. The paper shows
# it with a spiral in the plane: carry it into $n$ dimensions with a random matrix, apply a ReLU, and carry it back as
# well as can be.

# %% jupyter={"source_hidden": true}
turn = np.linspace(0.3, 1, 300)
spiral = (turn * np.stack([np.cos(12 * turn), np.sin(12 * turn)])).T


def there_and_back(dimensions, rng):
    """(the share of the squares that is lost, what comes back) for one random matrix."""
    matrix = rng.normal(size=(2, dimensions))
    back = np.maximum(spiral @ matrix, 0) @ np.linalg.pinv(matrix)
    back = back @ np.linalg.lstsq(back, spiral, rcond=None)[0]
    return np.sum((back - spiral) ** 2) / np.sum(spiral**2), back


rng = np.random.default_rng(lab.seed)
figure, lost = new_figure(10, 2.4, "A spiral through n channels with a ReLU, and back: the median of 101 matrices"), []
for place, dimensions in enumerate([0, 2, 3, 5, 15, 30], 1):
    axes, back = figure.add_subplot(1, 6, place), spiral
    if dimensions:
        share, back = sorted([there_and_back(dimensions, rng) for _ in range(101)], key=lambda drawn: drawn[0])[50]
        lost.append(f"{dimensions} channels {share:.0%}")
    axes.plot(*spiral.T, color="0.8", lw=1)
    axes.scatter(*back.T, c=turn, cmap="viridis", s=5)
    axes.set(title=f"n = {dimensions}" if dimensions else "before", xticks=[], yticks=[], aspect="equal")
    axes.set(xlim=(-1.3, 1.3), ylim=(-1.3, 1.3))
print("lost, as a share of the squares:", "; ".join(lost))
described(figure, f"A spiral, and what comes back of it through a ReLU in n channels. Lost: {'; '.join(lost)}.")

# %% [markdown]
# With two channels nearly half of the spiral is lost, since whatever falls on the wrong side of a ReLU comes back as
# zero; with thirty it is a tenth. So let the ReLU work where there are many channels, and leave the narrow ends linear.
#
# **Exercise.** Write the block. All padding is "same", no convolution has a bias, the stride belongs to the depthwise
# layer, and with an expansion of 1 the first convolution is left out. Where the shape stays, `x` is added at the end.


# %%
def inverted_residual(x, filters, expansion, stride=1):
    """Apply an inverted residual to a Keras tensor (batch, height, width, channels) and return the result,
    (batch, height / stride, width / stride, filters), the sides rounded up."""
    ### BEGIN SOLUTION
    y, channels = x, x.shape[-1]
    if expansion > 1:
        y = layers.Conv2D(expansion * channels, 1, use_bias=False)(y)
        y = layers.ReLU(6.0)(layers.BatchNormalization()(y))
    y = layers.DepthwiseConv2D(3, strides=stride, padding="same", use_bias=False)(y)
    y = layers.ReLU(6.0)(layers.BatchNormalization()(y))
    y = layers.BatchNormalization()(layers.Conv2D(filters, 1, use_bias=False)(y))
    return layers.Add()([x, y]) if stride == 1 and channels == filters else y
    ### END SOLUTION


# %% [markdown] hints="inverted_residual"
# 1. Write the shape after each layer for 8x8x4, 6 filters, an expansion of 3 and a stride of 2. Which of the three
#    convolutions looks at neighbours?
# 2. Keep `x` for the end, and carry a second name through the three steps. The first step may be missing, the other
#    two never are.
# 3. The wide part has as many channels as came in, times the expansion: the filters of the block play no part in it.
#    Two of the three normalisations are followed by an activation. And the addition needs two conditions.
#
# The idea: Expand, filter each channel, project; ReLU6 after the first two; add the input where neither side nor
# channels have changed.

# %%
ccv.check("inverted_residual")

# %% [markdown]
# What does a block cost? MobileNetV2's third, beside an ordinary convolution on the same maps:

# %%
inputs = keras.Input((56, 56, 24))
block = anatomy(keras.Model(inputs, inverted_residual(inputs, 24, 6)))
ordinary = anatomy(keras.Model(inputs, layers.Conv2D(24, 3, padding="same", use_bias=False)(inputs)))
inputs = keras.Input((56, 56, 144))
wide = anatomy(keras.Model(inputs, layers.Conv2D(144, 3, padding="same", use_bias=False)(inputs)))
for what, cost in {
    "inverted residual, 24 -> 144 -> 24": block,
    "3x3, 24 -> 24": ordinary,
    "3x3, 144 -> 144": wide,
}.items():
    print(f"{what:36} {cost.macs / 1e6:6.1f} M multiply-adds, {cost.memory / 1e6:4.1f} MB of maps")

# %% [markdown]
# The block costs 1.6 times as much as an ordinary 3x3 among the 24 channels (and far more memory for maps), and looks for
# patterns in 144. An ordinary convolution among 144 channels would cost 23 times as much as the block. So the expansion buys variety, and the
# depthwise layer makes it affordable.
#
# ## 5. One rule for eight sizes: EfficientNet
#
# A network can be made larger in three ways: more layers (**depth**), more channels (**width**), larger images
# (**resolution**). Most people turned one knob. Tan and Le (2019) asked for the best mixture. Larger images need more
# layers to see as much of the picture, and more channels for the finer patterns, so all three should grow together:
#
# $$ \text{depth} = \alpha^\phi, \qquad \text{width} = \beta^\phi, \qquad \text{resolution} = \gamma^\phi,
#    \qquad \alpha \cdot \beta^2 \cdot \gamma^2 \approx 2 . $$
#
# The squares are what you have just counted: work grows with depth, but with the square of width and the square of
# resolution. With the condition, one step of $\phi$ about doubles the work. They tried values on a small network, took
# $\alpha = 1.2$, $\beta = 1.1$, $\gamma = 1.15$, and called what came of it EfficientNet-B1, B2 and so on.
#
# **Exercise.** The four factors.


# %%
def compound_scale(phi, alpha=1.2, beta=1.1, gamma=1.15):
    """Return (depth, width, resolution, work): by what each is multiplied after `phi` steps of compound scaling."""
    ### BEGIN SOLUTION
    depth, width, resolution = alpha**phi, beta**phi, gamma**phi
    return depth, width, resolution, depth * width**2 * resolution**2
    ### END SOLUTION


# %% [markdown] hints="compound_scale"
# 1. What are the four numbers for no step at all? And what does one step do to the work, with the values of the paper?
# 2. Three powers, and a product of them. Which two of the three enter the work more than once, and why?
# 3. The number of steps is an exponent and not a factor. It need not be whole.
#
# The idea: Raise each base to the number of steps; the work is depth times the squares of the other two.

# %%
ccv.check("compound_scale")

# %% [markdown]
# A network has no 2.4 layers and no 35.2 filters. A number of repeated blocks is rounded **up**. A number of filters
# goes to the nearest multiple of 8, which processors like; a half goes up, nothing goes below 8, and where the nearest
# multiple has less than nine tenths of what was asked for, the next one is taken.
#
# **Exercise.** Scale the stages of a network.


# %%
def scale_stages(stages, width, depth):
    """Return the list of scaled stages: (filters, repeats) for each (filters, repeats) of `stages`."""
    ### BEGIN SOLUTION
    scaled = []
    for filters, repeats in stages:
        wanted = filters * width
        nearest = max(8, int(wanted + 4) // 8 * 8)
        scaled.append((nearest if nearest >= 0.9 * wanted else nearest + 8, math.ceil(repeats * depth)))
    return scaled
    ### END SOLUTION


# %% [markdown] hints="scale_stages"
# 1. By hand, at a width of 1: which multiple of 8 do 12, 20, 27 and 10 become? Look at the last one twice.
# 2. For each stage: multiply, find the multiple, look whether it is large enough. The repeats need one call of `math`.
# 3. `round` takes halves to the even side, so add half of eight and cut instead. The comparison with nine tenths is with
#    the number that was *asked for*, before it was rounded.
#
# The idea: Cut (wanted + 4) to whole eights, not below 8; add 8 more where that is under nine tenths of wanted.

# %%
ccv.check("scale_stages")

# %% [markdown]
# The stages of EfficientNet-B0, and what the rule and the published table make of them. Its blocks are inverted
# residuals, with a small addition, **squeeze and excitation**: each channel is multiplied by a number between 0 and 1
# that two tiny dense layers compute from the averages of all channels.

# %%
STAGES = [(16, 1), (24, 2), (40, 2), (80, 3), (112, 3), (192, 4), (320, 1)]
SIZES = [(1.0, 1.0, 224), (1.0, 1.1, 240), (1.1, 1.2, 260), (1.2, 1.4, 300),
         (1.4, 1.8, 380), (1.6, 2.2, 456), (1.8, 2.6, 528), (2.0, 3.1, 600)]  # fmt: skip
first = models.card("efficientnet_b0").golden[0].macs
for number, (width, depth, side) in enumerate(SIZES):
    card, stages = models.card(f"efficientnet_b{number}"), scale_stages(STAGES, width, depth)
    counted, ruled = card.golden[0].macs / first, depth * width**2 * (side / 224) ** 2
    phi = math.log(side / 224, 1.15)
    print(f"B{number}: {sum(n for _, n in stages):2} blocks, up to {stages[-1][0]:3} filters, {side}x{side} "
          f"(phi {phi:.1f}): work x {counted:5.1f}, by rule x {ruled:5.1f}, {card.published[0].top1} % right")  # fmt: skip

# %% [markdown]
# The rule keeps its promise roughly. B7 has 98 times the work of B0 where the three factors say 89, and B1 has 1.8 times
# where they say 1.3: repeats are rounded up, and of a stage with one block a tenth more is two. B0's 16 blocks are 81
# convolutions and a dense layer, B7's 55 are 273 and one. And what does it buy? From B0 to B3 the work grows 4.7 times
# for 4.5 points, from B3 to B7 twenty times for 2.7.
#
# ### Xception, and all of them in one picture
#
# Half a year before MobileNet, François Chollet had come to the same layer from the other side. An Inception module cuts
# a convolution into a few parts that do not see each other; he asked what happens when there are as many parts as
# channels, and called it **Xception**, *extreme Inception*. It is not a small network: 36 convolutions with shortcuts,
# 23 million parameters, the size of ResNet-50. He did not want to save work, but to spend the same number of weights
# better. (His layer has no activation between its two steps. With a ReLU there his networks did worse; MobileNet has
# one all the same.)

# %%
WHO = {"vgg16": "VGG-16", "resnet50": "ResNet-50", "xception": "Xception", "mobilenet": "MobileNet",
       "mobilenet_v2": "MobileNetV2", "mobilenet_v3_small": "V3-Small", "mobilenet_v3_large": "V3-Large",
       "densenet121": "DenseNet-121", **{f"efficientnet_b{n}": f"B{n}" for n in range(8)}}  # fmt: skip
known = {}
for builder, who in WHO.items():
    card = models.card(builder)
    known[who] = card.golden[0].macs / 1e6, card.golden[0].params / 1e6, card.published[0].top1
    print(
        f"{who:13} {known[who][0]:8,.0f} M multiply-adds, {known[who][1]:6.1f} M weights, {known[who][2]:.1f} % right"
    )

# %% jupyter={"source_hidden": true}
figure = new_figure(9.5, 4.8, "What a network costs and what it knows: ImageNet, as published")
axes = tidy(figure.add_subplot(), xlabel="million multiply-adds for one image", ylabel="right, in percent")
AWAY = {"ResNet-50": ((7, 5), "left"), "DenseNet-121": ((-7, -12), "right"), "MobileNetV2": ((-7, -12), "right")}
scaled = [known[f"B{n}"] for n in range(8)]
axes.plot([row[0] for row in scaled], [row[2] for row in scaled], "-", color=BLUE, lw=1.5, zorder=1)
for who, (macs, _, right) in known.items():
    color, marker = (BLUE, "o") if who[0] == "B" else (GREEN, "s") if who[:2] in ("Mo", "V3") else (ORANGE, "^")
    axes.plot(macs, right, marker, color=color, ms=8)
    away, side = AWAY.get(who, ((7, -12), "left"))
    axes.annotate(who, (macs, right), away, textcoords="offset points", ha=side, fontsize=10.5)
axes.set(xscale="log", xlim=(40, 80_000), ylim=(66, 86))
axes.set_xticks([100, 1000, 10_000], ["100", "1,000", "10,000"])
described(figure, "Accuracy on ImageNet against multiply-adds on a logarithmic axis; the EfficientNets form a line above "
          "and to the left of all others, VGG-16 lies far to the right and low.")  # fmt: skip

# %% [markdown]
# MobileNetV2 knows as much as VGG-16 for a fiftieth of the work. EfficientNet-B0 is two points ahead of ResNet-50 at a
# tenth of it, and B1 has reached Xception at a twelfth. Be careful with the rest of the credit: these networks were
# trained years apart and by different recipes, and better training alone has lifted the same ResNet-50 by several
# points since. And the axis shows multiply-adds. Nobody has waited for one of them yet.

# %% [markdown]
# ## 6. Multiply-adds are not milliseconds
#
# Now the stopwatch. First single layers, on maps of 28x28 with 128 channels, as they are in the middle of many
# networks: an ordinary 3x3 convolution with 128 filters; the two halves of a separable one; both halves together.
#
# **Your bet**: the separable one has an eighth of the multiply-adds. How much of the time does it take?

# %%
SIDE, CHANNELS = 28, 128
maps = tf.random.normal((1, SIDE, SIDE, CHANNELS))
candidates = {
    "an empty call": layers.Identity(),
    "3x3": layers.Conv2D(CHANNELS, 3, padding="same", use_bias=False),
    "depthwise 3x3": layers.DepthwiseConv2D(3, padding="same", use_bias=False),
    "pointwise": layers.Conv2D(CHANNELS, 1, use_bias=False),
    "separable 3x3": layers.SeparableConv2D(CHANNELS, 3, padding="same", use_bias=False),
}
times, work = {}, {}
for name, layer in candidates.items():
    layer.build(maps.shape)
    times[name] = milliseconds(tf.function(lambda x, layer=layer: layer(x), autograph=False), maps, runs=100)
    sizes = [weights.shape for weights in layer.weights]
    work[name] = SIDE**2 * sum(math.prod(size) for size in sizes)
    print(f"{name:15} {work[name] / 1e6:6.1f} M multiply-adds {times[name]:7.3f} ms")
print(f"separable: 1/{work['3x3'] / work['separable 3x3']:.1f} of the work, "
      f"1/{times['3x3'] / times['separable 3x3']:.1f} of the time")  # fmt: skip

# %% [markdown]
# Look at the last line: an eighth of the work is left, and how much of the time? Compare the two halves as well: the
# depthwise layer has a fourteenth of the pointwise one's multiply-adds. Has it a fourteenth of its time? (The empty call
# is what TensorFlow itself takes to be asked. Where a layer takes hardly longer than that, its work does not matter; and
# where other programs are running, run the cell again.)
#
# Why? A processor has to *fetch* what it multiplies. An ordinary convolution uses each number that it has fetched over
# and over again: each pixel in every filter, each weight at every place. A depthwise layer multiplies a pixel by nine
# weights and is done with it. Multiply-adds for every number that is read or written are called **arithmetic
# intensity**. Where it is low the arithmetic units wait, and the time is the time of the traffic.
#
# **Exercise.** Work and traffic of one layer, where everything is moved once: the input is read, the weights are read,
# the output is written. Stride 1, padding "same", no biases.


# %%
def conv_traffic(height, width, channels, filters, kernel, groups=1):
    """Return (multiply_adds, numbers) of a convolution of kernel x kernel in so many groups on maps (height, width,
    channels): its work, and how many numbers it reads or writes."""
    ### BEGIN SOLUTION
    places, weights = height * width, kernel**2 * channels // groups * filters
    return places * weights, places * channels + weights + places * filters
    ### END SOLUTION


# %% [markdown] hints="conv_traffic"
# 1. A 1x1 convolution on a single pixel with two channels and three filters: how many products, and how many numbers go
#    in and come out?
# 2. Count the weights first. The work is these, used at each place; the traffic has three parts that are added.
# 3. Groups make the filters shorter, since each reads a part of the channels. The maps that come in and go out are as
#    large as before.
#
# The idea: Work is places times weights; traffic is the input, the weights and the output, each counted once.

# %%
ccv.check("conv_traffic")

# %%
shapes = {"3x3": (3, 1), "pointwise": (1, 1), "depthwise 3x3": (3, CHANNELS)}
for name, (kernel, groups) in shapes.items():
    macs, numbers = conv_traffic(SIDE, SIDE, CHANNELS, CHANNELS, kernel, groups)
    print(f"{name:15} {macs / numbers:6.1f} multiply-adds a number, {macs / times[name] / 1e6:6.1f} billion a second")

# %% [markdown]
# The ordinary convolution does 332 multiply-adds for each number that it moves, the pointwise one 59, the depthwise one
# four and a half. Compare their rates. That is the picture of the **roofline**: up to some intensity the memory sets the
# pace, and only above it the arithmetic. A count of multiply-adds says nothing about which side of
# the edge a layer is on.
#
# ### Whole networks
#
# Five networks, an image of 96x96 pixels, one at a time, as a camera gives them. **Your bet**: which one is the
# fastest, and is the one with the fewest multiply-adds?

# %%
race, sides = {}, (96, 96, 3)
for builder in ("squeezenet1_1", "mobilenet", "mobilenet_v2", "efficientnet_b0", "resnet20"):
    net = getattr(models, builder)(input_shape=sides, classes=10)
    ask = tf.function(lambda pixels, net=net: net(pixels, training=False), autograph=False)
    race[builder] = anatomy(net).macs / 1e6, milliseconds(ask, tf.random.normal((1, *sides))), len(net.layers)
    print(
        f"{builder:16} {race[builder][0]:6.1f} M multiply-adds, {race[builder][2]:3} layers, {race[builder][1]:6.2f} ms"
    )

# %% jupyter={"source_hidden": true}
figure = new_figure(9, 4, "Work and time, one image of 96x96 on this computer")
axes = tidy(figure.add_subplot(), xlabel="million multiply-adds", ylabel="milliseconds")
for who, (macs, time, count) in race.items():
    axes.plot(macs, time, "o", color=BLUE, ms=9)
    axes.annotate(f"{who}, {count} layers", (macs, time), (9, -4), textcoords="offset points", fontsize=11)
ends = np.array([min(row[0] for row in race.values()), max(row[0] for row in race.values())])
axes.plot(
    ends, ends / peak, ":", color="0.4", label=f"{peak:.0f} billion multiply-adds a second, as the matrix product"
)
axes.set(xscale="log", yscale="log", xlim=(ends[0] * 0.7, ends[1] * 3))
axes.set_xticks([50, 100, 200, 400], ["50", "100", "200", "400"])
axes.minorticks_off()
axes.legend(loc="upper left", bbox_to_anchor=(0, -0.2))
said = "; ".join(f"{who}: {macs:.0f} million, {time:.1f} ms" for who, (macs, time, _) in race.items())
lab.record(**{f"{who}_ms": round(time, 2) for who, (_, time, _) in race.items()})
described(figure, f"Milliseconds against multiply-adds, both axes logarithmic. {said}.")

# %% [markdown]
# ResNet-20 has five times the multiply-adds of EfficientNet-B0. Compare their times; then compare the numbers of layers.
# The dotted line is what the work alone would take at the rate of the matrix product of section 1, and the distance
# from it is what the count leaves out: traffic, a call for each of many small layers, squeezes and swishes that were
# not counted at all. The order of the networks is another one on a telephone, on a graphics card, or with eight images
# at a time. So multiply-adds are good for comparing layers of *one* kind, and a stopwatch on the device that you mean is
# good for everything else. MobileNetV3 was chosen by the measured time on a telephone.
#
# ## 7. Does it pay?
#
# A separable convolution has a ninth of the work, and can do less. So a fair question is not whether it is as good as
# the ordinary one at the same width, but what is best **for a given amount of work**. The ordinary network at half the
# width has been trained above. Beside it come the ordinary one at full width, and separable ones at full width and at
# one and a half.
#
# **Your bet**: which of the four is the most accurate, which the fastest?

# %%
for kind, width in ((standard, 1), (separable, 1), (separable, 1.5)):
    keras.utils.set_random_seed(lab.seed)
    nets[kind.__name__, width] = train(network(kind, width), x_train, labels, epochs)
table = {}
for (kind, width), net in nets.items():
    ask = tf.function(lambda pixels, net=net: net(pixels, training=False), autograph=False)
    time = milliseconds(ask, tf.constant(x_test[:1]), runs=100)
    table[f"{kind}, width {width}"] = anatomy(net).macs / 1e6, accuracy(net, x_test, test_labels), time
    macs, right, time = table[f"{kind}, width {width}"]
    print(
        f"{kind:9} width {width:3}: {macs:5.2f} M multiply-adds, {net.count_params():7,} parameters, {right:.1%}, {time:.2f} ms"
    )

# %% jupyter={"source_hidden": true}
figure = new_figure(10, 3.6, "The same five blocks, ordinary and separable")
for place, (column, xlabel) in enumerate([(0, "million multiply-adds"), (2, "milliseconds for one image, here")], 1):
    axes = tidy(figure.add_subplot(1, 2, place), xlabel=xlabel, ylabel="test images right" if place == 1 else "")
    for who, row in table.items():
        color, marker = (ORANGE, "s") if who.startswith("standard") else (BLUE, "o")
        axes.plot(row[column], row[1], marker, color=color, ms=9)
        away = 9 if who.startswith("standard") else -17
        axes.annotate(who, (row[column], row[1]), (0, away), textcoords="offset points", ha="center", fontsize=10)
    axes.margins(x=0.25, y=0.3)
    axes.yaxis.set_major_formatter("{x:.0%}")
said = "; ".join(f"{who}: {row[0]:.1f} million, {row[1]:.1%}, {row[2]:.2f} ms" for who, row in table.items())
lab.record(**{f"right_{kind}_{width}": round(table[f"{kind}, width {width}"][1], 4) for kind, width in nets})
described(figure, f"Accuracy against work and against time for four networks. {said}.")

# %% [markdown]
# Compare at equal work first: the separable network at one and a half times the width has about as many multiply-adds as
# the ordinary one at half the width. Then compare at equal time. On paper the separable convolution wins. On these small
# letters, and on our machine, the ordinary network at half the width was the better of the two by one point (so it was
# from three other starts, too), and faster besides. MobileNet has a thousand channels and a thousand classes, where a ninth
# of the work is much; here the maps are small and the channels few. The
# rival to beat is not the ordinary network at full width but the same one made narrower.
#
# ## 8. Let the machine search
#
# Which blocks, how many, how wide, which kernels? MobileNetV3 and EfficientNet-B0 were not drawn by hand: people wrote
# down a **space** of networks and let a program look for good ones in it, with a price as a part of the score: the time
# on a telephone for MobileNetV3, the operations for EfficientNet-B0. That is **neural architecture search**. The programs are clever, but the simplest one is hard to beat: draw
# networks at random, train each for a little while, keep the best.
#
# "The best" needs a definition, since there are two aims. A network **dominates** another one if it is no dearer and no
# worse, and better in at least one of the two. Those that nobody dominates make the **Pareto front**: for each budget,
# the best there is.
#
# **Exercise.** Find it.


# %%
def pareto_front(costs, scores):
    """Return the positions, in any order, of the networks that no other one dominates: low costs and high scores are
    good. Two that are equal in both do not dominate each other."""
    ### BEGIN SOLUTION
    pairs = list(zip(costs, scores, strict=True))

    def dominates(one, other):
        return one[0] <= other[0] and one[1] >= other[1] and one != other

    return [place for place, pair in enumerate(pairs) if not any(dominates(other, pair) for other in pairs)]
    ### END SOLUTION


# %% [markdown] hints="pareto_front"
# 1. Three networks: costs 1, 2, 3 and scores 0.5, 0.7, 0.6. Which of them would nobody take, and because of which other
#    one?
# 2. Write a small function that says whether one network dominates another; then keep the places for which it says no
#    to all the others.
# 3. Equal costs are the trap: the better one of two that cost the same dominates. And a network never dominates its own
#    twin.
#
# The idea: A network stays if there is no other one that costs at most as much, scores at least as much, and is not
# equal to it in both.

# %%
ccv.check("pareto_front")

# %% [markdown]
# The space: a first width of 4, 8, 16 or 24 channels; then three stages, of which the second and the third halve the
# maps and double the channels; in each stage one or two blocks of one of five kinds. That is $4 \cdot (5 \cdot 2)^3 =
# 4{,}000$ networks. We draw ten.

# %%
KINDS = {
    "3x3": standard,
    "5x5": lambda x, filters, stride: standard(x, filters, stride, 5),
    "separable 3x3": separable,
    "separable 5x5": lambda x, filters, stride: separable(x, filters, stride, 5),
    "inverted": lambda x, filters, stride: inverted_residual(x, filters, 4, stride),
}


# %%
def drawn(rng):
    """A random network of the space: its first width, and for each stage (kind of block, how many of them)."""
    return int(rng.choice([4, 8, 16, 24])), [(str(rng.choice([*KINDS])), int(rng.integers(1, 3))) for _ in range(3)]


def built(width, stages):
    """The network of a description."""
    inputs = keras.Input(x_train.shape[1:])
    x = standard(inputs, width)
    for stage, (kind, repeats) in enumerate(stages):
        for repeat in range(repeats):
            x = KINDS[kind](x, width * 2**stage, 2 if stage and not repeat else 1)
    net = keras.Model(inputs, layers.Dense(classes, activation="softmax")(layers.GlobalAveragePooling2D()(x)))
    for layer in net.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.momentum = 0.9  # averages that are up to date after a short training
    return net


# %%
rng, found = np.random.default_rng(lab.seed), []
for number in range(10 if lab.quick else 40):
    width, stages = drawn(rng)
    keras.utils.set_random_seed(lab.seed)
    net = train(built(width, stages), x_train, labels, 3)
    found.append((anatomy(net).macs / 1e6, accuracy(net, x_test, test_labels)))
    said = ", ".join(f"{repeats} x {kind}" for kind, repeats in stages)
    print(f"{number:2}: first width {width:2}, {said:55} {found[-1][0]:6.2f} M, {found[-1][1]:.1%}")
costs, scores = np.array(found).T
front = sorted(pareto_front(costs.tolist(), scores.tolist()), key=lambda place: costs[place])
ranks = np.argsort(np.argsort([costs, scores], axis=1), axis=1)
spearman = np.corrcoef(ranks)[0, 1]
print(f"on the front: {front}; rank correlation of work and accuracy (Spearman): {spearman:.2f}")

# %% jupyter={"source_hidden": true}
figure = new_figure(9, 3.8, f"{len(found)} networks drawn at random, each trained for three epochs")
axes = tidy(figure.add_subplot(), xlabel="million multiply-adds", ylabel="test images right", xscale="log")
axes.plot(costs, scores, "o", color=BLUE, ms=8, label="a network")
axes.step(costs[front], scores[front], "-", where="post", color=ORANGE, zorder=0, label="the Pareto front")
axes.plot(costs[front], scores[front], "s", color=ORANGE, ms=11, mfc="none", mew=2)
for place in range(len(found)):
    axes.annotate(str(place), (costs[place], scores[place]), (8, -10), textcoords="offset points", fontsize=10)
axes.yaxis.set_major_formatter("{x:.0%}")
axes.legend(loc="lower right")
lab.record(search_spearman=round(float(spearman), 3), search_best=float(scores.max()))
described(
    figure, f"Accuracy against multiply-adds of {len(found)} random networks; on the front are the numbers {front}."
)

# %% [markdown]
# The nearer the rank correlation is to 1, the more of what a search finds is only that more work helps. What is worth knowing is the rest: networks far below the front, which do much work to little avail,
# and the few at its knee. The test images have chosen here, so the best one's accuracy is a little flattered; an honest
# search chooses by images for validation and looks at the test images once. And three epochs only rank networks that
# learn at about the same speed.

# %% [markdown]
# ## 9. Eight bits
#
# So far every weight is a float of 32 bits. A telephone would rather have integers of eight: a file of a quarter of the
# size, and arithmetic that is cheap (by a paper of 2014, in chips of 45 nanometres, a multiplication of eight-bit integers took 0.2 picojoules, one
# of 32-bit floats 3.7). An integer $q$ stands for the real number
#
# $$ x \approx \text{scale} \cdot (q - \text{zero point}) , $$
#
# where the **scale** is a step on the real line and the **zero point** is the integer that stands for 0. From a range
# $[\text{low}, \text{high}]$ both follow: 256 integers have 255 steps between them, so the scale is a 255th of the
# range; and low should become -128. The range has to hold 0 itself and is stretched to it where it does not, since
# zeros are everywhere (padding, ReLU) and have to stay exactly 0. What lies outside the range is **clipped** to its
# ends.
#
# **Exercise.** Quantise, with any number of bits: with $b$ of them the integers go from $-2^{b-1}$ to $2^{b-1} - 1$.


# %%
def quantise(x, low, high, bits=8):
    """Return (q, scale, zero_point): the whole numbers q for x, of its shape, in the range from low to high.

    low is stretched down and high up to 0. zero_point = -2^(bits - 1) - low / scale, rounded to a whole number.
    """
    ### BEGIN SOLUTION
    low, high = min(low, 0), max(high, 0)
    scale = (high - low) / (2**bits - 1)
    smallest = -(2 ** (bits - 1))
    zero_point = round(smallest - low / scale)
    q = np.clip(np.rint(np.asarray(x) / scale) + zero_point, smallest, -smallest - 1)
    return q.astype(int), scale, zero_point
    ### END SOLUTION


# %% [markdown] hints="quantise"
# 1. Numbers from 0 to 255 in eight bits: what are the scale and the zero point, and what becomes of 0, of 255 and of
#    300?
# 2. Stretch the range, then scale, then zero point, then the numbers: divide, round, move, clip, in this order.
# 3. For b bits there are 2^b integers and one step fewer between them. Clip before you change to a small type of
#    integers, which would wrap round.
#
# The idea: Divide by the step, round to whole numbers, add the zero point, and cut off what has fallen outside.

# %%
ccv.check("quantise")

# %%
x = np.linspace(-1, 3, 9)
q, scale, zero_point = quantise(x, -1, 2.5)
again = scale * (q - zero_point)
print(f"scale {scale:.5f}, zero point {zero_point}")
for row in (x, q, again.round(3)):
    print("  ".join(f"{number:7g}" for number in row))
inside = x <= 2.5
print(f"largest error inside the range: {np.abs(again - x)[inside].max():.4f}, half a step is {scale / 2:.4f}")

# %% [markdown]
# Inside the range no error is larger than half a step; 0 comes back as 0; and 3, which lies outside, is cut to 2.5.
#
# How many bits does a network need? Take the ordinary and the separable network of section 7 and quantise every kernel,
# once with one range for the **whole kernel**, once with a range for **each channel** that it makes. **Your bet**: which
# of the two networks minds more, and how few bits are too few?


# %%
def rounded(kernel, bits, axes):
    """A kernel as it comes back from so many bits; one range over all `axes`, and one for each index of the others."""
    parts = np.moveaxis(kernel, axes, range(len(axes))).reshape(math.prod(kernel.shape[a] for a in axes), -1)
    back = []
    for part in parts.T:
        q, scale, zero_point = quantise(part, part.min(), part.max(), bits)
        back.append(scale * (q - zero_point))
    moved = np.moveaxis(kernel, axes, range(len(axes))).shape
    return np.moveaxis(np.stack(back, axis=1).reshape(moved), range(len(axes)), axes)


def accuracy_in(net, bits, by_channel):
    """The accuracy of a network whose convolutions have kernels of so many bits."""
    kept = net.get_weights()
    for layer in net.layers:
        if isinstance(layer, (layers.Conv2D, layers.DepthwiseConv2D)):
            made = 2 if isinstance(layer, layers.DepthwiseConv2D) else 3  # the axis of the channels that it makes
            axes = [axis for axis in range(4) if not (by_channel and axis == made)]
            layer.kernel.assign(rounded(layer.kernel.numpy(), bits, axes))
    right = accuracy(net, x_test, test_labels)
    net.set_weights(kept)
    return right


# %%
widths = [8, 7, 6, 5, 4, 3]
bits = {
    (kind, how): [accuracy_in(nets[kind, width], count, how == "a range for each channel") for count in widths]
    for kind, width in (("standard", 1), ("separable", 1.5))
    for how in ("one range for the kernel", "a range for each channel")
}

# %% jupyter={"source_hidden": true}
figure = new_figure(9, 4, "How few bits can a kernel have?")
axes = tidy(figure.add_subplot(), xlabel="bits of each weight", ylabel="test images right", ylim=(0, 1.05))
for (kind, how), shares in bits.items():
    dash, color = "-" if "channel" in how else "--", ORANGE if kind == "standard" else BLUE
    axes.plot(
        widths, shares, dash, color=color, marker="s" if kind == "standard" else "o", ms=6, label=f"{kind}, {how}"
    )
axes.axhline(1 / classes, color="0.5", ls=":")
axes.set_xlim(8.2, 2.8)
axes.yaxis.set_major_formatter("{x:.0%}")
axes.legend(loc="lower left", fontsize=10.5)
said = "; ".join(
    f"{kind}, {how}: " + ", ".join(f"{share:.0%}" for share in shares) for (kind, how), shares in bits.items()
)
described(figure, f"Accuracy with kernels of 8, 7, 6, 5, 4 and 3 bits. {said}.")

# %% [markdown]
# Follow a curve to the right until it comes down, and see whether a dashed one does so before the solid one. A range
# for the whole kernel is as wide as its widest channel, so a narrow channel gets few of the integers. A depthwise kernel
# has only nine weights a channel, and its channels differ much in size. Therefore LiteRT gives each channel a range of
# its own.
#
# ### Multiplying integers
#
# The saving in time comes only if the *arithmetic* is done in integers too. For a dense layer, with inputs
# $x \approx s_x (q_x - z_x)$ and weights $w \approx s_w q_w$ (their zero point is 0, and each unit has a scale of its
# own), the scales can be taken out of the sum:
#
# $$ y_j = \sum_i x_i w_{ij} \approx s_x\, s_{w,j} \sum_i (q_{x,i} - z_x)\, q_{w,ij} . $$
#
# The sum has nothing but integers in it. A product of two of them needs 16 bits, and a sum of many products 32: that is
# what the hardware adds up in.
#
# **Exercise.** The layer in integers; only the last step is one of floats.


# %%
def int8_dense(q_x, scale_x, zero_x, q_w, scale_w):
    """Return y (batch, units) as floats, for q_x (batch, inputs) and q_w (inputs, units), arrays of int8.

    scale_x and zero_x are single numbers; scale_w (units,) has a scale for each unit; the weights' zero point is 0.
    """
    ### BEGIN SOLUTION
    total = (q_x.astype(np.int32) - zero_x) @ q_w.astype(np.int32)
    return scale_x * np.asarray(scale_w) * total
    ### END SOLUTION


# %% [markdown] hints="int8_dense"
# 1. One input, one unit: q_x = 100, zero point -100, q_w = 3. What is the sum, and does it fit into eight bits?
# 2. Three steps: make room, subtract and multiply in integers, and let the scales turn the sums into real numbers.
# 3. Even the subtraction needs more than eight bits. The scales of the weights belong to the units, that is, to the
#    columns of the result.
#
# The idea: Change both arrays to a wide type of integers, subtract the zero point, multiply the matrices, and multiply
# each column by both scales.

# %%
ccv.check("int8_dense")

# %% [markdown]
# ### A file for a telephone
#
# Telephones run networks in **LiteRT** (until 2024 TensorFlow Lite), and its converter comes with TensorFlow. It folds
# each normalisation into the convolution before it, writes one flat file, and, if asked, quantises: every weight, with a
# range for each channel, and every map, whose ranges it finds by looking at some training images, the **calibration**.
#
# We do it with the ordinary network of section 7, twice: trained on handwritten digits of 16x16 pixels, and on grey
# photographs of blood cells of 24x24, red, white and platelets. Both are real data.

# %% jupyter={"source_hidden": true}
import contextlib
import io
import os
import warnings
from pathlib import Path


@contextlib.contextmanager
def silence():
    """Keep what the converter prints, a hundred lines, out of the notebook: the process's own streams, and Python's."""
    kept = {stream: os.dup(stream) for stream in (1, 2)}
    tf.get_logger().setLevel("ERROR")
    with Path(os.devnull).open("w") as nowhere, warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        for stream in kept:
            os.dup2(nowhere.fileno(), stream)
        try:
            yield
        finally:
            for stream, copy in kept.items():
                os.dup2(copy, stream)
                os.close(copy)


# %%
def exported(model, calibration=None):
    """A model as the bytes of a LiteRT file: in float32, or in int8 with some images to calibrate on."""
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    if calibration is not None:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = lambda: ([image[None]] for image in calibration)
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = converter.inference_output_type = tf.int8
    with silence():
        return converter.convert()


# %%
def answers(file, x):
    """Run a LiteRT file on one image after the other: (the outputs as it gives them, median milliseconds)."""
    with silence():
        runner = tf.lite.Interpreter(model_content=file, num_threads=1)
        runner.allocate_tensors()
    asked, told = runner.get_input_details()[0], runner.get_output_details()[0]
    scale, zero_point = asked["quantization"]
    if scale:
        x = np.clip(np.rint(x / scale) + zero_point, -128, 127).astype(np.int8)
    outputs, spent = [], []
    for image in x:
        runner.set_tensor(asked["index"], image[None])
        start = perf_counter()
        runner.invoke()
        spent.append(1000 * (perf_counter() - start))
        outputs.append(runner.get_tensor(told["index"])[0])
    return np.array(outputs), float(np.median(spent))


# %%
def for_telephones(name, epochs, shrink=1, **options):
    """Train on a data set, export in both ways, and ask both files about the test images: by kind of number,
    (the file, the share that is right, milliseconds)."""
    (x, y), (x_new, y_new) = (data.arrays(name, part, **options) for part in ("train", "test"))
    x, x_new = (tf.nn.avg_pool(pixels.astype("float32"), shrink, shrink, "VALID").numpy() for pixels in (x, x_new))
    mean, deviation = x.mean(), x.std()
    x, x_new = ((pixels - mean) / deviation for pixels in (x, x_new))
    keras.utils.set_random_seed(lab.seed)
    model = train(network(standard, 1, x.shape[1:], int(y.max()) + 1), x, y, epochs)
    files = {"float32": exported(model), "int8": exported(model, calibration=x[:100])}
    asked = {kind: answers(file, x_new) for kind, file in files.items()}
    return {kind: (files[kind], float(np.mean(said.argmax(1) == y_new)), time) for kind, (said, time) in asked.items()}


# %%
telephone = {}
if hasattr(tf, "lite"):
    telephone["digits"] = for_telephones("digits", 6, size=16)
    telephone["grey cells"] = for_telephones("cells", 8, shrink=2, channels=1)
else:
    print("This TensorFlow has no converter to LiteRT (that of 2.20 and 2.21 has), so nothing is exported here.")
for name, both in telephone.items():
    rows = {kind: (len(file) / 1000, right, time) for kind, (file, right, time) in both.items()}
    for kind, (size, right, time) in rows.items():
        print(f"{name:11} {kind:8} {size:6.0f} kB, {right:.2%} right, {time:.3f} ms an image")
    ratios = [before / after for before, after in zip(*rows.values(), strict=True)]
    print(f"{name:11} int8 is {ratios[0]:.1f} times smaller and, on this computer, {ratios[2]:.1f} times faster")

# %% [markdown]
# Why not four times smaller? The file holds more than weights: the graph, and for each channel its scale; and biases
# keep 32 bits. Why is it faster, too? Eight bits fit four times as many numbers into a register and into a cache, and
# the arithmetic is the one that you have written. Where the accuracy moves, it is by pictures on which the network
# was undecided.
#
# This is **quantisation after training**. Where it costs too much (very small networks, fewer bits), one trains a little
# longer with the rounding inside the network, so that the weights can get used to it.
#
# ## What you have learnt
#
# - A multiply-add is two operations; FLOPs count them for one image, FLOPS are a processor's rate. Height, width,
#   squared kernel, channels and filters are multiplied.
# - Depthwise and pointwise together are an ordinary convolution whose kernel has rank 1 in every channel, for $1/F +
#   1/k^2$ of the work.
# - The work of a network grows with its depth, and with the square of its width and of its resolution. Compound scaling
#   turns all three knobs together.
# - An inverted residual is narrow, wide, narrow; the narrow ends have no activation, and the shortcut joins them.
# - Multiply-adds are not time. Where little is computed with each number that is fetched, and where there are many small
#   layers, the arithmetic waits.
# - Compare networks at equal cost, and measure the cost that you care about. The Pareto front shows all bargains at
#   once; random search is the baseline of every search.
# - A real number becomes eight bits by a scale and a zero point. Each channel gets a range of its own. The file shrinks
#   not quite to a quarter, since not all of it is weights.
#
# ## Do you still know?
#
# <details><summary>ResNet-50: 3.9 billion or 7.7 billion?</summary>
#
# 3.9 billion multiply-adds, 7.7 billion FLOPs, for one image of 224x224 and the way forward. FLOPS, with a capital S,
# would be operations per second, and a network has none.
#
# </details>
#
# <details><summary>28x28x128 to 28x28x256, 3x3: what share of the work is left when the convolution is separable?
# </summary>
#
# 1/256 + 1/9, that is 11.5 %. The size of the maps and the 128 channels do not matter.
#
# </details>
#
# <details><summary>Can every convolution be written as a separable one?</summary>
#
# No. Only if all filters see the same pattern in a channel, up to a factor: the table of pixels by filters has rank 1
# for each channel.
#
# </details>
#
# <details><summary>Half the width, or half the resolution: which one saves more multiply-adds, which one saves weights?
# </summary>
#
# Both leave about a quarter of the multiply-adds (half the width a little more, since the depthwise layers shrink by
# half only). Weights are saved by the width alone; convolutions do not know the size of the image.
#
# </details>
#
# <details><summary>Why does the projection of an inverted residual have no ReLU?</summary>
#
# Its output has few channels. What a ReLU cuts off there is lost, while among many channels another one still has it.
#
# </details>
#
# <details><summary>A depthwise layer has 1/128 of a convolution's work. Why does it not run 128 times faster?</summary>
#
# It reads and writes the same maps. Nine multiply-adds for each number that is fetched cannot keep the arithmetic units
# busy: the time is that of the traffic, and of the call.
#
# </details>
#
# <details><summary>Weights lie between -0.2 and 0.8. What are the scale and the zero point in eight bits?</summary>
#
# The scale is 1/255 = 0.0039, the zero point -128 + 51 = -77. (From -0.2 to 0.8 there are 255 steps, of which 51 lie below
# 0.)
#
# </details>
#
# <details><summary>Does quantisation lower the FLOPs of a network?</summary>
#
# No, it leaves the number of operations as it is and makes each of them, and each transport, cheaper.
#
# </details>
#
# ## Your own digit
#
# Draw a digit in sixteen rows of numbers from 0 (paper) to 9 (ink), or set `MY_PHOTO` to the path of a picture with one
# digit on plain paper. (Without a photo, the drawing below is taken.) Do both files, floats and integers, say the same
# of it? And how sure are they?

# %%
MY_PHOTO = None
MY_DIGIT = """
0000000000000000
0000003668000000
0000079999800000
0000890000980000
0000500000490000
0000000000590000
0000000000980000
0000000009900000
0000000499300000
0000004994000000
0000049940000000
0000499300000000
0004995000000000
0009999888997000
0002466666653000
0000000000000000
"""
mine = np.array([[int(ink) for ink in row] for row in MY_DIGIT.split()]) / 9 * 255
if MY_PHOTO:
    mine = clean_digit(MY_PHOTO, size=16, inner=14)[..., 0].astype(float)

# %%
seen = data.arrays("digits", "train", size=16)[0]
for kind, (file, *_) in telephone.get("digits", {}).items():
    said = answers(file, ((mine - seen.mean()) / seen.std()).astype("float32")[None, ..., None])[0][0].astype(float)
    shares = said if kind == "float32" else (said + 128) / 256  # the last layer has a scale of 1/256 and starts at -128
    best = np.argsort(shares)[::-1][:2]
    print(f"{kind:8} {best[0]} ({shares[best[0]]:.0%}), then {best[1]} ({shares[best[1]]:.0%})")
plots.image_grid(mine[None, ..., None].astype("uint8"), titles=["your digit"], columns=1, title="What the files see")

# %% [markdown]
# ## An open task
#
# The best network for five million multiply-adds on the Greek letters. The half-wide ordinary network has 4.7 million and
# is trained for 8 epochs; its accuracy stands below section 2. Beat it with no more work and no more epochs: other
# blocks, other places for the strides, another expansion, 5x5 kernels, squeeze and excitation. Judge by the mean of
# three seeds, since one of the 1,600 test letters is 0.06 %, and choose by letters that are not among them
# (`data.arrays("glyphs", "train", seed=1, size=24, channels=1)`).
#
# Or make it the fastest one on your computer, at the same accuracy, and see how different the answer is.
#
# ## To read on
#
# - A. Howard and others: [MobileNets: efficient convolutional neural networks for mobile vision
#   applications](https://arxiv.org/abs/1704.04861), 2017; M. Sandler and others: [MobileNetV2: inverted residuals and
#   linear bottlenecks](https://arxiv.org/abs/1801.04381), 2018; A. Howard and others: [Searching for
#   MobileNetV3](https://arxiv.org/abs/1905.02244), 2019.
# - F. Chollet: [Xception: deep learning with depthwise separable convolutions](https://arxiv.org/abs/1610.02357), 2016.
# - M. Tan, Q. Le: [EfficientNet: rethinking model scaling for convolutional neural
#   networks](https://arxiv.org/abs/1905.11946), 2019.
# - L. Li, A. Talwalkar: [Random search and reproducibility for neural architecture
#   search](https://arxiv.org/abs/1902.07638), 2019: how good the simplest search is.
# - B. Jacob and others: [Quantization and training of neural networks for efficient integer-arithmetic-only
#   inference](https://arxiv.org/abs/1712.05877), 2018: scale and zero point, as LiteRT has them.
# - M. Horowitz: [Computing's energy problem (and what we can do about it)](https://doi.org/10.1109/ISSCC.2014.6757323),
#   2014: what an operation costs in picojoules.
# - S. Williams, A. Waterman, D. Patterson: [Roofline: an insightful visual performance
#   model](https://doi.org/10.1145/1498765.1498785), 2009.
# - Google: [LiteRT](https://ai.google.dev/edge/litert), on a telephone.
#
# *Digits: E. Alpaydin, C. Kaynak, UCI 1998 (CC BY 4.0). Cells: the BCCD dataset (MIT licence).*

# %% [markdown]
# <!-- For those who have the slides -->

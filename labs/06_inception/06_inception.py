# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
#   ccv:
#     minutes: 120
#     needs: "two CPU cores, no network"
#     about: "what one pixel is good for: 1x1 convolutions, bottlenecks, inception and fire modules, auxiliary heads, global average pooling"
# ---

# %% [markdown]
# # Inception: every filter at once, and a cheap one first
#
# Two networks led the ImageNet challenge of 2014. VGG came second, with 138 million parameters. The winner, GoogLeNet, had
# 22 layers and **seven million**, a twentieth; and it needed a tenth of the multiplications. It did not choose between
# filters of 1x1, 3x3 and 5x5 either: it took all of them, side by side, nine times in a row. How can *more* filters cost
# *less*? The answer is a filter that looks too small to be of any use, one pixel high and one pixel wide. It comes from a
# paper of the year before, *Network in network*, and you will find it in nearly every network built since.
#
# In this lab you find out what a single pixel is good for, send the bill for a convolution twice, once in multiplications
# and once in parameters, build the module, repair a table of GoogLeNet that is passed around with holes in it, and measure
# whether its two extra heads did what was hoped for.

# %%
import ccv

lab = ccv.lab("06_inception")

# %%
import keras
import numpy as np
import tensorflow as tf
from keras import layers

from ccv import data, models, plots
from ccv.anatomy import anatomy
from ccv.models.googlenet import MODULES
from ccv.models.googlenet import inception_module as ready_module
from ccv.plots.style import BLUE, ORANGE, RED, described, new_figure, tidy

keras.utils.set_random_seed(lab.seed)


# %%
def costs(network, **options):
    """The anatomy of a network by its name; its shapes suffice, so no random numbers are drawn for its weights."""
    with keras.StatelessScope(initialize_variables=False):
        return anatomy(getattr(models, network)(**options))


GOOGLENET = costs("googlenet")
GOOGLENET.draw("inception_3a", title="The first of nine modules: four ways through, side by side")

# %% [markdown]
# **You will be able to** say what a 1x1 convolution computes, and three things that it is for; tell the multiplications of
# a layer from its parameters; build an inception module and a fire module; work out every size and every weight of
# GoogLeNet; add auxiliary heads to a loss; split a filter in two; and say what global average pooling saves, what it loses,
# and how to get some of that back.
#
# **You should know** how to count the weights of a convolution, what padding does to the size of a map, and a little of
# Keras's functional style. The labs on convolution and on VGG are a good start.
#
# **Time**: about two hours. The cells themselves run for about a minute on two cores; nothing is downloaded.
#
# ## 1. A filter of one pixel
#
# On a grey picture a 1x1 filter is pointless: it multiplies every pixel by the same number. But a filter always reaches
# through *all* channels. At each pixel of a map with $C$ channels there stand $C$ numbers, and the filter has one weight
# for each: it makes a **weighted sum over the channels**, pixel by pixel. A photograph has three channels, so three weights
# and a bias say what such a filter looks for:

# %%
photograph = data.photograph("flower")[10:410:2, 120:520:2] / 255
FILTERS = {"red less green": (1, -1, 0, 0), "green less red": (-1, 1, 0, 0), "dark": (-0.6, -0.6, -0.6, 0.6)}


def one_pixel_filters(picture, filters):
    """The maps of 1x1 filters with a ReLU, each given as its weights for red, green, blue and its bias."""
    *weights, bias = np.array(list(filters.values())).T
    return np.maximum(picture @ np.array(weights) + bias, 0)


maps = one_pixel_filters(photograph, FILTERS)
plots.image_grid(
    [photograph, *np.moveaxis(maps, -1, 0)],
    ["the photograph", *FILTERS],
    columns=4,
    title="What three filters of one pixel make of a photograph",
)

# %% [markdown]
# The first finds the petals, the second what is greenish behind them, the third the shadows. None of them sees a shape, since
# none sees two pixels at a time. That is what "mixing channels" means: the $C$ numbers of a pixel go in, and a new number comes out. With
# $F$ filters, $F$ numbers come out. So a 1x1 convolution is a table of $C \times F$ weights that is applied **at every pixel
# alike**, a *matrix product*.
#
# **Exercise.** Write it so, without a convolution. The kernel comes as Keras has it: height, width, channels, filters.


# %%
def pointwise(maps, kernel, bias):
    """Apply a 1x1 convolution and a ReLU to maps (batch, height, width, channels), in NumPy.

    kernel: (1, 1, channels, filters); bias: (filters,). Return (batch, height, width, filters).
    """
    ### BEGIN SOLUTION
    return np.maximum(maps @ kernel[0, 0] + bias, 0)
    ### END SOLUTION


# %% [markdown] hints="pointwise"
# 1. Take a single pixel with the channels (1, 2) and a kernel of two channels and three filters. How many numbers come out,
#    and how is the first of them made? Write it down as a vector times a matrix.
# 2. A kernel of shape (1, 1, channels, filters) holds one matrix. Take that out. NumPy's matrix product of an array with
#    four axes and a matrix works on the last axis and leaves the others alone.
# 3. The bias has one number a filter, and filters are the last axis, so broadcasting adds it. Nothing negative leaves the
#    layer.
#
# The idea: Multiply the channels of every pixel by the one matrix in the kernel, add the bias, and cut off what is negative.

# %%
ccv.check("pointwise")

# %% [markdown]
# A dense layer computes just that, a weight for each input and each unit. Apply one to an array with four axes and Keras
# lets it work on the last. The three are the same:

# %%
some = np.random.default_rng(lab.seed).normal(size=(2, 6, 6, 32)).astype("float32")
convolution = layers.Conv2D(5, 1, activation="relu")
dense = layers.Dense(5, activation="relu")
by_convolution, _ = convolution(some), dense(some)
kernel, bias = convolution.get_weights()
dense.set_weights([kernel[0, 0], bias])
mine = pointwise(some, kernel, bias)
print("kernel of the convolution:", kernel.shape, " weights of the dense layer:", dense.get_weights()[0].shape)
for name, other in {"1x1 convolution": by_convolution, "dense layer at every pixel": dense(some)}.items():
    print(f"largest difference between yours and the {name}: {np.abs(mine - other).max():.0e}")

# %% [markdown]
# "A 1x1 convolution behaves like a fully connected layer", one often reads. Like *the same* fully connected layer at each
# pixel, across the channels: it connects no pixel with another. (And it is the opposite of a *depthwise* convolution, which
# keeps the channels apart and mixes neighbouring pixels.)
#
# Three small questions to be sure of. How many weights has a 1x1 convolution from 10 channels to 5, and how many a 3x3? What
# shape do 32 filters make of maps of 28x28x192? And if a filter of 32 twos meets maps of 6x6x32 that are all ones, what
# comes out?

# %%
for size in (1, 3):
    layer = layers.Conv2D(5, size, padding="same", use_bias=False)
    layer.build((None, None, None, 10))
    print(f"{size}x{size}, 10 channels to 5: {layer.count_params()} weights")
print("32 filters on 28x28x192:", layers.Conv2D(32, 1)(np.ones((1, 28, 28, 192))).shape[1:])
twos = pointwise(np.ones((1, 6, 6, 32)), np.full((1, 1, 32, 1), 2), np.zeros(1))
print("a filter of twos on ones, 6x6x32:", twos.shape[1:], "every number is", np.unique(twos))

# %% [markdown]
# ## 2. Network in network
#
# So what is it for? Three things, and every network of this lab uses at least two of them:
#
# 1. **It changes the number of channels**, from 192 to 32 or from 16 to 64, and leaves height and width alone.
# 2. **It combines channels.** "Red less green" is one example; deeper in a network the channels are "stripes" and "fur" and
#    "round", and their combinations are worth more than colours.
# 3. **It adds a non-linearity.** After it comes a ReLU. Two of them in a row are a small neural network with a hidden layer,
#    the same at every pixel. Lin, Chen and Yan, who had the idea in 2013, put that after an ordinary convolution and called
#    it an **mlpconv** (MLP is a *multilayer perceptron*), and the whole a network in a network.
#
# The third is easy to overlook. Here is a task that no single 1x1 filter can do. Take two pictures of a film as the two
# channels $a$ and $b$ of one map. What has moved? Where the two differ, of course: $|a - b|$. One filter with a ReLU can
# make $\max(0, a - b)$, which shows where something *was*, or $\max(0, b - a)$, which shows where it *is*. It cannot make
# both at once: whatever its weights, it is zero on a whole side of a line, or not zero where $a = b$. Two layers can.
#
# **Exercise.** Set the numbers by hand. Two 1x1 convolutions, both with a ReLU; how many hidden channels you take is up to
# you.


# %%
def absolute_difference():
    """Return (kernel1, bias1, kernel2, bias2) of two 1x1 convolutions, both with a ReLU, which together turn two channels
    a and b, any real numbers, into one: |a - b|. Shapes: (1, 1, 2, n), (n,), (1, 1, n, 1), (1,), for an n of your own."""
    ### BEGIN SOLUTION
    first = np.array([[1.0, -1.0], [-1.0, 1.0]])
    return first[None, None], np.zeros(2), np.ones((1, 1, 2, 1)), np.zeros(1)
    ### END SOLUTION


# %% [markdown] hints="absolute_difference"
# 1. Try three pixels: (a, b) = (5, 2), (2, 5) and (4, 4). Which single number, made by one filter and a ReLU, is right for
#    the first, and what does it give for the second?
# 2. Two hidden channels are enough. Let one of them be right where a is larger, the other where b is larger, and each zero
#    where the other is at work.
# 3. The kernel's third axis is the channel below, the fourth the filter: the column of a filter has its weight for a and
#    its weight for b. The second layer only has to add, and no bias is needed anywhere.
#
# The idea: One hidden channel makes a - b, the other b - a, the ReLU sets the negative one to zero, and the second layer
# adds the two.

# %%
ccv.check("absolute_difference")

# %% [markdown]
# A film of two pictures: a real handwritten digit moves by two pixels, in front of a frame that stands still.

# %%
(images, labels), (test_images, test_labels) = data.arrays("digits", "train"), data.arrays("digits", "test")
before, after = np.zeros((2, 14, 14))
before[3:11, 2:10] = after[3:11, 4:12] = images[3, ..., 0] / 255
for frame in (before, after):
    frame[[0, -1]] = frame[:, [0, -1]] = 0.6
film = np.stack([before, after], axis=-1)[None]
kernel1, bias1, kernel2, bias2 = absolute_difference()
moved = pointwise(pointwise(film, kernel1, bias1), kernel2, bias2)[0, ..., 0]
one_filter = pointwise(film, np.reshape([1, -1], (1, 1, 2, 1)), np.zeros(1))[0, ..., 0]
plots.image_grid(
    [before, after, one_filter, moved],
    ["a", "b", "one filter: was there", "two layers: |a - b|"],
    columns=4,
    title="What has moved? One layer sees half of it, two layers all",
)

# %% [markdown]
# The frame is gone from both, but one layer shows only the place that the digit has left. With the second layer the net
# says "changed", whichever way. An mlpconv is no more than that, with a real convolution first and with weights that are
# learnt. Here is the network that the paper trained on CIFAR-10: three mlpconvs, each a large convolution and two of 1x1.

# %%
costs("nin_cifar").draw(title="Network in Network for CIFAR-10: three times a small network inside the network")

# %% [markdown]
# Look at the end: no dense layers. The last 1x1 convolution makes **one map per class**, and the class's score is the mean
# of its map. That is *global average pooling*, the paper's second idea; section 9 is about what it costs. What it saves you
# see in the sum: this network for small pictures has 967 thousand parameters, and its sister for ImageNet
# 7.6 million, where AlexNet has 61 million.
#
# ## 3. The bill: multiplications are not parameters
#
# Now to what made GoogLeNet possible. Somewhere inside, maps of 28x28x192 meet 32 filters of 5x5, with "same" padding and
# a stride of 1. What does that cost? There are two answers, and they are often mixed up.
#
# - **Multiplications**: the work for one image. Each number that comes out is a sum of 5 · 5 · 192 products, and
#   28 · 28 · 32 numbers come out.
# - **Parameters**: the numbers to learn, to store and to send. A filter has 5 · 5 · 192 weights, there are 32 of them, and
#   they are the *same at all pixels*.
#
# Now put a **bottleneck** in front: first a 1x1 convolution from 192 channels down to 16, then the 5x5 from these 16 to 32.
# The output has the same shape as before.
#
# **Exercise.** Both bills, with and without a bottleneck. Weights only, no biases.


# %%
def convolution_costs(height, width, channels, filters, kernel, inner=None):
    """Return (multiplications, weights) of a convolution of kernel x kernel with stride 1 and "same" padding, from maps of
    (height, width, channels) to so many filters; with `inner`, a 1x1 convolution to so many channels comes first, and
    the sums of both layers are returned. Biases are not counted."""
    ### BEGIN SOLUTION
    if inner is None:
        weights = kernel * kernel * channels * filters
    else:
        weights = channels * inner + kernel * kernel * inner * filters
    return height * width * weights, weights
    ### END SOLUTION


# %% [markdown] hints="convolution_costs"
# 1. Without a bottleneck first: for one number of the output, how many products are summed? How many numbers has the
#    output? And how many weights has one filter, however large the map is?
# 2. The two answers differ by one factor only. Which? With a bottleneck there are two layers: work out each as if it were
#    alone, and add.
# 3. The 1x1 reads all the channels and writes the inner ones; the large kernel reads the inner ones and writes the filters.
#    Since the stride is 1 and the padding "same", both layers have as many places as the map has pixels.
#
# The idea: A layer has kernel area times channels in times filters out as weights; multiply by the pixels of the map for
# the work; and with a bottleneck add the two layers.

# %%
ccv.check("convolution_costs")

# %% jupyter={"source_hidden": true}
direct, squeezed = (convolution_costs(28, 28, 192, 32, 5, inner) for inner in (None, 16))
narrow = convolution_costs(28, 28, 192, 16, 1)
figure = new_figure(9.5, 3.6, "A 5x5 convolution from 192 channels to 32, on maps of 28x28: two different bills")
for place, (what, unit, scale) in enumerate([("multiplications", "million", 1e6), ("weights", "thousand", 1e3)]):
    axes = tidy(figure.add_subplot(1, 2, place + 1), title=what, ylabel=unit)
    total, both, first = (bill[place] / scale for bill in (direct, squeezed, narrow))
    axes.bar([0], [total], color=BLUE, width=0.6, label="5x5")
    axes.bar([1], [both - first], bottom=[first], color=BLUE, width=0.6)
    axes.bar([1], [first], color=ORANGE, width=0.6, label="1x1", hatch="//", edgecolor="white")
    for x, height in enumerate((total, both)):
        axes.annotate(f"{height:.1f}", (x, height), (0, 3), textcoords="offset points", ha="center")
    axes.set_xticks([0, 1], ["directly", "through 16 channels"])
    axes.margins(y=0.12)
    axes.legend()
print(f"directly            {direct[0]:11,} multiplications, {direct[1]:7,} weights")
print(f"through 16 channels {squeezed[0]:11,} multiplications, {squeezed[1]:7,} weights")
described(figure, f"Two bar charts. Multiplications: {direct[0]:,} directly, {squeezed[0]:,} through 16 channels; weights: "
          f"{direct[1]:,} and {squeezed[1]:,}. The 1x1 is about a fifth of the small bars.")  # fmt: skip

# %% [markdown]
# 120 million multiplications against 12.4 million: a tenth. And 153,600 weights against 15,872. The *ratio* is the same,
# 9.7, because on a map of 28x28 everything is done 784 times. But the numbers are not: whoever writes that this layer has
# "12.4 million parameters" is wrong by a factor of 784. Feed the network an image twice as wide and twice as high, and there
# are four times the multiplications, and not one weight more.
#
# **Your bet.** How many channels may the bottleneck have before it no longer pays? Half of the 192? All of them?

# %%
widths = range(1, 193)
shares = [convolution_costs(28, 28, 192, 32, 5, inner)[0] / direct[0] for inner in widths]
figure = new_figure(8, 3.4, "What the bottleneck costs, as a share of the 5x5 without it")
axes = tidy(figure.add_subplot(), xlabel="channels inside the bottleneck", ylabel="multiplications, as a share")
axes.plot(widths, shares, color=BLUE)
axes.axhline(1, color="0.4", ls="--")
axes.plot(16, shares[15], "o", color=ORANGE)
axes.annotate(f"GoogLeNet: 16 channels, {shares[15]:.0%}", (16, shares[15]), (24, -4), textcoords="offset points")
last = max(inner for inner, share in zip(widths, shares, strict=True) if share < 1)
axes.annotate(f"up to {last} channels it saves", (last, 1), (-8, 8), textcoords="offset points", ha="right")
axes.yaxis.set_major_formatter("{x:.0%}")
described(
    figure, f"A straight line: 16 channels cost {shares[15]:.0%} of the direct convolution, {last} channels as much."
)

# %% [markdown]
# A straight line through zero: half the channels inside, half the price, for the 1x1 as for the 5x5. Up to 154 channels it is
# cheaper than without. So why 16 and not 100? Everything that the 5x5 gets to see has to go through the
# bottleneck. Its sixteen numbers at each pixel are combinations of the 192, learnt for this purpose; how few still do is a
# question to the data, and no formula answers it.
#
# ## 4. The module: do them all
#
# Which filter is best at this depth: 1x1, 3x3, 5x5? Or should the maps be pooled? VGG said 3x3 throughout. Szegedy and his
# colleagues said: take **all four, side by side, and let the next layer choose**. An eye that is far away is found by the
# 3x3 and one that is near by the 5x5.
#
# Four ways give four stacks of maps, which are joined along the channels. So they must agree in height and width, and this
# is where one detail surprises: the **max pooling inside the module does not shrink anything**. It is 3x3 with a stride of
# *1* and "same" padding. And so that the whole can be paid for, a 1x1 stands before each large filter, and one behind the
# pooling (which cannot change the number of channels by itself):
#
# | way | layers |
# |---|---|
# | 1 | 1x1 to `ones` |
# | 2 | 1x1 to `threes[0]`, then 3x3 to `threes[1]` |
# | 3 | 1x1 to `fives[0]`, then 5x5 to `fives[1]` |
# | 4 | max pooling 3x3, stride 1, then 1x1 to `pooled` |
#
# Every convolution is a `Conv2D` with a bias, followed by a ReLU, the narrow ones too.
#
# **Exercise.** Build it in Keras. The order of the ways in the result is that of the table.


# %%
def inception_module(x, ones, threes, fives, pooled):
    """Apply an inception module to a Keras tensor (batch, height, width, channels).

    threes, fives: (channels of the bottleneck, filters). Return a Keras tensor
    (batch, height, width, ones + threes[1] + fives[1] + pooled).
    """

    ### BEGIN SOLUTION
    def conv(x, filters, size):
        return layers.Conv2D(filters, size, padding="same", activation="relu")(x)

    by_one = conv(x, ones, 1)
    by_three = conv(conv(x, threes[0], 1), threes[1], 3)
    by_five = conv(conv(x, fives[0], 1), fives[1], 5)
    by_pooling = conv(layers.MaxPooling2D(3, strides=1, padding="same")(x), pooled, 1)
    return layers.Concatenate()([by_one, by_three, by_five, by_pooling])
    ### END SOLUTION


# %% [markdown] hints="inception_module"
# 1. Draw the four ways from x to the end, and write the shape after each layer beside it. How many convolutions are there
#    in all? Which of them read x itself?
# 2. A small function of your own for "convolution with so many filters, of this size" saves you from writing the same
#    arguments six times. Then there is a line for each way, and one that joins them.
# 3. Three things are easy to forget, and each changes the result: Keras's poolings have a stride as large as their size
#    unless told otherwise; the padding must be "same" in the large filters and in the pooling; and the 1x1 has a ReLU, too.
#
# The idea: Four ways from the same x, each keeping height and width, six convolutions with ReLUs, put side by side along the
# channels.

# %%
ccv.check("inception_module")

# %% [markdown]
# What would the module cost *without* the bottlenecks? Take the first one of GoogLeNet, on maps of 28x28x192, and send the
# bill for each of its ways:

# %%
ones, threes, fives, pooled = MODULES["3a"]
WAYS = {"1x1": (ones, 1, None), "3x3": (threes[1], 3, threes[0]), "5x5": (fives[1], 5, fives[0])}
bills = {}
for way, (filters, size, inner) in WAYS.items():
    bills[way] = [convolution_costs(28, 28, 192, filters, size, through)[0] / 1e6 for through in (None, inner)]
bills["pooling"] = [0, convolution_costs(28, 28, 192, pooled, 1)[0] / 1e6]
whole = np.sum(list(bills.values()), axis=0)
maps_out = ones + threes[1] + fives[1] + 192, ones + threes[1] + fives[1] + pooled
print(f"without bottlenecks: {whole[0]:5.1f} million multiplications, {maps_out[0]} maps come out")
print(f"with them:           {whole[1]:5.1f} million multiplications, {maps_out[1]} maps come out")
plots.bars(
    bills,
    ["without bottleneck", "with"],
    ylabel="million multiplications",
    title="The first module of GoogLeNet, way by way",
)

# %% [markdown]
# 303 against 128 million. And that is not the worst of it. Without the 1x1 behind it, the pooling hands on all the 192 maps
# that it gets, so the naive module must put out *more* channels than it reads: 416 here, then more, nine times in a row.
# The modules' costs grow with the product of channels in and out. The bottleneck is not an improvement to the idea of
# "all filters at once", it is what makes it possible.
#
# ## 5. Nine modules: a table with holes
#
# GoogLeNet is three ordinary convolutions, nine modules and a dense layer. Here it is as one finds it printed in lecture
# notes, from the first module on:
#
# | layer | output |
# |---|---|
# | (what comes before) | 28x28x192 |
# | inception module 1 | 28x28x256 |
# | inception module 2 | 28x28x480 |
# | max pooling 3x3, stride 2 | 14x14x480 |
# | inception module 3 | 14x14x832 |
# | inception module 4 | 14x14x1024 |
# | average pooling 7x7 | 1x1x1024 |
# | dense, softmax | 1000 |
#
# Something is wrong with it, and you can see it *without* knowing the network: two neighbouring rows cannot both be true.
# Which ones? And the text above that table speaks of nine modules.
#
# <details><summary>Which two rows?</summary>
#
# The last two maps: 7x7 windows on a 14x14 map leave 8x8 with a stride of 1, or 2x2 with a stride of 7. Never 1x1.
#
# </details>
#
# So work it out from the source. The paper's table of the modules is at hand, a row a module; the stages are 3, 4 and 5, and
# after 3b and 4e a max pooling of 3x3 with a stride of 2 and "same" padding follows.

# %%
print("module  1x1   (1x1, 3x3)  (1x1, 5x5)  pooled")
for name, (ones, threes, fives, pooled) in MODULES.items():
    print(f"{name:6} {ones:4}   {threes!s:11} {fives!s:11} {pooled:5}")

# %% [markdown]
# **Exercise.** The whole table, for any modules and any maps that come in: the sizes and the parameters, row by row.


# %%
def module_table(shape, modules, pools):
    """Return a row (height, width, channels, parameters) after each module and after each pooling, in order.

    shape: (height, width, channels) of the maps that come in; modules: name -> (ones, threes, fives, pooled), as in
    MODULES; pools: names of the modules after which a 3x3 max pooling with stride 2 and "same" padding has a row of its
    own. Each of a module's six convolutions has a bias.
    """
    ### BEGIN SOLUTION
    height, width, channels = shape
    rows = []
    for name, (ones, threes, fives, pooled) in modules.items():
        steps = [(channels, ones, 1), (channels, threes[0], 1), (*threes, 3)]
        steps += [(channels, fives[0], 1), (*fives, 5), (channels, pooled, 1)]
        channels = ones + threes[1] + fives[1] + pooled
        rows.append((height, width, channels, sum((size**2 * below + 1) * above for below, above, size in steps)))
        if name in pools:
            height, width = -(-height // 2), -(-width // 2)
            rows.append((height, width, channels, 0))
    return rows
    ### END SOLUTION


# %% [markdown] hints="module_table"
# 1. Do the first module with a pencil, for 192 channels in: its six convolutions, each with the channels that it reads, its
#    filters and its size. The sum is 163,696. Which channels does the second module read?
# 2. Carry height, width and channels through a loop over the modules. A module changes only the channels, a pooling only
#    height and width, and each of them appends a row.
# 3. Four of the six convolutions read what came into the module, two read a bottleneck. A convolution has a bias for each of
#    its filters. "Same" padding with a stride of 2 rounds up: 7 becomes 4. A pooling has nothing to learn.
#
# The idea: For each module add up six convolutions (area times channels in, plus one for the bias, times filters out), set
# the channels to the sum of the four ways, and halve the map, rounded up, where a pooling follows.

# %%
ccv.check("module_table")

# %% jupyter={"source_hidden": true}
PRINTED = [("module 1", (28, 28, 256)), ("module 2", (28, 28, 480)), ("max pooling", (14, 14, 480)),
           ("module 3", (14, 14, 832)), ("module 4", (14, 14, 1024)), ("average pooling", (1, 1, 1024))]  # fmt: skip
POOLED_AFTER = ("3b", "4e")


def repaired():
    """The right rows, from the paper: name, shape, parameters; and beside each the printed row that it answers to."""
    names = [step for name in MODULES for step in ([name, "max pooling"] if name in POOLED_AFTER else [name])]
    rows = [(name, row[:3], row[3]) for name, row in zip(names, module_table((28, 28, 192), MODULES, POOLED_AFTER))]  # noqa: B905
    rows.append(("average pooling", (1, 1, rows[-1][1][2]), 0))
    beside = {0: 0, 1: 1, 2: 2, 7: 3, 10: 4, 11: 5}
    return [(*row, PRINTED[beside[n]] if n in beside else None) for n, row in enumerate(rows)]


def draw_repaired():
    """The printed table on the left, the right one on the right, row by row."""
    rows = repaired()
    figure = new_figure(9.5, 5.4, "The printed table, and what the network is")
    axes = figure.add_subplot()
    axes.set(xlim=(0, 10), ylim=(len(rows) + 0.1, -1.2))
    axes.axis("off")
    for x, heading in [(0, "printed"), (4.6, "from the paper"), (9.3, "parameters")]:
        axes.text(x, -0.8, heading, weight="bold", va="center", ha="right" if x > 9 else "left", fontsize=11)
    missing = wrong = 0
    for n, (name, shape, parameters, printed) in enumerate(rows):
        axes.text(4.6, n, name, va="center", fontsize=11)
        axes.text(
            6.3, n, "x".join(map(str, shape)), va="center", weight="bold" if printed is None else "normal", fontsize=11
        )
        axes.text(9.3, n, f"{parameters:,}" if parameters else "0", va="center", ha="right", fontsize=11)
        if printed is None:
            missing += 1
            axes.text(0, n, "(missing)", va="center", color=RED, style="italic", fontsize=11)
            continue
        right = printed[1] == tuple(shape)
        wrong += not right
        text = f"{printed[0]}:  {'x'.join(map(str, printed[1]))}"
        axes.text(0, n, text + ("" if right else "   wrong"), va="center", color="black" if right else RED, fontsize=11)
        axes.annotate("", (4.4, n), (3.6, n), arrowprops={"arrowstyle": "->", "color": "0.5"})
    return described(figure, f"Two tables side by side: of {len(rows)} right rows {missing} are missing in the printed "
                     f"one, and {wrong} is wrong.")  # fmt: skip


draw_repaired()

# %% [markdown]
# Five modules are missing (4a to 4d, and 5a), and with them a pooling: after 4e the maps shrink to 7x7. So the last module
# gives 7x7x1024, and the average over 7x7 makes sense. Of the nine modules in order, the poolings stand between the second
# and the third and between the seventh and the eighth.
#
# Is that the whole network? Add what stands before and behind it (9,472 and 4,160 and 110,784 parameters in three
# convolutions, 1,025,000 in the dense layer), and count the layers with weights on the longest way: 3, then 2 in each
# module, then 1.

# %%
in_modules = sum(parameters for _, _, _, parameters in module_table((28, 28, 192), MODULES, POOLED_AFTER))
print(f"{in_modules:,} in the modules + 124,416 before + 1,025,000 behind = {in_modules + 124_416 + 1_025_000:,}")
print(f"Keras counts {GOOGLENET.parameters:,}; layers: {3 + 2 * len(MODULES) + 1}")
print(f"without the dense layer: {GOOGLENET.without_top:,}")

# %% [markdown]
# 22 layers, seven million parameters, six without the dense layer. (You will find 6.4 and 6.6 million too; 6.6 belongs to
# a widespread variant that has, by an oversight, a 3x3 where the paper has the 5x5.) There is dropout only before the
# classifiers, none in the modules. The name is a bow to LeNet, and the module's is from *Network in network* and from a
# line of the film *Inception*, "we need to go deeper", which the paper really cites.
#
# ## 6. Two heads halfway
#
# In 2014 nobody knew how to train 22 layers. Batch normalisation and shortcuts were a year away. What if the gradient does
# not reach the front? GoogLeNet's answer: put a small classifier on the maps **in the middle**, after module 4a, and another
# after 4d, and let them be graded, too:
#
# $$ L = L_\text{main} + 0.3\,L_\text{aux 1} + 0.3\,L_\text{aux 2} . $$
#
# For the front of the network the way to a loss becomes shorter. After training, the two heads are cut off and thrown away.
#
# **Exercise.** The loss to minimise. Each of the three is a cross-entropy, $-\log$ of the probability of the right class,
# averaged over the images.


# %%
def total_loss(labels, outputs, weight=0.3):
    """Return the loss of a network with auxiliary heads, one number.

    labels: (images,), whole numbers; outputs: a list of probabilities (images, classes), the first by the main
    classifier, all others by auxiliary heads, however many there are.
    """
    ### BEGIN SOLUTION
    rows = np.arange(len(labels))
    main, *heads = [-np.log(np.asarray(output)[rows, labels]).mean() for output in outputs]
    return main + weight * sum(heads)
    ### END SOLUTION


# %% [markdown] hints="total_loss"
# 1. Two images, labels 0 and 2, three classes. Which two probabilities count? What is the cross-entropy if both are 1?
# 2. Do the cross-entropy of a single output first, as a line or a small function; then apply it to each output. The first
#    result has another weight than the rest.
# 3. Two lists of the same length, row numbers and labels, pick one number out of each row of an array. The heads' losses are
#    added, not averaged; and there may be none, one, or five of them.
#
# The idea: A cross-entropy for each output, the first counted in full, the sum of the others times the weight.

# %%
ccv.check("total_loss")

# %% [markdown]
# Does it help? Let us measure. The network below is GoogLeNet's body for small pictures: a 3x3 convolution, the nine
# modules at an eighth of their width with the two poolings between them, and the dense layer. It reads the digits. There is
# no batch normalisation, as in 2014.


# %%
TRAIN = {"digits": (1 / 8, 10), "cifar10": (1 / 2, 30)}


def small_googlenet(heads, width, shape, seed):
    """GoogLeNet's nine modules behind one 3x3 convolution; with `heads`, classifiers after 4a and 4d as well."""
    keras.utils.set_random_seed(seed)
    inputs = keras.Input(shape)
    x, ends = layers.Conv2D(int(192 * width), 3, padding="same", activation="relu", name="conv1")(inputs), []
    for name, row in MODULES.items():
        x = ready_module(*narrower(row, width), name=name)(x)
        if heads and name in ("4a", "4d"):
            ends.append(head(x, f"aux_{name}"))
        if name in ("3b", "4e"):
            x = layers.MaxPooling2D(3, strides=2, padding="same")(x)
    return keras.Model(inputs, [head(x, "main"), *ends])


def narrower(counts, width):
    """The channels of a module, a number or pairs of them, times the width."""
    return tuple(narrower(n, width) for n in counts) if isinstance(counts, tuple) else max(int(counts * width), 1)


def head(x, name):
    """A classifier on maps: the mean of each, and a dense layer."""
    return layers.Dense(10, activation="softmax", name=name)(layers.GlobalAveragePooling2D()(x))


# %%
name = "digits" if lab.quick else "cifar10"
(x, y), (x_test, y_test) = data.arrays(name, "train"), data.arrays(name, "test")
center, spread = x.mean(), x.std()
x, x_test = (((pixels - center) / spread).astype("float32") for pixels in (x, x_test))


# %%
def train(model, seed, epochs, rate=2e-3, batch=64):
    """Train with `total_loss` (here in TensorFlow, for its gradient); return the main loss of each epoch."""
    steps = -(-len(x) // batch)
    optimizer = keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(rate, epochs * steps))
    optimizer.build(model.trainable_variables)

    @tf.function
    def step(some, right):
        with tf.GradientTape() as tape:
            outputs = keras.tree.flatten(model(some, training=True))
            losses = [tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(right, each)) for each in outputs]
            loss = losses[0] + 0.3 * sum(losses[1:])
        optimizer.apply(tape.gradient(loss, model.trainable_variables))
        return losses[0]

    order, history = np.random.default_rng(seed), []
    for _ in range(epochs):
        batches = np.array_split(order.permutation(len(x)), steps)
        history.append(np.mean([step(tf.constant(x[some]), tf.constant(y[some])) for some in batches]))
    return np.array(history)


# %%
def error(model):
    """The share of test images that the main classifier gets wrong."""
    guesses = [
        keras.tree.flatten(model(part, training=False))[0] for part in np.array_split(x_test, -(-len(x_test) // 500))
    ]
    return float(np.mean(np.argmax(np.concatenate(guesses), axis=-1) != y_test))


# %% [markdown]
# **Your bet.** With the two heads, will the loss of the *main* classifier fall faster, slower, or alike? And the test error:
# lower by more than a percentage point, by less, or not at all?

# %%
width, epochs = TRAIN[name]
nets, runs = {}, {}
for heads in (False, True):
    kind = "with two heads" if heads else "without heads"
    nets[kind] = small_googlenet(heads, width, x.shape[1:], lab.seed)
    runs[kind] = train(nets[kind], lab.seed, epochs)
    print(f"{kind:15} {nets[kind].count_params():7,} parameters, "
          f"main loss {runs[kind][0]:.2f} after the first epoch and {runs[kind][-1]:.3f} at the end, "
          f"test error {error(nets[kind]):.1%}")  # fmt: skip

# %% jupyter={"source_hidden": true}
figure = new_figure(8.5, 3.6, "The main classifier's loss, with and without heads in the middle")
axes = tidy(figure.add_subplot(), xlabel="epoch", ylabel="main loss (training)")
for (kind, losses), color, marker in zip(runs.items(), (BLUE, ORANGE), "os", strict=True):
    axes.semilogy(range(1, epochs + 1), losses, color=color, marker=marker, ms=5, label=kind)
axes.legend()
lab.record(**{kind.replace(" ", "_"): round(error(net), 4) for kind, net in nets.items()})
told = "; ".join(f"{kind} from {losses[0]:.2f} to {losses[-1]:.3f}" for kind, losses in runs.items())
described(figure, f"Training loss of the main classifier by epoch: {told}.")

# %% [markdown]
# In this run the heads did not help. Without them the main loss ended at 0.043 and 12 of 355 test digits were wrong (3.4 %); with
# them it ended at 0.057, and 13 were wrong. The main loss fell a little more *slowly*: the front of the network had three
# losses to serve. But this is one run each, and one digit is no difference. From three other starts the mean error was 4.6 %
# without heads and 8.2 % with them, and every number of ours points the same way: this network, with nine modules and without
# batch normalisation, trains without any help, and in so few steps the heads are in its way.
#
# The authors reported a gain of about half a percent for GoogLeNet, and that one of the heads gave all of it. A year later they
# looked again, at Inception v3: the earlier head made no difference, the other a small one at the very end of training, and they
# took the heads for regularisers rather than for a help to the gradient. The two findings are about different networks.
#
# And the other promise: that the network *chooses* among the four ways? Switch a way off in the trained network, in one
# module at a time, and see how many test images it gets wrong then. **Your bet**: which way is missed most?

# %%
WAYS_OF = ("1x1", "3x3", "5x5", "pool_proj")


def without(model, layer):
    """The test error of a trained network with the maps of one convolution set to zero."""
    kept = layer.get_weights()
    layer.set_weights([np.zeros_like(w) for w in kept])
    wrong = error(model)
    layer.set_weights(kept)
    return wrong


trained = nets["without heads"]
missed = np.array([[without(trained, trained.get_layer(f"{m}_{way}")) for m in MODULES] for way in WAYS_OF])

# %% jupyter={"source_hidden": true}
figure = new_figure(
    9, 3.6, f"Test error with one way of one module switched off (with all of them: {error(trained):.1%})"
)
axes = figure.add_subplot(xlabel="module", ylabel="way switched off")
axes.imshow(missed, cmap="Blues", vmin=0, vmax=1, aspect="auto")
for (i, j), wrong in np.ndenumerate(missed):
    axes.text(j, i, f"{wrong:.0%}", ha="center", va="center", color="white" if wrong > 0.6 else "black", fontsize=11)
axes.set_xticks(range(len(MODULES)), MODULES)
axes.set_yticks(range(4), ["1x1", "3x3", "5x5", "pooling"])
worst = np.unravel_index(missed.argmax(), missed.shape)
described(figure, f"A table of test errors, four ways by nine modules, from {missed.min():.0%} to {missed.max():.0%}; the "
          f"largest for {WAYS_OF[worst[0]]} of module {list(MODULES)[worst[1]]}.")  # fmt: skip

# %% [markdown]
# It does use several ways, and not the same ones everywhere. Without its 3x3, module 4a leaves 59 % of the digits wrong;
# without its 1x1, 4c leaves 50 %; without its pooling, 39 %. The 5x5 can be switched off in any one module, and no more than 6 %
# are wrong. Does that mean that 5x5 is useless? Not so fast: it has the fewest channels of the three kernels in every module, so
# little is taken away with it, and on maps of 8x8, 4x4 and 2x2 a 3x3 sees nearly as much. It is also one trained network:
# another start would share the work out in another way.
#
# ## 7. A filter in two: 1x7, then 7x1
#
# A year later the same authors took the module apart again (Inception v2 and v3). First the 5x5 became two 3x3, as in VGG.
# Then they asked: must a filter be square? A column of 7x1 after a row of 1x7 sees 7x7 pixels, for 14 weights instead of
# 49. What does one give up?
#
# Without a ReLU in between, the two together are one 7x7 filter whose weights are a *product*: the weight at row $i$ and
# column $j$ is $c_i \cdot r_j$. Such a table has **rank one**. A Sobel filter is one, so is a Gaussian blur. For other filters
# a product can only come near. How near? The singular value decomposition knows: it writes a matrix as a sum of products,
# $K = \sum_k s_k\, u_k v_k^{\mathsf T}$, in falling order of $s_k$, and the first term is the nearest product there is (in
# the sum of squared differences).
#
# **Exercise.** The best two factors of any filter.


# %%
def best_factors(kernel):
    """Return (column, row), of shapes (height, 1) and (1, width), whose product comes nearest to the kernel
    (height, width) in the sum of squares."""
    ### BEGIN SOLUTION
    left, values, right = np.linalg.svd(kernel)
    return left[:, :1] * values[0], right[:1]
    ### END SOLUTION


# %% [markdown] hints="best_factors"
# 1. Multiply a column (1, 2, 1) by a row (1, 0, -1) with a pencil: which famous filter is that? What do all its rows have in
#    common?
# 2. NumPy's linear algebra has the decomposition of the text. It gives three things back: columns, singular values and rows,
#    the largest value first.
# 3. The third thing comes transposed already: its first row belongs to the first column of the first. The singular value has
#    to go into the column or the row (or its root into both), and the result keeps two axes.
#
# The idea: Take the singular value decomposition, keep the first column, the first value and the first row, and put the value
# into one of the two.

# %%
ccv.check("best_factors")

# %%
grid = np.arange(-3, 4)
KERNELS = {
    "Gaussian": np.exp(-(grid[:, None] ** 2 + grid**2) / 4),
    "vertical edge": np.exp(-(grid[:, None] ** 2 + grid**2) / 4) * grid,
    "diagonal edge": np.exp(-(grid[:, None] ** 2 + grid**2) / 4) * (grid - grid[:, None]),
    "ring": np.exp(-((np.hypot(grid[:, None], grid) - 2) ** 2)),
    "random": np.random.default_rng(lab.seed).normal(size=(7, 7)),
}
products = {name: np.matmul(*best_factors(kernel)) for name, kernel in KERNELS.items()}
lost = {n: np.sum((kernel - products[n]) ** 2) / np.sum(kernel**2) for n, kernel in KERNELS.items()}
pairs = [np.stack([kernel, products[n]]) / np.abs(kernel).max() for n, kernel in KERNELS.items()]
plots.image_grid(
    [*(pair[0] for pair in pairs), *(pair[1] for pair in pairs)],
    [*KERNELS, *(f"{share:.0%} lost" for share in lost.values())],
    columns=len(KERNELS),
    cmap="RdBu_r",
    vmin=-1,
    vmax=1,
    title="Filters of 7x7 (above), and the nearest 7x1 times 1x7 (below)",
)

# %% [markdown]
# A blur and an edge along the axes lose nothing; a ring loses an eighth of its squares, a diagonal edge half, and random
# numbers more than that. So a factorised layer is a real restriction, and its authors did not hide that it worked badly
# on large maps; they used it on those of 12 to 20 pixels. What softens it: a layer has many channels and a ReLU between the two
# parts, and each filter of the second part adds up products from all of them. Here is the module of Inception v3 for maps of 17x17. One way has one 7x7 in two parts, another way has two of
# them:

# %%
INCEPTION_V3 = costs("inception_v3")
INCEPTION_V3.draw("mixed4", title="A module of Inception v3: 7x7 as 1x7 and 7x1")

# %%
parts = sum(row.macs for row in INCEPTION_V3 if row.name.startswith("mixed4_") and row.name.endswith(("1x7", "7x1")))
whole = convolution_costs(17, 17, 128, 192, 7)[0] * 2 + convolution_costs(17, 17, 128, 128, 7)[0]
with keras.StatelessScope(initialize_variables=False):
    published = keras.applications.InceptionV3(weights=None).count_params()
print(f"three 7x7 filters in this module: {whole / 1e6:.0f} million multiplications; in factors: {parts / 1e6:.0f}")
print(f"Inception v3: {INCEPTION_V3.parameters:,} parameters, Keras's own has {published:,}; "
      f"{INCEPTION_V3.macs / 1e9:.1f} billion multiply-adds")  # fmt: skip
print("without the dense layer:", f"{INCEPTION_V3.parameters - 2049 * 1000:,}")

# %% [markdown]
# A quarter of the work, for these three filters. The whole network has 94 convolutions and 48 layers with weights on its longest way,
# 47 convolutions and the dense layer. 22 million parameters or 24? Both are right, without the dense layer and with it. Keras
# gives its accuracy on ImageNet as 77.9 %.
#
# **Inception v4** (2016) is longer and more regular: 149 convolutions, 42.7 million parameters. It has *no* shortcuts. The
# network that joins Inception and ResNet is another one in the same paper, Inception-ResNet v2, with 55.9 million; the two
# are easily mixed up.
#
# ## 8. SqueezeNet: a module that is nothing but thrift
#
# How small can a network be that is as good as AlexNet? In 2016 Forrest Iandola and colleagues took the idea to its end. A
# **fire module** first *squeezes*: a 1x1 convolution to a few channels. Then it *expands*: a 1x1 and a 3x3 side by side,
# both on the squeezed maps, joined along the channels. Two of the three convolutions are 1x1, and the only 3x3 reads few
# channels.
#
# **Exercise.** Build it. Each of the three is a `Conv2D` with a bias and a ReLU, and keeps height and width; the 1x1 maps come first.


# %%
def fire_module(x, squeeze, ones, threes):
    """Apply a fire module to a Keras tensor (batch, height, width, channels): a 1x1 to `squeeze` channels, and on these
    side by side a 1x1 with `ones` filters and a 3x3 with `threes`. Return (batch, height, width, ones + threes)."""
    ### BEGIN SOLUTION
    squeezed = layers.Conv2D(squeeze, 1, activation="relu")(x)
    by_one = layers.Conv2D(ones, 1, activation="relu")(squeezed)
    by_three = layers.Conv2D(threes, 3, padding="same", activation="relu")(squeezed)
    return layers.Concatenate()([by_one, by_three])
    ### END SOLUTION


# %% [markdown] hints="fire_module"
# 1. Draw it: how many arrows leave x, and how many leave the squeezed maps?
# 2. Three convolutions, two of which read the output of the first, and a layer that joins these two.
# 3. A 3x3 without padding gives smaller maps than a 1x1, and then the two cannot be joined. The squeezed maps themselves are
#    not part of the output.
#
# The idea: Squeeze x by a 1x1, expand the result twice, by a 1x1 and by a padded 3x3, and put the two side by side.

# %%
ccv.check("fire_module")

# %% [markdown]
# **Exercise.** And its price, with biases.


# %%
def fire_parameters(channels, squeeze, ones, threes):
    """Return (channels that come out, parameters with biases) of a fire module that reads so many channels."""
    ### BEGIN SOLUTION
    parameters = (channels + 1) * squeeze + (squeeze + 1) * ones + (9 * squeeze + 1) * threes
    return ones + threes, parameters
    ### END SOLUTION


# %% [markdown] hints="fire_parameters"
# 1. The first fire module of SqueezeNet reads 96 channels, squeezes to 16 and expands to 64 and 64. How many weights has one
#    filter of each of the three convolutions? And with its bias?
# 2. Three products, one for each convolution: what a filter has, times how many there are.
# 3. Both expansions read the squeezed maps, not the input. The example has 11,920 parameters.
#
# The idea: For each convolution, (area times channels read, plus one for the bias) times filters; add the three.

# %%
ccv.check("fire_parameters")

# %% [markdown]
# Eight of them make SqueezeNet 1.0. A first and a last convolution complete it; the last is a 1x1 that makes a map for each
# of the 1,000 classes, and a global average pooling follows. That is 18 layers. A larger one, of 24 layers, was built for a
# textbook to tell 104 kinds of flowers apart.

# %%
SQUEEZES = [(16, 64, 64)] * 2 + [(32, 128, 128)] * 2 + [(48, 192, 192)] * 2 + [(64, 256, 256)] * 2
channels, total = 96, 0
for row in SQUEEZES:
    channels, parameters = fire_parameters(channels, *row)
    total += parameters
first, last = (7 * 7 * 3 + 1) * 96, (512 + 1) * 1000
print(f"fire modules {total:,} + first convolution {first:,} = {total + first:,}, + the last {last:,} = "
      f"{total + first + last:,}")  # fmt: skip
rivals = {name: costs(name) for name in ("squeezenet1_0", "squeezenet24")} | {"alexnet": costs("alexnet", groups=2)}
for name, net in rivals.items():
    print(f"{name:14} {net.parameters / 1e6:5.2f} million parameters, {net.without_top / 1e6:5.2f} without the top, "
          f"{net.macs / 1e9:.2f} billion multiply-adds")  # fmt: skip

# %% [markdown]
# The 1.2 million are *with* the last convolution, which is the classifier; without it they are 0.74 million. AlexNet has 49
# times as many parameters as SqueezeNet, and the two are about as accurate on ImageNet (58.1 % for SqueezeNet in torchvision's
# tables, 56.5 % for its AlexNet). Does SqueezeNet compute 49 times less? Look at the last column: it needs *more* multiplications.
# There it is again: AlexNet's parameters sit in dense layers, where each is used once; SqueezeNet's sit in convolutions on large
# maps, where each is used thousands of times. A small file is not a fast network.
#
# ## 9. Global average pooling: what it saves and what it loses
#
# GoogLeNet, Network in Network and SqueezeNet all end alike: each map is replaced by its mean. GoogLeNet's last maps are
# 7x7x1024. A dense layer on all of them, to 1,000 classes, would have 7 · 7 · 1024 · 1000 = 50 million weights, seven times
# the whole network; on the 1,024 means it has one million. There is nothing to learn in a mean, and the image may have any
# size.
#
# So what is the catch? A mean does not know **where**. Sometimes that is just what one wants and sometimes it is a disaster,
# and both can be measured. Digits stand in a wide empty picture. During training they stand on the **left**; two networks with
# the same convolutions learn to read them, one ending with global average pooling and one with a `Flatten`. Then they are
# asked about digits on the **right**. And a second pair learns another question: is the digit left or right?
#
# **Your bet**: four networks, six numbers. Which of them are near 100 %, and which near guessing?


# %%
def placed(pictures, columns):
    """Digits of 8x8, each at its own column of an empty picture of 20x60."""
    scenes = np.zeros((len(pictures), 20, 60, 1), "float32")
    for scene, picture, column in zip(scenes, pictures, columns, strict=True):
        scene[6:14, column : column + 8] = picture / 255
    return scenes


def reader(ending, classes):
    """Four convolutions, one of them with a stride; then the ending, and a dense layer."""
    keras.utils.set_random_seed(lab.seed)
    steps = [
        layers.Conv2D(filters, 3, strides=stride, padding="same", activation="relu", kernel_initializer="he_normal")
        for filters, stride in ((16, 1), (32, 2), (32, 1), (32, 1))
    ]
    return keras.Sequential([keras.Input((20, 60, 1)), *steps, ending, layers.Dense(classes, activation="softmax")])


# %%
rng = np.random.default_rng(lab.seed)
LEFT, RIGHT = (14, 16, 18), (34, 36, 38)
left, right = (placed(images, rng.choice(columns, len(images))) for columns in (LEFT, RIGHT))
new_left, new_right = (placed(test_images, rng.choice(columns, len(test_images))) for columns in (LEFT, RIGHT))
both, sides = np.concatenate([left, right]), np.repeat([0, 1], len(images))
new_both, new_sides = np.concatenate([new_left, new_right]), np.repeat([0, 1], len(test_images))
ENDINGS = {"global average": layers.GlobalAveragePooling2D, "flatten": layers.Flatten}
readers, scores = {}, {}
for ending, layer in ENDINGS.items():
    which, where = readers[ending] = reader(layer(), 10), reader(layer(), 2)
    for net, pictures, answers, epochs in ((which, left, labels, 12), (where, both, sides, 2)):
        net.compile(keras.optimizers.Adam(2e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
        net.fit(pictures, answers, batch_size=64, epochs=epochs, verbose=0)
    asked = [(which, new_left, test_labels), (which, new_right, test_labels), (where, new_both, new_sides)]
    scores[ending] = [net.evaluate(*question, verbose=0)[1] for net, *question in asked]

# %% jupyter={"source_hidden": true}
QUESTIONS = ["which digit?\non the left, as in training", "which digit?\non the right", "left or right?"]
plots.bars(
    {question: [scores[ending][n] for ending in ENDINGS] for n, question in enumerate(QUESTIONS)},
    list(ENDINGS),
    ylabel="accuracy",
    labels=[[f"{scores[ending][n]:.0%}" for ending in ENDINGS] for n in range(3)],
    title="What a global average keeps, and what it forgets",
)

# %% [markdown]
# One of the six can be known without any run. The digits stand far enough from the edges that no number of the last maps sees
# both a digit and the left or right edge, and all columns are even, as the stride is. So when a digit moves, its maps move along unchanged, and
# their mean is *the same number*. The network with the global average therefore gives the same answer left and right, whatever
# its weights are: it keeps its accuracy on the digits that stand somewhere new, and no training can teach it to tell left from
# right. `Flatten` keeps the place, with a weight for every channel at every place; but the weights for places at which
# no digit ever stood have never been taught anything.
#
# ### Where did it see that?
#
# Is the place lost for good? Not before the pooling. With $m_c(p)$ for map $c$ at place $p$ of $n$, and $w_{ck}$ for the weight
# from map $c$ to class $k$, the score of the class is
#
# $$ b_k + \sum_c w_{ck}\, \frac{1}{n} \sum_p m_c(p) \;=\; b_k + \frac{1}{n} \sum_p \Big( \sum_c w_{ck}\, m_c(p) \Big) . $$
#
# All that happened is that two sums changed places. But what stands in the brackets is a map, one number for every place, and
# its mean is the score: it says how much each place spoke for the class. Zhou and colleagues (2016) called it a **class
# activation map**. (Look again: it is a 1x1 convolution. Network in Network has it built in.)
#
# **Exercise.** The bracket.


# %%
def class_map(maps, weights, label):
    """Return the class activation map (height, width) of a class, from the last maps (height, width, channels) of one image
    and the dense layer's weights (channels, classes). The bias is left out."""
    ### BEGIN SOLUTION
    return maps @ weights[:, label]
    ### END SOLUTION


# %% [markdown] hints="class_map"
# 1. Two maps and one class: which two weights belong to it? What is done with the maps?
# 2. The dense layer's weights have a row for each channel and a column for each class. What is left of them is one number a
#    channel, and a sum over the channels, at each place, is a product of an array and a vector.
# 3. Nothing is averaged or cut off: negative numbers speak against the class, and the mean of the map must be the score.
#
# The idea: Multiply each map by the class's weight for it, and sum over the channels.

# %%
ccv.check("class_map")

# %% [markdown]
# Now two digits stand in one picture, which the network has never seen, and nobody ever told it where a digit is. For each of
# the two classes, where does it look?

# %%
pair = [int(np.flatnonzero(test_labels == digit)[1]) for digit in (3, 6)]
scene = np.maximum(placed(test_images[pair[:1]], [16]), placed(test_images[pair[1:]], [36]))
net = readers["global average"][0]
inside = keras.Model(net.inputs[0], net.layers[-3].output)
last_maps, weights = np.asarray(inside(scene))[0], net.layers[-1].get_weights()[0]
heat = [np.kron(class_map(last_maps, weights, digit), np.ones((2, 2))) for digit in (3, 6)]
plots.heat_maps(
    np.repeat(scene, 2, axis=0),
    heat,
    titles=["Where is a 3?", "Where is a 6?"],
    title="A network that never heard of places points at them",
)

# %% [markdown]
# Red is where the network found evidence for the class, blue and hatched where it found evidence against it. The map is as coarse
# as the last maps are, half of the picture's height and width here.
#
# ## What you have learnt
#
# - A 1x1 convolution is one matrix, applied to the channels of every pixel alike: a dense layer that is slid over the image.
# - It changes the number of channels, combines channels, and adds a non-linearity. Two of them are a network in the network.
# - Multiplications are weights times pixels. A bottleneck saves both by the same ratio; a larger image costs only work.
# - An inception module runs 1x1, 3x3, 5x5 and pooling side by side. All keep height and width, the pooling with a stride of 1.
# - GoogLeNet has nine modules, 22 layers and 6,998,552 parameters; its table can be checked row by row.
# - What an auxiliary head does has to be measured, over seeds; it is not a law.
# - A 7x7 as 1x7 and 7x1 costs 14 instead of 49, and can be only a product of a column and a row.
# - Global average pooling has no weights and loses the place; a class activation map finds it again.
#
# ## Do you still know?
#
# <details><summary>How many weights has a 1x1 convolution from 10 channels to 5, and how many a 3x3?</summary>
#
# 1 · 1 · 10 · 5 = 50, and 3 · 3 · 10 · 5 = 450, without biases.
#
# </details>
#
# <details><summary>Is a 1x1 convolution depthwise?</summary>
#
# No, it is the opposite. It mixes all channels of one pixel; a depthwise convolution mixes neighbouring pixels of one channel.
#
# </details>
#
# <details><summary>A layer needs 12.4 million multiplications on maps of 28x28. How many weights has it?</summary>
#
# 12.4 million / 784 = about 15,900, since each weight is used once at each pixel (stride 1, "same" padding).
#
# </details>
#
# <details><summary>Why does the pooling in an inception module have a stride of 1?</summary>
#
# Its maps are put side by side with those of the convolutions, so they need the same height and width.
#
# </details>
#
# <details><summary>A table says: 14x14x1024, then an average pooling of 7x7, then 1x1x1024. What do you say?</summary>
#
# That cannot be: 7x7 windows on 14x14 leave more than one number. The map before it must be 7x7, so a pooling is missing.
#
# </details>
#
# <details><summary>What becomes of the auxiliary heads when the network is used?</summary>
#
# They are cut off. They were there only for the loss: the main one plus 0.3 times each of theirs.
#
# </details>
#
# <details><summary>Which 3x3 filters can be written as a 3x1 times a 1x3?</summary>
#
# Those of rank one, in which all rows are multiples of one row: a Sobel or a blur, but not a Laplacian or a diagonal line.
#
# </details>
#
# <details><summary>When is global average pooling a bad idea?</summary>
#
# When the answer depends on the place: where is the object, is it left or right?
#
# </details>
#
# ## Your own photograph
#
# Put a photograph beside this notebook and write its name below. Then find the three weights and the bias of a 1x1 filter that
# leaves nothing but the thing you choose: a red jacket, the sky, a face. Which things can one pixel's colour not tell apart?
# (Without a name it is the flower; try to find nothing but its middle.)

# %%
PATH = ""  # for example "me.jpg"
MINE = {"deep orange": (1, -1, -1, -0.1)}  # weights for red, green, blue, and the bias


def photograph_of(path, longest=400):
    """A photograph's colours from 0 to 1, at most so many pixels long."""
    from PIL import Image, ImageOps

    with Image.open(path) as opened:
        picture = ImageOps.exif_transpose(opened).convert("RGB")
        picture.thumbnail((longest, longest))
        return np.asarray(picture) / 255


mine = photograph_of(PATH) if PATH else photograph
found = np.moveaxis(one_pixel_filters(mine, MINE), -1, 0)
plots.image_grid([mine, *found], ["the photograph", *MINE], title="A filter of one pixel, on your own photograph")

# %% [markdown]
# ## An open task
#
# The small GoogLeNet without heads got 12 of the 355 test digits wrong, **3.4 %**, with 93,684 parameters and 230 steps of 64
# digits; that is a single run, from the seed of this lab, and over three others the mean is **4.6 %**. Build something out of inception or fire modules that is better with
# half of the parameters and no more steps. Judge by the mean of three seeds, since one digit is 0.3 %. Three things to try: fewer
# modules; batch normalisation; and a place for the auxiliary heads at which they do help.
#
# ## To read on
#
# - M. Lin, Q. Chen, S. Yan: [Network in network](https://arxiv.org/abs/1312.4400), 2013: mlpconv and global average pooling.
# - C. Szegedy et al.: [Going deeper with convolutions](https://arxiv.org/abs/1409.4842), 2014. Table 1 is the one you rebuilt.
# - C. Szegedy et al.: [Rethinking the Inception architecture](https://arxiv.org/abs/1512.00567), 2015: filters in factors, and
#   what the authors then thought of their auxiliary heads.
# - C. Szegedy et al.: [Inception-v4, Inception-ResNet](https://arxiv.org/abs/1602.07261), 2016: with shortcuts and without.
# - F. Iandola et al.: [SqueezeNet](https://arxiv.org/abs/1602.07360), 2016.
# - B. Zhou et al.: [Learning deep features for discriminative localization](https://arxiv.org/abs/1512.04150), 2016: class
#   activation maps.
# - d2l.ai: [Network in network](https://d2l.ai/chapter_convolutional-modern/nin.html) and [Multi-branch
#   networks](https://d2l.ai/chapter_convolutional-modern/googlenet.html).
#
# *Photograph: from scikit-learn. Digits: E. Alpaydin, C. Kaynak, UCI 1998 (CC BY 4.0).*

# %% [markdown]
# <!-- For those who have the slides -->

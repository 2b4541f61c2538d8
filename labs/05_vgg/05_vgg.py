# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
#   ccv:
#     minutes: 90
#     needs: "two CPU cores, no network"
#     about: "depth from one small filter: six configurations from a table, memory and parameters, receptive fields"
# ---

# %% [markdown]
# # VGG: depth from one small filter
#
# AlexNet had filters of 11x11, 5x5 and 3x3, strides of 4 and 1, a normalisation here and none there. Why these?
# Nobody could say. Two years later, in 2014, Karen Simonyan and Andrew Zisserman threw all of it out. A convolution is
# **3x3**, stride 1, padded so that the map keeps its size; a pooling is a **2x2** maximum, stride 2; and that is all.
# With everything else held still, one knob was left to turn: **how deep?** They turned it from 11 layers to 19 and came
# second in the ImageNet challenge of 2014, with a network so regular that people still reach for it today. Why is one
# small filter enough? And why did they stop at 19? You are about to find out, and at the end you turn the knob yourself.

# %%
import ccv

lab = ccv.lab("05_vgg")

# %%
import keras
import numpy as np
from keras import layers
from matplotlib.patches import Rectangle

from ccv import convolution, data, models, plots
from ccv.anatomy import anatomy, diff, table
from ccv.layers import LocalResponseNormalization
from ccv.plots.style import BLUE, GREEN, ORANGE, described, new_figure, tidy

keras.utils.set_random_seed(lab.seed)

# %%
VGG16 = anatomy(models.vgg16())  # the real one: 138 million random numbers, which take a moment
VGG16.draw(title="VGG-16: the maps get smaller, and there are more and more of them")

# %% [markdown]
# Thirteen convolutions and three dense layers, and every one of the thirteen has the same little window. Read the
# picture from the left: each block keeps the size of its map, then a pooling halves it, and the filters double.
#
# **You will be able to** say what a stack of small filters costs and sees, for any kernels, strides and dilations; build
# all six networks of the paper from one table; find out where 138 million numbers hide, and where the memory goes; take
# 124 million of them away; and make a deep network start to learn.
#
# **You should know** what a convolution, a pooling and a dense layer do, how to count their weights, and how to put
# layers together in Keras. The labs on the X and the O and on LeNet are enough.
#
# **Time**: about 90 minutes. Two cores are enough, and no network is needed; training takes about a minute.
#
# ## 1. A large filter or several small ones?
#
# A 5x5 filter sees 25 pixels at once. Put one 3x3 convolution on top of another: what does a number of the second map
# see? Its own 3x3 window covers nine numbers of the first map, and each of those saw 3x3 pixels of the image. Count, for
# every pixel, on how many paths it gets there:

# %%
ONES = np.ones((3, 3), dtype=int)
two_layers = convolution.convolve2d(np.pad(ONES, 2), ONES)
three_layers = convolution.convolve2d(np.pad(two_layers, 2), ONES)
plots.matrices(
    {"one 3x3": ONES, "two 3x3: a field of 5x5": two_layers, "three 3x3: a field of 7x7": three_layers},
    cmap="Blues",
    title="On how many paths does a pixel reach one number of the last map?",
)

# %% [markdown]
# Two small ones see 5x5, three see 7x7. (They look harder at the middle than at the edge: the receptive field has soft
# borders.) So which is better, one 5x5 or two 3x3? Compare three things:
#
# - the **weights**. 25 against 2 · 9 = 18, one would say. That holds for one channel. A layer of a real network has $C$
#   channels below and $C$ filters, and each filter reaches through all channels. Where does $C$ enter, and how often?
# - the **field**: what one number sees, height and width.
# - the **non-linearities**: every convolution is followed by a ReLU. Without these, two convolutions would be one
#   larger convolution, and a poorer one.
#
# **Exercise.** Write the bill for any stack. A kernel is a pair (height, width), since one can also cut a 3x3 into a
# 3x1 and a 1x3 (Inception networks do). Strides are 1, and biases do not count.


# %%
def stack_cost(kernels, channels):
    """Return (weights, (field height, field width), non-linearities) of convolutions with kernels [(height, width), ...],
    one after the other, each with `channels` channels in and out, stride 1, no biases and a ReLU."""
    ### BEGIN SOLUTION
    weights = sum(height * width for height, width in kernels) * channels**2
    field = 1 + sum(height - 1 for height, _ in kernels), 1 + sum(width - 1 for _, width in kernels)
    return weights, field, len(kernels)
    ### END SOLUTION


# %% [markdown] hints="stack_cost"
# 1. Take two 3x3 convolutions in a row, with C channels everywhere. How many weights has one filter of the first?
#    How many filters are there? And what does a number after the second one see: draw it in one dimension, on a
#    strip of cells.
# 2. Three sums over the kernels, independent of each other: the cells of the kernels for the weights, what each
#    adds to the height of the field, what each adds to its width. The non-linearities are simply counted.
# 3. The channels enter twice, once for the depth of a filter and once for the number of filters. A kernel that is 1
#    high adds nothing to the height of the field: the field begins at 1, and each kernel adds one less than its
#    size.
#
# The idea: Add up the areas of all kernels and multiply by the square of the channels; a field grows by the
# kernel's size less one in each direction; and there is a ReLU for each convolution.

# %%
ccv.check("stack_cost")

# %% [markdown]
# Here are three duels, for 64 channels. The field is the same within each pair; the small filters are
# cheaper every time, and bend the signal more often.

# %%
duels = {"5x5 or two 3x3": (25, 18), "7x7 or three 3x3": (49, 27), "3x3 or 3x1 and 1x3": (9, 6)}
plots.bars(
    {name: (one * 64 * 64 / 1000, many * 64 * 64 / 1000) for name, (one, many) in duels.items()},
    ["one large filter", "several small ones"],
    ylabel="thousand weights",
    labels=[(f"{one}C²", f"{many}C²") for one, many in duels.values()],
    title="Weights of a stack with 64 channels in and out",
)

# %% [markdown]
# Is there a price? Yes: two 3x3 filters cannot do everything that a 5x5 can. Without the ReLU between them they have 18
# numbers to make 25, and a 3x1 after a 1x3 makes only kernels of rank one (a Sobel, but no Laplacian). The bet of VGG is
# that the ReLUs are worth more than the freedom.
#
# ## 2. How far does it see?
#
# Say that a cat's head covers 128 x 128 pixels of a photograph. A single layer that is to see all of it would need filters
# of 128 x 128. Small ones can be stacked instead. Each 3x3 layer adds one pixel on each side. **How many layers does it
# take?**
#
# **Exercise.** For convolutions of stride 1, without any pooling.


# %%
def layers_to_see(pixels, kernel):
    """Return the least number of kernel x kernel convolutions, stride 1, after which one number sees at least
    pixels x pixels of the image."""
    ### BEGIN SOLUTION
    return -(-(pixels - 1) // (kernel - 1))
    ### END SOLUTION


# %% [markdown] hints="layers_to_see"
# 1. How far does one 3x3 layer see, how far two, how far three? Write down the row 3, 5, 7. Now the other way
#    round: how many layers for 7, and how many for 8?
# 2. A pixel sees itself before the first layer. Each layer adds one less than its kernel. So what is missing at the
#    beginning, and by how much does it shrink with each layer?
# 3. The answer is the number of layers after which *at least* so many pixels are seen, so it is rounded up. A
#    single pixel needs no layer at all. Python's double slash rounds down: think how to turn that around.
#
# The idea: What is missing is the wanted side less one; divide it by what a layer adds, the kernel less one, and
# round up to a whole layer.

# %%
ccv.check("layers_to_see")

# %% [markdown]
# Many, aren't they? No network of 2014 had that many layers, and still they recognised cats. There are two ways to see
# further. The first is **stride**. After a pooling with stride 2, neighbours on the map are two pixels apart in the
# image. Call that distance the *jump* $j$. A kernel of $k$ reaches $k-1$ steps further, and each step is now worth $j$
# pixels. You followed the field like this to the end of LeNet.
#
# The second is **dilation**: pull the weights of a filter apart, so that neighbours in the kernel lie $d$ places apart on
# the map. Nine weights stay nine weights, but what is between them is skipped:

# %%
DILATIONS = {d: np.kron(np.ones((3, 3)), np.pad([[1]], (0, d - 1)))[: 2 * d + 1, : 2 * d + 1] for d in (1, 2, 3)}
plots.matrices(
    {f"d = {d}: {2 * d + 1}x{2 * d + 1}": kernel.astype(int) for d, kernel in DILATIONS.items()},
    cmap="Blues",
    title="Where the nine weights of a 3x3 filter with dilation d lie",
)

# %% [markdown]
# Both together, from the bottom up, layer by layer:
#
# $$ r \;\leftarrow\; r + (k - 1)\,d\,j \qquad\qquad j \;\leftarrow\; j\,s $$
#
# Both begin at 1: a pixel sees itself. (A pooling is a window like any other: $k = 2$, $s = 2$, $d = 1$.)
#
# **Exercise.** The field and the jump after *every* layer of a stack.


# %%
def fields_and_jumps(layers):
    """Return [(field, jump), ...], in pixels, after each layer of a stack [(kernel, stride, dilation), ...]."""
    ### BEGIN SOLUTION
    field, jump, seen = 1, 1, []
    for kernel, stride, dilation in layers:
        field += (kernel - 1) * dilation * jump
        jump *= stride
        seen.append((field, jump))
    return seen
    ### END SOLUTION


# %% [markdown] hints="fields_and_jumps"
# 1. Do a short stack by hand: a 3x3 convolution, a pooling of 2 with stride 2, and a 3x3 with dilation 2. Write the
#    field and the jump below each. You should end at 12 and 2.
# 2. The two rules are in the formula. Carry both numbers through a loop over the layers, and note the pair after
#    each of them.
# 3. Within a layer the field comes first, with the jump as it was *below* that layer; only then does the stride
#    change the jump. The dilation widens the gaps of this one kernel and leaves the jump alone. And the result has a
#    pair for every layer, none for the bare image.
#
# The idea: Begin with a field and a jump of one pixel; each layer widens the field by its kernel less one, counted
# in dilated jumps, and then lengthens the jump by its stride.

# %%
ccv.check("fields_and_jumps")

# %% [markdown]
# Watch it grow: a plain stack of 3x3 convolutions; VGG-16, its poolings marked; and a stack whose dilation doubles from
# layer to layer, 1, 2, 4, and so on.

# %%
VGG16_WINDOWS = [window for count in (2, 2, 3, 3, 3) for window in [(3, 1)] * count + [(2, 2)]]
field, jump, fields = 1, 1, [1]
for kernel, stride in VGG16_WINDOWS:
    field, jump = field + (kernel - 1) * jump, jump * stride
    fields.append(field)
pools = [i + 1 for i, (_, stride) in enumerate(VGG16_WINDOWS) if stride == 2]

# %% jupyter={"source_hidden": true}
figure = new_figure(7.5, 4.2, "What one number sees")
axes = tidy(figure.add_subplot(), xlabel="layers (convolutions and poolings)", ylabel="side of the field, pixels")
axes.plot(range(8), [2 ** (n + 1) - 1 for n in range(8)], color=GREEN, ls="--", marker="^", label="dilation doubled")
axes.plot(range(19), fields, color=BLUE, marker=".", label="VGG-16")
axes.plot(pools, [fields[i] for i in pools], "s", color=BLUE, label="its poolings, stride 2")
axes.plot(range(19), [2 * n + 1 for n in range(19)], color=ORANGE, ls="-.", label="3x3 convolutions only")
axes.axhline(128, color="0.5", ls=":")
axes.text(8.5, 130, "the cat's head: 128", color="0.35", va="bottom")
axes.annotate(f"{fields[-1]}", (18, fields[-1]), (-8, 2), textcoords="offset points", ha="right")
axes.set_xticks(range(0, 19, 2))
axes.legend(loc="upper left", bbox_to_anchor=(0.41, 1.02), fontsize=9)
described(
    figure,
    "A line chart of the receptive field in pixels against the number of layers. Plain 3x3 convolutions grow along a "
    f"straight line to 37 pixels after 18 layers. VGG-16 gets steeper at each of its five poolings and ends at {fields[-1]}. "
    "Convolutions whose dilation doubles pass 128 pixels at the seventh layer.",
)

# %% [markdown]
# Each pooling doubles the slope. VGG-16 passes 128 pixels at its **eleventh** convolution. The doubled dilations are
# there after seven: six of them see 127 pixels, one too few.
#
# VGG has no dilation; its authors wanted one word, "cat", for the whole picture, and for that a small last map is as good as
# a large one. Those who want a word for each *pixel* need both, a wide field and a fine map. DeepLab took a VGG-16, let its
# last two poolings move by 1, and dilated the convolutions behind them by 2 and 4 instead. The field stayed, and the map
# was four times as high and as wide.
#
# ## 3. The resolution budget
#
# So why not pool after every convolution? Because each pooling halves the map, and a map cannot be halved for ever. (An
# odd last row is left out: of 7 rows, 3 remain.) Does the size of the image limit how deep a network can be, then?
#
# **Exercise.** How often can you halve a map until a single row is left?


# %%
def halvings(side):
    """Return how many 2x2 poolings with stride 2 a map of side x side survives, until one row is left; an odd last row
    is left out."""
    ### BEGIN SOLUTION
    count = 0
    while side > 1:
        side //= 2
        count += 1
    return count
    ### END SOLUTION


# %% [markdown] hints="halvings"
# 1. Do it on paper for 8, for 7 and for 224. How often can you halve, if an odd last row is dropped, until one is
#    left?
# 2. Repeat the same step and count how often you did it. When do you stop?
# 3. A map of one row survives none: the count is then 0. Whole division drops the odd row by itself. If you prefer
#    a logarithm, it has to be rounded down, and floating point may betray you at the powers of two.
#
# The idea: Count how many times the side can be halved, rounding down each time, before it is 1.

# %%
ccv.check("halvings")

# %% [markdown]
# For 224 pixels: 112, 56, 28, 14, 7, 3, 1. That makes seven; eight would take 256 pixels. So if *every* convolution came
# with a stride of 2, the seventh would be the last. Here is the whole trick of VGG: its convolutions are padded and cost
# **no** resolution, so there may be any number of them between two poolings. The budget limits the poolings, not the
# depth:

# %%
for count in (1, 2, 4, 30):
    image = x = keras.Input((224, 224, 3))
    for _ in range(5):
        for _ in range(count):
            x = layers.Conv2D(2, 3, padding="same")(x)
        x = layers.MaxPooling2D(2)(x)
    print(f"5 blocks of {count:2}: {5 * count:3} convolutions, last map {x.shape[1]}x{x.shape[2]}")

# %% [markdown]
# Such a group, a few convolutions and then one pooling, is a **VGG block**. Why did they not take thirty in each? Keep the
# question for section 7.
#
# ## 4. Six networks, one table
#
# This is the paper's table 1, printed from the very data that `ccv.models` builds the networks from:

# %%
table("vgg")

# %% [markdown]
# Read it from left to right. Each column changes one thing:
#
# - **A → A-LRN**: AlexNet's local response normalisation, once. It did not help, and was never seen again.
# - **A → B**: a second convolution in blocks 1 and 2.
# - **B → C**: a third in blocks 3, 4 and 5, but **1x1**: one more non-linearity that sees no further.
# - **C → D**: the same one, but 3x3. Better than C, so what it *sees* matters too. D is what everybody calls VGG-16.
# - **D → E**: a fourth in blocks 3, 4 and 5. VGG-19.
#
# The whole table fits in six lines. A row of this dictionary has a word for each block: `3` is a 3x3 convolution, `1` a
# 1x1 convolution, `N` the normalisation. After each block comes the pooling.

# %%
VGG = {
    "A": ["3", "3", "33", "33", "33"],
    "A-LRN": ["3N", "3", "33", "33", "33"],
    "B": ["33", "33", "33", "33", "33"],
    "C": ["33", "33", "331", "331", "331"],
    "D": ["33", "33", "333", "333", "333"],
    "E": ["33", "33", "3333", "3333", "3333"],
}
FILTERS = [64, 128, 256, 512, 512]
DENSE = [4096, 4096, 1000]

# %% [markdown]
# Now the accounts, line by line: the **memory** (how many values each output has) and the **weights** of each layer. The
# first lines of VGG-16:
#
# | layer | output | memory | weights |
# |---|---|---|---|
# | INPUT | 224x224x3 | 224 · 224 · 3 = 150K | 0 |
# | CONV3-64 | 224x224x64 | 224 · 224 · 64 = 3.2M | (3 · 3 · 3) · 64 = 1,728 |
# | CONV3-64 | 224x224x64 | 224 · 224 · 64 = 3.2M | (3 · 3 · 64) · 64 = 36,864 |
# | POOL2 | 112x112x64 | 112 · 112 · 64 = 800K | 0 |
#
# and so on, down to FC 4096, FC 4096 and FC 1000. The biases are not in there; we want them too, in a column of their
# own. Which line will have the most memory, and which the most weights? Guess now.
#
# **Exercise.** The table of any configuration. A line is (values, weights, biases).


# %%
def vgg_table(blocks, side=224):
    """Return [(values, weights, biases), ...]: a line for the input (side x side x 3), for each convolution, LRN and
    pooling, and for each of the three dense layers, of a row of VGG such as VGG["D"]."""
    ### BEGIN SOLUTION
    channels = 3
    lines = [(side * side * channels, 0, 0)]
    for kinds, filters in zip(blocks, FILTERS, strict=True):
        for kind in kinds:
            if kind == "N":
                lines.append((side * side * channels, 0, 0))
                continue
            kernel = int(kind)
            lines.append((side * side * filters, kernel * kernel * channels * filters, filters))
            channels = filters
        side //= 2
        lines.append((side * side * channels, 0, 0))
    inputs = side * side * channels
    for units in DENSE:
        lines.append((units, inputs * units, units))
        inputs = units
    return lines
    ### END SOLUTION


# %% [markdown] hints="vgg_table"
# 1. Write the first five lines for row D by hand, as the table above begins it: input, two convolutions, pooling, and the
#    first convolution of block 2. For each line: which side, how many channels arrive, how many leave?
# 2. Carry two things along: the side of the map and the channels that arrive. The outer loop takes a block's word
#    with its number of filters, the inner one the characters of the word; after the word comes a pooling. After all
#    blocks come three dense lines.
# 3. The first convolution of a block takes the channels of the block *before*. A pooling and a normalisation have
#    values but nothing to learn; and a normalisation does not change the channels. The first dense layer sees the
#    last map whole, side times side times channels. The kernel `1` has one weight a channel.
#
# The idea: Walk along the network with the current side and channels: convolutions keep the side and set the
# channels, poolings halve the side, and the dense layers at the end multiply what arrives by their units; note
# values, weights and biases of each line.

# %%
ccv.check("vgg_table")

# %% [markdown]
# Such tables are copied from course to course, and with them two totals: "138M parameters" and "24M values, **96 MB** an
# image". Trust neither, add up the columns. How many **megabytes** (of 1,000,000 bytes) does one image need, if each value
# of the memory column is a float32 of four bytes?

# %%
### BEGIN SOLUTION
vgg16_megabytes = 60.95
### END SOLUTION

# %% [markdown] hints="vgg16_megabytes"
# 1. You have a function that gives all lines of the table. Which of its three columns is the memory, and which row
#    of the dictionary is VGG-16?
# 2. Add up that column over all lines. Each of these values takes four bytes, and a megabyte here is a million
#    bytes.
# 3. The 24 million values that are often quoted are wrong: do not start from them. Input, poolings and dense layers
#    count as well as the convolutions.
#
# The idea: Sum the first column of your table for row D, times four, divided by a million.

# %%
ccv.check("vgg16_megabytes")

# %% [markdown]
# The 96 MB are too many by more than half, though anybody could have added up the lines. Nor are they saved if every ReLU
# keeps a second copy of its map: that would be 28.8 million values. The weights, on the other hand, are exactly right:
# 138,344,128, and with the 13,416 biases 138,357,544.
#
# `ccv.anatomy` keeps the same accounts for any Keras model. It adds the multiply-adds, the receptive field and the jump.
# Compare the last two columns with your `fields_and_jumps`.

# %%
VGG16

# %%
VGG16.plot(title="VGG-16: memory at the front, parameters at the back")

# %% [markdown]
# The two columns live at opposite ends. The first two convolutions make 42 % of all values and have 0.03 % of the
# weights. The first dense layer has three quarters of the weights and makes 4,096 values.
#
# The totals of all six configurations, in millions of parameters, are in the paper's table 2: 133 for A and for A-LRN,
# 133, 134, 138 and 144. The sums of your tables agree with them, to the last digit:

# %%
golden = [132_863_336, 132_863_336, 133_047_848, 133_638_952, 138_357_544, 143_667_240]
names = ["vgg11", "vgg11_lrn", "vgg13", "vgg16_1x1", "vgg16", "vgg19"]
convs = [models.card(name).golden[0].notop / 1e6 for name in names]
plots.bars(
    {name: (conv, total / 1e6 - conv) for name, total, conv in zip(VGG, golden, convs, strict=True)},
    ["8 to 16 convolutions", "three dense layers"],
    ylabel="million",
    labels=[f"{total:,}" for total in golden],
    stacked=True,
    title="Parameters of the six configurations",
)

# %% [markdown]
# From 11 layers to 19, and the total grows by 8 %. Depth is nearly free, if you pay it in 3x3 convolutions. (And six
# times out of six the dense layers are about nine tenths of everything. Keep that for section 6.)
#
# ### A column that got lost
#
# A table that is typed anew loses lines. There are copies of table 1 whose column **E** has *three* convolutions in each of
# the blocks 3, 4 and 5: three times conv3-256, and twice three times conv3-512. Compare with the table above: which column
# is that, exactly? The heading still says "19 weight layers".
#
# How many **parameters**, biases included, went missing in print?

# %%
### BEGIN SOLUTION
lost_in_print = (9 * 256 + 1) * 256 + 2 * (9 * 512 + 1) * 512
### END SOLUTION

# %% [markdown] hints="lost_in_print"
# 1. Compare column E as printed with the dictionary: how many convolutions has each of the blocks 3, 4 and 5 there,
#    and how many should it have? So one is missing in each of three blocks.
# 2. A missing layer is a 3x3 convolution in the *middle* of its block: as many channels arrive as leave. How many
#    filters has each of these three blocks?
# 3. Biases are included this time: one for each filter. Blocks 4 and 5 have equally many filters, block 3 half as
#    many.
#
# The idea: Three 3x3 convolutions got lost, one with 256 channels in and out and two with 512; count their weights
# and biases. (Or take the difference of two columns of your own table: printed, E is the same as D.)

# %%
ccv.check("lost_in_print")

# %% [markdown]
# As printed, E is D, and a "19" that has 16 layers. (The same three layers, by the way, are the step from B to D.) A table
# that *builds* the networks cannot be misprinted without a test noticing. So let us build.
#
# ## 5. Build them all
#
# **Exercise.** One function for all six columns:
#
# - each `3` or `1`: a convolution with that kernel, padding `"same"`, ReLU;
# - each `N`: `LocalResponseNormalization()`, which Keras lacks and `ccv.layers` has;
# - after each block: max pooling 2x2, stride 2;
# - then flatten; two dense layers of 4096 units, ReLU, each followed by dropout 0.5; a softmax over the classes.
#
# `width` multiplies the number of filters *and* the 4096, but not the classes: `width=1/16` is the same network, thin
# enough for a laptop. `scaled` does the rounding.


# %%
def scaled(filters, width):
    """Return filters times width, rounded, at least 1."""
    return max(1, round(filters * width))


# %%
def build_vgg(blocks, input_shape=(224, 224, 3), classes=1000, width=1.0):
    """Return the Keras model of a row of VGG such as VGG["D"]: images (batch, *input_shape) -> (batch, classes)."""
    ### BEGIN SOLUTION
    inputs = x = keras.Input(input_shape)
    for kinds, filters in zip(blocks, FILTERS, strict=True):
        for kind in kinds:
            if kind == "N":
                x = LocalResponseNormalization()(x)
            else:
                x = layers.Conv2D(scaled(filters, width), int(kind), padding="same", activation="relu")(x)
        x = layers.MaxPooling2D(2, 2)(x)
    x = layers.Flatten()(x)
    for units in DENSE[:2]:
        x = layers.Dense(scaled(units, width), activation="relu")(x)
        x = layers.Dropout(0.5)(x)
    return keras.Model(inputs, layers.Dense(classes, activation="softmax")(x))
    ### END SOLUTION


# %% [markdown] hints="build_vgg"
# 1. Read the list of rules again, and draw what row A gives: eleven layers that learn. Which of the loops of your
#    table do you need again, and what happens in each place instead of counting?
# 2. The same two loops as in the table: blocks with their filters, and inside them the characters. Each time, put
#    one more layer on what you have. After the loops come the flattening, two dense layers with a dropout behind
#    each, and the classes.
# 3. The width scales filters and the two hidden dense layers through the function above, but never the classes. The
#    padding must keep the size, also for a kernel of 1. And the third entry of the list of dense sizes is
#    ImageNet's number of classes, not yours.
#
# The idea: Let each character put a layer on the stack, each word be closed by a pooling, and end with two wide
# dense layers, each followed by dropout, and a softmax over the classes.

# %%
ccv.check("build_vgg")

# %% [markdown]
# What exactly changes from the shallowest to the deep one? `diff` takes two networks apart and says. (It reads their
# sizes; you need not look for them.)

# %%
diff(anatomy(models.vgg11()), VGG16)

# %% [markdown]
# Five more convolutions: 4 % more parameters, but twice the work. Beware of tables that mix networks up. "138 million
# parameters, 19.6 billion operations" stands in more than one comparison; the first number is VGG-16's and the second
# VGG-19's. VGG-16 needs 15.5 billion multiply-adds.
#
# ## 6. The head that weighs 124 million
#
# Nine tenths of VGG-16 sit behind the last map, and most of that in one place: where 7 · 7 · 512 = 25,088 numbers meet
# 4,096 units. The way out had just been published, in *Network in network*: **global average pooling**. Let each of the
# 512 maps give a single number, its mean, and put one dense layer with softmax on these.
#
# **Exercise.** What do the two heads cost? Biases count this time.


# %%
def head_costs(maps, classes, hidden=(4096, 4096)):
    """Return (parameters of the dense head, parameters of the head with global average pooling) for the last maps
    (height, width, channels). Dense head: flatten, a dense layer for each of `hidden`, and one for the classes.
    The other: global average pooling, then one dense layer for the classes."""
    ### BEGIN SOLUTION
    height, width, channels = maps
    inputs, dense_head = height * width * channels, 0
    for units in (*hidden, classes):
        dense_head += (inputs + 1) * units
        inputs = units
    return dense_head, (channels + 1) * classes
    ### END SOLUTION


# %% [markdown] hints="head_costs"
# 1. Do the small case by hand: maps of 2x2 with 3 channels, no hidden layer, 10 classes. How many numbers does the
#    dense head learn, with biases? And how many numbers are left after averaging each map?
# 2. The dense head is a chain: the flattened maps, each hidden layer, the classes. Each link has inputs times units
#    weights, and its units are the inputs of the next. The other head is a single link.
# 3. There may be any number of hidden layers, also none, and the layer for the classes comes in any case. Averaging
#    leaves one number for each *channel*, whatever the height and the width. Biases: one for each unit.
#
# The idea: Sum inputs plus one, times units, along the chain of the dense head; for the other head the same for one
# layer whose inputs are the channels alone.

# %%
ccv.check("head_costs")

# %% jupyter={"source_hidden": true}
figure = new_figure(7.5, 2.8, "VGG-16 with its own head, and with global average pooling")
axes = tidy(figure.add_subplot(), xlabel="million parameters")
body, heads = 14_714_688 / 1e6, [123_642_856 / 1e6, 513_000 / 1e6]
axes.barh(["dense head", "average pooling"], [body] * 2, color=BLUE, label="13 convolutions")
axes.barh(["dense head", "average pooling"], heads, left=body, color=ORANGE, hatch="//", label="head")
for row, head in enumerate(heads):
    axes.text(body + head + 1, row, f"{body + head:,.1f} million", va="center")
axes.set_xlim(0, 175)
axes.invert_yaxis()
axes.legend(loc="lower right")
described(
    figure,
    "Two bars of parameters. With its dense head VGG-16 has 138.4 million, of which the 13 convolutions are 14.7. With "
    "global average pooling it has 15.2 million, nearly all of them in the convolutions.",
)

# %% [markdown]
# A second gift: the mean of a map does not care how large the map is. The same weights now take images of any size,
# where a flattened map would no longer fit. And a price: the mean forgets *where* on the map something was. For "is there
# a cat?" that hardly matters; for "where is the cat?" it does.

# %%
anywhere = models.vgg16(include_top=False, pooling="avg", input_shape=(None, None, 3), width=1 / 16)
for height, width in ((32, 32), (224, 224), (96, 160)):
    features = anywhere(np.zeros((1, height, width, 3), "float32"))
    print(f"an image of {height}x{width}: {features.shape[1]} features")

# %% [markdown]
# ## 7. Turn the knob yourself
#
# Is deeper better? The paper's answer was a table: from A to D the top-5 error on ImageNet fell from 10.4 % to 8.8 %, and E
# did no better than D (one scale, table 3). You cannot train on ImageNet today. But you can ask the same question on
# handwritten digits, with **twins**: the same networks, only thinner. Real scans, enlarged to 32x32, the least that five
# halvings allow.

# %%
dataset, options = ("digits", {"size": 32, "margin": 4}) if lab.quick else ("mnist", {"size": 32})
train_images, train_labels = data.arrays(dataset, "train", **options)
test_images, test_labels = data.arrays(dataset, "test", **options)
mean, deviation = train_images.mean(), train_images.std()
x_train, x_test = (((images - mean) / deviation).astype("float32") for images in (train_images, test_images))
print(f"{len(x_train):,} digits to learn from, {len(x_test):,} held out")
plots.image_grid(train_images[:16], titles=train_labels[:16].tolist(), columns=8, title="Digits to learn from")

# %% [markdown]
# Before any training, one look at the signal on its way through an **untrained** VGG-16. How large are the numbers on
# each map? A layer multiplies its input by random weights, and how large these are is a choice. Keras takes Glorot's
# (2010): the variance of a weight is $2 / (\text{in} + \text{out})$, where *in* is the number of weights of one filter,
# $k \cdot k \cdot C$, and *out* is $k \cdot k \cdot F$ for $F$ filters. That keeps the signal as it is, if nothing is
# thrown away. But a ReLU throws half of it away. He (2015) makes up for that: the variance is $2 / \text{in}$.
#
# **Exercise.** Both **standard deviations**.


# %%
def start_deviations(kernel, channels, filters):
    """Return (Glorot's, He's) standard deviation of the first weights of a convolution with `filters` filters of
    kernel x kernel on `channels` channels."""
    ### BEGIN SOLUTION
    fan_in, fan_out = kernel * kernel * channels, kernel * kernel * filters
    return (2 / (fan_in + fan_out)) ** 0.5, (2 / fan_in) ** 0.5
    ### END SOLUTION


# %% [markdown] hints="start_deviations"
# 1. Take a 3x3 kernel, 2 channels and 4 filters. How large is *in*, how large is *out*? The text gives the formula
#    of each.
# 2. Two variances, one from both numbers and one from *in* alone. What is asked for is not the variance: what is
#    between them?
# 3. The kernel's area counts on both sides, in *out* as well. Glorot's comes first. A standard deviation is the
#    square root.
#
# The idea: Count the weights of one filter and those that leave one channel; Glorot's variance is two over their
# sum, He's two over the first alone; take the square root of each.

# %%
ccv.check("start_deviations")


# %%
STARTS = {"Glorot's start": keras.initializers.GlorotUniform, "He's start": keras.initializers.HeUniform}


def draw_weights(model, start, seed):
    """Draw the kernels of all layers anew: the key of STARTS says how large."""
    draw = STARTS[start](seed=keras.random.SeedGenerator(seed))
    for layer in model.layers:
        if hasattr(layer, "kernel"):
            layer.kernel.assign(draw(layer.kernel.shape))


def signal(model, images):
    """The root mean square of what each convolution puts out, after its ReLU."""
    rectified = [
        layer.output
        for layer in model.layers
        if isinstance(layer, layers.ReLU) or (isinstance(layer, layers.Conv2D) and layer.activation.__name__ == "relu")
    ]
    inside = keras.Model(model.input, rectified)
    return [float(np.sqrt(np.mean(np.square(maps)))) for maps in inside(images, training=True)]


# %% [markdown]
# Three networks with the same layers: Keras's own start, which is Glorot's; He's; and Glorot's again, with **batch
# normalisation** behind each convolution. What will the thirteenth convolution hear of the digit? Bet before you run.

# %%
probe = {"input_shape": (32, 32, 1), "classes": 10, "width": 1 / 4}
keras.utils.set_random_seed(lab.seed)
glorot, he, normalised = models.vgg16(**probe), models.vgg16(**probe), models.vgg16(**probe, batch_norm=True)
draw_weights(he, "He's start", lab.seed)
signals = {
    "Glorot's start": signal(glorot, x_test[:64]),
    "He's start": signal(he, x_test[:64]),
    "Glorot's, with batch normalisation": signal(normalised, x_test[:64]),
}

# %% jupyter={"source_hidden": true}
figure = new_figure(7.5, 4, "How loud is the signal in an untrained VGG-16?")
axes = tidy(figure.add_subplot(), xlabel="convolution", ylabel="root mean square of the output")
for (label, values), color, marker in zip(signals.items(), (ORANGE, BLUE, GREEN), "os^", strict=True):
    axes.semilogy(range(1, 14), values, color=color, marker=marker, ms=5, label=label)
halved = [signals["Glorot's start"][0] * 2 ** (-n / 2) for n in range(13)]
axes.semilogy(range(1, 14), halved, ":", color="0.5", label="half the power at each ReLU")
axes.set_xticks(range(1, 14))
axes.legend(loc="lower left")
first, last = ({label: values[at] for label, values in signals.items()} for at in (0, -1))
described(
    figure,
    "The size of the signal behind each of the 13 convolutions of an untrained VGG-16, on a scale of powers of ten. "
    + "; ".join(f"{label}: from {first[label]:.2g} to {last[label]:.2g}" for label in signals)
    + ". A dotted line shows the power halved at each ReLU; Glorot's start follows it and then falls below.",
)

# %% [markdown]
# Look at the scale: each line is a factor of ten. With Glorot's weights each ReLU halves the power of the signal, as the
# dotted line says, and after the thirteenth convolution next to nothing of the digit is left. (The last ones fall faster
# still: their maps have four pixels, and most of a 3x3 window is padding.) Two dense layers come after that. The gradients
# fade in the same way on their way back.
#
# The authors knew this trouble well: "bad initialisation can stall learning". They trained the shallow network A first,
# and started the deeper ones from its weights. Two remedies came a year later and are used to this day: **He's start**, and
# **batch normalisation**, which makes every map's numbers large again at every layer. (VGG itself has none, whatever some
# tables say. Here it is `batch_norm=True`.)
#
# ### Will it start?
#
# VGG-11 and VGG-16 with Keras's own start, and VGG-16 with He's. Each is trained several times, from other first weights
# and with the digits in another order. **Write down a guess first**: which of them will learn?

# %%
runs = 3
epochs, batch = (5, 64) if lab.quick else (3, 128)
width = 1 / 16 if lab.quick else 1 / 8
builders = [models.vgg11, models.vgg16] if lab.quick else [models.vgg11, models.vgg13, models.vgg16, models.vgg19]
small = {"input_shape": (32, 32, 1), "classes": 10, "width": width}


def train_once(model, start, seed):
    """Train a compiled network from one kind of start; return (held-out accuracy, training loss)."""
    keras.utils.set_random_seed(seed)
    draw_weights(model, start, seed)
    history = model.fit(x_train, train_labels, batch_size=batch, epochs=epochs, verbose=0).history
    batches = np.array_split(x_test, -(-len(x_test) // 1000))
    guesses = np.concatenate([np.argmax(model(some, training=False), axis=-1) for some in batches])
    return float(np.mean(guesses == test_labels)), history["loss"][-1]


# %%
def train(model, starts=("Glorot's start",)):
    """Train a network `runs` times from each kind of start; return (held-out accuracies, training losses) of each."""
    steps = epochs * -(-len(x_train) // batch)
    adam = keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(2e-3, steps))
    model.compile(adam, "sparse_categorical_crossentropy", steps_per_execution=4)
    adam.build(model.trainable_variables)
    variables = [*model.variables, *adam.variables]
    beginning = [keras.ops.convert_to_numpy(variable) for variable in variables]
    results = []
    for start in starts:
        trained = []
        for run in range(runs):
            # The same compiled network again, everything set back: compiling costs more than an epoch.
            for variable, value in zip(variables, beginning, strict=True):
                variable.assign(value)
            trained.append(train_once(model, start, 1000 * lab.seed + run))
        results.append(tuple(zip(*trained, strict=True)))
    return results


# %%
def say(name, model, accuracies, losses):
    """One line of results, and the accuracies."""
    cost = anatomy(model)
    print(
        f"{name:24} {cost.parameters:7,} parameters, {cost.macs / 1e6:5.2f}M multiply-adds, "
        f"right: {' '.join(f'{accuracy:6.1%}' for accuracy in accuracies)}, "
        f"training loss: {' '.join(f'{loss:.2f}' for loss in losses)}"
    )
    return accuracies


started = {}
for builder in builders:
    model = builder(**small)
    starts = ["Glorot's start"] if builder is models.vgg11 else list(STARTS)
    for start, result in zip(starts, train(model, starts), strict=True):
        name = f"{builder.__name__}, {start}"
        started[name] = say(name, model, *result)


# %%
RIGHT = "held-out digits that are right"
plots.dots(started, RIGHT, low=0, chance=0.1, title="Will it start? A dot for each run, a bar for their mean")

# %% [markdown]
# The dotted line is guessing, and dots on the same spot lie on top of each other. Your dots may differ from ours in
# detail. When this lab was written, we ran it on the small digits with three seeds, nine runs of each network:
#
# - **VGG-11** learnt, if unevenly: from 20 % to 91 %.
# - **VGG-16 with Glorot's start** stayed at 10 % in five of nine runs, and came to no more than 48 % in the others. At
#   10 % it answers with the same digit whatever it is shown, and its training loss is still $\ln 10 = 2.30$.
# - **VGG-16 with He's start** always learnt: from 47 % to 91 %. The same network, the same digits, the same optimiser;
#   only the first weights were drawn larger. (Five epochs are short, and that is on purpose. With more, it goes on.)
#
# So when a deep network does worse than a shallow one, be slow to say that it has "too many parameters". These two differ
# by 19 % in parameters. And look at the training loss: it is bad **on the training digits** as well. That is no
# overfitting; the signal does not arrive. It is also the answer to section 3: the resolution would allow thirty
# convolutions a block, the gradients would not. (What did allow it, a year later, is another lab: ResNet.)
#
# ### Deeper or wider?
#
# Now all of them get batch normalisation, so that each can show what it is able to. VGG-11 against VGG-16 is not a fair
# question as it stands, for the deeper one costs twice as many multiply-adds. So a third contestant joins: a VGG-11 that
# spends the same work on **width** instead. First its width: try some, and take the one whose work comes nearest to
# VGG-16's.

# %%
aim = anatomy(models.vgg16(**small)).macs
candidates = {k: anatomy(models.vgg11(**small | {"width": width * k})).macs for k in (1.2, 1.3, 1.4, 1.5)}
for factor, macs in candidates.items():
    print(f"vgg11 at {factor} times the width: {macs / aim:.2f} of VGG-16's multiply-adds")
wider = min(candidates, key=lambda factor: abs(candidates[factor] - aim))

# %%
contest = {}
entries = {f"{builder.__name__}": (builder, width) for builder in builders}
entries[f"vgg11, {wider} times as wide"] = (models.vgg11, width * wider)
for name, (builder, wide) in entries.items():
    model = builder(**small | {"width": wide}, batch_norm=True)
    contest[name] = say(name, model, *train(model)[0])

# %%
lowest = min(map(min, contest.values()))
plots.dots(contest, RIGHT, low=lowest - 0.02, title="Deeper or wider? All with batch normalisation")

# %%
means = {name.replace("'s start", "").replace(", ", "_"): np.mean(values) for name, values in started.items()}
means |= {f"{builder.__name__}_batch_norm": np.mean(contest[builder.__name__]) for builder in builders}
means["vgg11_wider_batch_norm"] = np.mean(list(contest.values())[-1])
lab.record(test_accuracy=round(float(means["vgg16_batch_norm"]), 4), width=width, runs=runs, epochs=epochs)
lab.record(**{name: round(float(mean), 4) for name, mean in means.items()})
spread = max(max(values) - min(values) for values in contest.values())
gap = np.mean(contest["vgg16"]) - np.mean(contest["vgg11"])
one = 1 / len(test_labels)
print(f"one held-out digit more or less:            {one:5.2%}")
print(f"runs of the same network differ by up to:   {spread:5.1%}")
print(f"VGG-16 minus VGG-11, means of {runs} runs:      {gap:+5.1%}")

# %% [markdown]
# Read the last three lines before you read on. A difference is worth a sentence only if it is larger than what the *same*
# network does to itself from one run to the next.
#
# - **Batch normalisation** is worth one. VGG-16 went from guessing to about 96 %, at the price of 1 % more parameters.
# - **Depth**, at this size, is not worth its work. In our nine runs of each, VGG-11 had 96.9 % on average and VGG-16
#   95.7 %, while single runs of VGG-16 lay anywhere from 93 % to 98 %. At best, twice the work bought nothing.
# - **Width** did better with the same work: 98.2 %, and its worst run (97.7 %) beat most runs of the others. Thin twins
#   are starved of filters rather than of layers: the first layer of a 1/16 VGG has four.
#
# Does that refute the paper? No. It says that depth is no magic. The argument from the receptive field is idle here: VGG-11
# sees 150 pixels, and the image has 32. The data are few, the task is easy, the training is short. ImageNet has 1.2
# million photographs with 1000 classes, the networks had 64 to 512 filters, and on it depth paid, up to about 16 layers:
# 10.4 % top-5 error for A, 9.9 for B, 9.4 for C, 8.8 for D, and 9.0 for E.
#
# ## What you have learnt
#
# - Two 3x3 see what one 5x5 sees, for $18C^2$ weights instead of $25C^2$, and with one more ReLU; three replace a 7x7.
# - The field grows by $(k-1)\,d$ jumps a layer. Without stride it takes 64 layers of 3x3 to see 128 pixels, with VGG's
#   poolings 11, with doubled dilations 7.
# - The budget of resolution limits the *poolings*: seven halvings for 224 pixels. Padded convolutions cost none of it.
# - One table of six rows builds VGG A to E. From A to E the parameters grow by 8 %, the work by 158 %.
# - Memory sits at the front (15.2 million values, 61 MB), parameters at the back (89 % in three dense layers).
# - Global average pooling replaces a head of 123.6 million parameters by one of 513,000.
# - A deep network has to be *started*: first weights that keep the signal alive, or batch normalisation.
# - Measure several runs before you believe a difference.
#
# ## Do you still know?
#
# Answer aloud before you unfold.
#
# <details><summary>Two 3x3 convolutions have 18 weights a channel, one 5x5 has 25. Why is the ratio still 18 to 25 with 512 channels?</summary>
#
# Because the channels enter both bills in the same way. Each of $C$ filters reaches through all $C$ channels, which makes
# $9C^2$ weights for a 3x3 and $25C^2$ for a 5x5. The square of $C$ is a factor of both sides and cancels. It only holds as
# long as the layer in between has $C$ channels too: a narrower one saves more, a wider one may cost more than the 5x5.
#
# </details>
#
# <details><summary>What would two 3x3 convolutions be worth without the ReLU between them?</summary>
#
# Less than a single 5x5. One linear map after another is a linear map again, and here it is a convolution with a 5x5 kernel;
# but not with any 5x5 kernel, since 18 numbers cannot choose 25 freely. So one would pay less and get less. It is the ReLU
# that makes the pair a richer function than the single layer.
#
# </details>
#
# <details><summary>A pooling with stride 2 sees only 2x2 numbers. Why does it change so much how far the network sees?</summary>
#
# Not by its own window, which adds a single jump. It doubles the jump, so that *every layer after it* widens the field by
# twice as much as before. After four poolings, each of the last convolutions of VGG-16 adds 32 pixels.
#
# </details>
#
# <details><summary>A stride and a dilation both let a network see further. When do you want which?</summary>
#
# A stride makes the map smaller: less work and less memory in all later layers, and a coarser answer. That is right for one
# word a picture. A dilation keeps the map's size: all the work stays, and every place keeps an answer of its own. That is
# right for a word a pixel. And a dilated kernel skips what lies in its gaps, so one mixes several dilations.
#
# </details>
#
# <details><summary>Where would you look first if VGG-16 were too large for your telephone's disk? And if it took too much memory while it runs?</summary>
#
# For the disk, at the end: three dense layers hold 89 % of the parameters, and global average pooling removes nearly all of
# them. For the memory while it runs, at the beginning: the first two convolutions make 42 % of all values, because their maps
# are still 224 pixels wide. A smaller picture, or a stride in the first layer, helps there. One cure does nothing for the
# other disease.
#
# </details>
#
# <details><summary>A VGG-16 answers "seven" to every digit, and its training loss stands at 2.30. What is going on, and what is not?</summary>
#
# 2.30 is $\ln 10$, the loss of somebody who says "a tenth for each". The network has learnt nothing, on the *training* digits
# either. So it is not overfitting, and fewer parameters or more data would not help. The signal fades on its way through
# thirteen layers, and the gradient on its way back. Larger first weights (He's) or batch normalisation bring it to life.
#
# </details>
#
# <details><summary>In one run VGG-16 had 98.3 % and VGG-11 96.6 %. Is deeper better, then?</summary>
#
# That pair says nothing. Other runs of the same VGG-16 had 93.2 % and 95.8 %: the spread within one network is three times
# the difference between the two. Compare means over several runs, and look at their spread first. And compare at the same
# cost: VGG-16 did twice the work.
#
# </details>
#
# ## Your own photograph
#
# How much of *you* does one number see? Put the path of a photograph in place of `None`: a portrait, a pet, your street.
# Without one, you get the Summer Palace in Beijing, which comes with scikit-learn. The photograph is cut to a square and
# made 224 pixels wide, as VGG wants it. Then the fields of one number in the middle of the map are drawn, after each of the
# five blocks.

# %%
from PIL import Image, ImageOps
from sklearn.datasets import load_sample_image

MY_PHOTO = None  # or a path, such as "me.jpg"
photo = Image.open(MY_PHOTO) if MY_PHOTO else Image.fromarray(load_sample_image("china.jpg"))
photo = ImageOps.fit(ImageOps.exif_transpose(photo).convert("RGB"), (224, 224))

# %% jupyter={"source_hidden": true}
figure = new_figure(7.5, 5.4, "What one number sees of the photograph, after each block of VGG-16")
axes = figure.add_subplot(xticks=[], yticks=[])
axes.imshow(photo)
for block, (pool, style) in enumerate(zip(pools, ("-", "--", "-", "--", "-"), strict=True), start=1):
    half = fields[pool] / 2
    for color, thick in (("black", 4), ("white", 2)):
        axes.add_patch(
            Rectangle((112 - half, 112 - half), 2 * half, 2 * half, fill=False, ec=color, lw=thick, ls=style)
        )
    words, beside = f"block {block}: {fields[pool]} x {fields[pool]} pixels", (234, 212 - 45 * (block - 1))
    axes.annotate(words, (112 + half, 112 + half * (0.9 - 0.45 * (block - 1))), beside, va="center", annotation_clip=False,
                  arrowprops={"arrowstyle": "-", "color": "black", "lw": 1.2, "relpos": (0, 0.5)})  # fmt: skip
described(
    figure,
    "A photograph of 224x224 pixels with five squares, one in the other, around its middle: what a number sees after each "
    f"block of VGG-16, {', '.join(str(fields[pool]) for pool in pools)} pixels wide.",
)

# %% [markdown]
# After block 2 a number sees a corner or a stripe; after block 3 perhaps an eye or a window; after block 5 nearly
# everything. So a face *can* be recognised only from block 4 or 5 on, whatever the filters have learnt. Move the camera
# back until the face is half as large: which block sees all of it now? And remember the first figure of this lab. Most
# paths lead to the middle of a field, so what a number really listens to is a soft spot, and smaller than the square.
#
# ## An open task: a VGG of today
#
# Nobody checks this one. Keep the idea of VGG, small filters in blocks, and spend ten years of hindsight on it: He's start,
# batch normalisation, global average pooling, a stride where you like. The rules: at most the 1.33 million multiply-adds of
# the VGG-16 above (`anatomy(model).macs`), trained by the same `train`, five epochs on the small digits.
#
# The line to beat is **98.7 %**, the mean of nine runs (98.0 to 99.2 %; seeds 0, 1 and 2, three runs each). We got it with
# six 3x3 convolutions of 12, 12, 24, 24, 40 and 40 filters, the first with a stride of 2, a pooling after the second and the
# fourth, and average pooling at the end: 33,238 parameters and 1.23 million multiply-adds. The VGG-16 with batch
# normalisation had 95.7 %, with four times the parameters. Can you reach ours with half of the work? To measure, set
# `lab.seed`, and then
#
# ```python
# (accuracies, losses), = train(my_network, ["He's start"])
# ```
#
# A trap that we fell into: a first, wider network had 87 % on average, and 71 % in its worst run. Keras's batch normalisation
# remembers its means over about a hundred steps, and this training has only 115. Ours has `momentum=0.9`.
#
# Or run the whole lab on MNIST with `CCV_SCALE=full`, where VGG-13 and VGG-19 join. Does the order stay the same?
#
# ## To read on
#
# - K. Simonyan, A. Zisserman: [Very deep convolutional networks for large-scale image
#   recognition](https://arxiv.org/abs/1409.1556). ICLR 2015. Read section 2.3: why three 3x3 for one 7x7, in their words.
# - M. Lin, Q. Chen, S. Yan: [Network in network](https://arxiv.org/abs/1312.4400). ICLR 2014: 1x1 convolutions and global
#   average pooling.
# - X. Glorot, Y. Bengio: [Understanding the difficulty of training deep feedforward neural
#   networks](https://proceedings.mlr.press/v9/glorot10a.html). AISTATS 2010; K. He, X. Zhang, S. Ren, J. Sun: [Delving deep
#   into rectifiers](https://arxiv.org/abs/1502.01852). ICCV 2015; S. Ioffe, C. Szegedy: [Batch
#   normalization](https://arxiv.org/abs/1502.03167). ICML 2015. The three remedies.
# - F. Yu, V. Koltun: [Multi-scale context aggregation by dilated convolutions](https://arxiv.org/abs/1511.07122). ICLR 2016;
#   L.-C. Chen and others: [DeepLab](https://arxiv.org/abs/1412.7062). ICLR 2015: VGG-16 with holes.
# - W. Luo and others: [Understanding the effective receptive field](https://arxiv.org/abs/1701.04128). NIPS 2016: the soft
#   spot; and A. Araujo, W. Norris, J. Sim: [Computing receptive fields of convolutional neural
#   networks](https://distill.pub/2019/computing-receptive-fields/). Distill 2019: the formulas, drawn and derived.
# - [Networks using blocks (VGG)](https://d2l.ai/chapter_convolutional-modern/vgg.html) in *Dive into deep learning*, and
#   the [notes of CS231n](https://cs231n.github.io/convolutional-networks/) on how layers are sized.
#
# The digits are real scans: E. Alpaydin, C. Kaynak, UCI 1998 (CC BY 4.0). The photograph: danielbuechele (CC BY 2.0).

# %% [markdown]
# <!-- For those who have the slides -->

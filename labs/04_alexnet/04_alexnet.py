# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
#   ccv:
#     minutes: 110
#     needs: "two CPU cores, no network"
#     about: "the network of 2012 taken to pieces: 224 or 227, two cards, LRN, dropout, momentum, its filters, and what ZFNet changed"
# ---

# %% [markdown]
# # AlexNet: the network that changed the field
#
# In 2012 the teams of the ImageNet challenge sorted photographs into a thousand classes with features that people had
# designed: gradients, corners, colours. The best of them missed the right class, with five guesses, in 26 % of the
# photographs. One team had no features at all, only a network that learnt them, and missed 15 %. Alex Krizhevsky, Ilya
# Sutskever and Geoffrey Hinton had trained it for about a week on two graphics cards for video games. A year later
# nearly everybody had thrown the features away.
#
# Little of it was new. It is LeNet, larger, with a ReLU, some tricks, and a great many photographs. So which of its
# parts mattered? In this lab you take it to pieces, check every number that is quoted of it (some are wrong, and one of
# them stands in the paper itself), and measure on a small twin what you can.

# %%
import ccv

lab = ccv.lab("04_alexnet")

# %%
import keras
import numpy as np
import tensorflow as tf
from keras import layers

from ccv import data, models, plots
from ccv.anatomy import anatomy, diff
from ccv.optimizers import PaperSGD
from ccv.plots.style import BLUE, GREEN, ORANGE, RED, described, new_figure, tidy
from ccv.training.recipes import RECIPES

keras.utils.set_random_seed(lab.seed)

# %%
ONE_TOWER = anatomy(models.alexnet())  # 62 million random numbers, which take a moment
ONE_TOWER.draw(title="AlexNet: five convolutions, three poolings, three dense layers")

# %% [markdown]
# **You will be able to** say the size and the parameters of every layer, and why the input has 227 pixels and not the
# 224 of the paper; tell what groups cut away; write local response normalisation, dropout, the paper's gradient step
# and its falling rate by hand; turn filters into pictures; and say what ZFNet changed and why.
#
# **You should know** how a convolution, a pooling and a dense layer work, and how their parameters are counted. The lab
# on LeNet is enough.
#
# **Time**: a little under two hours. The cells themselves run for a minute or two on two cores; nothing is downloaded.

# %% [markdown]
# ## 1. 224 or 227?
#
# The paper says: "the first convolutional layer filters the 224x224x3 input image with 96 kernels of size 11x11x3 with a
# stride of 4". And its figure shows maps of 55x55. Do the two agree?
#
# Lay windows of $k$ pixels along a row of $n$ pixels, each $s$ further than the last, with $p$ zeros on either side.
# They start at $0, s, 2s, \ldots$, and the last one must end inside. So
#
# $$ \text{windows} = \left\lfloor \frac{n + 2p - k}{s} \right\rfloor + 1 . $$
#
# The brackets say *rounded down*, and it is easy to read over them. Where the division leaves a remainder, the last
# window ends before the row does, and some pixels at the far end are seen by no window.
#
# **Exercise.** Count the windows, and the pixels *of the image* that none of them sees. (Zeros are no pixels.)


# %%
def windows(n, kernel, stride, padding=0):
    """Return (windows, unseen) along a row of n pixels, with `padding` zeros on either side: how many windows there are,
    and how many pixels at the far end of the row none of them covers. The stride is no larger than the kernel."""
    ### BEGIN SOLUTION
    count = (n + 2 * padding - kernel) // stride + 1
    end = (count - 1) * stride + kernel - padding  # of the last window, counted in pixels of the image
    return count, max(0, n - end)
    ### END SOLUTION


# %% [markdown] hints="windows"
# 1. Draw a row of 10 pixels and windows of 3 with a stride of 2. Where does each of them start? Where does the last one
#    end, and what is left over?
# 2. Two steps: the formula of the text gives the first number. With it you know where the last window starts; one
#    kernel further it ends. Compare that with the end of the row.
# 3. With padding, window 0 starts `padding` places *before* the first pixel, so the last one ends that much earlier
#    too. If it reaches into the zeros behind the row, nothing is unseen, and the answer is 0, not less.
#
# The idea: Count windows with a whole division, find the end of the last one in pixels of the image, and take what
# lies beyond it, at least 0.

# %%
ccv.check("windows")

# %%
for n, padding in ((224, 0), (227, 0), (224, 2)):
    count, unseen = windows(n, 11, 4, padding)
    share = (n + 2 * padding - 11) / 4 + 1
    print(
        f"{n} pixels, {padding} zeros on either side: {share:.2f} windows, that is {count}, and {unseen} pixels unseen"
    )


# %% jupyter={"source_hidden": true}
def draw_windows(cases, kernel=11, stride=4, last=5):
    """The last few windows on a row of pixels, for some sizes of the image and some padding."""
    figure = new_figure(9, 4.2, "The last windows of the first layer, at the right edge of the image")
    axes = tidy(figure.add_subplot(), xlabel="pixel")
    said = []
    for row, (n, padding) in enumerate(cases):
        count, unseen = windows(n, kernel, stride, padding)
        axes.barh(-row, n - 180, left=180, height=0.16, color="0.75")
        axes.barh(-row, padding, left=n, height=0.16, color="white", edgecolor="0.5", hatch="///")
        axes.barh(-row, unseen, left=n - unseen, height=0.16, color=RED)
        for step in range(last):
            start = (count - last + step) * stride - padding
            height = -row + 0.22 + 0.1 * step
            axes.plot([start, start + kernel], [height] * 2, color=BLUE, lw=3, solid_capstyle="butt")
        where = f"{n} pixels" + (f", {padding} zeros" if padding else "")
        axes.text(181, -row - 0.13, f"{where}: {count} windows, {unseen} unseen", va="top", fontsize=11)
        said.append(f"{where}: {count} windows, {unseen} unseen")
    axes.set(yticks=[], xlim=(180, 231), ylim=(-len(cases) + 0.55, 0.85))
    axes.spines["left"].set_visible(False)
    return described(figure, f"Rows of pixels with their last windows of {kernel}. {'; '.join(said)}.")


draw_windows([(224, 0), (227, 0), (224, 2)])

# %% [markdown]
# With 224 pixels there are 54 windows, and the last column of the photograph is never looked at. 55 windows come from
# 227 pixels, to the pixel. Or from 224 and two zeros on either side, which is what many later versions do; then the
# remainder falls on a column of zeros, where it does no harm. The paper's own text cannot be taken literally, and the
# authors did not say which of the two they had. This lab takes 227.
#
# The poolings of AlexNet overlap: windows of **3x3** with a stride of **2**. Does that come out even? You can do it in
# your head from here on.
#
# **Exercise.** The first two layers of AlexNet, on images of 227x227x3: a convolution with 96 filters of 11x11, stride
# 4, no padding; then a pooling of 3x3, stride 2. What size is the output of each, (height, width, channels), and how
# many parameters does it have, biases included? `first_layers` is a dictionary with four entries, "conv1 output", "conv1
# parameters", "pool1 output" and "pool1 parameters".

# %%
### BEGIN SOLUTION
first_layers = {
    "conv1 output": (55, 55, 96),
    "conv1 parameters": (11 * 11 * 3 + 1) * 96,
    "pool1 output": (27, 27, 96),
    "pool1 parameters": 0,
}
### END SOLUTION

# %% [markdown] hints="first_layers"
# 1. Two of the four entries are shapes of three numbers, `(height, width, channels)`, and two are counts. How many places
#    has an 11x11 window on 227 pixels if it moves by 4?
# 2. The outputs come from the formula above, once for the convolution and once more on what it leaves. A parameter is a
#    number that training changes: what has one filter of the first layer, and how many filters are there?
# 3. The third number of a shape is the number of maps: the filters for a convolution, and for a pooling what arrives.
#    A filter reaches through all three colours and has one bias. And what could a maximum learn?
#
# The idea: Windows from the formula and as many maps as filters; weights of one filter plus one, times the filters; a
# pooling shrinks the maps, keeps their number and has nothing to learn.

# %%
ccv.check("first_layers")

# %% [markdown]
# ## 2. Every layer in one table
#
# Here is the whole network, as the paper has it. A convolution is written (filters, kernel, stride, padding, groups); the
# last of these is 1 for now. `"norm"` is the local response normalisation, which comes in section 4: it has nothing to
# learn and leaves the shape alone.

# %%
ALEXNET = [
    ("conv", 96, 11, 4, 0, 1), ("norm",), ("pool", 3, 2),
    ("conv", 256, 5, 1, 2, 1), ("norm",), ("pool", 3, 2),
    ("conv", 384, 3, 1, 1, 1),
    ("conv", 384, 3, 1, 1, 1),
    ("conv", 256, 3, 1, 1, 1), ("pool", 3, 2),
    ("dense", 4096), ("dense", 4096), ("dense", 1000),
]  # fmt: skip

# %% [markdown]
# Five convolutions and three dense layers: eight layers that learn. (There are descriptions of AlexNet with two
# convolutions, ReLU behind the pooling, and a dense layer with "a single neuron". None of that is true.) A ReLU follows
# each convolution and each dense layer but the last. It changes no shape, so it has no line here.
#
# **Exercise.** Send an image through any such list. For each line: the shape that comes out, and the parameters, biases
# included. With $g$ **groups**, the channels that arrive are dealt out to $g$ groups of filters, and each filter sees
# only the channels of its own group, that is, one $g$-th of them. `windows` is of use.


# %%
def propagate(shape, network):
    """Return [(shape, parameters), ...], a pair for each line of a network such as ALEXNET, for images of `shape`,
    (height, width, channels); behind a dense layer a shape is (units,)."""
    ### BEGIN SOLUTION
    table = []
    for kind, *numbers in network:
        parameters = 0
        if kind == "conv":
            filters, kernel, stride, padding, groups = numbers
            parameters = (kernel * kernel * shape[2] // groups + 1) * filters
            shape = (*(windows(n, kernel, stride, padding)[0] for n in shape[:2]), filters)
        elif kind == "pool":
            shape = (*(windows(n, *numbers)[0] for n in shape[:2]), shape[2])
        elif kind == "dense":
            parameters = (int(np.prod(shape)) + 1) * numbers[0]
            shape = (numbers[0],)
        table.append((shape, parameters))
    return table
    ### END SOLUTION


# %% [markdown] hints="propagate"
# 1. Write the first six lines by hand: 55x55x96 twice, 27x27x96, and so on. Beside each, what it learns. Then a small
#    grouped case: 4 channels, 6 filters of 3x3, two groups. How many channels does one filter see?
# 2. Carry one shape through a loop over the lines; each kind of layer changes it in its own way and has its own count.
#    Height and width are treated alike but need not be equal.
# 3. Groups divide the weights of a filter and not its bias, and they do not change the shape. A pooling has no
#    padding. The first dense layer sees all numbers of the last maps; behind it the shape has only one number.
#
# The idea: For each line compute the new shape from the old one, count a filter's weights (its own share of the
# channels) plus one bias, times the filters, or inputs plus one, times units; and note both.

# %%
ccv.check("propagate")

# %%
table = propagate((227, 227, 3), ALEXNET)
for (kind, *numbers), (shape, parameters) in zip(ALEXNET, table, strict=True):
    print(f"{kind:5} {', '.join(map(str, numbers)):16} -> {'x'.join(map(str, shape)):9} {parameters:11,} parameters")
print(f"in all {sum(parameters for _, parameters in table):,}; Keras counts {ONE_TOWER.parameters:,}")

# %% [markdown]
# 55, 27, 13, 6: each division leaves no remainder, and from the first pixel to the last map nothing is thrown away. And
# look at where the parameters are. The five convolutions, which do the seeing, have **3.7 million** of the 62.4; the
# other 58.6 million sit in three dense layers. So if you read "AlexNet has 3.7 million parameters without its head", all
# three dense layers are the head. (And "ten times more channels than LeNet"? 96 for 6 in the first layer is 16 times,
# 384 for 16 is 24 times.)
#
# ### How many units?
#
# The paper's abstract says "60 million parameters and 650,000 neurons". A neuron is a number that a layer with
# parameters puts out; poolings and normalisations do not count. The paper's figure 2 counts them in its caption, layer by
# layer, as 253,440 - 186,624 - 64,896 - 64,896 - 43,264 - 4096 - 4096 - 1000.
#
# **Exercise.** One of these eight is wrong. What is the right **total**?

# %%
### BEGIN SOLUTION
units = 55 * 55 * 96 + 27 * 27 * 256 + 2 * 13 * 13 * 384 + 13 * 13 * 256 + 4096 + 4096 + 1000
### END SOLUTION

# %% [markdown] hints="units"
# 1. A unit is one number of an output. How many numbers has the output of the first convolution, 55x55x96? Compare with
#    the caption.
# 2. Go through your table line by line, take those with parameters, multiply each shape out, and add up.
# 3. Eight numbers: five convolutions and three dense layers. Neither the image nor a pooling nor a normalisation is
#    among them, and the classes are.
#
# The idea: Sum the sizes of all outputs whose layer has parameters.

# %%
ccv.check("units")

# %% [markdown]
# So 650,000 is right, and the caption is not: 253,440 is $55 \cdot 48 \cdot 96$. Somebody seems to have taken the 48
# maps of one graphics card for a side of the map. Nobody builds anything worse for it. But if a slip stands in the most
# quoted caption of the field, then count for yourself.
#
# ## 3. Two graphics cards
#
# A GTX 580 had 3 gigabytes. The network was cut in two, half of the maps on one card and half on the other. In conv2,
# conv4 and conv5 a filter sees **only the maps on its own card**; conv3 and the dense layers see all, and there the cards
# must talk to each other. (conv1 sees the image, which both cards have.) In Keras such a cut is the argument `groups=2`.
#
# Who sees whom? Write it down as a table of ones and zeros, a row for each channel that arrives, a column for each
# filter.
#
# **Exercise.** The table for any number of groups. Channels and filters are dealt out in blocks: the first group has the
# first channels and the first filters.


# %%
def connections(channels, filters, groups):
    """Return an array (channels, filters) with 1 where a filter sees a channel and 0 where it does not."""
    ### BEGIN SOLUTION
    group_of_channel = np.arange(channels) // (channels // groups)
    group_of_filter = np.arange(filters) // (filters // groups)
    return (group_of_channel[:, None] == group_of_filter[None, :]).astype(int)
    ### END SOLUTION


# %% [markdown] hints="connections"
# 1. Draw it for 4 channels, 6 filters and 2 groups: four rows, six columns. Which two rows belong to the first group,
#    and which three columns?
# 2. Give each channel the number of its group, and each filter too: a whole division of its own number. Where both are
#    equal, there is a 1.
# 3. A group has `channels // groups` channels but `filters // groups` filters; the blocks are not square. Compare a
#    column of group numbers with a row of them, and broadcasting makes the table.
#
# The idea: Number the groups of the channels and of the filters in blocks, and mark where they are the same.

# %%
ccv.check("connections")

# %% [markdown]
# Such tables can be multiplied: channel to filter, then on to the next layer's filter. An entry of the product says on
# how many paths the one reaches the other. **Your bet**: after conv4, does a map of the first card know anything of
# the second?

# %%
conv2, conv3, conv4 = (connections(c, f, g) for c, f, g in ((4, 6, 2), (6, 6, 1), (6, 6, 2)))
plots.matrices(
    {
        "conv2, two groups": conv2,
        "conv3, all": conv3,
        "conv4, two groups": conv4,
        "conv2 to conv4": conv2 @ conv3 @ conv4,
    },
    cmap="Blues",
    title="Who sees whom? Rows: maps below, columns: maps above",
)

# %% [markdown]
# It does: through conv3, once. Without that layer the two cards would train two separate networks up to the dense layers.
# The numbers follow from the tables: half of the ones are gone, and with them half of the weights and half of the work.

# %%
TWO_TOWERS = anatomy(models.alexnet(groups=2))
diff(ONE_TOWER, TWO_TOWERS)

# %% [markdown]
# Both "60 million" and "62 million" are quoted. Both are right: **60,965,224** with the paper's two groups and
# **62,378,344** in one tower. The groups save 2.3 % of the parameters, but 36 % of the multiply-adds, since those are in the
# convolutions. (Five years later groups came back on purpose, without any shortage of memory: ResNeXt.)
#
# Was one card too small? Make the bill. A **float32** takes 4 bytes. Training keeps for each parameter three numbers, the
# weight itself, its gradient and its momentum (section 6); and for each value that a layer puts out, *for each image of the
# batch*, two: the value, which the way back needs, and its gradient.
#
# **Exercise.** The least memory for a step of training, in **megabytes** of 1,000,000 bytes.


# %%
def training_megabytes(parameters, values, batch):
    """Return the megabytes of a training step: `parameters` in all, `values` that the layers put out for one image."""
    ### BEGIN SOLUTION
    return 4 * (3 * parameters + 2 * batch * values) / 1e6
    ### END SOLUTION


# %% [markdown] hints="training_megabytes"
# 1. How many bytes for one parameter and everything that is kept of it? How many for one value of one image? And for
#    128 images?
# 2. A sum of two parts, one with the parameters and one with the values; only one of the two grows with the batch.
# 3. Three numbers a parameter, two a value; each number is four bytes, and a megabyte is a million of them here, not
#    1024 times 1024.
#
# The idea: Four bytes times the numbers that are kept, three a parameter and, for each image, two a value.

# %%
ccv.check("training_megabytes")

# %%
for name, net in (("one tower", ONE_TOWER), ("two towers", TWO_TOWERS)):
    for batch in (1, 128):
        print(f"{name}, {batch:3} images: {training_megabytes(net.parameters, net.values, batch):6,.0f} MB")

# %% [markdown]
# At least 2.2 gigabytes for a batch of 128, two thirds of them for values and not for parameters; so groups save next to
# nothing here, and smaller batches would save a lot. Cut in half, that is 1.1 gigabytes a card. Was one card of 3 gigabytes
# too small, then? By this bill it was tight rather than impossible. But it is the least possible bill: a ReLU that keeps a
# map of its own, the windows laid out for a matrix product, the next batch on its way, all that comes on top. And two
# cards do not only hold more, they compute at the same time.
#
# ## 4. A normalisation that has gone out of use
#
# ReLU has no upper end: a filter may answer 1 or 1,000. The paper lets neighbours damp each other, as neurons do in the
# eye. At each pixel, each channel's answer $a_i$ is divided by what the $n$ channels around it say at the same place:
#
# $$ b_i = \frac{a_i}{\Bigl(k + \alpha \sum_{j} a_j^2\Bigr)^{\beta}},
#    \qquad j = \max\bigl(0,\; i - \tfrac{n-1}{2}\bigr) \;\ldots\; \min\bigl(N - 1,\; i + \tfrac{n-1}{2}\bigr) $$
#
# with $k = 2$, $n = 5$, $\alpha = 10^{-4}$, $\beta = 0.75$, found by trying. That is **local response normalisation**, LRN.
# It runs *across channels*, at one pixel; there is no window on the map and no stride. The paper has it after the ReLU of
# conv1 and conv2 and nowhere else. (You may meet `input / (k * sum(input²) + eps)`, "after each convolution". The power is
# missing there, the sum is multiplied by the wrong letter, and it would divide by nearly nothing where nothing is.)
#
# **Exercise.** Write it for arrays of any shape whose last axis are the channels. At the first and the last channels the
# sum simply has fewer terms.


# %%
def local_response_norm(a, k=2.0, n=5, alpha=1e-4, beta=0.75):
    """Normalise a (..., channels) across its channels; n, an odd number, is how many the sum goes over."""
    ### BEGIN SOLUTION
    a = np.asarray(a, dtype=float)
    channels = a.shape[-1]
    scale = np.empty_like(a)
    for i in range(channels):
        around = a[..., max(0, i - n // 2) : i + n // 2 + 1]
        scale[..., i] = k + alpha * np.sum(around**2, axis=-1)
    return a / scale**beta
    ### END SOLUTION


# %% [markdown] hints="local_response_norm"
# 1. Take one pixel with the channels 1, 2, 3 and n = 3, k = 0, alpha = 1, beta = 1. Which numbers are summed for each of
#    the three? The answers are 1/5, 2/14 and 3/13.
# 2. For each channel: cut out the channels around it, square, sum over the last axis, then the formula. All pixels can be
#    done at once.
# 3. Half of n, rounded down, reaches to either side. A slice that begins below 0 means something else in Python: cut it
#    off at 0. At the upper end a slice may reach too far. The power goes over k and the sum together.
#
# The idea: For each channel sum the squares of the channels within reach, multiply by alpha, add k, raise to beta,
# and divide the channel by that.

# %%
ccv.check("local_response_norm")

# %% [markdown]
# TensorFlow has the same, under other names: `depth_radius` is how far the sum reaches to one side, and `bias` is $k$. Its
# defaults are not the paper's. (Caffe and PyTorch divide $\alpha$ by $n$ first.)

# %%
maps = np.random.default_rng(lab.seed).normal(0, 50, (2, 4, 4, 12)).astype("float32")
theirs = tf.nn.local_response_normalization(maps, depth_radius=2, bias=2, alpha=1e-4, beta=0.75)
print("largest difference to TensorFlow's:", float(np.abs(local_response_norm(maps) - theirs).max()))
print("to TensorFlow's with its defaults: ", float(np.abs(local_response_norm(maps) - tf.nn.lrn(maps)).max()))


# %% jupyter={"source_hidden": true}
def draw_normalisation():
    """What is left of an answer: alone, and beside four loud neighbours."""
    figure = new_figure(9, 3.8, "What local response normalisation leaves of an answer")
    axes = tidy(figure.add_subplot(), xlabel="answer of the channel itself", ylabel="answer after the normalisation")
    answers = np.linspace(0, 400, 81)
    for loud, color, dash in ((0, BLUE, "-"), (100, GREEN, "--"), (300, RED, "-.")):
        five = np.full((len(answers), 5), float(loud))
        five[:, 2] = answers
        label = f"its four neighbours at {loud}" if loud else "its four neighbours silent"
        axes.plot(answers, local_response_norm(five)[:, 2], color=color, ls=dash, label=label)
    axes.plot(answers, answers / 2**0.75, ":", color="0.5", label="divided by $2^{0.75}$")
    axes.set(xlim=(0, 400), ylim=(0, 130))
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return described(figure, "Answers after local response normalisation against answers before it: alone a channel is "
                     "damped from about 50 on; with neighbours at 300 it is damped to a small part of that.")  # fmt: skip


draw_normalisation()

# %% [markdown]
# Read the axis. Alone, a channel is damped from about 50 on, and an answer of 400 comes out *smaller* than one of 200;
# between loud neighbours little is left of it. With $\alpha = 10^{-4}$ the sum has to reach 20,000 before it weighs as much
# as $k$. Such answers come from pixels of 0 to 255. A network that is fed with pixels of -1 to 1, as most are today, has
# much smaller answers, and then LRN does hardly more than divide by $2^{0.75} = 1.68$: look at the lower left corner. You
# will measure it in the twin. VGG tried the layer two years later, found no gain, and left it out; batch normalisation
# took its place.
#
# ### In which order?
#
# Convolution, ReLU, normalisation, pooling: that is the paper's order. Caffe's AlexNet, which many have copied, pools
# first, and "ReLU after the pooling" can be read, too. Which of these exchanges change anything?

# %%
signal = np.random.default_rng(lab.seed).normal(0, 50, (1, 9, 9, 12)).astype("float32")
largest = layers.MaxPooling2D(3, 2)
mean = layers.AveragePooling2D(3, 2)
swaps = {
    "ReLU and max pooling": (largest(tf.nn.relu(signal)), tf.nn.relu(largest(signal))),
    "ReLU and average pooling": (mean(tf.nn.relu(signal)), tf.nn.relu(mean(signal))),
    "LRN and max pooling": (largest(local_response_norm(signal)), local_response_norm(largest(signal))),
}
for name, (one, other) in swaps.items():
    print(f"{name:25} exchanged: they differ by up to {np.abs(np.asarray(one) - np.asarray(other)).max():.2g}")

# %% [markdown]
# ReLU and a maximum may be exchanged, since ReLU never changes which number is the largest. ReLU and a mean may not, and
# neither may LRN and a maximum. `models.alexnet` has the paper's order, and the other with `normalization="after"`.
# (ReLU was not invented here either: Nair and Hinton had it in 2010. AlexNet made it popular, by reaching the same
# training error on CIFAR-10 in a sixth of the epochs that tanh took.)
#
# ## 5. Dropout, seen
#
# 58.6 million of the parameters are in dense layers, and there were only 1.2 million photographs. So the paper switched off
# half of the units of the two hidden dense layers, others for every image and every step. A unit cannot rely on a
# particular neighbour if that neighbour is gone half of the time. It was published in the same year, as **dropout**.
#
# Two things must hold. On **average** nothing may change, or the next layer would hear half of what it is used to. The
# paper halved the outputs at test time. Today the survivors are scaled up in training instead, to $1/(1-p)$ of what they
# are, where $p$ is the share that is dropped ("inverted" dropout). And at **inference** nothing is dropped: an answer
# must not be drawn by lot.
#
# **Exercise.** `draws` has a number from 0 to 1 for each number of `x`; those whose draw is below the rate are dropped.


# %%
def dropout(x, draws, rate, training):
    """Return x after inverted dropout: in training a number is dropped where its draw is below `rate`, 0 <= rate < 1."""
    ### BEGIN SOLUTION
    x = np.asarray(x, dtype=float)
    if not training:
        return x
    return np.where(np.asarray(draws) < rate, 0, x / (1 - rate))
    ### END SOLUTION


# %% [markdown] hints="dropout"
# 1. Take x = 10, 20, 30, 40, the draws 0.1, 0.6, 0.3, 0.9 and a rate of 0.5. Which two are left, and how large must they
#    be so that the sum is right on average?
# 2. Two modes. In one of them there is nothing to do. In the other, each number is either replaced by 0 or scaled; the
#    draws decide which.
# 3. The rate is the share that is *dropped*, so what is kept is one less the rate; divide by that. With a rate of 0.2
#    the survivors grow by a quarter.
#
# The idea: At inference give x back; in training put zeros where the draw is below the rate, and divide the rest by the
# share that is kept.

# %%
ccv.check("dropout")

# %% [markdown]
# One unit of the next layer adds up 512 such numbers, each times a weight. Let it do so under 5,000 different draws. If
# $s = \sum_i w_i x_i$ is the sum without dropout, then the mean over the draws is $s$, and the variance is
# $\frac{p}{1-p}\sum_i (w_i x_i)^2$. For $p = 1/2$ the factor is 1.

# %%
rng = np.random.default_rng(lab.seed)
x, weights = np.maximum(rng.normal(size=512), 0), rng.normal(0.05, 0.05, 512)
sums = {rate: [weights @ dropout(x, rng.random(512), rate, True) for _ in range(5000)] for rate in (0.2, 0.5)}
for rate, values in sums.items():
    expected = np.sqrt(rate / (1 - rate) * np.sum((weights * x) ** 2))
    print(f"rate {rate}: mean {np.mean(values):.2f} (without dropout {weights @ x:.2f}), "
          f"deviation {np.std(values):.2f} (by the formula {expected:.2f})")  # fmt: skip
print("at inference:", round(float(weights @ dropout(x, rng.random(512), 0.5, False)), 2))

# %% jupyter={"source_hidden": true}
figure = new_figure(8.5, 3.6, "What the next unit adds up, under 5,000 draws of dropout")
axes = tidy(figure.add_subplot(), xlabel="sum", ylabel="draws")
edges = np.linspace(min(sums[0.5]), max(sums[0.5]), 60)
axes.hist(sums[0.5], edges, color=BLUE, label="rate 0.5")
axes.hist(sums[0.2], edges, histtype="step", color=ORANGE, lw=2, label="rate 0.2")
axes.axvline(weights @ x, color="black", ls="--", label="at inference")
axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
described(figure, f"Two bell-shaped histograms around the sum at inference, {weights @ x:.1f}: a wide one for a rate of "
          f"0.5, a narrower one for 0.2.")  # fmt: skip

# %% [markdown]
# The sums lie around the right value and scatter, and the scatter is the point: noise, and the more of it the more a unit
# leans on few others. Behind the sum stands a ReLU, and further up a softmax, so that the mean of many *answers* is not
# exactly the answer at inference; it is only near it. `keras.layers.Dropout` does what you wrote, and knows the mode
# from `training`:

# %%
ones = np.ones((1, 10_000), "float32")
for training in (True, False):
    out = np.asarray(layers.Dropout(0.5, seed=lab.seed)(ones, training=training))
    print(
        f"training={training!s:5}  values {np.unique(out)}, share of zeros {np.mean(out == 0):.3f}, mean {out.mean():.3f}"
    )

# %% [markdown]
# ## 6. The recipe
#
# An architecture is half of it. The other half is a recipe, which the paper gives in full: batches of **128** images,
# gradient descent with **momentum 0.9**, **weight decay 0.0005**, a rate of **0.01** that was divided by ten by hand
# whenever the error on the validation images stopped falling, three times in about 90 epochs. A step, in the paper's
# order ($\varepsilon$ is the rate, $g$ the gradient):
#
# $$ v \leftarrow 0.9\, v - 0.0005\, \varepsilon\, w - \varepsilon\, g, \qquad w \leftarrow w + v . $$
#
# $v$ is a velocity. A push in the same direction again and again adds up, to ten times the step in the end
# ($1 + 0.9 + 0.9^2 + \ldots = 10$); pushes that change their sign cancel. And the middle term pulls each weight towards
# zero, through the velocity.
#
# **Exercise.** One step.


# %%
def momentum_step(w, v, gradient, rate, momentum=0.9, decay=5e-4):
    """Return (w, v) after one step of the paper's gradient descent; all arrays are of one shape."""
    ### BEGIN SOLUTION
    v = momentum * v - decay * rate * w - rate * gradient
    return w + v, v
    ### END SOLUTION


# %% [markdown] hints="momentum_step"
# 1. One number is enough: w = 1, v = 0, a gradient of 2, a rate of 0.1, no decay. Where is w after one step, and after
#    a second one with the same gradient? (0.8, and then 0.42.)
# 2. Two lines, as in the formula: first the new velocity from the old one, then the new weight from the new velocity.
# 3. The pull towards zero is multiplied by the rate as well, and it uses the weight *before* the step. With a decay of 0
#    that term is gone, and with a momentum of 0 nothing is left of the old velocity.
#
# The idea: The new velocity is a share of the old one, less decay times rate times weight, less rate times gradient; the
# weight moves by it.

# %%
ccv.check("momentum_step")

# %% [markdown]
# Where does it help? In a ravine: a loss that is steep in one direction and flat in the other, here by a factor of 50.
# The steep direction forbids a rate above 2/50, or each step leads further away; the flat one would need a larger one.


# %%
def descend(momentum, rate, steps=60):
    """The way down a ravine, (steps + 1, 2), from (-10, 1); its loss is (x² + 50 y²) / 2."""
    curvature, w, v = np.array([1.0, 50.0]), np.array([-10.0, 1.0]), np.zeros(2)
    way = [w]
    for _ in range(steps):
        w, v = momentum_step(w, v, curvature * w, rate, momentum, decay=0)
        way.append(w)
    return np.array(way)


ways = {"no momentum": descend(0.0, 0.02), "momentum 0.9": descend(0.9, 0.02)}
for name, way in ways.items():
    print(f"{name:13} after 60 steps: x = {way[-1, 0]:6.3f}, y = {way[-1, 1]:6.3f}")

# %% jupyter={"source_hidden": true}
figure = new_figure(9, 3.8, "Down a ravine, 60 steps with the same rate")
axes = tidy(figure.add_subplot(), xlabel="flat direction x", ylabel="steep direction y")
across, down = np.meshgrid(np.linspace(-11, 8, 96), np.linspace(-1.6, 1.6, 65))
axes.contour(across, down, (across**2 + 50 * down**2) / 2, levels=[0.5, 2, 8, 20, 40, 70], colors="0.8", linewidths=1)
for (name, way), color, marker in zip(ways.items(), (ORANGE, BLUE), "so", strict=True):
    axes.plot(*way.T, color=color, marker=marker, ms=4, lw=1, label=name)
axes.plot(0, 0, "*", color="black", ms=12, label="the lowest point")
axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
described(figure, "Two ways down a long narrow ravine. Without momentum the points creep along the floor; with momentum "
          "they swing, run faster, and pass the lowest point and come back.")  # fmt: skip

# %% [markdown]
# `ccv.optimizers.PaperSGD` takes this step for all weights of a network. Keras's own `SGD(weight_decay=...)` does not: there
# the decay leaves the velocity out, and with momentum 0.9 it is about ten times weaker. Let a weight of 1 decay for 100
# steps at a rate of 0.1, without any gradient:

# %%
for name, optimizer in (
    ("the paper's", PaperSGD(0.1)),
    ("Keras's", keras.optimizers.SGD(0.1, 0.9, weight_decay=5e-4)),
):
    weight = keras.Variable([1.0])
    for _ in range(100):
        optimizer.apply([keras.ops.zeros(1)], [weight])
    print(f"{name:11} decay: {weight.numpy()[0]:.4f} is left")
w, v = np.ones(1), np.zeros(1)
for _ in range(100):
    w, v = momentum_step(w, v, np.zeros(1), 0.1)
print(f"your step:         {w[0]:.4f}")

# %% [markdown]
# Now the hand that turned the rate down. What did it look at? A **plateau**: so many epochs in a row (the *patience*)
# without an error lower than the lowest so far. Then the rate is divided by ten and the count begins anew; the lowest
# error is remembered.
#
# **Exercise.** The rate for the next epoch, from the errors of all epochs so far. It is divided at most `drops` times.


# %%
def plateau_rate(errors, rate=0.01, patience=5, drops=3):
    """Return the rate for the next epoch after epochs with these errors: `rate`, divided by 10 for each plateau."""
    ### BEGIN SOLUTION
    lowest, waited, plateaus = float("inf"), 0, 0
    for error in errors:
        if error < lowest:
            lowest, waited = error, 0
            continue
        waited += 1
        if waited == patience:
            waited, plateaus = 0, plateaus + 1
    return rate / 10 ** min(plateaus, drops)
    ### END SOLUTION


# %% [markdown] hints="plateau_rate"
# 1. Go through 5, 4, 4, 4, 3 with a patience of 2. After which epoch is the rate divided? And through 5, 6, 6, 6, 6: how
#    often?
# 2. Carry three numbers through a loop over the errors: the lowest so far, how many epochs you have waited, and how many
#    plateaus there were.
# 3. An error that only equals the lowest is no improvement. After a plateau the waiting begins at 0 again, but the lowest
#    error stays what it was. The limit is on the number of divisions. No errors at all: nothing has happened yet.
#
# The idea: Count epochs without a new lowest error; each time the count reaches the patience, note a plateau and start
# counting again; divide the rate by ten to the power of the plateaus, at most `drops` of them.

# %%
ccv.check("plateau_rate")

# %% [markdown]
# ## 7. A twin in a minute
#
# You cannot train AlexNet here; you can train its **twin**: the same eight layers and windows, an eighth as wide and
# without the normalisation, on images of 67x67, the least that its strides allow. The task is real: photographs of blood cells, in grey, red cells,
# white cells and platelets. The twin learns from 693, and is judged on 510 that were cut out of other photographs.

# %%
DATA = ("cells", {"channels": 1}) if lab.quick else ("cifar10", {})
side, width, batch = (67, 1 / 8, 32) if lab.quick else (67, 1 / 4, 128)
RATE, EPOCHS = 0.01, 40 if lab.quick else 20


def read(*parts):
    """Images of 67x67, from about -1 to 1, and labels of some parts of the data set; at most 20,000."""
    images, labels = map(np.concatenate, zip(*[data.arrays(DATA[0], part, **DATA[1]) for part in parts], strict=True))
    pieces = np.array_split(images[:20_000], -(-len(images[:20_000]) // 1000))
    return np.concatenate([tf.image.resize(piece, (side, side)) for piece in pieces]) / 127.5 - 1, labels[:20_000]


x_train, y_train = read("train")
x_test, y_test = read("val", "test") if lab.quick else read("test")
classes = len(data.class_names(DATA[0]))


def new_twin(dropout=0.5, normalization=None):
    """An untrained twin of AlexNet."""
    shape = x_train.shape[1:]
    return models.alexnet(width=width, input_shape=shape, classes=classes, dropout=dropout, normalization=normalization)


print(f"{len(x_train):,} to learn from, {len(x_test):,} to judge by; {new_twin().count_params():,} parameters")

# %% [markdown]
# One function trains it, with everything of interest as an argument: how much is dropped, whether the images are
# mirrored (a cell may lie any way round, so that each has eight versions, itself included), how much momentum, and after how many
# epochs without progress the rate falls. `PaperSGD` takes your step; your `plateau_rate` gets the training losses here,
# since every image that could be kept for validation is needed.


# %%
def mirrored(images):
    """Mirror each image of a batch or not, left to right, top to bottom and along the diagonal, by lot."""
    for turn in (lambda a: a[:, ::-1], lambda a: a[:, :, ::-1], lambda a: tf.transpose(a, (0, 2, 1, 3))):
        images = tf.where(tf.random.uniform((tf.shape(images)[0], 1, 1, 1)) < 0.5, turn(images), images)
    return images


def right(model, images, labels):
    """The share of images that a network gets right, at inference."""
    parts = np.array_split(images, -(-len(images) // 300))
    return float(np.mean(np.concatenate([np.argmax(model(part, training=False), -1) for part in parts]) == labels))


# %%
def train(seed, drop=0.5, mirror=False, momentum=0.9, rate=RATE, epochs=EPOCHS, patience=EPOCHS):
    """Train a twin by the paper's recipe; return it, its loss in each epoch, and the last rate."""
    keras.utils.set_random_seed(seed)
    model = new_twin(dropout=drop)
    optimizer = PaperSGD(rate, 5e-4, momentum)
    optimizer.build(model.trainable_variables)

    @tf.function(autograph=False)
    def step(images, labels):
        with tf.GradientTape() as tape:
            answers = model(mirrored(images) if mirror else images, training=True)
            loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(labels, answers))
        optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)
        return loss

    order, losses = np.random.default_rng(seed), []
    for _ in range(epochs):
        optimizer.learning_rate.assign(plateau_rate(losses, rate, patience))
        batches = np.array_split(order.permutation(len(x_train)), len(x_train) // batch)
        losses.append(np.mean([step(x_train[some], y_train[some]) for some in batches]))
    return model, losses, float(optimizer.learning_rate)


# %% [markdown]
# **Your bet**: what is the loss on the training images after forty epochs, with momentum and, at the same rate, without?

# %%
runs = {f"momentum {momentum}": train(lab.seed, momentum=momentum, patience=10) for momentum in (0.0, 0.9)}
for name, (model, losses, rate) in runs.items():
    print(f"{name} loss {losses[0]:.2f} -> {losses[-1]:.2f}, last rate {rate:.3g}, "
          f"right: {right(model, x_test, y_test):.1%} of new images")  # fmt: skip

# %% jupyter={"source_hidden": true}
figure = new_figure(9, 3.8, "The paper's recipe on the twin, one run each")
axes = tidy(figure.add_subplot(), xlabel="epoch", ylabel="training loss")
for (name, (_, losses, _)), color, marker in zip(runs.items(), (ORANGE, BLUE), "so", strict=True):
    axes.plot(range(1, EPOCHS + 1), losses, color=color, marker=marker, ms=5, label=name)
axes.axhline(np.log(classes), color="0.5", ls=":", label="guessing")
axes.set_ylim(bottom=0)
axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
described(figure, "Training loss by epoch: " + "; ".join(
    f"{name} from {losses[0]:.2f} to {losses[-1]:.2f}" for name, (_, losses, _) in runs.items()) + ".")  # fmt: skip

# %% [markdown]
# Same first weights, same batches, same rate: only the velocity differs. At a momentum of 0.9 the steps add up to ten times
# as much, and without it the loss has hardly left the level of guessing. With momentum, look at the long shelf in the
# middle: the dark white cells are told from the rest, and the platelets are still taken for red cells. To tell those apart
# takes a while. A rate that fell on that shelf would keep the network there for good. That is the danger of falling at a plateau,
# and the reason for the patience. The last rate says whether your `plateau_rate` has seen one here; in the paper's 90
# epochs there were three.
#
# In `ccv.training` the whole recipe has a name: `fit(model, data, epochs=90, recipe="alexnet")`.

# %%
RECIPES["alexnet"]

# %% [markdown]
# ### Dropout and augmentation: do they help here?
#
# The paper says that without dropout the network "exhibits substantial overfitting", and the same of its augmentation:
# crops, mirror images and shifts of colour. Take the twin with and without dropout, with and without mirror images.
# **Your bet**: which of the four is best on cells that it has not seen, and by how much? Three runs each, from other first
# weights, and at a rate that stays.

# %%
SEEDS = [lab.seed, lab.seed + 1, lab.seed + 2]
arms = {
    "neither": {"drop": 0.0},
    "dropout": {},
    "mirror images": {"drop": 0.0, "mirror": True},
    "both": {"mirror": True},
}
found, memorised = {}, {}
for name, options in arms.items():
    nets = [train(seed, **options)[0] for seed in SEEDS]
    found[name] = [right(net, x_test, y_test) for net in nets]
    memorised[name] = [right(net, x_train, y_train) for net in nets]
    print(f"{name:14} right on new images: {' '.join(f'{share:.1%}' for share in found[name])}, "
          f"on those learnt from: {' '.join(f'{share:.1%}' for share in memorised[name])}")  # fmt: skip
lab.record(**{f"{name.replace(' ', '_')}_test": round(float(np.mean(shares)), 4) for name, shares in found.items()})

# %%
plots.dots(found, "new images that are right", title="The twin with and without dropout and mirror images")

# %% [markdown]
# Read the dots before the means. The three runs of one row differ in nothing but their first weights and the order of the
# images, so their spread is what chance does. A gap between two rows is worth a sentence only where it is wider than that;
# and a single image of the 510 is 0.2 %. Then compare each row with what it reaches on the images that it has *learnt* from:
# a network that is right on nearly all of those, and less often on new ones, overfits, and that is what the two tricks are for.
#
# On our machine no row was ahead by more than chance: the means were 94.9, 93.9, 91.2 and 93.1 %, and single runs of one row
# lay up to nine points apart. The twin overfits by three points or so, which is little to cure; and both tricks make the task
# harder, so that some runs still sit on the shelf when the forty epochs are over. ImageNet with 60 million parameters and
# ninety epochs is another case. What others found on their task is a good first guess for yours, and no more.
#
# ### Dropout at work in the twin
#
# The last of these networks has dropout, so one image can be asked many times under different draws, and once without. And
# what does its first normalisation do? Compare what goes in with what comes out.

# %%
fresh, taught = new_twin(normalization="before"), nets[0]
one = x_test[:1]
drawn = np.array([np.asarray(taught(one, training=True))[0] for _ in range(200)])
still = np.asarray(taught(one, training=False))[0]
print(
    "mean of 200 draws:", drawn.mean(0).round(3), " at inference:", still.round(3), " deviation:", drawn.std(0).round(3)
)
inside = keras.Model(fresh.input, [fresh.get_layer(name).output for name in ("conv1", "norm1")])
before, after = map(np.asarray, inside(x_test[:100], training=False))
ratio = after[before > 0.1] / before[before > 0.1]
print(f"LRN: answers up to {before.max():.1f}; each is multiplied by {ratio.min():.4f} to {ratio.max():.4f}, "
      f"and 2 to the power of -0.75 is {2**-0.75:.4f}")  # fmt: skip

# %% [markdown]
# At inference there is one answer; under dropout there are many, scattered around it, and their mean is near it but not the
# same, since a softmax is no sum. And the normalisation does what the lower left corner of its figure promised: on images
# from -1 to 1 it divides all answers by practically the same number. That is why the twins were trained without it.
#
# ## 8. What do the first filters see?
#
# A filter of the first layer reaches through the three colours, so its weights *are* a small picture. Only their scale does
# not fit: weights are negative and positive, pixels go from 0 to 1. The usual way, filter by filter: a weight of 0 becomes
# mid-grey, 0.5, and the weight that is furthest from zero becomes 0 or 1.
#
# **Exercise.** From Keras's kernel to a row of pictures. A filter of nothing but zeros is all grey.


# %%
def filters_as_pictures(kernel):
    """Return pictures (filters, height, width, channels) from 0 to 1 of a kernel (height, width, channels, filters)."""
    ### BEGIN SOLUTION
    pictures = np.moveaxis(np.asarray(kernel, dtype=float), -1, 0)
    largest = np.abs(pictures).max(axis=(1, 2, 3), keepdims=True)
    return 0.5 + 0.5 * pictures / np.where(largest > 0, largest, 1)
    ### END SOLUTION


# %% [markdown] hints="filters_as_pictures"
# 1. One filter with the weights -2, 0 and 1: which one is furthest from zero? It becomes 0 here, 0 becomes 0.5, and 1
#    becomes 0.75.
# 2. Two steps, in either order: bring the axis of the filters to the front, the other three staying in order; and scale
#    each filter by its own largest absolute weight.
# 3. All colours of a filter share one scale, or else its colour is lost. Dividing by the largest *absolute* weight gives
#    -1 to 1; bring that to 0 to 1. And do not divide by 0.
#
# The idea: Move the filters to the front, divide each by its largest absolute weight, halve, and add a half.

# %%
ccv.check("filters_as_pictures")

# %%
pictures = [filters_as_pictures(model.get_layer("conv1").kernel) for model in (fresh, taught)]
plots.image_grid(
    np.concatenate(pictures)[..., 0],
    titles=["before"] + [""] * (len(pictures[0]) - 1) + ["after"] + [""] * (len(pictures[1]) - 1),
    columns=len(pictures[0]), vmin=0, vmax=1,
    title="The first filters of the twin, before and after training",
)  # fmt: skip

# %% [markdown]
# Some filters have become smooth: a light or a dark spot, an edge, a corner, about as large as these cells seem at this
# scale. Others are still the noise that they began with. A filter of 11x11 has 121 weights, and the twin has seen 693 images
# for forty epochs. Clean filters everywhere take many images and a long time.
#
# AlexNet's own 96 filters, learnt from 1.2 million photographs, are famous: stripes in all directions, fine checkerboards,
# blobs of two opposite colours, blue and yellow, red and green. Are these something about *cats*? Here is a test without any
# network. Cut two photographs into 20,000 patches of 11x11, and ask for the **principal components**: the 32 pictures out
# of which all patches can be mixed with the smallest error. No label is used.


# %%
def principal_filters(photographs, count=32, size=11, patches=10_000):
    """The principal components of the patches of some photographs, as a kernel (size, size, 3, count)."""
    rng, seen = np.random.default_rng(lab.seed), []
    for photograph in photographs:
        rows, columns = (rng.integers(0, n - size, patches) for n in photograph.shape[:2])
        seen += [photograph[r : r + size, c : c + size].ravel() / 255 for r, c in zip(rows, columns, strict=True)]
    _, vectors = np.linalg.eigh(np.cov(np.array(seen).T))  # the smallest variance first
    return vectors[:, ::-1][:, :count].reshape(size, size, 3, count)


components = principal_filters([data.photograph(name) for name in ("china", "flower")])
plots.image_grid(
    filters_as_pictures(components), columns=8, title="The 32 principal components of patches of two photographs"
)

# %% [markdown]
# The first is plain grey and the second plain colour; then come edges, level and upright, stripes in several directions,
# pairs of orange and blue, and at the end fine checkerboards. So lines, colour pairs and checkerboards are what *photographs*
# are made of, and whoever has to say much of a photograph in few numbers comes upon them. They are not AlexNet's filters:
# principal components must be at right angles to each other, and a network may take whatever helps to tell its classes
# apart. But they say why the first layer of one network looks so much like that of another, and why it can be lent
# (that is another lab: transfer).
#
# ## 9. ZFNet: look, then change
#
# A year later Matthew Zeiler and Rob Fergus looked into AlexNet, layer by layer, with a method of their own. Two things they
# did not like. Of the first filters many were dead, or saw only very coarse or very fine stripes and little between. And the
# maps of the second layer were full of patterns that were in no photograph: **aliasing**, they said, from the stride of 4.
#
# What is that? A map with a stride of $s$ takes every $s$-th answer. Stripes of a period of 5 pixels, looked at every 4
# pixels, come back as stripes of another period: like the wheels in a film that turn slowly backwards. In one step of the
# map the stripes go on by $s / T$ periods. Whole periods cannot be seen; what counts is the distance $d$ of $s / T$ from
# the nearest whole number. It looks as if the stripes went on by $d$ periods a step, so that a period is $1/d$ steps long.
#
# **Exercise.** Which period do the stripes seem to have, in *pixels of the image*?


# %%
def seen_period(period, stride):
    """Return the period, in pixels, that stripes of `period` pixels seem to have where they are looked at every `stride`
    pixels; infinity (`np.inf`) where they cannot be seen at all."""
    ### BEGIN SOLUTION
    steps = stride / period
    distance = abs(steps - round(steps))
    return stride / distance if distance > 1e-9 else np.inf
    ### END SOLUTION


# %% [markdown] hints="seen_period"
# 1. Draw stripes of period 5 as a row of numbers, 0 1 2 3 4 0 1 2 3 4 and so on, and put a ring around every fourth of
#    them. After how many rings does it repeat? After how many pixels?
# 2. How many periods go by in one step? Take away the nearest whole number; what is left, without its sign, is what seems
#    to go by. How many steps does a whole period take at that pace?
# 3. The period is asked for in pixels: a step is as long as the stride. If a whole number of periods goes by in a step,
#    all answers are the same, and there is nothing to divide by. With a stride of 1 stripes of 2 pixels and more come back
#    as they are.
#
# The idea: Find how far the stripes move in a step, as a part of a period, to the nearest whole number; the stride divided
# by that part is the period that is seen.

# %%
ccv.check("seen_period")

# %%
for stride in (1, 2, 4):
    told = ", ".join(f"{period} as {seen_period(period, stride):.3g}" for period in (3, 4, 5, 6, 8, 12))
    print(f"stride {stride}: stripes of {told} pixels")


# %% jupyter={"source_hidden": true}
def draw_aliasing(period=5, kernel=11):
    """Stripes, and the answers of a filter that fits them, at three strides."""
    pixels = np.arange(99)
    row = np.cos(2 * np.pi * pixels / period)
    fits = np.cos(2 * np.pi * (np.arange(kernel) - kernel // 2) / period) * np.hanning(kernel + 2)[1:-1]
    answers = np.convolve(row, fits, mode="valid") / np.abs(fits).sum()
    middles = pixels[kernel // 2 : -(kernel // 2)]
    figure = new_figure(
        9, 5.2, f"Stripes of {period} pixels, and a filter of {kernel} that fits them, at three strides"
    )
    panels = figure.subplots(4, 1, sharex=True)
    panels[0].imshow(row[None], cmap="gray", aspect="auto", extent=(-0.5, 98.5, 0, 1))
    panels[0].set(yticks=[], ylabel="image")
    for panel, stride, color in zip(panels[1:], (1, 2, 4), (BLUE, GREEN, RED), strict=True):
        tidy(panel, ylabel=f"stride {stride}", ylim=(-1, 1))
        panel.plot(middles[::stride], answers[::stride], color=color, marker="o", ms=4, lw=1.5)
        panel.set_title(f"period that is seen: {seen_period(period, stride):.3g} pixels", fontsize=11, loc="right")
    panels[-1].set_xlabel("pixel")
    return described(figure, f"Stripes of {period} pixels. With strides of 1 and 2 the answers go up and down as often "
                     "as the stripes; with a stride of 4 they form a slow wave of 20 pixels.")  # fmt: skip


draw_aliasing()

# %% [markdown]
# With a stride of 4 everything finer than 8 pixels comes back as something else. Stripes of 5 pixels look like stripes of
# 20, and no later layer can tell them from real ones of 20. So ZFNet has **7x7** filters with a stride of **2** in the first
# layer, and moved the other halving to conv2. What does that cost?

# %%
ZFNET = anatomy(models.zfnet())
print(f"{'':7}{'AlexNet':>32}{'ZFNet':>32}")
for name in ("conv1", "pool1", "conv2", "pool2", "conv3", "conv5", "pool5"):
    cells = []
    for net in (ONE_TOWER, ZFNET):
        row = net[name]
        cells.append(f"{row.volume}, sees {row.receptive_field[0]}, step {row.jump[0]:g}")
    print(f"{name:7}{cells[0]:>32}{cells[1]:>32}")
for name, net in (("AlexNet", ONE_TOWER), ("ZFNet", ZFNET)):
    print(f"{name:7}: {net.parameters:,} parameters, {net.macs / 1e9:.3f} billion multiply-adds")

# %% [markdown]
# From conv2 on both take steps of 8, 16 and 32 pixels: ZFNet has put off one halving and not dropped it. Its first map has
# four times as many places, 110x110, and still the whole network costs only 3 % more multiply-adds, for conv2 has a stride
# of 2 now. What a number sees has become smaller, 171 pixels at the end and not 195. (Its poolings round *up*: 110 pixels
# would give 54 windows, and 55 with one that hangs over the edge. Your `windows` says what the others would leave unseen.)
#
# Some numbers that go around with it do not fit. "Filters of 512, 1024 and 512 in conv3 to conv5" is an experiment of the same
# paper; its network has 384, 384 and 256, as AlexNet, and only then are there $6 \cdot 6 \cdot 256 = 9216$ inputs to the dense
# layers (with 512 it would be 18,432). `models.zfnet` builds either, by its `variant`. And "winner of 2013, with 11.7 %" was Clarifai, Zeiler's company, with
# networks derived from this one; the paper's own six networks together have 14.8 %.
#
# AlexNet's errors, too, come in three: **18.2 %** for one network (five guesses, validation), **16.4 %** for the mean answer of five, and
# **15.3 %** for seven, two of which had seen more photographs. The last is what won, in 2012 (not 2013, as one reads), on
# 100,000 test photographs; the 150,000 that are often quoted with it belong to the challenge of 2010.
#
# ## What you have learnt
#
# - Windows: $\lfloor (n + 2p - k)/s \rfloor + 1$, rounded down. 227 pixels give AlexNet's 55 without a remainder, 224 do not.
# - Five convolutions hold 3.7 million of 62.4 million parameters; the rest is in three dense layers.
# - Groups cut connections: two groups halve a layer's weights and work. 60,965,224 parameters with them, 62,378,344 without.
# - Local response normalisation runs across five channels at one pixel, and does little unless answers are above 50 or so.
# - Dropout keeps the expectation: survivors are scaled by $1/(1-p)$ in training, and at inference nothing is dropped.
# - The recipe: batch 128, momentum 0.9, decay 0.0005, 0.01 divided by ten at a plateau.
# - A trick that wins on ImageNet need not show on a small task: measure over seeds, and look at the spread first.
# - A stride folds fine stripes into coarse ones. ZFNet's smaller stride is the cure, at the price of larger maps.
#
# ## Do you still know?
#
# <details><summary>A row of 224 pixels, windows of 11, stride 4. How many windows, and what is wrong with it?</summary>
#
# 54, since 213 / 4 is 53.25. One pixel at the end is in no window, and it is not the 55 of the paper's figure.
#
# </details>
#
# <details><summary>How many parameters has conv1, and how many has the pooling behind it?</summary>
#
# $(11 \cdot 11 \cdot 3 + 1) \cdot 96 = 34{,}944$; and none: a maximum has nothing to learn.
#
# </details>
#
# <details><summary>What do two groups do to the weights, the biases and the output shape of a convolution?</summary>
#
# They halve the weights, and leave biases and shape as they are.
#
# </details>
#
# <details><summary>Over what does local response normalisation sum: pixels, channels, or images?</summary>
#
# Channels: the channel itself and two on either side, at one pixel of one image. Batch normalisation sums over pixels and
# images, one channel at a time.
#
# </details>
#
# <details><summary>A layer with dropout 0.2 has outputs of 1. What comes out in training, and what at inference?</summary>
#
# In training 0 for a fifth of them and 1.25 for the others, 1 on average; at inference 1 everywhere.
#
# </details>
#
# <details><summary>Why can momentum use the same rate and still be faster along a ravine?</summary>
#
# Along the floor all gradients point the same way and add up, to ten steps at 0.9. Across it they change sign and
# cancel.
#
# </details>
#
# <details><summary>Stripes of a period of 6 pixels are looked at every 4 pixels. What is seen?</summary>
#
# 4/6 of a period goes by in a step, a third less than a whole one. So three steps make a period, 12 pixels.
#
# </details>
#
# <details><summary>60 million, 62 million, 3.7 million: which one is AlexNet?</summary>
#
# All: with two groups, in one tower, and the convolutions of one tower alone.
#
# </details>
#
# ## Your own filters
#
# What are *your* photographs made of? Put a path in place of `None`: a wood, a street, a page of print, a face. Without
# one, the flower alone is taken.

# %%
from PIL import Image, ImageOps

MY_PHOTO = None  # or a path, such as "wood.jpg"
if MY_PHOTO:
    photo = ImageOps.exif_transpose(Image.open(MY_PHOTO)).convert("RGB")
    photo.thumbnail((800, 800))
    mine = np.asarray(photo)
else:
    mine = data.photograph("flower")
plots.image_grid(
    filters_as_pictures(principal_filters([mine], count=24)),
    columns=8,
    title="The principal components of your photograph",
)

# %% [markdown]
# Which directions do the stripes have, and how many of the filters are coloured? Man-made things prefer level and upright
# stripes. And try a photograph of print: is there anything left that is slanted or coloured?
#
# ## An open task
#
# Take one of the four rows of section 7 as your line, the best mean of three seeds that *your* run gives, and beat it with the
# same forty epochs and no more parameters. What you may change: the width of single layers, the first stride and its filter
# (as ZFNet did), the rate and how it falls, the first weights, what is dropped, how the images are changed. Judge by the mean
# of three seeds, on the 510 images that no network has learnt from; and choose by the training loss or by a part of the 693, not
# by these 510.
#
# ## To read on
#
# - A. Krizhevsky, I. Sutskever, G. Hinton: [ImageNet classification with deep convolutional neural
#   networks](https://papers.nips.cc/paper/4824-imagenet-classification-with-deep-convolutional-neural-networks). NIPS
#   2012. Nine pages; read section 3 and its figure 2 with your table beside it.
# - N. Srivastava and others: [Dropout: a simple way to prevent neural networks from
#   overfitting](https://jmlr.org/papers/v15/srivastava14a.html). JMLR 2014.
# - M. Zeiler, R. Fergus: [Visualizing and understanding convolutional networks](https://arxiv.org/abs/1311.2901). ECCV
#   2014 (ZFNet).
# - A. Krizhevsky: [One weird trick for parallelizing convolutional neural networks](https://arxiv.org/abs/1404.5997),
#   2014: the one-tower form that most libraries have.
# - G. Goh: [Why momentum really works](https://distill.pub/2017/momentum/). Distill 2017; turn its knobs.
# - R. Zhang: [Making convolutional networks shift-invariant again](https://arxiv.org/abs/1904.11486). ICML 2019: what
#   strides do to signals, and a blur against it.
# - [Deep convolutional neural networks (AlexNet)](https://d2l.ai/chapter_convolutional-modern/alexnet.html) in *Dive into
#   deep learning*.
#
# *Blood cells: [BCCD](https://github.com/Shenggan/BCCD_Dataset) (MIT licence).*

# %% [markdown]
# <!-- For those who have the slides -->

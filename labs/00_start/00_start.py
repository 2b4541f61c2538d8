# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
#   ccv:
#     minutes: 90
#     needs: "two CPU cores, no network"
#     about: "how a lab works; features by hand or learned; why convolutions and not dense layers; one network in three ways"
# ---

# %% [markdown]
# # Start here: how a machine learns to see
#
# You look at a picture and know what is on it, before you have decided to look. Try to write down *how* you did that,
# as rules for a machine, and you join half a century of clever people who tried. In 2012 a machine that nobody had
# given any rules beat all of theirs, by such a margin that two years later hardly anyone wrote rules any more. This lab
# shows you why, with experiments that run on your own computer. Nothing here can break, nobody watches, and a wrong
# answer gets a friendly sentence that says where to look. Press **Shift+Enter** to run a cell and go to the next one.
# (The second takes ten seconds: it fetches the machinery.)

# %%
import ccv

lab = ccv.lab("00_start")

# %%
import keras
import numpy as np
from keras import layers

from ccv import data, devices, models, plots
from ccv.anatomy import stage_outputs
from ccv.plots.style import BLUE, GREEN, ORANGE, described, new_figure, styled, tidy

keras.utils.set_random_seed(lab.seed)

# %% [markdown]
# Here is what your machine will learn to read: Greek letters, in many fonts, tilted, bent and on stained paper.

# %%
letters, letter_labels = data.arrays("glyphs", "test", count=160, seed=lab.seed)
LETTERS = data.class_names("glyphs")
shown = [int(np.flatnonzero(letter_labels == label)[0]) for label in range(16)]
plots.image_grid(letters[shown], titles=LETTERS, columns=8, title="Sixteen letters, one picture of each")

# %% [markdown]
# **You will be able to** work with the labs of this course; say what a computer makes of a picture; make features by
# hand and let a network learn its own, and know when either wins; explain with numbers why a picture needs convolutions
# rather than dense layers; compute one neuron of a convolution; test a claim such as "translation invariant" instead of
# believing it; and write a network in Keras in three ways.
#
# **You should know** a little Python and NumPy: what `a[2:5]`, `a.shape` and `a.sum()` do. No more. Words such as
# *dense layer* are explained when they come.
#
# **Time**: about 90 minutes. The first success is two minutes away.
#
# ## 1. How a lab works
#
# A lab is text, code that runs as it stands, and **exercises**. An exercise is a cell with a gap. You fill the gap, run
# the cell, and then run the cell below it, which checks your answer. Let us do one, and it is an easy one.
#
# To a computer, a picture is a table of numbers. Of the little alpha above, here is a corner:

# %%
print("the shape of one picture:", letters[0].shape)
print("its upper left corner, how red it is (0 to 255):")
print(letters[0, :4, :6, 0])

# %% [markdown]
# 32 rows, 32 columns, and for each pixel three numbers: how much red, green and blue.
#
# **Exercise.** How many numbers is that in all? Replace the `...` by your answer. You need not do it in your head:
# Python may calculate.

# %%
### BEGIN SOLUTION
first_answer = 32 * 32 * 3
### END SOLUTION

# %% [markdown] hints="first_answer"
# 1. Make it smaller first: a picture of 2 rows and 2 columns, with three numbers for each pixel. Draw it and count.
# 2. Rows, columns and colours: three numbers stand in the shape. What do you do with them?
# 3. Two rows of two pixels are four pixels, and each brings three numbers of its own. So nothing is added here.
#
# The idea: Multiply the three numbers of the shape with one another.

# %%
ccv.check("first_answer")

# %% [markdown]
# That is all there is to it. What you see in the table:
#
# - the **points** of this exercise, and a **bar** with the points of the whole lab. The bar is for you: check as often
#   as you like, in any order; only your last answer counts, and half right earns half the points.
# - if the answer was not right: **one sentence that says where to look**. Try it! Put `32 * 32` above, run both cells
#   again, and read. Then put it right.
#
# Stuck? Ask for a **hint**. There are three for each exercise, from gentle to clear, and then the idea in words. Hints
# cost nothing, and nobody is told. Each time you run this cell you get the next one:

# %%
ccv.hint("first_answer")

# %% [markdown]
# Three more things, and then we begin.
#
# - Cells depend on those above. If something is odd, choose *Restart and run all* in the menu: it is no defeat.
# - Cells that only draw are folded, so that you see the picture and not how it was painted. Open them if you are
#   curious.
# - When you read **"Write down a guess"**, do. It takes ten seconds. Nothing teaches like having been sure.
#
# ## 2. What does your computer compute on?
#
# Learning to see takes billions of multiplications. Who does them?
#
# - A **CPU**, the processor of every computer, has a few workers that are quick and can do anything.
# - A **GPU**, a graphics card, has thousands of slower workers that all do the same thing at the same time. Pictures
#   are just the work for them: the same sum at every pixel.
# - A **TPU** is a chip of Google's that does little else than multiply tables of numbers.
#
# You need none but the first for this course. If there is a better one, it is found and used; here is what you have:

# %%
print("this machine computes on:", devices.describe())

# %% [markdown]
# It matters *how* you ask it. Two ways to multiply two tables of numbers: three loops in Python, one number at a time,
# and one call that hands over the whole tables. **Write down a guess**: how many times faster is the second, on the
# very same chip?

# %%
import time


def loops(a, b):
    return [[sum(a[i][k] * b[k][j] for k in range(len(b))) for j in range(len(b))] for i in range(len(a))]


def whole(a, b):
    return keras.ops.convert_to_numpy(keras.ops.matmul(a, b))


def millions_a_second(multiply, side):
    """How many multiplications (each with its addition) of two tables of side x side numbers are done in a second."""
    a, b = np.random.default_rng(0).random((2, side, side)).astype("float32")
    multiply(a, b)  # the first time it has to warm up
    start = time.perf_counter()
    multiply(a, b)
    return side**3 / (time.perf_counter() - start) / 1e6


slow, fast = millions_a_second(loops, 60), millions_a_second(whole, 1000)
print(f"loops in Python {slow:10,.0f} million multiplications a second")
print(f"one call        {fast:10,.0f} million, {fast / slow:,.0f} times as many")

# %% [markdown]
# The same processor, the same sums; hundreds or thousands of times faster, because the workers are all busy and nobody
# asks Python what to do next. Remember it whenever you are about to write a loop over pixels. (In exercises, loops are
# fine.)
#
# ## 3. Features: made by hand, or learned?
#
# Back to the letters. A program that compares pixel with pixel gets nowhere: move the pen a little, and every number
# changes. So for decades, people thought hard about what to *measure* on a picture instead. Such a measure is called a
# **feature**. Here is the best that was made by hand, and it is a beautiful idea: do not look at how bright a pixel is,
# look at **which way the brightness changes**, for that is where the strokes are. (Histograms of oriented gradients,
# HOG: Dalal and Triggs, 2005, who wanted to find pedestrians.)
#
# 1. At each pixel, take the slope of the brightness: how **strong** it is, and at which **angle** it points.
# 2. Cut the picture into cells of 8x8 pixels.
# 3. For each cell, count how much slope there is in each direction: a small histogram.
#
# Sixteen cells with eight directions make 128 numbers of a picture. A histogram forgets where in its cell a stroke was,
# and so the pen may wobble. A stroke that is dark on light is still the same stroke when it is light on dark, and so an
# angle and the opposite angle, half a turn ($\pi$) further, count as the same direction.
#
# **Exercise.** One cell. The directions from 0 to $\pi$ are shared equally between the `bins`; each pixel gives its
# strength (not just 1) to the bin that its angle falls into.


# %%
def cell_histogram(strength, angle, bins=8):
    """Return the `bins` sums of `strength` (height, width) by direction; `angle` (height, width) is in radians, of any
    size, negative too, and an angle counts like the opposite one. Bin 0 begins at 0, the last one ends at pi."""
    ### BEGIN SOLUTION
    direction = np.asarray(angle) % np.pi
    which = (direction / np.pi * bins).astype(int) % bins
    return np.array([np.asarray(strength)[which == one].sum() for one in range(bins)])
    ### END SOLUTION


# %% [markdown] hints="cell_histogram"
# 1. Take 4 bins and the angles 10, 50, 100 and 190 degrees. How wide is a bin? Into which does each of the four fall?
#    The last one is the opposite of one that you have already.
# 2. Three steps: bring every angle between 0 and half a turn, find the number of its bin, and add up the strengths of
#    each bin. A remainder (the operator %) does the first, also for negative numbers.
# 3. A bin is half a turn divided by the number of bins wide, and the number of the bin is rounded down. Adding up: go
#    through the bins, and each time sum the strengths of those pixels whose number it is.
#
# The idea: Fold the angles into half a turn, divide by the width of a bin and round down, and for each bin sum the
# strengths of the pixels that fell into it.

# %%
ccv.check("cell_histogram")

# %% [markdown]
# Here is a letter, and what is left of it for someone who sees only the histograms: in each cell a stroke for every
# direction, the darker the more there is of it. (The drawing and the features below have a version of their own, so
# nothing waits for your answer.)


# %% jupyter={"source_hidden": true}
def histograms(images, cell=8, bins=8):
    """HOG of images (count, height, width, 1): (count, rows, columns, bins). A pixel is shared between two bins."""
    down, right = np.gradient(images[..., 0], axis=(1, 2))
    place = np.arctan2(down, right) % np.pi / np.pi * bins
    lower, share = np.floor(place).astype(int) % bins, place % 1
    strength = np.hypot(down, right)
    bin_by_bin = [((lower == b) * (1 - share) + ((lower + 1) % bins == b) * share) * strength for b in range(bins)]
    count, height, width = strength.shape
    cells = np.stack(bin_by_bin, -1).reshape(count, height // cell, cell, width // cell, cell, bins)
    return cells.sum(axis=(2, 4))


def hog(images):
    """The features of images: all histograms in one row, scaled so that contrast does not matter."""
    rows = histograms(images).reshape(len(images), -1)
    return rows / (np.linalg.norm(rows, axis=1, keepdims=True) + 1e-6)


@styled
def draw_hog(image, title, cell=8):
    """A picture (height, width, 1) beside its histograms, each a star of strokes."""
    figure = new_figure(8, 4.2, title)
    left, right = figure.subplots(1, 2)
    left.imshow(image[..., 0], cmap="gray")
    right.set(xlim=left.get_xlim(), ylim=left.get_ylim(), aspect="equal")
    stars = histograms(image[None].astype(float))[0]
    for (row, column, one), value in np.ndenumerate(stars / stars.max()):
        across = np.pi * one / 8 + np.pi / 2  # a stroke lies across the slope
        x, y = cell * (column + 0.5) - 0.5, cell * (row + 0.5) - 0.5
        dx, dy = 0.45 * cell * np.cos(across), 0.45 * cell * np.sin(across)
        right.plot([x - dx, x + dx], [y - dy, y + dy], color=str(1 - value**1.5), ls="-", lw=2, zorder=value)
    left.set(title="what you see", xticks=[], yticks=[])
    right.set(title="what the histograms keep", xticks=[], yticks=[])
    return described(figure, "On the left the picture, on the right a star of eight strokes in each cell.")


draw_hog(letters[shown[0]].mean(axis=-1, keepdims=True), "An alpha, and its histograms of oriented gradients")

# %% [markdown]
# You can still read it, more or less, and so can a very simple program: one that learns a weight for each of the 128
# features and each letter, adds up, and takes the letter with the most points. That is a *linear model*.
#
# Its rival gets no features at all, only the raw pixels. It is a small **ConvNet**: three rounds of *convolution* (a
# little window that moves over the picture; section 5) and *pooling* (half the size, keep the largest), and two dense
# layers at the end. Nobody tells it what to look for. Here are its pictures, from which both will learn, and its code:

# %%
name, options = ("glyphs", {"channels": 1, "seed": lab.seed}) if lab.quick else ("mnist", {"size": 32})
train_images, train_labels = data.arrays(name, "train", **options)
test_images, test_labels = data.arrays(name, "test", **options)
train_images, train_labels = train_images[:10_000], train_labels[:10_000]
test_images, test_labels = test_images[:2_000], test_labels[:2_000]
mean, deviation = train_images.mean(), train_images.std()
x_train, x_test = (((images - mean) / deviation).astype("float32") for images in (train_images, test_images))
classes, runs = int(train_labels.max()) + 1, 3
print(f"{len(x_train):,} pictures to learn from, {len(x_test):,} held out, each {x_train.shape[1:]}, {classes} classes")


# %%
def conv_net(input_shape=x_train.shape[1:], classes=classes):
    blocks = []
    for filters in (16, 32, 32):
        blocks += [layers.Conv2D(filters, 3, padding="same", activation="relu"), layers.MaxPooling2D(2)]
    head = [layers.Flatten(), layers.Dense(64, activation="relu"), layers.Dense(classes, activation="softmax")]
    return keras.Sequential([keras.Input(input_shape), *blocks, *head])


def train(build, images, labels, run, epochs=10):
    """Return a new network that has looked `epochs` times at every picture; another `run`, another start."""
    keras.utils.set_random_seed(1000 * lab.seed + run)
    network = build()
    steps = epochs * -(-len(images) // 32)
    smaller_and_smaller = keras.optimizers.schedules.CosineDecay(2e-3, steps)
    network.compile(keras.optimizers.Adam(smaller_and_smaller), "sparse_categorical_crossentropy")
    network.fit(images, labels, batch_size=32, epochs=epochs, verbose=0)
    return network


def share_right(network, images, labels):
    """The share of pictures whose largest output is the right one."""
    parts = np.array_split(images, -(-len(images) // 1000))
    guesses = np.concatenate([np.argmax(network(part), axis=-1) for part in parts])
    return float(np.mean(guesses == labels))


# %%
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


def some(count, run):
    """The numbers of `count` pictures, equally many of each class, chosen anew in each run."""
    chooser = np.random.default_rng(run)
    each = [chooser.permutation(np.flatnonzero(train_labels == label)) for label in range(classes)]
    return np.concatenate([numbers[: count // classes] for numbers in each])


def linear_model(images, labels):
    """One weight for each feature and class."""
    return make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=300)).fit(hog(images), labels)


# %% [markdown]
# The judge is fair: neither has ever seen the held-out pictures. Each contest is run three times, with other pictures
# to learn from (as long as there are more than needed) and another random start, for one run may be luck.
#
# **Write down a guess**: who wins with 320 pictures (20 of each letter), and who with all 1,600?

# %%
FEW, MANY = 320, len(x_train)
by_hand, learned = {}, {}
test_features = hog(x_test)
for count, epochs in ((FEW, 20), (MANY, 10)):
    chosen = [some(count, run) for run in range(runs)]
    linear = [linear_model(x_train[which], train_labels[which]) for which in chosen]
    by_hand[count] = [model.score(test_features, test_labels) for model in linear]
    networks = [train(conv_net, x_train[which], train_labels[which], run, epochs) for run, which in enumerate(chosen)]
    learned[count] = [share_right(network, x_test, test_labels) for network in networks]
    print(f"{count:5,} pictures: by hand {np.mean(by_hand[count]):.1%}, learned {np.mean(learned[count]):.1%}")

# %%
contest = {}
for count in (FEW, MANY):
    contest[f"by hand, {count:,} pictures"] = by_hand[count]
    contest[f"learned, {count:,} pictures"] = learned[count]
plots.dots(
    contest,
    "held-out letters that are right",
    low=0.7,
    title="Who reads better? A dot for each run, a bar for their mean",
)

# %% [markdown]
# Did you guess both? When this lab was written, with **320** pictures the features by hand won, 82 % against 78 %
# (three runs: 81 to 83 against 76 to 80). With **1,600** the network was ahead, 95 % against 92 %. (There the three
# dots of the features by hand lie on top of each other: all pictures were taken, and a linear model has no luck in its
# start.)
#
# That crossing of the two is the story of the last fifteen years. **Features that are made by hand are knowledge**, and
# with few examples knowledge is worth more than freedom. But it does not grow: five times as many pictures gave the
# linear model ten points. **A network that makes its own features goes on learning**: it gained seventeen. And it took
# clever people years to think of these histograms, which are good for strokes and outlines; the network made its own in
# seconds, and would do so for blood cells or galaxies. *Time consuming, brittle, not scalable* is what people say of
# features by hand.
#
# ### What did it learn?
#
# We may look. For a number deep in the network, search the held-out pictures for the spots that make it **largest**,
# and cut out what it sees there: 3x3 pixels in the first round, 8x8 in the second, 18x18 in the third. Two such
# detectors from each round, a row of eight spots for each:


# %% jupyter={"source_hidden": true}
def best_spots(network, images, which, count=8):
    """For each filter of convolution 1, 2 or 3 the spots, in `count` different images, that it answers to most."""
    size, step, before = {1: (3, 1, 1), 2: (8, 2, 3), 3: (18, 4, 7)}[which]
    convolutions = [layer for layer in network.layers if isinstance(layer, layers.Conv2D)]
    maps = keras.Model(network.inputs, convolutions[which - 1].output).predict(images, verbose=0)
    inside = maps[:, 2:-3, 2:-3]  # what hangs over the edge is no good picture
    spots = []
    for answers in np.moveaxis(inside, -1, 0):
        spots.append([])
        for index in np.argsort(-answers.max(axis=(1, 2)))[:count]:
            row, column = np.unravel_index(np.argmax(answers[index]), answers.shape[1:])
            top, left = step * (row + 2) - before, step * (column + 2) - before
            spots[-1].append(images[index, top : top + size, left : left + size])
    return spots


def two_clear_ones(spots):
    """The spots of the two filters whose spots have most contrast: some look for plain paper or plain ink."""
    contrast = [np.std(of_one, axis=(1, 2)).mean() for of_one in map(np.array, spots)]
    return [spot for one in np.argsort(contrast)[-2:] for spot in spots[one]]


reader = networks[0]
panels = [spot for which in (1, 2, 3) for spot in two_clear_ones(best_spots(reader, x_test[:800], which))]
names = [text for sees in "123" for text in [f"round {sees}", *[""] * 7] * 2]
figure = plots.image_grid(panels, names, columns=8, title="What excites six detectors most, two from each round")
described(
    figure, "Six rows of eight cut-outs: in the first two rows 3x3 pixels, then 8x8, then 18x18 pixels of letters."
)

# %% [markdown]
# In the first round, 3x3 pixels have room for an **edge**: light on one side, dark on the other. In the second it is a
# **piece of a stroke**: an end, a bend, a corner. In the third it is a large **part of a letter**, and the eight spots
# of a row are no longer alike pixel by pixel; what they share is harder to put into words. (Those that look for plain
# paper or plain ink were left out. Your detectors will be others than ours: each start leads elsewhere.)
#
# This is the ladder that people speak of: **low-level** features (lines and edges), of these **mid-level** ones (in a
# face: an eye, a nose, an ear), of these **high-level** ones (the face). Nobody built the rungs; they were the cheapest
# way to be right. So, can the features be learned from data alone? Yes. That is what deep learning in vision *is*.
#
# ### Why then, and not before?
#
# Networks of this kind read postcodes in 1989. What had to come together until 2012, and where you meet it in this
# course:
#
# | reason | in a sentence | you meet it in |
# |---|---|---|
# | features are learned | no rules by hand, the data decide | this lab |
# | ... in levels | edges, then parts, then things | this lab, 04 |
# | ... end to end | from the pixel to the answer in one piece, no stage loses what the next needs | 03 |
# | data | millions of labelled pictures, ImageNet above all | 04, 10 |
# | hardware | graphics cards made it days instead of months | 04, 08 |
# | power of expression | enough layers bend space as needed | 05, 07 |
# | transfer | what was learned on one task helps the next, with few pictures | 11 |
# | success elsewhere | speech recognition had just shown that it could be done | |
# | results | nobody argues with half the error | 09 |
# | flexibility | the same layers classify, find, outline, draw | 12 to 16 |
# | architectures | new shapes of networks, each year better ones | 04 to 09 |
# | openness | papers, code and weights for everybody | all |
#
# ## 4. Why not simply connect everything?
#
# A network is made of *neurons*. A neuron multiplies every number that it gets with a weight of its own, adds up, adds
# one more number (its *bias*), and puts zero in place of anything negative (a *ReLU*; other bends are used too). What
# it learns are the weights. In a **dense layer** each neuron is connected to each number of the input. It is the
# simplest layer there is, and the oldest, so why not use it on pictures?
#
# ### First trouble: the bill
#
# Take a modest layer of 1,024 neurons, on grey pictures. Each neuron needs a weight for each pixel:


# %% jupyter={"source_hidden": true}
@styled
def draw_bill():
    """The weights of a dense layer and of a convolution by the size of the picture."""
    sides = np.array([32, 64, 100, 200, 500, 1000, 2000, 4000])
    figure = new_figure(9, 4.4, "How many weights does one layer need?")
    axes = tidy(figure.add_subplot(), xlabel="side of a square grey picture, in pixels", ylabel="weights")
    axes.loglog(sides, 1024 * sides.astype(float) ** 2, "o-", color=ORANGE, label="dense, 1,024 neurons")
    axes.loglog(sides, np.full(len(sides), 3 * 3 * 64), "s--", color=BLUE, label="convolution, 64 filters of 3x3")
    for side, text in ((200, "41 million"), (1000, "a billion"), (4000, "16 billion")):
        axes.annotate(text, (side, 1024 * side**2), (-8, 4), textcoords="offset points", ha="right")
    axes.annotate("576, whatever the picture", (200, 576), (0, 8), textcoords="offset points")
    axes.set_xticks([32, 100, 200, 1000, 4000], ["32", "100", "200", "1000", "4000"])
    axes.legend(loc="center right")
    said = "the dense layer climbs from one million to 16 billion, the convolution stays at 576"
    return described(figure, f"Weights against the side of the picture, both by factors of ten: {said}.")


draw_bill()

# %% [markdown]
# Each line of the grid is a factor of ten. A billion weights for **one** layer on a modest photograph, in grey; in
# colour three times as many, since such a photograph is a row of 3 million numbers. The whole of AlexNet, which won in
# 2012, has 60 million. And each weight wants to be learned from examples.
#
# Turn the question round. A weight is stored in 4 bytes.
#
# **Exercise.** What is the largest square picture that a dense layer can read, if its weights may take so many
# megabytes? (A megabyte is a million bytes here. Leave the biases out, they are few.)


# %%
def largest_side(units, channels, megabytes):
    """Return the side, in whole pixels, of the largest square picture with `channels` numbers a pixel for which the
    weights of a dense layer of `units` neurons, 4 bytes each, fit into `megabytes` of 1,000,000 bytes."""
    ### BEGIN SOLUTION
    weights = int(megabytes * 1_000_000 / 4)
    pixels = weights // (units * channels)
    return int(pixels**0.5)
    ### END SOLUTION


# %% [markdown] hints="largest_side"
# 1. Go forward first: how many weights have 10 neurons on a colour picture of 5x5 pixels, and how many bytes is that?
#    Now you are given the bytes and look for the 5.
# 2. Undo the steps one by one: from megabytes to bytes, from bytes to weights, from weights to pixels, from pixels to
#    the side of a square.
# 3. Every neuron has a weight for each number of the picture, so colour makes the picture smaller. At the end the side
#    must be whole, and the picture must still fit: so round which way?
#
# The idea: Count how many weights fit, share them among neurons and channels to get the pixels that can be afforded,
# take the square root and round down.

# %%
ccv.check("largest_side")

# %% [markdown]
# With 1,024 neurons and a whole gigabyte (1,000 megabytes), a dense layer reads colour pictures up to 285x285. Your
# phone takes 4,000x3,000.
#
# What is the way out? Two ideas, and they are different ones:
#
# - **Sparse connections**: a neuron looks at a small *patch* of the picture, k x k pixels, and not at all of it. That
#   is what our eyes do: Hubel and Wiesel found in 1959 that a neuron in a cat's brain answers to one small region of
#   what the cat sees, its **receptive field**.
# - **Shared weights**: if it pays to look for an edge here, it pays to look for it there. So all neurons of a layer
#   look at their own patch with *the same* weights.
#
# A convolution has both. To see what each of them saves, take one grey picture, and a neuron for every place where a k
# x k patch fits. For 6x6 pixels and patches of 3x3 these are 4x4 places.
#
# **Exercise.** Count the weights three times: all neurons connected to all pixels; each to its own patch with its own
# weights; all with the same weights.


# %%
def weights_three_ways(side, kernel):
    """Return (dense, sparse, shared): the weights, without biases, from one grey picture of side x side to a neuron for
    each place where a patch of kernel x kernel fits."""
    ### BEGIN SOLUTION
    places = (side - kernel + 1) ** 2
    return places * side**2, places * kernel**2, kernel**2
    ### END SOLUTION


# %% [markdown] hints="weights_three_ways"
# 1. Draw a picture of 4x4 and move a patch of 3x3 over it. At how many places does it fit? So how many neurons are
#    there?
# 2. Each count is a number of neurons times a number of weights for each of them. For the first two the neurons are the
#    same and only what one of them looks at differs.
# 3. In a row of n pixels a patch of k fits at one place more than n minus k. With shared weights it does not matter how
#    many neurons there are: all of them use one set.
#
# The idea: Find the number of places; multiply it by all pixels for the dense way, by the pixels of a patch for the
# sparse way, and for the shared way count the pixels of a single patch.

# %%
ccv.check("weights_three_ways")

# %% jupyter={"source_hidden": true}
ways = ["dense", "sparse", "sparse and shared"]
counts = {f"{side}x{side}": ((side - 4) ** 2 * side**2, (side - 4) ** 2 * 25, 25) for side in (28, 200)}
short = lambda n: f"{n / 1e9:.1f} billion" if n > 1e9 else f"{n:,}"  # noqa: E731
plots.bars(
    counts,
    ways,
    ylabel="weights",
    log=True,
    labels=[[short(n) for n in row] for row in counts.values()],
    title="From a picture to one map, with patches of 5x5",
)

# %% [markdown]
# Sparse connections save the first factor, sharing the second, and what is left depends on nothing but the patch. Keras
# agrees. On a colour picture of 32x32, $n$ neurons have $3072\,n$ weights and $n$ biases; for six maps of 28x28, $n$ is
# 4,704. A convolution makes the same maps:

# %%
small = keras.Input((32, 32, 3))
as_convolution = keras.Model(small, layers.Conv2D(6, 5)(small))
as_dense = 32 * 32 * 3 * 28 * 28 * 6  # we only count them: they would fill 58 megabytes
print(
    f"convolution: maps of {as_convolution.output_shape[1:]}, {as_convolution.count_params():,} parameters with biases"
)
print(f"dense:       the same outputs,  {as_dense:,} weights, and {28 * 28 * 6:,} biases")

# %% [markdown]
# Does a neuron of a convolution really depend on its patch alone? Change **one** pixel of a picture and count which of
# the 784 outputs of one map move:

# %%
picture = np.random.default_rng(0).random((1, 32, 32, 3)).astype("float32")
changed = picture.copy()
changed[0, 16, 16, 0] += 1
moved = np.asarray(as_convolution(picture) != as_convolution(changed))[0, ..., 0]
flat = layers.Dense(784)
everywhere = np.asarray(flat(picture.reshape(1, -1)) != flat(changed.reshape(1, -1)))
print(f"convolution: {moved.sum()} of {moved.size} outputs moved, those in rows {np.flatnonzero(moved.any(axis=1))}")
print(f"dense layer: {everywhere.sum()} of {everywhere.size} outputs moved")

# %% [markdown]
# 25 neurons have this pixel in their 5x5 patch, and no other cares. (Turned round: a number behind *several*
# convolutions sees more, 3x3 grows to 8x8 and 18x18 in our ConvNet. How fast that grows is a story of lab 05.)
#
# Sharing has three merits, then: few weights to store, few to learn from examples, and what is learned in one place is
# known everywhere.
#
# ### Second trouble: it does not know what is beside what
#
# A dense layer gets the picture as one long row of numbers. To it, pixel 33 lies no nearer to pixel 1 than pixel 700
# does, though in the picture it is right below. How much does that matter? There is a cruel and wonderful way to find
# out: **shuffle the pixels.** Choose one random order, and put the pixels of every picture, to learn from and held out,
# in that same order.
#
# **Exercise.** Do it. Pixels are counted row by row from the upper left, and a pixel keeps its colours together.


# %%
def permute_pixels(images, order):
    """Return images (count, height, width, channels) in which pixel i, counted row by row, is pixel order[i] of the
    image that was given; `order` holds each of the numbers 0 to height x width - 1 once."""
    ### BEGIN SOLUTION
    images = np.asarray(images)
    count, height, width, channels = images.shape
    rows = images.reshape(count, height * width, channels)
    return rows[:, order].reshape(images.shape)
    ### END SOLUTION


# %% [markdown] hints="permute_pixels"
# 1. By hand: a picture of 2x2 with the letters a, b in the first row and c, d in the second, and the order 3, 0, 1, 2.
#    Which letter stands in the upper left corner of the result?
# 2. Make each picture one long row of pixels, choose from it by the numbers in `order`, and give it its old shape back.
#    `reshape` does the first and the last.
# 3. Keep the axis of the colours out of it: after the first reshape there should be three axes left, for pictures,
#    pixels and colours, and it is the middle one from which you choose.
#
# The idea: Flatten height and width into one axis, index that axis with the order, and reshape back.

# %%
ccv.check("permute_pixels")

# %% jupyter={"source_hidden": true}
ORDER = np.random.default_rng(7).permutation(x_train.shape[1] * x_train.shape[2])


def shuffled(images):
    """The lab's own `permute_pixels`, with one order for all pictures."""
    return np.take(images.reshape(len(images), -1), ORDER, axis=1).reshape(images.shape)


pairs = [*x_test[:6], *shuffled(x_test[:6])]
figure = plots.image_grid(pairs, columns=6, title="Six pictures, and the same with their pixels in another order")
described(figure, "Above six letters, below the same six as noise in which no letter can be seen.")

# %% [markdown]
# Can you read them? Nothing is lost: each number is still there, and the order could be undone. **Write down a guess**:
# a dense network and our ConvNet are trained on pictures in order, and, from scratch, on shuffled ones. How much does
# each of them lose?


# %%
def dense_net(input_shape=x_train.shape[1:], classes=classes):
    hidden = layers.Dense(128, activation="relu")
    return keras.Sequential([keras.Input(input_shape), layers.Flatten(), hidden, layers.Dense(classes, "softmax")])


trial = {"ConvNet, in order": learned[MANY]}  # those of section 3 had all pictures in order: no need to train again
for title, build, arrange in (
    ("ConvNet, in order", conv_net, np.asarray),
    ("ConvNet, shuffled", conv_net, shuffled),
    ("dense, in order", dense_net, np.asarray),
    ("dense, shuffled", dense_net, shuffled),
):
    if title not in trial:
        trained = [train(build, arrange(x_train), train_labels, run) for run in range(runs)]
        trial[title] = [share_right(network, arrange(x_test), test_labels) for network in trained]
        if title == "dense, in order":
            dense_reader = trained[0]
    print(f"{title}: {np.mean(trial[title]):.1%}")

# %%
plots.dots(
    trial, "held-out pictures that are right", chance=1 / classes, title="Pixels in order and shuffled, three runs each"
)

# %% [markdown]
# The ConvNet fell from 95 % to 54 % (52 to 55), *below* the dense network, which read 73 % in order and 72 % shuffled.
# No ConvNet came near a dense network on shuffled pixels in any of the three runs. (It still does better than guessing,
# 6 %: its dense layers at the end save what they can.)
#
# The dense network does not care **at all**, and that is not luck but certain: whatever it learned on pictures in
# order, there is a dense network that gives the same answers on shuffled ones. You can write it down, without any
# training.
#
# **Exercise.** `kernel` holds the weights of a dense layer: row i has the weights of pixel i, for all neurons. Its
# pictures arrive shuffled, pixel i being the old pixel `order[i]`. Which weights give the same answers as before?


# %%
def weights_for_shuffled(kernel, order):
    """Return the weights (pixels, units) with which a dense layer answers to shuffled pictures, in which pixel i is the
    old pixel order[i], as it answers with `kernel` (pixels, units) to those in order."""
    ### BEGIN SOLUTION
    return np.asarray(kernel)[order]
    ### END SOLUTION


# %% [markdown] hints="weights_for_shuffled"
# 1. One neuron, three pixels a, b, c with the weights 1, 2, 3, so that it computes a + 2b + 3c. Now the pixels arrive
#    as c, a, b. Which weights, in this order, give the same sum?
# 2. A weight belongs to a pixel and has to follow it. Where pixels go, rows of the kernel go.
# 3. The order says for each *new* place which *old* one is there now. That is just what choosing rows by a list of
#    numbers does. Neurons (the columns) stay where they are.
#
# The idea: Put the rows of the kernel in the same order as the pixels.

# %%
ccv.check("weights_for_shuffled")

# %%
once = dense_net()
once.set_weights([w if n else np.take(w, ORDER, axis=0) for n, w in enumerate(dense_reader.get_weights())])
difference = np.abs(np.asarray(once(shuffled(x_test[:800]))) - np.asarray(dense_reader(x_test[:800]))).max()
print(f"rows of the weights shuffled like the pixels: the outputs differ by at most {difference:.0e}")

# %% [markdown]
# (Sums in another order round a little differently; that is all.) So a dense network treats a face and a heap of noise
# alike. It *cannot* know that neighbours belong together; it would have to learn that from examples. A convolution
# knows it from the start: it is built in. Such built-in knowledge is called an **inductive bias**, and it is why the
# ConvNet won above with so few weights, and why it falls when the knowledge is made wrong.
#
# ## 5. A neuron that looks at a patch
#
# Now the convolution itself. Take a **filter**, a small table of weights, here 4x4, so 16 weights. Lay it on the upper
# left patch. Multiply each weight with the pixel below it, add up, add the bias, put 0 for what is negative: that is
# neuron (0, 0). Then **shift by 2** pixels to the right and do the same with the same weights: neuron (0, 1). At the
# end of the row, go 2 pixels down. The step is called the **stride** $s$:
#
# $$ y_{p,q} \;=\; \mathrm{relu}\Big(b + \sum_{i}\sum_{j} w_{i,j}\; x_{\,i + s\,p,\;\, j + s\,q}\Big) $$
#
# $i$ and $j$ run over the filter, from 0. Do not lose the $s$ in the indices, as some books do: without it the patches
# move by one pixel. Three neurons and their patches:

# %% jupyter={"source_hidden": true}
PATCHES = np.arange(64).reshape(8, 8)
plots.matrices(
    {f"neuron {place}": PATCHES for place in ("(0, 0)", "(0, 1)", "(1, 2)")},
    highlight={"neuron (0, 0)": np.s_[:4, :4], "neuron (0, 1)": np.s_[:4, 2:6], "neuron (1, 2)": np.s_[2:6, 4:8]},
    title="Pixels 0 to 63, a filter of 4x4, stride 2: what three neurons see",
    cmap="Blues",
)

# %% [markdown]
# And here is one at work, with a smaller filter of 2x2, in frames from left to right, every sum written out:

# %%
plots.convolution_frames(
    [[1, 5, 5, 5], [1, 5, 5, 5], [1, 1, 1, 5], [1, 1, 1, 5]],
    [[-1, 1], [-1, 1]],
    stride=2,
    title="A filter of 2x2, stride 2",
)

# %% [markdown]
# **Exercise.** One neuron, for any filter (not square, perhaps) and any stride.


# %%
def neuron(x, w, b, p, q, stride):
    """Return what neuron (p, q) of a convolution puts out, after its ReLU: a picture x (height, width), a filter w
    (rows, columns), one bias b, the same stride down and across; rows and columns are counted from 0."""
    ### BEGIN SOLUTION
    x, w = np.asarray(x), np.asarray(w)
    rows, columns = w.shape
    patch = x[stride * p : stride * p + rows, stride * q : stride * q + columns]
    return max(0.0, float(np.sum(w * patch) + b))
    ### END SOLUTION


# %% [markdown] hints="neuron"
# 1. Look at the drawing: for the filter of 4x4 and stride 2, in which row and which column does the patch of neuron (1,
#    2) begin, and where does it end?
# 2. Cut out the patch, multiply it with the filter cell by cell, and add everything up. Then two small things are left
#    to do, and both stand in the formula.
# 3. The patch begins at the stride times p, and at the stride times q, and is as high and as wide as the filter. The
#    bias is a single number, added once. The ReLU comes last, after the bias.
#
# The idea: Slice the patch, whose corner is the neuron's place times the stride; sum the products, add the bias, and if
# the result is below zero give zero.

# %%
ccv.check("neuron")

# %% [markdown]
# **Which** weights detect something? Two answers. You may *choose* them: plus on the left and minus on the right finds
# where bright turns to dark. Or you let them be *learned*: start with random numbers and change them a little whenever
# the answer was wrong. These are the sixteen filters of the first layer of the ConvNet that read the letters. Nobody
# chose them:

# %%
plots.kernels(reader.layers[0].get_weights()[0], columns=8, title="Sixteen filters of 3x3, learned from letters")

# %% [markdown]
# Some are red on one side and blue on the other: edges, of this direction or that. Others are less easy to read, and
# that is all right: they need not please us. Three steps make a convolutional layer, and you have done each of them: a
# window of weights, a sum, a bend. **Several filters** give several *maps*, one for each thing that is looked for.
#
# <details><summary>For the curious: where the word comes from</summary>
#
# In mathematics, the convolution of two functions is
#
# $$ (f * g)(t) \;=\; \int_{-\infty}^{\infty} f(\tau)\, g(t - \tau)\, d\tau . $$
#
# $f$ and $g$ are the functions, $t$ is where we want to know the result, and $\tau$ runs over everything. $g(t - \tau)$
# is $g$, mirrored and shifted by $t$, so $g$ glides over $f$ as $t$ grows, and the product is added up wherever they
# overlap. Put sums for the integral and pixels for $t$, forget the mirroring (learned weights do not mind), and you
# have the formula above. Lab 02 is all about it.
#
# </details>
#
# ## 6. Here or there: what a shift does
#
# "A ConvNet recognises a thing wherever it is": you will read that everywhere, often as *translation invariant*. Let us
# be exact, for there are two words:
#
# - **equivariant**: move the picture, and the map *moves along*;
# - **invariant**: move the picture, and the answer *stays the same*. (Hubel and Wiesel found neurons that come close to
#   it, the *complex cells*: they answer to their line wherever it lies within their receptive field.)
#
# Which of them is it, for which layer? It can be measured. Take the maps of a picture, and the maps of the same picture
# moved to the right. If the layer is equivariant, the second maps are the first ones, moved. At the left edge something
# new came in, and that does not count.
#
# **Exercise.** By how much do they differ?


# %%
def follows(maps, moved_maps, shift):
    """Return the largest absolute difference between `moved_maps` and `maps` moved by `shift` >= 1 columns to the
    right, both (height, width, channels); the first `shift` columns, which came in from outside, do not count."""
    ### BEGIN SOLUTION
    maps, moved_maps = np.asarray(maps), np.asarray(moved_maps)
    return float(np.abs(moved_maps[:, shift:] - maps[:, :-shift]).max())
    ### END SOLUTION


# %% [markdown] hints="follows"
# 1. One row of numbers: 5, 7, 9, 4. Moved by one to the right it is something new, then 5, 7, 9. Which columns of the
#    new row do you compare with which of the old one?
# 2. Take from the moved maps all but the first columns, and from the old maps all but the last, equally many. Subtract,
#    and look for the largest difference of all.
# 3. A difference may be negative: make it positive before you look for the largest. It is one number for all rows,
#    columns and channels.
#
# The idea: Compare each column of the moved maps with the column of the old maps that stands so many places further
# left, and return the largest distance.

# %%
ccv.check("follows")

# %% [markdown]
# Now the test, on a digit with a wide blank margin, moved by one pixel and by two. The layers are fresh, with random
# weights: what we look at is a property of the layer, not of what it learned.

# %%
digits, digit_labels = data.arrays("digits", "train")
test_digits, test_digit_labels = data.arrays("digits", "test")
digit = np.pad(digits[:1] / 255.0, ((0, 0), (8, 8), (8, 8), (0, 0))).astype("float32")
convolution, pooling = layers.Conv2D(4, 3, padding="same", activation="relu"), layers.MaxPooling2D(2)
anywhere = layers.GlobalMaxPooling2D()
connected = layers.Dense(24)


def largest(a, b):
    return float(np.abs(np.asarray(a) - np.asarray(b)).max())


for shift in (1, 2):
    there = np.roll(digit, shift, axis=2)
    maps, moved_maps = convolution(digit), convolution(there)
    pooled, moved_pooled = pooling(maps), pooling(moved_maps)
    print(f"moved by {shift}:")
    print(f"  convolution, moved along:         {largest(np.roll(maps, shift, axis=2), moved_maps):.3f}")
    print(f"  then pooling, moved by half that: {largest(np.roll(pooled, shift // 2, axis=2), moved_pooled):.3f}")
    print(f"  global pooling, unchanged:        {largest(anywhere(maps), anywhere(moved_maps)):.3f}")
    flat, moved_flat = connected(digit.reshape(1, -1)), connected(there.reshape(1, -1))
    print(f"  dense layer, unchanged:           {largest(flat, moved_flat):.3f}")

# %% [markdown]
# A **convolution is equivariant**: the difference is exactly 0. Pooling with stride 2 is so for even shifts only; by
# one pixel, there is no half a cell to move to. **Global pooling**, one number for a whole map, turns it into
# invariance: the number does not change, wherever the thing is. A dense layer is neither.
#
# Does it matter? Train three networks on handwritten digits that always stand in the **upper left** of a larger page,
# and test them with digits in the **lower right**. A dense network; a ConvNet whose maps are laid out in a row
# (*flattened*) before the last layer; and a ConvNet with global pooling. **Write down a guess** for each: ten classes,
# so guessing is right in 10 %.


# %%
def page_net(kind):
    convolutions = [layers.Conv2D(filters, 3, padding="same", activation="relu") for filters in (8, 16, 32)]
    middle = {
        "dense": [layers.Flatten(), layers.Dense(128, activation="relu")],
        "ConvNet, flattened": [*convolutions, layers.MaxPooling2D(2), layers.Flatten()],
        "ConvNet, global pooling": [*convolutions, layers.GlobalMaxPooling2D()],
    }[kind]
    return keras.Sequential([keras.Input((22, 22, 1)), *middle, layers.Dense(10, activation="softmax")])


def on_page(images, row, column):
    """Digits of 8x8 on a blank page of 22x22, the upper left corner at this row and column."""
    return np.pad(images / 255.0, ((0, 0), (row, 14 - row), (column, 14 - column), (0, 0))).astype("float32")


here, elsewhere = on_page(test_digits, 3, 3), on_page(test_digits, 11, 11)
corners = {}
for kind in ("dense", "ConvNet, flattened", "ConvNet, global pooling"):
    trained = [train(lambda k=kind: page_net(k), on_page(digits, 3, 3), digit_labels, run, 6) for run in range(runs)]
    corners[f"{kind}: same corner"] = [share_right(network, here, test_digit_labels) for network in trained]
    corners[f"{kind}: other corner"] = [share_right(network, elsewhere, test_digit_labels) for network in trained]

# %%
plots.dots(
    corners, "held-out digits that are right", chance=0.1, title="Learned in the upper left: known in the lower right?"
)

# %% [markdown]
# In the corner where they learned, all three read 93 % and more. In the other corner the **dense network guesses**: the
# weights of those pixels never saw any ink, and so never learned. It would have to learn each digit anew at each place.
# The surprise is the second: the **flattened ConvNet guesses, too**. Its maps did move along with the digit, but behind
# them sits a dense layer with a weight for each place. Only with **global pooling** does the knowledge arrive: 93 to 96
# % in both corners. (One digit or two may differ, since at the rim of the page the padding is felt.)
#
# So "it recognises a thing anywhere" is true of convolutions, and of a whole network only if what comes behind them
# lets it be. It is also why ConvNets need fewer pictures: what one picture teaches at one place holds for all places at
# once. A dense layer learns **global** patterns, of all pixels together; a convolution learns **local** ones, of a
# patch.
#
# ### Noise and scraps of paper
#
# Another thing that you will read: networks with pooling are "robust to noise and occlusion". We have three readers of
# letters that were trained on the same clean pictures. So spoil the held-out ones, and measure.


# %% jupyter={"source_hidden": true}
def noisy(images, amount):
    """With so much noise, in units of the pictures' own spread."""
    return (images + amount * np.random.default_rng(3).standard_normal(images.shape)).astype("float32")


def covered(images, side):
    """With a grey square of so many pixels at a random place."""
    images, chooser = images.copy(), np.random.default_rng(3)
    for image in images:
        top, left = chooser.integers(0, image.shape[0] - side + 1, 2)
        image[top : top + side, left : left + side] = 0
    return images


READERS = {
    "ConvNet": lambda images: share_right(reader, images, test_labels[:800]),
    "dense": lambda images: share_right(dense_reader, images, test_labels[:800]),
    "by hand": lambda images: linear[0].score(hog(images), test_labels[:800]),
}
SPOILT = (
    ("noise, in units of the pictures' spread", noisy, (0, 0.25, 0.5, 1)),
    ("side of the covered square, in pixels", covered, (0, 4, 8, 12)),
)


@styled
def draw_spoilt():
    """The accuracy of the three readers on pictures that are spoilt more and more; printed too."""
    figure = new_figure(10, 4.2, "Trained on clean letters, tested on spoilt ones")
    for panel, (xlabel, spoil, amounts) in zip(figure.subplots(1, 2, sharey=True), SPOILT, strict=True):
        tidy(panel, xlabel=xlabel, ylim=(0, 1.02))
        for (who, score), color, mark in zip(READERS.items(), (BLUE, ORANGE, GREEN), "os^", strict=True):
            shares = [score(spoil(x_test[:800], amount)) for amount in amounts]
            print(
                f"{who:8} {spoil.__name__:8}",
                "  ".join(f"{a}: {share:.1%}" for a, share in zip(amounts, shares, strict=True)),
            )
            panel.plot(amounts, shares, color=color, marker=mark, label=who)
        panel.yaxis.set_major_formatter("{x:.0%}")
    figure.axes[0].set_ylabel("held-out letters that are right")
    panel.legend()
    return described(
        figure, "The share of right letters falls for all three readers, with more noise and with a larger square."
    )


draw_spoilt()

# %% [markdown]
# Noise as strong as the pictures themselves cost the ConvNet 12 points, the dense network 8, and the features by hand
# 53: it is the slopes from pixel to pixel that noise spoils first, and they are made of nothing else. (*Brittle*,
# remember?) A covered square of 12x12 pixels, a seventh of the picture, turned it round: it cost the ConvNet 32 points,
# the others about 20.
#
# So is a ConvNet robust because it pools? The dense network has no pooling at all, and lost less in both. "Robust" is
# no property that one has or has not; it depends on the trouble, and can be measured. Be careful with such sentences,
# whoever says them.
#
# ## 7. Small and deep: encoders and decoders
#
# Look at the shapes on the way through some famous networks, at the end of each stage:

# %%
for build in (models.lenet5, models.alexnet, models.vgg16, models.resnet18):
    network = build(width=1 / 8) if build is not models.lenet5 else build()
    stages = [tuple(tensor.shape[1:]) for tensor in stage_outputs(network).values()]
    print(f"{build.__name__:10}", " → ".join(f"{h}x{w}x{c}" for h, w, c in stages))

# %% [markdown]
# (All but LeNet an eighth of their width here, to save your time.) Everywhere the same: **the maps get smaller and
# there are more of them.** Less *where*, more *what*. Such a network is an **encoder**: it turns raw data into a few
# numbers that mean something. The opposite, a **decoder**, turns few numbers into many: a picture, a mask, a sentence.
# Most of what networks do is one of the two, or both in a row:
#
# | task | built as | lab |
# |---|---|---|
# | what is on this picture? | encoder and a small classifier | 01 to 11 |
# | where is it? | encoder and numbers for boxes | 12, 13 |
# | which pixels belong to it? | encoder and decoder | 14 |
# | is it the same person? | two encoders with the same weights | 15 |
# | draw it in the style of ... | encoder to measure, a picture that changes | 16 |
# | what happens in this video? | the same with time as a third axis of the window | |
# | what was said? | sound as a picture of time and pitch, then an encoder | |
#
# Here are both, small enough to watch. The encoder turns the 64 pixels of a digit into **8 numbers**, the decoder makes
# 64 of these again, and the only thing they are trained for is to give back what came in.

# %%
keras.utils.set_random_seed(lab.seed)
pixels = keras.Input((8, 8, 1), name="pixels")
x = layers.Conv2D(16, 3, strides=2, padding="same", activation="relu")(pixels)
x = layers.Conv2D(32, 3, strides=2, padding="same", activation="relu")(x)
encoder = keras.Model(pixels, layers.Dense(8, name="code")(layers.Flatten()(x)))

code = keras.Input((8,), name="eight_numbers")
x = layers.Reshape((2, 2, 32))(layers.Dense(2 * 2 * 32, activation="relu")(code))
x = layers.Conv2DTranspose(16, 3, strides=2, padding="same", activation="relu")(x)
decoder = keras.Model(code, layers.Conv2DTranspose(1, 3, strides=2, padding="same", activation="sigmoid")(x))

both = keras.Model(pixels, decoder(encoder(pixels)))
both.compile(keras.optimizers.Adam(3e-3), "mse")
both.fit(digits / 255.0, digits / 255.0, batch_size=32, epochs=20, verbose=0)
originals = test_digits[:8] / 255.0
returned = both.predict(test_digits / 255.0, verbose=0)
error = np.mean((returned - test_digits / 255.0) ** 2) ** 0.5
average = np.mean((digits.mean(axis=0) / 255.0 - test_digits / 255.0) ** 2) ** 0.5
print(f"typical error of a pixel (0 to 1): {error:.3f}; always answering the average digit: {average:.3f}")

# %%
figure = plots.image_grid(
    [*originals, *returned[:8]],
    columns=8,
    vmin=0,
    vmax=1,
    title="Eight digits, and what is left of them after eight numbers",
)
described(
    figure,
    "Above eight handwritten digits, below what the decoder made of eight numbers each: the same digits, a little blurred.",
)

# %% [markdown]
# A little blurred, and nobody told it what a digit is. Eight numbers in place of 64, and most of them can still be
# read.
#
# ## 8. One network, three ways
#
# In Keras you may write a network in three ways. It is worth seeing all three once, on the same small network, so that
# you can read any code that you meet. **Sequential**: a list of layers, one after the other.

# %%
sequential = keras.Sequential(
    [
        keras.Input((32, 32, 1)),
        layers.Conv2D(8, 3, activation="relu"),
        layers.MaxPooling2D(2),
        layers.Flatten(),
        layers.Dense(16, activation="softmax"),
    ]
)

# %% [markdown]
# **Functional**: call each layer on what it gets, and say at the end where the network begins and ends. What flows
# along is no picture but a placeholder for one.

# %%
inputs = keras.Input((32, 32, 1))
x = layers.Conv2D(8, 3, activation="relu")(inputs)
x = layers.MaxPooling2D(2)(x)
x = layers.Flatten()(x)
functional = keras.Model(inputs, layers.Dense(16, activation="softmax")(x))


# %% [markdown]
# **Subclassed**: a class with the layers in `__init__` and the way through them in `call`, which is plain Python and
# may do anything.


# %%
class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.convolution = layers.Conv2D(8, 3, activation="relu")
        self.pooling = layers.MaxPooling2D(2)
        self.flatten = layers.Flatten()
        self.classifier = layers.Dense(16, activation="softmax")

    def call(self, images):
        return self.classifier(self.flatten(self.pooling(self.convolution(images))))


subclassed = Subclassed()
seen_once = subclassed(x_test[:1])  # only now it knows how large pictures are, and makes its weights

# %% [markdown]
# Are they the same network? They begin with other random weights. So give all the weights of the first, and compare:

# %%
for other in (functional, subclassed):
    other.set_weights(sequential.get_weights())
    difference = np.abs(np.asarray(other(x_test[:100])) - np.asarray(sequential(x_test[:100]))).max()
    print(f"{type(other).__name__:11} {other.count_params():,} weights, outputs differ by {difference}")

# %% [markdown]
# Exactly the same. So when which?
#
# | | good for | but |
# |---|---|---|
# | Sequential | a plain chain of layers | nothing that forks or joins |
# | Functional | nearly everything: branches, shortcuts, several inputs or outputs; it can be drawn, counted, cut open | a fixed graph |
# | Subclassed | loops and decisions that depend on the data | Keras cannot look inside: no drawing, no table of shapes before it ran |
#
# The networks of `ccv.models` are Functional, so that you can look into each of them.
#
# **Exercise.** Write one that Sequential cannot: **two paths**, side by side. On one, a convolution with 8 filters of
# 3x3; on the other, one with 8 filters of 5x5; both with padding `"same"` and ReLU, and both read the picture itself.
# Put their maps one behind the other (`layers.Concatenate`), the 3x3's first; then `GlobalAveragePooling2D`, and a
# dense layer with softmax.


# %%
def two_paths(input_shape, classes):
    """Return a Keras model for pictures of input_shape (height, width, channels), with a probability for each class."""
    ### BEGIN SOLUTION
    inputs = keras.Input(input_shape)
    small = layers.Conv2D(8, 3, padding="same", activation="relu")(inputs)
    large = layers.Conv2D(8, 5, padding="same", activation="relu")(inputs)
    x = layers.Concatenate()([small, large])
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, layers.Dense(classes, activation="softmax")(x))
    ### END SOLUTION


# %% [markdown] hints="two_paths"
# 1. Draw it first: one box at the top for the picture, two arrows out of it, two boxes, two arrows into one box, and
#    on. Which box does each of the two convolutions read?
# 2. Begin as the functional example does. Keep what each convolution gives under a name of its own, so that both can be
#    handed on together.
# 3. A layer that joins takes a *list* of what it should join. Without padding the two maps would not have the same size
#    and could not be joined. At the end, say where the network begins and where it ends.
#
# The idea: Call both convolutions on the same input, concatenate the two results, pool over the whole map, classify,
# and make a model from the input to the last result.

# %%
ccv.check("two_paths")

# %% [markdown]
# You have just built the idea of GoogLeNet, the winner of 2014: look with several sizes of window at once, and let the
# next layer choose. This is what it looks like (`ccv.anatomy.anatomy(your_model).draw()` draws any functional network):

# %% jupyter={"source_hidden": true}
boxes = [
    ("picture\n32 x 32 x 1", "input", ()),
    ("convolution 3x3, 8", "convolution", (0,)),
    ("convolution 5x5, 8", "convolution", (0,)),
    ("concatenate\n32 x 32 x 16", "merge", (1, 2)),
    ("global average pooling\n16", "pooling", (3,)),
    ("dense, softmax\n16", "dense", (4,)),
]
plots.blocks(boxes, title="Two paths side by side")

# %% [markdown]
# ## 9. Where this comes from, and where it goes
#
# In 2009, Fei-Fei Li and her group published **ImageNet**. It grew to 14 million pictures from the internet in some
# 22,000 classes, labelled by people all over the world through Amazon's Mechanical Turk. From 2010 to 2017 there was a
# yearly contest on a part of it, the **ILSVRC**: 1,000 classes, about 1.2 million pictures to learn from, 50,000 to
# validate and 100,000 to test (150,000 in the first year). An answer counted as right if the class was among a
# program's five best guesses. Here is the error of each winner:

# %% jupyter={"source_hidden": true}
WINNERS = {
    2010: (28.2, "by hand"), 2011: (25.8, "by hand"), 2012: (16.4, "AlexNet"), 2013: (11.7, "Clarifai"),
    2014: (6.7, "GoogLeNet"), 2015: (3.57, "ResNet"), 2016: (2.99, "an ensemble"), 2017: (2.25, "SENet"),
}  # fmt: skip


@styled
def draw_winners():
    """The error of each winner, and of one person."""
    figure = new_figure(10, 4.6, "ImageNet's contest: the error of each year's winner")
    axes = tidy(figure.add_subplot(), xlabel="year", ylabel="top-5 error, in %", ylim=(0, 34), xlim=(2009.4, 2017.6))
    for year, (percent, who) in WINNERS.items():
        look = {"color": ORANGE, "hatch": "//"} if year < 2012 else {"color": BLUE}
        axes.bar(year, percent, edgecolor="white", **look)
        axes.text(year, max(percent, 5.1) + 0.5, f"{percent:g}\n{who}", ha="center", fontsize=11)
    axes.axhline(5.1, color="0.4", ls=":")
    axes.annotate(
        "one well-trained person: 5.1", (2014.5, 5.1), (2015.2, 16), ha="center", arrowprops={"arrowstyle": "->"}
    )
    said = "Bars that fall from 28.2 % in 2010 to 2.25 % in 2017; the largest step is from 25.8 % to 16.4 % in 2012."
    return described(figure, said)


draw_winners()

# %% [markdown]
# The hatched bars are features by hand and a linear model, the kind that you built in section 3. Then comes 2012, and
# nobody goes back. (The person is one researcher, Andrej Karpathy, who learned the thousand classes and tried himself.
# The machines of 2015 made fewer mistakes on these pictures, though other ones than we make; that does not mean that
# they see as well as you do.)
#
# The ideas are older than the success: a network of layers for the cat's visual cortex by Kunihiko Fukushima in 1980; a
# ConvNet that *learned* postcodes by Yann LeCun and others in 1989, and LeNet-5 in 1998. This is the way through the
# course. Boxes with a dashed edge are not in your copy yet:

# %% jupyter={"source_hidden": true}
from ccv.course.catalog import labs as labs_here

PLAN = [  # numbers, what they are about, and after which boxes they come
    ("00", "start", ()), ("01 02", "X or O, convolution", (0,)), ("03", "LeNet", (1,)), ("04 05", "AlexNet, VGG", (2,)),
    ("10 11", "more from few pictures:\naugmentation, transfer", (2,)), ("06 07 08", "Inception, ResNet,\nMobileNet", (3,)),
    ("12 13", "where is it?\nlocalisation, YOLO", (4,)), ("14 15 16", "segmentation,\none-shot, style", (4,)), ("09", "which one to take?", (5,)),
]  # fmt: skip
there = {lab.name[:2] for lab in labs_here()}
steps = [
    (f"{numbers}\n{about}", "convolution" if set(numbers.split()) & there else "other", after)
    for numbers, about, after in PLAN
]
plots.blocks(steps, title="The map of the course")

# %% [markdown]
# Last exercise, and no code. Which of these sentences does what you have *seen* in this lab support?
#
# - **a** With few pictures, features made by hand can beat a network that learns its own.
# - **b** A dense network reads shuffled pictures worse than pictures in order.
# - **c** The number of weights of a convolution depends on the size of the picture.
# - **d** Sharing weights saves more the larger the picture is.
# - **e** A convolution alone is invariant: when the picture moves, its maps stay as they are.
# - **f** With global pooling, a network can know in one corner what it learned in another.
#
# **Exercise.** Write the letters of those that hold, such as `"abc"`.

# %%
### BEGIN SOLUTION
what_holds = "adf"
### END SOLUTION

# %% [markdown] hints="what_holds"
# 1. Go back to the figures, one sentence at a time: the contest, the shuffled pixels, the bill, the bars of three ways,
#    the printed differences of a moved digit, the two corners.
# 2. Two words decide two of the sentences: what is the difference between moving along and staying the same? And which
#    of the two networks lost when the pixels were shuffled?
# 3. There is one that holds in each pair: a or b, c or d, e or f.
#
# The idea: From each of the three pairs take the sentence that a figure of this lab shows, and leave out the one that a
# figure contradicts.

# %%
ccv.check("what_holds")

# %%
gap = {count: float(np.mean(by_hand[count]) - np.mean(learned[count])) for count in (FEW, MANY)}
lab.record(by_hand_few=round(float(np.mean(by_hand[FEW])), 4), learned_few=round(float(np.mean(learned[FEW])), 4))
lab.record(by_hand_many=round(float(np.mean(by_hand[MANY])), 4), learned_many=round(float(np.mean(learned[MANY])), 4))
lab.record(**{title.replace(", ", "_"): round(float(np.mean(values)), 4) for title, values in trial.items()})
print(f"by hand minus learned: {gap[FEW]:+.1%} with {FEW} pictures, {gap[MANY]:+.1%} with {MANY:,}")

# %% [markdown]
# ## What you have learnt
#
# - A picture is a table of numbers; a lab is text, cells that run, and exercises with hints, checks and a bar.
# - Features by hand are knowledge and win with few pictures; learned features win with more, and nobody has to think of
#   them.
# - Learned features come in levels: edges, then strokes and corners, then parts of letters.
# - A dense layer on a picture costs too many weights, and does not know which pixels are neighbours: shuffle them, and
#   it does not even notice.
# - A convolution looks at patches (sparse) with the same weights everywhere (shared): k x k weights, whatever the
#   picture's size.
# - Neuron (p, q) looks at the patch that begins at stride times p, stride times q; then bias, then ReLU.
# - A convolution is *equivariant*; it takes global pooling to make the answer *invariant*.
# - Sequential, Functional and Subclassed are three ways to write the same network.
#
# ## Do you still know?
#
# <details><summary>Why does a HOG histogram add up strengths and not count pixels?</summary>
#
# Most pixels lie on flat paper, where the slope is noise and its angle means nothing. Weighted by strength, they hardly
# count.
#
# </details>
# <details><summary>The linear model on HOG beat the ConvNet with 320 pictures. Does it beat it with 16,000?</summary>
#
# It is not to be expected: from 320 to 1,600 it gained much less than the ConvNet, which had overtaken it.
#
# </details>
# <details><summary>Which of the two savings, sparse connections or shared weights, makes a convolution's weights independent of the picture's size?</summary>
#
# Sharing. With sparse connections alone each place has a patch of weights of its own, and a larger picture has more
# places.
#
# </details>
# <details><summary>Someone shuffles the pixels of all pictures with one fixed order. Which network should you take?</summary>
#
# With respect to the order it does not matter for a dense one. A convolution's advantage is gone, for its patches hold
# pixels that do not belong together.
#
# </details>
# <details><summary>A filter of 4x4 moves with stride 2. Where does the patch of neuron (3, 5) begin?</summary>
#
# In row 6 and column 10, counted from 0.
#
# </details>
# <details><summary>Why is a ConvNet with Flatten at the end not invariant, though its convolutions share their weights?</summary>
#
# The maps move along with the picture, but the dense layer behind Flatten has a weight of its own for each *place* on
# them. What arrives at places where nothing was in training meets weights that learned nothing.
#
# </details>
# <details><summary>When would you need the subclassed way?</summary>
#
# When the way through the layers depends on the data: a loop that runs until something holds, or a decision for each
# picture.
#
# </details>
#
# ## Your own photograph
#
# What would be left of *your* picture? Put the path of a photo in place of `None`, such as `"me.jpg"`. Without one, it
# is a photo of a flower that comes with scikit-learn.

# %%
from PIL import Image
from sklearn.datasets import load_sample_image

path = None
photo = Image.open(path) if path else Image.fromarray(load_sample_image("flower.jpg"))
print(f"{photo.width}x{photo.height} pixels, {np.asarray(photo.convert('RGB')).size:,} numbers")
grey = np.asarray(photo.convert("L").resize((192, 128)), dtype=float)[..., None]
draw_hog(grey, "A photograph, and its histograms of oriented gradients")

# %% [markdown]
# How many megabytes would the weights of a dense layer with 1,024 neurons take on it, at its full size? Your
# `largest_side` knows which picture would fit into one gigabyte.
#
# ## An open task
#
# With 320 pictures the features by hand are ahead: 82 % against the network's 78 %, means of three runs on 1,600
# held-out letters. Can you make a *network* that beats 82 % with the same 320 pictures, `some(FEW, run)`? You may turn
# and shift them (section 6 says why that teaches something), train longer, drop neurons out, or give it the histograms
# as well: there is more than one way, and labs 10 and 11 show two of them.
#
# ## To read on
#
# - N. Dalal, B. Triggs: [Histograms of oriented gradients for human
#   detection](https://inria.hal.science/inria-00548512), CVPR 2005.
# - Y. LeCun, L. Bottou, Y. Bengio, P. Haffner: [Gradient-based learning applied to document
#   recognition](https://doi.org/10.1109/5.726791), 1998.
# - O. Russakovsky and others: [ImageNet Large Scale Visual Recognition Challenge](https://arxiv.org/abs/1409.0575),
#   2015: the contest, its winners, and the person who tried.
# - A. Zhang and others: [From fully connected layers to
#   convolutions](https://d2l.ai/chapter_convolutional-neural-networks/why-conv.html), in *Dive into Deep Learning*.
# - Keras: [the Sequential model](https://keras.io/guides/sequential_model/), [the Functional
#   API](https://keras.io/guides/functional_api/) and
#   [subclassing](https://keras.io/guides/making_new_layers_and_models_via_subclassing/).
# - [CS231n: Convolutional networks](https://cs231n.github.io/convolutional-networks/), Stanford's course notes.

# %% [markdown]
# <!-- For those who have the slides -->

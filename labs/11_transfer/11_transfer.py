# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
#   ccv:
#     minutes: 90
#     needs: "two CPU cores, no network"
#     about: "a network that somebody else trained: new head, freezing, BatchNorm's trap, fine-tuning, Grad-CAM"
# ---

# %% [markdown]
# # Transfer learning: begin with what others have learnt
#
# You have sixteen classes, and **five** pictures of each. A network has 270,000 numbers to learn. That cannot work, can
# it? It cannot, if the numbers begin at random. But the first layers of nearly every network that looks at pictures end
# up doing nearly the same: edges, colours, corners, textures. Somebody has paid for these already, with weeks of
# training, and has put the result on the net. So take such a network, throw away its classifier, put a new one on top,
# and train **only the new classifier** (the network works as a *feature extractor*), or **everything**, a little and
# carefully (*fine-tuning*). It sounds like three lines of Keras. It is, and there are at least six ways to get them wrong
# without any error message. Here you meet those traps alive, and you measure what each step is worth: on letters, where
# borrowing wins by far, and on photographs of blood cells, where it buys little, and three numbers put it to shame.

# %%
import ccv

lab = ccv.lab("11_transfer")

# %%
import functools
import math

import keras
import numpy as np
from keras import layers
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import NearestCentroid
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from ccv import data, plots, transfer
from ccv.models import card, stage_outputs
from ccv.plots.style import BLUE, GREEN, ORANGE, RED, described, new_figure, tidy
from ccv.transfer import explain

keras.utils.set_random_seed(lab.seed)

# %% jupyter={"source_hidden": true}
plots.volumes(
    [
        ((32, 32, 3), "a letter", "input"),
        ((32, 32, 16), "stage 0", "block"),
        ((16, 16, 32), "stage 1", "block"),
        ((8, 8, 64), "stage 2", "block"),
        ((64,), "mean of each map", "pooling"),
        ((16,), "new head", "dense"),
    ],
    title="Three borrowed stages (hatched), and a new head for sixteen letters",
)

# %% [markdown]
# **You will be able to** give a borrowed network the pixels that it expects; use it as a feature extractor, with a
# classifier that costs milliseconds; put a head on it, freeze and unfreeze it, and prove what stood still; choose rates
# for each layer and over time; judge from measurements over several seeds whether borrowing pays; and ask a network what
# it looked at, and whether that is true.
#
# **You should know** how a Keras model is built and trained (lab 03), and what batch normalisation does.
#
# **Time**: about 90 minutes, of which the trainings take two.


# %% jupyter={"source_hidden": true}
def percent(values):
    """Mean and spread (standard deviation) of accuracies over the runs."""
    return f"{100 * np.mean(values):5.1f} ± {100 * np.std(values, ddof=1):4.1f} %"


# %% [markdown]
# ## 1. What is transferred, and to what
#
# The net that everybody shares has learnt ImageNet: 1.2 million photographs. Its weights are a download of 14 to 550
# MB, and this lab runs without a network. So `ccv` carries a small net of its own: a **ResNet-20** (half a megabyte),
# which has learnt to tell 120 classes of *drawings* apart: ten textures in twelve shapes, "stripes star" or "dots
# cross". It has never seen a photograph, nor a letter.
#
# Your task is another one: **sixteen Greek letters**, from twelve fonts, on stained paper.

# %%
texture_names, letters = data.class_names("textures"), data.class_names("glyphs")
textures, kinds = data.arrays("textures", "test", count=120)
test_images, test_labels = data.arrays("glyphs", "test", count=320 if lab.quick else 1600)
plots.image_grid(
    textures[:16], titles=[texture_names[k] for k in kinds[:16]], columns=8, title="What the net has learnt"
)

# %%
shown = [int(np.flatnonzero(test_labels == k)[n]) for n in (0, 1) for k in range(16)]
plots.image_grid(
    test_images[shown], titles=[letters[test_labels[i]] for i in shown], columns=8, title="What it shall learn now"
)

# %% [markdown]
# **Guess before you go on**, and write it down. With five pictures of each letter, how many of the letters that it has
# never seen will be right (a blind guess is 6 %)
#
# 1. if the whole network is trained from random numbers?
# 2. if the texture net stays as it is, and only a new classifier is trained on top?
# 3. if the whole texture net is fine-tuned?
#
# ## 2. The pixels that it expects
#
# The first trap is at the door. Weights were learnt on pixels of a certain kind, and fit no other:
#
# | convention | who expects it | what it does with RGB pixels from 0 to 255 |
# |---|---|---|
# | `"raw"` | EfficientNet, MobileNetV3, ConvNeXt: they rescale inside | nothing |
# | `"signed"` | MobileNet (V1, V2), Inception, Xception, ResNetV2 | from −1 to 1 |
# | `"caffe"` | VGG, ResNet50 (V1) | turned to **BGR**, then ImageNet's mean subtracted; no division |
# | `"torch"` | DenseNet, everything from torchvision | from 0 to 1, then less the mean, over the deviation |
#
# Nothing complains if you take the wrong one: the shapes fit. It may be the most common mistake of all.
#
# **Exercise.** All four, by hand (the `preprocess_input` of Keras earns nothing here). Mind whose mean is whose: the
# order in the names below is meant.

# %%
CAFFE_MEAN_BGR = np.array([103.939, 116.779, 123.68])
TORCH_MEAN_RGB = np.array([0.485, 0.456, 0.406])
TORCH_DEVIATION_RGB = np.array([0.229, 0.224, 0.225])


# %%
def preprocess(images, convention):
    """Return images (..., 3), RGB from 0 to 255, as floats of a convention: "raw", "signed", "caffe" or "torch"."""
    ### BEGIN SOLUTION
    images = np.asarray(images, dtype=float)
    if convention == "signed":
        return images / 127.5 - 1
    if convention == "caffe":
        return images[..., ::-1] - CAFFE_MEAN_BGR
    if convention == "torch":
        return (images / 255 - TORCH_MEAN_RGB) / TORCH_DEVIATION_RGB
    return images
    ### END SOLUTION


# %% [markdown] hints="preprocess"
# 1. Take one pixel, (255, 0, 127.5), and follow it through the four rows of the table by hand. Which convention
#    leaves it as it is? For which do the colours change places?
# 2. A branch for each of the four. The means and deviations are given above, as arrays of three numbers, and are
#    spread over the last axis by themselves.
# 3. For "signed" 0 must become -1 and 255 must become 1. For "caffe" reverse the last axis *before* the mean goes
#    off, since the names say that the mean is in the order BGR, and divide by nothing. For "torch" divide by 255
#    first: its mean is one of numbers from 0 to 1. Whole numbers would overflow, so begin with floats.
#
# The idea: Turn to floats; then nothing, a stretch to the range from -1 to 1, reversed colours less their mean, or
# the range from 0 to 1 less the mean and over the deviation.

# %%
ccv.check("preprocess")

# %% [markdown]
# What does it cost to get it wrong? You will see in a moment, in numbers. Our ResNet-20 expects the CIFAR convention,
# that of `"torch"` with another mean and deviation. The best place for such a layer is **inside the model**, so that
# nobody can forget it; `transfer.with_head` puts it there.

# %%
print(card("resnet20").rescale)

# %% [markdown]
# ## 3. Features, and the cheapest classifier of all
#
# Without its classifier, a network ends in a stack of maps: here 64 maps of 8x8. Average each, and a picture has
# become 64 numbers, its **features**. The net is frozen, so they never change: *compute them once and keep them*.
# Whatever you train on top afterwards costs milliseconds.
#
# Do we have to train at all? Take the mean of the features of each class, its **centroid**. A new picture belongs to
# whichever centroid is nearest. That is a classifier with no rate, no epochs, no loss.
#
# **Exercise.** In NumPy. Distances are Euclidean; the labels may be any whole numbers, and the classes need not have
# equally many examples.


# %%
def nearest_centroid(features, labels, queries):
    """Return the label (queries,) of the class whose mean of `features` (examples, channels) is nearest to each of
    `queries` (queries, channels); `labels` (examples,) are whole numbers."""
    ### BEGIN SOLUTION
    classes = np.unique(labels)
    centroids = np.stack([features[labels == k].mean(axis=0) for k in classes])
    distances = np.linalg.norm(queries[:, None] - centroids[None], axis=-1)
    return classes[distances.argmin(axis=1)]
    ### END SOLUTION


# %% [markdown] hints="nearest_centroid"
# 1. Draw four points on paper, two of class 3 and two of class 7, and a fifth that is asked. Where are the two
#    centroids? Which is nearer, and what is the answer: 0 and 1, or 3 and 7?
# 2. Three steps: find out which labels occur; average the features of each; measure the distance from every query
#    to every centroid and take the smallest. To measure all with all, give the queries an axis of length one, so
#    that they are spread over the centroids.
# 3. The smallest distance gives you the *place* of a class in your list, not its label: translate it back. The
#    labels may be any whole numbers, with gaps. And a mean is over the examples, so that the channels stay.
#
# The idea: Average the features of each class that occurs, and give each query the label of the average that is
# closest to it.

# %%
ccv.check("nearest_centroid")

# %% [markdown]
# Now the experiment. Five times five letters of each class are drawn, and the nearest centroid answers for the test
# letters. Between them and the centroids stands, in turn: nothing (plain pixels), a ResNet-20 of random weights, and
# the texture net; the last one also with the *wrong* pixels, from 0 to 1 and from 0 to 255.

# %%
runs, sizes = 5, ((5, 20) if lab.quick else (5, 10, 20))


@functools.cache
def letters_to_learn(per_class, run):
    """So many letters of each class: images and labels. Each run draws its own."""
    return data.arrays("glyphs", count=16 * per_class, seed=1000 * lab.seed + 100 + run)


def extractor(net):
    """A network from pixels to the mean of each map at the end of each stage: {stage: (pictures, maps)}."""
    pooled = {name: layers.GlobalAveragePooling2D()(tensor) for name, tensor in stage_outputs(net).items()}
    model = keras.Model(net.input, pooled)
    model.compile(jit_compile=False)  # a pass or two do not pay for a compiler
    return model


def accuracy(classifier, features, labels, asked):
    """Fit a classifier of scikit-learn; how many of the test letters, whose features are `asked`, are right?"""
    return classifier.fit(features, labels).score(asked, test_labels)


# %%
keras.utils.set_random_seed(lab.seed)
untrained, texture_net = transfer.backbone("resnet20"), transfer.backbone("resnet20", weights="ccv")
few = [letters_to_learn(5, run) for run in range(runs)]
pictures = np.concatenate([test_images, *(images for images, _ in few)])


def by_run(table):
    """Cut a table of features into those of the test letters and those of each run."""
    return table[: len(test_images)], np.split(table[len(test_images) :], runs)


def last_stage(net, preprocessing=True):
    """Features of all these pictures at the last stage."""
    net = transfer.with_head(net, 16, preprocessing=preprocessing)
    return extractor(net).predict(pictures, batch_size=80, verbose=0)["stage2"]


# %%
texture_features = extractor(transfer.with_head(texture_net, 16))
by_stage = {
    stage: by_run(table) for stage, table in texture_features.predict(pictures, batch_size=80, verbose=0).items()
}
tables = {
    "pixels themselves": by_run(pictures.reshape(len(pictures), -1) / 255),
    "random net": by_run(last_stage(untrained)),
    "texture net, pixels 0 to 255": by_run(last_stage(texture_net, preprocessing=False)),
    "texture net, pixels 0 to 1": by_run(last_stage(texture_net, preprocessing=layers.Rescaling(1 / 255))),
    "texture net, its own pixels": by_stage["stage2"],
}
centroids = {
    name: [accuracy(NearestCentroid(), table, few[run][1], asked) for run, table in enumerate(known)]
    for name, (asked, known) in tables.items()
}
for name, values in centroids.items():
    print(f"{name:30} {percent(values)}")


# %%
plots.dots(
    centroids,
    "letters never seen that are right",
    low=0,
    chance=1 / 16,
    title="Nearest centroid, five examples a class: five runs each",
)

# %% [markdown]
# Read it from below. A net that has never seen a letter, and not one step of training: nearly half of the letters are
# right. The *same* net on pixels from 0 to 1 loses more than ten points, and on raw pixels hardly anything is left of
# it: it does worse there than **no net at all**. And no error message anywhere.
#
# The random net is as good as a blind guess. So the architecture alone is not what helps; what it has learnt is.
#
# What are "features" good for? Ask for the pictures that lie nearest to a letter, by the angle between their features.
# A green frame is the same letter, an orange one another; above each stands which it is:

# %%
queries = [int(np.flatnonzero(test_labels == k)[0]) for k in (0, 6, 9, 10, 14)]
known = by_stage["stage2"][0]
found = explain.neighbours(known, known[queries], k=7)
plots.nearest_images(
    test_images[queries],
    test_images,
    found.indices[:, 1:],
    query_labels=[letters[test_labels[i]] for i in queries],
    labels=[letters[k] for k in test_labels],
    title="The six nearest of each letter: other fonts, other paper",
)

# %% [markdown]
# Colour and paper play no role any more: to know textures, the net had to learn to ignore them. What it confuses is
# what looks alike: similar strokes.
#
# ## 4. A new head
#
# Now the classifier that everybody uses: average each map, drop some of the features at random while training, one
# dense layer with a softmax. In Keras a network can be called like a layer:
#
# ```
# inputs = keras.Input(...)
# x = base(inputs, training=False)
# ...
# model = keras.Model(inputs, outputs)
# ```
#
# **Exercise.** Put a new head on a base, and freeze the base (`base.trainable = False`) so that only the head learns.
# The base gives maps; the images have the shape that it takes, `base.input_shape[1:]`.


# %%
def add_head(base, classes, dropout=0.2):
    """Return a model: images -> `base`, frozen -> global average pooling -> dropout -> probabilities (batch, classes)."""
    ### BEGIN SOLUTION
    base.trainable = False
    inputs = keras.Input(base.input_shape[1:])
    x = base(inputs, training=False)
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dropout(dropout)(x)
    outputs = layers.Dense(classes, activation="softmax")(x)
    return keras.Model(inputs, outputs)
    ### END SOLUTION


# %% [markdown] hints="add_head"
# 1. The docstring is a chain with three arrows. Write each link as a line of Keras. Which link has weights to
#    learn, and which have none?
# 2. Freeze the base first. Then an input, the base called on it like a layer, the pooling that averages whole maps,
#    dropout, and a dense layer with as many units as there are classes.
# 3. When the base is called, say that it is not in training, so that batch normalisation keeps its statistics. The
#    input shape of the base has the batch in front, which is left away. The last layer needs the activation that
#    gives probabilities, and the rate of the dropout is an argument.
#
# The idea: A frozen base in inference mode, its maps averaged to one number each, dropout, and one dense layer with
# a softmax.

# %%
ccv.check("add_head")

# %% [markdown]
# How much is left to learn? Count it, before Keras does. We write a network down from the pixels upwards, a tuple a
# layer:
#
# - `("conv", kernel, channels, filters)`: no bias, as always in front of a batch normalisation;
# - `("bn", channels)`: four numbers a channel. Two of them, $\gamma$ and $\beta$, are learnt. The other two, mean and
#   variance, are *statistics*: no gradient ever reaches them. They follow the batches as these pass by;
# - `("dense", inputs, units)`: with biases.
#
# **Exercise.** How many numbers are trained, and how many are not, if the lowest `frozen` layers are frozen? (Keras
# counts statistics among the latter, frozen or not.)

# %%
RESNET20 = [("conv", 3, 3, 16), ("bn", 16)]
for filters, channels in [(16, 16), (32, 16), (64, 32)]:
    for below in (channels, *[filters] * 5):
        RESNET20 += [("conv", 3, below, filters), ("bn", filters)]
RESNET20.append(("dense", 64, 16))
print(f"{len(RESNET20)} layers that hold numbers: {RESNET20[:3]} ... {RESNET20[-1]}")


# %%
def count_parameters(layers, frozen=0):
    """Return (trained, not trained): the parameters of a network whose lowest `frozen` layers are frozen."""
    ### BEGIN SOLUTION
    trained = still = 0
    for number, (kind, *sizes) in enumerate(layers):
        if kind == "conv":
            kernel, channels, filters = sizes
            learnt, statistics = kernel * kernel * channels * filters, 0
        elif kind == "bn":
            learnt, statistics = 2 * sizes[0], 2 * sizes[0]
        else:
            inputs, units = sizes
            learnt, statistics = (inputs + 1) * units, 0
        trained += learnt if number >= frozen else 0
        still += statistics + (learnt if number < frozen else 0)
    return trained, still
    ### END SOLUTION


# %% [markdown] hints="count_parameters"
# 1. Write the first three entries of the list on paper, with two columns beside: how many numbers are learnt, how
#    many are not. Do it once with nothing frozen, once with the first entry frozen.
# 2. For each layer there are two counts: what it can learn, and its statistics, which only batch normalisation has.
#    Walk through the list with a counter, since its number says whether a layer is frozen.
# 3. Statistics are never trained, frozen or not. What can be learnt goes to one side or to the other. A convolution
#    has no bias here, a dense layer has; and of a batch normalisation's four numbers a channel, two can be learnt.
#
# The idea: Count for each layer what it can learn, and put that under trained if the layer is above the line, else
# under not trained; a normalisation's mean and variance are always under not trained.

# %%
ccv.check("count_parameters")

# %% [markdown]
# Keras agrees: 1,040 numbers for the head, and 270,448 that stand still.

# %%
letter_net = transfer.freeze(transfer.with_head(texture_net, 16))
learnt = sum(math.prod(weight.shape) for weight in letter_net.trainable_weights)
print(f"{learnt:,} of {letter_net.count_params():,} numbers are trained: {learnt / letter_net.count_params():.2%}")

# %% [markdown]
# ## 5. What stands still, and what only seems to
#
# Between "only the head" and "everything" there are steps. The lower stages hold edges and textures, which serve any
# picture; the upper ones hold what the *old* task was about. So freeze from the pixels up to some stage, by the
# **name** of its last layer (a number such as `layers[56]` means something else in the next version of the library),
# and let the rest learn.
#
# Two things to know before you write it:
#
# - `model.trainable` is a flag of its own, above those of the layers. As long as it is False, *nothing* inside
#   trains, whatever the layers say. Changing it also changes the flag of every layer inside. So: first the model,
#   then the layers.
# - **Batch normalisation stays frozen**, even above the line. The next section shows why.
#
# **Exercise.** The model is flat: `model.layers` are all its layers, from the pixels upwards. It may come to you in any
# state, say with everything frozen.


# %%
def freeze_until(model, name):
    """Freeze every layer up to and including the one called `name`, and every BatchNormalization; let all others train.
    Return the model."""
    ### BEGIN SOLUTION
    model.trainable = True
    below = True
    for layer in model.layers:
        layer.trainable = not below and not isinstance(layer, keras.layers.BatchNormalization)
        below = below and layer.name != name
    return model
    ### END SOLUTION


# %% [markdown] hints="freeze_until"
# 1. Take five layers a, b, c, d, e, of which d is a batch normalisation, and the name is b. Which ones may train at
#    the end? Then: everything was frozen when the model came. What has to be undone first?
# 2. First the flag of the model, then the flags of the layers, from below to above. Carry along whether you are
#    still at or below the line.
# 3. The named layer itself is frozen too, so change your mind about the line only *after* you have set its flag. A
#    batch normalisation stays frozen above the line as well. If you set the model's flag last, it overwrites all
#    that you did.
#
# The idea: Wake the whole model; then let only those layers train that come after the named one and are no batch
# normalisation; return the model.

# %%
ccv.check("freeze_until")

# %% [markdown]
# ### Did anything move?
#
# "Frozen" is a claim, and claims are checked: copy all weights before the training, compare afterwards. *Anything* that
# differs has moved, be it by the last bit of one number.
#
# **Exercise.** Which ones moved?


# %%
def moved(before, after):
    """Return the names, in the order of `before`, whose arrays are not exactly the same in `after`; both are
    {name: array}."""
    ### BEGIN SOLUTION
    return [name for name, old in before.items() if (np.asarray(old) != np.asarray(after[name])).any()]
    ### END SOLUTION


# %% [markdown] hints="moved"
# 1. Two small dictionaries, two arrays each, one of them with a single number that differs in its last digit: what
#    should your function return?
# 2. Go over the names of the first, fetch the array of the same name from the second, and compare number by number.
#    One difference anywhere is enough.
# 3. Exactly the same is asked for: a function that calls two numbers equal when they are close lets the smallest
#    step of training pass. And comparing two arrays gives an array, which still has to become one yes or no.
#
# The idea: Collect the names for which any number of the one array is not equal to its number in the other.

# %%
ccv.check("moved")

# %% [markdown]
# ### Four traps, alive
#
# `training=False` in `base(inputs, training=False)` is meant to keep batch normalisation in inference mode: use the
# statistics, do not touch them. Keras's own guide says that it does so even after the base
# has been unfrozen for fine-tuning. **Does it?** Five steps with the eighty letters:

# %%
few_images, few_labels = few[0]


def numbers_of(base):
    """A copy of all weights of the base by their names."""
    return {weight.path: keras.ops.convert_to_numpy(weight).copy() for weight in base.weights}


def say_what_moved(before, base):
    """How many kernels and how many statistics differ from `before`."""
    after = numbers_of(base)
    for what, part in {"kernels": "kernel", "statistics": "moving_"}.items():
        names = [name for name in before if name.rsplit("/", 1)[-1].startswith(part)]
        differ = [name for name in names if (before[name] != after[name]).any()]
        most = max((float(np.abs(before[name] - after[name]).max()) for name in differ), default=0.0)
        print(f"  {what:10} {len(differ):2} of {len(names)} moved, by up to {most:.2g}")


# %%
def as_in_the_guide():
    """The base as one layer of a new model, called with training=False; return (base, model)."""
    base = transfer.backbone("resnet20", weights="ccv")
    inputs = keras.Input((32, 32, 3))
    maps = base(transfer.preprocessing_for(base)(inputs), training=False)
    outputs = layers.Dense(16, activation="softmax")(layers.GlobalAveragePooling2D()(maps))
    return base, keras.Model(inputs, outputs)


def five_steps(model, optimizer=None, compile=True):
    """Train one epoch: five batches of sixteen letters."""
    if compile:
        model.compile(optimizer or keras.optimizers.Adam(1e-3), "sparse_categorical_crossentropy", jit_compile=False)
    model.fit(few_images, few_labels, batch_size=16, epochs=1, verbose=0)


base, model = as_in_the_guide()
before = numbers_of(base)
five_steps(model)
print("training=False, base unfrozen:")
say_what_moved(before, base)

# %% [markdown]
# **Trap 1.** In Keras 3 the statistics move all the same: `fit` says `training=True` to everything inside that is not
# frozen. In five steps, by a lot. What does hold them is the flag:

# %%
base, model = as_in_the_guide()
for layer in base.layers:
    if isinstance(layer, layers.BatchNormalization):
        layer.trainable = False
before = numbers_of(base)
five_steps(model)
print("every BatchNormalization has trainable = False:")
say_what_moved(before, base)

# %% [markdown]
# The kernels learn, the statistics stand. (A *frozen* batch normalisation is a special case in Keras: it also runs in
# inference mode. That is why it needs no more than the flag.)
#
# **Traps 2 and 3.** First train the head, as one should, then unfreeze the base, and go on:

# %%
base, model = as_in_the_guide()
base.trainable = False
adam = keras.optimizers.Adam(1e-3)
five_steps(model, adam)

base.trainable = True
before = numbers_of(base)
five_steps(model, compile=False)
print("unfrozen, but not compiled again:")
say_what_moved(before, base)

print("compiled again, with the same Adam:")
try:
    five_steps(model, adam)
except ValueError as error:
    print(" ", str(error).split(". ")[0])

# %% [markdown]
# Without a new `compile`, the training goes on as it was compiled: the base stands, the bill is paid, and no word is
# said. (On JAX an error is raised.) With the old optimizer there is at least a message: it has no memory for the new
# variables. So after every change of a flag: **compile again, with a new optimizer**.
#
# **Trap 4** is the model's own flag, which you met above. Freeze a model, then open ten of its layers:

# %%
flat = transfer.with_head(texture_net, 16)
flat.trainable = False
for layer in flat.layers[-10:]:
    layer.trainable = True
print(f"the model frozen, ten of its layers opened: {len(flat.trainable_weights):2} arrays train")
flat.trainable = True
for layer in flat.layers[:-10]:
    layer.trainable = False
print(f"the model open, all but ten layers frozen:  {len(flat.trainable_weights):2} arrays train")

# %% [markdown]
# `transfer.freeze` and `transfer.unfreeze` know these traps, and `transfer.assert_frozen` is your `moved`, as an
# assertion: it compares every bit before and after.
#
# ## 6. How fast?
#
# The head is random and has to run. The layers below are nearly right, and too large a step destroys in a minute what
# took others weeks. So each part gets a rate of its own: the head the full one, each stage below it a fixed fraction
# of the one above. (Howard and Ruder, 2018: *discriminative* rates.)
#
# **Exercise.** From the pixels upwards.


# %%
def learning_rates(stages, rate, decay):
    """Return the rate of each of `stages` parts, from the pixels upwards: the last, the head, learns at `rate`, each
    part below at `decay` times the rate of the one above it."""
    ### BEGIN SOLUTION
    return [rate * decay ** (stages - 1 - stage) for stage in range(stages)]
    ### END SOLUTION


# %% [markdown] hints="learning_rates"
# 1. Three stages, a rate of 1 and a decay of a half: write down the three rates, in the order from the pixels to
#    the head.
# 2. Each part has the rate of the one above times the decay. Begin at the head, or count for each part how many
#    there are above it: as often the decay is multiplied.
# 3. The head is the *last* of the list and has the full rate. So the exponent is zero at the end of the list, and
#    largest at its beginning. With one stage there is the head alone.
#
# The idea: The rate of a part is the full rate, multiplied by the decay once for each part that lies above it.

# %%
ccv.check("learning_rates")

# %% [markdown]
# And over time? In the first steps the head knows nothing, its gradients are wild, and all of that arrives in the
# base. So the rate **warms up** from 0 to its peak along a straight line. Then it falls to 0 along half a cosine
# wave, so that the end is careful. With $w$ steps of warm-up out of $T$, at step $t$:
#
# $$ \text{rate}(t) = \begin{cases} p \cdot t / w & t < w \\ \tfrac{p}{2}\left(1 + \cos\left(\pi\,\dfrac{t - w}{T - w}\right)\right)
# & w \le t \le T \\ 0 & t > T \end{cases} $$
#
# **Exercise.** There may be no warm-up at all, $w = 0$.


# %%
def warm_cosine(step, steps, warmup, peak):
    """Return the rate at `step` (from 0) of `steps`: up to `peak` in `warmup` steps, then to 0 along a cosine."""
    ### BEGIN SOLUTION
    if step < warmup:
        return peak * step / warmup
    if step > steps:
        return 0.0
    return peak / 2 * (1 + math.cos(math.pi * (step - warmup) / (steps - warmup)))
    ### END SOLUTION


# %% [markdown] hints="warm_cosine"
# 1. Ten steps, four of them warm-up, a peak of 1. What is the rate at steps 0, 2, 4, 7 and 10? And at 12? Draw the
#    curve.
# 2. The formula has three cases; each is a branch, and each can return at once. In the middle case, how far have we
#    come from the end of the warm-up to the last step, as a share from 0 to 1?
# 3. With no warm-up the first case must never be reached, as it would divide by zero: no step is smaller than zero,
#    so ask in the right order. At the step where the warm-up ends the rate is already the peak. And beyond the last
#    step a cosine would rise again.
#
# The idea: Before the end of the warm-up a straight line from 0 to the peak; from there half a cosine wave from the
# peak down to 0; after the last step 0.

# %%
ccv.check("warm_cosine")

# %% [markdown]
# Both together, in a training of a hundred steps: ten of them to warm up, a peak of 0.01, and each stage at half the
# rate of the one above.

# %% jupyter={"source_hidden": true}
schedule = keras.optimizers.schedules.CosineDecay(0.0, 90, warmup_target=1e-2, warmup_steps=10)
rates = [float(schedule(step)) for step in range(101)]
figure = new_figure(9, 3.6, "Who learns how fast, and when")
axes = tidy(figure.add_subplot(), xlabel="step", ylabel="learning rate")
looks = {"head": (RED, "-"), "stage 2": (ORANGE, "--"), "stage 1": (GREEN, "-."), "stage 0, at the pixels": (BLUE, ":")}
for below, (part, (color, style)) in enumerate(looks.items()):
    axes.plot(range(101), [rate * 0.5**below for rate in rates], color=color, ls=style, label=part)
axes.legend()
described(
    figure,
    "Four curves over a hundred steps, each half as high as the one above: a straight rise for ten steps to the peak, 0.01 "
    "for the head, then half a cosine wave down to zero.",
)

# %% [markdown]
# ## 7. The race
#
# Your guesses of section 1 are due. Three contestants, from 5 to 20 examples a class:
#
# - **from scratch**: all weights random, everything learns, at one rate for all layers;
# - **features**: the texture net frozen, a new head. On features that stand still, a dense layer with softmax and
#   cross-entropy is known by an older name: logistic regression. Scikit-learn finds its best weights in milliseconds,
#   with no rate to choose;
# - **fine-tuned**: begins with that head; then everything learns, with the rates of section 6, and batch normalisation
#   frozen.
#
# Scratch and fine-tuning take equally many steps with equally many letters. Each run has other letters and other
# random weights, and the same in each method. Five runs of each say how much is chance.

# %%
# Scratch has the best of several rates, by the test letters at five a class, which favours it; in more steps it bears a
# higher one.
from_scratch = {"weights": None, "decay": 1.0, "batch_norm": True, "rate": 1e-2 if lab.quick else 3e-2}
fine_tuned = {"weights": "ccv", "decay": 0.5, "batch_norm": False, "rate": 1e-2}
BATCH = 16
# In full, as many steps as data/weights/README.md reports: 40, 30 and 20 epochs.
STEPS = dict.fromkeys(sizes, 80) if lab.quick else {5: 200, 10: 300, 20: 400}


# %%
@functools.cache
def compiled(weights, decay, batch_norm, rate, steps, momentum=0.9, classes=16):
    """A ResNet-20, compiled to learn everything in so many steps, and all its numbers at the start."""
    net = transfer.with_head(transfer.backbone("resnet20", weights=weights), classes)
    transfer.unfreeze(net, batch_norm=batch_norm)
    for layer in net.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.momentum = momentum
    peak = keras.optimizers.schedules.CosineDecay(
        0.0, steps - steps // 10, warmup_target=rate, warmup_steps=steps // 10
    )
    adam = transfer.LayerwiseAdam(peak, transfer.layerwise_rates(net, decay))
    net.compile(adam, "sparse_categorical_crossentropy", jit_compile=not lab.quick, steps_per_execution=steps)
    adam.build(net.trainable_variables)
    return net, [keras.ops.convert_to_numpy(variable).copy() for variable in [*net.variables, *adam.variables]]


@functools.cache
def random_weights(run, classes):
    """The beginning of one run from scratch."""
    keras.utils.set_random_seed(1000 * lab.seed + run)
    return transfer.with_head(transfer.backbone("resnet20"), classes).get_weights()


# %%
def race(lesson, test, head, run, method, steps):
    """Train once from the beginning, on images and labels; return how many of the test images are right."""
    classes = len(head.classes_)
    net, beginning = compiled(**method, steps=steps, classes=classes)
    # The same compiled network again, everything set back: compiling costs more than training does.
    for variable, value in zip([*net.variables, *net.optimizer.variables], beginning, strict=True):
        variable.assign(value)
    if method["weights"] is None:
        net.set_weights(random_weights(run, classes))
    else:
        net.get_layer("head").set_weights([head.coef_.T, head.intercept_])
    images, labels = lesson
    # All epochs in one pass, shuffled here: with pictures so small, what Keras does between steps takes a third longer.
    shuffle = np.random.default_rng(1000 * lab.seed + run).permutation
    epochs = -(-steps * BATCH // len(images))
    order = np.concatenate([shuffle(len(images)) for _ in range(epochs)])[: steps * BATCH]
    net.fit(images[order], labels[order], batch_size=BATCH, shuffle=False, verbose=0)
    return float(np.mean(guesses(net, test[0]) == test[1]))


def guesses(net, images):
    """The most probable class of each picture."""
    # One batch a call: where `steps_per_execution` is more, `predict` would build a graph for each number of batches.
    batches = [images[start : start + 160] for start in range(0, len(images), 160)]
    return np.concatenate([net.predict_on_batch(batch) for batch in batches]).argmax(axis=-1)


# %%
def features_of(images):
    """The 64 numbers of each picture at the end of the frozen texture net."""
    return texture_features.predict(images, batch_size=80, verbose=0)["stage2"]


@functools.cache
def new_head(per_class, run):
    """Logistic regression on the features of the frozen texture net."""
    images, labels = letters_to_learn(per_class, run)
    return LogisticRegression(max_iter=1000).fit(features_of(images), labels)


def letter_race(per_class, run, method):
    """One race with letters."""
    lesson, head = letters_to_learn(per_class, run), new_head(per_class, run)
    return race(lesson, (test_images, test_labels), head, run, method, STEPS[per_class])


# %%
results = {"from scratch": {}, "features": {}, "fine-tuned": {}}
for size in sizes:
    asked = by_stage["stage2"][0]
    results["features"][size] = [new_head(size, run).score(asked, test_labels) for run in range(runs)]
    for name, method in {"from scratch": from_scratch, "fine-tuned": fine_tuned}.items():
        results[name][size] = [letter_race(size, run, method) for run in range(runs)]
    for name, by_size in results.items():
        print(f"{size:2} a class, {name:13} {percent(by_size[size])}")


# %% jupyter={"source_hidden": true}
def learning_to_see(results, sizes, title, ylabel, chance):
    """The means of each contestant over the examples of each class, and a mark for each run."""
    figure = new_figure(9, 4.2, title)
    axes = tidy(figure.add_subplot(), xlabel="examples of each class", ylabel=ylabel)
    places = np.arange(len(sizes))
    for (name, by_size), color, marker in zip(results.items(), (ORANGE, GREEN, BLUE, "0.4"), "^soD", strict=False):
        axes.plot(places, [np.mean(by_size[size]) for size in sizes], color=color, marker=marker, label=name)
        for place, size in enumerate(sizes):
            axes.plot([place] * len(by_size[size]), by_size[size], marker, color=color, ms=8, alpha=0.6)
    axes.axhline(chance, color="0.5", ls=":")
    axes.set_xticks(places, sizes)
    axes.set_ylim(0, 1.15)
    axes.yaxis.set_major_formatter("{x:.0%}")
    axes.legend(loc="upper left", ncols=4)
    said = "; ".join(
        f"{name}: " + ", ".join(f"{np.mean(by_size[n]):.0%} at {n}" for n in sizes) for name, by_size in results.items()
    )
    return described(figure, f"{title}, means over the runs by examples of each class. {said}. Chance is {chance:.0%}.")


learning_to_see(
    results, sizes, "What a borrowed beginning is worth", "letters never seen that are right", chance=1 / 16
)

# %%
gain = np.mean(results["fine-tuned"][5]) - np.mean(results["from scratch"][5])
over_features = np.mean(results["fine-tuned"][5]) - np.mean(results["features"][5])
lab.record(gain_at_5=round(float(gain), 4), steps=STEPS[5], runs=runs)
for name, by_size in results.items():
    for size, values in by_size.items():
        key = f"{name.replace(' ', '_').replace('-', '_')}_{size}"
        lab.record(**{key: round(float(np.mean(values)), 4), f"{key}_spread": round(float(np.std(values, ddof=1)), 4)})
print(
    f"five a class, means of {runs} runs: fine-tuned less scratch {gain:+.1%}, fine-tuned less features {over_features:+.1%}"
)

# %% [markdown]
# Fine-tuning comes first everywhere, at the same price as training from scratch, and the distances are large: the line
# above has those with five a class. A head on frozen features comes in between. What did you guess?
#
# **Is it fair to scratch?** No: it had eighty steps, too few to make use even of more examples. For the table that
# comes with the weights it had more: 200, 300 and 400 steps for everybody, a learning rate for scratch chosen as the
# best of six *on the test letters* (which nobody else was allowed), five runs each, a blind guess being 6 %:
#
# | examples a class | from scratch | features, a new head | fine-tuned |
# |---|---|---|---|
# | 5 | 40.2 ± 10.6 % | 52.7 ± 1.5 % | 78.8 ± 2.6 % |
# | 10 | 76.0 ± 6.7 % | 61.0 ± 2.2 % | 91.1 ± 1.8 % |
# | 20 | 94.8 ± 2.1 % | 67.1 ± 0.9 % | 97.9 ± 0.4 % |
#
# Three things are to be read from it. The gain is largest where examples are **few**: 39 points at five, 3 at twenty.
# With time and examples enough, scratch catches up (He, Girshick and Dollár showed that on a large scale in 2019).
# And **frozen features have a ceiling**: from ten examples on, even scratch passes them, given its time. Textures are
# not letters, and a net that stands still cannot find that out.
#
# `CCV_SCALE=full` runs a race of this size, in six minutes on two cores. When we did, scratch, features and fine-tuning
# came to 42.4 ± 6.9, 53.8 ± 2.3 and 77.1 ± 4.4 % at five a class and to 76.8 ± 7.7, 65.2 ± 1.9 and 92.0 ± 1.2 % at
# ten. At twenty, one of the five runs from scratch never took off and stayed at a blind guess: 80.3 ± 35.9 % for the
# five, against 97.1 ± 0.4 % fine-tuned. A borrowed beginning is also a *reliable* one.
#
# ### And if batch normalisation is left open?
#
# One flag, `batch_norm=True`, everything else as in the winner: the statistics move with each batch of sixteen
# letters, as in trap 1. How much they move, the *momentum* says: with 0.9, ResNet-20's own, they forget the textures
# within some twenty steps, and in our runs that cost three points. With **0.99**, Keras's default, they end a short
# training half-way between the textures' and the letters', and the weights have been fitted to neither:

# %%
keras_default = fine_tuned | {"batch_norm": True, "momentum": 0.99}
bn_open = [letter_race(5, run, keras_default) for run in range(3)]
lab.record(fine_tuned_batch_norm_open_5=round(float(np.mean(bn_open)), 4))
print(f"batch normalisation frozen:              {percent(results['fine-tuned'][5])}  ({runs} runs)")
print(f"batch normalisation open, momentum 0.99: {percent(bn_open)}  ({len(bn_open)} runs)")

# %% [markdown]
# With Keras's default the trap is not a matter of taste: it costs more than many a clever idea gains.
#
# ## 8. A rule of thumb, and a measurement
#
# Many courses hand out a table with four boxes: are the examples **few** or **many**, is the new task **similar** to
# the old one or **different**? You can find out what it says by two principles alone:
#
# - the fewer examples, the fewer numbers you should train: they would be learnt by heart;
# - the more the tasks differ, the less the *late* layers are worth: they are about the old task.
#
# **Exercise.** Which of these goes into which box? Give a dictionary with a letter for each of `"few, similar"`,
# `"few, different"`, `"many, similar"` and `"many, different"`.
#
# - **A**: train the whole network, and if need be from random numbers;
# - **B**: everything frozen, a linear classifier on the *last* features;
# - **C**: everything frozen, a linear classifier on features of an *earlier* stage;
# - **D**: a new head first, then fine-tune the network from its weights, at small rates.

# %%
### BEGIN SOLUTION
rule_of_thumb = {
    "few, similar": "B",
    "few, different": "C",
    "many, similar": "D",
    "many, different": "A",
}
### END SOLUTION

# %% [markdown] hints="rule_of_thumb"
# 1. Take the first box: few examples, and a task similar to the old one. May you train many numbers? Are the late
#    layers worth something? Which letter does that leave?
# 2. Two questions decide for each box. Few examples: everything stays frozen, and only the place where you take the
#    features is open. Many examples: you can afford to train all of it, and only the beginning is open.
# 3. If the tasks differ, the late layers are about the old task: so with few examples one goes *down* to take the
#    features, and with many one relies on the old weights less. Each letter is needed once.
#
# The idea: Few examples mean frozen layers, many mean training; similar tasks mean the late features and the old
# weights are good, different ones mean an earlier stage, or a start from scratch.

# %%
ccv.check("rule_of_thumb")

# %% [markdown]
# Our letters are few and different from textures: the second box. So which stage's features are best? Stage 0 is
# nearest the pixels. **Guess first.**

# %%
print("a linear classifier, five examples a class, on the features of")
stage_accuracies = {}
for stage, (asked, known) in by_stage.items():
    stage_accuracies[stage] = [
        accuracy(make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)), table, few[run][1], asked)
        for run, table in enumerate(known)
    ]
    print(f"  {stage}, {asked.shape[1]:2} maps: {percent(stage_accuracies[stage])}")
plots.dots(
    stage_accuracies | {"fine-tuned": results["fine-tuned"][5]},
    "letters never seen that are right",
    low=0,
    chance=1 / 16,
    title="Which features are worth most? Five examples a class",
)

# %% [markdown]
# The rule says "earlier". The measurement says: the **last** stage, clearly, and fine-tuning everything is far better
# still, which the rule forbids in this box. Is the rule wrong? It was made for networks with a hundred million
# numbers, whose last layers knew 1000 kinds of things. Ours has a quarter of a million, and what it learnt at the end
# (strokes that cross, meet and fork) is of use for letters. Besides, averaging a map of stage 0 leaves nothing of
# *where* things were, and that is no fault of its filters.
#
# A rule of thumb tells you where to begin. Then measure; with features computed once, the first three rows cost a
# second.
#
# ## 9. What did it look at?
#
# A network that has five examples of each letter might have learnt the paper. **Grad-CAM** asks: which places of the
# last maps speak for the class? Take the class's logit and its gradient by every number of the maps, $g_{ijc}$. The
# mean of the gradient over a map says how much that map matters; the maps are added with these weights; and only what
# speaks *for* the class is kept:
#
# $$ w_c = \frac{1}{HW} \sum_{ij} g_{ijc} \qquad\qquad H_{ij} = \max\Big(0, \sum_c w_c\, A_{ijc}\Big) $$
#
# **Exercise.** In NumPy, from the maps and their gradients. Divide by the largest value, so that it becomes 1; where
# nothing speaks for the class, all is 0.


# %%
def grad_cam(maps, gradients):
    """Return the heat map (height, width), from 0 to 1, of maps (height, width, channels) and the gradients of the class
    by them, of the same shape."""
    ### BEGIN SOLUTION
    weights = gradients.mean(axis=(0, 1))
    heat = np.maximum((maps * weights).sum(axis=-1), 0)
    return heat / heat.max() if heat.max() > 0 else heat
    ### END SOLUTION


# %% [markdown] hints="grad_cam"
# 1. Take two maps of 2x2 pixels. The gradient is 1 everywhere on the first and -1 everywhere on the second. What
#    are the two weights? What is the sum of the weighted maps, and what of it is kept?
# 2. The formula in two lines: a weight for each channel, the mean of its gradient over all places; then the sum
#    over the channels of weight times map, with what is negative set to zero.
# 3. Mind the axes: the mean goes over height and width, the sum over the channels. The mean is of the gradients,
#    not of the maps. Where all is zero you must not divide: the heat stays zero.
#
# The idea: Weigh each map by the mean of its gradient, add them up, cut off what is negative, and divide by the
# largest value if there is one.

# %%
ccv.check("grad_cam")

# %% [markdown]
# Here is the last of the fine-tuned networks of the race (20 examples a class) at sixteen test letters. Above the
# letter and what it was taken for, below where the evidence for that class lies, in the maps of stage 1 (16x16).

# %%
letter_net = compiled(**fine_tuned, steps=STEPS[20])[0]
looked_at = np.array(shown[::2])
taken_for = guesses(letter_net, test_images[looked_at])
heat = explain.grad_cam(letter_net, test_images[looked_at], taken_for, at="stage1")
plots.heat_maps(
    test_images[looked_at],
    heat,
    titles=[f"{'✓' if k == test_labels[i] else '✗'} {letters[k]}" for i, k in zip(looked_at, taken_for, strict=True)],
    title="What spoke for the answer",
)

# %% [markdown]
# Mostly where strokes end, cross and bend, and in the space that they enclose. (A frame along the border comes from the
# padding: to a convolution, the end of the picture is an edge, too.)
#
# It looks convincing, and that proves nothing. **Does it tell the truth?** Then hiding the hottest quarter of each
# picture must hurt more than hiding the coldest one. Hidden pixels get the mean colour of the picture.

# %%
some = np.random.default_rng(lab.seed).permutation(len(test_images))[:160]
heat = explain.grad_cam(letter_net, test_images[some], guesses(letter_net, test_images[some]), at="stage1")
order = heat.reshape(len(some), -1).argsort(axis=1, kind="stable").argsort(axis=1).reshape(heat.shape)
quarter = heat[0].size // 4
masks = {"nothing": order < 0, "the coldest quarter": order < quarter, "the hottest quarter": order >= 3 * quarter}
for name, mask in masks.items():
    mean_colour = test_images[some].mean(axis=(1, 2), keepdims=True)
    hidden = np.where(mask[..., None], mean_colour, test_images[some])
    right = float(np.mean(guesses(letter_net, hidden) == test_labels[some]))
    lab.record(**{f"right_hiding_{name.replace(' ', '_')}": round(right, 4)})
    print(f"hidden: {name:20} {right:5.1%} of {len(some)} letters are right")

# %% [markdown]
# It does: what the map calls hot is what the network needs most. (Hiding anything hurts: a patch has edges of its own.)
#
# ## 10. Photographs, and a net that helps less
#
# Letters are strokes, and to tell textures a net learns strokes. What about photographs? Here are cells of human blood
# under a microscope, in three classes: red cells, white cells, and platelets, which close wounds. The same contestants,
# the same steps, the same five runs. And one more, who keeps everybody honest: **three numbers**, the mean of red, of
# green and of blue over the whole picture, and logistic regression. It sees no shape at all.


# %%
def photographs(channels):
    """Cells to learn from and cells to be asked about, out of other photographs, as the texture net takes them."""
    learn, *ask = (data.arrays("cells", part, channels=channels) for part in ("train", "val", "test"))
    images = np.concatenate([learn[0], *(pictures for pictures, _ in ask)]).astype("float32")
    small = keras.ops.convert_to_numpy(keras.ops.image.resize(images, (32, 32), antialias=True))
    rgb = np.rint(np.broadcast_to(small, (len(small), 32, 32, 3))).astype("uint8")  # grey becomes three equal channels
    count = len(learn[0])
    return (rgb[:count], learn[1]), (rgb[count:], np.concatenate([labels for _, labels in ask]))


blood = {"grey": photographs(1), "colour": photographs(3)}
cell_features = {light: [features_of(images) for images, _ in pair] for light, pair in blood.items()}

# %% jupyter={"source_hidden": true}
cell_names, (lesson, _) = data.class_names("cells"), blood["colour"]
some_cells = np.concatenate([np.flatnonzero(lesson[1] == kind)[:4] for kind in range(3)])
plots.image_grid(
    np.concatenate([blood[light][0][0][some_cells] for light in ("colour", "grey")]),
    titles=[cell_names[kind] for kind in lesson[1][some_cells]] * 2,
    columns=12,
    title="Blood cells, in colour and in grey",
)

# %% [markdown]
# **Guess again**, for five of each class, in colour and in grey: which of the four comes first, and which last?


# %%
def cells_to_learn(labels, per_class, run):
    """The indices of so many cells of each class; each run draws its own."""
    order = np.random.default_rng(1000 * lab.seed + 100 + run).permutation(len(labels))
    return np.concatenate([order[labels[order] == kind][:per_class] for kind in range(3)])


def cell_race(light, per_class, run, methods):
    """Return by contestant how many of the cells that were never seen are right."""
    (images, labels), test = blood[light]
    known, asked = cell_features[light]
    chosen = cells_to_learn(labels, per_class, run)
    means = [pictures.mean(axis=(1, 2)) / 255 for pictures in (images[chosen], test[0])]
    three = LogisticRegression(C=100, max_iter=1000).fit(means[0], labels[chosen])
    head = LogisticRegression(max_iter=1000).fit(known[chosen], labels[chosen])
    found = {"three numbers": three.score(means[1], test[1]), "features": head.score(asked, test[1])}
    for name, method in methods.items():
        found[name] = race((images[chosen], labels[chosen]), test, head, run, method, CELL_STEPS)
    return found


# %%
CELL_STEPS = 80
METHODS = {"from scratch": from_scratch | {"rate": 1e-2}, "fine-tuned": fine_tuned}
on_cells = {}
for light, size in [(light, size) for light in blood for size in (5, 10, 20)]:
    # Training is for grey cells, five a class; CCV_SCALE=full does it for all.
    methods = METHODS if not lab.quick or (light, size) == ("grey", 5) else {}
    found = [cell_race(light, size, run, methods) for run in range(runs)]
    on_cells[light, size] = {name: [one[name] for one in found] for name in found[0]}
    for name, values in on_cells[light, size].items():
        lab.record(**{f"{light}_{name.replace(' ', '_').replace('-', '_')}_{size}": round(float(np.mean(values)), 4)})
        print(f"{light:6} {size:2} a class, {name:13} {percent(values)}")

# %%
plots.dots(
    on_cells["grey", 5],
    "cells never seen that are right",
    low=0,
    chance=1 / 3,
    title="Grey blood cells, five examples a class: five runs each",
)

# %% [markdown]
# Percent right of 510 cells, five runs each with seed 0 (end of 2026); whoever trains has 80 steps, and a blind guess is
# 33 %. This run trained for the first column; `CCV_SCALE=full` does it for all:
#
# | | grey, 5 | grey, 10 | grey, 20 | colour, 5 | colour, 10 |
# |---|---|---|---|---|---|
# | three numbers | 49.3 ± 3.6 | 51.2 ± 1.2 | 51.6 ± 1.0 | 80.6 ± 7.0 | 87.5 ± 3.5 |
# | features | 76.9 ± 1.7 | 78.7 ± 1.1 | 82.0 ± 2.4 | 77.0 ± 3.2 | 78.3 ± 2.0 |
# | fine-tuned | 78.5 ± 2.5 | 84.5 ± 4.5 | 86.7 ± 2.2 | 80.0 ± 4.6 | 86.2 ± 4.8 |
# | from scratch | 73.1 ± 6.5 | 85.7 ± 5.2 | 90.6 ± 2.2 | 84.5 ± 4.3 | 94.8 ± 1.1 |
#
# - **In colour three numbers beat the features of a network.** To know textures, the net had learnt to look away from
#   colour; in section 3 that was its merit. Here colour is the answer, and what a net has learnt to ignore no head brings
#   back. Compare its row in colour and in grey: the same.
# - **In grey the features are worth their price**: the mean brightness gets a half right, and the shapes are in the maps.
# - **Fine-tuning adds little where examples are fewest.** At five grey cells it was 5.4 points better than training from
#   scratch in the mean, with a deviation of 7.3 between the runs, and better in three of five. That is no certain gain;
#   for letters it was 39 points. What borrowing does buy is *reliability*: with unlucky cells scratch fell to 66 %, and
#   the deviation shrank from 6.5 points to 2.5.
# - **With more examples borrowing costs.** At twenty grey cells scratch was ahead in four of five runs and level in one;
#   at ten in colour in all five, by 8.6 points in the mean. This is called **negative transfer**: what was learnt before
#   stands in the way. The borrowed layers learn slowly, the first ones least, and their batch normalisation not at all:
#   that protects them where examples are few, and may be what keeps them from learning to see colour.
#
# So borrowing pays where what the old task had to look at is what the new one asks for, and where the new one is too hard
# for the examples at hand. Both held for sixteen letters. The cells are three classes that look very different, and a
# photograph of a cell has neither strokes nor the sharp textures of our drawings. Weights that were learnt from
# photographs may do better: section 11 is how to find out. And without the row of the three numbers, 77 % in colour would
# have looked like a success.

# %%
cell_net = compiled(**fine_tuned, steps=CELL_STEPS, classes=3)[0]
cell_images, cell_truth = blood["grey"][1]
shown_cells = np.concatenate([np.flatnonzero(cell_truth == kind)[:count] for kind, count in enumerate((2, 4, 2))])
taken_for = guesses(cell_net, cell_images[shown_cells])
plots.heat_maps(
    cell_images[shown_cells],
    explain.grad_cam(cell_net, cell_images[shown_cells], taken_for, at="stage1"),
    titles=[
        f"{'✓' if kind == cell_truth[i] else '✗'} {cell_names[kind]}"
        for i, kind in zip(shown_cells, taken_for, strict=True)
    ],
    title="Grad-CAM of blood cells: what spoke for the answer",
)

# %% [markdown]
# A white cell is known by its dark nucleus, which comes in lobes, a red one by its rim and its pale middle. Is that where
# the heat lies, or is it on the neighbours and the frame? Fifteen cells are few to learn from, so look at the mistakes
# first, and before you believe a map, do with it what section 9 did: hide the hottest and the coldest quarter.
#
# ## 11. With a network: ImageNet and real photographs
#
# The same five lines with what everybody uses: MobileNetV2, fourteen megabytes of weights learnt from ImageNet, and
# 3,670 photographs of five flowers. The weights and the photographs are downloaded, so the cell runs with
# `CCV_SCALE=full` only.

# %%
if not lab.quick:
    flowers = data.arrays("tf_flowers", "train", size=160)
    flowers_test = data.arrays("tf_flowers", "test", size=160)
    for per_class in (5, 20, 100):
        chosen = np.concatenate([np.flatnonzero(flowers[1] == k)[:per_class] for k in range(5)])
        few = flowers[0][chosen], flowers[1][chosen]
        imagenet = transfer.backbone("mobilenet_v2", weights="imagenet", input_shape=(160, 160, 3))
        flower_net = transfer.with_head(imagenet, 5)
        for stages, epochs, rate in [("head", 30, 1e-2), ("all", 15, 1e-3)]:
            print(transfer.fine_tune(flower_net, few, stages=stages, epochs=epochs, learning_rate=rate, seed=lab.seed))
            right = float(np.mean(guesses(flower_net, flowers_test[0]) == flowers_test[1]))
            lab.record(**{f"flowers_{stages}_{per_class}": round(right, 4)})
            print(f"  {per_class} a class, {stages}: {right:.1%} of {len(flowers_test[1])} photographs")
else:
    print("CCV_SCALE=full runs this, with a network and better with a GPU")

# %% [markdown]
# ## What you have learnt
#
# - A borrowed network expects *its* pixels. The wrong convention costs most of what you borrowed, and says nothing.
# - Frozen features are computed once. On five letters a class, their centroids alone beat a network from scratch.
# - A new head of 1,040 numbers on 270,448 frozen ones: count them, then check that the others stand still, bit by bit.
# - Freeze by name: first the model's flag, then the layers'. Keep batch normalisation frozen, which `training=False` does
#   not do. After each change of a flag compile again, with a new optimizer.
# - Small rates below, large ones above; warm up, then fall along a cosine.
# - The fewer the examples, the more a *fitting* beginning is worth. Frozen features have a ceiling; fine-tuning breaks it.
# - Textures helped letters much and grey blood cells little, and in colour three numbers beat their features. Rules of
#   thumb are where to begin measuring, and a plain baseline tells how hard the task is.
#
# ## Do you still know?
#
# Answer each aloud before you open it.
#
# <details><summary>A colleague gets 30 % with a network that should reach 90 %, and no error. What do you look at
# first?</summary>
#
# At the pixels. Each family of weights expects its own convention (0 to 255, -1 to 1, BGR less a mean, standardised), and
# the shapes fit with any of them. Put the right layer into the model, so that nobody can forget it.
#
# </details>
#
# <details><summary>Why is it enough to compute the features of a frozen network once?</summary>
#
# Nothing below the head changes during training, so the same picture gives the same features in each epoch. (With
# augmentation it would be another picture each time, and with an unfrozen layer another network.)
#
# </details>
#
# <details><summary>How many numbers does a head for 16 classes on 64 features have, and how many of ResNet-20's never see a
# gradient, even if everything is open?</summary>
#
# $64 \cdot 16 + 16 = 1040$. And the means and variances of batch normalisation, 1,376 of them, are statistics: they
# follow the batches, and no gradient reaches them.
#
# </details>
#
# <details><summary>You set `model.trainable = False` and then open the last ten layers. What trains?</summary>
#
# Nothing. The model's flag stands above those of the layers. First the model, then the layers.
#
# </details>
#
# <details><summary>What does `training=False` in `base(inputs, training=False)` not do in Keras 3?</summary>
#
# Keep the statistics of batch normalisation still, once the base is unfrozen: `fit` calls everything inside with
# `training=True`. The flag `trainable = False` of each such layer does it.
#
# </details>
#
# <details><summary>Why do the lower layers get smaller rates, and why does the rate rise at first?</summary>
#
# The lower layers are nearly right and hold what cannot be learnt again from a few pictures. And the head is random in the
# beginning: its gradients are wild and would run through all of the base, so the first steps are small ones.
#
# </details>
#
# <details><summary>When may a borrowed network be no help at all?</summary>
#
# When what it learnt is not what the new task needs, and the new task is easy enough, or has examples enough, to be
# learnt from nothing. Only a comparison with scratch, at the same price and over several seeds, can tell.
#
# </details>
#
# <details><summary>A heat map lies right on the object. What does that prove?</summary>
#
# Nothing yet. Hide what it calls hot and what it calls cold, and compare: if hiding the hot places does not hurt more, the
# map is a nice picture.
#
# </details>
#
# ## Your own folder
#
# Two classes of anything (cups and glasses, your two cats), ten photographs of each in a folder of its own: write the path
# and run the cell. Without one it takes the blood cells in colour. First the head learns, then all of it. With so small a
# net do not expect wonders of photographs of a whole room; with a network and `weights="imagenet"` you may.

# %%
MY_FOLDER = None  # such as "~/Pictures/cups", with a folder for each class
mine = data.splits(MY_FOLDER or "cells", size=32, channels=3)
my_net = transfer.with_head(transfer.backbone("resnet20", weights="ccv"), len(mine.class_names))
print(transfer.fine_tune(my_net, mine, epochs=(2, 1), seed=lab.seed))

# %% [markdown]
# ## An open task
#
# Five grey cells of each class: reach more than **78.5 %** of the 510 that were never seen, which is what fine-tuning had
# (mean of five runs with a deviation of 2.5, seed 0, 80 steps of 16). Keep the cells that `cells_to_learn` draws and the
# steps; the rest is yours: `transfer.unfreeze(net, since="stage2")`, a decay of 1 in place of 0.5, or cells that are
# turned and mirrored as in lab 10, which knows why they may be. Does your idea beat it in each of the five runs, or only
# in the mean?
#
# ## To read on
#
# - J. Yosinski, J. Clune, Y. Bengio, H. Lipson, [How transferable are features in deep neural
#   networks?](https://arxiv.org/abs/1411.1792), 2014: stage by stage, on ImageNet.
# - S. Kornblith, J. Shlens, Q. Le, [Do better ImageNet models transfer better?](https://arxiv.org/abs/1805.08974), 2018.
# - K. He, R. Girshick, P. Dollár, [Rethinking ImageNet pre-training](https://arxiv.org/abs/1811.08883), 2018: when scratch
#   catches up.
# - M. Raghu, C. Zhang, J. Kleinberg, S. Bengio, [Transfusion: understanding transfer learning for medical
#   imaging](https://arxiv.org/abs/1902.07208), 2019: section 10 at full size; there too, borrowing helped little.
# - J. Howard, S. Ruder, [Universal language model fine-tuning](https://arxiv.org/abs/1801.06146), 2018: the rates and the
#   gradual unfreezing.
# - R. Selvaraju and others, [Grad-CAM](https://arxiv.org/abs/1610.02391), 2016, and J. Adebayo and others, [Sanity checks
#   for saliency maps](https://arxiv.org/abs/1810.03292), 2018: which maps tell the truth.
# - [Transfer learning](https://cs231n.github.io/transfer-learning/) in the notes of CS231n (the four boxes of section 8),
#   and Keras's [guide](https://keras.io/guides/transfer_learning/); read it with section 5 in mind.
#
# *The weights: trained by ccv on its own drawings, see `data/weights/README.md`. The letters are drawn from the
# DejaVu fonts that Matplotlib carries. Blood cells: [BCCD](https://github.com/Shenggan/BCCD_Dataset) (MIT).*

# %% [markdown]
# <!-- For those who have the slides -->

# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
#   ccv: {minutes: 90, needs: "two CPU cores, no network"}
# ---

# %% [markdown]
# # Transfer learning: begin with what others have learnt
#
# You have sixteen classes, and **five** pictures of each. A network has 270,000 numbers to learn. That cannot work, can
# it?
#
# It cannot, if the numbers begin at random. But the first layers of nearly every network that looks at pictures end up
# doing nearly the same: edges, colours, corners, textures. Somebody has paid for these already. "Large ConvNets need
# weeks of training with a high computational cost", say the slides, and "fortunately, researchers often share the final
# trained neural nets". So take such a net, throw away its classifier, put a new one on top, and train
#
# - **only the new classifier**: the net works as a *feature extractor*; or
# - **everything**, a little and carefully: *fine-tuning*.
#
# It sounds like three lines of Keras. It is, and there are at least six ways to get them wrong without any error
# message. In this lab you go through all of the steps on your own, meet those traps alive, and measure what each step
# is worth: in points of accuracy, over several seeds, against a network that begins from nothing.

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
from ccv.plots.style import BLUE, GREEN, ORANGE, RED, new_figure
from ccv.transfer import explain

keras.utils.set_random_seed(lab.seed)


def tidy(axes, **texts):
    """A light grid and no box; a helper of this lab's figures, nothing to solve here."""
    axes.set(**texts)
    axes.grid(color="0.9")
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    return axes


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
# Nothing complains if you take the wrong one: the shapes fit. The slides do not mention it, and it may be the most
# common mistake of all.
#
# **Exercise.** All four. Mind whose mean is whose: the order in the names below is meant.

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


# %%
ccv.check("nearest_centroid")

# %% [markdown]
# Now the experiment. Five times five letters of each class are drawn, and the nearest centroid answers for the test
# letters. Between them and the centroids stands, in turn: nothing (plain pixels), a ResNet-20 of random weights, and
# the texture net; the last one also with the *wrong* pixels, from 0 to 1 and from 0 to 255.

# %%
runs, sizes = 5, (5, 10, 20)


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
def dots(results, title, color=BLUE):
    """A dot for each run, a bar for the mean; the dotted line is a blind guess."""
    figure = new_figure(9, 0.9 + 0.5 * len(results), title)
    axes = tidy(figure.add_subplot(), xlabel="letters never seen that are right", xlim=(0, 1))
    axes.axvline(1 / 16, color="0.5", ls=":")
    for row, values in enumerate(results.values()):
        axes.plot(values, [row] * len(values), "o", color=color, ms=8, alpha=0.6)
        axes.plot([np.mean(values)] * 2, [row - 0.3, row + 0.3], color=ORANGE)
    axes.set_yticks(range(len(results)), list(results))
    axes.invert_yaxis()
    axes.xaxis.set_major_formatter("{x:.0%}")
    return figure


dots(centroids, "Nearest centroid, five examples a class: five runs each")

# %% [markdown]
# Read it from below. A net that has never seen a letter, and not one step of training: nearly half of the letters are
# right. The *same* net on pixels from 0 to 1 loses about fifteen points, and on raw pixels hardly anything is left of
# it: it does worse there than **no net at all**. And no error message anywhere.
#
# The random net is as good as a blind guess. So the architecture alone is not what helps; what it has learnt is.
#
# What are "features" good for? Ask for the pictures that lie nearest to a letter, by the angle between their features.
# Green is the same letter, red another one:

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


# %%
ccv.check("moved")

# %% [markdown]
# ### Four traps, alive
#
# `training=False` in `base(inputs, training=False)` is meant to keep batch normalisation in inference mode: use the
# statistics, do not touch them. Keras's own guide, which the slides link to, says that it does so even after the base
# has been unfrozen for fine-tuning. **Does it?** Five steps with the eighty letters:

# %%
few_images, few_labels = few[0]


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


# %%
ccv.check("warm_cosine")

# %% [markdown]
# Both together, in a training of a hundred steps: ten of them to warm up, a peak of 0.01, and each stage at half the
# rate of the one above.

# %%
schedule = keras.optimizers.schedules.CosineDecay(0.0, 90, warmup_target=1e-2, warmup_steps=10)
rates = [float(schedule(step)) for step in range(101)]
figure = new_figure(9, 3.6, "Who learns how fast, and when")
axes = tidy(figure.add_subplot(), xlabel="step", ylabel="learning rate")
for below, (part, color) in enumerate(
    {"head": RED, "stage 2": ORANGE, "stage 1": GREEN, "stage 0, at the pixels": BLUE}.items()
):
    axes.plot(range(101), [rate * 0.5**below for rate in rates], color=color, label=part)
axes.legend()
figure

# %% [markdown]
# ## 7. The race
#
# Your guesses of section 1 are due. Three contestants, 5, 10 and 20 examples a class:
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


@functools.cache
def compiled(weights, decay, batch_norm, rate, steps, momentum=0.9):
    """A ResNet-20 for letters, compiled to learn everything in so many steps, and all its numbers at the start."""
    net = transfer.with_head(transfer.backbone("resnet20", weights=weights), 16)
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
def random_weights(run):
    """The beginning of one run from scratch."""
    keras.utils.set_random_seed(1000 * lab.seed + run)
    return transfer.with_head(transfer.backbone("resnet20"), 16).get_weights()


def race(per_class, run, method):
    """Train once from the beginning; return how many of the test letters are right."""
    steps = STEPS[per_class]
    net, beginning = compiled(**method, steps=steps)
    # The same compiled network again, everything set back: compiling costs more than training does.
    for variable, value in zip([*net.variables, *net.optimizer.variables], beginning, strict=True):
        variable.assign(value)
    if method["weights"] is None:
        net.set_weights(random_weights(run))
    else:
        head = new_head(per_class, run)
        net.get_layer("head").set_weights([head.coef_.T, head.intercept_])
    images, labels = letters_to_learn(per_class, run)
    # All epochs in one pass, shuffled here: with pictures so small, what Keras does between steps takes a third longer.
    shuffle = np.random.default_rng(1000 * lab.seed + run).permutation
    order = np.concatenate([shuffle(len(images)) for _ in range(steps * BATCH // len(images))])
    net.fit(images[order], labels[order], batch_size=BATCH, shuffle=False, verbose=0)
    return float(np.mean(guesses(net, test_images) == test_labels))


def guesses(net, images):
    """The most probable class of each picture."""
    # One batch a call: where `steps_per_execution` is more, `predict` would build a graph for each number of batches.
    batches = [images[start : start + 160] for start in range(0, len(images), 160)]
    return np.concatenate([net.predict_on_batch(batch) for batch in batches]).argmax(axis=-1)


@functools.cache
def new_head(per_class, run):
    """Logistic regression on the features of the frozen texture net."""
    images, labels = letters_to_learn(per_class, run)
    made = texture_features.predict(images, batch_size=80, verbose=0)["stage2"]
    return LogisticRegression(max_iter=1000).fit(made, labels)


# %%
results = {"from scratch": {}, "features": {}, "fine-tuned": {}}
for size in sizes:
    asked = by_stage["stage2"][0]
    results["features"][size] = [new_head(size, run).score(asked, test_labels) for run in range(runs)]
    for name, method in {"from scratch": from_scratch, "fine-tuned": fine_tuned}.items():
        results[name][size] = [race(size, run, method) for run in range(runs)]
    for name, by_size in results.items():
        print(f"{size:2} a class, {name:13} {percent(by_size[size])}")

# %%
figure = new_figure(9, 4.2, "What a borrowed beginning is worth")
axes = tidy(figure.add_subplot(), xlabel="examples of each class", ylabel="letters never seen that are right")
for (name, by_size), color, marker in zip(results.items(), (ORANGE, GREEN, BLUE), "^so", strict=True):
    places = np.arange(len(sizes))
    axes.plot(places, [np.mean(by_size[size]) for size in sizes], color=color, label=name)
    for place, size in enumerate(sizes):
        axes.plot([place] * len(by_size[size]), by_size[size], marker, color=color, ms=8, alpha=0.6)
axes.axhline(1 / 16, color="0.5", ls=":")
axes.set_xticks(places, sizes)
axes.set_ylim(0, 1.1)
axes.yaxis.set_major_formatter("{x:.0%}")
axes.legend(loc="upper left", ncols=3)
figure

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
# Fine-tuning comes first everywhere, and the distances are large. It wins by far more than fifteen points over
# training from scratch, at the same price, and a head on frozen features comes in between. What did you guess?
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
bn_open = [race(5, run, keras_default) for run in range(3)]
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
# **Exercise.** Which of these goes into which box? Give the letters.
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
dots(
    stage_accuracies | {"fine-tuned": results["fine-tuned"][5]}, "Which features are worth most? Five examples a class"
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
# ## 10. With a network: ImageNet and real photographs
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
# - Frozen features are computed once. On five examples a class, their centroids alone beat a network from scratch.
# - A new head of 1,040 numbers on 270,448 frozen ones: count them, then check that the others stand still, bit by bit.
# - Freeze by name. First the model's flag, then the layers'. Keep batch normalisation frozen: `training=False` does
#   not.
# - After each change of a flag: compile again, with a new optimizer.
# - Small rates below, large ones above; warm up, then fall along a cosine.
# - The fewer the examples, the more a borrowed beginning is worth. Frozen features have a ceiling; fine-tuning breaks
#   it.
# - Rules of thumb are where to begin measuring.
#
# **To go on**: fine-tune from stage 2 only (`transfer.unfreeze(net, since="stage2")`): is it better with five
# examples? Change the decay of the rates from 0.5 to 1. Replace the letters by `digits`, in three channels. Give the
# winner augmented letters; which augmentations may a letter take?
#
# ## What the slides get wrong
#
# | id | the slides say | what is right |
# |---|---|---|
# | X-10, C-121 | "the topology of the net could remain the same even for different input sizes" | of the convolutions only: a dense layer behind a `Flatten` fixes the size; behind global average pooling it does not |
# | C-121 | "change the classifier (or part of it) and retrain just that part": "this process is called transfer learning" | that is feature extraction, one half; fine-tuning is the other, and wins here |
# | C-123 | the guide of 2020: with `training=False`, batch normalisation stays in inference mode after unfreezing | not in Keras 3: `fit` moves its statistics; set `trainable = False` on each |
# | C-122, S-090 | Keras's models "can be used for prediction, feature extraction and fine-tuning", and not a word about pixels | each has its own preprocessing: four conventions |
# | A-28 | VGG16: 528 **MB** | 138,357,544 numbers of four bytes are 553 MB; 528 are MiB (the count, 138.4M, is right) |
# | X-77 | the figure of the feature extractor is lost | sections 3 to 7 are what it showed |
#
# And what they get right: that the weights of the first layers are *not* trained at first, and that the classifier on
# top is what your own data are for.
#
# ## Where to read on
#
# - J. Yosinski, J. Clune, Y. Bengio, H. Lipson: How transferable are features in deep neural networks? NIPS 2014.
#   Stage by stage, on ImageNet.
# - S. Kornblith, J. Shlens, Q. Le: Do better ImageNet models transfer better? CVPR 2019.
# - K. He, R. Girshick, P. Dollár: Rethinking ImageNet pre-training. ICCV 2019. When scratch catches up.
# - J. Howard, S. Ruder: Universal language model fine-tuning. ACL 2018. The rates and the gradual unfreezing.
# - R. Selvaraju et al.: Grad-CAM. ICCV 2017.
# - F. Chollet: Transfer learning & fine-tuning. keras.io, 2020. Read it with section 5 in mind.
#
# *The weights: trained by ccv on its own drawings, see `data/weights/README.md`. The letters are drawn from the
# DejaVu fonts that Matplotlib carries.*

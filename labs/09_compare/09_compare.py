# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
#   ccv:
#     minutes: 120
#     needs: "two CPU cores, no network"
#     about: "the famous tables and plots rebuilt and repaired; errors, units, heads; what nobody beats at its price; what is more than luck; a race, and a choice under limits"
# ---

# %% [markdown]
# # Which network? Comparing, and choosing
#
# In 2014 two networks came first and second in the same contest. The second had 138 million parameters and filled half
# a gigabyte. The winner had 7 million. A year later networks of up to 152 layers and 60 million parameters won, with
# half as many mistakes as either. So more is not better, and less is not better. What is? Tables that
# compare networks are everywhere, and many of them are wrong in a way that you can find with a pocket calculator: one
# row counts multiplications, the next counts additions too, a third is about seven networks where the others are about
# one. In this lab you repair such a table, rebuild the famous plots from networks that you can count yourself, find out
# when a difference is more than luck, and at the end choose a network for a job, with numbers that you have measured.

# %%
import ccv

lab = ccv.lab("09_compare")

# %%
import time
from collections import Counter
from itertools import pairwise
from math import comb, sqrt

import keras
import numpy as np
import tensorflow as tf

from ccv import data, models, plots
from ccv.anatomy import anatomy, diff
from ccv.plots.style import BLUE, GREEN, ORANGE, RED, described, new_figure, tidy

keras.utils.set_random_seed(lab.seed)

# %% [markdown]
# Every builder of `ccv` has a card: its paper, its verified counts, and accuracies as others have published them.
# `models.card("vgg16")` shows one. The counts need no Keras; tests build every network and count again.

# %%
THREAD = {"LeNet-5": "lenet5", "AlexNet": "alexnet", "VGG-16": "vgg16", "GoogLeNet": "googlenet",
          "ResNet-50": "resnet50", "DenseNet-121": "densenet121", "MobileNetV2": "mobilenet_v2",
          "EfficientNet-B0": "efficientnet_b0"}  # fmt: skip


def counts(name, form=0):
    """Of a builder: million parameters, as Keras counts them, and million multiply-adds for one image."""
    golden = models.card(name).golden[form]
    return (golden.params + golden.stats) / 1e6, golden.macs / 1e6


short = {title: title.replace("Net", "Net ").replace("-", " ") for title in THREAD}  # breaks where there is a space
thread = {f"{short[title]} {models.card(name).year}": counts(name) for title, name in THREAD.items()}
plots.bars(thread, ["million parameters", "million multiply-adds"], log=True, ylabel="millions",
           labels=[(f"{p:.3g}", f"{m:.3g}" if m < 1000 else f"{m:,.0f}") for p, m in thread.values()],
           title="Twenty-one years: up to VGG, and down again")  # fmt: skip

# %% [markdown]
# **You will be able to** read a comparison of networks and say what is wrong with it; turn errors, accuracies,
# parameters, bytes, multiply-adds and FLOPs into each other; find the networks that nobody beats at their price; tell a
# difference from luck, for one accuracy and for two networks on the same images; and choose a network under limits of
# time and memory.
#
# **You should know** how convolutions and dense layers are counted, and have met at least LeNet, VGG and ResNet. A
# network that you have not met yet is only a name in a table here.
#
# **Time**: about two hours, of which the machine needs little. Two cores are enough, and nothing is downloaded.

# %% [markdown]
# ## 1. How wrong is a network?
#
# The ImageNet challenge (ILSVRC) was held from 2010 to 2017: 1,000 classes, 1.2 million photographs to learn from. A
# photograph of a dog on a sofa has one label, and it may be "sofa". So an answer counted as right if the label was
# among the **five** classes that the network held most likely. That is the **top-5 error**; the **top-1 error** wants
# the label in the first place, and is larger.
#
# **Exercise.** Both, and any other: the top-k error, by hand (libraries have it ready-made, which here earns nothing).


# %%
def top_k_error(probabilities, labels, k):
    """Return the share of images whose label is not among the k most likely classes; probabilities: (images, classes).

    No two probabilities of an image are equal."""
    ### BEGIN SOLUTION
    best = np.argsort(probabilities, axis=1)[:, -k:]
    return 1 - np.mean([label in some for label, some in zip(labels, best, strict=True)])
    ### END SOLUTION


# %% [markdown] hints="top_k_error"
# 1. One image with four classes, 0.1, 0.5, 0.3 and 0.1, whose label is class 2. Is it right for k = 1? For k = 2?
# 2. Sort the class numbers of each image by their probability, keep k of them, and ask whether the label is there.
#    Or count how many classes are more likely than the label.
# 3. Sorting goes upwards, so the most likely ones stand at the end. And it is the share that is wrong which is asked.
#
# The idea: An image is right if fewer than k classes are more likely than its label; the error is the share of the
# others.

# %%
ccv.check("top_k_error")

# %% [markdown]
# Now the winners. Behind each bar stands the entry that won the classification task (of AlexNet the one without
# extra data), as the organisers measured it on images whose labels nobody had. Before you look: in which year did the error fall most, in points? And in which by the
# largest factor?

# %%
WINNERS = {"2010 NEC-UIUC": 28.2, "2011 XRCE": 25.8, "2012 AlexNet": 16.4, "2013 Clarifai": 11.7,
           "2014 GoogLeNet": 6.67, "2015 ResNet": 3.57, "2016 Trimps-Soushen": 2.99, "2017 SENet": 2.25}  # fmt: skip
plots.bars(WINNERS, ylabel="top-5 error, %", labels=[f"{error:g}" for error in WINNERS.values()],
           title="The winners of the ImageNet challenge, 2010 to 2017")  # fmt: skip

# %% [markdown]
# The first two did without neural networks. Two names deserve a word. *Clarifai* of 2013 was the company of Matthew
# Zeiler, with networks derived from his ZFNet; ZFNet's own paper has 14.8 %. And AlexNet is quoted with 16.4 %, with
# 15.3 % and with 18.2 %. All three stand in its paper: **one** network has 18.2 %, the average of **five** 16.4 %,
# and of **seven**, two of which had seen more data, 15.3 %. It was so with all winners: an *ensemble* over many crops
# of each image won, and then the number stuck to the name of a single network.

# %%
ALONE = {"AlexNet": (18.2, 16.4), "GoogLeNet": (10.07, 6.67), "ResNet-152": (4.49, 3.57)}
plots.bars(ALONE, ["one network", "the ensemble that was handed in"], ylabel="top-5 error, %",
           labels=[tuple(f"{error:g}" for error in row) for row in ALONE.values()],
           title="The same name, two errors (from the papers)")  # fmt: skip

# %% [markdown]
# The rows are not alike even so: the single GoogLeNet looks once at each image, the single AlexNet at ten crops of
# it, and each of the seven GoogLeNets at 144. And one source speaks of errors, another of accuracies, in per cent or
# as a share of 1. A *difference* is in **percentage points**. A *factor* should be one of errors: from 98 % to 99 %
# accuracy is only one point, but **half** of all mistakes are gone.
#
# **Exercise.** Both, from claims as one finds them. A claim is a triple: `(16.4, "error", "%")` or
# `(0.836, "accuracy", "share")`.


# %%
def improvement(before, after):
    """Return (points, factor): by how many percentage points the error fell, and how many times smaller it is now.

    before, after: (number, "error" or "accuracy", "%" or "share")."""

    ### BEGIN SOLUTION
    def error(number, what, unit):
        percent = number if unit == "%" else 100 * number
        return percent if what == "error" else 100 - percent

    old, new = error(*before), error(*after)
    return old - new, old / new
    ### END SOLUTION


# %% [markdown] hints="improvement"
# 1. Bring (0.836, "accuracy", "share") to an error in per cent by hand. Then compare it with (8.2, "error", "%").
# 2. A small function inside, which makes one claim an error in per cent; call it twice, then subtract and divide.
# 3. Turn shares into per cent first, and only then accuracies into errors, from 100. The factor is old by new, and
#    it is one of errors, never of accuracies.
#
# The idea: Make both claims errors in per cent; the first answer is their difference, the second their quotient.

# %%
ccv.check("improvement")

# %%
for (old, before), (new, after) in pairwise(WINNERS.items()):
    points, factor = improvement((before, "error", "%"), (after, "error", "%"))
    print(f"{old:20} to {new:20} {points:5.2f} points, {factor:4.2f} times fewer mistakes")
print("VGG, 92.3 % right on one page and 7.3 % wrong on the next:",
      f"{improvement((92.3, 'accuracy', '%'), (7.3, 'error', '%'))[0]:.1f} points apart")  # fmt: skip

# %% [markdown]
# 2012 has the most points, 9.4. By the factor 2015 was the best year, 1.87, and 2014 the second. The last line is a
# slip of a kind that you will meet often: 7.3 % wrong are 92.7 % right, and not 92.3 %.
#
# ## 2. One word, four units
#
# "VGG-16 has 138 million." Of what? **Parameters**, which are numbers and not bytes. In float32 each fills four bytes;
# in float16 two, in int8 one. A megabyte (MB) is $10^6$ bytes, a mebibyte (MiB) $2^{20}$, and tables call both MB.
# **Activations** are the outputs of all layers for one image: in training they are kept for every image of a batch.
# And **operations**: a multiplication with its addition is one *multiply-add* (MAC), and **two** floating-point
# operations (FLOPs). Two papers of the same year may count the one or the other, and call both "FLOPs".
#
# **Exercise.** The bill of a network. Activations have as many bits as weights.


# %%
def footprint(parameters, values, macs, bits=32):
    """Return (MB of weights, MiB of weights, MB of activations, billion FLOPs); `values` are the outputs of all layers."""
    ### BEGIN SOLUTION
    size = parameters * bits / 8
    return size / 1e6, size / 2**20, values * bits / 8 / 1e6, 2 * macs / 1e9
    ### END SOLUTION


# %% [markdown] hints="footprint"
# 1. How many bytes are a thousand float32 numbers? And a thousand of int8? How many operations is one multiply-add?
# 2. Bits over eight are the bytes of a number. The bytes of the weights are needed twice, with two different divisors.
# 3. An M of bytes is a million, an Mi is 2 to the power of 20. Fewer bits make no fewer operations: their count stays.
#
# The idea: Numbers times bits by eight are bytes; scale these to the unit asked for; operations are twice the
# multiply-adds, whatever the bits.

# %%
ccv.check("footprint")

# %% [markdown]
# Building a network draws its random numbers, 138 million of them for VGG-16. We only want to *count*, so the next cell
# builds each network as a blueprint: shapes and layers, but not one number in it.


# %%
def blueprint(name, **options):
    """The anatomy of a network whose weights are never drawn."""
    with keras.StatelessScope(initialize_variables=False):
        return anatomy(models.build(name, **options))


whole = {title: blueprint(name) for title, name in THREAD.items() if title != "DenseNet-121"}
print(f"{'':16} {'parameters':>12} {'weights':>19}  {'activations':>11} {'FLOPs':>9}   in int8")
for title, network in whole.items():
    mb, mib, outputs, flops = footprint(network.parameters, network.values, network.macs)
    small = footprint(network.parameters, network.values, network.macs, bits=8)[0]
    print(
        f"{title:16} {network.parameters:12,} {mb:7.2f} MB {mib:7.2f} MiB {outputs:8.2f} MB {flops:7.3f} G {small:7.2f} MB"
    )

# %% [markdown]
# Keras's own table says "528 MB" of VGG-16: these are MiB. And look at EfficientNet-B0: a twenty-sixth of VGG-16's
# weights, a fortieth of its operations, and yet *more* activations. It is small on a disk, and saves nothing on maps in a training.
#
# Now a table that goes around in lectures; it stands below the exercise. Its last column is called "FLOP" throughout. Is it?
#
# **Exercise.** Compare a published number with our multiply-adds: which unit was meant?


# %%
def which_unit(published, macs, tolerance=0.1):
    """Say what a published number of operations counts: "multiply-adds", "FLOPs" or "neither".

    It counts the one or the other if it differs from our own count of that unit by at most `tolerance` of that count.
    """
    ### BEGIN SOLUTION
    for unit, count in (("multiply-adds", macs), ("FLOPs", 2 * macs)):
        if abs(published - count) <= tolerance * count:
            return unit
    return "neither"
    ### END SOLUTION


# %% [markdown] hints="which_unit"
# 1. We count 10 multiply-adds. Which published numbers would you take for multiply-adds at a tolerance of a tenth,
#    and which for FLOPs?
# 2. Two counts are possible. Measure how far the published number is from each, as a part of that count.
# 3. The published number may be too small as well as too large. And the part is one of *our* count in the same unit,
#    which for FLOPs is twice as large.
#
# The idea: Compare with the multiply-adds and with twice as many; whichever is near enough names the unit.

# %%
ccv.check("which_unit")

# %%
LECTURE = {"AlexNet": (84.70, 62e6, 1.5e9), "VGGNet": (92.30, 138e6, 19.6e9), "Inception": (93.30, 6.4e6, 2e9),
           "ResNet-152": (95.51, 60.3e6, 11e9)}  # top-5 accuracy in %, parameters, "FLOP"  # fmt: skip
OURS = {"AlexNet": {"two towers": ("alexnet", 1), "one tower": ("alexnet", 0)}, "Inception": {"GoogLeNet": ("googlenet", 0)},
        "VGGNet": {"VGG-16": ("vgg16", 0), "VGG-19": ("vgg19", 0)}, "ResNet-152": {"ResNet-152": ("resnet152", 0)}}  # fmt: skip
for row, (_, parameters, operations) in LECTURE.items():
    for form, (name, number) in OURS[row].items():
        millions, macs = counts(name, number)
        print(f"{row:10} {operations / 1e9:5.1f} G for {parameters / 1e6:5.1f} M parameters; {form:10} has "
              f"{macs / 1e3:6.3f} G multiply-adds and {millions:6.2f} M: {which_unit(operations, macs * 1e6)}")  # fmt: skip

# %% [markdown]
# Four rows, three units. AlexNet's are FLOPs, of the two towers, beside the parameters of the single one. VGG's are
# multiply-adds, of VGG-19, beside the parameters of VGG-16. ResNet-152's are multiply-adds. Inception's 2 billion are
# neither; whatever was counted, it was not this network. What follows from such a table is wrong too. "ResNet-152 takes
# about ten times the computation of AlexNet": by the table 7 times, in one unit 16 times. "AlexNet trains in the time
# of Inception": GoogLeNet takes 2.2 times the work. "Ten times less memory": about nine times fewer parameters, that is
# true. Here is the table again, with a unit over each column, and one network in each row:

# %%
REPAIRED = {"AlexNet, two towers": ("alexnet", 1, 18.2, 16.4), "VGG-16": ("vgg16", 0, None, None), "VGG-19": ("vgg19", 0, None, 7.3),
            "GoogLeNet": ("googlenet", 0, 10.07, 6.67), "ResNet-152": ("resnet152", 0, 4.49, 3.57)}  # fmt: skip
print(f"{'':20} year  parameters  multiply-adds  FLOPs     float32   top-5 error: public weights, one net, ensemble")
for title, (name, form, alone, together) in REPAIRED.items():
    card, (millions, macs) = models.card(name), counts(name, form)
    public = 100 - card.published[0].top5
    papers = "".join(f"{'' if error is None else f'{error:g} %':>9}" for error in (alone, together))
    print(f"{title:20} {card.year} {millions:8.2f} M {macs / 1e3:12.2f} G {2 * macs / 1e3:7.2f} G "
          f"{4 * millions:7.1f} MB {public:14.1f} %{papers}")  # fmt: skip
times = counts("resnet152")[1] / counts("alexnet", 1)[1], counts("googlenet")[1] / counts("alexnet", 1)[1]
fewer = counts("alexnet", 1)[0] / counts("googlenet")[0]
print(f"ResNet-152 takes {times[0]:.1f} and GoogLeNet {times[1]:.1f} times AlexNet's work; "
      f"GoogLeNet has {fewer:.1f} times fewer parameters")  # fmt: skip

# %% [markdown]
# "Public weights" are those that you can download today, looking once at the middle of each image of the validation
# set (Caffe's model zoo, keras.io): an honest column, because one procedure fills it. VGG's 7.3 % is the entry of
# seven networks that came second in 2014.
#
# ## 3. With a head and without
#
# "AlexNet has 3.7 million parameters." "AlexNet has 62 million parameters." Both are true. What stands behind the last
# map, from the flattening or the global average on, is the **head**: it knows the thousand classes, and transfer
# learning throws it away. In AlexNet it is nearly everything.
#
# **Exercise.** Count both. A network is a list of layers, from the pixels up: `("conv", kernel, channels, filters)`
# and `("dense", inputs, units)` with biases, and, without parameters, `("pool",)`, `("flatten",)` and `("average",)`,
# which is the global one.


# %%
def split_head(layers):
    """Return (without, all): the parameters below the head, which begins at the first flatten or average, and of all."""
    ### BEGIN SOLUTION
    without = everything = 0
    in_head = False
    for kind, *sizes in layers:
        in_head = in_head or kind in {"flatten", "average"}
        inputs = sizes[0] ** 2 * sizes[1] if kind == "conv" else sizes[0] if kind == "dense" else 0
        count = (inputs + 1) * sizes[-1] if sizes else 0
        everything += count
        without += 0 if in_head else count
    return without, everything
    ### END SOLUTION


# %% [markdown] hints="split_head"
# 1. Do it for a 3x3 convolution from 1 to 2 channels, a flatten, and a dense layer from 8 to 10. You should find 20
#    and 110.
# 2. Walk through the list with two sums. A switch, which is off at first, says whether you are in the head already.
# 3. Each filter and each unit has one bias. A kernel is square: its side enters twice. Once in the head, always in the
#    head, even if more convolutions follow.
#
# The idea: Add up the parameters of every layer; those before the first flatten or global average are the first
# answer, all of them the second.

# %%
ccv.check("split_head")

# %% [markdown]
# Eight networks as they are often quoted, from their cards. "Keras counts" means that moving statistics of batch
# normalisations are among the parameters, as in `count_params()`.

# %%
EIGHT = {"AlexNet": "alexnet", "VGG-19": "vgg19", "SqueezeNet": "squeezenet1_0", "SqueezeNet-24": "squeezenet24",
         "ResNet-50": "resnet50", "Inception v3": "inception_v3", "DenseNet-121": "densenet121",
         "DenseNet-201": "densenet201"}  # fmt: skip
heads = {}
for title, name in EIGHT.items():
    card = models.card(name)
    golden, published = card.golden[0], card.published
    heads[title] = (golden.notop + golden.stats) / 1e6, (golden.params + golden.stats) / 1e6
    share = 1 - heads[title][0] / heads[title][1]
    quoted = f"top-1 {published[0].top1:.1f} % ({published[0].source})" if published else "no ImageNet score"
    print(f"{title:14} {golden.notop + golden.stats:12,} without, {golden.params + golden.stats:12,} with the head, "
          f"which is {share:4.0%}; {quoted}")  # fmt: skip
plots.bars({title.replace("-", " "): row for title, row in heads.items()}, ["without the head", "with it"], ylabel="million parameters",
           labels=[tuple(f"{n:.1f}" for n in row) for row in heads.values()],
           title="Where the parameters are: in the head, or below it")  # fmt: skip

# %% [markdown]
# So "23 million" and "25.6 million" for ResNet-50 are both right, and so are 22 and 24 million for Inception v3.
# GoogLeNet, which is quoted with 6, 6.4, 6.6 and 7 million, has 5.97 million without its last layer and 7.00 with it;
# torchvision's variant, with a 3x3 where the paper has a 5x5, has 6.62. Two rows need a footnote. SqueezeNet ends in
# a 1x1 convolution with a filter for each class, and *then* the average: that convolution is its head, so 1.25
# million is the whole, and 0.74 what remains. SqueezeNet-24 is a net for 104 kinds of flowers from a textbook, and
# has no score on ImageNet.
#
# The same question explains the flat row of bars that VGG is known for. Its six forms differ by 8 %, because the
# dense layers are in all of them:

# %%
SIZES = {
    "A": "vgg11",
    "A-LRN": "vgg11_lrn",
    "B": "vgg13",
    "C": "vgg16_1x1",
    "D (VGG-16)": "vgg16",
    "E (VGG-19)": "vgg19",
}
vgg = {title: models.card(name).golden[0] for title, name in SIZES.items()}
plots.bars({title: (net.notop / 1e6, (net.params - net.notop) / 1e6) for title, net in vgg.items()},
           ["convolutions", "three dense layers"], stacked=True, ylabel="million parameters",
           labels=[f"{net.params / 1e6:.1f}" for net in vgg.values()],
           title="VGG by configuration: only the lower part differs")  # fmt: skip

# %% [markdown]
# ## 4. What changed: from LeNet to EfficientNet
#
# From one famous network to the next, only a few things change. Find them, and you have the history. Write each network
# as a list of words, one for each layer that says something: `"conv 3x3"`, `"max pool 2x2"`, `"dense 4096"`, `"add"`.
#
# **Exercise.** What is there more often, or less often, than before?


# %%
def what_changed(before, after):
    """Return {word: how many more (or, negative, fewer) there are in `after`} for the words whose number changed."""
    ### BEGIN SOLUTION
    old, new = Counter(before), Counter(after)
    return {word: new[word] - old[word] for word in old | new if new[word] != old[word]}
    ### END SOLUTION


# %% [markdown] hints="what_changed"
# 1. Before: three times "a", once "b". After: once "a", once "b", twice "c". Which words belong in the answer, and with
#    which numbers?
# 2. Count both lists (the standard library has a class for that), then go over every word of either and subtract.
# 3. A word may be missing on one side: it is there 0 times. Words whose number is the same are left out. A class that
#    subtracts counts for you may throw the negative ones away.
#
# The idea: For every word of both lists, the count after less the count before, unless that is nothing.

# %%
ccv.check("what_changed")


# %% jupyter={"source_hidden": true}
def words(network):
    """The layers of an anatomy in words: convolutions, poolings, dense layers, normalisations, sums, dropout."""
    found = []
    for row in network:
        size = "x".join(map(str, row.kernel or ()))
        kind = "depthwise" if "Depthwise" in row.kind else "conv"
        pool = "global average" if "Global" in row.kind else "max pool" if "Max" in row.kind else "average pool"
        by_role = {"convolution": f"{kind} {size}", "pooling": f"{pool} {size}".strip(), "merge": row.kind.lower(),
                   "dense": f"dense {row.output[-1]}", "normalization": row.kind, "regularization": "dropout"}  # fmt: skip
        found += [by_role[row.role]] if row.role in by_role else []
        found += [row.activation] if row.activation and row.activation not in {"softmax", "linear"} else []
    return found


# %%
for (old, before), (new, after) in pairwise(whole.items()):
    changes = what_changed(words(before), words(after))
    more = ", ".join(f"{n} {word}" for word, n in changes.items() if n > 0)
    less = ", ".join(f"{-n} {word}" for word, n in changes.items() if n < 0)
    print(f"{old} -> {new}\n   more: {more}\n   less: {less}")

# %% [markdown]
# Read it as a story. **AlexNet**: LeNet, larger, with ReLUs, overlapping max pooling and dropout. **VGG**: every
# window is 3x3. **GoogLeNet**: 1x1 convolutions that make the larger ones affordable, branches side by side, one
# dense layer instead of three. **ResNet**: sums, and batch normalisation. **MobileNetV2**: the 3x3 convolutions
# become depthwise ones. **EfficientNet**: the same bricks and a few more, in numbers found by a search, with a small
# gate of multiplications (squeeze and excitation) in each block.
#
# `diff` says the same of any two Keras models, with depth, cost and receptive field. The longest step of them all:

# %%
diff(whole["LeNet-5"], whole["AlexNet"])

# %% [markdown]
# Comparisons of LeNet, AlexNet and VGG-16 fill many pages of notes, and there are mistakes in most: dropout in LeNet,
# or batch normalisation in VGG, which is a year older than batch normalisation. Ask the networks instead:

# %%
ROLES = {"convolutions": "convolution", "pooling": "pooling", "dense layers": "dense", "normalisation": "normalization",
         "dropout": "regularization"}  # fmt: skip
rows = {"year": [models.card(THREAD[title]).year for title in ("LeNet-5", "AlexNet", "VGG-16")]}
three = [whole[title] for title in ("LeNet-5", "AlexNet", "VGG-16")]
rows["layers with weights"] = [network.depth for network in three]
for what, role in ROLES.items():
    rows[what] = [Counter(w for row in net if row.role == role for w in words([row])[:1]) for net in three]
rows["activation"] = [Counter(row.activation for row in net if row.activation) for net in three]
rows["one number sees"] = [f"{net.receptive_field[0]} pixels" for net in three]
rows["parameters"] = [f"{net.parameters:,}" for net in three]
print(f"{'':20} {'LeNet-5':38} {'AlexNet':39} VGG-16")
for what, cells in rows.items():
    said = [", ".join(f"{n} {w}" for w, n in c.items()) or "none" if isinstance(c, Counter) else str(c) for c in cells]
    print(f"{what:20} {said[0]:38} {said[1]:39} {said[2]}")

# %% [markdown]
# LeNet-5 read digits, AlexNet won in 2012, VGG-16 came second in 2014. LeNet counts as "seven layers" if its two
# subsamplings are counted, which had weights in 1998.
#
# Two ideas of this history are sums that fit on a card: squeeze the channels with a 1x1 before a 5x5, and split a
# convolution into one that looks and one that mixes.

# %%
ideas = {
    "5x5, 192 to 32 channels": 28 * 28 * 5 * 5 * 192 * 32,
    "1x1 to 16 channels, then 5x5": 28 * 28 * (192 * 16 + 5 * 5 * 16 * 32),
    "3x3, 3 to 5 channels": 4 * 4 * 3 * 3 * 3 * 5,
    "3x3 depthwise, then 1x1": 4 * 4 * (3 * 3 * 3 + 3 * 5),
}
plots.bars(
    ideas, log=True, ylabel="multiply-adds", title="Two ideas that made networks cheap: maps of 28x28, and of 4x4"
)

# %% [markdown]
# Each idea became a **family**: one design in several sizes. The place on the axis is the number of parameters; what is
# written is the name of the smallest and of the largest.

# %%
FAMILIES = {
    "VGG": ["vgg11", "vgg13", "vgg16", "vgg19"],
    "Inception": ["googlenet", "inception_v3", "inception_v4", "inception_resnet_v2"],
    "ResNet": ["resnet18", "resnet34", "resnet50", "resnet101", "resnet152"],
    "ResNeXt": ["resnext50_32x4d", "resnext101_32x8d"],
    "DenseNet": ["densenet121", "densenet169", "densenet201"],
    "SqueezeNet": ["squeezenet1_0", "squeezenet1_1"],
    "MobileNet": ["mobilenet_v3_small", "mobilenet_v2", "mobilenet", "mobilenet_v3_large"],
    "EfficientNet": [f"efficientnet_b{n}" for n in range(8)],
}


# %% jupyter={"source_hidden": true}
def draw_families():
    """The parameters of each member of each family, on a line for each."""
    figure = new_figure(9, 4.6, "Families: one design, several sizes")
    axes = tidy(figure.add_subplot(), xlabel="million parameters, logarithmic", xscale="log")
    told = []
    for row, (family, names) in enumerate(FAMILIES.items()):
        sizes = [counts(name)[0] for name in names]
        low, high = int(np.argmin(sizes)), int(np.argmax(sizes))
        axes.plot([min(sizes), max(sizes)], [row, row], color="0.8", lw=6, zorder=1)
        axes.plot(sizes, [row] * len(sizes), "o", color=BLUE, ms=8)
        axes.annotate(names[low].split("_", 1)[-1] if family in {"MobileNet", "EfficientNet"} else names[low],
                      (sizes[low], row), (-9, 0), textcoords="offset points", ha="right", va="center", fontsize=9)  # fmt: skip
        axes.annotate(names[high].split("_", 1)[-1] if family in {"MobileNet", "EfficientNet"} else names[high],
                      (sizes[high], row), (9, 0), textcoords="offset points", va="center", fontsize=9)  # fmt: skip
        told.append(f"{family} {min(sizes):.1f} to {max(sizes):.1f}")
    axes.set_yticks(range(len(FAMILIES)), FAMILIES)
    axes.set_ylim(len(FAMILIES) - 0.5, -0.5)
    axes.set_xlim(0.25, 500)
    axes.set_xticks([1, 3, 10, 30, 100], ["1", "3", "10", "30", "100"])
    return described(figure, f"Dots on a logarithmic line for each family, million parameters: {'; '.join(told)}.")


draw_families()

# %% [markdown]
# Some sizes are quoted wrongly so often that they are worth a line. "Inception v4 has 55 million": it has 42.7; the
# 55.9 are those of Inception-ResNet-v2. "ResNet-50 has 34 blocks": it has 16, of three layers each. EfficientNet goes
# from 5.3 to 66.7 million.
#
# ## 5. Accuracy against cost
#
# In 2016 Alfredo Canziani and colleagues drew accuracy against operations, with a disc for each network whose area is
# its parameters. It is the picture of this field. Here it is again, with our own counts, and accuracies as published
# with public weights: top-1, one look at the middle of the image. Which networks would you never take? Those for
# which there is another that costs no more and is no worse, and better in one of the two: they are **dominated**.
# What remains is the **Pareto front**.
#
# **Exercise.** Find it.


# %%
def pareto(costs, accuracies):
    """Return the numbers, in rising order, of the networks that no other one dominates.

    One dominates another if it costs at most as much, is at least as accurate, and is better in at least one of the two.
    """
    ### BEGIN SOLUTION
    nets = list(zip(costs, accuracies, strict=True))

    def dominated(cost, accuracy):
        return any(c <= cost and a >= accuracy and (c, a) != (cost, accuracy) for c, a in nets)

    return [number for number, net in enumerate(nets) if not dominated(*net)]
    ### END SOLUTION


# %% [markdown] hints="pareto"
# 1. Draw four dots: costs 1, 2, 2, 3 and accuracies 60, 70, 65, 70. Two of them are dominated. Which, and by whom?
# 2. Ask of each network whether there is any other that dominates it; two loops do. Or sort by cost and keep a record
#    of the best accuracy so far.
# 3. Two networks that are equal in both do not dominate each other: both stay. At equal cost only the more accurate
#    one stays, at equal accuracy only the cheaper one.
#
# The idea: Keep a network if no other has a cost that is not higher and an accuracy that is not lower, with at least
# one of the two different.

# %%
ccv.check("pareto")


# %%
def quoted(name):
    """Of a builder: million parameters, billion multiply-adds, and its published top-1 accuracy in per cent."""
    millions, macs = counts(name, 1 if name == "alexnet" else 0)
    return millions, macs / 1e3, models.card(name).published[0].top1


FIELD = ["alexnet", *(name for names in FAMILIES.values() for name in names), "xception", "darknet53"]
field = np.array([quoted(name) for name in FIELD])
front = pareto(field[:, 1].tolist(), field[:, 2].tolist())
by_size = pareto(field[:, 0].tolist(), field[:, 2].tolist())
print("nobody beats them for their multiply-adds:", ", ".join(FIELD[i] for i in front))
print("nobody beats them for their parameters:   ", ", ".join(FIELD[i] for i in by_size))
best_value = max(range(len(FIELD)), key=lambda i: field[i, 2] / field[i, 0])
print(f"most per cent for a million parameters:    {FIELD[best_value]}, {field[best_value, 2]:.1f} % right")


# %% jupyter={"source_hidden": true}
def draw_field():
    """Accuracy against multiply-adds; areas are parameters; the front is a line."""
    figure = new_figure(9.5, 6, "Accuracy against work: a disc's area is the number of parameters")
    axes = tidy(figure.add_subplot(), xlabel="billion multiply-adds for one image", xscale="log",
                ylabel="top-1 accuracy on ImageNet, %")  # fmt: skip
    order = sorted(front, key=lambda i: field[i, 1])
    axes.plot(
        field[order, 1], field[order, 2], color=ORANGE, zorder=1, label="the front: nobody is better at this price"
    )
    for number, (millions, macs, top1) in enumerate(field):
        color = ORANGE if number in front else BLUE
        axes.scatter(macs, top1, s=5 * millions, color=color, alpha=0.45, edgecolor=color, zorder=2)
    places = {"alexnet": (-40, -2), "vgg16": (6, 23), "vgg11": (-34, 0), "googlenet": (-8, -14), "resnet18": (34, 2),
              "resnet50": (34, -4), "resnet152": (20, -16), "densenet121": (-44, -4), "mobilenet": (-32, -2),
              "mobilenet_v2": (-46, -2), "squeezenet1_0": (46, 3), "mobilenet_v3_small": (22, -14),
              "mobilenet_v3_large": (-38, 10), "inception_v3": (-38, 9), "inception_v4": (-22, 17), "xception": (30, -8),
              "efficientnet_b0": (-42, 6), "efficientnet_b4": (-40, 8), "efficientnet_b7": (-44, 8),
              "resnext101_32x8d": (42, -22)}  # fmt: skip
    for name, beside in places.items():
        at = FIELD.index(name)
        axes.annotate(name.replace("efficientnet_", "efficientnet "), field[at, 1:], beside,
                      textcoords="offset points", ha="center", va="center", fontsize=9)  # fmt: skip
    axes.set_xticks([0.1, 0.3, 1, 3, 10, 30], ["0.1", "0.3", "1", "3", "10", "30"])
    axes.legend(loc="lower right")
    listed = "; ".join(f"{FIELD[i]} {field[i, 1]:.2f} and {field[i, 2]:.1f} %" for i in order)
    return described(figure, f"A scatter plot of {len(FIELD)} networks. On the front: {listed}.")


draw_field()

# %% [markdown]
# - **VGG** lies far to the right and low, in the largest discs. VGG-16 is dominated by 21 of the 34 others.
# - **AlexNet** does little work, yet it is heavy and poor: SqueezeNet is as accurate with a fiftieth of the weights.
# - **GoogLeNet** was ahead of its time, and **ResNet** is a straight road: pay more, get more.
# - The **front** belongs to MobileNetV3 and EfficientNet, the designs that a search helped to find.
#
# Beware of one number for two things. "Accuracy for each million parameters" is won by the SqueezeNet that is wrong
# for four images in ten: dividing rewards what is small, however poor. And a multiply-add is not a millisecond. Keras
# publishes both accuracy and time on one CPU; against our multiply-adds:

# %%
KERAS_MS = {"vgg16": 69.5, "vgg19": 84.8, "resnet50": 58.2, "resnet101": 89.6, "resnet152": 127.4, "inception_v3": 42.2,
            "inception_resnet_v2": 130.2, "xception": 109.4, "mobilenet": 22.6, "mobilenet_v2": 25.9}  # keras.io  # fmt: skip
work = {name: quoted(name)[1] for name in KERAS_MS}


# %% jupyter={"source_hidden": true}
def draw_times():
    """Milliseconds as keras.io has them, against our multiply-adds."""
    figure = new_figure(9, 4.6, "More multiply-adds, more time? Not always")
    axes = tidy(figure.add_subplot(), xlabel="billion multiply-adds for one image",
                ylabel="milliseconds an image (keras.io, CPU)")  # fmt: skip
    for name, milliseconds in KERAS_MS.items():
        axes.plot(work[name], milliseconds, "o", color=BLUE, ms=8)
        right = name not in {"vgg19", "resnet152"}
        low = {"mobilenet": -8, "mobilenet_v2": 8}.get(name, 0)
        axes.annotate(name, (work[name], milliseconds), (9 if right else -9, low), textcoords="offset points",
                      ha="left" if right else "right", va="center", fontsize=9)  # fmt: skip
    axes.set_xlim(0, 22)
    axes.set_ylim(0, 145)
    said = "; ".join(f"{name} {work[name]:.1f} and {ms}" for name, ms in KERAS_MS.items())
    return described(figure, f"A scatter plot of billion multiply-adds and milliseconds: {said}.")


draw_times()

# %%
ratios = {pair: (work[pair[0]] / work[pair[1]], KERAS_MS[pair[0]] / KERAS_MS[pair[1]])
          for pair in (("vgg16", "resnet50"), ("vgg16", "xception"), ("mobilenet", "mobilenet_v2"))}  # fmt: skip
for (one, other), (macs, milliseconds) in ratios.items():
    print(f"{one} against {other}: {macs:.1f} times the multiply-adds, {milliseconds:.1f} times the time")

# %% [markdown]
# VGG-16 does four times the work of ResNet-50 in little more time, and nearly twice that of Xception in less. Large
# plain convolutions keep a processor busy; many thin layers make it wait for memory. So measure on the machine that
# will do the job. That is what section 7 does.
#
# ## 6. Is the difference real?
#
# A network had 93 of 100 test images right, another 91. Is it better? Take two other hundreds, and the order may
# turn. If a network is right with probability $p$, then the share that it has right of $n$ images has a standard
# error of $\sqrt{p(1-p)/n}$, and in 95 of 100 cases it lies within $z = 1.96$ standard errors of $p$. The other way
# round, from the share $\hat p$ to $p$, the textbook formula $\hat p \pm z\sqrt{\hat p(1-\hat p)/n}$ fails where it
# matters: 20 right of 20 would be "100 % ± 0". Edwin Wilson's interval (1927) does not:
#
# $$ \frac{1}{1 + z^2/n}\left(\hat p + \frac{z^2}{2n} \;\pm\; z\sqrt{\frac{\hat p(1-\hat p)}{n} + \frac{z^2}{4n^2}}\right) $$
#
# **Exercise.** Write it.


# %%
def interval(right, images, z=1.96):
    """Return (low, high), Wilson's interval for the accuracy of a network that had `right` of so many images right."""
    ### BEGIN SOLUTION
    p, more = right / images, z**2 / images
    middle = p + more / 2
    half = z * sqrt(p * (1 - p) / images + more / (4 * images))
    return (middle - half) / (1 + more), (middle + half) / (1 + more)
    ### END SOLUTION


# %% [markdown] hints="interval"
# 1. Put in 20 right of 20: the root has only its second term. You should find about 0.84 and 1.
# 2. Name the parts: the share, the middle before scaling, half the width before scaling. Then the two ends.
# 3. The factor in front belongs to both the middle and the root. In the root the second term has the *square* of the
#    number of images.
#
# The idea: The middle is the share moved a little towards a half, and the root is the standard error with a little
# added; divide both ends by one plus z squared over n.

# %%
ccv.check("interval")

# %%
for right, images in ((20, 20), (93, 100), (91, 100), (930, 1000), (9300, 10_000), (46_500, 50_000)):
    low, high = interval(right, images)
    print(f"{right:6,} right of {images:6,}: between {low:6.1%} and {high:6.1%}")
low, high = interval(76, 1500)
print(f"the human of the ImageNet challenge, 76 wrong of 1,500: an error between {low:.1%} and {high:.1%}")

# %% [markdown]
# The last line is famous as "humans have 5.1 %". It was one patient man, Andrej Karpathy, and 1,500 images. A single
# ResNet-152, with 4.49 %, lies *within* his interval; the ensemble, with 3.57 %, below it. "Better than a human"
# needs a footnote.
#
# On ImageNet's 50,000 validation images an accuracy is known to about 0.4 points either way. Here are four that were
# published for ResNet-50:

# %%
RESNET50 = {"Keras": 74.9, "torchvision, 2016 recipe": 76.13, "torchvision, 2021 recipe": 80.858}  # per cent


# %% jupyter={"source_hidden": true}
def draw_intervals():
    """Accuracies on 50,000 images with their intervals, and ResNet-152 and EfficientNet-B1 beside them."""
    shown = {f"ResNet-50, {who}": top1 for who, top1 in RESNET50.items()}
    shown |= {"ResNet-152, Keras": quoted("resnet152")[2], "EfficientNet-B1, Keras": quoted("efficientnet_b1")[2]}
    figure = new_figure(9, 3.4, "One network, three trainings (top-1, 50,000 images, 95 % intervals)")
    axes = tidy(figure.add_subplot(), xlabel="top-1 accuracy, %")
    told = []
    for row, (who, top1) in enumerate(shown.items()):
        low, high = (100 * end for end in interval(round(500 * top1), 50_000))
        color = BLUE if "50" in who.split(",")[0] else ORANGE
        axes.plot([low, high], [row, row], color=color, lw=3)
        axes.plot(top1, row, "o" if color == BLUE else "s", color=color, ms=7)
        told.append(f"{who}: {top1:.1f}, from {low:.1f} to {high:.1f}")
    axes.set_yticks(range(len(shown)), shown)
    axes.set_ylim(len(shown) - 0.5, -0.5)
    return described(figure, f"Five accuracies with intervals. {'; '.join(told)}.")


draw_intervals()

# %% [markdown]
# The two of torchvision are *the same network*, to the last parameter. What differs is how it was trained: longer, with
# stronger augmentation, smoothed labels, averaged weights. That is worth 4.7 points, more than everything that 102 more
# layers bring (76.6 % for Keras's ResNet-152). Think of it whenever a plot like that of section 5 claims that one
# *architecture* is better than another: the newer one was usually trained with the newer recipe.
#
# ### The same images
#
# Two intervals that overlap do *not* say that two networks are equally good. If both answered the **same** images,
# there is a sharper question. Forget those that both had right, and those that both had wrong. Of the $n$ that remain
# the first network had $b$ right and the second $c$. Were they equally good, each of these would be a toss of a coin.
# How likely is it that $n$ tosses fall at least as unevenly as $b$ to $c$, to either side? That is **McNemar's
# test**, in its exact form:
#
# $$ p = \min\Bigl(1,\; 2\sum_{i=0}^{\min(b, c)} \binom{n}{i} 2^{-n}\Bigr), \qquad n = b + c . $$
#
# **Exercise.** From two rows of right and wrong, by the formula (a ready-made test earns nothing).


# %%
def mcnemar(first, second):
    """Return (b, c, p): only the first right, only the second right, and the exact two-sided p; first, second: booleans
    (images,), whether a network had each image right."""
    ### BEGIN SOLUTION
    first, second = np.asarray(first, bool), np.asarray(second, bool)
    b, c = int(np.sum(first & ~second)), int(np.sum(second & ~first))
    p = 2 * sum(comb(b + c, i) for i in range(min(b, c) + 1)) / 2 ** (b + c)
    return b, c, min(1.0, p)
    ### END SOLUTION


# %% [markdown] hints="mcnemar"
# 1. Ten images; the first network has 9 right and the second 6, and 5 of these are common. What are b and c? Toss a
#    coin that often: which outcomes are at least as uneven?
# 2. Count where exactly one of the two is right. Then a sum of binomial coefficients (`math.comb`), from no toss up to
#    the rarer side, over the number of all outcomes.
# 3. The sum includes its last term. Both directions count, so it is doubled; where b equals c that gives more than 1,
#    and a probability is at most 1. With no difference at all it is 1.
#
# The idea: Count the images on which exactly one is right, each way; twice the share of coin tosses that are as
# uneven or more, but no more than 1.

# %%
ccv.check("mcnemar")

# %%
both, neither = np.ones(190, bool), np.zeros(10, bool)
for b, c in ((12, 4), (7, 5), (30, 22), (60, 40)):
    one = np.concatenate([both, neither, np.ones(b, bool), np.zeros(c, bool)])
    other = np.concatenate([both, neither, np.zeros(b, bool), np.ones(c, bool)])
    found = mcnemar(one, other)
    print(
        f"{one.mean():.1%} and {other.mean():.1%} of {len(one)} images right, b = {found[0]}, c = {found[1]}: p = {found[2]:.3f}"
    )

# %% [markdown]
# Four points between two networks may be nothing. Two or three hundred test images, which is what a small project has,
# tell a good network from a poor one, and not a good one from a slightly better one. The images are one kind of luck, and another is in no
# formula: train the same network again from other random numbers, and it answers differently. Against that only
# repetition helps.
#
# ## 7. A race of our own
#
# Published numbers are about ImageNet, on somebody's machine. Your task is another one, and so is your machine. So let
# four of the families run on two small tasks: **cells**, grey photographs of red cells, white cells and platelets,
# and **glyphs**, grey Greek letters in many fonts. Each network is made narrow, and trains from three starts.

# %%
TASKS = ("cells", "glyphs") if lab.quick else ("cells", "cifar10")
EPOCHS, SEEDS = (6 if lab.quick else 40), range(3)
WIDTH = 1 / 4 if lab.quick else 1 / 2
RACERS = {
    "LeNet-5": ("lenet5", {"variant": "modern", "first_padding": "same"}),
    "VGG-11": ("vgg11", {"width": WIDTH / 4, "batch_norm": True}),
    "ResNet-20": ("resnet20", {"width": WIDTH}),
    "MobileNet": ("mobilenet", {"width": WIDTH}),
}


# %%
def grey(images):
    """Images of any size and colour as grey ones of 32x32."""
    return tf.image.resize(images.mean(-1, keepdims=True), (32, 32), "area").numpy()


def task(name):
    """Grey images, standardised, and their labels, to learn from and held out; and the mean and deviation of pixels."""
    options = {"count": 800} if name == "glyphs" else {}
    train, test = (
        data.arrays(name, split, **options) for split in ("trainval" if name == "cells" else "train", "test")
    )
    pixels = grey(train[0])
    level = pixels.mean(), pixels.std()
    return ((pixels - level[0]) / level[1], train[1]), ((grey(test[0]) - level[0]) / level[1], test[1]), level


tasks = {name: task(name) for name in TASKS}
for name, ((images, labels), (held_out, _), _) in tasks.items():
    print(f"{name}: {len(images):,} images to learn from, {len(held_out):,} held out, {labels.max() + 1} classes")
some = np.concatenate([images[:10] for (images, _), *_ in tasks.values()])
plots.image_grid((np.clip(some, -2, 2) + 2) / 4, columns=10, title="Ten of each task, as the networks get them")

# %% [markdown]
# **Your bet.** Which of the four will be the most accurate on the cells, which the fastest for one image, and which has
# the fewest parameters? And will the order be the same on the letters?


# %%
def start_again(model, beginning, seed):
    """Put a network's first numbers back, those of each kernel in another order: another start, drawn alike."""
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    for variable, value in beginning:
        variable.assign(rng.permutation(value.ravel()).reshape(value.shape))


def milliseconds(ask, image, calls=100):
    """The median time of a call with one image, after some to warm up."""
    spent = []
    for _ in range(calls + 20):
        begun = time.perf_counter()
        ask(image).numpy()
        spent.append(1000 * (time.perf_counter() - begun))
    return float(np.median(spent[20:]))


# %%
def race(builder, options, name):
    """Train a network from each start; return (its probabilities (starts, images, classes), milliseconds, anatomy)."""
    (images, labels), (held_out, _), _ = tasks[name]
    model = models.build(builder, input_shape=images.shape[1:], classes=int(labels.max()) + 1, **options)
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.9  # over so few steps, the usual 0.99 would still remember the start
    steps = EPOCHS * -(-len(images) // 32)
    adam = keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(3e-3, steps))
    adam.build(model.trainable_variables)
    model.compile(adam, "sparse_categorical_crossentropy", jit_compile=False, steps_per_execution=8)
    beginning = [(variable, variable.numpy()) for variable in (*model.variables, *adam.variables)]
    shape = tf.TensorSpec((None, *images.shape[1:]))
    ask = tf.function(lambda x: model(x, training=False), input_signature=[shape], autograph=False)
    answers = []
    for seed in SEEDS:
        start_again(model, beginning, 1000 * lab.seed + seed)
        model.fit(images, labels, batch_size=32, epochs=EPOCHS, verbose=0)
        parts = np.array_split(held_out, -(-len(held_out) // 500))
        answers.append(np.concatenate([ask(tf.constant(part)) for part in parts]))
    return np.array(answers), milliseconds(ask, tf.constant(held_out[:1])), anatomy(model)


# %%
results = {name: {who: race(*racer, name) for who, racer in RACERS.items()} for name in TASKS}
accuracies = {
    name: {who: [float(np.mean(p.argmax(-1) == tasks[name][1][1])) for p in probabilities]
           for who, (probabilities, _, _) in rows.items()} for name, rows in results.items()}  # fmt: skip
for name, rows in results.items():
    print(f"{name:20} mean and spread of {len(SEEDS)} starts   parameters  multiply-adds  time for one")
    for who, (_, ms, network) in rows.items():
        right = np.array(accuracies[name][who])
        print(f"  {who:18} {right.mean():6.1%} ± {right.std(ddof=1):5.1%} {network.parameters:21,} "
              f"{network.macs / 1e6:9.2f} M {ms:9.2f} ms")  # fmt: skip

# %%
plots.dots(
    accuracies[TASKS[0]], "held-out images that are right", title="Grey cells: a dot for each start, a bar at the mean"
)

# %%
plots.dots(
    accuracies[TASKS[1]], "held-out images that are right", title="Letters: a dot for each start, a bar at the mean"
)

# %% [markdown]
# Now compare your bet with the table, and be strict with both.
#
# - **Has everybody learnt?** Guessing is right once in three times on the cells, and once in sixteen on the letters. A
#   network that is hardly better has not lost by nature: for its depth these were too few images and too few epochs. A
#   race of equal epochs is a race of who learns *fast*, and small networks do.
# - **Is a gap larger than the spread?** Two networks whose dots overlap have not been told apart by three starts, and
#   certainly not by one.
# - **Does the time follow the multiply-adds?** Put the last two columns side by side, row by row.
# - **Is the order the same on both tasks?** If it is not, then "the best network" is a word without meaning until the
#   task is named.
#
# Are the two best on the cells different? Put them to McNemar's test, start by start:

# %%
truth = tasks[TASKS[0]][1][1]
first, second = sorted(accuracies[TASKS[0]], key=lambda who: -np.mean(accuracies[TASKS[0]][who]))[:2]
for one, other in zip(results[TASKS[0]][first][0], results[TASKS[0]][second][0], strict=True):
    b, c, p = mcnemar(one.argmax(-1) == truth, other.argmax(-1) == truth)
    print(f"only {first} right: {b:2}, only {second} right: {c:2}, p = {p:.2f}")

# %% [markdown]
# ### Several heads
#
# The winners of the challenge let several networks look at several crops of each image and **averaged their
# probabilities**, and only then took the largest. That is no vote: a network that is unsure weighs less than one that
# is sure.
#
# **Exercise.** The answers of an ensemble.


# %%
def ensemble(probabilities):
    """Return the class (images,) that an ensemble holds most likely: the largest mean probability over all networks and
    crops; probabilities: (networks, crops, images, classes)."""
    ### BEGIN SOLUTION
    return np.mean(probabilities, axis=(0, 1)).argmax(axis=-1)
    ### END SOLUTION


# %% [markdown] hints="ensemble"
# 1. Two networks, one crop, one image: (0.9, 0.1) and (0.4, 0.6). What does the ensemble say? And what would you get
#    if each of three such networks only named a class?
# 2. Which two of the four axes disappear by averaging, and which one by asking for the largest?
# 3. Average first and take the largest afterwards. Class numbers are names: their mean means nothing.
#
# The idea: The mean over the first two axes, then the place of the largest number on the last.

# %%
ccv.check("ensemble")

# %%
for name, rows in results.items():
    truth = tasks[name][1][1]
    print(f"{name}: right alone (mean of the starts), and together")
    for who, (probabilities, _, _) in rows.items():
        together = np.mean(ensemble(probabilities[:, None]) == truth)
        print(f"  three of {who:12} {np.mean(accuracies[name][who]):6.1%} {together:6.1%}")
    everybody = np.concatenate([probabilities for probabilities, _, _ in rows.values()])[:, None]
    print(
        f"  all {len(everybody)}{'':16} {np.mean(list(accuracies[name].values())):6.1%} {np.mean(ensemble(everybody) == truth):6.1%}"
    )

# %% [markdown]
# Averaging three networks costs three times as much for each answer. Was it worth that here, and for whom? The line
# "all" has a question of its own. In a plain mean all networks speak alike, the poor ones too; why does a network that is hardly
# better than guessing do so little harm? (It is unsure, and its probabilities are nearly equal for all classes. One that is
# wrong *and* sure would do more.)
#
# ## 8. Which for which job?
#
# A choice has three parts. **Limits** come first: what does not fit into the memory of the camera, or takes longer
# than the time between two images, is out, however accurate. Among the rest, the **accuracy** on *your* held-out
# images decides. But a difference within the noise is none: of all that are within a margin of the best, take the
# **cheapest**.
#
# **Exercise.** Write the rule.


# %%
def choose(networks, most_ms, most_mb, margin):
    """Return the name of the network to take, or None if none is within the limits.

    networks: [(name, accuracy, ms, mb), ...]. Out of those with at most `most_ms` and `most_mb`, take those whose
    accuracy is at most `margin` below the best of them, and of these the one with the fewest mb. No two mb are equal.
    """
    ### BEGIN SOLUTION
    allowed = [net for net in networks if net[2] <= most_ms and net[3] <= most_mb]
    best = max((accuracy for _, accuracy, _, _ in allowed), default=0)
    good = [net for net in allowed if net[1] >= best - margin]
    return min(good, key=lambda net: net[3])[0] if good else None
    ### END SOLUTION


# %% [markdown] hints="choose"
# 1. Three networks: (0.90, 5 ms, 8 MB), (0.89, 1 ms, 2 MB), (0.97, 50 ms, 90 MB). You have 10 ms, 10 MB, and a margin
#    of 0.02. Which one, and why not the others?
# 2. Three steps, each on what the step before has left: the limits, the margin below the best, the smallest.
# 3. The best is the best of those *within the limits*. A network exactly at a limit, or exactly at the margin, is still
#    in. And nobody may be left.
#
# The idea: Throw out what breaks a limit, then what is clearly worse than the best of the rest, and of what is left
# take the smallest.

# %%
ccv.check("choose")

# %%
margin = 0.02
for name, rows in results.items():
    offers = [(who, float(np.mean(accuracies[name][who])), ms, 4 * network.parameters / 1e6)
              for who, (_, ms, network) in rows.items()]  # fmt: skip
    fastest, smallest = sorted(offer[2] for offer in offers), sorted(offer[3] for offer in offers)
    jobs = {"a server: no limits": (np.inf, np.inf), "a video: the two fastest": (fastest[1], np.inf),
            "a small chip: the two smallest": (np.inf, smallest[1]), "both": (fastest[1], smallest[1])}  # fmt: skip
    for job, limits in jobs.items():
        print(f"{name:8} {job:32} {choose(offers, *limits, margin)}")
    print(f"{name:8} {'a server, without any margin':32} {choose(offers, np.inf, np.inf, 0)}")


# %% jupyter={"source_hidden": true}
def draw_choice():
    """Accuracy against milliseconds for both tasks; the area is the size."""
    figure = new_figure(9.5, 4.2, "What you can buy (area: megabytes)")
    told = []
    for place, name in enumerate(TASKS, 1):
        axes = tidy(figure.add_subplot(1, 2, place), title=name, xlabel="milliseconds for one image", ylabel="right")
        for (who, (_, ms, network)), color in zip(results[name].items(), (BLUE, ORANGE, GREEN, RED), strict=True):
            right, mb = accuracies[name][who], 4 * network.parameters / 1e6
            axes.plot([ms, ms], [min(right), max(right)], color=color, lw=1.5)
            axes.scatter(ms, np.mean(right), s=300 * mb, color=color, alpha=0.5, edgecolor=color)
            axes.annotate(who, (ms, np.mean(right)), (9, 9 if color in {BLUE, GREEN} else -14),
                          textcoords="offset points", fontsize=9)  # fmt: skip
            told.append(f"{name}, {who}: {ms:.2f} ms, {mb:.2f} MB, {np.mean(right):.1%}")
        axes.yaxis.set_major_formatter("{x:.1%}")
        axes.margins(0.3)
    return described(figure, f"Two scatter plots of time and accuracy. {'; '.join(told)}.")


draw_choice()

# %%
lab.record(width=WIDTH, epochs=EPOCHS, starts=len(SEEDS))
for name, rows in accuracies.items():
    lab.record(
        **{f"{name}_{who.lower().replace('-', '')}": round(float(np.mean(right)), 4) for who, right in rows.items()}
    )

# %% [markdown]
# Compare the first line of each task with its last: the margin alone may change what you take, and with it the price.
# How large may it be before a limit, and no longer the accuracy, decides? With a few hundred test images, `interval`
# says what is too small.
#
# ### Practical advice
#
# Nine sentences, and a reason for each:
#
# 1. **Look at your images first**, and at the ones that a network gets wrong. More labels, or better ones, beat most
#    changes of architecture.
# 2. **Have a silly baseline**: the most frequent class, mean colours, logistic regression. In the lab on transfer
#    learning three mean values beat a borrowed network on the coloured cells.
# 3. **Begin with somebody else's weights** where the images are of a similar kind, and freeze before you fine-tune.
#    Train from nothing where they are not: small grey images gain little from photographs.
# 4. **Begin with a network that others have used a lot** (ResNet-50, MobileNetV3, EfficientNet-B0), with the published
#    recipe. Change one thing at a time.
# 5. **Spend on training before you spend on size**: augmentation, a falling rate, more epochs. Section 6 has the
#    figures.
# 6. **Keep three sets apart**: to learn, to choose, to report. Whoever chooses among four networks on the test images
#    reports a number that is too good. (So do we, above.)
# 7. **Repeat, and give the spread.** One run is an anecdote.
# 8. **Measure time and memory where the network will work**, with the batch that it will get. Batch 1 on a telephone is
#    not batch 256 on a graphics card.
# 9. **Crops and ensembles last.** They nearly always add something, and multiply the cost of every answer for ever.
#
# ## 9. For and against, and what came after
#
# What the classic networks are good for, now that you have the figures:
#
# | network | for | against |
# |---|---|---|
# | LeNet-5 (1998) | 62 thousand parameters: understood in an afternoon, trained in seconds; enough for digits | no normalisation, few channels; does not reach far beyond small grey images |
# | AlexNet (2012) | showed that ReLU, dropout, augmentation and graphics cards scale; little work for one image | 94 % of its parameters are the head; SqueezeNet is as accurate with a fiftieth |
# | VGG-16 (2014) | one brick, easy to read and to change; its maps are liked for style transfer and segmentation | 138 million parameters, 15.5 billion multiply-adds: dominated by nearly everything since |
# | GoogLeNet, Inception (2014) | many scales at once, cheaply: a ninth of AlexNet's parameters, little more than half its error | many branches, many numbers chosen by hand; hard to change |
# | ResNet (2015) | trains at any depth, one number sets its size; weights, recipes and advice for everything | not the most accurate at its price; many activations to keep in training |
# | DenseNet (2017) | few parameters for its accuracy | its concatenations need memory and time |
# | MobileNet (2017 to 2019) | small and light; made for telephones | thin layers: slower than their multiply-adds suggest |
# | EfficientNet (2019) | the front of section 5; one knob from 5 to 67 million parameters | large activations, slow to train; B7 wants 600 pixels |
#
# "Computationally expensive" and "not suited to small images", which you read of nearly all of them, are no
# properties of an architecture: the width and the strides decide. Your narrow ones ran on images of 32 pixels.
#
# ### What came after
#
# The "state of the art" is whatever was best at the last conference, and a page about it is out of date when it is
# printed. This one ends in 2023. Accuracies are top-1 on ImageNet, from the papers or from torchvision, as named.
#
# **Better training.** ResNet-50 had not reached its limit. With the recipes of 2021 the same network has 80.4 % (*ResNet
# strikes back*, Wightman, Touvron and Jégou) or 80.9 % (torchvision): label smoothing, MixUp, CutMix, random
# augmentation, 600 epochs, averaged weights. Whoever compares must train both sides alike.
#
# **Vision transformers.** Dosovitskiy and colleagues cut the image into patches of 16x16, made each a vector, and let
# every patch look at every other (*attention*); no convolution is left after the first layer. Trained on 1.2 million
# images alone it takes much augmentation and care (ViT-B/16: 86.6 million parameters, 17.6 billion multiply-adds,
# 81.1 % in torchvision). With 300 million images to learn from it was as good as the best ConvNets of its day, or
# better (88.6 % for ViT-H/14 in the paper). Little is built in, so more has to be learnt. *Swin* put windows and stages back in,
# and so became a favourite for detection.
#
# **ConvNeXt.** Was it attention, then, or everything that had changed around it? Liu and colleagues took a ResNet-50
# and gave it, step by step, a transformer's manners: its recipe, patches of 4x4 at the entry, depthwise 7x7 filters,
# wide inner layers, fewer activations and normalisations. The result is a pure ConvNet that keeps up with Swin (Tiny:
# 28.6 million parameters, 4.5 billion multiply-adds, 82.5 % in torchvision). Both are builders, too: `vit_b_16`
# (86,567,656 parameters) and `convnext_tiny` (28,589,128), beside `seresnet50` and `efficientnet_v2_b0`, in `ccv.models`.
#
# **Other things to learn from.** Labels became the bottleneck. *CLIP* learns from 400 million images and the captions
# that stood beside them, and can be asked about classes that it never saw as such. *MAE* hides three quarters of an
# image and learns to paint them; *DINOv2* learns from images alone. Their networks are the ones whose features one
# freezes today.
#
# **ImageNet itself.** Recht and colleagues collected a second test set in the same way, and all networks lost 11 to 14
# points on it, in nearly the same order. Beyer and colleagues looked at the labels again and found that many of the
# remaining "mistakes" are none. A tenth of a point on the old labels means little today.
#
# For a first answer to a new task of your own, none of this changes the rule of section 8. Your limits come first.
#
# ## What you have learnt
#
# - Top-5 is kinder than top-1; winners were ensembles over crops; differences are in points, factors are of errors.
# - Parameters are no bytes, MB no MiB, and a multiply-add is two FLOPs. A table with one column and two units is wrong
#   by a factor of two.
# - With and without the head are two numbers: AlexNet keeps 6 % of its parameters without it, ResNet-50 92 %.
# - `diff` tells the history: smaller windows, then 1x1, then sums and normalisation, then depthwise.
# - A dominated network is one that nobody should buy. Accuracy per parameter is no measure of anything.
# - An accuracy has an interval, two networks on the same images have McNemar's test, and a training has a spread.
# - The same ResNet-50 gained 4.7 points from its training alone.
# - Choose by limits, then by accuracy, then, within the noise, by price; and measure on your own machine.
#
# ## Do you still know?
#
# <details><summary>One paper has an error of 6.7 %, another an accuracy of 93.0 %. Which is better, and by how much?</summary>
#
# The first: 93.3 % are right. The difference is 0.3 points. First ask whether both are top-5, of one network, on the
# same images.
#
# </details>
#
# <details><summary>A network has 25 million parameters and 4 billion multiply-adds. How large is its file in float16, and how
# many FLOPs is one image?</summary>
#
# 50 MB, and 8 billion. The FLOPs of a network do not depend on the number format.
#
# </details>
#
# <details><summary>EfficientNet-B0 has a twenty-sixth of VGG-16's parameters. Why does it save nothing on activations?</summary>
#
# Training keeps the outputs of all layers, and it has more of them than VGG-16: many layers, expanded to six times the channels inside each
# block.
#
# </details>
#
# <details><summary>A network is on the front for multiply-adds, and not for parameters. Is that possible?</summary>
#
# Yes. A front belongs to one cost. It may do little work with many parameters, as MobileNetV3-Large does with its dense layers.
#
# </details>
#
# <details><summary>A has 95.2 % of 250 images right and B 93.6 %. The intervals overlap. Are they equally good?</summary>
#
# That does not follow. On the same images, look only at those that exactly one has right. And it need not be worth
# knowing: four images decide.
#
# </details>
#
# <details><summary>Why average probabilities instead of letting each network vote?</summary>
#
# A vote throws away how sure each network is. The mean lets one that is sure outweigh two that hesitate.
#
# </details>
#
# <details><summary>A new network has 79 % with its new recipe; ResNet-50 had 76 % in 2016. What do you ask?</summary>
#
# What ResNet-50 has with the new recipe. It was 80.9 % in one case.
#
# </details>
#
# ## Your own photograph
#
# What does a network of the race say of a picture of yours? Set `MY_PHOTO` to the path of a picture with one letter
# (dark on light), or of a cell under a microscope, and `MY_TASK` to its task. Without one, a letter is drawn that no
# network has seen.

# %%
from PIL import Image, ImageOps

MY_PHOTO, MY_TASK = None, TASKS[1]
if MY_PHOTO:
    photo = ImageOps.exif_transpose(Image.open(MY_PHOTO)).convert("L")
    mine = np.asarray(ImageOps.fit(photo, (32, 32)), "float32")[None, ..., None]
else:
    options = {"count": 16, "seed": 77} if MY_TASK == "glyphs" else {}
    mine = grey(data.arrays(MY_TASK, "test", **options)[0][3:4])
plots.image_grid(mine.astype("uint8"), titles=["yours"], columns=1, title="What the networks see")

# %% [markdown]
# The race has kept the answers of its networks and not the networks. So train the one that was best on this task again, and ask
# it.

# %%
(images, labels), _, (mean, deviation) = tasks[MY_TASK]
builder, options = RACERS[max(RACERS, key=lambda who: np.mean(accuracies[MY_TASK][who]))]
net = models.build(builder, input_shape=images.shape[1:], classes=int(labels.max()) + 1, **options)
net.compile(keras.optimizers.Adam(3e-3), "sparse_categorical_crossentropy", jit_compile=False, steps_per_execution=8)
net.fit(images, labels, batch_size=32, epochs=EPOCHS, verbose=0)
shares = np.asarray(net((mine - mean) / deviation, training=False))[0]
for best in np.argsort(shares)[:-4:-1]:
    print(f"{data.class_names(MY_TASK)[best]:12} {shares[best]:.0%}")

# %% [markdown]
# ## An open task
#
# Beat the race on its second task: with at most as many multiply-adds as its best network, the same images, the same
# number of epochs, and three starts. Put your own network in place of `models.build(...)` in `race`: VGG's blocks with
# a global average, residual blocks, depthwise convolutions, whatever you have met. Here is the line to beat, measured
# in your own run:

# %%
best = max(RACERS, key=lambda who: np.mean(accuracies[TASKS[1]][who]))
line, cost = np.array(accuracies[TASKS[1]][best]), results[TASKS[1]][best][2]
print(f"{best}: {line.mean():.1%} ± {line.std(ddof=1):.1%} over {len(line)} starts, "
      f"{cost.macs:,} multiply-adds, {cost.parameters:,} parameters")  # fmt: skip

# %% [markdown]
# Judge by the mean, and by McNemar's test on the images that were held out. And mind rule 6: if you try twenty
# networks, the best of them looks better than it is.
#
# ## To read on
#
# The networks of this lab, in the order of their years:
#
# - Y. LeCun, L. Bottou, Y. Bengio, P. Haffner: [Gradient-based learning applied to document
#   recognition](https://ieeexplore.ieee.org/document/726791), 1998 (LeNet-5).
# - A. Krizhevsky, I. Sutskever, G. Hinton: [ImageNet classification with deep convolutional neural
#   networks](https://papers.nips.cc/paper/4824-imagenet-classification-with-deep-convolutional-neural-networks), 2012
#   (AlexNet); M. Zeiler, R. Fergus: [Visualizing and understanding convolutional
#   networks](https://arxiv.org/abs/1311.2901), 2013 (ZFNet).
# - K. Simonyan, A. Zisserman: [Very deep convolutional networks](https://arxiv.org/abs/1409.1556), 2015 (VGG); C.
#   Szegedy et al.: [Going deeper with convolutions](https://arxiv.org/abs/1409.4842), 2014 (GoogLeNet).
# - K. He, X. Zhang, S. Ren, J. Sun: [Deep residual learning](https://arxiv.org/abs/1512.03385), 2015 (ResNet); H. Li
#   et al.: [Visualizing the loss landscape of neural nets](https://arxiv.org/abs/1712.09913), 2018.
# - A. Howard et al.: [MobileNets](https://arxiv.org/abs/1704.04861), 2017; M. Tan, Q. Le:
#   [EfficientNet](https://arxiv.org/abs/1905.11946), 2019; J. Redmon et al.: [You only look
#   once](https://arxiv.org/abs/1506.02640), 2015, which asks where things are.
#
# On comparing:
#
# - A. Canziani, A. Paszke, E. Culurciello: [An analysis of deep neural network models for practical
#   applications](https://arxiv.org/abs/1605.07678), 2017: the picture of section 5.
# - O. Russakovsky et al.: [ImageNet large scale visual recognition challenge](https://arxiv.org/abs/1409.0575), 2015:
#   the rules, the winners, and the human; the data are at [image-net.org](https://image-net.org/).
# - R. Wightman, H. Touvron, H. Jégou: [ResNet strikes back](https://arxiv.org/abs/2110.00476), 2021; B. Recht et al.:
#   [Do ImageNet classifiers generalize to ImageNet?](https://arxiv.org/abs/1902.10811), 2019; L. Beyer et al.: [Are
#   we done with ImageNet?](https://arxiv.org/abs/2006.07159), 2020.
#
# What came after:
#
# - A. Dosovitskiy et al.: [An image is worth 16x16 words](https://arxiv.org/abs/2010.11929), 2020 (ViT); Z. Liu et
#   al.: [Swin transformer](https://arxiv.org/abs/2103.14030), 2021; Z. Liu et al.: [A ConvNet for the
#   2020s](https://arxiv.org/abs/2201.03545), 2022 (ConvNeXt).
# - A. Radford et al.: [CLIP](https://arxiv.org/abs/2103.00020), 2021; K. He et al.: [Masked
#   autoencoders](https://arxiv.org/abs/2111.06377), 2021; M. Oquab et al.:
#   [DINOv2](https://arxiv.org/abs/2304.07193), 2023.
#
# To use them: [Keras Applications](https://keras.io/api/applications/), its guide to [transfer learning and
# fine-tuning](https://keras.io/guides/transfer_learning/), TensorFlow's tutorial on [data
# augmentation](https://www.tensorflow.org/tutorials/images/data_augmentation), and torchvision's [table of
# weights](https://pytorch.org/vision/stable/models.html). Courses with more of all this:
# [CS231n](https://cs231n.github.io/) by Fei-Fei Li, Justin Johnson, Serena Yeung and others, Andrew Ng's [Deep
# learning](https://www.deeplearning.ai/courses/deep-learning-specialization/), and [Dive into deep
# learning](https://d2l.ai/chapter_convolutional-modern/index.html).
#
# *Cells: the BCCD data set (MIT licence). Letters: the DejaVu fonts.*

# %% [markdown]
# <!-- For those who have the slides -->

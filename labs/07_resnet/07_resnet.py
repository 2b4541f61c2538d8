# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
#   ccv:
#     minutes: 120
#     needs: "two CPU cores, no network"
#     about: "why a deeper network got worse, and what a shortcut changes: gradients, batch normalisation, bottlenecks, DenseNet"
# ---

# %% [markdown]
# # ResNet: a way around the layers
#
# In 2014 the best networks had 19 and 22 layers, and everybody thought the next ones would simply have more. They were
# built, and they were *worse*: worse on new images, and, which is the odd part, worse on the very images that they had
# been trained on. A year later Kaiming He, Xiangyu Zhang, Shaoqing Ren and Jian Sun changed a single line, `y = f(x)`
# into `y = x + f(x)`, trained 152 layers, and won the ImageNet challenge. Hardly a network has been built since without
# that line: it is in every transformer, and in the model that you may have asked about ResNet.
#
# In this lab you see a deep network fail, find out what it does *not* fail of, prove that a good solution was there all
# along, follow the gradients down through 56 layers, and then add the line.

# %%
import ccv

lab = ccv.lab("07_resnet")

# %%
import keras
import numpy as np
import tensorflow as tf
from keras import layers

from ccv import data, models, plots
from ccv.anatomy import anatomy, table
from ccv.data.handwriting import clean_digit
from ccv.plots.style import BLUE, GREEN, ORANGE, RED, described, new_figure, tidy

keras.utils.set_random_seed(lab.seed)

# %%
anatomy(models.resnet20()).draw("conv2_block1", title="A residual block: the arrow on the side is all that is new")

# %% [markdown]
# **You will be able to** tell degradation from overfitting by their curves; say what makes gradients vanish or explode,
# and measure it; write a residual block, batch normalisation and a filter-normalised direction yourself; count the
# layers and weights of ResNets with and without bottlenecks; and say what ResNeXt and DenseNet do differently.
#
# **You should know** what a convolution and its weights are, what gradient descent does, and a little of Keras's
# functional style. The lab on VGG asks why depth should help; this one asks why it did not.
#
# **Time**: about two hours. The cells themselves run for about a minute and a half on two cores; nothing is downloaded.

# %% [markdown]
# ## 1. Twenty layers or fifty-six?
#
# Two networks from the paper, both plain: 3x3 convolutions, each followed by batch normalisation and a ReLU, in three
# stages of which the second and the third begin with a stride of 2. One has 20 layers with weights, the other 56. Ours
# are a quarter as wide as the paper's, and they read handwritten digits of 8x8 pixels, real scans, so that each trains
# in seconds.

# %%
name, width, epochs = ("digits", 1 / 4, 11) if lab.quick else ("cifar10", 1, 30)
(images, labels), (test_images, test_labels) = data.arrays(name, "train"), data.arrays(name, "test")
mean, deviation = images.mean(), images.std()
x_train, x_test = (((pixels - mean) / deviation).astype("float32") for pixels in (images, test_images))
small = {"width": width, "input_shape": x_train.shape[1:], "classes": 10}
print(f"{len(x_train):,} images of {x_train.shape[1:]} to learn from, {len(x_test):,} held out")
plots.image_grid(images[:16], titles=labels[:16].tolist(), columns=8, title="Sixteen of them, with their labels")

# %% [markdown]
# The training is the usual one, written out: gradient descent with momentum, a rate that falls along a cosine, 64
# images a step. After each epoch the loop notes three numbers: the loss, the share of *training* images that were
# wrong, and the share of *test* images that are wrong.


# %%
def error(model, pixels=x_test, right=test_labels):
    """The share of images that a network gets wrong."""
    guesses = [
        np.argmax(model(some, training=False), axis=-1) for some in np.array_split(pixels, -(-len(pixels) // 500))
    ]
    return float(np.mean(np.concatenate(guesses) != right))


# %%
def train(model, rate=0.03, batch=64):
    """Train a network; return an array (epochs, 3): training loss, training error, test error."""
    steps = -(-len(x_train) // batch)
    falling = keras.optimizers.schedules.CosineDecay(rate, epochs * steps)
    optimizer = keras.optimizers.SGD(falling, momentum=0.9)
    optimizer.build(model.trainable_variables)

    @tf.function
    def step(some, right):
        with tf.GradientTape() as tape:
            guesses = model(some, training=True)
            loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(right, guesses))
        optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)
        return loss, tf.reduce_mean(tf.cast(tf.argmax(guesses, axis=-1) != right, "float32"))

    order, history = np.random.default_rng(lab.seed), []
    for _ in range(epochs):
        batches = np.array_split(order.permutation(len(x_train)), steps)
        seen = [step(tf.constant(x_train[some]), tf.constant(labels[some])) for some in batches]
        history.append([*np.mean(seen, axis=0), error(model)])
    return np.array(history)


# %% [markdown]
# **Your bet.** The deeper network has three times as many parameters. After the same number of steps:
#
# - is its error on the *training* images lower or higher than that of the shallow one?
# - and on the *test* images?
#
# Write both down before you run the next cell.

# %%
nets, runs = {}, {}
for depth in (20, 56):
    keras.utils.set_random_seed(lab.seed)
    nets["plain", depth] = getattr(models, f"plainnet{depth}")(**small)
    runs["plain", depth] = train(nets["plain", depth])
    loss, training, test = runs["plain", depth][-1]
    print(f"plain, {depth} layers, {nets['plain', depth].count_params():7,} parameters: "
          f"training loss {loss:.3f}, training error {training:5.1%}, test error {test:5.1%}")  # fmt: skip


# %% jupyter={"source_hidden": true}
def draw_runs(kind, title):
    """Training and test error of the networks with 20 and 56 layers, epoch by epoch."""
    figure = new_figure(9, 3.8, title)
    left = None
    for place, (column, what) in enumerate([(1, "training images"), (2, "test images")], 1):
        left = tidy(figure.add_subplot(1, 2, place, sharey=left), title=what, xlabel="epoch", ylabel="error")
        for depth, color, marker in ((20, BLUE, "o"), (56, ORANGE, "s")):
            errors = runs[kind, depth][:, column]
            left.plot(range(1, len(errors) + 1), errors, color=color, marker=marker, ms=5, label=f"{depth} layers")
        left.set_ylim(0, 1)
        left.yaxis.set_major_formatter("{x:.0%}")
        left.legend()
    ends = {depth: runs[kind, depth][-1] for depth in (20, 56)}
    said = "; ".join(f"{depth} layers end at {end[1]:.1%} and {end[2]:.1%}" for depth, end in ends.items())
    return described(figure, f"{title}. Error on training and on test images by epoch: {said}.")


draw_runs("plain", "Two plain networks: the deeper one learns next to nothing")

# %% [markdown]
# When this lab was written, the shallow network ended at a training error of 1.2 % and the deep one at 64 %, which it
# also had on the test images: of ten digits it gets six wrong, *after* having been shown each of them eleven times.
# That was no accident of the first weights. Over four more runs with other seeds the training loss of the shallow net
# lay between 0.07 and 0.12 and that of the deep one between 1.7 and 1.9 (guessing costs $\ln 10 = 2.3$). With a rate of
# 0.01 or 0.1 it is the same, and after four times as many steps the deep net is still at 1.5.
#
# ### What is wrong with these curves?
#
# "Too many parameters, so it overfits" is what most people say first, and it is wrong. A network that **overfits** does
# *better* on the images that it was trained on, and pays for it on others. Here the deep network is worse on **both**.
# It has learnt the digits by heart no more than it has understood them; it has learnt next to nothing. He and his
# colleagues called this **degradation**. The two are told apart by looking at the training error, and at nothing else.
#
# **Exercise.** Write the diagnosis down. Curves rattle, so compare the mean over the last epochs, and ignore what is
# smaller than a margin.


# %%
def diagnose(shallow, deep, margin=0.01, last=3):
    """Say what is wrong with the deeper of two networks: "degradation", "overfitting" or "neither".

    shallow, deep: (training errors, test errors), each a sequence with an error for every epoch.
    Compare means over the last `last` epochs. "degradation": the deep net's training error is higher than the shallow
    one's by more than `margin`. "overfitting": it is not, but its test error is higher by more than `margin`.
    """
    ### BEGIN SOLUTION
    training, test = (np.mean(d[-last:]) - np.mean(s[-last:]) for s, d in zip(shallow, deep, strict=True))
    if training > margin:
        return "degradation"
    return "overfitting" if test > margin else "neither"
    ### END SOLUTION


# %% [markdown] hints="diagnose"
# 1. There are four curves. Which two of them tell you whether the deep net *can* do what it was asked to do? Which two
#    tell you whether it can do so on images that it has not seen?
# 2. Make four means first, each over the end of a curve. Then two questions in a fixed order; the second one is asked
#    only where the answer to the first is no.
# 3. A net that is worse in training will be worse on the test images too, so a high test error alone proves nothing.
#    And "by more than" a margin is not "by at least" a margin.
#
# The idea: Compare the ends of the two training curves; if the deep net is clearly worse there, it is degradation,
# whatever the test curves do. Only otherwise may the test curves say overfitting.

# %%
ccv.check("diagnose")

# %%
diagnose(*[(runs["plain", depth][:, 1], runs["plain", depth][:, 2]) for depth in (20, 56)])

# %% [markdown]
# ## 2. A good network of 56 layers exists
#
# Perhaps 56 layers of this kind simply *cannot* read digits? They can, and you can prove it without any training. Take
# the 20-layer network that you have just trained, and insert layers that **do nothing**: each hands on what it gets.
# The result has 56 layers and exactly the same answers. So among all settings of the deep network's weights there is at
# least one that is as good as the shallow network.
#
# What does a convolution look like that does nothing? It has as many filters as there are channels, and filter number
# *c* has to give back channel *c*.
#
# **Exercise.** Its kernel, in the order of Keras: height, width, channels in, filters. The size is odd, the padding
# "same".


# %%
def identity_kernel(channels, size=3):
    """Return the kernel (size, size, channels, channels) of a convolution that gives back its input; size is odd."""
    ### BEGIN SOLUTION
    kernel = np.zeros((size, size, channels, channels))
    kernel[size // 2, size // 2] = np.eye(channels)
    return kernel
    ### END SOLUTION


# %% [markdown] hints="identity_kernel"
# 1. One channel and a 3x3 kernel first: which nine numbers give each pixel back? Then two channels: what may the first
#    filter see of the second channel?
# 2. Nearly all numbers are 0. Those that are not stand at one place of the window, and there the two last axes make a
#    small square table, from channels to filters: which table changes nothing?
# 3. With "same" padding the pixel itself lies under the middle of the window. For a size of 3 that is place 1; what is
#    it for 1, 5 and 7?
#
# The idea: Zeros everywhere, and in the middle of the window the identity matrix of the channels.

# %%
ccv.check("identity_kernel")

# %% [markdown]
# Now the proof. Both networks name their layers alike, so those of the trained 20-layer network are copied to where
# they stand in the deep one. Each convolution that is left over gets your kernel. The normalisation behind it must do
# nothing too: it subtracts a mean and divides by a deviation, and its own two numbers, $\gamma$ and $\beta$, put both
# back. And the ReLU? It changes nothing, because what comes in has been through a ReLU and is not negative.


# %%
def grow(deep, shallow):
    """Give a deep plain network the layers of a shallow one, and identities in between."""
    ends = {stage: shallow.get_layer(f"{stage}_block3_out").output for stage in ("conv2", "conv3", "conv4")}
    maps = keras.Model(shallow.input, ends)(x_train[:2000], training=False)
    known = {layer.name for layer in shallow.layers}
    for layer in deep.layers:
        if layer.name in known:
            layer.set_weights(shallow.get_layer(layer.name).get_weights())
        elif isinstance(layer, layers.Conv2D):
            layer.set_weights([identity_kernel(layer.filters)])
        elif isinstance(layer, layers.BatchNormalization):
            seen = np.asarray(maps[layer.name[:5]])
            center, variance = seen.mean((0, 1, 2)), seen.var((0, 1, 2))
            layer.set_weights([np.sqrt(variance + layer.epsilon), center, center, variance])
    return deep


# %%
grown = grow(models.plainnet56(**small), nets["plain", 20])
entries = {"20 layers, trained": nets["plain", 20], "56 layers, grown": grown, "56 layers, trained": nets["plain", 56]}
for who, net in entries.items():
    print(f"{who:20} error on training images {error(net, x_train, labels):6.1%}, on test images {error(net):6.1%}")
apart = np.abs(np.asarray(grown(x_test[:500])) - np.asarray(nets["plain", 20](x_test[:500]))).max()
print(f"largest difference between the probabilities of the first two: {apart:.1e}")

# %% [markdown]
# The first two lines are the same. So the deep network *has* a good solution, its training just does not get there.
# Neither the data nor the number of parameters is to blame, nor what the network could express: **the optimisation
# is**. And the proof says how to help. The solution is made of layers that do nothing, so make *doing nothing* easy.
# For a plain layer it is hard: out of random numbers, training must build the kernel of your exercise, ones and zeros
# at exactly the right places, 36 times in a row.
#
# ## 3. Gradients multiply
#
# What stands in the way? Take a deep network apart: $a_1 = f_1(a_0)$, $a_2 = f_2(a_1)$, up to $a_n$, and a loss $L$ at
# the end. Near the current point each layer is a linear map, its **Jacobian** $J_l$ (row *i*, column *j*: how much
# output *i* moves when input *j* does). The chain rule takes the gradient back through one layer:
#
# $$ g_l = J_l^{\mathsf T}\, g_{l+1} \qquad\text{where}\qquad g_l = \partial L / \partial a_l . $$
#
# So the gradient at the first layer is a **product** of as many matrices as there are layers. If each shortens it by a
# tenth, 56 of them leave $0.9^{56} = 0.3\,\%$: it **vanishes**. If each makes it longer by a tenth, it grows to
# $1.1^{56} = 208$ times: it **explodes**. That is all there is to these two words: the factors, not the size of
# any single weight, and not how large a patch a filter sees. What is in a factor? The layer's weights, the slope of its
# activation (0 or 1 for a ReLU, at most 1/4 for a sigmoid, which is why sigmoids made it hopeless), and what the
# normalisation divides by.
#
# A **shortcut** turns the layer into $a_{l+1} = a_l + f_l(a_l)$, and its Jacobian into $I + J_l$:
#
# $$ g_l = g_{l+1} + J_l^{\mathsf T}\, g_{l+1} . $$
#
# The first term arrives unharmed, through however many layers.
#
# **Exercise.** Follow a gradient back and note its length (Euclidean norm) at every depth. The first Jacobian belongs
# to the first layer; not all of them are square where there is no shortcut.


# %%
def norms_by_depth(jacobians, last, shortcut=False):
    """Return the n + 1 norms of the gradients g_0 ... g_n, in this order.

    jacobians: n matrices (outputs, inputs), the first layer's first; last: the gradient g_n; with `shortcut`, each
    layer computes a + f(a), and the matrices are those of f.
    """
    ### BEGIN SOLUTION
    gradient = np.asarray(last, dtype=float)
    norms = [np.linalg.norm(gradient)]
    for jacobian in reversed(jacobians):
        back = np.asarray(jacobian).T @ gradient
        gradient = gradient + back if shortcut else back
        norms.append(np.linalg.norm(gradient))
    return norms[::-1]
    ### END SOLUTION


# %% [markdown] hints="norms_by_depth"
# 1. Take two layers that are single numbers, 2 and 3, and a last gradient of 1. What is the gradient before the second
#    layer, what before the first? And what with shortcuts? (6, 3, 1 and 12, 4, 1.)
# 2. The gradient is known at the *end*, so a loop has to run through the layers from the last to the first, and the
#    list that it fills has to be turned round.
# 3. A matrix of (outputs, inputs) takes a vector forwards. Backwards it is used the other way: which way does an array
#    of NumPy offer for that? With a shortcut the old gradient is added, before its length is taken.
#
# The idea: Walk from the last layer to the first, multiply the gradient by the transposed matrix, add the old gradient
# where there is a shortcut, and note the length each time.

# %%
ccv.check("norms_by_depth")

# %% [markdown]
# First with random matrices, 55 of them, 32 by 32. Their entries are drawn such that a matrix changes the length of a
# vector by a given factor, on average. With shortcuts the factor is that of the branch alone.


# %% jupyter={"source_hidden": true}
def draw_products():
    """Norms of gradients through 55 random layers, for several factors, without and with a shortcut."""
    rng = np.random.default_rng(lab.seed)
    random = [rng.normal(0, 1 / 32**0.5, (32, 32)) for _ in range(55)]
    last = rng.normal(0, 1 / 32**0.5, 32)
    figure = new_figure(9, 3.8, "A gradient on its way back through 55 random layers")
    axes = tidy(figure.add_subplot(), xlabel="layer (the gradient comes from the right)", ylabel="norm of the gradient")
    lines = [(1.1, False, RED, "-"), (1.0, False, ORANGE, "-"), (0.9, False, BLUE, "-"),
             (0.3, True, GREEN, "--"), (0.1, True, "0.3", ":")]  # fmt: skip
    for factor, shortcut, color, dash in lines:
        norms = norms_by_depth([factor * matrix for matrix in random], last, shortcut)
        label = f"{'with shortcuts' if shortcut else 'plain'}, factor {factor}"
        axes.semilogy(range(56), norms, color=color, ls=dash, label=label)
        axes.annotate(f"{norms[0]:.2g}", (0, norms[0]), (-4, 0), textcoords="offset points", ha="right", va="center")
    axes.set_xlim(-8, 56)
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return described(figure, "Gradient norms by layer: plain products of factor 1.1 grow, of factor 0.9 shrink, by a "
                     "constant factor a layer; with shortcuts and small branches they change little.")  # fmt: skip


draw_products()

# %% [markdown]
# Nearly straight lines on an axis of powers of ten: a constant factor a layer, so a power of it in the end. Even a
# factor of 1 is lost on the way, since it is 1 only on average (0.14 is left of 1 here). With shortcuts and a small
# branch the gradient arrives.
#
# ### In the networks themselves
#
# Now the real thing: the four networks at the start, before any step, and the gradient of the loss on 256 digits. The
# left panel shows $g_l$, the gradient at the output of each block; that is what your function computes. The right one
# shows the gradient of each convolution's *kernel*, and that is what training uses. A network at its start can be asked
# with and without batch normalisation: in inference mode it divides by a variance of 1, that is, by nothing.
#
# **Your bet**: will the gradient of the plain network with batch normalisation vanish, explode, or keep its size?


# %%
def gradients(model, training, count=256):
    """Norms of the loss's gradient at the output of each block, and at the kernel of each convolution."""
    blocks = [layer.output for layer in model.layers if layer.name.endswith("_out")]
    kernels = [layer.kernel.value for layer in model.layers if isinstance(layer, layers.Conv2D)]
    inside = keras.Model(model.input, [*blocks, model.output])
    with tf.GradientTape() as tape:
        *maps, guesses = inside(x_train[:count], training=training)
        loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(labels[:count], guesses))
    norms = [float(tf.norm(gradient)) for gradient in tape.gradient(loss, [*maps, *kernels])]
    return norms[: len(maps)], norms[len(maps) :]


STYLES = {"plain, with batch normalisation": (ORANGE, "-"), "plain, without": (RED, "--"),
          "residual, with batch normalisation": (BLUE, "-"), "residual, without": (GREEN, "--")}  # fmt: skip
norms = {}
for label in STYLES:
    keras.utils.set_random_seed(lab.seed)
    untrained = (models.plainnet56 if label.startswith("plain") else models.resnet56)(**small)
    norms[label] = gradients(untrained, training="without" not in label)
    (first, *_, last), kernels = norms[label]
    print(
        f"{label:35} first block {first:7.1e}, last {last:7.1e}: a factor of {(first / last) ** (1 / 52):.2f} a layer"
    )

# %% jupyter={"source_hidden": true}
figure = new_figure(10, 4.6, "How large is the gradient, by depth? 56 layers, before training")
PANELS = [("at the output of each block", "block"), ("at the kernel of each convolution", "convolution")]
for part, (title, xlabel) in enumerate(PANELS):
    axes = tidy(figure.add_subplot(1, 2, part + 1), title=title, xlabel=f"{xlabel}, first to last", ylabel="norm")
    for label, (color, dash) in STYLES.items():
        values = norms[label][part]
        axes.semilogy(range(1, len(values) + 1), values, color=color, ls=dash, label=label)
figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=2)
described(figure, "Gradient norms from the first to the last layer of four networks: plain without batch normalisation "
          "is far below all others; plain with it grows towards the first layer; residual with it is nearly flat; "
          "residual without it is flat and very large.")  # fmt: skip

# %% [markdown]
# Read the left panel first, from the right end of a line to its left end.
#
# - **Plain, without batch normalisation**: the gradient shrinks to 0.81 of its length a layer, and after 52 layers a
#   hundred-thousandth of it is left. It **vanishes**. The right panel has the same network at $10^{-6}$ *everywhere*,
#   which puzzles at first: a kernel's gradient is made of what comes in from below and what comes back from above. The
#   first kernels have a whole image and no gradient, the last ones a gradient and no image.
# - **Plain, with batch normalisation**: the signal is made large again at every layer, so nothing dies. But the
#   gradient now *grows*, by 1.16 a layer, and is 2,700 times as long at the first block as at the last: it
#   **explodes**. So batch normalisation is no cure. It exchanges one product for another (for wide plain networks Yang
#   and colleagues computed this growth in 2019). No single step size suits kernels whose gradients differ a
#   thousandfold.
# - **Residual, with it**: a factor of 1.05 in the left panel, and kernels that differ by no more than 5 times in the
#   right one.
# - **Residual, without it**: nothing vanishes, but each block adds to the sum, the numbers grow on the way *up*, and
#   the loss begins in the hundreds. That is why ResNet has both.
#
# Is that the whole story of degradation? It is the part that one can measure here. He and colleagues, whose plain
# networks had batch normalisation as ours do, looked at the gradients too, found them healthy, and left the reason
# open. What others have proposed since is at the end of this lab.
#
# ## 4. The shortcut
#
# For a block of two layers, with $g$ for the ReLU,
#
# $$ z^{[l+1]} = W^{[l+1]} a^{[l]} + b^{[l+1]}, \quad a^{[l+1]} = g(z^{[l+1]}), \quad
#    z^{[l+2]} = W^{[l+2]} a^{[l+1]} + b^{[l+2]}, \quad a^{[l+2]} = g(z^{[l+2]} + a^{[l]}) . $$
#
# The **input of the block** is added, and it is added **before** the last ReLU. What the two layers have to learn is no
# longer the wanted output but what is missing to it, the *residual*. And doing nothing? Let $W^{[l+2]}$ and $b^{[l+2]}$
# go to zero: $a^{[l+2]} = g(a^{[l]}) = a^{[l]}$, since $a^{[l]}$ has been through a ReLU. See it:

# %%
rng = np.random.default_rng(lab.seed)
a = np.maximum(rng.normal(size=4), 0)
w1, w2 = rng.normal(size=(2, 4, 4))
for scale in (1, 0.1, 0):
    branch = scale * w2 @ np.maximum(w1 @ a, 0)
    plain, residual = np.maximum(branch, 0), np.maximum(branch + a, 0)
    print(f"second weights times {scale:3}: from {a.round(2)}  plain {plain.round(2)}  residual {residual.round(2)}")

# %% [markdown]
# With weights of zero the plain block forgets everything, and the residual block changes nothing. Small weights are
# where training starts and where weight decay pulls: for a residual block that is the identity, from the first step on.
#
# Element by element one can add only arrays of the same shape. Where a block halves the maps and doubles the channels,
# the shortcut must do so too: a **projection**, which is a 1x1 convolution with the block's stride and as many filters,
# followed by a batch normalisation, and no ReLU.
#
# **Exercise.** The block as the paper has it: a 3x3 convolution with the block's stride, batch normalisation, ReLU; a
# 3x3 convolution of stride 1, batch normalisation; the addition; ReLU. All padding is "same", and no convolution has a
# bias (the normalisation adds one of its own). The shortcut is `x` itself where the shape stays, else a projection.


# %%
def residual_block(x, filters, stride=1):
    """Apply a residual block to a Keras tensor (batch, height, width, channels) and return the result,
    (batch, height / stride, width / stride, filters)."""
    ### BEGIN SOLUTION
    shortcut = x
    if stride > 1 or x.shape[-1] != filters:
        shortcut = layers.Conv2D(filters, 1, strides=stride, padding="same", use_bias=False)(x)
        shortcut = layers.BatchNormalization()(shortcut)
    y = layers.Conv2D(filters, 3, strides=stride, padding="same", use_bias=False)(x)
    y = layers.ReLU()(layers.BatchNormalization()(y))
    y = layers.Conv2D(filters, 3, padding="same", use_bias=False)(y)
    y = layers.BatchNormalization()(y)
    return layers.ReLU()(layers.Add()([shortcut, y]))
    ### END SOLUTION


# %% [markdown] hints="residual_block"
# 1. Draw the two ways from x to the addition: one has two convolutions, the other none or one. Write the shape after
#    each layer beside it, for an 8x8 input of 4 channels, 8 filters and a stride of 2.
# 2. Keep x under a second name before anything happens to it. When do the shapes of the two ways differ? There are two
#    reasons, and either one is enough.
# 3. A convolution is a layer with no activation of its own here, since the normalisation comes between the two. The
#    stride belongs to the first of the two 3x3 and to the projection. The last ReLU comes after the sum.
#
# The idea: Two convolutions with their normalisations on one way, x or its projection on the other, added, and a ReLU
# on the sum.

# %%
ccv.check("residual_block")

# %% [markdown]
# The paper's small networks have an even simpler way where the shape changes (its "option A"): every second pixel of x,
# and zeros for the channels that are not there. It has no weights, so the residual network has exactly as many
# parameters as the plain one. Same layers, same parameters, same multiply-adds, and the additions. **Your bet**: what
# do 20 and 56 layers reach now?

# %%
for depth in (20, 56):
    keras.utils.set_random_seed(lab.seed)
    nets["residual", depth] = getattr(models, f"resnet{depth}")(**small)
    assert nets["residual", depth].count_params() == nets["plain", depth].count_params()
    runs["residual", depth] = train(nets["residual", depth])
    loss, training, test = runs["residual", depth][-1]
    print(f"residual, {depth} layers: training loss {loss:.3f}, training error {training:5.1%}, test error {test:5.1%}")

# %% jupyter={"source_hidden": true}
lab.record(**{f"{kind}{depth}_{what}": round(float(value), 4)
              for (kind, depth), run in runs.items()
              for what, value in zip(("loss", "training_error", "test_error"), run[-1], strict=True)})  # fmt: skip
draw_runs("residual", "The same two networks with shortcuts")

# %% [markdown]
# The deep network learns. In this run both residual networks end without errors on the training images (0.1 % and 0.0
# %), and at 2.0 % and 3.4 % on the test images: from 64 % to 3.4 %, for not a single parameter more. Does depth now
# *help*? Not here. A difference of five test digits is less than what another seed does, and 20 layers are plenty for
# 1,442 digits. On CIFAR-10 the paper has 8.75 % for 20 layers and 6.97 % for 56; with shortcuts, deeper was better up
# to 110 layers.
#
# So degradation is gone. That it was the gradients is *not* proved by that: the shortcut also makes doing nothing easy,
# and it lets the network use all shorter ways at once. It is honest to say that several explanations fit.
#
# ## 5. Batch normalisation, by hand
#
# Every convolution above is followed by a batch normalisation (Ioffe and Szegedy, 2015). It is simple, and it has a
# trap. For each channel it takes the mean $\mu$ and the variance $\sigma^2$ over everything but the channels, that is,
# over all images of the batch and all pixels, and computes
#
# $$ y = \gamma\,\frac{x - \mu}{\sqrt{\sigma^2 + \varepsilon}} + \beta $$
#
# with two numbers a channel, $\gamma$ and $\beta$, that are learnt. That is **training**. At **inference** an answer
# must not depend on which other images happen to be asked about, so it takes averages that were kept while training:
#
# $$ m \leftarrow \text{momentum}\cdot m + (1 - \text{momentum})\cdot\mu, \qquad
#    v \leftarrow \text{momentum}\cdot v + (1 - \text{momentum})\cdot\sigma^2 . $$
#
# **Exercise.** Both modes in one function. Variances are divided by the count, as NumPy's are. At inference the
# averages come back as they were.


# %%
def batch_norm(x, gamma, beta, mean, variance, training, momentum=0.99, epsilon=1e-3):
    """Normalise x (..., channels); return (y, mean, variance) with the moving averages as they are afterwards.

    gamma, beta, mean, variance: (channels,), the last two being the moving averages before the call.
    """
    ### BEGIN SOLUTION
    x = np.asarray(x)
    used, spread = mean, variance
    if training:
        axes = tuple(range(x.ndim - 1))
        used, spread = x.mean(axes), x.var(axes)
        mean = momentum * mean + (1 - momentum) * used
        variance = momentum * variance + (1 - momentum) * spread
    return gamma * (x - used) / np.sqrt(spread + epsilon) + beta, mean, variance
    ### END SOLUTION


# %% [markdown] hints="batch_norm"
# 1. Make a batch of shape (2, 1, 1, 3) by hand. How many means are there? Over which numbers does each of them go?
# 2. Two pairs of mean and variance are in play: those of this batch and the moving ones. Which pair divides in
#    training, which at inference, and which one is returned?
# 3. The axes to average over are all but the last one, however many there are. The small number stands inside the root.
#    And training uses the batch's own numbers, not the averages that it has just moved.
#
# The idea: In training take mean and variance over all axes but the last, normalise with them, and move the averages a
# little towards them; at inference normalise with the averages and leave them alone.

# %%
ccv.check("batch_norm")

# %% [markdown]
# Now the trap. The trained 20-layer ResNet is asked about the same test images in three ways: as it should be, with
# averages; in training mode, in mixed batches of several sizes; and in training mode with batches that hold a single
# digit (all zeros, all ones, ...). **Your bet**: which of them is the worst?


# %%
def error_in_batches(model, batches):
    """The share of the images in these batches, arrays of their numbers, that is wrong in training mode."""
    kept = model.get_weights()
    wrong = [np.argmax(model(x_test[some], training=True), axis=-1) != test_labels[some] for some in batches]
    model.set_weights(kept)  # training mode has moved the averages
    return float(np.mean(np.concatenate(wrong)))


resnet = nets["residual", 20]
modes = {"inference": error(resnet)}
for size in (64, 4):
    modes[f"mixed batches of {size}"] = error_in_batches(resnet, np.arange(256).reshape(-1, size))
modes["one class at a time"] = error_in_batches(resnet, [np.flatnonzero(test_labels == c)[:64] for c in range(10)])
plots.bars(modes, ylabel="test error", title="One trained network, inference and training mode",
           labels=[f"{share:.0%}" for share in modes.values()])  # fmt: skip

# %% [markdown]
# In large mixed batches nothing goes wrong: the batch looks like the average. In batches of four an answer depends on
# the three neighbours. Worst by far is one class at a time: each batch is normalised by *its own* mean and variance, so
# what all zeros have in common is taken away as if it were the background, and three in four answers are wrong. That is
# what happens to somebody who forgets `training=False` on a folder that is sorted by class. (PyTorch calls 0.1 the
# momentum that Keras calls 0.9, and moves the variance that is divided by one less.)
#
# ## 6. The loss as a landscape
#
# A network's loss is a function of all its weights: a landscape over tens of thousands of dimensions. A picture has
# two. Li and colleagues (2018) cut through it: take the trained weights $\theta$, two random directions $d_1$ and
# $d_2$, and draw $L(\theta + \alpha d_1 + \beta d_2)$.
#
# There is a catch. After a batch normalisation a filter may be ten times as large and the network computes the same.
# Then a step of the same length means little to a large filter and much to a small one, and two networks cannot be
# compared. So each filter of a direction is given **the norm of the network's own filter**.
#
# **Exercise.** The filter-normalised direction of one kernel. A filter is what stands under one index of the last axis.


# %%
def filter_normalised(direction, kernel):
    """Return the direction, (..., filters) like the kernel, each of its filters scaled to the norm of the kernel's."""
    ### BEGIN SOLUTION
    axes = tuple(range(kernel.ndim - 1))
    sizes = [np.sqrt(np.sum(np.square(weights), axis=axes)) for weights in (kernel, direction)]
    return direction * sizes[0] / sizes[1]
    ### END SOLUTION


# %% [markdown] hints="filter_normalised"
# 1. For a kernel of shape (3, 3, 2, 4): how many filters are there, and how many numbers has each? How many norms do
#    you need of the kernel, and how many of the direction?
# 2. A norm is the root of a sum of squares. Sum over all axes but the last; what is left has one number a filter, and
#    broadcasting does the rest.
# 3. First bring each filter of the direction to the length 1, then to the kernel's length. NumPy's norm of an array
#    takes at most two axes, so either sum squares yourself or flatten the first axes to one.
#
# The idea: Multiply each filter of the direction by the ratio of two norms, the kernel's filter's over its own.

# %%
ccv.check("filter_normalised")

# %% [markdown]
# Now the three networks, each cut in a plane of two such directions through its trained weights, 11 by 11 points, with
# the loss on 256 training digits. Biases and normalisations stay as they are. White lines are losses of 0.5, 1, 2 and
# 4.


# %%
def landscape(model, grid, seed):
    """The loss around the trained weights, along two directions: (rows, columns) for the steps of `grid` in both."""
    rng = np.random.default_rng(seed)
    kernels = [weights for weights in model.trainable_variables if len(weights.shape) > 1]
    start = [weights.numpy() for weights in kernels]
    along = [[filter_normalised(rng.normal(size=w.shape), w) for w in start] for _ in range(2)]
    ask = tf.function(lambda pixels: model(pixels, training=False), autograph=False)
    losses = np.empty((len(grid), len(grid)))
    for i, j in np.ndindex(losses.shape):
        for weights, w, u, v in zip(kernels, start, *along, strict=True):
            weights.assign(w + grid[j] * u + grid[i] * v)
        right = ask(tf.constant(x_train[:256])).numpy()[np.arange(256), labels[:256]]
        losses[i, j] = -np.log(np.maximum(right, 1e-7)).mean()
    for weights, w in zip(kernels, start, strict=True):
        weights.assign(w)
    return losses


grid = np.linspace(-0.8, 0.8, 11)
cuts = {key: landscape(nets[key], grid, lab.seed) for key in (("plain", 20), ("plain", 56), ("residual", 56))}

# %% jupyter={"source_hidden": true}
figure = new_figure(10, 3.6, "The loss around the trained weights, on a plane of two random directions")
said = []
for place, ((kind, depth), losses) in enumerate(cuts.items(), 1):
    axes = figure.add_subplot(1, 3, place)
    picture = axes.contourf(grid, grid, np.minimum(losses, 6), levels=np.linspace(0, 6, 13), cmap="viridis")
    axes.contour(grid, grid, losses, levels=[0.5, 1, 2, 4], colors="white", linewidths=0.8)
    axes.plot(0, 0, "+", color="white", ms=10)
    axes.set(title=f"{kind}, {depth} layers: {losses[5, 5]:.2f}", xlabel="step along direction 1", aspect="equal")
    axes.set_ylabel("step along direction 2" if place == 1 else "")
    said.append(f"{kind}, {depth} layers: {losses[5, 5]:.2f} in the middle, at most {losses.max():.1f}")
figure.colorbar(picture, ax=figure.axes, label="loss (cut off at 6)", shrink=0.9)
described(figure, f"Contour maps of the loss around three trained networks; {'; '.join(said)}.")

# %% [markdown]
# The colours stop at 6; outside it goes on to about 15. Trained and shallow: a bowl. Plain and 56 layers: a plateau of
# 2 to 3, at the level of guessing, with no way down in sight, and small islands. Residual and 56 layers: a bowl again,
# and a narrower one than the shallow net's. Be careful with such pictures. They show one plane out of thousands of
# directions; other seeds give other outlines; and they are centred at where training *ended*, so the plain net's shows
# where it got stuck and not why. Li and colleagues saw the surface turn chaotic without shortcuts, on networks much
# larger than ours. That shortcuts make it flat cannot be read from ours, and we do not claim it.
#
# ## 7. From 18 to 152 layers: blocks and bottlenecks
#
# ResNet for ImageNet comes in five depths. A 7x7 convolution and a pooling begin, four stages of blocks follow, and one
# dense layer ends it:

# %%
table("resnet")

# %% [markdown]
# The names count layers **with weights on the longest way** from the image to the answer: convolutions and dense
# layers. Normalisations, poolings and the projections on the shortcuts are not counted. ResNet-18 and 34 have **basic**
# blocks of two convolutions; from ResNet-50 on a block is a **bottleneck** of three.
#
# **Exercise.** From a column of the table to the name.


# %%
def count_layers(blocks, bottleneck):
    """Return (blocks, layers) of a ResNet from the number of blocks in each stage, such as (3, 4, 6, 3)."""
    ### BEGIN SOLUTION
    return sum(blocks), 1 + sum(blocks) * (3 if bottleneck else 2) + 1
    ### END SOLUTION


# %% [markdown] hints="count_layers"
# 1. Count ResNet-18 with a pencil: two blocks in each of four stages. What else has weights, before and after the
#    blocks?
# 2. Two different numbers are asked for, and only the second one depends on the kind of block.
# 3. Check yourself with the names: (3, 4, 6, 3) has to give 34 with one kind of block and 50 with the other. There may
#    be any number of stages.
#
# The idea: Add up the blocks; multiply by the convolutions of one block; add the first convolution and the dense layer.

# %%
ccv.check("count_layers")

# %%
columns = [((2, 2, 2, 2), False), ((3, 4, 6, 3), False),
           ((3, 4, 6, 3), True), ((3, 4, 23, 3), True), ((3, 8, 36, 3), True)]  # fmt: skip
for blocks, bottleneck in columns:
    counted, depth = count_layers(blocks, bottleneck)
    print(f"{blocks!s:13} {'bottlenecks' if bottleneck else 'basic blocks':12} -> {counted:2} blocks: ResNet-{depth}")

# %% [markdown]
# So ResNet-50 has 16 blocks, ResNet-101 has 33 and ResNet-152 has 50. And why the second kind? On maps of 256 channels
# a 3x3 convolution is expensive. A bottleneck *squeezes* first: a 1x1 convolution down to 64 channels, the 3x3 among
# those, and a 1x1 back up to 256, so that the shortcut still fits.
#
# **Exercise.** Compare it with a basic block on the same maps. Weights only: no biases, no normalisation, no
# projection.


# %%
def bottleneck_weights(channels, inner):
    """Return (bottleneck, basic): the weights of 1x1 to `inner` channels, 3x3, 1x1 back to `channels`, and those of two
    3x3 convolutions with `channels` channels throughout."""
    ### BEGIN SOLUTION
    return 2 * channels * inner + 9 * inner**2, 2 * 9 * channels**2
    ### END SOLUTION


# %% [markdown] hints="bottleneck_weights"
# 1. One filter of each layer first: how far does it reach through the channels below, and how many pixels does it
#    cover? How many such filters does the layer have?
# 2. The bottleneck has three layers: into the narrow part, within it, out of it. Two of these have equally many
#    weights.
# 3. For 256 channels and 64 inside, the layer in the middle has 36,864 weights, and each of its neighbours fewer than
#    half of that. The basic block has well over a million.
#
# The idea: A layer has height times width times channels in times filters out; add three of them for the one block and
# two for the other.

# %%
ccv.check("bottleneck_weights")

# %% [markdown]
# For 256 and 64 the bottleneck has a **seventeenth** of the weights, and with them of the multiply-adds, at any size of
# the maps, since both are multiplied by the same number of pixels. That is what pays for 50 layers and more:

# %%
imagenet = {builder: anatomy(getattr(models, builder)()) for builder in ("resnet18", "resnet34", "resnet50")}
vgg = anatomy(models.vgg16())
plots.bars(
    {"VGG-16": (vgg.parameters / 1e6, vgg.macs / 1e9)}
    | {name.replace("resnet", "ResNet-"): (net.parameters / 1e6, net.macs / 1e9) for name, net in imagenet.items()},
    ["million parameters", "billion multiply-adds"],
    ylabel="millions, billions",
    labels=[(f"{net.parameters / 1e6:.1f}", f"{net.macs / 1e9:.1f}") for net in (vgg, *imagenet.values())],
    title="What ResNets cost, beside VGG-16, for an image of 224x224",
)

# %% [markdown]
# ResNet-50 costs hardly more work than ResNet-34 and has 16 layers more. Both are far below VGG-16, since all of them
# end in a global average and not in dense layers of 4,096. (Some say "23 million" of ResNet-50 and others "25.6
# million". Both are right, without and with its head; the statistics of the normalisations are counted or not.)
#
# ## 8. ResNeXt: many narrow ways
#
# How should one spend a budget of weights: on depth, or on width? Xie and colleagues (2017) added a third answer, which
# they called **cardinality**: cut the 3x3 convolution of the bottleneck into groups that do not see each other. A group
# of $d$ channels reads only its own $d$ channels. In Keras that is one argument. It is the same as so many small
# convolutions side by side:

# %%
maps = keras.random.normal((1, 5, 5, 8), seed=1)
grouped = layers.Conv2D(8, 3, groups=4, use_bias=False)
together = grouped(maps)
parts = [
    tf.nn.conv2d(maps[..., 2 * i : 2 * i + 2], grouped.kernel[..., 2 * i : 2 * i + 2], 1, "VALID") for i in range(4)
]
print("kernel of the grouped convolution:", tuple(grouped.kernel.shape), "of a full one: (3, 3, 8, 8)")
print("largest difference to four small ones:", float(np.abs(together - tf.concat(parts, axis=-1)).max()))

# %% [markdown]
# AlexNet had groups because one graphics card of 2012 was too small for it; here they are there on purpose. What is
# saved is spent again on more channels. With $C$ groups of $d$ channels the bottleneck is 256 → $Cd$ → $Cd$ → 256 and
# costs
#
# $$ 256 \cdot Cd \;+\; 3 \cdot 3 \cdot d \cdot Cd \;+\; Cd \cdot 256 $$
#
# weights. The original has one group of 64.
#
# **Exercise.** How wide may each of $C$ groups be, so that the block costs what it cost before?


# %%
def resnext_width(channels, inner, cardinality):
    """Return the whole number d >= 1 of channels in each of `cardinality` groups for which the block's weights come
    nearest to those of the bottleneck with one group of `inner`; of two that are equally near, the smaller one."""

    ### BEGIN SOLUTION
    def weights(groups, d):
        return groups * d * (2 * channels + 9 * d)

    return min(range(1, inner + 1), key=lambda d: abs(weights(cardinality, d) - weights(1, inner)))
    ### END SOLUTION


# %% [markdown] hints="resnext_width"
# 1. Write the formula of the text as a function of C and d, and ask it for C = 1 and d = 64, and for C = 32 and d = 4.
#    You should find 69,632 and 70,144.
# 2. The left side of the equation is known, and d is a small whole number. There is no need to solve anything: try all
#    of them and keep the best.
# 3. "Nearest" may be a little above or a little below. A group is never wider than the one group of the original. The
#    channels need not be 256.
#
# The idea: Compute the budget of the original, then the cost for each possible width, and take the width whose cost is
# closest.

# %%
ccv.check("resnext_width")

# %% [markdown]
# For 256 channels and 64 inside: one group of 64, 2 of 40, 4 of 24, 8 of 14 or **32 of 4**, which is the row of the
# paper's second table. Along it the error on ImageNet fell from 23.9 % to 22.2 % at the same cost. The last one is
# ResNeXt-50 (32x4d). At the bottom of the next section it stands beside the others.
#
# ## 9. DenseNet: keep everything
#
# A residual block *adds*. Gao Huang and colleagues (2017) *append*: in a **dense block** each layer reads the maps of
# all layers before it, side by side, and appends $k$ new ones. $k$ is the **growth rate**, 32 in their networks, which
# is little; a layer need not repeat what others have found, since it is still there.

# %%
dense = models.densenet121(width=1 / 8, include_top=False, input_shape=(64, 64, 3))
anatomy(dense).draw("conv2_block1", title="A layer of a dense block: nothing is added, the new maps are appended")

# %% [markdown]
# Maps that are to stand side by side must have the same height and width. So the halving happens between the blocks, in
# a **transition**: a 1x1 convolution to half of the channels (rounded down) and an average pooling. After the last
# block there is none.
#
# **Exercise.** The channels on the way. The first block gets $2k$ channels from the first convolution.


# %%
def densenet_channels(blocks, growth):
    """Return the channels after each dense block and after each transition, in order, for blocks of so many layers."""
    ### BEGIN SOLUTION
    channels, seen = 2 * growth, []
    for count in blocks:
        channels += count * growth
        seen += [channels, channels // 2]
        channels //= 2
    return seen[:-1]
    ### END SOLUTION


# %% [markdown] hints="densenet_channels"
# 1. A block of 6 layers with a growth rate of 32 begins with 64 channels. How many are there after the first layer, how
#    many after the sixth? And what does the transition make of them?
# 2. Carry one number through a loop over the blocks; each pass notes it twice, but for one pass that notes it once.
# 3. Three blocks give five numbers: the list ends with a block. Halving is a whole division.
#
# The idea: Each layer of a block adds the growth rate, each transition halves; note the number after both, and leave
# the transition after the last block away.

# %%
ccv.check("densenet_channels")

# %% [markdown]
# DenseNet-121 has blocks of 6, 12, 24 and 16 layers, each of two convolutions (a 1x1 to $4k$ channels before the 3x3).
# With the first convolution, three transitions and the dense layer that makes $2 \cdot 58 + 1 + 3 + 1 = 121$. Here is
# what it costs:

# %%
others = {name: anatomy(getattr(models, name)()) for name in ("resnext50_32x4d", "densenet121")}
for name, net in {**imagenet, **others}.items():
    print(f"{name:16} {net.parameters / 1e6:5.1f} M parameters, {net.macs / 1e9:4.1f} G multiply-adds, "
          f"{net.memory / 1e6:4.0f} MB of outputs for one image")  # fmt: skip

# %% [markdown]
# DenseNet-121 makes do with 8.1 million parameters, a third of ResNet-50's, and with fewer multiply-adds (2.8 against
# 3.9 billion). Both networks have about 75 % on ImageNet in Keras's tables. Yet it is not thrifty with everything: its
# outputs take 133 MB for one image, against 108, since every layer's maps are copied into each concatenation. In
# training all of that has to be kept, so a DenseNet needs *more* memory than a ResNet unless the implementation shares
# the copies. And ResNeXt-50 costs what ResNet-50 costs, as it should.
#
# ## What you have learnt
#
# - A deeper plain network can be worse on its own training images. That is degradation, not overfitting, and only the
#   training error tells the two apart.
# - A good deep network exists: the shallow one with identities in between. What fails is the optimisation.
# - Gradients are products of Jacobians. Factors below 1 make them vanish, factors above 1 make them explode; batch
#   normalisation changes the factors and keeps the signal, but does not make the product 1.
# - A shortcut adds the block's input to the output of its last convolution, before the ReLU. Weights of zero are then
#   the identity, and the gradient has a way that multiplies nothing.
# - Batch normalisation has two modes. In training an answer depends on the rest of the batch, at inference it must not.
# - A picture of the loss is a cut. Its directions are scaled filter by filter, and it shows two dimensions of many
#   thousands.
# - A bottleneck has a seventeenth of the weights of two 3x3; ResNeXt spends the budget on groups; DenseNet appends
#   instead of adding.
#
# ## Do you still know?
#
# <details><summary>A 56-layer net has a test error of 40 %, a 20-layer net 10 %. Does the deep one overfit?</summary>
#
# That cannot be said: it is the training errors that decide. If the deep net is worse there too, it is degradation.
#
# </details>
#
# <details><summary>Why is it certain that the deep plain network has a good solution?</summary>
#
# It can be built: the trained shallow network, and layers between that give back what they get.
#
# </details>
#
# <details><summary>Why do gradients vanish or explode? Is it because the weights of deep layers are smaller?</summary>
#
# No. The gradient at an early layer is a product with a factor for every layer after it. If the factors are below 1 on
# average it shrinks exponentially with depth, and above 1 it grows.
#
# </details>
#
# <details><summary>What is added in a residual block, and where?</summary>
#
# The input of the block (or its projection) to the output of the last convolution's normalisation, before the last
# ReLU.
#
# </details>
#
# <details><summary>A block takes 28x28x128 to 14x14x256. What does its shortcut look like?</summary>
#
# A 1x1 convolution with 256 filters and stride 2, and a normalisation. Or, without weights, every second pixel and 128
# channels of zeros.
#
# </details>
#
# <details><summary>You forget `training=False` and ask about one image at a time. What happens to a network with batch
# normalisation?</summary>
#
# It normalises the image by its own mean and variance. What told it from others is gone, and most answers are wrong.
#
# </details>
#
# <details><summary>How many layers does a ResNet of (3, 4, 23, 3) bottlenecks have, and how many blocks?</summary>
#
# 33 blocks, and 1 + 3 · 33 + 1 = 101 layers.
#
# </details>
#
# <details><summary>A dense block begins with 64 channels and has 12 layers with a growth rate of 32. How many channels
# leave it?</summary>
#
# 64 + 12 · 32 = 448.
#
# </details>
#
# ## Your own digit
#
# Draw a digit with numbers from 0 (paper) to 9 (ink), or read a photograph: set `MY_PHOTO` to the path of a picture
# with one digit on plain paper and nothing else. (Without a photo, the drawing below is taken.) Which
# networks agree with you? And how sure are they of a digit that is broader than those above, or that touches the edge?

# %%
MY_PHOTO = None
MY_DIGIT = """
00069200
00599700
00640900
00000900
00005600
00029000
00099630
00079996
"""

mine = np.array([[int(ink) for ink in row] for row in MY_DIGIT.split()]) / 9 * 255
if MY_PHOTO:
    mine = clean_digit(MY_PHOTO, size=8, inner=8)[..., 0].astype(float)

# %%
if lab.quick:  # the networks of the large scale know photographs, not digits
    asked = ((mine - mean) / deviation).astype("float32")[None, ..., None]
    for (kind, depth), net in nets.items():
        shares = np.asarray(net(asked, training=False))[0]
        best = np.argsort(shares)[::-1][:2]
        print(f"{kind:8} {depth} layers: {best[0]} ({shares[best[0]]:.0%}), then {best[1]} ({shares[best[1]]:.0%})")
plots.image_grid(mine[None, ..., None].astype("uint8"), titles=["your digit"], columns=1, title="What the networks see")

# %% [markdown]
# ## An open task
#
# ResNet-20, a quarter as wide, ended at 2.0 % on the 355 test digits in the run above and at 2.8 % from two other
# starts, on average **2.5 %**, with 17,598 parameters and 253 steps. Beat that with no more parameters and no more
# steps. Put your `residual_block` to use: fewer and wider blocks, normalisation and ReLU before each convolution, a
# bottleneck, groups, dense layers. Judge by the mean of three seeds, since a single test digit is 0.3 %.
#
# Or take the other end: train the *plain* network of 56 layers. Below a training loss of 1.7 you are better than we
# were. We tried to start it with your identity kernels between the layers of an untrained network of 20, and it came no
# further (1.73).
#
# ## To read on
#
# - K. He, X. Zhang, S. Ren, J. Sun: [Deep residual learning for image recognition](https://arxiv.org/abs/1512.03385),
#   2015; and their [Identity mappings in deep residual networks](https://arxiv.org/abs/1603.05027), 2016, with 1,001
#   layers.
# - S. Ioffe, C. Szegedy: [Batch normalization](https://arxiv.org/abs/1502.03167), 2015; and what it does to gradients
#   at the start, G. Yang et al.: [A mean field theory of batch normalization](https://arxiv.org/abs/1902.08129), 2019.
# - R. Srivastava, K. Greff, J. Schmidhuber: [Highway networks](https://arxiv.org/abs/1505.00387), 2015: shortcuts with
#   gates, half a year before ResNet.
# - A. Veit, M. Wilber, S. Belongie: [Residual networks behave like ensembles of relatively shallow
#   networks](https://arxiv.org/abs/1605.06431), 2016; D. Balduzzi et al.: [The shattered gradients
#   problem](https://arxiv.org/abs/1702.08591), 2017: two other answers to why shortcuts help.
# - H. Li et al.: [Visualizing the loss landscape of neural nets](https://arxiv.org/abs/1712.09913), 2018.
# - S. Xie et al.: [Aggregated residual transformations](https://arxiv.org/abs/1611.05431), 2017 (ResNeXt); G. Huang et
#   al.: [Densely connected convolutional networks](https://arxiv.org/abs/1608.06993), 2017.
# - d2l.ai: [Residual networks (ResNet) and ResNeXt](https://d2l.ai/chapter_convolutional-modern/resnet.html).
#
# *Digits: E. Alpaydin, C. Kaynak, UCI 1998 (CC BY 4.0).*

# %% [markdown]
# <!-- For those who have the slides -->

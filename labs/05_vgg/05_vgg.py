# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
#   ccv: {minutes: 90, needs: "two CPU cores, no network"}
# ---

# %% [markdown]
# # VGG: depth from one small filter
#
# AlexNet had filters of 11x11, 5x5 and 3x3, strides of 4 and 1, a normalisation here and none there. Why these?
# Nobody could say. Two years later, in 2014, Karen Simonyan and Andrew Zisserman threw all of it out. What they kept
# fits in two lines:
#
# - a convolution is **3x3**, stride 1, padded so that the map keeps its size;
# - a pooling is a **2x2** maximum, stride 2.
#
# With everything else held still, one knob was left to turn: **how deep?** They turned it from 11 layers to 19 and came
# second in the ImageNet challenge of 2014, with a network so regular that people still reach for it today.
#
# In this lab you work out why one small filter is enough, build all six networks of the paper from one table, find out
# where 138 million numbers hide (and that a well-known slide cannot add), and at the end you turn the knob yourself.

# %%
import ccv

lab = ccv.lab("05_vgg")

# %%
import keras
import numpy as np
from keras import layers

from ccv import convolution, data, models, plots
from ccv.anatomy import anatomy, diff, table
from ccv.layers import LocalResponseNormalization
from ccv.plots.style import BLUE, GREEN, ORANGE, new_figure, tidy

keras.utils.set_random_seed(lab.seed)


# %% [markdown]
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
# - the **weights**. The slides compare 25 with 2 · 9 = 18. That holds for one channel. A layer of a real network has $C$
#   channels below and $C$ filters, and each filter reaches through all channels. Where does $C$ enter, and how often?
# - the **field**: what one number sees, height and width.
# - the **non-linearities**: every convolution is followed by a ReLU. Without these, two convolutions would be one
#   larger convolution, and a poorer one.
#
# **Exercise.** Write the bill for any stack. A kernel is a pair (height, width), since the slides also cut a 3x3 into a
# 3x1 and a 1x3. Strides are 1, and biases do not count.


# %%
def stack_cost(kernels, channels):
    """Return (weights, (field height, field width), non-linearities) of convolutions with kernels [(height, width), ...],
    one after the other, each with `channels` channels in and out, stride 1, no biases and a ReLU."""
    ### BEGIN SOLUTION
    weights = sum(height * width for height, width in kernels) * channels**2
    field = 1 + sum(height - 1 for height, _ in kernels), 1 + sum(width - 1 for _, width in kernels)
    return weights, field, len(kernels)
    ### END SOLUTION


# %%
ccv.check("stack_cost")

# %% [markdown]
# Here are the slides' three duels, for 64 channels. The field is the same within each pair; the small filters are
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
# "If a cat's head covers a 128x128 pixel region", the slides say, a single layer would need 128x128 filters. Small ones
# can be stacked instead. Each 3x3 layer adds one pixel on each side. **How many layers does it take?**
#
# **Exercise.** For convolutions of stride 1, without any pooling.


# %%
def layers_to_see(pixels, kernel):
    """Return the least number of kernel x kernel convolutions, stride 1, after which one number sees at least
    pixels x pixels of the image."""
    ### BEGIN SOLUTION
    return -(-(pixels - 1) // (kernel - 1))
    ### END SOLUTION


# %%
ccv.check("layers_to_see")

# %% [markdown]
# Many, aren't they? No network of 2014 had that many layers, and still they recognised cats. What helps is **stride**.
# After a pooling with stride 2, neighbours on the map are two pixels apart in the image. Call that distance the *jump*
# $j$. A kernel of $k$ reaches $k-1$ steps further, and each step is now worth $j$ pixels:
#
# $$ r \;\leftarrow\; r + (k - 1)\,j \qquad\qquad j \;\leftarrow\; j\,s $$
#
# Both begin at 1: a pixel sees itself. (A pooling is a window like any other: $k = 2$, $s = 2$.)
#
# **Exercise.** The field and the jump after *every* layer of a stack.


# %%
def receptive_field(layers):
    """Return [(field, jump), ...], in pixels, after each layer of a stack [(kernel, stride), ...]."""
    ### BEGIN SOLUTION
    field, jump, seen = 1, 1, []
    for kernel, stride in layers:
        field += (kernel - 1) * jump
        jump *= stride
        seen.append((field, jump))
    return seen
    ### END SOLUTION


# %%
ccv.check("receptive_field")

# %% [markdown]
# Watch it grow. Orange is a plain stack of 3x3 convolutions; blue is VGG-16, its poolings marked. Each pooling doubles
# the slope. VGG-16 passes 128 pixels at its **eleventh** convolution.

# %%
VGG16_WINDOWS = [window for count in (2, 2, 3, 3, 3) for window in [(3, 1)] * count + [(2, 2)]]
field, jump, fields = 1, 1, [1]
for kernel, stride in VGG16_WINDOWS:
    field, jump = field + (kernel - 1) * jump, jump * stride
    fields.append(field)
pools = [i + 1 for i, (_, stride) in enumerate(VGG16_WINDOWS) if stride == 2]

figure = new_figure(9, 4, "What one number sees")
axes = tidy(figure.add_subplot(), xlabel="layers (convolutions and poolings)", ylabel="pixels")
axes.plot(range(19), fields, color=BLUE, marker=".", label="VGG-16")
axes.plot(pools, [fields[i] for i in pools], "s", color=BLUE, label="its poolings, stride 2")
axes.plot(range(19), [2 * n + 1 for n in range(19)], color=ORANGE, label="3x3 convolutions only")
axes.axhline(128, color="0.5", ls=":")
axes.text(0, 132, "the cat's head: 128", color="0.35")
axes.annotate(f"{fields[-1]}", (18, fields[-1]), (-8, 2), textcoords="offset points", ha="right")
axes.set_xticks(range(0, 19, 2))
axes.legend(loc="upper left")
figure

# %% [markdown]
# ## 3. The resolution budget
#
# So why not pool after every convolution? Because each pooling halves the map, and a map cannot be halved for ever. (An
# odd last row is left out: of 7 rows, 3 remain.) On this, one slide says: for ImageNet, "it would be impossible to have
# more than 8 convolutional layers in this way".
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


# %%
ccv.check("halvings")

# %% [markdown]
# For 224 pixels: 112, 56, 28, 14, 7, 3, 1. The slide's 8 would need 256. And "in this way" means: if *every* layer has a
# stride of 2. That is the whole trick of VGG. Its convolutions are padded and cost **no** resolution, so there may be any
# number of them between two poolings. The budget limits the poolings, not the depth:

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
# Now the accounts. A famous slide lists VGG-16 line by line, with the **memory** (how many values each output has) and
# the **weights** of each layer. Its first lines:
#
# | layer | output | memory | weights |
# |---|---|---|---|
# | INPUT | 224x224x3 | 224 · 224 · 3 = 150K | 0 |
# | CONV3-64 | 224x224x64 | 224 · 224 · 64 = 3.2M | (3 · 3 · 3) · 64 = 1,728 |
# | CONV3-64 | 224x224x64 | 224 · 224 · 64 = 3.2M | (3 · 3 · 64) · 64 = 36,864 |
# | POOL2 | 112x112x64 | 112 · 112 · 64 = 800K | 0 |
#
# and so on, down to FC 4096, FC 4096 and FC 1000. "Not counting biases", it adds; we want them too, in a column of their
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


# %%
ccv.check("vgg_table")

# %% [markdown]
# Beside its table the slide gives the totals: "24M · 4 bytes = **96 MB** / image" and "138M parameters". Add up the
# columns. How many **megabytes** (of 1,000,000 bytes) does one image need, if each value of the memory column is a
# float32 of four bytes?

# %%
### BEGIN SOLUTION
vgg16_megabytes = 60.95
### END SOLUTION

# %%
ccv.check("vgg16_megabytes")

# %% [markdown]
# The slide's own lines do not add up to the slide's total. Nor is it saved if every ReLU keeps a second copy of its
# map: that would be 28.8 million values. The weights, on the other hand, are exactly right: 138,344,128, and with the
# 13,416 biases 138,357,544.
#
# `ccv.anatomy` keeps the same accounts for any Keras model. (It builds the real VGG-16 first, 138 million random numbers,
# which takes a moment.) It adds what the slide does not have: the multiply-adds, the receptive field, the jump. Compare
# the last two columns with your `receptive_field`.

# %%
VGG16 = anatomy(models.vgg16())
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
# On the way from the paper to the slides, table 1 was damaged. In column **E** of the slides, blocks 3, 4 and 5 have
# *three* convolutions each, conv3-256 and twice conv3-512. Compare with the table above: which column is that, exactly?
# The slide still calls it "19 weight layers".
#
# How many **parameters**, biases included, went missing in print?

# %%
### BEGIN SOLUTION
lost_in_print = (9 * 256 + 1) * 256 + 2 * (9 * 512 + 1) * 512
### END SOLUTION

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


# %%
ccv.check("build_vgg")

# %% [markdown]
# What exactly changes from the shallowest to the deep one? `diff` takes two networks apart and says. (It reads their
# sizes; you need not look for them.)

# %%
diff(anatomy(models.vgg11()), VGG16)

# %% [markdown]
# Five more convolutions: 4 % more parameters, but twice the work. Beware of tables that mix this up. One of the slides
# gives "138M parameters, 19.6B operations" for VGG. The first number is VGG-16's and the second VGG-19's; VGG-16 needs
# 15.5 billion multiply-adds.
#
# ## 6. The head that weighs 124 million
#
# Nine tenths of VGG-16 sit behind the last map, and most of that in one place: where 7 · 7 · 512 = 25,088 numbers meet
# 4,096 units. The slides show the way out: **global average pooling**. Let each of the 512 maps give a single number,
# its mean, and put one dense layer with softmax on these.
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


# %%
ccv.check("head_costs")

# %%
figure = new_figure(9, 2.6, "VGG-16 with its own head, and with global average pooling")
axes = tidy(figure.add_subplot(), xlabel="million parameters")
body, heads = 14_714_688 / 1e6, [123_642_856 / 1e6, 513_000 / 1e6]
axes.barh(["dense head", "average pooling"], [body] * 2, color=BLUE, label="13 convolutions")
axes.barh(["dense head", "average pooling"], heads, left=body, color=ORANGE, label="head")
for row, head in enumerate(heads):
    axes.text(body + head + 1, row, f"{body + head:,.1f} million", va="center")
axes.set_xlim(0, 175)
axes.invert_yaxis()
axes.legend(loc="lower right")
figure

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
plots.image_grid(train_images[:16], titles=train_labels[:16].tolist(), columns=8)

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


probe = {"input_shape": (32, 32, 1), "classes": 10, "width": 1 / 4}
keras.utils.set_random_seed(lab.seed)
glorot, he, normalised = models.vgg16(**probe), models.vgg16(**probe), models.vgg16(**probe, batch_norm=True)
draw_weights(he, "He's start", lab.seed)
signals = {
    "Glorot's start": signal(glorot, x_test[:64]),
    "He's start": signal(he, x_test[:64]),
    "Glorot's, with batch normalisation": signal(normalised, x_test[:64]),
}

figure = new_figure(9, 4, "How loud is the signal in an untrained VGG-16?")
axes = tidy(figure.add_subplot(), xlabel="convolution", ylabel="root mean square of the output")
for (label, values), color in zip(signals.items(), (ORANGE, BLUE, GREEN), strict=True):
    axes.semilogy(range(1, 14), values, color=color, marker="o", ms=4, label=label)
halved = [signals["Glorot's start"][0] * 2 ** (-n / 2) for n in range(13)]
axes.semilogy(range(1, 14), halved, ":", color="0.5", label="half the power at each ReLU")
axes.set_xticks(range(1, 14))
axes.legend()
figure

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
        accuracies, losses = [], []
        for run in range(runs):
            # The same compiled network again, everything set back: compiling costs more than an epoch.
            for variable, value in zip(variables, beginning, strict=True):
                variable.assign(value)
            keras.utils.set_random_seed(1000 * lab.seed + run)
            draw_weights(model, start, 1000 * lab.seed + run)
            history = model.fit(x_train, train_labels, batch_size=batch, epochs=epochs, verbose=0).history
            losses.append(history["loss"][-1])
            batches = np.array_split(x_test, -(-len(x_test) // 1000))
            guesses = np.concatenate([np.argmax(model(some, training=False), axis=-1) for some in batches])
            accuracies.append(float(np.mean(guesses == test_labels)))
        results.append((accuracies, losses))
    return results


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
# - The field grows by $(k-1)$ jumps a layer. Without stride it takes 64 layers to see 128 pixels, with VGG's poolings 11.
# - The budget of resolution limits the *poolings*: seven halvings for 224 pixels. Padded convolutions cost none of it.
# - One table of six rows builds VGG A to E. From A to E the parameters grow by 8 %, the work by 158 %.
# - Memory sits at the front (15.2 million values, 61 MB), parameters at the back (89 % in three dense layers).
# - Global average pooling replaces a head of 123.6 million parameters by one of 513,000.
# - A deep network has to be *started*: first weights that keep the signal alive, or batch normalisation.
# - Measure several runs before you believe a difference.
#
# **To go on**: draw `anatomy(models.vgg19()).plot()`. Train for 20 epochs instead of 5: does VGG-16 catch up? Try
# He's start *with* batch normalisation. Or run the lab on MNIST with `CCV_SCALE=full`, where VGG-13 and VGG-19 join.
#
# ## What the slides get wrong
#
# | id | the slides say | what is right |
# |---|---|---|
# | X-70, D-17 | VGG-16 needs 24M · 4 bytes = 96 MB for an image | its own lines add up to 15,237,608 values = 61.0 MB |
# | X-61 | in column A the first convolution is missing, and A-LRN shows two | each has one conv3-64; A-LRN has the LRN after it |
# | X-61 | column E has three convolutions in blocks 3, 4 and 5 | four; with three, E would be D, and 16 layers deep |
# | X-67, C-065 | for ImageNet at most 8 convolutional layers | seven *halvings* of 224; padded convolutions between them cost nothing |
# | X-25 | a list with two convolutions, ReLU after the pooling, a dense layer "to a single neuron" | 13 convolutions, each with its ReLU before the pooling; 4096, 4096, 1000 |
# | X-26 | "repeat steps 4-6 five more times" | five blocks of 2, 2, 3, 3 and 3 convolutions |
# | X-28 | local response normalisation after each convolution, against overfitting | in VGG only A-LRN has it, once, and it did not help |
# | X-29, D-16 | VGG-16 uses batch normalisation | it has none: that came in 2015 |
# | D-14 | 7.3 % top-5 error on one slide, 92.30 % top-5 accuracy on another | 7.3 % error is 92.7 % |
# | D-15 | "138M parameters" beside "19.6B operations" | 15.5 billion multiply-adds are VGG-16's; 19.6 billion are VGG-19's, with 144M |
#
# And what they get right: all sixteen products of the big table, 138,344,128 without biases, 20 million for VGG-19
# without its head.
#
# *Source: K. Simonyan, A. Zisserman: Very deep convolutional networks for large-scale image recognition. ICLR 2015.
# X. Glorot, Y. Bengio: Understanding the difficulty of training deep feedforward neural networks. AISTATS 2010. K. He, X.
# Zhang, S. Ren, J. Sun: Delving deep into rectifiers. ICCV 2015. Digits: E. Alpaydin, C. Kaynak, UCI 1998 (CC BY 4.0).*

# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
#   ccv:
#     minutes: 90
#     needs: "two CPU cores, no network"
#     about: "what goes with what: Gram matrices by hand, textures from noise, a photograph painted anew, L-BFGS against Adam; and the whole course on one page"
# ---

# %% [markdown]
# # Style: the picture is what learns
#
# In the summer of 2015 three people in Tübingen took a network that had been trained to name a thousand things, and never
# trained it again. They took a photograph of the river Neckar and *The Starry Night*, and asked for a third
# picture: one in which the network finds the houses of the first and the brush of the second. Nobody knew how to draw
# such a picture. But everybody knew how to go downhill on a loss, and it does not matter to a gradient whether it
# changes weights or pixels. So they left the weights alone, and let **the picture learn**. This lab does the same with
# a network of ours, on two processor cores. What a "style" is turns out to be a small square table, which you compute
# by hand; and when the last picture is painted, the course ends, on one page and with twenty questions.

# %%
import ccv

lab = ccv.lab("16_style")

# %%
import keras
import numpy as np
from matplotlib.ticker import LogLocator

from ccv import data, plots, style
from ccv.data import textures
from ccv.devices.gradient import value_and_gradient
from ccv.plots.style import BLUE, GREEN, ORANGE, RED, described, new_figure, styled, tidy, tint

keras.utils.set_random_seed(lab.seed)
SIDE = 112 if lab.quick else 192  # pixels


# %% jupyter={"source_hidden": true}
def square(name, side):
    """The middle of one of the two photographs, smaller."""
    photograph = data.photograph(name)[:, 107:534]
    smaller = keras.ops.image.resize(photograph.astype("float32"), (side, side), antialias=True)
    return np.clip(keras.ops.convert_to_numpy(smaller), 0, 255).astype("uint8")


def shrunk(picture):
    """Every two by two pixels in one, so that drawn edges are smooth."""
    height, width, _ = picture.shape
    return picture.reshape(height // 2, 2, width // 2, 2, 3).mean(axis=(1, 3)).astype("uint8")


def swirls(side):
    """Hills and hollows, with lines of equal height in eight colours."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[-1 : 1 : 2j * side, -1 : 1 : 2j * side]
    height = 0.6 * x + 0.3 * y
    for left, top, sign in rng.uniform(-1, 1, (10, 3)):
        height += np.sign(sign) * np.exp(-9 * ((x - left) ** 2 + (y - top) ** 2))
    dark = [[11, 29, 81], [18, 64, 143], [31, 119, 180], [127, 200, 216]]
    warm = [[247, 240, 196], [255, 210, 63], [240, 138, 36], [209, 73, 91]]
    band = np.clip(4 * (np.sin(9 * height) + 1), 0, 7.99).astype(int)
    return shrunk(np.array(dark + warm)[band])


def glass(side):
    """A window of coloured glass: every pixel belongs to the nearest of sixty points, and lead runs between them."""
    rng = np.random.default_rng(4)
    y, x = np.mgrid[-1 : 1 : 2j * side, -1 : 1 : 2j * side]
    points = rng.uniform(-1.1, 1.1, (60, 2))
    distances = np.hypot(x[..., None] - points[:, 0], y[..., None] - points[:, 1])
    nearest = np.sort(distances, axis=-1)
    clear = np.clip((nearest[..., 1] - nearest[..., 0] - 0.03) * 30, 0, 1)[..., None]
    inks = np.array([[200, 30, 45], [240, 170, 40], [40, 120, 70], [30, 80, 160], [120, 40, 110], [230, 220, 180]])
    panes = inks[rng.integers(0, 6, 60)][distances.argmin(axis=-1)]
    return shrunk(panes * clear + 20 * (1 - clear))


def bricks(side):
    """One of the textures that our network was trained on, in two colours."""
    y, x = np.mgrid[-1 : 1 : 2j * side, -1 : 1 : 2j * side].astype("float32") * 3.5
    u, v = np.cos(0.5) * x + np.sin(0.5) * y, np.cos(0.5) * y - np.sin(0.5) * x
    wall = textures.TEXTURES["bricks"](u[None], v[None], np.random.default_rng(0))[0][..., None]
    return shrunk(wall * [200, 110, 70] + (1 - wall) * [90, 60, 50])


def maps_of(picture, layer):
    """The maps (height, width, channels) of a layer for a picture (height, width, 3), uint8."""
    return keras.ops.convert_to_numpy(look.maps(picture[None] / 255)[layer])[0]


# %% [markdown]
# Two pictures, and one that was in neither of them:

# %%
palace = square("china", SIDE)
styles = {"dahlia": square("flower", SIDE), "swirls": swirls(SIDE), "glass": glass(SIDE), "bricks": bricks(SIDE)}
look = style.extractor("resnet20")  # the small network that ccv carries: it knows textures in shapes, no photographs
STEPS = 50 if lab.quick else 200
SMOOTH = 0.1  # how much total variation counts: section 4 says what that is, section 8 turns it
first = style.transfer(palace, styles["swirls"], backbone=look, steps=STEPS, variation_weight=SMOOTH, verbose=False)
plots.image_grid(
    [palace, styles["swirls"], first.picture],
    titles=["the content", "the style", "both"],
    columns=3,
    title="A palace, some swirls, and a palace of swirls",
)

# %% [markdown]
# **You will be able to** compute a Gram matrix by hand and say what it keeps and what it forgets; write the losses for
# content, style and total variation; go downhill on pixels; make textures from noise; turn three knobs with reason; and
# place every idea of this course on one page.
#
# **You should know** what a feature map is, how gradient descent works, and some NumPy. Lab 11 has the network that is
# used here, but nothing of it is needed.
#
# **Time**: 90 minutes. The notebook itself computes for about a minute and a half on two processor cores.

# %% [markdown]
# ## 1. What goes with what
#
# Put your finger on one place of a picture, a *position*, and ask a layer with 16 channels what it sees there. It
# answers with 16 numbers: *much of channel 3, a vertical edge; some of channel 7, something blue; nothing of channel
# 9*. Ask all positions, and you have the layer's maps, (height, width, channels). They say **what is where**.
#
# Now ask something weaker: how often do channel 3 and channel 7 answer at the same position? In a picture of blue stripes,
# often. In one with brown stripes and a blue sky, hardly ever. That question is about no place in particular; it is
# about the **style** of the picture. Multiply the two answers at each position and take the mean over all positions. Do it
# for every pair of channels, and you have a square table, the **Gram matrix**:
#
# $$G_{ij} = \frac{1}{HW} \sum_{y, x} F_{yxi}\, F_{yxj}$$
#
# Take the smallest case, a map of 2x2 positions with two channels. Written as rows, a row for each position, it is
#
# $$F = \begin{pmatrix} 1 & 0 \\ 2 & 1 \\ 0 & 3 \\ 1 & 1 \end{pmatrix}, \qquad
# F^\top F = \begin{pmatrix} 1 + 4 + 0 + 1 & 0 + 2 + 0 + 1 \\ 0 + 2 + 0 + 1 & 0 + 1 + 9 + 1 \end{pmatrix}
# = \begin{pmatrix} 6 & 3 \\ 3 & 11 \end{pmatrix}$$
#
# and a fourth of that is $G$, as there are four positions. On the diagonal stands how strongly each channel answers, beside
# it how much two of them go together.

# %%
SMALL = np.array([[[1.0, 0.0], [2.0, 1.0]], [[0.0, 3.0], [1.0, 1.0]]])  # (height, width, channels)
rows = SMALL.reshape(4, 2)
plots.matrices(
    {"Fᵀ: channels x positions": rows.T, "F: positions x channels": rows, "Fᵀ F": rows.T @ rows},
    "@=",
    fmt="g",
    title="Four positions, two channels: every pair of channels, summed over the positions",
)

# %% [markdown]
# **Exercise.** The Gram matrix of the maps of one picture.


# %%
def gram(maps):
    """Return G, (channels, channels): how much each two channels of `maps` (height, width, channels) answer at the same
    position, as the mean over all positions of the product of the two."""
    ### BEGIN SOLUTION
    height, width, channels = maps.shape
    rows = np.reshape(maps, (height * width, channels))
    return rows.T @ rows / (height * width)
    ### END SOLUTION


# %% [markdown] hints="gram"
# 1. Do the example of the text for one pair: channel 0 and channel 1. Four products, one for each position; which of them
#    are zero, and what is their mean?
# 2. Make a table of the maps first, with a row for each position and a column for each channel. Then every entry that is
#    asked for is a product of two columns: all of them together are one product of matrices.
# 3. The result has as many rows as there are *channels*; if it has as many as there are positions, the transposed one stands
#    on the wrong side. Divide by the number of positions, not of all numbers. And nothing is subtracted: this is no
#    covariance.
#
# The idea: Flatten the two axes of positions into one, multiply the transposed table with the table, and divide by how many
# positions there were.

# %%
ccv.check("gram")

# %% [markdown]
# Here are four maps of a layer of our network, for the swirls and for the bricks, and the Gram matrices of all its 16
# channels. Channel 9 counts for much in the swirls, alone and together with others, and for next to nothing in the bricks.
# Such differences are all that a style is going to be.

# %% jupyter={"source_hidden": true}
LAYER = "conv2_block3_out"
seen = {name: maps_of(styles[name], LAYER) for name in ("swirls", "bricks")}


@styled
def maps_and_grams(seen):
    """Four maps of each picture, and the Gram matrix of all."""
    figure = new_figure(10, 4.6, "Four maps, and what goes with what in all sixteen")
    panels = figure.subplots(2, 5)
    for row, (name, maps) in zip(panels, seen.items(), strict=True):
        strongest = np.argsort(-maps.mean(axis=(0, 1)))[:4]
        for panel, channel in zip(row, strongest, strict=False):
            panel.imshow(maps[..., channel], cmap="viridis")
            panel.set(title=f"channel {channel}", xticks=[], yticks=[])
        row[0].set_ylabel(name)
        table = gram(maps)
        drawn = row[4].imshow(table / table.max(), cmap="Blues", vmin=0, vmax=1)
        row[4].set(title="Gram matrix", ylabel="channel")
    panels[1, 4].set_xlabel("channel")
    figure.colorbar(drawn, ax=panels[:, 4], label="share of the largest")
    text = "For swirls and for bricks the four strongest maps of a layer, and a table of 16 x 16 products of channels."
    return described(figure, f"{text} The two tables are bright at different positions.")


maps_and_grams(seen)

# %% [markdown]
# ## 2. It forgets positions
#
# A bet: cut the maps of the palace into their single positions, shuffle them like cards, and lay them out again. How much
# does the Gram matrix change? And how much of the palace is left?

# %%
maps = maps_of(palace, "conv1_relu")
order = np.random.default_rng(lab.seed).permutation(maps.shape[0] * maps.shape[1])
shuffled = maps.reshape(-1, maps.shape[-1])[order].reshape(maps.shape)
change = np.abs(gram(shuffled) - gram(maps)).max() / gram(maps).max()
print(f"largest change of the Gram matrix, divided by its largest number: {change:.1e}")
strongest = maps.mean(axis=(0, 1)).argmax()
plots.image_grid(
    [maps[..., strongest], shuffled[..., strongest]],
    titles=["a map of the palace", "its positions shuffled: the same Gram matrix"],
    columns=2,
    title="The Gram matrix does not ask where",
)

# %% [markdown]
# Nothing but rounding. A sum does not care in which order one adds, and the positions were only something to add over.
# So why does a texture painted by Gram matrices not look like noise? Because each *number* of a map has already seen a
# neighbourhood: a 3x3 in the first layer, more than twenty pixels further up. What lies within that field is kept,
# where the field lies is not asked. Small fields keep colours and edges, large fields keep petals and bricks. (Not
# asked, which is less than *not known*: if a number of a map itself tells how far the edge of the picture is, the table
# has a little of that, too. Section 6 catches a flower at it.)
#
# **Exercise.** Which of these leave the Gram matrix of a map as it is, *whatever* the map? Give a list of letters.

# %%
CHANGES = {
    "a": "The positions are shuffled, all channels alike.",
    "b": "The positions of each channel are shuffled, each in another way.",
    "c": "The maps are mirrored left to right.",
    "d": "Two channels change places.",
    "e": "All numbers are doubled.",
    "f": "The maps are laid out twice, one beside the other: twice as wide.",
    "g": "One is added to every number.",
    "h": "The maps are turned by a quarter.",
    "i": "The sign of every number is turned.",
    "j": "Only the left half of the maps is kept.",
}

# %%
### BEGIN SOLUTION
same_gram = ["a", "c", "f", "h", "i"]
### END SOLUTION

# %% [markdown] hints="same_gram"
# 1. Take the map of 2x2 positions with two channels and try each change with a pencil, or with your `gram`: which of the
#    numbers 6, 3 and 11 stay?
# 2. Ask two questions of each change. Do the two channels of a position still stand together? And is the mean of their
#    products still over the same products, in whatever order, however often all of them come?
# 3. Twice everything has the same mean. Minus times minus is plus. A mean is not what is left when a half is thrown away, and two
#    channels that change places take their row and column of the table along.
#
# The idea: Whatever moves whole positions about, or takes all of them equally often, changes nothing; and since products of
# two are taken, a common sign falls out.

# %%
ccv.check("same_gram")

# %% [markdown]
# ## 3. What is where
#
# The style is the table. The **content** is the maps themselves, positions and all. How much of a photograph is still in
# them? Ask: start with noise, and change its pixels until a layer gives the *same maps* as for the palace. What
# the layer still knows will come back, what it has thrown away will not.
#
# A bet before you look: three layers, from the first to the last. In which will you still see colours, and in which the
# windows?

# %%
LOOKED_AT = {"the first layer": "conv1_relu", "stage 1, half the size": "conv3_block3_out"}
LOOKED_AT["stage 2, a quarter"] = "conv4_block3_out"
SMALLER = 96
small_palace = square("china", SMALLER)
recovered, left_over = [], []
for name in LOOKED_AT.values():
    one = style.extractor("resnet20", ["conv1_relu"], name, scales=1, colours=False)
    options = {"content_weight": 1e4, "steps": STEPS, "verbose": False, "seed": lab.seed}
    made = style.transfer(small_palace, small_palace, backbone=one, start="noise", **options)  # no style to speak of
    recovered.append(made.picture)
    left_over.append(made.losses["content"])
plots.image_grid(
    [small_palace, *recovered],
    titles=["the photograph", *(f"{name}\n{loss:.3f} left" for name, loss in zip(LOOKED_AT, left_over, strict=True))],
    columns=4,
    title="From noise, until a layer says the same as of the photograph",
)

# %% [markdown]
# The first layer knows nearly everything; only the sky has kept something of the noise. From the middle one the palace
# comes back as a drawing: roof, storeys, shore, and over all of it the noise of the beginning, in every colour. The
# last one has kept little more than *there are lines of this direction hereabouts*. And yet each of these pictures is,
# for its layer, nearly the same as the photograph: what you see in them and the photograph has not, **the layer does
# not see**. It was trained to name textures in any colour and under noise, so it has learnt to overlook both.
#
# That makes a deeper layer a good keeper of content: it insists that there is a roof, and does not mind in what paint. It
# is also why, in this lab, the colours themselves are looked at next to the network (the Gram matrix of red, green, blue
# and a channel of ones; it holds the mean colour, and which colours vary together).
#
# The loss is the squared distance of the maps. Here and in what follows each distance is divided by the sum of the squares
# of its target, so that 0 is *equal* and 1 is *as far as maps of zeros*; then the same weights do for any network.


# %%
def content_loss(maps, target):
    """How far maps (height, width, channels) are from those of the content, divided by the size of these."""
    return ((maps - target) ** 2).sum() / (target**2).sum()


# %% [markdown]
# ## 4. How far from a style?
#
# The same with Gram matrices, for several layers at once: colours and edges from a low one, larger patterns from a high
# one. For each layer, the squared distance of the two tables divided by the sum of the squares of the target; then the
# mean over the layers.
#
# **Exercise.** The style loss of a picture.


# %%
def style_loss(grams, targets):
    """Return the mean over the layers of: the sum of (G - A)^2 over all entries, divided by the sum of A^2.

    `grams` and `targets` are lists with a matrix (channels, channels) for each layer, G of the picture and A of the
    style; layers may have different numbers of channels."""
    ### BEGIN SOLUTION
    distances = [np.sum((g - a) ** 2) / np.sum(a**2) for g, a in zip(grams, targets, strict=True)]
    return np.mean(distances)
    ### END SOLUTION


# %% [markdown] hints="style_loss"
# 1. One layer first: G = [[2, 0], [0, 1]] and A = [[1, 0], [0, 1]]. What is the sum of the squared differences, and what
#    that of the squared target?
# 2. A loop over pairs of matrices, one number for each pair, and the mean of these numbers in the end.
# 3. Divide within each layer, before the mean is taken: otherwise the layer with the largest numbers decides everything.
#    It is the *target* that one divides by, not the picture's own, and no root is taken anywhere.
#
# The idea: For each layer a relative squared error, and their average.

# %%
ccv.check("style_loss")

# %% [markdown]
# Dividing by the target matters more than it seems. Here is how large the numbers of the layers are, without it:

# %%
targets = {name: gram(maps_of(styles["swirls"], name)) for name in look.style}
short = dict(zip(look.style, ("first layer", "stage 0", "stage 1", "stage 2"), strict=False)) | {"colours": "colours"}
sizes = {said: float((targets[name] ** 2).sum()) for name, said in short.items()}
plots.bars(
    sizes,
    log=True,
    ylabel="sum of the squared target",
    labels=[f"{size:,.3g}" if size < 1000 else f"{size:,.0f}" for size in sizes.values()],
    title="The Gram matrices of the swirls: no two layers alike",
)

# %% [markdown]
# A sum of bare squares would listen to the largest and to nobody else. (The paper weighs layers by their counts of
# channels and positions, which serves the same end for VGG.)
#
# A third loss has nothing to do with networks. What goes downhill on pixels likes to leave dust: single pixels that
# please some channel. **Total variation** measures it: by how much neighbours differ.
#
# **Exercise.** Mean absolute difference down, plus mean absolute difference across.


# %%
def total_variation(picture):
    """Return, for a picture (height, width, channels), the mean of |difference| of all vertical neighbours plus the
    mean of |difference| of all horizontal neighbours."""
    ### BEGIN SOLUTION
    down = np.abs(picture[1:] - picture[:-1]).mean()
    across = np.abs(picture[:, 1:] - picture[:, :-1]).mean()
    return down + across
    ### END SOLUTION


# %% [markdown] hints="total_variation"
# 1. A picture with the rows 0 1 and 0 3 and one channel. Which pairs of neighbours stand one above the other, which side
#    by side? How large are their differences?
# 2. The picture without its first row and the picture without its last row, laid over each other, are all pairs of
#    vertical neighbours. The same with columns.
# 3. Take absolute values before the mean, otherwise up and down cancel. The picture is no ring: its last row is no
#    neighbour of its first. And each direction has a mean of its own, as they have different numbers of pairs.
#
# The idea: Shift by one row, subtract, absolute values, mean; the same by one column; add both.

# %%
ccv.check("total_variation")

# %%
noise = np.random.default_rng(lab.seed).random(palace.shape)
for name, picture in {"dahlia": styles["dahlia"] / 255, "palace": palace / 255, "noise": noise}.items():
    print(f"{name:8} {total_variation(picture):.3f}")

# %% [markdown]
# ## 5. The picture learns
#
# Everything is ready: one number that says how wrong a picture is. It is the **total loss**, the sum of the three with a
# weight for each. This is what every painting of this lab goes downhill on:
#
# $$L = L_\text{style} + w_c \, L_\text{content} + w_v \, L_\text{variation}, \qquad w_c = 0.05, \quad w_v = 0.1$$
#
# To make it smaller we need to know how it changes with each pixel: its **gradient**, a slope for every number of the
# picture. Keras tells that, by going backwards through the network; but its first step, from the Gram matrix to the
# maps, is short enough to do by hand.
#
# Let $E = \sum_{ij} (G_{ij} - A_{ij})^2$ and $G = \frac{1}{N} F^\top F$ with $N$ positions. Change one number $F_{pk}$
# a little. It stands in row $k$ and in column $k$ of $G$: $\partial G_{kj} / \partial F_{pk} = F_{pj} / N$, and the
# same for $G_{jk}$. With the 2 of the square, and as $G$ and $A$ are symmetric, that gives
#
# $$\frac{\partial E}{\partial F} = \frac{4}{N}\, F\,(G - A)$$
#
# Read it aloud: *at every position, the channels that go together too much are pushed down where they meet.* It is the
# same rule at every position; only what stands there differs.
#
# **Exercise.** That gradient, in the shape of the maps. (In the names of this section it is called `slope`, for short.)


# %%
def gram_slope(maps, target):
    """Return the gradient of E, the sum of (G - A)^2, by each number of the maps: (height, width, channels) as they are.

    G is the Gram matrix of `maps` as in section 1 (a mean over positions), A is `target`, which is symmetric."""
    ### BEGIN SOLUTION
    places = maps.shape[0] * maps.shape[1]
    return 4 / places * (maps @ (gram(maps) - target))
    ### END SOLUTION


# %% [markdown] hints="gram_slope"
# 1. One position and one channel: F = 3, so G = 9, and let A = 5. By how much does (G - A)^2 grow when F grows a little?
#    Do it by calculus, then by 3.001 and 2.999.
# 2. The formula needs F as a table of positions, the difference of two square tables, and a factor. NumPy multiplies the
#    last axis of a map of three axes with a matrix without any reshaping.
# 3. The factor is 4, from the square and from the two sides of the symmetric table; and the number of positions divides
#    it, since G is a mean. What comes out must go uphill: where G is too large, positive answers have a positive gradient.
#
# The idea: The maps times the difference of the two Gram matrices, times four, divided by the number of positions.

# %%
ccv.check("gram_slope")

# %% [markdown]
# And what Keras finds, going backwards:

# %%
here = np.random.default_rng(lab.seed).random((1, 6, 5, 4)).astype("float32")
there = np.asarray(gram(here[0, ::-1, ::2]), "float32")
backwards = value_and_gradient(lambda maps: keras.ops.sum((style.gram_matrix(maps)[0] - there) ** 2))
print(f"largest difference: {np.abs(backwards(here)[1][0] - gram_slope(here[0], there)).max():.1e}")

# %% [markdown]
# Now go downhill. Not the weights: the pixels. And since a pixel cannot be blacker than black, each step ends with a
# clip. This is the whole method in one drawing; what you write next is the dashed line.


# %% jupyter={"source_hidden": true}
@styled
def method(content, example, picture):
    """Three pictures, one frozen network, three losses and their sum, and the way back."""
    figure = new_figure(
        10, 4.6, "One network, three pictures, three losses; and only one of the pictures changes", "none"
    )
    axes = figure.add_axes((0, 0, 1, 0.9), xlim=(0, 11), ylim=(-0.35, 4.05))
    axes.axis("off")
    rows = {
        "the content": (content, 3.25),
        "the picture, which learns": (picture, 1.95),
        "the style": (example, 0.65),
    }
    for name, (shown, y) in rows.items():
        inset = axes.inset_axes((0.9, y - 0.52, 1.04, 1.04), transform=axes.transData)
        inset.imshow(shown)
        inset.set(xticks=[], yticks=[])
        axes.text(1.42, y + 0.55, name, ha="center", va="bottom", fontsize=10)
    frame = {"boxstyle": "round,pad=0.5", "edgecolor": "black"}
    net = "the network,\nits weights\nfrozen"
    axes.text(3.5, 2.0, net, ha="center", va="center", fontsize=11, bbox=frame | {"facecolor": tint(BLUE, 0.8)})
    sides = {
        3.25: "maps of a layer\nin the middle",
        1.95: "maps, and\nGram matrices",
        0.65: "Gram matrices\nof all layers",
    }
    for y, text in sides.items():
        axes.text(5.9, y, text, ha="center", va="center", fontsize=11, bbox=frame | {"facecolor": "white"})
    boxes = (
        (8.1, 2.7, "content loss", ORANGE),
        (8.1, 1.3, "style loss", GREEN),
        (8.1, 0.35, "variation\nof the picture", BLUE),
    )
    for x, y, text, ink in (*boxes, (10.1, 2.0, "total\nloss", RED)):
        axes.text(x, y, text, ha="center", va="center", fontsize=11, bbox=frame | {"facecolor": tint(ink, 0.7)})

    def arrow(start, end, **look):
        axes.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "color": "black", "linewidth": 1.5} | look)

    for y in sides:
        arrow((2.0, y), (2.85, 2.0 + (y - 2.0) * 0.35))
        arrow((4.15, 2.0 + (y - 2.0) * 0.35), (5.0, y))
    for start, end in (
        ((6.75, 3.25), (7.35, 2.85)),
        ((6.7, 2.1), (7.35, 2.55)),
        ((6.7, 1.8), (7.45, 1.45)),
        ((6.75, 0.75), (7.45, 1.15)),
        ((8.85, 2.6), (9.65, 2.2)),
        ((8.8, 1.4), (9.65, 1.85)),
        ((8.95, 0.5), (9.8, 1.6)),
    ):
        arrow(start, end)
    axes.plot([10.1, 10.1, 0.3, 0.3], [1.6, -0.25, -0.25, 2.0], color=RED, linestyle="--", linewidth=2)
    arrow((0.3, 2.0), (0.85, 2.0), color=RED, linewidth=2)
    back = "the gradient of the total loss by each pixel: a step downhill"
    axes.text(5.0, -0.2, back, color=RED, ha="center", va="bottom", fontsize=10)
    alt = (
        "The content, the picture and the style go through the same frozen network. The maps of the content and of the "
        "picture make the content loss, the Gram matrices of the picture and of the style the style loss; the picture alone "
        "has a variation. The three are summed, and a dashed arrow leads from the total loss back to the picture alone."
    )
    return described(figure, alt)


method(palace, styles["swirls"], first.picture)

# %% [markdown]
# **Exercise.** Plain gradient descent on a picture.


# %%
def paint(value_and_slope, picture, steps, rate):
    """Return (picture, losses) after `steps` steps of gradient descent on the pixels.

    `value_and_slope(picture)` gives the loss, a number, and its gradient by each pixel. A step subtracts `rate` times the
    gradient and clips to 0 ... 1. `losses` holds the loss before the first step and after each step: `steps` + 1
    numbers. The array that came in is left as it is."""
    ### BEGIN SOLUTION
    value, slope = value_and_slope(picture)
    losses = [value]
    for _ in range(steps):
        picture = np.clip(picture - rate * slope, 0, 1)
        value, slope = value_and_slope(picture)
        losses.append(value)
    return picture, losses
    ### END SOLUTION


# %% [markdown] hints="paint"
# 1. One pixel, loss (x - 0.2)^2, start at 1, rate 0.25. Write down x and the loss after each of two steps. How many
#    losses are there?
# 2. Ask for the value and the gradient where you are, note the value, make the step, ask again: the values are one more
#    than the steps.
# 3. Downhill is *against* the gradient. Clip after each step, not only in the end, since the next gradient is asked for where the
#    picture is. And make a new array: with `-=` the picture of whoever called you changes under their hands.
#
# The idea: A loop that subtracts a part of the gradient, clips, and keeps the losses as it goes.

# %%
ccv.check("paint")

# %% [markdown]
# From noise to swirls, with your own descent; the loss is that of all layers, and Keras computes its gradient.

# %%
small_swirls = swirls(SMALLER).astype("float32") / 255
aims = {name: style.gram_matrix(look.maps(small_swirls[None])[name]) for name in look.style}


def how_far(pictures):
    """The style loss of (1, height, width, 3) as Keras computes it."""
    seen = look.maps(pictures)
    return style.style_loss({name: style.gram_matrix(seen[name]) for name in aims}, aims)


slope_of = value_and_gradient(how_far)
start = np.random.default_rng(lab.seed).uniform(0.3, 0.7, (1, SMALLER, SMALLER, 3)).astype("float32")
by_rate = {rate: paint(slope_of, start, 40, rate) for rate in (10, 100, 1000)}
for rate, (_, losses) in by_rate.items():
    print(f"rate {rate:5}: from {losses[0]:.3f} to {losses[-1]:.3f}, at best {min(losses):.3f}")
plots.image_grid(
    [start[0], *(painted[0] for painted, _ in by_rate.values())],
    titles=["noise", *(f"rate {rate}: {losses[-1]:.2f}" for rate, (_, losses) in by_rate.items())],
    columns=4,
    title="Forty steps of plain descent, by its rate",
)

# %% [markdown]
# ## 6. Three styles, two optimisers
#
# Ten is timid, a hundred brings ribbons and rings out of nothing, and with a thousand each step leaps over the valley:
# the pixels jump between the bounds, and what is left is a weave of black, white and bare colours that pleases nobody.
#
# Plain descent depends on its rate, and is slow. The paper used **L-BFGS**, which remembers the last ten gradients and
# guesses from them how the ground curves, so that it needs no rate at all. Later programs mostly take **Adam**, which
# gives each pixel a rate of its own. Which is better?
#
# A bet: same start, same number of steps, three styles. And Adam with two rates, since one could be unlucky.

# %%
RIVALS = {
    "L-BFGS": {"optimizer": "lbfgs"},
    "Adam, rate 0.05": {"optimizer": "adam", "learning_rate": 0.05},
    "Adam, rate 0.005": {"optimizer": "adam", "learning_rate": 0.005},
}
painted = {}
for name in ("dahlia", "swirls", "glass"):
    for rival, options in RIVALS.items():
        asked = options | {"steps": STEPS, "variation_weight": SMOOTH, "verbose": False}
        made = style.transfer(palace, styles[name], backbone=look, **asked)
        painted[name, rival] = made
        print(
            f"{name:7} {rival:17} loss {made.history[-1]:.4f} after {made.evaluations} gradients, {made.seconds:4.1f} s"
        )
lab.record(**{f"{name}, {rival}": made.history[-1] for (name, rival), made in painted.items()})
lab.record(slowest_picture=max(made.seconds for made in painted.values()))

# %%
plots.image_grid(
    [each for name in ("dahlia", "swirls", "glass") for each in
     (styles[name], *(painted[name, rival].picture for rival in RIVALS))],
    titles=[text for name in ("dahlia", "swirls", "glass") for text in (name, *RIVALS)],
    columns=4,
    title="The palace in three styles, by three ways down",
)  # fmt: skip


# %% jupyter={"source_hidden": true}
@styled
def ways_down(painted):
    """The loss over the steps, for each style."""
    figure = new_figure(10, 3.8, "The loss on the way down")
    panels = figure.subplots(1, 3, sharey=True)
    looks = dict(zip(RIVALS, ((BLUE, "-"), (ORANGE, "--"), (GREEN, ":")), strict=True))
    for panel, name in zip(panels, ("dahlia", "swirls", "glass"), strict=True):
        for rival, (color, line) in looks.items():
            panel.plot(painted[name, rival].history, color=color, linestyle=line, label=rival)
        tidy(panel, title=name, xlabel="step", yscale="log")
        panel.yaxis.set_major_locator(LogLocator(subs=(1, 3)))
        panel.yaxis.set_major_formatter("{x:g}")
        panel.yaxis.set_minor_formatter("")
    panels[0].set_ylabel("total loss")
    panels[-1].legend()
    ends = "; ".join(f"{name}, {rival}: {made.history[-1]:.3f}" for (name, rival), made in painted.items())
    return described(figure, f"Three panels, one for each style, in which all losses fall. They end at: {ends}.")


ways_down(painted)

# %% [markdown]
# Look at the pictures first. The **dahlia** gives evening light, a sky of rose and orange and dark green shade; a
# flower in front of a dark background has no pattern that could be repeated, and of single petals there is no trace.
# The **swirls** bend every edge of the roofs into strokes, blue beside orange; in the sky, where the palace has nothing
# to say, they lay soft curves, and a frame along the edges. The **glass** fills the sky with panes, though round ones
# with soft rims, and darkens the storeys; the straight lead of the sample is not found again. A style takes hold where
# the palace leaves room for it.
#
# Then at the curves. With the rate 0.05 Adam ends about where L-BFGS does; with 0.005 it is still far away after all
# these steps. Whoever had tried only that one would have reported that L-BFGS is two to five times better: a comparison of
# optimisers is a comparison of *rates* until both have had a good one. What L-BFGS does have to offer is that nobody
# had to look for its rate. What it costs is in the last column: for each step it does arithmetic with its last ten
# pictures and gradients, and keeps every pixel within bounds, which takes longer here than Adam's few sums.
#
# ### A ring in the sky
#
# And now look once more at the palace of the dahlia: to the right of the roof there is a pale arc in the sky. In the style
# picture the right rim of the flower stands at that very place! How can that be, if the Gram matrix does not ask where?
# Show the network a picture that is grey everywhere. Whatever a map answers, it should answer the same at all its
# positions. **Bet**: at how many does it?

# %%
grey = look.maps(np.full((1, SIDE, SIDE, 3), 0.5, "float32"))
for name in ("conv1_relu", "conv4_block3_out", "conv4_block3_out at 1/4"):
    maps = keras.ops.convert_to_numpy(grey[name])[0]
    middle = maps[maps.shape[0] // 2, maps.shape[1] // 2]
    differs = np.abs(maps - middle).max(axis=-1) > 0.01 * np.abs(maps).max()
    print(
        f"{name:24} {differs.shape[0]:3}x{differs.shape[1]} positions, {differs.mean():4.0%} differ from the middle one"
    )
    lab.record(**{f"sees the edge, {name}": float(differs.mean())})

# %%
moved = np.roll(styles["dahlia"], (SIDE * 5 // 14, -SIDE * 2 // 5), axis=(0, 1))
options = {"backbone": look, "steps": STEPS, "variation_weight": SMOOTH, "verbose": False, "seed": lab.seed}
rings = [style.texture(sample, **options).picture for sample in (styles["dahlia"], moved)]
plots.image_grid(
    [styles["dahlia"], rings[0], moved, rings[1]],
    titles=["the dahlia", "its style, from noise", "the dahlia, moved", "its style, from noise"],
    columns=4,
    title="A style that remembers where something was",
)

# %% [markdown]
# From noise, the style of the dahlia becomes a ring of colours where the rim of the flower stands; with the flower
# moved it breaks up and its pieces lie elsewhere. The layers **pad with zeros**, so a number near the edge knows that
# it is near the edge. In the first layer these are few. But the fields grow from layer to layer, and at the coarsest
# size of the picture no position is far from any edge: nearly all of them differ. A channel there can mean *something
# bright, and in the middle*, and the Gram matrix keeps that as it keeps everything. So the table does not ask where,
# and still learns a little of it. (Remedies: larger pictures, padding by reflection, or fewer sizes; with `scales=1`
# the ring is gone, and the larger forms are gone with it.)
#
# ## 7. Textures from noise: does the network need to know anything?
#
# Leave the content out, start with noise, and what comes is a **texture**: the style alone. That was the older paper of
# the same three authors. It seems that for this a network must have *learnt* what petals and bricks are. Must it? Two
# rivals: the same ResNet with random weights, and a single layer of 48 random filters of 7x7, looked through at four
# sizes of the picture. They have learnt nothing at all.
#
# Who judges? The style loss, of course: but whose? Each painter is judged by all three.

# %%
pixels = keras.layers.Rescaling(1 / 64, offset=-2)  # to numbers around 0, which is what random filters like
untrained = style.extractor("resnet20", weights=None, preprocessing=pixels)
filters = style.random_filters(seed=lab.seed)
painters = {"trained ResNet": look, "random ResNet": untrained, "random 7x7": filters}
made, verdicts = {}, {}
for name, sample in {"bricks": bricks(SMALLER), "swirls": swirls(SMALLER)}.items():
    for painter, eye in painters.items():
        picture = style.texture(sample, backbone=eye, steps=STEPS, seed=lab.seed, verbose=False).picture
        made[name, painter] = picture
        verdicts[name, painter] = [style.gram_distance(picture, sample, judge) for judge in painters.values()]
plots.image_grid(
    [each for name, sample in (("bricks", bricks(SMALLER)), ("swirls", swirls(SMALLER))) for each in
     (sample, *(made[name, painter] for painter in painters))],
    titles=[text for name in ("bricks", "swirls") for text in (name, *painters)],
    columns=4,
    title="Textures from noise, by three painters",
)  # fmt: skip

# %%
print(f"{'painted by':27}" + "".join(f"{'judged by ' + judge:>26}" for judge in painters))
for (name, painter), row in verdicts.items():
    print(f"{name + ', ' + painter:27}" + "".join(f"{value:26.4f}" for value in row))
lab.record(own_judge=sum(int(np.argmin(np.array([verdicts[n, p][j] for p in painters])) == j)
                         for n in ("bricks", "swirls") for j in range(3)))  # fmt: skip

# %% [markdown]
# To the eye it is no contest: only the trained network lays something like bricks, and only it has strokes that bend. The
# random ones get the colours and the grain, the filters of 7x7 the direction of the courses too.
#
# Now read the table, column by column. In each, and for each sample, the lowest number belongs to the painter who *is*
# that judge. He went downhill on just this number, so of course he wins there. The random ResNet gives the grain of the
# random 7x7 about as good a mark as bricks, and a far better one than strokes that bend. And look at the size of the
# verdicts: the trained judge finds the random painters dreadful, about 0.3, while no verdict of a random judge reaches 0.1.
# Who sees little, misses little. **A loss can only tell apart what it sees**, and whoever went downhill on it should not be
# judged by it. That holds for every metric of this course.
#
# (It is not the last word on random filters. Ustyuzhaninov and colleagues got good textures with a single layer, of many
# hundred filters in several sizes; and two samples with one seed, as here, prove nothing about all textures.)
#
# ## 8. Three knobs
#
# How much content, which layers for the style, and how much total variation: these are the knobs of the method. Low layers
# alone bring colours and strokes; all layers at three sizes of the picture bring the larger forms.

# %%
LOW = style.extractor("resnet20", ["conv1_relu"], "conv3_block3_out", scales=1)
WEIGHTS = (0.01, 0.1, 1.0)
grid, names = [], []
for knob, eye in (("the first layer", LOW), ("all layers, three sizes", look)):
    for weight in WEIGHTS:
        options = {"content_weight": weight, "variation_weight": SMOOTH, "steps": STEPS * 2 // 3, "verbose": False}
        grid.append(style.transfer(small_palace, swirls(SMALLER), backbone=eye, **options).picture)
        names.append(f"{knob}\ncontent x {weight:g}")
plots.image_grid(grid, names, columns=3, title="The first two knobs: which layers, and how much content")

# %% [markdown]
# The upper row is a photograph in other colours: the first layer sees edges and paint, and nothing larger. The lower
# row is a painting. From left to right the palace returns: with a weight of 1 the roof has its tiles again, and the sky
# is nearly grey. There is no right place for these knobs. The loss says how well both wishes are met, and not which of
# the six you would hang on a wall.
#
# The third knob has stood at 0.1 in all paintings so far. **Bet**: what will the palace of swirls look like at 0, and what
# at 1? And the style loss, does it pay for smoothness?

# %%
options = {"backbone": look, "steps": STEPS, "verbose": False}
turned = {w: style.transfer(palace, styles["swirls"], variation_weight=w, **options) for w in (0.0, 1.0)}
turned = {0.0: turned[0.0], SMOOTH: first, 1.0: turned[1.0]}
for weight, result in turned.items():
    parts = result.losses
    print(f"variation x {weight:g}: total variation {parts['variation']:.3f}, style loss {parts['style']:.4f}")
lab.record(**{f"variation at {weight:g}": result.losses["variation"] for weight, result in turned.items()})
plots.image_grid(
    [result.picture for result in turned.values()],
    [f"variation x {weight:g}" for weight in turned],
    columns=3,
    title="The third knob: how much total variation",
)

# %% [markdown]
# At 0 there is dust in every colour on everything, since nothing speaks against it. A weight of 0.1 takes it away and the
# strokes remain, for next to no style loss. At 1 the strokes themselves run together into pools, and the style loss is
# twice what it was: neighbours that differ are what a stroke is made of.
#
# ### With the network of the paper
#
# All this was done with a network of 270,000 parameters that has seen drawn textures and not one photograph. The paper had
# VGG-19, with ImageNet's 1.2 million photographs behind it, the first convolution of each block for the style and
# `conv4_2` for the content. With `CCV_SCALE=full` and a network connection, this is it:

# %%
if lab.quick:
    print("skipped: run the lab with CCV_SCALE=full, where ImageNet's weights can be fetched")
else:
    papers = style.extractor("vgg19", weights="imagenet", scales=1, colours=False)
    shown = [style.transfer(palace, sample, backbone=papers, steps=STEPS).picture for sample in styles.values()]
    figure = plots.image_grid(shown, titles=list(styles), columns=4, title="The palace, by VGG-19")
    lab.record(vgg19=1)
    figure

# %% [markdown]
# ### In one pass
#
# A picture of this lab takes a hundred passes forwards and backwards. **Fast style transfer** (Johnson, Alahi and
# Fei-Fei, 2016) trains a second network, from picture to picture, whose *output* is judged by the same content and
# style losses, on many photographs and one painting. Training takes hours; afterwards a picture is a single pass
# forwards, fast enough for film. The price: one network for one style. The next steps are a short story about
# normalisation. Ulyanov and colleagues (2016) found that such networks work better when each picture is normalised by
# itself, channel by channel (*instance normalisation*): its contrast, a matter of style, is taken out. Dumoulin and
# colleagues (2017) saw that the scale and shift after it suffice to tell dozens of styles apart. And Huang and Belongie
# (2017) took scale and shift straight from the painting, the mean and the deviation of each channel, which is little
# more than the diagonal of your Gram matrix: any style, in one pass, without training for it.
#
# We explain this and do not build it: to train one takes a data set of photographs and a graphics card, and the idea is
# in the losses, which you have written.
#
# ## 9. The course on one page
#
# This was the last lab. Here is the way that you came.

# %% jupyter={"source_hidden": true}
COURSE = {
    "What is in a picture?": [
        ("00", "Start", "features: by hand, or learnt"),
        ("01", "X and O", "an X is three pieces, anywhere"),
        ("02", "Convolution", "one window, the same everywhere"),
    ],
    "The classics: deeper": [
        ("03", "LeNet", "maps, pooling, and then a vote"),
        ("04", "AlexNet", "large, and kept from learning by heart"),
        ("05", "VGG", "3x3, again and again"),
        ("06", "Inception", "several sizes, and 1x1 to pay for them"),
        ("07", "ResNet", "learn what is to be added"),
    ],
    "How much for how much?": [
        ("08", "MobileNet", "first places, then channels"),
        ("09", "Comparing", "errors, prices, and luck"),
        ("10", "Augmentation", "what may change, and nothing else"),
        ("11", "Transfer", "borrow what others have learnt"),
    ],
    "More than a name": [
        ("12", "Localisation", "where? four numbers"),
        ("13", "YOLO", "every cell answers, all at once"),
        ("14", "Segmentation", "a name for every pixel"),
        ("15", "One shot", "near is alike: distances, not classes"),
        ("16", "Style", "the picture is what learns"),
    ],
}
plots.course_map(COURSE, title="The course on one page")

# %% [markdown]
# One idea runs through all of it. A window that is the same everywhere answers *what*, stacks of windows answer *what of
# what*, and then comes a choice: what do you do with *where*? The classifier throws it away at the end, by pooling. The
# detector keeps it coarsely, a cell at a time; the segmenter wins it back, pixel by pixel, through skips; the twins of lab
# 15 fold it into a point among points; and a style forgets it at every layer, on purpose.
#
# **Exercise.** Eight people come to you. What do you take? Give a dictionary from letter to tool, such as
# `{"a": "detector", ...}`; a tool may be needed twice, or not at all.

# %%
TOOLS = {
    "small ConvNet": "trained from nothing",
    "transfer": "somebody else's network with a new head",
    "detector": "boxes with names",
    "segmenter": "a name for every pixel",
    "embedding": "distances between pictures",
    "landmarks": "a regression of coordinates",
    "style": "Gram matrices, and the picture learns",
    "no ConvNet": "something else altogether",
}
JOBS = {
    "a": "Forty photographs of each of five plants. Which plant is it?",
    "b": "How many red cells are in this drop of blood, and where is each?",
    "c": "How many square metres of this roof, seen from a drone, are moss?",
    "d": "Is this the person on the pass? New people come every day, with a single picture each.",
    "e": "Where are the corners of the mouth, in a picture with one face?",
    "f": "60,000 drawn digits, ten classes, and a chip with 500 kB of memory.",
    "g": "Wallpaper that looks like this piece of bark, without copying it.",
    "h": "A table of age, income and postcode: will the customer stay?",
}

# %%
### BEGIN SOLUTION
right_tool = {
    "a": "transfer",
    "b": "detector",
    "c": "segmenter",
    "d": "embedding",
    "e": "landmarks",
    "f": "small ConvNet",
    "g": "style",
    "h": "no ConvNet",
}
### END SOLUTION

# %% [markdown] hints="right_tool"
# 1. Ask of each what the answer looks like: a name, some boxes, an area, a yes or no about two pictures, a few
#    coordinates, a new picture?
# 2. Then ask for the data: are there enough to train from nothing, or only to train a head? Are the classes known
#    beforehand?
# 3. An area needs pixels, not boxes. Whoever meets new people every day cannot have a class for each. And ask whether it
#    would matter if the columns of the input were shuffled: where it would not, there are no neighbours to look at.
#
# The idea: The form of the answer chooses the kind of network, and the number of examples decides whether it is trained
# or borrowed.

# %%
ccv.check("right_tool")

# %% [markdown]
# ### Where its pictures are
#
# Many ideas of this course are usually shown by a drawing that somebody copied from somebody. In these labs the
# drawings are made from numbers that the lab computes. Where to find the best known ones again:
#
# | picture | lab and section |
# |---|---|
# | what one pixel changes, and what sees one pixel | 00, *First trouble: the bill* |
# | a convolution in one dimension | 02, *A window on a line* |
# | padding: how often a pixel is seen | 02, *How often is a pixel seen?* |
# | the volume that a layer puts out: depth, stride, field | 02, *Counting, and names for things* |
# | pooling, step by step | 01, *Pooling: keep the best*, and 02, *Smaller maps* |
# | pieces of an X, and how maps become votes | 01, *Three pieces of an X* and *Stack the layers, count the votes* |
# | network in network | 06, *Network in network* |
# | 20 layers against 56: the training curves | 07, *Twenty layers or fifty-six?* |
# | the loss as a landscape | 07, *The loss as a landscape* |
# | the winners of ImageNet, year by year | 09, *How wrong is a network?* |
# | what augmentation does to a picture | 10, *Is it still the same?* and *By hand: flip, crop, light* |
# | a borrowed network with a new head | 11, at its beginning, and *A new head* |
# | YOLO's grid, and the cell that answers | 13, *Who answers?* |
# | masks: semantic, and by instance | 14 |
# | two towers with one set of weights | 15 |
# | content, style, and both | here |
#
# ### And now?
#
# Lab 09 ended with the networks that came after: transformers, ConvNeXt, learning without labels. What became of the
# *tasks* of the later labs? **Detection** lost its anchors and its suppression: DETR (2020) lets a transformer write
# down a set of boxes, each object once, and matches them in training. **Segmentation** can be asked: Segment Anything
# (2023) was trained on a billion masks, and marks what one points at, named or not. **Faces** kept the idea of lab 15,
# distances on a sphere, with better losses (ArcFace, 2019), and got laws. **Style** found its heirs in *diffusion* (Ho
# and others, 2020; latent diffusion, Rombach and others, 2022): a network that has learnt to take noise out of pictures
# paints from noise whatever a sentence asks for. Look at what it does: start with noise, and change the picture step by
# step until a network approves of it. You did that in section 5. And what of the third dimension? NeRF (2020) fits a
# small network to a few photographs of a room until it can be looked at from anywhere: there it is the *scene* that
# learns.
#
# All of them are made of what you know: convolutions or windows that look at each other, residual connections, a
# normalisation, a loss that says what is wanted, and going downhill.
#
# ## 10. Twenty questions
#
# Over the whole course. Say the answer aloud before you unfold it. Fifteen right is very good.
#
# <details><summary>1. Shuffle the pixels of all pictures of a data set in the same way. Which network does not mind, the
# dense one or the ConvNet, and why?</summary>
#
# The dense one: each of its weights belongs to a pixel, wherever that is drawn. The ConvNet loses its
# neighbours, which are all it builds upon. (Lab 00)
#
# </details>
#
# <details><summary>2. What do equivariant and invariant mean, and which of the two is a convolution?</summary>
#
# Equivariant: move the picture, and the map moves along. Invariant: the answer stays. A convolution is equivariant;
# global pooling makes something invariant of it. (Labs 00, 01)
#
# </details>
#
# <details><summary>3. Pooling by the maximum and ReLU: which comes first?</summary>
#
# It does not matter to the result, as the maximum and ReLU both keep the order of numbers. Pooling first is cheaper.
# With average pooling it does matter. (Lab 01)
#
# </details>
#
# <details><summary>4. An input of 32x32x3, ten filters of 5x5, stride 1, padding 2. What comes out, and how many weights
# are there?</summary>
#
# 32x32x10, since (32 + 4 - 5) / 1 + 1 = 32. Each filter has 5 · 5 · 3 weights and a bias: 760 together. (Labs 02, 03)
#
# </details>
#
# <details><summary>5. Convolution or correlation: what does a layer of Keras compute, and what is the difference?</summary>
#
# A correlation. A convolution turns the kernel by half a turn first. To a kernel that is learnt it makes no
# difference. (Lab 02)
#
# </details>
#
# <details><summary>6. Where are most of the parameters of AlexNet and of VGG-16, and where is most of their work?</summary>
#
# The parameters are in the dense layers, above all the first one. The multiplications are in the convolutions, each
# weight of which is used at every position. (Labs 04, 05)
#
# </details>
#
# <details><summary>7. Why three 3x3 convolutions and not one 7x7?</summary>
#
# The same receptive field, 27 C² weights and not 49 C², and three ReLUs in place of one. (Lab 05)
#
# </details>
#
# <details><summary>8. What is a 1x1 convolution good for? It sees a single pixel.</summary>
#
# It sees all its channels. It mixes them, and it can make fewer of them before an expensive layer; it is a dense layer
# at each position. (Lab 06)
#
# </details>
#
# <details><summary>9. A plain network of 56 layers is worse than one of 20, on the training images too. Is that
# overfitting?</summary>
#
# No: overfitting would be better on the training images. It is *degradation*, an optimisation that does not find what the
# deeper network could do. The shortcut makes "change nothing" easy to find. (Lab 07)
#
# </details>
#
# <details><summary>10. By what factor is a depthwise separable 3x3 convolution with many channels cheaper?</summary>
#
# 1 / (1/M + 1/9) for M output channels: nearly nine. First each channel is filtered by itself, then a 1x1
# mixes them. (Lab 08)
#
# </details>
#
# <details><summary>11. One network has 94.1 % and another 93.7 %. Is the first better?</summary>
#
# Who knows? It depends on how many images were asked, on how far runs from other starts lie apart, and on which images
# exactly one of them has right. (Lab 09)
#
# </details>
#
# <details><summary>12. Mirroring left to right: a good augmentation?</summary>
#
# Ask the task. For cats and dogs yes, for letters and for left shoes no. And in training only. (Lab 10)
#
# </details>
#
# <details><summary>13. You unfreeze a borrowed network with batch normalisation and train it on twenty pictures. What
# goes wrong?</summary>
#
# The statistics move to those of small, strange batches, and what was learnt above them fits no more. Keep the
# normalisation frozen, and the learning rate small. (Lab 11)
#
# </details>
#
# <details><summary>14. A network shall say what an object is and where. How does its loss treat a picture without any
# object?</summary>
#
# Only the number "is there something?" counts. There is no box that the four coordinates could be compared
# with. (Lab 12)
#
# </details>
#
# <details><summary>15. What does non-maximum suppression do, and when does it harm?</summary>
#
# It keeps the surest of boxes that overlap much and drops the others of its class. In a crowd it drops real objects.
# (Lab 13)
#
# </details>
#
# <details><summary>16. A detector has a mAP of 0.8 at an IoU of 0.5, and of 0.3 at 0.9. What is wrong with it?</summary>
#
# It finds the objects and names them rightly; its boxes are not exact. (Lab 13)
#
# </details>
#
# <details><summary>17. What do the skips of a U-Net carry that the way through the bottom does not?</summary>
#
# The exact places. Deep maps know what there is, and only coarsely where; the early ones have every edge. (Lab 14)
#
# </details>
#
# <details><summary>18. 98 % of the pixels are background. Why is an accuracy of 98 % worth nothing, and what does one
# measure?</summary>
#
# Whoever says "background" everywhere has it. The IoU or Dice of each class counts only what belongs to it, or was said
# to. (Lab 14)
#
# </details>
#
# <details><summary>19. Why is a softmax over all employees a bad door-keeper?</summary>
#
# For every new employee it has to be trained again, and to a stranger it must give the name of some employee. Distances
# between embeddings, with a threshold, can do both. (Lab 15)
#
# </details>
#
# <details><summary>20. Which numbers learn in training, in style transfer, and in an attack that makes a network take a
# panda for a gibbon?</summary>
#
# In training the weights, with the pictures fixed. In the other two the pixels, with the weights fixed: the same
# gradient, followed to its other end. (This lab)
#
# </details>
#
# ## What you have learnt
#
# - A style is a table of what goes with what: the Gram matrix, a mean over positions of products of channels.
# - It forgets where things are, beyond the field of a single number; so shuffled maps have the same.
# - Content is the maps themselves, best of a deep layer, which insists on forms and not on paint.
# - Relative errors let one weight serve any network and any layer; total variation takes the dust away, and too much of it the strokes.
# - The picture is what learns: the same gradient, with the weights fixed.
# - Two optimisers are only compared when both have been given a fair rate.
# - A loss tells apart only what it sees, and each judge prefers what went downhill on it.
#
# ## Do you still know?
#
# Say the answer before you unfold it.
#
# <details><summary>A layer has maps of 40x60 positions with 16 channels. What shape has its Gram matrix, and what for a picture
# twice as large?</summary>
#
# 16x16, both times. That is why the style picture may have any size.
#
# </details>
#
# <details><summary>What stands on the diagonal of the Gram matrix, and what beside it?</summary>
#
# The mean square of a channel, how strongly it answers; beside it how much two channels answer at the same positions.
#
# </details>
#
# <details><summary>Why are Gram matrices taken of several layers?</summary>
#
# Each keeps what lies within its field: low ones colours and edges, high ones larger forms. Places are forgotten in all of
# them, so one alone gives dust or blots.
#
# </details>
#
# <details><summary>Why does the picture of a deep layer's content come back with noise in all colours?</summary>
#
# The noise was there at the start, and the layer does not see it: the network was trained to give the same answer in any
# colour and under noise. What is not in the maps cannot be asked for by them.
#
# </details>
#
# <details><summary>G is larger than A in one entry off the diagonal. What does a step downhill do there?</summary>
#
# At every position where the two channels both answer, both are pushed down, each in proportion to the other.
#
# </details>
#
# <details><summary>Somebody writes: "L-BFGS is three times better than Adam." What do you ask?</summary>
#
# With which learning rate, after how many steps, or after how many seconds? Adam with a bad rate loses to anything.
#
# </details>
#
# <details><summary>A painter and his judge use the same network. What is the verdict worth?</summary>
#
# Little: he has gone downhill on just that number. Ask a judge who had no part in it, and look at the picture.
#
# </details>
#
# ## Your own picture
#
# Two pictures of yours: the content, and the style. Bold patterns work best: a woodcut, a carpet, a leaf, crayons. A
# larger side takes longer, by its square.

# %%
CONTENT, STYLE = None, None  # paths of two pictures, such as "garden.jpg" and "carpet.jpg"
mine = square("flower", SIDE) if CONTENT is None else keras.utils.img_to_array(
    keras.utils.load_img(CONTENT, target_size=(SIDE, SIDE), keep_aspect_ratio=True), dtype="uint8")  # fmt: skip
example = styles["glass"] if STYLE is None else keras.utils.img_to_array(
    keras.utils.load_img(STYLE, target_size=(SIDE, SIDE), keep_aspect_ratio=True), dtype="uint8")  # fmt: skip
grown = []


def keep(step, picture, loss):
    """Keep the picture as it grows."""
    if step in (1, 5, 20, STEPS):
        grown.append((f"step {step}: {loss:.3f}", picture))


yours = style.transfer(mine, example, backbone=look, steps=STEPS, variation_weight=SMOOTH, callback=keep, verbose=False)
names, pictures = zip(*grown, strict=True)
plots.image_grid([mine, *pictures], titles=["yours", *names], columns=5, title="Your picture, as it grows")

# %% [markdown]
# ## An open task
#
# Nobody checks this one. The bricks of section 7, from noise, judged by somebody who has no part in the painting: 64 random
# filters of 11x11. **The line to beat** is the best of our three painters, which the cell below measures. Keep to 96 pixels
# and as many steps. Other layers, other scales, Gram matrices of differences of neighbours, a pyramid from coarse to
# fine: whatever you do not take from the judge is allowed. (And do your eyes agree with it? It may put first whom you would
# not: large random filters like the grain of small ones.)

# %%
judge = style.random_filters(filters=64, kernel_size=11, seed=1000 + lab.seed)
line = {p: style.gram_distance(made["bricks", p], bricks(SMALLER), judge) for p in painters}
for painter, value in line.items():
    print(f"{painter:15} {value:.4f}")
lab.record(open_task=min(line.values()))

# %% [markdown]
# ## To read on
#
# - L. Gatys, A. Ecker, M. Bethge: [Texture synthesis using convolutional neural networks](https://arxiv.org/abs/1505.07376)
#   and [A neural algorithm of artistic style](https://arxiv.org/abs/1508.06576), 2015. The second has the Neckar.
# - I. Ustyuzhaninov et al.: [Texture synthesis using shallow convolutional networks with random
#   filters](https://arxiv.org/abs/1606.00021), 2016.
# - J. Johnson, A. Alahi, L. Fei-Fei: [Perceptual losses for real-time style
#   transfer](https://arxiv.org/abs/1603.08155), 2016; D. Ulyanov et al.: [Instance
#   normalization](https://arxiv.org/abs/1607.08022), 2016; V. Dumoulin et al.: [A learned representation for artistic
#   style](https://arxiv.org/abs/1610.07629), 2017; X. Huang, S. Belongie: [Arbitrary style transfer in real
#   time](https://arxiv.org/abs/1703.06868), 2017.
# - Y. Li et al.: [Demystifying neural style transfer](https://arxiv.org/abs/1701.01036), 2017. Why equal Gram matrices
#   mean equal distributions, seen through a kernel.
# - [Neural style transfer](https://d2l.ai/chapter_computer-vision/neural-style.html) in *Dive into deep learning*, with
#   VGG-19; and [the example of Keras](https://keras.io/examples/generative/neural_style_transfer/).
#
# What came after: N. Carion et al.: [DETR](https://arxiv.org/abs/2005.12872), 2020; A. Kirillov et al.: [Segment
# anything](https://arxiv.org/abs/2304.02643), 2023; J. Deng et al.: [ArcFace](https://arxiv.org/abs/1801.07698), 2019; J.
# Ho, A. Jain, P. Abbeel: [Denoising diffusion](https://arxiv.org/abs/2006.11239), 2020; R. Rombach et al.: [Latent
# diffusion](https://arxiv.org/abs/2112.10752), 2022; B. Mildenhall et al.: [NeRF](https://arxiv.org/abs/2003.08934), 2020.

# %% [markdown]
# <!-- For those who have the slides -->

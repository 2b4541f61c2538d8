# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
#   ccv: {minutes: 75, needs: "two CPU cores, no network"}
# ---

# %% [markdown]
# # X or O? A ConvNet by hand
#
# Somebody draws an X or an O on a grid of 9 by 9 cells, and a machine shall say which. It sounds like a toy,
# and it is one. But small as it is, it holds everything that a network with a hundred million weights does:
# filters that slide, maps that come out, a non-linearity, pooling, and a vote at the end. Here every number
# fits on one page, so you can compute all of them yourself, and you will.
#
# In the first part you rebuild the case study of the slides (002) in NumPy, number by number. In the second
# part a network in Keras *learns* its filters, and you measure what convolution is good for, and what it is
# not.

# %%
import ccv

lab = ccv.lab("01_xo")

# %%
import keras
import numpy as np
from keras import layers

from ccv import convolution, data, plots

keras.utils.set_random_seed(lab.seed)

# %% [markdown]
# ## 1. Computers are literal
#
# Here is the slides' X, an O to go with it, and the slides' *trickier case*. A cell with ink is $+1$, paper is
# $-1$.

# %%
slides, slide_labels = data.arrays("xo", "slides")
X_IMAGE, O_IMAGE, TRICKY_X = (image[..., 0].astype(int) for image in slides)

plots.image_grid([X_IMAGE, O_IMAGE, TRICKY_X], titles=["X", "O", "X or X?"], cmap="gray_r")

# %% [markdown]
# You see at once that the third one is an X too: drawn by a shaky hand, a little turned. What would a computer
# see that only compares cell with cell? There are two usual ways to say how well two pictures $a$ and $b$
# match:
#
# - **count** the cells in which they are equal;
# - the **normalised correlation**, $\displaystyle \frac{\sum a\,b}{\sqrt{\sum a^2}\,\sqrt{\sum b^2}}$, which is
#   1 for equal pictures, 0 for unrelated ones and $-1$ for negatives. (Some books subtract the means first. We
#   do not.)
#
# **Exercise.** Write both.


# %%
def pixel_match(a, b):
    """Return (number of equal cells, normalised correlation) of two pictures (height, width)."""
    ### BEGIN SOLUTION
    a, b = np.asarray(a), np.asarray(b)
    correlation = np.sum(a * b) / np.sqrt(np.sum(a**2) * np.sum(b**2))
    return int(np.sum(a == b)), float(correlation)
    ### END SOLUTION


# %%
ccv.check("pixel_match")

# %% [markdown]
# Now look at where the tricky X agrees with the X (the outlined cells do *not*), and at a few other candidates.

# %%
plots.matrices(
    {"X": X_IMAGE, "tricky X: where it differs": TRICKY_X},
    highlight={"tricky X: where it differs": X_IMAGE != TRICKY_X},
)

# %%
BLANK = -np.ones((9, 9), dtype=int)
for name, image in {"the X itself": X_IMAGE, "tricky X": TRICKY_X, "O": O_IMAGE, "blank paper": BLANK}.items():
    strokes = np.sum((image == 1) & (X_IMAGE == 1))
    print(f"{name:12}  {np.sum(image == X_IMAGE)} of 81 cells as in the X, {strokes:2} of its 13 strokes")

# %% [markdown]
# Read the last line twice. **Blank paper is a better X than the tricky X**, if cells are all that counts: most
# of any picture is paper. And the tricky X shares 5 of 13 strokes with the X, hardly more than an O would by
# accident.
#
# We want an X to be an X "even if it is shifted, shrunk, rotated, deformed" (slides 002). Comparing whole
# pictures will not do that. The way out: do not compare the whole. Compare **small pieces**, and look for each
# piece **everywhere**.

# %% [markdown]
# ## 2. A window that slides
#
# Put a small matrix of weights, the *kernel* or *filter*, on a patch of the picture. Multiply cell by cell,
# sum, write the sum down. Move one cell to the right, do it again. At the end of the row, go down. That is all:
# for an image $x$ and a kernel $w$ with $k$ rows and $k$ columns, the number at $(p, q)$ is
#
# $$ y_{p,q} \;=\; \sum_{i=0}^{k-1} \sum_{j=0}^{k-1} w_{i,j}\; x_{p+i,\;q+j} . $$
#
# Deep learning calls this *convolution*. A mathematician calls it *cross-correlation*; a convolution would
# first turn the kernel by 180 degrees. With learned weights it does not matter, and so nobody turns.
#
# The slides animate this 5x5 example and stop after five frames, without a single output number. Here is the
# first one.

# %%
EXAMPLE = np.array([[0, 0, 1, 0, 1], [2, 1, 0, 1, 0], [0, 0, 1, 0, 1], [0, 1, 2, 1, 0], [2, 1, 0, 1, 0]])
KERNEL = np.array([[1, 0, 1], [0, 0, 0], [1, 0, 1]])

plots.matrices(
    {"image": EXAMPLE, "kernel": KERNEL, "first patch": EXAMPLE[:3, :3], "patch × kernel": EXAMPLE[:3, :3] * KERNEL},
    ["", "", "→"],
    highlight={"image": np.s_[:3, :3]},
    title="0 + 1 + 0 + 1 = 2",
)

# %% [markdown]
# How many places does the window take? Do the next two sums in your head (you should get 0 and 4), then let the
# machine do the rest.
#
# **Exercise.** Write the sliding window, for an image and a kernel of any size, square or not. Two loops are
# fine.


# %%
def slide_and_sum(image, kernel):
    """Slide the kernel as it stands over the image, no padding, one cell a step; return the map of sums."""
    ### BEGIN SOLUTION
    image, kernel = np.asarray(image), np.asarray(kernel)
    height, width = kernel.shape
    rows, columns = image.shape[0] - height + 1, image.shape[1] - width + 1
    sums = np.zeros((rows, columns), dtype=np.result_type(image, kernel))
    for p in range(rows):
        for q in range(columns):
            sums[p, q] = np.sum(image[p : p + height, q : q + width] * kernel)
    return sums
    ### END SOLUTION


# %%
ccv.check("slide_and_sum")

# %% [markdown]
# The whole example, finished (from `ccv.convolution`, which does the same without loops):

# %%
plots.matrices({"image": EXAMPLE, "kernel": KERNEL, "map": convolution.correlate2d(EXAMPLE, KERNEL)}, "*=")

# %% [markdown]
# ### What is a kernel good for?
#
# The notes of this course introduce the vertical edge detector as a kernel that is "all zeros except the
# centre, which is 1". Is it one? Slide it and see. Beside it: a real edge detector, and a blur.

# %%
big_x = data.arrays("xo", "test", n=2, size=48, shift=0, noise=0, seed=3)[0][0, ..., 0]
chosen = {
    "zeros, centre 1": convolution.KERNELS["identity"],
    "vertical edges": convolution.KERNELS["vertical_edge"],
    "Laplacian": convolution.KERNELS["edge_laplacian8"],
    "box blur": convolution.KERNELS["box_blur"],
}
plots.kernels(chosen)

# %%
answers = [convolution.correlate2d(big_x, kernel) for kernel in chosen.values()]
plots.feature_maps(np.stack(answers, axis=-1), titles=list(chosen), cmap="gray")

# %% [markdown]
# The kernel with a lonely 1 gives back the picture, untouched: it is the **identity**. An edge detector must
# say *nothing* where the picture is flat. On a flat area of brightness $c$ every kernel answers $c\sum_{i,j}
# w_{i,j}$. So its weights must sum to zero: that is the mark to look for. (A blur sums to 1, so it keeps the
# brightness. So does sharpening.)
#
# **Exercise.** Write a function that tells the kinds apart. Floats rarely sum to exactly zero; allow for that.


# %%
def kernel_kind(kernel):
    """Return "identity" (gives back every picture as it is), "edges" (not all zero, but silent on every flat area)
    or "other", for a kernel with an odd number of rows and columns."""
    ### BEGIN SOLUTION
    kernel = np.asarray(kernel, dtype=float)
    only_the_centre = np.zeros_like(kernel)
    only_the_centre[kernel.shape[0] // 2, kernel.shape[1] // 2] = 1
    if np.allclose(kernel, only_the_centre):
        return "identity"
    if np.any(kernel) and np.isclose(kernel.sum(), 0):
        return "edges"
    return "other"
    ### END SOLUTION


# %%
ccv.check("kernel_kind")

# %% [markdown]
# ## 3. Three pieces of an X
#
# Which small pieces make an X? A stroke that falls, a crossing, a stroke that rises. These are the slides'
# three filters:

# %%
F1 = np.array([[1, -1, -1], [-1, 1, -1], [-1, -1, 1]])  # falls
F2 = np.array([[1, -1, 1], [-1, 1, -1], [1, -1, 1]])  # crosses
F3 = np.array([[-1, -1, 1], [-1, 1, -1], [1, -1, -1]])  # rises
FILTERS = [F1, F2, F3]

plots.kernels({"F1: falls": F1, "F2: crosses": F2, "F3: rises": F3})

# %% [markdown]
# Ink and paper are $\pm1$ and so are the weights. A cell that agrees adds $+1$, a cell that does not adds $-1$.
# Divide the sum by the 9 cells, and a perfect match gives exactly 1. Here is F1 on the upper left arm of the X,
# where it fits, and at the crossing, where it fits in seven cells of nine.


# %%
def patch_times_filter(row, column, kernel):
    """The slides' picture: a patch of the X, times a filter, is a matrix of agreements."""
    patch = X_IMAGE[row : row + 3, column : column + 3]
    product = patch * kernel
    title = f"sum {product.sum()}, divided by 9: {product.mean():.4f}"
    panels = {f"patch at ({row}, {column})": patch, "filter": kernel, "product": product}
    return plots.matrices(panels, "×=", title=title, cmap="RdBu_r")


patch_times_filter(1, 1, F1)

# %%
patch_times_filter(3, 3, F1)

# %% [markdown]
# $5/9 = 0.5555\ldots$ A sheet of paper has only so much room, so the slides print two decimals. Which two?
# Nearest is 0.56. The slides print **0.55**, and $-5/9$ they print as **−0.55**. Three ways to lose the other
# digits:
#
# | | $5/9$ | $-5/9$ | |
# |---|---|---|---|
# | round | 0.56 | −0.56 | to the nearest |
# | floor | 0.55 | −0.56 | downward |
# | truncate | 0.55 | −0.55 | toward zero: cut the digits off |
#
# So the slides truncate. It is a small thing, but the next 49 numbers have to agree with a printed page, and
# later in your life with a chip that truncates. One trap on the way:

# %%
print("0.29 * 100 is", 0.29 * 100, "and cut off that gives", np.trunc(0.29 * 100) / 100)

# %% [markdown]
# $0.29$ is no binary fraction, and the last digit of the product tips over. Keep whole numbers whole for as
# long as you can: first the integer sum, then times 100, then divide by 9, and cut last.
#
# **Exercise.** Write the map that the slides print. You may use your `slide_and_sum` (or
# `convolution.correlate2d`).


# %%
def xo_map(image, kernel):
    """Return the map of a 3x3 filter: sums of patch × filter, divided by 9, truncated toward zero to two decimals."""
    ### BEGIN SOLUTION
    sums = slide_and_sum(image, kernel)
    return np.trunc(sums * 100 / 9) / 100
    ### END SOLUTION


# %%
ccv.check("xo_map")

# %% [markdown]
# All three maps, 147 numbers, as on the slides (whose second and third page lost some cells on the way; here
# they are back). Outlined: every perfect match.

# %%
SUMS = [convolution.correlate2d(X_IMAGE, kernel) for kernel in FILTERS]
MAPS = [convolution.truncate(sums, 9) for sums in SUMS]
names = ["map 1: falls", "map 2: crosses", "map 3: rises"]

plots.matrices(
    dict(zip(names, MAPS, strict=True)), highlight={name: m == 1 for name, m in zip(names, MAPS, strict=True)}
)

# %% [markdown]
# Look at map 1: a diagonal of ones, exactly where the X has its falling stroke. Map 3 is its mirror image. Map
# 2 has one single 1.00, in the middle: there is one crossing in an X. **The map says what is where.**
#
# **Exercise.** In how many cells would another way of cutting have printed another number? Take a map of
# integer sums.


# %%
def rounding_differences(sums):
    """Return two counts for a map of integer sums s, of which s/9 is printed with two decimals: how many cells
    differ from truncation if one rounds, and how many if one takes the floor."""
    ### BEGIN SOLUTION
    hundredths = np.asarray(sums) * 100 / 9
    truncated = np.trunc(hundredths)
    return int(np.sum(np.round(hundredths) != truncated)), int(np.sum(np.floor(hundredths) != truncated))
    ### END SOLUTION


# %%
ccv.check("rounding_differences")

# %%
rounded, floored = np.round(SUMS[0] / 9, 2), np.floor(SUMS[0] * 100 / 9) / 100
plots.matrices(
    {"truncated (slides)": MAPS[0], "rounded": rounded, "floor": floored},
    highlight={"rounded": rounded != MAPS[0], "floor": floored != MAPS[0]},
    title="Map 1, cut in three ways",
)

# %% [markdown]
# ## 4. Pooling: keep the best
#
# Does it matter whether the stroke was matched in this cell or in its neighbour? Hardly. So put a 2x2 window on
# the map, keep the largest number, step by two. The map gets smaller, and small shifts get lost, on purpose.
#
# The slides pool 7x7 to **4x4**. But three windows of two fill only six of seven rows. What about the last?
# There are two customs:
#
# - **'valid'**: a window that does not fit is left out. 7 gives $\lfloor 7/2 \rfloor = 3$, and the last row is
#   lost.
# - **'same'**: the last window may stick out; cells outside do not count. 7 gives $\lceil 7/2 \rceil = 4$.
#
# Keras's `MaxPooling2D` does 'valid' unless told otherwise. The slides' 4x4 needs `padding="same"`.

# %%
plots.matrices(
    {
        "map 1": MAPS[0],
        "'valid': the last row and column are lost": convolution.max_pool2d(MAPS[0]),
        "'same', as on the slides": convolution.max_pool2d(MAPS[0], padding="same"),
    },
    highlight={"map 1": np.indices((7, 7)).max(axis=0) == 6},
)

# %% [markdown]
# **Exercise.** Write it. A trap: it is tempting to fill up the missing row with zeros. When would a zero win
# although it must not?


# %%
def max_pool_same(x):
    """Max pooling 2x2, stride 2, padding 'same', of a map (height, width) of any size."""
    ### BEGIN SOLUTION
    x = np.asarray(x)
    rows, columns = (x.shape[0] + 1) // 2, (x.shape[1] + 1) // 2
    pooled = np.empty((rows, columns), dtype=x.dtype)
    for p in range(rows):
        for q in range(columns):
            pooled[p, q] = x[2 * p : 2 * p + 2, 2 * q : 2 * q + 2].max()  # a slice ends where the map ends
    return pooled
    ### END SOLUTION


# %%
ccv.check("max_pool_same")

# %% [markdown]
# The three pooled maps. Half the size each way, a quarter of the numbers, and the ones are still there.

# %%
POOLED = [convolution.max_pool2d(m, padding="same") for m in MAPS]
plots.matrices(
    {name.replace("map", "pooled"): p for name, p in zip(names, POOLED, strict=True)},
    highlight={name.replace("map", "pooled"): p == 1 for name, p in zip(names, POOLED, strict=True)},
)

# %% [markdown]
# ## 5. ReLU: no negative votes
#
# A negative number says "the opposite of my piece is here". The rectified linear unit replaces it by zero,
# $\mathrm{relu}(x) = \max(0, x)$, and leaves all else alone. One bend, and the network is no longer linear:
# without it, any stack of convolutions would be one big convolution.
#
# The slides' picture of the rectified map 1 lost its last column. You will have it back in a minute.
#
# **Exercise.** One line.


# %%
def relu_map(x):
    """Return the map with every negative number replaced by zero."""
    ### BEGIN SOLUTION
    return np.maximum(np.asarray(x), 0)
    ### END SOLUTION


# %%
ccv.check("relu_map")

# %%
plots.matrices(
    {"map 1": MAPS[0], "map 1 after ReLU": convolution.relu(MAPS[0])},
    "→",
    highlight={"map 1 after ReLU": np.s_[:, 6]},
    title="ReLU, with the column that the slides lost",
)

# %% [markdown]
# ## 6. Which first, pooling or ReLU?
#
# The slides are of two minds. The list of layers says convolution, ReLU, pooling; the case study pools first
# and rectifies later. Is one of them wrong? Try it, on a map of your choice.
#
# **Exercise.** Return both orders. (Use your own functions, or those of `ccv.convolution`.)


# %%
def both_orders(x):
    """Return two maps: ReLU first and then max pooling (2x2, 'same'), and the other way round."""
    ### BEGIN SOLUTION
    return max_pool_same(relu_map(x)), relu_map(max_pool_same(x))
    ### END SOLUTION


# %%
ccv.check("both_orders")

# %%
random_map = np.random.default_rng(lab.seed).integers(-9, 6, size=(7, 7))
plots.matrices(
    {
        "any map": random_map,
        "ReLU, then pool": convolution.max_pool2d(convolution.relu(random_map), padding="same"),
        "pool, then ReLU": convolution.relu(convolution.max_pool2d(random_map, padding="same")),
    }
)

# %% [markdown]
# The same, always. Why? One of these four is the reason; the other three are false, or true but beside the
# point.
#
# - `"linear"`: ReLU and max pooling are linear, and linear maps commute.
# - `"monotone"`: ReLU never changes the order of two numbers, so the largest before is the largest after.
# - `"positive"`: after pooling, no number is negative, so ReLU has nothing to do.
# - `"idempotent"`: ReLU applied twice is ReLU applied once.

# %%
### BEGIN SOLUTION
why_they_commute = "monotone"
### END SOLUTION

# %%
ccv.check("why_they_commute")

# %% [markdown]
# So is it a law that pooling and ReLU commute? Not with **average** pooling. One window is enough to show it.
#
# **Exercise.** Find four numbers for which the ReLU of their mean is not the mean of their ReLUs.

# %%
### BEGIN SOLUTION
average_counterexample = [[4, -4], [0, 0]]
### END SOLUTION

# %%
ccv.check("average_counterexample")

# %% [markdown]
# Frameworks write convolution, ReLU, pooling. Pool first and ReLU has four times fewer numbers to look at: same
# result, a little less work. On this X there is nothing to rectify after pooling anyway, since each pooled
# number is at least 0.11.

# %% [markdown]
# ## 7. Stack the layers, count the votes
#
# Pool once more: 4x4 becomes 2x2. Three maps of 2x2 are twelve numbers, and they are all that is left of the
# picture. List them map by map, each row by row:
#
# $$ \underbrace{v_0, v_1, v_2, v_3}_{\text{falls}},\;\underbrace{v_4, v_5, v_6, v_7}_{\text{crosses}},\;
# \underbrace{v_8, v_9, v_{10}, v_{11}}_{\text{rises}} $$
#
# Before you write it, say what you expect for an X: in which quarters of the picture does a stroke fall?

# %%
stages = {"map": MAPS[0]}
stages["ReLU"] = convolution.relu(stages["map"])
stages["pool"] = convolution.max_pool2d(stages["ReLU"], padding="same")
stages["pool again"] = convolution.max_pool2d(stages["pool"], padding="same")
plots.matrices(stages, "→→→", title="Map 1 of the X on its way to four numbers")

# %% [markdown]
# **Exercise.** The whole way from a picture to its list of numbers: map (truncated), ReLU, pool, pool, then
# list.


# %%
def feature_vector(image, filters):
    """Return, for each 3x3 filter in turn, the numbers that two poolings leave, row by row, in one flat list."""
    ### BEGIN SOLUTION
    values = []
    for kernel in filters:
        pooled = max_pool_same(max_pool_same(relu_map(xo_map(image, kernel))))
        values.extend(pooled.ravel().tolist())
    return values
    ### END SOLUTION


# %%
ccv.check("feature_vector")

# %% [markdown]
# Here are the lists of our three pictures.


# %%
def vector_of(image, filters=FILTERS):
    """The same with ccv's functions, so that the pictures below do not wait for your exercises."""
    maps = np.stack([convolution.relu(convolution.truncate(convolution.correlate2d(image, k), 9)) for k in filters], -1)
    pooled = convolution.max_pool2d(convolution.max_pool2d(maps[None], padding="same"), padding="same")
    return pooled[0].transpose(2, 0, 1).ravel()


VECTORS = np.stack([vector_of(image) for image in (X_IMAGE, TRICKY_X, O_IMAGE)])
plots.matrix(VECTORS, highlight=VECTORS == 1, title="v0 ... v11 of the X, the tricky X, the O")

# %% [markdown]
# Compare the first row and the last: a stroke falls in the upper left and lower right of an X, but in the lower
# left and upper right of an O. **Every value gets a vote** (slides 002): entries 0, 3, 4, 9 and 10 are large
# for an X, entries 1, 2, 8 and 11 for an O. Let each group speak with its mean. (The slides show this stage
# without numbers. The groups are ours, read off the first and the last row.)
#
# **Exercise.** The votes.

# %%
VOTERS_OF_X = [0, 3, 4, 9, 10]
VOTERS_OF_O = [1, 2, 8, 11]


def votes(vector):
    """Return (vote for X, vote for O), each the mean of its voters' entries, for a list of twelve numbers."""
    ### BEGIN SOLUTION
    vector = np.asarray(vector, dtype=float)
    return float(vector[VOTERS_OF_X].mean()), float(vector[VOTERS_OF_O].mean())
    ### END SOLUTION


# %%
ccv.check("votes")


# %%
def votes_of(image):
    """(X, O) of a picture, with ccv's functions."""
    vector = vector_of(image)
    return vector[VOTERS_OF_X].mean(), vector[VOTERS_OF_O].mean()


plots.bars(
    {"X": votes_of(X_IMAGE), "tricky X": votes_of(TRICKY_X), "O": votes_of(O_IMAGE)},
    ["vote for X", "vote for O"],
    ylabel="vote",
    title="A list of values becomes a list of votes",
)

# %% [markdown]
# The tricky X, which blank paper beat in section 1, wins its election by 0.82 to 0.55. Nobody compared whole
# pictures. Three small pieces, looked for everywhere, with some slack about the place: that did it.
#
# **Exercise.** Put all of it together.


# %%
def classify(image):
    """Return "X" or "O" for a picture of 9x9 cells, -1 and +1: which of the two gets the larger vote."""
    ### BEGIN SOLUTION
    vote_x, vote_o = votes(feature_vector(image, FILTERS))
    return "X" if vote_x > vote_o else "O"
    ### END SOLUTION


# %%
ccv.check("classify")

# %% [markdown]
# What you have built is a convolutional network with $3 \cdot 9 = 27$ weights in its filters and $12 \cdot 2 =
# 24$ in its votes. In Keras it takes a handful of layers, and it agrees with you to the last printed digit
# (rows: X, O, tricky X):

# %%
from ccv.models import xo_net

hand_made = xo_net()
hand_made.summary()
print(np.round(hand_made.predict(slides, verbose=0), 3))

# %% [markdown]
# ## 8. Equivariant, not invariant
#
# Now for a claim that stands on both decks of slides: what convolution learns is "translation **invariant**".
# Invariant would mean: move the input, and the output stays as it is. Does it? We put the X on a larger sheet
# and move it by three to the right and two down.


# %%
def on_sheet(image, down=0, right=0, side=21):
    """A larger sheet of paper with the picture on it, moved from the middle."""
    sheet = -np.ones((side, side), dtype=int)
    top, left = (side - image.shape[0]) // 2 + down, (side - image.shape[1]) // 2 + right
    sheet[top : top + image.shape[0], left : left + image.shape[1]] = image
    return sheet


here, there = on_sheet(X_IMAGE), on_sheet(X_IMAGE, down=2, right=3)
map_here, map_there = (convolution.correlate2d(sheet, F1) / 9 for sheet in (here, there))
plots.image_grid(
    [here, there, map_here, map_there],
    titles=["X", "X, moved by (2, 3)", "its map", "its map"],
    columns=4,
    cmap="RdBu_r",
    vmin=-1,
    vmax=1,
)

# %%
print("the map stays as it is:       ", np.array_equal(map_here, map_there))
print("the map moves by (2, 3) as well:", np.array_equal(np.roll(map_here, (2, 3), axis=(0, 1)), map_there))

# %% [markdown]
# The map moves along. That is called **equivariance**: $\;\mathrm{conv}(\mathrm{shift}(x)) =
# \mathrm{shift}(\mathrm{conv}(x))$. It is what makes one filter serve the whole picture. But the output is
# *not* the same; a layer that looks at single cells of the map sees something new each time.
#
# And pooling? A 2x2 pool with stride 2 has a grid of its own. Move by 2 and the pooled map moves by 1. Move by
# 1, and it is neither the same nor a moved one. Only taking the largest (or the mean) of the **whole** map,
# *global* pooling, forgets the place altogether. Measure it: how far is each from invariance, and from
# equivariance?


# %%
def largest_difference(a, b):
    """The largest absolute difference of two arrays."""
    return float(np.abs(a - b).max())


print("move by     map      map moved   2x2 pool   pool moved by half   global max")
for step in range(5):
    moved = convolution.correlate2d(on_sheet(X_IMAGE, right=step), F1) / 9
    pool_here, pool_moved = (convolution.max_pool2d(m, padding="same") for m in (map_here, moved))
    half = f"{largest_difference(np.roll(pool_here, step // 2, axis=1), pool_moved):.2f}" if step % 2 == 0 else "–"
    print(
        f"{step:5}   {largest_difference(map_here, moved):9.2f} {largest_difference(np.roll(map_here, step, 1), moved):10.2f} "
        f"{largest_difference(pool_here, pool_moved):10.2f} {half:>14} {abs(map_here.max() - moved.max()):18.2f}"
    )

# %% [markdown]
# Zero means "the same". "Map moved" is zero throughout: equivariance, exactly. The map itself and the pooled
# map never stay the same once the X moves; the pooled map moves along only at even steps. The global maximum
# always stays: invariance.
#
# So how does our hand-made network, which pools twice but keeps the four quarters apart, take a shift by a
# single cell?

# %%
steps = (-1, 0, 1)  # up, stay, down; left, stay, right


def lead(image, down, right):
    """Vote for X minus vote for O of a moved picture."""
    vote_x, vote_o = votes_of(np.roll(image, (down, right), axis=(0, 1)))
    return vote_x - vote_o


leads = [[lead(image, down, right) for image in (X_IMAGE, TRICKY_X, O_IMAGE) for right in steps] for down in steps]
plots.matrix(
    leads,
    highlight=(1, [1, 4, 7]),
    title="Vote for X minus vote for O. Three columns each: X, tricky X, O, outlined where they are not moved",
)

# %% [markdown]
# The O does not mind. The X keeps its lead but loses up to two thirds of it. The tricky X, moved down and to the left
# by *one* cell, ends in a tie. Pooling buys **some** slack, in steps; it does not make a network invariant.
#
# ## 9. A network that learns
#
# We chose the filters and the voters by looking hard. "Can we learn the underlying features directly from
# data?" (slides 002). Yes, with gradient descent; and then we can measure what the architecture is worth. Three
# networks of about the same number of parameters:
#
# - **dense**: every pixel to 4 hidden units;
# - **conv + flatten**: three convolutions, two poolings, then a dense layer that looks at every cell of the
#   last maps;
# - **conv + GAP**: the same, but *global average pooling* first: each map gives one number, its mean.
#
# They learn from 600 X's and O's in the **middle** of a sheet of 32 by 32 pixels. Then they are asked about
# ones that are moved, turned, or noisy.
#
# A detail that matters: paper is now 0 and ink 1. Convolutions pad with zeros, and zero should mean paper; on a
# sheet of $-1$ the padding would be a frame that tells a network where the border is.

# %%
SHEET, DRAWING = 32, 16
MARGIN = (SHEET - DRAWING) // 2
images_for_training = 600 if lab.quick else 2_000
images_for_testing = 300 if lab.quick else 1_000
epochs = 12
runs = 3 if lab.quick else 10  # every result below is repeated with other data and other first weights


def draw(split, n, seed, rotation=10):
    """X's and O's in the middle of their sheets, paper 0 and ink 1, turned by up to `rotation` degrees."""
    images, labels = data.arrays(
        "xo", split, n=n, size=DRAWING, seed=seed, shift=0, scale=0.15, rotation=rotation, noise=0
    )
    return np.pad((images + 1) / 2, ((0, 0), (MARGIN, MARGIN), (MARGIN, MARGIN), (0, 0))), labels


def move(images, distance, rng):
    """Move each image by `distance` pixels: that far along one axis, anything up to it along the other."""
    far = rng.choice([-distance, distance], len(images))
    other = rng.integers(-distance, distance + 1, len(images))
    swap = rng.random(len(images)) < 0.5
    steps = np.where(swap[:, None], np.stack([far, other], 1), np.stack([other, far], 1))
    return np.stack([np.roll(image, step, axis=(0, 1)) for image, step in zip(images, steps, strict=True)])


def add_noise(images, deviation, rng):
    """Gaussian noise; `deviation` is one number or one for each image."""
    deviation = np.reshape(deviation, (-1, 1, 1, 1))
    return (images + deviation * rng.standard_normal(images.shape)).astype("float32")


rng = np.random.default_rng(lab.seed)
some, some_labels = draw("test", 6, lab.seed)
rows = {
    "as in training": add_noise(some, 0.1, rng),
    "moved by 6": add_noise(move(some, 6, rng), 0.1, rng),
    "turned, up to 45°": add_noise(draw("test", 6, lab.seed, rotation=45)[0], 0.1, rng),
    "noise 0.7": add_noise(some, 0.7, rng),
}
plots.image_grid(
    np.concatenate(list(rows.values())),
    titles=[name if i == 0 else "" for name in rows for i in range(6)],
    columns=6,
    cmap="gray_r",
    vmin=-0.5,
    vmax=1.5,
)


# %%
def convolutions():
    """Three convolutions with two poolings between; with 'same' padding, and zeros that mean paper."""
    return [
        layers.Conv2D(8, 3, padding="same", activation="relu", name="conv1"),
        layers.MaxPooling2D(2, name="pool1"),
        layers.Conv2D(16, 3, padding="same", activation="relu", name="conv2"),
        layers.MaxPooling2D(2, name="pool2"),
        layers.Conv2D(16, 3, padding="same", activation="relu", name="conv3"),
    ]


def build(kind):
    """One of the three networks, compiled."""
    bodies = {
        "dense": lambda: [layers.Flatten(), layers.Dense(4, activation="relu", name="hidden")],
        "conv + flatten": lambda: [*convolutions(), layers.Flatten()],
        "conv + GAP": lambda: [*convolutions(), layers.GlobalAveragePooling2D(name="gap")],
    }
    inputs = keras.Input((SHEET, SHEET, 1))
    network = keras.Sequential([inputs, *bodies[kind](), layers.Dense(2, activation="softmax", name="class")])
    network.compile(keras.optimizers.Adam(0.005), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return network


for kind in ("dense", "conv + flatten", "conv + GAP"):
    print(f"{kind:15} {build(kind).count_params():6,} parameters")

# %% [markdown]
# Before you go on, write down your bets. Which network keeps its accuracy when the letters are moved? When they
# are turned? When there is noise?
#
# Besides the three, two remedies: the dense net trained on letters *moved* by up to 8 pixels, and conv + GAP
# trained on letters *turned* by up to 45 degrees with *noise* of all strengths up to 1. Both may train twice as
# long: they have more to learn.

# %%
TESTS = {
    "moved by (pixels)": [0, 1, 2, 3, 4, 5, 6, 7, 8],
    "turned by up to (degrees)": [0, 10, 20, 30, 45, 90],
    "noise (standard deviation)": [0.0, 0.1, 0.3, 0.5, 0.7, 1.0],
}
CONTENDERS = ["dense", "conv + flatten", "conv + GAP", "dense, saw moved ones", "conv + GAP, saw turned and noisy ones"]


def training_set(contender, seed, rng):
    """Images and labels that a contender learns from."""
    turned = "turned" in contender
    images, labels = draw("train", images_for_training, seed, rotation=45 if turned else 10)
    if "moved" in contender:
        images = np.concatenate([move(images[i : i + 1], rng.integers(0, 9), rng) for i in range(len(images))])
    return add_noise(images, rng.uniform(0, 1, len(images)) if turned else 0.1, rng), labels


def test_set(test, amount, seed, rng):
    """Images and labels that nobody has seen; all have the training's noise unless noise is what is tested."""
    images, labels = draw("test", images_for_testing, seed, rotation=amount if "turned" in test else 10)
    if "moved" in test:
        images = move(images, amount, rng)
    return add_noise(images, amount if "noise" in test else 0.1, rng), labels


accuracy = {test: np.zeros((len(CONTENDERS), runs, len(amounts))) for test, amounts in TESTS.items()}
for run in range(runs):
    seed = lab.seed * 100 + run
    keras.utils.set_random_seed(seed)
    exams = {test: [test_set(test, a, seed, np.random.default_rng([seed, 1])) for a in TESTS[test]] for test in TESTS}
    for number, contender in enumerate(CONTENDERS):
        network = build(contender.split(",")[0])
        images, labels = training_set(contender, seed, np.random.default_rng([seed, 2]))
        longer = 2 if "," in contender else 1  # the remedies have more to learn
        network.fit(images, labels, epochs=longer * epochs, batch_size=32, verbose=0)
        for test, papers in exams.items():
            for i, (paper, truth) in enumerate(papers):
                accuracy[test][number, run, i] = np.mean(network.predict_on_batch(paper).argmax(axis=-1) == truth)
        if contender == "conv + GAP":
            learned = network  # we look inside below
    print(f"run {run + 1} of {runs} done")


# %%
def curves(tests, accuracy, names):
    """Accuracy against the amount of each disturbance: the mean over the runs, and a band from worst to best."""
    colors = [plots.style.BLUE, plots.style.ORANGE, plots.style.GREEN, plots.style.BLUE, plots.style.GREEN]
    figure = plots.style.new_figure(13, 5)
    for place, (test, amounts) in enumerate(tests.items(), start=1):
        axes = figure.add_subplot(1, len(tests), place)
        for name, color, scores in zip(names, colors, accuracy[test], strict=True):
            remedy = "," in name
            axes.plot(amounts, scores.mean(axis=0), "--" if remedy else "-o", color=color, label=name, ms=4)
            axes.fill_between(amounts, scores.min(axis=0), scores.max(axis=0), color=color, alpha=0.15, lw=0)
        axes.axhline(0.5, color="0.6", lw=1, ls=":")
        axes.set(xlabel=test, ylim=(0, 1.03))
        if place == 1:
            axes.set_ylabel("accuracy on new letters")
    figure.legend(*axes.get_legend_handles_labels(), ncols=3, loc="outside upper center")
    return figure


curves(TESTS, accuracy, CONTENDERS)


# %%
def summary(test, amount):
    """Mean accuracy and range over the runs, one line a contender."""
    column = TESTS[test].index(amount)
    for name, scores in zip(CONTENDERS, accuracy[test][:, :, column], strict=True):
        print(f"  {name:38} {scores.mean():.3f}   ({scores.min():.3f} to {scores.max():.3f})")


moves, turns, noises = TESTS
for test, amount in [(moves, 0), (moves, 4), (moves, 8), (turns, 45), (noises, 0.7)]:
    print(f"{test} {amount}:")
    summary(test, amount)

moved = accuracy[moves].mean(axis=1)
lab.record(
    accuracy_centred_dense=float(moved[0, 0]),
    accuracy_centred_gap=float(moved[2, 0]),
    accuracy_moved8_dense=float(moved[0, -1]),
    accuracy_moved8_flatten=float(moved[1, -1]),
    accuracy_moved8_gap=float(moved[2, -1]),
    accuracy_noise07_dense=float(accuracy[noises][0, :, 4].mean()),
    accuracy_noise07_gap=float(accuracy[noises][2, :, 4].mean()),
    runs=runs,
)

# %% [markdown]
# What came of your bets? Panel by panel, and the runs differ, so look at the bands as well as the lines:
#
# - **Moved.** *Conv + flatten* falls as low as the dense net, though its maps are perfectly equivariant. The
#   map moves, and the dense layer on top has never seen a map that lies there. In between, both even do worse
#   than guessing: an arm of a moved X lies where the rim of an O used to be. Only *conv + GAP*, which forgets
#   the place at the end, does not care. **Convolution brings equivariance; invariance comes from what stands
#   behind it.** (The dense net that saw moved letters has to learn each place for itself, "anew", as the slides
#   say; 600 letters are few for that.)
# - **Turned.** None of them is built for it, and all of them lose. An X that is turned by 45 degrees is a plus.
#   What the architecture does not give, data must: the net that saw turned letters knows them.
# - **Noise.** Here the slides (003) are plainly wrong. They call CNNs "robust to noise ... thanks to the
#   pooling layers". Of the three networks, the *dense* one stands noise no worse than any other, and the one that
#   pools most is the first to fall: in strong noise it calls every picture by the same letter, hence an accuracy
#   of one half. Why? A dense unit weighs all pixels of a letter at once, and their noise averages out. Conv + GAP
#   asks 1,024 little windows whether there is some stroke; in noise there always is a bit of one, ReLU lets it
#   pass, and the mean, which forgets the place, cannot tell it from a letter. Training with noise
#   helps, a lot: again it is the data, not the pooling.
#
# ### A look inside
#
# Take the conv + GAP network of the last run. We move one letter to the right, pixel by pixel, and watch two
# places: the maps of its last convolution, and the 16 numbers after GAP. The maps lie behind two poolings of 2,
# so a move by 4 is a move by 1 for them.
#
# We do it on a sheet of 64 by 64 pixels, so that the border stays out of play. The network has never seen such
# a sheet. Does it matter? Filters do not know the size of the picture that they slide over, and GAP takes a
# mean of however many cells: conv + GAP runs on any size. (Try that with one of the other two.)

# %%
large_sheet = keras.Input((64, 64, 1))
outputs = [large_sheet]
for layer in learned.layers:  # the same layers with the same weights, on a larger sheet
    outputs.append(layer(outputs[-1]))
inside = keras.Model(large_sheet, outputs[-3:-1])  # conv3 and GAP
letter = np.pad(draw("test", 2, lab.seed)[0][:1], ((0, 0), (16, 16), (16, 16), (0, 0)))
away = np.s_[:, 3:-3, 3:-3]  # of the maps, without the cells that see the padding: those do not move


def relative(new, old):
    """The size of a change, relative to what it was."""
    return float(np.linalg.norm(new - old) / np.linalg.norm(old))


maps, means = (output.numpy() for output in inside(letter))
changes = {"maps": [], "maps, moved along": [], "GAP": []}
for step in range(9):
    moved_maps, moved_means = (output.numpy() for output in inside(np.roll(letter, step, axis=2)))
    along = np.roll(maps, step // 4, axis=2)
    changes["maps"].append(relative(moved_maps[away], maps[away]))
    changes["maps, moved along"].append(relative(moved_maps[away], along[away]))
    changes["GAP"].append(relative(moved_means, means))


def change_plot(changes):
    """Relative change of each output against the move."""
    figure = plots.style.new_figure(8, 3.6, "How much the output changes when the letter moves")
    axes = figure.add_subplot()
    colors = (plots.style.BLUE, plots.style.ORANGE, plots.style.GREEN)
    for (name, values), color in zip(changes.items(), colors, strict=True):
        axes.plot(values, "-o", ms=5, color=color, label=name)
    axes.set(xlabel="moved to the right by (pixels)", ylabel="relative change")
    axes.legend()
    return figure


change_plot(changes)

# %%
lab.record(gap_change_at_4=changes["GAP"][4], gap_change_worst=max(changes["GAP"]))
for step in (4, 1):
    along, gap = changes["maps, moved along"][step], changes["GAP"][step]
    print(f"relative change after a move by {step}:  maps moved along {along:.1g},  GAP {gap:.1g}")

# %% [markdown]
# Move by 4 or 8, and the maps move along exactly, and GAP is the same to the last digit (of float32). In
# between, the pooling grid cuts the letter in another way, and GAP is only *roughly* the same. So: convolution
# is exactly equivariant, to steps of one pixel; with pooling only to steps of the product of its strides; and
# GAP makes of it an invariance that is exact for those steps and approximate for the others.
#
# And the filters that it learned? Here are the eight of the first layer, after all the trouble we took to
# choose three:

# %%
plots.kernels(learned.get_layer("conv1").get_weights()[0], columns=8)

# %%
labels = [f"filter {i}" for i in range(8)]
first = keras.Model(learned.inputs[0], learned.get_layer("conv1").output)
pair = draw("test", 8, lab.seed)
one_of_each = pair[0][[int(np.flatnonzero(pair[1] == label)[0]) for label in (0, 1)]]
seen = first(one_of_each).numpy()
plots.feature_maps(np.concatenate([seen[0], seen[1]], axis=-1), titles=labels + labels, columns=8)

# %% [markdown]
# Some light up on every stroke, others on one side of it, or on strokes of one direction. Nobody told them to.
#
# ## What you have learnt
#
# - A filter is a small picture of what it looks for; its map says how well each place matches.
# - Printed numbers have been cut somehow: truncating, rounding and flooring differ. Keep integers until the
#   end.
# - Pooling keeps the best of a window. 7 cells become 3 with 'valid' and 4 with 'same'.
# - ReLU and max pooling commute, because ReLU is monotone. With average pooling it does not.
# - Pixel by pixel, blank paper is a better X than a shaky X. Piece by piece, the shaky X is an X.
# - Convolution is *equivariant* to translation. Invariance comes from global pooling (or from data), and only
#   roughly so once there are strides. Neither rotation nor noise is taken care of by the architecture.
#
# **To go on.** Train conv + GAP on 60 letters instead of 600, and the dense net on 6,000 moved ones: who wins?
# Replace GAP by `GlobalMaxPooling2D` and look at the noise again. Draw a third class, a plus, and think of its
# voters.
#
# ## What the slides get wrong
#
# | | The slides | What is right |
# |---|---|---|
# | X-56 | 002: the patterns of convolution layers are "translation invariant" | The layer is translation *equivariant*; invariance needs global pooling or the like (section 8 and 9). |
# | X-09 | 003: features "robust to noise, occlusion", "resistant to overfitting", "thanks to the pooling layers" | Pooling gives a little slack for small shifts. Against noise and turning, training data helped; pooling did not. |
# | X-14 | 004 notes: the vertical edge detector is "all zeros except the centre, which is 1" | That is the identity. An edge kernel sums to zero, such as three rows of 1, 0, −1. |
# | X-12 | 004 notes: cross-correlation is "just a name" for convolution | A convolution turns the kernel by 180 degrees; deep learning computes the cross-correlation and calls it convolution. |
# | X-50 | 002: the neuron $(p, q)$ sums $w_{ij}\,x_{i+p,\,j+q}$, with a shift of 2 | With stride 2 it is $x_{i+2p,\,j+2q}$. |
# | X-51 | 002: the 5x5 example has kernel weights run into the pixels, and no output | The kernel is [[1,0,1],[0,0,0],[1,0,1]], the output [[2,0,4],[4,4,2],[3,2,2]]. |
# | X-52 | 002: maps 2 and 3 lost cells, the filters are buried in HTML | Section 3 has all 147 numbers; each that survived agrees. |
# | X-53 | 002: the map after ReLU lacks its last column | 0.33, 0, 0.55, 0.33, 0.11, 0, 0.77 (section 5). |
# | X-77 | 002: the vote stage is titles only | Section 7 has voters that fit; they are this lab's proposal, not the slides'. |
# | D-11 | 002 pools before ReLU in the case study, after it in the list of layers | Both give the same with max pooling, not with average pooling (section 6). |
# | | 002: numbers with two decimals, without a word on how | They are truncated toward zero; rounding would change 42 of the 147. |
# | | 002: 7x7 pooled to 4x4, without a word on padding | That is 'same'; the default of Keras, 'valid', gives 3x3. |

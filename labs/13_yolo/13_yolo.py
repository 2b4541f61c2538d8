# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
#   ccv: {minutes: 120, needs: "two CPU cores, no network"}
# ---

# %% [markdown]
# # YOLO: look once, and say where everything is
#
# Up to 2015 a detector was a classifier with a lot of patience. It cut thousands of windows out of the picture, or two
# thousand "proposals" of another program, and asked of each: *is this a dog?* Then Joseph Redmon and his colleagues
# turned the question round. Show the network the whole picture **once**, and let it say in one long list of numbers
# what is where. You Only Look Once ran at 45 pictures a second, when its best rivals needed a fifth of a second for
# one.
#
# The list of numbers is the whole trick. What each of them means, who has to learn what, and how to get boxes back out
# of it: this lab takes it apart in thirteen small functions, all of them in NumPy. Then you train a detector from
# nothing, on this computer, and look at what it can do and what it cannot.
#
# 1. **Who answers?** A grid, and the cell that is responsible.
# 2. **How good is a box?** IoU, confidence, scores.
# 3. **Five boxes for one dog.** Non-maximum suppression.
# 4. **Shapes to start from.** Anchors, and what the network says about them.
# 5. **Train** one, and watch it.
# 6. **Is that good?** Mean average precision, by hand.
# 7. **Large and small.** Three grids: YOLOv3.
# 8. What one would use in practice, and what the slides get wrong.

# %%
import ccv

lab = ccv.lab("13_yolo")

# %%
import time

import keras
import numpy as np

from ccv import detection, models, plots
from ccv.anatomy import anatomy
from ccv.data import shapes
from ccv.detection import anchors as clusters
from ccv.detection.targets import grid_target
from ccv.training.recipes import find_recipe

keras.utils.set_random_seed(lab.seed)

# %% [markdown]
# Here is the world of this lab: pictures of 64x64 pixels with one to five ellipses, rectangles and triangles, in noise.
# They are drawn by the computer, as many as we like, and so we know of each object exactly where it is.
#
# A **truth** is a table with a row for each object: `x_min, y_min, x_max, y_max`, as parts of the picture's width and
# height, then the class. (Parts rather than pixels, so that nothing changes when the picture is resized.) Since
# pictures have different numbers of objects, short tables are filled up with rows of **-1**. Remember these.

# %%
NAMES = shapes.CLASS_NAMES
count, unseen_count = (2_500, 300) if lab.quick else (20_000, 2_000)
images, truth = shapes.arrays("train", count=count, seed=lab.seed)
unseen_images, unseen_truth = shapes.arrays("test", count=unseen_count, seed=lab.seed)
print(f"{len(images):,} pictures to learn from, {len(unseen_images):,} that nobody has seen; the first truth:")
print(truth[0].round(3))
plots.detections(images[:3], truth=truth[:3], class_names=NAMES)

# %% [markdown]
# ## 1. Who answers?
#
# A classifier has one answer, so it is clear what to teach it. A picture with three objects has three answers. Which of
# the network's numbers should learn which object? If nobody is responsible, nobody learns.
#
# YOLO's rule is simple: lay a grid over the picture, 7x7 in the paper. **The cell that holds the midpoint of an object
# is responsible for it**, and no other cell, however much of the object lies in those. And the cell says where in
# *itself* the midpoint lies, from 0 (its left or upper edge) to 1.
#
# **Predict first**: a midpoint at $x = 0.53$, $y = 0.22$, a 7x7 grid. Which column? Which row? Where in the cell?
#
# **Exercise.** A midpoint exactly on the right or lower edge of the picture belongs to the last cell.


# %%
def responsible_cell(x, y, rows, columns):
    """Return (column, row, where in the cell across, where in it down) of a midpoint (x, y), given as parts of the
    picture's width and height; columns and rows are counted from 0, and both places in the cell run from 0 to 1."""
    ### BEGIN SOLUTION
    column, row = min(int(x * columns), columns - 1), min(int(y * rows), rows - 1)
    return column, row, x * columns - column, y * rows - row
    ### END SOLUTION


# %%
ccv.check("responsible_cell")

# %% [markdown]
# In the picture the cells that answer are hatched. An 8x8 grid fits these pictures, since its cells have 8 pixels.

# %%
crowd = int((truth[:, :, 4] >= 0).sum(axis=1).argmax())
plots.grid_cells(images[crowd], truth[crowd], 8, class_names=NAMES, title="Who answers for which object?")

# %% [markdown]
# So this is what YOLO's first version is taught, a row of numbers for each cell:
#
# | numbers | what |
# |---|---|
# | 2 | where in the cell the midpoint is, across and down |
# | 2 | width and height of the object, as parts of the *whole picture* |
# | 1 | 1: there is an object |
# | one a class | 1 at the object's class, 0 at the others ("one-hot") |
#
# and zeros in all the other cells. The box may be far larger than its cell. And if two midpoints fall into one cell?
# Then one object has bad luck: the **first** in the table keeps the cell.
#
# **Exercise.** Make this table of numbers. (The real loss compares the *square roots* of width and height, so that a
# pixel more or less matters more for a small box.)


# %%
def encode_target(truth, rows, columns, classes):
    """Return the target (rows, columns, 5 + classes) of one picture's truth (objects, 5), rows x_min, y_min, x_max,
    y_max, class; a class of -1 is padding."""
    ### BEGIN SOLUTION
    target = np.zeros((rows, columns, 5 + classes))
    for x_min, y_min, x_max, y_max, label in truth:
        if label < 0:
            continue
        column, row, across, down = responsible_cell((x_min + x_max) / 2, (y_min + y_max) / 2, rows, columns)
        if target[row, column, 4] == 0:
            target[row, column, :5] = across, down, x_max - x_min, y_max - y_min, 1
            target[row, column, 5 + int(label)] = 1
    return target
    ### END SOLUTION


# %%
ccv.check("encode_target")

# %% [markdown]
# One map for each number. This is all that the network will ever hear about the picture above:

# %%
MAPS = ["across", "down", "width", "height", "object", *NAMES]
plots.target_maps(grid_target(truth[crowd], 8, 8, len(NAMES)), MAPS, title="What the 64 cells are taught")

# %% [markdown]
# How often does an object lose its cell to another? Guess for a 4x4 grid and for a 13x13 grid; then count, in our
# pictures.


# %%
def lost_objects(truth, cells):
    """The share of objects whose cell, in a grid of cells x cells, belongs to another one."""
    there = truth[:, :, 4] >= 0
    place = ((truth[:, :, 0:2] + truth[:, :, 2:4]) / 2 * cells).astype(int) @ [1, cells]
    kept = sum(len(set(places[known])) for places, known in zip(place, there, strict=True))
    return 1 - kept / there.sum()


for cells in (2, 4, 7, 8, 13):
    print(f"{cells:2} x {cells:2} cells: {lost_objects(truth, cells):6.2%} of the objects have no cell to learn them")

# %% [markdown]
# On a fine grid it hardly ever happens, in these pictures: our objects are few, and lie apart. In a photograph of a
# flock of birds it is the rule, and the first YOLO "struggles with small objects that appear in groups", as its paper
# says.
#
# But does a cell not predict *several* boxes? ("2 or 3", say the slides, and elsewhere "3 or 4". It is 2 in the first
# YOLO, 5 in the second, and 3 on each of three grids in the third.) In the first one that does not help the unlucky
# object: a cell has **one** set of class numbers for all its boxes, so it can name one thing only.
#
# ## 2. How good is a box?
#
# A box is never exactly right. How right it is, one number says, the **intersection over union**: the area that both
# boxes cover, divided by the area that at least one of them covers. Equal boxes have 1, boxes that do not meet 0.
#
# **Predict first**: the boxes (1, 1, 3, 3) and (2, 2, 4, 4). Half? A quarter?
#
# **Exercise.** Write it with `a[..., 0]` for the left edges, `a[..., 1]` for the upper ones and so on. Then the same
# lines do for two boxes and for two thousand, and `iou(a[:, None], b)` is the table of all with all. Three traps: the
# width of an overlap that is not there; the area that is counted twice; and two boxes without any area, which have 0.


# %%
def iou(a, b):
    """Return the intersection over union of boxes a and b: arrays (..., 4) of x_min, y_min, x_max, y_max that broadcast
    against each other; the result has one axis less. 0 where neither box has an area."""
    ### BEGIN SOLUTION
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    low, high = np.maximum(a[..., :2], b[..., :2]), np.minimum(a[..., 2:], b[..., 2:])
    both = np.maximum(high - low, 0).prod(axis=-1)
    either = (a[..., 2:] - a[..., :2]).prod(axis=-1) + (b[..., 2:] - b[..., :2]).prod(axis=-1) - both
    return both / np.where(either > 0, either, 1)
    ### END SOLUTION


# %%
ccv.check("iou")

# %% [markdown]
# One pixel off, on each axis: how much does it cost? For large boxes nearly nothing, for small ones a lot. Keep this
# picture in mind whenever somebody compares a detector on small objects with one on large ones.

# %%
plots.bars(
    {f"{side} pixels": (side - 1) ** 2 / (2 * side**2 - (side - 1) ** 2) for side in (4, 8, 16, 32, 64, 128)},
    ylabel="IoU",
    title="IoU of a square box that is one pixel off, across and down",
)

# %% [markdown]
# ### Confidence
#
# With each box the network gives a **confidence**. What should that be? The paper: $\Pr(\text{object}) \cdot
# \text{IoU}$. So it is to be 0 where there is no object; and where there is one, as high as the box is good. The
# network has to learn to judge its own boxes!
#
# And which of a cell's boxes? Only the one with the highest IoU, the **responsible** one. The others learn 0. In time
# each box of a cell becomes a specialist, one for wide things, one for tall ones.
#
# **Exercise.** The confidences that the boxes of one cell should have.


# %%
def confidence_targets(boxes, thing):
    """Return what the confidences (n,) of a cell's predicted boxes (n, 4) should be: `thing` is the box (4,) of the
    object that the cell is responsible for, or None where there is none."""
    ### BEGIN SOLUTION
    targets = np.zeros(len(boxes))
    if thing is not None:
        overlaps = iou(boxes, thing)
        targets[overlaps.argmax()] = overlaps.max()
    return targets
    ### END SOLUTION


# %%
ccv.check("confidence_targets")

# %% [markdown]
# ### Scores
#
# When the network is used, it multiplies once more. The cell's class numbers are $\Pr(\text{class} \mid
# \text{object})$: *if* there is something here, what is it? So for each box and each class
#
# $$\text{score} = \Pr(\text{class} \mid \text{object}) \cdot \Pr(\text{object}) \cdot \text{IoU} =
# \Pr(\text{class}) \cdot \text{IoU}$$
#
# which says both: how likely that class is, and how well the box fits.
#
# **Exercise.** For a whole grid at once, without loops if you can.


# %%
def class_scores(confidences, classes):
    """Return the scores (rows, columns, boxes, classes) of confidences (rows, columns, boxes) and the cells' class
    probabilities (rows, columns, classes)."""
    ### BEGIN SOLUTION
    return np.asarray(confidences)[..., :, None] * np.asarray(classes)[..., None, :]
    ### END SOLUTION


# %%
ccv.check("class_scores")

# %% [markdown]
# ## 3. Five boxes for one dog
#
# A large object covers many cells. Only one is responsible, but its neighbours see the object too, and are not sure
# that it is none of their business. So an object gets several boxes. **Non-maximum suppression** clears up:
#
# 1. take the box with the highest score, and keep it;
# 2. throw away every box that overlaps it by more than a limit, and is of **the same class**;
# 3. begin again with what is left.
#
# The slides' example has four boxes of one class, with the scores 0.9, 0.8, 0.7 and 0.6, and a limit of 0.5. Which ones
# stay? (The IoU of the first two is 0.84, of the second and third 0.21.)
#
# **Exercise.** "More than": a box *at* the limit stays. Of equal scores, the first in the list counts as the surer one.


# %%
def nms(boxes, scores, labels, limit):
    """Return the list of the indices of the boxes that are kept, surest first: boxes (n, 4), scores (n,), labels (n,);
    boxes of different classes do not touch each other."""
    ### BEGIN SOLUTION
    boxes, labels = np.asarray(boxes, dtype=float), np.asarray(labels)
    left = np.argsort(-np.asarray(scores), kind="stable").tolist()
    kept = []
    while left:
        best, *left = left
        kept.append(best)
        left = [i for i in left if labels[i] != labels[best] or iou(boxes[i], boxes[best]) <= limit]
    return kept
    ### END SOLUTION


# %%
ccv.check("nms")

# %%
four = np.array([[100, 100, 210, 210], [105, 105, 215, 215], [150, 150, 260, 260], [300, 300, 380, 380]])
things = np.full((400, 400, 3), 70, np.uint8)
things[103:211, 103:211], things[152:258, 152:258], things[302:378, 302:378] = (90, 110, 130), (130, 110, 90), 120
plots.suppression(things, four, [0.9, 0.8, 0.7, 0.6], [0, 2, 3], title="The slides' four boxes, limit 0.5")

# %% [markdown]
# It does not matter in which order the boxes come: the result is the same set. (With equal scores it can matter. That
# is why a good implementation says what happens then.) And mind what suppression *cannot* know: two people who hug
# overlap by more than 0.5, and one of them is thrown away.
#
# ## 4. Shapes to start from
#
# The first YOLO guesses widths and heights from nothing. The second one has **anchors**: a few typical shapes of boxes,
# and the network only says how the box differs from them. (The slides list anchors with the YOLO of 2015. They came a
# year later, in "YOLO9000", borrowed from Faster R-CNN.)
#
# Which shapes are typical? Faster R-CNN's were chosen by hand. Redmon and Farhadi asked the training set, by
# **k-means**:
#
# 1. give each box to the anchor that is nearest;
# 2. move each anchor to the mean width and height of the boxes that it got; again, until nothing moves.
#
# But nearest in which sense? With the Euclidean distance, large boxes rule: 10 % of a large box is more pixels than a
# whole small one. What we want in the end is overlap. So their distance is $1 - \text{IoU}$, of two boxes laid with
# their corners on the same point: only the shape counts.
#
# **Exercise.** One round. An anchor that gets no box stays where it is.


# %%
def anchor_step(sizes, anchors):
    """Return (owners, anchors): the number (n,) of the nearest anchor of each box, by 1 - IoU of their shapes, and the
    anchors (k, 2) moved to the means of their boxes; sizes (n, 2) and anchors (k, 2) are widths and heights."""
    ### BEGIN SOLUTION
    sizes, anchors = np.asarray(sizes, dtype=float), np.asarray(anchors, dtype=float)
    boxes, shapes = (np.concatenate([np.zeros_like(each), each], axis=1) for each in (sizes, anchors))
    owners = iou(boxes[:, None], shapes).argmax(axis=1)
    moved = [sizes[owners == k].mean(axis=0) if (owners == k).any() else anchors[k] for k in range(len(anchors))]
    return owners, np.stack(moved)
    ### END SOLUTION


# %%
ccv.check("anchor_step")

# %% [markdown]
# How many anchors are worth having? More always fit better, and each costs five numbers and the classes in every cell.
# The paper took five, "a good tradeoff", for photographs of 20 classes. Our boxes are all of about the same size, so we
# take two.

# %%
sizes = clusters.box_sizes(truth[:500])
curve = clusters.average_iou_by_k(sizes, most=8, seed=lab.seed, restarts=4)
plots.average_iou(curve, chosen=2, title="How well do so many anchors fit our boxes?")

# %%
ANCHORS = clusters.kmeans(sizes, k=2, seed=lab.seed)
plots.anchors(ANCHORS, sizes, title="Two anchors, and our boxes")

# %% [markdown]
# ### What the network says about an anchor
#
# Four raw numbers $t_x, t_y, t_w, t_h$ for each anchor in each cell. With $\sigma(t) = 1/(1+e^{-t})$ and an anchor of
# width $p_w$ and height $p_h$:
#
# $$x = \frac{\text{column} + \sigma(t_x)}{\text{columns}} \qquad y = \frac{\text{row} + \sigma(t_y)}{\text{rows}}$$
#
# $$w = p_w\, e^{t_w} \qquad h = p_h\, e^{t_h}$$
#
# Each piece has its reason. The sigmoid keeps the midpoint **in its cell**: whatever the network says, it cannot steal
# the neighbour's object. (Faster R-CNN had no such bound, and early training was wild.) The exponential keeps the width
# positive, and makes "twice as wide" and "half as wide" equally far. And raw zeros are a sensible guess: the anchor, in
# the middle of the cell.
#
# **Exercise.** Decode a whole grid. Everything is a part of the picture: $x$ and $w$ of its width, $y$ and $h$ of its
# height.


# %%
def decode(raw, anchors):
    """Return the boxes (rows, columns, k, 4), midpoint x, y, width, height as parts of the picture, of raw numbers
    (rows, columns, k, 4), t_x, t_y, t_w, t_h, and anchors (k, 2), widths and heights as parts of the picture."""
    ### BEGIN SOLUTION
    rows, columns = raw.shape[:2]
    cells = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), axis=-1)[:, :, None]
    midpoints = (cells + 1 / (1 + np.exp(-raw[..., :2]))) / [columns, rows]
    return np.concatenate([midpoints, anchors * np.exp(raw[..., 2:])], axis=-1)
    ### END SOLUTION


# %%
ccv.check("decode")

# %% [markdown]
# ### How many numbers is that?
#
# A network whose last map is 32 times smaller than the picture has a cell for each 32x32 pixels: its **stride** is 32.
# With $B$ boxes a cell and $C$ classes, the last map has so many channels:
#
# - YOLO v1: $5B + C$. The boxes of a cell share the classes.
# - v2 and v3: $B\,(5 + C)$. **Every** box has classes of its own. (So two objects may share a cell, if they have
#   different shapes.)
#
# One slide proposes "3 filters for 3 objects" for the last layer. How many would its box numbers take alone?
#
# **Exercise.** The shapes of all heads of a network, and how many boxes it predicts for one picture. YOLO v1 has
# 448x448 pixels and one head of stride 64, two boxes, 20 classes. YOLOv3: 416x416, strides 32, 16 and 8, three boxes,
# 80 classes.


# %%
def output_sizes(version, height, width, strides, boxes, classes):
    """Return ([(rows, columns, channels), ...], how many boxes): one shape for each of the `strides`, for a picture of
    height x width pixels (multiples of every stride), `boxes` boxes in each cell, `version` 1, 2 or 3 of YOLO."""
    ### BEGIN SOLUTION
    channels = 5 * boxes + classes if version == 1 else boxes * (5 + classes)
    heads = [(height // stride, width // stride, channels) for stride in strides]
    return heads, sum(rows * columns * boxes for rows, columns, _ in heads)
    ### END SOLUTION


# %%
ccv.check("output_sizes")

# %% [markdown]
# 98 boxes in 2015, 10,647 three years later, for one picture. You see why suppression has work to do.
#
# ## 5. Train one
#
# The network is the tiny YOLOv2 of `ccv`, cut to our pictures: four convolutions with batch normalisation and three
# poolings in between, 64 → 8 pixels, one more convolution, and a 1x1 convolution that gives each of the 64 cells the
# numbers of its two boxes. That is all. The loss is the one of the paper: for the responsible anchor of each object the
# squared errors of its box, its objectness and the cross-entropy of its class; for all others, objectness 0.
#
# One detail helps it to begin. Of the 128 boxes of a picture, two or three have an object. A network that begins with
# "50 % everywhere" first spends its strength on shouting *no* 125 times. So the bias of the objectness begins at a
# **prior** of 0.01, $-\log\frac{1 - 0.01}{0.01} = -4.6$. `ccv.detection` does this for you. (The idea is from
# RetinaNet, 2017.)

# %%
EPOCHS, RUNS = (4, 3) if lab.quick else (8, 5)
WIDTH, BOX_LOSS, BATCH = (0.75, "paper", 16) if lab.quick else (2.0, "ciou", 32)


def train(seed, watch=None):
    """Train a detector from random weights; `watch(detector, step)` is called after each step."""
    keras.utils.set_random_seed(seed)
    options = {"input_shape": images.shape[1:], "stride": 8, "width": WIDTH, "box_loss": BOX_LOSS}
    new = detection.detector("yolo_v2_tiny", NAMES, ANCHORS, **options)
    steps = EPOCHS * len(images) // BATCH
    new.model.compile(find_recipe("detection").new_optimizer(None, steps), new.model.loss)
    step = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: watch(new, int(new.model.optimizer.iterations))
    )
    started = time.perf_counter()
    history = new.model.fit(
        images, truth, batch_size=BATCH, epochs=EPOCHS, verbose=0, callbacks=[step] if watch else []
    )
    return new, history.history, time.perf_counter() - started


steps = EPOCHS * len(images) // BATCH
TIMES = {steps // 12: "early", steps // 4: "a quarter", steps // 2: "half", steps: "the end"}
moments = {}


def look(detector, step):
    """Keep what it finds in three pictures that it does not learn from, a few times during the training."""
    if step in TIMES:
        moments[f"{TIMES[step]}: step {step}"] = detector.detect(unseen_images[:3], score=0.3)


first, history, seconds = train(lab.seed, look)
print(f"{first.model.count_params():,} parameters, {steps:,} steps of {BATCH} pictures in {seconds:.0f} seconds")
plots.detection_progress(
    unseen_images[:3], moments, truth=unseen_truth[:3], class_names=NAMES, title="Pictures that it has never seen"
)

# %% [markdown]
# Everything above a score of 0.3 is drawn, so early columns may be empty: the prior says *nothing here*, and the first
# thing to learn is where that is wrong. Then boxes appear about where something is; then they fit; the names come late.
#
# Now a few more, above the usual score of 0.5. Which mistakes do you find?

# %%
plots.detections(
    unseen_images[3:9], first.detect(unseen_images[3:9], batch_size=3), truth=unseen_truth[3:9], class_names=NAMES
)

# %% [markdown]
# And this is what suppression does here. On the left: everything that the network says with a score of at least 0.1, in
# the picture where that is the most.

# %%
loud = first.detect(unseen_images, score=0.1, iou=1.0, batch_size=300)
quiet = first.detect(unseen_images, score=0.1, batch_size=300)
busiest = int(np.argmax([len(each.scores) - len(fewer.scores) for each, fewer in zip(loud, quiet, strict=True)]))
everything, kept = loud[busiest], {tuple(box) for box in quiet[busiest].boxes.round(3).tolist()}
plots.suppression(
    unseen_images[busiest],
    everything.boxes,
    everything.scores,
    [index for index, box in enumerate(everything.boxes.round(3).tolist()) if tuple(box) in kept],
    everything.labels,
    class_names=NAMES,
    title="Our own detector, before and after",
)

# %% [markdown]
# ## 6. Is that good?
#
# For a classifier one counts right answers. Here there are two ways to fail: to see what is not there, and to miss what
# is. And the detector gives a *score* with each box: where one draws the line is a matter of taste. So nobody draws it.
# One goes down the whole list, from the surest to the least sure, and asks at every place:
#
# - **precision**: of the boxes so far, how many are right?
# - **recall**: of the objects that are there, how many have been found?
#
# First: what is *right*? A detection asks for the object that it overlaps **most**. It is right if that IoU is at least
# 0.5 and nobody before it has found the same object. Each object can be found only once: the second box on the same dog
# is a mistake. (This is why suppression matters for the score.)
#
# **Exercise.** One picture, one class, the detections from the surest on.


# %%
def judge(found, things, least=0.5):
    """Return a list with True or False for each detection: found (n, 4), surest first, and things (m, 4), the objects
    of the same class in the same picture. A detection asks for the object that it overlaps most; it is right if the IoU
    is at least `least` and no detection before it has that object."""
    ### BEGIN SOLUTION
    right, taken = [], set()
    for box in found:
        overlaps = iou(box, np.reshape(things, (-1, 4)))
        best = int(overlaps.argmax()) if len(overlaps) else None
        good = best is not None and overlaps[best] >= least and best not in taken
        if good:
            taken.add(best)
        right.append(bool(good))
    return right
    ### END SOLUTION


# %%
ccv.check("judge")

# %% [markdown]
# **Exercise.** Now all pictures together: order the detections by their scores, and give precision and recall after
# each.


# %%
def precision_recall(scores, right, objects):
    """Return (precision (n,), recall (n,)) after each detection, from the surest to the least sure: scores (n,), right
    (n,) of bool, in any order; `objects` is how many objects there are to find, found or not."""
    ### BEGIN SOLUTION
    order = np.argsort(-np.asarray(scores), kind="stable")
    hits = np.cumsum(np.asarray(right)[order])
    return hits / np.arange(1, len(hits) + 1), hits / objects
    ### END SOLUTION


# %%
ccv.check("precision_recall")

# %% [markdown]
# The curve saws: a mistake lowers the precision, the next hit raises it again. But nobody would stop at the bottom of a
# tooth: if more recall comes with *more* precision, take it. So each precision is raised to the best one at its right.
# What is left is a staircase that never rises, the **envelope**, and the area under it is the **average precision**,
# AP. The mean over the classes is the **mAP**.
#
# **Exercise.** A step of the staircase is as wide as the recall grows there. The first one begins at recall 0. What is
# never found counts as precision 0.


# %%
def average_precision(precision, recall):
    """Return the area under the envelope of precision (n,) against recall (n,), which never falls."""
    ### BEGIN SOLUTION
    envelope = np.maximum.accumulate(np.asarray(precision, dtype=float)[::-1])[::-1]
    return float(np.sum(np.diff(recall, prepend=0) * envelope))
    ### END SOLUTION


# %%
ccv.check("average_precision")

# %% [markdown]
# This is the rule of the Pascal VOC challenge from 2010 on. Before that, VOC took the mean at eleven recalls, 0, 0.1,
# ... 1; COCO takes 101, and averages over ten limits of IoU, .50, .55, ... .95. So a number called "mAP" can be any of
# three things. `ccv` prints all of them. Our first detector:

# %%
report = first.evaluate((unseen_images, unseen_truth), batch_size=300)
report

# %% [markdown]
# The areas under the curves are the column AP@.5, once the teeth are filled. Compare the columns. At an IoU of 0.5
# nearly everything counts; on the average up to 0.95 a pixel decides, and the number is far lower. VOC 2007 is crude:
# where the last object is never found, the last of its eleven points is 0, and that alone costs 9 %. ("Small" is what
# COCO calls everything below 32x32 pixels.)
#
# One detector is one throw of the dice. So we train it again, from other random weights. And since we are at it: what
# is suppression worth? **Predict**: without it, does the mAP fall a little or a lot?


# %%
def measure(detector, pictures, there, iou=0.45):
    """mAP at IoU .5; at most 30 boxes a picture are looked at, which saves time and hardly changes it."""
    found = detector.detect(pictures, score=0.005, iou=iou, max_detections=30, batch_size=300)
    objects = [detection.Objects.from_truth(rows, *pictures.shape[1:3]) for rows in there]
    return detection.evaluate(found, objects, NAMES).map50


trained = [first, *(train(lab.seed + run)[0] for run in range(1, RUNS))]
with_nms = [measure(each, unseen_images, unseen_truth) for each in trained]
without = [measure(each, unseen_images, unseen_truth, iou=1.0) for each in trained]
for name, values in {"with suppression": with_nms, "without": without}.items():
    print(f"mAP@.5 {name:17} {np.mean(values):.3f} ± {np.std(values, ddof=1):.3f}", np.round(values, 3))
lab.record(map50=float(np.mean(with_nms)), map50_without_nms=float(np.mean(without)), seconds_fit=seconds)
plots.dots({"with suppression": with_nms, "without": without}, "mAP@.5, a dot for each detector")

# %% [markdown]
# Read the spread before the difference: a gap that is not larger than what two trainings of the same detector differ by
# means nothing. This one means something: every second box on an object is a mistake. It is not worse than that since
# the second box is mostly less sure than the first, so that it comes late in the list (look again at the picture of our
# own detector, before and after).
#
# ## 7. Large and small
#
# `detect` takes pictures of **any size**: it shrinks or enlarges them to 64x64, keeping the proportions, pads the rest
# with grey (a *letterbox*), and brings the boxes back. Here are three pictures of other shapes, which it has never
# seen. Where objects are missed: how large are they, once a picture of 120 pixels has been shrunk to 64?

# %%
others = [(96, 96, 3), (80, 120, 4), (128, 96, 5)]
scenes = [shapes.arrays("test", count=1, size=(h, w), seed=lab.seed + s) for h, w, s in others]
pictures, tables = [made[0][0] for made in scenes], [made[1][0] for made in scenes]
plots.detections(pictures, first.detect(pictures), truth=tables, class_names=NAMES)

# %% [markdown]
# Pictures of another size are one thing, **objects** of another size are another. Ours were 10 to 24 pixels large. What
# if they are smaller, or larger? **Predict** what a detector with an mAP of over 0.9 makes of circles that are twice as
# large.

# %%
RANGES = {"5 to 9": (5, 9), "10 to 24": (10, 24), "28 to 44": (28, 44)}
by_size = {}
for name, (least, most) in RANGES.items():
    extent, objects = (least / 64, most / 64), (1, 2 if least > 24 else 5)
    scene, table = shapes.arrays("test", count=300, seed=lab.seed + 1, extent=extent, objects=objects)
    by_size[f"{name} pixels"] = [measure(each, scene, table) for each in trained]
    print(f"{name:8} pixels: mAP@.5 {np.mean(by_size[f'{name} pixels']):.3f}", np.round(by_size[f"{name} pixels"], 3))
plots.dots(by_size, "mAP@.5, a dot for each detector", title="Trained on objects of 10 to 24 pixels")

# %% [markdown]
# It knows the sizes that it was shown, and hardly any other: convolution does not care *where* an object is, but very
# much *how large*. To be fair, nobody had told it. More sizes in the training help, and so does augmentation by
# scaling. But there are two reasons why *one grid* is a poor place to learn all sizes:
#
# **Small objects come in crowds.** Twenty small objects in a picture, and cells of 32, 16 and 8 pixels, as in YOLOv3:
# how many objects lose their cell?

# %%
_, swarm = shapes.arrays("train", count=200, seed=lab.seed, objects=(15, 20), extent=(5 / 64, 9 / 64))
for cells in (2, 4, 8):
    print(f"cells of {64 // cells:2} pixels: {lost_objects(swarm, cells):6.2%} of the small objects have no cell")

# %% [markdown]
# **Large objects need deep layers.** A number that has to say how high a bus is must *see* the bus. The deep maps see
# far, and are coarse. The early maps are fine, but see little and understand less.
#
# The **feature pyramid network** (FPN, 2016) wants both: it takes the deep, coarse map, enlarges it to twice its size,
# and joins it with the earlier map of that size. What comes out is fine *and* knows what the deep map knows. YOLOv3
# does this twice, and so it has three heads, on three grids:

# %%
with keras.StatelessScope(initialize_variables=False):  # count the weights without filling them: 62 million
    network = models.yolo_v3()
costs = anatomy(network)
heads, boxes = [tuple(head.shape[1:]) for head in network.outputs], 0
for number, (rows, columns, channels) in enumerate(heads, 1):
    boxes += rows * columns * 3
    print(f"head {number}: {rows}x{columns}x{channels}, a cell of {416 // rows} pixels, {3 * rows * columns:,} boxes")
print(f"YOLOv3: {boxes:,} boxes, {costs.parameters:,} parameters, {costs.macs / 1e9:.1f} billion multiply-adds")
lab.record(yolo_v3_parameters=costs.parameters, yolo_v3_boxes=boxes)

# %% [markdown]
# Which head learns which object? YOLOv3 has nine anchors, in pixels of a 416x416 picture, three for each head. An
# object belongs to the anchor, **of all nine**, that has the highest IoU with its shape, and to that anchor's grid
# alone.
#
# The slides draw "Detection Head 1 (Small Objects)" on top, which is the first that the network computes, on the 13x13
# map. Have they got it right? Think of the sizes of the cells, then look at the anchors.

# %%
YOLO_V3 = {
    13: [(116, 90), (156, 198), (373, 326)],
    26: [(30, 61), (62, 45), (59, 119)],
    52: [(10, 13), (16, 30), (33, 23)],
}

# %% [markdown]
# **Exercise.** On which of the three grids, 13, 26 or 52, is an object learnt?


# %%
def responsible_grid(width, height):
    """Return the cells on a side, 13, 26 or 52, of the grid of YOLOv3 that learns an object of width x height pixels in
    a picture of 416x416: the grid of the anchor, of all nine in YOLO_V3, whose shape has the highest IoU with it."""
    ### BEGIN SOLUTION
    best = {grid: max(iou((0, 0, width, height), (0, 0, *anchor)) for anchor in YOLO_V3[grid]) for grid in YOLO_V3}
    return max(best, key=best.get)
    ### END SOLUTION


# %%
ccv.check("responsible_grid")

# %% [markdown]
# So the **first** head, the coarse one, has the large objects. Here is one picture of 416x416 pixels, three times, each
# with the objects that one of the grids has to learn. (It can surprise you: a long, thin object may land on a finer
# grid than its length suggests, since none of the nine anchors is long and thin.)

# %%
scene, table = shapes.arrays("test", count=1, size=416, seed=0, extent=(0.03, 0.35), objects=(12, 18))
known = table[0][table[0][:, 4] >= 0]
nine = np.concatenate([YOLO_V3[grid] for grid in YOLO_V3])
owner = clusters.shape_iou((known[:, 2:4] - known[:, 0:2]) * 416, nine).argmax(axis=1) // 3
plots.detections(
    np.repeat(scene, 3, axis=0),
    truth=[known[owner == head] for head in range(3)],
    titles=["head 1, 13x13", "head 2, 26x26", "head 3, 52x52"],
    class_names=NAMES,
    title="Who learns what in YOLOv3",
)

# %%
plots.grid_cells(scene[0], known[owner == 0], 13, class_names=NAMES, title="The large objects on their grid")

# %% [markdown]
# With `CCV_SCALE=full` the question is put fairly: objects of 6 to 44 pixels in the training too, and one grid against
# three, several times each. (On two cores that would take too long.)

# %%
if not lab.quick:
    wide, wide_truth = shapes.arrays("train", count=count, seed=lab.seed, extent=(6 / 64, 44 / 64))
    sizes = clusters.box_sizes(wide_truth)
    contest = {}
    for name, options in {
        "yolo_v2_tiny": {"stride": 8, "boxes": 3},
        "yolo_v3_tiny": {"stride": 16, "heads": 3, "boxes": 3},
    }.items():
        for run in range(RUNS):
            keras.utils.set_random_seed(lab.seed + run)
            boxes = clusters.kmeans(sizes, 3 * options.get("heads", 1), seed=lab.seed)
            one = detection.detector(name, NAMES, boxes, input_shape=images.shape[1:], box_loss="ciou", **options)
            one.fit((wide, wide_truth), epochs=EPOCHS, batch_size=BATCH, seed=lab.seed + run)
            for size, (least, most) in {"small": (6, 12), "large": (28, 44)}.items():
                scene, table = shapes.arrays("test", count=600, seed=lab.seed + 1, extent=(least / 64, most / 64))
                contest.setdefault(f"{name}, {size}", []).append(measure(one, scene, table))
    for name, values in contest.items():
        print(f"{name:22} mAP@.5 {np.mean(values):.3f} ± {np.std(values, ddof=1):.3f}")

# %% [markdown]
# ## 8. The family
#
# Where does YOLO stand among the detectors? One slide has two groups, "traditional" and "deep", and puts R-CNN with the
# traditional ones, beside two methods from before the deep networks. But R-CNN *is* deep, it has a CNN in its name: one
# of the first papers to show what such a network does for detection. The line that matters today runs elsewhere:
#
# | | first, where might something be? | who | when |
# |---|---|---|---|
# | before deep learning | every window, hand-made features and an SVM | HOG; DPM | 2005; 2008 |
# | deep, every window | the classifier as a convolution, all windows in one pass | OverFeat | 2013 |
# | deep, **two stages** | some 2,000 proposals, then a network for each | R-CNN | 2013 |
# | | the same proposals, but one pass over the picture | Fast R-CNN | 2015 |
# | | a network makes the proposals (with anchors) | Faster R-CNN | 2015 |
# | deep, **one stage** | no proposals: each cell answers | YOLO; SSD; RetinaNet | 2015; 2015; 2017 |
#
# And the convolutional sliding window, which the slides give to YOLO ("more accurate", "more robust"), is OverFeat's.
# It computes *exactly* the same scores as the windows one by one, only faster (lab 12 shows it to the fifth decimal).
# YOLO is something else: it does not classify windows, it predicts boxes that may reach far beyond their cell.
#
# The three versions by Redmon:
#
# | | YOLO, 2015 | YOLOv2, 2016 | YOLOv3, 2018 |
# |---|---|---|---|
# | input | 448x448 | 416x416 | 416x416 |
# | output | 7x7x30 | 13x13x125 (20 classes) | 13x13, 26x26, 52x52, each x255 (80 classes) |
# | boxes a cell | 2 | 5 | 3 on each grid |
# | boxes in all | 98 | 845 | 10,647 |
# | anchors | **none** | 5, by k-means | 9, three for each grid |
# | classes | shared by the cell, squared error | for each box, softmax | for each box, a sigmoid each |
# | loss of x, y, w, h | squared, square roots of w and h | squared, through the sigmoid | cross-entropy of x, y; squared w, h |
# | confidence learns | IoU | IoU | 1 |
# | end of the network | two dense layers | convolutions only | three heads, FPN |
#
# **Exercise.** Which of these statements are true? Give a list of the letters, such as `["a", "d"]`.

# %%
CLAIMS = {
    "a": "The YOLO of 2015 predicts offsets to anchor boxes.",
    "b": "YOLOv3 has three grids and predicts three boxes in each cell of each of them.",
    "c": "The 13x13 head of YOLOv3, the first one, finds the small objects.",
    "d": "R-CNN is a detector from before deep learning.",
    "e": "In YOLO v1, the confidence of a box learns Pr(object) times its IoU with the object.",
    "f": "YOLO v1 has class numbers for each cell; from v2 on, each box has its own.",
    "g": "Run a classifier as a convolution over the picture, and its scores are more accurate than window by window.",
    "h": "Non-maximum suppression raises the number of objects that a detector finds.",
}

# %%
### BEGIN SOLUTION
true_claims = ["b", "e", "f"]
### END SOLUTION

# %%
ccv.check("true_claims")

# %% [markdown]
# ## 9. In practice
#
# You would not write all this each time. Your own photographs with your own boxes, in the folders of Pascal VOC or a
# JSON of COCO, take three lines:
#
# ```python
# photos = ccv.data.splits("my_photos", size=(192, 256))
# detector = ccv.detection.detector("yolo_v2_tiny", photos.class_names, "auto", input_shape=(192, 256, 3), stride=16)
# detector.fit(photos, epochs=60, augment="detection", out="runs/mine")
# ```
#
# (or one: `ccv train`). What do others use? **KerasCV** has a YOLOv8 with more than three million parameters and a head
# without anchors. Built without pretrained weights, it starts from the same nothing. Is it better on the same pictures,
# for the same seconds of training? That is measured with `CCV_SCALE=full`; at the small scale, it would take longer
# than the rest of the lab.

# %%
if lab.quick:
    print("skipped: run the lab with CCV_SCALE=full")
else:
    import keras_cv

    class ByTheClock(keras.callbacks.Callback):
        """Warm up for a tenth of the seconds, fall as a cosine, and stop: the recipe of our own detector."""

        started = None

        def on_train_batch_end(self, batch, logs=None):
            self.started = self.started or time.perf_counter()  # the first step compiles, and is not counted
            done = min((time.perf_counter() - self.started) / seconds, 1)
            self.model.optimizer.learning_rate = 1e-3 * max(min(done / 0.1, np.cos(np.pi * done / 2) ** 2), 1e-3)
            self.model.stop_training = done == 1

    keras.utils.set_random_seed(lab.seed)
    backbone = keras_cv.models.YOLOV8Backbone(
        stackwise_channels=[32, 64, 128, 256],
        stackwise_depth=[1, 2, 2, 1],
        include_rescaling=True,
        input_shape=images.shape[1:],
    )
    options = {"bounding_box_format": "xyxy", "fpn_depth": 1}
    peer = keras_cv.models.YOLOV8Detector(num_classes=len(NAMES), backbone=backbone, **options)
    peer.prediction_decoder = keras_cv.layers.NonMaxSuppression(
        bounding_box_format="xyxy", from_logits=False, confidence_threshold=0.005, iou_threshold=0.45
    )
    peer.compile("ciou", "binary_crossentropy", optimizer=keras.optimizers.Adam(1e-3))
    corners = np.where(truth[..., 4:] >= 0, truth[..., :4] * 64, -1)
    targets = {"boxes": corners, "classes": truth[..., 4]}
    peer.fit(images.astype("float32"), targets, batch_size=BATCH, epochs=1_000, verbose=0, callbacks=[ByTheClock()])
    said = peer.predict(unseen_images.astype("float32"), batch_size=100, verbose=0)
    columns = (np.asarray(said[name]) for name in ("boxes", "confidence", "classes"))
    found = [
        detection.Detections(boxes[labels >= 0], scores[labels >= 0], labels[labels >= 0].astype(int))
        for boxes, scores, labels in zip(*columns, strict=True)
    ]
    there = [detection.Objects.from_truth(rows, 64, 64) for rows in unseen_truth]
    theirs = detection.evaluate(found, there, NAMES).map50
    print(f"{seconds:.0f} s of training each: ours {first.model.count_params():,} parameters, mAP@.5 {with_nms[0]:.3f}")
    print(f"KerasCV's YOLOv8: {peer.count_params():,} parameters, mAP@.5 {theirs:.3f}")
    lab.record(keras_cv_map50=float(theirs))

# %% [markdown]
# A small network that fits its task can learn it in seconds. A large one wants time, data, and usually weights that
# others have trained; on photographs, nobody begins with nothing.
#
# ## What you have learnt
#
# - The cell with the midpoint is responsible; it says where in itself the midpoint is, and how large the object is.
# - IoU measures a box, confidence is the network's own guess of it, and the score is confidence times class.
# - Suppression keeps the surest of the boxes that say the same, class by class. Without it the precision falls.
# - Anchors are the typical shapes, found by k-means with 1 - IoU; sigmoid and exponential keep the boxes sane.
# - YOLO v1 has 7x7x30 numbers and 98 boxes, YOLOv3 three grids with 10,647 boxes and 62,001,757 parameters.
# - mAP is the area under a staircase, averaged over classes; VOC 2007, VOC 2010 and COCO each have their own.
# - The coarse grid has the large objects, the fine grid the small ones.
#
# **To go on**: train with one anchor instead of two, or with a grid of 4x4 (`stride=16`): what does `lost_objects`
# predict, and what happens? Move all pictures by half a cell: does the mAP care? Try `nms(kind="gaussian")` of
# `ccv.detection.suppression` on objects that overlap. Or do the whole lab with `CCV_SCALE=full` on a GPU.
#
# ## What the slides get wrong
#
# | id | the slides say | what is right |
# |---|---|---|
# | X-11 | anchor boxes are part of the engineering of YOLO, 2015 | they came with YOLOv2, in 2016; the first YOLO has none |
# | X-46, D-29 | a cell predicts "2 or 3", elsewhere "3 or 4" boxes; v3 "3 or 4" | v1: 2; v2: 5; v3: 3 on each of three grids |
# | X-47, D-30 | YOLOv3's detection head 1 is for small objects | head 1 is the 13x13 grid, for the large ones; 52x52 has the small |
# | X-43 | R-CNN is a traditional detector | the first of the deep two-stage ones |
# | X-44 | the convolutional sliding window is YOLO's, and more accurate | OverFeat's idea; the same scores, faster |
# | X-45, C-098 | global pooling on the output of a dense layer, then "3 filters for 3 objects" | pooling loses the grid; a head has B (5 + C) filters |
#
# And what they get right: the cell with the midpoint, IoU, suppression by the highest probability, and the one single
# pass.
#
# ## Where to read on
#
# *J. Redmon, S. Divvala, R. Girshick, A. Farhadi: You only look once. CVPR 2016 (arXiv 2015). J. Redmon, A. Farhadi:
# YOLO9000: better, faster, stronger. CVPR 2017. The same: YOLOv3: an incremental improvement. 2018, five pages and
# great fun. T.-Y. Lin et al.: Feature pyramid networks. CVPR 2017; and Focal loss for dense object detection. ICCV
# 2017. S. Ren et al.: Faster R-CNN. 2015. M. Everingham et al.: The Pascal visual object classes challenge. IJCV 2010,
#       section 4.2 for the AP.*

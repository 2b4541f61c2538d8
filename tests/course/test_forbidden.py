"""Answers that only call what the package has for the exercise earn nothing, in the open notebook and as a file."""

import runpy
from itertools import cycle

import pytest

from ccv.course.catalog import find_lab, labs
from ccv.grading import check_live, grade
from ccv.grading.reading.submission import read_cells

# Of each exercise, the functions (or classes) of the package that a student would reach for.
SOLUTIONS = {
    "00_start": {
        "weights_three_ways": ["ccv.anatomy.anatomy", "ccv.models.lenet5"],
        "neuron": ["ccv.convolution.correlate2d", "ccv.convolution.conv_layer"],
        "two_paths": ["ccv.models.lenet5", "ccv.models.build"],
    },
    "01_xo": {
        "slide_and_sum": ["ccv.convolution.correlate2d", "ccv.convolution.convolve2d", "ccv.convolution.conv_layer"],
        "xo_map": ["ccv.convolution.truncate", "ccv.models.xo_net"],
        "max_pool_same": ["ccv.convolution.max_pool2d"],
        "relu_map": ["ccv.convolution.relu"],
        "feature_vector": ["ccv.models.xo_net"],
        "classify": ["ccv.models.xo_net"],
    },
    "02_convolution": {
        "convolve_1d": ["ccv.convolution.convolve2d", "ccv.convolution.correlate2d"],
        "correlate": ["ccv.convolution.correlate2d", "ccv.convolution.convolve2d", "ccv.convolution.conv_layer"],
        "same_padding": ["ccv.convolution.sizes.pad_amounts"],
        "volume_layer": ["ccv.convolution.conv_layer"],
        "hysteresis": ["scipy.ndimage.binary_propagation"],
        "pool": ["ccv.convolution.max_pool2d", "ccv.convolution.average_pool2d"],
        "transposed": ["keras.ops.conv_transpose"],
    },
    "03_lenet": {
        "conv_parameters": ["ccv.anatomy.cost", "ccv.anatomy.anatomy"],
        "dense_parameters": ["ccv.anatomy.cost", "ccv.anatomy.anatomy"],
        "fill_the_table": ["ccv.anatomy.anatomy", "ccv.anatomy.table"],
        "build_lenet5": ["ccv.models.lenet5", "ccv.models.build"],
        "generate_model": ["ccv.models.generate_model", "ccv.models.build"],
        "subsampling_parameters": ["ccv.anatomy.cost"],
        "sparse_parameters": ["ccv.anatomy.cost"],
        "multiply_adds": ["ccv.anatomy.cost", "ccv.anatomy.anatomy"],
        "receptive_field": ["ccv.anatomy.anatomy", "ccv.anatomy.table"],
        "train": ["ccv.training.fit"],
        "confusion_matrix": ["ccv.training.evaluate", "sklearn.metrics.confusion_matrix"],
    },
    "04_alexnet": {
        "windows": ["ccv.convolution.sizes.output_size", "ccv.anatomy.anatomy"],
        "propagate": ["ccv.anatomy.anatomy", "ccv.models.alexnet"],
        "connections": ["ccv.anatomy.anatomy"],
        "training_megabytes": ["ccv.anatomy.anatomy", "ccv.models.alexnet"],
        "local_response_norm": [
            "ccv.layers.LocalResponseNormalization",
            "tensorflow.nn.local_response_normalization",
        ],
        "dropout": ["keras.layers.Dropout", "keras.random.dropout"],
        "momentum_step": ["ccv.optimizers.PaperSGD", "keras.optimizers.SGD"],
        "plateau_rate": ["ccv.training.recipes.plateaus", "keras.callbacks.ReduceLROnPlateau"],
    },
    "05_vgg": {
        "stack_cost": ["ccv.anatomy.cost", "ccv.anatomy.anatomy"],
        "layers_to_see": ["ccv.anatomy.anatomy"],
        "fields_and_jumps": ["ccv.anatomy.anatomy", "ccv.anatomy.table"],
        "halvings": ["ccv.anatomy.anatomy"],
        "vgg_table": ["ccv.anatomy.anatomy", "ccv.models.vgg16"],
        "build_vgg": ["ccv.models.vgg16", "ccv.models.build"],
        "head_costs": ["ccv.anatomy.cost", "ccv.models.vgg16_1x1"],
    },
    "06_inception": {
        "pointwise": ["ccv.convolution.conv_layer", "keras.ops.conv"],
        "convolution_costs": ["ccv.anatomy.cost", "ccv.anatomy.anatomy"],
        "inception_module": ["ccv.models.googlenet", "ccv.models.build"],
        "module_table": ["ccv.anatomy.anatomy", "ccv.models.googlenet"],
        "fire_module": ["ccv.models.squeezenet1_0", "ccv.models.build"],
        "fire_parameters": ["ccv.anatomy.cost", "ccv.anatomy.anatomy"],
        "class_map": ["ccv.transfer.explain.grad_cam"],
    },
    "07_resnet": {
        "residual_block": ["ccv.models.resnet20", "ccv.models.build"],
        "batch_norm": ["keras.ops.batch_normalization", "keras.layers.BatchNormalization"],
        "count_layers": ["ccv.anatomy.anatomy", "ccv.models.resnet50"],
        "bottleneck_weights": ["ccv.anatomy.anatomy"],
        "resnext_width": ["ccv.models.resnext50_32x4d", "ccv.anatomy.anatomy"],
        "densenet_channels": ["ccv.models.densenet121", "ccv.anatomy.anatomy"],
    },
    "08_mobilenet": {
        "network_macs": ["ccv.anatomy.anatomy", "ccv.anatomy.cost"],
        "mobilenet_macs": ["ccv.anatomy.anatomy", "ccv.models.mobilenet"],
        "inverted_residual": ["ccv.models.mobilenet_v2", "ccv.models.build"],
        "scale_stages": ["ccv.models.efficientnet_b0", "ccv.models.build"],
        "conv_traffic": ["ccv.anatomy.cost", "ccv.anatomy.anatomy"],
    },
    "09_compare": {
        "top_k_error": ["keras.ops.in_top_k", "sklearn.metrics.top_k_accuracy_score"],
        "split_head": ["ccv.anatomy.anatomy", "ccv.models.alexnet"],
        "what_changed": ["ccv.anatomy.diff"],
        "interval": ["scipy.stats.binomtest"],
        "mcnemar": ["scipy.stats.binomtest"],
    },
    "10_augmentation": {
        "flip_with_boxes": ["ccv.augment.pipeline", "keras.layers.RandomFlip"],
        "crop_with_boxes": ["ccv.augment.pipeline", "ccv.augment.batch.clipped"],
        "adjust": ["ccv.augment.pipeline", "ccv.augment.recipes.basic"],
        "ten_crops": ["ccv.augment.pipeline"],
        "color_shift": ["ccv.augment.pipeline", "ccv.augment.recipes.alexnet"],
        "mixup": ["ccv.augment.pipeline", "ccv.augment.recipes.mixup"],
        "cutmix": ["ccv.augment.pipeline", "ccv.augment.recipes.cutmix"],
        "augmented": ["ccv.augment.pipeline"],
    },
    "11_transfer": {
        "preprocess": ["ccv.transfer.preprocessing_for", "keras.applications.imagenet_utils.preprocess_input"],
        "nearest_centroid": ["ccv.transfer.explain.neighbours", "sklearn.neighbors.NearestCentroid"],
        "add_head": ["ccv.transfer.with_head"],
        "count_parameters": ["ccv.anatomy.cost", "ccv.anatomy.anatomy"],
        "freeze_until": ["ccv.transfer.freeze", "ccv.transfer.unfreeze"],
        "moved": ["ccv.transfer.assert_frozen"],
        "learning_rates": ["ccv.transfer.layerwise_rates"],
        "warm_cosine": ["ccv.transfer.fine_tuning.warm_cosine"],
        "grad_cam": ["ccv.transfer.explain.grad_cam"],
    },
    "12_localization": {
        "corners": ["ccv.detection.boxes.convert"],
        "encode": ["ccv.detection.localization.localization_target"],
        "localization_loss": ["ccv.detection.localization.LocalizationLoss"],
        "iou": ["ccv.detection.boxes.iou", "ccv.detection.boxes.pairwise", "ccv.detection.matching.overlaps"],
        "landmark_label": ["ccv.detection.localization.landmark_target"],
        "count_windows": ["ccv.detection.sliding.count_windows", "ccv.detection.sliding.windows"],
        "scan": ["ccv.detection.sliding_window", "ccv.detection.convolutional_sliding_window"],
        "times_seen": ["ccv.detection.sliding.windows", "ccv.detection.sliding.count_windows"],
        "dense_to_kernel": ["ccv.models.fully_convolutional"],
        "output_grid": ["ccv.anatomy.anatomy", "ccv.models.fully_convolutional"],
        "cost_ratio": ["ccv.anatomy.cost", "ccv.detection.convolutional_sliding_window"],
    },
    "13_yolo": {
        "responsible_cell": ["ccv.detection.targets.responsible_cell"],
        "encode_target": ["ccv.detection.targets.grid_target"],
        "iou_table": ["ccv.detection.boxes.pairwise", "keras.utils.bounding_boxes.compute_iou"],
        "confidence_targets": ["ccv.detection.boxes.iou", "ccv.detection.boxes.pairwise"],
        "class_scores": ["ccv.detection.decode.decode", "ccv.detection.decode.class_shares"],
        "nms": ["ccv.detection.nms"],
        "anchor_step": ["ccv.detection.anchors.shape_iou", "ccv.detection.anchors.kmeans"],
        "decode": ["ccv.detection.decode.decode_anchors", "ccv.detection.decode.decode"],
        "output_sizes": ["ccv.models.yolo_v3", "ccv.anatomy.anatomy"],
        "judge": ["ccv.detection.matching.match_voc", "ccv.detection.evaluate"],
        "precision_recall": ["ccv.detection.average_precision.precision_recall", "ccv.detection.evaluate"],
        "average_precision": ["ccv.detection.average_precision.all_point", "ccv.detection.metrics.evaluate"],
        "responsible_grid": ["ccv.detection.targets.assign_to_anchors"],
    },
    "14_segmentation": {
        "class_map": ["ccv.data.shapes.masks"],
        "confusion": ["ccv.segmentation.metrics.confusion", "sklearn.metrics.confusion_matrix"],
        "iou_by_class": ["ccv.segmentation.metrics.evaluate", "sklearn.metrics.jaccard_score"],
        "output_side": ["ccv.anatomy.anatomy"],
        "transposed": ["keras.layers.Conv2DTranspose", "keras.ops.conv_transpose"],
        "up_step": ["ccv.segmentation.decoder.doubled", "ccv.segmentation.decoder.decode"],
        "dice_loss": ["ccv.segmentation.losses.dice_loss", "keras.losses.dice"],
        "components": ["ccv.segmentation.things.instances", "scipy.ndimage.label"],
    },
    "15_one_shot": {
        "same_score": ["ccv.embedding.twins", "ccv.models.siamese"],
        "contrastive": ["ccv.embedding.losses.ContrastiveLoss"],
        "triplet": ["ccv.embedding.losses.TripletLoss"],
        "pick_negative": ["ccv.embedding.losses.semi_hard"],
        "nearest_class": ["ccv.embedding.one_shot", "ccv.embedding.identify"],
        "error_rates": ["ccv.embedding.verify"],
        "equal_error": ["ccv.embedding.verification.verify"],
        "who_is_it": ["ccv.embedding.identify"],
        "false_alarm": ["ccv.embedding.identification.false_alarms_expected"],
    },
    "16_style": {
        "gram": ["ccv.style.gram_matrix"],
        "style_loss": ["ccv.style.style_loss", "ccv.style.gram_distance"],
        "total_variation": ["ccv.style.total_variation"],
        "gram_slope": ["ccv.devices.gradient.value_and_gradient", "ccv.style.gram_matrix"],
        "paint": ["ccv.style.transfer", "ccv.style.descent.minimise"],
    },
}
ROUTES = [
    "import {module}\ndef {exercise}(*args, **kwargs):\n    return {module}.{name}(*args, **kwargs)",
    "from {module} import {name} as mine\ndef {exercise}(*args, mine=mine, **_):\n    return mine(*args)",
    "import functools\nfrom {module} import {name} as there\n{exercise} = functools.partial(there)",
    "def {exercise}(*args, **_):\n    import {module} as m\n    return getattr(m, {name!r}[:2] + {name!r}[2:])(*args)",
    "def {exercise}(*args, **kwargs):\n    import importlib\n"
    "    m = importlib.import_module({module!r})\n    return vars(m).get({name!r}, getattr(m, {name!r}))(*args)",
    "def {exercise}(*args, **kwargs):\n    from {module} import {name}\n    try:\n"
    "        return {name}(*args, **kwargs)\n    except BaseException:\n        return 0",
    "import sys, {module}\ndef {exercise}(*args, **kwargs):\n"
    "    return sys.modules[getattr({module}.{name}, '__module__', '')].__dict__[{module}.{name}.__name__](*args)",
]
OF_A_CLASS = "from {module} import {name}\ndef {exercise}(*args, **_):\n    return {name}()(*args)"
SUBMISSIONS = [(lab, k) for lab, given in SOLUTIONS.items() for k in range(max(map(len, given.values())))]


def answers(lab, k):
    """What each exercise is answered with in the k-th submission: its k-th function, by one of the routes."""
    routes = cycle(ROUTES[k:] + ROUTES[:k])
    for exercise, functions in SOLUTIONS[lab].items():
        module, _, name = functions[k % len(functions)].rpartition(".")
        route = OF_A_CLASS if name[0].isupper() else next(routes)
        yield exercise, route.format(exercise=exercise, module=module, name=name)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "k"), SUBMISSIONS)
def test_an_answer_that_calls_the_package_earns_nothing(name, k, tmp_path):
    directory, given = find_lab(name).directory, dict(answers(name, k))
    file = tmp_path / "delegates.py"
    file.write_text("".join(f"# %%\n{source}\n\n" for source in given.values()))
    namespace: dict = {}
    for source in given.values():
        exec(compile(source, "<ipython-input-1>", "exec"), namespace)
    for sheet in (grade(directory, file, exercises=[*given]), check_live(directory, namespace, [*given])):
        for exercise in sheet.exercises:
            said = f"{given[exercise.name]}\n{exercise}"
            assert (exercise.points, exercise.status) == (0, "forbidden"), said
            assert "which does the exercise: write it yourself" in exercise.message, said


VECTOR = "def feature_vector(image, filters):\n    return network_says([image], 'flatten')[0]"
VOTE = "def classify(image):\n    x, o = network_says([image], 'votes')[0]\n    return 'X' if x > o else 'O'"
SUPPRESSED = """import tensorflow as tf
def nms(boxes, scores, classes, threshold):
    return tf.image.non_max_suppression(boxes, scores, len(scores), threshold)"""
CONFUSED = """import tensorflow as tf
def confusion_matrix(truth, predicted, classes):
    return tf.math.confusion_matrix(truth, predicted, classes)"""


@pytest.mark.parametrize(
    ("name", "exercise", "answer"),
    [
        ("01_xo", "feature_vector", VECTOR),
        ("01_xo", "classify", VOTE),
        pytest.param("03_lenet", "confusion_matrix", CONFUSED, marks=pytest.mark.slow),
        pytest.param("13_yolo", "nms", SUPPRESSED, marks=pytest.mark.slow),
    ],
)
def test_what_a_lab_or_a_framework_hands_out_is_no_answer(name, exercise, answer, open_notebook, tmp_path):
    lab = find_lab(name)
    cells = [cell for cell in read_cells(lab.notebook) if f"def {exercise}(" not in cell] + [answer]
    (tmp_path / "calls.py").write_text("".join(f"# %%\n{cell}\n\n" for cell in cells))
    sheets = [
        grade(lab.directory, tmp_path / "calls.py", exercises=[exercise]),
        check_live(lab.directory, open_notebook(cells, [exercise]), [exercise]),
    ]
    assert [(s.points, s.exercises[0].status) for s in sheets] == [(0, "forbidden")] * 2, [str(s) for s in sheets]


def test_each_lab_that_forbids_something_is_tried():
    assert set(SOLUTIONS) == {lab.name for lab in labs()}
    for lab in labs():
        checks = runpy.run_path(str(lab.directory / f"test_{lab.name}.py"))
        assert set(checks["MAY_NOT_CALL"]) == set(SOLUTIONS[lab.name]), lab.name

"""stage_outputs: where each resolution ends, on our networks and on Keras's."""

import keras
import pytest
from keras import applications, layers

from ccv import models
from ccv.graph import calls
from ccv.models import feature_info, lenet5
from ccv.models.stages import stage_outputs


def names(model):
    return {stage: tensor._keras_history.operation.name for stage, tensor in stage_outputs(model).items()}


def test_lenet5():
    assert names(lenet5()) == {"stage0": "c1", "stage1": "c3", "stage2": "s4"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "expected"),
    [
        pytest.param(
            applications.VGG16,
            ["block1_conv2", "block2_conv2", "block3_conv3", "block4_conv3", "block5_conv3", "block5_pool"],
            id="VGG16",
        ),
        pytest.param(
            applications.ResNet50,
            [None, "conv1_relu", "conv2_block3_out", "conv3_block4_out", "conv4_block6_out", "conv5_block3_out"],
            id="ResNet50",
        ),
        pytest.param(
            applications.MobileNetV2,
            [
                None,
                "block_1_expand_relu",
                "block_3_expand_relu",
                "block_6_expand_relu",
                "block_13_expand_relu",
                "out_relu",
            ],
            id="MobileNetV2",
        ),
    ],
)
def test_keras_applications(make, expected):
    model = make(weights=None, include_top=False, input_shape=(64, 64, 3))
    found = stage_outputs(model)
    assert names(model) == {f"stage{level}": name for level, name in enumerate(expected) if name}
    for stage, tensor in found.items():
        assert tensor.shape[1:3] == (64 >> int(stage[-1]),) * 2
    features = keras.Model(model.inputs, list(found.values()))  # they belong to the model's own graph
    assert len(features.outputs) == len(found)


def test_the_size_may_be_open():
    model = applications.MobileNetV2(weights=None, include_top=False, input_shape=(None, None, 3))
    assert list(stage_outputs(model)) == ["stage1", "stage2", "stage3", "stage4", "stage5"]


def test_the_top_is_no_stage():
    with_top = names(lenet5())
    assert with_top == names(lenet5(include_top=False))


def residual(first):
    """Two blocks, the second of which halves in its second convolution and in its shortcut."""
    inputs = keras.Input((32, 32, 3))
    x = layers.Conv2D(4, 3, padding="same", name="block1")(inputs)
    y = layers.Conv2D(4, 1, name="inner")(x)
    y = layers.Conv2D(8, 3, strides=2, padding="same", name="strided")(y)
    shortcut = layers.Conv2D(8, 1, strides=2, name="shortcut")(x)
    ends = [y, shortcut] if first == "main" else [shortcut, y]
    return keras.Model(inputs, layers.Add(name="block2")(ends))


@pytest.mark.parametrize("first", ["main", "shortcut"])
def test_a_stage_ends_before_the_block_that_halves(first):
    assert names(residual(first)) == {"stage0": "block1", "stage1": "block2"}


def test_the_encoder_of_a_u_and_not_its_decoder():
    inputs = keras.Input((32, 32, 1))
    left = layers.Conv2D(4, 3, padding="same", name="left")(inputs)
    bottom = layers.Conv2D(8, 3, padding="same", name="bottom")(layers.MaxPooling2D(2)(left))
    up = layers.UpSampling2D(2)(bottom)
    model = keras.Model(inputs, layers.Conv2D(1, 3, padding="same", name="right")(layers.Concatenate()([left, up])))
    assert names(model) == {"stage0": "left", "stage1": "bottom"}


def test_a_model_inside_is_one_tensor():
    inner_input = keras.Input((32, 32, 3))
    x = layers.Conv2D(4, 3, strides=2, padding="same")(inner_input)
    inner = keras.Model(inner_input, layers.Conv2D(4, 3, strides=2, padding="same")(x), name="backbone")
    inputs = keras.Input((32, 32, 3))
    x = layers.Conv2D(3, 3, padding="same", name="stem")(inputs)
    model = keras.Model(inputs, layers.GlobalAveragePooling2D()(inner(x)))
    assert names(model) == {"stage0": "stem", "stage2": "backbone"}


def test_what_has_no_stages():
    assert stage_outputs(keras.Sequential([keras.Input((4,)), layers.Dense(2)])) == {}
    with pytest.raises(TypeError, match="a Keras model is needed"):
        stage_outputs([1])


# What ends a resolution, and what does not -----------------------------------------------------------------------


def gated(x, filters=8):
    gate = layers.Dense(filters, "sigmoid")(layers.GlobalAveragePooling2D()(x))
    return layers.Multiply()([x, layers.Reshape((1, 1, filters))(gate)])


def spatially_gated(x):
    """A gate that halves and comes back."""
    small = layers.Conv2D(8, 3, strides=2, padding="same")(x)
    return layers.Multiply()([x, layers.UpSampling2D(2)(small)])


def test_a_gate_leaves_nothing():
    image = keras.Input((32, 32, 3))
    x = gated(layers.Conv2D(8, 3, padding="same", name="c1")(image))
    x = layers.Conv2D(8, 3, padding="same", name="c3")(layers.Conv2D(8, 3, padding="same", name="c2")(x))
    assert names(keras.Model(image, x)) == {"stage0": "c3"}
    for pool in (layers.GlobalAveragePooling2D(), layers.Flatten(), layers.GlobalMaxPooling2D(keepdims=True)):
        top = layers.Dense(4)(layers.Flatten()(pool(x)))
        assert names(keras.Model(image, top)) == {"stage0": "c3"}
    halved = gated(layers.Conv2D(8, 3, strides=2, padding="same", name="c4")(x))
    last = layers.Conv2D(8, 3, padding="same", name="c5")(halved)
    assert names(keras.Model(image, last)) == {"stage0": "c3", "stage1": "c5"}


@pytest.mark.parametrize("activation", ["softmax", "sigmoid", "linear"])
@pytest.mark.parametrize("dropout", [False, True])
def test_a_convolution_that_classifies_is_no_stage(activation, dropout):
    image = keras.Input((32, 32, 3))
    x = features = layers.Conv2D(8, 3, padding="same", name="features")(image)
    x = layers.Dropout(0.5)(x) if dropout else x
    x = layers.Conv2D(10, 1, activation="relu", name="classes")(x)
    x = layers.GlobalAveragePooling2D()(x)
    assert names(keras.Model(image, layers.Activation(activation)(x))) == {"stage0": "features"}
    assert names(keras.Model(image, x)) == {"stage0": "classes"}  # nothing says that these are classes
    dense = layers.Dense(10, activation)(layers.GlobalAveragePooling2D()(features))
    assert names(keras.Model(image, dense)) == {"stage0": "features"}


def side(tensor):
    return tensor.shape[1:3] if len(tensor.shape) == 4 else None


def reached(nodes, start, without=None):
    """The calls that values from `start` flow to, around the call `without`."""
    known, found = {id(tensor) for tensor in start}, set()
    for i, node in enumerate(nodes):
        if i != without and any(id(t) in known for t in node.input_tensors):
            found.add(i)
            known |= {id(t) for t in node.outputs}
    return found


def flows_to(nodes):
    """For each call all that its values flow to."""
    later = [set() for _ in nodes]
    for i in reversed(range(len(nodes))):
        made = {id(t) for t in nodes[i].outputs}
        for j in range(i + 1, len(nodes)):
            if any(id(t) in made for t in nodes[j].input_tensors):
                later[i] |= {j} | later[j]
    return later


def last_on_the_way(model, tensor):
    """By walking around each tensor of this size in turn: the last that nothing gets around, to where all ends."""
    nodes = calls(model)
    members = [i for i, node in enumerate(nodes) if side(node.outputs[0]) == side(tensor)]
    later = flows_to(nodes)
    exits = {i for i in range(members[0], len(nodes)) if i not in members and later[i].isdisjoint(members)}
    # Without an exit the maps are the model's own output, from its last call.
    ways = [i for i in members if not reached(nodes, model.inputs, i) & exits - {i}] if exits else [len(nodes) - 1]
    return nodes[ways[-1]].operation.name


# These go up again, so that the end of a resolution on the way down is not the last tensor of its size, or give their
# predictions as a map; or they are no one graph of one image.
OTHERS = {"unet", "multi_input", "siamese"}
# Under the top ConvNeXt normalises behind the pooling, as in Keras, and ViT makes no map of its places.
ENDS_OTHERWISE = {"convnext_tiny", "vit_b_16"}
CLASSIFY_BY_CONVOLUTION = {"nin", "nin_cifar", "squeezenet1_0", "squeezenet1_1", "darknet19"}
QUICK = {"efficientnet_b0", "mobilenet_v3_small", "squeezenet1_1", "resnet18", "googlenet", "vgg11"}
BUILDERS = [n for n in models.list_models() if n not in OTHERS and not n.startswith("yolo")]


@pytest.mark.parametrize("name", [n if n in QUICK else pytest.param(n, marks=pytest.mark.slow) for n in BUILDERS])
def test_each_stage_of_each_builder_is_the_last_of_its_resolution(name):
    with keras.StatelessScope(initialize_variables=False):
        whole, bare = models.build(name, weights=None), models.build(name, weights=None, include_top=False)
        for model in (whole, bare):
            info = feature_info(model)
            found = {s.name: s.layer for s in info}
            assert found == names(model)
            for stage, tensor in stage_outputs(model).items():
                classifies = model is whole and name in CLASSIFY_BY_CONVOLUTION and stage == info[-1].name
                if not classifies:
                    assert found[stage] == last_on_the_way(model, tensor), stage
        if name not in ENDS_OTHERWISE:
            assert names(whole) == names(bare)

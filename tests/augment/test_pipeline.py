"""The forms of input and output, seeds, dtypes and ranges, `tf.data` and models."""

import keras
import numpy as np
import pytest

from ccv.augment import list_recipes, pipeline
from ccv.data import load

PLAIN = ["alexnet", "basic", "randaugment"]
MIXED = ["mixup", "cutmix"]


def photos(count=4, height=32, width=48, channels=3, seed=0):
    """Soft noise, so that resampling and rounding show."""
    coarse = np.random.default_rng(seed).integers(0, 256, (count, height // 4, width // 4, channels))
    return np.kron(coarse, np.ones((1, 4, 4, 1))).astype("uint8")


def run(recipe, images, seed=0, **options):
    pipe = pipeline(recipe, seed=seed, **({"classes": 5} if recipe in MIXED else {}), **options)
    if recipe in MIXED:
        return np.asarray(pipe(images, np.arange(len(images)) % 5)[0])
    return np.asarray(pipe(images))


def dataset(*parts):
    """A dataset of single examples, made without importing TensorFlow."""
    import tensorflow as tf

    return tf.data.Dataset.from_tensor_slices(parts if len(parts) > 1 else parts[0])


@pytest.mark.parametrize("recipe", [*PLAIN, *MIXED])
def test_bytes_and_floats_are_handled_alike(recipe):
    images = photos()
    as_bytes = run(recipe, images)
    as_floats = run(recipe, images.astype("float32"))
    as_unit = run(recipe, images / np.float32(255), value_range=(0, 1))
    judged = run(recipe, images / np.float32(255))
    signed = run(recipe, images / np.float32(127.5) - 1)
    assert (as_bytes.dtype, as_floats.dtype, as_unit.dtype) == ("uint8", "float32", "float32")
    np.testing.assert_allclose(as_floats, as_bytes, atol=0.51)
    # Equalising and posterising choose between levels, so that a rounding error may be a step.
    far = 0.02 if recipe == "randaugment" else 0
    for other in (as_unit * 255, judged * 255, (signed + 1) * 127.5):
        assert (np.abs(other - as_floats) > 0.05).mean() <= far
    assert as_unit.min() >= 0
    assert as_unit.max() <= 1.0001
    assert (as_bytes != images).any()


@pytest.mark.parametrize("recipe", [*PLAIN, *MIXED])
def test_a_seed_repeats_and_another_differs(recipe):
    images = photos()
    assert (run(recipe, images) == run(recipe, images)).all()
    assert (run(recipe, images) != run(recipe, images, seed=1)).any()


@pytest.mark.parametrize("recipe", PLAIN)
def test_every_call_and_every_image_draws_anew(recipe):
    images = np.repeat(photos(1), 6, axis=0)
    pipe = pipeline(recipe)
    first, second = np.asarray(pipe(images)), np.asarray(pipe(images))
    assert (first != second).any()
    assert len({image.tobytes() for image in first}) > 3


@pytest.mark.parametrize("recipe", PLAIN)
def test_grey_images_work(recipe):
    images = photos(channels=1)
    after = run(recipe, images)
    assert after.shape == images.shape
    assert after.dtype == "uint8"


def test_masks_of_true_and_false_are_moved():
    images = photos(8, 24, 24, 1) > 127
    after = run("basic", images, flip=False, rotation=0)
    assert after.dtype == bool and (after != images).any()
    share = after.mean((1, 2, 3))  # brightness made all of a mask True, or False
    assert share.min() > 0.05 and share.max() < 0.95


def test_tf_data_gives_what_calls_give_on_tensorflow():
    images, labels = photos(), np.arange(4)
    pairs = dataset(images, labels).batch(2)
    pipe = pipeline("basic", seed=5)
    called = [np.asarray(pipe(images[i : i + 2])) for i in (0, 2)]
    mapped = list(pairs.map(pipeline("basic", seed=5)).as_numpy_iterator())
    for expected, (got, kept) in zip(called, mapped, strict=True):
        assert kept.dtype == labels.dtype
        if keras.backend.backend() == "tensorflow":
            np.testing.assert_allclose(got.astype(int), expected, atol=1)


def test_a_new_epoch_draws_anew_and_a_new_pipeline_repeats():
    pairs = dataset(photos(8)).batch(4)
    mapped = pairs.map(pipeline("basic"))
    epochs = [np.concatenate(list(mapped.as_numpy_iterator())) for _ in range(2)]
    again = np.concatenate(list(pairs.map(pipeline("basic")).as_numpy_iterator()))
    assert (epochs[0] != epochs[1]).any()
    assert (epochs[0] == again).all()


def test_over_depends_on_seed_and_index_alone():
    images = dataset(photos(12))
    pipe = pipeline("basic", seed=2)
    pipe(photos())  # what ran before does not matter
    whole = list(pipe.over(images).as_numpy_iterator())
    resumed = list(pipeline("basic", seed=2).over(images.skip(7), first=7, parallel=2).as_numpy_iterator())
    for expected, got in zip(whole[7:], resumed, strict=True):
        assert (expected == got).all()
    assert (whole[0] == np.asarray(pipe(photos(12)[0], index=0))).all()
    later = list(pipe.over(images, first=12).as_numpy_iterator())
    assert (later[0] != whole[0]).any()


def test_over_takes_dicts_and_pairs():
    images, labels = photos(), np.arange(4)
    pipe = pipeline("mixup", classes=4)
    pair = next(pipe.over(dataset(images, labels).batch(4)).as_numpy_iterator())
    example = next(pipe.over(dataset({"images": images, "labels": labels}).batch(4)).as_numpy_iterator())
    assert (pair[0] == example["images"]).all()
    assert (pair[1] == example["labels"]).all()


def test_a_single_example_is_a_batch_of_one():
    image = photos(1)[0]
    one = np.asarray(pipeline("basic")(image))
    many = np.asarray(pipeline("basic")(image[None]))
    assert (one == many[0]).all()
    targets = {"boxes": np.array([[4, 4, 20, 20], [-1, -1, -1, -1]]), "labels": np.array([3, -1])}
    _, moved = pipeline("basic", boxes="xyxy")(image, targets)
    assert moved["boxes"].shape == (2, 4)
    assert np.asarray(moved["boxes"])[1].tolist() == [-1, -1, -1, -1]
    mapped = next(
        dataset((image[None]), {k: v[None] for k, v in targets.items()})
        .map(pipeline("basic", boxes="xyxy"))
        .as_numpy_iterator()
    )
    assert mapped[0].shape == image.shape
    assert mapped[1]["labels"].tolist() == np.asarray(moved["labels"]).tolist()


def test_what_is_given_stays():
    targets = {"boxes": np.array([[[4.0, 4, 20, 20]]]), "labels": np.array([[3]])}
    data = {"images": photos(1), "labels": np.array([1]), "bounding_boxes": targets, "name": "kept"}
    copies = photos(1), targets["boxes"].copy()
    out = pipeline("basic", boxes="xyxy")(data)
    assert (data["images"] == copies[0]).all()
    assert data["bounding_boxes"] is targets
    assert (targets["boxes"] == copies[1]).all()
    assert out["name"] == "kept"
    assert np.asarray(out["labels"]).tolist() == [1]


@pytest.mark.parametrize(
    "recipe, options", [("basic", {}), ("alexnet", {}), ("alexnet", {"size": 24}), ("randaugment", {})]
)
def test_inside_a_model_it_works_in_training_alone(recipe, options):
    images = photos(4, 32, 32)
    inputs = keras.Input((32, 32, 3), dtype="uint8")
    model = keras.Model(inputs, pipeline(recipe, **options)(inputs))
    side = options.get("size", 32)
    middle = images[:, (32 - side) // 2 :, (32 - side) // 2 :][:, :side, :side]
    for rest in (model.predict(images, verbose=0), model(images), model(images, training=False)):
        assert (np.asarray(rest) == middle).all()
    assert (np.asarray(model(images, training=True)) != middle).any()
    assert model.output_shape == (None, side, side, 3)


def test_a_model_with_a_pipeline_fits_and_saves(tmp_path):
    model = keras.Sequential(
        [
            keras.Input((16, 16, 3)),
            pipeline("basic", seed=7, rotation=0.05),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(2),
        ]
    )
    model.compile("sgd", "mse")
    images = photos(8, 16, 16).astype("float32")
    model.fit(images, np.zeros((8, 2)), epochs=1, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    pipe = loaded.layers[0]
    assert (pipe.recipe, pipe.seed, pipe.options) == ("basic", 7, {"rotation": 0.05})
    np.testing.assert_allclose(loaded.predict(images, verbose=0), model.predict(images, verbose=0), rtol=1e-5)


def test_the_paper_s_color_shift_is_one_for_an_image():
    images = np.full((200, 4, 4, 3), 128, "float32")
    shift = np.asarray(pipeline("alexnet", color=0.1)(images)) - 128
    assert np.ptp(shift, axis=(1, 2)).max() < 1e-3
    # The first component is nearly grey: 0.1 * 0.2175 * 255 * 0.577 grey levels of deviation.
    assert 2.6 < shift[:, 0, 0].mean(-1).std() < 3.9


def test_our_data_sets_go_through():
    for name in ("xo", "digits"):
        pair = next(load(name).batch(4).map(pipeline("basic")).as_numpy_iterator())
        original = next(load(name).batch(4).as_numpy_iterator())
        assert pair[0].dtype == original[0].dtype
        assert pair[0].min() >= original[0].min() - 1e-4
        assert pair[0].max() <= original[0].max() + 1e-4


def test_gridmask_blanks_squares_and_repeats():
    images = np.full((8, 64, 96, 3), 200, "uint8")
    batches = dataset(images).batch(8)
    first, second = (next(batches.map(pipeline("gridmask", seed=1)).as_numpy_iterator()) for _ in range(2))
    assert (first == second).all()
    assert set(np.unique(first)) == {0, 200}
    assert 0.01 < (first == 0).mean() < 0.4


def test_names():
    assert "basic" in list_recipes()
    with pytest.raises(ValueError, match="did you mean 'randaugment'"):
        pipeline("randaugmnt")
    with pytest.raises(TypeError, match="did you mean 'rotation'"):
        pipeline("basic", rotatoin=1)
    with pytest.raises(ValueError, match="did you mean 'center_xywh'"):
        pipeline("basic", boxes="centre_xywh")


@pytest.mark.parametrize(
    "options, words",
    [
        ({"seed": -1}, "must be an integer of at least 0"),
        ({"value_range": (1, 0)}, "darkest"),
        ({"rotation": 3}, "from 0 to 1"),
        ({"shift": "x"}, "from 0 to 1"),
    ],
    ids=str,
)
def test_bad_options(options, words):
    with pytest.raises(ValueError, match=words):
        pipeline("basic", **options)


def test_bad_data():
    images, targets = photos(), {"boxes": np.zeros((4, 1, 4)), "labels": np.zeros((4, 1), int)}
    with pytest.raises(ValueError, match="say their format"):
        pipeline("basic")(images, targets)
    with pytest.raises(ValueError, match="say their format"):
        pipeline("detection")
    with pytest.raises(ValueError, match="1 or 3 channels"):
        pipeline("basic")(np.zeros((2, 8, 8, 4)))
    with pytest.raises(ValueError, match="one image"):
        pipeline("basic")(np.zeros((8, 8)))
    with pytest.raises(ValueError, match="must be"):
        pipeline("basic", boxes="xyxy")(images, {"boxes": np.zeros((4, 1, 5)), "labels": np.zeros((4, 1))})
    with pytest.raises(ValueError, match="do not fit images"):
        pipeline("basic")({"images": images, "segmentation_masks": images.astype("uint8")})
    with pytest.raises(ValueError, match="larger than the images"):
        pipeline("alexnet", size=64)(images)
    with pytest.raises(ValueError, match="batch"):
        pipeline("detection", boxes="xyxy")(images[0], {k: v[0] for k, v in targets.items()})
    with pytest.raises(ValueError) as caught:
        pipeline("mixup")(images)
    assert str(caught.value) == "'mixup' mixes labels with the images: pass both, as in pipe(images, labels)"

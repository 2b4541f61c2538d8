"""The names, options and promises that all data sets share."""

import hashlib
import subprocess
import sys

import numpy as np
import pytest

from ccv import data

OFFLINE = {"cells": {}, "digits": {}, "xo": {}, "glyphs": {"count": 64}, "textures": {"count": 240}}


def digest(images, labels):
    return hashlib.sha256(images.tobytes() + labels.tobytes()).hexdigest()


def python(code):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_importing_and_asking_loads_no_heavy_library():
    code = (
        "import sys, ccv.data as d; d.list_datasets(); d.found(); d.class_names('digits'); d.arrays('xo');"
        "d.arrays('textures', count=1);"
        "print(sorted({'tensorflow', 'keras', 'sklearn', 'tensorflow_datasets'} & set(sys.modules)))"
    )
    assert python(code) == "[]"


def test_names():
    assert data.list_datasets() == sorted(data.DATASETS)
    assert {"cats_vs_dogs", "cifar10", "digits", "fashion_mnist", "tf_flowers"} < set(data.list_datasets())
    assert data.class_names("digits") == list("0123456789") == data.class_names("mnist")
    assert data.class_names("xo") == ["X", "O"]


def test_found_says_where():
    found = data.found()
    assert list(found) == data.list_datasets()
    assert found["xo"] == "made by ccv"
    assert found["digits"] == "inside scikit-learn"


@pytest.mark.parametrize("name", OFFLINE)
@pytest.mark.parametrize("split", ["train", "test", "all"])
def test_load_is_a_dataset_of_the_arrays(name, split):
    import tensorflow as tf

    dataset = data.load(name, split, **OFFLINE[name])
    images, labels = data.arrays(name, split, **OFFLINE[name])
    assert isinstance(dataset, tf.data.Dataset)
    assert dataset.class_names == data.class_names(name)
    image_spec, label_spec = dataset.element_spec
    assert image_spec.shape == images.shape[1:]
    assert (image_spec.dtype, label_spec.dtype, label_spec.shape) == (images.dtype, tf.int64, ())
    assert len(dataset) == len(images) == len(labels)
    got_images, got_labels = next(iter(dataset.batch(len(images))))
    np.testing.assert_array_equal(got_images.numpy(), images)
    np.testing.assert_array_equal(got_labels.numpy(), labels)
    assert images.ndim == 4
    assert labels.dtype == np.int64


@pytest.mark.parametrize("name", OFFLINE)
def test_all_is_train_and_test(name):
    training = "trainval" if name == "cells" else "train"
    sets = [
        {image.tobytes() for image in data.arrays(name, split, **OFFLINE[name])[0]}
        for split in (training, "test", "all")
    ]
    assert sets[0] | sets[1] == sets[2]
    assert not sets[0] & sets[1]


@pytest.mark.parametrize("name", OFFLINE)
def test_the_same_bytes_in_every_process(name):
    here = digest(*data.arrays(name, "train", **OFFLINE[name]))
    code = (
        "import hashlib; from ccv import data;"
        f"x, y = data.arrays({name!r}, 'train', **{OFFLINE[name]!r});"
        "print(hashlib.sha256(x.tobytes() + y.tobytes()).hexdigest())"
    )
    assert python(code) == here == digest(*data.arrays(name, "train", **OFFLINE[name]))


@pytest.mark.parametrize("function", [data.load, data.arrays])
@pytest.mark.parametrize(
    ("arguments", "options", "error", "message"),
    [
        (("mnits",), {}, ValueError, "there is no data set called 'mnits': did you mean 'mnist'?"),
        (
            ("zebra",),
            {},
            ValueError,
            "there is no data set called 'zebra': choose from blood, cats_vs_dogs, cells, ",
        ),
        (("cifar",), {}, ValueError, "there is no data set called 'cifar': did you mean 'cifar10'?"),
        ((None,), {}, TypeError, "the data set must be a string, one of blood, "),
        (("digits", "tset"), {}, ValueError, "there is no split called 'tset': did you mean 'test'?"),
        (("digits", "slides"), {}, ValueError, "there is no split called 'slides': choose from train, test, all"),
        (
            ("mnist", "validation"),
            {},
            ValueError,
            "there is no split called 'validation': choose from train, test, all",
        ),
        (("xo", 1), {}, TypeError, "the split must be a string"),
        (("digits",), {"sise": 28}, TypeError, "there is no option of digits called 'sise': did you mean 'size'?"),
        (("xo",), {"rotate": 3}, TypeError, "there is no option of xo called 'rotate': did you mean 'rotation'?"),
    ],
)
def test_mistakes_are_one_clear_sentence(function, arguments, options, error, message):
    with pytest.raises(error) as raised:
        function(*arguments, **options)
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)


def test_class_names_of_an_unknown_set():
    with pytest.raises(ValueError, match="did you mean 'digits'"):
        data.class_names("digit")

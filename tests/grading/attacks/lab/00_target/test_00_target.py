"""Checks of the lab that the attacks attack; `output_size` and `tiny` are the ones that may be slow."""

import numpy as np
import pytest

from ccv.grading import assert_same

MAY_NOT_CALL = {"output_size": ("ccv.convolution.output_size",)}


@pytest.mark.exercise("output_size", points=2, timeout=1.5)
def test_output_size_without_words(answer):
    assert answer(227, 11, stride=4) == 55


@pytest.mark.exercise("output_size", points=2, timeout=1.5)
def test_output_size_everywhere(answer, reference, rng):
    for n in rng.integers(20, 99, 20):
        size = answer(int(n), 3, 2)
        assert size == reference(int(n), 3, 2), f"{n} pixels, a kernel of 3 and a stride of 2 do not give {size!r}"


@pytest.mark.exercise("blur", points=2)
def test_blur(answer, solution, rng):
    image = rng.normal(size=(4, 4))
    assert_same(answer(image), solution.blur(image), "the blurred image")


@pytest.mark.exercise("weights", points=2)
def test_weights(answer):
    assert answer == 28, f"{answer!r} is not the number of weights"


@pytest.mark.exercise("letter", points=2)
def test_letter(answer, solution, rng):
    images = [rng.normal(size=(3, 3)) for _ in range(16)]
    for image in images:
        given = answer(image)
        assert given == solution.letter(image), f"an image is classified as {given!r}"


@pytest.mark.exercise("tiny", points=2, timeout=6)
def test_tiny(answer, reference, rng):
    model, wanted = answer(), reference()
    assert model.count_params() == wanted.count_params(), f"{model.name} has {model.count_params()} parameters"
    names = ", ".join(layer.name for layer in model.layers)
    assert len(model.layers) == 2, f"the layers {names} are not two"
    wanted.set_weights(model.get_weights())
    images = rng.normal(size=(3, 4))
    assert_same(np.asarray(model(images)), np.asarray(wanted(images)), f"the output of {names}", tolerance=1e-4)

"""The recipes do what their papers say."""

import keras
import numpy as np
import pytest

from ccv.optimizers import PaperSGD
from ccv.training.recipes import RECIPES, find_recipe


def test_weight_decay_goes_through_the_momentum_as_in_the_paper():
    """v <- 0.9 v - 0.0005 e w - e g; w <- w + v (Krizhevsky et al. 2012, section 5)."""
    w, v, rate = 2.0, 0.0, 0.1
    variable = keras.Variable([w])
    optimizer = PaperSGD(rate, decay=5e-4)
    optimizer.build([variable])
    for gradient in (1.0, -0.5, 0.25):
        optimizer.apply([keras.ops.convert_to_tensor([gradient])], [variable])
        v = 0.9 * v - 5e-4 * rate * w - rate * gradient
        w += v
    np.testing.assert_allclose(variable.numpy(), [w], rtol=1e-6)


def test_alexnet_divides_by_ten_at_a_plateau_three_times_at_most():
    recipe = find_recipe("alexnet")
    assert (recipe.batch_size, recipe.learning_rate) == (128, 0.01)
    optimizer = recipe.new_optimizer(None, 10)
    assert optimizer.decay == 5e-4 and optimizer.momentum == 0.9
    flat = [1.0] * 100
    factors = [recipe.factor(flat[:n], False) for n in (0, 5, 6, 11, 16, 100)]
    np.testing.assert_allclose(factors, [1, 1, 0.1, 0.01, 0.001, 0.001])


def test_cosine_rises_and_falls_to_nothing():
    schedule = find_recipe("cosine").new_optimizer(None, 100)._learning_rate
    rates = [float(schedule(step)) for step in (0, 5, 50, 100)]
    assert (
        rates[0] < 1e-4
        and rates[1] == pytest.approx(1e-3)
        and rates[1] > rates[2] > rates[3] == pytest.approx(0, abs=1e-6)
    )


def test_lenet_falls_by_the_papers_steps():
    recipe = find_recipe("lenet")
    assert [recipe.factor([1.0] * n, False) for n in (0, 1, 2, 5, 8, 12, 20)] == [1, 1, 0.4, 0.2, 0.1, 0.02, 0.02]


@pytest.mark.parametrize("name", RECIPES)
def test_an_optimizer_can_be_saved(name):
    optimizer = RECIPES[name].new_optimizer(None, 10)
    again = keras.optimizers.deserialize(keras.optimizers.serialize(optimizer))
    assert again.get_config() == optimizer.get_config()

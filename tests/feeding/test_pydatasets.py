"""Batches of a `PyDataset`: its own, in an order that the seed decides, and as far as they were where a run goes on."""

import itertools

import keras
import numpy as np
import pytest

from ccv.devices import Strategy
from ccv.feeding.reading import examples_of

IMAGES, LABELS = np.arange(10, dtype=np.uint8).reshape(10, 1, 1, 1), np.arange(10)


class Own(keras.utils.PyDataset):
    """Batches of four, four and two; counts how many epochs have ended."""

    ended = 0

    def __len__(self):
        return 3

    def __getitem__(self, number):
        chosen = slice(4 * number, 4 * number + 4)
        return IMAGES[chosen], LABELS[chosen]

    def on_epoch_end(self):
        self.ended += 1


def labels(batches):
    return [y.tolist() for _, y in batches.as_numpy_iterator()]


def test_what_is_known_of_them():
    examples = examples_of(Own())
    assert (examples.count, examples.batch_size, examples.image, examples.label) == (10, 4, (1, 1, 1), ())
    assert examples.steps(4) == 3


def test_the_order_of_the_batches_depends_on_seed_and_epoch_alone():
    wholes = [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    orders = {(s, e): labels(examples_of(Own()).epoch(s, e, 4)) for s, e in itertools.product(range(3), range(3))}
    assert all(sorted(order) == wholes for order in orders.values())
    assert len({str(order) for order in orders.values()}) > 2
    assert labels(examples_of(Own()).epoch(1, 2, 4)) == orders[1, 2]
    assert labels(examples_of(Own()).epoch(1, 2, 4, skip=1)) == orders[1, 2][1:]
    assert labels(examples_of(Own()).in_order(4)) == wholes


def test_a_run_that_goes_on_has_ended_as_many_epochs():
    own = Own()
    examples = examples_of(own)
    for epoch in range(3):
        examples.epoch(0, epoch, 4)
        assert own.ended == epoch
    late = Own()
    examples_of(late).epoch(0, 2, 4)
    assert late.ended == 2


def test_an_augmentation_gets_the_number_of_the_batch_in_the_whole_run():
    def numbered(images, labels, index):
        return images, labels * 0 + index

    batches = examples_of(Own()).epoch(0, 1, 4, skip=1).augmented(numbered, 4)
    assert [set(y) for y in labels(batches)] == [{4}, {5}]


def test_labels_are_checked_as_they_are_read_and_made_vectors():
    batches = examples_of(Own()).in_order(4)
    with pytest.raises(ValueError, match="label 8 is out of range"):
        labels(batches.checked(8))
    assert np.argmax(labels(batches.checked(10).one_hot(10))[1], axis=1).tolist() == [4, 5, 6, 7]


def test_replicas_get_even_shares_and_processes_their_own():
    first, second = (Strategy("data parallel", 4, process, 2, jax=object()) for process in (0, 1))
    examples = examples_of(Own())
    assert labels(examples.in_order(4, first)) == [[0, 1], [4, 5]]  # the last batch has too few for four
    assert labels(examples.in_order(4, second)) == [[2, 3], [6, 7]]


@pytest.mark.parametrize(
    ("batch", "error", "message"),
    [
        ((IMAGES, LABELS, LABELS), TypeError, r"must be a pair \(images, labels\)"),
        (IMAGES, TypeError, r"must be a pair \(images, labels\)"),
        ((IMAGES[:, 0], LABELS), ValueError, "images .batch, height, width, channels. and as many labels"),
        ((IMAGES, LABELS[:3]), ValueError, "as many labels"),
    ],
)
def test_batches_of_another_form_are_named(batch, error, message):
    class Wrong(Own):
        def __getitem__(self, number):
            return batch

    with pytest.raises(error, match=message):
        examples_of(Wrong())


def test_one_without_an_end_and_an_empty_one_are_named():
    class Endless(Own):
        def __len__(self):
            raise NotImplementedError

        @property
        def num_batches(self):
            return None

    class Empty(Own):
        def __len__(self):
            return 0

    with pytest.raises(ValueError, match="never end"):
        examples_of(Endless())
    with pytest.raises(ValueError, match="there is no image to train on"):
        examples_of(Empty())

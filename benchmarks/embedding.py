"""One shot: letters never seen, named by one example each, and how long the embedding's training takes.

    python benchmarks/embedding.py [--seeds 5]

83 letters of three alphabets in all fonts (`ccv.data.letters`), 80 pictures each; seven tenths of the letters are
trained on, and 10 of the others, drawn anew 400 times, must be told apart by one picture of each. The seconds are of
`fit` alone, compiling included. Beside it the nearest picture by its pixels, and by the features of the `resnet20` that
travels with ccv. The goals: accuracy at least .80 and equal error rate at most .11, in at most 60 s.
"""

import argparse
import os
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np

from ccv.data import letters
from ccv.embedding import (
    IdentityBatches,
    TripletLoss,
    conv_blocks,
    embedder,
    one_shot,
    pair_distances,
    split_identities,
    verify,
)
from ccv.training import fused_batch_norm
from ccv.transfer import backbone, with_head

EPOCHS, RATE, SIZE, PICTURES = 10, 3e-3, 64, 80


def trained(images, labels, seed):
    """An embedding of letters, and the seconds that its training took."""
    keras.utils.set_random_seed(seed)
    model = embedder(conv_blocks(images.shape[1:]), SIZE)
    batches = IdentityBatches(images, labels, seed=seed)
    rate = keras.optimizers.schedules.CosineDecay(RATE, EPOCHS * len(batches))
    model.compile(keras.optimizers.Adam(rate), TripletLoss())
    began = time.perf_counter()
    with fused_batch_norm(model):
        model.fit(batches, epochs=EPOCHS, verbose=0)
    return model, time.perf_counter() - began


def main():
    """Print a line a seed, and the medians."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--seeds", type=int, default=5)
    rows = []
    for seed in range(parser.parse_args().seeds):
        images, labels = letters.arrays(count=83 * PICTURES, seed=seed)
        known, unseen = split_identities(labels, seed=seed)
        model, seconds = trained(images[known], labels[known], seed)
        vectors = model.predict(images[unseen], verbose=0)
        errors = verify(*pair_distances(vectors, labels[unseen])).equal_error_rate
        pixels = images[unseen].reshape(len(vectors), -1) / np.float32(255)
        rows.append(
            [one_shot(given, labels[unseen], seed=9).accuracy for given in (vectors, pixels, features(images[unseen]))]
            + [errors, seconds]
        )
        print(f"seed {seed}: {told(rows[-1])}", flush=True)
    print(f"median of {len(rows)}: {told(np.median(rows, axis=0))}")


def features(images):
    """What the shipped backbone says of pictures."""
    colour = np.repeat(images, 3, axis=-1) if images.shape[-1] == 1 else images
    net = with_head(backbone("resnet20", weights="ccv", input_shape=(*colour.shape[1:3], 3)), 2)
    return keras.Model(net.input, net.get_layer("head_pool").output).predict(colour, verbose=0)


def told(row):
    """A row in words."""
    mine, pixels, shipped, errors, seconds = row
    beside = f"pixels {pixels:.3f}, resnet20's features {shipped:.3f}"
    return f"accuracy {mine:.3f} ({beside}), equal error rate {errors:.3f}, fit {seconds:.1f} s"


if __name__ == "__main__":
    main()

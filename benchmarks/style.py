"""Style transfer: seconds a picture and the loss that is left, by Adam and by L-BFGS, compiling included.

    python benchmarks/style.py [--side 192] [--steps 100] [--out FOLDER]

The palace of scikit-learn's two photographs, painted in the manner of three pictures: the other photograph, stripes,
and coloured tiles; with the small network that travels with ccv. The goal is at most 20 s a picture.
"""

import argparse
import os
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from PIL import Image

from ccv import data, style


def square(name, side):
    """The middle of a photograph."""
    whole = Image.fromarray(data.photograph(name)[:, 107:534])
    return np.asarray(whole.resize((side, side), Image.Resampling.LANCZOS))


def stripes(side):
    """Waves of two colours."""
    y, x = np.mgrid[0 : 1 : 1j * side, 0 : 1 : 1j * side]
    share = (1 + np.sin(40 * (y + 0.1 * np.sin(9 * x))))[..., None] / 2
    return (share * [250, 200, 60] + (1 - share) * [30, 60, 140]).astype("uint8")


def tiles(side):
    """Squares of eight pixels, each of a colour of its own."""
    colours = np.random.default_rng(0).integers(0, 256, (side // 8 + 1, side // 8 + 1, 3))
    return np.kron(colours, np.ones((8, 8, 1)))[:side, :side].astype("uint8")


def main():
    """Print a line for each picture and way."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--side", type=int, default=192)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--out", type=Path, help="where the pictures are written to be looked at")
    chosen = parser.parse_args()
    palace = square("china", chosen.side)
    manners = {"dahlia": square("flower", chosen.side), "stripes": stripes(chosen.side), "tiles": tiles(chosen.side)}
    for name, manner in manners.items():
        for way in ("adam", "lbfgs"):
            keras.backend.clear_session()
            made = style.transfer(palace, manner, steps=chosen.steps, optimizer=way, verbose=False)
            print(f"{name:8} {way:6} {made.seconds:5.1f} s, loss {made.history[-1]:.4f}", flush=True)
            if chosen.out:
                chosen.out.mkdir(parents=True, exist_ok=True)
                Image.fromarray(made.picture).save(chosen.out / f"{name}-{way}.png")


if __name__ == "__main__":
    main()

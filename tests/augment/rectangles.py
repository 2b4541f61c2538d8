"""Pictures of red, green and blue rectangles whose boxes can be read off the pixels."""

import numpy as np


def drawn(count, height, width, seed=0, low=0.15, high=0.45):
    """Return uint8 images (count, height, width, 3) and their targets: three boxes in xyxy and a row of padding."""
    random = np.random.default_rng(seed)
    images = np.zeros((count, height, width, 3), "uint8")
    boxes = np.full((count, 4, 4), -1.0, "float32")
    labels = np.tile(np.array([0, 1, 2, -1]), (count, 1))
    for image, rows in zip(images, boxes, strict=True):
        for color in range(3):  # each in a third of the width, so that none hides another
            third = width / 3
            w, h = (int(random.uniform(low, high) * side) for side in (third * 2, height))
            x, y = int(color * third + random.uniform(0, third - w)), int(random.uniform(0, height - h))
            image[y : y + h, x : x + w, color] = 255
            rows[color] = x, y, x + w, y + h
    return images, {"boxes": boxes, "labels": labels}


def seen(image, color, least=0.5):
    """Return the box xyxy of the pixels of a color, at least half as far from grey as the clearest, or None."""
    image = np.asarray(image, "float32")
    others = np.delete(image, color, axis=-1).max(axis=-1)
    rows, columns = np.nonzero(image[..., color] - others > least * 255)
    if not len(rows):
        return None
    return np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1], "float32")


def iou(a, b):
    left, top = np.maximum(a[:2], b[:2])
    right, bottom = np.minimum(a[2:], b[2:])
    inter = max(right - left, 0) * max(bottom - top, 0)
    area = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1])
    return float(inter / (area - inter))

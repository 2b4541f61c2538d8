"""Torchvision's names of the layers, a file per family: data that the reader of `.pth` files uses. No Keras here."""

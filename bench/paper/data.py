"""The data of an experiment: MNIST from a folder, or digits of scikit-learn in its place."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch.nn.functional import interpolate

from bench.paper import idx

Pair = tuple[torch.Tensor, torch.Tensor]
SIDE = 28
TRAINING = 1437  # of the 1797 digits: four fifths


@dataclass(frozen=True)
class Images:
    """Rows of brightness in [0, 1], float64, and classes, int64.

    Attributes
    ----------
    train, test : (inputs, targets)
        Inputs (n, height * width), targets (n,).
    source : str
        What they are, for the account.
    """

    train: Pair
    test: Pair
    source: str


def load(folder: Path | None) -> Images:
    """Return MNIST from `folder`, or without one the small stand-in, through the same reader.

    Parameters
    ----------
    folder : path or None
        Where the four IDX files lie.
    """
    if folder is not None:
        return _tensors(idx.read_images(folder), "MNIST (IDX files)")
    with tempfile.TemporaryDirectory() as small:
        idx.write_images(small, digits())
        return _tensors(idx.read_images(small), "scikit-learn's digits, 8 x 8 enlarged to 28 x 28")


def digits() -> idx.ImageSet:
    """Return scikit-learn's handwritten digits as an image set like MNIST, in a fixed order."""
    bundled = load_digits()
    small = torch.tensor(bundled.images)[:, None] * (255 / 16)
    large = interpolate(small, size=(SIDE, SIDE), mode="bilinear")[:, 0]
    images = large.round().numpy().astype(np.uint8)
    labels = bundled.target.astype(np.uint8)
    order = np.random.default_rng(0).permutation(len(labels))
    train, test = order[:TRAINING], order[TRAINING:]
    return idx.ImageSet(images[train], labels[train], images[test], labels[test])


def _tensors(images: idx.ImageSet, source: str) -> Images:
    def pair(rows: np.ndarray, classes: np.ndarray) -> Pair:
        inputs = torch.from_numpy(rows).flatten(1).double() / 255
        return inputs, torch.from_numpy(classes).long()

    train = pair(images.train_images, images.train_labels)
    test = pair(images.test_images, images.test_labels)
    return Images(train, test, source)


def without(data: Pair, positions: list[int]) -> Pair:
    """Return the data without some of its rows."""
    keep = torch.ones(len(data[0]), dtype=torch.bool)
    keep[positions] = False
    return data[0][keep], data[1][keep]


def rows(data: Pair, positions: list[int]) -> Pair:
    """Return some rows of the data."""
    return data[0][positions], data[1][positions]

"""MNIST from a folder, or digits of scikit-learn in its place, as rows of numbers."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch.nn.functional import interpolate

from bench.paper.formats import idx
from bench.paper.runs import checksum
from bench.paper.settings import Config

Pair = tuple[torch.Tensor, torch.Tensor]
SIDE = 28
TRAINING = 1437  # of the 1797 digits: four fifths
MEAN, DEVIATION = 0.1307, 0.3081  # of MNIST's pixels in [0, 1], by which the authors normalise


@dataclass(frozen=True)
class Images:
    """Rows of pixels, and classes, int64.

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

    @property
    def sha256(self) -> str:
        """Hash of all numbers."""
        return checksum([*self.train, *self.test])


def load(folder: Path | None, config: Config | None = None) -> Images:
    """Return MNIST from `folder`, or without one the small stand-in, through the same reader.

    Parameters
    ----------
    folder : path or None
        Where the four IDX files lie.
    config : dict, optional
        Its table `data`: `pixels` is "unit" (default) for [0, 1] or "normalised", `dtype` the one
        of torch, `samples` how many rows of the training set are used, from the first on (all).
        By default as [0, 1] in float64.

    Raises
    ------
    ValueError
        Where the set has fewer rows than `samples`.
    """
    options = {} if config is None else config["data"]
    if folder is not None:
        images, source = idx.read_images(folder), "MNIST (IDX files)"
    else:
        source = "scikit-learn's digits, 8 x 8 enlarged to 28 x 28"
        with tempfile.TemporaryDirectory() as small:
            idx.write_images(small, digits())
            images = idx.read_images(small)
    samples = options.get("samples")
    if samples is not None and samples > len(images.train_images):
        raise ValueError(
            f"{folder} must hold the {samples} training images that `samples` asks for, got "
            f"{len(images.train_images)}"
        )
    dtype = getattr(torch, options.get("dtype", "float64"))
    pixels = options.get("pixels", "unit")
    train = images.train_images[:samples], images.train_labels[:samples]
    test = images.test_images, images.test_labels
    return Images(_rows(*train, pixels, dtype), _rows(*test, pixels, dtype), source)


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


def _rows(
    images: np.ndarray,
    labels: np.ndarray,
    pixels: Literal["unit", "normalised"],
    dtype: torch.dtype,
) -> Pair:
    inputs = torch.from_numpy(images).flatten(1).to(dtype) / 255
    if pixels == "normalised":
        inputs = (inputs - MEAN) / DEVIATION
    return inputs, torch.from_numpy(labels).long()

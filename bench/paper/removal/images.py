"""MNIST or CIFAR-10 from a folder, or digits of scikit-learn in their place."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch.nn.functional import interpolate

from bench.paper.formats import cifar, idx
from bench.paper.formats.idx import ImageSet
from bench.paper.runs import checksum
from bench.paper.settings import Config

Pair = tuple[torch.Tensor, torch.Tensor]
SIDE = 28
WORDS = {"train": "training", "test": "test"}
TRAINING = 1437  # of the 1797 digits: four fifths


@dataclass(frozen=True)
class Images:
    """Pixels, and classes, int64.

    Attributes
    ----------
    train, test : (inputs, targets)
        Inputs (n, height * width), or (n, 3, height, width) with colours; targets (n,).
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


def digits() -> ImageSet:
    """Return scikit-learn's handwritten digits as an image set like MNIST, in a fixed order."""
    return _digits(SIDE)


def _digits(side: int) -> ImageSet:
    bundled = load_digits()
    small = torch.tensor(bundled.images)[:, None] * (255 / 16)
    large = interpolate(small, size=(side, side), mode="bilinear")[:, 0]
    images = large.round().numpy().astype(np.uint8)
    labels = bundled.target.astype(np.uint8)
    order = np.random.default_rng(0).permutation(len(labels))
    train, test = order[:TRAINING], order[TRAINING:]
    return ImageSet(images[train], labels[train], images[test], labels[test])


def coloured() -> ImageSet:
    """Return the digits as an image set like CIFAR-10, in colours that tell nothing of the class.

    Ink and paper of each digit are drawn at random, the ink the brighter one in every channel.
    """
    grey = _digits(cifar.SIDE)
    rng = np.random.default_rng(1)

    def painted(images: np.ndarray) -> np.ndarray:
        ink = rng.uniform(0.5, 1, (len(images), 3, 1, 1))
        paper = rng.uniform(0, 0.3, (len(images), 3, 1, 1))
        return np.rint(images[:, None] * (ink - paper) + 255 * paper).astype(np.uint8)

    return ImageSet(
        painted(grey.train_images), grey.train_labels, painted(grey.test_images), grey.test_labels
    )


@dataclass(frozen=True)
class Format:
    """Where images come from.

    Attributes
    ----------
    source, small_source : str
        In words: the published set, and what stands in its place without a folder.
    small : callable
        Returns the latter.
    write, read : callable
        `write(folder, images)` and `read(folder)`, in the published format.
    mean, deviation : sequence of float
        Of the published pixels in [0, 1], by channel, by which the authors normalise.
    """

    source: str
    small_source: str
    small: Callable[[], ImageSet]
    write: Callable[[Path, ImageSet], None]
    read: Callable[[Path], ImageSet]
    mean: tuple[float, ...]
    deviation: tuple[float, ...]


FORMATS = {
    "mnist": Format(
        "MNIST (IDX files)",
        "scikit-learn's digits, 8 x 8 enlarged to 28 x 28",
        digits,
        idx.write_images,
        idx.read_images,
        (0.1307,),
        (0.3081,),
    ),
    "cifar": Format(
        "CIFAR-10 (batches for Python)",
        "scikit-learn's digits, 8 x 8 enlarged to 32 x 32 and coloured",
        coloured,
        lambda folder, images: cifar.write(folder, cifar.Cifar(images, tuple("0123456789"))),
        lambda folder: cifar.read(folder).images,
        (0.4914, 0.4822, 0.4465),
        (0.2023, 0.1994, 0.2010),
    ),
}


def load(folder: Path | None, config: Config | None = None) -> Images:
    """Return the images in `folder`, or without one the small stand-in, through the same reader.

    Parameters
    ----------
    folder : path or None
        Where the published files lie.
    config : dict, optional
        Its table `data`: `format` is "mnist" (default) or "cifar", `pixels` is "unit" (default)
        for [0, 1] or "normalised", `dtype` the one of torch, `samples` and `test_samples` how many
        rows of the training and the test set are used, from the first on (all).
        By default MNIST as [0, 1] in float64.

    Raises
    ------
    ValueError
        Where a set has fewer rows than are asked for.
    """
    options = {} if config is None else config["data"]
    form = FORMATS[options.get("format", "mnist")]
    if folder is not None:
        images, source = form.read(folder), form.source
    else:
        source = form.small_source
        with tempfile.TemporaryDirectory() as small:
            form.write(Path(small), form.small())
            images = form.read(Path(small))

    def part(half: str, option: str) -> Pair:
        found, labels = getattr(images, f"{half}_images"), getattr(images, f"{half}_labels")
        samples = options.get(option)
        if samples is not None and samples > len(found):
            raise ValueError(
                f"{folder or source} must hold the {samples} {WORDS[half]} images that `{option}` "
                f"asks for, got {len(found)}"
            )
        return _inputs(found[:samples], form, options), torch.from_numpy(labels[:samples]).long()

    return Images(part("train", "samples"), part("test", "test_samples"), source)


def _inputs(images: np.ndarray, form: Format, options: Config) -> torch.Tensor:
    """Return what a network takes: rows of grey pixels, or planes of colours."""
    pixels = torch.from_numpy(images)
    inputs = pixels.to(getattr(torch, options.get("dtype", "float64"))) / 255
    if options.get("pixels", "unit") == "normalised":
        mean, deviation = (
            torch.tensor(values, dtype=inputs.dtype)[:, None, None]
            for values in (form.mean, form.deviation)
        )
        inputs = (inputs - mean) / deviation
    return inputs.flatten(1) if inputs.ndim == 3 else inputs

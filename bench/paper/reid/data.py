"""Images of persons from a folder in the layout of Market-1501, or drawn ones in their place."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from bench.paper.formats import market1501
from bench.paper.reid import drawings
from bench.paper.runs import checksum
from bench.paper.settings import Config

MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of the channels of ImageNet in [0, 1], by which the authors normalise."""
DISTRACTORS = 4


@dataclass(frozen=True)
class Part:
    """Images of one folder.

    Attributes
    ----------
    inputs : torch.Tensor, shape (n, 3, height, width)
        Normalised pixels, float32.
    persons, cameras : numpy.ndarray of int64, shape (n,)
        Numbers as published; in training, persons are 0, 1, ... in the order of these.
    """

    inputs: torch.Tensor
    persons: NDArray[np.int64]
    cameras: NDArray[np.int64]


@dataclass(frozen=True)
class Crowd:
    """Training images; and queries and a gallery of other persons."""

    train: Part
    query: Part
    gallery: Part
    source: str

    @property
    def sha256(self) -> str:
        """Hash of all numbers."""
        parts = (self.train, self.query, self.gallery)
        return checksum(x for part in parts for x in (part.inputs, part.persons, part.cameras))


def load(folder: Path | None, config: Config) -> Crowd:
    """Return the images in `folder`, or without one drawn persons, through the same reader.

    Parameters
    ----------
    folder : path or None
        Holds the folders of Market-1501.
    config : dict
        Its table `data`: `height` and `width` in pixels, `source` in words; and of the drawn ones
        `train_persons`, `test_persons` and `crops` by each camera.
    """
    options = config["data"]
    if folder is not None:
        return _read(folder, options, options["source"])
    with tempfile.TemporaryDirectory() as made:
        write_drawn(Path(made), options)
        return _read(Path(made), options, "drawn persons")


def write_drawn(folder: Path, options: Config) -> None:
    """Write drawn persons: of those of the test, the first crop by each camera is a query."""
    train, test, each = options["train_persons"], options["test_persons"], options["crops"]
    market1501.write(folder, "train", drawings.crops(train, each))
    seen = list(drawings.crops(test, each, first=train + 1))
    market1501.write(folder, "query", seen[::each])
    gallery = [crop for at, crop in enumerate(seen) if at % each]
    others = list(drawings.crops(2, 1, first=train + test + 1))
    junk = [(market1501.JUNK, place, image) for _, place, image in others[:DISTRACTORS]]
    nobody = [(market1501.DISTRACTOR, place, image) for _, place, image in others[DISTRACTORS:]]
    market1501.write(folder, "gallery", [*junk, *nobody, *gallery])


def _read(folder: Path, options: Config, source: str) -> Crowd:
    found = market1501.read(folder)
    size = options["height"], options["width"]
    return Crowd(
        Part(_inputs(found.train, *size), found.train.classes, found.train.cameras),
        Part(_inputs(found.query, *size), found.query.persons, found.query.cameras),
        Part(_inputs(found.gallery, *size), found.gallery.persons, found.gallery.cameras),
        source,
    )


def _inputs(crops: market1501.Crops, height: int, width: int) -> torch.Tensor:
    pixels = torch.from_numpy(market1501.pixels(crops.files, height, width)).float() / 255
    mean, deviation = (torch.tensor(values)[:, None, None] for values in (MEAN, DEVIATION))
    return (pixels - mean) / deviation

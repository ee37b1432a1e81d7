"""Images with attributes from a folder in CelebA's layout, or drawn ones in their place."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from bench.paper.formats import attributes, celeba
from bench.paper.runs import checksum
from bench.paper.settings import Config
from bench.paper.spurious.graph import TARGET, blanket, sample

COLUMNS, ROWS = 8, 5  # of marks in a drawn image, one for each attribute
LIGHT = 0.2  # of a mark, from grey, where a pixel has 0 to 1
SPREAD = 0.6  # standard deviation of a mark's light, in that light


@dataclass(frozen=True)
class Part:
    """Images, uint8, shape (n, 3, side, side), and their attributes, -1 or 1, shape (n, 40)."""

    images: torch.Tensor
    values: NDArray[np.int8]


@dataclass(frozen=True)
class Portraits:
    """What the classifier learns from and is measured on.

    Attributes
    ----------
    table : numpy.ndarray of float64, shape (rows, 40)
        The attributes in which blankets are selected, of the first images for training.
    parts : dict of str to Part
        By "train", "validation" and "test"; in each the target is 1 in half of the images.
    known : tuple of str
        The target's blanket where it is known, else empty.
    source : str
        What they are, for the account.
    """

    table: NDArray[np.float64]
    parts: dict[str, Part]
    known: tuple[str, ...]
    source: str

    @property
    def sha256(self) -> str:
        """Hash of all numbers."""
        parts = self.parts.values()
        return checksum([self.table, *(one for p in parts for one in (p.images, p.values))])


def load(folder: Path | None, config: Config) -> Portraits:
    """Return the images in `folder`, or without one drawn images, through the same reader.

    Parameters
    ----------
    folder : path or None
        In CelebA's layout.
    config : dict
        Its table `data`: `target`; `side` in pixels; `rows`, images for training among whose
        attributes blankets are selected; `train`, `validation` and `test`, images that are used;
        and `drawn`, how many images of the three parts are drawn.

    Raises
    ------
    ValueError
        Where there are fewer, the target is no attribute, or drawn images shall have another.
    """
    options = config["data"]
    if options["target"] not in celeba.NAMES:
        raise ValueError(f"target must be an attribute of CelebA, got {options['target']!r}")
    if folder is not None:
        return _read(folder, config, (), "images in CelebA's layout")
    if options["target"] != TARGET:
        raise ValueError(f"target must be {TARGET} for drawn images, got {options['target']!r}")
    with tempfile.TemporaryDirectory() as made:
        _draw(Path(made), options["drawn"], options["side"])
        return _read(Path(made), config, tuple(sorted(blanket())), "drawn images")


def _read(folder: Path, config: Config, known: tuple[str, ...], source: str) -> Portraits:
    options = config["data"]
    found = celeba.read(folder)
    values = found.table.values
    own = np.flatnonzero(found.parts == celeba.PARTS.index("train"))
    if len(own) < options["rows"]:
        raise ValueError(
            f"{folder} must hold the {options['rows']} images for training of `rows`, got "
            f"{len(own)}"
        )
    table = values[own[: options["rows"]]].astype(np.float64)
    parts = {}
    for number, part in enumerate(celeba.PARTS):
        chosen = []
        for value in (-1, 1):
            target = values[:, celeba.NAMES.index(options["target"])]
            some = np.flatnonzero((found.parts == number) & (target == value))
            half = options[part] // 2
            if len(some) < half:
                raise ValueError(
                    f"{folder} must hold {half} images for {part} in which {options['target']} is "
                    f"{value}, got {len(some)}"
                )
            chosen.append(some[:half])
        both = np.sort(np.concatenate(chosen))
        images = torch.from_numpy(found.pixels(both, options["side"]))
        parts[part] = Part(images, values[both])
    return Portraits(table, parts, known, source)


def _draw(folder: Path, sizes: list[int], side: int) -> None:
    """Write images of which those for validation have the relations with the target reversed."""
    rng = np.random.default_rng(0)
    values = np.concatenate([
        sample(size, rng, reverse=part == "validation")
        for part, size in zip(celeba.PARTS, sizes, strict=True)
    ])  # fmt: skip
    rows = tuple(f"{number:06d}.jpg" for number in range(1, len(values) + 1))
    table = attributes.Attributes(celeba.NAMES, rows, values)
    celeba.write(folder, table, np.repeat(range(3), sizes), drawn(values, side, rng))


def drawn(values: NDArray[np.int8], side: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return images of attributes, shape (n, side, side, 3): a coloured mark for each, on grey.

    A mark has its attribute's colour where that is 1, and the complement where it is -1. Its light
    varies, so that the other marks tell of the target what its own may hide.
    """
    colours = np.random.default_rng(1).standard_normal((len(celeba.NAMES), 3))
    colours *= np.sqrt(3) / np.linalg.norm(colours, axis=1, keepdims=True)
    light = LIGHT * (values + SPREAD * rng.standard_normal(values.shape))
    high, wide = side // ROWS, side // COLUMNS
    images = np.full((len(values), side, side, 3), 0.5, dtype=np.float32)
    for at, colour in enumerate(colours):
        down, left = (at // COLUMNS) * high, (at % COLUMNS) * wide
        mark = (light[:, at, None] * colour)[:, None, None]
        images[:, down : down + high, left : left + wide] += mark.astype(np.float32)
    images += 0.05 * rng.standard_normal(images.shape, dtype=np.float32)
    return (255 * images).clip(0, 255).round().astype(np.uint8)

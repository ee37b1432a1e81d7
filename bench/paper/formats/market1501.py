"""Read and write images of persons in the layout of Market-1501.

Three folders of images `PPPP_cCsS_FFFFFF_BB.jpg`: person, camera (1 to 6), sequence, frame, box
(Zheng et al., Scalable Person Re-identification: A Benchmark, ICCV 2015). Person -1 is junk, which
is ignored; 0000 is a distractor, which only the gallery has.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.paper.formats.pixels import resized, write_jpeg

NAME = "Market-1501-v15.09.15"
FOLDERS = {"train": "bounding_box_train", "query": "query", "gallery": "bounding_box_test"}
CAMERAS = 6
JUNK, DISTRACTOR = -1, 0
PATTERN = re.compile(r"(-1|\d+)_c(\d)s(\d)_(\d+)_(\d+)\.jpg")


@dataclass(frozen=True)
class Crops:
    """Images of one folder, which are not read yet.

    Attributes
    ----------
    files : tuple of path
        In the order of their names, without junk.
    persons, cameras : numpy.ndarray of int64, shape (n,)
        Numbers as in the names of the files.
    """

    files: tuple[Path, ...]
    persons: NDArray[np.int64]
    cameras: NDArray[np.int64]

    @property
    def classes(self) -> NDArray[np.int64]:
        """The place of each image's person among the sorted persons: what a classifier learns."""
        return np.unique(self.persons, return_inverse=True)[1].astype(np.int64)


@dataclass(frozen=True)
class Market:
    """The three parts of the data set."""

    train: Crops
    query: Crops
    gallery: Crops


def read(folder: Path | str) -> Market:
    """Return the files of the data set.

    Parameters
    ----------
    folder : path
        Holds the three folders, or `Market-1501-v15.09.15` that does.

    Raises
    ------
    FileNotFoundError
        Where a folder is missing.
    ValueError
        Where a folder has no images, a file is not named by the rule, a camera is not 1 to 6, a
        distractor is outside the gallery, or a person is both in training and among the queries.
    """
    folder = Path(folder)
    folder = folder / NAME if (folder / NAME).is_dir() else folder
    found = {part: _read(folder / name, part) for part, name in FOLDERS.items()}
    both = sorted({*found["train"].persons.tolist()} & {*found["query"].persons.tolist()})
    if both:
        raise ValueError(
            f"{folder / FOLDERS['query']} must hold persons that {FOLDERS['train']} has not, got "
            f"person {both[0]} in both"
        )
    return Market(**found)


def _read(folder: Path, part: str) -> Crops:
    if not folder.is_dir():
        raise FileNotFoundError(f"{folder} must be a folder of images, is none")
    files, persons, cameras = [], [], []
    for file in sorted(folder.iterdir()):
        if file.name == "Thumbs.db":  # the published archive has one in each folder
            continue
        match = PATTERN.fullmatch(file.name)
        if match is None:
            raise ValueError(f"{file} must be named PPPP_cCsS_FFFFFF_BB.jpg, is not")
        person, camera = int(match[1]), int(match[2])
        if not 1 <= camera <= CAMERAS:
            raise ValueError(f"{file} must have a camera of 1 to {CAMERAS}, got {camera}")
        if person == DISTRACTOR and part != "gallery":
            raise ValueError(
                f"{file} must show a person: distractors, 0000, belong into {FOLDERS['gallery']}"
            )
        if person != JUNK:
            files.append(file)
            persons.append(person)
            cameras.append(camera)
    if not files:
        raise ValueError(f"{folder} must hold at least one image of a person, holds none")
    return Crops(tuple(files), np.array(persons, np.int64), np.array(cameras, np.int64))


def pixels(files: Iterable[Path], height: int, width: int) -> NDArray[np.uint8]:
    """Return images in one size, shape (n, 3, height, width).

    Raises
    ------
    ValueError
        Where a file is no image, or has less than half of a side.
    """
    return np.stack([resized(file, height, width) for file in files])


def write(
    folder: Path | str, part: str, images: Iterable[tuple[int, int, NDArray[np.uint8]]]
) -> None:
    """Write the images of one part.

    Parameters
    ----------
    folder : path
        Where the three folders are.
    part : {"train", "query", "gallery"}
        Which one.
    images : iterable of (person, camera, image)
        Images of shape (height, width, 3), uint8.
    """
    place = Path(folder) / FOLDERS[part]
    place.mkdir(parents=True, exist_ok=True)
    for frame, (person, camera, image) in enumerate(images, start=1):
        number = str(person) if person == JUNK else f"{person:04d}"
        write_jpeg(place / f"{number}_c{camera}s1_{frame:06d}_00.jpg", image)

"""Read and write faces in the layout of VGG Face: names.txt, and a folder of images for each name.

`names.txt` has a name on each line, and a name's class is the number of its line from 0. Images are
`images/<Name>/<Name>_<ID>.jpg`, RGB (Parkhi, Vedaldi & Zisserman, Deep Face Recognition, 2015).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.paper.formats.pixels import centre, write_jpeg

NAMES, IMAGES = "names.txt", "images"
MEAN = (129.1863, 104.7624, 93.5940)
"""Of red, green and blue, 0 to 255: what the published network has subtracted from its inputs."""
AROUND = 256 / 224
"""The shorter side of an image over the side that is cut out of its middle."""


@dataclass(frozen=True)
class Faces:
    """Where the images are, which are not read yet.

    Attributes
    ----------
    names : tuple of str
        By class.
    files : tuple of path
        In the order of classes, then of names.
    classes : numpy.ndarray of int64, shape (n,)
        The class of each file.
    """

    names: tuple[str, ...]
    files: tuple[Path, ...]
    classes: NDArray[np.int64]

    def of(self, name: str) -> NDArray[np.int64]:
        """Return the positions of a name's images.

        Raises
        ------
        ValueError
            Where the name is unknown or has no image.
        """
        if name not in self.names:
            raise ValueError(f"{NAMES} must have the name {name!r}, has {len(self.names)} others")
        found = np.flatnonzero(self.classes == self.names.index(name))
        if not len(found):
            raise ValueError(f"{IMAGES}/{name} must hold at least one image, holds none")
        return found


def read(folder: Path | str) -> Faces:
    """Return names and files in a folder.

    Parameters
    ----------
    folder : path
        Holds `names.txt` and `images`.

    Raises
    ------
    FileNotFoundError
        Where one of the two is missing.
    ValueError
        Where a name stands twice or is none, a folder has no name, a file is not named after its
        folder, or there is no image at all.
    """
    folder = Path(folder)
    names = _names(folder / NAMES)
    images = folder / IMAGES
    if not images.is_dir():
        raise FileNotFoundError(f"{images} must be a folder with one folder for each name, is none")
    unknown = sorted({one.name for one in images.iterdir()} - {*names})
    if unknown:
        raise ValueError(f"{images / unknown[0]} must have its name in {folder / NAMES}, has not")
    files, classes = [], []
    for number, name in enumerate(names):
        pattern = re.compile(re.escape(name) + r"_\d+\.jpg")
        of_name = sorted((images / name).iterdir()) if (images / name).is_dir() else []
        for file in of_name:
            if not pattern.fullmatch(file.name):
                raise ValueError(f"{file} must be named {name}_<number>.jpg, got {file.name!r}")
        files += of_name
        classes += [number] * len(of_name)
    if not files:
        raise ValueError(f"{images} must hold at least one image, holds none")
    return Faces(names, tuple(files), np.array(classes, dtype=np.int64))


def _names(file: Path) -> tuple[str, ...]:
    if not file.is_file():
        raise FileNotFoundError(f"{file} must be there, is not")
    names = tuple(file.read_text(encoding="utf-8").splitlines())
    for number, name in enumerate(names, start=1):
        if not re.fullmatch(r"[^\s/\\]+", name) or name in (".", ".."):
            raise ValueError(
                f"{file}, line {number}: must be a name without spaces or slashes, got {name!r}"
            )
    for number, name in enumerate(names, start=1):
        if name in names[: number - 1]:
            raise ValueError(f"{file}, line {number}: names must be distinct, got {name!r} twice")
    return names


def pixels(files: Sequence[Path], side: int) -> NDArray[np.uint8]:
    """Return images as squares of `side` pixels, shape (n, 3, side, side).

    One that is such a square is taken as it is; of another the shorter side is brought to
    `side` * 256 / 224, and the middle is cut out.

    Raises
    ------
    ValueError
        Where a file is no image, or its shorter side has less than half of `side`.
    """
    return np.stack([centre(file, side, AROUND) for file in files])


def write(folder: Path | str, images: Mapping[str, Sequence[NDArray[np.uint8]]]) -> None:
    """Write images in this layout.

    Parameters
    ----------
    folder : path
        Made where there is none.
    images : mapping of str to sequence of numpy.ndarray of uint8, shape (height, width, 3)
        The images of each name, in the order of classes.
    """
    folder = Path(folder)
    for name, some in images.items():
        place = folder / IMAGES / name
        place.mkdir(parents=True, exist_ok=True)
        for number, image in enumerate(some, start=1):
            write_jpeg(place / f"{name}_{number}.jpg", image)
    (folder / NAMES).write_text("".join(f"{name}\n" for name in images), encoding="utf-8")

"""Read and write CelebA's layout: attributes, the partition, and a folder of aligned images.

`list_attr_celeba.txt` is as `attributes` reads it, `list_eval_partition.txt` has a line `name 0`,
`1` or `2` (training, validation, test) for each image in the same order, and the images are
`img_align_celeba/<name>`, RGB, 178 x 218 (Liu et al., Deep Learning Face Attributes in the Wild,
ICCV 2015). Kaggle's copy has both tables as .csv with a header, and the folder in one of its name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.paper.formats import attributes
from bench.paper.formats.pixels import centre, write_jpeg

PARTITION, IMAGES = "list_eval_partition.txt", "img_align_celeba"
PARTS = ("train", "validation", "test")
NAMES = (
    "5_o_Clock_Shadow", "Arched_Eyebrows", "Attractive", "Bags_Under_Eyes", "Bald", "Bangs",
    "Big_Lips", "Big_Nose", "Black_Hair", "Blond_Hair", "Blurry", "Brown_Hair", "Bushy_Eyebrows",
    "Chubby", "Double_Chin", "Eyeglasses", "Goatee", "Gray_Hair", "Heavy_Makeup", "High_Cheekbones",
    "Male", "Mouth_Slightly_Open", "Mustache", "Narrow_Eyes", "No_Beard", "Oval_Face", "Pale_Skin",
    "Pointy_Nose", "Receding_Hairline", "Rosy_Cheeks", "Sideburns", "Smiling", "Straight_Hair",
    "Wavy_Hair", "Wearing_Earrings", "Wearing_Hat", "Wearing_Lipstick", "Wearing_Necklace",
    "Wearing_Necktie", "Young",
)  # fmt: skip
"""The forty attributes, in the order of the published file."""


@dataclass(frozen=True)
class CelebA:
    """The tables, and where the images are, which are not read yet.

    Attributes
    ----------
    table : Attributes
        Of all images.
    parts : numpy.ndarray of int8, shape (n,)
        The place of each image's part in `PARTS`.
    images : path
        The folder of the images.
    """

    table: attributes.Attributes
    parts: NDArray[np.int8]
    images: Path

    def pixels(self, chosen: Sequence[int] | NDArray[np.int64], side: int) -> NDArray[np.uint8]:
        """Return the middle squares of some images, shape (n, 3, side, side).

        Raises
        ------
        FileNotFoundError
            Where the first or the last of them is missing.
        ValueError
            Where a file is no image, or its shorter side has less than half of `side`.
        """
        files = [self.images / self.table.rows[at] for at in chosen]
        for file in files[:1] + files[-1:]:
            if not file.is_file():
                raise FileNotFoundError(f"{file} must be an image of {attributes.NAME}, is not")
        found = np.empty((len(files), 3, side, side), dtype=np.uint8)
        for at, file in enumerate(files):
            found[at] = centre(file, side, 1.0)
        return found


def read(folder: Path | str) -> CelebA:
    """Return tables and place of the images in a folder.

    Parameters
    ----------
    folder : path
        Holds the two tables, as .txt or as .csv, and `img_align_celeba`.

    Raises
    ------
    FileNotFoundError
        Where one of the three is missing.
    ValueError
        Where a table is malformed, the attributes are not CelebA's forty in their order, or the two
        tables do not name the same images in the same order.
    """
    folder = Path(folder)
    table = attributes.read(folder)
    wrong = [pair for pair in zip(table.names, NAMES, strict=False) if pair[0] != pair[1]]
    if wrong or len(table.names) != len(NAMES):
        got = f"{wrong[0][0]!r} for {wrong[0][1]!r}" if wrong else f"{len(table.names)} names"
        raise ValueError(
            f"{attributes.file_in(folder)[0]} must have CelebA's {len(NAMES)} attributes in their "
            f"order, got {got}"
        )
    images = folder / IMAGES
    images = images / IMAGES if (images / IMAGES).is_dir() else images
    if not images.is_dir():
        raise FileNotFoundError(f"{images} must be a folder of images, is none")
    return CelebA(table, _parts(folder, table.rows), images)


def _parts(folder: Path, rows: Sequence[str]) -> NDArray[np.int8]:
    file, separator = attributes.either(folder / PARTITION)
    lines = file.read_text(encoding="utf-8").splitlines()
    start = 2 if separator else 1
    body = lines[start - 1 :]
    if len(body) != len(rows):
        raise ValueError(
            f"{file} must have the {len(rows)} images of {attributes.NAME}, got {len(body)}"
        )
    parts = np.empty(len(rows), dtype=np.int8)
    for at, (line, row) in enumerate(zip(body, rows, strict=True)):
        cells = line.split(separator)
        if len(cells) != 2 or cells[1] not in ("0", "1", "2"):
            raise ValueError(
                f"{file}, line {at + start}: must be a name and 0, 1 or 2, got {line!r}"
            )
        if cells[0] != row:
            raise ValueError(
                f"{file}, line {at + start}: must name {row!r}, as {attributes.NAME} does in this "
                f"place, got {cells[0]!r}"
            )
        parts[at] = int(cells[1])
    return parts


def write(
    folder: Path | str,
    table: attributes.Attributes,
    parts: Sequence[int] | NDArray[np.int8],
    images: Sequence[NDArray[np.uint8]] | NDArray[np.uint8],
) -> None:
    """Write tables and images in this layout.

    Parameters
    ----------
    folder : path
        Made where there is none.
    table : Attributes
        Of all images.
    parts : sequence of int
        0, 1 or 2 for each image.
    images : sequence of numpy.ndarray of uint8, shape (height, width, 3)
        In the order of the table.
    """
    folder = Path(folder)
    (folder / IMAGES).mkdir(parents=True, exist_ok=True)
    attributes.write(folder / attributes.NAME, table)
    lines = [f"{row} {part}\n" for row, part in zip(table.rows, parts, strict=True)]
    (folder / PARTITION).write_text("".join(lines), encoding="utf-8")
    for row, image in zip(table.rows, images, strict=True):
        write_jpeg(folder / IMAGES / row, image)

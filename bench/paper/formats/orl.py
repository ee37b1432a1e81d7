"""Lay the ORL faces out as VGG Face or Market-1501: ``python -m bench.paper.formats.orl``.

The AT&T database of faces: 40 folders `s1` to `s40` with ten grey images each, `1.pgm` to `10.pgm`,
92 x 112 pixels (Samaria & Harter, 1994; credit: AT&T Laboratories Cambridge).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.paper.formats import market1501, vggface
from bench.paper.formats.pixels import whole

PERSONS, IMAGES = 40, 10
TRAINING = 25
"""Persons of the training set of Market-1501's layout; the others are those of the test."""
CROP = 0.9
"""Share of each side that a simulated camera sees."""
LIGHT = (0.6, 0.75, 0.9, 1.05, 1.2, 1.35)
"""Factor of the brightness by each simulated camera."""
PLACES = ((0, 0), (0, 1), (1, 0), (1, 1), (0.5, 0), (0.5, 1))
"""Where each simulated camera cuts, as shares of what the crop leaves over: down, right."""


def read(folder: Path | str) -> dict[str, list[NDArray[np.uint8]]]:
    """Return the images of each person, shape (112, 92, 3), by the name of the folder.

    Raises
    ------
    FileNotFoundError
        Where an image is missing.
    ValueError
        Where a file is no image.
    """
    found = {}
    for number in range(1, PERSONS + 1):
        files = [Path(folder) / f"s{number}" / f"{one}.pgm" for one in range(1, IMAGES + 1)]
        missing = [file for file in files if not file.is_file()]
        if missing:
            raise FileNotFoundError(f"{missing[0]} must be there, is not")
        found[f"s{number}"] = [whole(file) for file in files]
    return found


def seen(image: NDArray[np.uint8], camera: int) -> NDArray[np.uint8]:
    """Return what a simulated camera, 1 to 6, makes of an image: a crop in its light."""
    high, wide = (round(CROP * side) for side in image.shape[:2])
    down, right = PLACES[camera - 1]
    top, left = round(down * (image.shape[0] - high)), round(right * (image.shape[1] - wide))
    cut = image[top : top + high, left : left + wide].astype(np.float64)
    return (cut * LIGHT[camera - 1]).clip(0, 255).round().astype(np.uint8)


def crops(
    images: dict[str, list[NDArray[np.uint8]]], persons: range
) -> Iterator[tuple[int, int, NDArray[np.uint8]]]:
    """Yield (person, camera, image): image i is seen by camera i modulo 6, and the third next."""
    for person in persons:
        for number, image in enumerate(images[f"s{person}"]):
            for camera in (1 + number % 6, 1 + (number + 3) % 6):
                yield person, camera, seen(image, camera)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; 2 where the folder is refused."""
    parser = argparse.ArgumentParser(prog="python -m bench.paper.formats.orl", description=__doc__)
    parser.add_argument("layout", choices=["vggface", "market1501"], help="of the copy")
    parser.add_argument("source", type=Path, help="folder with s1 to s40")
    parser.add_argument("target", type=Path, help="folder of the copy")
    options = parser.parse_args(arguments)
    try:
        images = read(options.source)
    except (ValueError, OSError) as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 2
    if options.layout == "vggface":
        vggface.write(options.target, images)
        return 0
    market1501.write(options.target, "train", crops(images, range(1, TRAINING + 1)))
    of_test = list(crops(images, range(TRAINING + 1, PERSONS + 1)))
    each = 2 * IMAGES
    query = [one for at, one in enumerate(of_test) if at % each < 6]
    market1501.write(options.target, "query", query)
    gallery = [one for at, one in enumerate(of_test) if at % each >= 6]
    market1501.write(options.target, "gallery", gallery)
    return 0


if __name__ == "__main__":
    sys.exit(main())

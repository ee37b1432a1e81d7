"""Read and write IDX files, the format of MNIST, plain or compressed by gzip.

A file is two zero bytes, a byte for the type of its numbers, a byte for the number of axes, one
unsigned 32-bit size per axis, and the numbers in C order; everything is big-endian
(http://yann.lecun.com/exdb/mnist).
"""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
GZIP = b"\x1f\x8b"
FILES = {
    "train_images": "train-images-idx3-ubyte",
    "train_labels": "train-labels-idx1-ubyte",
    "test_images": "t10k-images-idx3-ubyte",
    "test_labels": "t10k-labels-idx1-ubyte",
}
"""The four files of MNIST, by the names under which they are published."""
CLASSES = 10


@dataclass(frozen=True)
class ImageSet:
    """A training and a test set of images with labels.

    Attributes
    ----------
    train_images, test_images : numpy.ndarray of uint8, shape (n, height, width)
        Brightness, 0 to 255.
    train_labels, test_labels : numpy.ndarray of uint8, shape (n,)
        Classes.
    """

    train_images: NDArray[np.uint8]
    train_labels: NDArray[np.uint8]
    test_images: NDArray[np.uint8]
    test_labels: NDArray[np.uint8]


def read(file: Path | str) -> NDArray[np.generic]:
    """Return the array in an IDX file, in the byte order of this machine.

    Whether the file is compressed is seen from its content: a browser that unpacks a download may
    leave the name as it was.

    Parameters
    ----------
    file : path
        The file.

    Raises
    ------
    ValueError
        Where the content is no IDX file, or has more or fewer numbers than its header says.
    """
    content = _content(Path(file))
    if len(content) < 4 or content[:2] != b"\0\0":
        raise ValueError(f"{file} must begin with two zero bytes, got {content[:4].hex(' ')!r}")
    code, axes = content[2:4]
    if code not in TYPES:
        known = ", ".join(f"{one:#04x}" for one in TYPES)
        raise ValueError(f"{file} must have a number type among {known}, got {code:#04x}")
    start = 4 + 4 * axes
    if len(content) < start:
        raise ValueError(f"{file} must have {start} bytes of header, got {len(content)}")
    shape = struct.unpack(f">{axes}I", content[4:start])
    kind = np.dtype(TYPES[code])
    expected = math.prod(shape) * kind.itemsize
    if len(content) - start != expected:
        raise ValueError(
            f"{file} must have {expected} bytes after the header for shape {shape}, "
            f"got {len(content) - start}"
        )
    values = np.frombuffer(content, kind, offset=start).reshape(shape)
    return values.astype(kind.newbyteorder("="))


def _content(file: Path) -> bytes:
    content = file.read_bytes()
    if not content.startswith(GZIP):
        return content
    try:
        return gzip.decompress(content)
    except (EOFError, OSError, zlib.error) as error:
        raise ValueError(f"{file} must be a whole gzip file, got: {error}") from error


def write(file: Path | str, values: NDArray[np.generic]) -> None:
    """Write an array as an IDX file, compressed if the name ends in ".gz".

    Parameters
    ----------
    file : path
        The file, which is overwritten.
    values : numpy.ndarray
        Of type uint8, int8, int16, int32, float32 or float64, with at most 255 axes.

    Raises
    ------
    ValueError
        Where the format has no such type.
    """
    codes = {np.dtype(kind).newbyteorder("="): code for code, kind in TYPES.items()}
    code = codes.get(values.dtype.newbyteorder("="))
    if code is None:
        known = ", ".join(str(kind) for kind in codes)
        raise ValueError(f"`values` must be of type {known}, got {values.dtype}")
    header = struct.pack(f">4B{values.ndim}I", 0, 0, code, values.ndim, *values.shape)
    content = header + values.astype(TYPES[code]).tobytes()
    if str(file).endswith(".gz"):
        content = gzip.compress(content, mtime=0)  # the same bytes at any time
    Path(file).write_bytes(content)


def read_images(folder: Path | str) -> ImageSet:
    """Return the image set in a folder with the four files of MNIST, each plain or as ".gz".

    Parameters
    ----------
    folder : path
        The folder, or one with the files in `raw`, as torchvision leaves them; the files must have
        their published names.

    Raises
    ------
    FileNotFoundError
        Where one of the files is missing.
    ValueError
        Where a file is malformed, images and labels do not match, a set is empty, the images of
        training and test differ in size, or a label is none of 0 to 9.
    """
    found = {part: read(_find(Path(folder), name)) for part, name in FILES.items()}
    for part, axes in (("images", 3), ("labels", 1)):
        for half in ("train", "test"):
            array = found[f"{half}_{part}"]
            if array.ndim != axes or array.dtype != np.uint8:
                raise ValueError(
                    f"{FILES[f'{half}_{part}']} must hold uint8 numbers on {axes} axes, "
                    f"got {array.dtype} on {array.ndim}"
                )
    for half in ("train", "test"):
        images, labels = len(found[f"{half}_images"]), len(found[f"{half}_labels"])
        if images != labels:
            raise ValueError(
                f"{FILES[f'{half}_labels']} must have {images} labels, one per image, got {labels}"
            )
        if not images:
            raise ValueError(f"{FILES[f'{half}_images']} must hold at least one image, got none")
        largest = int(found[f"{half}_labels"].max())
        if largest >= CLASSES:
            raise ValueError(
                f"{FILES[f'{half}_labels']} must hold labels 0 to {CLASSES - 1}, got {largest}"
            )
    sides = [found[f"{half}_images"].shape[1:] for half in ("train", "test")]
    if sides[0] != sides[1]:
        raise ValueError(
            f"{FILES['test_images']} must hold images of {_sides(sides[0])} like "
            f"{FILES['train_images']}, got {_sides(sides[1])}"
        )
    return ImageSet(**found)


def _sides(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))


def _find(folder: Path, name: str) -> Path:
    for place in (folder, folder / "raw"):
        for file in (place / name, place / f"{name}.gz"):
            if file.is_file():
                return file
    raise FileNotFoundError(f"{folder} must hold {name} or {name}.gz, found neither")


def write_images(folder: Path | str, images: ImageSet, *, compress: bool = True) -> None:
    """Write an image set as the four files of MNIST.

    Parameters
    ----------
    folder : path
        An existing folder.
    images : ImageSet
        What to write.
    compress : bool, default True
        As ".gz" files, as MNIST is published.
    """
    for part, name in FILES.items():
        write(Path(folder) / (f"{name}.gz" if compress else name), getattr(images, part))

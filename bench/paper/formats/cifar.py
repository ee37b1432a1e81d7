"""Read and write CIFAR-10 as it is published for Python: pickled batches, in a folder or a .tar.gz.

A batch is a dictionary of a pickle of protocol 2, whose keys are bytes: `data`, uint8 of shape
(n, 3072), where a row is the red, the green and the blue plane of an image, each 32 x 32 row by
row; and `labels`, a list of n whole numbers (https://www.cs.toronto.edu/~kriz/cifar.html).

A pickle can run any code. Here it may make NumPy arrays and bytes, and nothing else.
"""

from __future__ import annotations

import io
import pickle
import tarfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.paper.formats.idx import ImageSet

FOLDER, ARCHIVE = "cifar-10-batches-py", "cifar-10-python.tar.gz"
TRAINING = tuple(f"data_batch_{number}" for number in range(1, 6))
TEST, META = "test_batch", "batches.meta"
SIDE, PIXELS, CLASSES = 32, 3 * 32 * 32, 10


@dataclass(frozen=True)
class Cifar:
    """CIFAR-10, or a set like it.

    Attributes
    ----------
    images : ImageSet
        Images of shape (n, 3, 32, 32): red, green, blue.
    names : tuple of str
        Of the ten classes.
    """

    images: ImageSet
    names: tuple[str, ...]


def _array(kind: Any, shape: Any, code: Any) -> NDArray[Any]:
    """Return the empty array that an array's pickle begins with."""
    if kind is not np.ndarray or shape != (0,):
        raise pickle.UnpicklingError(f"an array must begin as an empty ndarray, got {shape!r}")
    return np.ndarray.__new__(np.ndarray, (0,), np.int8)


def _encoded(text: Any, encoding: Any = None) -> bytes:
    """Return the bytes that Python 3 writes as text in protocol 2."""
    if encoding != "latin1":
        raise pickle.UnpicklingError(f"bytes must be encoded as latin1, got {encoding!r}")
    return str.encode(text, "latin1")


ALLOWED = {
    ("numpy.core.multiarray", "_reconstruct"): _array,
    ("numpy._core.multiarray", "_reconstruct"): _array,  # as NumPy 2 writes it
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
    ("_codecs", "encode"): _encoded,
}
"""All that a pickle may name, and what it gets."""


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        """Return what a pickle names, where it is allowed."""
        if (module, name) not in ALLOWED:
            raise pickle.UnpicklingError(f"it must name nothing but NumPy arrays, {module}.{name}")
        return ALLOWED[module, name]


def unpickled(content: bytes, file: Path | str) -> dict[bytes, Any]:
    """Return the dictionary in a pickle that makes nothing but NumPy arrays and plain values.

    Parameters
    ----------
    content : bytes
        The pickle.
    file : path
        Where it comes from, for the message.

    Raises
    ------
    ValueError
        Where it is no such pickle, or names anything else: nothing that it names is run.
    """
    try:
        found = _Unpickler(io.BytesIO(content), encoding="bytes").load()
    except Exception as error:  # a broken pickle may raise any
        raise ValueError(
            f"{file} must be a pickle of NumPy arrays, lists, numbers and bytes, got: "
            f"{error or type(error).__name__}"
        ) from error
    if not isinstance(found, dict):
        raise ValueError(f"{file} must hold a dictionary, got {type(found).__name__}")
    return found


def read(place: Path | str) -> Cifar:
    """Return CIFAR-10 from a folder or archive.

    Parameters
    ----------
    place : path
        The folder `cifar-10-batches-py`, the archive `cifar-10-python.tar.gz`, or a folder that
        holds one of them.

    Raises
    ------
    FileNotFoundError
        Where there is neither, or one of the seven files is missing.
    ValueError
        Where a file is malformed; the message names it.
    """
    contents = _contents(Path(place))
    names = _names(contents)
    halves = {
        half: [_batch(file, content) for file, content in contents.items() if file.name in wanted]
        for half, wanted in (("train", TRAINING), ("test", (TEST,)))
    }
    joined = {
        f"{half}_{part}": np.concatenate([batch[at] for batch in batches])
        for half, batches in halves.items()
        for at, part in enumerate(("images", "labels"))
    }
    return Cifar(ImageSet(**joined), names)


def _contents(place: Path) -> dict[Path, bytes]:
    """Return what the seven files hold, in their order."""
    folder = place / FOLDER if (place / FOLDER).is_dir() else place
    archive = place if place.is_file() else place / ARCHIVE
    wanted = (*TRAINING, TEST, META)
    if archive.is_file():
        held = _unpacked(archive)
        folder = archive
    else:
        held = {name: (folder / name).read_bytes() for name in wanted if (folder / name).is_file()}
        if not held:
            raise FileNotFoundError(
                f"{place} must hold {FOLDER} or {ARCHIVE}, or the files of {FOLDER}; has none"
            )
    for name in wanted:
        if name not in held:
            raise FileNotFoundError(f"{folder} must hold {name}, does not")
    return {folder / name: held[name] for name in wanted}


def _unpacked(archive: Path) -> dict[str, bytes]:
    """Return the files of an archive by their names; nothing is written to the disk."""
    held = {}
    try:
        with tarfile.open(archive, "r:gz") as opened:
            for member in opened:
                content = opened.extractfile(member) if member.isfile() else None
                if content is not None:
                    held[Path(member.name).name] = content.read()
    except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
        raise ValueError(f"{archive} must be a whole .tar.gz archive, got: {error}") from error
    return held


def _names(contents: Mapping[Path, bytes]) -> tuple[str, ...]:
    (file,) = (file for file in contents if file.name == META)
    listed = _value(unpickled(contents[file], file), b"label_names", file)
    if not isinstance(listed, list) or not all(isinstance(name, bytes) for name in listed):
        raise ValueError(f"{file}: label_names must be a list of bytes, got {listed!r:.60}")
    names = tuple(name.decode("utf-8", "replace") for name in listed)
    if len(set(names)) != CLASSES or len(names) != CLASSES:
        raise ValueError(
            f"{file}: label_names must be {CLASSES} different names, got {len(names)}, "
            f"{len(set(names))} of them different"
        )
    return names


def _value(found: Mapping[bytes, Any], key: bytes, file: Path) -> Any:
    if key not in found:
        raise ValueError(f"{file} must have the key {key!r}, has {list(found)!r:.80}")
    return found[key]


def _batch(file: Path, content: bytes) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return the images (n, 3, 32, 32) and labels (n,) of a batch."""
    found = unpickled(content, file)
    data, labels = (_value(found, key, file) for key in (b"data", b"labels"))
    if not isinstance(data, np.ndarray) or data.dtype != np.uint8:
        what = data.dtype if isinstance(data, np.ndarray) else type(data).__name__
        raise ValueError(f"{file}: data must be a uint8 array, got {what}")
    if data.ndim != 2 or data.shape[1] != PIXELS or not len(data):
        raise ValueError(
            f"{file}: data must be of shape (n, {PIXELS}) with n at least 1, got {data.shape}"
        )
    if not isinstance(labels, list) or not all(type(label) is int for label in labels):
        raise ValueError(f"{file}: labels must be a list of whole numbers, got {labels!r:.60}")
    if len(labels) != len(data):
        raise ValueError(f"{file}: labels must be {len(data)}, one per image, got {len(labels)}")
    wrong = [label for label in labels if not 0 <= label < CLASSES]
    if wrong:
        raise ValueError(f"{file}: labels must be 0 to {CLASSES - 1}, got {wrong[0]}")
    return data.reshape(-1, 3, SIDE, SIDE), np.array(labels, dtype=np.uint8)


def write(place: Path | str, written: Cifar) -> None:
    """Write a set as the seven files of CIFAR-10.

    Parameters
    ----------
    place : path
        An existing folder, in which `cifar-10-batches-py` is made; or the name of an archive,
        which ends in ".tar.gz".
    written : Cifar
        With at least five training images, which are spread over the five batches.
    """
    images = written.images
    parts = [*_fifths(images.train_images, images.train_labels)]
    parts.append((images.test_images, images.test_labels))
    contents = {
        name: _pickled(
            {
                b"batch_label": name.replace("_", " ").encode(),
                b"data": np.ascontiguousarray(pixels.reshape(len(pixels), PIXELS)),
                b"labels": labels.tolist(),
            }
        )
        for name, (pixels, labels) in zip((*TRAINING, TEST), parts, strict=True)
    }
    names = [name.encode() for name in written.names]
    contents[META] = _pickled({b"label_names": names, b"num_vis": PIXELS})
    if str(place).endswith(".tar.gz"):
        with tarfile.open(place, "w:gz") as archive:
            for name, content in contents.items():
                member = tarfile.TarInfo(f"{FOLDER}/{name}")
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
        return
    folder = Path(place) / FOLDER
    folder.mkdir(exist_ok=True)
    for name, content in contents.items():
        (folder / name).write_bytes(content)


def _fifths(
    images: NDArray[np.uint8], labels: NDArray[np.uint8]
) -> Sequence[tuple[NDArray[np.uint8], NDArray[np.uint8]]]:
    count = len(TRAINING)
    return list(zip(np.array_split(images, count), np.array_split(labels, count), strict=True))


def _pickled(values: Mapping[bytes, Any]) -> bytes:
    return pickle.dumps(dict(values), protocol=2)

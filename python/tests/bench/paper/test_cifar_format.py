"""The format of CIFAR-10: read, written, and refused where it is broken or would run code."""

from __future__ import annotations

import os
import pickle
import struct
import tarfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from bench.paper.formats import cifar
from bench.paper.formats.idx import ImageSet

NAMES = tuple(f"class {number}" for number in range(10))


def some(train: int = 7, test: int = 2, seed: int = 0) -> cifar.Cifar:
    rng = np.random.default_rng(seed)
    parts = {
        f"{half}_{part}": rng.integers(0, values, (count, *shape), dtype=np.uint8)
        for half, count in (("train", train), ("test", test))
        for part, values, shape in (("images", 256, (3, 32, 32)), ("labels", 10, ()))
    }
    return cifar.Cifar(ImageSet(**parts), NAMES)


def assert_equal(one: cifar.Cifar, other: cifar.Cifar) -> None:
    assert one.names == other.names
    for part, values in vars(one.images).items():
        assert getattr(other.images, part).dtype == values.dtype
        np.testing.assert_array_equal(getattr(other.images, part), values)


@settings(max_examples=10, deadline=None)
@given(
    train=st.integers(5, 12),
    test=st.integers(1, 3),
    seed=st.integers(0, 99),
    first=arrays.arrays(np.uint8, (3, 32, 32)),
    names=st.lists(st.text(min_size=1, max_size=8), min_size=10, max_size=10, unique=True),
    archive=st.booleans(),
)
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, train, test, seed, first, names, archive
) -> None:
    whole = some(train, test, seed)
    whole.images.train_images[0] = first
    written = cifar.Cifar(whole.images, tuple(names))
    folder = tmp_path_factory.mktemp("cifar")
    place = folder / cifar.ARCHIVE if archive else folder
    cifar.write(place, written)
    assert_equal(cifar.read(place), written)
    assert_equal(cifar.read(folder), written)  # the folder that holds either


def short(text: str) -> bytes:
    """A string of Python 2, as the published files have them."""
    return b"U" + bytes([len(text)]) + text.encode()


def batch_by_hand(pixels: bytes, labels: bytes) -> bytes:
    """A batch as Python 2 wrote it, opcode by opcode: no string has been through `_codecs`."""
    rows = len(labels)
    dtype = b"cnumpy\ndtype\n" + short("u1") + b"K\x00K\x01\x87R"
    state = b"(K\x03" + short("|") + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
    array = (
        b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85" + short("b") + b"\x87R"
        b"(K\x01K" + bytes([rows]) + b"M" + struct.pack("<H", 3072) + b"\x86" + dtype + state
        + b"\x89T" + struct.pack("<I", len(pixels)) + pixels + b"tb"
    )  # fmt: skip
    numbers = b"](" + b"".join(b"K" + bytes([label]) for label in labels) + b"e"
    return b"\x80\x02}(" + short("data") + array + short("labels") + numbers + b"u."


def test_bytes_of_python_2_are_those_of_the_format(tmp_path: Path) -> None:
    """Planes of red, green and blue, each row by row, written by hand."""
    cifar.write(tmp_path, some())
    red = bytes(range(32)) * 32
    pixels = red + bytes([7]) * 1024 + bytes([255]) * 1024
    (tmp_path / cifar.FOLDER / "test_batch").write_bytes(batch_by_hand(2 * pixels, b"\x03\x09"))
    found = cifar.read(tmp_path).images
    assert found.test_labels.tolist() == [3, 9]
    assert found.test_images.shape == (2, 3, 32, 32)
    for image in found.test_images:
        np.testing.assert_array_equal(image[0], np.tile(np.arange(32), (32, 1)))
        assert set(image[1].flat) == {7}
        assert set(image[2].flat) == {255}


class Evil:
    def __reduce__(self):
        return os.mkdir, ("touched",)


class Enormous:
    def __reduce__(self):
        return np.empty(0).__reduce__()[0], (np.ndarray, (10**12,), b"b")


def changed(**values) -> dict[bytes, object]:
    batch = {b"data": np.zeros((3, 3072), np.uint8), b"labels": [1, 2, 3]}
    batch |= {key.encode(): value for key, value in values.items()}
    return {key: value for key, value in batch.items() if value is not None}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "must be a pickle of NumPy arrays, .* got: Ran out of input"),
        (b"no pickle", "must be a pickle of NumPy arrays"),
        (pickle.dumps(changed(), protocol=2)[:-900], "must be a pickle of NumPy arrays"),
        (changed(more=Evil()), "must name nothing but NumPy arrays, (posix|nt).mkdir"),
        (changed(more=Enormous()), "an array must begin as an empty ndarray"),
        (b"\x80\x02cos\nsystem\nX\x02\x00\x00\x00ls\x85R.", "nothing but NumPy arrays, os.system"),
        (b"\x80\x02cbuiltins\neval\nX\x01\x00\x00\x001\x85R.", "NumPy arrays, builtins.eval"),
        (b"\x80\x02cnumpy\nload\nX\x01\x00\x00\x00x\x85R.", "NumPy arrays, numpy.load"),
        (
            b"\x80\x02c_codecs\nencode\nX\x01\x00\x00\x00aX\x05\x00\x00\x00rot13\x86R.",
            "bytes must be encoded as latin1, got 'rot13'",
        ),
        (b"\x80\x02](K\x01e.", "must hold a dictionary, got list"),
        (changed(data=None), r"must have the key b'data', has \[b'labels'\]"),
        (changed(labels=None), r"must have the key b'labels', has \[b'data'\]"),
        (changed(data=[1, 2]), "data must be a uint8 array, got list"),
        (changed(data=np.zeros((3, 3072))), "data must be a uint8 array, got float64"),
        (changed(data=np.zeros((3, 784), np.uint8)), r"shape \(n, 3072\).* got \(3, 784\)"),
        (batch_by_hand(b"", b""), r"n at least 1, got \(0, 3072\)"),
        (changed(data=np.zeros(3072, np.uint8)), r"shape \(n, 3072\).* got \(3072,\)"),
        (changed(labels=[1, 2]), "labels must be 3, one per image, got 2"),
        (changed(labels=[1, 2, 10]), "labels must be 0 to 9, got 10"),
        (changed(labels=[1, -1, 2]), "labels must be 0 to 9, got -1"),
        (changed(labels=[1, 2.0, 3]), r"labels must be a list of whole numbers, got \[1, 2.0, 3\]"),
        (changed(labels=np.array([1, 2, 3])), "labels must be a list of whole numbers"),
    ],
)  # fmt: skip
def test_malformed_batch_is_named(tmp_path: Path, monkeypatch, content, message) -> None:
    monkeypatch.chdir(tmp_path)
    cifar.write(tmp_path, some())
    file = tmp_path / cifar.FOLDER / "data_batch_3"
    file.write_bytes(content if isinstance(content, bytes) else pickle.dumps(content, protocol=2))
    with pytest.raises(ValueError, match=message) as caught:
        cifar.read(tmp_path)
    assert str(file) in str(caught.value)
    assert not Path("touched").exists()


@pytest.mark.parametrize(
    ("meta", "message"),
    [
        ({}, "must have the key b'label_names'"),
        ({b"label_names": [b"a"] * 10}, "must be 10 different names, got 10, 1 of them different"),
        ({b"label_names": [b"a", b"b"]}, "must be 10 different names, got 2"),
        ({b"label_names": "ten"}, "must be a list of bytes"),
    ],
)
def test_malformed_names_of_classes(tmp_path: Path, meta, message) -> None:
    cifar.write(tmp_path, some())
    (tmp_path / cifar.FOLDER / cifar.META).write_bytes(pickle.dumps(meta, protocol=2))
    with pytest.raises(ValueError, match=f"batches.meta.*{message}"):
        cifar.read(tmp_path)


def test_files_that_are_missing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="must hold cifar-10-batches-py or cifar-10-python"):
        cifar.read(tmp_path)
    cifar.write(tmp_path, some())
    (tmp_path / cifar.FOLDER / "data_batch_5").unlink()
    with pytest.raises(FileNotFoundError, match="batches-py must hold data_batch_5, does not"):
        cifar.read(tmp_path)


def test_archive_that_is_not_whole(tmp_path: Path) -> None:
    file = tmp_path / cifar.ARCHIVE
    cifar.write(file, some())
    whole = file.read_bytes()
    for content in (whole[:-2000], b"no archive", b""):
        file.write_bytes(content)
        with pytest.raises(ValueError, match=r"gz must be a whole \.tar\.gz archive, got: "):
            cifar.read(file)
    with tarfile.open(file, "w:gz"):
        pass
    with pytest.raises(FileNotFoundError, match=r"tar\.gz must hold data_batch_1, does not"):
        cifar.read(file)

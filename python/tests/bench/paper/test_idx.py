"""The format of MNIST: read, written, and refused where it is broken."""

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from bench.paper.formats import idx

TYPES = ("u1", "i1", "i2", "i4", "f4", "f8")
MNIST = idx.FILES["train_images"]


@given(
    values=st.sampled_from(TYPES).flatmap(
        lambda kind: arrays.arrays(kind, arrays.array_shapes(max_dims=4, min_side=0, max_side=5))
    ),
    big_endian=st.booleans(),
    suffix=st.sampled_from(["", ".gz"]),
)
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, values, big_endian, suffix
) -> None:
    file = tmp_path_factory.mktemp("idx") / f"values{suffix}"
    idx.write(file, values.astype(values.dtype.newbyteorder(">")) if big_endian else values)
    again = idx.read(file)
    assert again.dtype == values.dtype
    assert again.shape == values.shape
    np.testing.assert_array_equal(again, values)


def test_bytes_are_those_of_the_format(tmp_path: Path) -> None:
    """Written by hand from the description of the format, not by `write`."""
    by_hand = bytes([0, 0, 0x0B, 2, 0, 0, 0, 2, 0, 0, 0, 3]) + struct.pack(">6h", *range(-2, 4))
    file = tmp_path / "numbers"
    file.write_bytes(by_hand)
    np.testing.assert_array_equal(idx.read(file), [[-2, -1, 0], [1, 2, 3]])
    idx.write(file, np.array([[-2, -1, 0], [1, 2, 3]], dtype=np.int16))
    assert file.read_bytes() == by_hand


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "must begin with two zero bytes, got ''"),
        (b"\x89PNG", "must begin with two zero bytes, got '89 50 4e 47'"),
        (b"\0\0\x0a\x01", "number type among 0x08, 0x09, 0x0b, 0x0c, 0x0d, 0x0e, got 0x0a"),
        (b"\0\0\x08\x03\0\0\0\x01", "must have 16 bytes of header, got 8"),
        (b"\0\0\x08\x01\0\0\0\x03ab", r"must have 3 bytes after the header .* \(3,\), got 2"),
        (b"\0\0\x0c\x01\0\0\0\x01abcde", "must have 4 bytes after the header .*, got 5"),
        (b"\0\0\x08\x03" + b"\xff" * 12, "must have 792.* bytes after the header .*, got 0"),
        (gzip.compress(b"\0\0\x08\x01\0\0\0\x03abc", mtime=0)[:-6], "must be a whole gzip file"),
        (b"\x1f\x8b and no more of gzip", "must be a whole gzip file"),
        (gzip.compress(b"no", mtime=0), "must begin with two zero bytes"),
    ],
)
def test_malformed_file_is_named(tmp_path: Path, content, message) -> None:
    file = tmp_path / "broken"
    file.write_bytes(content)
    with pytest.raises(ValueError, match=message) as caught:
        idx.read(file)
    assert str(file) in str(caught.value)


@pytest.mark.parametrize("kind", ["i8", "u2", "c16", "bool"])
def test_type_that_the_format_lacks(tmp_path: Path, kind) -> None:
    with pytest.raises(ValueError, match=r"`values` must be of type uint8, .* got "):
        idx.write(tmp_path / "values", np.zeros(3, kind))


def image_set(train=5, test=3):
    rng = np.random.default_rng(0)
    parts = {
        f"{half}_{part}": rng.integers(0, values, (count, *shape), dtype=np.uint8)
        for half, count in (("train", train), ("test", test))
        for part, values, shape in (("images", 256, (28, 28)), ("labels", 10, ()))
    }
    return idx.ImageSet(**parts)


@pytest.mark.parametrize("compress", [True, False])
def test_image_set_under_its_published_names(tmp_path: Path, compress) -> None:
    written = image_set()
    idx.write_images(tmp_path, written, compress=compress)
    names = {name + (".gz" if compress else "") for name in idx.FILES.values()}
    assert {file.name for file in tmp_path.iterdir()} == names
    read = idx.read_images(tmp_path)
    for part in idx.FILES:
        np.testing.assert_array_equal(getattr(read, part), getattr(written, part))


def test_unpacked_file_that_kept_its_name(tmp_path: Path) -> None:
    idx.write_images(tmp_path, image_set())
    file = tmp_path / f"{MNIST}.gz"
    file.write_bytes(gzip.decompress(file.read_bytes()))
    np.testing.assert_array_equal(idx.read_images(tmp_path).train_images, image_set().train_images)


def test_image_set_that_does_not_fit_together(tmp_path: Path) -> None:
    idx.write_images(tmp_path, image_set(), compress=False)
    labels = tmp_path / idx.FILES["train_labels"]
    idx.write(labels, np.zeros(4, np.uint8))
    with pytest.raises(ValueError, match=r"train-labels.* must have 5 labels, .* got 4"):
        idx.read_images(tmp_path)
    idx.write(labels, np.zeros(5, np.float32))
    with pytest.raises(ValueError, match="must hold uint8 numbers on 1 axes, got float32 on 1"):
        idx.read_images(tmp_path)
    labels.unlink()
    with pytest.raises(FileNotFoundError, match="must hold train-labels-idx1-ubyte or"):
        idx.read_images(tmp_path)


def test_folder_that_torchvision_left(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    idx.write_images(tmp_path / "raw", image_set())
    np.testing.assert_array_equal(idx.read_images(tmp_path).train_images, image_set().train_images)


@pytest.mark.parametrize(
    ("part", "values", "message"),
    [
        (
            "train_labels",
            np.full(5, 10, np.uint8),
            "train-labels.* must hold labels 0 to 9, got 10",
        ),
        (
            "test_labels",
            np.full(3, 255, np.uint8),
            "t10k-labels.* must hold labels 0 to 9, got 255",
        ),
        (
            "test_images",
            np.zeros((3, 28, 27), np.uint8),
            "t10k-images.* must hold images of 28 x 28 like train-images.*, got 28 x 27",
        ),
    ],
)
def test_image_set_with_wrong_values(tmp_path: Path, part, values, message) -> None:
    idx.write_images(tmp_path, image_set(), compress=False)
    idx.write(tmp_path / idx.FILES[part], values)
    with pytest.raises(ValueError, match=message):
        idx.read_images(tmp_path)


def test_empty_image_set(tmp_path: Path) -> None:
    idx.write_images(tmp_path, image_set(test=0))
    with pytest.raises(ValueError, match=r"t10k-images.* must hold at least one image, got none"):
        idx.read_images(tmp_path)

"""CelebA's layout and Kaggle's: what is written is read, and what is malformed is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bench.paper.formats import attributes, celeba
from bench.paper.spurious.data import drawn
from bench.paper.spurious.graph import TARGET, sample

NAMES = celeba.NAMES
AT = NAMES.index(TARGET)


def written(folder: Path, rows: int = 6) -> attributes.Attributes:
    """Write drawn images of so many rows, two of each part, and return their table."""
    rng = np.random.default_rng(0)
    names = tuple(f"{number:06d}.jpg" for number in range(1, rows + 1))
    table = attributes.Attributes(NAMES, names, sample(rows, rng))
    celeba.write(folder, table, np.arange(rows) // 2, drawn(table.values, 32, rng))
    return table


def as_kaggle(folder: Path) -> None:
    """Turn the published layout into Kaggle's: commas, headers, and images nested twice."""
    text = folder / attributes.NAME
    _, names, *rows = text.read_text("utf-8").splitlines()
    lines = [f"image_id {names}", *rows]
    text.with_suffix(".csv").write_text(
        "".join(f"{','.join(line.split())}\n" for line in lines), encoding="utf-8"
    )
    parts = folder / celeba.PARTITION
    rows = ["image_id partition", *parts.read_text("utf-8").splitlines()]
    parts.with_suffix(".csv").write_text(
        "".join(f"{','.join(line.split())}\n" for line in rows), encoding="utf-8"
    )
    text.unlink()
    parts.unlink()
    (folder / celeba.IMAGES).rename(folder / "inner")
    (folder / celeba.IMAGES).mkdir()
    (folder / "inner").rename(folder / celeba.IMAGES / celeba.IMAGES)


@pytest.mark.parametrize("kaggle", [False, True])
def test_what_is_written_is_read(tmp_path: Path, kaggle) -> None:
    table = written(tmp_path)
    if kaggle:
        as_kaggle(tmp_path)
    found = celeba.read(tmp_path)
    assert (found.table.names, found.table.rows) == (NAMES, table.rows)
    np.testing.assert_array_equal(found.table.values, table.values)
    assert found.parts.tolist() == [0, 0, 1, 1, 2, 2]
    pixels = found.pixels([1, 4], 32)
    assert (pixels.shape, pixels.dtype) == ((2, 3, 32, 32), np.uint8)
    assert found.pixels([1], 16).shape == (1, 3, 16, 16)


def test_forty_names_are_those_of_celeba() -> None:
    assert len(set(NAMES)) == 40
    assert (NAMES[0], NAMES[20], NAMES[39]) == ("5_o_Clock_Shadow", "Male", "Young")
    assert list(NAMES) == sorted(NAMES)


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        (attributes.NAME, "Bald", "Bold", "40 attributes in their order, got 'Bold' for 'Bald'"),
        (attributes.NAME, "6\n", "7\n", "must have the 7 rows of line 1, got 6"),
        (celeba.PARTITION, "000006.jpg 2\n", "", "must have the 6 images of .*, got 5"),
        (celeba.PARTITION, "000003.jpg 1", "000003.jpg 3", "line 3: must be a name and 0, 1 or 2"),
        (celeba.PARTITION, "000003.jpg 1", "000003.jpg", "line 3: .* got '000003.jpg'"),
        (celeba.PARTITION, "000002", "000009", "line 2: must name '000002.jpg', .* '000009.jpg'"),
    ],
)
def test_malformed_layout_is_refused(tmp_path: Path, file, old, new, message) -> None:
    written(tmp_path)
    place = tmp_path / file
    place.write_text(place.read_text("utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ValueError, match=message) as caught:
        celeba.read(tmp_path)
    assert str(place) in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "must begin with image_id and names, got ''"),
        ("name,Bald\na,1\n", "must begin with image_id and names, got 'name'"),
        ("image_id,Bald,Bald\na,1,1\n", "line 1: names of attributes must be distinct"),
        ("image_id,Bald\na,1\nb,1,1\n", "line 3: must have 1 values, got 2"),
        ("image_id,Bald\na,0\n", "line 2: values must be -1 or 1, got '0'"),
        ("image_id,Bald\na,1\na,1\n", "names of images must be distinct, got 'a' twice"),
    ],
)
def test_malformed_commas_are_refused(tmp_path: Path, text, message) -> None:
    file = tmp_path / "list_attr_celeba.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=message) as caught:
        attributes.read(tmp_path)
    assert str(file) in str(caught.value)


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    written(tmp_path)
    found = celeba.read(tmp_path)
    first, last = (tmp_path / celeba.IMAGES / f"00000{number}.jpg" for number in (1, 6))
    last.unlink()
    assert len(found.pixels([0, 4], 32)) == 2  # an image that is not used may be missing
    with pytest.raises(FileNotFoundError, match=r"000006\.jpg must be an image of"):
        found.pixels([0, 5], 32)
    first.write_bytes(b"no image")
    with pytest.raises(ValueError, match=r"000001\.jpg must be a whole image"):
        found.pixels([0], 32)
    (tmp_path / celeba.PARTITION).unlink()
    with pytest.raises(FileNotFoundError, match=r"list_eval_partition\.txt must be there"):
        celeba.read(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"list_attr_celeba\.txt must be there"):
        celeba.read(tmp_path / celeba.IMAGES)
    (tmp_path / celeba.IMAGES).rename(tmp_path / "other")
    with pytest.raises(FileNotFoundError, match="img_align_celeba must be a folder of images"):
        celeba.read(tmp_path)

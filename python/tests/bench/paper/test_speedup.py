"""The format of CelebA's attributes, and speedup end to end."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import lcodec
from bench.paper import settings
from bench.paper.__main__ import FOLDER, execute, experiment
from bench.paper.formats import attributes
from bench.paper.speedup import debian, octave
from bench.paper.speedup.report import jaccard, report, verdict
from bench.paper.speedup.table import generated, load

WORDS = st.text("abcXYZ_09-.", min_size=1, max_size=9)


@given(data=st.data(), shape=arrays.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=6))
def test_what_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, data, shape) -> None:
    rows, columns = shape
    lists = [
        data.draw(st.lists(WORDS, min_size=size, max_size=size, unique=True))
        for size in (columns, rows)
    ]
    values = data.draw(arrays.arrays(np.int8, shape, elements=st.sampled_from([-1, 1])))
    table = attributes.Attributes(tuple(lists[0]), tuple(lists[1]), values)
    file = tmp_path_factory.mktemp("table") / attributes.NAME
    attributes.write(file, table)
    for place in (file, file.parent):
        again = attributes.read(place)
        assert (again.names, again.rows) == (table.names, table.rows)
        np.testing.assert_array_equal(again.values, values)


def test_lines_are_those_of_the_format(tmp_path: Path) -> None:
    """Written by hand, with the doubled spaces of the published file."""
    by_hand = "2\nBald Smiling\n000001.jpg -1  1\n000002.jpg  1 -1\n"
    file = tmp_path / "table.txt"
    file.write_text(by_hand, encoding="utf-8")
    found = attributes.read(file)
    assert found.names == ("Bald", "Smiling")
    assert found.rows == ("000001.jpg", "000002.jpg")
    assert found.values.tolist() == [[-1, 1], [1, -1]]
    attributes.write(file, found)
    assert file.read_text("utf-8") == by_hand


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "must begin with a line of the number of rows, got ''"),
        ("image_id,Bald\n1,1\n", "number of rows, got 'image_id,Bald'"),
        ("2\nBald\na 1\n", "must have the 2 rows of line 1, got 1"),
        ("1\nBald Bald\na 1 1\n", "line 2: names of attributes must be distinct, got 'Bald' twice"),
        ("1\nBald Fat\na 1\n", "line 3: must have 2 values, got 1"),
        ("2\nBald\na 1\nb 0\n", "line 4: values must be -1 or 1, got '0'"),
        ("2\nBald\na 1\na 1\n", "names of images must be distinct, got 'a' twice"),
    ],
)
def test_malformed_table_is_refused(tmp_path: Path, text, message) -> None:
    file = tmp_path / "table.txt"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=message) as caught:
        attributes.read(file)
    assert str(file) in str(caught.value)


def test_table_that_is_missing_or_short(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"list_attr_celeba.txt must be there, is not"):
        attributes.read(tmp_path)
    attributes.write(tmp_path / attributes.NAME, generated(5, 3))
    with pytest.raises(ValueError, match="must hold the 9 rows of `rows`, got 5"):
        load(tmp_path, {"data": {"rows": 9}})


def test_end_to_end(tmp_path: Path) -> None:
    config = settings.read(FOLDER / "speedup", small=True)
    config["data"] |= {"rows": 500, "columns": 6}
    config["run"]["attributes"] = 3
    config["growth"] = [[200, 4]]
    found = experiment("speedup")
    account = execute(found, config, None, tmp_path / "small", torch.device("cpu"))
    records = account["records"]
    assert len(records) == 3 * len(config["methods"]) + 1
    table = load(None, config)
    for name in table.names[:3]:
        X, y, others = table.split(name)
        own = {one["method"]: one for one in records if one.get("attribute") == name}
        wanted = [others[at] for at in lcodec.foci(X, y, standardize="none").selected]
        assert own["FOCI"]["selected"] == own["LFOCI 0"]["selected"] == wanted
        if shutil.which("octave-cli"):
            assert own["FOCI in Octave"]["selected"] == wanted
        assert own["k-d tree"]["rows"] == 500
    text = found.report(account)
    assert "| 200 | 4 | " in text
    found.draw(account, tmp_path / "figure.svg")
    assert "k-d tree" in (tmp_path / "figure.svg").read_text("utf-8")


def test_octave_that_is_absent_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(octave.shutil, "which", lambda name: None)
    assert octave.octave_foci(np.zeros((3, 1)), np.zeros(3)) == {
        "absent": "GNU Octave is not installed"
    }


def account(**seconds):
    """Three attributes, each method with so many seconds, times 1, 2 and 3, in two steps."""
    kinds = {
        "FOCI": {"kind": "foci"},
        "LFOCI 1e-2": {"kind": "lfoci", "sigma": 0.01},
        "k-d tree": {"kind": "kdtree", "sigma": 0.0},
        "k-d tree 1e-2": {"kind": "kdtree", "sigma": 0.01},
        "FOCI in Octave": {"kind": "octave"},
    }
    records = [
        {"attribute": name, "method": method, "seconds": factor * base, "steps": 2, "rows": 1000}
        | {"selected": ["a", "b"] if method == "FOCI" else ["b", "c"]}
        for factor, name in enumerate("abc", start=1)
        for method, base in seconds.items()
    ]
    records.append({"attribute": "a", "method": "FOCI in Octave", "absent": "not installed"})
    methods = [{"name": name, **kind} for name, kind in kinds.items()]
    head = {"experiment": "speedup", "device": "cpu", "commit": "abc", "dirty": False}
    return head | {
        "config": {"methods": methods}, "data": {"source": "made"}, "records": records,
    }  # fmt: skip


def test_sentences_say_what_the_numbers_say() -> None:
    found = account(**{"FOCI": 1.0, "LFOCI 1e-2": 2.0, "k-d tree": 8.0, "k-d tree 1e-2": 4.0})
    assert verdict(found) == [
        "LFOCI 1e-2 takes 2 times (2 to 2) the seconds of FOCI without noise: more.",
        "A step of k-d tree 1e-2 takes 0.5 times (0.5 to 0.5) the seconds of one of k-d tree, on "
        "the same rows: less.",
        "A step of k-d tree takes 8 times (8 to 8) the seconds of one of FOCI, per row: more.",
    ]
    assert "| LFOCI 1e-2 | 1000 | 4 ± 5 | 2 ± 0 | 2 ± 2 | 2 ± 0 | 0.333 ± 0 |" in report(found)
    assert "Octave" not in report(found).split("\n\n")[1]


def test_jaccard_index() -> None:
    assert jaccard(["a", "b"], ["b", "c"]) == pytest.approx(1 / 3)
    assert jaccard([], []) == 1
    assert math.isclose(jaccard(["a"], []), 0)
    assert json.dumps(jaccard(["a"], ["a"])) == "1.0"


def test_debian_tags_become_a_table(tmp_path: Path) -> None:
    listed = [
        "Package: b", "Tag: use::playing, role::program,", " made-of::html", "Section: games", "",
        "Package: c", "Description: without tags", "",
        "Package: a", "Tag: role::program, x::same", "",
        "Package: d", "Tag: made-of::html, use::playing",
    ]  # fmt: skip
    table = debian.table([f"{line}\n" for line in listed], 2)
    assert table.names == ("made-of::html", "role::program")  # use::playing is in the same packages
    assert table.rows == ("a", "b", "d")
    assert table.values.tolist() == [[-1, 1], [1, 1], [1, -1]]
    file = tmp_path / "tags.txt"
    attributes.write(file, table)
    found = load(file, {"data": {"rows": 2}})
    assert found.source == "tags.txt, the first 2 rows"
    assert found.values.tolist() == [[-1, 1], [1, 1]]
    with pytest.raises(ValueError, match="--columns must be at most 3, the tags that differ"):
        debian.table([f"{line}\n" for line in listed], 4)

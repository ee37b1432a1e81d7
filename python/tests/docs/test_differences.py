"""Every number in docs/differences.md: what other packages do, emulated in a few lines here.

No code of those packages is used. Numbers recorded from CRAN FOCI 0.1.3 stand in the golden file.
"""

from __future__ import annotations

import json
import warnings
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import lcodec

ROOT = Path(__file__).resolve().parents[3]
PAGE = " ".join((ROOT / "docs" / "differences.md").read_text(encoding="utf-8").split())
GOLDEN = ROOT / "parity_tests" / "golden" / "foci_cases.json"
CASES: dict[str, dict[str, Any]] = json.loads(GOLDEN.read_text())["cases"]

Array = NDArray[Any]


def says(*phrases: str) -> None:
    """Check that the page has these words."""
    for phrase in phrases:
        assert phrase in PAGE, phrase


def golden(name: str) -> tuple[Array, Array]:
    return np.array(CASES[name]["X"]), np.array(CASES[name]["y"])


def recorded(name: str, start: str) -> dict[str, Any]:
    return next(e for e in CASES[name]["expected"] if e["fn"].startswith(start))


def distances(table: Array) -> Array:
    """Squared distances by differences, inf for a row and itself."""
    d = np.zeros((len(table), len(table)), dtype=table.dtype)
    for column in table.T:
        t = column[:, np.newaxis] - column
        d = d + t * t
    np.fill_diagonal(d, np.inf)
    return d


def expanded(table: Array) -> Array:
    """Squared distances as |a|^2 + |b|^2 - 2 ab, as a matrix product has them."""
    square = np.zeros(len(table), dtype=table.dtype)
    product = np.zeros((len(table), len(table)), dtype=table.dtype)
    for column in table.T:
        square = square + column * column
        product = product + column[:, np.newaxis] * column
    d: Array = square[:, np.newaxis] + square - 2 * product
    np.fill_diagonal(d, np.inf)
    return d


def tie_sets(d: Array) -> Array:
    """Row i marks the rows at the smallest distance from row i."""
    sets: Array = d == d.min(axis=1, keepdims=True)
    return sets


def max_ranks(y: Array) -> Array:
    return np.searchsorted(np.sort(y), y, side="right")


def from_ranks(at_most: Array, at_least: Array, neighbour: Array) -> float:
    """T(Y, Z) from R, L and one neighbour of each row."""
    n = len(at_most)
    numerator = n * np.minimum(at_most, at_most[neighbour]) - at_least**2
    return float(numerator.sum() / (at_least * (n - at_least)).sum())


def conditional(y: Array, with_z: Array, without_z: Array) -> float:
    """T(Y, Z | X) from the rows that M(i) and N(i) are drawn from, averaged."""
    ranks = max_ranks(y)
    low = np.minimum(ranks[:, np.newaxis], ranks)
    m = (low * with_z).sum(axis=1) / with_z.sum(axis=1)
    n = (low * without_z).sum(axis=1) / without_z.sum(axis=1)
    return float((m - n).sum() / (ranks - n).sum())


def test_recorded_values_are_ours() -> None:
    values, paths, worst = 0, 0, 0.0
    scaling = {"none": None, "scale": "std", "bounded": "range"}
    for name in ("small_n60_p4", "ydisc_n300_p6", "tiny_n10_p2"):
        X, y = golden(name)
        singles = recorded(name, "codec(Y,x_i) ")["val"]
        ours = [lcodec.codec(y, column) for column in X.T]
        given_first = recorded(name, "codec(Y,x_i|")["val"]
        ours += [lcodec.codec(y, column, X[:, 0]) for column in X.T[1:]]
        all_columns = recorded(name, "codec(Y,X)")["val"]
        ours.append(lcodec.codec(y, X))
        theirs = singles + given_first + all_columns
        if X.shape[1] > 2:
            theirs += recorded(name, "codec(Y,x_{2..p}|x_1)")["val"]
            theirs += recorded(name, "codec(Y,x_1|x_{2..p})")["val"]
            ours += [lcodec.codec(y, X[:, 1:], X[:, 0]), lcodec.codec(y, X[:, 0], X[:, 1:])]
        worst = max(worst, float(np.abs(np.subtract(ours, theirs)).max()))
        values += len(ours)
        for entry in CASES[name]["expected"]:
            if entry["fn"] == "foci":
                standardize = scaling[entry["standardize"]]
                result = lcodec.foci(X, y, standardize=standardize, stop=entry["stop"])
                assert list(result.selected + 1) == entry["index"]
                gaps = np.abs(result.cumulative - np.array(entry["stepT"]))
                worst = max(worst, float(gaps.max(initial=0)))
                paths += 1
    assert worst < 1e-14
    says(f"{values} values of `codec` and {paths} runs of `foci`")
    X, y = golden("xbin_n80_RANDOM")
    entry = recorded("xbin_n80_RANDOM", "codec(Y,x_1)")
    says(
        f"mean {entry['mean']:.4f} (standard deviation {entry['sd']:.4f}) over {entry['reps']}",
        f"gives {lcodec.codec(y, X):.4f}, within one standard error",
    )
    assert abs(lcodec.codec(y, X) - entry["mean"]) < entry["sd"] / entry["reps"] ** 0.5


def test_descending_ranks() -> None:
    X, y = golden("small_n60_p4")
    right = recorded("small_n60_p4", "codec(Y,x_i) ")["val"]
    wrong = []
    for column in X.T:
        neighbour = distances(column[:, np.newaxis]).argmin(axis=1)
        descending = len(y) + 1 - max_ranks(y)  # largest y first
        wrong.append(from_ranks(descending, max_ranks(y), neighbour))
        assert wrong[-1] == lcodec.codec(-y, column)
    cells = [f"| {a:.4f} | {b:.4f} |" for a, b in zip(right, wrong, strict=True)]
    says(*(f"| column {j + 1} {cell}" for j, cell in enumerate(cells)))
    assert list(lcodec.foci(X, y).selected + 1) == [2, 1, 4]
    assert list(lcodec.foci(X, -y).selected + 1) == [2, 1, 3]
    says("selects columns 2, 1, 4; with descending ranks it selects 2, 1, 3")


def test_ranks_by_argsort() -> None:
    z = np.random.default_rng(0).normal(size=1000)

    def by_argsort(z: Array) -> float:
        ranks = np.argsort(np.argsort(z > 0, kind="stable"), kind="stable") + 1
        return from_ranks(ranks, 1001 - ranks, distances(z[:, np.newaxis]).argmin(axis=1))

    assert lcodec.codec(z > 0, z) == lcodec.codec(np.sort(z) > 0, np.sort(z)) == 1
    says(
        f"{by_argsort(z):.3f} in this order of rows and "
        f"{by_argsort(np.sort(z)):.3f} with the rows sorted"
    )


def second_of_sorted(table: Array) -> Array:
    """Column 1 of each row's neighbours by distance, the row itself among them, by row number."""
    d = distances(table)
    np.fill_diagonal(d, 0)
    second: Array = np.argsort(d, axis=1, kind="stable")[:, 1]
    return second


def test_the_second_neighbour_can_be_the_row_itself() -> None:
    rng = np.random.default_rng(0)
    z = np.repeat(rng.normal(size=(500, 2)), 2, axis=0)
    y = rng.normal(size=1000)
    second = second_of_sorted(z)
    ranks = max_ranks(y)
    wrong = from_ranks(ranks, 1001 - ranks, second)
    says(
        f"{(second == np.arange(1000)).sum()} of 1000 rows",
        f"T is {wrong:.3f} instead of {lcodec.codec(y, z):.3f}",
    )
    values, ours = [], []
    for seed in range(100):
        rng = np.random.default_rng(seed)
        bit, y = rng.integers(0, 2, 200).astype(float), rng.normal(size=200)
        ranks = max_ranks(y)
        values.append(from_ranks(ranks, 201 - ranks, second_of_sorted(bit[:, np.newaxis])))
        ours.append(lcodec.codec(y, bit))
    says(
        f"standard deviation {np.std(values, ddof=1):.2f} over 100 independent data sets of 200 "
        f"rows; ours has {np.std(ours, ddof=1):.4f}"
    )


def farther_than_nearest(table: Array, neighbour: Array) -> int:
    """Count rows whose neighbour is not nearest, in exact arithmetic on the stored numbers."""
    near = distances(table)
    near = near <= near.min(axis=1, keepdims=True) * (1 + 1e-6)
    near[np.arange(len(table)), neighbour] = True
    exact = [[Fraction(float(value)) for value in row] for row in table]
    count = 0
    for i, row in enumerate(exact):
        d = {
            int(m): sum(((a - b) ** 2 for a, b in zip(row, exact[m], strict=True)), Fraction(0))
            for m in np.flatnonzero(near[i])
        }
        count += d[int(neighbour[i])] > min(d.values())
    return count


def test_expansion_of_the_norm() -> None:
    rng = np.random.default_rng(0)
    tenths = rng.integers(0, 100, (2000, 2)) * 0.1
    normal = np.random.default_rng(1).normal(size=(2000, 2))
    rows = [
        ("multiples of 0.1", tenths, np.float64),
        ("normal, offset 1e8", normal + 1e8, np.float64),
        ("normal, offset 0", normal, np.float32),
        ("normal, offset 100", normal + 100, np.float32),
        ("normal, offset 1000", normal + 1000, np.float32),
    ]
    for name, table, kind in rows:
        wrong = farther_than_nearest(table, expanded(table.astype(kind)).argmin(axis=1))
        right = farther_than_nearest(table, distances(table).argmin(axis=1))
        says(f"| {name} | {np.dtype(kind)} | {wrong} | {right} |")
        assert right == 0


def test_conditional_ties_by_distances_in_x() -> None:
    """A row with several nearest rows in (x, z) is given one of its nearest rows in x instead."""
    x, z = (axis.ravel() for axis in np.meshgrid(np.arange(15.0), np.arange(15.0), indexing="ij"))
    y = x + z
    in_x = tie_sets(distances(x[:, np.newaxis]))
    in_both = tie_sets(distances(np.column_stack((x, z))))
    tied = in_both.sum(axis=1) > 1
    assert tied.all()
    assert conditional(y, in_both, in_x) == pytest.approx(lcodec.codec(y, z, x), abs=1e-14)
    assert conditional(y, in_x, in_x) == 0

    def one_of(sets: Array, rng: np.random.Generator) -> Array:
        chosen = np.zeros_like(sets)
        chosen[np.arange(len(sets)), [rng.choice(np.flatnonzero(row)) for row in sets]] = True
        return chosen

    values = []
    for seed in range(100):
        rng = np.random.default_rng(seed)
        values.append(conditional(y, one_of(in_x, rng), one_of(in_x, rng)))
    says(
        f"we give {lcodec.codec(y, z, x):.3f}",
        f"mean {np.mean(values):.3f} and standard deviation {np.std(values, ddof=1):.3f} over 100",
    )
    # foci, which compares T(Y, (X, Z)) only, is not concerned
    assert list(lcodec.foci(np.column_stack((x, z)), y).selected) == [0, 1]


def test_undefined_values_are_nan_with_a_warning() -> None:
    z = np.arange(10.0)
    with pytest.warns(lcodec.LcodecWarning, match="constant"):
        assert np.isnan(lcodec.codec(np.ones(10), z))
    with pytest.warns(lcodec.LcodecWarning, match="determined"):
        assert np.isnan(lcodec.codec(z // 2, z, z // 2))
    says("NaN and the warning `lcodec:constantResponse`", "`lcodec:determinedResponse`")


def test_nothing_may_be_selected() -> None:
    X, y = golden("tiny_n10_p2")
    assert recorded("tiny_n10_p2", "foci")["index"] == []
    assert len(lcodec.foci(X, y).selected) == 0
    forced = lcodec.foci(X, y, stop=False, max_features=1)
    says(f"column {forced.selected[0] + 1}, whose T is {forced.scores[0]:.3f}")


def test_scaled_copies_lose_ties() -> None:
    grid = np.stack(np.meshgrid(np.arange(15.0), np.arange(15.0)), axis=-1).reshape(-1, 2)
    sets = tie_sets(distances(grid))
    scaled = (grid - grid.mean(axis=0)) / grid.std(axis=0, ddof=1)
    changed = (tie_sets(distances(scaled)) != sets).any(axis=1).sum()
    says(f"changes the tie sets of {changed} of {len(grid)} rows")
    y = grid.sum(axis=1)
    assert lcodec.codec(y, grid, standardize="std") == lcodec.codec(y, grid)


def test_argument_orders() -> None:
    """The orders that the page gives for this package are the ones that work."""
    x, z = np.random.default_rng(0).random((2, 300))
    y = (x + z) % 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert lcodec.codec(y, z, x) > 0.8 > lcodec.codec(y, z)
        assert lcodec.foci(np.column_stack((x, z)), x).selected[0] == 0
    assert lcodec.xi(x, (x - 0.5) ** 2) > 0.9 > lcodec.xi((x - 0.5) ** 2, x)
    says("`codec(y, z, x)`", "`foci(X, y)`", "`xi(x, y)`")

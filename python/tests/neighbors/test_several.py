"""K nearest rows: every method of the CPU against all pairs of rows, exactly, and the laws of K."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lcodec
from lcodec.neighbors import nearest_values
from lcodec.neighbors.cpu.groups import equal_rows
from lcodec.neighbors.cpu.search import Search
from lcodec.neighbors.cpu.several import cells, lists, places

SEED, STEP, WORD = 2**40 + 11, 1, 2**32 - 1
WEIGHTS = np.array([1.0, 0.7, 1.3, 0.9])


def philox(counter: tuple[int, int, int, int], seed: int) -> list[int]:
    """Return the four words of Philox4x32-10."""
    c, k = list(counter), [seed & WORD, seed >> 32]
    for _ in range(10):
        first, second = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(second >> 32) ^ c[1] ^ k[0], second & WORD, (first >> 32) ^ c[3] ^ k[1], first & WORD]
        k = [(k[0] + 0x9E3779B9) & WORD, (k[1] + 0xBB67AE85) & WORD]
    return c


def drawn(rows: list[int], wanted: int, ties: str, i: int, number: int, step: int) -> list[int]:
    """Return the rows that a partial Fisher-Yates shuffle draws, or the first ones."""
    for t in range(wanted):
        if ties == "random":
            word = philox((i, number, step, 1 + (t // 4) * 2**16), SEED)[t % 4]
            other = t + (word * (len(rows) - t) >> 32)
            rows[t], rows[other] = rows[other], rows[t]
    return rows[:wanted]


def reference(
    columns: np.ndarray, weights: np.ndarray, labels: np.ndarray, wanted: int, ties: str,
    number: int, step: int, some: Sequence[int] | None = None,
) -> np.ndarray:  # fmt: skip
    """Return the values, of some rows only, by looking at all others: exact sums, few roundings."""
    out, nominal = np.full(len(labels), np.nan), labels.dtype == np.int32
    for i in range(len(labels)) if some is None else some:
        d = np.zeros(len(labels))
        for column, weight in zip(columns, weights, strict=True):
            t = column[i] - column
            d = d + (t * t) * weight
        d[i] = np.inf
        last = np.sort(d)[wanted - 1]
        gains = [int(m == labels[i]) if nominal else int(min(m, labels[i])) for m in labels]
        near, tied = np.flatnonzero(d < last).tolist(), np.flatnonzero(d == last).tolist()
        nearer, left = sum(gains[m] for m in near), wanted - len(near)
        if ties == "average" or left == len(tied):
            total = sum(gains[m] for m in tied)
            out[i] = (float(left * total) / float(len(tied)) + float(nearer)) / wanted
            exact = (Fraction(left * total, len(tied)) + nearer) / wanted
            assert abs(Fraction(out[i]) - exact) <= exact * Fraction(1, 2**51)
        else:
            some = drawn(tied, left, ties, i, number, step)
            out[i] = float(nearer + sum(gains[m] for m in some)) / wanted
    return out


def tables(n: int) -> Iterator[tuple[str, np.ndarray]]:
    """Yield columns (4, n) with ties of all kinds."""
    rng = np.random.default_rng(n)
    X, few = rng.normal(size=(4, n)), rng.integers(0, 2, (4, n)) * 1.0
    lattice = rng.integers(0, 12, (4, n)) * 1.0
    yield "continuous", X
    yield "few values", few
    yield "lattice", lattice
    yield "masses", np.where(rng.random((4, n)) < 0.6, 0, X)
    yield "squares that vanish", X * 1e-163
    yield "nearly equal", few + 1e-9 * X  # distances that differ in their last digits
    yield "mixed", np.stack((few[0], X[1], lattice[2], X[3]))
    yield "repeated rows", X[:, rng.integers(0, n // 3, n)]


def labels_of(n: int, kind: type = np.int64) -> np.ndarray:
    y = np.random.default_rng(5).integers(0, n if kind is np.int64 else 4, n)
    return np.searchsorted(np.sort(y), y, side="right").astype(kind)


@pytest.mark.parametrize("ties", ["average", "random", "first"])
@pytest.mark.parametrize("kind", [np.int64, np.int32])
def test_every_method_compares_as_if_with_all_rows(ties: str, kind: type) -> None:
    n, reached = 70, set()
    labels = labels_of(n, kind)
    for name, columns in tables(n):
        for wanted in (2, 10, n - 1) if kind is np.int64 else (3,):
            for chosen in ([], [0], [0, 1]):
                search = Search(
                    columns, WEIGHTS, labels, ties=ties, seed=SEED, n_neighbors=wanted
                )  # fmt: skip
                search.condition(chosen)
                found = search.values(np.array([3, 2]))
                assert search._method is not None
                reached.add(search._method.name)
                for values, j in zip(found, (3, 2), strict=True):
                    each = [*chosen, j]
                    expected = reference(
                        columns[each], WEIGHTS[each], labels, wanted, ties, j, len(chosen)
                    )
                    assert np.array_equal(values, expected), (name, wanted, chosen, j)
    assert reached == {"runs", "axis", "leaves", "groups"}


@pytest.mark.parametrize("ties", ["average", "random", "first"])
@pytest.mark.parametrize("kind", [np.int64, np.int32])
def test_lists_compare_as_if_with_all_rows(
    ties: str, kind: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "pay", lambda *_: True)
    n, reached = 70, 0
    labels = labels_of(n, kind)
    for name, columns in tables(n):
        for wanted in (2, 10, n - 1) if kind is np.int64 else (3,):
            search = Search(columns, WEIGHTS, labels, ties=ties, seed=SEED, n_neighbors=wanted)
            search.condition([0, 1])
            found = search.values(np.array([3, 2]))
            assert search._method is not None
            reached += search._method.name == "lists"
            for values, j in zip(found, (3, 2), strict=True):
                expected = reference(
                    columns[[0, 1, j]], WEIGHTS[[0, 1, j]], labels, wanted, ties, j, 2
                )
                assert np.array_equal(values, expected), (name, wanted, j)
    assert reached >= (15 if kind is np.int64 else 5)


@pytest.mark.parametrize("ties", ["average", "random", "first"])
@pytest.mark.parametrize("kind", [np.int64, np.int32])
def test_cells_compare_as_if_with_all_rows(
    ties: str, kind: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cells, "pay", lambda *_: True)
    n, reached = 70, 0
    labels = labels_of(n, kind)
    for name, columns in tables(n):
        for wanted in (2, 10, n - 1) if kind is np.int64 else (3,):
            for chosen in ([0], [0, 1], [1, 0, 3]):
                search = Search(
                    columns, WEIGHTS, labels, ties=ties, seed=SEED, n_neighbors=wanted
                )  # fmt: skip
                search.condition(chosen)
                found = search.values(np.array([2]))[0]
                assert search._method is not None
                reached += search._method.name == "cells"
                each = [*chosen, 2]
                expected = reference(
                    columns[each], WEIGHTS[each], labels, wanted, ties, 2, len(chosen)
                )
                assert np.array_equal(found, expected), (name, wanted, chosen)
    assert reached >= (45 if kind is np.int64 else 15)


@pytest.mark.parametrize("listed", [2, 40])
@pytest.mark.parametrize("decimals", [2, 9])
@pytest.mark.parametrize("axes", [1, 2])
def test_cells_with_rows_far_from_all_others(
    listed: int, decimals: int, axes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # with two cells in a list most limits are beyond what is listed
    n, wanted, p = 1100, 12, 7
    rng = np.random.default_rng(3)
    columns = rng.standard_t(3, size=(p, n)).round(decimals)
    columns[5] *= np.where(rng.random(n) < 0.02, 1e3, 1)
    columns[6] = columns[0]
    weights, labels = rng.uniform(0.5, 2, p), labels_of(n)
    monkeypatch.setattr(cells, "_LISTED", listed)
    values = {}
    for name in ("cells", "leaves" if axes == 2 else "axis"):
        monkeypatch.setattr(cells, "pay", lambda *_, name=name: name == "cells")
        search = Search(columns, weights, labels, ties="random", seed=SEED, n_neighbors=wanted)
        search.condition(list(range(axes)))
        values[name] = search.values(np.arange(2, p))
        assert search._method is not None
        assert search._method.name == name
    first, second = values.values()
    assert np.array_equal(first, second)


@pytest.mark.parametrize("listed", [3, 40])
@pytest.mark.parametrize("decimals", [1, 9])
def test_lists_that_end_too_early(
    listed: int, decimals: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # three leaves hold hardly more than K rows: most limits are beyond what is listed
    n, wanted, p = 1100, 12, 21  # two blocks, lanes without a candidate
    rng = np.random.default_rng(3)
    columns = rng.standard_t(3, size=(p, n)).round(decimals)
    columns[7] *= np.where(rng.random(n) < 0.02, 1e3, 1)
    columns[8] = columns[0]
    weights, labels = rng.uniform(0.5, 2, p), labels_of(n)
    monkeypatch.setattr(lists, "LEAVES", listed)
    numbers, values = np.arange(2, p), {}
    for name in ("leaves", "lists"):
        monkeypatch.setattr(lists, "pay", lambda *_, name=name: name == "lists")
        search = Search(columns, weights, labels, ties="random", seed=SEED, n_neighbors=wanted)
        search.condition([0, 1])
        values[name] = search.values(numbers)
        assert search._method is not None
        assert search._method.name == name
    assert np.array_equal(values["lists"], values["leaves"])
    some = [0, 5, 1099, *np.argsort(-np.abs(columns[7]))[:5].tolist()]
    expected = reference(
        columns[[0, 1, 7]], weights[[0, 1, 7]], labels, wanted, "random", 7, 2, some
    )
    assert np.array_equal(values["lists"][5][some], expected[some])


def test_lists_are_for_many_candidates_and_for_memory_that_holds_them() -> None:
    X = np.random.default_rng(0).normal(size=(600, 24))
    columns, labels, found = np.ascontiguousarray(X.T), labels_of(600), {}
    for candidates, memory in ((20, None), (20, 2**19), (5, None)):
        search = Search(columns, np.ones(24), labels, n_neighbors=5, memory=memory)
        search.condition([0, 1])
        sums = search.sums(np.arange(2, 2 + candidates))
        assert search._method is not None
        found[search._method.name, candidates] = sums[:5].tolist()
    assert set(found) == {("lists", 20), ("leaves", 20), ("leaves", 5)}
    assert found["lists", 20] == found["leaves", 20] == found["leaves", 5]
    assert not lists.pay(10**5, 2, 100, 2**24)
    assert not lists.pay(10**5, 4, 100, 2**40)
    assert lists.pay(10**5, 3, 100, 2**30)


def test_cells_are_for_many_rows_and_few_columns() -> None:
    X = np.random.default_rng(0).normal(size=(10_000, 5))
    columns, labels, found = np.ascontiguousarray(X.T), labels_of(10_000), []
    search = Search(columns, np.ones(5), labels, n_neighbors=5)
    for j in range(3):
        search.condition([j])
        search.prepare(2)
        assert search._method is not None
        found.append(search._method.name)
    assert found == ["cells", "cells", "leaves"]


@pytest.mark.parametrize("ties", ["average", "random", "first"])
def test_all_columns_at_once(ties: str) -> None:
    n = 70
    labels = labels_of(n)
    for name, columns in tables(n):
        for times in (1, 3):  # 12 columns are compared by a matrix product
            many, weights = np.tile(columns, (times, 1)), np.tile(WEIGHTS, times)
            for wanted in (2, 6, n - 1):
                values = nearest_values(
                    many, weights, labels, ties=ties, seed=SEED, step=STEP, n_neighbors=wanted,
                    number=7,
                )  # fmt: skip
                expected = reference(many, weights, labels, wanted, ties, 7, STEP)
                assert np.array_equal(values, expected), (name, times, wanted)


def test_rows_whose_leaves_end_too_early_search_the_tree() -> None:
    n, wanted = 2300, 4
    rng = np.random.default_rng(0)
    columns = rng.standard_t(2, size=(3, n))
    columns[2] *= np.where(rng.random(n) < 0.02, 1e3, 1)
    weights, labels = WEIGHTS[:3], labels_of(n)
    search = Search(columns, weights, labels, n_neighbors=wanted)
    search.condition([0, 1])
    values = search.values(np.array([2]))[0]
    _, near, _ = places.prepared(equal_rows(columns[:2]), columns[:2], weights[:2], 2**30, wanted)
    assert not near.complete
    far = 0
    for i in rng.permutation(n)[:300].tolist() + np.argsort(-np.abs(columns[2]))[:60].tolist():
        t = columns[:, [i]] - columns
        d = (t[0] * t[0] * weights[0] + t[1] * t[1] * weights[1]) + t[2] * t[2] * weights[2]
        d[i] = np.inf
        rows = np.argsort(d)[:wanted]
        assert values[i] == np.minimum(labels[rows], labels[i]).sum() / wanted
        far += d[rows[-1]] > near.distances[:, -1].max()
    assert far > 0


@pytest.mark.parametrize("ties", ["average", "random", "first"])
def test_a_long_run_of_tied_rows_is_not_listed(ties: str) -> None:
    n, wanted = 1500, 200
    column = np.zeros((1, n))
    column[0, :7] = 1.0
    labels = labels_of(n)
    values = nearest_values(
        column, np.ones(1), labels, ties=ties, seed=SEED, step=0, n_neighbors=wanted
    )
    some = [0, 3, 6, 7, 8, 700, n - 1]
    expected = reference(column, np.ones(1), labels, wanted, ties, 0, 0, some)
    assert np.array_equal(values[some], expected[some])


@pytest.mark.filterwarnings("ignore::lcodec.LcodecWarning")
@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1), n=st.integers(3, 60), decimals=st.integers(0, 3),
    wanted=st.integers(1, 59),
)  # fmt: skip
def test_laws(seed: int, n: int, decimals: int, wanted: int) -> None:
    rng = np.random.default_rng(seed)
    X, y = rng.normal(size=(n, 3)).round(decimals), rng.normal(size=n).round(1)
    wanted = min(wanted, n - 1)
    order = rng.permutation(n)

    def statistic(rows: np.ndarray, **options: object) -> float:
        return lcodec.codec(y[rows], X[rows, :1], X[rows, 1:], response="ordered", **options)

    plain = np.arange(n)
    assert same(statistic(plain, n_neighbors=1), statistic(plain))
    assert same(statistic(plain, n_neighbors=wanted), statistic(order, n_neighbors=wanted))
    if len(np.unique(y)) > 1:  # the mean over all other rows does not know z
        assert statistic(plain, n_neighbors=n - 1) == 0
    scores = lcodec.codec_scores(X, y, [0], n_neighbors=wanted, response="ordered")
    for j in (1, 2):
        if X[:, j].min() < X[:, j].max() and X[:, 0].min() < X[:, 0].max():
            one = lcodec.codec(
                y, X[:, j], X[:, 0], n_neighbors=wanted, standardize="std", response="ordered"
            )
            assert same(scores[j], one)


def same(a: float, b: float) -> bool:
    return a == b or (np.isnan(a) and np.isnan(b))


@pytest.mark.parametrize(("n", "k"), [(3, 1), (15, 1), (16, 2), (150, 10), (300, 20), (400, 20)])
def test_automatic_number(n: int, k: int) -> None:
    X = np.random.default_rng(n).normal(size=(n + 1, 3))
    X[n, 2] = np.nan
    y = X[:, 0] + X[:, 1]

    def scores(n_neighbors: Any) -> list[float]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", lcodec.LcodecWarning)
            return list(lcodec.codec_scores(X, y, n_neighbors=n_neighbors, missing="drop"))

    assert scores("AUTO") == scores(k)
    assert n <= k + 1 or scores("auto") != scores(k + 1)


def test_threads_and_memory_change_no_bit() -> None:
    X = np.random.default_rng(0).normal(size=(700, 9))
    y = X[:, 0] * X[:, 1] + X[:, 2]
    results = [
        lcodec.foci(
            X, y, n_neighbors=6, stop=False, max_features=4, n_jobs=jobs, memory_limit=limit
        )
        for jobs in (1, 2) for limit in (2**20, None)
    ]  # fmt: skip
    for result in results[1:]:
        assert result.selected.tolist() == results[0].selected.tolist()
        assert result.scores.tolist() == results[0].scores.tolist()


@pytest.mark.parametrize(
    ("value", "id_", "message"),
    [
        (2000, "optionRange", "`n_neighbors` must be at most 1024, got 2000"),
        (0, "optionRange", "`n_neighbors` must be at least 1, got 0"),
        (1.5, "optionType", "`n_neighbors` must be a whole number or 'auto', got 1.5"),
        ("few", "optionType", "`n_neighbors` must be a whole number or 'auto', got 'few'"),
        (9, "optionRange", "`n_neighbors` must be less than the number of rows, 9, got 9"),
    ],
)
def test_numbers_of_neighbors_that_do_not_fit(value: object, id_: str, message: str) -> None:
    X = np.random.default_rng(0).normal(size=(10, 3))
    X[4, 1] = np.nan  # dropped, so that 9 rows are left
    options = {"n_neighbors": value, "missing": "drop"}
    for call in (
        lambda: lcodec.codec(X[:, 0], X[:, 1], **options),
        lambda: lcodec.lcodec(X[:, 0], X[:, 1], **options),
        lambda: lcodec.codec_test(X[:, 0], X[:, 1], **options),
        lambda: lcodec.codec_scores(X, X[:, 0], **options),
        lambda: lcodec.foci(X, X[:, 0], **options),
        lambda: lcodec.lfoci(X, X[:, 0], **options),
        lambda: lcodec.foci_graph(X, **options),
    ):
        with warnings.catch_warnings(), pytest.raises(lcodec.LcodecError) as caught:
            warnings.simplefilter("ignore", lcodec.LcodecWarning)
            call()
        assert caught.value.id == f"lcodec:{id_}"
        assert str(caught.value) == message

"""The neighbour engine: every method gives the values of an exhaustive search, bit for bit."""

from __future__ import annotations

import gc
import subprocess
import sys
import warnings
import weakref

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lcodec
from lcodec import threads
from lcodec.neighbors import nearest_values
from lcodec.neighbors.cpu import axis, runs, search
from lcodec.neighbors.cpu.search import Search
from lcodec.neighbors.cpu.tree import build
from lcodec.random.philox import TIES, philox4x32, split_seed
from lcodec.resources import jobs
from parity_tests import strategies as data

RULES = ("average", "random", "first")
SEED = 2**40 + 7


def exhaustive(
    columns: np.ndarray, weights: np.ndarray, labels: np.ndarray, ties: str, column: int, step: int
) -> np.ndarray:
    """Values by comparing all pairs of rows; distances are added column by column."""
    n = len(labels)
    distance = np.zeros((n, n))
    for values, weight in zip(columns, weights, strict=True):
        t = values[:, np.newaxis] - values
        distance = distance + (t * t) * weight
    np.fill_diagonal(distance, np.inf)
    tied = distance == distance.min(axis=1, keepdims=True)
    minima = np.minimum(labels[:, np.newaxis], labels)
    count = tied.sum(axis=1)
    if ties == "average":
        return (tied * minima).sum(axis=1) / count
    element = np.zeros(n, dtype=np.int64)
    if ties == "random":
        counters = (np.uint64(column), np.uint64(step), np.uint64(TIES))
        words = [philox4x32(np.uint64(i), *counters, *split_seed(SEED))[0] for i in range(n)]
        element = np.array([int(w) * int(k) >> 32 for w, k in zip(words, count, strict=True)])
    at = np.argmax(np.cumsum(tied, axis=1) > element[:, np.newaxis], axis=1)
    return minima[np.arange(n), at].astype(float)


def mixed(n: int, rng: np.random.Generator) -> np.ndarray:
    """Columns (8, n) of every kind that is hard for some method; a third of the rows repeat."""
    columns = np.array([
        rng.normal(size=n),
        rng.integers(0, 2, n) * 1.0,
        rng.integers(-8, 9, n) * 0.1,
        1e8 + rng.normal(size=n),
        np.where(rng.random(n) < 0.7, 0.0, rng.normal(size=n)),
        np.round(rng.exponential(size=n), 1),
        rng.standard_cauchy(size=n),
        rng.integers(0, 4, n) * 1e-170,
    ])  # fmt: skip
    rows = np.where(rng.random(n) < 0.33, rng.integers(0, n, n), np.arange(n))
    return columns[:, rows]


def methods(engine: Search) -> dict[str, search.Method]:
    """All methods that the chosen columns of `engine` allow."""
    chosen, n = engine._chosen, len(engine.labels)
    if not chosen:
        return {"runs": search.Method("runs", runs.fill, ())}
    found = {f"groups of {most + 1}": engine._by_groups(most) for most in (1, 4, 32)}
    if len(chosen) == 1:
        found["axis"] = engine._by_axis(axis.fill, axis.WINDOW)
    tree = build(engine.columns[chosen], engine.weights[chosen])
    found["leaves"] = engine._by_leaves(tree)
    found["lists"] = engine._by_lists(tree, 24, n)
    found["short lists"] = engine._by_lists(tree, 4, min(n, 48))
    return found


def check_all_methods(columns: np.ndarray, chosen: list[int], ties: str, scaled: bool) -> None:
    labels = np.random.default_rng(1).integers(1, columns.shape[1] + 1, columns.shape[1])
    weights = 1 / np.maximum(columns.var(axis=1), 1e-300) if scaled else np.ones(len(columns))
    engine = Search(columns, weights, labels, ties=ties, seed=SEED)
    engine.condition(chosen)
    rest = np.setdiff1d(np.arange(len(columns)), chosen)
    expected = np.stack([
        exhaustive(columns[[*chosen, j]], weights[[*chosen, j]], labels, ties, j, len(chosen))
        for j in rest
    ])  # fmt: skip
    for name, method in methods(engine).items():
        out = np.full(expected.shape, np.nan)
        method.fill(engine, out, rest)
        np.testing.assert_array_equal(out, expected, err_msg=name)


@settings(max_examples=60)
@given(draw=st.data(), ties=st.sampled_from(RULES))
def test_every_method_on_small_tables(draw: st.DataObject, ties: str) -> None:
    (table,) = draw.draw(data.tables((3,), max_columns=5, kinds=data.KINDS[:6]))
    columns = np.ascontiguousarray(table.T)
    count = draw.draw(st.integers(0, len(columns) - 1))
    check_all_methods(columns, list(range(count)), ties, scaled=False)


@pytest.mark.parametrize("ties", RULES)
@pytest.mark.parametrize(
    "chosen", [[], [0], [4], [1], [0, 6], [3, 2], [1, 5], [0, 2, 6], [5, 4, 2, 1]]
)
def test_every_method_on_mixed_columns(chosen: list[int], ties: str) -> None:
    """Enough rows for lists that leave leaves out, that end before the proof, and several parts."""
    columns = mixed(700, np.random.default_rng(len(chosen)))
    columns[7] *= 1e170
    check_all_methods(columns, chosen, ties, scaled=True)


@pytest.mark.parametrize("seed", range(3))
def test_squares_that_vanish_are_ties(seed: int) -> None:
    check_all_methods(mixed(150, np.random.default_rng(seed))[[7, 0, 1]], [0, 2], "average", False)


def test_more_groups_than_are_listed() -> None:
    """A lattice of many columns: shells of groups at the same distance exceed every list."""
    rng = np.random.default_rng(3)
    columns = rng.integers(0, 2, (13, 3000)) * 1.0
    check_all_methods(columns, list(range(11)), "average", scaled=False)


@pytest.mark.parametrize("ties", RULES)
@pytest.mark.parametrize("kind", ["normal", "offset", "tenths", "one-hot", "line", "clusters"])
@pytest.mark.parametrize("q", [1, 2, 4, 9, 12, 60])
def test_single_search(kind: str, q: int, ties: str) -> None:
    rng, n = np.random.default_rng(q), 400
    columns = {
        "normal": lambda: rng.normal(size=(q, n)),
        "offset": lambda: 1e8 + rng.integers(0, 50, (q, n)) * 0.1,
        "tenths": lambda: rng.integers(-8, 9, (q, n)) * 0.1,
        "one-hot": lambda: (rng.integers(0, q + 1, n) == np.arange(q)[:, np.newaxis]) * 1.0,
        "line": lambda: np.outer(rng.random(q), np.arange(n)),
        "clusters": lambda: rng.integers(0, 3, (1, n)) * 1e6 + rng.normal(size=(q, n)),
    }[kind]()
    weights, labels = 10.0 ** rng.integers(-3, 3, q), rng.integers(1, n + 1, n)
    found = nearest_values(columns, weights, labels, ties=ties, seed=SEED, step=1)
    expected = exhaustive(columns, weights, labels, ties, 0, 1)
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("options", [{"n_jobs": 1}, {"n_jobs": -1}, {"memory_limit": 2**20}])
@pytest.mark.parametrize("name", ["foci", "lfoci"])
def test_resources_do_not_change_the_result(name: str, options: dict[str, int]) -> None:
    table = np.nan_to_num(mixed(3000, np.random.default_rng(5))[:7].T)
    y = table[:, 0] * table[:, 1] + table[:, 4] + table[:, 5]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", lcodec.LcodecWarning)
        usual = getattr(lcodec, name)(table, y, stop=False)
        other = getattr(lcodec, name)(table, y, stop=False, **options)
    assert usual.scores.tobytes() == other.scores.tobytes()
    np.testing.assert_array_equal(usual.selected, other.selected)


def test_ids_make_a_part_of_a_table_draw_as_the_whole() -> None:
    columns = np.random.default_rng(6).integers(0, 3, (6, 200)) * 1.0
    labels = np.random.default_rng(7).integers(1, 201, 200)
    whole = Search(columns, np.ones(6), labels, ties="random", seed=3)
    ids = np.array([1, 4, 5])
    part = Search(columns[ids], np.ones(3), labels, ties="random", seed=3, ids=ids)
    whole.start([1])
    part.start([0])
    np.testing.assert_array_equal(whole.sums(np.array([4, 5])), part.sums(np.array([1, 2])))


def test_jobs_are_counted_as_joblib_does() -> None:
    most = threads.most()
    for n_jobs, wanted in ((None, most), (1, 1), (-1, most), (-2, max(1, most - 1)), (99, most)):
        with jobs(n_jobs):
            assert threads.count() == wanted
        assert threads.count() == most


def test_progress_reports_every_candidate_once() -> None:
    rng = np.random.default_rng(0)
    table = rng.normal(size=(20_000, 70))
    y, reports = table[:, 3] * table[:, 1] + table[:, 3], []
    result = lcodec.foci(table, y, max_features=2, progress=lambda *report: reports.append(report))
    assert [r for r in reports if r[0] == 1] == [(1, 32, 70), (1, 64, 70), (1, 70, 70)]
    assert reports[-1] == (2, 69, 69)
    assert list(result.selected) == [3, 1]
    reports.clear()
    lcodec.lfoci(table[:99], y[:99], draws=3, max_features=1, progress=lambda *r: reports.append(r))
    assert [scored for _, scored, _ in reports] == [23, 46, 70]


def test_an_interrupted_run_leaves_nothing_behind() -> None:
    table = np.random.default_rng(0).normal(size=(300, 5))
    before = table.copy()

    def interrupt(step: int, scored: int, candidates: int) -> None:
        if step == 2:
            raise KeyboardInterrupt

    count = threads.count()
    with pytest.raises(KeyboardInterrupt):
        lcodec.foci(table, table[:, 0] + table[:, 1], n_jobs=1, progress=interrupt)
    assert threads.count() == count
    np.testing.assert_array_equal(table, before)


def test_progress_true_draws_a_bar(capsys: pytest.CaptureFixture[str]) -> None:
    table = np.random.default_rng(0).normal(size=(300, 5))
    lcodec.foci(table, table[:, 0], progress=True, max_features=1)
    assert "step 1" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "value", "problem", "message"),
    [
        (
            "n_jobs",
            0,
            "optionRange",
            "must be positive, or negative to count down from all .* got 0",
        ),
        ("n_jobs", 1.5, "optionType", "`n_jobs` must be a whole number, got 1.5"),
        ("memory_limit", 1000, "optionRange", "`memory_limit` must be at least 1048576, got 1000"),
        ("memory_limit", "1 GB", "optionType", "`memory_limit` must be a whole number, got '1 GB'"),
        ("progress", 2, "optionType", "`progress` must be true, false or a function, got 2"),
    ],
)
def test_bad_resources(option: str, value: object, problem: str, message: str) -> None:
    with pytest.raises(lcodec.LcodecError, match=message) as caught:
        lcodec.foci(np.eye(4), np.arange(4), **{option: value})  # type: ignore[arg-type]
    assert caught.value.id == f"lcodec:{problem}"


def test_the_data_do_not_outlive_a_run() -> None:
    """A cycle of references would keep a copy of the columns until Python looks for cycles."""
    columns = np.random.default_rng(0).normal(size=(5, 400))
    engine = Search(columns, np.ones(5), np.arange(400) + 1)
    kept = weakref.ref(engine)
    for number in range(3):
        engine.sums(np.arange(number, 5))
        engine.choose(number)
    engine.sums(np.array([4]))
    gc.disable()
    try:
        del engine
        assert kept() is None
    finally:
        gc.enable()


def test_importing_lcodec_imports_no_array_library() -> None:
    code = (
        "import sys, lcodec; print([name for name in "
        "('torch', 'cupy', 'dask', 'distributed', 'pandas', 'polars', 'sklearn', 'tqdm', "
        "'matplotlib') if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"

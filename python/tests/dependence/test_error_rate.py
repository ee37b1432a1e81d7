"""Laws and facts of FOCI with a test at every step, and of the stability of its choice."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lcodec
from lcodec.dependence.selection import best_of_all
from lcodec.random.philox import philox4x32, split_seed
from parity_tests import strategies as data
from python.tests import reference
from python.tests.dependence.test_inference import exchanged, reached, visiting_order

KINDS = ("continuous", "lattice", "binary", "tenths", "constant")
RNG = np.random.default_rng(7)
X = RNG.normal(size=(60, 6))
Y = X[:, 4] * X[:, 1] + X[:, 4]
COUNTS = RNG.integers(0, 3, (60, 6)).astype(float)


def quiet(*arguments: Any, **options: Any) -> lcodec.SelectionResult:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", lcodec.LcodecWarning)
        return lcodec.foci(*arguments, stop="test", **options)


def described(
    table: np.ndarray, y: np.ndarray, chosen: list[int], resamples: int, shuffle: int, seed: int,
    **options: Any,
) -> float:  # fmt: skip
    """Search again for every exchange and every candidate, through `codec`."""
    candidates = [j for j, x in enumerate(table.T) if j not in chosen and np.ptp(x) > 0]

    def best(rows: list[int]) -> float:
        values = [
            lcodec.codec(y[rows], table[:, j], table[:, chosen], **options) for j in candidates
        ]
        return math.nan if np.isnan(values).any() else max(values)

    n = len(y)
    weights = reference.weights_of([*table[:, chosen].T], options["standardize"])
    orders = [
        exchanged(table[:, chosen], weights, shuffle, b, seed)
        if chosen
        else visiting_order(n, b, seed)
        for b in range(resamples)
    ]
    return reached([best(rows) for rows in orders], best([*range(n)]), resamples)


@settings(max_examples=15)
@given(
    draw=st.data(),
    ties=st.sampled_from(["average", "first"]),
    standardize=st.sampled_from([None, "std", "range"]),
    seed=st.integers(0, 2**53 - 1),
    shuffle=st.integers(1, 7),
    k=st.integers(1, 3),
)
def test_equals_the_description(
    draw: st.DataObject, ties: str, standardize: str | None, seed: int, shuffle: int, k: int
) -> None:
    (table,) = draw.draw(data.tables((2,), max_n=14, max_columns=3, kinds=KINDS))
    y = draw.draw(data.responses_of(table, KINDS))
    options: dict[str, Any] = {
        "ties": ties, "standardize": standardize, "n_neighbors": min(k, len(y) - 1)
    }  # fmt: skip
    result = quiet(
        table, y, level=0.7, n_resamples=5, shuffle_neighbors=shuffle, seed=seed, **options
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", lcodec.LcodecWarning)
        expected = [
            described(table, y, result.selected[:step].tolist(), 5, shuffle, seed, **options)
            for step in range(len(result.pvalues))
        ]
    assert result.pvalues.tolist() == expected
    failed = result.stop_reason == "not_significant"
    assert len(result.pvalues) == len(result.selected) + failed
    assert (result.pvalues[: len(result.selected)] <= 0.7).all()
    assert not failed or result.pvalues[-1] > 0.7


@pytest.mark.parametrize("table", [X, COUNTS])
@pytest.mark.parametrize("ties", ["average", "first"])
def test_one_candidate_is_the_test_of_one_column(table: np.ndarray, ties: str) -> None:
    options: dict[str, Any] = {"n_resamples": 49, "seed": 2**40 + 1, "ties": ties, "n_neighbors": 2}
    first = quiet(table[:, :1], Y, **options)
    alone = lcodec.codec_test(Y, table[:, 0], method="permutation", **options)
    assert first.pvalues[0] == alone.pvalue
    later = quiet(table[:, [3, 0, 2]], Y, given=[1, 2], shuffle_neighbors=4, **options)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", lcodec.LcodecWarning)
        pair = lcodec.codec_test(Y, table[:, 3], table[:, [0, 2]], shuffle_neighbors=4, **options)
    assert later.pvalues[0] == pair.pvalue


def test_selects_a_beginning_of_what_gains_select() -> None:
    plain = lcodec.foci(X, Y)
    for level in (0.01, 0.2, 0.999):
        tested = quiet(X, Y, level=level, min_gain=5e-324, n_resamples=99)
        k = len(tested.selected)
        assert tested.selected.tolist() == plain.selected[:k].tolist()
        assert tested.scores.tolist() == plain.scores[:k].tolist()
        assert tested.cumulative.tolist() == plain.cumulative[:k].tolist()
        assert tested.stop_reason in (("no_gain",) if k == len(plain.selected) else ()) or (
            tested.stop_reason == "not_significant"
        )
    assert quiet(X, Y, n_resamples=99).selected.tolist() == [4, 1]
    assert quiet(X, RNG.normal(size=60), n_resamples=99).stop_reason == "not_significant"


def test_the_order_of_columns_counts_for_nothing() -> None:
    order = [5, 0, 4, 2, 1, 3]
    one, other = (quiet(table, Y, n_resamples=49) for table in (X, X[:, order]))
    assert [order[j] for j in other.selected] == one.selected.tolist()
    assert other.pvalues.tolist() == one.pvalues.tolist()


def test_memory_and_threads_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    table = np.column_stack((rng.normal(size=(1500, 5)), rng.integers(0, 3, 1500)))
    y = table[:, 1] + table[:, 5] + 0.5 * rng.normal(size=1500)
    usual = quiet(table, y, n_resamples=19)
    assert len(usual.pvalues) > 1
    for options in ({"memory_limit": 2**20}, {"n_jobs": 1}):
        assert quiet(table, y, n_resamples=19, **options).pvalues.tolist() == usual.pvalues.tolist()
    monkeypatch.setattr(best_of_all, "BLOCK", 3 * 1500)
    assert quiet(table, y, n_resamples=19).pvalues.tolist() == usual.pvalues.tolist()


def test_exchanges_without_a_value_count_against() -> None:
    """After any exchange y may be a function of the given column, where T is 0/0."""
    group = np.repeat([0.0, 1.0, 2.0], 2)
    y = np.array([0.0, 0.0, 0.0, 0.0, 0.0, 1.0])
    result = quiet(np.column_stack((group, y)), y, given=[0], n_resamples=19, shuffle_neighbors=1)
    assert result.pvalues[0] > 0.05


def test_values_of_stop() -> None:
    assert lcodec.foci(X, Y, stop="gain").selected.tolist() == lcodec.foci(X, Y).selected.tolist()
    with pytest.raises(lcodec.LcodecError) as caught:
        lcodec.foci(X, Y, stop="test", n_resamples=18)
    assert (caught.value.id, str(caught.value)) == (
        "lcodec:optionRange",
        "`n_resamples` must be at least 1/`level` - 1, so that a p-value can be within it, got 18",
    )
    with pytest.raises(lcodec.LcodecError, match="`n_exchanges` must be at least 1/`level` - 1"):
        lcodec.foci_stability(X, Y, stop="test", n_exchanges=3, level=0.2)
    assert lcodec.foci(X, Y, stop="TEST", n_resamples=19).stop_reason == "not_significant"
    assert len(lcodec.foci(X, Y).pvalues) == 0
    with pytest.raises(lcodec.LcodecError, match=r"must be true, false, 'gain' or 'test', got 'x'"):
        lcodec.foci(X, Y, stop="x")  # type: ignore[arg-type]
    with pytest.raises(lcodec.LcodecError, match="must be true or false, got 'test'"):
        lcodec.lfoci(X, Y, stop="test")  # type: ignore[arg-type]
    with pytest.raises(lcodec.LcodecError, match="'average', 'first' with `stop` 'test'"):
        lcodec.foci(X, Y, stop="test", ties="random")
    for level in (0, 1, -0.1, math.nan):
        with pytest.raises(lcodec.LcodecError, match="`level` must be above 0 and below 1"):
            lcodec.foci(X, Y, stop="test", level=level)


def subsample(n: int, size: int, run: int, seed: int) -> list[int]:
    """Rows by the first two words of their counters (row, 0, run, 6), the lowest ones, in order."""

    def words(row: int) -> tuple[int, ...]:
        counter = [np.uint64(v) for v in (row, 0, run, 6)]
        return (*map(int, philox4x32(*counter, *split_seed(seed))[:2]), row)

    return sorted(sorted(range(n), key=words)[:size])


@pytest.mark.parametrize("options", [{}, {"stop": "test"}, {"given": [2], "ties": "random"}])
@pytest.mark.parametrize("table", [X, COUNTS])
def test_stability_is_a_mean_of_runs(table: np.ndarray, options: dict[str, Any]) -> None:
    result = lcodec.foci_stability(
        table, Y, n_resamples=5, fraction=0.4, seed=3, **options,
        **({"n_exchanges": 19} if "stop" in options else {}),
    )  # fmt: skip
    times = np.zeros(6)
    for run in range(5):
        some = subsample(60, 24, run, 3)
        few = {"n_resamples": 19} if "stop" in options else {}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", lcodec.LcodecWarning)
            times[lcodec.foci(table[some], Y[some], seed=3, **options, **few).selected] += 1
    assert result.frequency.tolist() == (times / 5).tolist()
    assert (result.n_resamples, result.size, result.names) == (5, 24, ())


def test_stability_of_a_named_response_and_of_constants() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(X, columns=[*"abcdef"]).assign(y=Y, g=1.0)[[*"aybcdefg"]]
    told: list[tuple[int, int, int]] = []
    with pytest.warns(lcodec.LcodecWarning, match="constant") as caught:
        result = lcodec.foci_stability(
            frame, "y", n_resamples=4, progress=lambda *now: told.append(now)
        )
    assert len(caught) == 1
    assert told == [(run, run, 4) for run in (1, 2, 3, 4)]
    assert result.names == tuple("aybcdefg")
    plain = lcodec.foci_stability(X, Y, n_resamples=4).frequency
    assert result.frequency.tolist() == [plain[0], 0, *plain[1:], 0]


def test_stability_weighs_categories_as_foci_does() -> None:
    pandas = pytest.importorskip("pandas")
    rng = np.random.default_rng(2)
    code = np.floor(6 * rng.random(60) ** 2).astype(int)
    kind = pandas.Categorical.from_codes(code, [*"uvwxyz"])
    frame = pandas.DataFrame({"a": rng.random(60), "kind": kind, "b": rng.random(60)})
    y = np.sin(4 * frame.a) + 0.9 * (code % 3) + frame.b
    times = np.zeros(3)
    for run in range(10):
        some = subsample(60, 30, run, 2)
        times[lcodec.foci(frame.iloc[some], y[some], stop=False, max_features=2).selected] += 1
    result = lcodec.foci_stability(frame, y, n_resamples=10, seed=2, stop=False, max_features=2)
    assert result.frequency.tolist() == (times / 10).tolist()


def test_subsamples_that_are_too_small() -> None:
    with pytest.raises(
        lcodec.LcodecError, match=r"`fraction` must keep at least 10 of the rows, got 0.1 of 60"
    ) as error:
        lcodec.foci_stability(X, Y, fraction=0.1)
    assert error.value.id == "lcodec:optionRange"
    with pytest.raises(lcodec.LcodecError, match="less than the number of rows, 30, got 30"):
        lcodec.foci_stability(X, Y, n_neighbors=30)
    assert lcodec.foci_stability(X, Y, n_resamples=1, fraction=1 / 6).size == 10

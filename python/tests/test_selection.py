"""Laws and facts of FOCI and LFOCI."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lcodec
from parity_tests import strategies as data
from python.tests import reference

MODEST = ("continuous", "lattice", "binary", "tenths", "constant", "offset")


def quiet(name: str, *arguments: object, **options: object) -> lcodec.SelectionResult:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", lcodec.LcodecWarning)
        result: lcodec.SelectionResult = getattr(lcodec, name)(*arguments, **options)
        return result


@given(draw=st.data(), standardize=st.sampled_from([None, "std", "range"]), stop=st.booleans())
def test_equals_the_definition(draw: st.DataObject, standardize: str | None, stop: bool) -> None:
    (table,) = draw.draw(data.tables((1,), max_n=14, max_columns=4, kinds=MODEST))
    y = draw.draw(data.responses_of(table, MODEST))
    chosen, scores = reference.foci([*table.T], y, standardize, stop)
    result = quiet("foci", table, y, standardize=standardize, stop=stop)
    # Exactly equal scores of different columns can differ by rounding when rows have tie sets of
    # several sizes; then the order may too, and only the first difference is compared.
    for step, (mine, theirs) in enumerate(zip(result.selected, chosen, strict=False)):
        assert result.scores[step] == pytest.approx(float(scores[step]), abs=1e-12)
        if mine != theirs:
            return
    if stop and len(result.selected) != len(chosen):
        longer = result.scores if len(result.selected) > len(chosen) else scores
        assert abs(float(longer[min(len(result.selected), len(chosen))])) < 1e-12
        return
    assert list(result.selected) == chosen


@given(draw=st.data(), options=data.foci_options())
def test_scores_are_coefficients(draw: st.DataObject, options: dict[str, object]) -> None:
    (table,) = draw.draw(data.tables((2,), kinds=MODEST))
    y = draw.draw(data.responses_of(table, MODEST))
    options = {**options, "ties": "average"}
    result = quiet("foci", table, y, **options)
    scaling = options.get("standardize", "std")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", lcodec.LcodecWarning)
        for k, j in enumerate(result.selected):
            before = table[:, result.selected[:k]]
            upto = table[:, result.selected[: k + 1]]
            assert result.scores[k] == lcodec.codec(y, table[:, j], before, standardize=scaling)
            assert result.cumulative[k] == lcodec.codec(y, upto, standardize=scaling)


@given(draw=st.data(), name=st.sampled_from(["foci", "lfoci"]))
def test_rank_of_everything(draw: st.DataObject, name: str) -> None:
    """Without stopping, every column that varies is ranked, unless y becomes determined."""
    (table,) = draw.draw(data.tables((1,), kinds=MODEST))
    y = draw.draw(data.responses_of(table, MODEST))
    result = quiet(name, table, y, stop=False)
    assert result.stop_reason in ("exhausted", "determined")
    everything = sorted([*result.selected, *result.skipped])
    assert len(set(everything)) == len(everything)
    if result.stop_reason == "exhausted":
        assert everything == list(range(table.shape[1]))


@given(draw=st.data(), limit=st.integers(1, 3))
def test_a_limit_cuts_the_same_run_short(draw: st.DataObject, limit: int) -> None:
    (table,) = draw.draw(data.tables((2,), max_columns=5, kinds=MODEST))
    y = draw.draw(data.responses_of(table, MODEST))
    whole, cut = quiet("foci", table, y), quiet("foci", table, y, max_features=limit)
    assert list(cut.selected) == list(whole.selected[:limit])
    assert len(whole.selected) <= limit or cut.stop_reason == "max_features"


def test_finds_an_interaction_and_stops() -> None:
    rng = np.random.default_rng(0)
    table = rng.normal(size=(1000, 12))
    y = table[:, 0] * table[:, 1] + table[:, 0] - table[:, 2] + 0.2 * rng.normal(size=1000)
    result = lcodec.foci(table, y, standardize=None)
    assert list(result.selected) == [2, 0, 1]
    assert result.stop_reason == "no_gain"
    assert list(lcodec.lfoci(table, y).selected) == [2, 0, 1]


def test_selects_nothing_when_nothing_helps() -> None:
    rng = np.random.default_rng(1)
    for _ in range(20):
        result = lcodec.foci(rng.normal(size=(300, 1)), rng.normal(size=300))
        if result.stop_reason == "no_gain" and len(result.selected) == 0:
            return
    pytest.fail("20 independent columns were all selected")


def test_constant_columns_are_named_and_never_selected() -> None:
    rng = np.random.default_rng(2)
    table = rng.normal(size=(50, 4))
    table[:, [0, 2]] = 0.1
    with pytest.warns(lcodec.LcodecWarning, match=r"2 constant columns.*: 1, 3$") as caught:
        result = lcodec.foci(table, table[:, 1], stop=False)
    assert caught[0].message.id == "lcodec:constantColumn"  # type: ignore[union-attr]
    assert list(result.skipped) == [0, 2]
    assert set(result.selected) <= {1, 3}


def test_a_determined_response_ends_the_run() -> None:
    x = np.repeat(np.arange(10.0), 3)
    result = lcodec.foci(np.column_stack((x, np.arange(30) % 4)), x**2)
    assert list(result.selected) == [0]
    assert result.stop_reason == "determined"
    with pytest.warns(lcodec.LcodecWarning, match="`y` is constant"):
        assert lcodec.foci(x, np.ones(30)).stop_reason == "determined"


def test_lfoci_is_foci_on_a_noisy_table() -> None:
    rng = np.random.default_rng(3)
    table = rng.integers(0, 3, (200, 4)).astype(float)
    y = table[:, 0] + table[:, 1] * table[:, 2]
    assert list(quiet("lfoci", table, y, sigma=0).selected) == list(lcodec.foci(table, y).selected)
    with_seeds = [lcodec.lfoci(table, y, seed=s).scores[0] for s in (0, 0, 1)]
    assert with_seeds[0] == with_seeds[1] != with_seeds[2]
    assert all(score != lcodec.foci(table, y).scores[0] for score in with_seeds)


def test_equal_scores_go_to_the_lowest_column() -> None:
    x = np.random.default_rng(4).normal(size=100)
    noise = np.random.default_rng(5).normal(size=100)
    result = lcodec.foci(np.column_stack((noise, x, -x, 2 * x)), x, max_features=1)
    assert list(result.selected) == [1]

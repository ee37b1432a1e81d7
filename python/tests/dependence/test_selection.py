"""Laws and facts of FOCI and LFOCI."""

from __future__ import annotations

import time
import warnings

import numpy as np
import pandas as pd
import polars
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib import pyplot

import lcodec
from parity_tests import strategies as data
from python.tests import reference

pyplot.switch_backend("Agg")
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


@given(draw=st.data(), options=data.options_of("foci"))
def test_scores_are_coefficients(draw: st.DataObject, options: dict[str, object]) -> None:
    (table,) = draw.draw(data.tables((2,), kinds=MODEST))
    y = draw.draw(data.responses_of(table, MODEST))
    options = data.allowed({**options, "ties": "average"}, len(y))
    options.pop("given", None)
    options.pop("groups", None)
    result = quiet("foci", table, y, **options)
    same = {
        "standardize": options.get("standardize", "std"),
        "n_neighbors": options.get("n_neighbors", 1),
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", lcodec.LcodecWarning)
        for k, j in enumerate(result.selected):
            before = table[:, result.selected[:k]]
            upto = table[:, result.selected[: k + 1]]
            assert result.scores[k] == lcodec.codec(y, table[:, j], before, **same)
            assert result.cumulative[k] == lcodec.codec(y, upto, **same)


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


@pytest.mark.parametrize("seed", range(12))
def test_stops_exactly_at_the_first_gain_that_is_not_positive(seed: int) -> None:
    """Gains of noise columns are small and of both signs, so that no other rule passes."""
    rng = np.random.default_rng(seed)
    table, y = rng.normal(size=(150, 8)), rng.normal(size=150)
    y += table[:, 0]
    everything = lcodec.foci(table, y, stop=False)
    for min_gain in (0.0, 0.02):
        count = int(np.argmax(np.append(everything.scores <= min_gain, True)))
        stopped = lcodec.foci(table, y, min_gain=min_gain)
        assert list(stopped.selected) == list(everything.selected[:count])
        assert stopped.stop_reason == ("no_gain" if count < 8 else "exhausted")


def test_a_gain_of_zero_ends_the_run() -> None:
    """A column that repeats a selected one, where every row has an equal, gains exactly nothing."""
    x = np.repeat(np.arange(8.0), 5)
    y = x + np.tile([0.0, 0.1, 0.2, 0.3, 0.4], 8)
    result = lcodec.foci(np.column_stack((x, x)), y)
    assert list(result.selected) == [0]
    assert result.stop_reason == "no_gain"
    with pytest.warns(lcodec.LcodecWarning, match="`X` has copies"):
        assert lcodec.foci(np.column_stack((x, x)), y, stop=False).scores[1] == 0


@given(draw=st.data(), name=st.sampled_from(["foci", "lfoci"]))
def test_given_columns_continue_a_run(draw: st.DataObject, name: str) -> None:
    """Forcing in what a run selected first gives the rest of that run."""
    (table,) = draw.draw(data.tables((3,), max_columns=5, kinds=MODEST))
    y = draw.draw(data.responses_of(table, MODEST))
    whole = quiet(name, table, y, stop=False)
    k = draw.draw(st.integers(0, len(whole.selected)))
    rest = quiet(name, table, y, stop=False, given=whole.selected[:k].tolist())
    assert list(rest.selected) == list(whole.selected[k:])
    assert list(rest.scores) == list(whole.scores[k:])
    assert list(rest.cumulative) == list(whole.cumulative[k:])
    assert rest.stop_reason == whole.stop_reason


@given(draw=st.data())
def test_scores_of_all_columns_at_once(draw: st.DataObject) -> None:
    (table,) = draw.draw(data.tables((2,), kinds=MODEST))
    y = draw.draw(data.responses_of(table, MODEST))
    p = table.shape[1]
    given_columns = draw.draw(st.lists(st.integers(0, p - 1), unique=True, max_size=p - 1))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", lcodec.LcodecWarning)
        scores = lcodec.codec_scores(table, y, given_columns, standardize=None)
        for j in set(range(p)) - set(given_columns):
            one = lcodec.codec(y, table[:, j], table[:, given_columns])
            assert one == scores[j] or (np.isnan(one) and np.isnan(scores[j]))
    assert np.isnan(scores).all() or not scores[given_columns].any()


def test_draws_are_averaged() -> None:
    rng = np.random.default_rng(6)
    table = rng.integers(0, 3, (200, 4)).astype(float)
    y = table[:, 0] + table[:, 1] * table[:, 2]
    many = [lcodec.lfoci(table, y, draws=d, max_features=1) for d in (1, 20)]
    spread = np.std([lcodec.lfoci(table, y, seed=s, max_features=1).scores[0] for s in range(20)])
    wide = np.std(
        [lcodec.lfoci(table, y, seed=s, draws=20, max_features=1).scores[0] for s in range(10)]
    )
    assert list(many[1].selected) == list(many[0].selected)
    assert wide < 0.5 * spread


def test_names_and_missing_values() -> None:
    rng = np.random.default_rng(7)
    frame = pd.DataFrame(rng.normal(size=(300, 4)), columns=["age", "sex", "dose", "site"])
    frame["site"] = 1.0
    y = frame["age"] * frame["dose"]
    with pytest.warns(lcodec.LcodecWarning, match="1 constant column, never selected: site$"):
        result = lcodec.foci(frame, y, given=["dose"])
    assert result.names == ("age",)
    assert list(result.selected) == [0]
    assert quiet("foci", polars.from_pandas(frame), y.to_numpy(), given="dose").names == ("age",)
    assert quiet("foci", frame.to_numpy(), y).names == ()
    with pytest.raises(
        lcodec.LcodecError, match="got 'weight'; its columns are `age`, `sex`, `dose`, `site`"
    ):
        lcodec.foci(frame, y, given=["weight"])

    frame.loc[[3, 5], "sex"] = np.nan
    with pytest.raises(
        lcodec.LcodecError, match="got 2 NaN values in column `sex`; missing='drop'"
    ):
        lcodec.foci(frame, y)
    with pytest.warns(lcodec.LcodecWarning) as caught:
        dropped = lcodec.foci(frame, y, missing="drop", stop=False)
    assert str(caught[0].message) == "dropped 2 of 300 rows, which have missing values"
    clean = quiet("foci", frame.dropna(), y.drop([3, 5]), stop=False)
    assert list(dropped.scores) == list(clean.scores)


def test_graph() -> None:
    rng = np.random.default_rng(8)
    frame = pd.DataFrame(rng.normal(size=(400, 3)), columns=["a", "b", "c"])
    frame["d"] = frame["a"] * frame["c"]
    graph = lcodec.foci_graph(frame)
    assert graph.names == ("a", "b", "c", "d")
    for j in range(4):
        others = [k for k in range(4) if k != j]
        result = lcodec.foci(frame.iloc[:, others], frame.iloc[:, j])
        expected = np.zeros(4)
        expected[np.array(others)[result.selected]] = result.scores
        np.testing.assert_array_equal(graph.adjacency[:, j], expected)
    axes = graph.plot()
    assert {text.get_text() for text in axes.texts} >= {"a", "b", "c", "d"}
    assert len(axes.texts) == 4 + np.count_nonzero(graph.adjacency)
    pyplot.close(axes.figure)


def test_graphs_of_many_and_of_long_names() -> None:
    many = np.zeros((40, 40))
    many[0, 1], many[1, 2] = 1.0, -0.1
    figure, boxes = pyplot.subplots(1, 2)
    nothing = np.empty(0, dtype=np.int64)
    axes = lcodec.FociGraph(many, nothing, ()).plot(boxes[1])
    assert axes is boxes[1]
    names = [text for text in axes.texts if text.get_text()]
    assert len(names) == 40
    for text in names:  # read from the centre on the right, to the centre on the left
        x, y = text.get_position()
        turn = np.radians(text.get_rotation())
        outward = np.cos(turn) * x + np.sin(turn) * y
        assert abs(outward) == pytest.approx(1.08)
        assert text.get_ha() == ("left" if outward > 0 else "right")
    arrows = [text.arrow_patch for text in axes.texts if not text.get_text()]
    assert [arrow.get_linewidth() for arrow in arrows] == [4.0, 0.5]
    assert arrows[0].get_edgecolor()[3] == 1.0 > arrows[1].get_edgecolor()[3]  # seen through
    assert [box.get_ylabel() for box in figure.axes] == ["", "", "coefficient"]
    cut = lcodec.FociGraph(np.zeros((2, 2)), nothing, ("n" * 31, "m" * 30)).plot(boxes[0])
    assert [text.get_text() for text in cut.texts] == ["n" * 27 + "...", "m" * 30]
    assert max(cut.get_xlim()) > 1.3
    assert len(figure.axes) == 3  # no arrows, no bar
    pyplot.close(figure)


@pytest.mark.parametrize("ties", ["average", "random", "first"])
def test_equal_rows_agree_with_exhaustive_search(ties: str) -> None:
    """The same tie sets with and without the short cut: a shift below rounding hides equal rows."""
    rng = np.random.default_rng(9)
    lattice = rng.integers(0, 3, (400, 3)).astype(float)
    y = lattice[:, 0] + rng.integers(0, 4, 400)
    tiny = lattice * 1e-200  # squared steps vanish, so that equality cannot be used ...
    tiny[0] += 1.0  # ... although the columns themselves vary enough
    changed = lattice.copy()
    changed[1:] = 0.0
    changed[0] = 1.0
    for j in range(3):
        with pytest.warns(lcodec.LcodecWarning, match="differences so small"):
            found = lcodec.codec(y, tiny[:, j], ties=ties)
        assert found == lcodec.codec(y, changed[:, j], ties=ties)


def test_twenty_thousand_rows_of_binary_attributes() -> None:
    rng = np.random.default_rng(10)
    table = (rng.random((20_000, 40)) < rng.uniform(0.02, 0.6, 40)).astype(float)
    y = np.maximum(table[:, 3], table[:, 7] * table[:, 9])
    start = time.process_time()
    result = lcodec.foci(table, y)
    assert time.process_time() - start < 30
    assert set(result.selected[:3]) == {3, 7, 9}
    assert result.stop_reason == "determined"
    assert result.cumulative[-1] == 1


def test_hundreds_of_chosen_columns() -> None:
    """The volume of a ball in so many dimensions is beyond a floating-point number."""
    rng = np.random.default_rng(11)
    X, y = rng.normal(size=(40, 360)), rng.normal(size=40)
    result = lcodec.foci(X, y, stop=False)
    assert sorted(result.selected) == list(range(360))
    scores = lcodec.codec_scores(X, y, given=range(350), standardize=None)
    assert scores[355] == lcodec.codec(y, X[:, 355], X[:, :350])

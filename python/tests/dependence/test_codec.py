"""Laws and facts of the coefficient."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lcodec
from parity_tests import strategies as data
from python.tests import reference

MODEST = ("continuous", "lattice", "binary", "tenths", "constant", "offset", "signed_zero")


def quiet(*arguments: object, **options: object) -> float:
    """Call codec; constant and determined responses are part of many laws."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", lcodec.LcodecWarning)
        return lcodec.codec(*arguments, **options)  # type: ignore[arg-type]


def same(a: float, b: float) -> bool:
    return a == b or (math.isnan(a) and math.isnan(b))


@given(
    draw=st.data(),
    standardize=st.sampled_from([None, "std", "range"]),
    ties=st.sampled_from(["average", "first"]),
)
def test_equals_the_definition(draw: st.DataObject, standardize: str | None, ties: str) -> None:
    z, x = draw.draw(data.tables((1, 0), max_n=25, max_columns=3, kinds=MODEST))
    y = draw.draw(data.responses_of(np.column_stack((x, z)), MODEST))
    exact = reference.codec(y, [*z.T], [*x.T], standardize, ties)
    value = quiet(y, z, x, standardize=standardize, ties=ties)
    if exact is None:
        assert math.isnan(value)
    elif ties == "first":
        assert value == float(exact)  # sums of integers and one division: no error at all
    else:
        assert value == pytest.approx(float(exact), rel=1e-12, abs=1e-12)
        if standardize is None:
            assert value == reference.codec_bits(y, [*z.T], [*x.T])


@given(draw=st.data())
def test_does_not_change_under_increasing_maps_of_y(draw: st.DataObject) -> None:
    z, x = draw.draw(data.tables((1, 0), kinds=MODEST))
    y = draw.draw(data.responses_of(z, MODEST))
    distinct, places = np.unique(y, return_inverse=True)
    steps = draw.draw(
        st.lists(st.floats(1e-3, 1e3), min_size=len(distinct), max_size=len(distinct))
    )
    assert same(quiet(y, z, x), quiet(np.cumsum(steps)[places], z, x))


@given(draw=st.data())
def test_does_not_depend_on_the_order_of_rows(draw: st.DataObject) -> None:
    z, x = draw.draw(data.tables((1, 0), kinds=MODEST))
    y = draw.draw(data.responses_of(z, MODEST))
    order = draw.draw(st.permutations(range(len(y))))
    assert quiet(y[order], z[order], x[order]) == pytest.approx(
        quiet(y, z, x), rel=1e-12, abs=1e-12, nan_ok=True
    )


@given(draw=st.data(), shift=st.integers(-(2**40), 2**40), flip=st.sampled_from([-1.0, 1.0]))
def test_does_not_change_under_exact_shifts_and_reflections(
    draw: st.DataObject, shift: int, flip: float
) -> None:
    z, x = draw.draw(data.tables((1, 0), kinds=("lattice", "binary")))
    y = draw.draw(data.responses_of(z))
    assert same(quiet(y, z, x), quiet(y, flip * z + shift, x - shift))


@given(draw=st.data(), options=data.options_of("codec"))
def test_is_at_most_one(draw: st.DataObject, options: dict[str, object]) -> None:
    z, x = draw.draw(data.tables((1, 0), kinds=MODEST))
    y = draw.draw(data.responses_of(z, MODEST))
    value = quiet(y, z, x, **data.allowed(options, len(y)))
    assert math.isnan(value) or value <= 1


@pytest.mark.parametrize("columns", [1, 2])
def test_random_ties_average_to_average_ties(columns: int) -> None:
    rng = np.random.default_rng(columns)
    z = rng.integers(0, 3, (60, columns))
    y = z[:, 0] + rng.integers(0, 3, 60)
    x = rng.integers(0, 2, 60)
    draws = np.array([lcodec.codec(y, z, x, ties="random", seed=s) for s in range(2000)])
    standard_error = draws.std(ddof=1) / math.sqrt(len(draws))
    # the denominator of the conditional form varies too, so compare where it is fixed
    plain = np.array([lcodec.codec(y, z, ties="random", seed=s) for s in range(2000)])
    assert abs(plain.mean() - lcodec.codec(y, z)) < 4 * plain.std(ddof=1) / math.sqrt(len(plain))
    assert abs(draws.mean() - lcodec.codec(y, z, x)) < 4 * standard_error + 0.01
    assert len(set(draws)) > 100


def test_average_is_the_mean_of_the_minimum_and_unbiased() -> None:
    """Independent data: the minimum of the mean rank would give 0.25 here."""
    rng = np.random.default_rng(0)
    values = [lcodec.codec(rng.normal(size=400), np.zeros(400)) for _ in range(50)]
    assert abs(np.mean(values)) < 0.01


def test_the_sign_bug_of_descending_ranks() -> None:
    """T(Y, Z) is not T(-Y, Z), which is what sorting in descending order computes."""
    z = np.arange(30.0) % 7
    y = np.exp(z) + np.arange(30) % 2
    assert lcodec.codec(y, z) != lcodec.codec(-y, z)
    exact = reference.codec(y, [z])
    assert exact is not None
    assert lcodec.codec(y, z) == pytest.approx(float(exact), abs=1e-15)


def test_the_rank_bug_of_argsort() -> None:
    """Equal responses share a rank; ranks from argsort order would give another number."""
    z = np.arange(40.0)
    y = (z // 10) % 2
    exact = reference.codec(y, [z])
    assert exact is not None
    assert lcodec.codec(y, z) == float(exact)
    assert lcodec.codec(y + 1e-9 * np.argsort(np.argsort(y)), z) != lcodec.codec(y, z)


@pytest.mark.parametrize(
    "table",
    [
        1e8 + np.random.default_rng(1).normal(size=(300, 3)),
        np.random.default_rng(2).integers(0, 30, (300, 3)) * 0.1,
        np.repeat(np.random.default_rng(3).normal(size=(100, 3)), 3, axis=0),
        np.stack(np.meshgrid(np.arange(30), np.arange(30)), axis=-1).reshape(-1, 2),
    ],
    ids=["offset 1e8", "multiples of 0.1", "every row three times", "30 x 30 lattice"],
)
def test_ugly_data_gives_exactly_the_bits_of_the_definition(table: np.ndarray) -> None:
    y = np.round(table[:, 0] * table[:, 1], 3) + np.arange(len(table)) % 3
    z, x = [table[:, -1]], [*table[:, :-1].T]
    assert lcodec.codec(y, table[:, -1]) == reference.codec_bits(y, z)
    assert lcodec.codec(y, table[:, -1], table[:, :-1]) == reference.codec_bits(y, z, x)


@pytest.mark.parametrize("seed", range(6))
def test_columns_enter_the_distance_in_order(seed: int) -> None:
    """Squares of multiples of 0.1 add up to other sums, and other neighbours, in other orders."""
    rng = np.random.default_rng(seed)
    table = rng.integers(-8, 9, (60, 4)) * 0.1
    y = rng.normal(size=60)
    exact = reference.codec(y, [*table[:, 2:].T], [*table[:, :2].T])
    assert exact is not None
    assert lcodec.codec(y, table[:, 2:], table[:, :2]) == pytest.approx(float(exact), rel=1e-13)


def test_undefined_cases_warn_and_give_nan() -> None:
    z = np.arange(6.0)
    with pytest.warns(lcodec.LcodecWarning, match="`y` is constant") as caught:
        assert math.isnan(lcodec.codec(np.ones(6), z))
    assert caught[0].message.id == "lcodec:constantResponse"  # type: ignore[union-attr]
    assert caught[0].filename == __file__  # points at the caller, not into the package
    x = np.array([0.0, 0, 1, 1, 2, 2])
    with pytest.warns(lcodec.LcodecWarning, match="determined by `x`") as caught:
        assert math.isnan(lcodec.codec(x**2, z, x))
    assert caught[0].message.id == "lcodec:determinedResponse"  # type: ignore[union-attr]


def test_limits_it_is_known_to_have() -> None:
    rng = np.random.default_rng(5)
    x, z = rng.normal(size=(2, 4000))
    assert abs(lcodec.codec(rng.normal(size=4000), z)) < 0.06
    assert lcodec.codec(np.sin(3 * z), z) > 0.99
    assert abs(lcodec.codec(np.sign(x) * np.sign(z) * abs(rng.normal(size=4000)), z)) < 0.06
    assert lcodec.codec((x + z) % 1, z, x) > 0.75

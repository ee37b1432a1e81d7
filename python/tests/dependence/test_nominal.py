"""A nominal response: classes whose names, codes and order say nothing."""

from __future__ import annotations

import math
import warnings
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lcodec
from lcodec.checks.errors import _Identified
from lcodec.dependence.coefficient import Response
from lcodec.dependence.inference.exchange import near_agreements
from parity_tests import strategies as data
from python.tests import reference

MODEST = ("continuous", "lattice", "binary", "tenths", "constant", "offset")
NAMES = ("codec", "lcodec", "codec_scores", "foci", "lfoci", "codec_test")


def quiet(name: str, X: Any, y: Any, **options: Any) -> Any:
    """Call a function on features and a nominal response; the result as lists of numbers."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", lcodec.LcodecWarning)
        if name in ("codec", "lcodec"):
            return [getattr(lcodec, name)(y, X, response="nominal", **options)]
        if name == "codec_test":
            got = lcodec.codec_test(y, X, response="nominal", n_resamples=19, **options)
            return [got.statistic, got.pvalue]
        got = getattr(lcodec, name)(X, y, response="nominal", **options)
    if name == "codec_scores":
        return got.tolist()
    return [got.selected.tolist(), got.scores.tolist(), got.cumulative.tolist(), got.stop_reason]


def conditional(y: Any, z: Any, x: Any, **options: Any) -> float:
    """Call codec with three arguments."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", lcodec.LcodecWarning)
        return lcodec.codec(y, z, x, response="nominal", **options)


def same(a: Any, b: Any) -> bool:
    return bool(np.array_equal(np.asarray(a, float), np.asarray(b, float), equal_nan=True))


def exact(
    y: np.ndarray, z: np.ndarray, x: np.ndarray, standardize: str | None, ties: str, K: int = 1
) -> Fraction | None:
    """T(Y, Z | X) of classes from its definition, over all pairs of rows; None where it is 0/0."""
    n = len(y)

    def values(columns: list[np.ndarray]) -> list[Fraction]:
        weights = reference.weights_of(columns, standardize)
        found = []
        for i in range(n):
            distance = []
            for m in range(n):
                d = 0.0
                for column, weight in zip(columns, weights, strict=True):
                    t = float(column[i]) - float(column[m])
                    d = d + (t * t) * float(weight)
                distance.append(d)
            others = sorted((distance[m], m) for m in range(n) if m != i)
            last = others[K - 1][0]
            near = [m for d, m in others if d < last]
            tied = [m for d, m in others if d == last]
            if ties == "first":
                tied = tied[: K - len(near)]
            share = Fraction(sum(bool(y[i] == y[m]) for m in tied), len(tied))
            whole = sum(bool(y[i] == y[m]) for m in near)
            found.append((whole + (K - len(near)) * share) / K)
        return found

    with_z = values([*x.T, *z.T])
    if len(set(y.tolist())) == 1:
        return None
    if x.shape[1] == 0:
        pairs = sum(bool(y[i] == y[m]) for i in range(n) for m in range(n) if m != i)
        c = Fraction(pairs, n * (n - 1))
        return Fraction((sum(with_z, Fraction(0)) / n - c) / (1 - c))
    without_z = values([*x.T])
    left = n - sum(without_z, Fraction(0))
    return None if left == 0 else (sum(with_z, Fraction(0)) - sum(without_z, Fraction(0))) / left


@given(
    draw=st.data(),
    standardize=st.sampled_from([None, "std", "range"]),
    ties=st.sampled_from(["average", "first"]),
)
def test_equals_the_definition(draw: st.DataObject, standardize: str | None, ties: str) -> None:
    z, x = draw.draw(data.tables((1, 0), max_n=20, max_columns=3, kinds=MODEST))
    y = draw.draw(data.classes_of(z))
    K = draw.draw(st.integers(1, min(4, len(y) - 1)))
    expected = exact(y, z, x, standardize, ties, K)
    value = conditional(y, z, x, standardize=standardize, ties=ties, n_neighbors=K)
    if expected is None:
        assert math.isnan(value)
    elif ties == "first" and K in (1, 2, 4):
        assert value == float(expected)  # sums of integers and one division: no error at all
    else:
        assert value == pytest.approx(float(expected), rel=1e-12, abs=1e-12)


@given(draw=st.data(), name=st.sampled_from(NAMES))
def test_names_and_codes_of_classes_say_nothing(draw: st.DataObject, name: str) -> None:
    """Classes renamed, in any order, as numbers or text, change no bit."""
    (X,) = draw.draw(data.tables((1,), max_n=30, kinds=MODEST))
    y = draw.draw(data.classes_of(X))
    count = int(y.max()) + 1
    options = (
        {}
        if name in ("codec_test", "lcodec", "lfoci")
        else {"ties": draw.draw(st.sampled_from(["average", "random", "first"]))}
    )
    expected = quiet(name, X, y, **options)
    codes = np.array(draw.draw(st.permutations(range(count)))) * 7.5 - 11
    words = np.array(draw.draw(st.permutations([f"class {k}" for k in range(count)])))
    for other in (codes[y.astype(int)], words[y.astype(int)], words[y.astype(int)].tolist()):
        got = quiet(name, X, other, **options)
        assert str(got) == str(expected)


@given(draw=st.data(), standardize=st.sampled_from([None, "std", "range"]))
def test_the_order_of_rows_says_nothing(draw: st.DataObject, standardize: str | None) -> None:
    z, x = draw.draw(data.tables((1, 0), kinds=MODEST))
    y = draw.draw(data.classes_of(z))
    order = draw.draw(st.permutations(range(len(y))))
    value = conditional(y, z, x, standardize=standardize)
    assert same(conditional(y[order], z[order], x[order], standardize=standardize), value)
    assert same(
        quiet("foci", z, y, standardize=standardize)[1],
        quiet("foci", z[order], y[order], standardize=standardize)[1],
    )


@given(draw=st.data())
def test_scores_of_foci_are_coefficients(draw: st.DataObject) -> None:
    (X,) = draw.draw(data.tables((2,), kinds=MODEST))
    y = draw.draw(data.classes_of(X))
    selected, scores, cumulative, _ = quiet("foci", X, y, stop=False)
    for k, j in enumerate(selected):
        before, upto = X[:, selected[:k]], X[:, selected[: k + 1]]
        assert scores[k] == conditional(y, X[:, j], before, standardize="std")
        assert cumulative[k] == conditional(y, upto, None, standardize="std")
    assert same(quiet("codec_scores", X, y), [
        conditional(y, column, None, standardize="std") for column in X.T
    ]) or len(set(y.tolist())) == 1  # fmt: skip


@pytest.mark.parametrize("shape", ["normal", "lattice", "mixed", "points"])
@pytest.mark.parametrize("ties", ["average", "first"])
def test_every_search_of_many_rows(shape: str, ties: str) -> None:
    """Every way to find neighbours, against a comparison of all rows."""
    rng = np.random.default_rng(3)
    n = 400
    X = {
        "normal": rng.normal(size=(n, 5)),
        "lattice": rng.integers(0, 3, (n, 5)) * 1.0,
        "mixed": np.column_stack((rng.integers(0, 2, (n, 3)), rng.normal(size=(n, 2)))),
        "points": rng.normal(size=(7, 5))[rng.integers(0, 7, n)],
    }[shape]
    y = rng.integers(0, 4, n) + 10 * (X[:, 0] > 0)
    for chosen in range(5):
        scores = quiet("codec_scores", X, y, given=list(range(chosen)), ties=ties)
        for j in range(chosen, 5):
            columns = X[:, [*range(chosen), j]]
            alone = conditional(y, X[:, j], X[:, :chosen], standardize="std", ties=ties)
            assert same(scores[j], alone)
            if chosen == 0 or j == 4:
                expected = brute(y, columns, X[:, :chosen], ties)
                assert same(alone, expected) or alone == pytest.approx(expected, abs=1e-12)


def brute(y: np.ndarray, joint: np.ndarray, x: np.ndarray, ties: str) -> float:
    """T from distances of all pairs of rows."""
    n = len(y)

    def values(columns: np.ndarray) -> np.ndarray:
        weights = reference.weights_of([*columns.T], "std")
        distance = np.zeros((n, n))
        for column, weight in zip(columns.T, weights, strict=True):
            t = column[:, None] - column[None]
            distance = distance + (t * t) * weight
        np.fill_diagonal(distance, np.inf)
        near = distance == distance.min(axis=1, keepdims=True)
        if ties == "first":
            near &= near.cumsum(axis=1) == 1
        return np.asarray((near & (y[:, None] == y)).sum(axis=1) / near.sum(axis=1))

    equal = ((y[:, None] == y).sum() - n) / (n * (n - 1))
    if x.shape[1] == 0:
        return float((values(joint).mean() - equal) / (1 - equal))
    left = n - math.fsum(values(x))
    return (math.fsum(values(joint)) - math.fsum(values(x))) / left if left else math.nan


WORDS = ["b", "a", "c", "b", "a", "a", "c", "b", "a", "c"]
Z = np.random.default_rng(0).normal(size=(10, 2))


def ids(call: Any) -> list[str]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call()
    return [one.message.id for one in caught if isinstance(one.message, _Identified)]


@pytest.mark.parametrize("name", NAMES)
def test_a_class_for_every_row(name: str) -> None:
    """Nothing can be learnt from such a response: every coefficient is 0, and a warning says so."""
    y = np.arange(10) * 1.5
    assert ids(lambda: _call(name, y)) == ["lcodec:allClassesDiffer"]
    value = quiet(name, Z, y)
    assert value == {
        "codec_test": [0.0, 1.0], "codec": [0.0], "lcodec": [0.0], "codec_scores": [0.0, 0.0]
    }.get(name, [[], [], [], "no_gain"])  # fmt: skip
    assert conditional(y, Z[:, 0], Z[:, 1]) == 0
    y[3] = y[4]
    assert ids(lambda: _call(name, y)) == []


@pytest.mark.parametrize("name", NAMES)
def test_one_class(name: str) -> None:
    assert ids(lambda: _call(name, ["a"] * 10)) == ["lcodec:constantResponse"]


def _call(name: str, y: Any) -> Any:
    if name in ("codec", "lcodec"):
        return getattr(lcodec, name)(y, Z, response="nominal")
    if name == "codec_test":
        return lcodec.codec_test(y, Z, response="nominal", n_resamples=5)
    return getattr(lcodec, name)(Z, y, response="nominal")


def test_classes_have_no_noise() -> None:
    """In lcodec and lfoci it is on the columns alone: a function of a bit stays one."""
    bit = np.arange(300) % 2
    assert lcodec.lcodec(bit, bit) < 0.6
    assert lcodec.lcodec(bit, bit, response="nominal") == 1.0
    found = lcodec.lfoci(bit[:, None], bit, response="nominal", draws=3)
    assert (found.scores.tolist(), found.stop_reason) == ([1.0], "determined")


def test_what_codes_cannot_say() -> None:
    """T of codes depends on the coding; T of classes does not, and sees the middle class."""
    rng = np.random.default_rng(1)
    z = rng.random(900)
    y = (3 * z).astype(int)
    noisy = np.where(rng.random(900) < 0.5, y, rng.integers(0, 3, 900))
    codings = ([0, 1, 2], [1, 0, 2], [0, 2, 1])
    ordered = {lcodec.codec(np.array(code)[noisy], z, response="ordered") for code in codings}
    nominal = {conditional(np.array(code)[noisy], z, None) for code in codings}
    assert (len(ordered), len(nominal)) == (3, 1)


def test_independence_is_near_0_and_a_function_is_1() -> None:
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(2000, 2)), rng.integers(0, 5, 2000)
    assert abs(conditional(y, x, None)) < 0.04
    assert abs(conditional(y, x[:, 0], x[:, 1])) < 0.04
    repeated = rng.integers(0, 4, (500, 2))
    assert conditional(repeated[:, 0] + 5 * repeated[:, 1], repeated, None) == 1
    assert conditional(repeated[:, 0] * 2 + repeated[:, 1], *repeated.T) == 1


# --- tests of independence -----------------------------------------------------------------------


def test_permutations_of_classes_are_exact() -> None:
    """The p-value counts permutations of the response that reach T, as codec would find them."""
    from lcodec.random.permutation import permutations

    rng = np.random.default_rng(4)
    for z in (rng.normal(size=(40, 1)), rng.integers(0, 3, (40, 2))):
        y = rng.integers(0, 3, 40)
        got = lcodec.codec_test(y, z, response="nominal", n_resamples=49, seed=7)
        reached = [
            conditional(y[rows], z, None, standardize="std") >= got.statistic - 1e-12
            for rows in permutations(40, range(49), 7)
        ]
        assert got.pvalue == (1 + sum(reached)) / 50
        assert got.method == "permutation"


def test_a_conditional_test_of_classes() -> None:
    rng = np.random.default_rng(5)
    x, z = rng.random((2, 300))
    words = np.array(["a", "b", "c"])
    y = words[((x + z) * 3).astype(int) % 3]
    assert lcodec.codec_test(y, z, x, response="nominal", n_resamples=99).pvalue == 0.01
    null = words[(3 * x).astype(int)]
    assert lcodec.codec_test(null, z, x, response="nominal", n_resamples=99).pvalue > 0.05


def test_methods_that_need_an_order() -> None:
    z = np.arange(10.0)
    with pytest.raises(lcodec.LcodecError, match=r"got response='nominal'$") as caught:
        lcodec.codec_test(WORDS, z, method="asymptotic", response="nominal")
    assert caught.value.id == "lcodec:optionValue"
    with pytest.raises(lcodec.LcodecError, match="`adjust` needs numbers in `y`") as caught:
        lcodec.codec_test(WORDS, z, z, adjust="kernel", response="nominal")
    assert caught.value.id == "lcodec:optionValue"


@given(draw=st.data())
@settings(max_examples=30)
def test_agreement_of_near_rows(draw: st.DataObject) -> None:
    (X,) = draw.draw(data.tables((1,), max_n=12, kinds=MODEST))
    y = draw.draw(data.classes_of(X))
    n, response = len(y), Response.of(y, "nominal")
    if response.is_constant:
        return
    rng = np.random.default_rng(draw.draw(st.integers(0, 99)))
    near = np.array([rng.choice(np.delete(np.arange(n), i), 2, replace=False) for i in range(n)])
    exchanges = np.array([rng.permutation(n) for _ in range(3)])
    pairs = sum(bool(y[i] == y[m]) for i in range(n) for m in range(n) if m != i)
    c = Fraction(pairs, n * (n - 1))

    def expected(rows: np.ndarray) -> Fraction:
        shares = [
            Fraction(sum(bool(y[one[i]] == y[one[m]]) for i in range(n) for m in near[i]), 2 * n)
            for one in rows
        ]
        return (sum(shares, Fraction(0)) / len(shares) - c) / (1 - c)

    got = near_agreements(response, near, exchanges)
    assert got == (float(expected(np.arange(n)[None])), float(expected(exchanges)))


def test_a_poor_exchange_of_classes() -> None:
    rng = np.random.default_rng(6)
    x = rng.normal(size=(300, 5))
    whole = x.sum(axis=1)
    y = np.digitize(whole + 0.2 * rng.normal(size=300), [-1, 1])
    z = whole + 0.2 * rng.normal(size=300)
    with pytest.warns(lcodec.LcodecWarning, match="lowers the agreement of near rows") as caught:
        lcodec.codec_test(y, z, x, response="nominal", n_resamples=20)
    assert caught[0].message.id == "lcodec:poorExchange"  # type: ignore[union-attr]
    assert "adjust" not in str(caught[0].message)

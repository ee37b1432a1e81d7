"""Laws that hold for every search, whatever it runs on."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st

import lcodec
from lcodec.neighbors.gains import CLASSES, RANKS
from lcodec.neighbors.sums import variance
from lcodec.neighbors.weights import column_weights
from lcodec.random.jitter import jitter
from parity_tests import strategies
from python.tests.neighbors.device import exhaustive


class Case(NamedTuple):
    """A table with weights and labels, a rule for ties, and some of its columns in turn."""

    columns: np.ndarray
    weights: np.ndarray
    labels: np.ndarray
    ties: str
    seed: int
    order: list[int]
    n_neighbors: int = 1


@st.composite
def cases(draw: st.DrawFn, /, **sizes: Any) -> Case:
    """Nasty tables of `parity_tests.strategies`."""
    (table,) = draw(strategies.tables((1,), **sizes))
    columns = np.ascontiguousarray(table.T)
    try:
        weights, _ = column_weights(columns, draw(st.sampled_from(["none", "std", "range"])), "X")
    except lcodec.LcodecError:
        assume(False)
    n = columns.shape[1]
    labels = draw(st.lists(st.integers(1, n), min_size=n, max_size=n))
    kind = draw(st.sampled_from([RANKS, RANKS, CLASSES]))
    if kind == CLASSES:
        labels = [label % 3 for label in labels]
    count = draw(st.sampled_from([1, 1, 2, 3, 9, n - 1]))
    return Case(
        columns,
        weights,
        np.array(labels, dtype=kind),
        draw(st.sampled_from(["average", "random", "first"])),
        draw(st.integers(0, 2**53 - 1)),
        draw(st.lists(st.integers(0, len(columns) - 1), max_size=3)),
        min(count, n - 1),
    )


def check_search(make: Callable[..., Any], case: Case) -> None:
    """A search gives the sums of the exhaustive one, step by step."""
    columns, weights, labels, ties, seed, order, several = case
    chosen: list[int] = []
    current = np.zeros(len(labels))
    search = make(columns, weights, labels, ties=ties, seed=seed, n_neighbors=several)
    search.start([])
    numbers = np.arange(len(columns))[::-1]  # in any order

    def values(j: int) -> np.ndarray:
        s = [*chosen, j]
        rest = labels, ties, seed, len(chosen), j, several
        return exhaustive.values(columns[s], weights[s], *rest)

    own = np.ones(len(labels)) if labels.dtype == CLASSES else labels

    for choice in [*order, None]:
        expected = [exhaustive.total(values(j) - current) for j in numbers.tolist()]
        done: list[int] = []
        assert search.sums(numbers, done.append).tolist() == expected
        assert done == sorted(done)
        assert done[-1] == len(numbers)
        if choice is not None:
            current = values(choice)
            chosen.append(choice)
            search.choose(choice)
            assert search.current_sum == exhaustive.total(current)
            assert search.left_sum == exhaustive.total(own - current)
    if order:
        again = make(columns, weights, labels, ties=ties, seed=seed, n_neighbors=several)
        again.start(order)
        assert again.sums(numbers).tolist() == expected
        assert again.current_sum == search.current_sum


def check_nearest(backend: Any, columns: Any, case: Case, step: int) -> None:
    """The values of the nearest rows in all columns are those of the exhaustive search."""
    rest = case.weights, case.labels
    found = backend.nearest_values(
        columns, *rest, ties=case.ties, seed=case.seed, step=step, n_neighbors=case.n_neighbors,
        number=case.seed % 3,
    )  # fmt: skip
    expected = exhaustive.values(
        case.columns, *rest, case.ties, case.seed, step, case.seed % 3, case.n_neighbors
    )
    assert found.tolist() == expected.tolist()


def check_columns(backend: Any, make: Callable[[np.ndarray], Any], columns: np.ndarray) -> None:
    """Spread, variance and ranks have the bits of the CPU."""
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        expected = np.ptp(columns, axis=1), variance(columns)
    np.testing.assert_array_equal(backend.spread(make(columns)), expected[0])
    np.testing.assert_array_equal(backend.variance(make(columns)), expected[1])
    y = columns[0]
    below, at_most = backend.ranks(make(y))
    assert below.tolist() == [int((y < one).sum()) for one in y]
    assert at_most.tolist() == [int((y <= one).sum()) for one in y]


def check_noise(
    backend: Any, make: Callable[[np.ndarray], Any], columns: np.ndarray, seed: int
) -> None:
    """Noise has the bits of the CPU; returns what is on the host."""
    scale = np.linspace(0.0, 2.5, len(columns))
    for draw, purpose in ((0, 2), (3, 4)):
        options = {"draw": draw, "purpose": purpose, "seed": seed}
        found = backend.jitter(make(columns), scale, **options)
        assert found.tolist() == jitter(columns, scale, **options).tolist()


def check_public(data: st.DataObject, name: str, make: Callable[[np.ndarray], Any]) -> None:
    """A public function returns, warns and refuses the same for arrays on a device."""
    options = data.draw(strategies.options_of(name))
    x, z = data.draw(strategies.tables((0, 1), max_columns=5, missing=True))
    y = data.draw(strategies.responses_of(z))
    arrays = {
        "codec": (y, z, x), "lcodec": (y, z, x), "foci_graph": (z,),
    }.get(name, (z, y))  # fmt: skip
    function, options = getattr(lcodec, name), strategies.fitted(options, z)
    on_device = [make(np.ascontiguousarray(one)) for one in arrays]
    assert outcome(function, on_device, options) == outcome(function, list(arrays), options)


def check_table(make: Callable[[np.ndarray], Any], kind: str, n: int, p: int, ties: str) -> None:
    """FOCI and CODEC on a table of one kind of columns are the same for arrays on a device."""
    random = np.random.default_rng(0)
    other = "scaled" if kind == "constant" else kind  # a table of constants alone shows nothing
    X = np.column_stack([strategies.column(other, n, random) for _ in range(p)])
    y = X[:, 0] * 0.5 + X[:, 1] + random.normal(size=n) * np.ptp(X[:, 0]) / 10
    options: dict[str, Any] = {"ties": ties, "max_features": 3, "stop": False}
    expected = lcodec.foci(X, y, **options)
    found = lcodec.foci(make(X), make(y), **options)
    for name in ("selected", "scores", "cumulative", "skipped"):
        assert getattr(found, name).tolist() == getattr(expected, name).tolist()
    small = X[:, :5]
    theirs, ours = (
        lcodec.codec(a, b, ties=options["ties"]) for a, b in ((make(y), make(small)), (y, small))
    )
    assert theirs == ours


def outcome(function: Callable[..., Any], arrays: list[Any], options: dict[str, Any]) -> Any:
    """Return the result or the error of a call as text, and its warnings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = function(*arrays, **options)
        except lcodec.LcodecError as error:
            result = (error.id, str(error))
    fields = vars(result).items() if hasattr(result, "__dict__") else [("", result)]
    plain = {name: getattr(value, "tolist", lambda v=value: v)() for name, value in fields}
    return repr(plain), [str(one.message) for one in caught]


def grid(seed: int) -> Case:
    """Whole numbers in two columns of the same weight: rounding decides which sums are tied."""
    random = np.random.default_rng(seed)
    first = random.integers(-9, 10, 60).astype(float)
    columns = np.stack((first, random.permutation(first)))
    weights, _ = column_weights(columns, "std", "X")
    return Case(columns, weights, np.arange(1, 61), "average", 0, [0, 1])

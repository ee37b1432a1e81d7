"""The comparison of selectors: the protocol holds, nothing is dropped, and the page shows it."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from scipy.stats import t
from sklearn.linear_model import LinearRegression

from bench.selection.compare import __main__ as command
from bench.selection.compare import experiment, learners, methods, protocol, report, statistics
from bench.selection.compare.methods import Sample
from bench.selection.compare.tables import Table, load
from lcodec import FociSelector

PLAN = protocol.read()
RULES = PLAN["folds"] | {"splits": 3, "repeats": 1, "trees": 3, "inner_trees": 2}


@pytest.fixture(scope="module")
def account() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(command.ACCOUNT.read_text(encoding="utf-8"))
    return found


def table(rows: int = 60) -> Table:
    """Return a table whose second column tells the class, and whose fourth is constant."""
    X = np.random.default_rng(0).normal(size=(rows, 5))
    X[:, 3] = 7
    y = (X[:, 1] > 0).astype(np.int64)
    return Table(X, y, list("abcde"), classes=True)


def compare(*names: str, **rules: Any) -> dict[tuple[str, str], list[dict[str, Any]]]:
    plan = PLAN | {"methods": [{"name": name} for name in names]}
    cells = experiment.compare(table(), plan, RULES | rules)
    return {(cell["method"], cell["learner"]): cell["folds"] for cell in cells}


def test_the_account_is_of_the_protocol(account: dict[str, Any]) -> None:
    assert account["protocol"] == PLAN
    assert not [entry["commit"] for entry in account["tables"].values() if "+" in entry["commit"]]
    for name, entry in account["tables"].items():
        pairs = [(cell["method"], cell["learner"]) for cell in entry["cells"]]
        assert pairs == [
            (m["name"], one["name"]) for m in PLAN["methods"] for one in PLAN["learners"]
        ], name
        repeats = next(e for e in PLAN["tables"] if e["name"] == name).get("repeats", 2)
        for cell in entry["cells"]:
            assert len(cell["folds"]) == 5 * repeats
            assert all(("score" in fold) != ("error" in fold) for fold in cell["folds"])


def test_the_page_shows_the_account(account: dict[str, Any]) -> None:
    page = report.PAGE.read_text(encoding="utf-8")
    assert page.split(report.BEGIN)[1].split(report.END)[0] == report.part(account)


def test_what_the_page_says_in_words(account: dict[str, Any]) -> None:
    every = list(statistics.places(account))
    ranks = statistics.mean_ranks(every)
    assert (
        max(ranks[name] for name in ("all", "l1", "rfecv", "foci-auto", "foci-cv")) < ranks["foci"]
    )
    assert ranks["xicorpy"] > ranks["foci"]
    shares = {name: statistics.share(account, name) for name in ("foci", "foci-cv")}
    assert shares["foci"] < 0.5 < shares["foci-cv"]
    duel = {name: report.duel(every, name) for name in ("random", "pyfoci", "foci-auto")}
    assert duel["random"]["higher"] > 0.8 * len(every)
    assert duel["foci-auto"]["higher"] > 1
    assert duel["pyfoci"]["above"] + duel["pyfoci"]["below"] <= 2
    seconds = {name: statistics.typical(account, name) for name in ("foci", "pyfoci")}
    assert seconds["foci"] < seconds["pyfoci"]


def test_the_tables_are_those_of_the_account(account: dict[str, Any]) -> None:
    for entry in PLAN["tables"]:
        if entry["source"] != "ISLP" and entry["name"] in account["tables"]:
            found = account["tables"][entry["name"]]
            loaded = load(entry)
            assert (loaded.digest(), *loaded.X.shape) == (
                found["digest"], found["rows"], found["columns"],
            )  # fmt: skip


def test_every_method_is_implemented() -> None:
    assert {entry["name"] for entry in PLAN["methods"]} == {*methods.ALONE, *methods.BY_LEARNER}


def test_selection_sees_training_rows_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Sample] = []

    def spy(sample: Sample) -> methods.Columns:
        seen.append(sample)
        return np.array([1, 3])

    monkeypatch.setitem(methods.ALONE, "foci", spy)
    folds = compare("foci")["foci", "linear"]
    assert [fold["columns"] for fold in folds] == [[1, 4]] * 3, "numbers of the whole table"
    for sample, (train, _) in zip(seen[-3:], experiment.folds(table(), RULES), strict=True):
        kept = table().X[train][:, [0, 1, 2, 4]]
        np.testing.assert_allclose(sample.X, (kept - kept.mean(0)) / kept.std(0))


def test_columns_and_scores_are_those_of_the_packages() -> None:
    cells = compare("all", "foci", "xi", "l1", "rfecv")
    train, test = experiment.folds(table(), RULES)[0]
    whole = table()
    expected = FociSelector().fit(whole.X[train][:, [0, 1, 2, 4]], whole.y[train]).selected_
    first = cells["foci", "linear"][0]
    assert first["columns"] == np.array([0, 1, 2, 4])[expected].tolist()
    assert cells["all", "linear"][0]["columns"] is None
    assert [fold["columns"][0] for fold in cells["xi", "forest"]] == [1, 1, 1]
    assert all(1 in fold["columns"] for fold in cells["l1", "linear"] + cells["rfecv", "linear"])
    learner = learners.make("linear", classes=True, seed=0, trees=1)
    X = (whole.X - whole.X[train].mean(0)) / np.where(whole.X.std(0) > 0, whole.X[train].std(0), 1)
    learner.fit(X[train][:, first["columns"]], whole.y[train])
    right = learner.predict(X[test][:, first["columns"]]) == whole.y[test]
    assert first["score"] == pytest.approx(right.mean(), abs=1e-6)


def test_failures_and_long_selections_are_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []

    def fail(sample: Sample) -> methods.Columns:
        raise ValueError("no")

    def endless(sample: Sample) -> methods.Columns:
        tried.append(1)
        while True:
            pass

    monkeypatch.setitem(methods.ALONE, "pyfoci", fail)
    monkeypatch.setitem(methods.ALONE, "xicorpy", endless)
    cells = compare("foci", "pyfoci", "xicorpy", limit=0.5)
    assert cells["pyfoci", "forest"] == [{"error": "ValueError: no"}] * 3
    late = [fold["error"] for fold in cells["xicorpy", "linear"] + cells["xicorpy", "forest"]]
    assert late == ["more than 0.5 CPU seconds"] * 6
    assert len(tried) == 1


def test_inner_folds_choose_the_size_and_both_learners_pay() -> None:
    cells = compare("foci-cv")
    assert all(fold["columns"][0] == 1 for folds in cells.values() for fold in folds)
    X = np.random.default_rng(1).normal(size=(24, 6))
    y = X[:, 0] + X[:, 1] + np.random.default_rng(2).normal(size=24) / 2

    def slow(X: Any, y: Any, classes: bool, rules: Any) -> methods.Columns:
        sum(range(400_000))
        return np.arange(6)

    sample = Sample(X, y, False, "r2", PLAN["folds"])
    select = methods._sized(slow)
    outcomes = [
        experiment.selection(select, sample, LinearRegression(), limit=60) for _ in range(2)
    ]
    assert [outcome["columns"].tolist() for outcome in outcomes] == [[0, 1]] * 2
    spent = sum(seconds for _, seconds in sample.orders.values())
    assert len(sample.orders) == 4
    assert outcomes[0]["seconds"] > spent
    assert outcomes[1]["seconds"] > spent


def place(**by_method: list[float | None]) -> statistics.Place:
    cells = {
        name: {"folds": [{"error": "no"} if x is None else {"score": x} for x in values]}
        for name, values in by_method.items()
    }
    return statistics.Place("t", "linear", cells, 5, True)


def test_intervals_are_the_corrected_ones() -> None:
    found = statistics.difference(place(a=[0.5, 0.7, 0.9], b=[0.4, 0.4, 0.4]), "a", "b")
    assert found is not None
    half = t.ppf(0.975, 2) * math.sqrt((1 / 3 + 1 / 4) * 0.04)
    assert found == pytest.approx((0.3, 0.3 - half, 0.3 + half))


def test_what_failed_is_last_and_never_best() -> None:
    here = place(a=[0.1, 0.2], b=[0.9, None], c=[0.2, 0.3], d=[0.2, 0.3])
    assert statistics.ranks(here) == {"a": 3, "b": 4, "c": 1.5, "d": 1.5}
    assert statistics.best(here) == "c"
    assert statistics.difference(here, "b", "c") is None
    assert "failed" in report.grid([here], "linear")


def test_no_columns_predict_the_largest_class() -> None:
    whole = table()
    learner = learners.make("forest", classes=True, seed=0, trees=1)
    parts = (whole.X, np.r_[np.zeros(40), np.ones(20)]), (whole.X[:4], np.array([0, 0, 0, 1]))
    found = learners.score(learner, "accuracy", *parts, np.array([], dtype=np.int64))
    assert found == 0.75

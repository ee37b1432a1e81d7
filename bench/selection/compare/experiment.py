"""One table: every method and learner on the same folds."""

from __future__ import annotations

import signal
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from sklearn.feature_selection import VarianceThreshold
from sklearn.model_selection import RepeatedKFold, RepeatedStratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from bench.selection.compare import learners
from bench.selection.compare.methods import ALONE, BY_LEARNER, Columns, Rows, Sample
from bench.selection.compare.tables import Table

Cell = dict[str, Any]


def folds(table: Table, rules: dict[str, Any]) -> list[tuple[Rows, Rows]]:
    """Return training and test rows of all folds."""
    kind = RepeatedStratifiedKFold if table.classes else RepeatedKFold
    splitter = kind(
        n_splits=rules["splits"], n_repeats=rules["repeats"], random_state=rules["seed"]
    )
    return list(splitter.split(table.X, table.y))


def compare(table: Table, protocol: dict[str, Any], rules: dict[str, Any]) -> list[Cell]:
    """Return a cell for each method and learner.

    A cell has, fold by fold, the score, the columns (None for all) and the CPU seconds of the
    selection, or an error in their place.
    """
    scoring = protocol["scores"]["classes" if table.classes else "regression"]
    names = [entry["name"] for entry in protocol["learners"]]
    cells = {
        (method["name"], learner): Cell(method=method["name"], learner=learner, folds=[])
        for method in protocol["methods"]
        for learner in names
    }
    late: dict[str, str] = {}  # methods over the limit, and what is recorded of them
    for number, (train, test) in enumerate(folds(table, rules)):
        prepare = make_pipeline(VarianceThreshold(), StandardScaler()).fit(table.X[train])
        kept = prepare[0].get_support(indices=True)
        X = prepare.transform(table.X)
        sample = Sample(X[train], table.y[train], table.classes, scoring, rules)
        parts = (sample.X, sample.y), (X[test], table.y[test])
        if number == 0:
            warm_up(sample)
        chosen: dict[str, Cell] = {}
        known: dict[tuple[str, tuple[int, ...]], float] = {}  # scores of sets of columns
        for (method, name), cell in cells.items():
            inside, learner = (
                learners.make(name, classes=table.classes, seed=rules["seed"], trees=trees)
                for trees in (rules["inner_trees"], rules["trees"])
            )
            if method in late:
                outcome = Cell(error=late[method])
            elif method in BY_LEARNER:
                outcome = selection(BY_LEARNER[method], sample, inside, limit=rules["limit"])
            else:
                if method not in chosen:
                    chosen[method] = selection(ALONE[method], sample, limit=rules["limit"])
                outcome = dict(chosen[method])
            if outcome.pop("late", False):
                late[method] = outcome["error"]
            columns = outcome.pop("columns", None)
            if columns is not None:
                key = name, tuple(np.sort(columns).tolist())
                if key not in known:
                    known[key] = learners.score(learner, scoring, *parts, np.sort(columns))
                outcome["score"] = round(known[key], 6)
                outcome["columns"] = None if method == "all" else kept[columns].tolist()
            cell["folds"].append(outcome)
    return list(cells.values())


def warm_up(sample: Sample) -> None:
    """Let lcodec compile, or load, the kernels for this kind of table."""
    for method in ("foci", "foci-auto"):
        selection(ALONE[method], sample, limit=600)


class OverLimitError(Exception):
    """A selection that took more CPU seconds than the protocol allows."""


def selection(method: Callable[..., Columns], sample: Sample, *more: Any, limit: float) -> Cell:
    """Return the columns that a method selects with its CPU seconds, or its error."""
    sample.borrowed = 0.0
    start = time.process_time()
    try:
        with warnings.catch_warnings(), limited(limit):
            warnings.simplefilter("ignore")
            columns = np.asarray(method(sample, *more), dtype=np.int64)
    except OverLimitError:
        return Cell(error=f"more than {limit:g} CPU seconds", late=True)
    except Exception as error:  # whatever it is, it is recorded
        return Cell(error=f"{type(error).__name__}: {error}"[:200])
    seconds = time.process_time() - start + sample.borrowed
    return Cell(columns=columns, seconds=round(seconds, 5))


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise `OverLimitError` in the block when this process has used so many CPU seconds."""

    def stop(*_: Any) -> None:
        raise OverLimitError

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)

"""Select blankets of the target, and train classifiers against adversaries on them."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

import lcodec
from bench.paper.formats.celeba import NAMES
from bench.paper.journal import Record
from bench.paper.runs import Run
from bench.paper.settings import Config
from bench.paper.spurious.data import Part, Portraits
from bench.paper.spurious.network import Training, predicted

LEAST = 10  # images of a group that counts
FIXED = {"none": 0, "all": len(NAMES) - 1}
"""Numbers of adversaries that do not follow from a blanket, by the kind of method."""


def measure(config: Config, data: Portraits, run: Run) -> None:
    """Measure what the journal lacks: selections, relations, and every classifier."""
    target = config["data"]["target"]
    for selection in config["selections"]:
        place = {"selection": selection["name"]}
        if run.missing(**place):
            selected(selection, data.table, target)  # the seconds count nothing that is compiled
            run.write(place, selected(selection, data.table, target))
    (first,) = run.journal.find(selection=config["run"]["selection"])
    found: list[str] = first["selected"]
    counted = list(data.known) or found
    plan = [(*row, seed) for seed in config["run"]["seeds"] for row in rows(config, len(found))]
    run.expect(len(config["selections"]) + 1 + len(plan))
    if run.missing(table="relations"):
        names = [target, *dict.fromkeys([*counted, *correlated(data.table, target)])]
        relations = related(data.table, names[: config["run"]["shown"]])
        run.write({"table": "relations"}, relations | {"known": list(data.known)})
    for method, number, strength, seed in plan:
        name = method["name"]
        place = {"seed": seed, "method": name, "number": number, "strength": strength}
        if run.missing(**place):
            hidden = adversaries(method["kind"], data.table, target, found[:number], seed)
            start = time.perf_counter()
            measured = trained(config, data, hidden, counted, (strength, seed), run.device)
            seconds = time.perf_counter() - start
            run.write(place, {"adversaries": hidden, **measured, "seconds": round(seconds, 3)})


def rows(config: Config, size: int) -> list[tuple[Record, int, float]]:
    """Return methods with numbers of adversaries and strengths, where a blanket has this size.

    The numbers are the `shares` of that size, and at least one, but for those of `FIXED`.
    """
    run = config["run"]
    swept = sorted({min(size, max(1, round(share * size))) for share in run["shares"]})
    return [
        (method, number, strength)
        for method in config["methods"]
        for number in ([FIXED[method["kind"]]] if method["kind"] in FIXED else swept)
        for strength in (run["strengths"] if method["kind"] != "none" else [0.0])
    ]


def selected(selection: Mapping[str, Any], table: NDArray[np.float64], target: str) -> Record:
    """Return which attributes explain the target, in order, and the seconds that it takes."""
    at = NAMES.index(target)
    X, y = np.delete(table, at, axis=1), table[:, at]
    others = [name for name in NAMES if name != target]
    start = time.perf_counter()
    if selection["kind"] == "foci":
        found = lcodec.foci(
            X, y, min_gain=selection["min_gain"], standardize="none", ties="average"
        )
    else:
        found = lcodec.lfoci(X, y, sigma=selection["sigma"], standardize="none")
    seconds = time.perf_counter() - start
    return {
        "selected": [others[one] for one in found.selected.tolist()],
        "seconds": round(seconds, 3),
    }


def correlated(table: NDArray[np.float64], target: str) -> list[str]:
    """Return the other attributes, those with the largest |phi| first; a constant one has 0."""
    sizes = np.abs(phi(table)[NAMES.index(target)])
    order = np.argsort(-sizes, kind="stable")
    return [NAMES[one] for one in order.tolist() if NAMES[one] != target]


def phi(table: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the correlations of binary columns: their phi coefficients."""
    centred = table - table.mean(axis=0)
    spread = centred.std(axis=0)
    unit = centred / np.where(spread > 0, spread, 1)
    return unit.T @ unit / len(table)


def related(table: NDArray[np.float64], names: Sequence[str]) -> Record:
    """Return gains by FOCI of each column for each other, and |phi|, in rows and columns."""
    columns = table[:, [NAMES.index(name) for name in names]]
    graph = lcodec.foci_graph(columns, standardize="none", ties="average").adjacency
    sizes = np.abs(phi(columns))
    np.fill_diagonal(sizes, 0)
    return {
        "names": list(names),
        "graph": np.round(graph, 4).tolist(),
        "phi": np.round(sizes, 4).tolist(),
    }


def adversaries(
    kind: str, table: NDArray[np.float64], target: str, found: Sequence[str], seed: int
) -> list[str]:
    """Return which attributes a row hides: as many as `found` has, but for "none" and "all"."""
    others = [name for name in NAMES if name != target]
    if kind in ("none", "all"):
        return others if kind == "all" else []
    if kind == "blanket":
        return list(found)
    if kind == "random":
        order = np.random.default_rng(seed).permutation(len(others))
        return [others[one] for one in order[: len(found)].tolist()]
    return correlated(table, target)[: len(found)]


def trained(
    config: Config,
    data: Portraits,
    hidden: Sequence[str],
    counted: Sequence[str],
    training: tuple[float, int],
    device: torch.device,
) -> Record:
    """Return the measures on validation and test of a classifier, by the names of the parts.

    Parameters
    ----------
    config : dict
        Its tables `data` and `training`.
    data : Portraits
        What it learns from and is measured on.
    hidden, counted : sequence of str
        Attributes of the adversaries, and those of the groups.
    training : (float, int)
        Strength and seed.
    device : torch.device
        Where it is trained.
    """
    target = NAMES.index(config["data"]["target"])
    train = data.parts["train"]
    labels = torch.from_numpy((train.values > 0).astype(np.float32)).to(device)
    model = Training(**config["training"]).fit(
        train.images.to(device),
        labels[:, target],
        labels[:, [NAMES.index(name) for name in hidden]],
        *training,
    )
    columns = [NAMES.index(name) for name in counted]

    def of(part: Part) -> Record:
        guess = predicted(model, part.images.to(device))
        return measures(guess, part.values[:, target], part.values[:, columns])

    return {name: of(data.parts[name]) for name in ("validation", "test")}


def measures(
    guess: NDArray[np.int8], truth: NDArray[np.int8], groups: NDArray[np.int8]
) -> dict[str, float | None]:
    """Return accuracy, and what it owes to attributes; None where no group is large enough.

    Parameters
    ----------
    guess, truth : numpy.ndarray, shape (n,)
        -1 or 1.
    groups : numpy.ndarray, shape (n, g)
        The attributes by which images are grouped, -1 or 1.

    Returns
    -------
    dict
        `accuracy`; `worst`, the least accuracy of a group of one value of the target and one of an
        attribute; `gap`, the mean over attributes of |accuracy with it - accuracy without it|;
        `odds`, the mean over attributes and values of the target of the difference, with the
        attribute and without it, of the share of images that are taken for the target.
    """
    right, taken = (guess == truth).astype(float), (guess > 0).astype(float)
    worst, gaps, odds = [], [], []
    for column in groups.T:
        gaps += _apart(right, [column == value for value in (-1, 1)])
        for label in (-1, 1):
            both = [(truth == label) & (column == value) for value in (-1, 1)]
            odds += _apart(taken, both)
            worst += [float(right[one].mean()) for one in both if one.sum() >= LEAST]
    return {
        "accuracy": round(float(right.mean()), 5),
        "worst": round(min(worst), 5) if worst else None,
        "gap": round(float(np.mean(gaps)), 5) if gaps else None,
        "odds": round(float(np.mean(odds)), 5) if odds else None,
    }


def _apart(values: NDArray[np.float64], groups: Sequence[NDArray[np.bool_]]) -> list[float]:
    """Return how far apart the means of two groups are, or nothing where one of them is small."""
    if min(one.sum() for one in groups) < LEAST:
        return []
    one, other = (float(values[group].mean()) for group in groups)
    return [abs(one - other)]

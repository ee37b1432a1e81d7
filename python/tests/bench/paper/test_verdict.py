"""Intervals, and sentences of the verdict against the numbers they are computed from."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from bench.paper import statistics
from bench.paper.removal.report import Results, report, verdict
from bench.paper.removal.sequence import FLOOR, NOTHING, REFIT


def test_interval_is_students() -> None:
    values = [0.2, 0.5, 0.9, 0.4]
    found = statistics.mean(values)
    low, high = stats.t.interval(0.95, 3, loc=np.mean(values), scale=stats.sem(values))
    assert (found.mean, found.low, found.high) == pytest.approx((0.5, low, high))
    alone = statistics.mean([3.0])
    assert (alone.mean, alone.low, alone.high) == (3.0, -math.inf, math.inf)


def test_ratio_is_paired() -> None:
    found = statistics.ratio([1.0, 10.0, 100.0], [2.0, 20.0, 200.0])
    assert (found.mean, found.low, found.high) == pytest.approx((0.5, 0.5, 0.5))
    assert statistics.compared(found) == "less"
    assert (
        statistics.compared(statistics.ratio([2.0, 1.0], [1.0, 2.0])) == "no difference that shows"
    )
    assert statistics.compared(statistics.ratio([2.0, 2.1], [1.0, 1.0])) == "more"
    assert statistics.compared(statistics.ratio([2.0], [1.0])) == "one seed, so no interval"
    assert statistics.ratio([0.0, 0.0], [0.0, 0.0]).mean == 1


def test_cells_say_what_was_not_measured() -> None:
    assert statistics.cell([]) == "–"
    assert statistics.cell([1.0, None]) == "ruined"
    assert statistics.cell([0.25]) == "0.25"
    assert statistics.cell([0.5, 0.5], points=True) == "50.0 ± 0.0"
    assert statistics.times(statistics.ratio([2.0], [1.0])) == "2 times"


MEASURES = (
    "kl_test", "residual", "forgotten_loss", "retained_accuracy", "forgotten_accuracy",
    "test_accuracy",
)  # fmt: skip


def account(**left):
    """An account of three seeds in which each method leaves so much KL, times 1, 1.1 and 1.2."""
    names = {REFIT: 0.0, **left}
    records = [
        {"seed": seed, "case": "mislabelled", "method": name, "step": 1}
        | {"kl_forgotten": None if kl is None else kl * (1 + seed / 10)}
        | dict.fromkeys(MEASURES, 0.5)
        for seed in range(3)
        for name, kl in names.items()
    ]
    for record in records:
        if record["method"] not in (REFIT, FLOOR, NOTHING):
            record |= {"parameters": 10, "seconds": 1.0, "gradient_before": 2.0}
            record |= {"gradient_after": 1.0}
    methods = [{"name": name} for name in left if name not in (FLOOR, NOTHING)]
    for method in methods:
        if method["name"] == "Random":
            method["budget"] = "FOCI"
    config = {"run": {"seeds": [0, 1, 2]}, "methods": methods}
    head = {"experiment": "mnist_2nn", "commit": "abc", "dirty": True, "config": config}
    return head | {"data": {"source": "digits"}, "records": records}


START = "Mislabelled (removed together): "


def said(**left) -> list[str]:
    sentences = verdict(account(**left))
    assert all(one.startswith(START) for one in sentences)
    return [one.removeprefix(START) for one in sentences]


def test_sentences_say_what_the_numbers_say() -> None:
    floor, *others = said(
        **{FLOOR: 0.01, NOTHING: 0.1, "FOCI": 0.05, "Random": 0.2, "Noise only": None}
    )
    assert floor == (
        "doing nothing leaves 10 times (10 to 10) the KL on the forgotten samples that a refit "
        "with another seed has; there is something to remove."
    )
    assert others == [
        "less KL than doing nothing is left by FOCI, 0.5 times (0.5 to 0.5).",
        "more KL than doing nothing is left by Random, 2 times (2 to 2).",
        "more KL than FOCI with its number of parameters is left by Random, 4 times (4 to 4).",
        "KL is not finite after Noise only.",
    ]


def test_sentence_below_the_floor_claims_nothing() -> None:
    floor = said(**{FLOOR: 0.1, NOTHING: 0.01, "FOCI": 0.02})[0]
    assert floor.endswith(
        "a refit of another seed is further away, so KL cannot tell what is removed."
    )


def test_seeds_that_disagree_and_a_single_one_claim_nothing() -> None:
    found = account(**{FLOOR: 0.01, NOTHING: 0.1, "FOCI": 0.1})
    for record in found["records"]:
        if record["method"] == "FOCI":
            record["kl_forgotten"] *= (0.5, 1.0, 3.0)[record["seed"]]
    assert "no difference from doing nothing shows for FOCI, 1.14 times" in verdict(found)[1]
    found["records"] = [record for record in found["records"] if record["seed"] == 0]
    floor, foci = verdict(found)
    assert floor.endswith("one seed cannot tell.")
    assert foci.endswith("one seed, so no interval; beside doing nothing: FOCI, 0.5 times.")


def test_refusals_are_told() -> None:
    found = account(**{FLOOR: 0.01, NOTHING: 0.1, "FOCI": 0.1})
    for record in found["records"]:
        if record["method"] == "FOCI" and record["seed"] < 2:
            record["refused"] = "why"
    assert verdict(found)[-1].endswith("FOCI refused 2 of 3 removals.")


def test_table_has_every_method_and_the_state_of_the_code() -> None:
    found = account(**{FLOOR: 0.01, NOTHING: 0.1, "FOCI": 0.05})
    text = report(found)
    assert "commit abc, changed" in text
    assert "| FOCI | 0.055 ± 0.01 |" in text
    assert "| 0.5 ± 0 | 10 ± 0 | 1 ± 0 |" in text
    assert Results(found).methods("mislabelled") == [REFIT, FLOOR, NOTHING, "FOCI"]

"""The table of all baselines."""

import copy
import doctest
import math

import pytest
import torch
from torch import nn

from lcodec import LcodecError
from lcodec.scrub import Scrubber, baselines
from lcodec.scrub.baselines import comparison
from python.tests.scrub.baselines.tasks import CROSS, FORGET, KEEP, SQUARED, mlp
from python.tests.scrub.networks import fill, labels, normal


def test_the_table_has_a_row_for_each_and_compares_with_the_retrained() -> None:
    test = normal(30, 4, seed=8), labels(30, 3, seed=8)
    both = torch.cat([KEEP[0], FORGET[0]]), torch.cat([KEEP[1], FORGET[1]])
    training = {"epochs": 40, "learning_rate": 0.2, "weight_decay": 0.01}
    model = baselines.run("fine_tune", mlp(), CROSS, both, FORGET, **training)[0]
    refit = baselines.run("fine_tune", mlp(), CROSS, KEEP, FORGET, **training)[0]
    scrubbed = copy.deepcopy(model)
    Scrubber(scrubbed, CROSS, KEEP, select="all", weight_decay=0.01, damping=0.1).remove(FORGET)
    rows = baselines.compare(
        {"retrain": {"train": lambda data: refit}, "ascent": {"epochs": 1}},
        model,
        CROSS,
        KEEP,
        FORGET,
        test=test,
        models={"scrub": scrubbed},
        weight_decay=0.01,
        max_steps=3,
    )
    assert [row["method"] for row in rows] == ["before", "retrain", "ascent", "scrub"]
    before, retrained, ascended, scrub = rows
    assert (before["residual_ratio"], before["relearn_steps"]) == (1.0, 0)
    assert retrained["kl"] == {"forgotten": 0.0, "test": 0.0}
    assert ascended["kl"]["forgotten"] > 0
    assert ascended["loss"]["forgotten"] > before["loss"]["forgotten"]
    assert scrub["residual_ratio"] < 1
    assert scrub["seconds"] is None
    assert retrained["seconds"] >= 0
    lines = baselines.as_text(rows).splitlines()
    assert [line.split()[0] for line in lines] == ["method", "before", "retrain", "ascent", "scrub"]
    assert len({len(line) for line in lines}) == 1


def test_names_alone_suffice_and_regression_has_its_blanks() -> None:
    x, y = normal(20, 2), normal(20, 1, seed=1)
    rows = baselines.compare(
        ["fine_tune", "newton_cg"], fill(nn.Linear(2, 1)), SQUARED, (x[4:], y[4:]), (x[:4], y[:4])
    )
    assert [row["method"] for row in rows] == ["before", "fine_tune", "newton_cg"]
    assert rows[2]["residual_ratio"] < 0.01
    assert baselines.as_text(rows).splitlines()[1].split().count("-") == 7
    assert all(math.isfinite(row["gradient_norm"]) for row in rows)


def test_rows_have_names_of_their_own() -> None:
    for name in ("before", "scrub"):
        with pytest.raises(LcodecError, match=f"names that no other row has, got '{name}'"):
            baselines.compare(["scrub"], mlp(), CROSS, KEEP, FORGET, models={name: mlp()})


def test_examples() -> None:
    assert doctest.testmod(comparison).failed == 0

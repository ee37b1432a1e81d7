"""The comparison of selections: its step is the package's, and its means are right."""

import pytest
import torch
from torch import nn

from bench.scrub.quality import fill
from bench.scrub.report import contrast, table
from bench.scrub.step import DAMPING, Network
from bench.scrub.tasks import WEIGHT_DECAY, count, draw, flat, load, task, train
from lcodec.scrub import Scrubber
from lcodec.scrub.samples.inputs import take
from lcodec.scrub.selection import selection


def test_the_step_of_the_benchmark_is_the_step_of_the_package() -> None:
    data = task("wine", 0)
    model = draw(data, 0)
    train(model, data, torch.arange(count(data)), tolerance=1e-3, steps=100)
    network = Network(data, flat(model), 0)
    forget, keep = torch.arange(5), torch.arange(5, count(data))
    step = network.removal(forget, keep)
    order = selection.by_gradient(range(len(network.slices)), network.slices, step.by_name())
    moved, ratio = step.take(fill(order, network.cost, 110))
    again = load(draw(data, 0), network.vector)
    report = Scrubber(
        again,
        nn.CrossEntropyLoss(),
        (take(data.inputs, keep), data.targets[keep]),
        weight_decay=WEIGHT_DECAY,
        select="top_gradient",
        max_parameters=110,
        damping=DAMPING,
        gradient="retain",
        steps=1,
    ).remove((take(data.inputs, forget), data.targets[forget]))
    assert report.residual_ratio == pytest.approx(ratio, rel=1e-9)
    assert abs(flat(again) - moved).max() < 1e-12


def account(factor):
    """Two seeds of unequal size in which `lcodec` leaves `factor` times what `random` leaves."""
    records = []
    for seed, removals in ((0, 3), (1, 1)):
        for removal in range(removals):
            left = 0.1 * (1 + seed + removal)
            selections = {
                name: [[0, 1.0, 0.2], [9, scale * left, scale * left * 0.2]]
                for name, scale in (("lfoci", factor), ("random", 1.0))
            }
            records.append(
                {"task": "wine", "seed": seed, "size": "1", "kl_before": 0.2, "kl_floor": None}
                | {"selections": selections}
            )
    return {"budgets": [0.02, 0.05], "records": records}


@pytest.mark.parametrize("measure", ["residual", "kl"])
def test_a_constant_ratio_is_found_without_any_width(measure) -> None:
    """The budget at which nothing fits says nothing and does not dilute it."""
    found = contrast(account(0.5)["records"], measure, "lfoci", "random", slice(2))
    assert found == [0.5, 0.5, 0.5]


def test_the_table_shows_geometric_means_and_what_does_not_fit() -> None:
    """0.1, 0.2, 0.3 and 0.2 have the geometric mean 0.186."""
    made = account(1.0)
    for record in made["records"]:
        rows = record["selections"]["random"]
        for name in ("lfoci_loss", "lfoci_margin", "top_gradient", "top_newton", "last_layer"):
            record["selections"][name] = rows
        record["selections"]["all"] = rows[1:]
        for rows in record["selections"].values():
            if len(rows) == 2:
                rows.append(rows[1])
    random = next(line for line in table(made).splitlines() if "| random |" in line)
    assert random == "| wine | 1 | random | – | 0.19 / 0.19 | 0.19 / 0.19 |"

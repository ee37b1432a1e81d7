"""Two processes joined by gloo give what one gives."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from lcodec.scrub import Scrubber
from lcodec.scrub import step as curvature
from lcodec.scrub.objective import ranks as distributed
from lcodec.scrub.objective.loss import PerSampleLoss
from lcodec.scrub.objective.objective import Objective
from lcodec.scrub.samples.batches import Batches
from lcodec.scrub.slices.slices import FlatParameters, find_slices
from python.tests.scrub.networks import conv_data, conv_net

FORMS = [
    ("ggn", "dense"),
    ("ggn", "woodbury"),
    ("ggn", "cg"),
    ("fisher", "woodbury"),
    ("exact", "dense"),
    ("exact", "cg"),
    ("secant", "woodbury"),
    ("secant", "dense"),
    ("secant", "cg"),
    ("identity", "auto"),
]


def solutions(batch_size):
    """Return gradient, solution of every form, products without rows, and a whole removal."""
    model = conv_net()
    batches = Batches(conv_data(15), model, batch_size, "retained")
    objective = Objective(
        model, PerSampleLoss(nn.CrossEntropyLoss()), batches, 0.1, distributed.ranks()
    )
    flat = FlatParameters(model, find_slices(model)[0][:8])
    value, gradient = objective.value_and_gradient()
    start = flat.gather(gradient)
    found = [start, torch.full_like(start, value)]
    for method, solver in FORMS:
        form = curvature.build(method, objective, flat, batches, solver=solver)
        found.append(form.solve(start, 2.0)[0])
    little = curvature.estimate("ggn", "cg", len(flat), 3, 15)
    free = curvature.build("ggn", objective, flat, batches, solver="cg", memory_limit=little)
    found.append(free.product(start))
    options = {"select": "top_gradient", "max_parameters": 60, "batch_size": batch_size}
    scrubber = Scrubber(model, nn.CrossEntropyLoss(), conv_data(15), **options)
    scrubber.remove(conv_data(3, seed=7))
    found += [parameter.detach().flatten() for parameter in model.parameters()]
    # Whoever went on while another rank stopped would wait for it.
    options = {"select": "all", "batch_size": batch_size, "max_passes": 9.5}
    capped = Scrubber(model, nn.CrossEntropyLoss(), conv_data(15), **options)
    report = capped.remove(conv_data(3, seed=7))
    assert report.capped
    assert report.cost <= 9.5
    found += [parameter.detach().flatten() for parameter in model.parameters()]
    return torch.cat(found)


PROGRAM = """
import sys, torch
from torch import distributed
distributed.init_process_group("gloo", init_method="file://" + sys.argv[1], rank=int(sys.argv[2]),
                               world_size=2)
from python.tests.scrub.objective.test_ranks import solutions
from lcodec.scrub.objective.ranks import ranks
mine = ranks()
total = mine.total(torch.tensor([1.0, mine.rank]))
rows = mine.stacked(torch.full((mine.rank + 1, 2), float(mine.rank)))
# The first rank has 2 or 1 batches, the other 1 or none.
torch.save((total, rows, [solutions(size) for size in (6, 15)]), sys.argv[3])
distributed.destroy_process_group()
"""


def test_two_ranks_give_the_result_of_one(tmp_path: Path) -> None:
    root = Path(__file__).parents[4]
    paths = os.pathsep.join([str(root), str(root / "python"), os.environ.get("PYTHONPATH", "")])
    ranks = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(tmp_path / "meeting"), str(rank), out],
            env={**os.environ, "PYTHONPATH": paths, "OMP_NUM_THREADS": "1"},
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank, out in enumerate((str(tmp_path / "0"), str(tmp_path / "1")))
    ]
    for rank in ranks:
        _, error = rank.communicate(timeout=300)
        assert rank.returncode == 0, error
    one = solutions(15)
    results = [torch.load(tmp_path / str(rank)) for rank in range(2)]
    for total, rows, both in results:
        assert total.tolist() == [2.0, 1.0]
        assert rows.tolist() == [[0.0, 0.0], [1.0, 1.0], [1.0, 1.0]]
        for found in both:
            assert torch.allclose(found, one, rtol=0, atol=1e-10)
    assert torch.equal(torch.stack(results[0][2]), torch.stack(results[1][2]))


def test_one_process_shares_with_nobody() -> None:
    numbers = torch.tensor([1.0, 2.0])
    alone = distributed.ranks()
    assert alone == distributed.ALONE == distributed.Ranks(0, 1)
    assert list(alone.share([1, 2, 3])) == [1, 2, 3]
    assert alone.total(numbers) is numbers
    assert alone.stacked(numbers[None]).tolist() == [[1.0, 2.0]]


@pytest.mark.parametrize(("rank", "wanted"), [(0, [1, 3, 5]), (1, [2, 4])])
def test_a_rank_takes_every_second_batch(rank, wanted) -> None:
    assert list(distributed.Ranks(rank, 2).share([1, 2, 3, 4, 5])) == wanted

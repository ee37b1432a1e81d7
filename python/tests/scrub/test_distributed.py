"""Two processes joined by gloo give what one gives."""

import os
import subprocess
import sys

import pytest
import torch
from torch import nn

from lcodec.scrub import curvature, distributed
from lcodec.scrub.data import Batches
from lcodec.scrub.objective import Objective, PerSampleLoss
from lcodec.scrub.slices import FlatParameters, find_slices

from .networks import conv_data, conv_net

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


class Shared(Batches):
    """This rank's batches."""

    def __iter__(self):
        return iter(distributed.share(list(super().__iter__())))


def solutions(batch_size):
    """Return the solution of every form, and products without rows."""
    model = conv_net()
    batches = Shared(conv_data(15), model, batch_size, "retained")
    objective = Objective(model, PerSampleLoss(nn.CrossEntropyLoss()), batches, 0.1)
    flat = FlatParameters(model, find_slices(model)[0][:8])
    gradient = torch.linspace(-1, 1, len(flat), dtype=torch.float64)
    found = []
    for method, solver in FORMS:
        form = curvature.build(method, objective, flat, batches, solver=solver)
        found.append(form.solve(gradient, 2.0)[0])
    little = curvature.estimate("ggn", "cg", len(flat), 3, 15)
    free = curvature.build("ggn", objective, flat, batches, solver="cg", memory_limit=little)
    return torch.stack([*found, free.product(gradient)])


PROGRAM = """
import sys, torch
from torch import distributed
distributed.init_process_group("gloo", init_method="file://" + sys.argv[1], rank=int(sys.argv[2]),
                               world_size=2)
from python.tests.scrub.test_distributed import solutions
from lcodec.scrub.distributed import largest, ranks, stacked, total, total_number
rank = ranks()[0]
facts = total(torch.tensor([1.0, rank])), total_number(rank + 0.5), largest(3 - rank)
rows = stacked(torch.full((rank + 1, 2), float(rank)))
# The first rank has 2 or 1 batches, the other 1 or none.
torch.save((facts, rows, [solutions(size) for size in (6, 15)]), sys.argv[3])
distributed.destroy_process_group()
"""


def test_two_ranks_give_the_result_of_one(tmp_path):
    root = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))
    paths = os.pathsep.join([root, os.path.join(root, "python"), os.environ.get("PYTHONPATH", "")])
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
        _, error = rank.communicate(timeout=60)
        assert rank.returncode == 0, error
    one = solutions(15)
    results = [torch.load(tmp_path / str(rank)) for rank in range(2)]
    for (sums, number, most), rows, both in results:
        assert sums.tolist() == [2.0, 1.0]
        assert number == 2.0
        assert most == 3
        assert rows.tolist() == [[0.0, 0.0], [1.0, 1.0], [1.0, 1.0]]
        for found in both:
            assert torch.allclose(found, one, rtol=0, atol=1e-10)
    assert torch.equal(torch.stack(results[0][2]), torch.stack(results[1][2]))


def test_one_process_shares_with_nobody():
    numbers = torch.tensor([1.0, 2.0])
    assert distributed.ranks() == (0, 1)
    assert list(distributed.share([1, 2, 3])) == [1, 2, 3]
    assert distributed.total(numbers) is numbers
    assert distributed.total_number(2.5) == 2.5
    assert distributed.largest(4) == 4
    assert distributed.stacked(numbers[None]).tolist() == [[1.0, 2.0]]


@pytest.mark.parametrize(("rank", "wanted"), [(0, [1, 3, 5]), (1, [2, 4])])
def test_a_rank_takes_every_second_batch_each_time(rank, wanted, monkeypatch):
    monkeypatch.setattr(distributed, "ranks", lambda: (rank, 2))
    mine = distributed.share([1, 2, 3, 4, 5])
    assert list(mine) == list(mine) == wanted

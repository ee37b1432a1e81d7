"""Random directions in the outputs of models that have many of them."""

import copy

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import hadamard
from torch import nn
from torch.nn import functional

from lcodec import LcodecError
from lcodec.scrub import Scrubber, Sekhari
from lcodec.scrub.objective.loss import PerSampleLoss
from lcodec.scrub.objective.objective import Objective
from lcodec.scrub.slices.slices import FlatParameters, find_slices
from lcodec.scrub.step.build import build, factor_of
from lcodec.scrub.step.roots import directions_for, root, sampled

LOSS = PerSampleLoss(nn.CrossEntropyLoss())
WORDS, TOKENS = 43, 6  # 258 numbers for each sample


def words(outputs, targets):
    """The mean loss of each sample's words."""
    losses = functional.cross_entropy(outputs.flatten(0, 1), targets.flatten(), reduction="none")
    return losses.reshape(targets.shape).mean(dim=1)


class Language(nn.Module):
    """The next word from this one."""

    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(WORDS, 6)
        self.out = nn.Linear(6, WORDS)

    def forward(self, ids):
        return self.out(torch.tanh(self.words(ids)))


def language():
    torch.manual_seed(0)
    return Language(), torch.randint(WORDS, (12, TOKENS)), torch.randint(WORDS, (12, TOKENS))


def exact(outputs, targets):
    factor = factor_of("ggn", LOSS)(outputs, targets)
    return factor @ factor.transpose(1, 2)


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 1000), scale=st.floats(0.1, 8))
def test_roots_of_all_directions_make_the_curvature_of_the_loss(seed, scale) -> None:
    """Over the columns of a Hadamard matrix, whose squares sum to the identity."""
    stream = torch.Generator().manual_seed(seed)
    outputs = scale * torch.randn(3, 8, generator=stream)
    targets = torch.randint(8, (3,), generator=stream)
    signs = torch.as_tensor(hadamard(8)).double()
    columns = [root(LOSS, outputs, targets, signs[:, j].expand(3, 8)) for j in range(8)]
    found = torch.stack(columns, dim=2) / 8**0.5
    wanted = exact(outputs, targets)
    assert torch.allclose(found @ found.transpose(1, 2), wanted, atol=1e-9 * float(wanted.max()))


def test_random_directions_have_no_bias() -> None:
    outputs, targets = 2 * torch.randn(2, 6, generator=torch.Generator().manual_seed(1)), [1, 4]
    factor = sampled(LOSS, 4000, 0)(outputs, torch.tensor(targets))
    wanted = exact(outputs, torch.tensor(targets))
    assert float((factor @ factor.transpose(1, 2) - wanted).norm() / wanted.norm()) < 0.05


def test_roots_of_many_words_are_close() -> None:
    """Twice the root is the curvature, though 16 products stand for 258 numbers."""
    outputs = 2 * torch.randn(3, TOKENS, WORDS, generator=torch.Generator().manual_seed(2))
    targets = torch.zeros(3, TOKENS, dtype=torch.int64)
    loss, vector = PerSampleLoss(words), torch.ones(3, TOKENS * WORDS).double()
    vector[:, ::3] = -1
    twice = root(loss, outputs, targets, root(loss, outputs, targets, vector))
    chances = outputs.double().softmax(dim=2)
    inner = chances * vector.reshape(outputs.shape)
    wanted = (inner - chances * inner.sum(dim=2, keepdim=True)) / TOKENS
    assert float((twice - wanted.flatten(1)).norm() / wanted.norm()) < 0.02


@pytest.mark.parametrize(
    ("given_", "width", "few"),
    [(None, 256, None), (None, 257, 8), (300, 257, None), (20, 257, 20), (2, 10, 2)],
)
def test_few_directions_are_taken_where_outputs_are_wide(given_, width, few) -> None:
    assert directions_for(given_, width) == few


def test_noise_needs_the_whole_curvature() -> None:
    data = torch.ones(9, 4), torch.zeros(9).long()
    privacy = Sekhari(1.0, 1e-5, 1.0, 1.0, 1.0)
    with pytest.raises(LcodecError, match=r"must be left out with `privacy`.*got 3"):
        Scrubber(nn.Linear(4, 3), LOSS.given, data, privacy=privacy, curvature_directions=3)


def test_products_without_rows_are_exact_however_wide_the_outputs_are() -> None:
    model, ids, targets = language()
    flat = FlatParameters(model, find_slices(model)[0][:5])
    ids, targets = ids[:4], targets[:4]
    objective = Objective(model, PerSampleLoss(words), [(ids, targets)], 0.1)
    options = {"samples": 4, "memory_limit": 12_000}
    products = build("ggn", objective, flat, [(ids, targets)], solver="cg", **options)
    assert not products.scheme.keep_rows
    whole = build("ggn", objective, flat, [(ids, targets)], solver="dense", directions=258)
    vector = torch.linspace(-1, 1, len(flat)).double()
    assert torch.allclose(products.product(vector), whole.product(vector), rtol=1e-5)
    few = build("ggn", objective, flat, [(ids, targets)], solver="dense", directions=200)
    close = (few.matrix - whole.matrix).norm() / whole.matrix.norm()
    assert 0 < float(close) < 0.3


def test_a_language_model_forgets_a_text_by_a_few_directions_of_each() -> None:
    model, ids, targets = language()
    adam = torch.optim.Adam(model.parameters(), lr=0.05)
    for _ in range(60):
        adam.zero_grad()
        words(model(ids), targets).mean().backward()
        adam.step()
    options = {"select": "all", "weight_decay": 1e-3, "seed": 3, "steps": 1}
    reports = []
    for directions in (None, 8, 258):
        scrub = Scrubber(
            copy.deepcopy(model), words, (ids[2:], targets[2:]), **options,
            curvature_directions=directions,
        )  # fmt: skip
        reports.append(scrub.remove((ids[:2], targets[:2])))
    few, again, every = reports
    assert few.residual_after == again.residual_after != every.residual_after
    assert few.residual_ratio < 0.7
    assert few.loss_after > few.loss_before
    assert every.residual_ratio < 0.7

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from lcodec import LcodecError
from lcodec.scrub.samples.inputs import join
from lcodec.scrub.selection import copies as perturbation
from lcodec.scrub.selection.copies import (
    EmbeddingNoise,
    GaussianNoise,
    TokenReplacement,
    automatic,
    perturbed_batches,
    unchanged,
)
from python.tests.scrub.networks import generator, normal


def everything(inputs, perturb=None, **options):
    batches = perturbed_batches(inputs, perturb or GaussianNoise(), **options)
    copies, samples, rows = zip(*batches, strict=True)
    return torch.cat(copies), torch.cat(samples), join(rows)


IDS = torch.tensor(
    [
        [1, 11, 12, 13, 14, 2, 0, 0],
        [1, 21, 22, 2, 0, 0, 0, 0],
        [1, 31, 32, 33, 34, 35, 36, 2],
    ]
)
TEXT = {"input_ids": IDS, "attention_mask": (IDS != 0).long()}
REPLACE = TokenReplacement(2, 60, special=(0, 1, 2))


# --- batches --------------------------------------------------------------------------------------


@pytest.mark.parametrize("block", [1, 30, 2**20])
@pytest.mark.parametrize("batch_size", [1, 7, 1000])
def test_values_do_not_depend_on_the_batch_size(
    block, batch_size, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(perturbation, "BLOCK", block)
    for inputs, perturb in [
        (normal(3, 2), GaussianNoise()),
        (normal(3, 1, 4, 5), GaussianNoise()),
        ((normal(3, 2), normal(3, 5, seed=1)), GaussianNoise()),
        (IDS, REPLACE),
        (TEXT, REPLACE),
    ]:
        one, other = (
            everything(inputs, perturb, copies=11, seed=3, batch_size=size)
            for size in (batch_size, 4)
        )
        assert torch.equal(one[0], other[0])
        assert torch.equal(one[1], other[1])
        assert str(one[2]) == str(other[2])


@pytest.mark.parametrize("block", [1, 2**20])
def test_no_two_copies_are_alike(block, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(perturbation, "BLOCK", block)
    rows = everything(torch.zeros(3, 4, dtype=torch.float64), copies=50)[2]
    assert rows.unique().numel() == 600


@settings(max_examples=40)
@given(st.integers(1, 6), st.integers(1, 9), st.integers(1, 20), st.integers(1, 50))
def test_batches_are_full_but_for_the_last(samples, copies, batch_size, block) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(perturbation, "BLOCK", block)
        batches = list(
            perturbed_batches(
                torch.arange(samples)[:, None], unchanged, copies=copies, batch_size=batch_size
            )
        )
    sizes = [len(rows) for _, _, rows in batches]
    assert sum(sizes) == samples * copies
    assert all(size == batch_size for size in sizes[:-1])
    assert torch.cat([copy for copy, _, _ in batches]).tolist() == [
        copy for copy in range(copies) for _ in range(samples)
    ]
    for _, sample, rows in batches:
        assert torch.equal(sample, rows[:, 0])


def test_a_copy_of_some_samples_draws_them_anew_and_each_once() -> None:
    inputs = torch.arange(30)[:, None]
    copies, samples, batches = everything(inputs, unchanged, copies=200, each=4)
    assert copies.tolist() == [copy for copy in range(200) for _ in range(4)]
    assert torch.equal(batches[:, 0], samples)
    drawn = samples.reshape(200, 4)
    assert all(len(one.unique()) == 4 for one in drawn)
    assert (torch.bincount(samples, minlength=30) > 10).all()  # 27 on average
    again = everything(inputs, unchanged, copies=200, each=4, batch_size=7)[1]
    other = everything(inputs, unchanged, copies=200, each=4, seed=1)[1]
    assert torch.equal(samples, again)
    assert not torch.equal(samples, other)


@pytest.mark.parametrize("each", [5, 6])
def test_copies_of_at_least_all_samples_are_of_all(each) -> None:
    wanted, found = (everything(normal(5, 3), copies=3, each=few) for few in (None, each))
    for one, other in zip(wanted, found, strict=True):
        assert torch.equal(one, other)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda x: x[:-1], r"a row for each of the 8 it was given, got shape \(7, 3\)"),
        (lambda x: x.sum(), r"a row for each of the 8 it was given, got shape \(\)"),
        (lambda x: x * torch.nan, "finite numbers, got NaN or infinite values"),
        (lambda x: {"x": x, "z": x[:0]}, r"a row for each of the 8 .* shape \(0, 3\)"),
        (lambda x: None, "a tensor, a tuple or a mapping of tensors, got NoneType"),
        (lambda x: (x, 3), "a tensor, a tuple or a mapping of tensors, got tuple"),
        (lambda x: {}, "a tensor, a tuple or a mapping of tensors, got dict"),
    ],
)
def test_bad_answers_of_a_perturbation_are_refused(answer, message) -> None:
    with pytest.raises(LcodecError, match=f"`perturb` must return {message}") as caught:
        everything(normal(2, 3), lambda inputs, source: answer(inputs), copies=4)
    assert caught.value.id == "lcodec:perturbation"


def test_any_callable_that_draws_from_the_generator_will_do() -> None:
    def scaled(inputs, source):
        return inputs * (1 + torch.rand(len(inputs), 1, generator=source, dtype=inputs.dtype))

    inputs = normal(2, 3)
    _, sample, rows = everything(inputs, scaled, copies=5)
    ratio = rows / inputs[sample]
    assert torch.allclose(ratio, ratio[:, :1].expand(-1, 3))
    assert ratio[:, 0].unique().numel() == 10


# --- Gaussian noise -------------------------------------------------------------------------------


def test_noise_has_the_asked_standard_deviation_and_no_mean() -> None:
    inputs = normal(2, 50)
    _, sample, rows = everything(inputs, GaussianNoise(0.3), copies=400)
    offsets = rows - inputs[sample]
    assert abs(offsets.std() - 0.3) < 0.005
    assert abs(offsets.mean()) < 0.005
    assert offsets.unique().numel() > 0.999 * offsets.numel()


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_other_dtypes_get_the_rounded_noise_of_float64(dtype) -> None:
    inputs = normal(2, 20).to(dtype)
    rounded = everything(inputs, copies=5)[2]
    assert rounded.dtype == dtype
    exact = everything(inputs.double(), copies=5)[2]
    assert (rounded.double() - exact).abs().max() < 8 * torch.finfo(dtype).eps


def test_masks_and_integers_carry_no_noise() -> None:
    inputs = {
        "pixels": normal(2, 3),
        "attention_mask": torch.ones(2, 3),
        "kind": torch.tensor([4, 5]),
    }
    rows = everything(inputs, copies=3)[2]
    assert torch.equal(rows["attention_mask"], torch.ones(6, 3))
    assert rows["kind"].tolist() == [4, 5] * 3
    assert (rows["pixels"] != inputs["pixels"].repeat(3, 1)).all()
    with pytest.raises(LcodecError, match=r"must be floating point .*, got torch\.int64") as caught:
        everything(IDS, GaussianNoise())
    assert caught.value.id == "lcodec:inputDtype"


def test_seeds_differ() -> None:
    for inputs, perturb in [(normal(2, 4), GaussianNoise()), (IDS, REPLACE)]:
        one, other = (everything(inputs, perturb, copies=3, seed=seed)[2] for seed in (0, 1))
        assert not torch.equal(one, other)


# --- tokens ---------------------------------------------------------------------------------------


def test_replaced_tokens_are_k_ordinary_ones_inside_the_mask() -> None:
    mask = TEXT["attention_mask"].clone()
    mask[2, 5] = 0  # a token that is not padding, masked out
    _, sample, rows = everything(
        {"input_ids": IDS, "attention_mask": mask}, REPLACE, copies=500, batch_size=64
    )
    ids, old = rows["input_ids"], IDS[sample]
    assert torch.equal(rows["attention_mask"], mask[sample])
    changed = ids != old
    assert changed.sum(1).max() == 2
    assert changed.double().sum(1).mean() > 1.9  # a drawn id is seldom the old one
    free = (mask[sample] != 0) & (old > 2)
    assert not (changed & ~free).any()
    assert ids[free].min() > 2
    assert ids[changed].max() < 60
    assert set(ids[changed].tolist()) == set(range(3, 60))
    each = changed[sample == 2][:, [1, 2, 3, 4, 6]].double().mean(0)
    assert (each - 0.4).abs().max() < 0.07  # each of five with probability 2/5
    assert ids.unique(dim=0).shape[0] > 1400


def test_short_rows_are_replaced_whole_and_rows_without_tokens_refused() -> None:
    rows = everything(IDS, TokenReplacement(3, range(50, 60), special=(0, 1, 2)), copies=40)[2]
    assert (rows[1::3, 1:3] >= 50).all()
    for row in range(3):  # the special ones stay, whatever is left of k
        special = IDS[row] <= 2
        assert torch.equal(rows[row::3][:, special], IDS[row, special].expand(40, -1))
    empty = torch.cat([IDS, torch.tensor([[1, 2, 0, 0, 0, 0, 0, 0]])])
    with pytest.raises(LcodecError, match="in every row, got none in row 3") as caught:
        everything(empty, REPLACE)
    assert caught.value.id == "lcodec:noTokens"
    with pytest.raises(LcodecError, match="must hold an id that is not special, got none"):
        TokenReplacement(1, 3, special=(0, 1, 2))
    with pytest.raises(LcodecError, match="`k` must be at least 1, got 0"):
        TokenReplacement(0, 3)


def test_token_ids_may_come_in_any_form() -> None:
    alone = everything(IDS, REPLACE, copies=4)[2]
    first, second = everything((IDS, IDS), REPLACE, copies=4)[2]
    assert torch.equal(second, IDS.repeat(4, 1))
    assert ((first != second) == (first != IDS.repeat(4, 1))).all()
    small = everything(IDS.int(), REPLACE, copies=4)[2]
    assert small.dtype == torch.int32
    assert torch.equal(small.long(), alone)
    for inputs, found in [
        (normal(2, 3), r"torch\.float64 of 2 axes"),
        (IDS[0], r"torch\.int64 of 1 axes"),
        ({"pixels": normal(2, 3)}, "names pixels"),
    ]:
        message = rf"must have integer token ids \(b, t\), got {found}"
        with pytest.raises(LcodecError, match=message) as caught:
            REPLACE(inputs, generator())
        assert caught.value.id == "lcodec:inputDtype"


def test_embedding_noise_replaces_the_ids() -> None:
    embedding = nn.Embedding(60, 4).double()
    calls = []
    embedding.register_forward_hook(lambda *args: calls.append(1))
    rows = everything(TEXT, EmbeddingNoise(embedding, 0.2), copies=300)[2]
    assert rows.keys() == {"attention_mask", "inputs_embeds"}
    offsets = rows["inputs_embeds"] - embedding.weight.detach()[IDS].repeat(300, 1, 1)
    assert abs(offsets.std() - 0.2) < 0.005
    assert abs(offsets.mean()) < 0.005
    assert not rows["inputs_embeds"].requires_grad
    assert not calls
    with pytest.raises(LcodecError, match="must be a mapping with `input_ids`") as caught:
        everything(IDS, EmbeddingNoise(embedding))
    assert caught.value.id == "lcodec:inputDtype"


# --- the perturbation that fits -------------------------------------------------------------------


def test_automatic_follows_the_inputs() -> None:
    model = nn.Sequential(nn.Embedding(60, 4, padding_idx=0), nn.Flatten(), nn.Linear(32, 2))
    assert automatic(model, normal(2, 3), 0.3) == GaussianNoise(0.3)
    assert automatic(model, {"pixels": normal(2, 3)}) == GaussianNoise(0.1)
    found = automatic(model, IDS, 0.3)
    assert found == TokenReplacement(2, 60, (0,))  # 0.3 of (6 + 4 + 8) / 3 tokens
    assert automatic(model, {**TEXT, "attention_mask": TEXT["attention_mask"].double()}).k == 1
    with pytest.raises(LcodecError, match="for a model without Embedding") as caught:
        automatic(nn.Linear(2, 2), IDS)
    assert caught.value.id == "lcodec:inputDtype"


def test_automatic_asks_a_model_of_transformers() -> None:
    class Configured(nn.Module):
        class config:  # noqa: N801
            pad_token_id, cls_token_id, eos_token_id = 0, 1, 2

        def __init__(self):
            super().__init__()
            self.positions, self.words = nn.Embedding(8, 4), nn.Embedding(60, 4)

        def get_input_embeddings(self):
            return self.words

    assert automatic(Configured(), TEXT) == TokenReplacement(1, 60, (0, 1, 2))

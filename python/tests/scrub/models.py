"""Every kind of model that must work, small, trained, with data that it can learn."""

import os
from typing import Any

from lcodec.scrub.report import RemovalReport

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import torch
from torch import nn
from transformers import (
    DistilBertConfig,
    DistilBertForSequenceClassification,
    GPT2Config,
    GPT2ForSequenceClassification,
    ViTConfig,
    ViTForImageClassification,
)

from lcodec.scrub import Scrubber
from lcodec.scrub.objective.objective import run
from lcodec.scrub.samples.batches import Batches
from lcodec.scrub.samples.inputs import take
from lcodec.scrub.slices.slices import find_slices
from python.tests.scrub.networks import (
    GRUClassifier,
    ResNet,
    TextCNN,
    TiedText,
    generator,
    mobile_net,
    normal,
)

DECAY = 1e-3
CLASSES = 3
ROWS = 36


def classes(scores: torch.Tensor) -> torch.Tensor:
    """Targets that a model can learn from the inputs, with some noise."""
    scores = (scores - scores.mean(0)) / scores.std(0)
    return (scores + 0.3 * normal(*scores.shape, seed=9)).argmax(1)


def vectors(seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    x = normal(ROWS, 5, seed=seed)
    return x, classes(x[:, :CLASSES])


def numbers() -> tuple[torch.Tensor, torch.Tensor]:
    x = normal(ROWS, 5)
    return x, x[:, :1] - 2 * x[:, 1:2] + 0.1 * normal(ROWS, 1, seed=1)


def images() -> tuple[torch.Tensor, torch.Tensor]:
    """Noise that is brightest in one of three parts, each with a part of its own."""
    x = normal(ROWS, 1, 8, 8)
    x[:, :, :4, :4] += 1.5 * normal(ROWS, 1, 1, 1, seed=1)
    x[:, :, :4, 4:] += 1.5 * normal(ROWS, 1, 1, 1, seed=2)
    parts = [x[:, 0, :4, :4], x[:, 0, :4, 4:], x[:, 0, 4:]]
    return x, classes(torch.stack([part.mean((1, 2)) for part in parts], dim=1))


def series() -> tuple[torch.Tensor, torch.Tensor]:
    x = normal(ROWS, 6, 3)
    return x, classes(x.cumsum(1).mean(1))


def words(vocabulary: int = 40, length: int = 9) -> tuple[torch.Tensor, torch.Tensor]:
    """Token ids whose last ones are padding, more of it in later rows."""
    ids = torch.randint(3, vocabulary, (ROWS, length), generator=generator())
    for row in range(ROWS):
        ids[row, length - row * 4 // ROWS :] = 0
    share = torch.stack([(ids % CLASSES == c).double().sum(1) for c in range(CLASSES)], dim=1)
    return ids, classes(share)


def text() -> tuple[dict[str, torch.Tensor], torch.Tensor]:
    ids, y = words()
    return {"input_ids": ids, "attention_mask": (ids != 0).long()}, y


def distilbert() -> nn.Module:
    config = DistilBertConfig(
        vocab_size=40,
        dim=8,
        hidden_dim=12,
        n_layers=2,
        n_heads=2,
        num_labels=CLASSES,
        max_position_embeddings=11,
        attn_implementation="eager",
    )
    return DistilBertForSequenceClassification(config)


def vit() -> nn.Module:
    config = ViTConfig(
        hidden_size=8,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=12,
        image_size=8,
        patch_size=4,
        num_channels=1,
        num_labels=CLASSES,
        attn_implementation="eager",
    )
    return ViTForImageClassification(config)


def gpt2() -> nn.Module:
    config = GPT2Config(
        vocab_size=40,
        n_positions=9,
        n_embd=8,
        n_layer=2,
        n_head=2,
        num_labels=CLASSES,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
        attn_implementation="eager",
    )
    return GPT2ForSequenceClassification(config)


def mlp() -> nn.Module:
    return nn.Sequential(nn.Linear(5, 8), nn.Tanh(), nn.Linear(8, CLASSES))


def tied() -> nn.Module:
    return nn.Sequential(TiedText(40), nn.Tanh(), nn.Linear(40, CLASSES))


MODELS = {
    # name: model, data, layers that no slice covers
    "logistic": (lambda: nn.Linear(5, CLASSES), vectors, set()),
    "ridge": (lambda: nn.Linear(5, 1), numbers, set()),
    "mlp": (mlp, vectors, set()),
    "resnet": (ResNet, images, set()),
    "mobile": (mobile_net, images, set()),
    "text_cnn": (TextCNN, words, {"Embedding"}),
    "gru": (GRUClassifier, series, set()),
    "tied": (tied, words, set()),
    "distilbert": (distilbert, text, {"Embedding"}),
    "vit": (vit, images, set()),
    "gpt2": (gpt2, text, {"Embedding"}),
}


def loss_for(targets: torch.Tensor) -> nn.Module:
    return nn.MSELoss() if targets.is_floating_point() else nn.CrossEntropyLoss()


def train(model: nn.Module, data: Any, steps: int = 40) -> nn.Module:
    """Go most of the way to a minimum, after BatchNorm has seen the data."""
    loss, model = loss_for(data[1]), model.double()
    ((inputs, targets),) = Batches(data, model, ROWS, "data")
    model.train()
    with torch.no_grad():
        run(model, inputs)
    model.eval()
    optimiser = torch.optim.LBFGS(model.parameters(), max_iter=steps, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        squares = sum(tensor.square().sum() for tensor in model.parameters())
        value = loss(run(model, inputs), targets) + DECAY / 2 * squares
        value.backward()
        return value

    optimiser.step(closure)
    model.zero_grad()
    return model


def parted(data: Any, forget: int = 3) -> tuple[Any, Any]:
    inputs, targets = data
    keep, lost = slice(forget, None), slice(forget)
    return (take(inputs, keep), targets[keep]), (take(inputs, lost), targets[lost])


def scrub(model: nn.Module, data: Any, **options: Any) -> RemovalReport:
    keep, forget = parted(data)
    options = {
        "weight_decay": DECAY,
        "perturbations": 60,
        "damping": 1e-2,
        "max_step": 0.1,
        **options,
    }
    return Scrubber(model, loss_for(data[1]), keep, **options).remove(forget)


def only_the_selected_changed(
    before: nn.Module, after: nn.Module, report: RemovalReport, **options: Any
) -> None:
    """Check that exactly the entries of the slices in the report differ."""
    chosen = {(one.layer, one.unit) for one in report.slices}
    entries = {name: set() for name, _ in before.named_parameters()}
    for one in find_slices(before, **options)[0]:
        if (one.layer, one.unit) in chosen:
            for name, positions in one.entries:
                entries[name].update(positions.tolist())
    others = dict(after.named_parameters())
    touched = 0
    for name, tensor in before.named_parameters():
        moved = (tensor != others[name]).reshape(-1).nonzero()[:, 0].tolist()
        assert set(moved) <= entries[name], name
        touched += len(moved)
    assert 0 < touched <= report.parameters_touched == sum(map(len, entries.values()))
    for old, new in zip(before.buffers(), after.buffers(), strict=True):
        assert torch.equal(old, new)


def nothing_is_left_behind(model: nn.Module) -> None:
    for module in model.modules():
        assert not module._forward_hooks
        assert not module._forward_pre_hooks
        assert not module.training
    assert all(tensor.grad is None for tensor in model.parameters())

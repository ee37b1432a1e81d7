"""DistilBERT as a classifier of several labels, and its training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import DistilBertConfig, DistilBertForSequenceClassification

from bench.paper.removal.task import Pair
from lcodec.scrub.samples.inputs import rows, take

EAGER = {"attn_implementation": "eager"}  # per-sample gradients are taken by vmap


def network(
    shape: Mapping[str, Any], weights: str, vocabulary: int, tokens: int, labels: int, seed: int
) -> nn.Module:
    """Return DistilBERT with a linear layer, ReLU, dropout and a classifier.

    Parameters
    ----------
    shape : mapping
        Options of `DistilBertConfig`.
    weights : str
        A folder to read model and shape from instead, or "".
    vocabulary, tokens, labels : int
        Numbers of ids, of positions and of outputs.
    seed : int
        Of the random weights: all of them, or those of the classifier.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        if weights:
            return DistilBertForSequenceClassification.from_pretrained(
                Path(weights), num_labels=labels, local_files_only=True, **EAGER
            ).eval()
        config = DistilBertConfig(
            **shape, vocab_size=vocabulary, max_position_embeddings=tokens, num_labels=labels,
            **EAGER,
        )  # fmt: skip
        return DistilBertForSequenceClassification(config).eval()


def balanced(targets: torch.Tensor) -> nn.BCEWithLogitsLoss:
    """Return the loss with the weight n / (C k) for the k clauses of a label, of n and C labels."""
    count, labels = targets.shape
    return nn.BCEWithLogitsLoss(pos_weight=count / (labels * targets.sum(0).clamp(min=1)))


@dataclass(frozen=True)
class Training:
    """AdamW with a learning rate that falls to 0 on a line.

    Attributes
    ----------
    epochs, batch_size : int
        Passes over the data, and the clauses of a step.
    learning_rate, weight_decay : float
        Of AdamW.
    """

    epochs: int
    batch_size: int
    learning_rate: float
    weight_decay: float

    def fit(self, model: nn.Module, data: Pair, loss: nn.Module, seed: int) -> nn.Module:
        """Train a model in place; order and dropout are drawn by `seed`; return it."""
        inputs, targets = data
        steps = self.epochs * -(-rows(inputs) // self.batch_size)
        optimiser = torch.optim.AdamW(
            model.parameters(), lr=self.learning_rate, weight_decay=self.weight_decay
        )
        schedule = torch.optim.lr_scheduler.LinearLR(optimiser, 1.0, 0.0, total_iters=steps)
        device = targets.device
        with torch.random.fork_rng([device] if device.type == "cuda" else []):
            torch.manual_seed(seed)
            model.train()
            for _ in range(self.epochs):
                for batch in torch.randperm(rows(inputs)).to(device).split(self.batch_size):
                    optimiser.zero_grad()
                    outputs = model(**take(inputs, batch)).logits
                    loss(outputs, targets[batch]).backward()
                    optimiser.step()
                    schedule.step()
        return model.eval()


@torch.no_grad()
def probabilities(model: nn.Module, inputs: Any, batch_size: int = 256) -> torch.Tensor:
    """Return the probability of each label, float32 (n, C) on the CPU."""
    parts = torch.arange(rows(inputs)).split(batch_size)
    return torch.cat([model(**take(inputs, part)).logits.sigmoid().cpu() for part in parts])


def f1(predicted: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Return F1 of each label, 2 TP / (2 TP + FP + FN), and 0 where there is neither.

    Parameters
    ----------
    predicted, targets : torch.Tensor, shape (..., n, C)
        True or 1 where a clause has a label.

    Returns
    -------
    torch.Tensor of float64, shape (..., C)
    """
    found, wanted = predicted.double(), targets.double()
    return 2 * (found * wanted).sum(-2) / (found.sum(-2) + wanted.sum(-2)).clamp(min=1)


STEPS = 100


def thresholds(chances: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Return for each label the threshold of a hundred, 0.00 to 0.99, with the best F1; (C,)."""
    grid = torch.arange(STEPS) / STEPS
    scores = f1(chances > grid[:, None, None], targets)
    return grid[scores.argmax(dim=0)]


def scores(
    chances: torch.Tensor, targets: torch.Tensor, limits: torch.Tensor
) -> tuple[float, float, Sequence[float]]:
    """Return micro-F1, macro-F1 and the F1 of each label, as shares.

    Parameters
    ----------
    chances, targets : torch.Tensor, shape (n, C)
        Probabilities, and 1 where a clause has the label.
    limits : torch.Tensor, shape (C,)
        A label is predicted where its probability is above its limit.
    """
    predicted = chances > limits
    each = f1(predicted, targets)
    micro = f1(predicted.reshape(-1, 1), targets.reshape(-1, 1))
    return float(micro), float(each.mean()), each.tolist()

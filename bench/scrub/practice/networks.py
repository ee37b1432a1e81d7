"""The six networks: three to develop on, three held back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
from torch import nn

from bench.scrub.practice import data as sets
from bench.scrub.practice.data import Data
from bench.scrub.practice.training import Recipe, train
from bench.scrub.resnet import Block
from lcodec.scrub import TokenReplacement

DEVELOPMENT, HELD_BACK = "development", "held-back"
HALVES = (DEVELOPMENT, HELD_BACK)


@dataclass(frozen=True)
class Setting:
    """A network, its data and how it is trained."""

    name: str
    half: str
    title: str
    load: Callable[..., Data]  # of seed and `train`, the number of rows; and of the folder
    rows: int
    network: Callable[[], nn.Module]
    recipe: Recipe
    loss: nn.Module = field(default_factory=nn.CrossEntropyLoss)
    folder: bool = False  # whether the data come from `--data`
    options: dict[str, Any] = field(default_factory=dict)  # of the scrubber

    def data(self, seed: int, folder: Path | None) -> Data:
        """Return the data of a seed."""
        where = (folder,) if self.folder else ()
        return self.load(*where, seed, train=self.rows)

    def trained(self, data: Data, keep: torch.Tensor, seed: int) -> nn.Module:
        """Return the network trained on the rows that the mask `keep` has."""
        return train(self.network, self.loss, self.recipe, data, keep, seed)

    def smaller(self) -> Setting:
        """Return the same for a trial of seconds."""
        epochs = max(2, self.recipe.epochs // 10)
        recipe = replace(self.recipe, epochs=epochs, batch=32)
        options = {**self.options, "perturbations": 20}
        return replace(self, rows=120, recipe=recipe, options=options)


def perceptron(*widths: int) -> nn.Module:
    """Return a network of ReLU layers."""
    layers: list[nn.Module] = []
    for wide, after in pairwise(widths[:-1]):
        layers += [nn.Linear(wide, after), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(widths[-2], widths[-1]))


def convolutions() -> nn.Module:
    """Return two convolutions with BatchNorm for digits, and a linear layer."""
    layers: list[nn.Module] = []
    for wide, after, stride in ((1, 8, 1), (8, 16, 2)):
        layers += [nn.Conv2d(wide, after, 3, stride, padding=1, bias=False)]
        layers += [nn.BatchNorm2d(after), nn.ReLU()]
    return nn.Sequential(*layers, nn.MaxPool2d(2), nn.Flatten(), nn.Linear(64, 10))


def resnet() -> nn.Module:
    """Return a residual network of three blocks for small grey images."""
    stem = nn.Sequential(nn.Conv2d(1, 8, 3, 2, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU())
    blocks = [Block(8, 8, 1), Block(8, 8, 2), Block(8, 16, 2)]
    return nn.Sequential(stem, *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(16, 10))


def distilbert() -> nn.Module:
    """Return a small DistilBERT with random weights, all of them to train."""
    from transformers import DistilBertConfig, DistilBertForSequenceClassification

    dropouts = ("dropout", "attention_dropout", "seq_classif_dropout")
    shape: dict[str, Any] = {"dim": 16, "hidden_dim": 32, "n_layers": 2, "n_heads": 2}
    shape |= {"vocab_size": sets.VOCABULARY, "max_position_embeddings": sets.LENGTH}
    shape |= {"num_labels": sets.TOPICS, "attn_implementation": "eager"}
    shape |= dict.fromkeys(dropouts, 0.1)
    return DistilBertForSequenceClassification(DistilBertConfig(**shape))


SETTINGS = {
    one.name: one
    for one in (
        Setting(
            "digits-mlp", DEVELOPMENT, "MLP, Adam, digits",
            partial(sets.digits, flat=True), 1000, partial(perceptron, 64, 32, 10),
            Recipe("adam", 3e-3, 60, 64),
        ),
        Setting(
            "digits-cnn", DEVELOPMENT, "BatchNorm CNN, SGD and shifts, digits",
            partial(sets.digits, flat=False), 800, convolutions,
            Recipe("sgd", 0.05, 15, 64, weight_decay=5e-4, cosine=True, shift=True),
            options={"perturbations": 200},
        ),
        Setting(
            "diabetes-mlp", DEVELOPMENT, "MLP, Adam, diabetes (regression)",
            sets.diabetes, 353, partial(perceptron, 10, 32, 32, 1),
            Recipe("adam", 1e-3, 100, 32), loss=nn.MSELoss(),
        ),
        Setting(
            "mnist-mlp", HELD_BACK, "early-stopped MLP, AdamW, MNIST",
            partial(sets.images, flat=True, held=150, name="mnist"), 600,
            partial(perceptron, 196, 20, 10),
            Recipe("adamw", 1e-3, 60, 32, weight_decay=0.01, patience=4), folder=True,
        ),
        Setting(
            "text-distilbert", HELD_BACK, "small DistilBERT, AdamW, text",
            sets.text, 240, distilbert,
            Recipe("adamw", 2e-3, 15, 32, weight_decay=0.01, dropout=True),
            options={
                "perturbations": 200,
                "perturb": TokenReplacement(3, sets.VOCABULARY, special=(sets.PAD,)),
            },
        ),
        Setting(
            "fashion-resnet", HELD_BACK, "small ResNet, SGD and shifts, Fashion-MNIST",
            partial(sets.images, flat=False, held=0, name="fashion"), 400, resnet,
            Recipe("sgd", 0.05, 16, 64, weight_decay=5e-4, cosine=True, shift=True), folder=True,
            options={"perturbations": 200},
        ),
    )
}  # fmt: skip

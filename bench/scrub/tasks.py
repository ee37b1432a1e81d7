"""Data sets, networks and training for the comparison of selections (bench.scrub.quality)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from scipy.optimize import minimize
from sklearn import datasets
from torch import nn

from lcodec.scrub.objective.objective import run
from lcodec.scrub.samples.inputs import Inputs, rows, take
from lcodec.scrub.selection.perturbations import GaussianNoise, Perturbation, TokenReplacement

WEIGHT_DECAY = 1e-3
MOST = 700  # training samples
LENGTH, VOCABULARY, PAD, UNKNOWN = 12, 400, 0, 1
PARAGRAPHS = 40  # of each topic


@dataclass(frozen=True)
class Task:
    """Training data and the network for them."""

    name: str
    inputs: Inputs
    targets: torch.Tensor
    network: Callable[[], nn.Module]
    perturb: Perturbation


def table(name: str, seed: int) -> Task:
    """Return four fifths of a table of scikit-learn, at most MOST rows, and a small network."""
    bunch = getattr(datasets, f"load_{name}")()
    x = bunch.data / 16 if name == "digits" else bunch.data - bunch.data.mean(axis=0)
    x = x if name == "digits" else x / bunch.data.std(axis=0)
    kept = np.random.default_rng(1000 + seed).permutation(len(x))[: min(4 * len(x) // 5, MOST)]
    inputs, targets = torch.as_tensor(x[kept]), torch.as_tensor(bunch.target[kept])
    wide, classes = inputs.shape[1], int(targets.max()) + 1

    def network() -> nn.Module:
        return nn.Sequential(nn.Linear(wide, 16), nn.Tanh(), nn.Linear(16, classes)).double()

    return Task(name, inputs, targets.long(), network, GaussianNoise(0.1))


def paragraphs() -> tuple[list[list[str]], list[int]]:
    """Return the first paragraphs of the four longest topics of Python's manual, as words."""
    from pydoc_data import topics

    found = []
    for text in topics.topics.values():
        parts = [re.findall(r"[a-z]+", part.lower()) for part in re.split(r"\n\s*\n", text)]
        found.append([words for words in parts if len(words) >= 12])
    found.sort(key=len, reverse=True)
    pairs = [
        (words, label) for label, topic in enumerate(found[:4]) for words in topic[:PARAGRAPHS]
    ]
    return [words for words, _ in pairs], [label for _, label in pairs]


def text(seed: int) -> Task:
    """Return English paragraphs, each with its topic, and a small DistilBERT."""
    words, labels = paragraphs()
    counts = Counter(word for one in words for word in one)
    known = {word: 2 + place for place, (word, _) in enumerate(counts.most_common(VOCABULARY - 2))}
    ids = torch.full((len(words), LENGTH), PAD)
    for row, one in enumerate(words):
        cut = [known.get(word, UNKNOWN) for word in one[:LENGTH]]
        ids[row, : len(cut)] = torch.tensor(cut)
    kept = np.random.default_rng(1000 + seed).permutation(len(ids))[: 4 * len(ids) // 5]
    ids, targets = ids[kept], torch.tensor(labels)[kept]
    inputs = {"input_ids": ids, "attention_mask": (ids != PAD).long()}
    replace = TokenReplacement(2, VOCABULARY, special=(PAD,))
    return Task("text", inputs, targets, distilbert, replace)


def distilbert() -> nn.Module:
    """Return a DistilBERT with random weights, 2,500 to train in its layers.

    So that training reaches a minimum, its embeddings and layer norms stay as they are drawn
    (weight decay would shrink what a layer norm scales back without end), and the outputs of its
    pre-classifier pass through a softplus, which makes the ReLU after it do nothing.
    """
    from transformers import DistilBertConfig, DistilBertForSequenceClassification

    config = DistilBertConfig(
        vocab_size=VOCABULARY, dim=16, hidden_dim=32, n_layers=1, n_heads=2, num_labels=4,
        max_position_embeddings=LENGTH, attn_implementation="eager",
    )  # fmt: skip
    model = DistilBertForSequenceClassification(config).double().eval()
    for name, part in model.named_parameters():
        part.requires_grad_("embeddings" not in name and "layer_norm" not in name)
    model.pre_classifier = nn.Sequential(model.pre_classifier, nn.Softplus()).double()
    return model


def task(name: str, seed: int) -> Task:
    """Return a task by its name."""
    return text(seed) if name == "text" else table(name, seed)


def draw(task: Task, seed: int) -> nn.Module:
    """Return the network with random weights."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return task.network()


def trained(model: nn.Module) -> dict[str, torch.Tensor]:
    """Return the parameters to train, by name."""
    return {name: part for name, part in model.named_parameters() if part.requires_grad}


def flat(model: nn.Module) -> np.ndarray[Any, Any]:
    """Return the parameters to train as one vector."""
    return nn.utils.parameters_to_vector(trained(model).values()).detach().numpy().copy()


def load(model: nn.Module, vector: np.ndarray[Any, Any]) -> nn.Module:
    """Store a vector of the parameters to train in a model, and return it."""
    nn.utils.vector_to_parameters(torch.tensor(vector), trained(model).values())
    return model


def value_and_gradient(
    model: nn.Module, inputs: Inputs, targets: torch.Tensor
) -> tuple[float, np.ndarray[Any, Any]]:
    """Return mean cross-entropy plus weight decay, and its gradient."""
    parameters = list(trained(model).values())
    loss = nn.functional.cross_entropy(run(model, inputs), targets)
    loss = loss + WEIGHT_DECAY / 2 * sum(part.square().sum() for part in parameters)
    parts = torch.autograd.grad(loss, parameters)
    return loss.item(), torch.cat([part.reshape(-1) for part in parts]).numpy()


def train(
    model: nn.Module, task: Task, keep: torch.Tensor, *, tolerance: float, steps: int
) -> float:
    """Train by L-BFGS from where the model is, and return the norm of the gradient."""
    inputs, targets = take(task.inputs, keep), task.targets[keep]

    def function(vector: np.ndarray[Any, Any]) -> tuple[float, np.ndarray[Any, Any]]:
        return value_and_gradient(load(model, vector), inputs, targets)

    start = flat(model)
    options = {"maxiter": steps, "maxfun": 2 * steps, "maxcor": 30, "ftol": 0.0}
    options["gtol"] = tolerance / len(start) ** 0.5
    end = minimize(function, start, jac=True, method="L-BFGS-B", options=options)
    load(model, end.x)
    return float(np.linalg.norm(end.jac))


def count(task: Task) -> int:
    """Return the number of training samples."""
    return rows(task.inputs)

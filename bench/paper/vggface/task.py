"""The network on faces, and the images of one identity, removed one after another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import nn

from bench.paper.journal import Record
from bench.paper.nets.vgg_face import VGGFace
from bench.paper.persons.shares import shares
from bench.paper.removal.experiment import by_images
from bench.paper.removal.network import LOSS, Training
from bench.paper.removal.sequence import Case
from bench.paper.removal.task import Pair, Task
from bench.paper.settings import Config
from bench.paper.vggface.data import Portraits
from lcodec.scrub import load_weights

IDENTITY = "identity"
LEAST = 0.9
"""Accuracy on the identity that weights from a file must have before its images are removed."""


def faces_task(config: Config, data: Portraits, seed: int, device: torch.device) -> Task:
    """Return a task of faces, whose group "identity" has the training images of one of them.

    It is `run.identity`, or drawn by `seed`. After every removal are measured: accuracy and
    probability of the true class on all images of the identity, on the others' training images and
    on their held-out ones.
    """
    if not config["run"]["refit"] and not config["weights"]:
        raise ValueError("--weights must be given with --published, which trains no network")
    if config["run"]["refit"] and config["weights"]:
        raise ValueError("--weights must come with --published, which has no refit beside")
    training = Training(**config["training"])
    train, test = ((x.to(device), y.to(device)) for x, y in (data.train, data.test))
    own = identity(config, data, seed)
    order = np.random.default_rng([seed, 0]).permutation(_positions(train, own))
    batch = config["scrub"]["batch_size"]
    parts = _parts(train, test, own)

    def model(seed: int) -> nn.Module:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            options = {"side": config["data"]["side"], **config["network"]}
            network = VGGFace(len(data.names), **options).to(device)
        if config["weights"]:
            _take(network, Path(config["weights"]))
        return network

    def fit(model: nn.Module, pair: Pair, seed: int) -> nn.Module:
        if not config["weights"]:
            return training.fit(model, pair, seed)
        known = watch(model.eval(), [])["identity_accuracy"]
        if known is None or known < LEAST:
            raise ValueError(
                f"--weights must name at least {LEAST:.0%} of the images of "
                f"{data.names[own]} rightly, got {known or 0:.0%}: the weights, the order of the "
                "channels or that of names.txt do not fit"
            )
        return model

    def watch(model: nn.Module, gone: Sequence[int]) -> Record:
        return shares(model, parts, batch)

    return Task(
        train=train,
        test=parts["held_out"],
        model=model,
        fit=fit,
        loss=LOSS,
        weight_decay=training.weight_decay,
        groups={IDENTITY: order.tolist()},
        watch=watch,
        training_size=config["data"].get("training_size"),
        batch=batch,
    )


def _take(network: nn.Module, file: Path) -> None:
    try:
        network.load_state_dict(load_weights(file))
    except RuntimeError as error:
        reason = str(error).splitlines()[1].strip()
        raise ValueError(f"{file} must have the weights of this network: {reason}") from error


def identity(config: Config, data: Portraits, seed: int) -> int:
    """Return the class that is removed."""
    named = config["run"].get("identity")
    if named is not None:
        return data.names.index(named)
    with_images = torch.unique(data.train[1]).numpy()
    return int(np.random.default_rng([seed, 1]).choice(with_images))


def _positions(pair: Pair, own: int) -> np.ndarray:
    return torch.nonzero(pair[1] == own)[:, 0].cpu().numpy()


def _parts(train: Pair, test: Pair, own: int) -> Mapping[str, Pair]:
    of_own = [(x[y == own], y[y == own]) for x, y in (train, test)]
    of_others = [(x[y != own], y[y != own]) for x, y in (train, test)]
    inputs, targets = (torch.cat(column) for column in zip(*of_own, strict=True))
    return {"identity": (inputs, targets), "others": of_others[0], "held_out": of_others[1]}


def cases(config: Config, task: Task, seed: int, net: str = "") -> list[Case]:
    """Return one case: the images of the identity, `run.images` in each removal."""
    case = by_images(config, task.groups[IDENTITY])
    return [case if config["run"]["refit"] else replace(case, checkpoints=[])]

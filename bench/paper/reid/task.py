"""The networks on persons, and the images of one of them, one after another or together."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import torch
from torch import nn

from bench.paper.journal import Record
from bench.paper.persons.shares import shares
from bench.paper.reid.data import Crowd, Part
from bench.paper.reid.maps import draw_maps
from bench.paper.reid.nets import Network
from bench.paper.reid.retrieval import Found, one_of_each_camera, retrieved
from bench.paper.removal.experiment import TOGETHER, Plan, by_images, case_name, follow
from bench.paper.removal.measures import finite
from bench.paper.removal.network import Training
from bench.paper.removal.sequence import Case
from bench.paper.removal.task import Task
from bench.paper.runs import Run
from bench.paper.settings import Config

PERSON = "person"
OTHERS = 50  # of the training persons beside whose retrieval the person's stands
RANKS = (1, 5, 10, 20)


def persons_task(config: Config, data: Crowd, kind: str, seed: int, device: torch.device) -> Task:
    """Return a task of persons, whose group "person" has the training images of one of them.

    The person is drawn by `seed`. After every removal are measured: (a) accuracy and probability
    of the true class on the person's and the others' training images; (b) mAP and rank 1 inside
    the training set, with one image by each camera of the person, and of others, as queries;
    (c) mAP and CMC on the persons of the test.
    """
    training = Training(**config["training"])
    inputs = data.train.inputs.to(device)
    targets = torch.from_numpy(data.train.persons).to(device)
    classes = int(targets.max()) + 1
    rng = np.random.default_rng([seed, 1])
    own, *others = rng.permutation(classes)[: OTHERS + 1].tolist()
    is_own = targets == own
    order = np.random.default_rng([seed, 0]).permutation(torch.nonzero(is_own)[:, 0].cpu().numpy())
    parts = {
        PERSON: (inputs[is_own], targets[is_own]),
        "others": (inputs[~is_own], targets[~is_own]),
    }
    batch = config["scrub"]["batch_size"]

    def model(seed: int) -> nn.Module:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return Network(kind, classes, config["network"]["width"]).to(device)

    def watch(model: nn.Module, gone: Sequence[int]) -> Record:
        found = shares(model, parts, batch)
        train, query, gallery = (
            (features(model, part, batch), part.persons, part.cameras)
            for part in (data.train, data.query, data.gallery)
        )
        for name, chosen in ((PERSON, [own]), ("others", others)):
            at = one_of_each_camera(data.train.persons, data.train.cameras, chosen)
            seen = retrieved((train[0][at], train[1][at], train[2][at]), train)
            found |= _retrieval(name, seen, RANKS[:1])
        return found | _retrieval("test", retrieved(query, gallery), RANKS)

    return Task(
        train=(inputs, targets),
        test=parts["others"],
        model=model,
        fit=training.fit,
        loss=training.loss,
        weight_decay=training.weight_decay,
        groups={PERSON: order.tolist()},
        watch=watch,
        batch=batch,
    )


@torch.no_grad()
def features(model: nn.Module, part: Part, batch: int) -> np.ndarray:
    """Return what persons are found by, shape (n, d); not finite numbers as 0: nothing is told."""
    device = next(model.parameters()).device
    found = [model.features(rows.to(device)) for rows in part.inputs.split(batch)]
    return torch.cat(found).double().nan_to_num(0, 0, 0).cpu().numpy()


def _retrieval(name: str, found: Found, ranks: tuple[int, ...]) -> Record:
    cmc = {f"{name}_rank{rank}": finite(found.within(rank)) for rank in ranks}
    return {f"{name}_map": finite(found.mean), **cmc}


def cases(config: Config, task: Task, kind: str) -> list[Case]:
    """Return what is removed: the images of the person, `run.images` at a time; and all at once."""
    found = by_images(config, task.groups[PERSON], kind)
    together = Case(case_name(kind, TOGETHER), [task.groups[PERSON]], [1])
    return [together] if found.name == together.name else [found, together]


def measure(config: Config, data: Crowd, run: Run) -> None:
    """Measure what the journal lacks, for each network; draw where the networks look."""
    plans: dict[str, Plan] = {}
    for kind in config["network"]["kinds"]:
        make = partial(persons_task, config, data, kind)
        tasks = {seed: make(seed, run.device) for seed in config["run"]["seeds"]}
        plans[kind] = [
            (config, task, seed, case)
            for seed, task in tasks.items()
            for case in cases(config, task, kind)
        ]
    follow(plans, config["methods"], run)
    for kind, plan in plans.items():
        _, task, seed, case = plan[-1]
        names = [method["name"] for method in config["methods"]]
        draw_maps(run.folder / kind, task, seed, case, names)

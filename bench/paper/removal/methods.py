"""Ways to remove samples from a model, each with a memory on the disk of what is removed.

Every method of an experiment's config.toml is of one kind: "scrub", a `Scrubber` with the options
of its table `scrub` and its own (the default); "default", a `Scrubber` as it is by default;
"noise", nothing but the noise of Sekhari et al.; or "baseline", one of `lcodec.scrub.baselines`.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import nn
from torch.nn.utils import parameters_to_vector, vector_to_parameters

from bench.paper.journal import Record
from bench.paper.removal.task import Task
from lcodec import LcodecError, LcodecWarning
from lcodec.scrub import Ledger, Scrubber, Sekhari, baselines, load_weights, save_weights
from lcodec.scrub.privacy import noise

OWN = ("name", "budget", "kind", "noisy")
"""What a method in config.toml says beside the options of its kind."""


class Remover(Protocol):
    """A way to remove samples from `model`, which has `done` removals of its sequence already."""

    model: nn.Module
    done: int

    def remove(self, step: int, ids: Sequence[int], budget: int | None) -> Record:
        """Remove samples, and return what is known of it."""

    def keep(self, step: int) -> None:
        """Have the model after so many steps on the disk."""

    def close(self) -> None:
        """Let go of files."""


def remover(
    config: Mapping[str, Any],
    method: Mapping[str, Any],
    task: Task,
    model: nn.Module,
    folder: Path,
    known: Sequence[Record],
    seed: int,
) -> Remover:
    """Return the remover of a method, as far as it has come.

    Parameters
    ----------
    config : mapping
        As config.toml: `scrub` has the options of all scrubbers, `privacy` those of the noise.
    method : mapping
        One of its methods.
    task : Task
        Data and loss.
    model : torch.nn.Module
        Trained; it is changed.
    folder : path
        Of this sequence alone.
    known : sequence of dict
        Records of the removals that the journal has.
    seed : int
        Of everything random.
    """
    folder.mkdir(parents=True, exist_ok=True)
    kind = method.get("kind", "scrub")
    if kind == "noise":
        return Noise(task, model, sekhari(config), seed)
    if kind == "baseline":
        return Baseline(task, model, _own(method), folder / "weights.pt", seed)
    return Scrubbing(task, model, scrub_options(config, method), folder, known, seed)


def scrub_options(config: Mapping[str, Any], method: Mapping[str, Any]) -> dict[str, Any]:
    """Return the `Scrubber` options of a method: those of all, its own, and its noise."""
    shared = {} if method.get("kind") == "default" else config["scrub"]
    options = {"weight_decay": config["training"]["weight_decay"], **shared, **_own(method)}
    if method.get("noisy"):
        options["privacy"] = sekhari(config)
    return options


def _own(method: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in method.items() if name not in OWN}


def sekhari(config: Mapping[str, Any]) -> Sekhari:
    """Return the noise of each removal."""
    return Sekhari(**config["privacy"], strong_convexity=config["training"]["weight_decay"])


class Scrubbing:
    """Removals by one scrubber, with a ledger.

    Where a removal has a budget of its own or is random, a scrubber is made for it, of the same
    data and the same ledger: the options and the seed of one are fixed.
    """

    def __init__(
        self,
        task: Task,
        model: nn.Module,
        options: Mapping[str, Any],
        folder: Path,
        known: Sequence[Record],
        seed: int,
    ) -> None:
        self.model, self.done = model, len(known)
        self._task, self._options, self._seed = task, dict(options), seed
        self._weights = folder / "weights.pt"
        self._ledger = Ledger(folder / "ledger.jsonl")
        if self._weights.exists():
            model.load_state_dict(load_weights(self._weights))
        earlier = self._made({})
        earlier.resume()
        while len(self._ledger.standing) > sum("refused" not in record for record in known):
            earlier.undo()  # killed before the journal knew of it: it is done again
        self._scrubber: Scrubber | None = None

    def _made(self, options: Mapping[str, Any]) -> Scrubber:
        data = self._task.train
        return Scrubber(
            self.model, self._task.loss, data, ledger=self._ledger, progress=False, **options
        )

    def _for(self, step: int, budget: int | None) -> Scrubber:
        known = {"perturb": self._task.perturb, "training_size": self._task.training_size}
        options = {**known, "seed": self._seed, **self._options}
        if budget is None and options.get("select") != "random":
            self._scrubber = self._scrubber or self._made(options)
            return self._scrubber
        own = {} if budget is None else {"max_parameters": budget}
        return self._made({**options, **own, "seed": 1000 * self._seed + step})

    def remove(self, step: int, ids: Sequence[int], budget: int | None) -> Record:
        """Remove samples; a refusal is a record, too, and leaves the model as it was."""
        scrubber = self._for(step, budget)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", LcodecWarning)
            try:
                report = scrubber.remove(list(ids))
            except LcodecError as error:
                return {"parameters": 0, "step_norm": 0.0, "seconds": 0.0, "refused": str(error)}
        return {
            "parameters": report.parameters_touched,
            "step_norm": report.step_norm,
            "seconds": sum(report.seconds.values()),
        }

    def keep(self, step: int) -> None:
        """Write the weights; the ledger drops the steps that they hold."""
        save_weights(self.model.state_dict(), self._weights)
        self._ledger.settle()

    def close(self) -> None:
        """Let other processes use the ledger."""
        self._ledger.close()


class Noise:
    """Nothing but noise: what the noise alone does to a model.

    With a budget it falls on so many weights, drawn at random. It is drawn from seeds, so that a
    run can be done again; that of a real release must not be.
    """

    def __init__(self, task: Task, model: nn.Module, privacy: Sekhari, seed: int) -> None:
        self.model, self.done = model, 0  # cheap to do again
        self._privacy, self._seed = privacy, seed
        self._left = task.training_size or task.count

    def remove(self, step: int, ids: Sequence[int], budget: int | None) -> Record:
        """Add the noise of the removal of so many samples to all weights, or to some."""
        sigma = self._privacy.sigma(self._left, len(ids))
        self._left -= len(ids)
        vector = parameters_to_vector(self.model.parameters()).detach()
        seed = 1000 * self._seed + step
        drawn = noise(len(vector), sigma, seed=seed).to(vector)
        if budget is not None:
            order = torch.randperm(len(vector), generator=torch.Generator().manual_seed(seed))
            drawn[order[budget:].to(vector.device)] = 0
        vector_to_parameters(vector + drawn, self.model.parameters())
        count = int(drawn.count_nonzero())
        return {"parameters": count, "step_norm": float(drawn.norm()), "seconds": 0.0}

    def keep(self, step: int) -> None:
        """Keep nothing."""

    def close(self) -> None:
        """Let go of nothing."""


class Baseline:
    """A baseline of the package, applied to what is left, again and again."""

    def __init__(
        self, task: Task, model: nn.Module, settings: Mapping[str, Any], file: Path, seed: int
    ) -> None:
        self.model, self.done = model, 0
        self._task, self._settings, self._seed = task, dict(settings), seed
        self._name = self._settings.pop("baseline")
        self._file = file
        self._gone: list[int] = []
        if file.exists():
            state = load_weights(file)
            self.done, self._gone = int(state.pop("done")), state.pop("gone").tolist()
            model.load_state_dict(state)

    def remove(self, step: int, ids: Sequence[int], budget: int | None) -> Record:
        """Run the baseline on what is left without these samples."""
        self._gone += ids
        before = parameters_to_vector(self.model.parameters()).detach()
        changed, seconds = baselines.run(
            self._name, self.model, self._task.loss, self._task.without(self._gone),
            self._task.rows(ids), weight_decay=self._task.weight_decay, seed=self._seed,
            **self._settings,
        )  # fmt: skip
        self.model.load_state_dict(changed.state_dict())
        moved = parameters_to_vector(self.model.parameters()).detach() - before
        return {
            "parameters": int(moved.count_nonzero()),
            "step_norm": float(moved.double().norm()),
            "seconds": seconds,
        }

    def keep(self, step: int) -> None:
        """Write the weights, and what is removed."""
        about = {"done": torch.tensor(step), "gone": torch.tensor(self._gone)}
        save_weights({**self.model.state_dict(), **about}, self._file)

    def close(self) -> None:
        """Let go of nothing."""

"""Removals one after another by each method, beside refits, as far as a journal lacks them."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from torch import nn

from bench.machine import grown_by
from bench.paper.journal import Record
from bench.paper.removal.measures import finite, measured, sample_gradient
from bench.paper.removal.methods import remover
from bench.paper.removal.task import Task
from bench.paper.runs import Run

REFIT, FLOOR, NOTHING = "refit", "refit, another seed", "nothing done"
REFERENCES = (REFIT, FLOOR, NOTHING)


@dataclass(frozen=True)
class Case:
    """What is removed from a trained network: sets of samples, one set after another.

    Attributes
    ----------
    name : str
        Such as "one by one", or a group.
    steps : list of list of int
        The samples of each removal.
    checkpoints : list of int
        Numbers of removals after which there is a refit to compare with; none where the network
        cannot be trained again.
    """

    name: str
    steps: Sequence[Sequence[int]]
    checkpoints: Sequence[int]

    def gone(self, step: int) -> list[int]:
        """Return all samples that are removed after so many removals."""
        return [at for ids in self.steps[:step] for at in ids]

    def records(self, methods: int) -> int:
        """Return how many records the references and so many methods give."""
        references = len(REFERENCES) * len(self.checkpoints) or 1
        return references + methods * len(self.steps)


def trained_without(gone: Sequence[int], seed: int) -> str:
    """Return the name of the model that is trained with a seed without some samples.

    Cases that end with the same samples have their refit in common.
    """
    if not gone:
        return f"seed {seed}"
    digest = hashlib.sha256(repr(sorted(gone)).encode()).hexdigest()[:12]
    return f"seed {seed}, without {len(gone)} samples {digest}"


class Removals:
    """The removals of a case from the network trained with one seed."""

    def __init__(
        self, run: Run, config: Mapping[str, Any], task: Task, case: Case, seed: int
    ) -> None:
        self._run, self._config, self._task, self._case, self._seed = run, config, task, case, seed
        self._model = self._trained(seed)
        self._refits = {step: self._trained(seed, step) for step in case.checkpoints}

    def _trained(self, seed: int, step: int = 0) -> nn.Module:
        gone = self._case.gone(step)
        name = trained_without(gone, seed)
        return self._run.model(name, lambda: self._task.trained(seed, gone), self._task.model(seed))

    def _place(self, method: str, step: int) -> Record:
        return {"seed": self._seed, "case": self._case.name, "method": method, "step": step}

    def references(self) -> None:
        """Measure the refits, refits of another seed (the noise floor), and doing nothing."""
        another = self._seed + self._config["run"]["floor"]
        for step, refit in self._refits.items():
            for name in REFERENCES:
                place = self._place(name, step)
                if self._run.missing(**place):
                    other = self._trained(another, step) if name == FLOOR else self._model
                    self._write(place, refit if name == REFIT else other, {})
        place = self._place(NOTHING, len(self._case.steps))
        if not self._refits and self._run.missing(**place):
            self._write(place, self._model, {})

    def method(self, method: Mapping[str, Any]) -> None:
        """Remove by one method, from where the journal ends, until the task has enough."""
        name = method["name"]
        known = self._known(name)
        if len(known) == len(self._case.steps) or (known and self._task.enough(known[-1])):
            return
        folder = self._run.folder / f"seed {self._seed}, {self._case.name}" / name
        way = remover(
            self._config, method, self._task, copy.deepcopy(self._model), folder, known, self._seed
        )
        try:
            for step in range(way.done + 1, len(self._case.steps) + 1):
                ids = self._case.steps[step - 1]
                before = sample_gradient(self._task, way.model, ids)
                found = self._removed(partial(way.remove, step, ids, self._budget(method, step)))
                found["gradient_before"] = before
                found["gradient_after"] = sample_gradient(self._task, way.model, ids)
                found["step_norm"] = finite(found["step_norm"])
                if step > len(known):
                    record = self._write(self._place(name, step), way.model, found)
                    if self._task.enough(record):
                        break
                if step in self._refits:
                    way.keep(step)
        finally:
            way.close()

    def _removed(self, remove: Callable[[], Record]) -> Record:
        """Remove, and tell also by how many MiB the process grew; None for an accelerator's."""
        found, grown = grown_by(remove)
        if grown is None or self._run.device.type != "cpu":
            return found | {"peak_mib": None}
        return found | {"peak_mib": round(grown / 2**20, 1)}

    def _budget(self, method: Mapping[str, Any], step: int) -> int | None:
        """Return how many parameters the method that this one is held to changed in a removal.

        Where that one had ended before, it is as many as in its last removal.
        """
        followed = method.get("budget")
        if followed is None:
            return None
        return max(1, int(self._known(followed)[:step][-1]["parameters"]))

    def _known(self, method: str) -> list[Record]:
        return self._run.journal.find(seed=self._seed, case=self._case.name, method=method)

    def _write(self, place: Record, model: nn.Module, found: Record) -> Record:
        step, task = place["step"], self._task
        gone = self._case.gone(step)
        if task.compared and step in self._refits:
            found = found | measured(task, model, self._refits[step], gone)
        found = found | task.watch(model, gone)
        self._run.write(place, found)
        return found

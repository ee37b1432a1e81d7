"""What a removal is asked for, and what its stages hand on to one another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import nn

from lcodec.scrub import checks
from lcodec.scrub.objective import ranks
from lcodec.scrub.objective.loss import PerSampleLoss
from lcodec.scrub.objective.objective import Objective
from lcodec.scrub.options import Options
from lcodec.scrub.samples.batches import Batch, Batches
from lcodec.scrub.samples.inputs import rows
from lcodec.scrub.samples.prints import Pass
from lcodec.scrub.samples.retained import Id
from lcodec.scrub.step import Curvature
from lcodec.scrub.step.memory import Scheme

Tensors = dict[str, torch.Tensor]


@dataclass(frozen=True, eq=False)
class Request:
    """What is asked: samples to forget, data to keep, by which model and options."""

    model: nn.Module  # in evaluation mode whenever a stage runs; as it was after each of them
    loss: PerSampleLoss
    options: Options
    forgotten: Batch  # m samples
    retained: Batches  # the data without them
    kept: int  # samples in it
    ids: tuple[Id, ...] | None  # of the m samples, where they were given by id
    names: Callable[[Sequence[int]], tuple[Id, ...]]  # ids of rows of the data, by their numbers
    trained: (
        int  # samples that the model was trained on and has not forgotten, with those to forget
    )
    random: tuple[str, ...] = ()  # layers that act at random in the mode that the model is in

    @property
    def count(self) -> int:
        """Number of samples to forget."""
        return rows(self.forgotten[0])

    @property
    def free(self) -> bool:
        """Whether steps may be taken on some of the rows, as the next one makes up for what it can.

        Not where the rows have no numbers to draw: the first of them may be all of one class.
        """
        chosen = self.options.damping is not None or self.options.curvature_samples is not None
        drawn = self.retained.samples is not None
        plain = self.options.step == "newton" and self.options.privacy is None
        return plain and drawn and not chosen

    @property
    def precision(self) -> float:
        """By how much numbers of the model's dtype are rounded, relatively."""
        return float(torch.finfo(next(self.model.parameters()).dtype).eps)

    def rows_within(self, work: int, fewest: int) -> int:
        """Return how many rows to take for rows times parameters to stay within some work."""
        return max(fewest, work // sum(part.numel() for part in self.model.parameters()))

    def forgotten_batches(self) -> Batches:
        """Return the samples to forget in batches."""
        return Batches(self.forgotten, self.model, self.options.batch_size, "samples")

    def objective(self, batches: Batches, weight_decay: float | None = None) -> Objective:
        """Return the objective over some data, by default with the weight decay of the options."""
        decay = self.options.weight_decay if weight_decay is None else weight_decay
        return Objective(self.model, self.loss, batches, decay, ranks.ranks())

    def forgotten_gradient(self, weight_decay: float | None = None) -> Tensors:
        """Return the gradient of the objective over the samples to forget."""
        return self.objective(self.forgotten_batches(), weight_decay).value_and_gradient()[1]


@dataclass(frozen=True, eq=False)
class Start:
    """The retained objective at the weights before, and the tilted one that a removal goes down.

    That is F'(w) - <tilt, w>, so that its gradient is here what the removal changes. `tilt` is
    empty where nothing is taken off the retained gradient.
    """

    value: float  # F'
    gradient_norm: float  # of F'
    slope: Tensors  # gradient of the tilted objective, by parameter name
    tilt: Tensors
    seen: Pass  # of the retained data


@dataclass(frozen=True)
class Outcome:
    """What the new weights do, measured before they are written; see `RemovalReport`."""

    gradient_after: float
    residual_after: float
    loss_after: float
    accuracy_after: float | None
    actual_change: float

    def to_dict(self) -> dict[str, float | None]:
        """Return them as callbacks are told them."""
        named = {name.removesuffix("_after"): number for name, number in vars(self).items()}
        named["change"] = named.pop("actual_change")
        return named


@dataclass(frozen=True, eq=False)
class Curve:
    """The curvature in the selected slices, on how many samples, and how it is held.

    None where there is none; `form` is also None once it is not needed any more.
    """

    form: Curvature | None
    samples: int | None
    scheme: Scheme | None


def trained_on(size: int | None, given: int, gone: int) -> int:
    """Return how many samples the model was trained on that it has not forgotten yet.

    All that were `given`, unless it was trained on more: on `size`, before `gone` were removed.
    """
    if size is None:
        return given
    if size < given + gone:
        checks.fail(
            "optionRange",
            f"`training_size` must be at least {given + gone}, the rows of `retained`, the samples "
            f"and those removed before, got {size}",
        )
    return size - gone

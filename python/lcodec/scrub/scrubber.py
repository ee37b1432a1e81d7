"""The pipeline: perturb, record, select, differentiate, step, check, write."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import NoReturn, TypeVar, cast

import torch
from torch import nn
from tqdm import tqdm

from lcodec.checks import choice, no_unknown, nonnegative, whole_number

from . import checks, selection
from . import curvature as curvature_of
from .data import Batch, Batches, Data, fit
from .hypercolumn import not_called
from .objective import Loss, Objective, PerSampleLoss, mean_over, norm, run
from .perturbation import perturbed_batches
from .recording import Recording, record
from .report import RemovalReport, describe
from .slices import FlatParameters, Slice, find_slices
from .state import all_or_nothing
from .update import NewtonStep, newton_step

T = TypeVar("T")


class Scrubber:
    """Remove samples from a trained model by one Newton step on the slices that carry them.

    A slice is one output unit of a Linear or Conv2d layer: its row of the weight and its bias.
    The samples to forget are perturbed with noise; LFOCI picks the slices whose activations
    explain how their loss varies; a damped Newton step on those, taken on the retained data,
    moves the model towards the one that never saw the samples. No matrix of the whole model is
    formed.

    Parameters
    ----------
    model : torch.nn.Module
        Maps a batch of inputs (b, ...) to a tensor with b rows. It is changed in place by
        `remove`, works in its own dtype and on its own device, and is run in evaluation mode.
    loss : callable
        `loss(outputs, targets)`: a torch loss of any reduction. It is called on batches of one,
        in float64, under `torch.func.vmap`.
    retained : (inputs, targets), or re-iterable of such batches
        The data to keep, *without* the samples to forget: a pair of tensors, or a container of
        batches such as a DataLoader.
    weight_decay : float, default 0
        Coefficient of |w|^2 / 2 in the training objective, which is the mean loss plus this.
    select : {"lfoci", "random", "top_gradient", "all"}, default "lfoci"
        How slices are chosen. "top_gradient" takes the largest gradients of the retained
        objective; it and "random" need `max_parameters`.
    response : {"loss", "margin"}, default "loss"
        What LFOCI explains: the loss of the perturbed samples, or the logit of their class
        minus the largest other one. A saturated loss is replaced by the margin.
    max_parameters : int, optional
        Budget: slices are taken in order while it has room. None for no limit.
    perturbations : int, default 1000
        Noisy copies of each sample, at least 3.
    noise : float, default 0.1
        Their standard deviation, in the units of the inputs.
    sigma : float, default 0.01
        Noise of LFOCI itself, in standard deviations of each activation.
    curvature : {"ggn", "exact"}, default "ggn"
        Generalised Gauss-Newton matrix or exact Hessian.
    damping : float, default 1e-3
        Added to the diagonal of the curvature; raised tenfold until Cholesky succeeds. Without
        any, a step on many slices can leave a larger gradient than it found.
    max_step : float, optional
        Trust region: largest norm of the step.
    batch_size : int, default 256
        Rows per forward pass, where `retained` does not come in batches.
    memory_limit : int, default 2 GiB
        Bytes the curvature may need; beyond it nothing is started.
    seed : int, default 0
        Of the perturbations, LFOCI's noise and the random selection.
    progress : bool, optional
        Progress bars on standard error; by default only where it is a terminal.

    Raises
    ------
    LcodecError
        Where an argument is unknown or out of range.

    Notes
    -----
    LFOCI explains the mean loss over all the samples of one `remove`, so they should have
    something in common. The parts of unrelated samples average out, and what is then selected
    is no better than random slices.

    References
    ----------
    Mehta, Pal, Singh, Ravi: Deep Unlearning via Randomized Conditionally Independent Hessians,
    CVPR 2022 (selection, section 4). Sekhari, Acharya, Kamath, Suresh: Remember What You Want
    to Forget, NeurIPS 2021 (Newton step).

    Examples
    --------
    >>> import torch
    >>> from lcodec.scrub import Scrubber
    >>> generator = torch.Generator().manual_seed(0)
    >>> X = torch.randn(60, 4, dtype=torch.float64, generator=generator)
    >>> y = X[:, :1] - X[:, 1:2]
    >>> model = torch.nn.Linear(4, 1).double()
    >>> keep, forget = (X[5:], y[5:]), (X[:5], y[:5])
    >>> scrubber = Scrubber(
    ...     model, torch.nn.MSELoss(), keep, weight_decay=0.1, select="all", damping=0.0
    ... )
    >>> report = scrubber.remove(forget)  # least squares: one step is the refit
    >>> bool(report.gradient_after < 1e-12)
    True
    """

    def __init__(
        self,
        model: nn.Module,
        loss: Loss,
        retained: Data,
        *,
        weight_decay: float = 0.0,
        select: str = "lfoci",
        response: str = "loss",
        max_parameters: int | None = None,
        perturbations: int = 1000,
        noise: float = 0.1,
        sigma: float = 0.01,
        curvature: str = "ggn",
        damping: float = 1e-3,
        max_step: float | None = None,
        batch_size: int = 256,
        memory_limit: int = 2 * 2**30,
        seed: int = 0,
        progress: bool | None = None,
        **unknown: NoReturn,
    ) -> None:
        no_unknown(unknown, Scrubber.__init__)
        self._model = checks.model(model)
        self._loss = PerSampleLoss(loss)
        self._weight_decay = nonnegative(weight_decay, "weight_decay")
        self._select = choice(select, "select", selection.METHODS)
        self._response = choice(response, "response", selection.RESPONSES)
        self._max_parameters = checks.budget(max_parameters, self._select)
        self._perturbations = whole_number(perturbations, "perturbations", 3)
        self._noise = checks.positive(noise, "noise")
        self._sigma = nonnegative(sigma, "sigma")
        self._curvature = choice(curvature, "curvature", curvature_of.METHODS)
        self._damping = nonnegative(damping, "damping")
        self._max_step = None if max_step is None else checks.positive(max_step, "max_step")
        self._batch_size = whole_number(batch_size, "batch_size", 1)
        self._memory_limit = whole_number(memory_limit, "memory_limit", 1)
        self._seed = whole_number(seed, "seed", 0)
        self._progress = progress
        self._retained = Batches(retained, model, self._batch_size, "retained")

    def remove(self, samples: tuple[torch.Tensor, torch.Tensor]) -> RemovalReport:
        """Forget samples; the model is changed in place, or not at all.

        On any error or interruption the weights are bitwise what they were. The modes of the
        modules and the buffers are put back in any case.

        Parameters
        ----------
        samples : (inputs, targets)
            Floating-point inputs (m, ...) and their targets (m, ...), none of them in
            `retained`.

        Returns
        -------
        RemovalReport
            What was changed and how far it went.

        Raises
        ------
        LcodecError
            Where the samples do not fit, nothing could be selected, the curvature does not fit
            into `memory_limit`, or something computed is not finite.
        """
        given = checks.pair(samples, "samples")
        checks.finite_weights(self._model)
        seconds: dict[str, float] = {}
        with all_or_nothing(self._model):
            objective = Objective(self._model, self._loss, self._retained, self._weight_decay)
            slices, uncovered = find_slices(self._model)
            with _timed(seconds, "record"):
                recording = self._record(slices, given)
            with _timed(seconds, "gradient"):
                value, gradient = objective.value_and_gradient()
            with _timed(seconds, "select"):
                response, chosen = self._choose(slices, recording, gradient)
            flat = FlatParameters(self._model, [slices[one] for one in chosen.chosen])
            with _timed(seconds, "curvature"):
                matrix = self._matrix(objective, flat, given)
            with _timed(seconds, "solve"):
                step = newton_step(
                    matrix, flat.gather(gradient), damping=self._damping, max_step=self._max_step
                )
            with _timed(seconds, "check"):
                outcome = self._check(objective, flat, step, (value, gradient), given)
            report = RemovalReport(
                forgotten=len(given[0]),
                select=self._select,
                response=response,
                slices=describe(slices, chosen.chosen),
                dropped=describe(slices, chosen.dropped),
                uncovered=(*uncovered, *not_called(slices, recording.columns)),
                parameters_touched=len(flat),
                parameters_total=sum(tensor.numel() for tensor in self._model.parameters()),
                curvature=self._curvature,
                damping=step.damping,
                step_norm=step.norm,
                step_clipped=step.clipped,
                predicted_change=step.predicted_change,
                seconds=seconds,
                **outcome,
            )
            # Last, so that nothing is left to fail once the weights have changed.
            flat.write(flat.read().double() + step.step)
        return report

    def _record(self, slices: Sequence[Slice], given: Batch) -> Recording:
        like = next(self._model.parameters())
        inputs, targets = (fit(part, like) for part in given)
        # The other methods only need to know which layers a forward pass calls.
        copies = self._perturbations if self._select == "lfoci" else 1
        batches = perturbed_batches(
            inputs,
            copies=copies,
            noise=self._noise if self._select == "lfoci" else 0.0,
            seed=self._seed,
            batch_size=self._batch_size,
        )
        total = -(-copies * len(inputs) // self._batch_size)
        shown = self._bar(batches, "perturbed passes", total)
        return record(self._model, self._loss, slices, targets, shown, copies)

    def _choose(
        self, slices: Sequence[Slice], recording: Recording, gradient: dict[str, torch.Tensor]
    ) -> tuple[str | None, selection.Selection]:
        candidates = list(dict.fromkeys(column.slice for column in recording.columns))
        response = None
        if self._select == "lfoci":
            response, values = selection.pick_response(recording, self._response)
            order = selection.by_lfoci(recording, values, sigma=self._sigma, seed=self._seed)
        elif self._select == "random":
            order = selection.by_random(candidates, seed=self._seed)
        elif self._select == "top_gradient":
            order = selection.by_gradient(candidates, slices, gradient)
        else:
            order = candidates
        return response, selection.within_budget(order, slices, self._max_parameters)

    def _matrix(self, objective: Objective, flat: FlatParameters, given: Batch) -> torch.Tensor:
        with torch.no_grad():
            one = fit(given[0][:1], next(self._model.parameters()))
            outputs = run(self._model, one).numel()
        curvature_of.check_memory(self._curvature, len(flat), outputs, self._memory_limit)
        shown = self._bar(self._retained, "curvature", self._retained.count())
        return curvature_of.curvature_matrix(self._curvature, objective, flat, shown)

    def _check(
        self,
        objective: Objective,
        flat: FlatParameters,
        step: NewtonStep,
        before: tuple[float, dict[str, torch.Tensor]],
        given: Batch,
    ) -> dict[str, float]:
        moved = flat.merge(flat.read().double() + step.step)
        value, gradient = objective.value_and_gradient(moved)
        forget = Batches(given, self._model, self._batch_size, "samples")
        outcome = {
            "gradient_before": norm(before[1]),
            "gradient_after": norm(gradient),
            "loss_before": mean_over(self._model, self._loss, forget),
            "loss_after": mean_over(self._model, self._loss, forget, moved),
            "actual_change": value - before[0],
        }
        for name, number in outcome.items():
            checks.finite(torch.tensor(number), f"`{name}`")
        return outcome

    def _bar(self, batches: Iterable[T], what: str, total: int | None) -> Iterable[T]:
        disable = None if self._progress is None else not self._progress
        bar = tqdm(batches, desc=what, total=total, leave=False, disable=disable)
        return cast("Iterable[T]", bar)


@contextmanager
def _timed(seconds: dict[str, float], stage: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    seconds[stage] = time.perf_counter() - start

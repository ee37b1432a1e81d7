"""Removing samples from a trained model: what users call."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any, NoReturn, TypeAlias, cast

import torch
from torch import nn

from lcodec.checks import no_unknown
from lcodec.scrub import checks
from lcodec.scrub.ledger.entry import Entry, Id, removal_entry, sample_hashes, undo_entry
from lcodec.scrub.ledger.ledger import Ledger
from lcodec.scrub.ledger.steps import Step, apply_step, difference
from lcodec.scrub.ledger.weights import fingerprint, save_weights
from lcodec.scrub.objective.loss import Loss, PerSampleLoss
from lcodec.scrub.objective.modes import all_or_nothing
from lcodec.scrub.options import Settings
from lcodec.scrub.privacy import Sekhari
from lcodec.scrub.privacy.release import Noise
from lcodec.scrub.removal import Pipeline, Removal
from lcodec.scrub.report import RemovalPlan, RemovalReport
from lcodec.scrub.samples.batches import Batch, Batches, Data
from lcodec.scrub.samples.retained import Roster, plain_ids

Samples: TypeAlias = "Batch | Sequence[Id]"


@dataclass(frozen=True, eq=False)
class Done:
    """A removal that can be taken back."""

    positions: list[int]
    after: str
    back: Step
    entry: Entry | None


class Scrubber:
    """Remove samples from a trained model by one Newton step on the slices that carry them.

    A slice is one output unit of a layer: of Linear, Conv1d to 3d, ConvTranspose1d to 3d and
    the Conv1D of transformers, with its row of the weight and its bias. The samples to forget
    are perturbed; LFOCI picks the slices that explain how fast their loss changes along the first
    step of a removal; a damped Newton step on those, taken on the retained data, moves the model
    towards the one that never saw the samples. No matrix of the whole model is formed.

    Parameters
    ----------
    model : torch.nn.Module
        Maps a batch of inputs to a tensor with one row per sample, or to an object that holds
        one as `logits`. It is changed in place by `remove`, works in its own dtype and on its
        own device, and is run in evaluation mode. A compiled model is unwrapped.
    loss : callable
        `loss(outputs, targets)`: a torch loss of any reduction, the mean or the sum of the
        losses of samples. It is called on batches of one, in float64, under `torch.func.vmap`.
        Where targets are ignored or weighted, a mean is none of samples: use the sum.
    retained : (inputs, targets), Dataset, DataLoader, or re-iterable of batches
        The data to keep, or, where samples are removed by id, all the data. Inputs are a
        tensor, a tuple of tensors (positional arguments) or a mapping (keyword arguments). Of a
        DataLoader all rows are taken, in order; where it has a sampler of its own, what that
        gives, and its samples have no ids.
    ids : sequence of int or str, optional
        A label for each sample of `retained`, for `remove`; by default its position.
    weight_decay : float, default 0
        Coefficient of |w|^2 / 2 in the training objective, which is the mean loss plus this.
    layers : sequence of str, optional
        Names of modules (with all below them) whose slices may change; all by default.
    embeddings : bool, default False
        Whether rows of Embedding layers are slices too.
    select : {"lfoci", "random", "one", "top_gradient", "last_layer", "all"}, default "lfoci"
        How slices are chosen. "top_gradient" takes the largest gradients of the retained
        objective; it and "random" need `max_parameters`. "one" takes one slice at random.
    response : {"influence", "loss", "margin"}, default "influence"
        What LFOCI explains, over the perturbed copies of the samples: how fast their loss changes
        along the retained gradient, which is the sum of the influences of all slices; or, as in
        the paper, their loss; or the logit margin of their class to the largest other one. A
        saturated loss is replaced by the margin.
    features : {"influence", "activation"}, default "influence"
        What LFOCI explains it by: the part of that change that runs through each slice's
        parameters; or, as in the paper, the activations of the slices.
    max_features : int, optional
        Most slices LFOCI picks; 1 is the paper's cheap form.
    max_parameters : int, optional
        Budget: slices are taken in order while it has room. None for no limit.
    fill : bool, default False
        Whether LFOCI goes on past its own stop until the budget, then needed, is full.
    perturb : "auto" or callable, default "auto"
        `perturb(inputs, generator)` returns one perturbed copy of a batch of inputs, such as
        `TokenReplacement` or `EmbeddingNoise`. By default floating-point inputs get Gaussian
        noise and token ids are replaced.
    perturbations : int, default 1000
        Perturbed copies of each sample, at least 3.
    noise : float, default 0.1
        Standard deviation of Gaussian noise, in the units of the inputs.
    sigma : float, default 0.01
        Noise of LFOCI itself, in standard deviations of each feature.
    curvature : {"ggn", "exact", "fisher", "secant", "identity"}, default "ggn"
        Generalised Gauss-Newton matrix, exact Hessian, empirical Fisher matrix, rank-one secant
        or the identity.
    solver : {"auto", "dense", "woodbury", "cg"}, default "auto"
        How the curvature is solved; by default what fits the number of parameters.
    curvature_samples : int, optional
        Evaluate the curvature on this many of the retained samples, drawn at random (of a
        container of batches: the first). All by default.
    gradient : {"retain", "forget"}, default "retain"
        Take the gradient of the retained objective in a pass over the retained data, or derive
        it from the forgotten samples, which is equal at an exact minimum only.
    step : {"newton", "cr", "ascent"}, default "newton"
        The Newton step; or, as in the paper, with the curvature and gradient of the forgotten
        samples alone ("cr"), or `learning_rate` times their gradient ("ascent").
    learning_rate : float, default 1e-3
        Of "ascent".
    damping : float, default 1e-3
        Added to the diagonal of the curvature; raised tenfold while the matrix is not positive
        definite or the step would raise the retained objective (Levenberg, Marquardt).
    max_step : float, optional
        Trust region: largest norm of the step.
    privacy : Sekhari, optional
        Noise to add to the weights after the step; none by default.
    guard : callable, optional
        `guard(report)` is called before the weights change; if it returns False, or anything
        else that counts as false except None, they do not.
    batch_size : int, default 256
        Rows per forward pass, where `retained` does not come in batches.
    memory_limit : int, default 2 GiB
        Bytes the curvature may need; beyond it nothing is started.
    seed : int, default 0
        Of the perturbations, LFOCI's noise and the random selections. The noise of `privacy` is
        drawn from the operating system's secrets instead: whoever knew its seed could take it
        off again.
    ledger : path or Ledger, optional
        A file that records every removal, before the weights change. See `resume` and `save`.
    progress : bool, optional
        Progress bars on standard error; by default only where it is a terminal.

    Raises
    ------
    LcodecError
        Where an argument is unknown or out of range, or the ledger is locked or damaged.

    Notes
    -----
    By influence, LFOCI was measured to leave four fifths of the divergence from a refit that the
    paper's form leaves (`docs/scrub-quality.md`). In the paper's form it explains the mean loss
    over all the samples of one `remove`, so they should have something in common. With a budget,
    `select="top_gradient"` leaves as little or less, and needs no perturbations.

    References
    ----------
    Mehta, Pal, Singh, Ravi: Deep Unlearning via Randomized Conditionally Independent Hessians,
    CVPR 2022 (selection, section 4). Sekhari, Acharya, Kamath, Suresh: Remember What You Want
    to Forget, NeurIPS 2021 (Newton step, noise).

    Examples
    --------
    >>> import torch
    >>> from lcodec.scrub import Scrubber
    >>> generator = torch.Generator().manual_seed(0)
    >>> X = torch.randn(60, 4, dtype=torch.float64, generator=generator)
    >>> y = X[:, :1] - X[:, 1:2]
    >>> model = torch.nn.Linear(4, 1).double()
    >>> scrubber = Scrubber(
    ...     model, torch.nn.MSELoss(), (X, y), weight_decay=0.1, select="all", damping=0.0
    ... )
    >>> report = scrubber.remove([0, 1, 2, 3, 4])  # least squares: one step is the refit
    >>> bool(report.gradient_after < 1e-12)
    True
    """

    def __init__(
        self,
        model: nn.Module,
        loss: Loss,
        retained: Data,
        *,
        ids: Sequence[Id] | None = None,
        weight_decay: float = 0.0,
        layers: Sequence[str] | None = None,
        embeddings: bool = False,
        select: str = "lfoci",
        response: str = "influence",
        features: str = "influence",
        max_features: int | None = None,
        max_parameters: int | None = None,
        fill: bool = False,
        perturb: Any = "auto",
        perturbations: int = 1000,
        noise: float = 0.1,
        sigma: float = 0.01,
        curvature: str = "ggn",
        solver: str = "auto",
        curvature_samples: int | None = None,
        gradient: str = "retain",
        step: str = "newton",
        learning_rate: float = 1e-3,
        damping: float = 1e-3,
        max_step: float | None = None,
        privacy: Sekhari | None = None,
        guard: Callable[[RemovalReport], object] | None = None,
        batch_size: int = 256,
        memory_limit: int = 2 * 2**30,
        seed: int = 0,
        ledger: str | os.PathLike[str] | Ledger | None = None,
        progress: bool | None = None,
        **unknown: NoReturn,
    ) -> None:
        given = dict(locals())
        no_unknown(unknown, Scrubber.__init__)
        self._model = checks.model(getattr(model, "_orig_mod", model))
        self._settings = Settings(**{name: given[name] for name in Settings.__annotations__})
        self._loss = PerSampleLoss(loss)
        self._pipeline = Pipeline(self._model, self._loss, self._settings)
        data = Batches(retained, self._model, self._settings.batch_size, "retained")
        self._roster = Roster(data, ids)
        self._loss_given = loss
        self._done: list[Done] = []
        self._spent = 0.0, 0.0
        self._ledger = ledger if isinstance(ledger, Ledger) or ledger is None else Ledger(ledger)
        self._follow_ledger()

    def _follow_ledger(self) -> None:
        """Take over what another scrubber may have written to the ledger."""
        if self._ledger is not None:
            self._spent = self._ledger.composed
            self._roster.follow(self._ledger.removed)

    def plan(self, samples: Samples) -> RemovalPlan:
        """Find out what `remove` would change, and change nothing.

        Parameters
        ----------
        samples : (inputs, targets), or sequence of ids
            As for `remove`.

        Returns
        -------
        RemovalPlan
            Selected slices, memory, damping and the length of the step.

        Raises
        ------
        LcodecError
            As `remove` does.
        """
        with all_or_nothing(self._model):
            removal, _ = self._begin(samples)
            return self._pipeline.prepare(removal)[0]

    def remove(self, samples: Samples) -> RemovalReport:
        """Forget samples; the model is changed in place, or not at all.

        On any error or interruption the weights are bitwise what they were. The modes of the
        modules, the buffers and torch's random state are put back in any case. Samples given by
        id leave the retained data.

        Parameters
        ----------
        samples : (inputs, targets), or sequence of ids
            Samples that are *not* in `retained`, m rows of inputs and targets; or the ids of
            samples that are.

        Returns
        -------
        RemovalReport
            What was changed and how far it went.

        Raises
        ------
        LcodecError
            Where the samples do not fit or are not there, nothing could be selected, the
            curvature does not fit into `memory_limit`, something computed is not finite, or
            `guard` refused.
        """
        settings = self._settings
        with all_or_nothing(self._model):
            removal, positions = self._begin(samples)
            plan, flat, step = self._pipeline.prepare(removal)
            noise = Noise(settings.privacy, self._pipeline, self._loss_given, secrets.randbits(128))
            moved = removal.moved
            if noise.heard:
                moved = noise.add(flat, flat.read().double() + step, removal)
                removal.outcome = self._pipeline.check(removal, moved)
            outcome: dict[str, Any] = {**vars(plan), **removal.outcome}
            report = RemovalReport(**outcome, noise=noise.report(removal, plan, self._spent))
            answer = None if settings.guard is None else settings.guard(report)
            if answer is not None and not answer:  # NumPy's False, too
                checks.fail("guard", f"`guard` must not refuse the removal, got {answer!r}")
            # Last, so that nothing is left to fail once the weights have changed.
            return self._commit(removal, positions, moved, report)

    def _begin(self, samples: Samples) -> tuple[Removal, list[int]]:
        self._follow_ledger()
        positions: list[int] = []
        names = None
        wanted = plain_ids(samples, "samples")
        if wanted is not None:
            positions = self._roster.find(wanted)
            names = self._roster.names(positions)
            given = self._roster.samples(positions)
        else:
            if not any(isinstance(part, torch.Tensor) for part in checks.parts(samples)):
                checks.fail(
                    "notPair",
                    "`samples` must be a pair of tensors (inputs, targets) or a sequence of ids, "
                    f"got {checks.kind(samples)}",
                )
            checks.pair(samples, "samples")
            given = Batches(
                cast("Data", samples), self._model, self._settings.batch_size, "samples"
            )
        checks.finite_weights(self._model)
        retained = self._roster.retained(positions)
        removal = Removal(given.together(), retained, retained.size(), names)
        if self._ledger is not None and names is None:
            # As the user gave them, not as the model takes them: so can an auditor hash them.
            removal.hashes = sample_hashes(*cast("Batch", samples))
        self._check_ledger(removal)
        return removal, positions

    def _check_ledger(self, removal: Removal) -> None:
        if self._ledger is None:
            return
        entries = self._ledger.entries
        if entries and entries[-1].after != fingerprint(self._model):
            checks.fail(
                "ledgerWeights",
                "`model` must have the weights of the ledger's last entry, got others; "
                "`resume` brings earlier ones up to date",
            )
        gone = self._ledger.removed_samples
        for row, one in enumerate(removal.hashes):
            if one in gone:
                checks.fail(
                    "alreadyRemoved",
                    f"`samples` must not have been removed already, got row {row}, which was",
                )

    def _commit(
        self,
        removal: Removal,
        positions: list[int],
        moved: Mapping[str, torch.Tensor],
        report: RemovalReport,
    ) -> RemovalReport:
        parameters = dict(self._model.named_parameters())
        forward = difference(parameters, moved)
        back = difference(moved, {name: parameters[name] for name in moved})
        entry = None
        if self._ledger is None:
            apply_step(parameters, forward)
        else:
            noise = None if report.noise is None else vars(report.noise)
            entry = removal_entry(
                report,
                ids=removal.ids or (),
                samples=removal.hashes,
                noise=noise,
                options=self._settings.to_dict(),
            )
            entry = self._ledger.commit(self._model, moved, entry)
            report = replace(
                report,
                entry=entry.sequence,
                sha256_before=entry.before,
                sha256_after=entry.after,
            )
        after = fingerprint(parameters)
        self._done.append(Done(positions, after, back, entry))
        self._roster.take(positions)
        if report.noise is not None:
            self._spent = report.noise.composed_epsilon, report.noise.composed_delta
        return report

    def undo(self) -> None:
        """Take the last removal back: the weights become bitwise what they were before it.

        Its samples are retained again. What noise has spent stays spent, as the weights in
        between may have been seen. Only removals of this scrubber can be taken back.

        Raises
        ------
        LcodecError
            `lcodec:nothingToUndo` without a removal; `lcodec:undoWeights` where the model has
            changed since.
        """
        if not self._done:
            checks.fail("nothingToUndo", "`undo` must follow a removal, got none to take back")
        last = self._done[-1]
        parameters = dict(self._model.named_parameters())
        if fingerprint(parameters) != last.after:
            checks.fail("undoWeights", "`model` must be as `remove` left it, got other weights")
        if self._ledger is None or last.entry is None:
            apply_step(parameters, last.back)
        else:
            then = {name: parameters[name].detach().clone() for name in last.back}
            apply_step(then, last.back)
            self._ledger.commit(self._model, then, undo_entry(last.entry))
        self._roster.put_back(last.positions)
        self._done.pop()

    def resume(self) -> int:
        """Take the removals of the ledger that the model's weights lack, to the same bits.

        For a model that was loaded from weights saved before the last removals, such as after
        the process was killed.

        Returns
        -------
        int
            How many entries were carried out.

        Raises
        ------
        LcodecError
            `lcodec:noLedger` without a ledger; `lcodec:ledgerWeights` where the ledger does not
            know the weights.
        """
        if self._ledger is None:
            checks.fail("noLedger", "`ledger` must be given to resume, got none")
        return self._ledger.replay(self._model)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the weights, atomically, and let the ledger drop what only `resume` needs.

        Parameters
        ----------
        path : path
            With the suffix ".safetensors" in that format, else as `torch.save` writes it.

        Raises
        ------
        LcodecError
            `lcodec:writeFailed`; the file is then what it was.
        """
        save_weights(self._model.state_dict(), path)
        if self._ledger is not None:
            self._ledger.settle()

    def close(self) -> None:
        """Let other processes use the ledger."""
        if self._ledger is not None:
            self._ledger.close()

    def __enter__(self) -> Scrubber:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

"""Removing samples from a trained model: what users call."""

from __future__ import annotations

import inspect
import os
from collections.abc import Sequence
from typing import TypeAlias, cast

from torch import nn
from typing_extensions import Unpack  # torch needs it, too

from lcodec.checks import no_unknown
from lcodec.scrub import checks, writing
from lcodec.scrub.ledger.chain import Secret
from lcodec.scrub.ledger.entry import sample_hashes
from lcodec.scrub.ledger.ledger import Ledger, to_ledger
from lcodec.scrub.objective.loss import Loss, PerSampleLoss
from lcodec.scrub.objective.modes import all_or_nothing, left_as_found, random_layers
from lcodec.scrub.options import Given, Options, Preset
from lcodec.scrub.options.documentation import docstring, parameters
from lcodec.scrub.plan import RemovalPlan
from lcodec.scrub.removal import prepare
from lcodec.scrub.report import RemovalReport
from lcodec.scrub.request import Request, trained_on
from lcodec.scrub.samples.batches import Batch, Batches, Data, in_one
from lcodec.scrub.samples.retained import Id, Retained
from lcodec.scrub.wording import said
from lcodec.scrub.writing import Asked, Written

Samples: TypeAlias = "Data | Sequence[Id]"


class Scrubber:
    """Remove samples from a trained model by Newton steps on the slices that carry them.

    A slice is one unit of a layer with its parameters: an output unit of Linear or convolutions, a
    channel of normalisation, a hidden unit of a recurrent layer, a row of the projections of
    attention; of other parameters an index along their first axis. The samples to forget are
    perturbed; LFOCI picks the slices that explain how fast their loss changes along what the
    removal changes in the gradient on the retained data; damped Newton steps on those, down an
    objective whose gradient that change is, move the model towards the one that never saw the
    samples. It need not be at a minimum. No matrix of the whole model is formed.

    Parameters
    ----------
    model : torch.nn.Module
        Maps a batch of inputs to a tensor with one row per sample, or to an object that holds
        one as `logits`. It is changed in place by `remove`, works in its own dtype and on its
        own device, and is run in evaluation mode. A compiled model is unwrapped.
    loss : callable
        `loss(outputs, targets)`: a torch loss of any reduction, the mean or the sum of the
        losses of samples. It is called on batches of one, in float64, under `torch.func.vmap`.
        If it ignores some targets or weights classes, use `reduction="sum"`: its mean would not
        be the mean over samples.
    retained : (inputs, targets), Dataset, DataLoader, or re-iterable of batches
        The data to keep, or, where samples are removed by id, all the data. Inputs are a
        tensor, a tuple of tensors (positional arguments) or a mapping (keyword arguments). A
        DataLoader gives all rows in the order of its dataset, whatever its `shuffle` and
        `drop_last`. If it has a sampler of your own, it gives the batches that this draws, and
        samples have no ids.
    ids : sequence of int or str, optional
        Labels by which `remove` names the samples of `retained`; by default their positions.
    preset : {"paper"}, optional
        Options that belong together; an option that you give takes precedence. "paper" selects as
        Mehta et al. 2022 do, and takes one step: `features="activation", response="loss", steps=1`.
    ledger : path or Ledger, optional
        A file that records every removal, before the weights change. See `resume` and `save`.
    ledger_key : path or bytes, optional
        A secret of at least 32 bytes, in a file or as it is, that seals the ledger.
    {options}

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
    >>> options = {"weight_decay": 0.1, "select": "all", "damping": 0.0}
    >>> scrubber = Scrubber(model, torch.nn.MSELoss(), (X, y), **options)
    >>> report = scrubber.remove([0, 1, 2, 3, 4])  # least squares: one step makes up for all of it
    >>> report.residual_ratio < 1e-12
    True
    """

    def __init__(
        self,
        model: nn.Module,
        loss: Loss,
        retained: Data,
        *,
        ids: Sequence[Id] | None = None,
        preset: Preset | None = None,
        ledger: str | os.PathLike[str] | Ledger | None = None,
        ledger_key: Secret = None,
        **options: Unpack[Given],
    ) -> None:
        no_unknown(options, Scrubber)
        self._model = checks.model(getattr(model, "_orig_mod", model))
        self._options = Options.of(preset, options)
        self._loss = PerSampleLoss(loss)
        size = self._options.batch_size
        self._retained = Retained(Batches(retained, self._model, size, "retained"), ids)
        self._done: list[Written] = []
        self._spent = 0.0, 0.0
        self._ledger = to_ledger(ledger, ledger_key)
        self._follow_ledger()

    def _follow_ledger(self) -> None:
        """Take over what another scrubber may have written to the ledger."""
        if self._ledger is not None:
            self._spent = self._ledger.composed
            self._retained.follow(self._ledger.removed)

    def plan(self, samples: Samples) -> RemovalPlan:
        """Find out what `remove` would change, and change nothing.

        Parameters
        ----------
        samples : data, or sequence of ids
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
        random = random_layers(self._model)
        with left_as_found(self._model):
            plan = prepare(self._begin(samples, random).request).plan
        said(plan.remarks)
        return plan

    def remove(self, samples: Samples) -> RemovalReport:
        """Forget samples; the model is changed in place, or not at all.

        On any error or interruption the weights are bitwise what they were. The modes of the
        modules, the buffers and torch's random state are put back in any case. Samples given by
        id leave the retained data.

        Parameters
        ----------
        samples : (inputs, targets), Dataset, DataLoader, list of batches, or sequence of ids
            Samples that are *not* in `retained`, m of them; or the ids of samples that are.

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
        if self._ledger is not None:
            self._ledger.held()  # before the work
        random = random_layers(self._model)
        with all_or_nothing(self._model):
            with left_as_found(self._model):
                asked = self._begin(samples, random)
                removal = prepare(asked.request, self._spent)
                report = RemovalReport(
                    **vars(removal.plan), **vars(removal.outcome), noise=removal.noise
                )
                answer = None if self._options.guard is None else self._options.guard(report)
                if answer is not None and not answer:  # NumPy's False, too
                    checks.fail("guard", f"`guard` must not refuse the removal, got {answer!r}")
            said(report.remarks)  # a warning may be an error, too
            # Last, so that nothing is left to fail once the weights have changed.
            report, written = writing.write(self._model, self._ledger, removal.moved, report, asked)
            self._done.append(written)
            self._retained.take(asked.positions)
            if report.noise is not None:
                self._spent = report.noise.composed_epsilon, report.noise.composed_delta
            return report

    def _begin(self, samples: Samples, random: tuple[str, ...]) -> Asked:
        """Find the samples, and refuse a model or a ledger that cannot give them up."""
        self._follow_ledger()
        samples = in_one(samples, size := self._options.batch_size, "samples")
        positions, ids, given = self._retained.asked(samples, self._model, size)
        checks.finite_weights(self._model)
        retained = self._retained.without(positions)
        start = self._model, self._loss, self._options, given.together()
        size, names = retained.size(), self._retained.names
        trained = trained_on(self._options.training_size, size + given.size(), self._gone())
        request = Request(*start, retained, size, ids, names, trained, random)
        if self._ledger is None:
            return Asked(request, positions)
        # As the user gave them, not as the model takes them: so can an auditor hash them.
        hashes = () if ids is not None else sample_hashes(*cast("Batch", samples))
        before = writing.known_weights(self._model, self._ledger, hashes)
        return Asked(request, positions, hashes, before)

    def _gone(self) -> int:
        """Return how many samples have been removed."""
        if self._ledger is not None:
            return sum(entry.forgotten for entry in self._ledger.standing)
        return sum(written.samples for written in self._done)

    def undo(self, *, before: str | os.PathLike[str] | None = None) -> None:
        """Take the last removal back: the weights become bitwise what they were before it.

        Its samples are retained again. What noise has spent stays spent, as the weights in
        between may have been seen.

        Parameters
        ----------
        before : path, optional
            File of the weights before, where this scrubber neither made nor resumed the removal.

        Raises
        ------
        LcodecError
            `lcodec:nothingToUndo` without a removal; `lcodec:undoWeights` where the model has
            changed since, or `before` holds other weights; `lcodec:noLedger` where `before` is
            given without a ledger.
        """
        if before is not None:
            written = writing.earlier(self._model, self._ledger, before, "`before`")
        elif self._done:
            written = self._done[-1]
        else:
            checks.fail(
                "nothingToUndo",
                "`undo` must follow a removal, got none to take back; for one of another scrubber "
                "give the weights from before it as `before`",
            )
        writing.take_back(self._model, self._ledger, written)
        self._retained.put_back(written.positions)
        self._done = self._done[:-1]

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
        taken = self._ledger.retake(self._model)
        self._done = writing.in_force(self._done, taken)
        return len(taken)

    def save(
        self, path: str | os.PathLike[str], *, like: str | os.PathLike[str] | None = None
    ) -> None:
        """Write the weights, atomically, and let the ledger drop what only `resume` needs.

        Parameters
        ----------
        path : path
            With the suffix ".safetensors" in that format, else as `torch.save` writes it.
        like : path, optional
            A file, such as of the weights before, whose rights the new one gets at most.

        Raises
        ------
        LcodecError
            `lcodec:writeFailed`, or `lcodec:samePath` where the ledger needs `path` for itself;
            the file is then what it was.
        """
        writing.save(self._model, self._ledger, path, like)

    def close(self) -> None:
        """Let other processes use the ledger."""
        if self._ledger is not None:
            self._ledger.close()

    def __enter__(self) -> Scrubber:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


_signature = inspect.signature(Scrubber)
Scrubber.__signature__ = _signature.replace(  # type: ignore[attr-defined]
    parameters=[*list(_signature.parameters.values())[:-1], *parameters()]
)
Scrubber.__doc__ = str(Scrubber.__doc__).replace("    {options}\n", docstring())

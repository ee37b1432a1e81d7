"""Callbacks that hand numbers on to loggers: what those can do is enough, neither is imported."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from lcodec.scrub.callbacks.events import Callback, Event

MEASURED = "step", "noise"  # events that say what the model does


class Writer(Protocol):
    """As `torch.utils.tensorboard.SummaryWriter`."""

    def add_scalar(self, tag: str, scalar_value: float, global_step: int) -> object:
        """Write a number."""


class Run(Protocol):
    """As what `wandb.init` returns."""

    def define_metric(self, name: str, *, step_metric: str) -> object:
        """Say by which other number some numbers are drawn."""

    def log(self, data: Mapping[str, Any]) -> object:
        """Write numbers."""


def to_tensorboard(writer: Writer, name: str = "removal") -> Callback:
    """Return a callback that draws residual, loss and all other numbers over the steps.

    Parameters
    ----------
    writer : SummaryWriter
        Of `torch.utils.tensorboard` or tensorboardX, or anything with their `add_scalar`.
    name : str, default "removal"
        The tags are "removal/residual" and so on. Give each removal its own, as steps start at 0.

    Returns
    -------
    callable
        For the option `callbacks` of `Scrubber`.

    Examples
    --------
    >>> from lcodec.scrub.callbacks import Event, to_tensorboard
    >>> class Printer:
    ...     def add_scalar(self, tag, scalar_value, global_step):
    ...         print(tag, scalar_value, global_step)
    >>> to_tensorboard(Printer())(Event("step", 1, {"residual": 0.25, "loss": 2.0}))
    removal/residual 0.25 1
    removal/loss 2.0 1
    """

    def write(event: Event) -> None:
        for tag, number in _tagged(event, name).items():
            writer.add_scalar(tag, number, event.step)

    return write


def to_wandb(run: Run, name: str = "removal") -> Callback:
    """Return a callback that draws the same numbers in Weights & Biases.

    They are drawn over "removal/step", a number of their own: a run drops what comes with a step
    below that of its training.

    Parameters
    ----------
    run : wandb.Run
        As `wandb.init` returns it, or anything with its `define_metric` and `log`.
    name : str, default "removal"
        As for `to_tensorboard`.

    Returns
    -------
    callable
        For the option `callbacks` of `Scrubber`.

    Examples
    --------
    >>> from lcodec.scrub.callbacks import Event, to_wandb
    >>> class Printer:
    ...     def define_metric(self, name, *, step_metric):
    ...         print(name, "over", step_metric)
    ...     def log(self, data):
    ...         print(data)
    >>> write = to_wandb(Printer())
    removal/* over removal/step
    >>> write(Event("step", 1, {"residual": 0.25}))
    {'removal/step': 1, 'removal/residual': 0.25}
    """
    run.define_metric(f"{name}/*", step_metric=f"{name}/step")

    def write(event: Event) -> None:
        if tagged := _tagged(event, name):
            run.log({f"{name}/step": event.step, **tagged})

    return write


def _tagged(event: Event, name: str) -> dict[str, float]:
    """Return what an event says of the model, by tag; nothing where it says nothing of it."""
    numbers = event.numbers if event.name in MEASURED else {}
    return {f"{name}/{key}": number for key, number in numbers.items()}

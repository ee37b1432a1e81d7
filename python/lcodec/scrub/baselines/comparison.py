"""Run the baselines and compare what they leave."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from torch import nn

from lcodec.checks import choice, known_options, no_unknown, nonnegative, whole_number
from lcodec.scrub import checks
from lcodec.scrub.baselines import dampening, descent, distillation, newton, saliency
from lcodec.scrub.baselines.task import Task
from lcodec.scrub.evaluation import evaluate
from lcodec.scrub.objective.loss import Loss, PerSampleLoss
from lcodec.scrub.objective.modes import eval_mode
from lcodec.scrub.samples.batches import Batch, Batches, Data

_CHANGES: dict[str, Callable[..., None]] = {
    "ascent": descent.ascent,
    "fine_tune": descent.fine_tune,
    "fisher_forgetting": dampening.fisher_forgetting,
    "grin": saliency.grin,
    "kfac_newton": newton.kfac_newton,
    "neg_grad_plus": descent.neg_grad_plus,
    "newton_cg": newton.newton_cg,
    "random_labels": descent.random_labels,
    "salun": saliency.salun,
    "scrub": distillation.scrub,
    "ssd": dampening.ssd,
}
METHODS = tuple(sorted([*_CHANGES, "retrain"]))


def run(
    name: str,
    model: nn.Module,
    loss: Loss,
    retained: Data,
    forget: Batch,
    *,
    weight_decay: float = 0.0,
    batch_size: int = 256,
    seed: int = 0,
    **settings: Any,
) -> tuple[nn.Module, float]:
    """Return a copy of a model that was made to forget by a baseline, and the seconds it took.

    Parameters
    ----------
    name : str
        "retrain" (with the setting `train`, a function `train(retained)` that returns a model),
        "fine_tune", "ascent", "neg_grad_plus", "random_labels", "salun", "grin" (the gradient
        ratio), "scrub" (teacher and student), "fisher_forgetting", "ssd", "newton_cg" or
        "kfac_newton".
    model : torch.nn.Module
        The trained model; it is left as it is.
    loss : callable
        `loss(outputs, targets)`; its reduction does not matter.
    retained : pair of tensors, or re-iterable of such pairs
        The retained data, without `forget`.
    forget : (inputs, targets)
        The samples to forget.
    weight_decay : float, default 0
        As in training.
    batch_size : int, default 256
        Samples per pass.
    seed : int, default 0
        Seed of everything random.
    **settings
        Options of the baseline: `epochs` (5), `learning_rate` (0.01) and `momentum` (0.9) where it
        trains; `max_norm` (1) of "ascent"; `beta` (0.95) of "neg_grad_plus"; `share` (0.5), with 10
        epochs at 0.013, of "salun"; `share` (0.05), `sigma` (0.01) and `beta` (0.5) of "grin";
        `max_epochs` (2), `alpha` (0.001), `gamma` (0.99) and `temperature` (4), with 3 epochs at
        5e-4, of "scrub"; `alpha` (1e-9) of "fisher_forgetting"; `alpha` (10) and `dampening` (1)
        of "ssd"; `damping` (1e-3) and `max_step` (none) of both Newton steps; `curvature` ("ggn"
        or "exact") and `memory_limit` of "newton_cg"; `sharing` ("expand" or "reduce") of
        "kfac_newton".

    Returns
    -------
    model : torch.nn.Module
        The changed copy.
    seconds : float
        Wall-clock time, the copy not counted.

    Raises
    ------
    LcodecError
        For unknown settings; `lcodec:nonFinite` where the weights have become NaN or infinite;
        `lcodec:noClasses` where "random_labels", "salun" or "scrub" is given no classifier.

    Examples
    --------
    >>> import torch
    >>> from lcodec.scrub import baselines
    >>> X = torch.randn(50, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    >>> y = X[:, :1] - 2 * X[:, 1:2]
    >>> model = torch.nn.Linear(3, 1).double()
    >>> data = torch.nn.MSELoss(), (X[5:], y[5:]), (X[:5], y[:5])
    >>> changed, seconds = baselines.run("newton_cg", model, *data, damping=0.0)
    >>> [round(value, 6) + 0.0 for value in changed.weight[0].tolist()]
    [1.0, -2.0, 0.0]
    """
    choice(name, "name", METHODS)
    nonnegative(weight_decay, "weight_decay")
    whole_number(seed, "seed", 0)
    if name == "retrain":
        return _retrained(retained, **settings)
    change = _CHANGES[name]
    no_unknown(settings, change)
    changed = checks.model(copy.deepcopy(getattr(model, "_orig_mod", model)))
    task = Task(
        changed,
        PerSampleLoss(loss),
        Batches(retained, changed, whole_number(batch_size, "batch_size", 1), "retained"),
        Batches(forget, changed, batch_size, "forget"),
        weight_decay,
        seed,
    )
    start = time.perf_counter()
    with eval_mode(changed):
        change(task, **settings)
    seconds = time.perf_counter() - start
    for parameter, tensor in changed.named_parameters():
        checks.finite(tensor.detach(), f"`{parameter}` after '{name}'")
    return changed, seconds


@known_options
def _retrained(
    retained: Data, *, train: Callable[[Data], nn.Module] | None = None
) -> tuple[nn.Module, float]:
    if not callable(train):
        checks.fail(
            "missingOption", "`train` must be given for 'retrain': a function that returns a model"
        )
    start = time.perf_counter()
    return train(retained), time.perf_counter() - start


def compare(
    methods: Sequence[str] | Mapping[str, Mapping[str, Any]],
    model: nn.Module,
    loss: Loss,
    retained: Data,
    forget: Batch,
    *,
    test: Batch | None = None,
    models: Mapping[str, nn.Module] | None = None,
    refits: Sequence[nn.Module] = (),
    weight_decay: float = 0.0,
    batch_size: int = 256,
    seed: int = 0,
    max_steps: int = 1000,
) -> list[dict[str, Any]]:
    """Run baselines and evaluate them, and other models, in one table.

    Parameters
    ----------
    methods : sequence of str, or mapping of str to mapping
        Names of baselines, or their settings by name.
    model : torch.nn.Module
        The model before the removal; it is left as it is, and is the first row, "before".
    loss, retained, forget, weight_decay, batch_size
        As in `run`.
    test : (inputs, targets), optional
        Samples never trained on.
    models : mapping of str to torch.nn.Module, optional
        More rows, such as scrubbed copies of the model, under other names than the methods have.
    refits : sequence of torch.nn.Module, optional
        Models to measure the divergence from, as in `evaluate`; by default the result of
        "retrain", if it is among the methods.
    seed : int, default 0
        Seed of the baselines and of the evaluation.
    max_steps : int, default 1000
        Most steps of the relearning, for each row.

    Returns
    -------
    list of dict
        A dict per row: "method", "seconds" (None where the model was given), and the fields of
        `Evaluation`.

    Examples
    --------
    >>> import copy, torch
    >>> from lcodec.scrub import Scrubber, baselines
    >>> X = torch.randn(60, 4, generator=torch.Generator().manual_seed(0))
    >>> y = (X[:, 0] > 0).long()
    >>> model, loss = torch.nn.Linear(4, 2), torch.nn.CrossEntropyLoss()
    >>> keep, forget, test = (X[20:], y[20:]), (X[:6], y[:6]), (X[6:20], y[6:20])
    >>> scrubbed = copy.deepcopy(model)
    >>> _ = Scrubber(scrubbed, loss, keep, select="all").remove(forget)
    >>> rows = baselines.compare(
    ...     {"fine_tune": {"epochs": 2}, "ssd": {}},
    ...     model, loss, keep, forget, test=test, models={"scrub": scrubbed},
    ... )
    >>> [row["method"] for row in rows]
    ['before', 'fine_tune', 'ssd', 'scrub']
    >>> rows[0]["residual_ratio"]
    1.0
    """
    settings = dict(methods) if isinstance(methods, Mapping) else {name: {} for name in methods}
    for name in {"before", *settings}.intersection(models or {}):
        checks.fail("optionValue", f"`models` must have names that no other row has, got '{name}'")
    options: dict[str, Any] = {"weight_decay": weight_decay, "batch_size": batch_size, "seed": seed}
    done: dict[str, tuple[nn.Module, float | None]] = {"before": (model, None)}
    for name, own in settings.items():
        done[name] = run(name, model, loss, retained, forget, **options, **own)
    done.update({name: (given, None) for name, given in (models or {}).items()})
    references = refits or ([done["retrain"][0]] if "retrain" in done else [])
    rows = []
    for name, (changed, seconds) in done.items():
        result = evaluate(
            changed,
            loss=loss,
            retained=retained,
            forgotten=forget,
            test=test,
            before=model,
            refits=references,
            max_steps=max_steps,
            **options,
        )
        rows.append({"method": name, "seconds": seconds, **result.to_dict()})
    return rows


_COLUMNS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "seconds": lambda row: row["seconds"],
    "residual": lambda row: row["residual_ratio"],
    "loss forgot": lambda row: row["loss"]["forgotten"],
    "acc kept": lambda row: row["accuracy"].get("retained"),
    "acc forgot": lambda row: row["accuracy"].get("forgotten"),
    "acc test": lambda row: row["accuracy"].get("test"),
    "KL forgot": lambda row: row["kl"].get("forgotten"),
    "KL test": lambda row: row["kl"].get("test"),
    "MIA AUC": lambda row: row["membership"].get("loss", {}).get("auc"),
    "relearn": lambda row: row["relearn_steps"],
}


def as_text(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the rows of `compare` as a table for people.

    Parameters
    ----------
    rows : sequence of mapping
        What `compare` returned.

    Returns
    -------
    str
        Lines of equal length; "-" where something was not measured.

    Examples
    --------
    >>> import torch
    >>> from lcodec.scrub import baselines
    >>> X, model = torch.ones(4, 1), torch.nn.Linear(1, 1)
    >>> rows = baselines.compare([], model, torch.nn.MSELoss(), (X, X), (X, X))
    >>> [line.split()[0] for line in baselines.as_text(rows).splitlines()]
    ['method', 'before']
    """
    lines = [["method", *_COLUMNS]]
    for row in rows:
        values = [column(dict(row)) for column in _COLUMNS.values()]
        lines.append([row["method"], *("-" if v is None else f"{v:.3g}" for v in values)])
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join([line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])])
        for line in lines
    )

"""The options of a scrubber: their names, defaults, rules and texts, each once.

The documentation of `Scrubber`, the flags of `lcodec scrub` and the table of docs/scrub-options.md
are made from it, see `documentation`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from types import MappingProxyType
from typing import Any, Literal, cast

from lcodec.checks import choice, flag, nonnegative
from lcodec.scrub import checks
from lcodec.scrub.callbacks import Callback
from lcodec.scrub.options.rules import (
    at_least,
    function,
    functions,
    names,
    one_of,
    optional,
    perturbation,
    plain,
    sekhari,
    two_passes,
)
from lcodec.scrub.privacy import Sekhari
from lcodec.scrub.report import RemovalReport
from lcodec.scrub.selection.selection import Features, Response, Select
from lcodec.scrub.step import CurvatureName, Solver

Gradient = Literal["contrast", "forget", "retain"]
StepName = Literal["ascent", "cr", "newton"]
Preset = Literal["paper"]
Guard = Callable[[RemovalReport], object]

WHICH = "which weights change"
HOW = "how they change"
NOISE = "noise for a certificate"
RUN = "how it runs"
GROUPS = (WHICH, HOW, NOISE, RUN)


def option(default: Any, rule: Callable[[Any, str], Any], group: str, text: str) -> Any:
    """Return a field; the first sentence of `text` is its line in the help."""
    return field(default=default, metadata={"rule": rule, "group": group, "text": text})


@dataclass(frozen=True, kw_only=True)
class Options:
    """Options of `Scrubber`, checked when made.

    Raises
    ------
    LcodecError
        `lcodec:optionType`, `lcodec:optionRange`, `lcodec:optionValue`, or `lcodec:missingOption`
        where one needs another.
    """

    # fmt: off
    weight_decay: float = option(
        0.0, nonnegative, HOW,
        "Coefficient of half the squared norm of the parameters in the training objective, which "
        "is the mean loss plus this.",
    )
    layers: Sequence[str] | None = option(
        None, optional(names), WHICH,
        "Modules, with all below them, whose slices may change, or names of parameters that no "
        "layer counts among its units (all).",
    )
    embeddings: bool = option(
        False, flag, WHICH,
        "Rows of Embedding layers are slices too.",
    )
    select: Select = option(
        "lfoci", one_of(Select), WHICH,
        'How slices are chosen. "top_gradient" takes the largest gradients of what the step goes '
        'down; it and "random" need `max_parameters`. "one" takes one slice at random.',
    )
    response: Response = option(
        "influence", one_of(Response), WHICH,
        "What LFOCI explains over the perturbed copies of the samples. How fast their loss "
        "changes along what the step goes down, which is the sum of the influences of all "
        "slices; or, as in the paper, their loss; or the logit margin of their class to the "
        "largest other one. A saturated loss is replaced by the margin.",
    )
    features: Features = option(
        "influence", one_of(Features), WHICH,
        "What LFOCI explains the response by. The part of that change that runs through each "
        "slice's parameters; or, as in the paper, the activations of the slices. Recurrent layers, "
        "attention and parameters by themselves have none, and are then not selected.",
    )
    max_features: int | None = option(
        None, optional(at_least(1)), WHICH,
        "Most slices that LFOCI picks; 1 is the paper's cheap form.",
    )
    max_parameters: int | None = option(
        None, optional(at_least(1)), WHICH,
        "Budget in parameters. Slices are taken in order as long as they fit. None for no "
        "limit.",
    )
    fill: bool = option(
        False, flag, WHICH,
        "LFOCI goes on past its own stop until the budget is full. It needs `max_parameters`.",
    )
    perturb: Any = option(
        "auto", perturbation, WHICH,
        "How the samples are perturbed. `perturb(inputs, generator)` returns one perturbed "
        "copy of a batch of inputs, such as `TokenReplacement` or `EmbeddingNoise`. By "
        "default floating-point inputs get Gaussian noise and token ids are replaced.",
    )
    perturbations: int | None = option(
        None, optional(at_least(3)), WHICH,
        "Perturbed copies of the samples. At least 3; by default 1000, or fewer of networks with "
        "more than 2 million parameters, down to 250. Where their rows times parameters would "
        "exceed 2^31, each is of some of the samples, drawn for it.",
    )
    noise: float = option(
        0.1, checks.positive, WHICH,
        "Standard deviation of Gaussian perturbations. In the units of the inputs. For token "
        "ids, the share that is replaced.",
    )
    sigma: float = option(
        0.01, nonnegative, WHICH,
        "Noise of LFOCI itself. In standard deviations of each feature.",
    )
    curvature: CurvatureName = option(
        "ggn", one_of(CurvatureName), HOW,
        "Curvature of the retained objective. Generalised Gauss-Newton matrix, exact Hessian, "
        "empirical Fisher matrix, rank-one secant or the identity.",
    )
    solver: Solver = option(
        "auto", one_of(Solver), HOW,
        "How the curvature is solved. By default, by a method that suits the number of "
        "parameters.",
    )
    training_size: int | None = option(
        None, optional(at_least(2)), HOW,
        "Samples that the model was trained on, where `retained` has only a part of them. Before "
        "any removal; the rows of `retained` stand for all others, and should be drawn at random.",
    )
    epochs: float | None = option(
        None, optional(checks.positive), RUN,
        "Epochs that training takes, only to tell the cost of a removal in refits.",
    )
    curvature_samples: int | None = option(
        None, optional(at_least(1)), HOW,
        "Retained samples for the curvature. They are drawn at random; from a container of batches "
        "the first ones are taken. By default all; of large networks 2^23 / parameters, at "
        "least 128.",
    )
    curvature_directions: int | None = option(
        None, optional(at_least(1)), HOW,
        'Random directions in the outputs of each sample that "ggn" is made of, without bias. By '
        "default all output numbers, or 8 directions where a sample has more than 256 numbers, as "
        "in models of language; with `privacy` always all.",
    )
    gradient: Gradient = option(
        "contrast", one_of(Gradient), HOW,
        "What the step goes down. What the removal changes in the gradient, which is that of the "
        'retained data less that of all; the whole of the retained gradient ("retain"), of which '
        "most is unfinished training unless the model is at a minimum; or what that gradient would "
        'be at a minimum, by the forgotten samples alone ("forget"). At an exact minimum all three '
        "are the same. Influences, gradients that rank slices, and the residual follow it.",
    )
    step: StepName = option(
        "newton", one_of(StepName), HOW,
        "Kind of step. The Newton step; or, as in the paper, with the curvature and gradient "
        'of the forgotten samples alone ("cr"), or `learning_rate` times their gradient '
        '("ascent").',
    )
    steps: int | None = option(
        None, optional(at_least(1)), HOW,
        "Most Newton steps on the same objective, with the curvature taken anew for each. They end "
        "where the objective does not fall any more, or the residual rises to six tenths of what "
        "it was at the start. Each costs what the first costs without the selection. By default 8, "
        'and 1 for "cr", "ascent" and with `privacy`, whose theorem is of one step.',
    )
    learning_rate: float = option(
        1e-3, checks.positive, HOW,
        'Learning rate of "ascent".',
    )
    damping: float | None = option(
        None, optional(nonnegative), HOW,
        "Added to the diagonal of the curvature. By default the one that leaves the least "
        "residual: 1, or tenfold that as long as less is left, or of .1, .01, .001 and 0 the last "
        "that leaves less than the one before. Further steps take less where the objective falls "
        "as predicted, and more where it does not (Levenberg, Marquardt). One that is given stays, "
        "and is raised tenfold while the matrix is not positive definite or the step would raise "
        "its objective.",
    )
    max_step: float | None = option(
        None, optional(checks.positive), HOW,
        "Trust region: largest norm of a step, of each where there are several.",
    )
    privacy: Sekhari | None = option(
        None, optional(sekhari), NOISE,
        "Noise to add to the weights after the step; none by default.",
    )
    guard: Guard | None = option(
        None, optional(function), HOW,
        "Function of the report, which refuses the removal by returning False. It is called "
        "as `guard(report)` before the weights change. Anything else that counts as false, "
        "except None, refuses too.",
    )
    batch_size: int = option(
        256, at_least(1), RUN,
        "Rows per forward pass. It counts only where `retained` does not come in batches.",
    )
    memory_limit: int = option(
        2 * 2**30, at_least(1), RUN,
        "Most bytes for the curvature. A removal that would need more is refused. Gradients and "
        "copies of the whole model come on top: a plan has them as `model_bytes`.",
    )
    max_passes: float | None = option(
        None, optional(two_passes), RUN,
        "Most work that a removal may take, in passes over the retained data. The search for "
        "dampings and for further steps ends where the next try, with the check of all the data at "
        "the end and that of noise, would pass it; the best step so far is taken. A removal that "
        "it leaves no first step is refused. With several processes no stage is interrupted, and "
        "conjugate gradients may pass it.",
    )
    seed: int = option(
        0, at_least(0), RUN,
        "Seed of the perturbations, of LFOCI's noise and of random selections. The noise of "
        "`privacy` comes from the operating system's secrets instead: whoever knew its seed "
        "could subtract it again.",
    )
    callbacks: Callback | Sequence[Callback] | None = option(
        None, optional(functions), RUN,
        "Functions that are told how a plan or a removal goes on. Each gets an `Event` after every "
        "stage and step, before the weights change; an error in one leaves the model as it was.",
    )
    progress: bool | None = option(
        None, optional(flag), RUN,
        "Progress bars on standard error. By default only if that is a terminal.",
    )
    # fmt: on

    def __post_init__(self) -> None:
        for each in fields(self):
            value = each.metadata["rule"](getattr(self, each.name), each.name)
            object.__setattr__(self, each.name, value)
        if self.max_parameters is None and self.select in ("random", "top_gradient"):
            rule = f"`max_parameters` must be given for `select` '{self.select}'"
            checks.fail("missingOption", rule)
        if (self.steps or 1) > 1 and (self.step != "newton" or self.privacy is not None):
            why = "with `privacy`" if self.step == "newton" else f"for `step` '{self.step}'"
            checks.fail("optionRange", f"`steps` must be 1 {why}, got {self.steps}")
        if self.curvature_directions is not None and self.privacy is not None:
            checks.fail(
                "optionRange",
                "`curvature_directions` must be left out with `privacy`, whose theorem is of the "
                f"whole curvature, got {self.curvature_directions}",
            )
        if self.max_parameters is None and self.fill:
            checks.fail("missingOption", "`max_parameters` must be given for `fill`")

    @property
    def most_steps(self) -> int:
        """How many steps there are at most."""
        return self.steps or (8 if self.step == "newton" and self.privacy is None else 1)

    @property
    def influences(self) -> bool:
        """Whether the influences of the slices are recorded."""
        return self.select == "lfoci" and "influence" in (self.features, self.response)

    @property
    def listeners(self) -> tuple[Callback, ...]:
        """The callbacks."""
        return cast("tuple[Callback, ...]", self.callbacks or ())

    @classmethod
    def of(cls, preset: Preset | None, given: Mapping[str, Any]) -> Options:
        """Return the options that were given, on top of those of a preset."""
        if preset is None:
            return cls(**given)
        return cls(**{**PRESETS[choice(preset, "preset", tuple(PRESETS))], **given})

    def to_dict(self) -> dict[str, Any]:
        """Return the options as JSON-ready values; callables by their text."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        values["privacy"] = None if self.privacy is None else asdict(self.privacy)
        for name in ("layers", "perturb", "guard", "callbacks"):
            values[name] = plain(values[name])
        return values


PRESETS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {"paper": {"features": "activation", "response": "loss", "steps": 1}}
)
"""Options that go together: "paper" selects as Mehta et al. 2022 do."""

"""The options of a scrubber, validated: one place for their names, defaults and rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from lcodec.checks import choice, flag, nonnegative, whole_number
from lcodec.scrub import checks
from lcodec.scrub import step as curvature
from lcodec.scrub.privacy import Sekhari
from lcodec.scrub.selection import selection

GRADIENTS = ("forget", "retain")
STEPS = ("ascent", "cr", "newton")


@dataclass(frozen=True)
class Settings:
    """Options of `Scrubber`, which documents them; checked when made."""

    weight_decay: float
    layers: Sequence[str] | None
    embeddings: bool
    select: str
    response: str
    features: str
    max_features: int | None
    max_parameters: int | None
    fill: bool
    perturb: Any
    perturbations: int
    noise: float
    sigma: float
    curvature: str
    solver: str
    curvature_samples: int | None
    gradient: str
    step: str
    learning_rate: float
    damping: float
    max_step: float | None
    privacy: Sekhari | None
    guard: Callable[..., object] | None
    batch_size: int
    memory_limit: int
    seed: int
    progress: bool | None

    def __post_init__(self) -> None:
        numbers = {
            "weight_decay": nonnegative(self.weight_decay, "weight_decay"),
            "noise": checks.positive(self.noise, "noise"),
            "sigma": nonnegative(self.sigma, "sigma"),
            "learning_rate": checks.positive(self.learning_rate, "learning_rate"),
            "damping": nonnegative(self.damping, "damping"),
            "max_step": _optional(checks.positive, self.max_step, "max_step"),
            "max_features": _optional(_count, self.max_features, "max_features"),
            "curvature_samples": _optional(_count, self.curvature_samples, "curvature_samples"),
            "perturbations": whole_number(self.perturbations, "perturbations", 3),
            "batch_size": _count(self.batch_size, "batch_size"),
            "memory_limit": _count(self.memory_limit, "memory_limit"),
            "seed": whole_number(self.seed, "seed", 0),
        }
        choices = {
            "select": selection.METHODS,
            "response": selection.RESPONSES,
            "features": selection.FEATURES,
            "curvature": curvature.METHODS,
            "solver": curvature.SOLVERS,
            "gradient": GRADIENTS,
            "step": STEPS,
        }
        for name, known in choices.items():
            choice(getattr(self, name), name, known)
        for name, value in numbers.items():
            object.__setattr__(self, name, value)
        object.__setattr__(self, "embeddings", flag(self.embeddings, "embeddings"))
        object.__setattr__(self, "progress", _optional(flag, self.progress, "progress"))
        object.__setattr__(self, "max_parameters", checks.budget(self.max_parameters, self.select))
        self._check_objects()

    def to_dict(self) -> dict[str, Any]:
        """Return the options as JSON-ready values; callables by their text."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        values["privacy"] = None if self.privacy is None else asdict(self.privacy)
        values["layers"] = None if self.layers is None else list(self.layers)
        for name in ("perturb", "guard"):
            if callable(values[name]):
                values[name] = getattr(values[name], "__qualname__", repr(values[name]))
        return values

    def _check_objects(self) -> None:
        if self.privacy is not None and not isinstance(self.privacy, Sekhari):
            checks.fail(
                "optionType", f"`privacy` must be a Sekhari, got {type(self.privacy).__name__}"
            )
        if self.guard is not None and not callable(self.guard):
            checks.fail("optionType", f"`guard` must be callable, got {type(self.guard).__name__}")
        if self.perturb != "auto" and not callable(self.perturb):
            checks.fail("optionType", f"`perturb` must be 'auto' or callable, got {self.perturb!r}")
        if self.fill and self.max_parameters is None:
            checks.fail("missingOption", "`max_parameters` must be given for `fill`")
        if self.layers is not None:
            object.__setattr__(self, "layers", _names(self.layers))


def _names(value: object) -> tuple[str, ...]:
    names = tuple(value) if isinstance(value, Iterable) and not isinstance(value, str) else None
    if names is None or not all(isinstance(one, str) for one in names):
        checks.fail("optionType", f"`layers` must be a sequence of names, got {value!r}")
    return names


def _count(value: object, name: str) -> int:
    return whole_number(value, name, 1)


def _optional(check: Callable[[Any, str], Any], value: object, name: str) -> Any:
    return None if value is None else check(value, name)

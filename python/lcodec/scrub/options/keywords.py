"""The options as keywords of a call, for type checkers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypedDict

from lcodec.scrub.callbacks import Callback
from lcodec.scrub.options.options import Gradient, Guard, StepName
from lcodec.scrub.privacy import Sekhari
from lcodec.scrub.selection.selection import Features, Response, Select
from lcodec.scrub.step import CurvatureName, Solver


class Given(TypedDict, total=False):
    """The options as keywords, for type checkers."""

    weight_decay: float
    layers: Sequence[str] | None
    embeddings: bool
    select: Select
    response: Response
    features: Features
    max_features: int | None
    max_parameters: int | None
    fill: bool
    perturb: Any
    perturbations: int | None
    noise: float
    sigma: float
    curvature: CurvatureName
    solver: Solver
    training_size: int | None
    epochs: float | None
    curvature_samples: int | None
    curvature_directions: int | None
    gradient: Gradient
    step: StepName
    steps: int | None
    learning_rate: float
    damping: float | None
    max_step: float | None
    privacy: Sekhari | None
    guard: Guard | None
    batch_size: int
    memory_limit: int
    max_passes: float | None
    seed: int
    callbacks: Callback | Sequence[Callback] | None
    progress: bool | None

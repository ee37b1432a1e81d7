"""The options of a scrubber, each once: names, defaults, rules, texts and what is made of them."""

from lcodec.scrub.options.keywords import Given
from lcodec.scrub.options.options import (
    GROUPS,
    HOW,
    NOISE,
    PRESETS,
    RUN,
    WHICH,
    Gradient,
    Guard,
    Options,
    Preset,
    StepName,
)

__all__ = [
    "GROUPS",
    "HOW",
    "NOISE",
    "PRESETS",
    "RUN",
    "WHICH",
    "Given",
    "Gradient",
    "Guard",
    "Options",
    "Preset",
    "StepName",
]

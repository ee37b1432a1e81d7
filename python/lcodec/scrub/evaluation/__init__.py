"""How close a scrubbed model is to one that never saw the samples.

Everything is evaluated in evaluation mode and in float64, and averaged over samples, not over
batches or tensor elements.
"""

from lcodec.scrub.evaluation.divergence import (
    NoiseFloor,
    js_divergence,
    kl_divergence,
    noise_floor,
    zrf_score,
)
from lcodec.scrub.evaluation.margins import MarginDivergence, klom
from lcodec.scrub.evaluation.metrics import accuracy, gradient_norm, mean_loss, residual_ratio
from lcodec.scrub.evaluation.relearn import relearn_time
from lcodec.scrub.evaluation.summary import Evaluation, evaluate

__all__ = [
    "Evaluation",
    "MarginDivergence",
    "NoiseFloor",
    "accuracy",
    "evaluate",
    "gradient_norm",
    "js_divergence",
    "kl_divergence",
    "klom",
    "mean_loss",
    "noise_floor",
    "relearn_time",
    "residual_ratio",
    "zrf_score",
]

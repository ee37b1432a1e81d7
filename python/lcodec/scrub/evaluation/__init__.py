"""How close a scrubbed model is to one that never saw the samples.

Everything is evaluated in evaluation mode and in float64, and averaged over samples, not over
batches or tensor elements.
"""

from .ablation import ablations
from .divergence import NoiseFloor, js_divergence, kl_divergence, noise_floor, zrf_score
from .metrics import accuracy, gradient_norm, mean_loss, residual_ratio
from .relearn import relearn_time
from .summary import Evaluation, evaluate

__all__ = [
    "Evaluation",
    "NoiseFloor",
    "ablations",
    "accuracy",
    "evaluate",
    "gradient_norm",
    "js_divergence",
    "kl_divergence",
    "mean_loss",
    "noise_floor",
    "relearn_time",
    "residual_ratio",
    "zrf_score",
]

"""Removing samples from a trained network, without training it again.

`Scrubber` finds the few weight slices that carry the samples (LFOCI on activations under input
perturbation) and takes one damped Newton step on just those, towards the model that never saw
them. The other names measure how close it came.
"""

from .evaluation import accuracy, gradient_norm, kl_divergence, mean_loss
from .report import RemovalReport, SelectedSlice
from .scrubber import Scrubber
from .slices import Uncovered

__all__ = [
    "RemovalReport",
    "Scrubber",
    "SelectedSlice",
    "Uncovered",
    "accuracy",
    "gradient_norm",
    "kl_divergence",
    "mean_loss",
]

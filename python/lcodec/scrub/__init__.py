"""Removing samples from a trained network, without training it again.

`Scrubber` finds the few weight slices that carry the samples (LFOCI on activations under input
perturbation) and takes damped Newton steps on just those, towards the model that never saw them.
The other names measure how close it came, keep a record, or say what the noise is worth.
"""

from lcodec.checks import needed

needed("torch", "torch", "`lcodec.scrub`")  # before the imports that would fail without a way out

from lcodec.scrub.baselines import ablations
from lcodec.scrub.callbacks import Event
from lcodec.scrub.evaluation import (
    Evaluation,
    accuracy,
    evaluate,
    gradient_norm,
    js_divergence,
    kl_divergence,
    klom,
    mean_loss,
    noise_floor,
    relearn_time,
    residual_ratio,
    zrf_score,
)
from lcodec.scrub.integrations.benchmarks import unlearn
from lcodec.scrub.ledger.entry import Entry, sample_hashes
from lcodec.scrub.ledger.ledger import Ledger
from lcodec.scrub.ledger.reader import read_entries, verify
from lcodec.scrub.ledger.weights import fingerprint, load_weights, save_weights
from lcodec.scrub.plan import RemovalPlan, SelectedSlice
from lcodec.scrub.privacy import CertifiedLogistic, GuoBudget, Sekhari
from lcodec.scrub.report import NoiseReport, RemovalReport
from lcodec.scrub.scrubber import Scrubber
from lcodec.scrub.selection.copies import EmbeddingNoise, GaussianNoise, TokenReplacement
from lcodec.scrub.slices.activations import Activations
from lcodec.scrub.slices.slices import Uncovered

__all__ = [
    "Activations",
    "CertifiedLogistic",
    "EmbeddingNoise",
    "Entry",
    "Evaluation",
    "Event",
    "GaussianNoise",
    "GuoBudget",
    "Ledger",
    "NoiseReport",
    "RemovalPlan",
    "RemovalReport",
    "Scrubber",
    "Sekhari",
    "SelectedSlice",
    "TokenReplacement",
    "Uncovered",
    "ablations",
    "accuracy",
    "evaluate",
    "fingerprint",
    "gradient_norm",
    "js_divergence",
    "kl_divergence",
    "klom",
    "load_weights",
    "mean_loss",
    "noise_floor",
    "read_entries",
    "relearn_time",
    "residual_ratio",
    "sample_hashes",
    "save_weights",
    "unlearn",
    "verify",
    "zrf_score",
]

"""Noise that hides what a removal left behind, and when it amounts to a guarantee.

`Sekhari` calibrates noise to the error of one Newton step, `certificate` says whether that noise
is a guarantee or heuristic, and `CertifiedLogistic` is a model whose removals are certified by
construction (Guo et al. 2020), until its budget is spent.
"""

from lcodec.scrub.privacy.budget import GuoBudget
from lcodec.scrub.privacy.certificate import Certificate, certificate, loss_constants
from lcodec.scrub.privacy.gaussian import Sekhari, analytic_scale, classical_scale, compose, noise
from lcodec.scrub.privacy.logistic import CertifiedLogistic, CertifiedRemoval

__all__ = [
    "Certificate",
    "CertifiedLogistic",
    "CertifiedRemoval",
    "GuoBudget",
    "Sekhari",
    "analytic_scale",
    "certificate",
    "classical_scale",
    "compose",
    "loss_constants",
    "noise",
]

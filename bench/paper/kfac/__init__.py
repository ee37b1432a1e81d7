"""Removals by a Newton step with Kronecker-factored curvature."""

from bench.paper.removal.experiment import removal_experiment

EXPERIMENT = removal_experiment(
    "kfac",
    "How does a K-FAC Newton step on all parameters compare with slices and the full step?",
    small="2 min, 0.9 GiB",
)

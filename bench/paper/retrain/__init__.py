"""Removals beside training again."""

from bench.paper.removal.experiment import removal_experiment

EXPERIMENT = removal_experiment(
    "retrain",
    "How does the gap to the refit grow with the number of samples removed?",
    small="3 min, 0.9 GiB",
)

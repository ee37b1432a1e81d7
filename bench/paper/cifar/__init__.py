"""Removals from six networks on CIFAR-10."""

from bench.paper.removal.experiment import removal_experiment

EXPERIMENT = removal_experiment(
    "cifar",
    "The same for images in colour, by architecture: do deep networks differ?",
    small="4 min, 1.0 GiB",
)

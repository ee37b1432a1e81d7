"""Removals from logistic regression on MNIST."""

from bench.paper.removal.experiment import removal_experiment

EXPERIMENT = removal_experiment(
    "mnist_logistic",
    "What do removals one by one, and of wrong labels, leave of 784-10?",
    small="2 min, 0.9 GiB",
)

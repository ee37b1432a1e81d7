"""Removals from a network with one hidden layer on MNIST."""

from bench.paper.removal.experiment import removal_experiment

EXPERIMENT = removal_experiment(
    "mnist_2nn",
    "The same for a network with a hidden layer, 784-100-10.",
    small="2 min, 0.9 GiB",
)

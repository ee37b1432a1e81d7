"""Removals from six networks on CIFAR-10."""

from bench.paper.cifar.figure import draw
from bench.paper.cifar.report import report
from bench.paper.removal.experiment import removal_experiment

EXPERIMENT = removal_experiment(
    "cifar",
    "The same for images in colour: do architectures differ?",
    small="3 min, 1.2 GiB",
    report=report,
    draw=draw,
)

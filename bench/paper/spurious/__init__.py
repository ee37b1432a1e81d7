"""A classifier that is kept from seeing the Markov blanket of its target."""

from bench.paper.runs import Experiment
from bench.paper.spurious.data import load
from bench.paper.spurious.figure import draw
from bench.paper.spurious.report import report
from bench.paper.spurious.run import measure

EXPERIMENT = Experiment(
    "spurious",
    "Kept from seeing the blanket of its target, does a classifier rely less on it?",
    "2 min, 0.8 GiB",
    load,
    measure,
    report,
    draw,
)

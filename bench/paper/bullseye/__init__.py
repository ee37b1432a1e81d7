"""A Markov blanket among points of space whose radii cause one another."""

from bench.paper.bullseye.report import draw, report
from bench.paper.bullseye.run import measure
from bench.paper.bullseye.samples import load
from bench.paper.runs import Experiment

EXPERIMENT = Experiment(
    "bullseye",
    "Does CODEC find a Markov blanket where mutual information by neighbours fails?",
    "2 min, 0.5 GiB",
    load,
    measure,
    report,
    draw,
    generated=True,
)

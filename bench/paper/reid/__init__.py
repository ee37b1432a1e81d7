"""A person removed from networks that find persons again."""

from bench.paper.reid.data import load
from bench.paper.reid.report import draw, report
from bench.paper.reid.task import measure
from bench.paper.runs import Experiment

EXPERIMENT = Experiment(
    "reid",
    "Is a person forgotten, and are others still found?",
    "3 min, 1.5 GiB",
    load,
    measure,
    report,
    draw,
)

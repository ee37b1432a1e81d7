"""How many clauses of a class can be removed before a text classifier suffers, for each epsilon."""

from bench.paper.ledgar.clauses import load
from bench.paper.ledgar.report import draw, report
from bench.paper.ledgar.run import measure
from bench.paper.runs import Experiment

EXPERIMENT = Experiment(
    "ledgar",
    "How many clauses can be removed from DistilBERT before F1 falls, and by the noise alone?",
    "3 min, 0.9 GiB",
    load,
    measure,
    report,
    draw,
)

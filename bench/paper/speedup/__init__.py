"""What noise does to the time of FOCI on a binary table."""

from bench.paper.runs import Experiment
from bench.paper.speedup.report import draw, report
from bench.paper.speedup.run import measure
from bench.paper.speedup.table import load

EXPERIMENT = Experiment(
    "speedup",
    "Does noise make FOCI faster, as the paper says of L-CODEC, or only slow k-d trees?",
    "1 min, 0.7 GiB",
    load,
    measure,
    report,
    draw,
    generated=True,
)

"""An identity removed image by image from a network that knows faces."""

from bench.paper.removal.experiment import removal_experiment
from bench.paper.vggface.data import load
from bench.paper.vggface.report import draw, report
from bench.paper.vggface.task import cases, faces_task

EXPERIMENT = removal_experiment(
    "vggface",
    "Removed image by image: does one identity go, and do the others stay?",
    "3 min, 1.2 GiB",
    load=load,
    make_task=faces_task,
    make_cases=cases,
    report=report,
    draw=draw,
)

"""What TensorBoard and wandb are handed, by what they can do alone."""

import doctest

from lcodec.scrub.callbacks import loggers, to_tensorboard, to_wandb
from python.tests.scrub.paper import scrubber


class Recorder:
    """Stands for a SummaryWriter and for a Run: keyword arguments as those name them."""

    def __init__(self):
        self.scalars, self.metrics, self.logged = [], [], []

    def add_scalar(self, tag, scalar_value, global_step=None, walltime=None, new_style=False):
        self.scalars.append((tag, scalar_value, global_step))

    def define_metric(self, name, step_metric=None, **more):
        self.metrics.append((name, step_metric))

    def log(self, data, step=None, commit=None):
        assert step is None
        self.logged.append(data)


def test_steps_are_drawn_and_stages_are_not() -> None:
    board, run, events = Recorder(), Recorder(), []
    listeners = [to_tensorboard(board), to_wandb(run, "gone"), events.append]
    report = scrubber(callbacks=listeners).remove([1, 2, 3])
    steps = [event for event in events if event.name == "step"]
    assert len(events) > len(steps) == report.steps + 1
    assert board.scalars == [
        (f"removal/{name}", number, event.step)
        for event in steps
        for name, number in event.numbers.items()
    ]
    assert ("removal/residual", report.residual_after, report.steps) in board.scalars
    assert run.metrics == [("gone/*", "gone/step")]
    assert [data["gone/step"] for data in run.logged] == list(range(report.steps + 1))
    assert run.logged[-1]["gone/loss"] == report.loss_after
    assert [board.metrics, board.logged, run.scalars] == [[], [], []]


def test_noise_is_drawn() -> None:
    board, run = Recorder(), Recorder()
    for write in (to_tensorboard(board), to_wandb(run)):
        write(loggers.Event("noise", 1, {"residual": 2.0}))
        write(loggers.Event("solve", 1, {"seconds": 2.0}))
    assert board.scalars == [("removal/residual", 2.0, 1)]
    assert run.logged == [{"removal/step": 1, "removal/residual": 2.0}]


def test_examples() -> None:
    assert doctest.testmod(loggers).attempted > 4
    assert doctest.testmod(loggers).failed == 0

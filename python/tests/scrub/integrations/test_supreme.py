"""SUPREME's dispatch, by a stub, finds the methods of pyproject.toml and gets the same model."""

import importlib
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset, TensorDataset

from lcodec import LcodecError
from lcodec.scrub import Scrubber, unlearn
from lcodec.scrub.integrations.supreme import Method
from python.tests.scrub.networks import conv_data, conv_net
from python.tests.scrub.paper import same, state

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[4]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
METHODS = PROJECT["entry-points"]["supreme.unlearning_methods"]
KEPT, GONE = conv_data(40), conv_data(5, seed=7)
BATCHES = DataLoader(TensorDataset(*KEPT), batch_size=16)


class Images(Dataset):
    """As SUPREME's data sets: (image, fine label or nothing, target)."""

    def __init__(self, images, targets):
        self.images, self.targets = images, targets

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        return self.images[index], torch.Tensor([]), int(self.targets[index])


class Wrapped(nn.Module):
    """As Fabric wraps a model: it may be called by its own training alone."""

    def __init__(self, module):
        super().__init__()
        self.module = module

    def forward(self, *inputs):
        raise AssertionError("Fabric's hooks would refuse a plain backward pass")


class Share:
    """As Fabric wraps a loader of several processes: passes over it give a share of the rows."""

    def __init__(self, loader):
        self.__dict__.update(loader.__dict__)

    def __iter__(self):
        raise AssertionError("a share of the rows is not all of them")


def dispatch(name, model, printed, wrap=lambda loader: loader):
    """Find a method by its entry point and call it, as SUPREME 0.1.4 does for a plugin's."""
    module, attribute = METHODS[name].split(":")
    loaders = {
        f"{part}_dataloader": wrap(DataLoader(Images(*data), batch_size=16, shuffle=True))
        for part, data in {
            "retain_train": KEPT,
            "retain_test": conv_data(8, seed=1),
            "forget_train": GONE,
            "forget_test": conv_data(4, seed=2),
            "train": conv_data(45),
            "test": conv_data(12, seed=1),
            "full_train": conv_data(45),
        }.items()
    }
    return getattr(importlib.import_module(module), attribute)(
        fabric=SimpleNamespace(print=printed.append, global_rank=0, world_size=1),
        wandb_logging_flag=False,
        type_of_unlearning_strategy="random_",
        model=model,
        model_name="ResNet18",
        num_gpus=1,
        distributed_strategy_name="ddp",
        num_labels=3,
        retain_train_augmented_dataloader=None,
        unlearning_teacher=None,
        dataset_name="Cifar10",
        **loaders,
    )


@pytest.mark.parametrize(("name", "preset"), [("lcodec", None), ("lcodec_paper", "paper")])
def test_a_method_gives_what_unlearn_gives(name, preset) -> None:
    model, printed = Wrapped(conv_net()), []
    assert dispatch(name, model, printed, Share) is model
    assert same(state(model.module), state(unlearn(conv_net(), BATCHES, GONE, preset=preset)))
    (report,) = printed
    assert (report.forgotten, report.retained) == (5, 40)


def test_a_model_that_fabric_does_not_wrap() -> None:
    model = conv_net()
    assert dispatch("lcodec_paper", model, []) is model
    assert same(state(model), state(unlearn(conv_net(), BATCHES, GONE, preset="paper")))


def test_all_methods_are_declared() -> None:
    module = importlib.import_module("lcodec.scrub.integrations.supreme")
    own = {name for name, value in vars(module).items() if isinstance(value, Method)}
    assert {name: f"{module.__name__}:{name}" for name in own} == METHODS


def test_options_of_ones_own() -> None:
    model = conv_net()
    loaders = [DataLoader(Images(*data), batch_size=16) for data in (KEPT, GONE)]
    Method(select="last_layer", damping=1.0)(
        fabric=SimpleNamespace(print=lambda report: None),
        model=model,
        retain_train_dataloader=loaders[0],
        forget_train_dataloader=loaders[1],
    )
    again = conv_net()
    options = {"select": "last_layer", "damping": 1.0}
    Scrubber(again, nn.CrossEntropyLoss(), BATCHES, **options).remove(GONE)
    assert same(state(model), state(again))


def test_an_unknown_option_is_refused_before_anything_is_trained() -> None:
    with pytest.raises(LcodecError, match="the nearest known one is `damping`"):
        Method(dampening=1.0)


def test_with_fabric_itself() -> None:
    fabric_module = pytest.importorskip("lightning.fabric")
    fabric = fabric_module.Fabric(accelerator="cpu", devices=1)
    model = fabric.setup(conv_net())
    loaders = fabric.setup_dataloaders(
        *(DataLoader(Images(*data), batch_size=16, shuffle=True) for data in (KEPT, GONE))
    )
    scrubbed = Method(preset="paper")(
        fabric=fabric,
        model=model,
        retain_train_dataloader=loaders[0],
        forget_train_dataloader=loaders[1],
    )
    assert scrubbed is model
    assert same(state(model.module), state(unlearn(conv_net(), BATCHES, GONE, preset="paper")))

"""The networks for CIFAR-10: their weights by name and number, and each layer by itself."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from bench.paper.nets import NETS, build
from lcodec.scrub import Scrubber
from lcodec.scrub.slices.slices import find_slices

# Entries of torchvision's state_dict, trainable parameters with 1,000 classes, and some names.
TORCHVISION = {
    "resnet18": (122, 11_689_512, ["conv1.weight", "bn1.running_var", "layer1.0.conv1.weight",
                                   "layer2.0.downsample.0.weight", "layer4.1.bn2.bias", "fc.bias"]),
    "resnet50": (320, 25_557_032, ["layer1.0.conv3.weight", "layer1.0.downsample.1.running_mean",
                                   "layer3.5.bn3.weight", "fc.weight"]),
    "vgg11_bn": (62, 132_868_840, ["features.0.bias", "features.1.running_mean",
                                   "features.25.weight", "features.26.num_batches_tracked",
                                   "classifier.0.weight", "classifier.3.bias",
                                   "classifier.6.weight"]),
    "mobilenet_v2": (314, 3_504_872, ["features.0.0.weight", "features.1.conv.0.0.weight",
                                      "features.1.conv.1.weight", "features.1.conv.2.bias",
                                      "features.2.conv.0.0.weight", "features.2.conv.1.1.bias",
                                      "features.17.conv.3.running_var", "features.18.1.weight",
                                      "classifier.1.bias"]),
    "densenet121": (727, 7_978_856, ["features.conv0.weight", "features.norm0.bias",
                                     "features.denseblock1.denselayer6.norm2.weight",
                                     "features.denseblock3.denselayer24.conv2.weight",
                                     "features.transition3.conv.weight", "features.norm5.bias",
                                     "classifier.weight"]),
}  # fmt: skip
DEEP = tuple(TORCHVISION)


def whole(name: str, classes: int) -> nn.Module:
    with torch.device("meta"):
        return NETS[name](classes, 1.0, "imagenet")


@pytest.mark.parametrize("name", DEEP)
def test_weights_have_torchvisions_names_and_numbers(name) -> None:
    entries, parameters, names = TORCHVISION[name]
    net = whole(name, 1000)
    state = net.state_dict()
    assert len(state) == entries
    assert sum(tensor.numel() for tensor in net.parameters()) == parameters
    assert set(names) <= set(state)


@pytest.mark.parametrize(
    ("name", "key", "shape"),
    [
        ("resnet18", "conv1.weight", (64, 3, 7, 7)),
        ("resnet18", "fc.weight", (10, 512)),
        ("resnet50", "layer2.0.conv2.weight", (128, 128, 3, 3)),
        ("vgg11_bn", "classifier.0.weight", (4096, 25088)),
        ("mobilenet_v2", "features.2.conv.1.0.weight", (96, 1, 3, 3)),
        ("densenet121", "features.denseblock4.denselayer16.conv1.weight", (128, 992, 1, 1)),
    ],
)
def test_shapes_of_weights_are_torchvisions(name, key, shape) -> None:
    assert tuple(whole(name, 10).state_dict()[key].shape) == shape


@pytest.mark.parametrize("stem", ["imagenet", "cifar"])
@pytest.mark.parametrize("name", NETS)
def test_narrow_networks_take_small_images(name, stem) -> None:
    net = build(name, width=0.07, stem=stem, dtype=torch.float64).eval()
    logits = net(torch.zeros(2, 3, 32, 32, dtype=torch.float64))
    assert logits.shape == (2, 10)
    assert sum(part.numel() for part in net.parameters()) < 700_000


def test_stem_for_small_images_keeps_their_resolution() -> None:
    sides = {}
    for stem in ("imagenet", "cifar"):
        net = build("resnet18", width=0.1, stem=stem).eval()
        net.layer1.register_forward_hook(
            lambda _, __, out, s=stem: sides.update({s: out.shape[-1]})
        )
        net(torch.zeros(1, 3, 32, 32))
    assert sides == {"imagenet": 8, "cifar": 32}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": "resnet19"}, "`name` must be one of 2nn, resnet18, .*, got 'resnet19'"),
        ({"name": "resnet18", "stem": "mnist"}, "`stem` must be one of imagenet, cifar, got"),
        ({"name": "resnet18", "width": 0}, "`width` must be above 0, got 0"),
    ],
)
def test_network_that_is_not_there(change, message) -> None:
    with pytest.raises(ValueError, match=message):
        build(**change)


def equal_layers(net: nn.Module) -> tuple[str, str]:
    """Two layers with weights of one shape, which a lookup by shape would take for one."""
    seen: dict[tuple[int, ...], str] = {}
    for name, module in net.named_modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            shape = tuple(module.weight.shape)
            if shape in seen:
                return seen[shape], name
            seen[shape] = name
    raise AssertionError("no two layers are of one shape")


@pytest.mark.parametrize("name", DEEP)
def test_equal_layers_have_slices_and_gradients_of_their_own(name) -> None:
    torch.manual_seed(0)
    stem = "cifar" if name == "vgg11_bn" else "imagenet"  # the one with fewer numbers
    net = build(name, width=0.04, stem=stem, dtype=torch.float64).eval()
    slices, uncovered = find_slices(net)
    assert uncovered == []  # the normalisation too, as it is in evaluation mode
    counts = {key: torch.zeros(part.numel(), dtype=int) for key, part in net.named_parameters()}
    for key, places in (entry for one in slices for entry in one.entries):
        counts[key][places] += 1
    assert all(count.eq(1).all() for count in counts.values())

    x = torch.randn(2, 3, 32, 32, dtype=torch.float64)
    y = torch.tensor([1, 2])
    loss = nn.CrossEntropyLoss()
    loss(net(x[:1]), y[:1]).backward()
    wanted = {key: part.grad.clone() for key, part in net.named_parameters()}
    net.zero_grad(set_to_none=True)
    one, other = equal_layers(net)
    assert not torch.allclose(wanted[f"{one}.weight"], wanted[f"{other}.weight"])
    changed = copy.deepcopy(net)
    options = {"layers": [one, other], "select": "all", "step": "ascent", "learning_rate": 0.5}
    Scrubber(changed, loss, (x, y), progress=False, **options).remove([0])
    for key, part in changed.named_parameters():
        own = 0.5 * wanted[key] if key.rpartition(".")[0] in (one, other) else 0 * wanted[key]
        torch.testing.assert_close(part - net.get_parameter(key), own)

"""What the filters of a convolution see, and which layers have rules of their own."""

import pytest
import torch
from torch import nn
from transformers.pytorch_utils import Conv1D

from lcodec.scrub.slices.layers import is_conv1d, layout_of
from lcodec.scrub.step.layer_rows import output_axis, rule_of, windows
from python.tests.scrub.networks import fill, normal


@pytest.mark.parametrize(
    ("layer", "size"),
    [
        (nn.Conv1d(4, 6, 3, stride=2, padding=2, dilation=2, groups=2), (9,)),
        (nn.Conv1d(2, 3, 2, padding=1, padding_mode="reflect"), (5,)),
        (nn.Conv1d(2, 3, 4, padding="same", padding_mode="circular"), (6,)),
        (nn.Conv2d(4, 4, (3, 2), stride=(2, 1), padding=(0, 1), groups=4), (7, 3)),
        (nn.Conv2d(2, 3, 3, padding=(2, 1), padding_mode="replicate"), (4, 5)),
        (nn.Conv2d(2, 3, (3, 5), padding="same", dilation=(3, 1)), (6, 7)),
        (nn.Conv2d(2, 3, 2, padding="valid", bias=False), (3, 4)),
        (nn.Conv3d(2, 4, (2, 1, 3), padding=(1, 0, 2), groups=2), (3, 2, 4)),
        (nn.Conv3d(1, 2, 2, padding=1, padding_mode="circular", dilation=2), (3, 4, 3)),
    ],
    ids=str,
)
def test_windows_times_filters_are_the_convolution(layer, size) -> None:
    layer, x = fill(layer), normal(3, layer.in_channels, *size)
    seen = windows(layer, x)
    filters = layer.weight.reshape(layer.groups, -1, seen.shape[2])
    outputs = torch.einsum("gue,bgel->bgul", filters, seen).reshape(3, layer.out_channels, -1)
    wanted = layer(x) - (0 if layer.bias is None else layer.bias.view(-1, *[1] * len(size)))
    assert torch.allclose(outputs, wanted.flatten(2), rtol=0, atol=1e-12)


def test_the_layer_of_gpt2_is_known_by_name_and_place() -> None:
    """Its subclasses have its slices; their rows are made in the general way, as of Linear's."""
    subclass = type("Mine", (Conv1D,), {"forward": lambda self, x: 2 * Conv1D.forward(self, x)})
    imposter = type("Conv1D", (nn.Module,), {"__module__": "elsewhere"})
    namesake = type("Conv1D", (Conv1D,), {"__module__": "elsewhere"})
    assert is_conv1d(Conv1D)
    assert not any(map(is_conv1d, (subclass, imposter, namesake, nn.Conv1d)))
    made = Conv1D(5, 3), subclass(5, 3), namesake(5, 3), imposter()
    assert [layout_of(layer) is not None for layer in made] == [True, True, True, False]
    made[-1].nf = 5
    assert [output_axis(layer) for layer in made] == [-1, None, None, None]
    rules = [rule_of(layer, "weight") for layer in made]
    assert rules[0][0] is not None
    assert rules[0][1] == 1
    assert rules[1:] == [(None, 0)] * 3

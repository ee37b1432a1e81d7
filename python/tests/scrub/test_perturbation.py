import pytest
import torch

from lcodec.scrub.perturbation import perturbed_batches

from .networks import normal


def everything(inputs, **options):
    copies, samples, rows = zip(*perturbed_batches(inputs, **options), strict=True)
    return torch.cat(copies), torch.cat(samples), torch.cat(rows)


@pytest.mark.parametrize("shape", [(3, 2), (3, 1, 4, 5)])
@pytest.mark.parametrize("batch_size", [1, 7, 1000])
def test_values_do_not_depend_on_the_batch_size(shape, batch_size):
    inputs = normal(*shape)
    reference = everything(inputs, copies=11, seed=3, batch_size=4)
    for one, other in zip(
        everything(inputs, copies=11, seed=3, batch_size=batch_size), reference, strict=True
    ):
        assert torch.equal(one, other)


def test_every_sample_has_every_copy_in_order():
    copy, sample, rows = everything(normal(3, 2), copies=4, batch_size=5)
    assert copy.tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3]
    assert sample.tolist() == [0, 1, 2] * 4
    assert rows.shape == (12, 2)


def test_noise_has_the_asked_standard_deviation_and_no_mean():
    inputs = normal(2, 50)
    _, sample, rows = everything(inputs, copies=400, noise=0.3)
    offsets = rows - inputs[sample]
    assert abs(offsets.std() - 0.3) < 0.005
    assert abs(offsets.mean()) < 0.005


def test_float32_inputs_get_the_rounded_noise_of_float64():
    inputs = normal(2, 20)
    single = everything(inputs.float(), copies=5)[2]
    assert single.dtype == torch.float32
    assert torch.allclose(single.double(), everything(inputs, copies=5)[2], atol=1e-6)


def test_seeds_differ():
    one, other = (everything(normal(2, 4), copies=3, seed=seed)[2] for seed in (0, 1))
    assert not torch.equal(one, other)

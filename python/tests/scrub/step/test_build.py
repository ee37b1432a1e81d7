"""The choice of a form and its memory."""

import pytest
import torch
from torch import nn

from lcodec import LcodecError
from lcodec.scrub import step as curvature
from python.tests.scrub.networks import conv_data, conv_net, fill, normal
from python.tests.scrub.step.dense import CROSS_ENTROPY, built


def test_auto_takes_the_whole_matrix_then_the_rows_then_products() -> None:
    def form(method, p, samples, limit=2**31):
        found = curvature.choose_scheme(method, "auto", p, 10, samples, limit)
        return found.solver, found.keep_rows

    assert form("ggn", 3000, 50_000) == ("dense", False)
    assert form("ggn", 3000, 100, 10**8) == ("woodbury", True)
    assert form("ggn", 3001, 100) == ("woodbury", True)
    assert form("ggn", 3001, 50_000) == ("cg", False)
    assert form("ggn", 2000, 100) == ("dense", False)
    assert form("ggn", 2000, 99) == ("woodbury", True)
    assert form("ggn", 10_000, 299) == ("woodbury", True)
    assert form("ggn", 10_000, 300) == ("cg", False)
    assert form("ggn", 100_000, 1000, 10**9) == ("cg", False)
    assert form("exact", 3000, 10) == ("dense", False)
    assert form("exact", 3001, 10) == ("cg", False)
    assert form("fisher", 10**6, 20) == ("woodbury", True)
    assert form("secant", 10, 10**6) == ("woodbury", True)


def test_memory_is_refused_with_the_numbers() -> None:
    message = (
        r"`memory_limit` must be at least 229\.1 MiB for 'ggn' curvature of 3162 selected "
        r"parameters with `solver` 'dense', got 100\.0 MiB; lower `max_parameters`"
    )
    with pytest.raises(LcodecError, match=message) as caught:
        curvature.choose_scheme("ggn", "dense", 3162, 10, 50_000, 100 * 2**20)
    assert caught.value.id == "lcodec:memoryLimit"
    assert (
        curvature.choose_scheme("ggn", "dense", 3162, 10, 50_000, 230 * 2**20).bytes < 230 * 2**20
    )


def test_woodbury_of_the_exact_hessian_is_refused() -> None:
    with pytest.raises(LcodecError, match="must be 'dense' or 'cg' for 'exact', got 'woodbury'"):
        built("exact", conv_net(), CROSS_ENTROPY, conv_data(5), solver="woodbury")


def test_a_gradient_of_zero_gives_a_step_of_zero() -> None:
    for solver in ("dense", "woodbury", "cg"):
        found = built("ggn", conv_net(), CROSS_ENTROPY, conv_data(5), solver=solver)
        solution, used = found.solve(torch.zeros(163, dtype=torch.float64), 0.1)
        assert (float(solution.norm()), used) == (0.0, 0.1)


def test_curvature_that_is_not_finite_is_refused() -> None:
    data = 1e200 * normal(5, 3), normal(5, 1)
    for solver in ("dense", "woodbury", "cg"):
        with pytest.raises(LcodecError, match="curvature of the retained objective") as caught:
            built("fisher", fill(nn.Linear(3, 1)), nn.MSELoss(), data, solver=solver)
        assert caught.value.id == "lcodec:nonFinite"

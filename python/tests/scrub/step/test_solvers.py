"""The solvers against the whole matrix."""

import pytest
import torch
from torch import nn

from lcodec import LcodecWarning
from lcodec.scrub import step as curvature
from lcodec.scrub.step import forms, memory
from python.tests.scrub.networks import conv_data, conv_net, fill, normal
from python.tests.scrub.step.dense import CROSS_ENTROPY, built, close, setting


@pytest.mark.parametrize("method", ["ggn", "fisher", "secant"])
@pytest.mark.parametrize("weight_decay", [0.0, 0.1])
def test_woodbury_and_products_agree_with_the_whole_matrix(method, weight_decay) -> None:
    args = method, conv_net(), CROSS_ENTROPY, conv_data(15)
    dense = built(*args, weight_decay=weight_decay)
    gradient = normal(len(dense.matrix), seed=4)
    wanted, _ = dense.solve(gradient, 1e-3)
    held = [built(*args, weight_decay=weight_decay, solver=solver) for solver in ("woodbury", "cg")]
    free = curvature.build(
        method,
        *setting(*args[1:], weight_decay=weight_decay),
        solver="cg",
        memory_limit=memory.estimate(
            method, "cg", len(gradient), 3, 15, keep_rows=method == "secant"
        ),
    )
    for other in (*held, free):
        assert close(other.product(gradient), dense.product(gradient), 1e-8)
        found, used = other.solve(gradient, 1e-3)
        assert used == 1e-3
        assert (found - wanted).norm() < 1e-8 * wanted.norm()


def test_exact_products_agree_with_the_whole_matrix() -> None:
    args = "exact", conv_net(), CROSS_ENTROPY, conv_data(15)
    dense, free = built(*args), built(*args, solver="cg")
    v = normal(len(dense.matrix), seed=4)
    assert close(free.product(v), dense.product(v))
    wanted, found = dense.solve(v, 10.0)[0], free.solve(v, 10.0)[0]
    assert (found - wanted).norm() < 1e-8 * wanted.norm()


def test_conjugate_gradients_raise_the_damping_on_negative_curvature() -> None:
    args = "exact", conv_net(), CROSS_ENTROPY, conv_data(20)
    dense, free = built(*args), built(*args, solver="cg")
    lowest = -float(torch.linalg.eigvalsh(dense.matrix)[0])
    v = normal(len(dense.matrix), seed=4)
    for form in (dense, free):
        solution, used = form.solve(v, lowest / 50)
        assert used == pytest.approx(lowest * 2)
        assert (dense.product(solution) + used * solution - v).norm() < 1e-8 * v.norm()


def test_a_low_rank_matrix_without_damping_is_singular_and_gets_some() -> None:
    low = curvature.LowRank(normal(3, 8), 0.0)
    solution, used = low.solve(normal(8, seed=1), 0.0)
    assert used == pytest.approx(1e-6 * float(normal(3, 8).square().sum()) / 8)
    left = low.product(solution) + used * solution - normal(8, seed=1)
    assert left.norm() < 1e-8


def test_woodbury_is_as_exact_as_the_whole_matrix_where_the_damping_is_small() -> None:
    rows, v = 100 * normal(5, 40), normal(40, seed=1)
    low, whole = curvature.LowRank(rows, 0.0), curvature.Dense(rows.T @ rows)
    found, wanted = (form.solve(v, 1e-2)[0] for form in (low, whole))
    assert (found - wanted).norm() < 1e-8 * wanted.norm()  # of a condition number of 5e7


def test_conjugate_gradients_that_do_not_finish_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forms, "CG_ITERATIONS", 3)
    spectrum = torch.logspace(-6, 0, 30, dtype=torch.float64)
    free = curvature.MatrixFree(lambda v: spectrum * v, 0.0)
    with pytest.warns(LcodecWarning, match="stopped after 3 products with a relative residual"):
        free.solve(torch.ones(30, dtype=torch.float64), 0.0)


@pytest.mark.parametrize("method", ["fisher", "secant"])
def test_one_sample_at_a_million_parameters(method) -> None:
    """8 MB of numbers; the matrix would hold 8 TB."""
    model = fill(nn.Linear(999_999, 1), scale=1e-3)
    data = normal(1, 999_999), torch.tensor([[0.5]], dtype=torch.float64)
    args = setting(model, nn.MSELoss(), data)
    found = curvature.build(method, *args, memory_limit=2**28)
    assert found.solver == "woodbury"
    design = torch.cat([data[0][0], torch.ones(1, dtype=torch.float64)])
    left = float((model(data[0]) - data[1]).detach())
    # Both have rows along the design: (2 left x)(2 left x)', and the Hessian 2 x x'.
    size = 4 * left**2 if method == "fisher" else 2.0
    v = design + normal(1_000_000, seed=2)
    solution, _ = found.solve(v, 0.1)
    inner = size * (design @ v) / (0.1 + size * (design @ design))
    assert (solution - (v - inner * design) / 0.1).norm() < 1e-6 * solution.norm()


def test_conjugate_gradients_end_where_they_are_accurate_enough() -> None:
    matrix, vector = normal(60, 40), normal(40, seed=1)
    residuals, products = [], []
    for accuracy in (1e-1, 1e-3, forms.CG_RESIDUAL):
        calls = [0]

        def product(v: torch.Tensor, calls: list[int] = calls) -> torch.Tensor:
            calls[0] += 1
            return matrix.T @ (matrix @ v)

        form = forms.MatrixFree(product, 0.0, accuracy)
        solution, used = form.solve(vector, 0.1)
        left = vector - matrix.T @ (matrix @ solution) - used * solution
        residuals.append(float(left.norm() / vector.norm()))
        products.append(calls[0])
        assert residuals[-1] <= 1.01 * accuracy
    assert residuals[0] > 1e-3 > residuals[1] > 1e-8
    assert products == sorted(products)
    assert products[0] < products[1] < products[2]

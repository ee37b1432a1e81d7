"""Curvature of the retained objective in the selected slices only.

For the flat vector w of the p selected parameters and the mean loss over n retained samples,
H = M + wd * I with

    ggn       M = 1/n * sum_i J_i' A_i J_i      generalised Gauss-Newton (Schraudolph 2002)
    exact     M = 1/n * sum_i d^2 loss_i / dw^2
    fisher    M = 1/n * sum_i g_i g_i'          empirical
    secant    M = y y' / (y's),                 y the change of the gradient along a short s
    identity  M = I

J_i (C x p) is the Jacobian of sample i's outputs, A_i (C x C) the Hessian of its loss in them,
g_i the gradient of its loss. With A_i = R R' the first has rows R'J_i: H = U'U + wd * I, like the
third and the fourth. What a loss that is not convex in the outputs adds to A_i below zero is left
out. The network runs in its own dtype, sums and solutions are float64.
"""

from lcodec.scrub.step.build import build
from lcodec.scrub.step.forms import Curvature, Dense, LowRank, MatrixFree
from lcodec.scrub.step.memory import METHODS, SOLVERS, CurvatureName, Plan, Solver, estimate, plan

__all__ = [
    "METHODS",
    "SOLVERS",
    "Curvature",
    "CurvatureName",
    "Dense",
    "LowRank",
    "MatrixFree",
    "Plan",
    "Solver",
    "build",
    "estimate",
    "plan",
]

"""The figure and the tables of docs/lcodec.md: what noise does to the coefficient.

Run ``python docs/figures/plot_lcodec.py``: it prints two tables and writes lcodec.png beside
itself, in about ten seconds.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

import lcodec

N = 2000
DATASETS = 20
SHARES = (0.5, 0.2)
SIGMAS_SAME = (1e-4, 1e-3, 0.01, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0)
SIGMAS_CONDITION = (1e-3, 0.01, 0.03, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0)


def of_itself(share: float, sigma: float) -> float:
    """T_L(Y, Y) for a response of N bits, a `share` of them 1; ten draws of the noise."""
    y = (np.arange(N) < share * N).astype(float)
    return lcodec.lcodec(y, y, sigma=sigma, draws=10)


def limit(share: float) -> float:
    """1 - sum p_k^2."""
    return 1 - share**2 - (1 - share) ** 2


def independent_given_x(sigma: float) -> tuple[float, float]:
    """T_L(Y, Z | X) where it should be 0: mean and standard error over seeds 0, 1, ..."""
    values = np.empty(DATASETS)
    for seed in range(DATASETS):
        x, e, f = np.random.default_rng(seed).normal(size=(3, N))
        values[seed] = lcodec.lcodec(x + 0.3 * e, x + 0.3 * f, x, sigma=sigma)
    return float(values.mean()), float(values.std(ddof=1) / DATASETS**0.5)


def main() -> None:
    """Measure, print and draw."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    _, (left, right) = pyplot.subplots(1, 2, figsize=(10, 4), layout="constrained")

    print("sigma   T_L(Y, Y) for shares", *SHARES)
    rows = np.array([[of_itself(share, s) for share in SHARES] for s in SIGMAS_SAME])
    for sigma, row in zip(SIGMAS_SAME, rows, strict=True):
        print(f"{sigma:<7g} {row[0]:.3f} {row[1]:.3f}")
    left.axhline(1, color="0.3", lw=1)
    left.text(SIGMAS_SAME[0], 0.985, "T(Y, Y) without noise", va="top", color="0.3")
    for k, (share, colour) in enumerate(zip(SHARES, ("tab:blue", "tab:orange"), strict=True)):
        left.axhline(limit(share), color=colour, ls="--", lw=1)
        left.plot(SIGMAS_SAME, rows[:, k], "o-", color=colour, label=f"bit, share of ones {share}")
    left.plot([], [], "--", color="0.5", lw=1, label=r"limit $1 - \sum p_k^2$")
    left.set(xscale="log", ylim=(-0.05, 1.05), ylabel=r"$T_L(Y, Y)$")
    left.set(xlabel=r"$\sigma$", title="(a) y as a function of itself: should be 1")
    left.legend(loc="center left", bbox_to_anchor=(0, 0.77), frameon=False)

    print("sigma   T_L(Y, Z | X), standard error")
    pairs = np.array([independent_given_x(s) for s in SIGMAS_CONDITION])
    for sigma, (mean, error) in zip(SIGMAS_CONDITION, pairs, strict=True):
        print(f"{sigma:<7g} {mean:.3f} {error:.3f}")
    right.axhline(0, color="0.3", lw=1)
    right.errorbar(SIGMAS_CONDITION, pairs[:, 0], 2 * pairs[:, 1], fmt="o-", capsize=3)
    right.set(xscale="log", xlabel=r"$\sigma$", ylabel=r"$T_L(Y, Z \mid X)$")
    right.set_title("(b) y and z independent given x: should be 0")
    pyplot.savefig(Path(__file__).with_name("lcodec.png"), dpi=110)


if __name__ == "__main__":
    main()

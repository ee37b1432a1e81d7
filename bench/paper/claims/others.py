"""What the accounts on speed, blankets and text say."""

from __future__ import annotations

from itertools import product

from bench.paper.bullseye.report import auc, best
from bench.paper.bullseye.report import of as runs_of
from bench.paper.claims.line import (
    AGAINST,
    FOR,
    OPEN,
    SLICES,
    Line,
    Lines,
    interval,
    says_of,
    where,
)
from bench.paper.journal import Record
from bench.paper.ledgar.report import Sequences
from bench.paper.ledgar.run import at_epsilon
from bench.paper.speedup.report import EXACT, beside, by_method, per_step
from bench.paper.spurious.report import BEST, alike, numbers, values
from bench.paper.spurious.report import of as classifiers_of
from bench.paper.statistics import LESS, mean, ratio, times

NOISE_ON_SLICES = "Noise on FOCI's slices"
SPURIOUS = ("Random", "Most correlated", "All")
"""Adversaries beside FOCI's blanket; the first two on as many attributes."""


def noise_is_faster(account: Record) -> Lines:
    """Seconds of FOCI with noise over those without."""
    if account["experiment"] != "speedup":
        return
    found = by_method(account)
    for method in account["config"]["methods"]:
        name = method["name"]
        if name in found and method["kind"] == "lfoci" and method["sigma"] > 0:
            slower = beside(found[name], found[EXACT])
            what = f"seconds of FOCI with noise of {method['sigma']:g} over those without"
            yield Line(where(account), what, times(slower), says_of(slower, LESS))


def noise_and_trees(account: Record) -> Lines:
    """Seconds of a step by k-d trees with noise over those without."""
    if account["experiment"] != "speedup":
        return
    found = by_method(account)
    kinds = {method["name"]: method for method in account["config"]["methods"]}
    trees = [name for name in found if kinds[name]["kind"] == "kdtree"]
    for one in (name for name in trees if not kinds[name]["sigma"]):
        for name in (name for name in trees if kinds[name]["sigma"]):
            slower = ratio(per_step(found[name]), per_step(found[one]))
            what = f"seconds of a step by k-d trees with noise of {kinds[name]['sigma']:g}"
            yield Line(where(account), f"{what} over those without", times(slower), "")


def blankets(account: Record) -> Lines:
    """AUC of CODEC less that of mutual information, on pairs with known answers."""
    if account["experiment"] != "bullseye":
        return
    names = {method["kind"]: method["name"] for method in account["config"]["methods"]}
    for kind in account["config"]["run"]["representations"]:
        ours, others = (runs_of(account, kind, names[one]) for one in ("codec", "knn_cmi"))
        pairs = zip(ours, others, strict=True)
        gap = mean([auc(one) - auc(other) for one, other in pairs])
        says = FOR if gap.low > 0 else AGAINST if gap.high < 0 else OPEN
        what = f"{kind}: AUC of CODEC less that of mutual information by neighbours"
        yield Line(where(account), what, interval(gap), says)


def foci_blankets(account: Record) -> Lines:
    """Shares of the blanket and of the other features that FOCI selects."""
    if account["experiment"] != "bullseye":
        return
    names = {method["kind"]: method["name"] for method in account["config"]["methods"]}
    for kind in account["config"]["run"]["representations"]:
        found = [best(one) for one in runs_of(account, kind, names["foci"])]
        for at, what in enumerate(("of the blanket", "of the other features")):
            share = mean([rates[at] for rates in found])
            yield Line(
                where(account), f"{kind}: share {what} selected by FOCI", interval(share), ""
            )


def clauses_until_f1_falls(account: Record) -> Lines:
    """Yield whether fewer removals by FOCI's slices than by the noise alone are withstood."""
    if account["experiment"] != "ledgar":
        return
    found = Sequences(account)
    for epsilon in account["config"]["run"]["epsilons"]:
        for label in found.labels:
            scrub, alone = (
                found.of(label, at_epsilon(name, epsilon)) for name in (SLICES, NOISE_ON_SLICES)
            )
            if not scrub or not any(one.fell for one in (*scrub.values(), *alone.values())):
                continue
            longer = ratio(
                [one.stood + 1 for one in scrub.values()], [one.stood + 1 for one in alone.values()]
            )
            counts = (", ".join(one.told for one in some.values()) for some in (scrub, alone))
            what = (
                f"{label}, ε = {epsilon:g}: removals withstood by FOCI, over those by its noise "
                f"alone; counts {' against '.join(counts)}"
            )
            yield Line(where(account), what, times(longer), says_of(longer, LESS))


def blanket_helps(account: Record) -> Lines:
    """Accuracy with adversaries on FOCI's blanket less that with others, relations reversed."""
    if account["experiment"] != "spurious":
        return
    strengths = account["config"]["run"]["strengths"]
    for number, strength in product(numbers(account), strengths):
        ours = classifiers_of(account, "FOCI blanket", number, strength)
        for name in SPURIOUS:
            other = classifiers_of(account, name, number, strength)
            if alike(ours, other):
                continue
            pairs = zip(*(values(one, *BEST) for one in (ours, other)), strict=True)
            gap = mean([100 * (a - b) for a, b in pairs])
            says = FOR if gap.low > 0 else AGAINST if gap.high < 0 else OPEN
            what = f"{number} of FOCI's blanket, λ = {strength:g}: accuracy less that with"
            yield Line(where(account), f"{what} {name.lower()}, points", interval(gap), says)

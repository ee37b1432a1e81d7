"""What the paper claims, and what the committed accounts say of it: the tables of docs/paper.md.

``python -m bench.paper.claims`` writes them. A line of a table is one account with one number, its
interval and what that says; the verdict on a claim follows from its lines. A claim without a line
is not on the page.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.machine import ROOT
from bench.paper import journal
from bench.paper.bullseye.report import auc, best
from bench.paper.bullseye.report import of as runs_of
from bench.paper.journal import Record
from bench.paper.removal.report import KL, Results
from bench.paper.removal.sequence import FLOOR, NOTHING, REFIT
from bench.paper.speedup.report import EXACT, beside, by_method, per_step
from bench.paper.statistics import LESS, MORE, Estimate, compared, mean, ratio, times
from bench.rounds import write_between

FOLDER = Path(__file__).parent
PAGE = ROOT / "docs" / "paper.md"
BEGIN, END = "<!-- claims: begin -->\n", "<!-- claims: end -->"
SLICES, NOISE = "FOCI", "Noise only"

FOR, AGAINST, OPEN = "for", "against", "open"
HOLDS, PARTLY, FAILS, UNTOLD = "holds", "holds in part", "does not hold", "cannot be told from this"


@dataclass(frozen=True)
class Line:
    """One number, and whether it speaks for the claim."""

    where: str
    what: str
    number: str
    says: str


Lines = Iterator[Line]


@dataclass(frozen=True)
class Claim:
    """A sentence of the paper, and how its lines follow from an account."""

    text: str
    lines: Callable[[Record], Lines]
    remark: str = ""
    context: Callable[[Record], Lines] = field(default=lambda _: iter(()))  # beside; no verdict


def accounts() -> list[Record]:
    """Return the committed accounts, in the order of their experiments."""
    files = sorted(FOLDER.glob("*/results/*.json"))
    return [journal.read(file) | {"file": file.stem} for file in files]


def where(account: Record) -> str:
    """Return the experiment and what it ran on."""
    source = str(account["data"]["source"]).split(",")[0]
    return f"[{account['experiment']}](../bench/paper/{account['experiment']}), {source}"


def command(account: Record) -> str:
    """Return the command of an account."""
    data = "--small" if account["file"] == "small" else "--data DIR"
    return f"python -m bench.paper {account['experiment']} {data}"


def verdict(lines: Sequence[Line]) -> str:
    """Return what lines say together; where most cannot tell, a claim holds in part at most."""
    pro, contra = (sum(line.says == said for line in lines) for said in (FOR, AGAINST))
    if not pro and not contra:
        return UNTOLD
    if not pro:
        return FAILS
    return HOLDS if not contra and 2 * pro > len(lines) else PARTLY


def _says(found: Estimate, wanted: str) -> str:
    word = compared(found)
    if word == wanted:
        return FOR
    return AGAINST if word in (LESS, MORE) else OPEN


def removals(account: Record) -> Iterator[tuple[Results, str, int]]:
    """Yield each case of an account of removals with its last removal, where there is a refit."""
    if any("case" in one for one in account["records"]):
        results = Results(account)
        for case in results.cases:
            if results.checkpoints(case) and results.values(case, REFIT, KL, _last(results, case)):
                yield results, case, _last(results, case)


def _last(results: Results, case: str) -> int:
    return results.checkpoints(case)[-1]


def _to_remove(results: Results, case: str, step: int) -> bool:
    """Whether doing nothing is further from the refit than a refit of another seed is."""
    floor = results.ratio(case, NOTHING, FLOOR, step)
    return floor is not None and compared(floor) == MORE


def slices_forget(account: Record) -> Lines:
    """KL to the refit that FOCI's slices leave, over that of doing nothing."""
    for results, case, step in removals(account):
        found = results.ratio(case, SLICES, NOTHING, step)
        if found is not None and _to_remove(results, case, step):
            what = f"{case}: KL to the refit after FOCI over that of doing nothing"
            yield Line(where(account), what, times(found), _says(found, LESS))


def without_selection(account: Record) -> Lines:
    """KL that gradient and noise alone leave, which every figure on forgetting needs beside it."""
    for results, case, step in removals(account):
        for name in ("Gradient only", NOISE):
            found = results.ratio(case, name, NOTHING, step)
            if found is not None and _to_remove(results, case, step):
                what = f"{case}: the same after {name[0].lower()}{name[1:]}"
                yield Line(where(account), what, times(found), "")


def selection_matters(account: Record) -> Lines:
    """KL that other slices leave, at the same number of parameters, over FOCI's."""
    for results, case, step in removals(account):
        if not _to_remove(results, case, step):
            continue
        for name in ("Random", "Top gradient"):
            found = results.ratio(case, name, SLICES, step)
            if found is not None:
                what = f"{case}: KL after {name.lower()} over that after FOCI, as many parameters"
                yield Line(where(account), what, times(found), _says(found, MORE))


def accuracy_stays(account: Record) -> Lines:
    """Accuracy on the test data after FOCI less the refit's, in points."""
    for results, case, step in removals(account):
        after, refit = (
            results.values(case, name, "test_accuracy", step) for name in (SLICES, REFIT)
        )
        if not after or len(after) != len(refit) or None in (*after, *refit):
            continue
        gap = mean([100 * (a - b) for a, b in zip(after, refit, strict=True)])  # type: ignore[operator]
        within, beyond = gap.low > -1 and gap.high < 1, gap.high < -1 or gap.low > 1
        says = FOR if within else AGAINST if beyond else OPEN
        what = f"{case}: test accuracy after FOCI less the refit's, points"
        yield Line(where(account), what, _interval(gap), says)


def slices_cost_less(account: Record) -> Lines:
    """Seconds of a removal with all parameters over those with FOCI's slices."""
    for results, case, _ in removals(account):
        cost = {name: _seconds(results, case, name) for name in (SLICES, "Full")}
        if all(cost.values()) and len(cost[SLICES]) == len(cost["Full"]):
            found = ratio(cost["Full"], cost[SLICES])
            what = f"{case}: seconds of a removal by all parameters over those by FOCI"
            yield Line(where(account), what, times(found), _says(found, MORE))


def _seconds(results: Results, case: str, method: str) -> list[float]:
    """Return the median seconds of a removal, for each seed."""
    by_seed: dict[int, list[float]] = {}
    for record in results.some(case, method):
        if "seconds" in record:
            by_seed.setdefault(record["seed"], []).append(record["seconds"])
    return [statistics.median(values) for values in by_seed.values()]


def gap_grows(account: Record) -> Lines:
    """KL to the refit after FOCI's last removal one by one over that after the first checkpoint."""
    for results, case, step in removals(account):
        first = results.checkpoints(case)[0]
        after, before = (results.values(case, SLICES, KL, at) for at in (step, first))
        if first == step or not after or len(after) != len(before) or None in (*after, *before):
            continue
        found = ratio([float(v or 0) for v in after], [float(v or 0) for v in before])
        what = f"{case}: KL to the refit after {step} removals over that after {first}, FOCI"
        yield Line(where(account), what, times(found), _says(found, MORE))


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
            yield Line(where(account), what, times(slower), _says(slower, LESS))


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
        yield Line(where(account), what, _interval(gap), says)


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
                where(account), f"{kind}: share {what} selected by FOCI", _interval(share), ""
            )


def _interval(found: Estimate) -> str:
    centre, low, high = (f"{round(end, 9):.3g}" for end in (found.mean, found.low, found.high))
    return centre if math.isinf(found.low) else f"{centre} ({low} to {high})"


CLAIMS = (
    Claim(
        "Changing only the selected slices brings the model nearer to the refit.",
        slices_forget,
        "Only cases in which there is something to remove are shown: where doing nothing is "
        "further from the refit than a refit of another seed. A single correct sample is none.",
        without_selection,
    ),
    Claim(
        "The slices must be selected: others, as many, do not do it.",
        selection_matters,
        "The paper compares with random slices. The slices with the largest gradients, which cost "
        "no selection, are the harder rival.",
    ),
    Claim("Accuracy stays: within a point of the model trained again.", accuracy_stays),
    Claim(
        "A removal by slices is feasible where one by all parameters is not.",
        slices_cost_less,
        "All parameters are changed here by conjugate gradients, which store no Hessian, so both "
        "are feasible; the question left is what a removal costs.",
    ),
    Claim("The distance to the refit grows with the number of samples removed.", gap_grows),
    Claim(
        "The randomised coefficient is faster: L-CODEC against CODEC.",
        noise_is_faster,
        "Noise makes repeated values different. That saves k-d trees from searching long lists of "
        "equal rows; a search that treats equal rows as one needs no noise, and loses by it.",
        noise_and_trees,
    ),
    Claim(
        "CODEC finds Markov blankets where mutual information by neighbours fails.",
        blankets,
        "",
        foci_blankets,
    ),
)  # fmt: skip


def page(known: Sequence[Record]) -> str:
    """Return what stands between the marks of the page."""
    summary = ["| claim | verdict |", "| --- | --- |"]
    parts = []
    for claim in CLAIMS:
        lines = [(line, one) for one in known for line in claim.lines(one)]
        if not lines:
            continue
        context = [(line, one) for one in known for line in claim.context(one)]
        found = verdict([line for line, _ in lines])
        counts = [sum(line.says == said for line, _ in lines) for said in (FOR, AGAINST, OPEN)]
        summary.append(f"| {claim.text} | **{found}** |")
        told = (
            f"**{found.capitalize()}.** Of {len(lines)} lines {counts[0]} speak for it, "
            f"{counts[1]} against it, and {counts[2]} cannot tell."
        )
        table = [
            "| account | measured | number (95 % interval) | speaks |",
            "| --- |" + " --- |" * 3,
        ]
        for line, _ in lines + context:
            table.append(f"| {line.where} | {line.what} | {line.number} | {line.says or '–'} |")
        commands = sorted({command(one) for _, one in lines + context})
        parts.append(
            "\n\n".join(
                [
                    f"## {claim.text}",
                    f"{told} {claim.remark}".strip(),
                    "\n".join(table),
                    "```sh\n" + "\n".join(commands) + "\n```",
                ]
            )
        )
    return "\n".join(summary) + "\n\n" + "\n\n".join(parts) + "\n"


def main() -> None:
    """Write the page."""
    write_between(PAGE, BEGIN, END, page(accounts()))


if __name__ == "__main__":
    main()

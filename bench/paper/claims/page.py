"""The page: each claim of the paper, its lines, and the verdict that follows from them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.machine import ROOT
from bench.paper import journal
from bench.paper.claims import others, persons, removals
from bench.paper.claims.line import AGAINST, FOR, OPEN, Line, Lines
from bench.paper.journal import Record

FOLDER = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "paper.md"
BEGIN, END = "<!-- claims: begin -->\n", "<!-- claims: end -->"
HOLDS, PARTLY, FAILS, UNTOLD = "holds", "holds in part", "does not hold", "cannot be told from this"


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


def command(account: Record) -> str:
    """Return the command of an account, whose file is called after its options."""
    words = ["python -m bench.paper", account["experiment"]]
    if account["file"] == "small":
        words.append("--small")
    elif not account["data"]["source"].startswith("generated"):
        words.append("--data DIR")
    if account["file"] == "published":
        words.append("--published")
    return " ".join(words)


def verdict(lines: Sequence[Line]) -> str:
    """Return what lines say together; where most cannot tell, a claim holds in part at most."""
    pro, contra = (sum(line.says == said for line in lines) for said in (FOR, AGAINST))
    if not pro and not contra:
        return UNTOLD
    if not pro:
        return FAILS
    return HOLDS if not contra and 2 * pro > len(lines) else PARTLY


CLAIMS = (
    Claim(
        "Changing only the selected slices brings the model nearer to the refit.",
        removals.slices_forget,
        "Only cases in which there is something to remove are shown: where doing nothing is "
        "further from the refit than a refit of another seed. A single correct sample is none.",
        removals.without_selection,
    ),
    Claim(
        "The slices must be selected: others, as many, do not do it.",
        removals.selection_matters,
        "The paper compares with random slices. The slices with the largest gradients, which cost "
        "no selection, are the harder rival.",
    ),
    Claim("Accuracy stays: within a point of the model trained again.", removals.accuracy_stays),
    Claim(
        "A removal by slices is feasible where one by all parameters is not.",
        removals.slices_cost_less,
        "All parameters are changed here by conjugate gradients, which store no Hessian, so both "
        "are feasible; the question left is what a removal costs.",
    ),
    Claim(
        "A person goes from a network that knows faces, or finds persons again.",
        persons.person_goes,
        "The paper's curves fall to 0 after 47 images. In a narrow network that was trained "
        "without early stopping, the selected slices change next to nothing.",
        persons.person_goes_otherwise,
    ),
    Claim(
        "The other persons stay.",
        persons.others_stay,
        "Where nothing changes, they stay as the person does.",
        persons.others_stay_otherwise,
    ),
    Claim(
        "How many clauses a text classifier can lose depends on what is removed, not on the noise.",
        others.clauses_until_f1_falls,
        "The paper reports counts for each ε. A line speaks for it where the removal with its "
        "step withstands fewer removals than the noise of the same sizes alone; rows in which F1 "
        "never falls are left out.",
    ),
    Claim(
        "The distance to the refit grows with the number of samples removed.",
        removals.gap_grows,
    ),
    Claim(
        "The randomised coefficient is faster: L-CODEC against CODEC.",
        others.noise_is_faster,
        "Noise makes repeated values different. That saves k-d trees from searching long lists of "
        "equal rows; a search that treats equal rows as one needs no noise, and loses by it.",
        others.noise_and_trees,
    ),
    Claim(
        "A classifier with adversaries on FOCI's blanket relies less on spurious attributes.",
        others.blanket_helps,
        "In the validation images the relations with the target are reversed, so accuracy there "
        "is high where the classifier does not rely on them. Random and most correlated ones are "
        "as many as those of the blanket; all are 39. The strengths were chosen while this was "
        "seen.",
    ),
    Claim(
        "CODEC finds Markov blankets where mutual information by neighbours fails.",
        others.blankets,
        "",
        others.foci_blankets,
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

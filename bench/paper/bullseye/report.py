"""Table, verdict and figure of bullseye, computed from the account alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from sklearn.metrics import roc_auc_score, roc_curve

from bench.paper.bullseye.graph import BLANKET, FEATURES, blanket, dependent, pairs
from bench.paper.journal import Record
from bench.paper.removal.figure import STYLE
from bench.paper.statistics import cell, mean

PAIRS = pairs()
TRUTH = [dependent(*pair) for pair in PAIRS]
OUTSIDE = frozenset(FEATURES) - BLANKET


def of(account: Record, kind: str, method: str) -> list[Record]:
    """Return the records of a method in a representation, in the order of the seeds."""
    found = [
        one
        for one in account["records"]
        if (one["representation"], one["method"]) == (kind, method)
    ]
    return sorted(found, key=lambda one: one["seed"])


def auc(record: Record) -> float:
    """Return the area under the ROC curve of a record's scores of all pairs."""
    return float(roc_auc_score(TRUTH, record["scores"]))


def rates(found: set[int]) -> tuple[float, float]:
    """Return which shares of the blanket, and of the other features, are in a set."""
    return len(found & BLANKET) / len(BLANKET), len(found & OUTSIDE) / len(OUTSIDE)


def swept(record: Record) -> list[tuple[float, float]]:
    """Return the rates of the blanket at each level above which a pair counts as dependent."""
    scores = record["scores"]
    levels = [-np.inf, *sorted(set(scores))]
    return [
        rates(blanket({pair: s > level for pair, s in zip(PAIRS, scores, strict=True)}))
        for level in levels
    ]


def best(record: Record) -> tuple[float, float]:
    """Return the rates of FOCI's set, or those at the best level: seen with the truth at hand."""
    if "selected" in record:
        return rates(set(record["selected"]))
    return max(swept(record), key=lambda pair: pair[0] - pair[1])


def report(account: Record) -> str:
    """Return the table and the verdict, as Markdown."""
    config = account["config"]
    lines = [
        "| features | method | AUC of pairs | TPR of blanket | FPR of blanket | seconds |",
        "| --- |" + " --- |" * 5,
    ]
    for kind in config["run"]["representations"]:
        for method in config["methods"]:
            records = of(account, kind, method["name"])
            ends = [best(one) for one in records]
            cells = [
                cell([auc(one) for one in records if "scores" in one]),
                cell([true for true, _ in ends]),
                cell([false for _, false in ends]),
                cell([one["seconds"] for one in records]),
            ]
            lines.append(f"| {kind} | {method['name']} | " + " | ".join(cells) + " |")
    runs = len(config["run"]["seeds"])
    return "\n\n".join([
        f"{account['experiment']}, {config['run']['rows']} rows, {runs} runs, commit "
        f"{account['commit']}{', changed' if account['dirty'] else ''}. Means with half of the "
        "95 % interval. The rates of the blanket are those at the level that is best for each run, "
        "chosen with the truth at hand; FOCI has no level.",
        "\n".join(lines),
        "\n".join(f"- {sentence}" for sentence in verdict(account)),
    ])  # fmt: skip


def verdict(account: Record) -> list[str]:
    """Return sentences on CODEC beside mutual information, and on what FOCI finds."""
    names = {method["kind"]: method["name"] for method in account["config"]["methods"]}
    sentences = []
    for kind in account["config"]["run"]["representations"]:
        if {"codec", "knn_cmi"} <= set(names):
            ours, others = (of(account, kind, names[one]) for one in ("codec", "knn_cmi"))
            sentences.append(_compared(kind, names, ours, others))
        for name in names.values():
            warned = mean([one.get("warnings", 0) for one in of(account, kind, name)]).mean
            if warned:
                sentences.append(
                    f"On {kind}, {name} warns for {warned:.0f} of {len(PAIRS)} pairs in the mean "
                    "that near rows are too far apart to trust its p-value."
                )
        if "foci" in names:
            found = [best(one) for one in of(account, kind, names["foci"])]
            true, false = (mean([one[at] for one in found]).mean for at in (0, 1))
            sentences.append(
                f"On {kind}, FOCI selects {true:.2f} of the blanket and {false:.2f} of the other "
                "features in the mean."
            )
    return sentences


def _compared(
    kind: str, names: dict[str, str], ours: Sequence[Record], others: Sequence[Record]
) -> str:
    """Return a sentence on the difference in AUC, paired by run."""
    pairs = zip(ours, others, strict=True)
    gap = mean([auc(one) - auc(other) for one, other in pairs])
    word = "more" if gap.low > 0 else "less" if gap.high < 0 else "no difference that shows"
    return (
        f"On {kind}, the AUC of {names['codec']} less that of {names['knn_cmi']} is "
        f"{gap.mean:.3f} ({gap.low:.3f} to {gap.high:.3f}): {word}."
    )


def draw(account: Record, file: Path) -> None:
    """Draw ROC curves of the pairs, and the rates of the blanket over the levels.

    Parameters
    ----------
    account : dict
        Of bullseye.
    file : path
        Where to write it; the suffix is the format.
    """
    kinds, methods = account["config"]["run"]["representations"], account["config"]["methods"]
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(3.4 * len(kinds), 6.4), layout="constrained")
        panels = figure.subplots(2, len(kinds), squeeze=False)
        for (above, below), kind in zip(panels.T, kinds, strict=True):
            for number, method in enumerate(methods):
                color = f"C{number}"
                records = of(account, kind, method["name"])
                found = np.array([best(one) for one in records])
                below.plot(
                    found[:, 1] + 0.01 * number, found[:, 0], "o", ms=4, color=color, alpha=0.6
                )
                if "scores" in records[0]:
                    false, true, _ = roc_curve(
                        TRUTH * len(records), [s for one in records for s in one["scores"]]
                    )
                    above.plot(false, true, color=color, label=method["name"])
                else:
                    above.plot([], [], "o", color=color, ms=4, label=method["name"])
            above.set(title=f"{kind}: pairs", xlabel="false positive rate", ylim=(-0.03, 1.03))
            below.set(
                title=f"{kind}: blanket", xlabel="false positive rate", xlim=(-0.03, 1.08),
                ylim=(-0.03, 1.03),
            )  # fmt: skip
        for row in panels:
            row[0].set_ylabel("true positive rate")
        handles, labels = panels[0, 0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=5, frameon=False)
        figure.savefig(file, metadata={"Date": None})

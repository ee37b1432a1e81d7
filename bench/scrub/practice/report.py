"""The tables of the benchmark, in Markdown, from its account alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean, median
from typing import Any

from bench.scrub.practice import sequence
from bench.scrub.practice.alternatives import Alternative
from bench.scrub.practice.methods import FILLED, LFOCI, NOTHING, ONE_STEP, TITLES, TOP
from bench.scrub.practice.networks import HALVES, SETTINGS
from bench.scrub.practice.removals import KINDS
from bench.scrub.practice.rules import RULES
from bench.scrub.practice.selections import AT_BUDGET, OWN_SIZE
from bench.scrub.practice.statistics import (
    HARM,
    Cell,
    Value,
    after,
    against,
    geometric,
    harm,
    interval,
    known,
)

GOALS = {"test": ("T", 0.75), "forgotten": ("F", 0.5)}
PAIRS = ((LFOCI, TOP), (FILLED, TOP), (LFOCI, ONE_STEP))
CLASS = "one class"
COMPARED = (RULES, OWN_SIZE, AT_BUDGET)  # with the first of each


def report(cells: Sequence[Cell], sessions: Sequence[dict[str, Any]]) -> str:
    """Return all tables, for each half of the networks that the account has."""
    parts = [_head(sessions)]
    chains = [cell for cell in cells if "sequence" in cell]
    if chains:
        parts.append(sequence.table(chains))
        cells = [cell for cell in cells if "sequence" not in cell]
    for half in HALVES:
        found = [cell for cell in cells if cell["half"] == half]
        if found:
            parts += [
                f"## {half.capitalize()} networks: {len(found)} cells",
                overview(found),
                costs(found),
                networks(found),
                kinds(found),
            ]
            if _has(found, LFOCI):
                parts += [pairs(found), harmed(found), goals(found)]
            parts += [beside(found, table) for table in COMPARED if _has(found, next(iter(table)))]
    return "\n\n".join(parts)


def _head(sessions: Sequence[dict[str, Any]]) -> str:
    said = [
        f"{one['date']}, commit {one['commit']}: {one['machine']['cpu']}, "
        f"{one['machine']['cores']} cores, {one['machine']['system']}, load "
        f"{one['machine']['load']:g}{', --small' if one['small'] else ''}"
        for one in sessions
    ]
    return "\n".join(dict.fromkeys(said))


def overview(cells: Sequence[Cell]) -> str:
    """Return F and T of every method: means, intervals, and the cells that were harmed."""
    head = [
        "method", "F", "T", "F > 1.05", "worst F", "T > 1.05", "worst T", "failed",
        "F, T with failures as 1",
    ]  # fmt: skip
    rows = []
    for name, title in _methods(cells):
        values = [after(name, measure) for measure in ("forgotten", "test")]
        failed = [cell["methods"][name].get("error") for cell in cells if name in cell["methods"]]
        ids = sorted({one.removeprefix("lcodec:") for one in failed if one})
        count = sum(one is not None for one in failed)
        whole = [after(name, measure, failures=True) for measure in ("forgotten", "test")]
        rows.append(
            [
                title,
                *(_with_interval(cells, value) for value in values),
                *(text for value in values for text in _harm(cells, value)),
                f"{count}: {', '.join(ids)}" if count else "0",
                ", ".join(_number(geometric(cells, value)) for value in whole) if count else "",
            ]
        )
    return _table(head, rows)


def costs(cells: Sequence[Cell]) -> str:
    """Return what else is measured, where a method did not fail: means, and medians of seconds."""
    head = [
        "method", "residual", "skill minus the refit's", "attack's advantage minus the refit's",
        "parameters touched", "steps", "CPU seconds", "of a refit's",
    ]  # fmt: skip
    rows = []
    for name, title in _methods(cells):
        found = [cell for cell in cells if name in cell["methods"]]
        found = [cell for cell in found if "error" not in cell["methods"][name]]
        own = [cell["methods"][name] for cell in found]
        steps = [one["steps"] for one in own if "steps" in one]
        touched = [
            cell["methods"][name]["touched"] / cell["parameters"]
            for cell in found
            if "touched" in cell["methods"][name]
        ]
        attacks = [
            cell["methods"][name]["advantage"] - cell["refit"]["advantage"]
            for cell in found
            if cell["refit"]["advantage"] is not None
        ]
        skill = [cell["methods"][name]["skill"] - cell["refit"]["skill"] for cell in found]
        shares = [cell["methods"][name]["seconds"] / cell["refit_seconds"] for cell in found]
        rows.append(
            [
                title,
                _number(geometric(cells, after(name, "residual"))),
                f"{fmean(skill):+.3f}" if skill else "–",
                f"{fmean(attacks):+.3f}" if attacks else "–",
                f"{fmean(touched):.1%}" if touched else "–",
                f"{fmean(steps):.2g}" if steps else "–",
                f"{median(one['seconds'] for one in own):.2g}" if own else "–",
                f"{median(shares):.2g}" if shares and name != NOTHING else "–",
            ]
        )
    seconds = median(cell["refit_seconds"] for cell in cells)
    residual = _number(geometric(cells, lambda cell: max(cell["refit"]["residual"], 1e-12)))
    rows.append(["refit", residual, "+0.000", "+0.000", "100.0%", "–", f"{seconds:.2g}", "1"])
    return _table(head, rows)


def networks(cells: Sequence[Cell]) -> str:
    """Return F / T by network."""
    names = [name for name in SETTINGS if any(cell["network"] == name for cell in cells)]
    rows = []
    for name, title in _methods(cells):
        row = [title]
        for network in names:
            own = [cell for cell in cells if cell["network"] == network]
            row.append(_pair(own, name))
        rows.append([*row, _pair(cells, name)])
    return _table(["F / T", *(SETTINGS[name].title for name in names), "all"], rows)


def kinds(cells: Sequence[Cell]) -> str:
    """Return F / T by kind of removal."""
    names = [kind for kind in KINDS if any(cell["kind"] == kind for cell in cells)]
    rows = [
        [title, *(_pair([cell for cell in cells if cell["kind"] == kind], name) for kind in names)]
        for name, title in _methods(cells)
    ]
    return _table(["F / T", *names], rows)


def pairs(cells: Sequence[Cell]) -> str:
    """Return what LFOCI leaves over what another leaves, cell by cell, by kind of removal."""
    names = [kind for kind in KINDS if any(cell["kind"] == kind for cell in cells)]
    groups = {kind: [cell for cell in cells if cell["kind"] == kind] for kind in names}
    if CLASS in groups and len(groups) > 1:
        groups[f"all but {CLASS}"] = [cell for cell in cells if cell["kind"] != CLASS]
    groups["all"] = list(cells)
    titles = [f"{TITLES[one]} : {TITLES[other]}, {key}" for one, other in PAIRS for key in "FT"]
    rows = []
    for title, own in groups.items():
        values = [
            against(one, other, measure)
            for one, other in PAIRS
            for measure in ("forgotten", "test")
        ]
        rows.append([title, *(_with_interval(own, value) for value in values)])
    return _table(["removed", *titles], rows)


def beside(cells: Sequence[Cell], table: Mapping[str, Alternative]) -> str:
    """Return what alternatives leave over what the first of them leaves, cell by cell."""
    first = next(iter(table))
    names = [name for name in SETTINGS if any(cell["network"] == name for cell in cells)]
    groups = {"all": list(cells)}
    groups |= {name: [cell for cell in cells if cell["network"] == name] for name in names}
    groups |= {CLASS: [cell for cell in cells if cell["kind"] == CLASS]}
    rows = []
    for name, title in _methods(cells):
        if name in table and name != first:
            values = [against(name, first, measure) for measure in ("forgotten", "test")]
            texts = [_with_interval(own, value) for own in groups.values() for value in values]
            rows.append([title, *texts])
    titles = [f"{group}, {key}" for group in groups for key in "FT"]
    return _table([f"over {table[first].title}", *titles], rows)


def harmed(cells: Sequence[Cell]) -> str:
    """Return the cells in which LFOCI leaves more than 1.05 of F or T."""
    head = [
        "LFOCI above 1.05 in", "F", "T", "KL before: F, T", "residual", "the refit's",
        "parameters", "steps", "damping", "warnings",
    ]  # fmt: skip
    rows = []
    for cell in cells:
        for name in (LFOCI, FILLED):
            found = [after(name, measure)(cell) for measure in ("forgotten", "test")]
            if all(value is None or value <= HARM for value in found):
                continue
            own, before = cell["methods"][name], cell["methods"][NOTHING]
            rows.append(
                [
                    f"{cell['network']}, {cell['kind']}, seed {cell['seed']}: {TITLES[name]}",
                    *map(_number, found),
                    f"{before['forgotten']:.2g}, {before['test']:.2g}",
                    _number(own["residual"]),
                    _number(cell["refit"]["residual"]),
                    str(own["touched"]),
                    str(own["steps"]),
                    f"{own['damping']:g}",
                    str(len(own["warnings"])),
                ]
            )
    return _table(head, rows) if rows else "No cell in which LFOCI leaves more than 1.05."


def goals(cells: Sequence[Cell]) -> str:
    """Return whether LFOCI, as it is by default, reaches the goals."""
    rows = []
    for measure, (key, most) in GOALS.items():
        value = geometric(cells, after(LFOCI, measure))
        rows.append([f"geometric mean of {key} at most {most}", _number(value), _met(value, most)])
    for measure, (key, _) in GOALS.items():
        found = harm(cells, after(LFOCI, measure))
        worst = None if found is None else found[1]
        rows.append([f"no {key} above {HARM}", f"worst {_number(worst)}", _met(worst, HARM)])
    own = [cell for cell in cells if cell["kind"] == CLASS]
    for name in (LFOCI, FILLED):
        for measure, (key, _) in GOALS.items():
            limits = interval(own, against(name, TOP, measure)) if own else None
            text = _with_interval(own, against(name, TOP, measure)) if own else "–"
            met = _met(None if limits is None else limits[1], 1.0)
            rows.append([f"class removal, {TITLES[name]} below top gradient, {key}", text, met])
    return _table(["goal", "figure", "met"], rows)


def _met(value: float | None, most: float) -> str:
    return "–" if value is None else ("yes" if value <= most else "no")


def _has(cells: Sequence[Cell], method: str) -> bool:
    return any(method in cell["methods"] for cell in cells)


def _methods(cells: Sequence[Cell]) -> list[tuple[str, str]]:
    others = {name: one.title for table in COMPARED for name, one in table.items()}
    known = {name for cell in cells for name in cell["methods"]}
    return [(name, text) for name, text in (TITLES | others).items() if name in known]


def _pair(cells: Sequence[Cell], method: str) -> str:
    values = [geometric(cells, after(method, measure)) for measure in ("forgotten", "test")]
    return " / ".join(map(_number, values))


def _harm(cells: Sequence[Cell], value: Value) -> tuple[str, str]:
    found = harm(cells, value)
    return ("–", "–") if found is None else (f"{found[0]:.0%}", _number(found[1]))


def _with_interval(cells: Sequence[Cell], value: Value) -> str:
    limits = interval(cells, value)
    if limits is None or not known(cells, value):
        return "–"
    return f"{_number(geometric(cells, value))} [{_number(limits[0])}, {_number(limits[1])}]"


def _number(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.2f}" if value < 100 else f"{value:.3g}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)

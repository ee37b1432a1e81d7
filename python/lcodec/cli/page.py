"""The report as one HTML page: no script, nothing from elsewhere, readable when printed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from lcodec.cli.figure import Row, bars

STYLE = """
:root { color-scheme: light dark; --ink: #1c2733; --quiet: #5a6675; --line: #d5dbe2;
  --paper: #ffffff; --bar: #2f6db3; --old: #9aa7b5; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e9ef; --quiet: #a0acb9; --line: #3a4552;
  --paper: #161c23; --bar: #6ba6e8; --old: #66727f; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; line-height: 1.2; } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
p.quiet, caption, figcaption { color: var(--quiet); font-size: .9rem; text-align: left; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .3rem .6rem .3rem 0; border-bottom: 1px solid var(--line);
  vertical-align: top; }
td:first-child, table.facts td { overflow-wrap: anywhere; }
td.number, th.number { text-align: right; white-space: nowrap; padding-right: 1.2rem; }
table.facts td:first-child { width: 38%; color: var(--quiet); }
figure { margin: 1rem 0; } svg { width: 100%; height: auto; }
svg text { font: 13px system-ui, sans-serif; fill: var(--ink); }
svg .bar { fill: var(--bar); } svg .old { fill: var(--old); }
code { font-size: .85rem; overflow-wrap: anywhere; }
@media print { body { margin: 0; } h2 { break-after: avoid; } figure { break-inside: avoid; } }
"""

MOST_IDS = 200
MEASURES = (
    ("gradient", "Norm of the gradient on the retained data"),
    ("loss", "Mean loss on the removed samples"),
)


def html(report: Mapping[str, Any], extra: Mapping[str, Any] | None = None) -> str:
    """Return one self-contained page about a removal or a plan.

    Parameters
    ----------
    report : mapping
        `RemovalReport.to_dict()`, `RemovalPlan.to_dict()`, or what a ledger's entry holds: what
        is not there is left out.
    extra : mapping, optional
        `title`; `measures`, a mapping of names to (before, after), either of which may be None;
        `ledger`, `command` and `options`, mappings that are shown as tables.

    Returns
    -------
    str
        The page, UTF-8 to be. Every text in it is escaped.

    Examples
    --------
    >>> from lcodec.cli.page import html
    >>> page = html({"forgotten": 3, "slices": [], "uncovered": []})
    >>> page.startswith("<!DOCTYPE html>"), "<script" in page
    (True, False)
    """
    extra = extra or {}
    done = "gradient_after" in report
    samples = _count(report.get("forgotten", 0), "sample")
    title = str(extra.get("title") or f"{'Removal' if done else 'Plan to remove'} of {samples}")
    parts = [
        f"<h1>{escape(title)}</h1>",
        _summary(report, samples, done),
        _measures(report, extra.get("measures") or {}, done),
        _slices(report),
        _step(report),
        _noise(report.get("noise"), done),
        _seconds(report.get("seconds") or {}),
        _uncovered(report.get("uncovered") or []),
        _ids(report.get("ids") or []),
        _table("Ledger", extra.get("ledger") or {}),
        _table("How it was run", extra.get("command") or {}),
        _table("Options", extra.get("options") or {}),
    ]
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        + "\n".join(part for part in parts if part)
        + "\n</body>\n</html>\n"
    )


def _summary(report: Mapping[str, Any], samples: str, done: bool) -> str:
    touched, total = report.get("parameters_touched"), report.get("parameters_total")
    sentences = [
        f"{samples} {'were' if report.get('forgotten') != 1 else 'was'} removed from the model."
        if done
        else f"Nothing has been changed: this is what removing {samples} would do."
    ]
    if touched is not None and total:
        share = f"{100 * touched / total:.3g}\u00a0%"
        verb = "changed" if done else "would change"
        sentences.append(f"{touched:,} of {total:,} parameters ({share}) {verb}.")
    if done and report.get("gradient_before"):
        ratio = report["gradient_after"] / report["gradient_before"]
        sentences.append(
            f"The gradient on the retained data went to {ratio:.3g} of what it was: "
            f"by this measure the model is {'' if ratio < 1 else 'no '}closer to one trained "
            "without the samples."
        )
    return f"<p>{escape(' '.join(sentences))}</p>"


def _measures(report: Mapping[str, Any], more: Mapping[str, Any], done: bool) -> str:
    found = [
        (text, report.get(f"{name}_before"), report.get(f"{name}_after"))
        for name, text in MEASURES
        if f"{name}_before" in report
    ]
    found += [(name, before, after) for name, (before, after) in more.items()]
    if not found:
        return ""
    head = _row("th", "Measure", "before", *(["after"] if done else []))
    rows = [_row("td", name, *values[: 2 if done else 1]) for name, *values in found]
    change = [
        f"{verb} {report[name]:+.3g}"
        for name, verb in (("predicted_change", "predicted"), ("actual_change", "measured"))
        if report.get(name) is not None
    ]
    note = f"Change of the retained objective: {', '.join(change)}." if change else ""
    table = f"<table>\n{head}\n" + "\n".join(rows) + f"\n</table>\n{_quiet(note)}"
    if not done:
        return f"<h2>As it is</h2>\n{table}"
    figure = _figure(
        "Norm of the gradient on the retained data",
        [
            Row(when, report[f"gradient_{when}"], _text(report[f"gradient_{when}"]), kind)
            for when, kind in (("before", "old"), ("after", "bar"))
        ],
        "It is 0 at a minimum over the retained data, where training without the samples ends.",
    )
    return f"<h2>Before and after</h2>\n{table}{figure}"


def _slices(report: Mapping[str, Any]) -> str:
    slices = report.get("slices") or []
    sizes: dict[str, list[int]] = {}
    if isinstance(slices, Mapping):  # a ledger's entry: units by layer
        counts = {name: _count(len(units), "slice") for name, units in slices.items()}
        rows = [Row(_layer(name), len(slices[name]), text) for name, text in counts.items()]
    else:
        for one in slices:
            sizes.setdefault(one["layer"], []).append(one["parameters"])
        rows = [
            Row(_layer(name), len(each), f"{_count(len(each), 'slice')}, {sum(each):,} parameters")
            for name, each in sizes.items()
        ]
    if not rows:
        return ""
    by = str(report.get("select", ""))
    response = report.get("response")
    note = f"Selected by {by}{f' on the {response}' if response else ''}." if by else ""
    if report.get("dropped"):
        note += f" {_count(len(report['dropped']), 'slice')} beyond the budget left out."
    return "<h2>Slices by layer</h2>\n" + _figure("Selected slices of each layer", rows, note)


def _step(report: Mapping[str, Any]) -> str:
    names = ("step", "curvature", "solver", "curvature_samples", "damping", "step_norm")
    fields = {name.replace("_", " "): report.get(name) for name in names}
    if report.get("step_clipped"):
        fields["step norm"] = f"{_text(report['step_norm'])} (shortened by max_step)"
    return _table("Step", {name: value for name, value in fields.items() if value is not None})


def _noise(noise: Mapping[str, Any] | None, done: bool) -> str:
    if noise is None:
        if not done:
            return ""
        text = (
            "No noise was added and nothing is certified: the measures above say how far the "
            "removal went, and are no proof that the samples have left no trace."
        )
        return f"<h2>Noise and certificate</h2>\n<p>{escape(text)}</p>"
    certified = bool(noise.get("certified"))
    title = "Certified removal" if certified else "Heuristic noise, no certificate"
    text = (
        "Every assumption of the theorem that could be checked was checked and holds."
        if certified
        else "Noise was added, but proves nothing: what follows does not hold or was not checked."
    )
    reasons = "".join(f"<li>{escape(str(reason))}</li>" for reason in noise.get("reasons", ()))
    fields = {name.replace("_", " "): value for name, value in noise.items() if _plain(value)}
    fields.pop("certified", None)
    return (
        f"<h2>{title}</h2>\n<p>{escape(text)}</p>\n"
        + (f"<ul>{reasons}</ul>\n" if reasons else "")
        + _table("", fields)
    )


def _seconds(seconds: Mapping[str, float]) -> str:
    if not seconds:
        return ""
    rows = [Row(name, value, f"{value:.2f} s") for name, value in seconds.items()]
    return "<h2>Time</h2>\n" + _figure("Seconds of each stage", rows, "")


def _uncovered(uncovered: Iterable[Mapping[str, Any]]) -> str:
    rows = [
        _row("td", _layer(one["layer"]), one["kind"], one["parameters"], one["reason"])
        for one in uncovered
    ]
    if not rows:
        return ""
    head = _row("th", "Layer", "Kind", "Parameters", "Why")
    return (
        "<h2>Not covered</h2>\n"
        + _quiet("Parameters that belong to no slice: no removal changes them.")
        + f"<table>\n{head}\n"
        + "\n".join(rows)
        + "\n</table>"
    )


def _ids(ids: Sequence[object]) -> str:
    if not ids:
        return ""
    shown = ", ".join(str(one) for one in ids[:MOST_IDS])
    rest = f" and {len(ids) - MOST_IDS:,} more" if len(ids) > MOST_IDS else ""
    return f"<h2>Removed samples</h2>\n<p><code>{escape(shown + rest)}</code></p>"


def _table(title: str, fields: Mapping[str, Any]) -> str:
    if not fields:
        return ""
    rows = "\n".join(_row("td", name, _text(value)) for name, value in fields.items())
    head = f"<h2>{escape(title)}</h2>\n" if title else ""
    return f'{head}<table class="facts">\n{rows}\n</table>'


def _figure(title: str, rows: Sequence[Row], note: str) -> str:
    caption = f"\n<figcaption>{escape(note.strip())}</figcaption>" if note else ""
    return f"<figure>\n{bars(title, rows)}{caption}\n</figure>"


def _row(tag: str, *cells: object) -> str:
    return "<tr>" + "".join(_cell(tag, cell) for cell in cells) + "</tr>"


def _cell(tag: str, value: object) -> str:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    kind = (
        ' class="number"'
        if number or (tag == "th" and value in ("before", "after", "Parameters"))
        else ""
    )
    return f"<{tag}{kind}>{escape(_text(value))}</{tag}>"


def _text(value: object) -> str:
    if value is None:
        return "not given"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _quiet(text: str) -> str:
    return f'<p class="quiet">{escape(text)}</p>\n' if text else ""


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _layer(name: str) -> str:
    return name or "the model itself"


def _plain(value: object) -> bool:
    return isinstance(value, (int, float, str))

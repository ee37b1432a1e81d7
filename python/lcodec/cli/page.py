"""The report as one HTML page: no script, nothing from elsewhere, readable when printed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from lcodec.cli.figure import Row, bars
from lcodec.cli.tables import grid, quiet, table, text_of
from lcodec.scrub import wording
from lcodec.scrub.samples.ids import listed

STYLE = Path(__file__).with_name("page.css").read_text(encoding="utf-8")

MOST_IDS = 200
MEASURES = (
    ("gradient", "Norm of the gradient on the retained data"),
    ("residual", "Norm of what the removal changes in that gradient"),
    ("loss", "Mean loss on the removed samples"),
    ("accuracy", "Accuracy on the removed samples"),
)


def html(report: Mapping[str, Any], extra: Mapping[str, Any] | None = None) -> str:
    """Return one self-contained page about a removal or a plan.

    Parameters
    ----------
    report : mapping
        `RemovalReport.to_dict()`, `RemovalPlan.to_dict()`, or what a ledger's entry holds: what
        is not there is left out.
    extra : mapping, optional
        `title`; `measures`, a mapping of names to (before, after) or (before, after, refit), each
        of which may be None; `refit`, its `loss` and `accuracy` on the removed samples; `ledger`,
        `command` and `options`, mappings that are shown as tables.

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
    what = "Removal" if done else "Plan to remove"
    if report.get("undoes"):
        what = "Undo of the removal"
    title = str(extra.get("title") or f"{what} of {samples}")
    parts = [
        f"<h1>{escape(title)}</h1>",
        _summary(report, samples, done),
        _warnings(report.get("warnings") or ()),
        _first(report),
        _measures(report, extra, done),
        _slices(report),
        _step(report),
        _noise(report.get("noise"), done),
        _stages("Work of each stage, in passes", report.get("passes") or {}, ""),
        _stages("Seconds of each stage", report.get("seconds") or {}, " s"),
        _uncovered(report.get("uncovered") or []),
        _ids(report.get("ids") or []),
        table("Ledger", extra.get("ledger") or {}),
        table("How it was run", _run(report) | dict(extra.get("command") or {})),
        table("Options", extra.get("options") or report.get("options") or {}),
    ]
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n"
        + "\n".join(part for part in parts if part)
        + "\n</body>\n</html>\n"
    )


def _summary(report: Mapping[str, Any], samples: str, done: bool) -> str:
    if report.get("undoes"):
        text = (
            f"The removal of {samples}, entry {report['undoes']} of the ledger, was taken back: "
            "the weights are bitwise what they were before it."
        )
        return f"<p>{escape(text)}</p>"
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
    if report.get("copies"):
        copies, names = report["copies"], report.get("copy_ids") or ()
        which = f": {listed(names, 8, copies)}" if names else ""
        equal = "equals" if copies == 1 else "equal"
        sentences.append(f"{_count(copies, 'retained sample')} {equal} a removed one{which}.")
    if done and report.get("residual_before"):
        ratio = report["residual_after"] / report["residual_before"]
        sentences.append(
            "Without the samples the gradient on the retained data is another; "
            f"{100 * ratio:.3g}\u00a0% of that difference is left."
        )
    return f"<p>{escape(' '.join(sentences))}</p>"


def _warnings(texts: Sequence[str]) -> str:
    lines = "".join(f"<li>Warning: {escape(text)}.</li>" for text in texts)
    return f'<ul class="warnings">{lines}</ul>' if lines else ""


def _first(report: Mapping[str, Any]) -> str:
    """Return what matters most; what a ledger's entry does not hold is left out."""
    fields = {}
    if report.get("gradient_share") is not None:
        fields["The removal"] = (
            f"{wording.share(report['gradient_share'])}; the rest of it is training that was not "
            "finished, and is left as it is"
        )
    if report.get("coverage") is not None:
        covered = wording.percent(report["coverage"])
        less = "; the others are listed below" if report.get("uncovered") else ""
        fields["Parameters that could change"] = f"{covered} of all{less}"
    if report.get("predicted_loss_change") is not None:
        text = wording.expected(report["predicted_loss_change"])
        fields["Loss on the removed samples"] = text
    if report.get("cost") is not None:
        capped = bool(report.get("capped"))
        fields["Cost"] = wording.cost(report["cost"], report.get("refits"), capped)
    return table("In short", fields)


def _measures(report: Mapping[str, Any], extra: Mapping[str, Any], done: bool) -> str:
    """Return the measures before and after, and, where `extra` has them, those of a refit."""
    refit = extra.get("refit") or {}
    measures = [
        (text, report[f"{name}_before"], report.get(f"{name}_after"), refit.get(name))
        for name, text in MEASURES
        if report.get(f"{name}_before") is not None
    ]
    more = extra.get("measures") or {}
    measures += [(name, *values, *[None] * (3 - len(values))) for name, values in more.items()]
    if not measures:
        return ""
    columns = (4 if refit else 3) if done else 2
    head = ("Measure", "before", "after", "refit")[:columns]
    lines = grid(head, [row[:columns] for row in measures])
    change = [
        f"{verb} {report[name]:+.3g}"
        for name, verb in (("predicted_change", "predicted"), ("actual_change", "measured"))
        if report.get(name) is not None
    ]
    note = (
        f"Change of the objective that the step goes down: {', '.join(change)}." if change else ""
    )
    lines += f"\n{quiet(note)}"
    if not done:
        return f"<h2>As it is</h2>\n{lines}"
    name = "residual" if "residual_after" in report else "gradient"
    figure = _figure(
        dict(MEASURES)[name],
        [
            Row(when, report[f"{name}_{when}"], text_of(report[f"{name}_{when}"]), kind)
            for when, kind in (("before", "old"), ("after", "bar"))
        ],
        "0 where the removal is made up for. A model trained again without the samples is not at 0 "
        "unless it was trained to a minimum.",
    )
    return f"<h2>Before and after</h2>\n{lines}{figure}"


def _slices(report: Mapping[str, Any]) -> str:
    slices = report.get("slices") or []
    if isinstance(slices, Mapping):  # a ledger's entry: units by layer
        rows = [
            Row(_layer(name), len(units), _count(len(units), "slice"))
            for name, units in slices.items()
        ]
    else:
        sizes: dict[str, list[int]] = {}
        for each in slices:
            sizes.setdefault(each["layer"], []).append(each["parameters"])
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
        fields["step norm"] = f"{text_of(report['step_norm'])} (shortened by max_step)"
    return table("Step", {name: value for name, value in fields.items() if value is not None})


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
    fields = {
        name.replace("_", " "): value
        for name, value in noise.items()
        if name != "certified" and isinstance(value, (int, float, str))
    }
    return (
        f"<h2>{title}</h2>\n<p>{escape(text)}</p>\n"
        + (f"<ul>{reasons}</ul>\n" if reasons else "")
        + table("", fields)
    )


def _stages(title: str, values: Mapping[str, float], unit: str) -> str:
    if not values:
        return ""
    rows = [Row(name, value, f"{value:.2f}{unit}") for name, value in values.items()]
    return f"<h2>{title}</h2>\n" + _figure(title, rows, "")


def _run(report: Mapping[str, Any]) -> dict[str, Any]:
    """Return when, by what and on which data."""
    versions = ", ".join(f"{name} {value}" for name, value in report.get("versions", {}).items())
    digest = "Digest of the {} samples (not cryptographic)".format
    fields = {
        "date": report.get("date"),
        "versions": versions,
        "samples trained on": report.get("training_size"),
        "samples retained": report.get("retained"),
        digest("retained"): report.get("retained_digest"),
        digest("removed"): report.get("forgotten_digest"),
    }
    return {name: value for name, value in fields.items() if value}


def _uncovered(uncovered: Iterable[Mapping[str, Any]]) -> str:
    rows = [
        (_layer(each["layer"]), each["kind"], each["parameters"], each["reason"])
        for each in uncovered
    ]
    if not rows:
        return ""
    note = quiet("Parameters that belong to no slice: no removal changes them.")
    lines = grid(("Layer", "Kind", "Parameters", "Why"), rows)
    return f"<h2>Not covered</h2>\n{note}{lines}"


def _ids(ids: Sequence[int | str]) -> str:
    if not ids:
        return ""
    return f"<h2>Removed samples</h2>\n<p><code>{escape(listed(ids, MOST_IDS))}</code></p>"


def _figure(title: str, rows: Sequence[Row], note: str) -> str:
    caption = f"\n<figcaption>{escape(note.strip())}</figcaption>" if note else ""
    return f"<figure>\n{bars(title, rows)}{caption}\n</figure>"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _layer(name: str) -> str:
    return name or "the model itself"

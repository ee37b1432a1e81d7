"""What `lcodec foci`, `codec`, `graph` and `xi` do, once the arguments are read."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any

import lcodec
from lcodec import checks
from lcodec.cli.messages import plain_warnings
from lcodec.cli.statistics import answers
from lcodec.cli.statistics.columns import in_backquotes, is_text, named, ready, whole
from lcodec.cli.statistics.flags import FLAGS, options_of
from lcodec.cli.statistics.reading import Form, note, read

if TYPE_CHECKING:
    from pandas import DataFrame

COMMON = ("n_neighbors", "standardize", "ties", "seed", "n_jobs", "missing")
OF_TEST = ("method", "shuffle_neighbors")
OF_INTERVAL = ("level", "subsample_size")


def run(arguments: argparse.Namespace) -> int:
    """Answer on standard output; whatever fails is raised."""
    with plain_warnings(partial(as_flags, arguments.command)):
        if hasattr(arguments, "plot"):
            answers.check_plot(arguments.plot)
        RUN[arguments.command](arguments, _table(arguments))
    return 0


def as_flags(command: str, message: object) -> str:
    """Return a message of the library in the words of the command line."""
    text = re.sub(
        r"`codec` (takes|with)( response='nominal')?", r"`lcodec codec` \1 --nominal", str(message)
    )
    text = text.replace("; rename them or give numbers", "; rename them")
    text = text.replace(" or name a column of `X`", "")
    text = re.sub(r"set `response` to '(\w+)'", r"give --\1", text)
    text = re.sub(r"\b(missing|stop)='(\w+)'", r"--\1 \2", text)
    text = re.sub(r"\bresponse='(\w+)'", r"--\1", text)
    flags = {name.replace("-", "_") for some in FLAGS.values() for name in some}
    flags -= {"x", "y", "of", "columns"}
    names = {
        **{name: f"--{name.replace('_', '-')}" for name in flags},
        "n_neighbors": "--neighbors",
        "response": "--nominal or --ordered",
        "X": "the table",
        "y": {"foci": "--target", "codec": "--response"}.get(command, "--y"),
        "x": "--x" if command == "xi" else "--given",
        "z": "--of",
    }
    # Names of columns stay as they are: those in a list after one of these words.
    parts = re.split(r"((?:columns? \(?|nearest is |columns are |in |: )(?:`[^`]*`(?:, )?)+)", text)
    parts[::2] = [
        re.sub(r"`(\w+)`", lambda found: names.get(found[1], found[0]), part) for part in parts[::2]
    ]
    return "".join(parts)


def _table(arguments: argparse.Namespace) -> DataFrame:
    form = Form(
        **options_of(arguments, "separator", "decimal", "encoding", "na_values"),
        header=not arguments.no_header,
    )
    return read(arguments.data, form)


def _foci(arguments: argparse.Namespace, frame: DataFrame) -> None:
    (target,) = named(frame, [arguments.target], "--target")
    given = named(frame, getattr(arguments, "given", []), "--given", target)
    features = _chosen(arguments, frame, target, given)
    table = _ready(arguments, frame, [target, *features], target)
    rows = whole(table, getattr(arguments, "missing", "refuse"))
    options = options_of(
        arguments, *COMMON, "max_features", "min_gain", "level", "n_resamples",
        "shuffle_neighbors", "memory_limit", "response",
    )  # fmt: skip
    stop: Any = getattr(arguments, "stop", "gain")
    _only_with(
        arguments, ("level", "n_resamples", "shuffle_neighbors"), stop == "test", "--stop test"
    )
    _classes(options, table, target)
    result = lcodec.foci(
        table[features], table[target], given=given, stop=False if stop == "never" else stop,
        progress=arguments.progress, **options,
    )  # fmt: skip
    fields = {
        "target": target,
        "rows": rows,
        "selected": result.names,
        "scores": result.scores,
        "cumulative": result.cumulative,
        "pvalues": result.pvalues,
        "stop_reason": result.stop_reason,
        "skipped": [features[k] for k in result.skipped],
    }
    _show(arguments, result, fields)


def _graph(arguments: argparse.Namespace, frame: DataFrame) -> None:
    table = _ready(arguments, frame, _chosen(arguments, frame))
    text = [name for name in table if is_text(table[name])]
    if text:
        checks.fail(
            "notNumeric",
            f"`lcodec graph` must have columns of numbers or dates, got text in "
            f"{in_backquotes(text)}; --exclude leaves columns out",
        )
    rows = whole(table, getattr(arguments, "missing", "refuse"))
    options = options_of(arguments, *COMMON, "max_features", "min_gain", "memory_limit")
    result = lcodec.foci_graph(table, **options)
    edges = result.to_frame()
    fields = {
        "rows": rows,
        "columns": list(table.columns),
        "edges": edges.to_dict("records"),
        "skipped": [table.columns[k] for k in result.skipped],
    }
    _show(arguments, result, fields)


def _show(arguments: argparse.Namespace, result: Any, fields: dict[str, Any]) -> None:
    if hasattr(arguments, "plot"):
        answers.draw(result, arguments.plot)
    form = getattr(arguments, "format", "table")
    answers.write(form, str(result), fields, result.to_frame())


def _codec(arguments: argparse.Namespace, frame: DataFrame) -> None:
    (target,) = named(frame, [arguments.target], "--response")
    of = named(frame, arguments.of, "--of", target)
    given = named(frame, getattr(arguments, "given", []), "--given", target)
    both = [name for name in of if name in given]
    if not of or both:
        got = f"`{both[0]}`, which is in `--given`" if both else "none"
        checks.fail("optionRange", f"`--of` must name columns that are not known yet, got {got}")
    table = _ready(arguments, frame, [target, *of, *given], target)
    rows = whole(table, getattr(arguments, "missing", "refuse"))
    options = {"standardize": "std", **options_of(arguments, *COMMON, "response")}
    _classes(options, table, target)
    either = arguments.test or arguments.interval
    _only_with(arguments, OF_TEST, arguments.test, "--test")
    _only_with(arguments, OF_INTERVAL, arguments.interval, "--interval")
    _only_with(arguments, ("n_resamples",), either, "--test or --interval")
    y, resamples = table[target], options_of(arguments, "n_resamples")
    if either:
        z, x = _numbers(table, of, given)
        test = interval = None
        if arguments.test:
            own = options_of(arguments, *OF_TEST)
            test = lcodec.codec_test(y, z, x, **options, **resamples, **own)
        if arguments.interval:
            own = options_of(arguments, *OF_INTERVAL)
            interval = lcodec.codec_interval(y, z, x, **options, **resamples, **own)
        value = (test or interval).statistic  # type: ignore[union-attr]
    else:
        test = interval = None
        scores = lcodec.codec_scores(table[of + given], y, given, groups=[of], **options)
        value = float(scores[0])
    about = {"response": target, "of": of, "given": given, "rows": rows}
    sign = f"T({target}, {'+'.join(of)}{' | ' * bool(given)}{'+'.join(given)})"
    _number(arguments, sign, about, value, test, interval)


def _xi(arguments: argparse.Namespace, frame: DataFrame) -> None:
    (y,) = named(frame, [arguments.y], "--y")
    (x,) = named(frame, [arguments.x], "--x", y)
    table = _ready(arguments, frame, [x, y])
    for flag, name in (("--x", x), ("--y", y)):
        if is_text(table[name]):
            checks.fail("notNumeric", f"`{flag}` must be numbers or dates, got text in `{name}`")
    rows = whole(table, getattr(arguments, "missing", "refuse"))
    options = options_of(arguments, "ties", "seed", "missing", "response")
    own = ("n_resamples", *OF_INTERVAL)
    _only_with(arguments, own, arguments.interval, "--interval")
    interval = None
    if arguments.interval:
        interval = lcodec.xi_interval(table[x], table[y], **options, **options_of(arguments, *own))
        value = interval.statistic
    else:
        value = lcodec.xi(table[x], table[y], **options)
    _number(arguments, f"xi({x}, {y})", {"x": x, "y": y, "rows": rows}, value, None, interval)


RUN: dict[str, Callable[[argparse.Namespace, Any], None]] = {
    "foci": _foci,
    "codec": _codec,
    "graph": _graph,
    "xi": _xi,
}


def _chosen(
    arguments: argparse.Namespace, frame: DataFrame, target: str | None = None,
    given: Sequence[str] = (),
) -> list[str]:  # fmt: skip
    """Return the columns to use: those listed, else all; those excluded only where given."""
    excluded = getattr(arguments, "exclude", [])
    named(frame.loc[:, ~frame.columns.duplicated()], excluded, "--exclude")
    without = {target, *excluded}
    used = [name for name in dict.fromkeys(frame) if name not in without]
    if hasattr(arguments, "columns"):
        listed = named(frame, arguments.columns, "--columns")
        used = [name for name in listed if name not in without]
    used += [name for name in given if name not in used]
    twice = [name for name in used if list(frame.columns).count(name) > 1]
    if twice:
        checks.fail(
            "optionValue",
            f"the table must have columns of different names, got {checks.describe(twice[0])} "
            "twice; rename one, or leave them out by --exclude",
        )
    if not used:
        flags = [f"`--{name}`" for name in ("columns", "exclude") if hasattr(arguments, name)]
        what = f"{' and '.join(flags)} must leave a column to use"
        what = what if flags else "the table must have a column besides the target"
        checks.fail("emptyInput", f"{what}, got none")
    return used


def _ready(
    arguments: argparse.Namespace, frame: DataFrame, used: Sequence[str], target: str | None = None
) -> DataFrame:
    """Return the columns to use, each of one kind; say what text is taken for."""
    categories = named(frame, getattr(arguments, "categories", []), "--categories")
    table = ready(frame, used, categories, getattr(arguments, "date_format", None))
    text = [name for name in used if is_text(table[name]) and name not in (target, *categories)]
    if text:
        note(f"text is taken as categories: {in_backquotes(text)}")
    return table


def _only_with(
    arguments: argparse.Namespace, names: Sequence[str], is_there: bool, other: str
) -> None:
    for name in names:
        if hasattr(arguments, name) and not is_there:
            flag = name.replace("_", "-")
            checks.fail("missingOption", f"`--{flag}` needs {other}, which is not given")


def _classes(options: dict[str, Any], table: DataFrame, target: str) -> None:
    """Take a response of text as classes."""
    if is_text(table[target]) and options.get("response") is None:
        options["response"] = "nominal"
        note(f"the values of `{target}` are taken as classes")


def _numbers(table: DataFrame, of: Sequence[str], given: Sequence[str]) -> tuple[Any, Any]:
    """Return z and x for a test or an interval: categories as indicators where they are alone."""
    text = [name for name in (*of, *given) if is_text(table[name])]
    if text and len(of) + len(given) > 1:
        checks.fail(
            "optionValue",
            f"`--test` and `--interval` must have categories alone, got {in_backquotes(text)} "
            "beside other columns; `lcodec foci --stop test` tests such columns",
        )
    z = checks.with_indicators(table[of], "z", None)[0]
    return z, table[given] if given else None


def _number(
    arguments: argparse.Namespace,
    sign: str,
    about: dict[str, Any],
    value: float,
    test: lcodec.CodecTestResult | None,
    interval: lcodec.IntervalResult | None,
) -> None:
    fields = {**about, "statistic": value}
    lines = [(sign, f"{value:.4f}")]
    if test is not None:
        rest = asdict(test)
        rest["test_resamples"] = rest.pop("n_resamples")
        fields |= rest
        by = test.method.replace("_", " ")
        lines.append(("p-value", f"{test.pvalue:.3g}, by {by}"))
    if interval is not None:
        fields |= asdict(interval)
        lines.append(
            (f"{100 * interval.level:g} % interval", f"{interval.low:.4f} to {interval.high:.4f}")
        )
        lines.append(("standard error", f"{interval.se:.4f}"))
    width = max(len(name) for name, _ in lines)
    text = "\n".join(f"{name.ljust(width)}  {answer}" for name, answer in lines)
    answers.write(getattr(arguments, "format", "table"), text, fields)

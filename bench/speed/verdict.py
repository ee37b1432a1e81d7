"""Curves and verdicts: what the seconds say about growth and about the targets."""

from __future__ import annotations

from typing import Any

import numpy as np

from bench.speed.session import split

Record = dict[str, Any]


def conclude(account: dict[str, Any], manifest: dict[str, Any]) -> dict[str, Any]:
    """Return the account with curves and verdicts of its results."""
    account = account | {"curves": curves(account["results"], manifest)}
    return account | {"verdicts": [verdict(account, target) for target in manifest["target"]]}


def find(results: list[Record], case: str, tool: str) -> Record | None:
    """Return the measured record of a case and a tool such as ``lcodec@2``."""
    bare, threads = split(tool)
    for record in results:
        if (record["case"], record["tool"], record["threads"]) == (case, bare, threads):
            return record if record["status"] == "measured" else None
    return None


def curves(results: list[Record], manifest: dict[str, Any]) -> list[dict[str, Any]]:
    """Return every curve of every tool that has three points of it on one thread."""
    sizes = {case["name"]: case for case in manifest["case"]}
    found = []
    for curve in manifest["curve"]:
        for tool in dict.fromkeys(record["tool"] for record in results):
            records = [find(results, case, tool) for case in curve["cases"]]
            points = [
                [sizes[record["case"]][curve["variable"]], record["cpu_median"]]
                for record in records
                if record and not record.get("scaled")
            ]
            if len(points) >= 3:
                logs = np.log(np.array(points, dtype=float))
                found.append(
                    {
                        "name": curve["name"],
                        "variable": curve["variable"],
                        "tool": tool,
                        "points": points,
                        "exponent": round(float(np.polyfit(*logs.T, 1)[0]), 3),
                    }
                )
    return found


def verdict(account: dict[str, Any], target: dict[str, Any]) -> dict[str, Any]:
    """Return what a target of the manifest asks for, the figure, and whether it is met."""
    results, tool, measure = account["results"], target.get("tool", "lcodec"), target["measure"]
    at_least = measure == "speedup"
    over = target.get("over", tool if "since" in target else None)
    ours = find(results, target["case"], tool)
    theirs = find(results, target.get("since", target["case"]), over) if over else None
    figure = FIGURES[measure](ours, theirs) if ours and (theirs or not over) else None
    words = WORDS[measure].format(tool=tool, over=over, since=target.get("since"))
    if theirs and theirs.get("scaled"):
        words += " (scaled from a sample)"
    return {
        "target": f"{target['case']}: {words}",
        "figure": figure,
        "bound": "at least" if at_least else "at most",
        "floor": target["floor"],
        "goal": target.get("goal"),
        "met": met(figure, target["floor"], target.get("goal"), at_least),
    }


WORDS = {
    "cpu": "CPU seconds, {tool}",
    "wall": "seconds, {tool}",
    "speedup": "CPU time of {over} divided by that of {tool}",
    "ratio": "time of {tool} divided by that of {over}",
    "growth": "CPU time divided by that of {since}, {tool}",
    "memory_gb": "peak memory in GB, {tool}",
    "memory_per_input": "peak memory of the process divided by its input, {tool}",
}

FIGURES = {
    "cpu": lambda ours, _: ours["cpu_median"],
    "wall": lambda ours, _: ours["wall_median"],
    "speedup": lambda ours, theirs: theirs["cpu_median"] / ours["cpu_median"],
    "ratio": lambda ours, theirs: ours["wall_median"] / theirs["wall_median"],
    "growth": lambda ours, theirs: ours["cpu_median"] / theirs["cpu_median"],
    "memory_gb": lambda ours, _: ours["peak_bytes"] / 1e9,
    "memory_per_input": lambda ours, _: ours["peak_bytes"] / ours["input_bytes"],
}


def met(figure: float | None, floor: float, goal: float | None, at_least: bool) -> str:
    """Return whether a figure meets the goal, the floor or neither."""
    if figure is None:
        return "not measured"
    sign = -1 if at_least else 1
    if goal is not None and sign * figure <= sign * goal:
        return "goal"
    return "floor" if sign * figure <= sign * floor else "no"

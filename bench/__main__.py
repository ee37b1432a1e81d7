"""Measure, conclude and show: ``python -m bench --help``."""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import Any

import jsonschema

from bench.machine import cores
from bench.speed.manifest import read_manifest, schema
from bench.speed.report import report, write_readme
from bench.speed.session import Session
from bench.speed.verdict import conclude


def main() -> int:
    """Run the command line; 1 when a tool of ours failed or an output was wrong."""
    options = _options()
    manifest = read_manifest()

    def save(account: dict[str, Any]) -> None:
        text = json.dumps(conclude(account, manifest), indent=1, ensure_ascii=False)
        file.write_text(text + "\n", encoding="utf-8")

    if options.report:
        file = options.report
        account = json.loads(file.read_text(encoding="utf-8"))
    else:
        mode = "partial" if options.only else "full" if options.full else "quick"
        file = options.output / f"{mode}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        wanted = re.compile(options.only or "").search
        session = Session(manifest, options.full, lambda name: bool(wanted(name)), save)
        if session.account["machine"]["load"] > 0.25 * cores():
            print("other work on this machine disturbs the timings", file=sys.stderr)
        account = session.run()
    save(account)
    account = conclude(account, manifest)
    jsonschema.validate(account, schema())
    print(report(account))
    if options.readme:
        write_readme(account)
    return int(any(_broken(record) for record in account["results"]))


def _broken(record: dict[str, Any]) -> bool:
    ours = record["tool"] in ("lcodec", "octave")
    return record.get("agrees") is False or (ours and record["status"] in ("failed", "timeout"))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    add = parser.add_argument
    add("--full", action="store_true", help="every case and tool; takes tens of minutes")
    add("--only", metavar="PATTERN", help="only where this is found in '<case> with <tool>'")
    add("--output", type=Path, default=Path("bench_output"), metavar="FOLDER")
    add(
        "--report",
        type=Path,
        metavar="FILE",
        help="measure nothing, judge and show this account again",
    )
    add("--readme", action="store_true", help="write the tables into bench/README.md")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())

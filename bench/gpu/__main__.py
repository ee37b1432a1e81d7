"""Everything that needs a GPU, beside this machine's CPU: ``make gpu``, or ``python -m bench.gpu``.

Bits of FOCI and CODEC, timings, removals and the device tests, each with a share of the minutes and
a JSON file in the folder. With ``--output FILE`` the timings alone. The device is left as it is
found: its name, clocks and other load are written down, not set.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from importlib import import_module
from pathlib import Path

from bench.gpu import runner
from bench.gpu.account import Account, missing


def main() -> int:
    """Run the command line; 1 where anything differs from the CPU, fails or overruns."""
    options = _options()
    why = None if options.dry_run else missing()
    if why:
        print(f"No GPU here, nothing to do: {why}.")
        return 0
    if options.part or options.output:
        part = options.part or "timings"
        file = options.output or options.folder / f"{part}.json"
        with Account(file, part, dry_run=options.dry_run) as account:
            import_module(f"bench.gpu.{part}").run(account, options)
        return int(not account.agrees)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the part ends, too
    return int(not runner.run(options.folder, options.minutes, dry_run=options.dry_run))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.gpu", description=__doc__)
    add = parser.add_argument
    folder, minutes = os.environ.get("OUT") or "gpu_output", os.environ.get("MINUTES") or "9"
    add("--folder", type=Path, default=Path(folder), help="for the JSON; $OUT, or gpu_output")
    add("--minutes", type=float, default=float(minutes), help="at most; $MINUTES, or 9")
    add("--dry-run", action="store_true", help="small, with the CPU in the device's place")
    add("--output", type=Path, metavar="FILE", help="measure the timings alone, into this file")
    add("--rows", type=int, help="of the timings; 1000")
    add("--columns", type=int, help="of the timings; 100,000")
    add("--repetitions", type=int, help="of the timings; 5")
    add("--part", choices=runner.SHARES, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())

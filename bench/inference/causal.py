"""Structural errors and seconds of causal searches: `lcodec.ci_test` beside each library's tests.

``python -m bench.inference.causal --output FILE [--seeds 3] [--slow-seeds 1]``; ``--page`` writes
the tables of docs/causal.md. It needs causal-learn, pgmpy and tigramite; DoWhy is measured where it
can be imported. All data have 20 columns and 500 rows, of two kinds. ``known``: two colliders, two
chains of four and two nonlinear forks, the same in all sets. ``random``: another acyclic graph in
each set, with linear, quadratic and wave links and additive noise. All searches are PC (tigramite:
PCMCI+ without lags) at a level of 0.05 with at most two conditioning columns. An error is a pair of
columns whose edge is not that of the true CPDAG: missing, additional, or of another direction;
``skeleton`` ignores directions. DoWhy does not search: it checks the true graph, and an error is a
pair at which its tests object, to a link or to the lack of one. ``ms_a_test`` is the mean time of
one `ci_test` inside PC. Of CMIknn and KCI, which take long for a graph, some single calls with one
conditioning column are timed. Tests in ``SLOW`` see fewer graphs. Times are of the processor, one
thread each.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import platform
import time
import warnings
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

import lcodec
from bench.inference.graphs import (
    COLUMNS,
    DATA,
    ROWS,
    Array,
    errors,
    of_causal_learn,
    of_pgmpy,
    of_tigramite,
    random_data,
    true_cpdag,
)
from bench.machine import ROOT
from bench.rounds import write_between

MOST_GIVEN, LEVEL = 2, 0.05
SLOW = ("causal-learn rcit", "DoWhy kernel_based")
LIBRARIES = ("causal-learn", "pgmpy", "tigramite", "dowhy")
SINGLE_CALLS = 3
ACCOUNT = ROOT / "bench" / "results" / "inference" / "causal.json"
PAGE = ROOT / "docs" / "causal.md"
BEGIN, END = "<!-- causal: begin -->\n", "<!-- causal: end -->"


def with_causal_learn(X: Array, test: str, **options: Any) -> Array:
    """Return M by its PC."""
    from causallearn.search.ConstraintBased.PC import pc

    searched = pc(X, LEVEL, test, show_progress=False, max_k=MOST_GIVEN, **options)
    return of_causal_learn(searched.G.graph)


def with_pgmpy(X: Array, test: str | None) -> Array:
    """Return M by its PC; None is our test."""
    import pandas as pd
    from pgmpy.causal_discovery import PC

    from lcodec.adapters.pgmpy import CodecTest

    frame = pd.DataFrame(X, columns=[f"{k:02}" for k in range(COLUMNS)])
    search = PC(
        "stable", test or CodecTest(frame), significance_level=LEVEL, max_cond_vars=MOST_GIVEN,
        show_progress=False, n_jobs=1,
    )  # fmt: skip
    return of_pgmpy(search.fit(frame).causal_graph_)


def with_tigramite(X: Array, test: Callable[[], Any]) -> Array:
    """Return M by its PCMCI+ without lags."""
    from tigramite.data_processing import DataFrame
    from tigramite.pcmci import PCMCI

    search = PCMCI(DataFrame(X), test(), verbosity=0)
    result = search.run_pcmciplus(
        tau_min=0, tau_max=0, pc_alpha=LEVEL, max_conds_dim=MOST_GIVEN,
        max_conds_px=MOST_GIVEN, max_conds_py=MOST_GIVEN,
    )  # fmt: skip
    return of_tigramite(result["graph"])


def searches() -> dict[str, Callable[[Array], Array]]:
    """Return each library with each test."""
    from tigramite.independence_tests.parcorr import ParCorr

    from lcodec.adapters.tigramite import CodecTest

    return {
        "causal-learn codec": partial(with_causal_learn, test="codec"),
        "causal-learn codec, K = 5": partial(with_causal_learn, test="codec", n_neighbors=5),
        "causal-learn fisherz": partial(with_causal_learn, test="fisherz"),
        "pgmpy codec": partial(with_pgmpy, test=None),
        "pgmpy pearsonr": partial(with_pgmpy, test="pearsonr"),
        "tigramite codec": partial(with_tigramite, test=partial(CodecTest, sig_blocklength=1)),
        "tigramite ParCorr": partial(with_tigramite, test=ParCorr),
        "causal-learn rcit": partial(with_causal_learn, test="rcit"),
    }


def checked_by_dowhy(X: Array, parents: Array, test: Callable[..., float] | None) -> Array:
    """Return the true skeleton, changed at pairs at which its tests object; None is its own test.

    Each column is tested against the others that are not its descendants, given its parents, and
    against each parent, given the others.
    """
    import networkx as nx
    import pandas as pd
    from dowhy.gcm import config
    from dowhy.gcm.falsify import FalsifyConst, validate_cm, validate_lmc

    frame = pd.DataFrame(X, columns=[str(k) for k in range(COLUMNS)])
    config.set_default_n_jobs(1)  # its kernels would start processes, whose time is not seen here
    graph = nx.DiGraph([(str(i), str(j)) for i, j in np.argwhere(parents)])
    graph.add_nodes_from(frame)
    both = ("independence_test", "conditional_independence_test")
    options: dict[str, Any] = {} if test is None else dict.fromkeys(both, test)
    seen = parents | parents.T
    for check in (validate_lmc, validate_cm):
        summary = check(graph, frame, significance_level=LEVEL, n_jobs=1, **options)
        objections = {
            tuple(sorted(int(name) for name in pair[:2]))
            for pair, (_, objects) in summary[FalsifyConst.P_VALUES].items()
            if objects
        }
        for i, j in objections:
            seen[i, j] = seen[j, i] = not seen[i, j]
    return seen


def checks() -> dict[str, Callable[[Array, Array], Array]]:
    """Return what checks the true graph."""
    if find_spec("dowhy") is None:
        return {}
    return {
        "DoWhy codec": partial(checked_by_dowhy, test=lcodec.ci_test),
        "DoWhy kernel_based": partial(checked_by_dowhy, test=None),
    }


def timed_tests() -> list[float]:
    """Make the adapter of causal-learn write down the seconds of each `ci_test`."""
    from lcodec.adapters import causal_learn

    seconds: list[float] = []

    def timed(*arguments: Any, **options: Any) -> float:
        start = time.process_time()
        pvalue = lcodec.ci_test(*arguments, **options)
        seconds.append(time.process_time() - start)
        return pvalue

    causal_learn.ci_test = timed
    return seconds


def single_calls() -> dict[str, float]:
    """Return the mean seconds of one call with a conditioning column."""
    from causallearn.utils.cit import CIT
    from tigramite.independence_tests.cmiknn import CMIknn

    from lcodec.adapters.tigramite import CodecTest

    X, _ = random_data(1000)

    def raw(test: Any) -> Callable[[int], Any]:
        return lambda k: test.run_test_raw(X[:, [k]], X[:, [k + 1]], X[:, [k + 2]])

    kernel, means = CIT(X, "kci"), {}
    for name, call in (
        ("tigramite codec", raw(CodecTest())),
        ("tigramite CMIknn, 500 shuffles", raw(CMIknn(workers=1))),
        ("tigramite CMIknn, 199 shuffles", raw(CMIknn(workers=1, sig_samples=199))),
        ("causal-learn kci", lambda k: kernel(k, k + 1, [k + 2])),
    ):
        times = []
        for k in range(SINGLE_CALLS + 1):
            start = time.process_time()
            call(k)
            times.append(time.process_time() - start)
        means[name] = round(float(np.mean(times[1:])), 4)  # the first one compiles
    return means


def tables(account: dict[str, Any]) -> str:
    """Return the part of the page between the marks."""
    head = [
        "search",
        "sets",
        *(f"{kind}: {what}" for kind in DATA for what in ("wrong pairs", "skeleton")),
    ]
    lines = [f"| {' | '.join([*head, 'seconds a set'])} |", "|---" * (len(head) + 1) + "|"]
    for name, row in account["searches"].items():
        kinds = [row[kind] for kind in DATA]
        counts = " + ".join(str(len(kind["seconds"])) for kind in kinds)
        cells = [
            f"{np.mean(kind[what]):.1f}" if kind[what] else "–"
            for kind in kinds
            for what in ("cpdag", "skeleton")
        ]
        seconds = np.mean([each for kind in kinds for each in kind["seconds"]])
        lines.append(f"| {' | '.join([name, counts, *cells, f'{seconds:.1f}'])} |")
    lines += ["", "| one test with one column in Z | ms |", "|---|---|"]
    for name, seconds in account["seconds_of_single_calls"].items():
        lines.append(f"| {name} | {1000 * seconds:.0f} |")
    return "\n".join(lines) + "\n"


def judged(search: Callable[[Array, Array], Array], seeds: int, directed: bool) -> dict[str, Any]:
    """Return the errors and seconds of a search, or of a check, of all sets."""
    row: dict[str, Any] = {}
    for kind, data in DATA.items():
        found: dict[str, list[float]] = {"cpdag": [], "skeleton": [], "seconds": []}
        for seed in range(seeds):
            X, parents = data(seed)
            start = time.process_time()
            graph = search(X, parents)
            found["seconds"].append(round(time.process_time() - start, 3))
            of_cpdag, of_skeleton = errors(graph, true_cpdag(parents))
            found["cpdag"] += [of_cpdag] * directed
            found["skeleton"].append(of_skeleton)
        row[kind] = found
    return row


def measure(output: Path, seeds: int, slow_seeds: int) -> None:
    """Write the account, and again after each search."""
    warnings.simplefilter("ignore")
    seconds_of_tests = timed_tests()
    account: dict[str, Any] = {
        "columns": COLUMNS, "rows": ROWS, "most_given": MOST_GIVEN, "level": LEVEL,
        "edges": {k: [int(data(s)[1].sum()) for s in range(seeds)] for k, data in DATA.items()},
        "seconds_of_single_calls": single_calls(), "searches": {},
        "cores": os.cpu_count(), "python": platform.python_version(),
        "lcodec": lcodec.__version__,
        "libraries": {
            name: version(name) for name in LIBRARIES if find_spec(name.replace("-", ""))
        },
    }  # fmt: skip
    print(account["seconds_of_single_calls"], flush=True)
    output.parent.mkdir(parents=True, exist_ok=True)
    runs = {name: (lambda X, _, of=of: of(X), True) for name, of in searches().items()}
    runs |= {name: (check, False) for name, check in checks().items()}
    for name, (run, directed) in runs.items():
        with contextlib.redirect_stdout(io.StringIO()):
            if name not in SLOW:
                X, parents = random_data(10**6)
                run(X[:60], parents)  # compiled before the clock starts
            seconds_of_tests.clear()
            row = judged(run, slow_seeds if name in SLOW else seeds, directed)
        if seconds_of_tests:
            row["tests"] = len(seconds_of_tests)
            row["ms_a_test"] = round(1000 * float(np.mean(seconds_of_tests)), 2)
        account["searches"][name] = row
        print(name, row, flush=True)
        output.write_text(json.dumps(account, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    """Measure, and write the account; or write the page from it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, help="where to write the account")
    parser.add_argument("--page", action="store_true", help="write docs/causal.md")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--slow-seeds", type=int, default=1)
    options = parser.parse_args()
    if options.output is not None:
        measure(options.output, options.seeds, options.slow_seeds)
    if options.page:
        account = json.loads(ACCOUNT.read_text(encoding="utf-8"))
        write_between(PAGE, BEGIN, END, tables(account))


if __name__ == "__main__":
    main()

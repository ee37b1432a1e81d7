"""Score all pairs of a feature and a set of others, on points, radii and learned maps."""

from __future__ import annotations

import time
import warnings
from typing import Any

import numpy as np

import lcodec
from bench.paper.bullseye.graph import pairs
from bench.paper.bullseye.samples import Array, Generated, Sample, draw, learned
from bench.paper.bullseye.scores import score, selected_by_foci
from bench.paper.runs import Run
from bench.paper.settings import Config

OTHER = 10_000  # added to a seed, it gives the sample on which the maps are learned


def measure(config: Config, data: Generated, run: Run) -> None:
    """Measure what the journal lacks: every method in every representation, for every seed."""
    seeds, kinds = config["run"]["seeds"], config["run"]["representations"]
    run.expect(len(seeds) * len(kinds) * len(config["methods"]))
    for seed in seeds:
        sample = draw(config["run"]["rows"], seed)
        other = draw(config["run"]["rows"], seed + OTHER)
        for kind in kinds:
            features = represented(sample, other, kind, seed)
            for method in config["methods"]:
                place = {"seed": seed, "representation": kind, "method": method["name"]}
                if not run.missing(**place):
                    continue
                start = time.perf_counter()
                found = measured(method["kind"], sample.y, features, config, seed)
                run.write(place, found | {"seconds": time.perf_counter() - start})


def measured(
    kind: str, y: Array, features: dict[int, Array], config: Config, seed: int
) -> dict[str, Any]:
    """Return what FOCI selects; or the scores of all pairs, and for how many a warning came."""
    if kind == "foci":
        return {"selected": selected_by_foci(y, features)}
    value = score(kind, config, seed)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", lcodec.LcodecWarning)
        scores = [value(y, features[one], _joined(features, given)) for one, given in pairs()]
    return {"scores": [round(float(one), 6) for one in scores], "warnings": len(caught)}


def represented(sample: Sample, other: Sample, kind: str, seed: int) -> dict[int, Array]:
    """Return the features as "points" of space, as "radii" or as "learned" numbers."""
    if kind == "learned":
        return learned(sample, other, seed)
    return sample.points if kind == "points" else sample.radii


def _joined(features: dict[int, Array], given: tuple[int, ...]) -> Array | None:
    return np.hstack([features[one] for one in given]) if given else None

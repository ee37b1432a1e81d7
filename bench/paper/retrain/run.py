"""Compare removals one after another with training again: how the gap grows with their number.

python -m bench.paper.retrain.run --small         bundled digits, a few minutes
python -m bench.paper.retrain.run --data FOLDER   the four IDX files of MNIST, hours
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from bench.paper import settings
from bench.paper.data import Images, load, rows, without
from bench.paper.mnist import Tell, scrub_options
from bench.paper.network import Training
from bench.paper.sequence import Record, choose, gap, measure, scrub

FOLDER = Path(__file__).resolve().parent
SHOWN = {
    "residual_gradient": "residual",
    "distance": "distance to refit",
    "kl_forgotten": "KL on forgotten",
    "kl_test": "KL on test",
    "forgotten_accuracy": "accuracy on forgotten",
    "test_accuracy": "accuracy on test",
}


def run(config: dict[str, Any], images: Images, *, tell: Tell) -> dict[str, Any]:
    """Return the gaps of every method after each checkpoint, for every training seed.

    Parameters
    ----------
    config : dict
        As config.toml.
    images : Images
        The data.
    tell : callable
        Is told of progress, a line at a time.
    """
    training = Training(**config["training"])
    seeds = [_one_seed(config, images, training, seed, tell) for seed in config["run"]["seeds"]]
    return {"seeds": seeds}


def _one_seed(
    config: dict[str, Any], images: Images, training: Training, seed: int, tell: Tell
) -> dict[str, Any]:
    checkpoints, widths = config["run"]["checkpoints"], config["widths"]
    order = choose(len(images.train[0]), checkpoints[-1], seed)
    model = training.fit(widths, images.train, seed)
    refits = {k: training.fit(widths, without(images.train, order[:k]), seed) for k in checkpoints}
    tell(f"seed {seed}: trained once and again {len(refits)} times")

    def judge(one: nn.Module, removed: int) -> Record:
        gone = rows(images.train, order[:removed])
        found = measure(one, images, order, removed, training.weight_decay)
        return {"removed": removed, **found, **gap(refits[removed], one, images, gone)}

    records = {"refit": [judge(refits[k], k) for k in checkpoints]}
    records["refit, another seed"] = [
        judge(
            training.fit(widths, without(images.train, order[:k]), seed + config["run"]["floor"]),
            k,
        )
        for k in checkpoints
    ]
    records["nothing done"] = [judge(model, k) for k in checkpoints]
    budgets: dict[str, list[int]] = {}
    for method in config["methods"]:
        name, parameters = method["name"], []
        records[name] = []
        held_to = budgets.get(method.get("budget", ""))
        options = scrub_options(config, method)
        for scrubbed, record in scrub(model, images, order, options, budgets=held_to, seed=seed):
            parameters.append(record["parameters"])
            if record["removed"] in refits:
                records[name].append(record | judge(scrubbed, record["removed"]))
        budgets[name] = parameters
        tell(f"seed {seed}: {name} done")
    return {"seed": seed, "order": order, "records": records}


def table(found: dict[str, Any]) -> str:
    """Return each method's gaps after each checkpoint, mean and standard error over the seeds."""
    lines = ["| removed | model | " + " | ".join(SHOWN.values()) + " |"]
    lines.append("| --- | --- |" + " --- |" * len(SHOWN))
    for place, removed in enumerate(found["config"]["run"]["checkpoints"]):
        for name in found["seeds"][0]["records"]:
            some = [seed["records"][name][place] for seed in found["seeds"]]
            cells = [_cell([one[column] for one in some]) for column in SHOWN]
            lines.append(f"| {removed} | {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _cell(values: list[float]) -> str:
    mean = np.mean(values)
    if len(values) < 2:
        return f"{mean:.2g}"
    return f"{mean:.2g} ± {np.std(values, ddof=1) / len(values) ** 0.5:.1g}"


def main() -> None:
    """Run from the command line."""
    options = settings.options(__doc__, FOLDER)
    config = settings.read(FOLDER, small=options.small)
    images = load(options.data)
    found = settings.account(FOLDER, config, images.source)
    found |= run(config, images, tell=lambda line: print(line, flush=True))
    settings.save(found, options.output)
    print(table(found))


if __name__ == "__main__":
    main()

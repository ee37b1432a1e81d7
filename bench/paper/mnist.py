"""The experiment of mnist_logistic and mnist_2nn: removals one after another, by several methods.

After each removal: accuracy on the retained, the forgotten and the test samples, the gradient of
the sample removed last and of the retained objective; after some of them also the refit, trained
from the same weights without the removed samples, and the gap to it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from torch import nn

from bench.paper import settings
from bench.paper.data import Images, load, rows, without
from bench.paper.network import Training
from bench.paper.sequence import Record, choose, gap, measure, scrub
from lcodec.scrub.privacy import Sekhari

FOLLOWED = "FOCI"  # the method whose parameter counts others may be held to
Tell = Callable[[str], None]


def main(folder: Path, description: str | None) -> None:
    """Run an experiment of this kind from the command line.

    Parameters
    ----------
    folder : path
        Of the experiment: its config.toml is read.
    description : str
        For --help.
    """
    options = settings.options(description, folder)
    config = settings.read(folder, small=options.small)
    images = load(options.data)
    found = settings.account(folder, config, images.source)
    found |= run(config, images, tell=lambda line: print(line, flush=True))
    settings.save(found, options.output)
    print(table(found))


def run(config: dict[str, Any], images: Images, *, tell: Tell) -> dict[str, Any]:
    """Return the records of every method and of the refits, for every training seed.

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
    run, wd = config["run"], training.weight_decay
    order = choose(len(images.train[0]), run["removals"], seed)
    model = training.fit(config["widths"], images.train, seed)
    before = measure(model, images, order, 1, wd)
    tell(f"seed {seed}: trained, test accuracy {before['test_accuracy']:.3f}")
    refits: dict[int, nn.Module] = {}
    records: dict[str, list[Record]] = {"refit": []}
    for removed in range(run["refit_every"], run["removals"] + 1, run["refit_every"]):
        refits[removed] = training.fit(
            config["widths"], without(images.train, order[:removed]), seed
        )
        found = measure(refits[removed], images, order, removed, wd)
        distance = gap(refits[removed], model, images, rows(images.train, order[:removed]))
        records["refit"].append({"removed": removed, **found})
        tell(f"seed {seed}: refit without {removed}, {distance['distance']:.3g} from the original")
        records.setdefault("nothing done", []).append(
            {"removed": removed, **measure(model, images, order, removed, wd), **distance}
        )
    budgets: dict[str, list[int]] = {}
    for method in config["methods"]:
        name = method["name"]
        records[name] = []
        options = scrub_options(config, method)
        held_to = budgets.get(method.get("budget", ""))
        steps = scrub(model, images, order, options, budgets=held_to, seed=seed)
        for number, (scrubbed, record) in enumerate(steps, start=1):
            if number % run["evaluate_every"] == 0 or number in refits:
                record |= measure(scrubbed, images, order, number, wd)
            if number in refits:
                gone = rows(images.train, order[:number])
                record |= gap(refits[number], scrubbed, images, gone)
            records[name].append(record)
        budgets[name] = [record["parameters"] for record in records[name]]
        tell(f"seed {seed}: {name}, residual {records[name][-1]['residual_gradient']:.3g}")
    return {"seed": seed, "order": order, "before": before, "records": records}


def scrub_options(config: dict[str, Any], method: dict[str, Any]) -> dict[str, Any]:
    """Return the `Scrubber` options of a method: those of all, its own, and its noise."""
    own = {name: value for name, value in method.items() if name not in ("name", "budget", "noisy")}
    wd = config["training"]["weight_decay"]
    options = {"weight_decay": wd, **config["scrub"], **own}
    if method.get("noisy"):
        options["privacy"] = Sekhari(**config["privacy"], strong_convexity=wd)
    return options


COLUMNS = {
    "retained_accuracy": "retained",
    "forgotten_accuracy": "forgotten",
    "test_accuracy": "test",
    "sample_gradient": "sample gradient",
    "residual_gradient": "residual",
    "distance": "distance to refit",
    "kl_forgotten": "KL on forgotten",
    "kl_test": "KL on test",
    "parameters": "parameters",
}


def table(found: dict[str, Any]) -> str:
    """Return the end of each method as a Markdown table, the mean over the seeds.

    The parameters are those changed in a removal, the mean over all of them.
    """
    last = found["config"]["run"]["removals"]
    lines = [
        f"| after {last} removals | " + " | ".join(COLUMNS.values()) + " |",
        "| --- |" + " --- |" * len(COLUMNS),
    ]
    for name in found["seeds"][0]["records"]:
        ends = [_end(seed["records"][name]) for seed in found["seeds"]]
        cells = [_cell([end[column] for end in ends if column in end]) for column in COLUMNS]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _end(run: Sequence[Record]) -> Record:
    changed = [one["parameters"] for one in run if "parameters" in one]
    return run[-1] | ({"parameters": sum(changed) / len(changed)} if changed else {})


def _cell(values: Sequence[float]) -> str:
    if not values:
        return "–"
    return f"{sum(values) / len(values):.3g}"

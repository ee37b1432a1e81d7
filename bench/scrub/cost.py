"""What a removal costs beside training again: a network with many data, and two large ones.

``python -m bench.scrub.cost mnist --data DIR --output FILE`` measures a case, on one thread, and
adds its record to FILE; bench/results/scrub/cost.json has them all. CPU seconds are of the process,
of a first call and of a second one; training again is measured in the same process, or, for
``distilbert``, an epoch of it.

``mnist``       784-100-10, 50,000 images, of which 200 threes are recorded as eights
``resnet18``    11 M parameters, 600 images of CIFAR-10 at 16 x 16, 30 of one class go; also with
                at most 7 passes over the data
``distilbert``  66 M parameters, 24 texts of 64 tokens (or `--texts`), 2 of them go; 50 perturbed
                copies
"""

from __future__ import annotations

import argparse
import copy
import json
import pickle
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.nn.functional import avg_pool2d

from bench.machine import commit, describe, peak_bytes, reset_peak, resident_bytes
from bench.paper.removal.images import load
from bench.scrub.practice.data import Data
from bench.scrub.practice.measures import divergence
from bench.scrub.practice.networks import perceptron
from bench.scrub.practice.training import Recipe, train
from bench.scrub.resnet import resnet18
from lcodec.scrub import Scrubber

ROWS, WRONG = 50_000, 200
IMAGES, GONE, PASSES = 600, 30, 7.0
TEXTS, LENGTH = 24, 64
LOSS = nn.CrossEntropyLoss()
SGD = Recipe("sgd", 0.05, 15, 64)
COSINE = Recipe("sgd", 0.02, 30, 32, weight_decay=5e-4, cosine=True)
ADAM = Recipe("adamw", 5e-5, 1, 8)


def mnist(folder: Path) -> dict[str, Any]:
    """Remove threes that are recorded as eights, all at once, and then the first of them alone."""
    images = load(folder / "mnist")
    order = torch.randperm(len(images.train[1]), generator=torch.Generator().manual_seed(0))
    x, y = (part[order[:ROWS]] for part in images.train)
    forget = torch.nonzero(y == 3)[:WRONG, 0]
    y[forget] = 8
    test = images.test[0].float(), images.test[1]
    data = Data(x.float(), y, None, test, lambda inputs: inputs)
    network = partial(perceptron, 784, 100, 10)
    again = refitted(network, SGD, data, forget)
    return {
        "all": removed(data, forget, SGD, *again),
        "all, in batches of 1024": removed(data, forget, SGD, *again, batch_size=1024),
        "one": removed(data, forget[:1], SGD, again[0], None, again[2]),
        "one, in batches of 1024": removed(
            data, forget[:1], SGD, again[0], None, again[2], batch_size=1024
        ),
    }


def resnet(folder: Path) -> dict[str, Any]:
    """Remove some images of a class."""
    with (folder / "cifar-10-batches-py" / "data_batch_1").open("rb") as file:
        batch = pickle.load(file, encoding="bytes")
    pixels = torch.tensor(batch[b"data"][: IMAGES + 1000].reshape(-1, 3, 32, 32))
    x, y = avg_pool2d(pixels / 255, 2), torch.tensor(batch[b"labels"][: IMAGES + 1000])
    x = (x - x.mean((0, 2, 3), keepdim=True)) / x.std((0, 2, 3), keepdim=True)
    test = x[IMAGES:], y[IMAGES:]
    data = Data(x[:IMAGES], y[:IMAGES], None, test, lambda inputs: inputs)
    forget = torch.nonzero(data.targets == 3)[:GONE, 0]
    again = refitted(resnet18, COSINE, data, forget)
    options = {"weight_decay": COSINE.penalty}
    return {
        "all": removed(data, forget, COSINE, *again, **options),
        f"all, max_passes={PASSES:g}": removed(
            data, forget, COSINE, *again, max_passes=PASSES, **options
        ),
    }


def distilbert(folder: Path, count: int = TEXTS, cap: float | None = None) -> dict[str, Any]:
    """Remove two texts of random tokens; what is measured is cost, and nothing else."""
    from transformers import DistilBertConfig, DistilBertForSequenceClassification

    shape: dict[str, Any] = {"num_labels": 2, "attn_implementation": "eager"}
    network = lambda: DistilBertForSequenceClassification(DistilBertConfig(**shape))  # noqa: E731
    generator = torch.Generator().manual_seed(0)
    ids = torch.randint(1000, 30_000, (2 * count, LENGTH), generator=generator)
    y = torch.randint(0, 2, (2 * count,), generator=generator)
    texts = {"input_ids": ids[:count]}
    data = Data(texts, y[:count], None, ({"input_ids": ids[count:]}, y[count:]), lambda one: one)
    start = time.process_time()
    model = train(network, LOSS, ADAM, data, torch.ones(count, dtype=torch.bool), 0)
    seconds = time.process_time() - start
    forget = torch.arange(2)
    options = {"perturbations": 50, "batch_size": 16, "max_passes": cap}
    return {"all": removed(data, forget, ADAM, model, None, seconds, calls=1, **options)}


def refitted(
    network: Callable[[], nn.Module], recipe: Recipe, data: Data, forget: torch.Tensor
) -> tuple[nn.Module, nn.Module, float]:
    """Return the network trained on all the data and without some, and the seconds of that."""
    keep = torch.ones(data.count, dtype=torch.bool)
    model = train(network, LOSS, recipe, data, keep, 0)
    keep[forget] = False
    start = time.process_time()
    refit = train(network, LOSS, recipe, data, keep, 0)
    return model, refit, time.process_time() - start


def removed(
    data: Data,
    forget: torch.Tensor,
    recipe: Recipe,
    model: nn.Module,
    refit: nn.Module | None,
    seconds: float,
    calls: int = 2,
    **options: Any,
) -> dict[str, Any]:
    """Return what a removal costs and, where there is a refit, how close it comes."""
    spent, peaks = [], []
    for _ in range(calls):
        changed = copy.deepcopy(model)
        before = resident_bytes() or 0
        reset_peak()
        start = time.process_time()
        scrub = Scrubber(
            changed, LOSS, (data.inputs, data.targets), progress=False, seed=0, **options
        )
        report = scrub.remove(forget.tolist())
        spent.append(time.process_time() - start)
        peaks.append(peak_bytes() - before)
    found = {
        "rows": data.count,
        "removed": len(forget),
        "parameters": report.parameters_total,
        "touched": report.parameters_touched,
        "steps": report.steps,
        "residual": round(report.residual_ratio, 3),
        "capped": report.capped,
        "cpu_seconds": [round(one, 2) for one in spent],
        "training_seconds": round(seconds, 2),
        "epochs": recipe.epochs,
        "of_training": round(spent[-1] / seconds, 3),
        "in_epochs": round(spent[-1] / seconds * recipe.epochs, 2),
        "passes": {stage: round(part, 3) for stage, part in report.passes.items()},
        "seconds": {stage: round(part, 2) for stage, part in report.seconds.items()},
        "peak_mib": round(max(peaks) / 2**20),
    }
    if refit is None:
        return found
    for name, inputs in (("F", data.rows(forget)[0]), ("T", data.test[0])):
        own, new = (divergence(refit, one, inputs, classes=True) for one in (model, changed))
        found[name] = [float(f"{own:.4g}"), float(f"{new:.4g}")]
    return found


CASES = {"mnist": mnist, "resnet18": resnet, "distilbert": distilbert}


def main() -> None:
    """Measure a case, print it and add it to the account."""
    parser = argparse.ArgumentParser(prog="python -m bench.scrub.cost", description=__doc__)
    parser.add_argument("case", choices=CASES)
    parser.add_argument("--data", type=Path, default=Path(), help="folder with mnist and CIFAR-10")
    parser.add_argument("--texts", type=int, default=TEXTS, help="of distilbert (24)")
    parser.add_argument("--max-passes", type=float, help="of distilbert (no cap)")
    parser.add_argument("--output", type=Path, metavar="FILE", help="added to, if it exists")
    options = parser.parse_args()
    torch.set_num_threads(1)
    machine = describe()
    cases = CASES | {"distilbert": partial(distilbert, count=options.texts, cap=options.max_passes)}
    record = {"commit": commit(), "machine": machine, **cases[options.case](options.data)}
    name = options.case
    if options.case == "distilbert":
        name += f", {options.texts} texts" if options.texts != TEXTS else ""
        name += f", max_passes={options.max_passes:g}" if options.max_passes else ""
    print(json.dumps(record, indent=1))
    if options.output is None:
        return
    account = json.loads(options.output.read_text()) if options.output.exists() else {}
    options.output.write_text(json.dumps(account | {name: record}, indent=1) + "\n")


if __name__ == "__main__":
    main()

"""Forget 20 mislabelled digits without training again, and compare with training again.

A small convolutional network is trained on scikit-learn's handwritten digits, in which 20 threes
were recorded as eights, in the ordinary way: by Adam, for as many epochs as it takes to be good.
The scrubber then removes those 20 samples from the trained network. The result should come close
to the refit: same initialisation, same training in the same order, without the 20 samples.

Run: python python/examples/forget_digits.py [--output demo_output] [--seed 0]
Needs no GPU and no download; about a minute on two cores.
"""

from __future__ import annotations

import argparse
import copy
import json
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import torch
from sklearn.datasets import load_breast_cancer, load_digits
from torch import nn
from tqdm import tqdm

from lcodec import foci
from lcodec.scrub import RemovalReport, Scrubber, accuracy, gradient_norm, kl_divergence, mean_loss

TRAINING_SAMPLES = 1400
FORGOTTEN = 20
TRUE_LABEL, RECORDED_LABEL = 3, 8
WEIGHT_DECAY = 1e-3
EPOCHS, BATCH = 30, 64
RANDOM_DRAWS = 5
RULE = (
    f"the first {FORGOTTEN} handwritten {TRUE_LABEL}s of the training set, "
    f"all recorded as {RECORDED_LABEL}s"
)
LOSS = nn.CrossEntropyLoss()

Pair = tuple[torch.Tensor, torch.Tensor]


@dataclass(frozen=True)
class Digits:
    """Handwritten digits, 8 x 8 in [0, 1], with 20 wrong labels among the training samples.

    `forgotten_indices` are positions in scikit-learn's `load_digits`.
    """

    retained: Pair
    forgotten: Pair
    test: Pair
    forgotten_indices: tuple[int, ...]

    @property
    def training(self) -> Pair:
        """Everything the original network is trained on."""
        inputs, targets = map(torch.cat, zip(self.retained, self.forgotten, strict=True))
        return inputs, targets


def load(seed: int) -> Digits:
    """Split the digits at random and mislabel the samples to forget."""
    digits = load_digits()
    images = torch.tensor(digits.images / 16.0)[:, None]
    labels = torch.tensor(digits.target)
    order = np.random.default_rng(seed).permutation(len(labels))
    train, test = order[:TRAINING_SAMPLES], order[TRAINING_SAMPLES:]
    wrong = train[digits.target[train] == TRUE_LABEL][:FORGOTTEN]
    right = np.setdiff1d(train, wrong)
    return Digits(
        retained=(images[right], labels[right]),
        forgotten=(images[wrong], torch.full((FORGOTTEN,), RECORDED_LABEL)),
        test=(images[test], labels[test]),
        forgotten_indices=tuple(int(one) for one in wrong),
    )


def network(seed: int) -> nn.Sequential:
    """Return an untrained network in float64, smooth so that it has second derivatives."""
    torch.manual_seed(seed)
    layers = OrderedDict(
        convolution=nn.Conv2d(1, 6, 3),
        tanh=nn.Tanh(),
        pool=nn.AvgPool2d(2),
        flatten=nn.Flatten(),
        hidden=nn.Linear(54, 16),
        hidden_tanh=nn.Tanh(),
        output=nn.Linear(16, 10),
    )
    return nn.Sequential(layers).double()


def train(model: nn.Module, digits: Digits, title: str, *, without: bool = False) -> float:
    """Train as usual: Adam, mini-batches, a fixed number of epochs; return seconds.

    A batch holds the same samples in every run; `without` leaves those to forget out of it.
    """
    inputs, targets = digits.training
    kept = len(digits.retained[1])
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-2, weight_decay=WEIGHT_DECAY)
    order, start = torch.Generator().manual_seed(0), time.perf_counter()
    for _ in tqdm(range(EPOCHS), desc=title, unit=" epochs", leave=False, disable=None):
        for batch in torch.randperm(len(targets), generator=order).split(BATCH):
            rows = batch[batch < kept] if without else batch
            optimiser.zero_grad()
            LOSS(model(inputs[rows]), targets[rows]).backward()
            optimiser.step()
    return time.perf_counter() - start


def scrub(original: nn.Module, digits: Digits, **options: Any) -> tuple[nn.Module, RemovalReport]:
    """Remove the forgotten samples from a copy of the network."""
    model = copy.deepcopy(original)
    scrubber = Scrubber(model, LOSS, digits.retained, weight_decay=WEIGHT_DECAY, **options)
    return model, scrubber.remove(digits.forgotten)


def measure(model: nn.Module, digits: Digits, refit: nn.Module) -> dict[str, float]:
    """Return what one row of the table says of a model."""
    return {
        "retained_accuracy": accuracy(model, digits.retained),
        "forgotten_accuracy": accuracy(model, digits.forgotten),
        "test_accuracy": accuracy(model, digits.test),
        "forgotten_loss": mean_loss(model, LOSS, digits.forgotten),
        "kl_forgotten": kl_divergence(refit, model, digits.forgotten[0]),
        "kl_test": kl_divergence(refit, model, digits.test[0]),
    }


def forget(seed: int) -> dict[str, Any]:
    """Train, scrub, refit and measure; return everything as JSON-ready values."""
    digits = load(seed)
    original, refit = network(seed), network(seed)
    seconds = {"original": train(original, digits, "training")}
    gradient_trained = gradient_norm(
        original, LOSS, digits.training, weight_decay=WEIGHT_DECAY, batch_size=TRAINING_SAMPLES
    )
    scrubbed, report = scrub(original, digits, seed=seed)
    budget = report.parameters_touched
    draws = [
        scrub(original, digits, seed=draw, select="random", max_parameters=budget)
        for draw in tqdm(range(RANDOM_DRAWS), desc="random slices", leave=False, disable=None)
    ]
    compared = {
        "scrubbed (top gradient)": {"select": "top_gradient", "max_parameters": budget},
        "scrubbed (LFOCI, as in the paper)": {"preset": "paper"},
        "scrubbed (all slices)": {"select": "all"},
    }
    others = {name: scrub(original, digits, seed=seed, **how) for name, how in compared.items()}
    seconds["refit"] = train(refit, digits, "refit without the 20", without=True)

    def row(
        model: nn.Module, account: RemovalReport | None = None, spent: float = 0.0
    ) -> dict[str, float]:
        return {
            **measure(model, digits, refit),
            **(
                {"residual_ratio": account.residual_ratio, "steps": account.steps}
                if account
                else {}
            ),
            "parameters": account.parameters_touched if account else 0,
            "seconds": sum(account.seconds.values()) if account else spent,
        }

    drawn = [row(*draw) for draw in draws]
    rows = {
        "original": row(original, spent=seconds["original"]),
        "scrubbed (LFOCI)": row(scrubbed, report),
        f"scrubbed (random, mean of {RANDOM_DRAWS})": {
            name: float(np.mean([each[name] for each in drawn])) for name in drawn[0]
        },
        **{name: row(*removal) for name, removal in others.items()},
        "refit": row(refit, spent=seconds["refit"]) | {"parameters": report.parameters_total},
    }
    return {
        "seed": seed,
        "rule": RULE,
        "forgotten_indices": list(digits.forgotten_indices),
        "training_samples": TRAINING_SAMPLES,
        "weight_decay": WEIGHT_DECAY,
        "gradient_norm_trained": gradient_trained,
        "rows": rows,
        "random_draws": drawn,
        "report": report.to_dict(),
        "slices_by_layer": report.by_layer(),
    }


def select_features() -> list[dict[str, Any]]:
    """Select the measurements that tell benign from malignant tumours."""
    table = load_breast_cancer()
    result = foci(table.data, table.target)
    return [
        {"feature": str(table.feature_names[column]), "score": score, "cumulative": cumulative}
        for column, score, cumulative in zip(
            result.selected, result.scores.tolist(), result.cumulative.tolist(), strict=True
        )
    ]


COLUMNS = {
    "retained_accuracy": ("retained", "accuracy", "{:.3f}"),
    "forgotten_accuracy": ("forgotten", "accuracy", "{:.3f}"),
    "test_accuracy": ("test", "accuracy", "{:.3f}"),
    "forgotten_loss": ("loss on", "forgotten", "{:.3f}"),
    "residual_ratio": ("residual", "ratio", "{:.3f}"),
    "kl_forgotten": ("KL to refit", "forgotten", "{:.3f}"),
    "kl_test": ("KL to refit", "test", "{:.3f}"),
    "parameters": ("parameters", "touched", "{:.0f}"),
    "steps": ("", "steps", "{:.1f}"),
    "seconds": ("", "seconds", "{:.1f}"),
}


def table_text(rows: dict[str, dict[str, float]]) -> str:
    """Return the table with aligned columns."""
    first = max(len(name) for name in rows)
    cells = [["", *(head[0] for head in COLUMNS.values())]]
    cells += [["", *(head[1] for head in COLUMNS.values())]]
    for name, values in rows.items():
        known = {key: COLUMNS[key][2].format(value) for key, value in values.items()}
        cells.append([name, *(known.get(key, "") for key in COLUMNS)])
    widths = [max(len(line[at]) for line in cells) for at in range(1, len(cells[0]))]
    lines = [
        line[0].ljust(first)
        + "".join("  " + text.rjust(width) for text, width in zip(line[1:], widths, strict=True))
        for line in cells
    ]
    return "\n".join([*lines[:2], "-" * len(lines[0]), *lines[2:]])


def text(results: dict[str, Any]) -> str:
    """Return what the demo prints, except the paths."""
    lines = [
        "Features of the breast cancer table, selected by FOCI",
        "feature                    score   T so far",
        *(
            f"{one['feature']:<25}{one['score']:>7.3f}{one['cumulative']:>11.3f}"
            for one in results["features"]
        ),
        "",
        f"Forgetting {FORGOTTEN} of {TRAINING_SAMPLES} handwritten digits (seed {results['seed']})",
        f"forgotten: {results['rule']}",
        "  rows of load_digits: " + ", ".join(map(str, results["forgotten_indices"])),
        f"trained for {EPOCHS} epochs, to gradient norm {results['gradient_norm_trained']:.1e}",
        "slices selected by LFOCI: "
        + "; ".join(
            f"{layer} units {', '.join(map(str, units))}"
            for layer, units in results["slices_by_layer"].items()
        ),
        "",
        table_text(results["rows"]),
        "",
        "accuracy on the forgotten: share that still gets the wrong label it was recorded with",
        "residual ratio: share that is left of what the removal changes in the gradient",
        "KL to refit: mean divergence from the refit's predictions to the model's, in nats",
    ]
    return "\n".join(lines)


def draw(results: dict[str, Any], path: Path) -> None:
    """Draw how far each model is from the refit, on the forgotten samples and on others."""
    matplotlib.use("Agg")
    from matplotlib import pyplot

    rows = {name: row for name, row in results["rows"].items() if name != "refit"}
    names = [name.replace(" (", "\n(") for name in rows]
    colours = ["0.6", "tab:blue", "tab:orange", "tab:red", "tab:cyan", "tab:green"]
    panels = (
        ("kl_forgotten", "KL to the refit on the forgotten samples (nats)"),
        ("kl_test", "KL to the refit on the test samples (nats)"),
    )
    figure, axes = pyplot.subplots(1, 2, figsize=(10, 4.4), sharey=True, layout="constrained")
    for axis, (key, label) in zip(axes, panels, strict=True):
        values = [row[key] for row in rows.values()]
        bars = axis.barh(names, values, color=colours, height=0.62)
        axis.bar_label(bars, fmt="%.3f", padding=4)
        axis.set_xlim(0, 1.15 * max(values))
        axis.set_xlabel(label)
        axis.spines[["top", "right"]].set_visible(False)
    axes[0].invert_yaxis()
    figure.suptitle(f"Distance to the refit after forgetting {FORGOTTEN} digits (0 = the refit)")
    figure.savefig(path, dpi=150)
    pyplot.close(figure)


def main(argv: Sequence[str] | None = None) -> dict[str, Any]:
    """Run the demo; return the results that are also written as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--output", type=Path, default=Path("demo_output"))
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(argv)
    features = select_features()
    torch.set_num_threads(1)  # such small passes gain little from two, and stall on a busy machine
    results = {"features": features, **forget(options.seed)}
    print(text(results))
    options.output.mkdir(parents=True, exist_ok=True)
    numbers, figure = options.output / "forget_digits.json", options.output / "forget_digits.png"
    numbers.write_text(json.dumps(results, indent=2) + "\n")
    draw(results, figure)
    print(f"\nnumbers: {numbers.resolve()}\nfigure:  {figure.resolve()}")
    return results


if __name__ == "__main__":
    main()

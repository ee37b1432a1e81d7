"""The scripts of docs/scrub-recipes.md run as they stand, and do what the page says."""

from __future__ import annotations

import importlib
import json
import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import torch

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "scrub-recipes.md").read_text("utf-8")

ACCOUNT = """
import json
print(json.dumps({"before": before.to_dict(), "after": after.to_dict(), "report": report.to_dict(),
                  "more": more}))
"""
COUNT = "sorted({int(state['step']) for state in trainer.optimizers[0].state.values()})"
# What the page says of each, computed at the end of its script; files it leaves; what it needs.
RECIPES = {
    "Plain torch": (
        "old = sum(s['momentum_buffer'].norm() for s in optimiser.state.values())\n"
        "optimiser.state.clear()\n"
        "more = {'momentum': float(old), 'left': len(optimiser.state), "
        "'rate': optimiser.param_groups[0]['lr']}",
        {"scrubbed.pt"},
        "sklearn",
    ),
    "Hugging Face Trainer": (
        "used = trainer.optimizer\n"
        "steps = [int(s['step']) for s in used.state.values()]\n"
        "trainer.train()\n"
        "more = {'steps': sorted(set(steps)), 'same': trainer.optimizer is used, "
        "'then': sorted({int(s['step']) for s in used.state.values()})}",
        {"scrubbed"},
        "accelerate transformers",
    ),
    "Lightning": (
        f"more = {{'steps': {COUNT}}}",
        {"scrubbed.ckpt"},
        "lightning sklearn",
    ),
}


def script(title: str) -> str:
    """Return the block of a section."""
    section = PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]
    (block,) = re.findall(r"^```python\n(.*?)^```", section, re.DOTALL | re.MULTILINE)
    return str(block)


@pytest.fixture(params=RECIPES)
def recipe(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, dict[str, Any], Path]:
    """Run one; return its title, what it computed and its folder."""
    more, files, needed = RECIPES[request.param]
    for name in needed.split():
        if find_spec(name) is None:
            pytest.skip(f"needs {name}")
    code = "\n".join([script(request.param), more, ACCOUNT])
    surroundings = {**os.environ, "HF_HUB_OFFLINE": "1", "TQDM_DISABLE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=surroundings,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "KL to the refit, test: " in done.stdout
    assert {path.name for path in tmp_path.iterdir()} - {"trainer"} == files
    return request.param, json.loads(done.stdout.splitlines()[-1]), tmp_path


def test_a_recipe(recipe: tuple[str, dict[str, Any], Path]) -> None:
    title, account, folder = recipe
    before, after, report = account["before"], account["after"], account["report"]
    assert report["forgotten"] == 20
    assert report["residual_ratio"] < 1
    assert after["kl"]["forgotten"] < before["kl"]["forgotten"]
    assert after["kl"]["test"] < 1.02 * before["kl"]["test"]
    assert after["loss"]["forgotten"] == pytest.approx(report["loss_after"], rel=1e-4)
    assert after["accuracy"]["test"] > 0.85
    saved, more = CHECKS[title](folder, account["more"])
    assert sum(tensor.numel() for tensor in saved.values()) == report["parameters_total"]
    assert more


def plain(folder: Path, more: dict[str, Any]) -> tuple[dict[str, torch.Tensor], bool]:
    return torch.load(folder / "scrubbed.pt", weights_only=True), (
        more["momentum"] > 0 and more["left"] == 0 and more["rate"] == 0.1
    )


def trainer(folder: Path, more: dict[str, Any]) -> tuple[dict[str, torch.Tensor], bool]:
    """19 batches of 380 sentences: of the new one's own epoch, and of another with `train()`."""
    from safetensors.torch import load_file

    assert "optimizer.pt" not in {path.name for path in folder.rglob("*")}
    expected = {"steps": [19], "same": True, "then": [38]}
    return load_file(folder / "scrubbed" / "model.safetensors"), more == expected


def lightning(folder: Path, more: dict[str, Any]) -> tuple[dict[str, torch.Tensor], bool]:
    """20 batches of 980 digits, of the last epoch alone."""
    saved = torch.load(folder / "scrubbed.ckpt", weights_only=True)
    return saved["state_dict"], "optimizer_states" not in saved and more == {"steps": [20]}


CHECKS = {"Plain torch": plain, "Hugging Face Trainer": trainer, "Lightning": lightning}


def test_the_methods_that_the_page_names() -> None:
    module = importlib.import_module("lcodec.scrub.integrations.supreme")
    for name in ("lcodec", "lcodec_paper"):
        assert isinstance(getattr(module, name), module.Method)
        assert f"`{name}`" in PAGE
    assert f'"{module.__name__}:lcodec"' in PAGE
    assert f"`{module.__name__}.Method(weight_decay=5e-4, max_parameters=20_000)`" in PAGE
    module.Method(weight_decay=5e-4, max_parameters=20_000)


def test_how_long_an_optimiser_remembers() -> None:
    assert 0.9**44 < 0.01 < 0.9**43
    assert 0.999**4603 < 0.01 < 0.999**4602
    assert "after 44 steps" in PAGE
    assert "after 4603," in PAGE

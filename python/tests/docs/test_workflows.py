"""The workflows of GitHub run nothing but make targets, on the versions that the package names."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
WORKFLOWS = {
    path.stem: path.read_text(encoding="utf-8")
    for path in (ROOT / ".github" / "workflows").glob("*.yml")
}


def test_every_step_is_a_make_target() -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
    steps = re.findall(r"- run: (.*)", "\n".join(WORKFLOWS.values()))
    packages = [step for step in steps if step.startswith("sudo apt-get")]
    assert len(steps) > len(packages) == 1
    for step in steps:
        program, target = step.split()[:2]
        assert step in packages or (program == "make" and target in targets), step


def test_every_python_that_the_package_names_is_tested() -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    named = re.findall(r"Python :: (3\.\d+)", project)
    (tested,) = re.findall(r"^ +python: \[(.*)\]", WORKFLOWS["test"], re.M)
    assert {f'"{version}"' for version in named} <= set(tested.split(", "))
    assert f'requires-python = ">={named[0]}"' in project

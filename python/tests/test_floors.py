"""The house: imports go down its floors, none goes in a circle, and rooms stay small."""

from __future__ import annotations

import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "lcodec"
FILES = sorted(PACKAGE.rglob("*.py"))

# From the ground up: what is imported stands on the same floor or on one below.
FLOORS = (
    "checks", "threads", "compiling", "resources", "random", "neighbors", "dependence", "warming",
    "__init__", "adapters", "scrub", "cli", "__main__",
)  # fmt: skip
ROOMS = (
    "checks", "samples", "objective", "slices", "selection", "step", "wording", "plan", "report",
    "callbacks", "privacy", "ledger", "evaluation", "options", "request", "measures", "stages",
    "descent", "removal", "writing", "scrubber",
    "baselines", "integrations",
    "__init__",
)  # fmt: skip


def name_of(file: Path) -> str:
    """Return the name of a module: that of a folder for its ``__init__.py``."""
    parts = file.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {name_of(file) for file in FILES}


def imports(file: Path) -> set[str]:
    """Return the modules of the package that a file imports, wherever in it, except for types."""
    names: set[str] = set()
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            inner = {alias.name: f"{node.module}.{alias.name}" for alias in node.names}
            names |= {name if name in MODULES else str(node.module) for name in inner.values()}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return names & MODULES


IMPORTS = {name_of(file): imports(file) for file in FILES}


def room(module: str, package: str = "lcodec") -> str:
    """Return the first name of a module inside a package."""
    return module.removeprefix(package).lstrip(".").split(".")[0] or "__init__"


@pytest.mark.parametrize(("package", "order"), [("lcodec", FLOORS), ("lcodec.scrub", ROOMS)])
def test_imports_go_down(package: str, order: tuple[str, ...]) -> None:
    upward = [
        f"{name} -> {imported}"
        for name, modules in sorted(IMPORTS.items())
        for imported in sorted(modules)
        if all(f"{module}.".startswith(f"{package}.") for module in (name, imported))
        and order.index(room(name, package)) < order.index(room(imported, package))
    ]
    assert upward == []


def test_no_import_goes_in_a_circle() -> None:
    TopologicalSorter(IMPORTS).prepare()  # raises CycleError


def used_by(*floors: str) -> set[str]:
    return {imported for name in MODULES if room(name) in floors for imported in IMPORTS[name]}


def test_floors_use_public_names_of_those_below() -> None:
    below_dependence = {name for name in used_by("dependence") if room(name) == "neighbors"}
    assert below_dependence == {"lcodec.neighbors"}  # and no backend
    below_scrub = {name for name in used_by("scrub", "cli") if room(name) in FLOORS[:9]}
    assert below_scrub == {"lcodec", "lcodec.checks"}


def test_files_and_folders_stay_small() -> None:
    long = [name_of(file) for file in FILES if file.read_text(encoding="utf-8").count("\n") > 320]
    assert long == []
    modules = [file.parent for file in FILES if file.stem != "__init__"]
    assert [folder.name for folder in {*modules} if modules.count(folder) > 12] == []


def test_importing_the_statistics_is_light() -> None:
    heavy = {
        "numba", "llvmlite", "scipy", "torch", "dask", "matplotlib", "cupy", "sklearn", "pandas",
    }  # fmt: skip
    code = f"import lcodec, sys; print({heavy} & {{*sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"

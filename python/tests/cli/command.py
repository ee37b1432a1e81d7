"""The command as a user types it."""

from pathlib import Path

from lcodec.cli import main
from python.tests.cli import cli_model

MODULE = cli_model.__name__
COMMON = {
    "model": f"{MODULE}:make_model",
    "weights": "old.pt",
    "data": f"{MODULE}:data",
    "forget": "1,2,3",
    "loss": "cross_entropy",
    "weight_decay": "0.01",
    "select": "all",
    "output": "new.pt",
}


def run(*flags: str, **options: object) -> int:
    given = {name: value for name, value in {**COMMON, **options}.items() if value is not None}
    pairs = [(f"--{name.replace('_', '-')}", str(value)) for name, value in given.items()]
    return main(["scrub", *(part for pair in pairs for part in pair), *flags])


def contents(folder: Path) -> dict[Path, bytes]:
    return {
        path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }

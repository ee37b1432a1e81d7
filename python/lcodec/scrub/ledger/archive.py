"""What a file of weights would hold, found out before it takes memory.

A small file can ask for much: by compression, by entries that overlap, by types that allocate
what they are told to, by shapes without data behind them. So the pickle of a file that
`torch.save` wrote is read here first, with stand-ins for everything that it names, and every
tensor in it must have its data in the file.
"""

from __future__ import annotations

import io
import math
import os
import pickle
import struct
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, ClassVar, NoReturn

import torch

from lcodec.scrub import checks

MOST_NAMES = 2**24
"""Most bytes of the part that holds names and shapes: those of some hundred thousand tensors."""
SLACK = 2**20
"""A tensor may look larger than its file by this: an expanded one repeats what is there."""


def check_torch_file(file: BinaryIO, name: str, limit: int | None = None) -> None:
    """Refuse a file whose tensors would need more memory than the file has bytes.

    `limit` is for the bytes of all data together. `lcodec:weightsFormat` says what is wrong;
    nothing in the file is run, and its place is left at the start.
    """
    size = _size(file)
    try:
        zipped = file.read(4) == b"PK\3\4"  # as torch tells them apart
        data = _zipped(file, size) if zipped else _legacy(file, size)
    except (ValueError, EOFError, zipfile.BadZipFile, NotImplementedError) as error:
        refuse(name, str(error).partition("\n")[0] or type(error).__name__)
    file.seek(0)
    _check_limit(name, data, limit)


def check_safetensors_file(file: BinaryIO, name: str, limit: int | None = None) -> None:
    """Refuse a file whose header is longer than the file, or than names and shapes need."""
    size = _size(file)
    start = file.read(8)
    header = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
    if not 2 <= header <= min(size - 8, MOST_NAMES):
        most = min(max(size - 8, 0), MOST_NAMES)
        refuse(name, f"a header of {header} bytes (2 to {most} in a file of {size})")
    _check_limit(name, size - 8 - header, limit)


def refuse(name: str, got: str) -> NoReturn:
    """Raise `lcodec:weightsFormat`."""
    checks.fail(
        "weightsFormat",
        f"`{name}` must be a state dict written by torch.save or safetensors, "
        f"readable without running code, got: {got}",
    )


def _size(file: BinaryIO) -> int:
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    return size


def _check_limit(name: str, data: int, limit: int | None) -> None:
    if limit is not None and data > limit:
        refuse(name, f"{data} bytes of data, far more than the model has ({limit} are allowed)")


def _zipped(file: BinaryIO, size: int) -> int:
    """Check a file as torch writes it since 1.6; return the bytes of its data."""
    _check_directory(file, size)
    with zipfile.ZipFile(file) as archive:
        entries = archive.infolist()
        sizes = {entry.filename: entry.file_size for entry in entries}
        for entry in entries:
            if entry.compress_type != zipfile.ZIP_STORED or entry.flag_bits & 1:
                raise ValueError(f"{entry.filename!r:.80} compressed or encrypted")
        if len(sizes) != len(entries) or sum(sizes.values()) > size:
            raise ValueError(f"entries that overlap: {sum(sizes.values())} bytes in {size}")
        pickles = [one for one in sizes if one.endswith("/data.pkl") and one.count("/") == 1]
        if len(pickles) != 1 or sizes[pickles[0]] > MOST_NAMES:
            raise ValueError(f"no data.pkl, several, or one of more than {MOST_NAMES} bytes")
        (found,) = _pickles(io.BytesIO(archive.read(pickles[0])), 1)
    folder = pickles[0].partition("/")[0]
    for key, nbytes in found.storages.items():
        have = sizes.get(f"{folder}/data/{key}")
        if have != nbytes:
            raise ValueError(f"data {key!r:.40} that should have {nbytes} bytes and has {have}")
    _check_shapes(found, size)
    return sum(found.storages.values())


def _check_directory(file: BinaryIO, size: int) -> None:
    """Refuse a zip file whose directory two readers could look for in two places."""
    file.seek(max(size - 98, 0))
    tail = file.read(98).rjust(98, b"\0")
    end, length, start = size - 22, *struct.unpack("<2L", tail[-10:-2])
    if tail[-42:-38] == b"PK\6\7":  # as torch writes: the form for more than 4 GiB
        end, length, start = size - 98, *struct.unpack("<2Q", tail[40:56])
        if tail[:4] != b"PK\6\6" or struct.unpack("<Q", tail[-34:-26])[0] != end:
            raise ValueError("a zip file with two ends")
    if tail[-22:-18] != b"PK\5\6" or start + length != end or length > MOST_NAMES:
        raise ValueError("a zip file that is cut off, or not as torch.save ends it")


def _legacy(file: BinaryIO, size: int) -> int:
    """Check a file as torch wrote it before 1.6: pickles, and the data behind them."""
    file.seek(0)
    head = io.BytesIO(file.read(MOST_NAMES))
    found = _pickles(head, 5)[3]  # a number, a version, the machine, the state dict, its keys
    data = sum(found.storages.values())
    if data > size - head.tell():
        raise ValueError(f"{data} bytes of data in {size - head.tell()}")
    _check_shapes(found, size)
    return data


def _check_shapes(found: Contents, size: int) -> None:
    most = max(found.tensors, default=0)
    if most > size + SLACK:
        raise ValueError(f"a tensor of {most} bytes in a file of {size}")


@dataclass
class Contents:
    """The bytes of the storages that a pickle names, by key, and of its tensors."""

    storages: dict[str, int]
    tensors: list[int]


@dataclass(frozen=True)
class Stored:
    """A storage that a pickle names: its number of bytes, and of those of an element."""

    nbytes: int
    itemsize: int


def _whole(value: object) -> int:
    if type(value) is not int or not 0 <= value < 2**63:
        raise ValueError(f"a size {value!r:.40}")
    return value


def _pickles(stream: BinaryIO, count: int) -> list[Contents]:
    """Read pickles one after the other, and say what tensors they hold."""
    found = []
    for _ in range(count):
        reader = Names(stream)
        try:
            reader.load()
        except (ValueError, EOFError):
            raise
        except Exception as error:  # of a damaged pickle: of any type
            raise ValueError(f"{type(error).__name__}: {error}") from None
        found.append(reader.contents)
    return found


CODES = (
    pickle.PROTO, pickle.STOP, pickle.MARK, pickle.GLOBAL, pickle.REDUCE, pickle.BUILD,
    pickle.BINPERSID, pickle.NONE, pickle.NEWTRUE, pickle.NEWFALSE, pickle.BININT,
    pickle.BININT1, pickle.BININT2, pickle.LONG1, pickle.BINFLOAT, pickle.BINUNICODE,
    pickle.SHORT_BINSTRING, pickle.EMPTY_TUPLE, pickle.TUPLE, pickle.TUPLE1, pickle.TUPLE2,
    pickle.TUPLE3, pickle.EMPTY_LIST, pickle.APPEND, pickle.APPENDS, pickle.EMPTY_DICT,
    pickle.SETITEM, pickle.SETITEMS, pickle.EMPTY_SET, pickle.BINPUT, pickle.LONG_BINPUT,
    pickle.BINGET, pickle.LONG_BINGET,
)  # fmt: skip
"""What torch writes. Among the other codes are some that allocate what they are told to."""


class Names(pickle._Unpickler):  # the one in Python: that in C allocates as a memo's index says
    """Reads a pickle of tensors without making any."""

    stack: list[Any]
    dispatch: ClassVar[dict[int, Callable[[Any], None]]] = {
        ord(code): pickle._Unpickler.dispatch[ord(code)] for code in CODES
    }

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__(stream)
        self.contents = Contents({}, [])

    def find_class(self, module: str, name: str) -> Any:
        """Return a stand-in for what state dicts name; ValueError for anything else."""
        if (module, name) == ("collections", "OrderedDict"):
            return self._container
        if module == "torch._utils" and name in MAKERS:
            return getattr(self, MAKERS[name])
        if module == "torch" and name.endswith("Storage"):
            # Of the names of types only: nothing is looked up that could do more.
            return _itemsize(name.removesuffix("Storage"))
        if module == "torch.storage" and name == "UntypedStorage":
            return 1
        if module == "torch" and isinstance(getattr(torch, name, None), torch.dtype):
            return getattr(torch, name).itemsize
        raise ValueError(f"`{module}.{name}`, which no state dict of plain tensors names")

    def persistent_load(self, pid: Any) -> Stored:
        """Note a storage."""
        kind, itemsize, key, _, numel, *_ = pid
        if kind != "storage" or type(key) is not str:
            raise ValueError(f"{kind!r:.40} instead of a storage")
        stored = Stored(_whole(numel) * _whole(itemsize), itemsize)
        if self.contents.storages.setdefault(key, stored.nbytes) != stored.nbytes:
            raise ValueError(f"two sizes for data {key!r:.40}")
        return stored

    def _container(self) -> dict[Any, Any]:
        return {}

    def _drop_state(self) -> None:
        self.stack.pop()  # of an OrderedDict: nothing here has attributes

    dispatch[ord(pickle.BUILD)] = _drop_state

    def _tensor(self, storage: Stored, offset: object, shape: Any, *rest: object) -> str:
        return self._note(storage.itemsize, shape)

    def _tensor_of_dtype(self, storage: Stored, offset: object, shape: Any, *rest: Any) -> str:
        return self._note(rest[3], shape)  # after stride, requires_grad and hooks

    def _note(self, itemsize: int, shape: Any) -> str:
        self.contents.tensors.append(math.prod(map(_whole, shape)) * _whole(itemsize))
        return "tensor"

    def _parameter(self, data: Any, *rest: object) -> Any:
        return data


MAKERS = {
    "_rebuild_tensor": "_tensor",
    "_rebuild_tensor_v2": "_tensor",
    "_rebuild_tensor_v3": "_tensor_of_dtype",
    "_rebuild_parameter": "_parameter",
    "_rebuild_parameter_with_state": "_parameter",
}
"""Functions of torch that make plain tensors, and their stand-ins."""

TYPES: Mapping[str, torch.dtype] = {
    "Double": torch.float64,
    "Float": torch.float32,
    "Half": torch.float16,
    "BFloat16": torch.bfloat16,
    "Long": torch.int64,
    "Int": torch.int32,
    "Short": torch.int16,
    "Char": torch.int8,
    "Byte": torch.uint8,
    "Bool": torch.bool,
    "ComplexDouble": torch.complex128,
    "ComplexFloat": torch.complex64,
}
"""By the name of a storage's type, the type of its elements."""


def _itemsize(name: str) -> int:
    if name not in TYPES:
        raise ValueError(f"a storage of type {name!r:.40}")
    return TYPES[name].itemsize

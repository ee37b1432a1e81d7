"""A line that nobody wrote is refused, though its seal fits: with its number and its field."""

import json
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lcodec import LcodecError
from lcodec.scrub import Entry, Ledger, verify
from lcodec.scrub.ledger.chain import SEAL
from lcodec.scrub.ledger.entry import undo_entry
from python.tests.scrub.ledger.removals import Net, commit, moved, raises

HASH = "0" * 64


def lines_of(path: Path) -> list[bytes]:
    """A header, a removal, a removal with noise, and an undo of it, up to their seals."""
    model = Net()
    with Ledger(path) as ledger:
        commit(ledger, model, 1, "a", removal={"slices": {"0": [1]}, "step_norm": 0.5})
        old = {name: tensor.detach().clone() for name, tensor in model.named_parameters()}
        second = commit(ledger, model, 2, noise={"epsilon": 0.5, "delta": 1e-5})
        ledger.commit(model, old, undo_entry(second))
    return [line.rpartition(SEAL)[0] for line in path.read_bytes().splitlines()]


def sealed(bodies: list[bytes]) -> bytes:
    """Lines that somebody seals who knows how, and ties to one another."""
    text, previous = b"", None
    for body in bodies:
        if previous is not None:
            body = body.replace(b'"previous":"' + HASH.encode(), b'"previous":"' + previous)
        line = body + SEAL + sha256(body).hexdigest().encode() + b'"}'
        text, previous = text + line + b"\n", sha256(line).hexdigest().encode()
    return text


@pytest.fixture(scope="module")
def bodies(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    lines = lines_of(tmp_path_factory.mktemp("ledger") / "ledger.jsonl")
    return [lines[0], *(untied(line) for line in lines[1:])]


def untied(body: bytes) -> bytes:
    return json.dumps(
        {**json.loads(body + b"}"), "previous": HASH}, separators=(",", ":")
    ).encode()[:-1]


def with_field(body: bytes, **fields: object) -> bytes:
    known = json.loads(body + b"}")
    return json.dumps({**known, **fields}, separators=(",", ":")).encode()[:-1]


def test_lines_sealed_anew_are_accepted_where_they_are_as_lcodec_writes_them(
    path: Path, bodies
) -> None:
    path.write_bytes(sealed(bodies))
    assert [entry.kind for entry in verify(path)] == ["removal", "removal", "undo"]


@pytest.mark.parametrize(
    ("at", "fields", "match"),
    [
        (1, {"kind": "destroy"}, "removal or undo as `kind`, got 'destroy'"),
        (1, {"kind": ["removal"]}, "as `kind`"),
        (1, {"undoes": 1}, "null as `undoes`, got 1"),
        (3, {"undoes": None}, "a whole number as `undoes`"),
        (3, {"undoes": True}, "as `undoes`"),
        (3, {"undoes": 1}, "last removal that stands"),
        (3, {"ids": [1, "a"]}, "name the samples of entry 2"),
        (3, {"ids": []}, "name the samples of entry 2"),
        (3, {"removal": {"step_norm": 1.0}}, "an empty object as `removal`"),
        (3, {"noise": {"epsilon": 0.5, "delta": 1e-5}}, "null as `noise`"),
        (1, {"composed": {"epsilon": float("nan"), "delta": 0.0}}, "finite number as `epsilon`"),
        (1, {"composed": {"epsilon": -1.0, "delta": 0.0}}, "at least 0 as `composed`"),
        (1, {"composed": {"epsilon": 0.0}}, "as `composed`"),
        (1, {"composed": {"epsilon": 0.25, "delta": 0.0}}, "the sum .* as `composed`"),
        (2, {"noise": {"epsilon": -0.5, "delta": 1e-5}}, "as `noise`"),
        (2, {"noise": {"epsilon": 10**400, "delta": 1e-5}}, "as `noise`"),
        (2, {"noise": {"sigma": 1.0}}, "as `noise`"),
        (1, {"ids": [1.0]}, "as `ids`"),
        (1, {"ids": [1, 1]}, "distinct .* as `ids`"),
        (1, {"ids": ["\ud800"]}, "as `ids`"),
        (1, {"ids": [10**640]}, "as `ids`"),
        (1, {"ids": [True]}, "as `ids`"),
        (1, {"ids": "a"}, "as `ids`"),
        (1, {"samples": ["f00"]}, "SHA-256 as `samples`"),
        (1, {"time": "now"}, "as `time`"),
        (1, {"time": "2026-13-01T00:00:00+00:00"}, "as `time`"),
        (1, {"library": "\n"}, "a version as `library`"),
        (1, {"step": HASH.upper() + "A"}, "as `step`"),
        (1, {"after": "\x1b[2J"}, "as `after`"),
        (1, {"before": None}, "as `before`"),
        (1, {"options": []}, "an object as `options`"),
        (1, {"removal": {"step_norm": "much"}}, "as `removal`"),
        (1, {"removal": {"slices": {"0": ["x"]}}}, "as `removal`"),
        (1, {"removal": {"gradient_before": -1.0}}, "as `removal`"),
        (1, {"options": {"damping": float("inf")}}, "finite number as `damping`"),
        (1, {"options": {"layers": [float("nan")]}}, "finite number as `layers`"),
        (1, {"mood": "good"}, "no other fields, got 'mood'"),
        (1, {"sequence": 2}, "must be entry 1, got entry 2"),
        (1, {"sequence": -1}, "as `sequence`"),
    ],
)
def test_fields_that_no_version_writes_are_named(path: Path, bodies, at, fields, match) -> None:
    edited = [*bodies]
    edited[at] = with_field(bodies[at], **fields)
    path.write_bytes(sealed(edited))
    with raises("ledgerChain", f"line {at + 1} of .*{match}"):
        verify(path)


@pytest.mark.parametrize(
    ("old", "new", "match"),
    [
        (b'"kind":"removal"', b'"kind":"undo","kind":"removal"', "'kind' once, got it twice"),
        (b'"step_norm":0.5', b'"step_norm":1e999', "finite number as `step_norm`"),
        (b'"step_norm":0.5', b'"step_norm":0.50', "in the form of lcodec"),
        (b'"step_norm":0.5', b'"step_norm":' + b"9" * 5000, "a longer one"),
        (b'"kind":', b'"kind": ', "in the form of lcodec"),
        (b'"a"', b'"\xff"', "ASCII, got byte 0xff at column"),
        (b'"a"', '"é"'.encode(), "ASCII, got byte 0xc3"),
        (b'"a"', b'"a', "be JSON, got something else at column"),
        (b'"options":{}', b'"options":' + b"[" * 10**5 + b"]" * 10**5, "deeply nested"),
        (b'"options":{}', b'"options":' + b'{"a":' * 10**5 + b"0" + b"}" * 10**5, "deeply nested"),
        (b'"options":{},', b"", "have `options`, got none"),
    ],
    ids=lambda value: None if isinstance(value, bytes) else value,
)
def test_lines_in_another_form_are_refused(path: Path, bodies, old, new, match) -> None:
    assert old in bodies[1]
    path.write_bytes(sealed([bodies[0], bodies[1].replace(old, new), *bodies[2:]]))
    with raises("ledgerChain", f"line 2 of .* must .*{match}"):
        verify(path)


@pytest.mark.parametrize(
    "body",
    [b"[", b"{", b'{"format":"lcodec-ledger","version":1', b"[" * 10**5, b'{"\xff":1', b""],
    ids=lambda body: ascii(body[:9]),
)
def test_a_first_line_of_another_form_is_no_ledger(path: Path, bodies, body) -> None:
    path.write_bytes(sealed([body]))
    with raises("ledgerFormat", "must be a ledger"):
        verify(path)
    path.write_bytes(sealed([with_field(bodies[0], version=True)]))
    with raises("ledgerFormat", "must be a ledger"):
        verify(path)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_whatever_is_sealed_is_accepted_as_it_was_or_refused(
    tmp_path_factory: pytest.TempPathFactory, bodies, data
) -> None:
    """No line makes a raw error, and what is accepted has the one form of its fields."""
    at = data.draw(st.integers(0, 3))
    body, edited = bodies[at], [*bodies]
    how = data.draw(st.sampled_from(["field", "bytes", "cut", "repeat"]))
    if how == "field":
        names = st.sampled_from([*json.loads(body + b"}"), "other"])
        edited[at] = with_field(body, **{data.draw(names): data.draw(json_values)})
    else:
        start = data.draw(st.integers(0, len(body)))
        end = data.draw(st.integers(start, min(len(body), start + 20)))
        new = {"cut": b"", "repeat": body[start:end] * 2}.get(how)
        new = data.draw(st.binary(max_size=8)) if new is None else new
        edited[at] = body[:start] + new + body[end:]
    path = tmp_path_factory.mktemp("sealed", numbered=True) / "ledger.jsonl"
    path.write_bytes(sealed(edited))
    try:
        entries = verify(path)
    except LcodecError as error:
        id, entries = error.id, None
    if entries is None:
        assert id in ("lcodec:ledgerChain", "lcodec:ledgerFormat")
        return
    again = path.read_bytes().split(b"\n")[1:-1]
    assert [entry.sequence for entry in entries] == [*range(1, len(again) + 1)]
    for line in again:
        assert json.dumps(json.loads(line), separators=(",", ":")).encode() == line


@pytest.mark.parametrize(
    ("fields", "match"),
    [
        ({"kind": "destroy"}, "as `kind`"),
        ({"ids": ("\ud800",)}, "as `ids`"),
        ({"samples": ("f00",)}, "as `samples`"),
        ({"noise": {"epsilon": -1.0, "delta": 0.0}}, "as `noise`"),
        ({"noise": {"epsilon": 1e308, "delta": 0.0}}, "JSON"),
        ({"options": {"damping": float("nan")}}, "JSON"),
        ({"options": {"perturb": object()}}, "JSON"),
        ({"options": {1: 1, "1": 1}}, "'1' once"),
    ],
)
def test_what_could_not_be_read_again_is_not_written(path: Path, fields, match) -> None:
    model = Net()
    with Ledger(path) as ledger:
        commit(ledger, model, 0, noise={"epsilon": 1e308, "delta": 0.0})
        text, weight = path.read_bytes(), model.weight.detach().clone()
        entry = Entry(**{"kind": "removal", "ids": (1,), **fields})
        with raises("ledgerEntry", f"an entry must .*{match}"):
            ledger.commit(model, moved(model, 3), entry)
        assert model.weight.equal(weight)
    assert path.read_bytes() == text
    assert [file.name for file in Path(f"{path}.steps").iterdir()] == ["1.pt"]

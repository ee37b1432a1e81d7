"""Every golden case gives the recorded bits; matlab/tests/test_golden.m reads the same file."""

from __future__ import annotations

import json
from typing import Any

import pytest

from parity_tests.conftest import python_reply
from parity_tests.make_golden import CASES, cases, decode, encode, plain_values

RECORDED: list[dict[str, Any]] = json.loads(CASES.read_text(encoding="utf-8"))["cases"]


@pytest.mark.parametrize("number", range(len(RECORDED)))
def test_case(number: int) -> None:
    case = RECORDED[number]
    arguments = [decode(entry) for entry in case["arguments"]]
    options = dict(case["options"])
    if "given" in options:
        options["given"] = [column - 1 for column in options["given"]]
    reply = python_reply(case["call"], tuple(arguments), options)
    assert reply.error == (tuple(case["error"]) if "error" in case else None)
    if reply.error is None:
        assert [encode(value) for value in plain_values(reply.values)] == case["values"]


def test_the_file_is_what_its_script_writes() -> None:
    assert json.loads(json.dumps(cases())) == RECORDED

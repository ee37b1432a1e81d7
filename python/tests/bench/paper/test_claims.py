"""The page on the paper's claims says what the committed accounts say."""

from __future__ import annotations

import pytest

from bench.paper.claims import page as claims
from bench.paper.claims.line import AGAINST, FOR, OPEN, Line
from bench.paper.claims.page import FAILS, HOLDS, PARTLY, UNTOLD


def test_the_page_follows_from_the_accounts() -> None:
    text = claims.PAGE.read_text("utf-8")
    known = claims.accounts()
    assert text.split(claims.BEGIN)[1].split(claims.END)[0] == claims.page(known)
    for claim in claims.CLAIMS:
        assert any(True for one in known for _ in claim.lines(one)), claim.text
        assert f"| {claim.text} |" in text


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        ([], UNTOLD),
        ([OPEN, OPEN], UNTOLD),
        ([FOR, FOR, OPEN], HOLDS),
        ([FOR, OPEN], PARTLY),
        ([FOR, FOR, FOR, AGAINST], PARTLY),
        ([AGAINST, OPEN, OPEN], FAILS),
    ],
)
def test_a_verdict_follows_from_its_lines(said: list[str], verdict: str) -> None:
    assert claims.verdict([Line("", "", "", one) for one in said]) == verdict


@pytest.mark.parametrize(
    ("file", "source", "words"),
    [
        ("small", "generated table", " --small"),
        ("full", "generated table", ""),
        ("orl", "faces", " --data DIR"),
        ("published", "MNIST (IDX files)", " --data DIR --published"),
    ],
)
def test_the_command_of_an_account(file: str, source: str, words: str) -> None:
    account = {"experiment": "cifar", "file": file, "data": {"source": source}}
    assert claims.command(account) == f"python -m bench.paper cifar{words}"

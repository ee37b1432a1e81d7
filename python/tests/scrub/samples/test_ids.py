"""What an id may be."""

import json

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lcodec.cli.page import html
from lcodec.scrub.samples.ids import listed, shown
from python.tests.scrub.perceptron import X, network, refused, scrubber


@pytest.mark.parametrize("mask", [[True, False], np.arange(40) == 3, torch.arange(40) == 3])
def test_a_mask_is_no_list_of_ids(mask) -> None:
    refused("idType", "got truth values", lambda: scrubber(network()).remove(mask))


@pytest.mark.parametrize("samples", [{3, 4}, 5, np.int64(5), "3", None, [3.0], (X.numpy(), 1)])
def test_what_is_neither_ids_nor_samples_says_so(samples) -> None:
    refused("notPair", "or a sequence of ids, got", lambda: scrubber(network()).remove(samples))


def test_ids_may_be_those_of_a_table() -> None:
    class Index:
        """As pandas has it."""

        def to_numpy(self):
            return np.array([f"person {row}" for row in range(40)], dtype=object)

    report = scrubber(network(), ids=Index()).remove(np.array(["person 3"]))
    assert report.ids == ("person 3",)
    odd = np.array([None, *range(1, 40)], dtype=object)
    refused("optionType", "whole numbers or strings", lambda: scrubber(network(), ids=odd))


# --- what every output can hold -------------------------------------------------------------------

LONG = 10**640
BAD = ["a\ud800b", "\udce9", LONG, -LONG]


@pytest.mark.parametrize("bad", BAD, ids=ascii)
def test_ids_that_an_output_could_not_hold_are_refused_before_anything_is_computed(bad) -> None:
    labels = [bad, *range(1, 40)]
    refused("idType", "at position 0", lambda: scrubber(network(), ids=labels))
    once = scrubber(network())
    refused("idType", "at position 1", lambda: once.remove([3, bad]))


@given(st.one_of(st.text(), st.integers(-LONG + 1, LONG - 1)))
def test_an_id_is_shown_on_one_line_and_comes_back_from_it(id) -> None:
    text = shown(id)
    assert text.isprintable()
    assert json.loads(text) == id
    assert type(json.loads(text)) is type(id)


def test_numbers_texts_and_commas_in_labels_are_told_apart() -> None:
    assert (
        listed([17, "17", "a, b", "é", "\x1b[2J\n\u202e"], 4) == '17, "17", "a, b", "é" and 1 more'
    )
    assert shown("\x1b[2J\n\u202e\U000e0001") == r'"\u001b[2J\n\u202e\udb40\udc01"'


def test_the_report_and_the_page_hold_the_oddest_ids_that_are_accepted() -> None:
    labels = ["", "\x00\n", "\U0010ffff", LONG - 1, 17, "17", *range(100, 134)]
    report = scrubber(network(), ids=labels).remove(labels[:6])
    assert json.loads(json.dumps(report.to_dict()))["ids"] == labels[:6]
    assert r'ids                  "", "\u0000\n", "\udbff\udfff"' in str(report)  # on one line
    page = html(report.to_dict())
    assert "17, &quot;17&quot;</code>" in page
    assert page.encode("utf-8")


def test_docstring_examples() -> None:
    import doctest

    from lcodec.scrub.samples import ids

    assert doctest.testmod(ids).failed == 0

"""What an id may be."""

import numpy as np
import pytest
import torch

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

"""In the other language too, the order of the rows changes no bit."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import hypothesis
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from parity_tests import strategies
from parity_tests.agreement import compare
from parity_tests.conftest import OUTPUTS
from parity_tests.engines import Engine, Reply

parity = hypothesis.settings.get_profile("parity")


@parity
@given(data=st.data(), standardize=st.sampled_from(["none", "std", "range"]))
def test_permuted_rows(engine: Engine, data: st.DataObject, standardize: str) -> None:
    """Rows in another order give the same reply, and columns of the same values the same weight."""
    z, x = data.draw(strategies.tables((1, 0)))
    y = data.draw(strategies.responses_of(z))
    rows = np.array(data.draw(st.permutations(range(len(y)))))
    table = np.column_stack((z, x, z[rows, 0]))
    name = data.draw(st.sampled_from(["codec", "codec_test", "foci", "codec_scores", "xi"]))
    options: tuple[Any, ...] = () if name == "xi" else ("standardize", standardize)
    if name == "codec_test":
        options = (*options, "n_resamples", 1)

    def reply(rows: Any) -> Reply:
        if name == "xi":
            arguments: tuple[Any, ...] = (z[rows, 0], y[rows])
        elif name in ("codec", "codec_test"):
            arguments = (y[rows], z[rows], x[rows])
        else:
            arguments = (table[rows], y[rows], *([None] if name == "codec_scores" else []))
        # The p-value and the warning of a test come from exchanges of numbered rows.
        outputs = 1 if name == "codec_test" else OUTPUTS.get(name, 1)
        got = engine.call(name, *arguments, *options, outputs=outputs)
        return replace(got, warning=None) if name == "codec_test" else got

    compare(f"{name}, permuted rows", reply(slice(None)), reply(rows))

"""Law: bad input gives the same error id and the same words in both languages."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.sparse

import lcodec
from lcodec.checks import spellings
from parity_tests import agreement
from parity_tests.conftest import assert_same_bits, python_reply
from parity_tests.engines import Engine, Expression

Y = np.arange(6.0)
Z = np.column_stack((Y**2 % 5, Y % 2))


def _with(array: np.ndarray, *values: float) -> np.ndarray:
    out = array.copy()
    out.ravel()[: len(values)] = values
    return out


VALUES: dict[str, tuple[str, tuple[Any, ...]]] = {
    "rows of z": ("sizeMismatch", (Y, Z[:5])),
    "rows of x": ("sizeMismatch", (Y, Z, Z[:4])),
    "no rows in x": ("sizeMismatch", (Y, Z, np.empty((0, 2)))),
    "two rows": ("tooFewRows", (Y[:2], Z[:2])),
    "no rows": ("tooFewRows", (np.empty((0, 1)), Z)),
    "NaN in y": ("nonFinite", (_with(Y, np.nan), Z)),
    "infinities in z": ("nonFinite", (Y, _with(Z, np.inf, np.nan, -np.inf))),
    "NaN in x": ("nonFinite", (Y, Z, _with(Z, np.nan, np.nan))),
    "empty z": ("emptyInput", (Y, np.empty((6, 0)))),
    "complex y": ("complexInput", (Y + 1j, Z)),
    "complex z": ("complexInput", (Y, Z + 1j)),
    "y in a row": ("notVector", (Y[np.newaxis], Z)),
    "z in a row": ("sizeMismatch", (Y, Y[np.newaxis])),
    "z of one row": ("sizeMismatch", (Y, Y[np.newaxis, :4])),
    "y of no column": ("notVector", (np.empty((6, 0)), Z)),
    "three dimensions": ("notMatrix", (Y, np.ones((6, 2, 2)))),
    "three dimensions in y": ("notVector", (np.ones((6, 2, 2)), Z)),
    "squares overflow": ("badScale", (Y, Z * [1.0, 1e200])),
    "squares vanish": ("badScale", (Y, Z * [1e-200, 1.0])),
    "sum overflows": ("badScale", (Y, Z * [2e153, 1.2e154])),
    "sum of x and z overflows": ("badScale", (Y, Z[:, 0] * 2e153, Z[:, 1] * 1.2e154)),
}  # fmt: skip

OPTIONS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "unknown": ("unknownOption", "codec", {"tise": "first"}),
    "unknown, far": ("unknownOption", "codec", {"Standard": 1}),
    "unknown in foci": ("unknownOption", "foci", {"maxfeature": 3}),
    "unknown in lfoci": ("unknownOption", "lfoci", {"sigmas": 3}),
    "not a choice": ("optionValue", "codec", {"ties": "averge"}),
    "choice of type": ("optionValue", "codec", {"ties": True}),
    "choice as number": ("optionValue", "codec", {"ties": 2.5}),
    "scaling": ("optionValue", "codec", {"standardize": "scale"}),
    "scaling of type": ("optionValue", "foci", {"standardize": False}),
    "max_features 0": ("optionRange", "foci", {"max_features": 0}),
    "max_features -3": ("optionRange", "lfoci", {"max_features": -3}),
    "max_features 2.5": ("optionType", "foci", {"max_features": 2.5}),
    "max_features text": ("optionType", "foci", {"max_features": "2"}),
    "max_features true": ("optionType", "foci", {"max_features": True}),
    "max_features list": ("optionType", "foci", {"max_features": np.array([1.0, 2.0])}),
    "max_features -inf": ("optionRange", "foci", {"max_features": -np.inf}),
    "max_features nan": ("optionType", "foci", {"max_features": np.nan}),
    "stop": ("optionType", "foci", {"stop": "yes"}),
    "stop 2": ("optionType", "foci", {"stop": 2}),
    "stop test": ("optionType", "lfoci", {"stop": "test"}),
    "stop of a graph": ("optionType", "foci_graph", {"stop": "gain"}),
    "stop at random": ("optionValue", "foci", {"stop": "test", "ties": "random"}),
    "level 0": ("optionRange", "foci", {"level": 0}),
    "level 1": ("optionRange", "foci", {"level": 1}),
    "level nan": ("optionRange", "foci", {"level": np.nan}),
    "level text": ("optionType", "foci", {"level": "5 %"}),
    "level true": ("optionType", "foci", {"level": True}),
    "exchanges": ("optionRange", "foci", {"n_resamples": 0}),
    "exchange": ("optionRange", "foci", {"shuffle_neighbors": 0}),
    "fraction 1": ("optionRange", "foci_stability", {"fraction": 1.0}),
    "fraction too small": ("optionRange", "foci_stability", {"fraction": 0.5}),
    "n_exchanges": ("optionRange", "foci_stability", {"n_exchanges": 0}),
    "seed": ("optionRange", "codec", {"seed": -1}),
    "seed 2^53": ("optionRange", "codec", {"seed": 2**53}),
    "seed 1e300": ("optionRange", "foci", {"seed": 1e300}),
    "sigma": ("optionRange", "lfoci", {"sigma": -0.1}),
    "sigma inf": ("optionRange", "lfoci", {"sigma": np.inf}),
    "sigma text": ("optionType", "lfoci", {"sigma": "small"}),
    "draws": ("optionRange", "lcodec", {"draws": 0}),
    "draws 1.5": ("optionType", "lfoci", {"draws": 1.5}),
    "min_gain": ("optionRange", "foci", {"min_gain": -0.5}),
    "min_gain text": ("optionType", "lfoci", {"min_gain": "0"}),
    "missing": ("optionValue", "codec", {"missing": "omit"}),
    "missing true": ("optionValue", "codec_scores", {"missing": True}),
    "given 7": ("optionRange", "foci", {"given": [7]}),
    "given -1 and 7": ("optionRange", "lfoci", {"given": [-1, 0, 7]}),
    "given twice": ("optionRange", "codec_scores", {"given": [1, 0, 1, 0]}),
    "given 0.5": ("optionType", "foci", {"given": [0, 0.5]}),
    "given true": ("optionType", "foci", {"given": True}),
    "groups overlap": ("optionRange", "foci", {"groups": [[0, 1], [1]]}),
    "groups empty": ("optionValue", "lfoci", {"groups": [[0], []]}),
    "groups unknown": ("optionRange", "codec_scores", {"groups": [[0, 7, -1]]}),
    "groups twice": ("optionRange", "foci", {"groups": [[0, 0, 1]]}),
    "groups 0.5": ("optionType", "foci", {"groups": [[0, 0.5]]}),
    "groups too few labels": ("optionRange", "lfoci", {"groups": ["a"]}),
    "groups too many labels": ("optionRange", "codec_scores", {"groups": [1, 1, 2]}),
    "groups NaN": ("optionValue", "foci", {"groups": [1.0, np.nan]}),
    "groups text": ("optionType", "foci", {"groups": "ab"}),
    "groups true": ("optionType", "foci", {"groups": True}),
    "groups of part": ("optionValue", "foci", {"groups": [[0, 1]], "given": [1]}),
    "groups of part, text": ("optionValue", "codec_scores", {"groups": ["u", "u"], "given": [0]}),
    "graph": ("unknownOption", "foci_graph", {"given": [0]}),
    "n_jobs 0": ("optionRange", "codec", {"n_jobs": 0}),
    "n_jobs 1.5": ("optionType", "lcodec", {"n_jobs": 1.5}),
    "n_jobs text": ("optionType", "foci_graph", {"n_jobs": "all"}),
    "memory_limit": ("optionRange", "foci", {"memory_limit": 1e6}),
    "memory_limit text": ("optionType", "codec_scores", {"memory_limit": "1 GB"}),
    "memory_limit first": ("optionRange", "lfoci", {"memory_limit": 0, "progress": 3}),
    "memory_limit -inf": ("optionRange", "foci", {"memory_limit": -np.inf}),
    "response": ("optionValue", "codec", {"response": "sorted"}),
    "response of xi": ("optionValue", "xi", {"response": "Nominal"}),
    "progress": ("optionType", "lfoci", {"progress": 2}),
    "progress text": ("optionType", "foci", {"progress": "bar"}),
    "no progress": ("unknownOption", "codec_scores", {"progress": True}),
    "first in order": ("optionType", "foci", {"seed": -1, "max_features": "all"}),
}

# Types that look different in the two languages: Python value, MATLAB source of its counterpart.
TYPES: dict[str, tuple[str, Any, str]] = {
    "sparse": ("sparseInput", scipy.sparse.eye(6).tocsr(), "speye(6)"),
    "sparse array": ("sparseInput", scipy.sparse.csr_array(Z), "sparse(ones(6, 2))"),
    "text": ("notNumeric", "words", "'words'"),
    "list of text": ("notNumeric", ["a", "b", "c"], "{'a'; 'b'; 'c'}"),
    "container": ("notNumeric", [{}, [], ()], "{{}, [], {}}"),
    "object": ("notNumeric", {"a": 1}, "struct('a', 1)"),
    "function": ("notNumeric", len, "@numel"),
    "unequal rows": ("notNumeric", [[1, 2], [3]], "{[1, 2], 3}"),
    "complex scalar": ("complexInput", [1, 2, 3j], "[1; 2; 3i]"),
}

# Types that both convert: Python value and MATLAB source.
CONVERTED: dict[str, tuple[Any, str]] = {
    "boolean": (Y > 2, "(0:5)' > 2"),
    "int8": (np.array([3, -128, 127, 3, 0, 1], np.int8), "int8([3; -128; 127; 3; 0; 1])"),
    "uint64": (np.array([2**60, 1, 2, 3, 4, 5], np.uint64), "uint64([2^60; 1; 2; 3; 4; 5])"),
    "single": (np.array([0.1, 0.2, 0.3, 3, 1, 1], np.float32), "single([.1; .2; .3; 3; 1; 1])"),
}


@pytest.mark.parametrize("case", VALUES)
def test_codec_values(engine: Engine, case: str) -> None:
    id_, arguments = VALUES[case]
    arguments = (*arguments, None)[:3]
    reply = assert_same_bits(engine, "codec", *arguments)
    assert reply.error is not None
    assert reply.error[0] == f"lcodec:{id_}"


@pytest.mark.parametrize("name", ["foci", "lfoci"])
@pytest.mark.parametrize(
    ("id_", "table", "y"),
    [
        ("sizeMismatch", Z, Y[:5]),
        ("sizeMismatch", np.ones((4, 6)), Y),
        ("tooFewRows", Z[:2], Y[:2]),
        ("tooFewRows", np.ones((2, 6)), Y),
        ("nonFinite", _with(Z, np.nan), Y),
        ("nonFinite", _with(Z, 1, np.inf), Y),
        ("emptyInput", np.empty((6, 0)), Y),
        ("notVector", Z, np.ones((6, 2, 2))),
        ("badScale", Z * 1e200, Y),
        ("complexInput", Z, Y * 1j),
    ],
)
def test_foci_values(engine: Engine, name: str, id_: str, table: Any, y: Any) -> None:
    reply = assert_same_bits(engine, name, table, y, standardize="none")
    assert reply.error is not None
    assert reply.error[0] == f"lcodec:{id_}"


@pytest.mark.parametrize("case", OPTIONS)
def test_options(engine: Engine, case: str) -> None:
    id_, name, options = OPTIONS[case]
    arguments = {"codec": (Y, Z, None), "lcodec": (Y, Z, None), "foci_graph": (Z,)}.get(
        name, (Z, Y)
    )
    reply = assert_same_bits(engine, name, *arguments, **options)
    assert reply.error is not None
    assert reply.error[0] == f"lcodec:{id_}"


SPELLINGS = sorted({name for names in spellings.OTHERS.values() for name in names})


@pytest.mark.parametrize("name", [*SPELLINGS, "NFeatures", "na.rm", "seeed", "zz"])
def test_what_others_call_an_option(engine: Engine, name: str) -> None:
    for function in (
        "codec", "lcodec", "xi", "codec_test", "codec_scores", "foci", "foci_stability",
        "foci_graph",
    ):  # fmt: skip
        arguments: tuple[Any, ...] = {
            "xi": (Y, Y), "foci_graph": (Z,), "foci": (Z, Y), "codec_scores": (Z, Y),
            "foci_stability": (Z, Y),
        }.get(function, (Y, Z, None))  # fmt: skip
        reply = assert_same_bits(engine, function, *arguments, **{name: 1})
        if name != "n_neighbors" or function == "xi":
            assert reply.error is not None
            assert reply.error[0] == "lcodec:unknownOption"


def test_values_of_options_without_case(engine: Engine) -> None:
    options = {"ties": "First", "standardize": "STD", "missing": "Drop"}
    assert assert_same_bits(engine, "codec", Y, Z, None, **options).error is None
    assert assert_same_bits(engine, "codec_test", Y, Z, None, method="Permutation").error is None


def test_infinity_is_no_limit(engine: Engine) -> None:
    limits = {"max_features": np.inf, "memory_limit": np.inf, "progress": 0}
    assert assert_same_bits(engine, "foci", Z, Y, **limits).error is None


@pytest.mark.parametrize("mask", [[True, False], [False, False], [True], [True, True, True]])
def test_masks(engine: Engine, mask: list[bool]) -> None:
    python = python_reply("codec_scores", (Z, Y, mask), {})
    source = "true" if mask == [True] else f"logical({[int(item) for item in mask]})"
    other = engine.call("codec_scores", Z, Y, Expression(source))
    if mask == [True]:  # to MATLAB a mask of one entry is a truth value
        assert other.error == (
            "lcodec:optionType", "`given` must list columns of `X`, got true"
        )  # fmt: skip
    else:
        agreement.compare("codec_scores", python, other)


def test_text_in_the_place_of_x_starts_the_options(engine: Engine) -> None:
    for name in ("codec", "lcodec", "codec_test"):
        short, long = (engine.call(name, Y, Z, *x, "seed", 3.0) for x in ((), (None,)))
        assert short.error is long.error is None
        assert short.values[0] == long.values[0]
        assert engine.call(name, Y, Z, "words").error == (
            "lcodec:unknownOption",
            python_reply(name, (Y, Z), {"words": 1}).error[1],  # type: ignore[index]
        )
    short, long = (engine.call("codec_scores", Z, Y, *x, "ties", "first") for x in ((), (None,)))
    assert short.error is long.error is None
    assert np.array_equal(short.values[0], long.values[0])


@pytest.mark.parametrize("case", TYPES)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_types(engine: Engine, case: str, place: int) -> None:
    if (case, place) == ("text", 2):
        return  # there it is the name of an option
    id_, value, source = TYPES[case]
    arguments: list[Any] = [Y, Z, Z]
    theirs = list(arguments)
    arguments[place], theirs[place] = value, Expression(source)
    python, other = python_reply("codec", tuple(arguments), {}), engine.call("codec", *theirs)
    assert python.error is not None
    assert python.error[0] == f"lcodec:{id_}"
    assert other.error == python.error


@pytest.mark.parametrize("case", CONVERTED)
def test_conversions(engine: Engine, case: str) -> None:
    value, source = CONVERTED[case]
    other = engine.call("codec", Y, Expression(source))
    assert other.error is None
    assert other.values[0].item() == lcodec.codec(Y, value)


def test_matlab_only_mistakes(engine: Engine) -> None:
    assert engine.call("codec", Y).error == (
        "lcodec:missingInput",
        "codec needs `y` and `z`: codec(y, z) or codec(y, z, x)",
    )
    missing = engine.call("codec", Y, Z, None, "ties")
    assert missing.error == ("lcodec:optionName", "option `ties` has no value")
    number = engine.call("foci", Z, Y, 3.0, 4.0)
    assert number.error == ("lcodec:optionName", "option names must be text, got 3")


def test_option_names_without_case_and_underscores(engine: Engine) -> None:
    plain = engine.call("foci", Z, Y, "max_features", 1.0, "stop", False, outputs=3)
    loose = engine.call("foci", Z, Y, "MaxFeatures", 1.0, "STOP", False, outputs=3)
    assert plain.error is loose.error is None
    assert plain.values[0] == loose.values[0]


def test_names_that_do_not_exist(engine: Engine) -> None:
    python = python_reply("foci", (Z, Y), {"given": ["age", "sex"]})
    assert python.error == (
        "lcodec:optionRange",
        "`given` must list columns of `X` by number, as they have no names, got 'age'",
    )
    assert engine.call("foci", Z, Y, "given", Expression("{'age', 'sex'}")).error == python.error
    named = python_reply("foci", (Z, "age"), {})
    assert named.error is not None
    assert engine.call("foci", Z, "age").error == named.error

"""Every option of the scrubber is checked."""

import inspect
from dataclasses import fields
from typing import get_args, get_type_hints

import pytest

from lcodec import LcodecError
from lcodec.scrub import Scrubber
from lcodec.scrub.options import Given, Options
from python.tests.scrub import convolution, paper, perceptron


@pytest.mark.parametrize(
    ("options", "id", "message"),
    [
        (
            {"select": "lfocy"},
            "optionValue",
            "`select` must be one of 'all', 'last_layer', 'lfoci', 'one', 'random', "
            "'top_gradient', got 'lfocy'",
        ),
        ({"select": 3}, "optionValue", "`select` must be one of .*, got 3"),
        ({"curvature": "ngn"}, "optionValue", "'secant', got 'ngn'"),
        (
            {"response": "logit"},
            "optionValue",
            "`response` must be one of 'influence', 'loss', 'margin'",
        ),
        (
            {"dampening": 1.0},
            "unknownOption",
            "unknown option `dampening`; the nearest known one is `damping`",
        ),
        (
            {"select": "random"},
            "missingOption",
            "`max_parameters` must be given for `select` 'random'",
        ),
        ({"max_parameters": 0}, "optionRange", "`max_parameters` must be at least 1, got 0"),
        ({"perturbations": 2}, "optionRange", "`perturbations` must be at least 3, got 2"),
        (
            {"perturbations": 10.5},
            "optionType",
            "`perturbations` must be a whole number, got 10.5",
        ),
        ({"noise": 0}, "optionRange", "`noise` must be above 0, got 0"),
        ({"noise": float("nan")}, "optionRange", "`noise` must be finite and at least 0, got NaN"),
        ({"damping": -1}, "optionRange", "`damping` must be finite and at least 0, got -1"),
        ({"damping": "a"}, "optionType", "`damping` must be a number, got 'a'"),
        ({"sigma": True}, "optionType", "`sigma` must be a number, got true"),
        ({"max_step": 0.0}, "optionRange", "`max_step` must be above 0, got 0"),
        ({"weight_decay": -0.1}, "optionRange", "`weight_decay` must be finite and at least 0"),
        ({"batch_size": 0}, "optionRange", "`batch_size` must be at least 1, got 0"),
        ({"memory_limit": 0}, "optionRange", "`memory_limit` must be at least 1, got 0"),
        ({"seed": -1}, "optionRange", "`seed` must be at least 0, got -1"),
    ],
)
def test_options_are_checked(options, id, message) -> None:
    with pytest.raises(LcodecError) as caught:
        paper.scrubber(**options)
    assert caught.value.id == f"lcodec:{id}"
    for part in message.split(".*"):
        assert part in str(caught.value)


@pytest.mark.parametrize(
    ("options", "id", "message"),
    [
        ({"layers": ["0", "hed"]}, "unknownLayer", "hed"),
        ({"layers": "0"}, "optionType", "`layers` must be a sequence of names, got '0'"),
        ({"privacy": 0.5}, "optionType", "`privacy` must be a Sekhari, got float"),
        ({"guard": True}, "optionType", "`guard` must be callable, got bool"),
        ({"perturb": "gauss"}, "optionType", "`perturb` must be 'auto' or callable, got 'gauss'"),
        ({"step": "bp"}, "optionValue", "`step` must be one of 'ascent', 'cr', 'newton'"),
        (
            {"gradient": "all"},
            "optionValue",
            "`gradient` must be one of 'contrast', 'forget', 'retain'",
        ),
        ({"solver": "inv"}, "optionValue", "`solver` must be one of 'auto', 'cg', 'dense'"),
        ({"curvature_samples": 0}, "optionRange", "`curvature_samples` must be at least 1, got 0"),
        ({"max_features": 0}, "optionRange", "`max_features` must be at least 1, got 0"),
        ({"learning_rate": 0}, "optionRange", "`learning_rate` must be above 0, got 0"),
    ],
)
def test_new_options_are_checked(options, id, message) -> None:
    convolution.refused(id, message, lambda: convolution.scrubber(**options).remove([1]))


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"layers": [0]}, "sequence of names, got"),
        ({"layers": "0"}, "sequence of names, got '0'"),
        ({"embeddings": "no"}, "`embeddings` must be true or false"),
        ({"progress": "no"}, "`progress` must be true or false"),
    ],
    ids=str,
)
def test_options_of_the_wrong_type(options, match) -> None:
    perceptron.refused(
        "optionType", match, lambda: perceptron.scrubber(perceptron.network(), **options)
    )


def test_names_types_and_defaults_are_declared_once() -> None:
    assert Given.__annotations__.keys() == {option.name for option in fields(Options)}
    for option in fields(Options):
        assert Given.__annotations__[option.name].__forward_arg__ == option.type
    signature = inspect.signature(Scrubber).parameters
    for option in fields(Options):
        assert signature[option.name].default == option.default
        assert f"\n    {option.name} : " in Scrubber.__doc__
    assert not [name for name in signature if f"    {name} : " not in Scrubber.__doc__]
    assert "{" + "options}" not in Scrubber.__doc__


def test_choices_are_those_of_the_rooms_that_serve_them() -> None:
    for name in ("select", "response", "features", "curvature", "solver", "gradient", "step"):
        with pytest.raises(LcodecError) as caught:
            Options(**{name: "?"})
        for value in get_args(get_type_hints(Options)[name]):
            assert f"'{value}'" in str(caught.value)
            options = {"max_parameters": 9} if name == "select" else {}
            assert getattr(Options(**{name: value}, **options), name) == value


def test_the_preset_gives_way_to_what_is_given() -> None:
    model, data = perceptron.network(), (perceptron.X, perceptron.Y)
    plans = [
        Scrubber(model, perceptron.CROSS_ENTROPY, data, perturbations=50, **options).plan([3])
        for options in (
            {"preset": "paper"},
            {"features": "activation", "response": "loss"},
            {"preset": "paper", "response": "margin"},
            {"preset": None},
        )
    ]
    assert [plan.response for plan in plans] == ["loss", "loss", "margin", "influence"]
    assert plans[0].slices == plans[1].slices
    with pytest.raises(LcodecError, match="`preset` must be one of 'paper', got 'papers'"):
        Scrubber(model, perceptron.CROSS_ENTROPY, data, preset="papers")

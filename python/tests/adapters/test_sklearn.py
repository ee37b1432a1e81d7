"""FOCI as scikit-learn's own checks and a user's pipeline see it."""

from __future__ import annotations

import doctest
import pickle
import subprocess
import sys
import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_wine
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

import lcodec
from lcodec import FociSelector

X, Y = load_wine(return_X_y=True, as_frame=True)


def test_the_checks_of_scikit_learn() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tiny tables: constant columns, nothing selected
        check_estimator(FociSelector())


def test_it_selects_what_foci_selects() -> None:
    selector = FociSelector(n_neighbors=3).fit(X, Y)
    result = lcodec.foci(X, Y, n_neighbors=3, response="nominal")
    assert selector.selected_.tolist() == result.selected.tolist()
    assert selector.scores_.tolist() == result.scores.tolist()
    assert selector.cumulative_.tolist() == result.cumulative.tolist()
    assert selector.stop_reason_ == result.stop_reason
    assert selector.pvalues_.tolist() == []
    assert selector.get_support(indices=True).tolist() == sorted(result.selected.tolist())
    assert selector.get_feature_names_out().tolist() == sorted(result.names, key=[*X].index)


@pytest.mark.parametrize(
    ("y", "meaning"),
    [
        (Y, "nominal"),
        (np.array(["a", "b", "c"])[Y], "nominal"),
        (Y > 0, "nominal"),
        (np.arange(len(Y)), "ordered"),
        (X["alcohol"], "ordered"),
        (np.round(X["proline"]), "ordered"),  # floats that are whole
    ],
)
def test_what_y_means(y: object, meaning: str) -> None:
    selector = FociSelector(max_features=2).fit(X, y)
    assert selector.response_ == meaning
    named = FociSelector(max_features=2, response=meaning).fit(X, y)
    assert selector.selected_.tolist() == named.selected_.tolist()


def test_in_a_grid_search_over_a_pipeline() -> None:
    pipe = make_pipeline(FociSelector(), StandardScaler(), KNeighborsClassifier())
    grid = {"fociselector__n_neighbors": [1, 3], "fociselector__min_gain": [0.0, 0.1]}
    search = GridSearchCV(pipe, grid, cv=3).fit(X, Y)
    assert search.best_score_ > 0.8
    copied = pickle.loads(pickle.dumps(search))
    assert copied.predict(X).tolist() == search.predict(X).tolist()


def test_tables_come_out_as_tables() -> None:
    selector = FociSelector().set_output(transform="pandas").fit(X, Y)
    out = selector.transform(X)
    pd.testing.assert_frame_equal(out, X[selector.get_feature_names_out()])


def test_given_columns_and_groups_stay() -> None:
    selector = FociSelector(given=["ash", 4], max_features=1).fit(X, Y)
    mask = selector.get_support()
    assert mask[[2, 4]].all()
    assert mask.sum() == 3
    groups = [k // 2 for k in range(X.shape[1])]
    mask = FociSelector(groups=groups, max_features=1).fit(X, Y).get_support()
    assert mask.sum() == 2
    assert mask[::2][:6].tolist() == mask[1::2].tolist()


def test_missing_values() -> None:
    holes = X.copy()
    holes.iloc[3, 0] = np.nan
    with pytest.raises(ValueError, match="NaN"):
        FociSelector().fit(holes, Y)
    selector = FociSelector(missing="drop", given=[0])
    with pytest.warns(lcodec.LcodecWarning, match="dropped 1 of 178 rows"):
        out = selector.fit_transform(holes, Y)
    assert np.isnan(out[3, 0])


def test_the_test_stops_it() -> None:
    data, target = load_diabetes(return_X_y=True)
    selector = FociSelector(stop="test", n_resamples=99, n_neighbors=10).fit(data, target)
    assert selector.response_ == "ordered"
    assert selector.stop_reason_ == "not_significant"
    assert len(selector.pvalues_) == len(selector.selected_) + 1


def test_bad_options_are_said_when_it_is_fitted() -> None:
    for options, name in (({"response": "classes"}, "response"), ({"min_gain": -1}, "min_gain")):
        with pytest.raises(lcodec.LcodecError, match=f"`{name}`"):
            clone(FociSelector(**options)).fit(X, Y)
    with pytest.raises(TypeError, match="k_features"):
        FociSelector(k_features=2)


def test_lcodec_imports_it_when_it_is_asked_for() -> None:
    code = (
        "import sys, lcodec; assert 'FociSelector' in dir(lcodec);"
        "assert 'sklearn' not in sys.modules; sys.modules['sklearn.base'] = None\n"
        "try:\n    lcodec.FociSelector\nexcept ImportError as error:\n    print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "this needs scikit-learn: pip install scikit-learn"
    with pytest.raises(AttributeError, match="no attribute 'Foci'"):
        lcodec.Foci  # noqa: B018


def test_the_example_of_its_class() -> None:
    from lcodec.adapters import sklearn as module

    assert doctest.testmod(module).failed == 0


def test_integers_beyond_double_and_categories() -> None:
    """What scikit-learn would make numbers of in silence."""
    rng = np.random.default_rng(0)
    order, x = rng.permutation(60), rng.random((60, 1)).round(4)
    expected = lcodec.foci(x, order, stop=False).scores
    for base in (2**53, 2**63):
        y = np.array([base + int(value) for value in order])
        found = FociSelector(stop=False, response="ordered").fit(x, y).scores_
        assert found.tolist() == expected.tolist()
    codes = pd.Categorical(rng.integers(0, 12, 60))
    for column in (codes, list(map(str, codes)), pd.date_range("2026-01-01", periods=60)):
        with pytest.raises(lcodec.LcodecError, match="`X` must be numeric") as caught:
            FociSelector().fit(pd.DataFrame({"c": column, "x": x[:, 0]}), order)
        assert caught.value.id == "lcodec:notNumeric"
    gaps = pd.DataFrame({"x": np.where(x[:, 0] > 0.9, np.nan, x[:, 0])})
    with pytest.raises(lcodec.LcodecError, match="missing='drop'"):
        FociSelector().fit(gaps, order)
    pairs = pd.Series(pd.Categorical(np.arange(60) // 2))
    assert FociSelector(stop=False).fit(x, pairs).response_ == "nominal"
    grades = pd.Series(pd.Categorical(np.arange(60) // 2, ordered=True))
    assert FociSelector(stop=False).fit(x, grades).response_ == "ordered"

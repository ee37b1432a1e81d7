"""Results as people see them: printed, in notebooks, as tables of pandas, drawn."""

from __future__ import annotations

import dataclasses
import math
import sys
from collections.abc import Iterator
from html.parser import HTMLParser

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

import lcodec

mpl.use("agg")
from matplotlib import colors, pyplot

NONE = np.empty(0, dtype=np.int64)
RNG = np.random.default_rng(0)
X = pd.DataFrame(RNG.normal(size=(300, 4)), columns=["a", "<b>", "c & d", "e"])
Y = X["a"] * X["e"] + X["a"]


def selected(k: int, *, named: bool = True) -> lcodec.SelectionResult:
    scores = np.linspace(0.5, -0.05, k)
    return lcodec.SelectionResult(
        np.arange(k),
        scores,
        np.linspace(0.5, 0.9, k),
        "no_gain",
        NONE,
        tuple(f"a rather long name {i}" for i in range(k)) if named else (),
        tuple(np.array([i]) for i in range(k)),
    )


def graph(p: int, *, named: bool = True) -> lcodec.FociGraph:
    adjacency = np.where(RNG.random((p, p)) < 2 / p, RNG.random((p, p)), 0)
    np.fill_diagonal(adjacency, 0)
    adjacency[0, 1] = 0.5
    names = tuple(f"a rather long name {i}" for i in range(p)) if named else ()
    return lcodec.FociGraph(adjacency, NONE, names)


def matrix(p: int) -> lcodec.CodecMatrix:
    values = RNG.random((p, p))
    np.fill_diagonal(values, np.nan)
    names = tuple(f"a rather long name {i}" for i in range(p))
    used = np.full((p, p), 99)
    return lcodec.CodecMatrix(values, values / 10, "permutation", used, NONE, names)


def many_tests(p: int) -> lcodec.CodecTestsResult:
    values = np.linspace(-0.1, 0.8, p)
    return lcodec.CodecTestsResult(values, 1 - values, "moments", np.zeros(p, int), 9 * values)


def results(p: int) -> list:
    return [
        selected(p),
        lcodec.StabilityResult(np.linspace(0, 1, p), 100, 150),
        lcodec.CodecTestResult(0.4, 0.001, "moments", 0, 5.2),
        many_tests(p),
        lcodec.IntervalResult(0.4, 0.05, 0.3, 0.5, 0.95, 90, 200),
        graph(p),
        matrix(p),
    ]


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    pyplot.close("all")


def test_a_selection_is_printed_step_by_step() -> None:
    result = lcodec.foci(X, Y)
    lines = str(result).splitlines()
    assert lines[0] == "2 columns selected, then the end: no other column adds to them"
    assert lines[2].split() == ["step", "column", "score", "cumulative"]
    expected = [["1", "a", f"{result.scores[0]:.4f}", f"{result.cumulative[0]:.4f}"]]
    expected += [["2", "e", f"{result.scores[1]:.4f}", f"{result.cumulative[1]:.4f}"]]
    assert [line.split() for line in lines[3:]] == expected
    assert repr(result).startswith("SelectionResult(selected=array([0, 3])")


@pytest.mark.parametrize(
    ("names", "columns", "labels"),
    [
        (("x", "y+z"), ([4], [1, 2]), ["x", "y+z"]),
        ((), ([4], [7]), [4, 7]),  # of groups, `selected` has other numbers
        ((), (), [4, 1]),
        ((), ([4], [1, 2]), ["4", "1+2"]),
    ],
)
def test_columns_go_by_name_or_by_number(names, columns, labels) -> None:
    one = lcodec.SelectionResult(
        np.array([4, 1]), np.zeros(2), np.zeros(2), "exhausted", NONE, names,
        tuple(map(np.array, columns)), np.array([0.01, 0.02, 0.5]),
    )  # fmt: skip
    frame = one.to_frame()
    assert frame["column"].tolist() == labels
    assert frame["pvalue"].tolist() == [0.01, 0.02]  # not that of the step that ended the run
    assert "no column is left" in str(one)


def test_every_reason_to_stop_has_words() -> None:
    from lcodec.dependence.results import STOPS

    doc = lcodec.SelectionResult.__doc__ or ""
    assert all(f'``"{reason}"``' in doc for reason in STOPS)
    assert len(STOPS) == 5


@pytest.mark.parametrize("result", results(5), ids=lambda one: type(one).__name__)
def test_what_is_printed_is_what_the_frame_has(result) -> None:
    frame = result.to_frame()
    lines = str(result).splitlines()
    assert lines[2].split() == list(frame.columns)
    assert len(lines) == 3 + len(frame)
    assert "nan" not in repr(frame).lower() or math.isnan(result.z)
    assert dataclasses.is_dataclass(result)
    with pytest.raises(dataclasses.FrozenInstanceError):
        result.names = ()


def test_frames_keep_every_digit_and_the_order_of_columns() -> None:
    many = lcodec.codec_tests(X, Y)
    frame = many.to_frame()
    assert frame["column"].tolist() == list(X.columns)
    np.testing.assert_array_equal(frame["statistic"], many.statistic)
    np.testing.assert_array_equal(frame["pvalue"], many.pvalue)
    net = lcodec.foci_graph(X)
    for predictor, response, value in net.to_frame().itertuples(index=False):
        places = net.names.index(predictor), net.names.index(response)
        assert net.adjacency[places] == value
    assert len(net.to_frame()) == np.count_nonzero(net.adjacency)
    every = lcodec.codec_matrix(X, n_resamples=9)
    wide = every.to_frame().pivot(index="predictor", columns="response", values="statistic")
    wide = wide.loc[list(X.columns), list(X.columns)]
    np.testing.assert_array_equal(wide, every.statistic)


def test_long_results_are_printed_in_part_the_largest_first() -> None:
    result = lcodec.StabilityResult(np.arange(100) / 100, 50, 20)
    lines = str(result).splitlines()
    assert lines[3].split() == ["99", "0.9900"]
    assert lines[-1] == "70 more rows: to_frame() has all"
    assert len(lines) == 2 + 1 + 30 + 1
    assert len(result.to_frame()) == 100
    with_nan = lcodec.CodecTestsResult(
        np.array([np.nan, 0.1]), np.array([np.nan, 0.2]), "moments", NONE[:0].repeat(0), np.zeros(2)
    )
    assert with_nan.listing().order() == [1, 0]


def test_small_and_undefined_numbers_are_told() -> None:
    text = str(lcodec.CodecTestResult(math.nan, 1.5e-9, "moments"))
    assert text.splitlines()[-1].split() == ["nan", "1.50e-09", "moments", "0"]


def test_nothing_selected_is_said() -> None:
    empty = selected(0)
    assert str(empty) == "0 columns selected, then the end: no other column adds to them"
    assert empty.to_frame().columns.tolist() == ["step", "column", "score", "cumulative"]
    assert [text.get_text() for text in empty.plot().texts] == ["no column selected"]
    nothing = lcodec.FociGraph(np.zeros((2, 2)), NONE, ())
    assert str(nothing) == "0 edges between 2 columns"
    alone = lcodec.FociGraph(np.zeros((1, 1)), NONE, ())
    assert str(alone) == "0 edges: there is a single column"
    constant = dataclasses.replace(empty, stop_reason="determined")
    assert ": y is constant, or a function of the given columns, in" in str(constant)
    assert len(nothing.to_frame()) == 0
    assert nothing.to_networkx().number_of_edges() == 0


class Cells(HTMLParser):
    """Collects the texts of cells, and whatever tags there are."""

    def __init__(self) -> None:
        super().__init__()
        self.tags, self.cells = set(), []

    def handle_starttag(self, tag, attrs) -> None:
        self.tags.add(tag)
        if tag in ("td", "th"):
            self.cells.append("")

    def handle_data(self, data) -> None:
        if self.cells:
            self.cells[-1] += data


@pytest.mark.parametrize("result", results(4), ids=lambda one: type(one).__name__)
def test_html_has_the_printed_cells(result) -> None:
    reader = Cells()
    reader.feed(result._repr_html_())
    cells = [cell.strip() for cell in reader.cells]
    heads, rows, _ = result.listing()._printed()
    assert cells == [*heads, *(cell for row in rows for cell in row)]


def test_names_are_text_in_html() -> None:
    bad = ("<script>alert(1)</script>", '"&"')
    page = lcodec.FociGraph(np.array([[0, 0.5], [0, 0]]), NONE, bad)._repr_html_()
    reader = Cells()
    reader.feed(page)
    assert "script" not in reader.tags
    assert reader.cells[3] == bad[0]
    assert reader.cells[4] == bad[1]


@pytest.mark.parametrize("p", [3, 30])
@pytest.mark.parametrize("style", ["default", "dark_background"])
def test_everything_can_be_drawn_and_read(p: int, style: str) -> None:
    with pyplot.style.context(style):
        for result in results(p):
            ax = result.plot()
            ax.figure.canvas.draw()
            background = np.array(colors.to_rgb(ax.figure.get_facecolor()))
            labels = [*ax.get_xticklabels(), *ax.get_yticklabels(), *ax.texts]
            in_cells = [text for text in ax.texts if ax.images]
            for text in labels:
                if text.get_text() and text not in in_cells:
                    colour = np.array(colors.to_rgb(text.get_color()))
                    assert abs(colour - background).max() > 0.9
            visible = ax.get_yticklabels() if ax.axison else ax.texts
            assert not overlaps([label for label in visible if label.get_text()])
            assert inside(ax)


def overlaps(texts: list) -> bool:
    """Whether any two names that stand upright lie on one another."""
    boxes = [text.get_window_extent() for text in texts if text.get_rotation() % 180 == 0]
    return any(one.overlaps(other) for k, one in enumerate(boxes) for other in boxes[:k])


def inside(ax) -> bool:
    """Whether the names at the nodes of a graph lie in the figure."""
    figure = ax.figure.bbox
    boxes = [text.get_window_extent() for text in ax.texts if text.get_text()]
    return all(figure.x0 <= box.x0 and box.x1 <= figure.x1 and figure.y0 <= box.y0 for box in boxes)


def test_radial_names_of_thirty_nodes_do_not_meet() -> None:
    """Neighbours on the circle are further apart than a line of text is high."""
    ax = graph(30).plot()
    ax.figure.canvas.draw()
    texts = [text for text in ax.texts if text.get_text()]
    places = ax.transData.transform([text.get_position() for text in texts])
    gaps = np.hypot(*(places - np.roll(places, 1, axis=0)).T)
    height = texts[0].get_fontsize() * ax.figure.dpi / 72
    assert gaps.min() > height


def test_bars_are_the_scores_and_the_line_is_cumulative() -> None:
    result = selected(5)
    ax = result.plot()
    np.testing.assert_array_equal([bar.get_width() for bar in ax.patches], result.scores)
    (line,) = (line for line in ax.lines if len(line.get_xdata()) == 5)
    np.testing.assert_array_equal(line.get_xdata(), result.cumulative)
    assert ax.get_ylim()[0] > ax.get_ylim()[1]  # the first on top
    assert len(selected(99).plot().patches) == 40


def test_bars_of_tests_are_faint_where_p_is_large() -> None:
    ax = many_tests(4).plot()  # p from 0.2 to 1.1
    assert {bar.get_alpha() for bar in ax.patches} == {0.45}
    widths = [bar.get_width() for bar in ax.patches]
    assert widths == sorted(widths, reverse=True)


def test_axes_that_are_given_are_used() -> None:
    for result in results(3):
        _, ax = pyplot.subplots()
        assert result.plot(ax) is ax


def test_signs_of_formulas_in_names_are_drawn_as_they_are() -> None:
    one = dataclasses.replace(selected(2), names=("$cost", "a_$b"))
    ax = one.plot()
    ax.figure.canvas.draw()
    assert [label.get_text() for label in ax.get_yticklabels()] == [r"\$cost", r"a_\$b"]


def test_a_graph_goes_to_networkx() -> None:
    one = lcodec.FociGraph(np.array([[0, 0.5, 0], [0, 0, -0.1], [0, 0, 0]]), NONE, ("a", "b", "c"))
    net = one.to_networkx()
    assert list(net.nodes) == ["a", "b", "c"]
    assert dict(net.edges) == {("a", "b"): {"weight": 0.5}, ("b", "c"): {"weight": -0.1}}
    assert list(dataclasses.replace(one, names=()).to_networkx().edges) == [(0, 1), (1, 2)]
    with pytest.raises(lcodec.LcodecError, match="must differ for `to_networkx`, got 'a' twice"):
        dataclasses.replace(one, names=("a", "a", "c")).to_networkx()


@pytest.mark.parametrize(
    ("module", "call", "extra"),
    [
        ("pandas", lambda: selected(2).to_frame(), "tables"),
        ("matplotlib.pyplot", lambda: selected(2).plot(), "plot"),
        ("networkx", lambda: graph(3).to_networkx(), "networkx"),
    ],
)
def test_a_package_that_is_not_there_is_named(monkeypatch, module, call, extra) -> None:
    class Absent:
        def find_spec(self, name, path=None, target=None):
            if name.split(".")[0] == module.split(".")[0]:
                raise ModuleNotFoundError(name=name)

    for name in [name for name in sys.modules if name.split(".")[0] == module.split(".")[0]]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [Absent(), *sys.meta_path])
    with pytest.raises(lcodec.LcodecError, match=rf"pip install 'lcodec\[{extra}\]'") as error:
        call()
    assert error.value.id == "lcodec:noPackage"
    assert str(selected(2))  # printing needs nothing
    assert selected(2)._repr_html_()

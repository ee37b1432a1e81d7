import re
from html.parser import HTMLParser

import pytest

from lcodec.cli import page as module
from lcodec.cli.figure import Row, bars
from lcodec.cli.page import html

WICKED = "<script>alert('&\"')</script>"


def report(**fields):
    """A report as `to_dict` gives it."""
    slices = [("0", 0, 5), ("0", 3, 5), ("features.conv", 1, 19)]
    return {
        "forgotten": 3,
        "retained": 57,
        "ids": [1, 2, "person 3"],
        "select": "lfoci",
        "response": "margin",
        "slices": [
            {"layer": layer, "kind": "Linear", "unit": unit, "parameters": size}
            for layer, unit, size in slices
        ],
        "dropped": [],
        "uncovered": [
            {"layer": "norm", "kind": "LayerNorm", "parameters": 12, "reason": "not supported"}
        ],
        "parameters_touched": 29,
        "parameters_total": 1_160,
        "step": "newton",
        "curvature": "ggn",
        "damping": 1e-3,
        "step_norm": 0.75,
        "step_clipped": False,
        "gradient_before": 0.5,
        "gradient_after": 0.125,
        "residual_before": 0.25,
        "residual_after": 0.0625,
        "loss_before": 0.25,
        "loss_after": 2.5,
        "predicted_change": -0.01,
        "actual_change": -0.02,
        "noise": None,
        "seconds": {"record": 1.5, "solve": 0.25},
        **fields,
    }


class Structure(HTMLParser):
    """Elements that are open at the end or closed out of turn, and all tags and text."""

    VOID = frozenset({"meta", "rect"})

    def __init__(self, text):
        super().__init__()
        self.open, self.wrong, self.tags, self.text = [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag in self.VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)

    def handle_data(self, data):
        self.text.append(data.strip())


def test_the_page_says_what_the_report_says() -> None:
    found = Structure(html(report(), {"measures": {"Accuracy": (0.95, 0.9)}}))
    for text in (
        "Removal of 3 samples",
        "Norm of the gradient on the retained data",
        "0.5",
        "0.125",
        "2.5",
        "2 slices, 10 parameters",
        "features.conv",
        "Selected by lfoci on the margin.",
        "1.50 s",
        "LayerNorm",
        '1, 2, "person 3"',
        "0.95",
        "Change of the objective that the step goes down: predicted -0.01, measured -0.02.",
    ):
        assert text in found.text, text
    summary = " ".join(found.text)
    assert "29 of 1,160 parameters (2.5\u00a0%) changed" in summary
    assert "25\u00a0% of that difference is left." in summary
    assert "nothing is certified" in summary


def test_what_speaks_against_a_removal_is_said_first() -> None:
    found = html(report(residual_after=0.375, warnings=["the residual grew"]))
    assert "150\u00a0% of that difference is left.</p>" in found
    first, after = found.index("<li>Warning: the residual grew.</li>"), found.index("<table")
    assert first < after


def test_what_matters_comes_before_all_tables() -> None:
    fields = {"gradient_share": 0.0681, "coverage": 0.25, "cost": 22.25, "refits": 2.5}
    found = Structure(html(report(**fields, predicted_loss_change=0.5, passes={"record": 4.0})))
    share = "changes the gradient on the retained data by 6.81 % of its length; the rest of it is"
    assert found.text.index("In short") < found.text.index("Before and after")
    for text in (
        f"{share} training that was not finished, and is left as it is",
        "25 % of all; the others are listed below",
        "expected to rise (to first order +0.5)",
        "22.2 passes over the retained data, 2.5 times the work of training again",
        "4.00",
    ):
        assert text in found.text, text


def test_a_refit_has_a_column_of_its_own() -> None:
    extra = {"refit": {"loss": 2.25}, "measures": {"Accuracy": (0.5, 0.25, 0.125)}}
    text = html(report(), extra)
    assert '<th class="number">after</th><th class="number">refit</th>' in text
    for name, *values in (
        ("Accuracy", 0.5, 0.25, 0.125),
        ("Mean loss on the removed samples", 0.25, 2.5, 2.25),
    ):
        cells = "".join(f'<td class="number">{value}</td>' for value in values)
        assert f"<tr><td>{name}</td>{cells}</tr>" in text


def test_a_plan_promises_nothing() -> None:
    plan = {name: value for name, value in report().items() if not name.endswith("_after")}
    text = html(plan)
    assert "Nothing has been changed: this is what removing 3 samples would do." in text
    assert "would change" in text
    assert ">after<" not in text
    assert "certified" not in text


@pytest.mark.parametrize(
    ("certified", "title"),
    [(True, "Certified removal"), (False, "Heuristic noise, no certificate")],
)
def test_noise_is_called_certified_only_where_it_is(certified, title) -> None:
    reasons = () if certified else ("the model is not linear",)
    noise = {"scope": "all", "sigma": 0.01, "certified": certified, "reasons": reasons}
    found = Structure(html(report(noise=noise)))
    assert title in found.text
    assert ("the model is not linear" in found.text) == (not certified)
    assert ("Certified removal" in found.text) == certified


def test_the_words_of_a_ledger_make_a_page_too() -> None:
    entry = {"forgotten": 2, "slices": {"0": [1, 2], "head": [0]}, "gradient_before": 0.0}
    text = html({**entry, "gradient_after": 0.0})
    assert "2 slices" in text
    assert "head" in text
    assert Structure(text).wrong == []


def wicked(value):
    """The same report with a script in every text, names of fields excepted."""
    if isinstance(value, str):
        return WICKED
    if isinstance(value, dict):
        return {name: wicked(part) for name, part in value.items()}
    return [wicked(part) for part in value] if isinstance(value, list) else value


def test_every_text_is_escaped() -> None:
    noise = {"scope": "all", "certified": False, "reasons": ["none"]}
    facts = {WICKED: WICKED}
    extra = {"title": WICKED, "measures": {WICKED: (1.0, 2.0)}}
    extra.update(ledger=facts, command=facts, options=facts)
    text = html(
        wicked(report(noise=noise, seconds={WICKED: 1.0})) | {"seconds": {WICKED: 1.0}}, extra
    )
    assert "<script" not in text
    assert "alert('" not in text
    found = Structure(text)
    assert found.wrong == found.open == []
    assert found.text.count(WICKED) > 10


def test_the_page_needs_nothing_from_elsewhere() -> None:
    text = html(report(), {"options": {"weight_decay": 0.1}})
    found = Structure(text)
    assert found.wrong == found.open == []
    assert not {"script", "link", "img", "iframe", "object"} & {tag for tag, _ in found.tags}
    outside = re.findall(r"https?://[^\"' ]+", text)
    assert set(outside) <= {"http://www.w3.org/2000/svg"}  # a name, not an address
    assert "url(" not in text
    assert "@import" not in text


def test_many_ids_are_cut_short() -> None:
    text = html(report(ids=list(range(1000)), forgotten=1000))
    assert "199 and 800 more" in text
    assert "200," not in text


def test_bars_are_in_proportion_and_stay_inside() -> None:
    rows = [Row("first", 2.0, "two"), Row("second", 1.0, "one", "old"), Row("third", 0.0, "none")]
    found = Structure(bars("title", rows))
    drawn = [given for tag, given in found.tags if tag == "rect"]
    assert [given["width"] for given in drawn] == ["100.0%", "50.0%", "0.5%"]  # still to be seen
    assert drawn[1]["class"] == "old"
    assert bars("all zero", [Row("a", 0.0, "0")]).count("<rect") == 1


def test_docstring_examples() -> None:
    import doctest

    assert doctest.testmod(module).failed == 0

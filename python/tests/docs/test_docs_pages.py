"""The pages in docs/: examples run, links lead somewhere, tables say what the code says."""

from __future__ import annotations

import doctest
import inspect
import re
import runpy
from pathlib import Path

import pytest

import lcodec
from lcodec.checks import ids

ROOT = Path(__file__).resolve().parents[3]
DOCS = ROOT / "docs"
GENERATED = DOCS / "parity.md"  # by `make parity`: need not exist, and its words are not ours
PAGES = sorted(page for page in DOCS.glob("*.md") if page != GENERATED)
SITE = sorted((DOCS / "site").glob("*.md"))  # the pages that only the site has
FUNCTIONS = [getattr(lcodec, name) for name in lcodec.__all__]
FUNCTIONS = [
    item
    for item in FUNCTIONS
    if not isinstance(item, type) and item.__annotations__.keys() - {"return"}
]


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def examples(page: Path) -> str:
    """Return the fenced Python blocks with prompts, in order: one session for each page."""
    blocks = re.findall(r"^ *```python\n(.*?)^ *```", text_of(page), re.DOTALL | re.MULTILINE)
    return "\n".join(block for block in blocks if ">>>" in block)


@pytest.mark.parametrize(
    "page", [page for page in (*PAGES, *SITE) if examples(page)], ids=lambda page: page.name
)
def test_examples(page: Path) -> None:
    test = doctest.DocTestParser().get_doctest(examples(page), {}, page.name, str(page), 0)
    assert doctest.DocTestRunner().run(test).failed == 0


def test_pages_that_should_have_examples_do() -> None:
    for name in ("options", "lcodec", "reading-t"):
        assert len(examples(DOCS / f"{name}.md").splitlines()) > 5, name


def targets(text: str) -> list[str]:
    """Return the relative links and images of a page, without its code."""
    prose = re.sub(r"^ *```.*?^ *```", "", text, flags=re.DOTALL | re.MULTILINE)
    prose = re.sub(r"`[^`\n]*`", "", prose)
    links = re.findall(r"\]\(([^)\s]+)\)", prose)
    return [link for link in links if not re.match(r"[a-z]+:", link)]


def headings(page: Path) -> set[str]:
    """Return the anchors that GitHub gives the headings of a page."""
    titles = re.findall(r"^#+ (.*)$", text_of(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", [ROOT / "README.md", *PAGES], ids=lambda page: page.name)
def test_relative_links_exist(page: Path) -> None:
    for link in targets(text_of(page)):
        name, _, anchor = link.partition("#")
        file = (page.parent / name).resolve() if name else page
        assert file == GENERATED or file.exists(), link
        assert file.is_relative_to(ROOT), link
        if anchor:
            assert anchor in headings(file), link


def test_links_are_found() -> None:
    text = "[a](b.md) ![c](d.png) [e](https://f.org) `[g](h)`\n```\n[i](j)\n```\n[k](#l)"
    assert targets(text) == ["b.md", "d.png", "#l"]


def test_the_index_names_every_page() -> None:
    index = set(targets(text_of(DOCS / "README.md")))
    assert {page.name for page in PAGES} - {"README.md"} <= index


def options_table() -> dict[str, dict[str, str]]:
    """Return {function: {option: default as written}} from docs/options.md."""
    lines = [line for line in text_of(DOCS / "options.md").splitlines() if line.startswith("| ")]
    rows = [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines]
    head = next(row for row in rows if row[0] == "option")
    body = rows[rows.index(head) + 1 :][: len(rows)]
    table: dict[str, dict[str, str]] = {name: {} for name in head[1:]}
    for row in body:
        if len(row) != len(head):
            break
        for function, cell in zip(head[1:], row[1:], strict=True):
            if cell:
                table[function][row[0]] = cell
    return table


def test_the_table_of_options_is_complete() -> None:
    actual = {}
    for function in FUNCTIONS:
        parameters = inspect.signature(function).parameters
        options = {
            name: repr(p.default) for name, p in parameters.items() if p.kind == p.KEYWORD_ONLY
        }
        if "given" in parameters:
            options["given"] = repr(parameters["given"].default)
        actual[function.__name__] = options
    assert options_table() == actual
    sections = re.findall(r"^## `(\w+)`$", text_of(DOCS / "options.md"), re.MULTILINE)
    assert set(sections) == {name for options in actual.values() for name in options}


def test_statistics_lists_every_error_id() -> None:
    page = text_of(DOCS / "statistics.md")
    tables = (ids.DATA, ids.OPTIONS, ids.WARNINGS, ids.PYTHON, ids.MATLAB)
    assert [id for table in tables for id in table if f"`{id}`" not in page] == []


def test_the_figure_of_lcodec_is_made_of_the_numbers_beside_it() -> None:
    script = runpy.run_path(str(DOCS / "figures" / "plot_lcodec.py"))
    page = text_of(DOCS / "lcodec.md")
    for share, name in zip(script["SHARES"], ("balanced bit", "20 % ones"), strict=True):
        row = page.split(f"| {name} |")[1].split("\n")[0].strip("| ").split(" | ")
        place = script["SIGMAS_SAME"].index(0.3)
        assert float(row[place]) == round(script["of_itself"](share, 0.3), 3)
        assert float(row[0]) == pytest.approx(script["limit"](share), abs=0.01)
    mean, error = script["independent_given_x"](0.3)
    row = page.split("| T_L(Y, Z given X) |")[1].split("\n")[0].strip("| ").split(" | ")
    assert float(row[script["SIGMAS_CONDITION"].index(0.3)]) == round(mean, 3)
    assert mean > 4 * error
    image = (DOCS / "figures" / "lcodec.png").read_bytes()
    assert image.startswith(b"\x89PNG")

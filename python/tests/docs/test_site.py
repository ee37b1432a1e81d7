"""The documentation site: it builds without a warning, its links resolve, its tabs work."""

from __future__ import annotations

import functools
import html
import http.server
import json
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest

import lcodec
import lcodec.scrub
from python.tests.browser import needs_browser, shown

pytest.importorskip("sphinx", reason="the site is built with Python 3.11 or newer")

ROOT = Path(__file__).resolve().parents[3]
EXAMPLES = ROOT / "examples" / "gallery"
GALLERY = sorted(EXAMPLES.rglob("*.py"))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built from a copy of the pages, so that nothing is written beside them."""
    folder = tmp_path_factory.mktemp("site")
    pages = shutil.copytree(
        ROOT / "docs",
        folder / "docs",
        ignore=shutil.ignore_patterns("generated", "gallery", "__pycache__"),
    )
    for name in ("python", "matlab", "examples"):
        (folder / name).symlink_to(ROOT / name)
    built = folder / "html"
    made = subprocess.run(
        [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html",
         "-c", pages / "site", pages, built],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (made.returncode, made.stderr) == (0, "")
    return built


class Page(HTMLParser):
    """What a page can be reached by, and what it leads to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.links: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note ids, links, scripts and images."""
        of = {name: value for name, value in attrs if value}
        self.names |= {of[name] for name in ("id", "name") if name in of}
        kind = {"a": "href", "link": "href", "script": "src", "img": "src"}.get(tag)
        if kind is not None and kind in of:
            self.links.append(of[kind])


def test_every_internal_link_resolves_and_nothing_is_fetched(site: Path) -> None:
    files = [page for page in site.rglob("*.html") if "_static" not in page.parts]
    pages = {page: Page(page.read_text(encoding="utf-8")) for page in files}
    assert len(pages) > 80
    lost, fetched = [], []
    for page, content in pages.items():
        for link in content.links:
            if re.match(r"[a-z]+:", link):
                fetched += [link] * link.endswith((".js", ".css"))
                continue
            name, _, anchor = unquote(link).partition("#")
            target = (page.parent / name.split("?")[0]).resolve() if name else page
            known = pages[target].names if target in pages else {anchor}
            if not target.exists() or (anchor and anchor not in known):
                lost.append(f"{page.relative_to(site)}: {link}")
    assert (lost, fetched) == ([], [])


def test_every_public_name_has_its_page(site: Path) -> None:
    pages = {page.stem for page in (site / "site" / "generated").glob("*.html")}
    names = {f"lcodec.{name}" for name in (*lcodec.__all__, "FociSelector")}
    assert names | {f"lcodec.scrub.{name}" for name in lcodec.scrub.__all__} == pages


def test_the_help_of_every_matlab_function_is_there(site: Path) -> None:
    page = (site / "site" / "matlab.html").read_text(encoding="utf-8")
    text = html.unescape(re.sub("<[^>]*>", "", page))
    functions = {
        file.stem
        for file in (ROOT / "matlab").glob("*.m")
        if file.read_text(encoding="utf-8").startswith("function")
    }
    assert "foci" in functions
    for name in sorted(functions - {"buildfile"}):
        assert f"{name.upper()} " in text, name


def test_the_search_finds_a_function(site: Path) -> None:
    index = (site / "searchindex.js").read_text(encoding="utf-8")
    found = json.loads(index.removeprefix("Search.setIndex(").rstrip(")"))
    assert "site/generated/lcodec.foci" in found["docnames"]
    assert "neighbour" in str(found["terms"].keys())


def numbers(text: str) -> set[str]:
    """Return the numbers that a text names, but no years."""
    found = set(re.findall(r"(?<![\w.])\d+(?:\.\d+)?(?!\w)", text))
    return {number for number in found if not re.fullmatch(r"(1[6-9]|20)\d\d", number)}


@pytest.mark.parametrize("script", GALLERY, ids=lambda script: script.stem)
def test_an_example_of_the_gallery(site: Path, script: Path) -> None:
    """It ran without a warning, and its text has no number that it does not print or check."""
    parser = pytest.importorskip("sphinx_gallery.py_source_parser")
    name = f"{script.relative_to(EXAMPLES).with_suffix('')}.html"
    page = (site / "site" / "gallery" / name).read_text(encoding="utf-8")
    assert "sphx-glr-single-img" in page or "sphx-glr-multi-img" in page
    assert f'href="{name}"' in (site / "site" / "gallery" / "index.html").read_text("utf-8")
    _, blocks = parser.split_code_and_text_blocks(str(script))
    prose = "\n".join(block[1] for block in blocks if block[0] == "text")
    code = "\n".join(block[1] for block in blocks if block[0] == "code")
    printed = re.findall(r'class="sphx-glr-script-out.*?</pre>', page, re.DOTALL)
    out = html.unescape(re.sub("<[^>]*>", "", "\n".join(printed)))
    assert numbers(prose) <= numbers(code) | numbers(out)
    assert "Warning: " not in out


def test_the_gallery_is_large_enough() -> None:
    assert len(GALLERY) >= 10


FRAME = """<!DOCTYPE html><body><iframe src="site/index.html" width="WIDTH" height="900"></iframe>
<script>
document.querySelector("iframe").onload = (event) => {
  const page = event.target.contentDocument, labels = [...page.querySelectorAll(".sd-tab-label")];
  const shown = () => [...page.querySelectorAll(".sd-tab-content")].map(
    (one) => event.target.contentWindow.getComputedStyle(one).display !== "none");
  const before = shown();
  labels[1].click();
  document.body.dataset.found = JSON.stringify({
    names: labels.map((one) => one.textContent.trim()), before, after: shown(),
    wide: Math.max(0, page.documentElement.scrollWidth - event.target.contentWindow.innerWidth),
  });
};
</script></body>
"""


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files, and says nothing."""

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def address(site: Path) -> Iterator[str]:
    """Where the site is served on this machine."""
    handler = functools.partial(Quiet, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@needs_browser
@pytest.mark.parametrize("width", [375, 1280])
def test_a_browser_shows_the_tabs_without_an_error(
    site: Path, address: str, tmp_path: Path, width: int
) -> None:
    (site / f"frame-{width}.html").write_text(FRAME.replace("WIDTH", str(width)), encoding="utf-8")
    document, told = shown(f"{address}/frame-{width}.html", tmp_path, "--virtual-time-budget=8000")
    assert [line for line in told if "[PST]: Changed to" not in line] == []  # the theme's own note
    (text,) = re.findall(r'data-found="([^"]*)"', document)
    assert json.loads(html.unescape(text)) == {
        "names": ["Python", "MATLAB"],
        "before": [True, False],
        "after": [False, True],
        "wide": 0,
    }

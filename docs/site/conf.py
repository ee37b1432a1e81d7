"""The documentation site: ``make docs`` builds it from the pages in docs/, offline."""

from __future__ import annotations

import itertools
import re
import sys
import textwrap
from pathlib import Path

from sphinx.application import Sphinx

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str((ROOT / "python").resolve()))  # one path, one cache of compiled code

import lcodec  # noqa: E402

project = "lcodec"
author = "the lcodec authors"
version = release = lcodec.__version__
extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
    "sphinx-mathjax-offline",
    "sphinx_design",
    "numpydoc",
    "sphinx_gallery.gen_gallery",
]
root_doc = "site/index"
exclude_patterns = ["README.md", "parity.md"]  # the index on GitHub, and a report that is not kept

myst_enable_extensions = ["colon_fence", "dollarmath"]
myst_heading_anchors = 4
myst_url_schemes = ["http", "https", "mailto"]
suppress_warnings = ["myst.header"]  # pages of a reference begin where their parent ends

autosummary_generate = True
autodoc_typehints = "none"  # the docstrings say the types, with shapes
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False

GALLERY = "../examples/gallery"
sphinx_gallery_conf = {
    "examples_dirs": GALLERY,
    "gallery_dirs": "site/gallery",
    "subsection_order": [f"{GALLERY}/{part}" for part in ("select", "measure", "test", "forget")],
    "filename_pattern": "/",  # every script runs
    "nested_sections": False,
    "remove_config_comments": True,
    "capture_repr": (),
    "download_all_examples": False,
    "show_memory": False,
    "show_signature": False,
    "write_computation_times": False,
    "min_reported_time": 3600,
    "matplotlib_animations": False,
}

html_theme = "pydata_sphinx_theme"
html_title = "lcodec"
html_context = {"default_mode": "auto"}
html_static_path = ["static"]
html_css_files = ["gallery.css"]
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "show_prev_next": False,
    "navigation_with_keys": False,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": [],
    "footer_end": [],
    "pygments_light_style": "tango",
    "pygments_dark_style": "monokai",
}


def files_of_the_repository(app: Sphinx, name: str, source: list[str]) -> None:
    """Name what a page links to outside docs/: the site has no copy of it."""
    source[0] = re.sub(r"\[([^\]]*)\]\(\.\./([^)\s]+)\)", _named, source[0])
    source[0] = source[0].replace("](README.md)", "](site/index.md)")


def _named(link: re.Match[str]) -> str:
    text, path = link.groups()
    same = text.strip("`") in (path, Path(path).name)
    return f"`{path}`" if same else f"{text} (`{path}`)"


def help_of_matlab(app: Sphinx, name: str, source: list[str]) -> None:
    """Put the help of the functions, as ``help foci`` shows it, where the page asks for it."""
    source[0] = re.sub(r"^HELP OF (\w+)$", _help, source[0], flags=re.MULTILINE)


def _help(asked: re.Match[str]) -> str:
    lines = (ROOT / "matlab" / f"{asked[1]}.m").read_text(encoding="utf-8").splitlines()
    lines = lines[next(at for at, line in enumerate(lines) if line.startswith("%")) :]
    text = [line[1:].rstrip() for line in itertools.takewhile(lambda one: one[:1] == "%", lines)]
    return f"## {asked[1]}\n\n```text\n" + textwrap.dedent("\n".join(text)) + "\n```\n"


def setup(app: Sphinx) -> None:
    """Register what is ours."""
    app.connect("source-read", files_of_the_repository)
    app.connect("source-read", help_of_matlab)

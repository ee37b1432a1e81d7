"""What a package index shows: no relative link, which would lead nowhere there."""

import re
import runpy
import sys
import types
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


def metadata(monkeypatch: pytest.MonkeyPatch, root: Path = ROOT) -> dict:
    """Run the hook without hatchling, whose interface only keeps the project's folder."""
    interface = types.ModuleType("hatchling.metadata.plugin.interface")
    interface.MetadataHookInterface = object
    monkeypatch.setitem(sys.modules, interface.__name__, interface)
    hook = runpy.run_path(str(ROOT / "hatch_build.py"))["Addresses"]()
    hook.root = str(root)
    result = {"version": "1.2.3"}
    hook.update(result)
    return result


def test_links_lead_to_the_pages_of_the_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LCODEC_REPOSITORY", "https://example.org/o/lcodec/")
    result = metadata(monkeypatch)
    links = re.findall(r"\]\(([^)]+)\)", result["readme"]["text"])
    assert "https://example.org/o/lcodec/blob/v1.2.3/docs/options.md" in links
    assert [link for link in links if not link.startswith("https://")] == []
    assert result["urls"]["Issues"] == "https://example.org/o/lcodec/issues"


def test_without_an_address_links_are_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LCODEC_REPOSITORY", raising=False)
    result = metadata(monkeypatch)
    text = result["readme"]["text"]
    assert re.findall(r"\]\(", text) == []
    assert "docs/options.md has every option" in text
    assert all(address.startswith("https://arxiv.org/") for address in result["urls"].values())


def test_other_links_stay(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LCODEC_REPOSITORY", "https://example.org/o/lcodec")
    text = "[a](b.md) [c](https://d.org) [e](#f)"
    (tmp_path / "README.md").write_text(text, encoding="utf-8")
    shown = metadata(monkeypatch, tmp_path)["readme"]["text"]
    assert shown == text.replace("b.md", "https://example.org/o/lcodec/blob/v1.2.3/b.md")

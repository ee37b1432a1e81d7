"""The page in a browser, where there is one: nothing sticks out, and all of it can be read."""

import json
import re
from html import unescape
from pathlib import Path

import pytest

from lcodec.cli.page import html
from python.tests.browser import needs_browser, shown
from python.tests.cli.test_page import report

MEASURE = """
<script>
const page = document.documentElement, seen = [...document.body.querySelectorAll("*")];
const name = (one) => `${one.tagName}.${one.className.baseVal ?? one.className}`;
const box = (one) => one.getBoundingClientRect();
const words = (one) => [...one.childNodes].some((part) => part.nodeType === 3 && part.data.trim());
const light = (text) => {
  const [r, g, b] = text.match(/[0-9.]+/g).map((part) => part / 255)
    .map((part) => part <= .04045 ? part / 12.92 : ((part + .055) / 1.055) ** 2.4);
  return .2126 * r + .7152 * g + .0722 * b + .05;
};
const paper = light(getComputedStyle(document.body).backgroundColor);
const contrast = (one) => {
  const ink = light(getComputedStyle(one).color);
  return Math.max(ink, paper) / Math.min(ink, paper);
};
const texts = seen.filter((one) => one.tagName !== "SCRIPT" && words(one));
const meets = (one, other) => one.left < other.right && other.left < one.right
  && one.top < other.bottom && other.top < one.bottom;
const found = {
  width: innerWidth,
  wide: Math.max(0, page.scrollWidth - innerWidth),
  outside: seen.filter((one) => box(one).right > innerWidth + .5 || box(one).left < -.5).map(name),
  small: texts.filter((one) => parseFloat(getComputedStyle(one).fontSize) < 12).map(name),
  pale: texts.filter((one) => contrast(one) < 4.5).map(name),
  dark: paper < .5,
  rows: document.querySelectorAll(".row").length,
  meeting: [...document.querySelectorAll(".row")].filter((row) => {
    const [label, bar, value] = [...row.children].map(box);
    return meets(label, value) || meets(bar, value) || meets(label, bar) || !bar.width;
  }).map((row) => row.textContent),
};
parent.postMessage(JSON.stringify(found), "*");
</script>
"""
FRAME = """<!DOCTYPE html><meta name="color-scheme" content="light dark"><body><script>
addEventListener("message", (message) => { document.body.dataset.found = message.data; });
</script><iframe src="page.html" width="WIDTH" height="900" style="border: 0"></iframe></body>
"""  # a browser's own window cannot be as narrow as a telephone's


@needs_browser
@pytest.mark.parametrize(("width", "dark"), [(375, True), (1280, False)])
def test_the_page_fits_and_can_be_read(tmp_path: Path, width, dark) -> None:
    layer = "distilbert.transformer.layer.0.attention.q_lin"
    slices = [{"layer": layer, "kind": "Linear", "unit": 0, "parameters": 123_456_789}]
    rest = {"layer": layer, "kind": "NonDynamicallyQuantizableLinear", "parameters": 12_345_678}
    extra = {
        "measures": {"Membership attack, removed against test data": (0.123456, 0.5, 0.5)},
        "refit": {"loss": 2.25e-9, "accuracy": 0.5},
        "ledger": {"SHA-256 of the weights after": 64 * "a"},
        "command": {"weights": "/" + 9 * "a-folder-with-a-long-name/" + "model.safetensors"},
    }
    fields = report(
        slices=slices,
        uncovered=[{**rest, "reason": "not a supported layer type"}],
        warnings=["the residual grew"],
        ids=[f"person {number}" for number in range(300)],
        gradient_before=1.234e-9,
        gradient_after=1.234e-11,
        gradient_share=0.0681,
        coverage=0.25,
        predicted_loss_change=0.5,
        cost=22.2,
        refits=2.77,
    )
    page = tmp_path / "page.html"
    page.write_text(html(fields, extra).replace("</body>", f"{MEASURE}</body>"), encoding="utf-8")
    frame = tmp_path / "frame.html"
    frame.write_text(FRAME.replace("WIDTH", str(width)), encoding="utf-8")
    scheme = f"--blink-settings=preferredColorScheme={int(not dark)}"
    document, told = shown(frame.as_uri(), tmp_path / "profile", scheme, "--window-size=1400,900")
    found = json.loads(unescape(re.search(r'data-found="([^"]*)"', document)[1]))
    assert (found.pop("width"), found.pop("dark"), found.pop("rows") > 3) == (width, dark, True)
    assert found == {"wide": 0, "outside": [], "small": [], "pale": [], "meeting": []}
    assert told == []

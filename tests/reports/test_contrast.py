"""Contrast of every text of a page with what lies behind it, by WCAG 2.2 (1.4.3), on light and on dark pages."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from reports.figures import COLOURS
from reports.findings_figures import COLOURS as FINDINGS
from reports.shades import GROUND, night
from tests.chrome import chrome
from tests.reports.made_page import page

#: Of the lines that the page of a sweep draws by itself.
_SWEEP = files("reports").joinpath("templates/sweep.js").read_text()
SWEPT = re.findall(r'"(#\w{6})"', next(line for line in _SWEEP.splitlines() if "const COLOURS" in line))
#: Texts whose ratio of luminances is below 4.5, or 3 where they are large.
FAINT = """(() => {
  const channel = (c) => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const parts = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
  const solid = (text) => { const p = parts(text); return p.length > 2 && (p.length < 4 || p[3] > 0.99); };
  const behind = (e) => { for (; e; e = e.parentElement) {
    const text = getComputedStyle(e).backgroundColor; if (solid(text)) return parts(text); }
    return matchMedia("(prefers-color-scheme: dark)").matches ? [18, 18, 18] : [255, 255, 255]; };
  const found = {};
  for (const e of document.querySelectorAll("body *")) {
    if (![...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim())) continue;
    if (["SCRIPT", "STYLE", "OPTION"].includes(e.tagName) || !e.getClientRects().length) continue;
    const style = getComputedStyle(e), svg = e instanceof SVGElement;
    const colour = svg ? style.fill : style.color;
    if (!solid(colour) || style.opacity === "0" || style.visibility === "hidden") continue;
    const [a, b] = [light(parts(colour)), light(behind(e))].sort((x, y) => y - x);
    const size = parseFloat(style.fontSize), large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    const ratio = (a + 0.05) / (b + 0.05);
    const what = `${e.tagName} ${colour} on ${behind(e)}`;
    if (ratio < (large ? 3 : 4.5)) found[what] = ratio.toFixed(2) + " " + e.textContent.trim().slice(0, 30);
  }
  return Object.entries(found).map((entry) => entry.join(": ")); })()"""


def luminance(colour: str) -> float:
    """Relative luminance of a colour as #RRGGBB."""
    parts = [int(colour[place : place + 2], 16) / 255.0 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def ratio(one: str, other: str) -> float:
    """Of two colours: 1 for the same, 21 for black on white."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_ratios_by_hand():
    assert ratio("#000000", "#FFFFFF") == pytest.approx(21.0)
    assert ratio("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.005)  # the grey that just fails


@pytest.mark.parametrize("colour", sorted({*COLOURS, *FINDINGS, *SWEPT}))
def test_lines_stand_out_on_light_and_on_dark_pages(colour):
    assert ratio(colour, "#FFFFFF") >= 3.0
    assert ratio(night(colour), GROUND) >= 3.0


@pytest.mark.browser
@pytest.mark.parametrize("dark", [False, True])
def test_no_text_of_the_page_is_faint(dark, tmp_path):
    path = page(tmp_path, 3, 2, 800)[1]
    with chrome() as browser:
        browser.open(path, dark=dark)
        browser.ask("document.querySelectorAll('details').forEach((part) => { part.open = true; })")
        assert browser.ask(FAINT) == []

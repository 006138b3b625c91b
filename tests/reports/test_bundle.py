"""Which of Plotly's bundles a page carries, and that the one kept here is Plotly's own."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest
from plotly.offline import get_plotlyjs

from reports import template
from reports.sweep_page import write_sweep_page
from tests.browser import visit
from tests.reports.made_page import page
from tests.reports.test_sweep_page import report

#: Of ``plotly-cartesian.min.js`` in the npm package plotly.js-cartesian-dist-min 4.1.1.
SHA256 = "79542150855a52c567260e3137095dbe2b744e6d702a5cabe67da246942fba7a"
#: The traces that it registers.
DRAWS = {
    *("bar", "box", "contour", "heatmap", "histogram", "histogram2d", "histogram2dcontour", "image", "pie"),
    *("scatter", "scatterternary", "violin"),
}
REPORTS = Path(template.__file__).parent


def version(script: str) -> str:
    return re.search(r"plotly\.js (?:\([^)]*\) )?v([\d.]+)", script)[1]


def test_the_bundle_is_plotlys_own_to_the_byte():
    assert hashlib.sha256(template.CARTESIAN.read_bytes()).hexdigest() == SHA256
    assert "Permission is hereby granted" in template.CARTESIAN.with_name("plotly-cartesian.LICENSE").read_text()


def test_it_is_of_the_version_that_the_python_package_draws_for():
    """A new plotly: take the cartesian bundle of its version from npm, and its checksum."""
    assert version(template.CARTESIAN.read_text()) == version(get_plotlyjs())


def test_no_chart_of_a_page_that_carries_it_needs_more():
    traces = set()
    for path in REPORTS.glob("*.py"):
        traces |= {name.lower() for name in re.findall(r"\bgo\.([A-Z]\w+)\(", path.read_text()) if name != "Figure"}
        traces |= set(re.findall(r"\.add_([a-z0-9]+)\(", path.read_text()))
    assert {"scatter", "bar", "heatmap", "violin"} <= traces
    assert traces - DRAWS <= {"trace", "hline", "vline", "annotation", "shape", "vrect", "sheet"}


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bundles")
    write_sweep_page(report(), folder / "sweep.html")
    return page(folder, 7, 4, 7500, volume=2e6)[1], folder / "sweep.html"


def test_the_page_of_thirty_years_and_seven_policies_is_under_two_and_a_half_megabytes(pages):
    assert pages[0].stat().st_size < 2_500_000


@pytest.mark.browser
def test_either_bundle_draws_what_its_page_asks_for(pages):
    for path, least in zip(pages, (6, 3), strict=True):
        seen = visit(path, 1000)
        assert [line for line in seen.console if "WebGL" not in line] == []
        assert seen.dom.count('class="main-svg"') >= least

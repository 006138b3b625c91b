"""The charts of a run's page in a browser: one axis of dates, light and dark, keys, and a table for each."""

from __future__ import annotations

import re

import numpy as np
import pytest

from reports import figures
from reports.chart_table import bars, over_time
from reports.shades import GROUND, NIGHT, night
from reports.text import percent
from simulator.metrics import drawdown_path
from tests.chrome import chrome
from tests.reports.made_page import page

LINKED = (
    *("growth-of-1", "drawdown", "the-year-before", "liquidity-coverage", "days-to-cash", "weights", "turnover"),
    *("cost-of-trading-over-time", "signals", "what-the-policy-did", "what-each-decision-added", "limits-that-bit"),
)
RANGES = f"""Object.fromEntries({list(LINKED)}.map((name) => {{
  const layout = document.getElementById("chart-" + name).layout;
  return [name, Object.keys(layout).filter((key) => /^xaxis/.test(key)).map((key) => layout[key].range.map(String))];
}}))"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return page(tmp_path_factory.mktemp("charts"), 3, 2, 2450, volume=20_000.0)


@pytest.fixture(scope="module")
def opened(made):
    """The page, opened once."""
    with chrome() as open_page:
        open_page.open(made[1])
        yield open_page


@pytest.fixture
def browser(opened, made):
    """The page with all its dates, in light, that has logged and asked for nothing when a test is done with it."""
    opened.scheme(dark=False)
    opened.ask("document.querySelector('#period [type=reset]').click()")
    opened.wait(f"Object.values({RANGES}).flat().every((one) => one[0].startsWith('{made[0].start}'))")
    yield opened
    assert opened.console == opened.requests == []


def ranges(browser) -> dict[str, set[tuple[str, str]]]:
    found = browser.ask(RANGES)
    return {name: {tuple(text[:10] for text in texts) for texts in each} for name, each in found.items()}


def everywhere(first: str, last: str) -> dict[str, set[tuple[str, str]]]:
    return {name: {(first, last)} for name in LINKED}


def place(browser, chart: str, share: float) -> tuple[float, float]:
    """Where a share of the way along a chart's dates is, halfway up, once it is in view."""
    x, y = browser.ask(
        f"""(() => {{ const chart = document.getElementById("chart-{chart}"); chart.scrollIntoView({{block: "center"}});
        const box = chart.getBoundingClientRect(), axis = chart._fullLayout.xaxis, size = chart._fullLayout._size;
        return [box.left + axis._offset + {share} * axis._length, box.top + size.t + size.h / 4]; }})()"""
    )
    return float(x), float(y)


def drag(browser, chart: str, begin: float, end: float) -> None:
    (x, y), (to, _) = place(browser, chart, begin), place(browser, chart, end)
    browser.mouse("mouseMoved", x, y)
    browser.mouse("mousePressed", x, y, "left")
    for step in np.linspace(x, to, 5):
        browser.mouse("mouseMoved", step, y, "left")
    browser.mouse("mouseReleased", to, y, "left")


@pytest.mark.browser
def test_dates_dragged_over_in_one_chart_are_those_of_all(browser, made):
    comparison = made[0]
    assert ranges(browser) == everywhere(comparison.start, comparison.end)
    for chart in ("drawdown", "signals"):
        drag(browser, chart, 0.25, 0.5)
        browser.wait(f"document.querySelector('#period [name=to]').value < '{comparison.end}'")
        [now] = ranges(browser)["growth-of-1"]
        sessions = comparison.first.sessions
        days = (sessions[-1] - sessions[0]).astype(int)
        for day, share in zip(now, (0.25, 0.5), strict=True):
            assert abs((np.datetime64(day) - sessions[0]).astype(int) - share * days) < 0.01 * days + 2
        browser.wait(
            f"new Set(Object.values({RANGES}).flat().map((one) => one.map((t) => t.slice(0, 10)).join())).size < 2"
        )
        assert ranges(browser) == everywhere(*now)
        browser.ask("document.querySelector('#period [type=reset]').click()")
        browser.wait(f"document.getElementById('chart-growth-of-1').layout.xaxis.range[0] === '{comparison.start}'")
        assert ranges(browser) == everywhere(comparison.start, comparison.end)


@pytest.mark.browser
def test_a_crisis_and_dates_of_ones_own_are_shown_in_all(browser, made):
    browser.ask(
        "[...document.querySelectorAll('#period [data-start]')].find((b) => b.textContent === '2007–09').click()"
    )
    browser.wait("document.getElementById('chart-signals').layout.xaxis.range[0].startsWith('2007-10-09')")
    assert ranges(browser) == everywhere("2007-10-09", "2009-03-09")
    browser.ask(
        "(() => { const from = document.querySelector('#period [name=from]'); from.value = '2008-01-02';"
        "from.dispatchEvent(new Event('change', {bubbles: true})); })()"
    )
    browser.wait("document.getElementById('chart-signals').layout.xaxis.range[0].startsWith('2008-01-02')")
    assert ranges(browser) == everywhere("2008-01-02", "2009-03-09")


@pytest.mark.browser
def test_what_is_pointed_at_in_one_chart_is_pointed_at_in_all(browser, made):
    browser.mouse("mouseMoved", *place(browser, "drawdown", 0.5))
    browser.wait(f"document.querySelectorAll('.moment:not([hidden])').length === {len(LINKED)}")
    browser.wait("document.querySelectorAll('#chart-growth-of-1 .hoverlayer .legend').length === 1")
    dates = browser.ask(
        "['growth-of-1', 'drawdown'].map((name) => "
        "document.querySelector(`#chart-${name} .hoverlayer text`).textContent)"
    )
    assert len(set(dates)) == 1
    browser.mouse("mouseMoved", 2, 2)
    browser.wait("document.querySelectorAll('.moment').length === 0")


@pytest.mark.browser
def test_keys_read_a_chart(browser, made):
    comparison = made[0]
    browser.ask("document.getElementById('chart-growth-of-1').focus()")
    browser.key("End")
    said = browser.ask("document.getElementById('reading').textContent")
    assert said.startswith(f"{comparison.end}: ")
    last = {name: figures.growth_path(record.returns)[-1] for name, record in comparison.records.items()}
    assert {name: float(value) for name, value in re.findall(r"(band-\d+) ([\d.]+)", said)} == pytest.approx(
        last, rel=1e-3
    )
    browser.key("ArrowLeft")
    assert browser.ask("document.getElementById('reading').textContent") < said
    assert browser.ask("document.querySelectorAll('.moment').length") == len(LINKED)
    browser.key("Escape")
    assert browser.ask("document.querySelectorAll('.moment').length") == 0


@pytest.mark.browser
def test_a_policy_chosen_in_one_list_is_shown_in_all(browser, made):
    comparison, lists = made[0], "document.querySelectorAll('select[data-of=policy]')"
    assert browser.ask(f"{lists}.length") == 5
    assert set(browser.ask(f"[...{lists}].map((e) => e.value)")) == {"band-001"}  # the first but the benchmark
    for name in ("band-002", "band-001"):
        browser.ask(
            f"(() => {{ const list = {lists}[0]; list.value = '{name}';"
            "list.dispatchEvent(new Event('change', {bubbles: true})); })()"
        )
        assert set(browser.ask(f"[...{lists}].map((e) => e.value)")) == {name}
        last = browser.ask(
            "document.getElementById('chart-weights')._fullData"
            ".map((trace) => [trace.name, Array.from(trace.y).at(-1)])"
        )
        held = comparison.records[name].weights.iloc[-1]
        assert dict(last) == pytest.approx(dict(held), rel=3e-4, abs=1e-6)
        assert ranges(browser) == everywhere(comparison.start, comparison.end)


def typed(browser, form: str, **values: str) -> None:
    browser.ask(f"""(() => {{ const form = document.getElementById("{form}");
    for (const [name, value] of Object.entries({values})) form.elements[name].value = value;
    form.dispatchEvent(new Event("input")); }})()""")


@pytest.mark.browser
def test_figures_between_two_dates_are_those_of_the_ledger(browser, made):
    comparison = made[0]
    rows = "Object.fromEntries([...document.querySelectorAll('#window-table tbody tr')].map((row) => "
    rows += "[row.cells[0].innerText, [...row.cells].slice(1).map((cell) => cell.innerText)]))"
    window = comparison.metrics["band-000"].windows[-1]
    browser.wait("document.getElementById('window-said').textContent !== ''")
    for name, texts in browser.ask(rows).items():
        own = comparison.metrics[name].windows[-1]
        assert texts == [percent(own.total_return), percent(own["max_drawdown"])]
    assert browser.ask("document.getElementById('window').elements.from.value") == window.start
    typed(browser, "window", **{"from": "2008-03-01", "to": "2008-11-29"})
    for name, texts in browser.ask(rows).items():
        level = np.cumprod(1.0 + comparison.records[name].returns)["2008-03-01":"2008-11-29"]
        fall = (level / level.cummax() - 1.0).min()
        assert texts == [percent(level.iloc[-1] / level.iloc[0] - 1.0), percent(fall)]
    typed(browser, "window", **{"from": "2008-11-29", "to": "2008-03-01"})
    assert {text for texts in browser.ask(rows).values() for text in texts} == {"–"}
    assert "are needed" in browser.ask("document.getElementById('window-said').textContent")


@pytest.mark.browser
def test_trades_are_found_by_asset_date_side_and_the_dates_of_the_charts(browser, made):
    fills = made[0].fills
    browser.wait("document.getElementById('found').textContent !== ''")
    own = fills[fills["policy"] == "band-002"]
    asset, day = own["asset"].iloc[-1], str(own["date"].iloc[-1])
    found = "document.getElementById('found').textContent"
    rows = "[...document.querySelectorAll('#blotter tbody tr')].map((row) => [...row.cells].map((c) => c.innerText))"
    for terms, mask in (
        ("", own["asset"] != ""),
        (f"{asset} BUY", (own["asset"] == asset) & (own["side"] == "buy")),
        (f"{day[:7]} {asset}", (own["asset"] == asset) & own["date"].astype(str).str.startswith(day[:7])),
    ):
        typed(browser, "search", policy="band-002", terms=terms)
        wanted = own[mask].iloc[::-1]
        assert browser.ask(found).startswith(f"{len(wanted):,} fills, ")
        shown = browser.ask(rows)
        assert len(shown) == min(len(wanted), 200)
        for (date, name, side, shares, price, *_), (_, fill) in zip(shown, wanted.iterrows(), strict=False):
            assert [date, name, side] == [str(fill["date"]), fill["asset"], fill["side"]]
            assert float(shares.replace(",", "")) == pytest.approx(fill["shares"], rel=1e-6)
            assert float(price.replace(",", "")) == pytest.approx(fill["price"], rel=1e-6)
    typed(browser, "search", policy="band-002", terms="")
    browser.ask("document.querySelector('#search [name=dates]').click()")
    browser.ask("document.querySelector('#period [data-start=\"2007-10-09\"]').click()")
    days = own["date"].astype(str)
    browser.wait(f"{found}.startsWith('{((days >= '2007-10-09') & (days <= '2009-03-09')).sum():,} fills')")
    browser.ask("document.querySelector('#search [name=dates]').click()")


UNNAMED = "[...document.querySelectorAll('.chart, .scroll')].filter((e) => e.tabIndex !== 0 || !e.ariaLabel).length"
TABLES = """[...document.querySelectorAll(".chart")].map((e) =>
e.parentElement.querySelector(`#${e.id} + .as-table table, #${e.id} ~ .scroll table`) !== null)"""


@pytest.mark.browser
def test_every_chart_has_a_name_a_place_among_keys_and_a_table(browser):
    assert browser.ask(UNNAMED) == 0
    assert browser.ask(TABLES) == [True] * (len(LINKED) + 1)


BACKGROUND = "getComputedStyle(document.body).backgroundColor"
LINE = "document.querySelector('#chart-drawdown .scatterlayer .js-line').style.stroke"


@pytest.mark.browser
def test_light_and_dark_and_light_in_print(browser, made):
    assert (browser.ask(BACKGROUND), browser.ask(LINE)) == ("rgb(255, 255, 255)", "rgb(0, 0, 0)")
    drag(browser, "growth-of-1", 0.2, 0.4)
    before = ranges(browser)
    browser.scheme(dark=True)
    browser.wait(f"{LINE} === 'rgb(242, 244, 247)'")
    assert browser.ask(BACKGROUND) == "rgb(20, 24, 29)"
    assert browser.ask("getComputedStyle(document.querySelector('.swatch')).backgroundColor") == "rgb(242, 244, 247)"
    assert ranges(browser) == before
    browser.scheme(dark=True, media="print")
    browser.ask("dispatchEvent(new Event('beforeprint'))")
    browser.wait(f"{LINE} === 'rgb(0, 0, 0)'")
    assert browser.ask(BACKGROUND) == "rgb(255, 255, 255)"
    browser.scheme(dark=True)
    browser.ask("dispatchEvent(new Event('afterprint'))")
    browser.wait(f"{LINE} === 'rgb(242, 244, 247)'")


BEYOND = """[...document.querySelectorAll("main *")].filter((e) => !e.closest(".scroll, .chart"))
.concat([...document.querySelectorAll(".chart svg")])
.filter((e) => e.getBoundingClientRect().right > innerWidth + 1).map((e) => e.outerHTML.slice(0, 99))"""


@pytest.mark.browser
def test_nothing_lies_beside_a_phones_screen(made):
    with chrome() as phone:
        phone.open(made[1], 400, 800, dark=True)
        assert phone.ask(LINE) == "rgb(242, 244, 247)"
        assert phone.ask("document.documentElement.scrollWidth") == 400
        assert phone.ask(BEYOND) == []
        narrow = {"width": 320, "height": 800, "deviceScaleFactor": 1, "mobile": True}
        phone.call("Emulation.setDeviceMetricsOverride", **narrow)
        phone.wait(f"innerWidth === 320 && {BEYOND}.length === 0")  # charts follow the room they have
        assert phone.console == phone.requests == []


def contrast(one: str, other: str) -> float:
    """Of two colours, as WCAG 2.1 defines it."""
    bright = []
    for colour in (one, other):
        parts = [int(colour[k : k + 2], 16) / 255.0 for k in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        bright.append(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2])
    return (max(bright) + 0.05) / (min(bright) + 0.05)


def test_contrast_is_that_of_the_standard():
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21.0)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


def test_every_policys_colour_stands_out_from_a_dark_page_and_from_the_others():
    shown = [night(colour) for colour in figures.COLOURS]
    assert len(set(shown)) == len(figures.COLOURS)
    assert min(contrast(colour, GROUND) for colour in shown) > 4.0
    assert 1.5 < contrast(night(figures.GREY), GROUND) < 3.0  # what is not pointed out stands back
    assert all(re.fullmatch(r"#[0-9A-F]{6}", colour) for colour in NIGHT.values())


def test_the_table_of_lines_says_what_the_lines_do(made):
    records = made[0].records
    table = over_time(figures.drawdowns(records), "{:.4f}".format)
    assert [row[0] for row in table.rows] == list(records)
    for row, record in zip(table.rows, records.values(), strict=True):
        path = drawdown_path(record.returns.to_numpy(np.float64))
        assert row[1:] == [
            f"{path[0]:.4f}",
            f"{path.min():.4f}",
            f"{record.index[path.argmin()]:%Y-%m-%d}",
            f"{path.max():.4f}",
            f"{record.index[path.argmax()]:%Y-%m-%d}",
            f"{path[-1]:.4f}",
        ]


def test_the_table_of_bars_says_what_the_bars_do(made):
    metrics = made[0].metrics
    table = bars(figures.costs(metrics), "{:.4f}".format)
    assert table.head[1:4] == ["spread", "temporary", "permanent"]
    assert [row[0] for row in table.rows] == list(metrics)
    for row, metric in zip(table.rows, metrics.values(), strict=True):
        assert row[1] == f"{metric.cost_components_bps_annual['spread']:.4f}"

"""Small inputs after what users of other backtesters report, through the command line: the figure worked by hand."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from scenarios.cli import main

SCENARIO = """
[scenario]
name = "small"
[market]
source = "csv"
path = "prices"
cash_rate = 0.0
prices = "{prices}"
{market}
[portfolio]
weights = {{{weights}}}
[costs]
half_spread_bps = 0
eta = 0
gamma = 0
[policies.passive]
kind = "hold"
"""


def bars(
    closes, first: str = "2019-01-01", dates: pd.DatetimeIndex | None = None, volume: object = 1e6
) -> pd.DataFrame:
    """A file's rows: four equal prices a session."""
    days = pd.bdate_range(first, periods=len(closes)) if dates is None else dates
    frame = pd.DataFrame(dict.fromkeys(("Open", "High", "Low", "Close"), np.asarray(closes, float)))
    return frame.assign(Volume=volume).set_axis(days.strftime("%Y-%m-%d")).rename_axis("Date")


class Small:
    """Runs of a folder of small files: exit status, output, figures."""

    def __init__(self, folder, capsys):
        self.folder, self.capsys = folder, capsys
        (folder / "prices").mkdir()

    def run(self, files, weights="A = 1.0", market="", prices="adjusted"):
        for name, content in files.items():
            text = content if isinstance(content, str) else content.to_csv()
            (self.folder / "prices" / f"{name}.csv").write_text(text, encoding="utf-8", newline="")
        scenario = self.folder / "small.toml"
        scenario.write_text(SCENARIO.format(prices=prices, market=market, weights=weights))
        out = self.folder / "out"
        status = main(
            ["run", str(scenario), "--data", str(self.folder), "--out", str(out), "--quiet", "--no-tearsheets"]
        )
        written = self.capsys.readouterr()
        figures = json.loads((out / "metrics.json").read_text())["policies"]["passive"] if status == 0 else {}
        return status, written.out + written.err, figures


@pytest.fixture
def small(tmp_path, capsys):
    return Small(tmp_path, capsys)


def first_lines(out: str) -> str:
    """What stands before the figures."""
    return "\n".join(line for line in out.splitlines() if line.startswith("!"))


UP_AND_DOWN = [10.0, 10.1] * 30


def test_a_price_carried_past_its_files_end_is_said_first(small):
    """Bought on the second session at 10.1 and 10.2, where both end: nav is what it was."""
    files = {"A": bars(UP_AND_DOWN), "B": bars([10.0, 10.2] * 15)}
    status, out, figures = small.run(files, "A = 0.5, B = 0.5")
    assert status == 0
    assert figures["final_nav"] == pytest.approx(1e6)
    assert "! B: last price on 2019-02-11; carried and untradable since (no delisting is stated)" in first_lines(out)
    assert "B: last price on" in (small.folder / "out" / "index.html").read_text().split("<table")[0]


def test_empty_rows_at_the_end_of_a_file_are_no_prices(small):
    closes = np.where(np.arange(60) < 30, [10.0, 10.2] * 30, np.nan)
    status, out, _ = small.run({"A": bars(UP_AND_DOWN), "B": bars(closes)}, "A = 0.5, B = 0.5")
    assert status == 0
    assert "! B: last price on 2019-02-11" in first_lines(out)


def test_two_files_that_never_meet(small):
    """B ends in 2010, A begins in 2019: what was bought of B is carried for ten years."""
    files = {"A": bars(np.linspace(10, 12, 60), "2019-12-02"), "B": bars(np.linspace(10, 12, 60), "2010-01-04")}
    status, out, _ = small.run(files, "A = 0.5, B = 0.5")
    assert status == 0
    assert "! B: last price on 2010-03-26" in first_lines(out)


def test_an_end_within_the_last_week_is_no_reason_for_alarm(small):
    status, out, _ = small.run({"A": bars(UP_AND_DOWN), "B": bars([10.0, 10.2] * 28)}, "A = 0.5, B = 0.5")
    assert status == 0
    assert "last price" not in first_lines(out)


def test_a_stated_delisting_is_no_reason_for_alarm(small):
    """Half at 10 each; B pays nothing: 50,000 shares of A at 10.1, which 500,000 at 10 has bought."""
    files = {"A": bars([10.0] * 30 + [10.1] * 30), "B": bars([10.0] * 30)}
    gone = "delistings = { B = { date = 2019-02-12, recovery = 0.0 } }"
    status, out, figures = small.run(files, "A = 0.5, B = 0.5", gone)
    assert status == 0
    assert "last price" not in first_lines(out)
    assert figures["final_nav"] == pytest.approx(505_000.0)


@pytest.mark.parametrize("volume", [0, ""], ids=["zeros", "empty"])
def test_a_file_that_counts_no_volume_never_trades_and_says_so_first(small, volume):
    status, out, figures = small.run({"A": bars(np.linspace(10, 20, 60), volume=volume)})
    assert status == 0
    assert figures["trades"] == 0
    assert figures["final_nav"] == 1e6
    assert "! A: 60 sessions with a price but no volume; untradable, of 60 with a price" in first_lines(out)


def test_without_the_column_it_trades(small):
    """100,000 shares at 10, worth 12 each at the end."""
    status, _, figures = small.run({"A": bars([10.0] * 30 + [12.0] * 30).drop(columns="Volume")})
    assert status == 0
    assert figures["final_nav"] == pytest.approx(1.2e6)


def with_actions(closes, dividends=(), splits=()) -> pd.DataFrame:
    """Bars with columns of dividends and splits, each a pair of row and size."""
    paid, ratio = np.zeros(len(closes)), np.ones(len(closes))
    for row, size in dividends:
        paid[row] = size
    for row, size in splits:
        ratio[row] = size
    return bars(closes).assign(Dividends=paid, Splits=ratio)


#: A usual day is 1% up or down.
NOISE = np.tile([1.01, 1 / 1.01, 1 / 1.01, 1.01], 30).cumprod()


@pytest.mark.parametrize("ratio", [1.1, 1.25, 0.8])
def test_a_small_split_of_restated_prices_is_named(small, ratio):
    """Bought at NOISE[1], ending at NOISE[119], both 1: nav is what it was, times the split that is counted twice."""
    status, out, figures = small.run({"A": with_actions(NOISE, splits=[(60, ratio)])}, prices="raw")
    assert status == 0
    assert figures["final_nav"] == pytest.approx(1e6 * (1 + (ratio - 1) / 1.01), rel=1e-3)
    assert "! A: a split that left no trace in the prices on 2019-03-26" in first_lines(out)


@pytest.mark.parametrize("ratio", [1.1, 1.25, 0.8])
def test_a_small_split_of_prices_as_traded_is_not(small, ratio):
    closes = NOISE / np.where(np.arange(120) < 60, 1.0, ratio)
    status, out, _ = small.run({"A": with_actions(closes, splits=[(60, ratio)])}, prices="raw")
    assert status == 0
    assert "no trace" not in out


#: Four dividends of 4% each.
PAID = [(row, 0.04) for row in (20, 50, 80, 110)]


@pytest.mark.parametrize("prices", ["raw", "split-adjusted"])
def test_dividends_on_closes_that_carry_them_are_named(small, prices):
    """Closes of total returns with the dividends in a column of their own, as yfinance adjusts by default."""
    status, out, _ = small.run({"A": with_actions(NOISE, dividends=PAID)}, prices=prices)
    assert status == 0
    assert "! A: dividends that left no trace in the prices, the largest on " in first_lines(out)
    assert "(the worst of 4 days)" in first_lines(out)
    assert "prices that carry dividends are prices = 'adjusted'" in first_lines(out)


@pytest.mark.parametrize("fall", [1.0, 0.7], ids=["by all of it", "by some of it, as taxes have it"])
def test_dividends_that_prices_fall_by_are_not(small, fall):
    falls = np.ones(120)
    falls[[row for row, _ in PAID]] = 1 - 0.04 * fall
    status, out, _ = small.run({"A": with_actions(NOISE * falls.cumprod(), dividends=PAID)}, prices="raw")
    assert status == 0
    assert "no trace" not in out


def test_weights_that_miss_one_by_a_rounding_are_scaled_and_said(small):
    status, out, figures = small.run({"A": bars([10.0] * 30 + [12.0] * 30)}, "A = 0.9999")
    assert status == 0
    assert figures["final_nav"] == pytest.approx(1.2e6)
    assert "! portfolio.weights sum to 0.9999 in the file" in first_lines(out)


def test_a_day_of_150_percent_is_a_return(small):
    """10, 10, 25, 12.5: +150% is no price of 1.5, and half of it is lost the day after."""
    status, out, figures = small.run({"A": bars([10.0, 10.0, 25.0] + [12.5, 12.6] * 30)})
    assert status == 0
    assert figures["final_nav"] == pytest.approx(1.26e6)
    assert figures["max_drawdown"] == pytest.approx(-0.5)
    assert figures["recovery_sessions"] is None
    assert "a move beyond reason on 2019-01-03: +150.0%" in first_lines(out)

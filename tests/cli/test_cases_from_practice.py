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
{scenario}
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

    def run(self, files, weights="A = 1.0", market="", prices="adjusted", scenario=""):
        for name, content in files.items():
            text = content if isinstance(content, str) else content.to_csv()
            (self.folder / "prices" / f"{name}.csv").write_text(text, encoding="utf-8", newline="")
        file = self.folder / "small.toml"
        file.write_text(SCENARIO.format(prices=prices, market=market, weights=weights, scenario=scenario))
        out = self.folder / "out"
        status = main(["run", str(file), "--data", str(self.folder), "--out", str(out), "--quiet", "--no-tearsheets"])
        written = self.capsys.readouterr()
        figures = json.loads((out / "metrics.json").read_text())["policies"]["passive"] if status == 0 else {}
        return status, written.out + written.err, figures

    def page(self) -> str:
        return (self.folder / "out" / "index.html").read_text()

    def trades(self) -> pd.DataFrame:
        return pd.read_csv(self.folder / "out" / "trades.csv")


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


@pytest.mark.parametrize(
    ("fall", "said"),
    [
        (
            1.0,
            "! A: prices = 'adjusted' is believed of files without an adjusted close: their Dividends are not paid; "
            "but closes fell by 100% of them on their days",
        ),
        (0.0, ""),
    ],
    ids=["they fall", "they do not"],
)
def test_dividends_beside_closes_that_are_stated_to_carry_them(small, fall, said):
    """Four of 4%: closes of price returns end at 0.96^4 of themselves; sized at 1.01, bought at 1."""
    falls = np.ones(120)
    falls[[row for row, _ in PAID]] = 1 - 0.04 * fall
    closes = NOISE * falls.cumprod()
    paid = [(row, 0.04 * closes[row - 1]) for row, _ in PAID]
    status, out, figures = small.run({"A": with_actions(closes, dividends=paid)})
    assert status == 0
    assert figures["final_nav"] == pytest.approx(1e6 * (1 + ((1 - 0.04 * fall) ** 4 - 1) / 1.01))
    assert said in first_lines(out)
    assert ("believed" in first_lines(out)) == bool(said)


@pytest.mark.parametrize(
    ("steps", "share", "nav"),
    [
        ({}, "0%", 0.96**4),
        ({80: 1, 110: 1}, "50%", 0.96**2),
        (dict.fromkeys((20, 50, 80, 110), 2), "200%", 0.96**-4),
        (dict.fromkeys((20, 50, 80, 110), 1), "", 1.0),
        (dict.fromkeys((21, 51, 81, 111), 1), "", 1.0),
    ],
    ids=["of none", "of half", "twice", "of all", "of all, a row late as in weekly prices"],
)
def test_an_adjusted_close_that_carries_other_dividends_than_its_file_has(small, steps, share, nav):
    """Four of 4% on price returns; sized at 1.01, bought at 1, as the adjusted close has it."""
    falls, factor, paid = np.ones(120), np.ones(120), np.zeros(120)
    rows = [row for row, _ in PAID]
    falls[rows] = 0.96
    closes = NOISE * falls.cumprod()
    paid[rows] = 0.04 * closes[[row - 1 for row in rows]]
    for row, times in steps.items():
        factor[:row] *= 0.96**times
    status, out, figures = small.run({"A": bars(closes).assign(**{"Adj Close": closes * factor, "Dividends": paid})})
    assert status == 0
    assert figures["final_nav"] == pytest.approx(1e6 * (1 + (nav - 1) / 1.01))
    said = f"! A: its adjusted close carries {share} of the column Dividends (4 dividends, 17.7% in all): returns "
    assert (said in first_lines(out)) == bool(share)
    assert ("carries" in first_lines(out)) == bool(share)


def test_dividends_too_small_to_show_beside_closes_that_are_stated_to_carry_them(small):
    """One of 1% where a usual day is 1%: nothing tells, and it is said."""
    status, out, _ = small.run({"A": with_actions(NOISE, dividends=[(60, 0.01)])})
    assert status == 0
    assert "their days are too few to show whether closes fall by them" in first_lines(out)


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


RATES = {"2019-01-01": 1.25, "2019-06-03": 1.25}


@pytest.mark.parametrize(
    ("quoted", "major", "name", "status"),
    [
        ("GBX", "GBP", "rates", 0),
        ("ILA", "ILS", "rates", 0),
        ("ZAC", "ZAR", "rates", 0),
        ("JPY", "JPY", "usdjpy", 2),
        ("JPY", "JPY", "JPY=X", 2),
        ("JPY", "JPY", "DEXJPUS", 2),
        ("EUR", "EUR", "DEXUSEU", 0),
        ("EUR", "EUR", "eurusd", 0),
    ],
)
def test_hundredths_as_vendors_spell_them_and_rates_that_are_called_the_other_way_round(
    small, quoted, major, name, status
):
    """Prices of 1000 hundredths at 1.25: 12.5 of the book's currency; nav grows by a fifth, whatever the unit."""
    rates = pd.DataFrame({"Close": RATES}).rename_axis("Date")
    fx = f'currency = "USD"\n[market.fx]\n{major} = {{ path = "prices/{name}.csv", max_age_days = 200 }}'
    market = f'{fx}\n[instruments.A]\ncurrency = "{quoted}"'
    exit_status, out, figures = small.run({"A": bars([1000.0] * 30 + [1200.0] * 30), name: rates}, market=market)
    assert exit_status == status
    if status:
        assert f"market.fx.JPY: prices/{name}.csv is called as what one USD is worth in JPY" in out
        return
    assert figures["final_nav"] == pytest.approx(1.2e6)
    hundredths = 1.0 if quoted == major else 0.01
    assert small.trades()["price"].iloc[0] == pytest.approx(1000.0 * 1.25 * hundredths)


def test_gains_that_a_fund_paid_beside_its_dividends_are_refused(small):
    """A fund of 10 pays out gains of 1: with them in its dividends, as Yahoo mostly has it, nav stays 1m."""
    paid = with_actions(np.repeat([10.0, 9.0], [30, 90]), dividends=[(30, 1.0)])
    gains = paid["Dividends"].rename("Capital Gains")
    status, _, figures = small.run({"A": paid.assign(**{"Capital Gains": gains})}, prices="raw")
    assert status == 0
    assert figures["final_nav"] == pytest.approx(1e6)
    status, out, _ = small.run({"A": paid.assign(**{"Capital Gains": gains, "Dividends": 0.0})}, prices="raw")
    assert status == 2
    assert "'Capital Gains' on 2019-02-12 is " in out
    assert "more than the 'Dividends' of that day" in out


def test_a_lot_dearer_than_the_book_is_said_first(small):
    """A share costs half a million, the book has 400,000 for it: they wait beside 594,059 shares sized at 1.01."""
    files = {"A": with_actions(5e5 * NOISE), "B": with_actions(NOISE)}
    status, out, figures = small.run(files, "A = 0.4, B = 0.6", "[instruments.A]\nlot = 1", prices="raw")
    assert status == 0
    assert first_lines(out).startswith("! asked for and never held: passive A (held back by lot)")
    assert figures["final_nav"] == pytest.approx(1e6 + 6e5 / 1.01 * (NOISE[-1] - NOISE[1]))


@pytest.mark.parametrize(
    ("key", "table"),
    [
        ("policies.safe.into", 'kind = "de-risk"\nbase = "passive"\nsignal = "rough"\ninto = { SAFE = 1.0 }'),
        ("policies.safe.weights", 'kind = "hold"\nweights = { SAFE = 1.0 }'),
    ],
)
def test_the_key_that_names_an_asset_without_prices_is_told(small, key, table):
    market = f'[signals.rough]\nkind = "volatility"\n[policies.safe]\n{table}'
    status, out, _ = small.run({"A": bars([10.0] * 60)}, market=market)
    assert status == 2
    assert f"no such file; known: A ({key} names 'SAFE')" in out


def test_a_policy_that_a_bound_keeps_in_cash_is_said_first(small):
    """Cut to nothing when it decides, it makes no order that could wait."""
    status, out, figures = small.run({"A": bars([10.0] * 60)}, market="[bounds]\nmax_weight = 0.0")
    assert status == 0
    assert first_lines(out).startswith("! asked for and never held: passive anything at all (held back by max_weight)")
    assert figures["final_nav"] == 1e6


def test_an_order_that_the_run_ends_before_is_said_first(small):
    status, out, figures = small.run({"A": bars([10.0])})
    assert status == 0
    assert "! asked for and never held: passive A (the run ends before an order fills)" in first_lines(out)
    assert figures["final_nav"] == 1e6


MOVING = bars(100.0 * NOISE[:60])


def test_a_ticker_used_again_after_two_years_is_said_first(small):
    """Carried at 10 through 2020, then 20 at once: 50,000 shares of each, scaled to what they cost, 10 and 10.1."""
    days = pd.bdate_range("2019-01-01", periods=600)
    reused = bars([10.0] * 30 + [20.0] * 30, dates=days[:30].append(days[-30:]))
    status, out, figures = small.run(
        {"A": reused, "B": bars(np.tile([10.0, 10.1], 300), dates=days)}, "A = 0.5, B = 0.5"
    )
    assert status == 0
    assert figures["final_nav"] == pytest.approx(1e6 * (20.0 + 10.1) / (10.0 + 10.1))
    assert "! A: 540 sessions without a price, the longest time from 2019-02-11 to 2021-03-09" in first_lines(out)
    assert "then +100.0% at once; where the ticker was used again these are two assets" in first_lines(out)


def test_what_ended_before_the_run_is_said_first(small):
    longer = bars(100.0 * np.tile(NOISE, 2))
    status, out, _ = small.run({"A": MOVING, "B": longer}, "A = 0.5, B = 0.5", scenario="start = 2019-03-29")
    assert status == 0
    assert (
        "! A: no price from 2019-03-29 to 2019-12-02: it is not traded, and what is meant for it waits in cash" in out
    )


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (
            pd.date_range("2014-01-31", periods=60, freq="ME").append(pd.bdate_range("2019-01-01", periods=60)),
            "! sessions: 31 days apart to begin with and 1 in the end, from 2018-12-31 on",
        ),
        (
            pd.bdate_range("2019-01-01", periods=60).append(pd.date_range("2019-04-30", periods=60, freq="ME")),
            "! sessions: 1 days apart to begin with and 31 in the end, from 2019-03-25 on",
        ),
        (
            pd.bdate_range("2019-01-01", periods=119).append(pd.DatetimeIndex(["2091-06-15"])),
            "! sessions: none between 2019-06-14 and 2091-06-15",
        ),
    ],
    ids=["months, then days", "days, then months", "a year mistyped"],
)
def test_sessions_in_two_rhythms_are_said_first(small, days, said):
    status, out, _ = small.run({"A": bars(100.0 * NOISE, dates=days)})
    assert status == 0
    assert said in first_lines(out)


def test_prices_past_a_stated_delisting_are_left_out_and_that_is_said(small):
    market = "[market.delistings]\nA = { date = 2019-03-01, recovery = 0.5 }"
    status, _, figures = small.run({"A": MOVING, "B": bars([10.0] * 60)}, "A = 0.5, B = 0.5", market)
    assert status == 0
    shares = 5e5 / MOVING["Close"].iloc[0]
    assert figures["final_nav"] == pytest.approx(
        1e6 + shares * (0.5 * MOVING["Close"].iloc[42] - MOVING["Close"].iloc[1])
    )
    assert "delisted on 2019-03-01, paying 50% of its last price; prices up to 2019-03-25 are left out" in small.page()


@pytest.mark.parametrize(("invest", "nav"), [("", 3e6), ('invest = "waterfall"', 10.0 / 3.0 * 1e6)])
def test_money_that_a_book_never_invests_is_said_first(small, invest, nav):
    """10 to 20 in the end, and a million at 15: it stays a million, or buys at 15 what is then worth 20."""
    closes = [10.0] * 20 + [15.0] * 20 + [20.0] * 20
    flow = f"[[flows]]\ndate = 2019-02-05\namount = 1e6\n{invest}"
    status, out, figures = small.run({"A": bars(closes)}, market=flow)
    assert status == 0
    assert figures["final_nav"] == pytest.approx(nav)
    said = "! money that investors bring waits in cash for a decision that never comes, in brackets the most of nav: "
    assert (f"{said}passive (40%)" in first_lines(out)) == (not invest)
    assert ("never comes" in first_lines(out)) == (not invest)

"""Every figure of a tear-sheet that the comparison page also has, over markets that mislead QuantStats."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from reports import Comparison, TearSheet, write_page
from reports.sheet_figures import Series, falls, page_rows
from reports.tearsheet import render_tearsheet
from signals import Calendar
from simulator import MarketData, simulate
from simulator.metrics import drawdown_path, policy_metrics
from strategies import Hold, Periodic
from tests.tables import by_row

DAYS = pd.bdate_range("2004-01-01", periods=3000)


def walk(index, scale=0.01, drift=0.0003, seed=1):
    return 100.0 * np.exp(np.random.default_rng(seed).normal(drift, scale, len(index)).cumsum())


def crypto():
    index = pd.date_range("2015-01-01", periods=1800)
    return pd.DataFrame({"A": walk(index, 0.04), "B": walk(index, 0.05, seed=2)}, index), 0.01


def weekly():
    index = pd.date_range("2005-01-07", periods=520, freq="W-FRI")
    return pd.DataFrame({"A": walk(index, 0.02), "B": walk(index, 0.02, seed=2)}, index), 0.05


def negative_rates():
    return pd.DataFrame({"A": walk(DAYS), "B": walk(DAYS, seed=2)}, DAYS), -0.02


def big_day():
    close = walk(DAYS[:400], 0.0, 0.0005)
    close[200:] *= 2.5
    return pd.DataFrame({"A": close, "B": walk(DAYS[:400], seed=2)}, DAYS[:400]), 0.0


def never_recovers():
    close = 100.0 * np.exp(np.linspace(0.0, -1.0, 400) + 0.01 * np.sin(np.arange(400)))
    return pd.DataFrame({"A": close, "B": close[::-1].copy()}, DAYS[:400]), 0.02


def waits_in_cash():
    frame = pd.DataFrame({"A": walk(DAYS[:600]), "B": walk(DAYS[:600], seed=2)}, DAYS[:600])
    frame.iloc[:200, 0] = 100.0
    return frame, 0.0


def collapses():
    close = walk(DAYS[:400])
    close[300:] *= 1e-6
    return pd.DataFrame({"A": close, "B": walk(DAYS[:400], seed=2)}, DAYS[:400]), 0.02


def short_run():
    return pd.DataFrame({"A": walk(DAYS[:25]), "B": walk(DAYS[:25], seed=2)}, DAYS[:25]), 0.02


def monthly():
    index = pd.date_range("2000-01-31", periods=180, freq="ME")
    return pd.DataFrame({"A": walk(index, 0.04), "B": walk(index, 0.04, seed=2)}, index), 0.03


def thirty_years():
    index = pd.bdate_range("1990-01-01", periods=7600)
    return pd.DataFrame({"A": walk(index), "B": walk(index, seed=2)}, index), 0.03


MARKETS = (
    *(crypto, weekly, negative_rates, big_day, never_recovers, waits_in_cash, collapses, short_run, monthly),
    thirty_years,
)


def runs(made):
    frame, rate = made()
    market = MarketData.from_frames(frame, cash_rate=rate, volume=frame * 0.0 + 50_000.0)
    policies = {"hold": Hold({"A": 1.0}), "quarterly": Periodic({"A": 0.5, "B": 0.5}, trigger=Calendar("quarter"))}
    return {name: simulate(market, policy, initial_cash=1e6) for name, policy in policies.items()}


def sheet_of(records, metrics, name, benchmark):
    one = records[name]
    return TearSheet(
        title=name,
        returns=one.returns,
        benchmark=None if name == benchmark else records[benchmark].returns,
        benchmark_title=benchmark,
        cash_rate=0.0,
        liquidity=one.liquidity,
        cash=one.accrual,
        figures=metrics[name].as_dict(),
        benchmark_figures=metrics[benchmark].as_dict(),
    )


#: Headings of the comparison table, and what the sheet calls the same.
HEADINGS = {
    "CAGR": "CAGR",
    "Volatility": "Volatility (ann.)",
    "Sharpe": "Sharpe",
    "Sortino": "Sortino",
    "Max drawdown": "Max Drawdown",
    "Recovery sessions": "Recovery, sessions",
    "Turnover a year": "Turnover a year",
    "Cost bps a year": "Cost, bps a year",
    "Displacement bps a year": "Displacement, bps a year",
    "Liquid share least": "Liquid share, least",
    "Coverage least": "Coverage, least",
    "Coverage mean": "Coverage, mean",
    "Trades": "Trades",
    "Sessions to fill": "Sessions to fill",
    "Turnover halved": "Turnover halved",
    "Final nav": "Final nav",
    "Money-weighted": "Money-weighted",
}


@pytest.mark.parametrize("made", MARKETS)
def test_a_sheet_says_what_the_page_says(made, tmp_path):
    records = runs(made)
    metrics = {name: policy_metrics(record) for name, record in records.items()}
    write_page(Comparison("made", "", "", "hold", records, metrics, {}, [], [], []), tmp_path / "index.html")
    page = by_row((tmp_path / "index.html").read_text(), "comparison")
    text = render_tearsheet(sheet_of(records, metrics, "quarterly", "hold"), charts=False)
    sheet = by_row(text, "figures")
    assert set(HEADINGS.values()) == set(page_rows())
    for heading, row in HEADINGS.items():
        for name in records:
            if heading != "Money-weighted" or heading in page[name]:
                assert sheet[row][name] == page[name][heading], (row, name)
    moved = any(abs(metric["irr"] - metric["cagr"]) > 1e-9 for metric in metrics.values())
    assert all(("Money-weighted" in page[name]) == moved for name in records)


@pytest.mark.parametrize("made", MARKETS)
def test_figures_of_the_page_are_those_of_the_returns(made):
    """The rows that the page states, computed a second time from the returns alone."""
    records = runs(made)
    for record in records.values():
        stated = policy_metrics(record).as_dict()
        returns = record.returns.to_numpy()
        level = np.concatenate([[1.0], np.cumprod(1.0 + returns)])
        fall = (level / np.maximum.accumulate(level) - 1.0).min()
        assert stated["max_drawdown"] == pytest.approx(fall, abs=1e-12)
        own = Series(record.returns, record.accrual, 252.0)
        assert own.path.min() == pytest.approx(fall, abs=1e-12)
        if own.falls:
            assert own.falls[0].depth == pytest.approx(fall, abs=1e-12)


def test_the_risk_free_rate_is_the_stated_one():
    records = runs(weekly)
    metrics = {name: policy_metrics(record) for name, record in records.items()}
    text = render_tearsheet(sheet_of(records, metrics, "hold", "hold"), charts=False)
    assert re.search(r"Risk-Free Rate</th><td>5\.0%</td>", text)
    records = runs(negative_rates)
    metrics = {name: policy_metrics(record) for name, record in records.items()}
    text = render_tearsheet(sheet_of(records, metrics, "hold", "hold"), charts=False)
    assert re.search(r"Risk-Free Rate</th><td>-2\.0%</td>", text)


def test_a_fall_that_begins_at_the_start_and_one_that_lasts_are_told():
    index = pd.bdate_range("2020-01-01", periods=6)
    path = drawdown_path(np.array([-0.1, 0.0, 0.2, 0.0, -0.5, 0.1]))
    deep, early = falls(path, index)
    assert (early.start, early.regained, early.first) == ("2020-01-01", "2020-01-03", -1)
    assert early.depth == pytest.approx(-0.1)
    assert (deep.start, deep.regained) == ("2020-01-06", "not yet")
    assert deep.depth == pytest.approx(-0.5)


def test_the_benchmark_keeps_the_months_in_which_the_policy_waits():
    frame, _ = waits_in_cash()
    market = MarketData.from_frames(frame, cash_rate=0.0, volume=frame * 0.0 + 50_000.0)
    records = {"hold": simulate(market, Hold({"B": 1.0})), "late": simulate(market, Hold({"A": 1.0}))}
    metrics = {name: policy_metrics(record) for name, record in records.items()}
    beside, alone = (
        by_row(render_tearsheet(sheet_of(records, metrics, name, "hold"), charts=False), "figures")
        for name in ("late", "hold")
    )
    for row in ("Cumulative Return", "Max Drawdown", "CAGR", "Start Period"):
        assert beside[row]["hold"] == alone[row]["hold"]


def test_a_year_is_a_calendar_year():
    """42.0% over 365 sessions a year is not 27.4%: growth is annualised over calendar time."""
    index = pd.date_range("2015-01-01", periods=1462)
    returns = pd.Series(1.42 ** (1 / 365.25) - 1.0, index)
    returns.iloc[0] = 0.0
    sheet = TearSheet("x", returns, None, "", 0.0, pd.DataFrame({"liquid_share": np.nan, "coverage": np.nan}, index))
    text = render_tearsheet(sheet, charts=False)
    assert re.search(r"CAGR</th><td>42\.0%</td>", text)

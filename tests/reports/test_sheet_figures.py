"""Every figure of a tear-sheet that the comparison page also has, over markets that mislead QuantStats."""

from __future__ import annotations

import math
import re
from itertools import groupby

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from reports import Comparison, TearSheet, write_page
from reports.sheet_figures import Series, _certain_sharpe, falls, groups, page_rows
from reports.tearsheet import render_tearsheet
from reports.text import integer, percent, plain
from signals import Calendar
from simulator import MarketData, simulate
from simulator.metrics import drawdown_path, policy_metrics
from strategies import Hold, Periodic
from tests.support import some
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


@pytest.mark.parametrize("made", some(MARKETS, 2))
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


@pytest.fixture(scope="module")
def decade():
    """Eleven years of returns with a day in six flat, cash that earns, and what they are laid beside."""
    rng, index = np.random.default_rng(4), pd.bdate_range("2012-03-05", periods=2900)
    moves = rng.standard_t(4, (2900, 2)) * [0.006, 0.008] + 0.0008
    moves[rng.random(2900) < 1 / 6] = 0.0
    moves[:, 1] += 0.5 * moves[:, 0]
    cash = rng.uniform(0.0, 1e-4, 2900)
    return tuple(Series(pd.Series(column, index), cash, 250.0) for column in moves.T)


def test_the_rows_that_are_the_sheets_own_computed_a_second_time(decade):
    own, other = decade
    told = {row.name: row.own for block in groups(own, other, None, None) for row in block}
    returns, cash, index = own.returns, own.cash, own.index
    values, level = returns.to_numpy(), (1.0 + returns).cumprod()
    excess, rest = values - cash, other.returns.to_numpy() - cash
    span, worst = (index[-1] - index[0]).days, drawdown_path(values).min()
    ends = {rhythm: level.resample(rhythm).last() for rhythm in ("ME", "QE", "YE")}
    by = {rhythm: (end / end.shift(1, fill_value=1.0) - 1.0).to_numpy() for rhythm, end in ends.items()}
    below = np.sqrt(np.mean(np.where(excess < 0.0, excess, 0.0) ** 2))
    ratio, skew = excess.mean() / excess.std(ddof=1), stats.skew(excess, bias=False)
    bend = stats.kurtosis(excess, fisher=False, bias=False)
    sure = ratio * math.sqrt(2899) / math.sqrt(1.0 - skew * ratio + (bend - 1.0) / 4.0 * ratio * ratio)
    ups, downs, low = values[values > 0.0], values[values < 0.0], np.percentile(values, 5)
    wins = ups.size / (ups.size + downs.size)
    runs_of = [
        max(len(list(same)) for sign, same in groupby(np.sign(values)) if sign == wanted) for wanted in (1.0, -1.0)
    ]
    depths, days = zip(*((fall.depth, fall.days) for fall in own.falls), strict=True)
    cagr = level.iloc[-1] ** (365.25 / span) - 1.0

    def since(date: str) -> float:
        return level.iloc[-1] / level[index <= date].iloc[-1] - 1.0

    last = index[-1]
    assert f"{last:%Y-%m-%d}" == "2023-04-14"
    slope = stats.linregress(rest, excess)
    active = values - other.returns.to_numpy()
    for name, value in {
        "Risk-Free Rate": percent(cash[1:].sum() * 360.0 / span),
        "Time in Market": percent(np.count_nonzero(values) / 2900),
        "Cumulative Return": percent(level.iloc[-1] - 1.0, 2),
        "CAGR": percent(cagr),
        "Volatility (ann.)": percent(values.std(ddof=1) * 250**0.5),
        "Sharpe": plain(ratio * 250**0.5),
        "Prob. Sharpe Ratio": percent(stats.norm.cdf(sure)),
        "Sortino": plain(excess.mean() / below * 250**0.5),
        "Sortino/√2": plain(excess.mean() / below * 125**0.5),
        "Omega": plain(np.clip(excess, 0.0, None).sum() / np.clip(-excess, 0.0, None).sum()),
        "Calmar": plain(cagr / abs(worst)),
        "Skew": plain(stats.skew(values, bias=False)),
        "Kurtosis": plain(stats.kurtosis(values, bias=False)),
        "Max Drawdown": percent(worst),
        "Longest DD Days": integer(max(days)),
        "Avg. Drawdown": percent(np.mean(depths), 2),
        "Avg. Drawdown Days": integer(np.mean(days)),
        "Recovery Factor": plain((level.iloc[-1] - 1.0) / abs(worst)),
        "Ulcer Index": plain(np.sqrt(np.mean((1.0 - level / level.cummax().clip(lower=1.0)) ** 2))),
        "Expected by Session": percent(values.mean(), 3),
        "Expected Monthly": percent(by["ME"].mean(), 2),
        "Expected Yearly": percent(by["YE"].mean(), 2),
        "Kelly Criterion": percent(wins - (1.0 - wins) * abs(downs.mean()) / ups.mean(), 2),
        "Value-at-Risk, 95%": percent(low, 2),
        "Expected Shortfall (cVaR)": percent(np.sort(values)[: int((values <= low).sum())].mean(), 2),
        "Max Consecutive Wins": str(runs_of[0]),
        "Max Consecutive Losses": str(runs_of[1]),
        "Gain/Pain Ratio": plain(values.sum() / abs(downs.sum())),
        "Gain/Pain (1M)": plain(by["ME"].sum() / abs(by["ME"][by["ME"] < 0.0].sum())),
        "Payoff Ratio": plain(ups.mean() / abs(downs.mean())),
        "Profit Factor": plain(ups.sum() / abs(downs.sum())),
        "Tail Ratio": plain(np.percentile(values, 95) / abs(low)),
        "MTD": percent(since("2023-03-31"), 2),
        "3M": percent(since("2023-01-14"), 2),
        "6M": percent(since("2022-10-14"), 2),
        "YTD": percent(since("2022-12-31"), 2),
        "1Y": percent(since("2022-04-14"), 2),
        "3Y (ann.)": percent((1.0 + since("2020-04-14")) ** (1 / 3) - 1.0, 2),
        "5Y (ann.)": percent((1.0 + since("2018-04-14")) ** (1 / 5) - 1.0, 2),
        "10Y (ann.)": percent((1.0 + since("2013-04-14")) ** (1 / 10) - 1.0, 2),
        "Best Session": percent(max(values), 2),
        "Worst Session": percent(min(values), 2),
        "Best Month": percent(max(by["ME"]), 2),
        "Worst Month": percent(min(by["ME"]), 2),
        "Best Year": percent(max(by["YE"]), 2),
        "Worst Year": percent(min(by["YE"]), 2),
        "Avg. Up Month": percent(by["ME"][by["ME"] > 0.0].mean(), 2),
        "Avg. Down Month": percent(by["ME"][by["ME"] < 0.0].mean(), 2),
        "Win Sessions": percent(wins, 2),
        "Win Month": percent((by["ME"] > 0.0).mean(), 2),
        "Win Quarter": percent((by["QE"] > 0.0).mean(), 2),
        "Win Year": percent((by["YE"] > 0.0).mean(), 2),
        "Beta": plain(slope.slope),
        "Alpha (ann.)": percent(slope.intercept * 250.0, 2),
        "Correlation": plain(stats.pearsonr(values, other.returns).statistic),
        "R^2": plain(stats.pearsonr(values, other.returns).statistic ** 2),
        "Treynor Ratio": plain(excess.mean() * 250.0 / slope.slope),
        "Information Ratio": plain(active.mean() / active.std(ddof=1) * 250**0.5),
    }.items():
        assert told[name] == value, name
    dates = {"Start Period", "End Period", "Max DD Date", "Max DD Period Start", "Max DD Regained"}
    assert len(told) == 58 + len(dates)
    assert (told["Start Period"], told["End Period"]) == ("2012-03-05", "2023-04-14")
    assert told["Max DD Date"] == f"{(level / level.cummax()).idxmin():%Y-%m-%d}"


def test_how_certain_a_sharpe_ratio_of_few_sessions_is_by_the_published_formula():
    """Bailey & López de Prado (2012), eq. 9, where skew and kurtosis count: six returns, a ratio of 0.41 a session."""
    values = np.array([0.05, -0.02, 0.01, 0.04, -0.03, 0.03])
    made = Series(pd.Series(values, pd.bdate_range("2024-01-01", periods=6)), np.zeros(6), 252.0)
    ratio = values.mean() / values.std(ddof=1)
    assert ratio == pytest.approx(0.4082, abs=1e-4)
    skew, bend = stats.skew(values, bias=False), stats.kurtosis(values, fisher=False, bias=False)
    error = math.sqrt((1.0 - skew * ratio + 0.25 * (bend - 1.0) * ratio**2) / 5.0)
    assert _certain_sharpe(made) == pytest.approx(stats.norm.cdf(ratio / error), rel=1e-12)

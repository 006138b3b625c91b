"""The audit names a series whose history was smoothed over both sides, and no clean one."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

from scenarios.audit.foreknowledge import STEPS, foreknowledge, in_words
from simulator import ExogenousSeries, MarketData
from tests.support import WHOLE

MARKETS = 20 if WHOLE else 7
_YEARS = 15


@cache  # three widths of smoothing look at the same markets
def made(seed: int) -> tuple[pd.DataFrame, dict[str, pd.Series]]:
    """Fifteen years of two assets with clustered, fat-tailed returns, and four clean weekly series that move with them.

    Each is a slow state of stress; a day's shock to it correlates at -0.9, -0.6, -0.3 and 0 with the market's return.
    """
    rng = np.random.default_rng(seed)
    days = pd.bdate_range("2001-01-01", periods=252 * _YEARS)
    calm = pd.Series(rng.normal(size=days.size)).ewm(span=20).mean().to_numpy()
    sigma = 0.01 * np.exp(1.5 * calm)
    market = sigma * rng.standard_t(4, days.size) / np.sqrt(2.0)
    own = 0.3 * sigma[:, None] * rng.normal(size=(days.size, 2))
    close = pd.DataFrame(100.0 * np.exp(np.cumsum(market[:, None] + own, axis=0)), days, ["A", "B"])
    series = {}
    for number, loading in enumerate((-0.9, -0.6, -0.3, 0.0)):
        shock = loading * market / sigma + np.sqrt(1.0 - loading**2) * rng.normal(size=days.size)
        state = pd.Series(shock * sigma / 0.01, days).ewm(alpha=0.005).mean() / 0.005
        series[f"CLEAN{number}"] = state.resample("W-FRI").last()
    return close, series


def named(close: pd.DataFrame, series: dict[str, pd.Series]) -> list[str]:
    held = {
        name: ExogenousSeries.from_pandas(values.dropna(), "business-days:3", name) for name, values in series.items()
    }
    return [known.series for known in foreknowledge(MarketData.from_frames(close, series=held)) if known.knows]


@pytest.mark.parametrize("weeks", [1, 2, 4])
def test_two_sided_smoothing_is_named(weeks):
    found, alarms = 0, 0
    for seed in range(MARKETS):
        close, series = made(seed)
        smoothed = series["CLEAN1"].rolling(2 * weeks + 1, center=True).mean()
        names = named(close, series | {"SMOOTHED": smoothed})
        found += "SMOOTHED" in names
        alarms += len(set(names) - {"SMOOTHED"})
    assert found >= MARKETS - 1
    assert alarms <= 1


def test_smoothing_over_the_past_alone_is_not():
    alarms = 0
    for seed in range(MARKETS):
        close, series = made(seed)
        alarms += len(named(close, {name: values.rolling(5).mean() for name, values in series.items()}))
    assert alarms <= 1


def test_the_slope_is_that_of_the_regression_by_hand():
    close, series = made(0)
    one = ExogenousSeries.from_pandas(series["CLEAN1"].rolling(3, center=True).mean().dropna(), "close", "X")
    (got,) = foreknowledge(MarketData.from_frames(close, series={"X": one}))
    values = pd.Series(one.values, pd.DatetimeIndex(one.dates))
    book = np.log1p(close.pct_change().mean(axis=1)).cumsum().reindex(values.index, method="ffill")
    change = values.diff() if values.min() <= 0 else np.log(values).diff()
    step = book.diff()
    columns = {"y": change.clip(*change.quantile([0.005, 0.995]))}
    columns |= {f"own{k}": columns["y"].shift(k) for k in range(1, STEPS + 1)}
    cut = step.clip(*step.quantile([0.005, 0.995]))
    columns |= {f"r{k}": cut.shift(-k) for k in range(-STEPS, STEPS + 1)}
    frame = pd.DataFrame(columns).dropna()
    frame = (frame - frame.mean()) / frame.std(ddof=0)
    solved, *_ = np.linalg.lstsq(frame.drop(columns="y").to_numpy(), frame["y"].to_numpy(), rcond=None)
    np.testing.assert_allclose(got.slopes, np.cumsum(solved[-STEPS:]), atol=0.02)
    assert got.over == 0
    assert got.step_days == 7
    assert "over one to 4 steps (7 days each)" in in_words(got)


def test_what_the_market_did_before_publication_may_be_in_a_value():
    close, series = made(0)
    late = {  # dated a week before it was measured, and published two business days after that
        "X": ExogenousSeries.from_pandas(series["CLEAN0"].shift(-1).dropna(), "business-days:7", "X"),
    }
    (honest,) = foreknowledge(MarketData.from_frames(close, series=late))
    assert honest.over == 1
    assert not honest.knows
    early = {"X": replace(late["X"], rule=late["X"].rule.parse("business-days:3"))}
    (leaky,) = foreknowledge(MarketData.from_frames(close, series=early))
    assert leaky.knows


def test_too_few_changes_say_nothing():
    close, series = made(0)
    (found,) = foreknowledge(
        MarketData.from_frames(close, series={"X": ExogenousSeries.from_pandas(series["CLEAN0"][:30], "close", "X")})
    )
    assert (found.changes, found.knows, found.t) == (0, False, ())

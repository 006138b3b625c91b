"""Annual figures follow the sessions of what is held: coins, weeks, months, mixed calendars."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from signals import VolatilityTrigger
from simulator import AlmgrenChriss, DataError, Execution, MarketData, simulate, simulate_many
from simulator.core.rhythm_nb import rhythm_so_far, sessions_per_year
from simulator.engine.many_runs import METRICS
from simulator.features import Features
from simulator.metrics import policy_metrics
from strategies import Hold, Periodic

AT_ONCE = Execution(lag=0)
FREE = AlmgrenChriss(half_spread_bps=0.0, eta=0.0, gamma=0.0)


def days(freq, start="2019-01-01", end="2022-12-30"):
    return pd.date_range(start, end, freq=freq)


def sessions(index):
    return index.values.astype("datetime64[D]")


def alternating(index, up=0.010, down=-0.008):
    """Closes that rise and fall in turn: the returns' standard deviation is half of the distance between them."""
    returns = np.where(np.arange(len(index)) % 2 == 1, up, down)
    returns[0] = 0.0
    return pd.Series(100.0 * np.cumprod(1.0 + returns), index)


@pytest.mark.parametrize(
    ("freq", "expected"),
    [("B", 252), ("D", 365), ("W-FRI", 52), ("BME", 12), ("MS", 12), ("2D", 182.625), ("QE", None)],
)
def test_a_year_has_as_many_sessions_as_their_spacing_shows(freq, expected):
    index = days(freq)
    observed = (len(index) - 1) / ((index[-1] - index[0]).days / 365.25)
    assert sessions_per_year(sessions(index)) == pytest.approx(observed if expected is None else expected)


def test_short_histories_are_judged_by_their_gaps():
    for freq, expected in (("B", 252), ("D", 365), ("W-FRI", 52), ("BME", 12)):
        index = days(freq)[: 40 if freq in "BD" else 6]
        assert sessions_per_year(sessions(index)) == expected
    assert sessions_per_year(sessions(days("D")[:1])) == 252  # nothing seen
    friday_and_monday = np.array(["2020-01-03", "2020-01-06"], "datetime64[D]")
    assert sessions_per_year(friday_and_monday) == 252


def test_a_stated_number_holds():
    assert sessions_per_year(sessions(days("D")), 250.0) == 250.0


@pytest.mark.parametrize("freq", ["B", "D", "W-FRI", "BME", "2D"])
def test_the_rhythm_seen_so_far_does_not_know_what_follows(freq):
    index = sessions(days(freq))
    cut = len(index) // 3
    other = np.concatenate([index[:cut], index[cut - 1] + np.arange(1, 90) * np.timedelta64(9, "D")])
    np.testing.assert_array_equal(rhythm_so_far(index)[:cut], rhythm_so_far(other)[:cut])


@pytest.mark.parametrize(("freq", "a_year"), [("D", 365), ("W-FRI", 52), ("BME", 12), ("B", 252)])
def test_volatility_and_sharpe_by_hand(freq, a_year):
    market = MarketData.from_frames(alternating(days(freq)).to_frame("COIN"))
    found = simulate(market, Hold({"COIN": 1.0}), execution=AT_ONCE, costs=FREE)
    metrics = policy_metrics(found)
    returns = market.close[1:, 0] / market.close[:-1, 0] - 1.0
    returns = np.concatenate([[0.0], returns])
    assert found.sessions_per_year == a_year
    assert metrics.volatility == pytest.approx(returns.std(ddof=1) * np.sqrt(a_year), rel=1e-12)
    assert metrics.volatility == pytest.approx(0.009 * np.sqrt(a_year), rel=0.02)
    assert metrics.sharpe == pytest.approx(returns.mean() / returns.std(ddof=1) * np.sqrt(a_year), rel=1e-12)


def mixed(rate=0.05, start="2019-01-01"):
    """Shares on weekdays and a coin on every day, and the shares alone; cash earns."""
    every, weekdays = days("D", start), days("B", start)
    rng = np.random.default_rng(3)
    shares = pd.Series(100.0 * np.exp(rng.normal(3e-4, 0.0095, len(weekdays)).cumsum()), weekdays)
    coin = pd.Series(100.0 * np.exp(rng.normal(1e-3, 0.03, len(every)).cumsum()), every)
    both = pd.DataFrame({"SPY": shares, "COIN": coin})
    return (
        MarketData.from_frames(both, cash_rate=rate),
        MarketData.from_frames(shares.to_frame("SPY"), cash_rate=rate),
    )


HALF = {"SPY": 0.5, "CASH": 0.5}
FIGURES = ("volatility", "sharpe", "sortino", "max_drawdown", "recovery_sessions", "cagr")


def test_a_policy_does_not_change_because_a_coin_lies_in_the_market():
    """Half of the book earns interest over every weekend: it is in Monday's return, as where there are no weekends."""
    both, alone = mixed()
    own = policy_metrics(simulate(alone, Hold(HALF), execution=AT_ONCE, costs=FREE))
    beside = policy_metrics(simulate(both, Hold(HALF), execution=AT_ONCE, costs=FREE))
    for name in FIGURES:
        assert getattr(beside, name) == pytest.approx(getattr(own, name), rel=1e-4), (
            name
        )  # three days' interest at once


def test_interest_of_closed_days_is_in_the_next_observation():
    both, _ = mixed()
    found = simulate(both, Hold(HALF), execution=AT_ONCE, costs=FREE)
    assert found.sessions_per_year == 252
    assert not pd.DatetimeIndex(found.sessions[~found.observed]).day_of_week.isin(range(5)).any()
    grown = np.prod(1.0 + found.observations.returns) * (1.0 + found.rest)
    assert grown == pytest.approx(found.nav.iloc[-1] / 1e6, rel=1e-12)
    monday = np.flatnonzero(pd.DatetimeIndex(found.sessions[found.observed]).day_of_week == 0)[3]
    day = np.flatnonzero(found.observed)[monday]
    by_hand = np.prod(1.0 + found.returns.to_numpy()[day - 2 : day + 1]) - 1.0
    assert found.observations.returns[monday] == pytest.approx(by_hand, rel=1e-12)
    assert found.observations.cash[monday] == pytest.approx((1 + 0.05 / 360) ** 3 - 1, rel=1e-9)


def test_a_book_of_both_is_observed_every_day():
    both, _ = mixed()
    found = simulate(both, Hold({"SPY": 0.5, "COIN": 0.5}), execution=AT_ONCE, costs=FREE)
    assert found.observed.all()
    assert found.sessions_per_year == 365


def test_waiting_for_a_listing_is_an_observation():
    """The years in cash before an asset lists are zeros of its book, not one long gap."""
    index = days("B")
    close = pd.DataFrame({"OLD": alternating(index), "NEW": alternating(index)})
    close.iloc[:300, 1] = np.nan
    found = simulate(MarketData.from_frames(close), Periodic({"NEW": 1.0}, every=21), execution=AT_ONCE, costs=FREE)
    assert found.observed.all()


def test_sweeps_agree_with_metrics():
    both, _ = mixed()
    policies = {
        "shares": Hold(HALF),
        "both": Periodic({"SPY": 0.5, "COIN": 0.4}, every=21),
        "coin": Hold({"COIN": 0.5}),
        "cash": Hold({"CASH": 1.0}),
    }
    many = simulate_many(both, policies, costs=FREE)
    for name, policy in policies.items():
        one = policy_metrics(simulate(both, policy, costs=FREE))
        row = dict(zip(METRICS, many.metrics.loc[(name, 0)], strict=True))
        for figure in FIGURES:
            expected = getattr(one, figure)
            assert row[figure] == pytest.approx(np.nan if expected is None else expected, rel=1e-10, nan_ok=True)


def test_a_market_states_its_number():
    close = alternating(days("D")).to_frame("COIN")
    market = MarketData.from_frames(close, sessions_per_year=250.0)
    assert simulate(market, Hold({"COIN": 1.0}), costs=FREE).sessions_per_year == 250.0
    assert market.fingerprint() != MarketData.from_frames(close).fingerprint()
    with pytest.raises(DataError, match="sessions_per_year is 5000"):
        MarketData.from_frames(close, sessions_per_year=5000.0)


def test_a_level_means_the_same_on_bars_of_any_length():
    for freq, a_year in (("B", 252), ("D", 365), ("W-FRI", 52)):
        market = MarketData.from_frames(alternating(days(freq)).to_frame("A"))
        column = VolatilityTrigger(lookback=20).compute(Features(market)).column("volatility")
        assert column[60] == pytest.approx(0.009 * np.sqrt(20 / 19) * np.sqrt(a_year), rel=1e-9)


def test_a_volatility_trigger_does_not_count_days_on_which_its_book_is_closed():
    both, alone = mixed()
    weights = {"SPY": 1.0}
    own = VolatilityTrigger(lookback=21, weights=weights).compute(Features(alone)).column("volatility")
    beside = VolatilityTrigger(lookback=21, weights=weights).compute(Features(both)).column("volatility")
    on = np.isin(both.sessions, alone.sessions)
    np.testing.assert_allclose(beside[on], own, rtol=1e-9)
    sunday = np.flatnonzero(~on)[-1]
    assert beside[sunday] == beside[sunday - 2]  # held over the weekend


def test_a_trigger_does_not_know_the_rhythm_to_come():
    both, _ = mixed()
    weekly_later = both.sessions[:200].tolist() + [
        both.sessions[199] + np.timedelta64(7 * k, "D") for k in range(1, 300)
    ]
    close = np.resize(both.close[:, 1], len(weekly_later))[:, None]
    close[:200] = both.close[:200, 1:]
    other = MarketData.from_frames(pd.DataFrame(close, pd.DatetimeIndex(weekly_later), ["COIN"]))
    coin = MarketData.from_frames(both.frame("close")[["COIN"]])
    kept = VolatilityTrigger().compute(Features(coin)).values[:200]
    np.testing.assert_array_equal(kept, VolatilityTrigger().compute(Features(other)).values[:200])


def test_rolling_caps_hold_a_year_of_the_markets_own_sessions():
    """A cap of 30% a year on weekly bars: what was traded 52 weeks ago no longer counts, and 51 weeks ago does."""
    market = MarketData.from_frames(alternating(days("W-FRI"), 0.0, 0.0).to_frame("FUND"))
    weights = {0: 0.5, 1: 0.8, 52: 0.6, 53: 0.6}

    class Steps:
        name = "steps"

        def decide(self, day):
            return {"FUND": weights.get(day.t, weights[max(k for k in weights if k <= day.t)])}

    found = simulate(market, Steps(), execution=Execution(lag=0, annual_turnover=0.3), costs=FREE)
    sold = found.daily["sold"]
    assert sold[52] == pytest.approx(0.0)  # 0.3 was traded on session 1, 51 sessions ago
    assert sold[53] > 0.0

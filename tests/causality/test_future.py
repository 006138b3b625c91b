"""Change everything after day t: nothing decided, signalled or filled up to t may change."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from signals import (
    Calendar,
    Foresight,
    HindsightVolatility,
    PastVolatility,
    PublishedStatus,
    Shifted,
    StressForecast,
    Threshold,
    VolatilityTrigger,
)
from signals.stress.features import stress_features
from signals.stress.labels import stress_events
from simulator import Execution, Features, MarketData, SignalPanel, simulate
from simulator.core.series import ExogenousSeries
from simulator.features import market_illiquidity, past_zscore
from strategies import DeRisk, EqualWeight, Hold, Periodic, ThresholdBand, from_callable
from tests.support import random_market, same

SESSIONS = 760
START = 504
W = {"A": 0.3, "B": 0.2, "C": 0.2, "D": 0.1, "E": 0.1}


def stress(**options):
    return StressForecast(
        min_train=252,
        refit_every=30,
        horizon=5,
        embargo=2,
        enter=0.05,
        exit=0.02,
        options={"n_estimators": 4},
        **options,
    )


SIGNALS = {
    "week": Calendar("week"),
    "month": Calendar("month"),
    "quarter": Calendar("quarter"),
    "year": Calendar("year"),
    "every 13": Calendar(13),
    "dates": Calendar(dates=["2000-06-03", "2001-02-28"]),
    "volatility": VolatilityTrigger(lookback=10, enter=0.32, exit=0.30, min_hold=3),
    "volatility of a book": VolatilityTrigger(lookback=10, enter=0.32, exit=0.30, weights=W),
    "volatility, percentile": VolatilityTrigger(lookback=10, enter=0.8, exit=0.6, scale="percentile"),
    "volatility, calibrated on the past": PastVolatility(share=0.3, lookback=10, recalibrate=21, min_history=100),
    "threshold on a series": Threshold("VIX", 0.8, 0.6),
    "threshold on a feature": Threshold("illiquidity", 0.8, 0.6, scale="percentile"),
    "threshold at a level": Threshold("STLFSI", 1.0, 0.0, scale="level"),
    "published status": PublishedStatus(quantiles=(0.5, 0.8)),
    "stress": stress(),
    "stress onsets from some columns": stress(event="onset", legs=["impact"], columns=["volatility", "series"]),
    "weeks of an index": stress(event="tier", index="STLFSI", columns=["vix", "volatility_21"]),
    "regimes": stress(event="regime", columns=["trend"]),
    "stress, rolling, percentile": stress(window=300, scale="percentile"),
}
HINDSIGHT = {
    "volatility in hindsight": HindsightVolatility(share=0.3, lookback=10),
    "foresight": Foresight("stress_within_5"),
    "placebo": Shifted(SIGNALS["volatility"], 100),
}
POLICIES = {
    "hold": Hold(W),
    "periodic": Periodic(W, every=11),
    "triggered": Periodic(W, trigger="month"),
    "equal-weight": EqualWeight(every=5),
    "band": ThresholdBand(W, 0.02),
    "edge": ThresholdBand(W, 0.02, to="edge"),
    "band or week": ThresholdBand(W, 0.03, trigger="week"),
    "de-risk": DeRisk(Periodic(W, every=20), "volatility", into={"B": 0.5, "CASH": 0.5}),
    "de-risk on stress": DeRisk(ThresholdBand(W, 0.02), "stress"),
    "callable": from_callable(
        lambda day: day.history(sessions=20).pct_change().std().rank().div(15.0) if day.t % 9 == 0 else hold(day)
    ),
}


def hold(day):
    from simulator import HOLD

    return HOLD


def altered(market: MarketData, t: int, seed: int) -> MarketData:
    """The same market up to session t, another one after it."""
    rng = np.random.default_rng(seed)
    after = np.arange(SESSIONS) > t

    def other(panel):
        if panel is None:
            return None
        noise = np.exp(rng.normal(0.0, 0.5, panel.shape))
        return np.where(after.reshape(-1, *[1] * (panel.ndim - 1)), panel * noise, panel)

    def other_series(one: ExogenousSeries) -> ExogenousSeries:
        unknown = one.known_at > market.sessions[t]
        return one.with_values(np.where(unknown, one.values + rng.normal(0.0, 5.0, one.values.size), one.values))

    close = other(market.close)
    high = np.where(after[:, None], np.fmax(other(market.high), close), market.high)
    low = np.where(after[:, None], np.fmin(other(market.low), close), market.low)
    return replace(
        market,
        close=close,
        open=other(market.open),
        high=high,
        low=low,
        volume=other(market.volume),
        cash_rate=np.where(after, 0.2, market.cash_rate),
        series={name: other_series(series) for name, series in market.series.items()},
    )


MARKET = random_market(seed=11, sessions=SESSIONS, series=True, crises=True)
CUTS = sorted(np.random.default_rng(3).choice(np.arange(START + 8, SESSIONS - 1), 10, replace=False).tolist())


@pytest.fixture(scope="module")
def cut_markets():
    return {t: altered(MARKET, t, seed=t) for t in CUTS}


@pytest.fixture(scope="module")
def panels(cut_markets):
    """Every signal on the market as it was and on each altered one."""
    both = {None: MARKET, **cut_markets}
    return {
        t: {name: signal.compute(Features(market)) for name, signal in SIGNALS.items()} for t, market in both.items()
    }


@pytest.mark.parametrize("name", SIGNALS)
def test_no_signal_sees_the_future(name, panels):
    whole = panels[None][name]
    for t in CUTS:
        assert same(panels[t][name].values[: t + 1], whole.values[: t + 1]), f"{name} changes before {t}"
        assert (whole.known_at <= whole.sessions).all()
    assert np.nanstd(whole.values[:, 0]) > 0.0


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize(
    "execution",
    [Execution(), Execution(lag=2, fill="open", max_participation=0.05, max_turnover=0.1, max_cost_bps=3.0)],
    ids=["default", "capped"],
)
def test_no_decision_or_fill_sees_the_future(policy, execution, panels, cut_markets):
    def replayed(market, signals):
        return simulate(market, POLICIES[policy], execution=execution, signals=signals, start=MARKET.sessions[START])

    whole = replayed(MARKET, panels[None])
    for t in CUTS:
        cut = replayed(cut_markets[t], panels[t])
        until = t - whole.run.start
        for field in ("session", "kind", "asset", "quantity", "price", "amount", "decision"):
            ours = whole.records[field][whole.records["session"] <= until]
            theirs = cut.records[field][cut.records["session"] <= until]
            assert same(ours, theirs), f"{policy}: {field} differs before the change at {t}"
    assert len(whole.decisions) > 0


def test_features_and_labels_see_only_the_past(cut_markets):
    whole = Features(MARKET)
    for t in CUTS:
        cut = Features(cut_markets[t])
        assert same(stress_features(cut).values[: t + 1], stress_features(whole).values[: t + 1])
        assert same(stress_events(cut).days[: t + 1], stress_events(whole).days[: t + 1])
        assert same(market_illiquidity(cut.market)[: t + 1], market_illiquidity(whole.market)[: t + 1])


class Leaky:
    """Looks one day ahead: what the tests above must catch."""

    name, warmup = "leaky", 0

    def compute(self, features):
        ahead = features.returns().mean(axis=1).shift(-1).to_numpy()
        return SignalPanel(features.sessions, ("state",), (ahead > 0)[:, None].astype(float), features.sessions)


@pytest.mark.parametrize("name", HINDSIGHT)
def test_diagnostics_that_see_the_future_are_marked(name, cut_markets):
    signal = HINDSIGHT[name]
    whole = signal.compute(Features(MARKET))
    assert whole.hindsight
    cut = [signal.compute(Features(cut_markets[t])).values[: t + 1] for t in CUTS]
    moved = [not same(values, whole.values[: t + 1]) for values, t in zip(cut, CUTS, strict=True)]
    assert any(moved), f"{name} does not look ahead: it needs no mark"


def test_a_planted_leak_is_caught(cut_markets):
    whole = Leaky().compute(Features(MARKET)).values
    caught = [not same(Leaky().compute(Features(cut_markets[t])).values[: t + 1], whole[: t + 1]) for t in CUTS]
    assert any(caught)
    zscore = past_zscore(MARKET.frame("close")["A"].ffill().to_numpy())
    assert not np.isnan(zscore[-1])

"""Every built-in plug-in passes the check of its kind. A new kind must be given cases here."""

from __future__ import annotations

import atexit
import functools
import inspect
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest

from scenarios import kinds
from scenarios.plugins import find
from scenarios.shocks import (
    Contagion,
    CorrelationBreak,
    CreditSpreadShift,
    DataOutage,
    Default,
    DepthCollapse,
    Drift,
    FactorMove,
    FundingSpike,
    Halt,
    InvestorRun,
    MarketClosure,
    MarketFall,
    PriceGap,
    RangeMultiplier,
    RateShift,
    Redemption,
    SettlementFail,
    SignalDelay,
    SignalInversion,
    SignalNoise,
    SpreadWidening,
    Subscription,
    VolatilityMultiplier,
    VolumeCollapse,
    VolumeMultiplier,
)
from signals import (
    Calendar,
    Foresight,
    HindsightVolatility,
    PastVolatility,
    PublishedStatus,
    StressForecast,
    Threshold,
    VolatilityTrigger,
)
from signals.stress.saved import SavedForecast, save
from simulator import AlmgrenChriss, Bounds, Features
from simulator.testing import (
    ConformanceError,
    check_cost_model,
    check_shock,
    check_signal,
    check_strategy,
    made_markets,
)
from strategies import (
    AllOf,
    Band,
    CVaR,
    DeRisk,
    Equal,
    EqualWeight,
    Every,
    Fixed,
    Hold,
    LeverageTarget,
    LeverageThreshold,
    MinimumVariance,
    MultiPeriod,
    OnSignal,
    Optimised,
    Periodic,
    Policy,
    RiskOff,
    RiskParity,
    Skfolio,
    ThresholdBand,
    TwoStage,
    from_callable,
)
from strategies.overlaid import hedge, liquidity_ladder, shorten_duration, volatility_target
from tests.support import random_market, some

W = {"A": 0.3, "B": 0.2, "C": 0.2, "D": 0.1, "E": 0.1}
VOLATILITY = VolatilityTrigger(lookback=10, enter=0.25, exit=0.20, min_hold=3)
START = "2020-02-20"


class Case(NamedTuple):
    """A built-in as configured, and what its check needs to know."""

    plugin: Any
    terms: Mapping[str, Any] = MappingProxyType({})


SMALL_REFITS: dict[str, Any] = {"min_train": 504, "refit_every": 63}
SMALL_STRESS: dict[str, Any] = {**SMALL_REFITS, "options": {"n_estimators": 5}}
UNKNOWN_EVENTS: dict[str, Any] = {"nan_ok": ("probability", "event"), "cuts": 3}

UNKNOWN_LEVELS: dict[str, Any] = {"nan_ok": ("level", "enter", "exit", "status"), "cuts": 3}


@functools.cache
def saved_folder() -> str:
    """A forecast fitted on a market made for checks, from columns that every such market has."""
    home = tempfile.mkdtemp(prefix="saved-forecast-")
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    features = Features(made_markets(600)["plain"])
    rule = StressForecast(**SMALL_STRESS, columns=["volatility_5", "volatility_21", "return_21", "drawdown_252"])
    save(rule.frozen(features), features, Path(home) / "forecast")
    return str(Path(home) / "forecast")


SIGNALS = {
    "calendar": [
        Case(Calendar("week")),
        Case(Calendar("month")),
        Case(Calendar("year")),
        Case(Calendar(13)),
        Case(Calendar(dates=["2000-05-06", "2001-02-28"])),
    ],
    "volatility": [Case(VolatilityTrigger()), Case(VolatilityTrigger(lookback=10, weights=W))],
    "stress-forecast": [
        Case(StressForecast(**SMALL_STRESS), UNKNOWN_EVENTS),
        Case(
            StressForecast(window=300, scale="percentile", **SMALL_STRESS),
            {**UNKNOWN_EVENTS, "series": {"TEDRATE": "business-days:1", "STLFSI4": "days:6"}},
        ),
        Case(
            StressForecast(
                "var", event="tier", columns=["volatility_21", "return_5"], **{**SMALL_REFITS, "min_train": 700}
            ),
            {**UNKNOWN_EVENTS, "series": {"STLFSI4": "days:6"}},
        ),
        Case(StressForecast("markov-switching", columns=["volatility_5", "return_5"], **SMALL_REFITS), UNKNOWN_EVENTS),
    ],
    "saved-forecast": [
        Case(SavedForecast(saved_folder(), enter=0.02, exit=0.01), UNKNOWN_EVENTS),
        Case(SavedForecast(saved_folder(), scale="percentile", enter=0.8, exit=0.7), UNKNOWN_EVENTS),
    ],
    "threshold": [
        Case(Threshold("volatility_21", enter=0.9, exit=0.7), UNKNOWN_LEVELS),
        Case(Threshold("VIX", scale="percentile"), {**UNKNOWN_LEVELS, "series": {"VIX": "close"}}),
    ],
    "published-status": [Case(PublishedStatus(), {**UNKNOWN_LEVELS, "series": {"STLFSI4": "days:6"}})],
    "volatility-past": [Case(PastVolatility(lookback=10, min_history=126, recalibrate=21), UNKNOWN_LEVELS)],
}

# Diagnostics that use the future on purpose, and say so: the check must refuse them.
HINDSIGHT = {"volatility-hindsight": HindsightVolatility(lookback=10), "foresight": Foresight()}

#: For policies that look at the market, asked on every day of it: three short ones, and fewer futures.
FEW_CUTS: dict[str, Any] = {
    "cuts": 2,
    "market": {name: made_markets(150)[name] for name in ("plain", "gaps", "born and delisted")},
}

POLICIES = {
    "hold": [Case(Hold(W)), Case(Hold([0.5]), {"assets": ["A"]})],
    "periodic": [
        Case(Periodic(W, every=11)),
        Case(Periodic(W, trigger=Calendar("week"))),
        Case(Periodic(W, trigger="stress"), {"signals": {"stress": StressForecast(**SMALL_STRESS)}, "cuts": 2}),
    ],
    "equal-weight": [Case(EqualWeight(every=5, cash=0.1)), Case(EqualWeight(trigger=Calendar("month")))],
    "threshold-band": [
        Case(ThresholdBand(W, 0.02)),
        Case(ThresholdBand(W, 0.02, to="edge", review=7)),
        Case(ThresholdBand(W, 0.03, trigger="month"), {"signals": {"month": Calendar("month")}}),
    ],
    "de-risk": [
        Case(DeRisk(Periodic(W, every=20), VOLATILITY, share=0.6, into={"B": 0.5, "CASH": 0.5})),
        Case(DeRisk(ThresholdBand(W, 0.02, to="edge"), VOLATILITY)),
    ],
    "optimised": [
        Case(Optimised(every=63), {"cuts": 2}),
        Case(Optimised(every=80, risk="factor", expected="none", max_days=0.5, days_price=0.05, cash=0.1), {"cuts": 2}),
    ],
    "multi-period": [
        Case(MultiPeriod(every=63, steps=3), FEW_CUTS),
        Case(MultiPeriod(every=80, steps=2, expected="none", max_days=0.5, days_price=0.05, cash=0.1), FEW_CUTS),
    ],
    "two-stage": [
        Case(TwoStage(every=63, scenarios=10, memory=63), FEW_CUTS),
        Case(TwoStage(every=80, cash=0.05, shapes=[{"redemption": 0.3, "depth": 0.1, "spread": 5.0}]), FEW_CUTS),
    ],
    "liquidity-ladder": [
        Case(liquidity_ladder(Periodic(W, every=20), signal=VOLATILITY, calm=3, phases=2, into={"E": 0.4}), FEW_CUTS)
    ],
    "shorten-duration": [
        Case(shorten_duration(ThresholdBand(W, 0.02), ladder={"A": 17, "B": 7, "C": 2}, max_duration=4.0), FEW_CUTS)
    ],
    "volatility-target": [Case(volatility_target(Periodic(W, every=20), target=0.1, lookback=20), FEW_CUTS)],
    "hedge": [Case(hedge(Hold(W), signal=VOLATILITY, instrument="E", size=0.2, build=2), FEW_CUTS)],
    "skfolio": [Case(Skfolio("InverseVolatility", every=40, window=40), FEW_CUTS)],
    "risk-parity": [Case(RiskParity(every=80, window=60), FEW_CUTS)],
    "minimum-variance": [Case(MinimumVariance(every=80, window=60), FEW_CUTS)],
    "cvar": [Case(CVaR(every=120, window=60), FEW_CUTS)],
    "leverage-target": [Case(LeverageTarget(W, leverage=3.0), {**FEW_CUTS, "bounds": Bounds(max_leverage=3.0)})],
    "leverage-threshold": [
        Case(LeverageThreshold(W, leverage=3.0, most=3.2), {**FEW_CUTS, "bounds": Bounds(max_leverage=3.2)})
    ],
    "composed": [
        Case(
            Policy(Fixed(W), AllOf(OnSignal(Calendar("week")), Band(0.05, relative=0.1)), [RiskOff(VOLATILITY)]),
            FEW_CUTS,
        ),
        Case(Policy(Equal(), Every(15), part=0.5), FEW_CUTS),
    ],
}

COSTS = {
    "almgren-chriss": [
        Case(AlmgrenChriss()),
        Case(AlmgrenChriss(eta=0.0, gamma=0.0, spread_from="abdi-ranaldo")),
        Case(AlmgrenChriss(delta=1.0, spread_from="corwin-schultz", half_life_days=float("inf"))),
        Case(
            AlmgrenChriss(commission_bps=1, per_share=0.005, min_commission=1, fixed_commission=2),
        ),
        Case(AlmgrenChriss(by_asset={"B": {"eta": 0.3, "half_spread_bps": 20.0}})),
    ],
}

SHOCKS = {
    "price-gap": [
        Case(PriceGap(start=START, size=-0.2)),
        Case(PriceGap(start=START, size=0.3, days=10, dispersion=0.3)),
        Case(PriceGap(start=START, assets=["B"], series={"VIX": 2.0}), {"series": {"VIX": "close"}}),
    ],
    "volatility": [
        Case(VolatilityMultiplier(start=START, days=20, multiplier=3.0)),
        Case(VolatilityMultiplier(start=START, multiplier=0.5, dispersion=0.2)),
    ],
    "drift": [Case(Drift(start=START, days=15, size=-0.3)), Case(Drift(start=START, days=5, dispersion=0.2))],
    "market-fall": [
        Case(MarketFall(start=START, days=20, size=-0.3, roughness=0.03)),
        Case(MarketFall(start=START, days=8, size=-0.3, market="B", by_class={"hy-credit": -0.1}, lookback=100)),
    ],
    "factor-move": [
        Case(FactorMove(start=START, days=20, size=-0.3, roughness=0.03)),
        Case(
            FactorMove(
                start=START, days=8, size=-0.3, factors={"DGS10": 0.5}, by_class={"hy-credit": -0.1}, lookback=100
            ),
            {"series": {"DGS10": "business-days:1"}},
        ),
    ],
    "correlation-break": [
        Case(CorrelationBreak(start=START, days=30)),
        Case(CorrelationBreak(start=START, assets=["A", "B", "C"], strength=0.5, lookback=100)),
        Case(CorrelationBreak(start=START, assets=["A", "B"], days=30, correlations={"A": {"B": 0.9}}, lookback=100)),
    ],
    "rate-shift": [
        Case(RateShift(start=START, days=10, durations={"treasury": 8.0, "A": 3.0})),
        Case(
            RateShift(start=START, days=5, durations={"B": 8.0}, estimate="DGS10", shifts={"DGS10": 1.0}),
            {"series": {"DGS10": "business-days:1"}},
        ),
    ],
    "credit-spread-shift": [Case(CreditSpreadShift(start=START, days=10, points=5.0, durations={"hy-credit": 4.0}))],
    "contagion": [Case(Contagion(start=START, days=30, matrix={"A": {"B": 0.5, "C": 1.0}, "B": {"A": 0.2}}, lag=2))],
    "volume": [Case(VolumeMultiplier(start=START, days=20, multiplier=3.0))],
    "depth-collapse": [Case(DepthCollapse(start=START, days=20)), Case(DepthCollapse(start=START, assets=["B"]))],
    "ranges": [Case(RangeMultiplier(start=START, days=20, dip=-0.1)), Case(RangeMultiplier(start=START))],
    "halt": [Case(Halt(start=START, days=5)), Case(Halt(start=START, assets=["A", "C"]))],
    "market-closure": [
        Case(MarketClosure(start=START, days=4)),
        Case(MarketClosure(start=START, days=2, assets=["B"])),
    ],
    "default": [Case(Default(start=START)), Case(Default(start=START, assets=["A"], recovery=0.1))],
    "redemption": [Case(Redemption(start=START, days=5, share=0.3)), Case(Redemption(start=START))],
    "funding-spike": [Case(FundingSpike(start=START, days=5)), Case(FundingSpike(start=START, points=0.5))],
    "settlement-fail": [Case(SettlementFail(start=START, days=5)), Case(SettlementFail(start=START, assets=["B"]))],
    "subscription": [Case(Subscription(start=START, days=5, share=0.3))],
    "data-outage": [
        Case(DataOutage(start=START, days=5), {"series": {"VIX": "close"}}),
        Case(DataOutage(start=START, days=5, how="stale", of="prices")),
        Case(DataOutage(start=START, days=5, how="unit", factor=0.01)),
        Case(DataOutage(start=START, how="stale", of="series", which=["VIX"]), {"series": {"VIX": "close"}}),
    ],
    "investor-run": [
        Case(InvestorRun(start=START)),
        Case(InvestorRun(start=START, days=9, share=0.4, count=7, notice=3)),
    ],
    "signal-delay": [Case(SignalDelay(start=START, sessions=3)), Case(SignalDelay(start=START, days=5))],
    "signal-noise": [Case(SignalNoise(start=START, rate=0.3, sigma=0.5)), Case(SignalNoise(start=START, days=9))],
    "signal-inversion": [Case(SignalInversion(start=START, days=5)), Case(SignalInversion(start=START))],
    "volume-collapse": [Case(VolumeCollapse(start=START, days=20, remaining=0.1)), Case(VolumeCollapse(start=START))],
    "spread-widening": [Case(SpreadWidening(start=START, end="2020-03-20", multiplier=4.0, dispersion=0.3))],
}

#: A shock that states none is tried as its class makes it, from a day on and for some days.
SHOCKS |= {
    kind: [
        Case(find(kind, kinds.SHOCKS, "shocks")(start=START)),
        Case(find(kind, kinds.SHOCKS, "shocks")(start=START, days=9)),
    ]
    for kind in set(kinds.SHOCKS) - set(SHOCKS)
}

KINDS = {
    "signals": (kinds.SIGNALS, SIGNALS, check_signal),
    "policies": (kinds.POLICIES, POLICIES, check_strategy),
    "costs": (kinds.COSTS, COSTS, check_cost_model),
    "shocks": (kinds.SHOCKS, SHOCKS, check_shock),
}


def every_case():
    """The first case of every kind, and half of the others; all in a whole run."""
    for table, (_, cases, check) in KINDS.items():
        for kind, its in cases.items():
            for number in (0, *some(range(1, len(its)), 2)):
                yield pytest.param(check, its[number], id=f"{table}-{kind}-{number}")


@pytest.mark.parametrize(("check", "case"), [*every_case()])
def test_every_built_in_conforms(check, case):
    summary = check(case.plugin, **case.terms)
    assert len(summary.markets) >= (1 if {"assets", "market"} & set(case.terms) else 5), summary
    assert len(summary.rules) >= 8, summary


@pytest.mark.parametrize("table", KINDS)
def test_no_kind_is_forgotten(table):
    known, cases, _ = KINDS[table]
    refused = set(HINDSIGHT) if table == "signals" else set()
    assert set(cases) | refused == set(known), "give the new kind its cases above"
    for kind, its in cases.items():
        assert its
        found = find(kind, known, table)
        made = {found} if inspect.isclass(found) else {type(case.plugin) for case in its}
        assert {type(case.plugin) for case in its} == made, f"the cases of {kind} are not of its class"


@pytest.mark.parametrize("kind", HINDSIGHT)
def test_what_uses_the_future_is_refused(kind):
    market = random_market(3, 900, 4, crises=True)
    with pytest.raises(ConformanceError, match="no look-ahead"):
        check_signal(HINDSIGHT[kind], market=market, nan_ok=("level", "label"))


def test_a_function_as_a_policy_conforms():
    def momentum(day):
        past = day.history(sessions=20).pct_change().std()
        return past.rank().div(15.0).fillna(0.0)

    summary = check_strategy(from_callable(momentum, every=9))
    assert any("decided" in note for note in summary.notes)
    assert "rules kept on 7 markets" in str(summary)

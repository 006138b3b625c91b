"""Runs that combine every feature of the engine at random, each option drawn by itself from a seeded generator."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from simulator import AlmgrenChriss, Bounds, Execution, Flow, MarketData, prepare
from simulator.core.bounds import Group
from simulator.engine import Prepared
from strategies import EqualWeight, Periodic, ThresholdBand

from .markets import Events, eventful_market

ASSETS = 4
CASH = 1e6

#: Chooses one of its arguments.
Pick = Callable[..., Any]


@dataclass(frozen=True, kw_only=True)
class Combination:
    """One run, as options that can be switched off one by one."""

    seed: int
    sessions: int
    events: Events
    market: dict[str, Any]
    policy: dict[str, Any]
    execution: dict[str, Any]
    costs: dict[str, Any]
    bounds: dict[str, Any]
    flows: tuple[Flow, ...] = ()
    waterfall: str = "most-liquid"
    first: int = field(default=0)

    def without(self, part: str, **options: Any) -> Combination:
        """The same run with some options of one part replaced."""
        if part == "events":
            return replace(self, events=replace(self.events, **options))
        if part == "run":
            return replace(self, **options)
        return replace(self, **{part: {**getattr(self, part), **options}})

    def settling(self, pick: Pick) -> Combination:
        """The same run with terms of settlement, and with bounds on the liquidity of holdings."""
        drawn = {
            "settlement_days": pick(0, 0, 1, 2, {"A": 3, "B": 1}, {"2000-01-03": 3, "2000-03-01": 1}),
            "unsettled_buys": pick(True, False),
        }
        return self.without("execution", **drawn)

    def build(self) -> MarketData:
        """Its market."""
        return eventful_market(self.seed, self.sessions, ASSETS, self.events, **self.market)

    def prepared(self, **options: Any) -> Prepared:
        """The run, ready to go."""
        market = self.build()
        return prepare(
            market,
            policy_of(self.policy),
            costs=AlmgrenChriss(**self.costs),
            execution=Execution(**self.execution),
            bounds=Bounds(**self.bounds),
            flows=self.flows,
            waterfall=self.waterfall,
            initial_cash=CASH,
            start=market.sessions[self.first],
            **options,
        )


def policy_of(options: dict[str, Any]) -> Any:
    """A policy from its options."""
    chosen = dict(options)
    kind = chosen.pop("kind")
    return {"periodic": Periodic, "band": ThresholdBand, "equal": EqualWeight}[kind](**chosen)


def draw(seed: int) -> Combination:
    """A combination; the same seed gives the same one. Every tenth lasts longer than a year."""
    rng = np.random.default_rng(seed)

    def pick(*choices: Any) -> Any:
        return choices[rng.integers(len(choices))]

    return compose(pick, seed, 330 if seed % 10 == 9 else 120)


def compose(pick: Pick, seed: int, sessions: int) -> Combination:
    """A combination of what ``pick`` chooses, on a market of its own seed."""
    kind = pick("periodic", "band", "reviewed band", "edge", "equal")
    short = pick(True, False, False) and kind != "edge"  # edges with bounds on weights are asked, not planned
    leverage = pick(1.6, 2.0) if short else pick(1.0, 1.0, 1.4) if kind != "edge" else 1.0
    first = pick(0, 0, sessions // 5)
    return Combination(
        seed=seed,
        sessions=sessions,
        first=first,
        events=_events(pick),
        market={
            "volume": pick(2_000.0, 10_000.0, 50_000.0),
            "cash_rate": pick(0.0, 0.04, -0.01),
            "lots": pick((), (), (10.0, 100.0, 1.0)),
        },
        policy=_policy(pick, kind, short, leverage),
        execution=_execution(pick),
        costs=_costs(pick),
        bounds=_bounds(pick, kind, short, leverage),
        flows=flows_of(seed, first, sessions) if pick(True, False) else (),
        waterfall=pick("most-liquid", "pro-rata"),
    ).settling(pick)


def _events(pick: Pick) -> Events:
    adjusted = pick(False, False, False, True)
    return Events(
        gaps=pick(0.0, 0.0, 0.05, 0.3),
        silent=pick(0.0, 0.0, 0.05, 0.3),
        halts=pick(0.0, 0.05),
        dry=pick(0, 0, 2),
        late=pick(0, 0, 1),
        splits=0 if adjusted else pick(0, 3),
        dividends=0 if adjusted else pick(0, 6),
        delisted=pick(0, 1),
        adjusted=adjusted,
        quoted=pick(False, False, False, True),
        collapsing=pick(False, False, False, True),
    )


def _policy(pick: Pick, kind: str, short: bool, leverage: float) -> dict[str, Any]:
    longs = pick((0.3, 0.3, 0.2, 0.1), (0.25, 0.25, 0.25, 0.25), (0.6, 0.1, 0.0, 0.2))
    weights = pick((0.7, -0.3, 0.4, -0.1), (0.6, 0.3, -0.4, 0.2)) if short else longs
    if not short:
        weights = tuple(np.array(weights) * leverage)
    return {
        "periodic": {"kind": "periodic", "weights": weights, "every": pick(3, 7, 21)},
        "band": {"kind": "band", "weights": weights, "band": pick(0.01, 0.03)},
        "reviewed band": {"kind": "band", "weights": weights, "band": 0.02, "review": pick(2, 5)},
        "edge": {"kind": "band", "weights": weights, "band": 0.02, "to": "edge"},
        "equal": {"kind": "equal", "every": 10, "cash": pick(0.0, 0.2)},
    }[kind]


def _execution(pick: Pick) -> dict[str, Any]:
    schedule = pick("immediate", "immediate", "twap", "almgren-chriss", "almgren-chriss", "participation")
    sliced = schedule in ("twap", "almgren-chriss")
    lag = pick(0, 1, 1, 2, 4)
    return {
        "lag": lag,
        "fill": "close" if lag == 0 else pick("close", "open"),
        "size_at": pick("decision", "fill"),
        "schedule": schedule,
        "sessions": pick(3, 5, 10) if sliced else 1,
        "risk_aversion": pick(1e-6, 1e-5, 1e-4),
        "newer": pick("cancel", "net"),
        "max_turnover": pick(None, None, 0.05, 0.15),
        "annual_turnover": pick(None, None, 0.3, 1.0),
        "max_cost_bps": pick(None, None, 1.0, 5.0),
        "annual_cost_bps": pick(None, None, 10.0, 50.0),
        "max_participation": 0.05 if schedule == "participation" else pick(None, 0.02, 0.10),
        "min_trade": pick(None, None, 0.002, 0.01),
        "unfilled": "carry" if schedule == "participation" else pick("carry", "carry", "drop"),
        "marks": pick("market", "impacted"),
    }


def _costs(pick: Pick) -> dict[str, Any]:
    commission = pick(
        {},
        {"commission_bps": 3.0},
        {"per_share": 0.01, "min_commission": 2.0},
        {"commission_bps": 1.0, "fixed_commission": 5.0},
        {"min_commission": 40.0},
    )
    own = {"B": {"half_spread_bps": 25.0, "eta": 0.5, "borrow_bps": 400.0}, "D": {"gamma": 0.0, "commission_bps": 9.0}}
    return {
        "half_spread_bps": pick(0.0, 2.0, 20.0),
        "spread_from": pick("stated", "stated", "abdi-ranaldo", "corwin-schultz"),
        "eta": pick(0.0, 0.142, 0.142),
        "gamma": pick(0.0, 0.314, 0.314),
        "delta": pick(0.5, 0.6, 1.0),
        "half_life_days": pick(1.0, 5.0, float("inf")),
        "by_asset": pick({}, {}, own),
        "financing_bps": pick(0.0, 100.0),
        "borrow_bps": pick(0.0, 50.0),
        **commission,
    }


def _bounds(pick: Pick, kind: str, short: bool, leverage: float) -> dict[str, Any]:
    on_weights = {
        "max_weight": pick(None, None, 0.28, {"A": 0.15, "B": 0.4}),
        "groups": pick({}, {}, {"pair": Group(assets=("A", "B"), max_weight=0.45)}),
        "min_cash": pick(0.0, 0.0, 0.1) if leverage == 1.0 else 0.0,
        "max_leverage": leverage,
        "allow_short": short,
    }
    return {
        **({} if kind == "edge" else on_weights),
        "min_liquid_share": pick(None, None, 0.5, 0.8),
        "no_trade": pick({}, {}, {"A": (("2000-02-01", "2000-03-15"),), "C": (("2000-04-03", "2000-04-20"),)}),
    }


def flows_of(seed: int, first: int, sessions: int) -> tuple[Flow, ...]:
    """Subscriptions and redemptions, large ones among them, on days and weekends of the run."""
    rng = np.random.default_rng([seed, 1])
    begin, end = np.busday_offset("2000-01-03", [first, sessions - 1])
    days = begin + rng.integers(0, int((end - begin) / np.timedelta64(1, "D")) + 1, 5)
    return (
        Flow(date=str(days[0]), amount=float(rng.uniform(0.05, 0.5) * CASH)),
        Flow(date=str(days[1]), share=-float(rng.uniform(0.05, 0.3))),
        Flow(date=str(days[2]), amount=-float(rng.uniform(0.1, 0.6) * CASH)),
        Flow(date=str(days[3]), share=-float(rng.uniform(0.3, 0.9))),
        Flow(date=str(days[4]), share=float(rng.uniform(0.05, 0.5))),
    )

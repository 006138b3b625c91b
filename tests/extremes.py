"""Books at the edge of what can be asked: a thousand random ones, each from its own seed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from simulator import AlmgrenChriss, Bounds, Execution, Flow, MarketData, prepare
from simulator.engine import Prepared
from strategies import EqualWeight, Hold, Periodic, ThresholdBand


def book(seed: int) -> Prepared:
    """The run of a seed, ready to go."""
    market, policy, terms = case(seed)
    return prepare(market, policy, **terms)


def case(seed: int) -> tuple[MarketData, Any, dict[str, Any]]:
    """A market, a policy and terms.

    Prices from 1e-6 to 1e6, cash from 1e-6 to 1e12, one session or many, halts, redemptions above nav.
    """
    rng = np.random.default_rng(seed)

    def pick(*choices: Any) -> Any:
        return choices[int(rng.integers(len(choices)))]

    sessions, assets = pick(1, 2, 3, 20, 60), pick(1, 2, 5)
    cash = 10.0 ** rng.uniform(-6.0, 12.0)
    short = pick(False, False, True)
    weights = rng.dirichlet(np.ones(assets)) * pick(1.0, 0.5, 1.0 if not short else 2.0)
    if short:
        weights = weights * np.where(rng.random(assets) < 0.4, -1.0, 1.0)
    terms = {
        "costs": AlmgrenChriss(
            half_spread_bps=pick(0.0, 5.0, 500.0),
            eta=pick(0.0, 0.142, 5.0),
            gamma=pick(0.0, 0.314),
            half_life_days=pick(1.0, 5.0),
            commission_bps=pick(0.0, 3.0),
        ),
        "execution": Execution(
            lag=pick(0, 1, 3),
            max_participation=pick(None, None, 0.1),
            max_turnover=pick(None, 0.3),
            unfilled=pick("carry", "drop"),
            marks=pick("market", "impacted"),
        ),
        "bounds": Bounds(allow_short=short, max_leverage=4.0 if short else 1.0),
        "initial_cash": cash,
        "flows": _flows(rng, pick, sessions, cash),
        "waterfall": pick("most-liquid", "pro-rata"),
    }
    return _market(rng, pick, sessions, assets, cash), _policy(pick, weights, short), terms


def _market(rng: np.random.Generator, pick: Any, sessions: int, assets: int, cash: float) -> MarketData:
    index = pd.bdate_range("2020-01-01", periods=sessions)
    names = [f"A{i}" for i in range(assets)]
    wild = pick(0.01, 0.05, 0.5)
    steps = np.cumsum(rng.normal(0.0, wild, (sessions, assets)), axis=0)
    close = np.clip(10.0 ** rng.uniform(-6.0, 6.0, assets) * np.exp(steps), 1e-6, 1e6)
    traded = cash * 10.0 ** rng.uniform(-2.0, 4.0) / close * rng.lognormal(0.0, 0.5, close.shape)
    halted = np.full(close.shape, True) if pick(*[False] * 9, True) else rng.random(close.shape) < pick(0.0, 0.2)
    volume = np.where(halted, 0.0, traded)
    return MarketData.from_frames(
        pd.DataFrame(close, index, names),
        volume=pd.DataFrame(volume, index, names),
        cash_rate=pick(0.0, 0.05, -0.01),
    )


def _policy(pick: Any, weights: np.ndarray, short: bool) -> Any:
    kinds = [Hold(weights), Periodic(weights, every=pick(1, 5)), ThresholdBand(weights, pick(0.001, 0.1))]
    return pick(*kinds) if short else pick(*kinds, EqualWeight(every=3))


def _flows(rng: np.random.Generator, pick: Any, sessions: int, cash: float) -> list[Flow]:
    index = pd.bdate_range("2020-01-01", periods=sessions)
    chosen = rng.integers(sessions, size=pick(0, 0, 1, 3))
    sizes = (("share", -0.3), ("share", -1.0), ("amount", -0.4 * cash), ("amount", -5.0 * cash), ("amount", cash))
    return [Flow(date=str(index[t].date()), **dict([pick(*sizes)])) for t in sorted(chosen)]

"""What must make no difference: the order of the assets, the unit of a share, the unit of money, one asset as two."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator import AlmgrenChriss, Bounds, Execution, Flow, MarketData, simulate
from simulator.core.bounds import Group
from simulator.core.market import Delisting
from strategies import Periodic
from tests.combinations import CASH, Combination, policy_of
from tests.markets import Events, eventful_market
from tests.property.runs import combinations

EXAMPLES = settings()  # 200 examples: the profile in conftest.py says how many
PRICES = ("open", "high", "low", "close", "dividends")
PANELS = (*PRICES, "volume", "adjustment", "half_spread", "splits", "halted")


def nav_of(one: Combination, market: MarketData, **changed: Any) -> tuple[np.ndarray, list[int]]:
    """Nav and the sessions of the decisions of a combination on another market, with parts of it replaced."""
    parts: dict[str, Any] = {
        "costs": one.costs,
        "policy": one.policy,
        "flows": one.flows,
        "initial_cash": CASH,
        "execution": one.execution,
        **changed,
    }
    with np.errstate(divide="ignore", invalid="ignore"):
        result = simulate(
            market,
            policy_of(parts["policy"]),
            costs=AlmgrenChriss(**parts["costs"]),
            execution=Execution(**parts["execution"]),
            bounds=Bounds(**one.bounds),
            flows=parts["flows"],
            waterfall=one.waterfall,
            initial_cash=parts["initial_cash"],
            start=market.sessions[one.first],
        )
    return result.out.nav, [str(day) for day in result.decisions["date"]]


def columns(market: MarketData, order: list[int], names: tuple[str, ...] | None = None) -> dict[str, Any]:
    """The panels, names, instruments and delistings of a market with its columns taken in an order."""
    labels = names or tuple(market.assets[i] for i in order)
    gone = {
        labels[k]: market.delistings[market.assets[i]]
        for k, i in enumerate(order)
        if market.assets[i] in market.delistings
    }
    panels = {name: getattr(market, name)[:, order] for name in PANELS if getattr(market, name) is not None}
    return {
        **panels,
        "assets": labels,
        "instruments": tuple(market.instruments[i] for i in order),
        "delistings": {name: Delisting(*ended) for name, ended in gone.items()},
    }


def same_books(one: tuple[np.ndarray, list[int]], two: tuple[np.ndarray, list[int]], scale: float = 1.0) -> None:
    """Nav alike to rounding, unless rounding has moved a trigger by a day (which the dates of decisions show)."""
    if one[1] == two[1]:
        assert np.abs(two[0] - scale * one[0]).max() <= 1e-8 * scale * max(CASH, float(np.abs(one[0]).max()))


def _without_steps(one: Combination) -> Combination:
    """Without lots, least trades and fees that jump: there a rounding in the last bit is a trade more or less."""
    smooth = one.without("market", lots=()).without("execution", min_trade=None)
    return smooth.without("costs", min_commission=0.0, fixed_commission=0.0)


@EXAMPLES
@given(combinations(keep=_without_steps), st.permutations(range(4)))
def test_the_order_of_the_assets_does_not_matter(one, order):
    market = one.build()
    policy = dict(one.policy)
    if "weights" in policy:
        policy["weights"] = tuple(policy["weights"][i] for i in order)
    shuffled = replace(market, **columns(market, list(order)))
    same_books(nav_of(one, market), nav_of(one, shuffled, policy=policy))


@EXAMPLES
@given(combinations(), st.sampled_from([0.25, 2.0, 1024.0]))
def test_the_unit_of_a_share_does_not_matter(one, c):
    """Prices x c, shares / c: the same notional everywhere. Powers of two, so to the last bits."""
    market = one.build()
    scaled = {name: getattr(market, name) * c for name in PRICES if getattr(market, name) is not None}
    lots = tuple(replace(own, lot=own.lot / c) for own in market.instruments)
    other = replace(market, **scaled, volume=market.volume / c, instruments=lots)
    costs = {**one.costs, "per_share": one.costs.get("per_share", 0.0) * c}
    same_books(nav_of(one, market), nav_of(one, other, costs=costs))


@EXAMPLES
@given(combinations(), st.sampled_from([0.25, 2.0, 1024.0]))
def test_the_unit_of_money_does_not_matter(one, c):
    """Cash, flows, volumes, lots and fees in currency x c, risk aversion (per unit of currency) / c: nav x c."""
    market = one.build()
    lots = tuple(replace(own, lot=own.lot * c) for own in market.instruments)
    other = replace(market, volume=market.volume * c, instruments=lots)
    flows = tuple(f if f.amount is None else Flow(date=f.date, amount=f.amount * c) for f in one.flows)
    fees = {name: one.costs[name] * c for name in ("min_commission", "fixed_commission") if name in one.costs}
    execution = {**one.execution, "risk_aversion": one.execution["risk_aversion"] / c}
    scaled = nav_of(one, other, costs={**one.costs, **fees}, flows=flows, initial_cash=CASH * c, execution=execution)
    same_books(nav_of(one, market), scaled, c)


def halved(market: MarketData) -> MarketData:
    """The market with its first asset twice, each with half of the volume."""
    order = [0, *range(len(market.assets))]
    twins = columns(market, order, ("A1", "A2", *market.assets[1:]))
    volume = twins["volume"].copy()
    volume[:, :2] *= 0.5
    return replace(market, **{**twins, "volume": volume})


def _divisible(one: Combination) -> Combination:
    """What splitting an asset must not change; see the property for what it may."""
    smooth = (
        _without_steps(one).without("costs", by_asset={}).without("bounds", max_weight=None, groups={}, no_trade={})
    )
    weights = (0.7, -0.3, 0.4, -0.1) if one.bounds.get("allow_short") else (0.3, 0.3, 0.2, 0.1)
    smooth = smooth.without("run", policy={"kind": "periodic", "weights": weights, "every": one.policy.get("every", 5)})
    if one.execution["schedule"] == "almgren-chriss":
        smooth = smooth.without("execution", schedule="twap")
    if "A" in _by_name(one.execution.get("settlement_days", 0)):  # halves have other names
        smooth = smooth.without("execution", settlement_days=0)
    return smooth


def _by_name(stated: Any) -> Any:
    return stated if isinstance(stated, dict) else ()


@EXAMPLES
@given(combinations(keep=_divisible))
def test_an_asset_is_the_same_as_two_halves_of_it(one):
    """Half the weight and half the volume each: spread, impact, displacement, caps and waterfall are all as before.

    What does differ, and should: whatever is counted by asset. A commission's minimum and its fixed part are due on
    both fills; a least trade and a lot are measured on each half; a band and ``max_weight`` look at each weight; equal
    weights see one asset more; and the Almgren–Chriss schedule plans each asset by itself, for a risk that of two
    halves is less than that of the whole. The tests below hold these differences down.
    """
    market = one.build()
    weights = one.policy["weights"]
    halves = {**one.policy, "weights": (weights[0] / 2.0, weights[0] / 2.0, *weights[1:])}
    same_books(nav_of(one, market), nav_of(one, halved(market), policy=halves))


def _whole_and_halves(costs: AlmgrenChriss, execution: Execution, bounds: tuple[Bounds, Bounds] | None = None) -> Any:
    market = eventful_market(3, 60, 2, Events(), volume=20_000.0)
    policies = Periodic((0.6, 0.2), every=7), Periodic((0.3, 0.3, 0.2), every=7)
    both = bounds or (Bounds(), Bounds())
    return [
        simulate(given, policy, costs=costs, execution=execution, bounds=bound, initial_cash=CASH)
        for given, policy, bound in zip((market, halved(market)), policies, both, strict=True)
    ]


def test_two_halves_pay_a_fixed_commission_twice():
    whole, halves = _whole_and_halves(
        AlmgrenChriss(half_spread_bps=0.0, eta=0.0, gamma=0.0, fixed_commission=7.0), Execution()
    )
    fills_of_a = (whole.trades["asset"] == "A").sum()
    assert len(halves.trades) == len(whole.trades) + fills_of_a
    assert halves.total_costs["commission"] == pytest.approx(whole.total_costs["commission"] + 7.0 * fills_of_a)
    assert whole.total_costs["commission"] == pytest.approx(7.0 * len(whole.trades))


def test_two_halves_are_traded_with_less_haste():
    """Urgency rises with lambda sigma^2 V / eta: in half of the volume there is less of it."""
    execution = Execution(schedule="almgren-chriss", sessions=5, risk_aversion=1e-4)
    whole, halves = _whole_and_halves(AlmgrenChriss(delta=1.0, half_life_days=1.0), execution)
    first = whole.trades[whole.trades["asset"] == "A"]["quantity"].iloc[0]
    twins = halves.trades[halves.trades["asset"].isin(["A1", "A2"])]["quantity"].iloc[:2]
    assert twins.iloc[0] == pytest.approx(twins.iloc[1], rel=1e-12)
    assert twins.sum() < first * (1.0 - 1e-6)


def test_two_halves_fit_under_one_group_as_the_whole_does_under_its_cap():
    bounds = Bounds(max_weight={"A": 0.25}), Bounds(groups={"A": Group(assets=("A1", "A2"), max_weight=0.25)})
    whole, halves = _whole_and_halves(AlmgrenChriss(), Execution(), bounds)
    assert np.allclose(whole.out.nav, halves.out.nav, rtol=1e-10)

"""Every feature of the engine, combined at random, against the oracle and between the drivers.

A parity test of a feature that never bites proves nothing: the second half of this file shows that each one does.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest

from simulator import Flow, RunResult
from simulator.ledger import Kind
from simulator.ledger.events import NO_COMPONENT, NOTHING_LEFT
from simulator.testing import OracleRun, replay_oracle
from tests.combinations import CASH, Combination, draw, flows_of
from tests.support import same, same_events, some

SEEDS = range(240)
TOLERANCE = 1e-11  # of the book's largest nav
ENOUGH = 3  # combinations in which each feature must bite
DAILY = ("cash", "interest", "price_pnl", "impact_pnl", "dividends", "flows", "bought", "sold", "costs")


@cache
def outcome(seed: int) -> RunResult:
    with np.errstate(divide="ignore", invalid="ignore"):  # weights of a book that has been paid out whole
        return draw(seed).prepared().run()


@pytest.mark.parametrize("seed", some(SEEDS, 2))
def test_books_equal_the_oracle(seed):
    assert_equal_to_the_oracle(outcome(seed))


#: Every fifth combination, and those whose books are worth nothing or less when it matters.
REDEEMED = (*range(2, 240, 5), 54, 126, 156, 233)


@pytest.mark.parametrize("seed", some(REDEEMED, 3))
@pytest.mark.parametrize("share", [-1.0, -0.9999])
def test_books_that_are_redeemed_whole_equal_the_oracle(seed, share):
    one = draw(seed)
    rest = flows_of(seed, one.first, one.sessions)
    with np.errstate(divide="ignore", invalid="ignore"):
        result = one.without("run", flows=(*rest[:3], Flow(date=rest[3].date, share=share), rest[4])).prepared().run()
    assert_equal_to_the_oracle(result)


def assert_equal_to_the_oracle(ours: RunResult) -> None:
    oracle = replay_oracle(ours.run)
    size = max(CASH, float(np.abs(oracle.nav).max()))
    assert np.abs(ours.out.nav - oracle.nav).max() < TOLERANCE * size
    for name in DAILY:
        assert np.abs(ours.daily[name] - getattr(oracle, name)).max() < TOLERANCE * size, name
    assert (np.abs(ours.daily["shares"] - oracle.shares) * ours.marks).max() < TOLERANCE * size
    assert np.abs(ours.settled.to_numpy() - oracle.settled).max() < TOLERANCE * size
    assert same(np.isnan(ours.out.raised), np.isnan(oracle.raised))
    assert np.nanmax(np.abs(ours.out.raised - oracle.raised), initial=0.0) < TOLERANCE * size
    assert np.abs(_shortfalls(ours, NO_COMPONENT) - oracle.owed).max() < TOLERANCE * size
    assert np.abs(_shortfalls(ours, NOTHING_LEFT) - oracle.unpaid).max() < TOLERANCE * size
    assert _sessions_of(ours, Kind.DECISION) == oracle.decisions


@pytest.mark.parametrize("seed", some(SEEDS, 2))
def test_compiled_and_python_drivers_agree_to_the_bit(seed):
    compiled = outcome(seed)
    with np.errstate(divide="ignore", invalid="ignore"):
        asked = draw(seed).prepared(driver="python").run()
    assert same(compiled.out.nav, asked.out.nav)
    assert same(compiled.out.daily, asked.out.daily)
    assert same(compiled.out.shares, asked.out.shares)
    assert same_events(compiled.records, asked.records)


#: Options and the value that switches each off: doing so must change the books.
SWITCHES: dict[str, tuple[Callable[[Combination], bool], str, dict[str, Any]]] = {
    "twap": (lambda c: c.execution["schedule"] == "twap", "execution", {"schedule": "immediate", "sessions": 1}),
    "almgren-chriss": (lambda c: c.execution["schedule"] == "almgren-chriss", "execution", {"schedule": "twap"}),
    "participation schedule": (
        lambda c: c.execution["schedule"] == "participation",
        "execution",
        {"schedule": "immediate", "max_participation": None},
    ),
    "net": (lambda c: c.execution["newer"] == "net", "execution", {"newer": "cancel"}),
    "net, sized at the fill, several in flight": (
        lambda c: (
            c.execution["newer"] == "net"
            and c.execution["size_at"] == "fill"
            and c.execution["lag"] > c.policy.get("every", 1)
        ),
        "execution",
        {"newer": "cancel"},
    ),
    "sized at the fill": (lambda c: c.execution["size_at"] == "fill", "execution", {"size_at": "decision"}),
    "fill at the open": (lambda c: c.execution["fill"] == "open", "execution", {"fill": "close"}),
    "drop": (lambda c: c.execution["unfilled"] == "drop", "execution", {"unfilled": "carry"}),
    "impacted marks": (lambda c: c.execution["marks"] == "impacted", "execution", {"marks": "market"}),
    "max_participation": (
        lambda c: c.execution["max_participation"] is not None and c.execution["schedule"] != "participation",
        "execution",
        {"max_participation": None},
    ),
    **{
        name: (lambda c, name=name: c.execution[name] is not None, "execution", {name: None})
        for name in ("max_turnover", "annual_turnover", "max_cost_bps", "annual_cost_bps", "min_trade")
    },
    **{
        name: (lambda c, name=name: c.costs.get(name, 0.0) > 0.0, "costs", {name: 0.0})
        for name in (
            *("half_spread_bps", "eta", "gamma", "commission_bps", "per_share", "min_commission", "fixed_commission"),
            *("borrow_bps", "financing_bps"),
        )
    },
    "linear impact": (lambda c: c.costs["delta"] == 1.0, "costs", {"delta": 0.6}),
    "square-root impact": (lambda c: c.costs["delta"] == 0.5, "costs", {"delta": 0.6}),
    "lasting impact": (lambda c: c.costs["half_life_days"] == np.inf, "costs", {"half_life_days": 5.0}),
    "abdi-ranaldo": (lambda c: c.costs["spread_from"] == "abdi-ranaldo", "costs", {"spread_from": "stated"}),
    "corwin-schultz": (lambda c: c.costs["spread_from"] == "corwin-schultz", "costs", {"spread_from": "stated"}),
    "by_asset": (lambda c: bool(c.costs["by_asset"]), "costs", {"by_asset": {}}),
    "max_weight": (lambda c: c.bounds.get("max_weight") is not None, "bounds", {"max_weight": None}),
    "groups": (lambda c: bool(c.bounds.get("groups")), "bounds", {"groups": {}}),
    "min_cash": (lambda c: c.bounds.get("min_cash", 0.0) > 0.0, "bounds", {"min_cash": 0.0}),
    "min_liquid_share": (lambda c: c.bounds["min_liquid_share"] is not None, "bounds", {"min_liquid_share": None}),
    "no_trade": (lambda c: bool(c.bounds["no_trade"]), "bounds", {"no_trade": {}}),
    "settlement_days": (lambda c: c.execution["settlement_days"] != 0, "execution", {"settlement_days": 0}),
    "unsettled_buys": (
        lambda c: c.execution["settlement_days"] != 0 and not c.execution["unsettled_buys"],
        "execution",
        {"unsettled_buys": True},
    ),
    "flows": (lambda c: bool(c.flows), "run", {"flows": ()}),
    "waterfall": (lambda c: c.waterfall == "most-liquid", "run", {"waterfall": "pro-rata"}),
    "lots": (lambda c: bool(c.market["lots"]), "market", {"lots": ()}),
    "cash_rate": (lambda c: c.market["cash_rate"] != 0.0, "market", {"cash_rate": 0.0}),
}


@pytest.mark.parametrize("name", SWITCHES)
def test_each_option_bites(name):
    chosen, part, off = SWITCHES[name]
    bitten = 0
    for seed in SEEDS:
        one = draw(seed)
        if not chosen(one):
            continue
        with np.errstate(divide="ignore", invalid="ignore"):
            other = one.without(part, **off).prepared().run("nav")
        bitten += bool(np.abs(other.out.nav - outcome(seed).out.nav).max() > 1e-3)
        if bitten == ENOUGH:
            return
    pytest.fail(f"{name} changed the books in {bitten} combinations only")


def _limited(result: RunResult, name: str) -> Any:
    limits = result.limits
    return limits[limits["component"] == name]


def _untradable_where(result: RunResult, panel: Any) -> bool:
    found = _limited(result, "untradable")
    market = result.run.market
    rows = np.searchsorted(market.sessions, found["date"].to_numpy().astype("datetime64[D]"))
    columns = [market.assets.index(name) for name in found["asset"]]
    return panel is not None and bool(panel[rows, columns].any())


def _bought_late(result: RunResult) -> bool:
    late = ~np.isfinite(result.run.market.close[result.run.start])
    return bool((result.daily["shares"][:, late] != 0.0).any())


#: What must have happened in some of the markets and books.
HAPPENINGS: dict[str, Callable[[RunResult], bool]] = {
    "a split of a position": lambda r: bool((r.records["kind"] == Kind.SPLIT).any()),
    "a dividend": lambda r: bool((r.records["kind"] == Kind.DIVIDEND).any()),
    "a dividend of a short position": lambda r: bool((r.daily["dividends"] < 0.0).any()),
    "a delisting with a recovery": lambda r: bool((r.records["amount"][r.records["kind"] == Kind.DELISTING] > 0).any()),
    "a delisting of a short position": lambda r: bool(
        (r.records["quantity"][r.records["kind"] == Kind.DELISTING] > 0).any()
    ),
    "an order in a halt": lambda r: _untradable_where(r, r.run.market.halted),
    "an order on a silent day": lambda r: _untradable_where(r, r.run.market.volume == 0.0),
    "an order in a gap": lambda r: _untradable_where(r, np.isnan(r.run.market.close)),
    "an asset born late": _bought_late,
    "quoted spreads": lambda r: r.run.market.half_spread is not None and bool(r.daily["costs"][:, 0].any()),
    "adjusted prices with fees a raw share": lambda r: (
        r.run.market.adjustment is not None and bool((r.run.costs.by_asset[3] > 0.0).any())
    ),
    "adjusted prices with lots": lambda r: r.run.market.adjustment is not None and bool(r.run.limits.lot.any()),
    "a short position with a borrow fee": lambda r: bool((r.daily["costs"][:, 4] > 0.0).any()),
    "an overdraft": lambda r: bool((r.daily["cash"] < -1.0).any()),
    "a redemption not met": lambda r: bool((r.records["kind"] == Kind.SHORTFALL).any()),
    "a redemption of a book with nothing left": lambda r: len(_limited(r, "nothing left")) > 0,
    "a redemption that waits for settlement": lambda r: bool(
        ((r.owed > 0.0) & (r.cash >= r.owed) & (r.settled < r.cash - 1.0)).any()
    ),
    "a redemption paid from sales": lambda r: bool((r.daily["late_flows"] < 0.0).any()),
    "a cancelled remainder": lambda r: bool((r.records["kind"] == Kind.CANCEL).any()),
    "a sale dearer than its proceeds": lambda r: len(_limited(r, "cost above proceeds")) > 0,
    "a breach by drift": lambda r: bool((r.records["kind"] == Kind.BREACH).any()),
    "a buy short of cash": lambda r: len(_limited(r, "cash")) > 0,
}


@pytest.mark.parametrize("name", HAPPENINGS)
def test_each_event_happens(name):
    found = [seed for seed in SEEDS if HAPPENINGS[name](outcome(seed))]
    assert len(found) >= ENOUGH, f"{name}: only in {found}"


def _shortfalls(result: RunResult, component: int) -> np.ndarray:
    """(T,) redemptions not paid by the end of each day, those that wait or those that end, from the event stream."""
    owed = np.zeros(result.sessions.size)
    chosen = (result.records["kind"] == Kind.SHORTFALL) & (result.records["component"] == component)
    chosen = result.records[chosen]
    owed[chosen["session"]] = chosen["amount"]
    return owed


def _sessions_of(result: RunResult, kind: Kind) -> list[int]:
    return result.records["session"][result.records["kind"] == kind].tolist()


def test_the_oracle_would_notice():
    """A cost a thousandth dearer, a lag a session longer, a lot a share larger: none passes for equal."""
    one = next(draw(seed) for seed in SEEDS if draw(seed).costs["eta"] and not draw(seed).flows)
    truth: OracleRun = replay_oracle(one.prepared())
    wrong = one.without("costs", eta=one.costs["eta"] * 1.001).prepared().run("nav")
    assert np.abs(wrong.out.nav - truth.nav).max() > TOLERANCE * CASH

"""What must hold for every market: the identities, the caps, the cash, the symmetries."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator import AlmgrenChriss, Execution, MarketData, ReconciliationError, simulate
from simulator.ledger import Kind, rebuild, reconcile
from strategies import Periodic, ThresholdBand
from tests.support import random_market

EXAMPLES = settings()  # 200 examples: the profile in conftest.py says how many


@st.composite
def runs(draw):
    market = random_market(
        draw(st.integers(0, 2**32 - 1)),
        sessions=draw(st.integers(2, 90)),
        assets=draw(st.integers(1, 5)),
        gaps=draw(st.sampled_from([0.0, 0.05, 0.4])),
        silent=draw(st.sampled_from([0.0, 0.05, 0.4])),
        volume=draw(st.sampled_from([100.0, 20_000.0])),
        cash_rate=draw(st.sampled_from([-0.01, 0.0, 0.05])),
    )
    lag = draw(st.integers(0, 3))
    execution = Execution(
        lag=lag,
        fill=draw(st.sampled_from(["close", "open"] if lag else ["close"])),
        size_at=draw(st.sampled_from(["decision", "fill"])),
        max_turnover=draw(st.sampled_from([None, 0.02, 0.3])),
        max_participation=draw(st.sampled_from([None, 0.01, 0.2])),
        max_cost_bps=draw(st.sampled_from([None, 1.0])),
        unfilled=draw(st.sampled_from(["carry", "drop"])),
        marks=draw(st.sampled_from(["market", "impacted"])),
    )
    costs = AlmgrenChriss(
        half_spread_bps=draw(st.sampled_from([0.0, 2.0, 300.0])),
        eta=draw(st.sampled_from([0.0, 0.142, 2.0])),
        gamma=draw(st.sampled_from([0.0, 0.314])),
        delta=draw(st.sampled_from([0.5, 0.6, 1.0])),
        half_life_days=draw(st.sampled_from([1.0, 5.0, float("inf")])),
    )
    weights = np.array(draw(st.lists(st.floats(0.0, 1.0), min_size=market.shape[1], max_size=market.shape[1])))
    weights = weights / max(weights.sum(), 1.0)
    policy = draw(
        st.sampled_from(
            [Periodic(weights, every=3), ThresholdBand(weights, 0.02), ThresholdBand(weights, 0.02, to="edge")]
        )
    )
    return market, policy, costs, execution


@EXAMPLES
@given(runs())
def test_the_books_balance_every_day(run):
    market, policy, costs, execution = run
    result = simulate(market, policy, costs=costs, execution=execution, initial_cash=1e5)
    daily = result.daily
    held = daily["cash"] + (daily["shares"] * result.marks).sum(axis=1) + daily["premium"]
    assert np.all(np.abs(daily["nav"] - held) <= 1e-9 * np.abs(daily["nav"]))
    explained = (
        daily["price_pnl"] + daily["impact_pnl"] - daily["costs"].sum(axis=1) + daily["interest"] + daily["flows"]
    )
    assert np.all(np.abs(np.diff(daily["nav"], prepend=0.0) - explained) <= 1e-9 * np.abs(daily["nav"]))
    books = rebuild(result.records, *result.marks.shape)
    assert np.all(np.abs(books.nav + daily["premium"] - daily["nav"]) <= 1e-9 * np.abs(daily["nav"]))
    assert np.allclose(books.shares, daily["shares"], rtol=1e-12, atol=1e-9)


@EXAMPLES
@given(runs())
def test_cash_and_positions_never_go_negative(run):
    market, policy, costs, execution = run
    result = simulate(market, policy, costs=costs, execution=execution, initial_cash=1e5)
    floor = min(0.0, float(result.daily["interest"].min()))  # a negative rate is paid even by the last penny
    assert result.daily["cash"].min() >= floor
    assert result.daily["shares"].min() >= 0.0


@EXAMPLES
@given(runs())
def test_no_fill_exceeds_a_cap_and_nothing_trades_without_volume(run):
    market, policy, costs, execution = run
    result = simulate(market, policy, costs=costs, execution=execution, initial_cash=1e5)
    fills = result.records[result.records["kind"] == Kind.FILL]
    assert (result.run.arrays.status[fills["session"], fills["asset"]] == 0).all()
    notional = np.abs(fills["quantity"] * fills["price"])
    if execution.max_participation is not None:
        taken = np.zeros(market.shape)
        np.add.at(taken, (fills["session"], fills["asset"]), notional)
        assert np.all(taken <= execution.max_participation * np.nan_to_num(market.notional) * (1.0 + 1e-9))
    if execution.max_turnover is not None:
        bought, sold = np.zeros(market.shape[0]), np.zeros(market.shape[0])
        later = fills["decision"] > 0
        buys = fills["quantity"] > 0.0
        np.add.at(bought, fills["session"][later & buys], notional[later & buys])
        np.add.at(sold, fills["session"][later & ~buys], notional[later & ~buys])
        # The cap is of the nav known when filling: the close before, or with lag 0 this close before costs.
        daily = result.daily
        before = np.concatenate([[1e5], result.out.nav[:-1]])
        known = (
            before
            if execution.lag
            else result.out.nav
            + daily["costs"].sum(axis=1)
            - np.minimum(daily["impact_pnl"], 0.0)
            + np.abs(daily["premium"])
        )
        assert np.all(np.maximum(bought, sold) <= execution.max_turnover * known * (1.0 + 1e-9))


@EXAMPLES
@given(runs())
def test_costs_are_never_negative(run):
    market, policy, costs, execution = run
    result = simulate(market, policy, costs=costs, execution=execution, initial_cash=1e5)
    assert result.daily["costs"].min() >= 0.0
    assert min(result.total_costs.values()) >= 0.0


@EXAMPLES
@given(runs(), st.randoms(use_true_random=False))
def test_the_order_of_assets_does_not_matter(run, random):
    market, policy, costs, execution = run
    order = list(range(market.shape[1]))
    random.shuffle(order)
    panels = ("open", "high", "low", "close", "volume")
    shuffled = replace(
        market,
        assets=tuple(market.assets[i] for i in order),
        instruments=tuple(market.instruments[i] for i in order),
        **{name: getattr(market, name)[:, order] for name in panels},
    )
    other = _with_weights(policy, np.asarray(policy.holdings.weights)[order])
    one = simulate(market, policy, costs=costs, execution=execution, initial_cash=1e5)
    two = simulate(shuffled, other, costs=costs, execution=execution, initial_cash=1e5)
    if len(one.decisions) == len(two.decisions):  # a rounding difference may move a band's trigger by a day
        assert np.allclose(one.out.nav, two.out.nav, rtol=1e-9)


@EXAMPLES
@given(runs(), st.sampled_from([0.25, 4.0, 1024.0]))
def test_scale_does_not_matter(run, scale):
    """A book and a market k times as large give k times the nav: powers of two, so to the bit but for dust."""
    market, policy, costs, execution = run
    larger = replace(market, volume=market.volume * scale)
    one = simulate(market, policy, costs=costs, execution=execution, initial_cash=2.0**17)
    two = simulate(larger, policy, costs=costs, execution=execution, initial_cash=2.0**17 * scale)
    assert np.allclose(two.out.nav, scale * one.out.nav, rtol=1e-9)


@EXAMPLES
@given(runs())
def test_reconcile_refuses_a_single_wrong_event(run):
    market, policy, costs, execution = run
    result = simulate(market, policy, costs=costs, execution=execution, initial_cash=1e5)
    wrong = result.records.copy()
    cash = np.flatnonzero(np.isin(wrong["kind"], [Kind.FILL, Kind.FLOW]))
    wrong["amount"][cash[len(cash) // 2]] += 1.0
    with pytest.raises(ReconciliationError, match="event stream"):
        reconcile(result.sessions, result.marks, result.daily, wrong)


def _with_weights(policy, weights):
    if isinstance(policy, Periodic):
        return Periodic(weights, every=3)
    return ThresholdBand(weights, 0.02, to=policy.when.to)


def test_the_market_used_here_has_gaps_and_silent_days():
    market = random_market(1, sessions=90, gaps=0.4, silent=0.4)
    assert isinstance(market, MarketData)
    assert 0.1 < np.isnan(market.close).mean() < 0.6
    assert not market.tradable.all()

"""What must hold for every run with every feature: the identities, the caps, the cash, the redemptions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator import Bounds
from simulator.core import abi
from simulator.core.bounds import Group
from simulator.ledger import Kind
from simulator.ledger.events import NO_COMPONENT, NOTHING_LEFT
from simulator.testing.oracle_law import costs_of, row_of
from tests.combinations import CASH, flows_of
from tests.property.runs import combinations, daily_sum, known_nav, of_kind, replayed, turnover

EXAMPLES = settings()  # 200 examples: the profile in conftest.py says how many
SLACK = 1.0 + 1e-9


@EXAMPLES
@given(combinations())
def test_nav_follows_from_the_ledger_alone(one):
    """Cash from each movement, shares from fills, splits and delistings, nav from both and the market's own closes."""
    result = replayed(one)
    cash, shares, gone = 0.0, np.zeros(len(result.assets)), result.run.market.gone_from - result.run.start
    size, records = max(CASH, float(np.abs(result.out.nav).max())), result.records
    begins = np.searchsorted(records["session"], np.arange(result.sessions.size + 1))
    for t in range(result.sessions.size):
        for row in records[begins[t] : begins[t + 1]]:
            kind = row["kind"]
            if kind in (Kind.INTEREST, Kind.FLOW, Kind.FILL, Kind.COST, Kind.DIVIDEND, Kind.DELISTING):
                cash += row["amount"]
            if kind in (Kind.FILL, Kind.SPLIT, Kind.DELISTING):
                shares[row["asset"]] += row["quantity"]
            if kind == Kind.FILL:
                assert row["amount"] == -row["quantity"] * row["price"]
        nav = cash + (shares * result.marks[t]).sum() + result.daily["premium"][t]
        assert abs(nav - result.out.nav[t]) <= 1e-9 * size
        assert np.abs((shares - result.daily["shares"][t]) * result.marks[t]).max() <= 1e-9 * size
        assert np.abs(shares[t >= gone]).max(initial=0.0) <= 1e-9


@EXAMPLES
@given(combinations())
def test_every_change_in_nav_is_explained(one):
    """... by price, impact, costs, interest, dividends and flows, each of which is the sum of its own events."""
    result = replayed(one)
    daily, size = result.daily, max(CASH, float(np.abs(result.out.nav).max()))
    gains = sum(daily[name] for name in ("price_pnl", "impact_pnl", "interest", "dividends", "flows"))
    change = np.diff(result.out.nav, prepend=0.0)
    assert np.abs(change - (gains - daily["costs"].sum(axis=1))).max() <= 1e-9 * size
    for name, kind in (("interest", Kind.INTEREST), ("dividends", Kind.DIVIDEND), ("flows", Kind.FLOW)):
        assert np.abs(daily_sum(result, of_kind(result, kind)) - daily[name]).max() <= 1e-9 * size
    costs = of_kind(result, Kind.COST)
    for code in range(len(abi.COMPONENTS)):
        own = daily_sum(result, costs[costs["component"] == code])
        assert np.abs(own + daily["costs"][:, code]).max() <= 1e-9 * size
        assert abs(own.sum() + result.out.total_costs[code]) <= 1e-9 * size
    assert daily["costs"].min() >= 0.0


@EXAMPLES
@given(combinations())
def test_price_pnl_is_what_the_prices_did(one):
    """Shares held earn the move of the mark, what is traded the way from the fill to the mark; splits earn nothing."""
    result = replayed(one)
    marks, fill = result.marks, result.run.arrays.fill_price
    shares, daily = result.daily["shares"], result.daily
    size = max(CASH, float(np.abs(result.out.nav).max()))
    traded = np.zeros_like(shares)
    fills = of_kind(result, Kind.FILL)
    np.add.at(traded, (fills["session"], fills["asset"]), fills["quantity"])
    worth = shares * marks
    pnl = np.diff(worth.sum(axis=1), prepend=0.0) - (traded * np.nan_to_num(fill)).sum(axis=1)
    paid = daily_sum(result, of_kind(result, Kind.DELISTING))
    assert np.abs(pnl + paid - daily["price_pnl"]).max() <= 1e-9 * size


@EXAMPLES
@given(combinations())
def test_nothing_fills_where_it_cannot_and_no_day_s_volume_is_exceeded(one):
    result = replayed(one)
    run, fills = result.run, of_kind(result, Kind.FILL)
    if result.ruined is not None:  # a book that is over is closed out at its marks, whatever trades
        fills = fills[fills["session"] != result.ruined]
    where = (fills["session"], fills["asset"])
    assert (run.arrays.status[where] == abi.TRADABLE).all()
    volume = np.nan_to_num(run.market.notional[run.start : run.stop])
    assert (volume[where] > 0.0).all()
    taken = np.zeros_like(volume)
    np.add.at(taken, where, np.abs(fills["amount"]))
    if run.execution.max_participation is not None:
        assert (taken <= run.execution.max_participation * volume * SLACK).all()


@EXAMPLES
@given(combinations(keep=lambda one: one.without("execution", marks="market")))
def test_a_session_s_turnover_stays_within_its_cap(one):
    result = replayed(one)
    cap = result.run.execution.max_turnover
    if cap is not None:
        assert (turnover(result) <= cap * np.maximum(known_nav(result), 0.0) * SLACK + 1e-6).all()


@EXAMPLES
@given(
    combinations(
        sessions=st.integers(255, 330),
        keep=lambda one: one.without("execution", marks="market", annual_turnover=0.3).without("run", first=0),
    )
)
def test_any_year_s_turnover_stays_within_its_cap(one):
    """Over every window of 252 sessions, each session measured on the nav known when filling."""
    result = replayed(one)
    nav = known_nav(result)
    rate = np.divide(turnover(result), nav, out=np.zeros_like(nav), where=nav > 1.0)
    total = np.concatenate([[0.0], np.cumsum(rate)])
    ends = np.arange(1, total.size)
    assert (total[ends] - total[np.maximum(ends - 252, 0)]).max() <= 0.3 * SLACK + 1e-9


@EXAMPLES
@given(combinations())
def test_no_decision_is_planned_to_cost_more_than_it_may(one):
    """The law on forecast volume and volatility, summed over equal slices, for the orders as recorded."""
    result = replayed(one)
    run, orders, decided = result.run, of_kind(result, Kind.ORDER), of_kind(result, Kind.DECISION)
    caps = min(run.limits.cost, run.limits.annual_cost)
    if not np.isfinite(caps):
        return
    nav = result.out.nav
    worth = np.minimum(nav, np.concatenate([[CASH], nav[:-1]])) > 0.0  # of a book worth nothing no share is remembered
    paid = np.divide(result.daily["costs"].sum(axis=1), nav, out=np.zeros_like(nav), where=worth)
    for number, t in zip(decided["decision"][1:], decided["session"][1:], strict=True):
        own = orders[orders["decision"] == number]
        if not own.size:
            continue
        shares, notional = np.zeros(len(result.assets)), np.zeros(len(result.assets))
        shares[own["asset"]] = np.abs(own["quantity"]) / run.limits.slices
        notional[own["asset"]] = np.abs(own["amount"]) / run.limits.slices
        planned = run.limits.slices * costs_of(int(t), shares, notional, run, planned=True).sum()
        sized = int(own["session"][0])
        base = _sizing_nav(result, sized, int(t))
        assert planned <= run.limits.cost * base * SLACK + 1e-9
        # What was paid before the day of sizing counts against the year (that day's own costs too, by part).
        earlier = paid[max(sized - 251, 0) : sized].sum()
        assert planned <= max(run.limits.annual_cost - earlier, 0.0) * base * SLACK + 1e-9


def _sizing_nav(result, sized: int, decided: int) -> float:
    """Nav on which an order was sized: of the decision, or at the prices of the fill."""
    if not (result.run.limits.size_at_fill and result.run.limits.lag > 0):
        chosen = of_kind(result, Kind.DECISION)
        return float(chosen["amount"][chosen["session"] == decided][0])
    own = result.records[result.records["session"] == sized]
    fills = own[(own["kind"] == Kind.FILL) & (own["decision"] >= 0)]
    moved = own[np.isin(own["kind"], (Kind.FILL, Kind.COST)) & (own["decision"] >= 0)]
    shares = result.daily["shares"][sized].copy()
    np.add.at(shares, fills["asset"], -fills["quantity"])
    price = np.abs(result.run.arrays.fill_price[sized])  # below zero: what was known of its worth
    return float(result.daily["cash"][sized] - moved["amount"].sum() + (shares * price).sum())


def _no_borrowing(one):
    if one.bounds.get("allow_short") or one.bounds.get("max_leverage", 1.0) > 1.0:
        one = one.without("bounds", allow_short=False, max_leverage=1.0)
        weights = tuple(np.maximum(one.policy.get("weights", (0.0,) * 4), 0.0))
        if "weights" in one.policy:
            one = one.without("policy", weights=tuple(np.array(weights) / max(sum(weights), 1.0)))
    return one


@EXAMPLES
@given(combinations(keep=_no_borrowing))
def test_a_long_only_book_owns_no_less_than_nothing(one):
    result = replayed(one)
    least = min(0.0, float(result.daily["interest"].min()))  # a negative rate is paid even by the last penny
    assert result.daily["cash"].min() >= least - 1e-9 * CASH
    assert result.daily["shares"].min() >= 0.0


@EXAMPLES
@given(combinations(keep=lambda one: one.without("execution", marks="market")))
def test_buys_leave_the_cash_they_must(one):
    """On a session with buys the close keeps the least cash, a share of the nav known when filling."""
    result = replayed(one)
    fills = of_kind(result, Kind.FILL)
    days = np.unique(fills["session"][(fills["quantity"] > 0.0) & (fills["decision"] >= 0)])
    floor = result.run.limits.least_cash * known_nav(result)
    assert (result.daily["cash"][days] >= floor[days] - 1e-9 * CASH).all()


@EXAMPLES
@given(combinations(keep=lambda one: one.without("market", lots=(10.0, 100.0, 1.0))))
def test_fills_are_whole_lots_or_close_the_position(one):
    result = replayed(one)
    run, fills = result.run, of_kind(result, Kind.FILL)
    fills = fills[fills["decision"] >= 0]
    lot = run.limits.lot[fills["asset"]]
    raw = np.array([row_of(run.costs.raw_shares, int(t))[i] for t, i in fills[["session", "asset"]].tolist()])
    lots = np.abs(fills["quantity"]) * raw / np.where(lot > 0.0, lot, np.inf)
    closed = np.abs(result.daily["shares"][fills["session"], fills["asset"]]) * raw <= 1e-6
    whole = np.abs(lots - np.round(lots)) <= 1e-6 * np.maximum(lots, 1.0)
    assert (whole | closed).all()


@EXAMPLES
@given(combinations(keep=lambda one: one.without("market", lots=()).without("execution", min_trade=0.01)))
def test_orders_are_no_smaller_than_the_least_trade(one):
    one = one.without("execution", max_cost_bps=None, annual_cost_bps=None)  # these scale an order once it is sized
    result = replayed(one)
    orders, decided = of_kind(result, Kind.ORDER), of_kind(result, Kind.DECISION)
    session_of = dict(zip(decided["decision"].tolist(), decided["session"].tolist(), strict=True))
    for order in orders:
        base = _sizing_nav(result, int(order["session"]), session_of[int(order["decision"])])
        assert abs(order["amount"]) >= 0.01 * base * (1.0 - 1e-9)


@EXAMPLES
@given(
    combinations(keep=lambda one: one.without("run", flows=flows_of(one.seed, one.first, one.sessions))),
    st.sampled_from((-0.3, 0.5, 0.999, 1.0)),
)
def test_redemptions_are_paid_or_owed_and_nothing_that_could_be_sold_is_kept(one, last):
    one = one.without("run", flows=(*one.flows[:-1], replace(one.flows[-1], share=-last)))
    result = replayed(one)
    run, due, size = result.run, np.zeros(result.sessions.size), max(CASH, float(np.abs(result.out.nav).max()))
    close = np.concatenate([[0.0], result.nav.to_numpy()[:-1]])  # a share is one of what belongs to those who stay
    for session, amount, share, _ in run.flows.table:
        if result.ruined is None or session <= result.ruined:  # nothing is asked of a book that is over
            due[int(session)] += min(amount + share * close[int(session)], 0.0)
    flows = of_kind(result, Kind.FLOW)
    paid = daily_sum(result, flows[flows["amount"] < 0.0])
    owed, given_up = np.zeros(result.sessions.size), np.zeros(result.sessions.size)
    short = of_kind(result, Kind.SHORTFALL)
    for of, component in ((owed, NO_COMPONENT), (given_up, NOTHING_LEFT)):
        chosen = short[short["component"] == component]
        of[chosen["session"]] = chosen["amount"]
    assert np.abs(np.cumsum(due) - np.cumsum(paid) + np.cumsum(given_up) + owed).max() <= 1e-8 * size
    if run.costs.commissions:  # a fee can make the last shares not worth selling
        return
    decided = of_kind(result, Kind.FILL)
    decided = decided[decided["decision"] >= 0]
    before = result.daily["shares"].copy()  # at the end of the flows of each day
    np.add.at(before, (decided["session"], decided["asset"]), -decided["quantity"])
    assert (before[given_up > 0.0] <= 1e-6).all()  # no claim ends while the book holds anything
    volume = np.nan_to_num(run.market.notional[run.start : run.stop])
    cap = run.limits.participation
    cash, waits = result.daily["cash"], bool(run.limits.settlement.any())
    for t in short["session"]:
        if waits and cash[t] >= owed[t] - 1e-8 * size:  # what is owed only waits for sales to settle
            continue
        fills = of_kind(result, Kind.FILL)
        fills = fills[fills["session"] == t]
        sold = fills[fills["decision"] == -1]
        taken = np.zeros(len(result.assets))
        np.add.at(taken, sold["asset"], np.abs(sold["amount"]))
        held = result.daily["shares"][t - 1] if t else np.zeros(len(result.assets))
        able = (run.arrays.status[t] == abi.TRADABLE) & (held > 0.0)
        full = taken >= np.where(volume[t] > 0.0, cap, 0.0) * volume[t] * (1.0 - 1e-6)
        bought = np.isin(np.arange(taken.size), fills["asset"][fills["quantity"] > 0.0])  # after the claim had ended
        emptied = (taken > 0.0) & ((result.daily["shares"][t] <= 1e-6) | bought)
        dear = row_of(run.costs.spread, int(t)) > 0.3  # what impact leaves of it may not be worth selling
        assert (~able | full | emptied | dear).all()


weights = st.lists(st.floats(-2.0, 2.0), min_size=4, max_size=4)


@EXAMPLES
@given(
    weights,
    st.one_of(st.none(), st.floats(0.0, 1.0), st.just({"A": 0.1, "C": 0.5})),
    st.lists(st.tuples(st.sets(st.sampled_from("ABCD"), min_size=1), st.floats(0.0, 1.5)), max_size=3),
    st.sampled_from([(0.0, 1.0), (0.2, 1.0), (0.0, 1.5), (0.0, 3.0)]),
    st.booleans(),
)
def test_bounds_on_holdings_hold_and_only_take_away(given_weights, most, groups, cash_and_leverage, short):
    min_cash, leverage = cash_and_leverage
    bounds = Bounds(
        max_weight=most,
        groups={str(k): Group(assets=tuple(sorted(names)), max_weight=cap) for k, (names, cap) in enumerate(groups)},
        min_cash=min_cash,
        max_leverage=leverage,
        allow_short=short,
    )
    asked = np.array(given_weights if short else np.abs(given_weights))
    held, cut = (part[0] for part in bounds.apply(asked[None, :], tuple("ABCD")))
    assert (np.abs(held) <= np.abs(asked)).all()
    assert (held * asked >= 0.0).all()
    if most is not None:
        caps = [most.get(name, np.inf) if isinstance(most, dict) else most for name in "ABCD"]
        assert (np.abs(held) <= np.array(caps)).all()
    for names, cap in groups:
        assert np.abs(held[["ABCD".index(name) for name in names]]).sum() <= cap * (1.0 + 1e-9) + 1e-12
    assert np.abs(held).sum() <= leverage * (1.0 + 1e-9)
    assert 1.0 - held.sum() >= bounds.least_cash - 1e-9
    assert (cut.sum() == 0.0) == np.allclose(held, asked, rtol=0.0, atol=1e-12)
    again, _ = bounds.apply(held[None, :], tuple("ABCD"))
    assert np.allclose(again[0], held, rtol=1e-12, atol=0.0)

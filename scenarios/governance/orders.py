"""The orders of a run's last decision: shares, what they are planned to cost, and which bounds bite."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np

from scenarios.liquidity.day import known
from simulator.core import abi
from simulator.costs.law_nb import row_nb
from simulator.engine import RunResult
from simulator.engine.ask import queued_shares
from simulator.engine.order_nb import planned_cost_nb
from simulator.ledger.events import COMPONENT_NAMES, Kind

#: Bounds on what a fill may take, which bite after the decision.
AT_THE_FILL: Final = "expected at the fill"


class Order(NamedTuple):
    """One order of a decision; shares and prices are those of the run, which may carry dividends."""

    place: int
    asset: str
    shares: float
    notional: float
    target: float
    cost: float
    share_of_adv: float


def orders_of(result: RunResult) -> list[Order]:
    """What is ordered at the last close of a run; nothing where nothing is decided."""
    last, run = len(result.sessions) - 1, result.run
    stream = result.stream
    made = stream[(stream["session"] == last) & (stream["kind"] == Kind.ORDER)]
    volume = run.costs.planned_volume[row_nb(run.costs.planned_volume, last)]
    goal = result.state.book[abi.GOAL]
    orders = []
    for event in made:
        i, shares = int(event["asset"]), float(event["quantity"])
        trade = np.zeros(len(result.assets))
        trade[i] = shares
        cost = planned_cost_nb(result.marks, last, last, 1.0, run.limits.slices or 1, run.costs, trade)
        notional = shares * float(event["price"])
        of_adv = abs(notional) / volume[i] if volume[i] > 0.0 else np.nan
        orders.append(Order(i, result.assets[i], shares, notional, float(goal[i]), float(cost), float(of_adv)))
    return sorted(orders, key=lambda order: -abs(order.notional))


def in_flight(result: RunResult, own: bool = False) -> list[dict[str, Any]]:
    """Orders that are not filled yet at the last close, shares as traded; those of that close too if ``own``."""
    last, run = len(result.sessions) - 1, result.run
    queued = queued_shares(run, result.state)
    for order in [] if own else orders_of(result):
        queued[order.place] -= order.shares
    raws = run.costs.raw_shares[row_nb(run.costs.raw_shares, last)]
    dust = 1e-9 * float(result.daily["nav"][last])
    return [
        {"asset": asset, "shares": float(queued[i] * raws[i]), "notional": known(queued[i] * result.marks[last, i])}
        for i, asset in enumerate(result.assets)
        if abs(queued[i] * result.marks[last, i]) > dust
    ]


def limits_of(result: RunResult, orders: list[Order]) -> list[dict[str, Any]]:
    """Bounds that bite: those that cut the decision, then those that its fills are expected to meet."""
    last, nav = len(result.sessions) - 1, float(result.daily["nav"][-1])
    stream = result.stream
    cut = stream[(stream["session"] == last) & (stream["kind"] == Kind.LIMIT) & (stream["decision"] == _number(result))]
    rows = [
        {
            "bound": COMPONENT_NAMES.get(int(event["component"]), ""),
            "asset": "" if event["asset"] < 0 else result.assets[int(event["asset"])],
            "when": "at the decision",
            "cut": known(event["amount"]),
            "share": known(event["amount"] / nav),
        }
        for event in cut
    ]
    return [*rows, *_expected(result, orders, nav)]


def _number(result: RunResult) -> int:
    decided = result.stream[result.stream["kind"] == Kind.DECISION]
    return int(decided["decision"][-1]) if len(decided) else -1


def _expected(result: RunResult, orders: list[Order], nav: float) -> list[dict[str, Any]]:
    """What the caps on volume and turnover leave of the orders on a day with its usual volume."""
    limits, rows = result.run.limits, []
    for order in orders:
        over = (
            (1.0 - limits.participation / order.share_of_adv) * abs(order.notional) if order.share_of_adv > 0 else 0.0
        )
        if over > 0.0:
            rows.append(_at_fill("max_participation", order.asset, over, nav))
    bought = sum(max(order.notional, 0.0) for order in orders)
    sold = sum(max(-order.notional, 0.0) for order in orders)
    over = max(bought, sold) - limits.turnover * nav
    if over > 0.0 and _number(result) > 0:  # the first investment is exempt
        rows.append(_at_fill("max_turnover", "", over, nav))
    return rows


def _at_fill(bound: str, asset: str, cut: float, nav: float) -> dict[str, Any]:
    return {"bound": bound, "asset": asset, "when": AT_THE_FILL, "cut": known(cut), "share": known(cut / nav)}

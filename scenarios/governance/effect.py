"""What a proposal does to the liquidity of a book, if all of it is filled at the marks."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from scenarios.liquidity.day import correlation_at, known
from simulator.core.types import FloatArray
from simulator.engine import RunResult
from simulator.engine.liquid import book_at_closes, conditions_of
from simulator.liquidity import LiquidityStress
from simulator.liquidity.book import Book, book_of
from simulator.liquidity.limits_22e4 import MAX_ILLIQUID, MIN_HIGHLY_LIQUID
from simulator.liquidity.measures import buckets_of, measures
from simulator.liquidity.rule_22e4 import HIGHLY, ILLIQUID, bucket_shares

from .orders import Order

#: Measures shown, with what they are called; ``{h}`` is the horizon of the stress.
SHOWN: Final = (
    ("days_to_90", "sessions until 90% of the book is cash", "days"),
    ("days_to_100", "sessions until all of it is cash", "days"),
    ("rcr_waterfall_{h}d", "redemption covered, most liquid first", "times"),
    ("rcr_slicing_{h}d", "redemption covered, the same share of everything", "times"),
    ("sale_cost_bps", "cost of selling everything within the horizon, bp", "bps"),
    ("highly_liquid", "highly liquid (SEC rule 22e-4)", "share"),
    ("illiquid", "illiquid (SEC rule 22e-4)", "share"),
)


def liquidity_both(result: RunResult, orders: list[Order]) -> dict[str, Any] | None:
    """Measures before and after, as usual and under stress; ``None`` where the market has no volumes.

    After is with every order filled at the marks: what it brings counts once it has settled, what it costs likewise.
    """
    run, last = result.run, len(result.sessions) - 1
    stress = run.stress
    if stress is None or conditions_of(result, stressed=False) is None:
        return None
    books = {"before": book_at_closes(result).at(last), "after": _after(result, orders)}
    correlation, found = correlation_at(result, last), {}
    for stressed in (False, True):
        met = conditions_of(result, stressed=stressed)
        assert met is not None
        on_day = met.at(last).correlated(correlation)
        found[stressed] = {when: measures(book, on_day, stress) for when, book in books.items()}
    names = [(key.format(h=stress.horizon_days), text, unit) for key, text, unit in SHOWN]
    return {
        "horizon": stress.horizon_days,
        "redemption": stress.redemption_stress,
        "stressed_volume": stress.stressed_volume,
        "stressed_spread": stress.stressed_spread,
        "beyond": _beyond(result, orders, books["after"], stress),
        "rows": [
            {
                "measure": key,
                "text": text,
                "unit": unit,
                **{
                    f"{when}{'_stressed' if stressed else ''}": known(found[stressed][when][key])
                    for stressed in (False, True)
                    for when in books
                },
            }
            for key, text, unit in names
        ],
    }


def _after(result: RunResult, orders: list[Order]) -> Book:
    """The book with every order filled at the marks of the last close, its cash settling as it does in the run."""
    last = len(result.sessions) - 1
    values = result.daily["shares"][last] * result.marks[last]
    cash, paid, traded = float(result.daily["cash"][last]), np.zeros(len(values)), np.zeros(len(values))
    for order in orders:
        traded[order.place] += order.notional
        paid[order.place] += order.notional + order.cost
    left = np.asarray(cash - paid.sum())
    return book_of(values + traded, left, _settled(result, paid, float(left)))


def _settled(result: RunResult, paid: FloatArray, left: float) -> FloatArray | None:
    """(D,) cash that will have settled within 0, 1, ... sessions, ``paid`` (N,) for trades now; ``None`` for all of it.

    As in a run it is the least balance from then on: what is still to be paid for cannot be paid out.
    """
    before = result.out.settled
    if not before.size:
        return None
    panel = result.run.limits.settlement
    days = panel[len(result.sessions) - 1 if len(panel) > 1 else 0]
    balances = [before[within, -1] - paid[days <= within].sum() for within in range(len(before))]
    return np.minimum(np.minimum.accumulate([*balances, left][::-1])[::-1][:-1], left)


def _beyond(result: RunResult, orders: list[Order], book: Book, stress: LiquidityStress) -> list[dict[str, Any]]:
    """Limits of SEC rule 22e-4 that the book is beyond with these orders filled, and what they buy that it forbids.

    Something bought makes the breach active, nothing passive: :func:`simulator.liquidity.breaches_22e4`.
    """
    met = conditions_of(result, stressed=False)
    if met is None or not book.nav > 0.0:
        return []
    buckets = buckets_of(book, met.at(len(result.sessions) - 1), stress)
    shares = bucket_shares(buckets, book.values, book.cash, debt=book.debt)
    bought = [order for order in orders if order.shares > 0.0]
    illiquid, highly = float(shares[-1]), float(shares[0])
    limits = (
        (MAX_ILLIQUID, illiquid > stress.max_illiquid, illiquid, stress.max_illiquid, buckets == ILLIQUID),
        (MIN_HIGHLY_LIQUID, highly < stress.min_highly_liquid, highly, stress.min_highly_liquid, buckets != HIGHLY),
    )
    return [
        {
            "limit": name,
            "share": known(share),
            "stated": stated,
            "bought": [order.asset for order in bought if forbidden[order.place]],
        }
        for name, broken, share, stated, forbidden in limits
        if broken
    ]

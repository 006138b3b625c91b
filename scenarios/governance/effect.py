"""What a proposal does to the liquidity of a book, if all of it is filled at the marks."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from scenarios.liquidity.day import correlation_at, known
from simulator.engine import RunResult
from simulator.engine.liquid import conditions_of
from simulator.liquidity.book import book_of
from simulator.liquidity.measures import measures

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
    """Measures before and after, as usual and under stress; ``None`` where the market has no volumes."""
    run, last = result.run, len(result.sessions) - 1
    stress = run.stress
    if stress is None or conditions_of(result, stressed=False) is None:
        return None
    values = result.daily["shares"][last] * result.marks[last]
    cash = float(result.daily["cash"][last])
    traded = np.zeros(len(result.assets))
    for order in orders:
        traded[order.place] += order.notional
    costs = sum(order.cost for order in orders)
    books = {
        "before": book_of(values, np.asarray(cash)),
        "after": book_of(values + traded, np.asarray(cash - traded.sum() - costs)),
    }
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

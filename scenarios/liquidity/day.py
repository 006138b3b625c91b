"""What is said of the liquidity of one book on one day, as usual and under stress."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd

from simulator.core.errors import DataError
from simulator.core.types import FloatArray
from simulator.engine import RunResult
from simulator.engine.liquid import STRESSED, book_at_closes, conditions_of
from simulator.liquidity import LiquidityStress
from simulator.liquidity.book import Book
from simulator.liquidity.conditions import Conditions, Sellable
from simulator.liquidity.horizon import BUCKETS, PARTICIPATIONS, SHARES, days_by_position
from simulator.liquidity.liquidation import cost_surface, liquidation_cost
from simulator.liquidity.measures import HORIZONS, book_left, buckets_of, measures, redeemed
from simulator.liquidity.rule_22e4 import BUCKETS_22E4
from simulator.liquidity.selling import METHODS

from .against_bounds import against_bounds
from .standing import standing

#: Of the surface of cost.
SIZES: Final = (0.10, 0.25, 0.50, 1.00)
SURFACE_HORIZONS: Final = (1, 2, 5, 10, 20, 60)
#: Sessions of returns whose correlation risks are added through.
CORRELATION: Final = 252
_FEWEST: Final = 21  # common returns below which assets are taken to fall together
_AROUND: Final = 252  # sessions up to the day that are drawn


def told_of(result: RunResult, row: int) -> dict[str, Any]:
    """Everything the page on a session shows: plain data, NaN as ``None``, never as infinity.

    Raises
    ------
    DataError
        If no liquidity is measured because the market has no volumes.
    """
    stress = result.run.stress
    usual, under = (conditions_of(result, stressed=stressed) for stressed in (False, True))
    if usual is None or under is None or stress is None:
        raise DataError("liquidity needs volumes and this market has none; give volume=, or state market.assumed_adv")
    book, correlation = book_at_closes(result).at(row), correlation_at(result, row)
    met = {"usual": usual.at(row).correlated(correlation), "stressed": under.at(row).correlated(correlation)}
    found = {name: measures(book, own, stress) for name, own in met.items()}
    return {
        "date": str(result.sessions[row]),
        "nav": known(book.nav),
        "cash": known(book.cash),
        "debt": known(book.debt),
        **standing(result, row, book.values),
        "assumed": _assumed(stress, met["usual"]),
        "measures": {name: {key: known(value) for key, value in own.items()} for name, own in found.items()},
        "days": _days(found),
        "redemption": _redemption(book, stress, found),
        "profile": _profile(found),
        "positions": _positions(result, book, met, stress),
        "pace": {name: _pace(result, book, own, stress) for name, own in met.items()},
        "bounds": against_bounds(result, row),
        "curve": _curve(book, met),
        "surface": _surface(book, met, stress),
        "stayers": _stayers(result, book, met, stress),
        "bank": _bank(book, met["usual"], found["usual"]),
        "rule_22e4": _rule(result, row, stress, found),
        "around": _around(result, row, stress),
    }


def known(value: Any) -> float | str | None:
    """A number as plain data: ``None`` where there is none, ``"never"`` for infinity."""
    number = float(value)
    if np.isnan(number):
        return None
    return number if np.isfinite(number) else "never"


def correlation_at(result: RunResult, row: int) -> FloatArray:
    """(N, N) of daily returns over the last year up to a session; 1 between assets with too few in common."""
    run = result.run
    stop = run.start + row + 1
    prices = pd.DataFrame(run.market.total_return()[max(stop - CORRELATION - 1, 0) : stop])
    returns = prices.ffill().pct_change(fill_method=None)
    correlation = returns.corr(min_periods=_FEWEST).to_numpy(copy=True)
    correlation[np.isnan(correlation)] = 1.0
    np.fill_diagonal(correlation, 1.0)
    return correlation


def _assumed(stress: LiquidityStress, met: Conditions) -> dict[str, Any]:
    names = ("horizon_days", "redemption_stress", "stressed_volume", "stressed_spread", "trade_share", "settlement")
    limits = ("min_highly_liquid", "max_illiquid", "max_sale_bps", "risk_aversion", "confidence")
    return {"participation": met.participation, **{name: getattr(stress, name) for name in (*names, *limits)}}


def _pace(result: RunResult, book: Book, met: Conditions, stress: LiquidityStress) -> dict[str, Any] | None:
    """The largest share of an asset's daily volume that selling all within the horizon takes; ``None`` for no sale."""
    if not (book.values > 0.0).any():
        return None
    share = days_by_position(book.values, met.terms.volume) / stress.horizon_days
    most = int(np.argmax(share))
    return {"asset": result.assets[most], "share": known(share[most])}


def _days(found: Mapping[str, Mapping[str, FloatArray]]) -> list[dict[str, Any]]:
    keys = {share: f"days_to_{round(100 * share)}" for share in SHARES}
    return [{"share": share, **{name: known(own[key]) for name, own in found.items()}} for share, key in keys.items()]


def _redemption(book: Book, stress: LiquidityStress, found: Mapping[str, Mapping[str, FloatArray]]) -> dict[str, Any]:
    rows = [
        {
            "days": days,
            "method": method,
            **{name: known(own[f"rcr_{method}_{days}d"]) for name, own in found.items()},
            **{f"{name}_shortfall": known(own[f"shortfall_{method}_{days}d"]) for name, own in found.items()},
        }
        for days in sorted({*HORIZONS, stress.horizon_days})
        for method in METHODS
    ]
    return {"share": stress.redemption_stress, "amount": known(stress.redemption_stress * book.nav), "rows": rows}


def _profile(found: Mapping[str, Mapping[str, FloatArray]]) -> list[dict[str, Any]]:
    return [
        {
            "conditions": name,
            "participation": rate,
            "shares": [known(own[f"profile_{round(100 * rate)}_{bucket}"]) for bucket in BUCKETS],
        }
        for name, own in found.items()
        for rate in PARTICIPATIONS
    ]


def _positions(
    result: RunResult, book: Book, met: Mapping[str, Conditions], stress: LiquidityStress
) -> list[dict[str, Any]]:
    """Every asset held, the slowest under stress first."""
    days = {name: days_by_position(book.values, own.capacity) for name, own in met.items()}
    buckets = {name: buckets_of(book, own, stress) for name, own in met.items()}
    costs = {name: _unit_costs(book, own, stress) for name, own in met.items()}
    terms = met["usual"].terms
    settlement = np.broadcast_to(met["usual"].settlement, book.values.shape)
    rows = [
        {
            "asset": name,
            "class": result.run.market.instruments[i].asset_class,
            "level": result.run.market.instruments[i].level,
            "value": known(book.values[i]),
            "weight": known(book.values[i] / book.nav),
            "adv": known(terms.volume[i]),
            "half_spread_bps": known(1e4 * terms.half_spread[i]),
            "settlement": known(settlement[i]),
            "volatility": known(terms.sigma[i]),
            **{f"{which}_days": known(own[i]) for which, own in days.items()},
            **{f"{which}_bucket": str(own[i]) for which, own in buckets.items()},
            **{f"{which}_cost_bps": known(own[i]) for which, own in costs.items()},
        }
        for i, name in enumerate(result.assets)
        if book.values[i] > 0.0
    ]
    slowest = np.argsort(-days["stressed"][book.values > 0.0], kind="stable")
    return [rows[k] for k in slowest]


def _unit_costs(book: Book, met: Conditions, stress: LiquidityStress) -> FloatArray:
    sold = liquidation_cost(book.values, stress.horizon_days, met.terms, risk_aversion=stress.risk_aversion)
    some = book.values > 0.0
    return 1e4 * np.divide(sold.cost, book.values, out=np.zeros(len(book.values)), where=some)


def _curve(book: Book, met: Mapping[str, Conditions]) -> dict[str, Any]:
    """Share of the book that is cash after some sessions of selling, once sales have settled."""
    days = np.unique(np.round(np.concatenate([[0.0], np.geomspace(0.01, 250.0, 60)]), 4))
    whole = book.cash + book.values.sum()
    own = {name: each.with_cash_to_come(book) for name, each in met.items()}
    shares = {
        name: [known(_cash_after(each, day) / whole if whole > 0.0 else np.nan) for day in days]
        for name, each in own.items()
    }
    return {"days": days.tolist(), **shares}


def _cash_after(own: Sellable, day: float) -> float:
    """Cash, in currency, after some sessions of selling every position at its pace."""
    span = np.maximum(day - own.settlement, 0.0)
    sold = np.multiply(own.capacity, span, out=np.zeros(np.shape(own.values)), where=span > 0.0)
    return float(own.cash + np.minimum(own.values, sold).sum())


def _surface(book: Book, met: Mapping[str, Conditions], stress: LiquidityStress) -> dict[str, Any]:
    """Cost and deviation in basis points of what is sold."""
    whole = book.values.sum()
    sold = np.array(SIZES)[:, None] * whole
    out: dict[str, Any] = {"sizes": list(SIZES), "horizons": list(SURFACE_HORIZONS)}
    for name, own in met.items():
        cost, deviation = cost_surface(
            book.values, SIZES, SURFACE_HORIZONS, own.terms, risk_aversion=stress.risk_aversion
        )
        for part, values in (("cost", cost), ("deviation", deviation)):
            table = 1e4 * values / sold if whole > 0.0 else np.full(values.shape, np.nan)
            out[f"{name}_{part}"] = [[known(cell) for cell in line] for line in table]
    return out


def _stayers(
    result: RunResult, book: Book, met: Mapping[str, Conditions], stress: LiquidityStress
) -> list[dict[str, Any]]:
    """What is left for those who stay, and what they paid for it, once the redemption has been met."""
    out = []
    for name, own in met.items():
        for method in METHODS:
            taken = redeemed(book, own, stress, method)
            left = book_left(book, own, stress, method)
            cost = liquidation_cost(taken.sold, stress.horizon_days, own.terms, risk_aversion=stress.risk_aversion)
            found = measures(left, own, stress)
            out.append(
                {
                    "conditions": name,
                    "method": method,
                    "paid": known(taken.raised - book.debt if taken.raised > book.debt else 0.0),
                    "cost_bps_of_left": known(1e4 * cost.total / left.nav if left.nav > 0.0 else np.nan),
                    "cash": known(left.cash / left.nav if left.nav > 0.0 else np.nan),
                    "weights": {
                        asset: known(left.values[i] / left.nav if left.nav > 0.0 else np.nan)
                        for i, asset in enumerate(result.assets)
                        if book.values[i] > 0.0
                    },
                    "within_horizon": known(found[f"rcr_waterfall_{stress.horizon_days}d"] * stress.redemption_stress),
                    "days_to_90": known(found["days_to_90"]),
                    "illiquid": known(found["illiquid"]),
                    "rcr_again": known(found[f"rcr_waterfall_{stress.horizon_days}d"]),
                }
            )
    return out


def _bank(book: Book, met: Conditions, found: Mapping[str, FloatArray]) -> dict[str, Any]:
    levels = [float((book.values * counts).sum()) for counts in met.counted]
    return {
        "level_1": levels[0] + float(book.cash),
        "level_2a": levels[1],
        "level_2b": levels[2],
        "hqla": known(found["hqla"]),
        "lcr": known(found["lcr"]),
    }


def _rule(
    result: RunResult, row: int, stress: LiquidityStress, found: Mapping[str, Mapping[str, FloatArray]]
) -> dict[str, Any]:
    """Shares by bucket, and the limits of the rule broken up to the day: how often, by whom and when."""
    names = {bucket: bucket.replace(" ", "_") for bucket in BUCKETS_22E4}
    shares = [
        {"bucket": bucket, **{which: known(own[key]) for which, own in found.items()}} for bucket, key in names.items()
    ]
    broken = result.breaches_22e4
    broken = broken[broken["date"] <= result.index[row]]
    rows = [
        {
            "limit": limit,
            "kind": kind,
            "sessions": len(part),
            "first": str(part["date"].iloc[0].date()),
            "last": str(part["date"].iloc[-1].date()),
            "worst": known(part["share"].max() if limit == "max_illiquid" else part["share"].min()),
            "on_the_day": bool(part["date"].iloc[-1] == result.index[row]),
        }
        for (limit, kind), part in broken.groupby(["limit", "kind"])
    ]
    return {
        "shares": shares,
        "breaches": rows,
        "max_illiquid": stress.max_illiquid,
        "min_highly_liquid": stress.min_highly_liquid,
    }


def _around(result: RunResult, row: int, stress: LiquidityStress) -> dict[str, Any]:
    """The year up to the day."""
    rows = result.liquidity.iloc[max(row - _AROUND + 1, 0) : row + 1]
    rcr = f"rcr_slicing_{stress.horizon_days}d"
    columns = ["days_to_90", "days_to_90" + STRESSED, rcr, rcr + STRESSED, "illiquid", "illiquid" + STRESSED]
    return {
        "dates": [str(day.date()) for day in rows.index],
        **{name.replace(rcr, "rcr"): [known(value) for value in rows[name]] for name in columns},
    }

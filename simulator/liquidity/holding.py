"""Bounds on the liquidity of holdings: what kernels need of them, and how far a book keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from simulator.core.abi import HoldingLimits
from simulator.core.bounds import Bounds, DaysToCash
from simulator.core.types import FloatArray, frozen

from .book import Book
from .conditions import Conditions
from .coverage import LiquidityStress
from .measures import bank, buckets_of
from .rule_22e4 import HIGHLY, ILLIQUID, PARTICIPATION

#: Bounds by name whose level is a share of nav that may be too large; the others may be too small.
AT_MOST: Final = ("max_illiquid",)


def holding_limits(
    bounds: Bounds, stress: LiquidityStress, max_participation: float | None, counted: FloatArray
) -> HoldingLimits:
    """The bounds as kernels take them; ``counted`` are (3, N) shares that count at levels 1, 2A and 2B."""
    within = bounds.max_days_to_cash
    assert not isinstance(within, Mapping)  # made a DaysToCash of
    stated = set(bounds.on_liquidity) - {"min_coverage"}
    return HoldingLimits(
        stated=bool(stated),
        slow=1.0 if within is None else 1.0 - within.share,
        days=0.0 if within is None else float(within.days),
        pace=stress.share_of_volume(max_participation),
        illiquid=1.0 if bounds.max_illiquid is None else float(bounds.max_illiquid),
        less_liquid=1.0 - (bounds.min_highly_liquid or 0.0),
        bucket_pace=PARTICIPATION / stress.trade_share,
        settlement=int(stress.settlement),
        stock=bounds.least_stock(stress.redemption_stress),
        counted=frozen(counted),
    )


def levels(bounds: Bounds, book: Book, met: Conditions, stress: LiquidityStress) -> dict[str, FloatArray]:
    """(...) by stated bound, the share of nav that it is about (the ratio, for ``min_lcr``); NaN for an empty book."""
    found = {}
    with np.errstate(invalid="ignore"):
        nav = np.where(book.nav > 0.0, book.nav, np.nan)
        if isinstance(bounds.max_days_to_cash, DaysToCash):
            found["max_days_to_cash"] = cash_within(book, met, bounds.max_days_to_cash.days) / nav
        if bounds.max_illiquid is not None or bounds.min_highly_liquid is not None:
            buckets = buckets_of(book, met, stress)
            held = {name: np.where(buckets == name, book.values, 0.0).sum(axis=-1) for name in (ILLIQUID, HIGHLY)}
            found["max_illiquid"] = held[ILLIQUID] / nav
            found["min_highly_liquid"] = (book.cash - book.debt + held[HIGHLY]) / nav
        if bounds.min_lcr is not None:
            found["min_lcr"] = bank(book, met, stress)["lcr"]
    return {name: found[name] for name in bounds.on_liquidity if name in found}


def cash_within(book: Book, met: Conditions, days: float) -> FloatArray:
    """(...) cash within some sessions of selling every position at its pace, once it has settled and debt is paid."""
    sold = np.minimum(book.values, met.sold_within(days)).sum(axis=-1)
    return book.cash_within(days) - book.debt + sold


def most_of(bounds: Bounds, name: str) -> float:
    """The level that a stated bound asks for. In the unit of the bound: a share of nav, days, or a ratio."""
    stated = getattr(bounds, name)
    return float(stated.share if isinstance(stated, DaysToCash) else stated)


def share_lacking(name: str, level: FloatArray, most: float) -> FloatArray:
    """(...) by how much a level misses its bound; zero or less where it keeps it.

    In the unit of the bound; NaN where the level is not known.
    """
    return level - most if name in AT_MOST else most - level

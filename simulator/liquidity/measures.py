"""Every measure of a fund's book under one set of conditions, by name: on every session, or on one."""

from __future__ import annotations

from typing import Final

import numpy as np

from simulator.core.types import FloatArray

from .amounts import divided
from .book import Book
from .conditions import Conditions
from .coverage import LiquidityStress
from .horizon import BUCKETS, PARTICIPATIONS, SHARES, days_to_sell, liquidity_profile
from .hqla import high_quality_liquid_assets
from .lcr import liquidity_coverage_ratio
from .liquidation import Liquidation, largest_size, liquidation_cost
from .lvar import LiquidityAdjustedVaR, liquidity_adjusted_var
from .redemption import redemption_coverage, redemption_shortfall
from .rule_22e4 import BUCKETS_22E4, bucket_shares, classify_22e4
from .selling import METHODS, Method, Sales, cash_raised, sales

#: Sessions within which redemptions are to be met, besides the stated horizon.
HORIZONS: Final = (1, 5, 20)


def measures(book: Book, met: Conditions, stress: LiquidityStress) -> dict[str, FloatArray]:
    """Every measure of a book by name; shares are of net assets, and NaN where there are none.

    Notes
    -----
    ``days_to_25`` to ``days_to_100``: sessions until that share of the long book is cash. ``rcr_METHOD_Hd`` and
    ``shortfall_METHOD_Hd``: coverage of the stated redemption within H sessions, and what lacks, by waterfall and by
    slicing. ``left_METHOD``: share of what stayers are left with that they could raise within the horizon in their
    turn. ``profile_P_BUCKET``: share that turns into cash in a bucket of sessions at P% of volume. ``sale_cost_bps``,
    ``sale_deviation_bps``: of the whole book over the horizon; ``sale_value``: what it brings, over net assets;
    ``largest_sale``: share that can be sold at no more than ``max_sale_bps``. ``lvar`` and its parts over one session.
    Buckets of SEC rule 22e-4. ``hqla`` and ``lcr``: the stock after the haircuts and caps of Basel III, over net assets
    and over the stated redemption.
    """
    with np.errstate(invalid="ignore"):
        sold = sale(book, met, stress)
        return {
            **_days(book, met),
            **_redemptions(book, met, stress),
            **_profile(book, met),
            **_sale(book, met, stress, sold),
            **_risk(book, met, stress, sold),
            **_buckets(book, met, stress),
            **bank(book, met, stress),
        }


def _days(book: Book, met: Conditions) -> dict[str, FloatArray]:
    own = met.with_cash_to_come(book)
    days = days_to_sell(own.values, own.capacity, cash=own.cash, settlement_days=own.settlement)
    some = book.nav > 0.0
    return {f"days_to_{share:.0%}".rstrip("%"): np.where(some, days[..., k], np.nan) for k, share in enumerate(SHARES)}


def raised_within(book: Book, met: Conditions, days: int, method: Method) -> FloatArray:
    """(...) settled cash for investors within some sessions, in currency: what is left of it once debt is paid."""
    raised = cash_raised(book.values, met.capacity_within(days), days, cash=book.cash_within(days), method=method)
    return np.maximum(raised - book.debt, 0.0)


def _redemptions(book: Book, met: Conditions, stress: LiquidityStress) -> dict[str, FloatArray]:
    nav = book.nav
    asked = np.where(nav > 0.0, stress.redemption_stress * nav, np.nan)
    out = {}
    for method in METHODS:
        for days in sorted({*HORIZONS, stress.horizon_days}):
            raised = np.where(nav > 0.0, raised_within(book, met, days, method), np.nan)
            out[f"rcr_{method}_{days}d"] = redemption_coverage(raised, asked)
            out[f"shortfall_{method}_{days}d"] = divided(redemption_shortfall(raised, asked), nav, np.nan)
        left = book_left(book, met, stress, method)
        out[f"left_{method}"] = divided(raised_within(left, met, stress.horizon_days, "waterfall"), left.nav, np.nan)
    return out


def redeemed(book: Book, met: Conditions, stress: LiquidityStress, method: Method) -> Sales:
    """What is sold within the horizon to pay debt and then the stated redemption, as far as they can be paid."""
    need = stress.redemption_stress * np.maximum(book.nav, 0.0) + book.debt
    days = stress.horizon_days
    capacity, cash = met.capacity_within(days), book.cash_within(days)
    return sales(book.values, capacity, days, cash=cash, method=method, need=need, rank=met.rank)


def book_left(book: Book, met: Conditions, stress: LiquidityStress, method: Method) -> Book:
    """What those who stay are left with: debt has been paid back as far as it could be."""
    taken = redeemed(book, met, stress, method)
    return book.without(*taken).repaid(np.minimum(book.debt, taken.raised))


def _profile(book: Book, met: Conditions) -> dict[str, FloatArray]:
    own = met.with_cash_to_come(book)
    profile = liquidity_profile(own.values, own.volume, cash=own.cash, settlement_days=own.settlement)
    return {
        f"profile_{round(100 * rate)}_{bucket}": profile[..., p, b]
        for p, rate in enumerate(PARTICIPATIONS)
        for b, bucket in enumerate(BUCKETS)
    }


def sale(book: Book, met: Conditions, stress: LiquidityStress) -> Liquidation:
    """Selling all of the long book over the horizon."""
    return liquidation_cost(book.values, stress.horizon_days, met.terms, risk_aversion=stress.risk_aversion)


def _sale(book: Book, met: Conditions, stress: LiquidityStress, sold: Liquidation) -> dict[str, FloatArray]:
    whole = book.values.sum(axis=-1)
    size = largest_size(
        book.values,
        stress.max_sale_bps,
        stress.horizon_days,
        met.terms,
        risk_aversion=stress.risk_aversion,
        whole_cost=sold.total,
    )
    return {
        "sale_cost_bps": 1e4 * divided(sold.total, whole, np.nan),
        "sale_deviation_bps": 1e4 * divided(sold.deviation, whole, np.nan),
        "sale_value": divided(book.nav - sold.total, book.nav, np.nan),
        "largest_sale": size,
    }


def value_at_risk(book: Book, met: Conditions, stress: LiquidityStress, sold: Liquidation) -> LiquidityAdjustedVaR:
    """Over one session: prices, half-spreads, and the impact of :func:`sale`."""
    terms, whole = met.terms, book.values.sum(axis=-1)
    risk = book.values * terms.sigma
    if terms.correlation is None:
        deviation = risk.sum(axis=-1)
    else:
        deviation = np.sqrt(np.maximum(np.einsum("...i,ij,...j->...", risk, terms.correlation, risk), 0.0))
    spread = (book.values * terms.half_spread).sum(axis=-1)
    impact = np.maximum(sold.total - spread, 0.0)
    share, half = divided(deviation, whole, 0.0), divided(spread, whole, 0.0)
    return liquidity_adjusted_var(whole, share, 2.0 * half, confidence=stress.confidence, impact=impact)


def _risk(book: Book, met: Conditions, stress: LiquidityStress, sold: Liquidation) -> dict[str, FloatArray]:
    risk, nav = value_at_risk(book, met, stress, sold), book.nav
    parts = {"lvar": risk.total, "lvar_price": risk.price, "lvar_spread": risk.spread, "lvar_impact": risk.impact}
    return {name: divided(part, nav, np.nan) for name, part in parts.items()}


def buckets_of(book: Book, met: Conditions, stress: LiquidityStress) -> np.ndarray:
    """(..., N) bucket of each position under SEC rule 22e-4. Settlement is in days."""
    size = stress.trade_share * book.values
    return classify_22e4(size, met.terms.volume, settlement_days=np.maximum(stress.settlement, met.settlement))


def _buckets(book: Book, met: Conditions, stress: LiquidityStress) -> dict[str, FloatArray]:
    shares = bucket_shares(buckets_of(book, met, stress), book.values, book.cash, debt=book.debt)
    return {name.replace(" ", "_"): shares[..., k] for k, name in enumerate(BUCKETS_22E4)}


def bank(book: Book, met: Conditions, stress: LiquidityStress) -> dict[str, FloatArray]:
    """Stock of high-quality liquid assets over net assets, and over the stated redemption.

    Ratios of shape (...); NaN where nav is zero or not known.
    """
    levels = [(book.values * counts).sum(axis=-1) for counts in met.counted]
    stock, nav = high_quality_liquid_assets(levels[0] + book.cash, levels[1], levels[2]), np.maximum(book.nav, 0.0)
    return {
        "hqla": divided(stock, nav, np.nan),
        "lcr": liquidity_coverage_ratio(stock, stress.redemption_stress * nav, 0.0),
    }

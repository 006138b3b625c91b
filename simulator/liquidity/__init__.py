"""Liquidity of funds and banks: how much of a book is cash, when, at what cost, and against what must be paid."""

from .book import Book, book_of
from .conditions import Conditions, conditions
from .coverage import LiquidityStress, no_liquidity, payment_rank
from .haircuts import ELIGIBLE, Levels, after_haircut
from .horizon import (
    BUCKETS,
    PARTICIPATIONS,
    SHARES,
    days_by_position,
    days_to_sell,
    liquidity_profile,
)
from .hqla import Unwinding, high_quality_liquid_assets, unwinding
from .lcr import liquidity_coverage_ratio, net_outflows
from .limits_22e4 import Breach, breaches_22e4
from .liquidation import (
    Liquidation,
    SaleTerms,
    cost_surface,
    largest_size,
    liquidation_cost,
    liquidation_value,
)
from .lvar import LiquidityAdjustedVaR, liquidity_adjusted_var
from .measures import measures
from .nsfr import AVAILABLE, REQUIRED, net_stable_funding_ratio
from .redemption import redemption_coverage, redemption_shortfall
from .rule_22e4 import BUCKETS_22E4, ILLIQUID_LIMIT, bucket_shares, classify_22e4
from .run_off import INFLOWS, OUTFLOWS, stressed_outflows, weighted_inflows, weighted_outflows
from .selling import Sales, cash_raised, sales

__all__ = [
    "AVAILABLE",
    "BUCKETS",
    "BUCKETS_22E4",
    "ELIGIBLE",
    "ILLIQUID_LIMIT",
    "INFLOWS",
    "OUTFLOWS",
    "PARTICIPATIONS",
    "REQUIRED",
    "SHARES",
    "Book",
    "Breach",
    "Conditions",
    "Levels",
    "Liquidation",
    "LiquidityAdjustedVaR",
    "LiquidityStress",
    "SaleTerms",
    "Sales",
    "Unwinding",
    "after_haircut",
    "book_of",
    "breaches_22e4",
    "bucket_shares",
    "cash_raised",
    "classify_22e4",
    "conditions",
    "cost_surface",
    "days_by_position",
    "days_to_sell",
    "high_quality_liquid_assets",
    "largest_size",
    "liquidation_cost",
    "liquidation_value",
    "liquidity_adjusted_var",
    "liquidity_coverage_ratio",
    "liquidity_profile",
    "measures",
    "net_outflows",
    "net_stable_funding_ratio",
    "no_liquidity",
    "payment_rank",
    "redemption_coverage",
    "redemption_shortfall",
    "sales",
    "stressed_outflows",
    "unwinding",
    "weighted_inflows",
    "weighted_outflows",
]

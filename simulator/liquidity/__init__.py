"""Liquidity of funds and banks: how much of a book is cash, when, at what cost, and against what must be paid."""

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
from .liquidation import (
    Liquidation,
    SaleTerms,
    cost_surface,
    largest_size,
    liquidation_cost,
    liquidation_value,
)
from .lvar import LiquidityAdjustedVaR, liquidity_adjusted_var
from .nsfr import AVAILABLE, REQUIRED, net_stable_funding_ratio
from .redemption import redemption_coverage, redemption_shortfall
from .rule_22e4 import BUCKETS_22E4, ILLIQUID_LIMIT, bucket_shares, classify_22e4
from .run_off import INFLOWS, OUTFLOWS, weighted_inflows, weighted_outflows
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
    "Levels",
    "Liquidation",
    "LiquidityAdjustedVaR",
    "LiquidityStress",
    "SaleTerms",
    "Sales",
    "Unwinding",
    "after_haircut",
    "bucket_shares",
    "cash_raised",
    "classify_22e4",
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
    "net_outflows",
    "net_stable_funding_ratio",
    "no_liquidity",
    "payment_rank",
    "redemption_coverage",
    "redemption_shortfall",
    "sales",
    "unwinding",
    "weighted_inflows",
    "weighted_outflows",
]

"""How much of a book can be turned into cash under stress, and what that takes."""

from .coverage import LiquidityStress, no_liquidity, payment_rank

__all__ = ["LiquidityStress", "no_liquidity", "payment_rank"]

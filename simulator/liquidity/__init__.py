"""How much of a book can be turned into cash under stress, and what that takes."""

from .coverage import LiquidityStress

__all__ = ["LiquidityStress"]

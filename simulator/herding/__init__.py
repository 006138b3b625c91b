"""Funds that share a market: how they sell when prices fall, what their trades do to prices, and who bears it."""

from .answer import Answer, answer
from .overlap import IndirectExposure, indirect_exposure, overlap, similarity
from .reactions import FireSale, Reaction, fire_sale, leverage_targeting, one_sided_threshold

__all__ = [
    "Answer",
    "FireSale",
    "IndirectExposure",
    "Reaction",
    "answer",
    "fire_sale",
    "indirect_exposure",
    "leverage_targeting",
    "one_sided_threshold",
    "overlap",
    "similarity",
]

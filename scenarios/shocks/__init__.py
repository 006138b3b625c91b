"""Synthetic shocks: what a market would have looked like, and what a policy would have done in it."""

from .price_gap import PriceGap
from .spread_widening import SpreadWidening
from .volatility import VolatilityMultiplier
from .volume_collapse import VolumeCollapse
from .world import Shock, World, apply_shocks, shock_by_shock

__all__ = [
    "PriceGap",
    "Shock",
    "SpreadWidening",
    "VolatilityMultiplier",
    "VolumeCollapse",
    "World",
    "apply_shocks",
    "shock_by_shock",
]

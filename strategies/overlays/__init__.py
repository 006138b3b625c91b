"""What the state of a signal, or of the market, changes in what a policy holds."""

from .base import Overlay, StateOverlay
from .duration import ShortenDuration
from .hedge import Hedge
from .ladder import LiquidityLadder
from .levels import Staged
from .risk_off import RiskOff
from .volatility_target import VolatilityTarget

__all__ = [
    "Hedge",
    "LiquidityLadder",
    "Overlay",
    "RiskOff",
    "ShortenDuration",
    "Staged",
    "StateOverlay",
    "VolatilityTarget",
]

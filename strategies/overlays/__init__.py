"""What the state of a signal changes in what a policy holds."""

from .base import Overlay, StateOverlay
from .risk_off import RiskOff

__all__ = ["Overlay", "RiskOff", "StateOverlay"]

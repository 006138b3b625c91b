"""What a policy holds: target weights for every session, from what is known at its close."""

from .base import Holdings, OnTrades, Rows
from .equal import Equal
from .fitted import CVAR, MINIMUM_VARIANCE, RISK_PARITY, Fitted, cvar, minimum_variance, risk_parity
from .fixed import Fixed, Unlisted

__all__ = [
    "CVAR",
    "MINIMUM_VARIANCE",
    "RISK_PARITY",
    "Equal",
    "Fitted",
    "Fixed",
    "Holdings",
    "OnTrades",
    "Rows",
    "Unlisted",
    "cvar",
    "minimum_variance",
    "risk_parity",
]

"""When a policy trades. Every policy trades on its first session; triggers say when it does again."""

from .band import OF_TARGET, Band
from .base import TradeTrigger, When
from .combine import AllOf, AnyOf, on_any
from .sessions import Every, Listing, Once, OnSignal

__all__ = [
    "OF_TARGET",
    "AllOf",
    "AnyOf",
    "Band",
    "Every",
    "Listing",
    "OnSignal",
    "Once",
    "TradeTrigger",
    "When",
    "on_any",
]

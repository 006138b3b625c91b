"""What a policy holds: target weights for every session, from what is known at its close."""

from .base import Holdings, Rows
from .equal import Equal
from .fixed import Fixed, Unlisted

__all__ = ["Equal", "Fixed", "Holdings", "Rows", "Unlisted"]

"""The look-ahead audit: whatever comes after a day, what was known and done up to it must stay the same."""

from .run import CUTS, audit

__all__ = ["CUTS", "audit"]

"""What trading costs: spread, temporary and permanent impact (Almgren & Chriss)."""

from .almgren_chriss import AlmgrenChriss

__all__ = ["AlmgrenChriss"]

"""What a colleague would ask of a result: :mod:`.evidence` measures, :mod:`.rules` says from when on it is said."""

from .rules import diagnose

__all__ = ["diagnose"]

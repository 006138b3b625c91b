"""Markets that might have been: history's own sessions in another order, or sessions of a generator fitted on them."""

from .asked import DEFAULT, Asked, Paths, asked_for
from .bootstrap import Bootstrap
from .draw import MEAN_BLOCK

__all__ = ["DEFAULT", "MEAN_BLOCK", "Asked", "Bootstrap", "Paths", "asked_for"]

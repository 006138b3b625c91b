"""Markets that might have been: history's own sessions in another order, whole sessions at a time."""

from .bootstrap import MEAN_BLOCK, Bootstrap

__all__ = ["MEAN_BLOCK", "Bootstrap"]

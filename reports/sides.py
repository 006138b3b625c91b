"""Scores on either side of a day from which what is forecast is measured by something else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from .warning_study import Cell

#: Scores that a stretch of days has by itself, with their titles; timing needs the days before it.
SIDED: Final[Mapping[str, str]] = {
    "roc_auc": "ROC area",
    "pr_auc": "Average precision",
    "brier_skill": "Brier skill",
    "calibration_error": "Calibration error",
}


class SideScores(NamedTuple):
    """One side of a change.

    Attributes
    ----------
    title, period
        In words: ``before`` or ``from`` the change, and the days scored.
    days, events
        Scored days, and those of them with an event ahead.
    cells
        By model and score; undefined without an event, or without a day that has none.
    """

    title: str
    period: str
    days: int
    events: int
    cells: Mapping[str, Mapping[str, Cell]]

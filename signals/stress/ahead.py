"""The problem of a stress forecast: an event within some sessions, from what is known at each close."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from simulator.core.market import MarketData
from simulator.core.panels import Panel
from simulator.core.protocols import FeatureSource
from simulator.core.types import FloatArray
from simulator.features import Features

from .features import stress_features
from .labels import Label, within
from .models import ModelSpec, StatusRule
from .targets import LEGS, event_label
from .validation import Candidate, Problem

#: The column of the naive rule, and the rule's name.
LAST_STATE: Final = "last-state"


def _rule(seed: int) -> Any:  # noqa: ARG001 - it draws nothing
    return StatusRule()


#: The naive rule: what the newest known label said, with how often events followed each in training.
LAST_STATE_RULE: Final = Candidate(
    ModelSpec(LAST_STATE, "Last known state", "naive", "says what the newest known label said", _rule), (LAST_STATE,)
)


def stress_ahead(
    source: FeatureSource | MarketData,
    horizon: int = 10,
    event: str = "stress",
    legs: Sequence[str] = LEGS,
    index: str = "STLFSI4",
    columns: Sequence[str] | None = None,
) -> Problem:
    """Features, the label "an event within ``horizon`` sessions", and the column of the naive rule.

    Parameters
    ----------
    source
        The market as observed.
    horizon
        Sessions ahead in which an event counts.
    event, legs, index
        See :func:`signals.stress.targets.event_label`.
    columns
        See :func:`signals.stress.features.stress_features`.

    Returns
    -------
    A problem whose last column is :data:`LAST_STATE`: 1 where the newest label known at the close is an event, NaN
    before any is known. The other columns are :func:`features_of` it.
    """
    features = Features(source) if isinstance(source, MarketData) else source
    held = stress_features(features, columns)
    label = within(event_label(features, event, legs, index), horizon)
    values = np.column_stack([held.values, newest_known(label)])
    return Problem(Panel(features.sessions, (*held.columns, LAST_STATE), values, features.sessions), label, {})


def features_of(problem: Problem) -> tuple[str, ...]:
    """The columns that models learn from: all but the naive rule's."""
    return tuple(name for name in problem.panel.columns if name != LAST_STATE)


def newest_known(label: Label) -> FloatArray:
    """(T,) the value of the newest label known at each close; NaN before any is."""
    rows = np.flatnonzero(~np.isnan(label.values))
    rows = rows[np.lexsort((rows, label.known_at[rows]))]
    newest = np.maximum.accumulate(rows)  # of those known, the one of the latest session
    last = np.searchsorted(label.known_at[rows], label.sessions, side="right") - 1
    if rows.size == 0:
        return np.full(label.sessions.size, np.nan)
    return np.where(last < 0, np.nan, label.values[newest[np.maximum(last, 0)]])

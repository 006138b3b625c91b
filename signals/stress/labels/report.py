"""How much a label really holds: overlap, onsets, and the effective number of episodes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from simulator.core.types import FloatArray

from .episodes import effective_number, episodes, onsets
from .label import Label


class LabelReport(NamedTuple):
    """Counts of one label with classes. Counts are of sessions unless they say otherwise."""

    name: str
    known: int  # sessions with a label
    stressed: int  # of those, not of the mildest class
    worst: int  # of those, of the worst class
    onsets: int  # stressed sessions after one that is not
    episodes: int  # spells, joined where at most 21 sessions lie between them (or the horizon, if that is longer)
    effective_episodes: float  # equally long ones that would say as much
    longest: int  # stressed sessions of the longest spell
    overlap: float  # labels that share an outcome, on average; 1 for none
    effective_labels: float  # labels that share nothing which would say as much
    known_late_days: float  # median calendar days from the session to when its label is known
    hindsight: bool

    def sentence(self) -> str:
        """What a reader must know before believing a score."""
        return (
            f"{self.name}: {self.stressed} stressed of {self.known} sessions, in {self.onsets} onsets and "
            f"{self.episodes} episodes, worth {self.effective_episodes:.1f} of equal length; "
            f"{self.overlap:.1f} labels share each outcome, so that {self.effective_labels:.0f} are independent"
            + ("; defined in hindsight" if self.hindsight else "")
        )


def report(label: Label) -> LabelReport:
    """Counts of a label with classes (a score has none of this)."""
    known = ~np.isnan(label.values)
    stressed = np.where(known, (label.values > 0.0).astype(float), np.nan)
    spells = episodes(stressed, gap=max(21, label.horizon))
    wait = (label.known_at - label.sessions)[known].astype(np.int64)
    overlap, independent = _sharing(label)
    return LabelReport(
        name=label.name,
        known=int(known.sum()),
        stressed=int(np.nansum(stressed)),
        worst=int((label.values == len(label.classes) - 1).sum()),
        onsets=int(np.nansum(onsets(stressed))),
        episodes=len(spells),
        effective_episodes=effective_number(spells),
        longest=max((spell.days for spell in spells), default=0),
        overlap=overlap,
        effective_labels=independent,
        known_late_days=float(np.median(wait)) if wait.size else np.nan,
        hindsight=label.hindsight,
    )


def table(labels: Sequence[Label]) -> pd.DataFrame:
    """Reports side by side, one row a label."""
    return pd.DataFrame([report(label)._asdict() for label in labels]).set_index("name")


def _sharing(label: Label) -> tuple[float, float]:
    """Labels that share an outcome on average, and the sum of each label's uniqueness.

    A label that looks h sessions ahead shares each of them with the labels around it; its uniqueness is the mean over
    those sessions of one over the number of labels that use it. Sessions with one observation between them share it.

    Source: Lopez de Prado (2018), Advances in Financial Machine Learning, section 4.4.
    """
    known = ~np.isnan(label.values)
    if not known.any():
        return np.nan, 0.0
    if label.horizon == 0:
        _, counts = np.unique(label.observation[known], return_counts=True)
        return float(np.mean(counts)), float(counts.size)
    users = _users(known, label.horizon)
    with np.errstate(divide="ignore"):
        share = np.where(users > 0, 1.0 / users, 0.0)
    total = np.concatenate([[0.0], np.cumsum(share)])
    start = np.flatnonzero(known) + 1
    unique = (total[np.minimum(start + label.horizon, total.size - 1)] - total[start]) / label.horizon
    return float(users[users > 0].mean()), float(unique.sum())


def _users(known: np.ndarray, horizon: int) -> FloatArray:
    """(T,) labels whose outcome uses each session: those of the ``horizon`` sessions before it."""
    count = np.concatenate([[0], np.cumsum(known)])
    index = np.arange(known.size)
    return (count[index] - count[np.maximum(index - horizon, 0)]).astype(np.float64)

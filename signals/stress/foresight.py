"""What perfect knowledge of a stress label would have been worth: the ceiling of any forecast of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simulator.core.errors import ParameterError, nearest
from simulator.core.panels import SignalPanel
from simulator.core.protocols import FeatureSource

from .labels import LABELS, within
from .targets import LEGS, event_label


class Foresight:
    """HINDSIGHT: on while a stress label is above its mildest class, known in advance. A diagnostic, marked as such.

    A label whose foresight is worth little in money cannot be worth more when it is forecast.

    Parameters
    ----------
    label
        The label, by name.
    name
        Default: ``foresight-stress_within_10`` and the like.
    """

    warmup = 0

    def __init__(self, label: str = "stress_within_10", name: str | None = None) -> None:
        if label not in LABELS:
            raise ParameterError(f"foresight: no label {label!r}{nearest(label, LABELS)}")
        self.label = label
        self.name = name or f"foresight-{label}"

    def compute(self, features: FeatureSource) -> SignalPanel:
        """Columns ``label`` (NaN where unknown) and ``state``, in hindsight; a score is on above one half.

        A row a session.
        """
        label = LABELS[self.label](features)
        with np.errstate(invalid="ignore"):
            state = (label.values > (0.0 if label.classes else 0.5)).astype(float)
        known_at = np.where(np.isnat(label.known_at), features.sessions, label.known_at)
        values = np.column_stack([label.values, state])
        return SignalPanel(features.sessions, ("label", "state"), values, known_at, hindsight=True)

    def notes(self) -> list[str]:
        """What the report must say of it."""
        return [f"HINDSIGHT: it knows the label {self.label} in advance; no one could have."]


class PerfectForecast:
    """HINDSIGHT: on while an event comes within ``horizon`` sessions: what a forecast of it could be at best.

    Parameters
    ----------
    event, legs, index, horizon
        As in :class:`~.forecast.StressForecast`.
    """

    warmup = 0

    def __init__(self, event: str, legs: Sequence[str], index: str, horizon: int) -> None:
        self.event, self.legs, self.index, self.horizon = event, tuple(legs), index, horizon
        self.name = f"perfect forecast of {self.target}"

    @property
    def target(self) -> str:
        """What is forecast, in a few words: equal words for equal targets."""
        detail = {"tier": f" of {self.index}", "stress": _legs(self.legs), "onset": _legs(self.legs)}
        return f"{self.event}{detail.get(self.event, '')} within {self.horizon}"

    def compute(self, features: FeatureSource) -> SignalPanel:
        """Columns ``event`` (NaN where it never becomes known) and ``state``, in hindsight. A row a session."""
        target = within(event_label(features, self.event, self.legs, self.index), self.horizon)
        with np.errstate(invalid="ignore"):
            state = (target.values > 0.5).astype(float)
        known_at = np.where(np.isnat(target.known_at), features.sessions, target.known_at)
        values = np.column_stack([target.values, state])
        return SignalPanel(features.sessions, ("event", "state"), values, known_at, hindsight=True)


def _legs(legs: Sequence[str]) -> str:
    return "" if set(legs) == set(LEGS) else f" ({', '.join(legs)})"

"""What a stress forecast forecasts: an event, by one of several definitions, within some sessions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from simulator.core.errors import ParameterError, nearest
from simulator.core.protocols import FeatureSource
from simulator.core.types import FloatArray, IntArray

from .labels import Label, StressRule, regime, stress_days, stress_events, stress_onsets, tier

EVENTS: Final = ("stress", "onset", "regime", "tier")
LEGS: Final = ("impact", "spread", "funding")


def check_event(who: str, event: str, legs: Sequence[str]) -> None:
    """Raise unless an event is one of :data:`EVENTS` and its legs are some of :data:`LEGS`."""
    if event not in EVENTS:
        raise ParameterError(f"{who}: no event {event!r}{nearest(event, EVENTS)}; there are: {', '.join(EVENTS)}")
    unknown = [leg for leg in legs if leg not in LEGS]
    if unknown or not legs:
        raise ParameterError(f"{who}: legs must be some of {', '.join(LEGS)}, not {list(legs)}")


def event_label(features: FeatureSource, event: str, legs: Sequence[str] = LEGS, index: str = "STLFSI4") -> Label:
    """1 on sessions with the event, 0 on others, each with the date on which it became known.

    ``stress`` and ``onset`` are days of stress by the rule with these legs and the first of them; ``regime`` a regime
    above normal; ``tier`` a week in which ``index`` is amber or red by what had been published.
    """
    rule = StressRule(**{leg: leg in legs for leg in LEGS})
    if event == "stress":
        return stress_days(features, rule)
    if event == "onset":
        return stress_onsets(features, rule)
    graded = regime(features) if event == "regime" else tier(features, index)
    days = np.where(np.isnan(graded.values), np.nan, (graded.values > 0.0).astype(float))
    return replace(graded, values=days, classes=("calm", "stress"), text=f"a day with the {graded.text}")


def rule_thresholds(features: FeatureSource, event: str, legs: Sequence[str] = LEGS) -> Mapping[str, FloatArray]:
    """(T,) what each leg's measure must exceed, by leg; empty for events that are not days of stress by the rule."""
    if event not in ("stress", "onset"):
        return {}
    return stress_events(features, StressRule(**{leg: leg in legs for leg in LEGS})).thresholds


def as_known(label: Label) -> FloatArray:
    """(T,) the label on each session as far as it was known at that close; NaN where it came later."""
    return np.where(label.known_at <= label.sessions, label.values, np.nan)


def waits(label: Label) -> IntArray:
    """(T,) sessions from each one until its label is known; the number of sessions where it never is."""
    known_at = np.where(np.isnat(label.known_at), label.sessions[-1] + np.timedelta64(1, "D"), label.known_at)
    index = np.arange(label.sessions.size)
    never = np.searchsorted(label.sessions, known_at) >= label.sessions.size
    return np.where(never, label.sessions.size, np.searchsorted(label.sessions, known_at) - index)

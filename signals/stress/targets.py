"""What a stress forecast forecasts: an event, by one of several definitions, within some sessions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from simulator.core.errors import ParameterError, nearest
from simulator.core.protocols import FeatureSource
from simulator.core.types import FloatArray, IntArray
from simulator.features import Workspace

from .given import Given
from .labels import (
    Label,
    StressRule,
    regime,
    regime_margin,
    stress_days,
    stress_events,
    stress_onsets,
    tier,
    tier_margin,
)
from .models import ModelSpec

EVENTS: Final = ("stress", "onset", "regime", "tier")
#: Events that the level of an index decides.
INDEXED: Final = ("tier", "regime")
LEGS: Final = ("impact", "spread", "funding")


def check_event(who: str, event: str, legs: Sequence[str]) -> None:
    """Raise unless an event is one of :data:`EVENTS` and its legs are some of :data:`LEGS`."""
    if event not in EVENTS:
        raise ParameterError(f"{who}: no event {event!r}{nearest(event, EVENTS)}; there are: {', '.join(EVENTS)}")
    unknown = [leg for leg in legs if leg not in LEGS]
    if unknown or not legs:
        raise ParameterError(f"{who}: legs must be some of {', '.join(LEGS)}, not {list(legs)}")


def event_label(
    features: FeatureSource | Workspace, event: str, legs: Sequence[str] = LEGS, index: str = "STLFSI4"
) -> Label:
    """1 on sessions with the event, 0 on others, each with the date on which it became known.

    ``stress`` and ``onset`` are days of stress by the rule with these legs and the first of them; ``regime`` a regime
    above normal; ``tier`` a week in which ``index`` is amber or red by what had been published.
    """
    rule = StressRule(**{leg: leg in legs for leg in LEGS})
    if event == "stress":
        return stress_days(features, rule)
    if event == "onset":
        return stress_onsets(features, rule)
    source = features.source if isinstance(features, Workspace) else features
    graded = regime(source) if event == "regime" else tier(source, index)
    days = np.where(np.isnan(graded.values), np.nan, (graded.values > 0.0).astype(float))
    return replace(graded, values=days, classes=("calm", "stress"), text=f"a day with the {graded.text}")


def given_to(spec: ModelSpec, features: FeatureSource, event: str, index: str, horizon: int) -> Given:
    """What a model is given besides columns where the event is one of :data:`INDEXED`, or it needs no level.

    ``level`` is the highest that the index stands above its threshold on the ``horizon`` sessions after each: above 0
    there is an event. It becomes known with the label. ``bounds`` is that 0.
    """
    if not spec.needs:
        return Given(spec.window)
    margin = regime_margin(features) if event == "regime" else tier_margin(features, index)
    sessions = margin.size
    ahead = np.full((horizon, sessions), np.nan)
    for h in range(1, min(horizon, sessions - 1) + 1):
        ahead[h - 1, :-h] = margin[h:]
    side = {"level": np.fmax.reduce(ahead, axis=0), "bounds": np.zeros((sessions, 1))}
    return Given(spec.window, {name: side[name] for name in spec.needs})


def check_needs(who: str, spec: ModelSpec, event: str) -> None:
    """Raise unless a model that forecasts an index is asked for an event that an index decides."""
    if spec.needs and event not in INDEXED:
        raise ParameterError(
            f"{who}: model {spec.name!r} forecasts the level of an index, and event = {event!r} has none; "
            "choose event = 'tier' or 'regime', or another model"
        )


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

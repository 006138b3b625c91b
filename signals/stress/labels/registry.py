"""Every label by name, each with the date on which it becomes known."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

import numpy as np

from simulator.core.errors import DataError, ParameterError, nearest
from simulator.core.market import MarketData
from simulator.core.protocols import FeatureSource
from simulator.core.series import ExogenousSeries
from simulator.core.types import DateArray, FloatArray
from simulator.features import ROLES, Features, Workspace, any_within, panel, past_quantile, regime_index
from simulator.features.families.regime import WEIGHTS

from .episodes import onsets
from .events import StressEvents, StressRule, funding_handovers, stress_events
from .label import Label
from .score import highest_ahead, regimes, stress_score
from .tiers import TIERS, Sample, past_thresholds, status_of, tiers, whole_thresholds

HORIZONS: Final = (5, 10, 30)
REGIMES: Final = ("normal", "stressed", "crisis")


def stress_days(features: FeatureSource | Workspace, rule: StressRule | None = None) -> Label:
    """1 on days of stress by the rule; known at their close."""
    events = stress_events(features, rule)
    text, changed = f"a day on which {events.rule}", _changed(events)
    return Label("stress", text, features.sessions, events.days, features.sessions, changed=changed)


def _changed(events: StressEvents) -> DateArray:
    return np.array([handover.date for handover in events.handovers], "datetime64[D]")


def stress_onsets(features: FeatureSource | Workspace, rule: StressRule | None = None, quiet: int = 1) -> Label:
    """1 on days of stress that follow ``quiet`` sessions without any; known at their close."""
    events = stress_events(features, rule)
    text = f"a day on which {events.rule}, after {quiet} session{'s' if quiet > 1 else ''} without"
    return Label(
        "stress_onset", text, features.sessions, onsets(events.days, quiet), features.sessions, changed=_changed(events)
    )


def within(label: Label, horizon: int) -> Label:
    """1 if ``label`` is 1 on one of the ``horizon`` sessions after; known at the close of the last of them.

    An event is seen as soon as it happens, its absence only at the end. Both are dated at the end: with the events
    known first, the most recent labels of a training set would all be events.
    """
    if horizon < 1:
        raise ParameterError(f"{label.name}: the horizon must be at least 1 session, not {horizon}")
    return Label(
        f"{label.name}_within_{horizon}",
        f"within {horizon} sessions after, {label.text}",
        label.sessions,
        any_within(label.values, horizon),
        _sessions_ahead(label.sessions, label.known_at, horizon),
        horizon=horizon,
        changed=label.changed,
    )


def _sessions_ahead(sessions: DateArray, known_at: DateArray, horizon: int) -> DateArray:
    """(T,) when the last of the ``horizon`` values after each session is known; NaT where there are not as many."""
    out = np.full(sessions.size, np.datetime64("NaT", "D"))
    last = np.fmax(sessions, known_at)
    latest = np.maximum.accumulate(last)
    out[:-horizon] = latest[horizon:]
    return out


def degree(features: FeatureSource) -> Label:
    """The continuous stress score, 0 to 1; known at its close."""
    text = "mean of the past percentiles of price impact, spread (against its 60 days) and the change of funding costs"
    workspace = Workspace(features)
    changed = np.array([handover.date for handover in funding_handovers(workspace)], "datetime64[D]")
    score = stress_score(workspace)
    return Label("stress_score", text, features.sessions, score, features.sessions, classes=(), changed=changed)


def degree_ahead(features: FeatureSource, horizon: int) -> Label:
    """The highest stress score of the ``horizon`` sessions after; known at the close of the last of them."""
    score = degree(features)
    return Label(
        f"stress_score_ahead_{horizon}",
        f"highest, over {horizon} sessions after, {score.text}",
        score.sessions,
        highest_ahead(score.values, horizon),
        _sessions_ahead(score.sessions, score.sessions, horizon),
        classes=(),
        horizon=horizon,
        changed=score.changed,
    )


def regime(
    features: FeatureSource, weights: dict[str, float] | None = None, quantiles: tuple[float, float] = (0.85, 0.95)
) -> Label:
    """Normal, stressed or crisis, by the regime index against quantiles of its past; known at its close.

    A class a session; NaN where the index or its past is not known.
    """
    index = panel(features, [regime_index(weights or WEIGHTS)]).values[:, 0]
    text = f"regime index above the {quantiles[0]:.0%} (stressed) or {quantiles[1]:.0%} (crisis) quantile of its past"
    return Label("regime", text, features.sessions, regimes(index, quantiles), features.sessions, classes=REGIMES)


def regime_margin(features: FeatureSource, quantile: float = 0.85) -> FloatArray:
    """(T,) how far the regime index lies above a quantile of its own past: above 0 a session is not normal."""
    index = panel(features, [regime_index(WEIGHTS)]).values[:, 0]
    return np.asarray(index - past_quantile(index, quantile))


def tier(
    features: FeatureSource,
    index: str = "STLFSI2",
    sample: Sample = "past",
    quantiles: tuple[float, float] = (0.85, 0.95),
    since: str | None = None,
) -> Label:
    """Green, amber or red: the index value of the period a session lies in, against two of its quantiles.

    ``past`` takes the quantiles of what had been published by the session's close; the label is known when the value
    is published. ``whole`` takes those of all sessions of the sample: hindsight, known only once the last is published.

    Raises
    ------
    DataError
        If the market has no such index.
    """
    series, sessions = _index(features, index), features.sessions
    status = status_of(series, sessions)
    if sample == "past":
        bounds: FloatArray = past_thresholds(series, sessions, quantiles, since)
        known_at, words = status.known_at, "of its values published so far"
    elif sample == "whole":
        bounds = whole_thresholds(status.values, quantiles)
        known_at, words = np.full(sessions.size, np.fmax.reduce(status.known_at)), "of the whole sample (hindsight)"
    else:
        raise ParameterError(f"tiers: sample must be 'past' or 'whole', not {sample!r}")
    return Label(
        f"tier_{sample}",
        f"{series.name} of that week above the {quantiles[0]:.0%} (amber) or {quantiles[1]:.0%} (red) quantile {words}",
        sessions,
        tiers(status.values, bounds),
        known_at,
        classes=TIERS,
        observation=status.observation,
        hindsight=sample == "whole",
    )


def tier_margin(
    features: FeatureSource, index: str = "STLFSI2", quantiles: tuple[float, float] = (0.85, 0.95)
) -> FloatArray:
    """(T,) how far an index lies above its threshold of amber (:func:`tier` with ``past``): above 0 is not green."""
    series = _index(features, index)
    bounds = past_thresholds(series, features.sessions, quantiles)
    return np.asarray(status_of(series, features.sessions).values - bounds[:, 0])


def _index(features: FeatureSource, name: str) -> ExogenousSeries:
    series = Workspace(features).series_of(ROLES[name]) if name in ROLES else features.market.series.get(name)
    if series is None:
        raise DataError(f"tiers need the series {name}, which this market does not have")
    return series


def _stress_within(features: FeatureSource, horizon: int) -> Label:
    return within(stress_days(features), horizon)


def _onset_within(features: FeatureSource, horizon: int) -> Label:
    return within(stress_onsets(features), horizon)


def _table() -> dict[str, Callable[[FeatureSource], Label]]:
    table: dict[str, Callable[[FeatureSource], Label]] = {"stress": stress_days, "stress_onset": stress_onsets}
    for horizon in HORIZONS:
        table[f"stress_within_{horizon}"] = partial(_stress_within, horizon=horizon)
        table[f"stress_onset_within_{horizon}"] = partial(_onset_within, horizon=horizon)
        table[f"stress_score_ahead_{horizon}"] = partial(degree_ahead, horizon=horizon)
    table["stress_score"] = degree
    table["regime"] = regime
    table["tier_past"] = partial(tier, sample="past")
    table["tier_whole"] = partial(tier, sample="whole")
    return table


#: Every label under its definition; functions above take the legs, quantiles and horizons of one's own.
LABELS: Final[dict[str, Callable[[FeatureSource], Label]]] = _table()


def label(source: FeatureSource | MarketData, name: str) -> Label:
    """A label of a market by name."""
    if name not in LABELS:
        raise ParameterError(f"no label {name!r}{nearest(name, LABELS)}")
    return LABELS[name](Features(source) if isinstance(source, MarketData) else source)

"""What counts as stress: fixed definitions, thresholds from the past alone, and when each label becomes known."""

from .episodes import Episode, effective_number, episodes, onsets
from .events import Handover, Leg, StressEvents, StressRule, funding_handovers, stress_events, stress_legs
from .label import Label
from .registry import (
    HORIZONS,
    LABELS,
    REGIMES,
    degree,
    degree_ahead,
    label,
    regime,
    regime_margin,
    stress_days,
    stress_onsets,
    tier,
    tier_margin,
    within,
)
from .report import LabelReport, report, table
from .score import highest_ahead, regimes, stress_score
from .tiers import TIERS, Status, past_thresholds, published_tiers, status_of, tiers, whole_thresholds

__all__ = [
    "HORIZONS",
    "LABELS",
    "REGIMES",
    "TIERS",
    "Episode",
    "Handover",
    "Label",
    "LabelReport",
    "Leg",
    "Status",
    "StressEvents",
    "StressRule",
    "degree",
    "degree_ahead",
    "effective_number",
    "episodes",
    "funding_handovers",
    "highest_ahead",
    "label",
    "onsets",
    "past_thresholds",
    "published_tiers",
    "regime",
    "regime_margin",
    "regimes",
    "report",
    "status_of",
    "stress_days",
    "stress_events",
    "stress_legs",
    "stress_onsets",
    "stress_score",
    "table",
    "tier",
    "tier_margin",
    "tiers",
    "whole_thresholds",
    "within",
]

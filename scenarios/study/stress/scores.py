"""The scores the study shows, under the names it gives them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from signals.stress.validation import Interval

#: Name in the study by name among the metrics; with two classes "red" is stress.
SCORES: Final[Mapping[str, str]] = {
    "roc_auc": "auc_red",
    "pr_auc": "pr_auc_red",
    "brier": "brier_red",
    "brier_skill": "brier_skill_red",
    "calibration_error": "calibration_error_red",
    "precision": "precision.stress",
    "recall": "recall.stress",
    "f1": "f1.stress",
    "accuracy": "accuracy",
    "onset_recall": "onset_recall",
    "lead_days": "lead_days",
    "false_alarms_a_year": "false_alarms_a_year",
    "alert_share": "alert_share",
}


def named(scores: Mapping[str, Interval]) -> dict[str, Interval]:
    """Scores by their names in the study."""
    return {name: scores[key] for name, key in SCORES.items()}

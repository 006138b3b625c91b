"""Cards of a stress-forecast study."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from reports.model_card import write_card
from scenarios.study.protocols import EMBARGO
from scenarios.study.stress.files import model_metrics
from scenarios.study.stress.run import HEADLINE, JudgedHorizon, StressForecastStudy, candidates, splits_of
from scenarios.study.stress.scores import SCORES

from .card import model_card
from .files import CARDS, Link
from .subject import Shown, Subject

#: The headline, and the best-known of the models that learn more: on the state of stress, or on all columns.
STANDARD: Final = (HEADLINE, "xgboost-state", "xgboost")
_TITLES: Final = (
    ("ROC area", "roc_auc", True),
    ("Average precision", "pr_auc", True),
    ("Brier skill", "brier_skill", True),
    ("Calibration error", "calibration_error", False),
    ("Onsets warned of", "onset_recall", True),
    ("Lead days", "lead_days", True),
    ("False alarms a year", "false_alarms_a_year", False),
    ("Recall", "recall", True),
    ("Precision", "precision", True),
    ("F1", "f1", True),
    ("Brier score", "brier", False),
    ("Share of days warned", "alert_share", None),
)
SHOWN: Final = tuple(Shown(title, key, SCORES[key], higher) for title, key, higher in _TITLES)
CLASSES: Final = ("calm", "stress")


def write_forecast_cards(study: StressForecastStudy, folder: Path) -> list[Link]:
    """``cards/NAME.html`` and ``.json`` at the longest horizon forward; none if that was not run."""
    links = []
    for subject in subjects(study):
        write_card(model_card(subject), folder / CARDS, {"← the study": "../index.html"})
        links.append(Link.of_card(subject.title, subject.name, subject.target))
    return links


def subjects(study: StressForecastStudy) -> list[Subject]:
    """The models that have a card."""
    judged = study.of("forward")
    if not judged:
        return []
    last = max(judged, key=lambda candidate: candidate.horizon)
    standard = STANDARD[:2] if STANDARD[1] in last.forecasts else (STANDARD[0], STANDARD[2])
    return [_subject(study, last, name) for name in study.options.cards.chosen(standard, tuple(last.forecasts))]


def _subject(study: StressForecastStudy, judged: JudgedHorizon, name: str) -> Subject:
    label = judged.target.problem.label
    splits, _ = splits_of(judged.protocol.name, label, study.options.seed)
    return Subject(
        study="stress-forecast",
        target=f"An event of liquidity stress within {judged.horizon} sessions",
        candidate=next(other for other in candidates(judged.target, study.options) if other.spec.name == name),
        problem=judged.target.problem,
        splits=splits,
        seed=study.options.seed,
        said=judged.forecasts[name],
        rules={rule: judged.forecasts[rule] for rule in judged.rules},
        titles={rule: judged.specs[rule].title for rule in judged.rules},
        scorecard=judged.cards[name],
        shown=SHOWN,
        metrics=model_metrics(judged, name),
        protocol=judged.protocol.text,
        embargo=EMBARGO,
        level=study.options.bootstrap.level,
        classes=CLASSES,
        leaky=judged.leakage.leaky,
        options=study.options.cards,
        data=study.data,
        sides=judged.sides,
    )

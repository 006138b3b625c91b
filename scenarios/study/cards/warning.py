"""Cards of an early-warning study, and the checklist of its signals."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from reports.files import as_json
from reports.merit import merit_data, write_merit
from reports.model_card import file_stem, write_card
from scenarios.study.early_warning.files import model_metrics
from scenarios.study.early_warning.run import EarlyWarningStudy, JudgedProtocol
from scenarios.study.protocols import EMBARGO, splits
from signals.stress.labels import TIERS
from simulator.core.files import write

from .card import model_card
from .escalations import write_log
from .files import CARDS, LOG, MERIT, Link
from .merit import merit
from .subject import Shown, Subject

#: The model that beats the last published status, and the paper's best.
STANDARD: Final = ("ridge-nowcast", "rusboost")
SHOWN: Final = tuple(
    Shown(title, score, score, higher)
    for title, score, higher in (
        ("Weighted warning score", "wws", True),
        ("Warning score", "ws", True),
        ("True red accuracy", "tra", True),
        ("Alert precision", "alert_precision", True),
        ("Accuracy", "accuracy", True),
        ("ROC area (red)", "auc_red", True),
        ("ROC area (amber or red)", "auc_alert", True),
        ("Average precision (amber or red)", "pr_auc_alert", True),
        ("Brier skill (amber or red)", "brier_skill_alert", True),
        ("Calibration error (amber or red)", "calibration_error_alert", False),
        ("Onsets warned of", "onset_recall", True),
        ("Lead days", "lead_days", True),
        ("False alarms a year", "false_alarms_a_year", False),
        ("Share of days warned", "alert_share", None),
    )
)


def write_warning_cards(study: EarlyWarningStudy, folder: Path) -> list[Link]:
    """Cards of the chosen models forward, the checklist and the log; nothing if forward was not run."""
    links: list[Link] = []
    told = []
    for subject in subjects(study):
        held = subject.with_models_of(subject.fitted([number for _, number in subject.years()]), subject.rows.tolist())
        write_card(
            model_card(subject, held),
            folder / CARDS,
            {"← the study": "../index.html", "MERIT checklist": f"../{MERIT}"},
        )
        links.append(Link.of_card(subject.title, subject.name, subject.target))
        told.append((subject, held))
    if told:
        found = merit(study, told)
        cards = {subject.title: f"{CARDS}/{file_stem(subject.name)}.html" for subject, _ in told}
        write_merit(found, folder / MERIT, cards, LOG)
        write(folder / "merit.json", as_json(merit_data(found)))
        write_log(found.logs, folder / LOG)
        links.append(Link("MERIT checklist", MERIT, "thresholds back-tested, every change of colour logged"))
    return links


def subjects(study: EarlyWarningStudy) -> list[Subject]:
    """The models that have a card."""
    forward = study.judged.get("forward")
    if forward is None:
        return []
    return [_subject(study, forward, name) for name in study.options.cards.chosen(STANDARD, tuple(forward.forecasts))]


def _subject(study: EarlyWarningStudy, judged: JudgedProtocol, name: str) -> Subject:
    target, options = study.target, study.options
    return Subject(
        study="early-warning",
        target=f"The green, amber or red status of {target.index.name} for the week of each session",
        candidate=target.candidate(judged.specs[name]),
        problem=target.problem,
        splits=splits("forward", target.problem.label, options.seed),
        seed=options.seed,
        said=judged.forecasts[name],
        rules={rule: judged.forecasts[rule] for rule in judged.rules},
        titles={rule: judged.specs[rule].title for rule in judged.rules},
        scorecard=judged.cards[name],
        shown=SHOWN,
        metrics=model_metrics(judged, name),
        protocol=judged.protocol.text,
        embargo=EMBARGO,
        level=options.bootstrap.level,
        classes=TIERS,
        leaky=judged.leakage.leaky,
        options=options.cards,
        data=study.data,
    )

"""The folder the study leaves behind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from reports.forecast_study import write_forecast_page
from reports.manifest import manifest
from reports.text import plain
from scenarios.study.cards.forecast import write_forecast_cards
from scenarios.study.result import write_study_folder
from simulator.core.folders import Folder

from .files import metrics, write_predictions
from .page import changes, page
from .run import JudgedHorizon, StressForecastStudy
from .verdicts import verdicts

_SHOWN = ("auc_red", "pr_auc_red", "brier_skill_red", "calibration_error_red", "onset_recall", "false_alarms_a_year")


def write_study(study: StressForecastStudy, out: Path) -> None:
    """``index.html``, ``metrics.json``, ``predictions.parquet`` and ``manifest.json``: all of them or none.

    With forecasts forward, also the cards of models (``cards/``).
    """

    def rest(folder: Folder) -> None:
        write_predictions(study, folder.path)
        write_forecast_page(page(study, write_forecast_cards(study, folder.path)), folder / "index.html")

    write_study_folder(out, metrics(study), _manifest(study), rest)


def _manifest(study: StressForecastStudy) -> dict[str, Any]:
    options = study.options
    asked = {
        "study": "stress-forecast",
        "protocols": list(options.protocols),
        "horizons": list(options.horizons),
        "models": [*options.models, *(model.name for model in options.own)],
        "start": options.start,
        "end": options.end,
        "bootstrap": options.bootstrap._asdict(),
    }
    return manifest(asked, {"market": study.data.market.fingerprint()}, options.seed)


def summary(study: StressForecastStudy) -> str:
    """The study as text, for the terminal."""
    first = [study.data.foreknown] if study.data.foreknown else []
    told = [f"! {line}" for line in (*first, *changes(study))]
    return "\n\n".join([*told, *(_table(judged) for judged in study.judged.values()), *verdicts(study)])


def _table(judged: JudgedHorizon) -> str:
    mark = "  LEAKY" if judged.leakage.leaky else ""
    width = max(len(spec.title) for spec in judged.specs.values())
    head = f"{judged.title}, event within {judged.horizon} sessions, {judged.sessions:,} test days{mark}"
    lines = [head, f"{'':<{width}}      ROC     PR  Brier skill  calibration error  onsets  false alarms a year"]
    for name, card in judged.cards.items():
        roc, pr, skill, error, onsets, alarms = (_figure(card.scores[key].value) for key in _SHOWN)
        title = judged.specs[name].title
        lines.append(f"{title:<{width}}  {roc:>7}{pr:>7}{skill:>13}{error:>19}{onsets:>8}{alarms:>21}{mark}")
    return "\n".join(lines)


def _figure(value: float) -> str:
    return plain(None if value != value else value)  # noqa: PLR0124 - NaN is not itself

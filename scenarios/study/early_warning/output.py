"""The folder a study leaves behind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from reports.manifest import manifest
from reports.text import percent, plain
from reports.warning_study import write_warning_page
from scenarios.study.cards.warning import write_warning_cards
from scenarios.study.protocols import LIKE_FOR_LIKE
from scenarios.study.result import write_study_folder
from simulator.core.folders import Folder

from .files import metrics, write_predictions
from .page import page
from .run import EarlyWarningStudy, JudgedProtocol
from .verdicts import verdicts


def write_study(study: EarlyWarningStudy, out: Path) -> None:
    """``index.html``, ``metrics.json``, ``predictions.parquet`` and ``manifest.json``: all of them or none.

    With forecasts forward, also the cards of models (``cards/``), the checklist (``merit.html``, ``merit.json``) and
    the log of changes of colour (``escalations.csv``).
    """

    def rest(folder: Folder) -> None:
        write_predictions(study, folder.path)
        write_warning_page(page(study, write_warning_cards(study, folder.path)), folder / "index.html")

    write_study_folder(out, metrics(study), _manifest(study), rest)


def _manifest(study: EarlyWarningStudy) -> dict[str, Any]:
    options = study.options
    asked = {
        "study": "early-warning",
        "protocols": list(options.protocols),
        "models": [*options.models, *(model.name for model in options.own)],
        "index": options.index,
        "end": options.end,
        "bootstrap": options.bootstrap._asdict(),
    }
    return manifest(asked, {"market": study.data.market.fingerprint()}, options.seed)


def summary(study: EarlyWarningStudy) -> str:
    """The study as text, for the terminal."""
    parts = [_table(judged) for name, judged in study.judged.items() if name != LIKE_FOR_LIKE]
    told = [f"! {study.data.foreknown}"] if study.data.foreknown else []
    return "\n\n".join([*told, *parts, *verdicts(study.judged)])


def _table(judged: JudgedProtocol) -> str:
    mark = "  LEAKY" if judged.leakage.leaky else ""
    width = max(len(spec.title) for spec in judged.specs.values())
    head = f"{judged.protocol.title}, {judged.sessions:,} test days{mark}"
    lines = [head, f"{'':<{width}}   accuracy     WS    WWS    TRA    AUC  alert precision"]
    for name, card in judged.cards.items():
        values = [card.scores[key].value for key in ("ws", "wws", "tra", "auc_red")]
        figures = "".join(f"{plain(_known(value)):>7}" for value in values)
        right = percent(_known(card.scores["alert_precision"].value), 0)
        title = judged.specs[name].title
        lines.append(f"{title:<{width}}   {plain(card.scores['accuracy'].value):>8}{figures}  {right:>15}{mark}")
    return "\n".join(lines)


def _known(value: float) -> float | None:
    return None if value != value else value  # noqa: PLR0124 - NaN is not itself

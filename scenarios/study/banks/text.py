"""The study as text, for the terminal."""

from __future__ import annotations

import math

from reports.text import plain
from signals.payments.models import LOSSES, MODELS
from signals.payments.rivals import TITLES
from signals.payments.scores import average

from .run import FIGURES, BankStudy, without_stress
from .truth import Made


def summary(study: BankStudy, truth: Made | None) -> str:
    """What was found, what is odd first."""
    panel = study.panels["whole"]
    log = study.data.payments.log
    shown = [
        f"{log.sessions[0]} to {log.sessions[-1]}, {log.sessions.size} sessions; {len(panel.banks)} banks under study, "
        f"{log.amount.size} payments, {len(study.loans)} overnight loans found"
    ]
    shown += [f"! {note}" for note in study.data.notes]
    lacking = without_stress(study)
    if lacking:
        shown.append(f"! {', '.join(lacking)}: no session of stress that counts; in no average")
    if truth is not None:
        shown.append(
            f"simulated: of {truth.market.true} true overnight loans {truth.market.found:.1%} found, "
            f"{truth.market.false:.1%} of those named are none"
        )
    width = max(len(title) for title in (*TITLES.values(), *(f"{m.title}, weighted" for m in MODELS.values())))
    shown += ["", f"{'':<{width}}{'whole sample (looks ahead)':>32}{'past only':>32}"]
    for loss in LOSSES:
        for name, model in MODELS.items():
            cells = [
                " / ".join(_figure(study.average(scale, loss, name, figure).mean) for figure in FIGURES)
                for scale in ("whole", "past")
            ]
            shown.append(f"{f'{model.title}, {loss}':<{width}}" + "".join(f"{cell:>32}" for cell in cells))
    for rival, title in TITLES.items():
        cells = [
            " / ".join(
                _figure(average(study.rival_scores(scale, rival), figure, study.options.seed).mean)
                for figure in FIGURES
            )
            for scale in ("whole", "past")
        ]
        shown.append(f"{title:<{width}}" + "".join(f"{cell:>32}" for cell in cells))
    shown += ["", "precision / recall / F1 at an alarm of 0.9, mean over banks that the models have not seen"]
    return "\n".join(shown)


def _figure(value: float) -> str:
    return "-" if math.isnan(value) else plain(value)

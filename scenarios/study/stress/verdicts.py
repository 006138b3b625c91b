"""What the figures of the study come to, in words."""

from __future__ import annotations

from collections.abc import Iterator

from reports.text import listed
from signals.stress.stress_problem import CONTROL
from signals.stress.validation import Scorecard

from .files import over_rule
from .run import HEADLINE, JudgedHorizon, StressForecastStudy


def beats(card: Scorecard, rule: str) -> bool:
    """Whether a model ranks days better than a rule beyond chance: the paired interval of precision is above 0."""
    gap = card.versus.get(rule)
    return gap is not None and gap["pr_auc_red"].low > 0.0


def verdicts(study: StressForecastStudy) -> list[str]:
    """Sentences for the top of the page, the most important first."""
    found = [line for judged in reversed(study.of("forward")) for line in _forward(judged)]
    for judged in study.judged.values():
        if judged.leakage.leaky and judged.horizon == max(study.options.horizons):
            found += _control(study, judged)
    return found


def _forward(judged: JudgedHorizon) -> Iterator[str]:
    head = f"Forward, {judged.horizon} sessions ahead"
    if HEADLINE in judged.cards:
        scores = judged.cards[HEADLINE].scores
        ratio = over_rule(judged, HEADLINE, "vix-level")
        against = f", {ratio:.1f} times that of the VIX level," if ratio is not None else ""
        yield (
            f"{head}: a {judged.specs[HEADLINE].title.lower()} of stress reaches an ROC area of "
            f"{scores['auc_red'].value:.2f}, an average precision of {scores['pr_auc_red'].value:.2f}{against} a Brier "
            f"skill of {scores['brier_skill_red'].value:.2f} and a calibration error of "
            f"{scores['calibration_error_red'].value:.2f}."
        )
    models = [name for name in judged.cards if name not in (*judged.rules, "base-rate", CONTROL)]
    beaten = [_beaten(judged, rule, models) for rule in judged.rules]
    if beaten:
        yield f"{head}, beyond chance in average precision: {'; '.join(beaten)} (of {len(models)} models)."


def _beaten(judged: JudgedHorizon, rule: str, models: list[str]) -> str:
    winners = [judged.specs[name].title for name in models if beats(judged.cards[name], rule)]
    who = listed(winners) or "none"
    return f"{who} beat{'' if len(winners) > 1 else 's'} “{judged.specs[rule].title}”"


def _control(study: StressForecastStudy, judged: JudgedHorizon) -> Iterator[str]:
    control = judged.cards[CONTROL].scores
    best = max(
        (name for name in judged.cards if name != CONTROL), key=lambda name: judged.cards[name].scores["auc_red"].value
    )
    forward = {other.horizon: other for other in study.of("forward")}.get(judged.horizon)
    left = ""
    if forward is not None and best in forward.cards:
        left = f", forward {forward.cards[best].scores['auc_red'].value:.2f}"
    yield (
        f"LEAKY: under {judged.title.lower()} a control that knows only the calendar date reaches an ROC area of "
        f"{control['auc_red'].value:.2f} and an average precision of {control['pr_auc_red'].value:.2f}; the best model "
        f"there, {judged.specs[best].title}, reaches {judged.cards[best].scores['auc_red'].value:.2f}{left}."
    )

"""What the figures of the study come to, in words."""

from __future__ import annotations

from collections.abc import Iterator

from signals.stress.stress_problem import CONTROL
from signals.stress.validation import Scorecard

from .files import over_rule
from .run import HEADLINE, Judged, Study


def beats(card: Scorecard, rule: str) -> bool:
    """Whether a model ranks days better than a rule beyond chance: the paired interval of precision is above 0."""
    gap = card.versus.get(rule)
    return gap is not None and gap["pr_auc_red"].low > 0.0


def verdicts(study: Study) -> list[str]:
    """Sentences for the top of the page, the most important first."""
    found = [line for one in reversed(study.of("forward")) for line in _forward(one)]
    for one in study.judged.values():
        if one.leakage.leaky and one.horizon == max(study.options.horizons):
            found += _control(study, one)
    return found


def _forward(one: Judged) -> Iterator[str]:
    head = f"Forward, {one.horizon} sessions ahead"
    if HEADLINE in one.cards:
        scores = one.cards[HEADLINE].scores
        ratio = over_rule(one, HEADLINE, "vix-level")
        against = f", {ratio:.1f} times that of the VIX level," if ratio is not None else ""
        yield (
            f"{head}: a {one.specs[HEADLINE].title.lower()} of stress reaches an ROC area of "
            f"{scores['auc_red'].value:.2f}, an average precision of {scores['pr_auc_red'].value:.2f}{against} a Brier "
            f"skill of {scores['brier_skill_red'].value:.2f} and a calibration error of "
            f"{scores['calibration_error_red'].value:.2f}."
        )
    models = [name for name in one.cards if name not in (*one.rules, "base-rate", CONTROL)]
    beaten = [_beaten(one, rule, models) for rule in one.rules]
    if beaten:
        yield f"{head}, beyond chance in average precision: {'; '.join(beaten)} (of {len(models)} models)."


def _beaten(one: Judged, rule: str, models: list[str]) -> str:
    winners = [one.specs[name].title for name in models if beats(one.cards[name], rule)]
    who = " and ".join([", ".join(winners[:-1]), winners[-1]] if len(winners) > 1 else winners) or "none"
    return f"{who} beat{'' if len(winners) > 1 else 's'} “{one.specs[rule].title}”"


def _control(study: Study, one: Judged) -> Iterator[str]:
    control = one.cards[CONTROL].scores
    best = max(
        (name for name in one.cards if name != CONTROL), key=lambda name: one.cards[name].scores["auc_red"].value
    )
    forward = {other.horizon: other for other in study.of("forward")}.get(one.horizon)
    left = ""
    if forward is not None and best in forward.cards:
        left = f", forward {forward.cards[best].scores['auc_red'].value:.2f}"
    yield (
        f"LEAKY: under {one.title.lower()} a control that knows only the calendar date reaches an ROC area of "
        f"{control['auc_red'].value:.2f} and an average precision of {control['pr_auc_red'].value:.2f}; the best model "
        f"there, {one.specs[best].title}, reaches {one.cards[best].scores['auc_red'].value:.2f}{left}."
    )

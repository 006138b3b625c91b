"""What the figures of the study come to, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from scenarios.study.protocols import LIKE_FOR_LIKE
from signals.stress.early_warning import CONTROL
from signals.stress.validation import Interval, Scorecard

from .run import JudgedProtocol

_HEADLINE = "rusboost"


def beats(card: Scorecard, rule: str) -> bool:
    """Whether a model beats a rule in both warning scores beyond chance: the paired intervals lie above zero."""
    gaps = card.versus.get(rule)
    return gaps is not None and all(gaps[key].low > 0.0 for key in ("ws", "wws"))


def verdicts(judged: Mapping[str, JudgedProtocol]) -> list[str]:
    """Sentences for the top of the page, the most important first."""
    found: list[str] = []
    if "forward" in judged:
        found += _forward(judged["forward"])
    if LIKE_FOR_LIKE in judged and _HEADLINE in judged[LIKE_FOR_LIKE].cards:
        found += _leakage(judged[LIKE_FOR_LIKE].cards[_HEADLINE], judged["forward"].cards[_HEADLINE])
    found += [
        line
        for shown in judged.values()
        if shown.leakage.leaky and shown.protocol.name != LIKE_FOR_LIKE
        for line in _control(shown)
    ]
    return found


def _forward(found: JudgedProtocol) -> Iterator[str]:
    for rule in found.rules:
        title = found.specs[rule].title
        others = [name for name in found.cards if name not in found.rules and name != CONTROL]
        winners = [found.specs[name].title for name in others if beats(found.cards[name], rule)]
        share = f"{len(winners)} of {len(others)} models"
        names = f": {', '.join(winners)}" if winners else ""
        yield f"Forward, {share} beat “{title}” in both warning scores beyond chance (90% paired intervals){names}."
    if _HEADLINE in found.cards:
        scores = found.cards[_HEADLINE].scores
        rules = ", ".join(
            f"“{found.specs[rule].title}” {_figure(found.cards[rule].scores['wws'])}" for rule in found.rules
        )
        yield (
            f"RUSBoost, the paper's best, reaches a weighted warning score of {_figure(scores['wws'])} forward, with "
            f"{_share(scores['alert_precision'])} of its warnings right; the rules reach {rules}."
        )


def _leakage(shuffled: Scorecard, forward: Scorecard) -> Iterator[str]:
    named = (("wws", "weighted warning score"), ("tra", "true red accuracy"), ("accuracy", "accuracy"))
    parts = []
    for key, words in named:
        high, low = shuffled.scores[key].value, forward.scores[key].value
        if high > low:
            parts.append(f"{100.0 * (high - low):.0f} points of {words} ({high:.2f} against {low:.2f})")
    if parts:
        yield (
            "The same labels, the same test days, only the split differs: what shuffled folds give RUSBoost beyond the "
            f"forward figures is leakage, {' and '.join(parts)}."
        )


def _control(judged: JudgedProtocol) -> Iterator[str]:
    scores = judged.cards[CONTROL].scores
    rival = ""
    if _HEADLINE in judged.cards:
        best = judged.cards[_HEADLINE].scores
        rival = f" (RUSBoost: {_figure(best['accuracy'])} and {_figure(best['wws'])})"
    yield (
        f"LEAKY: under shuffled folds a control that knows only the calendar date reaches accuracy "
        f"{_figure(scores['accuracy'])} and weighted warning score {_figure(scores['wws'])}{rival}."
    )


def _figure(interval: Interval) -> str:
    return f"{interval.value:.2f}"


def _share(interval: Interval) -> str:
    return f"{interval.value:.0%}"
